"""How the package is built: layers that run downwards, a core that stays small, no surprises.

To place a new module, write it into `ORDER`.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "captioning"
# From the ground up: a module imports only what stands before it. A folder is one entry; its own
# modules may import one another, in no circle.
ORDER = """
    shapes files progress logs gradcheck
    rnn lstm layers decoding model optim
    vocabulary dataset metrics baselines captioner pytorch training packed
    scenes encoder photographs evaluation runs diagnose
    show tiny check figures
    __init__ __main__
""".split()
CORE = "rnn lstm layers model optim training decoding packed".split()
CORE_LINES, FUNCTION_LINES = 1200, 45
SLOW_TO_IMPORT = {"h5py", "PIL", "tqdm", "matplotlib"}
FILES = sorted(PACKAGE.rglob("*.py"))
EACH = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))


def module_of(path):
    """``captioning/scenes/drawing.py`` -> ``("captioning", "scenes", "drawing")``."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


MODULES = {module_of(path): path for path in FILES}


def imported(tree, of=None):
    """List the modules of this package that a tree imports, as tuples of names."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "an import relative to its place"
            source = tuple(node.module.split("."))
            inner = [(*source, alias.name) for alias in node.names]
            found += [name if name in MODULES else source for name in inner]
    return [name for name in found if name[0] == "captioning"]


def place(module):
    """Where a module stands in the order, by its first name within the package."""
    return ORDER.index(module[1] if len(module) > 1 else "__init__")


def test_every_module_has_its_place():
    names = {module[1] for module in MODULES if len(module) > 1}
    assert not names - set(ORDER), "not in ORDER"
    assert len(set(ORDER)) == len(ORDER)


@EACH
def test_imports_only_go_downwards(path):
    here = module_of(path)
    for there in imported(ast.parse(path.read_text(encoding="utf-8"))):
        if len(here) > 1 and there[1:2] == here[1:2]:
            continue  # within a folder: see the next test
        assert place(there) < place(here), f"{'.'.join(here)} imports {'.'.join(there)}"


def test_no_circles():
    """Take away, again and again, what imports nothing that is left; nothing must stay."""
    left = {module: {name for name in imported(ast.parse(path.read_text(encoding="utf-8")))
                     if name != module} for module, path in MODULES.items()}
    while left:
        free = {module for module, names in left.items() if not names & left.keys()}
        assert free, f"in a circle: {sorted(map('.'.join, left))}"
        for module in free:
            del left[module]


def test_the_order_is_really_held_against_imports():
    up = imported(ast.parse("from captioning.training import CaptioningSolver"))
    assert up == [("captioning", "training")] and place(up[0]) > place(("captioning", "rnn"))
    assert imported(ast.parse("from captioning import optim")) == [("captioning", "optim")]
    assert imported(ast.parse("def f():\n import captioning.model")) == [("captioning", "model")]
    assert imported(ast.parse("import numpy\nfrom pathlib import Path")) == []


def test_importing_the_package_is_light():
    code = "import sys, captioning; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=PACKAGE.parent, check=True,
                            capture_output=True, text=True).stdout.split()
    assert "numpy" in loaded and "captioning" in loaded
    assert not SLOW_TO_IMPORT & set(loaded)


# ---------------------------------------------------------------- sizes

def docstring_lines(tree):
    lines = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                lines.update(range(first.lineno, first.end_lineno + 1))
    return lines


def count(source, tree):
    """Count the lines of a module or function: no docstring, no comment alone, nothing blank."""
    texts = source.splitlines()
    first, last = getattr(tree, "lineno", 1), getattr(tree, "end_lineno", len(texts))
    return sum(bool(texts[k - 1].strip()) and not texts[k - 1].lstrip().startswith("#")
               for k in set(range(first, last + 1)) - docstring_lines(tree))


def test_counting():
    source = '"""Doc."""\n\n# why\nx = (1,\n\n     # what\n     2)\n\n\ndef f(a,\n      b):\n' \
             '    """Doc.\n\n    More.\n    """\n    return a  # end\n'
    tree = ast.parse(source)
    assert count(source, tree) == 5 and count(source, tree.body[2]) == 3


def test_the_core_is_small():
    lines = {}
    for name in CORE:
        for path in FILES:
            if path == PACKAGE / f"{name}.py" or path.parent == PACKAGE / name:
                source = path.read_text(encoding="utf-8")
                lines[name] = lines.get(name, 0) + count(source, ast.parse(source))
    print(lines, sum(lines.values()))
    assert len(lines) >= 7 and min(lines.values()) > 10
    assert sum(lines.values()) < CORE_LINES, lines


@EACH
def test_no_function_is_long(path):
    source = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            length = count(source, node)
            assert length <= FUNCTION_LINES, f"{node.name} has {length} lines"


# ---------------------------------------------------------------- what may run

@EACH
def test_no_pickle_and_no_eval(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name.split(".")[0] for alias in node.names}
            names.add((getattr(node, "module", None) or "").split(".")[0])
            assert not names & {"pickle", "dill", "joblib", "shelve", "marshal"}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"eval", "exec"}, f"line {node.lineno}"
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert isinstance(node.value, ast.Constant) and node.value.value is False


@EACH
def test_random_numbers_come_from_a_generator_that_is_passed_in(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and ast.unparse(node).startswith("np.random."):
            assert node.attr in {"Generator", "default_rng", "PCG64", "SeedSequence"}, node.lineno
