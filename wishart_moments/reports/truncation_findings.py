"""What the comparison with Monte Carlo shows: every verdict is computed from the numbers at hand."""

from collections.abc import Sequence
from functools import cache
from math import inf, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wishart_moments.reports.truncation import GRID, HE, LIMIT_ORDERS, ORDERS, TEN, Comparison, Shape
from wishart_moments.spectrum.wishart_spectrum import spectrum
from wishart_moments.variance.limit import limit_variance
from wishart_moments.variance.predictor import output_variance

Array = NDArray[np.float64]

TOLERANCE = 1e-3
"""The error up to which a truncated series is called usable."""

Z_BOUND = 5.0
"""|z| beyond it has probability 6e-7."""

ROUNDING = 1e-14
"""What the exact float64 value may be off by."""


class Finding(NamedTuple):
    """A claim, whether it holds ("true", "false" or "partly"), and the numbers that say so."""

    claim: str
    verdict: str
    detail: str

    @property
    def plain(self) -> str:
        """The finding in one line."""
        return f"{self.claim}: {self.detail}"


class Family(NamedTuple):
    """The square, or the rectangular, shapes of a group of sizes, as rows of the comparison."""

    name: str
    rows: list[int]


def families(comparison: Comparison) -> list[Family]:
    """Return the families that have a shape."""
    found: list[Family] = []
    for group in comparison.configuration.groups:
        sizes = _span(group)
        for square, kind in ((True, "square"), (False, "rectangular")):
            rows = comparison.rows(square=square, group=group)
            if rows:
                found.append(Family(f"{kind}, sizes {sizes}", rows))
    return found


def _span(group: tuple[int, ...]) -> str:
    return f"{min(group)} to {max(group)}" if len(group) > 1 else str(min(group))


@cache
def usable(shape: Shape, tolerance: float = TOLERANCE) -> tuple[float, ...]:
    """Return, for each order K = 1..10, the largest nσ² at which the series is within the tolerance.

    The error of order K, E tr[(tS)^{K+1}(I + tS)^{-1}]/m with t = σ², increases with t: bisection finds where it passes
    the tolerance; infinity if nowhere below nσ² = 10^6.

    Example:
        >>> [round(t, 3) for t in usable(Shape(64, 128))[::3]]
        [0.026, 0.161, 0.234, 0.271]
    """
    rule = spectrum(shape.m, shape.n)
    heavy = rule.weights > 1e-22
    nodes, weights = rule.nodes[heavy] / shape.n, rule.weights[heavy] / shape.m
    powers = np.array(ORDERS)[:, None] + 1.0
    low, high = np.full(len(ORDERS), log(1e-12)), np.full(len(ORDERS), log(1e6))
    for _ in range(60):
        middle = (low + high) / 2
        scaled = np.exp(middle)[:, None] * nodes
        error = (scaled**powers / (1 + scaled)) @ weights
        low, high = np.where(error < tolerance, middle, low), np.where(error < tolerance, high, middle)
    return tuple(inf if t > 0.99e6 else float(t) for t in np.exp(low))


def findings(comparison: Comparison) -> list[Finding]:
    """Return what the numbers say, the checks first."""
    return [
        _exact_agrees(comparison),
        _bounds_hold(comparison),
        _series_at_he(comparison),
        _nine_tenths(comparison),
        *_forty_one(comparison),
    ]


def _verdict(good: int, of: int) -> str:
    return "true" if good == of else "partly" if good else "false"


def _exact_agrees(comparison: Comparison) -> Finding:
    z = np.abs(comparison.z)
    detail = (
        f"{z.size:,} points from {comparison.configuration.draws:,} draws of each of {len(comparison.shapes)} shapes; "
        f"largest |z| {z.max():.1f}, {np.mean(z < 2):.1%} within two standard errors (95.4% expected)"
    )
    within = int(np.count_nonzero(z < Z_BOUND))
    return Finding("Monte Carlo agrees with the exact variance", _verdict(within, z.size), detail)


def _bounds_hold(comparison: Comparison) -> Finding:
    exact, lower, upper = comparison.exact, comparison.lower, comparison.upper
    outside = int(np.count_nonzero((exact < lower - ROUNDING) | (exact > upper + ROUNDING)))
    width = (upper - lower).max(axis=0)
    detail = (
        f"{outside} of {exact.size:,} exact values outside; widths up to {width[HE]:.1g} at 1/√n, "
        f"{width[TEN]:.2g} at 10/√n"
    )
    return Finding("The bounds from ten moments hold at every σ", _verdict(exact.size - outside, exact.size), detail)


def _series_at_he(comparison: Comparison) -> Finding:
    errors = np.abs(np.stack([comparison.series[order][:, HE] for order in ORDERS]) - comparison.exact[:, HE])
    best, last = errors.min(axis=0), errors[-1]
    good = int(np.count_nonzero(best < TOLERANCE))
    detail = (
        f"order {ORDERS[-1]} is off by {_number(last.min())} to {_number(last.max())}, the best order of each shape by "
        f"{_number(best.min())} to {_number(best.max())}; {good} of {len(best)} shapes within {TOLERANCE:g}"
    )
    return Finding("The truncated series can be used at 1/√n", _verdict(good, len(best)), detail)


def _square_sizes(comparison: Comparison) -> list[int]:
    return [m for m, n in comparison.shapes if m == n]


