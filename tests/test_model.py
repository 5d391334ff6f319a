"""The captioning network: its parameters, its first loss, and how loss and step agree."""

import numpy as np
import pytest

import captioning as c

F, E, H, V, N, T = 9, 6, 8, 30, 5, 7
WORDS = {word: k for k, word in enumerate(
    ["<NULL>", "<START>", "<END>", "<UNK>", *(f"w{k}" for k in range(4, V))])}
CELLS = pytest.mark.parametrize("cell", ["rnn", "lstm"])


def network(cell, drawn=True):
    model = c.CaptioningRNN(WORDS, F, E, H, cell, np.float64, np.random.default_rng(1))
    rng = np.random.default_rng(2)
    if drawn:
        for name, value in model.params.items():
            model.params[name] = rng.standard_normal(value.shape)
    return model


def minibatch(ragged=True):
    rng = np.random.default_rng(3)
    captions = rng.integers(4, V, size=(N, T + 1))
    captions[:, 0] = 1
    if ragged:
        for row, length in zip(captions, [8, 5, 3, 6, 2], strict=True):
            row[length - 1] = 2
            row[length:] = 0
    return rng.standard_normal((N, F)), captions


@CELLS
def test_parameters(cell):
    k = 4 if cell == "lstm" else 1
    sizes = {"W_proj": (F, H), "b_proj": (H,), "W_embed": (V, E), "Wx": (E, k * H),
             "Wh": (H, k * H), "b": (k * H,), "W_vocab": (H, V), "b_vocab": (V,)}
    for dtype in (np.float32, np.float64):
        model = c.CaptioningRNN(WORDS, F, E, H, cell, dtype)
        assert {name: value.shape for name, value in model.params.items()} == sizes
        assert {value.dtype for value in model.params.values()} == {np.dtype(dtype)}
        assert model.dtype == dtype
        assert not any(model.params[name].any() for name in ("b_proj", "b", "b_vocab"))


def test_first_parameters_have_the_stated_spread_and_come_from_the_generator():
    def draw(seed):
        return c.CaptioningRNN(WORDS, 400, 100, 300, rng=np.random.default_rng(seed)).params

    params = draw(0)
    for name, spread in {"W_proj": 400**-0.5, "Wx": 0.1, "Wh": 300**-0.5, "W_vocab": 300**-0.5,
                         "W_embed": 0.01}.items():
        assert params[name].std() == pytest.approx(spread, rel=0.05)
        assert abs(params[name].mean()) < 0.05 * spread
        assert draw(0)[name].tobytes() == params[name].tobytes() != draw(1)[name].tobytes()


@CELLS
def test_first_loss_is_that_of_guessing(cell):
    words = {"<NULL>": 0, **{f"w{k}": k for k in range(1, 1000)}}
    model = c.CaptioningRNN(words, F, 50, 60, cell, np.float64)
    captions = np.random.default_rng(0).integers(1, 1000, size=(20, T + 1))
    loss, _ = model.loss(0.1 * np.random.default_rng(1).standard_normal((20, F)), captions)
    assert loss == pytest.approx(T * np.log(1000), rel=0.01)


@CELLS
@pytest.mark.parametrize("ragged", [False, True])
def test_the_log_probabilities_of_steps_add_up_to_the_loss(cell, ragged):
    model, (features, captions) = network(cell), minibatch(ragged)
    state, total = model.start(features), np.zeros(N)
    for t in range(T):
        log_probs, state = model.step(captions[:, t], state)
        np.testing.assert_allclose(np.exp(log_probs).sum(axis=1), 1, rtol=1e-13)
        said = captions[:, t + 1]
        total += np.where(said == 0, 0, log_probs[np.arange(N), said])
    assert model.loss(features, captions)[0] == pytest.approx(-total.mean(), rel=1e-13)
    for n in range(N):
        loss, _ = model.loss(features[n:n + 1], captions[n:n + 1])
        assert loss == pytest.approx(-total[n], rel=1e-13)


