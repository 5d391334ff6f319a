"""One sentence a picture, word by word: the loop of greedy decoding and of drawing."""

import numpy as np

from captioning.decoding.choosing import (
    check_share,
    check_temperature,
    drawn,
    likeliest,
    nucleus,
    temper,
    top_k,
)
from captioning.decoding.rules import SILENT, Rules
from captioning.shapes import check_whole


def greedy(model, features, max_length=30, forbidden=SILENT, min_length=0, no_repeat=0):
    """Say the likeliest word, read it, and go on until ``<END>``.

    Parameters
    ----------
    model : object with ``word_to_idx``, ``start`` and ``step``
    features : ndarray of float, (N, F)
        Or whatever else the model's ``start`` takes, a row for each picture.
    max_length : int
        The most words in a sentence, ``<END>`` included.
    forbidden : sequence of str
        Words that are never said, where the vocabulary has them.
    min_length : int
        The least words before ``<END>``.
    no_repeat : int
        n, where no n words in a row may be said twice; 0 allows everything.

    Returns
    -------
    captions : ndarray of int, (N, max_length)
        Without ``<START>``; ``<NULL>`` follows ``<END>``.

    Raises
    ------
    ValueError
        A length is no whole number or out of range, the model refuses the features, the
        vocabulary lacks a special word, or every word is forbidden.
    """
    rules = Rules(model.word_to_idx, max_length, forbidden, min_length, no_repeat)
    return speak(model, features, likeliest, rules)


def sample_captions(model, features, temperature=1.0, max_length=30, forbidden=SILENT,
                    rng=None, top_k=None, top_p=None, min_length=0, no_repeat=0):
    """Draw each word with its probability, read it, and go on until ``<END>``.

    Parameters
    ----------
    model, features
        As for `greedy`.
    temperature : float
        Above 0. Near 0 the likeliest word is nearly always drawn; at 1 the model's own
        probabilities count; far above, all words are nearly equal.
    max_length, forbidden
        As for `greedy`. A forbidden word has probability 0; the others share what it had.
    rng : numpy.random.Generator, optional
        Draws the words, one number for each sentence and step; by default one with seed 0.
    top_k : int, optional
        Draw from so many likeliest words only.
    top_p : float, optional
        Draw only from the fewest words that hold this share of the probability.
    min_length, no_repeat
        As for `greedy`.

    Returns
    -------
    captions : ndarray of int, (N, max_length)
        Without ``<START>``; ``<NULL>`` follows ``<END>``. For several sentences about each
        picture, repeat its features.

    Raises
    ------
    ValueError
        As for `greedy`, or the temperature, top_k or top_p is out of range.
    """
    choose = drawer(temperature, top_k, top_p, rng or np.random.default_rng(0))
    rules = Rules(model.word_to_idx, max_length, forbidden, min_length, no_repeat)
    return speak(model, features, choose, rules)


def drawer(temperature, k, p, rng):
    """Return the function that draws a word from each row: temperature first, then k, then p.

    Parameters
    ----------
    temperature : float
    k : int or None
    p : float or None
    rng : numpy.random.Generator

    Returns
    -------
    callable
        ``choose(log_probs (N, V)) -> words (N,)``.

    Raises
    ------
    ValueError
        The temperature, k or p is out of range.
    """
    check_temperature(temperature)
    if k is not None:
        check_whole("top_k", k)
    if p is not None:
        check_share(p)

    def choose(log_probs):
        log_probs = temper(log_probs, temperature)
        log_probs = log_probs if k is None else top_k(log_probs, k)
        log_probs = log_probs if p is None else nucleus(log_probs, p)
        return drawn(log_probs, rng)

    return choose


def speak(model, features, choose, rules):
    """Choose a word, read it, and go on until ``<END>``.

    Parameters
    ----------
    model, features
        As for `greedy`.
    choose : callable
        ``choose(log_probs (N, V)) -> words (N,)``; what may not be said has -inf.
    rules : Rules

    Returns
    -------
    captions : ndarray of int, (N, max_length)
    """
    state = model.start(features)
    captions = np.full((len(features), rules.max_length), rules.null)
    words, done = np.full(len(features), rules.start), np.zeros(len(features), dtype=bool)
    for t in range(rules.max_length):
        log_probs, state = model.step(words, state)
        log_probs = rules.allow(log_probs, captions[:, :t])
        words = np.where(done, rules.null, choose(log_probs))
        captions[:, t] = words
        done |= words == rules.end
        if done.all():
            break
    return captions
