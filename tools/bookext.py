"""What the book asks of Sphinx: mathematics without a network, numbers, and an API page.

MathJax comes from the package sphinx-mathjax-offline, which would copy all of its 24 MB; only
what a page can load is taken. Figures, equations and exercises of a back page are counted from 1
on that page. The API page lists whatever modules the package has, in groups; what a docstring or
a comment says of a chapter or an equation becomes a link.
"""

import functools
import importlib
import importlib.util
import inspect
import pkgutil
import re
import shutil
from pathlib import Path

from sphinx.addnodes import desc_signature

MATHJAX_PARTS = ("tex-chtml.js", "input/tex/extensions", "output/chtml/fonts/woff-v2")
API_PAGE = "book/api"
BOOK = Path(__file__).resolve().parent.parent / "book"
EQUATION = re.compile(r"\b(eq-[\w-]*\w)")
SECTION = re.compile(r"^(Parameters|Returns|Yields|Attributes)\n-+$", re.M)
# Modules of the package that no reader calls: how checks are made, and drawings.
WITHIN = ("captioning.check.", "captioning.figures")
GROUPS = {
    "The network": "rnn lstm layers attention transformer model",
    "Learning": "gradcheck optim training selfcritical runs diagnose",
    "Speaking and judging": "decoding metrics baselines evaluation captioner",
    "Words and data": "vocabulary dataset",
    "Pictures": "scenes encoder photographs",
    "Fast, and elsewhere": "packed parallel pytorch",
    "What the pages use": "check tiny show logs files shapes progress",
}
NAMES = {
    1: "Captioner load_captioner save_captioner FeatureScale load_eye judge truth",
    2: "tokenize build_vocabulary encode decode_captions load_coco_data sample_coco_minibatch",
    4: "rnn_step_forward rnn_step_backward eval_numerical_gradient eval_numerical_gradient_array "
       "gradient_error rel_error",
    5: "rnn_forward rnn_backward",
    6: "word_embedding_forward word_embedding_backward",
    7: "affine_forward affine_backward temporal_affine_forward temporal_affine_backward "
       "log_softmax temporal_softmax_loss",
    8: "CaptioningRNN dropout_forward dropout_backward",
    9: "sgd momentum sgd_momentum rmsprop adam clip_by_global_norm CaptioningSolver",
    10: "conv_forward conv_backward relu_forward relu_backward EfficientNetLite0",
    11: "greedy temper log_probabilities sample_captions top_k nucleus beam_search Ensemble",
    12: "bleu rouge_l cider_d perplexity evaluate",
    13: "lstm_step_forward lstm_step_backward lstm_forward lstm_backward",
    17: "load_photograph prepare_flickr8k prepare_coco prepare_photographs prepare_features",
}


def copy_mathjax(folder):
    """Copy the parts of MathJax that a page loads, once, into a folder."""
    source = Path(importlib.util.find_spec("sphinx-mathjax-offline").origin).parent
    for part in MATHJAX_PARTS:
        here, there = source / "static" / "mathjax" / part, Path(folder) / "mathjax" / part
        if there.exists():
            continue
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(here, there) if here.is_dir() else shutil.copyfile(here, there)


def finish(app, error):
    """Lay MathJax beside the built pages."""
    if not error:
        copy_mathjax(Path(app.outdir) / "_static")


def public_modules(package):
    """Names of a package's modules that a reader calls, in the order of the alphabet."""
    found = pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    return sorted(m.name for m in found if not m.name.rsplit(".", 1)[-1].startswith("_")
                  and not m.name.startswith(WITHIN))


def is_helper(thing, public):
    """Tell whether one sentence is all that a module says of a function of its own."""
    return (inspect.isfunction(thing) and thing.__name__ not in public
            and not SECTION.search(inspect.getdoc(thing) or ""))


def helpers(name, public):
    """List a module's helpers: its functions that need no description of their own."""
    module = importlib.import_module(name)
    return [thing for key, thing in vars(module).items() if not key.startswith("_")
            and getattr(thing, "__module__", "") == name and is_helper(thing, public)]


def module_section(name, public):
    """Write the reStructuredText of one module's section: what it defines, not what it imports."""
    left = helpers(name, public)
    left_out = ", ".join(helper.__name__ for helper in left)
    options = "   :members:\n   :ignore-module-all:\n" + (
        f"   :exclude-members: {left_out}\n" if left else "")
    lines = [f"- ``{helper.__name__}{inspect.signature(helper)}``: {first_sentence(helper)}"
             for helper in left]
    listed = "\nAlso here:\n\n" + "\n".join(lines) + "\n" if left else ""
    return f"{name}\n{'~' * len(name)}\n\n.. automodule:: {name}\n{options}{listed}"


def first_sentence(function):
    """The first paragraph of a docstring, on one line, its chapters and equations linked."""
    return linked(" ".join(inspect.getdoc(function).split("\n\n")[0].split()))


def grouped(modules, public):
    """Write the sections of all modules under the headings of `GROUPS`; what is new comes last."""
    top = {m: m.split(".")[1] for m in modules}
    placed = [name for names in GROUPS.values() for name in names.split()]
    rest = " ".join(sorted({name for name in top.values() if name not in placed}))
    for heading, names in {**GROUPS, "More": rest}.items():
        inside = [m for name in names.split() for m in modules if top[m] == name]
        if inside:
            yield f"{heading}\n{'-' * len(heading)}\n"
            yield from (module_section(module, public) for module in inside)


