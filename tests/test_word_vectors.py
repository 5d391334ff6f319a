"""Chapter 6's own: the lost word, its log, and the drawings that are given what they draw."""

import numpy as np
import pytest

from captioning.dataset import load_coco_data
from captioning.figures import word_vectors
from captioning.files import data_path
from captioning.layers import word_embedding_backward
from captioning.logs import read_log
from experiments import lost_word
from experiments.common import with_scaled_features


def test_only_words_that_repeat_are_lost():
    rng = np.random.default_rng(0)
    x = rng.integers(9, size=(4, 5))
    dout, W = rng.standard_normal((4, 5, 3)), np.zeros((9, 3))
    same = (word_embedding_backward(dout, (x, W)) == lost_word.lose_words(dout, (x, W))).all(axis=1)
    assert (same == (np.bincount(x.ravel(), minlength=9) < 2)).all()
    assert same.any() and not same.all()


def test_of_a_word_one_use_in_each_minibatch_that_has_it_is_kept():
    log = read_log("lost-word")
    known = [k for k, share in enumerate(log["kept"]) if share is not None]
    uses, present, kept, cosine = (np.take(np.array(log[name], dtype=float), known)
                                   for name in ("uses", "present", "kept", "cosine"))
    assert len(known) > 90
    np.testing.assert_allclose(kept * uses / present, 1, atol=.15)
    np.testing.assert_allclose(present, 1 - np.exp(-uses), atol=.06)
    assert cosine.min() > .92


def test_the_log_is_what_the_experiment_begins_with(monkeypatch):
    monkeypatch.setattr(lost_word, "STEPS", 0)
    log = read_log("lost-word")
    data, _ = with_scaled_features(load_coco_data(data_path("scenes.h5")))
    for rule, settings in lost_word.RULES.items():
        begun = lost_word.train(data, *settings, word_embedding_backward, seed=0)
        assert begun[0] == pytest.approx(log["loss"][f"{rule} right"][0][0], abs=1e-3)


def test_falling_shows_what_is_lost_and_is_the_same_twice():
    captions = np.array([[1, 3, 4], [1, 3, 2]])
    words, null = ["<NULL>", "<START>", "<END>", "a", "boat"], captions == 2
    first = word_vectors.falling(captions, words, null)
    assert first.png == word_vectors.falling(captions, words, null).png
    assert first.png != word_vectors.falling(captions, words, null, lost=True).png


def test_directions_turn_with_no_sign_of_their_own():
    W = np.random.default_rng(0).standard_normal((20, 6)) * [5, 3, 1, .1, .1, .1]
    places, share = word_vectors.directions(W)
    turned, _ = word_vectors.directions(W[::-1])
    np.testing.assert_allclose(places[::-1], turned, atol=1e-9)
    assert .9 < share < 1
