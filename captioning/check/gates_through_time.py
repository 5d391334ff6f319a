"""The usual mistakes in an LSTM over a whole sequence, and back through time (chapter 13)."""

import numpy as np

from captioning.check import gates
from captioning.check.program import Exercise, mistake, run
from captioning.check.through_time import (
    KEPT_MISTAKES,
    SHARED_MISTAKES,
    SIZES,
    lengthened,
    only,
    shares,
    shifted,
    without,
)


def draw(rng, N, T, D, H):
    """Inputs of a sequence, of a size at which no gate is wholly open or shut."""
    shapes = dict(x=(N, T, D), h0=(N, H), Wx=(D, 4 * H), Wh=(H, 4 * H), b=(4 * H,), dh=(N, T, H))
    return {name: 0.7 * rng.standard_normal(shape) for name, shape in shapes.items()}


# ---------------------------------------------------------------- forward

def zeros(h0):
    """The cell before the first step."""
    return np.zeros_like(h0)


def unroll(inputs, memory=lambda steps: (steps[-1]["next_h"], steps[-1]["next_c"]), c0=zeros,
           lines=gates.FORWARD, order=iter):
    """Every value of every step, a dict each; ``memory`` says what of the past a step is given."""
    x, h0 = inputs["x"], inputs["h0"]
    steps = [dict(next_h=h0, next_c=c0(h0))]
    for t in order(range(x.shape[1])):
        prev_h, prev_c = memory(steps)
        step = dict(x=x[:, t], prev_h=prev_h, prev_c=prev_c)
        steps.append(run(lines, step | {name: inputs[name] for name in ("Wx", "Wh", "b")}))
    return steps[1:]


def stacked(steps, name="next_h"):
    """One value of every step, (N, T, .)."""
    return np.stack([step[name] for step in steps], axis=1)


FORWARD = dict(
    _all=lambda x, h0, Wx, Wh, b: dict(x=x, h0=h0, Wx=Wx, Wh=Wh, b=b),
    _steps=lambda _all: unroll(_all),
    h=lambda _steps: stacked(_steps),
)

STATE = "Each step is given two things from the step right before it: its state and its cell."
START = "The cell before the first step is 0: nothing has been written yet."


def remembering(way, **options):
    """A wrong line that unrolls with another memory."""
    return lambda _all: unroll(_all, way, **options)


def exchanged(steps):
    """State and cell of the step before the wrong way round; those before the first are right."""
    names = ("next_c", "next_h") if steps[1:] else ("next_h", "next_c")
    return tuple(steps[-1][name] for name in names)


def with_parts(order):
    """A wrong line that cuts the gates out in another order."""
    return lambda _all: unroll(
        _all, lines=gates.FORWARD | dict(_parts=lambda a: gates.cut(a, order)))


FORWARD_MISTAKES = (
    mistake("The cell starts as `h0`.", START,
            _steps=lambda _all: unroll(_all, c0=lambda h0: h0)),
    mistake("The cell starts at 1.", START,
            _steps=lambda _all: unroll(_all, c0=np.ones_like)),
    mistake("The cell starts anew at 0 in every step.", STATE,
            _steps=remembering(lambda steps: (steps[-1]["next_h"], zeros(steps[0]["next_h"])))),
    mistake("Every step starts from `h0`.", STATE,
            _steps=(remembering(lambda steps: (steps[0]["next_h"], steps[-1]["next_c"])),
                    remembering(lambda steps: (steps[0]["next_h"], steps[0]["next_c"])))),
    mistake("`h0` is ignored: the first step starts from zeros.",
            "The first state has a memory too: the picture.",
            _steps=lambda _all: unroll(_all | dict(h0=zeros(_all["h0"])))),
    mistake("State and cell are exchanged from step to step.", STATE,
            _steps=(remembering(lambda steps: (steps[-1]["next_c"], steps[-1]["next_h"])),
                    remembering(exchanged))),
    mistake("State and cell are exchanged where a step's results are taken, `h` too.",
            "A step returns its state first and then its cell.",
            h=lambda _all: stacked(unroll(_all, exchanged), "next_c")),
    mistake("The cell is given to a step as its state too.", STATE,
            _steps=remembering(lambda steps: (steps[-1]["next_c" if steps[1:] else "next_h"],
                                              steps[-1]["next_c"]))),
    mistake("The state is given to a step as its cell too.", STATE,
            _steps=(remembering(lambda steps: (steps[-1]["next_h"], steps[-1]["next_h"])),
                    remembering(lambda steps: (
                        steps[-1]["next_h"], steps[-1]["next_h" if steps[1:] else "next_c"])))),
    mistake("The cells come as `h`.", "The words are scored from the state.",
            h=lambda _steps: stacked(_steps, "next_c")),
    mistake("`i` and `f` are exchanged.",
            "The columns hold i, f, o and g, in this order, H columns each.",
            _steps=with_parts((1, 0, 2, 3))),
    mistake("`o` and `g` are exchanged: PyTorch's order is i, f, g, o.",
            "The columns hold i, f, o and g, in this order, H columns each.",
            _steps=with_parts((0, 1, 3, 2))),
    mistake("The first step's state is missing.",
            "T inputs give T states. Where does the loop begin?",
            h=(lambda value: without(value, 0), lambda value: value[:, 1:])),
    mistake("`h0` is returned among the states.",
            "`h0` was there before the first step. What is returned has a state for each input.",
            h=(lambda value, h0: np.concatenate([h0[:, None], value], axis=1),
               lambda value, h0: np.concatenate([h0[:, None], value[:, :-1]], axis=1))),
    mistake("The inputs are read from the last to the first.",
            "Time runs forward here; only the gradients run back.",
            _steps=(lambda _all: unroll(_all, order=reversed),
                    lambda _all: unroll(_all, order=reversed)[::-1])),
    mistake("Every step reads the same input.", "Step t reads `x[:, t]`.",
            _steps=(lambda _all: unroll(_all, order=lambda times: [0] * len(times)),
                    lambda _all: unroll(_all, order=lambda times: [-1] * len(times)))),
    *KEPT_MISTAKES,
)

