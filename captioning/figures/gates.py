"""Drawings of chapter 13, LSTM."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from captioning import tiny
from captioning.figures.style import (
    FORWARD,
    GRADIENT,
    GREY,
    INK,
    LINE,
    PANEL,
    SMALL,
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
from captioning.lstm import lstm_step_backward, lstm_step_forward
from captioning.rnn import rnn_step_backward, rnn_step_forward

ROAD, SHOWN, HEIGHT = 3.72, 2.95, 4.6  # heights of the conveyor, of the way to h, of the panel
WIDE, HIGH = .56, .32  # of a cell, inches
GATE = {"f": 2.2, "i": 3.76, "g": 5.16, "o": 6.6}  # where each stands, from left to right
CUT = {"i": 2.6, "f": 3.88, "o": 5.16, "g": 6.44}  # where its columns of a stand
FORGET, ADD, SPLIT = GATE["f"], 4.46, 5.78  # where the conveyor's stations stand
SQUASH, TOP, SUM = 1.62, 2.24, 1.0  # heights of the squashings, of the gates, of a


@drawing
def step_forward():
    """The blue boat's second step, every number of it."""
    inputs = tiny.step_inputs(1, 2, "lstm")
    next_h, next_c, cache = lstm_step_forward(*inputs)
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, _ = cache
    figure, canvas = panel(HEIGHT)
    _conveyor(canvas, FORWARD)
    _numbers(canvas, {"c'": prev_c, "c": next_c, "h": next_h, "f": f, "i": i, "g": g, "o": o},
             x @ Wx + prev_h @ Wh + inputs[-1], FORWARD)
    for name, squash in (("f", "σ"), ("i", "σ"), ("g", "tanh"), ("o", "σ")):
        box(canvas, GATE[name], SQUASH, .56, .28)
        write(canvas, GATE[name], SQUASH - .01, squash, FORWARD)
        arrow(canvas, (GATE[name], SQUASH + .15), (GATE[name], TOP - HIGH / 2))
    for name, meaning, side in (("f", "forget gate", -1), ("i", "input gate", -1),
                                ("g", "candidate", 1), ("o", "output gate", 1)):
        write(canvas, GATE[name] + .1 * side, TOP + .3, meaning, GREY, SMALL,
              ha="left" if side > 0 else "right")
    _beside_road(canvas, 3.27, f * prev_c, "kept: f × c′", FORWARD)
    write(canvas, ADD + .12, 3.3, _pair(i * g), FORWARD, SMALL, ha="left")
    write(canvas, ADD - .12, 3.3, "written", GREY, SMALL, ha="right")
    arrow(canvas, (1.7, SUM), (1.95, SUM))
    write(canvas, .95, SUM + .14, "a = x$\\,W_x$ + h′$\\,W_h$ + b", INK, SMALL)
    write(canvas, .95, SUM - .14, "x: the word “a”", GREY, SMALL)
    write(canvas, 4.52, .34, "one product for all four; its columns stand in the order i, f, o, g",
          GREY, SMALL)
    return figure


@drawing
def step_backward():
    """The same step with gradients flowing back; on the road, widths to scale for unit 2."""
    *_, cache = lstm_step_forward(*tiny.step_inputs(1, 2, "lstm"))
    prev_c, i, f, o, g, tanh_c = cache[2], *cache[5:]
    ones = np.ones((1, 2))
    *_, db = lstm_step_backward(ones, ones, cache)
    shown = o * (1 - tanh_c**2)
    dc = ones + shown
    figure, canvas = panel(HEIGHT)
    _conveyor(canvas, GRADIENT, dc[0, 1], f[0, 1])
    _numbers(canvas, {"c'": dc * f, "c": ones, "h": ones, "f": dc * prev_c, "i": dc * g,
                      "g": dc * i, "o": tanh_c}, db[None], GRADIENT)
    for name, slope in (("f", "× f(1−f)"), ("i", "× i(1−i)"), ("g", "× (1−g²)"),
                        ("o", "× o(1−o)")):
        box(canvas, GATE[name], SQUASH, .84, .28)
        write(canvas, GATE[name], SQUASH - .01, slope, FORWARD, SMALL)
        arrow(canvas, (GATE[name], TOP - HIGH / 2), (GATE[name], SQUASH + .15), GRADIENT)
    for name, factor, side in (("f", "× c′", 1), ("i", "× g", -1), ("g", "× i", -1),
                               ("o", "× tanh c", 1)):
        write(canvas, GATE[name] + .12 * side, TOP + .3, factor, FORWARD, SMALL,
              ha="left" if side > 0 else "right")
    _beside_road(canvas, 5.18, dc, r"$\bar c$: the sum", GRADIENT)
    write(canvas, 7.38, ROAD + .3, "from ahead", GRADIENT, SMALL, ha="right")
    write(canvas, FORGET + .02, ROAD + .3, "× f", FORWARD, SMALL)
    write(canvas, SPLIT - .1, 3.34, _pair(shown), GRADIENT, SMALL, ha="right")
    write(canvas, SPLIT, SHOWN - .27, "× o(1−tanh²c)", FORWARD, SMALL)
    arrow(canvas, (1.95, SUM), (1.7, SUM), GRADIENT)
    for y, text in ((.3, r"$\bar x=\bar a\,W_x^\top$   $\bar h^{\prime}=\bar a\,W_h^\top$"),
                    (.0, r"$\bar W_x=x^\top\bar a$   $\bar W_h=h^{\prime\top}\bar a$"),
                    (-.3, r"$\bar b=\mathbf{1}^\top\bar a$")):
        write(canvas, .93, SUM + y, text, GRADIENT, 9)
    write(canvas, 4.52, .34, "four pieces, side by side, make one $\\bar a$", GREY, SMALL)
    return figure


