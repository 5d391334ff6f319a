"""Findings as a table to read, or as one object."""

import textwrap

WIDTH = 88
MARKS = {True: "ok", False: "FAULT", None: "-"}
PAGE = "book/19-when-captions-go-wrong.ipynb"


def table(findings):
    """Lay findings out as lines, the first fault told as the place to begin.

    Parameters
    ----------
    findings : list of Finding

    Returns
    -------
    str
    """
    head = f"{'':5}  {'test':11}  {'reading':>8}  {'limit':>6}  what it means"
    rows = map(row, together(findings))
    return "\n".join([head, *rows, "", textwrap.fill(conclusion(findings), WIDTH)])


def together(findings):
    """The findings, those that could not be made for one reason in a single row."""
    rows = []
    for finding in findings:
        if finding.healthy is None and rows and rows[-1].means == finding.means:
            rows[-1] = finding._replace(name="others")
        else:
            rows.append(finding)
    return rows


def row(finding):
    """Lay one finding out, its sentence in as many lines as it takes."""
    start = (f"{MARKS[finding.healthy]:5}  {finding.name:11}  {short(finding.reading):>8}  "
             f"{short(finding.limit):>6}  ")
    return textwrap.fill(finding.means, WIDTH, initial_indent=start,
                         subsequent_indent=" " * len(start))


def conclusion(findings):
    """Say where to begin: at the first fault, whose shadows the later ones may be."""
    faults = [f.name for f in findings if f.healthy is False]
    made = sum(f.healthy is not None for f in findings)
    if not faults:
        return f"No fault found by {made} of {len(findings)} tests."
    first = next(f for f in findings if f.healthy is False)
    begin = f"Begin with “{first.name}”: {PAGE}#{first.place}."
    if len(faults) == 1:
        return begin
    return f"{begin} After it: {', '.join(faults[1:])}; mend the first and ask again."


def as_object(findings):
    """Findings as one object that JSON can hold."""
    faults = [f.name for f in findings if f.healthy is False]
    return {"healthy": not faults, "first_fault": faults[0] if faults else None,
            "findings": [f._asdict() for f in findings]}


def short(number):
    """Write a number in at most eight characters."""
    return "" if number is None else f"{number:.3g}"
