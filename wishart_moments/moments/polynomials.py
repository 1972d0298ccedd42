"""Polynomials in m and n: the common currency of all routes.

Every route returns elements of ℚ[m, n] (FLINT's `fmpq_mpoly`), or of ℚ[m, n, a] with a = 2/β where β stays symbolic;
equal moments are equal objects under ==.
"""

from collections.abc import Mapping

from flint import fmpq, fmpq_mpoly, fmpq_mpoly_ctx, fmpz

Polynomial = fmpq_mpoly
RING = fmpq_mpoly_ctx.get(("m", "n"), "deglex")
SYMBOLIC_RING = fmpq_mpoly_ctx.get(("m", "n", "a"), "deglex")

Terms = Mapping[tuple[int, ...], fmpz | fmpq | int]


def polynomial(terms: Terms) -> Polynomial:
    """Return Σ c m^i n^j from {(i, j): c}, or Σ c m^i n^j a^l from {(i, j, l): c}.

    Example:
        >>> print(polynomial({(2, 1): 1, (1, 2): 1, (1, 1): 1}))
        m^2*n + m*n^2 + m*n
    """
    exponents = next(iter(terms), (0, 0))
    return (RING if len(exponents) == 2 else SYMBOLIC_RING).from_dict(dict(terms))
