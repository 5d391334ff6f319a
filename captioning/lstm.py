"""The long short-term memory (Hochreiter and Schmidhuber 1997), chapter 13.

A second state, the cell c, is changed by addition alone: ``c_t = f * c_(t-1) + i * g``. Three
gates between 0 and 1 say what is forgotten, what is written and what is shown.
"""

import numpy as np

from captioning.shapes import shapes


def sigmoid(a):
    """Return 1 / (1 + exp(-a)), written with tanh, which cannot overflow: eq-lstm-sigmoid.

    Parameters
    ----------
    a : ndarray of float

    Returns
    -------
    ndarray, the shape of a
    """
    return 0.5 * (1 + np.tanh(0.5 * a))


@shapes(x="N D", prev_h="N H", prev_c="N H", Wx="D 4H", Wh="H 4H", b="4H")
def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """One step of an LSTM. The columns of Wx, Wh and b hold the gates in the order i, f, o, g.

    Parameters
    ----------
    x : ndarray of float, (N, D)
    prev_h, prev_c : ndarray of float, (N, H)
        The hidden state and the cell before the step.
    Wx : ndarray of float, (D, 4H)
    Wh : ndarray of float, (H, 4H)
    b : ndarray of float, (4H,)

    Returns
    -------
    next_h, next_c : ndarray, (N, H)
    cache : tuple
        What `lstm_step_backward` needs.

    Raises
    ------
    ValueError
        An argument has the wrong type or shape.
    """
    H = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b  # (N, 4H)
    gates = sigmoid(a[:, :3 * H])  # (N, 3H)
    i, f, o = gates[:, :H], gates[:, H:2 * H], gates[:, 2 * H:]  # (N, H)
    g = np.tanh(a[:, 3 * H:])  # (N, H)
    next_c = f * prev_c + i * g
    tanh_c = np.tanh(next_c)
    next_h = o * tanh_c
    cache = (x, prev_h, prev_c, Wx, Wh, i, f, o, g, tanh_c)
    return next_h, next_c, cache


STEP_CACHE = ("N D", "N H", "N H", "D 4H", "H 4H", "N H", "N H", "N H", "N H", "N H")


@shapes(cache=STEP_CACHE, dnext_h="N H", dnext_c="N H")
def lstm_step_backward(dnext_h, dnext_c, cache):
    """Gradients of one step of an LSTM.

    Parameters
    ----------
    dnext_h, dnext_c : ndarray of float, (N, H)
        Gradients of the loss with respect to the step's two results.
    cache : tuple
        From `lstm_step_forward`.

    Returns
    -------
    dx : ndarray, (N, D)
    dprev_h, dprev_c : ndarray, (N, H)
    dWx : ndarray, (D, 4H)
    dWh : ndarray, (H, 4H)
    db : ndarray, (4H,)

    Raises
    ------
    ValueError
        An argument has the wrong type or shape.
    """
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, tanh_c = cache
    do = dnext_h * tanh_c
    dc = dnext_c + dnext_h * o * (1 - tanh_c * tanh_c)  # the cell's two ways to the loss
    di, df, dg = dc * g, dc * prev_c, dc * i
    da = np.concatenate([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o),
                         dg * (1 - g * g)], axis=1)  # (N, 4H)
    dx = da @ Wx.T  # (N, D)  eq-lstm-dx
    dprev_h = da @ Wh.T  # (N, H)  eq-lstm-dprev-h
    dprev_c = dc * f  # eq-lstm-dprev-c
    dWx = x.T @ da  # (D, 4H)  eq-lstm-dWx
    dWh = prev_h.T @ da  # (H, 4H)  eq-lstm-dWh
    db = da.sum(axis=0)  # (4H,)  eq-lstm-db
    return dx, dprev_h, dprev_c, dWx, dWh, db


@shapes(x="N T D", h0="N H", Wx="D 4H", Wh="H 4H", b="4H")
def lstm_forward(x, h0, Wx, Wh, b):
    """An LSTM over a whole sequence; the cell starts at zero.

    Parameters
    ----------
    x : ndarray of float, (N, T, D)
    h0 : ndarray of float, (N, H)
    Wx : ndarray of float, (D, 4H)
    Wh : ndarray of float, (H, 4H)
    b : ndarray of float, (4H,)

    Returns
    -------
    h : ndarray, (N, T, H)
        The hidden state after each step.
    cache : tuple
        What `lstm_backward` needs.

    Raises
    ------
    ValueError
        An argument has the wrong type or shape.
    """
    N, T, _ = x.shape
    h = np.empty((N, T, Wh.shape[0]), dtype=np.result_type(x, h0, Wx, Wh, b))
    prev_h, prev_c, caches = h0, np.zeros_like(h0), []
    for t in range(T):
        prev_h, prev_c, cache = lstm_step_forward(
            x[:, t], prev_h, prev_c, Wx, Wh, b)  # (N, H)
        h[:, t] = prev_h
        caches.append(cache)
    return h, tuple(caches)


@shapes(cache=[STEP_CACHE], dh="N T H")
def lstm_backward(dh, cache):
    """Backpropagation through time for an LSTM.

    Parameters
    ----------
    dh : ndarray of float, (N, T, H)
        Gradient of the loss with respect to each hidden state, as its own word sends it.
    cache : tuple
        From `lstm_forward`.

    Returns
    -------
    dx : ndarray, (N, T, D)
    dh0 : ndarray, (N, H)
    dWx : ndarray, (D, 4H)
    dWh : ndarray, (H, 4H)
    db : ndarray, (4H,)

    Raises
    ------
    ValueError
        An argument has the wrong type or shape.
    """
    N, T, _ = dh.shape
    x, prev_h, prev_c, Wx, Wh, *_ = cache[0]
    dx = np.empty((N, T, x.shape[1]), dtype=np.result_type(x, Wx))
    dprev_h, dprev_c = np.zeros_like(prev_h), np.zeros_like(prev_c)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(Wh[0])
    for t in reversed(range(T)):
        dh_t = dh[:, t] + dprev_h  # (N, H)  eq-bptt-meet
        dx[:, t], dprev_h, dprev_c, dWx_t, dWh_t, db_t = lstm_step_backward(
            dh_t, dprev_c, cache[t])
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, dprev_h, dWx, dWh, db
