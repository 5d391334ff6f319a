"""Drawings of the pages for readers who come from CS231n and from PyTorch."""

import numpy as np
from matplotlib.patches import Rectangle

from captioning.figures.style import (
    CELL,
    FORWARD,
    GREY,
    INK,
    PARAMETER,
    SMALL,
    TINT,
    arrow,
    drawing,
    panel,
    write,
)

CELLS = [("look at the data", (2,)), ("one step", (4,)), ("through time", (5,)),
         ("word embedding", (6,)), ("temporal affine, softmax loss", (7,)),
         ("the captioning model", (8,)), ("overfit small data", (9,)),
         ("sample at test time", (8, 11)), ("the LSTM, five cells", (13,)),
         ("the Transformer, from 2021", (14, 15))]
CHAPTERS = ["Words as numbers", "Pictures as numbers", "One step", "Through time", "Word vectors",
            "Scores and loss", "The captioning network", "Learning", "Seeing", "Speaking",
            "Judging", "LSTM", "Attention", "The Transformer decoder", "Learning from the judge",
            "Photographs", "Fast", "When captions go wrong"]


@drawing
def cs231n_map():
    """Cells of the exercise beside the chapters that derive them."""
    figure, canvas = panel(5.3)
    write(canvas, 3.2, 4.98, "the exercise’s cells", GREY, ha="right")
    write(canvas, 5.0, 4.98, "the chapters that derive them", GREY, ha="left")
    reached = {chapter for _, chapters in CELLS for chapter in chapters}
    for k, (name, chapters) in enumerate(CELLS):
        y = 4.45 - .43 * k
        write(canvas, 3.2, y, name, FORWARD, ha="right")
        for chapter in chapters:
            _join(canvas, (3.3, y), (4.72, _height(chapter)))
    for chapter, name in enumerate(CHAPTERS, 2):
        write(canvas, 5.0, _height(chapter), f"{chapter}", FORWARD if chapter in reached else INK,
              SMALL, ha="right")
        write(canvas, 5.12, _height(chapter), name, FORWARD if chapter in reached else INK,
              ha="left")
    return figure


def _height(chapter):
    return 4.6 - .247 * (chapter - 2)


def _join(canvas, start, end):
    """Join two points by a curve that leaves and arrives level."""
    t = np.linspace(0, 1, 40)
    canvas.plot(start[0] + (end[0] - start[0]) * t,
                start[1] + (end[1] - start[1]) * (3 * t**2 - 2 * t**3), color=FORWARD, lw=1.6)


@drawing
def gate_order():
    """The matrix that reads words in an LSTM, there and here: turned, two blocks exchanged."""
    figure, canvas = panel(4.0)
    write(canvas, .4, 3.68, "PyTorch: weight_ih_l0", PARAMETER, ha="left")
    write(canvas, .4, 3.43, "(4H, E)", GREY, SMALL, ha="left")
    for k, gate in enumerate("ifgo"):
        _block(canvas, .4, 3.2 - .7 * k, 5, 4, gate)
    arrow(canvas, (1.5, 2.85), (3.0, 2.85), PARAMETER)
    write(canvas, 2.2, 3.03, "transpose", GREY, SMALL)
    for k, gate in enumerate("ifgo"):
        _block(canvas, 3.3 + .85 * k, 3.25, 4, 5, gate)
    for k, gate in enumerate("ifog"):
        _block(canvas, 3.3 + .85 * k, 1.4, 4, 5, gate)
        _drop(canvas, 3.62 + .85 * "ifgo".index(gate), 3.62 + .85 * k, INK if k > 1 else GREY)
    write(canvas, 2.95, 1.02, r"here: $W_x$", PARAMETER, ha="right")
    write(canvas, 2.95, .77, "(E, 4H)", GREY, SMALL, ha="right")
    write(canvas, 6.75, 1.92, "g and o\nchange places", INK, ha="left", linespacing=1.4)
    return figure


def _block(canvas, x, top, columns, rows, gate, unit=.16):
    """Draw one gate's block of a matrix as squared paper with the gate's letter on it."""
    for i in range(rows):
        for j in range(columns):
            canvas.add_patch(Rectangle((x + j * unit, top - (i + 1) * unit), unit, unit,
                                       fc=TINT[PARAMETER], ec=CELL, lw=1))
    write(canvas, x + columns * unit / 2, top - rows * unit / 2 - .01, gate, PARAMETER, 13)


def _drop(canvas, start, end, colour):
    """Lead from a block down to its place, upright at both ends."""
    t = np.linspace(0, 1, 40)
    canvas.plot(start + (end - start) * (3 * t**2 - 2 * t**3), 2.38 - .9 * t, color=colour,
                lw=2 if colour == INK else 1.4)
