"""Train a captioner of the scenes with the right gradient of its word vectors, and one that loses.

The wrong one is `dW[x] += dout`: of a word that repeats it keeps one use (chapter 6).
`python -m experiments.lost_word` writes data/logs/lost-word.json.
"""

from unittest import mock

import numpy as np

from captioning import model as assembled
from captioning.dataset import load_coco_data, minibatch
from captioning.files import data_path
from captioning.layers import word_embedding_backward
from captioning.logs import write_log
from captioning.model import CaptioningRNN
from captioning.optim import adam, clip_by_global_norm, sgd
from captioning.progress import bar
from experiments.common import update, with_scaled_features

SEEDS, STEPS, BATCH, E, H, CLIP = (0, 1, 2), 1500, 64, 64, 128, 5.0
RULES = {"sgd": (sgd, 0.1), "adam": (adam, 0.002)}
EVERY = 50  # steps between two looks at the validation captions
VALIDATION = 400  # captions
BATCHES = 200  # to average gradients over


def lose_words(dout, cache):
    """Return the gradient that keeps the last use of each word and loses the others."""
    x, W = cache
    dW = np.zeros_like(W)
    dW[x] += dout
    return dW


GRADIENTS = {"right": word_embedding_backward, "lost": lose_words}


def crop(captions):
    """Leave out the columns that are padding for all."""
    return captions[:, :captions.any(axis=0).sum()]


def train(data, rule, rate, backward, seed):
    """Train one captioner and return its losses a word on the validation captions."""
    rng, losses = np.random.default_rng(seed), []
    model = CaptioningRNN(data["word_to_idx"], 128, E, H, rng=rng)
    configs = {name: {"learning_rate": rate} for name in model.params}
    captions, features, _ = minibatch(data, np.arange(VALIDATION), "val")
    words = (captions[:, 1:] > 0).sum() / VALIDATION
    with mock.patch.object(assembled, "word_embedding_backward", backward):
        for step in range(STEPS + 1):
            if step % EVERY == 0:
                losses.append(round(model.loss(features, crop(captions))[0] / words, 4))
            batch, seen = draw(data, rng)
            grads, _ = clip_by_global_norm(model.loss(seen, batch)[1], CLIP)
            update(model, grads, rule, configs)
    return losses


def draw(data, rng):
    """Draw a minibatch of captions, with the features of their pictures."""
    captions, features, _ = minibatch(data, rng.integers(len(data["train_captions"]), size=BATCH))
    return crop(captions), features


def shares(data):
    """How often minibatches read each word, and what share of its gradient is then kept.

    Both gradients are averaged over the minibatches, with the first parameters; the share is the
    length of the wrong one along the right one, over the length of the right one. A word that
    never has a gradient has neither share nor cosine.

    Returns
    -------
    dict of list
        Of each word: its uses in a minibatch, how many minibatches in one have it, the share that
        is kept, and the cosine between the two gradients.
    """
    rng = np.random.default_rng(SEEDS[0])
    model = CaptioningRNN(data["word_to_idx"], 128, E, H, dtype=np.float64, rng=rng)
    uses, present = np.zeros((2, len(data["idx_to_word"])))
    mean = {kind: 0.0 for kind in GRADIENTS}
    for _ in range(BATCHES):
        captions, features = draw(data, rng)
        count = np.bincount(captions[:, :-1].ravel(), minlength=len(uses))
        uses += count / BATCHES
        present += (count > 0) / BATCHES
        for kind, backward in GRADIENTS.items():
            with mock.patch.object(assembled, "word_embedding_backward", backward):
                mean[kind] += model.loss(features, captions)[1]["W_embed"] / BATCHES
    lost, right = mean["lost"], mean["right"]
    along, whole, length = ((a * b).sum(axis=1) for a, b in ((lost, right), (right, right),
                                                             (lost, lost)))
    return {"uses": uses.round(3).tolist(), "present": present.round(3).tolist(),
            "kept": _quotients(along, whole), "cosine": _quotients(along, np.sqrt(whole * length))}


def _quotients(above, below):
    """Divide where it can be done; None elsewhere."""
    return [round(a / b, 5) if b else None for a, b in zip(above, below, strict=True)]


def main():
    """Train from three starts, with two rules, each with both gradients, and write the log."""
    data, _ = with_scaled_features(load_coco_data(data_path("scenes.h5")))
    result = {"steps": list(range(0, STEPS + 1, EVERY)), "words": data["idx_to_word"],
              "rates": {name: rate for name, (_, rate) in RULES.items()}, **shares(data),
              "loss": {f"{name} {kind}": [train(data, rule, rate, backward, seed)
                                          for seed in bar(SEEDS, f"{name} {kind}")]
                       for name, (rule, rate) in RULES.items()
                       for kind, backward in GRADIENTS.items()}}
    write_log("lost-word", result, "python -m experiments.lost_word", SEEDS[0])


if __name__ == "__main__":
    main()
