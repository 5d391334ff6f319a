"""Five loss curves that everyone meets, from short real runs on the scenes (chapter 9).

`python -m experiments.loss_shapes` writes data/logs/loss-shapes.json. In each, a vanilla RNN learns
with Adam; the curve is the mean of twenty steps, beside it the loss on captions of other scenes.
"""

import numpy as np

from captioning import load_coco_data
from captioning.dataset import keep_captions
from captioning.files import data_path
from captioning.logs import write_log
from captioning.model import CaptioningRNN
from captioning.progress import bar
from captioning.training import CaptioningSolver
from experiments.common import with_scaled_features

STEPS, EVERY, HELD_OUT = 600, 20, 500
SIZES = {"wordvec_dim": 64, "hidden_dim": 128}
RUNS = {"healthy": {}, "too slow": {"rate": 3e-5}, "too fast": {"rate": .03},
        "never looks": {"shuffled": True},
        "learns by heart": {"captions": 500}}


def scenes():
    """Read the scenes, features scaled, and some validation captions with their features."""
    data, _ = with_scaled_features(load_coco_data(data_path("scenes.h5")))
    rows = np.random.default_rng(1).choice(len(data["val_captions"]), HELD_OUT, replace=False)
    features = data["val_features"][data["val_image_idxs"][rows]]
    return data, (features, data["val_captions"][rows])


def run(data, held_out, rate=3e-3, shuffled=False, captions=None):
    """Train with these settings; return mean losses and validation losses, every twenty steps."""
    rng, data = np.random.default_rng(2), dict(data)
    if captions:
        keep_captions(data, captions, rng)
    if shuffled:  # each caption is shown with the picture of another
        data["train_image_idxs"] = rng.permutation(data["train_image_idxs"])
    model = CaptioningRNN(data["word_to_idx"], 128, **SIZES, rng=np.random.default_rng(0))
    solver = CaptioningSolver(model, data, "adam", 1000, 50, {"learning_rate": rate},
                              clip_norm=5.0, max_steps=STEPS)
    validation, loss = [], model.loss

    def watched(*arguments):
        if len(solver.loss_history) % EVERY == 0:
            validation.append(round(loss(*held_out)[0], 2))
        return loss(*arguments)

    model.loss = watched
    solver.train()
    means = np.array(solver.loss_history).reshape(-1, EVERY).mean(axis=1)
    return {"train": means.round(2).tolist(), "val": [*validation, round(loss(*held_out)[0], 2)],
            "greatest": round(max(solver.loss_history), 1)}


def main():
    """Run all five and write the log."""
    data, held_out = scenes()
    write_log("loss-shapes", {"steps": STEPS, "every": EVERY, "runs": {
        name: run(data, held_out, **settings) for name, settings in bar(RUNS.items(), "runs")}},
        "python -m experiments.loss_shapes", 0)


if __name__ == "__main__":
    main()
