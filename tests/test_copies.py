"""The copies of the chapters: no solution is handed out, and every solution in the book works."""

import json
import re
import subprocess
import symtable
import sys

import pytest

from tools import copies
from tools.notebooks import BOOK, chapters, read, text
from tools.pages import Page
from tools.plain import Plain, headed, quoted

PLAIN = Plain(quoted)
NOTEBOOKS = {path.stem: read(path) for path in chapters()}
MARK = re.compile(r"\{(exercise-start|solution-start|solution-end)\}(?:\n:label:)? ?(\S*)")
VERDICT = re.compile(r"\*\*`(\w+)`: (right|not right yet)\.\*\*")


def exercises(notebook):
    """Divide a chapter: for each exercise its label, the cells that ask and those that solve it."""
    label, asking, solving, inside = None, [], [], False
    for cell in notebook.cells:
        if cell.cell_type == "code":
            (solving if inside else asking).append(cell)
            continue
        for kind, name in MARK.findall(cell.source):
            if kind == "exercise-start":
                label, asking, solving = name, [], []
            elif kind == "solution-end":
                yield label, asking, solving
            inside = kind == "solution-start"


def verdicts(cells):
    """List what the checker said in the outputs of cells: names of functions, right or not."""
    said = [o.get("data", {}).get("text/markdown", "") for c in cells for o in c.outputs]
    return [m.groups() for m in map(VERDICT.match, said) if m]


CHECKED = [(chapter, label, asking, solving) for chapter, notebook in NOTEBOOKS.items()
           for label, asking, solving in exercises(notebook) if verdicts(asking)]


@pytest.mark.parametrize(("chapter", "label", "asking", "solving"), CHECKED,
                         ids=[label for _, label, _, _ in CHECKED])
def test_every_solution_passes_and_every_stub_fails(chapter, label, asking, solving):
    """What is stored in the chapter is what nbval has seen it print."""
    passed = [name for name, verdict in verdicts(solving) if verdict == "right"]
    printed = " ".join(o.get("text", "") for c in solving for o in c.outputs)
    if not passed and "is right: True" in printed:  # several ways, each with its verdict
        assert "is right: False" not in printed
        passed = [name for name, _ in verdicts(asking)]
    failed = [name for name, verdict in verdicts(asking) if verdict != "right"]
    assert set(passed) == set(failed) == {name for name, _ in verdicts(asking)}


def test_most_exercises_that_ask_for_a_layer_are_checked():
    assert len(CHECKED) >= 24 and len({chapter for chapter, *_ in CHECKED}) >= 12


def names(source):
    """Names that a cell gives a value to at its top level, and global names that it needs."""
    top = symtable.symtable(source, "cell", "exec")
    bound = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
    tables, needed = [top], set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        needed |= {s.get_name() for s in table.get_symbols()
                   if s.is_referenced() and (s.is_global() or table is top)}
    return bound, needed - bound


def imported(source):
    """Names that a cell imports at its top level."""
    top = symtable.symtable(source, "cell", "exec")
    return {s.get_name() for s in top.get_symbols() if s.is_imported()}


def done_by_readers(notebook):
    """The ids of cells that hold a stub or a solution."""
    cells = [c for _, asking, solving in exercises(notebook)
             for c in (*(a for a in asking if "your code" in a.source or verdicts([a])), *solving)]
    return {c.id for c in cells}


@pytest.mark.parametrize("chapter", NOTEBOOKS)
def test_the_copy_runs_without_a_single_exercise_done(chapter):
    """No other cell may need a name that only the reader's own work gives a value to."""
    theirs, given, own = done_by_readers(NOTEBOOKS[chapter]), set(), set()
    for cell in NOTEBOOKS[chapter].cells:
        if cell.cell_type == "code":
            bound, needed = names(cell.source)
            if cell.id in theirs:  # what a stub's cell imports is there for all
                own |= bound
                given |= imported(cell.source) if "your code" in cell.source else set()
            else:
                given |= bound
                missing = needed & own - given
                assert not missing, f"{cell.source[:60]!r} needs {sorted(missing)}"