def _pair(values):
    return "   ".join(number(value) for value in values[0])


def _beside_road(canvas, x, values, name, colour):
    """Write two numbers above the road, with what they are."""
    cells(canvas, x - WIDE, ROAD + .44, values, colour, WIDE, .29)
    write(canvas, x, ROAD + .58, name, GREY if colour == FORWARD else colour, SMALL)


def _conveyor(canvas, colour, carried=1.0, kept=1.0):
    """Draw the road, its stations, the gates' ways to it and the way down to h."""
    back = colour == GRADIENT
    for start, end, scale in ((1.34, FORGET - .17, carried * kept),
                              (FORGET + .17, ADD - .17, carried), (ADD + .17, SPLIT - .1, carried),
                              (SPLIT + .1, 6.98, 1)):
        arrow(canvas, *_turned(back, (start, ROAD), (end, ROAD)), colour, .09 * scale, .24)
    canvas.plot([SPLIT], [ROAD], "o", color=colour, ms=8)
    above = TOP + HIGH / 2
    for start, end in (((FORGET, above), (FORGET, ROAD - .16)),
                       ((SPLIT, ROAD - .07), (SPLIT, SHOWN + .16)),
                       ((GATE["o"], above), (GATE["o"], SHOWN - .16)),
                       ((SPLIT + .29, SHOWN), (GATE["o"] - .16, SHOWN)),
                       ((GATE["o"] + .16, SHOWN), (6.98, SHOWN)),
                       ((ADD, SHOWN + .15), (ADD, ROAD - .16))):
        arrow(canvas, *_turned(back, start, end), colour)
    for name in "ig":
        side = .16 if GATE[name] > ADD else -.16
        if back:
            canvas.plot([ADD + side, GATE[name], GATE[name]], [SHOWN, SHOWN, above + .1],
                        color=colour, lw=1.8, zorder=1)
            arrow(canvas, (GATE[name], above + .2), (GATE[name], above), colour)
        else:
            canvas.plot([GATE[name], GATE[name]], [above, SHOWN], color=colour, lw=1.8, zorder=1)
            arrow(canvas, (GATE[name], SHOWN), (ADD + side, SHOWN), colour)
    for x, y, mark in ((FORGET, ROAD, "×"), (ADD, ROAD, "+"), (ADD, SHOWN, "×"),
                       (GATE["o"], SHOWN, "×")):
        box(canvas, x, y, .29, .29)
        write(canvas, x, y - .01, mark, INK, 13)
    box(canvas, SPLIT, SHOWN, .54, .29)
    write(canvas, SPLIT, SHOWN - .01, "tanh", FORWARD)


def _turned(back, start, end):
    return (end, start) if back else (start, end)