def by_chapter(public, folder):
    """Write a list of the names that the package exports, under the chapters that derive them."""
    rest = [name for name in public if name not in " ".join(NAMES.values()).split()]
    for chapter, names in NAMES.items():
        (page,) = (p for p in folder.glob(f"{chapter:02}-*") if p.suffix in (".md", ".ipynb"))
        there = links(name for name in names.split() if name in public)
        yield f"Chapter {chapter}, :doc:`{page.stem}`\n   {there}\n"
    if rest:
        yield f"Other pages\n   {links(rest)}\n"


def links(names):
    """Link each name to its place further down."""
    return ", ".join(f"`{name} <#captioning.{name}>`__" for name in names)


def list_modules(app, docname, source):
    """Append the names by chapter and every module's section to the API page as it is read."""
    if docname == API_PAGE:
        import captioning

        folder = Path(app.srcdir) / "book"
        source[0] += "\n" + "\n".join(by_chapter(captioning.__all__, folder))
        source[0] += "\n" + "\n".join(grouped(public_modules(captioning), captioning.__all__))


def linked(text):
    """Turn the names of equations and chapters in a docstring into links."""
    text = EQUATION.sub(lambda match: equation_link(match[1]), text)
    text = re.sub(r"\bchapters (\d+) and (\d+)\b", r"chapter \1 and chapter \2", text)
    return re.sub(r"\bchapter (\d+)\b", chapter_link, text)


@functools.cache
def labels():
    """The labels of the equations that the book has."""
    pages = [*BOOK.glob("*.ipynb"), *BOOK.glob("*.md")]
    return {label for page in pages
            for label in re.findall(r"\((eq-[\w-]+)\)", page.read_text(encoding="utf-8"))}


def equation_link(label):
    """Link an equation; one whose chapter is yet to be written keeps its name."""
    return f":eq:`{label}`" if label in labels() else f"``{label}``"


def chapter_link(match):
    """Link a chapter to its page."""
    (page,) = BOOK.glob(f"{int(match[1]):02}-*")
    return f":doc:`{match[0]} <{page.stem}>`"


def equations_of(function):
    """The equations that the comments of a function cite, in order, each once."""
    if not (inspect.isfunction(function) or inspect.ismethod(function)):
        return []
    comments = re.findall(r"#.*", inspect.getsource(function))
    return list(dict.fromkeys(EQUATION.findall(" ".join(comments))))


def link_docstring(app, what, name, obj, options, lines):
    """Link what a docstring names, and say after its first paragraph where it is derived."""
    lines[:] = linked("\n".join(lines)).split("\n")
    equations = [equation_link(label) for label in equations_of(obj)]
    said = [linked(f"chapter {chapter}") for chapter in home_of(obj)] + equations
    if said:
        first = lines.index("") if "" in lines else len(lines)
        verb = "Derived in" if equations else "See"
        lines[first:first] = ["", f"*{verb}* {', '.join(said)}."]


def home_of(thing):
    """The chapter of something that the package exports, in a list; an empty one for the rest."""
    import captioning

    return [chapter for chapter, names in NAMES.items()
            if any(getattr(captioning, name) is thing for name in names.split())]


def skip_tuple_fields(app, what, name, obj, skip, options):
    """Leave out a named tuple's fields, of which Python says only "alias for field number 0"."""
    return skip or type(obj).__name__ == "_tuplegetter"


def add_short_names(app, doctree):
    """Let what can be imported from the package itself be linked to under that name too."""
    import captioning

    short = {}
    for name in captioning.__all__:  # one thing may have two names
        thing = getattr(captioning, name)
        short.setdefault(f"{thing.__module__}.{thing.__qualname__}", []).append(name)
    for signature in doctree.findall(desc_signature):
        names = short.get(signature["ids"][0] if signature["ids"] else None, [])
        signature["ids"] += [f"captioning.{name}" for name in names]


def count_from_one(app, env):
    """Count a page's figures, equations and exercises from 1 where the page has no number.

    Sphinx counts them on from one such page to the next.
    """
    for kinds in env.toc_fignumbers.values():
        for kind, numbers in kinds.items():
            if all(len(number) == 1 for number in numbers.values()):
                kinds[kind] = {anchor: (k,) for k, anchor in enumerate(numbers, 1)}
    return []


def api_is_outdated(app, env, added, changed, removed):
    """Read the API page again in every build: its text is the package's, not its own file's."""
    return [API_PAGE] if API_PAGE in env.found_docs else []


def write_every_page(app, env):
    """Write every page in each build: the anchor of a reference moves when another is added."""
    return sorted(env.found_docs)


def drop_thebe(app, page, template, context, doctree):
    """Leave out the scripts of Thebe, which needs a network and which no page here uses."""
    scripts = context.get("script_files", [])
    context["script_files"] = [
        s for s in scripts if "thebe" not in str(getattr(s, "attributes", s)).lower() + str(s)
    ]


def setup(app):
    """Register with Sphinx."""
    app.config.mathjax_path = "mathjax/tex-chtml.js"
    app.connect("build-finished", finish)
    app.connect("source-read", list_modules)
    app.connect("env-get-outdated", api_is_outdated)
    app.connect("env-get-updated", count_from_one, priority=900)  # after Sphinx has counted
    app.connect("env-updated", write_every_page)
    app.connect("doctree-read", add_short_names)
    app.connect("autodoc-process-docstring", link_docstring, priority=400)  # before numpydoc
    app.connect("autodoc-skip-member", skip_tuple_fields)
    app.connect("html-page-context", drop_thebe, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
