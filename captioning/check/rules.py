"""The usual mistakes in update rules and in clipping (chapter 9).

A rule is asked for its third step too: the ``config`` that it is then given is the one that it
returned itself, so that what it should remember has to be in there.
"""

import numpy as np

from captioning.check.program import Exercise, mistake

SIZES = (dict(D=4, H=3, step=1), dict(D=4, H=3, step=2), dict(D=2, H=5, step=4), dict(D=6, step=3))
LATER = ("From the second step on the function is given the `config` that it returned: the "
         "settings and what it remembers must be in there.")
SIGN = "The gradient says where the loss rises, and it is to fall."
TAKES = ("w", "dw", "config")


def drawing(**settings):
    """Make a ``draw``: weights, a gradient for every step so far, and these settings."""
    def draw(rng, D, step, H=None):
        shape = (D,) if H is None else (D, H)
        grads = [rng.standard_normal(shape) for _ in range(step)]
        return dict(w=rng.standard_normal(shape), grads=grads, dw=grads[-1], settings=settings,
                    config=settings, **settings)
    return draw


def remembered(rule, values):
    """What the rule itself returned after the steps before this one."""
    config = dict(values["settings"])
    for dw in values["grads"][:-1]:
        _, config = rule(values["w"].copy(), dw.copy(), config)
    return config


def folded(grads, step, first=0.0):
    """A running value: ``step(old, gradient)`` for every gradient so far."""
    value = first
    for dw in grads:
        value = step(value, dw)
    return value


def mean(grads, decay, new=None):
    """A running mean that starts at 0; ``new`` is the share of what comes in."""
    return folded(grads, lambda old, dw: decay * old + (1 - decay if new is None else new) * dw)


def squares(grads):
    """Every gradient, entry by entry squared."""
    return [dw * dw for dw in grads]


def rule(name, lines, mistakes, **settings):
    """An exercise that asks for an update rule."""
    return Exercise(name, TAKES, ("next_w", "config"), drawing(**settings), lines, mistakes, SIZES,
                    made=dict(config=remembered), nudge=LATER)


# ---------------------------------------------------------------- plain gradient descent

sgd = rule("sgd", dict(
    change=lambda dw, learning_rate: -learning_rate * dw,
    next_w=lambda w, change: w + change,
), (
    mistake("The weights go up the gradient instead of down.", SIGN,
            change=lambda value: -value),
    mistake("The learning rate is left out.", "How far the step goes is said in `config`.",
            change=lambda dw: -dw),
    mistake("The learning rate is applied twice.", "One factor is enough.",
            change=lambda value, learning_rate: value * learning_rate),
    mistake("The gradient is divided by the learning rate.",
            "A greater rate makes a greater step.",
            change=lambda dw, learning_rate: -dw / learning_rate),
    mistake("The learning rate in `config` is ignored.",
            "The usual value is only for a `config` that says nothing.",
            change=(lambda dw: -1e-2 * dw, lambda dw: -1e-3 * dw, lambda dw: -0.1 * dw)),
    mistake("The step is returned instead of the weights after it.",
            "Where do the weights come from before the step, and where are they after it?",
            next_w=(lambda change: change, lambda dw: dw)),
    mistake("The weights stay as they were.", "What is returned should have taken the step.",
            next_w=lambda w: w),
    mistake("Only the sign of the gradient counts.",
            "A steeper slope makes a longer step.",
            change=lambda dw, learning_rate: -learning_rate * np.sign(dw)),
    mistake("The gradient is brought to length 1.",
            "A steeper slope makes a longer step.",
            change=lambda dw, learning_rate: -learning_rate * dw / np.linalg.norm(dw)),
    mistake("The weights shrink by the learning rate as well.",
            "Only the gradient is multiplied by it.",
            next_w=(lambda w, dw, learning_rate: learning_rate * (w - dw),
                    lambda w, dw, learning_rate: (1 - learning_rate) * w - learning_rate * dw)),
), learning_rate=0.3)


