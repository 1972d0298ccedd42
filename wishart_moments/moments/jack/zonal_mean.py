"""James' theorem: the mean of a zonal polynomial of S is a multiple of that polynomial at Σ."""

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from wishart_moments.moments import zonal
from wishart_moments.moments.jack.zonal_polynomial import as_label, as_rational, zonal_polynomial
from wishart_moments.moments.polynomials import at_n, evaluate, to_sympy
from wishart_moments.moments.wishart import Wishart

if TYPE_CHECKING:
    import sympy


def expected_zonal(
    kappa: Sequence[int],
    m: Any = None,
    n: Any = None,
    *,
    sigma: Any = 1,
    beta: Any = 1,
    scale: Any = None,
) -> "int | Fraction | float | sympy.Expr":
    """Return E C_κ(S) = σ^{2k} 2^k (n/2)_κ C_κ(Σ), James' theorem, for S = Σ^{1/2} W Wᵀ Σ^{1/2}.

    (x)_κ = Π_{(i,j)∈κ} (x − (i−1)/2 + j − 1); for other β the factor 2^k (n/2)_κ is Π (n + (2/β)(j−1) − (i−1)).

    Args:
        kappa: κ, positive integers in any order, of sum k (k <= 16 where a scale is given).
        m, n, sigma, beta, scale: as for `trace_product_moment`.

    Returns:
        Exact: int or Fraction at exact numbers, else a SymPy polynomial; floats for floats, rounded once.

    Raises:
        DomainError: for an argument outside its domain.
        LimitError: for k > 16 with a scale.
        MethodError: for a symbolic beta.

    References:
        James, Ann. Math. Statist. 35 (1964) 475; Muirhead (1982), section 7.2.

    Example:
        >>> expected_zonal([2], 4, 7), expected_zonal([2], n=7, scale=[[2, 1], [1, 2]])
        (504, 756)
    """
    label, law = as_label(kappa), Wishart(m, n, sigma=sigma, beta=as_rational(beta), scale=scale)
    if law.scale is not None:
        c = zonal_polynomial(label, beta=law.beta)
        growth = at_n(zonal.zonal_growth(label, c.beta), law.n)
        value = law.scale.combination({mu: growth * x for mu, x in c.coefficients.items()})
    else:
        moment = zonal.expected_zonal(label, law.beta)
        value = evaluate(moment, law.m, law.n) if law.numeric else to_sympy(moment, law.m, law.n)
    return law.scaled(value, 2 * sum(label))
