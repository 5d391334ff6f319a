"""Drawings of chapter 5, Backpropagation through time."""

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
    PARAMETER,
    SMALL,
    TINT,
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
from captioning.rnn import rnn_backward, rnn_forward, rnn_step_backward

COLUMNS = (2.5, 4.15, 5.8, 7.45)  # where the steps stand, inches
READ, SAID = ("<START>", "a", "blue", "boat"), ("a", "blue", "boat", "<END>")


def blue_boat():
    """The blue boat's sentence: states (5, 2), gradients from its own words (4, 2), cache."""
    h0, h, cache = tiny.reading(1)
    return np.vstack([h0, h[0]]), tiny.sent_by_words(1, h), cache


def carried(dh, cache):
    """What each state is sent by the steps after it, h0 first, (5, 2)."""
    sent, dprev_h = [], np.zeros_like(dh[:, 0])
    for t in reversed(range(len(cache))):
        sent.append(dprev_h[0])
        _, dprev_h, *_ = rnn_step_backward(dh[:, t] + dprev_h, cache[t])
    return np.array([*sent, dprev_h[0]])[::-1]


@drawing
def unrolled():
    """The network unrolled over the blue boat's sentence, values and gradients on it."""
    figure, canvas = panel(5.0)
    h, _, _ = blue_boat()
    for t, x in enumerate((.85, *COLUMNS)):
        cells(canvas, x - .5, 2.67, [h[t]], FORWARD, .5)
        write(canvas, x - .28, 2.86, f"$h_{t}$", FORWARD)
    write(canvas, .85, 1.72, "the picture", GREY, SMALL)
    arrow(canvas, (.75, 1.85), (.75, 2.3))
    arrow(canvas, (.97, 2.3), (.97, 1.85), GRADIENT)
    for x, read, said in zip(COLUMNS, READ, SAID, strict=True):
        box(canvas, x, 1.05, 1.05, .36)
        write(canvas, x, 1.04, read, FORWARD)
        box(canvas, x, 3.95, 1.05, .36)
        write(canvas, x, 3.94, said, FORWARD)
        for low, high in ((1.3, 2.25), (2.75, 3.7)):
            arrow(canvas, (x - .1, low), (x - .1, high))
            arrow(canvas, (x + .14, high), (x + .14, low), GRADIENT)
        arrow(canvas, (x - 1.1, 2.58), (x - .56, 2.58))
        arrow(canvas, (x - .56, 2.4), (x - 1.1, 2.4), GRADIENT)
        write(canvas, x + .24, 3.22, "own", GRADIENT, SMALL, ha="left")
    write(canvas, .3, 3.95, "asked for", GREY, SMALL, ha="left")
    write(canvas, .3, 1.0, "read", GREY, SMALL, ha="left")
    write(canvas, 4.9, .55, r"one $W_x$, one $W_h$, one $b$ for all four steps", PARAMETER)
    write(canvas, 4.9, 4.5, "the loss adds up over the four words", GREY)
    return figure


@drawing
def meeting():
    """At each state of the blue boat the gradient of its own word and the one carried back."""
    figure, canvas = panel(4.4)
    _, dh, cache = blue_boat()
    own = np.linalg.norm(dh[0], axis=1)
    later = np.linalg.norm(carried(dh, cache), axis=1)
    both = np.linalg.norm(dh[0] + carried(dh, cache)[1:], axis=1)
    for t, (x, said) in enumerate(zip(COLUMNS, SAID, strict=True)):
        write(canvas, x, 3.98, f"“{said}”", FORWARD)
        push(canvas, (x, 3.75), (x, 2.35), own[t])
        write(canvas, x + .14, 3.45, number(own[t]), GRADIENT, ha="left")
        canvas.add_patch(Rectangle((x - .42, 1.45), .84, .84, fc=CELL, ec=GRADIENT, lw=2))
        write(canvas, x - .16, 2.04, f"$\\bar h_{t + 1}$", GRADIENT)
        write(canvas, x, 1.67, number(both[t]), GRADIENT, 12)
    for t, x in enumerate((.85, *COLUMNS[:-1])):
        push(canvas, (x + 1.21, 1.87), (x + .46, 1.87), later[t])
        write(canvas, x + .84, 2.47 if later[t] > 2 else 2.13, number(later[t]), GRADIENT)
    write(canvas, .72, 1.87, "$h_0$", FORWARD, 13)
    write(canvas, .72, 1.55, "the picture", GREY, SMALL)
    write(canvas, .3, 3.98, "its own word", GREY, SMALL, ha="left")
    write(canvas, .3, 2.75, "what comes later", GREY, SMALL, ha="left")
    write(canvas, 4.2, .75, f"At $h_1$ the future weighs {later[1] / own[0]:.0f} times the "
          "present: one word later the colour is due.\nNothing comes after $h_4$.",
          linespacing=1.5)
    return figure


