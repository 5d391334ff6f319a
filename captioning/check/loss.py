"""The usual mistakes in the softmax and in the masked loss of a caption (chapter 7)."""

import numpy as np

from captioning.check.program import Exercise, mistake

LAST = "Each row of scores, along the last axis, belongs to one word that is to be chosen."
SHIFT = ("exp of a score beyond 709 overflows. Taking the same number off every score of a row "
         "changes no probability: which number makes the greatest exp 1?")
TINY = ("A probability may be too small for float64, and its logarithm is not. Can the logarithm "
        "of the quotient be written without the quotient?")
SMALL = (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16, 1e-20, 1e-300)


# ---------------------------------------------------------------- log_softmax

SOFTMAX_SIZES = (dict(N=3, V=5), dict(N=2, T=4, V=6), dict(N=1, T=1, V=3), dict(N=4, T=4, V=4))


def draw_scores(rng, N, V, T=None):
    """Scores, with or without an axis of time."""
    return dict(x=rng.standard_normal((N, V) if T is None else (N, T, V)))


def log_sum(x, axis=-1):
    """Logarithm of the sum of exp."""
    top = x.max(axis=axis, keepdims=True)
    return top + np.log(np.exp(x - top).sum(axis=axis, keepdims=True))


def softmax(x, axis=-1):
    """Probabilities."""
    return np.exp(x - log_sum(x, axis))


def plain(x):
    """Probabilities, as the formula is written."""
    return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)


def shifted_by(x, amount):
    """log_softmax after taking the same amount off all scores of a row."""
    return x - amount - np.log(np.exp(x - amount).sum(axis=-1, keepdims=True))


def log_with(small):
    """The logarithm of each probability and a small number."""
    return lambda value: np.log(np.exp(value) + small)


def plain_with(small):
    """The logarithm of each probability, as the formula is written, and a small number."""
    return lambda x: np.log(plain(x) + small)


LOG_SOFTMAX = dict(log_probs=lambda x: x - log_sum(x))

LOG_SOFTMAX_MISTAKES = (
    mistake("The greatest score is not taken off, so exp overflows.", SHIFT,
            log_probs=(lambda x: x - np.log(np.exp(x).sum(axis=-1, keepdims=True)),
                       lambda x: np.log(plain(x)),
                       *(plain_with(small) for small in SMALL))),
    mistake("The logarithm is taken of probabilities that have become 0.", TINY,
            log_probs=lambda value: np.log(np.exp(value))),
    mistake("The greatest score of all rows is taken off instead of each row's own.",
            "Far below it a whole row becomes 0. Each row has a greatest score of its own.",
            log_probs=(lambda x: shifted_by(x, x.max()),
                       lambda x: np.log(np.exp(x - x.max()) / np.exp(x - x.max()).sum(
                           axis=-1, keepdims=True)))),
    mistake("The smallest score or the mean is taken off instead of the greatest.", SHIFT,
            log_probs=(lambda x: shifted_by(x, x.min(axis=-1, keepdims=True)),
                       lambda x: shifted_by(x, x.mean(axis=-1, keepdims=True)))),
    mistake("The softmax goes over the wrong axis.", LAST,
            log_probs=(lambda x: x - log_sum(x, 0), lambda x: x - log_sum(x, 1),
                       lambda x: np.log(np.exp(x) / np.exp(x).sum(axis=0)),
                       lambda x: x - np.log(np.exp(x).sum(axis=0)))),
    mistake("The softmax goes over everything at once.", LAST,
            log_probs=(lambda x: x - log_sum(x.reshape(-1)),
                       lambda x: np.log(np.exp(x) / np.exp(x).sum()))),
    mistake("The logarithm is missing: these are probabilities.",
            "Wanted are their logarithms, none above 0.",
            log_probs=lambda value: np.exp(value)),
    mistake("The logarithm has another base than e.", "`np.log` has the base e.",
            log_probs=(lambda value: value / np.log(2), lambda value: value / np.log(10))),
    mistake("A small number is added inside the logarithm.",
            "It hides a log of 0 and changes the result. " + TINY,
            log_probs=tuple(log_with(small) for small in SMALL)),
    mistake("What is taken off is the logarithm of a mean.",
            "The probabilities of a row add up to 1: the sum of the exps is what divides.",
            log_probs=lambda value, V: value + np.log(V)),
    mistake("The exp is missing in the sum.",
            "The logarithm of the sum of the exps is taken off.",
            log_probs=lambda x: x - np.log(np.abs(x.sum(axis=-1, keepdims=True)))),
    mistake("The greatest score is taken off only once.",
            "Taken off inside the exp, it must be taken off outside too.",
            log_probs=lambda x: x - np.log(np.exp(x - x.max(axis=-1, keepdims=True)).sum(
                axis=-1, keepdims=True))),
    mistake("Only the greatest score is taken off.",
            "Then the best word gets 0, as if it were certain. What makes them add up to 1?",
            log_probs=lambda x: x - x.max(axis=-1, keepdims=True)),
)

