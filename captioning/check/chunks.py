"""The usual mistakes in backpropagation through time that is cut into chunks (chapter 5)."""

from typing import NamedTuple

import numpy as np

from captioning.check import through_time
from captioning.check.program import Exercise, mistake
from captioning.check.through_time import back, shares

SIZES = (dict(N=3, T=5, D=4, H=6, k=2), dict(N=2, T=6, D=5, H=4, k=3),
         dict(N=2, T=3, D=4, H=3, k=7), dict(N=1, T=3, D=2, H=4, k=1),
         dict(N=4, T=4, D=4, H=4, k=4))


def draw(rng, N, T, D, H, k):
    """Inputs of a sequence."""
    return through_time.draw(rng, N, T, D, H)


class Chunk(NamedTuple):
    """Where a chunk begins and ends, the gradients of its sums, and what leaves it."""

    start: int
    stop: int
    da: np.ndarray
    carried: np.ndarray


# ---------------------------------------------------------------- where to cut: (start, stop) each

def steps_of(T, k, first=0, more=0):
    """Chunks that begin every k steps, so much longer than k."""
    return [(start, min(start + k + more, T)) for start in range(first, T, k)]


def full_only(T, k):
    """The chunks that are k long."""
    return [(start, stop) for start, stop in steps_of(T, k) if stop - start == k]


def from_the_end(T, k):
    """Chunks that are counted from the last step."""
    return [(max(stop - k, 0), stop) for stop in range(T, 0, -k)][::-1]


