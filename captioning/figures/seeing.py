"""Drawings of chapter 10, Seeing. What is trained is computed in float64, or drawn from its log."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from captioning.encoder.convolution import conv_backward, conv_forward
from captioning.encoder.efficientnet import STRIDES as STEPS
from captioning.encoder.efficientnet import EfficientNetLite0, block, class_names, stem
from captioning.encoder.eye import load_eye, look_forward, pixels_to_numbers
from captioning.figures.style import (
    BLUES,
    CELL,
    FORWARD,
    GRADIENT,
    GREY,
    INK,
    LINE,
    PANEL,
    PARAMETER,
    SIGNED,
    SMALL,
    TINT,
    arrow,
    box,
    cells,
    drawing,
    number,
    panel,
    picture,
    write,
)
from captioning.layers import log_softmax
from captioning.logs import read_log
from captioning.scenes import HERO, arrange, draw, draw_batch

HEAT = LinearSegmentedColormap.from_list("heat", [PANEL, "#f2b48c", GRADIENT])
EDGE = np.tile([-1.0, 0, 1], (3, 1))  # the right column of a patch less its left one
CORNER = 24, 20  # row and column of the patch that is worked out by hand


def grey(scene=HERO):
    """A scene's grey values: the mean of its three colours, whole numbers from 0 to 255."""
    return draw(scene).mean(axis=2).round()


@drawing
def edge():
    """A kernel on nine grey values of the hero, and on all of them."""
    figure, canvas = panel(3.65)
    values, (row, column) = grey(), CORNER
    patch = values[row:row + 3, column:column + 3]
    out, _ = conv_forward(values[None, :, :, None], EDGE[:, :, None, None], np.zeros(1))
    picture(canvas, values, .35, .75, 2.45, "gray", (0, 255))
    picture(canvas, out[0, :, :, 0], 5.6, .75, 2.45, SIGNED, (-540, 540))
    pixel = 2.45 / 64
    left, low = .35 + pixel * column, .75 + pixel * (61 - row)
    _outline(canvas, left, low, 3 * pixel, 3 * pixel, PARAMETER)
    for start, end in ((low + 3 * pixel, 3.2), (low, 2.18)):
        canvas.plot([left + 3 * pixel, 3.35], [start, end], color=PARAMETER, lw=.9, zorder=3)
    left, low = 5.6 + pixel * (column + 1), .75 + pixel * (62 - row)
    _outline(canvas, left, low, pixel, pixel, PARAMETER)
    cells(canvas, 3.35, 3.2, patch, FORWARD, digits=0)
    cells(canvas, 3.35, 1.94, EDGE, PARAMETER, digits=0)
    write(canvas, 3.12, 2.69, "patch", FORWARD, SMALL, rotation=90)
    write(canvas, 3.12, 1.43, "kernel", PARAMETER, SMALL, rotation=90)
    write(canvas, 4.13, 2.06, r"$\odot$", GREY, 13)
    total = f"{(patch * EDGE).sum():.0f}".replace("-", "−")
    write(canvas, 4.13, .5, f"nine products,\none sum: {total}", INK, SMALL, linespacing=1.4)
    canvas.plot([4.85, 5.4, left], [.42, .42, low], color=PARAMETER, lw=.9, zorder=3)
    write(canvas, 1.57, .5, "the hero in grey, 64 × 64", GREY, SMALL)
    write(canvas, 6.82, .5, "the sum at every place, 64 × 64", GREY, SMALL)
    return figure


SAIL = grey()[23:27, 19:23]  # its last three rows and columns are the patch at CORNER
SMALL_PICTURE = (SAIL / 255).round(1)  # 4 x 4, tenths
UPSTREAM = np.array([[1.0, 2], [-1, 1]])  # a gradient for each of the four places
TOP, WIDE = 3.35, .38
MARKED = ((0, 8), (1, 6), (2, 2), (3, 0))  # where the pixel in row 2, column 2 stands in the rows


