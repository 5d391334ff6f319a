"""How an average tells left from right, and who never met a cup on the right (chapter 3).

Clues are taken away one by one: the other group in a place's view, the ground (sky above, hills
below), and the border of zeros. A probe is fitted anew each time. Then probes are asked for things
where training never shows them, fitted without such scenes and with some.
`python -m experiments.whereabouts` writes data/logs/whereabouts.json, in some minutes.
"""

import numpy as np

from captioning.encoder import load_eye
from captioning.encoder.convolution import conv_forward
from captioning.encoder.eye import STRIDES, pixels_to_numbers
from captioning.encoder.probe import probe
from captioning.logs import write_log
from captioning.progress import bar
from captioning.scenes import HELD_OUT_COLOURS, draw_batch
from captioning.scenes.drawing import backdrop, sprite
from captioning.scenes.raster import FULL
from captioning.scenes.scene import HELD_OUT_PLACES, SIDE
from experiments.pooling import (
    BATCH,
    FIT,
    NOVEL,
    TEST,
    Truth,
    answers,
    eye_features,
    shares,
    strangers,
    two_groups,
)

# A multiple of the places' 8 pixels: every place then sees things at the same offsets as before.
MARGIN = 24
CLUES = {  # of the ways to see a scene: each group by itself? on plain ground? without a border?
    "all": (False, False, False),
    "alone": (True, False, False),
    "alone, plain": (True, True, False),
    "alone, no border": (True, False, True),
    "alone, plain, no border": (True, True, True),
    "plain, no border": (False, True, True),
}
QUESTIONS = ("whose colour", "who is more", "who is first")


def on_plain_ground(scene):
    """Draw a scene on its background's mean colour, (64, 64, 3) uint8."""
    mean = backdrop(scene.background, SIDE).mean(axis=(0, 1)).round().astype(np.uint8)
    image = np.tile(mean, (SIDE, SIDE, 1))
    for group in scene.groups:
        ink, gap = sprite(group.kind, group.colour, group.size)
        for x, y in group.places:
            patch = image[y:y + group.size, x:x + group.size]
            patch[...] = (patch * gap + ink + FULL // 2) // FULL
    return image


def averages(scenes, plain, endless):
    """The average of the eye's grid over its places, (N, 64).

    If endless, the picture's edge is continued on all sides, and the average is over the places
    that may see a thing; none of them sees the border of zeros.
    """
    params, found = load_eye().params, []
    for start in bar(range(0, len(scenes), BATCH), "the eye"):
        some = scenes[start:start + BATCH]
        images = np.stack([*map(on_plain_ground, some)]) if plain else draw_batch(some)
        if endless:
            sides = (MARGIN, MARGIN)
            images = np.pad(images, ((0, 0), sides, sides, (0, 0)), mode="edge")
        grid = pixels_to_numbers(images)
        for k, stride in enumerate(STRIDES, start=1):
            grid = np.maximum(0, conv_forward(grid, params[f"w{k}"], params[f"b{k}"], stride)[0])
        inner = slice(2, -1) if endless else slice(None)
        found.append(grid[:, inner, inner].mean(axis=(1, 2)))
    return np.concatenate(found).astype(float)


def seen(scenes, alone, plain, endless):
    """Averages of scenes, or the mean of the averages of their groups, each drawn by itself."""
    if not alone:
        return averages(scenes, plain, endless)
    return np.mean([averages([scene._replace(groups=(scene.groups[g],)) for scene in scenes],
                             plain, endless) for g in (0, 1)], axis=0)


def named(features, truth, fit, pairs):
    """How often a thing's kind is among the probe's two likeliest, for pairs (scene, group)."""
    n, g = np.array(pairs).T
    kind = probe(features, truth.kind, fit)
    return float((np.argsort(-kind[n], axis=1)[:, :2] == truth.kinds[n, g][:, None])
                 .any(axis=1).mean())


def met(features, scenes, truth, shown):
    """Name things in places that are new, from a probe that was shown some such scenes, or none.

    Parameters
    ----------
    features : ndarray (N, F)
        Of scenes: ``shown`` novel ones, then FIT + TEST ordinary ones, then other novel ones.
    """
    rest = shown + FIT + TEST
    new = [(n, g) for n, g in strangers(scenes) if n >= rest]
    known = [(n, g) for n in range(shown + FIT, rest) for g in (0, 1)
             if scenes[n].groups[g].kind in HELD_OUT_PLACES]
    # Both probes are fitted on as many scenes.
    without = slice(shown, None)
    later = {name: [(n - shown, g) for n, g in pairs]
             for name, pairs in (("known", known), ("new", new))}
    part = Truth(scenes[without])
    return {
        "never met": {name: round(named(features[without], part, FIT, pairs), 4)
                      for name, pairs in later.items()},
        "met": {name: round(named(features, truth, FIT, pairs), 4)
                for name, pairs in (("known", known), ("new", new))},
        "things": {"known": len(known), "new": len(new)}}


def main():
    """Take the clues away, meet strangers, write the log."""
    scenes = two_groups(np.random.default_rng(0), FIT + TEST)
    truth, test = Truth(scenes), slice(FIT, FIT + TEST)
    result = {"asked": {}, "clues": {}, "met": {}}
    for name, clues in CLUES.items():
        found = answers(seen(scenes, *clues), truth, FIT)
        result["clues"][name] = {q: shares(found, test)[q] for q in QUESTIONS}
        result["asked"] = {q: int(found[q][1][test].sum()) for q in QUESTIONS}
        print(name, result["clues"][name], flush=True)
    novel = [scene for scene in two_groups(np.random.default_rng(1), NOVEL, novel=True)
             if not any((g.kind, g.colour) in HELD_OUT_COLOURS.items() for g in scene.groups)]
    shown = len(novel) // 2
    scenes = [*novel[:shown], *scenes, *novel[shown:]]
    truth, features = Truth(scenes), eye_features(scenes)
    for name in ("stage 4", "vector", "grid"):
        result["met"][name] = met(features[name], scenes, truth, shown)
        print(name, result["met"][name], flush=True)
    write_log("whereabouts", result, "python -m experiments.whereabouts", 0)


if __name__ == "__main__":
    main()
