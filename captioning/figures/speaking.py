"""Drawings of chapter 11, Speaking. What the large captioner says is drawn from its log."""

import numpy as np
from matplotlib.patches import FancyArrowPatch, PathPatch, Rectangle
from matplotlib.path import Path

from captioning import tiny
from captioning.figures.style import (
    FORWARD,
    GRADIENT,
    GREY,
    INK,
    LINE,
    PANEL,
    SMALL,
    TINT,
    WIDTH,
    arrow,
    box,
    drawing,
    number,
    panel,
    plot,
    write,
)
from captioning.logs import read_log

DRAWN_FROM = .0045  # branches less likely than this are left out of the tree
LONGEST = 4  # words of a sentence in the tree, <END> among them


@drawing
def loop():
    """The loop of every decoder, and where a gradient stops."""
    figure, canvas = panel(3.05)
    box(canvas, 2.0, 1.45, 1.1, .6)
    box(canvas, 3.95, 1.45, 1.1, .6)
    box(canvas, 6.35, 1.45, 1.3, .6, FORWARD, TINT[FORWARD])
    for x, name in ((2.0, "start"), (3.95, "step"), (6.35, "choose")):
        write(canvas, x, 1.44, name, FORWARD, 12)
    for left, right, text, shape in ((.62, 1.4, "features", "(N, F)"),
                                     (2.6, 3.35, "state", "N rows"),
                                     (4.55, 5.65, "log_probs", "(N, V)")):
        arrow(canvas, (left, 1.45), (right, 1.45))
        write(canvas, (left + right) / 2, 1.67, text, FORWARD, SMALL)
        write(canvas, (left + right) / 2, 1.23, shape, GREY, SMALL)
    canvas.plot([7.05, 7.55, 7.55, 3.95, 3.95], [1.33, 1.33, .55, .55, .9], color=FORWARD, lw=2)
    arrow(canvas, (3.95, .8), (3.95, 1.12))
    arrow(canvas, (2.9, .55), (3.93, .55))
    write(canvas, 2.2, .55, "first: <START>", FORWARD, SMALL)
    write(canvas, 5.75, .75, "words (N,): said, and read next", FORWARD, SMALL)
    write(canvas, 5.75, .35, "until <END> is said, or max_length words", GREY, SMALL)
    write(canvas, 5.1, 1.93, "forbidden: −∞", GREY, SMALL)
    canvas.add_patch(FancyArrowPatch((4.25, 1.78), (3.65, 1.78), arrowstyle="-|>", lw=2,
                                     mutation_scale=13, color=FORWARD,
                                     connectionstyle="arc3,rad=1.5"))
    write(canvas, 3.95, 2.42, "state", FORWARD, SMALL)
    arrow(canvas, (8.05, 1.6), (7.12, 1.6), GRADIENT, .07)
    canvas.plot([7.05, 7.05], [1.2, 1.72], color=GRADIENT, lw=3)
    write(canvas, 6.5, 2.45, "A choice does not move when the scores\nmove a little: "
          "no gradient passes it.", GRADIENT, SMALL, linespacing=1.4)
    write(canvas, .45, 2.5, "two calls to the model,\none choice", INK, ha="left",
          linespacing=1.4)
    return figure


def branches(picture):
    """What the tiny network may say: [depth, word, path's probability, row] by walking the tree.

    Rows count leaves from above; a branch stands level with the likeliest of its own.
    """
    model, found, rows = tiny.network(), [], iter(range(99))

    def grow(words, state, share):
        log_probs, state = model.step(np.array(words[-1:]), state)
        shares = share * np.exp(log_probs[0])
        for k in np.argsort(-shares):
            if shares[k] < DRAWN_FROM:
                break
            branch = [words[1:], tiny.WORDS[k], shares[k], None]
            found.append(branch)
            here = len(found)
            if tiny.WORDS[k] != "<END>" and len(words) < LONGEST:
                grow([*words, k], state, shares[k])
            branch[3] = found[here][3] if len(found) > here else next(rows)

    grow([tiny.WORD_TO_IDX["<START>"]], model.start(tiny.FEATURES[picture:picture + 1]), 1.0)
    return found


