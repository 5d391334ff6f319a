"""Words as numbers (chapter 2): sentences to rows of integers and back."""

import re
from collections import Counter

import numpy as np

SPECIAL = ("<NULL>", "<START>", "<END>", "<UNK>")
WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


def tokenize(sentence):
    """Split a sentence into lower-case words; punctuation goes.

    Examples
    --------
    >>> tokenize("A man's dog , wet , leaps .")
    ['a', "man's", 'dog', 'wet', 'leaps']
    """
    return WORD.findall(sentence.lower())


def build_vocabulary(sentences, min_count=1):
    """List the special words, then every word seen often enough, the most frequent first.

    Parameters
    ----------
    sentences : iterable of list of str
        Tokenised sentences.
    min_count : int
        A rarer word is left to ``<UNK>``.

    Returns
    -------
    list of str
        A word's place is its index. Words of one frequency stand in alphabetical order, so that
        the order of the sentences does not matter.
    """
    counts = Counter(word for sentence in sentences for word in sentence)
    kept = [word for word, count in counts.items() if count >= min_count]
    return [*SPECIAL, *sorted(kept, key=lambda word: (-counts[word], word))]


def encode(words, word_to_idx, length):
    """Turn words into a row of indices from ``<START>`` to ``<END>``, padded with ``<NULL>``.

    Parameters
    ----------
    words : list of str
    word_to_idx : dict of str to int
    length : int
        Of the row. A longer sentence loses its last words; ``<END>`` stays.

    Returns
    -------
    ndarray of int, (length,)

    Raises
    ------
    ValueError
        length leaves no room for a word.
    """
    if length < 3:
        raise ValueError(f"length is {length}; wanted at least 3, for <START>, a word and <END>")
    unknown = word_to_idx["<UNK>"]
    row = [word_to_idx["<START>"],
           *(word_to_idx.get(word, unknown) for word in words[:length - 2]),
           word_to_idx["<END>"]]
    return np.array(row + [word_to_idx["<NULL>"]] * (length - len(row)))


def decode_captions(captions, idx_to_word):
    """Turn rows of indices into text.

    Parameters
    ----------
    captions : ndarray of int, (T,) or (N, T)
    idx_to_word : sequence of str or dict of int to str

    Returns
    -------
    str, or list of str for more rows
        The words up to ``<END>``, which is kept as ``<START>`` is; ``<NULL>`` is left out.

    Raises
    ------
    ValueError
        An index has no word.
    """
    captions = np.asarray(captions)
    if captions.ndim == 1:
        return " ".join(_words(captions.tolist(), idx_to_word))
    return [" ".join(_words(row, idx_to_word)) for row in captions.tolist()]


def plain_sentence(row, idx_to_word):
    """Turn one row of indices into a sentence without special words, as metrics want it."""
    words = _words(np.asarray(row).tolist(), idx_to_word)
    return " ".join(word for word in words if word not in ("<START>", "<END>"))


def _words(row, idx_to_word):
    for index in row:
        try:
            word = idx_to_word[index] if index >= 0 else None
        except (KeyError, IndexError):
            word = None
        if word is None:
            raise ValueError(f"captions holds {index}, which has no word; idx_to_word has "
                             f"{len(idx_to_word)}")
        if word != "<NULL>":
            yield word
        if word == "<END>":
            break
