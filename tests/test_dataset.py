"""Data sets come back as they went, damage is noticed, and minibatches are what they say."""

import json

import h5py
import numpy as np
import pytest

import captioning as c
from captioning import dataset

WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "boat", "ñandú"]
META = {"encoder": "eye", "seed": 1, "text": "ñ"}


def arrays():
    rng = np.random.default_rng(0)
    return {
        "train_captions": rng.integers(7, size=(12, 6)).astype(np.uint16),
        "train_image_idxs": np.repeat(np.arange(4, dtype=np.int32), 3),
        "train_features": rng.standard_normal((4, 5)).astype(np.float16),
        "train_grid": rng.standard_normal((4, 2, 2, 5)).astype(np.float16),
        "train_sentences": [f"a boat {k}" for k in range(12)],
        "val_captions": rng.integers(7, size=(3, 6)).astype(np.uint16),
        "val_image_idxs": np.array([1, 0, 1], dtype=np.int32),
        "val_features": rng.standard_normal((2, 5)).astype(np.float16),
        "vocabulary": WORDS,
    }


@pytest.fixture
def path(tmp_path):
    dataset.write_dataset(tmp_path / "data.h5", arrays(), META)
    return tmp_path / "data.h5"


def is_what_was_written(found, meta):
    wanted = arrays()
    return meta == META and found.keys() == wanted.keys() and all(
        value == wanted[name] if isinstance(value, list) else
        (value.dtype, value.shape, value.tobytes()) ==
        (wanted[name].dtype, wanted[name].shape, wanted[name].tobytes())
        for name, value in found.items())