def push(canvas, start, end, length):
    """An arrow of a gradient, its width to scale."""
    width = .1 * length
    arrow(canvas, start, end, GRADIENT, width, max(.1, 1.5 * width))


@drawing
def kept():
    """Three ways to have the states of 16 steps at hand on the way back."""
    figure, canvas = panel(3.5)
    rows = (("every state", range(17), 16, 0),
            ("every 4th, and all of one stretch", (0, 4, 8, 12, 13, 14, 15, 16), 7, 9),
            ("none but $h_0$", (0,), 0, 120))
    write(canvas, 5.95, 3.12, "kept", FORWARD)
    write(canvas, 7.25, 3.12, "computed again", GREY)
    for y, (name, held, count, again) in zip((2.5, 1.65, .8), rows, strict=True):
        write(canvas, .35, y + .34, name, INK, ha="left")
        for t in range(17):
            colour = FORWARD if t in held else GREY
            canvas.add_patch(Rectangle((.35 + .3 * t, y - .13), .26, .26, fc=TINT[colour],
                                       ec=colour if t in held else LINE, lw=1))
        write(canvas, 5.95, y, count, FORWARD, 13)
        write(canvas, 7.25, y, again, GREY, 13)
    write(canvas, .47, .42, "$h_0$", GREY, SMALL)
    write(canvas, 5.27, .42, "$h_{16}$", GREY, SMALL)
    return figure


def travelled(rho, noise, steps=30, H=64, N=8, seed=0):
    """Length of a random push carried back over 0 to ``steps`` steps, Wh = rho times a rotation.

    The root of the mean square over N sequences whose inputs are noise.
    """
    rng = np.random.default_rng(seed)
    rotation, _ = np.linalg.qr(rng.standard_normal((H, H)))
    x = noise * rng.standard_normal((N, steps, H))
    _, cache = rnn_forward(x, np.zeros((N, H)), np.eye(H), rho * rotation, np.zeros(H))
    g = rng.standard_normal((N, H))
    g /= np.linalg.norm(g, axis=1, keepdims=True)
    lengths = [1.0]
    for step in reversed(cache):
        _, g, *_ = rnn_step_backward(g, step)
        lengths.append(float(np.sqrt((g**2).sum(axis=1).mean())))
    return np.array(lengths)


RHOS = (2, 1.25, .8)


@drawing
def rulers(measured=False):
    """What powers of rho foretell of a gradient's length, and what is measured."""
    figure, canvas = panel(4.6)
    axes = plot(figure, 1.1, .75, 4.8, 3.5, xlim=(0, 30), ylim=(2e-7, 3e9), yscale="log")
    axes.set_xticks([0, 10, 20, 30])
    axes.set_yticks([1e-6, 1e-3, 1, 1e3, 1e6, 1e9],
                    ["a millionth", ".001", "1", "1,000", "a million", "a billion"])
    axes.minorticks_off()
    axes.axhline(1, color=LINE, lw=1)
    steps = np.arange(31)
    for rho in RHOS:
        axes.plot(steps, rho**steps, color=GREY, lw=1.8, ls="--")
        name = rf"$\rho$ = {rho:g}".replace("0.", ".")
        if measured:
            lengths = travelled(rho, .5)
            axes.plot(steps, lengths, color=GRADIENT)
            axes.text(30.6, lengths[-1], f"measured for {name}", color=GRADIENT, va="center")
        axes.text(30.6, rho**30.0, name, color=GREY, va="center")
    write(canvas, 3.5, .3, "steps back", GREY, SMALL)
    write(canvas, 1.1, 4.35, "length of the gradient, 1 where it starts", GREY, SMALL, ha="left")
    return figure


