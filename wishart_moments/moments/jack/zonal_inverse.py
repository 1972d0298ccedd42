"""E C_κ(S^{-1}): the zonal polynomials are eigenfunctions of taking the mean over inverse Wishart matrices, too.

With the contents u = a(j−1) − (i−1) of the boxes (i, j) of κ, a = 2/β, and c = n − m + 1 − a,

    E C_κ(S^{-1}) = C_κ(Σ^{-1}) / Π (c − u),   S = Σ^{1/2} W W^† Σ^{1/2}.

The mean exists if and only if every factor is positive. The least of them belongs to the end of the first row, so the
condition is n − m + 1 > a κ_1: weaker than n − m + 1 > ak, which E (tr S^{-1})^k needs. (The smallest eigenvalue λ of S
has a density like λ^{(n−m+1)/a − 1} at 0, and C_κ(S^{-1}) grows like λ^{−κ_1}; j eigenvalues that vanish together ask
for j(n−m+1)/a + j(j−1)/a > κ_1 + … + κ_j, which is less. For m = 1, S is Γ(n/a) and E S^{-k} needs n/a > k.)

References: James, Ann. Math. Statist. 35 (1964) 475; Constantine, Ann. Math. Statist. 34 (1963) 1270; Muirhead, Aspects
of Multivariate Statistical Theory (1982), theorem 7.2.13.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from wishart_moments.combinatorics.partitions import Partition
from wishart_moments.domain import is_number, is_symbolic, jack_parameter
from wishart_moments.moments.jack.zonal_polynomial import as_label, as_rational, zonal_polynomial
from wishart_moments.moments.wishart import Wishart

if TYPE_CHECKING:
    import sympy


def expected_inverse_zonal(
    kappa: Sequence[int],
    m: Any = None,
    n: Any = None,
    *,
    sigma: Any = 1,
    beta: Any = 1,
    scale: Any = None,
) -> "int | Fraction | float | sympy.Expr":
    """Return E C_κ(S^{-1}) = σ^{−2k} C_κ(Σ^{-1}) / Π_{(i,j)∈κ} (n − m + i − aj), a = 2/β, for S = Σ^{1/2} W Wᵀ Σ^{1/2}.

    Args:
        kappa: κ, positive integers in any order, of sum k <= 16.
        m, n, beta: as for `trace_product_moment`.
        sigma: as there, but not 0.
        scale: Σ, as there, but positive definite.

    Returns:
        int or Fraction, a float where the scale or sigma is, or with a symbolic m or n a rational function of them.

    Raises:
        ExistenceError: unless n − m + 1 > a κ_1.
        DomainError, MethodError, LimitError: as for `trace_product_moment`.

    References:
        Constantine, Ann. Math. Statist. 34 (1963) 1270; Muirhead (1982), theorem 7.2.13.

    Example:
        >>> expected_inverse_zonal([1], 3, 5), expected_inverse_zonal([1, 1], 2, 6, scale=[[2, 1], [1, 2]])
        (3, Fraction(1, 27))
        >>> expected_inverse_zonal([1], 3, 4)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        wishart_moments.errors.ExistenceError: need n - m + 1 > 2 for a finite moment at beta = 1, got m = 3, n = 4; ...
    """
    label, law = as_label(kappa), Wishart(m, n, sigma=sigma, beta=as_rational(beta), scale=scale)
    # The condition is that of E (tr S^{-1})^{κ_1}.
    law.require([-label[0]] if label else [])
    c = zonal_polynomial(label, beta=law.beta)
    value = c.at_identity(law.m) if law.scale is None else c(law.scale.inverse.as_given())
    factor = _inverse_growth(label, law)
    if isinstance(value, float) and isinstance(factor, Fraction) and not is_symbolic(law.sigma):
        return float(law.scaled(Fraction(value) * factor, -2 * sum(label)))
    return law.scaled(value * factor, -2 * sum(label))


def _inverse_growth(kappa: Partition, law: Wishart) -> Any:
    """Return 1 / Π (n − m + 1 − a − u) over the boxes; 0 where κ has more than m rows, and C_κ vanishes."""
    if is_number(law.m) and len(kappa) > law.m:
        return Fraction(0)
    a = jack_parameter(law.beta)
    result: Any = Fraction(1)
    number: Any = Fraction
    if not law.numeric:
        import sympy

        result = sympy.Integer(1)
        number = sympy.Rational
    for i, part in enumerate(kappa):
        for j in range(part):
            result = result / (law.n - law.m + number(i + 1 - a * (j + 1)))
    return result
