"""The equations that the code cites are in the book, each in one place.

A comment such as ``# (D, H)  eq-rnn-dWx`` names a numbered equation. What its label begins with
says which chapter owes it. From the day that chapter's notebook stands in `book/`, the label must
be defined there, once, and nowhere else; until then only its beginning is checked.
"""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CITED = re.compile(r"\beq-\w+(?:-\w+)*")
# The three ways to name an equation in MyST: after dollars, as an option, inside amsmath.
DEFINED = re.compile(r"^\$\$\s*\((eq-[\w-]+)\)|^:label:\s*(eq-[\w-]+)|\\label\{(eq-[\w-]+)\}", re.M)
CHAPTERS = {
    "eq-rnn-": 4, "eq-bptt-": 5, "eq-embed-": 6, "eq-affine-": 7, "eq-temporal-affine-": 7,
    "eq-softmax-": 7, "eq-model-": 8, "eq-learn-": 9, "eq-conv-": 10, "eq-speak-": 11,
    "eq-judge-": 12, "eq-lstm-": 13, "eq-wrong-": 19,
}


def cited_labels(package):
    """Where the code cites which label: label -> list of ``file:line``."""
    cited = {}
    for path in sorted(package.rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for label in CITED.findall(line):
                cited.setdefault(label, []).append(f"{path.name}:{number}")
    return cited


def defined_labels(book):
    """Where the book defines which label: label -> list of file names, one a definition."""
    defined = {}
    for path in sorted([*book.glob("*.ipynb"), *book.glob("*.md")]):
        for match in DEFINED.finditer(prose(path)):
            label = next(filter(None, match.groups()))
            defined.setdefault(label, []).append(path.name)
    return defined


def prose(path):
    """The Markdown of a page."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    cells = json.loads(text)["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells
                       if cell["cell_type"] == "markdown")


def faults(package, book):
    """List what is wrong with the code's citations."""
    defined, found = defined_labels(book), []
    for label, lines in cited_labels(package).items():
        # The longest beginning that fits: eq-temporal-affine- is not eq-affine-.
        chapter = CHAPTERS.get(max(filter(label.startswith, CHAPTERS), key=len, default=""))
        where = defined.get(label, [])
        if chapter is None:
            found.append(f"{label}, cited in {lines}, begins like no chapter's")
        elif len(where) > 1:
            found.append(f"{label} is defined {len(where)} times, in {where}")
        elif any(book.glob(f"{chapter:02}-*.ipynb")):
            if not where or not where[0].startswith(f"{chapter:02}-"):
                found.append(f"{label}, cited in {lines}, is not defined in chapter {chapter} "
                             f"but in {where}")
    return found


def test_every_equation_cited_is_in_its_chapter():
    assert not faults(ROOT / "captioning", ROOT / "book")


def test_each_label_of_the_book_is_defined_once():
    twice = {label: where for label, where in defined_labels(ROOT / "book").items()
             if len(where) > 1}
    assert not twice


def test_code_cites_equations():
    assert len(cited_labels(ROOT / "captioning")) >= 20


# ---------------------------------------------------------------- the test can fail

def lay_out(folder, code, **pages):
    """Make a package of one module and a book of the pages given."""
    package, book = folder / "package", folder / "book"
    package.mkdir()
    book.mkdir()
    (package / "rnn.py").write_text(code)
    for name, text in pages.items():
        name = name.removeprefix("_").replace("_", "-")
        cell = {"cell_type": "markdown", "source": text.splitlines(keepends=True)}
        (book / f"{name}.ipynb").write_text(json.dumps({"cells": [cell]}))
    return package, book


CODE = "dWx = x.T @ da  # (D, H)  eq-rnn-dWx\n"
EQUATION = "So\n$$\nx = y\n$$ (eq-rnn-dWx)\nand on"


@pytest.mark.parametrize("text", [
    EQUATION,
    "$$ (eq-rnn-dWx)",
    "```{math}\n:label: eq-rnn-dWx\nx = y\n```",
    "\\begin{align}\nx = y \\label{eq-rnn-dWx}\n\\end{align}",
])
def test_each_way_to_name_an_equation_is_read(tmp_path, text):
    assert not faults(*lay_out(tmp_path, CODE, _04_one_step=text))


@pytest.mark.parametrize("code, pages, message", [
    (CODE, dict(_04_one_step="see {eq}`eq-rnn-dWx`"), "not defined in chapter 4"),
    (CODE, dict(_04_one_step="", _05_through_time=EQUATION), "not defined in chapter 4"),
    (CODE, dict(_04_one_step=EQUATION + "\n" + EQUATION), "defined 2 times"),
    (CODE, dict(_04_one_step=EQUATION, _05_through_time=EQUATION), "defined 2 times"),
    ("y = x  # eq-rnm-dWx\n", {}, "begins like no chapter's"),
])
def test_a_wrong_citation_is_found(tmp_path, code, pages, message):
    assert message in "\n".join(faults(*lay_out(tmp_path, code, **pages)))


def test_a_chapter_that_is_not_written_owes_its_labels(tmp_path):
    package, book = lay_out(tmp_path, CODE)
    (book / "04-one-step.md").write_text("This chapter is not written yet.")
    assert not faults(package, book)
