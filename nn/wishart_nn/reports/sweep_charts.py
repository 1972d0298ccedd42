"""The charts of a sweep: AUC over the scale, curves over epochs, and what the layers do, one line for each scale."""

from collections.abc import Mapping, Sequence
from math import isnan

from markupsafe import Markup

from wishart_nn.reports.cells import NAMES, Cell, mean_curve, mean_layers
from wishart_nn.reports.chart import MARKS, Axis, Key, Series, chart, log_range
from wishart_nn.reports.scales import Scale

RULE = "blue"
"""The colour of the predicted σ."""

MAX_LINES = 10

LEAST_SHOWN = 1e-9
"""Mean squares and gradients below it are drawn there."""


class Pens:
    """One colour and one mark for each scale: ordered ones from a ramp, rules of their own in blue and green.

    Args:
        scales: of the sweep, in order.
    """

    def __init__(self, scales: Sequence[Scale]) -> None:
        fixed = [scale for scale in scales if scale.fixed]
        others = [scale for scale in scales if not scale.fixed]
        self.names: dict[Scale, tuple[str, str, bool]] = {}
        for i, scale in enumerate(fixed):
            self.names[scale] = (f"ramp-{_step(i, len(fixed))}", MARKS[i % len(MARKS)], False)
        for i, scale in enumerate(others):
            self.names[scale] = ((RULE, "green", "purple")[i % 3], "o", True)

    def legend(self) -> list[Key]:
        """Return the legend of the scales."""
        return [Key(scale.label, *pen) for scale, pen in self.names.items()]

    def series(self, scale: Scale, points: Sequence[tuple[float, float]], **more: object) -> Series:
        """Return points in the pen of a scale."""
        colour, mark, heavy = self.names[scale]
        given = {"name": f"σ√n {scale.label}", "colour": colour, "mark": mark, "heavy": heavy, **more}
        return Series(points=points, **given)  # type: ignore[arg-type]


def _step(i: int, count: int) -> int:
    """Return one of the ramp's ten colours, the two palest left out, evenly spread.

    Example:
        >>> [_step(i, 5) for i in range(5)]
        [2, 4, 6, 7, 9]
    """
    return 2 + round(7 * i / max(count - 1, 1))


def by_scale(
    cells: Sequence[Cell], scales: Sequence[Scale], depths: Sequence[int], span: tuple[float, float]
) -> Markup:
    """Return test AUC over σ√n for one architecture and optimiser, a line for each depth; rules stand at the right.

    Args:
        cells: of one architecture, optimiser and choice of the other options.
        scales, depths, span: all that there are, and the range of AUC, common to charts that stand side by side.
    """
    fixed = [scale for scale in scales if scale.fixed]
    rules = [scale for scale in scales if not scale.fixed]
    last = fixed[-1].unit if fixed else 1.0
    places = {scale: scale.unit for scale in fixed} | {scale: last * 2.0 ** (i + 1) for i, scale in enumerate(rules)}
    series: list[Series] = []
    for i, depth in enumerate(depths):
        colour, mark = _depth_pen(i, len(depths))
        # Side by side, so that intervals at the same scale do not hide each other.
        shift = 1.02 ** (2 * i - len(depths) + 1)
        for group, line in ((fixed, "solid"), (rules, "")):
            row = [cell for scale in group for cell in cells if (cell.depth, cell.scale) == (depth, scale)]
            points = [(places[cell.scale], cell.interval.mean) for cell in row]
            ends = [(cell.interval.low, cell.interval.high) for cell in row]
            given = {"line": line, "mark": mark, "bars": True, "shift": shift}
            series.append(Series(f"depth {depth}", colour, points, ends, **given))  # type: ignore[arg-type]
    ticks = [(places[scale], scale.label) for scale in (*_spaced(fixed), *rules)]
    optimizer = cells[0].optimizer
    return chart(
        NAMES.get(optimizer, optimizer),
        series,
        Axis("σ√n", log=True, low=places[scales[0]] / 1.12, high=max(places.values()) * 1.2, ticks=ticks),
        Axis("test AUC", low=span[0], high=span[1], cut=True),
        width=440,
        height=280,
    )


def _spaced(scales: Sequence[Scale]) -> list[Scale]:
    """Return scales far enough apart for their labels."""
    found: list[Scale] = []
    for scale in scales:
        if not found or scale.unit > 1.3 * found[-1].unit:
            found.append(scale)
    return found


def depth_legend(depths: Sequence[int]) -> list[Key]:
    """Return the legend of `by_scale`."""
    return [Key(str(depth), *_depth_pen(i, len(depths))) for i, depth in enumerate(depths)]


