"""Drawings of chapter 6, Word vectors."""

import numpy as np
from matplotlib.patches import Ellipse, Rectangle

from captioning import tiny
from captioning.captioner import load_captioner
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
from captioning.files import data_path
from captioning.layers import (
    affine_forward,
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss,
    word_embedding_backward,
    word_embedding_forward,
)
from captioning.logs import read_log
from captioning.rnn import rnn_backward, rnn_forward

UNIT, PITCH = .27, .28  # width and height of a one-hot's cell, inches
LEFT, TOP, NARROW = 1.08, 3.3, .235  # of the one-hots of both boats


@drawing
def lookup():
    """The blue boat's four words, looked up as rows and as a product with one-hots."""
    figure, canvas = panel(3.5)
    words, table = tiny.CAPTIONS[1, :-1], np.array(tiny.PARAMETERS["W_embed"])
    top, pitch = 2.85, .28
    for k, word in enumerate(words):
        write(canvas, 1.12, top - pitch * (k + 2.5), tiny.WORDS[word], INK, SMALL, ha="right")
        for v in range(len(tiny.WORDS)):
            _digit(canvas, 1.22 + UNIT * v, top - pitch * (k + 3), v == word)
    for v, word in enumerate(tiny.WORDS):
        write(canvas, 4.55, top - pitch * (v + .5), f"{word}  {v}",
              FORWARD if v in words else GREY, SMALL, ha="right")
    cells(canvas, 4.65, top, table, PARAMETER, .58, pitch, 1)
    for v in words:
        canvas.add_patch(Rectangle((4.65, top - pitch * (v + 1)), 3 * .58, pitch, fc="none",
                                   ec=FORWARD, lw=1.6))
    cells(canvas, 6.9, top - 2 * pitch, table[words], FORWARD, .42, pitch, 1)
    for x, sign in ((3.62, "×"), (6.65, "=")):
        write(canvas, x, top - 4 * pitch, sign, GREY, 13)
    write(canvas, 2.3, top - 1.65 * pitch, "S: a one-hot in each row", FORWARD, SMALL)
    write(canvas, 5.52, top + .2, "W: the table", PARAMETER, SMALL)
    write(canvas, 7.53, top - 1.65 * pitch, "o: the word vectors", FORWARD, SMALL)
    for x, row, shape in ((2.3, 6.55, "(4, 8)"), (5.52, 8.6, "(8, 3)"), (7.53, 6.55, "(4, 3)")):
        write(canvas, x, top - row * pitch, shape, GREY, SMALL)
    return figure


def _digit(canvas, x, y, lit, width=UNIT):
    """Draw a cell of a one-hot, its lower left corner at (x, y)."""
    canvas.add_patch(Rectangle((x, y), width, PITCH, ec=CELL, lw=1.2,
                               fc=TINT[FORWARD if lit else GREY]))
    write(canvas, x + width / 2, y + PITCH / 2 - .01, "1" if lit else "0",
          FORWARD if lit else LINE, SMALL, weight="bold" if lit else "normal")


def tiny_gradients():
    """Read both boats' captions with the tiny network and go back as far as its word vectors.

    What is read last is ``<END>``, where nothing is asked any more: as many places as words of
    the vocabulary would make the one-hots square.

    Returns
    -------
    x : ndarray of int, (2, 5)
        The words that were read.
    dout : ndarray, (2, 5, 3)
        The gradient of the loss with respect to the vector of each.
    """
    p, x = tiny.network().params, tiny.CAPTIONS
    y = np.pad(x[:, 1:], ((0, 0), (0, 1)))
    h0, _ = affine_forward(tiny.FEATURES, p["W_proj"], p["b_proj"])
    words, _ = word_embedding_forward(x, p["W_embed"])
    h, steps = rnn_forward(words, h0, p["Wx"], p["Wh"], p["b"])
    scores, last = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
    _, dscores = temporal_softmax_loss(scores, y, y != 0)
    return x, rnn_backward(temporal_affine_backward(dscores, last)[0], steps)[0]


