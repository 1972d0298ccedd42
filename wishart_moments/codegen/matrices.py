"""The door of the generated functions of matrices: nested lists of numbers, NumPy arrays and torch tensors.

This file is also copied into the generated package, which imports the standard library and itself only: nested lists
are multiplied here, exactly where all numbers are exact; arrays and tensors, also stacks of them, multiply themselves.
"""

from fractions import Fraction
from importlib import import_module
from typing import Any

from wishart_moments.codegen.arguments import is_exact, numbers, quotient

TOLERANCE = Fraction(1, 2**33)
"""How far a matrix of floats may be from symmetric, relative to its largest entry."""


class Rows:
    """A matrix as a list of rows of numbers."""

    def __init__(self, rows: Any) -> None:
        self.rows: list[list[Any]] = [list(row) for row in rows]

    def __matmul__(self, other: "Rows") -> "Rows":
        columns = list(zip(*other.rows, strict=True))
        return Rows([[sum(x * y for x, y in zip(row, column, strict=True)) for column in columns] for row in self.rows])

    def __add__(self, other: "Rows") -> "Rows":
        pairs = zip(self.rows, other.rows, strict=True)
        return Rows([[x + y for x, y in zip(left, right, strict=True)] for left, right in pairs])

    def __rmul__(self, scalar: Any) -> "Rows":
        return Rows([[scalar * x for x in row] for row in self.rows])


def matrix_arguments(word: str, n: Any, sigma: Any, a: Any, *, hermitian: bool = False) -> tuple[Any, int, Any, Any]:
    """Return n, m, Sigma and A, fit for arithmetic; A is None for a word without A.

    Raises:
        ValueError: if n is no number, Sigma no symmetric matrix (hermitian: no Hermitian one), A none of its size or,
            where the word has no A, given.
    """
    if ("A" in word) != (a is not None):
        raise ValueError(f"need {'a matrix' if 'A' in word else 'no matrix'} A for the word {word}")
    given = {"Sigma": sigma} if a is None else {"Sigma": sigma, "A": a}
    stacked = {name: _is_array(value) for name, value in given.items()}
    if len(set(stacked.values())) > 1:
        raise ValueError("need Sigma and A as nested lists, or both as arrays, or both as tensors")
    if stacked["Sigma"]:
        n, _ = numbers(n=_item(n), Sigma=float(1))  # floats from here on
        _need_scalar(n)
        found = [_stack(name, value, hermitian) for name, value in given.items()]
        m = int(found[0].shape[-1])
        if found[-1].shape[-1] != m:
            raise ValueError(f"need A as a matrix of {m} rows, as Sigma is, got {found[-1].shape[-1]}")
    else:
        m = _size(sigma)
        for name, value in given.items():
            if _size(value, name) != m:
                raise ValueError(f"need A as a matrix of {m} rows, as Sigma is, got {len(value)}")
        names = [f"{name}[{i}][{j}]" for name in given for i in range(m) for j in range(m)]
        entries = (_item(entry) for value in given.values() for row in value for entry in row)
        n, *listed = numbers(n=_item(n), **dict(zip(names, entries, strict=True)))
        for value in (n, *listed):
            _need_scalar(value)
        rows = [listed[i : i + m] for i in range(0, len(listed), m)]
        found = [Rows(rows[i : i + m]) for i in range(0, len(rows), m)]
    if not _symmetric(found[0]):
        raise ValueError(f"need a {'Hermitian' if hermitian else 'symmetric'} matrix Sigma")
    return n, m, found[0], found[1] if a is not None else None


def need_degrees(m: int, n: Any) -> None:
    """Refuse n unless it is an integer >= 1 or a number > m - 1.

    Raises:
        ValueError: stating the condition.
    """
    if not (n > m - 1 or (n >= 1 and n == int(n))):
        raise ValueError(f"need n > m - 1 = {m - 1}, or an integer n >= 1, got n = {n}")


def transposed(matrix: Any) -> Any:
    """Return the transpose."""
    return Rows(zip(*matrix.rows, strict=True)) if isinstance(matrix, Rows) else matrix.swapaxes(-2, -1)


def trace(matrix: Any) -> Any:
    """Return the trace; of a stack of matrices one that multiplies them."""
    if isinstance(matrix, Rows):
        return sum(row[i] for i, row in enumerate(matrix.rows))
    return matrix.diagonal(0, -2, -1).sum(-1)[..., None, None]


