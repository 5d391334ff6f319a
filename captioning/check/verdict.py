"""What the checker has to say: one verdict, read as text, as a table or by an autograder.

The words are the same on every machine: no address, no timing, three significant digits.
"""

from dataclasses import dataclass

SAYS_RIGHT = "right"


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
    why : str or None
        The mistake, in a sentence; None where there is none, or none that the checker knows.
    nudge : str
        A sentence towards the cure, or "".
    where : str
        The sizes that the rows belong to, or "".
    rows : tuple of Row
        One for each result.
    notes : tuple of str
        What else is worth knowing, a sentence each.
    """

    function: str
    ok: bool
    why: str | None = None
    nudge: str = ""
    where: str = ""
    rows: tuple = ()
    notes: tuple = ()

    @property
    def title(self):
        """The first words of the verdict."""
        return "right." if self.ok else "not right yet."

    def as_dict(self):
        """The verdict in plain types, fit for JSON."""
        rows = [{"name": r.name, "shape": r.shape, "ok": r.ok, "says": r.says} for r in self.rows]
        return {"function": self.function, "ok": self.ok, "why": self.why, "nudge": self.nudge,
                "where": self.where, "results": rows, "notes": list(self.notes)}

    def __bool__(self):
        return self.ok

    def __repr__(self):
        lines = [f"{self.function}: {self.title}"]
        lines += [f"{label}: {text}" for label, text in self._sentences()]
        if self.rows:
            lines += [self._heading() + ":", *self._plain_table()]
        return "\n".join([*lines, *self.notes])

    def _repr_markdown_(self):
        parts = [f"**`{self.function}`: {self.title}**"]
        parts += [f"**{label}:** {text}" for label, text in self._sentences()]
        if self.rows:
            parts.append("\n".join(self._markdown_table()))
        return "\n\n".join([*parts, *self.notes])

    def _sentences(self):
        pairs = (("Why", self.why), ("Try", self.nudge))
        return [(label, text) for label, text in pairs if text]

    def _heading(self):
        return f"At {self.where}" if self.where else "Results"

    def _plain_table(self):
        name = max(len(row.name) for row in self.rows)
        shape = max(len(row.shape) for row in self.rows)
        return [f"  {r.name:{name}}  {r.shape:{shape}}  {r.says}" for r in self.rows]

    def _markdown_table(self):
        yield f"| result | shape | {self._heading()[0].lower() + self._heading()[1:]} |"
        yield "|:--|:--|:--|"
        for row in self.rows:
            yield f"| `{row.name}` | {row.shape} | {row.says} |"
