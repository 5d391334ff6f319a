"""A collection of photographs and captions made into one data set (chapter 17, Photographs).

The photographs go through the network once and for all; training reads only its answers. That
takes minutes, so every finished row is kept at once in a partial file beside the final one, with
a hash over it: after an interruption only the rows that are missing or damaged are done again.
Each photograph goes through alone, in a process whose matrix products run in one thread: so the
same bits come out whatever the number of processes and interruptions.
"""

import contextlib
import errno
import functools
import hashlib
import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from captioning.dataset import seal
from captioning.encoder.efficientnet import KIND, EfficientNetLite0
from captioning.files import atomic, data_path
from captioning.photographs.loading import load_photograph
from captioning.progress import bar
from captioning.vocabulary import build_vocabulary, encode, tokenize

LONGEST = 24  # words kept of a caption: 99.7% of Flickr8k's are no longer
MIN_COUNT = 5  # a word seen less often in the training captions is <UNK>
CHUNK = 256  # rows copied at a time
LISTED = 100  # faults named in one message
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")
ROW = np.dtype([("features", "<f2", 1280), ("grid", "<f2", (7, 7, 320)), ("key", "u1", 16)])


class Photograph(NamedTuple):
    """A file and what people said about it."""

    path: Path
    captions: list[str]


def prepare(splits, out, meta, workers=1, min_count=MIN_COUNT):
    """Write a data set of photographs.

    Parameters
    ----------
    splits : dict of str to list of Photograph
        The words come from ``"train"``, or from all splits where there is none.
    out : path-like
        The HDF5 file to write. ``out`` with ``.partial`` behind it holds what is finished until
        then; called again after an interruption, `prepare` goes on from there.
    meta : dict
        What to say of the source.
    workers : int
        Processes, each of one thread.
    min_count : int
        Words seen less often become ``<UNK>``.

    Returns
    -------
    dict
        What the file says of itself.

    Raises
    ------
    OSError
        Photographs that cannot be read, all of them named; a full disk. Nothing stands under
        the final name then.
    ValueError
        workers is not at least 1.
    """
    if workers < 1:
        raise ValueError(f"workers is {workers}; wanted at least 1")
    out = Path(out)
    partial = out.with_name(f"{out.name}.partial")
    photographs = [photograph for split in splits.values() for photograph in split]
    meta = {"encoder": KIND, "encoder_sha256": _weights_hash(), "min_count": min_count, **meta}
    try:
        _encode_all(photographs, partial, meta["encoder_sha256"], workers)
        with atomic(out) as temporary:
            _write(temporary, splits, partial, meta, min_count)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise OSError(f"{out}: the disk is full; {partial} keeps what is finished") from None
    partial.unlink()
    return meta


