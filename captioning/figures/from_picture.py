"""Drawings of chapter 1, From picture to sentence. What was trained is drawn from its log."""

import numpy as np
from matplotlib.patches import FancyArrowPatch, Rectangle

from captioning.figures.style import (
    BLUES,
    FORWARD,
    GRADIENT,
    GREY,
    INK,
    LINE,
    PARAMETER,
    SIGNED,
    SMALL,
    TINT,
    WIDTH,
    arrow,
    drawing,
    number,
    panel,
    picture,
    write,
)
from captioning.logs import read_log
from captioning.scenes import HERO, draw, from_row, judge


@drawing
def the_way():
    """The hero scene on its way to a sentence, every value of it real."""
    log = read_log("hero")
    figure, canvas = panel(5.55)
    picture(canvas, draw(HERO, 512), .35, 3.25, 2.0)
    write(canvas, 1.35, 3.05, "64 × 64 × 3", GREY, SMALL)
    for stage, (left, size, name) in enumerate(((2.86, .95, "32 × 32 × 16"),
                                                (4.2, .72, "16 × 16 × 32"),
                                                (5.33, .48, "8 × 8 × 64"))):
        for k, values in enumerate(log["maps"][stage]):
            picture(canvas, np.array(values), left + .09 * k, 4.34 - size / 2 - .09 * k, size,
                    BLUES, (0, 1), edge=2 + k)
        write(canvas, left + size / 2 + .09, 3.4, name, GREY, SMALL)
        arrow(canvas, (left - .32, 4.25), (left - .06, 4.25), PARAMETER)
    vector = np.array(log["vector"])
    _strip(canvas, 6.5, 4.25, 2.0, vector / vector.max(), BLUES, (0, 1))
    arrow(canvas, (6.12, 4.25), (6.36, 4.25), PARAMETER)
    write(canvas, 6.5, 3.05, "128 numbers", GREY, SMALL)
    arrow(canvas, (6.66, 4.25), (7.36, 4.25), PARAMETER)
    _strip(canvas, 7.5, 4.25, 1.5, _squash(log["seeing"]["h0"]), SIGNED, (-1, 1))
    write(canvas, 7.5, 3.32, "$h_0$", FORWARD)
    _sentence(canvas, log["seeing"]["steps"])
    return figure


def _sentence(canvas, steps):
    """Draw a column for each word: in below, the state, the likeliest words above, out on top."""
    gap = (WIDTH - .75) / len(steps)
    canvas.plot([7.5, 7.5, .24, .24, .3], [3.18, 2.82, 2.82, 1.25, 1.25], color=FORWARD, lw=1.5)
    arrow(canvas, (.28, 1.25), (.5, 1.25), FORWARD, .015, .1)
    for t, step in enumerate(steps):
        x = .6 + gap * t
        _strip(canvas, x, 1.25, 1.0, _squash(step["state"]), SIGNED, (-1, 1), .16)
        if t:
            arrow(canvas, (x - gap + .1, 1.25), (x - .1, 1.25), FORWARD, .015, .1)
        write(canvas, x, .58, step["read"], GREY, SMALL)
        for k, share in enumerate(step["probabilities"][:3]):
            canvas.add_patch(Rectangle((x - .15 + .1 * k, 1.87), .09, max(.5 * share, .006),
                                       fc=INK if k == 0 else LINE, ec="none"))
        write(canvas, x, 2.55, step["words"][0], INK, SMALL, weight="bold")
        if t + 1 < len(steps):
            canvas.add_patch(FancyArrowPatch(
                (x + .22, 2.4), (x + gap - .19, .7), arrowstyle="-|>", mutation_scale=7, lw=.8,
                color=GREY, connectionstyle="arc3,rad=.06", zorder=1.5))
    write(canvas, .35, .26, "Below a column the word that is read, above it the three likeliest "
          "to follow. What is said is read next.", GREY, SMALL, ha="left")


