"""From a scene to its picture (chapter 3, Pictures as numbers).

Each thing is painted once for its kind, colour and size, kept, and then laid over the background:
a few integer blends a picture, so that an endless stream of fresh scenes costs next to nothing.
"""

from functools import cache

import numpy as np

from captioning.scenes.backgrounds import BACKGROUNDS
from captioning.scenes.raster import FULL, painted
from captioning.scenes.scene import SIDE, from_row, to_row
from captioning.scenes.things import COLOURS, FIXED_PAINTS, GRID, KINDS, MARGIN

PAINTS = ("none", "outline", "body", "dark", "light", *FIXED_PAINTS)


def palette(colour):
    """Return the (P, 3) int64 RGB of every paint, for a thing of this colour."""
    body, dark = np.array(COLOURS[colour])
    shades = [0 * body, dark // 2, body, dark, (body + 255) // 2]
    return np.concatenate([shades, list(FIXED_PAINTS.values())]).astype(np.int64)


@cache
def _thing(kind, size):
    window = (-MARGIN, GRID + MARGIN)
    return painted(KINDS[kind](), window, size, PAINTS, outline="outline")


@cache
def sprite(kind, colour, size):
    """Return a thing as (ink, gap): what it adds to a picture and how much shows through.

    Returns
    -------
    ink : (size, size, 3) uint16, RGB times the 64ths of a pixel that are covered
    gap : (size, size, 3) uint16, 64ths that stay free
    """
    thing = _thing(kind, size)
    ink = thing @ palette(colour)
    gap = np.repeat(thing[:, :, :1], 3, axis=2)
    return ink.astype(np.uint16), gap.astype(np.uint16)


@cache
def backdrop(background, side):
    """Return a background, (side, side, 3) uint8."""
    shapes = BACKGROUNDS[background]()
    paints = tuple(dict.fromkeys(rgb for rgb, *_ in shapes))
    summed = painted(shapes, (0, SIDE), side, paints) @ np.array(paints)
    return ((summed + FULL // 2) // FULL).astype(np.uint8)


def _draw_into(picture, scene, zoom):
    picture[...] = backdrop(scene.background, SIDE * zoom)
    for group in scene.groups:
        size = group.size * zoom
        ink, gap = sprite(group.kind, group.colour, size)
        for x, y in group.places:
            patch = picture[y * zoom : y * zoom + size, x * zoom : x * zoom + size]
            patch[...] = (patch * gap + ink + FULL // 2) // FULL


def draw(scene, size=SIDE):
    """Draw a scene.

    Parameters
    ----------
    scene : Scene
    size : int, pixels along a side, a multiple of 64

    Returns
    -------
    (size, size, 3) uint8, RGB

    Raises
    ------
    ValueError
        If the scene cannot be drawn, or `size` is not a positive multiple of 64.
    """
    if size < SIDE or size % SIDE:
        raise ValueError(f"size: got {size}, wanted a positive multiple of {SIDE}")
    picture = np.empty((size, size, 3), dtype=np.uint8)
    _draw_into(picture, from_row(to_row(scene)), size // SIDE)
    return picture


def draw_batch(scenes):
    """Draw many scenes: (N, 64, 64, 3) uint8."""
    pictures = np.empty((len(scenes), SIDE, SIDE, 3), dtype=np.uint8)
    for picture, scene in zip(pictures, scenes, strict=True):
        _draw_into(picture, scene, 1)
    return pictures
