"""Drawings of chapter 9, Learning. What was trained for long is drawn from its log."""

import numpy as np

from captioning import tiny
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
    SMALL,
    TINT,
    arrow,
    box,
    drawing,
    number,
    panel,
    plot,
    write,
)
from captioning.logs import read_log
from captioning.model import CaptioningRNN

LN2, KNOWS_NOTHING = np.log(2), 4 * np.log(8)
START = 2  # of which one step is drawn


def first_step():
    """The tiny network at its random start: model, loss, gradients."""
    model = CaptioningRNN(tiny.WORD_TO_IDX, 5, 3, 2, dtype=np.float64,
                          rng=np.random.default_rng(START))
    return model, *model.loss(tiny.FEATURES, tiny.CAPTIONS)


def along(rates):
    """Losses after one step against the gradient, at each of the rates."""
    model, _, grads = first_step()
    here = dict(model.params)
    losses = []
    for rate in rates:
        model.params = {name: here[name] - rate * grads[name] for name in here}
        losses.append(model.loss(tiny.FEATURES, tiny.CAPTIONS)[0])
    return np.array(losses)


@drawing
def the_line():
    """One step at several rates: down, farther down, and up."""
    figure, canvas = panel(3.9)
    axes = plot(figure, 1.05, .65, 4.9, 2.95, xlim=(0, 4.4), ylim=(4.6, 11.6))
    rates = np.linspace(0, 4.3, 87)
    losses = along(rates)
    slope = sum(np.sum(g * g) for g in first_step()[2].values())
    axes.plot([0, .36], losses[0] - slope * np.array([0, .36]), color=GRADIENT)
    axes.axhline(losses[0], color=LINE, lw=1, ls=":")
    axes.plot(rates, losses, color=FORWARD)
    axes.set_xticks([0, .9, 2, 4], ["0", ".9", "2", "4"])
    axes.set_yticks([losses[0]], [number(losses[0])])
    for rate in (0, .1, .9, 2, 4):
        axes.plot(rate, along([rate])[0], "o", ms=7, color=PANEL if rate == 0 else FORWARD,
                  mec=FORWARD, mew=2, clip_on=False, zorder=3)
    for x, y, text, colour, side in (
            (.2, 7.35, "rate .1: 7.18", FORWARD, "left"), (.9, 5.35, "rate .9: 5.75", FORWARD,
                                                          "center"),
            (2.1, 5.6, "rate 2: 5.93", FORWARD, "left"), (3.75, 10.7, "rate 4: 10.53", FORWARD,
                                                         "right"),
            (.46, 4.95, "what the gradient promises", GRADIENT, "left"),
            (1.3, 8.35, "the loss before the step", GREY, "left")):
        axes.text(x, y, text, color=colour, ha=side, va="center", fontsize=SMALL)
    write(canvas, 3.4, .3, "rate: how far to go against the gradient", GREY, SMALL)
    write(canvas, .4, 2.1, "loss after one step", GREY, SMALL, rotation=90)
    write(canvas, 6.1, 2.3, "The gradient knows the\nway down. How far it is\n"
          "to the bottom, it does\nnot know. A step that\nis too long goes up\n"
          "the other side.", ha="left", linespacing=1.5)
    return figure


