"""Put into words why a function stopped, and what looks odd in it."""

import inspect
import re
from typing import NamedTuple

import numpy as np

from captioning.check.causes import cause_of, returns_none
from captioning.check.reading import code_of, kept_in_place, spot_of, unused
from captioning.check.verdict import SAYS_RIGHT, listed


class Finding(NamedTuple):
    """What is said of a fault: in a result's row, as the reason, as a nudge, and besides.

    ``foreign`` marks what another cache than the expected may have caused.
    """

    says: str
    why: str | None = None
    nudge: str = ""
    notes: tuple = ()
    foreign: bool = False

    @property
    def reason(self):
        """The reason and the nudge."""
        return self.why, self.nudge

    @property
    def right(self):
        """Whether there is nothing to find."""
        return self.says == SAYS_RIGHT


def explain(error, function):
    """Say what an exception means and where it arose, as a Finding."""
    spot = spot_of(error, function)
    name, message = type(error).__name__, _message(error)
    says = f"stops with {name}" + (f": {message}" if message else "")
    shapes = "" if isinstance(error, NameError) else _shapes_on(spot)
    where = (f"It stops at `{spot.line}`{shapes}.",) if spot.line else ()
    cause = cause_of(error, spot)
    if cause:
        notes = (*where, f"Python says: {name}: {message}")
        return Finding(says, cause.why, cause.nudge, notes, not cause.sure)
    return Finding(says, f"It {says}.", "", where, isinstance(error, Exception))


def hints(function):
    """What looks odd in the text of a function that is wrong, a sentence each."""
    code = code_of(function)
    if code is None:
        return ()
    notes = [f"`{name}` is computed and never used." for name in unused(function)]
    outside = getattr(inspect.unwrap(function), "__globals__", {})
    for name in code.co_names:
        if isinstance(outside.get(name), np.ndarray | int | float | list | dict):
            notes.append(f"`{name}` comes from outside the function, not from its arguments.")
    return tuple(notes)


def hollow(function):
    """The reason where a function keeps the None of one that works in place; or None."""
    call = kept_in_place(function)
    return returns_none(call) if call else None


def _message(error):
    message = re.sub(r"0x[0-9a-fA-F]+", "0x...", str(error).strip().split("\n")[0])[:200]
    inner = re.search(r"core dimension.*\((size .*)\)", message)
    if inner:
        return f"the inner sizes of a matrix product differ ({inner[1]})"
    return message


def _shapes_on(spot):
    """", where `x` is (3, 4)": the shapes of the arrays that a line names."""
    values = spot.frame.f_locals if spot.frame else {}
    names = dict.fromkeys(re.findall(r"[A-Za-z_]\w*", spot.line))
    arrays = [f"`{name}` is {values[name].shape}" for name in names
              if isinstance(values.get(name), np.ndarray)]
    return f", where {listed(arrays)}" if arrays else ""
