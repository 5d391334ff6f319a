"""The usual mistakes in a whole sequence, forward and back through time (chapter 5)."""

import numpy as np

from captioning.check.program import Exercise, mistake

SIZES = (dict(N=3, T=4, D=2, H=5), dict(N=2, T=3, D=6, H=4), dict(N=2, T=1, D=4, H=3),
         dict(N=1, T=3, D=3, H=2), dict(N=3, T=3, D=3, H=3))


def draw(rng, N, T, D, H):
    """Inputs of a sequence, of a size at which tanh neither saturates nor is a straight line."""
    shapes = dict(x=(N, T, D), h0=(N, H), Wx=(D, H), Wh=(H, H), b=(H,), dh=(N, T, H))
    return {name: 0.7 * rng.standard_normal(shape) for name, shape in shapes.items()}


# ---------------------------------------------------------------- forward

def read(x, Wx, b):
    """What each step adds up before its memory comes in, a step first: (T, N, H)."""
    return np.moveaxis(x @ Wx + b, 1, 0)


def states(terms, h0, Wh, past=lambda states: states[-1], first=None, squash=np.tanh):
    """Every state, (N, T, H); ``past`` says which of the states so far is the memory."""
    known = [h0 if first is None else first]
    for term in terms:
        known.append(squash(term + past(known) @ Wh))
    return np.stack(known[1:], axis=1)


def summing(terms, h0, Wh):
    """States of a loop that adds each new one to its memory."""
    memory, out = h0, []
    for term in terms:
        out.append(np.tanh(term + memory @ Wh))
        memory = memory + out[-1]
    return np.stack(out, axis=1)


def only(value, t):
    """The states, all of them 0 but one."""
    out = np.zeros_like(value)
    out[:, t] = value[:, t]
    return out


def without(value, t):
    """The states, one of them 0 if there are more."""
    out = value.copy()
    out[:, t] = 0
    return out


def first_untaken(terms, first, memory, Wh):
    """States of a loop that begins with the second step; ``first`` stands in the first's place."""
    later = [states(terms[1:], memory, Wh)] if len(terms) > 1 else []
    return np.concatenate([first[:, None], *later], axis=1)


FORWARD = dict(
    terms=lambda x, Wx, b: read(x, Wx, b),
    h=lambda terms, h0, Wh: states(terms, h0, Wh),
)

# Whatever the network: which states are kept, and where.
KEPT_MISTAKES = (
    mistake("Only the last state is returned.",
            "Every word needs the state of its own step: keep them all.",
            h=(lambda value: value[:, -1], lambda value: value[:, -1:])),
    mistake("The last state stands at every step.",
            "Each state belongs to its own step. What is assigned, and where?",
            h=lambda value: np.repeat(value[:, -1:], value.shape[1], axis=1)),
    mistake("Only one state is kept, the rest is 0.",
            "Does the `return` stand inside the loop, or the index outside?",
            h=(lambda value: only(value, -1), lambda value: only(value, 0))),
    mistake("The loop runs over the captions, N times, and not over the T steps.",
            "`len(x)` and `range(N)` count the first axis. Which one is that of time?",
            h=(lambda value, N: np.where(np.arange(value.shape[1])[:, None] < N, value, 0),
               lambda value, N: value[:, :N])),
    mistake("The last step is not taken.",
            "T inputs give T states. Where does the loop stop?",
            h=(lambda value: without(value, -1), lambda value: value[:, :-1])),
    mistake("The states come in the reverse order.",
            "State t belongs at place t.",
            h=lambda value: value[:, ::-1]),
    mistake("The batch and time are exchanged in `h`.",
            "Wanted is (N, T, H). A list of T states of shape (N, H) is stacked along its first "
            "axis: which one should be that of time?",
            h=(lambda value: np.moveaxis(value, 1, 0),
               lambda value: np.moveaxis(value, 1, 0).reshape(value.shape))),
    mistake("The states are averaged over time.",
            "Every word needs the state of its own step: keep them all.",
            h=lambda value: value.mean(axis=1)),
    mistake("The states are added up over time.",
            "Every word needs the state of its own step: keep them as they are.",
            h=(lambda value: value.cumsum(axis=1), lambda value: value.sum(axis=1))),
)

