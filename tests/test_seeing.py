"""What chapter 10 says of the eye: its log can be read, and the first of its numbers made again."""

import numpy as np
import pytest

from captioning.encoder import load_eye
from captioning.logs import read_log
from experiments import seeing


def test_the_eye_rarely_names_a_cup_on_the_right(monkeypatch):
    log = read_log("seeing")["eye"]["cup"]
    monkeypatch.setattr(seeing, "HELD_OUT", 120)
    rng, eye = np.random.default_rng(1), load_eye()
    placed = seeing.named(eye, seeing.misplaced(rng, "cup", 1), 1)
    painted = seeing.named(eye, seeing.recoloured(rng, "cup", 0), 0)
    assert placed.get("cup", 0) == pytest.approx(log["new place"]["cup"], abs=0.1)
    assert painted["cup"] == pytest.approx(log["new colour"]["cup"], abs=0.1)


def test_scenes_of_the_experiment_are_what_they_should_be(monkeypatch):
    monkeypatch.setattr(seeing, "HELD_OUT", 30)
    rng = np.random.default_rng(2)
    for scene in seeing.misplaced(rng, "car", 0):
        assert scene.layout == "horizontal" and scene.groups[0].kind == "car"
    for scene in seeing.recoloured(rng, "cup", 0):
        assert scene.groups[0][:2] == ("cup", "pink")
    for scene in seeing.side_by_side(rng, 50):
        assert (scene.groups[0].kind, scene.groups[1].kind) != ("car", "cup")
        assert scene.groups[0].kind != "car" and scene.groups[1].kind != "cup"


def test_a_reader_learns_a_handful():
    rng = np.random.default_rng(3)
    x, kinds = rng.standard_normal((7, 8 * 4 * 64)).astype(np.float32), rng.integers(14, size=7)
    reader = seeing.first_reader(rng)
    loss = [np.mean(np.log(np.exp(s).sum(1)) - s[np.arange(7), kinds])
            for s in (seeing.scores(reader, x)[0],)]
    for _ in range(20):
        reader = [p - .01 * g for p, g in zip(reader, seeing.gradients(reader, x, kinds),
                                              strict=True)]
    s = seeing.scores(reader, x)[0]
    assert np.mean(np.log(np.exp(s).sum(1)) - s[np.arange(7), kinds]) < loss[0] / 2
    assert seeing.share_right(reader, x, s.argmax(axis=1)) == 1


def test_sharing_over_places_is_what_makes_the_difference():
    readers = read_log("seeing")["readers"]
    for kind in ("cup", "car"):
        assert readers["shared"][kind] > 0.99 and readers["separate"][kind] < 0.01
    assert min(*readers["shared"]["known"], *readers["separate"]["known"]) > 0.99
