r"""Find the decimals and percentages in prose, and what bears them out.

A number in prose is held to the digits it is written with: .035 is borne out by 0.03481, which
rounds to it, and by nothing else. Integers are not examined. TeX is: its 2.5\times10^{-14} and
its 60\% are read as a reader reads them. Code, links, labels and section numbers are not prose.
"""

import json
import re
from typing import NamedTuple

_POWER = r"\s*(?:\\times|\\cdot|×|·)\s*10\s*\^\s*\{?\s*(?P<power>[-−+]?\s*\d+)\s*\}?"
_NUMBER = re.compile(
    r"(?P<sign>[-−])?(?<![\w.])"
    r"(?P<digits>(?:\d{1,3}(?:(?:,|\{,\})\d{3})+|\d+)?\.\d+|\d{1,3}(?:(?:,|\{,\})\d{3})+|\d+)"
    rf"(?:[eE](?P<exponent>[-−+]?\d+)|{_POWER})?(?![\d]|\.\d)"
    r"(?P<percent>\s*(?:\\[,;: ])?\s*\\?%|\s+per\s?cent\b)?"
)
# What stands before a minus that is a sign and no hyphen or difference.
_SIGN_AFTER = re.compile(r"(?:^|[\s(\[{=<>≤≥≈,;:|&$]|\\[,;: ])$")
_NOT_PROSE = [
    (re.compile(r"<!--.*?-->|^%.*?$", re.S | re.M), " "),
    (re.compile(r"\{math\}`([^`]*)`"), r"$\1$"),
    (re.compile(r"\{cite[\w:]*\}`[^`]*`"), "\0"),  # a citation, kept as a mark
    (re.compile(r"(?:\{[\w:-]+\})?(`+)(?!`).+?(?<!`)\1(?!`)", re.S), " "),
    (re.compile(r"\]\([^)]*\)|\]\[[^\]]*\]"), "]"),
    (re.compile(r"<https?:[^>]*>|https?://\S+"), " "),
    (re.compile(r"^\([\w.:-]+\)=\s*$", re.M), ""),
    (re.compile(r"\$\$[ \t]*\([\w.:-]+\)|\\(?:label|tag|eqref|ref)\{[^}]*\}"), "$$"),
    (re.compile(r"^\s*:(?:name|label|class|width|height|align|scale|figwidth):.*$", re.M), ""),
    (re.compile(r"\{[#.][^}\n]*\}"), ""),
    (re.compile(r"[-+]?\d*\.?\d+\s*(?:em|ex|pt|px|rem|mu)\b"), ""),
    (re.compile(r"\d+(?:\.\d+){2,}"), ""),  # versions and dates
    (
        re.compile(
            r"\b(?:sections?|chapters?|figures?|fig\.|tables?|equations?|exercises?|versions?|"
            r"python|numpy|matplotlib|pyodide|pytorch|sphinx|BY|BSD)\s+\d+(?:\.\d+)*(?!\w)|§\s*[\d.]+",
            re.I,
        ),
        "",
    ),
]
_FENCE = re.compile(
    r"^(?P<fence>[`~:]{3,})(?P<info>[^\n]*)\n(?P<body>.*?)^(?P=fence)\s*$", re.S | re.M
)
_CODE_DIRECTIVES = ("code", "literalinclude", "mermaid", "bibliography", "eval-rst")
_SENTENCE_END = re.compile(
    r"(?<![A-Z])(?<!et al)(?<!e\.g)(?<!i\.e)(?<!cf)[.?!][)\"”]?\s+(?=[A-Z(\"“$\[*])"
)


class Number(NamedTuple):
    """A number as prose writes it."""

    written: str
    value: float
    half: float  # half of the last digit's place: what rounding may have moved
    signed: bool
    percent: bool
    cited: bool
    sentence: str

    def borne_out_by(self, source):
        """Tell whether a number from a source, rounded as this one is written, is this one."""
        candidates = (source, source * 100) if self.percent else (source,)
        return any(self._equals(c) for c in candidates)

    def _equals(self, candidate):
        if not self.signed:
            candidate = abs(candidate)
        return abs(candidate - self.value) <= self.half * (1 + 1e-9) + 1e-12 * abs(self.value)


def prose(markdown):
    """Take out of Markdown whatever is not prose, leaving a mark where a citation stands."""

    def unfence(match):
        directive = re.match(r"\s*\{([\w:-]+)\}", match["info"])
        if not directive or directive[1].startswith(_CODE_DIRECTIVES):
            return "\n"
        title = match["info"][directive.end() :]
        body = f"$$\n{match['body']}$$" if directive[1] == "math" else prose_fences(match["body"])
        return f"\n{title}\n\n{body}\n"

    def prose_fences(text):
        return _FENCE.sub(unfence, text)

    text = prose_fences(markdown.rstrip("\n") + "\n")
    for pattern, instead in _NOT_PROSE:
        text = pattern.sub(instead, text)
    return text


def sentences(text):
    """Cut prose into sentences; an item of a list and a row of a table stand for themselves."""
    text = re.sub(r"^(\s*(?:[-*+]|\d+[.)])\s|\s*\|)", "\n\n\\1", text, flags=re.M)
    for block in re.split(r"\n\s*\n", text):
        block = re.sub(r"^\s*\d+[.)]\s", "", block)
        yield from (s for s in _SENTENCE_END.split(" ".join(block.split())) if s)


def _value(match):
    digits = re.sub(r"[{},]", "", match["digits"])
    exponent = match["exponent"] or match["power"] or "0"
    exponent = int(exponent.replace("−", "-").replace(" ", ""))
    places = len(digits.partition(".")[2])
    return float(f"{digits}e{exponent}"), 0.5 * 10.0 ** (exponent - places)


def numbers_in_prose(markdown):
    """List the decimals and percentages of a Markdown text, in order.

    Parameters
    ----------
    markdown : str

    Returns
    -------
    list of Number
    """
    found = []
    for sentence in sentences(prose(markdown)):
        for match in _NUMBER.finditer(sentence):
            decimal = "." in match["digits"] or match["exponent"] or match["power"]
            if not (decimal or match["percent"]):
                continue
            value, half = _value(match)
            minus = bool(match["sign"] and _SIGN_AFTER.search(sentence[: match.start()]))
            found.append(
                Number(
                    written=match[0].strip() if minus else match[0].lstrip("-−").strip(),
                    value=-value if minus else value,
                    half=half,
                    signed=minus,
                    percent=bool(match["percent"]),
                    cited="\0" in sentence,
                    sentence=sentence.replace("\0", "[citation]"),
                )
            )
    return found


def numbers_in_text(text):
    """List every number that a text prints, integers too, with its sign."""
    printed = re.compile(r"[-−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+−]?\d+)?")
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    return [float(m[0].replace("−", "-")) for m in printed.finditer(text)]


def numbers_in_json(value):
    """List every number anywhere in a value that JSON can hold."""
    if isinstance(value, dict):
        return [n for v in value.values() for n in numbers_in_json(v)]
    if isinstance(value, list):
        return [n for v in value for n in numbers_in_json(v)]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return [float(value)] if is_number else []


def numbers_in_log(path):
    """List every number in a log: one JSON value, or one a line."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines() if path.suffix == ".jsonl" else [text]
    return [n for line in lines if line.strip() for n in numbers_in_json(json.loads(line))]
