"""The shapes that the code's comments state, held against the shapes that arise.

A line such as ``dWx = x.T @ da  # (D, H)  eq-rnn-dWx`` states the shape of what it assigns. Here
the functions run with all sizes different, under a tracer that looks at the assigned variable
after each such line. A comment that is wrong, that cannot be read, or that no run reaches fails;
so does a line of a forward or backward function that computes a new shape in silence.

To have a function traced, add it to `cases`.
"""

import ast
import inspect
import re
import sys
import textwrap
import tokenize
from io import StringIO

import numpy as np
import pytest

from captioning import layers, lstm, model, rnn
from captioning.encoder import convolution

MODULES = (rnn, layers, lstm, model, convolution)
DERIVED = (rnn, layers, lstm)  # where the book derives every line
# All different, and 3H, 4H, T - 1 and N*T too.
SIZES = dict(N=3, T=5, D=7, H=6, M=10, F=9, E=8, V=11)
# A convolution with a stride of 2: kernels K by K, pictures H by W by C, maps P by Q by M.
PICTURE = dict(N=2, H=10, W=14, C=4, K=3, M=6, P=5, Q=7)


# ---------------------------------------------------------------- reading the comments

def parse(function):
    """Read a function's source: its text, and its statements with the file's line numbers."""
    lines, first = inspect.getsourcelines(inspect.unwrap(function))
    source = textwrap.dedent("".join(lines))
    tree = ast.increment_lineno(ast.parse(source), first - 1)
    return source, first, [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]


def shape_comments(function):
    """Find the statements of a function that end in a shape.

    Returns
    -------
    dict
        Maps each statement, an `ast.stmt`, to its list of shapes, each a list of axes as text.
    """
    source, first, statements = parse(function)
    by_last_line = {s.end_lineno: s for s in statements}  # of several, the innermost
    found = {}
    for token in tokenize.generate_tokens(StringIO(source).readline):
        after_code = token.type == tokenize.COMMENT and token.line[:token.start[1]].strip()
        if after_code and re.match(r"# *\(", token.string):
            statement = by_last_line.get(first - 1 + token.start[0])
            assert statement, f"{token.string!r} stands inside a statement"
            found[statement] = read_shapes(token.string)
    return found


def read_shapes(comment):
    """``"# (N, 4H), (N,)  eq-name"`` -> ``[["N", "4H"], ["N"]]``."""
    shape = r"\([\w*+/ ,-]*\)"
    match = re.match(rf"# ({shape}(?:, {shape})*)(?:  |$)", comment)
    assert match, f"{comment!r} begins like a shape and cannot be read as one"
    return [[axis.strip() for axis in text[1:-1].split(",") if axis.strip()]
            for text in re.findall(shape, match[1])]


def resolve(axes, sizes):
    """``["N*T", "4H"]`` -> the shape in numbers."""
    products = [re.sub(r"(?<=\d)(?=[A-Za-z])", "*", axis) for axis in axes]
    return tuple(eval(axis, {"__builtins__": {}}, dict(sizes)) for axis in products)


# ---------------------------------------------------------------- watching a run

def run_traced(function, args, sizes):
    """Call a function and hold each of its shape comments against the values.

    Parameters
    ----------
    function : callable
        It may be decorated; the lines watched are those of the innermost function.
    args : sequence
    sizes : dict of str to int
        The number that each letter stands for.

    Raises
    ------
    AssertionError
        Naming every line whose comment is wrong or was never reached.
    """
    comments = shape_comments(function)
    faults = {statement: "never reached" for statement in comments}

    def finished(statement, frame, returned):
        fault = compare(statement, comments[statement], frame, returned, sizes)
        if fault or faults[statement] == "never reached":
            faults[statement] = fault

    watch(function, args, comments, finished)
    report(function, faults)


def report(function, faults):
    """Fail if any statement has a fault, naming file and line."""
    file = inspect.unwrap(function).__code__.co_filename
    told = [f"{file}:{statement.end_lineno}: {fault}" for statement, fault in faults.items()
            if fault]
    assert not told, "\n".join(told)


def watch(function, args, statements, finished):
    """Call a function; call ``finished(statement, frame, returned)`` after each statement named.

    A statement is over when the interpreter moves to a line outside it, or returns; one that
    raises never is.
    """
    code = inspect.unwrap(function).__code__

    def on_call(frame, event, arg):
        return follow() if frame.f_code is code else None

    def follow():
        running = None

        def on_event(frame, event, arg):
            nonlocal running
            if event == "line" and running and covers(running, frame.f_lineno):
                return on_event
            if event in ("line", "return") and running:
                finished(running, frame, arg)
            running = next((s for s in statements if event == "line"
                            and covers(s, frame.f_lineno)), None)
            return on_event

        return on_event

    before = sys.gettrace()
    sys.settrace(on_call)
    try:
        function(*args)
    finally:
        sys.settrace(before)