log_softmax = Exercise(
    "log_softmax", ("x",), ("log_probs",),
    draw_scores, LOG_SOFTMAX, LOG_SOFTMAX_MISTAKES, SOFTMAX_SIZES, large=True,
    nudge="`x` may have two axes or three; the last one always holds the scores.")


# ---------------------------------------------------------------- temporal_softmax_loss

SIZES = (dict(N=3, T=4, V=5), dict(N=2, T=3, V=7), dict(N=1, T=4, V=3), dict(N=2, T=1, V=4),
         dict(N=4, T=4, V=4))


def draw(rng, N, T, V):
    """Scores, right words and a mask as padded captions of several lengths have it.

    With two captions the mask holds weights, and the words know nothing of it.
    """
    lengths = T - (np.arange(N) + (N == 1)) % T
    mask = np.arange(T) < lengths[:, None]
    y = rng.integers(1, V, (N, T)) * mask
    if N == 2:
        mask, y = mask * rng.choice([0.5, 1.0], (N, T)), rng.integers(0, V, (N, T))
    return dict(x=rng.standard_normal((N, T, V)), y=y, mask=mask)


def own_mean(mask):
    """Weights of a mean over each caption's own words, then over the captions."""
    return mask / mask.sum(axis=1, keepdims=True) / len(mask)


LOSS = dict(
    _given=lambda x, mask: (x, mask.astype(float)),
    scores=lambda _given: _given[0],
    weight=lambda _given, N: _given[1] / N,
    log_probs=lambda scores: scores - log_sum(scores),
    probs=lambda log_probs: np.exp(log_probs),
    onehot=lambda y, V: np.eye(V)[y],
    picked=lambda log_probs, onehot: (log_probs * onehot).sum(axis=-1),
    loss=lambda picked, weight: -(picked * weight).sum(),
    pull=lambda probs, onehot: probs - onehot,
    dx=lambda pull, weight: pull * weight[..., None],
)


def loss_with(small):
    """The loss, a small number added to each probability."""
    return lambda picked, weight: -(np.log(np.exp(picked) + small) * weight).sum()


def divided(by):
    """A wrong weight: the mask over something else than N, in the loss and in the gradient."""
    return dict(
        loss=lambda picked, mask: -(picked * mask / by(mask)).sum(),
        dx=lambda pull, mask: pull * (mask / by(mask))[..., None])


