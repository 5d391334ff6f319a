"""Words as numbers (chapter 2): sentences to rows of integers and back."""

import re
from collections import Counter

import numpy as np

from captioning.shapes import check_whole

SPECIAL = ("<NULL>", "<START>", "<END>", "<UNK>")
WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


def tokenize(sentence):
    """Split a sentence into lower-case words; punctuation goes.

    Parameters
    ----------
    sentence : str

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        sentence is no text.

    Examples
    --------
    >>> tokenize("A man's dog , wet , leaps .")
    ['a', "man's", 'dog', 'wet', 'leaps']
    """
    if not isinstance(sentence, str):
        raise ValueError(f"sentence is {type(sentence).__name__}; wanted a text")
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

    Raises
    ------
    ValueError
        A sentence is not tokenised, or min_count is no whole number of at least 1.
    """
    check_whole("min_count", min_count)
    counts = Counter(word for sentence in sentences
                     for word in check_words("sentences", sentence))
    kept = [word for word, count in counts.items()
            if count >= min_count and word not in SPECIAL]
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
        length leaves no room for a word, words is no list of them, or the vocabulary lacks a
        special word.
    """
    check_whole("length", length, 3)  # <START>, a word and <END>
    check_words("words", words)
    missing = [word for word in SPECIAL if word not in word_to_idx]
    if missing:
        raise ValueError(f"word_to_idx lacks {', '.join(missing)}; wanted all of "
                         f"{', '.join(SPECIAL)}")
    unknown = word_to_idx["<UNK>"]
    row = [word_to_idx["<START>"],
           *(word_to_idx.get(word, unknown) for word in words[:length - 2]),
           word_to_idx["<END>"]]
    return np.array(row + [word_to_idx["<NULL>"]] * (length - len(row)))


def check_words(name, words):
    """Return a tokenised sentence; ValueError if it is a text or no sequence at all."""
    if not isinstance(words, list | tuple):
        raise ValueError(f"{name} holds or is {type(words).__name__} ({str(words)[:30]!r}); wanted "
                         "a list of words, as tokenize gives it")
    return words


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
        An index has no word, or captions is no row and no table of whole numbers.
    """
    captions = np.asarray(captions)
    if captions.dtype.kind not in "iu" or captions.ndim not in (1, 2):
        raise ValueError(f"captions has dtype {captions.dtype} and shape {captions.shape}; wanted "
                         "ints, (T,) or (N, T)")
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
