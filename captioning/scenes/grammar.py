"""What people say about a scene: five sentences a picture (chapter 3, Pictures as numbers).

A sentence follows one of the `PATTERNS`. A word in capitals is a slot, in brackets if it may stay
empty: A and B are groups of things; every other slot has its phrases in `PHRASES`, listed under
what they mean. The judge reads sentences with the same tables, so what can be said is understood.
"""

from typing import NamedTuple

from captioning.scenes.scene import PLACES

MAX_WORDS = 16  # with <START> and <END>, 18

NOUNS = {  # (one, several), then the same for a synonym
    "boat": (("boat", "boats"), ("sailboat", "sailboats")),
    "star": (("star", "stars"),),
    "house": (("house", "houses"),),
    "tree": (("tree", "trees"),),
    "car": (("car", "cars"),),
    "fish": (("fish", "fish"),),
    "bird": (("bird", "birds"),),
    "flower": (("flower", "flowers"),),
    "mushroom": (("mushroom", "mushrooms"), ("toadstool", "toadstools")),
    "umbrella": (("umbrella", "umbrellas"),),
    "cup": (("cup", "cups"), ("mug", "mugs")),
    "balloon": (("balloon", "balloons"),),
    "heart": (("heart", "hearts"),),
    "key": (("key", "keys"),),
}

COUNTS = {1: ("a", "one"), 2: ("two", "a pair of", "a couple of"), 3: ("three",)}

_PICTURE = ("a picture of", "a drawing of")
_SEEN = (*_PICTURE, "this picture shows", "i see", "we see", "you can see")

PHRASES = {  # aspect: slot: meaning: phrases, the most common first
    "number of A": {
        "OPENING": {"one": ("there is", "here is", *_SEEN),
                    "several": ("there are", "here are", *_SEEN)},
        "THERE": {"one": ("there is", "we see"), "several": ("there are", "we see")},
        "TITLE": {"one": _PICTURE, "several": _PICTURE},
        "BE": {"one": ("is",), "several": ("are",)},
        "IT": {"one": ("it",), "several": ("them",)},
        "ITS": {"one": ("on its", "to its"), "several": ("on their", "to their")},
    },
    "place of A": {
        "RELATION": {"left": ("left of", "to the left of", "on the left of"),
                     "right": ("right of", "to the right of", "on the right of"),
                     "above": ("above", "over"),
                     "below": ("below", "under", "beneath")},
        "SEEN_FROM": {"left": ("to the left of", "on the left of"),
                      "right": ("to the right of", "on the right of"),
                      "above": ("above", "over"),
                      "below": ("below", "under", "beneath")},
        "A_SIDE": {"left": ("on the left",), "right": ("on the right",),
                   "above": ("at the top",), "below": ("at the bottom",)},
    },
    "place of B": {
        "B_SIDE": {"left": ("on the left",), "right": ("on the right",),
                   "above": ("at the top",), "below": ("at the bottom",)},
        "HAND": {"left": ("left",), "right": ("right",)},
        "OVER": {"above": ("above", "over"), "below": ("below", "under", "beneath")},
    },
    "background": {
        "WHERE": {"day": ("on a sunny day", "during the day", "in the sun"),
                  "night": ("at night", "in the dark", "on a dark night"),
                  "sea": ("by the sea", "at the seaside", "near the water"),
                  "snow": ("in the snow", "on a snowy day", "in winter")},
        "SCENE": {"day": ("a sunny day",), "night": ("a dark night",),
                  "sea": ("the sea",), "snow": ("a snowy day",)},
    },
}

