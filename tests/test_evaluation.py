"""Scores of sentences whose worth is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from captioning.evaluation import evaluate, judge_all, known_captions, references_of
from captioning.scenes import arrange, to_row

SCENES = [arrange("night", (1, "blue", "boat"), (2, "yellow", "star")),
          arrange("day", (3, "red", "cup"))]
SENTENCES = ["a blue boat is left of two yellow stars", "three red cups"]


@pytest.fixture
def data():
    return {"val_features": np.zeros((2, 3)), "val_image_idxs": np.array([0, 1, 0]),
            "val_sentences": [*SENTENCES, "two yellow stars right of a blue boat"],
            "val_scenes": np.stack([to_row(scene) for scene in SCENES]),
            "idx_to_word": ["<NULL>", "<START>", "<END>", "<UNK>", *"three red blue cups".split()],
            "train_captions": np.array([[1, 4, 5, 7, 2, 0], [1, 4, 3, 7, 2, 0]]),
            "meta": {"encoder": "eye"}}


def test_references_belong_to_their_pictures(data):
    assert references_of(data, "val") == [
        [SENTENCES[0], "two yellow stars right of a blue boat"], [SENTENCES[1]]]


def test_saying_a_reference_is_true_and_scores_full(data):
    scores = judge_all(SENTENCES, data, "val")
    assert scores["truth"] == 1 and scores["bleu_1"] == pytest.approx(1)
    assert (scores["pictures"], scores["distinct"], scores["novel"]) == (2, 2, 1)


def test_captions_of_training_are_known_by_what_can_be_said(data):
    assert known_captions(data) == {"three red cups", "three <UNK> cups"}


def test_a_false_colour_is_false_and_named(data):
    scores = judge_all([SENTENCES[0].replace("blue", "red"), SENTENCES[1]], data, "val")
    assert scores["truth"] == 0.5 and scores["colour"] == pytest.approx(2 / 3)
    assert scores["thing"] == 1


def test_other_features_and_unknown_splits_are_refused(data):
    with pytest.raises(ValueError, match="data has features of eye; wanted those of efficient"):
        evaluate(SimpleNamespace(encoder="efficientnet-lite0"), data, "val")
    with pytest.raises(ValueError, match="split is 'test'; wanted one with .* val"):
        evaluate(SimpleNamespace(encoder="eye"), data, "test")