@drawing
def tree():
    """All that the tiny network may say of the blue boat, branches as wide as they are likely."""
    figure, canvas = panel(4.4)
    found = branches(1)
    columns, top, gap = [.85, 2.35, 3.8, 5.2, 6.5], 3.5, .37
    nodes = {(): (columns[0], top, 1.0)}
    used = {(): 1.0}  # what is left of a node's width for the branches still to come
    for words, word, share, row in found:
        parent, key = tuple(words), (*words, tiny.WORD_TO_IDX[word])
        nodes[key] = columns[len(key)], top - gap * row - (.12 if row else 0), share
        x, y, whole = nodes[parent]
        leaves = y + THICK * (used[parent] - share / 2 - whole / 2)
        used[parent] -= share
        used[key] = share
        _band(canvas, (x + HALF, leaves), (nodes[key][0] - HALF, nodes[key][1]), THICK * share)
        if not row:  # the thick path: what each word has of what came to it
            write(canvas, (x + nodes[key][0]) / 2, top, f"{'× ' if parent else ''}"
                  f"{number(share / whole, 3)}", FORWARD, SMALL)
    for key, (x, y, share) in nodes.items():
        _node(canvas, key, x, y, share, columns)
    said = sum(share for words, word, share, _ in found
               if word == "<END>" or len(words) + 1 == LONGEST)
    write(canvas, LEAF, .42, f"all else: {number(1 - said, 4)}", GREY, SMALL, ha="left")
    for k, text in enumerate(("first", "second", "third", "fourth word")):
        write(canvas, columns[k + 1], 4.07, text, GREY, SMALL)
    write(canvas, LEAF, 4.07, "its probability", GREY, SMALL, ha="left")
    return figure


THICK, HALF = .6, .4  # height of a branch that is certain, half the width of a word
LEAF = 7.1  # where a sentence's probability is written
THIN = .008  # the least height that can be seen: the thinnest branches are drawn so
WATER = "#a9d0e9"


def _band(canvas, start, end, thickness):
    """Draw a branch as a bent band."""
    half, (x0, y0), (x1, y1) = max(thickness, THIN) / 2, start, end
    middle = (x0 + x1) / 2
    path = Path([(x0, y0 + half), (middle, y0 + half), (middle, y1 + half), (x1, y1 + half),
                 (x1, y1 - half), (middle, y1 - half), (middle, y0 - half), (x0, y0 - half)],
                [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3])
    canvas.add_patch(PathPatch(path, fc=WATER, ec="none", snap=False))


def _node(canvas, key, x, y, share, columns):
    """Write a word on its branch, and at a leaf the probability of the whole sentence."""
    word = tiny.WORDS[key[-1]] if key else "<START>"
    half = max(THICK * share, THIN) / 2
    leaf = word == "<END>"
    if not leaf:
        canvas.add_patch(Rectangle((x - HALF, y - half), 2 * HALF, 2 * half, fc=WATER, ec="none",
                                   snap=False))
    text = write(canvas, x, y, word, GREY if leaf else INK, SMALL)
    if half < .1 and not leaf:
        text.set_bbox({"fc": PANEL, "ec": "none", "pad": 1})
    if leaf or len(key) == LONGEST:
        said = number(share, 4) if leaf else f"goes on: {number(share, 4)}"
        write(canvas, LEAF, y, said, FORWARD if leaf else GREY, SMALL, ha="left")
    if leaf and x < columns[-1]:
        canvas.plot([x + HALF, LEAF - .1], [y, y], color=LINE, lw=1, ls=":")


HAND = {"a": (.6, {"boat": .4, "ship": .3, "sail": .3}), "there": (.4, {"is": .9, "are": .1})}


@drawing
def trap():
    """Two words by hand: the widest branch first is not the way to the likeliest sentence."""
    figure, canvas = panel(2.7)
    thick, half, start = 1.1, .35, 1.5
    y, ends = 2.38, [start - .5 * thick, start + .5 * thick]
    for first, (share, seconds) in HAND.items():
        ys = [y - .47 * k for k in range(len(seconds))]
        y = ys[-1] - .55
        middle = sum(ys) / len(ys)
        _limb(canvas, (.9 + half, ends[1] - thick * share / 2), (2.75, middle), thick * share,
              f"{first}  {number(share, 1)}")
        top, ends[1] = middle + thick * share / 2, ends[1] - thick * share
        for (second, part), row in zip(seconds.items(), ys, strict=True):
            width = thick * share * part
            _limb(canvas, (2.75 + half, top - width / 2), (4.6, row), width,
                  f"{second}  {number(part, 1)}")
            top -= width
            best = {"boat": "greedy", "is": "the likeliest"}.get(second, "")
            colour = {"boat": INK, "is": FORWARD}.get(second, GREY)
            write(canvas, 5.25, row, f"{number(share, 1)} × {number(part, 1)} = "
                  f"{number(share * part)}", colour, ha="left")
            write(canvas, 7.0, row, best, colour, ha="left", weight="bold")
    canvas.add_patch(Rectangle((.9 - half, start - thick / 2), 2 * half, thick, fc=WATER,
                               ec="none"))
    write(canvas, .9, start, "<START>", INK, SMALL)
    return figure


