"""What the book asks of Sphinx: mathematics without a network, and an API page.

MathJax comes from the package sphinx-mathjax-offline, which would copy all of its 24 MB; only
what a page can load is taken. The API page lists whatever modules the package has.
"""

import importlib
import importlib.util
import pkgutil
import shutil
from pathlib import Path

from sphinx.addnodes import desc_signature

MATHJAX_PARTS = ("tex-chtml.js", "input/tex/extensions", "output/chtml/fonts/woff-v2")
API_PAGE = "book/api"


def copy_mathjax(app, error):
    """Copy the parts of MathJax that a page loads, once, beside the built pages."""
    source = Path(importlib.util.find_spec("sphinx-mathjax-offline").origin).parent
    for part in MATHJAX_PARTS:
        here = source / "static" / "mathjax" / part
        there = Path(app.outdir) / "_static" / "mathjax" / part
        if error or there.exists():
            continue
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(here, there) if here.is_dir() else shutil.copyfile(here, there)


def public_modules(package):
    """Names of a package's modules without a leading underscore, in the order of the alphabet."""
    found = pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    return sorted(m.name for m in found if not m.name.rsplit(".", 1)[-1].startswith("_"))


def module_section(name):
    """Write the reStructuredText of one module's section: what it defines, not what it imports.

    Of a module that holds the checker's exercises only what it says of itself: the rest is how
    mistakes are made.
    """
    values = vars(importlib.import_module(name)).values()
    exercises = any(type(value).__name__ == "Exercise" for value in values)
    options = "" if exercises else "   :members:\n   :ignore-module-all:\n"
    return f"{name}\n{'-' * len(name)}\n\n.. automodule:: {name}\n{options}"


def list_modules(app, docname, source):
    """Append every module's section to the API page as it is read."""
    if docname == API_PAGE:
        import captioning

        source[0] += "\n" + "\n".join(module_section(m) for m in public_modules(captioning))


def skip_tuple_fields(app, what, name, obj, skip, options):
    """Leave out a named tuple's fields, of which Python says only "alias for field number 0"."""
    return skip or type(obj).__name__ == "_tuplegetter"


def add_short_names(app, doctree):
    """Let what can be imported from the package itself be linked to under that name too."""
    import captioning

    public = {getattr(captioning, name): name for name in captioning.__all__}
    short = {f"{o.__module__}.{o.__qualname__}": n for o, n in public.items() if callable(o)}
    for signature in doctree.findall(desc_signature):
        name = short.get(signature["ids"][0] if signature["ids"] else None)
        signature["ids"] += [f"captioning.{name}"] if name else []


def api_is_outdated(app, env, added, changed, removed):
    """Read the API page again in every build: its text is the package's, not its own file's."""
    return [API_PAGE] if API_PAGE in env.found_docs else []


def drop_thebe(app, page, template, context, doctree):
    """Leave out the scripts of Thebe, which needs a network and which no page here uses."""
    scripts = context.get("script_files", [])
    context["script_files"] = [
        s for s in scripts if "thebe" not in str(getattr(s, "attributes", s)).lower() + str(s)
    ]


def setup(app):
    """Register with Sphinx."""
    app.config.mathjax_path = "mathjax/tex-chtml.js"
    app.connect("build-finished", copy_mathjax)
    app.connect("source-read", list_modules)
    app.connect("env-get-outdated", api_is_outdated)
    app.connect("doctree-read", add_short_names)
    app.connect("autodoc-skip-member", skip_tuple_fields)
    app.connect("html-page-context", drop_thebe, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
