"""Chapter 13's numbers: a tiny LSTM that speaks, gradients on their way back, and its logs."""

import numpy as np
import pytest

from captioning import tiny
from captioning.captioner import load_captioner
from captioning.dataset import load_coco_data
from captioning.figures.gates import norms_back
from captioning.files import data_path
from captioning.logs import read_log
from captioning.lstm import lstm_step_forward
from captioning.scenes import HERO, arrange
from experiments import gates, whose_colour


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
    captioner, _ = load_captioner(data_path("scenes-rnn.npz"), np.float64)
    right = whose_colour.judged(captioner, data, rows[:400])
    where = whose_colour.places(data, rows[:400])["thing"]
    shares = np.take_along_axis(right["thing"], where, axis=1).mean(axis=0)
    assert np.allclose(shares, [each["share"] for each in log["rnn"]["thing"]], atol=.06)