@drawing
def gallery():
    """Twelve scenes that the captioner had never seen, and what it says."""
    entries = read_log("gallery")["scenes"]
    figure, canvas = panel(8.35)
    for k, entry in enumerate(entries):
        x, y = .35 + 2.0 * (k % 4), 8.0 - 2.68 * (k // 4)
        scene = from_row(np.array(entry["row"], dtype=np.uint8))
        picture(canvas, draw(scene, 256), x, y - 1.7, 1.7)
        wrong = judge(entry["sentence"], scene).wrong
        mark, colour = (f"false: {', '.join(wrong)}", GRADIENT) if wrong else ("true", PARAMETER)
        write(canvas, x, y - 1.83, mark, colour, SMALL, ha="left", weight="bold")
        write(canvas, x, y - 1.97, _wrap(entry["sentence"], 25), INK, 9, ha="left", va="top",
              linespacing=1.25)
    return figure


def _wrap(text, width):
    import textwrap

    return "\n".join(textwrap.wrap(text, width))


@drawing
def blindfold():
    """The likeliest five words for the thing that is blue, seeing and blindfolded."""
    log = read_log("hero")
    said = [step["words"][0] for step in log["seeing"]["steps"]]
    t = said.index("boat")
    figure, canvas = panel(3.1)
    for x, name, title in ((.3, "seeing", "looking at the picture"),
                           (4.4, "blind", "blindfolded, reading the same words")):
        step = log[name]["steps"][t]
        write(canvas, x + .1, 2.78, title, FORWARD if name == "seeing" else GREY, ha="left")
        write(canvas, x + .1, 2.5, f"“{' '.join(said[:t])} …”", INK, SMALL, ha="left")
        for k, (word, share) in enumerate(zip(step["words"], step["probabilities"], strict=True)):
            y = 2.08 - .4 * k
            write(canvas, x + .95, y, word, INK, ha="right")
            canvas.add_patch(Rectangle((x + 1.05, y - .12), 2.1 * share, .24,
                                       fc=FORWARD if name == "seeing" else GREY, ec="none"))
            text = number(share) if share >= .01 else "below .01"
            write(canvas, x + 1.13 + 2.1 * share, y, text, GREY, SMALL, ha="left")
    return figure


@drawing
def steering():
    """How likely each word of the hero's sentence is, seeing and blindfolded."""
    log = read_log("hero")
    pairs = list(zip(log["seeing"]["steps"], log["blind"]["steps"], strict=True))
    figure, canvas = panel(3.35)
    gap, low, high = (WIDTH - .75) / len(pairs), .95, 1.6
    for t, (seeing, blind) in enumerate(pairs):
        x, steered = .6 + gap * t, blind["next"] < seeing["next"] / 200
        if steered:
            canvas.add_patch(Rectangle((x - .48 * gap, .5), .96 * gap, 2.3, fc=TINT[FORWARD],
                                       ec="none"))
        for side, step, colour in ((-1, seeing, FORWARD), (1, blind, GREY)):
            canvas.add_patch(Rectangle((x - (.2 if side < 0 else 0), low), .19,
                                       max(high * step["next"], .012), fc=colour, ec="none"))
            if steered:
                write(canvas, x + (-.11 if side < 0 else .155), low + high * step["next"] + .11,
                      number(step["next"], 2 if side < 0 else 3), colour, SMALL)
        write(canvas, x, .7, seeing["words"][0], FORWARD if steered else INK, SMALL,
              weight="bold" if steered else "normal")
    write(canvas, .35, 2.98, "blue bars: looking at the picture", FORWARD, ha="left")
    write(canvas, 3.45, 2.98, "grey bars: blindfolded, reading the same words", GREY, ha="left")
    write(canvas, .35, .3, "Shaded: words more than 200 times as likely with the picture as "
          "without it.", GREY, SMALL, ha="left")
    return figure


@drawing
def photograph(image, sentence):
    """A photograph and what is said of it."""
    figure, canvas = panel(3.6)
    height, width = image.shape[:2]
    picture(canvas, image, .4, .3, 3.0, aspect=width / height)
    write(canvas, .4 + 3.0 * width / height + .4, 1.8, "“" + _wrap(sentence, 22) + "”", INK, 13,
          ha="left", linespacing=1.5)
    return figure


def _strip(canvas, x, y, height, values, colours, limits, width=.2):
    """Draw a vector as a standing strip around (x, y)."""
    keep = canvas.get_xlim(), canvas.get_ylim()
    canvas.imshow(np.array(values)[:, None], cmap=colours, vmin=limits[0], vmax=limits[1],
                  extent=(x - width / 2, x + width / 2, y - height / 2, y + height / 2),
                  aspect="auto", zorder=2, interpolation="nearest")
    canvas.set(xlim=keep[0], ylim=keep[1])
    canvas.add_patch(Rectangle((x - width / 2, y - height / 2), width, height, fc="none",
                               ec=TINT[FORWARD], lw=1, zorder=3))


def _squash(values):
    return np.clip(np.array(values), -1, 1)