@CELLS
def test_permuting_the_batch_permutes_the_results(cell):
    model, (features, captions) = network(cell), minibatch()
    order = np.array([3, 0, 4, 1, 2])
    loss, grads = model.loss(features, captions)
    again, grads_again = model.loss(features[order], captions[order])
    assert again == pytest.approx(loss, rel=1e-13)
    for name, grad in grads.items():
        np.testing.assert_allclose(grads_again[name], grad, rtol=1e-10, atol=1e-12)
    log_probs, state = model.step(captions[:, 0], model.start(features))
    moved, moved_state = model.step(captions[order, 0], model.start(features[order]))
    np.testing.assert_allclose(moved, log_probs[order], rtol=1e-12)
    for ours, theirs in zip(moved_state, state, strict=True):
        np.testing.assert_allclose(ours, theirs[order], rtol=1e-12)


@CELLS
def test_the_loss_is_a_mean_over_captions(cell):
    model, (features, captions) = network(cell), minibatch()
    loss, grads = model.loss(features, captions)
    double, grads_double = model.loss(np.tile(features, (2, 1)), np.tile(captions, (2, 1)))
    assert double == pytest.approx(loss, rel=1e-13)
    for name, grad in grads.items():
        np.testing.assert_allclose(grads_double[name], grad, rtol=1e-10, atol=1e-13)


@CELLS
def test_what_is_not_asked_for_gets_no_gradient(cell):
    model, (features, captions) = network(cell), minibatch()
    captions[1:] = 0
    loss, grads = model.loss(features, captions)
    alone, grads_alone = model.loss(features[:1], captions[:1])
    assert loss == pytest.approx(alone / N, rel=1e-13)
    for name, grad in grads.items():
        np.testing.assert_allclose(grad, grads_alone[name] / N, rtol=1e-10, atol=1e-13)
    captions[0] = 0
    loss, grads = model.loss(features, captions)
    assert loss == 0 and not any(grad.any() for grad in grads.values())


@CELLS
def test_words_that_do_not_occur_get_no_gradient(cell):
    model, (features, captions) = network(cell), minibatch()
    dW = model.loss(features, captions)[1]["W_embed"]
    unread = sorted(set(range(V)) - set(captions[:, :-1].ravel().tolist()))
    assert unread and not dW[unread].any() and dW[captions[0, 1]].any()


@CELLS
def test_dropout_is_right_on_average_and_absent_when_speaking(cell):
    model, (features, captions) = network(cell), minibatch()
    plain = model.loss(features, captions)[0]
    losses = [model.loss(features, captions, 0.5, np.random.default_rng(k))[0] for k in range(6)]
    assert len(set(losses)) == 6 and plain not in losses
    assert model.loss(features, captions, 0.0)[0] == plain
    x = np.ones((400, 500))
    out, factor = c.dropout_forward(x, 0.25, np.random.default_rng(0))
    assert set(np.unique(out)) == {0.0, 1 / 0.75}
    assert out.mean() == pytest.approx(1, abs=0.01) and (out == 0).mean() == pytest.approx(
        0.25, abs=0.01)
    assert (c.dropout_forward(x, 0, np.random.default_rng(0))[0] == x).all()


@CELLS
def test_features_of_another_precision_are_cast(cell):
    model, (features, captions) = network(cell), minibatch()
    features = features.astype(np.float16)
    loss, grads = model.loss(features, captions)
    assert loss == model.loss(features.astype(np.float64), captions)[0]
    assert {grad.dtype for grad in grads.values()} == {np.dtype(np.float64)}


@CELLS
def test_a_state_belongs_to_its_caller(cell):
    model, (features, captions) = network(cell), minibatch()
    state = model.start(features)
    kept = [part.copy() for part in state]
    first, _ = model.step(captions[:, 0], state)
    first[:] = 0
    again, _ = model.step(captions[:, 0], state)
    assert again.any()
    for part, before in zip(state, kept, strict=True):
        np.testing.assert_array_equal(part, before)
