"""A symmetric matrix that has been validated, such as Σ: power sums, powers of both signs, inverse, eigenvalues.

Rational entries are computed with exactly, floats in float64 (complex128), other SymPy entries symbolically. An array
of floats stays an array: no entry of it is ever looked at alone.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
from flint import fmpq, fmpq_mat

from wishart_moments.combinatorics.partitions import Partition
from wishart_moments.domain import OVERFLOW, is_symbolic
from wishart_moments.errors import DomainError, MethodError
from wishart_moments.moments.polynomials import as_number, rational

Array = np.ndarray[Any, Any]
Term = tuple[Partition, int]
"""(μ, j), which stands for p_μ(Σ) Σ^j; parts of μ and j of either sign."""

_PRODUCTS = 4
"""Up to this order the power sums of floats come from products of matrices, beyond it from the eigenvalues."""

_SINGULAR = "need a positive definite scale for negative powers, got a singular one"


@dataclass(frozen=True, eq=False)
class Scale:
    """A symmetric (Hermitian) m×m matrix Σ; `admit` validates and makes it.

    Attributes:
        matrix: an `fmpq_mat` of rational numbers, a float64 or complex128 array, or a SymPy matrix.
        given: "list", "array" or "sympy": the kind of matrix that results are shown in.
        definite: whether Σ is known to be positive semidefinite.

    Example:
        >>> from wishart_moments.moments.admission import admit
        >>> scale = admit([[2, 1], [1, 2]])
        >>> scale.dimension, scale.power_sum([2]), scale.power_sum([-1, 1]), scale.determinant
        (2, 10, Fraction(16, 3), 3)
    """

    matrix: Any
    given: str
    definite: bool

    @property
    def dimension(self) -> int:
        """The number m of rows."""
        return self.matrix.nrows() if self.is_exact else self.matrix.shape[0]

    @property
    def is_exact(self) -> bool:
        """Whether the entries are rational numbers."""
        return isinstance(self.matrix, fmpq_mat)

    @property
    def is_float(self) -> bool:
        """Whether the entries are floating point numbers."""
        return isinstance(self.matrix, np.ndarray)

    @cached_property
    def _powers(self) -> list[Any]:
        m = self.dimension
        if self.is_exact:
            return [fmpq_mat([[int(i == j) for j in range(m)] for i in range(m)]), self.matrix]
        return [np.eye(m, dtype=self.matrix.dtype) if self.is_float else self.matrix**0, self.matrix]

    def power(self, j: int) -> Any:
        """Return Σ^j, j of either sign, in the kind of `matrix`."""
        if j < 0:
            return self.inverse.power(-j)
        powers = self._powers
        while len(powers) <= j:
            if self.is_exact:
                powers.append(powers[-1] * self.matrix)
            elif self.is_float:
                with np.errstate(over="ignore", invalid="ignore"):
                    powers.append(powers[-1] @ self.matrix)
            else:
                powers.append((powers[-1] * self.matrix).expand())
        return powers[j]

    @cached_property
    def _traces(self) -> dict[int, Any]:
        return {0: self.dimension}

    def trace(self, j: int) -> Any:
        """Return p_j = tr Σ^j, j of either sign, p_0 = m: int, Fraction, float or a SymPy expression.

        Raises:
            DomainError: for negative j if Σ is singular; if a float overflows.
        """
        if j < 0:
            return self.inverse.trace(-j)
        traces = self._traces
        if j not in traces:
            traces[j] = self._trace(j)
        return traces[j]

    def _trace(self, j: int) -> Any:
        if self.is_exact:
            power = self.power(j)
            return as_number(sum((power[i, i] for i in range(self.dimension)), fmpq(0)))
        if not self.is_float:
            return self.power(j).trace().expand()
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            if j == 1:
                value = float(np.trace(self.matrix).real)
            elif j <= _PRODUCTS:
                value = float(cast(Any, np.vdot(self.power((j + 1) // 2), self.power(j // 2))).real)
            else:
                value = float((self.eigenvalues**j).sum())
        if not math.isfinite(value):
            raise DomainError(OVERFLOW)
        return value

    def power_sum(self, parts: Sequence[int]) -> Any:
        """Return p_μ(Σ) = Π_i tr Σ^{μ_i}, μ_i of both signs."""
        product: Any = 1
        for part in parts:
            product = product * self.trace(part)
        return product

    @cached_property
    def eigenvalues(self) -> Array:
        """The eigenvalues in floats, ascending; of a semidefinite matrix none is negative."""
        values = np.linalg.eigvalsh(self.as_floats())
        return values.clip(min=0) if self.definite else values

    def as_floats(self) -> Array:
        """Return Σ as a float64 array, or complex128 where an entry is complex.

        Raises:
            MethodError: if Σ has symbols in it.
            DomainError: if an entry exceeds the range of floats.
        """
        if self.is_float:
            return self.matrix
        if not self.is_exact and self.matrix.free_symbols:
            raise MethodError("a float value needs a matrix of numbers; at symbols use exact polynomials in power sums")
        try:
            array: Any = np.array([[complex(entry) for entry in row] for row in self.rows()])
        except OverflowError:
            raise DomainError(OVERFLOW) from None
        return array if array.imag.any() else array.real.copy()

    def as_given(self) -> Any:
        """Return Σ as a list of lists, an array or a SymPy matrix, as it was given."""
        return self._as_given(self.matrix if self.is_float else self.rows())

    def rows(self) -> list[list[Any]]:
        """Return the entries: int or Fraction, float or complex, or SymPy expressions."""
        return entries(self.matrix)

    @cached_property
    def inverse(self) -> "Scale":
        """Σ^{-1}, of a positive definite Σ. In floats its relative error is about the condition number times 2^-52.

        Raises:
            DomainError: if Σ is singular; in floats, if it is so to within rounding: if m 2^-52 times its condition
                number in the 1-norm is 1 or more.
        """
        if self.is_exact:
            try:
                return Scale(self.matrix.inv(), self.given, True)
            except ZeroDivisionError:
                raise DomainError(_SINGULAR) from None
        if not self.is_float:
            import sympy as untyped

            sympy: Any = untyped
            determinant = sympy.simplify(self.matrix.det())
            if determinant == 0:
                raise DomainError(_SINGULAR)
            return Scale((self.matrix.adjugate() / determinant).applyfunc(sympy.cancel), self.given, True)
        linalg: Any = np.linalg
        inverse, condition = self.matrix, math.inf
        try:
            linalg.cholesky(self.matrix)
            with np.errstate(over="ignore", invalid="ignore"):
                inverse = linalg.inv(self.matrix)
                condition = float(linalg.norm(self.matrix, 1) * linalg.norm(inverse, 1))
        except linalg.LinAlgError:
            pass
        if not condition * self.dimension * np.finfo(float).eps < 1:
            raise DomainError(f"{_SINGULAR}: singular to rounding, with the condition number {condition:.3g}")
        return Scale((inverse + inverse.conj().T) / 2, self.given, True)

    @cached_property
    def determinant(self) -> Any:
        """|Σ|: int or Fraction, float, or a SymPy expression."""
        if self.is_exact:
            return as_number(self.matrix.det())
        return float(np.linalg.det(self.matrix).real) if self.is_float else self.matrix.det().expand()

    def combination(self, coefficients: Mapping[Partition, Any]) -> Any:
        """Return Σ_μ c_μ p_μ(Σ).

        Raises:
            DomainError: if a float overflows.
        """
        try:
            total = sum(c * self.power_sum(mu) for mu, c in coefficients.items())
        except OverflowError:
            total = math.inf
        if isinstance(total, float) and not math.isfinite(total):
            raise DomainError(OVERFLOW)
        return total

    def matrix_combination(self, coefficients: Mapping[Term, Any], finish: Callable[[Any], Any]) -> Any:
        """Return Σ c p_μ(Σ) Σ^j as a list of lists, a SymPy matrix or an array, as Σ was given.

        Args:
            coefficients: {(μ, j): c}, c int, Fraction, float or SymPy expressions.
            finish: a linear map of numbers, applied to the exact entries, or in floats to the factors of the Σ^j.
        """
        factors: dict[int, Any] = {}
        for (mu, j), c in coefficients.items():
            factors.setdefault(j, {}).setdefault(mu, 0)
            factors[j][mu] += c
        factors = {j: self.combination(terms) for j, terms in factors.items()}
        symbolic = any(map(is_symbolic, factors.values()))
        finished = {j: finish(factor) for j, factor in factors.items()} if self.is_float and not symbolic else {}
        if finished and not any(map(is_symbolic, finished.values())):
            return self._as_given(self._float_total(finished))
        if self.is_exact and not symbolic:
            zero = fmpq_mat(self.dimension, self.dimension)
            total = sum((rational(factor) * self.power(j) for j, factor in factors.items()), zero)
            return self._as_given([[finish(entry) for entry in row] for row in entries(total)])
        m = self.dimension
        powers = {j: entries(self.power(j)) for j in factors}
        rows = [
            [_expanded(sum(factor * powers[j][i][k] for j, factor in factors.items())) for k in range(m)]
            for i in range(m)
        ]
        return self._as_given([[finish(entry) for entry in row] for row in rows])

    def _float_total(self, factors: Mapping[int, Any]) -> Array:
        total: Array = np.zeros_like(self.matrix)
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                for j, factor in factors.items():
                    total = total + self.power(j) * float(factor)
        except OverflowError:
            raise DomainError(OVERFLOW) from None
        if not np.isfinite(total).all():
            raise DomainError(OVERFLOW)
        return total

    def _as_given(self, total: Any) -> Any:
        """Return the matrix in the kind that the scale was given in."""
        if self.given == "array":
            if isinstance(total, np.ndarray):
                return cast(Any, total)
            kinds: set[type] = {type(entry) for row in total for entry in row}
            array = np.empty((len(total), len(total)), dtype=float if kinds == {float} else object)
            array[:] = total
            return array
        rows: Any = total.tolist() if isinstance(total, np.ndarray) else total
        if self.given == "list":
            return rows
        import sympy

        return sympy.Matrix(rows)


def entries(matrix: Any) -> list[list[Any]]:
    """Return the rows of an `fmpq_mat` (as int and Fraction), of an array or of a SymPy matrix."""
    rows: list[list[Any]] = matrix.tolist()
    return [[as_number(entry) for entry in row] for row in rows] if isinstance(matrix, fmpq_mat) else rows


def _expanded(entry: Any) -> Any:
    return cast(Any, entry).expand() if is_symbolic(entry) else entry
