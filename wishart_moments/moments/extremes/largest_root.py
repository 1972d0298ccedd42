"""The largest root of MANOVA: Roy's test at finite size, exactly.

The eigenvalues θ of B = S_1(S_1 + S_2)^{-1}, S_i Wishart of n_i degrees of freedom with one Σ, have the density
∝ Π θ_i^p (1 − θ_i)^q Π |θ_i − θ_j|^β on [0, 1], p = (β/2)(n_1 − m + 1) − 1, q = (β/2)(n_2 − m + 1) − 1; in the weights
of `interval`, a = n_1 − m and b = n_2 − m for β = 1, 2, twice that for β = 4. The law of the largest one is that of
Roy's statistic where there is no effect, with n_1 degrees of freedom of the hypothesis and n_2 of the error. For
n_1 < m the non-zero eigenvalues are those of the sizes (n_1, m, n_1 + n_2 − m).

References: Roy, Ann. Math. Statist. 24 (1953) 220; Pillai, Biometrika 54 (1967) 189; Johnstone, Ann. Statist. 36 (2008)
2638; Chiani, Adv. Appl. Probab. 48 (2016) (by monomials).
"""

from fractions import Fraction
from typing import Any

from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments.extremes.interval import probability
from wishart_moments.moments.extremes.proved_value import ProvedValue
from wishart_moments.moments.extremes.weights import Jacobi
from wishart_moments.moments.extremes.wishart_eigenvalues import MAX_COLUMNS, MAX_ROWS
from wishart_moments.moments.manova.traces import TwoWisharts


def manova_largest_root_cdf(x: Any, m: Any, n1: Any, n2: Any, *, beta: Any = 1, survival: bool = False) -> ProvedValue:
    """Return P(θ_max <= x), or P(θ_max > x), for the largest eigenvalue of B = S_1(S_1 + S_2)^{-1}.

    Args:
        x: a number from 0 to 1.
        m: the dimension.
        n1, n2: the degrees of freedom of hypothesis and error, integers >= 1 or real numbers > m − 1.
        beta: 1, 2 or 4.
        survival: whether P(θ_max > x) is meant, which is then as exact where it is small.

    Returns:
        The probability and a proved bound of its error, some 1e-16 of the value.

    Raises:
        DomainError, MethodError: for an argument outside its domain.
        LimitError: for m > 300 or n1, n2 > 100,000.

    Cost:
        A millisecond at m = 10, half a second at m = 200; more in the far tails.

    References:
        See the module `largest_root`.

    Example:
        >>> manova_largest_root_cdf("1/2", 1, 2, 2).value  # uniform
        0.5
        >>> round(manova_largest_root_cdf(0.6, 5, 7, 30).value, 12)
        0.969793841275
    """
    point, survival = Fraction(domain.number(x, "x", "from 0 to 1")), domain.flag(survival, "survival")
    if not 0 <= point <= 1:
        raise DomainError(f"need x from 0 to 1, got {domain.shown(x)}; a root of S1 S2^-1 is x/(1 - x)")
    law = TwoWisharts(domain.size(m, "m"), n1, n2, beta)
    if not law.numeric:
        raise MethodError("the distribution function needs numbers for n1 and n2")
    if law.beta not in (1, 2, 4):
        raise MethodError(f"the largest root is for beta = 1, 2 and 4, got {domain.shown(beta)}")
    rows, a, b = law.m, law.n1, law.n2
    if a <= rows - 1:
        rows, a, b = a, rows, a + b - rows
    if point == 1 or b <= rows - 1:
        # For n_2 < m an eigenvalue is 1.
        return ProvedValue(float((point == 1) != survival), 0.0)
    if point == 0:
        return ProvedValue(float(survival), 0.0)
    if rows > MAX_ROWS or max(a, b) > MAX_COLUMNS:
        raise LimitError(
            f"need m <= {MAX_ROWS} and n1, n2 <= {MAX_COLUMNS:,}, got {domain.shown((law.m, law.n1, law.n2))}"
        )
    if rows == 1:  # a beta variable: its density is w itself
        p, q = (law.beta / 2 * n - 1 for n in (a, b))
        return probability(Jacobi(p, q), point, 1, 2, complement=survival)
    factor = 2 if law.beta == 4 else 1
    p, q = factor * (Fraction(a) - rows), factor * (Fraction(b) - rows)
    if min(p, q) <= -1:
        raise LimitError("need n1, n2 > m - 1/2 at beta = 4, or integers")
    return probability(Jacobi(p, q), point, rows, int(law.beta), complement=survival)


def roy_test(root: Any, m: Any, n1: Any, n2: Any, *, of: str = "B", beta: Any = 1) -> ProvedValue:
    """Return the p-value of Roy's largest root: the probability of a larger one where there is no effect.

    Args:
        root: the largest eigenvalue of H(H + E)^{-1} (of="B", the squared canonical correlation), or of HE^{-1}.
        m: the number of variables.
        n1, n2: the degrees of freedom of hypothesis H and error E, as for `manova_largest_root_cdf`.
        of: "B", or "F" where the root is one of HE^{-1}, as many programs print it.
        beta: 1, 2 or 4.

    Returns:
        The p-value and a proved bound of its error, which is small beside small p-values too.

    Raises:
        DomainError: for root < 0, root > 1 with of="B", and other arguments outside their domains.
        MethodError, LimitError: as `manova_largest_root_cdf` does.

    Example:
        Three groups of 12 in 4 variables, largest root of HE^{-1} 0.9:

        >>> roy_test("0.9", 4, 2, 33, of="F")
        ProvedValue(0.00237843845988506 +- 1.7e-19)
    """
    domain.choice(of, ("B", "F"), "of")
    value = Fraction(domain.number(root, "root", ">= 0"))
    if value < 0:
        raise DomainError(f"need root >= 0, got {domain.shown(root)}")
    at = value / (1 + value) if of == "F" else value
    return manova_largest_root_cdf(at, m, n1, n2, beta=beta, survival=True)
