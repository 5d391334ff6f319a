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
    """The network unrolled over the blue boat's sentence, the values of its states on it."""
    figure, canvas = panel(4.4)
    h, _, _ = blue_boat()
    for t, x in enumerate((.85, *COLUMNS)):
        cells(canvas, x - .5, 2.37, [h[t]], FORWARD, .5)
        write(canvas, x - .28, 2.56, f"$h_{t}$", FORWARD)
    write(canvas, .85, 1.42, "the picture", GREY, SMALL)
    arrow(canvas, (.85, 1.55), (.85, 1.98))
    for x, read, said in zip(COLUMNS, READ, SAID, strict=True):
        box(canvas, x, .75, 1.05, .36)
        write(canvas, x, .74, read, FORWARD)
        box(canvas, x, 3.65, 1.05, .36)
        write(canvas, x, 3.64, said, FORWARD)
        for low, high in ((1.0, 1.98), (2.42, 3.4)):
            arrow(canvas, (x, low), (x, high))
        write(canvas, x + .12, 2.92, "scores", GREY, SMALL, ha="left")
        write(canvas, x + .12, 1.45, "a vector", GREY, SMALL, ha="left")
        arrow(canvas, (x - 1.1, 2.2), (x - .56, 2.2))
    write(canvas, .3, 3.65, "asked for", GREY, SMALL, ha="left")
    write(canvas, .3, .75, "read", GREY, SMALL, ha="left")
    write(canvas, 4.97, 4.08, r"one $W_x$, one $W_h$, one $b$ for all four steps", PARAMETER)
    return figure


@drawing
def two_readers():
    """Both ways in which a nudge of the blue boat's h_2 reaches the loss, and the sum of both."""
    figure, canvas = panel(3.9)
    _, dh, cache = blue_boat()
    own, later = dh[0, 1], carried(dh, cache)[2]
    for t, x in enumerate((1.05, 2.95, 4.4), 2):
        box(canvas, x, 1.45, .74, .5, LINE if t > 2 else FORWARD)
        write(canvas, x, 1.44, f"$h_{t}$", FORWARD, 13)
        box(canvas, x, 3.05, .95, .4)
        write(canvas, x, 3.04, f"“{SAID[t - 1]}”", FORWARD)
        arrow(canvas, (x - .12, 1.75), (x - .12, 2.8))
        if t > 2:
            arrow(canvas, (x + .12, 2.8), (x + .12, 1.75), GRADIENT)
            start = x - (1.5 if t == 3 else 1.05)
            arrow(canvas, (start, 1.55), (x - .4, 1.55))
    push(canvas, (1.2, 2.8), (1.2, 1.75), own[0])
    push(canvas, (2.55, 1.33), (1.45, 1.33), later[0])
    arrow(canvas, (4.0, 1.33), (3.35, 1.33), GRADIENT)
    write(canvas, 1.36, 2.27, number(own[0]), GRADIENT, ha="left")
    write(canvas, 2.0, 1.12, number(later[0]), GRADIENT)
    write(canvas, 1.05, 3.48, "reader 1: its scores", GREY, SMALL)
    write(canvas, 3.68, 3.48, "reader 2: the next step,\nand so all later scores", GREY, SMALL,
          linespacing=1.3)
    write(canvas, 4.2, .55, f"Nudge unit 1 of $h_2$ by δ: through its scores the loss changes by "
          f"{number(own[0])} δ, through the later steps by {number(later[0])} δ.\n"
          f"Both happen, so the loss changes by {number(own[0] + later[0])} δ.", size=10,
          linespacing=1.5)
    for y, name, row in ((2.75, r"$\bar h_2^{\,\mathrm{own}}$", own),
                         (2.05, r"$\bar a_3 W_h^\top$", later),
                         (1.2, r"$\bar h_2$", own + later)):
        write(canvas, 6.2, y, name, GRADIENT, ha="right")
        cells(canvas, 6.6, y + .19, [row], GRADIENT, .68, .38)
    write(canvas, 6.4, 2.05, "+", INK, 13)
    canvas.plot([5.55, 8.0], [1.62, 1.62], color=INK, lw=1.2)
    write(canvas, 7.28, 3.15, "unit 1      unit 2", GREY, SMALL)
    return figure


WIDE = .075  # of an arrow that carries a gradient of length 1, inches


