"""Make two copies of every chapter: one to hand out, one for the lectern.

The chapter is the only source. The copy that is handed out has every solution taken away, so that
what is left of an exercise is its stub; the slides have figures, equations, code and exercises,
with the text among the speaker's notes.

    python tools/copies.py student    _build/student/NN-name.ipynb, not executed
    python tools/copies.py slides     _build/slides/NN-name.html, which need no network
"""

import argparse
import ast
import re
import shutil
import sys
from importlib.resources import files
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.bookext import copy_mathjax
from tools.notebooks import chapters, fold_solutions, fresh_id, read, text
from tools.plain import BOX, EXERCISE, TARGET, Plain, headed, quoted

ROOT = Path(__file__).resolve().parent.parent
SOLUTION = re.compile(
    r"(?P<starts>^:::\{solution-start\} [\w-]+\n(?::\w+:.*\n)*:::)"
    r"|(?P<ends>^```\{solution-end\}\n```)", re.M)
BLOCK = re.compile(r"(?=^#{1,3} |^:::\{admonition\}|^```\{exercise-start\})", re.M)
SLIDE = 22  # as many lines of code fill a slide
HANDED_OUT = "*A copy to work in: the solutions are in the book, folded under each exercise.*"


def without_solutions(cells):
    """Leave out what stands between the start of a solution and its end, text and code.

    An exercise that has no stub of its own gets an empty cell in the solution's place.
    """
    inside, stub = False, False
    for cell in cells:
        if cell.cell_type == "code":
            stub = True
            if not inside:
                yield cell
            continue
        kept, place = [], 0
        for mark in SOLUTION.finditer(cell.source):
            if mark["starts"]:
                kept.append(cell.source[place:mark.start()])
            inside, place = bool(mark["starts"]), mark.end()
        kept += [] if inside else [cell.source[place:]]
        if "".join(kept).strip():
            yield new_markdown_cell("".join(kept).strip())
        stub = stub and "{exercise-end}" not in cell.source
        if inside and not stub:
            yield new_code_cell("# your code, and what you saw")


def caption(cell, plain):
    """Say what stands below the figure that a cell draws, unless it is the answer to a question."""
    figure = cell.metadata.get("mystnb", {}).get("figure")
    if figure and "hide-cell" not in cell.metadata.get("tags", []):
        yield new_markdown_cell(
            f"**Figure {plain.numbers[figure['name']]}.** {plain(figure['caption'])}")


def student(notebook, plain):
    """Make the copy to hand out: no solutions, no outputs, text that any notebook shows."""
    cells, taken = [], set()
    for cell in without_solutions(notebook.cells):
        cells.append(cell)
        if cell.cell_type == "markdown":
            cell["source"] = plain(cell.source)
        else:
            cell["outputs"], cell["execution_count"] = [], None
            cells += caption(cell, plain)
    fold_solutions(cells)
    cells.insert(1, new_markdown_cell(HANDED_OUT))
    for cell in cells:
        cell["id"] = fresh_id(cell, taken)
        taken.add(cell.id)
    return nbformat.from_dict(notebook | {"cells": cells})


def cell_on(kind, cell):
    """Say where a cell stands: on a new "slide", one below it, still "-" the same, in "notes"."""
    cell.metadata["slideshow"] = {"slide_type": kind}
    return cell


def pointed_at(block):
    """Divide a text's paragraphs into those to show and those to say.

    A lecturer points at a heading with the question below it, at equations, lists, tables and
    commands, and at what leads to them where no heading does; other sentences are for the voice.
    """
    pieces = re.split(r"\n\n+", block.strip())
    shown = {k for k, p in enumerate(pieces) if re.search(r"^(#|\$\$|\||- |\d\. |```)", p, re.M)}
    shown |= {k + 1 for k, piece in enumerate(pieces) if piece.startswith("#")}
    if shown and not pieces[0].startswith("#"):
        shown.add(max(min(shown) - 1, 0))
    return ["\n\n".join(p for k, p in enumerate(pieces) if (k in shown) == want)
            for want in (True, False)]


