"""The power sums p_j(Σ) = tr Σ^j of a positive definite scale matrix for j of both signs, and p_0 = m."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from flint import fmpq, fmpq_mat

from wishart_moments import domain
from wishart_moments.errors import DomainError
from wishart_moments.moments.scale import TOLERANCE, PowerSums, power_sums

_SINGULAR = "need a positive definite scale for negative powers, got a singular one"


@dataclass(frozen=True)
class SignedPowerSums(PowerSums):
    """The power sums of Σ, those of Σ^{-1} in `inverse`, and the dimension for p_0."""

    inverse: tuple[Any, ...] = ()

    def __call__(self, parts: Sequence[int]) -> Any:
        """Return p_μ(Σ) = Π_i tr Σ^{μ_i}, μ_i of both signs."""
        product: Any = 1
        for part in parts:
            value = self.values[part - 1] if part > 0 else self.inverse[-part - 1] if part else self.dimension
            product = product * value
        return product


def signed_power_sums(scale: Any, highest: int, lowest: int, *, hermitian: bool = False) -> SignedPowerSums:
    """Return tr Σ^j for lowest <= j <= highest.

    Args:
        scale: Σ, symmetric positive definite; kinds of entries and their arithmetic as for `power_sums`.
        highest: the last positive power, at least 0.
        lowest: the last negative power, at most 0.
        hermitian: whether Σ may be complex Hermitian.

    Raises:
        DomainError: as `power_sums`, and if Σ is singular (in floats: to within rounding).

    Example:
        >>> signed_power_sums([[2, 1], [1, 2]], 1, -2)([1, -2])
        Fraction(40, 9)
    """
    # Without a float among them the entries are inverted exactly.
    direct = power_sums(scale, max(highest, 1), hermitian=hermitian)
    rows = scale.tolist() if hasattr(scale, "tolist") else [list(row) for row in scale]
    inverse = power_sums(_inverse(rows), max(-lowest, 1), hermitian=hermitian, definite=False)
    return SignedPowerSums(direct.dimension, direct.values, inverse.values)


def _inverse(rows: list[list[Any]]) -> Any:
    """Return the inverse of an admitted matrix: exact, in floats or symbolic as its entries are."""
    entries = [entry for row in rows for entry in row]
    if any(domain.is_symbolic(entry) for entry in entries):
        import sympy as untyped

        sympy = cast(Any, untyped)
        matrix = sympy.Matrix(rows)
        determinant = sympy.simplify(matrix.det())
        if determinant == 0:
            raise DomainError(_SINGULAR)
        return (matrix.adjugate() / determinant).applyfunc(sympy.cancel)
    if not any(isinstance(entry, complex) for entry in entries):
        numbers = [[domain.number(entry, "every entry of scale", "to be real") for entry in row] for row in rows]
        if not any(isinstance(entry, float) for row in numbers for entry in row):
            return _exact_inverse(fmpq_mat([[fmpq(*x.as_integer_ratio()) for x in row] for row in numbers]))
        rows = cast(Any, numbers)
    matrix = np.array([[complex(entry) for entry in row] for row in rows])
    eigenvalues = np.linalg.eigvalsh((matrix + matrix.conj().T) / 2)
    if not eigenvalues.min() > TOLERANCE * eigenvalues.max():
        raise DomainError(f"{_SINGULAR} (eigenvalues {eigenvalues.min():.6g} to {eigenvalues.max():.6g})")
    # The inverse in its own eigenbasis: only its power sums are wanted.
    return np.diag(1 / eigenvalues)


def _exact_inverse(matrix: fmpq_mat) -> Any:
    from wishart_moments.moments.polynomials import as_number

    if matrix.det() == 0:
        raise DomainError(_SINGULAR)
    inverse = matrix.inv()
    return [[as_number(entry) for entry in row] for row in inverse.tolist()]
