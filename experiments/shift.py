"""Train a captioner three ways: as it should be, unshifted, and without <END> (chapter 2).

Unshifted, the network is asked for the word that it reads. Without ``<END>``, no caption says that
it is over. `python -m experiments.shift` writes data/logs/shift.json, in some minutes.
"""

import numpy as np

from captioning.captioner import Captioner
from captioning.dataset import load_coco_data, sample_coco_minibatch
from captioning.encoder import load_eye
from captioning.files import data_path
from captioning.logs import write_log
from captioning.model import CaptioningRNN
from captioning.optim import adam, clip_by_global_norm
from captioning.progress import bar
from captioning.scenes import HERO, draw_batch, scenes_from, truth
from experiments.common import update, with_scaled_features

STEPS, BATCH, RATE, NORM = 3000, 100, 2e-3, 5.0
SEEDS = range(3)  # of the unshifted network; the others are trained once
KEPT = sorted({0, *np.unique(np.geomspace(1, STEPS, 80).astype(int)) - 1})
LONGEST = 18


class Unshifted(CaptioningRNN):
    """A network that is asked for the very word that it reads."""

    def _shift(self, features, captions):
        read, _, _ = super()._shift(features, captions)
        return read, read, read != self.word_to_idx["<NULL>"]


def without_end(data):
    """The same data, padding in place of every ``<END>``."""
    captions = data["train_captions"].copy()
    captions[captions == data["word_to_idx"]["<END>"]] = data["word_to_idx"]["<NULL>"]
    return {**data, "train_captions": captions}


def asked(model, captions):
    """Count the words that a batch asks for."""
    return int(model._shift(np.zeros((len(captions), 128)), captions)[2].sum())


def train(model, data, steps=STEPS, seed=0):
    """Train in place; return each step's loss, a mean over the words that are asked for."""
    rng, losses = np.random.default_rng(seed), []
    configs = {name: {"learning_rate": RATE} for name in model.params}
    for _ in bar(range(steps), type(model).__name__):
        captions, features, _ = sample_coco_minibatch(data, BATCH, rng=rng)
        loss, grads = model.loss(features, captions)
        losses.append(float(loss) * BATCH / asked(model, captions))
        update(model, clip_by_global_norm(grads, NORM)[0], adam, configs)
    return losses


def spoken(model, data, scale):
    """What the network says of the hero and of the test scenes, and of what it is sure."""
    captioner = Captioner(model, data["idx_to_word"], scale, "eye")
    hero = load_eye().encode(draw_batch([HERO]))[0]
    said = captioner.caption(data["test_features"], LONGEST)
    log_probs, _ = model.step(np.array([model.word_to_idx["<START>"]]),
                              model.start(scale.apply(hero)))
    best = np.argsort(-log_probs[0])[:5]
    return {"hero": captioner.caption(hero, LONGEST)[0], "different": len({*said}),
            "truth": truth(said, scenes_from(data["test_scenes"]))["truth"],
            "first": {captioner.words[k]: round(float(np.exp(log_probs[0, k])), 6)
                      for k in best}}


def run(kind, data, scale, seed=0):
    """Train one network and let it speak."""
    model = kind(data["word_to_idx"], 128, 64, 128, rng=np.random.default_rng(seed))
    losses = train(model, data, seed=seed)
    return {"loss": [round(losses[step], 5) for step in KEPT],
            "last": round(float(np.mean(losses[-100:])), 5), **spoken(model, data, scale)}


def main():
    """Run all and write the log."""
    data, scale = with_scaled_features(load_coco_data(data_path("scenes.h5")))
    result = {"steps": [int(step) for step in KEPT], "shifted": run(CaptioningRNN, data, scale),
              "unshifted": [run(Unshifted, data, scale, seed) for seed in SEEDS],
              "endless": run(CaptioningRNN, without_end(data), scale)}
    write_log("shift", result, "python -m experiments.shift", 0)


if __name__ == "__main__":
    main()
