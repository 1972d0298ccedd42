"""The smallest eigenvalue, MANOVA's largest root and the quantiles: closed cases, sums, draws; and what is refused."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

from wishart_moments import (
    ProvedValue,
    largest_eigenvalue_cdf,
    largest_eigenvalue_quantile,
    manova_largest_root_cdf,
    manova_largest_root_quantile,
    roy_test,
    smallest_eigenvalue_cdf,
    smallest_eigenvalue_quantile,
)
from wishart_moments.errors import DomainError, LimitError, MethodError, WishartError
from wishart_moments.moments.extremes.smallest_eigenvalue import finite_sum

SCALE = [[2.0, 0.5, 0.0], [0.5, 1.0, 0.3], [0.0, 0.3, 1.5]]


def close(found: ProvedValue, expected: float, slack: float = 1e-13) -> bool:
    return abs(found.value - expected) <= found.error + slack * abs(expected)


@pytest.mark.parametrize("m", [1, 2, 3, 8])
@pytest.mark.parametrize("x", ["1/100", "1/2", 3])
def test_one_more_column_is_exponential(m: int, x: Any) -> None:
    # Edelman (1988): n = m + 1 real, n = m complex.
    point = float(Fraction(x))
    for n, beta, rate in ((m + 1, 1, m / 2), (m, 2, m)):
        assert close(smallest_eigenvalue_cdf(x, m, n, beta=beta), -math.expm1(-rate * point))
        assert close(smallest_eigenvalue_cdf(x, m, n, beta=beta, survival=True), math.exp(-rate * point))


def test_the_value_of_the_literature() -> None:
    assert smallest_eigenvalue_cdf("1/2", 3, 4).value == 0.5276334472589853
    assert largest_eigenvalue_cdf(50, 10, 20).value == pytest.approx(0.574982392499775, abs=1e-15)


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize(("m", "n"), [(2, 5), (3, 6), (4, 7), (2, 3)])
def test_the_closed_form_is_the_finite_sum(m: int, n: int, beta: int) -> None:
    r = Fraction(beta, 2) * (n - m + 1) - 1
    for x in (Fraction(1, 3), Fraction(2), Fraction(9)):
        found = smallest_eigenvalue_cdf(x, m, n, beta=beta, survival=True)
        if r.denominator == 1:
            value, error = finite_sum(np.full(m, beta / 2 * float(x)), int(r), Fraction(beta))
            assert abs(value - found.value) <= error + found.error
        assert found.value + smallest_eigenvalue_cdf(x, m, n, beta=beta).value == pytest.approx(1, rel=1e-15)


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize("n", [4, 6])
def test_samples_at_a_scale(n: int, beta: int) -> None:
    rng, draws, x = np.random.default_rng(n), 60_000, 1.0
    w = rng.standard_normal((draws, 3, n))
    if beta == 2:
        w = (w + 1j * rng.standard_normal((draws, 3, n))) / math.sqrt(2)
    product = np.linalg.cholesky(np.array(SCALE)) @ w
    share = float((np.linalg.svd(product, compute_uv=False)[:, -1] ** 2 <= x).mean())
    p = smallest_eigenvalue_cdf(x, 3, n, beta=beta, scale=SCALE).value
    assert abs(share - p) < 4.5 * math.sqrt(p * (1 - p) / draws)


@pytest.mark.parametrize("beta", [1, 2])
def test_a_scale_that_is_nearly_a_multiple_of_the_identity(beta: int) -> None:
    scale = np.diag([2.0, 2.0 + 1e-13, 2.0])
    for n in (4, 6):
        series = smallest_eigenvalue_cdf(1.0, 3, n, scale=scale, beta=beta)
        assert series.value == pytest.approx(smallest_eigenvalue_cdf(0.5, 3, n, beta=beta).value, rel=1e-11)


def test_singular_matrices_have_the_eigenvalue_zero() -> None:
    assert smallest_eigenvalue_cdf(0, 3, 5) == ProvedValue(0.0, 0.0)
    assert smallest_eigenvalue_cdf(0, 5, 3) == smallest_eigenvalue_cdf(2, 5, 3) == ProvedValue(1.0, 0.0)
    assert smallest_eigenvalue_cdf(2, 5, 3, survival=True) == ProvedValue(0.0, 0.0)
    assert largest_eigenvalue_cdf(0, 3, 5, survival=True).value == 1


def test_the_tail_of_the_largest_eigenvalue() -> None:
    # Far out, P(λ_max > x) is the integral of the density, which is one eigenvalue's: m = 2, n = 3, real.
    # With u > v the density is (u − v) e^{−(u+v)/2}/4, and P = e^{−x/2}(x − 2) + 2 e^{−x} … by integration.
    u, v, x = sympy.symbols("u v x", positive=True)
    density = (u - v) * sympy.exp(-(u + v) / 2)
    total = sympy.integrate(sympy.integrate(density, (v, 0, u)), (u, 0, sympy.oo))
    beyond = sympy.integrate(sympy.integrate(density, (v, 0, u)), (u, x, sympy.oo)) / total
    for point in (10, 80, 300):
        found = largest_eigenvalue_cdf(point, 2, 3, survival=True)
        expected = float(beyond.subs(x, point).evalf(30))
        assert found.value == pytest.approx(expected, rel=1e-13)
        assert found.error < 1e-15 * expected
    series = largest_eigenvalue_cdf(10, 2, 3, scale=np.diag([1.0, 1.5]), survival=True)
    assert series.value + largest_eigenvalue_cdf(10, 2, 3, scale=np.diag([1.0, 1.5])).value == 1


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_one_variable_is_a_beta_law(beta: int) -> None:
    p, q = beta * 3 / 2, beta * 7 / 2
    expected = float(mpmath.betainc(p, q, 0, 0.3, regularized=True))
    assert close(manova_largest_root_cdf(0.3, 1, 3, 7, beta=beta), expected, 1e-12)
    # One degree of freedom of the hypothesis: Hotelling's T², one non-zero root.
    p, q = beta * 4 / 2, beta * (7 - 3) / 2
    expected = float(mpmath.betainc(p, q, 0, 0.3, regularized=True))
    assert close(manova_largest_root_cdf(0.3, 4, 1, 7, beta=beta), expected, 1e-12)


def test_two_variables_are_an_integral() -> None:
    # m = 2, n_1 = 3, n_2 = 7: density ∝ (u − v) (1 − u)² (1 − v)², u > v.
    u, v = sympy.symbols("u v", positive=True)
    inner = sympy.integrate(sympy.expand((u - v) * (1 - u) ** 2 * (1 - v) ** 2), (v, 0, u))
    total = sympy.integrate(sympy.expand(inner), (u, 0, 1))
    for x in (Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)):
        exact = sympy.integrate(sympy.expand(inner), (u, 0, sympy.Rational(x.numerator, x.denominator))) / total
        assert close(manova_largest_root_cdf(x, 2, 3, 7), float(exact), 1e-15)
        assert close(manova_largest_root_cdf(x, 2, 3, 7, survival=True), float(1 - exact), 1e-15)


@pytest.mark.parametrize("beta", [1, 2])
def test_samples_of_the_largest_root(beta: int) -> None:
    rng, m, n1, n2, draws, x = np.random.default_rng(9), 3, 2, 8, 40_000, 0.6

    def wishart(n: int) -> Any:
        w = rng.standard_normal((draws, m, n))
        if beta == 2:
            w = (w + 1j * rng.standard_normal((draws, m, n))) / math.sqrt(2)
        return w @ w.conj().transpose(0, 2, 1)

    s1, s2 = wishart(n1), wishart(n2)
    roots = np.linalg.eigvals(np.linalg.solve(s1 + s2, s1)).real.max(axis=1)
    p = manova_largest_root_cdf(x, m, n1, n2, beta=beta).value
    assert abs(float((roots <= x).mean()) - p) < 4.5 * math.sqrt(p * (1 - p) / draws)


def test_roys_test_in_both_scales() -> None:
    assert roy_test("9/19", 4, 2, 33) == roy_test("0.9", 4, 2, 33, of="F")
    assert roy_test(0.2, 4, 2, 33) == manova_largest_root_cdf(0.2, 4, 2, 33, survival=True)
    # Full and empty roots.
    assert roy_test(0, 3, 4, 9).value == 1
    assert roy_test(1, 3, 4, 9).value == 0
    assert manova_largest_root_cdf(0.999, 3, 4, 2).value == 0
    assert manova_largest_root_cdf(1, 3, 4, 2).value == 1


@pytest.mark.parametrize("p", ["1/1000", "1/2", "0.95", "0.9999"])
def test_quantiles_are_inverses(p: str) -> None:
    wanted = Fraction(p)
    laws: list[tuple[ProvedValue, Callable[[Any], Any]]] = [
        (largest_eigenvalue_quantile(p, 6, 9), lambda x: largest_eigenvalue_cdf(x, 6, 9)),
        (largest_eigenvalue_quantile(p, 3, 5, beta=2), lambda x: largest_eigenvalue_cdf(x, 3, 5, beta=2)),
        (smallest_eigenvalue_quantile(p, 6, 9), lambda x: smallest_eigenvalue_cdf(x, 6, 9)),
        (smallest_eigenvalue_quantile(p, 2, 3, scale=[[2, 1], [1, 2]]), lambda x: -math.expm1(-float(x) * 2 / 3)),
        (manova_largest_root_quantile(p, 4, 2, 33), lambda x: manova_largest_root_cdf(x, 4, 2, 33)),
    ]
    for quantile, cdf in laws:
        assert 0 < quantile.error < 1e-10 * quantile.value
        low, high = (Fraction(quantile.value) + sign * Fraction(quantile.error) for sign in (-1, 1))
        assert float(cdf(low)) < wanted < float(cdf(high))


def test_the_median_of_an_exponential_law() -> None:
    assert close(smallest_eigenvalue_quantile("1/2", 4, 5), math.log(2) / 2, 1e-15)


@pytest.mark.parametrize(
    ("compute", "error"),
    [
        (lambda: smallest_eigenvalue_cdf(-1, 3, 5), DomainError),
        (lambda: smallest_eigenvalue_cdf(1, 3, 2, scale=np.eye(3)), DomainError),
        (lambda: smallest_eigenvalue_cdf(1, 3, 5, survival=1), DomainError),  # type: ignore[arg-type]
        (lambda: smallest_eigenvalue_cdf(1, 3, 5, scale=np.diag([1.0, 2.0, 3.0])), MethodError),
        (lambda: smallest_eigenvalue_cdf(1, 3, 5, beta=3), MethodError),
        (lambda: smallest_eigenvalue_cdf(1, 3, sympy.Symbol("n")), MethodError),
        (lambda: smallest_eigenvalue_cdf(1, 12, 41, scale=np.diag(np.arange(1.0, 13))), LimitError),
        (lambda: smallest_eigenvalue_cdf(1, 301, 400), LimitError),
        (lambda: manova_largest_root_cdf(1.5, 3, 4, 5), DomainError),
        (lambda: manova_largest_root_cdf(0.5, 5, 2, 2), DomainError),
        (lambda: manova_largest_root_cdf(0.5, 3, 4, 5, beta=3), MethodError),
        (lambda: manova_largest_root_cdf(0.5, 3, None, 5), MethodError),
        (lambda: manova_largest_root_cdf(0.5, 301, 400, 500), LimitError),
        (lambda: roy_test(-1, 3, 4, 5), DomainError),
        (lambda: roy_test(1, 3, 4, 5, of="H"), MethodError),
        (lambda: largest_eigenvalue_quantile(0, 3, 5), DomainError),
        (lambda: largest_eigenvalue_quantile(1.0, 3, 5), DomainError),
        (lambda: smallest_eigenvalue_quantile(0.5, 5, 3), DomainError),
        (lambda: manova_largest_root_quantile(0.5, 5, 7, 3), DomainError),
    ],
)
def test_what_has_no_value_is_refused_in_one_line(compute: Callable[[], Any], error: type[WishartError]) -> None:
    with pytest.raises(error) as refusal:
        compute()
    assert "\n" not in str(refusal.value)