@drawing
def fall_back():
    """Both captions' gradients gathered into the table: the transpose of S at work."""
    figure, canvas = panel(4.3)
    x, dout = tiny_gradients()
    dW = word_embedding_backward(dout, (x, tiny.network().params["W_embed"]))
    read = x.ravel()
    for k, word in enumerate(read):
        write(canvas, LEFT + NARROW * (k + .5), TOP + .1, tiny.WORDS[word], INK, SMALL,
              rotation=60, ha="left", va="bottom", rotation_mode="anchor")
        for v in range(len(tiny.WORDS)):
            _digit(canvas, LEFT + NARROW * k, TOP - PITCH * (v + 1), v == word, NARROW)
        write(canvas, 4.22, TOP - PITCH * (k + .5), tiny.WORDS[word], INK, SMALL, ha="right")
    for v, word in enumerate(tiny.WORDS):
        for at in (LEFT - .08, 6.64):
            write(canvas, at, TOP - PITCH * (v + .5), word, INK if v in read else GREY, SMALL,
                  ha="right")
    for at, values, rows in ((4.29, dout.reshape(len(read), 3), (1, 6)), (6.72, dW, (4,))):
        cells(canvas, at, TOP, values, GRADIENT, .47, PITCH, 2)
        for row in rows:
            canvas.add_patch(Rectangle((at, TOP - PITCH * (row + 1)), 3 * .47, PITCH, fc="none",
                                       ec=GRADIENT, lw=1.6))
    for at, sign in ((3.53, "×"), (5.84, "=")):
        write(canvas, at, TOP - 4 * PITCH, sign, GREY, 13)
    write(canvas, .72, TOP + .35, r"$S^\top$", FORWARD, 13)
    for at, name in ((4.99, r"$\bar o$, a row for each use"), (7.42, r"$\bar W = S^\top\bar o$")):
        write(canvas, at, TOP + .25, name, GRADIENT, SMALL)
    for at, row, shape in ((2.25, 8.7, "(8, 10)"), (4.99, 10.7, "(10, 3)"), (7.42, 8.7, "(8, 3)")):
        write(canvas, at, TOP - row * PITCH, shape, GREY, SMALL)
    return figure


ACROSS = .68  # from one word of the minibatch to the next, inches
WIRE = 2  # points: the width of the line that carries one gradient


def falling(captions, words, null, lost=False):
    """Let each gradient of a minibatch fall into the row of its word.

    Parameters
    ----------
    captions : ndarray of int, (N, T)
        The words that are read.
    words : list of str
        The word of each index.
    null : ndarray of bool, (N, T)
        Where the gradient is zero, since nothing that follows is asked for.
    lost : bool
        Whether only the last use of each word arrives, as under ``dW[x] += dout``.

    Returns
    -------
    Drawing
    """
    return _falling(captions, words, null, lost)


@drawing
def _falling(captions, words, null, lost):
    figure, canvas = panel(4.5)
    places = {v: 4.02 - .262 * v for v in range(len(words))}
    caught = "a"
    for v, y in places.items():
        _row(canvas, y, words[v], null[captions == v], lost)
    for n, row in enumerate(captions):
        y = 3.72 - .92 * n
        for t, v in enumerate(row):
            _cell(canvas, .3 + ACROSS * t, y, words[v], lost and np.sum(captions == v) > 1,
                  null[n, t])
        _bus(canvas, y, [t for t, v in enumerate(row) if words[v] == caught],
             places[words.index(caught)], lost and n < _last(captions, words.index(caught)))
    arriving = 1 if lost else np.sum(captions == words.index(caught))
    arrow(canvas, (5.4, places[words.index(caught)]), (5.84, places[words.index(caught)]),
          GRADIENT, WIRE * arriving / 72, .1 + WIRE * arriving / 72)
    write(canvas, .3, 4.18, "the minibatch, a caption in each row", GREY, SMALL, ha="left")
    write(canvas, 6.34, 4.27, "row of W", PARAMETER, SMALL, ha="right")
    write(canvas, 6.72, 4.27, "gradients for it", GRADIENT, SMALL, ha="left")
    return figure


