"""Refuse a built book with a link that leads nowhere, or a page that would need a network.

Sphinx resolves the links of the text; a link in a cell's output it takes as it comes. This looks
at the pages as a browser does: every link inside the book must arrive, at its anchor too, and no
page may load a script, a style, a font or a picture from elsewhere.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src"}
LOADED_LINKS = ("stylesheet", "preload", "modulepreload", "icon", "shortcut icon")


class Page(HTMLParser):
    """The anchors, the links and the loaded addresses of one page."""

    def __init__(self, path):
        super().__init__()
        self.anchors, self.links, self.loads = set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        """Note what a tag names, links to and loads."""
        attrs = dict(attrs)
        self.anchors |= {attrs[k] for k in ("id", "name") if attrs.get(k)}
        if tag == "a" and attrs.get("href"):
            self.links.append(attrs["href"])
        if attrs.get(LOADS.get(tag, "")):
            self.loads.append(attrs[LOADS[tag]])
        if tag == "link" and attrs.get("rel") in LOADED_LINKS:
            self.loads.append(attrs.get("href", ""))


def broken(path, pages):
    """Say what is wrong with the links and loads of one page; `pages` maps paths to pages."""
    for link in pages[path].links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if not target.exists():
            yield f"links to {link}, which does not exist"
        elif parts.fragment and target in pages:
            if unquote(parts.fragment) not in pages[target].anchors:
                yield f"links to {link}, which has no such anchor"
    for address in pages[path].loads:
        if urlsplit(address).netloc:
            yield f"loads {address} from the network"


def main(folder):
    """Check every page under a folder, and return 1 when anything is found."""
    pages = {p.resolve(): Page(p) for p in sorted(Path(folder).rglob("*.html"))}
    found = [(p, finding) for p in pages for finding in broken(p, pages)]
    for path, finding in found:
        print(f"{path.name}: {finding}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
