"""Drawings of chapter 7, Scores and loss."""

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
    cells,
    drawing,
    number,
    panel,
    plot,
    write,
)
from captioning.layers import (
    log_softmax,
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss,
)
from captioning.logs import read_log

BLUE = tiny.WORD_TO_IDX["blue"]
SECOND = 1  # the blue boat's second word, "blue"


def tiny_states():
    """Read both boats' captions with the tiny network.

    Returns
    -------
    h : ndarray, (2, 4, 2)
        The hidden states after each word read.
    y : ndarray of int, (2, 4)
        The words that are asked for.
    w : ndarray, (2, 8)
    b : ndarray, (8,)
        The parameters that turn a state into scores.
    """
    p = tiny.network().params
    h = np.concatenate([tiny.reading(picture)[1] for picture in (0, 1)])
    return h, tiny.CAPTIONS[:, 1:], p["W_vocab"], p["b_vocab"]


# ---------------------------------------------------------------- the affine layer

AT, TOP, WIDE, HIGH = 3.3, 2.72, .6, .26  # upper left corner of the scores, and their cells


@drawing
def scores_forward():
    """Both captions' states, unfolded to eight rows, times one matrix: eight rows of scores."""
    h, y, w, b = tiny_states()
    figure, canvas = panel(4.35)
    scores, _ = temporal_affine_forward(h, w, b)
    _frame(canvas, y, FORWARD, PARAMETER, ("x", "w", "b", "o"))
    cells(canvas, AT - 1.35, TOP, h.reshape(8, 2), FORWARD, .52, HIGH, 2)
    cells(canvas, AT, TOP + 1.15, w, PARAMETER, WIDE, HIGH, 1)
    cells(canvas, AT, TOP + .52, b[None], PARAMETER, WIDE, HIGH, 1)
    cells(canvas, AT, TOP, scores.reshape(8, 8), FORWARD, WIDE, HIGH, 2)
    _mark(canvas, y, FORWARD)
    write(canvas, AT + 4 * WIDE, .27, "framed: the score of the word that is asked for", GREY,
          SMALL)
    return figure


@drawing
def scores_backward():
    """The drawing of the forward pass with every number replaced by its gradient."""
    h, y, w, b = tiny_states()
    figure, canvas = panel(4.35)
    scores, cache = temporal_affine_forward(h, w, b)
    _, dscores = temporal_softmax_loss(scores, y, np.ones(y.shape, dtype=bool))
    dh, dw, db = temporal_affine_backward(dscores, cache)
    _frame(canvas, y, GRADIENT, GRADIENT, (r"$\bar x$", r"$\bar w$", r"$\bar b$", r"$\bar o$"))
    cells(canvas, AT - 1.35, TOP, dh.reshape(8, 2), GRADIENT, .52, HIGH, 2)
    cells(canvas, AT, TOP + 1.15, dw, GRADIENT, WIDE, HIGH, 2)
    cells(canvas, AT, TOP + .52, db[None], GRADIENT, WIDE, HIGH, 2)
    cells(canvas, AT, TOP, dscores.reshape(8, 8), GRADIENT, WIDE, HIGH, 3)
    _mark(canvas, y, GRADIENT)
    write(canvas, AT + 4 * WIDE, .27, r"$\bar b$ is the sum of each column of $\bar o$; "
          r"$\bar w$ weighs the rows with $x$", GREY, SMALL)
    return figure


