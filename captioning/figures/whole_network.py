"""Drawings of chapter 8, The captioning network."""

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
    arrow,
    box,
    cells,
    drawing,
    number,
    panel,
    plot,
    write,
)
from captioning.model import CaptioningRNN

WIDE, HIGH = .42, .25  # of a cell, inches
READ, SAID = ("<START>", "a", "blue", "boat"), ("a", "blue", "boat", "<END>")


def grid(canvas, x, y, values, colour, digits=1, wide=WIDE):
    """A matrix as cells with its upper left corner at (x, y)."""
    cells(canvas, x, y, np.atleast_2d(values), colour, wide, HIGH, digits, 9)


@drawing
def seventy_two():
    """Every number of the tiny network, and what it computes of the blue boat."""
    figure, canvas = panel(7.9)
    model, p = tiny.network(), tiny.PARAMETERS
    scores, _ = model.forward(tiny.FEATURES[1:], tiny.CAPTIONS[1:, :-1])
    h = tiny.reading(1)[1][0]
    probabilities = np.exp(scores[0]) / np.exp(scores[0]).sum(axis=1, keepdims=True)
    look(canvas, model, p)
    read(canvas, p, h)
    score(canvas, p, h, probabilities)
    return figure


def look(canvas, model, p):
    """The affine map of the picture, upper left."""
    write(canvas, .4, 7.45, "look", INK, 13, ha="left")
    write(canvas, .4, 7.2, "10 + 2 numbers", GREY, SMALL, ha="left")
    grid(canvas, 2.65, 7.3, p["W_proj"], PARAMETER)
    grid(canvas, 2.65, 5.95, p["b_proj"], PARAMETER)
    grid(canvas, .4, 5.55, tiny.FEATURES[1:], FORWARD, 0)
    grid(canvas, 2.65, 5.55, model.start(tiny.FEATURES[1:])[0], FORWARD)
    write(canvas, 2.55, 6.68, "$W_{proj}$", PARAMETER, ha="right")
    write(canvas, 2.55, 5.82, "$b_{proj}$", PARAMETER, ha="right")
    write(canvas, .4, 5.72, "f: a blue boat is seen", FORWARD, SMALL, ha="left")
    write(canvas, 3.6, 5.42, "$h_0$", FORWARD, ha="left")
    write(canvas, .4, 4.3, "A blue block is the rows to\nits left times the matrix above,\n"
          "plus the row b; then tanh for h,\nwhere the state before it, times\n$W_h$, "
          "is added; softmax below.", GREY, SMALL, ha="left", linespacing=1.6)


def read(canvas, p, h):
    """The table of word vectors and the recurrent steps, upper right."""
    write(canvas, 4.75, 7.62, "read", INK, 13, ha="left")
    write(canvas, 5.25, 7.6, "24 numbers", GREY, SMALL, ha="left")
    write(canvas, 8.05, 7.62, "remember: 6 + 4 + 2", GREY, SMALL, ha="right")
    for k, word in enumerate(tiny.WORDS):
        write(canvas, 4.65, 7.3 - (k + .5) * HIGH, word, GREY, 9, ha="right")
    grid(canvas, 4.75, 7.3, p["W_embed"], PARAMETER)
    write(canvas, 6.1, 6.3, "$W_{embed}$", PARAMETER, SMALL, ha="left")
    for k, word in enumerate(READ):
        write(canvas, 4.65, 4.55 - (k + .5) * HIGH, word, FORWARD, 9, ha="right")
    vectors = np.array(p["W_embed"])[tiny.CAPTIONS[1, :-1]]
    grid(canvas, 4.75, 4.55, vectors, FORWARD)
    arrow(canvas, (5.38, 5.22), (5.38, 4.63), FORWARD)
    write(canvas, 5.5, 4.95, "a row each", GREY, SMALL, ha="left")
    for y, name, label in ((7.3, "Wx", "$W_x$"), (6.4, "Wh", "$W_h$"), (5.75, "b", "b")):
        values = np.atleast_2d(p[name])
        grid(canvas, 7.1, y, values, PARAMETER)
        write(canvas, 7.0, y - len(values) * HIGH / 2, label, PARAMETER, ha="right")
    grid(canvas, 7.1, 4.55, h, FORWARD)
    write(canvas, 6.58, 4.05, "tanh", GREY, SMALL)
    write(canvas, 6.58, 3.78, "step by step", GREY, 9)
    write(canvas, 7.52, 4.68, "h", FORWARD)
    canvas.plot([3.85, 3.95, 3.95], [5.42, 5.42, 3.28], color=FORWARD, lw=2)
    canvas.plot([3.95, 7.52], [3.28, 3.28], color=FORWARD, lw=2)
    arrow(canvas, (7.52, 3.28), (7.52, 3.52), FORWARD)
    write(canvas, 5.3, 3.15, "the picture enters here, and nowhere else", GREY, SMALL)