FORWARD_MISTAKES = (
    mistake("Every step starts from `h0`.",
            "`h0` is the memory of the first step alone. Whose state is the memory of the second?",
            h=lambda terms, h0, Wh: states(terms, h0, Wh, past=lambda known: known[0])),
    mistake("`h0` is ignored: the first step starts from zeros.",
            "The first state has a memory too: the picture. With `h[:, t - 1]`, which state does "
            "t = 0 read?",
            h=lambda terms, h0, Wh: states(terms, h0, Wh, first=np.zeros_like(h0))),
    mistake("No step has a memory.",
            "Each step takes two things: its input and the state before.",
            h=lambda terms: np.tanh(np.moveaxis(terms, 0, 1))),
    mistake("Each step's memory is one state too old.",
            "A step remembers the state right before it.",
            h=lambda terms, h0, Wh: states(terms, h0, Wh, past=lambda known: known[-2:][0])),
    mistake("`h0` is added to the memory of every step.",
            "`h0` is the memory of the first step; after that the new state takes its place.",
            h=lambda terms, h0, Wh: states(
                terms, h0, Wh, past=lambda known: known[-1] + (known[0] if known[1:] else 0))),
    mistake("The states add up from step to step.",
            "The new state takes the place of the old one: `=`, not `+=`.",
            h=summing),
    mistake("The first step's state is missing.",
            "T inputs give T states. Where does the loop begin?",
            h=(lambda value: without(value, 0), lambda value: value[:, 1:],
               lambda terms, h0, Wh: first_untaken(terms, 0 * h0, h0, Wh),
               lambda terms, h0, Wh: first_untaken(terms, 0 * h0, 0 * h0, Wh))),
    mistake("`h0` is returned among the states.",
            "`h0` was there before the first step. What is returned has a state for each input.",
            h=(lambda value, h0: np.concatenate([h0[:, None], value], axis=1),
               lambda value, h0: np.concatenate([h0[:, None], value[:, :-1]], axis=1),
               lambda terms, h0, Wh: first_untaken(terms, h0, h0, Wh))),
    mistake("The inputs are read from the last to the first.",
            "Time runs forward here; only the gradients run back.",
            h=(lambda terms, h0, Wh: states(terms[::-1], h0, Wh)[:, ::-1],
               lambda terms, h0, Wh: states(terms[::-1], h0, Wh))),
    mistake("Every step reads the same input.",
            "Step t reads `x[:, t]`.",
            terms=(lambda value: np.broadcast_to(value[:1], value.shape),
                   lambda value: np.broadcast_to(value[-1:], value.shape))),
    mistake("Each step reads the input of the step before it.",
            "Step t reads `x[:, t]`: no shift is wanted here.",
            terms=lambda value: np.roll(value, 1, axis=0)),
    mistake("Each step reads the input of the step after it.",
            "Step t reads `x[:, t]`: no shift is wanted here.",
            terms=(lambda value: np.roll(value, -1, axis=0),
                   lambda value: np.concatenate([value[1:], value[-1:]]))),
    mistake("The batch and time are exchanged in `x`.",
            "`x` is (N, T, D): its first axis is the batch, its second is time.",
            terms=lambda x, Wx, b: x.reshape(x.shape[1], x.shape[0], -1) @ Wx + b,
            h=lambda x, h0, Wx, Wh, b: np.moveaxis(
                states(x @ Wx + b, h0, Wh), 0, 1)),
    mistake("The tanh is forgotten.",
            "A step squashes its sum to between -1 and 1.",
            h=lambda terms, h0, Wh: states(terms, h0, Wh, squash=np.array)),
    mistake("The bias `b` is forgotten.",
            "Each step adds three terms.",
            terms=lambda x, Wx: read(x, Wx, 0)),
    mistake("The bias `b` is added only once, in the first step.",
            "Each step adds three terms, the same `b` every time.",
            terms=lambda x, Wx, b: read(x, Wx, 0) + b * (
                np.arange(x.shape[1]) == 0)[:, None, None]),
    mistake("`Wh` is transposed.",
            "`Wh` is square, so no shape objects. Rows of the state meet columns of `Wh`.",
            h=lambda terms, h0, Wh: states(terms, h0, Wh.T)),
    *KEPT_MISTAKES,
)

