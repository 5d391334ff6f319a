"""A captioner: a network together with its words and the scale of its features.

A trained network is of no use without the vocabulary that its numbers stand for, or on features
that were scaled otherwise than those it learnt from. So the three live in one object and in one
file.
"""

from typing import NamedTuple

import numpy as np

from captioning.decoding import beam_search
from captioning.files import load_npz, save_npz
from captioning.model import SEQUENCE, CaptioningRNN
from captioning.shapes import check_whole, shapes
from captioning.vocabulary import plain_sentence

KIND, VERSION = "captioner", 1
NEEDED = ("scale/mean", "scale/spread", "words", "params/W_proj", "params/b_proj",
          "params/W_embed", "params/Wx", "params/Wh", "params/b", "params/W_vocab",
          "params/b_vocab")
UNSAID = ("<NULL>", "<START>", "<UNK>")
ALPHA = 0.7  # by which beams compare sentences of unequal length; measured in chapter 11


class FeatureScale(NamedTuple):
    """Mean and spread of each feature over the training pictures.

    Attributes
    ----------
    mean, spread : ndarray of float, (F,)
    """

    mean: np.ndarray
    spread: np.ndarray

    @classmethod
    @shapes(features="M F")
    def of(cls, features):
        """Measure the features of M pictures.

        A feature that hardly ever moves counts as spread by a hundredth of the widest: divided
        by next to nothing, its rare move would drown all others.

        Parameters
        ----------
        features : ndarray of float, (M, F)

        Returns
        -------
        FeatureScale

        Raises
        ------
        ValueError
            features has the wrong type or shape.
        """
        mean, spread = features.mean(axis=0), features.std(axis=0)
        return cls(mean, np.maximum(spread, spread.max() / 100 or 1).astype(features.dtype))

    def apply(self, features):
        """Bring each feature to mean 0 and spread 1.

        Parameters
        ----------
        features : ndarray of float, (N, F)

        Returns
        -------
        ndarray, (N, F)

        Raises
        ------
        ValueError
            features has another shape.
        """
        if np.ndim(features) != 2 or np.shape(features)[1] != len(self.mean):
            raise ValueError(f"features has shape {np.shape(features)}; wanted (N, F) with F = "
                             f"{len(self.mean)}, which this captioner learnt from")
        return (features - self.mean) / self.spread


class Captioner(NamedTuple):
    """What is needed to speak about pictures.

    Attributes
    ----------
    model : CaptioningRNN
    words : list of str
        The word of each index.
    scale : FeatureScale
    encoder : str
        Whose features these are: ``"eye"`` or ``"efficientnet-lite0"``.
    """

    model: CaptioningRNN
    words: list
    scale: FeatureScale
    encoder: str

    def caption(self, features, max_length=30, beam=1):
        """Describe pictures; ``<UNK>`` is never said.

        Parameters
        ----------
        features : ndarray of float, (N, F)
            As the encoder gives them.
        max_length : int
        beam : int
            Beginnings that are kept side by side; 1 is greedy decoding.

        Returns
        -------
        list of str
        """
        check_whole("beam", beam)
        rows, _ = beam_search(self.model, self.scale.apply(features), beam, ALPHA,
                              max_length=max_length, forbidden=UNSAID)
        return [plain_sentence(row, self.words) for row in rows[:, 0]]


def save_captioner(path, captioner, meta, dtype=np.float16):
    """Write a captioner to an ``.npz`` file.

    Parameters
    ----------
    path : path-like
    captioner : Captioner
    meta : dict
        What a reader should know of it: data, command, seed, scores.
    dtype : dtype
        Of the stored weights.
    """
    model = captioner.model
    arrays = {f"params/{name}": value.astype(dtype) for name, value in model.params.items()}
    arrays |= {"scale/mean": captioner.scale.mean, "scale/spread": captioner.scale.spread,
               "words": np.array(captioner.words)}
    save_npz(path, KIND, VERSION, arrays,
             {"cell_type": model.cell_type, "encoder": captioner.encoder, "about": meta})


def load_captioner(path, dtype=np.float32):
    """Read a captioner.

    Parameters
    ----------
    path : path-like
    dtype : dtype
        To compute in.

    Returns
    -------
    captioner : Captioner
    about : dict
        The meta that it was saved with.

    Raises
    ------
    OSError
        The file is missing, damaged or no captioner.
    """
    arrays, meta = load_npz(path, KIND, VERSION)
    missing = {*NEEDED} - arrays.keys()
    if missing:
        raise OSError(f"{path}: holds no {', '.join(sorted(missing))}; wanted a captioner")
    params = {name.removeprefix("params/"): value.astype(dtype)
              for name, value in arrays.items() if name.startswith("params/")}
    words = arrays["words"].tolist()
    model = model_of(params, words, meta["cell_type"])
    scale = FeatureScale(arrays["scale/mean"], arrays["scale/spread"])
    return Captioner(model, words, scale, meta["encoder"]), meta["about"]


def model_of(params, words, cell_type):
    """Build the network that has these parameters."""
    if cell_type not in SEQUENCE:
        raise ValueError(f"cell_type is {cell_type!r}; wanted one of {', '.join(SEQUENCE)}")
    F, H = params["W_proj"].shape
    model = CaptioningRNN({word: k for k, word in enumerate(words)}, F,
                          params["W_embed"].shape[1], H, cell_type, params["b"].dtype)
    model.params = params
    return model
