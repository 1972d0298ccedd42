"""The comparison of truncated series with Monte Carlo as files: a table, a picture, a page to look at."""

from math import inf
from pathlib import Path
from typing import NamedTuple

from wishart_moments.combinatorics.drawing import save_drawing
from wishart_moments.files import write_atomically
from wishart_moments.reports.page import RAMP_DARK, RAMP_LIGHT, TEMPLATES
from wishart_moments.reports.truncation import GRID, HE, ORDERS, TEN, Comparison
from wishart_moments.reports.truncation_figures import comparison_figure, inline_svg, panels
from wishart_moments.reports.truncation_findings import (
    TOLERANCE,
    Finding,
    Reach,
    Worst,
    findings,
    reaches,
    worst_errors,
)
from wishart_moments.templates import filled


def write_pages(comparison: Comparison, folder: Path) -> tuple[list[Finding], list[Path]]:
    """Write truncation.csv, .png, .svg and .html into the folder; return the findings and the paths.

    Raises:
        DomainError: if a file cannot be written; MissingExtraError: if matplotlib is not installed.
    """
    found = findings(comparison)
    paths = [folder / f"truncation.{suffix}" for suffix in ("csv", "png", "svg", "html")]
    write_atomically(paths[0], comparison.csv(), overwrite=True)
    for path in paths[1:3]:
        # A figure of its own for each: the layout of the second drawing would depend on the first.
        save_drawing(comparison_figure(comparison), path, overwrite=True)
    write_atomically(paths[3], page(comparison, found), overwrite=True)
    return found, paths


class Table(NamedTuple):
    """A table of plain text."""

    heads: list[str]
    rows: list[list[str]]


def page(comparison: Comparison, found: list[Finding]) -> str:
    """Return the page: self-contained HTML, for wide and narrow screens, light and dark."""
    return filled(
        TEMPLATES / "truncation.html",
        title="Truncated series against Monte Carlo",
        run=comparison.configuration,
        found=[(each.verdict, each.verdict, each.claim, each.detail) for each in found],
        drawn=[(inline_svg(panel, index), panel.caption) for index, panel in enumerate(panels(comparison))],
        tolerance=f"{TOLERANCE:g}",
        reach=_reach_table(reaches(comparison)),
        worst=_worst_table(worst_errors(comparison)),
        shapes=_shape_table(comparison),
        light=_orders(RAMP_LIGHT),
        dark=_orders(RAMP_DARK),
        style="",
    )


def _orders(ramp: tuple[str, ...]) -> dict[str, str]:
    return {f"series-{order}": colour for order, colour in zip(ORDERS, ramp, strict=True)}


def _reach_table(found: list[Reach]) -> Table:
    def cell(least: float, greatest: float) -> str:
        texts = ["∞" if value == inf else f"{value:.3f}" for value in (least, greatest)]
        return texts[0] if texts[0] == texts[1] else " – ".join(texts)

    rows = [
        [str(order), *(cell(reach.least[i], reach.greatest[i]) for reach in found)] for i, order in enumerate(ORDERS)
    ]
    return Table(["order", *(reach.family for reach in found)], rows)


def _worst_table(found: list[Worst]) -> Table:
    heads = ["method", *(f"{worst.family}, {at}" for worst in found for at in ("1/√n", "10/√n"))]
    rows = [[name, *(f"{value:.1e}" for worst in found for value in worst.errors[name])] for name in found[0].errors]
    return Table(heads, rows)


def _shape_table(comparison: Comparison) -> Table:
    assert GRID[HE] == 1
    assert GRID[TEN] == 100
    heads = ["m × n", "exact, 1/√n", "Monte Carlo", "z", "series, order 10", "exact, 10/√n", "Monte Carlo", "z"]
    z = comparison.z
    rows: list[list[str]] = []
    for i, (m, n) in enumerate(comparison.shapes):
        cells = [f"{m} × {n}"]
        for column in (HE, TEN):
            mean, error = comparison.mean[i, column], comparison.standard_error[i, column]
            cells += [f"{comparison.exact[i, column]:.6f}", f"{mean:.6f} ± {error:.1e}", f"{z[i, column]:+.1f}"]
            if column == HE:
                cells.append(f"{comparison.series[ORDERS[-1]][i, column]:.3g}")
        rows.append(cells)
    return Table(heads, rows)