# ---------------------------------------------------------------- momentum

MOMENTUM = dict(
    velocity=lambda grads, learning_rate, momentum: folded(
        grads, lambda v, dw: momentum * v - learning_rate * dw),
    next_w=lambda w, velocity: w + velocity,
)


def velocity(step):
    """A wrong line: another running sum. ``step`` takes v, dw, the rate and the momentum."""
    return lambda grads, learning_rate, momentum: folded(
        grads, lambda v, dw: step(v, dw, learning_rate, momentum))


RUNNING = "The velocity is what is left of the old one, and this step's push down the gradient."

momentum = rule("momentum", MOMENTUM, (
    mistake("The weights go up the gradient instead of down.", SIGN,
            velocity=velocity(lambda v, dw, rate, mu: mu * v + rate * dw),
            next_w=lambda w, velocity: w - velocity),
    mistake("The velocity is forgotten from step to step.",
            "It must be in the `config` that is returned, and be read from the one that comes in.",
            velocity=lambda dw, learning_rate: -learning_rate * dw),
    mistake("The velocity never fades.", RUNNING,
            velocity=velocity(lambda v, dw, rate, mu: v - rate * dw)),
    mistake("The momentum slows down the new push too.", RUNNING,
            velocity=velocity(lambda v, dw, rate, mu: mu * (v - rate * dw))),
    mistake("The velocity is made a mean: the new push is multiplied by 1 - momentum.",
            "Here the pushes add up, each at its full size.",
            velocity=velocity(lambda v, dw, rate, mu: mu * v - (1 - mu) * rate * dw)),
    mistake("Momentum and 1 - momentum are exchanged.", RUNNING,
            velocity=velocity(lambda v, dw, rate, mu: (1 - mu) * v - mu * rate * dw)),
    mistake("The learning rate is applied twice.", "One factor is enough.",
            next_w=lambda w, velocity, learning_rate: w + learning_rate * velocity),
    mistake("The learning rate is left out.", "How far the push goes is said in `config`.",
            velocity=velocity(lambda v, dw, rate, mu: mu * v - dw)),
    mistake("The learning rate multiplies the old velocity again.",
            "The old velocity has the rate in it already.",
            velocity=velocity(lambda v, dw, rate, mu: rate * (mu * v - dw))),
    mistake("The gradient pulls twice: in the velocity and in the step.",
            "The weights move by the velocity, and by nothing else.",
            next_w=lambda w, velocity, dw, learning_rate: w + velocity - learning_rate * dw),
    mistake("The velocity of the step before is used.",
            "First the velocity is brought up to date, then the weights move by it.",
            velocity=lambda grads, learning_rate, momentum: folded(
                grads[:-1], lambda v, dw: momentum * v - learning_rate * dw, 0 * grads[0])),
    mistake("This is Nesterov's momentum.",
            "Here the weights move by the velocity itself.",
            next_w=(lambda w, velocity, dw, learning_rate, momentum:
                    w + momentum * velocity - learning_rate * dw)),
    mistake("The velocity is returned instead of the weights.",
            "Where are the weights after the step?",
            next_w=lambda velocity: velocity),
    mistake("The settings in `config` are ignored.",
            "The usual values are only for a `config` that says nothing.",
            velocity=(lambda grads, learning_rate: folded(
                grads, lambda v, dw: 0.9 * v - learning_rate * dw),
                lambda grads: folded(grads, lambda v, dw: 0.9 * v - 1e-2 * dw),
                lambda grads, momentum: folded(grads, lambda v, dw: momentum * v - 1e-2 * dw))),
), learning_rate=0.3, momentum=0.6)


# ---------------------------------------------------------------- RMSProp

RMSPROP = dict(
    kept=lambda grads, decay_rate: mean(squares(grads), decay_rate),
    size=lambda kept, epsilon: np.sqrt(kept) + epsilon,
    next_w=lambda w, dw, learning_rate, size: w - learning_rate * dw / size,
)
FADES = "The cache is a running mean: a share of the old one and the rest from the new square."

