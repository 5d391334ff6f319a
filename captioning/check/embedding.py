"""The usual mistakes in looking words up, and in bringing a gradient back to them (chapter 6)."""

import numpy as np

from captioning.check.program import Exercise, mistake

SIZES = (dict(N=3, T=4, V=7, E=5), dict(N=2, T=5, V=4, E=6), dict(N=1, T=3, V=5, E=2),
         dict(N=2, T=1, V=3, E=4), dict(N=4, T=4, V=4, E=4))


def draw(rng, N, T, V, E):
    """Words as a minibatch has them: a column of one word, padding at an end, others by chance.

    Of a larger vocabulary the last word is not used.
    """
    x = rng.integers(0, V - (V > 4), (N, T))
    x[:, 0] = 1
    x[0, max(1, T - 2):] = 0
    return dict(x=x, W=rng.standard_normal((V, E)), dout=rng.standard_normal((N, T, E)))


# ---------------------------------------------------------------- forward

FORWARD = dict(out=lambda x, W: W[x])

FORWARD_MISTAKES = (
    mistake("The whole table `W` is returned.",
            "Wanted is one row of `W` for each word: which rows does `x` name?",
            out=lambda W: W),
    mistake("Columns of `W` are looked up instead of rows.",
            "`W` is (V, E): a row for each word.",
            out=(lambda x, W: W.T[x], lambda x, W: W[:, x],
                 lambda x, W: np.moveaxis(W[:, x], 0, 2))),
    mistake("The batch and time are exchanged.",
            "Wanted is (N, T, E), the shape of `x` and one axis more.",
            out=lambda x, W: W[x.T]),
    mistake("Each word gets the vector of the word before it in the vocabulary.",
            "Word k has row k: counting begins at 0.",
            out=lambda x, W: W[x - 1]),
    mistake("Each word gets the vector of the word after it in the vocabulary.",
            "Word k has row k: counting begins at 0.",
            out=lambda x, W: W[(x + 1) % len(W)]),
    mistake("The word with index 0, `<NULL>`, gets zeros.",
            "`<NULL>` is a word like any other here: padding is left to the mask of the loss.",
            out=lambda value, x: value * (x != 0)[..., None]),
    mistake("Only one word of each caption is looked up.",
            "All T words of all N captions are wanted.",
            out=(lambda value: value[:, 0], lambda value: value[:, -1], lambda value: value[:, :1],
                 lambda value: np.repeat(value[:, :1], value.shape[1], axis=1),
                 lambda value: np.repeat(value[:, -1:], value.shape[1], axis=1))),
    mistake("Every place gets the sum of the vectors of all words used.",
            "A one-hot row has a single 1. Which entries does `onehot[:, :, x] = 1` set?",
            out=(lambda x, W: np.broadcast_to(W[np.unique(x)].sum(axis=0), (*x.shape, W.shape[1])),
                 lambda value: np.broadcast_to(value.sum(axis=(0, 1)), value.shape))),
    mistake("Only one caption is looked up.",
            "All T words of all N captions are wanted.",
            out=(lambda value: value[0], lambda value: value[-1], lambda value: value[:1])),
    mistake("The vectors of a caption's words are averaged.",
            "Each word keeps its vector: order matters to a sentence.",
            out=lambda value: value.mean(axis=1)),
    mistake("The vectors of a caption's words are added up.",
            "Each word keeps its vector: order matters to a sentence.",
            out=lambda value: value.sum(axis=1)),
    mistake("The one-hot rows themselves are returned.",
            "A one-hot row picks a row of `W`, once it is multiplied by `W`.",
            out=lambda x, W: np.eye(len(W))[x]),
    mistake("The index multiplies the vectors.",
            "An index says which row; it is no quantity.",
            out=(lambda value, x: x[..., None] * value, lambda x, W: x[..., None] * W.sum(axis=0),
                 lambda x, W: x[..., None] * W[0])),
)

word_embedding_forward = Exercise(
    "word_embedding_forward", ("x", "W"), ("out", "cache"),
    draw, FORWARD, FORWARD_MISTAKES, SIZES)


# ---------------------------------------------------------------- backward

def gathered(x, dout, V):
    """The sum of the gradients of each word's uses, (V, E)."""
    return np.eye(V)[x.ravel()].T @ dout.reshape(-1, dout.shape[-1])


def uses(x, V):
    """How often each word is used, (V, 1)."""
    return np.bincount(x.ravel(), minlength=V)[:, None]


def assigned(x, dout, V, order=1):
    """What is left of the gradients where each use of a word overwrites the one before."""
    dW = np.zeros((V, dout.shape[-1]))
    for word, row in list(zip(x.ravel(), dout.reshape(-1, dout.shape[-1]), strict=True))[::order]:
        dW[word] = row
    return dW


