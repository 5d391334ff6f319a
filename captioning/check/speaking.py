"""The usual mistakes in saying a sentence and in choosing its words (chapters 8 and 11)."""

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


# ---------------------------------------------------------------- nucleus

SHARES = (dict(N=3, V=7, p=0.8), dict(N=5, V=4, p=0.05), dict(N=1, V=6, p=0.95),
          dict(N=2, V=3, p=0.5))


def draw_rows(rng, N, V, p):
    """Rows of log-probabilities of which not all words are needed, never the same ones."""
    for _ in range(1000):
        scores = 1.5 * rng.standard_normal((N, V))
        log_probs = scores - log_sum(scores)
        sums = -np.sort(-np.exp(log_probs), axis=1).cumsum(axis=1)
        counts = (-sums < p).sum(axis=1) + 1
        if np.abs(sums + p).min() > .01 and counts.max() < V and (p < .2 or counts.max() > 1) and (
                N < 3 or p < .2 or len(set(counts)) > 1):
            break
    return dict(log_probs=log_probs)


def descending(log_probs):
    """The words of each row, the likeliest first."""
    return np.argsort(-log_probs, axis=1)


def in_place(order, values):
    """Give each value back to the word that it belongs to."""
    placed = np.empty_like(values)
    np.put_along_axis(placed, order, values, axis=1)
    return placed


def left_over(log_probs, keep):
    """Log-probabilities of the words kept, -inf for the others."""
    kept = np.where(keep, log_probs, -np.inf)
    return kept - log_sum(kept)


def as_zeros(log_probs, _keep):
    """The words left out have the log-probability 0."""
    kept = np.where(_keep, log_probs, 0)
    return kept - log_sum(kept)


nucleus = Exercise(
    "nucleus", ("log_probs", "p"), ("kept",), draw_rows, dict(
        _order=descending,
        _share=lambda log_probs, _order: np.exp(np.take_along_axis(log_probs, _order, axis=1)),
        _before=lambda _share: _share.cumsum(axis=1) - _share,
        _few=lambda _before, p: _before < p,
        _keep=lambda _order, _few: in_place(_order, _few),
        kept=lambda log_probs, _keep: left_over(log_probs, _keep),
    ), (
        mistake("The result is not renormalised.", ONE,
                kept=lambda log_probs, _keep: np.where(_keep, log_probs, -np.inf)),
        mistake("The word that completes the share is left out.",
                "The words that are kept hold p together, or more. How much do those before a "
                "word hold, and how much do they hold with it?",
                _few=lambda _before, _share, p: _before + _share <= p),
        mistake("A word more than needed is kept.",
                "Once the words hold p, no other is added.",
                _few=lambda value: np.concatenate(
                    [np.ones_like(value[:, :1]), value[:, :-1]], axis=1)),
        mistake("The unlikeliest words are kept.",
                "`argsort` begins with the smallest.",
                _order=lambda log_probs: np.argsort(log_probs, axis=1)),
        mistake("What was found for the sorted words is used on the unsorted.",
                "A word's place in the order is not its number: bring the answers back to the "
                "words that they belong to.",
                _keep=lambda _few: _few),
        mistake("The words stand in sorted order.",
                "Each column is a word, and stays where it was.",
                kept=lambda log_probs, _order, _few: left_over(
                    np.take_along_axis(log_probs, _order, axis=1), _few)),
        mistake("The words' shares are added up in their own order.",
                "The fewest words that hold p are the likeliest ones: sort first.",
                _order=lambda log_probs: np.tile(np.arange(log_probs.shape[1]),
                                                 (len(log_probs), 1))),
        mistake("Nothing is left out.",
                "What is to reach p is a sum of probabilities, not of their logarithms; words "
                "after it get -inf.",
                _few=lambda value: np.ones_like(value)),
        mistake("Each word is held against p by itself.",
                "What counts is what the words hold together, from the likeliest on.",
                _few=(lambda _share, p: _share >= p, lambda _share, p: _share >= 1 - p,
                      lambda _share, p: _share <= p)),
        mistake("The words left out have the log-probability 0.",
                "The exponential of 0 is 1: such a word would be certain. Which logarithm belongs "
                "to a probability of 0?",
                kept=(as_zeros, lambda value, _keep: np.where(_keep, value, 0))),
        mistake("The logarithm is missing: these are probabilities.",
                "Wanted are their logarithms, none above 0.",
                kept=lambda value: np.exp(value)),
        mistake("All rows are added up together.", "Each row is one choice of a word.",
                _before=(lambda _share: _share.ravel().cumsum().reshape(_share.shape) - _share,
                         lambda _share: _share.cumsum(axis=0) - _share)),
        mistake("Every row keeps the words of the first.", "Each row has words of its own.",
                _keep=lambda value: np.repeat(value[:1], len(value), axis=0)),
    ), SHARES)


# ---------------------------------------------------------------- beam

BEAMS = (dict(N=2, K=3, V=7), dict(N=3, K=2, V=5), dict(N=1, K=4, V=6))


