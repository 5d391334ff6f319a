"""Sentences as counts of n-grams, runs of one to four words."""

from collections import Counter

MAX_ORDER = 4


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
    return [Counter(ngrams(words, n)) for n in range(1, MAX_ORDER + 1)]


def ngrams(words, n):
    """Go through the runs of n words, each a tuple."""
    return zip(*(words[i:] for i in range(n)), strict=False)


def check_sentences(candidates, references):
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
