"""The power sums p_j(Σ) = tr Σ^j of a scale matrix, exact, in floats or symbolic, after its admission."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from flint import fmpq, fmpq_mat

from wishart_moments.combinatorics.partitions import Partition
from wishart_moments.domain import is_symbolic, number, shown
from wishart_moments.errors import DomainError
from wishart_moments.moments.polynomials import as_number

TOLERANCE = 1e-10
"""How far, relative to its largest entry, a float matrix may be from symmetric and from positive semidefinite."""

_REAL = "need a real symmetric scale; a complex Hermitian one goes with beta=2"
OVERFLOW = "the moment exceeds the range of floats; give scale in exact numbers"


@dataclass(frozen=True)
class PowerSums:
    """The dimension m of a scale matrix and its power sums p_1, …, p_k (int, Fraction, float or SymPy expressions)."""

    dimension: int
    values: tuple[Any, ...]

    def __call__(self, parts: Sequence[int]) -> Any:
        """Return p_μ(Σ) = Π_i p_{μ_i}(Σ)."""
        product: Any = 1
        for part in parts:
            product = product * self.values[part - 1]
        return product

    def combination(self, coefficients: Mapping[Partition, Any]) -> Any:
        """Return Σ_μ c_μ p_μ(Σ).

        Raises:
            DomainError: if a float overflows.
        """
        try:
            total = sum(c * self(mu) for mu, c in coefficients.items())
        except OverflowError:
            total = math.inf
        if isinstance(total, float) and not math.isfinite(total):
            raise DomainError(OVERFLOW)
        return total


def power_sums(scale: Any, k: int, *, hermitian: bool = False, definite: bool = True) -> PowerSums:
    """Return p_1(Σ), …, p_k(Σ).

    Args:
        scale: Σ, an m×m symmetric positive semidefinite matrix: NumPy array, SymPy matrix or nested lists. Integers,
            fractions and SymPy rationals are computed with exactly, floats in float64, other SymPy entries
            symbolically (then definiteness is not checked where they have free symbols).
        k: the last power.
        hermitian: whether Σ may be complex Hermitian.
        definite: whether Σ must be positive semidefinite.

    Raises:
        DomainError: if Σ is not square, not symmetric or not positive semidefinite, or has an entry that is no finite
            number.

    Example:
        >>> power_sums([[2, 1], [1, 2]], 3)
        PowerSums(dimension=2, values=(4, 10, 28))
    """
    rows = _rows(scale)
    entries = [entry for row in rows for entry in row]
    if any(is_symbolic(entry) for entry in entries):
        return _symbolic(
            [[admitted_entry(entry) for entry in row] for row in rows], k, hermitian=hermitian, definite=definite
        )
    if any(isinstance(entry, complex) for entry in entries):
        if not hermitian:
            raise DomainError(_REAL)
        return _floats(
            _array([[admitted_entry(entry) for entry in row] for row in rows], complex), k, definite=definite
        )
    numbers = [[admitted_entry(entry) for entry in row] for row in rows]
    if any(isinstance(entry, float) for row in numbers for entry in row):
        return _floats(_array(numbers, float), k, definite=definite)
    return _exact(
        fmpq_mat([[fmpq(*entry.as_integer_ratio()) for entry in row] for row in numbers]), k, definite=definite
    )


def _rows(scale: Any) -> list[list[Any]]:
    refusal = "need scale to be a square matrix, such as [[2, 1], [1, 2]] or a NumPy or SymPy matrix"
    try:
        rows = scale.tolist() if hasattr(scale, "tolist") else [list(row) for row in scale]
        shapes = [len(row) for row in rows]
    except TypeError:
        raise DomainError(f"{refusal}, got {type(scale).__name__}") from None
    if not rows or shapes != [len(rows)] * len(rows):
        raise DomainError(f"{refusal}, got rows of lengths {shown(shapes)}")
    return rows


def admitted_entry(entry: Any) -> Any:
    """Return an entry of a scale: symbolic or complex as it is, otherwise int, Fraction or float."""
    known = is_symbolic(entry) or isinstance(entry, complex)
    return entry if known else number(entry, "every entry of scale", "to be real")


def _array(rows: list[list[Any]], kind: type) -> "np.ndarray[Any, Any]":
    try:
        return np.array([[kind(entry) for entry in row] for row in rows])
    except OverflowError:
        raise DomainError(OVERFLOW) from None
    except (TypeError, ValueError):
        raise DomainError("need every entry of scale to be a finite number") from None


def _exact(matrix: fmpq_mat, k: int, *, definite: bool) -> PowerSums:
    if matrix != matrix.transpose():
        raise DomainError("need a symmetric scale")
    m = matrix.nrows()
    # All eigenvalues are real; none is negative just if the characteristic polynomial's coefficients alternate.
    characteristic = matrix.charpoly()
    if definite and any((-1) ** (m - i) * characteristic[i] < 0 for i in range(m)):
        raise DomainError("need a positive semidefinite scale")
    values: list[Any] = []
    power = matrix
    for _ in range(k):
        values.append(as_number(sum((power[i, i] for i in range(m)), fmpq(0))))
        power = power * matrix
    return PowerSums(m, tuple(values))


def _floats(matrix: "np.ndarray[Any, Any]", k: int, *, definite: bool) -> PowerSums:
    if not np.isfinite(matrix).all():
        raise DomainError("need finite entries in scale")
    half, adjoint = matrix / 2, matrix.conj().T / 2
    slack = TOLERANCE * float(np.abs(half).max())
    if np.abs(half - adjoint).max() > slack:
        raise DomainError("need a symmetric scale")
    eigenvalues = np.linalg.eigvalsh(half + adjoint)
    if definite:
        if eigenvalues.min() < -2 * slack * len(matrix):
            raise DomainError(f"need a positive semidefinite scale, got the eigenvalue {eigenvalues.min():.6g}")
        eigenvalues = eigenvalues.clip(min=0)
    with np.errstate(over="ignore", under="ignore"):
        values = tuple(float((eigenvalues**j).sum()) for j in range(1, k + 1))
    if not all(map(math.isfinite, values)):
        raise DomainError(OVERFLOW)
    return PowerSums(len(matrix), values)


def _symbolic(rows: list[list[Any]], k: int, *, hermitian: bool, definite: bool) -> PowerSums:
    import sympy as untyped

    sympy = cast(Any, untyped)
    matrix: Any = sympy.Matrix(rows)
    if matrix.has(sympy.nan, sympy.oo, -sympy.oo, sympy.zoo):
        raise DomainError("need finite entries in scale")
    adjoint = matrix.H if hermitian else matrix.T
    if any(sympy.simplify(entry) != 0 for entry in matrix - adjoint):
        raise DomainError("need a symmetric scale")
    if not hermitian and any(entry.is_real is False for entry in matrix):
        raise DomainError(_REAL)
    if definite and not matrix.free_symbols:
        # Numbers such as sqrt(2): definiteness is checked in floats.
        _floats(_array(matrix.tolist(), complex), 0, definite=True)
    values: list[Any] = []
    power = matrix
    for _ in range(k):
        values.append(sympy.expand(power.trace()))
        power = (power * matrix).expand()
    return PowerSums(matrix.rows, tuple(values))
