"""The value of a combination of words at given matrices: exact where all entries are, float64 otherwise."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from flint import fmpq, fmpq_mat

from wishart_moments import domain
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_moments.moments.admission import admit
from wishart_moments.moments.polynomials import as_number
from wishart_moments.moments.words.grammar import Letter, Word

if TYPE_CHECKING:
    from wishart_moments.moments.words.word_moment import WordMoment

Rows = list[list[Any]]


def evaluate(moment: "WordMoment", values: Mapping[str, Any]) -> Any:
    """Return the value of the combination; `WordMoment.at` says of what kind."""
    if unknown := sorted(values.keys() - moment.shapes.keys() - set(moment.sizes)):
        known = ", ".join([*moment.shapes, *moment.sizes])
        raise DomainError(f"{unknown[0]!r} does not occur in {shown(moment.text)}; there are {known}")
    if missing := sorted(moment.letters - values.keys()):
        raise DomainError(f"need a value of {missing[0]}, such as {missing[0]}=[[2, 1], [1, 2]]")
    matrices = {name: _rows(name, value) for name, value in values.items() if name in moment.shapes}
    sizes = {name: domain.size(value, name) for name, value in values.items() if name not in moment.shapes}
    for name, rows in matrices.items():
        _measure(name, (len(rows), len(rows[0])), moment.shapes[name], sizes)
        if name in moment.scales:
            try:
                admit(rows, hermitian=moment.beta == 2)
            except DomainError as error:
                raise DomainError(f"{error} for {name}") from None
        elif name in moment.hermitian and not _is_hermitian(rows):
            raise DomainError(f"need {name} to be symmetric, as it was declared")
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
    if missing := sorted(used - sizes.keys()):
        raise DomainError(f"need a value of {missing[0]}, such as {missing[0]}=5")
    entries = [entry for rows in matrices.values() for row in rows for entry in row]
    exact = not any(isinstance(entry, float | complex) for entry in entries)
    algebra = _Exact(matrices) if exact else _Floats(matrices)
    return _sum(moment, sizes, algebra)


def _rows(name: str, value: Any) -> Rows:
    """Return the entries: int, Fraction, float or complex."""
    refusal = f"need {name} to be a matrix of numbers, such as [[2, 1], [1, 2]]"
    try:
        rows = value.tolist() if hasattr(value, "tolist") else [list(row) for row in value]
        lengths = {len(row) for row in rows}
    except TypeError:
        raise DomainError(f"{refusal}, got {shown(value)}") from None
    if len(lengths) != 1 or lengths == {0}:
        raise DomainError(f"{refusal}, got rows of lengths {shown(sorted(lengths))}")
    return [[_entry(name, entry) for entry in row] for row in rows]


def _entry(name: str, entry: Any) -> Any:
    if isinstance(entry, complex):
        if not np.isfinite(entry):
            raise DomainError(f"need every entry of {name} to be finite, got {shown(entry)}")
        return entry
    return domain.number(entry, f"every entry of {name}", "to be real or complex")


def _measure(name: str, found: tuple[int, int], wanted: tuple[str, str], sizes: dict[str, int]) -> None:
    """Take the sizes from a matrix, or compare them with those that are known."""
    for size, label in zip(found, wanted, strict=True):
        if sizes.setdefault(label, size) != size:
            shape = "×".join(f"{sizes[each]}" if each in sizes else each for each in wanted)
            raise DomainError(f"need {name} to be {'×'.join(wanted)} = {shape}, got {found[0]}×{found[1]}")


def _is_hermitian(rows: Rows) -> bool:
    if len(rows) != len(rows[0]):
        return False
    return all(rows[i][j] == rows[j][i].conjugate() for i in range(len(rows)) for j in range(i + 1))


class _Exact:
    """Products of rational matrices, each computed once."""

    def __init__(self, matrices: Mapping[str, Rows]) -> None:
        self._memo: dict[Word, fmpq_mat] = {}
        for name, rows in matrices.items():
            matrix = fmpq_mat([[fmpq(*entry.as_integer_ratio()) for entry in row] for row in rows])
            self._memo[(Letter(name),)] = matrix
            self._memo[(Letter(name, True),)] = matrix.transpose()
        self.one: Any = fmpq(1)

    def product(self, word: Word, size: int) -> Any:
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

    def zero(self, rows: int, columns: int) -> Any:
        """Return the zero matrix."""
        return fmpq_mat(rows, columns)


class _Floats:
    """Products of float or complex matrices, each computed once."""

    def __init__(self, matrices: Mapping[str, Rows]) -> None:
        self._memo: dict[Word, Any] = {}
        every = (entry for rows in matrices.values() for row in rows for entry in row)
        self._kind = complex if any(isinstance(entry, complex) for entry in every) else float
        for name, rows in matrices.items():
            try:
                matrix = np.array([[self._kind(entry) for entry in row] for row in rows])
            except OverflowError:
                raise DomainError(f"the entries of {name} exceed the range of floats; give all exactly") from None
            self._memo[(Letter(name),)] = matrix
            self._memo[(Letter(name, True),)] = matrix.conj().T
        self.one: Any = self._kind(1)

    def product(self, word: Word, size: int) -> Any:
        """Return the product of a word; the identity of a size for the empty one."""
        if not word:
            return np.eye(size, dtype=self._kind)
        if word not in self._memo:
            self._memo[word] = self.product(word[:-1], size) @ self._memo[word[-1:]]
        return self._memo[word]

    def trace(self, word: Word) -> Any:
        """Return the trace of a word."""
        return self._kind(np.trace(self.product(word, 0)))

    def coefficient(self, value: fmpq) -> Any:
        """Return a rational number in this arithmetic."""
        return float(as_number(value))

    def shown(self, value: Any) -> Any:
        """Return a number or a matrix in the kinds that users see."""
        return cast(Any, value) if isinstance(value, np.ndarray) else self._kind(value)

    def zero(self, rows: int, columns: int) -> Any:
        """Return the zero matrix."""
        return np.zeros((rows, columns), dtype=self._kind)


def _sum(moment: "WordMoment", sizes: Mapping[str, int], algebra: _Exact | _Floats) -> Any:
    traces: dict[Word, Any] = {}
    total: Any = None
    for (matrix, words), polynomial in moment.terms.items():
        value = algebra.coefficient(polynomial(*(fmpq(sizes.get(name, 0)) for name in moment.sizes)))
        for word in words:
            if word not in traces:
                traces[word] = algebra.trace(word)
            value = value * traces[word]
        if matrix is not None:
            assert moment.outer is not None
            value = algebra.product(matrix, sizes.get(moment.outer[0], 0)) * value
        total = value if total is None else total + value
    if total is None:
        total = algebra.one * 0 if moment.outer is None else algebra.zero(*(sizes[size] for size in moment.outer))
    return algebra.shown(total)
