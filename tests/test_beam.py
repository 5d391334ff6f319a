"""Beam search against brute force, greedy and the model's own probabilities; ensembles."""

import itertools

import numpy as np
import pytest

import captioning as c
from captioning.decoding import best_of, repeated
from tests.test_decoding import END, NULL, START, WORDS, features, network

SMALL = {word: k for k, word in enumerate(["<NULL>", "<START>", "<END>", "a", "b", "c"])}
N, L = 7, 4


def small(cell="rnn", seed=0, end=0.0):
    """A network of six words, sure enough of itself that likeliest and greedy differ."""
    rng = np.random.default_rng(seed)
    model = c.CaptioningRNN(SMALL, 5, 4, 7, cell, np.float64)
    for name, value in model.params.items():
        model.params[name] = .8 * rng.standard_normal(value.shape)
    model.params["b_vocab"][SMALL["<END>"]] += end
    return model


def brute_force(model, row, alpha=0.0, least=0):
    """Every sentence there is about one picture, the best first: (score, log p, words)."""
    others = [SMALL[word] for word in "abc"]
    sentences = [(*beginning, END) for t in range(least, L)
                 for beginning in itertools.product(others, repeat=t)]
    sentences += list(itertools.product(others, repeat=L))
    rows = np.array([[*s, *[NULL] * (L - len(s))] for s in sentences])
    log_p = c.log_probabilities(model, np.repeat(row[None], len(rows), axis=0), rows).sum(axis=1)
    scores = log_p / np.array([len(s) for s in sentences]) ** alpha
    order = np.argsort(-scores, kind="stable")
    return scores[order], log_p[order], rows[order]


def pictures():
    return np.random.default_rng(3).standard_normal((N, 5))


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
@pytest.mark.parametrize("alpha", [0, .7, 1, 2.5])
@pytest.mark.parametrize("least", [0, 2])
def test_a_beam_of_full_width_finds_what_brute_force_finds(cell, alpha, least):
    model = small(cell)
    captions, log_p = c.beam_search(model, pictures(), 3 ** (L - 1) + 30, alpha, 5, L,
                                    min_length=least)
    for row, found, log_q in zip(pictures(), captions, log_p, strict=True):
        _, wanted, sentences = brute_force(model, row, alpha, least)
        np.testing.assert_array_equal(found, sentences[:5])
        np.testing.assert_allclose(log_q, wanted[:5], rtol=1e-12)


def test_brute_force_counts_every_sentence():
    _, log_p, rows = brute_force(small(), pictures()[0])
    assert len(np.unique(rows, axis=0)) == len(rows) == 1 + 3 + 9 + 27 + 81
    assert np.exp(log_p).sum() < 1  # the rest of the probability is of <NULL> and <START>


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
@pytest.mark.parametrize("alpha", [0, 1])
@pytest.mark.parametrize("rules", [{}, {"min_length": 3}, {"no_repeat": 1},
                                   {"forbidden": ("<NULL>", "<START>", "a", "b")}])
def test_a_beam_of_one_is_greedy(cell, alpha, rules):
    model = network(cell, 2, END=2)
    captions, log_p = c.beam_search(model, features(), 1, alpha, max_length=9, **rules)
    wanted = c.greedy(model, features(), 9, **rules)
    assert len(np.unique(wanted, axis=0)) > 3
    np.testing.assert_array_equal(captions[:, 0], wanted)


@pytest.mark.parametrize("width, several", [(2, 1), (3, 3), (7, 2)])
def test_its_log_probabilities_are_the_models_own(width, several):
    model = network("lstm", 1, END=1)
    captions, log_p = c.beam_search(model, features(), width, 1.0, several, 8)
    for k in range(several):
        own = c.log_probabilities(model, features(), captions[:, k]).sum(axis=1)
        np.testing.assert_allclose(log_p[:, k], own, rtol=1e-12)


def test_a_wider_beam_finds_likelier_sentences_in_all():
    model = small(seed=4)
    totals = [c.beam_search(model, pictures(), width, max_length=L)[1].sum() for width in (1, 3, 9)]
    assert totals[0] < totals[1] <= totals[2]


def test_several_sentences_differ_and_fall_in_score():
    captions, log_p = c.beam_search(network("rnn", 3, END=1), features(), 6, .5, 4, 7)
    lengths = (captions != NULL).sum(axis=2)
    scores = log_p / lengths ** .5
    assert (np.diff(scores, axis=1) <= 0).all()
    assert all(len(np.unique(rows, axis=0)) == 4 for rows in captions)


