"""The spectrum of B = S_1(S_1 + S_2)^{-1}: exact moments, beta laws, closed means, draws; and what is refused."""

from collections.abc import Callable
from math import lgamma
from typing import Any

import numpy as np
import pytest

from wishart_moments import JacobiSpectrum, f_trace_moment, manova_trace_moment
from wishart_moments.errors import DomainError, LimitError, MethodError, WishartError

SHAPES = [(1, 1, 1), (1, 3, 5), (2, 2, 2), (3, 3, 3), (2, 3, 9), (3, 4, 20), (4, 2, 9), (4, 9, 2), (5, 3, 3), (4, 2, 2)]
LARGE = [(50, 60, 70), (51, 60, 300), (60, 40, 200), (100, 100, 100)]


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize(("m", "n1", "n2"), SHAPES + LARGE)
def test_moments_are_the_exact_ones(m: int, n1: int, n2: int, beta: int) -> None:
    found = JacobiSpectrum(m, n1, n2, beta)
    assert found.weights.sum() + found.zeros + found.ones == pytest.approx(m, rel=1e-13)
    for k in range(1, 15):
        exact = float(manova_trace_moment(k, m, n1, n2, beta=beta))
        assert found.weights @ found.nodes**k + found.ones == pytest.approx(exact, rel=1e-11)
    assert found.expect(lambda x: x**2) == pytest.approx(float(manova_trace_moment(2, m, n1, n2, beta=beta)), rel=1e-11)


@pytest.mark.parametrize("beta", [1, 2])
def test_one_dimension_is_a_beta_law(beta: int) -> None:
    p, q = beta * 3 / 2, beta * 5 / 2
    x = np.array([0.01, 0.3, 0.9])
    norm = np.exp(lgamma(p + q) - lgamma(p) - lgamma(q))
    assert JacobiSpectrum(1, 3, 5, beta).density(x) == pytest.approx(
        norm * x ** (p - 1) * (1 - x) ** (q - 1), rel=1e-12
    )


@pytest.mark.parametrize("beta", [1, 2])
def test_the_density_of_two_eigenvalues_is_an_integral(beta: int) -> None:
    # ρ(x) = 2 ∫ |x − y|^β w(x) w(y) dy over ∫∫.
    m, n1, n2 = 2, 4, 7
    p, q = beta / 2 * (n1 - m + 1) - 1, beta / 2 * (n2 - m + 1) - 1
    t, weights = np.polynomial.legendre.leggauss(60)

    def joint(x: Any, y: Any) -> Any:
        return np.abs(x - y) ** beta * (x * y) ** p * ((1 - x) * (1 - y)) ** q

    def inner(x: float) -> float:
        left, right = x * (t + 1) / 2, x + (1 - x) * (t + 1) / 2
        return float(weights @ joint(x, left) * x / 2 + weights @ joint(x, right) * (1 - x) / 2)

    # In u, x = u²(3 − 2u), so that half-integer powers at the ends do no harm.
    u = (t + 1) / 2
    total = sum(w / 2 * 6 * v * (1 - v) * inner(v * v * (3 - 2 * v)) for v, w in zip(u, weights, strict=True))
    found = JacobiSpectrum(m, n1, n2, beta)
    for x in (0.1, 0.35, 0.8):
        assert found.density(x) == pytest.approx(2 * inner(x) / total, rel=1e-5)


@pytest.mark.parametrize("beta", [1, 2])
def test_the_mean_of_log_determinants_is_that_of_gamma_variables(beta: int) -> None:
    m, n1, n2, h = 3, 4, 20, 1e-4

    def digamma(x: float) -> float:
        return (lgamma(x + h) - lgamma(x - h)) / (2 * h)

    theta = beta / 2
    expected = sum(digamma(theta * (n2 - i)) - digamma(theta * (n1 + n2 - i)) for i in range(m))
    assert JacobiSpectrum(m, n1, n2, beta).expect(lambda x: np.log1p(-x)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("beta", [1, 2])
def test_f_is_a_function_of_b(beta: int) -> None:
    found = JacobiSpectrum(3, 4, 20, beta).expect(lambda x: (x / (1 - x)) ** 2)
    assert found == pytest.approx(float(f_trace_moment(2, 3, 4, 20, beta=beta)), rel=1e-10)


def test_jumps_are_seen_where_they_are_said() -> None:
    value, error = JacobiSpectrum(2, 3, 4).expect(lambda x: x > 0.5, points=[0.5], with_error=True)
    rest = JacobiSpectrum(2, 3, 4).expect(lambda x: x <= 0.5, points=[0.5])
    assert value + rest == pytest.approx(2, rel=1e-12)
    assert error < 1e-12
    rng = np.random.default_rng(3)
    w1, w2 = rng.standard_normal((20_000, 2, 3)), rng.standard_normal((20_000, 2, 4))
    s1, s2 = w1 @ w1.transpose(0, 2, 1), w2 @ w2.transpose(0, 2, 1)
    counts = (np.linalg.eigvals(np.linalg.solve(s1 + s2, s1)).real > 0.5).sum(axis=1)
    assert abs(counts.mean() - value) < 4.5 * counts.std() / np.sqrt(len(counts))
    assert repr(JacobiSpectrum(2, 3, 4)) == "JacobiSpectrum(m=2, n1=3, n2=4, beta=1)"


@pytest.mark.parametrize(
    ("compute", "error"),
    [
        (lambda: JacobiSpectrum(0, 3, 4), DomainError),
        (lambda: JacobiSpectrum(5, 2, 2), DomainError),
        (lambda: JacobiSpectrum(2, 3, 4, 4), MethodError),
        (lambda: JacobiSpectrum(2, 3000, 4000), LimitError),
        (lambda: JacobiSpectrum(2, 3, 4).expect(lambda x: 1 / x), LimitError),
        (lambda: JacobiSpectrum(2, 3, 4).expect(lambda x: x > 0.37), LimitError),
        (lambda: JacobiSpectrum(2, 3, 4).expect(lambda x: x + np.inf), DomainError),
        (lambda: JacobiSpectrum(3, 2, 4).expect(np.log), DomainError),
        (lambda: JacobiSpectrum(2, 3, 4).expect(3), DomainError),  # type: ignore[arg-type]
    ],
)
def test_what_has_no_value_is_refused_in_one_line(compute: Callable[[], Any], error: type[WishartError]) -> None:
    with pytest.raises(error) as refusal:
        compute()
    assert "\n" not in str(refusal.value)
