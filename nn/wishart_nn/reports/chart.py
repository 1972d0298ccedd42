"""Line charts as SVG elements of a page: real text, colours by the names of the style sheet, a value under every mark.

Written out rather than drawn by matplotlib because a sweep has about a hundred of them: a chart is some kilobytes
instead of fifty, its text stays text, and it follows the page from light to dark.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from math import ceil, floor, inf, isfinite, log10

STYLE = """
.chart text { font: 11px system-ui, sans-serif; fill: var(--quiet); font-variant-numeric: tabular-nums; }
.chart .title { font-size: 12.5px; font-weight: 600; fill: var(--ink); }
.chart .rule { stroke: var(--grid); stroke-width: 1; }
.chart .axis { stroke: var(--axis); stroke-width: 1; }
.line { fill: none; stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round; }
.chart .band { stroke: none; opacity: .1; }
.chart .bar { stroke-width: 1.2; opacity: .75; }
.mark { stroke: var(--page); stroke-width: .6; }
.chart .open { fill: var(--page); stroke-width: 1.4; }
.legend .key { display: inline-block; width: 1.9rem; height: .75rem; margin-right: .35rem; }
"""
"""What a page with charts needs in its style sheet."""

MARKS = "os^vdPx"
"""Circle, square, triangles, diamond, plus, cross."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 12.0, 42.0, 36.0


