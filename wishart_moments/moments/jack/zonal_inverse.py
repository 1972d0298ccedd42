"""E C_κ(S^{-1}): the zonal polynomials are eigenfunctions of taking the mean over inverse Wishart matrices, too.

With the contents u = a(j−1) − (i−1) of the boxes (i, j) of κ, a = 2/β, and c = n − m + 1 − a,

    E C_κ(S^{-1}) = C_κ(Σ^{-1}) / Π (c − u),   S = Σ^{1/2} W W^† Σ^{1/2}.

The mean exists just if every factor is positive. The least of them belongs to the end of the first row, so the
condition is n − m + 1 > a κ_1: weaker than n − m + 1 > ak, which E (tr S^{-1})^k needs. (The smallest eigenvalue λ of S
has a density like λ^{(n−m+1)/a − 1} at 0, and C_κ(S^{-1}) grows like λ^{−κ_1}; j eigenvalues that vanish together ask
for j(n−m+1)/a + j(j−1)/a > κ_1 + … + κ_j, which is less. For m = 1, S is Γ(n/a) and E S^{-k} needs n/a > k.)

References: James, Ann. Math. Statist. 35 (1964) 475; Constantine, Ann. Math. Statist. 34 (1963) 1270; Muirhead, Aspects
of Multivariate Statistical Theory (1982), theorem 7.2.13.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from flint import fmpq, fmpq_mat

from wishart_moments import domain
from wishart_moments.combinatorics.partitions import Partition
from wishart_moments.domain import jack_parameter
from wishart_moments.errors import DomainError, ExistenceError
from wishart_moments.moments.expectation import dimension, scaled
from wishart_moments.moments.jack.zonal_polynomial import as_label, as_rational, zonal_polynomial
from wishart_moments.moments.polynomials import as_number
from wishart_moments.moments.scale import power_sums

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
        >>> expected_inverse_zonal([1], 3, 4)
        Traceback (most recent call last):
        wishart_moments.errors.ExistenceError: need n − m + 1 > 2 for the mean to exist: n >= 5 for m = 3, got n = 4
    """
    label = as_label(kappa)
    sigma, dyson = domain.scale_parameter(sigma), as_rational(beta)
    if not domain.is_symbolic(sigma) and not sigma > 0:
        raise DomainError("need sigma > 0 for the mean of the inverse, got 0")
    n, c = dimension(n, "n"), zonal_polynomial(label, beta=dyson)
    if scale is None:
        rows = dimension(m, "m")
        value = c.at_identity(rows)
    else:
        inverse = _inverse(scale, hermitian=dyson == 2)
        rows = len(inverse)
        if m is not None and dimension(m, "m") != rows:
            raise DomainError(f"need m = {rows}, the dimension of scale, got {domain.shown(m)}")
        value = c(inverse)
    _refuse_infinite(label, rows, n, jack_parameter(dyson))
    factor = _inverse_growth(label, rows, n, jack_parameter(dyson))
    if isinstance(value, float):
        value = Fraction(value)
        return float(scaled(value * factor, sigma, -2 * sum(label))) if isinstance(factor, Fraction) else factor * value
    return scaled(value * factor, sigma, -2 * sum(label))


def _refuse_infinite(kappa: Partition, m: Any, n: Any, a: Fraction) -> None:
    if not (isinstance(m, int) and isinstance(n, int)):
        return
    bound = a * (kappa[0] if kappa else 0)
    if not n - m + 1 > bound:
        least = math.floor(m - 1 + bound) + 1
        raise ExistenceError(f"need n − m + 1 > {bound} for the mean to exist: n >= {least} for m = {m}, got n = {n}")


def _inverse_growth(kappa: Partition, m: Any, n: Any, a: Fraction) -> Any:
    """Return 1 / Π (n − m + 1 − a − u) over the boxes; 0 where κ has more than m rows, and C_κ vanishes."""
    if isinstance(m, int) and len(kappa) > m:
        return Fraction(0)
    numeric = isinstance(m, int) and isinstance(n, int)
    result: Any = Fraction(1)
    if not numeric:
        import sympy

        result = sympy.Integer(1)
    for i, part in enumerate(kappa):
        for j in range(part):
            shift = i + 1 - a * (j + 1)
            if not numeric:
                import sympy

                shift = sympy.Rational(shift.numerator, shift.denominator)
            result = result / (n - m + shift)
    return result


def _inverse(scale: Any, *, hermitian: bool) -> list[list[Any]]:
    """Return Σ^{-1} for a positive definite Σ, exact where Σ is."""
    power_sums(scale, 0, hermitian=hermitian)
    rows: list[list[Any]] = scale.tolist() if hasattr(scale, "tolist") else [list(row) for row in scale]
    entries = [entry for row in rows for entry in row]
    singular = DomainError("need a positive definite scale for the mean of the inverse")
    if any(domain.is_symbolic(entry) for entry in entries):
        import sympy as untyped

        matrix = cast(Any, untyped).Matrix(rows)
        if matrix.det() == 0:
            raise singular
        return matrix.inv().applyfunc(cast(Any, untyped).simplify).tolist()
    if any(isinstance(entry, complex) for entry in entries):
        return _float_inverse(np.array([[complex(entry) for entry in row] for row in rows]), singular)
    numbers = [[domain.number(entry, "every entry of scale", "to be real") for entry in row] for row in rows]
    if any(isinstance(entry, float) for row in numbers for entry in row):
        return _float_inverse(np.array([[float(entry) for entry in row] for row in numbers]), singular)
    try:
        inverse = fmpq_mat([[fmpq(*entry.as_integer_ratio()) for entry in row] for row in numbers]).inv()
    except ZeroDivisionError:
        raise singular from None
    return [[as_number(entry) for entry in row] for row in inverse.tolist()]


def _float_inverse(matrix: Any, singular: DomainError) -> list[list[Any]]:
    eigenvalues, vectors = np.linalg.eigh(matrix)
    if not eigenvalues.min() > len(matrix) * np.finfo(float).eps * eigenvalues.max():
        raise singular
    inverse = (vectors / eigenvalues) @ vectors.conj().T
    return ((inverse + inverse.conj().T) / 2).tolist()
