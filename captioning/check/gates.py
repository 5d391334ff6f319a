"""The usual mistakes in one step of an LSTM, forward and backward (chapter 13)."""

import itertools

import numpy as np

from captioning.check.program import Exercise, mistake

SIZES = (dict(N=3, D=4, H=5), dict(N=2, D=6, H=3), dict(N=1, D=3, H=2), dict(N=4, D=4, H=4))


def draw(rng, N, D, H):
    """Inputs of a step, of a size at which no gate is wholly open or shut."""
    shapes = dict(x=(N, D), prev_h=(N, H), prev_c=(N, H), Wx=(D, 4 * H), Wh=(H, 4 * H), b=(4 * H,),
                  dnext_h=(N, H), dnext_c=(N, H))
    return {name: 0.7 * rng.standard_normal(shape) for name, shape in shapes.items()}


def sigmoid(a):
    """Between 0 and 1, without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * a))


def cut(a, order=(0, 1, 2, 3)):
    """The four parts of every row, for i, f, o and g; ``order`` says which part each takes."""
    parts = np.split(a, 4, axis=1)
    return [parts[k] for k in order]


def cutting(order):
    """A wrong line for the parts."""
    return lambda a: cut(a, order)


def placing(order):
    """A wrong line for the blocks of da."""
    return lambda value: [value[k] for k in order]


OTHER_ORDERS = [order for order in itertools.permutations(range(4)) if order not in (
    (0, 1, 2, 3), (1, 0, 2, 3), (0, 1, 3, 2))]


# ---------------------------------------------------------------- forward

FORWARD = dict(
    read=lambda x, Wx: x @ Wx,
    kept=lambda prev_h, Wh: prev_h @ Wh,
    a=lambda read, kept, b: read + kept + b,
    _parts=lambda a: cut(a),
    _gates=lambda _parts: [*map(sigmoid, _parts[:3]), np.tanh(_parts[3])],
    i=lambda _gates: _gates[0],
    f=lambda _gates: _gates[1],
    o=lambda _gates: _gates[2],
    g=lambda _gates: _gates[3],
    cell=lambda f, prev_c, i, g: f * prev_c + i * g,
    tanh_c=lambda cell: np.tanh(cell),
    next_c=lambda cell: cell,
    next_h=lambda o, tanh_c: o * tanh_c,
)

ORDER = "The columns of `a` hold i, f, o and g, in this order, H columns each."
GATE = "i, f and o are gates, from 0 shut to 1 open; g is what may be written, from -1 to 1."
TERMS = "The sum in front of the gates has three terms."
CELL = "The new cell is what is kept of the old one, by f, and what is written, by i."

FORWARD_MISTAKES = (
    mistake("`i` and `f` are exchanged.", ORDER + " f keeps the old cell, i writes the new.",
            _parts=lambda a: cut(a, (1, 0, 2, 3))),
    mistake("`o` and `g` are exchanged: PyTorch's order is i, f, g, o.", ORDER,
            _parts=lambda a: cut(a, (0, 1, 3, 2))),
    mistake("The gates are cut out in another order.", ORDER,
            _parts=tuple(map(cutting, OTHER_ORDERS))),
    mistake("The gates are cut out as every fourth column.", ORDER,
            _parts=lambda a: [a[:, k::4] for k in range(4)]),
    mistake("A tanh is used where a sigmoid belongs, in {lines}.", GATE,
            i=lambda _parts: np.tanh(_parts[0]),
            f=lambda _parts: np.tanh(_parts[1]),
            o=lambda _parts: np.tanh(_parts[2])),
    mistake("A tanh is used for all four parts.", GATE,
            _gates=lambda _parts: list(map(np.tanh, _parts))),
    mistake("A sigmoid is used where a tanh belongs, in `g`.", GATE,
            g=lambda _parts: sigmoid(_parts[3])),
    mistake("Nothing squashes {lines}.", GATE,
            i=lambda _parts: _parts[0],
            f=lambda _parts: _parts[1],
            o=lambda _parts: _parts[2],
            g=lambda _parts: _parts[3]),
    mistake("No gate is squashed.", GATE,
            _gates=(lambda _parts: _parts, lambda _parts: [*_parts[:3], np.tanh(_parts[3])])),
    mistake("The sign in the sigmoid's exp is missing.",
            "A gate opens when its sum is large. Which way does exp(a) go in 1 / (1 + exp(a))?",
            _gates=lambda _parts: [*(sigmoid(-part) for part in _parts[:3]), np.tanh(_parts[3])]),
    mistake("The sigmoid overflows where its sum is large.",
            "exp(a) / (1 + exp(a)) is infinity over infinity there. Written with exp(-a) or with a "
            "tanh it is not.",
            _gates=lambda _parts: [*(np.exp(part) / (1 + np.exp(part)) for part in _parts[:3]),
                                   np.tanh(_parts[3])]),
    mistake("The tanh on the cell is missing in `next_h`.",
            "The cell may grow beyond 1; what is shown of it is squashed first.",
            tanh_c=lambda cell: cell),
    mistake("A sigmoid is used on the cell instead of a tanh.",
            "What is shown of the cell lies between -1 and 1.",
            tanh_c=lambda cell: sigmoid(cell)),
    mistake("The tanh of the cell is returned as `next_c`.",
            "The cell goes on as it is, so that it can keep a number unchanged.",
            next_c=lambda tanh_c: tanh_c),
    mistake("The new cell itself is squashed.",
            "Only a copy is squashed, the one that is shown; the cell goes on as it is.",
            cell=lambda value: np.tanh(value)),
    mistake("The output gate `o` is missing.",
            "One of the three gates says what is shown.",
            next_h=lambda tanh_c: tanh_c),
    mistake("Another gate takes the place of `o`.",
            "One of the three gates says what is shown.",
            next_h=(lambda f, tanh_c: f * tanh_c, lambda i, tanh_c: i * tanh_c)),
    mistake("1 is added in front of the gate `f`.",
            "A forget bias of 1 is a matter of the first values of `b`, not of the step.",
            f=lambda _parts: sigmoid(_parts[1] + 1)),
    mistake("The old cell is shown instead of the new one.",
            "First the cell is changed, then it is shown.",
            tanh_c=lambda prev_c: np.tanh(prev_c)),
    mistake("The old cell is forgotten: nothing of it is kept.", CELL,
            cell=(lambda i, g: i * g, lambda f, i, g: f + i * g)),
    mistake("The old cell is kept without its gate `f`.", CELL,
            cell=lambda prev_c, i, g: prev_c + i * g),
    mistake("`g` is written without its gate `i`.", CELL,
            cell=lambda f, prev_c, g: f * prev_c + g),
    mistake("`i` alone is written, without `g`.", CELL,
            cell=lambda f, prev_c, i: f * prev_c + i),
    mistake("Nothing is written into the cell.", CELL,
            cell=lambda f, prev_c: f * prev_c),
    mistake("What is kept and what is written are multiplied instead of added.", CELL,
            cell=lambda f, prev_c, i, g: f * prev_c * i * g),
    mistake("What is written is subtracted.", CELL,
            cell=lambda f, prev_c, i, g: f * prev_c - i * g),
    mistake("1 - f takes the place of `i`.",
            "That is another network's cell: here what is written has a gate of its own.",
            cell=lambda f, prev_c, g: f * prev_c + (1 - f) * g),
    mistake("1 - f takes the place of `f`.",
            "`f` is how much is kept, in spite of its name, the forget gate.",
            cell=lambda f, prev_c, i, g: (1 - f) * prev_c + i * g),
    mistake("`prev_h` stands where `prev_c` belongs, in the cell.",
            "The gates read `prev_h`; what is kept is the old cell.",
            cell=lambda f, prev_h, i, g: f * prev_h + i * g),
    mistake("`prev_c` stands where `prev_h` belongs, in front of the gates.",
            "The gates read `prev_h`; what is kept is the old cell.",
            kept=lambda prev_c, Wh: prev_c @ Wh),
    mistake("The bias `b` is forgotten.", TERMS, a=lambda read, kept: read + kept),
    mistake("`x` is left out.", TERMS, a=lambda kept, b: kept + b),
    mistake("`prev_h` is left out.", TERMS, a=lambda read, b: read + b),
    mistake("The sum is squashed before it is cut into parts.",
            "Each part has its own function; the sum as a whole has none.",
            a=(lambda value: np.tanh(value), lambda value: sigmoid(value))),
)

lstm_step_forward = Exercise(
    "lstm_step_forward", ("x", "prev_h", "prev_c", "Wx", "Wh", "b"), ("next_h", "next_c", "cache"),
    draw, FORWARD, FORWARD_MISTAKES, SIZES, large=True)


# ---------------------------------------------------------------- backward

# From the two gradients that come in to the one of the sum: what the walk through time needs.
TO_SUM = dict(
    _shown=lambda tanh_c: tanh_c,
    slope_c=lambda _shown: 1 - _shown**2,
    from_h=lambda dnext_h, o, slope_c: dnext_h * o * slope_c,
    dc=lambda dnext_c, from_h: dnext_c + from_h,
    di=lambda dc, g: dc * g,
    df=lambda dc, prev_c: dc * prev_c,
    do=lambda dnext_h, _shown: dnext_h * _shown,
    dg=lambda dc, i: dc * i,
    _slopes=lambda i, f, o, g: [i * (1 - i), f * (1 - f), o * (1 - o), 1 - g**2],
    da_i=lambda di, _slopes: di * _slopes[0],
    da_f=lambda df, _slopes: df * _slopes[1],
    da_o=lambda do, _slopes: do * _slopes[2],
    da_g=lambda dg, _slopes: dg * _slopes[3],
    _blocks=lambda da_i, da_f, da_o, da_g: [da_i, da_f, da_o, da_g],
    da=lambda _blocks: np.concatenate(_blocks, axis=1),
    dprev_h=lambda da, Wh: da @ Wh.T,
    dprev_c=lambda dc, f: dc * f,
)

BACKWARD = FORWARD | TO_SUM | dict(
    dx=lambda da, Wx: da @ Wx.T,
    dWx=lambda x, da: x.T @ da,
    dWh=lambda prev_h, da: prev_h.T @ da,
    db=lambda da: da.sum(axis=0),
)

WAYS = ("The new cell has two ways to the loss: it goes on as `next_c`, and it is shown in "
        "`next_h`. Where there are two ways, two gradients add up.")
OTHER = "In a product of two, the gradient of one is made with the other."
SIGMOID = "The slope of a sigmoid, from its output s, is s (1 - s)."
SHAPE = "A gradient has the shape of its variable. Which order of factors gives that?"
ROWS = "The gradients of all rows add up: in a loop over the rows `+=`, not `=`."
DIVIDED = "The step adds; where a mean is wanted, the loss has divided by N already."

BACKWARD_MISTAKES = (
    mistake("`dnext_c` is forgotten: the cell's direct way to the future.", WAYS,
            dc=lambda from_h: from_h),
    mistake("What `dnext_h` sends to the cell is forgotten in `dc`.", WAYS,
            dc=lambda dnext_c: dnext_c),
    mistake("`dnext_h` is added to `dc` as it is.",
            "Between the cell and `next_h` stand a tanh and the gate `o`.",
            from_h=lambda dnext_h: dnext_h),
    mistake("The gate `o` is missing in what `dnext_h` sends to the cell.",
            "Between the cell and `next_h` stand a tanh and the gate `o`.",
            from_h=lambda dnext_h, slope_c: dnext_h * slope_c),
    mistake("The slope of the cell's tanh is missing.",
            "Between the cell and `next_h` stand a tanh and the gate `o`.",
            slope_c=lambda value: np.ones_like(value)),
    mistake("The slope of the cell's tanh is taken from the cell instead of its tanh.",
            "The slope of tanh comes from its output: 1 - tanh(c) squared.",
            slope_c=lambda cell: 1 - cell**2),
    mistake("The tanh is applied once more in the slope of the cell's tanh.",
            "The cache holds `tanh_c`: the tanh has been applied.",
            slope_c=lambda tanh_c: 1 - np.tanh(tanh_c)**2),
    mistake("The tanh is applied to `tanh_c` once more.",
            "The cache holds `tanh_c`: the tanh has been applied.",
            _shown=lambda tanh_c: np.tanh(tanh_c),
            do=lambda dnext_h, tanh_c: dnext_h * np.tanh(tanh_c)),
    mistake("The square in the slope of the cell's tanh is missing.",
            "The slope of tanh comes from its output: 1 - tanh(c) squared.",
            slope_c=lambda tanh_c: 1 - tanh_c),
    mistake("The square in the slope of the cell's tanh stands outside the bracket.",
            "The slope of tanh comes from its output: 1 - tanh(c) squared.",
            slope_c=lambda tanh_c: (1 - tanh_c)**2),
    mistake("The direct way of the cell is multiplied by the slope of its tanh too.",
            "`next_c` goes on without a tanh. Which of the two gradients passes through it?",
            dc=lambda dnext_h, dnext_c, o, slope_c: (dnext_c + dnext_h * o) * slope_c),
    mistake("The direct way of the cell is multiplied by `o` and the slope of its tanh too.",
            "`next_c` goes on past the tanh and the gate `o`. Which of the two gradients passes "
            "through them?",
            dc=lambda dnext_h, dnext_c, o, slope_c: (dnext_c + dnext_h) * o * slope_c),
    mistake("The tanh of the cell is missing in `do`.",
            "`o` was multiplied by the squashed cell.",
            do=lambda dnext_h, cell: dnext_h * cell),
    mistake("`do` is made from `dc`.",
            "`o` has no part in the cell, only in `next_h`.",
            do=(lambda dc, tanh_c: dc * tanh_c, lambda dc, cell: dc * cell)),
    mistake("`do` is made with `o` itself.", OTHER,
            do=lambda dnext_h, o: dnext_h * o),
    mistake("The factor is its own instead of the other one, in {lines}.", OTHER,
            di=lambda dc, i: dc * i,
            df=lambda dc, f: dc * f,
            dg=lambda dc, g: dc * g),
    mistake("The factor is missing in {lines}.", OTHER,
            di=lambda dc: dc,
            df=lambda dc: dc,
            do=lambda dnext_h: dnext_h,
            dg=lambda dc: dc),
    mistake("The new cell stands where `prev_c` belongs, in `df`.",
            "`f` met the cell before the step.",
            df=(lambda dc, cell: dc * cell, lambda dc, tanh_c: dc * tanh_c)),
    mistake("`dnext_h` stands where `dc` belongs, in {lines}.",
            "i, f and g act on the loss through the cell alone, so `dc` is what they see.",
            di=lambda dnext_h, g: dnext_h * g,
            df=lambda dnext_h, prev_c: dnext_h * prev_c,
            dg=lambda dnext_h, i: dnext_h * i),
    mistake("`dnext_c` stands where `dc` belongs, in {lines}.", WAYS,
            di=lambda dnext_c, g: dnext_c * g,
            df=lambda dnext_c, prev_c: dnext_c * prev_c,
            dg=lambda dnext_c, i: dnext_c * i,
            dprev_c=lambda dnext_c, f: dnext_c * f),
    mistake("`dprev_c` lacks the gate `f`.",
            "What was kept of the old cell had been multiplied by something.",
            dprev_c=lambda dc: dc),
    mistake("`dprev_c` is made with `prev_c` instead of `f`.", OTHER,
            dprev_c=lambda dc, prev_c: dc * prev_c),
    mistake("What `dnext_c` brings is forgotten in `dprev_c`.", WAYS,
            dprev_c=lambda from_h, f: from_h * f),
    mistake("The slope of the sigmoid is missing in {lines}.", SIGMOID,
            da_i=lambda di: di,
            da_f=lambda df: df,
            da_o=lambda do: do),
    mistake("The slopes of all sigmoids are missing.", SIGMOID,
            _slopes=lambda g: [1, 1, 1, 1 - g**2]),
    mistake("All four slopes are missing.",
            "Between `a` and the gates stand three sigmoids and a tanh.",
            _slopes=lambda: [1, 1, 1, 1]),
    mistake("The slope of a tanh is used for a sigmoid, in {lines}.", SIGMOID,
            da_i=lambda di, i: di * (1 - i**2),
            da_f=lambda df, f: df * (1 - f**2),
            da_o=lambda do, o: do * (1 - o**2)),
    mistake("The slope of a tanh is used for all four parts.", SIGMOID,
            _slopes=lambda i, f, o, g: [1 - part**2 for part in (i, f, o, g)]),
    mistake("The slope of a sigmoid is used for `g`.",
            "`g` comes from a tanh.",
            da_g=lambda dg, g: dg * g * (1 - g)),
    mistake("The slope of the tanh is missing in `da_g`.",
            "`g` comes from a tanh.",
            da_g=lambda dg: dg),
    mistake("The square in the slope of `g` is missing.",
            "The slope of tanh comes from its output: 1 - g squared.",
            da_g=lambda dg, g: dg * (1 - g)),
    mistake("The squashing is done once more in the slope.",
            "i, f and o have been through their sigmoids, and g through its tanh.",
            _slopes=(lambda i, f, o, g: [*(sigmoid(s) * (1 - sigmoid(s)) for s in (i, f, o)),
                                         1 - g**2],
                     lambda i, f, o, g: [*(sigmoid(s) * (1 - sigmoid(s)) for s in (i, f, o)),
                                         1 - np.tanh(g)**2])),
    mistake("The parts of `da` for `i` and `f` are exchanged.", ORDER,
            _blocks=lambda da_i, da_f, da_o, da_g: [da_f, da_i, da_o, da_g]),
    mistake("The parts of `da` for `o` and `g` are exchanged.", ORDER,
            _blocks=lambda da_i, da_f, da_o, da_g: [da_i, da_f, da_g, da_o]),
    mistake("The four parts of `da` stand in another order.", ORDER,
            _blocks=tuple(map(placing, OTHER_ORDERS))),
    mistake("A factor has no transpose or stands in the wrong place, in {lines}.", SHAPE,
            dWx=(lambda x, da: x @ da, lambda x, da: da.T @ x),
            dWh=(lambda prev_h, da: prev_h @ da, lambda prev_h, da: da.T @ prev_h)),
    mistake("`dnext_h` is added to `dprev_h`.",
            "`next_h` is made anew: no path leads past the gates from `prev_h`.",
            dprev_h=lambda value, dnext_h: value + dnext_h),
    mistake("`next_h` is used where `prev_h` belongs, in `dWh`.",
            "`Wh` met the state before the step.",
            dWh=lambda next_h, da: next_h.T @ da),
    mistake("`prev_c` is used where `prev_h` belongs, in `dWh`.",
            "`Wh` met the state before the step.",
            dWh=lambda prev_c, da: prev_c.T @ da),
    mistake("The sum over the batch is forgotten in `db`.",
            "`b` was added to every row, so the gradients of all rows add up.",
            db=lambda da: da),
    mistake("The sum in `db` goes over the wrong axis.",
            "`db` has 4H numbers; the rows are what is summed.",
            db=(lambda da: da.sum(axis=1), lambda da: da.sum(axis=1, keepdims=True))),
    mistake("Only one row of the batch counts in {lines}.", ROWS,
            dWx=(lambda x, da: np.outer(x[-1], da[-1]), lambda x, da: np.outer(x[0], da[0])),
            dWh=(lambda prev_h, da: np.outer(prev_h[-1], da[-1]),
                 lambda prev_h, da: np.outer(prev_h[0], da[0])),
            db=(lambda da: da[-1], lambda da: da[0])),
    mistake("The mean over the batch is taken instead of the sum, in {lines}.", DIVIDED,
            dWx=lambda value, N: value / N,
            dWh=lambda value, N: value / N,
            db=lambda value, N: value / N),
)

CACHE = ("x", "prev_h", "prev_c", "Wx", "Wh", "i", "f", "o", "g", "tanh_c")

lstm_step_backward = Exercise(
    "lstm_step_backward", ("dnext_h", "dnext_c", "cache"),
    ("dx", "dprev_h", "dprev_c", "dWx", "dWh", "db"),
    draw, BACKWARD, BACKWARD_MISTAKES, SIZES, cache=CACHE, forward=lstm_step_forward)
