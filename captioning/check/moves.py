"""The usual mistakes in the gradients of a softmax and of a normalisation (matrix calculus)."""

import numpy as np

from captioning.check.program import Exercise, mistake

# ---------------------------------------------------------------- softmax

SIZES = (dict(N=3, V=5), dict(N=2, V=6), dict(N=1, V=4), dict(N=4, V=4))


def draw(rng, N, V):
    """Rows of probabilities and what comes back to them."""
    y = np.exp(rng.standard_normal((N, V)))
    return dict(dy=rng.standard_normal((N, V)), y=y / y.sum(axis=1, keepdims=True))


WEIGHED = "c is the mean of a row of `dy`, each entry weighed by its probability: one number a row."
ALL_MEET = "Every score is in the sum of its row, so each moves every probability of the row."


def mean(rows):
    """The mean of each row, kept as a column."""
    return rows.mean(axis=1, keepdims=True)


def total(rows):
    """The sum of each row, kept as a column."""
    return rows.sum(axis=1, keepdims=True)


softmax_backward = Exercise(
    "softmax_backward", ("dy", "y"), ("dx",), draw, dict(
        c=lambda dy, y: total(dy * y),
        dx=lambda dy, y, c: y * (dy - c),
    ), (
        mistake("The sum over the row is missing.", ALL_MEET, dx=lambda dy, y: y * dy),
        mistake("Each score moves its own probability alone.",
                "y (1 - y) is the slope of a sigmoid. " + ALL_MEET,
                dx=lambda dy, y: dy * y * (1 - y)),
        mistake("What a score does to its own probability is left out.",
                "The nudge of a score stands twice: by itself, and in the sum.",
                dx=lambda value, dy, y: value - dy * y * (1 - y)),
        mistake("The softmax is applied to `y` again.",
                "`y` holds the probabilities already.",
                dx=lambda dy, y: (lambda p: p * (dy - total(dy * p)))(
                    np.exp(y) / total(np.exp(y)))),
        mistake("The sum of `dy` is not weighed by `y`.", WEIGHED, c=lambda dy: total(dy)),
        mistake("The mean is taken instead of the sum.", WEIGHED,
                c=(lambda dy, y: mean(dy * y), lambda dy: mean(dy))),
        mistake("The sum of `y` is taken off, which is 1.", WEIGHED, c=lambda y: total(y)),
        mistake("`y` is squared in the sum.", WEIGHED, c=lambda y: total(y * y)),
        mistake("The sum goes over the batch.", "The scores of one row meet in its sum: axis 1.",
                c=lambda dy, y: (dy * y).sum(axis=0)),
        mistake("The sum goes over everything at once.",
                "The scores of one row meet in its sum: axis 1.", c=lambda dy, y: (dy * y).sum()),
        mistake("The sum is added instead of taken off.",
                "What is common to a row changes no probability, so it has to go.",
                dx=lambda dy, y, c: y * (dy + c)),
        mistake("The factor `y` is missing in front of the bracket.",
                "A word of no probability gets no gradient.", dx=lambda dy, c: dy - c),
        mistake("The sum is not multiplied by `y`.",
                "`y` stands in front of the whole bracket.", dx=lambda dy, y, c: y * dy - c),
        mistake("That is the gradient of the logarithm of the softmax.",
                "The nudge of y is y times that of log y: the factor belongs to `dy` as well.",
                dx=lambda dy, y: dy - y * total(dy)),
        mistake("That is the gradient of the softmax and the loss together.",
                "Here any `dy` may come back to `y`, and no right word is known.",
                dx=(lambda dy, y: y - dy, lambda dy, y: (y - dy) / len(y))),
    ), SIZES)


# ---------------------------------------------------------------- normalisation

ROWS = (dict(N=3, K=5), dict(N=2, K=6), dict(N=1, K=4), dict(N=4, K=4))


def draw_rows(rng, N, K):
    """Rows of various means and spreads, and what comes back to them."""
    x = rng.uniform(1, 3, (N, 1)) + rng.uniform(0.5, 3, (N, 1)) * rng.standard_normal((N, K))
    return dict(dy=rng.standard_normal((N, K)), x=x)


SMALL = (1e-5, 1e-6, 1e-3)


def across(dy, x):
    """The gradient as it should be."""
    sigma = x.std(axis=1, keepdims=True)
    y = (x - mean(x)) / sigma
    return (dy - mean(dy) - y * mean(y * dy)) / sigma


def root_with(small):
    """The root of the variance and a small number."""
    return lambda x: np.sqrt(x.var(axis=1, keepdims=True) + small)


