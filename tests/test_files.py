"""Files are whole or absent, and damage never passes for data."""

import errno
import io
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

import captioning as c
from captioning import files
from captioning.captioner import FeatureScale
from captioning.dataset import write_dataset

ARRAYS = {"params/w": np.arange(90.0).reshape(9, 10), "words": np.array(["a", "blau", "ñ"]),
          "small": np.ones((2, 3), np.float16), "none": np.zeros((0, 4), np.int64)}
META = {"seed": 3, "rate": 0.1, "text": "ñ", "nested": [1, {"a": None}]}


def save(path, kind="thing", version=1):
    files.save_npz(path, kind, version, ARRAYS, META)
    return path


def is_what_was_saved(arrays, meta):
    return meta == META and arrays.keys() == ARRAYS.keys() and all(
        value.dtype == ARRAYS[name].dtype and value.shape == ARRAYS[name].shape
        and value.tobytes() == ARRAYS[name].tobytes() for name, value in arrays.items())


def refused(path, load=lambda path: files.load_npz(path, "thing", 1)):
    with pytest.raises(OSError) as caught:
        load(path)
    message = str(caught.value)
    assert str(path) in message and "\n" not in message, message
    return message


# ---------------------------------------------------------------- reading

def test_comes_back_as_it_went(tmp_path):
    assert is_what_was_saved(*files.load_npz(save(tmp_path / "a.npz"), "thing", 1))
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_saved_twice_is_the_same_file(tmp_path):
    first, second = save(tmp_path / "a.npz").read_bytes(), save(tmp_path / "b.npz").read_bytes()
    assert first == second


def test_missing_or_a_folder(tmp_path):
    assert "no such file" in refused(tmp_path / "missing.npz")
    refused(tmp_path)


def test_truncated_anywhere(tmp_path):
    whole = save(tmp_path / "a.npz").read_bytes()
    for size in [0, 1, 4, *range(50, len(whole), 97), len(whole) - 1]:
        path = tmp_path / "short.npz"
        path.write_bytes(whole[:size])
        refused(path)


def test_a_flipped_byte_anywhere(tmp_path):
    """Either it is noticed, or it lay in what zip keeps beside the data and nothing changed."""
    whole, path, noticed = save(tmp_path / "a.npz").read_bytes(), tmp_path / "bad.npz", 0
    for place in range(0, len(whole), 5):
        damaged = bytearray(whole)
        damaged[place] ^= 2
        path.write_bytes(damaged)
        try:
            assert is_what_was_saved(*files.load_npz(path, "thing", 1)), place
        except OSError as error:
            assert str(path) in str(error)
            noticed += 1
    assert noticed > 0.5 * len(whole) / 5


def test_a_header_that_cuts_an_array_short(tmp_path):
    whole = save(tmp_path / "a.npz").read_bytes()
    path = tmp_path / "cut.npz"
    assert whole.count(b"(9, 10)") == 1
    path.write_bytes(whole.replace(b"(9, 10)", b"(1, 10)"))
    assert "checksum" in refused(path)


@pytest.mark.parametrize("kind, version", [("another", 1), ("thing", 2), ("thing", "1")])
def test_another_kind_or_version(tmp_path, kind, version):
    message = refused(save(tmp_path / "a.npz", kind, version))
    assert f"holds {kind} version {version}; wanted thing version 1" in message


