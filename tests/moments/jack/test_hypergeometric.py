"""pFq of a matrix argument: closed forms, one variable, determinants for β = 2, averages, and bounds that hold."""

import math
import time
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from math import factorial, prod
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from wishart_moments.combinatorics.partitions import partitions
from wishart_moments.errors import DomainError, LimitError, MethodError, WishartError
from wishart_moments.moments.jack.hypergeometric import hypergeometric
from wishart_moments.moments.jack.hypergeometric_exact import generalised_pochhammer, hypergeometric_partial_sum
from wishart_moments.moments.jack.hypergeometric_tail import box_factors, intercept, supremum
from wishart_moments.moments.jack.zonal_polynomial import zonal_polynomial

NOTHING: Any = None
DYSON = [1, 2, 4, Fraction(3, 2)]


def near(found: Any, expected: float) -> bool:
    """Whether the value is within its own error, proved, and that error small."""
    slack = 1e-14 * abs(expected)  # the expected value's own roundings
    return found.proved and abs(found.value - expected) <= found.error + slack and found.error <= 1e-8 * abs(expected)


@pytest.mark.parametrize("beta", DYSON)
@pytest.mark.parametrize(
    "x", [[0.3], [1.0, 2.0], [0.5, 0.5, 0.5], [2.0, -1.0, 0.0], [-3.0, -1.0, -0.5], [0.2, 0.4, 0.6, 1.0]]
)
def test_without_parameters_it_is_the_exponential_of_the_trace(x: list[float], beta: Any) -> None:
    assert near(hypergeometric([], [], np.diag(x), beta=beta), math.exp(sum(x)))


@pytest.mark.parametrize("beta", DYSON)
@pytest.mark.parametrize("x", [[0.3], [0.1, 0.3], [0.25, 0.25, 0.25], [0.2, -0.1, 0.0], [-0.3, -0.2, -0.1]])
@pytest.mark.parametrize("a", [0.7, 5.25, -2])
def test_one_upper_parameter_is_a_power_of_the_determinant(a: float, x: list[float], beta: Any) -> None:
    assert near(hypergeometric([a], [], np.diag(x), beta=beta), prod((1 - v) ** -a for v in x))


@pytest.mark.parametrize("z", [-20.0, -0.7, 0.0, 4.0, 30.0])
@pytest.mark.parametrize(("a", "b"), [(0.7, 2.2), (2.7, 1.2), (-0.5, 0.5), (3.0, 3.0), (0.5, -1.5)])
def test_one_variable_is_kummers_function(a: float, b: float, z: float) -> None:
    assert near(hypergeometric([a], [b], [[z]]), float(mpmath.hyp1f1(a, b, z)))


@pytest.mark.parametrize("z", [-3.0, -0.7, 0.0, 0.3, 0.8])
@pytest.mark.parametrize(("a", "b", "c"), [(0.7, 1.1, 2.2), (2.7, 1.1, 1.2), (0.5, 0.5, 0.5), (-3, 2, 0.5)])
def test_one_variable_is_gauss_function(a: float, b: float, c: float, z: float) -> None:
    assert near(hypergeometric([a, b], [c], [[z]]), float(mpmath.hyp2f1(a, b, c, z)))


@pytest.mark.parametrize(
    ("upper", "lower", "z"),
    [
        ([], [2.2], 9.0),
        ([], [2.2], -9.0),
        ([1, 2.5], [0.3, 1.2], 0.9),
        ([1, 2.5, 0.2], [0.3, 1.2], 0.5),
        ([2], [3, 1.5], 20),
    ],
)
def test_one_variable_is_the_generalised_function(upper: list[float], lower: list[float], z: float) -> None:
    assert near(hypergeometric(upper, lower, [[z]]), float(mpmath.hyper(upper, lower, z)))


