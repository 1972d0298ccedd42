"""When moments with negative powers are finite: the condition, its message, and what other programs get wrong."""

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from wishart_moments import trace_product_moment
from wishart_moments.errors import DomainError, ExistenceError
from wishart_moments.moments.inverse.existence import existence_condition, require

DYSON = [1, 2, 4, 3, Fraction(1, 2), Fraction(7, 5)]


@given(k=st.integers(1, 20), m=st.integers(1, 12), n=st.integers(1, 80), beta=st.sampled_from(DYSON))
def test_the_smallest_n_is_the_first_that_holds(k: int, m: int, n: int, beta: int | Fraction) -> None:
    condition = existence_condition([-k], beta)
    assert condition.holds(m, n) is (n >= condition.smallest_n(m)) is (n - m + 1 > Fraction(2 * k) / beta)


def test_the_pole_of_the_rational_function_is_the_edge_of_existence() -> None:
    # E tr S^-1 = m/(n − m − 1) is finite from n = m + 2 on, E tr S^-2 from n = m + 4 on.
    for k in (1, 2, 3):
        for m in (2, 3, 5):
            smallest = existence_condition([-k]).smallest_n(m)
            assert smallest == m + 2 * k
            assert trace_product_moment([-k], m, smallest) > 0
            expression = sympy.denom(trace_product_moment([-k], m))
            assert max(sympy.roots(expression, sympy.Symbol("n"))) == smallest - 1


def test_moments_that_exist_at_the_edge_are_given() -> None:
    # wishmom (R) returns NaN for both.
    assert trace_product_moment([-1], 3, 5) == 3
    assert trace_product_moment([-2], 2, 6, beta=2) == Fraction(1, 5)


def test_one_dimension_needs_the_net_power_alone() -> None:
    assert existence_condition([-5, 5]).holds(1, 1)
    assert not existence_condition([-5, 4]).holds(1, 2)
    assert existence_condition([-5, 4]).holds(1, 3)
    assert existence_condition([-5, 4]).smallest_n(1) == 3
    assert not existence_condition([-5, 5]).holds(2, 11)
    assert existence_condition([-5, 5]).holds(2, 12)


def test_positive_powers_always_exist() -> None:
    condition = existence_condition([3, 1])
    assert str(condition) == "none"
    assert condition.as_expr() == sympy.true
    assert condition.smallest_n(7) == 1
    assert condition.holds(7, 1)


def test_the_condition_is_data() -> None:
    m, n, beta = sympy.symbols("m n beta", positive=True)
    assert existence_condition([-2, -1]).as_expr(m, n) == (n - m + 1 > 6)
    assert existence_condition([-2], 4).as_expr(3, n) == (n - 2 > 1)
    condition = existence_condition([-2], beta)
    assert condition.as_expr(m, n) == (n - m + 1 > 4 / beta)
    assert str(condition) == "n - m + 1 > 4/beta"
    with pytest.raises(DomainError, match="give beta a value"):
        condition.holds(2, 3)


@pytest.mark.parametrize(
    ("parts", "m", "n", "beta", "message"),
    [
        ((-1,), 3, 4, 1, "> 2 .* beta = 1, got m = 3, n = 4; need n > 4, the smallest integer n is 5$"),
        ((-2, -1, 4), 5, 7, 2, "> 3 .* beta = 2, got m = 5, n = 7; need n > 7, the smallest integer n is 8$"),
        ((-3,), 1, 6, 1, "> 6 .* the smallest integer n is 7$"),
        ((-3,), 4, 4, 4, "> 3/2 .* the smallest integer n is 5$"),
        ((-1,), 9, 2, 1, "the smallest integer n is 11$"),
    ],
)
def test_the_refusal_states_condition_and_smallest_n(
    parts: tuple[int, ...], m: int, n: int, beta: int, message: str
) -> None:
    with pytest.raises(ExistenceError, match=message):
        require(parts, m, n, beta)
    with pytest.raises(ExistenceError, match=message):
        trace_product_moment(parts, m, n, beta=beta)
    with pytest.raises(ExistenceError, match=message):
        trace_product_moment(parts, n=n, beta=beta, scale=sympy.eye(m))


@pytest.mark.parametrize("parts", [[1.5], 3, [True], ["x"]])
def test_parts_that_are_no_integers_are_refused(parts: object) -> None:
    with pytest.raises(DomainError, match=r"to be an integer|a sequence of integers"):
        existence_condition(parts)