LOSS_MISTAKES = (
    mistake("The mask is ignored in {lines}.",
            "Where the mask is 0 there is only padding: nothing is to be said there.",
            loss=lambda picked, N: -picked.sum() / N,
            dx=lambda pull, N: pull / N),
    mistake("The division by N is missing in {lines}.",
            "The loss is summed over time and averaged over the batch.",
            **divided(lambda mask: 1)),
    mistake("The division is by the number of words that count, in {lines}.",
            "The loss is summed over time and averaged over the batch: which number is that?",
            **divided(lambda mask: mask.sum())),
    mistake("The division is by N T, in {lines}.",
            "The loss is summed over time and averaged over the batch: which number is that?",
            **divided(lambda mask: mask.size)),
    mistake("The division is by T, in {lines}.",
            "The loss is summed over time and averaged over the batch: which number is that?",
            **divided(lambda mask: mask.shape[1])),
    mistake("The division by N is done twice, in {lines}.",
            "One division is enough. Has the weight it already?",
            **divided(lambda mask: len(mask)**2)),
    mistake("The mean over each caption's own words is taken, in {lines}.",
            "The words of a caption are summed, long or short; only the captions are averaged.",
            loss=lambda picked, mask: -(picked * own_mean(mask)).sum(),
            dx=lambda pull, mask: pull * own_mean(mask)[..., None]),
    mistake("The mean is taken over the words of the vocabulary too, in {lines}.",
            "The loss is summed over time and averaged over the batch: which number is that?",
            loss=(lambda value, V: value / V, lambda value, V, T: value / V / T),
            dx=(lambda value, V: value / V, lambda value, V, T: value / V / T)),
    mistake("The mask is used the wrong way round.",
            "It is 1 where a word is to be said and 0 where there is padding.",
            _given=lambda x, mask: (x, 1.0 - mask)),
    mistake("The mask that is handed over is not used: one is made from `y`.",
            "Which positions count is for the caller to say.",
            _given=lambda x, y: (x, (y != 0).astype(float))),
    mistake("The mask's numbers are taken for true and false.",
            "The mask holds booleans or numbers, the weight of each position: multiply by it.",
            _given=(lambda x, mask: (x, (mask != 0).astype(float)),
                    lambda x, mask: (x, mask.astype(int).astype(float)))),
    mistake("The mask is applied to the scores.",
            "A score of 0 is not silence: its word still has a probability. What is to be left "
            "out is the position's loss.",
            _given=lambda x, mask: (x * mask[..., None], np.ones(mask.shape))),
    mistake("The mask is applied to only a part of the gradient.",
            "At a masked position the whole gradient is 0.",
            dx=(lambda probs, onehot, mask, N: (probs * mask[..., None] - onehot) / N,
                lambda probs, onehot, mask, N: (probs - onehot * mask[..., None]) / N)),
    mistake("The greatest score is not taken off, so exp overflows.", SHIFT,
            log_probs=(lambda scores: scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True)),
                       lambda scores: np.log(plain(scores))),
            probs=lambda scores: plain(scores)),
    mistake("The greatest score of all rows is taken off instead of each row's own.",
            "Far below it a whole row becomes 0. Each row has a greatest score of its own.",
            log_probs=(lambda scores: shifted_by(scores, scores.max()),
                       lambda scores: np.log(plain(scores - scores.max())))),
    mistake("The logarithm is taken of probabilities that have become 0.", TINY,
            picked=lambda probs, onehot: np.log((probs * onehot).sum(axis=-1)),
            loss=lambda probs, onehot, mask, N: -np.log(
                (probs * onehot).sum(axis=-1)[mask]).sum() / N),
    mistake("A small number is added inside the logarithm.",
            "It hides a log of 0 and changes the loss. " + TINY,
            loss=tuple(loss_with(small) for small in SMALL)),
    mistake("The softmax goes over the wrong axis.", LAST,
            log_probs=(lambda scores: scores - log_sum(scores, 0),
                       lambda scores: scores - log_sum(scores, 1))),
    mistake("The softmax goes over everything at once.", LAST,
            log_probs=lambda scores: scores - log_sum(scores.reshape(-1))),
    mistake("There is no softmax: the score itself is taken for the log-probability.",
            "Scores are made into probabilities first.",
            log_probs=lambda scores: scores,
            picked=lambda scores, onehot: (scores * onehot).sum(axis=-1)),
    mistake("The logarithm is missing in `loss`.",
            "The loss of a word is minus the logarithm of its probability.",
            loss=lambda probs, onehot, weight: -((probs * onehot).sum(axis=-1) * weight).sum()),
    mistake("The logarithm in `loss` has another base than e.",
            "`np.log` has the base e, and the gradient is that of its loss.",
            loss=(lambda value: value / np.log(2), lambda value: value / np.log(10))),
    mistake("The logarithms of all words are added up in `loss`, not of the right one alone.",
            "Only the probability of the right word `y` counts.",
            loss=lambda log_probs, weight: -(log_probs * weight[..., None]).sum()),
    mistake("The likeliest word stands for the right one.",
            "The right word is in `y`, whatever the network holds likeliest.",
            onehot=lambda scores, V: np.eye(V)[scores.argmax(axis=-1)]),
    mistake("The 1 is subtracted after the weighting, so that it counts in full, in `dx`.",
            "The probability and the 1 are weighed alike: subtract first, then multiply.",
            dx=(lambda probs, onehot, weight: probs * weight[..., None] - onehot,
                lambda probs, onehot, N: probs / N - onehot,
                lambda probs, onehot, mask, N: (probs / N - onehot) * mask[..., None])),
    mistake("The 1 of the right word is not subtracted in `dx`.",
            "The gradient pulls the right word's score up: its entry is its probability minus 1.",
            dx=lambda probs, weight: probs * weight[..., None]),
    mistake("The 1 is subtracted from every word in `dx`.",
            "Only the right word's probability is less by 1.",
            dx=lambda probs, weight: (probs - 1) * weight[..., None]),
    mistake("The probabilities are missing in `dx`.",
            "Every word is pushed down by its probability; the right one is pulled up too.",
            dx=lambda onehot, weight: -onehot * weight[..., None]),
    mistake("Log-probabilities stand where probabilities belong, in `dx`.",
            "The gradient is made of probabilities.",
            dx=lambda log_probs, onehot, weight: (log_probs - onehot) * weight[..., None]),
    mistake("Only the right word's entry of `dx` is filled.",
            "Raising a wrong word's score costs loss too.",
            dx=lambda pull, onehot, weight: pull * onehot * weight[..., None]),
    mistake("`loss` is still one number for each caption or position.",
            "One number is wanted for the whole minibatch.",
            loss=(lambda picked, weight: -(picked * weight), lambda picked, weight, N:
                  -(picked * weight).sum(axis=1), lambda picked, mask: -(picked * mask).sum(axis=1),
                  lambda picked, mask: -(picked * mask))),
    mistake("Only one time step counts in {lines}.",
            "Every word of the caption is asked for: add up over time.",
            loss=(lambda picked, weight: -(picked * weight)[:, -1].sum(),
                  lambda picked, weight: -(picked * weight)[:, 0].sum()),
            dx=(lambda value: value * (np.arange(value.shape[1])
                                       == value.shape[1] - 1)[:, None],
                lambda value: value * (np.arange(value.shape[1]) == 0)[:, None])),
)