lstm_forward = Exercise(
    "lstm_forward", ("x", "h0", "Wx", "Wh", "b"), ("h", "cache"),
    draw, FORWARD, FORWARD_MISTAKES, SIZES, large=True)


# ---------------------------------------------------------------- backward

def step_caches(steps):
    """The book's cache: that of every step."""
    return tuple(tuple(step[name] for name in gates.CACHE) for step in steps)


def back(dh, steps, keep_h=lambda old, new: new, keep_c=lambda old, new: new, order=reversed,
         lines=gates.TO_SUM, add=np.add, first_c=zeros):
    """Go through time; return the gradient of every sum, (N, T, 4H), and of the state before.

    ``keep_h`` and ``keep_c`` join what was carried into a step and what leaves it.
    """
    N, T, H = dh.shape
    carried_h, carried_c = np.zeros((N, H)), first_c(dh[:, -1]) if T else 0
    da = np.zeros((N, T, 4 * H))
    for t in order(range(len(steps))):
        came = dict(dnext_h=add(dh[:, t], carried_h), dnext_c=carried_c)
        out = run(lines, steps[t] | came)
        da[:, t] = out["da"]
        carried_h = keep_h(carried_h, out["dprev_h"])
        carried_c = keep_c(carried_c, out["dprev_c"])
    return da, carried_h, carried_c


def stops_early(dh, _used):
    """A loop back that leaves out the first step in time."""
    da, *carried = back(dh[:, 1:], _used[1:])
    return np.concatenate([np.zeros((len(da), 1, da.shape[2])), da], axis=1), *carried


def starts_late(dh, _used, N):
    """A loop back that knows of N steps at most."""
    da, *carried = back(dh[:, :N], _used[:N])
    return lengthened(da, dh.shape[1]), *carried


BACKWARD = FORWARD | dict(
    prev=lambda h, h0: shifted(h, h0),
    caches=lambda _steps: step_caches(_steps),
    _used=lambda _steps: _steps,
    _walk=lambda dh, _used: back(dh, _used),
    da=lambda _walk: _walk[0],
    dx=lambda da, Wx: da @ Wx.T,
    dh0=lambda _walk: _walk[1],
    dWx=lambda _used, da: shares(stacked(_used, "x"), da).sum(axis=0),
    dWh=lambda _used, da: shares(stacked(_used, "prev_h"), da).sum(axis=0),
    db=lambda da: da.sum(axis=(0, 1)),
)

TWO = "A step is told two things by the step after it: the gradient of its state and of its cell."
REPLACED = "What leaves a step takes the place of what was carried in: `=`, not `+=`."


def none(old, new):
    """Nothing is carried on."""
    return np.zeros_like(new)