@pytest.mark.parametrize("chapter", NOTEBOOKS)
def test_the_copy_to_hand_out_has_stubs_and_no_solutions(chapter):
    notebook = read(BOOK / f"{chapter}.ipynb")
    solutions = [c.source for _, _, solving in exercises(notebook) for c in solving]
    copy = copies.student(notebook, PLAIN)
    code = [c.source for c in copy.cells if c.cell_type == "code"]
    words = "\n\n".join(c.source for c in copy.cells if c.cell_type == "markdown")
    stubs = {c.source for _, asking, _ in exercises(NOTEBOOKS[chapter]) for c in asking}
    assert not (set(solutions) - stubs) & set(code)
    assert words.count("**Exercise ") == len(list(exercises(notebook)))
    assert not any(c.get("outputs") for c in copy.cells)
    assert not re.search(r"\{[\w:-]+\}`|^:::|\]\{\.|\{(?:exercise|solution)-", words, re.M)
    json.loads(text(copy))


def test_what_answers_a_question_has_no_caption_to_give_it_away():
    notebook = read(BOOK / "04-one-step.ipynb")
    (answer,) = (c.metadata["mystnb"]["figure"]["caption"] for c in notebook.cells
                 if "hide-cell" in c.metadata.get("tags", []) and "figure" in c.metadata["mystnb"])
    copy = copies.student(notebook, PLAIN)
    assert answer[:40] not in "".join(c.source for c in copy.cells)


