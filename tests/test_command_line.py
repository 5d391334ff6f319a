"""The command line: what it prints, what it refuses, and that a run resumes to the last bit."""

import json

import numpy as np
import pytest
from PIL import Image

from captioning.__main__ import main
from captioning.captioner import load_captioner
from captioning.dataset import load_coco_data, write_dataset
from captioning.files import data_path
from captioning.vocabulary import build_vocabulary, encode

SENTENCES = ["a red boat", "a blue boat", "two blue stars", "a red star at night"]
SMALL = ["--wordvec-dim", "6", "--hidden-dim", "9", "--batch-size", "3", "--learning-rate", "0.01"]


@pytest.fixture
def data(tmp_path):
    """A data set of four pictures with made features, as `prepare` would write it."""
    words = build_vocabulary([s.split() for s in SENTENCES])
    word_to_idx = {word: k for k, word in enumerate(words)}
    rng = np.random.default_rng(0)
    arrays = {"vocabulary": words}
    for split in ("train", "dev"):
        arrays[f"{split}_captions"] = np.array(
            [encode(s.split(), word_to_idx, 8) for s in SENTENCES], dtype=np.uint16)
        arrays[f"{split}_image_idxs"] = np.arange(4, dtype=np.int32)
        arrays[f"{split}_features"] = rng.standard_normal((4, 5)).astype(np.float16)
        arrays[f"{split}_sentences"] = SENTENCES
    write_dataset(tmp_path / "data.h5", arrays, {"encoder": "efficientnet-lite0"})
    return str(tmp_path / "data.h5")


def train(data, out, *more):
    return main(["train", "--data", data, "--out", str(out), *SMALL, *more])


def test_a_run_leaves_its_settings_log_and_captioner(data, tmp_path, capsys):
    assert train(data, tmp_path / "run", "--epochs", "3", "--cell", "rnn") == 0
    best = json.loads(capsys.readouterr().out)
    assert best["pictures"] == 4 and 0 <= best["bleu_4"] <= 1
    config = json.loads((tmp_path / "run/config.json").read_text())
    assert (config["cell"], config["hidden_dim"], config["dropout"]) == ("rnn", 9, 0)
    log = [json.loads(line) for line in (tmp_path / "run/log.jsonl").read_text().splitlines()]
    assert [entry["step"] for entry in log if "loss" in entry] == list(range(6))
    assert sum("cider_d" in entry for entry in log) == 3
    captioner, about = load_captioner(tmp_path / "run/best.npz")
    assert captioner.model.cell_type == "rnn" and about["scores"] == best


def test_resuming_gives_the_run_that_was_not_interrupted(data, tmp_path):
    train(data, tmp_path / "whole", "--max-steps", "11", "--dropout", "0.3")
    train(data, tmp_path / "parts", "--max-steps", "4", "--dropout", "0.3")
    train(data, tmp_path / "parts", "--max-steps", "11", "--dropout", "0.3", "--resume")
    whole, parts = (np.load(tmp_path / name / "checkpoint.npz") for name in ("whole", "parts"))
    for name in whole.files:
        if name.startswith(("params", "optim", "loss")):
            assert whole[name].tobytes() == parts[name].tobytes(), name


def test_a_resumed_run_says_how_long_it_is_now(data, tmp_path, capsys):
    train(data, tmp_path / "run", "--epochs", "1")
    assert train(data, tmp_path / "run", "--epochs", "3", "--resume") == 0
    config = tmp_path / "run/config.json"
    assert json.loads(config.read_text())["epochs"] == 3
    config.write_text("{")
    capsys.readouterr()
    assert train(data, tmp_path / "run", "--epochs", "3", "--resume") == 2
    assert "config.json: damaged" in capsys.readouterr().err


