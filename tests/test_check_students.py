"""What students write: wrong functions by other hands than the tables', and what is said of them.

Each stands under the exercise that it was written for and the sentence that it gets. None of them
is taken for right, and none takes two seconds. The last ones are known by no table: nothing is
said of their cause, and what is wrong is still found.
"""

import copy
import itertools
import time
from collections import Counter

import numpy as np
import pytest

from captioning import (
    affine_backward,
    affine_forward,
    check,
    conv_forward,
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
from captioning.captioner import FeatureScale

WRONG = []


def of(exercise, *sentences):
    """Note a wrong function, its exercise and what is to be said of it."""

    def note(function):
        WRONG.append((exercise, function, " ".join(sentences)))
        return function

    return note


def nothing(dh, cache):
    """What a loop back through time begins with: dx, what is carried, and the three sums."""
    x, _, Wx, Wh, *_ = cache[0] if len(cache[0]) == 5 else (cache[0][k] for k in (0, 1, 3, 4))
    return (
        np.zeros((*dh.shape[:2], x.shape[1])),
        np.zeros_like(dh[:, 0]),
        np.zeros_like(Wx),
        np.zeros_like(Wh),
        np.zeros(Wx.shape[1]),
    )


def lsm(x):
    """A right log_softmax, for losses that are wrong elsewhere."""
    s = x - x.max(-1, keepdims=True)
    return s - np.log(np.exp(s).sum(-1, keepdims=True))


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


@of("rnn_forward", "`h0` is ignored: the first step starts from zeros.")
def wraps_round(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h = np.zeros((N, T, H))
    cache = []
    for t in range(T):
        h[:, t, :], c = rnn_step_forward(x[:, t, :], h[:, t - 1, :], Wx, Wh, b)
        cache.append(c)
    return h, cache


@of("rnn_forward", "The batch and time are exchanged in `h`.")
def stacked_in_front(x, h0, Wx, Wh, b):
    hs, cache, prev = [], [], h0
    for t in range(x.shape[1]):
        prev, c = rnn_step_forward(x[:, t], prev, Wx, Wh, b)
        hs.append(prev)
        cache.append(c)
    return np.array(hs), cache


@of("rnn_forward", "`h0` is returned among the states.")
def begins_with_the_second(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.tile(h0[:, None, :], (1, T, 1))
    cache = []
    for t in range(1, T):
        h[:, t], c = rnn_step_forward(x[:, t], h[:, t - 1], Wx, Wh, b)
        cache.append(c)
    return h, cache


@of("rnn_forward", "Only one state is kept, the rest is 0.")
def returns_in_the_loop(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, len(Wh)))
    prev = h0
    cs = []
    for t in range(T):
        prev, c = rnn_step_forward(x[:, t], prev, Wx, Wh, b)
        h[:, t] = prev
        cs.append(c)
        return h, cs


@of("rnn_forward", "The batch and time are exchanged in `x`.")
def indexes_the_batch(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, len(Wh)))
    prev = h0
    cs = []
    for t in range(T):
        prev, c = rnn_step_forward(x[t], prev, Wx, Wh, b)
        h[:, t] = prev
        cs.append(c)
    return h, cs


@of("rnn_forward", "The states add up from step to step.")
def adds_to_its_memory(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, len(Wh)))
    prev = h0
    cs = []
    for t in range(T):
        nxt, c = rnn_step_forward(x[:, t], prev, Wx, Wh, b)
        h[:, t] = nxt
        cs.append(c)
        prev = prev + nxt
    return h, cs


@of("rnn_backward", "The gradient that comes back from the future is forgotten.")
def forgets_the_future(dh, cache):
    dx, dprev, dWx, dWh, db = nothing(dh, cache)
    for t in reversed(range(len(cache))):
        dx[:, t], dprev, a, b, c = rnn_step_backward(dh[:, t], cache[t])
        dWx, dWh, db = dWx + a, dWh + b, db + c
    return dx, dprev, dWx, dWh, db


@of("rnn_backward", "`dh` is changed in place.")
def adds_into_dh(dh, cache):
    dx, dprev, dWx, dWh, db = nothing(dh, cache)
    for t in reversed(range(len(cache))):
        dh[:, t] += dprev
        dx[:, t], dprev, a, b, c = rnn_step_backward(dh[:, t], cache[t])
        dWx, dWh, db = dWx + a, dWh + b, db + c
    return dx, dprev, dWx, dWh, db


@of("rnn_backward", "Only the first step's share counts in `dWx`, `dWh` and `db`.")
def overwrites_the_shares(dh, cache):
    dx, dprev, dWx, dWh, db = nothing(dh, cache)
    for t in reversed(range(len(cache))):
        dx[:, t], dprev, dWx, dWh, db = rnn_step_backward(dh[:, t] + dprev, cache[t])
    return dx, dprev, dWx, dWh, db


@of("rnn_backward", "`pop` would change the cache.")
def pops(dh, cache):
    dx, dprev, dWx, dWh, db = nothing(dh, cache)
    for t in reversed(range(len(cache))):
        dx[:, t], dprev, a, b, c = rnn_step_backward(dh[:, t] + dprev, cache.pop())
        dWx, dWh, db = dWx + a, dWh + b, db + c
    return dx, dprev, dWx, dWh, db


@of("rnn_backward", "The loop stops one step too early: the first step is left out.")
def stops_before_zero(dh, cache):
    dx, dprev, dWx, dWh, db = nothing(dh, cache)
    for t in range(len(cache) - 1, 0, -1):
        dx[:, t], dprev, a, b, c = rnn_step_backward(dh[:, t] + dprev, cache[t])
        dWx, dWh, db = dWx + a, dWh + b, db + c
    return dx, dprev, dWx, dWh, db


@of("rnn_backward", "`dh0` is what left the last step, the first on the way back.")
def takes_dh0_too_early(dh, cache):
    dx, dprev, dWx, dWh, db = nothing(dh, cache)
    dh0 = None
    for t in reversed(range(len(cache))):
        dx[:, t], dprev, a, b, c = rnn_step_backward(dh[:, t] + dprev, cache[t])
        if t == len(cache) - 1:
            dh0 = dprev
        dWx, dWh, db = dWx + a, dWh + b, db + c
    return dx, dh0, dWx, dWh, db


@of("rnn_backward", "Only the gradient that is carried back counts, the word's own does not.")
def hears_only_the_last_word(dh, cache):
    dx, dprev, dWx, dWh, db = nothing(dh, cache)
    dprev = dh[:, -1]
    for t in reversed(range(len(cache))):
        dx[:, t], dprev, a, b, c = rnn_step_backward(dprev, cache[t])
        dWx, dWh, db = dWx + a, dWh + b, db + c
    return dx, dprev, dWx, dWh, db


@of(
    "rnn_backward",
    "The gradient that comes back from the future is forgotten.",
    "What leaves every step is added up in `dh0`.",
)
def adds_what_left_the_step_later(dh, cache):
    dx, dprev, dWx, dWh, db = nothing(dh, cache)
    for t in reversed(range(len(cache))):
        dx[:, t], d, a, b, c = rnn_step_backward(dh[:, t], cache[t])
        dprev = d + dprev
        dWx, dWh, db = dWx + a, dWh + b, db + c
    return dx, dprev, dWx, dWh, db