def _weights_hash():
    with open(data_path(f"{KIND}.npz"), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# The photographs through the network.

@functools.cache
def _network():
    return EfficientNetLite0()


def features(path):
    """Vector and grid of one photograph as float16, or a text that says what is wrong with it."""
    try:
        vector, grid = _network().encode(load_photograph(path))
    except OSError as error:
        return str(error)
    return vector.astype(np.float16), grid.astype(np.float16)


@contextlib.contextmanager
def processes(number):
    """Yield a ``map`` that works in so many processes and leaves Ctrl-C to this one."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)  # read by a new process as it starts
    pool = ProcessPoolExecutor(number, multiprocessing.get_context("spawn"),
                               signal.signal, (signal.SIGINT, signal.SIG_IGN))
    try:
        yield pool.map
    finally:
        pool.shutdown(cancel_futures=True)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _encode_all(photographs, partial, encoder, workers):
    """Fill the partial file, a row a photograph, beginning with what is there."""
    names = [f"{encoder}/{path.name}/{path.stat().st_size}" for path, _ in photographs]
    partial.touch()
    with open(partial, "r+b") as file:
        todo = [i for i, name in enumerate(names) if not _finished(file, i, name)]
        file.truncate(len(names) * ROW.itemsize)
        broken = []
        with processes(workers) as parallel:
            results = parallel(features, [photographs[i].path for i in todo])
            total = len(names)
            for i, result in bar(zip(todo, results, strict=True), "photographs", total,
                                 total - len(todo)):
                if isinstance(result, str):
                    broken.append(result)
                else:
                    file.seek(i * ROW.itemsize)
                    file.write(_row(names[i], *result))
                    file.flush()
    complain("photographs that cannot be read", broken)


def _row(name, vector, grid):
    row = np.zeros((), ROW)
    row["features"], row["grid"] = vector, grid
    row["key"] = np.frombuffer(_key(name, row), np.uint8)
    return row.tobytes()


def _key(name, row):
    """Hash of a row and of what it was made from."""
    digest = hashlib.blake2b(name.encode(), digest_size=16)
    digest.update(row["features"].tobytes())
    digest.update(row["grid"].tobytes())
    return digest.digest()


def _finished(file, i, name):
    """Tell whether row i is there, whole, and of that photograph."""
    file.seek(i * ROW.itemsize)
    data = file.read(ROW.itemsize)
    if len(data) < ROW.itemsize:
        return False
    row = np.frombuffer(data, ROW)[0]
    return row["key"].tobytes() == _key(name, row)


def complain(what, items):
    """Raise OSError that counts and lists ``items``, if there are any."""
    if items:
        more = [f"and {len(items) - LISTED} more"] if len(items) > LISTED else []
        raise OSError("\n  ".join([f"{len(items)} {what}:", *items[:LISTED], *more]))


# The final file.

def _write(path, splits, partial, meta, min_count):
    import h5py

    sentences = {split: [[tokenize(caption) for caption in photograph.captions]
                         for photograph in photographs]
                 for split, photographs in splits.items()}
    learnt_from = [sentences["train"]] if "train" in sentences else sentences.values()
    vocabulary = build_vocabulary(
        (words for split in learnt_from for photograph in split for words in photograph),
        min_count)
    with h5py.File(path, "w", libver="latest") as file:
        _write_texts(file, "vocabulary", vocabulary)
        start = 0
        for split, photographs in splits.items():
            _write_captions(file, split, sentences[split], vocabulary)
            _write_texts(file, f"{split}_files", [path.name for path, _ in photographs])
            _copy_rows(file, split, partial, start, len(photographs))
            start += len(photographs)
        seal(file, meta)


def _write_captions(file, split, sentences, vocabulary):
    """Captions as rows of numbers and as texts, and for each its photograph's number."""
    flat = [words for photograph in sentences for words in photograph]
    owners = np.repeat(np.arange(len(sentences)), [len(words) for words in sentences])
    arrays = caption_arrays(split, owners, flat, vocabulary)
    _write_texts(file, f"{split}_sentences", arrays.pop(f"{split}_sentences"))
    for name, array in arrays.items():
        file[name] = array


def caption_arrays(split, owners, sentences, vocabulary):
    """Lay out a split's captions for a data set.

    Parameters
    ----------
    split : str
    owners : ndarray of int, (n,)
        The number of each caption's picture.
    sentences : list of list of str
        n captions, tokenised.
    vocabulary : list of str

    Returns
    -------
    dict
        By their names in the file: rows of numbers, picture numbers and texts.
    """
    word_to_idx = {word: k for k, word in enumerate(vocabulary)}
    rows = np.stack([encode(words, word_to_idx, LONGEST + 2) for words in sentences])
    return {f"{split}_captions": rows.astype(np.uint16),
            f"{split}_image_idxs": owners.astype(np.int32),
            f"{split}_sentences": [" ".join(words) for words in sentences]}


def _write_texts(file, name, texts):
    import h5py

    encoded = [text.encode() for text in texts]
    size = max(map(len, encoded))
    file[name] = np.array(encoded, h5py.string_dtype("utf-8", size))


def _copy_rows(file, split, partial, start, number):
    """Copy a split's rows from the partial file, some at a time."""
    for field in ("features", "grid"):
        file.create_dataset(f"{split}_{field}", (number, *ROW[field].shape), np.float16)
    for at in range(0, number, CHUNK):
        rows = np.fromfile(partial, ROW, min(CHUNK, number - at),
                           offset=(start + at) * ROW.itemsize)
        for field in ("features", "grid"):
            file[f"{split}_{field}"][at:at + len(rows)] = rows[field]
