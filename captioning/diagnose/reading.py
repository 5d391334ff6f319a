"""A reader's own run, made into a case: the folder that ``train`` wrote, or a captioner's file."""

import json
import math
from pathlib import Path

import numpy as np

from captioning.captioner import Captioner, FeatureScale, load_captioner
from captioning.dataset import load_coco_data
from captioning.diagnose.case import Case
from captioning.evaluation import check_split
from captioning.files import load_npz
from captioning.model import first_params
from captioning.runs import Settings, choose_split, first_model, read_settings
from captioning.training import KIND, VERSION


def read_case(run, data=None, split=None):
    """Read what the tests look at.

    Parameters
    ----------
    run : path-like
        A run's folder, or a captioner's file.
    data : path-like, optional
        The data set; by default the one that the run was trained on.
    split : str, optional
        By default that on which the best captioner was chosen.

    Returns
    -------
    Case

    Raises
    ------
    OSError
        A file is missing or damaged, or the folder holds no run.
    ValueError
        The data come from another encoder, or have no such split.
    """
    run = Path(run)
    settings, log, captioner, about = {}, [], None, {}
    if not run.exists():
        raise OSError(f"{run}: no such file; wanted a run's folder or a captioner file")
    if run.is_dir():
        settings, log = read_settings(run / "config.json"), read_log_lines(run / "log.jsonl")
    if not run.is_dir() or (run / "best.npz").exists():
        captioner, about = load_captioner(run / "best.npz" if run.is_dir() else run)
        settings = settings or about.get("settings", {})
    if not (data or settings.get("data")):
        raise ValueError(f"{run} does not say what it was trained on; name it with --data")
    data = load_coco_data(data or settings["data"])
    if captioner is None:
        captioner = unfinished(run, settings, data)
    split = split or settings.get("split") or choose_split(data)
    check_split(captioner, data, split)
    same = split == (settings.get("split") or choose_split(data))
    return Case(captioner, data, split, log, first_of(captioner, settings),
                about.get("scores") if same else None, seen_all(log, settings, data),
                settings.get("clip_norm", math.inf))


def read_log_lines(path):
    """Read the steps that a run has logged; a last line that was cut short is left out."""
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    try:
        entries = [json.loads(line) for line in lines if line.endswith("\n")]
    except ValueError as error:
        raise OSError(f"{path}: damaged, not a line of JSON a step ({error})") from None
    return [entry for entry in entries if "loss" in entry]


def unfinished(run, settings, data):
    """Build the captioner of a run that has not validated yet, from its last checkpoint if any."""
    try:
        model = first_model(Settings(**settings), data)
    except (TypeError, ValueError) as error:
        raise OSError(f"{run}/config.json: does not say what network it was ({error})") from None
    if (run / "checkpoint.npz").exists():
        arrays, _ = load_npz(run / "checkpoint.npz", KIND, VERSION)
        model.params = {name: arrays[f"params/{name}"] for name in model.params}
    return Captioner(model, data["idx_to_word"], FeatureScale.of(data["train_features"]),
                     data["meta"]["encoder"])


def first_of(captioner, settings):
    """Draw the first parameters again, if the run says from which seed; None otherwise."""
    if "seed" not in settings:
        return None
    p = captioner.model.params
    (F, H), (V, E) = p["W_proj"].shape, p["W_embed"].shape
    return first_params(F, E, H, V, p["Wh"].shape[1] // H, np.float32,
                        np.random.default_rng([settings["seed"], 0]))


def seen_all(log, settings, data):
    """Whether training has seen each caption; taken for granted where there is no log."""
    return not log or len(log) * settings.get("batch_size", 0) >= len(data["train_captions"])
