"""The book's own rules: each refusal of the guard is shown by a small notebook that breaks it."""

import json
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import guard, notebooks, pages
from tools.prose import numbers_in_log, numbers_in_prose

PNG = {"image/png": "iVBORw0KGgo=", "text/plain": "<Figure size 840x400 with 1 Axes>"}


def printed(text):
    return new_output("stream", name="stdout", text=text)


def code(source="1 + 1", count=1, outputs=(), **metadata):
    cell = new_code_cell(source, execution_count=count, outputs=list(outputs))
    cell.metadata.update(metadata)
    return cell


def made(tmp_path, *cells, normal=True, logs=None, **options):
    """Write a notebook of these cells and list what the guard finds in it."""
    notebook = new_notebook(cells=list(cells))
    notebook = notebooks.normal_form(notebook) if normal else notebook
    path = tmp_path / "99-made.ipynb"
    path.write_text(notebooks.text(notebook), encoding="utf-8")
    folder = tmp_path / "logs"
    folder.mkdir(exist_ok=True)
    for name, value in (logs or {}).items():
        (folder / name).write_text(json.dumps(value), encoding="utf-8")
    return guard.findings(path, logs=folder, **options)


def prose(tmp_path, said, shown="0.034812\n-2.7713 0.3891\n118 of 200", **options):
    return made(tmp_path, code(outputs=[printed(shown)]), new_markdown_cell(said), **options)


def test_a_sound_notebook_passes(tmp_path):
    picture = code(
        "plot()",
        2,
        [new_output("display_data", PNG)],
        mystnb={"figure": {"caption": "The slope is .035."}, "image": {"alt": "a curve, .035"}},
    )
    first = code(outputs=[printed("slope 0.034812")])
    assert made(tmp_path, new_markdown_cell("The slope is .035."), first, picture) == []


def test_a_cell_that_was_not_executed_is_refused(tmp_path):
    (finding,) = made(tmp_path, code(), code("2 + 2", None))
    assert "cell 2" in finding and "not been executed" in finding


@pytest.mark.parametrize("counts", [(2,), (1, 3), (2, 1), (1, 1)])
def test_cells_executed_out_of_order_are_refused(tmp_path, counts):
    found = made(tmp_path, *(code(f"{k} + {i}", k) for i, k in enumerate(counts)))
    assert found and all("stands as number" in f for f in found)


def test_a_stored_error_needs_its_tag(tmp_path):
    error = new_output("error", ename="ValueError", evalue="x must be (N, D)", traceback=[])
    (finding,) = made(tmp_path, code(outputs=[error]))
    assert "ValueError: x must be (N, D)" in finding
    assert made(tmp_path, code(outputs=[error], tags=["raises-exception"])) == []


def test_stderr_is_refused(tmp_path):
    (finding,) = made(tmp_path, code(outputs=[new_output("stream", name="stderr", text="Oh")]))
    assert "stderr: 'Oh'" in finding


@pytest.mark.parametrize(
    "cell",
    [
        code("# NBVAL_IGNORE_OUTPUT\n1"),
        code("# NBVAL_SKIP\n1"),
        code("# PYTEST_VALIDATE_IGNORE_OUTPUT\n1"),
        code(tags=["nbval-ignore-output"]),
        code(tags=["nbval-skip"]),
        code(tags=["skip-execution"]),
    ],
    ids=lambda c: c.source.split("\n")[0] + " ".join(c.metadata.get("tags", [])),
)
def test_an_exemption_needs_a_reason(tmp_path, cell):
    cell["id"] = "timed"
    (finding,) = made(tmp_path, cell)
    assert "exempts itself" in finding and "exempt.toml" in finding
    assert made(tmp_path, cell, allowed={"timed": "prints a time"}) == []
    assert made(tmp_path, cell, allowed={"timed": " "})


def test_an_exemption_of_nothing_is_refused(tmp_path):
    (finding,) = made(tmp_path, code(), allowed={"gone": "was timed"})
    assert "'gone'" in finding


