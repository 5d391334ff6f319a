"""Run the chapters, bring them to normal form, and lay them out as text for editing.

A notebook in normal form differs from itself only where its author changed something: no run
times, no editor's leavings, no version of Python, every cell with an id that stays.

    python tools/notebooks.py run [NAME ...]    execute, rewrite outputs, normal form
    python tools/notebooks.py edit NAME         a Markdown twin in book/_edit, and back again
    python tools/notebooks.py new NAME          a chapter to begin with, from tools/chapter.md
"""

import argparse
import hashlib
import re
import sys
from pathlib import Path

import nbformat

BOOK = Path(__file__).resolve().parent.parent / "book"
EDIT = BOOK / "_edit"
TEMPLATE = Path(__file__).resolve().parent / "chapter.md"
CELL_METADATA = ("tags", "mystnb", "jupyter")
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
TIMEOUT = 120  # seconds a cell may take, as in `make test`


def chapters(names=()):
    """Find the notebooks whose names start with one of `names`; all of them for none."""
    every = sorted(BOOK.glob("*.ipynb"))
    found = [p for p in every if not names or any(p.name.startswith(n) for n in names)]
    if names and not found:
        raise SystemExit(f"no notebook in book/ starts with {' or '.join(names)}")
    return found


def read(path):
    """Read a notebook as it stands, an older format brought up to nbformat 4."""
    return nbformat.reads(Path(path).read_text(encoding="utf-8"), as_version=4)


def text(notebook):
    """Write a notebook as the text that its file holds."""
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def fresh_id(cell, taken):
    """Make an id from what a cell says, so that the same cell gets the same id."""
    digest = hashlib.sha256((cell.cell_type + cell.source).encode()).hexdigest()
    return next(d for d in (digest[i : i + 8] for i in range(57)) if d not in taken)


def normal_cell(cell, taken):
    """Give a cell its normal form, with an id that no cell before it has taken."""
    if not re.fullmatch(r"[\w-]{1,64}", cell.get("id", "")) or cell.id in taken:
        cell["id"] = fresh_id(cell, taken)
    taken.add(cell.id)
    cell["metadata"] = {k: cell.metadata[k] for k in CELL_METADATA if cell.metadata.get(k)}
    cell["source"] = "\n".join(line.rstrip() for line in cell.source.strip("\n").split("\n"))
    if cell.cell_type == "code":
        cell["outputs"] = joined_streams(cell.outputs)
    return cell


def fold_solutions(cells):
    """Fold in JupyterLab what the book folds or leaves out: solutions, answers, drawing code."""
    inside = False
    for cell in cells:
        if cell.cell_type == "markdown" and "{solution-" in cell.source:
            inside = "{solution-start}" in cell.source
        hidden = inside or {"hide-cell", "remove-input"} & set(cell.metadata.get("tags", []))
        if cell.cell_type == "code":
            cell.metadata.pop("jupyter", None)
            if hidden:
                cell.metadata["jupyter"] = {"source_hidden": True}


def joined_streams(outputs):
    """Join pieces of one stream, which a kernel sends as it pleases, where they are neighbours."""
    joined = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output.output_type == "stream" == last.get("output_type") and output.name == last.name:
            last["text"] += output.text
        else:
            joined.append(output)
    return joined


def normal_form(notebook):
    """Bring a notebook to normal form; an empty cell goes."""
    taken = set()
    notebook["cells"] = [normal_cell(c, taken) for c in notebook.cells if c.source.strip()]
    fold_solutions(notebook.cells)
    notebook["metadata"] = nbformat.from_dict(NOTEBOOK_METADATA)
    notebook["nbformat"], notebook["nbformat_minor"] = 4, 5
    return notebook


def execute(notebook, folder):
    """Run a notebook from its first cell to its last in a fresh kernel, inside `folder`."""
    from nbclient import NotebookClient

    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        extra_arguments=["--log-level=40"],  # the kernel's own warnings are not the chapter's
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    return notebook


def save(path, new):
    """Write a file only where its text has changed, and say which it was."""
    if path.exists() and path.read_text(encoding="utf-8") == new:
        return "unchanged"
    path.write_text(new, encoding="utf-8")
    return "written"


def run(names):
    """Execute chapters and rewrite them with their outputs."""
    for path in chapters(names):
        notebook = execute(normal_form(read(path)), path.parent)
        print(f"{path.name}: {save(path, text(normal_form(notebook)))}", flush=True)


def as_markdown(path):
    """Write a notebook's cells as MyST Markdown, without outputs."""
    import jupytext

    return jupytext.writes(normal_form(read(path)), fmt="md:myst")


def with_outputs(markdown, path):
    """Read a twin back: its text and tags, with ids and outputs of the cells that are the same."""
    import jupytext
    from jupytext.combine import combine_inputs_with_outputs

    new = jupytext.reads(markdown, fmt="md:myst")
    return normal_form(combine_inputs_with_outputs(new, read(path), fmt="md:myst"))


def edit(name):
    """Lay a chapter's Markdown twin, or bring an edited twin back into its notebook.

    A copy of the twin as it was laid is kept beside it, so that it is known which side changed.
    """
    (path,) = chapters([name])[:1]
    twin, base = EDIT / f"{path.stem}.md", EDIT / f".{path.stem}.laid"
    now = as_markdown(path)
    edited = twin.read_text(encoding="utf-8") if twin.exists() else now
    laid = base.read_text(encoding="utf-8") if base.exists() else now
    where = twin.relative_to(BOOK.parent)
    if edited not in (laid, now) and now != laid:
        raise SystemExit(f"both {where} and its notebook have changed: delete one's changes first")
    EDIT.mkdir(exist_ok=True)
    if edited not in (laid, now):
        path.write_text(text(with_outputs(edited, path)), encoding="utf-8")
        print(f"{path.name} has the text of {where}. Now: make notebooks NAME={path.stem}")
    else:
        print(f"Edit {where}, then bring it back: make edit NAME={path.stem}")
    now = as_markdown(path)
    twin.write_text(now, encoding="utf-8")
    base.write_text(now, encoding="utf-8")


def new(name, book=BOOK):
    """Begin a chapter, executed, from the template; `name` is a number and words, 20-my-layer."""
    import jupytext

    path = Path(book) / f"{name}.ipynb"
    if not re.fullmatch(r"\d\d-[a-z0-9-]+", name):
        raise SystemExit(f"a chapter's name is like 20-my-layer, not {name!r}")
    if path.exists():
        raise SystemExit(f"{path.name} exists")
    word = name.split("-")[1]  # labels are the chapter's own
    said = re.sub(r"\b(eq|ex|fig)-new-", rf"\1-{word}-", TEMPLATE.read_text(encoding="utf-8"))
    notebook = execute(normal_form(jupytext.reads(said, fmt="md:myst")), path.parent)
    path.write_text(text(normal_form(notebook)), encoding="utf-8")
    print(f"book/{path.name} is there. Name it in _toc.yml, then: make edit NAME={name[:2]}")


def main(arguments=None):
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("run", help="execute and rewrite").add_argument("names", nargs="*")
    verbs.add_parser("edit", help="Markdown twin, and back").add_argument("name")
    verbs.add_parser("new", help="begin a chapter").add_argument("name")
    given = parser.parse_args(arguments)
    if given.verb == "run":
        run(given.names)
    else:
        (edit if given.verb == "edit" else new)(given.name)


if __name__ == "__main__":
    sys.exit(main())
