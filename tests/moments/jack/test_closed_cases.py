"""Closed forms and sums over one row against the sum over all partitions, integrals and known values."""

import time
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from scipy import integrate, special

from wishart_moments import DomainError, hypergeometric, hypergeometric_partial_sum

DIAGONALS = [[1.0, 0.5, 0.25], [0.75, -0.5, 0.25], [-1.0, -0.5, 0.0]]


def test_the_constant_of_bingham_with_large_eigenvalues() -> None:
    start = time.process_time()
    found = hypergeometric(["1/2"], ["3/2"], np.diag([0.0, 50, 200]))
    assert time.process_time() - start < 5  # forty-six seconds by partitions
    assert found.value == pytest.approx(2.09209759307e84, rel=1e-11)
    assert found.proved
    # A shift by 200 I is a factor e^200.
    shifted = hypergeometric(["1/2"], ["3/2"], np.diag([-200.0, -150, 0]))
    assert found.value == pytest.approx(np.exp(200) * shifted.value, rel=1e-12)


def test_binghams_constant_is_an_integral_over_the_sphere() -> None:
    a, b = 3.0, 7.0
    # x_1² = (1 − t²) cos²φ, x_2² = (1 − t²) sin²φ: the angle gives a Bessel function.
    value, _ = integrate.quad(lambda t: np.exp((1 - t * t) * (a + b) / 2) * special.i0((1 - t * t) * (b - a) / 2), 0, 1)
    assert float(hypergeometric(["1/2"], ["3/2"], np.diag([a, b, 0]))) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("x", DIAGONALS)
@pytest.mark.parametrize(
    ("upper", "lower", "beta"),
    [([], [], 1), (["1/2"], ["3/2"], 1), (["1/2"], ["9/2"], 1), ([1], [3], 2), ([2, 1], [5, 4], 2), ([2], [9], 4)],
)
def test_they_are_the_sum_over_all_partitions(
    upper: list[object], lower: list[object], beta: int, x: list[float]
) -> None:
    short, long = (hypergeometric(upper, lower, np.diag(x), beta=beta, order=order) for order in (None, 24))
    assert abs(short.value - long.value) <= short.error + long.error
    assert short.proved
    assert short.error < 1e-9 * abs(short.value)


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_one_upper_parameter_is_a_power_of_the_determinant(beta: int) -> None:
    x = np.array([[0.3, 0.1], [0.1, -0.2]])
    found = hypergeometric(["3/4"], [], x, beta=beta)
    assert found.value == pytest.approx(np.linalg.det(np.eye(2) - x) ** -0.75, rel=1e-14)
    with pytest.raises(DomainError, match="converges"):
        hypergeometric(["3/4"], [], np.diag([1.5, 0]))


def test_gauss_at_the_identity_is_a_sum_that_ends() -> None:
    # With a = −2 the series ends: Chu and Vandermonde, exactly.
    exact = hypergeometric_partial_sum([-2, "1/2"], [4], np.eye(2).astype(int).tolist(), 4)
    assert float(hypergeometric([-2, "1/2"], [4], np.eye(2))) == pytest.approx(float(Fraction(exact)), rel=1e-13)


def test_gauss_at_the_identity_is_the_limit() -> None:
    at_one = float(hypergeometric([0.5, 0.25], [6], np.eye(2)))
    near = [float(hypergeometric([0.5, 0.25], [6], (1 - h) * np.eye(2))) for h in (0.1, 0.05)]
    assert at_one == pytest.approx(2 * near[1] - near[0], rel=1e-3)
    assert near[0] < near[1] < at_one


@pytest.mark.parametrize(("x", "beta"), [(1e4, 1), (-1e4, 1), (-3.5, 4), (0.25, 2)])
def test_one_eigenvalue_is_a_scalar_function(x: float, beta: int) -> None:
    with mpmath.workdps(30):
        exact = mpmath.log(mpmath.hyp1f1(1.25, 2.75, x))
        found = hypergeometric([1.25], [2.75], np.diag([x, 0, 0]), beta=beta, log=True)
        assert abs(found.value - exact) <= found.error < 1e-14 * abs(exact) + 1e-14


@pytest.mark.parametrize(
    ("sizes", "a"),
    [pytest.param((380.0, 400.0), 1.5, marks=pytest.mark.slow), ((-90.0, -100.0), 1.5), ((20.0, 3.0), 2.5)],
)
def test_logarithms_of_large_values_by_a_determinant_of_scalar_functions(sizes: tuple[float, float], a: float) -> None:
    # Complex: det[x_i^{2−j} 1F1(a − j + 1; b − j + 1; x_i)]/(x_1 − x_2); Gross, Richards, Trans. AMS 301 (1987) 781.
    b = 3.5
    with mpmath.workdps(60):
        rows = [[x * mpmath.hyp1f1(a, b, x), mpmath.hyp1f1(a - 1, b - 1, x)] for x in map(mpmath.mpf, sizes)]
        exact = mpmath.log(mpmath.det(mpmath.matrix(rows)) / (sizes[0] - sizes[1]))
        found = hypergeometric([a], [b], np.diag(sizes), beta=2, log=True)
        assert abs(found.value - exact) <= found.error < 1e-8
    if exact < 700:
        plain = float(hypergeometric([a], [b], np.diag(sizes), beta=2))
        assert plain == pytest.approx(float(mpmath.exp(exact)), rel=1e-9)


def test_what_exceeds_the_range_of_floats_is_refused_and_its_logarithm_is_not() -> None:
    large = np.diag([0, 500.0, 2000.0])
    with pytest.raises(DomainError, match=r"the value at x exceeds the range of floats.*log=True"):
        hypergeometric([0.5], [1.5], large)
    # Kummer makes it one over a single row: 1F1(b − θ; b; X) = etr(X) 1F1(θ; b; −X).
    first = hypergeometric([0.5], [2.5], -large, log=True)
    second = hypergeometric([2], [2.5], large, log=True)
    assert second.value == pytest.approx(2500 + first.value, rel=1e-14)
    assert hypergeometric([], [], np.diag([400, 500]), log=True).value == 900
    with pytest.raises(DomainError, match="need a positive value for its logarithm"):
        hypergeometric([-1], [1.5], np.diag([3, 0]), log=True)


@pytest.mark.parametrize("compute", [hypergeometric, lambda a, b, x: hypergeometric_partial_sum(a, b, x, 2)])
def test_a_matrix_is_refused_by_its_own_name(compute: object) -> None:
    for x in ([[1, 2]], [[1, 2], [3, 4]], [["a", 0], [0, 1]]):
        with pytest.raises(DomainError, match=r"\bx\b") as refusal:
            compute([], [], x)  # type: ignore[operator]
        assert "scale" not in str(refusal.value)