def with_small(small):
    """The spread and a small number."""
    return lambda x: x.std(axis=1, keepdims=True) + small


SHIFT = "To shift a row changes nothing, so the mean of `dy` over the row is taken away."
STRETCH = "To stretch a row changes nothing, so `y` times the mean of `y * dy` is taken away."

normalise_backward = Exercise(
    "normalise_backward", ("dy", "x"), ("dx",), draw_rows, dict(
        centred=lambda x: x - mean(x),
        sigma=lambda x: x.std(axis=1, keepdims=True),
        y=lambda centred, sigma: centred / sigma,
        shift=lambda dy: mean(dy),
        m=lambda y, dy: mean(y * dy),
        stretch=lambda y, m: y * m,
        dx=lambda dy, shift, stretch, sigma: (dy - shift - stretch) / sigma,
    ), (
        mistake("Mean and spread are taken for constants.",
                "Every number of the row is in both, so a nudge moves them too.",
                dx=lambda dy, sigma: dy / sigma),
        mistake("The shift is not taken away.", SHIFT, shift=lambda dy: 0.0),
        mistake("The stretch is not taken away.", STRETCH, stretch=lambda dy: 0.0),
        mistake("The shift is added instead of taken away.", SHIFT, shift=lambda value: -value),
        mistake("The stretch is added instead of taken away.", STRETCH,
                stretch=lambda value: -value),
        mistake("The sum is taken for the shift instead of the mean.", SHIFT,
                shift=lambda dy: total(dy)),
        mistake("The sum is taken for the stretch instead of the mean.", STRETCH,
                m=lambda y, dy: total(y * dy)),
        mistake("The mean of `y * dy` is taken away, but not times `y`.", STRETCH,
                stretch=lambda m: m),
        mistake("`dy` is missing in the mean for the stretch.", STRETCH,
                m=lambda y: mean(y * y)),
        mistake("`x` stands where `y` belongs in the stretch.", STRETCH,
                stretch=(lambda x, dy: x * mean(x * dy), lambda x, m: x * m,
                         lambda x, y, dy: y * mean(x * dy))),
        mistake("The row is centred, but not divided by its spread, in the stretch.",
                "y is (x - mean) / sigma.",
                stretch=(lambda centred, dy: centred * mean(centred * dy),
                         lambda centred, m: centred * m,
                         lambda centred, y, dy: y * mean(centred * dy))),
        mistake("The division by the spread is missing.",
                "A row of spread 2 is halved: so is a nudge of it.",
                dx=lambda dy, shift, stretch: dy - shift - stretch),
        mistake("Everything is multiplied by the spread instead of divided.",
                "A row of spread 2 is halved: so is a nudge of it.",
                dx=lambda dy, shift, stretch, sigma: (dy - shift - stretch) * sigma),
        mistake("The division by the spread reaches only a part of the sum.",
                "All three terms are divided.",
                dx=(lambda dy, shift, stretch, sigma: dy / sigma - shift - stretch,
                    lambda dy, shift, stretch, sigma: dy - shift - stretch / sigma,
                    lambda dy, shift, stretch, sigma: dy / sigma - shift - stretch / sigma)),
        mistake("Columns are normalised instead of rows.",
                "Each row is normalised by itself: axis 1.",
                dx=lambda dy, x: across(dy.T, x.T).T),
        mistake("The mean of `x` is not taken off in `y`.", "y is (x - mean) / sigma.",
                y=lambda x, sigma: x / sigma),
        mistake("A small number is added to the spread or to the variance.",
                "Here sigma is the plain spread: no row is so even that it would be 0.",
                sigma=(*(root_with(small) for small in SMALL),
                       *(with_small(small) for small in SMALL))),
        mistake("The variance is taken for the spread.", "Sigma is the root of the variance.",
                sigma=lambda x: x.var(axis=1, keepdims=True)),
        mistake("The spread is divided by K - 1 instead of K.",
                "Here sigma squared is the plain mean: `ddof=0`.",
                sigma=lambda x: x.std(axis=1, keepdims=True, ddof=1)),
        mistake("The mean of `dy` goes over the batch.",
                "Each row is normalised by itself: axis 1.",
                shift=lambda dy: dy.mean(axis=0), m=lambda y, dy: (y * dy).mean(axis=0)),
        mistake("The mean of `dy` goes over everything at once.",
                "Each row is normalised by itself: axis 1.",
                shift=lambda dy: dy.mean(), m=lambda y, dy: (y * dy).mean()),
    ), ROWS)