rnn_forward = Exercise(
    "rnn_forward", ("x", "h0", "Wx", "Wh", "b"), ("h", "cache"),
    draw, FORWARD, FORWARD_MISTAKES, SIZES, large=True)


# ---------------------------------------------------------------- backward

def back(dh, slope, Wh, add=lambda own, carried: own + carried, order=reversed,
         keep=lambda old, new: new, first=None):
    """Go through time; return the gradient of every sum, (N, T, H), and of the state before.

    ``add`` joins a state's own gradient and the one carried from the future, ``keep`` the carried
    one with what leaves the step, ``order`` is that of the steps.
    """
    N, T, H = dh.shape
    da, carried = np.zeros_like(dh), np.zeros((N, H)) if first is None else first
    for t in order(range(T)):
        da[:, t] = add(dh[:, t], carried) * slope[:, t]
        carried = keep(carried, da[:, t] @ Wh.T)
    return da, carried


def shifted(states, h0):
    """The state before each step."""
    return np.concatenate([h0[:, None], states[:, :-1]], axis=1)


def step_caches(x, prev, Wx, Wh, h):
    """The book's cache: that of every step."""
    return tuple((x[:, t], prev[:, t], Wx, Wh, h[:, t]) for t in range(x.shape[1]))


def shares(left, da):
    """What each step adds to the gradient of a matrix, (T, ., H)."""
    return np.einsum("ntd,nth->tdh", left, da)


def late(dh):
    """Each word's gradient one step later on the way back, the last one's twice."""
    return np.concatenate([dh[:, 1:], dh[:, -1:]], axis=1)


def stops_early(dh, slope, Wh):
    """A loop back that leaves out the first step in time."""
    da, carried = back(dh[:, 1:], slope[:, 1:], Wh)
    return np.concatenate([np.zeros_like(dh[:, :1]), da], axis=1), carried


def lengthened(da, T):
    """The gradients of the first steps, and zeros for the rest of T steps."""
    return np.pad(da, ((0, 0), (0, T - da.shape[1]), (0, 0)))


def starts_late(dh, slope, Wh, N):
    """A loop back that knows of N steps at most."""
    da, carried = back(dh[:, :N], slope[:, :N], Wh)
    return lengthened(da, dh.shape[1]), carried


BACKWARD = FORWARD | dict(
    prev=lambda h, h0: shifted(h, h0),
    caches=lambda x, prev, Wx, Wh, h: step_caches(x, prev, Wx, Wh, h),
    _used=lambda x, prev, h: (x, prev, h),
    slope=lambda _used: 1 - _used[2]**2,
    _walk=lambda dh, slope, Wh: back(dh, slope, Wh),
    da=lambda _walk: _walk[0],
    dx=lambda da, Wx: da @ Wx.T,
    dh0=lambda _walk: _walk[1],
    dWx=lambda _used, da: shares(_used[0], da).sum(axis=0),
    dWh=lambda _used, da: shares(_used[1], da).sum(axis=0),
    db=lambda da: da.sum(axis=(0, 1)),
)

SHARES = "The parameters served every step, so every step adds its share: `+=`, not `=`."

