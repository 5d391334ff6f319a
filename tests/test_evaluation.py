"""Scores of a captioner that says what it is told to say."""

from types import SimpleNamespace

import numpy as np
import pytest

from captioning.evaluation import evaluate, references_of
from captioning.scenes import arrange, to_row

SCENES = [arrange("night", (1, "blue", "boat"), (2, "yellow", "star")),
          arrange("day", (3, "red", "cup"))]
SENTENCES = ["a blue boat is left of two yellow stars", "three red cups"]


def captioner(*said, encoder="eye"):
    """A captioner that answers from a list, whatever the features are."""
    said = list(said)
    return SimpleNamespace(encoder=encoder,
                           caption=lambda features: [said.pop(0) for _ in features])


@pytest.fixture
def data():
    return {"val_features": np.zeros((2, 3)), "val_image_idxs": np.array([0, 1, 0]),
            "val_sentences": [*SENTENCES, "two yellow stars right of a blue boat"],
            "val_scenes": np.stack([to_row(scene) for scene in SCENES]),
            "meta": {"encoder": "eye"}}


def test_references_belong_to_their_pictures(data):
    assert references_of(data, "val") == [
        [SENTENCES[0], "two yellow stars right of a blue boat"], [SENTENCES[1]]]


def test_saying_a_reference_is_true_and_scores_full(data):
    scores = evaluate(captioner(*SENTENCES), data, "val")
    assert scores["truth"] == 1 and scores["bleu_1"] == pytest.approx(1)
    assert (scores["pictures"], scores["distinct"]) == (2, 2)


def test_a_false_colour_is_false_and_named(data):
    scores = evaluate(captioner(SENTENCES[0].replace("blue", "red"), SENTENCES[1]), data, "val")
    assert scores["truth"] == 0.5 and scores["colour"] == pytest.approx(2 / 3)
    assert scores["thing"] == 1


def test_other_features_and_unknown_splits_are_refused(data):
    with pytest.raises(ValueError, match="data has features of eye; wanted those of efficient"):
        evaluate(captioner(encoder="efficientnet-lite0"), data, "val")
    with pytest.raises(ValueError, match="split is 'test'; wanted one with .* val"):
        evaluate(captioner(), data, "test")