def _limb(canvas, start, end, thickness, text):
    """A branch with its word and share at its end."""
    half = .35
    _band(canvas, start, (end[0] - half, end[1]), thickness)
    canvas.add_patch(Rectangle((end[0] - half, end[1] - thickness / 2), 2 * half, thickness,
                               fc=WATER, ec="none"))
    written = write(canvas, *end, text, INK, SMALL)
    if thickness < .15:
        written.set_bbox({"fc": PANEL, "ec": "none", "pad": 1})


@drawing
def two_sentences():
    """The greedy sentence about the hero and its likeliest, word by word."""
    log = read_log("temperature")["hero"]
    figure, canvas = panel(3.95)
    for y, name, title in ((2.1, "greedy", "greedy: the likeliest word at every step"),
                           (.25, "likeliest", "the likeliest sentence")):
        steps = log[name]
        product = np.prod([step["p"] for step in steps])
        write(canvas, .35, y + 1.55, title, INK, ha="left")
        for t, step in enumerate(steps):
            x = .66 + .59 * t
            canvas.add_patch(Rectangle((x - .2, y + .22), .4, .85, fc=TINT[GREY], ec="none"))
            canvas.add_patch(Rectangle((x - .2, y + .22), .4, .85 * step["p"], ec="none",
                                       fc=FORWARD))
            write(canvas, x, y + .07, step["word"], INK, 9)
            text = number(step["p"]) if step["p"] < .995 else "1"
            write(canvas, x, y + 1.2, text, FORWARD, 9)
        write(canvas, 7.45, y + .72, "product", GREY, SMALL, ha="left")
        write(canvas, 7.45, y + .47, number(product, 4), FORWARD, 12, ha="left")
    return figure


FINGER, SHOWN = .4, 6  # a random number, and how many words have a stretch of their own


def first_words():
    """The hero's likeliest first words and log-probabilities, the first one's taken off all."""
    log = read_log("temperature")["hero"]["first_word"]
    words = np.array(log["words"])
    may = ~np.isin(words, ("<NULL>", "<START>", "<UNK>"))
    log_probs = np.array(log["log_probs"])[may]
    return words[may], log_probs - log_probs.max()


def _line(canvas, x, y, width, shares, words):
    """Lay probabilities end to end; what follows the words has one grey stretch."""
    at, height = 0, .42
    for k, (share, word) in enumerate(zip(shares, words, strict=True)):
        fill = TINT[GREY] if k == SHOWN else (WATER, TINT[FORWARD])[k % 2]
        canvas.add_patch(Rectangle((x + width * at, y - height / 2), width * share, height, fc=fill,
                                   ec="none"))
        if width * share > max(.27, .08 * len(word)):
            write(canvas, x + width * (at + share / 2), y,
                  f"{word}\n{number(share) if share < .995 else 1}", INK, 9, linespacing=1.2)
        at += share


def stretches(log_probs, tau):
    """Shares of the likeliest words and of all others together, at a temperature."""
    p = np.exp(log_probs / tau)
    p /= p.sum()
    return np.append(p[:SHOWN], p[SHOWN:].sum())


@drawing
def lot():
    """A word drawn by lot: the hero's first, its probabilities laid end to end."""
    words, log_probs = first_words()
    shares = stretches(log_probs, 1)
    figure, canvas = panel(1.6)
    x, y, width = .5, .8, 7.4
    _line(canvas, x, y, width, shares, [*words[:SHOWN], f"{len(words) - SHOWN} others"])
    for end in (0, *shares.cumsum()):
        canvas.plot([x + width * end] * 2, [y - .21, y - .29], color=GREY, lw=1)
        text = number(end) if 0 < end < .995 else f"{end:.0f}"
        write(canvas, x + width * end, y - .4, text, GREY, 9)
    arrow(canvas, (x + width * FINGER, y + .5), (x + width * FINGER, y + .23), INK)
    write(canvas, x + width * FINGER + .15, y + .44, f"the finger, at {number(FINGER)}: "
          f"says “{words[np.searchsorted(shares.cumsum(), FINGER)]}”", INK, ha="left")
    return figure


