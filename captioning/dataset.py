"""Captions and features on disk, and minibatches of them (chapter 2).

A data set is one HDF5 file. Its arrays are contiguous, so that reading one is a single copy, and
each carries a CRC-32 that reading compares. The names are those of CS231n's COCO files:
``train_captions``, ``train_image_idxs``, ``train_features`` and so on for each split.
"""

import contextlib
import json
import zlib

import numpy as np

from captioning.files import atomic
from captioning.shapes import check_whole

FORMAT, VERSION = "captioning-dataset", 1
ROWS = 4096  # rows summed at a time


def write_dataset(path, arrays, meta):
    """Write arrays and lists of texts to an HDF5 file, whole or not at all.

    Parameters
    ----------
    path : path-like
    arrays : dict of str to ndarray or list of str
    meta : dict
        Anything that JSON can hold.
    """
    import h5py

    # In the latest layout HDF5 keeps checksums of what describes the arrays, too.
    with atomic(path) as temporary, h5py.File(temporary, "w", libver="latest") as file:
        for name, values in arrays.items():
            if isinstance(values, list):
                if not all(isinstance(text, str) for text in values):
                    raise ValueError(f"arrays[{name!r}] is a list; wanted one of texts alone, or "
                                     "an array")
                values = np.array([text.encode() for text in values])
                size = max(values.dtype.itemsize, 1)
                values = values.astype(h5py.string_dtype("utf-8", size))  # HDF5 2 converts none
                file.create_dataset(name, data=values)
            else:
                file.create_dataset(name, data=values)
        seal(file, meta)


def seal(file, meta):
    """Finish an open h5py file: its format, its description and a checksum for each array."""
    text = json.dumps(meta)
    file.attrs.update(format=FORMAT, version=VERSION, meta=text,
                      meta_crc32=zlib.crc32(text.encode()))
    for dataset in file.values():
        dataset.attrs["crc32"] = checksum(dataset)


def checksum(rows):
    """CRC-32 of an array or an h5py data set, some rows at a time."""
    crc = 0
    for start in range(0, len(rows), ROWS):
        crc = zlib.crc32(np.ascontiguousarray(rows[start:start + ROWS]).view(np.uint8), crc)
    return crc


def read_dataset(path, names=None):
    """Read arrays from an HDF5 file that `write_dataset` or `seal` finished.

    Parameters
    ----------
    path : path-like
    names : iterable of str, optional
        Which arrays; by default all.

    Returns
    -------
    arrays : dict of str to ndarray or list of str
    meta : dict

    Raises
    ------
    OSError
        The file is missing, damaged or foreign, or lacks a name.
    """
    with open_dataset(path) as file:
        wanted = sorted(file) if names is None else list(names)
        missing = [name for name in wanted if name not in file]
        if missing:
            raise OSError(f"{path}: holds no {', '.join(missing)}; it has {', '.join(file)}")
        text = file.attrs["meta"]
        if zlib.crc32(text.encode()) != file.attrs.get("meta_crc32"):
            raise OSError(f"{path}: its meta is damaged; its checksum differs from the one stored")
        return {name: _read(path, file[name]) for name in wanted}, json.loads(text)