# Whatever the network: dx, dh0 and the sums over time, made from the gradient da of every sum.
SHARED_MISTAKES = (
    mistake("`dx` comes in the reverse order.",
            "`dx[:, t]` belongs to the input of step t, though the last step is done first.",
            dx=lambda value: value[:, ::-1]),
    mistake("`dx` stands one step off.",
            "`dx[:, t]` belongs to the input of step t.",
            dx=(lambda value: np.roll(value, 1, axis=1), lambda value: np.roll(value, -1, axis=1),
                lambda value: np.concatenate([value[:, 1:], 0 * value[:, :1]], axis=1),
                lambda value: np.concatenate([0 * value[:, :1], value[:, :-1]], axis=1))),
    mistake("Only one step's `dx` is returned.",
            "`x` has T inputs, so `dx` has T gradients: one for each, at its place.",
            dx=(lambda value: value[:, 0], lambda value: value[:, -1],
                lambda value: only(value, 0), lambda value: only(value, -1))),
    mistake("One step's `dx` stands at every step.",
            "`x` has T inputs, so `dx` has T gradients: one for each, at its place.",
            dx=(lambda value: np.repeat(value[:, :1], value.shape[1], axis=1),
                lambda value: np.repeat(value[:, -1:], value.shape[1], axis=1))),
    mistake("The batch and time are exchanged in `dx`.",
            "Wanted is (N, T, D), the shape of `x`.",
            dx=(lambda value: np.moveaxis(value, 1, 0),
                lambda value: np.moveaxis(value, 1, 0).reshape(value.shape))),
    mistake("`dx` is added up over time.",
            "Every step has an input of its own. What is shared adds up; `x` is not.",
            dx=(lambda value: value.sum(axis=1), lambda value: value.cumsum(axis=1),
                lambda value: value[:, ::-1].cumsum(axis=1)[:, ::-1])),
    mistake("`dh0` is what left the last step, the first on the way back.",
            "`h0` went into the first step.",
            dh0=lambda da, Wh: da[:, -1] @ Wh.T),
    mistake("`dh0` is taken one step too early on the way back.",
            "`h0` went into the first step: what leaves that one is wanted.",
            dh0=lambda da, Wh: da[:, min(1, da.shape[1] - 1)] @ Wh.T if da.shape[1] > 1
            else np.zeros_like(da[:, 0])),
    mistake("`dh0` is 0.",
            "The first step's memory was `h0`: what leaves that step is its gradient.",
            dh0=lambda value: np.zeros_like(value)),
    mistake("`dh0` is the gradient of the first state instead of the one before it.",
            "`h0` is not `h[:, 0]`: a step lies between them.",
            dh0=(lambda dh: dh[:, 0], lambda dh, da, Wh: dh[:, 0] + (
                da[:, 1] @ Wh.T if da.shape[1] > 1 else 0), lambda da: da[:, 0])),
    mistake("`dh0` has a word's gradient added to it.",
            "No word reads `h0`: its gradient is what leaves the first step, and no more. With "
            "`dh[:, t - 1]`, which word is that at t = 0?",
            dh0=(lambda value, dh: value + dh[:, 0], lambda value, dh: value + dh[:, -1])),
    mistake("What leaves every step is added up in `dh0`.",
            "`h0` went into the first step alone.",
            dh0=lambda da, Wh: (da @ Wh.T).sum(axis=1)),
    mistake("`dh0` is averaged over time.",
            "`h0` went into the first step alone.",
            dh0=lambda da, Wh: (da @ Wh.T).mean(axis=1)),
    mistake("Only the first step's share counts in {lines}.", SHARES,
            dWx=lambda x, da: shares(x, da)[0],
            dWh=lambda prev, da: shares(prev, da)[0],
            db=lambda da: da[:, 0].sum(axis=0)),
    mistake("Only the last step's share counts in {lines}.", SHARES,
            dWx=lambda x, da: shares(x, da)[-1],
            dWh=lambda prev, da: shares(prev, da)[-1],
            db=lambda da: da[:, -1].sum(axis=0)),
    mistake("The mean over time is taken instead of the sum, in {lines}.",
            "The parameters served every step, so every step adds its share.",
            dWx=lambda value, T: value / T,
            dWh=lambda value, T: value / T,
            db=lambda value, T: value / T),
    mistake("The mean over the batch is taken instead of the sum, in {lines}.",
            "The step adds; where a mean is wanted, the loss has divided by N already.",
            dWx=lambda value, N: value / N,
            dWh=lambda value, N: value / N,
            db=lambda value, N: value / N),
    mistake("The shares of the steps are not added up in {lines}.",
            "One gradient of the variable's own shape is wanted, the sum of the steps' shares.",
            dWx=lambda x, da: shares(x, da),
            dWh=lambda prev, da: shares(prev, da),
            db=(lambda da: da.sum(axis=0), lambda da: da.sum(axis=1), lambda da: da)),
    mistake("One step's share is left out in {lines}.",
            "The parameters served all T steps. Where does the loop begin, and where does it end?",
            dWx=(lambda x, da: shares(x, da)[1:].sum(axis=0),
                 lambda x, da: shares(x, da)[:-1].sum(axis=0)),
            dWh=(lambda prev, da: shares(prev, da)[1:].sum(axis=0),
                 lambda prev, da: shares(prev, da)[:-1].sum(axis=0)),
            db=(lambda da: da[:, 1:].sum(axis=(0, 1)), lambda da: da[:, :-1].sum(axis=(0, 1)))),
    mistake("The state after the step is used where the one before it belongs, in `dWh`.",
            "`Wh` met the state before the step, in the first step `h0`.",
            dWh=lambda h, da: shares(h, da).sum(axis=0)),
    mistake("`h0` stands for every state in `dWh`.",
            "`Wh` met the state before each step, in the first step alone `h0`.",
            dWh=lambda h0, da: h0.T @ da.sum(axis=1)),
)

