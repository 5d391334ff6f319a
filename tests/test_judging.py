"""The logs of chapter 12: cheap numbers come out again, and all mean what the chapter says."""

import numpy as np
import pytest

from captioning.captioner import load_captioner
from captioning.dataset import load_coco_data
from captioning.evaluation import describe, references_of
from captioning.files import data_path
from captioning.logs import read_log
from captioning.scenes import scenes_from
from experiments import baselines, judging

LOG, PHOTOGRAPHS = read_log("judging"), read_log("flickr8k-baselines")["scores"]
NETWORKS = ("scenes-rnn", "scenes-lstm")
PERSON = "one person against the others"


@pytest.fixture(scope="module")
def data():
    return load_coco_data(data_path("scenes.h5"))


@pytest.fixture(scope="module")
def references(data):
    return references_of(data, "test")


@pytest.fixture(scope="module")
def rnn():
    return load_captioner(data_path("scenes-rnn.npz"), np.float64)[0]


def test_the_pairs_come_out_again(data, references):
    assert judging.pairs(references, scenes_from(data["test_scenes"])) == LOG["pairs"]


def test_what_never_looks_is_as_surprised_as_logged(data, references):
    assert judging.by_counts(data).items() <= LOG["perplexity"].items()
    assert judging.rarity_of_the_hero(references) == LOG["rarity"]


def test_whispered_words_and_the_network_alone_are_as_logged(data, references, rnn):
    some = slice(0, 40)
    features, first = data["test_features"][some].astype(np.float64), [r[0] for r in references]
    led, free = judging.whispered(rnn, features, first[some]), describe(rnn, features)
    assert [list(triple) for triple in zip(first[some], led, free, strict=True)] == LOG[
        "ways"]["examples"]


def test_what_is_whispered_ends_where_it_is_said_to_end():
    assert judging.up_to_end("a boat <END> it it".split(), 4) == ["a", "boat"]
    assert judging.up_to_end("a boat it <END>".split(), 3) == ["a", "boat", "it"]


def test_networks_pass_the_person_by_every_score_and_not_by_truth():
    scores = LOG["scores"]
    for name in NETWORKS:
        four = scores[f"{name}, four references"]
        assert all(four[key] > scores[PERSON][key] for key in four)
        assert scores[name]["truth"] < scores[PERSON]["truth"] == 1
    person, captioner = PHOTOGRAPHS[PERSON], PHOTOGRAPHS["the captioner"]
    assert all(person[key] > captioner[key] for key in judging.METRICS)


def test_two_sentences_are_a_word_apart_articles_aside():
    assert judging.one_word_apart("an orange key", "a red key")
    assert not judging.one_word_apart("a red key", "a red key")
    assert not judging.one_word_apart("a red key", "a red key at night")


def test_the_nearest_neighbour_is_the_same_by_another_measure_of_the_same_cosine():
    rng = np.random.default_rng(0)
    train, asked = rng.standard_normal((40, 5)) * [1, 2, 3, 4, 5], rng.standard_normal((7, 5))
    unit = [(x - train.mean(axis=0)) / train.std(axis=0) for x in (train, asked)]
    unit = [x / np.linalg.norm(x, axis=1, keepdims=True) for x in unit]
    distance = np.linalg.norm(unit[1][:, None] - unit[0], axis=2)
    wanted = distance.argsort(axis=1)[:, :3]
    np.testing.assert_array_equal(baselines.nearest(train, asked, 3), wanted)
