"""A convolution, forward and backward (chapter 10, Seeing).

The idea: lay the patch of pixels under every position of the kernel out as a row, and a
convolution is one matrix product. Backward is the two products of any affine layer; the gradient
of a pixel is the sum over all the patches that it was part of.

Pictures are N H W C, channels last: the numbers that a patch copies then lie side by side in
memory, and the product's result is the next layer's picture as it stands, without a transpose.
Kernels are K x K, K odd, with a border of (K - 1) / 2 zeros around the picture ("same" padding):
a stride of s makes a map of ceil(H / s) by ceil(W / s).
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from captioning.shapes import shapes


def picture_patches(x, size, stride):
    """Copy out the patch under every position of a kernel, as rows.

    Parameters
    ----------
    x : ndarray (N, H, W, C)
    size : int
        K, the kernel's height and width.
    stride : int
        The step from one position to the next, in pixels.

    Returns
    -------
    ndarray (N, P, Q, K*K*C)
        P = ceil(H / stride), Q = ceil(W / stride); the order inside a row is that of a kernel
        ``(K, K, C)``.
    """
    border = size // 2
    padded = np.pad(x, ((0, 0), (border, border), (border, border), (0, 0)))
    windows = sliding_window_view(padded, (size, size), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    N, P, Q, C = windows.shape[:4]
    return windows.transpose(0, 1, 2, 4, 5, 3).reshape(N, P, Q, size * size * C)


@shapes(x="N H W C", w="K K C M", b="M")
def conv_forward(x, w, b, stride=1):
    """Convolve pictures with M kernels.

    Parameters
    ----------
    x : ndarray (N, H, W, C)
        Pictures, channels last.
    w : ndarray (K, K, C, M)
        Kernels; K odd. As in all of deep learning they are not flipped.
    b : ndarray (M,)
    stride : int
        1 or more.

    Returns
    -------
    out : ndarray (N, P, Q, M)
        P = ceil(H / stride), Q = ceil(W / stride).
    cache : tuple
        What `conv_backward` needs.

    Raises
    ------
    ValueError
        Shapes that do not fit, an even kernel, a stride below 1.
    """
    _check_kernel(w, stride)
    patches = picture_patches(x, len(w), stride)  # (N, P, Q, K*K*C)
    N, P, Q, D = patches.shape
    rows = patches.reshape(N * P * Q, D) @ w.reshape(D, -1) + b  # (N*P*Q, M)  eq-conv-out
    out = rows.reshape(N, P, Q, -1)  # (N, P, Q, M)
    return out, (x.shape, patches, w, stride)


@shapes(cache=("", "N P Q D", "K K C M", ""), dout="N P Q M")
def conv_backward(dout, cache):
    """Gradients of `conv_forward`.

    Parameters
    ----------
    dout : ndarray (N, P, Q, M)
    cache : tuple

    Returns
    -------
    dx : ndarray (N, H, W, C)
    dw : ndarray (K, K, C, M)
    db : ndarray (M,)
    """
    dw, db = conv_backward_weights(dout, cache)
    (N, H, W, C), _, w, stride = cache
    K, P, Q, M = len(w), *dout.shape[1:]
    rows, border = dout.reshape(-1, M), K // 2  # (N*P*Q, M), ()
    padded = np.zeros((N, H + 2 * border, W + 2 * border, C), dout.dtype)
    for i, j in np.ndindex(K, K):
        # Kernel entry (i, j) read every stride-th pixel from (i, j) on.
        read = padded[:, i:i + stride * P:stride, j:j + stride * Q:stride]  # (N, P, Q, C)
        read += (rows @ w[i, j].T).reshape(N, P, Q, C)
    dx = padded[:, border:border + H, border:border + W]  # (N, H, W, C)  eq-conv-dx
    return dx, dw, db


def conv_backward_weights(dout, cache):
    """The last two results of `conv_backward`: all that a first layer needs.

    Nobody trains the pixels, and their gradient is the dearest of the three.

    Parameters
    ----------
    dout : ndarray of float, (N, P, Q, M)
    cache : tuple
        From `conv_forward`.

    Returns
    -------
    dw : ndarray, (K, K, C, M)
    db : ndarray, (M,)
    """
    _, patches, w, _ = cache
    rows = dout.reshape(-1, dout.shape[-1])  # (N*P*Q, M)
    columns = patches.reshape(len(rows), -1).T  # (K*K*C, N*P*Q)
    dw = (columns @ rows).reshape(w.shape)  # (K, K, C, M)  eq-conv-dw
    db = rows.sum(axis=0)  # (M,)  eq-conv-db
    return dw, db


@shapes(x="*D")
def relu_forward(x):
    """Keep what is positive: ``max(x, 0)``.

    Parameters
    ----------
    x : ndarray of float

    Returns
    -------
    out : ndarray, the shape of x
    cache : ndarray
        What `relu_backward` needs.

    Raises
    ------
    ValueError
        x is no array of floats.
    """
    out = np.maximum(x, 0)
    return out, out


@shapes(dout="*D", cache="*D")
def relu_backward(dout, cache):
    """Gradient of `relu_forward`: it passes where the output was positive.

    Parameters
    ----------
    dout : ndarray of float, the shape of out
    cache : ndarray
        From `relu_forward`.

    Returns
    -------
    dx : ndarray, the shape of dout

    Raises
    ------
    ValueError
        An argument has the wrong type or shape.
    """
    return dout * (cache > 0)


def _check_kernel(w, stride):
    if w.shape[0] != w.shape[1] or len(w) % 2 == 0:
        raise ValueError(f"conv_forward: w has shape {w.shape}; wanted (K, K, C, M) with an odd "
                         "K, since the border of zeros is (K - 1) / 2 wide")
    if not isinstance(stride, int) or stride < 1:
        raise ValueError(f"conv_forward: stride is {stride!r}; wanted an integer of 1 or more")
