"""The training loop: it learns, goes on after any interruption, and keeps nothing broken."""

import errno
import json
import math

import numpy as np
import pytest

import captioning as c
from captioning import files, training

WORDS = {word: k for k, word in enumerate(
    ["<NULL>", "<START>", "<END>", "<UNK>", "a", "red", "blue", "cat", "boat", "two", "stars"])}
SENTENCES = ["a red cat", "a blue boat", "two stars", "two red stars", "a cat", "a boat",
             "a blue cat"]
RULES = ["sgd", "momentum", "rmsprop", "adam"]


def data():
    rng = np.random.default_rng(1)
    return {"train_captions": np.array([c.encode(s.split(), WORDS, 6) for s in SENTENCES]),
            "train_image_idxs": np.arange(len(SENTENCES)),
            "train_features": rng.standard_normal((len(SENTENCES), 5)).astype(np.float32)}


def network(cell="rnn", hidden=6, dtype=np.float32):
    return c.CaptioningRNN(WORDS, 5, 4, hidden, cell, dtype, np.random.default_rng(2))


def solver(out=None, cell="rnn", model=None, **settings):
    settings = {"num_epochs": 3, "batch_size": 3, "optim_config": {"learning_rate": 0.01},
                "rng": np.random.default_rng(3)} | settings
    return c.CaptioningSolver(model or network(cell), data(), out=out, **settings)


def stop_at(run, step, error=KeyboardInterrupt):
    """Have the network fail in the step of that number, counted from the run's beginning."""
    loss = run.model.loss

    def failing(*args):
        if len(run.loss_history) == step:
            raise error
        return loss(*args)

    run.model.loss = failing


def end_state(run):
    """Return everything that a run ends with, as bytes and text."""
    return ({name: value.tobytes() for name, value in run.model.params.items()},
            {name: {key: value.tobytes() if isinstance(value, np.ndarray) else value
                    for key, value in config.items()} for name, config in run.configs.items()},
            run.rng.bit_generator.state, run.loss_history, run.validations, run.best,
            (run.out / "log.jsonl").read_bytes())


# ---------------------------------------------------------------- it learns

@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_overfits_a_handful(cell):
    model = network(cell, hidden=24)
    run = solver(model=model, update_rule="adam", num_epochs=60, batch_size=7, clip_norm=5)
    run.train()
    assert run.loss_history[-1] < 0.5 < 5 < run.loss_history[0]
    spoken = c.decode_captions(model.sample(data()["train_features"], 6), list(WORDS))
    assert spoken == [f"{sentence} <END>" for sentence in SENTENCES]


def test_a_step_is_the_rule_applied_to_the_gradient():
    model = network(dtype=np.float64)
    first = {name: value.copy() for name, value in model.params.items()}
    rows = data()["train_captions"][:, :5]  # the longest sentence ends there
    order = solver(model=network(), batch_size=7, num_epochs=1)
    order.train()
    rows, features = rows[order.batches[0]], data()["train_features"][order.batches[0]]
    grads = model.loss(features, rows)[1]
    solver(model=model, batch_size=7, num_epochs=1).train()
    for name, value in model.params.items():
        np.testing.assert_allclose(value, first[name] - 0.01 * grads[name], rtol=1e-12, atol=1e-15)


# ---------------------------------------------------------------- batches

@pytest.mark.parametrize("count, size", [(7, 3), (6, 3), (1, 4), (501, 2), (20, 20)])
def test_every_caption_once_an_epoch(count, size):
    lengths = np.random.default_rng(0).integers(3, 9, size=count)
    batches = training.epoch_batches(lengths, size, np.random.default_rng(1))
    assert batches.shape == (math.ceil(count / size), size)
    assert sorted(batches[batches >= 0]) == list(range(count))
    assert ((batches >= 0).sum(axis=1) >= 1).all()


def test_the_loop_reads_every_caption_once_an_epoch():
    run, seen = solver(num_epochs=2, batch_size=2), []
    loss = run.model.loss

    def watching(features, captions, *rest):
        rows = np.pad(captions, ((0, 0), (0, 6 - captions.shape[1])))
        seen.extend(row.tobytes() for row in rows)
        return loss(features, captions, *rest)

    run.model.loss = watching
    run.train()
    everything = sorted(row.tobytes() for row in data()["train_captions"])
    assert sorted(seen[:7]) == everything and sorted(seen[7:]) == everything
    assert seen[:7] != seen[7:]


