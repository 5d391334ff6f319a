"""The scenes' data set: scenes, their captions, and both as arrays (chapters 2 and 3).

Everything follows from a seed. Each split has random numbers of its own, so that its scenes are
the same however large the others are; no scene occurs twice, in one split or in two.
"""

from typing import NamedTuple

import numpy as np

from captioning.progress import bar
from captioning.scenes.drawing import draw_batch
from captioning.scenes.grammar import MAX_WORDS, captions
from captioning.scenes.scene import from_row, random_scene, to_row
from captioning.vocabulary import build_vocabulary, encode

SPLITS = ("train", "val", "test", "novel")
SIZES = {"train": 34_000, "val": 1_000, "test": 1_000, "novel": 1_000}
CAPTIONS = 5  # a scene
LENGTH = MAX_WORDS + 2
BATCH = 256  # pictures drawn and encoded at a time


class Split(NamedTuple):
    """Scenes, and five sentences for each."""

    scenes: list
    captions: list


def _fresh_scene(rng, novel, seen):
    while True:
        scene = random_scene(rng, novel)
        if scene not in seen:
            seen.add(scene)
            return scene


def make_scenes(sizes=SIZES, seed=0):
    """Make the scenes and the captions of each split.

    Parameters
    ----------
    sizes : dict of str to int, how many scenes of "train", "val", "test" and "novel"
    seed : int

    Returns
    -------
    dict of str to Split

    Raises
    ------
    ValueError
        If `sizes` names another split, or one of it is no positive number.
    """
    if set(sizes) - set(SPLITS) or any(n < 1 for n in sizes.values()):
        raise ValueError(f"sizes: got {sizes}, wanted positive numbers of {', '.join(SPLITS)}")
    seen = set()
    made = {}
    for number, split in enumerate(SPLITS):
        rng = np.random.default_rng([seed, number])
        made[split] = Split([], [])
        for _ in range(sizes.get(split, 0)):
            scene = _fresh_scene(rng, split == "novel", seen)
            made[split].scenes.append(scene)
            made[split].captions.append(captions(scene, rng, CAPTIONS))
    return {split: made[split] for split in SPLITS if split in sizes}


def scenes_vocabulary(made):
    """Return the words of a data set's training captions, with the four special ones in front.

    Raises
    ------
    ValueError
        If there is no training split.
    """
    if "train" not in made:
        raise ValueError(f"made: got {', '.join(made)}, wanted train among them")
    return build_vocabulary([s.split() for five in made["train"].captions for s in five])


def _features(scenes, look):
    starts = bar(range(0, len(scenes), BATCH), "features")
    return np.concatenate([look(draw_batch(scenes[i : i + BATCH])) for i in starts])


def scene_arrays(made, look, vocabulary=None):
    """Turn scenes and captions into the arrays of a data set, ready for `write_dataset`.

    Parameters
    ----------
    made : dict of str to Split
    look : function from pictures (N, 64, 64, 3) uint8 to features (N, F); kept as float16
    vocabulary : list of str, optional; by default the words of the training captions

    Returns
    -------
    dict of str to ndarray or list of str
        For each split `{split}_captions` (n, 18) uint8, `{split}_image_idxs` (n,) int32,
        `{split}_features` (m, F) float16, `{split}_scenes` (m, 22) uint8, and for all but train
        `{split}_sentences` (n,); n = 5 m. And `vocabulary`.
    """
    vocabulary = vocabulary or scenes_vocabulary(made)
    word_to_idx = {word: i for i, word in enumerate(vocabulary)}
    arrays = {"vocabulary": vocabulary}
    for split, (scenes, said) in made.items():
        sentences = [sentence for five in said for sentence in five]
        rows = [encode(sentence.split(), word_to_idx, LENGTH) for sentence in sentences]
        arrays[f"{split}_captions"] = np.array(rows, dtype=np.uint8)
        arrays[f"{split}_image_idxs"] = np.repeat(np.arange(len(scenes), dtype=np.int32), CAPTIONS)
        arrays[f"{split}_features"] = _features(scenes, look).astype(np.float16)
        arrays[f"{split}_scenes"] = np.stack([to_row(scene) for scene in scenes])
        if split != "train":
            arrays[f"{split}_sentences"] = sentences
    return arrays


def scenes_from(rows):
    """Unpack the rows of `{split}_scenes`: a list of Scene."""
    return [from_row(row) for row in rows]