rmsprop = rule("rmsprop", RMSPROP, (
    mistake("The weights go up the gradient instead of down.", SIGN,
            next_w=lambda w, dw, learning_rate, size: w + learning_rate * dw / size),
    mistake("The root is missing.", "The usual size of a gradient is the root of its mean square.",
            size=lambda kept, epsilon: kept + epsilon),
    mistake("Epsilon stands inside the root.", "It is added to the root, not under it.",
            size=lambda kept, epsilon: np.sqrt(kept + epsilon)),
    mistake("Epsilon is left out.",
            "`config` holds it. Where a gradient has always been 0, what is divided by?",
            size=lambda kept: np.sqrt(kept)),
    mistake("The gradients are not squared.",
            "A mean of gradients may cancel out. Their size is in their squares.",
            kept=lambda grads, decay_rate: mean(grads, decay_rate)),
    mistake("The size of the gradient is averaged instead of its square.",
            "It is the root of the mean square that divides.",
            kept=lambda grads, decay_rate: mean([np.abs(dw) for dw in grads], decay_rate)),
    mistake("The cache is forgotten from step to step.",
            "It must be in the `config` that is returned, and be read from the one that comes in.",
            kept=lambda dw, decay_rate: (1 - decay_rate) * dw * dw),
    mistake("Only the newest square counts.", FADES, kept=lambda dw: dw * dw),
    mistake("The cache never fades: that is AdaGrad.", FADES,
            kept=lambda grads: sum(squares(grads))),
    mistake("The new square is not multiplied by 1 - decay.", FADES,
            kept=lambda grads, decay_rate: mean(squares(grads), decay_rate, 1)),
    mistake("Decay and 1 - decay are exchanged.", FADES,
            kept=lambda grads, decay_rate: mean(squares(grads), 1 - decay_rate)),
    mistake("The cache of the step before is used.",
            "First the cache is brought up to date, then the step is divided by it.",
            kept=lambda grads, decay_rate: mean(squares(grads[:-1]), decay_rate) + 0 * grads[0]),
    mistake("The step is multiplied instead of divided.",
            "A weight with large gradients is to take smaller steps.",
            next_w=lambda w, dw, learning_rate, size: w - learning_rate * dw * size),
    mistake("The learning rate is left out.", "How far the step goes is said in `config`.",
            next_w=lambda w, dw, size: w - dw / size),
    mistake("The learning rate is applied twice.", "One factor is enough.",
            next_w=lambda w, dw, learning_rate, size: w - learning_rate**2 * dw / size),
    mistake("The gradient itself is missing: every weight takes the same step.",
            "The gradient is divided by its usual size.",
            next_w=lambda w, learning_rate, size: w - learning_rate / size),
    mistake("The cache is corrected for its start at 0, as Adam does.",
            "RMSProp leaves that out.",
            kept=lambda value, decay_rate, step: value / (1 - decay_rate**step)),
    mistake("The settings in `config` are ignored.",
            "The usual values are only for a `config` that says nothing.",
            kept=(lambda grads: mean(squares(grads), 0.99),
                  lambda grads: mean(squares(grads), 0.9)),
            next_w=(lambda w, dw, size: w - 1e-2 * dw / size,
                    lambda w, dw, size: w - 1e-3 * dw / size)),
), learning_rate=0.4, decay_rate=0.7, epsilon=0.05)


# ---------------------------------------------------------------- Adam

ADAM = dict(
    t=lambda step: step,
    m=lambda grads, beta1: mean(grads, beta1),
    v=lambda grads, beta2: mean(squares(grads), beta2),
    m_hat=lambda m, beta1, t: m / (1 - beta1**t),
    v_hat=lambda v, beta2, t: v / (1 - beta2**t),
    size=lambda v_hat, epsilon: np.sqrt(v_hat) + epsilon,
    next_w=lambda w, learning_rate, m_hat, size: w - learning_rate * m_hat / size,
)