TOP, SHARE = 3, .8  # where the lines are cut: so many words, or so much of the line


def needed(log_probs, tau):
    """How many of the likeliest words hold the share together, at a temperature."""
    p = np.exp(log_probs / tau)
    return int((p.cumsum() / p.sum() < SHARE).sum()) + 1


@drawing
def temperatures():
    """The hero's first word at several temperatures, where it is cut, and what one finger says."""
    words, log_probs = first_words()
    figure, canvas = panel(4.5)
    x, width, top, gap = 1.1, 4.35, 3.5, .73
    for row, (tau, title) in enumerate(zip((1e-3, .5, 1, 2, 1e9),
                                           ("τ → 0", "τ = .5", "τ = 1", "τ = 2", "τ → ∞"),
                                           strict=True)):
        y = top - gap * row
        shares = stretches(log_probs, tau)
        _line(canvas, x, y, width, shares, [*words[:SHOWN], f"{len(words) - SHOWN} others"])
        write(canvas, .98, y, title, INK if tau == 1 else GREY, ha="right")
        said = np.searchsorted(shares.cumsum(), FINGER)
        write(canvas, 5.65, y, f"“{words[said]}”" if said < SHOWN else "another", ha="left")
        canvas.plot([x + width * FINGER] * 2, [y + .21, y + .33], color=INK, lw=2)
        few, held = needed(log_probs, tau), np.exp(log_probs / tau)
        held = held.cumsum() / held.sum()
        _cut(canvas, x, width * held[TOP - 1], y - .27, FORWARD)
        _cut(canvas, x, width * held[few - 1], y - .34, GREY)
        write(canvas, 6.8, y, number(held[TOP - 1]) if tau > .1 else "1", FORWARD)
        write(canvas, 7.72, y, f"{few} word{'s' * (few > 1)}", GREY)
    write(canvas, x + width * FINGER, top + .48, f"the finger, at {number(FINGER)}", INK)
    for at, text, colour in ((5.95, "it says", INK), (6.8, f"top {TOP}\nhold", FORWARD),
                             (7.72, f"nucleus {number(SHARE, 1)}\nneeds", GREY)):
        write(canvas, at, top + .55, text, colour, SMALL, linespacing=1.3)
    for y, note in ((top, "greedy"), (top - 2 * gap, "as learnt"), (top - 4 * gap, "all alike")):
        write(canvas, .98, y - .21, note, GREY, 9, ha="right")
    return figure


def _cut(canvas, x, length, y, colour):
    """A bracket under the part of a line that is kept."""
    canvas.plot([x, x + length], [y, y], color=colour, lw=2)
    canvas.plot([x + length] * 2, [y, y + .06], color=colour, lw=2)


@drawing
def thousand():
    """A thousand sentences about the hero, one cell each, equal ones side by side."""
    log = read_log("temperature")["hero"]["draws"]["1"]
    figure, canvas = panel(4.45)
    size, columns = .15, 40
    for row, column, (count, true, greedy) in _bars(log["counts"], columns):
        fill = "#a9a9a9" if not true else INK if greedy else FORWARD if count > 1 else WATER
        x, y = .4 + size * column, 4.1 - size * row
        canvas.add_patch(Rectangle((x, y), size * count - .03, size - .03, fc=fill, ec="none"))
        if greedy:
            canvas.plot([6.5, 6.65], [y + .06] * 2, color=INK, lw=1)
            write(canvas, 6.7, y + .06, f"black: greedy, {count}", ha="left")
    false = sum(count for count, true, _ in log["counts"] if not true)
    for y, colour, text in ((4.13, INK, f"{log['distinct']} are different"),
                            (3.05, FORWARD, "dark: a bar is one\nsentence, repeated"),
                            (2.3, FORWARD, "light: said once"),
                            (1.65, INK, f"black, dark, light:\n{log['true']} are true"),
                            (.5, GREY, f"grey: {false} false,\neach said once")):
        write(canvas, 6.7, y, text, colour, ha="left", linespacing=1.4)
    return figure