def by_parts(x, dout, V):
    """``dW[x_k] += dout_k`` for one part of the batch after the other."""
    return sum(assigned(word, row, V) for word, row in zip(x, dout, strict=True))


BACKWARD = FORWARD | dict(dW=lambda x, dout, V: gathered(x, dout, V))

BACKWARD_MISTAKES = (
    mistake("Of a word that is used more than once only one use counts.",
            "`dW[x] += dout` reads every row, adds, and writes it back: a row named twice is "
            "written twice, from the same old value. What would add one use after the other?",
            dW=(lambda x, dout, V: assigned(x, dout, V),
                lambda x, dout, V: assigned(x, dout, V, -1))),
    mistake("Of a word that occurs more than once in a caption only one use counts.",
            "In a loop over the captions `dW[x[n]] += dout[n]` still writes a row named twice from "
            "the same old value. What would add one use after the other?",
            dW=lambda x, dout, V: by_parts(x, dout, V)),
    mistake("Of a word that several captions have at the same place only one use counts.",
            "In a loop over time `dW[x[:, t]] += dout[:, t]` still writes a row named twice from "
            "the same old value. What would add one use after the other?",
            dW=lambda x, dout, V: by_parts(x.T, np.moveaxis(dout, 1, 0), V)),
    mistake("The mean over a word's uses is taken instead of the sum.",
            "Every use adds its gradient: a word used twice moves the loss twice.",
            dW=lambda value, x, V: value / np.maximum(uses(x, V), 1)),
    mistake("The uses are counted, and `dout` is left out.",
            "How often a word is used is the gradient of the lookup alone. The chain rule "
            "multiplies by what comes in.",
            dW=(lambda value, x, V: uses(x, V) * np.ones_like(value),
                lambda value, x, V: np.minimum(uses(x, V), 1) * np.ones_like(value))),
    mistake("The sum is multiplied by the number of uses.",
            "Each use adds its own gradient, once.",
            dW=lambda value, x, V: uses(x, V) * value),
    mistake("The row of `<NULL>` gets no gradient.",
            "Here `<NULL>` is a word like any other: where the loss is masked, its gradient is 0 "
            "already.",
            dW=lambda value: np.concatenate([0 * value[:1], value[1:]])),
    mistake("Everything is divided by N.",
            "The lookup adds; where a mean is wanted, the loss has divided by N already.",
            dW=lambda value, N: value / N),
    mistake("Everything is divided by the number of words.",
            "The lookup adds; where a mean is wanted, the loss has divided by N already.",
            dW=lambda value, N, T: value / (N * T)),
    mistake("The gradients are added to `W` itself.",
            "`dW` begins with zeros in the shape of `W`.",
            dW=lambda value, W: W + value),
    mistake("The result is multiplied by `W`.",
            "The lookup copies a row, so its gradient comes back as it is.",
            dW=lambda value, W: value * W),
    mistake("The one-hot matrix is transposed the wrong way: the result is (E, V).",
            "A gradient has the shape of its variable.",
            dW=lambda value: value.T),
    mistake("The gradient lands one row too early.",
            "Word k has row k: counting begins at 0.",
            dW=lambda value: np.roll(value, -1, axis=0)),
    mistake("The gradient lands one row too late.",
            "Word k has row k: counting begins at 0.",
            dW=lambda value: np.roll(value, 1, axis=0)),
    mistake("Only one place of each caption counts.",
            "Every word of every caption sends its gradient.",
            dW=(lambda x, dout, V: gathered(x[:, -1], dout[:, -1], V),
                lambda x, dout, V: gathered(x[:, 0], dout[:, 0], V))),
    mistake("One place of each caption is left out.",
            "Every word of every caption sends its gradient.",
            dW=(lambda x, dout, V: gathered(x[:, 1:], dout[:, 1:], V),
                lambda x, dout, V: gathered(x[:, :-1], dout[:, :-1], V))),
    mistake("Only one caption of the batch counts.",
            "Every word of every caption sends its gradient.",
            dW=(lambda x, dout, V: gathered(x[-1], dout[-1], V),
                lambda x, dout, V: gathered(x[0], dout[0], V))),
    mistake("The result ends at the greatest word used.",
            "`W` has a row for each word of the vocabulary, and so has its gradient.",
            dW=lambda value, x: value[:x.max() + 1]),
    mistake("The entries of a gradient are added up within its row.",
            "Only the uses of a word are added up: the E entries stay apart.",
            dW=lambda value: np.broadcast_to(value.sum(axis=1, keepdims=True), value.shape)),
    mistake("Every word used gets the sum of all gradients.",
            "A gradient goes to the row of its own word.",
            dW=lambda value, x, V: (uses(x, V) > 0) * value.sum(axis=0)),
)

