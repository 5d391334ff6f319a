"""Refuse a chapter whose page could say what nothing has checked.

Strict nbval compares what a notebook holds with what it computes. It cannot see a cell that was
never run, an exemption, a picture without words for who cannot see it, or a number in a sentence
that no output bears out. This guard does. Its one list of exemptions is book/exempt.toml, which
names the notebook, the cell's id and the reason:

    ["18-fast"]
    a1b2c3d4 = "prints seconds, which are this machine's"

    python tools/guard.py            every chapter
    python tools/guard.py FILE ...   these
"""

import importlib.util
import re
import sys
import tomllib
from pathlib import Path

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.notebooks import normal_form, read, text
from tools.prose import numbers_in_log, numbers_in_prose, numbers_in_text

ROOT = Path(__file__).resolve().parent.parent
EXEMPTIONS = re.compile(r"NBVAL_(?:IGNORE_OUTPUT|SKIP)|PYTEST_VALIDATE_IGNORE_OUTPUT")
EXEMPT_TAGS = {"nbval-ignore-output", "nbval-skip", "skip-execution", "remove-stderr"}
PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
TEXTS = ("text/plain", "text/markdown", "text/latex", "text/html", "application/json")


def label(index, cell):
    """Name a cell as a reader of a message finds it."""
    return f"cell {index} (id {cell.get('id', 'none')})"


def code_cells(notebook):
    """Pair each code cell with its place among all cells, counted from 1."""
    return [(i, c) for i, c in enumerate(notebook.cells, 1) if c.cell_type == "code"]


def unexecuted(notebook):
    """Find cells that were not run, or not in order from the first to the last."""
    for count, (i, cell) in enumerate(code_cells(notebook), 1):
        if cell.execution_count is None:
            yield f"{label(i, cell)} has not been executed"
        elif cell.execution_count != count:
            yield (
                f"{label(i, cell)} was executed as number {cell.execution_count} and stands as "
                f"number {count}"
            )


def errors(notebook):
    """Find stored errors that nobody announced, and anything on stderr."""
    for i, cell in code_cells(notebook):
        for output in cell.outputs:
            announced = "raises-exception" in cell.metadata.get("tags", [])
            if output.output_type == "error" and not announced:
                yield (
                    f"{label(i, cell)} holds an error, {output.ename}: {output.evalue}; mend it, "
                    "or tag the cell raises-exception if the page is about it"
                )
            if output.output_type == "stream" and output.name == "stderr":
                yield f"{label(i, cell)} wrote to stderr: {output.text.strip()[:80]!r}"


def exemptions(notebook, allowed):
    """Find exemptions from checking that `allowed` does not name, and names that exempt nothing.

    `allowed` maps a cell's id to the reason why it is exempt.
    """
    used = set()
    for i, cell in code_cells(notebook):
        marks = EXEMPTIONS.findall(cell.source)
        marks += sorted(EXEMPT_TAGS & set(cell.metadata.get("tags", [])))
        if marks and not allowed.get(cell.get("id"), "").strip():
            yield (
                f"{label(i, cell)} exempts itself from checking ({', '.join(marks)}); take that "
                "out, or name the cell and the reason in book/exempt.toml"
            )
        used |= {cell.get("id")} if marks else set()
    for stale in sorted(set(allowed) - used):
        yield f"book/exempt.toml names a cell {stale!r} that has no exemption"


def pictures(notebook):
    """Find pictures without alternative text."""
    for i, cell in enumerate(notebook.cells, 1):
        mystnb = cell.metadata.get("mystnb", {})
        alt = mystnb.get("image", {}).get("alt", "")
        outputs = [o.get("data", {}) for o in cell.get("outputs", [])]
        if any(p in data for data in outputs for p in PICTURES) and not alt.strip():
            yield (
                f"{label(i, cell)} draws a picture without alt text; say what it shows in the "
                "cell's metadata, mystnb.image.alt"
            )
        if cell.cell_type == "markdown" and re.search(r"!\[\s*\]\(", cell.source):
            yield f"{label(i, cell)} has an image without alt text: ![what it shows](...)"


def abnormal(notebook, stored):
    """Find out whether a notebook's file is not in normal form; `stored` is the file's text."""
    if text(normal_form(notebook)) != stored:
        yield "the file is not in normal form"


