"""The usual mistakes in counting what a loss asks for, with a blank mouth (chapter 19)."""

import copy

import numpy as np

from captioning.check.loss import log_sum
from captioning.check.program import Exercise, mistake

SIZES = (dict(N=3, T=6, F=4, H=2, V=9, late=1), dict(N=2, T=5, F=3, H=4, V=7, late=1),
         dict(N=4, T=4, F=2, H=3, V=5, late=2), dict(N=1, T=5, F=5, H=3, V=6, late=-1))
MOUTH = ("W_vocab", "b_vocab")


class Mouth:
    """A network that sees a picture and a word, with a mask that may be some places late."""

    def __init__(self, params, late):
        self.params, self.late = params, late

    def loss(self, features, captions):
        """The loss of a mean caption, and the gradients of what makes the scores."""
        p, asked = self.params, captions[:, 1:]
        h = np.tanh(p["W_embed"][captions[:, :-1]] + (features @ p["W_proj"])[:, None])
        scores = h @ p["W_vocab"] + p["b_vocab"]
        log_probs, onehot = scores - log_sum(scores), np.eye(scores.shape[-1])[asked]
        weight = self.mask(asked)[..., None] / len(asked)
        dscores = (np.exp(log_probs) - onehot) * weight
        return -float((log_probs * onehot * weight).sum()), {
            "W_vocab": np.einsum("nth,ntv->hv", h, dscores), "b_vocab": dscores.sum(axis=(0, 1))}

    def mask(self, asked):
        """Which words count: as many of each caption as it has, and ``late`` more."""
        words = (asked != 0).sum(axis=1, keepdims=True)
        return np.arange(asked.shape[1]) < words + self.late

    def with_zeros(self, names):
        """The same network, some of its parameters 0."""
        other = copy.copy(self)
        other.params = {name: value * (name not in names) for name, value in self.params.items()}
        return other


def draw(rng, N, T, F, H, V, late):
    """A network, pictures, and captions of several lengths: <START> 1, <END> 2, <NULL> 0."""
    shapes = dict(W_proj=(F, H), W_embed=(V, H), W_vocab=(H, V), b_vocab=(V,))
    params = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    captions = np.concatenate([np.ones((N, 1), int), rng.integers(3, V, (N, T))], axis=1)
    captions[:, 3] = V - 2  # whatever is drawn, the greatest number is not that of the last word
    captions[captions == V - 1] = 3
    for n in range(N):
        end = T - n % (T - 1)  # the longest has no padding, as in a batch
        captions[n, end], captions[n, end + 1:] = 2, 0
    return dict(model=Mouth(params, late), features=rng.standard_normal((N, F)), captions=captions)


def loss_without(*names):
    """A wrong line: these parameters are 0, and the others are not."""
    return lambda model, features, captions: model.with_zeros(names).loss(features, captions)[0]


BLANK = ("All words have the probability 1/V only where both make the same score for each: "
         "`W_vocab` and `b_vocab` are 0.")
LN = "A word that is asked for costs ln V, and V is the length of `b_vocab`."
OWN = "Those that a caption has are the entries of `captions[:, 1:]` other than 0, `<END>` too."

asked = Exercise(
    "asked", ("model", "features", "captions"), ("more",), draw, dict(
        loss=lambda model, features, captions: model.with_zeros(MOUTH).loss(features, captions)[0],
        unit=lambda V: np.log(V),
        counted=lambda loss, unit: loss / unit,
        wanted=lambda captions: (captions[:, 1:] != 0).sum() / len(captions),
        more=lambda counted, wanted: counted - wanted,
    ), (
        mistake("The mouth is not blank: the loss is that of the network as it is.", BLANK,
                loss=lambda model, features, captions: model.loss(features, captions)[0]),
        mistake("Only `W_vocab` is 0, and `b_vocab` still speaks.", BLANK,
                loss=loss_without("W_vocab")),
        mistake("Only `b_vocab` is 0, and `W_vocab` still speaks.", BLANK,
                loss=loss_without("b_vocab")),
        mistake("The network is made blind in place of mute.", BLANK,
                loss=(loss_without("W_proj"), loss_without("W_embed"),
                      lambda model, features, captions: model.loss(
                          np.zeros_like(features), captions)[0])),
        mistake("The loss is not divided by ln V: it counts nats, not words.", LN,
                counted=lambda loss: loss),
        mistake("The loss is divided by V in place of its logarithm.", LN, unit=lambda V: V),
        mistake("The logarithm is not the natural one.", LN + " The loss is in nats: `np.log`.",
                unit=(lambda V: np.log2(V), lambda V: np.log10(V))),
        mistake("The logarithm is that of H, the rows of `W_vocab`.", LN, unit=lambda H: np.log(H)),
        mistake("The logarithm is that of the words which occur in the captions.",
                LN + " Words that these captions lack have a probability too.",
                unit=(lambda captions: np.log(captions.max() + 1),
                      lambda captions: np.log(len(np.unique(captions))),
                      lambda captions: np.log(captions.max()))),
        mistake("The loss is multiplied by ln V.", LN, counted=lambda loss, unit: loss * unit),
        mistake("The loss is divided by the number of captions once more.",
                "The loss is a mean over captions already.",
                counted=lambda value, N: value / N),
        mistake("The loss is divided by the words.",
                "The loss is the sum over a caption's words, and that is what counts them.",
                counted=lambda value, wanted: value / wanted),
        mistake("`<START>` is counted among the words that a caption has.",
                OWN + " `<START>` is read and never asked for.", wanted=lambda value: value + 1),
        mistake("`<END>` is not counted among the words that a caption has.", OWN,
                wanted=lambda value: value - 1),
        mistake("`<NULL>` is counted among the words that a caption has.", OWN,
                wanted=(lambda T: T, lambda T: T + 1)),
        mistake("The words of all captions are taken off, not those of a mean one.",
                "The loss is a mean over captions: divide by `len(captions)`.",
                wanted=lambda value, N: value * N),
        mistake("The share of all places is taken off, not the number of words.",
                "`mean()` divides by the places as well; divide the sum by `len(captions)`.",
                wanted=(lambda value, T: value / T,
                        lambda captions: (captions != 0).mean())),
        mistake("The words that a caption has are not taken off.",
                "`asked` is how many words more than there are.",
                more=lambda counted: counted),
        mistake("The two are taken off each other the wrong way round.",
                "A late mask asks for more words than there are, and has a result above 0.",
                more=lambda value: -value),
        mistake("The sign is lost.",
                "An early mask asks for fewer words than there are: below 0.",
                more=lambda value: abs(value)),
        mistake("The quotient of the two is taken, not the difference.",
                "`asked` is how many words more than there are.",
                more=(lambda counted, wanted: counted / wanted,
                      lambda counted, wanted: wanted / counted)),
        mistake("It is rounded to whole words.",
                "A mean over captions need not be whole: no caption of a batch is longer than the "
                "longest.", more=lambda value: float(np.round(value))),
    ), SIZES, nudge="There may be any number of captions and words.")
