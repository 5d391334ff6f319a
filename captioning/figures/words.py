"""Drawings of chapter 2, Words as numbers."""

import numpy as np
from matplotlib.patches import Rectangle

from captioning import tiny
from captioning.dataset import minibatch, read_dataset
from captioning.figures.style import (
    CELL,
    FORWARD,
    GRADIENT,
    GREY,
    INK,
    LINE,
    SMALL,
    TINT,
    arrow,
    drawing,
    number,
    panel,
    picture,
    plot,
    write,
)
from captioning.files import data_path
from captioning.logs import read_log
from captioning.scenes import draw, from_row
from captioning.vocabulary import SPECIAL, encode, tokenize

SHORT = (23, 485, 68, 27, 345, 43)  # captions of the training split whose words fit into cells
SEEN = 12  # columns of captions that are drawn
SENTENCE = "A blue dinghy and two stars."


def _scenes(*names):
    return read_dataset(data_path("scenes.h5"), [*names, "vocabulary"])[0]


def _cell(canvas, x, y, text, width, colour=FORWARD, height=.34, size=SMALL):
    """Draw one tinted cell around (x, y) with a word or a number in it."""
    canvas.add_patch(Rectangle((x - width / 2, y - height / 2), width, height, fc=TINT[colour],
                               ec=CELL, lw=1.5))
    write(canvas, x, y - .01, text, INK if colour == FORWARD else colour, size)


def _colour(word):
    return GREY if word == "<NULL>" else FORWARD


@drawing
def encoding():
    """One sentence on its way to a row of integers, and what each special word is for."""
    figure, canvas = panel(3.75)
    words = _scenes()["vocabulary"]
    row = encode(tokenize(SENTENCE), {word: k for k, word in enumerate(words)}, 10)
    write(canvas, .35, 3.4, "a sentence", GREY, SMALL, ha="left")
    write(canvas, 3.97, 3.4, f"“{SENTENCE}”", INK, 13)
    write(canvas, .35, 2.82, "its words", GREY, SMALL, ha="left")
    write(canvas, .35, 2.12, "a row", GREY, SMALL, ha="left")
    write(canvas, .35, 1.9, "of integers", GREY, SMALL, ha="left")
    tokens = ["", *tokenize(SENTENCE)]
    for k, index in enumerate(row.tolist()):
        x, word = 1.55 + .69 * k, words[index]
        if 1 <= k < len(tokens):
            write(canvas, x, 2.82, tokens[k], INK)
            arrow(canvas, (x, 2.66), (x, 2.26), width=.02, head=.1)
        _cell(canvas, x, 2.0, str(index), .69, _colour(word), .42, 13)
        if word in SPECIAL and k < 9:
            write(canvas, x, 1.62, word, GREY if word == "<NULL>" else FORWARD, SMALL,
                  weight="bold")
    for x, middle, text in ((1.55, 1.25, "to be read before\nthe first word"),
                            (3.62, 3.62, "for whatever the\nvocabulary lacks"),
                            (6.38, 5.8, "to be said when\nall is said"),
                            (7.07, 7.45, "fills the row and\nnever counts")):
        canvas.plot([x, middle], [1.48, 1.16], color=LINE, lw=1.2)
        write(canvas, middle, .9, text, INK, SMALL, linespacing=1.4)
    write(canvas, .35, .38, "The full stop and the capital are gone. So is the dinghy: nothing in "
          "the row tells what the word was.", GREY, SMALL, ha="left")
    return figure


@drawing
def rare():
    """Flickr8k's words by rank, and what a cut costs in words, captions and text."""
    log = read_log("rare-words")
    figure, canvas = panel(3.9)
    ranks, counts = np.array(log["ranks"]), np.array(log["counts"])
    axes = plot(figure, .85, .75, 2.9, 2.75, xscale="log", yscale="log", xlim=(1, 9000),
                ylim=(.8, 60000))
    axes.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
    axes.set_yticks([1, 5, 100, 10000], ["1", "5", "100", "10000"])
    axes.minorticks_off()
    kept = log["cuts"][4]["words"]
    frequent = ranks <= kept
    axes.plot(ranks[frequent], counts[frequent], color=FORWARD)
    axes.plot(ranks[~frequent], counts[~frequent], color=GREY)
    axes.axvspan(1, log["half"], color=TINT[FORWARD], lw=0)
    axes.text(1.25, 3.2, f"{log['half']} words\nmake half\nof the text", color=FORWARD, va="center",
              fontsize=SMALL, linespacing=1.4)
    axes.text(170, 3000, f"{log['once']:,} of {log['different']:,}\nwords occur once",
              color=GREY, va="center", fontsize=SMALL, linespacing=1.4)
    axes.annotate("", (6000, 1.2), (6000, 1000), arrowprops={"arrowstyle": "-|>", "color": GREY,
                                                           "lw": 1, "shrinkB": 2})
    write(canvas, 2.3, .34, "place in the list, most frequent first", GREY, SMALL)
    write(canvas, .35, 3.62, "times it occurs", GREY, SMALL, ha="left")
    _prices(figure, canvas, log["cuts"])
    return figure