@drawing
def rows_forward():
    """Four patches of a small picture as rows, times the kernel as a column."""
    out, (_, patches, _, _) = _small()
    figure, canvas = panel(3.9)
    padded = np.pad(SMALL_PICTURE, ((1, 0), (1, 0)))
    _squares(canvas, .4, TOP, padded, FORWARD, 1)
    _border(canvas)
    _squares(canvas, 2.95, TOP - .35, patches.reshape(4, 9), FORWARD, 1, .37)
    _squares(canvas, 6.65, TOP, EDGE.reshape(9, 1), PARAMETER, 0, high=.29)
    _squares(canvas, 7.5, TOP - .35, out.reshape(4, 1), FORWARD, 1, .48)
    _notes(canvas, FORWARD, PARAMETER, "picture $x$ and border", "patches as rows, $X$: 4 × 9",
           "$w$: 9 × 1", "$Y$: 4 × 1")
    write(canvas, .4, .5, "The marked pixel was copied four times. At stride 2\nit alone is in all "
          "four patches.", INK, SMALL, ha="left", linespacing=1.5)
    return figure


@drawing
def rows_backward():
    """The same drawing with gradients in each array's place."""
    _, cache = _small()
    dx, dw, db = conv_backward(UPSTREAM[None, :, :, None], cache)
    back = UPSTREAM.reshape(4, 1) @ EDGE.reshape(1, 9)
    figure, canvas = panel(3.9)
    _squares(canvas, .4, TOP, np.pad(dx[0, :, :, 0], ((1, 0), (1, 0))), GRADIENT, 0)
    _border(canvas, drop=True)
    _squares(canvas, 2.95, TOP - .35, back, GRADIENT, 0, .37)
    _squares(canvas, 6.65, TOP, dw.reshape(9, 1), GRADIENT, 1, high=.29)
    _squares(canvas, 7.5, TOP - .35, UPSTREAM.reshape(4, 1), GRADIENT, 0, .48)
    _notes(canvas, GRADIENT, GRADIENT, r"$\bar x$: copies add up",
           r"$\bar X = \bar Y\,w^\top$", r"$\bar w = X^\top\bar Y$", r"$\bar Y$")
    write(canvas, 7.74, TOP - .35 - 4 * WIDE - .35, rf"$\bar b$ = {db[0]:.0f}", GRADIENT, SMALL)
    terms = " ".join(f"{'+' if v >= 0 else '−'} {abs(v):.0f}" for v in
                     (back[place] for place in MARKED)).removeprefix("+ ")
    total = f"{dx[0, 1, 1, 0]:.0f}".replace("-", "−")
    write(canvas, .4, .5, f"The marked pixel stands in four rows, so four gradients add up:\n"
          f"{terms} = {total}.", INK, SMALL, ha="left", linespacing=1.5)
    return figure


