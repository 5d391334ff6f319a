"""What the log of training tells: a gradient far longer than the others (chapter 19)."""

import numpy as np

from captioning.diagnose.finding import at_most, not_made

FEWEST, BEFORE = 10, 100  # steps, below which no norm is usual, and over which it is


def norms(case):
    """Greatest norm of a gradient over the median of those before it; limit 30.

    Measured: healthy runs stay below 7, and exploding ones leap by 50 and more. The median is
    that of the last 100 steps, since gradients may shrink as a network learns.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    found = np.array([entry["gradient_norm"] for entry in case.log if "gradient_norm" in entry])
    if len(found) <= FEWEST:
        return not_made("norms", f"no log of more than {FEWEST} steps", "wrong-explodes")
    usual = np.array([np.median(found[max(0, t - BEFORE):t])
                      for t in range(FEWEST, len(found))])
    leaps = found[FEWEST:] / np.maximum(usual, np.finfo(float).tiny)
    worst = leaps.argmax()
    return at_most("norms", leaps[worst], 30, f"greatest leap to {found[worst + FEWEST]:.3g}, "
                   f"from {usual[worst]:.3g}, at step {worst + FEWEST}", "wrong-explodes")