def _numbers(canvas, values, a, colour):
    """Write every array in its place, with its name; a is cut in four."""
    back = colour == GRADIENT
    names = {"c'": r"$\bar c^{\prime}$", "c": r"$\bar c_\to$", "h": r"$\bar h$"} if back else {
        "c'": "c′", "c": "c", "h": "h"}
    for name, x, y in (("c'", .2, ROAD), ("c", 7.04, ROAD), ("h", 7.04, SHOWN)):
        cells(canvas, x, y + HIGH / 2, values[name], colour, WIDE, HIGH)
        write(canvas, x + WIDE, y + .31, names[name], colour)
    for k, name in enumerate("ifog"):
        cells(canvas, GATE[name] - WIDE, TOP + HIGH / 2, values[name], colour, WIDE, HIGH)
        write(canvas, GATE[name] - WIDE - .14, TOP, rf"$\bar {name}$" if back else name, colour)
        canvas.plot([CUT[name], GATE[name]], [SUM + HIGH / 2, SQUASH - .14], color=LINE, lw=1.4,
                    zorder=1)
        cells(canvas, CUT[name] - .6, SUM + HIGH / 2, a[:, 2 * k:2 * k + 2], colour, .6, HIGH,
              3 if back else 2)
        write(canvas, CUT[name], SUM - .31, rf"$\bar a_{name}$" if back else rf"$a_{name}$", colour)


@drawing
def held_back():
    """The colour's unit over both sentences: held in the cell, shown when due."""
    figure, canvas = panel(3.8)
    words = ["<START>", "a", "colour", "boat"]
    runs = np.array([[_unit_2(picture, t) for t in range(1, 5)] for picture in (0, 1)])
    for left, kind, name, gate in ((.75, 0, "in the cell: c of unit 2", "f"),
                                   (4.75, 1, "shown: h of unit 2", "o")):
        axes = plot(figure, left, 1.27, 3.1, 1.95, xlim=(-.45, 3.35), ylim=(-1.9, 1.9))
        axes.spines["bottom"].set_visible(False)
        axes.set_xticks([])
        axes.set_yticks([-1, 0, 1], ["−1", "0", "1"])
        axes.axhline(0, color=LINE, lw=1)
        for run, colour, boat in zip(runs, (INK, FORWARD), ("red", "blue"), strict=True):
            axes.plot(run[:, kind], "-o", color=colour, ms=9 if boat == "red" else 5.5)
            place = (.16, run[0, kind] + .42 * np.sign(run[1, kind])) if kind == 0 else (
                1.16, run[1, kind] + .28 * np.sign(run[1, kind]))
            axes.text(*place, f"{boat} boat", color=colour, fontsize=SMALL, ha="center",
                      va="center")
        for t, word in enumerate(words):
            axes.text(t, -2.05, word, color=GREY, fontsize=SMALL, ha="center", va="center")
            for y, picture, colour in ((-2.55, 1, FORWARD), (-3.0, 0, INK)):
                axes.text(t, y, number(runs[picture, t, 2 + kind]), color=colour, fontsize=SMALL,
                          ha="center", va="center")
        write(canvas, left + 1.5, 3.45, name, INK)
        for y, boat, colour in ((.935, "blue", FORWARD), (.705, "red", INK)):
            write(canvas, left - .02, y, f"{gate}, {boat}", colour, SMALL, ha="right")
    write(canvas, 4.2, .35, "under each point the word that is read, and unit 2’s gate for either "
          "boat", GREY, SMALL)
    return figure


def _unit_2(picture, t):
    """Cell, state, forget and output gate of unit 2 at a step of a boat's caption."""
    next_h, next_c, cache = lstm_step_forward(*tiny.step_inputs(picture, t, "lstm"))
    return [value[0, 1] for value in (next_c, next_h, cache[6], cache[7])]


STRIPS = LinearSegmentedColormap.from_list("strips", [PANEL, "#9cc7e3", FORWARD])