@drawing
def the_loop():
    """One turn of the training loop, with the numbers of the tiny network's first."""
    model, loss, grads = first_step()
    norm = np.sqrt(sum(np.sum(g * g) for g in grads.values()))
    turned = along([.1])[0]
    figure, canvas = panel(3.6)
    for x, y, name, below, colour in (
            (1.2, 2.65, "minibatch", "2 of 2 captions", FORWARD),
            (4.2, 2.65, "network", "72 numbers", FORWARD),
            (7.2, 2.65, "loss", number(loss), FORWARD),
            (7.2, .9, "gradients", f"72 too, norm {number(norm)}", GRADIENT),
            (4.2, .9, "clip", "norm at most 5", GRADIENT),
            (1.2, .9, "update", "rate .1", PARAMETER)):
        box(canvas, x, y, 1.75, .8, TINT[colour], CELL)
        write(canvas, x, y + .16, name, colour)
        write(canvas, x, y - .17, below, GREY, SMALL)
    arrow(canvas, (2.12, 2.65), (3.28, 2.65))
    arrow(canvas, (5.12, 2.65), (6.28, 2.65))
    write(canvas, 2.67, 2.87, "features", FORWARD, SMALL)
    write(canvas, 2.67, 2.42, "captions", FORWARD, SMALL)
    write(canvas, 5.67, 2.87, "forward", FORWARD, SMALL)
    arrow(canvas, (7.2, 2.22), (7.2, 1.35), GRADIENT)
    write(canvas, 7.1, 1.8, "backward", GRADIENT, SMALL, ha="right")
    arrow(canvas, (6.28, .9), (5.12, .9), GRADIENT)
    arrow(canvas, (3.28, .9), (2.12, .9), GRADIENT)
    canvas.plot([1.2, 1.2, 4.2], [1.32, 1.75, 1.75], color=PARAMETER, lw=2,
                solid_joinstyle="round")
    arrow(canvas, (4.2, 1.74), (4.2, 2.2), PARAMETER)
    write(canvas, 1.35, 1.93, f"72 new numbers: loss {number(turned)}", PARAMETER, SMALL, ha="left")
    return figure


@drawing
def staircase():
    """The climb's loss with its three steps named, and what is said on each."""
    log = read_log("staircase")
    figure, canvas = panel(5.6)
    axes = plot(figure, .95, 2.75, 4.9, 2.5, xscale="log", yscale="log", xlim=(.75, 6000),
                ylim=(.04, 13))
    for level in (KNOWS_NOTHING, LN2):
        axes.axhline(level, color=GREY, lw=1, ls=":")
    axes.plot(np.array(log["steps"]) + 1, log["loss"], color=FORWARD)
    axes.set_xticks([1, 10, 100, 1000, 6000], ["1", "10", "100", "1000", "6000"])
    axes.set_yticks([.1, LN2, KNOWS_NOTHING], [".1", ".69", "8.32"])
    axes.minorticks_off()
    for k, moment in enumerate(log["moments"], 1):
        x, y = moment["step"] + 1, moment["loss"]
        axes.plot(x, y, "o", ms=15, color=CELL, mec=FORWARD, mew=1.5, clip_on=False, zorder=3)
        axes.text(x, y, str(k), color=FORWARD, ha="center", va="center", fontsize=SMALL, zorder=4)
    for y, title, text in ((5.0, "1  knows nothing", "4 ln 8: eight words, alike"),
                           (4.05, "2  speaks, never looks", "ln 2: all but the colour"),
                           (3.1, "3  looks", "near 0: the colour too")):
        write(canvas, 6.1, y, title, FORWARD, ha="left")
        write(canvas, 6.1, y - .25, text, GREY, 9, ha="left")
    write(canvas, .4, 4.0, "loss", GREY, SMALL, rotation=90)
    write(canvas, 3.4, 2.37, "step", GREY, SMALL)
    for k, moment in enumerate(log["moments"]):
        _said(figure, canvas, .5 + 2.65 * k, moment, k + 1)
    return figure


def _said(figure, canvas, x, moment, k):
    """Draw the probabilities of the word after "a", and how far the two states are apart."""
    write(canvas, x, 2.1, f"{k}  the blue boat: “a”, and then?", INK, SMALL, ha="left")
    axes = plot(figure, x, .9, 2.2, .85, xlim=(-.6, 7.6), ylim=(0, 1))
    words = moment["probabilities"][1]
    order = [4, 5, 6, 7, 0, 1, 2, 3]
    axes.bar(range(8), [words[j] for j in order], width=.7,
             color=[FORWARD if j == 6 else LINE for j in order])
    axes.spines["left"].set_visible(False)
    axes.set_xticks([1, 2, 5.5], ["red", "blue", "the others"])
    axes.tick_params(length=0, labelsize=9)
    axes.text(2, words[6] + .05, number(words[6]), color=FORWARD, fontsize=9, ha="center",
              va="bottom")
    write(canvas, x, .42, f"states of red and blue: {number(moment['apart'])} apart", GREY, SMALL,
          ha="left")


NAMES = {"sgd": "gradient descent\nrate .1", "momentum": "momentum .9\nrate .01",
         "rmsprop": "RMSProp .99\nrate .01", "adam": "Adam .9, .999\nrate .02",
         "adam .99": "Adam .9, .99\nrate .02"}


