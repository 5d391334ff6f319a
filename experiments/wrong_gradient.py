"""Train the tiny network with a right and a wrong gradient, from the same ten starts (chapter 4).

The wrong one forgets the transpose of the square matrix Wh. `python -m experiments.wrong_gradient`
writes data/logs/wrong-gradient.json.
"""

from unittest import mock

import numpy as np

from captioning import rnn
from captioning.logs import write_log
from captioning.optim import sgd
from captioning.progress import bar
from experiments.common import descend, first_model

SEEDS, STEPS, RATE = range(10), 3000, 0.1
KEPT = sorted({0, *np.unique(np.geomspace(1, STEPS, 120).astype(int)) - 1})
right_backward = rnn.rnn_step_backward


def wrong_backward(dnext_h, cache):
    """Return the gradients of one step, `Wh` standing where `Wh.T` should."""
    dx, _, dWx, dWh, db = right_backward(dnext_h, cache)
    _, _, _, Wh, next_h = cache
    return dx, (dnext_h * (1 - next_h * next_h)) @ Wh, dWx, dWh, db


def losses(seed, backward):
    """Train with plain gradient descent and return the losses at the steps that are kept."""
    with mock.patch.object(rnn, "rnn_step_backward", backward):
        steps = descend(first_model(seed), sgd, {"learning_rate": RATE}, STEPS)
        history = [loss for _, loss, _ in steps]
    return [round(history[step], 4) for step in KEPT]


def main():
    """Run both for every seed and write the log."""
    result = {"steps": [int(step) for step in KEPT], "rate": RATE, "right": [], "wrong": []}
    for seed in bar(SEEDS, "seeds"):
        result["right"].append(losses(seed, right_backward))
        result["wrong"].append(losses(seed, wrong_backward))
    ends = np.array([result["right"], result["wrong"]])[:, :, -1]
    result["last"] = {"right": ends[0].tolist(), "wrong": ends[1].tolist()}
    write_log("wrong-gradient", result, "python -m experiments.wrong_gradient", 0)


if __name__ == "__main__":
    main()
