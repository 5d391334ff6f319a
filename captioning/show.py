"""Show a function's own source on the page, so that what is read is what runs."""

import ast
import inspect
import sys
import textwrap


class Source:
    """The source of functions, as highlighted Markdown or as text."""

    def __init__(self, functions, together=False):
        self.functions, self.together = functions, together

    def _repr_markdown_(self):
        if self.together:
            code = "\n\n\n".join(map(source_of, self.functions))
            links = " · ".join(f"[{f.__name__}]({_place(f)})" for f in self.functions)
            return f"```python\n{code}\n```\n*{_file(self.functions[0])}* · {links}"
        blocks = [f"```python\n{source_of(f)}\n```\n{_link(f)}" for f in self.functions]
        return "\n\n".join(blocks)

    def __repr__(self):
        return "\n\n".join(map(source_of, self.functions))


def show(*functions, together=False):
    """Show the source of functions in a notebook, without decorators and docstrings.

    Parameters
    ----------
    *functions : function or class
    together : bool
        Whether several short functions of one file are to be read as one piece.

    Returns
    -------
    Source
        Which a notebook renders, each function with a link to its full description.
    """
    return Source(functions, together)


def source_of(function):
    """Return a function's source from its ``def`` on, the docstring left out."""
    lines = textwrap.dedent(inspect.getsource(inspect.unwrap(function))).splitlines()
    node = ast.parse("\n".join(lines)).body[0]
    first = node.body[0]
    if ast.get_docstring(node) is not None:
        del lines[first.lineno - 1:first.end_lineno]
    return "\n".join(lines[node.lineno - 1:]).rstrip()


def _link(function):
    return f"*{_file(function)}* · [what it takes and returns]({_place(function)})"


def _file(function):
    return function.__module__.replace(".", "/") + ".py"


def _place(function):
    """Where the API page describes a function; a private method is part of its class."""
    name, module = function.__qualname__.partition("._")[0], function.__module__
    package = module.partition(".")[0]
    # The page knows by a short name what can be imported from the package itself.
    short = name in getattr(sys.modules[package], "__all__", ())
    return f"api.html#{package if short else module}.{name}"
