"""The checker on one step: what beginners write, and what goes wrong besides mistakes.

The tables of mistakes are held by `test_check_tables`.
"""

import json
import sys
import threading
import time

import numpy as np
import pytest

from captioning import check
from captioning.check import limit, step, trial
from captioning.check.program import run, slips_of

BACKWARD = step.rnn_step_backward


def sizes(x, Wh):
    return dict(N=x.shape[0], D=x.shape[1], H=len(Wh))


def backward_with(slips):
    """A backward step with mistakes in it, whose cache holds the bias too."""
    def wrong(dnext_h, cache):
        inputs = dict(zip(("x", "prev_h", "Wx", "Wh", "b"), cache, strict=True))
        inputs |= sizes(inputs["x"], inputs["Wh"]) | dict(dnext_h=dnext_h)
        values = run(BACKWARD.lines, inputs, slips)
        return tuple(values[name] for name in BACKWARD.graded)
    return wrong


def keeps_all(x, prev_h, Wx, Wh, b):
    """A right forward step with a cache of its own."""
    return np.tanh(x @ Wx + prev_h @ Wh + b), (x, prev_h, Wx, Wh, b)


def sentence(slip):
    return slip.mistake.why.replace("{lines}", f"`{slip.line}`")


# ---------------------------------------------------------------- right functions

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


# ---------------------------------------------------------------- as a beginner would write them

def swapped_matrices(x, prev_h, Wx, Wh, b):
    return np.tanh(np.dot(x, Wh) + np.dot(prev_h, Wx) + b), (x, prev_h, Wx, Wh)


def unassigned_tanh(x, prev_h, Wx, Wh, b):
    next_h = np.dot(x, Wx) + np.dot(prev_h, Wh) + b
    np.tanh(next_h)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def bias_in_the_inner_loop(x, prev_h, Wx, Wh, b):
    a = np.zeros_like(prev_h)
    for n in range(len(x)):
        for h in range(len(Wh)):
            for d in range(x.shape[1]):
                a[n, h] += x[n, d] * Wx[d, h] + b[h]
            for k in range(len(Wh)):
                a[n, h] += prev_h[n, k] * Wh[k, h]
    return np.tanh(a), (x,)


def joined(x, prev_h, Wx, Wh, b):
    both = np.concatenate([x, prev_h], axis=1)
    return np.tanh(both @ np.concatenate([Wh, Wx], axis=0) + b), (x,)


def residual(x, prev_h, Wx, Wh, b):
    return prev_h + np.tanh(x @ Wx + prev_h @ Wh + b), (x,)


def transposed_with_einsum(x, prev_h, Wx, Wh, b):
    return np.tanh(np.einsum("nd,dh->nh", x, Wx) + np.einsum("nk,hk->nh", prev_h, Wh) + b), (x,)


def tanh_by_exp(x, prev_h, Wx, Wh, b):
    up, down = np.exp(x @ Wx + prev_h @ Wh + b), np.exp(-(x @ Wx + prev_h @ Wh + b))
    return (up - down) / (up + down), (x,)


def one_row_only(x, prev_h, Wx, Wh, b):
    return np.tanh(x.reshape(-1) @ Wx + prev_h.reshape(-1) @ Wh + b).reshape(1, -1), (x,)


def fixed_size(x, prev_h, Wx, Wh, b):
    a = np.zeros((3, 5))
    a += x @ Wx + prev_h @ Wh + b
    return np.tanh(a), (x,)


def in_single(x, prev_h, Wx, Wh, b):
    next_h = np.empty(prev_h.shape, dtype=np.float32)
    next_h[:] = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x,)


def state_overwritten(x, prev_h, Wx, Wh, b):
    prev_h[:] = np.tanh(x @ Wx + prev_h @ Wh + b)
    return prev_h, (x, prev_h)


def no_cache(x, prev_h, Wx, Wh, b):
    return np.tanh(x @ Wx + prev_h @ Wh + b)


