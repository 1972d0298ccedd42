"""Pictures of truncated series beside Monte Carlo: a panel for each family of shapes, and two for all shapes by m/n."""

# matplotlib leaves its keyword arguments unannotated.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from io import StringIO
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wishart_moments.combinatorics.drawing import METADATA
from wishart_moments.reports.figures import BLUE, GREEN, INK, PURPLE, SKY, VERMILION, new_figure, styled
from wishart_moments.reports.truncation import GRID, HE, ORDERS, TEN, Comparison
from wishart_moments.reports.truncation_findings import Family, families
from wishart_moments.variance.limit import limit_variance

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

SERIES = ("#fed98e", "#fec561", "#feac39", "#fb9020", "#ee7514", "#dc5c0a", "#c44503", "#a43503", "#832804", "#662506")
"""Orders 1..10, from light to dark."""

NOISE = "#d9dde2"
FLOOR, CEILING = 1e-8, 10.0


class Panel(NamedTuple):
    """A picture with its name, what it shows, and the function that draws it."""

    name: str
    caption: str
    draw: Callable[[Any], None]


def panels(comparison: Comparison) -> list[Panel]:
    """Return the panels of a comparison: the errors family by family, then the variances at 1/√n and at 10/√n."""
    found = [
        Panel(
            family.name,
            f"{family.name[0].upper()}{family.name[1:]}: {_count(len(family.rows))}.",
            partial(_errors, comparison, family),
        )
        for family in families(comparison)
    ]
    for column, name, wanted in ((HE, "1/√n", 0.41), (TEN, "10/√n", 0.9)):
        caption = f"The variance at σ = {name}, all shapes by m/n; the line is the limit of large layers."
        found.append(Panel(f"σ = {name}", caption, partial(_by_shape, comparison, column, wanted)))
    return found


def _count(shapes: int) -> str:
    return "1 shape" if shapes == 1 else f"the largest of {shapes} shapes"


def _errors(comparison: Comparison, family: Family, axes: Axes) -> None:
    """Draw, for every method, the largest |approximation − Monte Carlo| over the shapes of a family."""
    rows, mean = family.rows, comparison.mean[family.rows]

    def largest(values: Array) -> Array:
        return np.abs(values[rows] - mean).max(axis=0)

    grid = np.array(GRID)
    noise = comparison.standard_error[rows].max(axis=0)
    axes.fill_between(grid, FLOOR / 10, noise, color=NOISE, linewidth=0, label="standard error of Monte Carlo")
    for order, colour in zip(ORDERS, SERIES, strict=True):
        label = f"series, order {order}" if order in (1, 5, 10) else None
        # Far above the frame a line has no more to say, and matplotlib would lose its slope.
        axes.plot(grid, np.minimum(largest(comparison.series[order]), 1e6), color=colour, linewidth=1.3, label=label)
    middle = (comparison.lower + comparison.upper) / 2
    axes.plot(grid, largest(middle), color=BLUE, marker="s", markersize=3.5, label="middle of the bounds, 10 moments")
    axes.plot(grid, largest(comparison.limit[0]), color=PURPLE, linestyle=(0, (4, 2)), label="limit of large layers")
    axes.plot(
        grid, largest(comparison.limit[2]), color=GREEN, linestyle=(0, (1, 1.2)), label="limit with two corrections"
    )
    axes.plot(grid, largest(comparison.exact), color=INK, marker="o", markersize=3.5, label="exact")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(GRID[0] / 1.15, GRID[-1] * 1.15)
    axes.set_ylim(FLOOR, CEILING)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel(r"$n\sigma^2$")
    axes.set_ylabel("|approximation − Monte Carlo|")
    axes.set_title(family.name)


