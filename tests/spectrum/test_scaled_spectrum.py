"""Means and density at a general scale: against the density at Σ = I, the resolvent at Σ, exact moments and draws."""

import copy
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate
from scipy.special import gamma, iv

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


@pytest.mark.parametrize(
    ("m", "n", "beta"),
    [(1, 1, 2), (2, 3, 2), (4, 2, 2), (5, 9, 2), (1, 1, 1), (2, 3, 1), pytest.param(7, 12, 1, marks=pytest.mark.slow)],
)
def test_at_the_identity_the_density_is_the_known_one(m: int, n: int, beta: int) -> None:
    x = np.array([0.1, 1.0, 3.0, 10.0] if beta == 1 or n == 9 else [1e-7, 0.1, 1.0, 3.0, 10.0])
    law = WishartSpectrum(m, n, beta, scale=np.eye(m))
    assert_allclose(law.density(x), WishartSpectrum(m, n, beta).density(x), rtol=1e-12)


def test_at_zero_the_density_is_a_power() -> None:
    assert WishartSpectrum(1, 1, scale=np.eye(1)).density(0.0) == np.inf
    assert_allclose(WishartSpectrum(2, 2, 2, scale=np.eye(2)).density(0.0), 2, rtol=1e-12)
    assert WishartSpectrum(2, 4, 2, scale=np.eye(2)).density(0.0) == 0


@pytest.mark.parametrize(("m", "n", "beta"), [(30, 45, 2), pytest.param(100, 120, 2, marks=pytest.mark.slow)])
def test_large_complex_densities(m: int, n: int, beta: int) -> None:
    x = np.array([1.0, 30.0])
    found = WishartSpectrum(m, n, beta, scale=np.eye(m)).density(x)
    assert_allclose(found, WishartSpectrum(m, n, beta).density(x), rtol=1e-12)


def test_the_real_density_of_two_unequal_variances_is_the_integral_of_the_joint_one() -> None:
    # m = 2, n = 3: the density of S is ∝ e^{−tr Σ^{-1}S/2}, and its mean over the angle of the eigenvectors a Bessel
    # function: x and y have the joint density ∝ |x − y| e^{−(x + y)/2·mean} I_0.
    variances, x = np.array([1.0, 4.0]), 3.0
    half = (1 / variances[0] - 1 / variances[1]) / 4
    mean = (1 / variances[0] + 1 / variances[1]) / 4

    def joint(y: float) -> float:
        return float(abs(x - y) * np.exp(-mean * (x + y)) * iv(0, half * abs(x - y)))

    total = sum(INTEGRATE.quad(joint, *ends, epsabs=0, epsrel=1e-12)[0] for ends in ((0, x), (x, 60), (60, 400)))
    assert_allclose(WishartSpectrum(2, 3, scale=np.diag(variances)).density(x), total / 32, rtol=1e-11)


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


@cache
def real_law(n: int, *variances: float) -> WishartSpectrum:
    """Return the law, whose density is then computed once."""
    return WishartSpectrum(len(variances), n, scale=np.diag(variances))


