"""Results of every kind: numbers, dicts, lists of words, whole numbers; and what is remembered."""

import time

import numpy as np
import pytest

from captioning import check, temporal_softmax_loss
from captioning.check import gates, program, trial
from captioning.check.engine import examine


def say(verdict):
    return str(verdict).splitlines()


# ---------------------------------------------------------------- a number

def test_a_number_may_come_in_any_form():
    for kind in (float, np.float64, np.asarray):
        assert check.temporal_softmax_loss(
            lambda x, y, mask, kind=kind: (kind(temporal_softmax_loss(x, y, mask)[0]),
                                           temporal_softmax_loss(x, y, mask)[1])).ok


def test_a_number_is_shown_without_an_entry():
    def wrong(x, y, mask):
        loss, dx = temporal_softmax_loss(x, y, mask)
        return loss + 1, dx
    assert "  loss  number     6.26; right is 5.26" in say(check.temporal_softmax_loss(wrong))


def test_a_row_in_place_of_a_number_is_told_what_is_wanted():
    def wrong(x, y, mask):
        loss, dx = temporal_softmax_loss(x, y, mask)
        return np.array([loss]), dx
    verdict = check.temporal_softmax_loss(wrong)
    assert verdict.why == "`loss` has the right values in the shape (1,) instead of ()."
    assert verdict.reasons[0][1].startswith("Wanted is a single number.")


def test_a_number_and_an_array_in_another_order():
    verdict = check.temporal_softmax_loss(
        lambda x, y, mask: temporal_softmax_loss(x, y, mask)[::-1])
    assert verdict.why == "The results come in another order: dx, loss."


def test_a_result_that_is_wrong_only_elsewhere_is_told_of():
    def wrong(x, y, mask):
        loss, dx = temporal_softmax_loss(x, y, mask)
        return loss + (np.abs(x).max() > 100), dx
    assert check.temporal_softmax_loss(wrong).where.endswith("inputs in the thousands")

    def also(x, y, mask):
        loss, dx = wrong(x, y, mask)
        return loss, 2 * dx
    notes = check.temporal_softmax_loss(also).notes
    assert "`loss` is wrong at N = 3, T = 4, V = 5, inputs in the thousands." in notes


# ---------------------------------------------------------------- a dict

def clipped(grads, most):
    norm = np.sqrt(sum((g * g).sum() for g in grads.values()))
    return {name: g * min(1, most / max(norm, most)) for name, g in grads.items()}, norm


def test_each_entry_of_a_dict_has_its_row():
    rows = check.clip_by_global_norm(clipped).rows
    assert [row.name for row in rows] == [
        'clipped["Wx"]', 'clipped["Wh"]', 'clipped["b"]', "norm"]


def test_an_entry_that_is_missing_is_named():
    def wrong(grads, most):
        out, norm = clipped(grads, most)
        return {"Wx": out["Wx"], "Wh": out["Wh"], "bias": out["b"]}, norm
    verdict = check.clip_by_global_norm(wrong)
    assert verdict.why == 'Missing: `clipped["b"]`.' and verdict.rows[2].says == "missing"


def test_what_is_no_dict_is_named():
    why = check.clip_by_global_norm(lambda grads, most: (list(grads.values()), 1.0)).why
    assert why == "`clipped` is of type list; wanted is a dict."


def test_a_dict_that_is_written_into_is_noticed():
    def wrong(grads, most):
        grads["b"] = grads["b"] / 2
        return clipped(grads, most)
    assert "`grads` is changed in place." in check.clip_by_global_norm(wrong).why


def test_an_entry_that_is_looked_up_in_vain_is_named():
    verdict = check.sgd(lambda w, dw, config: (w - config["rate"] * dw, config))
    assert verdict.why == "The dictionary has no entry 'rate'."


# ---------------------------------------------------------------- what a rule remembers

def test_a_config_that_is_written_into_is_noticed():
    def wrong(w, dw, config):
        config["velocity"] = config["momentum"] * config.get(
            "velocity", 0) - config["learning_rate"] * dw
        return w + config["velocity"], config
    verdict = check.momentum(wrong)
    assert verdict.why == "`config` is changed in place."
    assert "new dictionary" in verdict.reasons[0][1]


def test_a_config_that_loses_the_settings_is_noticed_at_the_second_step():
    def wrong(w, dw, config):
        v = config["momentum"] * config.get("velocity", 0) - config["learning_rate"] * dw
        return w + v, {"velocity": v}
    verdict = check.momentum(wrong)
    assert verdict.why.startswith("It is right only at D = 4, H = 3, step = 1.")
    assert "must be in there" in verdict.reasons[0][1]


def test_a_rule_without_end_is_stopped(monkeypatch):
    monkeypatch.setattr(trial, "SECONDS", 0.2)

    def wrong(w, dw, config):
        while config.get("seen"):
            pass
        return w - config["learning_rate"] * dw, {**config, "seen": True}
    assert "did not come back" in check.sgd(wrong).why


# ---------------------------------------------------------------- words and whole numbers

def test_whole_numbers_may_be_of_any_width():
    def right(words, word_to_idx, length):
        row = ["<START>", *words[:length - 2], "<END>"]
        row += ["<NULL>"] * (length - len(row))
        return np.array([word_to_idx.get(w, word_to_idx["<UNK>"]) for w in row], dtype=np.uint16)
    assert check.encode(right).ok
    why = check.encode(lambda *args: right(*args).astype(float)).why
    assert why == "Of dtype float64 and not of integers: `row`."
    assert check.encode(lambda *args: right(*args).tolist()).why == (
        "`row` is a list and not an array.")


def test_the_words_are_shown_with_the_verdict():
    verdict = check.encode(lambda words, word_to_idx, length: np.arange(length))
    assert verdict.notes[0].startswith("There `words` is ['")


@pytest.mark.parametrize("value, why", [
    ({"<NULL>": 0}, "`vocabulary` is a dict and not a list."),
    (np.zeros(3), "`vocabulary` is a ndarray and not a list."),
    (["<NULL>"], None), ([], None), ("<NULL> <START>", "`vocabulary` is a str and not a list."),
])
def test_what_is_no_vocabulary(value, why):
    verdict = check.build_vocabulary(lambda sentences, min_count: value)
    assert not verdict.ok and verdict.why == why


def test_a_stub_is_told_from_a_missing_return():
    def stub(words, word_to_idx, length):
        row = None
        return row

    def missing(words, word_to_idx, length):
        row = np.zeros(length, dtype=int)  # noqa: F841
    assert check.encode(stub).why == "Nothing is returned yet."
    assert check.encode(missing).why == "Nothing is returned."


# ---------------------------------------------------------------- how long it may take

def test_the_search_for_two_mistakes_at_once_is_given_up_in_time():
    rng = np.random.default_rng(0)
    exercise = gates.lstm_step_backward
    results = trial.make_trials(exercise, 0)[0].values
    wrong = tuple(results[name] + rng.standard_normal(results[name].shape)
                  for name in exercise.returns)
    start = time.process_time()
    assert not examine(exercise, lambda dnext_h, dnext_c, cache: wrong).ok
    assert time.process_time() - start < 2


def test_what_is_not_finite_is_compared_too():
    assert program.same(np.array([1, np.nan, np.inf]), np.array([1, np.nan, np.inf]))
    assert not program.same(np.array([1, np.nan]), np.array([1, np.inf]))
    assert not program.same(np.array([1.0, 2]), np.array([1, np.inf]))
    assert not program.same(np.array([1, np.inf]), np.array([1.0, 2]))
    assert not program.same((1, [2, 3]), np.zeros(2))
