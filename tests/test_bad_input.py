"""Bad input is named: the argument, what came, what was wanted. In tables, a function a line."""

import re

import numpy as np
import pytest

import captioning as c

N, T, D, H, M, E, V, F = 2, 3, 7, 5, 4, 6, 9, 10
WORDS = {word: k for k, word in enumerate(
    ["<NULL>", "<START>", "<END>", "<UNK>", "a", "b", "c", "d", "e"])}


def floats(*shape):
    return np.random.default_rng(list(shape)).standard_normal(shape)


def ints(*shape, most=V):
    return np.random.default_rng(list(shape)).integers(most, size=shape)


def network(cell):
    return c.CaptioningRNN(WORDS, F, E, H, cell, np.float64)


STEP = {"x": floats(N, D), "prev_h": floats(N, H)}
SEQUENCE = {"x": floats(N, T, D), "h0": floats(N, H)}
SIMPLE = {"Wx": floats(D, H), "Wh": floats(H, H), "b": floats(H)}
GATED = {"Wx": floats(D, 4 * H), "Wh": floats(H, 4 * H), "b": floats(4 * H)}
AFFINE = {"w": floats(D, M), "b": floats(M)}
RNN_STATE, LSTM_STATE = (floats(N, H),), (floats(N, H), floats(N, H))

# name: (function, good arguments)
FORWARD = {
    "rnn_step": (c.rnn_step_forward, STEP | SIMPLE),
    "rnn": (c.rnn_forward, SEQUENCE | SIMPLE),
    "lstm_step": (c.lstm_step_forward, STEP | {"prev_c": floats(N, H)} | GATED),
    "lstm": (c.lstm_forward, SEQUENCE | GATED),
    "word_embedding": (c.word_embedding_forward, {"x": ints(N, T), "W": floats(V, E)}),
    "affine": (c.affine_forward, {"x": floats(N, D)} | AFFINE),
    "temporal_affine": (c.temporal_affine_forward, {"x": floats(N, T, D)} | AFFINE),
    "dropout": (c.dropout_forward, {"x": floats(N, T), "p": 0.5, "rng": np.random.default_rng(0)}),
}
BACKWARD = {
    "rnn_step": (c.rnn_step_backward, {"dnext_h": floats(N, H)}),
    "rnn": (c.rnn_backward, {"dh": floats(N, T, H)}),
    "lstm_step": (c.lstm_step_backward, {"dnext_h": floats(N, H), "dnext_c": floats(N, H)}),
    "lstm": (c.lstm_backward, {"dh": floats(N, T, H)}),
    "word_embedding": (c.word_embedding_backward, {"dout": floats(N, T, E)}),
    "affine": (c.affine_backward, {"dout": floats(N, M)}),
    "temporal_affine": (c.temporal_affine_backward, {"dout": floats(N, T, M)}),
    "dropout": (c.dropout_backward, {"dout": floats(N, T)}),
}


def cache_of(name):
    function, arguments = FORWARD[name]
    return function(**arguments)[-1]


FUNCTIONS = {
    **{f"{name}_forward": case for name, case in FORWARD.items()},
    **{f"{name}_backward": (function, arguments | {"cache": cache_of(name)})
       for name, (function, arguments) in BACKWARD.items()},
    "temporal_softmax_loss": (c.temporal_softmax_loss, {
        "x": floats(N, T, V), "y": ints(N, T), "mask": np.ones((N, T), dtype=bool)}),
    **{rule.__name__: (rule, {"w": floats(D, M), "dw": floats(D, M)})
       for rule in (c.sgd, c.momentum, c.rmsprop, c.adam)},
    "log_softmax": (c.log_softmax, {"x": floats(N, V)}),
    **{f"{cell} loss": (network(cell).loss, {"features": floats(N, F), "captions": ints(N, T)})
       for cell in ("rnn", "lstm")},
    "start": (network("rnn").start, {"features": floats(N, F)}),
    "sample": (network("lstm").sample, {"features": floats(N, F)}),
    "rnn step": (network("rnn").step, {"words": ints(N), "state": RNN_STATE}),
    "lstm step": (network("lstm").step, {"words": ints(N), "state": LSTM_STATE}),
}
# Arrays of any rank and size are right here.
ANY_SHAPE = {("dropout_forward", "x"), ("log_softmax", "x"), *(
    (rule, "w") for rule in ("sgd", "momentum", "rmsprop", "adam"))}
ARRAYS = [(name, argument) for name, (_, arguments) in FUNCTIONS.items()
          for argument, value in arguments.items() if isinstance(value, np.ndarray)]


