"""Drawings of chapter 4, One step of a recurrent network."""

import numpy as np
from matplotlib.patches import Rectangle

from captioning import tiny
from captioning.figures.style import (
    CELL,
    FORWARD,
    GRADIENT,
    GREY,
    INK,
    LINE,
    PANEL,
    PARAMETER,
    SMALL,
    TINT,
    TYPE,
    arrow,
    box,
    cells,
    drawing,
    number,
    panel,
    plot,
    write,
)
from captioning.logs import read_log
from captioning.rnn import rnn_step_backward, rnn_step_forward

WIDE, HIGH = .58, .34  # of a cell, inches
SUM = 4.75  # left edge of the column that is added up
# Middle of each array: left edge and height.
PLACES = {"x": (.4, 3.35), "Wx": (2.62, 3.35), "h": (.69, 2.05), "Wh": (2.62, 2.05),
          "from x": (SUM, 3.35), "from h": (SUM, 2.05), "b": (SUM, 1.35), "a": (SUM, .68),
          "next_h": (6.95, .68)}


@drawing
def step_forward():
    """The blue boat's first step, every number of it."""
    figure, canvas = panel(4.2)
    x, prev_h, Wx, Wh, b = tiny.step_inputs(1, 1)
    a, next_h = x @ Wx + prev_h @ Wh + b, rnn_step_forward(x, prev_h, Wx, Wh, b)[0]
    values = {"x": x, "h": prev_h, "from x": x @ Wx, "from h": prev_h @ Wh, "a": a,
              "next_h": next_h}
    for name, value in values.items():
        _array(canvas, name, value, FORWARD)
    for name, value in {"Wx": Wx, "Wh": Wh, "b": b[None]}.items():
        _array(canvas, name, value, PARAMETER, 1)
    _labels(canvas, {"x": "x: the word <START>", "h": "h′: the picture", "Wx": r"$W_x$",
                     "Wh": r"$W_h$", "b": "b", "a": "a", "next_h": "h"}, FORWARD, PARAMETER)
    for y in (3.35, 2.05):
        write(canvas, 2.37, y, "×", GREY, 13)
        arrow(canvas, (4.3, y), (4.65, y))
    write(canvas, SUM - .17, 1.35, "+", INK, 13)
    canvas.plot([SUM - .25, SUM + 1.2], [1.02, 1.02], color=INK, lw=1.2)
    arrow(canvas, (5.98, .68), (6.2, .68))
    arrow(canvas, (6.72, .68), (6.9, .68))
    red = tiny.step_inputs(0, 1)[1] @ Wh
    write(canvas, 6.15, 2.7, "The colour is in unit 2.\nThis memory adds "
          f"{number(values['from h'][0, 1])};\na red boat's would add\n"
          f"{number(red[0, 1])}.", ha="left", linespacing=1.5)
    return figure


