"""The powers Σ^j of a scale matrix, j of either sign, and combinations of p_μ(Σ) Σ^j, in the kind of matrix given."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import numpy as np
from flint import fmpq, fmpq_mat

from wishart_moments.combinatorics.partitions import Partition
from wishart_moments.domain import is_symbolic
from wishart_moments.errors import DomainError
from wishart_moments.moments.polynomials import as_number
from wishart_moments.moments.scale import OVERFLOW, PowerSums, admitted_entry, power_sums

Array = np.ndarray[Any, Any]
Term = tuple[Partition, int]


class ScalePowers:
    """A scale Σ and, for all (μ, j) of some combination, its power sums and powers.

    Args:
        scale: as for `scale.power_sums`; Σ must be invertible if a part or a j is negative.
        terms: the (μ, j).
        beta: the Dyson index; for 2 Σ may be complex Hermitian.

    Raises:
        DomainError: as `power_sums` does; if an inverse is needed and there is none.
    """

    def __init__(self, scale: Any, terms: Iterable[Term], *, beta: Any) -> None:
        hermitian = bool(beta == 2)
        self._given = _matrix(scale)
        exponents = {0, *(e for mu, j in terms for e in (*mu, j))}
        self._sums = power_sums(self._given, max(exponents), hermitian=hermitian)
        self.dimension = self._sums.dimension
        self._scale = _array(self._given)
        self._floats = self._scale.dtype != object
        identity = np.eye(self.dimension, dtype=int).astype(self._scale.dtype)
        self._powers, self._inverse_powers = [identity], [identity]
        self._inverse_sums = PowerSums(self.dimension, ())
        self._inverse = self._scale
        if (lowest := min(exponents)) < 0:
            self._inverse = _inverse(self._scale)
            self._inverse_sums = power_sums(self._inverse, -lowest, hermitian=hermitian)

    def combination(self, coefficients: Mapping[Term, Any], finish: Callable[[Any], Any]) -> Any:
        """Return Σ c p_μ(Σ) Σ^j as a list of lists, a SymPy matrix or an array, as Σ was given.

        Args:
            coefficients: {(μ, j): c}, c int, Fraction, float or SymPy expressions.
            finish: a linear map of numbers, applied to the exact entries, or in floats to the factors of the Σ^j.
        """
        factors: dict[int, Any] = {}
        try:
            for (mu, j), c in coefficients.items():
                product = self._sums([i for i in mu if i > 0]) * self._inverse_sums([-i for i in mu if i < 0])
                factors[j] = factors.get(j, 0) + c * product
        except OverflowError:
            raise DomainError(OVERFLOW) from None
        total: Array = np.zeros_like(self._scale)
        for j, factor in factors.items():
            total = total + self._multiple(j, finish(factor) if self._floats else factor)
        if self._floats and total.dtype != object:
            if not np.isfinite(total).all():
                raise DomainError(OVERFLOW)
        else:
            entries = [
                [_expanded(entry) if self._floats else finish(_expanded(entry)) for entry in row] for row in total
            ]
            total[:] = entries
        return self._as_given(total)

    def _multiple(self, j: int, factor: Any) -> Array:
        power = self._power(j)
        if is_symbolic(factor):
            return power.astype(object) * factor
        if not self._floats:
            return power * factor
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                return power * float(factor)
        except OverflowError:
            raise DomainError(OVERFLOW) from None

    def _power(self, j: int) -> Array:
        base, powers = (self._scale, self._powers) if j > 0 else (self._inverse, self._inverse_powers)
        with np.errstate(over="ignore", invalid="ignore"):
            while len(powers) <= abs(j):
                powers.append(powers[-1] @ base)
        return powers[abs(j)]

    def _as_given(self, total: Array) -> Any:
        if isinstance(self._given, np.ndarray):
            return total
        if isinstance(self._given, list):
            return total.tolist()
        import sympy

        return sympy.Matrix(total.tolist())


def _matrix(scale: Any) -> Any:
    """Return an array, a SymPy matrix, or else a list of lists."""
    if hasattr(scale, "tolist"):
        return scale
    try:
        return [list(row) for row in scale]
    except TypeError:
        return scale  # power_sums says what is wrong


def _array(matrix: Any) -> Array:
    """Return an admitted matrix as an array of floats, of complex numbers, or of exact or symbolic objects."""
    rows = cast(list[list[Any]], matrix if isinstance(matrix, list) else matrix.tolist())
    entries: list[list[Any]] = [[admitted_entry(entry) for entry in row] for row in rows]
    kinds = {_kind(entry) for row in entries for entry in row}
    kind: Any = object if object in kinds else complex if complex in kinds else float if float in kinds else None
    array = np.empty((len(rows), len(rows)), dtype=kind or object)
    array[:] = entries
    return array


def _kind(entry: Any) -> type | None:
    return object if is_symbolic(entry) else next((kind for kind in (complex, float) if isinstance(entry, kind)), None)


def _inverse(matrix: Array) -> Array:
    refusal = DomainError("need an invertible scale for an inverse moment")
    rows = matrix.tolist()
    inverse = np.empty_like(matrix)
    try:
        if matrix.dtype != object:
            return np.linalg.inv(matrix)
        if any(is_symbolic(entry) for row in rows for entry in row):
            import sympy

            inverse[:] = cast(Any, sympy.Matrix(rows)).inv().tolist()
        else:
            exact = cast(Any, fmpq_mat([[fmpq(*entry.as_integer_ratio()) for entry in row] for row in rows])).inv()
            inverse[:] = [[as_number(entry) for entry in row] for row in exact.tolist()]
    except (ZeroDivisionError, np.linalg.LinAlgError, ValueError):
        raise refusal from None
    return inverse


def _expanded(entry: Any) -> Any:
    return cast(Any, entry).expand() if is_symbolic(entry) else entry