def test_lengths_reach_to_the_last_word():
    captions = np.array([[1, 5, 2, 0, 0], [1, 0, 0, 2, 0], [1, 5, 5, 5, 2]])
    assert training.caption_lengths(captions, 0).tolist() == [3, 4, 5]


# ---------------------------------------------------------------- rate and norm

def logged(run):
    return [json.loads(line) for line in (run.out / "log.jsonl").read_text().splitlines()]


def test_warm_up_then_decay(tmp_path):
    run = solver(tmp_path, warmup_steps=4, lr_decay=0.5, optim_config={"learning_rate": 0.08})
    run.train()  # three steps an epoch
    rates = [entry["learning_rate"] for entry in logged(run)]
    np.testing.assert_allclose(
        rates, [0.02, 0.04, 0.06, 0.04, 0.04, 0.04, 0.02, 0.02, 0.02], rtol=1e-14)


def test_the_rate_of_a_rule_is_its_default():
    assert solver(update_rule="adam", optim_config=None).learning_rate == 1e-3
    assert solver(update_rule="sgd", optim_config=None).learning_rate == 1e-2


def test_clipping_bounds_the_step(tmp_path):
    model = network(dtype=np.float64)
    before = {name: value.copy() for name, value in model.params.items()}
    run = solver(tmp_path, model=model, clip_norm=0.25, max_steps=1,
                 optim_config={"learning_rate": 1.0})
    run.train()
    moved = math.sqrt(sum(np.sum((value - before[name])**2)
                          for name, value in model.params.items()))
    assert moved == pytest.approx(0.25, rel=1e-12)
    assert logged(run)[0]["gradient_norm"] > 0.25


def test_max_steps():
    run = solver(max_steps=4)
    run.train()
    assert len(run.loss_history) == 4


# ---------------------------------------------------------------- validation

def test_the_best_by_the_named_score_is_kept(tmp_path):
    scores, kept = iter([0.1, 0.7, 0.3]), []
    run = solver(tmp_path, validate=lambda model: {"bleu": next(scores), "loss": 9},
                 best_by="bleu",
                 on_best=lambda model, entry: kept.append((entry["epoch"], model)))
    run.train()
    assert [entry["bleu"] for entry in run.validations] == [0.1, 0.7, 0.3]
    assert run.best == {"step": 5, "epoch": 1, "bleu": 0.7, "loss": 9}
    assert kept == [(0, run.model), (1, run.model)]
    assert [entry for entry in logged(run) if "bleu" in entry] == run.validations
    again = solver(tmp_path, validate=lambda model: {}, best_by="bleu")
    assert again.best == run.best


def test_a_score_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="best_by is 'cider'.*bleu"):
        solver(validate=lambda model: {"bleu": 1}, best_by="cider").train()


# ---------------------------------------------------------------- interruption

SETTINGS = {"dropout": 0.3, "clip_norm": 1.0, "lr_decay": 0.9, "warmup_steps": 2,
            "checkpoint_every": 2}


def norm_of(model):
    return {"norm": float(np.linalg.norm(model.params["Wx"]))}


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
@pytest.mark.parametrize("rule", RULES)
def test_resumes_bit_for_bit_from_any_step(tmp_path, rule, cell):
    settings = SETTINGS | {"update_rule": rule, "validate": norm_of, "best_by": "norm"}
    whole = solver(tmp_path / "whole", cell, **settings)
    whole.train()
    assert len(whole.loss_history) == 9  # three an epoch: a checkpoint falls inside each
    for step in range(9):
        out = tmp_path / str(step)
        run = solver(out, cell, **settings)
        stop_at(run, step)
        with pytest.raises(KeyboardInterrupt):
            run.train()
        resumed = solver(out, cell, **settings)
        # After steps 1 and 7, and at an epoch's end.
        assert len(resumed.loss_history) == [0, 0, 2, 3, 4, 4, 6, 6, 8][step]
        resumed.train()
        assert end_state(resumed) == end_state(whole)


def test_an_ended_run_has_nothing_left_to_do(tmp_path):
    run = solver(tmp_path)
    run.train()
    again = solver(tmp_path)
    again.train()
    assert end_state(again) == end_state(run)


