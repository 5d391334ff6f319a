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
from captioning.layers import log_softmax, temporal_affine_backward, temporal_softmax_loss
from captioning.model import CaptioningRNN
from captioning.rnn import rnn_backward

WIDE, HIGH = .46, .25  # of a cell, inches
BOAT = tiny.FEATURES[1:]  # the blue one
READ, SAID = ("<START>", "a", "blue", "boat"), ("a", "blue", "boat", "<END>")


def grid(canvas, x, y, values, colour, digits=1, wide=WIDE):
    """A matrix as cells with its upper left corner at (x, y)."""
    cells(canvas, x, y, np.atleast_2d(values), colour, wide, HIGH, digits, 9)


@drawing
def seventy_two():
    """Every number of the tiny network, and what it computes of the blue boat."""
    model, p = tiny.network(), tiny.PARAMETERS
    scores, _ = model.forward(BOAT, tiny.CAPTIONS[1:, :-1])
    exps = np.exp(scores[0])
    values = p | dict(f=BOAT, h0=model.start(BOAT)[0], h=tiny.reading(1)[1][0],
                      x=np.array(p["W_embed"])[tiny.CAPTIONS[1, :-1]],
                      s=exps / exps.sum(axis=1, keepdims=True))
    canvas, figure = everything(values, FORWARD, PARAMETER, "", (1, 2))
    write(canvas, .4, 4.3, "$h_0$ is f times $W_{proj}$, plus $b_{proj}$;\nx, rows of $W_{embed}$; "
          "a row of h, tanh of\nthe row of x times $W_x$, plus the row\nbefore times $W_h$, plus b."
          " Scores: h\ntimes $W_{vocab}$, plus $b_{vocab}$.", GREY, SMALL, ha="left",
          linespacing=1.6)
    canvas.plot([3.62, 3.95, 3.95], [5.42, 5.42, 3.28], color=FORWARD, lw=2)
    canvas.plot([3.95, 8.22, 8.22], [3.28, 3.28, 4.43], color=FORWARD, lw=2)
    arrow(canvas, (8.22, 4.43), (8.03, 4.43), FORWARD)
    arrow(canvas, (5.38, 5.22), (5.38, 4.63), FORWARD)
    write(canvas, 5.5, 4.95, "a row each", GREY, SMALL, ha="left")
    write(canvas, 5.3, 3.13, "the picture enters here, and nowhere else", GREY, SMALL)
    write(canvas, 6.62, 3.8, "tanh,\nstep by step", GREY, 9)
    arrow(canvas, (6.2, 4.04), (7.04, 4.04), FORWARD)
    arrow(canvas, (3.12, 1.25), (4.2, 1.25), FORWARD)
    write(canvas, 8.06, .42, "outlined: the word that is asked for, the likeliest of its row",
          GREY, SMALL, ha="right")
    return figure


@drawing
def seventy_two_back():
    """The same page with the gradient of every number, for the blue boat's caption."""
    model = tiny.network()
    scores, caches = model.forward(BOAT, tiny.CAPTIONS[1:, :-1])
    _, ds = temporal_softmax_loss(scores, tiny.CAPTIONS[1:, 1:], np.ones((1, 4)))
    grads, df = model.backward(ds, caches)
    dh, _, _ = temporal_affine_backward(ds, caches[6])
    dx, dh0, *_ = rnn_backward(dh, caches[4])
    values = grads | dict(f=df, h0=dh0, h=dh[0], x=dx[0], s=ds[0])
    canvas, figure = everything(values, GRADIENT, GRADIENT, r"\bar ", (2, 2))
    write(canvas, .4, 4.25, "Start at the lower right. A block\nsends its gradient to the left,\n"
          "through the matrix above it,\nand up into that matrix, weighed\nby the rows to its "
          "left.", GREY, SMALL, ha="left", linespacing=1.6)
    canvas.plot([8.04, 8.22, 8.22, 3.95], [4.43, 4.43, 3.28, 3.28], color=GRADIENT, lw=2)
    canvas.plot([3.95, 3.95], [3.28, 5.42], color=GRADIENT, lw=2)
    arrow(canvas, (3.96, 5.42), (3.6, 5.42), GRADIENT)
    arrow(canvas, (5.38, 4.63), (5.38, 5.22), GRADIENT)
    write(canvas, 5.5, 4.95, "added to its row", GREY, SMALL, ha="left")
    write(canvas, 5.3, 3.13, "back to the picture, through every word", GREY, SMALL)
    write(canvas, 6.62, 3.8, "back,\nstep by step", GREY, 9)
    arrow(canvas, (7.04, 4.04), (6.2, 4.04), GRADIENT)
    arrow(canvas, (4.2, 1.25), (3.12, 1.25), GRADIENT)
    write(canvas, 8.06, .42, "outlined: the right word, the negative entry of its row", GREY,
          SMALL, ha="right")
    return figure


