"""A general scale matrix: what is admitted, and the laws of E p_λ(S) in Σ."""

from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments import DomainError, MethodError, expected_zonal, trace_product_moment
from wishart_moments.combinatorics.partitions import Partition, partitions
from wishart_moments.moments.admission import admit

LABELS = [label for k in range(1, 5) for label in partitions(k)]
METHODS = ["auto", "zonal", "wick"]
n = sympy.Symbol("n")

each_method = pytest.mark.parametrize("method", METHODS)
each_beta = pytest.mark.parametrize("beta", [1, 2, 4])
each_label = pytest.mark.parametrize("parts", LABELS)


def identity(m: int, c: Any = 1) -> list[list[Any]]:
    return [[c if i == j else 0 for j in range(m)] for i in range(m)]


@each_method
@each_beta
@each_label
def test_the_identity_is_the_case_without_scale(parts: Partition, beta: int, method: str) -> None:
    expected = trace_product_moment(parts, 3, 5, beta=beta)
    assert trace_product_moment(parts, n=5, beta=beta, scale=identity(3), method=method) == expected
    symbolic = trace_product_moment(parts, 3, beta=beta)
    found = trace_product_moment(parts, 3, beta=beta, scale=np.eye(3, dtype=int), method=method)
    assert sympy.expand(found - symbolic) == 0


@each_beta
@each_label
def test_a_multiple_of_the_identity_is_a_variance(parts: Partition, beta: int) -> None:
    expected = trace_product_moment(parts, 2, 5, sigma="3/2", beta=beta)
    assert trace_product_moment(parts, n=5, beta=beta, scale=identity(2, Fraction(9, 4))) == expected
    half = trace_product_moment(parts, n=5, sigma="1/2", beta=beta, scale=identity(2, 9))
    assert half == expected


@each_method
@each_label
def test_rank_one_is_chi_squared(parts: Partition, method: str) -> None:
    # Σ = vvᵀ: the only eigenvalue of S is |v|² χ²_n.
    v = (1, 2, -2)
    scale = [[x * y for y in v] for x in v]
    k = sum(parts)
    for columns in (1, 4):
        expected = 9**k * prod(columns + 2 * j for j in range(k))
        assert trace_product_moment(parts, n=columns, scale=scale, method=method) == expected


@each_beta
@each_label
def test_zero_rows_do_not_count(parts: Partition, beta: int) -> None:
    scale = identity(4)
    scale[1][1] = scale[3][3] = 0
    assert trace_product_moment(parts, n=3, beta=beta, scale=scale) == trace_product_moment(parts, 2, 3, beta=beta)


@each_beta
def test_blocks_are_independent_for_the_trace(beta: int) -> None:
    # tr S is the sum over the diagonal blocks of independent traces.
    first, second = [[2, 1], [1, 3]], [[5]]
    both = [[2, 1, 0], [1, 3, 0], [0, 0, 5]]

    def traces(scale: list[list[int]], j: int) -> Any:
        return trace_product_moment([1] * j, n=4, beta=beta, scale=scale)

    assert traces(both, 1) == traces(first, 1) + traces(second, 1)
    assert traces(both, 2) == traces(first, 2) + 2 * traces(first, 1) * traces(second, 1) + traces(second, 2)
    third = 3 * traces(first, 2) * traces(second, 1) + 3 * traces(first, 1) * traces(second, 2)
    assert traces(both, 3) == traces(first, 3) + third + traces(second, 3)


@each_method
@each_beta
@each_label
def test_an_orthogonal_change_of_basis_changes_nothing(parts: Partition, beta: int, method: str) -> None:
    q = sympy.Matrix([[3, 4, 0], [-4, 3, 0], [0, 0, 5]]) / 5
    scale = sympy.Matrix([[2, 1, 0], [1, 3, 1], [0, 1, 1]])
    turned = q * scale * q.T
    assert turned != scale
    found = trace_product_moment(parts, n=4, beta=beta, scale=turned, method=method)
    assert found == trace_product_moment(parts, n=4, beta=beta, scale=scale, method=method)
    assert isinstance(found, int | Fraction)


@each_label
def test_a_unitary_change_of_basis_changes_nothing(parts: Partition) -> None:
    u = sympy.Matrix([[1, sympy.I], [sympy.I, 1]]) / sympy.sqrt(2)
    scale = sympy.Matrix([[2, 1], [1, 3]])
    found = trace_product_moment(parts, n=4, beta=2, scale=sympy.expand(u * scale * u.H))
    assert found == trace_product_moment(parts, n=4, beta=2, scale=scale)


