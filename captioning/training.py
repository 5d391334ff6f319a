"""The training loop (chapter 9): minibatches, clipped steps, validation, checkpoints.

A run is a chain of steps, each the same function of the state before it: parameters, optimiser,
random generator, place in the epoch. A checkpoint holds exactly that state, so that a run which
was interrupted goes on to the same last bit as one which was not.
"""

import itertools
import json
import math
from pathlib import Path

import numpy as np

from captioning import optim
from captioning.dataset import minibatch
from captioning.files import atomic, load_npz, save_npz
from captioning.layers import check_dropout
from captioning.progress import bar
from captioning.shapes import check_whole

KIND, VERSION = "checkpoint", 1
POOL = 50  # batches whose captions are sorted by length together
RULES = {"sgd": optim.sgd, "momentum": optim.momentum, "sgd_momentum": optim.momentum,
         "rmsprop": optim.rmsprop, "adam": optim.adam}


class CaptioningSolver:
    """Train a captioning network.

    Parameters
    ----------
    model : CaptioningRNN
        Trained in place.
    data : dict
        From `load_coco_data`; ``train_captions``, ``train_image_idxs`` and ``train_features``
        are read.
    update_rule : {"sgd", "momentum", "rmsprop", "adam"}
    num_epochs : int
        Passes over the training captions.
    batch_size : int
        Captions in a step; the last batch of an epoch may be smaller.
    optim_config : dict, optional
        Settings of the rule, ``learning_rate`` above all.
    lr_decay : float
        Factor on the learning rate after each epoch.
    warmup_steps : int
        The rate rises from nothing over so many steps.
    clip_norm : float
        Greatest norm of all gradients together.
    dropout : float
        Share of the entries of features, word vectors and hidden states dropped.
    max_steps : int, optional
        Stop after so many steps even if epochs are left.
    validate : callable, optional
        From the model to a dict of scores; called after every epoch and at the end.
    best_by : str, optional
        The score that chooses the best model; greater is better.
    on_best : callable, optional
        Called with the model and its scores whenever it is the best so far.
    out : path-like, optional
        Folder of ``log.jsonl`` and ``checkpoint.npz``. A checkpoint that is there is resumed.
    checkpoint_every : int
        Steps between checkpoints; one is written after every epoch too.
    rng : numpy.random.Generator, optional
        By default one with seed 0.

    Attributes
    ----------
    loss_history : list of float
        A loss for each step.
    validations : list of dict
        ``step``, ``epoch`` and the scores.
    best : dict or None
        The validation of the best model.

    Raises
    ------
    ValueError
        An argument is out of range, or the checkpoint does not fit the model.
    FloatingPointError
        From `train`: the loss is not finite.
    """

    def __init__(self, model, data, update_rule="sgd", num_epochs=10, batch_size=100,
                 optim_config=None, lr_decay=1.0, *, warmup_steps=0, clip_norm=math.inf,
                 dropout=0.0, max_steps=None, validate=None, best_by=None, on_best=None, out=None,
                 checkpoint_every=500, rng=None):
        if update_rule not in RULES:
            raise ValueError(f"update_rule is {update_rule!r}; wanted one of {', '.join(RULES)}")
        check_settings(
            data, {"num_epochs": num_epochs, "batch_size": batch_size,
                   "checkpoint_every": checkpoint_every,
                   "max_steps": 1 if max_steps is None else max_steps},
            {"lr_decay": lr_decay, "clip_norm": clip_norm})
        check_whole("warmup_steps", warmup_steps, 0)
        self.model, self.data, self.rule = model, data, RULES[update_rule]
        self.identity = {"update_rule": RULES[update_rule].__name__, "batch_size": batch_size,
                         "train_captions": len(data["train_captions"])}
        self.batch_size, self.lr_decay, self.warmup_steps = batch_size, lr_decay, warmup_steps
        self.clip_norm, self.dropout = clip_norm, dropout
        self.validate, self.best_by, self.on_best = validate, best_by, on_best
        self.out, self.checkpoint_every = out and Path(out), checkpoint_every
        self.rng = rng or np.random.default_rng(0)
        check_dropout("CaptioningSolver", "dropout", dropout, self.rng)
        self.learning_rate = (optim_config or {}).get(
            "learning_rate", self.rule(np.zeros(1), np.zeros(1))[1]["learning_rate"])
        self.configs = {name: dict(optim_config or {}) for name in model.params}
        self.lengths = caption_lengths(data["train_captions"], model.word_to_idx["<NULL>"])
        self.steps_per_epoch = math.ceil(len(self.lengths) / batch_size)
        self.total_steps = min(num_epochs * self.steps_per_epoch, max_steps or math.inf)
        self.batches = None
        self.loss_history, self.validations, self.best = [], [], None
        if self.out:
            self.out.mkdir(parents=True, exist_ok=True)
            if (self.out / "checkpoint.npz").exists():
                self._resume()
            trim_log(self.out / "log.jsonl", len(self.loss_history))

    def train(self):
        """Take the steps that are left.

        Raises
        ------
        FloatingPointError
            The loss is not finite; the last checkpoint stands.
        """
        first = len(self.loss_history)
        for step in bar(range(first, self.total_steps), "training", self.total_steps, first):
            epoch, place = divmod(step, self.steps_per_epoch)
            if place == 0:
                self.batches = epoch_batches(self.lengths, self.batch_size, self.rng)
            self._step(step, self.batches[place], self._rate(step, epoch))
            ends = place + 1 == self.steps_per_epoch or step + 1 == self.total_steps
            if ends:
                self._validate(step, epoch)
            if ends or (step + 1) % self.checkpoint_every == 0:
                self._checkpoint()

    def _step(self, step, batch, rate):
        features, captions = self._minibatch(batch)
        loss, grads = self.model.loss(features, captions, self.dropout, self.rng)
        check_finite(step, "loss", loss)
        grads, norm = optim.clip_by_global_norm(grads, self.clip_norm)
        check_finite(step, "gradient's norm", norm)
        self._update(grads, rate)
        self.loss_history.append(loss)
        self._log({"step": step, "loss": loss, "learning_rate": rate, "gradient_norm": norm})

    def _minibatch(self, batch):
        rows = batch[batch >= 0]
        captions, features, _ = minibatch(self.data, rows)
        # The columns that are padding for all are left out.
        return features, captions[:, :max(2, self.lengths[rows].max())]

    def _update(self, grads, rate):
        params = self.model.params
        for name, dw in grads.items():
            config = {**self.configs[name], "learning_rate": rate}
            params[name], self.configs[name] = self.rule(params[name], dw, config)

    def _rate(self, step, epoch):
        warmth = min(1, (step + 1) / self.warmup_steps) if self.warmup_steps else 1
        return self.learning_rate * self.lr_decay**epoch * warmth

    def _validate(self, step, epoch):
        if self.validate is None:
            return
        scores = self.validate(self.model)
        entry = {"step": step, "epoch": epoch, **scores}
        self.validations.append(entry)
        self._log(entry)
        if self.best_by and self.best_by not in scores:
            raise ValueError(f"best_by is {self.best_by!r}; wanted a score that validate gives: "
                             f"{', '.join(scores)}")
        if self.best_by and (self.best is None or scores[self.best_by] > self.best[self.best_by]):
            self.best = entry
            if self.on_best:
                self.on_best(self.model, entry)

    def _log(self, entry):
        if self.out:
            with open(self.out / "log.jsonl", "a") as file:
                file.write(json.dumps(entry) + "\n")

    def _checkpoint(self):
        if not self.out:
            return
        for name, value in self.model.params.items():
            check_finite(len(self.loss_history) - 1, f"greatest of {name}", np.abs(value).max())
        arrays = {f"params/{name}": value for name, value in self.model.params.items()}
        settings = {}
        for name, config in self.configs.items():
            for key, value in config.items():
                if isinstance(value, np.ndarray):
                    arrays[f"optim/{name}/{key}"] = value
                else:
                    settings.setdefault(name, {})[key] = value
        arrays |= {"batches": self.batches, "loss_history": np.array(self.loss_history)}
        save_npz(self.out / "checkpoint.npz", KIND, VERSION, arrays,
                 {"settings": settings, "rng": self.rng.bit_generator.state,
                  "validations": self.validations, "best": self.best, "identity": self.identity})

    def _resume(self):
        path = self.out / "checkpoint.npz"
        arrays, meta = load_npz(path, KIND, VERSION)
        for name, kept in meta.get("identity", {}).items():
            if kept != self.identity[name]:
                raise ValueError(f"{path}: was made with {name} {kept}; wanted "
                                 f"{self.identity[name]}, as this run has it")
        for name, value in self.model.params.items():
            kept = arrays.get(f"params/{name}")
            if kept is None or kept.shape != value.shape or kept.dtype != value.dtype:
                came = "nothing" if kept is None else f"{kept.dtype} {kept.shape}"
                raise ValueError(f"{path}: holds {came} for {name}; wanted {value.dtype} "
                                 f"{value.shape}, as the model has it")
        for name in self.model.params:
            self.model.params[name] = arrays[f"params/{name}"]
            prefix = f"optim/{name}/"
            self.configs[name] = meta["settings"][name] | {
                key.removeprefix(prefix): value for key, value in arrays.items()
                if key.startswith(prefix)}
        self.batches, self.loss_history = arrays["batches"], arrays["loss_history"].tolist()
        self.validations, self.best = meta["validations"], meta["best"]
        self.rng.bit_generator.state = meta["rng"]


