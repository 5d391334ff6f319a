"""Say in plain Markdown what a chapter says in MyST, for whoever does not build the book.

Jupyter, and the slides that nbconvert makes, know Markdown and no more: a label would stand there
as a label, a box as three colons. Here every reference becomes the number or the name that it has
in the book, and a box becomes a quotation under its title.
"""

import re
from pathlib import Path

from pybtex.database import parse_file

from tools.notebooks import BOOK, chapters, read

PAGES = (".md", ".ipynb")
EQUATION = re.compile(r"^\$\$\n(.*?)^\$\$ \((eq-[\w-]+)\)$", re.M | re.S)
EXERCISE = re.compile(
    r"^```\{exercise-start\}\n:label: (ex-[\w-]+)\n```\n(.*?)^```\{exercise-end\}\n```",
    re.M | re.S)
BOX = re.compile(r"^:::\{admonition\} ([^\n]*)\n((?::\w+:[^\n]*\n)*)(.*?)^:::$", re.M | re.S)
ROLE = re.compile(r"\{([\w:]+)\}`([^`]*)`")
TARGET = re.compile(r"^\([\w-]+\)=(?:\n|\Z)", re.M)
LINK = re.compile(r"\[([^\]\n]+)\]\(([\w-]+)\)")
BADGE = re.compile(r"(\[\w+\])\{\.\w+\}")


def numbers():
    """Number every equation, exercise and figure as the book does: chapter, place in it.

    Returns
    -------
    dict of str to str
        For a label its number, "4.2"; in a page without a number the place alone.
    """
    found = {}
    for path in chapters():
        chapter = re.match(r"\d+", path.name)
        before = f"{int(chapter[0])}." if chapter else ""
        cells = read(path).cells
        told = "\n\n".join(c.source for c in cells if c.cell_type == "markdown")
        drawn = [c.metadata.get("mystnb", {}).get("figure", {}).get("name") for c in cells]
        for labels in ([m[2] for m in EQUATION.finditer(told)],
                       [m[1] for m in EXERCISE.finditer(told)], [name for name in drawn if name]):
            found |= {label: f"{before}{k}" for k, label in enumerate(labels, 1)}
    return found


def sources():
    """Name every work that the book cites.

    Returns
    -------
    dict of str to (str, str)
        For a key its authors' last names and its year.
    """
    named = {}
    for key, entry in parse_file(BOOK / "references.bib").entries.items():
        authors = entry.persons.get("author", [])
        last = [" ".join(p.last_names).strip("{}") for p in authors] or [key]
        who = last[0] if len(last) == 1 else f"{last[0]} and {last[1]}"
        named[key] = (who if len(last) < 3 else f"{last[0]} et al.", entry.fields.get("year", ""))
    return named


def titles():
    """Find every page's title, under the name that links to it."""
    pages = {p.stem: p.read_text(encoding="utf-8") for p in BOOK.glob("*.*") if p.suffix in PAGES}
    return {name: re.search(r"# (.*?)(?:\\n)?[\"\n]", page)[1] for name, page in pages.items()}


def places():
    """List the labels of headings, to which the book has links."""
    told = "\n\n".join(c.source for path in chapters() for c in read(path).cells)
    return {target[1:-2] for target in re.findall(r"^\([\w-]+\)=$", told, re.M)}


class Plain:
    """The book's labels, works and pages, and what they turn a text into.

    Parameters
    ----------
    box : callable
        ``box(title, body, folded) -> str``: how a box is set, `quoted` or `headed`.
    """

    def __init__(self, box):
        self.box = box
        self.numbers, self.sources, self.titles = numbers(), sources(), titles()
        self.places = places()

    def __call__(self, text):
        """Say a cell's MyST text in plain Markdown."""
        text = TARGET.sub("", text)
        text = EQUATION.sub(lambda m: f"$$\n{m[1]}\\tag{{{self.numbers[m[2]]}}}\n$$", text)
        text = EXERCISE.sub(lambda m: f"**Exercise {self.numbers[m[1]]}.** {m[2]}", text)
        text = BOX.sub(lambda m: self.box(m[1], m[3], "dropdown" in m[2]), text)
        text = LINK.sub(lambda m: f"*{m[1]}*" if m[2] in self.places else m[0], text)
        return BADGE.sub(r"\1", ROLE.sub(self.role, text)).strip()

    def role(self, match):
        """Say a role, a reference of some kind, in words."""
        kind, (label, target) = match[1], parts(match[2])
        if kind.startswith("cite"):
            return self.cited(target, textual=kind == "cite:t")
        if kind == "doc":
            return f"*{label or self.titles[Path(target).name]}*"
        if kind == "ref":
            return label or f"exercise {self.numbers[target]}"
        return {"eq": "({})", "numref": "Fig. {}"}[kind].format(self.numbers[target])

    def cited(self, keys, textual):
        """Name works, in the sentence or in brackets behind it."""
        works = [self.sources[key.strip()] for key in keys.split(",")]
        if textual:
            return " and ".join(f"{who} ({year})" for who, year in works)
        return f"({'; '.join(f'{who}, {year}' for who, year in works)})"


def parts(content):
    """Split what stands in a role, ``label <target>`` or the target alone."""
    labelled = re.fullmatch(r"(.*?)\s*<(.*)>", content, re.S)
    return (labelled[1], labelled[2]) if labelled else ("", content)


def quoted(title, body, folded=False):
    """Set a box as a quotation under its title, or fold it away behind its title."""
    if folded:
        return f"<details><summary><b>{title}</b></summary>\n\n{body.strip()}\n\n</details>"
    lines = [f"**{title}**", "", *body.strip().split("\n")]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def headed(title, body, folded=False):
    """Set a box as a text under a small heading: on a slide nothing is folded."""
    return f"### {title}\n\n{body.strip()}"
