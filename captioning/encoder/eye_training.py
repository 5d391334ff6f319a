"""Training the eye on scenes that are drawn as it goes, each seen once (chapter 10, Seeing).

The idea: scenes cost little to draw, so there is no training set to wear out. Every step draws a
fresh batch and asks the eye to name all that is in it. The generator of a step's scenes is made
from the seed and the step's number; a run that was interrupted goes on from its last checkpoint
as if nothing had happened.

    python -m captioning.encoder.eye_training --out data/eye.npz

makes the eye that comes with the book again, and its log, ``data/logs/eye.json``.
"""

import argparse
import hashlib
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from captioning.encoder.eye import (
    FORMAT,
    HEADS,
    VERSION,
    best_names,
    eye_loss,
    head_scores,
    heads_loss,
    load_eye,
    look_at,
    make_params,
    pixels_to_numbers,
    scene_labels,
)
from captioning.files import load_npz, save_npz
from captioning.logs import write_log
from captioning.optim import adam
from captioning.progress import bar
from captioning.scenes import (
    HELD_OUT_COLOURS,
    HELD_OUT_PLACES,
    PLACES,
    draw_batch,
    random_scenes,
)

TRAIN, VALIDATE, TEST, NOVEL = range(4)  # the streams of scenes that a seed opens


@dataclass(frozen=True)
class Settings:
    """All that a run depends on."""

    steps: int
    seed: int = 0
    batch_size: int = 64
    learning_rate: float = 3e-3
    warm_up: int = 300
    validate_every: int = 500
    validation_scenes: int = 1000


@dataclass(frozen=True)
class State:
    """Where a run stands after ``step`` steps; made anew by each, so that it is always whole."""

    step: int
    params: dict
    memory: dict  # of Adam, a config for each parameter
    curve: tuple  # a dict for each validation
    seconds: float


def draw_examples(rng, count):
    """Draw new scenes.

    Parameters
    ----------
    rng : numpy.random.Generator
    count : int

    Returns
    -------
    images : ndarray of uint8, (count, 64, 64, 3)
    labels : ndarray of int, (count, number of heads)
    """
    scenes = random_scenes(rng, count)
    return draw_batch(scenes), scene_labels(scenes)


def learning_rate_at(step, settings):
    """Rate of a step: up along a line while warming up, then down to zero along a cosine."""
    rising = (step + 1) / settings.warm_up
    falling = (1 + np.cos(np.pi * step / settings.steps)) / 2
    return float(settings.learning_rate * min(1, rising) * falling)


def train_step(state, images, labels, rate):
    """One step of Adam on one batch.

    Returns
    -------
    params : dict
    memory : dict

    Raises
    ------
    FloatingPointError
        The loss is not finite.
    """
    loss, grads = eye_loss(pixels_to_numbers(images), labels, state.params)
    if not np.isfinite(loss):
        raise FloatingPointError(f"the loss is {loss} at step {state.step + 1}; wanted a finite "
                                 f"number: try a learning rate below {rate:.2g}")
    params, memory = {}, {}
    for name, w in state.params.items():
        config = {**state.memory[name], "learning_rate": rate}
        params[name], memory[name] = adam(w, grads[name], config)
    return params, memory


def train_eye(settings, checkpoint, params=None, draw=draw_examples):
    """Train an eye, or go on with one whose checkpoint is found.

    Parameters
    ----------
    settings : Settings
    checkpoint : path-like
        Written after every validation and when Ctrl-C is pressed; read at the start.
    params : dict, optional
        Weights to start from; without, `make_params` draws them.
    draw : callable
        ``draw(rng, count) -> images, labels``.

    Returns
    -------
    State

    Raises
    ------
    FloatingPointError
        The loss is not finite.
    OSError
        The checkpoint is damaged.
    ValueError
        The checkpoint belongs to a run with other settings.
    """
    state = load_checkpoint(checkpoint, settings) or start(settings, params)
    validation = draw(np.random.default_rng([settings.seed, VALIDATE]), settings.validation_scenes)
    try:
        for _ in bar(range(state.step, settings.steps), "eye", settings.steps, state.step):
            state = advance(state, settings, draw, validation)
            if validates(state.step, settings):
                save_checkpoint(checkpoint, state, settings)
    except KeyboardInterrupt:
        save_checkpoint(checkpoint, state, settings)
        raise
    return state


def start(settings, params=None):
    """Where a new run stands."""
    if params is None:
        params = make_params(np.random.default_rng(settings.seed))
    return State(0, params, {name: {} for name in params}, (), 0.0)


def validates(step, settings):
    """Whether the run looks at new scenes, and writes a checkpoint, after this step."""
    return step % settings.validate_every == 0 or step == settings.steps


