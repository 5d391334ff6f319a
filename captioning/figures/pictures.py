"""Drawings of chapter 3, Pictures as numbers. What was probed is drawn from its log."""

import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

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
    TYPE,
    arrow,
    drawing,
    panel,
    picture,
    plot,
    write,
)
from captioning.logs import read_log
from captioning.scenes import HERO, arrange, draw

# In training no cup is ever on the right.
STRANGER = arrange("sea", (2, "red", "balloon"), (1, "blue", "cup"))
SENTENCES = (  # cut where facts are told apart; a star marks what is false
    (("a", "blue", "boat", "left of", "two", "yellow", "stars", "at night"),
     "true: all eight facts"),
    (("a", "", "boat", "", "", "", "", "at night"), "true: three facts of eight"),
    (("a", "yellow*", "boat", "left of", "two", "blue*", "stars", ""), "false: two colours"),
    (("three*", "blue", "boats", "above*", "two", "yellow", "stars", "in the snow*"),
     "false: count, relation, background"))


PLACE = (4, 2)  # row and column of the place whose view is drawn
CENTRE = (15, 37)  # a pixel of the boat's hull


@drawing
def scene():
    """The hero as data and as a picture."""
    figure, canvas = panel(3.5)
    picture(canvas, draw(HERO, 512), 5.0, .45, 2.56)
    scale = 2.56 / 64
    for group in HERO.groups:
        for x, y in group.places:
            canvas.add_patch(Rectangle((5.0 + x * scale, .45 + (64 - y - group.size) * scale),
                                       group.size * scale, group.size * scale, fc="none",
                                       ec=CELL, lw=1.2, ls=":", zorder=3))
    write(canvas, 5.0, 3.2, "x from 0 to 63", GREY, SMALL, ha="left")
    write(canvas, 7.72, 1.73, "y from 0, downwards", GREY, SMALL, rotation=90)
    write(canvas, .4, 3.2, "HERO", FORWARD, weight="bold", ha="left")
    for k, (name, value) in enumerate((("background", HERO.background), ("layout", HERO.layout))):
        write(canvas, .4, 2.85 - .27 * k, name, GREY, SMALL, ha="left")
        write(canvas, 1.5, 2.85 - .27 * k, value, INK, SMALL, ha="left")
    for k, group in enumerate(HERO.groups):
        y = 2.18 - .72 * k
        write(canvas, .4, y, f"group {k + 1}", GREY, SMALL, ha="left")
        places = " and ".join(f"({x}, {y})" for x, y in group.places)
        for i, text in enumerate((f"{group.colour} {group.kind}, {group.size} pixels wide",
                                  f"at {places}")):
            write(canvas, 1.5, y - .26 * i, text, INK, SMALL, ha="left")
        for left, top in group.places:
            write(canvas, 5.0 + (left + 2.2) * scale, .45 + (64 - top - 2.8) * scale, str(k + 1),
                  CELL, TYPE, weight="bold", zorder=4)
    write(canvas, .4, .7, "22 small numbers say all of it: the picture\nfollows from them, "
          "pixel by pixel.", GREY, SMALL, ha="left", linespacing=1.5)
    return figure


