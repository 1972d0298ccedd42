"""The public functions: kinds of results, kinds of arguments, and every argument that has to be refused."""

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wishart_moments import (
    DomainError,
    ExistenceError,
    LimitError,
    MethodError,
    WishartError,
    expected_zonal,
    trace_moment,
    trace_product_moment,
    zonal_polynomial,
)
from wishart_moments.moments.general_scale.transition import TransitionTable
from wishart_moments.moments.matrix_expectation import matrix_moment

m, n = sympy.symbols("m n")
x = sympy.Symbol("x")


# What comes back.


def test_numbers_give_int_or_fraction() -> None:
    assert type(trace_moment(3, 4, 7)) is int
    assert type(trace_moment(3, 4, 7, sigma="1/2")) is Fraction
    assert type(trace_moment(1, 4, 7, sigma=Fraction(1, 2))) is int  # 28/4
    assert type(trace_moment(2, 1, 1, beta=4)) is Fraction
    assert type(trace_moment(1, 4, 7, beta=3)) is int
    assert type(trace_product_moment([2, 1], 4, 7)) is int
    assert type(trace_product_moment([], 4, 7)) is int


@pytest.mark.parametrize("m_given", [None, 3, x])
@pytest.mark.parametrize("n_given", [None, 3, x])
@pytest.mark.parametrize("parts", [(), (0,), (1,), (2, 1), (2, 0)])
@pytest.mark.parametrize("sigma", [1, 0, "1/2", x])
def test_a_symbol_anywhere_gives_an_expression(m_given: Any, n_given: Any, parts: Any, sigma: Any) -> None:
    found = trace_product_moment(parts, m_given, n_given, sigma=sigma)
    only_numbers = m_given == n_given == 3 and sigma is not x
    if only_numbers:
        assert isinstance(found, int | Fraction)
    elif parts not in [(), (0,)]:
        assert isinstance(found, sympy.Expr)
    # Whatever it is, it takes the value at numbers.
    values = {m: 4, n: 7, x: 2}
    numbers = [4 if m_given is None else 2 if m_given is x else 3, 7 if n_given is None else 2 if n_given is x else 3]
    expected = trace_product_moment(parts, *numbers, sigma=2 if sigma is x else sigma)
    assert sympy.sympify(found).subs(values) == expected


def test_constant_moments_of_symbols_stay_expressions() -> None:
    assert isinstance(trace_product_moment([]), sympy.Expr)
    assert trace_product_moment([]).subs({"m": 1, "n": 1}) == 1
    assert isinstance(trace_moment(2, sigma=0), sympy.Expr)
    assert isinstance(expected_zonal([1, 1, 1], 2), sympy.Expr)  # zero for m < 3, whatever n is


def test_the_symbols_are_plain() -> None:
    found = trace_moment(3)
    assert found.free_symbols == {m, n}
    assert found.subs({"m": 4, "n": 7}) == 5208
    assert found.subs({m: 4, n: 7}) == 5208
    assert trace_moment(2, 4) == 4 * n**2 + 20 * n
    assert sympy.expand(trace_moment(2, n=7) - 7 * m * (m + 8)) == 0
    positive = sympy.Symbol("m", positive=True, integer=True)
    assert trace_moment(1, positive) == positive * n
    assert trace_moment(2, x, x) == 2 * x**3 + x**2
    assert sympy.expand(trace_moment(2, x + 1, 2 * x) - trace_moment(2).subs({m: x + 1, n: 2 * x})) == 0


def test_results_display_as_latex() -> None:
    # SymPy expressions bring _repr_latex_, which is what a notebook asks for.
    assert trace_moment(2)._repr_latex_() == r"$\displaystyle m^{2} n + m n^{2} + m n$"