def no_return(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    print(next_h)


def cs231n_stub(x, prev_h, Wx, Wh, b):
    next_h, cache = None, None
    return next_h, cache


def cache_left_none(x, prev_h, Wx, Wh, b):
    next_h, cache = None, None
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, cache


def not_yet(x, prev_h, Wx, Wh, b):
    raise NotImplementedError


def cache_first(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return (x, prev_h, next_h), next_h


def misspelt_library(x, prev_h, Wx, Wh, b):
    return np.zeors(prev_h.shape), (x,)


def single_number_tanh(x, prev_h, Wx, Wh, b):
    import math
    return math.tanh(x @ Wx + prev_h @ Wh + b), (x,)


FORWARD_BEGINNERS = {
    swapped_matrices: "`Wx` and `Wh` are swapped.",
    unassigned_tanh: "The tanh is forgotten.",
    bias_in_the_inner_loop: "The bias `b` is added more than once.",
    joined: "`x` and `prev_h` are joined in one order, `Wx` and `Wh` in the other.",
    residual: "`prev_h` is added to `next_h`.",
    transposed_with_einsum: "`Wh` is transposed.",
    tanh_by_exp: "Not finite (NaN): `next_h`.",
    one_row_only: "It is right only at N = 1, D = 3, H = 4. The inner sizes of a matrix product "
                  "differ: 12 and 4.",
    fixed_size: "It is right only at N = 3, D = 4, H = 5 and at N = 3, D = 4, H = 5, inputs in "
                "the thousands. Arrays of the shapes (3, 5) and (2, 3) do not fit entry by entry.",
    in_single: "Of dtype float32, not float64 as the inputs: `next_h`.",
    state_overwritten: "`prev_h` is changed in place.",
    no_cache: "It returns one array; wanted are 2 results: next_h, cache.",
    no_return: "Nothing is returned.",
    cs231n_stub: "Nothing is returned yet.",
    not_yet: "Nothing is returned yet.",
    cache_left_none: "The cache is empty.",
    cache_first: "The results come in another order: cache, next_h.",
    misspelt_library: "`numpy` has no `zeors`; is `zeros` meant?",
    single_number_tanh: "A function for single numbers is given an array.",
}


@pytest.mark.parametrize("function", FORWARD_BEGINNERS, ids=lambda f: f.__name__)
def test_what_beginners_write_forward(function):
    verdict = check.rnn_step_forward(function)
    assert not verdict.ok and verdict.why == FORWARD_BEGINNERS[function]


def back(dnext_h, cache, **other):
    """The right gradients, some of them replaced; for the functions below."""
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)
    right = dict(dx=da @ Wx.T, dprev_h=da @ Wh.T, dWx=x.T @ da, dWh=prev_h.T @ da, db=da.sum(0))
    return tuple((right | other).values())


def in_place(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    dnext_h *= 1 - next_h**2
    return (dnext_h @ Wx.T, dnext_h @ Wh.T, x.T @ dnext_h, prev_h.T @ dnext_h, dnext_h.sum(0))


def popped(dnext_h, cache):
    next_h = cache.pop()
    return back(dnext_h, (*cache, next_h))


def misspelt(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    d_tanh = dnext_h * (1 - next_h**2)
    return dtanh @ Wx.T, d_tanh @ Wh.T, x.T @ d_tanh, prev_h.T @ d_tanh, d_tanh.sum(0)  # noqa: F821


def used_too_early(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    db = da.sum(0)  # noqa: F821
    da = dnext_h * (1 - next_h**2)
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, db


def no_brackets(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = 1 - next_h**2 * dnext_h
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)


def last_row_wins(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)
    for n in range(len(x)):
        dWx, dWh, db = np.outer(x[n], da[n]), np.outer(prev_h[n], da[n]), da[n]
    return da @ Wx.T, da @ Wh.T, dWx, dWh, db


def untransposed_dot(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)
    return np.dot(da, Wx), np.dot(da, Wh), x.T @ da, prev_h.T @ da, da.sum(0)


def wrong_number_of_names(dnext_h, cache):
    x, prev_h, Wx, Wh, b, next_h = cache
    return back(dnext_h, (x, prev_h, Wx, Wh, next_h))


def unfinished(dnext_h, cache):
    return back(dnext_h, cache, dWh=None, db=None)


def lists_and_numbers(dnext_h, cache):
    da = dnext_h * (1 - cache[4]**2)
    return back(dnext_h, cache, dx=(da @ cache[2].T).tolist(), db=da.sum())


def kept_dims(dnext_h, cache):
    return back(dnext_h, cache, db=(dnext_h * (1 - cache[4]**2)).sum(axis=0, keepdims=True))


def another_order(dnext_h, cache):
    dx, dprev_h, dWx, dWh, db = back(dnext_h, cache)
    return dWx, dWh, db / len(dx), dx, dprev_h


def three_results(dnext_h, cache):
    return back(dnext_h, cache)[:3]


def infinite(dnext_h, cache):
    with np.errstate(divide="ignore"):
        return back(dnext_h, cache, dWx=np.ones_like(cache[2]) / 0.0)


def without_end(dnext_h, cache):
    return without_end(dnext_h, cache)


def leaves_python(dnext_h, cache):
    sys.exit(3)


def a_generator(dnext_h, cache):
    yield back(dnext_h, cache)


TOTAL = []


def keeps_a_total(dnext_h, cache):
    TOTAL.append(1)
    return back(dnext_h, cache, db=len(TOTAL) * back(dnext_h, cache)[4])


BACKWARD_BEGINNERS = {
    in_place: "`dnext_h` is changed in place.",
    popped: "`pop` would change the cache.",
    misspelt: "`dtanh` is not defined; is `d_tanh` meant?",
    used_too_early: "`da` is used before it is set.",
    no_brackets: "The brackets around the tanh's slope are missing.",
    last_row_wins: "Only one row of the batch counts in `dWx`, `dWh` and `db`.",
    untransposed_dot: "`Wh` is not transposed in `dprev_h`. `Wx` is not transposed in `dx`.",
    wrong_number_of_names:
        "The cache is unpacked into 6 names and holds another number of things.",
    unfinished: "Still None: `dWh` and `db`.",
    lists_and_numbers: "The sum in `db` goes over everything. `dx` is a list and not an array.",
    kept_dims: "`db` has the right values in the shape (1, 5) instead of (5,).",
    another_order: "The results come in another order: dWx, dWh, db, dx, dprev_h. "
                   "The mean over the batch is taken instead of the sum, in `db`.",
    three_results: "It returns 3 results; wanted are 5 results: dx, dprev_h, dWx, dWh, db.",
    infinite: "Not finite (infinite): `dWx`.",
    without_end: "The function calls itself without end.",
    leaves_python: "It stops with SystemExit: 3.",
    a_generator: "It returns a generator; wanted are 5 results: dx, dprev_h, dWx, dWh, db.",
    keeps_a_total: "Two calls with the same arguments give different results.",
}


@pytest.mark.parametrize("function", BACKWARD_BEGINNERS, ids=lambda f: f.__name__)
def test_what_beginners_write_backward(function):
    verdict = check.rnn_step_backward(function)
    assert not verdict.ok and verdict.why == BACKWARD_BEGINNERS[function]


def test_an_exception_of_the_readers_own_is_shown():
    def raises(dnext_h, cache):
        raise NameError("something")
    assert check.rnn_step_backward(raises).why == "It stops with NameError: something."


def test_a_cache_of_the_readers_own_that_is_written_into_is_noticed():
    def backward(dnext_h, cache):
        b, next_h, x, prev_h, Wx, Wh = cache
        next_h **= 2
        da = dnext_h * (1 - next_h)
        return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(0)

    def forward(x, prev_h, Wx, Wh, b):
        next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
        return next_h, (b, next_h, x, prev_h, Wx, Wh)
    assert check.rnn_step_backward(backward, forward).why == "`cache` is changed in place."


def test_two_mistakes_at_once_are_both_named():
    by_name = {(slip.line, slip.mistake.why[:18]): slip for slip in slips_of(BACKWARD.mistakes)}
    slips = [by_name["slope", "The tanh's slope i"], by_name["dprev_h", "`Wh` is not transp"]]
    verdict = check.rnn_step_backward(backward_with(slips), keeps_all)
    assert verdict.why == " ".join(map(sentence, slips))
    assert len(verdict.reasons) == 2


def test_a_mistake_that_is_not_known_is_caught_and_located():
    verdict = check.rnn_step_backward(lambda d, cache: back(d, cache, dWh=np.eye(len(cache[3]))))
    assert not verdict.ok and verdict.why is None
    assert [row.ok for row in verdict.rows] == [True, True, True, False, True]
    assert verdict.notes == ("The rest is right: look at what makes `dWh`.",)


@pytest.mark.parametrize("wrong", [
    lambda d, x, prev_h, Wx, Wh, next_h: dict(db=d.sum(axis=0)**2),
    lambda d, x, prev_h, Wx, Wh, next_h: dict(dx=d @ Wx.T * np.sqrt(np.abs(x))),
    lambda d, x, prev_h, Wx, Wh, next_h: dict(dWh=np.full_like(Wh, 0.5)),
    lambda d, x, prev_h, Wx, Wh, next_h: dict(dprev_h=d @ Wh.T + 1e-5),
    lambda d, x, prev_h, Wx, Wh, next_h: dict(dWx=np.sort(x.T @ d)),
    lambda d, x, prev_h, Wx, Wh, next_h: dict(dWx=np.round(x.T @ d, 3)),
])
def test_what_is_not_known_is_not_missed(wrong):
    verdict = check.rnn_step_backward(lambda d, cache: back(d, cache, **wrong(d, *cache)))
    assert not verdict.ok and verdict.why is None
    assert sum(not row.ok for row in verdict.rows) == 1


def test_an_unknown_mistake_is_located_by_zeros():
    verdict = check.rnn_step_forward(
        lambda x, prev_h, Wx, Wh, b: (np.tanh(x @ Wx + prev_h @ Wh + b**3), (x,)))
    assert verdict.why is None
    assert verdict.notes == ("It is right where `b` is 0: look at what is done with it.",)


def test_an_emptied_list_is_noticed():
    def forward(x, prev_h, Wx, Wh, b):
        next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
        return next_h, [x, prev_h, Wx, Wh, next_h]
    assert check.rnn_step_backward(popped, forward).why == "The cache is emptied or filled by use."


def test_a_global_in_place_of_a_cache_is_noticed():
    kept = {}

    def forward(x, prev_h, Wx, Wh, b):
        kept["all"] = (x, prev_h, Wx, Wh, np.tanh(x @ Wx + prev_h @ Wh + b))
        return kept["all"][-1], "kept elsewhere"
    verdict = check.rnn_step_backward(lambda dnext_h, cache: back(dnext_h, kept["all"]), forward)
    assert not verdict.ok


def test_a_wrong_forward_pass_is_mended_first():
    verdict = check.rnn_step_backward(in_place, unassigned_tanh)
    assert verdict.function == "rnn_step_forward" and verdict.why == "The tanh is forgotten."
    assert "once the forward pass is right" in verdict.notes[-1]


@pytest.mark.parametrize("thing", [None, 3, np.zeros(3), "rnn_step_forward"])
def test_what_is_no_function_is_named(thing):
    assert check.rnn_step_forward(thing).why.startswith("What came is no function")


def test_other_arguments_are_named():
    assert check.rnn_step_forward(lambda x, h: x).why == "It takes (x, h)."


@pytest.mark.parametrize("seed", [-1, 0.5, None])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(ValueError, match="seed is"):
        check.rnn_step_forward(no_cache, seed=seed)


def test_the_readers_stop_button_works():
    def stopped(dnext_h, cache):
        raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        check.rnn_step_backward(stopped)


# ---------------------------------------------------------------- endless loops

def forever(dnext_h, cache):
    while True:
        dnext_h = dnext_h + 1


def forever_and_catching(dnext_h, cache):
    while True:
        try:
            dnext_h = dnext_h + 1
        except:  # noqa: E722
            pass


def looping(function):
    start = time.monotonic()
    verdict = check.rnn_step_backward(function)
    assert verdict.why == f"It did not come back within {trial.SECONDS} seconds."
    assert verdict.notes == ("It was in the loop `while True:`.",)
    return time.monotonic() - start


def test_an_endless_loop_ends_within_two_seconds():
    assert looping(forever) < 4  # 1.5 on a machine that has nothing else to do


def test_an_endless_loop_that_catches_everything_ends(monkeypatch):
    monkeypatch.setattr(trial, "SECONDS", 0.2)
    assert looping(forever_and_catching) < 4


def test_an_endless_loop_ends_outside_the_main_thread(monkeypatch):
    monkeypatch.setattr(trial, "SECONDS", 0.2)
    seconds = []
    thread = threading.Thread(target=lambda: seconds.append(looping(forever)))
    thread.start()
    thread.join()
    assert seconds[0] < 4


@pytest.mark.parametrize("way", [limit._by_signal, limit._by_trace])
def test_the_limit_leaves_no_trace(way):
    before = sys.gettrace()
    with pytest.raises(limit.TimeUp):
        way(0.05, forever, (1, 2))
    assert way(0.05, max, (1, 2)) == 2
    assert sys.gettrace() is before
    time.sleep(0.1)  # nothing rings any more


# ---------------------------------------------------------------- how a verdict reads

def test_a_verdict_as_text():
    text = str(check.rnn_step_backward(another_order))
    assert text.splitlines() == [
        "rnn_step_backward: not right yet.",
        "Why: The results come in another order: dWx, dWh, db, dx, dprev_h.",
        "Try: Wanted: dx, dprev_h, dWx, dWh, db.",
        "Why: The mean over the batch is taken instead of the sum, in `db`.",
        "Try: The step adds; where a mean is wanted, the loss has divided by N already.",
        "At N = 3, D = 4, H = 5:",
        "  dx       (3, 4)  right",
        "  dprev_h  (3, 5)  right",
        "  dWx      (4, 5)  right",
        "  dWh      (5, 5)  right",
        "  db       (5,)    0.333 times the right values",
    ]


def test_a_verdict_as_a_table():
    text = check.rnn_step_forward(unassigned_tanh)._repr_markdown_()
    assert text.splitlines()[0] == "**`rnn_step_forward`: not right yet.**"
    assert "| result | shape | at N = 3, D = 4, H = 5 |" in text
    assert "| `next_h` | (3, 5) | entry [0, 0] is " in text


def test_a_verdict_as_plain_data():
    data = check.rnn_step_backward(misspelt).as_dict()
    assert json.loads(json.dumps(data)) == data
    assert data["ok"] is False and data["why"] == "`dtanh` is not defined; is `d_tanh` meant?"


def test_a_message_holds_no_address():
    verdict = check.rnn_step_forward(lambda x, prev_h, Wx, Wh, b: [object()] @ x)
    assert "0x7" not in str(verdict)


def test_rounding_noise_does_not_reach_the_text():
    def noisy(x, prev_h, Wx, Wh, b):
        a = x @ Wx + prev_h @ Wh + b
        return np.tanh(a) + 1 + 1e-14 * np.sin(1e6 * a), (x,)
    assert str(check.rnn_step_forward(noisy)) == str(check.rnn_step_forward(
        lambda x, prev_h, Wx, Wh, b: (np.tanh(x @ Wx + prev_h @ Wh + b) + 1, (x,))))