def _parts(canvas):
    """Name the four parts of the network, each with how many numbers it has."""
    for x, name, count in ((.4, "look", "10 + 2"), (4.75, "read", "24"), (6.65, "remember", "12")):
        write(canvas, x, 7.6, name, INK, 13, ha="left")
        write(canvas, x + (1.0 if name == "remember" else .6), 7.6, count, GREY, SMALL, ha="left")
    write(canvas, .4, 2.75, "score", INK, 13, ha="left")
    write(canvas, 1.05, 2.75, "16 + 8", GREY, SMALL, ha="left")


def _name_rows(canvas, top, words, colour):
    """Write a word before each row of a grid of word vectors."""
    for k, word in enumerate(words):
        write(canvas, 4.65, top - (k + .5) * HIGH, word, colour, 9, ha="right")


def _ask(canvas, left, top, wide, colour):
    """Frame, in each row of scores, that of the word that is asked for."""
    for t, word in enumerate(SAID):
        x, y = left + tiny.WORD_TO_IDX[word] * wide, top - (t + 1) * HIGH
        canvas.add_patch(Rectangle((x, y), wide, HIGH, fc="none", ec=colour, lw=2))


def everything(values, colour, parameter, bar, digits):
    """Lay out eight parameters and what is computed with them, or the gradients of both.

    Parameters
    ----------
    values : dict of str to array
        The eight parameters by name, and f, h0, x, h and s.
    colour, parameter : str
        Of what is computed, and of the parameters.
    bar : str
        Goes before each name.
    digits : tuple of int
        Of all numbers, and of those in the table of words.

    Returns
    -------
    canvas, figure
    """
    figure, canvas = panel(7.9)
    few, many = digits
    _parts(canvas)

    def block(name, x, y, symbol, shape, tint=parameter, wide=WIDE, label=None, digits=few):
        rows = np.atleast_2d(values[name])
        grid(canvas, x, y, rows, tint, digits, wide)
        at = label or (x - .1, y - len(rows) * HIGH / 2 + .09 * bool(len(rows) > 1))
        side = "right" if at[0] < x else "left"
        write(canvas, *at, f"${bar}{symbol}$", tint, ha=side)
        letters = sum(letter.isalpha() for letter in symbol)
        gap = (0, -.23) if len(rows) > 1 else (-.14 - .075 * letters, 0)
        write(canvas, at[0] + gap[0], at[1] + gap[1], shape, GREY, 9, ha=side)

    block("W_proj", 2.65, 7.3, "W_{proj}", "(5, 2)")
    block("b_proj", 2.65, 5.95, "b_{proj}", "(2,)")
    grid(canvas, .38, 5.55, values["f"], colour, 0 if few == 1 else 2, .445)
    write(canvas, .4, 5.15, f"${bar}f$", colour, ha="left")
    write(canvas, .66, 5.15, "(1, 5): a blue boat", GREY, 9, ha="left")
    grid(canvas, 2.65, 5.55, values["h0"], colour, few)
    write(canvas, 2.65, 5.15, f"${bar}h_0$", colour, ha="left")
    write(canvas, 2.95, 5.15, "(1, 2)", GREY, 9, ha="left")
    _name_rows(canvas, 7.3, tiny.WORDS, GREY)
    block("W_embed", 4.75, 7.3, "W_{embed}", "(8, 3)", label=(6.18, 7.17))
    _name_rows(canvas, 4.55, READ, colour)
    block("x", 4.75, 4.55, "x", "(1, 4, 3)", colour, label=(6.18, 4.46))
    for y, name, symbol, shape in ((7.3, "Wx", "W_x", "(3, 2)"), (6.4, "Wh", "W_h", "(2, 2)"),
                                   (5.75, "b", "b", "(2,)")):
        block(name, 7.1, y, symbol, shape)
    block("h", 7.1, 4.55, "h", "", colour, label=(7.12, 4.72))
    write(canvas, 7.35, 4.72, "(1, 4, 2)", GREY, 9, ha="left")
    left, wide = 4.3, .47
    for k, word in enumerate(tiny.WORDS):
        write(canvas, left + (k + .5) * wide, 2.87, word.strip("<>"), GREY, 9)
    block("W_vocab", left, 2.75, "W_{vocab}", "(2, 8)", wide=wide)
    block("b_vocab", left, 2.2, "b_{vocab}", "(8,)", wide=wide, label=(left - .1, 2.075))
    block("h", 2.15, 1.75, "h", "(1, 4, 2)", colour)
    grid(canvas, left, 1.75, values["s"], colour, many, wide)
    write(canvas, 3.66, 1.45, f"${bar}s$" if bar else "softmax", colour if bar else GREY,
          TYPE if bar else SMALL)
    write(canvas, 3.66, 1.05, "(1, 4, 8)", GREY, 9)
    _ask(canvas, left, 1.75, wide, colour)
    return canvas, figure