@pytest.mark.parametrize("sigma", [0.5, 0.1, 1e-3, math.pi, 1e-200, 3.0, 5e-324, 0.0])
@pytest.mark.parametrize("k", [0, 1, 2, 7])
def test_a_float_sigma_gives_the_exact_value_rounded_once(sigma: float, k: int) -> None:
    exact = trace_moment(k, 4, 7, sigma=Fraction(sigma))
    found = trace_moment(k, 4, 7, sigma=sigma)
    assert type(found) is float
    assert found == float(exact)


@pytest.mark.parametrize("sigma", [np.float64(0.1), sympy.Float(0.1), np.array(0.1)])
def test_floats_of_every_kind_are_floats(sigma: Any) -> None:
    found = trace_moment(3, 4, 7, sigma=sigma)
    assert type(found) is float
    assert found == trace_moment(3, 4, 7, sigma=0.1)
    assert trace_moment(3, 4, 7, sigma=np.float32(0.1)) == trace_moment(3, 4, 7, sigma=float(np.float32(0.1)))


@pytest.mark.parametrize("sigma", ["1/7", Fraction(1, 7), sympy.Rational(1, 7), np.str_("1/7"), " 1/7 ", "2/14"])
def test_exact_numbers_of_every_kind_are_exact(sigma: Any) -> None:
    assert trace_moment(2, 4, 7, sigma=sigma) == Fraction(336, 7**4)
    assert sympy.expand(trace_moment(1, sigma=sigma) - m * n / 49) == 0


@pytest.mark.parametrize("sigma", [Decimal("0.5"), "0.5", "5e-1"])
def test_decimal_numbers_are_exact(sigma: Any) -> None:
    assert trace_moment(1, 4, 7, sigma=sigma) == 7
    assert type(trace_moment(1, 4, 7, sigma=sigma)) is int


def test_a_symbolic_sigma_stays() -> None:
    sigma = sympy.Symbol("sigma", positive=True)
    assert trace_moment(3, 4, 7, sigma=sigma) == 5208 * sigma**6
    assert sympy.expand(trace_moment(1, sigma=sigma / sympy.sqrt(n)) - m * sigma**2) == 0
    assert trace_moment(1, 4, 7, sigma=sympy.sqrt(2)) == 56
    assert trace_moment(1, 1, 1, sigma=sympy.pi) == sympy.pi**2


def test_a_symbolic_beta_stays() -> None:
    beta = sympy.Symbol("beta")
    assert sympy.expand(trace_moment(2, beta=beta) - (m**2 * n + m * n**2 + (2 / beta - 1) * m * n)) == 0
    assert trace_moment(2, 4, 7, beta=beta).subs(beta, 1) == 336
    assert trace_product_moment([0, 1], 4, 7, beta=beta) == 112
    with pytest.raises(MethodError, match="symbolic beta needs method 'loop-equations'"):
        trace_moment(2, beta=beta, method="zonal")


def test_beta_is_any_positive_rational() -> None:
    half = trace_moment(3, 4, 7, beta="1/2")
    assert half == trace_moment(3, 4, 7, beta=0.5) == trace_moment(3, 4, 7, beta=np.float32(0.5))
    assert trace_moment(3, 4, 7, beta=sympy.Integer(2)) == trace_moment(3, 4, 7, beta=2.0)
    assert trace_moment(3, 4, 7, beta=np.int64(4)) == trace_moment(3, 4, 7, beta=Fraction(4))


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.int32, sympy.Integer, int])
def test_integers_of_every_kind_are_integers(kind: Callable[[int], Any]) -> None:
    found = trace_moment(kind(3), kind(64), kind(128))
    assert found == trace_moment(3, 64, 128)
    assert type(found) is int
    assert trace_product_moment([kind(2), kind(1)], kind(4), kind(7)) == 10752
    assert trace_product_moment(np.array([1, 2]), 4.0, np.float64(7)) == 10752


