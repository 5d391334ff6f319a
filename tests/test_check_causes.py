"""An exception is told by what usually lies behind it, found by going back from where it arose."""

import numpy as np
import pytest

from captioning import check
from captioning.check.causes import MESSAGES, cause_of
from captioning.check.reading import spot_of

X, M = np.ones((3, 5)), np.ones((3, 4, 5))
CASES = []


def says(why):
    """Note a function that stops, and what is to be said of it."""
    def note(function):
        CASES.append((function, why))
        return function
    return note


def told(function):
    """What is said of the exception that a function raises."""
    with pytest.raises(Exception) as caught:
        function()
    return cause_of(caught.value, spot_of(caught.value, function))


# ---------------------------------------------------------------- suspects

@says("The axis along which `X.mean(1)` goes is gone from its result.")
def loses_an_axis_some_lines_above():
    mean = X.mean(1)
    shift = mean
    return X - shift


@says("The axis along which `np.linalg.norm(X, axis=1)` goes is gone from its result.")
def loses_an_axis_by_a_norm():
    return X / np.linalg.norm(X, axis=1)


@says("`np.concatenate` goes along the first axis, where none is named.")
def joins_rows():
    both = np.concatenate([X, X])
    return both @ np.ones((10, 2))


@says("`np.vstack` goes along the first axis, where none is named.")
def stacks_rows():
    return np.vstack([X, np.ones((3, 2))])


@says("`np.split` goes along the first axis, where none is named.")
def splits_rows():
    return np.split(X, 5)


@says("Python's `max` goes along the first axis and no further.")
def takes_pythons_max():
    return max(X)


@says("Python's `sum` goes along the first axis and no further.")
def compares_a_row():
    norm = np.sqrt(sum(X**2))
    return 1 if norm > 2 else 0


@says("`x[1:]` cuts the first axis, the batch.")
def cuts_rows():
    x = X
    later = x[1:]
    return later - x


@says("`rows.append` returns None: it changes what it is given, in place.")
def keeps_what_append_returns():
    rows = []
    for row in X:
        rows = rows.append(row)
    return rows


@says("`x.sort` returns None: it changes what it is given, in place.")
def keeps_what_sort_returns():
    x = X.copy()
    x = x.sort()
    return x[0]


# ---------------------------------------------------------------- no suspect

@says("A value is None where something is to be done with it.")
def adds_none():
    carried = None
    return X + carried


@says("Shapes are compared from the last axis on, and (3, 4, 5) and (3, 4) do not fit.")
def lacks_an_axis():
    mask = np.ones((3, 4))
    return M * mask


@says("`*` multiplies entry by entry; the shapes (3, 5) and (5, 2) are those of a matrix product.")
def multiplies_entries():
    return X * np.ones((5, 2))


@says("Arrays of the shapes (3, 5) and (3, 4) do not fit entry by entry.")
def adds_what_does_not_fit():
    return X + np.ones((3, 4))


@says("2 names are to take another number of things.")
def unpacks_three():
    N, T = M.shape
    return N, T


