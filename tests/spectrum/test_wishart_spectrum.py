"""The finite-size spectrum against exact moments, chi-squared laws, mpmath, limits and draws."""

from itertools import pairwise

import mpmath as mp
import numpy as np
import pytest

from wishart_moments.errors import DisagreementError, DomainError, ExistenceError, LimitError, MethodError
from wishart_moments.moments.recurrence import trace_moments_at
from wishart_moments.spectrum.wishart_spectrum import WishartSpectrum, spectrum

SHAPES = [
    (1, 1),
    (1, 2),
    (2, 1),
    (2, 2),
    (3, 3),
    (2, 3),
    (3, 2),
    (3, 4),
    (4, 9),
    (10, 10),
    (11, 11),
    (10, 11),
    (12, 12),
]
LARGE = [(64, 64), (63, 63), (64, 128), (101, 64), (3, 500), (2, 4096), (300, 301), (500, 500)]


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize(("m", "n"), SHAPES + LARGE)
def test_moments_are_the_exact_ones(m: int, n: int, beta: int) -> None:
    exact = trace_moments_at(12, m, n, beta)
    rule = spectrum(m, n, beta)
    assert rule.weights.sum() == pytest.approx(min(m, n), rel=2e-14)
    for k in range(13):
        assert rule.moment(k) == pytest.approx(float(exact[k]), rel=2e-13)


@pytest.mark.parametrize("n", [1, 2, 3, 8, 50])
def test_one_row_has_the_chi_squared_density(n: int) -> None:
    x = np.array([0.01, 0.5, 1.0, n, n + 3.0])
    exact = [
        float(mp.mpf(t) ** (mp.mpf(n) / 2 - 1) * mp.exp(-t / 2) / 2 ** (mp.mpf(n) / 2) / mp.gamma(n / 2)) for t in x
    ]
    assert spectrum(1, n).density(x) == pytest.approx(exact, rel=1e-13)
    counts = [float(mp.gammainc(mp.mpf(n) / 2, 0, t / 2, regularized=True)) for t in x]
    assert spectrum(1, n).cumulative(x) == pytest.approx(counts, abs=1e-14)


def test_one_complex_row_has_the_gamma_density() -> None:
    x = np.array([0.1, 2.0, 9.0])
    assert spectrum(1, 3, 2).density(x) == pytest.approx(x**2 * np.exp(-x) / 2, rel=1e-13)


def test_two_real_rows_have_the_density_that_integrating_one_eigenvalue_out_gives() -> None:
    # The joint density is proportional to |x − y| (xy)^{(n−3)/2} e^{−(x+y)/2}; the integral over y is elementary.
    x = np.array([0.2, 1.5, 7.0, 30.0])
    decay = np.exp(-x / 2)
    assert spectrum(2, 3).density(x) == pytest.approx(decay * (2 * x - 4 + 8 * decay) / 4, rel=1e-12)
    assert spectrum(2, 5).density(x) == pytest.approx(
        x * decay * (4 * x - 16 + 8 * (x + 4) * decay) / 24, rel=1e-11, abs=1e-14
    )


@pytest.mark.parametrize(("m", "n"), [(4, 7), (10, 10), (9, 9), (64, 65), (64, 128)])
def test_the_density_between_the_nodes_has_the_exact_moments(m: int, n: int) -> None:
    # The density is smooth: its moments by an unrelated rule are the exact ones.
    rule = spectrum(m, n)
    t, w = np.polynomial.legendre.leggauss(400)
    top = m**0.5 + n**0.5 + 9
    u = top / 2 * (t + 1)
    weights = top / 2 * w * 2 * u * rule.density(u**2)
    exact = trace_moments_at(3, m, n)
    assert [weights @ u ** (2 * k) for k in range(1, 4)] == pytest.approx([float(v) for v in exact[1:]], rel=1e-12)


