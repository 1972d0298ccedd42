"""P(λ_max <= x): one variable, an integral, Khatri's determinants, samples; and what is refused."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from flint import ctx

from wishart_moments.errors import DomainError, LimitError, MethodError, WishartError
from wishart_moments.moments.jack.largest_eigenvalue import by_series, largest_eigenvalue_cdf, log_multivariate_gamma
from wishart_moments.spectrum.bidiagonal import sample


@pytest.mark.parametrize("beta", [1, 2, 4, Fraction(3, 2)])
@pytest.mark.parametrize(("n", "x"), [(1, 0.5), (3, 2), (4, 9.5)])
def test_one_row_is_chi_squared(n: int, x: float, beta: Any) -> None:
    theta = float(Fraction(beta) / 2)
    expected = float(mpmath.gammainc(theta * n, 0, theta * x, regularized=True))
    found = largest_eigenvalue_cdf(x, 1, n, beta=beta)
    assert found.proved
    assert abs(found.value - expected) <= found.error + 1e-14
    scaled = largest_eigenvalue_cdf(3 * x, 1, n, beta=beta, scale=[[3]])
    assert scaled.value == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("x", [1, 6, 12.5])
def test_two_rows_are_an_integral_over_both_eigenvalues(x: float) -> None:
    # m = 2, n = 5: the density is proportional to λ_1 λ_2 (λ_1 − λ_2) e^{−(λ_1+λ_2)/2} on λ_1 > λ_2 > 0.
    u, v = sympy.symbols("u v", positive=True)
    inner = sympy.integrate(u * v * (u - v) * sympy.exp(-(u + v) / 2), (v, 0, u))
    distribution = sympy.integrate(sympy.expand(inner), (u, 0, sympy.Rational(str(x))))
    total = sympy.integrate(sympy.expand(inner), (u, 0, sympy.oo))
    found = largest_eigenvalue_cdf(x, 2, 5)
    assert abs(found.value - float(distribution / total)) <= found.error + 1e-13
    assert found.error < 1e-9


@pytest.mark.parametrize(("m", "n", "x"), [(2, 2, 3), (2, 5, 9), (3, 4, 8), (4, 6, 12), (3, 3, 0.5)])
def test_complex_matrices_obey_the_determinant_of_khatri(m: int, n: int, x: float) -> None:
    # Khatri (1964): det γ(n − m + i + j − 1, x) / Π Γ(n − i + 1) Γ(m − i + 1).
    with mpmath.workdps(50):
        gammas = mpmath.matrix([[mpmath.gammainc(n - m + i + j + 1, 0, x) for j in range(m)] for i in range(m)])
        factor = mpmath.fprod(mpmath.factorial(n - i - 1) * mpmath.factorial(m - i - 1) for i in range(m))
        expected = float(mpmath.det(gammas) / factor)
    found = largest_eigenvalue_cdf(x, m, n, beta=2)
    assert abs(found.value - expected) <= found.error + 1e-13 * expected
    assert largest_eigenvalue_cdf(x, n, m, beta=2) == found
    # The same at Σ = 2I, given as a matrix.
    assert largest_eigenvalue_cdf(2 * x, m, n, beta=2, scale=2 * np.eye(m)).value == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize(("m", "n", "x"), [(1, "1/3", 2), (2, "7/2", 9), (3, 4, "1/2"), (4, "9/2", 11), (5, 5, 7)])
def test_the_closed_form_is_the_series(m: int, n: Any, x: Any, beta: int) -> None:
    found = largest_eigenvalue_cdf(x, m, n, beta=beta)
    series = by_series(Fraction(x), np.ones(m), Fraction(n), beta=Fraction(beta))
    assert abs(found.value - series.value) <= found.error + series.error
    assert series.error < 1e-8 * series.value
    assert (found.order, found.proved) == (0, True)
    assert found.error < 2e-16 * found.value
    # Of a multiple of I, by its eigenvalues: the same.
    if beta < 4:
        scaled = largest_eigenvalue_cdf(4 * Fraction(x), m, n, beta=beta, scale=4 * np.eye(m))
        assert (scaled.value, scaled.order) == (found.value, 0)


@pytest.mark.parametrize(
    ("x", "m", "n", "beta", "value"),
    [
        (50, 10, 20, 1, 0.574982392499775),
        (105.0, 4, 12, 2, 1.0),
        (10**300, 3, 4, 1, 1.0),
        (1e-200, 3, 4, 1, 0.0),
    ],
)
def test_large_matrices_and_the_far_ends_take_no_time(x: Any, m: int, n: int, beta: int, value: float) -> None:
    found = largest_eigenvalue_cdf(x, m, n, beta=beta)
    assert found.value == pytest.approx(value, rel=1e-14)
    assert found.error < 1e-15


def test_many_degrees_of_freedom_are_an_integral_of_mpmath() -> None:
    # m = 2: P is proportional to the integral over t > u > v > 0 of (uv)^a (u − v) e^{−u−v}, a = (n − 3)/2.
    n, x = 200.5, 230
    with mpmath.workdps(25):
        a, t = mpmath.mpf(n - 3) / 2, mpmath.mpf(x) / 2

        def weight(s: Any) -> Any:
            return s**a * mpmath.exp(-s)

        def inner(u: Any) -> Any:
            return weight(u) * (u * mpmath.gammainc(a + 1, 0, u) - mpmath.gammainc(a + 2, 0, u))

        total = mpmath.gamma(a + 1) * mpmath.gamma(a + 1.5) * mpmath.gamma(1) / mpmath.gamma(1.5) / 2
        expected = mpmath.quad(inner, [0, 60, 90, 100, 110, t]) / total
    assert largest_eigenvalue_cdf(x, 2, n).value == pytest.approx(float(expected), rel=1e-13)


def test_one_wishart_matrix_at_another_precision_of_the_process() -> None:
    with ctx.workprec(20):
        assert largest_eigenvalue_cdf(50, 10, 20).value == pytest.approx(0.574982392499775, rel=1e-14)
        assert ctx.prec == 20


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_samples_at_the_identity(beta: int) -> None:
    m, n, draws = 3, 5, 60_000
    x = {1: 12.0, 2: 10.0, 4: 9.0}[beta]
    q, e = sample(m, n, beta, draws, np.random.default_rng(5))
    b = np.zeros((draws, m, m))
    for i in range(m):
        b[:, i, i] = np.sqrt(q[i])
        if i + 1 < m:
            b[:, i, i + 1] = np.sqrt(e[i])
    share = float((np.linalg.norm(b, 2, axis=(1, 2)) ** 2 <= x).mean())
    p = largest_eigenvalue_cdf(x, m, n, beta=beta).value
    assert abs(share - p) < 5 * math.sqrt(p * (1 - p) / draws)


@pytest.mark.parametrize("beta", [1, 2])
def test_samples_at_a_scale(beta: int) -> None:
    rng, m, n, draws, x = np.random.default_rng(6), 3, 4, 60_000, 10.0
    scale = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, 0.3], [0.0, 0.3, 1.5]])
    w = rng.standard_normal((draws, m, n))
    if beta == 2:
        w = (w + 1j * rng.standard_normal((draws, m, n))) / math.sqrt(2)
    share = float((np.linalg.norm(np.linalg.cholesky(scale) @ w, 2, axis=(1, 2)) ** 2 <= x).mean())
    found = largest_eigenvalue_cdf(x, m, n, beta=beta, scale=scale, tolerance=1e-6)
    assert found.proved
    p = found.value
    assert abs(share - p) < 5 * math.sqrt(p * (1 - p) / draws)


def test_it_is_a_distribution_function() -> None:
    values = [largest_eigenvalue_cdf(x, 3, 4).value for x in (0, 1e-3, 1, 5, 10, 20, 40)]
    assert values[0] == 0
    assert values == sorted(values)
    assert values[-1] == pytest.approx(1, abs=1e-5)
    assert log_multivariate_gamma(4, 3, 0.5) == pytest.approx(math.log(6 * math.gamma(3.5) * 2), rel=1e-14)


@pytest.mark.parametrize(
    ("compute", "error"),
    [
        (lambda: largest_eigenvalue_cdf(-1, 2, 3), DomainError),
        (lambda: largest_eigenvalue_cdf(math.nan, 2, 3), DomainError),
        (lambda: largest_eigenvalue_cdf(1, 0, 3), DomainError),
        (lambda: largest_eigenvalue_cdf(1, 3, 2, scale=np.eye(3)), DomainError),
        (lambda: largest_eigenvalue_cdf(1, 2, 3, scale=np.eye(3)), DomainError),
        (lambda: largest_eigenvalue_cdf(1, 2, 3, scale=[[1, 1], [1, 1]]), DomainError),
        (lambda: largest_eigenvalue_cdf(-(10**5000), 4, 5), DomainError),
        (lambda: largest_eigenvalue_cdf(1, 3, "3/2"), DomainError),
        (lambda: largest_eigenvalue_cdf(1, 3, sympy.Symbol("n")), MethodError),
        (lambda: largest_eigenvalue_cdf(1, 2, 3, tolerance=math.nan), DomainError),
        (lambda: largest_eigenvalue_cdf(5, 301, 400), LimitError),
        (lambda: largest_eigenvalue_cdf(5, 3, 10**5000, beta=2), LimitError),
        (lambda: largest_eigenvalue_cdf(10**5000, 3, 4, beta=3), LimitError),
        (lambda: largest_eigenvalue_cdf(1, 2, 3, beta=sympy.Symbol("beta")), MethodError),
        (lambda: largest_eigenvalue_cdf(400, 12, 14, scale=np.diag(np.arange(1.0, 13))), LimitError),
    ],
)
def test_what_has_no_value_is_refused_in_one_line(compute: Callable[[], Any], error: type[WishartError]) -> None:
    with pytest.raises(error) as refusal:
        compute()
    assert "\n" not in str(refusal.value)