def _by_shape(comparison: Comparison, column: int, wanted: float, axes: Axes) -> None:
    """Draw the variances at one nσ² over m/n: Monte Carlo with error bars on the exact values, and the limit."""
    ratio = np.array([m / n for m, n in comparison.shapes])
    error = 5 * comparison.standard_error[:, column]
    lowest, highest = min(float(ratio.min()), 0.5) / 1.1, max(float(ratio.max()), 2.0) * 1.1
    curve: list[float] = np.geomspace(lowest, highest, 121).tolist()
    size, scale = 10**6, float(np.sqrt(GRID[column]))
    limit = [float(limit_variance(max(round(x * size), 1), size, scale / size**0.5, order=0)) for x in curve]
    axes.axhline(wanted, color="#888888", linewidth=1, linestyle=(0, (4, 2)))
    axes.annotate(f"{wanted:g}", (highest, wanted), xytext=(-3, 3), textcoords="offset points", ha="right")
    axes.plot(curve, limit, color=VERMILION, linewidth=1.4, label="limit of large layers")
    style: dict[str, Any] = {"elinewidth": 0.9, "linestyle": "", "markersize": 4}
    square = ratio == 1
    values = comparison.mean[:, column]
    axes.errorbar(
        ratio[~square], values[~square], yerr=error[~square], color=SKY, marker="o", label="rectangular", **style
    )
    axes.errorbar(ratio[square], values[square], yerr=error[square], color=BLUE, marker="s", label="square", **style)
    axes.set_xscale("log")
    axes.set_xlim(lowest, highest)
    ticks = [x for x in (0.125, 0.25, 0.5, 0.75, 1, 2, 4, 8) if lowest <= x <= highest]
    axes.set_xticks(ticks, [f"{x:g}" for x in ticks])
    axes.minorticks_off()
    axes.set_ylim(0, 1.02 if column == TEN else None)
    axes.set_xlabel("$m/n$")
    axes.set_ylabel("output variance")
    axes.set_title(rf"$\sigma = {round(scale)}/\sqrt{{n}}$" if column == TEN else r"$\sigma = 1/\sqrt{n}$")
    axes.legend(loc="lower left")


def comparison_figure(comparison: Comparison) -> Figure:
    """Return all panels on one sheet, with the legend of the methods below."""
    each = panels(comparison)
    lines = ceil(len(each) / 2)
    with styled():
        figure = new_figure(10, 3.7 * lines + 0.8)
        grid = figure.subplots(lines, 2, squeeze=False).ravel()
        for panel, axes in zip(each, grid, strict=False):
            panel.draw(axes)
        for axes in grid[len(each) :]:
            axes.set_axis_off()
        handles, labels = grid[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4)
        draws = comparison.configuration.draws
        figure.suptitle(
            f"Approximations minus Monte Carlo, {draws:,} draws of each shape, largest over the shapes", fontsize=12
        )
    return figure


INKS = {
    INK: "ink",
    "#666666": "axis",
    "#888888": "axis",
    "#e3e3e3": "grid",
    NOISE: "noise",
    BLUE: "blue",
    SKY: "sky",
    PURPLE: "purple",
    GREEN: "green",
    VERMILION: "vermilion",
    **{colour: f"series-{order}" for order, colour in zip(ORDERS, SERIES, strict=True)},
}
"""The colours of the panels and the names of the style sheet's variables that take their place in a page."""


def inline_svg(panel: Panel, index: int) -> str:
    """Return a panel as an SVG element for a page: colours by the names of `INKS`, identifiers that are its own."""
    import matplotlib

    with styled():
        figure = new_figure(5.0, 3.9)
        panel.draw(figure.add_subplot())
        figure.patch.set_visible(False)
        for axes in figure.axes:
            axes.patch.set_visible(False)
        text = StringIO()
        with matplotlib.rc_context({"svg.hashsalt": "wishart_moments", "svg.fonttype": "path"}):
            figure.savefig(text, format="svg", metadata=METADATA[".svg"])
    return _adapted(text.getvalue(), panel, index)


def _adapted(svg: str, panel: Panel, index: int) -> str:
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r' xmlns:xlink="[^"]*"| xmlns="[^"]*"', "", body)
    body = body.replace("xlink:href", "href")
    body = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>p{index}-", body)
    body = re.sub(
        r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', rf'<svg viewBox="\1" role="img" aria-label="{panel.name}">', body
    )
    for colour, name in INKS.items():
        body = body.replace(colour, f"var(--{name})")
    # Text and marks that have no colour of their own are black.
    return body.replace("stroke: #000000", "stroke: var(--ink)").strip()