def _bars(counts, columns):
    """Place [count, true, greedy] in rows of whole bars, the longest first, false ones last."""
    cell = 0
    for bar in sorted(counts, key=lambda entry: (not entry[1], -entry[0])):
        room = columns - cell % columns
        cell += room if bar[0] > room else 0
        yield *divmod(cell, columns), bar
        cell += bar[0]


@drawing
def cost():
    """Truth, mentions and variety against temperature, greedy at the left end."""
    log = read_log("temperature")
    figure, canvas = panel(3.9)
    axes = plot(figure, .75, .75, 5.6, 2.85, xlim=(0, 2.02), ylim=(0, 1.03))
    axes.set_xticks([0, .5, 1, 1.5, 2], ["→ 0, greedy", ".5", "1", "1.5", "2"])
    axes.set_yticks([0, .5, 1], ["0", ".5", "1"])
    axes.axvline(1, color=LINE, lw=1, ls=":")
    tau = [0] + [point["tau"] for point in log["curve"]]
    ends = {}
    for name, colour, scale, dashes in (
            ("truth", FORWARD, 1, "-"), ("coverage", FORWARD, 1, "--"),
            ("different", INK, log["draws"], "-"), ("unparsed", GREY, 1, "-")):
        first = 1 / log["draws"] if name == "different" else log["greedy"][name]
        values = [first] + [point[name] / scale for point in log["curve"]]
        axes.plot(tau, values, color=colour, marker="o", ms=4, clip_on=False, zorder=3, ls=dashes,
                  lw=1.5 if dashes == "--" else 2.5)
        ends[name] = values[-1]
    for name, text, colour, lift in (
            ("truth", "true", FORWARD, -.01), ("coverage", "mentions (dashed)", FORWARD, 0),
            ("different", "different, of ten", INK, 0), ("unparsed", "unread", GREY, .01)):
        write(canvas, 6.5, .75 + 2.85 * (ends[name] + lift) / 1.03, text, colour, SMALL, ha="left",
              linespacing=1.3)
    write(canvas, 3.55, .3, r"temperature $\tau$", GREY, SMALL)
    write(canvas, .35, 2.2, "share", GREY, SMALL, rotation=90)
    return figure


@drawing
def running_on():
    """The probability of <END> at each word of a sentence that is not allowed to end."""
    steps = read_log("temperature")["hero"]["running_on"]
    figure, canvas = panel(2.9)
    ended = next(t for t, step in enumerate(steps) if step["end"] > .5)
    gap = (WIDTH - .9) / len(steps)
    for t, step in enumerate(steps):
        x = .75 + gap * t
        canvas.add_patch(Rectangle((x - .13, 1.05), .26, 1.2, fc=TINT[GREY], ec="none"))
        canvas.add_patch(Rectangle((x - .13, 1.05), .26, max(1.2 * step["end"], .012), ec="none",
                                   fc=FORWARD))
        write(canvas, x + .1, .95, step["word"], INK if t < ended else GREY, 9, rotation=55,
              ha="right", va="top", rotation_mode="anchor")
        if step["end"] > .05:
            write(canvas, x, 2.38, number(step["end"], 2) if step["end"] < .995 else "1", FORWARD,
                  SMALL)
    write(canvas, .4, 2.62, "probability that the sentence ends before this word",
          FORWARD, SMALL, ha="left")
    canvas.plot([.75 + gap * (ended - .5)] * 2, [1.0, 2.3], color=INK, lw=1, ls=":")
    return figure


def short(p):
    """A probability with two digits that count."""
    if p < 5e-5:
        return "0"
    return number(p, 2 if p >= .0995 else 3 if p >= .00995 else 4)


@drawing
def beam():
    """A beam of three on the hero: what is kept in three lanes, and the best that is dropped."""
    steps = read_log("beam")["hero"]["steps"]
    figure, canvas = panel(4.33)
    best, lanes = _ancestors(steps), _lanes(steps)
    for t, grown in enumerate(steps):
        for k, (parent, word, log_p) in enumerate(grown):
            kept, before = k < len(grown) - 1, lanes[t - 1, parent] if t else 1
            if not kept and np.exp(log_p) < .0001:
                continue
            y = LANE[lanes[t, k]] if kept else LANE[before] - .47
            _way(canvas, t, (before, y), kept, (t, k) in best)
            colour = FORWARD if (t, k) in best else INK if kept or (t, k) in NAMED else GREY
            for text, down in ((word, 0), (short(np.exp(log_p)), .18)):
                write(canvas, _column(t), y - down, text, colour, 9.5 if kept else 9,
                      bbox={"fc": PANEL, "ec": "none", "pad": .6},
                      weight="bold" if colour != GREY and not down and
                      ((t, k) in best or not kept) else "normal")
    for (t, _), (x, y, text) in NAMED.items():
        write(canvas, _column(t) + x, y, text, INK, 9, ha="left")
    write(canvas, .4, .4, "below each row, grey: dropped, at each step the best of them", GREY,
          SMALL, ha="left")
    write(canvas, 8.0, .4, "blue: the likeliest of the three", FORWARD, SMALL, ha="right")
    return figure


