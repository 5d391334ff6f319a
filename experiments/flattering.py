"""Train a captioner of the scenes with and without the mask, and measure both losses of both.

Without it the network is also asked for `<NULL>` after `<END>` (chapter 7, Scores and loss).
`python -m experiments.flattering` writes data/logs/flattering.json.
"""

from unittest import mock

import numpy as np

from captioning import model as assembled
from captioning.dataset import load_coco_data, minibatch
from captioning.files import data_path
from captioning.layers import temporal_softmax_loss
from captioning.logs import write_log
from captioning.model import CaptioningRNN
from captioning.optim import adam, clip_by_global_norm
from captioning.progress import bar
from experiments.common import update, with_scaled_features

SEEDS, STEPS, BATCH, E, H, CLIP, RATE = (0, 1, 2), 1500, 64, 64, 128, 5.0, 0.002
LOOKS = sorted({*range(0, 100, 10), *range(100, STEPS + 1, 50)})
VALIDATION = 400  # captions


def unmasked_loss(x, y, mask):
    """The loss that asks for a word at every position, padding included."""
    return temporal_softmax_loss(x, y, np.ones_like(mask))


LOSSES = {"masked": temporal_softmax_loss, "unmasked": unmasked_loss}


def measure(model, features, captions):
    """Both losses of a model, summed over a caption's positions and averaged over captions."""
    both = {}
    for kind, loss in LOSSES.items():
        with mock.patch.object(assembled, "temporal_softmax_loss", loss):
            both[kind] = model.loss(features, captions)[0]
    return both


def train(data, objective, seed):
    """Train with one objective; return both losses at the steps that are looked at."""
    rng, seen = np.random.default_rng(seed), {"masked": [], "unmasked": []}
    model = CaptioningRNN(data["word_to_idx"], 128, E, H, rng=rng)
    configs = {name: {"learning_rate": RATE} for name in model.params}
    captions, features, _ = minibatch(data, np.arange(VALIDATION), "val")
    for step in range(STEPS + 1):
        if step in LOOKS:
            for kind, loss in measure(model, features, captions).items():
                seen[kind].append(round(loss, 4))
        rows = rng.integers(len(data["train_captions"]), size=BATCH)
        batch, pictures, _ = minibatch(data, rows)
        with mock.patch.object(assembled, "temporal_softmax_loss", LOSSES[objective]):
            grads, _ = clip_by_global_norm(model.loss(pictures, batch)[1], CLIP)
        update(model, grads, adam, configs)
    return seen


def main():
    """Train from three starts with both objectives, and write the log."""
    data, _ = with_scaled_features(load_coco_data(data_path("scenes.h5")))
    captions = data["val_captions"][:VALIDATION, 1:]
    result = {"steps": LOOKS, "positions": captions.shape[1],
              "words": float((captions != 0).sum() / VALIDATION),
              "trained": {objective: [train(data, objective, seed)
                                      for seed in bar(SEEDS, objective)]
                          for objective in LOSSES}}
    write_log("flattering", result, "python -m experiments.flattering", SEEDS[0])


if __name__ == "__main__":
    main()
