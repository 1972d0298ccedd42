"""Drawings of Wick contractions: every index loop a closed curve of its own colour.

Row loops, a factor m each, are solid and warm; column loops, a factor n each, are dashed and cool. The traces
and the ribbons that the contraction glues to them are shaded: a surface whose boundary is the loops. See
`disc_layout` for the geometry and `ribbon` for the theory.

matplotlib is the optional extra `plot`. Nothing here touches its global state (no pyplot).
"""

# matplotlib leaves its keyword arguments unannotated.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import os
from io import BytesIO
from itertools import groupby
from math import ceil, pi
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wishart_moments.combinatorics import captions
from wishart_moments.combinatorics.disc_layout import LABEL_RADIUS, RIM, Curve, DiscLayout, Kind, arc, place
from wishart_moments.combinatorics.matchings import Matching, count_perfect_matchings, perfect_matchings
from wishart_moments.combinatorics.partitions import Partition, partition
from wishart_moments.combinatorics.ribbon import Loop, RibbonGraph
from wishart_moments.combinatorics.shown_figure import shown_figure
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError, LimitError, MissingExtraError
from wishart_moments.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The plots have the same ink, the same type, and Okabe and Ito's colours, with which both begin.
INK = "#222222"
TYPE = {"family": "STIXGeneral", "mathematics": "stix"}
COLOURS: dict[Kind, tuple[str, ...]] = {
    "row": ("#d55e00", "#e69f00", "#8c2d6b", "#ef6a9a", "#7f3b08", "#c0182b"),
    "column": ("#0072b2", "#009e73", "#6a51a3", "#56b4e9", "#1f5b38", "#7f8fc9"),
}
DASHES: dict[Kind, Any] = {"row": "solid", "column": (0, (3.2, 1.3))}
METADATA: dict[str, dict[str, None]] = {  # what would make equal drawings differ by date or by version
    ".svg": {"Date": None, "Creator": None},
    ".png": {"Software": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
LARGEST_SUM = 3  # k = 4 has 105 contractions

_SURFACE = "#e6e6e6"
_MARGIN = 0.06  # in the unit of the disc's radius
_TEXT: dict[str, Any] = {
    "ha": "center",
    "va": "center",
    "color": INK,
    "family": TYPE["family"],
    "math_fontfamily": TYPE["mathematics"],
}


def draw_contraction(parts: Partition, matching: Matching) -> Figure:
    """Draw one contraction of Π_i tr (W Wᵀ)^{λ_i}, with its weight m^V n^F and its surface.

    Args:
        parts: the partition λ, in weakly decreasing order.
        matching: pairs of the factors 0..2k−1.

    Raises:
        DomainError: if parts is empty or no partition, or matching does not match the factors.
        MissingExtraError: if matplotlib is not installed.
    """
    surface = RibbonGraph(parts, matching)
    _need_traces(surface.parts)
    width, bottom, side = 4.4, 0.8, 3.9
    figure = _figure(width, bottom + side + 0.5)
    _draw(_square(figure, (width - side) / 2, bottom, side), surface, side, "contraction")
    _write(figure, width / 2, bottom + side + 0.2, f"a contraction of ${captions.traces(surface.parts)}$", 13)
    _write(
        figure,
        width / 2,
        bottom - 0.2,
        f"weight ${captions.term(surface.weight)}$,  {captions.topology(surface)}",
        12,
    )
    _legend(figure)
    return figure


def draw_sum(parts: Partition, *, grouped: bool = True) -> Figure:
    """Draw all (2k − 1)!! contractions of Π_i tr (W Wᵀ)^{λ_i}, k ≤ 3, and the polynomial that they add up to.

    Args:
        parts: the partition λ.
        grouped: one degree V + F to a row, equal weights next to each other; else in lexicographic order.

    Raises:
        DomainError: if parts is empty or no partition.
        LimitError: if k > 3.
        MissingExtraError: if matplotlib is not installed.
    """
    parts = partition(parts)
    _need_traces(parts)
    if sum(parts) > LARGEST_SUM:
        k = sum(parts)
        count = count_perfect_matchings(2 * k) if k <= 20 else "(2k - 1)!!"
        raise LimitError(
            f"need k <= {LARGEST_SUM} to draw a sum, got k = {shown(k)} with {count} contractions;"
            " choose one: draw_contraction, or --matching on the command line"
        )
    surfaces = [RibbonGraph(parts, pairs) for pairs in perfect_matchings(2 * sum(parts))]
    rows = _rows_by_degree(surfaces) if grouped else _split(surfaces, 5)
    side, cell, bottom = 1.9, 2.5, 0.4
    width = max(4.6, side * max(map(len, rows)) + 0.2)
    figure = _figure(width, cell * len(rows) + bottom + 0.65)
    for i, row in enumerate(rows):
        for j, surface in enumerate(row):
            left = width / 2 + side * (j - len(row) / 2)
            base = bottom + cell * (len(rows) - i) - side
            name = f"contraction-{surfaces.index(surface)}"
            _draw(_square(figure, left, base, side), surface, side, name)
            _write(figure, left + side / 2, base - 0.13, f"${captions.term(surface.weight)}$", 12)
            _write(figure, left + side / 2, base - 0.34, captions.topology(surface), 8.5)
    total = rf"$\mathbb{{E}}\,{captions.traces(parts)} = {captions.polynomial(surfaces)}$"
    _write(figure, width / 2, cell * len(rows) + bottom + 0.33, total, 14)
    _legend(figure)
    return figure


def save_drawing(figure: Figure, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a drawing to a .svg, .png or .pdf file, all of it or nothing; equal drawings give equal bytes.

    Raises:
        DomainError: if the suffix is another, or the file exists already or cannot be written.
    """
    import matplotlib

    suffix = Path(path).suffix.lower()
    if suffix not in METADATA:
        raise DomainError(f"need a path that ends in {', '.join(METADATA)}, got {os.fspath(path)!r}")
    buffer = BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "wishart_moments", "svg.fonttype": "path"}):
        figure.savefig(buffer, format=suffix[1:], dpi=200, metadata=METADATA[suffix])
    write_atomically(path, buffer.getvalue(), overwrite=overwrite)


def _draw(axes: Axes, surface: RibbonGraph, inches: float, name: str) -> None:
    layout = DiscLayout(surface.word)
    unit = 72 * inches / (2 * (RIM + _MARGIN))  # the radius of the disc in points
    line = min(1.2 + unit / 110, 0.5 * layout.half_width * unit)
    for index in range(len(surface.parts)):
        _add(axes, layout.trace(index), facecolor=_SURFACE)
    if len(surface.parts) == 1:
        _add(axes, arc(0, 2 * pi), facecolor="white")
    for a, b in surface.matching:
        _add(axes, layout.ribbon(a, b), facecolor=_SURFACE, alpha=0.75)
    loops: tuple[tuple[Kind, tuple[Loop, ...]], ...] = (
        ("row", surface.row_loops),
        ("column", surface.column_loops),
    )
    for kind, of_kind in loops:
        for number, loop in enumerate(of_kind):
            style = {"edgecolor": _colour(kind, number), "linewidth": line, "linestyle": DASHES[kind]}
            _add(axes, layout.loop(loop, kind), close=True, gid=f"{name}-{kind}-loop-{number}", **style)
    for factor in range(layout.word.size):
        _add(axes, layout.factor(factor), edgecolor=INK, linewidth=1.7 * line)
        point = place(layout.angles[factor], LABEL_RADIUS)
        label = f"${captions.factor(transposed=factor % 2 == 1)}$"
        size = min(0.15 * unit, 0.35 * layout.step * unit)
        axes.text(point.real, point.imag, label, fontsize=size, **_TEXT)


def _add(axes: Axes, curve: Curve, *, close: bool = False, **style: Any) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    codes = [Outline.MOVETO] + [Outline.CURVE4] * (len(curve) - 1)
    points = [(z.real, z.imag) for z in curve]
    if close:
        codes.append(Outline.CLOSEPOLY)
        points.append(points[0])
    style = {"facecolor": "none", "edgecolor": "none", "joinstyle": "round", "capstyle": "butt"} | style
    axes.add_patch(PathPatch(Outline(points, codes), clip_on=False, **style))


def _figure(width: float, height: float) -> Figure:
    try:
        return shown_figure(width, height)
    except ImportError as error:
        raise MissingExtraError("drawing needs matplotlib: pip install 'wishart-trace-moments[plot]'") from error


def _square(figure: Figure, left: float, bottom: float, side: float) -> Axes:
    width, height = figure.get_size_inches()
    axes = figure.add_axes((left / width, bottom / height, side / width, side / height))
    axes.set_axis_off()
    axes.set_xlim(-RIM - _MARGIN, RIM + _MARGIN)
    axes.set_ylim(-RIM - _MARGIN, RIM + _MARGIN)
    return axes


def _write(figure: Figure, left: float, bottom: float, text: str, size: float) -> None:
    width, height = figure.get_size_inches()
    written = figure.text(left / width, bottom / height, text, fontsize=size, **_TEXT)
    excess = written.get_window_extent().width / (0.96 * width * figure.dpi)
    written.set_fontsize(size / max(1, excess))


def _legend(figure: Figure) -> None:
    from matplotlib.lines import Line2D

    def sample(kind: Kind, label: str) -> Line2D:
        return Line2D([], [], color=COLOURS[kind][0], linestyle=DASHES[kind], linewidth=1.8, label=label)

    lines = [
        sample("row", "row loops: a factor $m$ each"),
        sample("column", "column loops: a factor $n$ each"),
    ]
    legend = figure.legend(handles=lines, loc="lower center", ncols=2, frameon=False, fontsize=9, handlelength=2.6)
    for text in legend.get_texts():
        text.set(family=_TEXT["family"], math_fontfamily=_TEXT["math_fontfamily"])


def _colour(kind: Kind, number: int) -> str | tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    family = COLOURS[kind]
    rounds, place_in_family = divmod(number, len(family))
    red, green, blue = (1 - (1 - x) * 0.65**rounds for x in to_rgb(family[place_in_family]))
    return red, green, blue


def _rows_by_degree(surfaces: list[RibbonGraph]) -> list[list[RibbonGraph]]:
    ordered = sorted(surfaces, key=lambda surface: captions.descending(surface.weight))
    if len(ordered) <= 5:
        return [ordered]
    rows = [list(row) for _, row in groupby(ordered, key=lambda surface: sum(surface.weight))]
    return [part for row in rows for part in _split(row, 6)]


def _split(surfaces: list[RibbonGraph], longest: int) -> list[list[RibbonGraph]]:
    length = ceil(len(surfaces) / ceil(len(surfaces) / longest))
    return [surfaces[i : i + length] for i in range(0, len(surfaces), length)]


def _need_traces(parts: Partition) -> None:
    if not parts:
        raise DomainError("need at least one trace to draw, such as (2,), got ()")
