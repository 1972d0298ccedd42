"""Polynomials of different makers in one form, {exponents: coefficient}, to be compared."""

from fractions import Fraction
from typing import Any

Terms = dict[tuple[int, ...], Fraction]


def of_flint(polynomial: Any) -> Terms:
    """Return the terms of a FLINT polynomial over ℤ or ℚ."""
    return of_terms(polynomial.to_dict())


def of_terms(terms: Any) -> Terms:
    """Return {exponents: Fraction} from a mapping with coefficients of any exact kind."""
    return {tuple(map(int, exponents)): _fraction(c) for exponents, c in terms.items()}


def _fraction(value: Any) -> Fraction:
    if hasattr(value, "q"):
        return Fraction(int(value.p), int(value.q))
    return Fraction(int(value))


def of_sympy(expression: Any) -> Terms:
    """Return the terms of a SymPy expression in m and n."""
    import sympy

    return of_terms(dict(sympy.Poly(expression, *sympy.symbols("m n")).terms()))


def of_json(terms: dict[str, str]) -> Terms:
    """Return the terms of {"i,j": "c"}."""
    return {tuple(map(int, exponents.split(","))): Fraction(c) for exponents, c in terms.items()}
