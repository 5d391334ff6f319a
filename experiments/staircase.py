"""One climb of the tiny network up the staircase of loss, from random parameters (chapter 9).

`python -m experiments.staircase` writes data/logs/staircase.json: the losses of plain gradient
descent, and at three moments the probabilities of each next word of "a blue boat" and how far the
states of the two pictures are apart where the colour is due.
"""

import numpy as np

from captioning import optim, tiny
from captioning.logs import write_log
from experiments.common import descend, first_model

START, RATE, STEPS = 14, .04, 6000
KEPT = sorted({0, *np.unique(np.geomspace(1, STEPS, 160).astype(int)) - 1})
MOMENTS = (0, 800, STEPS - 1)


def colour_states(model):
    """Return the two pictures' states after ``<START>`` and "a" were read, (2, 2)."""
    state = model.start(tiny.FEATURES)
    for words in tiny.CAPTIONS[:, :2].T:
        _, state = model.step(words, state)
    return state[0]


def apart(model):
    """Measure the distance of the two pictures' states where the colour is due."""
    return float(np.linalg.norm(np.subtract(*colour_states(model))))


def next_words(model):
    """Probabilities of the next word at each of the four steps of "a blue boat", (4, 8)."""
    state, rows = model.start(tiny.FEATURES[1:]), []
    for word in tiny.CAPTIONS[1, :-1]:
        log_probs, state = model.step(np.array([word]), state)
        rows.append(np.exp(log_probs[0]))
    return np.array(rows)


def main():
    """Climb and write the log."""
    model, losses, moments = first_model(START), [], []
    for step, loss, _ in descend(model, optim.sgd, {"learning_rate": RATE}, STEPS):
        losses.append(round(loss, 4))
        if step in MOMENTS:
            moments.append({"step": step, "loss": round(loss, 4), "apart": round(apart(model), 4),
                            "states": colour_states(model).round(4).tolist(),
                            "probabilities": next_words(model).round(4).tolist()})
    write_log("staircase", {"start": START, "rate": RATE, "steps": [int(step) for step in KEPT],
                            "loss": [losses[step] for step in KEPT], "moments": moments},
              "python -m experiments.staircase", START)


if __name__ == "__main__":
    main()