@drawing
def caption_gates():
    """Gates of the scene captioner under the hero's caption, and one cell in eight scenes."""
    log = read_log("gates")
    words, steps = log["words"], len(log["words"])
    figure, canvas = panel(6.5)
    left, width = 1.25, 6.75
    limits = (-.5, steps - .5)
    axes = plot(figure, left, 4.15, width, 1.95, xlim=limits, ylim=(-3.1, 4.6))
    axes.spines["bottom"].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([-2, 0, 2, 4], ["−2", "0", "2", "4"])
    axes.axhline(0, color=LINE, lw=1)
    due = words.index("yellow")
    for colour, c in zip(log["colours"], log["c"], strict=True):
        hero = colour == "yellow"
        axes.plot(c, color=FORWARD if hero else GREY, lw=2.5 if hero else 1.2,
                  zorder=3 if hero else 2)
    for x, y, text, colour in ((due - 1, 4.45, "purple, pink and red stars", GREY),
                               (due - 3.7, -2.65, "yellow stars", FORWARD),
                               (due - 2.4, -.75, "orange, green, blue and brown stars", GREY)):
        axes.text(x - .1, y, text, color=colour, fontsize=SMALL, ha="right", va="center")
    axes.text(due + .35, 2.2, "the colour has been read:\nthe cell is emptied", color=INK,
              fontsize=SMALL, va="center", linespacing=1.4)
    write(canvas, .55, 5.1, f"c of cell\n{log['cells'][0]}", INK, SMALL)
    for k, (name, meaning) in enumerate((("f", "forget"), ("i", "input"), ("o", "output"))):
        top = 3.95 - 1.05 * k
        gate = np.array(log["gates"][name]).T
        strip = plot(figure, left, top - .95, width, .95, xlim=limits)
        strip.imshow(gate, cmap=STRIPS, vmin=0, vmax=1, aspect="auto", interpolation="nearest",
                     extent=(*limits, len(gate), 0))
        strip.spines[:].set_visible(False)
        write(canvas, .68, top - .38, name, FORWARD, 13)
        write(canvas, .68, top - .6, meaning, GREY, SMALL)
    for t, word in enumerate(words):
        write(canvas, left + width * (t + .5) / steps, .62, word, INK if t != due else FORWARD,
              SMALL, rotation=0)
    write(canvas, left + width / 2, .33, "the word that is read; a row for each of 32 cells, "
          "34 on top, pale for 0 and dark for 1", GREY, SMALL)
    return figure


def norms_back(cell, forget_bias=0.0, spread=0.5, road_only=False, steps=100, N=8, D=32, H=64):
    """Size of a gradient on its way back through a fresh network, as a share of what set out.

    Parameters
    ----------
    cell : {"rnn", "lstm"}
    forget_bias : float
        Of an LSTM's forget gate; the other biases are zero.
    spread : float
        Standard deviation of the inputs; the states start at zero.
    road_only : bool
        Cut, at every step of an LSTM, what would go back through h.
    steps, N, D, H : int

    Returns
    -------
    ndarray, (steps + 1,)
        Norms of the gradient of the whole state, which for an LSTM is h and c.
    """
    rng, (_, backward) = np.random.default_rng(0), STEPS[cell]
    caches = _read(rng, cell, forget_bias, spread, steps, N, D, H)
    gradients = [np.zeros((N, H))] * (cell == "lstm") + [rng.standard_normal((N, H))]
    norms = [np.linalg.norm(gradients)]
    for cache in reversed(caches):
        gradients = list(backward(*gradients, cache)[1:1 + len(gradients)])
        if road_only:
            gradients[0] = np.zeros((N, H))
        norms.append(np.linalg.norm(gradients))
    return np.array(norms) / norms[0]


def a_step_back(forget_bias, spread=0.5):
    """Estimate what a step of the fresh LSTM passes back from cell to cell.

    Along the road the mean of f; through the candidate and h, the means of i (1 - g²) and of
    o (1 - tanh² c), with a matrix between them that on average keeps a row's norm.
    """
    caches = _read(np.random.default_rng(0), "lstm", forget_bias, spread, 100, 8, 32, 64)
    i, f, o, g, tanh_c = np.moveaxis([cache[5:] for cache in caches], 1, 0)
    return f.mean() + (i * (1 - g * g)).mean() * (o * (1 - tanh_c * tanh_c)).mean()


def _read(rng, cell, forget_bias, spread, steps, N, D, H):
    """Let a fresh network read normal inputs from states of zero; return the steps' caches."""
    width, forward = H * (4 if cell == "lstm" else 1), STEPS[cell][0]
    Wx = rng.standard_normal((D, width)) / np.sqrt(D)
    Wh = rng.standard_normal((H, width)) / np.sqrt(H)
    b = np.zeros(width)
    if cell == "lstm":
        b[H:2 * H] = forget_bias
    state, caches = [np.zeros((N, H))] * (2 if cell == "lstm" else 1), []
    for x in spread * rng.standard_normal((steps, N, D)):
        *state, cache = forward(x, *state, Wx, Wh, b)
        caches.append(cache)
    return caches


STEPS = {"rnn": (rnn_step_forward, rnn_step_backward),
         "lstm": (lstm_step_forward, lstm_step_backward)}


