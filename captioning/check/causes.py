"""What usually lies behind an exception: a sentence and a nudge for each that beginners meet.

An exception is known by its message. Some of them have suspects, expressions that often lead to
it: the nearest one on the way to the place of the failure is named in its stead.
"""

import ast
import builtins
import difflib
import inspect
import re
from typing import NamedTuple

import numpy as np

from captioning.check.reading import called, is_in_place, of_numpy, shown
from captioning.check.verdict import listed


class Cause(NamedTuple):
    """What is said of an exception; ``sure`` where no other cache could be to blame."""

    why: str
    nudge: str
    sure: bool = True


def cause_of(error, spot):
    """Find the cause of an exception.

    Parameters
    ----------
    error : BaseException
    spot : Spot
        Where it arose.

    Returns
    -------
    Cause or None
    """
    if isinstance(error, NameError):
        return _misspelt(error, spot.frame)
    if isinstance(error, RecursionError):
        return Cause("The function calls itself without end.", "It needs no call of itself.")
    if isinstance(error, KeyError) and error.args:
        return Cause(f"The dictionary has no entry {error.args[0]!r}.",
                     "Is it spelt alike in both places? And what is to happen where it may be "
                     "missing: `.get` takes a value for that.")
    if isinstance(error, TypeError | AttributeError | ValueError) and _meets_none(error, spot):
        return _blamed(spot, in_place) or Cause(
            "A value is None where something is to be done with it.",
            "Which line should have made it, and does that one return anything?", False)
    if isinstance(error, AttributeError) and error.name:
        return _no_attribute(error, spot.line)
    return _known(str(error).strip(), spot)


# ---------------------------------------------------------------- suspects: a node and its spot

REDUCING = {"sum", "mean", "max", "min", "amax", "amin", "std", "var", "prod", "norm", "median",
            "logsumexp", "any", "all", "argmax", "argmin"}
ALONG_THE_FIRST = dict(concatenate=2, stack=2, split=3, array_split=3, vstack=9, vsplit=9)
ENTRIES = {*REDUCING, "dot", "vdot", "inner", "float", "int", "len", "item"}  # these give numbers


def in_place(node, spot):
    """A call whose None is used as if it were the array or the list that it changed."""
    return returns_none(node) if is_in_place(node) else None


def returns_none(call):
    """What is said of it."""
    name = ast.unparse(call.func)
    return (f"`{name}` returns None: it changes what it is given, in place.",
            "Let it stand on a line of its own, with nothing assigned; the array or list is "
            "changed by then.")


def lost_axis(node, spot):
    """A reduction along an axis that is gone afterwards."""
    named = {word.arg for word in getattr(node, "keywords", ())}
    if called(node) not in REDUCING or not isinstance(node, ast.Call) or "keepdims" in named:
        return None
    if "axis" not in named and len(node.args) < 1 + of_numpy(node):
        return None
    return (f"The axis along which `{shown(node)}` goes is gone from its result.",
            "`keepdims=True` keeps it, with length 1, so that the result stands beside what it "
            "was made of.")


def along_the_first(node, spot):
    """Arrays joined or cut along the first axis, where none is named."""
    most = ALONG_THE_FIRST.get(called(node))
    if most is None or not isinstance(node, ast.Call) or len(node.args) >= most or any(
            word.arg == "axis" for word in node.keywords):
        return None
    return (f"`{ast.unparse(node.func)}` goes along the first axis, where none is named.",
            "With `axis=1` columns are set side by side, or cut apart, and each row stays whole.")


def of_python(node, spot):
    """Python's own function for many numbers, on an array of more than one axis."""
    name = called(node)
    if name not in ("sum", "max", "min", "any", "all") or not isinstance(node.func, ast.Name):
        return None
    if name in spot.names or any(called(part) in ENTRIES for argument in node.args
                                 for part in ast.walk(argument) if isinstance(part, ast.Call)):
        return None
    return (f"Python's `{name}` goes along the first axis and no further.",
            f"`np.{name}` takes all entries of an array.")


def cut_rows(node, spot):
    """Rows cut off an array, `x[:-1]`, where another axis may have been meant."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Slice):
        return None
    value = spot.names.get(getattr(node.value, "id", None))
    if not isinstance(value, np.ndarray) or value.ndim < 2 or not (
            node.slice.lower or node.slice.upper):
        return None
    text = ast.unparse(node)
    return (f"`{text}` cuts the first axis, the batch.",
            f"`{text.replace('[', '[:, ')}` leaves every row and cuts the second axis.")


def _blamed(spot, *suspects):
    """The Cause that is nearest to the place of the failure, or None."""
    return next((Cause(*found) for node in spot.behind() for suspect in suspects
                 if (found := suspect(node, spot))), None)


# ---------------------------------------------------------------- messages


class Known(NamedTuple):
    """A message, what it means, a nudge, and suspects; ``{0}`` is the pattern's first group."""

    pattern: str
    why: str
    nudge: str
    suspects: tuple = ()