def _prices(figure, canvas, cuts):
    """Draw what is lost against min_count."""
    axes = plot(figure, 4.65, .75, 2.3, 2.75, xlim=(1, 20), ylim=(0, .9))
    x = [cut["min_count"] for cut in cuts]
    axes.set_xticks([1, 5, 10, 20])
    axes.set_yticks([.25, .5, .75], ["25%", "50%", "75%"])
    axes.axvline(5, color=LINE, lw=1, ls=":")
    for values, colour, name in (
            ([cut["dropped"] for cut in cuts], GREY, "of different\nwords"),
            ([cut["train"]["captions"] for cut in cuts], INK, "of captions"),
            ([cut["train"]["words"] for cut in cuts], FORWARD, "of the\ntext")):
        axes.plot(x, values, color=colour)
        axes.plot(5, values[4], "o", ms=7, color=colour, mec=CELL)
        axes.text(20.5, values[-1], name, color=colour, va="center", fontsize=SMALL,
                  linespacing=1.3)
    for value, colour, up in ((cuts[4]["dropped"], GREY, -.055),
                              (cuts[4]["train"]["captions"], INK, -.06),
                              (cuts[4]["train"]["words"], FORWARD, .055)):
        axes.text(5.6, value + up, f"{value:.1%}", color=colour, va="center", fontsize=SMALL)
    write(canvas, 5.8, .34, "min_count", GREY, SMALL)
    write(canvas, 4.3, 3.62, "share that is lost or touched", GREY, SMALL, ha="left")