REAL = [
    (np.diag([1.0, 4.0]), 3),
    pytest.param(np.diag([1.0, 100.0]), 2, marks=pytest.mark.slow),
    pytest.param(np.diag([0.0, 1.0, 3.0]), 2, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("scale", "n"), REAL)
def test_real_means_by_the_density_are_those_by_the_resolvent(scale: np.ndarray, n: int) -> None:
    law = real_law(n, *np.diag(scale).tolist())
    used = ridge_degrees_of_freedom(0.3, n, scale)
    value, error = law.expect(lambda x: x / (x + 0.3), with_error=True)
    assert abs(value - used.first) <= error + 1e-13 * used.first
    assert_allclose(law.expect(lambda x: (x / (x + 0.3)) ** 2), used.second, rtol=1e-12)
    assert_allclose(law.expect(np.log1p), expected_log_determinant(1, n, scale), rtol=1e-12)
    for k in (4, 5):
        exact = float(trace_product_moment([k], n=n, scale=scale.astype(int).tolist()))
        assert_allclose([law.moment(k), law.expect(lambda x, k=k: x**k)], exact, rtol=1e-10)


def test_means_of_what_is_not_smooth_and_of_what_grows_at_zero() -> None:
    scale, law = np.diag([1.0, 4.0]), real_law(3, 1.0, 4.0)
    x = np.sqrt(scale) @ np.random.default_rng(4).standard_normal((20_000, 2, 3))
    counts = (np.linalg.svd(x, compute_uv=False) ** 2 > 6).sum(axis=1)
    assert abs(counts.mean() - law.expect(lambda x: x > 6, points=[6])) < 4.5 * counts.std() / np.sqrt(len(counts))
    assert_allclose(law.expect(np.log), expected_log_determinant(0, 3, scale), rtol=1e-12)
    with pytest.raises(ExistenceError, match="its mean is infinite"):
        law.expect(lambda x: 1 / x)


def test_the_pseudoinverse_of_a_singular_matrix() -> None:
    # n = 1: S has the eigenvalue Σ Λ_j χ²_1; E 1/that = ½ ∫ Π (1 + tΛ_j)^{−1/2} dt.
    scale = np.array([1.0, 2.0, 5.0])
    law = WishartSpectrum(3, 1, scale=np.diag(scale))
    found = law.expect(lambda x: np.divide(1, x, out=np.zeros_like(x), where=x > 0))
    exact = INTEGRATE.quad(lambda t: 0.5 * np.prod(1 + t * scale) ** -0.5, 0, np.inf, epsabs=0, epsrel=1e-12)[0]
    assert_allclose(found, exact, rtol=1e-11)


def test_beyond_the_density_real_means_are_those_of_gauss_rules() -> None:
    scale = np.diag(np.linspace(1, 2, 45))
    law = WishartSpectrum(45, 50, scale=scale)
    value, error = law.expect(lambda x: 1 / (x + 400), with_error=True)
    assert error < 1e-9
    assert abs(value - law.resolvent(400.0)) <= error + 1e-12
    with pytest.raises(LimitError, match="need tolerance"):
        law.expect(np.log)
    with pytest.raises(LimitError, match="need m, n <= 40 for points"):
        law.expect(lambda x: x > 1, points=[1])


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_the_unit_of_the_scale_does_not_matter(size: float) -> None:
    plain, scaled = (WishartSpectrum(2, 3, 2, scale=unit * np.array([[2, 1], [1, 2]])) for unit in (1.0, size))
    known = plain.expect(lambda x: x / (1 + x))
    assert scaled.expect(lambda x: x / (size + x)) == pytest.approx(known, rel=1e-12)
    for x in (0.0, 1e-3, 2.0):
        assert scaled.density(size * x) * size == pytest.approx(plain.density(x), rel=1e-10)


def test_a_scale_of_zeros_and_what_is_no_number() -> None:
    with pytest.raises(DomainError, match="need a scale other than 0"):
        WishartSpectrum(2, 3, scale=np.zeros((2, 2))).density(1.0)
    with pytest.raises(DomainError, match="need f to return one finite number"):
        WishartSpectrum(2, 3, 2, scale=np.eye(2)).expect(lambda x: np.full(x.shape, "a"))
    with pytest.raises(LimitError, match="exceeds the range of floats"):
        WishartSpectrum(2, 3, scale=1e200 * np.eye(2)).moment(3)


def test_what_is_not_reached_is_refused() -> None:
    with pytest.raises(DomainError, match="need a scale of m = 3 rows, got 2"):
        WishartSpectrum(3, 3, scale=np.eye(2))
    with pytest.raises(MethodError, match="need beta 1"):
        WishartSpectrum(2, 3, 4, scale=np.eye(2))
    with pytest.raises(ExistenceError, match="its mean is infinite"):
        WishartSpectrum(2, 2, 2, scale=np.eye(2)).expect(lambda x: 1 / x)
    with pytest.raises(LimitError, match="need m, n <= 40"):
        WishartSpectrum(1, 50, scale=np.eye(1)).density(1.0)
    with pytest.raises(LimitError, match="need m, n <= 200"):
        WishartSpectrum(1, 201, 2, scale=np.eye(1)).density(1.0)
    with pytest.raises(LimitError, match="condition number"):
        WishartSpectrum(2, 3, 2, scale=np.diag([1, 1e13])).density(1.0)


def test_spectra_are_copied() -> None:
    for law in (WishartSpectrum(2, 3), WishartSpectrum(2, 3, scale=np.eye(2))):
        assert_allclose(copy.deepcopy(law).moment(2), law.moment(2), rtol=1e-14)


def test_many_degrees_of_freedom_leave_nothing_near_zero() -> None:
    # A gamma variable of 40 degrees of freedom, complex: E x^{−2} = 1/(39·38).
    law = WishartSpectrum(1, 40, 2, scale=[[1]])
    assert_allclose(law.expect(lambda x: x**-2.0), 1 / (39 * 38), rtol=1e-12)
    assert law.density(0.0) == 0
    with pytest.raises(ExistenceError, match="its mean is infinite"):
        law.expect(lambda x: x**-40.5)
    with pytest.raises(LimitError, match="where the density is lost"):
        law.expect(lambda x: x**-35.0)
