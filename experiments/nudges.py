"""Measure gradients with nudges of every size, and log how far off they are (gradient checking).

Two functions: one step of chapter 4 with random numbers, and the loss of the network of 72. In the
range where rounding decides, an error is one machine's own: hence a log.

    python -m experiments.nudges
"""

from unittest import mock

import numpy as np

from captioning import gradient_error, rnn, rnn_step_backward, rnn_step_forward, tiny
from captioning.logs import write_log
from experiments.wrong_gradient import wrong_backward

NUDGES = [10.0**-k for k in np.arange(1, 15.5, .5)]
FORMULAS = {"one side": np.float64, "central": np.float64, "central float32": np.float32,
            "complex": complex}


def a_step():
    """One step at the sizes of chapter 4: its inputs, its sum, its derived gradients."""
    rng = np.random.default_rng(0)
    N, D, H = 4, 5, 3
    inputs = [rng.standard_normal(s) for s in [(N, D), (N, H), (D, H), (H, H), (H,)]]
    dnext_h = rng.standard_normal((N, H))

    def total(x, prev_h, Wx, Wh, b):
        return (np.tanh(x @ Wx + prev_h @ Wh + b) * dnext_h.astype(b.dtype)).sum()

    return inputs, total, rnn_step_backward(dnext_h, rnn_step_forward(*inputs)[1])


def the_tiny_network():
    """The network of 72: its parameters, its loss, its gradients, and wrong ones (chapter 4's)."""
    model = tiny.network()

    def loss(*values):
        p = dict(zip(model.params, values, strict=True))
        h, total = tiny.FEATURES.astype(p["b"].dtype) @ p["W_proj"] + p["b_proj"], 0
        for t in range(4):
            h = np.tanh(p["W_embed"][tiny.CAPTIONS[:, t]] @ p["Wx"] + h @ p["Wh"] + p["b"])
            scores = h @ p["W_vocab"] + p["b_vocab"]
            right = scores[np.arange(2), tiny.CAPTIONS[:, t + 1]]
            total = total + (np.log(np.exp(scores).sum(axis=1)) - right).sum()
        return total / 2

    def gradients():
        grads = model.loss(tiny.FEATURES, tiny.CAPTIONS)[1]
        return [grads[name] for name in model.params]

    right = gradients()
    with mock.patch.object(rnn, "rnn_step_backward", wrong_backward):
        wrong = gradients()
    return list(model.params.values()), loss, right, wrong


def measured(inputs, function, formula, nudge):
    """All derivatives of a function by one of the formulas, in one row."""
    inputs = [value.astype(FORMULAS[formula]) for value in inputs]
    still, found = function(*inputs), []

    def moved(value, place, by):
        kept = value[place]
        value[place] = kept + by
        result = function(*inputs)
        value[place] = kept
        return result

    for value in inputs:
        for place in np.ndindex(value.shape):
            if formula == "complex":
                found.append(moved(value, place, 1j * nudge).imag / nudge)
            elif formula == "one side":
                found.append((moved(value, place, nudge) - still) / nudge)
            else:
                by = value.dtype.type(nudge)
                found.append((moved(value, place, by) - moved(value, place, -by)) / (2 * by))
    return np.array(found, dtype=float)


def curves(inputs, function, gradients, formulas=tuple(FORMULAS)):
    """For each formula the error at every nudge."""
    right = np.concatenate([np.ravel(gradient) for gradient in gradients])
    return {formula: [gradient_error(right, measured(inputs, function, formula, nudge))
                      for nudge in NUDGES] for formula in formulas}


def main():
    """Measure and log."""
    values, loss, right, wrong = the_tiny_network()
    result = {"nudges": NUDGES, "step": curves(*a_step()),
              "tiny": curves(values, loss, right, ["central"])["central"],
              "tiny wrong": curves(values, loss, wrong, ["central"])["central"]}
    write_log("nudges", result, "python -m experiments.nudges", 0)


if __name__ == "__main__":
    main()
