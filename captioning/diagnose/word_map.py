"""Do numbers mean the words they meant in training? A word map can be another run's."""

from itertools import zip_longest

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
    pairs = zip_longest(case.captioner.words, case.data["idx_to_word"])
    wrong = [(k, mine, theirs) for k, (mine, theirs) in enumerate(pairs) if mine != theirs]
    if not wrong:
        return at_most("word map", 0, 0, "captioner and data number their words alike",
                       "wrong-words")
    k, mine, theirs = wrong[0]
    said = f"{len(wrong)} numbers differ, {k} is {mine!r} here and {theirs!r} in the data"
    features, captions = case.batch("train")
    if len(case.numbers) > len(case.captioner.model.params["b_vocab"]):
        return at_most("word map", len(wrong), 0, said, "wrong-words")
    _, others = case.raw_batch("train")
    model, words = case.captioner.model, (captions[:, 1:] != case.null).sum()
    own, other = (losses(model, features, rows, case.null).sum() / words
                  for rows in (captions, others))
    which = "captioner's numbers are those learnt" if own < other else "data's numbers were learnt"
    return at_most("word map", own - other, 0, f"{said}; the {which}", "wrong-words")
