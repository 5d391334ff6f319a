"""Hold one result against the right one, and put the difference in words."""

import numpy as np

from captioning.check.program import same
from captioning.check.trouble import Finding
from captioning.check.verdict import SAYS_RIGHT

MISSING = object()  # in place of an entry that a dict lacks


def grade(value, right, sizes):
    """Compare a result with the right array.

    Parameters
    ----------
    value : object
        Whatever came.
    right : ndarray, number or list
    sizes : dict of str to int
        To name the axes by their letters.

    Returns
    -------
    Finding
        It says "right" where all is well. ``{lines}`` in its reason stands for the result's name.
    """
    if value is None:
        return Finding("still None", "Still None: {lines}.", "Something is to be written yet.")
    if value is MISSING:
        return Finding("missing", "Missing: {lines}.", "The dict has an entry for each.")
    if isinstance(right, list):
        return _grade_list(value, right)
    right = np.asarray(right)
    if not right.shape and _is_number(value):
        value = np.asarray(value)
    if type(value) is not np.ndarray:
        return _no_array(value, right, sizes)
    if value.dtype.kind not in "fiub":
        return _wrong_dtype(value, right)
    if value.shape != right.shape:
        return _wrong_shape(value, right, sizes)
    expected = value == right  # -inf is right where it is wanted
    if not (np.isfinite(value) | expected).all():
        return _not_finite(np.where(expected, 0, value))
    if not _fits(value.dtype, right.dtype) and _rounded(value, right):
        return _wrong_dtype(value, right)
    return Finding(SAYS_RIGHT) if same(value, right) else Finding(_difference(value, right))


def shape_of(value):
    """The shape of a result as text, its type where it has none."""
    if isinstance(value, np.ndarray):
        return str(value.shape)
    if isinstance(value, list):
        return f"list of {len(value)}"
    if value is MISSING:
        return ""
    return "number" if isinstance(value, float) else type(value).__name__


def _is_number(value):
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _fits(came, wanted):
    """Whether a dtype will do: any integers where integers are wanted, else the very dtype."""
    return came == wanted or (wanted.kind in "iu" and came.kind in "iu")


def _grade_list(value, right):
    if not isinstance(value, list | tuple):
        return Finding("wanted a list", f"{{lines}} is a {type(value).__name__} and not a list.",
                       "Wanted is a list.")
    if list(value) == right:
        return Finding(SAYS_RIGHT)
    if len(value) != len(right):
        return Finding(f"{len(value)} entries; right are {len(right)}")
    place = next(k for k, (a, b) in enumerate(zip(value, right, strict=True)) if a != b)
    return Finding(f"entry [{place}] is {str(value[place])[:30]}; right is {right[place]}")


def _no_array(value, right, sizes):
    kind = "a single number" if _is_number(value) else f"a {type(value).__name__}"
    if not right.shape:
        return Finding("wanted a number", f"{{lines}} is {kind}.", "Wanted is a single number.")
    return Finding(f"wanted an array of shape {right.shape}",
                   f"{{lines}} is {kind} and not an array.",
                   f"Wanted is an array of shape {_letters(right.shape, sizes)}.")


def _letters(shape, sizes):
    """The shape in letters where the sizes tell them apart, in numbers otherwise."""
    if not shape:
        return "a single number"
    known = {size: letter for letter, size in sizes.items()}
    if len(known) < len(sizes) or not set(shape) <= set(known):
        return str(shape)
    return str(tuple(known[size] for size in shape)).replace("'", "")


def _rounded(value, right):
    """Whether nothing but the dtype is wrong; with integers or booleans that is all we can say."""
    if value.dtype.kind != "f":
        return True
    return np.abs(value - right).max() <= 10 * np.finfo(value.dtype).eps * np.abs(right).max()


def _wrong_dtype(value, right):
    if right.dtype.kind in "iu":
        return Finding(f"dtype {value.dtype}; wanted integers",
                       f"Of dtype {value.dtype} and not of integers: {{lines}}.",
                       "An index is a whole number: look at the array made beforehand.")
    return Finding(f"dtype {value.dtype}; wanted {right.dtype}",
                   f"Of dtype {value.dtype}, not {right.dtype} as the inputs: {{lines}}.",
                   "Keep the dtype of the inputs: look for `astype`, `dtype=` or an array made "
                   "beforehand.")


def _wrong_shape(value, right, sizes):
    if value.size == right.size and same(value.astype(float).ravel(), right.ravel()):
        return Finding(f"right values; wanted shape {right.shape}",
                       f"{{lines}} has the right values in the shape {value.shape} instead of "
                       f"{right.shape}.",
                       f"Wanted is {_letters(right.shape, sizes)}. Look for `keepdims`, "
                       "`reshape` or an axis added by `None`.")
    return Finding(f"wanted shape {right.shape}",
                   f"{{lines}} has the shape {value.shape} instead of {right.shape}.",
                   f"Wanted is {_letters(right.shape, sizes)}.")


def _not_finite(value):
    nan = int(np.isnan(value).sum())
    bad = nan or int(np.isinf(value).sum())
    kind = "NaN" if nan else "infinite"
    return Finding(f"{kind} in {bad} of {value.size} entries", f"Not finite ({kind}): {{lines}}.",
                   "Look for a division by zero or an exp of something large.")


def _difference(value, right):
    """Name the entry that is farthest off; the first of several, so that rounding cannot choose."""
    with np.errstate(invalid="ignore"):
        off = np.where(value == right, 0, np.abs(value - right))  # both may be -inf
    place = tuple(int(k) for k in np.argwhere(off >= (1 - 1e-6) * off.max())[0])
    known = right[np.isfinite(right)]
    scale = np.abs(known).max(initial=0)
    if known.size == right.size > 1 and scale:
        factor = (value * right).sum() / max((right**2).sum(), np.finfo(float).tiny)
        if same(value, factor * right):
            return f"{_number(factor, 1)} times the right values"
    if off.max() < 0.01 * scale:  # three digits may not show it
        return "nearly right: off by less than 0.01 of its largest entry"
    index = f"entry [{', '.join(map(str, place))}] is " if place else ""
    came, wanted = _number(value[place], scale), _number(right[place], scale)
    return f"{index}{came}; right is {wanted}"


def _number(value, scale):
    """Three significant digits, rounding noise shown as 0."""
    return "0" if abs(value) < 1e-9 * scale else f"{value:.3g}"
