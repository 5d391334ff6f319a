"""The usual mistakes in finding the most similar training picture (chapter 17)."""

import numpy as np

from captioning.captioner import FeatureScale
from captioning.check.program import Exercise, mistake

SIZES = (dict(M=23, N=14, F=4), dict(M=9, N=17, F=3), dict(M=6, N=1, F=5), dict(M=8, N=8, F=8))


def draw(rng, M, N, F):
    """Features with a mean and a spread of their own each; a few rows are long ones."""
    mean, spread = rng.uniform(1, 3, F), rng.uniform(0.3, 3, F)
    length = rng.uniform(0.3, 2, (M, 1))
    return dict(train=mean + spread * length * rng.standard_normal((M, F)),
                features=mean + spread * (0.5 + rng.standard_normal((N, F))))


def unit(rows, axis=1):
    """Rows of length 1; what has no length stays as it is."""
    length = np.linalg.norm(rows, axis=axis, keepdims=True)
    return rows / np.where(length, length, 1)


def scaled(*scales):
    """Both sets of features, the one scaled by the first, the other by the last."""
    def line(train, features):
        first, last = (scale(train, features) for scale in (scales[0], scales[-1]))
        return first.apply(train), last.apply(features)
    return line


def of_train(train, features):
    """The scale that is wanted."""
    return FeatureScale.of(train)


def of_none(train, features):
    """A scale that leaves everything as it is."""
    return FeatureScale(0 * train[0], np.ones_like(train[0]))


def of_features(train, features):
    """The scale of the pictures asked about."""
    return FeatureScale.of(features)


def of_all(train, features):
    """The scale of both together."""
    return FeatureScale.of(np.concatenate([train, features]))


def without_mean(train, features):
    """The right scale, but that no mean is taken off."""
    return FeatureScale(0 * train[0], FeatureScale.of(train).spread)


def without_spread(train, features):
    """The right scale, but that nothing is divided."""
    return FeatureScale(FeatureScale.of(train).mean, np.ones_like(train[0]))


def row_by_row(train, features):
    """Each row scaled by its own mean and spread."""
    return tuple((rows - rows.mean(axis=1, keepdims=True)) / rows.std(axis=1, keepdims=True)
                 for rows in (train, features))


def distances(asked, known):
    """From each row of the one to each of the other, (N, M)."""
    return np.linalg.norm(asked[:, None] - known, axis=2)


SCALE = "Both are scaled, and by one scale: `FeatureScale.of(train)` knows both mean and spread."
WANTED = "Wanted is a row number for each row of `features`: (N,), each below M."

nearest = Exercise(
    "nearest", ("train", "features"), ("rows",), draw, dict(
        _scaled=scaled(of_train),
        known=lambda _scaled: _scaled[0],
        asked=lambda _scaled: _scaled[1],
        cosines=lambda known, asked: unit(asked) @ unit(known).T,
        rows=lambda cosines: cosines.argmax(axis=1),
    ), (
        mistake("Nothing is scaled.", SCALE, _scaled=scaled(of_none)),
        mistake("Only `train` is scaled.", SCALE, _scaled=scaled(of_train, of_none)),
        mistake("Only `features` is scaled.", SCALE, _scaled=scaled(of_none, of_train)),
        mistake("`features` is scaled by its own mean and spread.", SCALE,
                _scaled=scaled(of_train, of_features)),
        mistake("Both are scaled by the mean and spread of `features`.", SCALE,
                _scaled=scaled(of_features)),
        mistake("Mean and spread are those of both sets together.", SCALE,
                _scaled=scaled(of_all)),
        mistake("Each picture is scaled by its own mean and spread.",
                "A mean and a spread belong to a feature, over all training pictures: axis 0.",
                _scaled=row_by_row),
        mistake("One mean and one spread are taken of all features together.",
                "A mean and a spread belong to a feature, over all training pictures: axis 0.",
                _scaled=lambda train, features: tuple(
                    (rows - train.mean()) / train.std() for rows in (train, features))),
        mistake("No mean is taken off.", SCALE, _scaled=scaled(without_mean)),
        mistake("Nothing is divided by the spread.", SCALE, _scaled=scaled(without_spread)),
        mistake("The greatest product is taken instead of the greatest cosine.",
                "A cosine is the product of two rows divided by their lengths. Which of the two "
                "lengths changes the order?",
                cosines=(lambda known, asked: asked @ known.T,
                         lambda known, asked: unit(asked) @ known.T)),
        mistake("The products are divided by the lengths squared.",
                "A length is the root of the sum of squares.",
                cosines=lambda known, asked: asked @ (known / (known**2).sum(
                    axis=1, keepdims=True)).T),
        mistake("The products are multiplied by the lengths instead of divided.",
                "A cosine is the product of two rows divided by their lengths.",
                cosines=lambda known, asked: asked @ known.T * np.linalg.norm(known, axis=1)),
        mistake("Columns are divided by their length instead of rows.",
                "A picture is a row: its length is the norm over axis 1.",
                cosines=lambda known, asked: unit(asked, 0) @ unit(known, 0).T),
        mistake("The least distance is taken instead of the greatest cosine.",
                "A long row may lie in the very same direction and yet far away.",
                cosines=lambda known, asked: -distances(asked, known)),
        mistake("The least similar picture is taken.",
                "Of cosines the greatest means most alike: `argmax`.",
                rows=lambda cosines: cosines.argmin(axis=1)),
        mistake("The sign of the cosine is ignored.",
                "A cosine of -1 is as unlike as can be.",
                rows=lambda cosines: np.abs(cosines).argmax(axis=1)),
        mistake("The second most similar picture is taken.",
                "None of the pictures asked about is in `train`: the very first will do.",
                rows=lambda cosines: np.argsort(cosines, axis=1)[:, -2]),
        mistake("For each row of `train` a row of `features` is found.", WANTED,
                rows=lambda cosines: cosines.argmax(axis=0)),
        mistake("One number for all pictures is returned.", WANTED,
                rows=(lambda cosines: cosines.argmax(),
                      lambda cosines: cosines.argmax() % cosines.shape[1])),
        mistake("The greatest cosines themselves are returned.", WANTED,
                rows=lambda cosines: cosines.max(axis=1)),
        mistake("All cosines are returned.", WANTED, rows=lambda cosines: cosines),
        mistake("The features of the most similar pictures are returned.", WANTED,
                rows=(lambda value, train: train[value], lambda value, known: known[value])),
        mistake("Each picture is compared with those of its own set.",
                "Asked about are rows of `features`, searched are rows of `train`.",
                rows=(lambda asked: (unit(asked) @ unit(asked).T).argmax(axis=1),
                      lambda known: (unit(known) @ unit(known).T).argmax(axis=1))),
        mistake("The first training picture is taken every time.",
                "Is the row with the greatest cosine looked for?",
                rows=lambda value: np.zeros_like(value)),
    ), SIZES, nudge="There may be any number of pictures on either side.")
