"""A scene: what a picture shows, said in full, and how scenes are drawn at random (chapter 3).

One or two groups of things stand before a background; a group is one to three things of one kind
and one colour. Two groups stand side by side or one above the other, and the first group is always
the left or the upper one. A scene names every position, so its picture can be drawn again from it.

Some combinations never occur in training: `HELD_OUT_COLOURS` (a kind in a colour) and
`HELD_OUT_PLACES` (a kind in a place). Scenes with one of them are called novel.
"""

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

PLACES = {"single": (None,), "horizontal": ("left", "right"), "vertical": ("above", "below")}
_SIZES = {1: (22, 26), 2: (18, 22), 3: (18, 18)}  # pixels, by how many share the space
_MEMBERS = 3  # at most, in a group
ROW_LENGTH = 2 + 2 * (4 + 2 * _MEMBERS)


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


def to_row(scene):
    """Pack a scene into (22,) uint8.

    Background, layout, and for each of two groups: kind, colour, count, size, three times x and y.
    All are indices into this module's tuples or numbers of pixels; what is not there is 0.
    """
    row = np.zeros(ROW_LENGTH, dtype=np.uint8)
    row[:2] = BACKGROUNDS.index(scene.background), LAYOUTS.index(scene.layout)
    for start, group in zip((2, 12), scene.groups, strict=False):
        numbers = [KINDS.index(group.kind), COLOURS.index(group.colour), group.count, group.size]
        numbers += [v for place in group.places for v in place]
        row[start : start + len(numbers)] = numbers
    return row


def _group_from(numbers):
    kind, colour, count, size, *flat = (int(v) for v in numbers)
    if not 1 <= count <= _MEMBERS:
        raise ValueError(f"row: got a group of {count} things, wanted 1 to {_MEMBERS}")
    places = tuple(zip(flat[: 2 * count : 2], flat[1 : 2 * count : 2], strict=True))
    return Group(KINDS[kind], COLOURS[colour], size, places)


def from_row(row):
    """Unpack what `to_row` packed.

    Raises
    ------
    ValueError
        If `row` is not a scene.
    """
    row = np.asarray(row)
    if row.shape != (ROW_LENGTH,):
        raise ValueError(f"row: got shape {row.shape}, wanted ({ROW_LENGTH},)")
    try:
        layout = LAYOUTS[row[1]]
        groups = tuple(_group_from(row[s : s + 10]) for s in (2, 12)[: len(PLACES[layout])])
        return Scene(BACKGROUNDS[row[0]], layout, groups)
    except IndexError:
        raise ValueError(f"row: got {row.tolist()}, which names no scene") from None


def is_novel(scene):
    """Tell whether a scene holds a combination that training never shows."""
    places = PLACES[scene.layout]
    return any(
        HELD_OUT_COLOURS[group.kind] == group.colour or HELD_OUT_PLACES.get(group.kind) == place
        for group, place in zip(scene.groups, places, strict=True)
    )


def _spread(low, high, size, chance):
    """Return a corner in low..high-size, near the middle if there is much room."""
    room = high - low - size
    slack = min(room - 2, 10)
    return low + (room - slack) // 2 + chance % (slack + 1)


def _places(box, count, size, in_a_row, chances):
    """Return `count` corners that share the box (x0, y0, x1, y1) evenly, in a row or a column."""
    x0, y0, x1, y1 = box
    places = []
    for i in range(count):
        a, b = chances[2 * i], chances[2 * i + 1]
        if in_a_row:
            left, right = x0 + i * (x1 - x0) // count, x0 + (i + 1) * (x1 - x0) // count
            places.append((_spread(left, right, size, a), _spread(y0, y1, size, b)))
        else:
            top, bottom = y0 + i * (y1 - y0) // count, y0 + (i + 1) * (y1 - y0) // count
            places.append((_spread(x0, x1, size, a), _spread(top, bottom, size, b)))
    return tuple(places)


_BOXES = {
    "single": ((0, 0, 64, 64),),
    "horizontal": ((0, 0, 32, 64), (32, 0, 64, 64)),
    "vertical": ((0, 0, 64, 32), (0, 32, 64, 64)),
}
_GROUP_CHANCES = np.array([len(KINDS), len(COLOURS), 3, 2] + [1 << 30] * 2 * _MEMBERS)
_CHANCES = np.concatenate([[len(BACKGROUNDS), 8, 2], _GROUP_CHANCES, _GROUP_CHANCES])


def _any_scene(rng):
    """Draw a scene, any at all: one integer for every choice, whether it is used or not."""
    background, layout, in_a_row, *chances = rng.integers(0, _CHANCES).tolist()
    layout = LAYOUTS[(layout > 0) + (layout > 4)]  # 1 in 8 single, 4 horizontal, 3 vertical
    in_a_row = layout == "vertical" or (layout == "single" and in_a_row == 1)
    groups = []
    for box, g in zip(_BOXES[layout], (chances[:10], chances[10:]), strict=False):
        count = g[2] + 1
        size = _SIZES[count][g[3]]
        places = _places(box, count, size, in_a_row, g[4:])
        groups.append(Group(KINDS[g[0]], COLOURS[g[1]], size, places))
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
