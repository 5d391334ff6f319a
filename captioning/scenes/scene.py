"""A scene: what a picture shows, said in full, and how scenes are drawn at random (chapter 3).

One or two groups of things stand before a background; a group is one to three things of one kind
and one colour. Two groups stand side by side or one above the other, and the first group is always
the left or the upper one. A scene names every position, so its picture can be drawn again from it.

Some combinations never occur in training: `HELD_OUT_COLOURS` (a kind in a colour) and
`HELD_OUT_PLACES` (a kind in a place). Scenes with one of them are called novel.
"""

from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

KINDS = ("boat", "star", "house", "tree", "car", "fish", "bird", "flower", "mushroom", "umbrella",
         "cup", "balloon", "heart", "key")
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")
BACKGROUNDS = ("day", "night", "sea", "snow")
LAYOUTS = ("single", "horizontal", "vertical")

HELD_OUT_COLOURS = {
    "boat": "green", "star": "pink", "house": "purple", "tree": "orange", "car": "yellow",
    "fish": "brown", "bird": "red", "flower": "blue", "mushroom": "yellow", "umbrella": "green",
    "cup": "pink", "balloon": "orange", "heart": "brown", "key": "blue",
}
HELD_OUT_PLACES = {"car": "left", "fish": "above", "cup": "right", "bird": "below"}

SIDE = 64  # pixels along a side of a picture
MOST = 3  # things in a group
PLACES = {"single": (None,), "horizontal": ("left", "right"), "vertical": ("above", "below")}

_BOXES = {  # x0, y0, x1, y1 of the part of the picture that a group has for itself
    "single": ((0, 0, 64, 64),),
    "horizontal": ((0, 0, 32, 64), (32, 0, 64, 64)),
    "vertical": ((0, 0, 64, 32), (0, 32, 64, 64)),
}
_SIZES = {1: (22, 26), 2: (18, 22), 3: (18, 18)}  # pixels, by how many share the box
_GROUP_LENGTH = 4 + 2 * MOST
ROW_LENGTH = 2 + 2 * _GROUP_LENGTH


class Group(NamedTuple):
    """Things of one kind and one colour, `size` pixels wide, their upper left corners in places."""

    kind: str
    colour: str
    size: int
    places: tuple

    @property
    def count(self):
        """How many things: 1 to 3."""
        return len(self.places)


class Scene(NamedTuple):
    """A background, a layout and one or two groups, the left or upper one first."""

    background: str
    layout: str
    groups: tuple


def _index(names, name, what):
    if name not in names:
        raise ValueError(f"scene: got {what} {name!r}, wanted one of {', '.join(names)}")
    return names.index(name)


def to_row(scene):
    """Pack a scene into (22,) uint8.

    Background, layout, and for each of two groups: kind, colour, count, size, three times x and y.
    All are indices into this module's tuples or numbers of pixels; what is not there is 0.

    Raises
    ------
    ValueError
        If the scene names what cannot be drawn.
    """
    row = np.zeros(ROW_LENGTH, dtype=np.uint8)
    row[0] = _index(BACKGROUNDS, scene.background, "background")
    row[1] = _index(LAYOUTS, scene.layout, "layout")
    wanted = len(PLACES[scene.layout])
    if len(scene.groups) != wanted:
        raise ValueError(f"scene: got {len(scene.groups)} groups, wanted {wanted}")
    for start, group in zip((2, 2 + _GROUP_LENGTH), scene.groups, strict=False):
        row[start] = _index(KINDS, group.kind, "kind")
        row[start + 1] = _index(COLOURS, group.colour, "colour")
        numbers = [group.count, group.size, *(v for place in group.places for v in place)]
        if not (1 <= group.count <= MOST and 0 <= min(numbers) and max(numbers) < SIDE):
            raise ValueError(f"scene: got {group}, wanted 1 to {MOST} things in the picture")
        row[start + 2 : start + 2 + len(numbers)] = numbers
    return row


def _group_from(numbers):
    kind, colour, count, size, *flat = numbers
    flat = flat[: 2 * count]
    if not 1 <= count <= MOST:
        raise ValueError(f"row: got a group of {count} things, wanted 1 to {MOST}")
    if not 16 <= size <= 32 or max(flat) > SIDE - size:
        raise ValueError(f"row: got a thing of {size} pixels at {flat}, wanted it in the picture")
    places = tuple(zip(flat[::2], flat[1::2], strict=True))
    return Group(KINDS[kind], COLOURS[colour], size, places)


def from_row(row):
    """Unpack what `to_row` packed.

    Raises
    ------
    ValueError
        If `row` is not a scene.
    """
    row = np.asarray(row)
    if row.shape != (ROW_LENGTH,) or row.dtype != np.uint8:
        raise ValueError(f"row: got {row.dtype} {row.shape}, wanted uint8 ({ROW_LENGTH},)")
    try:
        background, layout, *numbers = row.tolist()
        groups = (numbers[:_GROUP_LENGTH], numbers[_GROUP_LENGTH:])[: len(PLACES[LAYOUTS[layout]])]
        return Scene(BACKGROUNDS[background], LAYOUTS[layout], tuple(map(_group_from, groups)))
    except IndexError:
        raise ValueError(f"row: got {row.tolist()}, which names no scene") from None