def corrected(grads, beta):
    """A running mean whose corrected value is kept for the next step."""
    value = 0.0
    for t, dw in enumerate(grads, 1):
        value = (beta * value + (1 - beta) * dw) / (1 - beta**t)
    return value


HALF = "Both running means start at 0, and both are corrected for that."
KEPT = "It must be in the `config` that is returned, and be read from the one that comes in."
MEANS = "m is the running mean of the gradient, v that of its square."

adam = rule("adam", ADAM, (
    mistake("The weights go up the gradient instead of down.", SIGN,
            next_w=lambda w, learning_rate, m_hat, size: w + learning_rate * m_hat / size),
    mistake("There is no bias correction.", HALF,
            next_w=lambda w, learning_rate, m, v, epsilon: w - learning_rate * m / (
                np.sqrt(v) + epsilon)),
    mistake("The bias correction of `m` is missing.", HALF, m_hat=lambda m: m),
    mistake("The bias correction of `v` is missing.", HALF, v_hat=lambda v: v),
    mistake("The step count is one too low: `t` starts at 0.",
            "In the first step t is 1: count before you correct. With t = 0, what is divided by?",
            t=lambda step: step - 1),
    mistake("The steps are not counted: `t` stays 0.",
            "In the first step t is 1, and each step raises it. With t = 0, what is divided by?",
            t=lambda: 0),
    mistake("The step count is one too high.", "In the first step t is 1.",
            t=lambda step: step + 1),
    mistake("The bias correction is that of the first step at every step.",
            "beta to the power of t fades, and so does the correction. Is t kept in `config`?",
            t=lambda: 1),
    mistake("In the bias correction beta is multiplied by t.",
            "It is beta to the power of t: `**`.",
            m_hat=lambda m, beta1, t: m / (1 - beta1 * t),
            v_hat=lambda v, beta2, t: v / (1 - beta2 * t)),
    mistake("The bias correction multiplies instead of dividing.",
            "The running means start at 0, so they are too small at first.",
            m_hat=lambda m, beta1, t: m * (1 - beta1**t),
            v_hat=lambda v, beta2, t: v * (1 - beta2**t)),
    mistake("The corrected values are kept for the next step, in {lines}.",
            "The correction is for this step's use alone; the plain running means go on.",
            m_hat=lambda grads, beta1: corrected(grads, beta1),
            v_hat=lambda grads, beta2: corrected(squares(grads), beta2)),
    mistake("`m` and `v` are exchanged.", MEANS,
            next_w=lambda w, learning_rate, m_hat, v_hat, epsilon: w - learning_rate * v_hat / (
                np.sqrt(m_hat) + epsilon)),
    mistake("`beta1` and `beta2` are exchanged.",
            "beta1 belongs to m, beta2 to v.",
            next_w=lambda w, grads, learning_rate, beta1, beta2, epsilon, t: w - learning_rate * (
                mean(grads, beta2) / (1 - beta2**t)) / (
                    np.sqrt(mean(squares(grads), beta1) / (1 - beta1**t)) + epsilon)),
    mistake("The wrong beta is used in {lines}.",
            "beta1 belongs to m, beta2 to v.",
            m=lambda grads, beta2: mean(grads, beta2),
            v=lambda grads, beta1: mean(squares(grads), beta1),
            m_hat=lambda m, beta2, t: m / (1 - beta2**t),
            v_hat=lambda v, beta1, t: v / (1 - beta1**t)),
    mistake("The root is missing.", "The usual size of a gradient is the root of its mean square.",
            size=lambda v_hat, epsilon: v_hat + epsilon),
    mistake("Epsilon stands inside the root.", "It is added to the root, not under it.",
            size=lambda v_hat, epsilon: np.sqrt(v_hat + epsilon)),
    mistake("Epsilon is left out.",
            "`config` holds it. Where a gradient has always been 0, what is divided by?",
            size=lambda v_hat: np.sqrt(v_hat)),
    mistake("The gradients are not squared in `v`.", MEANS,
            v=lambda grads, beta2: mean(grads, beta2)),
    mistake("The size of the gradient is averaged in `v` instead of its square.", MEANS,
            v=lambda grads, beta2: mean([np.abs(dw) for dw in grads], beta2)),
    mistake("`v` is made from `m`.", "v is the running mean of the squared gradient.",
            v=lambda grads, beta1, beta2: mean(
                [mean(grads[:k], beta1)**2 for k in range(1, len(grads) + 1)], beta2)),
    mistake("`m` is forgotten from step to step.", KEPT,
            m=lambda dw, beta1: (1 - beta1) * dw),
    mistake("`v` is forgotten from step to step.", KEPT,
            v=lambda dw, beta2: (1 - beta2) * dw * dw),
    mistake("`m`, `v` and `t` are forgotten from step to step.", KEPT,
            next_w=lambda w, dw, learning_rate, epsilon: w - learning_rate * dw / (
                np.abs(dw) + epsilon)),
    mistake("What comes in is not multiplied by 1 - beta, in {lines}.",
            "A running mean: a share of the old one and the rest from the new.",
            m=lambda grads, beta1: mean(grads, beta1, 1),
            v=lambda grads, beta2: mean(squares(grads), beta2, 1)),
    mistake("Beta and 1 - beta are exchanged in {lines}.",
            "A running mean: a share beta of the old one and the rest from the new.",
            m=lambda grads, beta1: mean(grads, 1 - beta1),
            v=lambda grads, beta2: mean(squares(grads), 1 - beta2)),
    mistake("The gradient stands where `m` belongs.",
            "Adam goes by the running mean of the gradient: that is its momentum.",
            next_w=lambda w, learning_rate, dw, size: w - learning_rate * dw / size),
    mistake("The learning rate is left out.", "How far the step goes is said in `config`.",
            next_w=lambda w, m_hat, size: w - m_hat / size),
    mistake("The learning rate is applied twice.", "One factor is enough.",
            next_w=lambda w, learning_rate, m_hat, size: w - learning_rate**2 * m_hat / size),
    mistake("The step is multiplied instead of divided.",
            "A weight with large gradients is to take smaller steps.",
            next_w=lambda w, learning_rate, m_hat, size: w - learning_rate * m_hat * size),
    mistake("The settings in `config` are ignored.",
            "The usual values are only for a `config` that says nothing.",
            next_w=lambda w, m_hat, size: w - 1e-3 * m_hat / size),
), learning_rate=0.4, beta1=0.7, beta2=0.8, epsilon=0.05)


