"""Train a captioner of the scenes with and without the mask, and measure both losses of both.

Without it the network is also asked for `<NULL>` after `<END>` (chapter 7, Scores and loss).
`python -m experiments.flattering` writes data/logs/flattering.json.
"""

from unittest import mock

import numpy as np

from captioning import model as assembled
from captioning.captioner import FeatureScale
from captioning.dataset import load_coco_data, minibatch
from captioning.files import data_path
from captioning.layers import temporal_softmax_loss
from captioning.logs import write_log
from captioning.model import CaptioningRNN
from captioning.optim import adam, clip_by_global_norm
from captioning.progress import bar

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
    rng, configs, seen = np.random.default_rng(seed), {}, {"masked": [], "unmasked": []}
    model = CaptioningRNN(data["word_to_idx"], 128, E, H, rng=rng)
    captions, features, _ = minibatch(data, np.arange(VALIDATION), "val")
    for step in range(STEPS + 1):
        if step in LOOKS:
            for kind, loss in measure(model, features, captions).items():
                seen[kind].append(round(loss, 4))
        rows = rng.integers(len(data["train_captions"]), size=BATCH)
        batch, pictures, _ = minibatch(data, rows)
        with mock.patch.object(assembled, "temporal_softmax_loss", LOSSES[objective]):
            grads, _ = clip_by_global_norm(model.loss(pictures, batch)[1], CLIP)
        for name, gradient in grads.items():
            config = {**configs.get(name, {}), "learning_rate": RATE}
            model.params[name], configs[name] = adam(model.params[name], gradient, config)
    return seen


def main():
    """Train from three starts with both objectives, and write the log."""
    data = load_coco_data(data_path("scenes.h5"))
    scale = FeatureScale.of(data["train_features"])
    for split in ("train", "val"):
        data[f"{split}_features"] = scale.apply(data[f"{split}_features"])
    captions = data["val_captions"][:VALIDATION, 1:]
    result = {"steps": LOOKS, "positions": captions.shape[1],
              "words": float((captions != 0).sum() / VALIDATION),
              "trained": {objective: [train(data, objective, seed)
                                      for seed in bar(SEEDS, objective)]
                          for objective in LOSSES}}
    write_log("flattering", result, "python -m experiments.flattering", SEEDS[0])


if __name__ == "__main__":
    main()
