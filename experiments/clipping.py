"""Two runs that leap without clipping, and the same two with it (chapter 9).

The tiny network from start 3 at a rate of .1, and a vanilla RNN on the scenes at a rate of .3, both
by plain gradient descent. The tiny one is clipped from its first step, and again from just before
its leap, where it meets the same wall. `python -m experiments.clipping` writes
data/logs/clipping.json.
"""

import json
import tempfile
from pathlib import Path

import numpy as np

from captioning import load_coco_data, optim
from captioning.files import data_path
from captioning.logs import write_log
from captioning.model import CaptioningRNN
from captioning.training import CaptioningSolver
from experiments.common import descend, first_model, with_scaled_features

START, RATE, MOST, STEPS = 3, .1, 1.0, 3000
LATE = 2100  # a step shortly before the leap
EVERY, BEFORE, AFTER = 5, 12, 60  # steps kept, and those kept singly around the leap
SCENES = {"rate": .3, "most": 5.0, "steps": 300, "batch_size": 50, "hidden_dim": 128,
          "wordvec_dim": 64}


def tiny_run(most, since=0):
    """Train from start 3, clipped from a step on; return losses and norms of all steps."""
    steps = descend(first_model(START), optim.sgd, {"learning_rate": RATE}, STEPS, most, since)
    return np.array([(loss, norm) for _, loss, norm in steps]).T


def tiny_runs():
    """Run start 3 unclipped, clipped, and clipped late, with the greatest leap of the first."""
    loss, norm = tiny_run(np.inf)
    clipped, clipped_norm = tiny_run(MOST)
    late, late_norm = tiny_run(MOST, LATE)
    leap = int(np.argmax(np.diff(loss)))
    window = slice(leap - BEFORE, leap + AFTER)
    return {"start": START, "rate": RATE, "most": MOST, "every": EVERY,
            "loss": loss[::EVERY].round(4).tolist(), "last": round(loss[-1], 4),
            "leap": {"step": leap, "first": leap - BEFORE, "loss": loss[window].round(4).tolist(),
                     "norm": norm[window].round(3).tolist()},
            "clipped": {"loss": clipped[::EVERY].round(4).tolist(),
                        "last": round(clipped[-1], 4), "steps": int((clipped_norm > MOST).sum()),
                        "greatest_rise": round(np.diff(clipped).max(), 4)},
            "late": {"since": LATE, "loss": late[LATE:].round(4).tolist(),
                     "greatest": round(late[LATE:].max(), 4),
                     "greatest_norm": round(late_norm[LATE:].max(), 3),
                     "last": round(late[-1], 4)},
            "greatest_norm_after": round(norm[LATE:].max(), 3)}


def scenes_run(most):
    """Train a vanilla RNN on the scenes; return losses and norms."""
    data, _ = with_scaled_features(load_coco_data(data_path("scenes.h5")))
    model = CaptioningRNN(data["word_to_idx"], 128, SCENES["wordvec_dim"], SCENES["hidden_dim"],
                          rng=np.random.default_rng(0))
    with tempfile.TemporaryDirectory() as out:
        CaptioningSolver(model, data, "sgd", 1, SCENES["batch_size"],
                         {"learning_rate": SCENES["rate"]}, clip_norm=most, out=out,
                         max_steps=SCENES["steps"]).train()
        lines = (Path(out) / "log.jsonl").read_text().splitlines()
    entries = [json.loads(line) for line in lines]
    return {"loss": [round(entry["loss"], 2) for entry in entries],
            "norm": [round(entry["gradient_norm"], 2) for entry in entries]}


def main():
    """Run all five and write the log."""
    scenes = {"unclipped": scenes_run(np.inf), "clipped": scenes_run(SCENES["most"])}
    summary = {name: {"greatest_loss": max(run["loss"]), "greatest_norm": max(run["norm"]),
                      "last_50": round(float(np.mean(run["loss"][-50:])), 2)}
               for name, run in scenes.items()}
    write_log("clipping", {"tiny": tiny_runs(),
                           "scenes": {**SCENES, **scenes, "summary": summary}},
              "python -m experiments.clipping", 0)


if __name__ == "__main__":
    main()