# ---------------------------------------------------------------- clipping

CLIP_SIZES = (dict(D=7, H=3, most=2.0), dict(D=2, H=5, most=100.0), dict(D=3, H=2, most=0.5),
              dict(D=2, H=3, most=1.0, scale=0))
NAMES = ("Wx", "Wh", "b")


def draw_gradients(rng, D, H, most, scale=1):
    """Gradients of a recurrent network by name."""
    shapes = dict(Wx=(D, H), Wh=(H, H), b=(H,))
    return dict(grads={name: scale * rng.standard_normal(shape) for name, shape in shapes.items()})


def joint(grads):
    """The norm of all entries together."""
    return np.sqrt(sum((g * g).sum() for g in grads.values()))


def scaled(grads, factor):
    """Every array times a factor of its own, ``factor(g)``."""
    return {name: g * factor(g) for name, g in grads.items()}


def shrink(length, most):
    """The factor that shortens to at most ``most``."""
    return most / length if length > most else 1.0


def entry(name):
    """The line of one array."""
    return lambda _clipped: _clipped[name]


def lengthened(small):
    """A wrong line that adds a small number to the norm."""
    return lambda grads, norm, most: scaled(grads, lambda g: shrink(norm + small, most))


def norm_of(name):
    """A wrong line that measures one array only."""
    return lambda grads: np.linalg.norm(grads[name])


