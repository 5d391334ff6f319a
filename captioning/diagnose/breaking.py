"""Broken captioners, each by a line or two that people really write (chapter 19).

What is broken on purpose shows whether a test would notice: the chapter reads these, and the
tests of the package hold every fault against every test.
"""

import numpy as np

from captioning.model import CaptioningRNN


def like(model, kind):
    """The same parameters in a network of another class."""
    other = kind.__new__(kind)
    other.__dict__ |= {name: value for name, value in vars(model).items() if name != "kept"}
    return other


class Unshifted(CaptioningRNN):
    """Asked for the word that it reads, not for the next."""

    def _shift(self, features, captions):
        read, _, _ = super()._shift(features, captions)
        return read, read, read != self.word_to_idx["<NULL>"]


class LateMask(CaptioningRNN):
    """Its mask looks at the words that are read, and so asks for a ``<NULL>`` after ``<END>``."""

    def _shift(self, features, captions):
        read, asked, _ = super()._shift(features, captions)
        return read, asked, read != self.word_to_idx["<NULL>"]


class EarlyMask(CaptioningRNN):
    """Its mask is one place short, and so never asks for ``<END>``."""

    def _shift(self, features, captions):
        read, asked, mask = super()._shift(features, captions)
        return read, asked, mask & (asked != self.word_to_idx["<END>"])


class Transposed(CaptioningRNN):
    """The gradient of Wh lies on its side; H by H is square, and nothing complains."""

    def backward(self, dscores, caches):
        """Undo `forward`, one transpose too many."""
        grads, dfeatures = super().backward(dscores, caches)
        return grads | {"Wh": grads["Wh"].T}, dfeatures


class LostWords(CaptioningRNN):
    """Averages the uses of a word in its gradient, where it should add them."""

    def backward(self, dscores, caches):
        """Undo `forward`, a quotient too many."""
        grads, dfeatures = super().backward(dscores, caches)
        first = np.zeros_like(grads["W_embed"])
        words, _ = caches[2]
        first[words] = grads["W_embed"][words] / np.bincount(
            words.ravel(), minlength=len(first))[words][:, :, None]
        return grads | {"W_embed": first}, dfeatures


class StaleRows(CaptioningRNN):
    """Keeps one array for the gradient of the word vectors, and clears only the rows in use."""

    kept = None

    def loss(self, features, captions, *dropout):
        """Loss and gradients, those of the word vectors in the array that was kept."""
        loss, grads = super().loss(features, captions, *dropout)
        if self.kept is None:
            self.kept = np.zeros_like(grads["W_embed"])
        read = np.unique(captions[:, :-1])
        self.kept[read] = grads["W_embed"][read]
        return loss, grads | {"W_embed": self.kept}


class NaiveSoftmax(CaptioningRNN):
    """Takes the exponential of its scores as they are, and the logarithm of what comes out."""

    def loss(self, features, captions, *dropout):
        """Loss and gradients by the formula as it stands on paper."""
        read, asked, mask = self._shift(features, captions)
        scores, caches = self.forward(features, read)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            p = np.exp(scores)
            p /= p.sum(axis=2, keepdims=True)
            right = np.take_along_axis(p, asked[:, :, None], axis=2)
            loss = float(-np.sum(mask * np.log(right[:, :, 0])) / len(asked))
            np.put_along_axis(p, asked[:, :, None], right - 1, axis=2)
            grads, _ = self.backward(p * (mask / p.dtype.type(len(asked)))[:, :, None], caches)
        return loss, grads


class Forgetful(CaptioningRNN):
    """Speaks every word from the state that the picture left: the next state is dropped."""

    def step(self, words, state):
        """Score the next word, and hand back the state that came in."""
        log_probs, _ = super().step(words, state)
        return log_probs, state


def riddles(model):
    """Three broken copies of a model, for an exercise: try before you read on.

    Parameters
    ----------
    model : CaptioningRNN

    Returns
    -------
    list of CaptioningRNN
    """
    blind, mute = like(model, type(model)), like(model, type(model))
    blind.params = model.params | {"W_proj": np.zeros_like(model.params["W_proj"])}
    never = np.where(np.arange(len(model.word_to_idx)) == model.word_to_idx["<END>"], 16, 0)
    mute.params = model.params | {"b_vocab": model.params["b_vocab"] - never}
    return [blind, like(model, LostWords), mute]
