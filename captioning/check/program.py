"""A right function as named lines, and a mistake as another way to write one of them.

The checker runs the wrong lines on the inputs that the reader's function was given. The mistake
whose results equal the reader's is the one that was made. Since a slip replaces a single line,
two slips at once compose: both are put into the same program.
"""

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from captioning.gradcheck import gradient_error

TOLERANCE = 1e-7  # the book's criterion for a gradient


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
        From a generator and the sizes to a dict of inputs.
    lines : dict of str to callable
        The right function, line by line. A line takes inputs, sizes and earlier lines by name.
    mistakes : tuple of Mistake
    sizes : tuple of dict
        The sizes to try, the first with all sizes different.
    large : bool
        Whether to try inputs so large that exp overflows.
    cache : tuple of str
        What the book's cache holds, where the function is given one.
    forward : Exercise or None
        The exercise whose function makes that cache.
    """

    name: str
    arguments: tuple
    returns: tuple
    draw: callable
    lines: dict
    mistakes: tuple
    sizes: tuple
    large: bool = False
    cache: tuple = ()
    forward: object = None

    @property
    def inputs(self):
        """The names of the inputs."""
        return tuple(self.draw(np.random.default_rng(0), **self.sizes[0]))

    @property
    def graded(self):
        """The results that are compared."""
        return tuple(name for name in self.returns if name in self.lines)


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


def run(lines, inputs, slips=()):
    """Every value of the program, some of its lines replaced; a dict by name."""
    values, spoilt = dict(inputs), {slip.line: slip.function for slip in slips}
    for name, line in lines.items():
        wrong = spoilt.get(name)
        if wrong is None or "value" in _takes(wrong):
            values[name] = values["value"] = _apply(line, values)
        if wrong is not None:
            values[name] = _apply(wrong, values)
    return values


def same(one, other):
    """Whether two values are finite, of one shape and, up to rounding, equal in every entry."""
    one, other = np.asarray(one), np.asarray(other)
    if one.dtype.kind not in "fiub" or other.dtype.kind not in "fiub":
        return False
    if one.shape != other.shape or not (np.isfinite(one).all() and np.isfinite(other).all()):
        return False
    return one.size == 0 or gradient_error(one, other) < TOLERANCE


def diagnose(exercise, cases, results):
    """Find the mistakes that explain the reader's results.

    Parameters
    ----------
    exercise : Exercise
    cases : list of dict
        The right values by name, one dict for each call that returned.
    results : list of dict
        What the reader's function returned there, by name.

    Returns
    -------
    slips : list of Slip
    explained : set of str
        The wrong results that these slips explain.
    """
    pairs = list(zip(cases, results, strict=True))
    wrong = {name for name in exercise.graded if not all(same(r[name], c[name]) for c, r in pairs)}
    slips, left, right = [], wrong, set(exercise.graded) - wrong
    for candidates in (_singles, _pairs):
        with np.errstate(all="ignore"):
            explained = [(candidate, _explained(exercise, candidate, pairs, left, right))
                         for candidate in candidates(exercise, left)]
        left = _cover(explained, left, slips)
    return slips, wrong - left


def slips_of(mistakes):
    """Every way of making these mistakes."""
    return [Slip(mistake, line, way) for mistake in mistakes
            for line, ways in mistake.ways.items() for way in ways]


def _cover(explained, left, slips):
    """Take the candidate that explains most, again and again; append to slips, return the rest."""
    while left:
        best = max(explained, key=lambda pair: len(pair[1] & left), default=((), set()))
        if not best[1] & left:
            break
        slips += [slip for slip in best[0] if slip not in slips]
        left = left - best[1]
    return left


def _explained(exercise, slips, pairs, left, right):
    """Those of the results left that these slips reproduce; none if they spoil a right one."""
    explained = left
    for case, result in pairs:
        try:
            wrong = run(exercise.lines, case, slips)
        except (ValueError, IndexError, TypeError):  # the slip cannot run at these sizes
            return set()
        explained = {name for name in explained if same(wrong[name], result[name])}
        if not explained or not all(same(wrong[name], result[name]) for name in right):
            return set()
    return explained


def _singles(exercise, left):
    """One slip at a time, those that are likely first."""
    mistakes = (*exercise.mistakes, *_anywhere(exercise), *_confusions(exercise)) if left else ()
    return [(slip,) for slip in slips_of(mistakes)]


def _pairs(exercise, left):
    """Two slips at once, unless they sit in two results and have nothing to do with each other."""
    read = {name for line in exercise.lines.values() for name in _takes(line)} if left else set()
    slips = [slip for slip in slips_of((*exercise.mistakes, *_anywhere(exercise)))
             if slip.line in left or slip.line in read]
    for one, other in itertools.combinations(slips, 2):
        if one.line != other.line and (one.line in read or other.line in read):
            yield one, other


def _anywhere(exercise):
    """Mistakes that may happen to any result."""
    kinds = (
        ("The sign is turned in {lines}.", "Look for a minus too many or too few.",
         lambda value: -value),
        ("A transpose too many or too few in {lines}.",
         "The product is right but for its orientation.",
         lambda value: np.transpose(value)),
        ("Nothing but zeros in {lines}.", "It is made and never filled.",
         lambda value: np.zeros_like(value)),
    )
    for why, nudge, way in kinds:
        yield mistake(why, nudge, **dict.fromkeys(exercise.graded, way))
    for letter in exercise.sizes[0]:
        yield mistake(f"A factor too many or too few in {{lines}}: {letter}.",
                      "Each contribution counts once: add them up and neither divide nor repeat.",
                      **dict.fromkeys(exercise.graded, _scaled_by(letter)))


def _confusions(exercise):
    """The slips of returning another value under a result's name, or of adding one to it."""
    for name in (*exercise.inputs, *exercise.lines):
        others = [line for line in exercise.graded if line != name]
        yield mistake(f"The values of `{name}` come as {{lines}}.",
                      "Look at the names in that line and in the `return`.",
                      **dict.fromkeys(others, _taking(name, lambda other: other)))
        yield mistake(f"`{name}` is added to {{lines}}.",
                      "Look for a term too many.",
                      **dict.fromkeys(others, _taking(name, np.add, "value")))


def _scaled_by(letter):
    return (_taking(letter, np.multiply, "value"),
            _taking(letter, lambda size, value: value / size, "value"))


def _taking(name, function, *more):
    """A line that calls ``function`` with the values of these names."""
    def line(**values):
        return function(*(values[key] for key in line.takes))

    line.takes = (name, *more)
    return line


def _takes(function):
    code = function.__code__
    return getattr(function, "takes", None) or code.co_varnames[:code.co_argcount]


def _apply(function, values):
    return function(**{name: values[name] for name in _takes(function)})
