"""The truncated series: generated code, the error that its signs prove, and where to stop."""

from fractions import Fraction
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_generated.variance_series import variance_series
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.moments.recurrence import trace_moments_at
from wishart_moments.spectrum.gauss_radau import gauss_radau
from wishart_moments.variance.moment_bounds import moment_bounds
from wishart_moments.variance.series import optimal_order, series_variance

sizes = st.integers(1, 40)
orders = st.integers(1, 10)
# σ²/α from 2^-40 to 2^10.
powers = st.integers(-20, 5)


def terms(m: int, n: int, t: Fraction, count: int) -> list[Fraction]:
    """The exact terms 1..count of the series at α = γ = 1, without their signs."""
    moments = trace_moments_at(count, m, n)
    return [Fraction(int(moments[k])) / m * t**k for k in range(1, count + 1)]


@settings(deadline=None)
@given(sizes, sizes, powers, orders)
def test_the_truth_lies_between_two_successive_sums(m: int, n: int, power: int, order: int) -> None:
    sigma = 2.0**power
    t = Fraction(sigma) ** 2
    exact = list(accumulate((-1) ** k * term for k, term in enumerate(terms(m, n, t, order + 1))))
    series = series_variance(m, n, sigma, order=order)
    size = sum(terms(m, n, t, order + 1))
    assert series.value == pytest.approx(float(exact[order - 1]), rel=1e-13, abs=float(1e-14 * size))
    assert series.remainder == pytest.approx(float(abs(exact[order] - exact[order - 1])), rel=1e-13)
    # Enclosed in exact arithmetic, within the a-priori range.
    low, high = sorted(exact[order - 1 :])
    assert Fraction(series.lower) <= max(low, 0)
    assert Fraction(series.upper) >= min(high, Fraction(min(m, n), m))
    assert 0 <= series.lower <= series.upper <= min(1, n / m) * (1 + 1e-15)


@settings(deadline=None)
@given(sizes, sizes, powers, orders)
def test_the_remainder_brackets_the_variance(m: int, n: int, power: int, order: int) -> None:
    sigma = 2.0**power
    lower, upper = gauss_radau(m, n, 60).enclosure(1 / Fraction(sigma) ** 2, 300)
    lower, upper = lower / m, upper / m
    series = series_variance(m, n, sigma, order=order)
    assert series.lower <= lower
    assert upper <= series.upper
    t = Fraction(sigma) ** 2
    value = variance_series(order, m, n, t)
    moment = trace_moments_at(order + 1, m, n)[-1]
    remainder = Fraction(int(moment)) / m * t ** (order + 1)
    # Alternating: the error has the sign of the first term left out, and is smaller.
    if order % 2:
        assert float(upper) <= value
        assert value - remainder <= float(lower) * (1 + 1e-15)
    else:
        assert value <= float(lower) * (1 + 1e-15)
        assert float(upper) * (1 - 1e-15) <= value + remainder


@settings(deadline=None, max_examples=50)
@given(sizes, sizes, st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), orders)
def test_the_series_and_the_bounds_from_the_same_moments_overlap(
    m: int, n: int, sigma: float, alpha: float, gamma: float, order: int
) -> None:
    series = series_variance(m, n, sigma, alpha=alpha, gamma=gamma, order=order)
    bounds = moment_bounds(m, n, sigma, alpha=alpha, gamma=gamma, order=order + 1)
    # One more moment for the bounds: what the remainder uses. They are the sharpest possible, so they lie inside.
    assert series.lower <= bounds.lower * (1 + 1e-14)
    assert bounds.upper <= series.upper * (1 + 1e-14)


@settings(deadline=None, max_examples=40)
@given(sizes, sizes, powers, orders)
def test_forward_and_backward_differ_by_the_ratio_of_sizes(m: int, n: int, power: int, order: int) -> None:
    forward = series_variance(m, n, 2.0**power, order=order)
    backward = series_variance(n, m, 2.0**power, order=order)
    assert np.array(forward) * m == pytest.approx(np.array(backward) * n, rel=1e-12, abs=1e-13 * n * forward.remainder)


def test_only_the_ratio_of_alpha_to_sigma_squared_enters() -> None:
    for power in (-30, -1, 7):
        scaled = series_variance(5, 9, 0.1 * 2.0**power, alpha=4.0**power)
        assert scaled == series_variance(5, 9, 0.1)