@pytest.mark.parametrize("kind", guard.PICTURES)
def test_a_picture_without_alt_text_is_refused(tmp_path, kind):
    drawn = [new_output("display_data", {kind: "x"})]
    (finding,) = made(tmp_path, code(outputs=drawn))
    assert "alt text" in finding
    assert made(tmp_path, code(outputs=drawn, mystnb={"image": {"alt": " "}}))
    assert made(tmp_path, code(outputs=drawn, mystnb={"image": {"alt": "a curve"}})) == []


def test_an_image_in_markdown_without_alt_text_is_refused(tmp_path):
    (finding,) = made(tmp_path, new_markdown_cell("![](_static/a.png)"))
    assert "alt text" in finding


def abnormal_notebooks():
    timed = new_notebook(cells=[code(execution={"iopub.status.busy": "2026"})])
    language = {"language_info": {"name": "python", "version": "3"}}
    versioned = new_notebook(cells=[code()], metadata=language)
    twins = notebooks.normal_form(new_notebook(cells=[code("a", 1), code("b", 2)]))
    twins.cells[1]["id"] = twins.cells[0]["id"]
    empty = notebooks.normal_form(new_notebook(cells=[code()]))
    empty.cells.append(new_markdown_cell(""))
    split = notebooks.normal_form(new_notebook(cells=[code()]))
    split.cells[0].outputs = [printed("a\n"), printed("b\n")]
    return {
        "times": timed, "version": versioned, "ids": twins, "empty": empty, "streams": split
    }.items()


@pytest.mark.filterwarnings("ignore:Non-unique cell id")
@pytest.mark.parametrize("notebook", [n for _, n in abnormal_notebooks()],
                         ids=[k for k, _ in abnormal_notebooks()])
def test_a_notebook_not_in_normal_form_is_refused(tmp_path, notebook):
    path = tmp_path / "99-made.ipynb"
    path.write_text(json.dumps(notebook, indent=1) + "\n", encoding="utf-8")
    assert "the file is not in normal form" in guard.findings(path)
    path.write_text(notebooks.text(notebooks.normal_form(notebook)), encoding="utf-8")
    assert "the file is not in normal form" not in guard.findings(path)


def test_the_message_says_how_to_get_to_normal_form(tmp_path, capsys):
    path = tmp_path / "99-made.ipynb"
    path.write_text(nbformat.writes(new_notebook(cells=[code(count=None)])), encoding="utf-8")
    assert guard.main([str(path)]) == 1
    assert "make notebooks NAME=99-made" in capsys.readouterr().out


def test_normal_form_is_its_own_normal_form():
    cells = [code(), code("1 + 1", 2), new_markdown_cell("a ")]
    once = notebooks.normal_form(new_notebook(cells=cells))
    text = notebooks.text(once)
    assert notebooks.text(notebooks.normal_form(nbformat.reads(text, as_version=4))) == text
    assert len({c.id for c in once.cells}) == 3


@pytest.mark.parametrize(
    "said",
    [
        "The slope is .035.", "The slope is 0.035, or 0.0348.", r"It is $\bar a = .0348$.",
        "Roughly 59 %.", r"Roughly $59\,\%$, or 3.5%.", "Nearly 3.5 per cent.",
        "It is −2.77.", "It is $(-2.77, .389)$.", "A size of 2.77.", r"It is $3.48\times10^{-2}$.",
        "Wrong in 3.481e-2 of cases.",
    ],
)  # fmt: skip
def test_a_number_that_an_output_bears_out_passes(tmp_path, said):
    assert prose(tmp_path, said, shown="0.034812 0.59\n-2.7713 0.3891") == []


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("The slope is .036.", ".036"), ("The slope is 0.0349.", "0.0349"),
        ("It is $-.035$.", "-.035"), (r"It is $2.78$.", "2.78"), ("In 60% of cases.", "60%"),
        (r"In $60\,\%$ of cases.", r"60\,\%"), ("In 61 per cent.", "61 per cent"),
        (r"It is $3.49\times10^{-2}$.", r"3.49\times10^{-2}"), ("Under 1e-7.", "1e-7"),
        ("- one\n- two is .77", ".77"), ("| a | b |\n|---|---|\n| c | 9.5 |", "9.5"),
        ("```{admonition} Of .66\nbody\n```", ".66"), (":::{note}\nIt is .66\n:::", ".66"),
        ("```{math}\nx = 0.66\n```", "0.66"), ("{math}`x = 0.66`", "0.66"),
        ("A [link of .66](x.html)", ".66"), ("It was 1,234.5 then.", "1,234.5"),
    ],
)  # fmt: skip
def test_a_number_that_nothing_bears_out_is_refused(tmp_path, said, written):
    (finding,) = prose(tmp_path, said)
    assert f"nothing bears out {written!r}" in finding and "cell 2" in finding


