"""COCO, and photographs and features of one's own, become data sets to train a captioner on."""

import contextlib
import json

import numpy as np
import pytest
from PIL import Image

from captioning.__main__ import main
from captioning.captioner import load_captioner
from captioning.dataset import load_coco_data, read_dataset
from captioning.photographs import (
    prepare_coco,
    prepare_features,
    prepare_photographs,
    preparing,
    read_coco,
    read_photographs,
)

# COCO. A few pictures are drawn here, and described in the form of its annotations.

NAMES = {"train": ["000000000009.jpg", "000000000025.jpg", "000000000030.jpg"],
         "val": ["000000000139.jpg", "000000000285.jpg"]}


def content(names):
    """Annotations whose captions stand in another order than their photographs."""
    ids = {name: int(name[:-4]) for name in names}
    captions = [{"image_id": ids[name], "id": 10 * k + j, "caption": text}
                for j, text in enumerate(["A boat, seen twice.", "A red boat sails."])
                for k, name in enumerate(reversed(names))]
    return {"info": {}, "licenses": [], "images": [
        {"id": ids[name], "file_name": name, "height": 20, "width": 30} for name in names],
        "annotations": captions}


def coco_folder(root, year="2017"):
    (root / "annotations").mkdir(parents=True)
    for split, names in NAMES.items():
        folder = root / f"{split}{year}"
        folder.mkdir()
        for k, name in enumerate(names):
            Image.new("RGB", (30, 20), (40 * k, 90, 60)).save(folder / name)
        (root / f"annotations/captions_{split}{year}.json").write_text(json.dumps(content(names)))
    (root / "annotations/instances_train2017.json").write_text("{}")
    return root


def change(root, function, split="train"):
    """Change a split's annotations."""
    path = root / f"annotations/captions_{split}2017.json"
    annotations = json.loads(path.read_text())
    function(annotations)
    path.write_text(json.dumps(annotations))


@pytest.fixture
def quick(monkeypatch):
    """No processes and no network."""
    monkeypatch.setattr(preparing, "processes", lambda number: contextlib.nullcontext(map))
    monkeypatch.setattr(preparing, "features", lambda path: (
        np.full(1280, int(path.stem), np.float16), np.zeros((7, 7, 320), np.float16)))


@pytest.mark.parametrize("year", ["2017", "2014", ""])
def test_coco_as_its_authors_lay_it_out(tmp_path, quick, year):
    meta = prepare_coco(coco_folder(tmp_path / "coco", year), tmp_path / "coco.h5", min_count=3)
    arrays, stored = read_dataset(tmp_path / "coco.h5")
    assert stored == meta and meta["source"] == "COCO"
    assert meta["splits"] == f"captions_train{year}.json captions_val{year}.json"
    assert arrays["train_files"] == NAMES["train"] and arrays["val_files"] == NAMES["val"]
    assert arrays["vocabulary"][4:] == ["a", "boat", "red", "sails", "seen", "twice"]
    assert arrays["train_sentences"] == ["a boat seen twice", "a red boat sails"] * 3
    assert arrays["train_image_idxs"].tolist() == [0, 0, 1, 1, 2, 2]
    assert arrays["val_features"][:, 0].tolist() == [139, 285]


def test_one_split_is_enough_and_folders_may_be_nested(tmp_path):
    root = coco_folder(tmp_path / "deep/er/coco")
    (root / "annotations/captions_train2017.json").unlink()
    splits, _ = read_coco(tmp_path)
    assert [photograph.path.name for photograph in splits["val"]] == NAMES["val"]