@drawing
def highway():
    """The gradient's way back through 100 steps: RNN, and LSTM by forget bias."""
    figure, canvas = panel(4.1)
    axes = plot(figure, .95, .7, 5.2, 3.1, xlim=(0, 100), ylim=(1e-32, 1e4), yscale="log")
    axes.set_xticks([0, 10, 50, 100], ["0", "10", "50", "100"])
    axes.set_yticks([1, 1e-10, 1e-20, 1e-30], ["1", "$10^{-10}$", "$10^{-20}$", "$10^{-30}$"])
    axes.minorticks_off()
    axes.axvline(10, color=LINE, lw=1, ls=":", zorder=0)
    back = np.arange(101)
    rnn = norms_back("rnn")
    axes.plot(back, rnn, color=INK)
    ends = [(rnn[-1], "RNN", INK)]
    for bias in (0, 1, 3):
        norms, road = (norms_back("lstm", bias, road_only=only) for only in (False, True))
        axes.plot(back, norms, color=GRADIENT)
        axes.plot(back, road, color=GRADIENT, lw=1.2, ls="--")
        ends += [(norms[-1], f"LSTM, forget bias {bias}", GRADIENT),
                 (road[-1], f"its road, bias {bias}", GRADIENT)]
    for end, name, colour in ends:
        axes.text(102, end, name, color=colour, fontsize=SMALL, va="center")
    axes.text(11, 1e-31, "a caption", color=GREY, fontsize=SMALL)
    write(canvas, .33, 2.25, "share of the gradient", GREY, SMALL, rotation=90)
    write(canvas, 3.55, .3, "steps back", GREY, SMALL)
    return figure


@drawing
def whose_colour():
    """How often the thing after its colour is right, by the words read since the picture."""
    log = read_log("whose-colour")
    figure, canvas = panel(3.7)
    axes = plot(figure, .95, .75, 6.9, 2.6, xlim=(2, 15.6), ylim=(.48, 1.03))
    axes.set_xticks([3, 6, 9, 12, 15], ["3", "6", "9", "12", "15"])
    axes.set_yticks([.5, .75, 1], [".5", ".75", "1"])
    axes.axhline(.5, color=LINE, lw=1, ls=":")
    for cell, colour in (("rnn", INK), ("lstm", FORWARD)):
        for k, fill in enumerate((PANEL, colour)):
            shares = log[cell]["thing"][k]["by_words_read"]
            axes.plot([int(n) for n in shares], shares.values(), "-o", color=colour, mfc=fill,
                      mew=1.6, ms=6, lw=1.6)
    for x, y, text, colour in ((2.2, .69, "RNN, first thing: rings", INK),
                               (2.2, .925, "LSTM, first thing: rings", FORWARD),
                               (10.9, .945, "second thing, both networks: discs", INK),
                               (15.4, .525, "chance between two", GREY)):
        axes.text(x, y, text, color=colour, fontsize=SMALL, ha="right" if x > 15 else "left",
                  va="center")
    write(canvas, .35, 2.05, "share right", GREY, SMALL, rotation=90)
    write(canvas, 4.4, .32, "words read since the picture was seen", GREY, SMALL)
    return figure


@drawing
def starting_open():
    """What a forget bias at the start does to training on the scenes: a line for each seed."""
    runs = read_log("forget_bias")["runs"]
    figure, canvas = panel(3.6)
    for left, name, limits, score, said in (
            (.95, "loss on val", (8.4, 9.3), lambda run: run["val_loss"], ""),
            (4.95, "truth on test", (.3, .6), lambda run: run["test"]["truth"],
             "with 3, every run\nbeats every run with 0")):
        axes = plot(figure, left, .8, 2.7, 2.3, xlim=(-.8, 2.3), ylim=limits)
        axes.set_xticks([0, 1, 2], runs)
        ticks = np.linspace(*limits, 4)
        axes.set_yticks(ticks, [number(tick, 1) for tick in ticks])
        scores = np.array([[score(run) for run in seeds] for seeds in runs.values()])
        for seed, place in enumerate((-.05, 0, .05)):  # side by side where two agree
            axes.plot(place + np.arange(len(runs)), scores[:, seed], "-o", color=LINE, lw=1.6,
                      mfc=FORWARD, ms=8, mec=PANEL, mew=1.2)
            if name == "loss on val":
                axes.text(place - .13, scores[0, seed], f"start {seed}", color=GREY,
                          fontsize=SMALL, ha="right", va="center")
        write(canvas, left + 2.65, 1.12, said, INK, SMALL, ha="right", linespacing=1.4)
        write(canvas, left + 1.35, 3.3, name, INK)
        write(canvas, left + 1.35, .32, "forget bias at the start", GREY, SMALL)
    return figure
