"""Call a reader's function as a stranger's: copies, a time limit, no printing, no exception out.

At every size it is called twice with the same arguments. What came, and what the function did
besides, is noted in the trial; what it means is for the engine to say.
"""

import contextlib
import copy
import io
import time
import warnings
from dataclasses import dataclass

import numpy as np

from captioning.check.grade import MISSING
from captioning.check.limit import TimeUp, within
from captioning.check.program import run, same
from captioning.check.reading import loop_at
from captioning.check.trouble import Finding, explain

SECONDS = 1.5  # for all calls of one function together
UNWRITTEN = Finding("", "Nothing is returned yet.",
                    "Write the function's lines, then check again.")
NO_RETURN = UNWRITTEN._replace(why="Nothing is returned.", nudge="Is the `return` missing?")
EMPTY = Finding("", "The cache is empty.", "Pack into it what the backward pass will need.")
UNSTEADY = Finding("", "Two calls with the same arguments give different results.",
                   "A function should keep nothing from one call to the next.")


@dataclass
class Trial:
    """One size at which the function is called."""

    values: dict  # every right value by name
    sizes: dict
    where: str  # the sizes, in words
    args: tuple = ()
    results: dict | None = None  # what came, by name
    order: tuple = ()  # the names in the order that they came, where it is another
    fault: Finding | None = None  # why there are no results
    side: Finding | None = None  # what it did besides
    printed: bool = False


def make_trials(exercise, seed, forward=None, zero=None):
    """Draw the inputs of every trial; with the reader's own forward, let that make the caches.

    The input named by ``zero`` is 0 everywhere.
    """
    large = (exercise.sizes[0],) if exercise.large else ()
    trials = []
    for k, sizes in enumerate((*exercise.sizes, *large)):
        inputs = exercise.draw(np.random.default_rng([seed, k]), **sizes)
        where = ", ".join(f"{letter} = {size}" for letter, size in sizes.items())
        if k == len(exercise.sizes):
            inputs = {name: 1000 * value if is_floats(value) else value
                      for name, value in inputs.items()}
            where += ", inputs in the thousands"
        if zero and is_floats(inputs[zero]):
            inputs[zero] = np.zeros_like(inputs[zero])
        trials.append(Trial(run(exercise.lines, sizes | inputs), sizes, where))
    for trial in trials:  # all caches are made before the first is used
        trial.values["cache"] = _cache(exercise, trial.values, forward)
    return trials


def is_floats(value):
    """Whether an input may be set to 0 or made large."""
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def attempt(exercise, function, trials):
    """Call the function in every trial; return those reached before the time was up."""
    end = time.monotonic() + SECONDS
    for k, trial in enumerate(trials):
        trial.order = trials[0].order
        try:
            _prepare(exercise, function, trial, end)
            _call_twice(exercise, function, trial, copied(trial.args), end)
        except KeyboardInterrupt:
            raise
        except TimeUp as error:
            trial.results, trial.fault = None, _endless(error, function)
            return trials[:k + 1]
        except BaseException as error:  # the reader's, whatever it is: SystemExit too
            _note_error(trial, error, function)
    return trials


def copied(thing):
    """A deep copy; the thing itself where it cannot be copied."""
    try:
        return copy.deepcopy(thing)
    except Exception:  # a generator, say
        return thing


def _prepare(exercise, function, trial, end):
    """Collect the arguments; let the function make those that it has a share in."""
    for name, make in exercise.made.items():
        with _quiet():
            trial.values[name] = within(_left(end), make, (function, copied(trial.values)))
    trial.args = tuple(trial.values[name] for name in exercise.arguments)


def _left(end):
    return max(end - time.monotonic(), 0.05)


def _cache(exercise, values, forward):
    if forward is None and isinstance(exercise.cache, str):
        return values[exercise.cache]
    if forward is None:
        return tuple(values[name] for name in exercise.cache)
    args = copied([values[name] for name in exercise.forward.arguments])
    try:
        with _quiet():
            return forward(*args)[-1]
    except Exception:  # it was right elsewhere; here it has no cache to give
        return ()


def _call_twice(exercise, function, trial, args, end):
    with _quiet() as out:
        value = copied(within(_left(end), function, args))
    trial.printed = bool(out.getvalue())
    _sort(exercise, value, trial)
    if trial.results is None:
        return
    trial.side = trial.side or _changed(exercise, trial, args)
    if not trial.side:
        with _quiet():
            again = within(_left(end), function, args)
        trial.side = _differs(exercise, trial.results, again, trial)


@contextlib.contextmanager
def _quiet():
    """Keep printing and warnings away; yield what was printed."""
    out = io.StringIO()
    with (contextlib.redirect_stdout(out), contextlib.redirect_stderr(out),
          warnings.catch_warnings(), np.errstate(all="ignore")):
        warnings.simplefilter("ignore")
        yield out


def _sort(exercise, value, trial):
    """Note the results by name in the trial, or the fault that forbids it."""
    names = exercise.returns
    packed = len(names) > 1 or not isinstance(trial.values.get(names[0]), list)
    packed = packed and (isinstance(value, tuple) or (isinstance(value, list) and len(names) > 1))
    parts = list(value) if packed else [value]
    if value is None:
        trial.fault = NO_RETURN
    elif all(part is None for part in parts):
        trial.fault = UNWRITTEN
    elif len(parts) != len(names) or (len(names) > 1 and not isinstance(value, tuple | list)):
        trial.fault = _wrong_number(names, value, parts)
    else:
        trial.order = _order(exercise, parts, trial.values) or trial.order
        results = dict(zip(trial.order or names, parts, strict=True))
        cache = results.get("cache", ...)
        if cache is None or (isinstance(cache, tuple | list) and not cache):
            trial.side = EMPTY
        trial.fault = _no_dict(exercise, results)
        if not trial.fault:
            trial.results = _entries(exercise, results)


