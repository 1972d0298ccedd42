"""The exact variance, its derivatives and the σ that solves for it."""

from fractions import Fraction
from math import pi, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments import (
    alpha_for,
    backward_variance,
    certified_variance,
    limit_variance,
    output_variance,
    simulate_variance,
    solve_sigma,
    variance_gradient,
)
from wishart_moments.errors import DomainError, LimitError, MethodError, WishartError
from wishart_moments.variance.predictor import METHODS, SMALLEST_RATIO

SIZES = st.integers(1, 80)
SIGMAS = st.floats(1e-3, 1e3)


@pytest.mark.parametrize(("m", "n", "value"), [(4, 7, 0.4173664202), (10, 12, 0.3933625479), (10, 10, 0.3748901018)])
def test_the_reference_values_come_out(m: int, n: int, value: float) -> None:
    assert output_variance(m, n, 1 / sqrt(n)) == pytest.approx(value, abs=6e-11)


def test_large_square_layers_have_the_variance_of_the_paper() -> None:
    assert output_variance(1000, 1000, 1 / sqrt(1000)) == pytest.approx((3 - sqrt(5)) / 2, abs=2e-4)
    assert output_variance(1000, 1000, 10 / sqrt(1000)) == pytest.approx(0.905, abs=1e-3)


@settings(deadline=None)
@given(SIZES, SIZES, SIGMAS)
def test_swapping_outputs_and_inputs_multiplies_by_n_over_m(m: int, n: int, sigma: float) -> None:
    assert output_variance(n, m, sigma) * n == pytest.approx(output_variance(m, n, sigma) * m, rel=1e-14)
    assert backward_variance(m, n, sigma) == pytest.approx(output_variance(n, m, sigma), rel=1e-14)


@settings(deadline=None)
@given(SIZES, SIZES, SIGMAS, st.floats(0.01, 100))
def test_only_the_ratio_of_alpha_to_sigma_squared_enters(m: int, n: int, sigma: float, c: float) -> None:
    one = output_variance(m, n, sigma)
    assert output_variance(m, n, c * sigma, alpha=c * c) == pytest.approx(one, rel=1e-12)
    assert output_variance(m, n, sigma, gamma=c) == pytest.approx(c * c * one, rel=1e-14)


@settings(deadline=None)
@given(SIZES, SIZES)
def test_the_variance_increases_from_zero_to_its_supremum(m: int, n: int) -> None:
    values = output_variance(m, n, np.concatenate([[0.0], np.geomspace(1e-12, 1e12, 200), [1e200, 1e308]]))
    assert values[0] == 0
    # Where the supremum is reached within rounding the last bits may wobble.
    assert (np.diff(values) >= -4e-15).all()
    assert values[-1] == pytest.approx(min(1.0, n / m), rel=1e-14)
    assert values[1] == pytest.approx(n * 1e-24, rel=1e-12)


@pytest.mark.parametrize(("m", "n"), [(4, 4), (4, 5), (4, 7), (64, 64)])
def test_the_power_law_at_large_sigma_continues_the_quadrature(m: int, n: int) -> None:
    sigma = SMALLEST_RATIO**-0.5
    for shift in (0.99, 1.01, 100.0):
        exact = float(1 - certified_variance(m, n, sigma * shift, digits=25).lower)
        assert 1 - output_variance(m, n, sigma * shift) == pytest.approx(exact, abs=5e-16)