# Of what is dropped, (step, row): beginnings that others go on with, and where that is said.
NAMED = {(2, 3): (-.14, 1.85, "the likeliest sentence of all goes on here"),
         (3, 3): (.2, 3.33, "greedy goes on here")}


def _column(t):
    return .78 + .592 * t


def _way(canvas, t, ends, kept, best):
    """A line from a word to one that continues it."""
    before, y = ends
    colour = FORWARD if best else "#8a8a8a" if kept else LINE
    canvas.plot([_column(t - 1) if t else .33, _column(t)], [LANE[before], y], lw=1.5,
                color=colour, ls="-" if kept else (0, (2, 1.5)), zorder=1.5)


LANE = (3.88, 2.68, 1.48)


def _lanes(steps):
    """A lane for each beginning that is kept: its parent's, or one that has come free."""
    best, lanes = _ancestors(steps), {(0, k): k for k in (0, 1, 2)}
    lanes[0, 1], lanes[0, 2] = 2, 1  # the best in the middle
    for t in range(1, len(steps)):
        free, first = {0, 1, 2}, {}
        order = sorted(range(3), key=lambda k: (t, k) not in best)
        for k in order:
            parent = lanes[t - 1, steps[t][k][0]]
            if parent in free:
                free.discard(parent)
                first[k] = parent
        for k in order:
            lanes[t, k] = first[k] if k in first else free.pop()
    return lanes


def _ancestors(steps):
    """The places (step, row) that the best sentence came through."""
    row, ways = 0, set()
    for t in reversed(range(len(steps))):
        ways.add((t, row))
        row = steps[t][row][0]
    return ways


@drawing
def widths():
    """What a wider beam does on photographs: log-probability, length and score."""
    log = read_log("beam")["photographs"]
    figure, canvas = panel(3.3)
    people = {"length": log["people"]["length"]}
    for k, (name, title, low, high, ticks) in enumerate((
            ("log_p", "log-probability", -12, -8, (-12, -10, -8)),
            ("length", "words", 6.5, 11.5, (7, 9, 11)),
            ("cider_d", "CIDEr-D", .36, .46, (.36, .40, .44)))):
        x = .72 + 2.6 * k
        axes = plot(figure, x, .8, 1.75, 1.75, xlim=(.9, 33), ylim=(low, high), xscale="log")
        axes.minorticks_off()
        axes.set_xticks([1, 3, 10, 30], ["1", "3", "10", "30"])
        axes.set_yticks(ticks, [number(tick, 2 if abs(tick) < 1 else 0) for tick in ticks])
        for alpha, colour, dashes in ((0, FORWARD, "-"), (.7, INK, "--")):
            points = [point for point in log["grid"] if point["alpha"] == alpha]
            axes.plot([point["width"] for point in points], [point[name] for point in points],
                      color=colour, ls=dashes, marker="o", ms=4, lw=2, clip_on=False, zorder=3)
            last = points[-1][name]
            write(canvas, x + 1.78, .8 + 1.75 * (last - low) / (high - low),
                  f"α = {number(alpha, 1)}", colour, SMALL, ha="left")
        if name in people:
            axes.axhline(people[name], color=GREY, lw=1.2, ls=":")
            write(canvas, x + 1.78, .8 + 1.75 * (people[name] - low) / (high - low), "people",
                  GREY, SMALL, ha="left")
        write(canvas, x + .85, 2.85, title, INK)
    scores = {point["alpha"]: point["cider_d"] for point in log["grid"] if point["width"] == 5}
    axes.text(5, scores[.7] + .006, number(scores[.7], 3), color=INK, fontsize=SMALL, ha="center")
    write(canvas, 4.2, .32, "width of the beam", GREY, SMALL)
    return figure