def test_published_values() -> None:
    # The tests of the R package HypergeoMat 4.0 (Laurent): 2F1(1, 2; 3; diag(1/5, 1/2)), degrees up to 10.
    exact = hypergeometric_partial_sum([1, 2], [3], [["1/5", 0], [0, "1/2"]], 10)
    assert float(exact) == pytest.approx(1.79412894456143, rel=1e-14)
    assert hypergeometric([1, 2], [3], np.diag([0.2, 0.5]), order=10).order == 10
    # Zucker, Joyce, Math. Proc. Camb. Phil. Soc. 131 (2001) 309: 2F1(1/3, 2/3; 5/6; 27/32) = 8/5.
    assert near(hypergeometric(["1/3", "2/3"], ["5/6"], [[27 / 32]]), 1.6)


def determinantal(upper: list[float], lower: list[float], x: list[float]) -> float:
    """β = 2: det(x_i^{m−j} pFq(a − j + 1; b − j + 1; x_i)) / Π_{i<j} (x_i − x_j) (Gross, Richards 1989)."""
    m = len(x)
    with mpmath.workdps(60):
        rows = [
            [
                mpmath.mpf(v) ** (m - 1 - j) * mpmath.hyper([a - j for a in upper], [b - j for b in lower], v)
                for j in range(m)
            ]
            for v in x
        ]
        vandermonde = mpmath.fprod(mpmath.mpf(x[i]) - x[j] for i in range(m) for j in range(i + 1, m))
        return float(mpmath.det(mpmath.matrix(rows)) / vandermonde)


@pytest.mark.parametrize("x", [[0.4, 0.3, 0.1], [-0.5, -0.25, -1.0], [0.45, -0.6], [0.3, 0.25, 0.2, 0.1]])
@pytest.mark.parametrize(
    ("upper", "lower"),
    [([], [4.5]), ([3.5], [6.25]), ([6.25], [3.5]), ([3.5, 4.5], [5.5]), ([0.75, 1.5], [6.5]), ([4.5, 5.0], [4.25])],
)
def test_complex_functions_are_determinants(upper: list[float], lower: list[float], x: list[float]) -> None:
    assert near(hypergeometric(upper, lower, np.diag(x), beta=2), determinantal(upper, lower, x))


@pytest.mark.parametrize("beta", DYSON)
@pytest.mark.parametrize(
    ("upper", "lower"),
    [([3], [7]), ([2.5, 3], [9]), ([], [4.5]), ([7], [5.5])],
)
def test_floats_are_the_exact_partial_sums(upper: list[float], lower: list[float], beta: Any) -> None:
    x = [[Fraction(1, 4), 0, 0], [0, Fraction(-1, 8), 0], [0, 0, Fraction(3, 8)]]
    exact = hypergeometric_partial_sum(upper, lower, x, 9, beta=beta)
    assert isinstance(exact, Fraction)
    found = hypergeometric(upper, lower, x, beta=beta, order=9)
    assert found.order == 9
    # A transformation may have been made: the two differ by what they leave out.
    rest = hypergeometric(upper, lower, x, beta=beta, tolerance=1e-12)
    assert abs(found.value - rest.value) <= found.error + rest.error
    assert abs(float(exact) - rest.value) < 1e-3


