"""EfficientNet-Lite0: a network that learnt ImageNet, run forward by NumPy.

A picture shrinks from 224 x 224 pixels to a map of 7 x 7 cells while its channels grow from 3
to 320. Sixteen blocks do it, each in three moves: widen every pixel's vector (a matrix product),
let each channel look at its neighbours alone (a depthwise convolution), narrow again. Where a
block keeps the map's shape, its input is added to its output. The mean over all cells, after one
more product, is the vector of 1280 numbers that a captioner reads.

Derived and shown in chapter 10, Seeing.

Sources: Tan and Le, "EfficientNet", 2019; Sandler et al., "MobileNetV2", 2018; the weights'
origin is told in ``data/README.md``.
"""

import numpy as np

from captioning.files import data_path, load_npz
from captioning.shapes import shapes

KIND, NAMES, VERSION = "efficientnet-lite0", "imagenet-names", 1
SIZE = 224
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)  # of the sixteen blocks


def relu6(x):
    """Clip to [0, 6], in place.

    Parameters
    ----------
    x : ndarray of float
        Changed.

    Returns
    -------
    ndarray
        x itself.
    """
    return np.clip(x, 0, 6, out=x)


def windows(x, k, stride):
    """What a k x k window sees at every place it stops.

    The border is padded with zeros so that ceil(h / stride) windows fit ("same" padding). At
    stride 2 the zeros may be odd in number: the odd one goes below and to the right.

    Parameters
    ----------
    x : ndarray of float, (h, w, C)
    k, stride : int

    Returns
    -------
    ndarray, (h / stride, w / stride, C, k, k)
        A view, the two quotients rounded up.
    """
    zeros = [max((-(-n // stride) - 1) * stride + k - n, 0) for n in x.shape[:2]]
    padded = np.pad(x, [(z // 2, z - z // 2) for z in zeros] + [(0, 0)])
    views = np.lib.stride_tricks.sliding_window_view(padded, (k, k), axis=(0, 1))
    return views[::stride, ::stride]


def stem(x, w, b):
    """A full 3 x 3 convolution at stride 2: every window, all channels, one matrix product.

    Parameters
    ----------
    x : ndarray of float, (h, w, 3)
    w : ndarray of float, (27, M)
    b : ndarray of float, (M,)

    Returns
    -------
    ndarray, (h / 2, w / 2, M)
    """
    y = np.tensordot(windows(x, 3, 2), w.reshape(3, 3, 3, -1), axes=3)
    y += b
    return relu6(y)


def depthwise(x, w, b, stride):
    """Each channel sums its own k x k window under its own weights.

    Parameters
    ----------
    x : ndarray of float, (h, w, C)
    w : ndarray of float, (k, k, C)
    b : ndarray of float, (C,)
    stride : int

    Returns
    -------
    ndarray, (h / stride, w / stride, C)
    """
    y = np.einsum("hwcij,ijc->hwc", windows(x, len(w), stride), w)
    y += b
    return relu6(y)


def pointwise(x, w, b):
    """The same matrix product at every pixel: a 1 x 1 convolution.

    Parameters
    ----------
    x : ndarray of float, (..., C)
    w : ndarray of float, (C, M)
    b : ndarray of float, (M,)

    Returns
    -------
    ndarray, (..., M)
    """
    y = x @ w
    y += b
    return y


def block(x, weights, stride):
    """Widen, look around, narrow; add the input back where the shape is kept.

    Parameters
    ----------
    x : ndarray of float, (h, w, C)
    weights : dict of str to (w, b)
        Under "depthwise" and "project", and under "expand" where the block widens.
    stride : int

    Returns
    -------
    ndarray, (h / stride, w / stride, M)

    References
    ----------
    Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks", 2018.
    """
    y = x
    if "expand" in weights:
        y = relu6(pointwise(x, *weights["expand"]))
    y = depthwise(y, *weights["depthwise"], stride)
    y = pointwise(y, *weights["project"])
    return x + y if x.shape == y.shape else y


def widen(arrays):
    """All numbers of the file as float32.

    Beside a matrix in float16 lies what rounding took from it, in 256ths of the step from one
    float16 to the next.
    """
    wide = {}
    for name in (name for name in arrays if not name.endswith(".rest")):
        wide[name] = arrays[name].astype(np.float32)
        if f"{name}.rest" in arrays:
            step = np.spacing(np.abs(arrays[name])).astype(np.float32) / 256
            wide[name] += arrays[f"{name}.rest"] * step
    return wide


class EfficientNetLite0:
    """The network with its weights.

    Parameters
    ----------
    path : path-like, optional
        The file that ``tools/convert_efficientnet.py`` writes; the repository's own by default.

    Raises
    ------
    OSError
        The file is missing, damaged or of another kind.

    Examples
    --------
    >>> network = EfficientNetLite0()
    >>> vector, grid = network.encode(np.zeros((224, 224, 3), np.uint8))
    >>> vector.shape, grid.shape
    ((1280,), (7, 7, 320))
    """

    def __init__(self, path=None):
        arrays, self.meta = load_npz(path or data_path(f"{KIND}.npz"), KIND, VERSION)
        wide = widen(arrays)
        layers = {name[:-2]: (wide[name], wide[f"{name[:-2]}.b"])
                  for name in wide if name.endswith(".w")}
        self.stem, self.head, self.classifier = (
            layers[name] for name in ("stem", "head", "classifier"))
        self.blocks = [{part: layers[f"block{i}.{part}"]
                        for part in ("expand", "depthwise", "project")
                        if f"block{i}.{part}" in layers} for i in range(len(STRIDES))]

    def grid(self, image):
        """The map of 7 x 7 cells, each a vector of 320 numbers.

        Parameters
        ----------
        image : ndarray, (224, 224, 3) uint8
            RGB, as `captioning.photographs.load_photograph` returns it.

        Returns
        -------
        ndarray, (7, 7, 320) float32
        """
        _check_image(image)
        x = (image.astype(np.float32) - 127) / 128
        x = stem(x, *self.stem)
        for weights, stride in zip(self.blocks, STRIDES, strict=True):
            x = block(x, weights, stride)
        return x

    @shapes(grid="7 7 320")
    def pooled(self, grid):
        """The picture as one vector: each cell through the head, then the mean of all cells.

        Parameters
        ----------
        grid : ndarray, (7, 7, 320) float32

        Returns
        -------
        ndarray, (1280,) float32
        """
        return relu6(pointwise(grid, *self.head)).mean(axis=(0, 1))

    def encode(self, image):
        """Both views of a picture.

        Parameters
        ----------
        image : ndarray, (224, 224, 3) uint8

        Returns
        -------
        vector : ndarray, (1280,) float32
        grid : ndarray, (7, 7, 320) float32

        Raises
        ------
        ValueError
            image has another dtype or shape.
        """
        grid = self.grid(image)
        return self.pooled(grid), grid

    @shapes(pooled="1280")
    def logits(self, pooled):
        """The scores that the network gives the classes of ImageNet, in their order.

        Parameters
        ----------
        pooled : ndarray, (1280,) float32

        Returns
        -------
        ndarray, (1000,) float32

        Raises
        ------
        ValueError
            pooled has the wrong type or shape.
        """
        return pointwise(pooled, *self.classifier)


def class_names(path=None):
    """The names of the 1,000 classes of ImageNet, in the order of the network's scores.

    Parameters
    ----------
    path : path-like, optional
        The file that ``tools/imagenet_names.py`` writes; the repository's own by default.

    Returns
    -------
    list of str

    Raises
    ------
    OSError
        The file is missing, damaged or of another kind.
    """
    arrays, _ = load_npz(path or data_path(f"{NAMES}.npz"), NAMES, VERSION)
    return arrays["names"].tobytes().decode().split("\n")


def _check_image(image):
    wanted = f"uint8 of shape {(SIZE, SIZE, 3)}"
    if not isinstance(image, np.ndarray):
        raise ValueError(f"image is {type(image).__name__}; wanted a NumPy array, {wanted}")
    if image.shape != (SIZE, SIZE, 3) or image.dtype != np.uint8:
        raise ValueError(f"image is {image.dtype} of shape {image.shape}; wanted {wanted}")
