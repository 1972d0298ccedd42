"""Proved ends of the degrees of freedom E tr S(αI + S)^{-1} at every Σ, from exact moments: nothing else is used.

E tr S^k, k <= K, exact at numbers Σ and n, are the moments of the mean law of the N = min(rank Σ, n) non-zero
eigenvalues: `gauss_radau` turns them into two convergents of a continued fraction, one above, one below.
"""

from fractions import Fraction
from typing import Any, NamedTuple

from flint import arb, fmpq

from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments.expectation import trace_product_moment
from wishart_moments.moments.polynomials import dyadic
from wishart_moments.moments.wishart import Wishart
from wishart_moments.precision import working_precision
from wishart_moments.spectrum.gauss_radau import coefficients_of, convergent

MAX_ORDER = 30
"""The most moments: each takes some seconds there."""


class Ends(NamedTuple):
    """lower <= value <= upper, two rational numbers."""

    lower: Fraction
    upper: Fraction


def ridge_bounds(alpha: Any, n: Any, scale: Any, *, beta: Any = 1, sigma: Any = 1, order: Any = 12) -> Ends:
    """Return lower <= E tr S(αI + S)^{-1} <= upper, proved, S = Σ^{1/2} W W^† Σ^{1/2} with n degrees of freedom.

    E tr(αI + S)^{-1} is m less that, over α.

    Args:
        alpha, n, scale, sigma: as for `ridge_degrees_of_freedom`; floats are the dyadic rationals they are.
        beta: any positive rational.
        order: K, the moments that are used, 1 to 30.

    Returns:
        Two fractions. They narrow with K and α: at Σ = diag(1..4), n = 9, K = 16 they are 8e-5 apart at α = 20, 1e-2 at
        α = 5.

    Raises:
        DomainError: for an argument outside its domain; MethodError: for a complex or symbolic scale.
        LimitError: for order > 30.

    Example:
        >>> lower, upper = ridge_bounds(20, 3, [[1, 0], [0, 4]])  # 0.4291671932
        >>> round(float(lower), 6), round(float(upper), 6)
        (0.429142, 0.429208)
    """
    last = domain.order(order, "order")
    if not 1 <= last <= MAX_ORDER:
        raise LimitError(f"need order from 1 to {MAX_ORDER}, got {last}")
    shrinkage = Fraction(domain.number(alpha, "alpha", "> 0"))
    if shrinkage <= 0:
        raise DomainError(f"need alpha > 0 and finite, got {domain.shown(alpha)}")
    law = Wishart(n=n, sigma=sigma, beta=beta, scale=scale)
    if not law.numeric or domain.is_symbolic(law.sigma):
        raise MethodError("bounds need numbers for n, sigma and beta")
    try:
        rows = [[Fraction(entry) for entry in row] for row in law.given_scale.rows()]
    except TypeError:
        raise MethodError("bounds need a scale of real numbers") from None
    exact = Wishart(scale=rows).given_scale
    rank = int(exact.matrix.rank())
    size = min(rank, law.n) if isinstance(law.n, int) else rank
    ratio = Fraction(law.sigma) ** 2 / shrinkage
    if size == 0 or ratio == 0:
        return Ends(Fraction(0), Fraction(0))
    moments: list[Any] = [trace_product_moment([k], n=law.n, scale=rows, beta=law.beta) for k in range(1, last + 1)]
    with working_precision(192):
        balls = coefficients_of([Fraction(size), *map(Fraction, moments)], 128)
        r = arb(fmpq(ratio.denominator, ratio.numerator))
        ends: dict[int, Any] = {k % 2: convergent(k, r, balls) for k in (last, last - 1)}
        return Ends(dyadic(ends[0].lower()), min(dyadic(ends[1].upper()), Fraction(size)))
