"""Update rules: their formulas in a plain loop, what they leave alone, and clipping."""

import math

import numpy as np
import pytest

import captioning as c

RULES = pytest.mark.parametrize("rule", [c.sgd, c.momentum, c.rmsprop, c.adam])


def scalar_steps(rule, w, grads):
    """Each rule as its paper states it, on plain numbers, with the default settings."""
    velocity = mean = square = 0.0
    for t, g in enumerate(grads, 1):
        if rule is c.sgd:
            w -= 1e-2 * g
        elif rule is c.momentum:
            velocity = 0.9 * velocity - 1e-2 * g
            w += velocity
        elif rule is c.rmsprop:
            square = 0.99 * square + 0.01 * g**2
            w -= 1e-2 * g / (math.sqrt(square) + 1e-8)
        else:
            mean, square = 0.9 * mean + 0.1 * g, 0.999 * square + 0.001 * g**2
            w -= 1e-3 * (mean / (1 - 0.9**t)) / (math.sqrt(square / (1 - 0.999**t)) + 1e-8)
    return w


@RULES
def test_defaults_and_formula(rule):
    grads, w, config = [0.5, -2.0, 0.0, 1e-3, 7.0], np.array([1.5]), None
    for g in grads:
        w, config = rule(w, np.array([g]), config)
    assert w[0] == pytest.approx(scalar_steps(rule, 1.5, grads), rel=1e-12)


@RULES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nothing_that_came_in_is_changed(rule, dtype):
    w, dw = np.ones((2, 3), dtype), np.full((2, 3), 0.5, dtype)
    _, config = rule(w, dw)
    kept = {key: value.tobytes() if isinstance(value, np.ndarray) else value
            for key, value in config.items()}
    before = w.tobytes(), dw.tobytes()
    next_w, next_config = rule(w, dw, config)
    assert (w.tobytes(), dw.tobytes()) == before and next_w.dtype == dtype
    assert {key: value.tobytes() if isinstance(value, np.ndarray) else value
            for key, value in config.items()} == kept
    assert not np.shares_memory(next_w, w)
    for key, value in next_config.items():
        if isinstance(value, np.ndarray):
            assert value.dtype == dtype and not np.shares_memory(value, config[key])


@RULES
def test_finds_the_bottom_of_a_bowl(rule):
    w, config = np.array([3.0, -2.0]), {"learning_rate": 0.05}
    for _ in range(400):
        w, config = rule(w, w * [1.0, 3.0], config)
    assert np.abs(w).max() < 0.1


def test_adam_steps_by_its_rate_at_first_whatever_the_gradient():
    for size in (1e-3, 1.0, 1e5):
        w, _ = c.adam(np.zeros(2), np.array([size, -size]), {"learning_rate": 0.1})
        np.testing.assert_allclose(w, [-0.1, 0.1], rtol=1e-4)


def test_cs231n_name():
    assert c.sgd_momentum is c.momentum


def norm_of(grads):
    return math.sqrt(sum(float((g.astype(np.float64)**2).sum()) for g in grads.values()))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("most", [1e-3, 1.0, 5.0, 1e4, math.inf])
def test_clipping(dtype, most):
    rng = np.random.default_rng(0)
    grads = {"a": rng.standard_normal((4, 5)).astype(dtype), "b": np.zeros(3, dtype),
             "c": 3 * rng.standard_normal(7).astype(dtype)}
    before = {name: g.tobytes() for name, g in grads.items()}
    clipped, norm = c.clip_by_global_norm(grads, most)
    assert norm == pytest.approx(norm_of(grads), rel=1e-5)
    assert norm_of(clipped) == pytest.approx(min(most, norm), rel=1e-5)
    factor = min(1, most / norm)
    for name, g in grads.items():
        assert clipped[name].dtype == dtype and g.tobytes() == before[name]
        np.testing.assert_allclose(clipped[name], g * factor, rtol=1e-5)


def test_clipping_no_gradient_at_all():
    clipped, norm = c.clip_by_global_norm({"a": np.zeros(3)}, 1.0)
    assert norm == 0 and not clipped["a"].any()
