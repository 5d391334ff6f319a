"""Update rules: from a weight and its gradient to the next weight (chapter 9, Learning).

Every rule has the form ``next_w, config = rule(w, dw, config)``. ``config`` holds the settings
and what the rule remembers from step to step; it is returned anew, and nothing that came in is
changed. A missing setting takes its default.
"""

import numpy as np

from captioning.shapes import shapes


@shapes(w="*K", dw="=w")
def sgd(w, dw, config=None):
    """Stochastic gradient descent: a step against the gradient.

    Parameters
    ----------
    w, dw : ndarray of one shape
    config : dict, optional
        ``learning_rate`` (0.01).

    Returns
    -------
    next_w : ndarray, the shape of w
    config : dict
    """
    config = {"learning_rate": 1e-2, **(config or {})}
    return w - config["learning_rate"] * dw, config  # eq-learn-sgd


@shapes(w="*K", dw="=w")
def momentum(w, dw, config=None):
    """Gradient descent with momentum: the step is a running sum of gradients.

    Parameters
    ----------
    w, dw : ndarray of one shape
    config : dict, optional
        ``learning_rate`` (0.01), ``momentum`` (0.9), ``velocity`` (zeros).

    Returns
    -------
    next_w : ndarray, the shape of w
    config : dict
    """
    config = {"learning_rate": 1e-2, "momentum": 0.9,
              "velocity": np.zeros_like(w), **(config or {})}
    rate, mu = config["learning_rate"], config["momentum"]
    velocity = mu * config["velocity"] - rate * dw
    return w + velocity, {**config, "velocity": velocity}


sgd_momentum = momentum  # the name of this rule in CS231n


@shapes(w="*K", dw="=w")
def rmsprop(w, dw, config=None):
    """RMSProp (Tieleman and Hinton 2012): each weight's step by its own gradient's usual size.

    Parameters
    ----------
    w, dw : ndarray of one shape
    config : dict, optional
        ``learning_rate`` (0.01), ``decay_rate`` (0.99), ``epsilon`` (1e-8), ``cache`` (zeros),
        the running mean of the squared gradient.

    Returns
    -------
    next_w : ndarray, the shape of w
    config : dict
    """
    config = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8,
              "cache": np.zeros_like(w), **(config or {})}
    rate, decay = config["learning_rate"], config["decay_rate"]
    cache = decay * config["cache"] + (1 - decay) * dw * dw
    next_w = w - rate * dw / (np.sqrt(cache) + config["epsilon"])
    return next_w, {**config, "cache": cache}


@shapes(w="*K", dw="=w")
def adam(w, dw, config=None):
    """Adam (Kingma and Ba 2015, algorithm 1): momentum and RMSProp, both unbiased.

    Parameters
    ----------
    w, dw : ndarray of one shape
    config : dict, optional
        ``learning_rate`` (0.001), ``beta1`` (0.9), ``beta2`` (0.999), ``epsilon`` (1e-8), the
        running means ``m`` and ``v`` (zeros) and the number of steps taken, ``t`` (0).

    Returns
    -------
    next_w : ndarray, the shape of w
    config : dict
    """
    config = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999,
              "epsilon": 1e-8, "m": np.zeros_like(w), "v": np.zeros_like(w),
              "t": 0, **(config or {})}
    rate, beta1, beta2 = config["learning_rate"], config["beta1"], config["beta2"]
    t = config["t"] + 1
    m = beta1 * config["m"] + (1 - beta1) * dw  # eq-learn-means
    v = beta2 * config["v"] + (1 - beta2) * dw * dw
    # The means start at zero; dividing makes up for it in the first steps.
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    # eq-learn-adam
    next_w = w - rate * m_hat / (np.sqrt(v_hat) + config["epsilon"])
    return next_w, {**config, "m": m, "v": v, "t": t}


def clip_by_global_norm(grads, most):
    """Shrink all gradients by one factor so that together they are at most ``most`` long.

    Parameters
    ----------
    grads : dict of str to ndarray
    most : float
        The greatest norm, over the entries of all arrays together (Pascanu et al. 2013).

    Returns
    -------
    clipped : dict of str to ndarray
    norm : float
        The norm before clipping.
    """
    squared = sum(np.vdot(g, g).real for g in grads.values())
    norm = float(np.sqrt(squared))  # eq-learn-norm
    if norm <= most:
        return grads, norm
    factor = most / norm  # eq-learn-clip
    return {name: g * g.dtype.type(factor) for name, g in grads.items()}, norm
