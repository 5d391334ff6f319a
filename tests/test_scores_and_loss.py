"""Chapter 7's own: the flattering bug's log, and the drawing that is given what it draws."""

import numpy as np
import pytest

from captioning.captioner import FeatureScale
from captioning.dataset import load_coco_data, minibatch
from captioning.figures import scores
from captioning.files import data_path
from captioning.layers import temporal_softmax_loss
from captioning.logs import read_log
from captioning.model import CaptioningRNN
from experiments import flattering


@pytest.fixture(scope="module")
def log():
    return read_log("flattering")


def test_without_a_mask_the_loss_starts_higher_and_the_mean_ends_lower(log):
    first, last = (np.mean([[run[kind][k] for run in log["trained"][kind]]
                            for kind in ("masked", "unmasked")], axis=1) for k in (0, -1))
    assert first[1] / first[0] == pytest.approx(log["positions"] / log["words"], rel=.01)
    assert last[1] / log["positions"] < .75 * last[0] / log["words"]


def test_asked_for_words_alone_both_end_alike(log):
    ends = {kind: [run["masked"][-1] for run in runs] for kind, runs in log["trained"].items()}
    assert np.mean(ends["masked"]) == pytest.approx(np.mean(ends["unmasked"]), rel=.01)


def test_the_log_is_what_the_experiment_begins_with(log):
    data = load_coco_data(data_path("scenes.h5"))
    captions, features, _ = minibatch(data, np.arange(flattering.VALIDATION), "val")
    features = FeatureScale.of(data["train_features"]).apply(features)
    model = CaptioningRNN(data["word_to_idx"], 128, flattering.E, flattering.H,
                          rng=np.random.default_rng(0))
    for kind, loss in flattering.measure(model, features, captions).items():
        assert loss == pytest.approx(log["trained"]["masked"][0][kind][0], rel=1e-4)
    assert (captions[:, 1:] != 0).sum() / flattering.VALIDATION == log["words"]


def test_padding_counts_only_without_the_mask():
    x, y = np.zeros((2, 3, 4)), np.array([[1, 2, 0], [3, 0, 0]])
    assert temporal_softmax_loss(x, y, y != 0)[0] == pytest.approx(1.5 * np.log(4))
    assert flattering.unmasked_loss(x, y, y != 0)[0] == pytest.approx(3 * np.log(4))


def test_three_numbers_leave_padding_out_and_are_drawn_the_same_twice():
    losses, mask = np.array([[1.0, 2.0], [3.0, 9.0]]), np.array([[True, True], [True, False]])
    words = [["a", "boat"], ["<END>", "<NULL>"]]
    drawn = scores.three_numbers(losses, mask, words).png
    assert drawn == scores.three_numbers(losses * [[1, 1], [1, 5]], mask, words).png
    assert drawn != scores.three_numbers(losses * 2, mask, words).png


def test_the_pull_at_blue_is_drawn_from_the_tiny_network():
    h, y, w, b = scores.tiny_states()
    assert y[1, scores.SECOND] == scores.BLUE
    _, dx = temporal_softmax_loss(h[1:] @ w + b, y[1:], np.ones((1, 4), dtype=bool))
    assert dx[0, scores.SECOND, scores.BLUE] == pytest.approx(-.159, abs=5e-4)