@of("rnn_backward", "`dh0` has a word's gradient added to it.")
def wraps_round_on_the_way_back(dh, cache):
    dx, dprev, dWx, dWh, db = nothing(dh, cache)
    dcur = dh[:, -1]
    for t in reversed(range(len(cache))):
        dx[:, t], dprev, a, b, c = rnn_step_backward(dcur, cache[t])
        dcur = dprev + dh[:, t - 1]
        dWx, dWh, db = dWx + a, dWh + b, db + c
    return dx, dcur, dWx, dWh, db


@of("rnn_backward", "Each step takes another word's gradient.")
def adds_the_word_after_its_step(dh, cache):
    dx, dprev, dWx, dWh, db = nothing(dh, cache)
    for t in reversed(range(len(cache))):
        if t == len(cache) - 1:
            dprev = dprev + dh[:, t]
        dx[:, t], dprev, a, b, c = rnn_step_backward(dprev, cache[t])
        dprev = dprev + dh[:, t]
        dWx, dWh, db = dWx + a, dWh + b, db + c
    return dx, dprev, dWx, dWh, db


@of("word_embedding_forward", "Only one word of each caption is looked up.")
def fills_the_whole_row(x, W):
    N, T = x.shape
    V, D = W.shape
    out = np.zeros((N, T, D))
    for n in range(N):
        for t in range(T):
            out[n] = W[x[n, t]]
    return out, (x, W)


@of("word_embedding_forward", "Every place gets the sum of the vectors of all words used.")
def one_hot_of_all_words(x, W):
    N, T = x.shape
    V, D = W.shape
    onehot = np.zeros((N, T, V))
    onehot[:, :, x] = 1
    return onehot @ W, (x, W)


@of("word_embedding_forward", "Columns of `W` are looked up instead of rows.")
def takes_columns(x, W):
    return np.take(W, x, axis=1), (x, W)


@of("word_embedding_backward", "The gradients are added to `W` itself.", "`W` is changed in place.")
def adds_into_the_table(dout, cache):
    x, W = cache
    np.add.at(W, x, dout)
    return W


