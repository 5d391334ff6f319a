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
    figure, canvas = panel(4.6)
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
    figure, canvas = panel(4.6)
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
    figure, canvas = panel(3.9)
    top, step = 3.0, .28
    columns = ((1.35, s, "score s", 2), (2.65, shifted, f"s − {number(s.max())}", 2),
               (3.95, np.exp(shifted), "exp", 4),
               (5.25, p, f"p = exp / {number(np.exp(shifted).sum(), 4)}", 4))
    for x, values, name, digits in columns:
        cells(canvas, x, top, values.T, FORWARD, .72, step, digits)
        write(canvas, x + .36, top + .2, name, FORWARD, SMALL)
    for v, word in enumerate(tiny.WORDS):
        y = top - step * (v + .5)
        write(canvas, 1.27, y, word, INK, SMALL, ha="right",
              weight="bold" if v == BLUE else "normal")
        canvas.add_patch(Rectangle((6.2, y - .09), 1.7 * p[0, v], .18, fc=FORWARD, ec="none"))
    for x, _, _, _ in columns:
        canvas.add_patch(Rectangle((x, top - step * (BLUE + 1)), .72, step, fc="none",
                                   ec=FORWARD, lw=1.6))
    for x in (2.1, 3.4, 4.7):
        arrow(canvas, (x + .04, top - 4 * step), (x + .48, top - 4 * step))
    low = top - 8 * step - .22
    write(canvas, 2.36, low, "less the\ngreatest", GREY, SMALL, va="top", linespacing=1.3)
    write(canvas, 4.31, low, f"sum {number(np.exp(shifted).sum(), 4)}", GREY, SMALL, va="top")
    write(canvas, 5.61, low, "sum 1", GREY, SMALL, va="top")
    write(canvas, 6.2, low - .08, f"loss: −log p = {number(-np.log(p[0, BLUE]), 4)}", INK,
          ha="left")
    return figure


@drawing
def tug():
    """One score is pulled up as hard as all others are pushed down; beside it, the whole sheet."""
    h, _, w, b = tiny_states()
    figure, canvas = panel(4.3)
    captions = np.concatenate([tiny.CAPTIONS, np.zeros((2, 2), dtype=int)], axis=1)
    y = captions[1:, 1:]
    scores = np.concatenate([h[1:] @ w + b, np.zeros((1, 2, 8))], axis=1)
    _, dx = temporal_softmax_loss(scores, y, y != 0)
    _tug_bars(canvas, dx[0, SECOND])
    _sheet(canvas, dx[0], y[0])
    return figure


def _tug_bars(canvas, pull):
    """Draw eight bars, and the rope that the truth and the others hold."""
    middle, unit, top = 2.25, 7.2, 3.45
    write(canvas, middle, 3.82, "the gradient at “blue”", GRADIENT, SMALL)
    for v, word in enumerate(tiny.WORDS):
        y = top - .25 * v
        left = pull[v] < 0
        canvas.add_patch(Rectangle((middle + min(0, unit * pull[v]), y - .08),
                                   abs(unit * pull[v]), .16, fc=GRADIENT, ec="none"))
        write(canvas, .98, y, word, INK, SMALL, ha="right", weight="bold" if left else "normal")
        write(canvas, middle + (.08 + unit * pull[v] if not left else .08), y,
              number(pull[v], 3), GRADIENT, SMALL, ha="left")
    canvas.plot([middle] * 2, [top - 7 * .25 - .15, top + .15], color=LINE, lw=1.2)
    y = 1.12
    for end in (unit * pull.min(), unit * pull[pull > 0].sum()):
        arrow(canvas, (middle, y), (middle + end, y), GRADIENT, .1, .24)
    canvas.plot([middle] * 2, [y - .17, y + .17], color=INK, lw=1.5)
    write(canvas, middle - .6, y - .3, f"the truth {number(pull.min(), 3)}", GRADIENT, SMALL)
    write(canvas, middle + .68, y - .3, f"the others {number(pull[pull > 0].sum(), 3)}",
          GRADIENT, SMALL)
    write(canvas, middle, .45, f"sum {number(pull.sum(), 3)}", INK)