def test_gamma_is_a_factor() -> None:
    once, twice = series_variance(5, 9, 0.1), series_variance(5, 9, 0.1, gamma=2.0)
    assert np.array(twice) == pytest.approx(4 * np.array(once), rel=1e-14)
    assert (twice.value, twice.remainder) == (4 * once.value, 4 * once.remainder)


def test_at_small_sigma_the_first_order_is_linear_in_the_fan_in() -> None:
    for m, n in ((1, 1), (64, 128), (128, 64)):
        assert series_variance(m, n, 2.0**-30, order=1).value == n * 2.0**-60


def test_sigma_zero_has_variance_zero() -> None:
    assert series_variance(3, 4, 0.0) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("order", range(1, 11))
def test_overflow_leaves_the_a_priori_range(order: int) -> None:
    sigma = np.array([1.0, 1e10, 1e30, 1e155, 1e300])
    for m, n in ((1, 1), (10, 12), (4, 2)):
        for alpha in (1.0, 1e-320, 1e200):
            series = series_variance(m, n, sigma, alpha=alpha, order=order)
            assert not np.isnan(np.array(series)).any()
            assert (series.lower >= 0).all()
            assert (series.upper <= min(1, n / m) * (1 + 1e-15)).all()
            assert (series.lower <= series.upper).all()
    series = series_variance(10, 12, 1e300, order=order)
    assert series.value == (np.inf if order % 2 else -np.inf)
    assert series.remainder == np.inf


@pytest.mark.parametrize("gamma", [1e-320, 1e-200, 1e200])
def test_extreme_gains_give_no_nan(gamma: float) -> None:
    sigma = np.array([0.0, 1e-320, 1e-150, 1e-10, 1.0, 1e300])
    assert not np.isnan(np.array(series_variance(3, 3, sigma, gamma=gamma))).any()


def test_at_he_scale_the_tenth_order_says_nothing() -> None:
    series = series_variance(10, 12, 12**-0.5)
    assert abs(series.value) > 1e4
    assert (series.lower, series.upper) == (0.0, 1.0)


def test_arguments_broadcast() -> None:
    series = series_variance(3, 4, np.array([[0.1], [0.2]]), alpha=np.array([1.0, 2.0, 3.0]), order=3)
    assert all(part.shape == (2, 3) for part in series)
    assert series.value[1, 2] == series_variance(3, 4, 0.2, alpha=3, order=3).value
    assert all(isinstance(part, float) for part in series_variance(3, 4, "1/10"))


@settings(deadline=None, max_examples=60)
@given(sizes, sizes, st.integers(-12, 4), st.integers(0, 40))
def test_the_optimal_order_has_the_smallest_next_term(m: int, n: int, power: int, most: int) -> None:
    sigma = 2.0**power
    following = terms(m, n, Fraction(sigma) ** 2, most + 1)
    best = optimal_order(m, n, sigma, max_order=most)
    assert following[best] == min(following)


def test_the_optimal_order_of_one_output_is_half_the_distance_to_the_fan_in() -> None:
    # M_{k+1}/M_k = n + 2k for chi-squared with n degrees of freedom: smaller than r for k < (r − n)/2.
    assert [optimal_order(1, 7, 1.0, alpha=r) for r in (1, 8, 9.5, 11.5, 107.5)] == [0, 0, 1, 2, 50]


def test_the_optimal_order_falls_with_sigma() -> None:
    best = optimal_order(10, 12, np.logspace(-2, 1, 50), alpha=2.0)
    assert best.shape == (50,)
    assert (np.diff(best) <= 0).all()
    assert best[-1] == 0
    assert optimal_order(3, 4, 0.0) == 1000
    assert optimal_order(3, 4, 1e-9, max_order=5) == 5


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(LimitError, match=r"need order <= 10 for the series, got 11; use method 'bounds' or 'exact'"):
        series_variance(2, 2, 1.0, order=11)
    for wrong in (0, -1, 1.5, True):
        with pytest.raises(DomainError, match="order"):
            series_variance(2, 2, 1.0, order=wrong)
    with pytest.raises(DomainError, match="need sigma >= 0"):
        series_variance(2, 2, -1.0)
    with pytest.raises(DomainError, match="need alpha > 0"):
        optimal_order(2, 2, 1.0, alpha=0)
    with pytest.raises(LimitError, match="max_order <= 10000"):
        optimal_order(2, 2, 1.0, max_order=10**6)
    with pytest.raises(LimitError, match="method 'limit' takes any size"):
        series_variance(2, 10**12, 1.0)
