"""The layers around the recurrence: words in (chapter 6), scores and loss out (chapter 7).

Dropout, which may stand between any two of them, is in chapter 8.
"""

import numpy as np

from captioning.shapes import shapes


@shapes(W="V E", x="N T <V")
def word_embedding_forward(x, W):
    """Look up the vector of each word.

    Parameters
    ----------
    x : ndarray of int, (N, T)
        Word indices from 0 to V - 1.
    W : ndarray of float, (V, E)
        A row for each word of the vocabulary.

    Returns
    -------
    out : ndarray, (N, T, E)
    cache : tuple
        What `word_embedding_backward` needs.

    Raises
    ------
    ValueError
        An argument has the wrong type or shape, or an index is out of range.
    """
    out = W[x]  # (N, T, E)
    cache = (x, W)
    return out, cache


@shapes(cache=("N T int", "V E"), dout="N T E")
def word_embedding_backward(dout, cache):
    """Gradient of the word vectors: every use of a word adds to its row.

    Parameters
    ----------
    dout : ndarray of float, (N, T, E)
    cache : tuple
        From `word_embedding_forward`.

    Returns
    -------
    dW : ndarray, (V, E)

    Raises
    ------
    ValueError
        An argument has the wrong type or shape.
    """
    x, W = cache
    dW = np.zeros_like(W)
    # `dW[x] += dout` would keep one use of a repeated word and lose the others.
    np.add.at(dW, x, dout)  # (V, E)  eq-embed-dW
    return dW


@shapes(x="N *D", w="D M", b="M")
def affine_forward(x, w, b):
    """Multiply by a matrix and add a bias.

    Parameters
    ----------
    x : ndarray of float, (N, D) or (N, d1, ..., dk) with d1 ... dk = D
    w : ndarray of float, (D, M)
    b : ndarray of float, (M,)

    Returns
    -------
    out : ndarray, (N, M)
    cache : tuple
        What `affine_backward` needs.

    Raises
    ------
    ValueError
        An argument has the wrong type or shape.
    """
    out = x.reshape(len(x), -1) @ w + b  # (N, M)
    cache = (x, w)
    return out, cache


@shapes(cache=("N *D", "D M"), dout="N M")
def affine_backward(dout, cache):
    """Gradients of `affine_forward`.

    Parameters
    ----------
    dout : ndarray of float, (N, M)
    cache : tuple
        From `affine_forward`.

    Returns
    -------
    dx : ndarray, the shape of x
    dw : ndarray, (D, M)
    db : ndarray, (M,)

    Raises
    ------
    ValueError
        An argument has the wrong type or shape.
    """
    x, w = cache
    dx = (dout @ w.T).reshape(x.shape)  # eq-affine-dx
    dw = x.reshape(len(x), -1).T @ dout  # (D, M)  eq-affine-dw
    db = dout.sum(axis=0)  # (M,)  eq-affine-db
    return dx, dw, db


@shapes(x="N T D", w="D M", b="M")
def temporal_affine_forward(x, w, b):
    """Apply the same affine map at every time step.

    Parameters
    ----------
    x : ndarray of float, (N, T, D)
    w : ndarray of float, (D, M)
    b : ndarray of float, (M,)

    Returns
    -------
    out : ndarray, (N, T, M)
    cache : tuple
        What `temporal_affine_backward` needs.

    Raises
    ------
    ValueError
        An argument has the wrong type or shape.
    """
    N, T, D = x.shape
    out = (x.reshape(N * T, D) @ w + b).reshape(N, T, -1)  # (N, T, M)
    cache = (x, w)
    return out, cache