def text_slides(source, plain):
    """Lay a cell's text on slides: one for each heading, below it one for each box and exercise."""
    for block in BLOCK.split(TARGET.sub("", source)):
        box = BOX.match(block) or EXERCISE.match(block)
        shown, said = pointed_at(block[box.end():] if box else block)
        top = "slide" if block.startswith("#") else "subslide"
        for kind, part in (("subslide", box and box[0]), (top, shown), ("notes", said)):
            if part:
                cell = cell_on(kind, new_markdown_cell(plain(part)))
                cell.metadata["closed"] = bool(box and part == box[0])
                yield cell


def without_imports(source):
    """Take from code what need not be read aloud: its imports, and every second empty line."""
    lines = source.split("\n")
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.Import | ast.ImportFrom):
            del lines[node.lineno - 1:node.end_lineno]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def copied(cell, outputs, tags):
    """Copy a code cell with other outputs and tags."""
    metadata = nbformat.from_dict(cell.metadata | {"tags": tags})
    return new_code_cell(cell.source, metadata=metadata, outputs=nbformat.from_dict(outputs))


def listings(cell):
    """Divide a cell that lists functions into cells that each fill a slide at most."""
    (output,) = cell.outputs
    for block in re.split(r"\n\n(?=```python)", output["data"]["text/markdown"]):
        code, link = re.fullmatch(r"```python\n(.*)\n```\n(.*)", block, re.S).groups()
        pages = [[]]
        for function in code.split("\n\n\n"):
            if "\n".join([*pages[-1], function]).count("\n") > SLIDE and pages[-1]:
                pages.append([])
            pages[-1].append(function)
        for page in pages:
            shown = "```python\n" + "\n\n".join(page) + f"\n```\n{link}"
            yield copied(cell, [output | {"data": {"text/markdown": shown}}], ["remove-input"])


def code_slides(cell, plain):
    """Lay a code cell on a slide: a figure over its finding, a listing, or code with its result.

    Of what the book hides until it is asked for, the result is shown: the class has voted.
    """
    tags = cell.metadata.get("tags", [])
    if not cell.outputs:
        return
    cell["source"] = without_imports(cell.source)
    listed = cell.source.startswith("show(")
    if listed or {"remove-input", "hide-cell"} & set(tags):
        tags = ["remove-input"]
    cell.metadata["tags"] = tags
    parts = list(listings(cell)) if listed and len(cell.outputs) == 1 else [cell]
    if height(cell) > SLIDE and height(cell) - len(cell.source.split("\n")) > 3 and not listed:
        parts = [copied(cell, [], []), copied(cell, cell.outputs, ["remove-input"])]
    for part in parts:
        yield cell_on("subslide", part)
    for below in caption(cell, plain):
        finding = re.match(r".*?\d\.\*\* .*?(?=\. |\.?$)", below.source, re.S)[0]
        yield cell_on("-", new_markdown_cell(f"{finding}."))


