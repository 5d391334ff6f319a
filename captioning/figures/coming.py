"""Drawings of the pages for readers who come from CS231n and from PyTorch."""

import numpy as np

from captioning.figures.style import FORWARD, GREY, INK, SMALL, drawing, panel, write

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