def inverse(sigma: Any) -> Any:
    """Return the inverse of a positive definite matrix.

    Raises:
        ValueError: if it is not positive definite.
    """
    refusal = ValueError("need a positive definite matrix Sigma, for its inverse")
    if not isinstance(sigma, Rows):
        if sigma.dtype.itemsize // (2 if "complex" in str(sigma.dtype) else 1) not in (4, 8):
            raise ValueError(f"need Sigma of 32 or 64 bits, for its inverse, got {sigma.dtype}")
        algebra = import_module(type(sigma).__module__.partition(".")[0]).linalg
        try:
            algebra.cholesky(sigma)
        except (ValueError, RuntimeError):
            raise refusal from None
        return algebra.inv(sigma)
    m = len(sigma.rows)
    rows = [[*row, *(int(i == j) for j in range(m))] for i, row in enumerate(sigma.rows)]
    for i in range(m):
        # Without pivots: of a positive definite matrix all of them are positive.
        if not rows[i][i] > 0:
            raise refusal
        rows[i] = [quotient(x, rows[i][i]) for x in rows[i]]
        for j in range(m):
            if j != i:
                rows[j] = [x - rows[j][i] * y for x, y in zip(rows[j], rows[i], strict=True)]
    return Rows([row[m:] for row in rows])


def result(matrix: Any) -> Any:
    """Return a value as it goes out: nested lists, an array or a tensor."""
    return matrix.rows if isinstance(matrix, Rows) else matrix


def _item(value: Any) -> Any:
    """Return a NumPy scalar or an array without axes as a number; a tensor that has a gradient stays one."""
    single = getattr(value, "ndim", None) == 0 and not getattr(value, "requires_grad", False)
    return value.item() if single else value


def _is_array(value: Any) -> bool:
    return hasattr(value, "dtype") and hasattr(value, "swapaxes")


def _need_scalar(value: Any) -> None:
    if not isinstance(value, int | float | Fraction):
        raise ValueError(f"need single numbers n and entries of matrices, got {str(value)[:40]}")


def _size(value: Any, name: str = "Sigma") -> int:
    """Return the number of rows of a square matrix in nested lists."""
    try:
        lengths = {len(row) for row in value} | {len(value)}
    except TypeError:
        lengths = set[int]()
    if len(lengths) != 1 or lengths == {0} or isinstance(value, str):
        raise ValueError(f"need {name} as a square matrix, such as [[2, 1], [1, 2]], got {str(value)[:40]}")
    return lengths.pop()


def _stack(name: str, value: Any, hermitian: bool) -> Any:
    """Return an array or tensor of floats whose last two axes are those of square matrices."""
    if len(value.shape) < 2 or value.shape[-1] != value.shape[-2] or 0 in value.shape:
        raise ValueError(f"need {name} as a square matrix, or a stack of them, got the shape {tuple(value.shape)}")
    kind = getattr(value.dtype, "kind", "")
    if kind in ("i", "u"):
        return value.astype("float64")
    if kind == "f" or getattr(value.dtype, "is_floating_point", False):
        return value
    if kind == "c" or getattr(value.dtype, "is_complex", False):
        if hermitian:
            return value
        raise ValueError(f"need a real matrix {name}, got a complex one")
    if hasattr(value.dtype, "is_complex") and str(value.dtype) != "torch.bool":
        return value.double()
    raise ValueError(f"need {name} as a matrix of floats or integers, or exact numbers in nested lists")


def _symmetric(sigma: Any) -> bool:
    if isinstance(sigma, Rows):
        size = range(len(sigma.rows))
        if all(is_exact(x) for row in sigma.rows for x in row):
            return all(sigma.rows[i][j] == sigma.rows[j][i] for i in size for j in size)
        apart: float = max(abs(sigma.rows[i][j] - sigma.rows[j][i]) for i in size for j in size)
        return apart <= float(TOLERANCE) * max(abs(x) for row in sigma.rows for x in row)
    pair: list[Any] = [abs(sigma - sigma.swapaxes(-2, -1).conj()), abs(sigma)]
    apart, size = (getattr(each, "amax", each.max)((-2, -1)) for each in pair)
    return bool((apart <= float(TOLERANCE) * size).all())