@settings(deadline=None, max_examples=60)
@given(SIZES, SIZES, st.floats(0.05, 5), st.floats(0.2, 5))
def test_the_derivatives_are_those_of_certified_differences(m: int, n: int, sigma: float, alpha: float) -> None:
    # Central differences of 40 digits: their error is that of the third derivative, h² = 1e-16 relative.
    h = Fraction(1, 10**8)
    at, shift = Fraction(sigma), Fraction(alpha)

    def value(s: Fraction, a: Fraction) -> Fraction:
        both = certified_variance(m, n, s, alpha=a, digits=40)
        return (both.lower + both.upper) / 2

    gradient = variance_gradient(m, n, sigma, alpha=alpha, gamma=3.0)
    by_sigma = 9 * (value(at + at * h, shift) - value(at - at * h, shift)) / (2 * h * at)
    by_alpha = 9 * (value(at, shift + shift * h) - value(at, shift - shift * h)) / (2 * h * shift)
    assert gradient.sigma == pytest.approx(float(by_sigma), rel=1e-11, abs=1e-13)
    assert gradient.alpha == pytest.approx(float(by_alpha), rel=1e-11, abs=1e-13)
    assert gradient.gamma == pytest.approx(2 * gradient.value / 3, rel=1e-15)
    assert gradient.value == output_variance(m, n, sigma, alpha=alpha, gamma=3.0)


def test_the_derivatives_at_the_ends_are_finite() -> None:
    ends = variance_gradient(4, 6, [0.0, 1e-170, 1e170, 1e300])
    assert all(np.isfinite(column).all() for column in ends)
    assert ends.sigma[0] == ends.alpha[0] == 0


def test_arrays_broadcast() -> None:
    sigma, alpha = np.array([[0.1], [0.2]]), np.array([1.0, 2.0, 3.0])
    values = output_variance(4, 7, sigma, alpha=alpha)
    assert values.shape == (2, 3)
    assert values[1, 2] == pytest.approx(output_variance(4, 7, 0.2, alpha=3.0), rel=4e-16)
    assert isinstance(output_variance(4, 7, 0.2), float)
    assert output_variance(4, 7, np.empty((0,))).shape == (0,)
    assert output_variance(4, 7, "1/5") == output_variance(4, 7, 0.2)


def test_every_method_answers() -> None:
    # 12 outputs of 40 inputs at σ² = 1/(8n): within the reach of the series.
    exact = output_variance(12, 40, sqrt(1 / 320))
    errors = {
        method: np.abs(np.asarray(output_variance(12, 40, sqrt(1 / 320), method=method)) - exact).max()
        for method in METHODS
    }
    assert errors["exact"] == 0
    assert errors["series"] < 1e-4
    assert errors["bounds"] < 1e-6
    assert errors["limit"] < 1e-6
    assert errors["monte-carlo"] < 1e-4


def test_methods_are_the_functions_of_their_names() -> None:
    assert output_variance(9, 5, 0.3, method="limit", order=1) == limit_variance(9, 5, 0.3, order=1)
    found = simulate_variance(9, 5, 0.3, draws=500, seed=4)
    assert output_variance(9, 5, 0.3, method="monte-carlo", draws=500, seed=4) == found.mean


@settings(deadline=None)
@given(SIZES, SIZES, st.floats(1e-9, 0.999), st.floats(0.01, 100), st.floats(0.1, 10))
def test_solving_for_sigma_inverts_the_variance(m: int, n: int, part: float, alpha: float, gamma: float) -> None:
    target = part * gamma**2 * min(1, n / m)
    sigma = solve_sigma(m, n, target, alpha=alpha, gamma=gamma)
    assert output_variance(m, n, sigma, alpha=alpha, gamma=gamma) == pytest.approx(target, rel=1e-12)
    back = alpha_for(m, n, target, sigma=sigma, gamma=gamma)
    assert output_variance(m, n, sigma, alpha=back, gamma=gamma) == pytest.approx(target, rel=1e-12)


