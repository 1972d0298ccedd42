"""The largest eigenvalue of a Wishart matrix and the moments of its determinant, at finite size and for any scale.

For S = Σ^{1/2} W W^† Σ^{1/2}, W m×n, n >= m, with θ = β/2 and Γ_m(x) = π^{θm(m−1)/2} Π_i Γ(x − θ(i−1)),

    P(λ_max(S) <= x) = Γ_m(θ(m−1) + 1)/Γ_m(θ(n+m−1) + 1) |Y|^{θn} etr(−Y) 1F1(θ(m−1) + 1; θ(n+m−1) + 1; Y),

Y = θ x Σ^{−1}: every term of the series is positive. n may be any real number > m − 1. E |S|^h =
|Σ|^h θ^{−mh} Γ_m(θn + h)/Γ_m(θn). At multiples of I and β = 1, 2, 4 `extremes.interval` has a closed form,
for β = 2 and every Σ `extremes.correlated`.

References: Constantine, Ann. Math. Statist. 34 (1963) 1270, section 8; Muirhead, Aspects of Multivariate Statistical
Theory (1982), theorem 3.2.14 (the determinant) and corollary 9.7.2.
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np

from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.moments.extremes.wishart_eigenvalues import WishartEigenvalues
from wishart_moments.moments.jack.hypergeometric import at_eigenvalues
from wishart_moments.moments.jack.hypergeometric_value import HypergeometricValue
from wishart_moments.moments.jack.jack_branching import Array
from wishart_moments.moments.jack.jack_evaluation import UNIT


def log_multivariate_gamma(x: float, m: int, theta: float) -> float:
    """Return log Γ_m(x), without the power of π, for x > θ(m−1).

    Example:
        >>> round(log_multivariate_gamma(3, 2, 1), 12) == round(math.log(2), 12)
        True
    """
    return math.fsum(math.lgamma(x - theta * i) for i in range(m))


def largest_eigenvalue_cdf(
    x: Any,
    m: Any,
    n: Any,
    *,
    scale: Any = None,
    beta: Any = 1,
    tolerance: float = 1e-10,
    survival: bool = False,
) -> HypergeometricValue:
    """Return P(λ_max(S) <= x), or P(λ_max(S) > x), for S = Σ^{1/2} W W^† Σ^{1/2}, W m×n with entries of variance 1.

    Args:
        x: a number >= 0.
        m, n: the dimension and the degrees of freedom, n an integer or a real number > m − 1; n > m − 1 where there is
            a scale.
        scale: Σ, m×m positive definite, real symmetric or for beta=2 complex Hermitian; the identity by default.
        beta: 1 real, 2 complex, 4 quaternion; any positive rational at Σ = I.
        tolerance: relative, of the series, as for `hypergeometric`.
        survival: whether P(λ_max > x) is meant, in the closed form as exact where it is small.

    Returns:
        The probability, a proved bound of its error, and the order that was summed: 0 for the closed form, which
        multiples of Σ = I have at beta = 1, 2, 4 and every Σ at beta = 2, with an error of some 1e-16, given the
        eigenvalues of Σ: of one that is not diagonal those are found in floats.

    Raises:
        DomainError: for an argument outside its domain.
        LimitError: where x is so large that the series needs too many terms; for m > 300, 100 at a complex Σ, or
            n > 100,000.

    Cost:
        The closed form: a millisecond at m = 10, 0.3 s at m = 200; for beta = 2 and any Σ 10 ms and, at m = 60, 1 s;
        more in the far tails. The series for real Σ: degrees up to twice θ x tr Σ^{−1} or so, of which 270 can be had
        at m = 3, some 95 at m = 4, 50 at m = 5.

    References:
        Chiani, J. Multivariate Anal. 129 (2014) 69; Khatri, Ann. Math. Statist. 35 (1964) 1807; Muirhead (1982),
        corollary 9.7.2 at Σ; Koev, Edelman, Math. Comp. 75 (2006) 833, section 6.

    Example:
        >>> found = largest_eigenvalue_cdf(50, 10, 20)
        >>> round(found.value, 13), found.error < 1e-16, found.proved
        (0.5749823924998, True, True)
    """
    law = WishartEigenvalues(x, m, n, scale, beta)
    relative, survival = domain.positive(tolerance, "tolerance"), domain.flag(survival, "survival")
    if law.point == 0:
        return HypergeometricValue(float(survival), 0.0, 0, True)
    if (found := law.closed_form(upper=False, complement=survival)) is not None:
        return HypergeometricValue(found.value, found.error, 0, True)
    series = by_series(law.point, law.inverse, law.n, beta=law.beta, tolerance=relative)
    if not survival:
        return series
    return HypergeometricValue(1 - series.value, series.error + UNIT, series.order, series.proved)


def by_series(
    x: Fraction, inverse: Array, n: int | Fraction, *, beta: Fraction, tolerance: float = 1e-10
) -> HypergeometricValue:
    """Return P(λ_max <= x), x > 0, from the hypergeometric series, for every β.

    Args:
        x: > 0.
        inverse: the eigenvalues of Σ^{−1}.
        n: the degrees of freedom, > m − 1.
        beta: of a Wishart matrix with another scale than I: 1 or 2.
        tolerance: relative.

    Example:
        >>> round(by_series(Fraction(10), np.ones(2), 3, beta=Fraction(1)).value, 10)
        0.93257513
    """
    theta, rows = beta / 2, len(inverse)
    too_large = LimitError(f"need a smaller x or a greater tolerance; x = {domain.shown(x)} needs too many partitions")
    try:
        y = float(theta * x) * inverse
    except OverflowError:
        raise too_large from None
    if not (y > 0).all():
        raise DomainError(f"need x within the range of floats, got {domain.shown(x)}")
    a, b = theta * (rows - 1) + 1, theta * (n + rows - 1) + 1
    try:
        series = at_eigenvalues([a], [b], y, beta=beta, tolerance=tolerance, log=True)
    except LimitError:
        raise too_large from None
    parts = [
        log_multivariate_gamma(float(a), rows, float(theta)),
        -log_multivariate_gamma(float(b), rows, float(theta)),
        float(theta * n) * float(np.log(y).sum()),
        -float(y.sum()),
        series.value,
    ]
    value = math.exp(min(0.0, math.fsum(parts)))
    roundings = 4 * rows * UNIT * sum(map(abs, parts))
    return HypergeometricValue(value, value * (math.expm1(series.error) + roundings), series.order, series.proved)
