"""What the log of training tells: a step far longer than the others (chapter 19)."""

import numpy as np

from captioning.diagnose.finding import at_most, not_made

FEWEST, BEFORE = 10, 100  # steps, below which no norm is usual, and over which it is


def norms(case):
    """Greatest norm of a gradient, clipped as in training, over the median before it; limit 30.

    A gradient that was clipped did no harm, however long it was. The median is that of the last
    100 steps, since gradients may shrink as a network learns. Of the runs in
    ``data/logs/wrong.json`` the healthy one stays far below the limit, the exploding one far above.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    found = np.minimum(case.clip, [entry["gradient_norm"] for entry in case.log
                                   if "gradient_norm" in entry])
    if len(found) <= FEWEST:
        return not_made("norms", f"no log of more than {FEWEST} steps", "wrong-explodes")
    usual = np.array([np.median(found[max(0, t - BEFORE):t])
                      for t in range(FEWEST, len(found))])
    leaps = found[FEWEST:] / np.maximum(usual, np.finfo(float).tiny)
    worst = leaps.argmax()
    return at_most("norms", leaps[worst], 30, f"greatest leap to {found[worst + FEWEST]:.3g}, "
                   f"from {usual[worst]:.3g}, at step {worst + FEWEST}", "wrong-explodes")