@drawing
def mirror():
    """Forward downwards, backward upwards: each layer's two halves share a cache."""
    figure, canvas = panel(5.75)
    for x, colour, title, bar in ((.3, FORWARD, "forward", ""),
                                  (4.55, GRADIENT, "backward", r"\bar ")):
        middle, gives = x + 1.77, PARAMETER if not bar else GRADIENT
        write(canvas, middle, 5.45, title, colour, 13)
        for at, y, name, of, width in (
                (x + .84, 4.2, "affine", ("W_{proj}", "b_{proj}"), 1.68),
                (x + 2.7, 4.2, "word embedding", ("W_{embed}",), 1.68),
                (middle, 3.02, "recurrence", ("W_x", "W_h", "b"), 2.8),
                (middle, 1.84, "temporal affine", ("W_{vocab}", "b_{vocab}"), 2.8)):
            layer(canvas, at, y, name, ",  ".join(f"${bar}{letter}$" for letter in of), colour,
                  gives, width)
        for at, y, name in ((x + .84, 4.2, f"${bar}h_0$ (N, H)"), (x + 2.7, 4.2,
                            f"${bar}x$ (N, T, E)"), (middle, 3.02, f"${bar}h$ (N, T, H)"),
                            (middle, 1.84, f"${bar}s$ (N, T, V)")):
            ends = [(at, y - .3), (at, y - .88)]
            arrow(canvas, *(ends[::-1] if bar else ends), colour)
            write(canvas, at + .12, y - .58, name, colour, SMALL, ha="left")
    layer(canvas, 2.07, .66, "masked softmax", "the loss, a number", FORWARD, GREY)
    layer(canvas, 6.32, .66, "masked softmax", "p − one-hot, masked, over N", GRADIENT, GREY)
    for y in (3.02, 1.84):
        canvas.plot([3.55, 4.85], [y, y], color=LINE, lw=1.5, ls="--")
        write(canvas, 4.2, y + .13, "cache", GREY, SMALL)
    write(canvas, 4.2, 4.2, "a cache\neach", GREY, SMALL, linespacing=1.3)
    arrow(canvas, (3.55, .66), (4.85, .66), GRADIENT)
    arrow(canvas, (1.14, 5.1), (1.14, 4.52))
    write(canvas, 1.26, 4.9, "f (N, F)", FORWARD, SMALL, ha="left")
    arrow(canvas, (3.0, 5.1), (3.0, 4.52))
    write(canvas, 3.12, 4.9, "read (N, T)", FORWARD, SMALL, ha="left")
    arrow(canvas, (.32, .66), (.62, .66))
    write(canvas, .42, 1.12, "asked,\nmask\n(N, T)", FORWARD, SMALL, linespacing=1.3)
    arrow(canvas, (5.39, 4.52), (5.39, 5.1), GRADIENT)
    write(canvas, 5.51, 4.9, "$\\bar f$ (N, F)", GRADIENT, SMALL, ha="left")
    write(canvas, 7.25, 4.72, "words: no gradient", GREY, SMALL)
    return figure


