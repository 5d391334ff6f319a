"""Several models that speak as one (chapter 11)."""

import numpy as np


class Ensemble:
    """A model whose probabilities are the mean of those of its members.

    Parameters
    ----------
    members : sequence of models
        Each with ``word_to_idx``, ``start`` and ``step``, and the same words.

    Raises
    ------
    ValueError
        There is no member, or two have different words.
    """

    def __init__(self, members):
        self.members = tuple(members)
        if not self.members:
            raise ValueError("members is empty; wanted at least one model")
        self.word_to_idx = self.members[0].word_to_idx
        for k, member in enumerate(self.members):
            if member.word_to_idx != self.word_to_idx:
                raise ValueError(f"members[{k}] has other words than members[0]; "
                                 "wanted the same under the same numbers")

    def start(self, features):
        """Let each member look at the pictures: a tuple of their states."""
        return tuple(member.start(features) for member in self.members)

    def step(self, words, state):
        """Let each member read a word of each sentence (N,); score the next by the mean.

        Returns
        -------
        log_probs : ndarray, (N, V)
        state : tuple
        """
        log_probs, state = zip(*(member.step(words, part) for member, part in
                                 zip(self.members, state, strict=True)), strict=True)
        return log_mean(log_probs), state


def log_mean(log_probs):
    """Log of the mean of probabilities that are given by their logs, eq-speak-ensemble.

    Parameters
    ----------
    log_probs : sequence of ndarray, (N, V) each

    Returns
    -------
    ndarray, (N, V)
    """
    return np.logaddexp.reduce(log_probs) - np.log(len(log_probs)).astype(log_probs[0].dtype)
