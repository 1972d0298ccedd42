"""What numba compiles, without numba: the same results, or one line that says what to install."""

from collections.abc import Iterator

import numpy as np
import pytest

from wishart_moments import compiled, simulate_variance, trace_moment, trace_product_moment
from wishart_moments.errors import LimitError
from wishart_moments.moments import wick_count
from wishart_moments.spectrum import bidiagonal


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pretend that numba is not installed."""
    kernels = (wick_count._kernel, bidiagonal._kernel)
    monkeypatch.setattr(compiled, "find_spec", lambda _: None)
    for each in (compiled.available, *kernels):
        each.cache_clear()
    yield
    for each in (compiled.available, *kernels):
        each.cache_clear()


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("parts", [(1,), (4,), (2, 2), (3, 2, 1)])
def test_the_literal_sum_needs_no_compiler(parts: tuple[int, ...]) -> None:
    assert trace_product_moment(parts, method="wick") == trace_product_moment(parts)


@pytest.mark.usefixtures("interpreted")
def test_a_long_literal_sum_says_what_to_install() -> None:
    with pytest.raises(
        LimitError, match=r"need k <= 8 without numba, got 9: pip install 'wishart-trace-moments\[compiled\]'"
    ):
        trace_moment(9, method="wick")


def test_draws_have_the_same_traces_to_the_bit(request: pytest.FixtureRequest) -> None:
    draws = bidiagonal.sample(5, 9, 1, 1000, np.random.default_rng(1))
    ratios = np.array([1e-3, 1.0, 50.0])
    fast = bidiagonal.resolvent_traces(draws, ratios)
    simulated = simulate_variance(4, 7, sigma=0.3, draws=500, seed=1)
    request.getfixturevalue("interpreted")
    assert np.array_equal(bidiagonal.resolvent_traces(draws, ratios), fast)
    assert simulate_variance(4, 7, sigma=0.3, draws=500, seed=1) == simulated