def _values(shapes: Sequence[Shape], scale: float) -> Array:
    return np.array([float(output_variance(m, n, scale / n**0.5)) for m, n in shapes])


def _nine_tenths(comparison: Comparison) -> Finding:
    squares = [Shape(n, n) for n in _square_sizes(comparison)]
    if not squares:
        return Finding("Square layers have variance 0.9 at 10/√n", "false", "no square shape was run")
    values = _values(squares, 10.0)
    good = int(np.count_nonzero(np.round(values, 1) == 0.9))
    limit = float(limit_variance(10**6, 10**6, 10 / 1000, order=0))
    detail = (
        f"{values[0]:.4f} at size {squares[0].n} to {values[-1]:.4f} at size {squares[-1].n}; {limit:.4f} in the limit"
    )
    return Finding("Square layers have variance 0.9 at 10/√n", _verdict(good, len(squares)), detail)


def rounds_to(shapes: Sequence[Shape], scale: float, wanted: float, digits: int) -> list[Shape]:
    """Return the shapes whose exact variance at σ = scale/√n rounds to the number wanted.

    Example:
        >>> rounds_to([Shape(3, 5), Shape(4, 4)], 1.0, 0.41, 2)
        [Shape(m=3, n=5)]
    """
    values = _values(shapes, scale)
    return [shape for shape, value in zip(shapes, values, strict=True) if round(float(value), digits) == wanted]


def _forty_one(comparison: Comparison) -> list[Finding]:
    found: list[Finding] = []
    squares = [Shape(n, n) for n in _square_sizes(comparison)]
    if squares:
        values = _values(squares, 1.0)
        good = int(np.count_nonzero(np.round(values, 2) == 0.41))
        limit = float(limit_variance(10**6, 10**6, 1 / 1000, order=0))
        detail = f"at most {values.max():.4f} here, {limit:.4f} in the limit of large layers"
        found.append(Finding("Square layers have variance 0.41 at 1/√n", _verdict(good, len(squares)), detail))
    for group in comparison.configuration.groups:
        if len(group) == 1:
            continue  # one square shape
        shapes = [Shape(m, n) for m in group for n in group]
        matching = rounds_to(shapes, 1.0, 0.41, 2)
        wide = [shape for shape in shapes if shape.m <= shape.n]
        mean = float(_values(wide, 1.0).mean())
        names = ", ".join(f"{m}×{n}" for m, n in matching)
        ratios = [m / n for m, n in matching]
        which = f": {names} (m/n from {min(ratios):.3f} to {max(ratios):.3f})" if matching else ""
        detail = (
            f"{len(matching) or 'none'} of {len(shapes)} shapes m×n{which}; the mean over the pairs m ≤ n is {mean:.3f}"
        )
        claim = f"Shapes of sizes {_span(group)} have variance 0.41 at 1/√n"
        found.append(Finding(claim, _verdict(len(matching), len(shapes)), detail))
    value = float(limit_variance(3 * 10**6, 4 * 10**6, 1 / 2000, order=0))
    found.append(
        Finding(
            "Large layers with m/n = 3/4 have variance 0.41 at 1/√n",
            _verdict(int(round(value, 2) == 0.41), 1),
            f"{value:.4f} in the limit",
        )
    )
    return found


def _number(value: float) -> str:
    return f"{value:.2g}" if value < 100 else f"{value:.1e}"


class Reach(NamedTuple):
    """For a family: per order the least and the greatest, over its shapes, of the largest usable nσ²."""

    family: str
    least: tuple[float, ...]
    greatest: tuple[float, ...]


def reaches(comparison: Comparison) -> list[Reach]:
    """Return how far each order of the series can be used, family by family."""
    found: list[Reach] = []
    for family in families(comparison):
        values = np.array([usable(comparison.shapes[row]) for row in family.rows])
        found.append(Reach(family.name, tuple(values.min(axis=0).tolist()), tuple(values.max(axis=0).tolist())))
    return found


class Worst(NamedTuple):
    """For a family: the largest errors against the exact variance at 1/√n and at 10/√n, {method: (at 1, at 10)}."""

    family: str
    errors: dict[str, tuple[float, float]]


def worst_errors(comparison: Comparison) -> list[Worst]:
    """Return the largest error of each method in each family, half the width for the bounds."""
    assert GRID[HE] == 1
    found: list[Worst] = []
    for family in families(comparison):
        exact = comparison.exact[family.rows]

        def at(values: Array, rows: list[int] = family.rows, exact: Array = exact) -> tuple[float, float]:
            error = np.abs(values[rows] - exact).max(axis=0)
            return float(error[HE]), float(error[TEN])

        half = (comparison.upper - comparison.lower)[family.rows].max(axis=0) / 2
        noise = comparison.standard_error[family.rows].max(axis=0)
        errors = {f"series, order {order}": at(comparison.series[order]) for order in (1, 2, 5, 10)}
        errors["bounds from 10 moments (half width)"] = (float(half[HE]), float(half[TEN]))
        errors |= {f"limit, order {order}": at(comparison.limit[order]) for order in LIMIT_ORDERS}
        errors["Monte Carlo (standard error)"] = (float(noise[HE]), float(noise[TEN]))
        found.append(Worst(family.name, errors))
    return found
