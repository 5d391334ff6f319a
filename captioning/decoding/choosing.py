"""Ways to choose the next word from the log-probabilities of all words."""

from numbers import Real

import numpy as np

from captioning.layers import log_softmax
from captioning.shapes import check_whole


def likeliest(log_probs):
    """Choose the word of the greatest log-probability in each row.

    Parameters
    ----------
    log_probs : ndarray of float, (N, V)

    Returns
    -------
    ndarray of int, (N,)
    """
    return log_probs.argmax(axis=1)


def drawn(log_probs, rng):
    """Draw a word from each row of log-probabilities.

    Each word has a stretch of the line, as long as its probability; a number drawn evenly from
    the whole line falls on one of them.

    Parameters
    ----------
    log_probs : ndarray of float, (N, V)
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, (N,)
    """
    ends = np.exp(log_probs, dtype=np.float64).cumsum(axis=1)  # (N, V)
    points = rng.random((len(ends), 1)) * ends[:, -1:]  # (N, 1)
    return (ends <= points).sum(axis=1)


def temper(log_probs, temperature):
    """Divide log-probabilities by a temperature, and scale so that probabilities add up to 1.

    Parameters
    ----------
    log_probs : ndarray of float, (..., V)
    temperature : float
        Below 1 the likely words gain, above 1 the unlikely ones.

    Returns
    -------
    ndarray of float, (..., V)

    Raises
    ------
    ValueError
        The temperature is not above 0, or not finite.
    """
    check_temperature(temperature)
    return log_softmax(log_probs / temperature)  # (..., V)  eq-speak-temper


def top_k(log_probs, k):
    """Keep the k likeliest words of each row (Fan, Lewis and Dauphin 2018).

    Parameters
    ----------
    log_probs : ndarray of float, (N, V)
    k : int
        From V on, all words are kept.

    Returns
    -------
    ndarray of float, (N, V)
        -inf for the words left out; the others' probabilities add up to 1. Words that are as
        likely as the k-th are kept too.

    Raises
    ------
    ValueError
        k is no whole number of at least 1.
    """
    check_whole("top_k", k)
    if k >= log_probs.shape[1]:
        return log_probs
    least = np.partition(log_probs, -k, axis=1)[:, -k, None]  # (N, 1)
    return only(log_probs, log_probs >= least)


def nucleus(log_probs, p):
    """Keep the fewest words of each row that hold a share p (Holtzman et al. 2020).

    Parameters
    ----------
    log_probs : ndarray of float, (N, V)
    p : float
        Above 0, at most 1.

    Returns
    -------
    ndarray of float, (N, V)
        -inf for the words left out; the others' probabilities add up to 1.

    Raises
    ------
    ValueError
        p is not above 0 and at most 1.
    """
    check_share(p)
    order = np.argsort(-log_probs, axis=1, kind="stable")  # (N, V)
    share = np.take_along_axis(log_probs, order, axis=1)
    share = np.exp(share, dtype=np.float64)
    before = share.cumsum(axis=1) - share  # (N, V)
    keep = np.zeros(log_probs.shape, dtype=bool)
    np.put_along_axis(keep, order, before < p * share.sum(axis=1, keepdims=True), axis=1)
    return only(log_probs, keep)


def only(log_probs, keep):
    """Leave out all words but those to keep, and scale so that probabilities add up to 1.

    Parameters
    ----------
    log_probs : ndarray of float, (N, V)
    keep : ndarray of bool, (N, V)

    Returns
    -------
    ndarray of float, (N, V)
    """
    return log_softmax(np.where(keep, log_probs, -np.inf))  # (N, V)  eq-speak-cut


def check_temperature(temperature):
    """Raise ValueError unless the temperature is a finite number above 0."""
    if not isinstance(temperature, Real) or not 0 < temperature < np.inf:
        raise ValueError(f"temperature is {temperature!r}; wanted a finite number above 0")


def check_share(p):
    """Raise ValueError unless p is a number above 0 and at most 1."""
    if not isinstance(p, Real) or not 0 < p <= 1:
        raise ValueError(f"top_p is {p!r}; wanted a number above 0 and at most 1")
