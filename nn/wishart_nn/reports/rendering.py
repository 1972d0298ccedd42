"""The templates of the pages: everything that they are given is escaped but what another template has made."""

from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from wishart_moments.reports import page
from wishart_nn.data.json_files import csv_text
from wishart_nn.reports import words
from wishart_nn.reports.colours import DARK, LIGHT
from wishart_nn.reports.records import number

SHAPES = {
    "s": "M-3-3h6v6h-6z",
    "^": "M0-3.8L3.6 2.8h-7.2z",
    "v": "M0 3.8L3.6-2.8h-7.2z",
    "d": "M0-4.2L4.2 0L0 4.2L-4.2 0z",
    "P": "M-1.3-3.7h2.6v2.4h2.4v2.6h-2.4v2.4h-2.6v-2.4h-2.4v-2.6h2.4z",
    "x": "M-3.4-2L-2-3.4L0-1.4L2-3.4L3.4-2L1.4 0L3.4 2L2 3.4L0 1.4L-2 3.4L-3.4 2L-1.4 0z",
}
"""The marks of charts beside the circle "o", as paths."""

_TEMPLATES = Path(__file__).with_name("templates")
_FILTERS = ("effect", "fixed", "general", "p_equals", "p_text", "plural", "size", "tally", "unbroken")


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {name: getattr(words, name) for name in _FILTERS}
    filters["csv_data"] = lambda rows: b64encode(csv_text(rows).encode()).decode()  # type: ignore[reportUnknownLambdaType]
    filters["tenths"] = "{:.1f}".format
    filters["number"] = number
    found.filters.update(filters)
    shared: dict[str, Any] = found.globals
    shared["shapes"] = SHAPES
    return found


def render(template: str, **given: Any) -> Markup:
    """Return what a template makes of the values.

    Example:
        >>> str(render("heatmaps.html", scales=[], maps=[])).split()
        ['<div', 'class="maps">', '</div>']
    """
    return Markup(_environment().get_template(template).render(given))


def document(title: str, body: Markup, tabs: int = 0) -> str:
    """Return the page: self-contained HTML.

    Args:
        title: plain text.
        body: of a template.
        tabs: how many panes the tabs "depth" have, for the rules that show the chosen one.
    """
    style = (_TEMPLATES / "style.css").read_text("utf-8")
    style += "".join(f"#depth-{i}:checked ~ .depth-{i} {{ display: block; }}\n" for i in range(tabs))
    return page.document(title, body, light=LIGHT, dark=DARK, style=style)
