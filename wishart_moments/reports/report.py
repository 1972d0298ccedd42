"""Everything there is to say about the output variance of one layer, as data, as text and for machines.

The exact value stands first; each of the other methods is shown with its own promise (a remainder, bounds, a standard
error) and with what it really misses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from wishart_moments import domain
from wishart_moments.errors import MethodError
from wishart_moments.variance import series
from wishart_moments.variance.arguments import MAX_SIZE, layer
from wishart_moments.variance.certified import Enclosure, certified_variance
from wishart_moments.variance.fluctuation import fluctuation
from wishart_moments.variance.limit import MAX_ORDER as LIMIT_ORDER
from wishart_moments.variance.limit import limit_variance
from wishart_moments.variance.moment_bounds import Bounds, moment_bounds
from wishart_moments.variance.predictor import METHODS, Gradient, backward_variance, variance_gradient
from wishart_moments.variance.sigma import SigmaRule, SigmaValue, parse_sigma
from wishart_moments.variance.simulate import Simulation, simulate_variance

DIGITS = 15
CERTIFIED_BY_DEFAULT = 512
"""Up to this size a certificate takes well under a second; beyond it, it is made when digits are asked for."""


LAST_ORDER = 1000
"""How far the optimal order of the series is looked for."""


@dataclass(frozen=True)
class Approximation:
    """A value of a method of some order, its error (value minus exact; None if that is unknown) and what bounds it."""

    order: int
    value: float
    error: float | None
    remainder: float | None = None


@dataclass(frozen=True)
class ExactVariance:
    """The exact section: the value, its derivatives, the backward variance and the fluctuation over draws of W."""

    gradient: Gradient
    backward: float
    fluctuation: float
    certified: Enclosure | None
    digits: int


@dataclass(frozen=True)
class VarianceReport:
    """The output variance of a layer by the methods that were asked for; sections of the others are None or empty.

    Attributes:
        m, n: the shape.
        expression, sigma: σ as it was written and what it is.
        alpha, gamma: exact.
        exact: present with method "exact", and whenever the size allows.
        series, optimal_order: orders 1..10 and the best of all orders.
        bounds, bounds_order: from so many moments.
        limit: orders 0, 1, 2.
        simulation, seed: of Monte Carlo.
    """

    m: int
    n: int
    expression: str
    sigma: SigmaValue
    alpha: Fraction
    gamma: Fraction
    exact: ExactVariance | None
    series: tuple[Approximation, ...] = ()
    optimal_order: int | None = None
    bounds: Bounds | None = None
    bounds_order: int = 0
    limit: tuple[Approximation, ...] = ()
    simulation: Simulation | None = None
    seed: int = 0

    @property
    def value(self) -> float | None:
        """The exact variance in float64."""
        return None if self.exact is None else float(self.exact.gradient.value)

    @property
    def z(self) -> float | None:
        """Monte Carlo minus exact, in standard errors."""
        if self.simulation is None or self.value is None:
            return None
        return float(self.simulation.z(self.value))


def variance_report(
    m: Any,
    n: Any,
    sigma: Any,
    *,
    alpha: Any = 1,
    gamma: Any = 1,
    method: str = "exact",
    order: int | None = None,
    digits: int | None = None,
    draws: int = 100_000,
    seed: int = 0,
) -> VarianceReport:
    """Return the report on γ W (αI + WᵀW)^{-1/2}, σ given by a number, a name or a formula.

    Args:
        m, n: the shape; up to 4096 for the exact section and Monte Carlo's z, up to 10^9 for series and bounds.
        sigma: a number, a name or a formula, as `parse_sigma` takes it.
        alpha, gamma: α > 0 and γ > 0; strings such as "1/7" are exact.
        method: "exact", "series", "bounds", "limit", "monte-carlo" or "all".
        order: the last order of the series (10), moments of the bounds (10), corrections to the limit (2); not with
            "exact" and "monte-carlo".
        digits: certified ones; None for 15 if m, n <= 512 and no certificate otherwise.
        draws, seed: of Monte Carlo.

    Raises:
        DomainError, MethodError, LimitError: as the methods do.

    Example:
        >>> report = variance_report(10, 12, "he", method="all", draws=1000)
        >>> round(report.value, 10), report.optimal_order, abs(report.z) < 5
        (0.3933625479, 0, True)
    """
    domain.choice(method, (*METHODS, "all"))
    if order is not None and method in ("exact", "monte-carlo", "all"):
        raise MethodError(f"need an order only with method series, bounds or limit, got one with {method}")
    rule = parse_sigma(sigma)
    value = rule.at(m, n)
    shape = layer(m, n, value.sigma, alpha, gamma, max_size=None)
    given: dict[str, Any] = {"alpha": float(shape.alpha), "gamma": float(shape.gamma)}
    arguments = (shape.m, shape.n, value.sigma)
    wanted = METHODS if method == "all" else (method,)
    exact = None
    if "exact" in wanted or max(shape.m, shape.n) <= MAX_SIZE:
        with_certificate = "exact" in wanted
        exact = _exact(shape.m, shape.n, rule, value.sigma, alpha, gamma, digits if with_certificate else 0)

    def error(value: float) -> float | None:
        return None if exact is None else value - float(exact.gradient.value)

    sections: dict[str, Any] = {}
    if "series" in wanted:
        sums: list[tuple[int, Any]] = [
            (k, series.series_variance(*arguments, **given, order=k)) for k in _orders(order, series.MAX_ORDER, 1)
        ]
        sections["series"] = tuple(Approximation(k, s.value, error(s.value), s.remainder) for k, s in sums)
        sections["optimal_order"] = series.optimal_order(*arguments, alpha=given["alpha"], max_order=LAST_ORDER)
    if "bounds" in wanted:
        sections["bounds_order"] = 10 if order is None else order
        sections["bounds"] = moment_bounds(*arguments, **given, order=sections["bounds_order"])
    if "limit" in wanted:
        values = [(k, limit_variance(*arguments, **given, order=k)) for k in _orders(order, LIMIT_ORDER, 0)]
        sections["limit"] = tuple(Approximation(k, value, error(value)) for k, value in values)
    if "monte-carlo" in wanted:
        sections["simulation"] = simulate_variance(*arguments, **given, draws=draws, seed=seed)
        sections["seed"] = seed
    exactly = (Fraction(domain.number(alpha, "alpha", "> 0")), Fraction(domain.number(gamma, "gamma", "> 0")))
    return VarianceReport(shape.m, shape.n, str(rule), value, *exactly, exact, **sections)


def _exact(m: int, n: int, rule: SigmaRule, sigma: float, alpha: Any, gamma: Any, digits: int | None) -> ExactVariance:
    """Return the exact section; digits 0 for none, None for those that come cheaply."""
    count = (DIGITS if max(m, n) <= CERTIFIED_BY_DEFAULT else 0) if digits is None else digits
    return ExactVariance(
        gradient=variance_gradient(m, n, sigma, alpha=alpha, gamma=gamma),
        backward=float(backward_variance(m, n, sigma, alpha=alpha, gamma=gamma)),
        fluctuation=float(fluctuation(m, n, sigma, alpha=alpha, gamma=gamma)),
        certified=certified_variance(m, n, rule, alpha=alpha, gamma=gamma, digits=count) if count else None,
        digits=count,
    )


def _orders(order: int | None, last: int, first: int) -> Sequence[int]:
    """Return the orders up to the one that was asked for; an impossible one by itself, to be refused."""
    end = last if order is None else domain.order(order, "order")
    return range(first, min(end, last) + 1) if first <= end <= last else (end,)
