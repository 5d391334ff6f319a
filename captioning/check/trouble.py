"""Put into words why a function stopped: exceptions, misspelt names, names from outside."""

import ast
import builtins
import difflib
import inspect
import linecache
import re
import textwrap
import traceback
from typing import NamedTuple

import numpy as np

from captioning.check.verdict import SAYS_RIGHT


class Finding(NamedTuple):
    """What is said of a fault: in a result's row, as the reason, as a nudge, and besides.

    ``foreign`` marks what another cache than the expected may have caused.
    """

    says: str
    why: str | None = None
    nudge: str = ""
    notes: tuple = ()
    foreign: bool = False

    @property
    def reason(self):
        """The reason and the nudge."""
        return self.why, self.nudge

    @property
    def right(self):
        """Whether there is nothing to find."""
        return self.says == SAYS_RIGHT


def explain(error, function):
    """Say what an exception means and where it arose, as a Finding."""
    frame, line = _place(error, function)
    name = type(error).__name__
    message = _message(error)
    says = f"stops with {name}" + (f": {message}" if message else "")
    shapes = "" if isinstance(error, NameError) else _shapes_on(line, frame)
    where = (f"It stops at `{line}`{shapes}.",) if line else ()
    why, nudge = _cause(error, frame, line)
    if why:
        notes = (*where, f"Python says: {name}: {message}")
        return Finding(says, why, nudge, notes, "cache" in why)
    return Finding(says, f"It {says}.", nudge, where, isinstance(error, Exception))


def loop_at(error, function):
    """The first line of the loop in which time ran out, or "" where it cannot be told."""
    frame, _ = _place(error, function)
    if frame is None:
        return ""
    number = max(n for f, n in traceback.walk_tb(error.__traceback__) if f is frame)
    lines, first = _source(frame.f_code)
    loops = [node for node in ast.walk(_parse(lines)) if isinstance(node, ast.While | ast.For)
             and node.lineno <= number - first + 1 <= node.end_lineno]
    loops.sort(key=lambda node: (isinstance(node, ast.For), node.lineno))
    return lines[loops[0].lineno - 1].strip() if loops else ""


def hints(function):
    """What looks odd in the text of a function that is wrong, a sentence each."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return ()
    notes = [f"`{name}` is computed and never used." for name in _unused(code)]
    outside = getattr(inspect.unwrap(function), "__globals__", {})
    for name in code.co_names:
        if isinstance(outside.get(name), np.ndarray | int | float | list | dict):
            notes.append(f"`{name}` comes from outside the function, not from its arguments.")
    return tuple(notes)


def lacks_return(function):
    """Whether the text of a function is known and returns no value."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    nodes = list(ast.walk(_parse(_source(code)[0]))) if code else []
    return bool(nodes) and any(isinstance(node, ast.FunctionDef) for node in nodes) and not any(
        isinstance(node, ast.Return) and node.value is not None for node in nodes)


def _place(error, function):
    """The reader's frame in which an error arose, and its line of code."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    file = code.co_filename if code else None
    frames = [pair for pair in traceback.walk_tb(error.__traceback__)
              if pair[0].f_code.co_filename == file]
    if not frames:
        return None, ""
    frame, number = frames[-1]
    return frame, linecache.getline(file, number).strip()


def _message(error):
    message = re.sub(r"0x[0-9a-fA-F]+", "0x...", str(error).strip().split("\n")[0])[:200]
    inner = re.search(r"core dimension.*\((size .*)\)", message)
    if inner:
        return f"the inner sizes of a matrix product differ ({inner[1]})"
    return message


def _shapes_on(line, frame):
    """", where `x` is (3, 4)": the shapes of the arrays that a line names."""
    names = dict.fromkeys(re.findall(r"[A-Za-z_]\w*", line))
    arrays = [f"`{name}` is {frame.f_locals[name].shape}" for name in names
              if isinstance(frame.f_locals.get(name), np.ndarray)]
    return f", where {listed(arrays)}" if arrays else ""


def _cause(error, frame, line):
    """The reason behind an exception and a nudge, or (None, "")."""
    message = str(error)
    if isinstance(error, NameError):
        return _misspelt(error, frame)
    if isinstance(error, AttributeError) and error.name:
        return _no_attribute(error, line)
    if isinstance(error, KeyError) and error.args:
        return (f"The dictionary has no entry {error.args[0]!r}.",
                "Is it spelt alike in both places? And what is to happen where it may be missing: "
                "`.get` takes a value for that.")
    if isinstance(error, RecursionError):
        return "The function calls itself without end.", "It needs no call of itself."
    names = re.search(r"unpack \(expected (\d+)", message)
    if names and "cache" in line:
        return (f"The cache is unpacked into {names[1]} names and holds another number of things.",
                "Unpack what the forward pass has packed, in the same order.")
    if "converted to Python scalars" in message or "length-1 arrays" in message:
        return ("A function for single numbers is given an array.",
                "NumPy has its own, which take arrays: `np.tanh`, `np.exp`.")
    return None, ""


def _misspelt(error, frame):
    quoted = re.search(r"'(\w+)'", str(error))
    name = error.name or (quoted[1] if quoted else None)
    if name is None:
        return None, ""
    if frame is not None and name in frame.f_code.co_varnames:
        return f"`{name}` is used before it is set.", "Look at the order of the lines."
    known = [*(frame.f_locals if frame else ()), *(frame.f_globals if frame else ()),
             *vars(builtins)]
    return f"`{name}` is not defined" + _meant(name, known), "Two lines must spell it alike."


def _no_attribute(error, line):
    if isinstance(error.obj, tuple) and "cache" in line:
        return (f"`{error.name}` would change the cache.",
                "A backward pass only reads its cache, so that it can run again: unpack it.")
    kind = error.obj.__name__ if inspect.ismodule(error.obj) else type(error.obj).__name__
    return (f"`{kind}` has no `{error.name}`" + _meant(error.name, dir(error.obj)),
            "Look for a slip of the pen.")


def _meant(name, known):
    """Name the nearest of the known names, capitals and underscores apart."""
    plain = {k.lower().replace("_", ""): k for k in reversed(known) if not k.startswith("__")}
    near = difflib.get_close_matches(name.lower().replace("_", ""), plain, 1, cutoff=0.7)
    return f"; is `{plain[near[0]]}` meant?" if near else "."


def _unused(code):
    """Names that a plain assignment sets and nothing reads."""
    defined = [node for node in ast.walk(_parse(_source(code)[0]))
               if isinstance(node, ast.FunctionDef) and node.name == code.co_name]
    if not defined:
        return []
    tree = defined[0]
    used = {node.id for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    plain = [target.id for node in ast.walk(tree) if isinstance(node, ast.Assign)
             for target in node.targets if isinstance(target, ast.Name)]
    return [name for name in dict.fromkeys(plain) if name not in used]


def _source(code):
    try:
        return inspect.getsourcelines(code)
    except (OSError, TypeError):  # made by exec, say: there is no text
        return [""], 1


def _parse(lines):
    try:
        return ast.parse(textwrap.dedent("".join(lines)))
    except SyntaxError:  # a lambda in the middle of something
        return ast.parse("")


def listed(texts):
    """Join: "a, b and c"."""
    *most, last = texts
    return f"{', '.join(most)} and {last}" if most else last
