"""ROUGE-L: the longest run of words, gaps allowed, that a caption shares with a reference."""

import numpy as np

from captioning.metrics.ngrams import check_sentences

BETA = 1.2  # above 1, recall counts for more than precision


def rouge_l(candidates, references):
    """Score captions by ROUGE-L.

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
        The score of each caption, from 0 to 1.

    Raises
    ------
    ValueError
        If the two lists differ in length or are empty, a picture has no reference, or a sentence
        is not a string.

    References
    ----------
    Lin, "ROUGE: a package for automatic evaluation of summaries", ACL workshop 2004.

    Examples
    --------
    >>> score, _ = rouge_l(["a blue boat sails"], [["a boat", "a boat sails by"]])
    >>> round(score, 3)
    0.88
    """
    check_sentences(candidates, references)
    sentences = np.array([
        rouge_of_sentence(caption, refs)
        for caption, refs in zip(candidates, references, strict=True)])
    return float(sentences.mean()), sentences


def rouge_of_sentence(candidate, references):
    """Weighted harmonic mean of precision and recall, each from the reference where it is best.

    Parameters
    ----------
    candidate : str
    references : list of str

    Returns
    -------
    float
    """
    # The reference program splits at single blanks, so that nothing at all is one
    # word, of no letters: an empty caption matches an empty reference, and two
    # blanks in a row hold a word.
    words, *refs = (sentence.split(" ") for sentence in (candidate, *references))
    shared = [longest_common_subsequence(words, ref) for ref in refs]
    # Precision and recall may come from two different references.
    precision = max(shared) / len(words)
    recall = max(n / len(ref) for n, ref in zip(shared, refs, strict=True))
    if not precision:
        return 0.0
    # eq-judge-rouge
    return (1 + BETA ** 2) * precision * recall / (recall + BETA ** 2 * precision)


def longest_common_subsequence(one, other):
    """Length of the longest list of words that stand in both lists in this order, gaps allowed.

    Parameters
    ----------
    one, other : list of str

    Returns
    -------
    int

    Examples
    --------
    >>> longest_common_subsequence("a blue boat sails".split(), "a boat sails by".split())
    3
    """
    above = [0] * (len(other) + 1)  # lengths for the words of one before this
    for word in one:
        row = [0]
        for k, rival in enumerate(other):
            # eq-judge-lcs
            row.append(above[k] + 1 if word == rival else max(row[k], above[k + 1]))
        above = row
    return above[-1]