def foreign(path, what):
    if what == "npz":
        np.savez(path, a=np.ones(3))
    elif what == "npy":
        with open(path, "wb") as file:
            np.save(file, np.ones(3))
    elif what == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("hello.txt", "hello")
    elif what == "hdf5":
        with h5py.File(path, "w") as file:
            file["train_captions"] = np.ones((3, 4), np.uint16)
    elif what == "pickle":
        np.savez(path, a=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    elif what == "meta is no JSON":
        np.savez(path, **{files.META: np.array("{")})
    elif what == "meta lacks a key":
        np.savez(path, **{files.META: np.array('{"kind": "thing", "version": 1}')})
    elif what == "meta is a list":
        np.savez(path, **{files.META: np.array("[1, 2]")})
    else:
        path.write_bytes(b"hello" * 100)
    return path


FOREIGN = ["npz", "npy", "zip", "hdf5", "pickle", "text", "meta is no JSON", "meta lacks a key",
           "meta is a list"]


@pytest.mark.parametrize("what", FOREIGN)
def test_foreign(tmp_path, what):
    refused(foreign(tmp_path / "a.npz", what))


class Trap:
    """An object whose unpickling would leave a mark."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


def test_a_pickle_is_never_opened(tmp_path):
    mark, path = tmp_path / "mark", save(tmp_path / "a.npz")
    member = io.BytesIO()
    np.lib.format.write_array(member, np.array([Trap(mark)], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("trap.npy", member.getvalue())
    refused(path)
    assert not mark.exists()


# ---------------------------------------------------------------- writing

@pytest.mark.parametrize("arrays", [{"a": np.array([None])}, {"a": [{}, 1]}, {files.META: ARRAYS}])
def test_what_cannot_be_kept_is_refused(tmp_path, arrays):
    with pytest.raises(ValueError, match="arrays.*wanted"):
        files.save_npz(tmp_path / "a.npz", "thing", 1, arrays, {})
    assert not list(tmp_path.iterdir())


def write_captioner(path):
    words = ["<NULL>", "<START>", "<END>", "<UNK>", "a"]
    model = c.CaptioningRNN({word: k for k, word in enumerate(words)}, 3, 2, 4)
    scale = FeatureScale.of(np.arange(6, dtype=np.float32).reshape(2, 3))
    c.save_captioner(path, c.Captioner(model, words, scale, "eye"), {})


WRITERS = {
    "save_npz": (save, "numpy.savez"),
    "save_captioner": (write_captioner, "numpy.savez"),
    "write_dataset": (lambda path: write_dataset(path, {"a": np.ones((3, 4))}, {}),
                      "captioning.dataset.seal"),
}


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"),
                                   KeyboardInterrupt(), MemoryError()], ids=repr)
@pytest.mark.parametrize("older", [None, b"older"])
@pytest.mark.parametrize("name", WRITERS)
def test_nothing_half_written_remains(tmp_path, monkeypatch, name, older, error):
    write, inner = WRITERS[name]
    path = tmp_path / "result"
    if older:
        path.write_bytes(older)

    def failing(file, *args, **arrays):
        if hasattr(file, "write"):
            file.write(b"half of it")
        raise error

    monkeypatch.setattr(inner, failing)
    with pytest.raises(type(error)) as caught:
        write(path)
    assert caught.value is error
    assert [p.name for p in tmp_path.iterdir()] == (["result"] if older else [])
    assert not older or path.read_bytes() == older
    monkeypatch.undo()
    write(path)
    assert [p.name for p in tmp_path.iterdir()] == ["result"] and path.read_bytes() != older


def test_a_rename_that_fails_leaves_nothing(tmp_path):
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    with pytest.raises(OSError):
        save(tmp_path / "folder")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(OSError, match="missing"):
        save(tmp_path / "missing" / "a.npz")


# ---------------------------------------------------------------- captioners

@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_a_captioner_comes_back_and_says_the_same(tmp_path, cell):
    words = ["<NULL>", "<START>", "<END>", "<UNK>", *"abcdefgh"]
    rng = np.random.default_rng(0)
    features = 3 + 2 * rng.standard_normal((6, 5)).astype(np.float32)
    features[:, 2] = 7  # never changes
    model = c.CaptioningRNN({word: k for k, word in enumerate(words)}, 5, 4, 6, cell)
    for name, value in model.params.items():
        model.params[name] = rng.standard_normal(value.shape).astype(np.float32)
    captioner = c.Captioner(model, words, FeatureScale.of(features), "eye")
    c.save_captioner(tmp_path / "a.npz", captioner, META, np.float32)
    back, about = c.load_captioner(tmp_path / "a.npz")
    assert about == META and back.words == words and back.encoder == "eye"
    assert back.model.cell_type == cell
    said = back.caption(features, 8)
    assert said == captioner.caption(features, 8) and len(set(said)) > 1
    assert not any("<" in sentence for sentence in said)
    c.save_captioner(tmp_path / "half.npz", captioner, META)
    half, _ = c.load_captioner(tmp_path / "half.npz")
    for name, value in half.model.params.items():
        assert value.dtype == np.float32
        np.testing.assert_array_equal(value, model.params[name].astype(np.float16))


def test_features_are_brought_to_mean_0_and_spread_1():
    features = 3 + 2 * np.random.default_rng(0).standard_normal((50, 4))
    features[:, 1] = 7
    scale = FeatureScale.of(features)
    scaled = scale.apply(features)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-13)
    np.testing.assert_allclose(scaled.std(axis=0), [1, 0, 1, 1], rtol=1e-13)
    for wrong in (features[:, :3], features[0], None, [[1.0]]):
        with pytest.raises(ValueError, match=r"features has shape .*wanted \(N, F\) with F = 4"):
            scale.apply(wrong)


@pytest.mark.parametrize("what", FOREIGN)
def test_a_file_that_is_no_captioner(tmp_path, what):
    refused(foreign(tmp_path / "a.npz", what), c.load_captioner)


def test_a_captioner_that_lacks_something(tmp_path):
    write_captioner(tmp_path / "a.npz")
    arrays, meta = files.load_npz(tmp_path / "a.npz", "captioner", 1)
    del arrays["params/Wh"]
    files.save_npz(tmp_path / "a.npz", "captioner", 1, arrays, meta)
    assert "holds no params/Wh" in refused(tmp_path / "a.npz", c.load_captioner)


def test_a_checkpoint_is_no_captioner(tmp_path):
    files.save_npz(tmp_path / "a.npz", "checkpoint", 1, {}, {})
    assert "holds checkpoint version 1; wanted captioner version 1" in refused(
        tmp_path / "a.npz", c.load_captioner)


def test_the_description_is_text(tmp_path):
    with np.load(save(tmp_path / "a.npz")) as archive:
        assert json.loads(str(archive[files.META])) == {"kind": "thing", "version": 1, "meta": META}
