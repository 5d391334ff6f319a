"""What a pooled vector has forgotten, and what it need not learn (chapter 3).

Linear probes, fitted in closed form, answer questions about scenes from the features of an encoder:
which kinds and colours there are, whose colour is whose, who is left, who is more.
`python -m experiments.pooling` writes data/logs/pooling.json, in some minutes; EfficientNet-Lite0
takes most of them.
"""

import numpy as np

from captioning.captioner import FeatureScale
from captioning.encoder import EfficientNetLite0, load_eye
from captioning.encoder.eye import look_forward, pixels_to_numbers, scene_labels
from captioning.encoder.probe import probe
from captioning.logs import write_log
from captioning.progress import bar
from captioning.scenes import (
    COLOURS,
    HELD_OUT_COLOURS,
    HELD_OUT_PLACES,
    HERO,
    KINDS,
    PLACES,
    arrange,
    draw,
    draw_batch,
    random_scene,
)

FIT, TEST, NOVEL, BATCH = 6000, 2000, 4000, 250
LITE = (3000, 1000)  # scenes to fit and to test on: EfficientNet takes its time
SEES = {"pixels": 1, "stage 1": 3, "stage 2": 7, "stage 3": 15, "stage 4": 31}  # pixels a side


def two_groups(rng, n, novel=False):
    """Draw n scenes of two groups that differ in kind and in colour."""
    scenes = []
    while len(scenes) < n:
        scene = random_scene(rng, novel)
        kinds, colours = ({getattr(group, name) for group in scene.groups}
                          for name in ("kind", "colour"))
        if len(scene.groups) == len(kinds) == len(colours) == 2:
            scenes.append(scene)
    return scenes


def eye_features(scenes):
    """All that the book's eye knows of scenes, pooled and not: name to (N, F), float64."""
    eye, parts = load_eye(), {}
    for start in bar(range(0, len(scenes), BATCH), "the eye"):
        x = pixels_to_numbers(draw_batch(scenes[start:start + BATCH]))
        vector, grid, caches = look_forward(x, eye.params)
        maps = [x, *(np.maximum(scores, 0) for _, scores in caches[:4])]
        found = {name: values.mean(axis=(1, 2)) for name, values in zip(SEES, maps, strict=True)}
        found |= {"greatest": grid.max(axis=(1, 2)), "vector": vector,
                  "grid": grid.reshape(len(x), -1)}
        for name, values in found.items():
            parts.setdefault(name, []).append(values)
    return {name: np.concatenate(values).astype(float) for name, values in parts.items()}


def alone(scenes):
    """Average what each group gives when drawn without the other: no place sees both."""
    parts = [eye_features([scene._replace(groups=scene.groups[g:g + 1]) for scene in scenes])
             for g in (0, 1)]
    return (parts[0]["stage 4"] + parts[1]["stage 4"]) / 2


def lite_features(scenes):
    """EfficientNet-Lite0's pooled vector and its flattened grid."""
    network, pooled, grids = EfficientNetLite0(), [], []
    for scene in bar(scenes, "EfficientNet"):
        # 448 pixels, averaged two by two: the network wants 224.
        image = draw(scene, 448).reshape(224, 2, 224, 2, 3).mean(axis=(1, 3)).astype(np.uint8)
        vector, grid = network.encode(image)
        pooled.append(vector)
        grids.append(grid.ravel()[::4])  # 3,920 of 15,680: every fourth channel of each place
    return {"Lite0 pooled": np.array(pooled, float), "Lite0 grid": np.array(grids, float)}