def refused(path, load=dataset.read_dataset):
    with pytest.raises(OSError) as caught:
        load(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
    return str(caught.value)


# ---------------------------------------------------------------- reading and writing

def test_comes_back_as_it_went(path):
    assert is_what_was_written(*dataset.read_dataset(path))


def test_only_what_is_asked_for(path):
    found, _ = dataset.read_dataset(path, ["vocabulary", "val_features"])
    assert list(found) == ["vocabulary", "val_features"]
    with pytest.raises(OSError, match="data.h5: holds no test_captions; it has .*val_captions"):
        dataset.read_dataset(path, ["test_captions"])


def test_arrays_are_contiguous_and_carry_a_checksum(path):
    with h5py.File(path) as file:
        assert file.attrs["format"] == "captioning-dataset" and file.attrs["version"] == 1
        for values in file.values():
            assert values.chunks is None and values.compression is None
            assert "crc32" in values.attrs


@pytest.mark.parametrize("rows", [0, 1, dataset.ROWS, dataset.ROWS + 1])
def test_a_checksum_does_not_depend_on_how_it_is_read(rows):
    values = np.random.default_rng(0).integers(9, size=(rows, 3))
    assert dataset.checksum(values) == dataset.zlib.crc32(values.tobytes())
    if rows > 1:
        changed = values.copy()
        changed[-1, -1] += 1
        assert dataset.checksum(changed) != dataset.checksum(values)


def test_rows_written_one_by_one_and_sealed(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        rows = file.create_dataset("train_features", (4, 3), np.float16)
        for k in range(4):
            rows[k] = k
        dataset.seal(file, META)
    found, meta = dataset.read_dataset(tmp_path / "a.h5")
    assert meta == META and found["train_features"].tolist() == [[k] * 3 for k in range(4)]


@pytest.mark.parametrize("load", [dataset.read_dataset, c.load_coco_data])
def test_missing_a_folder_or_foreign(tmp_path, load):
    assert "no such file" in refused(tmp_path / "missing.h5", load)
    refused(tmp_path, load)
    (tmp_path / "text.h5").write_text("hello" * 300)
    refused(tmp_path / "text.h5", load)
    with h5py.File(tmp_path / "foreign.h5", "w") as file:
        file["train_captions"] = np.ones((3, 4), np.uint16)
    assert "wanted captioning-dataset version 1" in refused(tmp_path / "foreign.h5", load)


def test_another_version(path):
    with h5py.File(path, "a") as file:
        file.attrs["version"] = 2
    assert "version 2; wanted captioning-dataset version 1" in refused(path)


def test_truncated_anywhere(path):
    whole = path.read_bytes()
    for size in [0, 1, 8, *range(100, len(whole), 801), len(whole) - 1]:
        path.write_bytes(whole[:size])
        refused(path)


def test_a_flipped_byte_in_any_array_or_in_the_meta(path):
    whole = path.read_bytes()
    places = {name: whole.index(value.tobytes()) for name, value in arrays().items()
              if isinstance(value, np.ndarray)}
    places |= {"train_sentences": whole.index(b"a boat 7"), "vocabulary": whole.index(b"<START>"),
               "checksum of its meta": whole.index(json.dumps(META).encode()) + 15}
    for name, place in places.items():
        damaged = bytearray(whole)
        damaged[place + 3] ^= 1
        path.write_bytes(damaged)
        message = refused(path)
        assert name in message or "damaged" in message


def test_a_flipped_byte_anywhere(path):
    """Either it is noticed, or it lay in unused space and nothing changed."""
    whole = path.read_bytes()
    for place in range(0, len(whole), 37):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        try:
            assert is_what_was_written(*dataset.read_dataset(path)), place
        except OSError as error:
            assert str(path) in str(error)


def test_a_list_that_holds_no_texts(tmp_path):
    with pytest.raises(ValueError, match="arrays.'vocabulary'. is a list; wanted"):
        dataset.write_dataset(tmp_path / "a.h5", {"vocabulary": [1, 2]}, {})
    assert not list(tmp_path.iterdir())


# ---------------------------------------------------------------- as CS231n has it

def test_load_coco_data(path):
    data, wanted = c.load_coco_data(path), arrays()
    assert data["idx_to_word"] == WORDS
    assert data["word_to_idx"] == {word: k for k, word in enumerate(WORDS)}
    assert data["meta"] == META and "vocabulary" not in data and "train_grid" not in data
    for split in ("train", "val"):
        assert data[f"{split}_features"].dtype == np.float32
        assert data[f"{split}_captions"].dtype == np.int64
        for name in ("features", "captions", "image_idxs"):
            np.testing.assert_array_equal(data[f"{split}_{name}"], wanted[f"{split}_{name}"])


def test_a_file_without_a_vocabulary(tmp_path):
    dataset.write_dataset(tmp_path / "a.h5", {"train_captions": np.ones((2, 3))}, {})
    assert "vocabulary" in refused(tmp_path / "a.h5", c.load_coco_data)


def test_max_train_keeps_so_many_at_most_once(path):
    whole = c.load_coco_data(path)
    pairs = {(tuple(row), idx) for row, idx in zip(
        whole["train_captions"].tolist(), whole["train_image_idxs"].tolist(), strict=True)}
    assert len(pairs) == 12
    few = c.load_coco_data(path, max_train=7, rng=np.random.default_rng(1))
    kept = [(tuple(row), idx) for row, idx in zip(
        few["train_captions"].tolist(), few["train_image_idxs"].tolist(), strict=True)]
    assert len(set(kept)) == len(kept) == 7 and set(kept) <= pairs
    assert len(few["val_captions"]) == 3
    for wrong in (0, 13, -1, 2.5, "7"):
        with pytest.raises(ValueError, match=rf"max_train is {wrong!r}; wanted .* 1 to 12"):
            c.load_coco_data(path, max_train=wrong)


def test_a_minibatch_is_rows_that_belong_together(path):
    data = c.load_coco_data(path)
    captions, features, idxs = c.sample_coco_minibatch(data, 12, rng=np.random.default_rng(0))
    order = [data["train_captions"].tolist().index(row) for row in captions.tolist()]
    assert sorted(order) == list(range(12)) and order != list(range(12))
    np.testing.assert_array_equal(idxs, data["train_image_idxs"][order])
    np.testing.assert_array_equal(features, data["train_features"][idxs])
    captions, features, idxs = c.sample_coco_minibatch(data, 2, "val", np.random.default_rng(0))
    np.testing.assert_array_equal(features, data["val_features"][idxs])


def test_minibatches_differ_with_the_generator_and_repeat_with_the_seed(path):
    data, rng = c.load_coco_data(path), np.random.default_rng(5)
    first, second = (c.sample_coco_minibatch(data, 5, rng=rng)[0] for _ in range(2))
    assert first.tolist() != second.tolist()
    again = c.sample_coco_minibatch(data, 5, rng=np.random.default_rng(5))[0]
    assert again.tolist() == first.tolist()


def test_a_minibatch_that_cannot_be(path):
    data = c.load_coco_data(path)
    with pytest.raises(ValueError, match="split is 'test'; wanted one of train, val"):
        c.sample_coco_minibatch(data, 2, "test")
    for wrong in (0, 13, -1, 1.5, None):
        with pytest.raises(ValueError, match=rf"batch_size is {wrong!r}; wanted .* 1 to 12"):
            c.sample_coco_minibatch(data, wrong)
