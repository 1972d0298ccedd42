"""Formulas for σ: what they mean, exactly; that nothing is executed; what is refused."""

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.errors import DomainError
from wishart_moments.variance.scale_expression import MAX_LENGTH, NAMED, parse_scale, root

M, N = 48, 108

SQUARES = [
    ("he", Fraction(1, N)),
    ("HE", Fraction(1, N)),
    ("kaiming", Fraction(2, N)),
    ("xavier", Fraction(2, M + N)),
    ("1/sqrt(n)", Fraction(1, N)),
    ("10/sqrt(n)", Fraction(100, N)),
    ("sqrt(2/n)", Fraction(2, N)),
    ("√(2/n)", Fraction(2, N)),
    ("2/√n", Fraction(4, N)),
    ("2*n**-0.5", Fraction(4, N)),
    ("2 * n^(-1/2)", Fraction(4, N)),
    ("3*he", Fraction(9, N)),
    ("0.1", Fraction(1, 100)),
    ("1e-3", Fraction(1, 10**6)),
    (".5", Fraction(1, 4)),
    ("1/7", Fraction(1, 49)),
    ("n**1.5/m", Fraction(N**3, M**2)),
    ("sqrt(n/3) + sqrt(4)", Fraction(64)),
    ("sqrt(m*n)", Fraction(M * N)),
    ("sqrt(8) + 3*sqrt(8)", Fraction(128)),
    ("-(-1)", Fraction(1)),
    ("0", Fraction(0)),
    ("1/sqrt(n) - 1/sqrt(n)", Fraction(0)),
    ("0**0", Fraction(1)),
    ("n**-0", Fraction(1)),
]


@pytest.mark.parametrize(("text", "square"), SQUARES)
def test_surds_have_an_exact_square(text: str, square: Fraction) -> None:
    scale = parse_scale(text).at(M, N)
    assert scale.square == square
    assert scale.sigma == root(square)


@pytest.mark.parametrize("name", NAMED)
def test_a_name_stands_for_its_formula(name: str) -> None:
    assert parse_scale(name).at(M, N) == parse_scale(NAMED[name]).at(M, N)


def _decimal_root(square: Fraction) -> float:
    with localcontext(prec=60):
        return float((Decimal(square.numerator) / Decimal(square.denominator)).sqrt())


@given(st.fractions(min_value=Fraction(1, 10**12), max_value=10**12))
@settings(deadline=None)
def test_roots_are_rounded_to_nearest(square: Fraction) -> None:
    assert root(square) == _decimal_root(square)
    assert root(square * square) == float(square)


IRRATIONAL = [
    ("1 + sqrt(2)", lambda: 1 + Decimal(2).sqrt()),
    ("sqrt(1 + sqrt(n))", lambda: (1 + Decimal(N).sqrt()).sqrt()),
    ("n**(1/3)", lambda: Decimal(N) ** (Decimal(1) / 3)),
    ("2**sqrt(2)", lambda: Decimal(2) ** Decimal(2).sqrt()),
    ("sqrt(2) - sqrt(3)/2", lambda: Decimal(2).sqrt() - Decimal(3).sqrt() / 2),
    ("sqrt(m) - sqrt(m - 1/10**30)", lambda: Decimal(M).sqrt() - (M - Decimal(10) ** -30).sqrt()),
]


@pytest.mark.parametrize(("text", "value"), IRRATIONAL, ids=[text for text, _ in IRRATIONAL])
def test_other_scales_are_enclosed_and_rounded_to_nearest(text: str, value: Any) -> None:
    with localcontext(prec=90):
        decimal = value()
        scale = parse_scale(text).at(M, N, bits=400)
        assert scale.square is None
        assert scale.sigma == float(decimal)
        slack = Fraction(1, 10**50)
        assert scale.least - slack < Fraction(decimal) ** 2 < scale.most + slack
        assert 0 < scale.most - scale.least < Fraction(1, 10**50)


