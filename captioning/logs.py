"""Logged numbers: results of runs too long for a page, with what it takes to make them again.

A log is a small JSON file under ``data/logs``: the command, the seed, versions and machine, the
result, and the SHA-256 of the result, which reading compares.
"""

import hashlib
import json
import platform

import numpy as np

from captioning.files import atomic, data_path


def write_log(name, result, command, seed):
    """Write a log.

    Parameters
    ----------
    name : str
        Of the file, without ``.json``.
    result : dict
        Anything that JSON can hold.
    command : str
        What makes the result again.
    seed : int or None
        None where nothing is drawn at random.
    """
    about = {"command": command, "seed": seed, "python": platform.python_version(),
             "numpy": np.__version__, "machine": f"{platform.machine()} {platform.system()}"}
    head = json.dumps({**about, "sha256": _hash(result)}, indent=1).removesuffix("\n}")
    with atomic(data_path(f"logs/{name}.json")) as temporary:
        temporary.write_text(f'{head},\n "result": {json.dumps(result)}\n}}\n')


def read_log(name):
    """Return the result of a log; OSError if it is missing or was changed by hand."""
    path = data_path(f"logs/{name}.json")
    try:
        log = json.loads(path.read_text())
    except FileNotFoundError:
        raise OSError(f"{path}: no such log") from None
    except ValueError as error:
        raise OSError(f"{path}: damaged, not JSON ({error})") from None
    if _hash(log["result"]) != log["sha256"]:
        raise OSError(f"{path}: the result does not have the hash that was stored with it")
    return log["result"]


def _hash(result):
    return hashlib.sha256(json.dumps(result, sort_keys=True).encode()).hexdigest()
