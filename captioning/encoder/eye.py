"""The book's own eye: a small convolutional network for drawn scenes (chapter 10, Seeing).

The idea: four convolutions turn a picture into a grid of 8 x 8 places with 64 numbers each, and
one affine layer turns the grid into a vector. Linear heads on the vector must name everything in
the scene; so whatever a caption may say can be read off the vector by a linear map.

Training (`captioning.encoder.eye_training`) needs the heads. A captioner needs the vector or the
grid, and no more.
"""

from dataclasses import dataclass

import numpy as np

from captioning.encoder.convolution import (
    conv_backward,
    conv_backward_weights,
    conv_forward,
    relu_backward,
    relu_forward,
)
from captioning.files import data_path, load_npz
from captioning.layers import affine_backward, affine_forward, temporal_softmax_loss
from captioning.scenes import BACKGROUNDS, COLOURS, KINDS, LAYOUTS, to_row

FORMAT, VERSION = "eye", 1
SIZE = 64  # pixels, height and width
STRIDES = (2, 2, 2, 1)
CHANNELS = (16, 32, 64, 64)
VECTOR = 128

_GROUP = {"kind": len(KINDS), "colour": len(COLOURS), "count": 3}
HEADS = {
    "background": len(BACKGROUNDS), "layout": len(LAYOUTS),
    **{f"first_{name}": size for name, size in _GROUP.items()},
    # The last index says that there is no second group.
    **{f"second_{name}": size + 1 for name, size in _GROUP.items()},
}


def scene_labels(scenes):
    """What the heads must say of each scene.

    Parameters
    ----------
    scenes : sequence of Scene

    Returns
    -------
    ndarray of int64, (N, number of heads)
        The columns follow `HEADS`: indices into the tuples of `captioning.scenes`, and counts
        less one.
    """
    rows = np.stack([to_row(scene) for scene in scenes]).astype(np.int64)
    kind, colour, count = rows[:, 12:15].T
    second = np.where(count[:, None] > 0, np.stack([kind, colour, count - 1], 1),
                      list(_GROUP.values()))
    return np.concatenate([rows[:, :4], rows[:, 4:5] - 1, second], axis=1)


def make_params(rng, channels=CHANNELS, vector=VECTOR, size=SIZE, dtype=np.float32):
    """Draw the weights that training starts from.

    Parameters
    ----------
    rng : numpy.random.Generator
    channels : tuple of int
        Kernels in each convolution.
    vector : int
        Size of the vector.
    size : int
        Height and width of a picture, a multiple of 8.
    dtype : dtype

    Returns
    -------
    dict of str to ndarray
        ``w1 b1 ... w4 b4``, ``w_vector b_vector``, ``w_heads b_heads``. Each weight is normal
        with a variance of 2 / fan-in, which keeps the size of signals through ReLU (He et al.
        2015).
    """
    params = {}

    def layer(name, *shape):
        fan_in = np.prod(shape[:-1])
        params[f"w{name}"] = (rng.standard_normal(shape) * np.sqrt(2 / fan_in)).astype(dtype)
        params[f"b{name}"] = np.zeros(shape[-1], dtype)

    for k, (below, above) in enumerate(zip((3, *channels), channels, strict=False), start=1):
        layer(k, 3, 3, below, above)
    grid = size // int(np.prod(STRIDES))
    layer("_vector", grid * grid * channels[-1], vector)
    layer("_heads", vector, sum(HEADS.values()))
    return params


def pixels_to_numbers(images, dtype=np.float32):
    """Bring bytes from 0 to 255 to numbers around 0 of size 1 at most."""
    return (images.astype(dtype) - dtype(127)) / dtype(128)


def look_forward(x, params):
    """From numbers for pixels to the vector and the grid.

    Parameters
    ----------
    x : ndarray (N, H, W, 3)
        From `pixels_to_numbers`.
    params : dict

    Returns
    -------
    vector : ndarray (N, F)
    grid : ndarray (N, H/8, W/8, C)
    caches : list
        What `look_backward` needs.
    """
    caches = []
    for k, stride in enumerate(STRIDES, start=1):
        x, conv_cache = conv_forward(x, params[f"w{k}"], params[f"b{k}"], stride)
        x, relu_cache = relu_forward(x)
        caches.append((conv_cache, relu_cache))
    scores, affine_cache = affine_forward(x, params["w_vector"], params["b_vector"])
    vector, relu_cache = relu_forward(scores)
    return vector, x, [*caches, (affine_cache, relu_cache)]