def test_evaluate_prints_every_score(data, tmp_path, capsys):
    train(data, tmp_path / "run", "--epochs", "1")
    capsys.readouterr()
    assert main(["evaluate", str(tmp_path / "run"), "--data", data, "--split", "dev"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert set(scores) == {"bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l", "cider_d", "pictures",
                           "perplexity", "distinct", "words", "length", "novel"}
    assert 0 <= scores["novel"] <= scores["pictures"] and 1 < scores["perplexity"] < 50
    assert main(["evaluate", str(tmp_path / "run"), "--data", data, "--split", "dev", "--beam",
                 "3"]) == 0
    assert json.loads(capsys.readouterr().out)["perplexity"] == scores["perplexity"]
    assert main(["evaluate", str(tmp_path / "run"), "--data", data, "--split", "dev", "--beam",
                 "0"]) == 2
    assert "beam is 0; wanted a whole number of at least 1" in capsys.readouterr().err


REFUSED = [
    (["train", "--data", "missing.h5", "--out", "{tmp}/r"], "missing.h5: no such file"),
    (["train", "--data", "{data}", "--out", "{tmp}/r", "--resume"], "holds no run"),
    (["train", "--data", "{data}", "--out", "{tmp}/r", "--split", "test"], "wanted one with"),
    (["train", "--data", "{data}", "--out", "{tmp}/r", "--epochs", "0"], "num_epochs is 0"),
    (["evaluate", "{tmp}/none", "--data", "{data}", "--split", "dev"], "no such file"),
    (["evaluate", "{data}", "--data", "{data}", "--split", "dev"], "not a captioner"),
    (["caption", "{tmp}/none.jpg"], "none.jpg: no such file"),
    (["caption", "{data}"], "data.h5"),
    (["prepare", "flickr8k", "{tmp}", "--out", "{tmp}/f.h5"], "{tmp}"),
]


@pytest.mark.parametrize("arguments, said", REFUSED)
def test_bad_input_is_one_clear_line_and_status_2(arguments, said, data, tmp_path, capsys):
    words = {"tmp": tmp_path, "data": data}
    assert main([argument.format(**words) for argument in arguments]) == 2
    error = capsys.readouterr().err
    assert said.format(**words) in error and error.count("\n") == 1


def test_a_second_run_in_one_folder_is_refused(data, tmp_path, capsys):
    train(data, tmp_path / "run", "--max-steps", "1")
    assert train(data, tmp_path / "run", "--max-steps", "1") == 2
    assert "--resume" in capsys.readouterr().err
    assert train(data, tmp_path / "run", "--max-steps", "2", "--seed", "7", "--resume") == 2
    assert "seed is 0 there and 7 here" in capsys.readouterr().err


def test_a_photograph_is_captioned(tmp_path, capsys):
    rng = np.random.default_rng(0)
    for name, shape in {"a.png": (90, 60, 3), "b.jpg": (40, 80, 3)}.items():
        Image.fromarray(rng.integers(0, 255, shape, dtype=np.uint8)).save(tmp_path / name)
    photos = [str(tmp_path / name) for name in ("a.png", "b.jpg")]
    assert main(["caption", "--json", *photos]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [entry["file"] for entry in said] == photos
    assert all(3 < len(entry["caption"].split()) < 30 for entry in said)
    assert main(["caption", photos[0]]) == 0
    assert capsys.readouterr().out.strip() == said[0]["caption"]


def test_from_a_folder_of_photographs_to_a_captioner_of_them(tmp_path, capsys):
    """The recipe of chapter 17 for photographs of one's own, one of them no JPEG."""
    rng, names = np.random.default_rng(0), ["a.jpg", "b.jpg", "c.jpg", "kitchen.png"]
    (tmp_path / "mine").mkdir()
    for name in names:
        pixels = rng.integers(0, 255, (30, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "mine" / name)
    for split, chosen in (("train", names[:3]), ("val", names[3:])):
        (tmp_path / f"mine/{split}.csv").write_text("image,caption\n" + "".join(
            f'{name},A cat sleeps .\n{name},"on the wall, a cat"\n' for name in chosen))
    data, run = str(tmp_path / "own.h5"), tmp_path / "OWN"
    assert main(["prepare", "photographs", str(tmp_path / "mine"), "--out", data,
                 "--min-count", "2"]) == 0
    assert train(data, run, "--epochs", "1") == 0
    assert main(["evaluate", str(run), "--data", data, "--split", "val"]) == 0
    capsys.readouterr()
    captioner, _ = load_captioner(run / "best.npz")
    assert captioner.encoder == "efficientnet-lite0"
    assert load_coco_data(data)["meta"]["source"] == "mine"
    assert {"cat", "wall"} < set(captioner.words) and "," not in captioner.words
    photo = str(tmp_path / "mine/kitchen.png")
    assert main(["caption", photo, "--model", str(run / "best.npz"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["file"] == photo


def test_the_shipped_captioner_says_where_it_comes_from():
    _, about = load_captioner(data_path("photographs.npz"))
    assert about["settings"]["cell"] == "lstm" and about["scores"]["cider_d"] > 0.3