@each_method
@each_beta
@each_label
def test_floats_are_the_exact_values_to_rounding(parts: Partition, beta: int, method: str) -> None:
    # Eigenvalues to a few units of rounding, powers to the fourth, sums of positive terms but for β = 4: 1e-12.
    exact = [[Fraction(5, 2), 1, 0], [1, 3, Fraction(1, 4)], [0, Fraction(1, 4), 1]]
    expected = trace_product_moment(parts, n=4, beta=beta, scale=exact, method=method)
    found = trace_product_moment(parts, n=4, beta=beta, scale=np.array(exact, float), method=method)
    assert isinstance(found, float)
    assert found == pytest.approx(float(expected), rel=1e-12)


def test_eigenvalues_that_rounding_made_negative_are_zero() -> None:
    assert trace_product_moment([1], n=3, scale=[[1.0, 0.0], [0.0, -1e-12]]) == 3.0
    with pytest.raises(DomainError, match="got the eigenvalue -1e-06"):
        trace_product_moment([1], n=3, scale=[[1.0, 0.0], [0.0, -1e-6]])


def test_kinds_of_numbers_in_a_scale() -> None:
    exact = trace_product_moment([2], n=3, scale=[[2, 1], [1, 2]])
    for scale in (
        np.array([[2, 1], [1, 2]]),
        np.array([[2, 1], [1, 2]], dtype=np.uint8),
        np.array([[Fraction(2), 1], [1, 2]], dtype=object),
        sympy.Matrix([[2, 1], [1, 2]]),
        ((2, 1), (1, 2)),
        [["2", "1"], ["1", "4/2"]],
        [[sympy.Integer(2), 1], [1, 2]],
    ):
        found = trace_product_moment([2], n=3, scale=scale)
        assert found == exact
        assert type(found) is int
    for scale in (np.array([[2, 1], [1, 2]], dtype=np.float32), [[2.0, 1], [1, 2]], [[sympy.Float(2), 1], [1, 2]]):
        found = trace_product_moment([2], n=3, scale=scale)
        assert type(found) is float
        assert found == pytest.approx(float(exact), rel=1e-14)
    assert type(trace_product_moment([2], n=3, scale=[[Fraction(1, 2)]])) is Fraction


def test_symbols_in_a_scale_stay() -> None:
    a, b = sympy.symbols("a b", real=True)
    scale = sympy.Matrix([[a, b], [b, a]])
    assert sympy.expand(trace_product_moment([1], scale=scale) - 2 * a * n) == 0
    for parts in LABELS:
        at_numbers = trace_product_moment(parts, n=3, scale=scale.subs({a: 2, b: 1}))
        assert trace_product_moment(parts, n=3, scale=scale).subs({a: 2, b: 1}) == at_numbers
    assert trace_product_moment([1], n=3, scale=[[a, 0], [0, "1/2"]]) == 3 * (a + sympy.Rational(1, 2))


def test_irrational_numbers_stay_exact() -> None:
    root = sympy.sqrt(2)
    assert sympy.expand(trace_product_moment([2], n=1, scale=[[root, 0], [0, root]]) - 16) == 0


@each_method
def test_traces_of_the_zeroth_power_are_the_dimension(method: str) -> None:
    scale = [[2, 1], [1, 2]]
    assert trace_product_moment([], n=3, scale=scale, method=method) == 1
    assert trace_product_moment([0, 0], n=3, scale=scale, method=method) == 4
    assert trace_product_moment([0, 1], n=3, scale=scale, method=method) == 24


@given(st.lists(st.lists(st.integers(-3, 3), min_size=3, max_size=3), min_size=3, max_size=3))
@settings(deadline=None, max_examples=60)
def test_gram_matrices_are_admitted_and_their_negatives_are_not(rows: list[list[int]]) -> None:
    # A rational test of definiteness is exact, at singular matrices as well.
    gram = np.array(rows) @ np.array(rows).T
    sums = admit(gram)
    assert sums.dimension == 3
    powers = [np.linalg.matrix_power(gram.astype(object), j) for j in range(1, 5)]
    assert [sums.trace(j) for j in range(1, 5)] == [power.trace() for power in powers]
    if gram.any():
        with pytest.raises(DomainError, match="positive semidefinite"):
            admit(-gram)
        with pytest.raises(DomainError, match="positive semidefinite"):
            admit(-gram.astype(float))
    # Adding rank one negative directions beyond the largest eigenvalue makes it indefinite.
    with pytest.raises(DomainError, match="positive semidefinite"):
        admit(gram - (int(np.trace(gram)) + 1) * np.diag([1, 0, 0]))