SHAPES = (of_python, along_the_first, cut_rows)
MESSAGES = (
    Known(r"indexing arrays could not be broadcast together with shapes (.*)",
          "Index arrays of the shapes {0} are taken place by place, and do not fit.",
          "To meet every pair, one of them has to be a column: `np.arange(N)[:, None]`."),
    Known(r"truth value of an array",
          "An array stands where a single True or False is wanted.",
          "Should it be one number? Else entry by entry: `np.where`, `np.maximum`, `&` for `and`.",
          (of_python,)),
    Known(r"array split does not result in an equal division",
          "The array does not fall into so many equal parts.", "Along which axis is it cut?",
          (along_the_first,)),
    Known(r"(?:dimensions except for the concatenation axis|arrays must have the same shape)",
          "The arrays that are joined differ along another axis too.",
          "Along the axis where they are joined they may differ, along all others not.",
          (along_the_first,)),
    Known(r"need at least one array",
          "There is nothing to be joined: the list is empty.",
          "Is it filled, and at every size?"),
    Known(r"output operand with shape (\(.*?\)) doesn't match the broadcast shape (\(.*?\))",
          "An array of the shape {1} is to be added into one of the shape {0}.",
          "What is added in place takes the shape of what is there. Is a sum missing?", SHAPES),
    Known(r"could not broadcast input array from shape (\(.*?\)) into shape (\(.*?\))",
          "An array of the shape {0} is assigned to a place of the shape {1}.",
          "Look at the index on the left, and at the shape that was made beforehand.", SHAPES),
    Known(r"inhomogeneous", "Rows of different lengths do not make an array.",
          "All rows need the same length: pad them first."),
    Known(r"setting an array element with a sequence",
          "Several numbers are assigned to a single place.",
          "Look at the index on the left: does it name a row or one entry?"),
    Known(r"core dimension.*\(size (\d+) is different from (\d+)\)",
          "The inner sizes of a matrix product differ: {1} and {0}.",
          "Columns of the left factor meet rows of the right one. Is one to be transposed, `.T`, "
          "or do they stand in the wrong order?", SHAPES),
    Known(r"not aligned: (\d+) .* != (\d+)",
          "The inner sizes of a matrix product differ: {0} and {1}.",
          "Columns of the left factor meet rows of the right one. Is one to be transposed, `.T`, "
          "or do they stand in the wrong order?", SHAPES),
    Known(r"cannot reshape array of size (\d+) into shape (\(.*?\))",
          "{0} numbers do not fill the shape {1}.",
          "Whose sizes are these? One of them may be left to NumPy: -1.", SHAPES),
    Known(r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)",
          "Index {0} is beyond the {2} places of axis {1}.",
          "Places are counted from 0. Which axis does the loop run over, and where does it end?"),
    Known(r"(list|tuple) index out of range", "An index is beyond the end of a {0}.",
          "Places are counted from 0. Where does the loop end?"),
    Known(r"too many indices for array: array is (\d+)-dimensional, but (\d+)",
          "{1} indices are given to an array with {0} of the axes.",
          "Print its shape: is an axis summed away, or was a row taken already?"),
    Known(r"(?:arrays used as indices must be of integer|only integers, slices|"
          r"cannot be interpreted as an integer|scalar arrays can be converted to a scalar index)",
          "A whole number is wanted, and something else came.",
          "`//` gives a whole number where `/` does not; a mask that picks entries holds booleans, "
          "`mask.astype(bool)`."),
    Known(r"boolean index did not match",
          "A mask picks from an array of another shape.", "Which axes does the mask stand for?"),
    Known(r"axis (-?\d+) is out of bounds for array of dimension (\d+)",
          "There is no axis {0}: the array has {1} of them.",
          "They are counted from 0; the last is -1, however many there are."),
    Known(r"Cannot cast ufunc '\w+' output from dtype\('(\w+)'\) to dtype\('(\w+)'\)",
          "Numbers of dtype {0} are put into an array of dtype {1}.",
          "Look where the array was made: `np.zeros_like(x)` takes the dtype of x too."),
    Known(r"converted to Python scalars|length-1 arrays",
          "A function for single numbers is given an array.",
          "NumPy has its own, which take arrays: `np.tanh`, `np.exp`."),
    Known(r"list indices must be integers or slices, not (tuple|str)",
          "A list is indexed as only an array or a dict can be.",
          "`np.array` or `np.stack` makes an array of it."),
    Known(r"(?:can't multiply sequence|unsupported operand .*'list'|can only concatenate list)",
          "A list is used in a calculation.", "`np.array` or `np.stack` makes an array of it."),
    Known(r"unhashable type: '(?:numpy\.)?(\w+)'", "A thing of type {0} is used as a key.",
          "A key is a text, a number or a tuple of them: `int(word)`, `tuple(pair)`."),
    Known(r"'(?:numpy\.)?(ndarray|tuple|dict|list)' object is not callable",
          "Round brackets stand behind a {0}, as if it were a function.",
          "An entry is taken with square ones: `x[0]`, `x.shape[0]`."),
    Known(r"Cannot interpret '\d+' as a data type",
          "A size or an axis stands where a dtype is expected.",
          "Several of them are one tuple: `np.zeros((2, 3))`, `x.mean(axis=(1, 2))`."),
    Known(r"(?:positional arguments? but \d+ w|missing \d+ required|unexpected keyword argument)",
          "A function is called with other arguments than it takes.",
          "What its definition or its help names stands between the brackets, and no more."),
    Known(r"division by zero", "A number is divided by 0.", "At which sizes may that happen?"),
    Known(r"^(\w+): (\w+) has shape (\(.*?\)); wanted (.*)",
          "`{0}` is given `{1}` in the shape {2}; it wants {3}.",
          "Follow the shapes from the arguments to this line.", (cut_rows, *SHAPES)),
)


