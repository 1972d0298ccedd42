"""The recurrences of MANOVA's traces: proved from the density, and equal to two other routes."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from flint import fmpq, fmpq_mpoly_ctx, fmpq_series

from wishart_moments.errors import LimitError, MethodError
from wishart_moments.moments.manova.jack_kadell import jacobi_power_sum, jacobi_power_sum_near
from wishart_moments.moments.manova.jacobi_loop_equations import jacobi_power_sums
from wishart_moments.moments.manova.trace_recurrence import coefficients, jacobi_traces

RING = fmpq_mpoly_ctx.get(("x", "N", "a", "b"), "deglex")
X, N, A, B = RING.gens()
ZERO, ONE = RING.constant(0), RING.constant(1)
S, F = 2 * N + A + B, X * (1 - X)

Element = list[Any]
"""Coefficients of w P², w P T, w T², u P E, u T E, over a power of 1 − x; see `proof`."""


def proof(beta: int, q: Callable[..., list[Any]]) -> Element:
    """Return Σ_j q_j(−θ)[x^j g], which is zero if and only if the recurrence holds; g = x (1 − x) ρ up to a factor.

    P = P_N, the Jacobi polynomial of w = x^a (1−x)^b on [0, 1], T = x(1−x) P', u² = w/(x(1−x)), E' = u G, and G a
    multiple of P_{N−1}, G = g_0 P + g_1 T. The density (Adler, Forrester, Nagao, van Moerbeke 2000) is, N = m − 1 for
    β = 1 and N = m, without its last term, for β = 2, up to a factor,

        x(1−x)ρ = w (T G − P x(1−x) G') + ½ (2N+a+b) x(1−x) u P E.

    D_k = ∫ x^{k−1} x(1−x)ρ dx, and there a factor k is −θ = −x d/dx on x(1−x)ρ.
    """
    t0, t1 = -N * (N + A + B + 1) * F, (A + B) * X - A  # x(1−x) T' = t0 P + t1 T
    g0, g1 = -N * (B - A - S * (2 * X - 1)), 2 * S
    weight, half = A - (A + B) * X, (A - 1 - (A + B - 2) * X) / 2

    def delta(v: Element) -> Element:
        """Return x(1−x) d/dx of an element."""
        p0, p1, p2, r0, r1 = v
        d0, d1, d2, e0, e1 = (F * p.derivative(0) for p in v)
        return [
            d0 + weight * p0 + t0 * p1 + r0 * g0,
            d1 + weight * p1 + 2 * p0 + t1 * p1 + 2 * t0 * p2 + r0 * g1 + r1 * g0,
            d2 + weight * p2 + p1 + 2 * t1 * p2 + r1 * g1,
            e0 + half * r0 + t0 * r1,
            e1 + half * r1 + r0 + t1 * r1,
        ]

    density = [-(F * g0.derivative(0) + g1 * t0), -g1 * t1, g1, S * F / 2 if beta == 1 else ZERO, ZERO]
    squares = A**2, B**2, (S + 1) ** 2 if beta == 1 else S**2
    variables = fmpq_mpoly_ctx.get(("k", "A", "C", "R"), "deglex").gens()
    degree, total = 5 if beta == 1 else 3, [ZERO] * 5
    for j, polynomial in enumerate(q(beta, *variables)):
        powers = [ZERO] * (degree + 1)
        for (i, *exponents), c in polynomial.to_dict().items():
            term = ONE * c
            for square, exponent in zip(squares, exponents, strict=True):
                term *= square**exponent
            powers[i] += term
        element = [X**j * each for each in density]
        for i, power in enumerate(powers):
            # The element is over (1 − x)^i; θ(v/(1−x)^i) = (δv + i x v)/(1−x)^{i+1}.
            total = [t + (-1) ** i * power * (1 - X) ** (degree - i) * v for t, v in zip(total, element, strict=True)]
            element = [d + i * X * v for d, v in zip(delta(element), element, strict=True)]
    return total


@pytest.mark.parametrize("beta", [1, 2])
def test_the_recurrence_follows_from_the_density(beta: int) -> None:
    assert proof(beta, coefficients) == [ZERO] * 5


@pytest.mark.parametrize("beta", [1, 2])
def test_another_coefficient_is_refuted(beta: int) -> None:
    for at in range(5 if beta == 1 else 3):

        def wrong(beta: int, *variables: Any, at: int = at) -> list[Any]:
            q = coefficients(beta, *variables)
            q[at] = q[at] + variables[1]
            return q

        assert any(proof(beta, wrong))


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize(
    ("m", "n1", "n2"), [(3, 5, 20), (2, Fraction(7, 2), 11), (12, 40, 31), (4, 2, Fraction(16, 3))]
)
def test_three_routes_agree_to_degree_twelve(m: int, n1: Any, n2: Any, beta: int) -> None:
    kadell = [jacobi_power_sum((k,), m, n1, n1 + n2, beta) for k in range(1, 13)]
    assert jacobi_traces(12, m, n1, n1 + n2, beta, lambda k, _: kadell[k - 1])[1:] == kadell
    loops = jacobi_power_sums(12, m, n1, n1 + n2, beta)
    assert [loops[k,] for k in range(1, 13)] == kadell


@pytest.mark.parametrize("beta", [1, 2, 4, Fraction(3, 2)])
def test_products_agree_with_the_loop_equations(beta: Any) -> None:
    loops = jacobi_power_sums(6, 3, 4, Fraction(57, 5), beta)
    found = {label: jacobi_power_sum(label, 3, 4, Fraction(57, 5), beta) for label in loops if label}
    assert found == {label: value for label, value in loops.items() if label}


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize(("m", "n1", "n2"), [(2, 4, 6), (1, 3, 11), (3, 4, 8), (2, 2, 3)])
def test_where_the_last_coefficient_vanishes_the_moments_are_power_series(m: int, n1: int, n2: int, beta: int) -> None:
    # β = 1, n_1 + n_2 = 10: q_4 = 0 at k = 0 and at k = 6.
    expected = [jacobi_power_sum((k,), m, n1, n1 + n2, beta) for k in range(1, 19)]
    asked: list[int] = []

    def start(k: int, y: Any) -> Any:
        asked.append(k)
        if isinstance(y, fmpq_series):
            return jacobi_power_sum_near((k,), m, n1, y, beta)
        return jacobi_power_sum((k,), m, n1, y, beta)

    assert jacobi_traces(18, m, n1, n1 + n2, beta, start)[1:] == expected
    assert asked == list(range(1, 3 if beta == 2 else 5))
    assert coefficients(1, 6, 4, 16, 81)[-1] == coefficients(1, 0, 4, 16, 81)[-1] == 0


def test_what_is_out_of_reach_is_refused() -> None:
    with pytest.raises(MethodError, match="jack-kadell"):
        jacobi_traces(3, 2, 3, 7, 3, lambda k, _: fmpq(k))
    with pytest.raises(LimitError, match="2,000"):
        jacobi_traces(3000, 2, 3, 7, 1, lambda k, _: fmpq(k))