def _no_dict(exercise, results):
    """The fault of a result that should be a dict and is none."""
    for name in exercise.keys:
        if not isinstance(results[name], dict):
            return Finding("", f"`{name}` is of type {type(results[name]).__name__}; wanted is a "
                           "dict.", f"It has the keys {', '.join(exercise.keys[name])}.")
    return None


def _entries(exercise, results):
    """The results, each dict replaced by its entries under the names of their lines."""
    entries = {}
    for name, value in results.items():
        keys = exercise.keys.get(name)
        entries |= {name: value} if keys is None else {
            line: value.get(key, MISSING) for key, line in keys.items()}
    return entries


def _wrong_number(names, value, parts):
    wanted = (f"wanted are {len(names)} results: {', '.join(names)}" if len(names) > 1 else
              f"wanted is one: {names[0]}")
    if isinstance(value, tuple | list):
        came = f"{len(parts)} results" if len(parts) != 1 else "one result"
    else:
        came = f"a {type(value).__name__}" if not isinstance(value, np.ndarray) else "one array"
    return Finding("", f"It returns {came}; {wanted}.", "Look at the `return` line.")


def _order(exercise, parts, right):
    """The names of the parts as they came, if each fits only one and the order is another."""
    numbers = [isinstance(part, np.ndarray | float) for part in parts]
    names = [[name for name in exercise.graded if same(part, right[name])] if number else []
             for part, number in zip(parts, numbers, strict=True)]
    shapes = [[name for name in exercise.graded if np.shape(right[name]) == np.shape(part)]
              if number else [] for part, number in zip(parts, numbers, strict=True)]
    fits = [exact or by_shape for exact, by_shape in zip(names, shapes, strict=True)]
    loose = [name for name in exercise.returns if name not in exercise.graded]
    fits = [fit or loose for fit in fits]
    if any(len(fit) != 1 for fit in fits) or len({fit[0] for fit in fits}) < len(parts):
        return ()
    order = tuple(fit[0] for fit in fits)
    return order if order != exercise.returns else ()


def _changed(exercise, trial, after):
    """Say which arguments were changed in place."""
    names = []
    book = () if isinstance(exercise.cache, str) else tuple(
        trial.values[name] for name in exercise.cache)
    for name, one, other in zip(exercise.arguments, trial.args, after, strict=True):
        if name == "cache" and isinstance(one, list | dict) and len(other) != len(one):
            return Finding("", "The cache is emptied or filled by use.",
                           "A backward pass only reads its cache, so that it can run again.")
        if name == "cache" and _is_book(one, book):
            names += [part for part, a, b in zip(exercise.cache, one, other, strict=True)
                      if not _equal(a, b)]
        elif not _equal(one, other):
            names.append(name)
    if not names:
        return None
    listed = " and ".join(f"`{name}`" for name in names)
    if exercise.put_back:
        return Finding("", f"Not as it was before: {listed}.", exercise.put_back)
    nudge = ("Give the new values a new name; `*=`, `+=` and `[...] =` write into the old array."
             if not isinstance(trial.values[names[0]], dict) else
             "Make a new dictionary: `{**old, key: value}` leaves the old one as it is.")
    return Finding("", f"{listed} {'is' if len(names) == 1 else 'are'} changed in place.",
                   f"The caller still needs what it handed over. {nudge}")


def _is_book(cache, book):
    return bool(book) and isinstance(cache, tuple) and len(cache) == len(book) and all(
        one is other for one, other in zip(cache, book, strict=True))


def _differs(exercise, results, value, trial):
    """Say so when a second call with the same arguments gives something else."""
    again = Trial(trial.values, trial.sizes, trial.where, order=trial.order)
    _sort(exercise, value, again)
    if again.results is not None and all(_equal(results[name], again.results[name])
                                         for name in exercise.graded):
        return None
    return UNSTEADY


def _equal(one, other):
    """Whether two things, nested or not, networks among them, hold the same arrays."""
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.shape == other.shape and bool(
            np.array_equal(one, other, equal_nan=one.dtype.kind in "fc"))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[k], other[k]) for k in one)
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(getattr(one, "params", None), dict) and not callable(one):
        return _equal(one.params, getattr(other, "params", None))
    if isinstance(one, float | int | str | np.generic):
        return bool(one == other) or (one != one and other != other)
    return True


def _endless(error, function):
    loop = loop_at(error, function)
    return Finding("", f"It did not come back within {SECONDS} seconds.",
                   "Does a loop never end?", (f"It was in the loop `{loop}`.",) if loop else ())


def _note_error(trial, error, function):
    if isinstance(error, NotImplementedError):
        trial.fault = UNWRITTEN
    elif trial.results is None:
        trial.fault = explain(error, function)
    else:  # the first call went well
        found = explain(error, function)
        trial.side = Finding("", "A second call with the same arguments fails.",
                             "Only read what is handed over; keep nothing between calls.",
                             (f"It {found.says}.", *found.notes[:1]))
