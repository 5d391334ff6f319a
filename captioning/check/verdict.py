"""What the checker has to say: one verdict, read as text, as a table or by an autograder.

The words are the same on every machine: no address, no timing, three significant digits.
"""

from dataclasses import dataclass

SAYS_RIGHT = "right"


def listed(texts):
    """Join: "a, b and c"."""
    *most, last = texts
    return f"{', '.join(most)} and {last}" if most else last


@dataclass(frozen=True)
class Row:
    """One result of the reader's function: its name, its shape and what is to be said of it."""

    name: str
    shape: str
    says: str

    @property
    def ok(self):
        """Whether the result is right."""
        return self.says == SAYS_RIGHT


@dataclass(frozen=True)
class Verdict:
    """What `captioning.check` found out about a function.

    Attributes
    ----------
    function : str
        The exercise.
    ok : bool
        Whether the function is right.
    reasons : tuple of (str, str)
        For each mistake that the checker knows its sentence and a nudge to the cure, or "".
    where : str
        The sizes that the rows belong to, or "".
    rows : tuple of Row
        One for each result.
    notes : tuple of str
        What else is worth knowing, a sentence each.
    """

    function: str
    ok: bool
    reasons: tuple = ()
    where: str = ""
    rows: tuple = ()
    notes: tuple = ()

    @property
    def why(self):
        """The mistake, in a sentence each; None where there is none or none that is known."""
        return " ".join(why for why, _ in self.reasons) or None

    def as_dict(self):
        """The verdict in plain types, fit for JSON."""
        reasons = [{"why": why, "nudge": nudge} for why, nudge in self.reasons]
        rows = [{"name": r.name, "shape": r.shape, "ok": r.ok, "says": r.says} for r in self.rows]
        return {"function": self.function, "ok": self.ok, "why": self.why, "reasons": reasons,
                "where": self.where, "results": rows, "notes": list(self.notes)}

    def __bool__(self):
        return self.ok

    def __repr__(self):
        lines = [f"{self.function}: {self._title}"]
        for why, nudge in self.reasons:
            lines += [f"Why: {why}", *([f"Try: {nudge}"] if nudge else [])]
        if self.rows:
            lines += [f"At {self.where}:", *self._plain_table()]
        return "\n".join([*lines, *self.notes])

    def _repr_markdown_(self):
        parts = [f"**`{self.function}`: {self._title}**"]
        parts += [f"**{why}** {nudge}".strip() for why, nudge in self.reasons]
        if self.rows:
            parts.append("\n".join(self._markdown_table()))
        return "\n\n".join([*parts, *self.notes])

    @property
    def _title(self):
        return "right." if self.ok else "not right yet."

    def _plain_table(self):
        name = max(len(row.name) for row in self.rows)
        shape = max(len(row.shape) for row in self.rows)
        return [f"  {r.name:{name}}  {r.shape:{shape}}  {r.says}" for r in self.rows]

    def _markdown_table(self):
        yield f"| result | shape | at {self.where} |"
        yield "|:--|:--|:--|"
        for row in self.rows:
            yield f"| `{row.name}` | {row.shape} | {row.says} |"
