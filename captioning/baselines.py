"""Models that never look: how likely a word is after the word before it, counted (chapter 12)."""

import numpy as np

from captioning.shapes import check_arguments


class WordCounts:
    """A model whose next word depends on the words of training alone.

    It offers what decoders ask for, ``start`` and ``step``: so it speaks, and has a perplexity.

    Parameters
    ----------
    captions : ndarray of int, (M, T + 1)
        The captions of training, from ``<START>`` to ``<END>``, then ``<NULL>``.
    word_to_idx : dict of str to int
    before : {0, 1}
        The words before the next one that count: none (unigram) or one (bigram).

    Attributes
    ----------
    log_probs : ndarray of float64, (V, V)
        Row w: the log-probability of every word after word w, eq-judge-counts.

    Raises
    ------
    ValueError
        captions have another type or shape or unknown words, or ``before`` is neither 0 nor 1.
    """

    def __init__(self, captions, word_to_idx, before=1):
        V = len(word_to_idx)
        check_arguments("WordCounts", {"captions": "M T int"}, {"captions": captions})
        if not 0 <= captions.min() <= captions.max() < V:
            raise ValueError(f"captions holds words from {captions.min()} to {captions.max()}; "
                             f"wanted indices from 0 to {V - 1}")
        if before not in (0, 1):
            raise ValueError(f"before is {before!r}; wanted 0 or 1")
        self.word_to_idx = word_to_idx
        asked = captions[:, 1:] != word_to_idx["<NULL>"]
        counts = np.bincount(captions[:, :-1][asked] * V + captions[:, 1:][asked],
                             minlength=V * V).reshape(V, V)
        alone = counts.sum(axis=0) + 1  # (V,)  as if each word had been said once more
        alone = alone / alone.sum()  # (V,)
        after = (counts + alone) / (counts.sum(axis=1, keepdims=True) + 1)  # (V, V)
        self.log_probs = np.log(after if before else np.tile(alone, (V, 1)))

    def start(self, features):
        """Look at nothing: the state of each sentence is empty."""
        return np.zeros((len(features), 0))

    def step(self, words, state):
        """Read a word of each sentence (N,); return log-probabilities (N, V) and the state."""
        return self.log_probs[words], state
