"""A hundred wrong functions by someone who had never seen the checker, told here in short.

When they first came, none was taken for right, and the cause of 88 of the 100 was named: the rest
was added after. Each stands under its exercise, with what is to be said of it.
"""

import time

import numpy as np
import pytest

from captioning import (
    affine_backward,
    affine_forward,
    check,
    log_softmax,
    lstm_step_backward,
    lstm_step_forward,
    rnn_backward,
    rnn_forward,
    rnn_step_backward,
    rnn_step_forward,
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss,
    word_embedding_backward,
    word_embedding_forward,
)
from captioning.lstm import sigmoid

WRONG = []


def of(exercise, sentence):
    """Note a wrong function, its exercise and what is to be said of it."""
    def note(function):
        WRONG.append((exercise, function, sentence))
        return function
    return note


# ---------------------------------------------------------------- one step

@of("rnn_step_forward", "A sigmoid is used instead of the tanh.")
def squashes_by_sigmoid(x, prev_h, Wx, Wh, b):
    """The sum goes through a sigmoid."""
    return 1 / (1 + np.exp(-(x @ Wx + prev_h @ Wh + b))), (x,)


@of("rnn_step_forward", "The bias `b` is added more than once.")
def adds_the_bias_within(x, prev_h, Wx, Wh, b):
    """The bias stands in the loop over the entries of x."""
    a = prev_h @ Wh
    for d in range(x.shape[1]):
        a = a + x[:, d:d + 1] * Wx[d] + b
    return np.tanh(a), (x,)


@of("rnn_step_forward", "`prev_h` is changed in place.")
def writes_into_prev_h(x, prev_h, Wx, Wh, b):
    """The tanh writes into the caller's state."""
    return np.tanh(x @ Wx + prev_h @ Wh + b, out=prev_h), (x, prev_h)


def of_sum(da, cache):
    """The gradients of a step from that of its sum."""
    x, prev_h, Wx, Wh, _ = cache
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)


@of("rnn_step_backward", "The whole of 1 - `next_h` is squared in the tanh's slope.")
def squares_the_bracket(dnext_h, cache):
    """A bracket closes too early."""
    return of_sum(dnext_h * (1 - cache[4]) ** 2, cache)


@of("rnn_step_backward", "`db` has the right values in the shape (1, 5) instead of (5,).")
def keeps_the_batch_axis(dnext_h, cache):
    """A row of ones leaves an axis in db."""
    da = dnext_h * (1 - cache[4] ** 2)
    return *of_sum(da, cache)[:4], np.ones((1, len(da))) @ da


@of("rnn_step_backward", "`dnext_h` is changed in place.")
def scales_in_place(dnext_h, cache):
    """The argument itself is multiplied."""
    dnext_h *= 1 - cache[4] ** 2
    return of_sum(dnext_h, cache)


@of("rnn_step_backward", "The tanh's slope is used alone, without `dnext_h`.")
def left_ones_from_trying(dnext_h, cache):
    """A line from trying out is left over."""
    dnext_h = np.ones_like(dnext_h)
    return of_sum(dnext_h * (1 - cache[4] ** 2), cache)


@of("rnn_step_backward", "The results come in another order: dx, dWx, dprev_h, dWh, db.")
def orders_by_matrix(dnext_h, cache):
    """The results stand in pairs."""
    dx, dprev_h, dWx, dWh, db = of_sum(dnext_h * (1 - cache[4] ** 2), cache)
    return dx, dWx, dprev_h, dWh, db


@of("rnn_step_backward", "`next_h` is used where `prev_h` belongs, in `dWh`.")
def takes_the_state_after(dnext_h, cache):
    """`dWh` is made with the state after the step."""
    da = dnext_h * (1 - cache[4] ** 2)
    dx, dprev_h, dWx, _, db = of_sum(da, cache)
    return dx, dprev_h, dWx, np.einsum("nk,nh->kh", cache[4], da), db


# ---------------------------------------------------------------- through time

@of("rnn_forward", "Every step starts from `h0`.")
def never_hands_on(x, h0, Wx, Wh, b):
    """The new state gets a name that no step reads."""
    pairs = [rnn_step_forward(x[:, t], h0, Wx, Wh, b) for t in range(x.shape[1])]
    return np.stack([h for h, _ in pairs], axis=1), [c for _, c in pairs]


@of("rnn_forward", "The loop runs over the captions, N times, and not over the T steps.")
def runs_over_captions(x, h0, Wx, Wh, b):
    """len(x) is N."""
    h, state, caches = np.zeros((*x.shape[:2], h0.shape[1])), h0, []
    for t in range(len(x)):
        state, c = rnn_step_forward(x[:, t], state, Wx, Wh, b)
        h[:, t] = state
        caches.append(c)
    return h, caches


@of("rnn_forward", "Only one state is kept, the rest is 0.")
def returns_too_early(x, h0, Wx, Wh, b):
    """The return is indented into the loop."""
    h = np.zeros((*x.shape[:2], h0.shape[1]))
    for t in range(x.shape[1]):
        h[:, t], c = rnn_step_forward(x[:, t], h0, Wx, Wh, b)
        return h, [c]