def test_parts_come_in_any_order_with_zeros_and_of_any_kind() -> None:
    expected = trace_product_moment([3, 2, 1], 4, 7)
    for parts in ((1, 2, 3), [2, 3, 1], np.array([3, 1, 2]), iter([1, 3, 2]), range(1, 4), sympy.Tuple(1, 2, 3)):
        assert trace_product_moment(parts, 4, 7) == expected
    assert trace_product_moment([0, 3, 2, 0, 1], 4, 7) == 16 * expected
    assert trace_product_moment([0]) == m
    assert trace_product_moment([0, 0], n=3) == m**2
    assert trace_product_moment([0, 0], 3, 5, sigma=x) == 9
    assert trace_product_moment([], sigma=x) == 1


def test_the_numbers_may_be_large() -> None:
    assert trace_moment(1, 10**5000, 2) == 2 * 10**5000
    assert trace_product_moment([1, 1], 10**100, 1) == 10**200 + 2 * 10**100
    assert trace_moment(2, 1, 1, sigma=10**400) == 3 * 10**1600
    assert trace_moment(1000, 64, 128) == trace_moment(1000, 128, 64)


@pytest.mark.parametrize("method", ["auto", "wick", "loop-equations", "recurrence", "zonal"])
@pytest.mark.parametrize("beta", [1, 2, 4])
def test_every_method_gives_every_kind(method: str, beta: int) -> None:
    expected = trace_moment(4, beta=beta)
    assert trace_moment(4, beta=beta, method=method) == expected
    assert trace_moment(4, 3, 5, beta=beta, method=method) == expected.subs({m: 3, n: 5})
    assert trace_moment(4, 3, 5, beta=beta, method=method, sigma=0.5) == float(expected.subs({m: 3, n: 5}) / 256)


@pytest.mark.parametrize("method", ["auto", "wick", "loop-equations", "zonal"])
@pytest.mark.parametrize("beta", [1, 2, 4])
def test_every_method_but_the_recurrence_reaches_a_scale(method: str, beta: int) -> None:
    scale = [[2, Fraction(1, 3)], [Fraction(1, 3), 1]]
    for parts in ([], [0], [4], [2, 1], [1, 1, 0, 1]):
        expected = trace_product_moment(parts, scale=scale, beta=beta)
        found = trace_product_moment(parts, scale=scale, beta=beta, method=method)
        assert sympy.expand(found - expected) == 0
        number = trace_product_moment(parts, n=5, scale=scale, beta=beta, method=method)
        assert type(number) in (int, Fraction)
        assert number == sympy.sympify(expected).subs(n, 5)
        symbolic = trace_product_moment(parts, n=5, scale=scale, beta=x)
        assert sympy.sympify(symbolic).subs(x, beta) == number


def test_negative_powers_have_the_published_means() -> None:
    # E S^{-1} = Σ^{-1}/(n − m − 1); von Rosen (1988) for the second moments; complex: Maiwald, Kraus (2000).
    assert sympy.cancel(trace_moment(-1) - m / (n - m - 1)) == 0
    assert sympy.cancel(trace_moment(-2) - m * (n - 1) / ((n - m) * (n - m - 1) * (n - m - 3))) == 0
    assert sympy.cancel(trace_moment(-1, beta=2) - m / (n - m)) == 0
    assert trace_moment(-1, 3, 5) == 3
    assert trace_moment(-2, 2, 6, beta=2) == Fraction(1, 5)
    c, inverse_trace, inverse_square = 4, Fraction(4, 3), Fraction(10, 9)  # Σ = [[2, 1], [1, 2]], n = 7
    assert trace_product_moment([-1], n=7, scale=[[2, 1], [1, 2]]) == inverse_trace / c
    assert trace_product_moment([-1, -1], n=7, scale=[[2, 1], [1, 2]]) == (
        ((c - 1) * inverse_trace**2 + 2 * inverse_square) / Fraction(c * (c + 1) * (c - 2))
    )