def test_one_by_one_at_half_is_solved_by_the_error_function() -> None:
    # 1 − √(πr/2) e^{r/2} erfc(√(r/2)) = 1/2 with r = 1/σ².
    from math import erfc, exp

    r = solve_sigma(1, 1, 0.5) ** -2
    assert sqrt(pi * r / 2) * exp(r / 2) * erfc(sqrt(r / 2)) == pytest.approx(0.5, rel=1e-13)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: output_variance(0, 3, 1), DomainError, "need m to be an integer >= 1, got 0"),
        (lambda: output_variance(3, 2.5, 1), DomainError, "need n to be an integer >= 1, got 2.5"),
        (lambda: output_variance(3, 3, [1, -1]), DomainError, "need sigma >= 0 and finite, got -1"),
        (lambda: output_variance(3, 3, np.nan), DomainError, "need sigma >= 0 and finite, got nan"),
        (lambda: output_variance(3, 3, np.array([1.0, np.inf])), DomainError, "need sigma >= 0 and finite, got inf"),
        (lambda: output_variance(3, 3, 1, alpha=0), DomainError, "need alpha > 0 and finite, got 0"),
        (lambda: output_variance(3, 3, 1, gamma=[0.0]), DomainError, "need gamma > 0 and finite, got 0.0"),
        (
            lambda: output_variance(3, 3, [1, 2], alpha=[1, 2, 3]),
            DomainError,
            "of shapes that broadcast, got (2,), (3,), ()",
        ),
        (
            lambda: output_variance(3, 3, "pi"),
            DomainError,
            "need sigma as a formula in m and n: 0.1, he, 10/sqrt(n); got 'pi'",
        ),
        (lambda: output_variance(3, 3, True), DomainError, "need sigma >= 0 and finite, got True"),
        (
            lambda: output_variance(3, 9999, 1),
            LimitError,
            "need n <= 4,096 here, got 9999; method 'limit' takes any size",
        ),
        (lambda: output_variance(3, 3, 1, method="best"), MethodError, "need method to be one of exact, series"),
        (lambda: output_variance(3, 3, 1, method="series", order=11), LimitError, "method"),
        (lambda: solve_sigma(128, 28, 0.5), DomainError, "need 0 <= target < 0.21875 = gamma^2 min(1, n/m), got 0.5"),
        (lambda: solve_sigma(3, 3, -0.1), DomainError, "need 0 <= target < 1"),
        (lambda: solve_sigma(3, 3, "half"), DomainError, "need target >= 0 and finite, got 'half'"),
        (lambda: solve_sigma(3, 3, 0.5, alpha=[1, 2]), DomainError, "need one number each"),
        (lambda: alpha_for(3, 3, 0.5, sigma=0), DomainError, "need sigma > 0"),
        (lambda: alpha_for(3, 3, 0, sigma=1), DomainError, "need target > 0"),
    ],
)
def test_bad_input_is_refused_in_one_line(call: object, error: type[WishartError], text: str) -> None:
    with pytest.raises(error, match=r"^[^\n]+$") as caught:
        call()  # type: ignore[operator]
    assert text in str(caught.value)


def test_solving_for_nothing_gives_nothing() -> None:
    assert solve_sigma(3, 4, 0) == 0.0


@pytest.mark.parametrize(("m", "n"), [(1, 1), (4, 4), (1, 2), (10, 11), (12, 11), (2, 4), (5, 3), (3, 6), (2, 9)])
@pytest.mark.parametrize("exponent", [-90, -40, -24, -17, -16, -12, -4, 3])
def test_the_slope_is_that_of_certified_values_at_every_ratio(m: int, n: int, exponent: int) -> None:
    """A central difference of certified values, with α to 10⁻⁷ of itself: 1e-14 off the derivative at most."""
    alpha = Fraction(10) ** exponent
    step = alpha / 10**7
    above, below = (certified_variance(m, n, 1, alpha=at, digits=130) for at in (alpha + step, alpha - step))
    wanted = float((above.lower - below.lower) / (2 * step) * alpha)
    assert alpha * variance_gradient(m, n, 1, alpha=float(alpha)).alpha == pytest.approx(wanted, rel=1e-12, abs=0)


def test_the_slope_is_right_where_the_ratio_is_no_float() -> None:
    """Square layers: it goes like σ⁻¹, and at σ = 10²⁰⁰ the ratio 10⁻⁴⁰⁰ underflows."""
    known, far = (variance_gradient(4, 4, sigma).alpha for sigma in (1e100, 1e200))
    assert far == pytest.approx(known * 1e-100, rel=1e-14, abs=0)
