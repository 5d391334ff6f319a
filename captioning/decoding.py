"""Speaking: from a picture's features to a sentence (chapter 11).

Every decoder asks a model for two things only. ``start(features) -> state`` looks at the
pictures; ``step(words, state) -> log_probs, state`` reads the last word of each sentence and
gives the log-probability of every next one. Decoders differ in how they choose from these.
"""

from numbers import Real

import numpy as np

from captioning.layers import log_softmax
from captioning.shapes import check_arguments, check_indices, check_whole

SILENT = ("<NULL>", "<START>")


def greedy(model, features, max_length=30, forbidden=SILENT):
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
        max_length is no whole number of at least 1, the model refuses the features, the
        vocabulary lacks ``<START>`` or ``<END>``, or every word is forbidden.
    """
    return speak(model, features, likeliest, max_length, forbidden)


def sample_captions(model, features, temperature=1.0, max_length=30,
                    forbidden=SILENT, rng=None):
    """Draw each word with its probability at a temperature, read it, and go on until ``<END>``.

    Parameters
    ----------
    model, features, max_length, forbidden
        As for `greedy`. A forbidden word has probability 0; the others share what it had.
    temperature : float
        Above 0. Near 0 the likeliest word is nearly always drawn; at 1 the model's own
        probabilities count; far above, all words are nearly equal.
    rng : numpy.random.Generator, optional
        Draws the words, one number for each sentence and step; by default one with seed 0.

    Returns
    -------
    captions : ndarray of int, (N, max_length)
        Without ``<START>``; ``<NULL>`` follows ``<END>``.

    Raises
    ------
    ValueError
        As for `greedy`, or the temperature is not above 0.
    """
    check_temperature(temperature)
    rng = rng or np.random.default_rng(0)

    def choose(log_probs):
        return drawn(temper(log_probs, temperature), rng)

    return speak(model, features, choose, max_length, forbidden)


def speak(model, features, choose, max_length, forbidden):
    """Choose a word, read it, and go on until ``<END>``: the loop of every decoder.

    Parameters
    ----------
    model, features, max_length, forbidden
        As for `greedy`.
    choose : callable
        ``choose(log_probs (N, V)) -> words (N,)``; what is forbidden has -inf.

    Returns
    -------
    captions : ndarray of int, (N, max_length)
    """
    start, end, null = special_words(model.word_to_idx)
    check_whole("max_length", max_length)
    banned = indices_of(forbidden, model.word_to_idx)
    state = model.start(features)
    captions = np.full((len(features), max_length), null)
    words, done = np.full(len(features), start), np.zeros(len(features), dtype=bool)
    for t in range(max_length):
        log_probs, state = model.step(words, state)
        log_probs[:, banned] = -np.inf
        words = np.where(done, null, choose(log_probs))
        captions[:, t] = words
        done |= words == end
        if done.all():
            break
    return captions


def likeliest(log_probs):
    """Choose the word of the greatest log-probability in each row.

    Parameters
    ----------
    log_probs : ndarray of float, (N, V)

    Returns
    -------
    ndarray of int, (N,)
    """
    return log_probs.argmax(axis=1)


def drawn(log_probs, rng):
    """Draw a word from each row of log-probabilities.

    Each word has a stretch of the line, as long as its probability; a number drawn evenly from
    the whole line falls on one of them.

    Parameters
    ----------
    log_probs : ndarray of float, (N, V)
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, (N,)
    """
    ends = np.exp(log_probs, dtype=np.float64).cumsum(axis=1)  # (N, V)
    points = rng.random((len(ends), 1)) * ends[:, -1:]  # (N, 1)
    return (ends <= points).sum(axis=1)


def temper(log_probs, temperature):
    """Divide log-probabilities by a temperature, and scale so that probabilities add up to 1.

    Parameters
    ----------
    log_probs : ndarray of float, (..., V)
    temperature : float
        Below 1 the likely words gain, above 1 the unlikely ones.

    Returns
    -------
    ndarray of float, (..., V)

    Raises
    ------
    ValueError
        The temperature is not above 0, or not finite.
    """
    check_temperature(temperature)
    return log_softmax(log_probs / temperature)  # (..., V)  eq-speak-temper


def log_probabilities(model, features, captions):
    """Log-probability of each word of given captions, after the words before it.

    Parameters
    ----------
    model : object with ``word_to_idx``, ``start`` and ``step``
    features : ndarray of float, (N, F)
    captions : ndarray of int, (N, T)
        As decoders return them: without ``<START>``, padded with ``<NULL>``.

    Returns
    -------
    ndarray of float, (N, T)
        0 for ``<NULL>``. A row's sum is the log-probability of its caption: minus the loss.

    Raises
    ------
    ValueError
        The model refuses the features, captions have another shape or unknown words, or the
        vocabulary lacks a special word.
    """
    start, _, null = special_words(model.word_to_idx)
    check_captions(features, captions, len(model.word_to_idx))
    state, words = model.start(features), np.full(len(captions), start)
    columns = []
    for next_words in captions.T:
        log_probs, state = model.step(words, state)
        columns.append(log_probs[np.arange(len(words)), next_words])
        words = next_words
    return np.where(captions == null, 0, np.stack(columns, axis=1))  # (N, T)


def check_captions(features, captions, V):
    """Raise ValueError unless captions (N, T) are indices below V, a row for each picture."""
    check_arguments("log_probabilities", {"features": "N F", "captions": "N T int"},
                    {"features": features, "captions": captions})
    check_indices("captions", captions, V)


def check_temperature(temperature):
    """Raise ValueError unless the temperature is a finite number above 0."""
    if not isinstance(temperature, Real) or not 0 < temperature < np.inf:
        raise ValueError(f"temperature is {temperature!r}; wanted a finite number above 0")


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
