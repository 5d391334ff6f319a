"""Perplexity: between how many words a model hesitates, on average (chapters 7 and 12)."""

import numpy as np

from captioning.decoding import log_probabilities


def perplexity(model, features, captions, batch=500):
    """Exponential of the mean loss a word, over all words of given captions.

    Parameters
    ----------
    model : object with ``word_to_idx``, ``start`` and ``step``
    features : ndarray of float, (M, F)
        Those of each caption's picture.
    captions : ndarray of int, (M, T)
        As decoders return them: without ``<START>``, padded with ``<NULL>``.
    batch : int
        Captions at a time.

    Returns
    -------
    float
        1 for a model that is always sure and right, V for one that knows nothing.

    Raises
    ------
    ValueError
        The model refuses the features, or captions have another shape, unknown or no words.
    """
    words = (captions != model.word_to_idx["<NULL>"]).sum()
    if not words:
        raise ValueError("captions holds no word; wanted one at least")
    total = sum(log_probabilities(model, features[k:k + batch], captions[k:k + batch])
                .sum(dtype=np.float64) for k in range(0, len(captions), batch))
    return float(np.exp(-total / words))  # eq-judge-perplexity