def _last(captions, v):
    return np.argwhere(captions == v)[-1][0]


def _cell(canvas, x, y, word, repeats, zero):
    """Draw one word of the minibatch: grey where it has no gradient, dark where it repeats."""
    many = repeats and not zero
    fill = TINT[GREY] if zero else GRADIENT if many else TINT[GRADIENT]
    canvas.add_patch(Rectangle((x, y - .17), .64, .34, fc=fill, ec=CELL, lw=1.2,
                               hatch="////" if zero else None))
    if zero:
        canvas.add_patch(Rectangle((x + .02, y - .1), .6, .2, fc=TINT[GREY], ec="none"))
    write(canvas, x + .32, y - .01, word, GREY if zero else CELL if many else INK,
          9 if len(word) > 5 else SMALL)


def _bus(canvas, y, places, target, cut):
    """Lead the gradients of one caption's uses of a word to its row, a line as thick as many."""
    style = {"color": GRADIENT, "ls": ":" if cut else "-", "alpha": .5 if cut else 1,
             "solid_capstyle": "butt", "zorder": 1.5}
    across = [.62 + ACROSS * t for t in places] + [5.12]
    for k, (start, end) in enumerate(zip(across[:-1], across[1:], strict=True)):
        canvas.plot([start, start], [y - .17, y - .36], lw=WIRE, **style)
        canvas.plot([start, end], [y - .36] * 2, lw=WIRE * (k + 1), **style)
    canvas.plot([5.12, 5.42], [y - .36, target], lw=WIRE * len(places), **style)


def _row(canvas, y, word, zeros, lost):
    """Draw a row of W, and a square for each gradient that falls into it."""
    write(canvas, 6.02, y, word, GREY if zeros.all() else INK, SMALL, ha="right")
    for k in range(3):
        canvas.add_patch(Rectangle((6.1 + .16 * k, y - .08), .16, .17, fc=TINT[PARAMETER],
                                   ec=CELL, lw=1))
    for k, zero in enumerate(zeros):
        gone = lost and k + 1 < len(zeros)
        canvas.add_patch(Rectangle((6.72 + .22 * k, y - .08), .17, .17, lw=1,
                                   fc=LINE if zero else CELL if gone else GRADIENT,
                                   ec=LINE if zero else GRADIENT,
                                   ls=":" if gone and not zero else "-"))
    text = ("not read" if not len(zeros) else "zero" if zeros.all()
            else f"{len(zeros) - 1} lost" if lost and len(zeros) > 1 else "")
    write(canvas, 6.8 + .22 * len(zeros), y, text, GREY if zeros.all() else GRADIENT, SMALL,
          ha="left")


WORDS = ("a", "star", "above", "a", "boat")  # what is read, with gradients of one number
SENT = (2, 6, 1, 3, 4)


