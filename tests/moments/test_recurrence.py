"""The recurrences for single traces: against the loop equations, against zonal polynomials, at numbers and far out."""

from fractions import Fraction
from math import factorial, prod

import pytest
from flint import fmpq, fmpz

from wishart_moments.errors import LimitError, MethodError
from wishart_moments.moments import loop_equations, zonal
from wishart_moments.moments.polynomials import as_number, evaluate
from wishart_moments.moments.recurrence import TraceMomentTable, trace_moments_at


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_the_recurrence_is_the_loop_equations(beta: int) -> None:
    table = TraceMomentTable(24, beta)
    for k in range(1, 25):
        assert table[k] == loop_equations.expected_power_sum((k,), beta)


# Powers up to 40 by three routes, or up to 130.
@pytest.mark.slow
@pytest.mark.parametrize("beta", [1, 2, 4])
def test_recurrence_loop_equations_and_zonal_polynomials_agree_to_forty(beta: int) -> None:
    table = TraceMomentTable(40, beta)
    for k in (25, 31, 36, 40):
        assert table[k] == zonal.expected_trace(k, beta)
    for k in (32, 40):
        assert table[k] == loop_equations.expected_power_sum((k,), beta)


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_a_table_that_starts_late_holds_the_same_polynomials(beta: int) -> None:
    whole, late = TraceMomentTable(9, beta), TraceMomentTable(9, beta, min_k=7)
    assert list(whole) == list(range(1, 10))
    assert list(late) == [7, 8, 9]
    assert len(late) == 3
    assert all(late[k] == whole[k] for k in late)


# Up to 45: beyond WHOLE_MAX_K, where every power of n is packed by itself.
@pytest.mark.parametrize("max_k", [3, 24, 45])
@pytest.mark.parametrize("beta", [1, 2, 4])
def test_a_table_of_polynomials_holds_what_is_packed(max_k: int, beta: int) -> None:
    packed, whole = TraceMomentTable(max_k, beta), TraceMomentTable(max_k, beta, packed=False)
    assert dict(packed) == dict(whole)
    assert all(packed.terms(k) == whole.terms(k) for k in packed)


@pytest.mark.parametrize("max_k", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("beta", [1, 2, 4])
def test_short_tables_are_beginnings_of_long_ones(max_k: int, beta: int) -> None:
    long = TraceMomentTable(8, beta)
    assert dict(TraceMomentTable(max_k, beta)) == {k: long[k] for k in range(1, max_k + 1)}


# Powers up to 40 by three routes, or up to 130.
@pytest.mark.slow
def test_far_polynomials_take_the_values_of_the_numeric_recurrence() -> None:
    # Fields of more than 256 bits, and sizes where the way of multiplication changes.
    for max_k in (59, 60, 61, 79, 80, 81, 100, 130):
        for beta in (1, 2):
            moment = TraceMomentTable(max_k, beta, min_k=max_k)[max_k]
            for m, n in ((1, 1), (3, 8)):
                assert evaluate(moment, m, n) == trace_moments_at(max_k, m, n, beta)[-1]


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_a_thousand_numbers_are_those_of_the_polynomials_and_of_the_loop_equations(beta: int) -> None:
    m, n = 64, 128
    moments = trace_moments_at(1000, m, n, beta)
    assert len(moments) == 1001
    assert moments[0] == m
    table = TraceMomentTable(30, beta)
    for k in range(1, 31):
        assert as_number(moments[k]) == evaluate(table[k], m, n)
    for k in range(1, 26):
        assert moments[k] == loop_equations.expected_power_sum_at((k,), m, n, beta)


@pytest.mark.parametrize("k", [1, 2, 3, 10, 200, 1000])
def test_far_numbers_are_chi_squared_and_symmetric(k: int) -> None:
    assert trace_moments_at(k, 1, 1)[-1] == prod(range(1, 2 * k, 2))
    assert trace_moments_at(k, 1, 1, 2)[-1] == factorial(k)
    for n in (2, 7):
        assert trace_moments_at(k, 1, n)[-1] == prod(n + 2 * j for j in range(k))
        assert trace_moments_at(k, n, 1, 2)[-1] == prod(n + j for j in range(k))
        # A quaternionic row: chi-squared with 4n degrees of freedom, over 4.
        assert as_number(trace_moments_at(k, n, 1, 4)[-1]) == prod(Fraction(2 * n + j, 2) for j in range(k))
        for beta in (1, 2, 4):
            assert trace_moments_at(k, n, 5, beta)[1:] == trace_moments_at(k, 5, n, beta)[1:]


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize(("m", "n"), [(2, 2), (3, 10), (64, 128)])
def test_moments_are_log_convex(m: int, n: int, beta: int) -> None:
    # Cauchy–Schwarz: M_k² <= M_{k−1} M_{k+1}, far out where nothing else checks the numbers.
    moments = [fmpq(x) for x in trace_moments_at(300, m, n, beta)]
    assert all(moments[k] ** 2 < moments[k - 1] * moments[k + 1] for k in range(1, 300))


def test_numbers_come_as_integers_and_quaternionic_ones_as_rationals() -> None:
    assert all(isinstance(x, fmpz) for x in trace_moments_at(5, 3, 4))
    assert all(isinstance(x, fmpq) for x in trace_moments_at(5, 3, 4, 4))
    assert trace_moments_at(0, 3, 4) == [3]


def test_what_is_out_of_reach_is_refused() -> None:
    for beta in (3, Fraction(1, 2), Fraction(1, 10**5000)):
        with pytest.raises(MethodError, match="use method 'loop-equations'"):
            TraceMomentTable(3, beta)
        with pytest.raises(MethodError, match="use method 'loop-equations'"):
            trace_moments_at(3, 2, 2, beta)
    with pytest.raises(LimitError, match="give m and n as numbers"):
        TraceMomentTable(401)
    with pytest.raises(LimitError, match="k <= 50000"):
        trace_moments_at(50_001, 2, 2)