@pytest.mark.parametrize(
    "said",
    [
        "There are 72 numbers and 8 words.", "See `0.77` and ``a `0.77` b``.",
        "```python\nx = 0.77\n```", "```{code-block} python\nx = 0.77\n```",
        "See [there](page-0.77.html) and <https://a.org/0.77>.", "(eq-0.77)=\n# Title",
        "$$ x = y $$ (eq-0.77)", "Section 4.2, chapter 4.2 and Figure 4.2.", "{eq}`eq-0.77`",
        "Python 3.11 and NumPy 2.4.6.", r"$$ x \\[0.5em] \hspace{.77em} y $$",
        "```{figure} a.png\n:width: 77.5%\n:alt: it\nWords.\n```", "<!-- 0.77 -->",
        "[logged]{.logged}", "[x]{#a0.77}",
    ],
)  # fmt: skip
def test_what_is_no_number_in_prose_is_not_examined(tmp_path, said):
    assert prose(tmp_path, said) == []


def test_a_citation_bears_out_its_own_sentence_only(tmp_path):
    assert prose(tmp_path, "They report 27.7 {cite}`vinyals2015show`.") == []
    (finding,) = prose(tmp_path, "They report 27.7 {cite}`vinyals2015show`. We find 30.1.")
    assert "30.1" in finding


def test_a_log_bears_out_a_number_where_the_chapter_names_it(tmp_path):
    logs = {"wrong-gradient.json": {"runs": [{"loss": [8.24, 0.7312]}], "seed": 3}}
    assert prose(tmp_path, "The log `wrong-gradient` ends at .73.", logs=logs) == []
    (finding,) = prose(tmp_path, "Another log ends at .73.", logs=logs)
    assert "none" in finding