@contextlib.contextmanager
def open_dataset(path):
    """Open a data set to look at what it holds; OSError, with the path, unless it is one.

    What HDF5 finds damaged later, while the file is read, becomes an OSError too.
    """
    import h5py

    try:
        file = h5py.File(path, "r")
    except FileNotFoundError:
        raise OSError(f"{path}: no such file; wanted a data set in HDF5") from None
    except OSError as error:
        raise OSError(f"{path}: damaged or not an HDF5 file ({_one_line(error)})") from None
    with file:
        try:
            found = (file.attrs.get("format"), file.attrs.get("version"))
            if found != (FORMAT, VERSION):
                raise OSError(f"{path}: holds {found[0]} version {found[1]}; wanted {FORMAT} "
                              f"version {VERSION}")
            yield file
        except (OSError, KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
            if isinstance(error, OSError) and str(path) in str(error):
                raise
            raise OSError(f"{path}: damaged or no data set ({_one_line(error)})") from None


def _one_line(error):
    return " ".join(str(error).split())


def _read(path, dataset):
    name = dataset.name.lstrip("/")
    values = dataset[()]
    if checksum(values) != dataset.attrs.get("crc32"):
        raise OSError(f"{path}: {name} is damaged; its checksum differs from the one stored")
    return [text.decode() for text in values.tolist()] if values.dtype.kind == "S" else values


def splits(names):
    """List the splits among names of arrays, in their order: those that have captions."""
    return [name.removesuffix("_captions") for name in names if name.endswith("_captions")]


def load_coco_data(path, max_train=None, rng=None):
    """Read a data set in the form that CS231n's exercises use.

    Parameters
    ----------
    path : path-like
    max_train : int, optional
        Keep so many captions of the training split, drawn without replacement.
    rng : numpy.random.Generator, optional
        Draws them; by default one with seed 0.

    Returns
    -------
    dict
        ``{split}_captions`` (n, T), ``{split}_image_idxs`` (n,), ``{split}_features`` (m, F) as
        float32, for each split that the file has; what else it holds beside them, except
        grids; ``idx_to_word`` (list), ``word_to_idx`` (dict) and ``meta``.

    Raises
    ------
    OSError
        The file is missing, damaged or foreign.
    ValueError
        max_train is not between 1 and the number of captions.
    """
    with open_dataset(path) as file:
        names = sorted({n for n in file if not n.endswith("_grid")} | {"vocabulary"})
    data, meta = read_dataset(path, names)
    words = data.pop("vocabulary")
    for name, values in data.items():
        if name.endswith("_features"):
            data[name] = values.astype(np.float32)
        elif name.endswith("_captions"):
            data[name] = values.astype(np.int64)
    data.update(idx_to_word=words, word_to_idx={word: k for k, word in enumerate(words)},
                meta=meta)
    if max_train is not None:
        keep_captions(data, max_train, rng or np.random.default_rng(0))
    return data


def keep_captions(data, number, rng):
    """Keep so many captions of the training split, each at most once; changes ``data``."""
    total = len(data["train_captions"])
    check_whole("max_train", number, 1, total)
    kept = rng.choice(total, size=number, replace=False)
    for name in ("train_captions", "train_image_idxs"):
        data[name] = data[name][kept]


def sample_coco_minibatch(data, batch_size=100, split="train", rng=None):
    """Draw captions at random, with the features of their pictures.

    Parameters
    ----------
    data : dict
        From `load_coco_data`.
    batch_size : int
        N; drawn without replacement.
    split : str
    rng : numpy.random.Generator, optional
        By default one with seed 0.

    Returns
    -------
    captions : ndarray of int, (N, T)
    features : ndarray, (N, F)
    image_idxs : ndarray of int, (N,)
        Which pictures of the split they are.

    Raises
    ------
    ValueError
        The split is not there, or holds fewer captions than were asked for.
    """
    if f"{split}_captions" not in data:
        raise ValueError(f"split is {split!r}; wanted one of {', '.join(splits(data))}")
    total = len(data[f"{split}_captions"])
    check_whole("batch_size", batch_size, 1, total)
    rng = rng or np.random.default_rng(0)
    return minibatch(data, rng.choice(total, size=batch_size, replace=False), split)


def minibatch(data, rows, split="train"):
    """Return captions, features and picture indices of the given rows of a split.

    Parameters
    ----------
    data : dict
        From `load_coco_data`.
    rows : ndarray of int, (n,)
        Which captions of the split.
    split : str

    Returns
    -------
    captions : ndarray of int, (n, T + 1)
    features : ndarray of float, (n, F)
    image_idxs : ndarray of int, (n,)
    """
    image_idxs = data[f"{split}_image_idxs"][rows]
    captions = data[f"{split}_captions"][rows]
    return captions, data[f"{split}_features"][image_idxs], image_idxs
