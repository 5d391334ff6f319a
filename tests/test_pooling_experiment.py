"""Chapter 3: what its drawings say is so, and its experiment gives what its log holds."""

import numpy as np
import pytest

from captioning.encoder.eye import STRIDES
from captioning.figures.pictures import SENTENCES, STRANGER
from captioning.logs import read_log
from captioning.scenes import HERO, arrange, draw, draw_batch, is_novel, judge
from experiments import pooling, whereabouts

SORTS = ("count", "colour", "thing", "relation", "count", "colour", "thing", "background")


@pytest.mark.parametrize("words, verdict", SENTENCES)
def test_the_judge_marks_what_the_drawing_marks(words, verdict):
    found = judge(" ".join(word.strip("*") for word in words if word), HERO)
    wrong = {sort for sort, word in zip(SORTS, words, strict=True) if word.endswith("*")}
    assert found.parsed and {*found.wrong} == wrong
    assert found.true == verdict.startswith("true")
    assert found.coverage == sum(bool(word) and word[-1] != "*" for word in words) / 8


def test_the_stranger_is_one():
    assert is_novel(STRANGER) and draw(STRANGER).shape == (64, 64, 3)


def test_places_see_as_far_as_windows_and_strides_make_them():
    sees = [1 + 2 * sum(np.prod(STRIDES[:j], dtype=int) for j in range(k)) for k in range(5)]
    assert sees == [*pooling.SEES.values()]


def test_scenes_of_two_groups_differ_in_kind_and_colour():
    for scene in pooling.two_groups(np.random.default_rng(0), 30):
        first, second = scene.groups
        assert first.kind != second.kind and first.colour != second.colour


def test_probes_on_few_scenes_find_what_the_log_says():
    scenes = pooling.two_groups(np.random.default_rng(3), 1400)
    features, truth = pooling.eye_features(scenes), pooling.Truth(scenes)
    found = {name: pooling.shares(pooling.answers(features[name], truth, 1000), slice(1000, None))
             for name in ("pixels", "stage 4", "vector")}
    assert found["stage 4"]["whose colour"] > .8 > .7 > found["stage 4"]["who is first"]
    assert found["pixels"]["whose colour"] < .65
    assert found["vector"]["who is first"] > .95


def test_groups_alone_give_an_average_to_which_either_side_adds_its_half():
    scenes = pooling.two_groups(np.random.default_rng(4), 2)
    halves = [pooling.eye_features([s._replace(groups=(s.groups[g],)) for s in scenes])["stage 4"]
              for g in (0, 1)]
    assert pooling.alone(scenes) == pytest.approx(np.mean(halves, axis=0))


def test_the_hero_of_the_log_comes_again():
    logged, now = read_log("pooling")["hero"], pooling.hero_on_its_way()
    for name, values in now.items():
        assert np.array(values) == pytest.approx(np.array(logged[name]), abs=.02)


def test_what_the_chapter_says_is_in_the_log():
    log = read_log("pooling")
    moved = {name: [log["moved"][name][when]["is there"] for when in ("known", "new")]
             for name in ("stage 4", "vector")}
    assert moved["stage 4"][1] > .85 and moved["vector"][1] < .4
    assert log["eye"]["greatest"]["who is more"] < .65 < log["eye"]["stage 4"]["who is more"]
    assert log["lite"]["Lite0 pooled"]["who is first"] > .85
    assert log["alone"]["who is first"] > log["eye"]["stage 4"]["who is first"]


def change_when_sides_are_exchanged(*clues):
    blue, yellow = (1, "blue", "boat"), (2, "yellow", "star")
    here, there = whereabouts.seen([arrange("night", blue, yellow), arrange("night", yellow, blue)],
                                   *clues)
    return np.linalg.norm(there - here) / np.linalg.norm(here)


def test_the_same_views_give_the_same_average():
    # Groups by themselves, on plain ground, no border in sight: a place sees one thing or nothing.
    assert change_when_sides_are_exchanged(*whereabouts.CLUES["alone, plain, no border"]) < 1e-5
    for clues in ("all", "alone", "alone, plain", "alone, no border", "plain, no border"):
        assert change_when_sides_are_exchanged(*whereabouts.CLUES[clues]) > .02


def test_a_thing_on_plain_ground_covers_the_same_pixels():
    plain, drawn = whereabouts.on_plain_ground(HERO), draw_batch([HERO])[0]
    assert (plain[37, 15] == drawn[37, 15]).all() and len({*map(tuple, plain[:, 0])}) == 1


def test_what_the_chapter_says_of_clues_and_of_meeting_is_in_the_log():
    log = read_log("whereabouts")
    first = {clues: shares["who is first"] for clues, shares in log["clues"].items()}
    error = .5 / np.sqrt(log["asked"]["who is first"])
    assert abs(first["alone, plain, no border"] - .5) < 2 * error
    assert abs(first["alone, no border"] - .5) < 2 * error < 8 * error < first["alone, plain"] - .5
    assert first["plain, no border"] - .5 > 3 * error
    assert first["all"] == read_log("pooling")["eye"]["stage 4"]["who is first"]
    met = log["met"]
    assert met["grid"]["met"]["new"] > .9 > .5 > met["grid"]["never met"]["new"]
    assert met["vector"]["met"]["new"] < met["vector"]["met"]["known"] - .2
    assert min(met["stage 4"][shown]["new"] for shown in ("met", "never met")) > .9