@drawing
def slices():
    """Four of the nine turns of the loop: where a kernel entry's column of gradients lands."""
    figure, canvas = panel(2.85)
    for place, (i, j) in enumerate(((2, 2), (2, 0), (0, 2), (0, 0))):
        x = .42 + 1.98 * place
        write(canvas, x, 2.55, f"entry ({i}, {j})", PARAMETER, SMALL, ha="left")
        column = UPSTREAM * EDGE[i, j]
        for row, left in np.ndindex(5, 5):
            k, m = divmod(row - i, 2), divmod(left - j, 2)
            read = not (k[1] or m[1]) and 0 <= k[0] < 2 and 0 <= m[0] < 2
            at = x + .32 * left, 2.35 - .32 * (row + 1)
            tint = TINT[GREY] if row == 0 or left == 0 else CELL
            canvas.add_patch(Rectangle(at, .32, .32, fc=TINT[GRADIENT] if read else tint,
                                       ec=LINE, lw=.8))
            if read:
                write(canvas, at[0] + .16, at[1] + .15, number(column[k[0], m[0]], 0), GRADIENT, 9)
        _outline(canvas, x + .64, 2.35 - .96, .32, .32)
        got = number(column[1 - i // 2, 1 - j // 2], 0)
        write(canvas, x, .49, f"the marked pixel: {got}", INK, SMALL, ha="left")
    return figure


def _outline(canvas, x, y, width, height, colour=INK, line=1.8):
    canvas.add_patch(Rectangle((x, y), width, height, fc="none", ec=colour, lw=line, zorder=5))


def _small():
    return conv_forward(SMALL_PICTURE[None, :, :, None], EDGE[:, :, None, None], np.zeros(1), 2)


def _squares(canvas, x, top, values, colour, digits, wide=WIDE, high=WIDE):
    cells(canvas, x, top, values, colour, wide, high, digits, 9 if wide < .45 else SMALL)


def _border(canvas, drop=False):
    """Grey the border of zeros above and left of the small picture."""
    for i in range(5):
        for j in range(5):
            if i and j:
                continue
            left, low = .4 + WIDE * j, TOP - WIDE * (i + 1)
            canvas.add_patch(Rectangle((left, low), WIDE, WIDE, fc=TINT[GREY], ec=CELL, lw=1.5,
                                       zorder=3))
            write(canvas, left + WIDE / 2, low + WIDE / 2 - .01, "" if drop else "0", GREY, 9,
                  zorder=4)


def _notes(canvas, colour, parameter, *names):
    """Write the names, number the places, mark the pixel, and draw the way of the numbers."""
    for x, y, name, ink in ((1.35, TOP - 2.1, names[0], colour),
                            (4.62, TOP - .35 - 4 * WIDE - .18, names[1], colour),
                            (6.85, TOP - 9 * .29 - .17, names[2], parameter),
                            (7.74, TOP - .18, names[3], colour)):
        write(canvas, x, y, name, ink, SMALL)
    for k in range(4):
        write(canvas, 2.84, TOP - .35 - WIDE * (k + .5), str(k + 1), GREY, 9)
    for left, low, wide in [(.4 + 2 * WIDE, TOP - 3 * WIDE, WIDE)] + [
            (2.95 + .37 * j, TOP - .35 - WIDE * (i + 1), .37) for i, j in MARKED]:
        _outline(canvas, left, low, wide, WIDE)
    y = TOP - .35 - 2 * WIDE
    if colour == GRADIENT:
        canvas.plot([7.74, 7.74, 4.62], [TOP - .05, TOP + .12, TOP + .12], color=GRADIENT, lw=2)
        arrow(canvas, (4.62, TOP + .13), (4.62, TOP - .29), GRADIENT)
        write(canvas, 5.6, TOP + .26, r"times $w^\top$", PARAMETER, SMALL)
        arrow(canvas, (7.44, y), (7.1, y), GRADIENT)
        write(canvas, 7.27, y + .22, "$X^\\top$", FORWARD, 9)
        arrow(canvas, (2.72, y), (2.38, y), GRADIENT)
        write(canvas, 2.55, y + .2, "add", GRADIENT, 9)
    else:
        write(canvas, 4.62, TOP - .12, "places 1 to 4, a row each", GREY, SMALL)
        write(canvas, 6.46, y, "×", GREY, 13)
        write(canvas, 7.27, y, "=", GREY, 13)
        arrow(canvas, (2.38, y), (2.72, y))


ANSWERS = {(0, 2): "↑ most at blue", (3, 0): "↑ most at the boat",
           (3, 2): "↑ most at the stars"}  # by layer and row of the maps drawn
REACH = (3, 7, 15, 31)  # pixels on a side that a place of each layer depends on


def wide_eye():
    """The book's eye in float64, so that what is drawn of it is the same on every machine."""
    return {name: value.astype(np.float64) for name, value in load_eye().params.items()}


@drawing
def the_eye():
    """The eye's layers on the hero: how far each place sees, first kernels, three maps a layer."""
    figure, canvas = panel(6.05)
    params = wide_eye()
    _, _, caches = look_forward(pixels_to_numbers(draw_batch([HERO]), np.float64), params)
    _frames(canvas, .35, 3.65)
    _first_kernels(canvas, params["w1"])
    for k, (_, values) in enumerate(caches[:4]):
        x, maps = 2.85 + 1.36 * k, values[0]
        write(canvas, x + .62, 5.7, f"layer {k + 1}", INK)
        shape = " × ".join(str(n) for n in maps.shape)
        count = params[f"w{k + 1}"].size + params[f"b{k + 1}"].size
        write(canvas, x + .62, 5.47, shape, FORWARD, SMALL)
        write(canvas, x + .62, 5.25, f"{count:,} numbers", PARAMETER, SMALL)
        write(canvas, x + .62, 5.03, f"sees {REACH[k]} × {REACH[k]}", GREY, SMALL)
        chosen = np.argsort(-maps.std(axis=(0, 1)), kind="stable")[:3]
        for place, channel in enumerate(chosen):
            shown, y = maps[:, :, channel], 3.63 - 1.55 * place
            _map(canvas, shown / shown.max(), x, y, 1.22)
            if (k, place) in ANSWERS:
                write(canvas, x + .61, y - .12, ANSWERS[k, place], INK, 9)
    return figure


def _frames(canvas, x, y):
    """The middle of the hero, and in it how much one place of each layer sees."""
    left, top, side = 6, 14, 36
    picture(canvas, draw(HERO, 512)[8 * top:8 * (top + side), 8 * left:8 * (left + side)], x, y,
            2.05)
    pixel = 2.05 / side
    for reach in REACH:
        corner = (x + pixel * (24 - reach // 2 - left),
                  y + pixel * (top + side - 1 - 32 - reach // 2))
        for colour, line in ((INK, 2.6), (CELL, 1.2)):  # a dark rim, so that white shows on white
            _outline(canvas, *corner, pixel * reach, pixel * reach, colour, line)
    write(canvas, x + 1.02, y - .15, "the hero's middle; frames:\nwhat one place of layers\n"
          "1, 2, 3 and 4 sees", GREY, SMALL, va="top", linespacing=1.3)


def _map(canvas, values, x, y, size):
    picture(canvas, values, x, y, size, BLUES, (0, 1))
    _outline(canvas, x, y, size, size, LINE, .8)


def _first_kernels(canvas, w):
    """The first layer's kernels as tiles of 3 x 3 colours, grey where a weight is zero."""
    for k in range(16):
        tile = .5 + w[:, :, :, k] / (2 * np.abs(w[:, :, :, k]).max())
        picture(canvas, tile.round(3), .42 + .5 * (k % 4), 2.2 - .46 * (k // 4), .4)
    write(canvas, 1.37, .6, "the 16 kernels of layer 1", PARAMETER, SMALL)


@drawing
def a_new_place():
    """How often a cup is named: by the eye, and by two readers of its grid."""
    log = read_log("seeing")
    asked, readers = log["eye"]["cup"], log["readers"]
    figure, canvas = panel(3.15)
    write(canvas, .35, 2.85, "The eye, shown a cup", INK, ha="left")
    write(canvas, 4.85, 2.85, "A cup on the right, by a reader that", INK, ha="left")
    for y, colour, left, name in ((1.75, "pink", True, "new colour"), (.45, "blue", False,
                                                                     "new place")):
        cup, star = (1, colour, "cup"), (1, "yellow", "star")
        picture(canvas, draw(arrange("night", *((cup, star) if left else (star, cup))), 256),
                .35, y - .15, 1.0)
        share = asked[name]["cup"]
        write(canvas, 1.5, y + .7, name, GREY, SMALL, ha="left")
        _bar(canvas, 1.5, y + .3, share, "cup", FORWARD)
        if not left:
            _bar(canvas, 1.5, y, asked[name]["house"], "house", GREY)
    for y, name, text in ((1.75, "shared", "uses the same weights on both halves"),
                          (.45, "separate", "has weights of its own for each half")):
        write(canvas, 4.85, y + .7, text, GREY, SMALL, ha="left")
        _bar(canvas, 4.85, y + .3, readers[name]["cup"], "cup", FORWARD)
    return figure


def _bar(canvas, x, y, share, name, colour):
    canvas.add_patch(Rectangle((x, y - .1), 1.9 * share, .22, fc=colour, ec="none"))
    gap = .08 if share else 0
    write(canvas, x + 1.9 * share + gap, y, f"{name} {100 * share:.1f}%", colour, SMALL, ha="left")


def wide_network():
    """EfficientNet-Lite0 with float64 weights."""
    network = EfficientNetLite0()

    def wide(layer):
        return tuple(part.astype(np.float64) for part in layer)

    network.stem = wide(network.stem)
    network.blocks = [{name: wide(layer) for name, layer in parts.items()}
                      for parts in network.blocks]
    return network


LAST = {0: 112, 2: 56, 4: 28, 10: 14, 15: 7}  # the last block at each of the five sizes


def stages(image, network):
    """The maps after the last block of each size, (side, side, C) float64 each."""
    maps, x = [], stem((image.astype(np.float64) - 127) / 128, *network.stem)
    for k, (weights, stride) in enumerate(zip(network.blocks, STEPS, strict=True)):
        x = block(x, weights, stride)
        if k in LAST:
            maps.append(x)
    return maps


@drawing
def shrinking_cat(image):
    """A photograph at five sizes on its way through EfficientNet-Lite0, and its three names."""
    figure, canvas = panel(4.3)
    network = wide_network()
    maps = stages(image, network)
    picture(canvas, image, .35, 2.15, 1.78)
    write(canvas, 1.24, 4.09, "224 × 224 × 3", GREY, SMALL)
    p = np.exp(log_softmax(network.logits(network.pooled(maps[-1]))))
    for place, k in enumerate(np.argsort(-p)[:3]):
        y = 1.75 - .42 * place
        canvas.add_patch(Rectangle((.35, y - .2), 1.78 * p[k], .09, fc=FORWARD, ec="none"))
        write(canvas, .35, y, f"{class_names()[k]} {number(p[k])}", FORWARD, SMALL, ha="left")
    for k, stage in enumerate(maps):
        x = 2.38 + 1.17 * k
        write(canvas, x + .54, 4.09, " × ".join(str(n) for n in stage.shape), FORWARD, 9)
        chosen = np.argsort(-stage.std(axis=(0, 1)), kind="stable")[:3]
        for place, channel in enumerate(chosen):
            low, high = np.percentile(stage[:, :, channel], (1, 99))
            shown = ((stage[:, :, channel] - low) / (high - low)).clip(0, 1)
            _map(canvas, shown.round(2), x, 2.85 - 1.17 * place, 1.08)
    return figure


@drawing
def all_the_way(grads):
    """A caption's gradient on its way to the pixels, with its length in every array.

    Parameters
    ----------
    grads : dict of str to ndarray
        Of the scaled features "f", the vector "v", the pixels "x" and the eye's weights.
    """
    figure, canvas = panel(2.9)
    length = {name: number(np.linalg.norm(grad)) for name, grad in grads.items()}
    picture(canvas, draw(HERO, 256), .4, 1.3, 1.0)
    write(canvas, .9, 2.56, "$x$\n64 × 64 × 3", FORWARD, 9, linespacing=1.3)
    spans = [(.4, 1.4)]  # from left to right: where each array begins and ends
    for x, size, shape in ((2.12, .86, "32 × 32\n× 16"), (2.99, .7, "16 × 16\n× 32"),
                           (3.84, .56, "8 × 8\n× 64"), (4.69, .56, "8 × 8\n× 64")):
        for k in range(3):
            low = 1.8 - size / 2 + .05 * (k - 1)
            canvas.add_patch(Rectangle((x - .17 + .05 * k, low), .24, size, fc=TINT[FORWARD],
                                       ec=FORWARD, lw=1))
        write(canvas, x, 2.56, shape, FORWARD, 9, linespacing=1.3)
        spans.append((x - .17, x + .17))
    for name, x in (("v", 5.6), ("f", 6.6)):
        for k in range(6):
            canvas.add_patch(Rectangle((x - .08, 1.32 + .16 * k), .16, .16, fc=TINT[FORWARD],
                                       ec=FORWARD, lw=1))
        write(canvas, x, 2.56, f"${name}$\n128", FORWARD, 9, linespacing=1.3)
        spans.append((x - .08, x + .08))
    box(canvas, 7.55, 1.8, 1.1, .95, FORWARD, TINT[FORWARD])
    write(canvas, 7.55, 1.8, "captioner\nand loss", FORWARD, SMALL, linespacing=1.4)
    spans.append((7.0, 8.1))
    for (_, start), (end, _) in zip(spans, spans[1:], strict=False):
        arrow(canvas, (start + .04, 1.93), (end - .03, 1.93), width=.015, head=.1)
        arrow(canvas, (end - .04, 1.67), (start + .03, 1.67), GRADIENT, .015, .1)
    write(canvas, 6.1, 2.12, r"$(v - \mu) \oslash \sigma$", FORWARD, 9)
    write(canvas, 6.1, 1.42, r"$\bar f \oslash \sigma$", GRADIENT, 9)
    for k, name in enumerate(("w1", "w2", "w3", "w4", "w_vector")):
        x = (spans[k][1] + spans[k + 1][0]) / 2
        canvas.plot([x, x], [.95, 1.58], color=LINE, lw=.9)
        write(canvas, x, .82, name, PARAMETER, 9)
        write(canvas, x, .6, length[name], GRADIENT, SMALL)
    for x, name in ((.9, "x"), (5.6, "v"), (6.6, "f")):
        write(canvas, x, 1.08, rf"$\bar {name}$: {length[name]}", GRADIENT,
              SMALL)
    canvas.plot([6.6, 6.6, 6.78], [.95, .7, .7], color=INK, lw=.9)
    write(canvas, 6.84, .7, "here chapter 8\nstopped", INK, SMALL, ha="left", linespacing=1.3)
    return figure


@drawing
def saliency(gradients):
    """Where a small change of the pixels would move a word's lead over its rival.

    Parameters
    ----------
    gradients : dict of (str, str) to ndarray (64, 64, 3)
        For a word and its rival the gradient of the lead.
    """
    figure, canvas = panel(3.35)
    for k, ((word, rival), gradient) in enumerate(gradients.items()):
        x, size = .4 + 2.62 * k, 2.36
        strength = np.sqrt((gradient**2).sum(axis=2))
        picture(canvas, (strength / strength.max()).round(3), x, .58, size, HEAT, (0, 1))
        _outline(canvas, x, .58, size, size, LINE, .8)
        _contours(canvas, x, .58, size)
        write(canvas, x + size / 2, 3.1, f"{word}, not {rival}", INK)
        dense = density(strength**2)
        text = ", ".join(f"{name} {number(value)}" for name, value in dense.items())
        write(canvas, x + size / 2, .38, text, GREY, SMALL)
    return figure


def _contours(canvas, x, y, size):
    """The outlines of the hero's things, and the boxes that they stand in."""
    pixel, values = size / 64, grey()
    for group in HERO.groups:
        for left, top in group.places:
            low = y + pixel * (64 - top - group.size)
            _outline(canvas, x + pixel * left, low, pixel * group.size, pixel * group.size, INK, .8)
            inside = values[top:top + group.size, left:left + group.size]
            middle = pixel * (np.arange(group.size) + .5)
            canvas.contour(x + pixel * left + middle, low + middle[::-1], inside, levels=[95],
                           colors=GREY, linewidths=.7, zorder=4)


def density(values):
    """A map's mean in the boxes of the hero's boat, of its stars, and in the rest, by its mean."""
    place = np.full((64, 64), "rest", dtype="<U5")
    for group, name in zip(HERO.groups, ("boat", "stars"), strict=True):
        for x, y in group.places:
            place[y:y + group.size, x:x + group.size] = name
    return {name: float(values[place == name].mean() / values.mean())
            for name in ("boat", "stars", "rest")}
