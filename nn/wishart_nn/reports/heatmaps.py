"""Heatmaps of test AUC as tables: depth down, scale across, one for each optimiser; real text on coloured ground."""

from collections.abc import Sequence
from math import isnan, nan
from typing import NamedTuple

from markupsafe import Markup

from wishart_nn.reports.cells import NAMES, Cell
from wishart_nn.reports.rendering import render
from wishart_nn.reports.scales import Scale

STEPS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
"""AUC below the best setting of the same architecture and options at which the colour changes."""


def step_of(below: float) -> int:
    """Return the colour, 0 for the best, of an AUC so far below it.

    Example:
        >>> [step_of(x) for x in (0.0, 0.002, 0.0021, 0.5)]
        [0, 0, 1, 6]
    """
    return sum(below > step + 1e-12 for step in STEPS)


class Place(NamedTuple):
    """A cell of a map: its colour, whether it is the best of its row, and what is said under the pointer."""

    cell: Cell
    step: int
    best: bool
    title: str


class Map(NamedTuple):
    """The settings of an optimiser: (depth, cells by scale), None where the sweep has none."""

    name: str
    rows: list[tuple[int, list[Place | None]]]


def heatmaps(cells: Sequence[Cell]) -> Markup:
    """Return the heatmaps of the cells, which share architecture and other options: a map for each optimiser."""
    means = [cell.interval.mean for cell in cells if not isnan(cell.interval.mean)]
    best = max(means, default=nan)
    scales = sorted({cell.scale for cell in cells})
    maps = [
        _map(NAMES.get(optimizer, optimizer), [cell for cell in cells if cell.optimizer == optimizer], scales, best)
        for optimizer in dict.fromkeys(cell.optimizer for cell in cells)
    ]
    return render("heatmaps.html", maps=maps, scales=scales)


def _map(name: str, cells: Sequence[Cell], scales: Sequence[Scale], best: float) -> Map:
    places = {(cell.depth, cell.scale): cell for cell in cells}
    rows: list[tuple[int, list[Place | None]]] = []
    for depth in sorted({cell.depth for cell in cells}):
        row = [places.get((depth, scale)) for scale in scales]
        means = [cell.interval.mean for cell in row if cell and cell.auc]
        top = max(means) if len(means) > 1 else nan
        rows.append((depth, [None if cell is None else _place(cell, top, best) for cell in row]))
    return Map(name, rows)


def _place(cell: Cell, top: float, best: float) -> Place:
    found = cell.interval
    spread = f" [{found.low:.4f}, {found.high:.4f}]" if found.n > 1 else ""
    lost = f", {cell.diverged} diverged" if cell.diverged else ""
    title = f"{cell.label}: {found.mean:.4f}{spread}, n = {found.n}{lost}"
    return Place(cell, step_of(best - found.mean), found.mean == top, title)