@of("word_embedding_backward", "`np.add.at` returns None: it changes what it is given, in place.")
def returns_what_add_at_returns(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    return np.add.at(dW, x, dout)


@of(
    "word_embedding_backward",
    "Of a word that several captions have at the same place only one use counts.",
)
def adds_a_column_at_a_time(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    for t in range(x.shape[1]):
        dW[x[:, t]] += dout[:, t]
    return dW


@of(
    "word_embedding_backward",
    "Of a word that occurs more than once in a caption only one use counts.",
)
def adds_a_caption_at_a_time(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    for n in range(len(x)):
        dW[x[n]] += dout[n]
    return dW


@of("word_embedding_backward", "`dW` has the shape (3, 7, 5) instead of (7, 5).")
def keeps_the_batch(dout, cache):
    x, W = cache
    onehot = np.eye(len(W))[x]
    return onehot.transpose(0, 2, 1) @ dout


@of("word_embedding_backward", "The entries of a gradient are added up within its row.")
def sums_the_entries(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    for w in np.unique(x):
        dW[w] = dout[x == w].sum()
    return dW


@of(
    "temporal_softmax_loss",
    "The mask is ignored in `dx`.",
    "The logarithm is taken of probabilities that have become 0.",
)
def masks_the_loss_only(x, y, mask):
    N, T, V = x.shape
    xf = x.reshape(N * T, V)
    yf = y.reshape(-1)
    mf = mask.reshape(-1)
    p = np.exp(xf - xf.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.sum(mf * np.log(p[np.arange(N * T), yf])) / N
    dx = p.copy()
    dx[np.arange(N * T), yf] -= 1
    dx /= N
    return loss, dx.reshape(N, T, V)


@of(
    "temporal_softmax_loss",
    "The division is by N T, in `dx` and `loss`.",
    "The logarithm is taken of probabilities that have become 0.",
)
def divides_by_positions(x, y, mask):
    N, T, V = x.shape
    xf = x.reshape(N * T, V)
    yf = y.reshape(-1)
    mf = mask.reshape(-1)
    p = np.exp(xf - xf.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.sum(mf * np.log(p[np.arange(N * T), yf])) / (N * T)
    dx = p.copy()
    dx[np.arange(N * T), yf] -= 1
    dx /= N * T
    dx *= mf[:, None]
    return loss, dx.reshape(N, T, V)


@of("temporal_softmax_loss", "The greatest score is not taken off, so exp overflows.")
def does_not_shift(x, y, mask):
    N, T, V = x.shape
    e = np.exp(x)
    p = e / e.sum(axis=2, keepdims=True)
    n, t = np.ogrid[:N, :T]
    loss = -(np.log(p[n, t, y]) * mask).sum() / N
    dx = p
    dx[n, t, y] -= 1
    return loss, dx * mask[:, :, None] / N


@of("temporal_softmax_loss", "The logarithm is taken of probabilities that have become 0.")
def takes_the_log_of_nothing(x, y, mask):
    N, T, V = x.shape
    e = np.exp(x - x.max(axis=2, keepdims=True))
    p = e / e.sum(axis=2, keepdims=True)
    n, t = np.ogrid[:N, :T]
    loss = -(np.log(p[n, t, y]) * mask).sum() / N
    dx = p.copy()
    dx[n, t, y] -= 1
    return loss, dx * mask[:, :, None] / N


@of("temporal_softmax_loss", "The mask is applied to only a part of the gradient.")
def masks_a_part(x, y, mask):
    N, T, V = x.shape
    lp = lsm(x)
    Y = np.eye(V)[y]
    m = mask[..., None]
    return -(lp * Y * m).sum() / N, (np.exp(lp) * m - Y) / N


@of(
    "temporal_softmax_loss",
    "The division is by the number of words that count, in `dx`.",
    "The mean over each caption's own words is taken, in `loss`.",
)
def averages_each_caption(x, y, mask):
    N, T, V = x.shape
    lp = lsm(x)
    Y = np.eye(V)[y]
    m = mask[..., None]
    loss = 0
    for n in range(N):
        loss += -(lp[n] * Y[n] * m[n]).sum() / mask[n].sum()
    return loss / N, (np.exp(lp) - Y) * m / mask.sum()


@of("temporal_softmax_loss", "The mask that is handed over is not used: one is made from `y`.")
def makes_its_own_mask(x, y, mask):
    N, T, V = x.shape
    lp = lsm(x)
    Y = np.eye(V)[y]
    keep = y != 0
    return -(lp * Y * keep[..., None]).sum() / N, (np.exp(lp) - Y) * keep[..., None] / N


@of(
    "temporal_softmax_loss",
    "The logarithm is taken of probabilities that have become 0.",
    "The softmax goes over everything at once.",
)
def sums_over_everything(x, y, mask):
    N, T, V = x.shape
    p = np.exp(x) / np.exp(x).sum()
    Y = np.eye(V)[y]
    m = mask[..., None]
    return -(np.log(p) * Y * m).sum() / N, (p - Y) * m / N


@of("log_softmax", "The greatest score is not taken off, so exp overflows.")
def adds_a_small_number(x):
    p = np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True)
    return np.log(p + 1e-8)


@of("log_softmax", "`x` is changed in place.")
def shifts_in_place(x):
    x -= x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


@of("temporal_affine_forward", "Batch and time are mixed up when the result is reshaped.")
def transposes_and_does_not_return(x, w, b):
    N, T, D = x.shape
    M = w.shape[1]
    out = x.transpose(1, 0, 2).reshape(N * T, D).dot(w).reshape(N, T, M) + b
    return out, (x, w, b)


@of("temporal_affine_backward", "Only the last time step counts in `dw` and `db`.")
def overwrites_over_time(dout, cache):
    x, w, *_ = cache
    N, T, D = x.shape
    dx = np.zeros(x.shape)
    for t in range(T):
        dx[:, t] = dout[:, t] @ w.T
        dw = x[:, t].T @ dout[:, t]
        db = dout[:, t].sum(axis=0)
    return dx, dw, db


@of("lstm_step_forward", "`o` and `g` are exchanged: PyTorch's order is i, f, g, o.")
def pytorchs_order(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    i, f, g, o = (
        sigmoid(a[:, :H]),
        sigmoid(a[:, H : 2 * H]),
        np.tanh(a[:, 2 * H : 3 * H]),
        sigmoid(a[:, 3 * H :]),
    )
    c = f * prev_c + i * g
    h = o * np.tanh(c)
    return h, c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, np.tanh(c))


@of("lstm_step_forward", "A sigmoid is used where a tanh belongs, in `g`.")
def squashes_all_alike(x, prev_h, prev_c, Wx, Wh, b):
    a = sigmoid(x @ Wx + prev_h @ Wh + b)
    i, f, o, g = np.split(a, 4, axis=1)
    c = f * prev_c + i * g
    return o * np.tanh(c), c, (x,)


@of(
    "lstm_step_forward",
    "It is right only at N = 4, D = 4, H = 4.",
    "Arrays of the shapes (3, 4) and (3, 5) do not fit entry by entry.",
)
def takes_d_for_h(x, prev_h, prev_c, Wx, Wh, b):
    H = x.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    i, f, o, g = (
        sigmoid(a[:, :H]),
        sigmoid(a[:, H : 2 * H]),
        sigmoid(a[:, 2 * H : 3 * H]),
        np.tanh(a[:, 3 * H :]),
    )
    c = f * prev_c + i * g
    return o * np.tanh(c), c, (x,)


@of("lstm_step_forward", "The tanh of the cell is returned as `next_c`.")
def squashes_the_cell(x, ph, pc, Wx, Wh, b):
    a = x @ Wx + ph @ Wh + b
    i, f, o, g = np.split(a, 4, 1)
    c = np.tanh(sigmoid(f) * pc + sigmoid(i) * np.tanh(g))
    return sigmoid(o) * c, c, (x,)


@of("lstm_step_forward", "The gates are cut out as every fourth column.")
def cuts_every_fourth(x, ph, pc, Wx, Wh, b):
    a = x @ Wx + ph @ Wh + b
    a = a.reshape(len(x), -1, 4)
    i, f, o, g = (a[:, :, k] for k in range(4))
    c = sigmoid(f) * pc + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c, (x,)


@of("lstm_step_backward", "`dnext_c` is changed in place.")
def adds_into_dnext_c(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, tc = cache
    dnext_c += dnext_h * o * (1 - tc**2)
    do = dnext_h * tc
    da = np.hstack(
        [
            dnext_c * g * i * (1 - i),
            dnext_c * prev_c * f * (1 - f),
            do * o * (1 - o),
            dnext_c * i * (1 - g**2),
        ]
    )
    return da @ Wx.T, da @ Wh.T, dnext_c * f, x.T @ da, prev_h.T @ da, da.sum(0)


@of("lstm_step_backward", "The parts of `da` for `o` and `g` are exchanged.")
def joins_in_another_order(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, tc = cache
    dc = dnext_c + dnext_h * o * (1 - tc**2)
    do = dnext_h * tc
    da = np.hstack(
        [dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dc * i * (1 - g**2), do * o * (1 - o)]
    )
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(0)


@of("lstm_step_backward", "The squashing is done once more in the slope.")
def squashes_again(dnext_h, dnext_c, cache):
    def slope(v):
        return sigmoid(v) * (1 - sigmoid(v))

    x, prev_h, prev_c, Wx, Wh, i, f, o, g, tc = cache
    dc = dnext_c + dnext_h * o * (1 - tc**2)
    do = dnext_h * tc
    da = np.hstack([dc * g * slope(i), dc * prev_c * slope(f), do * slope(o),
                    dc * i * (1 - np.tanh(g) ** 2)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(0)


@of("lstm_step_backward", "The slopes of all sigmoids are missing.")
def forgets_the_slopes(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, tc = cache
    dc = dnext_c + dnext_h * o * (1 - tc**2)
    da = np.hstack([dc * g, dc * prev_c, dnext_h * tc, dc * i * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(0)


@of("lstm_forward", "The cell starts anew at 0 in every step.")
def empties_the_cell(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h = np.zeros((N, T, H))
    cache = []
    prev_h = h0
    for t in range(T):
        prev_c = np.zeros((N, H))
        prev_h, prev_c, c = lstm_step_forward(x[:, t], prev_h, prev_c, Wx, Wh, b)
        h[:, t] = prev_h
        cache.append(c)
    return h, cache


@of(
    "lstm_forward",
    "It is right only at N = 3, T = 3, D = 3, H = 3.",
    "`lstm_step_forward` is given `prev_c` in the shape (3, 2); it wants (N, H) with N = 3 "
    "from x, H = 5 from prev_h.",
)
def shapes_the_cell_like_the_input(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h = np.zeros((N, T, H))
    cache = []
    prev_h = h0
    prev_c = np.zeros((N, D))
    for t in range(T):
        prev_h, prev_c, c = lstm_step_forward(x[:, t], prev_h, prev_c, Wx, Wh, b)
        h[:, t] = prev_h
        cache.append(c)
    return h, cache


@of("lstm_forward", "`h0` is ignored: the first step starts from zeros.")
def wraps_round_with_a_cell(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, len(Wh)))
    c_ = np.zeros_like(h0)
    cs = []
    for t in range(T):
        h[:, t], c_, c = lstm_step_forward(x[:, t], h[:, t - 1], c_, Wx, Wh, b)
        cs.append(c)
    return h, cs


@of("lstm_backward", "The gradient of the cell is not carried back.")
def drops_the_cells_gradient(dh, cache):
    dx, dprev, dWx, dWh, db = nothing(dh, cache)
    for t in reversed(range(len(cache))):
        dx[:, t], dprev, dprev_c, a, b, c = lstm_step_backward(
            dh[:, t] + dprev, np.zeros_like(dprev), cache[t]
        )
        dWx, dWh, db = dWx + a, dWh + b, db + c
    return dx, dprev, dWx, dWh, db


@of("lstm_backward", "The gradients carried back for the cell pile up.")
def piles_the_cells_gradient_up(dh, cache):
    dx, dprev, dWx, dWh, db = nothing(dh, cache)
    dc = np.zeros_like(dprev)
    for t in reversed(range(len(cache))):
        dx[:, t], dprev, dprev_c, a, b, c = lstm_step_backward(dh[:, t] + dprev, dc, cache[t])
        dc += dprev_c
        dWx, dWh, db = dWx + a, dWh + b, db + c
    return dx, dprev, dWx, dWh, db


@of("lstm_backward", "It returns 6 results; wanted are 5 results: dx, dh0, dWx, dWh, db.")
def returns_the_cells_gradient(dh, cache):
    dx, dprev, dWx, dWh, db = nothing(dh, cache)
    dc = np.zeros_like(dprev)
    for t in reversed(range(len(cache))):
        dx[:, t], dprev, dc, a, b, c = lstm_step_backward(dh[:, t] + dprev, dc, cache[t])
        dWx, dWh, db = dWx + a, dWh + b, db + c
    return dx, dprev, dc, dWx, dWh, db


@of("encode", "A sentence that is too long loses its `<END>`.")
def cuts_off_the_end(words, w2i, length):
    return np.array(
        [w2i["<START>"]]
        + [w2i.get(w, w2i["<UNK>"]) for w in words]
        + [w2i["<END>"]]
        + [0] * (length - len(words) - 2)
    )[:length]


@of("encode", "`<END>` stands behind the padding.")
def ends_behind_the_padding(words, w2i, length):
    row = np.full(length, w2i["<NULL>"])
    row[0] = w2i["<START>"]
    row[-1] = w2i["<END>"]
    for k, w in enumerate(words[: length - 2]):
        row[k + 1] = w2i.get(w, w2i["<UNK>"])
    return row


@of("build_vocabulary", "Words of one frequency stand in the order in which they first occur.")
def most_common(sentences, min_count=1):
    c = Counter(w for s in sentences for w in s)
    return ["<NULL>", "<START>", "<END>", "<UNK>"] + [
        w for w, n in c.most_common() if n >= min_count
    ]


@of("build_vocabulary", "The special words are missing.")
def sorted_set(sentences, min_count=1):
    return sorted(set(w for s in sentences for w in s))


@of("pool", "The channels are averaged instead of the places.")
def averages_the_channels(grid):
    return grid.mean(axis=(2, 3))


@of("lead", "The given words are put in front, and never read.")
def caption_behind_the_words(captioner, vector, words):
    net = captioner.model
    state = net.start(captioner.scale.apply(vector))
    word, said = "<START>", list(words)
    while word != "<END>":
        lp, state = net.step(np.array([net.word_to_idx[word]]), state)
        word = captioner.words[lp.argmax()]
        said.append(word)
    return said[:-1]


@of("lead", "The network reads its own words in place of the given ones.")
def says_them_and_reads_its_own(captioner, vector, words):
    net = captioner.model
    state = net.start(captioner.scale.apply(vector))
    word, said = "<START>", []
    while word != "<END>":
        lp, state = net.step(np.array([net.word_to_idx[word]]), state)
        word = captioner.words[lp.argmax()]
        said.append(words[len(said)] if len(said) < len(words) else word)
    return said[:-1]


@of("lead", "`<END>` stands in the sentence.")
def keeps_the_end(captioner, vector, words):
    net = captioner.model
    state = net.start(captioner.scale.apply(vector))
    word, said = "<START>", []
    while word != "<END>":
        lp, state = net.step(np.array([net.word_to_idx[word]]), state)
        word = captioner.words[lp.argmax()] if len(said) >= len(words) else words[len(said)]
        said.append(word)
    return said


@of("lead", "`said` is a str and not a list.")
def joins_them(captioner, vector, words):
    return " ".join(read_rightly(captioner, vector, words))


def read_rightly(captioner, vector, words):
    return keeps_the_end(captioner, vector, words)[:-1]


@of("greedy", "`<NULL>` or `<START>` is said.")
def never_stops(model, features, max_length):
    state = model.start(features)
    words = np.full(len(features), model.word_to_idx["<START>"])
    out = []
    for _ in range(max_length):
        lp, state = model.step(words, state)
        words = lp.argmax(1)
        out.append(words)
    return np.stack(out, 1)


@of("greedy", "After `<END>` the sentence goes on.")
def goes_on_after_the_end(model, features, max_length):
    state = model.start(features)
    words = np.full(len(features), model.word_to_idx["<START>"])
    out = np.zeros((len(features), max_length))
    for t in range(max_length):
        lp, state = model.step(words, state)
        lp[:, :2] = -np.inf
        words = lp.argmax(1)
        out[:, t] = words
    return out


@of("greedy", "Every step starts from the picture's state.")
def looks_again_at_every_word(model, features, max_length):
    out = np.zeros((len(features), max_length), dtype=int)
    for n in range(len(features)):
        state = model.start(features[n : n + 1])
        w = np.array([1])
        for t in range(max_length):
            lp, _ = model.step(w, state)
            lp[:, :2] = -np.inf
            w = lp.argmax(1)
            out[n, t] = w[0]
            if w[0] == 2:
                break
    return out


@of("greedy", "Nothing but `<NULL>` is said.")
def gives_what_is_forbidden_certainty(model, features, max_length):
    state = model.start(features)
    words = np.full(len(features), model.word_to_idx["<START>"])
    out = np.zeros((len(features), max_length), dtype=int)
    for t in range(max_length):
        lp, state = model.step(words, state)
        lp[:, :2] = 0
        words = lp.argmax(1)
        out[:, t] = words
    return out


@of("greedy", "`<END>` is left out.")
def does_not_write_the_end(model, features, max_length):
    out = np.zeros((len(features), max_length), dtype=int)
    for n in range(len(features)):
        state = model.start(features[n : n + 1])
        w = np.array([1])
        for t in range(max_length):
            lp, state = model.step(w, state)
            lp[:, :2] = -np.inf
            w = lp.argmax(1)
            if w[0] == 2:
                break
            out[n, t] = w[0]
    return out


@of("temper", "The softmax is taken of probabilities.")
def takes_the_softmax_of_probabilities(lp, T):
    scores = np.exp(lp) / T
    return scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))


@of("temper", "The logarithm is missing: these are probabilities.")
def returns_probabilities(lp, T):
    p = np.exp(lp) ** (1 / T)
    return p / p.sum(axis=1, keepdims=True)


@of("nucleus", "The result is not renormalised.")
def keeps_some_as_they_are(log_probs, p):
    out = np.full_like(log_probs, -np.inf)
    for n, row in enumerate(log_probs):
        total = 0.0
        for k in np.argsort(row)[::-1]:
            out[n, k] = row[k]
            total += np.exp(row[k])
            if total >= p:
                break
    return out


@of("nucleus", "The word that completes the share is left out.")
def stops_before_the_last(log_probs, p):
    order = np.argsort(log_probs)[:, ::-1]
    probs = np.exp(log_probs)
    for n in range(len(probs)):
        beyond = np.cumsum(probs[n, order[n]]) > p
        probs[n, order[n][beyond]] = 0
    return np.log(probs / probs.sum(1, keepdims=True))


@of("nucleus", "What was found for the sorted words is used on the unsorted.")
def forgets_the_order(log_probs, p):
    s = np.sort(np.exp(log_probs), axis=1)[:, ::-1]
    keep = s.cumsum(1) - s < p
    q = np.exp(log_probs) * keep
    return np.log(q / q.sum(1, keepdims=True))


@of("nucleus", "The logarithm is missing: these are probabilities.")
def gives_shares(log_probs, p):
    probs = np.exp(log_probs)
    q = np.zeros_like(probs)
    for n, row in enumerate(probs):
        best = np.argsort(-row)
        m = np.searchsorted(np.cumsum(row[best]), p) + 1
        q[n, best[:m]] = row[best[:m]] / row[best[:m]].sum()
    return q


@of("extend", "Each beginning keeps one continuation of its own.")
def k_times_greedy(totals, log_probs):
    N, K = totals.shape
    lp = totals[..., None] + log_probs.reshape(N, K, -1)
    return np.tile(np.arange(K), (N, 1)), lp.argmax(2), lp.max(2)


@of("extend", "What the beginnings cost is forgotten.")
def looks_at_the_last_word(totals, log_probs):
    N, K = totals.shape
    V = log_probs.shape[1]
    rows, words, sums = (np.zeros((N, K), t) for t in (int, int, float))
    for n in range(N):
        block = log_probs[n * K:(n + 1) * K].ravel()
        for k, i in enumerate(np.argsort(-block)[:K]):
            rows[n, k], words[n, k], sums[n, k] = i // V, i % V, block[i]
    return rows, words, sums


@of("extend", "The likeliest stands last.")
def keeps_the_last_of_a_sort(totals, log_probs):
    N, K = totals.shape
    sums = (totals.reshape(-1, 1) + log_probs).reshape(N, -1)
    i = np.argsort(sums, axis=1)[:, -K:]
    return i // log_probs.shape[1], i % log_probs.shape[1], np.take_along_axis(sums, i, 1)


@of("extend", "Beginnings are counted through the whole batch.")
def counts_rows_on(totals, log_probs):
    N, K = totals.shape
    V = log_probs.shape[1]
    sums = (totals.reshape(-1, 1) + log_probs).reshape(N, -1)
    i = np.argsort(-sums, axis=1)[:, :K]
    return i // V + np.arange(N)[:, None] * K, i % V, np.take_along_axis(sums, i, 1)


@of("captioning_loss", "The projection gets the gradient of the first state instead of `dh0`.")
def gives_dh_to_the_projection(params, features, captions):
    p = params
    cin, cout = captions[:, :-1], captions[:, 1:]
    h0, c0 = affine_forward(features, p["W_proj"], p["b_proj"])
    x, c1 = word_embedding_forward(cin, p["W_embed"])
    h, c2 = rnn_forward(x, h0, p["Wx"], p["Wh"], p["b"])
    s, c3 = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
    loss, ds = temporal_softmax_loss(s, cout, cout != 0)
    g = {}
    dh, g["W_vocab"], g["b_vocab"] = temporal_affine_backward(ds, c3)
    dx, dh0, g["Wx"], g["Wh"], g["b"] = rnn_backward(dh, c2)
    g["W_embed"] = word_embedding_backward(dx, c1)
    _, g["W_proj"], g["b_proj"] = affine_backward(dh[:, 0], c0)
    return loss, g


@of("momentum", "The velocity is forgotten from step to step.")
def returns_the_old_config(w, dw, config):
    v = config.get("velocity", 0) * config["momentum"] - config["learning_rate"] * dw
    return w + v, config


@of("adam", "The step count is one too low: `t` starts at 0.")
def counts_from_zero(w, dw, config):
    c = dict(config)
    c.setdefault("m", np.zeros_like(w))
    c.setdefault("v", np.zeros_like(w))
    t = c.get("t", 0)
    c["m"] = c["beta1"] * c["m"] + (1 - c["beta1"]) * dw
    c["v"] = c["beta2"] * c["v"] + (1 - c["beta2"]) * dw**2
    mt = c["m"] / (1 - c["beta1"] ** t)
    vt = c["v"] / (1 - c["beta2"] ** t)
    c["t"] = t + 1
    return w - c["learning_rate"] * mt / (np.sqrt(vt) + c["epsilon"]), c


@of("adam", "The steps are not counted: `t` stays 0.")
def never_counts(w, dw, config):
    m = config["beta1"] * config.get("m", 0) + (1 - config["beta1"]) * dw
    v = config["beta2"] * config.get("v", 0) + (1 - config["beta2"]) * dw**2
    t = config.get("t", 0)
    mt, vt = m / (1 - config["beta1"] ** t), v / (1 - config["beta2"] ** t)
    next_w = w - config["learning_rate"] * mt / (np.sqrt(vt) + config["epsilon"])
    return next_w, {**config, "m": m, "v": v, "t": t}


@of("adam", "The corrected values are kept for the next step, in `m_hat` and `v_hat`.")
def keeps_corrected_means(w, dw, config):
    c = dict(config)
    c.setdefault("m", np.zeros_like(w))
    c.setdefault("v", np.zeros_like(w))
    c.setdefault("t", 0)
    c["t"] += 1
    c["m"] = c["beta1"] * c["m"] + (1 - c["beta1"]) * dw
    c["v"] = c["beta2"] * c["v"] + (1 - c["beta2"]) * dw**2
    c["m"] /= 1 - c["beta1"] ** c["t"]
    c["v"] /= 1 - c["beta2"] ** c["t"]
    return w - c["learning_rate"] * c["m"] / (np.sqrt(c["v"]) + c["epsilon"]), c


@of("clip_by_global_norm", "Each array is clipped by itself.", "Nothing but zeros in `norm`.")
def clips_each(grads, most):
    return {k: g * min(1, most / np.linalg.norm(g)) for k, g in grads.items()}, 0.0


@of("conv_forward", "The stride is ignored.")
def moves_on_by_one(x, w, b, stride=1):
    N, H, W, C = x.shape
    K, _, _, M = w.shape
    P = K // 2
    xp = np.pad(x, ((0, 0), (P, P), (P, P), (0, 0)))
    out = np.zeros((N, -(-H // stride), -(-W // stride), M))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            out[:, i, j] = np.tensordot(xp[:, i : i + K, j : j + K], w, 3) + b
    return out, (x, w, b, stride)


@of("conv_backward", "Of all the patches that a pixel was part of only one counts in `dx`.")
def overwrites_patches(dout, cache):
    xs, patches, w, s = cache
    N, H, W, C = xs
    K = len(w)
    p = K // 2
    _, P, Q, M = dout.shape
    dw = np.einsum("npqd,npqm->dm", patches, dout).reshape(w.shape)
    dxp = np.zeros((N, H + 2 * p, W + 2 * p, C))
    for i in range(P):
        for j in range(Q):
            dxp[:, i * s : i * s + K, j * s : j * s + K] = np.einsum(
                "nm,ijcm->nijc", dout[:, i, j], w
            )
    return dxp[:, p : p + H, p : p + W], dw, dout.sum(axis=(0, 1, 2))


@of("relu_backward", "`dout` is changed in place.")
def writes_into_dout(dout, cache):
    dout[cache <= 0] = 0
    return dout


@of("rnn_forward")
def rounds(x, h0, Wx, Wh, b):
    h, cache = rnn_forward(x, h0, Wx, Wh, b)
    return np.round(h, 6), cache


@of("rnn_backward")
def clips_what_is_carried(dh, cache):
    dx, dprev, dWx, dWh, db = nothing(dh, cache)
    for t in reversed(range(len(cache))):
        dx[:, t], dprev, a, b, c = rnn_step_backward(dh[:, t] + dprev, cache[t])
        dprev = np.clip(dprev, -1, 1)
        dWx, dWh, db = dWx + a, dWh + b, db + c
    return dx, dprev, dWx, dWh, db


@of("word_embedding_backward")
def clips_what_comes_in(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    np.add.at(dW, x, np.clip(dout, -2, 2))
    return dW


@of("chunked_backward", "`dh0` is that of the last chunk.")
def keeps_the_last_dh0(dh, cache, k):
    dx, dWx, dWh, db = [], 0, 0, 0
    for t in range(0, len(cache), k):
        a, dh0, b, c, d = rnn_backward(dh[:, t : t + k], cache[t : t + k])
        dx.append(a)
        dWx, dWh, db = dWx + b, dWh + c, db + d
    return np.concatenate(dx, axis=1), dh0, dWx, dWh, db


@of("chunked_backward", "Only the first chunk's share counts in `dWx`, `dWh` and `db`.")
def assigns_the_sums(dh, cache, k):
    dx, dh0, dWx, dWh, db = nothing(dh, cache)
    for t in reversed(range(0, len(cache), k)):
        part = slice(t, t + k)
        dx[:, part], dh0, dWx, dWh, db = rnn_backward(dh[:, part], cache[part])
    return dx, dh0, dWx, dWh, db


@of(
    "chunked_backward",
    "`dh0` is that of the last chunk.",
    "Only the last chunk's share counts in `dWx`, `dWh` and `db`.",
)
def assigns_everything(dh, cache, k):
    dx, dh0, dWx, dWh, db = nothing(dh, cache)
    for t in range(0, len(cache), k):
        part = slice(t, t + k)
        dx[:, part], dh0, dWx, dWh, db = rnn_backward(dh[:, part], cache[part])
    return dx, dh0, dWx, dWh, db


@of("chunked_backward", "Nothing is cut: the gradient is carried past the ends of the chunks.")
def carries_over_the_cut(dh, cache, k):
    dx, dh0, *sums = nothing(dh, cache)
    for t in reversed(range(0, len(cache), k)):
        part = dh[:, t : t + k].copy()
        part[:, -1] += dh0
        dx[:, t : t + k], dh0, *more = rnn_backward(part, cache[t : t + k])
        sums = [a + b for a, b in zip(sums, more, strict=True)]
    return dx, dh0, *sums


@of("chunked_backward", "The last chunk is left out where it is shorter than k.")
def counts_whole_chunks(dh, cache, k):
    dx, dh0, *sums = nothing(dh, cache)
    for i in range(len(cache) // k):
        part = slice(i * k, (i + 1) * k)
        dx[:, part], first, *more = rnn_backward(dh[:, part], cache[part])
        sums = [a + b for a, b in zip(sums, more, strict=True)]
        dh0 = first if i == 0 else dh0
    return dx, dh0, *sums


@of("chunked_backward", "A chunk begins at every step, so that they overlap.")
def steps_by_one(dh, cache, k):
    dx, dh0, *sums = nothing(dh, cache)
    for t in range(len(cache)):
        dx[:, t : t + k], first, *more = rnn_backward(dh[:, t : t + k], cache[t : t + k])
        sums = [a + b for a, b in zip(sums, more, strict=True)]
        dh0 = first if t == 0 else dh0
    return dx, dh0, *sums


def in_scale(train, features):
    scale = FeatureScale.of(train)
    return scale.apply(train), scale.apply(features)


@of("nearest", "The greatest product is taken instead of the greatest cosine.")
def takes_products(train, features):
    known, asked = in_scale(train, features)
    return (asked @ known.T).argmax(axis=1)


@of("nearest", "The greatest product is taken instead of the greatest cosine.")
def divides_by_one_norm_of_all(train, features):
    known, asked = in_scale(train, features)
    return (asked / np.linalg.norm(asked) @ (known / np.linalg.norm(known)).T).argmax(axis=1)


@of("nearest", "The least distance is taken instead of the greatest cosine.")
def goes_by_distance(train, features):
    known, asked = in_scale(train, features)
    return np.array([((known - row) ** 2).sum(axis=1).argmin() for row in asked])


@of("nearest", "Nothing is scaled.")
def forgets_the_scale(train, features):
    known = train / np.linalg.norm(train, axis=1, keepdims=True)
    return (features @ known.T).argmax(axis=1)


@of("nearest", "`features` is scaled by its own mean and spread.")
def takes_two_scales(train, features):
    known, asked = in_scale(train, train)[0], in_scale(features, features)[0]
    return (asked @ (known / np.linalg.norm(known, axis=1, keepdims=True)).T).argmax(axis=1)


@of("nearest", "The least similar picture is taken.")
def sorts_upwards(train, features):
    known, asked = in_scale(train, features)
    known = known / np.linalg.norm(known, axis=1, keepdims=True)
    return np.argsort(asked @ known.T, axis=1)[:, 0]


@of("softmax_backward", "Each score moves its own probability alone.")
def expects_a_diagonal(dy, y):
    return dy * (y - y * y)


@of("softmax_backward", "What a score does to its own probability is left out.")
def skips_the_diagonal(dy, y):
    dx = np.zeros_like(y)
    for v in range(y.shape[1]):
        for u in range(y.shape[1]):
            if u != v:
                dx[:, v] -= dy[:, u] * y[:, u] * y[:, v]
    return dx


@of("softmax_backward", "The sum goes over everything at once.")
def sums_without_an_axis(dy, y):
    return y * (dy - np.sum(dy * y))


def smooth(s, y, epsilon):
    q = np.ones(len(s)) * epsilon / len(s)
    q[y] = q[y] + 1 - epsilon
    return q, s - s.max() - np.log(np.sum(np.exp(s - s.max())))


@of("smoothed_loss", "The gradient is that of the one-hot: `ds` is p minus 1 at the right word "
                     "alone.")
def subtracts_one_as_ever(s, y, epsilon):
    q, log_probs = smooth(s, y, epsilon)
    ds = np.exp(log_probs)
    ds[y] -= 1
    return -np.dot(q, log_probs), ds


@of("smoothed_loss", "The right word is asked for with 1 - epsilon; its share of epsilon / V is "
                     "lost.")
def writes_over_its_share(s, y, epsilon):
    q = np.full(s.shape, epsilon / s.size)
    q[y] = 1 - epsilon
    log_probs = smooth(s, y, epsilon)[1]
    return float(-np.sum(q * log_probs)), np.exp(log_probs) - q


@of("smoothed_loss", "The greatest score is not taken off, so exp overflows.")
def smooths_a_plain_softmax(s, y, epsilon):
    p = np.exp(s) / np.sum(np.exp(s))
    q = smooth(s, y, epsilon)[0]
    return -np.sum(q * np.log(p)), p - q


@of("normalise_backward", "The variance is taken for the spread.")
def forgets_the_root(dy, x):
    centred = x - x.mean(axis=1, keepdims=True)
    sigma = (centred**2).mean(axis=1, keepdims=True)
    y = centred / sigma
    along = y * (y * dy).mean(axis=1, keepdims=True)
    return (dy - dy.mean(axis=1, keepdims=True) - along) / sigma


@of(
    "normalise_backward",
    "The mean of `y * dy` is taken away, but not times `y`.",
    "The division by the spread is missing.",
)
def forgets_two_factors(dy, x):
    y = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
    return dy - dy.mean(axis=1, keepdims=True) - (y * dy).mean(axis=1, keepdims=True)


@of("without_end", "Only the last column is set to `<NULL>`.")
def clears_the_last_column(captions):
    captions = captions.copy()
    captions[:, -1] = 0
    return captions


@of("without_end", "`captions` is changed in place.")
def clears_in_place(captions):
    captions[captions == 2] = 0
    return captions


@of("pieces", "A word counts once, however often it occurs.")
def counts_spellings(words, merges):
    spelt, made = [[*word, "_"] for word in dict.fromkeys(words)], []
    for _ in range(merges):
        pairs = Counter(p for spelling in spelt for p in itertools.pairwise(spelling))
        pair = pairs.most_common(1)[0][0]
        made.append("".join(pair))
        for spelling in spelt:
            for k in range(len(spelling) - 2, -1, -1):
                if tuple(spelling[k : k + 2]) == pair:
                    spelling[k : k + 2] = [made[-1]]
    return made


@of("pieces", "Nothing is merged: only pairs of letters are found.")
def counts_once(words, merges):
    pairs = Counter(p for word in words for p in itertools.pairwise(word + "_"))
    return ["".join(pair) for pair, _ in pairs.most_common(merges)]


def products(grads, v):
    return sum(np.sum(grads[name] * v[name]) for name in grads)


@of(
    "directional",
    "One of the two ends is the start itself.",
    "Not as it was before: `params`.",
)
def keeps_the_dict_alone(loss, params, grads, v, nudge):
    kept, ends = params.copy(), []
    for sign in (1, -1):
        for name in params:
            params[name][:] = kept[name] + sign * nudge * v[name]
        ends.append(loss())
    for name in params:
        params[name][:] = kept[name]
    return (ends[0] - ends[1]) / (2 * nudge), products(grads, v)


@of("directional", "Not as it was before: `params`.")
def goes_back_by_adding(loss, params, grads, v, nudge):
    for name in params:
        params[name] += nudge * v[name]
    above = loss()
    for name in params:
        params[name] -= 2 * nudge * v[name]
    below = loss()
    for name in params:
        params[name] += nudge * v[name]
    return (above - below) / (2 * nudge), products(grads, v)


@of("directional", "`loss` never sees the parameters move: `measured` is 0.")
def moves_a_copy(loss, params, grads, v, nudge):
    ends = []
    for sign in (1, -1):
        params = {name: value + sign * nudge * v[name] for name, value in params.items()}
        ends.append(loss())
    return (ends[0] - ends[1]) / (2 * nudge), products(grads, v)


@of(
    "directional",
    "The brackets around `2 * nudge` are missing.",
    "Only one array counts in `derived`.",
)
def assigns_where_it_should_add(loss, params, grads, v, nudge):
    kept, ends = {name: value.copy() for name, value in params.items()}, []
    for sign in (1, -1):
        for name in params:
            params[name][:] = kept[name] + sign * nudge * v[name]
        ends.append(loss())
    for name in params:
        params[name][:] = kept[name]
        derived = np.sum(grads[name] * v[name])
    return (ends[0] - ends[1]) / 2 * nudge, derived


@of("directional", "Each array is moved by itself, and the slopes are added up.")
def takes_two_runs_an_array(loss, params, grads, v, nudge):
    measured = 0
    for name, value in params.items():
        kept = value.copy()
        value[:] = kept + nudge * v[name]
        above = loss()
        value[:] = kept - nudge * v[name]
        measured += (above - loss()) / (2 * nudge)
        value[:] = kept
    return measured, products(grads, v)


@of("affine_forward", "Only one of the products that make an entry counts.")
def assigns_each_product(x, w, b):
    rows = x.reshape(len(x), -1)
    for d in range(rows.shape[1]):
        out = rows[:, d : d + 1] * w[d]
    return out + b, (x, w)


@of("affine_backward", "A result in `dw` is reshaped where it should be transposed.")
def reshapes_the_product(dout, cache):
    x, w = cache
    rows = x.reshape(len(x), -1)
    return (dout @ w.T).reshape(x.shape), (dout.T @ rows).reshape(w.shape), dout.sum(axis=0)


@of("affine_backward", "`w` is reshaped where it should be transposed, in `dx`.")
def reshapes_the_matrix(dout, cache):
    x, w = cache
    rows = x.reshape(len(x), -1)
    return (dout @ w.reshape(w.shape[1], -1)).reshape(x.shape), rows.T @ dout, dout.sum(axis=0)


@of("affine_backward", "An array of the shape (3, 5) is to be added into one of the shape (5,).")
def adds_rows_into_one(dout, cache):
    x, w = cache
    db = np.zeros(w.shape[1])
    db += dout
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, db


@of("relu_forward", "Python's `max` goes along the first axis and no further.")
def takes_the_max_of_python(x):
    return max(x, 0), x


@of("relu_backward", "The gradient and what says where it passes are added.")
def adds_the_mask(dout, cache):
    return dout + (cache > 0)


@of("relu_backward", "It passes with its sign turned, or in part, where the output is 0.")
def turns_the_sign(dout, cache):
    return np.where(cache > 0, dout, -dout)


@of("pool", "The sum is divided by another number than that of the places.")
def divides_by_channels(grid):
    return grid.sum(axis=(1, 2)) / grid.shape[-1]


@of("pool", "A size or an axis stands where a dtype is expected.")
def names_axes_one_by_one(grid):
    return grid.mean(1, 2)


@of("without_end", "Only `<END>` is kept, and all else is cleared.")
def multiplies_by_the_mask(captions):
    return captions * (captions == 2)


@of("without_end", "Words are cleared as well, as every number from 2 on.")
def clears_from_two_on(captions):
    captions = captions.copy()
    captions[captions >= 2] = 0
    return captions


@of("pieces", "`made.append` returns None: it changes what it is given, in place.")
def assigns_what_append_gives(words, merges):
    made = []
    for word in words:
        made = made.append(word[:2])
    return made


@of("pieces", "A pair counts once a word, even where it stands in it twice.")
def counts_sets_of_pairs(words, merges):
    spelt, made = [[*word, "_"] for word in words], []
    for _ in range(merges):
        pairs = Counter(pair for s in spelt for pair in dict.fromkeys(itertools.pairwise(s)))
        one, other = max(pairs, key=pairs.get)
        made.append(one + other)
        for s in spelt:
            for k in range(len(s) - 2, -1, -1):
                if s[k : k + 2] == [one, other]:
                    s[k : k + 2] = [one + other]
    return made


@of("lead", "Only one word follows the given words.")
def says_one_word(captioner, vector, words):
    model = captioner.model
    state = model.start(captioner.scale.apply(vector))
    for word in ("<START>", *words):
        log_probs, state = model.step(np.array([model.word_to_idx[word]]), state)
    return [*words, captioner.words[log_probs.argmax()]]


@of("directional", "Python's `sum` goes along the first axis and no further.")
def adds_up_whole_arrays(loss, params, grads, v, nudge):
    kept, ends = {name: value.copy() for name, value in params.items()}, []
    for step in (nudge, -nudge, 0):
        for name in params:
            params[name][:] = kept[name] + step * v[name]
        ends.append(loss())
    return (ends[0] - ends[1]) / (2 * nudge), sum(grads[name] * v[name] for name in grads)


@of("nearest", "The axis along which `np.linalg.norm(asked, axis=1)` goes is gone from its result.")
def divides_by_a_row_of_norms(train, features):
    known, asked = in_scale(train, features)
    asked = asked / np.linalg.norm(asked, axis=1)
    return (asked @ known.T).argmax(axis=1)


@of("nearest", "One mean and one spread are taken of all features together.")
def takes_one_mean_of_all(train, features):
    known, asked = ((rows - train.mean()) / train.std() for rows in (train, features))
    return (asked @ (known / np.linalg.norm(known, axis=1, keepdims=True)).T).argmax(axis=1)


@of("softmax_backward", "The axis along which `(dy * y).sum(axis=1)` goes is gone from its result.")
def subtracts_a_row_of_sums(dy, y):
    return y * (dy - (dy * y).sum(axis=1))


@of("normalise_backward", "Columns are normalised instead of rows.")
def normalises_columns(dy, x):
    y = (x - x.mean(axis=0)) / x.std(axis=0)
    return (dy - dy.mean(axis=0) - y * (y * dy).mean(axis=0)) / x.std(axis=0)


@of("normalise_backward", "A small number is added to the spread or to the variance.")
def adds_an_epsilon(dy, x):
    sigma = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
    y = (x - x.mean(axis=1, keepdims=True)) / sigma
    along = y * (y * dy).mean(axis=1, keepdims=True)
    return (dy - dy.mean(axis=1, keepdims=True) - along) / sigma


@of("conv_forward", "Negative results are cut off.")
def cuts_off_before_the_bias(x, w, b, stride):
    out, cache = conv_forward(x, w, 0 * b, stride)
    return np.maximum(out, 0) + b, cache


@of("lstm_backward", "The loop goes back over the captions, N times, and not over the T steps.")
def goes_back_over_captions(dh, cache):
    carried, cell, x = 0 * dh[:, 0], 0 * dh[:, 0], cache[0][0]
    dx, sums = np.zeros((*dh.shape[:2], x.shape[1])), [0, 0, 0]
    for t in reversed(range(len(dh))):
        dx[:, t], carried, cell, *more = lstm_step_backward(dh[:, t] + carried, cell, cache[t])
        sums = [a + b for a, b in zip(sums, more, strict=True)]
    return dx, carried, *sums


@of("clipped_matches", "Nothing is clipped: a match counts as often as it is said.")
def asks_only_whether(candidate, references, n):
    words = candidate.split()
    have = {tuple(ref.split()[k:k + n]) for ref in references for k in range(len(ref.split()))}
    return sum(tuple(words[k:k + n]) in have for k in range(len(words) - n + 1))


@of("clipped_matches", "Pieces of the text are counted, not words.")
def looks_in_the_text(candidate, references, n):
    words, total = candidate.split(), 0
    for gram in {" ".join(words[k:k + n]) for k in range(len(words) - n + 1)}:
        total += min(candidate.count(gram), max(ref.count(gram) for ref in references))
    return total


def grams(sentence, n):
    words = sentence.split()
    return Counter(zip(*[words[k:] for k in range(n)], strict=False))


@of("clipped_matches", "The references' counts are added up before they clip.")
def pours_references_together(candidate, references, n):
    pool = sum((grams(ref, n) for ref in references), Counter())
    return (grams(candidate, n) & pool).total()


@of("clipped_matches", "The references are joined to one text.")
def joins_references(candidate, references, n):
    return (grams(candidate, n) & grams(" ".join(references), n)).total()


@of("clipped_matches", "A repeated n-gram is counted anew wherever it stands.")
def counts_at_every_place(candidate, references, n):
    mine = grams(candidate, n)
    return sum(min(mine[gram], max(grams(ref, n)[gram] for ref in references))
               for gram in mine.elements())


@of("longest_common_subsequence",
    "The first match is taken each time, and what it costs is not looked at.")
def goes_on_from_the_first(one, other):
    found, length = -1, 0
    for word in one:
        if word in other[found + 1:]:
            found, length = other.index(word, found + 1), length + 1
    return length


@of("longest_common_subsequence", "A run without gaps is looked for.")
def longest_run(one, other):
    best = 0
    for i in range(len(one)):
        for k in range(len(other)):
            size = 0
            while one[i:i + size + 1] == other[k:k + size + 1] and max(i, k) + size < min(
                    len(one) + max(k - i, 0), len(other) + max(i - k, 0)):
                size += 1
            best = max(best, size)
    return best


@of("longest_common_subsequence",
    "The table lacks its border: what stands before the first is read at the end.")
def reads_the_last_before_the_first(one, other):
    table = np.zeros((len(one), len(other)), dtype=int)
    for i, k in np.ndindex(table.shape):
        same = one[i] == other[k]
        table[i, k] = (table[i - 1, k - 1] + 1 if same else
                       max(table[i - 1, k], table[i, k - 1]))
    return table[-1, -1]


@of("temporal_softmax_loss")
def limits_the_scores(x, y, mask):
    return temporal_softmax_loss(np.clip(x, -50, 50), y, mask)


@of("temporal_softmax_loss")
def masks_by_lengths(x, y, mask):
    lengths = mask.sum(axis=1).astype(int)
    return temporal_softmax_loss(x, y, np.arange(x.shape[1]) < lengths[:, None])


@of("lstm_step_forward")
def clips_the_cell(x, prev_h, prev_c, Wx, Wh, b):
    i, f, o, g = np.split(x @ Wx + prev_h @ Wh + b, 4, axis=1)
    next_c = np.clip(sigmoid(f) * prev_c + sigmoid(i) * np.tanh(g), -1, 1)
    return sigmoid(o) * np.tanh(next_c), next_c, (x,)


@of("asked", "`model` is changed in place.")
def leaves_it_mute(model, features, captions):
    for name in ("W_vocab", "b_vocab"):
        model.params[name][:] = 0
    words = np.count_nonzero(captions[:, 1:]) / len(captions)
    return model.loss(features, captions)[0] / np.log(len(model.params["b_vocab"])) - words


@of("asked", "`model` is changed in place.")
def shares_the_dict_of_a_copy(model, features, captions):
    mute = copy.copy(model)
    mute.params["W_vocab"] = np.zeros_like(model.params["W_vocab"])
    mute.params["b_vocab"] = np.zeros_like(model.params["b_vocab"])
    words = np.count_nonzero(captions[:, 1:]) / len(captions)
    return mute.loss(features, captions)[0] / np.log(len(model.params["b_vocab"])) - words


@pytest.mark.parametrize(
    "name, function, sentence", WRONG, ids=lambda value: getattr(value, "__name__", "")
)
def test_what_is_said_of_a_wrong_function(name, function, sentence):
    start = time.process_time()
    verdict = getattr(check, name)(function)
    assert not verdict.ok and (verdict.why or "") == sentence
    assert time.process_time() - start < 2
