"""Partial sums of hypergeometric functions of a matrix argument, exact: the sum over |κ| <= K, by power sums.

With C_κ = Σ_λ c p_λ the sum is one polynomial in p_1, …, p_K, and it is evaluated as such: at integers and fractions it
is a fraction, at symbols a SymPy expression. A series that ends, since a parameter is an integer −N, ends with
κ = (N, …, N), |κ| = mN.

References: Constantine, Ann. Math. Statist. 34 (1963) 1270; Muirhead, Aspects of Multivariate Statistical Theory
(1982), 7.3.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import factorial, prod
from typing import Any

from wishart_moments import domain
from wishart_moments.combinatorics.partitions import Partition, partitions
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments.admission import admit, named
from wishart_moments.moments.polynomials import as_number
from wishart_moments.moments.zonal import MAX_DEGREE, zonal_coefficients


def generalised_pochhammer(a: Any, kappa: Partition, beta: Any = 1) -> Any:
    """Return (a)_κ = Π_{(i,j)∈κ} (a + j − 1 − θ(i−1)), θ = β/2; exact, or a SymPy expression for a symbolic a.

    Example:
        >>> generalised_pochhammer(3, (2, 1)), generalised_pochhammer(3, (2, 1), beta=2)
        (Fraction(30, 1), Fraction(24, 1))
    """
    dyson = domain.dyson_index(beta)
    if not isinstance(dyson, Fraction):
        raise MethodError("the generalised Pochhammer symbol needs a number for beta, such as beta=1")
    shifts = [j - dyson / 2 * i for i, part in enumerate(kappa) for j in range(part)]
    if domain.is_symbolic(a):
        return prod((a + shift for shift in shifts), start=Fraction(1))
    value = Fraction(domain.number(a, "a", "to be real"))
    return prod((value + shift for shift in shifts), start=Fraction(1))


def listed(values: Any, name: str) -> list[Any]:
    """Return the parameters as a list."""
    try:
        return list(values)
    except TypeError:
        raise DomainError(f"need a list of {name} parameters, such as [0.5], got {domain.shown(values)}") from None


def hypergeometric_partial_sum(
    upper: Sequence[Any], lower: Sequence[Any], x: Any, order: Any, *, y: Any = None, beta: Any = 1
) -> Any:
    """Return Σ_{|κ| <= K} Π(a)_κ/Π(b)_κ C_κ(X)/|κ|!, or with C_κ(X) C_κ(Y)/C_κ(I) for two matrices.

    Args:
        upper, lower: the a_i and b_j: numbers, taken for exact, or SymPy expressions.
        x, y: m×m symmetric matrices (complex Hermitian for beta=2); exact, symbolic or float entries.
        order: K <= 16.
        beta: 1, or a positive rational.

    Returns:
        int or Fraction for exact matrices, float for floats (which lose digits by cancellation: use
        `hypergeometric`), SymPy for symbols.

    Raises:
        DomainError: at a pole, for a matrix that is none.
        LimitError: for K > 16.

    Example:
        >>> hypergeometric_partial_sum([-1], [3], [[1, 0], [0, 2]], 2)  # it ends: 1 − p_1/3 + C_(1,1)/10
        Fraction(4, 15)
    """
    k, dyson = domain.order(order, "order"), domain.dyson_index(beta)
    if not isinstance(dyson, Fraction):
        raise MethodError("hypergeometric functions need a number for beta, such as beta=1")
    if k > MAX_DEGREE:
        raise LimitError(f"need order <= {MAX_DEGREE} for exact partial sums, got {k}; in floats use hypergeometric")
    with named("x"):
        first = admit(x, hermitian=dyson == 2, definite=False)
    with named("y"):
        second = None if y is None else admit(y, hermitian=dyson == 2, definite=False)
    m = first.dimension
    if second is not None and second.dimension != m:
        raise DomainError(f"need two matrices of one size, got {m} and {second.dimension} rows")
    upper, lower = listed(upper, "upper"), listed(lower, "lower")
    total: Any = 0
    for label in (label for j in range(k + 1) for label in partitions(j) if len(label) <= m):
        numerator = prod((generalised_pochhammer(a, label, dyson) for a in upper), start=Fraction(1))
        denominator = prod((generalised_pochhammer(b, label, dyson) for b in lower), start=Fraction(1))
        if denominator == 0:
            raise DomainError(f"need lower parameters with no (b)_κ = 0; it vanishes for κ = {label}")
        if numerator == 0:
            continue
        coefficients = {mu: as_number(c) for mu, c in zonal_coefficients(label, dyson).items()}
        value = first.combination(coefficients)
        if second is not None:
            identity = sum(Fraction(c) * m ** len(mu) for mu, c in coefficients.items())
            value = value * second.combination(coefficients) / identity
        total = total + numerator / (denominator * factorial(sum(label))) * value
    return int(total) if isinstance(total, Fraction) and total.denominator == 1 else total
