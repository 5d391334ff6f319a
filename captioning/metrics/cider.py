"""CIDEr-D: n-grams shared with what people said, weighed by how rare they are (chapter 12)."""

import math
from collections import Counter

import numpy as np

from captioning.metrics.ngrams import MAX_ORDER, check_sentences, count_ngrams

SIGMA = 6.0  # words of difference in length at which CIDEr-D's penalty is exp(-1/2)


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
    check_sentences(candidates, references)
    rarity = inverse_document_frequency(references)
    unseen = math.log(len(references))
    sentences = np.array([
        cider_of_sentence(caption, refs, rarity, unseen)
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
    pictures = Counter(
        gram for refs in references
        for gram in {g for ref in refs for counts in count_ngrams(ref) for g in counts})
    return {gram: math.log(len(references)) - math.log(n)  # eq-judge-rarity
            for gram, n in pictures.items()}


def cider_of_sentence(candidate, references, rarity, unseen):
    """Mean likeness of a caption to its references, times 10.

    Parameters
    ----------
    candidate : str
    references : list of str
    rarity : dict of tuple to float
        From `inverse_document_frequency`.
    unseen : float
        The rarity of an n-gram that it lacks.

    Returns
    -------
    float
    """
    vector = cider_vector(candidate, rarity, unseen)
    likeness = [likeness_of(vector, cider_vector(reference, rarity, unseen))
                for reference in references]
    return 10 * sum(likeness) / len(likeness)  # eq-judge-cider


def cider_vector(sentence, rarity, unseen):
    """Turn a sentence into sparse vectors of count times rarity, one an order.

    Parameters
    ----------
    sentence : str
    rarity, unseen
        As for `cider_of_sentence`.

    Returns
    -------
    weights : list of dict
        Four, from n-gram to weight.
    norms : list of float
        Their lengths.
    length : int
        Words.
    """
    counts = count_ngrams(sentence)
    weights = [{gram: count * rarity.get(gram, unseen) for gram, count in c.items()}
               for c in counts]
    norms = [math.sqrt(sum(w * w for w in vector.values())) for vector in weights]
    # The reference program counts bigrams for the length: its `n == 1` counts orders
    # from 0. That is one less than the words, so the difference of two lengths, all
    # that matters, is the same. (Not for an empty sentence, but that one is like
    # nothing anyway.)
    return weights, norms, counts[0].total()


def likeness_of(candidate, reference):
    """Mean over the four orders of a clipped cosine, times the penalty for unequal length.

    Parameters
    ----------
    candidate, reference : tuple
        From `cider_vector`.

    Returns
    -------
    float
        From 0 to 1.
    """
    weights, norms, length = candidate
    ref_weights, ref_norms, ref_length = reference
    cosines = map(clipped_cosine, weights, norms, ref_weights, ref_norms)
    # One half of the D of CIDEr-D: another length costs, whatever words fill it.
    penalty = math.exp(-(length - ref_length) ** 2 / (2 * SIGMA ** 2))
    return penalty * sum(cosines) / MAX_ORDER


def clipped_cosine(weights, norm, ref_weights, ref_norm):
    """Cosine of two sparse vectors, where no weight counts beyond the reference's.

    Parameters
    ----------
    weights, ref_weights : dict
    norm, ref_norm : float

    Returns
    -------
    float
    """
    # The other half of the D: what a caption repeats more often than the reference
    # earns nothing more, but makes the caption's own norm longer. So the measure is
    # not symmetric.
    dot = sum(min(weight, ref_weights[gram]) * ref_weights[gram]
              for gram, weight in weights.items() if gram in ref_weights)
    # A vector of norm 0 (no n-gram of this order, or none that is rare) is like none.
    return dot / (norm * ref_norm) if dot else 0.0