def test_a_log_of_lines_is_read(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_text('{"step": 1, "loss": 2.5}\n{"step": 2, "loss": [1.25, true]}\n')
    assert numbers_in_log(path) == [1, 2.5, 2, 1.25]


def test_the_tiny_network_bears_out_its_own_parameters(tmp_path):
    assert len(guard.tiny_numbers()) >= 72
    assert prose(tmp_path, "Its largest score weight is $-6.8$.", shown="nothing") == []


def test_captions_and_alt_texts_are_prose(tmp_path):
    mystnb = {"figure": {"caption": "It is .77."}, "image": {"alt": "a curve at .66"}}
    found = made(tmp_path, code(mystnb=mystnb))
    assert ["caption" in f for f in found] == [True, False]
    assert ["alt text" in f for f in found] == [False, True]


def test_a_message_says_what_was_looked_at(tmp_path):
    (finding,) = prose(tmp_path, "The slope is .036.")
    assert re.search(r"5 numbers in its outputs, 0 in the logs.*tiny.*nearest is 0.0348", finding)


def test_rounding_goes_by_the_digits_written():
    (number,) = numbers_in_prose("It is .035.")
    assert number.borne_out_by(0.0345) and number.borne_out_by(0.03549)
    assert not number.borne_out_by(0.0356) and not number.borne_out_by(0.0344)


def test_an_edited_twin_comes_back_with_outputs_and_ids(tmp_path, monkeypatch):
    monkeypatch.setattr(notebooks, "BOOK", tmp_path)
    monkeypatch.setattr(notebooks, "EDIT", tmp_path / "_edit")
    path, twin = tmp_path / "99-made.ipynb", tmp_path / "_edit" / "99-made.md"
    cells = [
        new_markdown_cell("# A title\n\nIt is .035."),
        code("print(0.0348)", 1, [printed("0.0348\n")], tags=["hide-input"]),
        new_markdown_cell("Words."),
        new_markdown_cell("More words in a cell of their own."),
    ]
    before = notebooks.normal_form(new_notebook(cells=cells))
    path.write_text(notebooks.text(before), encoding="utf-8")
    notebooks.edit("99")
    assert path.read_text() == notebooks.text(before)
    twin.write_text(twin.read_text().replace("A title", "A better title"), encoding="utf-8")
    notebooks.edit("99")
    after = notebooks.read(path)
    assert after.cells[0].source.startswith("# A better title")
    assert after.cells[1] == before.cells[1]
    assert after.cells[2:] == before.cells[2:]


def test_a_twin_and_a_notebook_that_both_changed_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(notebooks, "BOOK", tmp_path)
    monkeypatch.setattr(notebooks, "EDIT", tmp_path / "_edit")
    path, twin = tmp_path / "99-made.ipynb", tmp_path / "_edit" / "99-made.md"
    for words in ("One.", "Two."):
        notebook = notebooks.normal_form(new_notebook(cells=[new_markdown_cell(words)]))
        path.write_text(notebooks.text(notebook), encoding="utf-8")
        if words == "One.":
            notebooks.edit("99")
            twin.write_text(twin.read_text().replace("One.", "Three."), encoding="utf-8")
    with pytest.raises(SystemExit, match="both"):
        notebooks.edit("99")
    assert "Three." in twin.read_text() and "Two." in path.read_text()


DRAW = """import base64
from IPython.display import Image
Image(base64.b64decode("iVBORw0KGgo{}"), format="png")"""


def nbval(folder, drawn, stored):
    """Run strict nbval, with the book's conftest, over a cell that draws."""
    shutil.copy(guard.ROOT / "conftest.py", folder)
    data = {"text/plain": "<IPython.core.display.Image object>"}
    data["image/png"] = f"iVBORw0KGgo{stored}"
    output = new_output("execute_result", data, execution_count=1)
    notebook = new_notebook(cells=[code(DRAW.format(drawn), outputs=[output])])
    nbformat.write(notebooks.normal_form(notebook), folder / "99-made.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "99-made.ipynb"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100)
    return ended.returncode, ended.stdout


def test_pictures_are_compared_in_the_same_execution(tmp_path):
    code, said = nbval(tmp_path, "AAAA=", "AAAA=")
    assert code == 0 and "ran 1 notebook, 1 cells and 0 tests" in said
    code, said = nbval(tmp_path, "AAAA=", "AABA=")
    assert code == 1 and "mismatch 'image/png'" in said


@pytest.mark.parametrize(
    ("tag", "wrong"),
    [
        ('<a href="b.html#here">b</a><a href="https://a.org/x#y">a</a>', None),
        ('<a href="c.html">c</a>', "does not exist"),
        ('<a href="b.html#gone">b</a>', "no such anchor"),
        ('<script src="https://cdn.org/x.js"></script>', "from the network"),
        ('<link rel="stylesheet" href="//cdn.org/x.css">', "from the network"),
        ('<img src="https://a.org/x.png">', "from the network"),
    ],
)
def test_a_page_that_leads_nowhere_or_needs_a_network_is_refused(tmp_path, capsys, tag, wrong):
    (tmp_path / "a.html").write_text(f"<html><body>{tag}</body></html>")
    (tmp_path / "b.html").write_text('<p id="here">b</p>')
    assert pages.main(tmp_path) == (0 if wrong is None else 1)
    assert (wrong or "") in capsys.readouterr().out
