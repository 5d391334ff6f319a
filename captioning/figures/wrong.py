"""Drawings of chapter 19, When captions go wrong."""

import numpy as np
from matplotlib.patches import Circle, Rectangle

from captioning import tiny
from captioning.diagnose.case import losses
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
    box,
    cells,
    drawing,
    number,
    panel,
    plot,
    write,
)
from captioning.logs import read_log

PALE = "#9cc7e3"
QUESTIONS = {
    "data": (("finite", "are all of them numbers?"), ("layout", "one <END> in each?"),
             ("word map", "whose numbers for words?"), ("one picture", "do pictures differ?"),
             ("preparation", "seen as in training?")),
    "loss": (("echo", "asked for the next word?"), ("asked", "for how many words?"),
             ("buffers", "the same gradient twice?"), ("gradient", "is it the slope?")),
    "learning": (("norms", "did a gradient leap?"), ("moved", "has everything moved?"),
                 ("level", "more than frequencies?"), ("sight", "does it look?")),
    "speech": (("one voice", "as it has learnt?"), ("ending", "does it stop?"),
               ("stutter", "no word twice in a row?"), ("variety", "more than one sentence?"),
               ("score", "worth what is claimed?")),
}


@drawing
def way_of_questions():
    """All tests in their order, a column for each part of the pipeline, and one fault's marks."""
    figure, canvas = panel(5.3)
    found = {"one picture": FORWARD, "preparation": PALE, "sight": PALE, "variety": PALE}
    for k, (station, questions) in enumerate(QUESTIONS.items()):
        x, bottom = .42 + 2.0 * k, 4.12 - .64 * (len(questions) - 1)
        box(canvas, x + .66, 4.75, 1.64, .46, FORWARD, TINT[FORWARD])
        write(canvas, x + .66, 4.74, station, FORWARD)
        canvas.plot([x, x], [4.52, bottom], color=LINE, lw=1.5, zorder=1)
        if k < 3:
            arrow(canvas, (x + 1.52, 4.75), (x + 1.8, 4.75))
        for row, (name, question) in enumerate(questions):
            y = 4.12 - .64 * row
            colour = found.get(name, CELL)
            canvas.add_patch(Circle((x, y), .1 if name in found else .065, fc=colour,
                                    ec=FORWARD if name in found else GREY, lw=1.2, zorder=2))
            write(canvas, x + .18, y, name, FORWARD if name in found else INK, ha="left")
            write(canvas, x + .18, y - .23, question, GREY, 9, ha="left")
    write(canvas, .42, .75, "An example: one and the same vector for every picture. "
          "Four tests say no. Begin at the first,", INK, SMALL, ha="left")
    write(canvas, .42, .48, "“one picture”. The pale ones are its shadows: a network that is shown "
          "one picture learns one sentence.", INK, SMALL, ha="left")
    return figure


ROW, COLUMN = .285, .315


@drawing
def matrix():
    """Which test fires on which fault: its own first, the shadows after it."""
    log = read_log("wrong")
    tests, faults = log["tests"], log["faults"]
    left, top = 2.6, .55 + ROW * (len(faults) + 1)
    figure, canvas = panel(top + 1.25)
    for j, test in enumerate(tests):
        write(canvas, left + COLUMN * (j + .5), top + .12, test, GREY, SMALL, rotation=60,
              ha="left", va="bottom", rotation_mode="anchor")
    for i, (name, found) in enumerate([("healthy", log["healthy"]), *faults.items()]):
        y = top - ROW * (i + .5)
        write(canvas, left - .12, y, name, FORWARD if i == 0 else INK, SMALL, ha="right")
        for j, finding in enumerate(found["findings"]):
            x = left + COLUMN * (j + .5)
            _mark(canvas, x, y, finding, finding["name"] == found.get("test"))
    write(canvas, left, .33, "large: the test that is made for the fault. pale: its shadows, "
          "in other tests. –: not asked", GREY, 9, ha="left")
    return figure


def _mark(canvas, x, y, finding, own):
    if finding["healthy"] is None:
        write(canvas, x, y, "–", LINE, 9)
    elif finding["healthy"]:
        canvas.add_patch(Circle((x, y), .018, fc=LINE, ec="none"))
    else:
        canvas.add_patch(Circle((x, y), .115 if own else .085, fc=FORWARD if own else PALE,
                                ec="none"))


GROUPS = {
    "all zeros, a rate far too low,\nexploding gradients": (
        "all zeros to begin with", "a rate far too low", "exploding gradients"),
    "a wrong gradient": ("a wrong gradient",),
    "one picture for all,\ncaptions of other pictures": (
        "one picture for all", "captions of other pictures"),
    "not shifted": ("not shifted",)}
