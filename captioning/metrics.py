"""Judging a caption by what people wrote: BLEU and CIDEr-D (derived in chapter 12, Judging).

Both scores compare n-grams, runs of one to four words, of a caption with those of its references.
BLEU asks which part of the caption's n-grams some reference has too. CIDEr-D weighs each n-gram
by how rarely it occurs among all pictures, so that "a man in a" is worth little and "unicycle"
is worth much.

A score can be compared with published ones only when its small print is the same. So the scores
here equal those of the reference program, pycocoevalcap, to 1e-9 for every sentence, and each
place where that program departs from the published formula is told in a comment. A sentence is a
string of words that are already lower-cased and separated by blanks: how punctuation is cut off
changes the scores more than most models do.
"""

import math
from collections import Counter

import numpy as np

MAX_ORDER = 4
SIGMA = 6.0  # words of difference in length at which CIDEr-D's penalty is exp(-1/2)


def count_ngrams(sentence):
    """Count the runs of one to four words in a sentence.

    Parameters
    ----------
    sentence : str
        Words separated by blanks.

    Returns
    -------
    list of Counter
        Four counters; the one at place ``n - 1`` maps each n-gram, a tuple of words, to how often
        it occurs.

    Examples
    --------
    >>> count_ngrams("a boat a boat")[1][("a", "boat")]
    2
    """
    words = sentence.split()
    return [Counter(zip(*(words[i:] for i in range(n)), strict=False))
            for n in range(1, MAX_ORDER + 1)]


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
    _check_sentences(candidates, references)
    counts = map(_bleu_counts, candidates, references)
    matches, totals, lengths, closest = (np.array(column, dtype=float)
                                         for column in zip(*counts, strict=True))
    corpus = _bleu_formula(matches.sum(0), totals.sum(0), lengths.sum(), closest.sum())
    return corpus, _bleu_formula(matches, totals, lengths, closest)


def _bleu_counts(candidate, references):
    """Count what BLEU needs: n-grams matched, n-grams in all, the two lengths."""
    counts = count_ngrams(candidate)
    refs = [count_ngrams(ref) for ref in references]
    # A word counts as right only as often as the one reference that has it most often.
    matches = [sum(min(count, max(ref[n][gram] for ref in refs))
                   for gram, count in counts[n].items())
               for n in range(MAX_ORDER)]
    totals = [c.total() for c in counts]
    length = totals[0]
    # Of two reference lengths equally close, the shorter one: it penalises less.
    closest = min((ref[0].total() for ref in refs), key=lambda other: (abs(other - length), other))
    return matches, totals, length, closest


def _bleu_formula(matches, totals, length, closest):
    """Geometric mean of the precisions of orders 1 to n, times the penalty for brevity."""
    # The two small numbers stand for smoothing. A caption without a single right 4-gram gets a
    # BLEU-4 just above 0, and one too short to have a 4-gram at all a "precision" of 1e-6.
    precisions = (matches + 1e-15) / (totals + 1e-9)
    means = np.cumprod(precisions, axis=-1) ** (1 / np.arange(1, MAX_ORDER + 1))
    ratio = (length + 1e-15) / (closest + 1e-9)
    penalty = np.exp(np.minimum(0.0, 1 - 1 / ratio))
    return means * penalty[..., None]


def cider_d(candidates, references):
    """Score captions by CIDEr-D, the score that most programs print under the name CIDEr.

    Parameters
    ----------
    candidates : list of str
        One caption a picture.
    references : list of list of str
        The sentences that people wrote for each picture, one or more.

    Returns
    -------
    corpus : float
        The mean of the sentences' scores.
    sentences : (n,) float64 array
        The score of each caption, from 0 to 10.

    Raises
    ------
    ValueError
        If the two lists differ in length or are empty, a picture has no reference, or a sentence
        is not a string.

    Notes
    -----
    How rare an n-gram is, is measured on the references given. So a caption's score depends on
    the other pictures scored with it, scores of different sets cannot be compared, and with one
    picture alone nothing is rare and every score is 0.

    References
    ----------
    Vedantam, Zitnick and Parikh, "CIDEr: consensus-based image description evaluation", CVPR 2015.

    Examples
    --------
    >>> references = [["a blue boat", "a boat sails"], ["a red star", "a star shines"]]
    >>> score, each = cider_d(["a blue boat", "a red boat"], references)
    >>> each.round(3).tolist()
    [4.375, 1.25]
    """
    _check_sentences(candidates, references)
    rarity = inverse_document_frequency(references)
    unseen = math.log(len(references))
    sentences = np.array([_cider_sentence(caption, refs, rarity, unseen)
                          for caption, refs in zip(candidates, references, strict=True)])
    return float(sentences.mean()), sentences


