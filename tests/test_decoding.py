"""Greedy decoding against a plain loop, and the rules that every sentence keeps."""

import numpy as np
import pytest

import captioning as c

WORDS = {word: k for k, word in enumerate(["<NULL>", "<START>", "<END>", "<UNK>", *"abcdefgh"])}
NULL, START, END, UNK = range(4)
F, E, H, N = 5, 4, 7, 40


def network(cell, seed=0, **bias):
    rng = np.random.default_rng(seed)
    model = c.CaptioningRNN(WORDS, F, E, H, cell, np.float64)
    for name, value in model.params.items():
        model.params[name] = rng.standard_normal(value.shape)
    for word, value in bias.items():
        model.params["b_vocab"][WORDS[f"<{word}>"]] += value
    return model


def features():
    return np.random.default_rng(9).standard_normal((N, F))


def plain_loop(model, row, max_length):
    """One picture alone, with no array larger than it needs."""
    p, said, word, cell = model.params, [], START, np.zeros(H)
    h = row @ p["W_proj"] + p["b_proj"]
    while len(said) < max_length and word != END:
        a = p["W_embed"][word] @ p["Wx"] + h @ p["Wh"] + p["b"]
        if model.cell_type == "rnn":
            h = np.tanh(a)
        else:
            i, f, o = 1 / (1 + np.exp(-a[:3 * H].reshape(3, H)))
            cell = f * cell + i * np.tanh(a[3 * H:])
            h = o * np.tanh(cell)
        scores = h @ p["W_vocab"] + p["b_vocab"]
        word = max((k for k in range(len(WORDS)) if k not in (NULL, START)), key=scores.__getitem__)
        said.append(word)
    return said + [NULL] * (max_length - len(said))


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
@pytest.mark.parametrize("seed", range(4))
def test_equals_a_plain_loop(cell, seed):
    model = network(cell, seed)
    wanted = [plain_loop(model, row, 9) for row in features()]
    captions = model.sample(features(), 9)
    assert captions.tolist() == wanted
    assert len({tuple(row) for row in wanted}) > 3  # else the test would say little


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
@pytest.mark.parametrize("bias", [{"NULL": 50}, {"START": 50}, {"NULL": 50, "START": 40},
                                  {"NULL": 50, "START": 50, "END": 5}])
def test_never_says_null_or_start_and_pads_after_end(cell, bias):
    captions = network(cell, **bias).sample(features(), 12)
    assert captions.shape == (N, 12) and captions.dtype.kind == "i"
    for row in captions.tolist():
        length = row.index(END) + 1 if END in row else 12
        assert NULL not in row[:length] and START not in row
        assert row[length:] == [NULL] * (12 - length)


def test_some_end_and_some_do_not():
    captions = network("rnn", 1, END=1).sample(features(), 6)
    ended = (captions == END).any(axis=1)
    assert 0 < ended.sum() < N


@pytest.mark.parametrize("end", [100, -100])
def test_the_longest_and_the_shortest(end):
    captions = network("lstm", END=end).sample(features(), 5)
    if end > 0:
        assert captions.tolist() == [[END, NULL, NULL, NULL, NULL]] * N
    else:
        assert not np.isin(captions, [NULL, START, END]).any()
    assert network("lstm", END=end).sample(features(), 1).shape == (N, 1)


def test_what_is_forbidden_is_never_said():
    model = network("rnn", UNK=50)
    assert (c.greedy(model, features(), 5) == UNK).all()
    assert not (c.greedy(model, features(), 5, ("<NULL>", "<START>", "<UNK>")) == UNK).any()
    assert (c.greedy(model, features(), 5, ("<NULL>", "not a word")) == UNK).all()


class Counting:
    """A model by protocol alone: it says a, b, c ... and then ends."""

    word_to_idx = WORDS

    def __init__(self, lengths):
        self.lengths, self.read = lengths, []

    def start(self, features):
        return np.zeros(len(features), dtype=int)

    def step(self, words, state):
        self.read.append(words.tolist())
        log_probs = np.full((len(words), len(WORDS)), -5.0)
        log_probs[np.arange(len(words)), np.where(state == self.lengths, END, 4 + state)] = -0.1
        return log_probs, state + 1


def test_needs_no_more_of_a_model_than_start_and_step():
    model = Counting(np.array([2, 0, 4]))
    captions = c.greedy(model, np.zeros((3, 1)), 10)
    assert captions.tolist() == [[4, 5, END] + [NULL] * 7, [END] + [NULL] * 9,
                                 [4, 5, 6, 7, END] + [NULL] * 5]
    assert len(model.read) == 5  # it stops when all have ended
    assert model.read[:2] == [[START] * 3, [4, END, 4]]


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_a_sentence_does_not_depend_on_its_neighbours(cell):
    model, order = network(cell), np.random.default_rng(1).permutation(N)
    captions = model.sample(features(), 8)
    np.testing.assert_array_equal(model.sample(features()[order], 8), captions[order])
    np.testing.assert_array_equal(model.sample(features()[:1], 8), captions[:1])
    np.testing.assert_array_equal(model.sample(features(), 4), captions[:, :4])