def _depth_pen(i: int, count: int) -> tuple[str, str]:
    return f"depth-{_step(i, count) - 2}", MARKS[i % len(MARKS)]


def curves(cells: Sequence[Cell], pens: Pens, title: str, shown: tuple[str, str]) -> Markup:
    """Return (part, metric) over epochs, a line for each scale: means over seeds with their intervals."""
    series: list[Series] = []
    for cell in cells[:MAX_LINES]:
        found = mean_curve([run for run in cell.runs.values() if run.epochs], *shown)
        points = [(float(epoch), value.mean) for epoch, value in found]
        series.append(pens.series(cell.scale, points, ends=[(value.low, value.high) for _, value in found]))
    return chart(title, series, Axis("epoch", integer=True), Axis(""), note="no record yet")


LAYER_CHARTS: tuple[tuple[str, str, int, bool], ...] = (
    ("variance", "mean square before training", 0, True),
    ("variance", "mean square at the end", -1, True),
    ("gradient_norm", "gradient ‖∂loss/∂W‖ before training", 0, True),
    ("gradient_norm", "gradient ‖∂loss/∂W‖ at the end", -1, True),
    ("cka_input", "CKA with the input, at the end", -1, False),
    ("cka_output", "CKA with the output, at the end", -1, False),
)
"""(quantity, what the chart shows, record, logarithmic)."""


Columns = Mapping[Scale, Sequence[float]]
"""Of each scale the values layer by layer."""


def layer_charts(cells: Sequence[Cell], pens: Pens) -> list[Markup]:
    """Return the charts by layer for one architecture, optimiser and depth: means over seeds, a line for each scale."""

    def columns(name: str, epoch: int) -> Columns:
        return {
            cell.scale: mean_layers([run for run in cell.runs.values() if run.epochs], epoch, name)
            for cell in cells[:MAX_LINES]
        }

    foreseen = columns("predicted_variance", 0)
    return [
        layer_chart(title, pens, columns(name, epoch), foreseen if (name, epoch) == ("variance", 0) else {}, log)
        for name, title, epoch, log in LAYER_CHARTS
    ]


def layer_chart(title: str, pens: Pens, measured: Columns, predicted: Columns, log: bool) -> Markup:
    """Return a quantity by layer; with predictions these are the lines, and the measured values marks."""
    series = [
        pens.series(scale, by_layer(values), mark="", name=f"σ√n {scale.label}, predicted")
        for scale, values in predicted.items()
    ]
    known = any(not isnan(value) for values in predicted.values() for value in values)
    found = list(measured.values())
    columns, bottom = lifted(found) if log else (found, 0.0)
    for scale, values in zip(measured, columns, strict=True):
        series.append(pens.series(scale, by_layer(values), line="" if known else "solid", hollow=known))
    zeros = "0 at the bottom" if log and any(value == 0 for values in found for value in values) else ""
    label = "lines: predicted, marks: measured" if known else zeros
    y = Axis(label, log=log, low=bottom, high=None if log else 1.0)
    return chart(title, series, Axis("layer", integer=True), y, note="no record yet")


def by_layer(values: Sequence[float]) -> list[tuple[float, float]]:
    """Return points over the layers, from 1 on."""
    return [(float(i), value) for i, value in enumerate(values, 1)]


def lifted(columns: Sequence[Sequence[float]]) -> tuple[list[list[float]], float]:
    """Return the columns with every value that a logarithmic axis cannot show at its lower end, and that end.

    Example:
        >>> lifted([[1.0, 0.1], [0.0, 0.5]])
        ([[1.0, 0.1], [0.02, 0.5]], 0.02)
    """
    least, _ = log_range([value for values in columns for value in values], LEAST_SHOWN)
    low = any(value < LEAST_SHOWN for values in columns for value in values)
    bottom = least / 5 if low else least
    return [[bottom if value < LEAST_SHOWN else value for value in values] for values in columns], bottom


def auc_range(cells: Sequence[Cell]) -> tuple[float, float]:
    """Return the range of test AUC to be shown: all means, and of their intervals half of that range more either way.

    Intervals of two or three seeds may reach from 0 to 1, and would leave nothing to be seen of the means.
    """
    found = [cell.interval for cell in cells if cell.auc]
    means = [each.mean for each in found] or [0.5, 1.0]
    room = max(0.5 * (max(means) - min(means)), 0.005)
    ends = [value for each in found for value in (each.low, each.high) if not isnan(value)]
    low, high = max(min(means) - room, 0.0), min(max(means) + room, 1.0)
    return max(low, min([*ends, *means])), min(high, max([*ends, *means]))