def _sheet(canvas, dx, y):
    """Draw the gradient of one caption, a row for each step; padding is hatched."""
    left, top, wide, high = 4.5, 2.95, .465, .27
    write(canvas, left + 4 * wide, 3.82, "all of it: a row for each step", GRADIENT, SMALL)
    for t, asked in enumerate(y):
        bottom = top - high * (t + 1)
        write(canvas, left - .07, bottom + high / 2, tiny.WORDS[asked],
              GREY if asked == 0 else INK, SMALL, ha="right")
        for v in range(8):
            value, x = dx[t, v], left + wide * v
            truth = v == asked
            canvas.add_patch(Rectangle((x, bottom), wide, high, ec=CELL, lw=1.2,
                                       fc=TINT[GREY] if asked == 0 else CELL,
                                       hatch="////" if asked == 0 else None))
            if asked and not truth:
                canvas.add_patch(Rectangle((x, bottom), wide, high, ec=CELL, lw=1.2, fc=GRADIENT,
                                           alpha=min(1, max(.06, value / .16))))
            if truth and asked:
                canvas.add_patch(Rectangle((x + .02, bottom + .02), wide - .04, high - .04,
                                           fc=CELL, ec=GRADIENT, lw=1.6))
                write(canvas, x + wide / 2, bottom + high / 2 - .01, number(value, 3), GRADIENT, 9)
            elif asked and value > .02:
                write(canvas, x + wide / 2, bottom + high / 2 - .01, number(value, 3),
                      CELL if value > .09 else INK, 9)
    for v, word in enumerate(tiny.WORDS):
        write(canvas, left + wide * (v + .4), top + .1, word, INK, SMALL, rotation=60, ha="left",
              va="bottom", rotation_mode="anchor")
    write(canvas, left + 4 * wide, top - 6 * high - .3,
          "each row adds up to 0;\npadding is exactly 0", GREY, SMALL, linespacing=1.5)


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
        x = .4 + 2.6 * k
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
        ("loss per caption,\nas each reports it", 1, 1, "unmasked", (10, 95), (10, 30, 79),
         ((4, 78, "no mask", GRADIENT), (1.4, 40, "mask", INK))),
        ("mean per place,\nas each reports it", log["words"], log["positions"], "unmasked",
         (.65, 5.4), (1, 2, 4.6), ((5, 1.7, "no mask", GRADIENT), (90, 2.2, "mask", INK))),
        ("mean per word,\nasked for words alone", log["words"], log["words"], "masked",
         (.65, 5.4), (1, 2, 4.6), ((35, 4.6, "no mask", GRADIENT), (7, 2.6, "mask", INK))))
    for k, (title, words, positions, kind, limits, ticks, names) in enumerate(measures):
        axes = plot(figure, .75 + 2.6 * k, .72, 2.1, 2.1, xscale="log", yscale="log",
                    xlim=(1, 1501), ylim=limits)
        axes.set_xticks([1, 11, 101, 1501], ["0", "10", "100", "1500"])
        axes.set_yticks(ticks, [number(tick, 1) if tick % 1 else str(tick) for tick in ticks])
        axes.minorticks_off()
        for run in log["trained"]["masked"]:
            axes.plot(steps, np.array(run["masked"]) / words, color=INK, lw=1.4)
        for run in log["trained"]["unmasked"]:
            axes.plot(steps, np.array(run[kind]) / positions, color=GRADIENT, lw=1.4)
        for x, y, text, colour in names:
            axes.text(x, y, text, color=colour, fontsize=SMALL)
        write(canvas, 1.8 + 2.6 * k, 3.2, title, INK, SMALL, linespacing=1.4)
    write(canvas, 4.2, .3, "training step + 1 and losses on logarithmic scales", GREY, SMALL)
    return figure
