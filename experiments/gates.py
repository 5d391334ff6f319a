"""The gates of the scene captioner as it reads the hero's caption, and a cell that holds a colour.

The stars are drawn in each of the eight colours in turn, and the network reads the same words, but
for the colour's own. The cell that is shown is the one of which c, when the colour is due, differs
most between the eight scenes. `python -m experiments.gates` writes data/logs/gates.json.
"""

import numpy as np

from captioning.captioner import load_captioner
from captioning.encoder import load_eye
from captioning.files import data_path
from captioning.logs import write_log
from captioning.lstm import lstm_step_forward
from captioning.scenes import arrange, draw_batch
from captioning.scenes.scene import COLOURS

SENTENCE = "a blue boat is left of two {} stars at night"
ROWS = 32  # cells in the strips: those that differ most


def read(captioner, scene, words):
    """The gates i, f, o, the cell c and the state h after each word, (T, 5, H)."""
    model, steps = captioner.model, []
    p = model.params
    vector, _ = load_eye().encode(draw_batch([scene]))
    h, c = model.start(captioner.scale.apply(vector.astype(np.float64)))
    for word in words:
        x = p["W_embed"][[model.word_to_idx[word]]]
        h, c, cache = lstm_step_forward(x, h, c, p["Wx"], p["Wh"], p["b"])
        steps.append(np.concatenate([*cache[5:8], c, h]))
    return np.array(steps)


def main():
    """Read in eight colours, choose the cell, write the log."""
    captioner, _ = load_captioner(data_path("scenes-lstm.npz"), np.float64)
    words = {colour: ["<START>", *SENTENCE.format(colour).split()] for colour in COLOURS}
    runs = np.array([read(captioner, arrange("night", (1, "blue", "boat"), (2, colour, "star")),
                          words[colour]) for colour in COLOURS])  # (colours, T, 5, H)
    i, f, o, c, _ = np.moveaxis(runs, 2, 0)
    due = words["yellow"].index("two")  # once it is read, the colour is due
    order = np.argsort(-c[:, due].std(axis=0))[:ROWS]
    hero = COLOURS.index("yellow")
    result = {"words": words["yellow"], "cells": order.tolist(), "colours": COLOURS,
              "c": c[:, :, order[0]].round(3).tolist(),
              "gates": {name: gate[hero][:, order].round(3).tolist()
                        for name, gate in (("f", f), ("i", i), ("o", o))},
              "mean_gates": {name: gate[hero].mean(axis=1).round(3).tolist()
                             for name, gate in (("f", f), ("i", i), ("o", o))}}
    write_log("gates", result, "python -m experiments.gates", None)


if __name__ == "__main__":
    main()
