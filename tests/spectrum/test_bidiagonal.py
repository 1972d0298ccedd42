"""The bidiagonal model: its traces are those of the matrix, its law is that of S for every β.

Monte Carlo checks lie within five standard errors, a chance of 6e-7 to fail each; the seeds are fixed.
"""

from fractions import Fraction
from math import sqrt
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.moments.loop_equations import expected_power_sum_at
from wishart_moments.moments.polynomials import as_number
from wishart_moments.moments.recurrence import trace_moments_at
from wishart_moments.spectrum import bidiagonal
from wishart_moments.spectrum.bidiagonal import (
    Array,
    Draws,
    mean_power_sums,
    power_sums,
    resolvent_traces,
    sample,
    uncorrelated_controls,
)

BOUND = 5.0
DYSON = [1, 2, 4, 0.5, 3]
SHAPES = [(1, 1), (1, 5), (2, 2), (3, 5), (6, 4)]


def drawn(m: int, n: int, beta: float, count: int, seed: int = 7) -> Draws:
    return sample(m, n, beta, count, np.random.default_rng(seed))


def factor(draws: Draws, i: int) -> Array:
    return np.diag(np.sqrt(draws.q[:, i])) + np.diag(np.sqrt(draws.e[:-1, i]), 1)


def z(values: Array, exact: float) -> float:
    return (values.mean() - exact) / (values.std(ddof=1) / sqrt(len(values)))


def test_a_draw_takes_a_number_for_each_entry_of_the_factor() -> None:
    q, e = drawn(5, 3, 1, 10)
    assert q.shape == e.shape == (3, 10)
    assert not e[-1].any()
    assert (q > 0).all()
    assert (e[:-1] > 0).all()


@pytest.mark.parametrize("ratio", [1e-12, 1e-6, 1e-3, 1.0, 30.0, 1e4, 1e9, 1e200])
@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_the_traces_are_those_of_the_matrix_to_a_few_units_of_rounding(m: int, n: int, ratio: float) -> None:
    mp: Any = mpmath
    draws = drawn(m, n, 1, 2)
    found = resolvent_traces(draws, np.array([ratio]))
    with mp.workdps(260):
        for i in range(2):
            q, e = ([mp.mpf(float(x)) for x in row[:, i]] for row in draws)
            size = len(q)
            matrix = mp.diag([q[k] + e[k] for k in range(size)])
            for k in range(size - 1):
                matrix[k, k + 1] = matrix[k + 1, k] = mp.sqrt(q[k + 1] * e[k])
            inverse = (matrix + ratio * mp.eye(size)) ** -1
            exact = size - mp.mpf(ratio) * sum(inverse[k, k] for k in range(size))
            assert abs(found[0, i] / exact - 1) < 4e-16 * (size + 3)


@pytest.mark.parametrize("beta", DYSON)
def test_power_sums_are_traces_of_powers(beta: float) -> None:
    draws = drawn(4, 6, beta, 3)
    sums = power_sums(draws)
    for i in range(3):
        s = factor(draws, i) @ factor(draws, i).T
        assert sums.first[i] == pytest.approx(np.trace(s), rel=1e-14)
        assert sums.second[i] == pytest.approx(np.trace(s @ s), rel=1e-14)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 12), st.integers(1, 12), st.sampled_from(DYSON), st.integers(0, 1000))
def test_traces_decrease_in_r_from_the_rank_to_zero(m: int, n: int, beta: float, seed: int) -> None:
    ratios = np.concatenate([[1e-300], np.logspace(-8, 8, 17), [1e300]])
    traces = resolvent_traces(drawn(m, n, beta, 4, seed), ratios)
    assert (np.diff(traces, axis=0) <= 1e-14).all()
    assert (traces > 0).all()
    np.testing.assert_allclose(traces[0], min(m, n), rtol=1e-14)
    assert (traces[-1] < 1e-290).all()


def test_every_ratio_and_every_draw_is_for_itself() -> None:
    draws, ratios = drawn(3, 4, 1, 5), np.array([0.1, 1.0, 10.0])
    together = resolvent_traces(draws, ratios)
    for j in range(3):
        for i in range(5):
            alone = resolvent_traces(Draws(draws.q[:, [i]].copy(), draws.e[:, [i]].copy()), ratios[[j]])
            np.testing.assert_allclose(alone[0, 0], together[j, i], rtol=1e-15)