def height(cell):
    """Estimate how many lines of code would be as high as a cell on a slide."""
    if cell.cell_type == "markdown":
        pieces = re.split(r"\n+(?=\$\$|#|\||- )|\n\n+", cell.source)
        return sum(2 if p.startswith("#") else 2 + 2 * p.count("\\\\") if p.startswith("$$")
                   else 1.4 * (1 + len(p) // 90) for p in pieces)
    high = 0 if "remove-input" in cell.metadata["tags"] else 1 + len(cell.source.split("\n"))
    for output in cell.outputs:
        data = output.get("data", {})
        said = data.get("text/markdown") or output.get("text") or data.get("text/plain", "")
        high += SLIDE if "image/png" in data else 1 + len(said.strip().split("\n"))
    return high


def only_heading(cells):
    """Say whether nothing stands on a slide but headings."""
    shown = [c for c in cells if c.metadata["slideshow"]["slide_type"] != "notes"]
    return all(re.fullmatch(r"#+ [^\n]*", c.source) for c in shown)


def join(laid):
    """Move up to the slide before it what has room there and does not give away an answer.

    A figure finds room under a heading and a line of text, where it is drawn a little smaller, and
    two lines of output find room below it. The stub of a long exercise moves on to the next slide.
    """
    slide, room, shut = [], 0, True
    for cell in laid:
        kind = cell.metadata["slideshow"]["slide_type"]
        closed = cell.metadata.pop("closed", False)
        if kind == "notes":
            continue
        needed = height(cell)
        fits = needed <= max(room, 3) or (needed == SLIDE and room > SLIDE - 5)
        lonely = bool(slide) and only_heading(slide)
        if lonely or (kind == "subslide" and not closed and not shut and fits):
            kind = "-"
        elif kind == "-" and closed and needed > room + SLIDE / 3:
            kind = "subslide"
        if kind != "-":
            slide, room, shut = [], SLIDE, False
        cell_on(kind, cell)
        slide.append(cell)
        room, shut = room - needed, shut or closed
    return laid


def stubs(cells):
    """List the code that belongs to an exercise: below its text, above its solution."""
    found, asked = [], False
    for cell in cells:
        if cell.cell_type == "markdown":
            marks = re.findall(r"\{(exercise-end|solution-start)\}|^(#)", cell.source, re.M)
            asked = marks[-1][0] == "exercise-end" if marks else False
        elif asked:
            found.append(cell.id)
    return found


def slides(notebook, plain):
    """Make the copy for the lectern, as nbconvert's slides want it."""
    laid, of_exercises = [], stubs(notebook.cells)
    for cell in without_solutions(notebook.cells):
        if cell.cell_type == "markdown":
            laid += text_slides(cell.source, plain)
        elif cell.id in of_exercises:
            cell["outputs"], cell["source"] = [], without_imports(cell.source)
            cell.metadata["closed"], cell.metadata["tags"] = True, []
            laid.append(cell_on("-", cell))
        else:
            laid += code_slides(cell, plain)
    laid[0].metadata["slideshow"]["slide_type"] = "slide"
    return nbformat.from_dict(notebook | {"cells": join(laid)})


def as_html(notebook, title):
    """Let nbconvert make slides of a notebook that says where its cells stand."""
    from nbconvert import SlidesExporter
    from traitlets.config import Config

    tags = {"enabled": True, "remove_input_tags": {"remove-input"}}
    exporter = SlidesExporter(
        config=Config(TagRemovePreprocessor=tags), template_name="slides",
        reveal_url_prefix="lib/reveal", reveal_theme="white",
        extra_template_basedirs=[str(ROOT / "tools")])
    page = exporter.from_notebook_node(notebook, {"metadata": {"name": title}})[0]
    return page.replace('href="api.html', 'href="../html/book/api.html')


def copy_library(folder):
    """Lay reveal.js and MathJax beside the slides, from the packages that bring them along."""
    for part in ("dist", "plugin/notes"):
        source = files("sphinx_revealjs") / "_static" / "revealjs" / part
        shutil.copytree(source, folder / "reveal" / part, dirs_exist_ok=True)
    copy_mathjax(folder)


def main(arguments=None):
    """Make one kind of copy of every chapter."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("kind", choices=["student", "slides"])
    kind = parser.parse_args(arguments).kind
    folder = ROOT / "_build" / kind
    folder.mkdir(parents=True, exist_ok=True)
    plain = Plain(quoted if kind == "student" else headed)
    for path in chapters():
        if kind == "student":
            made, name = text(student(read(path), plain)), path.name
        else:
            made, name = as_html(slides(read(path), plain), path.stem), f"{path.stem}.html"
        (folder / name).write_text(made, encoding="utf-8")
    if kind == "slides":
        copy_library(folder / "lib")
    print(f"{len(chapters())} copies in {folder.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
