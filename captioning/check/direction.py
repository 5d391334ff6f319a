"""The usual mistakes in a gradient check along one direction (the page on gradient checking).

The gradients that the function is handed are those of another loss. So its two results differ,
and a slip in one of them does not hide behind the other.
"""

import numpy as np

from captioning.check.program import Exercise, mistake

SIZES = (dict(D=4, H=3, M=5), dict(D=2, H=5, M=3), dict(D=3, H=1, M=2), dict(D=4, H=4, M=4))
NUDGE = 0.2  # so large that no two ways to differentiate agree


class Loss:
    """A small network's loss of the parameters, whatever they are when it is called."""

    def __init__(self, x, params):
        self.x, self.params = x, params

    def at(self, params):
        """The loss of other parameters."""
        h = np.tanh(self.x @ params["Wx"] + params["b"])
        return float(np.square(h @ params["W_vocab"]).sum() + h.sum())

    def __call__(self):
        """The loss of the parameters as they stand."""
        return self.at(self.params)


def draw(rng, D, H, M):
    """A loss, its parameters, gradients that are not its own, and a direction against them."""
    shapes = dict(Wx=(D, H), b=(H,), W_vocab=(H, M))
    params, grads, v = ({name: 0.5 * rng.standard_normal(shape) for name, shape in shapes.items()}
                        for _ in range(3))
    if total(grads, v) > 0:  # so that a lost sign shows
        v = {name: -value for name, value in v.items()}
    return dict(loss=Loss(rng.standard_normal((6, D)), params), params=params, grads=grads, v=v,
                nudge=NUDGE)


def moved(params, v, step):
    """Parameters that stand a step along v, in a new dict."""
    return {name: value + step * v[name] for name, value in params.items()}


def total(grads, v):
    """The sum of all products of entries."""
    return sum(np.sum(grads[name] * v[name]) for name in grads)


def slope(loss, params, v, nudge):
    """The central difference along v."""
    return (loss.at(moved(params, v, nudge)) - loss.at(moved(params, v, -nudge))) / (2 * nudge)


# ---------------------------------------------------------------- other directions

def only(v, names):
    """The direction in the arrays of these names, 0 in the others."""
    return {name: value * (name in names) for name, value in v.items()}


def each(v):
    """A direction for each array, 0 in the others."""
    return [only(v, [name]) for name in v]


def axes(v):
    """A direction for each entry, as long as v is there, 0 in the others."""
    for name, value in v.items():
        for place in np.ndindex(value.shape):
            axis = only(v, [])
            axis[name] = np.zeros_like(value)
            axis[name][place] = value[place]
            yield axis


def unit(v):
    """The direction brought to length 1."""
    length = np.sqrt(total(v, v))
    return {name: value / length for name, value in v.items()}


def signs(v):
    """The signs of v."""
    return {name: np.sign(value) for name, value in v.items()}


def ones(v):
    """The same nudge for every entry."""
    return {name: np.ones_like(value) for name, value in v.items()}


def leaving_behind(loss, params, v, nudge):
    """The slopes of one array after the other, none of which is put back, added up."""
    slopes = []
    for one in each(v):
        slopes.append(slope(loss, params, one, nudge))
        params = moved(params, one, -nudge)
    return sum(slopes)


LINES = dict(
    _v=lambda v: v,
    _above=lambda loss, params, _v, nudge: loss.at(moved(params, _v, nudge)),
    _below=lambda loss, params, _v, nudge: loss.at(moved(params, _v, -nudge)),
    measured=lambda _above, _below, nudge: (_above - _below) / (2 * nudge),
    derived=lambda grads, _v: total(grads, _v),
)

ENDS = "The loss is read twice: at a nudge above the parameters, and at a nudge below them."
BOTH = "The difference of the two losses is divided by their distance, `2 * nudge`."
SUM = "The inner product adds up `grads[name] * v[name]` over all entries of all arrays."
WHOLE = "All arrays move at once: that is what makes two runs enough."

