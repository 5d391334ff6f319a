"""EfficientNet-Lite0 in NumPy against the original, and its file against damage."""

from pathlib import Path

import numpy as np
import pytest

from captioning.encoder import EfficientNetLite0
from captioning.encoder.efficientnet import class_names, depthwise, stem, widen, windows
from captioning.files import data_path
from captioning.photographs import load_photograph

ORACLE = Path(__file__).parent / "oracles" / "efficientnet.npz"


@pytest.fixture(scope="module")
def network():
    return EfficientNetLite0()


@pytest.fixture(scope="module")
def answers(network):
    vector, grid = network.encode(picture())
    return {"pooled": vector, "grid": grid[:, :, ::5], "logits": network.logits(vector)}


def picture():
    y, x = np.mgrid[:224, :224]
    rings = ((x - 90) ** 2 + (y - 120) ** 2) // 40
    return np.stack([rings % 256, (3 * x + y) % 256, (x * y // 64 + 2 * y) % 256],
                    axis=2).astype(np.uint8)


@pytest.mark.parametrize(("name", "tolerance"), [("grid", 3e-4), ("pooled", 2e-4),
                                                 ("logits", 3e-3)])
def test_agrees_with_the_original(answers, name, tolerance):
    with np.load(ORACLE) as oracle:
        assert answers[name].shape == oracle[name].shape
        assert np.abs(answers[name] - oracle[name]).max() < tolerance
        assert np.abs(oracle[name]).max() > 1


def test_a_photograph_of_a_cat_gets_the_names_of_cats(network):
    import skimage.data

    names = class_names()
    assert len(names) == 1000 and (names[0], names[999]) == ("tench", "toilet tissue")
    cat = load_photograph(Path(skimage.data.__file__).parent / "chelsea.png")
    scores = network.logits(network.encode(cat)[0])
    assert [names[k] for k in np.argsort(-scores)[:4]] == ["Egyptian cat", "tiger cat", "tabby",
                                                          "lynx"]


def test_shapes_and_dtypes(network):
    vector, grid = network.encode(np.zeros((224, 224, 3), np.uint8))
    assert (vector.shape, grid.shape) == ((1280,), (7, 7, 320))
    assert vector.dtype == grid.dtype == network.logits(vector).dtype == np.float32
    np.testing.assert_array_equal(network.pooled(grid), vector)


@pytest.mark.parametrize(("size", "k", "stride", "before", "after"), [
    (6, 3, 1, 1, 1), (6, 3, 2, 0, 1), (7, 3, 2, 1, 1), (6, 5, 2, 1, 2), (6, 1, 1, 0, 0)])
def test_same_padding(size, k, stride, before, after):
    x = np.arange(1.0, size * size + 1).reshape(size, size, 1)
    seen = windows(x, k, stride)
    padded = np.pad(x[:, :, 0], (before, after))
    assert seen.shape == (-(-size // stride), -(-size // stride), 1, k, k)
    np.testing.assert_array_equal(seen[0, 0, 0], padded[:k, :k])
    np.testing.assert_array_equal(seen[-1, -1, 0], padded[-k:, -k:])


def test_depthwise_and_stem_against_loops():
    rng = np.random.default_rng(3)
    x, b = rng.normal(size=(5, 7, 3)), rng.normal(size=3)
    w = rng.normal(size=(5, 5, 3))
    padded = np.pad(x, [(2, 2), (2, 2), (0, 0)])
    for i, j in ((0, 0), (1, 2), (2, 3)):
        wanted = [np.sum(padded[2 * i:2 * i + 5, 2 * j:2 * j + 5, c] * w[:, :, c]) + b[c]
                  for c in range(3)]
        np.testing.assert_allclose(depthwise(x, w, b, 2)[i, j], np.clip(wanted, 0, 6))
    w = rng.normal(size=(27, 4))
    patch = np.pad(x, [(1, 1), (1, 1), (0, 0)])[2:5, 4:7]
    np.testing.assert_allclose(stem(x, w, np.zeros(4))[1, 2],
                               np.clip(patch.transpose(2, 0, 1).ravel() @ w, 0, 6))


def test_widen_gives_back_what_float16_lost():
    half = np.array([1.0, -1000.0, 0.0], np.float16)
    rest = np.array([64, -128, 0], np.int8)
    wide = widen({"w": half, "w.rest": rest, "b": half})
    np.testing.assert_array_equal(wide["w"], [1 + 2**-12, -1000.25, 0])
    np.testing.assert_array_equal(wide["b"], half)
    assert wide["w"].dtype == np.float32 and set(wide) == {"w", "b"}


@pytest.mark.parametrize(("image", "came"), [
    (np.zeros((224, 224), np.uint8), "(224, 224)"),
    (np.zeros((224, 224, 3)), "float64"),
    (np.zeros((64, 64, 3), np.uint8), "(64, 64, 3)"),
    ([[0]], "list")])
def test_refuses_other_pictures(network, image, came):
    with pytest.raises(ValueError, match="image is") as caught:
        network.encode(image)
    assert came in str(caught.value) and "(224, 224, 3)" in str(caught.value)


def test_refuses_other_vectors_and_grids(network):
    with pytest.raises(ValueError, match=r"grid has shape \(7, 320\)"):
        network.pooled(np.zeros((7, 320), np.float32))
    with pytest.raises(ValueError, match=r"pooled has shape \(320,\)"):
        network.logits(np.zeros(320, np.float32))


def test_missing_and_damaged_weights(tmp_path):
    with pytest.raises(OSError, match="no such file"):
        EfficientNetLite0(tmp_path / "none.npz")
    whole = data_path("efficientnet-lite0.npz").read_bytes()
    (tmp_path / "short.npz").write_bytes(whole[:len(whole) // 2])
    with pytest.raises(OSError, match=r"short\.npz"):
        EfficientNetLite0(tmp_path / "short.npz")


@pytest.mark.parametrize("name", ["efficientnet-lite0.npz", "imagenet-names.npz"])
def test_readme_quotes_the_hash(name):
    import hashlib
    digest = hashlib.sha256(data_path(name).read_bytes()).hexdigest()
    assert digest in data_path("README.md").read_text("utf-8")
