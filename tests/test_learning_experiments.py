"""The logs of chapter 9 can be read, and what made them gives their first numbers again."""

import numpy as np
import pytest

from captioning import optim
from captioning.logs import read_log
from experiments import clipping, loss_shapes, race, staircase, valley

STEPS = 12


@pytest.mark.parametrize("rule", race.RULES)
def test_the_race_starts_as_logged(rule):
    log = read_log("race")
    again = race.race(7, *race.RULES[rule], steps=STEPS)["loss"]
    np.testing.assert_allclose(again, log["rules"][rule][7]["loss"][:len(again)], atol=2e-4)
    assert log["settings"][rule] == race.RULES[rule][1]


def test_the_race_counts_who_left():
    log = read_log("race")
    for rule, results in log["rules"].items():
        assert len(results) == log["starts"] == len(race.STARTS)
        assert log["left"][rule] == sum(each["looks"] is not None for each in results)
    # By neither rule of the prediction does any start get a lead in speaking.
    assert all(110 < log["median_words"][rule] < 150 for rule in log["rules"])


def test_late_starts_leave_from_states_as_close_as_those_that_stay_under_adam():
    rules = read_log("race")["rules"]
    late = [run for rule in ("adam .99", "rmsprop") for run in rules[rule]
            if (run["looks"] or 0) > 2000]
    assert len(late) == 16 and all(run["distances"][3] < 1e-6 for run in late)


def test_adams_steps_shrink_on_the_middle_step_and_grow_again_with_a_shorter_memory():
    rules = read_log("race")["rules"]
    strides = {name: np.median([run["strides"] for run in rules[name]
                                if (run["looks"] or race.STEPS) > 2500], axis=0)
               for name in ("adam", "adam .99", "rmsprop")}
    assert (np.diff(strides["adam"]) < 0).all()
    assert all(strides[name][4] > 4 * strides[name][2] for name in ("adam .99", "rmsprop"))
    late = [run["highest"] for run in rules["rmsprop"] if (run["looks"] or 0) > 2000]
    assert len(late) == 10 and min(late) > 2 * np.log(2)


def test_a_level_never_reached_is_none():
    assert race.first_below(np.array([3, 2, .5, 2]), 1) == 2
    assert race.first_below(np.array([3, 2]), 1) is None


def test_the_staircase_starts_as_logged_and_has_its_steps():
    log = read_log("staircase")
    model = staircase.first_model(staircase.START)
    losses = [loss for _, loss, _ in staircase.descend(
        model, optim.sgd, {"learning_rate": staircase.RATE}, STEPS)]
    np.testing.assert_allclose(losses, log["loss"][:STEPS], atol=2e-4)
    nothing, speaks, looks = log["moments"]
    assert abs(speaks["loss"] - np.log(2)) < .1 and looks["loss"] < .1 < 7 < nothing["loss"]
    assert speaks["apart"] < nothing["apart"] < looks["apart"]


def test_start_3_leaps_unclipped_and_not_clipped():
    log = read_log("clipping")["tiny"]
    first = [loss for _, loss, _ in staircase.descend(
        staircase.first_model(log["start"]), optim.sgd, {"learning_rate": log["rate"]}, STEPS)]
    assert first[0] == pytest.approx(log["loss"][0], abs=2e-4)
    assert first[log["every"]] == pytest.approx(log["loss"][1], abs=2e-4)
    assert log["last"] > 2 and log["clipped"]["last"] < .1
    assert log["last"] == read_log("wrong-gradient")["last"]["right"][log["start"]]
    assert log["clipped"]["greatest_rise"] < .1 < 7 < np.diff(log["leap"]["loss"]).max()


def test_start_3_clipped_late_meets_the_wall_and_comes_back():
    log = read_log("clipping")["tiny"]
    late = log["late"]
    leap = log["leap"]["step"] - late["since"]
    assert late["loss"][leap + 1] > 4 and late["loss"][leap + 2] < .6
    assert late["last"] < .1 < 2 < log["last"]


def test_clipping_can_begin_late():
    norms = [norm for _, _, norm in staircase.descend(
        staircase.first_model(3), optim.sgd, {"learning_rate": .1}, 4, 1.0, since=2)]
    free = [norm for _, _, norm in staircase.descend(
        staircase.first_model(3), optim.sgd, {"learning_rate": .1}, 4)]
    assert norms[:3] == free[:3] and norms[3] != free[3]


def test_the_scenes_leap_unclipped_and_not_clipped():
    summary = read_log("clipping")["scenes"]["summary"]
    assert summary["unclipped"]["greatest_loss"] > 20 * summary["clipped"]["greatest_loss"]
    assert clipping.SCENES["most"] == read_log("clipping")["scenes"]["most"]


def test_the_map_and_the_walks_are_as_logged():
    log = read_log("valley")
    loss, gradient = valley.loss_at(valley.tiny.network(), (log["x"][3], log["y"][5]))
    assert loss == pytest.approx(log["loss"][5][3], abs=1e-4)
    config = {"learning_rate": log["walks"]["sgd"]["learning_rate"]}
    loss, gradient = valley.loss_at(valley.tiny.network(), valley.FIRST)
    second, _ = optim.sgd(np.array(valley.FIRST), gradient, config)
    np.testing.assert_allclose(second, log["walks"]["sgd"]["points"][1], atol=1e-4)
    arrivals = {name: [end["arrives"] for end in ends.values()]
                for name, ends in log["rates"].items()}
    assert arrivals == {"sgd": [40, 4, None], "adam": [31, 12, 6]}
    assert valley.end(valley.walk(*valley.WALKS["sgd"])[1]) == log["rates"]["sgd"]["0.3"]


def test_the_shapes_are_what_they_are_called():
    runs = read_log("loss-shapes")["runs"]
    assert set(runs) == set(loss_shapes.RUNS)
    ends = {name: run["val"][-1] for name, run in runs.items()}
    assert ends["healthy"] < ends["never looks"] - 2 and ends["too slow"] > 45
    assert runs["learns by heart"]["train"][-1] < 2 < 30 < ends["learns by heart"]
    assert ends["too fast"] > ends["never looks"]
