"""Drawings of chapter 17, Photographs. All that was measured on Flickr8k is drawn from logs.

The photographs are those that scikit-image brings along: Chelsea by Stéfan van der Walt, coffee
by Rachel Michetti and the cameraman by Lav Varshney are CC0; rocket (SpaceX), astronaut (NASA)
and clock (Stéfan van der Walt) are in the public domain.
"""

import textwrap
from pathlib import Path

import numpy as np
from matplotlib.patches import Rectangle

from captioning.figures.style import (
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
from captioning.logs import read_log

SIDE = 150  # pixels that a photograph has in a drawing, which stays a small file


def shown(name, square=False):
    """A photograph of scikit-image as an array, small enough for a drawing."""
    import skimage.data
    from PIL import Image

    with Image.open(Path(skimage.data.__file__).parent / name) as image:
        size = (SIDE, SIDE) if square else (round(image.width * SIDE / image.height), SIDE)
        return np.array(image.convert("RGB").resize(size, Image.Resampling.BICUBIC))


@drawing
def abroad():
    """Six photographs from outside its world, and what the captioner says."""
    figure, canvas = panel(5.35)
    for k, entry in enumerate(read_log("abroad")["photographs"]):
        x, y = .35 + 2.62 * (k % 3), 3.55 - 2.55 * (k // 3)
        image = shown(entry["file"])
        aspect = min(image.shape[1] / image.shape[0], 1.6)
        picture(canvas, image[:, :round(SIDE * aspect)], x, y, 1.5, aspect=aspect)
        name, share = entry["classes"][0]
        write(canvas, x, y - .12, textwrap.fill(f"“{entry['sentence']}”", 34), INK, 9, ha="left",
              va="top", linespacing=1.25)
        write(canvas, x, y - .5, f"its eye: {name}, {number(share)}", GREY, 9, ha="left", va="top")
    return figure


@drawing
def eye_and_mouth():
    """What the encoder takes the cat for, and what the captioner says after "a small"."""
    log = read_log("abroad")
    figure, canvas = panel(3.9)
    write(canvas, .4, 3.55, "the eye, asked for a class", GREY, ha="left")
    for k, (name, share) in enumerate(log["photographs"][0]["classes"]):
        _bar(canvas, 1.7, 3.1 - .36 * k, name, share, 3.2, FORWARD)
    write(canvas, 5.2, 3.55, "the mouth, after “a small”", GREY, ha="left")
    step = log["cat"][2]
    for k, (word, share) in enumerate(zip(step["words"][:7], step["probabilities"], strict=False)):
        _bar(canvas, 6.05, 3.1 - .33 * k, word, share, 3.2, GREY)
    write(canvas, 5.95, .74, "⋮", GREY, ha="right")
    _bar(canvas, 6.05, .48, "cat", step["asked"]["cat"], 3.2, FORWARD, 4)
    write(canvas, 6.75, .48, f"in place {step['place']['cat']}", FORWARD, SMALL, ha="left")
    picture(canvas, shown("chelsea.png"), .4, .4, 1.6, aspect=1.5)
    return figure


def _bar(canvas, x, y, word, share, scale, colour, digits=2):
    """A word, a bar to its right, and its share."""
    write(canvas, x - .1, y, word, INK, ha="right")
    canvas.add_patch(Rectangle((x, y - .11), max(scale * share, .012), .22, fc=colour, ec="none"))
    write(canvas, x + .08 + scale * share, y, number(share, digits), GREY, SMALL, ha="left")


@drawing
def balance(positions=20, right=13):
    """The gradient at a word's bias, position by position, where the sum is 0; to scale."""
    figure, canvas = panel(2.75)
    p, wide, tall, zero, left = 1 / positions, .34, 1.15, 1.95, .8
    for t in range(positions):
        value = p - (t == right)
        canvas.add_patch(Rectangle((left + wide * t + .02, zero), wide - .04, tall * value,
                                   fc=GRADIENT, ec="none"))
    canvas.plot([left, left + wide * positions], [zero, zero], color=LINE, lw=1)
    write(canvas, left, zero + .3, f"{positions - 1} positions where another word is right: "
          f"gradient {number(p)} each, which pushes the bias down", GRADIENT, SMALL, ha="left")
    x = left + wide * right
    write(canvas, x - .15, zero - .55, f"one where it is right: gradient {number(p - 1)},\n"
          "which pulls the bias up", GRADIENT, SMALL, ha="right", linespacing=1.4)
    write(canvas, x + wide + .2, zero - .95, f"{positions - 1} × {number(p)} {MINUS} "
          f"{number(1 - p)} = 0", INK, ha="left")
    write(canvas, left, .45, "positions of the training captions", GREY, SMALL, ha="left")
    arrow(canvas, (left + 2.5, .45), (left + 3.3, .45), GREY, .012)
    return figure


MINUS = "\N{MINUS SIGN}"


@drawing
def ladder():
    """Scores on the dev split, from the blindfold to people."""
    baselines, sight = read_log("flickr8k-baselines")["scores"], read_log("failures")["sight"]
    rows = [("blindfolded", sight["blindfolded"], GREY), ("photographs exchanged",
            sight["exchanged"], GREY), ("most frequent caption",
            baselines["most frequent caption"], INK), ("most typical caption",
            baselines["most typical caption"], INK), ("nearest neighbour",
            baselines["nearest neighbour"], INK), ("the captioner", sight["seeing"], FORWARD),
            ("30 neighbours agree", baselines["consensus of 30 neighbours"], INK),
            ("one person, four judge", baselines["one person against the others"], INK)]
    figure, canvas = panel(3.6)
    for left, score, title in ((2.55, "bleu_4", "BLEU-4"), (5.6, "cider_d", "CIDEr-D")):
        most = 1.9 / max(entry[score] for _, entry, _ in rows)
        write(canvas, left, 3.25, title, GREY, ha="left")
        for k, (name, entry, colour) in enumerate(rows):
            y = 2.88 - .36 * k
            if score == "bleu_4":
                write(canvas, 2.4, y, name, colour, SMALL, ha="right",
                      weight="bold" if colour == FORWARD else "normal")
            canvas.plot([left, left + most * entry[score]], [y, y], color=LINE, lw=1)
            canvas.plot(left + most * entry[score], y, "o", ms=8, color=colour)
            write(canvas, left + most * entry[score] + .14, y, number(entry[score], 3), GREY, SMALL,
                  ha="left")
    return figure


@drawing
def faults():
    """The share of words that no one else used, by sort, beside people's."""
    rule = read_log("failures")["rule"]
    figure, canvas = panel(3.3)
    for k, sort in enumerate(rule["people"]["unsupported"]):
        y = 2.72 - .5 * k
        mine, theirs = (rule[who]["unsupported"][sort] for who in ("captioner", "people"))
        write(canvas, 1.65, y, sort, INK, ha="right")
        canvas.plot([1.85 + 6.4 * theirs, 1.85 + 6.4 * mine], [y, y], color=LINE, lw=2)
        for share, colour, side in ((theirs, INK, -1), (mine, FORWARD, 1)):
            canvas.plot(1.85 + 6.4 * share, y, "o", ms=9, color=colour)
            write(canvas, 1.85 + 6.4 * share + .16 * side, y, f"{share:.0%}", colour, SMALL,
                  ha="left" if side > 0 else "right")
        if not k:
            write(canvas, 1.85 + 6.4 * theirs, y + .28, "a person", INK, SMALL)
            write(canvas, 1.85 + 6.4 * mine, y + .28, "the captioner", FORWARD, SMALL)
    write(canvas, 1.65, .3, "of the words of a sort, the share that none of four people has", GREY,
          SMALL, ha="left")
    return figure


@drawing
def otherwise():
    """The cat as the network receives it, prepared in other ways, and what is said of it."""
    log, scores = read_log("abroad")["prepared"], read_log("failures")["prepared"]
    image, wide = shown("chelsea.png", square=True), shown("chelsea.png")
    cut = (wide.shape[1] - SIDE) // 2
    figure, canvas = panel(3.1)
    views = (("as trained", image), ("middle square alone", wide[:, cut:cut + SIDE]),
             ("red and blue exchanged", image[..., ::-1]),
             ("0 to 1", (127 + 128 * (image / 255)).astype(np.uint8)),  # as if it were scaled
             ("0 to 255", np.where(image > 0, 255, 127).astype(np.uint8)))
    for k, (name, view) in enumerate(views):
        x = .35 + 1.58 * k
        write(canvas, x, 2.83, name.replace(" and", ","), GREY, 9, ha="left")
        picture(canvas, view, x, 1.27, 1.42)
        canvas.add_patch(Rectangle((x, 1.27), 1.42, 1.42, fc="none", ec=LINE, lw=1, zorder=3))
        write(canvas, x, 1.15, textwrap.fill(f"“{log[name]['sentence']}”", 20), INK, 9, ha="left",
              va="top", linespacing=1.3)
        write(canvas, x, .56, f"eye: {log[name]['class'][0]}", GREY, 9, ha="left")
        if name in scores:
            write(canvas, x, .34, f"CIDEr-D {number(scores[name]['cider_d'], 3)}", GREY, 9,
                  ha="left")
    return figure


@drawing
def changed():
    """How many sentences change when the photographs are shown otherwise, and the score."""
    log = read_log("failures")
    figure, canvas = panel(2.2)
    write(canvas, 2.6, 1.85, "sentences that change", GREY, SMALL, ha="left")
    write(canvas, 6.1, 1.85, "CIDEr-D", GREY, SMALL, ha="left")
    for k, name in enumerate(("as trained", "mirrored", "half as bright", "upside down")):
        entry = log["prepared"][name]
        y, share = 1.5 - .34 * k, entry["changed"] / log["prepared_pictures"]
        colour = FORWARD if name == "mirrored" else INK if k == 0 else GREY
        write(canvas, 2.45, y, name, colour, SMALL, ha="right")
        canvas.add_patch(Rectangle((2.6, y - .1), 2.4, .2, fc=TINT[GREY], ec="none"))
        canvas.add_patch(Rectangle((2.6, y - .1), 2.4 * share, .2, fc=colour, ec="none"))
        write(canvas, 5.1, y, f"{share:.0%}", colour, SMALL, ha="left")
        canvas.plot([6.1, 6.1 + 3.2 * entry["cider_d"]], [y, y], color=LINE, lw=1)
        canvas.plot(6.1 + 3.2 * entry["cider_d"], y, "o", ms=6, color=colour)
        write(canvas, 6.24 + 3.2 * entry["cider_d"], y, number(entry["cider_d"], 3), colour, SMALL,
              ha="left")
    return figure


@drawing
def words():
    """How many of the words, from the commonest to the rarest, are ever said."""
    speech = read_log("failures")["speech"]
    figure, canvas = panel(3.2)
    axes = plot(figure, .85, .8, 5.6, 2.05, xlim=(-.6, 3.6), ylim=(0, 1.04))
    axes.set_yticks([0, .5, 1], ["0", ".5", "1"])
    ranks = speech["ranks"]
    for who, colour, shift in (("people", INK, -.17), ("captioner", FORWARD, .17)):
        for k, (first, last) in enumerate(ranks):
            share = speech[who]["said_by_rank"][k] / (last - first + 1)
            axes.bar(k + shift, share, .3, color=colour)
            axes.text(k + shift, share + .02, speech[who]["said_by_rank"][k], color=colour,
                      fontsize=SMALL, ha="center", va="bottom")
    axes.set_xticks(range(len(ranks)), [f"{first:,} to {last:,}" for first, last in ranks])
    write(canvas, 3.65, .33, "words of the vocabulary, by how common they are in training", GREY,
          SMALL)
    write(canvas, .38, 1.8, "share that is said", GREY, SMALL, rotation=90)
    write(canvas, 6.65, 2.0, "in a thousand\nsentences of\npeople", INK, SMALL, ha="left")
    write(canvas, 6.65, 1.2, "in the thousand of\nthe captioner", FORWARD, SMALL, ha="left")
    return figure