NUDGED = {"a wrong gradient": 2, "one picture for all,\ncaptions of other pictures": .3}


@drawing
def curves():
    """The loss of the healthy run and of all broken ones that were trained to the end."""
    log = read_log("wrong")
    figure, canvas = panel(4.3)
    axes = plot(figure, .85, .7, 4.75, 3.25, xlim=(0, log["steps"]), ylim=(-1, 65))
    healthy, apart = log["healthy"]["loss"], sum(GROUPS.values(), ())
    trained = {name: run["loss"] for name, run in log["faults"].items()
               if run["steps"] == log["steps"] and run["loss"] != healthy}
    for name, loss in trained.items():
        axes.plot(np.arange(len(loss)) * 10, loss, color=INK if name in apart else LINE, lw=1.1)
    axes.plot(np.arange(len(healthy)) * 10, healthy, color=FORWARD, lw=2.2)
    axes.set_xticks([0, 500, 1000], ["0", "500", "1000"])
    axes.set_yticks([0, 20, 40, 60], ["0", "20", "40", "60"])
    for text, names in GROUPS.items():
        level = np.mean([np.mean(trained[name][-10:]) for name in names])
        _at_the_end(canvas, level + NUDGED.get(text, 0), text, INK)
    _at_the_end(canvas, np.mean(healthy[-10:]) - 3.5,
                f"healthy; {len(trained) - len(apart)} broken (grey)\nend within 10% of it",
                FORWARD)
    write(canvas, 3.3, .33, "step", GREY, SMALL)
    write(canvas, .33, 2.3, "loss of a caption", GREY, SMALL, rotation=90)
    return figure


def _at_the_end(canvas, level, text, colour):
    """Name a curve at its right end."""
    write(canvas, 5.75, .7 + 3.25 * (level + 1) / 66, text, colour, SMALL, ha="left",
          linespacing=1.3)


@drawing
def blank_mouth():
    """What three masks and none ask for of one caption, each at ln 8 a word."""
    words = ("<START>", "a", "blue", "boat", "<END>", "<NULL>", "<NULL>")
    figure, canvas = panel(3.75)
    left, wide = 1.75, .86
    for t, (read, asked) in enumerate(zip(words[:-1], words[1:], strict=True)):
        x = left + wide * (t + .5)
        write(canvas, x, 3.35, read, GREY, 9)
        arrow(canvas, (x, 3.22), (x, 2.98), LINE, .018)
        write(canvas, x, 2.85, asked, INK, 9)
    write(canvas, left - .12, 3.35, "reads", GREY, SMALL, ha="right")
    write(canvas, left - .12, 2.85, "is asked for", INK, SMALL, ha="right")
    write(canvas, 7.52, 2.85, "words · ln 8", GREY, SMALL)
    for row, (name, mask) in enumerate((
            ("right mask", (1, 1, 1, 1, 0, 0)), ("one late", (1, 1, 1, 1, 1, 0)),
            ("one early", (1, 1, 1, 0, 0, 0)), ("no mask", (1, 1, 1, 1, 1, 1)))):
        y, n = 2.4 - .52 * row, sum(mask)
        colour = FORWARD if row == 0 else INK
        write(canvas, left - .12, y, name, colour, SMALL, ha="right")
        for t, on in enumerate(mask):
            canvas.add_patch(Rectangle((left + wide * t + .05, y - .16), wide - .1, .32,
                                       fc=TINT[FORWARD] if on else TINT["#6b6b6b"], ec="none"))
            if on:
                write(canvas, left + wide * (t + .5), y - .01, number(np.log(8)), FORWARD, 9)
        write(canvas, 7.52, y, f"{n} · {number(np.log(8))} = {number(n * np.log(8))}", colour,
              SMALL)
    write(canvas, left, .36, "every word has the probability 1/8 and costs ln 8 = 2.08: "
          "the loss counts what it asks for", GREY, 9, ha="left")
    return figure


