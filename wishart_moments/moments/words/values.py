"""The value of a combination of words at given matrices: exact where all entries are, float64 otherwise.

An array of floats stays an array: no entry of it is looked at alone.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, cast

import numpy as np
from flint import fmpq, fmpq_mat

from wishart_moments import domain
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.moments.admission import admit
from wishart_moments.moments.inverse.existence import require
from wishart_moments.moments.polynomials import as_number
from wishart_moments.moments.words import quotients
from wishart_moments.moments.words.combination import Combination
from wishart_moments.moments.words.grammar import Letter, Word, inverse_of

MAX_ENTRIES = 10_000_000
"""The most entries of a matrix that is a result."""

_OVERFLOW = "the value exceeds the range of floats; give sizes and matrices in exact numbers"

Matrix = Any
"""An `fmpq_mat`, or an array of floats or complex numbers."""
Values = Mapping[str, int | Fraction]


def evaluate(moment: Combination, values: Mapping[str, Any]) -> Any:
    """Return the value of the combination; `WordMoment.at` says of what kind."""
    if unknown := sorted(values.keys() - moment.shapes.keys() - set(moment.sizes)):
        known = ", ".join([*moment.shapes, *moment.sizes])
        raise DomainError(f"{unknown[0]!r} does not occur in {shown(moment.text)}; there are {known}")
    if missing := sorted(moment.letters - values.keys()):
        raise DomainError(f"need a value of {(name := shown(missing[0])[1:-1])}, such as {name}=[[2, 1], [1, 2]]")
    given = {name: value for name, value in values.items() if name not in moment.shapes}
    sizes: dict[str, int] = {n: domain.size(given[n], n) for n in given if n not in moment.freedom}
    matrices = {name: _matrix(name, value) for name, value in values.items() if name in moment.shapes}
    for name, matrix in matrices.items():
        _measure(name, _shape(matrix), moment.shapes[name], sizes)
        if name in moment.scales:
            try:
                admit(values[name], hermitian=moment.beta == 2)
            except DomainError as error:
                raise DomainError(f"{error} for {name}") from None
        elif name in moment.hermitian and not _is_hermitian(matrix):
            raise DomainError(f"need {name} to be symmetric, as it was declared")
    given_inverses: dict[str, Matrix] = {}
    for name in sorted(moment.inverted):
        try:
            given_inverses[inverse_of(name)] = admit(values[name], hermitian=moment.beta == 2).inverse.matrix
        except DomainError as error:
            raise DomainError(f"{error} for {name}, whose inverse occurs") from None
    freedom = {n: _degrees(given[n], sizes.get(m), n) for n, m in moment.freedom.items() if n in given}
    numbers: Values = {**sizes, **freedom}
    if missing := sorted(_used(moment) - numbers.keys()):
        raise DomainError(f"need a value of {missing[0]}, such as {missing[0]}=5")
    if moment.outer is not None and (rows := numbers.get(moment.outer[0], 1)) * rows > MAX_ENTRIES:
        raise LimitError(f"need a matrix of at most {MAX_ENTRIES:,} entries, got {moment.outer[0]} = {shown(rows)}")
    for n, (m, powers) in moment.orders.items():
        if n in numbers and m in numbers:
            require(powers, int(numbers[m]), numbers[n], moment.beta)
        elif n in _divisors(moment):
            raise DomainError(f"need values of {m} and {n}, such as {n}=9")
    matrices |= given_inverses
    exact = all(isinstance(matrix, fmpq_mat) for matrix in matrices.values())
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            total: Any = _sum(moment, numbers, _Exact(matrices) if exact else _Floats(matrices))
        if exact and any(domain.is_float(given[n]) for n in freedom):
            # An n in floats is the dyadic rational that it is, and the value is rounded once.
            total = np.array(total, dtype=float) if isinstance(total, list) else float(total)
    except OverflowError:
        raise DomainError(_OVERFLOW) from None
    if not isinstance(total, list | int | Fraction) and not np.isfinite(total).all():
        raise DomainError(_OVERFLOW)
    return cast(Any, total)


def _degrees(value: Any, m: int | None, name: str) -> int | Fraction:
    degrees = domain.degrees_of_freedom(value, m, name)
    if not domain.is_number(degrees):
        raise DomainError(f"need {name} to be a number, got {shown(value)}")
    return degrees


def _divisors(moment: Combination) -> set[str]:
    """Return the n of the denominators."""
    return {n for below in moment.below.values() for n, _, _ in below}


def _used(moment: Combination) -> set[str]:
    """Return the sizes that the value depends on."""
    used = {
        name
        for polynomial in moment.terms.values()
        for name, degree in zip(moment.sizes, polynomial.degrees(), strict=True)
        if degree
    }
    if moment.outer is not None and any(product.matrix == () for product in moment.terms):
        used.add(moment.outer[0])
    if moment.outer is not None and not moment.terms:
        used.update(moment.outer)
    return used


def _matrix(name: str, given: Any) -> Matrix:
    """Return the matrix, exact if all of its entries are."""
    refusal = f"need {name} to be a matrix of numbers, such as [[2, 1], [1, 2]]"
    value: Any = given.to_numpy() if hasattr(given, "to_numpy") else given
    array: Any = value if type(value) is np.ndarray else None
    if array is not None and array.dtype.kind in "fc" and array.ndim == 2 and array.size:
        return _finite(name, array.astype(complex if np.iscomplexobj(array) else float))
    try:
        rows: Any = value.tolist() if hasattr(value, "tolist") else [list(row) for row in value]
        lengths = {len(row) for row in rows}
    except TypeError:
        raise DomainError(f"{refusal}, got {shown(value)}") from None
    if len(lengths) != 1 or lengths == {0}:
        raise DomainError(f"{refusal}, got rows of lengths {shown(sorted(lengths))}")
    entries: list[list[Any]] = [[_entry(name, entry) for entry in row] for row in rows]
    kinds: set[Any] = {type(entry) for row in entries for entry in row}
    if not kinds & {float, complex}:
        return fmpq_mat([[fmpq(*entry.as_integer_ratio()) for entry in row] for row in entries])
    kind = complex if complex in kinds else float
    try:
        return _finite(name, np.array([[kind(entry) for entry in row] for row in entries]))
    except OverflowError:
        raise _overflow(name) from None


def _entry(name: str, entry: Any) -> Any:
    if isinstance(entry, complex):
        return complex(entry)
    return domain.number(entry, f"every entry of {name}", "to be real or complex")


def _finite(name: str, array: Matrix) -> Matrix:
    if not np.isfinite(array).all():
        bad = array[~np.isfinite(array)][0]
        raise DomainError(f"need every entry of {name} to be finite, got {shown(bad.item())}")
    return array


def _overflow(name: str) -> DomainError:
    return DomainError(f"the entries of {name} exceed the range of floats; give all exactly")


def _shape(matrix: Matrix) -> tuple[int, int]:
    return (matrix.nrows(), matrix.ncols()) if isinstance(matrix, fmpq_mat) else matrix.shape


def _measure(name: str, found: tuple[int, int], wanted: tuple[str, str], sizes: dict[str, int]) -> None:
    """Take the sizes from a matrix, or compare them with those that are known."""
    for size, label in zip(found, wanted, strict=True):
        if sizes.setdefault(label, size) != size:
            shape = "×".join(f"{sizes[each]}" if each in sizes else each for each in wanted)
            raise DomainError(f"need {name} to be {'×'.join(wanted)} = {shape}, got {found[0]}×{found[1]}")


def _is_hermitian(matrix: Matrix) -> bool:
    rows, columns = _shape(matrix)
    if rows != columns:
        return False
    if isinstance(matrix, fmpq_mat):
        return matrix == matrix.transpose()
    return bool((matrix == matrix.conj().T).all())


class _Exact:
    """Products of rational matrices, each computed once."""

    def __init__(self, matrices: Mapping[str, Matrix]) -> None:
        self._memo: dict[Word, Matrix] = {}
        for name, matrix in matrices.items():
            self._memo[(Letter(name),)] = matrix
            self._memo[(Letter(name, True),)] = matrix.transpose()

    def product(self, word: Word, size: int) -> Matrix:
        """Return the product of a word; the identity of a size for the empty one."""
        if not word:
            return fmpq_mat([[int(i == j) for j in range(size)] for i in range(size)])
        if word not in self._memo:
            self._memo[word] = self.product(word[:-1], size) * self._memo[word[-1:]]
        return self._memo[word]

    def trace(self, word: Word) -> Any:
        """Return the trace of a word."""
        matrix = self.product(word, 0)
        return sum((matrix[i, i] for i in range(matrix.nrows())), fmpq(0))

    def coefficient(self, value: fmpq) -> Any:
        """Return a rational number in this arithmetic."""
        return value

    def shown(self, value: Any) -> Any:
        """Return a number or a matrix in the kinds that users see."""
        if isinstance(value, fmpq_mat):
            return [[as_number(cast(Any, entry)) for entry in row] for row in value.tolist()]
        return as_number(value)

    def zero(self, rows: int, columns: int) -> Matrix:
        """Return the zero matrix."""
        return fmpq_mat(rows, columns)


class _Floats:
    """Products of float or complex matrices, each computed once; a trace takes no product of its last two factors."""

    def __init__(self, matrices: Mapping[str, Matrix]) -> None:
        self._memo: dict[Word, Matrix] = {}
        self._kind = complex if any(np.iscomplexobj(matrix) for matrix in matrices.values()) else float
        for name, matrix in matrices.items():
            try:
                array = _as_array(matrix) if isinstance(matrix, fmpq_mat) else matrix
            except OverflowError:
                raise _overflow(name) from None
            self._memo[(Letter(name),)] = array.astype(self._kind)
            self._memo[(Letter(name, True),)] = array.astype(self._kind).conj().T

    def product(self, word: Word, size: int) -> Matrix:
        """Return the product of a word; the identity of a size for the empty one."""
        if not word:
            return np.eye(size, dtype=self._kind)
        if word not in self._memo:
            self._memo[word] = self.product(word[:-1], size) @ self._memo[word[-1:]]
        return self._memo[word]

    def trace(self, word: Word) -> Any:
        """Return the trace of a word."""
        if len(word) == 1:
            return self._kind(np.trace(self.product(word, 0)))
        return self._kind((self.product(word[:-1], 0) * self._memo[word[-1:]].T).sum())

    def coefficient(self, value: fmpq) -> Any:
        """Return a rational number in this arithmetic."""
        return float(as_number(value))

    def shown(self, value: Any) -> Any:
        """Return a number or a matrix in the kinds that users see."""
        return cast(Any, value) if isinstance(value, np.ndarray) else self._kind(value)

    def zero(self, rows: int, columns: int) -> Matrix:
        """Return the zero matrix."""
        return np.zeros((rows, columns), dtype=self._kind)


def _as_array(matrix: fmpq_mat) -> Matrix:
    return np.array([[float(as_number(cast(Any, entry))) for entry in row] for row in matrix.tolist()])


def _sum(moment: Combination, numbers: Values, algebra: _Exact | _Floats) -> Any:
    """Return the sum; the coefficients of equal words are added before a matrix is touched."""
    point = [fmpq(*numbers.get(name, 0).as_integer_ratio()) for name in moment.sizes]
    traces: dict[Word, Any] = {}
    factors: dict[Word | None, Any] = {}
    for product, polynomial in moment.terms.items():
        matrix, words = product
        divisor = quotients.value(moment.below.get(product, {}), numbers)
        value = algebra.coefficient(polynomial(*point) / fmpq(*divisor.as_integer_ratio()))
        for word in words:
            if word not in traces:
                traces[word] = algebra.trace(word)
            value = value * traces[word]
        factors[matrix] = factors[matrix] + value if matrix in factors else value
    if moment.outer is None:
        return algebra.shown(factors.get(None, algebra.coefficient(fmpq(0))))
    rows, columns = (int(numbers.get(size, 0)) for size in moment.outer)
    products = [algebra.product(matrix or (), rows) * value for matrix, value in factors.items()]
    return algebra.shown(sum(products[1:], products[0]) if products else algebra.zero(rows, columns))