@drawing
def one_step_on():
    """Learning, it reads a person's words; speaking, its own; either way it says the next."""
    figure, canvas = panel(4.5)
    model, wide = tiny.network(), .93
    scores, _ = model.forward(BOAT, tiny.CAPTIONS[1:, :-1])
    exps = np.exp(scores[0])
    for left, title, above, below, own in (
            (.75, "learning", "asked: captions[:, 1:]", "read: captions[:, :-1]", False),
            (4.75, "speaking", "said: the likeliest word", "read: what it said", True)):
        middle = left + 1.5 * wide
        write(canvas, middle, 4.1, title, INK, 13)
        write(canvas, middle, 3.72, above, FORWARD, SMALL)
        write(canvas, middle, .72, below, FORWARD, SMALL)
        for t, (word, next_word) in enumerate(zip(READ, SAID, strict=True)):
            x = left + wide * t
            word_cell(canvas, x, 1.1, word, INK)
            word_cell(canvas, x, 3.3, next_word, FORWARD)
            box(canvas, x, 2.2, .26, .5, FORWARD)
            arrow(canvas, (x, 1.3), (x, 1.93))
            arrow(canvas, (x, 2.47), (x, 3.1))
            if not own:
                p = exps[t, tiny.WORD_TO_IDX[next_word]] / exps[t].sum()
                write(canvas, x - .07, 2.75, number(p), FORWARD, 9, ha="right")
            if t == 3:
                continue
            arrow(canvas, (x + .15, 2.2), (x + wide - .15, 2.2))
            if own:
                arrow(canvas, (x + .16, 3.12), (x + wide - .2, 1.28), width=.012, head=.11)
            else:
                canvas.plot([x + .16, x + wide - .2], [3.1, 1.3], color=GREY, lw=1.4,
                            ls=(0, (2, 3)))
        write(canvas, left - .38, 2.42, "$h_0$", FORWARD, SMALL)
        arrow(canvas, (left - .5, 2.2), (left - .15, 2.2))
    for x, text in ((.75 + 1.5 * wide, "dotted: the same word, one place on"),
                    (4.75 + 1.5 * wide, "what it says is what it reads next")):
        write(canvas, x, .4, text, GREY, SMALL)
    return figure


def word_cell(canvas, x, y, word, colour):
    """A word in a box."""
    box(canvas, x, y, .82, .34)
    write(canvas, x, y - .01, word, colour, SMALL)


def layer(canvas, x, y, name, below, colour, second, width=2.8):
    """A layer as a box, with what it holds or gives in a second line."""
    box(canvas, x, y, width, .6)
    write(canvas, x, y + .12, name, colour)
    write(canvas, x, y - .14, below, second, SMALL)


