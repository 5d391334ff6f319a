"""Find the usual mistakes whose results equal the reader's: one slip at a time, then two."""

import itertools
import time

import numpy as np

from captioning.check.program import mistake, run, same, slips_of, takes

SECONDS = 1.0  # of computing, before the search for two slips at once is given up


def diagnose(exercise, cases, results):
    """Find the mistakes that explain the reader's results.

    Parameters
    ----------
    exercise : Exercise
    cases : list of dict
        The right values by name, one dict for each call that returned.
    results : list of dict
        What the reader's function returned there, by name; None where that is no numbers.

    Returns
    -------
    slips : list of Slip
    explained : set of str
        The wrong results that these slips explain.
    """
    pairs = list(zip(cases, results, strict=True))
    wrong = {name for name in exercise.graded if not all(same(r[name], c[name]) for c, r in pairs)}
    missing = {name for name in wrong if any(result[name] is None for result in results)}
    slips, settled, left = [], set(exercise.graded) - wrong, wrong - missing
    end = time.process_time() + SECONDS
    for candidates in (_singles, _pairs):
        explained = []
        with np.errstate(all="ignore"):
            for candidate in candidates(exercise, left, end):
                found = _explained(exercise, candidate, pairs, left, settled)
                explained.append((candidate, *found))
                if explained[-1][1] == left:  # none can do better
                    break
        rest = _cover(explained, left, slips)
        settled, left = settled | (left - rest), rest
    return slips, wrong - missing - left


def _cover(explained, left, slips):
    """Take the candidate that explains most, again and again; append to slips, return the rest.

    Of two that explain as much, one that would have spoilt no more is taken.
    """
    while left:
        best = max(explained, key=lambda found: (len(found[1] & left), found[2]),
                   default=((), set(), False))
        if not best[1] & left:
            break
        slips += [slip for slip in best[0] if slip not in slips]
        left = left - best[1]
    return left


def _explained(exercise, slips, pairs, left, settled):
    """Those of the results left that these slips reproduce, and whether that is all they spoil.

    None if they spoil one that is settled, be it right or explained, in another way.
    """
    explained, all_spoilt = left, set()
    for case, result in pairs:
        try:
            wrong = run(exercise.lines, case, slips)
        except Exception:  # the slip cannot run at these sizes
            return set(), False
        explained = {name for name in explained if same(result[name], wrong[name])}
        spoilt = {name for name in exercise.graded if wrong[name] is not case[name]}
        if not explained or not all(same(result[name], wrong[name]) for name in spoilt & settled):
            return set(), False
        all_spoilt |= spoilt
    return explained, not (all_spoilt & left) - explained


def _singles(exercise, left, end):
    """One slip at a time, those that are likely first."""
    mistakes = (*exercise.mistakes, *_anywhere(exercise), *_confusions(exercise)) if left else ()
    return [(slip,) for slip in slips_of(mistakes)]


def _pairs(exercise, left, end):
    """Two slips at once, unless they sit in two results and have nothing to do with each other.

    Of a mistake that has many ways only the first few are tried.
    """
    read = {name for line in exercise.lines.values() for name in takes(line)} if left else set()
    slips = [slip for slip in slips_of((*exercise.mistakes, *_anywhere(exercise, "NT")))
             if (slip.line in left or slip.line in read)
             and slip.function in slip.mistake.ways[slip.line][:4]]
    for one, other in itertools.combinations(slips, 2):
        if time.process_time() > end:
            return
        if one.line != other.line and (one.line in read or other.line in read):
            yield one, other


def _anywhere(exercise, letters=None):
    """Mistakes that may happen to any result; ``letters`` are the sizes that may be a factor."""
    kinds = (
        ("The sign is turned in {lines}.", "Look for a minus too many or too few.",
         lambda value: -value),
        ("A transpose too many or too few in {lines}.",
         "The product is right but for its orientation.",
         lambda value: np.transpose(value)),
        ("A result in {lines} is reshaped where it should be transposed.",
         "`reshape` keeps the order of the numbers and breaks it into other rows.",
         lambda value: np.transpose(value).reshape(np.shape(value))),
        ("Nothing but zeros in {lines}.", "It is made and never filled.",
         lambda value: np.zeros_like(value)),
    )
    for why, nudge, way in kinds:
        yield mistake(why, nudge, **dict.fromkeys(exercise.graded, way))
    for letter in (name for name in exercise.sizes[0] if len(name) == 1 and (
            letters is None or name in letters)):
        yield mistake(f"A factor too many or too few in {{lines}}: {letter}.",
                      "Each contribution counts once: add them up and neither divide nor repeat.",
                      **dict.fromkeys(exercise.graded, _scaled_by(letter)))


def _confusions(exercise):
    """The slips of returning another value under a result's name, or of adding one to it."""
    for name in (*exercise.inputs, *exercise.lines):
        if name.startswith("_"):
            continue
        others = [line for line in exercise.graded if line != name]
        yield mistake(f"The values of `{exercise.label(name)}` come as {{lines}}.",
                      "Look at the names in that line and in the `return`.",
                      **dict.fromkeys(others, _taking(name, lambda other: other)))
        yield mistake(f"`{exercise.label(name)}` is added to {{lines}}.",
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