@pytest.mark.parametrize("spoil, message", [
    (lambda a: a["images"].append({"id": 1, "file_name": "lost.jpg"}),
     "lost.jpg: no such photograph\n  lost.jpg: no caption"),
    (lambda a: a["annotations"].append({"image_id": 9, "caption": " . "}),
     "000000000009.jpg: caption 3 has no words"),
    (lambda a: a["annotations"].append({"image_id": 77, "caption": "a"}),
     r"no captions in the form of COCO \(KeyError: 77\)"),
    (lambda a: a.pop("images"), r"no captions in the form of COCO \(KeyError: 'images'\)"),
    (lambda a: a["annotations"].append(5), "no captions in the form of COCO"),
])
def test_damaged_annotations_are_named(tmp_path, spoil, message):
    root = coco_folder(tmp_path)
    change(root, spoil)
    with pytest.raises(OSError, match=message):
        read_coco(root)


def test_folders_that_are_not_coco(tmp_path):
    with pytest.raises(OSError, match="no such folder; wanted COCO's"):
        read_coco(tmp_path / "none")
    with pytest.raises(OSError, match="no captions; wanted captions_train2017.json"):
        read_coco(tmp_path)
    root = coco_folder(tmp_path / "a")
    (root / "annotations/captions_train2014.json").write_text("{}")
    with pytest.raises(OSError, match="train2014.json, captions_train2017.json, .* one for each"):
        read_coco(root)
    (root / "annotations/captions_train2014.json").unlink()
    (root / "annotations/captions_train2017.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(OSError, match="captions_train2017.json: no captions in the form of COCO"):
        read_coco(root)


# Photographs of one's own.

TABLES = {"train": '1.jpg,A black cat.\n2.png,"On the roof, a cat"\n1.jpg,It sleeps\n',
          "val": "3.png,A cup of coffee\n"}


def album(root):
    """Three photographs, one of them deeper, and a table for each split."""
    (root / "deeper").mkdir(parents=True)
    for name in ("1.jpg", "2.png", "deeper/3.png"):
        Image.new("RGB", (30, 20), (40, 90, 60)).save(root / name)
    for split, lines in TABLES.items():
        (root / f"{split}.csv").write_text("\ufeffimage,caption\n" + lines)
    return root


def test_own_photographs_are_said_to_be_from_their_folder(tmp_path, quick):
    meta = prepare_photographs(album(tmp_path / "album"), tmp_path / "own.h5", min_count=1)
    data = load_coco_data(tmp_path / "own.h5")
    assert data["meta"] == meta
    assert meta["source"] == "album" and meta["splits"] == "train.csv val.csv"
    assert data["train_files"] == ["1.jpg", "2.png"] and data["val_files"] == ["3.png"]
    assert data["train_features"][:, 0].tolist() == [1, 2]
    assert data["train_image_idxs"].tolist() == [0, 0, 1]
    assert data["train_sentences"] == ["a black cat", "it sleeps", "on the roof a cat"]
    assert "coffee" not in data["word_to_idx"]


@pytest.mark.parametrize("spoil, message", [
    (lambda folder: (folder / "train.csv").unlink(), "no train.csv; wanted it"),
    (lambda folder: (folder / "2.png").unlink(), "2.png: no such photograph"),
    (lambda folder: (folder / "val.csv").write_text("image,caption\n"), "val.csv: no captions"),
    (lambda folder: (folder / "val.csv").write_text("3.png,a cup\n"), "wanted image,caption"),
    (lambda folder: (folder / "val.csv").write_text("image,caption\n3.png,a cup, of tea\n"),
     "line 2 has 3 columns; wanted 2 .a caption with a comma stands in quotes"),
    (lambda folder: (folder / "val.csv").write_text("image,caption\n1.jpg,a cat\n"),
     "1.jpg: in train.csv and in val.csv"),
    (lambda folder: (folder / "val.csv").write_text("image,caption\n3.png,...\n"),
     "3.png: caption 1 has no words"),
    (lambda folder: (folder / "val.csv").write_bytes(b"image,caption\n3.png,caf\xe9\n"),
     "no table in UTF-8"),
])
def test_what_is_amiss_with_own_photographs_is_named(tmp_path, spoil, message):
    folder = album(tmp_path / "album")
    spoil(folder)
    with pytest.raises(OSError, match=message):
        read_photographs(folder)


# Features of one's own.

def own_folder(root, pictures=(6, 3), size=5):
    root.mkdir()
    rng = np.random.default_rng(0)
    for split, number in zip(("train", "val"), pictures, strict=True):
        np.save(root / f"{split}.npy", rng.standard_normal((number, size)))
        (root / f"{split}.txt").write_text("".join(
            f"{k}\tA {'red' if k % 2 else 'blue'} boat, no. {j} !\n"
            for j in range(2) for k in range(number)))
    return root


def test_own_features_become_a_data_set(tmp_path):
    meta = prepare_features(own_folder(tmp_path / "mine"), tmp_path / "mine.h5", min_count=3,
                            encoder="mine")
    data = load_coco_data(tmp_path / "mine.h5")
    assert data["meta"] == meta == {"encoder": "mine", "source": "mine", "min_count": 3}
    assert data["idx_to_word"][4:] == ["a", "boat", "no", "0", "1", "blue", "red"]
    assert data["train_features"].shape == (6, 5) and data["val_captions"].shape == (6, 26)
    assert data["train_captions"][1, :7].tolist() == [1, 4, 10, 5, 6, 7, 2]
    assert data["train_image_idxs"].tolist() == [*range(6)] * 2
    assert data["val_sentences"][0] == "a blue boat no 0"


def test_from_own_features_to_a_sentence(tmp_path, capsys):
    folder, data = str(own_folder(tmp_path / "mine")), str(tmp_path / "mine.h5")
    assert main(["prepare", "features", folder, "--out", data, "--min-count", "1"]) == 0
    assert main(["train", "--data", data, "--out", str(tmp_path / "run"), "--epochs", "2",
                 "--hidden-dim", "9", "--wordvec-dim", "6", "--batch-size", "4"]) == 0
    captioner, _ = load_captioner(tmp_path / "run/best.npz")
    assert captioner.encoder == "own"
    assert len(captioner.caption(np.load(tmp_path / "mine/val.npy"))) == 3
    capsys.readouterr()
    assert main(["caption", "--model", str(tmp_path / "run/best.npz"), "x.jpg"]) == 2
    assert "encoder is 'own'" in capsys.readouterr().err


def write(name, text):
    return lambda folder: (folder / name).write_text(text)


def save(name, array):
    return lambda folder: np.save(folder / name, array)


@pytest.mark.parametrize("spoil, message", [
    (lambda folder: (folder / "train.npy").unlink(), "no train.npy; wanted it"),
    (lambda folder: (folder / "val.txt").unlink(), "val.txt: no such file"),
    (write("train.npy", "no array"), "train.npy: damaged or no array"),
    (save("train.npy", np.zeros(3)), r"float64 of shape \(3,\); wanted numbers, a row"),
    (save("train.npy", np.zeros((6, 4))), "features of different sizes, .*wanted one size"),
    (save("train.npy", np.full((6, 5), np.nan)), "holds NaN or infinity"),
    (save("train.npy", np.zeros((7, 5))), "rows without a caption:\n  .*train.txt: row 6"),
    (write("val.txt", "0\ta\n1\tb\n2\tc\n3\td\n"), "val.txt: line 4 is of row 3, there are 3"),
    (write("val.txt", "0\ta\n1 b\n"), "line 2 is '1 b'; wanted a row's number, a tab"),
    (write("val.txt", "0\ta\n1\t...\n"), "line 2 is .* wanted a row's number"),
    (write("val.txt", "-1\ta\n"), "line 1 is .* wanted a row's number"),
])
def test_what_does_not_fit_is_named(tmp_path, spoil, message):
    folder = own_folder(tmp_path / "mine")
    spoil(folder)
    with pytest.raises(OSError, match=message):
        prepare_features(folder, tmp_path / "mine.h5")
    assert not (tmp_path / "mine.h5").exists()