@drawing
def meeting():
    """The way back through the blue boat's sentence, every gradient as wide as it is long."""
    figure, canvas = panel(5.0)
    _, dh, cache = blue_boat()
    own, later, both = (np.linalg.norm(g, axis=1) for g in (
        dh[0], carried(dh, cache), dh[0] + carried(dh, cache)[1:]))
    to_words = np.linalg.norm(rnn_backward(dh, cache)[0][0], axis=1)
    for t, (x, said, read) in enumerate(zip(COLUMNS, SAID, READ, strict=True)):
        for y, word in ((4.45, said), (.75, read)):
            box(canvas, x, y, 1.05, .36)
            write(canvas, x, y - .01, word, FORWARD)
        push(canvas, (x, 4.22), (x, 3.07), own[t])
        write(canvas, x + .14, 3.7, number(own[t]), GRADIENT, ha="left")
        push(canvas, (x, 2.13), (x, .97), to_words[t])
        write(canvas, x + .14 + WIDE / 2 * to_words[t], 1.7, number(to_words[t]), GRADIENT,
              ha="left")
        canvas.add_patch(Rectangle((x - .42, 2.18), .84, .84, fc=CELL, ec=GRADIENT, lw=2))
        write(canvas, x - .16, 2.78, f"$\\bar h_{t + 1}$", GRADIENT)
        write(canvas, x, 2.4, number(both[t]), GRADIENT, 12)
    for t, x in enumerate((.85, *COLUMNS[:-1])):
        push(canvas, (x + 1.21, 2.6), (x + .46, 2.6), later[t])
        write(canvas, x + .84, 3.12 if later[t] > 2 else 2.86, number(later[t]), GRADIENT)
    write(canvas, .78, 2.6, "$h_0$", FORWARD, 13)
    write(canvas, .72, 2.25, "the picture", GREY, SMALL)
    write(canvas, .3, 4.45, "asked for", GREY, SMALL, ha="left")
    write(canvas, .3, .75, "read", GREY, SMALL, ha="left")
    write(canvas, .3, 3.7, "At $h_1$ the future weighs\n"
          f"{later[1] / own[0]:.0f} times the present.", ha="left", linespacing=1.4)
    return figure


def push(canvas, start, end, length):
    """An arrow of a gradient, its width to scale."""
    width = WIDE * abs(length)
    arrow(canvas, start, end, GRADIENT, width, max(.1, 1.5 * width))


@drawing
def notes():
    """What each step leaves in its cache, and how the way back reads the caches, last first."""
    figure, canvas = panel(4.1)
    write(canvas, .3, 3.42, "there", FORWARD, ha="left")
    write(canvas, .3, 2.2, "cache", INK, ha="left")
    write(canvas, .3, .98, "back", GRADIENT, ha="left")
    for t, x in enumerate((1.55, 2.8, 4.05, 5.3), 1):
        box(canvas, x, 3.42, .8, .44)
        write(canvas, x, 3.41, f"step {t}", FORWARD)
        box(canvas, x, .98, .8, .44, GRADIENT)
        write(canvas, x, .97, f"step {t}", GRADIENT)
        box(canvas, x, 2.2, 1.02, .5, LINE, TINT[FORWARD])
        write(canvas, x, 2.19, f"$x_{t}$  $h_{t - 1}$  $h_{t}$", FORWARD)
        arrow(canvas, (x, 3.16), (x, 2.5))
        arrow(canvas, (x, 1.9), (x, 1.24))
        if t > 1:
            arrow(canvas, (x - .81, 3.42), (x - .44, 3.42))
            arrow(canvas, (x - .44, .98), (x - .81, .98), GRADIENT)
        write(canvas, x + .08, 2.82, f"{t}", GREY, SMALL, ha="left")
        write(canvas, x + .08, 1.58, f"{9 - t}", GREY, SMALL, ha="left")
    write(canvas, 3.42, .48, "The grey numbers are the order in time: what is written last is "
          "read first.", GREY, SMALL)
    write(canvas, 6.1, 3.42, "What the way back asks for", INK, ha="left", size=SMALL)
    for y, name, use in ((2.9, "$h_t$", r"$\bar a_t = \bar h_t \odot (1 - h_t\odot h_t)$"),
                         (2.4, "$x_t$", r"$\bar W_x$ gets $x_t^\top\bar a_t$"),
                         (1.9, "$h_{t-1}$", r"$\bar W_h$ gets $h_{t-1}^\top\bar a_t$"),
                         (1.4, "$W_x$", r"$\bar x_t = \bar a_t W_x^\top$"),
                         (.9, "$W_h$", r"$h_{t-1}$ is sent $\bar a_t W_h^\top$")):
        write(canvas, 6.1, y, name, PARAMETER if "W" in name else FORWARD, ha="left")
        write(canvas, 6.6, y, use, GRADIENT, SMALL, ha="left")
    return figure


