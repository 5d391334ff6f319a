"""A scene retold: truly in other words, or falsely by one word (chapter 12, Judging)."""

import re

from captioning.scenes.grammar import captions
from captioning.scenes.judge import judge
from captioning.scenes.scene import COLOURS

OPPOSITES = (("left", "right"), ("above", "below"), ("over", "under"))
OTHERS = {colour: [other for other in COLOURS if other != colour] for colour in COLOURS}
OTHERS |= {one: [other] for pair in OPPOSITES for one, other in (pair, pair[::-1])}

ARTICLE = re.compile(r"\ban? (?=(\w))")


def reworded(scene, references, rng):
    """Say something true of a scene that none of its references says in these words.

    Parameters
    ----------
    scene : Scene
    references : list of str
    rng : numpy.random.Generator

    Returns
    -------
    str

    Examples
    --------
    >>> import numpy as np
    >>> from captioning.scenes import HERO
    >>> reworded(HERO, [], np.random.default_rng(0))
    'a dark night with two yellow stars right of one blue sailboat'
    """
    while True:
        (sentence,) = captions(scene, rng, 1)
        if sentence not in references:
            return sentence


def falsified(references, scene, rng):
    """Make one of a scene's references false by one word: another colour, or the opposite place.

    An article before it agrees: "an orange key" may become "a red key".

    Parameters
    ----------
    references : list of str
        One of them at least can be made false so.
    scene : Scene
    rng : numpy.random.Generator

    Returns
    -------
    str
        A sentence that the grammar can read.

    Raises
    ------
    ValueError
        No reference can be made false by one word.
    """
    false = []
    for words in map(str.split, references):
        for k, word in enumerate(words):
            if word in OTHERS:
                other = OTHERS[word][rng.integers(len(OTHERS[word]))]
                sentence = " ".join([*words[:k], other, *words[k + 1:]])
                sentence = ARTICLE.sub(_agreeing, sentence)
                verdict = judge(sentence, scene)
                false += [sentence] * (verdict.parsed and not verdict.true)
    if not false:
        raise ValueError(f"references: none of the {len(references)} names a colour or a place; "
                         "wanted one that can be made false")
    return false[rng.integers(len(false))]


def _agreeing(article):
    return "an " if article[1] in "aeiou" else "a "