def so_many(T, k):
    """As many chunks as k says, of one length but for the last."""
    return steps_of(T, -(-T // k))


def split_evenly(T, k):
    """As many chunks as k says, as `numpy.array_split` makes them."""
    parts = [part for part in np.array_split(np.arange(T), k) if len(part)]
    return [(part[0], part[-1] + 1) for part in parts]


# ---------------------------------------------------------------- from chunks to results

def walk(dh, slope, Wh, cuts):
    """Go back through each chunk by itself."""
    return [Chunk(start, stop, *back(dh[:, start:stop], slope[:, start:stop], Wh))
            for start, stop in cuts]


def handing_on(dh, slope, Wh, cuts):
    """Go from the first chunk to the last, each adding what left the one before it."""
    chunks, dh = [], dh.copy()
    for start, stop in cuts:
        dh[:, stop - 1] += chunks[-1].carried if chunks else 0
        chunks += walk(dh, slope, Wh, [(start, stop)])
    return chunks


def placed(chunks, dh):
    """The gradients of all sums at their steps, (N, T, H); what is written last, stands."""
    da = np.zeros_like(dh)
    for chunk in chunks:
        da[:, chunk.start:chunk.stop] = chunk.da
    return da


def joined(chunks, dh):
    """The gradients of all sums one after the other, however many that are."""
    return np.concatenate([dh[:, :0], *(chunk.da for chunk in chunks)], axis=1)


def earliest(chunks, dh):
    """What leaves the chunk that is the first in time."""
    return min(chunks, key=lambda chunk: chunk.start).carried if chunks else 0 * dh[:, 0]


def added(chunks, left):
    """The gradient of the matrix that meets ``left``: the shares of all steps of these chunks."""
    start = np.zeros((left.shape[2], chunks[0].da.shape[2])) if chunks else 0.0
    return sum((shares(left[:, chunk.start:chunk.stop], chunk.da).sum(axis=0)
                for chunk in chunks), start)


def added_rows(chunks):
    """The gradient of the bias."""
    return sum(chunk.da.sum(axis=(0, 1)) for chunk in chunks)


LINES = through_time.FORWARD | dict(
    prev=through_time.BACKWARD["prev"],
    caches=through_time.BACKWARD["caches"],
    slope=lambda h: 1 - h**2,
    _cuts=lambda T, k: (steps_of(T, k), placed),
    _chunks=lambda dh, slope, Wh, _cuts: walk(dh, slope, Wh, _cuts[0]),
    dx=lambda dh, Wx, _cuts, _chunks: _cuts[1](_chunks, dh) @ Wx.T,
    dh0=lambda dh, _chunks: earliest(_chunks, dh),
    dWx=lambda x, _chunks: added(_chunks, x),
    dWh=lambda prev, _chunks: added(_chunks, prev),
    db=lambda _chunks: added_rows(_chunks),
)


# ---------------------------------------------------------------- mistakes

def cutting(*wrong):
    """Every way to come from other cuts to `dx`: in order, from the last chunk, joined."""
    def way(cuts, order, join):
        return lambda T, k: (cuts(T, k)[::order], join)

    return tuple(way(cuts, order, join) for cuts in wrong
                 for order, join in ((1, placed), (-1, placed), (1, joined)))


def of_some(choose):
    """The gradients of the parameters made of some chunks alone."""
    return dict(dWx=lambda x, _chunks: added(choose(_chunks), x),
                dWh=lambda prev, _chunks: added(choose(_chunks), prev),
                db=lambda _chunks: added_rows(choose(_chunks)))


SHARES = "The parameters served every chunk, so every chunk adds its share: `+=`, not `=`."
BOUNDS = "Chunk by chunk, the steps are `t:t + k`, and t goes up by k from 0."

MISTAKES = (
    mistake("`dh0` is that of the last chunk.",
            "`h0` went into the first step, and so into the first chunk.",
            dh0=lambda _chunks: _chunks[-1].carried),
    mistake("What leaves each chunk is added up in `dh0`.",
            "`h0` went into the first chunk alone. What leaves the others ends at the cut.",
            dh0=lambda _chunks: sum(chunk.carried for chunk in _chunks)),
    mistake("Only the last chunk's share counts in {lines}.", SHARES,
            **of_some(lambda chunks: chunks[-1:])),
    mistake("Only the first chunk's share counts in {lines}.", SHARES,
            **of_some(lambda chunks: chunks[:1])),
    mistake("One chunk's share is left out in {lines}.",
            "Every chunk served. Where does the loop begin, and where does it end?",
            **of_some(lambda chunks: chunks[1:] if len(chunks) > 1 else chunks)),
    mistake("The mean over the chunks is taken instead of the sum, in {lines}.",
            "The parameters served every chunk, so every chunk adds its share.",
            dWx=lambda value, _chunks: value / len(_chunks),
            dWh=lambda value, _chunks: value / len(_chunks),
            db=lambda value, _chunks: value / len(_chunks)),
    mistake("Nothing is cut: the gradient is carried past the ends of the chunks.",
            "Each chunk is a call of its own, as if nothing came after it. Does k occur in the "
            "slices?",
            _cuts=lambda T, k: ([(0, T)], placed)),
    mistake("What leaves a chunk is handed to the one after it in time.",
            "Nothing passes a cut: each chunk takes its own part of `dh`, and no more.",
            _chunks=lambda dh, slope, Wh, _cuts: handing_on(dh, slope, Wh, _cuts[0])),
    mistake("The last chunk is left out where it is shorter than k.",
            "All T steps have their place in a chunk. How many begin at 0, k, 2k, ... before T?",
            _cuts=cutting(full_only)),
    mistake("The chunks are counted from the end, so that the first may be shorter.",
            "The first chunk begins at step 0 and is k long; what is left over comes last.",
            _cuts=cutting(from_the_end)),
    mistake("There are k chunks instead of chunks of k steps.",
            "k is a number of steps: `range(0, T, k)` gives the step where each chunk begins.",
            _cuts=cutting(so_many, split_evenly)),
    mistake("Each chunk is one step too long.", BOUNDS,
            _cuts=cutting(lambda T, k: steps_of(T, k, more=1))),
    mistake("Each chunk is one step too short.", BOUNDS,
            _cuts=cutting(lambda T, k: steps_of(T, k, more=-1))),
    mistake("The first step is in no chunk.", BOUNDS,
            _cuts=cutting(lambda T, k: steps_of(T, k, first=1))),
    mistake("The first chunk is in no sum and in no `dx`.", BOUNDS,
            _cuts=cutting(lambda T, k: steps_of(T, k, first=k))),
    mistake("A chunk begins at every step, so that they overlap.", BOUNDS,
            _cuts=cutting(lambda T, k: [(t, min(t + k, T)) for t in range(T)])),
    mistake("Every step is a chunk of its own.",
            "A chunk has k steps, and within it the gradient is carried.",
            _cuts=lambda T, k: (steps_of(T, 1), placed)),
    mistake("The chunks of `dx` come in the reverse order.",
            "The part of `dx` that belongs to the first chunk stands first.",
            dx=lambda dh, Wx, _chunks: joined(_chunks[::-1], dh) @ Wx.T),
    mistake("Only one chunk's `dx` is returned.",
            "`x` has T inputs, so `dx` has T gradients: put the chunks together along time.",
            dx=(lambda _chunks, Wx: _chunks[0].da @ Wx.T,
                lambda _chunks, Wx: _chunks[-1].da @ Wx.T,
                lambda dh, _chunks, Wx: placed(_chunks[:1], dh) @ Wx.T,
                lambda dh, _chunks, Wx: placed(_chunks[-1:], dh) @ Wx.T)),
)

chunked_backward = Exercise(
    "chunked_backward", ("dh", "cache", "k"), ("dx", "dh0", "dWx", "dWh", "db"),
    draw, LINES, MISTAKES, SIZES, cache="caches", forward=through_time.rnn_forward,
    cache_says="a tuple of T step caches, each `(x, prev_h, Wx, Wh, next_h)`",
    nudge="Any k may come: k need not divide T, and may exceed it.")
