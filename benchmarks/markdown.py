"""Tables in Markdown, and pages whose tables are made anew between markers."""

import re
from collections.abc import Callable, Iterable, Mapping


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table."""
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def fill(page: str, made: Mapping[str, Callable[[], str]], title: str) -> str:
    """Return a page with every section between its markers made anew; `title` is the page's, for an error.

    Raises:
        ValueError: unless the markers of every section are there once.
    """
    for name, section in made.items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        if len(pattern.findall(page)) != 1:
            raise ValueError(f"need the markers of {name!r} once in {title}")
        before, after = pattern.split(page)
        page = f"{before}{begin}\n{section()}\n{end}{after}"
    return page
