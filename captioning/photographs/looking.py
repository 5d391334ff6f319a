"""A photograph's features, by whichever encoder a captioner learnt from."""

from captioning.encoder import EfficientNetLite0, load_eye
from captioning.encoder.eye import SIZE
from captioning.photographs.loading import load_photograph


def encoder_of(name):
    """Return the function that turns a photograph's path into features (F,).

    Parameters
    ----------
    name : {"efficientnet-lite0", "eye"}

    Raises
    ------
    ValueError
        No encoder has this name.
    """
    if name == "efficientnet-lite0":
        network = EfficientNetLite0()
        return lambda path: network.encode(load_photograph(path))[0]
    if name == "eye":
        eye = load_eye()
        return lambda path: eye.encode(load_photograph(path, SIZE)[None])[0][0]
    raise ValueError(f"encoder is {name!r}; wanted 'efficientnet-lite0' or 'eye'")