word_embedding_backward = Exercise(
    "word_embedding_backward", ("dout", "cache"), ("dW",),
    draw, BACKWARD, BACKWARD_MISTAKES, SIZES, cache=("x", "W"), forward=word_embedding_forward)


# ---------------------------------------------------------------- another way, for a list of words

LISTS = (dict(K=9, V=7, E=5), dict(K=8, V=4, E=6), dict(K=5, V=6, E=2), dict(K=1, V=3, E=4),
         dict(K=4, V=4, E=4))


def draw_list(rng, K, V, E):
    """A list of words in no order, the first read again at its end; the last of V is not read."""
    x = rng.integers(0, V - 1, K)
    x[0] = x[-1] = 1
    x[K // 2] = 0
    return dict(x=x, dout=rng.standard_normal((K, E)))


def packed(value, x):
    """The rows of the words that are read, and no others."""
    return value[np.unique(x)]


def unsorted_runs(x, dout, V):
    """Sums from each word's first use to that of the next word, whoever stands between."""
    dW = np.zeros((V, dout.shape[1]))
    words, starts = np.unique(x, return_index=True)
    dW[words] = np.add.reduceat(dout, starts)
    return dW


LIST_MISTAKES = (
    mistake("Of a word that is used more than once only one use counts.",
            "Every use adds its gradient. Does each line of yours add, or write over what was "
            "there?",
            dW=(lambda x, dout, V: assigned(x, dout, V),
                lambda x, dout, V: assigned(x, dout, V, -1))),
    mistake("The words are sorted, and their gradients are not.",
            "`np.argsort` gives one order: both `x` and `dout` are put into it.",
            dW=lambda x, dout, V: gathered(np.sort(x), dout, V)),
    mistake("The gradients are put into another order than their words.",
            "Both `x` and `dout` are put into the one order that `np.argsort` gives.",
            dW=lambda x, dout, V: gathered(x, dout[np.argsort(x, kind="stable")], V)),
    mistake("Runs are added up before equal words stand together.",
            "`np.add.reduceat` adds neighbours. Sort first: both `x` and `dout`, into one order.",
            dW=unsorted_runs),
    mistake("Only the words that are read have a row.",
            "The table has V rows; those of words that are not read are zero.",
            dW=packed),
    mistake("The rows of the words that are read stand together at the top.",
            "The sum for word k goes into row k. Which words do the sums belong to?",
            dW=lambda value, x, V: np.pad(packed(value, x), ((0, V - len(np.unique(x))), (0, 0)))),
    mistake("The result ends at the greatest word used.",
            "The table has V rows. `np.bincount` takes a `minlength`.",
            dW=lambda value, x: value[:x.max() + 1]),
    mistake("The result is turned: it is (E, V).",
            "A gradient has the shape of its table, (V, E).",
            dW=lambda value: value.T),
    mistake("The uses are counted, and `dout` is left out.",
            "A count is the sum of ones. What is to be summed instead?",
            dW=lambda value, x, V: uses(x, V) * np.ones_like(value)),
    mistake("The mean over a word's uses is taken instead of the sum.",
            "Every use adds its gradient: a word used twice moves the loss twice.",
            dW=lambda value, x, V: value / np.maximum(uses(x, V), 1)),
    mistake("The entries of a gradient are added up within its row.",
            "Only the uses of a word are added up: the E entries stay apart.",
            dW=lambda value: np.broadcast_to(value.sum(axis=1, keepdims=True), value.shape)),
    mistake("One column of `dout` is used for all.",
            "Each of the E columns has sums of its own.",
            dW=(lambda value: np.repeat(value[:, :1], value.shape[1], axis=1),
                lambda value: np.repeat(value[:, -1:], value.shape[1], axis=1))),
    mistake("The row of word 0 gets no gradient.",
            "Word 0 is a word like any other.",
            dW=lambda value: np.concatenate([0 * value[:1], value[1:]])),
    mistake("The last place counts for nothing.",
            "Every place sends its gradient. Where does the last run of equal words end?",
            dW=lambda x, dout, V: gathered(x[:-1], dout[:-1], V)),
    mistake("The first place counts for nothing.",
            "Every place sends its gradient. Where does the first run of equal words begin?",
            dW=lambda x, dout, V: gathered(x[1:], dout[1:], V)),
    mistake("The sums pile up from one word to the next.",
            "A sum begins where the run of its word begins.",
            dW=lambda value: np.cumsum(value, axis=0)),
)

another_way = Exercise(
    "another_way", ("x", "dout", "V"), ("dW",),
    draw_list, dict(dW=lambda x, dout, V: gathered(x, dout, V)), LIST_MISTAKES, LISTS)
