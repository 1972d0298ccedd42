"""Means and density at a general scale: against the density at Σ = I, the resolvent at Σ, exact moments and draws."""

import copy
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate
from scipy.special import gamma

from wishart_moments import (
    DomainError,
    ExistenceError,
    LimitError,
    MethodError,
    WishartSpectrum,
    expected_log_determinant,
    expected_resolvent,
    ridge_degrees_of_freedom,
    trace_product_moment,
)

INTEGRATE: Any = integrate  # whose stubs know no types

SCALES = [
    (np.diag([1.0, 4.0]), 3),
    (np.diag([1.0, 2.0, 2.0, 5.0]), 3),
    (np.array([[2, 1j], [-1j, 2]]), 1),
    (np.diag([0.0, 1.0, 3.0]), 4),
]


@pytest.mark.parametrize(("m", "n"), [(1, 1), (2, 3), (4, 2), (5, 9)])
def test_at_the_identity_the_density_is_the_known_one(m: int, n: int) -> None:
    x = np.array([0.1, 1.0, 3.0, 10.0])
    law = WishartSpectrum(m, n, 2, scale=np.eye(m))
    assert_allclose(law.density(x), WishartSpectrum(m, n, 2).density(x), rtol=1e-13)


@pytest.mark.parametrize(("scale", "n"), SCALES)
def test_means_by_the_density_are_those_by_the_resolvent(scale: np.ndarray, n: int) -> None:
    law = WishartSpectrum(len(scale), n, 2, scale=scale)
    alpha = 0.3
    used = ridge_degrees_of_freedom(alpha, n, scale, beta=2)
    assert_allclose(law.expect(lambda x: x / (x + alpha)), used.first, rtol=1e-12)
    assert_allclose(law.expect(lambda x: (x / (x + alpha)) ** 2), used.second, rtol=1e-12)
    capacity = expected_log_determinant(1, n, scale, beta=2)
    assert_allclose(law.expect(lambda x: np.log1p(4 * x), sigma=0.5), capacity, rtol=1e-12)
    resolvent = np.trace(expected_resolvent(alpha, n, scale, beta=2)).real
    assert_allclose(law.resolvent(alpha), resolvent, rtol=1e-12)
    assert_allclose(law.expect(lambda x: 1 / (x + alpha)), resolvent, rtol=1e-12)
    assert_allclose(law.expect(np.ones_like), law.m, rtol=1e-12)


def test_correlated_capacity_by_the_determinants_of_the_literature() -> None:
    # Chiani, Win, Zanella, IEEE Trans. Inf. Theory 49 (2003) 2363: the density ∝ det(e^{−x_j/Λ_i}) Π x_j^{n−m} Δ(x).
    scale, n = np.array([0.5, 1.5, 4.0]), 5
    m = len(scale)

    def entry(i: int, j: int) -> float:
        def integrand(x: float) -> float:
            return float(x ** (n - m + j) * np.exp(-x / scale[i]) * np.log1p(x))

        return INTEGRATE.quad(integrand, 0, np.inf, epsabs=0, epsrel=1e-12)[0]

    plain = np.array([[gamma(n - m + j + 1) * s ** (n - m + j + 1) for j in range(m)] for s in scale])
    logs = np.array([[entry(i, j) for j in range(m)] for i in range(m)])
    # Σ_k det(A with column k replaced)/det A = tr A^{-1}B.
    capacity = np.trace(np.linalg.solve(plain, logs))
    assert_allclose(expected_log_determinant(1, n, np.diag(scale), beta=2), capacity, rtol=1e-10)
    assert_allclose(WishartSpectrum(m, n, 2, scale=np.diag(scale)).expect(np.log1p), capacity, rtol=1e-10)


def test_a_jump_is_integrated_with_its_point() -> None:
    scale = np.diag([1.0, 2.0, 5.0])
    law = WishartSpectrum(3, 4, 2, scale=scale)
    rng = np.random.default_rng(5)
    draws = (rng.standard_normal((20_000, 3, 4)) + 1j * rng.standard_normal((20_000, 3, 4))) / np.sqrt(2)
    draws = np.sqrt(scale) @ draws
    counts = (np.linalg.svd(draws, compute_uv=False) ** 2 > 6).sum(axis=1)
    expected = law.expect(lambda x: x > 6, points=[6])
    assert abs(counts.mean() - expected) < 4.5 * counts.std() / np.sqrt(len(counts))


def test_real_means_by_gauss_rules_of_exact_moments() -> None:
    scale = [[2, 1, 0], [1, 3, 1], [0, 1, 1]]
    law = WishartSpectrum(3, 5, scale=scale)
    for k in (1, 2, 5):
        exact = float(trace_product_moment([k], n=5, scale=scale))
        assert_allclose([law.moment(k), law.expect(lambda x, k=k: x**k)], exact, rtol=1e-12)
    value, error = law.expect(lambda x: 1 / (x + 200), with_error=True)
    assert error < 1e-9
    assert abs(value - law.resolvent(200.0)) <= error + 1e-15
    identity = WishartSpectrum(3, 5, scale=np.eye(3))
    assert_allclose(identity.expect(lambda x: np.exp(-x / 20)), WishartSpectrum(3, 5).expect(lambda x: np.exp(-x / 20)))


def test_what_is_not_reached_is_refused() -> None:
    law = WishartSpectrum(2, 3, scale=np.diag([1.0, 4.0]))
    with pytest.raises(LimitError, match="exact moments give"):
        law.expect(lambda x: np.log(x))
    with pytest.raises(MethodError, match="need beta = 2 for the density"):
        law.density(1.0)
    with pytest.raises(MethodError, match="points need a density"):
        law.expect(lambda x: x > 1, points=[1])
    with pytest.raises(DomainError, match="need a scale of m = 3 rows, got 2"):
        WishartSpectrum(3, 3, scale=np.eye(2))
    with pytest.raises(MethodError, match="need beta 1"):
        WishartSpectrum(2, 3, 4, scale=np.eye(2))
    with pytest.raises(ExistenceError, match="need f to grow slower"):
        WishartSpectrum(2, 2, 2, scale=np.eye(2)).expect(lambda x: 1 / x)
    with pytest.raises(LimitError, match="need m, n <= 40"):
        WishartSpectrum(1, 50, 2, scale=np.eye(1)).density(1.0)


def test_spectra_are_copied() -> None:
    for law in (WishartSpectrum(2, 3), WishartSpectrum(2, 3, scale=np.eye(2))):
        assert_allclose(copy.deepcopy(law).moment(2), law.moment(2), rtol=1e-14)
