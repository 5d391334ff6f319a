"""Drawings: the same bytes every time, and only parts that exist are lit."""

import importlib
import inspect
import io
import pkgutil

import numpy as np
import pytest
from PIL import Image

from captioning import figures
from captioning.figures import from_picture, one_step
from captioning.figures.pipeline import PARTS, pipeline
from captioning.figures.style import WIDTH, number
from captioning.files import data_path

MODULES = [importlib.import_module(f"captioning.figures.{module.name}")
           for module in pkgutil.iter_modules(figures.__path__)]



def needs_nothing(function):
    """Whether a function can be called without an argument."""
    try:
        inspect.signature(function).bind()
    except TypeError:
        return False
    return True


# Every function that the decorator `drawing` has made, but for those that draw what they are given.
DRAWINGS = [function for module in MODULES for function in vars(module).values()
            if hasattr(function, "__wrapped__") and function.__module__ == module.__name__
            and needs_nothing(function)]


def test_the_drawings_are_found():
    assert one_step.step_forward in DRAWINGS and pipeline in DRAWINGS and len(DRAWINGS) >= 10


@pytest.mark.parametrize("draw", DRAWINGS, ids=lambda draw: draw.__name__)
def test_a_drawing_is_the_same_twice_and_as_wide_as_the_page(draw):
    first, second = draw(), draw()
    assert first.png == second.png
    image = Image.open(io.BytesIO(first.png))
    assert image.width == WIDTH * 200
    assert repr(first) == f"<drawing: {draw.__name__.replace('_', ' ')}>"


def test_a_panel_has_round_corners_on_nothing():
    image = np.array(Image.open(io.BytesIO(one_step.step_tanh().png)))
    assert image[0, 0, 3] == 0
    assert image[image.shape[0] // 2, 20, :3].min() > 240


def test_lighting_a_part_changes_the_drawing_and_an_unknown_part_is_refused():
    assert len({pipeline(part).png for part in PARTS}) == len(PARTS)
    with pytest.raises(ValueError, match="lit holds wheels; wanted some of"):
        pipeline("wheels")


def test_labels_name_the_curves_of_the_wrong_gradient():
    assert one_step.wrong_gradient().png != one_step.wrong_gradient(labelled=True).png


@pytest.mark.parametrize("value, text", [(.35, ".35"), (-.8, "−.80"), (2.363, "2.36"),
                                         (-.001, "0"), (1, "1.00")])
def test_numbers_are_written_as_the_book_writes_them(value, text):
    assert number(value) == text


def test_the_cover_is_the_drawing_of_chapter_1():
    """`from_picture.the_way().png` is kept as a file for the README and the first page."""
    cover = data_path("../book/_static/the-way.png").read_bytes()
    assert cover == from_picture.the_way().png