@drawing
def step_backward():
    """The same step with gradients flowing back: each array's gradient in its place."""
    figure, canvas = panel(4.2)
    inputs = tiny.step_inputs(1, 1)
    next_h, cache = rnn_step_forward(*inputs)
    dx, dprev_h, dWx, dWh, db = rnn_step_backward(np.ones((1, 2)), cache)
    values = {"x": dx, "h": dprev_h, "Wx": dWx, "Wh": dWh, "b": db[None], "a": db[None],
              "from x": db[None], "from h": db[None], "next_h": np.ones((1, 2))}
    for name, value in values.items():
        _array(canvas, name, value, GRADIENT, 3 if name != "next_h" else 0)
    _labels(canvas, {"x": r"$\bar x = \bar a\,W_x^\top$",
                     "h": r"$\bar h^{\prime} = \bar a\,W_h^\top$",
                     "Wx": r"$\bar W_x=x^\top\bar a$",
                     "Wh": r"$\bar W_h=h^{\prime\top}\bar a$", "b": r"$\bar b$",
                     "a": r"$\bar a$", "next_h": r"$\bar h$"}, GRADIENT, GRADIENT)
    for y, below, end, name in ((3.35, .66, 2.2, "x"), (2.05, .48, 1.91, "h")):
        canvas.plot([SUM + .29, SUM + .29, 2.4, 2.4], [y - .2, y - below, y - below, y],
                    color=GRADIENT, lw=2, solid_joinstyle="round")
        arrow(canvas, (2.4, y), (end, y), GRADIENT)
        write(canvas, 4.3, y - below + .12, rf"times $W_{name}^\top$", PARAMETER, SMALL)
        arrow(canvas, (4.68, y), (3.85, y), GRADIENT)
    canvas.plot([SUM + 1.32, SUM + 1.32], [.68, 3.35], color=GRADIENT, lw=2)
    for y in (3.35, 2.05, 1.35):
        arrow(canvas, (SUM + 1.32, y), (SUM + 1.17, y), GRADIENT)
    canvas.plot([SUM - .25, SUM + 1.2], [1.02, 1.02], color=INK, lw=1.2)
    arrow(canvas, (6.9, .68), (6.72, .68), GRADIENT)
    arrow(canvas, (6.2, .68), (SUM + 1.17, .68), GRADIENT)
    write(canvas, 6.46, .35, "× (1 − h ⊙ h)", FORWARD, SMALL)
    write(canvas, 6.35, 2.7, "The sum hands $\\bar a$\nto each of its terms.\n"
          "Every gradient has the\nshape of its own array.", ha="left", linespacing=1.5)
    return figure


def _array(canvas, name, values, colour, digits=2):
    x, y = PLACES[name]
    cells(canvas, x, y + HIGH * len(values) / 2, values, colour, WIDE, HIGH, digits)


def _labels(canvas, names, colour, parameter):
    """Write what both directions have in common: names, shapes, the tanh."""
    for name, y in (("x", 3.35), ("h", 2.05)):
        write(canvas, 1.27, y + .36, names[name], colour)
        write(canvas, 1.27, y - .31, "(1, 3)" if name == "x" else "(1, 2)", GREY, SMALL)
    for name, y in (("Wx", 3.35), ("Wh", 2.05)):
        high = .22 if parameter == GRADIENT else .12  # an arrow passes between name and shape
        write(canvas, 3.84, y + high, names[name], parameter, ha="left")
        write(canvas, 3.84, y - high + .02, "(3, 2)" if name == "Wx" else "(2, 2)", GREY, SMALL,
              ha="left")
    write(canvas, SUM - .38, 1.35, names["b"], parameter)
    write(canvas, SUM - .38, .68, names["a"], colour)
    write(canvas, 7.53, 1.04, names["next_h"], colour)
    box(canvas, 6.46, .68, .5, .34)
    write(canvas, 6.46, .67, "tanh", colour if colour == GRADIENT else FORWARD)


@drawing
def step_tanh():
    """Both units of the blue boat on the curve of tanh, and what each lets through."""
    figure, canvas = panel(4.0)
    axes = plot(figure, .45, .4, 4.2, 3.35, xlim=(-3.2, 3.7), ylim=(-1.25, 1.42))
    curve = np.linspace(-3.1, 3.4, 300)
    axes.plot(curve, np.tanh(curve), color=FORWARD, lw=3)
    axes.spines[["left", "bottom"]].set_position("zero")
    axes.set_xticks([-2, 2])
    axes.set_yticks([-1, 1])
    x, prev_h, Wx, Wh, b = tiny.step_inputs(1, 1)
    slopes = []
    for a in (x @ Wx + prev_h @ Wh + b)[0]:
        slopes.append(1 - np.tanh(a) ** 2)
        reach = np.array([-1, 1]) * (1.05 if slopes[-1] < .5 else .75)
        axes.plot([a, a], [0, np.tanh(a)], color=GREY, lw=1, ls=":")
        axes.plot(a + reach, np.tanh(a) + slopes[-1] * reach, color=GRADIENT)
        axes.plot(a, np.tanh(a), "o", ms=8, color=FORWARD, mec=CELL)
    for at, y, text, colour, side in (
            (3.6, 1.2, f"slope {number(slopes[0], 3)}: shut", GRADIENT, "right"),
            (2.5, .35, "unit 1\na = 2.36", FORWARD, "left"),
            (.28, -.4, f"slope {number(slopes[1], 3)}: open", GRADIENT, "left"),
            (-.62, -.3, "unit 2\na = −.34", FORWARD, "right"),
            (-.2, 1.2, "h = tanh a", FORWARD, "right")):
        axes.text(at, y, text, color=colour, ha=side, va="center", linespacing=1.4)
    _gates(canvas)
    return figure


