"""S^+ and its projection for n < m, against the other Gram matrix, closed values and draws."""

import re
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose

from wishart_moments import (
    DomainError,
    ExistenceError,
    MethodError,
    expected_projection,
    expected_pseudoinverse,
    pseudoinverse_trace_moment,
    trace_moment,
)
from wishart_moments.spectrum.wishart_spectrum import spectrum


def samples(m: int, n: int, scale: np.ndarray, count: int = 20_000) -> np.ndarray:
    return np.random.default_rng(7).standard_normal((count, n, m)) @ np.linalg.cholesky(scale).T


@pytest.mark.parametrize("beta", [1, 2])
def test_traces_are_integrals_over_the_eigenvalues_that_are_not_zero(beta: int) -> None:
    for k in (1, 2):
        assert float(pseudoinverse_trace_moment(k, 11, 4, beta=beta)) == pytest.approx(
            spectrum(11, 4, beta).moment(-k), 1e-11
        )


def test_the_mean_pseudoinverse_in_closed_form() -> None:
    m, n = 9, 4
    matrix = expected_pseudoinverse(m, n, scale=(3 * np.eye(m, dtype=int)).tolist())
    assert matrix[0][0] == Fraction(n, 3 * m * (m - n - 1))
    assert matrix[0][1] == 0
    assert pseudoinverse_trace_moment(2, 4, 9) == trace_moment(-2, 4, 9)


def test_bounds_at_other_scales_hold() -> None:
    scale = np.diag([1.0, 2, 2, 3, 4, 4, 5, 6])
    with pytest.raises(MethodError, match="lies between") as refusal:
        pseudoinverse_trace_moment(1, n=3, scale=scale)
    low, high = (float(word) for word in re.findall(r"between (\S+) and ([^\s,]+)", str(refusal.value))[0])
    x = samples(8, 3, scale)
    assert low < np.trace(np.linalg.inv(x @ x.transpose(0, 2, 1)), axis1=1, axis2=2).mean() < high


def test_a_projection_of_one_sample_is_a_quotient_of_variances() -> None:
    # m = 2, n = 1: E x_1²/(x_1² + x_2²) = s_1/(s_1 + s_2), s the standard deviations.
    assert_allclose(np.diag(expected_projection(1, np.diag([1.0, 9]))), [0.25, 0.75], rtol=1e-13)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_projections_against_draws(n: int) -> None:
    scale = np.diag([0.1, 1, 1, 5, 20.0]) + 0.05
    found = expected_projection(n, scale)
    assert np.trace(found) == pytest.approx(n, rel=1e-13)
    basis, _ = np.linalg.qr(samples(5, n, scale).transpose(0, 2, 1))
    drawn = basis @ basis.transpose(0, 2, 1)
    assert np.abs((drawn.mean(axis=0) - found) / (drawn.std(axis=0) / len(drawn) ** 0.5)).max() < 4.5


def test_enough_samples_span_the_range() -> None:
    assert_allclose(expected_projection(3, np.diag([2.0, 0, 1])), np.diag([1.0, 0, 1]), atol=1e-15)


def test_what_is_infinite_or_unknown_is_refused() -> None:
    with pytest.raises(ExistenceError, match="for a finite moment"):
        pseudoinverse_trace_moment(1, 5, 4)
    with pytest.raises(DomainError, match="need k >= 1"):
        pseudoinverse_trace_moment(0, 5, 3)
    with pytest.raises(DomainError, match="need numbers for m, n"):
        pseudoinverse_trace_moment(1)
    with pytest.raises(MethodError, match="need n < m"):
        expected_pseudoinverse(3, 7)
