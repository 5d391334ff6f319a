"""Is the captioner worth what is said of it? (chapter 19)."""

from captioning.diagnose.finding import at_most, not_made
from captioning.evaluation import evaluate

SCORES = ("truth", "bleu_1", "bleu_4")  # those that are shares


def score(case):
    """Greatest difference of a score that was written down from that of free speech; limit .02.

    Rounding to float16 changes a few sentences of 1,000.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    known = {name: value for name, value in (case.scores or {}).items() if name in SCORES}
    if not known:
        return not_made("score", "no score was written down", "wrong-score")
    now = evaluate(case.captioner, case.data, case.split)
    name = max(known, key=lambda name: abs(now[name] - known[name]))
    return at_most("score", abs(now[name] - known[name]), .02,
                   f"{name} was said to be {known[name]:.3f}; spoken freely it is "
                   f"{now[name]:.3f}", "wrong-score")
