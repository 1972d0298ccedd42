"""E tr f(S) for any f: infinite means are found, kinks split the panels, powers at 0 are integrated, errors estimated.

The density of the eigenvalues behaves like c x^p at 0, p = (β/2)(|m − n| + 1) − 1, and like e^{−βx/2} at ∞. A mean is
infinite if f grows at 0 like x^q with q + p <= −1, or at ∞ as e^{βx/2} or faster; both are read off values of f. In
u = √x the integrand is 2u ρ(u²) f(u²), integrated on panels that shrink geometrically towards 0; the last piece
[0, u₀], where it goes like u^{2(p+q)+1}, is u₀ times the integrand at u₀ over 2(p + q + 1).
"""

from collections.abc import Callable
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wishart_moments import domain
from wishart_moments.errors import ExistenceError, LimitError
from wishart_moments.spectrum.density import panel_edges
from wishart_moments.spectrum.integrands import (
    finite_at,
    finite_at_zero,
    function,
    kinks,
    need_accuracy,
    values_at,
    variance_of,
)
from wishart_moments.spectrum.panels import POINTS

Array = NDArray[np.float64]

_SMALLEST = 1e-60
"""In u: where the panels of a function with a power at 0 end."""

_PROBES = 10.0 ** -np.arange(6.0, 66.0, 6.0)
"""The x at which the behaviour at 0 is read off."""


class Spectrum(Protocol):
    """What is needed of a `WishartSpectrum`."""

    m: int
    n: int
    beta: int
    nodes: Array

    @property
    def zeros(self) -> int:
        """The number of zero eigenvalues."""
        ...

    def density(self, x: ArrayLike) -> Any:
        """Return the density of the others."""
        ...

    def rule(self, edges: Array) -> tuple[Array, Array]:
        """Return nodes and weights with panels between these √x."""
        ...


def mean(
    spectrum: Spectrum, f: Callable[[Array], ArrayLike], sigma: Any, points: Any, tolerance: Any
) -> tuple[Any, float]:
    """Return E tr f(S) and an estimate of its error; `WishartSpectrum.expect` describes the arguments.

    Raises:
        DomainError, ExistenceError, LimitError: as there.
    """
    f, variance, breaks = function(f), variance_of(sigma), kinks(points)
    allowed = domain.positive(tolerance, "tolerance")
    at_zero = spectrum.zeros * finite_at_zero(f, spectrum.zeros, spectrum.m, ", for n < m") if spectrum.zeros else 0.0
    if variance == 0:
        return spectrum.m * values_at(f, np.zeros(1))[0].item(), 0.0
    power, drift = _refuse_infinite(spectrum, f, variance)
    splits = np.sqrt(breaks[breaks > 0] / variance)
    coarse, *_ = _integral(spectrum, f, variance, _edges(spectrum, splits, power, 1), power)
    fine, size, tail, first = _integral(spectrum, f, variance, _edges(spectrum, splits, power, 2), power)
    if tail > allowed * size:
        raise LimitError("need f to grow slower: its mean rests on eigenvalues so large that the density is lost there")
    error = abs(fine - coarse) + tail
    # What lies next to 0 is that of a power; where f is none there, as x^-1/log^2 x, it is known in size only.
    at_edge = first * min(1.0, 10 * drift)
    if at_edge > allowed * size:
        raise LimitError(
            "need f to behave like a power at 0, or to grow slower there: its mean rests on eigenvalues below 1e-120; "
            f"known to {at_edge / size:.2g}, got tolerance = {allowed:g}"
        )
    error += at_edge
    need_accuracy(error, size, allowed)
    return (fine + at_zero), float(error)


def _refuse_infinite(spectrum: Spectrum, f: Callable[[Array], ArrayLike], variance: float) -> tuple[float, float]:
    """Return the power q of f at 0, at most 0, where the mean is finite, and how it drifts relative to p + q + 1."""
    at_zero = spectrum.beta / 2 * (abs(spectrum.m - spectrum.n) + 1) - 1
    found, before = (_slope(f, variance * probes, np.log) for probes in (_PROBES, _PROBES[:-2]))
    power = min(found, 0.0)
    if power > -1e-3:
        power = 0.0
    if power + at_zero <= -1 + 1e-6:
        raise ExistenceError(
            f"need f to grow slower at 0: it goes like x^{power:.4g} and the density of the eigenvalues like "
            f"x^{at_zero:g}, so that the mean is infinite at m = {spectrum.m}, n = {spectrum.n}, beta = {spectrum.beta}"
        )
    last = float(spectrum.nodes[-1])
    rate = _slope(f, variance * last * np.array([1.0, 1.25, 1.5, 2.0, 3.0, 4.0]), np.asarray) * variance
    if rate >= spectrum.beta / 2 * (1 - 1e-9):
        raise ExistenceError(
            f"need f to grow slower at infinity: it goes like e^({rate / variance:.4g} x) and the density of the "
            f"eigenvalues like e^(-{spectrum.beta / (2 * variance):.4g} x), so that the mean is infinite"
        )
    return power, abs(found - before) / max(power + at_zero + 1, 1e-6)


def _slope(f: Callable[[Array], ArrayLike], x: Array, scale: Callable[[Array], Array]) -> float:
    """Return the slope of log |f| over the scale, between the last two points where it is finite and not 0."""
    sizes = np.abs(values_at(f, x))
    good = np.isfinite(sizes) & (sizes > 0)
    if good.sum() < 2:
        return 0.0
    (x0, x1), (f0, f1) = scale(x[good])[-2:], np.log(sizes[good])[-2:]
    return float((f1 - f0) / (x1 - x0))


def _edges(spectrum: Spectrum, splits: Array, power: float, parts: int) -> Array:
    edges = panel_edges(spectrum.m, spectrum.n, parts)
    if edges[0] == 0:
        edges = edges[1:]
        if power < 0:
            count = int(np.ceil(np.log(edges[0] / _SMALLEST) / np.log(4.0)))
            graded: Array = cast(Any, np).geomspace(_SMALLEST, edges[0], parts * count + 1)[:-1]
            edges = np.concatenate([graded, edges])
        else:
            edges = np.concatenate([[0.0], edges])
    inside = splits[(splits > edges[0]) & (splits < edges[-1])]
    return np.unique(np.concatenate([edges, inside]))


def _integral(
    spectrum: Spectrum, f: Callable[[Array], ArrayLike], variance: float, edges: Array, power: float
) -> tuple[Any, float, float, float]:
    """Return E Σ f(λ) over the non-zero eigenvalues by a rule with these panels, E Σ |f(λ)|, a bound of the tail, and
    the size of what lies next to 0.

    The tail beyond the panels is less than what the last of them holds.
    """
    nodes, weights = spectrum.rule(edges)
    values = finite_at(f, variance * nodes)
    products: Any = weights * values
    total, size, first = products.sum(), float(np.abs(products).sum()), 0.0
    if edges[0] > 0 and power < 0:
        start = np.array([edges[0] ** 2])
        exponent = spectrum.beta * (abs(spectrum.m - spectrum.n) + 1) + 2 * power
        first = 2 * edges[0] ** 2 * spectrum.density(start)[0] * finite_at(f, variance * start)[0] / exponent
        total, size = total + first, size + abs(first)
    return total.item(), size if size > 0 else 1.0, float(np.abs(products[-POINTS:]).sum()), float(abs(first))
