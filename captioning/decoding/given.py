"""How likely a model finds sentences that are given."""

import numpy as np

from captioning.decoding.rules import special_words
from captioning.shapes import check_arguments, check_indices


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
