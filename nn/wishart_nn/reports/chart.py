"""Line charts as SVG elements of a page: real text, colours by the names of the style sheet, a value under every mark.

Made by a template rather than by matplotlib because a sweep has about a hundred of them: a chart is some kilobytes
instead of fifty, its text stays text, and it follows the page from light to dark.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, floor, inf, isfinite, log10
from typing import NamedTuple

from markupsafe import Markup

from wishart_nn.reports.rendering import render

MARKS = "os^vdPx"
"""Circle, square, triangles, diamond, plus, cross."""

MARGINS = {"left": 46.0, "right": 12.0, "top": 42.0, "bottom": 36.0}
"""Of a chart, for its ticks and labels."""


@dataclass(frozen=True)
class Series:
    """Points that belong together.

    Attributes:
        name: shown under the marks.
        colour: a name of the style sheet.
        points: (x, y); y may be nan.
        ends: (low, high) of each y; nan or () for none.
        shift: factor by which x is drawn aside, so that marks do not hide each other; what is said of them is not.
        line: "solid", "dashed" or "" for none.
        mark: one of `MARKS`, or "".
        hollow: marks without filling.
        bars: show the ends as error bars, not as a band.
        heavy: stand out.
    """

    name: str
    colour: str
    points: Sequence[tuple[float, float]]
    ends: Sequence[tuple[float, float]] = ()
    line: str = "solid"
    mark: str = "o"
    hollow: bool = False
    bars: bool = False
    heavy: bool = False
    shift: float = 1.0


@dataclass(frozen=True)
class Axis:
    """An axis.

    Attributes:
        label: what it shows.
        log: logarithmic.
        low, high: the least range, None: that of the points.
        ticks: (value, text), () for round numbers.
        integer: no tick between integers.
        cut: ends of intervals do not widen the range; what of them lies beyond it is drawn at its edge.
    """

    label: str
    log: bool = False
    low: float | None = None
    high: float | None = None
    ticks: Sequence[tuple[float, str]] = field(default=())
    integer: bool = False
    cut: bool = False


def chart(
    title: str, series: Sequence[Series], x: Axis, y: Axis, *, width: float = 380, height: float = 264, note: str = ""
) -> Markup:
    """Return a chart as an SVG element.

    Args:
        title: above it, plain text.
        series: drawn in this order.
        x, y: the axes.
        width, height: in the unit of the text, 11 high.
        note: shown in the middle where there is no point to draw.

    Example:
        >>> text = chart("E tr S", [Series("k = 1", "blue", [(1, 3), (2, 6)])], Axis("m"), Axis("moment"))
        >>> text.startswith("<svg"), text.count("<circle"), "k = 1: 2, 6" in text
        (True, 2, True)
    """
    left, right, top, bottom = MARGINS.values()
    across = _Scale(x, [px * each.shift for each in series for px, _ in each.points], left, width - right)
    values = [value for each in series for (_, py), ends in _points(each) for value in (py, *(() if y.cut else ends))]
    up = _Scale(y, values, height - bottom, top if y.label else top - 14)
    empty = not any(isfinite(py) for each in series for _, py in each.points)
    drawn = [_drawn(each, across, up) for each in series]
    given = {"x": x, "y": y, "across": across, "up": up, "width": width, "height": height, "margins": MARGINS}
    return render("chart.svg", title=title, drawn=drawn, note=note if empty else "", **given)


def _points(series: Series) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    ends = series.ends or [(float("nan"), float("nan"))] * len(series.points)
    return list(zip(series.points, ends, strict=True))


class _Scale:
    """An axis with its range and ticks: called with a value it returns the place."""

    def __init__(self, axis: Axis, values: Sequence[float], start: float, end: float) -> None:
        known = [value for value in values if isfinite(value) and (value > 0 or not axis.log)]
        bottoms = known + ([] if axis.low is None else [axis.low])
        tops = known + ([] if axis.high is None else [axis.high])
        low, high = min(bottoms or [0.1 if axis.log else 0.0]), max(tops or [1.0])
        self._log = axis.log
        self._start, self._end = start, end
        a, b = self._unit(low), self._unit(high)
        if b - a < 1e-9 * max(1.0, abs(b)):
            a, b = a - (0.1 if axis.log else 0.5), b + (0.1 if axis.log else 0.5)
        margin = 0.04 * (b - a)
        a -= margin if axis.low is None or low < axis.low else 0.0
        b += margin if axis.high is None or high > axis.high else 0.0
        self._a, self._b = a, b
        given = [(value, text) for value, text in axis.ticks if a - margin <= self._unit(value) <= b + margin]
        self.ticks = given or (_log_ticks(a, b) if axis.log else _linear_ticks(a, b, axis.integer))

    def _unit(self, value: float) -> float:
        return log10(value) if self._log else value

    def __call__(self, value: float) -> float:
        return self._start + (self._end - self._start) * (self._unit(value) - self._a) / (self._b - self._a)

    def inside(self, value: float) -> float:
        """Return the place of a value, or the edge where it lies beyond."""
        return min(max(self(value), min(self._start, self._end)), max(self._start, self._end))

    def shows(self, value: float) -> bool:
        return isfinite(value) and (value > 0 or not self._log)


def _linear_ticks(a: float, b: float, integer: bool) -> list[tuple[float, str]]:
    raw = (b - a) / 6
    power = 10.0 ** floor(log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    if integer:
        step = max(1.0, ceil(step - 1e-9))
    digits = max(0, -floor(log10(step) + 1e-9))
    first, last = ceil(a / step - 1e-9), floor(b / step + 1e-9)
    return [(k * step, f"{k * step:.{digits}f}") for k in range(first, last + 1)]


def _log_ticks(a: float, b: float) -> list[tuple[float, str]]:
    if b - a < 0.4:  # between 2 and 5 there is no tick, which is so wide
        return [(value, text) for value, text in _linear_ticks(10**a, 10**b, False) if value > 0]
    factors = (1.0,) if b - a > 2.2 else (1.0, 3.0) if b - a > 1.2 else (1.0, 2.0, 5.0)
    every = max(1, ceil((b - a) / 6))
    decades = range(floor(a), ceil(b) + 1)
    return [
        (factor * 10.0**k, _short(factor * 10.0**k))
        for k in decades
        for factor in factors
        if k % every == 0 and a - 1e-9 <= log10(factor) + k <= b + 1e-9
    ]


def _short(value: float) -> str:
    if 1e-3 <= value < 1e4:
        return f"{value:g}"
    exponent = floor(log10(value) + 1e-9)
    lead = round(value / 10.0**exponent)
    power = "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return power if lead == 1 else f"{lead}·{power}"


class _Drawn(NamedTuple):
    """A series as the attributes of its elements: outline of the band, error bars, line, (u, v, text) of the marks."""

    series: Series
    colour: str
    band: str
    bars: str
    path: str
    marks: list[tuple[float, float, str]]


def _drawn(series: Series, across: _Scale, up: _Scale) -> _Drawn:
    path, bars, pen = "", "", "M"
    band: list[tuple[float, float, float]] = []
    marks: list[tuple[float, float, str]] = []
    for (px, py), (low, high) in _points(series):
        if not (up.shows(py) and across.shows(px)):
            pen = "M"
            continue
        u, v = across(px * series.shift), up(py)
        path += f"{pen}{u:.1f} {v:.1f}"
        pen = "L"
        if up.shows(low) and up.shows(high):
            band.append((u, up.inside(low), up.inside(high)))
            bars += f"M{u:.1f} {up.inside(low):.1f}V{up.inside(high):.1f}"
        if series.mark:
            spread = f" [{low:.4g}, {high:.4g}]" if isfinite(low) else ""
            marks.append((u, v, f"{series.name}: {px:g}, {py:.4g}{spread}"))
    around = [f"{u:.1f} {a:.1f}" for u, a, _ in band] + [f"{u:.1f} {b:.1f}" for u, _, b in reversed(band)]
    outline = f"M{'L'.join(around)}Z" if len(band) > 1 and not series.bars else ""
    return _Drawn(series, f"var(--{series.colour})", outline, bars, path, marks)


class Key(NamedTuple):
    """An item of a legend: a piece of line with its mark, and the name as plain text."""

    name: str
    colour: str
    mark: str = ""
    heavy: bool = False
    dashed: bool = False


def log_range(values: Sequence[float], floor_at: float) -> tuple[float, float]:
    """Return the least and the greatest positive value, the least not below `floor_at`; (floor_at, 1) without any.

    Example:
        >>> log_range([1e-30, 0.5, float("nan")], 1e-6)
        (1e-06, 0.5)
    """
    known = [value for value in values if 0 < value < inf]
    return (max(min(known), floor_at), max(known)) if known else (floor_at, 1.0)
