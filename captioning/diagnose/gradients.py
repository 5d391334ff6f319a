"""Are the gradients right, and are they the same when asked for again? (chapter 19)."""

import numpy as np

from captioning.diagnose.case import with_params
from captioning.diagnose.finding import at_most
from captioning.gradcheck import gradient_error

NUDGE = 1e-5  # of each parameter, times a number of spread 1


def gradient(case):
    """Error of the gradient along a random direction, in float64 (chapter 4); limit 1e-4.

    Asked at the first parameters, if they are known: it is a test of the code, and in weights
    that have exploded curvature drowns the slope. Curvature and rounding stay below 1e-6 on all
    captioners of the book; a gradient with an error in it is off by a thousandth and more.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    params = case.first or case.captioner.model.params
    model = with_params(case.captioner.model, {
        name: value.astype(float) for name, value in params.items()})
    batch = case.batch("train", 20)
    grads = copies(model.loss(*batch)[1])
    for name, value in params.items():
        if grads[name].shape != value.shape:
            return at_most("gradient", np.inf, 1e-4, f"that of {name} has shape "
                           f"{grads[name].shape}; wanted {value.shape}", "wrong-gradient")
    reading, means = direction_error(model, batch, grads), "slope and gradients agree"
    if not reading <= 1e-4:
        each = {name: direction_error(model, batch, {name: grads[name]}) for name in grads}
        worst = max(each, key=each.get)
        means = f"off by {reading:.2g} of its length, most in {worst}"
    return at_most("gradient", reading, 1e-4, means, "wrong-gradient")


def direction_error(model, batch, grads):
    """Error of gradients held against the slope along a random direction.

    A share of what gradients of their length have along a random direction on average.
    """
    rng = np.random.default_rng(0)
    direction = {name: rng.standard_normal(grad.shape) for name, grad in grads.items()}
    above, below = (with_params(model, {
        name: model.params[name] + h * direction[name] for name in grads}).loss(*batch)[0]
        for h in (NUDGE, -NUDGE))
    slope = (above - below) / (2 * NUDGE)
    claimed = sum(np.vdot(grads[name], direction[name]) for name in grads)
    usual = np.sqrt(sum(np.vdot(grad, grad) for grad in grads.values()))
    return abs(slope - claimed) / (max(abs(slope), usual) or 1)


def buffers(case):
    """Error of a gradient that is asked for again after that of another batch; limit 1e-6.

    The same numbers in the same order give the same sum; only threads that add in another order
    may move the last digits.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    model, (features, captions) = case.captioner.model, case.batch("train", 4)
    half = len(captions) // 2  # few captions, so that each batch has words that the other lacks
    one, other = slice(0, half), slice(half, None)
    before = copies(model.loss(features[one], captions[one])[1])
    model.loss(features[other], captions[other])
    after = model.loss(features[one], captions[one])[1]
    wrong = {name: gradient_error(after[name], before[name]) for name in before}
    worst = max(wrong, key=wrong.get)
    means = f"the gradient of {worst} remembers another batch" if wrong[worst] > 1e-6 else (
        "the gradient of a batch is the same whatever came before it")
    return at_most("buffers", wrong[worst], 1e-6, means, "wrong-buffer")


def copies(arrays):
    """Copy each array of a dict."""
    return {name: values.copy() for name, values in arrays.items()}
