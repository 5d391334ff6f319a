"""Shapes to pixels, in whole numbers only (chapter 3, Pictures as numbers).

A shape covers a sample point or it does not, and the question is asked with integers alone: so a
picture comes out the same, bit for bit, on every machine. A pixel holds 8 by 8 sample points (4 by
4 in large pictures); how many of them a shape covers makes its edges smooth.

There is one kind of shape, the polygon; its corners lie on a grid and are kept in 64ths of the
grid's unit. A curve is a polygon whose corners have been cut off three times (Chaikin's rule, whose
limit is a quadratic B-spline); each cut multiplies coordinates by four and so stays exact.
"""

from math import isqrt

import numpy as np

FULL = 64  # a pixel that is wholly covered
CUTS = 3
UNIT = 4**CUTS  # a coordinate counts 64ths of the grid's unit
_COSINES = (64, 63, 59, 53, 45, 36, 24, 12, 0)  # 64 cos(k pi / 16), rounded


def polygon(*points):
    """Return a polygon's corners, (n, 2) int64 in 64ths of a unit, from points in units."""
    return np.array(points, dtype=np.int64) * UNIT


def curve(*points):
    """Return the closed curve that `points` pull towards them; a point named twice is a corner.

    Source: G. Chaikin, An algorithm for high-speed curve generation (1974).

    Returns
    -------
    (8 n, 2) int64, in 64ths of a unit
    """
    corners = np.array(points, dtype=np.int64)
    for _ in range(CUTS):
        following = np.roll(corners, -1, axis=0)
        corners = np.stack([3 * corners + following, corners + 3 * following], 1).reshape(-1, 2)
    return corners


def oval(x, y, rx, ry):
    """Return an ellipse around (x, y) as a polygon of 32 corners, int64 in 64ths of a unit."""
    quarter = np.array(_COSINES, dtype=np.int64)
    cosine = np.concatenate([quarter, -quarter[-2::-1]])  # 0 to pi
    cosine = np.concatenate([cosine, cosine[-2:0:-1]])  # once around
    return np.stack([x * UNIT + rx * cosine, y * UNIT + ry * np.roll(cosine, 8)], axis=1)


def disc(x, y, r):
    """Return a circle of radius r around (x, y), as `oval` does."""
    return oval(x, y, r, r)


def polygon_mask(corners, window, n):
    """Return which of n by n sample points lie inside a polygon (even-odd rule).

    For every row of samples, the edges that cross it are found; left of a crossing and right of it
    the parity differs. Nothing is rounded: all coordinates are multiplied by 2 n first.

    Parameters
    ----------
    corners : (k, 2) int64, x and y (downwards) in 64ths of a unit
    window : (int, int), where the square that is looked at begins and ends, in units
    n : int, sample points along that side

    Returns
    -------
    (n, n) bool
    """
    start, stop = window
    x0, y0 = ((corners - start * UNIT) * (2 * n)).T
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    half = (stop - start) * UNIT  # half the distance between two samples
    y = half * (2 * np.arange(n) + 1)
    row, edge = np.nonzero((y0 <= y[:, None]) != (y1 <= y[:, None]))
    dx = ((x1 - x0) * np.sign(y1 - y0))[edge]
    dy = np.abs(y1 - y0)[edge]
    crossing = x0[edge] * dy + (y[row] - y0[edge]) * dx  # x of the crossing, times dy
    first = -((half * dy - crossing) // (2 * half * dy))  # the first sample not left of it
    rows, row = np.unique(row, return_inverse=True)
    # bincount wants the machine's own integers, which in a browser have 32 bits.
    places = (row * (n + 1) + np.clip(first, 0, n)).astype(np.intp)
    turns = np.bincount(places, minlength=len(rows) * (n + 1))
    turns = (turns & 1).astype(bool).reshape(-1, n + 1)
    mask = np.zeros((n, n), dtype=bool)
    mask[rows] = np.logical_xor.accumulate(turns, axis=1)[:, :n]
    return mask


def shape_mask(contours, window, n):
    """Return the (n, n) bool mask of a shape; a contour inside another one is a hole."""
    return np.logical_xor.reduce([polygon_mask(corners, window, n) for corners in contours])


def painted(shapes, window, size, paints, outline=None):
    """Paint shapes one over the other.

    Parameters
    ----------
    shapes : list of (paint, contour, ...), a paint being one of `paints`
    window : (int, int), the part of the grid that is looked at
    size : int, pixels along a side
    paints : tuple, of which the first means that nothing is painted
    outline : optional, the paint of a line around everything

    Returns
    -------
    (size, size, P) int64: how many 64ths of each pixel every paint fills
    """
    samples = 8 if size <= 64 else 4
    n = size * samples
    masks = [(paints.index(paint), shape_mask(c, window, n)) for paint, *c in shapes]
    painting = np.zeros((n, n), dtype=np.uint8)
    if outline is not None:
        silhouette = np.logical_or.reduce([mask for _, mask in masks])
        painting[grown(silhouette, n // 36)] = paints.index(outline)
    for index, mask in masks:
        painting[mask] = index
    cells = painting.reshape(size, samples, size, samples)
    counts = [(cells == index).sum(axis=(1, 3)) for index in range(len(paints))]
    return np.stack(counts, axis=2) * (FULL // samples**2)


def grown(mask, r):
    """Return `mask` grown by r samples on all sides, as by a round brush: (n, n) bool."""
    n = len(mask)
    padded = np.pad(mask, ((r, r), (r + 1, r))).astype(np.int32)
    before = np.cumsum(padded, axis=1, dtype=np.int32)  # samples set, up to this column
    out = np.zeros_like(mask)
    for dy in range(-r, r + 1):
        w = isqrt(r * r - dy * dy)
        rows = before[r + dy : r + dy + n]
        out |= rows[:, r + 1 + w : r + 1 + w + n] > rows[:, r - w : r - w + n]
    return out