@pytest.mark.parametrize("kind", [np.int64, sympy.Integer, int])
def test_negative_powers_of_every_kind(kind: Callable[[int], Any]) -> None:
    assert trace_moment(kind(-1), kind(3), kind(5)) == 3
    assert trace_product_moment(iter([kind(1), kind(-1)]), kind(3), 9) == trace_product_moment([-1, 1], 3, 9)
    assert trace_product_moment([0, kind(-1)], 3, 5) == 9


@pytest.mark.parametrize("sigma", [2, "1/2", Fraction(3, 7), 0.5, x])
@pytest.mark.parametrize("parts", [[-2], [3, -1], [-2, 1, 0]])
def test_sigma_enters_by_the_net_power(parts: list[int], sigma: Any) -> None:
    factor = x if sigma is x else sympy.sympify(Fraction(sigma))
    plain = sympy.sympify(trace_product_moment(parts, 4, 9))
    found = trace_product_moment(parts, 4, 9, sigma=sigma)
    expected = plain * factor ** (2 * sum(parts))
    assert found == float(expected) if isinstance(sigma, float) else sympy.cancel(found - expected) == 0


def test_tr_s_times_its_inverse_is_the_dimension_for_one_row() -> None:
    assert trace_product_moment([1, -1], 1, 1) == 1
    assert trace_product_moment([2, -1], 1, 1) == trace_moment(1, 1, 1)


def test_a_general_scale_reaches_twenty_factors() -> None:
    assert trace_product_moment([20], 3, 5, scale=np.eye(3, dtype=int)) == trace_moment(20, 3, 5)
    found = trace_product_moment([12, 8], 3, 5, scale=np.eye(3))
    assert type(found) is float
    assert found == pytest.approx(trace_product_moment([12, 8], 3, 5), rel=1e-13)


# What is refused.

