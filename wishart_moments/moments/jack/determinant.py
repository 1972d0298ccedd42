"""The moments of the determinant of a Wishart matrix: |S| is |Σ| times independent gamma variables.

For S = Σ^{1/2} W W^† Σ^{1/2}, W m×n, a = 2/β, and an integer h >= 0

    E |S|^h = |Σ|^h Π_{i<m} Π_{t<h} (n − i + at),   E |S|^{−h} = |Σ|^{−h} / Π_{i<m} Π_{1<=t<=h} (n − i − at),

the second if n − m + 1 > ah. Both are means of zonal polynomials, of the rectangle κ = (h, …, h).

References: Muirhead, Aspects of Multivariate Statistical Theory (1982), theorem 3.2.14 and (14) there; Goodman, Ann.
Math. Statist. 34 (1963) 178 (the complex case).
"""

import math
from fractions import Fraction
from typing import Any

from wishart_moments import domain
from wishart_moments.domain import is_number, jack_parameter
from wishart_moments.errors import LimitError
from wishart_moments.moments.jack.zonal_polynomial import as_rational
from wishart_moments.moments.wishart import Wishart

MAX_FACTORS = 100_000
"""The largest m|h|."""


def determinant_moment(
    h: Any, m: Any = None, n: Any = None, *, sigma: Any = 1, beta: Any = 1, scale: Any = None
) -> Any:
    """Return E |S|^h for an integer h and S = Σ^{1/2} W W^† Σ^{1/2}, W m×n with entries of variance σ².

    Args:
        h: an integer of either sign.
        m: an integer >= 1, the dimension of scale where there is one.
        n: an integer >= 1 or a real number > m − 1, or a SymPy expression; None for the symbol n.
        sigma, beta: as for `trace_product_moment`; a number for beta, and sigma > 0 where h < 0.
        scale: Σ, positive semidefinite, and definite where h < 0; the identity by default.

    Returns:
        int or Fraction; a float where the scale or sigma is; SymPy with a symbol.

    Raises:
        ExistenceError: for h < 0 unless n − m + 1 > a|h|.
        DomainError, MethodError: for an argument outside its domain.

    Example:
        >>> determinant_moment(1, 2, 5), determinant_moment(-1, 2, 5)
        (20, Fraction(1, 6))
        >>> determinant_moment(1, n=5, scale=[[2, 1], [1, 2]])
        60
        >>> determinant_moment(2, 2)
        n*(n - 1)*(n + 1)*(n + 2)
    """
    h, law = domain.signed_order(h, "h"), Wishart(m, n, sigma=sigma, beta=as_rational(beta), scale=scale)
    rows, power, a = domain.size(law.m, "m"), abs(h), jack_parameter(law.beta)
    if rows * power > MAX_FACTORS:
        raise LimitError(f"need m|h| <= {MAX_FACTORS:,}, got {domain.shown(rows * power)}")
    law.require([-1] * power if h < 0 else [])
    shifts = [-a * (t + 1) - i if h < 0 else a * t - i for i in range(rows) for t in range(power)]
    factor = _product(law.n, shifts)
    value = 1 / factor if h < 0 else factor
    if law.scale is not None:
        determinant = law.scale.inverse.determinant if h < 0 else law.scale.determinant
        value = value * (Fraction(determinant) if isinstance(determinant, int) else determinant) ** power
    return law.scaled(value, 2 * rows * h)


def _product(n: Any, shifts: list[Fraction]) -> Any:
    if is_number(n):
        return math.prod((n + shift for shift in shifts), start=Fraction(1))
    import sympy

    return sympy.Mul(*(n + sympy.Rational(shift.numerator, shift.denominator) for shift in shifts))
