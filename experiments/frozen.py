"""Train the tiny network while some of its parameters never move (chapter 8).

`python -m experiments.frozen` writes data/logs/frozen.json.
"""

import numpy as np

from captioning import tiny
from captioning.logs import write_log
from captioning.model import CaptioningRNN
from captioning.progress import bar

SEEDS, STEPS, RATE = range(10), 3000, 0.1
FROZEN = ("", "W_proj b_proj", "W_embed", "Wx", "Wh", "W_vocab")


def last_loss(seed, frozen):
    """Train with plain gradient descent, but for the parameters named, and return the last loss."""
    network = CaptioningRNN(tiny.WORD_TO_IDX, 5, 3, 2, dtype=np.float64,
                            rng=np.random.default_rng(seed))
    moving = [name for name in network.params if name not in frozen.split()]
    for _ in range(STEPS):
        loss, grads = network.loss(tiny.FEATURES, tiny.CAPTIONS)
        for name in moving:
            network.params[name] -= RATE * grads[name]
    return round(loss, 4)


def main():
    """Train every start with every choice and write the log."""
    last = {frozen or "nothing": [last_loss(seed, frozen) for seed in SEEDS]
            for frozen in bar(FROZEN, "frozen")}
    write_log("frozen", {"last": last}, "python -m experiments.frozen", 0)


if __name__ == "__main__":
    main()
