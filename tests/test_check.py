"""The checker: right functions pass, every usual mistake gets its own sentence and no other's."""

import json
import sys
import threading
import time

import numpy as np
import pytest

import captioning
from captioning import check
from captioning.check import limit, step
from captioning.check.program import Slip, run, slips_of

FORWARD, BACKWARD = step.rnn_step_forward, step.rnn_step_backward


def forward_with(slips):
    """A forward step with mistakes in it."""
    def wrong(x, prev_h, Wx, Wh, b):
        inputs = dict(x=x, prev_h=prev_h, Wx=Wx, Wh=Wh, b=b, N=len(x))
        return run(FORWARD.lines, inputs, slips)["next_h"], (x, prev_h)
    return wrong


def backward_with(slips):
    """A backward step with mistakes in it, whose cache holds the bias too."""
    def wrong(dnext_h, cache):
        inputs = dict(zip(("x", "prev_h", "Wx", "Wh", "b"), cache, strict=True))
        values = run(BACKWARD.lines, inputs | dict(dnext_h=dnext_h, N=len(dnext_h)), slips)
        return tuple(values[name] for name in BACKWARD.graded)
    return wrong


def keeps_all(x, prev_h, Wx, Wh, b):
    """A right forward step with a cache of its own."""
    return np.tanh(x @ Wx + prev_h @ Wh + b), (x, prev_h, Wx, Wh, b)


def sentence(slip):
    return slip.mistake.why.replace("{lines}", f"`{slip.line}`")


def label(slip):
    return f"{slip.line}: {slip.mistake.why}" if isinstance(slip, Slip) else str(slip)


# ---------------------------------------------------------------- right functions

@pytest.mark.parametrize("seed", range(5))
def test_the_books_own_functions_are_right(seed):
    assert check.rnn_step_forward(captioning.rnn_step_forward, seed=seed).ok
    assert check.rnn_step_backward(captioning.rnn_step_backward, seed=seed).ok
    both = captioning.rnn_step_backward, captioning.rnn_step_forward
    verdict = check.rnn_step_backward(*both, seed=seed)
    assert verdict.ok and verdict.why is None and bool(verdict)


def test_a_right_function_with_its_own_cache_is_right():
    assert check.rnn_step_backward(backward_with(()), keeps_all).ok


def test_a_forward_function_that_prints_and_returns_a_list_is_right(capsys):
    def forward(x, prev_h, Wx, Wh, b):
        print("here", x)
        return [np.tanh(x @ Wx + prev_h @ Wh + b), {"x": x}]
    verdict = check.rnn_step_forward(forward)
    assert verdict.ok and "prints" in verdict.notes[-1]
    assert capsys.readouterr().out == ""


def test_another_seed_gives_other_numbers():
    texts = {str(check.rnn_step_forward(lambda x, h, Wx, Wh, b: (h, x), seed=s)) for s in range(3)}
    assert len(texts) == 3


# ---------------------------------------------------------------- the table of mistakes

@pytest.mark.parametrize("slip", slips_of(FORWARD.mistakes), ids=label)
def test_each_mistake_forward_gets_its_own_sentence(slip):
    verdict = check.rnn_step_forward(forward_with([slip]))
    assert not verdict.ok and verdict.why == sentence(slip)


@pytest.mark.parametrize("slip", slips_of(BACKWARD.mistakes), ids=label)
def test_each_mistake_backward_gets_its_own_sentence(slip):
    verdict = check.rnn_step_backward(backward_with([slip]), keeps_all)
    assert not verdict.ok and verdict.why == sentence(slip)


def test_the_sentences_differ():
    whys = [m.why for m in (*FORWARD.mistakes, *BACKWARD.mistakes)]
    assert len(set(whys)) == len(whys) >= 45
