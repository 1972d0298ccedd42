"""Factors over ℚ: those of SymPy, letter by letter, and those of long numbers as well."""

from typing import Any

import pytest
import sympy as untyped
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments import manova_trace_moment, matrix_moment
from wishart_moments.notation.factoring import factored

sympy: Any = untyped
beta, m, n = sympy.symbols("beta m n")
EXPONENTS = st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 1))
COEFFICIENTS = st.fractions(-9, 9, max_denominator=6).filter(bool)


@st.composite
def polynomials(draw: st.DrawFn) -> Any:
    terms = draw(st.dictionaries(EXPONENTS, COEFFICIENTS, min_size=1, max_size=3))
    return sum(sympy.Rational(c.numerator, c.denominator) * m**i * n**j * beta**k for (i, j, k), c in terms.items())


@settings(deadline=None, max_examples=40)
@given(polynomials(), polynomials(), polynomials(), polynomials(), polynomials())
def test_the_factors_are_those_of_sympy(a: Any, b: Any, c: Any, d: Any, e: Any) -> None:
    for value in (a * b / (c * d), a / c - b / d, a * (b - c) ** 2 / (d * (b - c)) + e, a * c - c * a):
        found, expected = factored(value), sympy.factor(value)
        assert found == expected
        assert str(found) == str(expected)


@pytest.mark.parametrize(
    "value",
    [
        (m + 1) ** 2 - m**2 - 2 * m - 1,
        (2 * m + 2) / (m + 1),
        untyped.sqrt(2) * m + m,
        untyped.sqrt(m) * n + n,
        untyped.pi * m + m,
        untyped.I * m - m,
        0.5 * m + m * n,
        m**n + m,
        n * untyped.Symbol("q", commutative=False) + n,
    ],
    ids=str,
)
def test_what_has_no_symbols_left_or_is_not_rational_is_as_sympy_has_it(value: Any) -> None:
    assert factored(value) == sympy.factor(value)


def test_factors_of_long_numbers_are_found_at_once() -> None:
    # 300 digits: SymPy looks for a prime beyond them.
    long = 10**300 + 1
    value = sympy.expand((long * m - n) * (m * n + long) ** 2) / (m + sympy.Rational(1, long))
    assert factored(value) == (m * n + long) ** 2 * (long * m - n) / (long * m + 1) * long
    assert manova_trace_moment(3, n1=long).subs({m: 2, sympy.Symbol("n2"): 7}) == manova_trace_moment(3, 2, long, 7)
    formula, numbers = (matrix_moment(-1, (-2,), beta=long, **sizes) for sizes in ({}, {"m": 2, "n": 9}))
    assert len(str(formula.notation())) > 10 * 300
    for term, c in numbers.coefficients.items():
        assert formula.coefficients[term].subs({m: 2, n: 9}) == c