def spoil(array, how):
    """Return the array made wrong in one way, and what the message must say of it."""
    if how == "a list":
        return array.tolist(), "is list"
    if how == "None":
        return None, "is NoneType"
    if how == "another kind of number":
        wrong = array.astype(np.int64 if array.dtype.kind == "f" else np.float64)
        return wrong, f"has dtype {wrong.dtype}"
    if how == "texts":
        wrong = array.astype(str)
        return wrong, f"has dtype {wrong.dtype}"
    wrong = {"an axis more": lambda: array[..., None, None],
             "an axis less": lambda: array[0],
             "a size too large": lambda: np.concatenate([array, array[..., :1]], axis=-1),
             "a size of 1": lambda: array[..., :1],
             "nothing": lambda: array[:0]}[how]()
    return wrong, f"has shape {wrong.shape}"


HOW = ["a list", "None", "another kind of number", "texts", "an axis more", "an axis less",
       "a size too large", "a size of 1", "nothing"]


def refused(function, arguments, argument, came):
    with pytest.raises(ValueError) as caught:
        function(**arguments)
    message = str(caught.value)
    assert "\n" not in message
    assert re.search(rf"\b{argument}\b", message), message
    assert came in message and "wanted" in message, message


# Arguments whose size is theirs to choose, since no other argument must fit it.
FREE_SIZE = ANY_SHAPE | {
    ("temporal_softmax_loss", "x"), ("rnn loss", "captions"), ("lstm loss", "captions"),
    ("word_embedding_forward", "x"), ("word_embedding_forward", "W"),
    ("dropout_backward", "cache"), ("rnn step", "words"), ("lstm step", "words")}
FREE_RANK = ANY_SHAPE | {("dropout_backward", "cache")}


def is_right(name, argument, how):
    """Say whether an array spoilt in this way is none the worse for it."""
    if how == "another kind of number":
        return argument == "mask"
    if "size" in how:
        return (name, argument) in FREE_SIZE
    if "axis" in how:
        return (name, argument) in FREE_RANK or (
            (name, argument) == ("affine_forward", "x") and how == "an axis more")
    return False


@pytest.mark.parametrize("name, argument, how", [
    (name, argument, how) for name, argument in ARRAYS for how in HOW
    if not is_right(name, argument, how)])
def test_a_wrong_array_is_named(name, argument, how):
    function, arguments = FUNCTIONS[name]
    wrong, came = spoil(arguments[argument], how)
    if how in ("a size too large", "a size of 1", "an axis less", "nothing"):
        # The size of an argument binds the letter for those that follow: either may be named.
        with pytest.raises(ValueError) as caught:
            function(**arguments | {argument: wrong})
        assert "wanted" in str(caught.value)
        others = [k for k in arguments if re.search(rf"\b{k}\b", str(caught.value))]
        assert argument in others or (others and f"from {argument}" in str(caught.value))
        return
    refused(function, arguments | {argument: wrong}, argument, came)


@pytest.mark.parametrize("name, argument", [
    ("word_embedding_forward", "x"), ("temporal_softmax_loss", "y"), ("rnn loss", "captions"),
    ("lstm loss", "captions"), ("rnn step", "words"), ("lstm step", "words")])