_atoms = st.one_of(
    st.integers(0, 99).map(str), st.decimals("0.01", "99", places=2).map(str), st.sampled_from(["m", "n", "he"])
)
_formulas = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map("({0[0]}{0[1]}{0[2]})".format),
        inner.map("sqrt({})".format),
        inner.map("(-{})".format),
        st.tuples(inner, st.integers(-2, 2)).map("({0[0]})**{0[1]}".format),
    ),
    max_leaves=6,
)


@given(_formulas)
@settings(deadline=None, max_examples=300)
def test_a_formula_means_what_python_says(text: str) -> None:
    names = {"m": M, "n": N, "he": N**-0.5, "sqrt": math.sqrt, "__builtins__": {}}
    try:
        value = eval(text, names)  # the formula is made above, of these parts only
    except (ValueError, ZeroDivisionError, OverflowError):
        value = math.nan
    try:
        scale = parse_scale(text).at(M, N)
    except DomainError:
        # Floats may leave a rest where the formula is 0, or undefined.
        assert not value > 1e-6
        return
    assert math.isclose(scale.sigma, value, rel_tol=1e-6, abs_tol=1e-6) or math.isnan(value)
    assert scale.least <= scale.most


HOSTILE = [
    "__import__('os').system('true')",
    "().__class__",
    "m.real",
    "m[0]",
    "[m]",
    "{m}",
    "lambda: 1",
    "(m := 2)",
    "f'{m}'",
    "'he'",
    "True",
    "None",
    "1j",
    "0x10",
    "1_000",
    "m if n else 1",
    "m and n",
    "m < n",
    "m // n",
    "m % n",
    "~m",
    "not m",
    "m @ n",
    "sqrt",
    "sqrt()",
    "sqrt(m, n)",
    "sqrt(x=m)",
    "sqrt(*m)",
    "exp(m)",
    "he()",
    "nan",
    "inf",
    "sigma",
    "1 2",
    "1;2",
    "1\n2",
    "",
    "(",
    "\0",
    "(" * 120 + "1",
    "1if m else 2",
    "1e9999",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_but_arithmetic_is_accepted(text: str) -> None:
    with pytest.raises(DomainError, match="need sigma as a formula") as refused:
        parse_scale(text)
    assert "\n" not in str(refused.value)


@given(st.text(max_size=40))
@settings(deadline=None)
def test_any_text_is_a_scale_or_refused_in_one_line(text: str) -> None:
    refusal = ""
    try:
        parse_scale(text).at(M, N)
    except DomainError as refused:
        refusal = str(refused)
    assert len(refusal.splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-1", "got '-1' = -1"),
        ("1 - sqrt(2)", "= -0.414214"),
        ("1/0", "got '1/0'"),
        ("1/(m - m)", "need sigma >= 0"),
        ("sqrt(-1)", "need sigma >= 0"),
        ("sqrt(1 - sqrt(2))", "need sigma >= 0"),
        ("1e400", "need sigma >= 0 and finite"),
        ("n**65", "need exponents from -64 to 64"),
        ("2**n**n", "need exponents from -64 to 64"),
        ("2**(64*sqrt(2))", "need exponents from -64 to 64"),
        ("((9**64)**64)**64", "need sigma >= 0 and finite"),
    ],
)
def test_values_outside_the_domain_are_refused(text: str, message: str) -> None:
    with pytest.raises(DomainError) as refused:
        parse_scale(text).at(M, N)
    assert message in str(refused.value)


def test_long_texts_are_refused_unread() -> None:
    with pytest.raises(DomainError, match="at most 200 characters, got 1,000,000"):
        parse_scale("1" * 10**6)
    assert parse_scale("1" * MAX_LENGTH).at(1, 1).square == Fraction(int("1" * MAX_LENGTH)) ** 2


def test_sizes_are_checked() -> None:
    with pytest.raises(DomainError, match="need n to be an integer >= 1"):
        parse_scale("he").at(1, 0)
