"""BLEU, ROUGE-L and CIDEr-D against pycocoevalcap's frozen scores and by hand; bad input."""

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest

from captioning.decoding import log_probabilities
from captioning.metrics import (
    bleu,
    cider_d,
    clipped_matches,
    count_ngrams,
    inverse_document_frequency,
    longest_common_subsequence,
    perplexity,
    rouge_l,
    variety,
)
from tests.test_decoding import NULL, features, network

FROZEN = json.loads(Path(__file__).with_name("oracles").joinpath("metrics.json")
                    .read_text(encoding="utf-8"))["cases"]
CAPTIONS = ["a blue boat", "two stars", "a red car at night"]
REFERENCES = [["a blue boat", "a boat sails"], ["two yellow stars"], ["a car", "a red car", "cars"]]


@pytest.mark.parametrize("case", FROZEN.values(), ids=FROZEN.keys())
def test_equals_the_reference_program(case):
    corpus, each = bleu(case["candidates"], case["references"])
    np.testing.assert_allclose(corpus, case["bleu"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(each, case["bleu_each"], rtol=0, atol=1e-9)
    corpus, each = cider_d(case["candidates"], case["references"])
    assert corpus == pytest.approx(case["cider"], abs=1e-9)
    np.testing.assert_allclose(each, case["cider_each"], rtol=0, atol=1e-9)
    corpus, each = rouge_l(case["candidates"], case["references"])
    assert corpus == pytest.approx(case["rouge"], abs=1e-9)
    np.testing.assert_allclose(each, case["rouge_each"], rtol=0, atol=1e-9)


def test_shapes_and_types():
    corpus, each = bleu(CAPTIONS, REFERENCES)
    assert corpus.shape == (4,) and each.shape == (3, 4)
    corpus, each = cider_d(CAPTIONS, REFERENCES)
    assert isinstance(corpus, float) and each.shape == (3,)
    assert corpus == pytest.approx(each.mean())


def test_count_ngrams_counts_every_run():
    words = "a b a b a".split()
    counts = count_ngrams("a b a b a")
    for n in range(1, 5):
        runs = [tuple(words[i:i + n]) for i in range(len(words) - n + 1)]
        assert counts[n - 1] == {run: runs.count(run) for run in runs}
    assert count_ngrams("") == [{}, {}, {}, {}]


def test_bleu_worked_by_hand():
    # "the" seven times against "the cat is on the mat": clipped to the 2 that the reference has.
    corpus, _ = bleu(["the the the the the the the"], [["the cat is on the mat"]])
    assert corpus[0] == pytest.approx(2 / 7)
    # Four words, all right, against eight: exp(1 - 8/4).
    corpus, _ = bleu(["a b c d"], [["a b c d e f g h"]])
    np.testing.assert_allclose(corpus, np.exp(-1), rtol=1e-6)


def test_matches_are_clipped_by_one_reference():
    references = ["the boat and the star", "the the the sea"]
    assert clipped_matches("the the the the boat", references, 1) == 4  # three and one
    assert clipped_matches("the the the the boat", references, 2) == 3
    assert clipped_matches("the boat", references, 3) == clipped_matches("", references, 1) == 0


def test_of_two_equally_close_lengths_the_shorter_counts():
    corpus, _ = bleu(["a b c d"], [["a b c d e f", "a b"]])
    np.testing.assert_allclose(corpus, 1, rtol=1e-6)


def test_corpus_bleu_adds_counts_before_it_divides():
    corpus, each = bleu(["a b c d e f g h i", "x y"], [["a b c d e f g h i"], ["p q"]])
    assert corpus[0] == pytest.approx(9 / 11)
    assert each[:, 0] == pytest.approx([1, 0], abs=1e-6)


def test_cider_of_a_copy_is_ten_and_of_a_stranger_zero():
    captions = ["a b c d e", "f g h i j"]
    assert cider_d(captions, [[c] for c in captions])[1] == pytest.approx([10, 10])
    assert cider_d(captions[::-1], [[c] for c in captions])[1] == pytest.approx([0, 0])


def test_cider_worked_by_hand():
    _, each = cider_d(["a", "a", "q"], [["a"], ["a x"], ["z"]])
    a, x = math.log(3 / 2), math.log(3)
    assert each[0] == pytest.approx(10 / 4)  # only the first of four orders exists
    assert each[1] == pytest.approx(10 / 4 * a / math.hypot(a, x) * math.exp(-1 / 72))
    assert each[2] == 0


def test_rarity_comes_from_the_references_given():
    alone = cider_d(CAPTIONS[:1], REFERENCES[:1])
    assert alone[0] == 0  # one picture: nothing is rare
    assert cider_d(CAPTIONS, REFERENCES)[1][0] > 0
    rarity = inverse_document_frequency(REFERENCES)
    assert rarity[("a",)] == pytest.approx(math.log(3 / 2))
    assert rarity[("a", "red", "car")] == pytest.approx(math.log(3))


def test_scores_move_with_their_pictures():
    order = random.Random(0).sample(range(60), 60)
    case = FROZEN["five references"]
    captions, references = case["candidates"], case["references"]
    moved = [captions[i] for i in order], [references[i][::-1] for i in order]
    for metric in (bleu, cider_d):
        corpus, each = metric(captions, references)
        corpus_moved, each_moved = metric(*moved)
        np.testing.assert_allclose(corpus_moved, corpus, rtol=1e-12)
        np.testing.assert_allclose(each_moved, each[order], rtol=1e-12)


@pytest.mark.parametrize("metric", [bleu, cider_d])
@pytest.mark.parametrize("candidates, references, message", [
    ("a boat", [["a boat"]], r"^candidates: expected a list .*'a boat'"),
    ([], [], r"^candidates: expected a list .*\[\]"),
    (["a boat"], None, r"^references: expected a list .*None"),
    (["a boat", "a car"], [["a boat"]], r"^references: expected one list a caption, 2 .* got 1"),
    (["a boat", ["a", "car"]], [["a boat"], ["a car"]], r"^candidates\[1\]: .*\['a', 'car'\]"),
    (["a boat", b"a car"], [["a boat"], ["a car"]], r"^candidates\[1\]: .*b'a car'"),
    (["a boat", "a car"], [["a boat"], []], r"^references\[1\]: .*\[\]"),
    (["a boat", "a car"], [["a boat"], "a car"], r"^references\[1\]: .*'a car'"),
    (["a boat", "a car"], [["a boat"], ["a car", None]], r"^references\[1\]: .*None"),
])
def test_bad_input_is_named(metric, candidates, references, message):
    with pytest.raises(ValueError, match=message):
        metric(candidates, references)


# ---------------------------------------------------------------- ROUGE-L

def test_the_longest_common_subsequence_against_brute_force():
    rng = random.Random(5)
    for _ in range(200):
        one, other = ([rng.choice("abc") for _ in range(rng.randrange(7))] for _ in range(2))
        runs = {tuple(word for k, word in enumerate(one) if mask >> k & 1)
                for mask in range(2 ** len(one))}
        wanted = max(len(run) for run in runs if contains(other, run))
        assert longest_common_subsequence(one, other) == wanted


def contains(words, run):
    """Whether the words of a run stand in this order among others."""
    words = iter(words)
    return all(word in words for word in run)


def test_rouge_worked_by_hand():
    # "a boat sails" in common: 3 of 4 words, 3 of 5.
    corpus, _ = rouge_l(["a blue boat sails"], [["a boat sails by night"]])
    assert corpus == pytest.approx(2.44 * .75 * .6 / (.6 + 1.44 * .75))
    # Precision from one reference and recall from another.
    corpus, _ = rouge_l(["a b c d"], [["a b c x y z"], ["a"]][:1])
    other, _ = rouge_l(["a b c d"], [["a b c x y z", "a"]])
    assert other == pytest.approx(2.44 * .75 / (1 + 1.44 * .75)) and other > corpus


# ---------------------------------------------------------------- variety and perplexity

def test_variety_counts():
    found = variety(["a boat", "a boat", "a red star"], ["a boat", "a car"])
    assert found == {"distinct": 2, "words": 4, "length": 7 / 3, "novel": 1}


def test_perplexity_is_the_exponential_of_the_mean_loss_a_word():
    model = network("lstm", 1, END=1)
    captions = model.sample(features(), 9)
    each = log_probabilities(model, features(), captions)
    wanted = np.exp(-each.sum() / (captions != NULL).sum())
    assert 1 < wanted == pytest.approx(perplexity(model, features(), captions), rel=1e-12)
    assert perplexity(model, features(), captions, batch=7) == pytest.approx(wanted, rel=1e-12)
    with pytest.raises(ValueError, match="captions holds no word"):
        perplexity(model, features(), np.zeros((40, 3), int))