@of("rnn_forward", "The batch and time are exchanged in `h`.")
def stacks_time_first(x, h0, Wx, Wh, b):
    """np.array puts the steps in front."""
    states = []
    for x_t in np.moveaxis(x, 1, 0):
        h0, _ = rnn_step_forward(x_t, h0, Wx, Wh, b)
        states.append(h0)
    return np.array(states), (x,)


def undone(dh, cache, order=reversed, pairs=None):
    """The sums of a loop back through time, and each step's dx: what the functions below share."""
    x, _, Wx, Wh, _ = cache[0]
    dx, carried = np.zeros((*dh.shape[:2], x.shape[1])), np.zeros_like(dh[:, 0])
    sums = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(len(Wh))]
    for t, step in order(list(enumerate(cache))) if pairs is None else pairs:
        dx[:, t], carried, *more = rnn_step_backward(dh[:, t] + carried, step)
        sums = [a + b for a, b in zip(sums, more, strict=True)]
    return dx, carried, *sums


@of("rnn_backward", "The steps are gone through from the first to the last.")
def goes_forward(dh, cache):
    """The order is that of the forward pass."""
    return undone(dh, cache, iter)


@of("rnn_backward", "The steps are paired with the wrong caches. "
                    "The loop stops one step too early: the first step is left out.")
def uses_up_a_cache(dh, cache):
    """The last cache is taken from the iterator for its shapes alone, and lacks later."""
    caches = reversed(cache)
    next(caches)
    steps = reversed(range(len(cache)))
    return undone(dh, cache, pairs=zip(steps, caches, strict=False))


@of("rnn_backward", "`pop` would change the cache.")
def pops_a_tuple(dh, cache):
    """The caches are taken off as if from a list."""
    step = cache.pop()
    return undone(dh, (*cache, step))


@of("rnn_backward", "`dh` is changed in place.")
def carries_in_dh(dh, cache):
    """What is carried is added into dh itself."""
    dx, sums = [], [0, 0, 0]
    for t in reversed(range(len(cache))):
        dx_t, carried, *more = rnn_step_backward(dh[:, t], cache[t])
        if t:
            dh[:, t - 1] += carried
        dx, sums = [dx_t, *dx], [a + b for a, b in zip(sums, more, strict=True)]
    return np.stack(dx, axis=1), carried, *sums


@of("rnn_backward", "`dx` comes in the reverse order.")
def never_turns_dx(dh, cache):
    """`dx` is collected from the last step on."""
    dx, *more = undone(dh, cache)
    return np.stack([dx[:, t] for t in reversed(range(len(cache)))], axis=1), *more


@of("rnn_backward", "Only the first step's share counts in `db`.")
def assigns_db(dh, cache):
    """`db` is assigned where it should be added to."""
    dx, carried, dWx, dWh = np.zeros((*dh.shape[:2], cache[0][0].shape[1])), 0, 0, 0
    for t in reversed(range(len(cache))):
        dx[:, t], carried, one, other, db = rnn_step_backward(dh[:, t] + carried, cache[t])
        dWx, dWh = dWx + one, dWh + other
    return dx, carried, dWx, dWh, db


@of("chunked_backward", "`dh0` is that of the last chunk.")
def overwrites_dh0(dh, cache, k):
    """Every chunk writes dh0."""
    dx, sums = [], [0, 0, 0]
    for t in range(0, len(cache), k):
        part, dh0, *more = rnn_backward(dh[:, t:t + k], cache[t:t + k])
        dx, sums = [*dx, part], [a + b for a, b in zip(sums, more, strict=True)]
    return np.concatenate(dx, axis=1), dh0, *sums