def test_a_picture_does_not_depend_on_its_neighbours():
    model, order = network("lstm", 3, END=1), np.random.default_rng(1).permutation(len(features()))
    captions, log_p = c.beam_search(model, features(), 4, 1.0, 2, 8)
    shuffled = c.beam_search(model, features()[order], 4, 1.0, 2, 8)
    np.testing.assert_array_equal(shuffled[0], captions[order])
    alone = c.beam_search(model, features()[:1], 4, 1.0, 2, 8)
    np.testing.assert_array_equal(alone[0], captions[:1])
    np.testing.assert_allclose(alone[1], log_p[:1], rtol=1e-12)


def test_where_fewer_sentences_exist_the_rest_is_empty():
    captions, log_p = c.beam_search(small(), pictures(), 9, 0, 9, 1)  # one word: <END>, a, b, c
    assert (np.isfinite(log_p).sum(axis=1) == 4).all()
    assert (captions[:, 4:] == NULL).all()


@pytest.mark.parametrize("rules", [dict(min_length=6), dict(no_repeat=1), dict(no_repeat=2),
                                   dict(no_repeat=3, min_length=4)])
@pytest.mark.parametrize("speak", ["greedy", "drawn", "beam"])
def test_every_decoder_keeps_the_rules(speak, rules):
    model = network("rnn", 5)
    if speak == "beam":
        rows = c.beam_search(model, features(), 3, 0, max_length=12, **rules)[0][:, 0]
    else:
        rows = {"greedy": c.greedy, "drawn": c.sample_captions}[speak](
            model, features(), max_length=12, **rules)
    for row in rows.tolist():
        words = row[:row.index(END)] if END in row else row
        n = rules.get("no_repeat", 99)
        runs = [tuple(words[k:k + n]) for k in range(len(words) - n + 1)]
        assert len(set(runs)) == len(runs)
        # where nothing else is left, a sentence may end early
        assert len(words) >= min(rules.get("min_length", 0), 12) or n == 1
        assert START not in row


def test_the_rules_are_needed():
    rows = c.greedy(network("rnn", 5), features(), 12)
    assert (rows[:, :6] == END).any()
    assert any(len(set(row.tolist())) < 10 for row in rows if END not in row)


def test_repeated_finds_the_words_that_would_complete_a_run():
    said = np.array([[3, 4, 5, 3, 4], [3, 3, 3, 3, 3], [3, 4, 5, 6, 7]])
    assert [np.flatnonzero(row).tolist() for row in repeated(said, 3, 8)] == [[5], [3], []]
    assert [np.flatnonzero(row).tolist() for row in repeated(said, 1, 8)] == [
        [3, 4, 5], [3], [3, 4, 5, 6, 7]]
    assert not repeated(said[:, :2], 3, 8).any()


def test_who_has_nothing_left_to_say_ends():
    model = network("rnn", END=-100)
    captions = c.greedy(model, features(), 12, no_repeat=1)
    assert ((captions == END).argmax(axis=1) == len(WORDS) - 3).all()  # each other word once


@pytest.mark.parametrize("k", [1, 2, 4])
def test_best_of_sorts_like_sorting(k):
    values = np.random.default_rng(0).integers(0, 5, (20, 9)).astype(float)
    greatest, places = best_of(values, k)
    np.testing.assert_array_equal(places, np.argsort(-values, axis=1, kind="stable")[:, :k])
    np.testing.assert_array_equal(greatest, np.take_along_axis(values, places, axis=1))


def test_a_value_counts_once():
    greatest, _ = best_of(np.array([[1, -np.inf, 3]]), 4)
    assert greatest.tolist() == [[3, 1, -np.inf, -np.inf]]


# ---------------------------------------------------------------- top-k and nucleus

TABLE = np.log([[.5, .2, .15, .1, .05]])


@pytest.mark.parametrize("k, left", [(1, [1]), (2, [5 / 7, 2 / 7]), (5, [.5, .2, .15, .1, .05]),
                                     (9, [.5, .2, .15, .1, .05])])
def test_top_k(k, left):
    np.testing.assert_allclose(np.exp(c.top_k(TABLE, k)), [left + [0] * (5 - len(left))],
                               rtol=1e-12)


