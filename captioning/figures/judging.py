"""Drawings of chapter 12, Judging. What captioners say and score is drawn from logs."""

from collections import Counter

import numpy as np
from matplotlib.patches import Rectangle

from captioning.figures.style import (
    CELL,
    FORWARD,
    GREY,
    INK,
    LINE,
    PANEL,
    SMALL,
    TINT,
    arrow,
    drawing,
    number,
    panel,
    plot,
    write,
)
from captioning.logs import read_log
from captioning.metrics.ngrams import ngrams
from captioning.scenes import HERO, captions

TRUE = "a blue boat is left of two yellow stars at night"
FALSE = "there are two yellow stars to the left of a blue boat"
NAMES = {"bleu_4": "BLEU-4", "rouge_l": "ROUGE-L", "cider_d": "CIDEr-D"}


def references():
    """The hero's five captions, those of chapter 3."""
    return captions(HERO, np.random.default_rng(2))


# ---------------------------------------------------------------- whispered and free

@drawing
def whispers():
    """One scene's caption as people wrote it, what is said after each of its words, and alone."""
    read, led, free = read_log("judging")["ways"]["examples"][SHOWN]
    figure, canvas = panel(2.75)
    read, led, free = read.split(), led.split(), free.split()
    left, gap = .95, (8.25 - .95) / max(len(read), len(led))
    for y, title in ((2.3, "reads"), (1.65, "says"), (.6, "alone")):
        write(canvas, .8, y, title, GREY, SMALL, ha="right")
    for k, word in enumerate(["START", *read][:len(led)]):
        x = left + gap * (k + .5)
        write(canvas, x, 2.3, word, GREY, SMALL)
        arrow(canvas, (x, 2.15), (x, 1.84), LINE, .02)
        right = k < len(read) and led[k] == read[k]
        write(canvas, x, 1.65, led[k], FORWARD if right else INK, SMALL,
              weight="normal" if right else "bold")
    write(canvas, left, .6, " \N{RIGHTWARDS ARROW} ".join(free), FORWARD, SMALL, ha="left")
    write(canvas, left, 1.28, "blue: the word that people wrote next; bold: another one. "
          "The row is scored as if it were a caption.", GREY, SMALL, ha="left")
    write(canvas, left, .27, "each word that is said is the next to be read", GREY, SMALL,
          ha="left")
    return figure


SHOWN = 13  # two orange houses on the left of a purple key


# ---------------------------------------------------------------- n-grams

@drawing
def matches():
    """The hero's n-grams, those that some reference has in blue, of a true and a false caption."""
    figure, canvas = panel(4.0)
    _pyramid(canvas, 3.62, TRUE, "true")
    _pyramid(canvas, 1.83, FALSE, "false: the stars stand to the right")
    return figure


def _pyramid(canvas, top, sentence, title):
    """A caption's words and under them, order by order, its n-grams as cells."""
    words, left, gap = sentence.split(), .95, .54
    write(canvas, left, top, title, GREY, SMALL, ha="left")
    write(canvas, left + gap * 12 + .42, top, "matched", GREY, SMALL)
    for k, word in enumerate(words):
        write(canvas, left + gap * (k + .5), top - .27, word, INK, SMALL)
    known = [set(gram for ref in references() for gram in ngrams(ref.split(), n))
             for n in range(1, 5)]
    for n in range(1, 5):
        grams, y = list(ngrams(words, n)), top - .27 - .29 * n
        write(canvas, left - .12, y, ("word", "two", "three", "four")[n - 1], GREY, SMALL,
              ha="right")
        for k, gram in enumerate(grams):
            x = left + gap * (k + n / 2)
            hit = gram in known[n - 1]
            canvas.add_patch(Rectangle((x - gap / 2 + .03, y - .1), gap - .06, .2, lw=1,
                                       fc=FORWARD if hit else CELL, ec=FORWARD if hit else LINE))
        write(canvas, left + gap * 12 + .42, y,
              f"{sum(gram in known[n - 1] for gram in grams)} of {len(grams)}", FORWARD, SMALL)


