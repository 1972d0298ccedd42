"""Formulas for σ: what they mean, exactly; that nothing is executed; what is refused."""

import math
import re
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import wishart_moments as w
from wishart_moments.errors import DomainError
from wishart_moments.variance.sigma import MAX_LENGTH, NAMED, parse_sigma, root

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
    scale = parse_sigma(text).at(M, N)
    assert scale.square == square
    assert scale.sigma == root(square)


@pytest.mark.parametrize("name", NAMED)
def test_a_name_stands_for_its_formula(name: str) -> None:
    assert parse_sigma(name).at(M, N) == parse_sigma(NAMED[name]).at(M, N)


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
        scale = parse_sigma(text).at(M, N, bits=400)
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


def _by_digits(formula: str, digits: int) -> float:
    """The formula in so many digits, decimals as they are written; nan where it is undefined or too large."""
    with mp.workdps(digits):
        names = {"m": mp.mpf(M), "n": mp.mpf(N), "he": mp.mpf(N) ** -0.5, "sqrt": mp.sqrt, "number": mp.mpf}
        try:
            # The formula is made above, of these parts only.
            return float(eval(re.sub(r"[\d.]+", r"number('\g<0>')", formula), {**names, "__builtins__": {}}))
        except (TypeError, ValueError, ZeroDivisionError, OverflowError):
            return math.nan


@given(_formulas)
@example("(((0.1+0.2)-0.3))**-1")
@example("((sqrt(7))**2-7)**-2")
@settings(deadline=None, max_examples=300)
def test_a_formula_means_what_its_digits_say(text: str) -> None:
    # What depends on the digits is a rest where the formula is 0, or one over such a rest.
    value, again = _by_digits(text, 60), _by_digits(text, 90)
    value = value if math.isclose(value, again, rel_tol=1e-6, abs_tol=1e-6) else math.nan
    try:
        scale = parse_sigma(text).at(M, N)
    except DomainError:
        assert not value > 1e-6
    else:
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
    "1e10000",
    "1_000",
    "٣",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_but_arithmetic_is_accepted(text: str) -> None:
    with pytest.raises(DomainError, match="need sigma as a formula") as refused:
        parse_sigma(text)
    assert "\n" not in str(refused.value)


@given(st.text(max_size=40))
@settings(deadline=None)
def test_any_text_is_a_scale_or_refused_in_one_line(text: str) -> None:
    refusal = ""
    try:
        parse_sigma(text).at(M, N)
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
        parse_sigma(text).at(M, N)
    assert message in str(refused.value)


def test_long_texts_are_refused_unread() -> None:
    with pytest.raises(DomainError, match="at most 200 characters, got 1,000,000"):
        parse_sigma("1" * 10**6)
    assert parse_sigma("1" * MAX_LENGTH).at(1, 1).square == Fraction(int("1" * MAX_LENGTH)) ** 2


def test_sizes_are_checked() -> None:
    with pytest.raises(DomainError, match="need n to be an integer >= 1"):
        parse_sigma("he").at(1, 0)


TAKERS = {
    "output_variance": lambda s: w.output_variance(3, 16, s),
    "backward_variance": lambda s: w.backward_variance(3, 16, s),
    "variance_gradient": lambda s: w.variance_gradient(3, 16, s),
    "certified_variance": lambda s: w.certified_variance(3, 16, s, digits=30),
    "series_variance": lambda s: w.series_variance(3, 16, s, order=3),
    "optimal_order": lambda s: w.optimal_order(3, 16, s),
    "moment_bounds": lambda s: w.moment_bounds(3, 16, s),
    "limit_variance": lambda s: w.limit_variance(3, 16, s),
    "simulate_variance": lambda s: w.simulate_variance(3, 16, s, draws=50, seed=1),
    "fluctuation": lambda s: w.fluctuation(3, 16, s),
    "alpha_for": lambda s: w.alpha_for(3, 16, 0.1, sigma=s),
    "depth_profile": lambda s: w.depth_profile((16, 16, 16), s, architecture="chain", activation="relu"),
}


@pytest.mark.parametrize("name", TAKERS)
@pytest.mark.parametrize(("text", "value"), [("he", 0.25), ("lecun", 0.25), ("10/sqrt(n)", 2.5), ("1/8", 0.125)])
def test_a_sigma_means_the_same_in_every_function(name: str, text: str, value: float) -> None:
    assert TAKERS[name](text) == TAKERS[name](value)


def test_arrays_of_names_and_numbers_are_those_of_their_values() -> None:
    values = w.output_variance(3, 16, np.array(["he", "1/8"])), w.output_variance(3, 16, ["he", 0.125])
    assert all(value.tolist() == w.output_variance(3, 16, [0.25, 0.125]).tolist() for value in values)
    assert w.depth_profile((16, 16, 16), ["he", "kaiming"]).layers[1].sigma == math.sqrt(0.125)


def test_an_irrational_sigma_is_certified_by_its_square() -> None:
    assert w.certified_variance(7, 3, "he", digits=40) == w.certified_variance(7, 3, 1, alpha=3, digits=40)
    enclosed = w.certified_variance(5, 4, "n**(1/3)", digits=40)
    below, above = (Fraction(c, 10**45) for c in _cube_root_of_4())
    outer = (w.certified_variance(5, 4, s, digits=60) for s in (below, above))
    assert next(outer).lower <= enclosed.lower <= enclosed.upper <= next(outer).upper


def _cube_root_of_4() -> tuple[int, int]:
    """⌊10^45 ∛4⌋ and the integer after it."""
    low, high = 10**45, 2 * 10**45
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**3 <= 4 * 10**135 else (low, middle)
    return low, high


@pytest.mark.parametrize("value", ["nonsense", True, [["he"], [1, 2]], {"he": 1}, "predicted", None, 1j, -1, "1e400"])
def test_what_is_no_sigma_is_refused_in_one_line(value: Any) -> None:
    with pytest.raises(DomainError) as refused:
        w.output_variance(3, 16, value)
    assert "\n" not in str(refused.value)
