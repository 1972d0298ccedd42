"""Determinants against series, closed forms, averages over the unitary group, and each other."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments import DomainError, hypergeometric

SHAPES = [(0, 0), (0, 1), (1, 1), (1, 0), (2, 1), (2, 2), (1, 2), (3, 2)]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_they_are_the_sum_over_partitions(data: st.DataObject) -> None:
    m, (p, q) = data.draw(st.integers(1, 4)), data.draw(st.sampled_from(SHAPES))
    upper = data.draw(st.lists(st.integers(-12, 40).map(lambda j: j / 8), min_size=p, max_size=p))
    lower = data.draw(st.lists(st.integers(1, 40).map(lambda j: m + j / 8), min_size=q, max_size=q))
    largest = 0.4 if p > q else 1.0
    # Equal eigenvalues, close ones, zeros.
    eigenvalue = st.sampled_from([0.0, largest, -largest / 2, largest * (1 - 1e-12)]) | st.floats(-largest, largest)
    eigenvalues = st.lists(eigenvalue, min_size=m, max_size=m).map(np.diag)
    matrices = [data.draw(eigenvalues) for _ in range(data.draw(st.integers(1, 2)))]
    long = hypergeometric(upper, lower, *matrices, beta=2, order=26)
    short = hypergeometric(upper, lower, *matrices, beta=2)
    assert short.proved
    assert abs(short.value - long.value) <= short.error + long.error + 1e-12 * abs(long.value)


def test_two_matrices_of_two_rows() -> None:
    # The mean of exp tr(X U Y U*) is (e^{x1 y1 + x2 y2} − e^{x1 y2 + x2 y1})/((x1 − x2)(y1 − y2)).
    (a, b), (c, d) = (3.0, -1.5), (0.25, 40.0)
    expected = (math.exp(a * c + b * d) - math.exp(a * d + b * c)) / ((a - b) * (c - d))
    found = hypergeometric([], [], np.diag([a, b]), np.diag([c, d]), beta=2)
    assert found.value == pytest.approx(expected, rel=1e-13)
    assert found.error < 1e-12 * found.value


def test_the_mean_over_the_unitary_group() -> None:
    rng, x, y = np.random.default_rng(5), np.array([1.0, 1.0, -0.5]), np.array([0.8, 0.0, -1.0])
    z = rng.standard_normal((100_000, 3, 3)) + 1j * rng.standard_normal((100_000, 3, 3))
    # The columns' phases do not matter: |U_ij|² only.
    u = np.abs(np.linalg.qr(z)[0]) ** 2
    values = np.exp(np.einsum("i,dij,j->d", x, u, y))
    found = hypergeometric([], [], np.diag(x), np.diag(y), beta=2)
    assert abs(values.mean() - found.value) < 5.5 * values.std() / math.sqrt(len(values))


@pytest.mark.parametrize("m", [3, 20, 40])
def test_large_matrices_by_kummers_transformation(m: int) -> None:
    x = np.linspace(1, 100, m)
    a, b = m + 0.5, m + 3.25
    first = hypergeometric([a], [b], np.diag(x), beta=2, log=True)
    second = hypergeometric([b - a], [b], np.diag(-x), beta=2, log=True)
    assert abs(first.value - second.value - x.sum()) <= first.error + second.error + 1e-12


def test_gauss_function_is_continued_below_minus_one() -> None:
    # Pfaff: 2F1(a, b; c; X) = det(I − X)^{−a} 2F1(a, c − b; c; −X(I − X)^{−1}).
    x, (a, b, c) = np.array([-30.0, -2.0, 0.5]), (1.5, 2.25, 5.0)
    found = hypergeometric([a, b], [c], np.diag(x), beta=2)
    image = hypergeometric([a, c - b], [c], np.diag(-x / (1 - x)), beta=2)
    assert found.value == pytest.approx(float(np.prod(1 - x) ** -a) * image.value, rel=1e-12)
    for beta in (1, 2, 4):
        power = hypergeometric([a], [], np.diag(x), beta=beta)
        assert power.value == pytest.approx(float(np.prod(1 - x) ** -a), rel=1e-13)
        assert hypergeometric([a, b], [c], [[-30.0]], beta=beta).value == pytest.approx(
            float(mpmath.hyp2f1(a, b, c, -30)), rel=1e-13
        )
    with pytest.raises(DomainError, match="converges"):
        hypergeometric([a, b], [c], np.diag([-2.0, 1.5]), beta=2)


def test_close_eigenvalues_cost_no_digits() -> None:
    y = np.linspace(0.0, 3.0, 12)
    close = 1 + 1e-13 * np.random.default_rng(2).standard_normal(12)
    found = hypergeometric([], [], np.diag(close), np.diag(y), beta=2, log=True)
    # To first order the mean of exp tr(X U Y U*) is exp(tr X tr Y/m), the second is of order 1e-26.
    assert found.value == pytest.approx(close.sum() * y.sum() / 12, rel=1e-14)


@pytest.mark.parametrize("beta", [1, 2, 3])
@pytest.mark.parametrize(("upper", "lower"), [([], ["7/2"]), (["-1/2"], ["7/2"]), (["1/2"], []), (["1/2", 2], ["9/2"])])
def test_a_multiple_of_the_identity_is_multiplied_without_rounding(
    upper: list[object], lower: list[object], beta: int
) -> None:
    x, y = 0.9, 0.7 if len(upper) > len(lower) else 150.0  # neither product is a float
    a, b = (
        [mpmath.mpf(Fraction(str(each)).numerator) / Fraction(str(each)).denominator for each in p]
        for p in (upper, lower)
    )
    with mpmath.workdps(40):
        expected = mpmath.hyper(a, b, mpmath.mpf(x) * y)
        for one, other in (([x], [y]), ([0.0, x], [y, y]), ([y, y, y], [0.0, 0.0, x])):
            found = hypergeometric(upper, lower, np.diag(one), np.diag(other), beta=beta)
            assert abs(found.value - expected) <= found.error


def test_values_of_tiny_relative_size_by_kummers_transformation() -> None:
    # 1F1(1/2; 3/2; −X) of beta = 2 falls as fast as e^{−min x}, by more bits than the determinant may have.
    found = hypergeometric(["1/2"], ["3/2"], np.diag([-1e8, -1e7]), beta=2, log=True)
    other = hypergeometric([1], ["3/2"], np.diag([1e8, 1e7]), beta=2, log=True)
    assert abs(found.value - (other.value - 1.1e8)) <= found.error + other.error + 1e-7


@pytest.mark.parametrize("log", [False, True])
def test_logarithms_beyond_floats_are_refused(log: bool) -> None:
    with pytest.raises(DomainError, match="the logarithm of the value exceeds the range of floats"):
        hypergeometric([], [], np.diag([1e300, 1.0]), np.diag([1e300, 2.0]), beta=2, log=log)
    with pytest.raises(DomainError, match="converges for"):
        hypergeometric(["1/2", "1/3", "1/5"], ["7/2", "9/2"], np.diag([-5, 0.5]), beta=2, log=log)
