"""Hold every chapter to the parts that a reader may count on, as a list of what is missing.

Where the guard asks whether what a page says is so, this asks whether the page says what it has
to: what it is for and what it costs, one question before the answer, figures and equations with
numbers, exercises with solutions, the usual slips. ``tests/test_structure.py`` asks it of every
chapter.
"""

import re

NUMBERED = re.compile(r"\d\d-")
HEADING = re.compile(r"^(#+) (.+)$", re.M)
FENCED = re.compile(r"^```.*?^```", re.M | re.S)
BOX = r"^:::\{admonition\} [^\n]*\n:class: (?:dropdown )?%s\n(.*?)^:::"
COST = re.compile(r"page runs in (?:under|about) ([\w -]+?) and (\d+) MB")
SECONDS = {"ten seconds": 10, "fifteen seconds": 15, "twenty seconds": 20,
           "twenty-five seconds": 25, "thirty seconds": 30, "half a minute": 30,
           "forty seconds": 40, "fifty seconds": 50, "a minute": 60}
LEAST_EXERCISES, LEAST_ALT = 3, 40  # of a chapter; characters


def told(notebook):
    """Join the text of a notebook."""
    return "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")


def headings(notebook):
    """Find a title that is missing or not the only one, levels left out, and headings twice."""
    found = HEADING.findall(FENCED.sub("", told(notebook)))
    levels = [len(marks) for marks, _ in found]
    if levels[:1] != [1] or levels.count(1) != 1:
        yield "needs one title, # at its beginning, and only one"
    titles = [title for _, title in found]
    for before, level, title in zip(levels, levels[1:], titles[1:], strict=False):
        if level > before + 1:
            yield f"heading {title!r} leaves out a level"
    for title in sorted({t for t in titles if titles.count(t) > 1}):
        yield f"heading {title!r} stands there twice"


def objectives(notebook, measured):
    """Find what the first box does not say: three aims, what is needed, and what it costs.

    `measured` has the page's processor time in seconds and its memory in megabytes, or is None.
    """
    opening = told(notebook).split("\n## ")[0]
    boxes = re.findall(BOX % "tip", opening, re.M | re.S)
    if len(boxes) != 1:
        yield "needs one box of class tip before its first section, with what it is for"
        return
    if len(re.findall(r"^- \*\*\w+\*\*", boxes[0], re.M)) != 3:
        yield "the first box needs three aims, each a bold verb"
    said = " ".join(boxes[0].split())
    time, cost = re.search(r"Allow [\w -]*(?:minutes|hour)", said), COST.search(said)
    if "You need" not in said or not time or not cost:
        yield ("the first box needs what a reader must have, 'You need', how long it takes, "
               "'Allow', and what it costs, 'the page runs in under ten seconds and 200 MB'")
    elif cost[1] not in SECONDS:
        yield f"the first box says {cost[1]!r}; write one of {', '.join(SECONDS)}"
    elif measured:
        seconds, megabytes = SECONDS[cost[1]], int(cost[2])
        if seconds < measured["processor"] or megabytes < measured["memory"]:
            yield (f"the first box says {seconds} seconds and {megabytes} MB; measured were "
                   f"{measured['processor']:.0f} and {measured['memory']:.0f}")


def figures(notebook):
    """Find drawings without a name, a caption that ends, or words for who cannot see them."""
    for cell in notebook.cells:
        if not any("image/png" in o.get("data", {}) for o in cell.get("outputs", [])):
            continue
        mystnb = cell.metadata.get("mystnb", {})
        figure, alt = mystnb.get("figure", {}), mystnb.get("image", {}).get("alt", "")
        drawn = f"the figure of {cell.source.splitlines()[-1]!r}"
        if not re.match(r"fig-[\w-]+$", figure.get("name", "")):
            yield f"{drawn} needs a name, fig-..., to have a number"
        if not re.search(r"[.?]\)?(?: \[\w+\]\{\.\w+\})?$", figure.get("caption", "").strip()):
            yield f"{drawn} needs a caption that ends with a full stop, then perhaps a badge"
        if len(alt) < LEAST_ALT:
            yield f"{drawn} needs an alt text that says what is seen, not {alt!r}"


def equations(notebook):
    """Find displayed equations without a number; an exercise and its solution may have some."""
    text = re.sub(r"\{(exercise|solution)-start\}.*?\{\1-end\}", "", told(notebook), flags=re.S)
    for equation, label in re.findall(r"^\$\$\n(.*?)^\$\$([^\n]*)", text, re.M | re.S):
        if not re.fullmatch(r" \(eq-[\w-]+\)", label):
            yield f"equation {' '.join(equation.split())[:60]!r} needs a number: $$ (eq-...)"


def exercises(notebook):
    """Find exercises that are too few, or that have no solution of their own."""
    text = told(notebook)
    asked = re.findall(r"\{exercise-start\}\n:label: (\S+)", text)
    solved = re.findall(r"\{solution-start\} (\S+)", text)
    if len(asked) < LEAST_EXERCISES:
        yield f"has {len(asked)} exercises; a chapter has {LEAST_EXERCISES} at least"
    if asked != solved:
        yield f"has exercises {asked} and solutions {solved}: one for each, in the same order"
    for kind in ("exercise", "solution"):
        if text.count(f"{{{kind}-start}}") != text.count(f"{{{kind}-end}}"):
            yield f"has {kind}s that do not end"


def boxes(notebook):
    """Find out whether a chapter lacks its question, its slips or its end, or has them again.

    A chapter of two halves may have a question in each.
    """
    text = told(notebook)
    for what, count in {
        "box of class prediction": len(re.findall(BOX % "prediction", text, re.M | re.S)),
        "box of class slips": len(re.findall(BOX % "slips", text, re.M | re.S)),
        "section 'What you can now do'": len(re.findall(r"^## What you can now do$", text, re.M)),
    }.items():
        if count not in ((1, 2) if what.endswith("prediction") else (1,)):
            yield f"has {count} times a {what}; a chapter has it once"


def findings(notebook, name, measured=None):
    """List which parts a page lacks; only a page with a number must have all of them.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    name : str
        The file's name without its ending, "04-one-step".
    measured : dict, optional
        ``{"processor": seconds, "memory": megabytes}`` of a run, which the page may not exceed.

    Returns
    -------
    list of str
        One sentence a finding.
    """
    found = [*headings(notebook), *figures(notebook), *equations(notebook)]
    if NUMBERED.match(name):
        found += [*objectives(notebook, measured), *exercises(notebook), *boxes(notebook)]
    return found