REFUSED: list[tuple[Callable[[], object], type[WishartError], str]] = [
    *((lambda k=k: trace_moment(k), DomainError, "need k to be an integer, got")
      for k in (1.5, 2.0, True, False, np.True_, "3", None, x, 1j, [1], math.nan, Fraction(2), sympy.nan, -1.0, "-1",
                np.arange(3), Fraction(-2))),
    *((lambda m=m: trace_moment(2, m, 7), DomainError, "need m to be an integer >= 1, got")
      for m in (0, -1, True, np.True_, 2.5, math.nan, math.inf, "4", 1j, [4], np.arange(3), sympy.pi, sympy.oo,
                sympy.zoo, sympy.true, x > 0, sympy.Matrix([[x]]), sympy.Rational(1, 2), Decimal(4), -(10**5000))),
    *((lambda n=n: trace_moment(2, 4, n), DomainError, "need n to be an integer >= 1 or a real number > m - 1")
      for n in (0, -1, True, "0", math.nan, "x", sympy.nan, sympy.Interval(0, x), -2.5)),
    *((lambda n=n: trace_moment(2, 4, n), DomainError, "need n > m - 1 = 3, or an integer n >= 1, for a Wishart law")
      for n in (2.5, "5/2", Decimal("0.5"), Fraction(17, 6), sympy.Rational(1, 2), "1e-9")),
    *((lambda sigma=sigma: trace_moment(2, 4, 7, sigma=sigma), DomainError, "need sigma >= 0 and finite, got")
      for sigma in (-1, -0.5, "-1/2", math.nan, math.inf, -math.inf, True, np.False_, None, "one", "", 1j,
                    np.complex128(1), [1], np.array([1.0]), np.timedelta64(1), sympy.nan, sympy.oo, sympy.zoo, sympy.I,
                    -sympy.pi, sympy.Symbol("s", negative=True), sympy.Eq(x, 1), sympy.Matrix([x]), sympy.Float("nan"),
                    "1/0", sympy.Function("f"), sympy.Poly(x), sympy.Symbol("q", commutative=False), Decimal("NaN"))),
    *((lambda beta=beta: trace_moment(2, 4, 7, beta=beta), DomainError, "need beta > 0")
      for beta in (0, -1, 0.0, math.nan, math.inf, True, None, "real", 1j, sympy.pi, sympy.I, sympy.oo, sympy.nan,
                   sympy.Symbol("b", negative=True), sympy.Symbol("b", imaginary=True), x < 1, [1], -(10**5000))),
    *((lambda method=method: trace_moment(2, method=method), MethodError, "need method to be one of auto, wick, loop")
      for method in ("", "isserlis", "Wick", None, 1, ["wick"], np.array(["auto", "wick"]), "wick\n", x)),
    *((lambda parts=parts: trace_product_moment(parts), DomainError, "need (every part to be|a sequence of)")
      for parts in (3, None, [-1.0], [1.5], [True], [-1, True], [-1, 0.5], ["-1"], "21", [[1]],
                    [None], [x], x, object(), np.array(2), 1j,
                    np.array([1.0]), sympy.Matrix([[x]]))),
    *((lambda method=method: trace_product_moment([2, -1], method=method), MethodError, "have the method 'auto' only")
      for method in ("wick", "loop-equations", "recurrence", "zonal", "magic", None, np.array(["auto", "wick"]))),
    *((lambda sigma=sigma: trace_moment(-1, 3, 9, sigma=sigma), DomainError, "need sigma >")
      for sigma in (0, 0.0, -1, math.nan)),
    (lambda: trace_product_moment([-1], 3, 9, scale=[[1]]), DomainError, "need m = 1, the dimension of scale"),
    (lambda: trace_product_moment([-1], n=9, scale=[[1, 1], [1, 1]]), DomainError, "definite|invertible"),
    (lambda: trace_moment(-1, 3, 4), ExistenceError, r"n - m \+ 1 > 2 .* need n > 4, the smallest integer n is 5"),
    (lambda: trace_moment(-2, 2, 3, beta=2, sigma=0.5), ExistenceError, "the smallest integer n is 4"),
    (lambda: trace_product_moment([3, -2, -1], n=7, scale=[[2, 1], [1, 2]]), ExistenceError, "smallest integer n is 8"),
    (lambda: trace_moment(-(10**5000)), LimitError, "need the size of k <= 1,000,000,000"),
    (lambda: trace_moment(-(10**9)), LimitError, "need k <= 40"),
    (lambda: trace_moment(2, beta=3, method="recurrence"), MethodError, "recurrences are for beta = 1, 2 and 4, got 3"),
    (lambda: trace_moment(2, beta="1/2", method="wick"), MethodError, "beta = 1, 2 and 4, got 1/2; use method"),
    (lambda: trace_moment(2, 4, 7, beta=Fraction(1, 10**5000), method="recurrence"), MethodError, "use method"),
    (lambda: trace_product_moment([2, 1], method="recurrence"), MethodError, "single trace; use method 'loop-eq"),
    (lambda: trace_product_moment([2, 1], 4, 7, method="recurrence"), MethodError, "single trace"),
    (lambda: trace_moment(11, method="wick"), LimitError, "13,749,310,575 matchings, .* use method 'loop-equations'"),
    (lambda: trace_product_moment([6, 5], method="wick"), LimitError, "13,749,310,575 matchings"),
    (lambda: trace_moment(2000, method="wick"), LimitError, "matchings.*use method 'loop-equations'"),
    (lambda: trace_product_moment([8], scale=[[1]], method="wick"), LimitError, "2,027,025 matchings"),
    (lambda: trace_product_moment([10**8], scale=[[1]]), LimitError, "more than 2 GiB of memory"),
    (lambda: trace_product_moment([35], scale=[[1]]), LimitError, "take some 2.01 GiB of memory"),
    (lambda: trace_product_moment([17], scale=[[1]], method="zonal"), LimitError, "k <= 16"),
    (lambda: trace_product_moment([2], scale=[[1]], method="recurrence"), MethodError, "needs method 'loop-equations'"),
    (lambda: trace_product_moment([2], scale=[[1]], beta=x, method="zonal"), MethodError, "symbolic beta needs method"),
    (lambda: trace_product_moment([2], scale=[[1]], beta=x, method="wick"), MethodError, "symbolic beta needs method"),
    (lambda: trace_moment(101, method="zonal"), LimitError, "k <= 100 .*use method 'recurrence'"),
    (lambda: trace_product_moment([10, 7], method="zonal"), LimitError, "k <= 16"),
    (lambda: trace_moment(401), LimitError, "k <= 400 .*give m and n as numbers"),
    (lambda: trace_moment(50_001, 4, 7), LimitError, "k <= 50000"),
    (lambda: trace_moment(10**10000, 4, 7), LimitError, "need k <= 1,000,000,000"),
    (lambda: trace_moment(10**8, 4, 7, method="loop-equations"), LimitError, "more than 100,000 other moments"),
    (lambda: trace_product_moment([10**8, 1], 4, 7), LimitError, "more than 100,000 other moments"),
    (lambda: trace_moment(80, beta=x), LimitError, "GiB of memory"),
    (lambda: trace_moment(5, 4, 7, sigma=1e200), DomainError, "range of floats; give n, sigma and scale in exact"),
    (lambda: trace_moment(5, sigma=1e200), DomainError, "range of floats"),
    (lambda: trace_moment(500, 64, 128, sigma=1.0), DomainError, "range of floats"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_bad_arguments_are_refused_in_one_line(
    call: Callable[[], object], error: type[WishartError], words: str
) -> None:
    with pytest.raises(error, match=words) as refusal:
        call()
    message = str(refusal.value)
    assert "\n" not in message
    assert len(message) < 300
    assert isinstance(refusal.value, ValueError)


class Shouting:
    """An object whose representation has several lines."""

    def __repr__(self) -> str:
        return "one\ntwo\n" * 100


NUMBERS = st.one_of(
    st.integers(-3, 9),
    st.sampled_from([10**30, -(10**4000), 10**4000]),
    st.floats(),
    st.fractions(max_denominator=50),
    st.decimals(),
    st.complex_numbers(),
    st.booleans(),
    st.text(max_size=12),
    st.binary(max_size=3),
    st.none(),
    st.integers(-3, 9).map(np.int64),
    st.floats(width=32).map(np.float32),
    st.floats().map(np.float64),
    st.complex_numbers().map(np.complex128),
    st.booleans().map(np.bool_),
    st.sampled_from([
        x, -x, x + 1, sympy.Symbol("s", negative=True), sympy.Symbol("r", positive=True), sympy.nan, sympy.oo,
        -sympy.oo, sympy.zoo, sympy.I, sympy.pi, -sympy.pi, sympy.Float(0.5), sympy.Float("nan"), sympy.Rational(1, 3),
        sympy.true, sympy.Eq(x, 1), sympy.Matrix([[x, 1], [1, 2]]), sympy.Interval(0, x), sympy.Tuple(x), sympy.Poly(x),
        sympy.O(x), sympy.Lambda(x, x), sympy.Function("f"), sympy.Function("f")(x), sympy.MatrixSymbol("A", 2, 2),
        sympy.Integer(2), sympy.AccumBounds(1, 2), sympy.FiniteSet(x), sympy.Symbol("q", commutative=False),
        sympy.S.EmptySet,
    ]),
    st.sampled_from([
        np.arange(2000), np.array(2), np.array(2.0), np.array([None, x]), np.array(["a"]), np.datetime64("2020-01-01"),
        np.timedelta64(3, "D"), object(), object, len, ..., NotImplemented, Shouting(), range(3),
        slice(2), {1: 2}, {1, 2}, frozenset(), bytearray(b"2"), memoryview(b"2"), Decimal("sNaN"), "nan", "inf", "-1",
        "auto", "wick", "zonal", ValueError("x"), lambda: 3,
    ]),
)  # fmt: skip
ANYTHING = st.recursive(
    NUMBERS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.tuples(inner, inner)), max_leaves=5
)
MATRICES = st.one_of(
    ANYTHING,
    st.integers(0, 3).flatmap(lambda size: st.lists(st.lists(NUMBERS, min_size=size, max_size=size), max_size=3)),
    st.integers(1, 2).flatmap(
        lambda size: st.lists(st.lists(st.floats(), min_size=size, max_size=size), min_size=size, max_size=size).map(
            np.array
        )
    ),
)
GARBAGE = settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def returns_or_refuses(call: Callable[[], object]) -> None:
    """Any other exception, and any warning, fails the test."""
    try:
        call()
    except WishartError as refusal:
        message = str(refusal)
        assert message
        assert "\n" not in message
        assert len(message) < 300


@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING)
@GARBAGE
def test_trace_moment_returns_or_refuses(k: Any, rows: Any, columns: Any, method: Any) -> None:
    returns_or_refuses(lambda: trace_moment(k))
    returns_or_refuses(lambda: trace_moment(2, rows, columns))
    returns_or_refuses(lambda: trace_moment(2, method=method))
    returns_or_refuses(lambda: trace_moment(k, rows, columns, method=method))