def look_backward(dvector, caches, pixels=False):
    """Gradients of `look_forward`.

    Parameters
    ----------
    dvector : ndarray (N, F)
    caches : list
    pixels : bool
        Whether the gradient of the pixels is wanted: training has no use for it.

    Returns
    -------
    grads : dict of str to ndarray
        Of ``w1`` to ``b_vector``, and ``x`` if pixels is true.
    """
    affine_cache, relu_cache = caches[-1]
    dx, dw, db = affine_backward(relu_backward(dvector, relu_cache), affine_cache)
    grads = {"w_vector": dw, "b_vector": db}
    for k in range(len(STRIDES), 0, -1):
        conv_cache, relu_cache = caches[k - 1]
        dx = relu_backward(dx, relu_cache)
        if k == 1 and not pixels:
            grads["w1"], grads["b1"] = conv_backward_weights(dx, conv_cache)
        else:
            dx, grads[f"w{k}"], grads[f"b{k}"] = conv_backward(dx, conv_cache)
    return {**grads, "x": dx} if pixels else grads


def look_at(images, params, batch_size=64):
    """Vector and grid of any number of pictures, a batch at a time and without caches."""
    parts = [look_forward(pixels_to_numbers(images[k:k + batch_size]), params)[:2]
             for k in range(0, len(images), batch_size)]
    vectors, grids = zip(*parts, strict=True)
    return np.concatenate(vectors), np.concatenate(grids)


def head_scores(vector, params):
    """Scores of all heads, (N, sum of the heads' sizes)."""
    return vector @ params["w_heads"] + params["b_heads"]


def split_heads(scores):
    """The columns of each head, in the order of `HEADS`."""
    ends = np.cumsum(list(HEADS.values()))
    return np.split(scores, ends[:-1], axis=1)


def best_names(scores):
    """The index of each head's highest score, (N, number of heads)."""
    return np.stack([head.argmax(axis=1) for head in split_heads(scores)], axis=1)


def heads_loss(scores, labels):
    """Softmax cross-entropy of every head, added up, averaged over the pictures.

    Parameters
    ----------
    scores : ndarray (N, sum of the heads' sizes)
    labels : ndarray of int, (N, number of heads)

    Returns
    -------
    loss : float
    dscores : ndarray, the shape of scores
    """
    # To each head a picture is a caption of one word.
    mask = np.ones((len(labels), 1), bool)
    results = [temporal_softmax_loss(head[:, None], labels[:, k:k + 1], mask)
               for k, head in enumerate(split_heads(scores))]
    return sum(loss for loss, _ in results), np.concatenate([dx[:, 0] for _, dx in results], 1)


def eye_loss(x, labels, params, pixels=False):
    """Loss of a batch and its gradients.

    Parameters
    ----------
    x : ndarray (N, H, W, 3)
        From `pixels_to_numbers`.
    labels : ndarray of int, (N, number of heads)
    params : dict
    pixels : bool
        Whether the gradient of the pixels is wanted too.

    Returns
    -------
    loss : float
    grads : dict of str to ndarray
        One for each parameter, and ``x`` if pixels is true.
    """
    vector, _, caches = look_forward(x, params)
    scores, heads_cache = affine_forward(vector, params["w_heads"], params["b_heads"])
    loss, dscores = heads_loss(scores, labels)
    dvector, dw, db = affine_backward(dscores, heads_cache)
    return loss, {**look_backward(dvector, caches, pixels), "w_heads": dw, "b_heads": db}


@dataclass(frozen=True)
class Eye:
    """A trained eye: its weights, and what is known of them."""

    params: dict
    meta: dict

    def encode(self, images):
        """From pictures to what a captioner is given.

        Parameters
        ----------
        images : ndarray of uint8, (N, 64, 64, 3)

        Returns
        -------
        vector : ndarray of float32, (N, 128)
        grid : ndarray of float32, (N, 8, 8, 64)

        Raises
        ------
        ValueError
            The pictures have the wrong type or shape.
        """
        _check_images(images)
        return look_at(images, self.params)

    def name(self, images):
        """What the eye takes each picture to hold.

        Returns
        -------
        ndarray of int, (N, number of heads)
            For each head of `HEADS` the index of its highest score, as in `scene_labels`.
        """
        vector, _ = self.encode(images)
        return best_names(head_scores(vector, self.params))


def load_eye(path=None):
    """Read a trained eye; without a path, the one that comes with the book.

    Parameters
    ----------
    path : path-like, optional

    Returns
    -------
    Eye

    Raises
    ------
    OSError
        The file is missing, damaged, or no eye.
    """
    arrays, meta = load_npz(data_path("eye.npz") if path is None else path, FORMAT, VERSION)
    return Eye({name: value.astype(np.float32) for name, value in arrays.items()}, meta)


def _check_images(images):
    wanted = f"uint8 pictures of shape (N, {SIZE}, {SIZE}, 3), N at least 1"
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8:
        came = images.dtype if isinstance(images, np.ndarray) else type(images).__name__
        raise ValueError(f"images is {came}; wanted {wanted}")
    if images.shape[1:] != (SIZE, SIZE, 3) or len(images) == 0:
        raise ValueError(f"images has shape {images.shape}; wanted {wanted}")
