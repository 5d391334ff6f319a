"""Chapter 13's numbers: a tiny LSTM that speaks, gradients on their way back, and its logs."""

import numpy as np
import pytest

from captioning import tiny
from captioning.captioner import FeatureScale, load_captioner
from captioning.dataset import load_coco_data
from captioning.figures.gates import a_step_back, norms_back
from captioning.files import data_path
from captioning.logs import read_log
from captioning.lstm import lstm_step_forward
from captioning.scenes import HERO, arrange
from captioning.training import CaptioningSolver
from experiments import forget_bias, gates, rnn_against_lstm, whose_colour


@pytest.fixture(scope="module")
def data():
    return load_coco_data(data_path("scenes.h5"))


def test_the_tiny_lstm_has_108_numbers_and_speaks():
    model = tiny.network("lstm")
    assert sum(p.size for p in model.params.values()) == 108
    assert np.array_equal(model.sample(tiny.FEATURES, 5)[:, :4], tiny.CAPTIONS[:, 1:])
    losses = [model.loss(tiny.FEATURES[k:k + 1], tiny.CAPTIONS[k:k + 1])[0] for k in (0, 1)]
    assert np.allclose(losses, [0.1395, 0.1260], atol=5e-4)


def test_a_step_of_the_tiny_lstm_is_that_of_its_model():
    x, h, c, *parameters = tiny.step_inputs(1, 2, "lstm")
    next_h, next_c, _ = lstm_step_forward(x, h, c, *parameters)
    _, state = tiny.network("lstm").step(tiny.CAPTIONS[1:, 1], (h, c))
    assert np.array_equal(next_h, state[0]) and np.array_equal(next_c, state[1])


def test_a_fresh_lstm_passes_back_less_than_an_rnn():
    rnn, closed, ajar, opened = (norms_back(*of) for of in (
        ("rnn",), ("lstm", 0), ("lstm", 1), ("lstm", 3)))
    for back in (10, 100):
        assert closed[back] < rnn[back] < ajar[back] < opened[back]


def test_more_comes_back_than_the_road_alone_brings():
    for bias in (0, 1, 3):
        whole, road = (norms_back("lstm", bias, road_only=only) for only in (False, True))
        assert np.all(whole[2:] > road[2:]) and road[100] < .02


@pytest.mark.parametrize("bias", [0, 1, 3])
def test_road_and_candidate_together_explain_what_a_step_passes_back(bias):
    measured = norms_back("lstm", bias)[100] ** .01
    assert measured < a_step_back(bias) < measured + .03


def test_the_cell_that_holds_the_stars_colour_is_logged_as_it_is():
    log = read_log("gates")
    captioner, _ = load_captioner(data_path("scenes-lstm.npz"), np.float64)
    steps = gates.read(captioner, HERO, log["words"])
    assert np.allclose(steps[:, 1][:, log["cells"]], log["gates"]["f"], atol=1e-3)
    red = arrange("night", (1, "blue", "boat"), (2, "red", "star"))
    held = gates.read(captioner, red, [*log["words"][:8]])[:, 3, log["cells"][0]]
    assert np.allclose(held, log["c"][0][:8], atol=1e-3)


def test_what_follows_a_colour_is_counted_as_logged(data):
    log, rows = read_log("whose-colour"), whose_colour.chosen(data)
    assert len(rows) == log["captions"]
    equal = whose_colour.equal_counts(data, rows)
    assert (equal.sum(), (equal & ~whose_colour.hinted(data, rows)).sum()) == (
        log["equal"], log["no_hint"])
    captioner, _ = load_captioner(data_path("scenes-rnn.npz"), np.float64)
    again = whose_colour.results(captioner, data, rows[:400])
    for sort in ("colour", "thing"):
        for few, all_ in zip(again[sort], log["rnn"][sort], strict=True):
            for name in ("share", "either", "counts_differ", "counts_equal", "no_hint"):
                assert few[name] == pytest.approx(all_[name], abs=.1)


def first_losses(model, rate, data):
    """Take the first two steps of a comparison's run with seed 0."""
    train = {name: data[f"train_{name}"] for name in ("captions", "image_idxs")}
    scaled = FeatureScale.of(data["train_features"]).apply(data["train_features"])
    solver = CaptioningSolver(
        model, {"train_features": scaled, **{f"train_{name}": v for name, v in train.items()}},
        "adam", batch_size=rnn_against_lstm.BATCH, optim_config={"learning_rate": rate},
        warmup_steps=rnn_against_lstm.WARMUP, clip_norm=rnn_against_lstm.CLIP, max_steps=2,
        rng=np.random.default_rng([0, 1]))
    solver.train()
    return solver.loss_history


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_a_comparison_begins_as_logged(cell, data):
    log = read_log("rnn-against-lstm")
    run = log["seeds"][cell][0]
    model = rnn_against_lstm.first_model(rnn_against_lstm.Run(cell, run["rate"], 0), data)
    assert sum(p.size for p in model.params.values()) == log["parameters"][cell]
    assert np.allclose(first_losses(model, run["rate"], data), run["first_losses"], atol=.01)


@pytest.mark.parametrize("bias", forget_bias.BIASES)
def test_a_forget_bias_begins_as_logged(bias, data):
    run = read_log("forget_bias")["runs"][str(bias)][0]
    model = forget_bias.first_model(forget_bias.Run(bias, run["rate"], 0), data)
    assert np.allclose(first_losses(model, run["rate"], data), run["first_losses"], atol=.01)


def test_without_a_forget_bias_the_lstm_is_that_of_the_comparison():
    compared = read_log("rnn-against-lstm")["seeds"]["lstm"]
    assert read_log("forget_bias")["runs"]["0"] == compared


def test_parameters_agree_within_two_percent():
    counts = read_log("rnn-against-lstm")["parameters"]
    assert abs(counts["rnn"] / counts["lstm"] - 1) < .02
