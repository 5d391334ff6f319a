"""Is it true? A caption is read back and held against its scene (chapter 12, Judging).

A caption that the grammar cannot read counts as false: a fragment, a repetition, an unknown word.
One that it can read is taken apart into facts of five sorts: the thing, its colour, how many there
are, where they stand, and the background. It is true if all its facts are.
"""

import re
from functools import cache, lru_cache
from itertools import permutations
from typing import NamedTuple

from captioning.scenes.grammar import COUNTS, NOUNS, PATTERNS, SLOTS, Claim, Noun, meaning
from captioning.scenes.scene import COLOURS, PLACES

SORTS = ("thing", "colour", "count", "relation", "background")


class Verdict(NamedTuple):
    """What became of a caption.

    Attributes
    ----------
    parsed : bool, whether the grammar can read it
    facts : tuple of (sort, right), one for each fact that it states
    coverage : float, the share of the scene's facts that it states rightly
    """

    parsed: bool
    facts: tuple
    coverage: float

    @property
    def true(self):
        """Whether the caption can be read and every fact is right."""
        return self.parsed and all(right for _, right in self.facts)

    @property
    def wrong(self):
        """The sorts of which a fact is wrong, in the order of `SORTS`."""
        return tuple(sort for sort in SORTS if (sort, False) in self.facts)


def _any_of(phrases):
    return "(?:" + "|".join(dict.fromkeys(phrases)) + ")"


def _noun_regex(slot):
    """Return the expression for A or B: article, number and plural have to agree."""
    singular, plural = (_any_of(n[i] for nouns in NOUNS.values() for n in nouns) for i in (0, 1))
    many = _any_of(phrase for count in (2, 3) for phrase in COUNTS[count])
    return (
        f"(?:(?P<{slot}_one>one|an(?= [aeiou])|a(?= [^aeiou]))|(?P<{slot}_many>{many}))"
        f"(?: (?P<{slot}_colour>{_any_of(COLOURS)}))?"
        f" (?P<{slot}_noun>(?({slot}_one){singular}|{plural}))"
    )


def _part_regex(part):
    """Return the expression for one part of a pattern, with the blank before it."""
    if part[0] == "[":
        return f"(?:{_part_regex(part[1:-1])})?"
    if part in ("A", "B"):
        return " " + _noun_regex(part)
    if part in SLOTS:
        return f" (?P<{part}>{_any_of(p for phrases in SLOTS[part][1].values() for p in phrases)})"
    return " " + part


@cache
def _readers():
    """Compile every pattern once, when the first sentence is read."""
    return [re.compile("".join(map(_part_regex, pattern.split()))) for pattern in PATTERNS]


_KIND_OF = {form: kind for kind, nouns in NOUNS.items() for noun in nouns for form in noun}
_COUNT_OF = {phrase: count for count, phrases in COUNTS.items() for phrase in phrases} | {"an": 1}


def _noun(found, slot):
    count = _COUNT_OF[found[f"{slot}_one"] or found[f"{slot}_many"]]
    return Noun(_KIND_OF[found[f"{slot}_noun"]], found[f"{slot}_colour"], count)


def _claim(found):
    """Turn the words found in a pattern's slots into a claim; None if they disagree in number."""
    nouns = tuple(_noun(found, slot) for slot in "AB" if found.get(f"{slot}_noun"))
    said = dict.fromkeys(("place of A", "place of B", "background"))
    numbers = []
    for slot, (aspect, table) in SLOTS.items():
        meanings = [m for m, phrases in table.items() if found.get(slot) in phrases]
        if aspect == "number of A" and meanings:
            numbers.append(meanings)
        elif meanings:
            said[aspect] = meanings[0]
    claim = Claim(nouns, (said["place of A"], said["place of B"])[: len(nouns)], said["background"])
    return claim if all(meaning("number of A", claim) in m for m in numbers) else None


@lru_cache(maxsize=1 << 16)
def parse(sentence):
    """Read a sentence with the grammar: its Claim, or None."""
    for reader in _readers():
        match = reader.fullmatch(" " + sentence)
        claim = match and _claim(match.groupdict())
        if claim:
            return claim
    return None


def _facts(claim, groups, places):
    """List (sort, right) of every fact in a claim, its nouns held against `groups` in turn."""
    facts = []
    for noun, group in zip(claim.nouns, groups, strict=True):
        facts.append(("thing", group is not None and noun.kind == group.kind))
        if noun.colour:
            facts.append(("colour", group is not None and noun.colour == group.colour))
        facts.append(("count", group is not None and noun.count == group.count))
    if any(claim.places):
        held = zip(claim.places, places, strict=True)
        facts.append(("relation", all(said in (None, place) for said, place in held)))
    return facts


def _fewest_wrong(facts):
    wrong = [sort for sort, right in facts if not right]
    return len(wrong), wrong.count("thing"), wrong.count("colour")


def judge(sentence, scene):
    """Hold a caption against a scene.

    Which group a noun speaks of is not said; the reading with the fewest wrong facts counts (then
    with the fewest wrong things, then colours). A noun for which no group is left is wrong in all.

    Parameters
    ----------
    sentence : str, words separated by single blanks, without <START> and <END>
    scene : Scene

    Returns
    -------
    Verdict

    Examples
    --------
    >>> from captioning.scenes import HERO
    >>> judge("a red boat left of two yellow stars", HERO).wrong
    ('colour',)
    >>> judge("a boat at night", HERO).coverage
    0.375
    """
    claim = parse(sentence)
    if claim is None:
        return Verdict(False, (), 0.0)
    placed = list(zip(scene.groups, PLACES[scene.layout], strict=True))
    placed += [(None, None)] * (len(claim.nouns) - len(placed))
    readings = permutations(placed, len(claim.nouns))
    facts = min((_facts(claim, *zip(*r, strict=True)) for r in readings), key=_fewest_wrong)
    if claim.background:
        facts.append(("background", claim.background == scene.background))
    total = 4 if len(scene.groups) == 1 else 8  # three a group, the relation, the background
    return Verdict(True, tuple(facts), sum(right for _, right in facts) / total)


def truth(sentences, scenes):
    """Judge many captions, one a scene.

    Parameters
    ----------
    sentences : list of str
    scenes : list of Scene

    Returns
    -------
    dict of str to float
        `truth`, the share that is wholly true; `unparsed`, the share that cannot be read;
        `coverage`, the mean share of a scene's facts that is stated rightly; and of the facts
        stated, the share that is right, by sort: `thing`, `colour`, `count`, `relation`,
        `background` (None for a sort that is never stated).

    Raises
    ------
    ValueError
        If there are no sentences, or not as many as scenes.
    """
    if not sentences or len(sentences) != len(scenes):
        raise ValueError(
            f"sentences: got {len(sentences)} for {len(scenes)} scenes, wanted one a scene"
        )
    verdicts = [judge(*pair) for pair in zip(sentences, scenes, strict=True)]
    n = len(verdicts)
    stated = [fact for verdict in verdicts for fact in verdict.facts]
    by_sort = {sort: [right for s, right in stated if s == sort] for sort in SORTS}
    return {
        "truth": sum(v.true for v in verdicts) / n,
        "unparsed": sum(not v.parsed for v in verdicts) / n,
        "coverage": sum(v.coverage for v in verdicts) / n,
        **{sort: sum(rights) / len(rights) if rights else None for sort, rights in by_sort.items()},
    }
