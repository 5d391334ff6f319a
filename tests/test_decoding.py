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


# ---------------------------------------------------------------- temperature and drawing

class Fixed:
    """A model that says the words of a table with given probabilities, whatever it has read."""

    def __init__(self, probabilities):
        self.log_probs = np.log(np.asarray(probabilities, dtype=float))
        self.word_to_idx = {word: k for k, word in enumerate(
            ["<NULL>", "<START>", "<END>", *"abcdefgh"][:len(probabilities)])}

    def start(self, features):
        return ()

    def step(self, words, state):
        return np.tile(self.log_probs, (len(words), 1)), state


TABLE = [.05, .05, .1, .5, .2, .1]


def shares(temperature, forbidden=(), n=40_000):
    captions = c.sample_captions(Fixed(TABLE), np.zeros((n, 1)), temperature, 1, forbidden,
                                 np.random.default_rng(1))
    return np.bincount(captions[:, 0], minlength=len(TABLE)) / n


@pytest.mark.parametrize("tau", [.3, 1.0, 2, np.float32(1.5)])
def test_temper_takes_the_root_of_each_probability(tau):
    p = np.array([TABLE, TABLE[::-1]])
    wanted = p ** (1 / float(tau))
    tempered = np.exp(c.temper(np.log(p), tau))
    np.testing.assert_allclose(tempered, wanted / wanted.sum(axis=1, keepdims=True), rtol=1e-6)


def test_temper_leaves_probabilities_alone_at_one_and_scores_do_as_well():
    scores = np.random.default_rng(0).standard_normal((4, 9))
    np.testing.assert_allclose(c.temper(scores, 1.), c.log_softmax(scores), atol=1e-15)
    np.testing.assert_allclose(c.temper(c.log_softmax(scores), .7), c.temper(scores, .7),
                               atol=1e-14)


def test_the_limits_of_temperature():
    log_p = np.log([TABLE])
    np.testing.assert_allclose(np.exp(c.temper(log_p, 1e-3)), [[0, 0, 0, 1, 0, 0]], atol=1e-300)
    np.testing.assert_allclose(np.exp(c.temper(log_p, 1e6)), np.full((1, 6), 1 / 6), rtol=1e-5)


def test_what_has_no_probability_keeps_none():
    log_p = np.log([[.5, .5, .25]])
    log_p[0, 1] = -np.inf
    np.testing.assert_allclose(np.exp(c.temper(log_p, 2.))[0, 1], 0)


@pytest.mark.parametrize("tau", [.5, 1.0, 3.0])
def test_words_are_drawn_as_often_as_their_probability_says(tau):
    wanted = np.array(TABLE) ** (1 / tau)
    assert np.abs(shares(tau) - wanted / wanted.sum()).max() < .01  # five standard errors


def test_the_rest_share_what_a_forbidden_word_had():
    wanted = np.array([0, 0, .1, 0, .2, .1]) / .4
    assert np.abs(shares(1.0, ("<NULL>", "<START>", "a")) - wanted).max() < .012
    assert (shares(1.0, ("<NULL>", "<START>", "a"))[[0, 1, 3]] == 0).all()


def test_a_number_at_either_end_of_the_line_falls_on_a_word_that_may_be_said():
    class Ends:
        def random(self, size):
            return np.resize([0.0, np.nextafter(1, 0)], size)

    for table in (TABLE, [.3, .1, .1], [.7, .2, .4, .05]):
        forbidden = ("<NULL>", "ab"[len(table) - 4:][:1])
        said = c.sample_captions(Fixed(table), np.zeros((2, 1)), 1.0, 1, forbidden, Ends())
        assert 1 <= said[0, 0] <= said[1, 0] < len(table)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_drawn_sentences_keep_the_rules_and_cold_ones_are_greedy(cell):
    model = network(cell, 2, NULL=3)
    captions = c.sample_captions(model, features(), 1.0, 9, rng=np.random.default_rng(0))
    assert captions.shape == (N, 9) and not (captions == START).any()
    for row in captions.tolist():
        length = row.index(END) + 1 if END in row else 9
        assert NULL not in row[:length] and row[length:] == [NULL] * (9 - length)
    np.testing.assert_array_equal(c.sample_captions(model, features(), 1e-6, 9),
                                  c.greedy(model, features(), 9))


def test_a_seed_decides_what_is_drawn():
    model = network("rnn")
    first, second, other = (
        c.sample_captions(model, features(), 1.0, 6, rng=np.random.default_rng(seed))
        for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


@pytest.mark.parametrize("tau", [0, -1, np.nan, np.inf, "1", None])
def test_a_temperature_must_be_above_zero(tau):
    with pytest.raises(ValueError, match="temperature is .*; wanted a finite number above 0"):
        c.temper(np.zeros((1, 3)), tau)
    with pytest.raises(ValueError, match="temperature is "):
        c.sample_captions(network("rnn"), features(), tau)


def test_to_forbid_every_word_is_refused():
    with pytest.raises(ValueError, match="forbidden holds every word"):
        c.greedy(network("rnn"), features(), 5, list(WORDS))


# ---------------------------------------------------------------- the probability of a caption

@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_log_probabilities_add_up_to_minus_the_loss(cell):
    model = network(cell)
    captions = c.sample_captions(model, features(), 1.0, 7)
    assert 0 < (captions == NULL).any(axis=1).sum() < N
    each = c.log_probabilities(model, features(), captions)
    assert each.shape == captions.shape and (each[captions == NULL] == 0).all()
    for k in range(N):
        row = np.concatenate([[START], captions[k]])[None]
        loss, _ = model.loss(features()[k:k + 1], row)
        np.testing.assert_allclose(each[k].sum(), -loss, rtol=1e-12)


@pytest.mark.parametrize("captions, message", [
    (np.zeros((N, 3)), "dtype"), (np.full((N, 3), 12), "wanted an index from 0 to 11"),
    (np.full((N, 3), -1), "wanted an index"), (np.zeros((N - 1, 3), int), "shape"),
    (np.zeros(N, int), "shape")])
def test_captions_that_are_none_are_refused(captions, message):
    with pytest.raises(ValueError, match=message):
        c.log_probabilities(network("rnn"), features(), captions)
