"""Files of a collection, found by their names wherever they lie (chapter 17, Photographs)."""

import os
from pathlib import Path


def files_under(folder, whose):
    """Path of every file under a folder, by name; of two with one name the first in order.

    Parameters
    ----------
    folder : path-like
    whose : str
        What the message says was wanted, where there is no such folder.

    Returns
    -------
    dict of str to Path

    Raises
    ------
    OSError
        There is no such folder.
    """
    if not Path(folder).is_dir():
        raise OSError(f"{folder}: no such folder; wanted {whose}")
    files = {}
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders.sort()
        for name in names:
            files.setdefault(name, Path(parent, name))
    return files