@pytest.mark.parametrize("beta", DYSON)
@pytest.mark.parametrize("m", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_sum_of_chu_and_vandermonde(size: int, m: int, beta: Any) -> None:
    # 2F1(−N, b; c; I) = (c − b)_κ/(c)_κ, κ = (N, …, N): exact, since the series ends.
    b, c, kappa = Fraction(7, 3), Fraction(29, 2), (size,) * m
    identity = [[int(i == j) for j in range(m)] for i in range(m)]
    expected = generalised_pochhammer(c - b, kappa, beta) / generalised_pochhammer(c, kappa, beta)
    assert hypergeometric_partial_sum([-size, b], [c], identity, size * m, beta=beta) == expected
    assert near(hypergeometric([-size, b], [c], np.eye(m), beta=beta), float(expected))


@pytest.mark.parametrize("beta", DYSON)
def test_the_sum_of_gauss_is_the_limit_at_the_identity(beta: Any) -> None:
    m, a, b, c, theta = 2, 2.5, 2.0, 30.0, float(Fraction(beta) / 2)

    def log_gamma(v: float) -> float:
        return sum(math.lgamma(v - theta * i) for i in range(m))

    expected = math.exp(log_gamma(c) + log_gamma(c - a - b) - log_gamma(c - a) - log_gamma(c - b))
    # At (1 − ε) I, extrapolated: the function is smooth there, since c − a − b is large.
    points = [(1 - 0.3 / 2**j) * np.eye(m) for j in range(4)]
    steps = [float(hypergeometric([a, b], [c], x, beta=beta, tolerance=1e-9)) for x in points]
    for order in range(1, 4):
        steps = [(2**order * after - before) / (2**order - 1) for before, after in pairwise(steps)]
    assert steps[0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("beta", DYSON)
def test_transformations_of_kummer_pfaff_and_euler(beta: Any) -> None:
    x = np.array([0.4, 0.3, 0.1])
    a, b, c = 4.5, 5.0, 9.25
    small = [[Fraction(-1, 8), 0, 0], [0, Fraction(-1, 10), 0], [0, 0, Fraction(-1, 20)]]
    kummer = hypergeometric([a], [c], small, beta=beta)
    # 0.275^10/10! is below 1e-12.
    assert kummer.value == pytest.approx(float(hypergeometric_partial_sum([a], [c], small, 9, beta=beta)), rel=1e-9)
    euler = hypergeometric([a, b], [c], np.diag(x), beta=beta)
    other = hypergeometric([c - a, c - b], [c], np.diag(x), beta=beta)
    assert euler.value == pytest.approx(other.value * prod((1 - x) ** (c - a - b)), rel=1e-8)
    pfaff = hypergeometric([a, b], [c], np.diag(-x / (1 - x)), beta=beta)
    assert pfaff.value == pytest.approx(
        prod((1 - x) ** b) * hypergeometric([c - a, b], [c], np.diag(x), beta=beta).value, rel=1e-8
    )


@pytest.mark.parametrize("beta", DYSON)
def test_a_second_matrix_that_is_a_multiple_of_the_identity(beta: Any) -> None:
    x = np.diag([0.5, 0.2, -0.1])
    for upper, lower in (([], []), ([2.5], [6.5]), ([], [4.5])):
        one = hypergeometric(upper, lower, 2 * x, beta=beta)
        assert near(hypergeometric(upper, lower, x, 2 * np.eye(3), beta=beta), one.value)
        nearly = hypergeometric(upper, lower, x, np.diag([2, 2, 2 + 1e-12]), beta=beta)
        assert nearly.value == pytest.approx(one.value, rel=1e-9)


def test_two_complex_matrices_are_a_determinant() -> None:
    # Harish-Chandra, Itzykson, Zuber: 0F0(X, Y) = Π_{j<m} j! det(e^{x_i y_j}) / (Δ(x) Δ(y)).
    x, y = [0.9, -0.4, 0.2], [1.5, -1.0, 0.3]
    with mpmath.workdps(40):
        exponentials = mpmath.matrix([[mpmath.exp(mpmath.mpf(u) * v) for v in y] for u in x])
        product = [(mpmath.mpf(v[i]) - v[j]) for v in (x, y) for i in range(3) for j in range(i + 1, 3)]
        expected = float(2 * mpmath.det(exponentials) / mpmath.fprod(product))
    assert near(hypergeometric([], [], np.diag(x), np.diag(y), beta=2), expected)
    assert near(hypergeometric([], [], np.diag(y), np.diag(x), beta=2), expected)


def test_two_real_matrices_are_an_average_over_rotations() -> None:
    # m = 2: the average of exp tr(X H Y Hᵀ) is e^{p q/2} I_0((x_1−x_2)(y_1−y_2)/2), p = tr X, q = tr Y.
    x, y = [0.7, -0.2], [1.0, 3.0]
    expected = math.exp(sum(x) * sum(y) / 2) * float(mpmath.besseli(0, (x[0] - x[1]) * (y[0] - y[1]) / 2))
    assert near(hypergeometric([], [], np.diag(x), np.diag(y)), expected)
    low_rank = hypergeometric([], [], np.diag([0.7, 0.0]), np.diag(y))
    assert near(low_rank, math.exp(0.35 * sum(y)) * float(mpmath.besseli(0, 0.7)))


def test_the_bessel_function_is_an_average_over_the_orthogonal_group() -> None:
    # 0F1(n/2; XXᵀ/4) = ∫ exp tr(X H) dH over m×n frames (James 1964; Muirhead theorem 7.4.1).
    rng, m, n, draws = np.random.default_rng(11), 2, 4, 200_000
    x = np.array([[1.0, 0.5, 0.0, 0.3], [0.0, -0.7, 0.4, 0.2]])
    frames = np.linalg.qr(rng.standard_normal((draws, n, m)))[0]
    # QR fixes no sign: the frame's columns get random ones.
    frames = frames * rng.choice([-1.0, 1.0], (draws, 1, m))
    values = np.exp(np.einsum("ij,dji->d", x, frames))
    found = hypergeometric([], [Fraction(n, 2)], x @ x.T / 4)
    assert abs(values.mean() - found.value) < 5 * values.std() / math.sqrt(draws)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_bounds_are_never_violated(data: st.DataObject) -> None:
    beta = data.draw(st.sampled_from(DYSON))
    m = data.draw(st.integers(1, 3))
    parameter = st.integers(-6, 60).map(lambda j: j / 8 + 1 / 16)
    p, q = data.draw(st.sampled_from([(0, 0), (0, 1), (1, 1), (1, 0), (2, 1), (2, 2), (1, 2), (3, 2)]))
    largest = 0.4 if p > q else 2.0
    x = np.diag(data.draw(st.lists(st.floats(-largest, largest), min_size=m, max_size=m)))
    upper, lower = (data.draw(st.lists(parameter, min_size=size, max_size=size)) for size in (p, q))
    order = data.draw(st.integers(1, 9))
    try:
        low = hypergeometric(upper, lower, x, beta=beta, order=order)
        high = hypergeometric(upper, lower, x, beta=beta, order=22)
    except DomainError:  # a pole
        reject()
    if low.proved and high.proved:
        assert abs(low.value - high.value) <= low.error + high.error
    if high.proved:
        assert not low.proved or high.error <= low.error * (1 + 1e-9) + 1e-10 * abs(high.value)


@pytest.mark.parametrize("tiny", [5e-324, -2.3e-313, 1e-308, -1e-200])
def test_matrices_near_the_end_of_floats_give_1(tiny: float) -> None:
    for p, q in [(0, 0), (0, 1), (1, 1), (2, 1), (1, 2), (0, 4)]:
        for m in (1, 2):
            found = hypergeometric([1.25] * p, [1 / 16] * q, np.diag([tiny] * m))
            assert found.proved
            assert abs(found.value - 1) <= found.error < 1e-9


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_suprema_are_upper_bounds(data: st.DataObject) -> None:
    parameter = st.floats(-5, 12)
    q = data.draw(st.integers(0, 2))
    p = data.draw(st.integers(0, q))
    upper, lower = (data.draw(st.lists(parameter, min_size=size, max_size=size)) for size in (p, q))
    theta, rows = data.draw(st.sampled_from([0.5, 1.0, 2.0])), data.draw(st.integers(1, 4))
    first = data.draw(st.integers(0, 5))
    u = (np.arange(first, first + 400)[:, None] - theta * np.arange(rows)).ravel()
    assume(not lower or min(np.abs(b + u).min() for b in lower) >= 1e-6)
    bound = supremum(upper, lower, theta, rows, first)
    assert np.abs(box_factors(upper, lower, u)).max() <= bound * (1 + 1e-12)
    if first == 0:
        more = [*upper, *data.draw(st.lists(parameter, min_size=q + 1 - p, max_size=q + 1 - p))]
        assert (np.abs(box_factors(more, lower, u)) - u).max() <= intercept(more, lower, theta, rows) + 1e-9


def test_an_order_that_proves_nothing_gives_an_estimate() -> None:
    found = hypergeometric([], [2], np.diag([100.0, 50.0]), order=2)
    assert not found.proved
    assert found.error == math.inf
    nearly = hypergeometric([3], [5], np.diag([6.0, 5.0]), order=11)
    rest = hypergeometric([3], [5], np.diag([6.0, 5.0]))
    assert nearly.order == 11
    assert abs(nearly.value - rest.value) <= 3 * nearly.error
    assert not hypergeometric([3], [5], np.diag([6.0, 5.0]), order=0).proved
    assert hypergeometric([3], [5], np.zeros((2, 2)), order=0).error < 1e-15


@pytest.mark.parametrize("beta", DYSON)
def test_the_pochhammer_symbol(beta: Any) -> None:
    theta = Fraction(beta) / 2
    for kappa in partitions(5):
        rows = prod(prod((3 - theta * i + j for j in range(part)), start=Fraction(1)) for i, part in enumerate(kappa))
        assert generalised_pochhammer(3, kappa, beta) == rows
        a = sympy.Symbol("a")
        assert generalised_pochhammer(a, kappa, beta).subs(a, 3) == rows
        # (m/2)_κ is what C_κ(I) is made of.
        value = generalised_pochhammer(4 * theta, kappa, beta)
        c = zonal_polynomial(kappa, beta=beta)
        ratio = Fraction(c.at_identity(4)) / Fraction(c.at_identity(7))
        assert ratio == value / generalised_pochhammer(7 * theta, kappa, beta)


def test_exact_sums_of_symbols() -> None:
    x = sympy.Symbol("x", positive=True)
    found = hypergeometric_partial_sum([2], [5], [[x, 0], [0, x]], 3)
    assert sympy.Poly(found, x).degree() == 3
    assert found.subs(x, 2) == hypergeometric_partial_sum([2], [5], [[2, 0], [0, 2]], 3)
    exponential = hypergeometric_partial_sum([], [], [[x]], 4)
    assert sympy.expand(exponential - sum(x**k / sympy.Integer(factorial(k)) for k in range(5))) == 0
    two = hypergeometric_partial_sum([], [], [[1, 0], [0, 2]], 4, y=[[3, 0], [0, 3]])
    assert two == sum(Fraction(9**k, factorial(k)) for k in range(5))


@pytest.mark.parametrize(
    ("compute", "error"),
    [
        (lambda: hypergeometric([1], [], [[1.0]]), DomainError),
        (lambda: hypergeometric([1, 2], [3], [[1.5]]), DomainError),
        (lambda: hypergeometric([1, 2], [], [[0.1]]), DomainError),
        (lambda: hypergeometric([1], [0], [[0.1]]), DomainError),
        (lambda: hypergeometric([1], ["1/2"], np.diag([0.1, 0.2])), DomainError),
        (lambda: hypergeometric([1], [1], np.diag([0.1, 0.2, 0.1])), DomainError),
        (lambda: hypergeometric([1], [3], [[0.1, 0.0]]), DomainError),
        (lambda: hypergeometric([1], [3], [[0.1, 1.0], [0.0, 0.1]]), DomainError),
        (lambda: hypergeometric([1], [3], [[0.1]], np.eye(2)), DomainError),
        (lambda: hypergeometric([1j], [3], [[0.1]]), DomainError),
        (lambda: hypergeometric(1, [3], [[0.1]]), DomainError),
        (lambda: hypergeometric([1], [3], [[0.1]], tolerance=0), DomainError),
        (lambda: hypergeometric([1], [3], [[0.1]], order=-1), DomainError),
        (lambda: hypergeometric([1], [3], [[0.1]], beta=0), DomainError),
        (lambda: hypergeometric([], [], [[1e4]]), WishartError),
        (lambda: hypergeometric([1], [3], [[0.1]], beta=sympy.Symbol("beta")), MethodError),
        (lambda: hypergeometric([1], [3], [[sympy.Symbol("x")]]), MethodError),
        (lambda: hypergeometric([1], [3], np.diag([1, 2, 3, 4, 5]), order=60), LimitError),
        (lambda: hypergeometric_partial_sum([1], [3], [[1]], 17), LimitError),
        (lambda: hypergeometric_partial_sum([1], [1], [[1, 0, 0], [0, 2, 0], [0, 0, 1]], 3), DomainError),
        (lambda: hypergeometric_partial_sum([1], [3], [[1]], 2, y=[[1, 0], [0, 1]]), DomainError),
    ],
)
def test_what_has_no_value_is_refused_in_one_line(compute: Callable[[], Any], error: type[WishartError]) -> None:
    with pytest.raises(error) as refusal:
        compute()
    assert "\n" not in str(refusal.value)


def test_matrices_of_low_rank_reach_high_degrees() -> None:
    # At β = 2 the determinant of functions of one variable is another route (Gross, Richards 1989).
    found = hypergeometric([0.5], [1.5], np.diag([0, 50, 200]))
    assert found.proved
    assert abs(found.value - 2.09209759307e84) <= found.error + 1e73
    with mpmath.workdps(60):
        a, b = mpmath.mpf(3), mpmath.mpf(5)
        x = [mpmath.mpf(50), mpmath.mpf(120)]
        rows = [[each ** (1 - j) * mpmath.hyp1f1(a - j, b - j, each) for j in range(2)] for each in x]
        expected = (rows[0][0] * rows[1][1] - rows[0][1] * rows[1][0]) / (x[0] - x[1])
    complex_value = hypergeometric([3], [5], np.diag([50, 120]), beta=2)
    assert abs(complex_value.value - float(expected)) <= complex_value.error + 1e-14 * float(expected)


@pytest.mark.parametrize("beta", [1, 2, Fraction(3, 2), 4])
def test_two_variables_are_the_branching_with_a_third_that_vanishes(beta: Any) -> None:
    # A third eigenvalue of 1e-300 leaves every digit, and takes the general way.
    two = hypergeometric([1.25], [4.5], np.diag([3.0, -1.5]), beta=beta)
    three = hypergeometric([1.25], [4.5], np.diag([3.0, -1.5, 1e-300]), beta=beta)
    assert abs(two.value - three.value) <= two.error + three.error
    assert two.error < 1e-9 * two.value


def test_three_large_eigenvalues() -> None:
    # 1F1(a; c; −X) → Γ_m(c)/Γ_m(c − a) det X^{−a} 2F0(a, a − c + (m+1)/2; X^{−1}), here 1, and e^{−x} x^3 besides.
    found = hypergeometric([1.5], [3.5], -np.diag([30.0, 35, 40]))
    expected = math.prod(math.gamma(3.5 - i / 2) / math.gamma(2 - i / 2) for i in range(3)) * 42_000**-1.5
    assert found.value == pytest.approx(expected, rel=1e-8)
    assert found.proved
    assert hypergeometric([1.5], [3.5], -np.diag([20.0, 30, 40])).value == pytest.approx(2.68151721266e-06, rel=1e-9)


def test_degrees_out_of_reach_are_refused_at_once() -> None:
    start = time.process_time()
    for x in (-np.diag([200.0, 300, 400]), np.diag([300.0, 200, 100]), np.diag(np.arange(20.0, 26))):
        with pytest.raises(LimitError, match="out of reach"):
            hypergeometric([1.5], [3.5], x)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("compute", "error", "message"),
    [
        (lambda: hypergeometric([1], [6], [0.5, 0.2]), DomainError, "need x to be a square matrix"),
        (lambda: hypergeometric([1], [6], [[0.5]], [[1, 2], [0, 1]]), DomainError, "symmetric y"),
        (lambda: hypergeometric([1], [2] * 10**6, [[0.5]]), LimitError, "at most 20 lower parameters"),
        (lambda: hypergeometric([0.5], [1.5], np.eye(2), beta=10**400), LimitError, "parameters and beta"),
        (lambda: hypergeometric([1], [2], [[10**400, 0], [0, 1]]), DomainError, "range of floats"),
        (lambda: hypergeometric([1], [2], [[1]], tolerance=NOTHING), DomainError, "need tolerance > 0"),
        (lambda: hypergeometric_partial_sum([], NOTHING, [[1]], 4), DomainError, "a list of lower parameters"),
    ],
)
def test_wrong_arguments_are_refused_by_their_names(
    compute: Callable[[], Any], error: type[WishartError], message: str
) -> None:
    with pytest.raises(error, match=message) as refusal:
        compute()
    assert "scale" not in str(refusal.value)
