"""The glossary: sorted, every word used where it says, and linked at first use."""

import re

import pytest
from docutils import nodes

from tools import glossary
from tools.notebooks import BOOK

ENTRY = re.compile(r"^(\S[^\n]*)\n((?:  [^\n]*\n)+)", re.M)
SOURCE = (BOOK / "glossary.md").read_text(encoding="utf-8").split("```{glossary}\n")[1]
WORDS = {word: re.findall(r"\{doc\}`(.*?)`", said) for word, said in ENTRY.findall(SOURCE)}


def test_words_stand_in_the_order_of_the_alphabet():
    assert list(WORDS) == sorted(WORDS, key=str.lower) and len(WORDS) > 50


def used(word, text):
    return glossary.pattern([word]).search(text) is not None


@pytest.mark.parametrize("word", [w for w in WORDS if WORDS[w] and "(" not in w])
def test_a_word_is_used_on_the_pages_that_its_entry_names(word):
    for page in WORDS[word]:
        path = BOOK / f"{page}.ipynb"
        if path.exists():  # a page that is not written yet cannot use it
            assert used(word, path.read_text(encoding="utf-8")), page


def linked(text, *words):
    """The pieces of a text, a link as (text, address)."""
    known = {word.lower(): (f"term-{word}", f"what {word} means") for word in words}
    pieces = glossary.divided(text, glossary.pattern(known), known, "glossary.html")
    return [(p.astext(), p["refuri"]) if isinstance(p, nodes.reference) else p.astext()
            for p in pieces]


def test_a_word_is_linked_once_with_its_plural_and_in_any_case():
    assert linked("Gates open. A gate shuts.", "gate") == [
        "", ("Gates", "glossary.html#term-gate"), " open. A gate shuts."]


def test_the_longest_word_wins_and_parts_of_words_are_none():
    assert linked("a gradient check of a subgate", "gradient", "gradient check", "gate") == [
        "a ", ("gradient check", "glossary.html#term-gradient check"), " of a subgate"]


def test_a_word_with_other_meanings_is_never_linked():
    assert linked("a cell of the page", "cell (of an LSTM)", "page") == [
        "a cell of the ", ("page", "glossary.html#term-page"), ""]


def test_hovering_shows_the_meaning():
    known = {"gate": ("term-gate", "a number")}
    link = list(glossary.divided("a gate", glossary.pattern(known), known, "g.html"))[1]
    assert link["reftitle"] == "a number"
