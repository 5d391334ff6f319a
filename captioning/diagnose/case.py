"""A case: a captioner and all that the tests of chapter 19 may ask about it."""

import copy
import functools
import math
from dataclasses import dataclass, field

import numpy as np

from captioning.captioner import Captioner
from captioning.dataset import minibatch
from captioning.layers import log_softmax
from captioning.training import caption_lengths

CAPTIONS, PICTURES, LONGEST = 200, 400, 30


@dataclass(frozen=True)
class Case:
    """What the tests look at.

    Attributes
    ----------
    captioner : Captioner
        Or any object with its ``model``, ``words``, ``scale`` and ``caption``.
    data : dict
        From `load_coco_data`, the features as the encoder gave them.
    split : str
        Captions that the network has not learnt from.
    log : list of dict
        The steps of training, ``loss`` and ``gradient_norm`` among the keys; may be empty.
    first : dict of str to ndarray, optional
        The parameters before the first step.
    scores : dict, optional
        What the captioner is said to be worth on ``split``.
    whole : bool
        Whether training has seen every caption at least once.
    clip : float
        The norm to which training clipped its gradients.
    """

    captioner: Captioner
    data: dict
    split: str
    log: list = field(default_factory=list)
    first: dict | None = None
    scores: dict | None = None
    whole: bool = True
    clip: float = math.inf

    @property
    def null(self):
        """The captioner's number of ``<NULL>``."""
        return self.captioner.words.index("<NULL>")

    @functools.cached_property
    def numbers(self):
        """The captioner's number of each word of the data, or that of ``<UNK>``."""
        own = {word: k for k, word in enumerate(self.captioner.words)}
        return np.array([own.get(word, own["<UNK>"]) for word in self.data["idx_to_word"]])

    @functools.cached_property
    def said(self):
        """Sentences about the first pictures of the split, spoken freely."""
        return self.captioner.caption(self.data[f"{self.split}_features"][:PICTURES], LONGEST)

    def captions(self, split):
        """All captions of a split in the captioner's numbers, (n, T + 1)."""
        return self.numbers[self.data[f"{split}_captions"]]

    def batch(self, split, number=CAPTIONS):
        """Some captions with the features that the network reads; the same at every call.

        Returns
        -------
        features : ndarray, (N, F)
        captions : ndarray of int, (N, T + 1)
            In the captioner's numbers.
        """
        features, captions = self.raw_batch(split, number)
        return features, self.numbers[captions]

    def raw_batch(self, split, number=CAPTIONS):
        """The same captions in the numbers that stand in the data."""
        rng = np.random.default_rng(0)
        rows = rng.permutation(len(self.data[f"{split}_captions"]))[:number]
        captions, features, _ = minibatch(self.data, rows, split)
        longest = caption_lengths(captions, self.data["word_to_idx"]["<NULL>"]).max()
        return self.captioner.scale.apply(features), captions[:, :max(2, longest)]


def with_params(model, params):
    """Copy a model, some of its parameters exchanged."""
    other = copy.copy(model)
    other.params = {**model.params, **params}
    return other


def log_probs(model, features, captions):
    """Log-probability of every next word while given captions are read, (N, T, V)."""
    return log_softmax(model.forward(features, captions[:, :-1])[0])


def losses(model, features, captions, null):
    """Loss of each caption, summed over its words, (N,)."""
    asked = captions[:, 1:]
    each = np.take_along_axis(log_probs(model, features, captions), asked[:, :, None], axis=2)
    return -np.where(asked != null, each[:, :, 0], 0).sum(axis=1, dtype=float)