temporal_softmax_loss = Exercise(
    "temporal_softmax_loss", ("x", "y", "mask"), ("loss", "dx"),
    draw, LOSS, LOSS_MISTAKES, SIZES, large=True,
    nudge="The mask holds booleans or numbers, the weight of each position: multiply by it.")


# ---------------------------------------------------------------- smoothed_loss

SMOOTH_SIZES = (dict(V=8), dict(V=5), dict(V=3), dict(V=13))


def draw_row(rng, V):
    """Scores of one place, a right word, and how much of the one-hot is given away."""
    return dict(s=rng.standard_normal(V), y=int(rng.integers(V)),
                epsilon=float(rng.uniform(0.1, 0.3)))


def target(V, y, right, wrong):
    """What is asked for: so much of the right word, so much of each other."""
    q = np.full(V, wrong)
    q[y] = right
    return q


def fixed(share):
    """The target, the share given away being always the same."""
    return lambda V, y: target(V, y, 1 - share + share / V, share / V)


SMOOTHED = dict(
    q=lambda V, y, epsilon: target(V, y, 1 - epsilon + epsilon / V, epsilon / V),
    log_probs=lambda s: s - log_sum(s),
    loss=lambda q, log_probs: -(q * log_probs).sum(),
    ds=lambda q, log_probs: np.exp(log_probs) - q,
)
BOTH = "Nudge one score: it stands in log Z, and once more by itself, with the weight q."

