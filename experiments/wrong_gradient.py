"""Train the tiny network with a right and a wrong gradient, from the same ten starts (chapter 4).

The wrong one forgets the transpose of the square matrix Wh. `python -m experiments.wrong_gradient`
writes data/logs/wrong-gradient.json.
"""

from unittest import mock

import numpy as np

from captioning import rnn, tiny
from captioning.logs import write_log
from captioning.model import CaptioningRNN
from captioning.progress import bar

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
    model = CaptioningRNN(tiny.WORD_TO_IDX, 5, 3, 2, dtype=np.float64,
                          rng=np.random.default_rng(seed))
    history = []
    with mock.patch.object(rnn, "rnn_step_backward", backward):
        for _ in range(STEPS):
            loss, grads = model.loss(tiny.FEATURES, tiny.CAPTIONS)
            history.append(loss)
            for name, gradient in grads.items():
                model.params[name] -= RATE * gradient
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
