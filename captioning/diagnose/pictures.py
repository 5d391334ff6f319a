"""Are the pictures different, and are they seen the way they were in training? (chapter 19)."""

import numpy as np

from captioning.diagnose.finding import at_most


def one_picture(case):
    """Share of training captions that come with one and the same vector; limit one half.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    features, _ = case.batch("train")
    _, counts = np.unique(features, axis=0, return_counts=True)
    reading = counts.max() / len(features)
    return at_most("one picture", reading, .5,
                   f"{len(counts)} different vectors come with {len(features)} captions",
                   "wrong-same")


def preparation(case):
    """How far a split's features are, on average, from where training's were, in their spreads.

    The mean of M pictures of the same sort strays by ``1 / sqrt(M)`` spreads (eq-wrong-stray).
    The limit is twice that, and a tenth of a spread for splits that are not quite alike.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    strays, limits = {}, {}
    for split in ("train", case.split):
        features = case.data[f"{split}_features"]
        shift = case.captioner.scale.apply(features).mean(axis=0, dtype=float)
        strays[split] = np.sqrt(np.mean(shift**2))
        limits[split] = .1 + 2 / np.sqrt(len(features))
    worst = max(strays, key=lambda split: strays[split] / limits[split])
    means = f"{worst} features lie {strays[worst]:.2f} spreads from those learnt from"
    return at_most("preparation", strays[worst], limits[worst], means, "wrong-preparation")