BACKWARD_MISTAKES = (
    mistake("The gradient of the cell is not carried back.", TWO,
            _walk=lambda dh, _used: back(dh, _used, keep_c=none)),
    mistake("The gradient of the state is not carried back.", TWO,
            _walk=lambda dh, _used: (
                lambda da, Wh: (da, da[:, 0] @ Wh.T))(
                    back(dh, _used, keep_h=none)[0], _used[0]["Wh"])),
    mistake("Nothing is carried back.", TWO,
            _walk=lambda dh, _used: (
                lambda da, Wh: (da, da[:, 0] @ Wh.T))(
                    back(dh, _used, keep_h=none, keep_c=none)[0], _used[0]["Wh"])),
    mistake("Only the gradients that are carried back count, the word's own does not.",
            "At every step the state's own word adds its gradient.",
            _walk=lambda dh, _used: back(only(dh, -1), _used)),
    mistake("The gradient of the last word is left out.",
            "The last state has no future, but it has a word.",
            _walk=lambda dh, _used: back(without(dh, -1), _used)),
    mistake("The gradients carried back for the cell pile up.", REPLACED,
            _walk=lambda dh, _used: back(dh, _used, keep_c=np.add)),
    mistake("The gradients carried back for the state pile up.", REPLACED,
            _walk=lambda dh, _used: back(dh, _used, keep_h=np.add)),
    mistake("The gradients that are carried back pile up.", REPLACED,
            _walk=lambda dh, _used: back(dh, _used, keep_h=np.add, keep_c=np.add)),
    mistake("The gradients carried back for state and cell are exchanged.", TWO,
            _walk=lambda dh, _used: back(dh, _used, lines=gates.TO_SUM | dict(
                dprev_h=lambda dc, f: dc * f, dprev_c=lambda da, Wh: da @ Wh.T))),
    mistake("The word's gradient goes into the cell of the last step too.",
            "No word reads the cell: behind the last step its gradient is 0.",
            _walk=lambda dh, _used: back(dh, _used, first_c=np.array)),
    mistake("The word's gradient goes into the cell of every step too.",
            "No word reads the cell. What is carried back is its gradient, and no more.",
            _walk=lambda dh, _used: back(dh, _used, lines=gates.TO_SUM | dict(
                dc=lambda dnext_c, from_h, dnext_h: dnext_c + from_h + dnext_h))),
    mistake("The gate `f` is missing where the cell's gradient is carried back.",
            "What was kept of the old cell had been multiplied by something.",
            _walk=lambda dh, _used: back(dh, _used, lines=gates.TO_SUM | dict(
                dprev_c=lambda dc: dc))),
    mistake("What is carried back for the state is subtracted.",
            "Where a value has two readers their gradients add up.",
            _walk=lambda dh, _used: back(dh, _used, add=np.subtract)),
    mistake("The steps are gone through from the first to the last.",
            "A gradient comes from what happened later. Which step knows its future first?",
            _walk=lambda dh, _used: back(dh, _used, order=iter)),
    mistake("The last word's gradient is used at every step.",
            "Each state has a word of its own: step t takes `dh[:, t]`.",
            _walk=lambda dh, _used: back(np.repeat(dh[:, -1:], dh.shape[1], axis=1), _used)),
    mistake("Each step takes another word's gradient.", "Step t takes `dh[:, t]`.",
            _walk=(lambda dh, _used: back(np.roll(dh, 1, axis=1), _used),
                   lambda dh, _used: back(np.roll(dh, -1, axis=1), _used),
                   lambda dh, _used: back(dh[:, ::-1], _used))),
    mistake("The steps are paired with the wrong caches.", "Step t goes with `cache[t]`.",
            _used=(lambda value: value[::-1], lambda value: value[-1:] + value[:-1],
                   lambda value: value[1:] + value[:1])),
    mistake("The loop goes back over the captions, N times, and not over the T steps.",
            "`len(dh)` and `range(N)` count the first axis. Which one is that of time?",
            _walk=starts_late),
    mistake("The loop stops one step too early: the first step is left out.",
            "All T steps were taken, and all are undone, the first included.",
            _walk=stops_early),
    mistake("`dh0` is the gradient of the cell before the first step.",
            "`h0` is a state; the cell that starts at 0 needs no gradient.",
            dh0=lambda _walk: _walk[2]),
    *SHARED_MISTAKES,
)

lstm_backward = Exercise(
    "lstm_backward", ("dh", "cache"), ("dx", "dh0", "dWx", "dWh", "db"),
    draw, BACKWARD, BACKWARD_MISTAKES, SIZES, cache="caches", forward=lstm_forward,
    cache_says=f"a tuple of T step caches, each `({', '.join(gates.CACHE)})`")