def _frame(canvas, y, colour, parameter, names):
    """Write what both directions share: words, names, the brackets of the two captions."""
    for v, word in enumerate(tiny.WORDS):
        write(canvas, AT + WIDE * (v + .5), TOP + 1.32, word, GREY, 9)
    for k, word in enumerate(tiny.CAPTIONS[:, :-1].ravel()):
        write(canvas, AT - 1.42, TOP - HIGH * (k + .5), tiny.WORDS[word], INK, SMALL, ha="right")
    for n, name in enumerate(("red boat", "blue boat")):
        top, bottom = TOP - HIGH * (4 * n) - .03, TOP - HIGH * (4 * n + 4) + .03
        canvas.plot([1.2, 1.13, 1.13, 1.2], [top, top, bottom, bottom], color=LINE, lw=1.5)
        write(canvas, 1.06, (top + bottom) / 2, name, GREY, SMALL, ha="right")
    write(canvas, AT - .82, TOP + .15, names[0], colour)
    write(canvas, AT - .2, TOP + .89, names[1], parameter)
    write(canvas, AT - .2, TOP + .39, names[2], parameter)
    write(canvas, AT - .13, TOP - 4 * HIGH, names[3], colour)
    for x, y_, shape in ((AT - .82, TOP - 8 * HIGH - .16, "(8, 2), was (2, 4, 2)"),
                         (AT - .55, TOP + .89, "(2, 8)"), (AT - .55, TOP + .39, "(8,)"),
                         (AT + 4 * WIDE, TOP - 8 * HIGH - .16, "(8, 8), becomes (2, 4, 8)")):
        write(canvas, x, y_, shape, GREY, 9)


def _mark(canvas, y, colour):
    for k, v in enumerate(y.ravel()):
        canvas.add_patch(Rectangle((AT + WIDE * v, TOP - HIGH * (k + 1)), WIDE, HIGH, fc="none",
                                   ec=colour, lw=1.6))


# ---------------------------------------------------------------- softmax and loss

@drawing
def to_loss():
    """From the blue boat's scores to the loss of its second word, every number."""
    h, y, w, b = tiny_states()
    s = (h[1, SECOND] @ w + b)[None]
    shifted = s - s.max()
    p = np.exp(log_softmax(s))
    figure, canvas = panel(3.5)
    top, step = 2.85, .28
    columns = ((1.35, s, "score s", 2), (2.65, shifted, f"s − {number(s.max())}", 2),
               (3.95, np.exp(shifted), "exp", 4),
               (5.25, p, "p = exp / sum", 4))
    for x, values, name, digits in columns:
        cells(canvas, x, top, values.T, FORWARD, .72, step, digits)
        write(canvas, x + .36, top + .2, name, FORWARD, SMALL)
    for v, word in enumerate(tiny.WORDS):
        y = top - step * (v + .5)
        write(canvas, 1.27, y, word, INK, SMALL, ha="right",
              weight="bold" if v == BLUE else "normal")
        if p[0, v] > .005:  # a smaller one would be thinner than a line
            canvas.add_patch(Rectangle((6.2, y - .09), 1.7 * p[0, v], .18, fc=FORWARD,
                                       ec="none"))
    for x, _, _, _ in columns:
        canvas.add_patch(Rectangle((x, top - step * (BLUE + 1)), .72, step, fc="none",
                                   ec=FORWARD, lw=1.6))
    for x in (2.1, 3.4, 4.7):
        arrow(canvas, (x + .04, top - 4 * step), (x + .48, top - 4 * step))
    canvas.plot([6.2, 7.9], [top + .06] * 2, color=LINE, lw=1.2)
    for share in (0, 1):
        write(canvas, 6.2 + 1.7 * share, top + .2, str(share), GREY, SMALL)
    low = top - 8 * step - .22
    write(canvas, 4.31, low, f"sum {number(np.exp(shifted).sum(), 4)}", GREY, SMALL, va="top")
    write(canvas, 5.61, low, "sum 1", GREY, SMALL, va="top")
    write(canvas, 6.2, low - .08, f"loss: −log p = {number(-np.log(p[0, BLUE]), 4)}", INK,
          ha="left")
    return figure


