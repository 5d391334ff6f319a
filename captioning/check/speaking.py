"""The usual mistakes in saying a sentence, and in the temperature (chapters 8 and 11)."""

import numpy as np

from captioning.check.loss import log_sum
from captioning.check.program import Exercise, mistake

# ---------------------------------------------------------------- greedy

SIZES = (dict(N=5, F=4, max_length=9), dict(N=3, F=2, max_length=6), dict(N=1, F=3, max_length=4),
         dict(N=2, F=2, max_length=1))
WORD_TO_IDX = {word: k for k, word in enumerate(
    ("<NULL>", "<START>", "<END>", "<UNK>", "a", "red", "blue", "boat", "star"))}
NULL, START, END, UNK = range(4)


class Speaker:
    """A small model of random weights, with what a decoder asks a model for."""

    def __init__(self, rng, F, H=6):
        self.word_to_idx, V = dict(WORD_TO_IDX), len(WORD_TO_IDX)
        self.params = [2 * rng.standard_normal(shape) for shape in (
            (F, H), (V, H), (H, H), (H, V))]

    def start(self, features):
        """The state before the first word."""
        return (np.tanh(features @ self.params[0]),)

    def step(self, words, state):
        """Log-probabilities of the next words, and the next state."""
        _, embed, Wh, out = self.params
        h = np.tanh(embed[words] + state[0] @ Wh)
        scores = h @ out
        return scores - log_sum(scores), (h,)


def draw(rng, N, F, max_length):
    """A model and pictures; some sentences end early, and what must not be said is likely."""
    for _ in range(1000):
        model, features = Speaker(rng, F), rng.standard_normal((N, F))
        free, said = say(model, features, max_length, ()), say(model, features, max_length)
        ended = (said == END).any(axis=1)
        tempted = (free == NULL).any() and (free == START).any()
        if max_length == 1 or N == 1 or (tempted and ended.any() and not ended.all()
                                         and (said[:, :-1] == UNK).any()
                                         and len(set((said == END).argmax(axis=1))) > 2):
            break
    return dict(model=model, features=features)


def say(model, features, max_length, banned=(NULL, START), first=START, choose=np.argmax,
        remember=lambda new, old: new, read=lambda said, first: said, after=NULL, stop=np.all):
    """Greedy sentences, in one point or another as they should not be.

    ``read`` says what the next step reads, ``after`` what stands behind <END> (None: whatever the
    model says), ``stop`` when the loop ends.
    """
    state, words = model.start(features), np.full(len(features), first)
    captions, done = np.full((len(features), max_length), NULL), np.zeros(len(features), bool)
    for t in range(max_length):
        log_probs, new = model.step(words, state)
        state = remember(new, state)
        log_probs[:, list(banned)] = np.inf if choose is np.argmin else -np.inf
        said = choose(log_probs, axis=1)
        captions[:, t] = said if after is None else np.where(done, after, said)
        words = read(captions[:, t], np.full(len(features), first))
        done = done | (said == END)
        if stop(done):
            break
    return captions


def saying(**options):
    """A wrong line."""
    return lambda model, features, max_length: say(model, features, max_length, **options)


def never(done):
    """Go on to the last step."""
    return False


def without_end(captions):
    """Sentences whose <END> is left out."""
    return np.where(captions == END, NULL, captions)


def ending_early(model, features, max_length):
    """Sentences that lack the last word."""
    captions = say(model, features, max_length)
    return np.concatenate([captions[:, :-1], np.full((len(features), 1), NULL)], axis=1)


greedy = Exercise(
    "greedy", ("model", "features", "max_length"), ("captions",), draw,
    dict(captions=saying()), (
        mistake("Every step reads `<START>`.",
                "The word just said is the next one to be read.",
                captions=saying(read=lambda said, first: first)),
        mistake("Every step starts from the picture's state.",
                "`model.step` returns a new state: the next step goes on from there.",
                captions=saying(remember=lambda new, old: old)),
        mistake("The first word read is not `<START>`.",
                "Before the first word `<START>` is read.",
                captions=(saying(first=NULL), saying(first=END), saying(first=UNK))),
        mistake("The least likely word is said.", "The likeliest is wanted: which of the two, "
                "`argmax` or `argmin`, goes with log-probabilities?",
                captions=saying(choose=np.argmin)),
        mistake("After `<END>` the sentence goes on.",
                "What follows `<END>` is `<NULL>`, in each sentence from its own end.",
                captions=saying(after=None, stop=never)),
        mistake("All sentences stop when the first one ends.",
                "Each sentence has its own end: go on until all of them have reached it.",
                captions=saying(stop=np.any)),
        mistake("The row is padded with something else than `<NULL>`.",
                "What follows `<END>` is `<NULL>`.",
                captions=(saying(after=END, stop=never), saying(after=UNK, stop=never))),
        mistake("`<END>` is left out.",
                "`<END>` is said too, and stands in the row.",
                captions=lambda value: without_end(value)),
        mistake("`<NULL>` or `<START>` is said.",
                "Neither is a word. With what log-probability would one never be the likeliest?",
                captions=(saying(banned=()), saying(banned=(NULL,)), saying(banned=(START,)))),
        mistake("Nothing but `<NULL>` is said.",
                "Is the row filled? And what log-probability has a word that is never said? With "
                "0 it would be certain.",
                captions=lambda value: np.full_like(value, NULL)),
        mistake("`<UNK>` is never said.",
                "Only `<NULL>` and `<START>` are forbidden.",
                captions=saying(banned=(NULL, START, UNK))),
        mistake("`<END>` is never said.",
                "Only `<NULL>` and `<START>` are forbidden.",
                captions=saying(banned=(NULL, START, END))),
        mistake("`<START>` stands in the row.",
                "The row holds what is said; `<START>` is only read.",
                captions=(lambda value, N: np.concatenate(
                    [np.full((N, 1), START), value[:, :-1]], axis=1),
                    lambda value, N: np.concatenate([np.full((N, 1), START), value], axis=1))),
        mistake("The last word is missing.",
                "`max_length` words may be said, `<END>` among them. How often is the loop run?",
                captions=(ending_early, lambda value: value[:, :-1])),
        mistake("The pictures stand across and the words down.",
                "Wanted is (N, max_length): a row for each picture.",
                captions=lambda value: value.T),
        mistake("One picture's sentence is said for all.",
                "Each row has its own state and its own likeliest word: `argmax` over each row.",
                captions=(lambda value: np.repeat(value[:1], len(value), axis=0),
                          lambda value: value[0])),
    ), SIZES, nudge="There may be any number of pictures, and `max_length` may be 1.")


