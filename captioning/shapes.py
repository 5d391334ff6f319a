"""Check arrays where a reader's code meets the book's: one decorator, one clear sentence.

``@shapes(x="N D", Wx="D H")`` says that ``x`` has two axes and that its second is as long as
the first of ``Wx``. A letter takes its value from the first argument that uses it. The functions
themselves stay the few lines that a chapter derives.
"""

import functools
import inspect
import math

import numpy as np

KINDS = {"float": "f", "int": "iu", "mask": "biuf"}


def shapes(**specs):
    """Check the named arguments of a function at every call.

    Parameters
    ----------
    **specs : str or tuple of str
        For each argument its axes, as letters or numbers: ``"N D"``, ``"4H"``. ``*D`` stands for
        all remaining axes, D their product. ``int`` or ``mask`` at the end asks for
        integers, or for booleans or numbers, instead of floats; ``<V`` asks for integers from 0
        to V - 1; ``=w`` asks for floats in the shape of the argument w. A tuple describes a
        tuple of arrays; a list of one tuple, T such tuples, one a step; an empty text, anything.

    Returns
    -------
    callable
        The decorator. A decorated function raises ValueError naming the argument, what came and
        what was wanted.
    """

    def decorate(function):
        signature = inspect.signature(function)

        @functools.wraps(function)
        def checked(*args, **kwargs):
            arguments = signature.bind(*args, **kwargs).arguments
            check_arguments(function.__name__, specs, arguments)
            return function(*args, **kwargs)

        return checked

    return decorate


def check_arguments(where, specs, arguments):
    """Check ``arguments`` against ``specs``; sizes first, then indices, which need the sizes."""
    sizes, indices = {}, []
    for name, spec in specs.items():
        for label, text, array in _arrays(where, name, spec, arguments[name], sizes):
            if text:
                _check_array(f"{where}: {label}", label, text, array, sizes, indices)
    for label, array, letter in indices:
        check_indices(label, array, sizes[letter][0], letter)


def check_indices(label, array, size, letter="V"):
    """Raise ValueError unless every entry of ``array`` lies in 0 .. size - 1."""
    wrong = (array < 0) | (array >= size)
    if wrong.any():
        place = tuple(int(k) for k in np.argwhere(wrong)[0])
        raise ValueError(f"{label}[{', '.join(map(str, place))}] is {array[place]}; wanted an "
                         f"index from 0 to {size - 1}, since {letter} = {size}")


def check_whole(name, value, least=1, most=None):
    """Raise ValueError unless ``value`` is a whole number from ``least`` to ``most``."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < least or (most is not None and value > most):
        wanted = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} is {value!r}; wanted a whole number {wanted}")


def _arrays(where, name, spec, value, sizes):
    """List label, text and array of whatever a spec describes."""
    if isinstance(spec, str):
        return [(name, spec, value)]
    if isinstance(spec, list):
        if not isinstance(value, tuple) or not value:
            came = "an empty tuple" if isinstance(value, tuple) else _type(value)
            raise ValueError(f"{where}: {name} is {came}; wanted the tuple that the forward "
                             "function returned")
        sizes["T"] = (len(value), name)
        return [triple for t, step in enumerate(value)
                for triple in _arrays(where, f"{name}[{t}]", spec[0], step, sizes)]
    _check_tuple(where, name, spec, value)
    return [(f"{name}[{k}]", text, value[k]) for k, text in enumerate(spec)]


def _type(value):
    return type(value).__name__


def _check_tuple(where, name, spec, value):
    if not isinstance(value, tuple) or len(value) != len(spec):
        came = f"a tuple of {len(value)}" if isinstance(value, tuple) else _type(value)
        raise ValueError(f"{where}: {name} is {came}; wanted the tuple of {len(spec)} that the "
                         "forward function returned")


def _check_array(label, name, text, array, sizes, indices):
    if text.startswith("="):
        text = " ".join(map(str, sizes["=" + text[1:]]))
    axes, kind, below = _parse(text)
    wanted = f"a NumPy array of {'numbers' if kind == 'mask' else kind + 's'}"
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{label} is {_type(array)}; wanted {wanted}")
    if array.dtype.kind not in KINDS[kind]:
        raise ValueError(f"{label} has dtype {array.dtype}; wanted {wanted}")
    shape = array.shape
    if axes[-1].startswith("*") and array.ndim >= len(axes):
        shape = shape[:len(axes) - 1] + (math.prod(shape[len(axes) - 1:]),)
    if len(shape) != len(axes) or 0 in shape or not _fits(axes, shape, sizes):
        raise ValueError(f"{label} has shape {array.shape}; wanted {_describe(axes, sizes)}")
    sizes["=" + name] = array.shape
    for axis, size in zip(axes, shape, strict=True):
        sizes.setdefault(axis.lstrip("*"), (size, name))
    if below:
        indices.append((label, array, below))


def _parse(text):
    """``"N T <V"`` -> (["N", "T"], "int", "V")."""
    *axes, last = text.split()
    if last in KINDS:
        return axes, last, None
    if last.startswith("<"):
        return axes, "int", last[1:]
    return [*axes, last], "float", None


def _size(axis, sizes):
    """The number that an axis must have, or None where its letter is not bound yet."""
    factor = axis[:-1] if axis[:-1].isdigit() else "1"
    if axis.isdigit():
        return int(axis)
    letter = axis.lstrip("*0123456789")
    return int(factor) * sizes[letter][0] if letter in sizes else None


def _fits(axes, shape, sizes):
    return all(_size(axis, sizes) in (None, size) for axis, size in zip(axes, shape, strict=True))


def _describe(axes, sizes):
    letters = [axis.lstrip("*") for axis in axes]
    if all(map(str.isdigit, letters)):
        return f"({', '.join(letters)}{',' if len(letters) == 1 else ''})"
    text = f"({', '.join(letters)}{',' if len(letters) == 1 else ''})"
    known = {letter.lstrip("0123456789"): sizes.get(letter.lstrip("0123456789"))
             for letter in letters}
    reasons = [f"{k} = {v[0]} from {v[1]}" for k, v in known.items() if v]
    return text + (f" with {', '.join(reasons)}" if reasons else " with every size at least 1")