def score(canvas, p, h, probabilities):
    """The affine map to the vocabulary and what is made of it, below."""
    write(canvas, .4, 2.75, "score", INK, 13, ha="left")
    write(canvas, .4, 2.5, "16 + 8 numbers", GREY, SMALL, ha="left")
    left, wide = 4.3, .47
    for k, word in enumerate(tiny.WORDS):
        write(canvas, left + (k + .5) * wide, 2.87, word.strip("<>"), GREY, 9)
    grid(canvas, left, 2.75, p["W_vocab"], PARAMETER, wide=wide)
    grid(canvas, left, 2.2, p["b_vocab"], PARAMETER, wide=wide)
    write(canvas, left - .1, 2.5, "$W_{vocab}$", PARAMETER, ha="right")
    write(canvas, left - .1, 2.07, "$b_{vocab}$", PARAMETER, ha="right")
    grid(canvas, 2.15, 1.75, h, FORWARD)
    write(canvas, 2.05, 1.25, "h", FORWARD, ha="right")
    write(canvas, 3.64, 1.4, "softmax:", GREY, SMALL)
    write(canvas, 3.64, 1.15, "probabilities", GREY, SMALL)
    grid(canvas, left, 1.75, probabilities, FORWARD, 2, wide)
    for t, word in enumerate(SAID):
        x, y = left + tiny.WORD_TO_IDX[word] * wide, 1.75 - (t + 1) * HIGH
        canvas.add_patch(Rectangle((x, y), wide, HIGH, fc="none", ec=FORWARD, lw=2))
    write(canvas, 8.06, .5, "outlined: the word that is asked for, the likeliest of its row",
          GREY, SMALL, ha="right")


@drawing
def mirror():
    """Forward downwards, backward upwards: each layer's two halves share a cache."""
    figure, canvas = panel(5.6)
    for x, colour, title, bar, of in ((.3, FORWARD, "forward", "", ""),
                                      (4.55, GRADIENT, "backward", r"\bar ", "gradients of ")):
        middle = x + 1.77
        write(canvas, middle, 5.3, title, colour, 13)
        layer(canvas, x + .84, 4.2, "affine", "$W_{proj}$, $b_{proj}$", colour, 1.68)
        layer(canvas, x + 2.7, 4.2, "word embedding", "$W_{embed}$", colour, 1.68)
        layer(canvas, middle, 3.02, "recurrence", of + "$W_x$, $W_h$, $b$", colour)
        layer(canvas, middle, 1.84, "temporal affine", of + "$W_{vocab}$, $b_{vocab}$", colour)
        layer(canvas, middle, .66, "masked softmax", "the loss" if not bar else "", colour)
        for at, y, name in ((x + .84, 4.2, f"${bar}h_0$ (N, H)"), (x + 2.7, 4.2,
                            f"${bar}x$ (N, T, E)"), (middle, 3.02, f"${bar}h$ (N, T, H)"),
                            (middle, 1.84, f"${bar}s$ (N, T, V)")):
            ends = [(at, y - .3), (at, y - .88)]
            arrow(canvas, *(ends[::-1] if bar else ends), colour)
            write(canvas, at + .12, y - .58, name, colour, SMALL, ha="left")
    for y in (3.02, 1.84):
        canvas.plot([3.55, 4.85], [y, y], color=LINE, lw=1.5, ls="--")
        write(canvas, 4.2, y + .13, "cache", GREY, SMALL)
    write(canvas, 4.2, 4.78, "a cache each", GREY, SMALL)
    arrow(canvas, (3.66, .66), (4.79, .66), GRADIENT)
    arrow(canvas, (1.14, 5.1), (1.14, 4.52))
    write(canvas, 1.26, 4.98, "f (N, F)", FORWARD, SMALL, ha="left")
    arrow(canvas, (5.39, 4.52), (5.39, 5.1), GRADIENT)
    write(canvas, 5.51, 4.98, "$\\bar f$ (N, F)", GRADIENT, SMALL, ha="left")
    return figure


