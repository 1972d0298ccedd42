"""The mean resolvent at every Σ against known values, the density at Σ = I, exact moments and draws."""

from itertools import pairwise

import numpy as np
import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from wishart_moments import (
    DomainError,
    ExistenceError,
    MethodError,
    expected_log_determinant,
    expected_resolvent,
    log_determinant_mean,
    ridge_degrees_of_freedom,
    trace_product_moment,
)
from wishart_moments.moments.matrix_expectation import matrix_moment
from wishart_moments.spectrum.closed_form import resolvent_enclosure
from wishart_moments.spectrum.general_scale import filtered
from wishart_moments.spectrum.wishart_spectrum import spectrum

# Values of an independent quadrature in three dimensions and of exact moments.
KNOWN = [
    (np.diag([0.1, 1.0, 10.0]), 5, 2, 0.66963460766451),
    (np.diag([1.0, 2, 3, 4, 5, 6]), 4, 0.3, 7.4927032324125),
    (np.diag(np.linspace(0.2, 4, 20)), 25, 1, 2.1432684177115),
]


@pytest.mark.parametrize(("scale", "n", "alpha", "trace"), KNOWN)
def test_traces_of_the_resolvent(scale: np.ndarray, n: int, alpha: float, trace: float) -> None:
    assert_allclose(np.trace(expected_resolvent(alpha, n, scale)), trace, rtol=1e-13)


def test_the_resolvent_of_two_different_variances() -> None:
    known = np.diag([0.4337017369178408, 0.17817597258384254])
    assert_allclose(expected_resolvent(1, 3, np.diag([1.0, 4.0])), known, rtol=1e-13)


def test_one_feature_is_chi_squared() -> None:
    # E 1/(1 + x), x chi-squared of two degrees of freedom: √e E_1(1/2)/2.
    assert_allclose(expected_resolvent(1, 2, [[1]])[0, 0], 0.4614553162, rtol=1e-9)


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize(
    ("m", "n", "alpha"),
    [(1, 1, 1.0), (4, 7, 0.3), (10, 10, 1e-6), (7, 4, 2.0), (50, 30, 1e-8), (40, 80, 3.0), (9, 9, 1e8)],
)
def test_at_the_identity_it_is_the_density_of_the_eigenvalues(m: int, n: int, alpha: float, beta: int) -> None:
    rule, used = spectrum(m, n, beta), ridge_degrees_of_freedom(alpha, n, np.eye(m), beta=beta)
    assert_allclose(used.first, rule.expect(lambda x: x / (x + alpha)), rtol=1e-12)
    assert_allclose(used.second, rule.expect(lambda x: (x / (x + alpha)) ** 2), rtol=1e-12)
    closed_form = float(resolvent_enclosure(m, n, fmpq(*alpha.as_integer_ratio()), 60, beta)) + rule.zeros / alpha
    assert_allclose(np.trace(expected_resolvent(alpha, n, np.eye(m), beta=beta)), closed_form, rtol=1e-12)
    log_determinant = rule.expect(lambda x: np.log(alpha + x))
    assert_allclose(expected_log_determinant(alpha, n, np.eye(m), beta=beta), log_determinant, rtol=1e-12)


@pytest.mark.parametrize("beta", [1, 2])
def test_large_alpha_gives_the_exact_moments(beta: int) -> None:
    scale = [[2, 1, 0], [1, 3, 1], [0, 1, 1]]
    alpha = 1e4
    series = sum(
        (-1.0) ** k * np.array(matrix_moment(k, n=5, scale=scale, beta=beta), dtype=float) / alpha ** (k + 1)
        for k in range(7)
    )
    assert_allclose(expected_resolvent(alpha, 5, scale, beta=beta), series, rtol=1e-13, atol=1e-18)


@pytest.mark.parametrize("n", [3, 4, "9/2", 7])
def test_the_convergents_of_exact_moments_enclose_it(n: int | str) -> None:
    scale, alpha = [[1, 0, 0], [0, 2, 1], [0, 1, 5]], 20.0
    moments = [float(trace_product_moment([k], n=n, scale=scale)) / alpha**k for k in range(1, 13)]
    # E tr S(α + S)^{-1} lies between successive Padé approximants of Σ (−1)^{k+1} E tr S^k/α^k.
    quotients = [upper / lower for lower, upper in pairwise(moments[:5])]
    assert quotients == sorted(quotients)
    low, high = moments[0] - moments[1], moments[0]
    stieltjes = moments[0] / (1 + moments[1] / moments[0])
    assert low < stieltjes < ridge_degrees_of_freedom(alpha, n, scale).first < high


def test_the_basis_of_the_scale_does_not_matter() -> None:
    generator = np.random.default_rng(3)
    turn, _ = np.linalg.qr(generator.standard_normal((6, 6)))
    values = np.array([0, 0.5, 0.5, 2, 3, 9.0])
    direct = turn @ expected_resolvent(0.7, 4, np.diag(values)) @ turn.T
    assert_allclose(expected_resolvent(0.7, 4, (turn * values) @ turn.T), direct, atol=1e-14)