@drawing
def three_calls():
    """A, B and A again, with one array for the gradient of the word vectors."""
    rows = [4, 5, 6]
    grads = [tiny.network().loss(tiny.FEATURES[[k]], tiny.CAPTIONS[[k]])[1]["W_embed"][rows]
             for k in (0, 1)]
    left_over = grads[1].copy()
    left_over[1] = grads[0][1]
    again = grads[0].copy()
    again[2] = grads[1][2]
    figure, canvas = panel(3.0)
    for k, (title, values, stale) in enumerate((
            ("1  “a red boat”", grads[0], None), ("2  “a blue boat”", left_over, 1),
            ("3  “a red boat”", again, 2))):
        x = 1.05 + 2.45 * k
        write(canvas, x, 2.62, title, INK, ha="left")
        cells(canvas, x, 2.3, values, GRADIENT, .58, .42, 2, 9)
        if stale is not None:
            _left_over(canvas, x, 2.3 - .42 * stale, values[stale])
        if k:
            arrow(canvas, (x - .58, 1.67), (x - .2, 1.67), LINE)
    for row, word in enumerate(("a", "red", "blue")):
        write(canvas, .93, 2.3 - .42 * (row + .5), word, INK, SMALL, ha="right")
    write(canvas, .4, .72, "grey: left over from the call before. Call 1 begins with an empty "
          "array and is right,", GREY, 9, ha="left")
    write(canvas, .4, .46, "so a gradient check passes. Call 3 asks the same and gets another "
          "answer.", GREY, 9, ha="left")
    return figure


def _left_over(canvas, x, top, values):
    for j, value in enumerate(values):
        canvas.add_patch(Rectangle((x + .58 * j, top - .42), .58, .42, fc="#d4d4d0", ec=CELL,
                                   lw=1.5))
        write(canvas, x + .58 * (j + .5), top - .22, number(value), INK, 9)


@drawing
def exchanged():
    """The loss of two captions with their own picture and with the other's, seeing and blind."""
    figure, canvas = panel(3.15)
    blind = tiny.network()
    blind.params["W_proj"] = np.zeros_like(blind.params["W_proj"])
    for k, (name, model) in enumerate((("a network that looks", tiny.network()),
                                       ("one that cannot", blind))):
        right = losses(model, tiny.FEATURES, tiny.CAPTIONS, 0)
        other = losses(model, tiny.FEATURES[::-1], tiny.CAPTIONS, 0)
        axes = plot(figure, 2.0 + 3.35 * k, .75, 2.9, 1.75, xlim=(0, 14), ylim=(3.6, -.6))
        values = [right[0], other[0], right[1], other[1]]
        axes.barh([0, 1, 2.2, 3.2], values, height=.75,
                  color=[FORWARD, LINE, FORWARD, LINE])
        axes.spines["bottom"].set_visible(False)
        for y, value in zip([0, 1, 2.2, 3.2], values, strict=True):
            axes.text(value + .2, y, number(value), va="center", fontsize=SMALL,
                      color=INK)
        saved = np.mean(other - right)
        write(canvas, 2.0 + 3.35 * k, 2.75, name, INK, ha="left")
        write(canvas, 2.0 + 3.35 * k, .42, f"the right picture saves {number(saved)} nats",
              FORWARD, SMALL, ha="left")
    for y, text in ((2.07, "“a red boat”"), (1.15, "“a blue boat”")):
        write(canvas, 1.88, y, text, INK, SMALL, ha="right")
    return figure


PREPARED = {"as trained": "as trained", "mirrored": "mirrored", "upside down": "upside down",
            "red and blue exchanged": "red, blue exchanged", "half as bright": "half as bright",
            "0 to 1": "scaled to 0 … 1", "0 to 255": "not scaled"}


@drawing
def strays():
    """How far features stray when pictures are prepared otherwise; scenes left, photographs."""
    figure, canvas = panel(3.7)
    scenes, photographs = read_log("wrong")["preparations"], read_log("preparations")
    for k, (title, found, limit) in enumerate((
            ("300 scenes", scenes["found"], scenes["limit"]),
            ("300 photographs", photographs["preparations"],
             photographs["preparations"]["as trained"]["limit"]))):
        x = 2.0 + 3.55 * k
        axes = plot(figure, x, .75, 2.2, 2.3, xscale="log", xlim=(.02, 4), ylim=(6.5, -.5))
        axes.set_xticks([])
        axes.minorticks_off()
        for row, name in enumerate(PREPARED):
            if name not in found:
                axes.text(4, row, "not made", va="center", fontsize=9, ha="right", color=LINE)
            else:
                reading = found[name]["reading"]
                axes.plot([.02, reading], [row, row], color=LINE, lw=1)
                axes.plot(reading, row, "o", ms=8, color=FORWARD if reading > limit else GREY)
                axes.text(4, row, number(reading), va="center", fontsize=SMALL, ha="right",
                          color=FORWARD if reading > limit else GREY)
        axes.axvline(limit, color=INK, lw=1, ls=":")
        axes.spines["bottom"].set_visible(False)
        write(canvas, x, 3.35, title, INK, ha="left")
        write(canvas, x + 2.2 * np.log(limit / .02) / np.log(200), .5,
              f"limit {number(limit)}", INK, 9)
    for row, text in enumerate(PREPARED.values()):
        write(canvas, 1.9, .75 + 2.3 * (6.5 - row) / 7, text, INK, SMALL, ha="right")
    return figure