def check_settings(data, whole, positive):
    """Raise ValueError for data that lacks something, or a setting that is out of range."""
    missing = {"train_captions", "train_image_idxs", "train_features"} - data.keys()
    if missing:
        raise ValueError(f"data lacks {', '.join(sorted(missing))}; wanted what load_coco_data "
                         "returns")
    for name, value in whole.items():
        check_whole(name, value)
    for name, value in positive.items():
        if not isinstance(value, int | float | np.number) or not value > 0:
            raise ValueError(f"{name} is {value!r}; wanted a number above 0")


def check_finite(step, what, value):
    """Raise FloatingPointError unless ``value`` is a finite number."""
    if not math.isfinite(value):
        raise FloatingPointError(
            f"step {step}: the {what} is {value}; wanted a finite number. Stopped; the last "
            "checkpoint stands. A smaller learning rate or clip_norm usually helps")


def caption_lengths(captions, null):
    """Words of each row up to the last that is not ``<NULL>``, (n,)."""
    return captions.shape[1] - np.argmax((captions != null)[:, ::-1], axis=1)


def epoch_batches(lengths, batch_size, rng):
    """Deal out every caption once, those of similar length together.

    Parameters
    ----------
    lengths : ndarray of int, (n,)
    batch_size : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, (number of batches, batch_size)
        Rows of captions; -1 fills the one batch that may be smaller.
    """
    order = rng.permutation(len(lengths))
    pools = [order[k:k + POOL * batch_size] for k in range(0, len(order), POOL * batch_size)]
    order = np.concatenate([pool[np.argsort(lengths[pool], kind="stable")] for pool in pools])
    padded = np.full(-(-len(order) // batch_size) * batch_size, -1)
    padded[:len(order)] = order
    return rng.permutation(padded.reshape(-1, batch_size))


def trim_log(path, steps):
    """Drop what was logged after the checkpoint, which will be done and logged again.

    What the checkpoint vouches for was written whole; a line cut short can only stand after it.
    """
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    kept = list(itertools.takewhile(
        lambda line: line.endswith("\n") and json.loads(line)["step"] < steps, lines))
    if kept == lines:
        return
    with atomic(path) as temporary:
        temporary.write_text("".join(kept))
