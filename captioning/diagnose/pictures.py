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

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    scaled = {split: case.captioner.scale.apply(case.data[f"{split}_features"])
              for split in ("train", case.split)}
    worst = max(scaled, key=lambda split: stray(scaled[split]) / furthest(len(scaled[split])))
    reading, limit = stray(scaled[worst]), furthest(len(scaled[worst]))
    means = f"{worst} features lie {reading:.2f} spreads from those learnt from"
    if reading > limit:
        means += ": prepared otherwise, or of other pictures"
    return at_most("preparation", reading, limit, means, "wrong-preparation")


def stray(features):
    """Root of the mean square of the means of scaled features (eq-wrong-stray).

    Parameters
    ----------
    features : ndarray, (M, F)
        In the scale in which those of training have mean 0 and variance 1.

    Returns
    -------
    float
    """
    return np.sqrt(np.mean(features.mean(axis=0, dtype=float)**2))


def furthest(number):
    """How far that many pictures may stray; squares add, of a true distance and of chance.

    Chance is 1 / sqrt(M), and scatters by 1 / sqrt(2 K M) where features vary along K independent
    directions: from K = 18 on, half of it more is three times that. Splits that are not quite
    alike may be .05 spreads apart; those of Flickr8k are .02.

    Parameters
    ----------
    number : int

    Returns
    -------
    float
    """
    return np.sqrt(.05**2 + 1.5**2 / number)
