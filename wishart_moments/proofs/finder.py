"""Finding a recurrence: unknown coefficients, exact linear algebra at points, interpolation, and then the proof.

With p_j(k) = Σ_i c_ij k^i the identity Σ_ij c_ij (−θ)^i[x^j · xρ] = 0 of `identities` is linear in the c_ij. At numbers
N and a its solutions are the kernel of a matrix over Q; for the shortest recurrence it has one dimension. Normalised,
the c_ij at enough points are interpolated by polynomials in N and a, and the identity of polynomials proves the result:
how it was found does not matter any more.
"""

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from flint import fmpq, fmpq_mat, fmpq_mpoly

from wishart_moments.domain import order
from wishart_moments.errors import LimitError
from wishart_moments.proofs.densities import Density, Vector
from wishart_moments.proofs.identities import Identity, Recurrence

MAX_TERMS, MAX_DEGREE, MAX_INTERPOLATED = 7, 7, 8
"""The longest recurrence, the highest power of k, and of N and a together, that are looked for."""


def find_recurrence(density: Density, *, terms: int = MAX_TERMS, degree: int = MAX_DEGREE) -> Identity:
    """Return the shortest recurrence for the moments of a density, of least degree in k, proved.

    Args:
        density: one of `densities`, or any vector in a module that θ maps into itself.
        terms: the most terms, up to 7.
        degree: the highest power of k, up to 7.

    Returns:
        The identity, which holds; its recurrence has coprime integer coefficients.

    Raises:
        LimitError: if there is none within these limits.

    Cost:
        Some 10 ms for the three terms of complex W, 0.1 s for the five of real W, seconds for those of `JACOBI`.

    Example:
        >>> from wishart_moments.proofs.densities import COMPLEX
        >>> find_recurrence(COMPLEX).recurrence
        k (n - m - k - 1) (n - m + k + 1) M_(k) - (2 k + 3) (m + n) M_(k+1) + (k + 3) M_(k+2) = 0
    """
    most, highest = min(order(terms, "terms"), MAX_TERMS), min(order(degree, "degree"), MAX_DEGREE)
    generic = _generic(density)
    images = [density.images(j, highest) for j in range(most)]
    for length in range(2, most + 1):
        # A recurrence of this length of the highest degree comes before the search for the least one.
        for least in (highest, *range(highest)):
            unknown = [images[j][i] for j in range(length) for i in range(least + 1)]
            solutions = _kernel(unknown, generic)
            if not solutions and least == highest:
                break
            if len(solutions) == 1:
                return _proved(density, unknown, least)
    raise LimitError(f"no recurrence of at most {most} terms, of degree {highest} in k, was found for {density.name}")


Point = tuple[fmpq, ...]


def _generic(density: Density) -> Point:
    return (fmpq(7, 3), fmpq(11, 5), fmpq(17, 13))[: len(density.parameters)]


def _kernel(unknown: Sequence[Vector], point: Point) -> list[list[fmpq]]:
    """Return a basis of the numbers c with Σ c_l unknown_l = 0 at a point (N, a, …)."""
    columns: list[dict[tuple[int, int], fmpq]] = []
    for vector in unknown:
        column: dict[tuple[int, int], fmpq] = {}
        for component, entry in enumerate(vector):
            for (i, *exponents), c in entry.to_dict().items():
                key = (component, int(i))
                column[key] = column.get(key, fmpq(0)) + c * _monomial(point, exponents)
        columns.append(column)
    keys = sorted({key for column in columns for key in column})
    reduced, rank = fmpq_mat([[column.get(key, fmpq(0)) for column in columns] for key in keys]).rref()
    pivots = [next(j for j in range(len(columns)) if reduced[row, j] != 0) for row in range(rank)]
    solutions: list[list[fmpq]] = []
    for free in sorted(set(range(len(columns))) - set(pivots)):
        solution = [fmpq(0)] * len(columns)
        solution[free] = fmpq(1)
        for row, pivot in enumerate(pivots):
            solution[pivot] = -reduced[row, free]
        solutions.append(solution)
    return solutions


def _monomial(values: Sequence[Any], exponents: Sequence[int]) -> Any:
    return prod((value ** int(e) for value, e in zip(values, exponents, strict=True) if e), start=0 * values[0] + 1)


def _proved(density: Density, unknown: Sequence[Vector], degree: int) -> Identity:
    """Interpolate the only solution in N, a, …, with more and more points, until the identity holds."""
    generic = _kernel(unknown, _generic(density))[0]
    # The unknown that is free is 1: the highest coefficient of the last term, a number in every case known.
    values: list[tuple[Point, list[fmpq]]] = []
    exponents: list[tuple[int, ...]] = []
    for total in range(MAX_INTERPOLATED + 1):
        level = list(_of_degree(total, len(density.parameters)))
        exponents += level
        for each in level:
            # In general position: the points of degree up to d are enough for polynomials of degree d.
            point = tuple(fmpq((3, 2, 5)[i] * e + (5, 3, 4)[i], (7, 11, 13)[i]) for i, e in enumerate(each))
            (solution,) = _kernel(unknown, point)
            values.append((point, solution))
        monomials = fmpq_mat([[_monomial(point, each) for each in exponents] for point, _ in values])
        fitted = monomials.solve(fmpq_mat([solution for _, solution in values]))
        if any(_at(fitted, exponents, _generic(density), column) != c for column, c in enumerate(generic)):
            continue
        found = Identity(density, _assembled(density, fitted, exponents, degree))
        if found.holds:
            return found
    raise LimitError(f"the coefficients are no polynomials of degree <= {MAX_INTERPOLATED} in the sizes")


def _of_degree(total: int, count: int) -> Iterator[tuple[int, ...]]:
    if count == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _of_degree(total - first, count - 1):
            yield (first, *rest)


def _at(fitted: fmpq_mat, exponents: Sequence[tuple[int, ...]], values: Sequence[Any], column: int) -> Any:
    """Return the value of an interpolated coefficient."""
    terms = (fitted[row, column] * _monomial(values, each) for row, each in enumerate(exponents))
    return sum(terms, start=0 * values[0])


def _assembled(density: Density, fitted: fmpq_mat, exponents: Sequence[tuple[int, ...]], degree: int) -> Recurrence:
    """Return the recurrence in k, m, n, …, with coprime integer coefficients."""
    k = density.parameters[0].context().gens()[0]
    coefficients: list[fmpq_mpoly] = []
    for j in range(fitted.ncols() // (degree + 1)):
        columns = range(j * (degree + 1), (j + 1) * (degree + 1))
        terms = (k**i * _at(fitted, exponents, density.parameters, column) for i, column in enumerate(columns))
        coefficients.append(sum(terms, start=0 * k))
    contents = [c for p in coefficients for c in p.coeffs()]
    scale, divisor = fmpq(1), fmpq(0)
    for c in contents:
        scale *= (c * scale).q
    for c in contents:
        divisor = fmpq((c * scale).p.gcd(divisor.p))
    return Recurrence(tuple(p * scale / divisor for p in coefficients))
