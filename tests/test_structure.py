"""The parts that a chapter must have: each finding is shown by a page that lacks one part."""

import jupytext
import nbformat
import pytest

from captioning.logs import read_log
from tools import guard, notebooks, structure

NAME = "20-my-layer"
WRITTEN = [p for p in notebooks.chapters() if structure.NUMBERED.match(p.name)]


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A chapter as it is begun from the template, executed."""
    folder = tmp_path_factory.mktemp("book")
    notebooks.new(NAME, folder)
    return folder / f"{NAME}.ipynb"


def test_a_chapter_begun_from_the_template_passes_every_check(begun):
    assert guard.findings(begun) == []
    assert structure.findings(notebooks.read(begun), NAME, {"processor": 5, "memory": 150}) == []


def test_a_chapter_is_not_begun_twice_nor_under_a_name_of_another_kind(begun):
    with pytest.raises(SystemExit, match=r"20-my-layer\.ipynb exists"):
        notebooks.new(NAME, begun.parent)
    with pytest.raises(SystemExit, match="not 'My Layer'"):
        notebooks.new("My Layer", begun.parent)


@pytest.mark.parametrize(("said", "instead", "finding"), [
    ("# A title of a few words\n", "", "needs one title"),
    ("## What comes back?", "#### What comes back?", "leaves out a level"),
    ("## What comes back?", "## What does it compute?", "stands there twice"),
    (":class: tip", ":class: note", "one box of class tip before"),
    ("- **Implement** its two functions.\n", "", "three aims"),
    ("You need chapter 4.", "", "You need"),
    ("Allow forty minutes", "Take your time", "Allow"),
    ("under ten seconds", "under nine seconds", "write one of"),
    ("under ten seconds and 200 MB", "under ten seconds and 100 MB", "measured were 5 and 150"),
    ("$$ (eq-my-forward)", "$$", "needs a number"),
    (":::{solution-start} ex-my-wonder", ":::{solution-start} ex-my-break", "one for each"),
    ("```{solution-end}\n```\n\n## What comes back?", "## What comes back?", "do not end"),
    (":class: prediction", ":class: note", "0 times a box of class prediction"),
    (":class: slips", ":class: note", "0 times a box of class slips"),
    ("## What you can now do", "## The end", "0 times a section"),
])
def test_a_part_that_is_missing_is_named(begun, said, instead, finding):
    whole = notebooks.read(begun)
    source = jupytext.writes(whole, fmt="md:myst")
    assert said in source
    spoilt = jupytext.reads(source.replace(said, instead, 1), fmt="md:myst")
    for cell, other in zip(
            (c for c in spoilt.cells if c.cell_type == "code"),
            (c for c in whole.cells if c.cell_type == "code"), strict=True):
        cell["outputs"] = other.outputs
    found = structure.findings(nbformat.from_dict(spoilt), NAME, {"processor": 5, "memory": 150})
    assert any(finding in f for f in found), found


@pytest.mark.parametrize(("part", "key", "instead", "finding"), [
    ("figure", "name", "", "needs a name"),
    ("figure", "caption", "A picture", "ends with a full stop"),
    ("image", "alt", "The way", "alt text"),
])
def test_a_figure_without_name_caption_or_alt_text_is_named(begun, part, key, instead, finding):
    notebook = notebooks.read(begun)
    drawn = next(c for c in notebook.cells if "mystnb" in c.metadata)
    drawn.metadata["mystnb"][part][key] = instead
    (found,) = structure.findings(notebook, NAME)
    assert finding in found


def test_two_exercises_are_too_few(begun):
    notebook, start = notebooks.read(begun), "```{exercise-start}\n:label: ex-my-wonder\n```"
    for cell in notebook.cells:
        cell["source"] = cell.source.replace(start, "")
    assert any("has 2 exercises" in f for f in structure.findings(notebook, NAME))


@pytest.mark.parametrize("path", WRITTEN, ids=lambda p: p.stem)
def test_a_chapter_is_whole(path):
    measured = read_log("run-times")["pages"].get(path.stem)
    assert structure.findings(notebooks.read(path), path.stem, measured) == []
