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
    cells,
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


def bend():
    """The curvature of the loss along the first step's gradient, and the gradient's square."""
    squared = sum(np.sum(g * g) for g in first_step()[2].values())
    ahead, here, behind = along([1e-3, 0, -1e-3])
    return (ahead - 2 * here + behind) / 1e-3**2 / squared, squared


@drawing
def the_line():
    """One step at several rates: down, farther down, and up."""
    figure, canvas = panel(4.1)
    axes = plot(figure, 1.05, .65, 4.9, 3.15, xlim=(0, 4.4), ylim=(1.9, 11.6))
    rates = np.linspace(0, 4.3, 87)
    losses, (curvature, squared) = along(rates), bend()
    early = np.linspace(0, 2.72, 60)
    axes.plot([0, .64], losses[0] - squared * np.array([0, .64]), color=GRADIENT)
    axes.plot(early, losses[0] - squared * early * (1 - curvature * early / 2), color=GREY, lw=1.5)
    axes.axhline(losses[0], color=LINE, lw=1, ls=":")
    axes.plot(rates, losses, color=FORWARD)
    axes.set_xticks([0, .9, 2, 4], ["0", ".9", "2", "4"])
    axes.set_yticks([losses[0]], [number(losses[0])])
    for rate in (0, .1, .9, 2, 4):
        axes.plot(rate, along([rate])[0], "o", ms=7, color=PANEL if rate == 0 else FORWARD,
                  mec=FORWARD, mew=2, clip_on=False, zorder=3)
    for x, y, text, colour, side in (
            (.2, 7.35, "rate .1: 7.18", FORWARD, "left"), (.9, 6.3, "rate .9: 5.75", FORWARD,
                                                          "center"),
            (2.15, 5.45, "rate 2: 5.93", FORWARD, "left"), (3.8, 10.7, "rate 4: 10.53", FORWARD,
                                                          "right"),
            (.72, 2.25, "the slope alone", GRADIENT, "left"),
            (1.75, 3.2, "slope and curvature: a parabola,\nlowest at 1.15", GREY, "left"),
            (4.4, 7.65, "the loss before", GREY, "right")):
        axes.text(x, y, text, color=colour, ha=side, va="center", fontsize=SMALL,
                  linespacing=1.4)
    lowest = losses[0] - squared / curvature / 2
    axes.plot(1 / curvature, lowest, "o", ms=5, color=GREY)
    write(canvas, 3.4, .3, "rate: how far to go against the gradient", GREY, SMALL)
    write(canvas, .4, 2.2, "loss after one step", GREY, SMALL, rotation=90)
    write(canvas, 6.1, 2.5, "The slope knows the\nway down, the curvature\n"
          "that there is a bottom.\nWhere it is, only a trial\ntells. A step that is\n"
          "too long goes up the\nother side.", ha="left", linespacing=1.5)
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
            (4.2, .9, "clip", "if a bound is set", GRADIENT),
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


@drawing
def cancelled():
    """Two boats in the same states: what they send back cancels, but for the pictures' matrix."""
    figure, canvas = panel(4.15)
    for y, boat, sign in ((3.2, "red", ""), (2.0, "blue", "−")):
        write(canvas, .35, y, boat, INK, SMALL, ha="left")
        values = tiny.FEATURES[:1] if boat == "red" else tiny.FEATURES[1:]
        cells(canvas, .85, y + .15, values, FORWARD, .29, .3, 0)
        for x, name in ((3.9, "$h_0$"), (5.55, "$h$")):
            box(canvas, x, y, .5, .34, FORWARD, TINT[FORWARD])
            write(canvas, x, y - .01, name, FORWARD)
        for start, end in ((3.6, 2.4), (5.25, 4.2), (7.0, 5.85)):
            arrow(canvas, (end, y + .08), (start, y + .08))
            arrow(canvas, (start, y - .12), (end, y - .12), GRADIENT)
        for x, sent in ((3.9, r"\bar h_0"), (5.55, r"\bar h"), (7.55, r"\bar s")):
            write(canvas, x, y - (.38 if x < 7 else .44), f"${sign}{sent}$", GRADIENT)
        for k, word in enumerate(("red", "blue")):
            pull = "−.25" if word == boat else "+.25"
            write(canvas, 7.12, y + .13 - .3 * k, word, FORWARD, SMALL, ha="left")
            write(canvas, 8.05, y + .13 - .3 * k, pull, GRADIENT, SMALL, ha="right")
    for x, text in ((1.57, "picture $x$"), (3.9, "first state"), (5.55, "colour due"),
                    (7.55, "scores")):
        write(canvas, x, 3.72, text, GREY, SMALL)
    for x in (3.9, 5.55):
        write(canvas, x, 2.46, "the same state", GREY, SMALL)
    for x, name, total in ((3.0, r"$W_{\mathrm{proj}}$",
                            r"$(x_{\mathrm{red}} - x_{\mathrm{blue}})^\top\,\bar h_0$"),
                           (4.72, "$W_x,\\ W_h,\\ b$\n"
                            "$W_{\\mathrm{embed}},\\ b_{\\mathrm{proj}}$", "0"),
                           (6.42, "$W_{\\mathrm{vocab}}$\n$b_{\\mathrm{vocab}}$", "0")):
        canvas.plot([x, x], [1.28, 1.5], color=LINE, lw=1)
        write(canvas, x, .98, name, PARAMETER, linespacing=1.4)
        write(canvas, x, .45, total, GRADIENT)
    write(canvas, .35, .45, "both boats together", INK, SMALL, ha="left")
    return figure