@drawing
def tug():
    """Two terms of the loss pull at the scores; together they pull one up and the others down."""
    h, y, w, b = tiny_states()
    p = np.exp(log_softmax(h[1:2, SECOND] @ w + b))[0]
    onehot = np.eye(len(p))[BLUE]
    figure, canvas = panel(4.1)
    for v, word in enumerate(tiny.WORDS):
        write(canvas, 1.2, 3.05 - .25 * v, word, INK, SMALL, ha="right",
              weight="bold" if v == BLUE else "normal")
    for x, values, of in ((1.4, p, "from log Z\nevery score, by its p"),
                          (4.75, -onehot, "from −s at “blue”\nthe right one, by 1"),
                          (6.6, p - onehot, "together\np − one-hot")):
        _pulls(canvas, x, values, of)
    for x, sign in ((3.1, "+"), (5.65, "=")):
        write(canvas, x, 2.15, sign, INK, 16)
    x, y = 6.6, .6
    for side in (-1, 1):
        arrow(canvas, (x, y), (x + .75 * side, y), GRADIENT, .08, .2)
    canvas.plot([x] * 2, [y - .14, y + .14], color=INK, lw=1.5)
    write(canvas, x - .84, y, f"the truth\n{number(p[BLUE] - 1, 3)}", GRADIENT, SMALL, ha="right",
          linespacing=1.3)
    write(canvas, x + .84, y, f"the rest\n{number(1 - p[BLUE], 3)}", GRADIENT, SMALL, ha="left",
          linespacing=1.3)
    write(canvas, .6, .6, "Learning lowers a score with a positive entry\nand lifts one with a "
          "negative entry.", GREY, SMALL, ha="left", linespacing=1.4)
    return figure


def _pulls(canvas, x, values, of):
    """Draw the gradient that one term gives to each of eight scores, and its sum."""
    unit, top = 1.25, 3.05
    write(canvas, x + .5 * unit * (values.min() + values.max()), 3.6, of, GRADIENT, SMALL,
          linespacing=1.4)
    canvas.plot([x] * 2, [top - 7 * .25 - .15, top + .15], color=LINE, lw=1.2)
    for v, value in enumerate(values):
        y, digits = top - .25 * v, 3 if value % 1 else 0
        canvas.add_patch(Rectangle((x + min(0, unit * value), y - .08), abs(unit * value), .16,
                                   fc=GRADIENT, ec="none"))
        write(canvas, x + max(0, unit * value) + .06, y, number(value, digits), GRADIENT, SMALL,
              ha="left")
    write(canvas, x, .98, f"sum {number(values.sum(), 0)}", INK, SMALL)


# ---------------------------------------------------------------- the mask

def padded_boat():
    """Read the blue boat's caption and two places of padding with the tiny network.

    Returns
    -------
    scores : ndarray, (1, 6, 8)
    y : ndarray of int, (1, 6)
        The words that are asked for, the last two ``<NULL>``.
    """
    captions = np.pad(tiny.CAPTIONS[1:], ((0, 0), (0, 2)))
    scores, _ = tiny.network().forward(tiny.FEATURES[1:], captions[:, :-1])
    return scores, captions[:, 1:]


@drawing
def masked():
    """Six places, two of them padding: the mask takes the two out of the loss and the gradient."""
    scores, y = padded_boat()
    figure, canvas = panel(3.8)
    everywhere = temporal_softmax_loss(scores, y, np.ones(y.shape))[1][0]
    losses, y = -log_softmax(scores)[0, np.arange(6), y[0]], y[0]
    mask = y != 0
    top, high, left = 2.55, .29, 2.98
    heads = ((.8, "asked for", INK), (1.5, "loss", FORWARD), (2.02, "mask", GREY),
             (2.56, "product", FORWARD), (4.58, "p − one-hot, at each place", GRADIENT),
             (6.47, "mask", GREY), (7.45, "product", GRADIENT))
    for x, text, colour in heads:
        write(canvas, x, 3.42, text, colour, SMALL)
    for t in range(6):
        middle, padding = top - high * (t + .5), not mask[t]
        write(canvas, 1.18, middle, tiny.WORDS[y[t]], GREY if padding else INK, SMALL, ha="right")
        write(canvas, 1.5, middle, number(losses[t]), FORWARD, SMALL)
        write(canvas, 2.56, middle, number(losses[t] * mask[t]), FORWARD, SMALL)
        for x in (2.02, 6.47):
            write(canvas, x, middle, str(int(mask[t])), GREY, weight="bold")
    _sheet(canvas, left, top, .4, high, everywhere, y)
    _sheet(canvas, 6.8, top, .165, high, everywhere * mask[:, None], y, numbers=False)
    for v, word in enumerate(tiny.WORDS):
        write(canvas, left + .4 * (v + .4), top + .08, word, INK, 9, rotation=45, ha="left",
              va="bottom", rotation_mode="anchor")
    low = top - 6 * high - .25
    canvas.plot([.6, 2.8], [low + .14] * 2, color=LINE, lw=1.2)
    write(canvas, 1.18, low, "sum", INK, SMALL, ha="right")
    write(canvas, 1.5, low, number(losses.sum()), FORWARD, SMALL)
    write(canvas, 2.56, low, number((losses * mask).sum()), FORWARD, weight="bold")
    write(canvas, 4.58, low, "padding pulls hardest of all", GREY, SMALL)
    write(canvas, 7.45, low, "padding: exactly 0", GREY, SMALL)
    return figure


