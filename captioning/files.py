"""Files that are whole or absent: written beside their name, then renamed; read with a check.

Weights, vocabularies and checkpoints are ``.npz`` archives without pickle. The zip format keeps
a checksum of each member, and reading compares it.
"""

import contextlib
import json
import os
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np

META = "meta.json"


def data_path(name):
    """Path of a file in the repository's ``data/`` folder."""
    return Path(__file__).resolve().parents[1] / "data" / name


@contextlib.contextmanager
def atomic(path):
    """Yield a temporary path beside ``path``; rename it there if nothing went wrong.

    Whatever interrupts the writing (a full disk, Ctrl-C), no half-written file stands under the
    final name, and a file that stood there before is untouched.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def save_npz(path, kind, version, arrays, meta):
    """Write arrays and a description to an ``.npz`` file, whole or not at all.

    Parameters
    ----------
    path : path-like
    kind : str
        What the file is, ``"captioner"`` for example; `load_npz` asks for it again.
    version : int
        The version of that kind's format.
    arrays : dict of str to ndarray
    meta : dict
        Anything that JSON can hold.
    """
    if META in arrays:
        raise ValueError(f"arrays holds {META!r}; wanted another name, this one is taken")
    arrays = {name: np.asarray(value) for name, value in arrays.items()}
    for name, value in arrays.items():
        if value.dtype.hasobject:
            raise ValueError(f"arrays[{name!r}] holds Python objects; wanted numbers or text, "
                             "which need no pickle")
    header = json.dumps({"kind": kind, "version": version, "meta": meta})
    with atomic(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays, **{META: np.array(header)})


def load_npz(path, kind, version):
    """Read what `save_npz` wrote.

    Returns
    -------
    arrays : dict of str to ndarray
    meta : dict

    Raises
    ------
    OSError
        The file is missing, damaged, of another kind or of another version.
    """
    try:
        # NumPy reads as much of a member as the array's header asks for, and a checksum is
        # compared only at the end: a damaged header could cut an array short unnoticed.
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
        if damaged:
            raise ValueError(f"the checksum of {damaged} differs")
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        header = json.loads(str(arrays.pop(META)))
        found, meta = (header["kind"], header["version"]), header["meta"]
    except FileNotFoundError:
        raise OSError(f"{path}: no such file; wanted a {kind} file") from None
    except (ValueError, KeyError, TypeError, EOFError, OSError, RuntimeError, struct.error,
            zipfile.BadZipFile, zlib.error) as error:
        raise OSError(f"{path}: damaged or not a {kind} file ({error})") from None
    if found != (kind, version):
        raise OSError(f"{path}: holds {found[0]} version {found[1]}; wanted {kind} version "
                      f"{version}")
    return arrays, meta
