"""Where does the loss stand between knowing nothing and knowing the sentence? (chapter 19)."""

import numpy as np

from captioning.diagnose.case import losses
from captioning.diagnose.finding import at_most


def level(case):
    """Loss a word, as a share of the entropy of the words alone; limit .9.

    Who knows how often each word is said, and nothing else, pays the entropy: 1. The last word
    alone is worth far more than a tenth of it, in any language.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    features, captions = case.batch(case.split)
    words = (captions[:, 1:] != case.null).sum()
    loss = losses(case.captioner.model, features, captions, case.null).sum() / words
    entropy = word_entropy(case)
    return at_most("level", loss / entropy, .9, f"loss {loss:.2f} a word; who knows only how often "
                   f"words are said pays {entropy:.2f}", "wrong-level")


def word_entropy(case):
    """Entropy of the words that training asks for, in nats (eq-wrong-entropy)."""
    asked = case.captions("train")[:, 1:]
    counts = np.bincount(asked[asked != case.null])
    share = counts[counts > 0] / counts.sum()
    return -np.sum(share * np.log(share))