def inverse_document_frequency(references):
    """Weigh each n-gram by how few pictures have it in any of their references.

    Parameters
    ----------
    references : list of list of str
        The sentences of each picture.

    Returns
    -------
    dict
        Maps each n-gram, a tuple of words, to ``log(pictures) - log(pictures that have it)``.
        One that occurs nowhere weighs ``log(pictures)``, as if one picture had it.

    Examples
    --------
    >>> inverse_document_frequency([["a boat"], ["a star"]])[("a",)]
    0.0
    """
    pictures = Counter(gram for refs in references
                       for gram in {g for ref in refs for c in count_ngrams(ref) for g in c})
    return {gram: math.log(len(references)) - math.log(n) for gram, n in pictures.items()}


def _cider_sentence(candidate, references, rarity, unseen):
    """Mean likeness of a caption to its references, times 10."""
    vector = _cider_vector(candidate, rarity, unseen)
    likeness = [_likeness(vector, _cider_vector(ref, rarity, unseen)) for ref in references]
    return 10 * sum(likeness) / len(likeness)


def _cider_vector(sentence, rarity, unseen):
    """Turn a sentence into sparse vectors of count times rarity, their norms, and a length."""
    counts = count_ngrams(sentence)
    weights = [{gram: count * rarity.get(gram, unseen) for gram, count in c.items()}
               for c in counts]
    norms = [math.sqrt(sum(w * w for w in vector.values())) for vector in weights]
    # The reference program counts bigrams for the length: its `n == 1` counts orders from 0. That
    # is one less than the words, so the difference of two lengths, all that matters, is the same.
    # (Not for an empty sentence, but that one is like nothing anyway.)
    return weights, norms, counts[0].total()


def _likeness(candidate, reference):
    """Mean over the four orders of a clipped cosine, times the penalty for unequal length."""
    weights, norms, length = candidate
    ref_weights, ref_norms, ref_length = reference
    cosines = map(_clipped_cosine, weights, norms, ref_weights, ref_norms)
    # The D of CIDEr-D: without this Gaussian, repeating the rare words of a caption would pay.
    penalty = math.exp(-(length - ref_length) ** 2 / (2 * SIGMA ** 2))
    return penalty * sum(cosines) / MAX_ORDER


def _clipped_cosine(weights, norm, ref_weights, ref_norm):
    """Cosine of two sparse vectors, where no weight counts beyond the reference's."""
    # The other half of the D: what a caption repeats more often than the reference earns nothing
    # more, but makes the caption's own norm longer. So the measure is not symmetric.
    dot = sum(min(weight, ref_weights[gram]) * ref_weights[gram]
              for gram, weight in weights.items() if gram in ref_weights)
    # A vector of norm 0 (no n-gram of this order, or none that is rare) is like no other.
    return dot / (norm * ref_norm) if dot else 0.0


def _check_sentences(candidates, references):
    """Refuse what would be scored wrongly: to Python a string is a list too, of characters."""
    for name, value in (("candidates", candidates), ("references", references)):
        if not _is_filled_list(value):
            raise ValueError(f"{name}: expected a list with an entry a picture, got {value!r:.60}")
    if len(candidates) != len(references):
        raise ValueError(f"references: expected one list a caption, {len(candidates)} in all, "
                         f"got {len(references)}")
    for i, (caption, refs) in enumerate(zip(candidates, references, strict=True)):
        if not isinstance(caption, str):
            raise ValueError(f"candidates[{i}]: expected a sentence (str), got {caption!r:.60}")
        if not _is_filled_list(refs) or not all(isinstance(ref, str) for ref in refs):
            raise ValueError(f"references[{i}]: expected a list of one or more sentences (str), "
                             f"got {refs!r:.60}")


def _is_filled_list(value):
    return isinstance(value, list | tuple) and len(value) > 0