def test_the_copies_name_nothing_that_they_do_not_define(tmp_path):
    for chapter in NOTEBOOKS:
        copy = copies.student(read(BOOK / f"{chapter}.ipynb"), PLAIN)
        (tmp_path / f"{chapter}.ipynb").write_text(text(copy), encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", str(tmp_path)]
    found = subprocess.run(ruff, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_a_solution_in_the_middle_of_a_cell_is_cut_out(tmp_path):
    from nbformat.v4 import new_code_cell, new_markdown_cell

    start, end = ":::{solution-start} ex-a\n:class: dropdown\n:::\n", "```{solution-end}\n```"
    cells = [new_markdown_cell(f"before\n\n{start}\nsecret"), new_code_cell("secret = 1"),
             new_markdown_cell(f"more secret\n\n{end}\n\nafter")]
    left = [c.source for c in copies.without_solutions(cells)]
    assert left == ["before", "# your code, and what you saw", "after"]


def test_roles_become_words():
    said = PLAIN("By {eq}`eq-rnn-step` and {cite:t}`kingma2015adam`, {cite}`cs231n`; see "
                 "{doc}`chapter 5 <05-through-time>` and {doc}`13-lstm` [logged]{.logged}")
    assert said.startswith("By (4.1) and Kingma and Ba (2015), (") and "{" not in said
    assert said.endswith("see *chapter 5* and *LSTM* [logged]")


def test_a_box_becomes_a_quotation_or_a_heading():
    box = ":::{admonition} Which one?\n:class: tip\nThe left.\n\nNo.\n:::"
    assert PLAIN(box) == "> **Which one?**\n>\n> The left.\n>\n> No."
    assert Plain(headed)(box) == "### Which one?\n\nThe left.\n\nNo."


def test_an_answer_stays_folded_in_the_copy_to_hand_out():
    box = ":::{admonition} What to make of it\n:class: important dropdown\nThe left.\n:::"
    summary = "<details><summary><b>What to make of it</b></summary>"
    assert PLAIN(box) == f"{summary}\n\nThe left.\n\n</details>"
    assert Plain(headed)(box) == "### What to make of it\n\nThe left."


def test_a_link_to_a_heading_becomes_its_name_and_names_lose_their_braces():
    assert PLAIN("(wrong-end)=\n## A\n\n[the end](wrong-end), [a page](https://a.org)") == (
        "## A\n\n*the end*, [a page](https://a.org)")
    assert not any("{" in who for who, _ in PLAIN.sources.values())


@pytest.mark.skipif(not (BOOK.parent / "_build/html/book").exists(), reason="needs the built book")
@pytest.mark.parametrize("chapter", ["04-one-step", "07-scores-and-loss"])
def test_numbers_are_those_of_the_built_book(chapter):
    page = (BOOK.parent / f"_build/html/book/{chapter}.html").read_text(encoding="utf-8")
    labels = {k: v for k, v in PLAIN.numbers.items() if f'"equation-{k}"' in page}
    assert len(labels) > 10
    for label, number in labels.items():
        assert re.search(rf'eqno">\({number}\)<a class="headerlink" href="#equation-{label}"', page)


@pytest.mark.parametrize("chapter", ["04-one-step", "13-lstm"])
def test_the_slides_show_every_figure_and_load_nothing_from_elsewhere(tmp_path, chapter):
    plain = Plain(headed)
    laid = copies.slides(read(BOOK / f"{chapter}.ipynb"), plain)
    path = tmp_path / "slides.html"
    path.write_text(copies.as_html(laid, chapter), encoding="utf-8")
    shown = path.read_text(encoding="utf-8")
    loads = [load for load in Page(path).loads if not load.startswith("data:")]
    assert loads and all(load.startswith("lib/") for load in loads)
    drawn = [n for n in plain.numbers if n.startswith("fig-") and n in text(NOTEBOOKS[chapter])]
    figures = [c for c in NOTEBOOKS[chapter].cells if c.metadata.get("mystnb", {}).get("figure")]
    assert shown.count("<strong>Figure ") >= len(figures) - 2 and drawn
    assert '<aside class="notes">' in shown and "solution" not in " ".join(
        c.source for c in laid.cells if c.cell_type == "code")


def shown_on(laid):
    """The slides, each as the sources and printed texts of its cells, notes left out."""
    for cell in laid.cells:
        kind = cell.metadata["slideshow"]["slide_type"]
        if kind in ("slide", "subslide"):
            slide = []
        if kind != "notes":
            slide.append(cell.source if "remove-input" not in cell.metadata.get("tags", []) else "")
            slide += [o.get("text", "") for o in cell.get("outputs", [])]
        if cell is laid.cells[-1] or kind in ("slide", "subslide"):
            yield slide


@pytest.mark.parametrize("chapter", ["05-through-time", "10-seeing", "19-when-captions-go-wrong"])
def test_no_slide_is_a_heading_alone_and_no_answer_stands_beside_its_question(chapter):
    slides = list(shown_on(copies.slides(read(BOOK / f"{chapter}.ipynb"), Plain(headed))))
    for slide in slides:
        assert not all(re.fullmatch(r"#+ [^\n]*", part) for part in slide)
        asks = [k for k, part in enumerate(slide) if part.startswith("### Predict")]
        assert not asks or asks == [len(slide) - 1]


def test_a_slide_shows_no_imports_and_a_long_listing_takes_two():
    from nbformat.v4 import new_code_cell, new_output

    source = "import a\n\nfrom b import (\n    c,\n)\n\n\nx = c\n\n\ny = 1"
    assert copies.without_imports(source) == "x = c\n\ny = 1"
    code = "\n\n\n".join(f"def f{k}():\n" + "    x = 1\n" * 10 for k in range(3))
    listed = new_output("display_data", {"text/markdown": f"```python\n{code}\n```\n*a.py*"})
    cells = list(copies.listings(new_code_cell("show(f)", outputs=[listed])))
    said = [c.outputs[0]["data"]["text/markdown"] for c in cells]
    assert [s.count("def ") for s in said] == [2, 1]


def test_what_the_slides_load_is_laid_beside_them(tmp_path):
    copies.copy_library(tmp_path)
    for part in ("reveal/dist/reveal.js", "reveal/dist/theme/white.css",
                 "reveal/plugin/notes/notes.js", "mathjax/tex-chtml.js"):
        assert (tmp_path / part).stat().st_size > 100
