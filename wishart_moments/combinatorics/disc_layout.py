"""Where the factors, ribbons and index loops of a Wick contraction lie in the unit disc.

The 2k factors sit on the unit circle, in the order of the word, and the contraction lies inside. A factor has
a row end and a column end; going round clockwise W shows its row end first, Wᵀ its column end. Neighbours 2t
and 2t+1 share a column index, which runs along the circle; 2t+1 and the next W share a row index. A single
trace fills the circle. Of a product every trace has an arc of it, and its last row index runs back outside.

A pair of factors is a ribbon, two curves that join row end to row end and column end to column end. Between W
and Wᵀ they run side by side; between two W, or two Wᵀ, they cross, and the ribbon is twisted. The curves are
geodesics of the Poincaré disc (circular arcs at right angles to the unit circle): they stay inside, and two
of them cross once if their ends alternate on the circle and not at all otherwise.

Points are complex numbers. A curve is a list of control points of cubic Bézier pieces: a start, then three
for every piece.
"""

from cmath import rect
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import ceil, pi, tan
from typing import Literal

from wishart_moments.combinatorics.matchings import TraceWord
from wishart_moments.combinatorics.ribbon import Loop

Kind = Literal["row", "column"]
Curve = list[complex]

RIM = 1.36  # how far the traces reach outside the unit circle, room for the labels of the factors
LABEL_RADIUS = 1.18


@dataclass(frozen=True)
class DiscLayout:
    """The places of the factors of a trace word; angles in radians, clockwise from the top.

    Example:
        >>> layout = DiscLayout(TraceWord((2,)))
        >>> [round(angle / pi, 2) for angle in layout.angles]
        [-0.25, 0.25, 0.75, 1.25]
    """

    word: TraceWord

    @property
    def gap(self) -> float:
        """The extra angle between neighbouring traces of a product."""
        count = len(self.word.traces)
        return 0.0 if count == 1 else min(0.5, 0.8 * pi / count)

    @property
    def step(self) -> float:
        """The angle from a factor of a trace to the next."""
        return (2 * pi - len(self.word.traces) * self.gap) / self.word.size

    @property
    def half_width(self) -> float:
        """The angle from the middle of a factor to its ends."""
        return min(0.25, 0.22 * self.step)

    @cached_property
    def angles(self) -> tuple[float, ...]:
        """The angle of every factor; the first column index, or the first of several traces, is on top."""
        traces = self.word.traces
        first = -self.step * (1 if len(traces) == 1 else len(traces[0]) - 1) / 2
        return tuple(
            first + factor * self.step + index * self.gap for index, trace in enumerate(traces) for factor in trace
        )

    def end(self, factor: int, kind: Kind) -> float:
        """Return the angle of the row end or of the column end of a factor."""
        comes_first = (factor % 2 == 0) == (kind == "row")
        return self.angles[factor] + (-self.half_width if comes_first else self.half_width)

    def ribbon_side(self, a: int, b: int, kind: Kind) -> Curve:
        """Return the side of the ribbon from a to b that joins their ends of one kind."""
        curve = geodesic(self.end(a, kind), self.end(b, kind))
        opposite = abs(abs(self.angles[a] - self.angles[b]) - pi) < 1e-9
        if opposite and (a - b) % 2 == 0:
            # The sides of such twisted ribbons are diameters: unbent, all would cross in one point, 0.
            first = min(a, b)
            aside = (0.4 if first % 2 else -0.4) * place(self.angles[first] + pi / 2)
            curve[1:3] = [z + aside for z in curve[1:3]]
        return curve

    def ribbon(self, a: int, b: int) -> Curve:
        """Return the outline of the ribbon from a to b; that of a twisted ribbon crosses itself."""
        return joined(
            self.ribbon_side(a, b, "row"),
            arc(self.end(b, "row"), self.end(b, "column")),
            self.ribbon_side(b, a, "column"),
            arc(self.end(a, "column"), self.end(a, "row")),
        )

    def factor(self, factor: int) -> Curve:
        """Return the piece of the circle that a factor occupies."""
        return arc(self.angles[factor] - self.half_width, self.angles[factor] + self.half_width)

    def index(self, a: int, b: int, kind: Kind) -> Curve:
        """Return the curve along which a and b share an index of that kind, from a to b."""
        start, stop = (a, b) if (a % 2 == 1) == (kind == "row") else (b, a)
        begin, end = self.end(start, kind), self.end(stop, kind)
        if stop > start:
            curve = arc(begin, end)
        elif len(self.word.traces) == 1:
            curve = arc(begin, end + 2 * pi)
        else:
            curve = self._way_back(begin, end)
        return curve if start == a else curve[::-1]

    def loop(self, loop: Loop, kind: Kind) -> Curve:
        """Return the closed curve of a row loop or column loop of a contraction."""
        pieces: list[Curve] = []
        for a, b, following in zip(loop[::2], loop[1::2], loop[2::2] + loop[:1], strict=True):
            pieces += [self.index(a, b, kind), self.ribbon_side(b, following, kind)]
        return joined(*pieces)

    def trace(self, index: int) -> Curve:
        """Return the outline of the disc of a trace; for a single trace of it and the unit disc together."""
        if len(self.word.traces) == 1:
            return arc(0, 2 * pi, RIM)
        factors = self.word.traces[index]
        begin, end = self.end(factors[0], "row"), self.end(factors[-1], "row")
        return joined(arc(begin, end), self._way_back(end, begin))

    def _way_back(self, last: float, first: float) -> Curve:
        clearance = self.step + self.gap - 2 * self.half_width
        bulge = min((RIM - 1) / 2, 0.4 * clearance)
        return joined(_cap(last, bulge), arc(last, first, RIM), _cap(first, -bulge)[::-1])


