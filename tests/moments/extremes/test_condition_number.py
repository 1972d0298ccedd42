"""The condition number: closed forms of m = 2, the sum against them and against integrals, draws; refusals."""

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate

from wishart_moments import DomainError, LimitError, MethodError, condition_number_cdf
from wishart_moments.moments.extremes.condition_number import RatioSum
from wishart_moments.precision import working_precision

INTEGRATE: Any = integrate  # whose stubs know no types


@pytest.mark.parametrize("n", [2, "5/2", 3, 40])
def test_real_ones_are_a_power(n: int | str) -> None:
    freedom = 2.5 if n == "5/2" else float(n)
    for t in (1, 1.5, 4, 1e6):
        found = condition_number_cdf(t, 2, n)
        assert_allclose(found.value, 1 - (2 * np.sqrt(t) / (1 + t)) ** (freedom - 1), rtol=1e-9, atol=1e-15)
        assert found.error < 1e-16


def test_two_rows_at_ratios_and_sizes_of_any_magnitude() -> None:
    for t, n in (("1e300", "1.0001"), ("1e80", "1.01"), ("3", "1e300"), ("1e400", "3"), ("1e300", f"1.{'0' * 27}1")):
        found = condition_number_cdf(Fraction(t), 2, Fraction(n))
        with mpmath.workdps(500):
            ratio, freedom = (mpmath.mpf(each.numerator) / each.denominator for each in (Fraction(t), Fraction(n)))
            expected = -mpmath.expm1((freedom - 1) * mpmath.log(2 * mpmath.sqrt(ratio) / (1 + ratio)))
            assert abs(expected - found.value) <= found.error <= 1e-15 * found.value


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_it_is_the_integral_of_the_density(beta: int) -> None:
    n, top = 4, 5.0

    def density(t: float) -> float:
        """Return ∫ over the least eigenvalue y at λ_max = ty, up to a constant."""
        return t ** (beta * (n - 1) / 2 - 1) * (t - 1) ** beta / (1 + t) ** (beta * n)

    part, whole = INTEGRATE.quad(density, 1, top, epsabs=0)[0], INTEGRATE.quad(density, 1, np.inf, epsabs=0)[0]
    assert_allclose(condition_number_cdf(top, 2, n, beta=beta).value, part / whole, rtol=1e-8)


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize("n", [2, 5, Fraction(7, 2)])
def test_the_sum_is_the_closed_form_of_two_rows(n: int | Fraction, beta: int) -> None:
    for t in (Fraction(101, 100), Fraction(4), Fraction(10**6)):
        with working_precision(256):
            total = RatioSum(t, 2, Fraction(n), beta).total()
        found = condition_number_cdf(t, 2, n, beta=beta)
        assert abs(float(total) - found.value) <= float(total.rad()) + found.error + 2e-16 * found.value
        assert total.rad() < 1e-16 * total.mid()


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_three_rows_by_two_integrals(beta: int) -> None:
    # With λ = x (1, y, z) the integral over x is a gamma function: ∫∫ Π y^a (y − 1)^β |z − y|^β/(1 + y + z)^{βmn/2}.
    n, a = 4, beta - 1

    def weight(z: float, y: float) -> float:
        sizes = (y * z) ** a * ((y - 1) * (z - 1) * (z - y)) ** beta
        return float(sizes / (1 + y + z) ** (beta * 6))

    def integral(top: float) -> float:
        # In 1/y: the range is finite.
        def over(v: float, u: float) -> float:
            return weight(1 / v, 1 / u) / (u * v) ** 2

        return INTEGRATE.dblquad(over, 1 / top, 1, 1 / top, lambda u: u, epsabs=0, epsrel=1e-9)[0]

    assert_allclose(condition_number_cdf(20, 3, n, beta=beta).value, integral(20) / integral(1e7), rtol=1e-6)


@pytest.mark.parametrize(("m", "n", "t", "beta"), [(4, 6, 30, 1), (5, 5, 200, 1), (4, 8, 10, 2)])
def test_draws_agree(m: int, n: int, t: int, beta: int) -> None:
    generator = np.random.default_rng(m)
    w = generator.standard_normal((20_000, m, n))
    if beta == 2:
        w = w + 1j * generator.standard_normal(w.shape)
    values = np.linalg.svd(w, compute_uv=False) ** 2
    share, found = (values[:, 0] <= t * values[:, -1]).mean(), condition_number_cdf(t, m, n, beta=beta)
    assert abs(share - found.value) < 4.5 * np.sqrt(found.value * (1 - found.value) / 20_000)
    assert found.error < 1e-16


def test_it_grows_to_one() -> None:
    values = [condition_number_cdf(t, 3, 3).value for t in (1, 1.001, 2, 100, 1e9)]
    assert values == sorted(values)
    assert values[0] == 0
    assert 0 < values[1] < 1e-14
    assert 1 - 2e-4 < values[-1] < 1
    assert condition_number_cdf(1, 1, 4).value == 1
    nothing = condition_number_cdf("1.0001", 12, 12)  # below the range of floats, not 0
    assert nothing.value == 0 < nothing.error


def test_what_is_not_reached_is_refused() -> None:
    with pytest.raises(MethodError, match="need beta 1, 2 or 4"):
        condition_number_cdf(4, 3, 5, beta=3)
    with pytest.raises(LimitError, match="need m <= 30"):
        condition_number_cdf(4, 31, 60)
    with pytest.raises(DomainError, match="need n > m - 1 = 1, got 1: S is singular"):
        condition_number_cdf(4, 2, 1)
    with pytest.raises(DomainError, match="t"):
        condition_number_cdf(0.5, 2, 5)
    with pytest.raises(MethodError, match="need numbers"):
        condition_number_cdf(4, 2, None)
