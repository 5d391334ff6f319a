"""Hold one result against the right one, and put the difference in words."""

import numpy as np

from captioning.check.program import same
from captioning.check.trouble import Finding
from captioning.check.verdict import SAYS_RIGHT


def grade(name, value, right):
    """Compare a result with the right array.

    Parameters
    ----------
    name : str
    value : object
        Whatever came.
    right : ndarray of float64

    Returns
    -------
    Finding
        It says "right" where all is well.
    """
    if value is None:
        return Finding("still None", f"`{name}` is still None.", "One line is to be written yet.")
    if type(value) is not np.ndarray:
        return _no_array(name, value, right)
    if value.dtype.kind not in "fiub":
        return _wrong_dtype(name, value, right)
    if value.shape != right.shape:
        return _wrong_shape(name, value, right)
    if not np.isfinite(value).all():
        return _not_finite(name, value)
    close = np.abs(value - right).max() <= 1e-5 * np.abs(right).max()
    if value.dtype != right.dtype and (close or value.dtype.kind != "f"):
        return _wrong_dtype(name, value, right)
    return Finding(SAYS_RIGHT) if same(value, right) else Finding(_difference(value, right))


def shape_of(value):
    """The shape of a result as text, its type where it has none."""
    return str(value.shape) if isinstance(value, np.ndarray) else type(value).__name__


def _no_array(name, value, right):
    number = np.isscalar(value)
    kind = "a single number" if number else f"a {type(value).__name__}"
    return Finding(f"{kind}; wanted an array of shape {right.shape}",
                   f"`{name}` is {kind} and not an array.",
                   f"Wanted is an array of shape {right.shape}.")


def _wrong_dtype(name, value, right):
    return Finding(f"dtype {value.dtype}; wanted {right.dtype}",
                   f"`{name}` is {value.dtype} where the inputs are {right.dtype}.",
                   "Keep the dtype of the inputs: look for `astype`, `dtype=` or an array made "
                   "beforehand.")


def _wrong_shape(name, value, right):
    if value.size == right.size and same(value.astype(float).ravel(), right.ravel()):
        return Finding(f"right values; wanted shape {right.shape}",
                       f"`{name}` has the right values in the wrong shape, {value.shape} "
                       f"instead of {right.shape}.",
                       "Look for `keepdims`, `reshape` or a `None` too many in an index.")
    return Finding(f"wanted shape {right.shape}")


def _not_finite(name, value):
    nan = int(np.isnan(value).sum())
    bad = nan or int(np.isinf(value).sum())
    kind = "NaN" if nan else "infinite"
    return Finding(f"{kind} in {bad} of {value.size} entries", f"`{name}` is not finite: {kind}.",
                   "Look for a division by zero or an exp of something large.")


def _difference(value, right):
    """Name the entry that is farthest off; the first of several, so that rounding cannot choose."""
    off = np.abs(value - right)
    place = tuple(int(k) for k in np.argwhere(off >= (1 - 1e-6) * off.max())[0])
    scale = np.abs(right).max()
    if off.max() < 1e-4 * scale:
        return "nearly right: off by less than 0.0001 of its largest entry"
    index = ", ".join(map(str, place))
    return f"[{index}] is {_number(value[place], scale)}; right is {_number(right[place], scale)}"


def _number(value, scale):
    """Three significant digits, rounding noise shown as 0."""
    return "0" if abs(value) < 1e-9 * scale else f"{value:.3g}"
