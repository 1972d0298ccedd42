"""The variance of large layers: closed forms, the corrections, and where they end."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.errors import DomainError, LimitError
from wishart_moments.variance.limit import limit_variance
from wishart_moments.variance.moment_bounds import moment_bounds


def test_square_layers_have_the_closed_form() -> None:
    for alpha in (0.1, 1.0, 30.0):
        t = np.logspace(-1, 6, 100)
        expected = 1 - alpha * (np.sqrt(1 + 4 * t / alpha) - 1) / (2 * t)
        found = limit_variance(50, 50, np.sqrt(t / 50), alpha=alpha, order=0)
        assert found == pytest.approx(expected, rel=1e-9)  # the closed form cancels at small t
    assert round(limit_variance(100, 100, 0.1, order=0), 3) == 0.382
    assert round(limit_variance(100, 100, 1.0, order=0), 3) == 0.905


@pytest.mark.parametrize(
    ("m", "n", "scale", "errors"),
    [
        (10, 10, 1, (8e-3, 6e-4, 5e-5)),
        (10, 12, 1, (7e-3, 5e-4, 4e-5)),
        (64, 128, 1, (9e-4, 6e-6, 4e-8)),
        (64, 128, 100, (3e-4, 4e-6, 7e-9)),
        (128, 64, 200, (2e-4, 2e-6, 8e-9)),
        (10, 10, 100, (2e-2, 8e-3, 4e-3)),
    ],
)
def test_the_corrections_come_close_to_the_truth(m: int, n: int, scale: float, errors: tuple[float, ...]) -> None:
    sigma = (scale / n) ** 0.5
    bounds = moment_bounds(m, n, sigma, order=500 if m == n else 150)
    found = [max(abs(limit_variance(m, n, sigma, order=order) - end) for end in bounds) for order in (0, 1, 2)]
    for order, error in enumerate(errors):
        assert found[order] < error
        # The order before does not reach as far.
        assert order == 0 or error < found[order - 1]


@pytest.mark.parametrize(("m", "n"), [(1, 1), (3, 3), (20, 21), (7, 50), (50, 7)])
def test_the_value_stays_within_its_range_where_the_corrections_fail(m: int, n: int) -> None:
    r = np.logspace(-12, 12, 500)
    for order in (0, 1, 2):
        value = limit_variance(m, n, 1.0, alpha=r, order=order)
        assert (value >= 0).all()
        assert (value <= n / (r + max(m, n)) * (1 + 1e-15)).all()


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 10**6), st.integers(1, 10**6), st.floats(1e-3, 1e3), st.sampled_from([0, 1, 2]))
def test_forward_and_backward_differ_by_the_ratio_of_sizes(m: int, n: int, sigma: float, order: int) -> None:
    forward, backward = limit_variance(m, n, sigma, order=order), limit_variance(n, m, sigma, order=order)
    assert forward * m == pytest.approx(backward * n, rel=1e-14)


def test_only_the_ratio_of_alpha_to_sigma_squared_enters() -> None:
    for power in (-30, -1, 7):
        assert limit_variance(5, 9, 0.1 * 2.0**power, alpha=4.0**power) == limit_variance(5, 9, 0.1)


def test_all_orders_agree_in_the_limit_of_size() -> None:
    values = [limit_variance(10**40, 2 * 10**40, 1e-20, order=order) for order in (0, 1, 2)]
    assert values[0] == values[1] == values[2]
    # T_0/m with m + n + r = 4m or 5m, …: the root of x² − (3 + r)x + 2 = 0 at r = 1.
    assert values[0] == pytest.approx(2 - 2**0.5, rel=1e-15)


def test_the_limits_of_sigma_are_zero_and_the_rank() -> None:
    for order in (0, 1, 2):
        assert limit_variance(4, 7, 0.0, order=order) == 0
        assert limit_variance(4, 7, 1e-8, order=order) == pytest.approx(7e-16, rel=1e-14)
        assert limit_variance(128, 28, 1e9, gamma=2.0, order=order) == pytest.approx(4 * 28 / 128, rel=1e-14)


def test_arguments_broadcast_and_extremes_pass() -> None:
    assert limit_variance(3, 4, np.ones((2, 1)), alpha=[1.0, 2.0, 3.0]).shape == (2, 3)
    assert isinstance(limit_variance(3, 4, "1/2"), float)
    sigma = np.array([0.0, 1e-320, 1e-160, 1.0, 1e160, 1e300])
    for m, n in ((1, 1), (10, 10), (7, 3), (10**100, 1)):
        for alpha in (1e-320, 1.0, 1e200):
            for gamma in (1e-320, 1.0, 1e100):
                for order in (0, 1, 2):
                    assert np.isfinite(limit_variance(m, n, sigma, alpha=alpha, gamma=gamma, order=order)).all()


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(LimitError, match=r"need order <= 2 for the limit, got 3; method 'exact'"):
        limit_variance(2, 2, 1.0, order=3)
    with pytest.raises(LimitError, match=r"need m <= 1e100"):
        limit_variance(10**101, 2, 1.0)
    with pytest.raises(DomainError, match="need sigma >= 0"):
        limit_variance(2, 2, np.nan)
    with pytest.raises(DomainError, match="need gamma > 0"):
        limit_variance(2, 2, 1.0, gamma=0)
    with pytest.raises(DomainError, match="order"):
        limit_variance(2, 2, 1.0, order=-1)