@drawing
def buffered():
    """The three acts of `dW[x] += dout`, and what becomes of a word that is read twice."""
    figure, canvas = panel(4.5)
    places = [2.75 + .95 * k for k in range(5)]
    rows = {"a": places[0], "star": places[1], "above": places[2], "boat": places[4]}
    for y, act in ((3.25, "1  copy a row for\n    each place"),
                   (2.55, "2  add $\\bar o$ to\n    the copies"),
                   (1.2, "3  write each copy\n    over its row")):
        write(canvas, .35, y, act, INK, ha="left", linespacing=1.3)
    for x, word, sent in zip(places, WORDS, SENT, strict=True):
        write(canvas, x, 3.95, word, GRADIENT if word == "a" else INK,
              weight="bold" if word == "a" else "normal")
        write(canvas, x, 3.65, f"$\\bar o$ = {sent}", GRADIENT, SMALL)
        cells(canvas, x - .25, 3.42, [[0]], GREY, .5, .34)
        arrow(canvas, (x, 3.05), (x, 2.75), GREY)
        cells(canvas, x - .25, 2.72, [[sent]], GRADIENT, .5, .34, 0)
        lost = word == "a" and sent == SENT[0]
        if lost:
            canvas.plot([x, rows[word]], [2.34, 1.4], color=GRADIENT, lw=2, ls=":")
        else:
            arrow(canvas, (x, 2.34), (rows[word], 1.4), GRADIENT)
    for word, x in rows.items():
        sums = [sent for read, sent in zip(WORDS, SENT, strict=True) if read == word]
        wrong = len(sums) > 1
        cells(canvas, x - .25, 1.37, [[sums[-1]]], GRADIENT, .5, .34, 0)
        if wrong:
            canvas.add_patch(Rectangle((x - .25, 1.03), .5, .34, fc="none", ec=INK, lw=1.6))
        write(canvas, x, .83, word, INK, SMALL)
        write(canvas, x, .45, sum(sums), INK, weight="bold" if wrong else "normal")
    write(canvas, 2.62, 1.9, "overwritten", GRADIENT, SMALL, ha="right")
    write(canvas, 7.0, 1.2, "dW after +=", GREY, SMALL, ha="left")
    write(canvas, 7.0, .45, "wanted", GREY, SMALL, ha="left")
    return figure


NAMED = ("<START>", "a", "the", "two", "red", "night", "boats", "boat", "mug")


@drawing
def kept():
    """What share of a word's gradient `dW[x] += dout` keeps, against its uses."""
    log = read_log("lost-word")
    figure, canvas = panel(3.9)
    axes = plot(figure, 1.0, .75, 4.6, 2.75, xscale="log", yscale="log", xlim=(.4, 90),
                ylim=(.011, 1.25))
    axes.set_xticks([.5, 1, 10, 64], [".5", "1", "10", "64"])
    axes.set_yticks([1 / 64, .1, 1], ["1/64", ".1", "1"])
    axes.minorticks_off()
    uses = np.geomspace(.4, 80, 50)
    axes.plot(uses, (1 - np.exp(-uses)) / uses, color=GREY, lw=1.2, ls=":")
    axes.text(5.2, .5, "(1 − e$^{-c}$) / c: one use is kept in\neach minibatch that has the word",
              color=GREY, fontsize=SMALL, linespacing=1.4)
    for word, use, share in zip(log["words"], log["uses"], log["kept"], strict=True):
        if share is None:
            continue
        axes.plot(use, share, "o", ms=5, color=GRADIENT, mec=CELL, mew=.6)
        if word in NAMED:
            right, up = {"a": (1.12, 1.3), "<START>": (.93, .8),
                         "mug": (1.6, .74)}.get(word, (1, .78))
            axes.text(use * right, share * up, word, color=INK, fontsize=SMALL, ha="right",
                      va="center")
    left = dict(zip(log["words"], log["kept"], strict=True))
    write(canvas, 5.95, 2.65, "“mug” is read .495 times in\na minibatch: "
          f"{number(left['mug'], 3)} of its\ngradient is kept.\n\n“a” is read 59.47 times:\n"
          f"{number(left['a'], 3)} is kept.",
          ha="left", linespacing=1.5)
    write(canvas, 3.3, .36, "uses of the word in a minibatch of 64 captions", GREY, SMALL)
    write(canvas, .42, 2.1, "share of its gradient that is kept", GREY, SMALL, rotation=90)
    return figure