directional = Exercise(
    "directional", ("loss", "params", "grads", "v", "nudge"), ("measured", "derived"), draw, LINES,
    (
        mistake("`loss` never sees the parameters move: `measured` is 0.",
                "`loss()` reads the arrays of `params` as they stand. Copies that move are not "
                "read; write `params[name][:] = ...`.",
                measured=lambda value: 0.0),
        mistake("One of the two ends is the start itself.", ENDS + " Were the kept values moved "
                "too? `params.copy()` copies the dict and none of its arrays.",
                _below=lambda loss, params: loss.at(params),
                _above=lambda loss, params: loss.at(params)),
        mistake("The difference is one-sided.", ENDS,
                measured=(lambda _above, loss, params, nudge: (_above - loss.at(params)) / nudge,
                          lambda _below, loss, params, nudge: (loss.at(params) - _below) / nudge)),
        mistake("The second end lies beyond the first: two nudges above the parameters, or two "
                "below.", ENDS + " Begin each end from the kept values.",
                _below=lambda loss, params, _v, nudge: loss.at(moved(params, _v, 2 * nudge)),
                _above=lambda loss, params, _v, nudge: loss.at(moved(params, _v, -2 * nudge))),
        mistake("One end is two nudges away and the other one nudge.",
                ENDS + " Begin each end from the kept values.",
                _below=lambda loss, params, _v, nudge: loss.at(moved(params, _v, -2 * nudge)),
                _above=lambda loss, params, _v, nudge: loss.at(moved(params, _v, 2 * nudge))),
        mistake("The difference is divided by one nudge.", BOTH,
                measured=lambda value: 2 * value),
        mistake("The brackets around `2 * nudge` are missing.",
                "`a / 2 * nudge` divides by 2 and then multiplies by the nudge.",
                measured=lambda value, nudge: value * nudge**2),
        mistake("The difference is divided by the nudge squared.", BOTH,
                measured=(lambda value, nudge: 2 * value / nudge,
                          lambda value, nudge: value / nudge)),
        mistake("The difference is not divided.", BOTH,
                measured=lambda value, nudge: 2 * nudge * value),
        mistake("The difference is only halved.", BOTH,
                measured=lambda value, nudge: nudge * value),
        mistake("The loss below stands before the loss above.",
                "A loss that rises along v has a slope above 0.",
                measured=lambda value: -value),
        mistake("The two losses are added.", BOTH,
                measured=lambda _above, _below, nudge: (_above + _below) / (2 * nudge)),
        mistake("The nudge is not the one that is handed over.",
                "`nudge` is an argument: is a number written in its place?",
                measured=lambda loss, params, _v: slope(loss, params, _v, 1e-5)),
        mistake("Each array is moved by itself, and the slopes are added up.", WHOLE,
                measured=(lambda loss, params, _v, nudge: sum(
                    slope(loss, params, one, nudge) for one in each(_v)), leaving_behind)),
        mistake("Each entry is moved by itself, and the slopes are added up.",
                WHOLE + " Entry by entry it takes two runs for each number.",
                measured=lambda loss, params, _v, nudge: sum(
                    slope(loss, params, one, nudge) for one in axes(_v))),
        mistake("Only one array is moved.", WHOLE + " Does `loss()` stand inside the loop?",
                measured=(
                    lambda loss, params, v, nudge: slope(loss, params, each(v)[0], nudge),
                    lambda loss, params, v, nudge: slope(loss, params, each(v)[-1], nudge))),
        mistake("Every entry is moved by the nudge alone, v is not used.",
                "Each entry moves by `nudge * v[name]`.",
                measured=lambda loss, params, v, nudge: slope(loss, params, ones(v), nudge)),
        mistake("v is not taken as it is: it is brought to length 1, or to its signs.",
                "Any direction will do, as long as both sides have the very same.",
                _v=(unit, signs)),
        mistake("The parameters move along their gradients and not along v.",
                "Each entry moves by `nudge * v[name]`.",
                measured=lambda loss, params, grads, nudge: slope(loss, params, grads, nudge)),
        mistake("Only one array counts in `derived`.", SUM + " In a loop that is `+=`.",
                derived=(lambda grads, v: total(grads, each(v)[0]),
                         lambda grads, v: total(grads, each(v)[-1]))),
        mistake("v is left out of `derived`.", SUM,
                derived=lambda grads, v: total(grads, ones(v))),
        mistake("The parameters stand in the place of v in `derived`.", SUM,
                derived=lambda grads, params: total(grads, params)),
        mistake("The nudge is in `derived` too.",
                "On the measured side the nudge cancels: it is multiplied in and divided out.",
                derived=(lambda value, nudge: value * nudge,
                         lambda value, nudge: value * 2 * nudge,
                         lambda value, nudge: value / nudge)),
        mistake("The products of an array are averaged in `derived`.", SUM,
                derived=(lambda grads, v: sum(np.mean(grads[name] * v[name]) for name in grads),
                         lambda grads, v: total(grads, v) / sum(g.size for g in grads.values()))),
        mistake("`derived` is the length of the gradient.", SUM,
                derived=(lambda grads: np.sqrt(total(grads, grads)),
                         lambda grads: total(grads, grads))),
        mistake("Signs are lost in `derived`.", SUM + " Some of the products are below 0.",
                derived=(lambda value: abs(value),
                         lambda grads, v: total({k: abs(g) for k, g in grads.items()},
                                                {k: abs(d) for k, d in v.items()}))),
    ), SIZES,
    put_back="`loss` and everyone else read `params` afterwards. Keep copies of the arrays, "
             "`value.copy()`, and write those back at the end: a nudge that is added and taken "
             "off again leaves a rounding error.",
    nudge="There may be any number of arrays, of any shape.")
