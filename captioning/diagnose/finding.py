"""What a test has found: a reading, the limit it was held against, and what that means.

Chapter 19, When captions go wrong, tells how to read them.
"""

import math
from typing import NamedTuple


class Finding(NamedTuple):
    """What one test says.

    Attributes
    ----------
    name : str
        Of the test.
    reading : float or None
        What was measured; None if the test could not be made.
    limit : float or None
        The last healthy reading.
    healthy : bool or None
        None if the test could not be made.
    means : str
        A sentence: what the reading says, or why there is none.
    place : str
        The label of the section of chapter 19 that tells of it.
    """

    name: str
    reading: float | None
    limit: float | None
    healthy: bool | None
    means: str
    place: str


def at_most(name, reading, limit, means, place):
    """Find a fault if the reading lies above the limit, or is no number."""
    return _held(name, reading, limit, reading <= limit, means, place)


def at_least(name, reading, limit, means, place):
    """Find a fault if the reading lies below the limit, or is no number."""
    return _held(name, reading, limit, reading >= limit, means, place)


def not_made(name, why, place):
    """Say that a test could not be made, and why."""
    return Finding(name, None, None, None, why, place)


def _held(name, reading, limit, healthy, means, place):
    reading = float(reading)
    return Finding(name, reading if math.isfinite(reading) else None, float(limit), bool(healthy),
                   means, place)