def test_more_epochs_go_on_as_if_never_stopped(tmp_path):
    long = solver(tmp_path / "long", num_epochs=4, dropout=0.2)
    long.train()
    solver(tmp_path / "short", num_epochs=2, dropout=0.2).train()
    more = solver(tmp_path / "short", num_epochs=4, dropout=0.2)
    more.train()
    assert end_state(more) == end_state(long)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left")])
def test_interrupted_while_a_checkpoint_is_written(tmp_path, monkeypatch, error):
    whole = solver(tmp_path / "whole", **SETTINGS)
    whole.train()
    run, savez, written = solver(tmp_path / "run", **SETTINGS), np.savez, []

    def failing(file, **arrays):
        if len(written) == 2:
            file.write(b"half of it")
            raise error
        savez(file, **arrays)
        written.append((tmp_path / "run").joinpath("checkpoint.npz"))

    monkeypatch.setattr(files.np, "savez", failing)
    with pytest.raises(type(error)):
        run.train()
    monkeypatch.undo()
    assert sorted(path.name for path in run.out.iterdir()) == ["checkpoint.npz", "log.jsonl"]
    resumed = solver(tmp_path / "run", **SETTINGS)
    assert len(resumed.loss_history) == 3
    resumed.train()
    assert end_state(resumed) == end_state(whole)


def test_a_line_of_the_log_cut_short_is_done_again(tmp_path):
    whole = solver(tmp_path / "whole", **SETTINGS)
    whole.train()
    run = solver(tmp_path / "run", **SETTINGS)
    stop_at(run, 5)
    with pytest.raises(KeyboardInterrupt):
        run.train()
    with open(run.out / "log.jsonl", "a") as log:
        log.write('{"step": 5, "lo')
    resumed = solver(tmp_path / "run", **SETTINGS)
    resumed.train()
    assert end_state(resumed) == end_state(whole)


# ---------------------------------------------------------------- what is not finite

@pytest.mark.parametrize("broken", ["loss", "gradient"])
def test_stops_when_something_is_not_finite(tmp_path, broken):
    run = solver(tmp_path, checkpoint_every=2)
    loss = run.model.loss

    def diverging(*args):
        value, grads = loss(*args)
        if len(run.loss_history) == 4:
            if broken == "loss":
                return math.nan, grads
            grads["Wx"][0, 0] = np.inf
        return value, grads

    run.model.loss = diverging
    with pytest.raises(FloatingPointError, match=rf"step 4: the {broken}.* is (nan|inf); wanted"):
        run.train()
    kept = solver(tmp_path)
    assert len(kept.loss_history) == 4
    assert all(np.isfinite(value).all() for value in kept.model.params.values())


def test_weights_that_are_not_finite_never_reach_a_checkpoint(tmp_path):
    solver(tmp_path, num_epochs=1).train()
    kept = (tmp_path / "checkpoint.npz").read_bytes()
    run = solver(tmp_path, num_epochs=2, checkpoint_every=1)
    loss = run.model.loss

    def breaking(*args):
        result = loss(*args)
        run.model.params["b"][0] = np.nan
        return result

    run.model.loss = breaking
    with pytest.raises(FloatingPointError, match="step 3: the greatest of b is nan"):
        run.train()
    assert (tmp_path / "checkpoint.npz").read_bytes() == kept


# ---------------------------------------------------------------- a checkpoint of something else

@pytest.mark.parametrize("name, change", [
    ("Wx", {"cell": "lstm"}), ("W_proj", {"model": network(hidden=7)}),
    ("W_proj", {"model": network(dtype=np.float64)}), ("update_rule", {"update_rule": "adam"}),
    ("batch_size", {"batch_size": 2}),
])
def test_a_checkpoint_that_does_not_fit_is_refused(tmp_path, name, change):
    solver(tmp_path, num_epochs=1).train()
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    change = dict(change)
    model = change.pop("model", None) or network(change.pop("cell", "rnn"))
    before = {key: value.tobytes() for key, value in model.params.items()}
    with pytest.raises(ValueError, match=f"checkpoint.npz: .*{name}.*; wanted"):
        solver(tmp_path, model=model, **change)
    assert {key: value.tobytes() for key, value in model.params.items()} == before
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == kept


def test_a_damaged_checkpoint_is_refused(tmp_path):
    solver(tmp_path, num_epochs=1).train()
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(OSError, match="checkpoint.npz"):
        solver(tmp_path)