def advance(state, settings, draw, validation):
    """Draw a batch, take a step, and validate when it is time.

    Returns
    -------
    State
    """
    begin = time.perf_counter()
    rng = np.random.default_rng([settings.seed, TRAIN, state.step])
    rate = learning_rate_at(state.step, settings)
    params, memory = train_step(state, *draw(rng, settings.batch_size), rate)
    step, curve = state.step + 1, state.curve
    if validates(step, settings):
        curve += ({"step": step, **validate(params, *validation)},)
        print(json.dumps(curve[-1]), flush=True)
    return State(step, params, memory, curve, state.seconds + time.perf_counter() - begin)


def validate(params, images, labels):
    """Loss and the share of scenes of which all is named right."""
    scores = head_scores(look_at(images, params)[0], params)
    right = best_names(scores) == labels
    return {"loss": round(heads_loss(scores, labels)[0], 5),
            "all_right": round(float(right.all(axis=1).mean()), 4)}


def examine(eye, scenes):
    """Shares of scenes that an eye names right: all of it, and by head."""
    right = eye.name(draw_batch(scenes)) == scene_labels(scenes)
    shares = dict(zip(HEADS, right.mean(axis=0).tolist(), strict=True))
    return {"scenes": len(scenes), "all_right": round(float(right.all(axis=1).mean()), 4),
            "by_head": {name: round(share, 4) for name, share in shares.items()}}


def held_out(scene):
    """What of a scene training never shows: a set of "colour" and "place"."""
    found = set()
    for group, place in zip(scene.groups, PLACES[scene.layout], strict=True):
        if group.colour == HELD_OUT_COLOURS[group.kind]:
            found.add("colour")
        if place and place == HELD_OUT_PLACES.get(group.kind):
            found.add("place")
    return found


def save_checkpoint(path, state, settings):
    """Write all that a run needs to go on."""
    arrays = {}
    for name, w in state.params.items():
        arrays[f"w/{name}"] = w
        arrays |= {f"{k}/{name}": state.memory[name][k] for k in "mv" if state.step}
    meta = {"settings": asdict(settings), "step": state.step, "curve": state.curve,
            "seconds": state.seconds}
    save_npz(path, "eye checkpoint", 1, arrays, meta)


def load_checkpoint(path, settings):
    """Read a checkpoint; None where there is none yet."""
    if not Path(path).exists():
        return None
    arrays, meta = load_npz(path, "eye checkpoint", 1)
    if meta["settings"] != asdict(settings):
        raise ValueError(f"checkpoint {path} is of a run with {meta['settings']}; wanted "
                         f"{asdict(settings)}: delete it, or use its settings")
    step, params, memory = meta["step"], {}, {}
    for key in (key for key in arrays if key.startswith("w/")):
        name = key[2:]
        params[name] = arrays[key]
        memory[name] = {k: arrays[f"{k}/{name}"] for k in "mv" if step} | {"t": step}
    return State(step, params, memory, tuple(meta["curve"]), meta["seconds"])


def finish(state, settings, out):
    """Round the weights to float16, write the eye, examine what was written, write the log.

    Parameters
    ----------
    state : State
    settings : Settings
    out : path-like
        The eye. Its log, ``data/logs/NAME.json``, takes the file's name.

    Returns
    -------
    dict
        The result that the log keeps.
    """
    out, seed = Path(out), settings.seed
    command = f"python -m captioning.encoder.eye_training --out {out} --seed {seed}" \
              f" --steps {settings.steps}"
    arrays = {name: w.astype(np.float16) for name, w in state.params.items()}
    save_npz(out, FORMAT, VERSION, arrays, {"command": command, "settings": asdict(settings)})
    eye = load_eye(out)
    test = random_scenes(np.random.default_rng([seed, TEST]), 10_000)
    novel = random_scenes(np.random.default_rng([seed, NOVEL]), 2_000, novel=True)
    result = {"settings": asdict(settings), "seconds": round(state.seconds),
              "test": examine(eye, test), "novel": examine(eye, novel),
              "novel_colour": examine(eye, [s for s in novel if held_out(s) == {"colour"}]),
              "novel_place": examine(eye, [s for s in novel if held_out(s) == {"place"}]),
              "eye_sha256": hashlib.sha256(out.read_bytes()).hexdigest(), "curve": state.curve}
    write_log(out.stem, result, command, seed)
    return result


def main(arguments=None):
    """Train the eye from the command line."""
    parser = argparse.ArgumentParser(description="Train the book's own eye on drawn scenes.")
    parser.add_argument("--out", required=True, help="where the eye is written, .npz")
    parser.add_argument("--steps", type=int, default=6000, help="batches (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of weights and scenes")
    options = parser.parse_args(arguments)
    settings = Settings(options.steps, options.seed)
    checkpoint = Path(options.out).with_suffix(".checkpoint.npz")
    try:
        state = train_eye(settings, checkpoint)
    except KeyboardInterrupt:
        print(f"stopped; {checkpoint} goes on from here", file=sys.stderr)
        return 130
    except (FloatingPointError, OSError, ValueError) as error:
        print(f"eye_training: {error}", file=sys.stderr)
        return 2
    result = finish(state, settings, options.out)
    print(json.dumps({name: result[name] for name in ("test", "novel")}))
    checkpoint.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