@of("chunked_backward", "The last chunk is left out where it is shorter than k.")
def leaves_the_rest(dh, cache, k):
    """T // k rounds down."""
    x, prev_h, Wx, Wh, _ = cache[0]
    dx, dh0 = np.zeros((*dh.shape[:2], x.shape[1])), np.zeros_like(prev_h)
    sums = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(len(Wh))]
    for c in reversed(range(len(cache) // k)):
        part = slice(c * k, (c + 1) * k)
        dx[:, part], dh0, *more = rnn_backward(dh[:, part], cache[part])
        sums = [a + b for a, b in zip(sums, more, strict=True)]
    return dx, dh0, *sums


# ---------------------------------------------------------------- word vectors

@of("word_embedding_forward",
    "Each word gets the vector of the word before it in the vocabulary.")
def counts_from_one(x, W):
    """One is taken off the words' numbers."""
    return W[x - 1], x


@of("word_embedding_forward", "Of dtype int64, not float64 as the inputs: `out`.")
def makes_room_for_integers(x, W):
    """The array has the dtype of x."""
    out = np.zeros((*x.shape, W.shape[1]), dtype=x.dtype)
    out[:] = W[x]
    return out, x


@of("word_embedding_forward",
    "`out` has the right values in the shape (12, 5) instead of (3, 4, 5).")
def never_folds_back(x, W):
    """The product of the one-hots stays flat."""
    return np.eye(len(W))[x.ravel()] @ W, x


@of("word_embedding_backward", "`np.add.at` returns None: it changes what it is given, in place.")
def assigns_what_add_at_gives(dout, cache):
    """np.add.at returns nothing."""
    x, W = cache
    dW = np.zeros_like(W)
    dW = np.add.at(dW, x, dout)
    return dW


@of("word_embedding_backward", "`W` is changed in place.")
def wipes_the_table(dout, cache):
    """`dW` is another name for W."""
    x, dW = cache
    dW[:] = 0
    np.add.at(dW, x, dout)
    return dW


@of("word_embedding_backward", "The mean over a word's uses is taken instead of the sum.")
def averages_the_uses(dout, cache):
    """A word's gradients are averaged."""
    x, W = cache
    return np.stack([dout[x == v].mean(axis=0) if (x == v).any() else 0 * W[v]
                     for v in range(len(W))])


@of("word_embedding_backward", "Of dtype int64, not float64 as the inputs: `dW`.")
def adds_into_integers(dout, cache):
    """`dW` is made of whole numbers."""
    x, W = cache
    dW = np.zeros(W.shape, dtype=int)
    np.add.at(dW, x, dout)
    return dW


@of("another_way", "The result ends at the greatest word used.")
def counts_without_minlength(x, dout, V):
    """`bincount` is not told how many words there are."""
    return np.stack([np.bincount(x, weights=column) for column in dout.T], axis=1)


@of("another_way", "The words are sorted, and their gradients are not.")
def sorts_the_words_alone(x, dout, V):
    """The gradients stay in their order."""
    words, starts = np.unique(np.sort(x), return_index=True)
    dW = np.zeros((V, dout.shape[1]))
    dW[words] = np.add.reduceat(dout, starts)
    return dW


# ---------------------------------------------------------------- scores and loss

@of("temporal_affine_forward", "Batch and time are mixed up when the result is reshaped.")
def folds_time_first(x, w, b):
    """The rows are unfolded as (T, N, M), and transposed."""
    N, T, D = x.shape
    return (x.reshape(N * T, D) @ w + b).reshape(T, N, -1).transpose(1, 0, 2), x


@of("temporal_affine_forward", "The bias `b` is forgotten.")
def breaks_the_line(x, w, b):
    """The bias stands on a line of its own."""
    out = x @ w
    + b  # noqa: B018
    return out, x


@of("temporal_affine_backward", "Batch and time are mixed up in `dw`.")
def reshapes_to_transpose(dout, cache):
    """`x` is reshaped to (D, N T) where it should be transposed."""
    x, w = cache
    rows = dout.reshape(-1, w.shape[1])
    return dout @ w.T, x.reshape(len(w), -1) @ rows, rows.sum(axis=0)


@of("temporal_affine_backward", "The sum in `db` goes over the batch only.")
def sums_captions_alone(dout, cache):
    """`db` keeps the steps."""
    x, w = cache
    return dout @ w.T, np.einsum("ntd,ntm->dm", x, dout), dout.sum(axis=0)


@of("temporal_affine_backward",
    "The mean over the batch is taken instead of the sum, in `dw` and `db`.")
def divides_once_more(dout, cache):
    """The loss has divided by N already."""
    x, w = cache
    return dout @ w.T, np.einsum("ntd,ntm->dm", x, dout) / len(x), dout.sum(axis=(0, 1)) / len(x)


@of("log_softmax", "The softmax goes over the wrong axis.")
def counts_on_two_axes(x):
    """Axis 1 is the last only of (N, V)."""
    s = x - x.max(axis=1, keepdims=True)
    return s - np.log(np.exp(s).sum(axis=1, keepdims=True))


@of("log_softmax", "`x` is changed in place.")
def shifts_in_place(x):
    """The greatest score is taken off the argument itself."""
    x -= x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


@of("log_softmax", "The axis along which `x.max(axis=-1)` goes is gone from its result.")
def forgets_keepdims(x):
    """The maxima are a row where a column is wanted."""
    shifted = x - x.max(axis=-1)
    return shifted - np.log(np.exp(shifted).sum(axis=-1))


@of("log_softmax", "The greatest score is taken off only once.")
def loses_the_maximum(x):
    """It is taken off in the sum and not outside."""
    return x - np.log(np.exp(x - x.max(axis=-1, keepdims=True)).sum(axis=-1, keepdims=True))


@of("log_softmax", "The logarithm is missing: these are probabilities.")
def stops_at_probabilities(x):
    """No logarithm is taken."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@of("temporal_softmax_loss", "Index arrays of the shapes (3,), (4,) and (3, 4) are taken place by "
                             "place, and do not fit.")
def indexes_by_two_rows(x, y, mask):
    """np.arange(N) should be a column."""
    N, T, _ = x.shape
    log_probs = log_softmax(x)
    loss = -(log_probs[np.arange(N), np.arange(T), y] * mask).sum() / N
    dx = np.exp(log_probs)
    dx[np.arange(N), np.arange(T), y] -= 1
    return loss, dx * mask[:, :, None] / N


def picked(x, y):
    """Log-probabilities, and the one-hots of the right words."""
    return log_softmax(x), np.eye(x.shape[2])[y]


@of("temporal_softmax_loss", "The mask's numbers are taken for true and false.")
def takes_a_mask_for_booleans(x, y, mask):
    """Weights between 0 and 1 are lost."""
    return temporal_softmax_loss(x, y, mask.astype(bool))


@of("temporal_softmax_loss",
    "The 1 is subtracted after the weighting, so that it counts in full, in `dx`.")
def subtracts_last(x, y, mask):
    """The 1 is neither masked nor divided by N."""
    log_probs, onehot = picked(x, y)
    weight = (mask / len(x))[:, :, None]
    return -(log_probs * onehot * weight).sum(), np.exp(log_probs) * weight - onehot


@of("temporal_softmax_loss", "Log-probabilities stand where probabilities belong, in `dx`.")
def calls_logarithms_probs(x, y, mask):
    """What is called probs are their logarithms."""
    probs, onehot = picked(x, y)
    weight = (mask / len(x))[:, :, None]
    return -(probs * onehot * weight).sum(), (probs - onehot) * weight


@of("temporal_softmax_loss", "The division by N is missing in `dx`.")
def divides_the_loss_alone(x, y, mask):
    """The gradient is that of the sum."""
    loss, dx = temporal_softmax_loss(x, y, mask)
    return loss, dx * len(x)


@of("smoothed_loss",
    "The right word is asked for with 1 - epsilon; its share of epsilon / V is lost.")
def assigns_the_rest(s, y, epsilon):
    """`q` is assigned where it should be added to."""
    q = np.full(len(s), epsilon / len(s))
    q[y] = 1 - epsilon
    return -q @ log_softmax(s), np.exp(log_softmax(s)) - q


@of("smoothed_loss",
    "The gradient is that of the one-hot: `ds` is p minus 1 at the right word alone.")
def smooths_the_loss_alone(s, y, epsilon):
    """The gradient knows nothing of epsilon."""
    onehot = np.eye(len(s))[y]
    q = (1 - epsilon) * onehot + epsilon / len(s)
    return -q @ log_softmax(s), np.exp(log_softmax(s)) - onehot


# ---------------------------------------------------------------- the whole network

def network(params, features, captions, mask_of=lambda read, asked: asked != 0):
    """The right loss and gradients, but for the mask."""
    p, g, read, asked = params, {}, captions[:, :-1], captions[:, 1:]
    h0, projected = affine_forward(features, p["W_proj"], p["b_proj"])
    x, looked_up = word_embedding_forward(read, p["W_embed"])
    h, steps = rnn_forward(x, h0, p["Wx"], p["Wh"], p["b"])
    scores, scored = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
    loss, dscores = temporal_softmax_loss(scores, asked, mask_of(read, asked))
    dh, g["W_vocab"], g["b_vocab"] = temporal_affine_backward(dscores, scored)
    dx, dh0, g["Wx"], g["Wh"], g["b"] = rnn_backward(dh, steps)
    g["W_embed"] = word_embedding_backward(dx, looked_up)
    _, g["W_proj"], g["b_proj"] = affine_backward(dh0, projected)
    return loss, g


@of("captioning_loss", "The mask is made from the words that are read.")
def masks_what_is_read(params, features, captions):
    """The mask is one step off."""
    return network(params, features, captions, lambda read, asked: read != 0)


@of("captioning_loss", 'The values of `grads["b"]` come as `grads["b_proj"]`. '
                       'The values of `grads["b_proj"]` come as `grads["b"]`.')
def mixes_up_biases(params, features, captions):
    """Two biases of one shape stand under each other's name."""
    loss, g = network(params, features, captions)
    return loss, {**g, "b": g["b_proj"], "b_proj": g["b"]}


@of("captioning_loss", "Missing: " + ", ".join(f'`grads["{name}"]`' for name in (
    "W_proj", "b_proj", "W_embed", "Wx", "Wh", "b", "W_vocab")) + ' and `grads["b_vocab"]`.')
def names_with_a_d(params, features, captions):
    """Every name has a d in front."""
    loss, g = network(params, features, captions)
    return loss, {f"d{name}": value for name, value in g.items()}


@of("captioning_loss", "`captions[:-1]` cuts the first axis, the batch.")
def cuts_the_batch(params, features, captions):
    """A colon is missing, so that rows are cut off and not columns."""
    read = captions[:-1]
    h0, _ = affine_forward(features, params["W_proj"], params["b_proj"])
    x, _ = word_embedding_forward(read, params["W_embed"])
    h, _ = rnn_forward(x, h0, params["Wx"], params["Wh"], params["b"])
    return h


@of("captioning_loss", "`params` is changed in place.")
def trains_at_once(params, features, captions):
    """A step of gradient descent is taken inside."""
    loss, g = network(params, features, captions)
    for name in g:
        params[name] -= 0.1 * g[name]
    return loss, g


# ---------------------------------------------------------------- learning

def adam_with(w, dw, config, size=np.square, keep_corrected=False, inside=False, swap=False,
              late=False):
    """Adam, in one point or another as it should not be."""
    beta1, beta2 = (config[k] for k in ("beta1", "beta2"))
    if swap:
        beta1, beta2 = beta2, beta1
    t = config.get("t", 0) + (not late)
    m = beta1 * config.get("m", 0) + (1 - beta1) * dw
    v = beta2 * config.get("v", 0) + (1 - beta2) * size(dw)
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    small, root = (config["epsilon"], 0)[::1 if inside else -1]
    step = m_hat / (np.sqrt(v_hat + small) + root)
    kept = (m_hat, v_hat) if keep_corrected else (m, v)
    return (w - config["learning_rate"] * step,
            {**config, "m": kept[0], "v": kept[1], "t": t + late})


@of("adam", "The corrected values are kept for the next step, in `m_hat` and `v_hat`.")
def corrects_what_is_kept(w, dw, config):
    """The next step corrects once more."""
    return adam_with(w, dw, config, keep_corrected=True)


@of("adam", "The step count is one too low: `t` starts at 0.")
def counts_late(w, dw, config):
    """The first correction divides by 0."""
    return adam_with(w, dw, config, late=True)


@of("adam", "`beta1` and `beta2` are exchanged.")
def unpacks_betas_crosswise(w, dw, config):
    """Each mean fades by the other's beta."""
    return adam_with(w, dw, config, swap=True)


@of("adam", "Epsilon stands inside the root.")
def adds_epsilon_inside(w, dw, config):
    """It is added under the root."""
    return adam_with(w, dw, config, inside=True)


@of("adam", "`config` is changed in place.")
def fades_old_means(w, dw, config):
    """The old means themselves are multiplied."""
    for name in "mv":
        if name in config:
            config[name] *= 1.0 - 0.1
    return adam_with(w, dw, config)


@of("adam", "The size of the gradient is averaged in `v` instead of its square.")
def averages_sizes(w, dw, config):
    """`v` is a mean of absolute values."""
    return adam_with(w, dw, config, size=np.abs)


@of("momentum", "The velocity is made a mean: the new push is multiplied by 1 - momentum.")
def averages_pushes(w, dw, config):
    """The push is scaled down."""
    mu = config["momentum"]
    v = mu * config.get("velocity", 0) - (1 - mu) * config["learning_rate"] * dw
    return w + v, {**config, "velocity": v}


@of("momentum", "The velocity of the step before is used.")
def moves_first(w, dw, config):
    """The weights move before the gradient has pushed."""
    old = config.get("velocity", 0)
    v = config["momentum"] * old - config["learning_rate"] * dw
    return w + old, {**config, "velocity": v}


@of("momentum", "`w` is changed in place.")
def moves_the_weights_themselves(w, dw, config):
    """The caller's weights move."""
    v = config["momentum"] * config.get("velocity", 0) - config["learning_rate"] * dw
    w += v
    return w, {**config, "velocity": v}


def rms(w, dw, config, decay=None, root=np.sqrt, keep=True):
    """RMSProp, in one point or another as it should not be."""
    decay = config["decay_rate"] if decay is None else decay
    cache = decay * config.get("cache", 0) + (1 - decay) * dw**2
    step = config["learning_rate"] * dw / (root(cache) + config["epsilon"])
    return w - step, {**(config if keep else {}), "cache": cache}


@of("rmsprop", "Decay and 1 - decay are exchanged.")
def turns_the_decay_round(w, dw, config):
    """What should stay fades."""
    return rms(w, dw, config, 1 - config["decay_rate"])


@of("rmsprop", "The root is missing.")
def forgets_the_root(w, dw, config):
    """The step is divided by the mean of squares."""
    return rms(w, dw, config, root=np.array)


@of("rmsprop", "It is right only at D = 4, H = 3, step = 1. "
               "The dictionary has no entry 'decay_rate'.")
def loses_the_settings(w, dw, config):
    """The config that is returned holds the cache alone."""
    return rms(w, dw, config, keep=False)


@of("clip_by_global_norm", "`grads` is changed in place.")
def shrinks_in_place(grads, most):
    """The caller's arrays are shrunk."""
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    for g in grads.values():
        g *= min(1, most / max(norm, most))
    return grads, norm


@of("clip_by_global_norm", "Short gradients are stretched.")
def always_scales(grads, most):
    """Whatever the norm, it is brought to the bound."""
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    return {name: g * most / norm for name, g in grads.items()}, norm


@of("clip_by_global_norm", "Python's `sum` goes along the first axis and no further.")
def sums_by_python(grads, most):
    """A sum of rows is a row, and no number."""
    norm = np.sqrt(sum(sum(g**2) for g in grads.values()))
    return ({name: g * most / norm for name, g in grads.items()} if norm > most else grads), norm


@of("clip_by_global_norm", "The norm after clipping is returned.")
def measures_afterwards(grads, most):
    """The norm is taken once more."""
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    return {name: g * min(1, most / max(norm, most)) for name, g in grads.items()}, min(norm, most)


@of("clip_by_global_norm", "The norm is the sum of the arrays' norms.")
def adds_norms(grads, most):
    """Norms are added where squares should be."""
    norm = sum(np.linalg.norm(g) for g in grads.values())
    return {name: g * min(1, most / max(norm, most)) for name, g in grads.items()}, norm


# ---------------------------------------------------------------- seeing

def patches_of(x, K, stride, mode="constant", step=None):
    """Every patch, (N, P, Q, K, K, C), in one point or another as it should not be."""
    k, step = K // 2, stride if step is None else step
    padded = np.pad(x, ((0, 0), (k, k), (k, k), (0, 0)), mode=mode)
    P, Q = (-(-size // stride) for size in x.shape[1:3])
    return np.stack([np.stack([padded[:, p * step:p * step + K, q * step:q * step + K]
                               for q in range(Q)], axis=1) for p in range(P)], axis=1)


@of("conv_forward", "`out` has the shape (1, 3, 2, 4) instead of (1, 3, 3, 4).")
def rounds_down(x, w, b, stride):
    """The map is H // stride high and W // stride wide."""
    out = np.tensordot(patches_of(x, len(w), stride), w, 3) + b
    return out[:, :x.shape[1] // stride, :x.shape[2] // stride], x


@of("conv_forward", "The bias `b` is added more than once.")
def adds_the_bias_for_each_entry(x, w, b, stride):
    """The bias stands in the loop over the kernel."""
    patches, K = patches_of(x, len(w), stride), len(w)
    return sum(patches[:, :, :, i, j] @ w[i, j] + b for i in range(K) for j in range(K)), x


@of("conv_forward", "The kernel's numbers are laid out in another order than the patch's.")
def puts_channels_first(x, w, b, stride):
    """Patches are laid out as c, i, j and kernels as i, j, c."""
    patches = np.moveaxis(patches_of(x, len(w), stride), 5, 3)
    rows = patches.reshape(*patches.shape[:3], -1)
    return rows @ w.reshape(-1, w.shape[3]) + b, x


@of("conv_forward", "The border repeats the picture's edge.")
def repeats_the_edge(x, w, b, stride):
    """The border is no zeros."""
    return np.tensordot(patches_of(x, len(w), stride, "edge"), w, 3) + b, x


@of("conv_forward", "The stride is ignored.")
def cuts_at_every_pixel(x, w, b, stride):
    """The stride makes the map smaller, and no patch stand elsewhere."""
    return np.tensordot(patches_of(x, len(w), stride, step=1), w, 3) + b, x


def conv_back(dout, cache, add=True):
    """The right gradients of a convolution, dx with its border; or with patches that overwrite."""
    (N, H, W, C), patches, w, stride = cache
    K = len(w)
    padded = np.zeros((N, H + K - 1, W + K - 1, C))
    for p, q in np.ndindex(dout.shape[1:3]):
        there = padded[:, p * stride:p * stride + K, q * stride:q * stride + K]
        there[:] = add * there + np.einsum("nm,ijcm->nijc", dout[:, p, q], w)
    dw = np.einsum("npqk,npqm->km", patches, dout)
    return padded, dw.reshape(w.shape), dout.sum(axis=(0, 1, 2)), (K // 2, H, W)


@of("conv_backward", "Of all the patches that a pixel was part of only one counts in `dx`.")
def writes_patches_over(dout, cache):
    """Patches overlap, and the last one stands."""
    padded, dw, db, (k, H, W) = conv_back(dout, cache, add=False)
    return padded[:, k:k + H, k:k + W], dw, db


@of("conv_backward", "The kernel's numbers are laid out in another order in `dw`.")
def turns_dw_over(dout, cache):
    """`dw` is made as (M, K K C) and only reshaped."""
    padded, dw, db, (k, H, W) = conv_back(dout, cache)
    flat = dw.reshape(-1, dw.shape[3]).T
    return padded[:, k:k + H, k:k + W], flat.reshape(dw.shape), db


@of("conv_backward", "`dx` has the shape (2, 0, 0, 3) instead of (2, 4, 3, 3).")
def cuts_to_minus_zero(dout, cache):
    """Where the border is 0, [0:-0] is empty."""
    padded, dw, db, (k, _, _) = conv_back(dout, cache)
    return padded[:, k:-k, k:-k], dw, db


@of("conv_backward", "The sum in `db` goes over the positions only.")
def sums_each_picture(dout, cache):
    """`db` keeps the pictures."""
    padded, dw, _, (k, H, W) = conv_back(dout, cache)
    return padded[:, k:k + H, k:k + W], dw, dout.sum(axis=(1, 2))


# ---------------------------------------------------------------- speaking

def said(model, features, max_length, banned=-np.inf, keep=True, ends=True, stop=None,
         after_end=False):
    """Greedy sentences, in one point or another as they should not be."""
    null, start, end = (model.word_to_idx[word] for word in ("<NULL>", "<START>", "<END>"))
    words, done = np.full(len(features), start), np.zeros(len(features), bool)
    captions, state = np.full((len(features), max_length), null), model.start(features)
    for t in range(max_length):
        log_probs, new = model.step(words, state)
        state = new if keep else state
        log_probs[:, [null, start]] = banned
        words = log_probs.argmax(axis=1)
        hidden = done if ends else done | (words == end)
        captions[:, t] = words if after_end else np.where(hidden, null, words)
        done |= words == end
        if stop and stop(done):
            break
    return captions


@of("greedy", "Every step starts from the picture's state.")
def throws_the_state_away(model, features, max_length):
    """The new state is never kept."""
    return said(model, features, max_length, keep=False)


@of("greedy", "Nothing but `<NULL>` is said.")
def makes_the_forbidden_certain(model, features, max_length):
    """A log-probability of 0 is a probability of 1."""
    return said(model, features, max_length, banned=0)


@of("greedy", "`<END>` is left out.")
def ends_before_writing(model, features, max_length):
    """`done` is set before the word is written."""
    return said(model, features, max_length, ends=False)


@of("greedy", "All sentences stop when the first one ends.")
def stops_all_at_once(model, features, max_length):
    """The loop ends with the first sentence."""
    return said(model, features, max_length, stop=np.any)


@of("greedy", "After `<END>` the sentence goes on.")
def talks_on(model, features, max_length):
    """Nothing remembers that a sentence has ended."""
    return said(model, features, max_length, after_end=True)


@of("temper", "The log-probabilities are multiplied by the temperature.")
def multiplies_by_temperature(log_probs, temperature):
    """A high temperature should make words more alike."""
    return log_softmax(log_probs * temperature)


@of("temper", "The sum overflows or vanishes at a low temperature.")
def takes_powers(log_probs, temperature):
    """Powers of probabilities vanish."""
    p = np.exp(log_probs) ** (1 / temperature)
    return np.log(p / p.sum(axis=-1, keepdims=True))


@of("temper", "The softmax goes over everything at once.")
def adds_up_all_rows(log_probs, temperature):
    """Maximum and sum have no axis."""
    s = log_probs / temperature
    return s - s.max() - np.log(np.exp(s - s.max()).sum())


# ---------------------------------------------------------------- LSTM

def gated(x, prev_h, prev_c, Wx, Wh, b, order="ifog", last=np.tanh):
    """A step of an LSTM whose columns stand in some order."""
    parts = np.split(x @ Wx + prev_h @ Wh + b, 4, axis=1)
    gate = {name: (last if name == "g" else sigmoid)(part)
            for name, part in zip(order, parts, strict=True)}
    next_c = gate["f"] * prev_c + gate["i"] * gate["g"]
    return gate["o"] * np.tanh(next_c), next_c, (x,)


@of("lstm_step_forward", "`o` and `g` are exchanged: PyTorch's order is i, f, g, o.")
def cuts_in_another_order(*args):
    """The third piece is taken for g."""
    return gated(*args, order="ifgo")


@of("lstm_step_forward", "`np.split` goes along the first axis, where none is named.")
def splits_the_batch(x, prev_h, prev_c, Wx, Wh, b):
    """np.split has no axis."""
    i, f, o, g = np.split(x @ Wx + prev_h @ Wh + b, 4)
    next_c = sigmoid(f) * prev_c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(next_c), next_c, (x,)


@of("lstm_step_forward", "`prev_c` is changed in place.")
def makes_the_cell_in_place(x, prev_h, prev_c, Wx, Wh, b):
    """The caller's cell is overwritten."""
    next_h, prev_c[:], cache = gated(x, prev_h, prev_c, Wx, Wh, b)
    return next_h, prev_c, cache


@of("lstm_step_forward", "A sigmoid is used where a tanh belongs, in `g`.")
def opens_all_by_sigmoid(*args):
    """All four pieces go through the sigmoid."""
    return gated(*args, last=sigmoid)


@of("lstm_step_forward", "The results come in another order: next_c, next_h, cache.")
def returns_the_cell_first(*args):
    """The state should come first."""
    next_h, next_c, cache = gated(*args)
    return next_c, next_h, cache


def ungated(dnext_h, dnext_c, cache, slope=lambda g: 1 - g**2, road=None, axis=1, tanh_c=None):
    """A step of an LSTM undone, in one point or another as it should not be."""
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, tanh = cache
    tanh = tanh if tanh_c is None else tanh_c(tanh)
    dc = dnext_c + dnext_h * o * (1 - tanh**2)
    da = np.concatenate([dc * g * i * (1 - i), dc * prev_c * f * (1 - f),
                         dnext_h * tanh * o * (1 - o), dc * i * slope(g)], axis=axis)
    road = dc if road is None else road
    return da @ Wx.T, da @ Wh.T, road * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)


@of("lstm_step_backward", "The slope of a sigmoid is used for `g`.")
def treats_g_as_a_gate(dnext_h, dnext_c, cache):
    """`g` has gone through a tanh."""
    return ungated(dnext_h, dnext_c, cache, slope=lambda g: g * (1 - g))


@of("lstm_step_backward", "`dnext_c` stands where `dc` belongs, in `dprev_c`.")
def forgets_the_second_road(dnext_h, dnext_c, cache):
    """The cell's gradient has a part that comes from the state."""
    return ungated(dnext_h, dnext_c, cache, road=dnext_c)


@of("lstm_step_backward", "The tanh is applied to `tanh_c` once more.")
def applies_tanh_again(dnext_h, dnext_c, cache):
    """tanh_c in the cache is taken for the cell."""
    return ungated(dnext_h, dnext_c, cache, tanh_c=np.tanh)


@of("lstm_step_backward", "`dnext_c` is changed in place.")
def adds_into_dnext_c(dnext_h, dnext_c, cache):
    """The second part is added into the argument."""
    *_, o, g, tanh_c = cache
    gradients = ungated(dnext_h, dnext_c, cache)
    dnext_c += dnext_h * o * (1 - tanh_c**2)
    return gradients


@of("lstm_step_backward", "`np.concatenate` goes along the first axis, where none is named.")
def sets_pieces_under_each_other(dnext_h, dnext_c, cache):
    """axis=1 is missing."""
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, tanh_c = cache
    dc = dnext_c + dnext_h * o * (1 - tanh_c**2)
    da = np.concatenate([dc * g * i * (1 - i), dc * prev_c * f * (1 - f),
                         dnext_h * tanh_c * o * (1 - o), dc * i * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)


@of("lstm_forward", "The cell starts as `h0`.")
def fills_the_cell(x, h0, Wx, Wh, b):
    """Nothing has been written into the cell yet."""
    h, c, states = h0, h0, []
    for t in range(x.shape[1]):
        h, c, _ = lstm_step_forward(x[:, t], h, c, Wx, Wh, b)
        states.append(h)
    return np.stack(states, axis=1), (x,)


@of("lstm_forward", "The cell starts anew at 0 in every step.")
def empties_the_cell(x, h0, Wx, Wh, b):
    """The line with the zeros stands in the loop."""
    h, states = h0, []
    for t in range(x.shape[1]):
        h, _, _ = lstm_step_forward(x[:, t], h, np.zeros_like(h0), Wx, Wh, b)
        states.append(h)
    return np.stack(states, axis=1), (x,)


@of("lstm_backward", "The gradients carried back for state and cell are exchanged.")
def unpacks_crosswise(dh, cache):
    """dprev_h and dprev_c get each other's name."""
    dh_t, dc, dx, sums = 0 * dh[:, 0], 0 * dh[:, 0], [], [0, 0, 0]
    for t in reversed(range(len(cache))):
        dx_t, dc, dh_t, *more = lstm_step_backward(dh[:, t] + dh_t, dc, cache[t])
        dx, sums = [dx_t, *dx], [a + b for a, b in zip(sums, more, strict=True)]
    return np.stack(dx, axis=1), dh_t, *sums


@of("lstm_backward", "It returns 6 results; wanted are 5 results: dx, dh0, dWx, dWh, db.")
def returns_the_cells_gradient(dh, cache):
    """The gradient of the first cell is returned too."""
    dh_t, dc, dx, sums = 0 * dh[:, 0], 0 * dh[:, 0], [], [0, 0, 0]
    for t in reversed(range(len(cache))):
        dx_t, dh_t, dc, *more = lstm_step_backward(dh[:, t] + dh_t, dc, cache[t])
        dx, sums = [dx_t, *dx], [a + b for a, b in zip(sums, more, strict=True)]
    return np.stack(dx, axis=1), dh_t, dc, *sums


# ---------------------------------------------------------------- right

def one_product(x, prev_h, Wx, Wh, b):
    """Input, state and a column of ones side by side."""
    data = np.hstack([x, prev_h, np.ones((len(x), 1))])
    return np.tanh(data @ np.vstack([Wx, Wh, b[None]])), (x, prev_h)


def by_hand(dh, cache):
    """Shares are kept and added up at the end."""
    carried, dx, kept = 0, {}, []
    for t, (x, prev, Wx, Wh, h) in [*enumerate(cache)][::-1]:
        da = (dh[:, t] + carried) * (1 - h) * (1 + h)
        dx[t], carried = (Wx @ da.T).T, (Wh @ da.T).T
        kept.append((x.T @ da, prev.T @ da, np.add.reduce(da)))
    sums = (sum(kind[1:], kind[0]) for kind in zip(*kept, strict=True))
    return np.stack([dx[t] for t in sorted(dx)], axis=1), carried, *sums


def by_comparing(dout, cache):
    """Word by word, all its places at once."""
    x, W = cache
    return np.stack([(dout * (x == v)[..., None]).sum(axis=(0, 1)) for v in range(len(W))])


def by_logaddexp(x):
    """NumPy knows the logarithm of a sum of exponentials."""
    return x - np.logaddexp.reduce(x, axis=-1, keepdims=True)


def by_kernel_entry(x, w, b, stride):
    """A product for each entry of the kernel."""
    (_, H, W, _), K = x.shape, len(w)
    padded = np.pad(x, ((0, 0), (K // 2, K // 2), (K // 2, K // 2), (0, 0)))
    return sum(padded[:, i:i + H:stride, j:j + W:stride] @ w[i, j]
               for i in range(K) for j in range(K)) + b, (x, w)


def stacked_gates(dnext_h, dnext_c, cache):
    """The four gates on an axis of their own."""
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, tanh_c = cache
    dc = dnext_c + o * dnext_h - dnext_h * o * tanh_c * tanh_c
    arriving = np.stack([dc * g, dc * prev_c, dnext_h * tanh_c, dc * i], axis=1)
    slopes = np.stack([i - i * i, f - f * f, o - o * o, 1 - g * g], axis=1)
    da = (arriving * slopes).reshape(len(x), -1)
    return (np.inner(da, Wx), np.inner(da, Wh), f * dc, x.T @ da, prev_h.T @ da,
            np.ones(len(da)) @ da)


RIGHT = dict(rnn_step_forward=one_product, rnn_backward=by_hand,
             word_embedding_backward=by_comparing, log_softmax=by_logaddexp,
             conv_forward=by_kernel_entry, lstm_step_backward=stacked_gates)


def test_there_are_a_hundred():
    assert len(WRONG) == len({function for _, function, _ in WRONG}) == 100


@pytest.mark.parametrize(
    "name, function, sentence", WRONG, ids=lambda value: getattr(value, "__name__", ""))
def test_a_wrong_function_is_named(name, function, sentence):
    start = time.process_time()
    verdict = getattr(check, name)(function)
    assert not verdict.ok and verdict.why == sentence
    assert all(nudge for _, nudge in verdict.reasons)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_function_is_right(name):
    verdict = getattr(check, name)(RIGHT[name])
    assert verdict.ok and verdict.why is None