def covers(statement, line):
    return statement.lineno <= line <= statement.end_lineno


def compare(statement, shapes, frame, returned, sizes):
    """Say what is wrong with the shapes of one executed statement, or None.

    As many shapes as values: one each. One shape for several values: it holds for every array
    among them; the others (a cache, say) have none.
    """
    try:
        named = results(statement, frame, returned)
        wanted = [resolve(axes, sizes) for axes in shapes]
    except (NameError, SyntaxError, TypeError) as error:
        return f"cannot be checked: {error}"
    if len(wanted) == 1:
        named = {name: value for name, value in named.items()
                 if len(named) == 1 or isinstance(value, np.ndarray)}
        wanted *= len(named)
    if not named or len(named) != len(wanted):
        return f"states {len(wanted)} shapes for {len(named)} arrays"
    wrong = [f"{name} has shape {shape_of(value)}, the comment says {shape}"
             for (name, value), shape in zip(named.items(), wanted, strict=True)
             if shape_of(value) != shape]
    return "; ".join(wrong) or None


def shape_of(value):
    """The shape of an array or number; of anything else, None."""
    return np.shape(value) if isinstance(value, np.ndarray | np.generic | float | int) else None


def results(statement, frame, returned):
    """Name and value of whatever a statement assigned, returned, or altered in place."""
    if isinstance(statement, ast.Return):
        values = returned if isinstance(returned, tuple) else (returned,)
        return {f"returned[{k}]": value for k, value in enumerate(values)}
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        targets = statement.value.args[:1]  # np.add.at(dW, x, dout) alters dW
    elif isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AugAssign):
        targets = [statement.target]
    else:
        raise TypeError(f"a shape after {type(statement).__name__}")
    names = [ast.unparse(part).lstrip("*") for target in targets
             for part in (target.elts if isinstance(target, ast.Tuple) else [target])]
    return {name: eval(name, frame.f_globals, frame.f_locals) for name in names}


# ---------------------------------------------------------------- shapes that nobody states

ALLOCATES = {"empty", "zeros", "ones", "full", "empty_like", "zeros_like", "ones_like"}


def run_for_silence(function, args):
    """Call a function and fail for each line that computes a new shape and does not state it.

    A shape is new when arrays are named on the right and none has it. Calls that allocate say
    their shape themselves; those that go to another function of the package, in its own lines.
    """
    silent = [s for s in parse(function)[2] if isinstance(s, ast.Assign)
              and computes(s.value, inspect.unwrap(function).__globals__)]
    for stated in shape_comments(function):
        silent = [s for s in silent if s.lineno != stated.lineno]
    faults = {}

    def finished(statement, frame, returned):
        operands = [frame.f_locals.get(node.id) for node in ast.walk(statement.value)
                    if isinstance(node, ast.Name)]
        shapes = {value.shape for value in operands if isinstance(value, np.ndarray)}
        for name, value in results(statement, frame, returned).items():
            if shapes and isinstance(value, np.ndarray) and value.shape not in shapes:
                faults[statement] = f"{name} has a new shape, {value.shape}, and no comment says so"

    watch(function, args, silent, finished)
    report(function, faults)


def computes(value, scope):
    if isinstance(value, ast.Call):
        called = value.func.attr if isinstance(value.func, ast.Attribute) else value.func.id
        ours = getattr(scope.get(called), "__module__", "").startswith("captioning")
        return called not in ALLOCATES and not ours
    if isinstance(value, ast.Tuple):
        return any(computes(part, scope) for part in value.elts)
    return not isinstance(value, ast.Name | ast.Constant | ast.Attribute)


# ---------------------------------------------------------------- what is run

