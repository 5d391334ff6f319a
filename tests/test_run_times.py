"""The log behind the page on run times, and the tool that makes it."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from captioning.logs import read_log
from experiments.run_times import SELF, machine, measured
from tools.notebooks import BOOK

LOG = read_log(SELF)


def test_what_is_logged_is_of_pages_that_exist_and_within_the_limits():
    assert len(LOG["pages"]) >= 10
    for name, page in LOG["pages"].items():
        assert (BOOK / f"{name}.ipynb").exists()
        assert page["processor"] < 60 and page["memory"] < 600 and page["cells"] > 0


def test_the_machine_is_described():
    assert machine().keys() == LOG["machine"].keys()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from Linux")
def test_a_notebook_is_measured(tmp_path):
    path = tmp_path / "small.ipynb"
    cells = [new_markdown_cell("# A title\n\nWords."), new_code_cell("1 + 1")]
    nbformat.write(new_notebook(cells=cells), path)
    found = measured(path)
    assert found["title"] == "A title" and found["cells"] == 1
    assert 0 < found["processor"] < 60 and 10 < found["memory"] < 600
    assert path.read_text().count("VmHWM") == 0
