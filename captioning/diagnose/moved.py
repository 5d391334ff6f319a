"""Has everything been trained? What stands where it started has had no gradient (chapter 19)."""

import numpy as np

from captioning.diagnose.finding import at_most, not_made


def moved(case):
    """Count parameters that stand where they started, and word vectors that were read and do.

    ``<END>`` and ``<NULL>`` are never read in order to say something, so they may stand still.
    Both sides are rounded to float16, in which captioners are kept.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    if case.first is None:
        return not_made("moved", "the first parameters are not known", "wrong-rows")
    if not case.whole:
        return not_made("moved", "training has not seen every caption yet", "wrong-rows")
    with np.errstate(over="ignore"):
        stands = {name: np.float16(value) == np.float16(case.first[name])
                  for name, value in case.captioner.model.params.items()}
    whole = [name for name, same in stands.items() if same.all()]
    captions = case.captions("train")
    read = np.unique(captions[:, :-1][captions[:, 1:] != case.null])
    rows = [case.captioner.words[k] for k in read if stands["W_embed"][k].all()]
    still = whole + ([] if "W_embed" in whole else rows)
    means = "every parameter and every word vector has moved"
    if still:
        means = f"never moved: {', '.join(still[:4])}" + (" and more" if len(still) > 4 else "")
    return at_most("moved", len(still), 0, means, "wrong-rows")