@pytest.mark.parametrize("p, kept", [(.01, 1), (.49, 1), (.51, 2), (.7 + 1e-9, 3), (.9, 4), (1, 5)])
def test_nucleus(p, kept):
    order = np.array([3, 0, 4, 1, 2])
    share = np.exp(c.nucleus(TABLE[:, order], p))
    wanted = np.where(np.arange(5) < kept, np.exp(TABLE[0]), 0)
    np.testing.assert_allclose(share[0], (wanted / wanted.sum())[order], rtol=1e-12)


def test_words_that_tie_with_the_kth_are_kept():
    assert np.isfinite(c.top_k(np.log([[.4, .2, .2, .2]]), 2)).all()


def test_drawing_from_few_words_stays_among_them():
    model = network("rnn", 5)
    first = model.step(np.full(len(features()), START), model.start(features()))[0]
    first[:, [NULL, START]] = -np.inf
    _, best = best_of(first, 2)
    said = c.sample_captions(model, features(), 3.0, 1, top_k=2)[:, 0]
    assert ((said == best[:, 0]) | (said == best[:, 1])).all()
    assert (said == best[:, 1]).any()
    np.testing.assert_array_equal(c.sample_captions(model, features(), 1.0, 6, top_p=1e-9),
                                  c.greedy(model, features(), 6))


# ---------------------------------------------------------------- ensembles

def test_an_ensemble_speaks_by_the_mean_probability():
    members = [network("rnn", 1, END=1), network("lstm", 2, END=1)]
    both = c.Ensemble(members)
    words, state = np.full(len(features()), START), both.start(features())
    states = [member.start(features()) for member in members]
    for _ in range(3):
        log_p, state = both.step(words, state)
        each, states = zip(*(m.step(words, s) for m, s in zip(members, states, strict=True)),
                           strict=True)
        np.testing.assert_allclose(np.exp(log_p), np.exp(each).mean(axis=0), rtol=1e-12)
        words = log_p.argmax(axis=1)
    captions, found = c.beam_search(both, features(), 3, 1.0, max_length=8)
    np.testing.assert_allclose(
        found[:, 0], c.log_probabilities(both, features(), captions[:, 0]).sum(axis=1), rtol=1e-12)


def test_an_ensemble_of_one_is_its_member():
    model = network("lstm", 2, END=1)
    for speak in (c.greedy, c.sample_captions):
        np.testing.assert_array_equal(speak(c.Ensemble([model]), features(), max_length=8),
                                      speak(model, features(), max_length=8))


# ---------------------------------------------------------------- bad input

@pytest.mark.parametrize("given, message", [
    (dict(width=0), "width is 0; wanted a whole number of at least 1"),
    (dict(width=2.5), "width is 2.5"), (dict(width=True), "width is True"),
    (dict(width=2, several=3), "several is 3; wanted at most width, which is 2"),
    (dict(alpha=-.1), "alpha is -0.1; wanted a finite number of at least 0"),
    (dict(alpha=np.nan), "alpha is nan"), (dict(alpha="1"), "alpha is '1'"),
    (dict(max_length=0), "max_length is 0"),
    (dict(min_length=5, max_length=5), "min_length is 5; wanted less than max_length, which is 5"),
    (dict(min_length=-1), "min_length is -1"), (dict(no_repeat=-1), "no_repeat is -1"),
    (dict(no_repeat=1.5), "no_repeat is 1.5"), (dict(forbidden=list(WORDS)), "forbidden holds")])
def test_what_is_out_of_range_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        c.beam_search(network("rnn"), features(), **given)


@pytest.mark.parametrize("given, message", [
    (dict(top_k=0), "top_k is 0"), (dict(top_k=1.5), "top_k is 1.5"),
    (dict(top_p=0), "top_p is 0; wanted a number above 0 and at most 1"),
    (dict(top_p=1.1), "top_p is 1.1"), (dict(top_p=np.nan), "top_p is nan")])
def test_what_cannot_be_drawn_from_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        c.sample_captions(network("rnn"), features(), **given)


def test_an_ensemble_wants_members_with_the_same_words():
    with pytest.raises(ValueError, match="members is empty"):
        c.Ensemble([])
    with pytest.raises(ValueError, match=r"members\[1\] has other words than members\[0\]"):
        c.Ensemble([small(), network("rnn")])
