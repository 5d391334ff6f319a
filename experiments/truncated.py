"""Train the tiny network with gradients that pass back only within chunks of k steps (chapter 5).

`python -m experiments.truncated` writes data/logs/truncated.json.
"""

from unittest import mock

import numpy as np

from captioning import model
from captioning.logs import write_log
from captioning.optim import sgd
from captioning.progress import bar
from captioning.rnn import rnn_backward, rnn_forward
from experiments.common import descend, first_model

CHUNKS, SEEDS, STEPS, RATE = (4, 3, 2, 1), range(40), 3000, 0.1


def chunked_backward(dh, cache, k):
    """Run `rnn_backward` on every chunk of k steps alone; the parameters' gradients add up."""
    chunks = [rnn_backward(dh[:, t:t + k], cache[t:t + k]) for t in range(0, dh.shape[1], k)]
    dx = np.concatenate([chunk[0] for chunk in chunks], axis=1)
    return dx, chunks[0][1], *(sum(chunk[i] for chunk in chunks) for i in (2, 3, 4))


def last_loss(seed, k):
    """Train with plain gradient descent and return the last loss."""
    passes = {"rnn": (rnn_forward, lambda dh, cache: chunked_backward(dh, cache, k))}
    with mock.patch.object(model, "SEQUENCE", passes):
        steps = list(descend(first_model(seed), sgd, {"learning_rate": RATE}, STEPS))
    return round(steps[-1][1], 4)


def main():
    """Train every start with every length of chunk and write the log."""
    result = {str(k): [last_loss(seed, k) for seed in SEEDS] for k in bar(CHUNKS, "chunks")}
    write_log("truncated", {"last": result}, "python -m experiments.truncated", 0)


if __name__ == "__main__":
    main()
