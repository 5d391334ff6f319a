"""Try a reader's function at several sizes and come to a verdict.

What it returns is compared with the right lines of the exercise; what differs is compared with
the results of the usual mistakes, and the mistakes that give the same numbers are named.
"""

import inspect
from dataclasses import replace

import numpy as np

from captioning.check.grade import grade, shape_of
from captioning.check.program import diagnose
from captioning.check.trial import UNWRITTEN, attempt, make_trials
from captioning.check.trouble import Finding, hints
from captioning.check.verdict import Row, Verdict


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
            note = f"`{exercise.name}` is checked when the forward pass is right."
            return replace(before, notes=(*before.notes, note))
    unfit = _unfit(exercise, function)
    if unfit:
        return _verdict(exercise, unfit)
    trials = attempt(exercise, function, make_trials(exercise, seed, forward))
    verdict = _judge(exercise, function, trials)
    notes = verdict.notes
    if not verdict.ok and exercise.cache and forward is None and _lost(verdict, trials):
        notes += (f"It was given the book's cache, ({', '.join(exercise.cache)}). If it reads that "
                  f"of your own forward pass: `check.{exercise.name}(backward, forward)`.",)
    if any(trial.printed for trial in trials):
        notes += ("What the function prints is not shown here.",)
    return replace(verdict, notes=notes)


def _unfit(exercise, function):
    """A Finding where the thing cannot be called as the exercise calls it."""
    if not callable(function):
        return Finding("", f"What came is no function but of type {type(function).__name__}.",
                       f"Hand over the function itself: `check.{exercise.name}(your_function)`.")
    try:
        signature = inspect.signature(function)
        signature.bind(*exercise.arguments)
    except TypeError:
        return Finding("", f"It takes ({', '.join(signature.parameters)}).",
                       f"It is called with ({', '.join(exercise.arguments)}).")
    except ValueError:  # no signature known: calling it will tell
        pass
    return None


def _judge(exercise, function, trials):
    """The verdict on the first trial that is not right, explained by all of them."""
    for trial in trials:
        if trial.fault:
            return _judge_fault(exercise, function, trials, trial)
        findings = _grade(exercise, trial)
        if trial.order or any(not f.right for f in findings.values()):
            return _judge_results(exercise, function, trials, trial, findings)
    for trial in trials:
        if trial.side:
            return _verdict(exercise, trial.side, trial)
    return _right(exercise, trials)


def _judge_fault(exercise, function, trials, trial):
    """No results came at some size: say why; results at other sizes may tell more."""
    fault = trial.fault
    if fault is UNWRITTEN:
        return _verdict(exercise, fault)
    came = [t for t in trials if t.results is not None]
    notes = fault.notes if not came else (
        f"It {fault.says or 'fails'} at {trial.where}.", *fault.notes[:1])
    if not came:
        return _verdict(exercise, fault._replace(notes=notes + hints(function)))
    found = _explain(exercise, came, {})
    if found.why:
        return _verdict(exercise, found._replace(notes=notes))
    if all(f.right for t in came for f in _grade(exercise, t).values()):
        fault = fault._replace(why=f"It works only at certain sizes, as {came[-1].where}: "
                                   + fault.why[0].lower() + fault.why[1:])
    return _verdict(exercise, fault._replace(notes=notes + hints(function)))


def _judge_results(exercise, function, trials, trial, findings):
    """Some result is wrong: name the mistakes, or at least the results."""
    came = [t for t in trials if t.results is not None]
    found = _explain(exercise, came, findings)
    if trial.order:
        found = found._replace(
            why=_join(f"The results come in another order: {', '.join(trial.order)}.", found.why),
            nudge=_join(f"Wanted: {', '.join(exercise.returns)}.", found.nudge))
    notes = () if found.why else hints(function)
    if trial.side:
        notes += (trial.side.why,)
    first = trials[0]
    if trial is not first:
        notes += (f"At {first.where} it is right.",)
    return _verdict(exercise, found._replace(notes=notes), trial, findings)


def _explain(exercise, trials, findings):
    """The mistakes behind the results, and what the rows know of the rest."""
    cases = [trial.values for trial in trials]
    results = [{name: _number(trial.results[name]) for name in exercise.graded}
               for trial in trials]
    slips, left = diagnose(exercise, cases, results)
    whys, nudges = [], []
    for mistake in dict.fromkeys(slip.mistake for slip in slips):
        lines = [f"`{s.line}`" for s in slips if s.mistake is mistake]
        whys.append(mistake.why.replace("{lines}", _listed(dict.fromkeys(lines))))
        nudges.append(mistake.nudge)
    for name, finding in findings.items():
        if name in left and finding.why:
            whys.append(finding.why)
            nudges.append(finding.nudge)
    return Finding("", " ".join(whys) or None, " ".join(dict.fromkeys(nudges)))


def _number(value):
    """A result as an array of numbers, NaN where it is none."""
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return np.asarray(np.nan)


def _grade(exercise, trial):
    return {name: grade(name, trial.results[name], trial.values[name])
            for name in exercise.graded}


def _lost(verdict, trials):
    """Whether the function may have read the cache of another forward pass."""
    return trials[0].fault is not None or verdict.why is None


def _verdict(exercise, finding, trial=None, findings=None):
    rows = ()
    if trial is not None:
        findings = findings or _grade(exercise, trial)
        rows = tuple(Row(name, shape_of(trial.results[name]), findings[name].says)
                     for name in exercise.graded)
    return Verdict(exercise.name, False, finding.why, finding.nudge,
                   trial.where if trial else "", rows, finding.notes)


def _right(exercise, trials):
    first = trials[0]
    rows = tuple(Row(name, shape_of(first.results[name]), "right") for name in exercise.graded)
    note = f"Right at {len(trials)} sizes, twice each; its inputs are left as they were."
    return Verdict(exercise.name, True, None, "", first.where, rows, (note,))


def _join(one, other):
    return f"{one} {other}" if other else one


def _listed(texts):
    *most, last = texts
    return f"{', '.join(most)} and {last}" if most else last
