"""A right function as named lines, and a mistake as another way to write one of them.

The checker runs the wrong lines on the inputs that the reader's function was given. The mistake
whose results equal the reader's is the one that was made. Since a slip replaces a single line,
two slips at once compose: both are put into the same program.
"""

import functools
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from captioning.gradcheck import gradient_error

TOLERANCE = 1e-7  # the book's criterion for a gradient
ROUNDING = 1e-14  # what is 0 may come out as this


@dataclass(frozen=True)
class Exercise:
    """A function that a reader is asked to write.

    Attributes
    ----------
    name : str
    arguments : tuple of str
        What the function is called with: names of inputs or lines.
    returns : tuple of str
        What it returns. A name that is no line ("cache") may be anything but None.
    draw : callable
        From a generator and the sizes to a dict of inputs: arrays, numbers, texts, lists.
    lines : dict of str to callable
        The right function, line by line. A line takes inputs, sizes and earlier lines by name and
        changes none of them. One whose name begins with ``_`` is no name that a reader would use.
    mistakes : tuple of Mistake
    sizes : tuple of dict
        The sizes to try, the first with all sizes different.
    large : bool
        Whether to try inputs so large that exp overflows.
    cache : tuple of str, or str
        What the book's cache holds, where the function is given one; or the line that is it.
    cache_says : str
        The cache in words, where a line makes it.
    forward : Exercise or None
        The exercise whose function makes that cache.
    keys : dict of str to dict
        For each result that is a dict, its keys and the line that makes each entry.
    made : dict of str to callable
        Arguments that the reader's function has a share in making: from it and the values so far.
    nudge : str
        What to say where the function is right at some of the sizes only.
    put_back : str
        What to say where an argument that may change meanwhile is not as it was.
    """

    name: str
    arguments: tuple
    returns: tuple
    draw: callable
    lines: dict
    mistakes: tuple
    sizes: tuple
    large: bool = False
    cache: tuple | str = ()
    cache_says: str = ""
    forward: object = None
    keys: dict = field(default_factory=dict)
    made: dict = field(default_factory=dict)
    nudge: str = ("Every size may differ, and a batch may have any number of rows: take sizes "
                  "from the shapes of the arguments.")
    put_back: str = ""

    @property
    def inputs(self):
        """The names of the inputs."""
        return tuple(self.draw(np.random.default_rng(0), **self.sizes[0]))

    @property
    def graded(self):
        """The results that are compared, the entries of a dict each by itself."""
        names = [name for result in self.returns
                 for name in self.keys.get(result, {result: result}).values()]
        return tuple(name for name in names if name in self.lines)

    def label(self, name):
        """What a reader calls a result."""
        return {line: f'{result}["{key}"]' for result, keys in self.keys.items()
                for key, line in keys.items()}.get(name, name)


@dataclass(frozen=True, eq=False)
class Mistake:
    """A usual mistake: its sentence, a nudge to the cure, and the lines that it may spoil.

    ``{lines}`` in the sentence stands for the lines found spoilt.
    """

    why: str
    nudge: str
    ways: dict


class Slip(NamedTuple):
    """A mistake in one line."""

    mistake: Mistake
    line: str
    function: callable


def mistake(why, nudge, **ways):
    """Describe a mistake.

    Parameters
    ----------
    why, nudge : str
    **ways : callable or tuple of callable
        For each line that it may spoil, the wrong line. It takes values by name, as a line does;
        ``value`` is what the right line gives.
    """
    listed = {line: way if isinstance(way, tuple) else (way,) for line, way in ways.items()}
    return Mistake(why, nudge, listed)


def slips_of(mistakes):
    """Every way of making these mistakes."""
    return [Slip(mistake, line, way) for mistake in mistakes
            for line, ways in mistake.ways.items() for way in ways]


def run(lines, values, slips=()):
    """Every value of the program, some of its lines replaced; a dict by name.

    A line whose value is there already is run again only if something that it takes has changed.
    """
    values, spoilt, changed = dict(values), {slip.line: slip.function for slip in slips}, set()
    for name, line in lines.items():
        wrong = spoilt.get(name)
        known = name in values and changed.isdisjoint(takes(line))
        if known and wrong is None:
            continue
        if not known and (wrong is None or "value" in takes(wrong)):
            values[name] = apply(line, values)
        if wrong is not None:
            values["value"] = values.get(name)
            values[name] = apply(wrong, values)
        changed.add(name)
    return values


@functools.lru_cache(maxsize=4096)
def takes(function):
    """The names of the values that a line takes."""
    code = function.__code__
    return getattr(function, "takes", None) or code.co_varnames[:code.co_argcount]


def apply(function, values):
    """Run a line."""
    return function(**{name: values[name] for name in takes(function)})


def same(one, other):
    """Whether two values are of one shape and, up to rounding, equal in every entry.

    Lists are the same if they are equal. What is not finite must be alike in both.
    """
    if isinstance(other, list):
        return isinstance(one, list | tuple) and list(one) == other
    try:
        one, other = np.asarray(one), np.asarray(other)
    except ValueError:  # a tuple of this and that
        return False
    if one.dtype.kind not in "fiub" or other.dtype.kind not in "fiub":
        return False
    if one.shape != other.shape:
        return False
    one, other = one.astype(float), other.astype(float)
    finite = np.isfinite(one)
    if not finite.all():
        if not np.array_equal(one[~finite], other[~finite], equal_nan=True):
            return False
        one, other = one[finite], other[finite]
    if one.size == 0:
        return True
    near = np.isfinite(other).all() and (gradient_error(one, other) < TOLERANCE
                                         or np.abs(one - other).max() < ROUNDING)
    return bool(near)