@given(ANYTHING, ANYTHING)
@GARBAGE
def test_sigma_and_beta_return_or_refuse(sigma: Any, beta: Any) -> None:
    returns_or_refuses(lambda: trace_moment(2, 4, 7, sigma=sigma))
    returns_or_refuses(lambda: trace_moment(2, sigma=sigma))
    returns_or_refuses(lambda: trace_moment(2, 4, 7, beta=beta))
    returns_or_refuses(lambda: trace_moment(2, sigma=sigma, beta=beta))


@given(ANYTHING, MATRICES, ANYTHING)
@GARBAGE
def test_trace_product_moment_returns_or_refuses(parts: Any, scale: Any, beta: Any) -> None:
    returns_or_refuses(lambda: trace_product_moment(parts, 4, 7))
    returns_or_refuses(lambda: trace_product_moment([2], n=3, scale=scale))
    returns_or_refuses(lambda: trace_product_moment([2, 1], scale=scale, beta=2, sigma=0.5))
    returns_or_refuses(lambda: trace_product_moment([2], scale=scale, beta=beta))


@given(ANYTHING, MATRICES, ANYTHING)
@GARBAGE
def test_matrix_moments_return_or_refuse(anything: Any, scale: Any, beta: Any) -> None:
    returns_or_refuses(lambda: matrix_moment(2, scale=scale, beta=beta))
    returns_or_refuses(lambda: matrix_moment(1, anything, 3, scale=scale, beta=2, sigma=0.5))
    returns_or_refuses(lambda: matrix_moment(anything, n=anything, beta=beta))
    returns_or_refuses(lambda: matrix_moment(2, n=anything, sigma=anything, m=anything))
    returns_or_refuses(lambda: matrix_moment(2).at(scale, anything))
    returns_or_refuses(lambda: matrix_moment(2).at_identity(anything, anything))
    returns_or_refuses(lambda: TransitionTable(anything, beta).at(scale))
    returns_or_refuses(lambda: TransitionTable(2, beta).matrix(anything))


@given(ANYTHING, MATRICES, ANYTHING)
@GARBAGE
def test_zonal_polynomials_return_or_refuse(kappa: Any, matrix: Any, anything: Any) -> None:
    returns_or_refuses(lambda: zonal_polynomial(kappa))
    returns_or_refuses(lambda: zonal_polynomial([2], beta=anything))
    returns_or_refuses(lambda: zonal_polynomial([2])(matrix))
    returns_or_refuses(lambda: zonal_polynomial([2]).at_identity(anything))
    returns_or_refuses(lambda: expected_zonal([2], anything, scale=matrix))
    returns_or_refuses(lambda: expected_zonal(kappa, 4, anything, sigma=anything))
