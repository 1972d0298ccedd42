"""Polynomials in m and n: the common currency of all routes.

Every route returns elements of ℚ[m, n] (FLINT's `fmpq_mpoly`), or of ℚ[m, n, a] with a = 2/β where β stays symbolic;
equal moments are equal objects under ==.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from flint import arb, fmpq, fmpq_mpoly, fmpq_mpoly_ctx, fmpq_poly, fmpz

from wishart_moments.domain import is_number

if TYPE_CHECKING:
    import sympy

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


def as_number(value: fmpz | fmpq | int) -> int | Fraction:
    """Return an exact number as `int`, or as `Fraction` where it is no integer.

    Example:
        >>> as_number(fmpq(4, 2)), as_number(fmpq(1, 2))
        (2, Fraction(1, 2))
    """
    exact = fmpq(value)
    return int(exact.p) if exact.q == 1 else Fraction(int(exact.p), int(exact.q))


def rational(value: int | Fraction) -> fmpq:
    """Return a number, a rational of SymPy too, in FLINT's kind."""
    exact: Any = value
    return fmpq(int(exact.p), int(exact.q)) if hasattr(exact, "p") else fmpq(*exact.as_integer_ratio())


def dyadic(ball: arb) -> Fraction:
    """Return the number that a ball of radius 0 is, such as an end of another ball.

    Example:
        >>> dyadic(arb(3) / 8)
        Fraction(3, 8)
    """
    mantissa, exponent = ball.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def evaluate(moment: Polynomial, m: int, n: int | Fraction) -> int | Fraction:
    """Return the value of a polynomial in m and n; exact.

    Example:
        >>> evaluate(polynomial({(2, 1): 1, (1, 2): 1, (1, 1): 1}), 4, 7)
        336
    """
    return as_number(moment(fmpq(m), rational(n)))


def to_sympy(
    moment: Polynomial, m: "sympy.Expr | int", n: "sympy.Expr | int", beta: "sympy.Expr | None" = None
) -> "sympy.Expr":
    """Return the polynomial as a SymPy expression; a variable a becomes 2/β.

    Example:
        >>> import sympy
        >>> to_sympy(polynomial({(1, 2): 1, (1, 1): -1}), *sympy.symbols("m n"))
        m*n**2 - m*n
    """
    import sympy

    variables: list[Any] = [m, n]
    if len(moment.context().gens()) == 3:
        variables.append(2 / cast("sympy.Expr", beta))
    terms: list[Any] = []
    for exponents, c in moment.to_dict().items():
        powers = (variable ** int(e) for variable, e in zip(variables, exponents, strict=True))
        terms.append(sympy.Mul(sympy.Rational(int(c.p), int(c.q)), *powers))
    return sympy.Add(*terms)


def at_n(coefficient: fmpq_poly | fmpq_mpoly, n: Any, beta: Any = None) -> Any:
    """Return the value of a polynomial at a number n, or its SymPy expression at a symbolic one, or at a symbolic β."""
    if isinstance(coefficient, fmpq_mpoly):
        return to_sympy(coefficient, n, 2 / beta)
    if is_number(n):
        return as_number(coefficient(rational(n)))
    return sum(as_number(c) * n**j for j, c in enumerate(coefficient.coeffs()))
