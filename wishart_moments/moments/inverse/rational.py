"""Rational functions whose denominators are products of known linear factors: the currency of inverse moments.

Every moment with negative powers is N(c) / Π_e (c − e)^{k_e} in c = n − m + 1 − 2/β, its roots contents of partitions,
e = (2/β)(j−1) − (i−1). The numerators are exact polynomials, in c alone at a general scale Σ, in m and c at Σ = I; a
factor that divides the numerator is cancelled, one root after the other, without any greatest common divisor.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flint import fmpq, fmpq_mpoly, fmpq_poly

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_moments.moments.polynomials import as_number
from wishart_moments.notation.convert import as_terms, linear_factors, polynomial
from wishart_moments.notation.shown import Shown
from wishart_moments.notation.tree import Node, quotient

if TYPE_CHECKING:
    import sympy

Roots = Mapping[Fraction, int]
"""{e: k_e}: the factors (c − e)^{k_e} of a denominator."""


@dataclass(frozen=True, eq=False, repr=False)
class RationalFunction(Shown):
    """An exact rational function N(c) / Π_e (c − e)^{k_e}, reduced by `rational_function`.

    Attributes:
        numerator: N.
        roots: {e: k_e}, in increasing order of e.

    Example:
        >>> f = rational_function(fmpq_poly([0, 2]), {Fraction(0): 2, Fraction(2): 1})
        >>> f, f(5)
        (2/(c (c - 2)), Fraction(2, 15))
    """

    numerator: fmpq_poly
    roots: Roots

    def __call__(self, c: int | Fraction) -> int | Fraction:
        """Return the value at a number c; exact.

        Raises:
            DomainError: at a pole.
        """
        value = self.numerator(rational(c))
        for root, multiplicity in self.roots.items():
            if c == root:
                raise DomainError(f"the moment has a pole at c = n - m + 1 - 2/beta = {shown(c)}")
            value /= (rational(c) - rational(root)) ** multiplicity
        return as_number(value)

    def __eq__(self, other: object) -> bool:
        """Return whether both are one function."""
        if not isinstance(other, RationalFunction):
            return NotImplemented
        return self.numerator == other.numerator and self.roots == other.roots

    def __hash__(self) -> int:
        return hash((tuple(map(str, self.numerator.coeffs())), tuple(self.roots.items())))

    def as_expr(self, c: Any = None) -> "sympy.Expr":
        """Return the function as a SymPy expression in c, the denominator factored.

        Example:
            >>> rational_function(fmpq_poly([1, 2]), {Fraction(1): 2}).as_expr()
            (2*c + 1)/(c - 1)**2
        """
        import sympy

        c = sympy.Symbol("c") if c is None else c
        content, factors = self.numerator.factor() if self.numerator else (fmpq(0), [])
        numerator = sympy.Mul(
            sympy.Rational(int(content.p), int(content.q)),
            *(sympy.Add(*(_sympy(x) * c**i for i, x in enumerate(f.coeffs()))) ** power for f, power in factors),
        )
        return numerator / denominator_expr(self.roots, c)

    def notation(self) -> Node:
        """Return the tree of N/D in c."""
        return quotient(polynomial(as_terms(self.numerator), ("c",)), linear_factors(self.roots, "c"))

    def __reduce__(self) -> Any:
        return _restored, ([str(c) for c in self.numerator.coeffs()], dict(self.roots))


def _restored(coefficients: list[str], roots: Roots) -> RationalFunction:
    """Return the function that was pickled."""
    return RationalFunction(fmpq_poly([rational(Fraction(c)) for c in coefficients]), roots)


def _sympy(value: fmpq) -> Any:
    import sympy

    return sympy.Rational(int(value.p), int(value.q))


def denominator_expr(roots: Roots, c: Any) -> Any:
    """Return Π_e (c − e)^{k_e} as a SymPy expression."""
    import sympy

    factors = ((c - sympy.Rational(e.numerator, e.denominator)) ** power for e, power in roots.items())
    return sympy.Mul(*factors)


def rational(value: int | Fraction) -> fmpq:
    """Return the number in FLINT's kind."""
    return fmpq(*value.as_integer_ratio())


def linear(root: Fraction) -> fmpq_poly:
    """Return c − e."""
    return fmpq_poly([-rational(root), 1])


def product(roots: Roots) -> fmpq_poly:
    """Return Π_e (c − e)^{k_e}, expanded.

    Example:
        >>> product({Fraction(0): 1, Fraction(2): 1})
        x^2 + (-2)*x
    """
    result = fmpq_poly([1])
    for root, multiplicity in roots.items():
        result *= linear(root) ** multiplicity
    return result


def rational_function(numerator: fmpq_poly, roots: Roots) -> RationalFunction:
    """Return N(c) / Π_e (c − e)^{k_e} in lowest terms."""
    left: dict[Fraction, int] = {}
    for root in sorted(roots):
        multiplicity = roots[root] if numerator else 0
        while multiplicity and numerator(rational(root)) == 0:
            numerator = numerator // linear(root)
            multiplicity -= 1
        if multiplicity:
            left[root] = multiplicity
    return RationalFunction(numerator, left)


def reduced(numerator: fmpq_mpoly, roots: Mapping[Any, int]) -> tuple[fmpq_mpoly, dict[Any, int]]:
    """Return N(m, c) and Π (c − e)^{k_e} without their common factors.

    Args:
        numerator: in ℚ[m, c], or in ℚ[m, c, a] with roots e = (s, t) that stand for a s − t.
        roots: {e: k_e}.
    """
    _, c, *a = numerator.context().gens()
    left: dict[Any, int] = {}
    for root, multiplicity in roots.items():
        factor = c - (a[0] * root[0] - root[1] if a else rational(root))
        remaining = multiplicity if numerator else 0
        while remaining:
            quotient, remainder = divmod(numerator, factor)
            if remainder:
                break
            numerator = quotient
            remaining -= 1
        if remaining:
            left[root] = remaining
    return numerator, left
