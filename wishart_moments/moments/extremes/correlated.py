"""The extreme eigenvalues of correlated complex Wishart matrices, any Σ and any point: a quotient of determinants.

For S = Σ^{1/2} W W^* Σ^{1/2}, W m×n complex, n > m − 1 real, a = n − m and s_i the eigenvalues of Σ^{−1}, those of S
have the density ∝ Π x_i^a V(x) det(e^{−s_i x_j}), so that with the regularised incomplete gamma functions P and Q

    P(λ_max <= x) V(s) = det( s_i^{m−j} P(a + j, s_i x) ),   P(λ_min > x) V(s) = det( s_i^{m−j} Q(a + j, s_i x) ),

i, j = 1, …, m, V as in `hermitian_cases`, where the limits for equal s_i are.

References: Khatri, Ann. Math. Statist. 35 (1964) 1807; Chiani, Win, Zanella, IEEE Trans. Inform. Theory 49 (2003) 2363.
"""

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from flint import arb

from wishart_moments.errors import LimitError
from wishart_moments.moments.balls import ball
from wishart_moments.moments.extremes.interval import proved
from wishart_moments.moments.extremes.proved_value import ProvedValue
from wishart_moments.moments.jack.hermitian_cases import quotient
from wishart_moments.precision import working_precision

MAX_ROWS = 100
"""The largest m."""


def correlated(
    inverse: Iterable[Fraction | float], n: Fraction, x: Fraction, *, upper: bool, complement: bool = False
) -> ProvedValue:
    """Return P(all eigenvalues lie below x), or above, or 1 less that; the error is some 1e-16 of the value.

    Args:
        inverse: the eigenvalues of Σ^{−1}, positive, each taken as exact.
        n: the degrees of freedom, > m − 1.
        x: a point > 0.
        upper: whether they lie above x.
        complement: whether 1 less the probability is meant, which is then as exact when it is small.

    Raises:
        LimitError: for m > 100, or where more than 16,384 bits would be needed.

    Example:
        >>> found = correlated([1.0, 3.0], Fraction(2), Fraction(1, 2), upper=True)  # e^{−2}
        >>> round(found.value, 15), found.error < 2e-17
        (0.135335283236613, True)
    """
    # Multiples of Σ do not matter: the nodes are the s_i x.
    points = sorted(Counter(Fraction(each) * x for each in inverse).items(), reverse=True)
    m = sum(count for _, count in points)
    if m > MAX_ROWS:
        raise LimitError(f"need m <= {MAX_ROWS} at a complex scale, got {m}")

    def found_at(bits: int) -> arb:
        with working_precision(bits):
            first = ball(n - m)
            return quotient(
                [(ball(each), count) for each, count in points],
                lambda j, y, count: _functions(first + j + 1, y, count, upper=upper),
            )

    return proved(found_at, x, complement=complement)


def _functions(c: Any, y: Any, count: int, *, upper: bool) -> list[Any]:
    """Return the coefficients of h^0, h^1, … of P(c, y + h), or Q: the derivative of P is y^{c−1} e^{−y}/Γ(c)."""
    result: list[Any] = [y.gamma_upper(c, regularized=1) if upper else y.gamma_lower(c, regularized=1)]
    powers, exponential = list[Any](), list[Any]()
    power, term = y ** (c - 1) * (-y).exp() / c.gamma(), arb(1)
    for t in range(count - 1):
        powers.append(power)
        exponential.append(term)
        density: Any = sum((powers[i] * exponential[t - i] for i in range(t + 1)), arb(0))
        result.append((-density if upper else density) / (t + 1))
        power *= (c - 1 - t) / ((t + 1) * y)
        term /= -(t + 1)
    return result
