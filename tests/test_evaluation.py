"""Scores of sentences whose worth is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from captioning import CaptioningRNN
from captioning.captioner import Captioner, FeatureScale
from captioning.evaluation import (
    evaluate,
    judge_all,
    known_captions,
    perplexity_on,
    references_of,
)
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


def test_perplexity_does_not_depend_on_how_the_data_number_the_words(data):
    """A captioner that learnt from other data has the same words under other numbers."""
    words = ["<NULL>", "<START>", "<END>", "<UNK>",
             *sorted({word for text in data["val_sentences"] for word in text.split()})]
    model = CaptioningRNN({word: k for k, word in enumerate(words)}, 3, 4, 5, dtype=np.float64,
                          rng=np.random.default_rng(0))
    for name in ("W_vocab", "b_vocab"):  # words that differ much in what they cost
        model.params[name] = 3 * np.random.default_rng(1).standard_normal(model.params[name].shape)
    scale = FeatureScale(np.zeros(3), np.ones(3))
    captioner, losses, number = Captioner(model, words, scale, "eye"), 0, 0
    for text, picture in zip(data["val_sentences"], data["val_image_idxs"], strict=True):
        row = [[words.index(word) for word in ("<START>", *text.split(), "<END>")]]
        losses += model.loss(data["val_features"][picture][None], np.array(row))[0]
        number += len(row[0]) - 1
    assert perplexity_on(captioner, data, "val") == pytest.approx(np.exp(losses / number))
