"""Bounds on the variance from the first moments: reference values, closed forms, laws, extremes."""

from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.errors import DomainError, LimitError
from wishart_moments.spectrum.gauss_radau import gauss_radau
from wishart_moments.variance.moment_bounds import moment_bounds

# mathematics: E tr S(rI + S)^{-1}/m at r = n, ten digits.
REFERENCE = {(4, 7): 0.4173664202, (10, 12): 0.3933625479, (10, 10): 0.3748901018, (64, 128): 0.4376466446}

sizes = st.integers(1, 40)
orders = st.integers(1, 25)
scales = st.floats(1e-3, 1e3)


def chi_squared_variance(n: int, sigma: Any, alpha: Any) -> Any:
    """E x/(r + x) for x chi-squared with n degrees of freedom, r = α/σ²."""
    r = mp.mpf(alpha) / mp.mpf(sigma) ** 2
    y, k = r / 2, mp.mpf(n) / 2
    return 1 - y * mp.exp(y) * y ** (k - 1) * mp.gammainc(1 - k, y)


@pytest.mark.parametrize(("shape", "value"), REFERENCE.items())
def test_sixty_moments_give_the_reference_values_at_he_scale(shape: tuple[int, int], value: float) -> None:
    m, n = shape
    bounds = moment_bounds(m, n, n**-0.5, order=60)
    assert bounds.lower < bounds.upper < bounds.lower + 1e-13
    assert round(bounds.lower, 10) == round(bounds.upper, 10) == value


@pytest.mark.parametrize("n", [1, 2, 9, 30])
def test_one_output_is_chi_squared(n: int) -> None:
    with mp.workdps(150):
        for sigma in (1e-3, 0.1, 1.0, 30.0, 1e4):
            for alpha in (1e-4, 1.0, 20.0):
                exact = chi_squared_variance(n, sigma, alpha)
                for order in (1, 4, 9, 50):
                    bounds = moment_bounds(1, n, sigma, alpha=alpha, order=order)
                    assert mp.mpf(bounds.lower) < exact < mp.mpf(bounds.upper)


@settings(deadline=None, max_examples=80)
@given(sizes, sizes, scales, scales, scales, orders)
def test_the_bounds_hold_and_nest(m: int, n: int, sigma: float, alpha: float, gamma: float, order: int) -> None:
    narrow = moment_bounds(m, n, sigma, alpha=alpha, gamma=gamma, order=order + 1)
    wide = moment_bounds(m, n, sigma, alpha=alpha, gamma=gamma, order=order)
    ulps = 1e-14 * wide.upper
    assert 0 <= wide.lower <= narrow.lower + ulps
    assert narrow.lower < narrow.upper <= wide.upper + ulps
    assert wide.upper <= gamma**2 * min(1, n / m) * (1 + 1e-15)
    # The exact inputs, with far more moments: enclosed, rounding errors of α/σ² and γ² included.
    r = Fraction(alpha) / Fraction(sigma) ** 2
    low, high = gauss_radau(m, n, order + 1).enclosure(r, 300)
    gain = Fraction(gamma) ** 2 / m
    assert wide.lower <= float(low) * float(gain) * (1 + 1e-15)
    assert wide.upper >= float(high) * float(gain) * (1 - 1e-15)


@settings(deadline=None, max_examples=40)
@given(sizes, sizes, scales, orders)
def test_forward_and_backward_differ_by_the_ratio_of_sizes(m: int, n: int, sigma: float, order: int) -> None:
    forward, backward = moment_bounds(m, n, sigma, order=order), moment_bounds(n, m, sigma, order=order)
    assert np.array(forward) * m == pytest.approx(np.array(backward) * n, rel=1e-14)


@settings(deadline=None, max_examples=40)
@given(sizes, sizes, scales, scales, st.integers(-20, 20), orders)
def test_only_the_ratio_of_alpha_to_sigma_squared_enters(
    m: int, n: int, sigma: float, alpha: float, power: int, order: int
) -> None:
    # A power of two scales without rounding.
    scaled = moment_bounds(m, n, sigma * 2.0**power, alpha=alpha * 4.0**power, order=order)
    assert scaled == moment_bounds(m, n, sigma, alpha=alpha, order=order)


def test_the_bounds_grow_with_sigma_and_fall_with_alpha() -> None:
    grid = np.logspace(-3, 3, 200)
    rising = moment_bounds(5, 8, grid, order=12)
    falling = moment_bounds(5, 8, 1.0, alpha=grid, order=12)
    for part in (rising.lower, rising.upper):
        assert (np.diff(part) > 0).all()
    for part in (falling.lower, falling.upper):
        assert (np.diff(part) < 0).all()


def test_the_limits_of_sigma_are_zero_and_the_rank() -> None:
    assert moment_bounds(4, 7, 0.0) == (0.0, 0.0)
    small = moment_bounds(4, 7, 1e-6)
    assert small.lower == pytest.approx(7e-12, rel=1e-10)
    assert small.upper == pytest.approx(7e-12, rel=1e-10)
    assert moment_bounds(4, 7, 1e12, order=1).upper <= 1
    wide = moment_bounds(128, 28, 1e12, gamma=2.0)
    assert wide.upper <= 4 * 28 / 128 * (1 + 1e-15)
    assert wide.lower > 0


def test_arguments_broadcast() -> None:
    sigma, alpha = np.array([[0.1], [1.0], [3.0]]), np.array([0.5, 2.0])
    bounds = moment_bounds(3, 4, sigma, alpha=alpha, gamma=2.0)
    assert bounds.lower.shape == bounds.upper.shape == (3, 2)
    assert bounds.upper[1, 0] == moment_bounds(3, 4, 1.0, alpha=0.5, gamma=2).upper
    assert isinstance(moment_bounds(3, 4, "1/2").lower, float)
    assert moment_bounds(3, 4, "1/2") == moment_bounds(3, 4, Fraction(1, 2)) == moment_bounds(3, 4, 0.5)


@pytest.mark.parametrize("gamma", [1e-320, 1e-200, 1.0, 1e200])
@pytest.mark.parametrize("alpha", [1e-320, 1e-200, 1.0, 1e200])
def test_extremes_give_bounds_and_no_warning(alpha: float, gamma: float) -> None:
    sigma = np.array([0.0, 1e-320, 1e-160, 1e-10, 1.0, 1e10, 1e160, 1e300])
    for m, n in ((1, 1), (10, 10), (7, 3)):
        lower, upper = moment_bounds(m, n, sigma, alpha=alpha, gamma=gamma)
        assert np.isfinite(lower).all()
        assert not np.isnan(upper).any()
        assert (lower <= upper).all()
        assert (upper[1:] > 0).all()


def test_bad_arguments_are_refused() -> None:
    for wrong in ({"sigma": -1}, {"sigma": np.nan}, {"alpha": 0}, {"gamma": np.inf}):
        with pytest.raises(DomainError, match=next(iter(wrong))):
            moment_bounds(2, 2, **{"sigma": 1.0, **wrong})
    with pytest.raises(DomainError, match="m to be an integer >= 1"):
        moment_bounds(0, 2, 1.0)
    with pytest.raises(DomainError, match="order >= 1"):
        moment_bounds(2, 2, 1.0, order=0)
    with pytest.raises(DomainError, match="order to be an integer"):
        moment_bounds(2, 2, 1.0, order=2.5)
    with pytest.raises(LimitError, match="use method 'exact'"):
        moment_bounds(2, 2, 1.0, order=5000)
    with pytest.raises(LimitError, match="method 'limit' takes any size"):
        moment_bounds(2, 10**12, 1.0)
