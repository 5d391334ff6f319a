"""The core against values that PyTorch computed by itself, and against those CS231n printed.

``oracles/core.npz`` was made by ``oracles/make_core.py``.
"""

from pathlib import Path

import numpy as np
import pytest

import captioning as c

FROZEN = np.load(Path(__file__).with_name("oracles") / "core.npz")
WITHIN = 1e-10  # of the greatest entry
MODEL_SIZES = dict(input_dim=8, wordvec_dim=7, hidden_dim=6)


def case(name):
    return {key.removeprefix(f"{name}/"): FROZEN[key] for key in FROZEN.files
            if key.startswith(f"{name}/")}


def agrees(ours, theirs):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape and ours.dtype == np.float64
    assert np.abs(ours - theirs).max() <= WITHIN * np.abs(theirs).max()


@pytest.mark.parametrize("name, names, forward, backward", [
    ("rnn", ("x", "h0", "Wx", "Wh", "b"), c.rnn_forward, c.rnn_backward),
    ("lstm", ("x", "h0", "Wx", "Wh", "b"), c.lstm_forward, c.lstm_backward),
    ("affine", ("x", "w", "b"), c.affine_forward, c.affine_backward),
    ("temporal_affine", ("x", "w", "b"), c.temporal_affine_forward, c.temporal_affine_backward),
])
def test_layer(name, names, forward, backward):
    frozen = case(name)
    out, cache = forward(*(frozen[k] for k in names))
    agrees(out, frozen["out"])
    for argument, gradient in zip(names, backward(frozen["upstream"], cache), strict=True):
        agrees(gradient, frozen[f"d{argument}"])


@pytest.mark.parametrize("name, step", [("rnn", c.rnn_step_forward), ("lstm", c.lstm_step_forward)])
def test_steps_one_by_one(name, step):
    frozen = case(name)
    state = (frozen["h0"],) if name == "rnn" else (frozen["h0"], np.zeros_like(frozen["h0"]))
    for t in range(frozen["x"].shape[1]):
        *state, _ = step(frozen["x"][:, t], *state, frozen["Wx"], frozen["Wh"], frozen["b"])
        agrees(state[0], frozen["out"][:, t])


def test_embedding():
    frozen = case("embedding")
    out, cache = c.word_embedding_forward(frozen["words"], frozen["W"])
    agrees(out, frozen["out"])
    agrees(c.word_embedding_backward(frozen["upstream"], cache), frozen["dW"])


def test_softmax_loss_with_weights():
    frozen = case("softmax")
    loss, dx = c.temporal_softmax_loss(frozen["x"], frozen["words"], frozen["mask"])
    agrees(loss, frozen["out"])
    agrees(dx, frozen["dx"])


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_model(cell):
    frozen = case(f"model_{cell}")
    words = {"<NULL>": 0, **{f"w{k}": k for k in range(1, 11)}}
    model = c.CaptioningRNN(words, **MODEL_SIZES, cell_type=cell, dtype=np.float64)
    model.params = {name: frozen[name] for name in model.params}
    loss, grads = model.loss(frozen["features"], frozen["captions"])
    agrees(loss, frozen["out"])
    assert grads.keys() == model.params.keys()
    for name, gradient in grads.items():
        agrees(gradient, frozen[f"d{name}"])


@pytest.mark.parametrize("rule, config", [
    (c.sgd, {"learning_rate": 0.1}),
    (c.momentum, {"learning_rate": 0.1, "momentum": 0.8}),
    (c.rmsprop, {"learning_rate": 0.02, "decay_rate": 0.95, "epsilon": 1e-6}),
    (c.adam, {"learning_rate": 0.05, "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-6}),
], ids=lambda value: getattr(value, "__name__", ""))
def test_five_steps_of_a_rule(rule, config):
    frozen = case("steps")
    w = frozen["first"]
    for grad, theirs in zip(frozen["grads"], frozen[rule.__name__], strict=True):
        w, config = rule(w, grad, config)
        np.testing.assert_allclose(w, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("cell, ends, loss", [
    ("rnn", (-1.5, 0.3), 9.83235591003), ("lstm", (-0.5, 1.7), 9.82445935443)])
def test_losses_that_cs231n_printed(cell, ends, loss):
    N, D, W, H, T = 10, 20, 30, 40, 13
    model = c.CaptioningRNN({"<NULL>": 0, "cat": 2, "dog": 3}, D, W, H, cell, np.float64)
    for name, value in model.params.items():
        model.params[name] = np.linspace(-1.4, 1.3, num=value.size).reshape(value.shape)
    features = np.linspace(*ends, num=N * D).reshape(N, D)
    captions = (np.arange(N * T) % 3).reshape(N, T)
    assert model.loss(features, captions)[0] == pytest.approx(loss, rel=0, abs=1e-11)