@drawing
def race():
    """When each start left the middle step, a row a rule; those that never did at the right."""
    log, rules = read_log("race"), ("sgd", "momentum", "adam", "adam .99", "rmsprop")
    figure, canvas = panel(1.05 + .68 * len(rules))
    axes = plot(figure, 1.75, .62, 4.5, .68 * len(rules), xscale="log", xlim=(100, 3000),
                ylim=(len(rules) - .5, -.5))
    axes.set_xticks([100, 300, 1000, 3000], ["100", "300", "1000", "3000"])
    axes.minorticks_off()
    axes.spines["left"].set_visible(False)
    for row, name in enumerate(rules):
        left = sorted(each["looks"] for each in log["rules"][name] if each["looks"] is not None)
        y = .62 + .68 * (len(rules) - row - .5)
        axes.axhline(row, color=LINE, lw=1, zorder=0)
        axes.plot(left, np.full(len(left), row), "o", ms=10, color=FORWARD, alpha=.45, mec=FORWARD,
                  clip_on=False)
        write(canvas, 1.62, y, NAMES[name], INK, SMALL, ha="right", linespacing=1.3)
        write(canvas, 6.5, y, f"{len(left)} of {log['starts']}", FORWARD, ha="left")
        write(canvas, 7.3, y, f"{log['starts'] - len(left)} never", GREY, SMALL, ha="left")
    write(canvas, 6.5, .68 * len(rules) + .78, "left the middle step", GREY, SMALL, ha="left")
    write(canvas, 4.0, .28, "step at which a start left it", GREY, SMALL)
    return figure


LEVELS = (.13, .2, .3, .45, .7, 1, 1.5, 2.2, 3.2, 4.5, 6.5, 9, 13, 30)


@drawing
def valley():
    """Two rules on the map of two of the 72 numbers."""
    log = read_log("valley")
    figure, canvas = panel(4.6)
    axes = plot(figure, .85, .7, 4.9, 3.6, xlim=(-6, 2), ylim=(-3, 4))
    colours = BLUES(np.linspace(.05, .8, len(LEVELS) - 1)[::-1])
    axes.contourf(log["x"], log["y"], log["loss"], LEVELS, colors=colours)
    axes.contour(log["x"], log["y"], log["loss"], LEVELS, colors=[PANEL], linewidths=.6)
    axes.set_xticks([-6, -4, -2, 0, 2], ["−6", "−4", "−2", "0", "2"])
    axes.set_yticks([-2, 0, 2, 4], ["−2", "0", "2", "4"])
    for name, colour in (("adam", GRADIENT), ("sgd", INK)):
        points = np.array(log["walks"][name]["points"])
        axes.plot(*points.T, "-o", color=colour, lw=1.5, ms=3.5)
    axes.plot(*points[0], "o", ms=9, color=CELL, mec=INK, mew=2)
    for x, y, text, colour, side in (
            (1.5, 1.4, "start", INK, "center"), (.5, 3.2, "Adam", GRADIENT, "left"),
            (-.3, 1.5, "gradient\ndescent", INK, "center"),
            (-4.55, 2.3, "the shelf: to the red\nboat it says <END>", INK, "center"),
            (-4.4, -2.5, "the basin: both right", CELL, "center")):
        axes.text(x, y, text, color=colour, ha=side, va="center", fontsize=SMALL,
                  linespacing=1.4)
    write(canvas, 3.3, .3, "weight from unit 2 to unit 1", PARAMETER, SMALL)
    write(canvas, .38, 2.5, "weight from “red” to unit 2", PARAMETER, SMALL, rotation=90)
    write(canvas, 5.95, 3.3, "Gradient descent strides\nwhere it is steep and\n"
          "creeps where it is flat.\nAdam's strides are even:\nthe first is .2 left and\n.2 up.",
          ha="left", linespacing=1.5)
    _arrivals(canvas, 1.75, [*(("descent", rate, end) for rate, end in log["descent"].items()),
                             ("Adam", "0.2", log["walks"]["adam"])])
    return figure