def cases():
    """One call a function: function, arguments, and what its letters stand for."""
    rng = np.random.default_rng(0)
    N, T, D, H, M, F, E, V = SIZES.values()

    def draw(*shape):
        return rng.standard_normal(shape)

    def pair(forward, backward, forward_args, *upstream):
        cache = forward(*forward_args)[-1]
        return [(forward, forward_args, SIZES), (backward, (*upstream, cache), SIZES)]

    words = rng.integers(V, size=(N, T))
    simple = draw(D, H), draw(H, H), draw(H)
    gated = draw(D, 4 * H), draw(H, 4 * H), draw(4 * H)
    calls = [
        *pair(rnn.rnn_step_forward, rnn.rnn_step_backward,
              (draw(N, D), draw(N, H), *simple), draw(N, H)),
        *pair(rnn.rnn_forward, rnn.rnn_backward,
              (draw(N, T, D), draw(N, H), *simple), draw(N, T, H)),
        *pair(lstm.lstm_step_forward, lstm.lstm_step_backward,
              (draw(N, D), draw(N, H), draw(N, H), *gated), draw(N, H), draw(N, H)),
        *pair(lstm.lstm_forward, lstm.lstm_backward,
              (draw(N, T, D), draw(N, H), *gated), draw(N, T, H)),
        *pair(layers.word_embedding_forward, layers.word_embedding_backward,
              (words, draw(V, E)), draw(N, T, E)),
        *pair(layers.affine_forward, layers.affine_backward,
              (draw(N, D), draw(D, M), draw(M)), draw(N, M)),
        *pair(layers.temporal_affine_forward, layers.temporal_affine_backward,
              (draw(N, T, D), draw(D, M), draw(M)), draw(N, T, M)),
        *pair(layers.dropout_forward, layers.dropout_backward, (draw(N, T, E), .5, rng),
              draw(N, T, E)),
        (layers.temporal_softmax_loss, (draw(N, T, V), words, rng.random((N, T)) < .8), SIZES),
    ]
    pictures, kernels = draw(2, 10, 14, 4), draw(3, 3, 4, 6)
    cache = convolution.conv_forward(pictures, kernels, draw(6), 2)[-1]
    calls += [(convolution.conv_forward, (pictures, kernels, draw(6), 2), PICTURE),
              (convolution.conv_backward, (draw(2, 5, 7, 6), cache), PICTURE),
              (convolution.conv_backward_weights, (draw(2, 5, 7, 6), cache), PICTURE)]
    for cell_type in ("rnn", "lstm"):
        network = model.CaptioningRNN(dict.fromkeys(["<NULL>", "<START>", "<END>", *"abcdefgh"]),
                                      F, E, H, cell_type, np.float64)
        network.word_to_idx.update(zip(network.word_to_idx, range(V), strict=True))
        captions = rng.integers(1, V, size=(N, T + 1))
        features = draw(N, F)
        calls += [(model.CaptioningRNN.loss, (network, features, captions), SIZES),
                  (model.CaptioningRNN.forward, (network, features, captions[:, :-1]), SIZES)]
    return calls


CASES = cases()


def qualified(function):
    return f"{function.__module__.removeprefix('captioning.')}.{function.__qualname__}"


def functions_of(module):
    """Every function and method that a module defines."""
    for thing in vars(module).values():
        members = vars(thing).values() if inspect.isclass(thing) else [thing]
        for member in members:
            if inspect.isfunction(member) and member.__module__ == module.__name__:
                yield member


@pytest.mark.parametrize("function, args, sizes", CASES, ids=[qualified(c[0]) for c in CASES])
def test_comments_state_the_shapes_that_arise(function, args, sizes):
    run_traced(function, args, sizes)


@pytest.mark.parametrize("module", DERIVED, ids=lambda module: module.__name__)
def test_every_new_shape_is_stated(module):
    for function, args, _ in CASES:
        if function.__module__ == module.__name__:
            run_for_silence(function, args)


@pytest.mark.parametrize("module", DERIVED, ids=lambda module: module.__name__)
def test_every_forward_and_backward_function_is_run(module):
    run = {case[0] for case in CASES}
    missing = [qualified(f) for f in functions_of(module) if f not in run
               and f.__name__.endswith(("_forward", "_backward", "_loss"))]
    assert not missing, f"no case runs {', '.join(missing)}"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_function_with_a_shape_comment_is_run(module):
    covered = {inspect.unwrap(case[0]) for case in CASES}
    missing = [qualified(f) for f in functions_of(module)
               if inspect.unwrap(f) not in covered and shape_comments(f)]
    assert not missing, f"shape comments that no case runs: {', '.join(missing)}"


def test_all_sizes_differ():
    products = [SIZES["T"] - 1, SIZES["N"] * SIZES["T"], 3 * SIZES["H"], 4 * SIZES["H"]]
    for sizes in ([*SIZES.values(), *products], PICTURE.values()):
        assert len(set(sizes)) == len(sizes)


# ---------------------------------------------------------------- the gradients' equations

# Through time, a parameter's gradient is the sum of the steps', which cite their equations.
SUMS_OF_STEPS = {"rnn.rnn_backward", "lstm.lstm_backward"}
BACKWARD = [f for module in DERIVED for f in functions_of(module)
            if f.__name__.endswith("_backward") and qualified(f) not in SUMS_OF_STEPS]


