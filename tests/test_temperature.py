"""The log of chapter 11's experiment: its cheap numbers come out again, and mean what is said."""

import numpy as np
import pytest

from captioning.captioner import UNSAID, load_captioner
from captioning.decoding import log_probabilities, sample_captions
from captioning.files import data_path
from captioning.logs import read_log
from captioning.vocabulary import plain_sentence
from experiments import temperature

LOG = read_log("temperature")


@pytest.fixture(scope="module")
def captioner():
    return load_captioner(data_path("scenes-lstm.npz"), np.float64)[0]


def test_the_hero_is_described_as_logged(captioner):
    vector = np.array(read_log("hero")["vector"])[None]
    hero = LOG["hero"]
    assert captioner.caption(vector) == [hero["sentence"]]
    steps = temperature.step_by_step(captioner, vector, [*hero["sentence"].split(), "<END>"])
    assert steps == hero["greedy"]
    assert temperature.first_word(captioner, vector) == hero["first_word"]


def test_what_was_drawn_is_drawn_again(captioner):
    features = captioner.scale.apply(np.array(read_log("hero")["vector"])[None])
    rows = sample_captions(captioner.model, np.repeat(features, temperature.HERO_DRAWS, axis=0), 1,
                           30, UNSAID, np.random.default_rng(temperature.SEED))
    said = [plain_sentence(row, captioner.words) for row in rows]
    draws = LOG["hero"]["draws"]["1"]
    assert len(set(said)) == draws["distinct"] == len(draws["counts"])
    assert said.count(LOG["hero"]["sentence"]) == draws["greedy"]
    assert sum(n for n, _, _ in draws["counts"]) == temperature.HERO_DRAWS


def test_the_likeliest_sentence_is_likelier_than_the_greedy_one(captioner):
    features = captioner.scale.apply(np.array(read_log("hero")["vector"])[None])
    greedy, best = (log_probabilities(captioner.model, features, np.array(
        [[captioner.model.word_to_idx[step["word"]] for step in LOG["hero"][name]]])).sum()
        for name in ("greedy", "likeliest"))
    assert greedy < best < np.log(.01)


def test_variety_is_bought_with_truth():
    curve = LOG["curve"]
    assert [point["tau"] for point in curve] == list(temperature.TEMPERATURES)
    assert curve[-1]["truth"] < .4 < .9 < LOG["greedy"]["truth"]
    assert curve[0]["different"] < 5 and curve[-1]["different"] > 9.5
    assert sorted(point["nats"] for point in curve) == [point["nats"] for point in curve]


def test_drawn_captions_cost_more_than_peoples():
    people = LOG["people"]
    drawn = next(point["nats"] for point in LOG["curve"] if point["tau"] == 1)
    assert abs(people["gap"] - (drawn - people["nats"])) < .002  # five captions a scene
    assert people["gap"] > 2 * people["gap_error"] > 0
