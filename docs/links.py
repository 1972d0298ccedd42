"""Check a built manual, python docs/links.py FOLDER: every link within leads somewhere, no page loads from afar."""

import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

QUESTIONS = ("moment", "variance", "sigma")
"""The fragments that the calculator reads."""


class Page(HTMLParser):
    """The anchors of a page, its links, and the addresses that it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element has to say."""
        found = {name: value for name, value in attrs if value}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag == "link" and "href" in found:
            self.loaded.append(found["href"])
        elif "src" in found:
            self.loaded.append(found["src"])


@cache
def page(path: Path) -> Page:
    """Return a page that was read."""
    return Page(path.read_text("utf-8"))


def faults(path: Path) -> list[str]:
    """Return what is wrong with the links of a page."""
    found: list[str] = []
    for address in [*page(path).links, *page(path).loaded]:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            found += [f"{path}: loads {address}"] * (address in page(path).loaded and parts.scheme != "data")
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
        # A question to the calculator is no anchor.
        fragment = unquote(parts.fragment).partition("?")[0]
        if not target.is_file():
            found.append(f"{path}: no file for {address}")
        elif fragment and target.suffix == ".html" and fragment not in page(target).anchors | {*QUESTIONS}:
            found.append(f"{path}: no anchor for {address}")
    return found


def main() -> None:
    """Check all pages; exit 1 where a link leads nowhere."""
    paths = sorted(Path(sys.argv[1]).rglob("*.html"))
    found = [fault for path in paths for fault in faults(path)]
    print("\n".join([*found, f"{len(paths)} pages, {sum(len(page(path).links) for path in paths):,} links"]))
    sys.exit(bool(found) or not paths)


if __name__ == "__main__":
    main()
