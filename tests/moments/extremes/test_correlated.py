"""Complex matrices at any Σ: series and finite sums over partitions, the closed form at Σ = I, samples, tails."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments import LimitError, largest_eigenvalue_cdf, smallest_eigenvalue_cdf, smallest_eigenvalue_quantile
from wishart_moments.moments.extremes.correlated import correlated
from wishart_moments.moments.extremes.smallest_eigenvalue import finite_sum
from wishart_moments.moments.jack.largest_eigenvalue import by_series


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_they_are_sums_over_partitions(data: st.DataObject) -> None:
    m, more = data.draw(st.integers(1, 3)), data.draw(st.integers(0, 3))
    value = st.sampled_from([1.0, 0.5, 0.5 + 1e-13]) | st.floats(0.3, 3)
    inverse, n = np.array(data.draw(st.lists(value, min_size=m, max_size=m))), Fraction(m + more)
    x = data.draw(st.fractions(Fraction(1, 50), 4, max_denominator=50))
    below = correlated(inverse, n, x, upper=False)
    series = by_series(x, inverse, n, beta=Fraction(2))
    assert abs(below.value - series.value) <= below.error + series.error
    above = correlated(inverse, n, x, upper=True)
    value_by_sum, error = finite_sum(float(x) * inverse, more, Fraction(2))
    assert abs(above.value - value_by_sum) <= above.error + error + 1e-16


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize(("m", "n"), [(4, Fraction(4)), (12, Fraction(31, 2)), (20, Fraction(25))])
def test_equal_eigenvalues_are_the_closed_form_of_another_route(m: int, n: Fraction, upper: bool) -> None:
    compute = smallest_eigenvalue_cdf if upper else largest_eigenvalue_cdf
    for x in (Fraction(1, 10), Fraction(m), 4 * n):
        for complement in (False, True):
            found = correlated(np.full(m, 2.0), n, x / 2, upper=upper, complement=complement)
            known = compute(x, m, n, beta=2, survival=complement != upper)
            assert found.value == pytest.approx(known.value, rel=1e-14, abs=1e-300)


@pytest.mark.parametrize("m", [3, 20])
def test_samples(m: int) -> None:
    n, rng = m + 4, np.random.default_rng(m)
    scale = 0.5 ** np.abs(np.subtract.outer(np.arange(m), np.arange(m)))
    draws = rng.standard_normal((2000, m, n, 2)) @ np.array([1, 1j]) / math.sqrt(2)
    values = np.linalg.svd(np.linalg.cholesky(scale) @ draws, compute_uv=False) ** 2
    for compute, sample in ((largest_eigenvalue_cdf, values[:, 0]), (smallest_eigenvalue_cdf, values[:, -1])):
        for x in np.quantile(sample, [0.01, 0.5, 0.99]):
            found = compute(x, m, n, scale=scale, beta=2)
            assert found.error < 1e-16
            # The chance of a Kolmogorov-Smirnov distance of 2.8/√draws is 3e-7.
            assert abs(found.value - (sample <= x).mean()) < 2.8 / math.sqrt(len(sample))


def test_tails_keep_their_digits() -> None:
    # Far out λ_max is near a gamma variable's tail at the greatest σ; the smallest survives by e^{−tr Y} for n = m.
    scale, m = np.diag([1.0, 0.5, 0.25, 0.125]), 4
    above = smallest_eigenvalue_cdf(30, m, m, scale=scale, beta=2, survival=True)
    assert above.value == pytest.approx(math.exp(-30 * 15), rel=1e-13)
    far = [largest_eigenvalue_cdf(x, m, m, scale=scale, beta=2, survival=True).value for x in (200, 201)]
    assert far[1] / far[0] == pytest.approx(math.exp(-1) * (201 / 200) ** 3, rel=1e-3)
    assert 0 < far[0] < 1e-75
    point = smallest_eigenvalue_quantile("1/3", m, "9/2", scale=scale, beta=2)
    assert smallest_eigenvalue_cdf(point.value, m, "9/2", scale=scale, beta=2).value == pytest.approx(1 / 3, rel=1e-13)


def test_a_matrix_of_more_than_100_rows_is_refused() -> None:
    with pytest.raises(LimitError, match="m <= 100"):
        largest_eigenvalue_cdf(100, 101, 200, scale=np.diag(np.arange(1.0, 102)), beta=2)


@pytest.mark.parametrize(
    ("n", "x"), [(Fraction(3, 2), Fraction(1, 7)), (Fraction(50), Fraction(1)), (Fraction(2), Fraction(200))]
)
@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("sigma", [0.001, "1/3"])
def test_no_rounding_of_the_inverse_scale_enters(n: Fraction, x: Fraction, upper: bool, sigma: float | str) -> None:
    # x Σ^{−1} is the same for multiples of Σ and x: here of exact numbers, a float's and a fraction's.
    compute = smallest_eigenvalue_cdf if upper else largest_eigenvalue_cdf
    exact = Fraction(sigma)
    for scale in ([1, 1], [1, 3]):
        known = compute(x, 2, n, beta=2, scale=np.diag(np.array(scale)), survival=upper)
        given = [[sigma if scale[0] == 1 else 0, 0], [0, exact * scale[1]]]
        found = compute(x * exact, 2, n, beta=2, scale=given, survival=upper)
        assert abs(Fraction(found.value) - Fraction(known.value)) <= Fraction(found.error) + Fraction(known.error)


@pytest.mark.parametrize("size", [1e-250, 1.0, 1e250])
@pytest.mark.parametrize("p", ["1e-40", "1/2"])
def test_quantiles_however_small_or_large(size: float, p: str) -> None:
    # n = m: the smallest eigenvalue is exponential, of rate tr Σ^{−1}.
    scale = size * np.diag([1.0, 2.0])
    found = smallest_eigenvalue_quantile(p, 2, 2, scale=scale, beta=2)
    expected = -math.log1p(-float(Fraction(p))) * size / 1.5
    assert found.value == pytest.approx(expected, rel=1e-13)
    assert found.error < 1e-11 * expected


def test_quantiles_below_all_floats_are_refused_as_such() -> None:
    with pytest.raises(LimitError, match="at p = '1/2' it is less than 1e-307"):
        smallest_eigenvalue_quantile("1/2", 2, "1.000001", scale=np.diag([1.0, 2.0]), beta=2)
