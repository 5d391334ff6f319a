"""Do numbers mean the words they meant in training? A word map can be another run's."""

from itertools import zip_longest

import numpy as np

from captioning.diagnose.case import losses
from captioning.diagnose.finding import at_most


def word_map(case):
    """Nats a word by which the captioner's own numbers fit its weights worse than the data's.

    Two lists of words may differ in order, and one of them is the one that was learnt: captions
    are cheaper in its numbers. Above 0 it is the data's, and the captioner's list is stale.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    own, theirs = case.captioner.words, case.data["idx_to_word"]
    wrong = [(k, *pair) for k, pair in enumerate(zip_longest(own, theirs, fillvalue="no word"))
             if pair[0] != pair[1]]
    if not wrong:
        return at_most("word map", 0, 0, "captioner and data number their words alike",
                       "wrong-words")
    strange = set(theirs) - set(own)
    if len(strange) > len(theirs) / 2:
        return at_most("word map", len(strange), len(theirs) / 2, f"{len(strange)} of the data's "
                       f"{len(theirs)} words are none of the captioner's", "wrong-words")
    cost, others = (nats_a_word(case, rows) for rows in (case.batch("train")[1], as_they_are(case)))
    which = "captioner's numbers are those learnt" if cost <= others else (
        "data's numbers were learnt")
    k, mine, other = wrong[0]
    return at_most("word map", cost - others, 0, f"{len(wrong)} numbers differ, {k} is {mine!r} "
                   f"here and {other!r} in the data; the {which}", "wrong-words")


def as_they_are(case):
    """The captions in the data's numbers; those that the network does not have are ``<UNK>``."""
    captions = case.raw_batch("train")[1]
    own = case.captioner.words
    return np.where(captions < len(own), captions, own.index("<UNK>"))


def nats_a_word(case, captions):
    """What a word costs on average, read in these numbers."""
    features, _ = case.batch("train")
    words = (captions[:, 1:] != case.null).sum()
    return losses(case.captioner.model, features, captions, case.null).sum() / words