def test_the_cumulative_number_is_the_integral_of_the_density() -> None:
    rule = spectrum(12, 9)
    edges = np.array([0.0, 1.0, 5.0, 20.0, 80.0])
    assert rule.cumulative(0.0) == 3
    assert rule.cumulative(np.inf) == pytest.approx(12, rel=1e-14)
    for low, high in pairwise(edges):
        t, w = np.polynomial.legendre.leggauss(60)
        # In √x the density is smooth at 0 too.
        u = (np.sqrt(high) - np.sqrt(low)) / 2 * t + (np.sqrt(high) + np.sqrt(low)) / 2
        integral = (np.sqrt(high) - np.sqrt(low)) / 2 * w @ (2 * u * rule.density(u**2))
        assert rule.cumulative(high) - rule.cumulative(low) == pytest.approx(integral, abs=1e-12)


@pytest.mark.parametrize(("m", "n"), [(4, 7), (7, 4), (20, 20)])
def test_inverse_moments_are_known(m: int, n: int) -> None:
    rule = spectrum(m, n)
    if abs(m - n) >= 2:
        # E tr S^{-1} = N/(d − 1) for real S of N rows and N + d columns (von Rosen 1988).
        assert rule.moment(-1) == pytest.approx(min(m, n) / (abs(m - n) - 1), rel=1e-12)
    else:
        with pytest.raises(ExistenceError, match=r"need n - m \+ 1 > 2 for a finite moment"):
            rule.moment(-1)


def test_log_determinants_are_sums_of_digammas() -> None:
    # E log det S = Σ_{i<m} [ψ((n−i)/2) + log 2] for real, Σ ψ(n−i) for complex S.
    for m, n in [(1, 1), (4, 4), (5, 9), (30, 31)]:
        real = sum(float(mp.digamma(mp.mpf(n - i) / 2) + mp.log(2)) for i in range(m))
        assert spectrum(m, n).expect(np.log) == pytest.approx(real, abs=2e-8 if m == n else 1e-11)
        complex_ = sum(float(mp.digamma(n - i)) for i in range(m))
        assert spectrum(m, n, 2).expect(np.log) == pytest.approx(complex_, abs=1e-11)


def test_the_capacity_of_a_rayleigh_channel_is_telatars() -> None:
    # One antenna on each side: C = e^{1/ρ} E_1(1/ρ) nats; and Telatar's integral for t = r = 4 (Bell Labs 1995, ex. 2).
    rho = mp.mpf(10)
    assert spectrum(1, 1, 2).expect(lambda x: np.log1p(10 * x)) == pytest.approx(
        float(mp.exp(1 / rho) * mp.expint(1, 1 / rho)), rel=1e-13
    )

    def integrand(x: mp.mpf) -> mp.mpf:
        return mp.log1p(rho / 4 * x) * mp.fsum(mp.laguerre(k, 0, x) ** 2 for k in range(4)) * mp.exp(-x)

    exact = float(mp.quad(integrand, [0, 1, 4, 10, 20, 60]))
    assert spectrum(4, 4, 2).expect(lambda x: np.log1p(2.5 * x)) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("beta", [1, 2])
def test_ridge_and_channel_means_are_those_of_draws(beta: int) -> None:
    # |z| < 5 has probability 1 − 6e-7 for each of the four.
    m, n, draws = 6, 9, 20_000
    rng = np.random.default_rng(11)
    w = rng.standard_normal((draws, m, n))
    if beta == 2:
        w = (w + 1j * rng.standard_normal((draws, m, n))) / np.sqrt(2)
    values = np.linalg.eigvalsh(w @ w.conj().swapaxes(1, 2))
    functions = {
        "degrees of freedom": lambda x: x / (x + 2),
        "their squares": lambda x: (x / (x + 2)) ** 2,
        "capacity": lambda x: np.log1p(3 * x),
        "mean square error": lambda x: 1 / (1 + 3 * x),
    }
    for name, f in functions.items():
        sample = f(values).sum(axis=1)
        z = (sample.mean() - spectrum(m, n, beta).expect(f)) / (sample.std(ddof=1) / np.sqrt(draws))
        assert abs(z) < 5, name