def citations(function):
    """The labels that the lines assigning each returned name cite: name -> list of labels."""
    source, first, statements = parse(function)
    lines = source.splitlines()
    cited = {name.id: [] for s in statements if isinstance(s, ast.Return)
             for name in getattr(s.value, "elts", [s.value]) if isinstance(name, ast.Name)}
    for s in statements:
        if isinstance(s, ast.Assign | ast.AugAssign | ast.Expr):
            names = [n for n in ast.walk(s) if isinstance(n, ast.Name)]
            stored = [n for n in names if isinstance(n.ctx, ast.Store)] or names
            labels = re.findall(r"eq-[\w-]+", lines[s.end_lineno - first].partition("#")[2])
            for name in {n.id for n in stored} & cited.keys():
                cited[name] += labels
    return cited


@pytest.mark.parametrize("function", BACKWARD, ids=qualified)
def test_each_returned_gradient_cites_its_equation_once(function):
    wrong = {name: labels for name, labels in citations(function).items() if len(labels) != 1}
    assert not wrong, f"{qualified(function)}: wanted one equation each, found {wrong}"


# ---------------------------------------------------------------- the tracer can fail

def right(x, w):
    N, T, D = x.shape
    rows = x.reshape(N * T, D)  # (N*T, D)
    y = np.zeros((N, 4 * w.shape[1]))
    for t in range(1, T):
        y[:, :w.shape[1]], last = (
            x[:, t] @ w,
            x[:, t])  # (N, H), (N, D)
    first, cache = rows[:N], (x, w)  # (N, D)  eq-none
    total = rows.sum()  # ()
    steps = np.diff(x, axis=1)  # (N, T-1, D)
    np.add.at(y, [0], total)  # (N, 4H)
    return steps, first, y, last, cache


def wrong_letter(x, w):
    y = x @ w  # (N, T, D)
    return y


def wrong_once(x, w):
    for t in range(x.shape[1]):
        y = x[:, 0] @ w if t else x[:, 0]  # (N, H)
    return y


def wrong_in_the_second(x, w):
    a, b = x[:, 0], w  # (N, D), (H, D)
    return a, b


def wrong_beside_a_right_one(x, w):
    a, b = x[:, 0], w  # (N, D)
    return a, b


def wrong_return(x, w):
    return x @ w  # (N, H)


def never_reached(x, w):
    if x is None:
        y = x @ w  # (N, T, H)
        return y
    return x


def strange_letter(x, w):
    y = x @ w  # (N, T, Q)
    return y


def no_array(x, w):
    cache = [x, w]  # (N, T, H)
    return cache


def unreadable(x, w):
    y = x @ w  # (N, T, H
    return y


def silent_product(x, w):
    y = x @ w
    return y


def silent_slice(x, w):
    a, b = x, x[:, 1:]
    return a, b


TOY = (np.ones((3, 5, 7)), np.ones((7, 6)))


def test_the_tracer_accepts_what_is_right():
    run_traced(right, TOY, SIZES)
    assert len(shape_comments(right)) == 6


@pytest.mark.parametrize("function, message", [
    (wrong_letter, r"y has shape \(3, 5, 6\), the comment says \(3, 5, 7\)"),
    (wrong_once, r"y has shape \(3, 7\), the comment says \(3, 6\)"),
    (wrong_in_the_second, r"b has shape \(7, 6\), the comment says \(6, 7\)"),
    (wrong_beside_a_right_one, r"b has shape \(7, 6\), the comment says \(3, 7\)"),
    (wrong_return, r"returned\[0\] has shape \(3, 5, 6\), the comment says \(3, 6\)"),
    (never_reached, "never reached"),
    (strange_letter, "'Q' is not defined"),
    (no_array, "cache has shape None"),
    (unreadable, "cannot be read as one"),
])
def test_the_tracer_finds_what_is_wrong(function, message):
    with pytest.raises(AssertionError, match=message):
        run_traced(function, TOY, SIZES)


@pytest.mark.parametrize("function, message", [
    (silent_product, r"y has a new shape, \(3, 5, 6\)"),
    (silent_slice, r"b has a new shape, \(3, 4, 7\)"),
])
def test_the_tracer_finds_what_is_not_stated(function, message):
    with pytest.raises(AssertionError, match=message):
        run_for_silence(function, TOY)


def test_the_tracer_leaves_no_trace():
    before = sys.gettrace()
    with pytest.raises(AssertionError):
        run_traced(wrong_letter, TOY, SIZES)
    assert sys.gettrace() is before
