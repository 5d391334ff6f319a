"""Hold a derived gradient against a measured one (chapter 4 and the page on gradient checking).

A central difference costs two evaluations for every number that it checks. It is slow, it needs
no derivation, and so it is the judge of those that were derived.
"""

import numpy as np


def eval_numerical_gradient(f, x, h=1e-4):
    """Gradient of a scalar function by central differences.

    Parameters
    ----------
    f : callable
        From x to a number. It must not keep or change x.
    x : ndarray of float64
        Nudged in place one entry at a time, and restored.
    h : float
        The nudge. The error of the method is of order h**2, that of rounding of order 1e-16 / h.

    Returns
    -------
    grad : ndarray, the shape of x

    Raises
    ------
    ValueError
        x is not float64.
    """
    return eval_numerical_gradient_array(lambda values: np.float64(f(values)), x, np.float64(1), h)


def eval_numerical_gradient_array(f, x, df, h=1e-4):
    """Gradient of ``sum(f(x) * df)`` by central differences.

    Parameters
    ----------
    f : callable
        From x to an array. It must not keep or change x.
    x : ndarray of float64
        Nudged in place one entry at a time, and restored.
    df : ndarray
        The upstream gradient, in the shape of f(x).
    h : float
        The nudge.

    Returns
    -------
    grad : ndarray, the shape of x

    Raises
    ------
    ValueError
        x is not float64 (in float32 rounding drowns the difference), or df has another shape
        than f(x).
    """
    check_measurable(f, x, df)
    grad = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        kept = x[place]
        x[place] = kept + h
        above = f(x).copy()
        x[place] = kept - h
        below = f(x).copy()
        x[place] = kept
        grad[place] = np.sum((above - below) * df) / (2 * h)
    return grad


def check_measurable(f, x, df):
    """Raise ValueError unless x is float64 and df has the shape of f(x)."""
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        came = f"dtype {x.dtype}" if isinstance(x, np.ndarray) else type(x).__name__
        raise ValueError(f"x is {came}; wanted an array of float64")
    if np.shape(df) != np.shape(f(x)):
        raise ValueError(f"df has shape {np.shape(df)}; wanted that of f(x), {np.shape(f(x))}")


def gradient_error(analytic, numeric):
    """Greatest difference, as a share of the greatest entry: the book asks for less than 1e-7.

    Parameters
    ----------
    analytic, numeric : ndarray of one shape

    Returns
    -------
    float
        ``max|analytic - numeric| / max(|analytic|, |numeric|)``, the largest entries of the two
        arrays; 0 where both are zero.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    analytic, numeric = np.asarray(analytic), np.asarray(numeric)
    if analytic.shape != numeric.shape:
        raise ValueError(f"analytic has shape {analytic.shape}; wanted that of numeric, "
                         f"{numeric.shape}")
    greatest = max(np.abs(analytic).max(), np.abs(numeric).max())
    return float(np.abs(analytic - numeric).max() / greatest) if greatest else 0.0


def rel_error(x, y):
    """Greatest relative error of an entry, in the form that CS231n uses.

    One tiny entry can make it large, however good the others are; `gradient_error` is the book's
    criterion.

    Parameters
    ----------
    x, y : ndarray of one shape

    Returns
    -------
    float
        The greatest ``|x - y| / max(1e-8, |x| + |y|)``.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    if np.shape(x) != np.shape(y):
        raise ValueError(f"x has shape {np.shape(x)}; wanted that of y, {np.shape(y)}")
    return np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)))
