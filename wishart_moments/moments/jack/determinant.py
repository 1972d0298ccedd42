"""The moments of the determinant of a Wishart matrix: |S| is |Σ| times independent gamma variables.

For S = Σ^{1/2} W W^† Σ^{1/2}, W m×n, a = 2/β, and an integer h >= 0

    E |S|^h = |Σ|^h Π_{i<m} Π_{t<h} (n − i + at),   E |S|^{−h} = |Σ|^{−h} / Π_{i<m} Π_{1<=t<=h} (n − i − at),

the second if n − m + 1 > ah. Both are means of zonal polynomials, of the rectangle κ = (h, …, h).

References: Muirhead, Aspects of Multivariate Statistical Theory (1982), theorem 3.2.14 and (14) there; Goodman, Ann.
Math. Statist. 34 (1963) 178 (the complex case).
"""

import math
from fractions import Fraction
from typing import Any, cast

import numpy as np
from flint import fmpq, fmpq_mat

from wishart_moments import domain
from wishart_moments.domain import jack_parameter
from wishart_moments.errors import DomainError, ExistenceError, LimitError, MethodError
from wishart_moments.moments.expectation import dimension, scaled
from wishart_moments.moments.polynomials import as_number
from wishart_moments.moments.scale import power_sums

MAX_FACTORS = 100_000
"""The largest m|h|."""


def determinant_moment(
    h: Any, m: Any = None, n: Any = None, *, sigma: Any = 1, beta: Any = 1, scale: Any = None
) -> Any:
    """Return E |S|^h for an integer h and S = Σ^{1/2} W W^† Σ^{1/2}, W m×n with entries of variance σ².

    Args:
        h: an integer of either sign.
        m: an integer >= 1, the dimension of scale where there is one.
        n: an integer >= 1, or a SymPy expression; None for the symbol n.
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
    dyson, sigma, n = domain.dyson_index(beta), domain.scale_parameter(sigma), dimension(n, "n")
    if not isinstance(dyson, Fraction):
        raise MethodError("the moments of the determinant need a number for beta, such as beta=1")
    h = domain.signed_order(h, "h")
    negative, power = h < 0, abs(h)
    a = jack_parameter(dyson)
    if scale is None:
        rows, determinant = domain.size(m, "m"), 1
    else:
        rows, determinant = _determinant(scale, hermitian=dyson == 2)
        if m is not None and domain.size(m, "m") != rows:
            raise DomainError(f"need m = {rows}, the dimension of scale, got {domain.shown(m)}")
    if rows * power > MAX_FACTORS:
        raise LimitError(f"need m|h| <= {MAX_FACTORS:,}, got {rows * power:,}")
    shifts = [a * t - i for i in range(rows) for t in range(power)]
    if negative:
        if isinstance(n, int) and not n - rows + 1 > a * power:
            least = math.floor(rows - 1 + a * power) + 1
            raise ExistenceError(f"need n − m + 1 > {a * power} for the mean: n >= {least} for m = {rows}, got n = {n}")
        if (not domain.is_symbolic(sigma) and sigma == 0) or determinant == 0:
            raise DomainError("need sigma > 0 and a positive definite scale for a negative power")
        shifts = [-a * (t + 1) - i for i in range(rows) for t in range(power)]
    factor = _product(n, shifts)
    signed = -power if negative else power
    value = (1 / factor if negative else factor) * (Fraction(determinant) ** signed if _is_exact(determinant) else 1)
    if _is_exact(determinant):
        return scaled(value, sigma, 2 * rows * signed)
    return scaled(value * determinant**signed, sigma, 2 * rows * signed)


def _is_exact(value: Any) -> bool:
    return isinstance(value, int | Fraction)


def _product(n: Any, shifts: list[Fraction]) -> Any:
    if isinstance(n, int):
        return math.prod((n + shift for shift in shifts), start=Fraction(1))
    import sympy

    return sympy.Mul(*(n + sympy.Rational(shift.numerator, shift.denominator) for shift in shifts))


def _determinant(scale: Any, *, hermitian: bool) -> tuple[int, Any]:
    """Return m and |Σ| of a positive semidefinite matrix, exact where Σ is."""
    rows: list[list[Any]] = scale.tolist() if hasattr(scale, "tolist") else [list(row) for row in scale]
    m = power_sums(rows, 0, hermitian=hermitian).dimension
    entries = [entry for row in rows for entry in row]
    if any(domain.is_symbolic(entry) for entry in entries):
        import sympy as untyped

        return m, cast(Any, untyped).expand(cast(Any, untyped).Matrix(rows).det())
    if any(isinstance(entry, complex) for entry in entries):
        return m, float(np.linalg.det(np.array([[complex(entry) for entry in row] for row in rows])).real)
    numbers = [[domain.number(entry, "every entry of scale", "to be real") for entry in row] for row in rows]
    if any(isinstance(entry, float) for row in numbers for entry in row):
        return m, float(np.linalg.det(np.array([[float(entry) for entry in row] for row in numbers])))
    exact = fmpq_mat([[fmpq(*entry.as_integer_ratio()) for entry in row] for row in numbers])
    return m, as_number(exact.det())