def _sheet(canvas, left, top, wide, high, dx, y, numbers=True):
    """Draw the gradient of a caption, a row for each place; a row of zeros is hatched."""
    for (t, v), value in np.ndenumerate(dx):
        x, bottom, silent = left + wide * v, top - high * (t + 1), not dx[t].any()
        canvas.add_patch(Rectangle((x, bottom), wide, high, ec=CELL, lw=1.2,
                                   fc=TINT[GREY] if silent else CELL,
                                   hatch="////" if silent else None))
        if silent:
            continue
        canvas.add_patch(Rectangle((x, bottom), wide, high, ec=CELL, lw=1.2, fc=GRADIENT,
                                   alpha=min(1, .05 + abs(value))))
        if v == y[t]:
            canvas.add_patch(Rectangle((x + .02, bottom + .02), wide - .04, high - .04,
                                       fc="none", lw=1.6,
                                       ec=INK if abs(value) > .5 else GRADIENT))
        if numbers and abs(value) > .02:
            write(canvas, x + wide / 2, bottom + high / 2 - .01,
                  number(value, 0 if abs(value) > .995 else 2),
                  CELL if abs(value) > .5 else INK, 9)


# ---------------------------------------------------------------- sum and perplexity

@drawing
def forks():
    """Two captions whose every word is one of two: how many words, how many sentences."""
    figure, canvas = panel(4.3)
    for x, places, title in ((.5, 4, "a blue boat <END>"),
                             (4.1, 9, "a blue boat left of two yellow stars <END>")):
        wide, low, high = 2.9 if places == 4 else 3.8, 1.75, 1.7
        write(canvas, x + wide / 2, 3.78, title, INK, SMALL)
        for t in range(places):
            fan = [(k + .5) / 2**t for k in range(2**t)]
            tips = [(k + .5) / 2**(t + 1) for k in range(2**(t + 1))]
            for k, tip in enumerate(tips):
                canvas.plot([x + wide * t / places, x + wide * (t + 1) / places],
                            [low + high * fan[k // 2], low + high * tip],
                            color=LINE, lw=1.4 if t < 4 else .5)
        path = low + high * np.array([.5, *(1 - .5**(t + 2) for t in range(places))])
        canvas.plot(x + wide * np.arange(places + 1) / places, path, color=FORWARD, lw=2.5)
        total = places * np.log(2)
        write(canvas, x + wide / 2, 1.42,
              f"{places} words at {number(np.log(2))} each: sum {number(total)}", FORWARD, SMALL)
        write(canvas, x + wide / 2, .98, f"exp of the sum: {2**places} sentences", INK)
        write(canvas, x + wide / 2, .62, "exp of the mean: 2 words", INK, weight="bold")
    return figure


# ---------------------------------------------------------------- one batch, three numbers

@drawing
def three_numbers(losses, mask, words):
    """Draw the loss of each word of a minibatch, and what is made of them.

    Parameters
    ----------
    losses : ndarray, (N, T)
        Of each word that is asked for.
    mask : ndarray of bool, (N, T)
        False where nothing is asked.
    words : list of list of str
        N times T, the words.

    Returns
    -------
    Drawing
    """
    N, T = losses.shape
    figure, canvas = panel(3.3)
    wide, left, top = 6.3 / T, .35, 2.85
    for n in range(N):
        for t in range(T):
            x, y = left + wide * t, top - .62 * n
            fill = FORWARD if mask[n, t] else GREY
            canvas.add_patch(Rectangle((x, y - .3), wide, .3, fc=TINT[fill], ec=CELL, lw=1.2,
                                       hatch=None if mask[n, t] else "////"))
            write(canvas, x + wide / 2, y + .1, words[n][t], INK if mask[n, t] else GREY, 9)
            if mask[n, t]:
                write(canvas, x + wide / 2, y - .16, number(losses[n, t]), FORWARD, SMALL)
        write(canvas, left + wide * T + .15, top - .62 * n - .15,
              f"sum {number((losses[n] * mask[n]).sum())}", FORWARD, SMALL, ha="left")
    total, asked = (losses * mask).sum(), mask.sum()
    write(canvas, left + wide * T + .15, top - .62 * N + .12,
          f"mean {number(total / N)}", INK, SMALL, ha="left", weight="bold")
    for k, (name, value, how) in enumerate((
            ("loss per caption", total / N, f"all {number(total)} over {N} captions"),
            ("loss per word", total / asked,
             f"all {number(total)} over {asked} words, <END> too"),
            ("perplexity", np.exp(total / asked), "exp of the loss per word"))):
        x = .4 + 2.75 * k
        write(canvas, x, .78, f"{name}  {number(value)}", INK, ha="left")
        write(canvas, x, .47, how, GREY, SMALL, ha="left")
    return figure


# ---------------------------------------------------------------- the flattering bug

@drawing
def flattering():
    """The same six runs, measured in three ways."""
    log = read_log("flattering")
    figure, canvas = panel(3.7)
    steps = np.array(log["steps"]) + 1  # a logarithmic axis has no place for 0
    measures = (
        ("loss per caption,\nas each reports it", 1, 1, "unmasked", (10, 95), (13, 54, 79),
         ((4, 80, "no mask", FORWARD), (1.4, 37, "mask", INK))),
        ("mean per place,\nas each reports it", log["words"], log["positions"], "unmasked",
         (.65, 5.4), (.77, 1.12, 4.65), ((5, 1.7, "no mask", FORWARD), (90, 2.2, "mask", INK))),
        ("mean per word,\nasked for words alone", log["words"], log["words"], "masked",
         (.65, 5.4), (1.12, 4.65), ((35, 4.6, "no mask", FORWARD), (7, 2.2, "mask", INK))))
    for k, (title, words, positions, kind, limits, ticks, names) in enumerate(measures):
        axes = plot(figure, .75 + 2.6 * k, .72, 2.1, 2.1, xscale="log", yscale="log",
                    xlim=(1, 1501), ylim=limits)
        axes.set_xticks([1, 11, 101, 1501], ["0", "10", "100", "1500"])
        axes.set_yticks(ticks, [number(tick, 2) if tick % 1 else str(tick) for tick in ticks])
        axes.minorticks_off()
        for run in log["trained"]["masked"]:
            axes.plot(steps, np.array(run["masked"]) / words, color=INK, lw=1.4)
        for run in log["trained"]["unmasked"]:
            axes.plot(steps, np.array(run[kind]) / positions, color=FORWARD, lw=1.4)
        for x, y, text, colour in names:
            axes.text(x, y, text, color=colour, fontsize=SMALL)
        write(canvas, 1.8 + 2.6 * k, 3.2, title, INK, SMALL, linespacing=1.4)
    write(canvas, 4.2, .3, "training step + 1 and losses on logarithmic scales", GREY, SMALL)
    return figure
