"""The determinants of both ends: by monomials, by quadrature, by duality of the ends; and their tails."""

from fractions import Fraction
from typing import Any

import mpmath
import pytest

from wishart_moments.moments.extremes.interval import probability
from wishart_moments.moments.extremes.weights import Jacobi, Laguerre


def by_monomials(gamma: Any, m: int, beta: int) -> Any:
    """Return the integral of Π |x_i − x_j|^β over m points, by the classical determinants of single integrals.

    gamma(i) = ∫ x^i v dx, v the weight of the ensemble; for β = 1 gamma(i, j) = ∫∫ sgn(y − x) x^i y^j v v.
    """
    if beta == 2:
        return mpmath.det(mpmath.matrix([[gamma(i + j) for j in range(m)] for i in range(m)]))
    if beta == 4:
        rows = range(2 * m)
        matrix = [[(j - i) * gamma(i + j - 1) if i != j else 0 for j in rows] for i in rows]
        return mpmath.sqrt(mpmath.det(mpmath.matrix(matrix)))
    matrix = [[gamma(i, j) for j in range(m)] for i in range(m)]
    if m % 2:
        single = [gamma(i, None) for i in range(m)]
        matrix = [[*row, x] for row, x in zip(matrix, single, strict=True)] + [[*(-x for x in single), 0]]
    return mpmath.sqrt(mpmath.det(mpmath.matrix(matrix)))


def integrals(density: Any, low: Any, high: Any, beta: int) -> Any:
    """Return the function gamma of `by_monomials` for a density on (low, high), by quadrature."""

    def single(i: int, a: Any, b: Any) -> Any:
        return mpmath.quad(lambda x: x**i * density(x), [a, b])

    if beta > 1:
        return lambda i: single(i, low, high)

    def pair(i: int, j: int | None) -> Any:
        if j is None:
            return single(i, low, high)
        if i >= j:
            return -pair(j, i) if i > j else mpmath.mpf(0)
        return mpmath.quad(
            lambda y: y**j * density(y) * single(i, low, y) - y**i * density(y) * single(j, low, y), [low, high]
        )

    return pair


@pytest.mark.parametrize(("m", "beta"), [(1, 1), (2, 1), (1, 2), (2, 2), (3, 2), (1, 4), (2, 4), (3, 4)])
@pytest.mark.parametrize("upper", [False, True])
def test_jacobi_weights_by_monomials_and_quadrature(m: int, beta: int, upper: bool) -> None:
    a, b, t = 3, 5, Fraction(2, 5)
    with mpmath.workdps(18):
        # β = 1: √(w/f); β = 4: f w.
        shift = {1: mpmath.mpf(-1), 2: mpmath.mpf(0), 4: mpmath.mpf(1)}[beta]
        power = {1: mpmath.mpf(1) / 2, 2: mpmath.mpf(1), 4: mpmath.mpf(1)}[beta]

        def density(x: Any) -> Any:
            return x ** ((a + shift) * power) * (1 - x) ** ((b + shift) * power)

        point = mpmath.mpf(2) / 5
        part = by_monomials(integrals(density, point if upper else 0, 1 if upper else point, beta), m, beta)
        expected = part / by_monomials(integrals(density, 0, 1, beta), m, beta)
    found = probability(Jacobi(Fraction(a), Fraction(b)), t, m, beta, upper=upper)
    assert found.value == pytest.approx(float(expected), rel=1e-10)
    assert found.error < 1e-16 * found.value


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize("m", [1, 2, 5, 8])
def test_the_ends_of_jacobi_change_places(m: int, beta: int) -> None:
    a, b, t = Fraction(1, 3), Fraction(7, 2), Fraction(3, 7)
    left, right = Jacobi(a, b), Jacobi(b, a)
    for complement in (False, True):
        below = probability(left, t, m, beta, complement=complement)
        above = probability(right, 1 - t, m, beta, upper=True, complement=complement)
        assert abs(below.value - above.value) <= below.error + above.error


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_jacobi_tends_to_laguerre(beta: int) -> None:
    # x = y/b, b → ∞: the error is O(1/b).
    t, m, a = Fraction(5), 4, Fraction(2)
    limit = probability(Laguerre(a), t, m, beta).value
    errors = [abs(probability(Jacobi(a, Fraction(b)), t / b, m, beta).value - limit) for b in (4_000, 8_000)]
    assert errors[0] < 0.02
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.05)


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("m", [3, 4])
def test_small_and_large_probabilities_have_all_their_digits(m: int, beta: int, upper: bool) -> None:
    for t in (Fraction(1, 50), Fraction(6), Fraction(60)):
        found, rest = (
            probability(Laguerre(Fraction(3)), t, m, beta, upper=upper, complement=complement)
            for complement in (False, True)
        )
        assert found.value + rest.value == pytest.approx(1, rel=1e-15)
        assert found.error < 4e-16 * found.value
        assert rest.error < 4e-16 * rest.value


def test_what_is_below_all_floats_is_zero() -> None:
    found = probability(Laguerre(Fraction(0)), Fraction(1, 10**60), 6, 2)
    assert found.value == 0
    assert found.error <= 5e-324
    assert probability(Laguerre(Fraction(0)), Fraction(10) ** 300, 6, 1, complement=True).value == 0


@pytest.mark.parametrize(("m", "n", "x"), [(30, 60, 160), (31, 40, 130)])
def test_two_precisions_agree(m: int, n: int, x: int) -> None:
    weight = Laguerre(Fraction(n - m))
    for beta in (1, 2):
        found = probability(weight, Fraction(x), m, beta)
        rest = probability(weight, Fraction(x), m, beta, complement=True)
        assert abs(found.value + rest.value - 1) <= found.error + rest.error + 2e-16