def test_the_compiled_loop_is_the_python_one() -> None:
    draws, ratios = drawn(4, 6, 2, 3), np.array([0.5, 20.0])
    expected = np.empty((2, 3))
    bidiagonal._qd(draws.q, draws.e, ratios, expected)
    np.testing.assert_allclose(resolvent_traces(draws, ratios), expected, rtol=1e-15)


@pytest.mark.parametrize(("m", "n"), [*SHAPES, (64, 128)])
def test_mean_power_sums_are_the_exact_moments(m: int, n: int) -> None:
    for beta in (1, 2, 4):
        exact = [Fraction(str(moment)) for moment in trace_moments_at(2, m, n, beta)]
        assert mean_power_sums(m, n, beta) == (exact[1], exact[2])
    for beta in (Fraction(1, 2), Fraction(7, 3)):
        assert mean_power_sums(m, n, beta).second == as_number(expected_power_sum_at((2,), m, n, beta))


@pytest.mark.parametrize("beta", DYSON)
@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_the_moments_of_the_draws_are_the_exact_ones(m: int, n: int, beta: float) -> None:
    draws = drawn(m, n, beta, 40_000)
    sums = power_sums(draws)
    for label, values in {
        (1,): sums.first,
        (2,): sums.second,
        (1, 1): sums.first**2,
        (2, 1): sums.first * sums.second,
    }.items():
        exact = float(expected_power_sum_at(label, m, n, Fraction(beta)))
        assert abs(z(values, exact)) < BOUND
        if len(label) == 1:
            assert abs(z(values, 1.25 * exact)) > BOUND  # sharp enough to see a wrong normalisation


@pytest.mark.parametrize("beta", DYSON)
@pytest.mark.parametrize("n", [1, 2, 7])
def test_one_output_is_chi_squared(n: int, beta: float) -> None:
    mp: Any = mpmath
    draws, ratio, half = drawn(1, n, beta, 40_000), 1.5, mp.mpf(beta) * n / 2

    def integrand(u: Any) -> Any:  # λ = u^{2/half}: no singularity at 0, whatever the degrees of freedom
        x = u ** (1 / half)
        return mp.exp(-x) / mp.gamma(half + 1) * (2 * x / beta) / (ratio + 2 * x / beta)

    exact = float(mp.quad(integrand, [0, 1, 4**half, 20**half, 60**half]))
    assert abs(z(resolvent_traces(draws, np.array([ratio]))[0], exact)) < BOUND


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_tall_and_wide_have_the_same_non_zero_spectrum(beta: float) -> None:
    for tall, wide in zip(drawn(7, 3, beta, 10), drawn(3, 7, beta, 10), strict=True):
        assert (tall == wide).all()


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize(("m", "n"), [(3, 5), (6, 4), (4, 4)])
def test_the_spectrum_is_that_of_dense_matrices(m: int, n: int, beta: int) -> None:
    rng = np.random.default_rng(11)
    w: Any = rng.standard_normal((20_000, m, n))
    if beta == 2:
        w = (w + 1j * rng.standard_normal(w.shape)) / sqrt(2)
    eigenvalues = np.linalg.svd(w, compute_uv=False) ** 2
    ratios = np.array([0.05, 1.0, 20.0])
    traces = resolvent_traces(drawn(m, n, beta, 20_000), ratios)
    for ratio, bidiagonals in zip(ratios, traces, strict=True):
        denses = (eigenvalues / (ratio + eigenvalues)).sum(axis=1)
        for power in (1, 2):  # the mean and, about it, the variance
            x, y = bidiagonals**power, denses**power
            assert abs(x.mean() - y.mean()) < BOUND * sqrt((x.var() + y.var()) / len(x))


@pytest.mark.parametrize("beta", DYSON)
def test_the_controls_have_mean_zero_and_no_correlation(beta: float) -> None:
    count = 40_000
    first, second = uncorrelated_controls(drawn(3, 5, beta, count), 3, 5, beta)
    assert abs(z(first, 0)) < BOUND
    assert abs(z(second, 0)) < BOUND
    assert abs(z(first * second, 0)) < BOUND
    assert abs(z(first**2, 1)) < BOUND