def layer(canvas, x, y, name, below, colour, width=2.8):
    """A layer as a box, with what it holds or gives in a second line."""
    box(canvas, x, y, width, .56)
    write(canvas, x, y + (.11 if below else 0), name, colour)
    write(canvas, x, y - .14, below, GREY if below == "the loss" else PARAMETER, SMALL)


@drawing
def first_loss():
    """What an untrained word costs beyond ln V, against half the mean square of the states."""
    figure, canvas = panel(3.5)
    axes = plot(figure, 1.0, .75, 4.6, 2.3, xlim=(0, .4), ylim=(0, .4))
    axes.set_xticks([0, .2, .4], ["0", ".2", ".4"])
    axes.set_yticks([0, .2, .4], ["0", ".2", ".4"])
    axes.plot([0, .4], [0, .4], color=GREY, ls="--", lw=1.8)
    for scale in (.3, .6, 1, 2, 4, 7, 12):
        axes.plot(*excess(scale), "o", color=FORWARD, ms=9, mec=CELL)
    axes.text(.41, .4, "v / 2, as derived", color=GREY, va="center")
    axes.text(.41, .27, "measured: loss per word\nless ln V; each dot a\nnetwork of its own,\n"
              "never trained", color=FORWARD, va="center", linespacing=1.4)
    write(canvas, 3.3, .3, "half the mean square of the states, v / 2", GREY, SMALL)
    write(canvas, 1.0, 3.2, "what a word costs beyond ln V", GREY, SMALL, ha="left")
    return figure


def excess(scale, N=300, T=6, V=1000):
    """Half the mean square of the states, and the loss of a word beyond ln V.

    Of a network as it is first drawn, but for what feeds the states, multiplied by ``scale``.
    """
    rng = np.random.default_rng(0)
    words = {"<NULL>": 0} | {f"word {k}": k for k in range(1, V)}
    model = CaptioningRNN(words, 10, 12, 64, dtype=np.float64, rng=rng)
    for name in ("W_proj", "W_embed", "Wx"):
        model.params[name] *= scale
    captions, features = rng.integers(1, V, size=(N, T + 1)), rng.standard_normal((N, 10))
    _, caches = model.forward(features, captions[:, :-1])
    squares = [(step[4] ** 2).mean() for step in caches[4]]  # of next_h at each step
    return np.mean(squares) / 2, model.loss(features, captions)[0] / T - np.log(V)


@drawing
def between():
    """What the tiny network says of a picture between its two boats."""
    figure, canvas = panel(3.5)
    axes = plot(figure, .8, .6, 5.0, 2.45, xlim=(0, 1), ylim=(0, 1))
    axes.set_xticks([0, .5, 1], ["the red boat", "halfway", "the blue boat"])
    axes.set_yticks([0, 1])
    shares = np.linspace(0, 1, 101)
    probabilities = np.array([colours(share) for share in shares])
    axes.plot(shares, probabilities[:, 0], color=INK)
    axes.plot(shares, probabilities[:, 1], color=FORWARD)
    axes.text(.06, .84, "says “red”", color=INK)
    axes.text(1.02, probabilities[-1, 1], "says “blue”", color=FORWARD, va="center")
    axes.plot([.5, .5], [0, probabilities[50, 0]], color=GREY, lw=1, ls=":")
    axes.text(.48, .45, f"halfway: {number(probabilities[50, 0])} for “red”,\n"
              f"{number(probabilities[50, 1])} for “blue”", color=GREY, va="center", ha="right",
              linespacing=1.5)
    write(canvas, .8, 3.2, "probability of the second word", GREY, SMALL, ha="left")
    write(canvas, 6.1, 1.5, "Halfway is not\nhalf and half.",
          ha="left", linespacing=1.5)
    return figure


def colours(share):
    """Probabilities of "red" and "blue" after "a", for so large a share of the blue boat."""
    model = tiny.network()
    state = model.start((1 - share) * tiny.FEATURES[:1] + share * tiny.FEATURES[1:])
    for word in ("<START>", "a"):
        log_probs, state = model.step(np.array([tiny.WORD_TO_IDX[word]]), state)
    return np.exp(log_probs[0, [tiny.WORD_TO_IDX["red"], tiny.WORD_TO_IDX["blue"]]])