CLIP = dict(
    _length=lambda grads: joint(grads),
    norm=lambda _length: _length,
    _clipped=lambda grads, _length, most: scaled(grads, lambda g: shrink(_length, most)),
    **{f"clipped_{name}": entry(name) for name in NAMES},
)
ONE = "All arrays together are one long vector: one norm, one factor for all."
SQUARES = "The norm is the root of the sum of all squares, over all arrays."

clip_by_global_norm = Exercise(
    "clip_by_global_norm", ("grads", "most"), ("clipped", "norm"), draw_gradients, CLIP, (
        mistake("Each array is clipped by itself.", ONE,
                _clipped=lambda grads, most: scaled(
                    grads, lambda g: shrink(np.linalg.norm(g), most))),
        mistake("Each entry is clipped by itself.", ONE,
                _clipped=lambda grads, most: {
                    name: np.clip(g, -most, most) for name, g in grads.items()}),
        mistake("Short gradients are stretched.",
                "Clipping only shortens: what is not too long stays as it is.",
                _clipped=lambda grads, norm, most: scaled(grads, lambda g: most / norm)),
        mistake("Nothing is clipped.", "Where the norm is above `most`, all arrays are to shrink.",
                _clipped=lambda grads: grads),
        mistake("Long gradients are left alone, short ones are scaled.",
                "Which of the two is to be greater: `norm > most`?",
                _clipped=lambda grads, norm, most: scaled(
                    grads, lambda g: 1.0 if norm > most else most / norm)),
        mistake("The factor is upside down.", "A norm of 10 and a `most` of 5: halve or double?",
                _clipped=lambda grads, norm, most: scaled(
                    grads, lambda g: norm / most if norm > most else 1.0)),
        mistake("Clipped gradients have the length 1 instead of `most`.",
                "Divided by the norm they are 1 long. How long may they be?",
                _clipped=lambda grads, norm, most: scaled(
                    grads, lambda g: 1 / norm if norm > most else 1.0)),
        mistake("Clipped gradients are multiplied by `most` and not divided by the norm.",
                "How long are they then?",
                _clipped=lambda grads, norm, most: scaled(
                    grads, lambda g: most if norm > most else 1.0)),
        mistake("A small number is added to the norm.",
                "Where there is something to shorten, the norm is above `most` and not 0.",
                _clipped=(lengthened(1e-6), lengthened(1e-5))),
        mistake("The norm is the sum of the arrays' norms.", SQUARES,
                _length=lambda grads: sum(np.linalg.norm(g) for g in grads.values())),
        mistake("The root is missing in the norm.", SQUARES, _length=lambda value: value**2),
        mistake("The squares are missing in the norm.", SQUARES,
                _length=(lambda grads: sum(np.abs(g).sum() for g in grads.values()),
                      lambda grads: np.sqrt(sum(np.abs(g).sum() for g in grads.values())),
                      lambda grads: sum(g.sum() for g in grads.values()))),
        mistake("The norm is the greatest entry or the greatest array's norm.", SQUARES,
                _length=(lambda grads: max(np.abs(g).max() for g in grads.values()),
                      lambda grads: max(np.linalg.norm(g) for g in grads.values()))),
        mistake("The norm counts one array only.", SQUARES,
                _length=tuple(map(norm_of, NAMES))),
        mistake("The norm is a mean instead of a sum.", SQUARES,
                _length=lambda grads: np.sqrt(np.mean(np.concatenate(
                    [g.ravel()**2 for g in grads.values()])))),
        mistake("The norm after clipping is returned.",
                "Wanted is the norm before: it tells how wild the step would have been.",
                norm=lambda _length, most: min(_length, most)),
    ), CLIP_SIZES, keys=dict(clipped={name: f"clipped_{name}" for name in NAMES}))
