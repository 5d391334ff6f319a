"""Any photograph as the encoder wants it: 224 x 224 pixels, RGB, eight bits.

A photograph may lie on its side, be grey, transparent, sixteen bits deep or meant for print;
the network was trained on none of these. Whatever its shape, it is squeezed to a square: that
is how the photographs were shown on which the captioner was trained, and nothing at the edges
is cut off.

Shown in chapter 10, Seeing, and used in chapter 17, Photographs.
"""

import warnings

import numpy as np

from captioning.encoder.efficientnet import SIZE

SMALLEST = 8  # pixels on a side; below this there is nothing to see


def load_photograph(path, size=SIZE):
    """Read a photograph and squeeze it to the encoder's square.

    Transparent parts become white. Pixels are resampled by Pillow's bicubic filter, which
    averages over its support when it shrinks. Of an animation the first frame counts.

    Parameters
    ----------
    path : path-like
        In any format that Pillow reads.
    size : int
        Pixels on a side; by default 224, as EfficientNet-Lite0 wants it.

    Returns
    -------
    ndarray, (size, size, 3) uint8
        Red, green, blue.

    Raises
    ------
    OSError
        No such file, not an image, a damaged image, or one too small or too large.
    """
    try:
        return np.array(_square(path, size))
    except FileNotFoundError:
        raise OSError(f"{path}: no such file; wanted a photograph") from None
    except Exception as error:  # Pillow's readers raise whatever a broken file leads them to
        raise OSError(f"{path}: {_reason(error)}") from None


def _square(path, size):
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        image = Image.open(path)
    with image:
        if min(image.size) < SMALLEST:
            raise OSError(f"{image.width} x {image.height} pixels; wanted at least {SMALLEST} "
                          "on a side")
        # A large JPEG is decoded at a half, a quarter or an eighth where that is enough.
        image.draft(None, (4 * size, 4 * size))
        upright = ImageOps.exif_transpose(image)
        return _rgb(upright).resize((size, size), Image.Resampling.BICUBIC)


def _rgb(image):
    """Bring an image of any of Pillow's modes to RGB, transparency over white."""
    from PIL import Image, ImageCms

    if image.mode[0] in "IF":
        return Image.fromarray(_eight_bits(np.asarray(image))).convert("RGB")
    if image.mode == "LAB":
        lab, srgb = (ImageCms.createProfile(name) for name in ("LAB", "sRGB"))
        return ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def _eight_bits(grey):
    """Scale deep grey to 0 .. 255: sixteen bits by their range, anything else by its own."""
    sixteen = grey.dtype.kind in "iu" and 0 <= grey.min() and grey.max() <= 65535
    grey = np.nan_to_num(grey.astype(np.float64))
    low, high = (0, 65535) if sixteen else (grey.min(), grey.max())
    return np.rint((grey - low) * (255 / max(high - low, 1e-12))).astype(np.uint8)


def _reason(error):
    """Say in one line why Pillow could not read a file."""
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        return "not an image of a format that Pillow reads"
    if isinstance(error, Image.DecompressionBombError):
        return f"too large to be a photograph ({error})"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"damaged or not a photograph ({error})"
