"""Run every page of the book once and log what it takes (the page on run times).

    python -m experiments.run_times

The log also lists the other logs, each with the command that makes it again.

Wall time depends on what else the machine does; processor time much less so.
"""

import json
import os
import platform
import re
import time
from pathlib import Path

from nbformat.v4 import new_code_cell

from captioning.files import data_path
from captioning.logs import write_log
from captioning.progress import bar
from tools.notebooks import BOOK, execute, normal_form, read

SELF = "run-times"  # draws this log, and so comes after it
# Not ru_maxrss, in which Linux counts what the process that started the kernel held at that time.
ASK = """import json as _json, os as _os
_peak = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(_json.dumps([sum(_os.times()[:2]), int(_peak[0]) / 1024]))"""


def measured(path):
    """Run one notebook in a fresh kernel.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    dict
        ``title``, ``cells``, ``wall`` and ``processor`` in seconds, ``memory`` in MB at its peak.
    """
    notebook = normal_form(read(path))
    cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    title = re.search(r"^# (.+)", notebook.cells[0].source, re.M)[1]
    notebook.cells.append(new_code_cell(ASK))
    start = time.perf_counter()
    execute(notebook, path.parent)
    wall = time.perf_counter() - start
    processor, memory = map(float, notebook.cells[-1].outputs[0].text.strip("[]\n").split(","))
    return {"title": title, "cells": cells, "wall": round(wall, 1),
            "processor": round(processor, 1), "memory": round(memory)}


def machine():
    """Describe the machine: processor, cores, memory, threads of the matrix products."""
    cpu = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.+)", cpu.read_text()) if cpu.exists() else []
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"processor": names[0] if names else platform.processor(), "cores": os.cpu_count(),
            "memory": f"{memory:.0f} GB", "system": platform.system(),
            "threads": os.environ.get("OPENBLAS_NUM_THREADS", "as many as cores")}


def logs():
    """List the other logs: name to command, seed, and the versions that made them."""
    paths = [path for path in sorted(data_path("logs").glob("*.json")) if path.stem != SELF]
    heads = {path.stem: json.loads(path.read_text()) for path in paths}
    return {name: {key: head[key] for key in ("command", "seed", "python", "numpy")}
            for name, head in heads.items()}


def main():
    """Measure every page and write the log."""
    paths = [path for path in sorted(BOOK.glob("*.ipynb")) if path.stem != SELF]
    pages = {path.stem: measured(path) for path in bar(paths, "pages")}
    write_log(SELF, {"machine": machine(), "pages": pages, "logs": logs()},
              "python -m experiments.run_times", None)


if __name__ == "__main__":
    main()