def _arrivals(canvas, y, walks):
    """List after how many steps each walk was in the basin."""
    write(canvas, 5.95, y, "steps to the basin", GREY, SMALL, ha="left")
    for k, (rule, rate, end) in enumerate(walks, 1):
        colour = GRADIENT if rule == "Adam" else INK
        name = f"{rule}, rate {rate.removesuffix('.0').removeprefix('0')}"
        write(canvas, 5.95, y - .27 * k, name, colour, SMALL, ha="left")
        write(canvas, 8.1, y - .27 * k, str(end["arrives"] or "never"), colour, SMALL, ha="right")


@drawing
def bias():
    """Adam's steps under a steady gradient, with and without the correction."""
    figure, canvas = panel(3.3)
    axes = plot(figure, 1.05, .65, 4.35, 2.35, xscale="log", xlim=(1, 3000), ylim=(0, 7.4))
    t = np.unique(np.geomspace(1, 3000, 200).round())
    raw = (1 - .9**t) / np.sqrt(1 - .999**t)
    axes.plot(t, raw, color=GREY)
    axes.plot(t, np.ones_like(t), color=FORWARD)
    axes.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
    axes.set_yticks([1, 3.16, raw.max()], ["1", "3.16", number(raw.max())])
    axes.minorticks_off()
    axes.plot([1, t[raw.argmax()]], [raw[0], raw.max()], "o", ms=7, color=GREY, clip_on=False)
    axes.text(45, 5.6, "without the correction", color=GREY, fontsize=SMALL)
    axes.text(3, 1.45, "with it: the rate", color=FORWARD, fontsize=SMALL)
    write(canvas, 3.1, .28, "step t, the gradient always the same", GREY, SMALL)
    write(canvas, .38, 1.8, "length, in rates", GREY, SMALL, rotation=90)
    write(canvas, 5.6, 1.95, "Both running means start at\nzero. The mean of squares\n"
          "wakes up later than the\nmean, so that the quotient\nis too large when the\n"
          "network knows least.", ha="left", linespacing=1.5)
    return figure


@drawing
def clipping():
    """Start 3's leap, clipped late and never; the vanilla RNN on the scenes, likewise."""
    log = read_log("clipping")
    figure, canvas = panel(3.75)
    axes = plot(figure, .8, .65, 3.0, 2.5, yscale="log", xlim=(0, 3000), ylim=(.04, 14))
    run = log["tiny"]
    steps = np.arange(0, 3000, run["every"])
    window = run["leap"]["first"] + np.arange(len(run["leap"]["loss"]))
    every = np.r_[steps, window]
    losses = np.r_[run["loss"], run["leap"]["loss"]][np.argsort(every, kind="stable")]
    axes.plot(np.sort(every), losses, color=GREY, lw=1.5)
    late = run["late"]
    axes.plot(late["since"] + np.arange(len(late["loss"])), late["loss"], color=INK, lw=1)
    axes.plot(steps, run["clipped"]["loss"], color=FORWARD)
    _ticks(axes, [0, 1000, 2000, 3000], [.1, LN2, 8], [".1", "ln 2", "8"])
    for x, y, text, colour, side in (
            (2050, 7, "not clipped", GREY, "right"),
            (2050, 1.5, "clipped from\n2,100 on", INK, "right"),
            (1150, .085, "clipped at norm 1\nfrom the start", FORWARD, "center")):
        axes.text(x, y, text, color=colour, fontsize=SMALL, ha=side, va="center", linespacing=1.3)
    write(canvas, 2.3, 3.38, "72 numbers, start 3, rate .1", INK, SMALL)
    axes = plot(figure, 4.85, .65, 2.3, 2.5, yscale="log", xlim=(0, 300), ylim=(12, 3000))
    for name, colour in (("unclipped", GREY), ("clipped", FORWARD)):
        axes.plot(log["scenes"][name]["loss"], color=colour, lw=1.5)
        axes.text(305, np.mean(log["scenes"][name]["loss"][-50:]), name, color=colour,
                  fontsize=SMALL, va="center")
    _ticks(axes, [0, 100, 200, 300], [20, 60, 2000], ["20", "60", "2000"])
    write(canvas, 6.0, 3.38, "scenes, vanilla RNN, rate .3", INK, SMALL)
    write(canvas, .32, 1.9, "loss", GREY, SMALL, rotation=90)
    write(canvas, 4.2, .28, "step of plain gradient descent", GREY, SMALL)
    return figure


def _ticks(axes, x, y, names):
    axes.set_xticks(x, [str(step) for step in x])
    axes.set_yticks(y, names)
    axes.minorticks_off()