# ---------------------------------------------------------------- temperature

TEMPERATURES = (dict(N=3, V=5, temperature=0.5), dict(N=2, V=6, temperature=3.0),
                dict(N=1, V=4, temperature=1.5), dict(N=4, V=7, temperature=0.0005))


def draw_log_probs(rng, N, V, temperature):
    """Rows of log-probabilities."""
    scores = rng.standard_normal((N, V))
    return dict(log_probs=scores - log_sum(scores))


def powers(log_probs, temperature):
    """Probabilities to the power of 1 / temperature, renormalised."""
    p = np.exp(log_probs)**(1 / temperature)
    return p / p.sum(axis=-1, keepdims=True)


def softmax_of(log_probs, temperature, log_of_sum):
    """The softmax of probabilities over the temperature, its sum taken by a given function."""
    scores = np.exp(log_probs) / temperature
    return scores - log_of_sum(scores)


def overflowing(scores):
    """The logarithm of the sum of exponentials, with no care for large ones."""
    return np.log(np.exp(scores).sum(axis=-1, keepdims=True))


ONE = "The probabilities of a row must add up to 1 again."

temper = Exercise(
    "temper", ("log_probs", "temperature"), ("tempered",), draw_log_probs, dict(
        divided=lambda log_probs, temperature: log_probs / temperature,
        tempered=lambda divided: divided - log_sum(divided),
    ), (
        mistake("The result is not renormalised.", ONE, tempered=lambda divided: divided),
        mistake("The log-probabilities are multiplied by the temperature.",
                "A high temperature makes words more alike: what happens to the differences "
                "between their log-probabilities?",
                divided=lambda log_probs, temperature: log_probs * temperature),
        mistake("Probabilities are divided instead of their logarithms.",
                "Dividing a row of probabilities by one number and renormalising leaves them as "
                "they were.",
                tempered=lambda log_probs: log_probs),
        mistake("The softmax is taken of probabilities.",
                "A softmax belongs to logarithms. Which of the two does the temperature divide?",
                tempered=(lambda log_probs, temperature: softmax_of(
                    log_probs, temperature, log_sum),
                    lambda log_probs, temperature: softmax_of(
                        log_probs, temperature, overflowing))),
        mistake("The logarithm is missing: these are probabilities.",
                "Wanted are their logarithms, none above 0.",
                tempered=(lambda value: np.exp(value), lambda log_probs, temperature: powers(
                    log_probs, temperature))),
        mistake("The sum overflows or vanishes at a low temperature.",
                "Take off each row's greatest value before exp: a softmax of what size of numbers "
                "is this?",
                tempered=(lambda divided: divided - np.log(np.exp(divided).sum(
                    axis=-1, keepdims=True)),
                    lambda divided: np.log(np.exp(divided) / np.exp(divided).sum(
                        axis=-1, keepdims=True)),
                    lambda value: np.log(np.exp(value)),
                    lambda log_probs, temperature: np.log(powers(log_probs, temperature)))),
        mistake("The softmax goes over the wrong axis.", "Each row is one choice of a word.",
                tempered=lambda divided: divided - log_sum(divided, 0)),
        mistake("The softmax goes over everything at once.", "Each row is one choice of a word.",
                tempered=lambda divided: divided - log_sum(divided.reshape(-1))),
        mistake("The temperature is added or subtracted.",
                "Adding one number to a row changes no probability.",
                tempered=(lambda log_probs, temperature: log_probs + temperature,
                          lambda log_probs, temperature: log_probs - temperature)),
        mistake("The sum of the log-probabilities is taken off or divided by.",
                "The sum of the probabilities is to be 1, not that of their logarithms.",
                tempered=(lambda divided: divided / divided.sum(axis=-1, keepdims=True),
                          lambda divided: divided - divided.sum(axis=-1, keepdims=True))),
        mistake("Only the greatest value is taken off.",
                "Then the likeliest word is certain. " + ONE,
                tempered=lambda divided: divided - divided.max(axis=-1, keepdims=True)),
        mistake("The temperature is squared or used twice.", "One division is enough.",
                divided=lambda log_probs, temperature: log_probs / temperature**2),
    ), TEMPERATURES)