@drawing
def wrong_ruler():
    """A matrix whose eigenvalues are .9 makes a row grow fifteenfold before it shrinks."""
    figure, canvas = panel(3.1)
    axes = plot(figure, .8, .7, 4.6, 2.05, xlim=(0, 60), ylim=(0, 17))
    axes.set_xticks([0, 10, 30, 60])
    axes.set_yticks([1, 15])
    steps = np.arange(61)
    M = np.array([[.9, 4], [0, .9]])
    lengths = [np.linalg.norm(np.array([1, 0]) @ np.linalg.matrix_power(M, k)) for k in steps]
    axes.plot(steps, .9**steps, color=GREY, lw=1.8, ls="--")
    axes.plot(steps, lengths, color=GRADIENT)
    axes.plot(10, lengths[10], "o", color=GRADIENT, ms=8, mec=CELL)
    axes.text(13, lengths[10], f"{lengths[10]:.1f} at step 10", color=GRADIENT, va="center")
    axes.text(11, 1.7, ".9ᵏ: what the eigenvalues say", color=GREY, va="center")
    write(canvas, 3.1, .28, "steps k", GREY, SMALL)
    write(canvas, 6.85, 2.2, "M", GRADIENT, 13)
    cells(canvas, 6.3, 1.95, M, PARAMETER, .55, .36, 1)
    write(canvas, 6.85, .95, "length of (1, 0) M$^k$", GRADIENT)
    return figure


@drawing
def reach():
    """How much of a push comes back to h0 in the trained captioner, and what Wh foretells."""
    log = read_log("reach")
    figure, canvas = panel(3.3)
    axes = plot(figure, 1.0, .75, 4.6, 2.2, xlim=(0, 14), ylim=(.02, 3e9), yscale="log")
    axes.set_xticks([0, 1, 7, 14])
    axes.set_yticks([.1, 1, 1e4, 1e9], [".1", "1", "10,000", "a billion"])
    axes.minorticks_off()
    steps = np.arange(15)
    axes.plot(steps, log["radius"] ** steps, color=GREY, lw=1.8, ls="--")
    axes.plot(steps, log["left"], color=GRADIENT)
    axes.text(14.3, log["radius"] ** 14, f"{log['radius']} to the power of steps", color=GREY,
              va="center")
    axes.text(14.3, log["left"][-1], f"measured: {number(log['left'][-1], 3)} after 14",
              color=GRADIENT, va="center")
    write(canvas, 3.3, .3, "steps back, from a word to the picture", GREY, SMALL)
    write(canvas, 1.0, 3.05, "length of what is left of a push of 1", GREY, SMALL, ha="left")
    return figure


@drawing
def chunks():
    """Backpropagation in chunks of four, two and one step, and what then reaches the picture."""
    figure, canvas = panel(3.9)
    _, dh, cache = blue_boat()
    for y, k in zip((3.05, 1.95, .85), (4, 2, 1), strict=True):
        first = [rnn_backward(dh[:, t:t + k], cache[t:t + k])[1] for t in range(0, 4, k)][0]
        canvas.add_patch(Rectangle((.36, y - .3), .9, .6, fc=CELL, ec=LINE, lw=1.4))
        write(canvas, .8, y + .1, "picture", GREY, SMALL)
        write(canvas, .8, y - .14, f"{number(np.linalg.norm(first))} arrives", GRADIENT, 9)
        for t, x in enumerate(COLUMNS):
            box(canvas, x, y, .8, .6)
            write(canvas, x, y, f"“{SAID[t]}”", FORWARD, SMALL)
            arrow(canvas, (x - 1.22, y + .13), (x - .46, y + .13))
            if t % k == 0 and t:
                canvas.plot([x - .84] * 2, [y - .42, y + .42], color=INK, lw=2)
            else:
                arrow(canvas, (x - .46, y - .13), (x - 1.22, y - .13), GRADIENT)
        write(canvas, 7.85, y + .44, f"chunks of {k}", INK, SMALL, ha="right")
    return figure
