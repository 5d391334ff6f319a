"""Features of one's own, from any encoder, made into a data set (chapter 17, Photographs).

A folder holds two files for each split, ``train`` and ``val`` for example: ``train.npy``, an array
with a row for each picture, and ``train.txt``, a line for each caption: the number of its row,
counted from 0, a tab, and the sentence.
"""

from pathlib import Path

import numpy as np

from captioning.dataset import write_dataset
from captioning.photographs.preparing import MIN_COUNT, caption_arrays, complain
from captioning.vocabulary import build_vocabulary, tokenize


def prepare_features(folder, out, min_count=MIN_COUNT, encoder="own"):
    """Make a data set of features and captions.

    Parameters
    ----------
    folder : path-like
    out : path-like
        The HDF5 file to write.
    min_count : int
        Words seen less often in the training captions become ``<UNK>``.
    encoder : str
        Whose features these are. A captioner remembers it, and refuses those of another.

    Returns
    -------
    dict
        What the file says of itself.

    Raises
    ------
    OSError
        The folder has no ``train``, or a file is missing, damaged or does not fit its other.
    """
    folder = Path(folder)
    splits = sorted(path.stem for path in folder.glob("*.npy"))
    if "train" not in splits:
        raise OSError(f"{folder}: no train.npy; wanted it, and train.txt beside it")
    read = {split: (_features(folder / f"{split}.npy"), *_captions(folder / f"{split}.txt"))
            for split in splits}
    sizes = {split: features.shape[1] for split, (features, _, _) in read.items()}
    if len(set(sizes.values())) > 1:
        raise OSError(f"{folder}: features of different sizes, {sizes}; wanted one size")
    words = build_vocabulary(read["train"][2], min_count)
    arrays = {"vocabulary": words}
    for split, (features, owners, sentences) in read.items():
        _check_owners(folder / f"{split}.txt", owners, len(features))
        arrays |= {f"{split}_features": features,
                   **caption_arrays(split, owners, sentences, words)}
    meta = {"encoder": encoder, "source": folder.name, "min_count": min_count}
    write_dataset(out, arrays, meta)
    return meta


def _features(path):
    try:
        features = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise OSError(f"{path}: damaged or no array ({error})") from None
    if features.ndim != 2 or features.dtype.kind not in "fiu" or 0 in features.shape:
        raise OSError(f"{path}: {features.dtype} of shape {features.shape}; wanted numbers, a row "
                      "for each picture")
    features = features.astype(np.float32)
    if not np.isfinite(features).all():
        raise OSError(f"{path}: holds NaN or infinity; wanted finite numbers")
    return features


def _captions(path):
    """Row numbers and tokenised sentences of a text."""
    owners, sentences = [], []
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except FileNotFoundError:
        raise OSError(f"{path}: no such file; wanted a line for each caption") from None
    except UnicodeDecodeError as error:
        raise OSError(f"{path}: no text in UTF-8 ({error})") from None
    for number, line in enumerate(lines, 1):
        row, tab, caption = line.partition("\t")
        if not (tab and row.strip().isdecimal() and tokenize(caption)):
            raise OSError(f"{path}: line {number} is {line[:40]!r}; wanted a row's number, a tab "
                          "and a caption")
        owners.append(int(row))
        sentences.append(tokenize(caption))
    return np.array(owners), sentences


def _check_owners(path, owners, pictures):
    complain("captions of rows that are not there", [
        f"{path}: line {k + 1} is of row {owner}, there are {pictures}"
        for k, owner in enumerate(owners) if owner >= pictures])
    complain("rows without a caption", [
        f"{path}: row {row}" for row in sorted({*range(pictures)} - set(owners.tolist()))])
