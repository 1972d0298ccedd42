"""Finding a recurrence: unknown coefficients, exact linear algebra at points, interpolation, and then the proof.

With p_j(k) = Σ_i c_ij k^i the identity Σ_ij c_ij (−θ)^i[x^j · xρ] = 0 of `identities` is linear in the c_ij. At numbers
N and a its solutions are the kernel of a matrix over Q; for the shortest recurrence it has one dimension. Normalised,
the c_ij at enough points are interpolated by polynomials in N and a, and the identity of polynomials proves the result:
how it was found does not matter any more.
"""

from collections.abc import Iterator, Sequence
from itertools import count

from flint import fmpq, fmpq_mat, fmpq_mpoly

from wishart_moments.domain import order
from wishart_moments.errors import LimitError
from wishart_moments.proofs.densities import Density, Vector
from wishart_moments.proofs.identities import K_RING, Identity, Recurrence

MAX_TERMS, MAX_DEGREE, MAX_INTERPOLATED = 7, 7, 8
"""The longest recurrence, the highest power of k, and of N and a together, that are looked for."""

_GENERIC = (fmpq(7, 3), fmpq(11, 5))


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
        Some 0.1 s for the three terms of complex W, below a second for the five of real W.

    Example:
        >>> from wishart_moments.proofs.densities import COMPLEX
        >>> find_recurrence(COMPLEX).recurrence
        k (n - m - k - 1) (n - m + k + 1) M_(k) - (2 k + 3) (m + n) M_(k+1) + (k + 3) M_(k+2) = 0
    """
    most, highest = min(order(terms, "terms"), MAX_TERMS), min(order(degree, "degree"), MAX_DEGREE)
    images = [_images(density, j, highest) for j in range(most)]
    for length in range(2, most + 1):
        # A recurrence of this length of the highest degree comes before the search for the least one.
        for least in (highest, *range(highest)):
            unknown = [images[j][i] for j in range(length) for i in range(least + 1)]
            solutions = _kernel(unknown, *_GENERIC)
            if not solutions and least == highest:
                break
            if len(solutions) == 1:
                return _proved(density, unknown, least)
    raise LimitError(f"no recurrence of at most {most} terms, of degree {highest} in k, was found for {density.name}")


def _images(density: Density, j: int, degree: int) -> list[Vector]:
    """Return (−θ)^i[x^j · xρ] for i <= degree."""
    zero, one = density.sizes[0] * 0, density.sizes[0] * 0 + 1
    return [density.applied([*[zero] * i, one], j) for i in range(degree + 1)]


def _kernel(unknown: Sequence[Vector], big_n: fmpq, a: fmpq) -> list[list[fmpq]]:
    """Return a basis of the numbers c with Σ c_l unknown_l = 0 at N and a."""
    columns: list[dict[tuple[int, int], fmpq]] = []
    for vector in unknown:
        column: dict[tuple[int, int], fmpq] = {}
        for component, entry in enumerate(vector):
            for (i, j, k), c in entry.to_dict().items():
                key = (component, int(i))
                column[key] = column.get(key, fmpq(0)) + c * big_n ** int(j) * a ** int(k)
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


def _proved(density: Density, unknown: Sequence[Vector], degree: int) -> Identity:
    """Interpolate the only solution in N and a, with more and more points, until the identity holds."""
    generic = _kernel(unknown, *_GENERIC)[0]
    # The free unknown is 1: the last of the longest moment's coefficients, a number in every case known.
    points = _points()
    values: list[tuple[tuple[fmpq, fmpq], list[fmpq]]] = []
    for total in range(MAX_INTERPOLATED + 1):
        exponents = [(i, d - i) for d in range(total + 1) for i in range(d + 1)]
        while len(values) < len(exponents):
            point = next(points)
            solutions = _kernel(unknown, *point)
            if len(solutions) == 1 and all((x == 0) >= (y == 0) for x, y in zip(solutions[0], generic, strict=True)):
                values.append((point, solutions[0]))
        monomials = fmpq_mat([[x**i * y**j for i, j in exponents] for (x, y), _ in values])
        fitted = monomials.solve(fmpq_mat([solution for _, solution in values]))
        found = Identity(density, _assembled(density, fitted, exponents, degree))
        if found.holds:
            return found
    raise LimitError(f"the coefficients are no polynomials of degree <= {MAX_INTERPOLATED} in the sizes")


def _points() -> Iterator[tuple[fmpq, fmpq]]:
    """Yield points (N, a) in general position: those of degree d are enough for polynomials of degree d."""
    for total in count():
        for i in range(total + 1):
            yield fmpq(3 * i + 5, 7), fmpq(2 * (total - i) + 3, 11)


def _assembled(density: Density, fitted: fmpq_mat, exponents: Sequence[tuple[int, int]], degree: int) -> Recurrence:
    """Return the recurrence in k, m and n, with coprime integer coefficients."""
    k, m, n = K_RING.gens()
    # N and a in terms of m and n, from m = N + m_0, n = N + a + n_0.
    shift_m, shift_n = (size.to_dict().get((0, 0, 0), fmpq(0)) for size in density.sizes)
    big_n, a = m - shift_m, n - m - shift_n + shift_m
    powers = [big_n**i * a**j for i, j in exponents]
    coefficients: list[fmpq_mpoly] = []
    for j in range(fitted.ncols() // (degree + 1)):
        p = 0 * k
        for i in range(degree + 1):
            column = j * (degree + 1) + i
            p += k**i * sum((fitted[row, column] * each for row, each in enumerate(powers)), start=0 * k)
        coefficients.append(p)
    contents = [c for p in coefficients for c in p.coeffs()]
    scale = fmpq(1)
    for c in contents:
        scale *= (c * scale).q
    divisor = fmpq(0)
    for c in contents:
        divisor = fmpq((c * scale).p.gcd(divisor.p))
    return Recurrence(tuple(p * scale / divisor for p in coefficients))