@drawing
def file_layout():
    """How the arrays of a data set point to each other: captions to pictures to features."""
    figure, canvas = panel(4.35)
    data = _scenes("train_captions", "train_image_idxs", "train_features", "train_scenes")
    captions, features = data["train_captions"], data["train_features"].astype(float)
    for i in range(10):
        y = 3.55 - .28 * i
        for t, index in enumerate(captions[i, :SEEN].tolist()):
            _cell(canvas, .52 + .3 * t, y, str(index), .3, FORWARD if index else GREY, .25, 9)
        write(canvas, .52 + .3 * SEEN, y, "…", GREY)
        _cell(canvas, 4.95, y, str(data["train_image_idxs"][i]), .34, FORWARD, .25, SMALL)
        arrow(canvas, (4.33, y), (4.73, y), width=.015, head=.08)
        target = 3.0 - 1.4 * (i // 5)
        canvas.plot([5.15, 6.0], [y, target], color=FORWARD, lw=1)
    for m in range(2):
        y = 3.0 - 1.4 * m
        values = features[m, features.max(axis=0) > 0][:16]
        for k, value in enumerate(values):
            shade = min(value / features.max() * 2, 1)
            canvas.add_patch(Rectangle((6.05 + .055 * k, y - .12), .055, .24, ec="none",
                                       fc=(1 - shade, 1 - .55 * shade, 1 - .3 * shade)))
        canvas.add_patch(Rectangle((6.05, y - .12), .055 * 16, .24, fc="none", ec=LINE, lw=1))
        write(canvas, 7.07, y, "…", GREY)
        picture(canvas, draw(from_row(data["train_scenes"][m]), 192), 7.2, y - .48, .96)
    for x, name, shape in ((2.3, "train_captions", "(170000, 18)"),
                           (4.95, "train_image_idxs", "(170000,)"),
                           (6.55, "train_features", "(34000, 128)"),
                           (7.67, "train_scenes", "(34000, 22)")):
        write(canvas, x, 4.02, name, FORWARD if x < 7.6 else GREY, 9)
        write(canvas, x, .68, shape, GREY, 9)
    write(canvas, .4, .38, "A caption says the number of its picture: five rows of words share "
          "one row of features.", INK, SMALL, ha="left")
    return figure


def _small(scene):
    """A scene in 80 x 80 pixels, .4 inches, its edges still soft."""
    return draw(scene, 320).reshape(80, 4, 80, 4, 3).mean(axis=(1, 3)).astype(np.uint8)


@drawing
def batch():
    """A minibatch of six captions as a grid of words, padding grey, pictures beside it."""
    data = _scenes("train_captions", "train_image_idxs", "train_features", "train_scenes")
    captions, _, pictures = minibatch(data, list(SHORT))
    captions = captions[:, :int((captions > 0).sum(axis=1).max())]
    N, T = captions.shape
    figure, canvas = panel(3.9)
    for n, row in enumerate(captions.tolist()):
        y = 3.3 - .44 * n
        picture(canvas, _small(from_row(data["train_scenes"][pictures[n]])), .32, y - .2, .4)
        for t, index in enumerate(row):
            word = data["vocabulary"][index]
            _cell(canvas, 1.2 + .725 * t, y, word, .725, _colour(word), .4, 9)
    left, right, low = .84, .84 + .725 * T, .8
    canvas.plot([left, left, right, right], [low + .06, low, low, low + .06], color=GREY, lw=1)
    filled = int((captions > 0).sum())
    write(canvas, (left + right) / 2, low - .18, f"captions ({N}, {T}) of integers, drawn as the "
          "words they stand for", GREY, SMALL)
    write(canvas, .4, .34, f"{N * T - filled} of {N * T} cells are padding. The longest caption "
          "sets the width for all.", INK, SMALL, ha="left")
    return figure


@drawing
def shift():
    """One caption read and asked for: the same row, shifted by one."""
    figure, canvas = panel(4.2)
    row = [*tiny.CAPTIONS[1].tolist(), 0]
    words = [tiny.WORDS[index] for index in row]
    wide = .98
    for k, (index, word) in enumerate(zip(row, words, strict=True)):
        x = 1.85 + wide * k
        _cell(canvas, x, 3.32, word, wide, _colour(word), .38, 11)
        write(canvas, x, 3.02, str(index), GREY, SMALL)
    write(canvas, .35, 3.32, "the caption", GREY, SMALL, ha="left")
    _bracket(canvas, 1.85 - wide / 2 + wide, 1.85 + 5.5 * wide, 3.6, .08)
    write(canvas, 1.85 + 3 * wide, 3.84, "captions[:, 1:]", INK, SMALL)
    _bracket(canvas, 1.85 - wide / 2, 1.85 + 4.5 * wide, 2.84, -.08)
    write(canvas, 1.85 + 2 * wide, 2.6, "captions[:, :-1]", INK, SMALL)
    for t in range(5):
        x = 1.85 + wide * t
        padded = words[t + 1] == "<NULL>"
        colour = LINE if padded else FORWARD
        _cell(canvas, x, 1.98, words[t + 1], wide, _colour(words[t + 1]), .38, 11)
        arrow(canvas, (x, 1.18), (x, 1.72), colour)
        _cell(canvas, x, .95, words[t], wide, FORWARD, .38, 11)
        write(canvas, x, .65, f"t = {t + 1}", GREY, SMALL)
        if t:
            arrow(canvas, (x - wide + .12, 1.42), (x - .12, 1.42), colour, .02)
    write(canvas, .35, 1.98, "is asked for", INK, SMALL, ha="left")
    write(canvas, .35, .95, "reads", INK, SMALL, ha="left")
    write(canvas, 1.85 + 4.75 * wide, 1.98, "no question:\nthe mask is 0", GREY, SMALL, ha="left",
          linespacing=1.4)
    write(canvas, .35, .35, "Four questions for a caption of three words: the last is whether it "
          "is over.", INK, SMALL, ha="left")
    return figure


def _bracket(canvas, left, right, y, tooth):
    canvas.plot([left + .03, left + .03, right - .03, right - .03], [y - tooth, y, y, y - tooth],
                color=GREY, lw=1)


@drawing
def copying():
    """Loss with the shift and without it, and what either network says of the hero."""
    log = read_log("shift")
    figure, canvas = panel(3.6)
    steps = np.array(log["steps"]) + 1
    axes = plot(figure, .85, .7, 3.3, 2.5, xscale="log", yscale="log", xlim=(1, 3000),
                ylim=(5e-5, 10))
    axes.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
    axes.set_yticks([1e-4, 1e-2, 1], [".0001", ".01", "1"])
    axes.minorticks_off()
    for losses, colour in ((log["shifted"]["loss"], FORWARD),
                           (log["unshifted"][0]["loss"], GRADIENT)):
        axes.plot(steps, losses, color=colour, lw=2)
    axes.text(45, 4.5, "asked for the next word", color=FORWARD, fontsize=SMALL, va="center")
    axes.text(230, .0012, "asked for the word\nthat it reads", color=GRADIENT, fontsize=SMALL,
              ha="right", va="center", linespacing=1.3)
    write(canvas, .35, 3.35, "loss a word", GREY, SMALL, ha="left")
    write(canvas, 2.5, .3, "step", GREY, SMALL)
    for y, name, entry, colour in (
            (2.75, "asked for the next word", log["shifted"], FORWARD),
            (1.45, "asked for the word that it reads", log["unshifted"][0], GRADIENT)):
        write(canvas, 4.75, y, f"{name}: {number(entry['last'], 5 if entry['last'] < .01 else 2)}",
              colour, SMALL, ha="left")
        said = entry["hero"] if len(entry["hero"]) < 80 else entry["hero"][:60].rsplit(" ", 1)[0]
        half = said[:34].rsplit(" ", 1)[0] if len(said) > 34 else said
        rest = said[len(half):].strip()
        text = f"“{half}\n{rest}{' …' if said != entry['hero'] else ''}”"
        write(canvas, 4.75, y - .48, text, INK, 11, ha="left", linespacing=1.4)
    return figure