def _gates(canvas):
    """Draw the same push arriving at both units, arrow widths to scale."""
    write(canvas, 7.55, 3.5, r"$\bar h$ enters", GRADIENT)
    write(canvas, 5.45, 3.5, r"$\bar a$ leaves", GRADIENT)
    slopes = 1 - rnn_step_forward(*tiny.step_inputs(1, 1))[0][0] ** 2
    for unit, (y, slope) in enumerate(zip((2.65, 1.5), slopes, strict=True), 1):
        box(canvas, 6.5, y, .74, .78)
        write(canvas, 6.5, y + .13, "tanh", FORWARD)
        write(canvas, 6.5, y - .17, f"unit {unit}", GREY, SMALL)
        arrow(canvas, (8.05, y), (7.0, y), GRADIENT, .13, .26)
        arrow(canvas, (6.0, y), (4.95, y), GRADIENT, .13 * slope, max(.09, .26 * slope))
        write(canvas, 7.55, y + .3, "1", GRADIENT)
        write(canvas, 5.45, y + .3, number(slope, 3), GRADIENT)
    write(canvas, 6.5, .63, "The same push arrives at both.\nThe shut unit lets almost nothing "
          "through.", linespacing=1.5)


@drawing
def paths():
    """The hidden state of both boats as a path: apart until the colour is said."""
    figure, canvas = panel(5.3)
    axes = plot(figure, .3, .35, 5.4, 4.7, xlim=(-1.5, 1.9), ylim=(-1.8, 1.16))
    axes.spines[:].set_visible(False)
    axes.add_patch(Rectangle((-1, -1), 2, 2, fc=CELL, ec=LINE, lw=1.2))
    for picture, colour in ((0, INK), (1, FORWARD)):
        h = states(picture)
        for start, end in zip(h[:-1], h[1:], strict=True):
            axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": colour,
                                                      "lw": 2, "shrinkA": 4, "shrinkB": 4})
        axes.plot(*h.T, "o", color=colour, ms=7)
        axes.plot(*h[0], "o", color=PANEL, mec=colour, mew=2, ms=7)
    for x, y, text, colour, side in (
            (-.9, -1.75, "$h_0$: a red boat", INK, "left"),
            (.42, -.8, "$h_0$: a blue boat", FORWARD, "right"),
            (1.06, -.97, "says “a”", INK, "left"), (1.04, -.3, "says “a”", FORWARD, "left"),
            (.93, 1.1, "says “red”", INK, "center"), (-.29, 1.1, "says “blue”", FORWARD, "center"),
            (-.82, .12, "both say “boat”", GREY, "left"),
            (-.45, -1.1, "both say <END>", GREY, "center"),
            (-1.06, 1, "1", GREY, "right"), (-1.06, -1, "−1", GREY, "right"),
            (-1.06, -.35, "unit 2 ↑", GREY, "right"),
            (-1.06, 0, "0", GREY, "right"), (.72, -1.27, "unit 1 →", GREY, "left")):
        axes.text(x, y, text, color=colour, ha=side, va="center", fontsize=SMALL)
    write(canvas, 5.75, 3.2, "Black: the red boat.\nBlue: the blue boat.\n\n"
          "Far apart where the\ncolour is due, close\nonce it is said.\n\n"
          "The square is all that\ntanh allows. $h_0$ is set\nby the picture and\n"
          "may lie outside.", ha="left", linespacing=1.5)
    return figure


