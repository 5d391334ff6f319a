"""What a sentence may not hold, and how long it may be."""

import numpy as np

from captioning.shapes import check_whole

SILENT = ("<NULL>", "<START>")


class Rules:
    """What may be said next: the rules that every decoder keeps.

    Parameters
    ----------
    word_to_idx : dict of str to int
    max_length : int
        The most words in a sentence, ``<END>`` included.
    forbidden : sequence of str
        Words that are never said, where the vocabulary has them.
    min_length : int
        The least words before ``<END>``.
    no_repeat : int
        n, where no n words in a row may be said twice; 0 allows everything.

    Attributes
    ----------
    start, end, null : int
        The indices of the special words.
    max_length : int

    Raises
    ------
    ValueError
        A length is no whole number or out of range, the vocabulary lacks a special word, or every
        word is forbidden.
    """

    def __init__(self, word_to_idx, max_length=30, forbidden=SILENT, min_length=0, no_repeat=0):
        self.start, self.end, self.null = special_words(word_to_idx)
        check_whole("max_length", max_length)
        check_whole("min_length", min_length, 0)
        check_whole("no_repeat", no_repeat, 0)
        if min_length >= max_length:
            raise ValueError(f"min_length is {min_length}; wanted less than max_length, which is "
                             f"{max_length} and counts <END> too")
        self.max_length, self.min_length, self.no_repeat = max_length, min_length, no_repeat
        self.banned = indices_of(forbidden, word_to_idx)

    def allow(self, log_probs, said):
        """Give what may not be said next a log-probability of -inf.

        Parameters
        ----------
        log_probs : ndarray of float, (N, V)
        said : ndarray of int, (N, t)
            The words of each sentence so far.

        Returns
        -------
        ndarray of float, (N, V)
            A new array. Where nothing else is left to say, ``<END>`` is allowed.
        """
        allowed = log_probs.copy()  # (N, V)
        allowed[:, self.banned] = -np.inf
        if said.shape[1] < self.min_length:
            allowed[:, self.end] = -np.inf
        if self.no_repeat:
            allowed[repeated(said, self.no_repeat, allowed.shape[1])] = -np.inf
        mute = np.isneginf(allowed).all(axis=1)
        allowed[mute, self.end] = log_probs[mute, self.end]
        return allowed


def repeated(said, n, V):
    """Find the words that would complete a run of n words that was said before.

    Parameters
    ----------
    said : ndarray of int, (N, t)
    n : int
    V : int
        Words in the vocabulary.

    Returns
    -------
    ndarray of bool, (N, V)
    """
    N, t = said.shape
    found = np.zeros((N, V), dtype=bool)
    if t >= n:
        runs = np.lib.stride_tricks.sliding_window_view(said, n, axis=1)  # (N, t - n + 1, n)
        same = (runs[:, :, :-1] == said[:, None, t - n + 1:]).all(axis=2)  # (N, t - n + 1)
        row, place = np.nonzero(same)
        found[row, runs[row, place, -1]] = True
    return found


def special_words(word_to_idx):
    """Return the indices of ``<START>``, ``<END>`` and ``<NULL>``; ValueError if one is missing."""
    missing = [w for w in ("<START>", "<END>", "<NULL>") if w not in word_to_idx]
    if missing:
        raise ValueError(f"word_to_idx lacks {', '.join(missing)}; a model that speaks needs "
                         "<START>, <END> and <NULL>")
    return word_to_idx["<START>"], word_to_idx["<END>"], word_to_idx["<NULL>"]


def indices_of(forbidden, word_to_idx):
    """Return the indices of forbidden words that exist; ValueError if no word is left."""
    banned = sorted({word_to_idx[word] for word in forbidden if word in word_to_idx})
    if len(banned) == len(word_to_idx):
        raise ValueError("forbidden holds every word of the vocabulary; wanted one left to say")
    return banned
