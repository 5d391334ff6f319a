"""The experiments of chapter 2: their logs can be read, and their first numbers come again."""

import numpy as np
import pytest

from captioning.captioner import FeatureScale
from captioning.dataset import load_coco_data
from captioning.files import data_path
from captioning.logs import read_log
from captioning.model import CaptioningRNN
from experiments import rare_words, shift


@pytest.fixture(scope="module")
def scenes():
    data = load_coco_data(data_path("scenes.h5"))
    data["train_features"] = FeatureScale.of(data["train_features"]).apply(data["train_features"])
    return data


@pytest.mark.parametrize("kind, changed, logged", [
    (CaptioningRNN, False, lambda log: log["shifted"]),
    (shift.Unshifted, False, lambda log: log["unshifted"][0]),
    (CaptioningRNN, True, lambda log: log["endless"])])
def test_the_first_losses_of_the_shift_come_again(scenes, kind, changed, logged):
    log = read_log("shift")
    data = shift.without_end(scenes) if changed else scenes
    model = kind(data["word_to_idx"], 128, 64, 128, rng=np.random.default_rng(0))
    losses = shift.train(model, data, steps=3)
    assert log["steps"][:3] == [0, 1, 2]
    assert losses == pytest.approx(logged(log)["loss"][:3], abs=1e-4)


def test_what_the_chapter_says_of_the_shift_is_in_the_log():
    log = read_log("shift")
    assert all(run["last"] < 1e-3 < log["shifted"]["last"] for run in log["unshifted"])
    assert all(len({*run["hero"].split()}) == 1 for run in log["unshifted"])
    assert len(log["endless"]["hero"].split()) == shift.LONGEST


def test_counting_rare_words():
    train = [["a", "red", "boat"], ["a", "boat"], ["a", "star"]]
    counted = rare_words.counted(train, [["a", "blue", "boat"]])
    assert (counted["running"], counted["different"], counted["once"], counted["half"]) == (
        7, 4, 2, 2)
    assert counted["cuts"][1] == {"min_count": 2, "words": 2, "dropped": .5,
                                  "train": {"words": .2857, "captions": .6667},
                                  "dev": {"words": .3333, "captions": 1.0}}
    assert counted["padding"] == pytest.approx(1 - 13 / 3 / 26, abs=1e-4)


def test_the_log_of_rare_words_is_that_of_the_data_set():
    log = read_log("rare-words")
    assert log["captions"] == 30_000
    assert log["cuts"][4]["words"] + 4 == 2_540
