"""The vanilla recurrent network: one step (chapter 4) and the steps through time (chapter 5).

One step mixes what is read now with what is remembered and squashes the sum:
``h_t = tanh(x_t Wx + h_(t-1) Wh + b)``. The same three parameters serve every step, so that
their gradients add up over time.
"""

import numpy as np

from captioning.shapes import shapes


@shapes(x="N D", prev_h="N H", Wx="D H", Wh="H H", b="H")
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """One step of the network, eq-rnn-step.

    Parameters
    ----------
    x : ndarray of float, (N, D)
        The input of this step, a row for each of N sequences.
    prev_h : ndarray of float, (N, H)
        The hidden state before the step.
    Wx : ndarray of float, (D, H)
    Wh : ndarray of float, (H, H)
    b : ndarray of float, (H,)

    Returns
    -------
    next_h : ndarray, (N, H)
        The hidden state after the step.
    cache : tuple
        What `rnn_step_backward` needs.

    Raises
    ------
    ValueError
        An argument has the wrong type or shape.
    """
    a = x @ Wx + prev_h @ Wh + b  # (N, H)
    next_h = np.tanh(a)
    cache = (x, prev_h, Wx, Wh, next_h)
    return next_h, cache


STEP_CACHE = ("N D", "N H", "D H", "H H", "N H")


@shapes(cache=STEP_CACHE, dnext_h="N H")
def rnn_step_backward(dnext_h, cache):
    """Gradients of one step.

    Parameters
    ----------
    dnext_h : ndarray of float, (N, H)
        Gradient of the loss with respect to the step's result.
    cache : tuple
        From `rnn_step_forward`.

    Returns
    -------
    dx : ndarray, (N, D)
    dprev_h : ndarray, (N, H)
    dWx : ndarray, (D, H)
    dWh : ndarray, (H, H)
    db : ndarray, (H,)

    Raises
    ------
    ValueError
        An argument has the wrong type or shape.
    """
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h * next_h)  # tanh' from its output; eq-rnn-da
    dx = da @ Wx.T  # (N, D)  eq-rnn-dx
    dprev_h = da @ Wh.T  # (N, H)  eq-rnn-dprev-h
    dWx = x.T @ da  # (D, H)  eq-rnn-dWx
    dWh = prev_h.T @ da  # (H, H)  eq-rnn-dWh
    db = da.sum(axis=0)  # (H,)  eq-rnn-db
    return dx, dprev_h, dWx, dWh, db


@shapes(x="N T D", h0="N H", Wx="D H", Wh="H H", b="H")
def rnn_forward(x, h0, Wx, Wh, b):
    """The network over a whole sequence.

    Parameters
    ----------
    x : ndarray of float, (N, T, D)
        The inputs of T steps.
    h0 : ndarray of float, (N, H)
        The hidden state before the first step.
    Wx : ndarray of float, (D, H)
    Wh : ndarray of float, (H, H)
    b : ndarray of float, (H,)

    Returns
    -------
    h : ndarray, (N, T, H)
        The hidden state after each step.
    cache : tuple
        What `rnn_backward` needs.

    Raises
    ------
    ValueError
        An argument has the wrong type or shape.
    """
    N, T, _ = x.shape
    h = np.empty((N, T, Wh.shape[0]), dtype=np.result_type(x, h0, Wx, Wh, b))
    prev_h, caches = h0, []
    for t in range(T):
        prev_h, cache = rnn_step_forward(x[:, t], prev_h, Wx, Wh, b)  # (N, H)
        h[:, t] = prev_h
        caches.append(cache)
    return h, tuple(caches)


@shapes(cache=[STEP_CACHE], dh="N T H")
def rnn_backward(dh, cache):
    """Backpropagation through time.

    Parameters
    ----------
    dh : ndarray of float, (N, T, H)
        Gradient of the loss with respect to each hidden state, as its own scores send it; the
        part that comes back through the later states is added here.
    cache : tuple
        From `rnn_forward`.

    Returns
    -------
    dx : ndarray, (N, T, D)
    dh0 : ndarray, (N, H)
    dWx : ndarray, (D, H)
    dWh : ndarray, (H, H)
    db : ndarray, (H,)

    Raises
    ------
    ValueError
        An argument has the wrong type or shape.
    """
    N, T, _ = dh.shape
    x, prev_h, Wx, Wh, next_h = cache[0]
    dx = np.empty((N, T, x.shape[1]), dtype=next_h.dtype)
    dprev_h = np.zeros_like(prev_h)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(next_h[0])
    for t in reversed(range(T)):
        dh_t = dh[:, t] + dprev_h  # (N, H)  eq-bptt-meet
        dx[:, t], dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dh_t, cache[t])
        dWx += dWx_t  # every step's share; eq-bptt-shares
        dWh += dWh_t
        db += db_t
    return dx, dprev_h, dWx, dWh, db