def states(picture):
    """The hidden states before and after each of the four steps of a caption, (5, 2)."""
    h0, h, _ = tiny.reading(picture)
    return np.concatenate([h0, h[0]])


@drawing
def square_trap():
    """Sizes force the transpose of Wx; the square Wh fits both ways."""
    figure, canvas = panel(3.6)
    write(canvas, 1.5, 3.2, "as derived", INK, ha="left")
    write(canvas, 4.95, 3.2, "transpose forgotten", INK, ha="left")
    sides = {"N": 3, "H": 4, "D": 6}
    for y, name, rows in ((2.25, "x", "D"), (.95, "h", "H")):
        write(canvas, .75, y, rf"$\bar a\,W_{name}^\top$", GRADIENT, 13)
        for x, shape in ((1.5, "H" + rows), (4.95, rows + "H")):
            turned = r"^\top$" if x < 3 else "$"
            _sheet(canvas, x, y, "NH", sides, r"$\bar a$", GRADIENT)
            _sheet(canvas, x + 1.0, y, shape, sides, rf"$W_{name}" + turned, PARAMETER)
            trap = x > 3 and rows == "H"
            verdict = "fits too" if trap else "fits" if shape[0] == "H" else "H is not D:\nrefused"
            write(canvas, x + 2.13, y, verdict, GRADIENT if trap else GREY, TYPE, ha="left",
                  weight="bold" if trap else "normal")
    return figure


def _sheet(canvas, x, y, shape, sides, name, colour, unit=.17):
    """Draw a matrix as a sheet of squared paper, its left edge at x, centred at height y."""
    rows, columns = (sides[letter] for letter in shape)
    for i in range(rows):
        for j in range(columns):
            canvas.add_patch(Rectangle((x + j * unit, y + (rows / 2 - i - 1) * unit), unit, unit,
                                       fc=TINT[colour], ec=CELL, lw=1))
    write(canvas, x + columns * unit / 2, y, name, colour)
    write(canvas, x + columns * unit / 2, y - rows * unit / 2 - .14, " × ".join(shape), GREY, 9)


@drawing
def wrong_gradient(labelled=False):
    """Losses of the tiny network under a right and a wrong gradient, from three starts."""
    log = read_log("wrong-gradient")
    figure, canvas = panel(3.1)
    steps = np.array(log["steps"]) + 1
    for k, seed in enumerate(SHOWN):
        axes = plot(figure, .75 + 2.55 * k, .62, 2.1, 1.95, xscale="log", yscale="log",
                    xlim=(1, 3000), ylim=(.025, 12))
        axes.set_xticks([1, 100, 3000], ["1", "100", "3000"])
        axes.set_yticks([.1, np.log(2), 8], [".1", "ln 2", "8"] if k == 0 else [])
        axes.minorticks_off()
        axes.axhline(np.log(2), color=GREY, lw=1, ls=":")
        for name, colour, dash in (("right", INK, "-"), ("wrong", GRADIENT, "--")):
            axes.plot(steps, log[name][seed], lw=2, color=colour if labelled else INK, ls=dash)
        write(canvas, 1.8 + 2.55 * k, 2.78, f"start {seed}", GREY)
        if labelled:
            _name_curves(axes, k)
    write(canvas, .3, 1.6, "loss", GREY, SMALL, rotation=90)
    write(canvas, 4.2, .25, "update of plain gradient descent; both scales are logarithmic", GREY,
          SMALL)
    return figure


SHOWN = (5, 9, 2)  # starts: told apart by nothing, the wrong one learns, the right one does


def _name_curves(axes, k):
    """Label the curves of one panel where there is room."""
    places = {0: ((1500, .4, "both"),), 1: ((1500, 1.15, "right"), (380, .085, "wrong")),
              2: ((380, .085, "right"), (1200, 1.25, "wrong"))}[k]
    for x, y, text in places:
        colour = GRADIENT if text == "wrong" else INK
        axes.text(x, y, text, color=colour, fontsize=SMALL, ha="center", va="center")
