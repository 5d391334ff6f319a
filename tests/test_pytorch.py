"""Weights that PyTorch made give here, after conversion, what they gave there, and go back whole.

``data/pytorch.npz`` was made by ``oracles/make_pytorch.py``.
"""

import numpy as np
import pytest

from captioning import CaptioningRNN, from_pytorch, lstm_forward, rnn_forward, tiny, to_pytorch
from captioning.files import data_path
from captioning.pytorch import SECOND_BIAS

FROZEN = np.load(data_path("pytorch.npz"))
CELLS = pytest.mark.parametrize("cell", ["rnn", "lstm"])
RATE = 0.1


def kept(cell, kind=""):
    """What PyTorch left of a cell: its arrays whose names go on with `kind`."""
    start = f"{cell}/{kind}"
    return {name.removeprefix(start): FROZEN[name] for name in FROZEN if name.startswith(start)}


def network(cell, kind="state/"):
    model = CaptioningRNN({"<NULL>": 0, **{f"w{k}": k for k in range(1, 11)}}, 8, 7, 5, cell,
                          np.float64)
    params = from_pytorch(kept(cell, kind))
    assert {k: v.shape for k, v in params.items()} == {k: v.shape for k, v in model.params.items()}
    model.params = params
    return model


def agrees(ours, theirs):
    assert np.shape(ours) == np.shape(theirs)
    assert np.abs(ours - theirs).max() <= 1e-12 * np.abs(theirs).max()


def unconverted_gradients(cell):
    """Gradients in our layout; each of the two biases has the whole gradient of their sum."""
    grads = kept(cell, "grad/")
    np.testing.assert_allclose(grads[SECOND_BIAS], grads["recur.bias_ih_l0"], rtol=1e-12)
    return from_pytorch(grads | {SECOND_BIAS: np.zeros_like(grads[SECOND_BIAS])})


@CELLS
def test_loss_and_gradients(cell):
    model, frozen = network(cell), kept(cell)
    loss, grads = model.loss(frozen["features"], frozen["captions"])
    agrees(loss, frozen["loss"])
    for name, theirs in unconverted_gradients(cell).items():
        agrees(grads[name], theirs)


@CELLS
def test_hidden_states_packed_or_not(cell):
    p, frozen = network(cell).params, kept(cell)
    words = frozen["captions"][:, :-1]
    forward = lstm_forward if cell == "lstm" else rnn_forward
    h, _ = forward(p["W_embed"][words], frozen["features"] @ p["W_proj"] + p["b_proj"], p["Wx"],
                   p["Wh"], p["b"])
    agrees(h, frozen["h"])
    asked = (frozen["captions"][:, 1:] != 0)[:, :, None]
    agrees(np.where(asked, h, 0), frozen["packed_h"])


@CELLS
def test_the_mean_is_over_words_there_and_over_captions_here(cell):
    model, frozen = network(cell), kept(cell)
    words = (frozen["captions"][:, 1:] != 0).sum()
    loss, _ = model.loss(frozen["features"], frozen["captions"])
    agrees(loss * len(frozen["captions"]) / words, frozen["mean_loss"])


@CELLS
def test_a_step_of_theirs_moves_the_bias_twice(cell):
    before, after = network(cell), network(cell, "after/")
    _, grads = before.loss(kept(cell)["features"], kept(cell)["captions"])
    for name, grad in grads.items():
        times = 2 if name == "b" else 1
        np.testing.assert_allclose(after.params[name], before.params[name] - times * RATE * grad,
                                   rtol=1e-12, atol=1e-14)


@CELLS
def test_there_and_back(cell):
    state = kept(cell, "state/")
    params = from_pytorch(state)
    back = to_pytorch(params)
    assert back.keys() == state.keys()
    assert all(value.flags.c_contiguous for value in (*back.values(), *params.values()))
    for name, value in from_pytorch(back).items():
        np.testing.assert_array_equal(value, params[name])
    for name in state.keys() - {SECOND_BIAS, "recur.bias_ih_l0"}:
        np.testing.assert_array_equal(back[name], state[name])


def test_nothing_is_shared():
    for there, params in ((True, tiny.network().params), (False, kept("rnn", "state/"))):
        out = to_pytorch(params) if there else from_pytorch(params)
        for value in out.values():
            assert not any(np.shares_memory(value, old) for old in params.values())


@pytest.mark.parametrize("change, message", [
    ({"recur.weight_ih_l1": np.zeros((5, 5))}, "state has recur.weight_ih_l1"),
    ({"recur.weight_ih_l0": np.zeros((15, 7))}, "15 rows and H = 5"),
    ({"score.bias": None}, "state lacks score.bias"),
])
def test_what_does_not_fit_is_named(change, message):
    state = kept("rnn", "state/") | change
    state = {name: value for name, value in state.items() if value is not None}
    with pytest.raises(ValueError, match=message):
        from_pytorch(state)