def is_novel(scene):
    """Tell whether a scene holds a combination that training never shows."""
    return any(
        (group.kind, group.colour) in HELD_OUT_COLOURS.items()
        or (group.kind, place) in HELD_OUT_PLACES.items()
        for group, place in zip(scene.groups, PLACES[scene.layout], strict=True)
    )


@cache
def _cells(box, count, in_a_row):
    """Cut a box into `count` equal cells, side by side or one above the other."""
    x0, y0, x1, y1 = box
    xs = [x0 + i * (x1 - x0) // count for i in range(count + 1)]
    ys = [y0 + i * (y1 - y0) // count for i in range(count + 1)]
    if in_a_row:
        return [(left, y0, right, y1) for left, right in pairwise(xs)]
    return [(x0, top, x1, bottom) for top, bottom in pairwise(ys)]


def _spread(low, high, size, die):
    """Return where `size` pixels begin in low..high: by chance near the middle, or right there."""
    room = high - low - size
    slack = min(room - 2, 10)  # so little that "left of" never looks like "above"
    return low + (room - slack) // 2 + (slack // 2 if die is None else die % (slack + 1))


def _group(kind, colour, size, cells, dice):
    """Return a group with one member in each cell; two dice a member."""
    places = tuple(
        (_spread(x0, x1, size, dice[2 * i]), _spread(y0, y1, size, dice[2 * i + 1]))
        for i, (x0, y0, x1, y1) in enumerate(cells)
    )
    return Group(kind, colour, size, places)


def arrange(background, *groups, layout="horizontal"):
    """Make a scene by hand, every thing in the middle of its cell and as large as it may be.

    Parameters
    ----------
    background : str
    groups : one or two tuples (count, colour, kind), the left or upper one first
    layout : str, "horizontal" or "vertical"; one group stands in a row or a column

    Returns
    -------
    Scene

    Raises
    ------
    ValueError
        If there is no such scene.
    """
    if layout not in LAYOUTS[1:]:
        raise ValueError(f"layout: got {layout!r}, wanted horizontal or vertical")
    if len(groups) not in (1, 2) or any(group[0] not in _SIZES for group in groups):
        raise ValueError(f"groups: got {groups}, wanted one or two of 1 to {MOST} things")
    in_a_row = (layout == "vertical") == (len(groups) == 2)
    layout = layout if len(groups) == 2 else "single"
    made = tuple(
        _group(kind, colour, _SIZES[count][1], _cells(box, count, in_a_row), [None] * 2 * MOST)
        for box, (count, colour, kind) in zip(_BOXES[layout], groups, strict=True)
    )
    return from_row(to_row(Scene(background, layout, made)))


_GROUP_CHANCES = (len(KINDS), len(COLOURS), MOST, 2) + (1 << 30,) * 2 * MOST
_CHANCES = np.array((len(BACKGROUNDS), 8, 2) + _GROUP_CHANCES * 2)


def _any_scene(rng):
    """Draw a scene, any at all: one integer for every choice, whether it is used or not."""
    background, eighth, either, *dice = rng.integers(0, _CHANCES).tolist()
    layout = LAYOUTS[(eighth > 0) + (eighth > 4)]  # of 8 scenes, 1 single, 4 horizontal, 3 vertical
    in_a_row = layout == "vertical" or (layout == "single" and either == 1)
    groups = []
    for box, d in zip(_BOXES[layout], (dice[:_GROUP_LENGTH], dice[_GROUP_LENGTH:]), strict=False):
        count = d[2] + 1
        cells = _cells(box, count, in_a_row)
        groups.append(_group(KINDS[d[0]], COLOURS[d[1]], _SIZES[count][d[3]], cells, d[4:]))
    return Scene(BACKGROUNDS[background], layout, tuple(groups))


def random_scene(rng, novel=False):
    """Draw a scene at random: as in training, or (`novel`) with a held-out combination.

    Two groups never share both kind and colour.

    Parameters
    ----------
    rng : numpy.random.Generator, of which only `integers` is called
    novel : bool

    Returns
    -------
    Scene
    """
    while True:
        scene = _any_scene(rng)
        looks = {(group.kind, group.colour) for group in scene.groups}
        if is_novel(scene) == novel and len(looks) == len(scene.groups):
            return scene


def random_scenes(rng, n, novel=False):
    """Draw n scenes, as a list."""
    return [random_scene(rng, novel) for _ in range(n)]


HERO = arrange("night", (1, "blue", "boat"), (2, "yellow", "star"))  # the book's own scene
