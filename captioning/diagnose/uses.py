"""What does the network use: the word it reads, the picture it was shown? (chapter 19)."""

import numpy as np

from captioning.diagnose.case import log_probs, losses
from captioning.diagnose.finding import at_least, at_most


def echo(case):
    """Share of places at which the likeliest next word is the one just read; limit one half.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    features, captions = case.batch(case.split)
    said = log_probs(case.captioner.model, features, captions).argmax(axis=2)
    reading = (said == captions[:, :-1])[captions[:, 1:] != case.null].mean()
    return at_most("echo", reading, .5,
                   f"at {reading:.0%} of the places it repeats the word that it has read",
                   "wrong-echo")


def sight(case):
    """What the right picture saves, in nats a caption, against another's; at least .1.

    A choice between two equally likely words is worth ln 2 = .69 nats; who saves a seventh of
    that looks hardly at all.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    features, captions = case.batch(case.split)
    model, null = case.captioner.model, case.null
    right = losses(model, features, captions, null)
    other = losses(model, np.roll(features, 1, axis=0), captions, null)
    saved = np.mean(other - right, dtype=float)
    means = f"the right picture saves {saved:.2f} nats a caption"
    return at_least("sight", saved, .1, means, "wrong-blind")