def _known(message, spot):
    """The cause that a message tells."""
    shapes = re.search(r"operands could not be broadcast together with (?:shapes|.*\]:) (.*)",
                       message)
    if shapes:
        return _apart(_shapes_in(shapes[1])[:2], spot)
    if "unpack" in message:
        return _unpacked(re.search(r"\(expected (\d+)", message), spot)
    for known in MESSAGES:
        match = re.search(known.pattern, message)
        if match:
            return _blamed(spot, *known.suspects) or Cause(
                known.why.format(*map(_spaced, match.groups())), known.nudge, False)
    return None


def _spaced(text):
    """A part of a message; if it is shapes and nothing else, as they are usually written."""
    alone = re.fullmatch(r"(\([\d, ]*\)\s*)+", text)
    return listed([str(shape) for shape in _shapes_in(text)]) if alone else text


def _shapes_in(text):
    """The shapes in a message, as tuples of numbers."""
    return [tuple(map(int, re.findall(r"\d+", shape)))
            for shape in re.findall(r"\([\d, ]*\)", text)]


def _apart(axes, spot):
    """The cause where entries of arrays meet whose shapes do not fit."""
    less, more = sorted(axes, key=len)
    lost = (lost_axis,) if len(less) < len(more) else ()
    blamed = _blamed(spot, *lost, *SHAPES)
    if blamed:
        return blamed
    texts = listed([str(shape) for shape in axes])
    if isinstance(getattr(spot.node, "op", None), ast.Mult) and axes[0][-1:] == axes[1][:1]:
        return Cause(f"`*` multiplies entry by entry; the shapes {texts} are those of a matrix "
                     "product.", "NumPy writes it `@`.", False)
    if less and more[:len(less)] == less != more:
        return Cause(f"Shapes are compared from the last axis on, and {texts} do not fit.",
                     "An axis is missing at the end of one: `a[..., None]` adds it.", False)
    return Cause(f"Arrays of the shapes {texts} do not fit entry by entry.",
                 "Each axis must be alike in both, or 1 in one of them: is one array to be "
                 "transposed, or cut otherwise?", False)


def _unpacked(names, spot):
    """The cause where names and values are not equally many."""
    if names is None:
        return None
    if "cache" in spot.line:
        return Cause(
            f"The cache is unpacked into {names[1]} names and holds another number of things.",
            "Unpack what the forward pass has packed, in the same order.", False)
    return Cause(f"{names[1]} names are to take another number of things.",
                 "A shape has as many numbers as there are axes, a function as many results as "
                 "its `return` says.", False)


def _meets_none(error, spot):
    """Whether None stands where something is done: by the message, or by the names."""
    if "NoneType" in str(error):
        return True
    names = [node.id for node in ast.walk(spot.node) if isinstance(node, ast.Name)
             ] if isinstance(spot.node, ast.expr) else ()
    return any(spot.names.get(name, ...) is None for name in names)


# ---------------------------------------------------------------- names

def _misspelt(error, frame):
    quoted = re.search(r"'(\w+)'", str(error))
    name = error.name or (quoted[1] if quoted else None)
    if name is None:
        return None
    if frame is not None and name in frame.f_code.co_varnames:
        return Cause(f"`{name}` is used before it is set.", "Look at the order of the lines.")
    known = [*(frame.f_locals if frame else ()), *(frame.f_globals if frame else ()),
             *vars(builtins)]
    return Cause(f"`{name}` is not defined" + _meant(name, known), "Two lines must spell it alike.")


def _no_attribute(error, line):
    if isinstance(error.obj, tuple) and "cache" in line and hasattr(list, error.name):
        return Cause(f"`{error.name}` would change the cache.",
                     "A backward pass only reads its cache, so that it can run again: unpack it.",
                     False)
    kind = error.obj.__name__ if inspect.ismodule(error.obj) else type(error.obj).__name__
    return Cause(f"`{kind}` has no `{error.name}`" + _meant(error.name, dir(error.obj)),
                 "Look for a slip of the pen.", inspect.ismodule(error.obj))


def _meant(name, known):
    """Name the nearest of the known names, capitals and underscores apart."""
    plain = {k.lower().replace("_", ""): k for k in reversed(known) if not k.startswith("__")}
    near = difflib.get_close_matches(name.lower().replace("_", ""), plain, 1, cutoff=0.7)
    return f"; is `{plain[near[0]]}` meant?" if near else "."