class Truth:
    """What the scenes show, as tables of 0 and 1, and which of them a question is fair for."""

    def __init__(self, scenes):
        labels = scene_labels(scenes)
        self.rows = np.arange(len(scenes))
        self.kinds, self.colours = labels[:, [2, 5]], labels[:, [3, 6]]
        self.counts = labels[:, [4, 7]]  # less one
        self.kind = self._marked(len(KINDS), self.kinds)
        self.colour = self._marked(len(COLOURS), self.colours)
        # By place: first the marks of the left or upper group, then those of the other.
        self.placed, self.painted, self.counted = (
            np.concatenate([np.eye(size)[indices[:, g]] for g in (0, 1)], axis=1)
            for size, indices in ((len(KINDS), self.kinds), (len(COLOURS), self.colours),
                                  (3, self.counts)))
        self.number = np.zeros((len(scenes), len(KINDS)))
        self.both = np.zeros((len(scenes), len(KINDS), len(COLOURS)))
        for g in (0, 1):
            self.number[self.rows, self.kinds[:, g]] = self.counts[:, g] + 1
            self.both[self.rows, self.kinds[:, g], self.colours[:, g]] = 1
        # Where the other answer is a combination that no scene shows, a prior would answer.
        never = [[(KINDS[k], COLOURS[c]) in HELD_OUT_COLOURS.items() for c in range(len(COLOURS))]
                 for k in range(len(KINDS))]
        swapped = np.array(never)[self.kinds, self.colours[:, ::-1]]
        self.fair_pair = ~swapped.any(axis=1)
        held = [KINDS.index(kind) for kind in HELD_OUT_PLACES]
        self.fair_place = ~np.isin(self.kinds, held).any(axis=1)
        self.fair_count = self.counts[:, 0] != self.counts[:, 1]

    def _marked(self, size, indices):
        table = np.zeros((len(indices), size))
        table[self.rows[:, None], indices] = 1
        return table


def both_named(scores, true):
    """Whether the two highest scores are those of the two that are there."""
    return (np.sort(np.argsort(-scores, axis=1)[:, :2]) == np.sort(true)).all(axis=1)


def answers(features, truth, fit):
    """Answer every question for every scene: name to (right or wrong (N,), fair (N,))."""
    kinds, colours, rows = truth.kinds, truth.colours, truth.rows[:, None]
    everyone = np.ones(len(rows), bool)
    kind = probe(features, truth.kind, fit)
    colour = probe(features, truth.colour, fit)
    number = probe(features, truth.number, fit)[rows, kinds]
    both = probe(features, truth.both.reshape(len(rows), -1), fit).reshape(truth.both.shape)
    placed, painted, counted = (probe(features, table, fit).reshape(len(rows), 2, -1)
                                for table in (truth.placed, truth.painted, truth.counted))
    # By how much the right order beats the other one.
    first = _margin(placed, kinds)
    in_place = (first > 0) == (_margin(painted, colours) > 0)
    together = both[rows, kinds, colours].sum(1) > both[rows, kinds, colours[:, ::-1]].sum(1)
    mean = counted @ np.arange(3)
    more_in_place = ((mean[:, 0] > mean[:, 1]) == (first > 0)) == (
        truth.counts[:, 0] > truth.counts[:, 1])
    more = (number[:, 0] > number[:, 1]) == (truth.counts[:, 0] > truth.counts[:, 1])
    return {"kinds": (both_named(kind, kinds), everyone),
            "colours": (both_named(colour, colours), everyone),
            "whose colour": (together, truth.fair_pair),
            "whose colour, by place": (in_place, truth.fair_pair & truth.fair_place),
            "who is first": (first > 0, truth.fair_place),
            "who is more": (more, truth.fair_count),
            "who is more, by place": (more_in_place, truth.fair_count & truth.fair_place)}


def _margin(scores, indices):
    rows = np.arange(len(scores))
    right = sum(scores[rows, g, indices[:, g]] for g in (0, 1))
    return right - sum(scores[rows, g, indices[:, 1 - g]] for g in (0, 1))


def shares(found, rows):
    """Share of right answers among the fair questions of some rows."""
    return {name: round(float(right[rows][fair[rows]].mean()), 4)
            for name, (right, fair) in found.items()}


def strangers(scenes):
    """Rows (scene, group) of things in a place where training never shows their kind."""
    return np.array([(n, g) for n, scene in enumerate(scenes)
                     for g, (group, place) in enumerate(zip(scene.groups, PLACES[scene.layout],
                                                            strict=True))
                     if HELD_OUT_PLACES.get(group.kind) == place])