@shapes(cache=("N T D", "D M"), dout="N T M")
def temporal_affine_backward(dout, cache):
    """Gradients of `temporal_affine_forward`; those of w and b add up over time.

    Parameters
    ----------
    dout : ndarray of float, (N, T, M)
    cache : tuple
        From `temporal_affine_forward`.

    Returns
    -------
    dx : ndarray, (N, T, D)
    dw : ndarray, (D, M)
    db : ndarray, (M,)

    Raises
    ------
    ValueError
        An argument has the wrong type or shape.
    """
    x, w = cache
    N, T, D = x.shape
    rows = dout.reshape(N * T, -1)  # (N*T, M)
    dx = (rows @ w.T).reshape(N, T, D)  # (N, T, D)  eq-temporal-affine-dx
    dw = x.reshape(N * T, D).T @ rows  # (D, M)  eq-temporal-affine-dw
    db = rows.sum(axis=0)  # (M,)  eq-temporal-affine-db
    return dx, dw, db


@shapes(x="*K")
def log_softmax(x):
    """Logarithm of the softmax over the last axis, finite for any finite scores.

    The greatest score is taken off first: exp never overflows, and the sum is at least 1, so its
    logarithm is never that of zero.

    Parameters
    ----------
    x : ndarray of float, (..., V)

    Returns
    -------
    ndarray, (..., V)
    """
    shifted = x - x.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@shapes(x="N T V", y="N T <V", mask="N T mask")
def temporal_softmax_loss(x, y, mask):
    """Cross-entropy of the right words: summed over time, averaged over the batch.

    Parameters
    ----------
    x : ndarray of float, (N, T, V)
        Scores of every word at every step.
    y : ndarray of int, (N, T)
        The right words, from 0 to V - 1.
    mask : ndarray of bool or float, (N, T)
        The weight of each position; False or 0 where nothing is to be said.

    Returns
    -------
    loss : float
    dx : ndarray, (N, T, V)

    Raises
    ------
    ValueError
        An argument has the wrong type or shape, or an index is out of range.
    """
    N, T, _ = x.shape
    n, t = np.ogrid[:N, :T]
    log_probs = log_softmax(x)  # (N, T, V)
    weight = mask.astype(x.dtype) / N
    loss = float(-np.sum(weight * log_probs[n, t, y]))
    dx = np.exp(log_probs)
    dx[n, t, y] -= 1
    dx *= weight[:, :, None]  # (N, T, V)  eq-softmax-dx
    return loss, dx


@shapes(x="*K")
def dropout_forward(x, p, rng):
    """Set a share p of the entries to zero and scale the others up (Srivastava et al. 2014).

    Parameters
    ----------
    x : ndarray of float
    p : float
        From 0, which keeps everything, to less than 1.
    rng : numpy.random.Generator
        Not needed to keep everything.

    Returns
    -------
    out : ndarray, the shape of x
        Its expectation is x, so that nothing needs to change when the network speaks.
    cache : ndarray
        The factor of each entry.

    Raises
    ------
    ValueError
        An argument has the wrong type or shape, or p is not a share.
    """
    check_dropout("dropout_forward", "p", p, rng)
    if p == 0:
        return x, np.broadcast_to(x.dtype.type(1), x.shape)
    mask = rng.random(x.shape, dtype=np.float32) >= p
    factor = mask.astype(x.dtype) / x.dtype.type(1 - p)
    out = x * factor  # eq-model-dropout
    return out, factor


@shapes(cache="*K", dout="=cache")
def dropout_backward(dout, cache):
    """Gradient of `dropout_forward`: what was dropped gets none.

    Parameters
    ----------
    dout : ndarray of float, the shape of out
    cache : ndarray
        From `dropout_forward`.

    Returns
    -------
    dx : ndarray, the shape of x

    Raises
    ------
    ValueError
        An argument has the wrong type or shape.
    """
    dx = dout * cache  # eq-model-dropout-dx
    return dx


def check_dropout(where, name, share, rng):
    """Raise ValueError unless ``share`` of the entries can be dropped by ``rng``."""
    if not isinstance(share, int | float | np.number) or not 0 <= share < 1:
        raise ValueError(f"{where}: {name} is {share!r}; wanted a share, 0 <= {name} < 1")
    if share and not isinstance(rng, np.random.Generator):
        raise ValueError(f"{where}: rng is {type(rng).__name__}; wanted a numpy.random.Generator")
