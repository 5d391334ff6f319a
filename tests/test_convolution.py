"""Convolution: gradients, PyTorch's values, a case by hand, bad input."""

from pathlib import Path

import numpy as np
import pytest

from captioning.encoder.convolution import (
    conv_backward,
    conv_backward_weights,
    conv_forward,
    relu_backward,
    relu_forward,
)
from captioning.gradcheck import eval_numerical_gradient_array, gradient_error

ORACLE = Path(__file__).parent / "oracles" / "convolution.npz"


def make_arguments(rng, size=3):
    """All sizes different: N, K, P, C, M, Q, H, W = 2, 3, 4, 5, 6, 7, 8, 13 at stride 2."""
    x = rng.standard_normal((2, 8, 13, 5))
    return x, rng.standard_normal((size, size, 5, 6)), rng.standard_normal(6)


@pytest.mark.parametrize(("size", "stride"), [(3, 1), (3, 2), (5, 3), (1, 2)])
def test_gradients_are_the_measured_ones(size, stride):
    rng = np.random.default_rng(0)
    x, w, b = make_arguments(rng, size)
    out, cache = conv_forward(x, w, b, stride)
    dout = rng.standard_normal(out.shape)
    dx, dw, db = conv_backward(dout, cache)

    def numeric(value):
        return eval_numerical_gradient_array(
            lambda _: conv_forward(x, w, b, stride)[0], value, dout)

    assert gradient_error(dw, numeric(w)) < 1e-7
    assert gradient_error(db, numeric(b)) < 1e-7
    x = x[:, :, :7].copy()  # a slice of the pixels is enough, and quick
    out, cache = conv_forward(x, w, b, stride)
    dout = dout[:, :, :out.shape[2]]
    assert gradient_error(conv_backward(dout, cache)[0], numeric(x)) < 1e-7
    assert dx.shape == (2, 8, 13, 5)


@pytest.mark.parametrize("case", ["stride1", "stride2", "wide"])
def test_values_and_gradients_are_those_of_pytorch(case):
    with np.load(ORACLE) as oracle:
        given = {name: oracle[f"{case}_{name}"] for name in
                 ("x", "w", "b", "dout", "out", "dx", "dw", "db", "stride")}
    out, cache = conv_forward(given["x"], given["w"], given["b"], int(given["stride"]))
    grads = dict(zip(("dx", "dw", "db"), conv_backward(given["dout"], cache), strict=True))
    for name, value in {"out": out, **grads}.items():
        np.testing.assert_allclose(value, given[name], rtol=1e-12, atol=1e-12, err_msg=name)


def test_an_edge_found_by_hand():
    # A kernel that takes the left neighbour from the right one finds where dark meets bright.
    x = np.tile(np.array([0.0, 0, 1, 1]), (3, 1)).reshape(1, 3, 4, 1)
    w = np.zeros((3, 3, 1, 1))
    w[1, 0], w[1, 2] = -1, 1
    out, _ = conv_forward(x, w, np.zeros(1))
    np.testing.assert_array_equal(out[0, 1, :, 0], [0, 1, 1, -1])  # the border counts as dark


@pytest.mark.parametrize(("height", "stride", "wanted"), [(8, 1, 8), (8, 2, 4), (7, 2, 4),
                                                          (7, 3, 3), (1, 2, 1)])
def test_size_of_the_map(height, stride, wanted):
    x, w, b = np.zeros((1, height, 5, 2)), np.zeros((3, 3, 2, 4)), np.zeros(4)
    assert conv_forward(x, w, b, stride)[0].shape[1] == wanted


def test_backward_leaves_its_inputs_and_can_be_called_twice():
    rng = np.random.default_rng(1)
    x, w, b = make_arguments(rng)
    kept = x.copy(), w.copy(), b.copy()
    out, cache = conv_forward(x, w, b, 2)
    dout = rng.standard_normal(out.shape)
    kept_dout = dout.copy()
    first, second = conv_backward(dout, cache), conv_backward(dout, cache)
    for one, two in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, two)
    for now, before in zip((x, w, b, dout), (*kept, kept_dout), strict=True):
        np.testing.assert_array_equal(now, before)


def test_weights_alone_are_the_same_gradients():
    rng = np.random.default_rng(2)
    out, cache = conv_forward(*make_arguments(rng), 2)
    dout = rng.standard_normal(out.shape)
    for alone, all_of_it in zip(conv_backward_weights(dout, cache),
                                conv_backward(dout, cache)[1:], strict=True):
        np.testing.assert_array_equal(alone, all_of_it)


def test_float32_stays_float32():
    rng = np.random.default_rng(3)
    out, cache = conv_forward(*(a.astype(np.float32) for a in make_arguments(rng)), 2)
    assert {a.dtype.name for a in (out, *conv_backward(out, cache))} == {"float32"}


def test_relu_and_its_gradient():
    rng = np.random.default_rng(4)
    x = rng.uniform(0.01, 1, (3, 4, 5)) * rng.choice([-1, 1], (3, 4, 5))  # none at the kink
    dout = rng.standard_normal(x.shape)
    out, cache = relu_forward(x)
    np.testing.assert_array_equal(out, np.where(x > 0, x, 0))
    numeric = eval_numerical_gradient_array(lambda v: relu_forward(v)[0], x, dout)
    assert gradient_error(relu_backward(dout, cache), numeric) < 1e-7


@pytest.mark.parametrize(("change", "sentence"), [
    ({"w": np.zeros((3, 3, 4, 6))}, r"conv_forward: w has shape \(3, 3, 4, 6\); wanted .*C = 5"),
    ({"w": np.zeros((2, 2, 5, 6))}, r"w has shape \(2, 2, 5, 6\); wanted .* an odd K"),
    ({"w": np.zeros((3, 5, 5, 6))}, r"w has shape \(3, 5, 5, 6\)"),
    ({"b": np.zeros(5)}, r"b has shape \(5,\)"),
    ({"x": np.zeros((8, 13, 5))}, r"x has shape \(8, 13, 5\)"),
    ({"x": np.zeros((2, 8, 13, 5), np.uint8)}, "x has dtype uint8"),
    ({"stride": 0}, "stride is 0; wanted an integer of 1 or more"),
    ({"stride": 1.5}, "stride is 1.5"),
])
def test_bad_input_is_named(change, sentence):
    x, w, b = make_arguments(np.random.default_rng(5))
    with pytest.raises(ValueError, match=sentence):
        conv_forward(**{"x": x, "w": w, "b": b, **change})


def test_a_gradient_of_the_wrong_shape_is_named():
    out, cache = conv_forward(*make_arguments(np.random.default_rng(6)), 2)
    with pytest.raises(ValueError, match="dout has shape"):
        conv_backward(out[..., :3].copy(), cache)
