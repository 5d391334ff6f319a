"""Read a reader's function: where it stopped, what made the values there, what looks odd.

From the exception comes the very expression that failed; from the text of the function, what was
assigned to the names in it, and so on back. What is to be blamed often stands some lines above.
"""

import ast
import functools
import inspect
import linecache
import textwrap
import traceback
from typing import NamedTuple

IN_PLACE = {"append", "extend", "insert", "remove", "reverse", "sort", "clear", "update", "add",
            "fill", "put", "shuffle", "at"}  # methods that change their object and return None
NUMPY_IN_PLACE = {"at", "put", "place", "copyto", "put_along_axis", "fill_diagonal", "shuffle"}


class Spot(NamedTuple):
    """Where a function stopped: its frame, the line, the expression and the function's tree."""

    frame: object = None
    line: str = ""
    node: ast.AST | None = None
    function: ast.AST | None = None

    @property
    def names(self):
        """The values of the names in the frame."""
        return self.frame.f_globals | self.frame.f_locals if self.frame else {}

    def behind(self):
        """Every expression that had a share in what failed, the nearest first."""
        seen, queue = set(), [self.node] if self.node else []
        for expression in queue:  # it grows
            for node in ast.walk(expression):
                yield node
                if isinstance(node, ast.Name) and node.id not in seen:
                    seen.add(node.id)
                    queue += _made_of(self.function, node.id)


def spot_of(error, function):
    """Find where an error arose: the last place in the file of the reader's function."""
    code = code_of(function)
    pairs = zip(traceback.walk_tb(error.__traceback__), traceback.extract_tb(error.__traceback__),
                strict=True)
    here = [(frame, place) for (frame, _), place in pairs
            if code and frame.f_code.co_filename == code.co_filename]
    if not here:
        return Spot()
    frame, place = here[-1]
    tree = _tree("".join(linecache.getlines(code.co_filename)))
    start, end = (place.lineno, place.colno or 0), (place.end_lineno or 0, place.end_colno or 0)
    around = [node for node in ast.walk(tree) if hasattr(node, "lineno")
              and (node.lineno, node.col_offset) <= start
              and end <= (node.end_lineno, node.end_col_offset)]  # from the outermost inwards
    functions = [node for node in around if isinstance(node, ast.FunctionDef | ast.Lambda)]
    return Spot(frame, place.line or "", around[-1] if around else None,
                functions[-1] if functions else None)


def loop_at(error, function):
    """The first line of the loop in which time ran out, or "" where it cannot be told."""
    frame = spot_of(error, function).frame
    if frame is None:
        return ""
    number = max(n for f, n in traceback.walk_tb(error.__traceback__) if f is frame)
    lines, first = _source(frame.f_code)
    loops = [node for node in ast.walk(_parse(lines)) if isinstance(node, ast.While | ast.For)
             and node.lineno <= number - first + 1 <= node.end_lineno]
    loops.sort(key=lambda node: (isinstance(node, ast.For), node.lineno))
    return lines[loops[0].lineno - 1].strip() if loops else ""


def code_of(function):
    """The code of a function under its decorators; None where it has none in Python."""
    return getattr(inspect.unwrap(function), "__code__", None)


def text_of(function):
    """The tree of a function's text, empty where that is not known."""
    code = code_of(function)
    return _parse(_source(code)[0]) if code else ast.parse("")


def lacks_return(function):
    """Whether the text of a function is known and returns no value."""
    nodes = list(ast.walk(text_of(function)))
    return any(isinstance(node, ast.FunctionDef) for node in nodes) and not any(
        isinstance(node, ast.Return) and node.value is not None for node in nodes)


def unused(function):
    """Names that a plain assignment sets and nothing reads."""
    defined = [node for node in ast.walk(text_of(function))
               if isinstance(node, ast.FunctionDef) and node.name == code_of(function).co_name]
    if not defined:
        return []
    tree = defined[0]
    used = {node.id for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    plain = [target.id for node in ast.walk(tree) if isinstance(node, ast.Assign)
             for target in node.targets if isinstance(target, ast.Name)]
    return [name for name in dict.fromkeys(plain) if name not in used]


def kept_in_place(function):
    """The first call that works in place and whose None is assigned or returned, or None."""
    kept = (node.value for node in ast.walk(text_of(function))
            if isinstance(node, ast.Assign | ast.Return) and node.value)
    return next((node for value in kept for node in ast.walk(value) if is_in_place(node)), None)


def is_in_place(node):
    """Whether this is a call of a function that changes an array or a list and returns None."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return node.func.attr in (NUMPY_IN_PLACE if of_numpy(node) else IN_PLACE)


def of_numpy(call):
    """Whether NumPy's own function is called, `np.sum(x)`, and not a method, `x.sum()`."""
    return ast.unparse(call.func).split(".")[0] in ("np", "numpy")


def called(node):
    """The last part of the name of what is called; "" where nothing is."""
    func = getattr(node, "func", None)
    return getattr(func, "attr", None) or getattr(func, "id", "")


def shown(node, most=40):
    """An expression as text; of a long call the function alone."""
    text = ast.unparse(node)
    return text if len(text) <= most else ast.unparse(getattr(node, "func", node))


def _made_of(function, name):
    """What is assigned to a name in a function, or runs through it in a loop."""
    for node in ast.walk(function) if function else ():
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        if any(isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Store)
               for target in targets if target for part in ast.walk(target)):
            yield getattr(node, "value", None) or getattr(node, "iter", node)


@functools.lru_cache(maxsize=4)
def _tree(text):
    try:
        return ast.parse(text)
    except SyntaxError:  # a cell with a magic in it, say
        return ast.parse("")


def _source(code):
    try:
        return inspect.getsourcelines(code)
    except (OSError, TypeError):  # made by exec, say: there is no text
        return [""], 1


def _parse(lines):
    return _tree(textwrap.dedent("".join(lines)))  # nothing, for a lambda in the middle of a line