def test_zero_eigenvalues_are_counted_with_f_of_zero() -> None:
    def f(x: np.ndarray) -> np.ndarray:
        return np.exp(-x)

    assert spectrum(9, 4).expect(f) == pytest.approx(spectrum(4, 9).expect(f) + 5, rel=1e-14)
    assert spectrum(9, 4).expect(lambda _: 1.0) == pytest.approx(9, rel=1e-14)
    assert spectrum(9, 4).moment(0) == 9


def test_the_resolvent_is_the_mean_of_one_over() -> None:
    rule = spectrum(7, 4)
    assert rule.resolvent(2.0) == pytest.approx(rule.expect(lambda x: 1 / (2 + x)), rel=1e-14)
    values = rule.resolvent(np.array([2.0, 2 + 3j]))
    assert values.shape == (2,)
    assert values[1].imag < 0


def test_a_scale_multiplies_the_eigenvalues() -> None:
    assert spectrum(4, 7).expect(lambda x: x**2, sigma=0.5) == pytest.approx(336 / 16, rel=1e-13)
    assert spectrum(4, 7).expect(lambda x: 1 / (1 + x), sigma=0) == pytest.approx(4, rel=1e-14)


def test_the_semicircle_of_marchenko_and_pastur_is_approached() -> None:
    from wishart_moments.spectrum.marchenko_pastur import marchenko_pastur_density

    x = np.array([100.0, 400.0, 900.0])
    assert spectrum(400, 500).density(x) == pytest.approx(marchenko_pastur_density(x, 400, 500), rel=0.02)


def test_the_largest_sizes_are_in_reach() -> None:
    # At construction the six moments are compared with the exact ones.
    for m, n in [(4096, 3), (1024, 1024)]:
        assert spectrum(m, n).weights.sum() == pytest.approx(min(m, n), rel=1e-13)


def test_a_rule_that_misses_the_moments_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from wishart_moments.spectrum import wishart_spectrum

    monkeypatch.setattr(wishart_spectrum, "panel_edges", lambda *_: np.linspace(0, 4, 3))
    with pytest.raises(DisagreementError, match=r"E tr S\^\d at m = 4, n = 7"):
        WishartSpectrum(4, 7)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ((0, 3), DomainError, "need m to be an integer >= 1, got 0"),
        ((3, 2.5), MethodError, "need an integer n for the density, got 5/2"),
        ((3, 3, 4), MethodError, r"need beta 1 \(real\) or 2 \(complex\), got 4"),
        ((3, 5000), LimitError, "need m, n <= 4096 .* got 5000; method 'limit'"),
    ],
)
def test_bad_shapes_are_refused(arguments: tuple[int, ...], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        WishartSpectrum(*arguments)


def test_bad_arguments_are_refused() -> None:
    rule = spectrum(4, 3)
    with pytest.raises(DomainError, match="need f to return one finite number for each eigenvalue"):
        rule.expect(lambda x: x[:2])
    with pytest.raises(DomainError, match="need f to be finite at 0"), np.errstate(divide="ignore"):
        rule.expect(lambda x: 1 / x)
    with pytest.raises(DomainError, match="need sigma >= 0 and finite, got -1"):
        rule.expect(lambda x: x, sigma=-1)
    with pytest.raises(DomainError, match="off the negative real axis"):
        rule.resolvent(-1.0)
    with pytest.raises(DomainError, match="need eigenvalues x >= 0"):
        rule.density([1.0, -1.0])


def test_the_cache_keeps_spectra() -> None:
    assert spectrum(5, 6) is spectrum(5, 6)
    assert spectrum(5, 6) is not spectrum(5, 6, 2)
    with pytest.raises(ValueError, match="read-only"):
        spectrum(5, 6).weights[0] = 1


def test_the_number_of_nodes_grows_linearly() -> None:
    assert len(spectrum(1000, 1000).nodes) < 8 * 1000
