"""Speaking: from a picture's features to a sentence (chapter 11).

Every decoder asks a model for two things only. ``start(features) -> state`` looks at the
pictures; ``step(words, state) -> log_probs, state`` reads the last word of each sentence and
gives the log-probability of every next one.
"""

import numpy as np

from captioning.shapes import check_whole


def greedy(model, features, max_length=30, forbidden=("<NULL>", "<START>")):
    """Say the likeliest word, read it, and go on until ``<END>``.

    Parameters
    ----------
    model : object with ``word_to_idx``, ``start`` and ``step``
    features : ndarray of float, (N, F)
    max_length : int
        The most words in a sentence, ``<END>`` included.
    forbidden : sequence of str
        Words that are never said, where the vocabulary has them.

    Returns
    -------
    captions : ndarray of int, (N, max_length)
        Without ``<START>``; ``<NULL>`` follows ``<END>``.

    Raises
    ------
    ValueError
        max_length is no whole number of at least 1, the model refuses the features, or the
        vocabulary lacks ``<START>`` or ``<END>``.
    """
    start, end, null = special_words(model.word_to_idx)
    check_whole("max_length", max_length)
    state = model.start(features)
    banned = [model.word_to_idx[word] for word in forbidden if word in model.word_to_idx]
    captions = np.full((len(features), max_length), null)
    words, done = np.full(len(features), start), np.zeros(len(features), dtype=bool)
    for t in range(max_length):
        log_probs, state = model.step(words, state)
        log_probs[:, banned] = -np.inf
        words = np.where(done, null, log_probs.argmax(axis=1))
        captions[:, t] = words
        done |= words == end
        if done.all():
            break
    return captions


def special_words(word_to_idx):
    """Return the indices of ``<START>``, ``<END>`` and ``<NULL>``; ValueError if one is missing."""
    missing = [w for w in ("<START>", "<END>", "<NULL>") if w not in word_to_idx]
    if missing:
        raise ValueError(f"word_to_idx lacks {', '.join(missing)}; a model that speaks needs "
                         "<START>, <END> and <NULL>")
    return word_to_idx["<START>"], word_to_idx["<END>"], word_to_idx["<NULL>"]