NAMES = {"sgd": "gradient descent\nrate .1", "momentum": "momentum\nrate .01",
         "rmsprop": "RMSProp, $\\beta_2$ .99\nrate .01", "adam": "Adam, $\\beta_2$ .999\nrate .02",
         "adam .99": "Adam, $\\beta_2$ .99\nrate .02"}


@drawing
def race():
    """When each start left the middle step, a row a rule; those that never did at the right."""
    log, rules = read_log("race"), ("sgd", "momentum", "adam", "adam .99", "rmsprop")
    figure, canvas = panel(1.1 + .68 * len(rules))
    axes = plot(figure, 1.95, .62, 4.3, .68 * len(rules), xscale="log", xlim=(100, 3000),
                ylim=(len(rules) - .5, -.5))
    axes.set_xticks([100, 300, 1000, 3000], ["100", "300", "1000", "3000"])
    axes.minorticks_off()
    axes.spines["left"].set_visible(False)
    axes.axvspan(2000, 3000, color=TINT[GREY], lw=0, zorder=0)
    late = sum((each["looks"] or 0) > 2000 for name in rules for each in log["rules"][name])
    write(canvas, 5.98, .68 * len(rules) + .78, f"{late} after 2,000", INK, SMALL)
    for row, name in enumerate(rules):
        left = sorted(each["looks"] for each in log["rules"][name] if each["looks"] is not None)
        y = .62 + .68 * (len(rules) - row - .5)
        axes.axhline(row, color=LINE, lw=1, zorder=0)
        axes.plot(left, np.full(len(left), row), "o", ms=10, color=FORWARD, alpha=.45, mec=FORWARD,
                  clip_on=False)
        write(canvas, 1.82, y, NAMES[name], INK, SMALL, ha="right", linespacing=1.3)
        write(canvas, 6.6, y, f"{len(left)} of {log['starts']}", FORWARD, ha="left")
        write(canvas, 7.4, y, f"{log['starts'] - len(left)} never", GREY, SMALL, ha="left")
    write(canvas, 6.6, .68 * len(rules) + .78, "left in all", GREY, SMALL, ha="left")
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
    write(canvas, 5.95, 3.45, "Gradient descent strides\nwhere it is steep and\n"
          "creeps where it is flat.\nAdam sets off .2 to the\nleft and .2 up.",
          ha="left", linespacing=1.5)
    _arrivals(canvas, 2.35, [(rule, rate, end) for rule, name in
                             (("descent", "sgd"), ("Adam", "adam"))
                             for rate, end in log["rates"][name].items()])
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
        axes = plot(figure, x, y, 1.85, 1.35, xlim=(0, 600), ylim=(0, 65))
        _ticks(axes, [0, 600], [0, 20, 60], ["0", "20", "60"])
        if name == "leaps":
            axes.set(ylim=(0, 2500), xlim=(0, 300))
            _ticks(axes, [0, 300], [60, 2000], ["60", "2000"])
            axes.plot(leaps["loss"], color=FORWARD, lw=1.2)
        else:
            axes.plot(np.arange(0, 601, 20), runs[name]["val"], color=GREY, lw=1.5)
            axes.plot(np.arange(10, 600, 20), runs[name]["train"], color=FORWARD, lw=2)
            end = runs[name]["val"][-1]
            axes.text(612, end, number(end, 1), color=GREY, fontsize=9, va="center")
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
        cuts = [round(entry["step"] / log["mean_over"]) for entry in log["validations"][:-1]]
        for cut in cuts if name == "rnn" else ():  # by the mean of a thousand steps either side
            fall = np.mean(log["loss"][cut - 20:cut]) - np.mean(log["loss"][cut:cut + 20])
            axes.text(cut * log["mean_over"] + 150, log["loss"][cut] + 1.2,
                      f"down {number(fall)}", color=INK, fontsize=SMALL)
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
