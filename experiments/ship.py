"""Put a run's best captioner under data/, with a log of how it was trained and what it scores.

`python -m experiments.ship RUN/ --data FILE.h5 --name scenes-lstm --splits test novel` writes
data/scenes-lstm.npz and data/logs/scenes-lstm.json.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from captioning.captioner import load_captioner, save_captioner
from captioning.dataset import load_coco_data
from captioning.evaluation import evaluate
from captioning.files import data_path
from captioning.logs import write_log

MEAN_OVER = 50  # steps of the curve that one logged loss stands for


def curve(path):
    """Read a run's log: mean losses, and every validation."""
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    losses = np.array([entry["loss"] for entry in entries if "loss" in entry])
    whole = losses[:len(losses) // MEAN_OVER * MEAN_OVER].reshape(-1, MEAN_OVER)
    return {"steps": len(losses), "mean_over": MEAN_OVER,
            "loss": whole.mean(axis=1).round(4).tolist(),
            "validations": [round_all(e) for e in entries if "loss" not in e]}


def round_all(scores):
    """Round the fractions among scores to five digits."""
    return {name: round(value, 5) if isinstance(value, float) else value
            for name, value in scores.items()}


def command(settings):
    """Write the command that trains with these settings, the defaults included."""
    options = [f"--{name.replace('_', '-')} {value}" for name, value in settings.items()
               if value is not None and name != "data"]
    return f"python -m captioning train --data {Path(settings['data']).name} --out RUN/ " + \
        " ".join(options)


def main():
    """Score, copy and log."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--splits", nargs="+", required=True)
    given = parser.parse_args()
    captioner, about = load_captioner(given.run / "best.npz")
    data = load_coco_data(given.data)
    settings = json.loads((given.run / "config.json").read_text())
    about["settings"] = {**settings, "data": given.data.name}
    result = {"settings": about["settings"],
              "scores": {split: round_all(evaluate(captioner, data, split))
                         for split in given.splits}, **curve(given.run / "log.jsonl")}
    save_captioner(data_path(f"{given.name}.npz"), captioner, about)
    write_log(given.name, result, command(settings), settings["seed"])
    print(json.dumps(result["scores"], indent=1))


if __name__ == "__main__":
    main()
