"""The boundary: what becomes a number, what stays symbolic, what is refused."""

import sys
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from flint import fmpz
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments import domain, errors
from wishart_moments.errors import DomainError, LimitError, WishartError

x = sympy.Symbol("x")


@given(st.integers(0, domain.MAX_ORDER))
@settings(deadline=None)
def test_orders_are_integers(k: int) -> None:
    assert domain.order(k) == k
    for kind in (np.int64, sympy.Integer, fmpz):
        found = domain.order(kind(k))
        assert found == k
        assert type(found) is int


def test_orders_have_an_end() -> None:
    for k in (domain.MAX_ORDER + 1, 10**5000):
        with pytest.raises(LimitError, match="need every part <= 1,000,000,000, got"):
            domain.order(k, "every part")


@given(st.integers(1, 10**15))
@settings(deadline=None)
def test_sizes_are_integers_and_floats_without_a_fraction(m: int) -> None:
    assert domain.size(m, "m") == domain.size(float(m), "m") == domain.size(np.int64(m), "m") == m
    assert domain.size(Fraction(m), "m") == m
    with pytest.raises(DomainError, match="need n to be an integer >= 1, got"):
        domain.size(Fraction(2 * m + 1, 2), "n")
    with pytest.raises(DomainError, match="need n to be an integer >= 1, got"):
        domain.size(Fraction(10**400, 3), "n")


@given(st.fractions())
@settings(deadline=None)
def test_rational_numbers_are_exact(value: Fraction) -> None:
    assert domain.number(value, "sigma", ">= 0") == value
    assert domain.number(str(value), "sigma", ">= 0") == value
    assert domain.number(sympy.Rational(value.numerator, value.denominator), "sigma", ">= 0") == value


@given(st.floats(allow_nan=False, allow_infinity=False))
@settings(deadline=None)
def test_floats_are_the_dyadic_rationals_that_they_are(value: float) -> None:
    for given_ in (value, np.float64(value)):
        found = domain.number(given_, "sigma", ">= 0")
        assert isinstance(found, float)
        assert Fraction(found) == Fraction(value)
    if value > 0:
        assert domain.dyson_index(value) == Fraction(value)


@pytest.mark.parametrize(
    ("value", "symbolic"),
    [
        *((expression, True) for expression in (x, x + 1, sympy.pi, sympy.sqrt(x), sympy.Function("f")(x), sympy.I)),
        *((number, False) for number in (1, 0.5, Fraction(1, 2), np.float64(1), "x", None, sympy.Integer(1))),
        *((number, False) for number in (sympy.Rational(1, 2), sympy.Float(1), sympy.true, sympy.Eq(x, 1))),
        *((other, False) for other in (sympy.Matrix([x]), sympy.Interval(0, x), sympy.Poly(x), sympy.Function("f"))),
        *((other, False) for other in (sympy.MatrixSymbol("A", 2, 2), sympy.Lambda(x, x), sympy.O(x), sympy.Symbol)),
        (sympy.Symbol("q", commutative=False), False),
    ],
)
def test_what_is_symbolic(value: Any, symbolic: bool) -> None:
    assert domain.is_symbolic(value) is symbolic


@pytest.mark.parametrize("value", [True, False, np.True_, np.bool_(False), sympy.true, sympy.false])
def test_booleans_are_no_numbers(value: Any) -> None:
    assert domain.is_boolean(value)
    for admit in (
        domain.order,
        lambda v: domain.size(v, "m"),
        lambda v: domain.number(v, "sigma", ">= 0"),
        domain.scale_parameter,
        domain.dyson_index,
    ):
        with pytest.raises(DomainError):
            admit(value)


def test_symbols_pass_unless_their_sign_is_known_to_be_wrong() -> None:
    positive, negative = sympy.Symbol("p", positive=True), sympy.Symbol("q", negative=True)
    assert domain.scale_parameter(x) is x
    assert domain.scale_parameter(positive) is positive
    assert domain.dyson_index(positive) is positive
    for admit in (domain.scale_parameter, domain.dyson_index):
        with pytest.raises(DomainError):
            admit(negative)
        with pytest.raises(DomainError):
            admit(sympy.I * positive)
    assert domain.scale_parameter(sympy.S.Zero) == 0
    with pytest.raises(DomainError):
        domain.dyson_index(sympy.Symbol("z", zero=True))


@given(st.one_of(st.text(), st.integers(), st.lists(st.integers()), st.floats(), st.binary()))
@settings(deadline=None)
def test_what_is_shown_is_one_short_line(value: object) -> None:
    text = domain.shown(value)
    assert len(text.splitlines()) == 1
    assert 0 < len(text) <= 80


def test_what_is_shown_of_large_things() -> None:
    assert domain.shown(10**5000) == "<int>"
    assert domain.shown(Fraction(1, 10**5000)) == "<Fraction>"
    assert domain.shown(Fraction(1, 2)) == "1/2"
    assert domain.shown(np.arange(5000)).count("\n") == 0
    assert domain.shown("a\nb") == r"'a\nb'"
    assert domain.shown(list(range(1000))).endswith("...")


def test_every_error_is_a_value_error_of_this_package() -> None:
    found = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, Exception)]
    assert len(found) >= 6
    assert all(issubclass(error, WishartError) for error in found)
    assert issubclass(WishartError, ValueError)


@pytest.mark.parametrize(
    "value", ["1e99999999", "1E+10000", "1e1_00_000", " 1e-100000 ", "1" * 100 + "e99999999", Decimal("1e99999999")]
)
def test_exponents_that_would_fill_the_memory_are_refused(value: Any) -> None:
    with pytest.raises(DomainError, match="need sigma >= 0 and finite"):
        domain.number(value, "sigma", ">= 0")


def test_ordinary_exponents_are_exact() -> None:
    assert domain.number("1e9999", "sigma", ">= 0") == 10**9999
    assert domain.number(" 2.5e-00012 ", "sigma", ">= 0") == Fraction(25, 10**13)
    assert domain.number(Decimal("1e20"), "sigma", ">= 0") == 10**20


def test_numbers_do_not_ask_for_sympy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "sympy")
    assert not domain.is_symbolic(1)
    assert domain.scale_parameter("1/2") == domain.dyson_index(0.5) == Fraction(1, 2)
    assert "sympy" not in sys.modules