@drawing
def grammar():
    """One pattern of the grammar as a railway, the hero's sentence on its track."""
    figure, canvas = panel(3.3)
    stops = (("OPENING", 1.0, ("there is", "a picture of", "here is", "i see", "…"), True),
             ("A", 2.65, ("a", "blue", "boat"), False),
             ("RELATION", 4.2, ("left of", "to the left of", "on the left of"), False),
             ("B", 5.75, ("two", "yellow", "stars"), False),
             ("WHERE", 7.3, ("at night", "in the dark", "on a dark night"), True))
    y = 2.25
    canvas.plot([.3, 8.1], [y, y], color=LINE, lw=3, zorder=1.1)
    for name, x, options, skip in stops:
        canvas.add_patch(FancyBboxPatch((x - .55, y - .2), 1.1, .4, ec=FORWARD, fc=CELL, lw=1.4,
                                        boxstyle="round,pad=0,rounding_size=0.08", zorder=2))
        write(canvas, x, y, name, FORWARD, SMALL, weight="bold")
        if skip:
            canvas.add_patch(FancyArrowPatch((x - .72, y), (x + .72, y), lw=2.5, color=LINE,
                                             arrowstyle="-", connectionstyle="arc3,rad=-.5",
                                             zorder=1.1))
            write(canvas, x, y + .6, "or nothing", GREY, SMALL)
        for k, text in enumerate(options):
            chosen = text in ("a", "blue", "boat", "left of", "two", "yellow", "stars", "at night")
            write(canvas, x, y - .48 - .25 * k, text, INK if chosen else GREY, SMALL,
                  weight="bold" if chosen else "normal")
    for x in (2.65, 5.75):
        write(canvas, x, y - 1.38, "number, colour\n(or none), noun", GREY, SMALL,
              linespacing=1.35)
    write(canvas, .35, .38, "In bold: “a blue boat left of two yellow stars at night”. The judge "
          "runs over the same rails backwards.", INK, SMALL, ha="left")
    return figure


@drawing
def verdicts():
    """Four sentences about the hero, taken apart into facts, each right or wrong."""
    figure, canvas = panel(3.55)
    picture(canvas, draw(HERO, 256), .35, 1.95, 1.28)
    widths = (.62, .72, .62, .78, .62, .72, .62, 1.0)
    heads = ("count", "colour", "thing", "relation", "count", "colour", "thing", "background")
    for row, (words, verdict) in enumerate(SENTENCES):
        x, y = 1.95, 2.85 - .62 * row
        for word, width, head in zip(words, widths, heads, strict=True):
            if row == 0:
                write(canvas, x + width / 2, 3.22, head, GREY, 9)
            if word:
                colour = GRADIENT if word.endswith("*") else PARAMETER
                canvas.add_patch(Rectangle((x, y - .17), width, .34, fc=TINT[colour], ec=CELL,
                                           lw=1.5))
                write(canvas, x + width / 2, y - .01, word.strip("*"), colour if colour == GRADIENT
                      else INK, 9, weight="bold" if colour == GRADIENT else "normal")
            x += width
        write(canvas, 1.98, y - .29, verdict, GRADIENT if "false" in verdict else PARAMETER, 9,
              ha="left")
    write(canvas, .35, .38, "One false fact makes the sentence false. To leave facts out does not.",
          INK, SMALL, ha="left")
    return figure


@drawing
def pooling():
    """The hero on the eye's grid, what one place sees, and two ways to one vector."""
    figure, canvas = panel(4.3)
    size, left, low = 2.56, .4, 1.15
    picture(canvas, draw(HERO, 512), left, low, size)
    pixel = size / 64
    for i in range(8):
        for j in range(8):
            canvas.plot(left + (8 * j + .5) * pixel, low + size - (8 * i + .5) * pixel, "o", ms=3.2,
                        color=CELL, zorder=3)
    x, y = left + (8 * PLACE[1] + .5) * pixel, low + size - (8 * PLACE[0] + .5) * pixel
    sees = 31 * pixel
    canvas.add_patch(Rectangle((x - sees / 2, y - sees / 2), sees, sees, fc="none", ec=CELL,
                               lw=2.4, zorder=4))
    canvas.plot(x, y, "o", ms=9, color=FORWARD, mec=CELL, mew=1.5, zorder=4)
    write(canvas, left + size / 2, 3.95, "64 × 64 × 3 pixels", GREY, SMALL)
    write(canvas, left, .93, "each dot is a place; this one sees the frame", INK, SMALL,
          ha="left")
    log = read_log("pooling")["hero"]
    grid = np.array(log["grid"])
    for layer in range(3):
        x, y = 4.3 - .38 * layer, 2.25 - .28 * layer
        values = grid[:, :, 2 - layer]
        picture(canvas, _shade(values, values.max()), x, y, 1.04, edge=2 + layer)
        canvas.add_patch(Rectangle((x, y), 1.04, 1.04, fc="none", ec=LINE, lw=1.2,
                                   zorder=2 + layer))
    write(canvas, 4.42, 1.5, "three of the 64 maps", GREY, SMALL)
    arrow(canvas, (3.05, 2.5), (3.5, 2.5), PARAMETER)
    write(canvas, 4.5, 3.95, "a grid of 8 × 8 places,", GREY, SMALL)
    write(canvas, 4.5, 3.74, "64 numbers at each", GREY, SMALL)
    for y, name, text, values, colour in (
            (3.1, "the average", "64 numbers: the mean\nof each over all places", log["mean"],
             FORWARD),
            (1.7, "the eye’s vector", "128 numbers: each weighs all\n4096 with weights of its own",
             log["vector"], PARAMETER)):
        strip = np.array(values)
        picture(canvas, _shade(strip[None], strip.max()), 6.15, y - .1, .2, aspect=10)
        canvas.add_patch(Rectangle((6.15, y - .1), 2.0, .2, fc="none", ec=LINE, lw=1, zorder=5))
        write(canvas, 6.15, y + .28, name, colour, weight="bold", ha="left")
        write(canvas, 6.15, y - .4, text, GREY, SMALL, ha="left", linespacing=1.35)
        arrow(canvas, (5.5, 2.5), (6.05, y + .02), colour)
    write(canvas, .4, .42, "Above, all places have the same say. Below, each has weights of its "
          "own: 4096 × 128 in all.", INK, SMALL, ha="left")
    return figure