SHAPES = (("healthy", "falls, bends, goes on falling"), ("too slow", "hardly bends at all"),
          ("too fast", "falls first, stops high"), ("leaps", "shoots up, mends slowly"),
          ("never looks", "bends like the healthy, ends above"),
          ("learns by heart", "near 0 here, rising elsewhere"))


@drawing
def shapes():
    """Six shapes of a loss curve, from real runs: blue in training, grey on other scenes."""
    runs, leaps = read_log("loss-shapes")["runs"], read_log("clipping")["scenes"]["unclipped"]
    figure, canvas = panel(5.2)
    for k, (name, shape) in enumerate(SHAPES):
        x, y = .7 + 2.6 * (k % 3), 3.05 - 2.4 * (k // 3)
        axes = plot(figure, x, y, 1.95, 1.35, xlim=(0, 600), ylim=(0, 65))
        _ticks(axes, [0, 600], [0, 20, 60], ["0", "20", "60"])
        if name == "leaps":
            axes.set(ylim=(0, 2500), xlim=(0, 300))
            _ticks(axes, [0, 300], [60, 2000], ["60", "2000"])
            axes.plot(leaps["loss"], color=FORWARD, lw=1.2)
        else:
            axes.plot(np.arange(0, 601, 20), runs[name]["val"], color=GREY, lw=1.5)
            axes.plot(np.arange(10, 600, 20), runs[name]["train"], color=FORWARD, lw=2)
            end = runs[name]["val"][-1]
            axes.text(600, end + 9, number(end, 1), color=GREY, fontsize=9, ha="center")
        write(canvas, x, y + 1.72, name, INK, ha="left")
        write(canvas, x, y + 1.5, shape, GREY, 9, ha="left")
    axes.text(330, 10, "training", color=FORWARD, fontsize=9)
    axes.text(90, 35, "other scenes", color=GREY, fontsize=9)
    return figure


@drawing
def scenes():
    """Two long runs on the scenes: loss, truth on val, and the rate that made both."""
    figure, canvas = panel(4.5)
    axes = plot(figure, .8, 1.55, 5.1, 2.6, xlim=(0, 18752), ylim=(5.5, 22))
    low = plot(figure, .8, .65, 5.1, .55, xlim=(0, 18752), ylim=(0, .0023))
    for name, colour, end in (("rnn", INK, "vanilla RNN"), ("lstm", FORWARD, "LSTM")):
        log = read_log(f"scenes-{name}")
        steps = (np.arange(len(log["loss"])) + .5) * log["mean_over"]
        axes.plot(steps, log["loss"], color=colour, lw=1.5)
        y = 1.55 + 2.6 * (log["loss"][-1] - 5.5) / 16.5 + (.08 if name == "rnn" else -.08)
        write(canvas, 6.02, y, end, colour, ha="left")
        for k, entry in enumerate(log["validations"]):
            y = 19.8 if name == "rnn" else 18.3
            axes.text(entry["step"] - 300, y, f"{entry['truth']:.0%}", color=colour, ha="right",
                      fontsize=SMALL)
            if name == "rnn":
                axes.axvline(entry["step"], color=LINE, lw=1, ls=":")
                low.plot([k * 4688 + (100 if k == 0 else 0), (k + 1) * 4688],
                         [.002 * .4**k] * 2, color=PARAMETER, solid_capstyle="butt")
                low.text(k * 4688 + 2344, .002 * .4**k + .00025,
                         number(.002 * .4**k, 6).rstrip("0"), color=PARAMETER, fontsize=9,
                         ha="center")
    low.plot([0, 100], [0, .002], color=PARAMETER)
    axes.set_yticks([6, 8, 10, 15, 20], ["6", "8", "10", "15", "20"])
    low.set_xticks([0, 5000, 10000, 15000], ["0", "5000", "10000", "15000"])
    write(canvas, .33, 2.85, "loss", GREY, SMALL, rotation=90)
    write(canvas, 6.02, 3.95, "true sentences on val\nafter each pass", GREY, SMALL, ha="left",
          linespacing=1.4)
    write(canvas, 6.02, .92, "rate", PARAMETER, SMALL, ha="left")
    write(canvas, 3.35, .28, "step", GREY, SMALL)
    return figure
