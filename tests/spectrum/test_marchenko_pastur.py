"""The expansion in the size: against its loop equation, against the exact moments, and its density."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from numpy.polynomial.legendre import leggauss
from sympy import QQ, ring

from wishart_moments.errors import DomainError, LimitError
from wishart_moments.moments.recurrence import TraceMomentTable
from wishart_moments.spectrum.gauss_radau import gauss_radau
from wishart_moments.spectrum.marchenko_pastur import (
    large_size_terms,
    marchenko_pastur_cumulative,
    marchenko_pastur_density,
    support,
)

SHAPES = [(1, 1), (3, 3), (2, 9), (9, 2), (64, 128), (100, 101), (1000, 1000), (5, 4096)]
BETAS = [1, 2, 4, Fraction(1, 3)]
RATIOS = [1e-12, 1e-6, 1e-3, 0.7, 1.0, 3.0, 50.0, 1e4, 1e8, 1e16]


def resolvents(x: Any, m: int, n: int, a: Any) -> tuple[Any, Any, Any]:
    """W_0, W_1, W_2 of W(x) = E tr (x − S)^{-1}, order by order from its loop equation, with many digits.

    W − m/x = (n−m) W/x − (a−1)(W' + W/x) + W² + a (B−A)² / (16 (x−A)² (x−B)²).
    """
    lower, upper = ((mp.sqrt(n) - mp.sqrt(m)) ** 2, (mp.sqrt(n) + mp.sqrt(m)) ** 2)

    def leading(y: Any) -> Any:
        linear = 1 - (n - m) / y
        # At y < 0 the branch that behaves like m/y.
        return (linear - mp.sqrt(linear**2 - 4 * m / y)) / 2

    def slope(y: Any) -> Any:
        return 1 - (n - m) / y - 2 * leading(y)

    def first(y: Any) -> Any:
        w = leading(y)
        derivative = -((n - m) * w + m) / y**2 / slope(y)
        return -(a - 1) * (derivative + w / y) / slope(y)

    w1 = first(x)
    covariance = a * (upper - lower) ** 2 / (16 * (x - lower) ** 2 * (x - upper) ** 2)
    w2 = (w1**2 - (a - 1) * (mp.diff(first, x, h=abs(x) * mp.mpf(10) ** -40) + w1 / x) + covariance) / slope(x)
    return leading(x), w1, w2


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_the_terms_solve_the_loop_equation_to_all_digits(m: int, n: int, beta: Fraction) -> None:
    a = mp.mpf(2) / (mp.mpf(Fraction(beta).numerator) / Fraction(beta).denominator)
    terms = large_size_terms(RATIOS, m, n, beta)
    with mp.workdps(120):
        for i, ratio in enumerate(RATIOS):
            r = mp.mpf(ratio)
            w0, w1, w2 = resolvents(-r, m, n, a)
            # T = E tr S(r + S)^{-1} = m + r W(−r).
            exact = (m + r * w0, r * w1, r * w2)
            for term, value in zip(terms[:2], exact[:2], strict=True):
                assert abs(mp.mpf(float(term[i])) - value) <= 1e-14 * abs(value)
            # The bracket of T_2 may vanish: the digits are those of its larger part.
            scale = abs(exact[2]) + a * r**2 * m * n / ((r + (m + n)) ** 2 - 4 * m * n) ** mp.mpf("2.5")
            assert abs(mp.mpf(float(terms.second[i])) - exact[2]) <= 2e-14 * scale
            total = abs(exact[0]) + abs(exact[1]) + abs(exact[2])
            assert abs(mp.mpf(float(terms.up_to(2)[i])) - sum(exact)) <= 1e-14 * total


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_the_expansion_in_one_over_r_has_the_three_leading_degrees_of_the_exact_moments(beta: int) -> None:
    # Power series in u = 1/r with polynomial coefficients: T = Σ (−1)^(k+1) E tr S^k u^k, degree k + 1 and below.
    last = 9
    field, m, n = ring("m n", QQ)
    a = QQ(2, beta)

    def times(x: list[Any], y: list[Any]) -> list[Any]:
        return [sum((x[i] * y[k - i] for i in range(k + 1)), field.zero) for k in range(last + 1)]

    def inverse(x: list[Any]) -> list[Any]:  # x[0] = 1
        result = [field.one]
        for k in range(1, last + 1):
            result.append(-sum((x[i] * result[k - i] for i in range(1, k + 1)), field.zero))
        return result

    def constant(*coefficients: Any) -> list[Any]:
        return [field(c) for c in coefficients] + [field.zero] * (last + 1 - len(coefficients))

    def plus(*series: list[Any]) -> list[Any]:
        return [sum(terms, field.zero) for terms in zip(*series, strict=True)]

    leading = constant()
    for _ in range(last):  # T_0 = u (m − T_0)(n − T_0)
        product = times(plus(constant(m), [-c for c in leading]), plus(constant(n), [-c for c in leading]))
        leading = [field.zero, *product[:-1]]
    # D/r = 1 + u (m + n − 2 T_0)
    root = inverse(plus(constant(1, m + n), [-2 * c for c in [field.zero, *leading[:-1]]]))
    u = constant(0, 1)
    first = [(1 - a) * c for c in times(u, times(leading, times(root, root)))]
    bracket = plus(
        [(a - 1) ** 2 * c for c in plus(constant(0, m * n), times(leading, constant(1, 0, -((m - n) ** 2))))],
        constant(0, a * m * n),
    )
    second = times(times(u, u), bracket)
    for _ in range(5):
        second = times(second, root)
    table = TraceMomentTable(last, beta)
    for k in range(1, last + 1):
        moment = table.terms(k)
        for below, series in enumerate((leading, first, second)):
            expected = {ij: c for ij, c in moment.items() if sum(ij) == k + 1 - below}
            found = {ij: (-1) ** (k + 1) * c for ij, c in dict(series[k]).items()}
            assert {ij: str(c) for ij, c in found.items()} == {ij: str(c) for ij, c in expected.items() if c}


@pytest.mark.parametrize(("beta", "shape", "scale"), [(1, 3.5, 2), (2, 7, 1), (4, 14, Fraction(1, 2))])
def test_the_equation_for_the_trace_is_exact_for_one_output(beta: int, shape: float, scale: Fraction) -> None:
    # One eigenvalue, Gamma(βn/2, 2/β), n = 7: r T = (1 − T)(n − T) + (a − 1) r T' + Var.
    with mp.workdps(30):
        width, k = mp.mpf(Fraction(scale).numerator) / Fraction(scale).denominator, mp.mpf(shape)

        def expect(f: Callable[[Any], Any]) -> Any:
            weight = mp.gamma(k) * width**k
            return mp.quad(lambda x: f(x) * x ** (k - 1) * mp.exp(-x / width) / weight, [0, 1, 4, 8, 20, 60, 200])

        for r in (mp.mpf("0.3"), mp.mpf(7)):
            mean = expect(lambda x, r=r: x / (r + x))
            slope = expect(lambda x, r=r: -x / (r + x) ** 2)
            variance = expect(lambda x, r=r: (x / (r + x)) ** 2) - mean**2
            assert abs(r * mean - (1 - mean) * (7 - mean) - (mp.mpf(2) / beta - 1) * r * slope - variance) < 1e-20


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize(("aspect", "scale"), [(1, 1), (2, 1), (2, 20), (3, 0.1)])
def test_each_correction_gains_one_order_in_the_size(aspect: int, scale: float, beta: int) -> None:
    errors = []
    for size in (32, 64):
        n = aspect * size
        r = n / scale
        lower, upper = gauss_radau(size, n, 180, beta).trace_bounds(r)
        terms = large_size_terms(r, size, n, beta)
        errors.append([float(terms.up_to(order) - (lower + upper) / 2) for order in (0, 1, 2)])
        assert upper - lower < 1e-12
    for order in (0, 1, 2):
        if beta == 2 and order == 0:  # no term of order 1 for complex matrices
            continue
        power = np.log2(errors[0][order] / errors[1][order])
        # T has one order more than the variance T/m; the complex expansion is in 1/N².
        assert abs(power - {1: order, 4: order, 2: (None, 1, 3)[order]}[beta]) < 0.15


def test_the_complex_expansion_has_no_first_correction() -> None:
    assert not large_size_terms(RATIOS, 9, 16, 2).first.any()


def test_the_terms_are_symmetric_in_the_shape() -> None:
    for one, other in zip(large_size_terms(RATIOS, 9, 16), large_size_terms(RATIOS, 16, 9), strict=True):
        assert (one == other).all()


def test_the_ends_are_the_rank_and_zero() -> None:
    for m, n in ((3, 5), (4, 4)):
        leading, first, _ = large_size_terms([0.0, np.inf], m, n)
        assert leading.tolist() == [min(m, n), 0]
        assert first[1] == 0
    # At the hard edge the first correction takes a quarter of an eigenvalue away, at every size.
    assert large_size_terms(0.0, 7, 7).first == -0.25


def test_sizes_without_end_are_taken() -> None:
    terms = large_size_terms(1e90, 10**90, 10**90)
    assert terms.leading / 1e90 == pytest.approx((3 - 5**0.5) / 2, rel=1e-14)
    with pytest.raises(LimitError, match=r"need n <= 1e100"):
        large_size_terms(1.0, 1, 10**400)
    with pytest.raises(DomainError, match=r"need m to be an integer >= 1"):
        large_size_terms(1.0, 0, 1)
    with pytest.raises(DomainError, match=r"need beta > 0"):
        large_size_terms(1.0, 1, 1, -1)


@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_the_density_integrates_to_the_rank_and_to_the_cumulative(m: int, n: int) -> None:
    lower, upper = support(m, n)
    t, w = leggauss(200)

    def integral(end: float, power: int = 0) -> float:
        # x = A + (B − A) sin²φ makes the square roots at both ends smooth; at A = 0 the density too.
        angle = np.arcsin(np.sqrt((end - lower) / (upper - lower))) * (t + 1) / 2
        x = lower + (upper - lower) * np.sin(angle) ** 2
        change = (upper - lower) * np.sin(2 * angle) * np.arcsin(np.sqrt((end - lower) / (upper - lower))) / 2
        return float((w * change * x**power * marchenko_pastur_density(x, m, n)).sum())

    assert integral(upper) == pytest.approx(min(m, n), rel=1e-10)
    assert integral(upper, 1) == pytest.approx(m * n, rel=1e-10)
    for share in (1e-3, 0.1, 0.5, 0.9):
        end = lower + share * (upper - lower)
        assert float(marchenko_pastur_cumulative(end, m, n)) == pytest.approx(integral(end), rel=1e-9, abs=1e-13 * n)
    assert marchenko_pastur_cumulative([-1.0, lower, upper, 2 * upper], m, n) == pytest.approx(
        [0, 0, min(m, n), min(m, n)], rel=1e-14
    )


def test_square_matrices_follow_the_quarter_circle() -> None:
    v = np.linspace(0.01, 0.99, 50)
    expected = 9 * 2 / np.pi * (np.arcsin(v) + v * np.sqrt(1 - v**2))
    assert marchenko_pastur_cumulative(36 * v**2, 9, 9) == pytest.approx(expected, rel=1e-13)


def test_the_density_vanishes_outside_its_support() -> None:
    assert marchenko_pastur_density([-1.0, 0.0, 0.5, 50.0], 9, 16).tolist() == [0, 0, 0, 0]
    assert marchenko_pastur_density([-1.0, 0.0, 4.0, 5.0], 1, 1).tolist() == [0, np.inf, 0, 0]