@drawing
def first_loss():
    """What an untrained word costs beyond ln V, against half the mean square of the states."""
    figure, canvas = panel(3.5)
    axes = plot(figure, 1.0, .75, 4.6, 2.3, xlim=(0, .4), ylim=(0, .4))
    axes.set_xticks([0, .2, .4], ["0", ".2", ".4"])
    axes.set_yticks([0, .2, .4], ["0", ".2", ".4"])
    axes.plot([0, .4], [0, .4], color=GREY, ls="--", lw=1.8)
    for scale in (.3, 1, 2, 6, 12):
        for start in range(8):
            axes.plot(*excess(scale, start)[:2], "o", color=FORWARD, ms=5, mec=CELL, mew=.5)
    axes.text(.41, .4, "v / 2, as derived", color=GREY, va="center")
    axes.text(.41, .27, "measured: loss per word\nless log V; each dot a\nnetwork of its own,\n"
              "never trained", color=FORWARD, va="center", linespacing=1.4)
    write(canvas, 3.3, .3, "half the mean square of the states, v / 2", GREY, SMALL)
    write(canvas, 1.0, 3.2, "what a word costs beyond log V", GREY, SMALL, ha="left")
    return figure


def excess(scale, start=0, N=150, T=6, V=1000):
    """Half the mean square of the states, and the loss of a word beyond log V.

    Of a network as it is first drawn, but for what feeds the states, multiplied by ``scale``.
    The third number is how far the words that are asked for happen to lie below the mean of all
    scores; it is what the second differs from the first by.
    """
    rng = np.random.default_rng(start)
    words = {"<NULL>": 0} | {f"word {k}": k for k in range(1, V)}
    model = CaptioningRNN(words, 10, 12, 64, dtype=np.float64, rng=rng)
    for name in ("W_proj", "W_embed", "Wx"):
        model.params[name] *= scale
    captions, features = rng.integers(1, V, size=(N, T + 1)), rng.standard_normal((N, 10))
    scores, caches = model.forward(features, captions[:, :-1])
    squares = [(step[4] ** 2).mean() for step in caches[4]]  # of next_h at each step
    right = np.take_along_axis(scores, captions[:, 1:, None], axis=2)
    cost = -np.take_along_axis(log_softmax(scores), captions[:, 1:, None], axis=2).mean()
    return np.mean(squares) / 2, cost - np.log(V), scores.mean() - right.mean()


@drawing
def between():
    """What the tiny network says of a picture between its two boats."""
    figure, canvas = panel(3.5)
    axes = plot(figure, .8, .6, 6.2, 2.45, xlim=(0, 1), ylim=(0, 1))
    axes.set_xticks([0, .5, .8, 1], ["the red boat", "halfway", ".8", "the blue boat"])
    axes.set_yticks([0, 1])
    shares = np.linspace(0, 1, 101)
    probabilities = np.array([colours(share) for share in shares])
    axes.plot(shares, probabilities[:, 0], color=INK)
    axes.plot(shares, probabilities[:, 1], color=FORWARD)
    axes.text(.06, .84, "“red”", color=INK)
    axes.text(1.02, probabilities[-1, 1], "“blue”", color=FORWARD, va="center")
    axes.plot([.5, .5], [0, probabilities[50, 0]], color=GREY, lw=1, ls=":")
    axes.text(.48, .45, f"halfway: {number(probabilities[50, 0])} for “red”,\n"
              f"{number(probabilities[50, 1])} for “blue”", color=GREY, va="center", ha="right",
              linespacing=1.5)
    write(canvas, .8, 3.2, "probability of the second word", GREY, SMALL, ha="left")
    return figure


def colours(share):
    """Probabilities of "red" and "blue" after "a", for so large a share of the blue boat."""
    model = tiny.network()
    state = model.start((1 - share) * tiny.FEATURES[:1] + share * tiny.FEATURES[1:])
    for word in ("<START>", "a"):
        log_probs, state = model.step(np.array([tiny.WORD_TO_IDX[word]]), state)
    return np.exp(log_probs[0, [tiny.WORD_TO_IDX["red"], tiny.WORD_TO_IDX["blue"]]])