def moved(features, scenes, truth):
    """How often a kind is named right where it was never seen, and where it was."""
    pairs = {"new": strangers(scenes)}
    test = [(n, g) for n in range(FIT, FIT + TEST) for g in (0, 1)
            if scenes[n].groups[g].kind in HELD_OUT_PLACES]
    pairs["known"] = np.array(test)
    kind = probe(features, truth.kind, FIT)
    placed = probe(features, truth.placed, FIT).reshape(len(kind), 2, -1)
    result = {}
    for name, (n, g) in ((name, pair.T) for name, pair in pairs.items()):
        wanted = truth.kinds[n, g]
        named = (np.argsort(-kind[n], axis=1)[:, :2] == wanted[:, None]).any(axis=1)
        result[name] = {"is there": round(float(named.mean()), 4), "things": len(n),
                        "in its place": round(float((placed[n, g].argmax(1) == wanted).mean()), 4)}
    return result


CHANGES = {
    "sides exchanged": arrange("night", (2, "yellow", "star"), (1, "blue", "boat")),
    "a third star": arrange("night", (1, "blue", "boat"), (3, "yellow", "star")),
    "a red boat": arrange("night", (1, "red", "boat"), (2, "yellow", "star")),
    "colours exchanged": arrange("night", (1, "yellow", "boat"), (2, "blue", "star")),
}


def distances(features, hero):
    """How far changed scenes lie from the hero, in typical distances between two scenes.

    Parameters
    ----------
    features : ndarray (2 n, F)
        Of any scenes: they give the scale, and the first n lie a typical distance from the others.
    hero : ndarray (1 + changes, F)
        The hero's features, then those of `CHANGES`.
    """
    scale = FeatureScale.of(features)
    x, hero = scale.apply(features), scale.apply(hero)
    half = len(x) // 2
    typical = np.linalg.norm(x[:half] - x[half:], axis=1).mean()
    return [round(float(d), 4) for d in np.linalg.norm(hero[1:] - hero[0], axis=1) / typical]


def hero_on_its_way():
    """The hero's grid in the three channels that vary most, its average, and its vector."""
    vectors, grids = load_eye().encode(draw_batch([HERO]))
    varied = np.argsort(-grids[0].std(axis=(0, 1)))[:3]
    return {"grid": grids[0][..., varied].round(2).tolist(),
            "mean": grids[0].mean(axis=(0, 1)).round(3).tolist(),
            "vector": vectors[0].round(3).tolist()}


def main():
    """Probe the eye, pooled in every way, and EfficientNet; write the log."""
    scenes = two_groups(np.random.default_rng(0), FIT + TEST)
    novel = [scene for scene in two_groups(np.random.default_rng(1), NOVEL, novel=True)
             if not any((g.kind, g.colour) in HELD_OUT_COLOURS.items() for g in scene.groups)]
    truth, features = Truth(scenes + novel), eye_features(scenes + novel)
    test = slice(FIT, FIT + TEST)
    result = {"sees": SEES, "hero": hero_on_its_way(), "eye": {}, "moved": {}, "lite": {}}
    for name, values in features.items():
        result["eye"][name] = shares(answers(values, truth, FIT), test)
        print(name, result["eye"][name])
    result["alone"] = shares(answers(alone(scenes), Truth(scenes), FIT), test)
    print("alone", result["alone"])
    for name in ("stage 4", "vector", "grid"):
        result["moved"][name] = moved(features[name], scenes + novel, truth)
        print(name, result["moved"][name])
    changed = eye_features([HERO, *CHANGES.values()])
    result["distances"] = {name: dict(zip(CHANGES, distances(features[name][:FIT], changed[name]),
                                          strict=True)) for name in ("stage 4", "vector")}
    print(result["distances"])
    some = [*scenes[:LITE[0]], *scenes[FIT:FIT + LITE[1]]]
    truth = Truth(some)
    for name, values in lite_features(some).items():
        result["lite"][name] = shares(answers(values, truth, LITE[0]), slice(LITE[0], None))
        print(name, result["lite"][name])
    write_log("pooling", result, "python -m experiments.pooling", 0)


if __name__ == "__main__":
    main()
