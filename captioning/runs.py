"""A training run in a folder: its settings, its log, its checkpoint and its best captioner."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from captioning.captioner import Captioner, FeatureScale, save_captioner
from captioning.dataset import load_coco_data
from captioning.evaluation import evaluate
from captioning.files import atomic
from captioning.model import CaptioningRNN
from captioning.training import CaptioningSolver


class Settings(NamedTuple):
    """What a run depends on; the fields are the options of ``python -m captioning train``."""

    data: str
    split: str | None
    cell: str
    wordvec_dim: int
    hidden_dim: int
    batch_size: int
    epochs: int
    max_steps: int | None
    learning_rate: float
    lr_decay: float
    warmup_steps: int
    clip_norm: float
    dropout: float
    dtype: str
    seed: int


def train_run(settings, out, resume=False):
    """Train a captioner in a folder, from the start or from its last checkpoint.

    Parameters
    ----------
    settings : Settings
    out : path-like
        Holds ``config.json``, ``log.jsonl``, ``checkpoint.npz`` and ``best.npz``.
    resume : bool

    Returns
    -------
    dict
        The scores of the best captioner.

    Raises
    ------
    ValueError
        The folder holds a run already and resume is off, or a run with other settings.
    OSError
        The data cannot be read, or there is nothing to resume.
    FloatingPointError
        The loss is not finite.
    """
    out = Path(out)
    claim_folder(settings, out, resume)
    data = load_coco_data(settings.data)
    split = settings.split or choose_split(data)
    scale = FeatureScale.of(data["train_features"])
    captioner = Captioner(first_model(settings, data), data["idx_to_word"], scale,
                          data["meta"]["encoder"])
    best_by = "truth" if f"{split}_scenes" in data else "cider_d"
    about = {"settings": settings._asdict(), "source": data["meta"]}
    solver = CaptioningSolver(
        captioner.model, data | {"train_features": scale.apply(data["train_features"])}, "adam",
        settings.epochs, settings.batch_size, {"learning_rate": settings.learning_rate},
        settings.lr_decay, warmup_steps=settings.warmup_steps, clip_norm=settings.clip_norm,
        dropout=settings.dropout, max_steps=settings.max_steps,
        validate=lambda model: evaluate(captioner._replace(model=model), data, split),
        best_by=best_by, out=out, rng=np.random.default_rng([settings.seed, 1]),
        on_best=lambda model, scores: save_captioner(
            out / "best.npz", captioner._replace(model=model), about | {"scores": scores}))
    solver.train()
    return solver.best


def first_model(settings, data):
    """Build the network that a run starts from."""
    return CaptioningRNN(
        data["word_to_idx"], data["train_features"].shape[1], settings.wordvec_dim,
        settings.hidden_dim, settings.cell, np.dtype(settings.dtype),
        np.random.default_rng([settings.seed, 0]))


def choose_split(data):
    """Return the split that the best captioner is chosen on: ``dev`` or ``val``."""
    for split in ("dev", "val"):
        if f"{split}_sentences" in data:
            return split
    raise ValueError("data has neither a dev nor a val split; name one with --split")


def claim_folder(settings, out, resume):
    """Make the run's folder, or see that it holds a run with these settings, and write them.

    How long a run is may change when it is resumed; the file says what it is now.
    """
    path, wanted = out / "config.json", settings._asdict()
    if path.exists() and not resume:
        raise ValueError(f"{out} holds a run already; --resume goes on with it")
    if resume:
        held = read_settings(path)
        other = [name for name in wanted if held.get(name) != wanted[name]
                 and name not in ("epochs", "max_steps")]
        if other:
            raise ValueError(f"{out} holds a run with other settings: " + ", ".join(
                f"{name} is {held.get(name)!r} there and {wanted[name]!r} here"
                for name in other))
    out.mkdir(parents=True, exist_ok=True)
    with atomic(path) as temporary:
        temporary.write_text(json.dumps(wanted, indent=1) + "\n")


def read_settings(path):
    """Read a run's ``config.json`` as a dict; OSError if it is missing or damaged."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        raise OSError(f"{path}: no such file; {path.parent} holds no run") from None
    except ValueError as error:
        raise OSError(f"{path}: damaged, not JSON ({error})") from None
