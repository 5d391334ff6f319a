"""What lies under data/ is what the package makes, and does what its cards say."""

import json

import numpy as np
import pytest

from captioning.captioner import load_captioner
from captioning.dataset import load_coco_data, read_dataset
from captioning.encoder import load_eye
from captioning.evaluation import describe
from captioning.files import data_path
from captioning.logs import read_log
from captioning.scenes import draw_batch, is_novel, judge, make_scenes, scenes_from, truth

FEW = {"train": 20, "val": 20, "test": 20, "novel": 20}


@pytest.fixture(scope="module")
def data():
    return load_coco_data(data_path("scenes.h5"))


def test_the_scenes_fit_the_repository():
    assert data_path("scenes.h5").stat().st_size < 16e6


def test_scenes_and_captions_are_those_of_the_seed(data):
    made = make_scenes(FEW, seed=0)
    for split, (scenes, said) in made.items():
        assert scenes_from(data[f"{split}_scenes"][:20]) == scenes
        if split != "train":
            assert data[f"{split}_sentences"][:100] == [s for five in said for s in five]


def test_features_are_what_the_eye_makes_of_the_pictures(data):
    scenes = scenes_from(data["test_scenes"][:50])
    vector, _ = load_eye().encode(draw_batch(scenes))
    np.testing.assert_allclose(vector, data["test_features"][:50], rtol=1e-3, atol=1e-3)


def test_novel_scenes_are_novel_and_no_others(data):
    for split in ("train", "val", "test", "novel"):
        novel = [is_novel(scene) for scene in scenes_from(data[f"{split}_scenes"][:500])]
        assert all(novel) if split == "novel" else not any(novel)


def test_every_stored_caption_is_true(data):
    scenes = scenes_from(data["val_scenes"][:60])
    for k, sentence in enumerate(data["val_sentences"][:300]):
        assert judge(sentence, scenes[k // 5]).true, sentence


@pytest.mark.parametrize("name, least", [("scenes-lstm", .92), ("scenes-rnn", .55)])
def test_the_captioners_tell_the_truth_as_their_logs_say(name, least, data):
    captioner, about = load_captioner(data_path(f"{name}.npz"))
    scores = truth(describe(captioner, data["test_features"]), scenes_from(data["test_scenes"]))
    assert scores["truth"] > least
    assert scores["truth"] == pytest.approx(read_log(name)["scores"]["test"]["truth"], abs=.01)
    assert about["settings"]["cell"] == name.removeprefix("scenes-")


def test_every_log_has_its_command_and_its_hash():
    for path in sorted(data_path("logs").glob("*.json")):
        read_log(path.stem)
        assert json.loads(path.read_text())["command"].startswith("python -m "), path.name


def test_the_repository_holds_no_photographs():
    arrays, meta = read_dataset(data_path("scenes.h5"), ["vocabulary"])
    assert meta["encoder"] == "eye" and len(arrays["vocabulary"]) == 100
    assert not [p for p in data_path("").rglob("*") if p.suffix in (".jpg", ".jpeg", ".png")]
