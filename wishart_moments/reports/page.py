"""What the pages have in common: colours for light and dark, the style sheet, findings and tables, as templates."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from wishart_moments.templates import filled

TEMPLATES = Path(__file__).parent / "templates"

RAMP_LIGHT = (
    "#f2c46d",
    "#f5b04a",
    "#f39c2c",
    "#ee8618",
    "#e3710f",
    "#d35d09",
    "#bd4904",
    "#a13904",
    "#832b05",
    "#662506",
)
RAMP_DARK = (
    "#5c3a1a",
    "#74481b",
    "#8c561b",
    "#a5641b",
    "#bf731b",
    "#d6841f",
    "#e8972f",
    "#f3ab4c",
    "#fac06f",
    "#ffd796",
)
"""Ten steps of one hue for what is ordered: light to dark on white, and on black dark to bright."""


def document(
    title: str,
    body: str,
    *,
    light: Mapping[str, str] | None = None,
    dark: Mapping[str, str] | None = None,
    style: str = "",
) -> str:
    """Return a page: self-contained HTML, for wide and narrow screens, light and dark.

    Args:
        title: plain text.
        body: what stands within the element main.
        light, dark: {name: colour} beside those of page.css; the style sheet has them as var(--name).
        style: rules beside the common ones.

    Example:
        >>> "<title>Wick &amp; Isserlis</title>" in document("Wick & Isserlis", "<p>E x⁴ = 3</p>")
        True
    """
    return filled(
        TEMPLATES / "page.html", title=title, body=body, light=dict(light or {}), dark=dict(dark or {}), style=style
    )


def finding_list(found: Iterable[tuple[str, str, str, str]]) -> str:
    """Return findings as a list: each (class of the verdict, verdict, claim, detail), all plain text."""
    return filled(TEMPLATES / "findings.html", found=list(found))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of plain text that scrolls by itself where the screen is narrow."""
    return filled(TEMPLATES / "table.html", heads=heads, rows=list(rows))
