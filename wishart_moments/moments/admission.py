"""What is admitted as a symmetric matrix, such as a scale Σ: every argument of that kind is validated here, once."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
from flint import fmpq_mat

from wishart_moments.domain import OVERFLOW, is_symbolic, number, shown
from wishart_moments.errors import DomainError
from wishart_moments.moments.polynomials import rational
from wishart_moments.moments.scale import Array, Scale

TOLERANCE = 1e-10
"""How far, relative to its largest entry, a float matrix may be from symmetric and from positive semidefinite."""

_REAL = "need a real symmetric scale; a complex Hermitian one goes with beta=2"
_SQUARE = "need scale to be a square matrix, such as [[2, 1], [1, 2]] or a NumPy or SymPy matrix"


@contextmanager
def named(name: str) -> Generator[None]:
    """Let what refuses a matrix in the with block call it by the name it has for the caller.

    Example:
        >>> with named("x"):
        ...     admit([[1, 2], [2, 1]])
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need a positive semidefinite x
    """
    try:
        yield
    except DomainError as error:
        raise type(error)(str(error).replace("scale", name)) from None


def admit(matrix: Any, *, hermitian: bool = False, definite: bool = True) -> Scale:
    """Return Σ, validated.

    Args:
        matrix: Σ, m×m symmetric positive semidefinite: a NumPy array, a data frame, a SymPy matrix or nested lists.
            Integers, fractions, SymPy rationals and strings such as "1/7" are exact. In floats Σ may be indefinite to
            rounding, 1e-10 of its largest entry and m; the negative eigenvalues are then taken for 0.
        hermitian: whether Σ may be complex Hermitian.
        definite: whether Σ must be positive semidefinite; where it has free symbols this is not checked.

    Raises:
        DomainError: if Σ is not square, not symmetric or not positive semidefinite, or has an entry that is no finite
            number.

    Example:
        >>> admit([[2, 1], [1, 2]]).power_sum([3])
        28
        >>> admit([[1, 2], [2, 1]])
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need a positive semidefinite scale
    """
    if hasattr(matrix, "to_numpy"):
        matrix = matrix.to_numpy()
    given = "array" if isinstance(matrix, np.ndarray) else "sympy" if hasattr(matrix, "tolist") else "list"
    array: Any = cast(Any, matrix)
    if given == "array" and array.dtype.kind in "fc":
        if array.ndim != 2 or array.shape[0] != array.shape[1] or not array.size:
            raise DomainError(f"{_SQUARE}, got an array of shape {shown(array.shape)}")
        return _float_scale(array, given, hermitian=hermitian, definite=definite)
    rows = [[admitted_entry(entry) for entry in row] for row in _rows(matrix)]
    kinds = {_kind(entry) for row in rows for entry in row}
    if "symbolic" in kinds:
        return _symbolic_scale(rows, given, hermitian=hermitian, definite=definite)
    if kinds & {"complex", "float"}:
        kind = complex if "complex" in kinds else float
        try:
            floats = np.array([[kind(entry) for entry in row] for row in rows])
        except OverflowError:
            raise DomainError(OVERFLOW) from None
        return _float_scale(floats, given, hermitian=hermitian, definite=definite)
    exact = fmpq_mat([[rational(entry) for entry in row] for row in rows])
    if exact != exact.transpose():
        raise DomainError("need a symmetric scale")
    # All eigenvalues are real; none is negative if and only if the characteristic polynomial's coefficients alternate.
    if definite:
        m, characteristic = exact.nrows(), exact.charpoly()
        if any((-1) ** (m - i) * characteristic[i] < 0 for i in range(m)):
            raise DomainError("need a positive semidefinite scale")
    return Scale(exact, given, definite)


def _rows(scale: Any) -> list[list[Any]]:
    try:
        rows = scale.tolist() if hasattr(scale, "tolist") else [list(row) for row in scale]
        shapes = [len(row) for row in rows]
    except TypeError:
        raise DomainError(f"{_SQUARE}, got {type(scale).__name__}") from None
    if isinstance(scale, str):
        raise DomainError(f"{_SQUARE}, got {shown(scale)}")
    if not rows or shapes != [len(rows)] * len(rows):
        raise DomainError(f"{_SQUARE}, got rows of lengths {shown(shapes)}")
    return rows


def admitted_entry(entry: Any) -> Any:
    """Return an entry of a matrix: symbolic or complex as it is, otherwise int, Fraction or float."""
    known = is_symbolic(entry) or isinstance(entry, complex)
    return entry if known else number(entry, "every entry of scale", "to be real")


def _kind(entry: Any) -> str:
    if isinstance(entry, float | complex):
        return "float" if isinstance(entry, float) else "complex"
    return "exact" if isinstance(entry, int) or not is_symbolic(entry) else "symbolic"


def _float_scale(matrix: Array, given: str, *, hermitian: bool, definite: bool) -> Scale:
    if np.iscomplexobj(matrix) and not hermitian:
        raise DomainError(_REAL)
    matrix = matrix.astype(np.complex128 if np.iscomplexobj(matrix) else np.float64)
    if not np.isfinite(matrix).all():
        raise DomainError("need finite entries in scale")
    adjoint = matrix.conj().T
    if not (matrix == adjoint).all():
        half, other = matrix / 2, adjoint / 2
        if np.abs(half - other).max() > TOLERANCE * np.abs(half).max():
            raise DomainError("need a symmetric scale")
        matrix = half + other
    return Scale(_semidefinite(matrix) if definite else matrix, given, definite)


def _semidefinite(matrix: Array) -> Array:
    """Return the matrix, or the nearest semidefinite one where it is indefinite to within the tolerance."""
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        eigenvalues, vectors = np.linalg.eigh(matrix)
        m, least, most = len(matrix), eigenvalues.min(), np.abs(eigenvalues).max()
        if least < -TOLERANCE * float(np.abs(matrix).max()) * m:
            raise DomainError(f"need a positive semidefinite scale, got the eigenvalue {least:.6g}") from None
        if least < -m * np.finfo(float).eps * most:
            return (vectors * eigenvalues.clip(min=0)) @ vectors.conj().T
    return matrix


def _symbolic_scale(rows: list[list[Any]], given: str, *, hermitian: bool, definite: bool) -> Scale:
    import sympy as untyped

    sympy: Any = untyped
    matrix: Any = sympy.Matrix(rows)
    if matrix.has(sympy.nan, sympy.oo, -sympy.oo, sympy.zoo):
        raise DomainError("need finite entries in scale")
    adjoint = matrix.H if hermitian else matrix.T
    if any(sympy.simplify(entry) != 0 for entry in matrix - adjoint):
        raise DomainError("need a symmetric scale")
    if not hermitian and any(entry.is_real is False for entry in matrix):
        raise DomainError(_REAL)
    scale = Scale(matrix, given, definite)
    if definite and not matrix.free_symbols:
        # Numbers such as sqrt(2): definiteness is checked in floats.
        _float_scale(scale.as_floats(), given, hermitian=True, definite=True)
    return scale