@drawing
def clip_and_penalty():
    """A word that is repeated is clipped; a caption that is short is punished."""
    figure, canvas = panel(2.75)
    said = "the the the the the blue boat".split()
    most = Counter()
    for reference in references():
        most |= Counter(reference.split())
    left, gap, seen = .45, .54, Counter()
    for k, word in enumerate(said):
        seen[word] += 1
        kept = seen[word] <= most[word]
        x = left + gap * k
        canvas.add_patch(Rectangle((x + .03, 1.3), gap - .06, .32, fc=FORWARD if kept else
                                   TINT[GREY], ec="none"))
        write(canvas, x + gap / 2, 1.46, word, "white" if kept else GREY, SMALL)
    kept = sum((Counter(said) & most).values())
    write(canvas, left + .03, 1.9, "no reference has “the” more than once: four are clipped",
          GREY, SMALL, ha="left")
    write(canvas, left + .03, .98, f"precision {kept} of {len(said)}", FORWARD, ha="left")
    axes = plot(figure, 5.2, .62, 2.7, 1.6, xlim=(0, 20), ylim=(0, 1.08))
    axes.set_xticks([0, 6, 12, 18])
    axes.set_yticks([0, .5, 1], ["0", ".5", "1"])
    length = np.linspace(.2, 20, 300)
    axes.plot(length, np.exp(np.minimum(0, 1 - 12 / length)), color=FORWARD)
    axes.plot([11], [np.exp(1 - 12 / 11)], "o", color=INK, ms=8, zorder=3)
    axes.text(10.3, .97, number(np.exp(1 - 12 / 11), 3), ha="right", va="bottom", color=INK,
              fontsize=SMALL)
    axes.plot([12, 12], [0, 1], color=LINE, lw=1, ls=":")
    write(canvas, 6.5, .3, "words; the closest reference has 12", GREY, SMALL)
    write(canvas, 4.85, 2.42, "penalty", FORWARD, SMALL, ha="left")
    return figure


# ---------------------------------------------------------------- ROUGE-L

@drawing
def lcs():
    """The table of the longest common subsequence of the hero's caption and a reference."""
    one, other = TRUE.split(), references()[0].split()
    rows = [[0] * (len(other) + 1)]
    for word in one:
        row = [0]
        for k, rival in enumerate(other):
            row.append(rows[-1][k] + 1 if word == rival else max(row[-1], rows[-1][k + 1]))
        rows.append(row)
    figure, canvas = panel(4.15)
    left, top, wide, high = 1.15, 3.42, .475, .255
    path = _taken(one, other, rows)
    for k, word in enumerate(other):
        write(canvas, left + wide * (k + 1.5), top + .09, word, INK, SMALL, rotation=38,
              ha="left", va="bottom", rotation_mode="anchor").set_x(left + wide * (k + 1.35))
    for i in range(len(one) + 1):
        y = top - high * (i + .5)
        if i:
            write(canvas, left - .08, y, one[i - 1], INK, SMALL, ha="right")
        for k, value in enumerate(rows[i]):
            match = bool(i and k and one[i - 1] == other[k - 1])
            taken = (i, k) in path
            fill = FORWARD if taken else TINT[FORWARD] if match else CELL
            canvas.add_patch(Rectangle((left + wide * k, y - high / 2), wide, high, fc=fill,
                                       ec=TINT[GREY], lw=1))
            write(canvas, left + wide * (k + .5), y - .005, str(value), "white" if taken else
                  FORWARD if match else GREY, SMALL)
    return figure


def _taken(one, other, rows):
    """Places of the matches on one way back from the last corner."""
    i, k, places = len(one), len(other), set()
    while i and k:
        if one[i - 1] == other[k - 1]:
            places.add((i, k))
            i, k = i - 1, k - 1
        elif rows[i - 1][k] >= rows[i][k - 1]:
            i -= 1
        else:
            k -= 1
    return places


# ---------------------------------------------------------------- CIDEr-D

@drawing
def rarities():
    """Two sentences as vectors of words: one up, one down, each word as long as it is rare."""
    rarity, reference = read_log("judging")["rarity"], references()[0]
    up, down = (Counter(sentence.split()) for sentence in (TRUE, reference))
    words = sorted(up | down, key=lambda word: (-(word in up and word in down),
                                                -(word in up), -rarity[word]))
    figure, canvas = panel(3.3)
    left, gap, middle, scale = 1.2, 6.95 / len(words), 1.68, .33
    for k, word in enumerate(words):
        x = left + gap * (k + .5)
        both = word in up and word in down
        for counts, sign in ((up, 1), (down, -1)):
            height = scale * counts[word] * rarity[word]
            if counts[word]:
                canvas.add_patch(Rectangle((x - .15, middle + sign * .14), .3, sign * height,
                                           fc=FORWARD if both else TINT[GREY], ec="none"))
                if sign > 0 or not both:
                    write(canvas, x, middle + sign * (.14 + max(height, .0) + .1),
                          number(counts[word] * rarity[word]), FORWARD if both else GREY, 9)
        write(canvas, x, middle, word, INK, SMALL)
    write(canvas, 1.1, middle + .75, "caption", GREY, SMALL, ha="right")
    write(canvas, 1.1, middle - .75, "reference", GREY, SMALL, ha="right")
    vectors = [np.array([counts[w] * rarity[w] for w in words]) for counts in (up, down)]
    cosine = vectors[0] @ vectors[1] / np.prod([np.linalg.norm(v) for v in vectors])
    write(canvas, 8.1, 2.95, f"cosine {number(cosine, 3)}", FORWARD, ha="right")
    return figure