def _shade(values, greatest):
    """Values from 0 up as a picture, white to blue."""
    share = np.clip(values / greatest, 0, 1)[..., None]
    blue = np.array([0x00, 0x72, 0xB2]) / 255
    return 1 - share * (1 - blue)


@drawing
def answers():
    """How often a linear probe answers three questions rightly, from either vector."""
    log = read_log("pooling")["eye"]
    figure, canvas = panel(3.4)
    questions = (("Whose colour is whose?", "whose colour", "the boat blue, or the stars blue"),
                 ("Of what are there more?", "who is more", "more stars, or more boats"),
                 ("Who stands left, or above?", "who is first", "the boat left, or the stars left"))
    zero, wide = 3.85, 3.6
    for k, (text, name, choice) in enumerate(questions):
        y = 2.75 - .9 * k
        write(canvas, .4, y + .02, text, INK, ha="left")
        write(canvas, .4, y - .27, choice, GREY, SMALL,
              ha="left")
        for share, colour, low in ((log["stage 4"][name], FORWARD, .0),
                                   (_vector(log, name), GREY, -.3)):
            canvas.add_patch(Rectangle((zero, y + low - .11), wide * share, .24, fc=colour,
                                       ec="none"))
            write(canvas, zero + wide * share + .08, y + low + .01, f"{share:.1%}".replace(
                "100.0%", "100%"), colour, SMALL, ha="left")
    canvas.plot([zero + wide / 2] * 2, [.45, 3.0], color=INK, lw=1.2, ls=":")
    write(canvas, zero + wide / 2, 3.15, "a coin", INK, SMALL)
    write(canvas, zero + .12, 2.76, "from the average", CELL, SMALL, ha="left")
    write(canvas, zero + .12, 2.46, "from the eye’s vector", CELL, SMALL, ha="left")
    return figure


def _vector(log, name):
    """The eye's vector is read by place: what is first, what colour is first, and so on."""
    return log["vector"][name if name == "who is first" else f"{name}, by place"]


