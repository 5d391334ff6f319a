"""The log behind the page on gradient checking is what its experiment measures."""

import numpy as np
import pytest

from captioning.logs import read_log
from experiments.nudges import FORMULAS, NUDGES, a_step, measured, the_tiny_network

LOG = read_log("nudges")
WIDE = [k for k, nudge in enumerate(NUDGES) if nudge > 9e-5]  # where rounding plays no part


def test_all_nudges_are_logged():
    assert LOG["nudges"] == NUDGES
    assert LOG["step"].keys() == FORMULAS.keys()
    assert all(len(errors) == len(NUDGES) for errors in (*LOG["step"].values(), LOG["tiny"]))


@pytest.mark.parametrize("formula", ["one side", "central", "complex"])
def test_wide_nudges_give_the_same_errors_again(formula):
    inputs, function, gradients = a_step()
    right = np.concatenate([np.ravel(gradient) for gradient in gradients])
    for k in WIDE:
        found = measured(inputs, function, formula, NUDGES[k])
        error = np.abs(found - right).max() / max(np.abs(found).max(), np.abs(right).max())
        assert error == pytest.approx(LOG["step"][formula][k], rel=1e-3)


def test_what_the_page_says():
    best = {name: min(errors) for name, errors in LOG["step"].items()}
    assert best["complex"] < 1e-15 < best["central"] < 1e-9 < best["one side"] < 1e-7
    assert best["central float32"] > 1e-5
    here = NUDGES.index(1e-4)
    assert LOG["step"]["central"][here] < 1e-7 < LOG["tiny"][here]
    assert LOG["tiny"][NUDGES.index(1e-5)] < 1e-7
    assert min(LOG["tiny wrong"]) > .5


def test_the_wrong_gradient_is_wrong_and_the_right_one_is_put_back():
    _, _, right, wrong = the_tiny_network()
    _, _, again, _ = the_tiny_network()
    assert any(not np.allclose(a, b) for a, b in zip(right, wrong, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(right, again, strict=True))