# ---------------------------------------------------------------- the surprise

@drawing
def pairs():
    """What each score makes of a true and a false sentence about each of a thousand scenes."""
    log = read_log("judging")["pairs"]
    figure, canvas = panel(3.45)
    for k, (name, title) in enumerate(NAMES.items()):
        left, most = .72 + 2.6 * k, 8 if name == "cider_d" else 1
        axes = plot(figure, left, .72, 2.15, 2.15, xlim=(0, most), ylim=(0, most))
        ends = [0, most / 2, most]
        axes.set_xticks(ends, [f"{e:g}".lstrip("0") or "0" for e in ends])
        axes.set_yticks(ends, [f"{e:g}".lstrip("0") or "0" for e in ends])
        true, false = np.array(log[name]["scores"]).T
        above = false > true
        axes.plot([0, most], [0, most], color=INK, lw=1)
        for which, colour in ((above, FORWARD), (~above, GREY)):
            axes.plot(true[which], false[which], "o", ms=2.6, color=colour, mec="none", alpha=.55,
                      clip_on=False)
        write(canvas, left, 3.1, title, INK, ha="left")
        write(canvas, left + 2.15, 3.1, f"false wins {log[name]['false']}", FORWARD, SMALL,
              ha="right", weight="bold")
        write(canvas, left + 1.07, .33, "score of the true one", GREY, SMALL)
    write(canvas, .33, 1.8, "of the false one", GREY, SMALL, rotation=90)
    return figure


@drawing
def ladder():
    """Baselines, captioners and one person, by scores, on scenes also by truth."""
    figure, canvas = panel(5.2)
    scenes, photographs = read_log("judging")["scores"], read_log("flickr8k-baselines")["scores"]
    same = {"most frequent caption": "most frequent caption",
            "most typical caption": "most typical caption",
            "nearest neighbour": "nearest neighbour",
            "consensus of 30 neighbours": "30 neighbours agree"}
    end = {"one person against the others": "one person"}
    drawn = same | {"scenes-rnn": "vanilla RNN", "scenes-lstm": "LSTM"} | end
    photo = same | {"the captioner": "LSTM"} | end
    _block(canvas, 4.9, "scenes", scenes, drawn, [*NAMES, "truth"])
    _block(canvas, 2.2, "photographs", photographs, photo, list(NAMES))
    return figure


def _block(canvas, top, title, table, rows, columns):
    """Rows of dots, one column a score."""
    write(canvas, .3, top, title, INK, ha="left", weight="bold")
    person = table["one person against the others"]
    for c, score in enumerate(columns):
        left, wide = 2.25 + 1.53 * c, .9
        most = max(table[name][score] for name in rows)
        canvas.plot([left + wide * person[score] / most] * 2, [top - .2, top - .33 * len(rows)],
                    color=GREY, lw=1, ls=":")
        write(canvas, left, top, NAMES.get(score, score), GREY, ha="left")
        for k, (name, label) in enumerate(rows.items()):
            y, value = top - .33 * (k + 1), table[name][score]
            colour = FORWARD if label in ("vanilla RNN", "LSTM") else INK
            if not c:
                write(canvas, 2.1, y, label, colour, SMALL, ha="right")
            canvas.plot([left, left + wide * value / most], [y, y], color=LINE, lw=1)
            canvas.plot(left + wide * value / most, y, "o", ms=7, color=colour)
            write(canvas, left + wide * value / most + .1, y,
                  number(value, 2 if score == "cider_d" else 3), GREY, 9, ha="left").set_bbox(
                {"fc": PANEL, "ec": "none", "pad": .8})
