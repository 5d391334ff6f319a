"""What the log of training tells: a gradient far longer than the others (chapter 19)."""

import numpy as np

from captioning.diagnose.finding import at_most, not_made

FEWEST = 20  # steps, below which no norm is usual


def norms(case):
    """Greatest norm of the gradient over the median; limit 100.

    Between the books' healthy runs and a leap lie two orders of magnitude.
    """
    found = np.array([entry["gradient_norm"] for entry in case.log if "gradient_norm" in entry])
    if len(found) < FEWEST:
        return not_made("norms", f"no log of {FEWEST} steps or more", "wrong-explodes")
    return at_most("norms", found.max() / np.median(found), 100,
                   f"greatest gradient {found.max():.3g}, at step {found.argmax()}; usual "
                   f"{np.median(found):.3g}", "wrong-explodes")