def output_text(notebook):
    """Join whatever text the code cells' outputs show."""
    shown = []
    for _, cell in code_cells(notebook):
        for output in cell.outputs:
            data = output.get("data", {})
            shown += [str(data[kind]) for kind in TEXTS if kind in data and kind != "text/html"]
            shown += [re.sub(r"<[^>]*>", " ", data["text/html"])] if "text/html" in data else []
            shown += [output.get("text", ""), output.get("evalue", "")]
    return "\n".join(shown)


def logs_named(notebook, folder):
    """Find the logs in a folder whose names occur in the notebook."""
    everything = "\n".join(c.source for c in notebook.cells) + output_text(notebook)
    return [p for p in sorted(folder.glob("**/*.json*")) if p.stem in everything]


def tiny_numbers():
    """List the numbers of the tiny network's table; none before the table exists."""
    if not importlib.util.find_spec("captioning.tiny"):
        return []
    tiny = importlib.import_module("captioning.tiny")
    return [float(n) for array in tiny.PARAMETERS.values() for n in np.ravel(array)]


def prose_of(cell):
    """List what a cell says in words, each with its name: its text, its caption, its alt text."""
    mystnb = cell.metadata.get("mystnb", {})
    said = [("", cell.source)] if cell.cell_type == "markdown" else []
    said.append(("'s caption", mystnb.get("figure", {}).get("caption", "")))
    said.append(("'s alt text", mystnb.get("image", {}).get("alt", "")))
    return said


def unfounded(notebook, folder):
    """Find decimals and percentages in prose that nothing on the page or behind it bears out."""
    logs = logs_named(notebook, folder)
    printed = numbers_in_text(output_text(notebook))
    logged = [n for path in logs for n in numbers_in_log(path)]
    table = tiny_numbers()  # 72 numbers of one decimal: as percentages they would excuse too much
    sources = printed + logged
    looked = (
        f"{len(printed)} numbers in its outputs, {len(logged)} in the logs it names "
        f"({', '.join(p.name for p in logs) or 'none'}), {len(table)} in the tiny network's table, "
        "a citation in the sentence"
    )
    for i, cell in enumerate(notebook.cells, 1):
        for where, said in prose_of(cell):
            for number in numbers_in_prose(said):
                allowed = sources if number.percent else sources + table
                if number.cited or any(map(number.borne_out_by, allowed)):
                    continue
                nearest = min(allowed, key=lambda s: abs(s - number.value), default=None)
                close = "" if nearest is None else f"; the nearest is {nearest:g}"
                yield (
                    f"{label(i, cell)}{where}: nothing bears out {number.written!r} in "
                    f"{number.sentence[:100]!r} (looked at {looked}{close})"
                )


def findings(path, allowed=None, logs=ROOT / "data" / "logs"):
    """List what is wrong with one notebook.

    Parameters
    ----------
    path : pathlib.Path
    allowed : dict, optional
        Cell id to reason, the exemptions that this notebook is granted.
    logs : pathlib.Path
        The folder of logs.

    Returns
    -------
    list of str
        One sentence a finding; empty when all is well.
    """
    notebook = read(path)
    found = [*unexecuted(notebook), *errors(notebook), *exemptions(notebook, allowed or {})]
    found += [*pictures(notebook), *unfounded(notebook, logs)]
    return found + [*abnormal(notebook, path.read_text(encoding="utf-8"))]


def granted():
    """Read the list of exemptions: notebook to cell id to reason."""
    path = ROOT / "book" / "exempt.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def main(arguments):
    """Check the chapters named, or all, and return 1 when anything is found."""
    paths = [Path(a) for a in arguments] or sorted((ROOT / "book").glob("*.ipynb"))
    allowed, count = granted(), 0
    for path in paths:
        found = findings(path, allowed.get(path.stem, {}))
        count += len(found)
        for finding in found:
            print(f"book/{path.name}: {finding}")
        if any("normal form" in f or "execut" in f for f in found):
            print(f"book/{path.name}: to mend that, run: make notebooks NAME={path.stem}")
    print(f"guard: {len(paths)} notebook(s), {count or 'no'} finding(s)")
    return int(count > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