BACKWARD_MISTAKES = (
    mistake("The gradient that comes back from the future is forgotten.",
            "Each state has two readers: its word and the next step. `dh[:, t]` is from the word "
            "alone.",
            _walk=lambda dh, slope, Wh: (dh * slope, (dh * slope)[:, 0] @ Wh.T)),
    mistake("Only the gradient that is carried back counts, the word's own does not.",
            "At every step the state's own word adds its gradient.",
            _walk=lambda dh, slope, Wh: back(only(dh, -1), slope, Wh)),
    mistake("Only the carried gradient counts and it starts at 0, so nothing is left.",
            "Where does `dh` come in?",
            _walk=lambda dh, slope, Wh: back(0 * dh, slope, Wh)),
    mistake("The gradient of the last word is left out.",
            "The last state has no future, but it has a word.",
            _walk=lambda dh, slope, Wh: back(without(dh, -1), slope, Wh)),
    mistake("The steps are gone through from the first to the last.",
            "A gradient comes from what happened later. Which step knows its future first?",
            _walk=lambda dh, slope, Wh: back(dh, slope, Wh, order=iter)),
    mistake("The carried gradients pile up.",
            "What leaves a step takes the place of what was carried in: `=`, not `+=`.",
            _walk=lambda dh, slope, Wh: back(dh, slope, Wh, keep=np.add)),
    mistake("The word's gradients pile up on their way back, past the step.",
            "What is carried back is what left the step, `dprev_h`: the word's own gradient has "
            "gone through the step by then.",
            _walk=(lambda dh, slope, Wh: back(np.cumsum(dh[:, ::-1], axis=1)[:, ::-1], slope, Wh),
                   lambda dh, slope, Wh: (np.cumsum(dh[:, ::-1], axis=1)[:, ::-1] * slope,
                                          (dh.sum(axis=1) * slope[:, 0]) @ Wh.T))),
    mistake("The two gradients of a state are averaged.",
            "Where a value has two readers their gradients add up.",
            _walk=lambda dh, slope, Wh: back(dh, slope, Wh, add=lambda a, b: (a + b) / 2)),
    mistake("The two gradients of a state are multiplied.",
            "Where a value has two readers their gradients add up.",
            _walk=lambda dh, slope, Wh: back(dh, slope, Wh, add=np.multiply,
                                             first=np.ones_like(dh[:, 0]))),
    mistake("The carried gradient is subtracted.",
            "Where a value has two readers their gradients add up.",
            _walk=lambda dh, slope, Wh: back(dh, slope, Wh, add=np.subtract)),
    mistake("The last word's gradient is used at every step.",
            "Each state has a word of its own: step t takes `dh[:, t]`.",
            _walk=lambda dh, slope, Wh: back(np.repeat(dh[:, -1:], dh.shape[1], axis=1), slope,
                                             Wh)),
    mistake("Each step takes another word's gradient.",
            "Step t takes `dh[:, t]`.",
            _walk=(lambda dh, slope, Wh: back(np.roll(dh, 1, axis=1), slope, Wh),
                   lambda dh, slope, Wh: back(np.roll(dh, -1, axis=1), slope, Wh),
                   lambda dh, slope, Wh: back(dh[:, ::-1], slope, Wh),
                   lambda dh, slope, Wh: back(late(dh), slope, Wh),
                   lambda dh, slope, Wh: (lambda da, carried: (da, carried + dh[:, 0]))(
                       *back(late(dh), slope, Wh)))),
    mistake("The steps are paired with the wrong caches.",
            "Step t goes with `cache[t]`.",
            _used=(lambda value: tuple(part[:, ::-1] for part in value),
                   lambda value: tuple(np.roll(part, 1, axis=1) for part in value),
                   lambda value: tuple(np.roll(part, -1, axis=1) for part in value))),
    mistake("The loop goes back over the captions, N times, and not over the T steps.",
            "`len(dh)` and `range(N)` count the first axis. Which one is that of time?",
            _walk=starts_late),
    mistake("The loop stops one step too early: the first step is left out.",
            "All T steps were taken, and all are undone, the first included.",
            _walk=stops_early),
    mistake("`Wh` is not transposed where the gradient is carried back.",
            "`Wh` is square, so no shape objects. The gradient goes back through it the other "
            "way round.",
            _walk=lambda dh, slope, Wh: back(dh, slope, Wh.T)),
    mistake("The tanh's slope is forgotten.",
            "Between `dh` and the sum stands the tanh of each step.",
            slope=lambda value: np.ones_like(value)),
    mistake("The tanh's slope is taken from the state before the step.",
            "The slope belongs to the state that the step made.",
            slope=lambda prev: 1 - prev**2),
    mistake("The square in the tanh's slope is missing.",
            "The slope of tanh, from its output h, is 1 - h squared.",
            slope=lambda h: 1 - h),
    mistake("The square in the tanh's slope stands outside the bracket.",
            "The slope of tanh, from its output h, is 1 - h squared.",
            slope=lambda h: (1 - h)**2),
    mistake("`dh` itself is used in {lines}.",
            "Between `dh` and what went into a step stand the step's tanh and the future.",
            dx=lambda dh, Wx: dh @ Wx.T,
            dWx=lambda x, dh: shares(x, dh).sum(axis=0),
            dWh=lambda prev, dh: shares(prev, dh).sum(axis=0),
            db=lambda dh: dh.sum(axis=(0, 1))),
    mistake("The word's gradient alone makes {lines}.",
            "The sum of both gradients of a state goes into its step.",
            dx=lambda dh, slope, Wx: (dh * slope) @ Wx.T,
            dh0=lambda dh, slope, Wh: (dh * slope)[:, 0] @ Wh.T,
            dWx=lambda x, dh, slope: shares(x, dh * slope).sum(axis=0),
            dWh=lambda prev, dh, slope: shares(prev, dh * slope).sum(axis=0),
            db=lambda dh, slope: (dh * slope).sum(axis=(0, 1))),
    *SHARED_MISTAKES,
)

rnn_backward = Exercise(
    "rnn_backward", ("dh", "cache"), ("dx", "dh0", "dWx", "dWh", "db"),
    draw, BACKWARD, BACKWARD_MISTAKES, SIZES, cache="caches", forward=rnn_forward,
    cache_says="a tuple of T step caches, each `(x, prev_h, Wx, Wh, next_h)`")
