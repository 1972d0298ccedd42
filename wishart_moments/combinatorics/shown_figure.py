"""Figures of matplotlib that a notebook shows by themselves, as SVG."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def shown_figure(width: float, height: float, **options: Any) -> Figure:
    """Return an empty figure, in inches, on white; a notebook shows it without pyplot."""
    return _kind()(figsize=(width, height), facecolor="white", **options)


@cache
def _kind() -> type[Figure]:
    # matplotlib is loaded when something is drawn.
    import matplotlib as untyped
    from matplotlib.figure import Figure

    matplotlib: Any = untyped

    class ShownFigure(Figure):
        def _repr_svg_(self) -> str:
            buffer, figure = BytesIO(), cast(Any, self)
            with matplotlib.rc_context({"svg.hashsalt": "wishart_moments", "svg.fonttype": "path"}):
                figure.savefig(buffer, format="svg", metadata={"Date": None})
            return buffer.getvalue().decode("utf-8")

    return ShownFigure
