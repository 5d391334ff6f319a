"""Flickr8k as people have it, read into photographs and captions (chapter 17, Photographs).

Its authors distribute a folder of photographs, one text of all captions and a list of names for
each split. The common mirror has a folder of photographs and ``captions.txt``, and no lists.
Folders may be nested in any way: files are found by their names.

Source: Hodosh, Young and Hockenmaier, "Framing image description as a ranking task", 2013.
"""

import csv
import zlib

from captioning.photographs.finding import files_under
from captioning.photographs.preparing import MIN_COUNT, Photograph, complain, prepare
from captioning.photographs.tables import read_table
from captioning.vocabulary import tokenize

AUTHORS, MIRROR = "Flickr8k.token.txt", "captions.txt"
LISTS = {split: f"Flickr_8k.{split}Images.txt" for split in ("train", "dev", "test")}


def prepare_flickr8k(folder, out, workers=1, min_count=MIN_COUNT):
    """Make a data set of Flickr8k: `read_flickr8k`, then `captioning.photographs.prepare`.

    Parameters
    ----------
    folder : path-like
    out : path-like
        The HDF5 file to write.
    workers, min_count : int
        As in `captioning.photographs.prepare`.

    Returns
    -------
    dict
        What the file says of itself.

    Raises
    ------
    OSError
        The folder lacks something; photographs without captions, captions without photographs,
        photographs that cannot be read, all of them named.
    """
    splits, origin = read_flickr8k(folder)
    return prepare(splits, out, {"source": "Flickr8k", "splits": origin}, workers, min_count)


def read_flickr8k(folder):
    """Find photographs, captions and splits.

    Where there are lists, the splits are theirs. Where there are none, CRC-32 of a photograph's
    name, modulo 8, decides: 0 is test, 1 is dev, the rest is train.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    splits : dict of str to list of Photograph
        In the order of the lists, or of the names.
    origin : str
        Where the splits are from.

    Raises
    ------
    OSError
        See `prepare_flickr8k`.
    """
    files = files_under(folder, "Flickr8k's")
    try:
        captions = _read_captions(folder, files)
        names = {split: files[name].read_text("utf-8").split()
                 for split, name in LISTS.items() if name in files}
    except (UnicodeDecodeError, csv.Error) as error:
        raise OSError(f"{folder}: captions or lists are no text in UTF-8 ({error})") from None
    origin = "lists of the authors" if names else "CRC-32 of the name modulo 8"
    names = names or _own_splits({name for name in files if name.endswith(".jpg")} | set(captions))
    _check(names, files, captions)
    return {split: [Photograph(files[name], captions[name]) for name in chosen]
            for split, chosen in names.items()}, origin


def _read_captions(folder, files):
    """All captions by the name of their photograph, in the order of the file."""
    if AUTHORS in files:
        pairs = _authors_pairs(files[AUTHORS])
    elif MIRROR in files:
        pairs = read_table(files[MIRROR])
    else:
        raise OSError(f"{folder}: no captions; wanted {AUTHORS} or {MIRROR} in it")
    captions = {}
    for name, caption in pairs:
        captions.setdefault(name, []).append(caption)
    return captions


def _authors_pairs(path):
    """Yield (name, caption) from lines ``name.jpg#k``, tab, caption."""
    with open(path, encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            name, tab, caption = line.rstrip("\n").partition("\t")
            name = name.rpartition("#")[0]
            if not (tab and name):
                raise OSError(f"{path}: line {number} is {line.strip()[:40]!r}; wanted "
                              "name.jpg#number, a tab and a caption")
            if name.endswith(".jpg"):  # one entry, 2258277193_586949ec62.jpg.1, never had a file
                yield name, caption


def _own_splits(names):
    splits = {split: [] for split in LISTS}
    for name in sorted(names):
        split = {0: "test", 1: "dev"}.get(zlib.crc32(name.encode()) % 8, "train")
        splits[split].append(name)
    return {split: names for split, names in splits.items() if names}


def _check(names, files, captions):
    """Name whatever is missing of the photographs that the splits want."""
    wanted = [name for chosen in names.values() for name in chosen]
    problems = [f"{LISTS[split]}: no names" for split, chosen in names.items() if not chosen]
    problems += [f"{name}: no such photograph" for name in wanted if name not in files]
    problems += [f"{name}: no caption" for name in wanted if name not in captions]
    problems += [f"{name}: caption {k + 1} has no words"
                 for name in wanted for k, caption in enumerate(captions.get(name, []))
                 if not tokenize(caption)]
    complain("things missing", problems)