root = sympy.sqrt(2)
x = sympy.Symbol("x")
BAD: list[tuple[Any, str]] = [
    ([[1, 2], [3, 4]], "symmetric"),
    ([[1.0, 2.0], [3.0, 4.0]], "symmetric"),
    ([[x, 1], [2, x]], "symmetric"),
    ([[1, 2], [2, 1]], "positive semidefinite"),
    ([[1.0, 2.0], [2.0, 1.0]], "positive semidefinite"),
    ([[-1]], "positive semidefinite"),
    ([[-root]], "positive semidefinite"),
    ([[1, root], [root, 1]], "positive semidefinite"),
    ([], "square"),
    ([[]], "square"),
    ([[1, 2]], "square"),
    ([[1, 2], [2]], "square"),
    ([1, 2], "square"),
    (5, "square"),
    (np.float64(5), "square"),
    (np.zeros((2, 2, 2)), "square"),
    (np.zeros((2, 2, 2), dtype=int), "to be real"),
    (np.zeros((3, 2)), "square"),
    (np.zeros((1000, 2)), "square"),
    (np.zeros((0, 0)), "square"),
    ("identity", "square"),
    (object(), "square"),
    ([[float("nan")]], "finite"),
    (np.array([[1, np.nan], [np.nan, 1]]), "finite"),
    ([[float("inf"), 0], [0, 1]], "finite"),
    ([[sympy.nan]], "finite"),
    ([[sympy.oo]], "finite"),
    ([[sympy.zoo]], "finite"),
    ([[sympy.I]], "real symmetric"),
    ([[x, sympy.I], [sympy.I, x]], "real symmetric"),
    ([[1, 1j], [-1j, 1]], "beta=2"),
    ([[True]], "to be real"),
    (np.array([[True]]), "to be real"),
    ([[None]], "to be real"),
    ([["a"]], "to be real"),
    ([[x, "__import__('os')"], ["__import__('os')", x]], "to be real"),
    ([[10**400, 0], [0, 0.5]], "range of floats"),
    ([[1e200]], "range of floats"),
    ([[1e308, 1e308], [1e308, 1e308]], "range of floats"),
]


@pytest.mark.parametrize(("scale", "words"), BAD)
def test_what_is_no_covariance_is_refused_in_one_line(scale: Any, words: str) -> None:
    for function in (trace_product_moment, expected_zonal):
        with pytest.raises(DomainError, match=words) as refusal:
            function([2], n=3, scale=scale)
        assert "\n" not in str(refusal.value)
        assert len(str(refusal.value)) < 250


def test_hermitian_matrices_go_with_beta_two_only() -> None:
    scale = np.array([[2, 1j], [-1j, 2]])
    # E tr S² = n² tr Σ² + n (tr Σ)².
    assert trace_product_moment([2], n=3, beta=2, scale=scale) == pytest.approx(9 * 10 + 3 * 16, rel=1e-14)
    for beta in (1, 4):
        with pytest.raises(DomainError, match="goes with beta=2"):
            trace_product_moment([2], n=3, beta=beta, scale=scale)
    with pytest.raises(DomainError, match="symmetric"):
        trace_product_moment([2], n=3, beta=2, scale=[[2, 1j], [1j, 2]])


def test_the_dimension_of_the_scale_is_m() -> None:
    scale = [[2, 1], [1, 2]]
    assert trace_product_moment([1], 2, 3, scale=scale) == trace_product_moment([1], n=3, scale=scale) == 12
    for m in (3, sympy.Symbol("m"), 10**5000):
        with pytest.raises(DomainError, match="need m = 2, the dimension of scale"):
            trace_product_moment([1], m, 3, scale=scale)
        with pytest.raises(DomainError, match="need m = 2, the dimension of scale"):
            expected_zonal([1], m, 3, scale=scale)


def test_the_recurrence_does_not_reach_a_scale() -> None:
    with pytest.raises(MethodError, match="needs method 'loop-equations', 'zonal' or 'wick'"):
        trace_product_moment([2], scale=[[1]], method="recurrence")


@pytest.mark.parametrize(("m", "sigma"), [(2, 1), (3, 2.5), (2, "1/3")])
def test_two_hundred_digits_of_n_are_no_obstacle(m: int, sigma: Any) -> None:
    big = 10**200
    found = trace_product_moment([1], n=big, sigma=sigma, scale=identity(m))
    assert found == (float if isinstance(sigma, float) else Fraction)(m * big * Fraction(sigma) ** 2)
    with pytest.raises(DomainError, match="range of floats"):
        trace_product_moment([2], n=big, sigma=sigma, scale=np.eye(m))