@dataclass(frozen=True)
class Series:
    """Points that belong together.

    Attributes:
        name: shown under the marks.
        colour: a name of the style sheet.
        points: (x, y); y may be nan.
        ends: (low, high) of each y; nan or () for none.
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


@dataclass(frozen=True)
class Axis:
    """An axis.

    Attributes:
        label: what it shows.
        log: logarithmic.
        low, high: the least range, None: that of the points.
        ticks: (value, text), () for round numbers.
        integer: no tick between integers.
    """

    label: str
    log: bool = False
    low: float | None = None
    high: float | None = None
    ticks: Sequence[tuple[float, str]] = field(default=())
    integer: bool = False


def chart(
    title: str, series: Sequence[Series], x: Axis, y: Axis, *, width: float = 380, height: float = 264, note: str = ""
) -> str:
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
    across = _Scale(x, [px for each in series for px, _ in each.points], _LEFT, width - _RIGHT)
    values = [value for each in series for (_, py), ends in _points(each) for value in (py, *ends)]
    up = _Scale(y, values, height - _BOTTOM, _TOP if y.label else _TOP - 14)
    parts = [
        f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title)}">',
        f'<text class="title" x="0" y="13">{escape(title)}</text><text x="0" y="29">{escape(y.label)}</text>',
        f'<text x="{width - _RIGHT:g}" y="{height - 4:g}" text-anchor="end">{escape(x.label)}</text>',
    ]
    for value, text in up.ticks:
        place = up(value)
        parts.append(f'<path class="rule" d="M{_LEFT:g} {place:.1f}H{width - _RIGHT:g}"/>')
        parts.append(f'<text x="{_LEFT - 6:g}" y="{place + 3.8:.1f}" text-anchor="end">{escape(text)}</text>')
    parts.append(f'<path class="axis" d="M{_LEFT:g} {height - _BOTTOM:g}H{width - _RIGHT:g}"/>')
    for value, text in across.ticks:
        place = across(value)
        parts.append(f'<path class="axis" d="M{place:.1f} {height - _BOTTOM:g}v4"/>')
        anchor = "end" if place > width - _RIGHT - 8 else "middle"
        shift = 4 if anchor == "end" else 0
        parts.append(
            f'<text x="{place + shift:.1f}" y="{height - _BOTTOM + 15:g}" text-anchor="{anchor}">{escape(text)}</text>'
        )
    drawn = [_drawn(each, across, up) for each in series]
    parts += [band for band, _, _ in drawn] + [line for _, line, _ in drawn] + [marks for _, _, marks in drawn]
    if note and not any(isfinite(py) for each in series for _, py in each.points):
        middle = (_LEFT + width - _RIGHT) / 2
        parts.append(f'<text x="{middle:g}" y="{height / 2:g}" text-anchor="middle">{escape(note)}</text>')
    return "".join(parts) + "</svg>"


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


def _drawn(series: Series, across: _Scale, up: _Scale) -> tuple[str, str, str]:
    """Return band, line and marks."""
    colour = f"var(--{series.colour})"
    path, pen = "", "M"
    band: list[tuple[float, float, float]] = []
    bars = marks = ""
    for (px, py), (low, high) in _points(series):
        if not (up.shows(py) and across.shows(px)):
            pen = "M"
            continue
        u, v = across(px), up(py)
        path += f"{pen}{u:.1f} {v:.1f}"
        pen = "L"
        if up.shows(low) and up.shows(high):
            band.append((u, up(low), up(high)))
            bars += f"M{u:.1f} {up(low):.1f}V{up(high):.1f}"
        if series.mark:
            spread = f" [{low:.4g}, {high:.4g}]" if isfinite(low) else ""
            text = f"{series.name}: {px:g}, {py:.4g}{spread}"
            marks += _mark(series, u, v, colour, text)
    shade = ""
    if series.bars and bars:
        shade = f'<path class="bar" stroke="{colour}" d="{bars}"/>'
    elif len(band) > 1:
        outline = [f"{u:.1f} {a:.1f}" for u, a, _ in band] + [f"{u:.1f} {b:.1f}" for u, _, b in reversed(band)]
        shade = f'<path class="band" fill="{colour}" d="M{"L".join(outline)}Z"/>'
    line = ""
    if series.line and path:
        dash = ' stroke-dasharray="5 3"' if series.line == "dashed" else ""
        weight = ' style="stroke-width:2.8"' if series.heavy else ""
        line = f'<path class="line" stroke="{colour}"{dash}{weight} d="{path}"/>'
    return shade, line, marks


_SHAPES = {
    "s": "M-3-3h6v6h-6z",
    "^": "M0-3.8L3.6 2.8h-7.2z",
    "v": "M0 3.8L3.6-2.8h-7.2z",
    "d": "M0-4.2L4.2 0L0 4.2L-4.2 0z",
    "P": "M-1.3-3.7h2.6v2.4h2.4v2.6h-2.4v2.4h-2.6v-2.4h-2.4v-2.6h2.4z",
    "x": "M-3.4-2L-2-3.4L0-1.4L2-3.4L3.4-2L1.4 0L3.4 2L2 3.4L0 1.4L-2 3.4L-3.4 2L-1.4 0z",
}


def _mark(series: Series, u: float, v: float, colour: str, text: str) -> str:
    paint = f'class="open" stroke="{colour}"' if series.hollow else f'class="mark" fill="{colour}"'
    return mark_shape(series.mark, u, v, paint, f"<title>{escape(text)}</title>", 1.2 if series.heavy else 1.0)


def mark_shape(mark: str, u: float, v: float, paint: str, inside: str = "", size: float = 1.0) -> str:
    """Return one of `MARKS` at a place, with attributes and with elements inside.

    Example:
        >>> mark_shape("o", 1, 2, 'fill="red"')
        '<circle fill="red" cx="1.0" cy="2.0" r="3.1"></circle>'
    """
    if mark == "o":
        return f'<circle {paint} cx="{u:.1f}" cy="{v:.1f}" r="{3.1 * size:.3g}">{inside}</circle>'
    scaled = f" scale({size:g})" if size != 1 else ""
    return f'<path {paint} transform="translate({u:.1f} {v:.1f}){scaled}" d="{_SHAPES[mark]}">{inside}</path>'


def legend_item(name: str, colour: str, mark: str = "", *, heavy: bool = False, dashed: bool = False) -> str:
    """Return an item of a list of class "legend": a piece of line with its mark, and the name as plain text."""
    pen = (' style="stroke-width:2.8"' if heavy else "") + (' stroke-dasharray="5 3"' if dashed else "")
    shape = mark_shape(mark, 15, 6, f'class="mark" fill="var(--{colour})"') if mark else ""
    return (
        f'<li><svg class="key" viewBox="0 0 30 12" aria-hidden="true"><path class="line" stroke="var(--{colour})"{pen} '
        f'd="M1 6H29"/>{shape}</svg>{escape(name)}</li>'
    )


def log_range(values: Sequence[float], floor_at: float) -> tuple[float, float]:
    """Return the least and the greatest positive value, the least not below `floor_at`; (floor_at, 1) without any.

    Example:
        >>> log_range([1e-30, 0.5, float("nan")], 1e-6)
        (1e-06, 0.5)
    """
    known = [value for value in values if 0 < value < inf]
    return (max(min(known), floor_at), max(known)) if known else (floor_at, 1.0)