@pytest.mark.parametrize("function, why", CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_the_cause_is_told(function, why):
    cause = told(function)
    assert cause.why == why and cause.nudge


def write(index, value):
    X.copy()[index] = value


@pytest.mark.parametrize("function, why", [
    (lambda: M[np.arange(3), np.arange(4)], "Index arrays of the shapes (3,) and (4,)"),
    (lambda: 1 if X > 0 else 0, "An array stands where a single True or False is wanted."),
    (lambda: np.split(X, 2, axis=1), "The array does not fall into so many equal parts."),
    (lambda: np.concatenate([X, X[1:]], axis=1), "The arrays that are joined differ"),
    (lambda: np.stack([]), "There is nothing to be joined"),
    (lambda: np.zeros(5).__iadd__(X), "An array of the shape (3, 5) is to be added into one"),
    (lambda: write(0, np.ones(4)), "An array of the shape (4,) is assigned to a place of"),
    (lambda: np.array([[1, 2], [3]]), "Rows of different lengths"),
    (lambda: write((0, 0), np.ones(4)), "Several numbers are assigned to a single place."),
    (lambda: X @ X, "The inner sizes of a matrix product differ: 5 and 3."),
    (lambda: np.dot(X, X), "The inner sizes of a matrix product differ: 5 and 3."),
    (lambda: X.reshape(4, 4), "15 numbers do not fill the shape (4, 4)."),
    (lambda: X[:, 5], "Index 5 is beyond the 5 places of axis 1."),
    (lambda: [1][1], "An index is beyond the end of a list."),
    (lambda: X[0, 0, 0], "3 indices are given to an array with 2 of the axes."),
    (lambda: X[X], "A whole number is wanted"),
    (lambda: range(3 / 1), "A whole number is wanted"),
    (lambda: X[np.ones(2, bool)], "A mask picks from an array of another shape."),
    (lambda: X.sum(axis=2), "There is no axis 2: the array has 2 of them."),
    (lambda: np.zeros(3, int).__iadd__(0.5), "Numbers of dtype float64 are put into an array of"),
    (lambda: float(X), "A function for single numbers is given an array."),
    (lambda: [[1]].__getitem__((0, 0)), "A list is indexed as only an array or a dict can be."),
    (lambda: [1] * 0.5, "A list is used in a calculation."),
    (lambda: {X: 1}, "A thing of type ndarray is used as a key."),
    (lambda: X.shape.__class__((1,))(0), "Round brackets stand behind a tuple"),
    (lambda: np.zeros(3, 4), "A size or an axis stands where a dtype is expected."),
    (lambda: told(), "A function is called with other arguments than it takes."),
    (lambda: 1 / 0, "A number is divided by 0."),
    (lambda: check.rnn_step_forward.__wrapped__, "`function` has no `__wrapped__`."),
])
def test_a_message_is_put_into_words(function, why):
    cause = told(function)
    assert cause.why.startswith(why) and cause.nudge


def test_every_message_has_a_nudge_and_a_pattern_of_its_own():
    assert len({known.pattern for known in MESSAGES}) == len(MESSAGES)
    assert all(known.why.endswith(".") and known.nudge for known in MESSAGES)


@pytest.mark.parametrize("function, why", [
    (lambda: X - X.mean(axis=1, keepdims=True) - np.ones((3, 4)), "Arrays of the shapes"),
    (lambda: np.concatenate([X, X], axis=1) @ X, "The inner sizes"),
    (lambda: [sum(np.sum(g) for g in M), X @ X], "The inner sizes"),
])
def test_what_is_right_is_not_blamed(function, why):
    assert told(function).why.startswith(why)


def test_where_the_text_is_not_known_the_message_is_enough():
    names = {"np": np}
    exec("def made(): return np.ones((3, 5)) - np.ones((3, 5)).max(axis=1)", names)
    assert told(names["made"]).why.endswith("(3, 5) and (3,) do not fit.")


def test_what_is_none_in_one_result_of_several_is_named_too():
    def backward(dout, cache):
        x, w = cache
        rows = x.reshape(len(x), -1)
        dw = np.zeros_like(w)
        dw = np.copyto(dw, rows.T @ dout)
        return (dout @ w.T).reshape(x.shape), dw, dout.sum(axis=0)
    verdict = check.affine_backward(backward)
    assert verdict.why == "`np.copyto` returns None: it changes what it is given, in place."
    assert [row.ok for row in verdict.rows] == [True, False, True]


def test_an_empty_cache_is_not_made_the_reason_of_a_wrong_result():
    verdict = check.relu_forward(lambda x: (x**3, None))
    assert verdict.why is None and "The cache is empty." in verdict.notes


def test_a_right_result_that_is_not_finite_stops_no_check():
    def wrong(dy, x):
        return dy / x.std(axis=1, keepdims=True)**3
    assert not check.normalise_backward(wrong).ok
