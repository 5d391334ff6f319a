"""Each layer, cell, rule, decoder and metric has one home: the chapter that shows its source."""

import importlib
import re

import pytest

import captioning
from tools.bookext import NAMES
from tools.notebooks import chapters, read

MODULES = ("rnn", "lstm", "layers", "optim", "decoding", "metrics", "encoder.convolution")
SHOWN = re.compile(r"^show\(([^)]*)\)", re.M)
PAGES = {p.stem: "\n".join(c.source for c in read(p).cells if c.cell_type == "code")
         for p in chapters()}
NUMBER = {name: number for number, names in NAMES.items() for name in names.split()}


def taught():
    """The functions of the package that stand in a module which the book derives."""
    modules = tuple(f"captioning.{module}" for module in MODULES)
    for module in modules:
        importlib.import_module(module)
    for name in captioning.__all__:
        function = getattr(captioning, name)
        home = getattr(function, "__module__", "")
        inside = home in modules or home.rpartition(".")[0] in modules
        if inside and function.__name__ == name:
            yield name


def shown_on(name):
    """The pages that show a function's source."""
    return [page for page, code in PAGES.items()
            if any(name in re.findall(r"\w+", call) for call in SHOWN.findall(code))]


@pytest.mark.parametrize("name", list(taught()))
def test_a_function_has_one_home_and_the_api_page_knows_it(name):
    if any(page.startswith(f"{NUMBER[name]:02}-") for page in PAGES):  # or it is not written yet
        (home,) = shown_on(name)
        assert home.startswith(f"{NUMBER[name]:02}-")


def test_every_layer_cell_rule_and_decoder_is_looked_at():
    assert len(list(taught())) > 30


@pytest.mark.parametrize("page", [page for page in PAGES if re.match(r"\d\d-", page)])
def test_no_chapter_pastes_what_the_package_has(page):
    assert not set(re.findall(r"^def (\w+)\(", PAGES[page], re.M)) & set(taught())
