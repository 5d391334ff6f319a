"""How many words is the network asked for? Counted with a blank mouth (chapter 19)."""

import numpy as np

from captioning.diagnose.case import with_params
from captioning.diagnose.finding import at_most


def asked(case):
    """Words a caption that the loss asks for, less those that the caption has.

    Without vocabulary weights every word has the probability 1/V, and each word that is asked
    for costs ln V: the loss counts them.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    features, captions = case.batch("train")
    p = case.captioner.model.params
    blank = {name: np.zeros_like(p[name]) for name in ("W_vocab", "b_vocab")}
    loss, _ = with_params(case.captioner.model, blank).loss(features, captions)
    counted = loss / np.log(len(p["b_vocab"]))
    wanted = (captions[:, 1:] != case.null).sum() / len(captions)
    # 1e-3 words: rounding in float32 is a hundredth of it, one word a caption a thousand times it.
    return at_most("asked", abs(counted - wanted), 1e-3,
                   f"asked for {counted:.2f} words a caption; it has {wanted:.2f}", "wrong-mask")
