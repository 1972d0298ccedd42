"""Numerators over Π (c − e)^{k_e}, c = n − m + 1 − 2/β, as numbers or as SymPy expressions in m, n and β."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flint import fmpq, fmpq_mpoly, fmpq_poly

from wishart_moments.domain import is_number, is_symbolic, jack_parameter
from wishart_moments.moments.inverse.rational import rational_function, reduced
from wishart_moments.moments.inverse.signed_equations import Ring
from wishart_moments.moments.polynomials import RING, SYMBOLIC_RING, as_number, rational, to_sympy
from wishart_moments.notation.factoring import factored

MAX_FACTORED_TERMS = 60
"""The longest numerator in m and n that is factored; E tr S^-7 has 44 terms, E tr S^-12 has 152 and takes minutes."""


def ring_for(m: Any, n: Any, beta: Any) -> Ring:
    """Return the smallest ring in which a moment is to be computed: numbers, polynomials in c, or in m, c (and a)."""
    if is_symbolic(beta):
        return Ring.polynomials(None)
    if isinstance(m, int):
        return Ring.numbers(m, n, beta) if is_number(n) else Ring.in_c(beta, m)
    return Ring.polynomials(beta)


def shown(numerator: Any, roots: Mapping[Any, int], m: Any, n: Any, beta: Any) -> Any:
    """Return an element of the ring `ring_for(m, n, beta)` over the denominator as a number or a SymPy expression."""
    if isinstance(numerator, fmpq):
        a = jack_parameter(beta)
        for root, multiplicity in roots.items():
            numerator = numerator / rational(n - m + 1 - a - root) ** multiplicity
        return as_number(numerator)
    if isinstance(numerator, fmpq_mpoly) and isinstance(m, int) and not is_symbolic(beta):
        numerator = _at_m(numerator, m)
    if isinstance(numerator, fmpq_poly):
        return _in_n(numerator, roots, m, n, beta)
    return _in_m_and_n(numerator, roots, m, n, beta)


def _at_m(numerator: fmpq_mpoly, m: int) -> fmpq_poly:
    """Return N(m, c) at a number m."""
    coefficients = [fmpq(0)] * (numerator.degrees()[1] + 1)
    for (i, j), value in numerator.to_dict().items():
        coefficients[j] += value * m**i
    return fmpq_poly(coefficients)


def _in_n(numerator: fmpq_poly, roots: Mapping[Fraction, int], m: int, n: Any, beta: Any) -> Any:
    shift = m - 1 + jack_parameter(beta)
    in_n = numerator(fmpq_poly([-rational(shift), 1]))
    return rational_function(in_n, {root + shift: multiplicity for root, multiplicity in roots.items()}).as_expr(n)


def _factors(numerator: fmpq_mpoly) -> tuple[fmpq, list[tuple[fmpq_mpoly, int]]]:
    """Return the content and the factors with their multiplicities; of long ones only the monomial is split off."""
    if len(numerator) <= MAX_FACTORED_TERMS:
        content, factors = numerator.factor()
        return fmpq(content), [(factor, int(multiplicity)) for factor, multiplicity in factors]
    monomial = numerator.term_content()
    return fmpq(1), [(monomial, 1), (numerator // monomial, 1)]


def _in_m_and_n(numerator: fmpq_mpoly, roots: Mapping[Any, int], m: Any, n: Any, beta: Any) -> Any:
    import sympy as untyped

    sympy: Any = untyped
    numerator, roots = reduced(numerator, roots)
    symbolic = is_symbolic(beta)
    ring = SYMBOLIC_RING if symbolic else RING
    p, q, *variable = ring.gens()
    a = variable[0] if symbolic else rational(jack_parameter(beta))
    content, factors = _factors(numerator.compose(p, q - p + 1 - a, *variable, ctx=ring))
    # With a = 2/β every factor of degree l in a is multiplied by β^l, every one c − a s + t of the denominator by β.
    powers = 0
    value: Any = sympy.Rational(int(content.p), int(content.q))
    for factor, multiplicity in factors:
        degree = factor.degrees()[2] if symbolic else 0
        expression = to_sympy(factor, m, n, beta if symbolic else None)
        value *= (sympy.expand(expression * beta**degree) if degree else expression) ** multiplicity
        powers -= degree * multiplicity
    for root, multiplicity in roots.items():
        if symbolic:
            s, t = root
            value /= (beta * (n - m + 1 + t) - 2 * (s + 1)) ** multiplicity
            powers += multiplicity
        else:
            constant = 1 - jack_parameter(beta) - root
            denominator = constant.denominator
            value /= (denominator * (n - m) + constant.numerator) ** multiplicity
            value *= denominator**multiplicity
    if powers:
        value *= beta**powers
    # Factors may cancel where a number has taken the place of m or n.
    return value if is_symbolic(m) and is_symbolic(n) else factored(value)
