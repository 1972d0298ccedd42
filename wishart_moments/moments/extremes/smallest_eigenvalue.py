"""The smallest eigenvalue of a Wishart matrix at finite size: in closed form, or by a finite sum.

The closed forms are for Σ = I and for complex matrices. For S = Σ^{1/2} W W^† Σ^{1/2}, W m×n, θ = β/2 and
r = θ(n − m + 1) − 1 an integer >= 0, with Y = θ x Σ^{−1},

    P(λ_min(S) > x) = etr(−Y) Σ_κ C_κ(Y)/|κ|!,   κ with at most m parts, κ_1 <= r:

real, n = m + 1, and complex, n = m: etr(−Y) alone. Every term is positive.

References: Khatri, Ann. Math. Statist. 43 (1972) 47; Muirhead, Aspects of Multivariate Statistical Theory (1982),
corollary 9.7.4; Edelman, SIAM J. Matrix Anal. Appl. 9 (1988) 543.
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wishart_moments import domain
from wishart_moments.errors import LimitError, MethodError
from wishart_moments.moments.extremes.proved_value import ProvedValue
from wishart_moments.moments.extremes.wishart_eigenvalues import WishartEigenvalues
from wishart_moments.moments.jack.jack_branching import partition_rows
from wishart_moments.moments.jack.jack_evaluation import UNIT, JackValues


def smallest_eigenvalue_cdf(
    x: Any, m: Any, n: Any, *, scale: Any = None, beta: Any = 1, survival: bool = False
) -> ProvedValue:
    """Return P(λ_min(S) <= x), or P(λ_min(S) > x), for S = Σ^{1/2} W W^† Σ^{1/2}, W m×n with entries of variance 1.

    Args:
        x: a number >= 0.
        m, n: the dimension and the degrees of freedom, n an integer or a real number > m − 1; n > m − 1 where there is
            a scale. For n < m, λ_min is 0.
        scale: Σ, m×m positive definite, real symmetric or for beta=2 complex Hermitian; the identity by default.
        beta: 1 real, 2 complex, 4 quaternion; another positive rational where r = β(n − m + 1)/2 − 1 is an integer.
        survival: whether P(λ_min > x) is meant, which is then as exact where it is small.

    Returns:
        The probability and a proved bound of its error: some 1e-16 of it in the closed form, for beta = 2 and at
        multiples of I for beta = 1, 4; elsewhere 1e-13 or so. It is given the eigenvalues of Σ: of one that is not
        diagonal those are found in floats.

    Raises:
        DomainError: for an argument outside its domain.
        MethodError: at another scale or beta, unless r is an integer.
        LimitError: at another scale where mr is too large; for m > 300, 100 at a complex scale, or n > 100,000.

    Cost:
        The closed form: a millisecond at m = 10, 0.3 s at m = 200; more in the far tails.

    References:
        Khatri (1972); Muirhead (1982), corollary 9.7.4; Edelman (1988).

    Example:
        >>> smallest_eigenvalue_cdf("1/2", 3, 4)  # 1 − e^{−3/4}
        ProvedValue(0.527633447258985 +- 1.8e-17)
        >>> round(smallest_eigenvalue_cdf(0.1, 2, 5, scale=[[2, 1], [1, 2]]).value, 12)
        0.00160615653
    """
    law, survival = WishartEigenvalues(x, m, n, scale, beta), domain.flag(survival, "survival")
    if law.point == 0 or law.zeros:
        return ProvedValue(float(bool(law.zeros) != survival), 0.0)
    if (found := law.closed_form(upper=True, complement=not survival)) is not None:
        return found
    theta = law.beta / 2
    r = theta * (law.n - law.rows + 1) - 1
    if r.denominator != 1:
        raise MethodError(
            f"need beta (n - m + 1)/2 - 1 to be an integer at this scale and beta, got {domain.shown(r)}; "
            "beta = 2 takes every n, and beta = 1, 4 at multiples of I"
        )
    try:
        factor = float(theta * law.point)
    except OverflowError:
        raise LimitError(f"need (beta/2) x within the range of floats, got beta = {domain.shown(law.beta)}") from None
    above, error = finite_sum(factor * law.inverse, int(r), law.beta)
    if r == 0 and not survival:
        # Nothing is lost where it is small.
        trace = factor * float(law.inverse.sum())
        below = -math.expm1(-trace)
        return ProvedValue(below, (law.rows + 8) * UNIT * trace * math.exp(-trace) + 4 * UNIT * below)
    return ProvedValue(above, error) if survival else ProvedValue(max(1 - above, 0.0), error + UNIT)


def finite_sum(y: NDArray[np.float64], r: int, beta: Fraction) -> tuple[float, float]:
    """Return etr(−Y) Σ C_κ(Y)/|κ|! over κ_1 <= r, and a bound of its rounding errors.

    Args:
        y: the eigenvalues of Y, positive.
        r: an integer >= 0.
        beta: a positive rational.

    Raises:
        LimitError: for too many partitions.

    Example:
        >>> finite_sum(np.array([0.5, 1.0]), 0, Fraction(1))[0] == math.exp(-1.5)
        True
    """
    m, jack, total, units, logarithm = len(y), JackValues(y, beta), 1.0, 0.0, 0.0
    if r:
        jack.refuse(m * r)
    for k in range(1, m * r + 1):
        kappa = partition_rows(k, jack.rows)
        terms = jack.extend()
        kept = kappa[:, 0] <= r
        if not kept.any():
            break
        logarithm = k * math.log(jack.scale)
        factorials = np.array([sum(math.lgamma(part + 1) for part in row) for row in kappa[kept].tolist()])
        term = float((terms[kept] * np.exp(logarithm - factorials)).sum())
        total += term
        units += term * (jack.roundings + 40 + 4 * k + 4 * abs(logarithm) + 4 * float(factorials.max()))
    trace = float(y.sum())
    value = math.exp(math.log(total) - trace)
    return value, value * UNIT * (units / total + 8 * m * trace + 4 * abs(math.log(total)) + 16)