smoothed_loss = Exercise(
    "smoothed_loss", ("s", "y", "epsilon"), ("loss", "ds"), draw_row, SMOOTHED, (
        mistake("The gradient is that of the one-hot: `ds` is p minus 1 at the right word alone.",
                "The target is q now: which of its entries are 0?",
                ds=lambda log_probs, V, y: np.exp(log_probs) - target(V, y, 1, 0)),
        mistake("The right word is asked for with 1 - epsilon; its share of epsilon / V is lost.",
                "epsilon is dealt out to all V words, the right one too. Does q add up to 1?",
                q=lambda V, y, epsilon: target(V, y, 1 - epsilon, epsilon / V)),
        mistake("epsilon is dealt out to the wrong words alone.",
                "Each of all V words gets epsilon / V, the right one too.",
                q=lambda V, y, epsilon: target(V, y, 1 - epsilon, epsilon / (V - 1))),
        mistake("epsilon is not divided by V.",
                "The parts of epsilon add up to epsilon. Does q add up to 1?",
                q=lambda V, y, epsilon: target(V, y, 1, epsilon)),
        mistake("`epsilon` is not used: a fixed number stands in its place.",
                "Take it from the arguments.",
                q=tuple(fixed(share) for share in (0.1, 0.05, 0.2))),
        mistake("Only the right word's logarithm counts in `loss`.",
                "Each word counts, with the weight that q gives it.",
                loss=(lambda log_probs, y: -log_probs[y], lambda q, log_probs, y:
                      -q[y] * log_probs[y])),
        mistake("The minus of `loss` is forgotten.", "The logarithm of a probability is below 0.",
                loss=lambda value: -value),
        mistake("`loss` is still one number for each word.", "Add them up.",
                loss=lambda q, log_probs: -q * log_probs),
        mistake("`loss` is the mean over the words.", "The weights q add up to 1 already.",
                loss=lambda value, V: value / V),
        mistake("The sign of `ds` is turned round.", "A score that is too high has a positive "
                "gradient: learning goes against it.", ds=lambda value: -value),
        mistake("The part of log Z is missing in `ds`.", BOTH, ds=lambda q: -q),
        mistake("The part of q is missing in `ds`.", BOTH, ds=lambda log_probs: np.exp(log_probs)),
        mistake("The gradient is that at the log-probabilities, -q / p or -q times p, not that at "
                "the scores.", BOTH,
                ds=(lambda q, log_probs: -q / np.exp(log_probs),
                    lambda q, log_probs: -q * np.exp(log_probs))),
        mistake("Log-probabilities stand where probabilities belong, in `ds`.",
                "The gradient is made of probabilities.", ds=lambda q, log_probs: log_probs - q),
        mistake("Each entry of `ds` is multiplied by its q.",
                "log Z is weighed by the sum of q, and that is 1.",
                ds=lambda value, q: value * q),
        mistake("The greatest score is not taken off, so exp overflows.", SHIFT,
                log_probs=(lambda s: s - np.log(np.exp(s).sum()),
                           lambda s: np.log(np.exp(s) / np.exp(s).sum()))),
    ), SMOOTH_SIZES, large=True, nudge="Take V from the length of `s`.")
