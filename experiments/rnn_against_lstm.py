"""RNN and LSTM at an equal number of parameters (chapter 13).

Both learn from data/scenes.h5, three passes, three seeds. The rate is doubled for as long as what
seed 0 says about `val` gets truer; the scores are those on `test`.
`python -m experiments.rnn_against_lstm --out RUN/` writes data/logs/rnn-against-lstm.json; a run
that was interrupted goes on, as every training keeps a checkpoint in a folder of its own in RUN/.
"""

import argparse
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from captioning.captioner import Captioner
from captioning.dataset import load_coco_data, minibatch
from captioning.evaluation import describe
from captioning.files import atomic, data_path
from captioning.logs import write_log
from captioning.model import CaptioningRNN
from captioning.scenes import judge, scenes_from, truth
from captioning.training import CaptioningSolver
from experiments.common import with_scaled_features

HIDDEN = {"lstm": 128, "rnn": 240}  # 134,628 and 134,660 parameters
WORDVEC, BATCH, PASSES, DECAY, CLIP, WARMUP = 64, 128, 3, .4, 5.0, 100
RATES, SEEDS = (.002, .004, .008), (0, 1, 2)
MEAN_OVER = 100  # steps of the curve that one logged loss stands for


class Run(NamedTuple):
    """What a training depends on."""

    cell: str
    rate: float
    seed: int

    @property
    def name(self):
        """The folder of the run."""
        return f"{self.cell}-{self.rate}-{self.seed}"


def first_model(run, data):
    """Build the network that a run starts from."""
    return CaptioningRNN(data["word_to_idx"], data["train_features"].shape[1], WORDVEC,
                         HIDDEN[run.cell], run.cell, np.float32,
                         np.random.default_rng([run.seed, 0]))


def loss_on(model, data, split):
    """Mean loss of a split's captions, the features scaled already."""
    rows = np.arange(len(data[f"{split}_captions"]))
    total = 0.0
    for k in range(0, len(rows), 500):
        captions, features, _ = minibatch(data, rows[k:k + 500], split)
        total += model.loss(features, captions)[0] * len(captions)
    return total / len(rows)


def by_noun(sentences, scenes):
    """Share of right facts among those of the first thing that is named, and of the second."""
    rights = {sort: ([], []) for sort in ("thing", "colour", "count")}
    for sentence, scene in zip(sentences, scenes, strict=True):
        place = 0
        for sort, right in judge(sentence, scene).facts:
            if sort in rights:
                rights[sort][place].append(right)
                place += sort == "count"  # the last fact of a noun
    return {sort: [round(float(np.mean(each)), 4) for each in pair]
            for sort, pair in rights.items()}


def scores(captioner, data, split):
    """Truth of freely spoken captions; the features are those of the eye."""
    scenes = scenes_from(data[f"{split}_scenes"])
    sentences = describe(captioner, data[f"{split}_features"])
    shares = {name: round(value, 4) for name, value in truth(sentences, scenes).items()}
    return shares | {"by_noun": by_noun(sentences, scenes)}


def train(run, model, data, scaled, scale, folder):
    """Train, or go on, or read what was reached; return the result of a run."""
    done = folder / run.name / "result.json"
    if done.exists():
        return json.loads(done.read_text())
    captioner = Captioner(model, data["idx_to_word"], scale, "eye")
    solver = CaptioningSolver(
        model, scaled, "adam", PASSES, BATCH, {"learning_rate": run.rate}, DECAY,
        warmup_steps=WARMUP, clip_norm=CLIP, rng=np.random.default_rng([run.seed, 1]),
        validate=lambda model: {"val_loss": round(loss_on(model, scaled, "val"), 4)},
        out=folder / run.name)
    solver.train()
    losses = np.array(solver.loss_history)
    whole = losses[:len(losses) // MEAN_OVER * MEAN_OVER].reshape(-1, MEAN_OVER)
    result = {**run._asdict(), "first_losses": losses[:2].round(3).tolist(),
              "loss": whole.mean(axis=1).round(3).tolist(),
              "val_loss": solver.validations[-1]["val_loss"],
              "val": scores(captioner, data, "val"), "test": scores(captioner, data, "test")}
    with atomic(done) as temporary:
        temporary.write_text(json.dumps(result))
    return result


def double_the_rate(cell, result):
    """Train seed 0 at doubled rates for as long as it gets truer on `val`; list the results."""
    tried = []
    for rate in RATES:
        tried.append(result(Run(cell, rate, 0)))
        if tried[-1]["val"]["truth"] < max(run["val"]["truth"] for run in tried):
            break
    return tried


def main():
    """Choose the rates, train the seeds, write the log."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    folder = parser.parse_args().out
    data = load_coco_data(data_path("scenes.h5"))
    scaled, scale = with_scaled_features(data)

    def result(run):
        return train(run, first_model(run, data), data, scaled, scale, folder)

    tried = {cell: double_the_rate(cell, result) for cell in HIDDEN}
    best = {cell: max(runs, key=lambda run: run["val"]["truth"])["rate"]
            for cell, runs in tried.items()}
    write_log("rnn-against-lstm", {
        "hidden": HIDDEN, "wordvec": WORDVEC, "batch": BATCH, "passes": PASSES, "decay": DECAY,
        "clip": CLIP, "warmup": WARMUP, "mean_over": MEAN_OVER, "rate": best,
        "parameters": {cell: sum(p.size for p in first_model(Run(cell, 0, 0), data).params.values())
                       for cell in HIDDEN},
        "tried": tried,
        "seeds": {cell: [result(Run(cell, best[cell], seed)) for seed in SEEDS] for cell in HIDDEN},
    }, "python -m experiments.rnn_against_lstm --out RUN/", 0)


if __name__ == "__main__":
    main()
