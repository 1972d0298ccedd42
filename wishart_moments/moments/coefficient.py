"""The coefficients in tables of moments: exact polynomials in n, or in n and a = 2/β where β is a symbol."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

from flint import fmpq_mpoly, fmpq_poly

from wishart_moments.domain import is_symbolic, number
from wishart_moments.errors import DomainError
from wishart_moments.moments.polynomials import as_number, rational
from wishart_moments.notation.convert import as_terms, polynomial
from wishart_moments.notation.shown import Shown
from wishart_moments.notation.tree import Node


@dataclass(frozen=True, eq=False, repr=False)
class Coefficient(Shown):
    """A polynomial over ℚ in n, or in n and a: values are int, Fraction or SymPy expressions.

    Attributes:
        polynomial: FLINT's `fmpq_poly`, or `fmpq_mpoly` in n and a.

    Example:
        >>> c = Coefficient(fmpq_poly([0, 1, 1]))
        >>> c, c(4), c("1/2"), c.coefficients
        (n (n + 1), 20, Fraction(3, 4), {(1,): 1, (2,): 1})
    """

    polynomial: fmpq_poly | fmpq_mpoly

    @property
    def names(self) -> tuple[str, ...]:
        """The variables: n, or n and a."""
        return ("n",) if isinstance(self.polynomial, fmpq_poly) else ("n", "a")

    @property
    def coefficients(self) -> dict[tuple[int, ...], int | Fraction]:
        """{exponents: c}, without those that vanish."""
        return {powers: as_number(rational(c)) for powers, c in as_terms(self.polynomial).items()}

    def __call__(self, *values: Any) -> Any:
        """Return the value at n, or at n and a: int or Fraction at numbers, else a SymPy expression; exact."""
        if len(values) != len(self.names):
            raise DomainError(f"need values of {' and '.join(self.names)}, got {len(values)} of them")
        if any(map(is_symbolic, values)):
            import sympy as untyped

            sympy: Any = untyped
            return self.as_expr().subs({sympy.Symbol(name): x for name, x in zip(self.names, values, strict=True)})
        exact: list[Any] = [
            rational(Fraction(cast(Any, number(value, name, "to be rational"))))
            for name, value in zip(self.names, values, strict=True)
        ]
        found: Any = self.polynomial
        return as_number(found(*exact))

    def __eq__(self, other: object) -> bool:
        """Return whether both are one polynomial."""
        found: Any = self.polynomial
        return bool(found == (other.polynomial if isinstance(other, Coefficient) else other))

    def __hash__(self) -> int:
        return hash(tuple(self.coefficients.items()))

    def __bool__(self) -> bool:
        return bool(self.coefficients)

    def as_expr(self) -> Any:
        """Return the polynomial as a SymPy expression, expanded."""
        import sympy

        symbols: list[Any] = [sympy.Symbol(name) for name in self.names]
        terms = (
            sympy.Mul(sympy.Rational(c), *(x**e for x, e in zip(symbols, powers, strict=True)))
            for powers, c in self.coefficients.items()
        )
        return sympy.Add(*terms)

    def notation(self) -> Node:
        """Return the tree."""
        return polynomial(as_terms(self.polynomial), self.names)

    def __reduce__(self) -> Any:
        return _restored, (self.coefficients, len(self.names))


def _restored(coefficients: dict[tuple[int, ...], int | Fraction], variables: int) -> Coefficient:
    """Return the polynomial that was pickled."""
    if variables == 1:
        degree = max((i for (i,) in coefficients), default=-1)
        return Coefficient(fmpq_poly([rational(coefficients.get((i,), 0)) for i in range(degree + 1)]))
    from wishart_moments.moments.general_scale.marked_equations import COEFFICIENT_RING

    return Coefficient(COEFFICIENT_RING.from_dict({powers: rational(c) for powers, c in coefficients.items()}))
