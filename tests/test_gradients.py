"""Every derived gradient against a measured one, for every function and every argument.

``python -m tests.test_gradients`` prints the error of each; the last line is the worst.
"""

import numpy as np
import pytest

import captioning as c

# All different, and so are T + 1, 4H and their products.
SIZES = N, T, D, H, M, F, E, V = 2, 3, 7, 5, 8, 11, 10, 9
MOST = 1e-7
WORDS = {"<NULL>": 0, "<START>": 1, "<END>": 2, **{f"w{k}": k for k in range(3, V)}}


def draw(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


# ---------------------------------------------------------------- functions

def fixed_dropout(x):
    return c.dropout_forward(x, 0.3, np.random.default_rng(8))


def embedding(W):
    words = np.random.default_rng(1).integers(V, size=(N, T))
    words[1] = words[1, 0]  # one word again and again
    return c.word_embedding_forward(words, W)


def softmax(mask):
    y = np.random.default_rng(2).integers(V, size=(N, T))

    def loss(x):
        value, dx = c.temporal_softmax_loss(x, y, mask)
        return np.float64(value), dx

    return loss


def masks():
    some = np.random.default_rng(3).random((N, T)) < 0.6
    return {"bool": some, "float": np.random.default_rng(4).random((N, T)), "int": some * 2,
            "none": np.zeros((N, T), dtype=bool)}


STEP = {"x": draw(N, D), "prev_h": draw(N, H, seed=1)}
SEQUENCE = {"x": draw(N, T, D), "h0": draw(N, H)}


def weights(gates):
    return {"Wx": draw(D, gates * H), "Wh": draw(H, gates * H), "b": draw(gates * H)}


# name: (forward, backward, arguments); the backward of a loss is the gradient it returns itself.
FUNCTIONS = {
    "rnn_step": (c.rnn_step_forward, c.rnn_step_backward, STEP | weights(1)),
    "rnn": (c.rnn_forward, c.rnn_backward, SEQUENCE | weights(1)),
    "lstm_step": (c.lstm_step_forward, c.lstm_step_backward,
                  STEP | {"prev_c": draw(N, H, seed=2)} | weights(4)),
    "lstm": (c.lstm_forward, c.lstm_backward, SEQUENCE | weights(4)),
    "word_embedding": (embedding, c.word_embedding_backward, {"W": draw(V, E)}),
    "affine": (c.affine_forward, c.affine_backward,
               {"x": draw(N, 2, 5), "w": draw(10, M), "b": draw(M)}),
    "temporal_affine": (c.temporal_affine_forward, c.temporal_affine_backward,
                        {"x": draw(N, T, D), "w": draw(D, M), "b": draw(M)}),
    "dropout": (fixed_dropout, c.dropout_backward, {"x": draw(N, T, D)}),
    **{f"temporal_softmax_loss, mask of {kind}": (softmax(mask), lambda dout, dx: dout * dx,
                                                  {"x": 3 * draw(N, T, V)})
       for kind, mask in masks().items()},
}


def run(name):
    """Call a function of the table; return results, upstream gradients and cache."""
    forward, _, arguments = FUNCTIONS[name]
    *outs, cache = forward(**arguments)
    return outs, [draw(*np.shape(out), seed=5 + k) if np.ndim(out) else np.float64(1)
                  for k, out in enumerate(outs)], cache


def errors_of_function(name):
    forward, backward, arguments = FUNCTIONS[name]
    _, upstream, cache = run(name)
    gradients = backward(*upstream, cache)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    found = {}
    for (argument, value), gradient in zip(arguments.items(), gradients, strict=True):
        def weighted(changed, argument=argument):
            outs = forward(**arguments | {argument: changed})[:-1]
            return sum(np.sum(out * d) for out, d in zip(outs, upstream, strict=True))

        numeric = c.eval_numerical_gradient(weighted, value.copy(), h=1e-4)
        found[argument] = c.gradient_error(gradient, numeric)
    return found


# ---------------------------------------------------------------- the network

def captions(kind):
    rows = np.random.default_rng(6).integers(3, V, size=(N, T + 1))
    if kind != "full":
        rows[0, 2:] = 0
    if kind == "inner <NULL>":
        rows[1, 2] = 0
    if kind == "a row of <NULL>":
        rows[1] = 0
    return rows


MODELS = [(cell, dropout, kind) for cell in ("rnn", "lstm") for dropout, kind in (
    (0, "full"), (0, "inner <NULL>"), (0, "a row of <NULL>"), (0.4, "inner <NULL>"))]


def network(cell):
    model = c.CaptioningRNN(WORDS, F, E, H, cell, np.float64)
    for name, value in model.params.items():
        model.params[name] = draw(*value.shape, seed=len(name)) / 4
    return model


def errors_of_model(cell, dropout, kind):
    model, features, rows = network(cell), draw(N, F), captions(kind)

    def loss(_):
        return model.loss(features, rows, dropout, np.random.default_rng(7))[0]

    grads = model.loss(features, rows, dropout, np.random.default_rng(7))[1]
    assert grads.keys() == model.params.keys()
    arguments = model.params | {"features": features}
    grads["features"] = dfeatures(model, features, rows, dropout)
    return {name: c.gradient_error(grads[name], c.eval_numerical_gradient(loss, value, h=1e-4))
            for name, value in arguments.items()}


def dfeatures(model, features, rows, dropout):
    """The gradient of the pictures' features, which `CaptioningRNN.loss` does not return."""
    scores, caches = model.forward(features, rows[:, :-1], dropout, np.random.default_rng(7))
    _, dscores = c.temporal_softmax_loss(scores, rows[:, 1:], rows[:, 1:] != 0)
    return model.backward(dscores, caches)[1]


# ---------------------------------------------------------------- tests

def test_all_sizes_differ():
    assert len({*SIZES, T + 1, 4 * H, N * T}) == len(SIZES) + 3


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function(name):
    errors = errors_of_function(name)
    print(name, errors)
    assert max(errors.values()) < MOST, errors


@pytest.mark.parametrize("cell, dropout, kind", MODELS)
def test_model(cell, dropout, kind):
    errors = errors_of_model(cell, dropout, kind)
    print(errors)
    assert max(errors.values()) < MOST, errors


def as_bytes(value):
    if isinstance(value, tuple | list):
        return [as_bytes(part) for part in value]
    return np.asarray(value).tobytes()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_backward_twice(name):
    _, backward, arguments = FUNCTIONS[name]
    inputs = as_bytes(list(arguments.values()))
    outs, upstream, cache = run(name)
    before = as_bytes([outs, upstream, cache])
    first = as_bytes(backward(*upstream, cache))
    assert as_bytes([outs, upstream, cache]) == before
    assert as_bytes(list(arguments.values())) == inputs
    assert as_bytes(backward(*upstream, cache)) == first


@pytest.mark.parametrize("name", FUNCTIONS)
def test_calls_share_nothing(name):
    """A gradient is the caller's own: what is done to it changes nothing that comes later."""
    _, backward, _ = FUNCTIONS[name]
    _, upstream, cache = run(name)
    gradients = backward(*upstream, cache)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    kept = as_bytes(gradients)
    for gradient in gradients:
        if isinstance(gradient, np.ndarray):
            gradient.fill(np.nan)
    again = backward(*upstream, cache)
    assert as_bytes(again if isinstance(again, tuple) else (again,)) == kept


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_loss_leaves_everything_as_it_was(cell):
    model, features, rows = network(cell), draw(N, F), captions("ragged")
    before = as_bytes([features, rows, *model.params.values()])
    loss, grads = model.loss(features, rows, 0.4, np.random.default_rng(7))
    again, grads_again = model.loss(features, rows, 0.4, np.random.default_rng(7))
    assert as_bytes([features, rows, *model.params.values()]) == before
    assert loss == again and as_bytes(list(grads.values())) == as_bytes(list(grads_again.values()))


@pytest.mark.parametrize("kind", ["ragged", "inner <NULL>", "a row of <NULL>"])
@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_columns_of_padding_change_nothing(cell, kind):
    model, features, rows = network(cell), draw(N, F), captions(kind)
    loss, grads = model.loss(features, rows)
    wider, grads_wider = model.loss(features, np.pad(rows, ((0, 0), (0, 3))))
    assert wider == pytest.approx(loss, rel=1e-13)
    for name, grad in grads.items():
        np.testing.assert_allclose(grads_wider[name], grad, rtol=1e-12, atol=1e-14)


def test_a_float32_gradient_is_close_to_the_float64_one():
    model, rows = network("lstm"), captions("ragged")
    grads = model.loss(draw(N, F), rows)[1]
    model.params = {name: value.astype(np.float32) for name, value in model.params.items()}
    loss, low = model.loss(draw(N, F), rows)
    for name, grad in grads.items():
        assert low[name].dtype == np.float32
        assert c.gradient_error(low[name], grad) < 1e-4


# ---------------------------------------------------------------- how the checker itself fares

def test_the_checker_sees_a_wrong_gradient():
    x = draw(N, D)
    numeric = c.eval_numerical_gradient_array(np.tanh, x, np.ones((N, D)))
    right = 1 - np.tanh(x)**2
    assert c.gradient_error(right, numeric) < MOST
    assert c.gradient_error(right * (1 + 1e-5), numeric) > MOST
    assert c.gradient_error(right.T.reshape(N, D), numeric) > MOST
    assert not c.gradient_error(np.full((N, D), np.nan), numeric) < MOST
    assert c.gradient_error(np.zeros(3), np.zeros(3)) == 0


def test_the_checker_restores_what_it_nudges():
    x = draw(N, D)
    before = x.tobytes()
    c.eval_numerical_gradient(lambda x: float((x * x).sum()), x)
    assert x.tobytes() == before


def test_rel_error_is_the_familiar_one():
    assert c.rel_error(np.array([1.0, 2.0]), np.array([1.0, 3.0])) == pytest.approx(0.2)
    assert c.rel_error(np.zeros(2), np.zeros(2)) == 0


def main():
    rows = [(f"{name}", argument, error) for name in FUNCTIONS
            for argument, error in errors_of_function(name).items()]
    rows += [(f"CaptioningRNN.loss, {cell}, {kind}, dropout {dropout}", argument, error)
             for cell, dropout, kind in MODELS
             for argument, error in errors_of_model(cell, dropout, kind).items()]
    for name, argument, error in rows:
        print(f"{error:8.1e}  {argument:8} {name}")
    name, argument, error = max(rows, key=lambda row: row[2])
    print(f"the worst of {len(rows)}: {error:.1e}, {argument} of {name}")


if __name__ == "__main__":
    main()
