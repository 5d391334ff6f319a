"""Drawings of the primer of matrix calculus."""

import numpy as np
from matplotlib.patches import Rectangle

from captioning import tiny
from captioning.figures.style import (
    FORWARD,
    GRADIENT,
    GREY,
    INK,
    LINE,
    PARAMETER,
    SMALL,
    TINT,
    arrow,
    cells,
    drawing,
    number,
    panel,
    write,
)

# what is done forward and backward; what goes in and out; the gradients that arrive and leave
MOVES = [
    ("multiply by 3", "multiply by 3", [2, 1, -1], [6, 3, -3], [1, 0, 2], [3, 0, 6]),
    ("copy", "add up", [2], [2, 2, 2], [1, .5, -2], [-.5]),
    ("add up", "copy", [1, 2, 3], [6], [.5], [.5, .5, .5]),
    ("change places", "change back", [1, 2, 3], [3, 1, 2], [.1, .2, .3], [.2, .3, .1]),
    ("look up rows 3, 1, 3", "add to rows 3, 1, 3", [5, 6, 7], [7, 5, 7], [1, 2, 4], [2, 0, 5]),
    ("choose the largest", "to the chosen alone", [1, 4, 2], [4], [1], [0, 1, 0]),
]


@drawing
def moves():
    """Six moves with small numbers: what happens forward, and what comes back."""
    figure, canvas = panel(6.1)
    for k, (does, back, x, y, dy, dx) in enumerate(MOVES):
        left, top = .45 + 2.65 * (k % 3), 5.78 - 2.92 * (k // 3)
        write(canvas, left, top, does, FORWARD, ha="left")
        _pair(canvas, left, top - .67, x, y, FORWARD)
        write(canvas, left, top - 1.4, back, GRADIENT, ha="left")
        _pair(canvas, left, top - 2.07, dx, dy, GRADIENT)
    return figure


def _pair(canvas, left, middle, first, second, colour):
    """Draw two columns of numbers and the arrow between them, backward for a gradient."""
    for x, column in ((left, first), (left + 1.35, second)):
        for k, value in enumerate(column):
            cells(canvas, x, middle + .15 * len(column) - .3 * k, [[value]], colour, .6, .3,
                  int(value != int(value)))
    ends = (left + .72, middle), (left + 1.23, middle)
    arrow(canvas, *(ends if colour == FORWARD else ends[::-1]), colour)


def stations():
    """Nudges and bars of the blue boat's second step, from its memory to its loss.

    Returns
    -------
    dict of str to (ndarray, ndarray)
        For each station the nudge that arrives and the gradient that comes back.
    """
    p = tiny.network().params
    x, memory, Wx, Wh, b = tiny.step_inputs(1, 2)
    h = np.tanh(x @ Wx + memory @ Wh + b)
    scores = h @ p["W_vocab"] + p["b_vocab"]
    probs = np.exp(scores - scores.max())
    probs /= probs.sum()
    nudges = [np.array([[.1, .1]])]
    nudges += [nudges[-1] @ Wh]
    nudges += [nudges[-1] * (1 - h**2)]
    nudges += [nudges[-1] @ p["W_vocab"]]
    bars = [probs - np.eye(8)[tiny.WORD_TO_IDX["blue"]]]
    bars += [bars[-1] @ p["W_vocab"].T]
    bars += [bars[-1] * (1 - h**2)]
    bars += [bars[-1] @ Wh.T]
    names = ("memory", "sum a", "state h", "scores s")
    return dict(zip(names, zip(nudges, bars[::-1], strict=True), strict=True))


@drawing
def same_bracket():
    """The nudge on its way, the gradient on its way back, and their bracket at each station."""
    figure, canvas = panel(4.3)
    steps = (r"times $W_h$", "tanh", "to scores")
    for k, (name, (nudge, bar)) in enumerate(stations().items()):
        x, middle = .75 + 2.0 * k, 2.55
        write(canvas, x + .5, 3.92, name, GREY)
        for left, values, colour in ((x - .12, nudge, FORWARD), (x + .53, bar, GRADIENT)):
            cells(canvas, left, middle + .14 * values.size, values.T, colour, .58, .28, 2, 9)
        write(canvas, x + .5, .93, number(float((nudge * bar).sum()), 4), INK, 13)
        if k < 3:
            arrow(canvas, (x + 1.2, 2.75), (x + 1.78, 2.75), FORWARD)
            arrow(canvas, (x + 1.78, 2.35), (x + 1.2, 2.35), GRADIENT)
            write(canvas, x + 1.49, 3.0, steps[k], PARAMETER, 9)
    write(canvas, .92, 3.0, "nudge", FORWARD, 9)
    write(canvas, 1.58, 3.0, "gradient", GRADIENT, 9)
    write(canvas, 4.2, .5, "nudge times gradient, added up: everywhere the same change of the loss",
          GREY, SMALL)
    canvas.plot([.45, 8.0], [1.2, 1.2], color=LINE, lw=1)
    return figure


@drawing
def jacobian():
    """A gradient and the Jacobian that would make it, areas to scale."""
    figure, canvas = panel(4.0)
    N, H = 50, 256
    side = 3.3
    small = side / np.sqrt(N * H)
    canvas.add_patch(Rectangle((4.6, .35), side, side, fc=TINT[GREY], ec="none"))
    write(canvas, 4.6 + side / 2, 2.35, "the Jacobian of h\nby $W_h$", GREY, linespacing=1.5)
    write(canvas, 4.6 + side / 2, 1.55, f"{N * H * H * H:,} numbers", GREY)
    canvas.add_patch(Rectangle((3.7, 2.0), small, small, fc=GRADIENT, ec="none"))
    arrow(canvas, (3.0, 2.015), (3.6, 2.015), GRADIENT)
    write(canvas, 2.9, 2.2, r"the gradient $\bar W_h$", GRADIENT, ha="right")
    write(canvas, 2.9, 1.83, f"{H * H:,} numbers", GRADIENT, ha="right")
    write(canvas, .4, .62, f"H = {H}, N = {N}; areas to scale", GREY, SMALL, ha="left")
    return figure
