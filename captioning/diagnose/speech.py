"""Does it speak as it learnt to, and what does it say? (chapter 19)."""

from collections import Counter
from itertools import pairwise

import numpy as np

from captioning.diagnose.case import LONGEST, log_probs
from captioning.diagnose.finding import at_most


def one_voice(case):
    """Greatest difference of a log-probability between speaking and training; limit .01.

    Both read the same captions: training the whole at once, speaking a word at a time. In
    float32 they differ by rounding, a thousandth at most.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    model, (features, captions) = case.captioner.model, case.batch(case.split, 50)
    at_once = log_probs(model, features, captions)
    state, one_by_one = model.start(features), []
    for words in captions[:, :-1].T:
        each, state = model.step(words, state)
        one_by_one.append(each)
    counts = captions[:, 1:] != case.null
    reading = np.abs(at_once - np.stack(one_by_one, axis=1))[counts].max()
    means = ("speaking and training give the same probabilities" if reading <= .01 else
             "with the same words to read, it speaks otherwise than it learnt")
    return at_most("one voice", reading, .01, means, "wrong-voice")


def ending(case):
    """Share of captions that have not ended after 30 words; limit one in twenty.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    reading = np.mean([len(sentence.split()) >= LONGEST for sentence in case.said])
    return at_most("ending", reading, .05, f"of {len(case.said)} captions {reading:.0%} have not "
                   f"ended after {LONGEST} words", "wrong-end")


def stutter(case):
    """Share of captions with a word twice in a row; limit one in twenty.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    reading = np.mean([any(a == b for a, b in pairwise(sentence.split()))
                       for sentence in case.said])
    return at_most("stutter", reading, .05,
                   f"{reading:.0%} of the captions have a word twice in a row", "wrong-echo")


def variety(case):
    """Share of pictures that get the commonest caption; limit one half.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    sentence, number = Counter(case.said).most_common(1)[0]
    return at_most("variety", number / len(case.said), .5,
                   f"{number} of {len(case.said)} pictures get “{shortened(sentence)}”",
                   "wrong-same")


def shortened(sentence, most=32):
    """The beginning of a sentence."""
    return sentence if len(sentence) <= most else sentence[:most].rsplit(" ", 1)[0] + " …"
