"""Link a word of the glossary where a page first uses it; hovering shows what it means.

Authors write the word. Links, code, mathematics, headings, captions, boxes and the works cited stay
as they are.
"""

import re

from docutils import nodes

GLOSSARY = "book/glossary"
LEFT_ALONE = (nodes.reference, nodes.literal, nodes.literal_block, nodes.math, nodes.math_block,
              nodes.title, nodes.caption, nodes.term, nodes.raw, nodes.Admonition, nodes.citation)


def entries(environment):
    """Find the glossary's entries.

    Returns
    -------
    dict of str to (str, str)
        For a word its anchor on the glossary's page and its definition.
    """
    found = {}
    for item in environment.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        term, definition = item[0], item[-1]
        said = definition[0].deepcopy()
        for link in list(said.findall(lambda n: n.__class__.__name__ == "pending_xref")):
            link.parent.remove(link)
        found[term.astext()] = (term["ids"][0], " ".join(said.astext().split()))
    return found


def pattern(words):
    """Make what matches any of the words, the longest first, in the singular or the plural.

    A word that says what it is of, "cell (of an LSTM)", has other meanings too: it matches nothing.
    """
    either = "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True) if "(" not in w)
    return re.compile(rf"(?<![\w-])({either})s?(?![\w-])", re.I)


def divided(text, found, known, page):
    """Cut a text into pieces, with a link for each word that has not been linked on this page."""
    place = 0
    for match in found.finditer(text):
        word = known.pop(match[1].lower(), None)
        if word:
            anchor, meaning = word
            yield nodes.Text(text[place:match.start()])
            yield nodes.reference("", match[0], internal=True, refuri=f"{page}#{anchor}",
                                  reftitle=meaning, classes=["glossed"])
            place = match.end()
    yield nodes.Text(text[place:])


def link_first_uses(app, doctree, docname):
    """Link the words of the glossary on a page of the book, each at its first use."""
    if not docname.startswith("book/") or docname == GLOSSARY:
        return
    known = {word.lower(): entry for word, entry in entries(app.env).items()}
    found, page = pattern(known), app.builder.get_relative_uri(docname, GLOSSARY)
    for text in list(doctree.findall(nodes.Text)):
        above, node = [], text.parent
        while node is not None:
            above.append(node)
            node = node.parent
        # The theme shortens links to GitHub, and what it writes into them has no parent.
        if above and not any(isinstance(node, LEFT_ALONE) for node in above):
            text.parent.replace(text, list(divided(text.astext(), found, known, page)))


def setup(app):
    """Register with Sphinx."""
    app.connect("doctree-resolved", link_first_uses)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
