"""Try a reader's function at several sizes and come to a verdict.

What it returns is compared with the right lines of the exercise; what differs is compared with
the results of the usual mistakes, and the mistakes that give the same numbers are named.
"""

import inspect
import time
from dataclasses import replace

import numpy as np

from captioning.check.diagnosis import diagnose
from captioning.check.grade import grade, shape_of
from captioning.check.reading import lacks_return
from captioning.check.trial import (
    EMPTY,
    NO_RETURN,
    UNSTEADY,
    UNWRITTEN,
    attempt,
    is_floats,
    make_trials,
)
from captioning.check.trouble import hints, hollow
from captioning.check.verdict import Row, Verdict, listed


def examine(exercise, function, seed=0, forward=None):
    """Come to a verdict about a function.

    Parameters
    ----------
    exercise : Exercise
    function : callable
        The reader's function.
    seed : int
        Another seed gives other numbers.
    forward : callable, optional
        The reader's own forward function, whose cache the function is then given.

    Returns
    -------
    Verdict

    Raises
    ------
    ValueError
        seed is no integer, or below 0.
    """
    if not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"seed is {seed!r}; wanted an integer from 0 up")
    if forward is not None:
        before = examine(exercise.forward, forward, seed)
        if not before.ok:
            note = f"`{exercise.name}` is checked once the forward pass is right."
            return replace(before, notes=(*before.notes, note))
    unfit = _unfit(exercise, function)
    if unfit:
        return _verdict(exercise, (unfit,))
    trials = attempt(exercise, function, make_trials(exercise, seed, forward))
    verdict = _judge(exercise, function, trials)
    if not verdict.ok and not verdict.reasons:
        wrong = next((k for k, t in enumerate(trials) if not _is_right(exercise, t)), 0)
        verdict = _with_note(verdict, *_right_without(exercise, function, seed, forward, wrong))
        if not verdict.notes:
            verdict = _with_note(verdict, "It is none of the mistakes that are known here: take "
                                          "the smallest sizes and work one entry out by hand.")
    if any(trial.printed for trial in trials):
        verdict = _with_note(verdict, "What the function prints is not shown here.")
    if exercise.cache and forward is None and _puzzling(verdict, trials):
        verdict = _with_note(verdict, (
            f"The cache that it was given is the book's: {cache_in_words(exercise)}. For a "
            f"forward function of your own: `check.{exercise.name}(backward, forward)`."))
    return verdict


def cache_in_words(exercise):
    """The book's cache, as a reader is told of it."""
    return exercise.cache_says or f"`{', '.join(exercise.cache)}`"


def _unfit(exercise, function):
    """The reason and a nudge where the thing cannot be called as the exercise calls it."""
    if not callable(function):
        return (f"What came is no function but of type {type(function).__name__}.",
                f"Hand over the function itself: `check.{exercise.name}(your_function)`.")
    try:
        signature = inspect.signature(function)
    except ValueError:  # not known: calling it will tell
        return None
    try:
        signature.bind(*exercise.arguments)
    except TypeError:
        return (f"It takes ({', '.join(signature.parameters)}).",
                f"It is called with ({', '.join(exercise.arguments)}).")
    return None


def _judge(exercise, function, trials):
    """The verdict on the first trial that is not right, explained by all of them."""
    if any(trial.side is UNSTEADY for trial in trials):  # no number that it gave means anything
        return _verdict(exercise, (UNSTEADY.reason,), notes=hints(function))
    for trial in trials:
        if trial.fault:
            return _judge_fault(exercise, function, trials, trial)
        if not _is_right(exercise, trial):
            return _judge_results(exercise, function, trials, trial)
    for trial in trials:
        if trial.side:
            return _verdict(exercise, (trial.side.reason,), trial, trial.side.notes)
    note = f"Right at {len(trials)} sizes, twice each; its inputs are left as they were."
    return Verdict(exercise.name, True, (), trials[0].where, _rows(exercise, trials[0]), (note,))


def _judge_fault(exercise, function, trials, trial):
    """No results came at this size: say why; results at other sizes may tell more."""
    fault = trial.fault
    if fault is NO_RETURN and not lacks_return(function):  # what it returns is None so far
        fault = UNWRITTEN
    if fault is UNWRITTEN and hollow(function):
        return _verdict(exercise, (hollow(function),), notes=hints(function))
    came = [t for t in trials if t.results is not None]
    reasons = _mistakes(exercise, came)[0] if came else ()
    if reasons:
        return _verdict(exercise, reasons, notes=(f"At {trial.where} it {fault.says}.",
                                                  *fault.notes[:1]))
    notes = fault.notes if fault is UNWRITTEN else fault.notes + hints(function)
    if came and all(_is_right(exercise, t) for t in came):
        sizes = " and at ".join(t.where for t in came)
        reasons = ((f"It is right only at {sizes}.", exercise.nudge),)
    return _verdict(exercise, (*reasons, fault.reason), notes=notes)