@pytest.mark.parametrize("index", [-1, V])
def test_an_index_out_of_range_is_named(name, argument, index):
    function, arguments = FUNCTIONS[name]
    wrong = arguments[argument].copy()
    wrong.flat[1] = index
    place = ", ".join(map(str, np.unravel_index(1, wrong.shape)))
    refused(function, arguments | {argument: wrong}, argument, f"[{place}] is {index};")


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
@pytest.mark.parametrize("method", ["loss", "sample", "start"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_features_that_are_not_finite_are_named(cell, method, value):
    features = floats(N, F)
    features[1, 3] = value
    arguments = {"features": features} | ({"captions": ints(N, T)} if method == "loss" else {})
    refused(getattr(network(cell), method), arguments, "features", "features[1] holds NaN or inf")


# ---------------------------------------------------------------- caches and states

WRONG_CACHES = [None, (), [], "cache", (None,) * 5, (floats(N, H),) * 3]


@pytest.mark.parametrize("name", BACKWARD)
@pytest.mark.parametrize("wrong", WRONG_CACHES, ids=str)
def test_a_wrong_cache_is_named(name, wrong):
    function, arguments = BACKWARD[name]
    with pytest.raises(ValueError, match="cache.*; wanted"):
        function(**arguments, cache=wrong)


@pytest.mark.parametrize("name, other", [
    (name, other) for name in BACKWARD for other in FORWARD if name != other])
def test_the_cache_of_another_function_is_refused(name, other):
    function, arguments = BACKWARD[name]
    with pytest.raises(ValueError, match="wanted"):
        function(**arguments, cache=cache_of(other))


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
@pytest.mark.parametrize("steps", [T - 1, T + 1])
def test_a_cache_of_other_length_is_refused(cell, steps):
    function, arguments = BACKWARD[cell]
    forward, given = FORWARD[cell]
    cache = forward(**given | {"x": floats(N, steps, D)})[-1]
    with pytest.raises(ValueError, match=rf"dh has shape .*wanted .*T = {steps} from cache"):
        function(**arguments, cache=cache)


@pytest.mark.parametrize("cell, wrong", [
    ("rnn", None), ("rnn", LSTM_STATE), ("rnn", floats(N, H)), ("rnn", (floats(N + 1, H),)),
    ("lstm", RNN_STATE), ("lstm", list(LSTM_STATE)), ("lstm", (floats(N, H), floats(N, H + 1))),
    ("lstm", (floats(N, H), None))])
def test_a_wrong_state_is_named(cell, wrong):
    with pytest.raises(ValueError, match="state.*wanted"):
        network(cell).step(ints(N), wrong)


# ---------------------------------------------------------------- settings

GOOD_SOLVER = {"model": network("rnn"), "data": {
    "train_captions": ints(4, T), "train_image_idxs": ints(4, most=2),
    "train_features": floats(2, F)}}
GOOD_MODEL = {"word_to_idx": WORDS, "input_dim": F, "wordvec_dim": E, "hidden_dim": H}
X = floats(N, D)
SETTINGS = [
    (c.CaptioningRNN, GOOD_MODEL, "cell_type", ["gru", None, "LSTM"]),
    (c.CaptioningRNN, GOOD_MODEL, "input_dim", [0, -1, 2.5, None, "8", True]),
    (c.CaptioningRNN, GOOD_MODEL, "wordvec_dim", [0, 2.0]),
    (c.CaptioningRNN, GOOD_MODEL, "hidden_dim", [0, 2.0]),
    (c.CaptioningRNN, GOOD_MODEL, "dtype", [int, bool, complex]),
    (c.CaptioningRNN, GOOD_MODEL, "word_to_idx", [{}, {"a": 0}]),
    (network("rnn").sample, {"features": floats(N, F)}, "max_length", [0, -3, 2.5, None]),
    (network("rnn").loss, {"features": floats(N, F), "captions": ints(N, T),
                           "rng": np.random.default_rng(0)}, "dropout", [1.0, -0.1, np.nan, "a"]),
    (network("rnn").loss, {"features": floats(N, F), "captions": ints(N, T), "dropout": 0.5},
     "rng", [None, 3, np.random]),
    (network("rnn").loss, {"features": floats(N, F)}, "captions", [ints(N, 1)]),
    (c.dropout_forward, {"x": X, "rng": np.random.default_rng(0)}, "p", [1, -0.1, np.nan, None]),
    (c.dropout_forward, {"x": X, "p": 0.5}, "rng", [None, 3]),
    (c.eval_numerical_gradient, {"f": np.sum}, "x", [X.astype(np.float32), X.tolist(), ints(3)]),
    (c.eval_numerical_gradient_array, {"f": np.tanh, "x": X}, "df", [floats(N, 1), 1.0]),
    (c.gradient_error, {"numeric": X}, "analytic", [X[:, :1], X.T, 1.0]),
    (c.rel_error, {"y": X}, "x", [X[:, :1], X.T]),
    (c.CaptioningSolver, GOOD_SOLVER, "update_rule", ["adamw", None]),
    (c.CaptioningSolver, GOOD_SOLVER, "num_epochs", [0, -1, 1.5, None]),
    (c.CaptioningSolver, GOOD_SOLVER, "batch_size", [0, 2.5, "3"]),
    (c.CaptioningSolver, GOOD_SOLVER, "checkpoint_every", [0]),
    (c.CaptioningSolver, GOOD_SOLVER, "max_steps", [0, -1, 1.5]),
    (c.CaptioningSolver, GOOD_SOLVER, "warmup_steps", [-1, 0.5, None]),
    (c.CaptioningSolver, GOOD_SOLVER, "lr_decay", [0, -1, np.nan, None]),
    (c.CaptioningSolver, GOOD_SOLVER, "clip_norm", [0, -1, np.nan, "5"]),
    (c.CaptioningSolver, GOOD_SOLVER, "dropout", [1, -0.5]),
    (c.CaptioningSolver, {"model": GOOD_SOLVER["model"]}, "data", [
        {}, {"train_captions": ints(4, T)}]),
    (c.tokenize, {}, "sentence", [None, 3, b"a dog", ["a", "dog"]]),
    (c.build_vocabulary, {}, "sentences", [["a dog"], [["a"], "dog"], [None]]),
    (c.build_vocabulary, {"sentences": [["a"]]}, "min_count", [0, 1.5, None]),
    (c.encode, {"word_to_idx": WORDS, "length": 5}, "words", ["a b", None, 3]),
    (c.encode, {"words": ["a"], "word_to_idx": WORDS}, "length", [2, 0, -1, 4.0, None]),
    (c.encode, {"words": ["a"], "length": 5}, "word_to_idx", [{}, {"<NULL>": 0, "<UNK>": 1}]),
    (c.decode_captions, {"idx_to_word": list(WORDS)}, "captions", [
        ints(2, 2, 2), floats(3), np.array([V]), np.array([-1]), None, "abc", np.int64(3)]),
]


@pytest.mark.parametrize("function, good, argument, value", [
    pytest.param(function, good, argument, value,
                 id=f"{getattr(function, '__name__', function)}-{argument}-{str(value)[:20]}")
    for function, good, argument, values in SETTINGS for value in values])
def test_a_wrong_setting_is_named(function, good, argument, value):
    with pytest.raises(ValueError) as caught:
        function(**good | {argument: value})
    message = str(caught.value)
    assert re.search(rf"\b{argument}\b", message) and "\n" not in message, message


@pytest.mark.parametrize("word", ["<START>", "<END>"])
def test_a_model_that_cannot_speak_says_which_word_it_lacks(word):
    words = {w: k for k, w in enumerate(w for w in WORDS if w != word)}
    model = c.CaptioningRNN(words, F, E, H, dtype=np.float64)
    model.loss(floats(N, F), ints(N, T, most=len(words)))
    with pytest.raises(ValueError, match=f"word_to_idx lacks {word}"):
        model.sample(floats(N, F))


# ---------------------------------------------------------------- what must be taken

@pytest.mark.parametrize("name, argument", ARRAYS)
def test_arrays_that_are_not_contiguous_are_taken(name, argument):
    function, arguments = FUNCTIONS[name]
    arguments = dict(arguments)
    arguments.pop("rng", None)
    array = arguments[argument]
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), dtype=array.dtype)
    strided = wide[..., ::2]
    strided[...] = array
    assert not strided.flags.c_contiguous or strided.size == 1

    def results(value):
        fresh = {"rng": np.random.default_rng(0)} if name == "dropout_forward" else {}
        return flat(function(**arguments | {argument: value} | fresh))

    for ours, theirs in zip(results(strided), results(array), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("name", [  # a model's step reads a state of the network's own dtype
    name for name in FUNCTIONS if not ("step" in name and " " in name)])
def test_other_precisions_are_taken(name, dtype):
    function, arguments = FUNCTIONS[name]

    def lower(value):
        if isinstance(value, tuple):
            return tuple(map(lower, value))
        is_float = isinstance(value, np.ndarray) and value.dtype.kind == "f"
        return value.astype(dtype) if is_float else value

    low = flat(function(**{key: lower(value) for key, value in arguments.items()}))
    assert all(np.isfinite(value).all() for value in low if not isinstance(value, str))


def flat(value):
    if isinstance(value, tuple | list):
        return [leaf for part in value for leaf in flat(part)]
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in flat(part)]
    return [np.asarray(value)] if not isinstance(value, str) else []


# ---------------------------------------------------------------- never the logarithm of zero

@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scores", [
    [1e4, 0, 0], [-1e4, 0, 0], [1e4, -1e4, 0], [-1e4, -1e4, -1e4], [1e30, -1e30, 1], [0, 0, 1e30],
    [1e38, 0, 0]], ids=str)
def test_the_loss_is_finite_for_any_scores(scores, dtype):
    x = np.tile(np.array(scores, dtype=dtype), (1, 3, 1))
    with np.errstate(all="raise", under="ignore"):
        loss, dx = c.temporal_softmax_loss(x, np.array([[0, 1, 2]]), np.ones((1, 3)))
    best = np.max(scores)
    assert loss == pytest.approx(sum(float(best) - s for s in scores) + 3 * np.log(
        np.sum(np.exp(np.array(scores) - best))), rel=1e-6)
    assert np.isfinite(dx).all() and np.abs(dx.sum(axis=2)).max() < 1e-6
