"""BLEU: which part of a caption's n-grams some reference has too (chapter 12)."""

import functools
import operator
from collections import Counter

import numpy as np

from captioning.metrics.ngrams import MAX_ORDER, check_sentences, ngrams


def bleu(candidates, references):
    """Score captions by BLEU-1 to BLEU-4, with the reference length closest to the caption's.

    Parameters
    ----------
    candidates : list of str
        One caption a picture.
    references : list of list of str
        The sentences that people wrote for each picture, one or more.

    Returns
    -------
    corpus : (4,) float64 array
        BLEU-1 to BLEU-4 of all captions together, from 0 to 1. Counts are added up over the
        pictures first: it is not the mean of the sentences' scores.
    sentences : (n, 4) float64 array
        The same four for each caption alone.

    Raises
    ------
    ValueError
        If the two lists differ in length or are empty, a picture has no reference, or a sentence
        is not a string.

    References
    ----------
    Papineni, Roukos, Ward and Zhu, "BLEU: a method for automatic evaluation of machine
    translation", ACL 2002.

    Examples
    --------
    >>> corpus, _ = bleu(["a blue boat sails"], [["a blue boat", "a boat sails by"]])
    >>> corpus.round(3).tolist()
    [1.0, 1.0, 0.794, 0.0]
    """
    check_sentences(candidates, references)
    counts = map(sentence_counts, candidates, references)
    matches, totals, lengths, closest = (
        np.array(column, dtype=float) for column in zip(*counts, strict=True))
    corpus = bleu_of_counts(  # of the sums, not the mean of the sentences' scores
        matches.sum(0), totals.sum(0), lengths.sum(), closest.sum())
    return corpus, bleu_of_counts(matches, totals, lengths, closest)


def clipped_matches(candidate, references, n):
    """Count the n-grams of a caption that some reference has too.

    Parameters
    ----------
    candidate : str
    references : list of str
    n : int
        Words of an n-gram.

    Returns
    -------
    int
        An n-gram that is said more than once counts at most as often as in the one reference
        that has it most often.

    Examples
    --------
    >>> clipped_matches("the the the boat", ["the boat on the sea", "the boat"], 1)
    3
    """
    said, *wanted = (Counter(ngrams(sentence.split(), n))
                     for sentence in (candidate, *references))
    most = functools.reduce(operator.or_, wanted)  # of two counts, the greater
    return (said & most).total()  # and here the smaller  eq-judge-clip


def sentence_counts(candidate, references):
    """Count what BLEU needs of one caption.

    Parameters
    ----------
    candidate : str
    references : list of str

    Returns
    -------
    matches, totals : (4,) list or array of int
        N-grams matched, and n-grams in all, of each order.
    length, closest : int
        Words of the caption, and of the reference that is closest in length.
    """
    orders = np.arange(1, MAX_ORDER + 1)
    matches = [clipped_matches(candidate, references, n) for n in orders]
    length, *others = (len(sentence.split()) for sentence in (candidate, *references))
    # Of two reference lengths equally close, the shorter one: it penalises less.
    closest = min(others, key=lambda other: (abs(other - length), other))
    return matches, np.maximum(length - orders + 1, 0), length, closest


def bleu_of_counts(matches, totals, length, closest):
    """Geometric mean of the precisions of orders 1 to n, times the penalty for brevity.

    Parameters
    ----------
    matches, totals : (..., 4) float array
    length, closest : (...) float array

    Returns
    -------
    (..., 4) float64 array
        BLEU-1 to BLEU-4.
    """
    # The two small numbers stand for smoothing. A caption without a single right
    # 4-gram gets a BLEU-4 just above 0, and one too short to have a 4-gram at all
    # a "precision" of 1e-6.
    precisions = (matches + 1e-15) / (totals + 1e-9)
    means = np.cumprod(precisions, axis=-1) ** (1 / np.arange(1, MAX_ORDER + 1))
    ratio = (length + 1e-15) / (closest + 1e-9)
    penalty = np.exp(np.minimum(0.0, 1 - 1 / ratio))
    return means * penalty[..., None]  # eq-judge-bleu
