"""Check what a reader wrote, and say what is wrong with it: ``check.rnn_step_forward(mine)``.

One function for each that the book asks a reader to write, under that function's name. A teacher
who wants other numbers sets ``seed``.

To check another function, write its right lines and its usual mistakes as in
`captioning.check.step`, and a function like those below. A mistake is a sentence, a nudge and the
wrong line; the tests then hold it to its own sentence.
"""

from captioning.check import step
from captioning.check.engine import examine
from captioning.check.verdict import Verdict

__all__ = ["Verdict", "rnn_step_backward", "rnn_step_forward"]


def rnn_step_forward(forward, seed=0):
    """Check one step of the recurrent network (chapter 4).

    Parameters
    ----------
    forward : callable
        ``forward(x, prev_h, Wx, Wh, b) -> next_h, cache``. The cache may hold anything.
    seed : int
        Another seed gives other numbers.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> from captioning import check
    >>> check.rnn_step_forward(lambda x, prev_h, Wx, Wh, b: (x @ Wx + prev_h @ Wh + b, (x,))).why
    'The tanh is forgotten.'
    """
    return examine(step.rnn_step_forward, forward, seed)


def rnn_step_backward(backward, forward=None, seed=0):
    """Check the gradients of one step (chapter 4).

    Parameters
    ----------
    backward : callable
        ``backward(dnext_h, cache) -> dx, dprev_h, dWx, dWh, db``. The cache is the book's,
        ``(x, prev_h, Wx, Wh, next_h)``, unless `forward` is given.
    forward : callable, optional
        The reader's own forward step; the cache is then what it returns.
    seed : int
        Another seed gives other numbers.

    Returns
    -------
    Verdict
    """
    return examine(step.rnn_step_backward, backward, seed, forward)