def place(angle: float, radius: float = 1.0) -> complex:
    """Return the point at an angle, clockwise from the top.

    Example:
        >>> place(0)
        1j
    """
    return 1j * rect(radius, -angle)


def arc(start: float, stop: float, radius: float = 1.0) -> Curve:
    """Return the circular arc about 0 between two angles."""
    count = max(1, ceil(abs(stop - start) / (pi / 2)))
    handle = -1j * 4 / 3 * tan((stop - start) / count / 4)
    points = [place(start + (stop - start) * i / count, radius) for i in range(count + 1)]
    curve = points[:1]
    for p, q in pairwise(points):
        curve += [p + handle * p, q - handle * q, q]
    return curve


def geodesic(start: float, stop: float) -> Curve:
    """Return the geodesic of the Poincaré disc between two points of the unit circle.

    It meets the circle at right angles, so that the inner control points are radial. An arc of t radians has
    handles of 4/3 tan(t/4) times its radius. For points s radians apart t = π − s and the radius is tan(s/2);
    the product is 2/3 (1 − tan²(t/4)), which is good for a diameter too.

    Example:
        >>> [round(abs(z), 12) for z in geodesic(0, pi)]
        [1.0, 0.333333333333, 0.333333333333, 1.0]
    """
    separation = abs((stop - start + pi) % (2 * pi) - pi)
    shrink = 1 - 2 / 3 * (1 - tan((pi - separation) / 4) ** 2)
    p, q = place(start), place(stop)
    return [p, shrink * p, shrink * q, q]


def joined(*curves: Curve) -> Curve:
    """Return the curve that runs through curves of which each starts where the one before ends."""
    whole = curves[0][:1]
    for curve in curves:
        whole += curve[1:]
    return whole


def _cap(angle: float, bulge: float) -> Curve:
    handle = -4 / 3 * bulge * 1j * place(angle)
    return [place(angle), place(angle) + handle, place(angle, RIM) + handle, place(angle, RIM)]