_WEIGHTED_PATTERNS = {
    "[OPENING] A RELATION B [WHERE]": 24,
    "A BE RELATION B [WHERE]": 12,
    "WHERE THERE A RELATION B": 8,
    "WHERE A BE RELATION B": 6,
    "SEEN_FROM B THERE A [WHERE]": 6,
    "[TITLE] SCENE with A RELATION B": 6,
    "[OPENING] A with B ITS HAND [WHERE]": 8,
    "[OPENING] A WHERE with B ITS HAND": 4,
    "[OPENING] A with B OVER IT [WHERE]": 8,
    "[OPENING] A WHERE with B OVER IT": 4,
    "[OPENING] A A_SIDE and B B_SIDE [WHERE]": 6,
    "A_SIDE THERE A and B_SIDE B": 4,
    "[OPENING] A and B [WHERE]": 6,
    "[TITLE] SCENE with A and B": 2,
    "[OPENING] A A_SIDE [WHERE]": 3,
    "[OPENING] A [WHERE]": 4,
    "WHERE THERE A": 2,
    "[TITLE] SCENE with A": 2,
}

PATTERNS = tuple(_WEIGHTED_PATTERNS)
SLOTS = {s: (aspect, table) for aspect, slots in PHRASES.items() for s, table in slots.items()}


class Noun(NamedTuple):
    """What a sentence says of a group; `colour` is None where it names none."""

    kind: str
    colour: str | None
    count: int


class Claim(NamedTuple):
    """What a sentence says: one or two nouns, the place of each or None, the background or None."""

    nouns: tuple
    places: tuple
    background: str | None


def meaning(aspect, claim):
    """Return what a claim means in one aspect: the key under which `PHRASES` lists its phrases."""
    if aspect == "number of A":
        return "one" if claim.nouns[0].count == 1 else "several"
    if aspect == "background":
        return claim.background
    return claim.places[0 if aspect == "place of A" else 1]


def _suits(pattern, layout):
    """Tell whether a pattern can be said of scenes with this layout."""
    slots = pattern.replace("[", "").replace("]", "").split()
    tables = [SLOTS[slot][1] for slot in slots if SLOTS.get(slot, ("",))[0].startswith("place")]
    places = PLACES[layout]
    return ("B" not in slots or len(places) == 2) and all(set(places) <= set(t) for t in tables)


_SUITABLE = {  # a pattern of weight 4 stands there four times
    layout: [p.split() for p in PATTERNS if _suits(p, layout) for _ in range(_WEIGHTED_PATTERNS[p])]
    for layout in PLACES
}


def _choose(options, die):
    """Take the first option half of the time, else any."""
    return options[0] if die % 2 else options[die // 2 % len(options)]


def _noun_phrase(noun, dice):
    count, synonym, colour = (next(dice) for _ in range(3))
    words = _choose(NOUNS[noun.kind], synonym)[noun.count > 1]
    if colour % 8:  # one in eight names no colour
        words = f"{noun.colour} {words}"
    number = _choose(COUNTS[noun.count], count)
    return f"{'an' if number == 'a' and words[0] in 'aeiou' else number} {words}"


def _slot_words(slot, claim, dice):
    if slot in ("A", "B"):
        return _noun_phrase(claim.nouns["AB".index(slot)], dice)
    if slot not in SLOTS:
        return slot
    aspect, table = SLOTS[slot]
    return _choose(table[meaning(aspect, claim)], next(dice))


def _sentence(scene, dice):
    pattern = _SUITABLE[scene.layout][next(dice) % len(_SUITABLE[scene.layout])]
    order = -1 if next(dice) % 2 else 1
    nouns = tuple(Noun(g.kind, g.colour, g.count) for g in scene.groups)[::order]
    claim = Claim(nouns, PLACES[scene.layout][::order], scene.background)
    kept = [part for part in pattern if part[0] != "[" or next(dice) % 3]
    return " ".join(_slot_words(part.strip("[]"), claim, dice) for part in kept)


def captions(scene, rng, n=5):
    """Say n different things about a scene, all of them true.

    Parameters
    ----------
    scene : Scene
    rng : numpy.random.Generator, of which only `integers` is called
    n : int

    Returns
    -------
    list of n str, lower-case words separated by blanks, 16 words at most
    """
    said = []
    while len(said) < n:
        dice = iter(rng.integers(0, 1 << 30, size=24).tolist())
        sentence = _sentence(scene, dice)
        if sentence not in said and sentence.count(" ") < MAX_WORDS:
            said.append(sentence)
    return said