@drawing
def combinations():
    """Averages of the hero's like and its twin: separate detectors, and those of combinations."""
    figure, canvas = panel(3.25)
    pairs = (("blue", "boat"), ("yellow", "star")), (("yellow", "boat"), ("blue", "star"))
    separate = ("boat", "star", "blue", "yellow")
    together = ("blue boat", "yellow boat", "blue star", "yellow star")
    for left, title, detectors, verdict in (
            (.4, "a detector for each thing, each colour", separate, "equal: whose is the blue?"),
            (4.4, "a detector for each combination", together, "no detector lit in both")):
        write(canvas, left, 2.9, title, INK, ha="left")
        for k, name in enumerate(detectors):
            for line, word in enumerate(reversed(name.split())):
                write(canvas, left + 1.22 + .66 * k, 2.24 + .17 * line, word, GREY, SMALL,
                      va="baseline")
        for row, groups in enumerate(pairs):
            y = 1.36 - .82 * row
            scene = arrange("night", *((1, *group) for group in groups))
            picture(canvas, draw(scene, 192), left, y, .72)
            # At each of the two places the thing and the colour that are there.
            seen = {*sum(groups, ()), *map(" ".join, groups)}
            for k, name in enumerate(detectors):
                x, lit = left + 1.22 + .66 * k, name in seen
                canvas.add_patch(Rectangle((x - .33, y + .14), .66, .44, ec=CELL, lw=1.5,
                                           fc=TINT[FORWARD if lit else GREY]))
                write(canvas, x, y + .35, ".5" if lit else "0", FORWARD if lit else GREY)
        write(canvas, left + .89, .36, verdict, INK, SMALL, ha="left", weight="bold")
    return figure


@drawing
def stages():
    """Whose colour is whose, and who is left, from averages of ever wider views."""
    log = read_log("pooling")
    figure, canvas = panel(4.1)
    names, sees = list(log["sees"]), list(log["sees"].values())
    axes = plot(figure, .95, 1.5, 5.4, 2.2, xlim=(-.4, 4.4), ylim=(.44, 1.02))
    axes.set_yticks([.5, .75, 1], ["50%", "75%", "100%"])
    axes.spines.bottom.set_visible(False)
    axes.axhline(.5, color=INK, lw=1.2, ls=":")
    image = draw(HERO)
    for name, colour, label in (("whose colour", FORWARD, "whose colour\nis whose"),
                                ("who is first", GREY, "who is left,\nor above")):
        values = [log["eye"][stage][name] for stage in names]
        axes.plot(range(5), values, "-o", color=colour, ms=7, mec=CELL)
        axes.text(4.2, values[-1], label, color=colour, va="center", fontsize=SMALL,
                  linespacing=1.35)
    axes.text(4.2, .468, "a coin", color=INK, fontsize=SMALL, ha="left", va="center")
    for k, side in enumerate(sees):
        x, y, half = .95 + 5.4 * (k + .4) / 4.8, .98, side // 2
        # The widest view is that of the place above.
        across, down = (8 * PLACE[1], 8 * PLACE[0]) if half == 15 else CENTRE
        patch = image[down - half:down + half + 1, across - half:across + half + 1]
        picture(canvas, patch, x - .34, y - .34, .68)
        write(canvas, x, y - .5, f"{side} × {side}", GREY, SMALL)
    write(canvas, 6.75, .98, "what one place sees\nof the boat", GREY, SMALL, ha="left",
          linespacing=1.35)
    return figure


@drawing
def stranger():
    """A cup where none was ever seen, and how often its like is recognised."""
    log = read_log("whereabouts")["met"]
    figure, canvas = panel(4.0)
    picture(canvas, draw(STRANGER, 384), .4, 1.35, 1.92)
    write(canvas, .4, .98, "no training scene has\na cup on the right", GREY, SMALL, ha="left",
          linespacing=1.35)
    zero, wide = 5.35, 2.2
    for k, (name, text, colour) in enumerate((("stage 4", "the average", FORWARD),
                                              ("grid", "the whole grid", GREY),
                                              ("vector", "the eye’s vector", PARAMETER))):
        y = 3.62 - 1.2 * k
        write(canvas, 2.75, y, text, colour, weight="bold", ha="left")
        for i, (shown, when, where) in enumerate((
                ("never met", "known", "in a place where it was"),
                ("never met", "new", "where it never was"),
                ("met", "new", "there, once the probe met some"))):
            share = log[name][shown][when]
            at = y - .27 - .28 * i
            write(canvas, zero - .1, at, where, GREY, SMALL, ha="right")
            canvas.add_patch(Rectangle((zero, at - .1), wide * share, .2, fc=colour, ec="none",
                                       alpha=1 if i == 1 else .45))
            write(canvas, zero + wide * share + .08, at, f"{share:.1%}", colour, SMALL, ha="left")
    return figure