def test_zero_eigenvalues_keep_one_over_alpha() -> None:
    found = expected_resolvent(0.5, 3, np.diag([2.0, 0, 1, 0]))
    assert (np.diag(found)[[1, 3]] == 2.0).all()
    assert_allclose(found[np.ix_([0, 2], [0, 2])], expected_resolvent(0.5, 3, np.diag([2.0, 1])), rtol=1e-14)


def test_a_singular_scale_that_is_not_diagonal_stays_singular() -> None:
    # Rank one: S = χ²_3 v v^T 14, whatever roundings make of the other eigenvalues.
    scale = np.outer([1, 2, 3], [1, 2, 3])
    assert_allclose(ridge_degrees_of_freedom(1e-17, 3, scale).first, 1, rtol=1e-12)
    kept = np.linalg.eigvalsh(expected_resolvent(1e-17, 3, scale)) * 1e-17
    assert_allclose(kept[1:], 1, rtol=1e-12)


def test_sigma_is_a_factor_of_the_scale() -> None:
    scale = np.array([[2.0, 1], [1, 3]])
    assert_allclose(expected_resolvent(1, 5, scale, sigma="3/2"), expected_resolvent(1, 5, scale * 2.25), rtol=1e-14)


def test_a_complex_hermitian_scale() -> None:
    scale = np.array([[2, 1j], [-1j, 2]])
    found = expected_resolvent(1, 3, scale, beta=2)
    assert_allclose(found, found.conj().T, atol=1e-16)
    assert_allclose(np.trace(found).real, np.trace(expected_resolvent(1, 3, np.diag([1.0, 3]), beta=2)), rtol=1e-14)


@pytest.mark.parametrize("beta", [1, 2])
def test_draws_agree(beta: int) -> None:
    generator, scale, n, alpha = np.random.default_rng(beta), np.diag([0.2, 1, 1, 6]), 3, 0.5
    w = generator.standard_normal((20_000, 4, n))
    if beta == 2:
        w = (w + 1j * generator.standard_normal(w.shape)) / 2**0.5
    x = np.sqrt(scale) @ w
    resolvents = np.linalg.inv(alpha * np.eye(4) + x @ x.conj().transpose(0, 2, 1)).real
    z = (resolvents.mean(axis=0) - expected_resolvent(alpha, n, scale, beta=beta)) / (
        resolvents.std(axis=0) / 20_000**0.5
    )
    assert np.abs(z).max() < 4.5


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 25),
    st.integers(-3, 30),
    st.sampled_from([0.0, 1.0, 6.0]),
    st.integers(0, 2**32),
    st.sampled_from([1, 2]),
)
def test_f_is_one_everywhere(m: int, more: int, spread: float, seed: int, beta: int) -> None:
    generator = np.random.default_rng(seed)
    values = 10 ** (generator.uniform(-8, 8) + spread * generator.uniform(-1, 1, m))
    n = max(m + more, 1) if seed % 3 else m - 1 + generator.uniform(0.001, 4)
    found = filtered(values, n, beta)
    assert abs(found.check - 1) < 1e-11
    assert_allclose(found.shares + found.rest, 1, rtol=1e-12)
    assert (found.squares <= found.shares * (1 + 1e-12)).all()
    assert (found.squares >= 0).all()


def test_a_large_and_ill_conditioned_scale() -> None:
    values = np.geomspace(1e-6, 1e6, 500)
    found = filtered(values, 300, 1)
    assert abs(found.check - 1) < 1e-11
    assert (np.diff(found.shares) > 0).all()
    assert found.shares.sum() < 300


def test_without_regularisation_the_determinant_is_in_closed_form() -> None:
    scale = [[2, 1], [1, 3]]
    exact = log_determinant_mean(n=5, scale=scale)
    assert_allclose(expected_log_determinant(0, 5, scale), exact, rtol=1e-14)
    assert_allclose(expected_log_determinant(1e-12, 5, scale), exact, rtol=1e-11)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 3, [[1]]), DomainError, "need alpha > 0"),
        ((1, 3, None), DomainError, "need a scale"),
        ((1, "3/2", np.eye(3)), DomainError, "need n > m - 1"),
        ((1, None, np.eye(3)), DomainError, "need numbers for n and sigma"),
        ((1, 3, [[1, 2], [2, 1]]), DomainError, "positive semidefinite"),
    ],
)
def test_bad_arguments(arguments: tuple[object, ...], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        expected_resolvent(*arguments)


def test_what_does_not_exist_is_refused() -> None:
    with pytest.raises(MethodError, match="need beta 1"):
        expected_resolvent(1, 3, [[1]], beta=4)
    for n, scale in ((2, np.eye(3)), (5, np.diag([1, 0]))):
        with pytest.raises(ExistenceError, match=r"finite E log\|S\|"):
            expected_log_determinant(0, n, scale)