def _judge_results(exercise, function, trials, trial):
    """Some result is wrong: name the mistakes, or at least the results."""
    came = [t for t in trials if t.results is not None]
    findings = _grade(exercise, trial)
    if hollow(function):
        why, nudge = hollow(function)
        findings |= {name: findings[name]._replace(why=why, nudge=nudge) for name in findings
                     if trial.results[name] is None}
    reasons, unknown = _mistakes(exercise, came, findings)
    if trial.order:
        reasons = ((f"The results come in another order: {', '.join(trial.order)}.",
                    f"Wanted: {', '.join(exercise.returns)}."), *reasons)
    notes = _narrow(exercise, findings, unknown) + hints(function) if unknown else ()
    if trial.side is EMPTY and unknown:  # that is not what makes a result wrong
        notes = (*notes, EMPTY.why)
    elif trial.side:
        reasons = (*reasons, trial.side.reason)
    if trial is not trials[0] and _is_right(exercise, trials[0]):
        notes = (f"At {trials[0].where} it is right.", *notes)
    notes = (*_texts(exercise, trial), *_elsewhere(exercise, came, findings), *notes)
    return _verdict(exercise, reasons, trial, notes)


def _texts(exercise, trial):
    """The inputs that can be shown: lists of words."""
    return tuple(f"There `{name}` is {trial.values[name]}." for name in exercise.arguments
                 if isinstance(trial.values[name], list))


def _elsewhere(exercise, trials, findings):
    """Say of the results that are right in the table where they are wrong."""
    left = {name for name, finding in findings.items() if finding.right}
    for trial in trials:
        grades = _grade(exercise, trial)
        wrong = [name for name in findings if name in left and not grades[name].right]
        left -= set(wrong)
        if wrong:
            names = listed([f"`{exercise.label(name)}`" for name in wrong])
            yield f"{names} {'is' if len(wrong) == 1 else 'are'} wrong at {trial.where}."


def _narrow(exercise, findings, unknown):
    """Where to look for a mistake that is not known."""
    wrong = [name for name, finding in findings.items() if not finding.right]
    if len(findings) == 1:
        return ()
    if unknown == list(findings):
        return ("Every result is wrong: look first at what they have in common.",)
    names = listed([f"`{exercise.label(name)}`" for name in unknown])
    if unknown == wrong:
        return (f"The rest is right: look at what makes {names}.",)
    return (f"That does not explain all of it: look also at what makes {names}.",)


def _mistakes(exercise, trials, findings=None):
    """Find the reasons, (why, nudge) each, and the results that are wrong for none of them.

    Known mistakes come first, then what the results tell by themselves.
    """
    cases = [trial.values for trial in trials]
    results = [{name: _number(trial.results[name], trial.values[name])
                for name in exercise.graded} for trial in trials]
    slips, explained = diagnose(exercise, cases, results)
    known = [((slip.mistake.why, slip.mistake.nudge), slip.line) for slip in slips]
    known += [(finding.reason, name) for name, finding in (findings or {}).items()
              if finding.why and name not in explained]
    reasons = []
    for why, nudge in dict.fromkeys(reason for reason, _ in known):
        lines = listed([f"`{exercise.label(name)}`" for reason, name in known
                        if reason == (why, nudge)])
        reasons.append((why.replace("{lines}", lines), nudge))
    unknown = [name for name, finding in (findings or {}).items()
               if not finding.right and not finding.why and name not in explained]
    return tuple(reasons), unknown


def _number(value, right):
    """A result as an array of numbers, None where it is none; a list where one is wanted."""
    if isinstance(right, list):
        return value
    try:
        return np.asarray(value).astype(float, casting="same_kind")
    except (TypeError, ValueError):
        return None


def _puzzling(verdict, trials):
    """Whether the function may have read the cache of another forward function."""
    if trials[0].fault:
        return trials[0].fault.foreign
    return not verdict.ok and not verdict.reasons and not any(row.ok for row in verdict.rows)


def _right_without(exercise, function, seed, forward, wrong):
    """A sentence about the inputs but for which the function is right, if there are any.

    It is tried at the size at which the function was found wrong.
    """
    names, end = [], time.process_time() + 0.3
    for name in exercise.inputs:
        if time.process_time() > end:  # a slow function
            return
        with np.errstate(all="ignore"):
            trial = make_trials(exercise, seed, forward, zero=name)[wrong]
        if not is_floats(trial.values[name]) or not _tells(exercise, trial):
            continue
        attempt(exercise, function, [trial])
        if _is_right(exercise, trial):
            names.append(f"`{name}`")
    if names:
        yield (f"It is right where {' or '.join(names)} is 0: look at what is done with "
               f"{'it' if len(names) == 1 else 'them'}.")


def _tells(exercise, trial):
    """Whether the right results are finite and not all 0: only then to be right says something."""
    right = [np.asarray(trial.values[name]) for name in exercise.graded]
    return any(value.any() for value in right) and all(
        value.dtype.kind != "f" or np.isfinite(value).all() for value in right)


def _with_note(verdict, *notes):
    return replace(verdict, notes=(*verdict.notes, *notes))


def _grade(exercise, trial):
    return {name: grade(trial.results[name], trial.values[name], trial.sizes)
            for name in exercise.graded}


def _is_right(exercise, trial):
    return not trial.order and trial.results is not None and all(
        finding.right for finding in _grade(exercise, trial).values())


def _verdict(exercise, reasons, trial=None, notes=()):
    rows = () if trial is None else _rows(exercise, trial)
    return Verdict(exercise.name, False, tuple(reasons), trial.where if trial else "", rows, notes)


def _rows(exercise, trial):
    return tuple(Row(exercise.label(name), shape_of(trial.results[name]), finding.says)
                 for name, finding in _grade(exercise, trial).items())
