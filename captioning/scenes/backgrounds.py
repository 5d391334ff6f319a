"""What stands behind the things: pale day, sea and snow, and a dark night (chapter 3).

A background is a list of (RGB, contour, ...) on a grid of 64 units, painted in order. Its colours
are pale (or, at night, dark), so that every thing of every colour stands out.
"""

from captioning.scenes.raster import curve, disc, oval, polygon

_ALL = polygon((0, 0), (64, 0), (64, 64), (0, 64))


def _ground(*tops):
    """Return hilly ground, down to the bottom, its upper edge a curve through `tops`."""
    (_, left), (_, right) = tops[0], tops[-1]
    return curve((-4, 70), (-4, 70), (-4, left), (-4, left), *tops, (68, right), (68, right),
                 (68, 70), (68, 70))


def _day():
    return [
        ((206, 234, 252), _ALL),
        ((255, 240, 170), disc(8, 8, 6)),
        ((244, 251, 255), oval(44, 9, 8, 3)),
        ((244, 251, 255), oval(48, 7, 5, 3)),
        ((216, 240, 196), _ground((0, 43), (14, 34), (34, 46), (52, 36), (64, 41))),
        ((204, 232, 180), _ground((0, 57), (20, 50), (44, 58), (64, 53))),
    ]


_SPARKS = ((6, 20), (17, 7), (26, 17), (38, 5), (41, 27), (58, 24), (10, 38), (25, 44), (52, 41),
           (31, 33), (61, 50), (4, 49))


def _night():
    sky = (42, 52, 108)
    sparks = [curve((x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)) for x, y in _SPARKS]
    return [
        (sky, _ALL),
        *[((160, 168, 214), spark) for spark in sparks],
        ((240, 236, 210), disc(53, 11, 8)),
        (sky, disc(57, 8, 7)),
        ((30, 38, 84), _ground((0, 56), (16, 48), (36, 60), (52, 50), (64, 55))),
    ]


def _wave(y, shift):
    crest = [(x + shift, y + 3 * (i % 2)) for i, x in enumerate(range(-8, 80, 4))]
    return curve(*crest, *[(x, y + 1) for x, y in reversed(crest)])


def _sea():
    return [
        ((232, 246, 250), _ALL),
        ((176, 222, 234), polygon((0, 24), (64, 24), (64, 64), (0, 64))),
        *[((226, 244, 248), _wave(y, x)) for y, x in ((29, 0), (38, 3), (48, 1), (58, 2))],
    ]


_FLAKES = ((5, 6), (15, 14), (27, 4), (36, 16), (47, 7), (57, 17), (9, 26), (22, 25), (44, 28),
           (60, 34), (31, 32), (3, 37))


def _snow():
    return [
        ((206, 216, 228), _ALL),
        ((236, 242, 248), _ground((0, 45), (18, 34), (40, 46), (56, 36), (64, 42))),
        ((250, 252, 255), _ground((0, 59), (22, 50), (46, 60), (64, 53))),
        *[((255, 255, 255), disc(x, y, 1)) for x, y in _FLAKES],
    ]


BACKGROUNDS = {"day": _day, "night": _night, "sea": _sea, "snow": _snow}
