"""Are captions laid out as the network needs them? <START>, words, one <END>, then <NULL>."""

import numpy as np

from captioning.diagnose.finding import at_most


def layout(case):
    """Share of training captions that do not run from ``<START>`` to one ``<END>``.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    captions, words = case.data["train_captions"], case.data["word_to_idx"]
    ends = captions == words["<END>"]
    after = ends.cumsum(axis=1) - ends  # how many <END> stand before each place
    sound = {
        "no <START> in front": captions[:, 0] == words["<START>"],
        "not one <END>": ends.sum(axis=1) == 1,
        "words after <END>, or <NULL> before it": np.all(
            (captions == words["<NULL>"]) == (after > 0), axis=1)}
    wrong = {name: 1 - good.mean() for name, good in sound.items()}
    worst = max(wrong, key=wrong.get)
    means = f"captions with {worst}: {wrong[worst]:.0%}" if wrong[worst] else (
        "each caption runs from <START> to one <END>, then <NULL>")
    return at_most("layout", wrong[worst], 0, means, "wrong-end")