def draw_beam(rng, N, K, V):
    """Beginnings and log-probabilities, such that every usual mistake tells.

    The last picture of several has one beginning alone, as at the first word.
    """
    for _ in range(1000):
        totals = -np.sort(3 * rng.random((N, K)), axis=1)
        if N == 2 or K > 3:
            totals[-1, 1:] = -np.inf
        scores = 2 * rng.standard_normal((N * K, V))
        log_probs = scores - log_sum(scores)
        rows = divided(totals, log_probs)[0]
        if len(set(rows[0])) < K and (N == 1 or len({*map(tuple, rows)}) > 1):
            break
    return dict(totals=totals, log_probs=log_probs)


def sums_of(totals, log_probs):
    """Log-probability of every continuation, (N, K V)."""
    return (totals.reshape(-1, 1) + log_probs).reshape(len(totals), -1)


def best(sums, K):
    """The places of the K greatest in each row, the greatest first."""
    return np.argsort(-sums, axis=1, kind="stable")[:, :K]


def divided(totals, log_probs):
    """Rows and words of the K likeliest continuations."""
    return np.divmod(best(sums_of(totals, log_probs), totals.shape[1]), log_probs.shape[1])


def each_its_own(_sums, K, V):
    """Of each beginning the best continuation, as if each were alone."""
    return np.arange(K) * V + _sums.reshape(len(_sums), K, V).argmax(axis=2)


def of_all_pictures(_sums, K):
    """The likeliest of the whole batch, dealt out to the pictures."""
    return best(_sums.reshape(1, -1), len(_sums) * K).reshape(-1, K) % _sums.shape[1]


def sorted_by(places, sums):
    """Places in the order of their sums."""
    order = np.argsort(-np.take_along_axis(sums, places, axis=1), axis=1, kind="stable")
    return np.take_along_axis(places, order, axis=1)


extend = Exercise(
    "extend", ("totals", "log_probs"), ("rows", "words", "new_totals"), draw_beam, dict(
        _sums=sums_of,
        _places=lambda _sums, K: best(_sums, K),
        _divided=lambda _places, V: np.divmod(_places, V),
        rows=lambda _divided: _divided[0],
        words=lambda _divided: _divided[1],
        new_totals=lambda _sums, _places: np.take_along_axis(_sums, _places, axis=1),
    ), (
        mistake("What the beginnings cost is forgotten.",
                "A continuation's log-probability is that of its beginning and that of its word, "
                "together.",
                _sums=lambda totals, log_probs: log_probs.reshape(len(totals), -1)),
        mistake("Each beginning keeps one continuation of its own.",
                "The K likeliest of all K times V are wanted: one beginning may have several of "
                "them, and another none.",
                _places=(each_its_own,
                         lambda _sums, K, V: sorted_by(each_its_own(_sums, K, V), _sums))),
        mistake("Only the first beginning is continued.",
                "Every beginning may have the likeliest continuation: look at all K times V.",
                _places=lambda _sums, K, V: best(_sums[:, :V], K)),
        mistake("The unlikeliest are kept.", "`argsort` begins with the smallest.",
                _places=lambda _sums, K: np.argsort(_sums, axis=1, kind="stable")[:, :K]),
        mistake("The likeliest stands last.", "Wanted is the likeliest first.",
                _places=lambda value: value[:, ::-1]),
        mistake("What is kept stands in the order of the beginnings.",
                "Wanted is the likeliest first.",
                _places=lambda value: np.sort(value, axis=1)),
        mistake("The place is divided by the number of beginnings.",
                "How many numbers does one beginning have in the long row?",
                _divided=lambda _places, K: np.divmod(_places, K)),
        mistake("The place in the long row is not taken apart.",
                "It holds two numbers: which beginning, and which of the V words.",
                _divided=lambda _places: (_places, _places),
                rows=lambda _places: _places, words=lambda _places: _places),
        mistake("Beginnings are counted through the whole batch.",
                "Each picture's beginnings are 0 to K - 1.",
                rows=lambda value, K: value + K * np.arange(len(value))[:, None]),
        mistake("Pictures compete with one another.",
                "Each picture keeps K beginnings of its own: one row of sums a picture.",
                _places=of_all_pictures),
        mistake("The last word's log-probability is returned alone.",
                "Wanted is that of the whole, which the next step goes on from.",
                new_totals=lambda totals, log_probs, _places: np.take_along_axis(
                    log_probs.reshape(len(totals), -1), _places, axis=1)),
        mistake("The logarithm is missing: these are probabilities.",
                "Wanted are the sums of logarithms.",
                new_totals=lambda value: np.exp(value)),
        mistake("Beginnings and rows do not match.",
                "The K rows of a picture stand one after the other in `log_probs`.",
                _sums=lambda totals, log_probs: (
                    totals.T.reshape(-1, 1) + log_probs).reshape(len(totals), -1)),
    ), BEAMS, nudge="There may be any number of pictures and of beginnings.")
