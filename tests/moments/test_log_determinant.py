"""log|S|: its mean and variance against the moments of |S|, entropies against scipy, divergences by quadrature."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from scipy import integrate, stats

from wishart_moments import (
    DomainError,
    ExistenceError,
    MethodError,
    Wishart,
    determinant_moment,
    log_determinant_mean,
    log_determinant_variance,
    wishart_divergence,
    wishart_entropy,
)

SCALE = [[2, 1], [1, 3]]


def test_half_a_power_of_the_determinant() -> None:
    assert determinant_moment("1/2", 2, 5) == 4
    assert determinant_moment(Fraction(1, 2), 2, 5, scale=SCALE) == 4 * sympy.sqrt(5)
    assert determinant_moment(Fraction(1, 2), 1, 2, beta=2) == Fraction(3, 4) * sympy.sqrt(sympy.pi)


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_a_symbolic_power_contains_the_integers(beta: int) -> None:
    h = sympy.Symbol("h")
    general = determinant_moment(h, 3, 9, beta=beta, sigma="1/2")
    for power in (-1, 0, 1, 2):
        assert sympy.simplify(general.subs(h, power)) == determinant_moment(power, 3, 9, beta=beta, sigma="1/2")


def test_a_float_power_is_between_its_neighbours_and_rounds_to_the_exact_one() -> None:
    exact = determinant_moment(Fraction(3, 4), 3, 6, scale=np.diag([1, 2, 3]).tolist())
    rounded = determinant_moment(0.75, 3, 6, scale=np.diag([1, 2, 3]).tolist())
    assert rounded == pytest.approx(float(exact), rel=1e-13)


def test_powers_of_the_determinant_that_are_infinite() -> None:
    with pytest.raises(ExistenceError, match="need n - m \\+ 1 > 3"):
        determinant_moment("-3/2", 2, 4)
    with pytest.raises(ExistenceError, match="need n > m - 1 = 2"):
        determinant_moment("1/2", 3, 2)
    with pytest.raises(DomainError, match="need h to be real"):
        determinant_moment("x", 3, 5)


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_the_mean_is_the_slope_of_the_moments_at_zero(beta: int) -> None:
    h = sympy.Symbol("h")
    moment = determinant_moment(h, n=4, scale=SCALE, beta=beta)
    logarithm = sympy.log(moment)
    mean, variance = (sympy.N(sympy.diff(logarithm, h, k).subs(h, 0), 20) for k in (1, 2))
    assert log_determinant_mean(n=4, scale=SCALE, beta=beta) == pytest.approx(float(mean), rel=1e-14)
    assert log_determinant_variance(n=4, scale=SCALE, beta=beta) == pytest.approx(float(variance), rel=1e-14)


@pytest.mark.parametrize("n", [2, 5, "9/2"])
def test_entropies_are_those_of_scipy(n: int | str) -> None:
    known = stats.wishart(float(Fraction(n)), np.array(SCALE)).entropy()
    assert wishart_entropy(n=n, scale=SCALE) == pytest.approx(known, rel=1e-13)


def test_entropies_and_divergences_keep_their_digits_at_huge_n() -> None:
    for n in (10**12, 10**20, 10**299):  # χ²_n is normal to order 1/n, of variance 2n; S nearly so
        known = math.log(4 * math.pi * math.e) / 2 + math.log(n) / 2
        assert wishart_entropy(1, n) == pytest.approx(known, rel=1e-11)
    assert wishart_entropy(1, 10**20, scale=[[3]]) == pytest.approx(wishart_entropy(1, 10**20) + math.log(3), rel=1e-14)
    shifted = Wishart(1, 10**20 + 10**11)
    assert wishart_divergence(Wishart(1, 10**20), shifted) == pytest.approx(25, rel=1e-9)


def test_a_divergence_is_an_integral_of_densities() -> None:
    first, second = stats.chi2(5), stats.chi2(3, scale=2)
    known, _ = integrate.quad(lambda x: first.pdf(x) * (first.logpdf(x) - second.logpdf(x)), 0, 200)
    assert wishart_divergence(Wishart(1, 5), Wishart(1, 3, scale=[[2]])) == pytest.approx(known, rel=1e-9)


def test_a_divergence_between_two_laws_in_two_dimensions_by_draws() -> None:
    first, second = stats.wishart(6, np.array(SCALE)), stats.wishart(4, np.eye(2))
    draws = first.rvs(20_000, random_state=np.random.default_rng(5))
    ratios = first.logpdf(draws.transpose(1, 2, 0)) - second.logpdf(draws.transpose(1, 2, 0))
    exact = wishart_divergence(Wishart(n=6, scale=SCALE), Wishart(2, 4))
    assert abs(ratios.mean() - exact) < 4.5 * ratios.std() / math.sqrt(20_000)


def test_what_has_no_density_is_refused() -> None:
    with pytest.raises(ExistenceError, match="need n > m - 1 = 2"):
        log_determinant_mean(3, 2)
    with pytest.raises(DomainError, match="positive definite"):
        wishart_entropy(n=5, scale=[[1, 0], [0, 0]])
    with pytest.raises(DomainError, match="of one dimension"):
        wishart_divergence(Wishart(2, 5), Wishart(3, 5))
    with pytest.raises(MethodError, match="need real Wishart laws"):
        wishart_divergence(Wishart(2, 5, beta=2), Wishart(2, 5))
    with pytest.raises(DomainError, match="need two laws"):
        wishart_divergence(Wishart(2, 5), 2)  # type: ignore[arg-type]
    with pytest.raises(MethodError, match="needs numbers"):
        log_determinant_mean(2)
