"""Beam search: the best few beginnings of a sentence, continued side by side (chapter 11)."""

from numbers import Real

import numpy as np

from captioning.decoding.rules import SILENT, Rules
from captioning.shapes import check_whole


def beam_search(model, features, width=3, alpha=0.0, several=1, max_length=30,
                forbidden=SILENT, min_length=0, no_repeat=0):
    """Find likely sentences: of all continuations of the best beginnings keep the best again.

    Parameters
    ----------
    model, features, max_length, forbidden, min_length, no_repeat
        As for `greedy`.
    width : int
        K, the beginnings that are kept. 1 is greedy; with as many as there are beginnings
        nothing is lost.
    alpha : float
        At least 0. Sentences of T words, ``<END>`` included, are compared by their
        log-probability over ``T ** alpha``: 0 compares probabilities, 1 means over the words.
    several : int
        Sentences for each picture, at most ``width``.

    Returns
    -------
    captions : ndarray of int, (N, several, max_length)
        Without ``<START>``, the best first; ``<NULL>`` follows ``<END>``.
    log_probs : ndarray of float64, (N, several)
        Log-probability of each sentence; -inf, and a row of ``<NULL>``, where no more were found.

    Raises
    ------
    ValueError
        As for `greedy`, or width, alpha or several is out of range.

    References
    ----------
    Sutskever, Vinyals and Le, "Sequence to sequence learning with neural networks", NIPS 2014.
    """
    check_beam(width, alpha, several)
    rules = Rules(model.word_to_idx, max_length, forbidden, min_length, no_repeat)
    return search(model, features, width, alpha, several, rules)


def search(model, features, K, alpha, several, rules):
    """Run the beam; as `beam_search`, whose arguments have been checked.

    Parameters
    ----------
    model, features, alpha, several
        As for `beam_search`.
    K : int
        The width.
    rules : Rules

    Returns
    -------
    captions : ndarray of int, (N, several, max_length)
    log_probs : ndarray of float64, (N, several)
    """
    N, L = len(features), rules.max_length
    state = take(model.start(features), np.repeat(np.arange(N), K))
    words = np.full(N * K, rules.start)
    said = np.full((N, K, L), rules.null)
    totals = np.full((N, K), -np.inf)
    totals[:, 0] = 0  # one empty beginning
    ended = Ended(N, several, L, rules.null)
    for t in range(L):
        log_probs, state = model.step(words, state)
        log_probs = rules.allow(log_probs, said[:, :, :t].reshape(N * K, t))  # (N K, V)
        rows, words, totals = extend(totals, log_probs)  # (N, K)
        said = np.take_along_axis(said, rows[:, :, None], axis=1)
        said[:, :, t] = words
        done = (words == rules.end) | (t == L - 1)
        ended.add(said, np.where(done, totals, -np.inf), (t + 1) ** alpha)
        totals = np.where(done, -np.inf, totals)  # who has ended makes room
        if ended.settled(totals / L ** alpha):  # eq-speak-bound
            break
        rows = rows + K * np.arange(N)[:, None]  # (N, K)
        state, words = take(state, rows.ravel()), words.ravel()
    return ended.captions, ended.log_probs


def extend(totals, log_probs):
    """Continue each beginning by each word, and keep the K likeliest.

    Parameters
    ----------
    totals : ndarray of float, (N, K)
        Log-probability of each picture's K beginnings.
    log_probs : ndarray of float, (N K, V)
        Log-probability of each next word.

    Returns
    -------
    rows, words : ndarray of int, (N, K)
        Which beginning is continued, and by which word; the likeliest first.
    totals : ndarray of float, (N, K)
    """
    N, K = totals.shape
    sums = totals.reshape(N * K, 1) + log_probs  # (N K, V)  eq-speak-extend
    totals, places = best_of(sums.reshape(N, -1), K)  # (N, K)
    rows, words = np.divmod(places, log_probs.shape[1])  # (N, K)
    return rows, words, totals


def best_of(values, K):
    """Find the K greatest values of each row, the greatest first.

    Parameters
    ----------
    values : ndarray of float, (N, M)
    K : int

    Returns
    -------
    greatest : ndarray of float, (N, K)
        -inf where a row has no more.
    places : ndarray of int, (N, K)
        Where they stand; of equal values the earlier comes first.
    """
    left, rows = values.copy(), np.arange(len(values))
    greatest, places = np.empty((len(values), K)), np.empty((len(values), K), dtype=int)
    for k in range(K):  # for a few, faster than sorting
        places[:, k] = left.argmax(axis=1)
        greatest[:, k] = left[rows, places[:, k]]
        left[rows, places[:, k]] = -np.inf  # a value counts once
    return greatest, places


class Ended:
    """The best sentences of each picture that have ended so far.

    Attributes
    ----------
    captions : ndarray of int, (N, several, L)
    log_probs, scores : ndarray of float64, (N, several)
        Scores are what sentences are compared by.
    """

    def __init__(self, N, several, L, null):
        self.captions = np.full((N, several, L), null)
        self.log_probs = np.full((N, several), -np.inf)
        self.scores = self.log_probs.copy()

    def add(self, captions, log_probs, divisor):
        """Put sentences (N, K, L) among the others, -inf for those that have not ended."""
        scores = np.concatenate([self.scores, log_probs / divisor], axis=1)
        log_probs = np.concatenate([self.log_probs, log_probs], axis=1)
        captions = np.concatenate([self.captions, captions], axis=1)
        self.scores, best = best_of(scores, self.scores.shape[1])
        self.log_probs = np.where(np.isfinite(self.scores),
                                  np.take_along_axis(log_probs, best, axis=1), -np.inf)
        self.captions = np.take_along_axis(captions, best[:, :, None], axis=1)

    def settled(self, bounds):
        """Whether no beginning, whose score cannot exceed its bound, can change anything."""
        return (self.scores[:, -1] >= bounds.max(axis=1)).all()


def take(state, rows):
    """Return the rows of a state, which is an array (N, ...) or a tuple of states."""
    return tuple(take(part, rows) for part in state) if isinstance(state, tuple) else state[rows]


def check_beam(width, alpha, several):
    """Raise ValueError unless the numbers that `beam_search` takes are in range."""
    check_whole("width", width)
    check_whole("several", several)
    if several > width:
        raise ValueError(f"several is {several}; wanted at most width, which is {width}")
    if not isinstance(alpha, Real) or not 0 <= alpha < np.inf:
        raise ValueError(f"alpha is {alpha!r}; wanted a finite number of at least 0")
