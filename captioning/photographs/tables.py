"""Photographs of one's own and what is said of them (chapter 17, Photographs).

A folder holds the photographs, nested in any way, and a table for each split, ``train.csv`` and
``val.csv`` for example: under a head that says ``image,caption``, a line for each caption, with the
name of its photograph's file. A photograph belongs to one split: what is learnt from is no test.
"""

import csv
from pathlib import Path

from captioning.photographs.finding import files_under
from captioning.photographs.preparing import MIN_COUNT, Photograph, complain, prepare
from captioning.vocabulary import tokenize


def prepare_photographs(folder, out, workers=1, min_count=MIN_COUNT):
    """Make a data set of photographs: `read_photographs`, then `captioning.photographs.prepare`.

    Parameters
    ----------
    folder : path-like
    out : path-like
        The HDF5 file to write. It says that its source is the folder, by its name.
    workers, min_count : int
        As in `captioning.photographs.prepare`.

    Returns
    -------
    dict
        What the file says of itself.

    Raises
    ------
    OSError
        See `read_photographs`; photographs that cannot be read, all of them named.
    """
    splits, origin = read_photographs(folder)
    meta = {"source": Path(folder).resolve().name, "splits": origin}
    return prepare(splits, out, meta, workers, min_count)


def read_photographs(folder):
    """Find photographs and captions.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    splits : dict of str to list of Photograph
        By the names of the tables, in the order of their lines.
    origin : str
        The names of the tables.

    Raises
    ------
    OSError
        There is no folder or no table ``train.csv`` in it; a table is damaged or empty; a
        photograph is missing or in two tables, or a caption has no words: all of them named.
    """
    files = files_under(folder, "photographs and train.csv")
    tables = sorted(Path(folder).glob("*.csv"))
    if "train.csv" not in [table.name for table in tables]:
        raise OSError(f"{folder}: no train.csv; wanted it, with a line for each caption")
    captions = {table.stem: _captions(table) for table in tables}
    _check(captions, files)
    return {split: [Photograph(files[name], said) for name, said in photographs.items()]
            for split, photographs in captions.items()}, " ".join(t.name for t in tables)


def _captions(table):
    """All captions of a table by the name of their photograph, in the order of its lines."""
    captions = {}
    try:
        for name, caption in read_table(table):
            captions.setdefault(name, []).append(caption)
    except (UnicodeDecodeError, csv.Error) as error:
        raise OSError(f"{table}: no table in UTF-8 ({error})") from None
    if not captions:
        raise OSError(f"{table}: no captions; wanted a line for each")
    return captions


def read_table(path):
    """Yield (name, caption) from a table whose head says ``image,caption``.

    Parameters
    ----------
    path : path-like

    Raises
    ------
    OSError
        Another head, or a line that has not two columns.
    """
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        head = next(rows, [])
        if head != ["image", "caption"]:
            raise OSError(f"{path}: begins with {','.join(head)[:40]!r}; wanted image,caption")
        for row in rows:
            if len(row) != 2:
                raise OSError(f"{path}: line {rows.line_num} has {len(row)} columns; wanted 2 "
                              "(a caption with a comma stands in quotes)")
            yield row


def _check(captions, files):
    """Name whatever the tables want and the folder has not."""
    table = {}
    problems = []
    for split, photographs in captions.items():
        for name, said in photographs.items():
            if name not in files:
                problems.append(f"{name}: no such photograph")
            if name in table:
                problems.append(f"{name}: in {table[name]}.csv and in {split}.csv")
            table[name] = split
            problems += [f"{name}: caption {k + 1} has no words"
                         for k, caption in enumerate(said) if not tokenize(caption)]
    complain("things missing or amiss", problems)