@drawing
def still_learns():
    """Validation losses under the right and the wrong gradient, with two update rules."""
    log = read_log("lost-word")
    figure, canvas = panel(3.6)
    steps = np.array(log["steps"])
    for k, (rule, title) in enumerate((("sgd", "plain gradient descent"), ("adam", "Adam"))):
        axes = plot(figure, .85 + 3.85 * k, .72, 3.1, 2.3, xlim=(0, 1500), ylim=(1, 4.8))
        axes.set_xticks([0, 500, 1000, 1500], ["0", "500", "1000", "1500"])
        axes.set_yticks([1, 2, 3, 4], ["1", "2", "3", "4"] if k == 0 else [])
        for kind, colour in (("right", INK), ("lost", GRADIENT)):
            for curve in log["loss"][f"{rule} {kind}"]:
                axes.plot(steps, curve, color=colour, lw=1.4)
        write(canvas, 2.4 + 3.85 * k, 3.2, title, GREY)
    write(canvas, 1.5, 1.95, "wrong gradient", GRADIENT, ha="left")
    write(canvas, 1.05, .86, "right", INK, ha="left")
    write(canvas, 5.1, 1.3, "right and wrong, all six", INK, ha="left")
    write(canvas, .36, 1.9, "loss per word", GREY, SMALL, rotation=90)
    write(canvas, 4.3, .33, "training step", GREY, SMALL)
    return figure


UNMOVED = ("<NULL>", "<END>", "<UNK>")


def directions(W):
    """The two directions in which word vectors differ most (principal components).

    Parameters
    ----------
    W : ndarray of float64, (words, E)

    Returns
    -------
    places : ndarray, (words, 2)
        Of each word, along the two.
    share : float
        Of the squared distances from the mean, how much the two account for.
    """
    centred = W - W.mean(axis=0)
    _, spread, axes = np.linalg.svd(centred, full_matrices=False)
    axes *= np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    return centred @ axes[:2].T, float(np.sum(spread[:2] ** 2) / np.sum(spread**2))


# Where a word of the map is written, from its dot: right of it unless told otherwise.
LEFT_OF = ("it", "tree", "cup", "there", "the", "pair", "water", "sea", "winter", "a", "are",
           "day", "left", "right", "in", "<START>", "sunny", "their", "three")
LABELLED = (*LEFT_OF, "them", "umbrellas", "here", "seaside", "night", "sun", "dark", "snowy",
            "we", "an", "of", "with", "over", "top", "bottom", "by", "its",
            "see", "near", "picture")


GROUPS = ((-1.62, .68, "the things,\none or several", "left"),
          (.72, .62, "the eight colours, and “one”", "left"),
          (.05, 2.5, "the background: “on a dark night”, “by the sea”", "left"),
          (1.14, -1.3, "below, under, beneath", "right"))


@drawing
def map_of_words():
    """The word vectors of the scenes' LSTM, seen along the two directions of most difference."""
    captioner, _ = load_captioner(data_path("scenes-lstm.npz"), np.float64)
    read = [k for k, word in enumerate(captioner.words) if word not in UNMOVED]
    places, _ = directions(captioner.model.params["W_embed"][read])
    figure, canvas = panel(4.9)
    axes = plot(figure, .45, .3, 7.5, 4.3, xlim=(-1.8, 1.85), ylim=(-1.75, 2.62))
    axes.spines[:].set_visible(False)
    axes.plot(*places.T, "o", ms=5, color=PARAMETER, mec=CELL, mew=.6)
    for k, (x, y) in zip(read, places, strict=True):
        word = captioner.words[k]
        side = -1 if word in LEFT_OF else 1
        if word in LABELLED:
            axes.text(x + .04 * side, y, word, fontsize=SMALL, va="center", color=GREY,
                      ha="left" if side > 0 else "right")
    axes.add_patch(Ellipse((.91, .17), .34, .56, fc="none", ec=LINE, lw=1.2))
    for x, y, note, side in GROUPS:
        axes.text(x, y, note, ha=side, va="center", linespacing=1.4)
    return figure
