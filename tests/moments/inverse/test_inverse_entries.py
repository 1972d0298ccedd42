"""Entries of S^{-1}: closed forms, scipy's inverse Wishart, traces as contractions, draws; and what is refused."""

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy
from scipy import stats

from wishart_moments import entry_moment, kronecker_moment, matrix_moment, trace_product_moment
from wishart_moments.errors import DomainError, ExistenceError, LimitError, MethodError, WishartError

SIGMA = [[2, 1, 0], [1, 3, 1], [0, 1, 2]]


def test_two_entries_are_the_closed_form() -> None:
    n, m = 11, 3
    k, c = sympy.Matrix(SIGMA).inv(), 11 - 3 - 1
    for i, j, r, s in product(range(m), repeat=4):
        expected = ((c - 1) * k[i, j] * k[r, s] + k[i, r] * k[j, s] + k[i, s] * k[j, r]) / sympy.Integer(
            c * (c + 1) * (c - 2)
        )
        found: Any = entry_moment([(i + 1, j + 1), (r + 1, s + 1)], n, scale=SIGMA, inverse=True)
        assert sympy.Rational(found.numerator, found.denominator) == expected


def test_variances_are_those_of_scipy() -> None:
    psi = np.linalg.inv(np.array(SIGMA, float))
    law = stats.invwishart(df=11, scale=psi)
    second = kronecker_moment(-2, 11, scale=np.array(SIGMA, float))
    first = kronecker_moment(-1, 11, scale=np.array(SIGMA, float))
    assert first == pytest.approx(law.mean(), rel=1e-12)
    for i, j in product(range(3), repeat=2):
        assert second[3 * i + i, 3 * j + j] - first[i, j] ** 2 == pytest.approx(law.var()[i, j], rel=1e-11)


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize("q", [1, 2, 3])
def test_contractions_are_traces_and_powers(q: int, beta: int) -> None:
    scale, n, m = [[2, 1], [1, 3]], 13, 2
    power = kronecker_moment(-q, n, scale=scale, beta=beta)
    assert sum(power[i, i] for i in range(m**q)) == trace_product_moment([-1] * q, n=n, scale=scale, beta=beta)
    # (V^q)_{ab} is the sum over (a, i, j, …), (i, j, …, b).
    expected = matrix_moment(-q, n=n, scale=scale, beta=beta)
    for a, b in product(range(m), repeat=2):
        total = 0
        for inner in product(range(m), repeat=q - 1):
            heads, tails = (a, *inner), (*inner, b)
            row, column = (sum(x * m ** (q - 1 - t) for t, x in enumerate(index)) for index in (heads, tails))
            total += power[row, column]
        assert total == expected[a][b]


def test_complex_entries_of_a_hermitian_scale() -> None:
    scale, n = np.array([[2, 1j], [-1j, 3]]), 12
    rng = np.random.default_rng(8)
    w = (rng.standard_normal((40_000, 2, n)) + 1j * rng.standard_normal((40_000, 2, n))) / np.sqrt(2)
    x = np.linalg.cholesky(scale) @ w
    v = np.linalg.inv(x @ x.conj().transpose(0, 2, 1))
    for pairs in ([(1, 2)], [(1, 2), (2, 1)], [(1, 2), (1, 1)], [(1, 2), (1, 2)]):
        values = np.prod([v[:, i - 1, j - 1] for i, j in pairs], axis=0)
        found: Any = entry_moment(pairs, n, scale=scale, beta=2, inverse=True)
        for part in (np.real, np.imag):
            error = part(values).std() / np.sqrt(len(values))
            assert abs(part(values).mean() - part(found)) < 4.5 * error + 1e-15


def test_symbols() -> None:
    m, n, k11, k22, k12 = sympy.symbols("m n K_11 K_22 K_12")
    found: Any = entry_moment([(1, 1), (2, 2)], inverse=True)
    c = n - m - 1
    assert sympy.simplify(found - ((c - 1) * k11 * k22 + 2 * k12**2) / (c * (c + 1) * (c - 2))) == 0
    in_n: Any = entry_moment([(1, 2)], scale=[[2, 1], [1, 2]], inverse=True)
    assert sympy.simplify(in_n + sympy.Rational(1, 3) / (n - 3)) == 0
    assert entry_moment([], 5, scale=SIGMA, inverse=True) == 1
    assert entry_moment([(1, 2)], "11/2", scale=[[2, 1], [1, 2]], inverse=True) == Fraction(-2, 15)
    assert isinstance(entry_moment([(1, 2)], 5.5, scale=[[2, 1], [1, 2]], inverse=True), float)


@pytest.mark.parametrize(
    ("compute", "error"),
    [
        (lambda: kronecker_moment(-2, 6, scale=SIGMA), ExistenceError),
        (lambda: entry_moment([(1, 1)], 4, scale=SIGMA, inverse=True), ExistenceError),
        (lambda: entry_moment([(1, 4)], 9, scale=SIGMA, inverse=True), DomainError),
        (lambda: entry_moment([(1, 1)], 9, scale=[[1, 1], [1, 1]], inverse=True), DomainError),
        (lambda: entry_moment([(1, 1)] * 6, 40, scale=SIGMA, inverse=True), LimitError),
        (lambda: kronecker_moment(-6, 40, scale=[[1]]), LimitError),
        (lambda: kronecker_moment(-1, 40, scale=[[1]], beta=4), MethodError),
    ],
)
def test_what_has_no_value_is_refused_in_one_line(compute: Callable[[], Any], error: type[WishartError]) -> None:
    with pytest.raises(error) as refusal:
        compute()
    assert "\n" not in str(refusal.value)