def noisy(rho, noise, steps, H, N, rng):
    """Caches of steps that read noise in N sequences, Wh = rho times a rotation."""
    rotation, _ = np.linalg.qr(rng.standard_normal((H, H)))
    x = noise * rng.standard_normal((N, steps, H))
    return rnn_forward(x, np.zeros((N, H)), np.eye(H), rho * rotation, np.zeros(H))[1]


def travelled(rho, noise, steps=30, H=64, N=8, seed=0):
    """Length of a random push carried back over 0 to ``steps`` steps.

    The root of the mean square over N sequences.
    """
    rng = np.random.default_rng(seed)
    cache = noisy(rho, noise, steps, H, N, rng)
    g = rng.standard_normal((N, H))
    g /= np.linalg.norm(g, axis=1, keepdims=True)
    lengths = [1.0]
    for step in reversed(cache):
        _, g, *_ = rnn_step_backward(g, step)
        lengths.append(float(np.sqrt((g**2).sum(axis=1).mean())))
    return np.array(lengths)


def typical_slope(rho, noise, steps=30, H=64, N=8, seed=0):
    """The root of the mean square of the slopes in the same sequences."""
    cache = noisy(rho, noise, steps, H, N, np.random.default_rng(seed))
    return float(np.sqrt(np.mean([(1 - step[-1] ** 2) ** 2 for step in cache])))


RHOS = (2, 1.25, .8)


@drawing
def rulers(measured=False):
    """What powers of rho foretell of a gradient's length, and what is measured."""
    figure, canvas = panel(4.6)
    axes = plot(figure, 1.1, .75, 4.8, 3.35, xlim=(0, 30), ylim=(2e-7, 3e9), yscale="log")
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
    write(canvas, .35, 4.32, "length of the gradient, 1 where it starts", GREY, SMALL, ha="left")
    return figure


@drawing
def wrong_ruler():
    """A matrix whose eigenvalues are .9 makes a row grow fifteenfold before it shrinks."""
    figure, canvas = panel(3.1)
    axes = plot(figure, .8, .7, 4.6, 2.05, xlim=(0, 60), ylim=(0, 17))
    axes.set_xticks([0, 9, 30, 52])
    axes.set_yticks([1, 5, 10, 15])
    steps = np.arange(61)
    M = np.array([[.9, 4], [0, .9]])
    lengths = [np.linalg.norm(np.array([1, 0]) @ np.linalg.matrix_power(M, k)) for k in steps]
    axes.plot(steps, .9**steps, color=GREY, lw=1.8, ls="--")
    axes.plot(steps, lengths, color=GRADIENT)
    axes.plot(9, lengths[9], "o", color=GRADIENT, ms=8, mec=CELL)
    axes.text(13.5, lengths[9] + .4, f"{lengths[9]:.1f} at step 9", color=GRADIENT, va="center")
    axes.text(6, 2.1, "eigenvalues say .9ᵏ", color=GREY, va="center")
    write(canvas, 3.1, .28, "steps k", GREY, SMALL)
    write(canvas, 6.85, 2.2, "M", PARAMETER, 13)
    cells(canvas, 6.3, 1.95, M, PARAMETER, .55, .36, 1)
    write(canvas, .35, 2.92, "length of (1, 0) M$^k$", GREY, SMALL, ha="left")
    return figure


@drawing
def reach():
    """How much of a push is left on its way back to h0 in the trained captioner."""
    log = read_log("reach")
    left = log["left"]
    figure, canvas = panel(3.5)
    axes = plot(figure, 1.0, .75, 5.9, 2.3, xlim=(0, 14), ylim=(.03, 40), yscale="log")
    axes.set_xticks([0, 1, 7, 13, 14])
    axes.set_yticks([.1, 1, 10], [".1", "1", "10"])
    axes.minorticks_off()
    steps = np.arange(15)
    axes.axhline(1, color=LINE, lw=1)
    axes.plot(steps, log["radius"] ** steps, color=GREY, lw=1.8, ls="--")
    axes.plot(steps, left, color=GRADIENT)
    for k, side, up in ((1, 0, .52), (7, 0, 1.6), (13, 0, 1.6), (14, .4, 1.6)):
        axes.plot(k, left[k], "o", color=GRADIENT, ms=7, mec=CELL, clip_on=False)
        axes.text(k + side, left[k] * up, number(left[k], 3), color=GRADIENT,
                  ha="center", va="center")
    axes.text(2.8, 24, f"{log['radius']} to the power of steps, on to hundreds of millions",
              color=GREY, va="center")
    axes.text(14.3, left[-1], "measured", color=GRADIENT, va="center")
    write(canvas, 3.95, .3, "steps back, from the state after word 14 to the picture", GREY, SMALL)
    write(canvas, .35, 3.25, "length of what is left of a push of 1", GREY, SMALL, ha="left")
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
