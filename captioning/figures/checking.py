"""Drawings of the page on gradient checking."""

import numpy as np

from captioning.figures.style import (
    CELL,
    FORWARD,
    GRADIENT,
    GREY,
    INK,
    SMALL,
    drawing,
    number,
    panel,
    plot,
    write,
)
from captioning.logs import read_log

POWER = r"$10^{%d}$"


def _axes(figure, x, y, width, height, left, low=-17):
    """Axes of error against nudge, both logarithmic, small nudges to the left."""
    axes = plot(figure, x, y, width, height, xscale="log", yscale="log",
                xlim=(10.0**left, .2), ylim=(10.0**low, 6))
    axes.set_xticks([10.0**k for k in range(-1, left, -3)],
                    [POWER % k for k in range(-1, left, -3)])
    axes.set_yticks([10.0**k for k in range(0, low, -4)], [POWER % k for k in range(0, low, -4)])
    axes.minorticks_off()
    axes.axhline(1e-7, color=GREY, lw=1, ls=":")
    return axes


@drawing
def valley():
    """The error of four formulas against the nudge, for one step with random numbers."""
    log = read_log("nudges")
    figure, canvas = panel(4.6)
    axes = _axes(figure, 1.0, .75, 6.9, 3.55, -15)
    errors = {name: np.array(values) for name, values in log["step"].items()}
    for name, colour, dash in (("one side", INK, "-"), ("central", GRADIENT, "-"),
                               ("central float32", GRADIENT, ":"), ("complex", FORWARD, "-")):
        axes.plot(log["nudges"], errors[name], color=colour, lw=2, ls=dash)
    here = log["nudges"].index(1e-4)
    axes.plot(1e-4, errors["central"][here], "o", ms=9, color=GRADIENT, mec=CELL)
    for x, y, text, colour, side in (
            (3e-3, 8e-3, "one side", INK, "right"), (1.6e-7, 1e-10, "central", GRADIENT, "right"),
            (5e-10, .12, "central, in float32", GRADIENT, "left"),
            (4e-9, 4e-15, "complex step: no subtraction, no valley", FORWARD, "right"),
            (1.5e-4, 1.2e-9, "the book’s nudge", GRADIENT, "left"),
            (1.2e-15, 2.6e-8, "what passes is below this line", GREY, "left")):
        axes.text(x, y, text, color=colour, ha=side, va="center", fontsize=SMALL)
    write(canvas, .3, 2.5, "error", GREY, SMALL, rotation=90)
    write(canvas, 4.45, .3, "nudge", GREY, SMALL)
    return figure


@drawing
def right_or_wrong():
    """Two gradients of the network of 72 as the nudge shrinks: only one error shrinks with it."""
    log = read_log("nudges")
    figure, canvas = panel(3.5)
    axes = _axes(figure, 1.0, .75, 6.9, 2.45, -6, -9)
    few = [k for k, nudge in enumerate(log["nudges"]) if nudge > 2e-6]
    for name, colour in (("tiny", INK), ("tiny wrong", GRADIENT)):
        axes.plot(np.array(log["nudges"])[few], np.array(log[name])[few], "o-", ms=6, lw=2,
                  color=colour)
    axes.text(1.2e-3, 5e-7, "right: with a tenth of the nudge\nit is a hundredth", color=INK,
              fontsize=SMALL, linespacing=1.5)
    axes.text(3e-5, .1, "wrong: stays where it is", color=GRADIENT, fontsize=SMALL, ha="right")
    write(canvas, .3, 2.0, "error", GREY, SMALL, rotation=90)
    write(canvas, 4.45, .3, "nudge", GREY, SMALL)
    return figure


@drawing
def kink():
    """A ReLU near its kink: the chord from nudge to nudge has no side's slope."""
    figure, canvas = panel(3.4)
    axes = plot(figure, .5, .45, 4.3, 2.6, xlim=(-2.3, 3.2), ylim=(-.5, 2.5))
    axes.spines[["left", "bottom"]].set_position("zero")
    axes.plot([-2.2, 0, 2.4], [0, 0, 2.4], color=FORWARD, lw=3, solid_joinstyle="round")
    x, eta = .5, 1
    ends = np.array([x - eta, x + eta])
    axes.plot(ends, np.maximum(ends, 0), "o-", color=GRADIENT, ms=7, lw=2)
    axes.plot(x, x, "o", color=FORWARD, ms=8, mec=CELL)
    axes.text(2.3, 2.1, "max(x, 0)", color=FORWARD, ha="left", fontsize=SMALL)
    for place, text in ((x, "x"), (x - eta, "x − η"), (x + eta, "x + η")):
        axes.text(place, -.25, text, color=GREY, ha="center", fontsize=SMALL)
    write(canvas, 5.2, 2.1, f"slope at x: 1\nslope measured: {number(.75)}", GRADIENT, ha="left",
          linespacing=1.6)
    write(canvas, 5.2, 1.2, "x is half a nudge above the\nkink, so the nudges end on\n"
          "both sides of it.", ha="left", linespacing=1.5)
    return figure
