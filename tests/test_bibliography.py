"""The list of references: every key that a page cites is there, and every entry is whole."""

import json
import re
from pathlib import Path

import pytest
from pybtex.database import parse_file

BOOK = Path(__file__).parent.parent / "book"
ENTRIES = parse_file(BOOK / "references.bib").entries
CITATION = re.compile(r"\{cite(?::\w+)?\}`+([^`]+)`")
NEEDED = {
    "article": {"author", "title", "journal", "year"},
    "inproceedings": {"author", "title", "booktitle", "year"},
    "incollection": {"author", "title", "booktitle", "publisher", "year"},
    "book": {"author", "title", "publisher", "year"},
    "phdthesis": {"author", "title", "school", "year"},
    "mastersthesis": {"author", "title", "school", "year"},
    "misc": {"author", "title", "howpublished", "year"},
    "techreport": {"author", "title", "institution", "year"},
}


def words_of(path):
    """What a page says, captions of figures too."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "\n".join("".join(c["source"]) + json.dumps(c["metadata"]) for c in cells)


def cited():
    """Which page cites which key: key -> names of pages."""
    found = {}
    for path in sorted([*BOOK.glob("*.ipynb"), *BOOK.glob("*.md"), *BOOK.glob("*.rst")]):
        for match in CITATION.finditer(words_of(path)):
            for key in match[1].split(","):
                found.setdefault(key.strip(), set()).add(path.name)
    return found


def test_every_key_that_is_cited_exists():
    missing = {key: pages for key, pages in cited().items() if key not in ENTRIES}
    assert not missing and len(cited()) > 20


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_has_what_its_kind_needs(key):
    entry = ENTRIES[key]
    has = set(entry.fields) | set(entry.persons)
    assert NEEDED[entry.type] <= has, NEEDED[entry.type] - has
    assert all(value.strip() for value in entry.fields.values())
    assert re.fullmatch(r"\d{4}", entry.fields["year"])


@pytest.mark.parametrize("key", ENTRIES)
def test_pages_and_addresses_are_well_formed(key):
    fields = ENTRIES[key].fields
    assert re.fullmatch(r"\w+|\w+--\w+", fields.get("pages", "1"))
    assert re.fullmatch(r"10\.\d{4,9}/\S+", fields.get("doi", "10.1000/1"))
    assert fields.get("url", "https://").startswith("https://")


def test_entries_stand_in_the_order_of_their_keys():
    """So that two people who add one each do not both write at the end."""
    assert list(ENTRIES) == sorted(ENTRIES)
