"""Entries and Kronecker powers: published formulas, literal sums over matchings and indices, other routes, errors."""

import math
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.combinatorics.matchings import perfect_matchings
from wishart_moments.combinatorics.partitions import partitions
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments import loop_equations
from wishart_moments.moments.entries import entry_moment, kronecker_moment
from wishart_moments.moments.words.word_moment import expected_word

n = sympy.Symbol("n")
SIGMA = [[2, 1, 0], [1, 3, -1], [0, -1, 1]]
HERMITIAN = [[2, 1j, 0], [-1j, 3, 1 - 1j], [0, 1 + 1j, 4]]

Pairs = list[tuple[int, int]]


def literal(pairs: Pairs, columns: int, scale: Any, beta: int = 1) -> Any:
    """E Π S_ij as a sum over the column numbers of every factor and the matchings of all factors."""
    total: Any = 0
    for summed in product(range(columns), repeat=len(pairs)):
        factors: list[tuple[int, int, bool]] = []
        for (i, j), a in zip(pairs, summed, strict=True):
            factors += [(i - 1, a, False), (j - 1, a, True)]
        for matching in perfect_matchings(len(factors)):
            term: Any = 1
            for x, y in matching:
                (i, a, barred), (j, b, other) = factors[x], factors[y]
                entry = scale[j][i] if beta == 2 and barred else scale[i][j]
                if beta == 2 and barred == other:
                    entry = 0
                term = term * entry if a == b else 0
            total += term
    return total


# Published.


def test_the_covariances_of_entries() -> None:
    # Muirhead (1982), section 3.2: Cov(S_ij, S_kl) = n (Σ_ik Σ_jl + Σ_il Σ_jk); complex: n Σ_il Σ_kj.
    s = {f"{i}{j}": sympy.Symbol(f"Sigma_{i}{j}") for i in range(1, 5) for j in range(1, 5)}
    found = entry_moment([(1, 2), (3, 4)])
    expected = n**2 * s["12"] * s["34"] + n * (s["13"] * s["24"] + s["14"] * s["23"])
    assert sympy.expand(found - expected) == 0
    found = entry_moment([(1, 2), (3, 4)], beta=2)
    assert sympy.expand(found - n**2 * s["12"] * s["34"] - n * s["14"] * s["32"]) == 0
    assert entry_moment([(2, 1)]) == n * s["12"]
    assert entry_moment([(2, 1)], beta=2) == n * s["21"]
    assert entry_moment([(1, 12)], 3) == 3 * sympy.Symbol("Sigma_1_12")


@pytest.mark.parametrize("k", range(9))
@pytest.mark.parametrize("beta", [1, 2])
def test_a_diagonal_entry_is_chi_squared(k: int, beta: int) -> None:
    a = Fraction(2, beta)
    assert entry_moment([(2, 2)] * k, 5, scale=SIGMA, beta=beta) == 3**k * prod(5 + a * j for j in range(k))


def commutation(m: int) -> Any:
    """K with K (x ⊗ y) = y ⊗ x, by its definition on unit vectors."""
    k = np.zeros((m * m, m * m), dtype=object)
    for i, j in product(range(m), repeat=2):
        k[j * m + i, i * m + j] = 1
    return k


def test_the_commutation_matrix_exchanges_factors() -> None:
    x, y = np.array([1, 2, 3], object), np.array([5, 7, 11], object)
    assert (commutation(3) @ np.kron(x, y) == np.kron(y, x)).all()


@pytest.mark.parametrize("columns", [1, 4])
def test_the_mean_of_the_kronecker_square(columns: int) -> None:
    """Magnus, Neudecker (1979), section 4: n² Σ⊗Σ + n (K (Σ⊗Σ) + vec Σ vec Σᵀ), vec by rows or by columns."""
    sigma = np.array(SIGMA, object)
    square = np.kron(sigma, sigma)
    swapped = commutation(3) @ square
    for order in ("C", "F"):
        vec = sigma.reshape(-1, order=order)
        expected = columns**2 * square + columns * (swapped + np.outer(vec, vec))
        assert (kronecker_moment(2, columns, scale=SIGMA) == expected).all()
    complex_ = columns**2 * square + columns * swapped
    assert (kronecker_moment(2, columns, scale=SIGMA, beta=2) == complex_).all()
    hermitian = np.array(HERMITIAN)
    square = np.kron(hermitian, hermitian)
    found = kronecker_moment(2, columns, scale=HERMITIAN, beta=2)
    assert found.dtype == complex
    assert np.array_equal(found, columns**2 * square + columns * commutation(3).astype(float) @ square)


def test_the_kronecker_square_in_n() -> None:
    found = kronecker_moment(2, scale=SIGMA)
    sigma = np.array(SIGMA, object)
    square = np.kron(sigma, sigma)
    vec = sigma.reshape(-1)
    expected = n**2 * square + n * (commutation(3) @ square + np.outer(vec, vec))
    assert all(sympy.expand(x - y) == 0 for x, y in zip(found.flat, expected.flat, strict=True))


def test_kronecker_powers_without_and_with_one_factor() -> None:
    assert kronecker_moment(0, 3, scale=SIGMA).tolist() == [[1]]
    assert kronecker_moment(1, 3, scale=SIGMA).tolist() == [[3 * x for x in row] for row in SIGMA]
    assert kronecker_moment(8, 2, scale=[[1]]).tolist() == [[prod(range(2, 17, 2))]]


# Literal sums.


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), max_size=3),
    st.integers(1, 3),
    st.sampled_from([1, 2]),
)
@settings(deadline=None, max_examples=60)
def test_products_are_literal_sums(pairs: Pairs, columns: int, beta: int) -> None:
    scale = SIGMA if beta == 1 else HERMITIAN
    exact = literal(pairs, columns, scale, beta)
    assert entry_moment(pairs, columns, scale=scale, beta=beta) == exact
    in_n = entry_moment(pairs, scale=scale, beta=beta)
    assert abs(complex(sympy.sympify(in_n).subs(n, columns)) - exact) == 0


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), max_size=4), st.sampled_from([1, 2]))
@settings(deadline=None, max_examples=40)
def test_symbols_take_every_value(pairs: Pairs, beta: int) -> None:
    values = {f"Sigma_{i}{j}": SIGMA[i - 1][j - 1] for i in range(1, 4) for j in range(1, 4)}
    symbolic = sympy.sympify(entry_moment(pairs, beta=beta))
    assert symbolic.subs({**values, "n": 4}) == entry_moment(pairs, 4, scale=SIGMA, beta=beta)


# Other routes.


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize("parts", [parts for k in range(1, 4) for parts in partitions(k)])
def test_power_sums_are_sums_of_entries(parts: tuple[int, ...], beta: int) -> None:
    k, m = sum(parts), 2
    total = 0
    for heads in product(range(1, m + 1), repeat=k):
        pairs: Pairs = []
        start = 0
        for part in parts:
            cycle = heads[start : start + part]
            pairs += [(cycle[i], cycle[(i + 1) % part]) for i in range(part)]
            start += part
        total += entry_moment(pairs, 3, scale=[[1, 0], [0, 1]], beta=beta)
    assert total == loop_equations.expected_power_sum_at(parts, m, 3, beta)


@pytest.mark.parametrize("beta", [1, 2])
def test_a_word_is_a_contraction_of_the_kronecker_square(beta: int) -> None:
    # (S A S)_{il} = Σ_jk A_jk S_ij S_kl.
    a = np.array([[1, 2, 0], [0, -1, 4], [3, 0, 5]], object)
    square = kronecker_moment(2, 4, scale=SIGMA, beta=beta).reshape(3, 3, 3, 3)
    found = np.einsum("ikjl,jk->il", square, a)
    assert found.tolist() == expected_word("S A S", beta=beta).at(n=4, Sigma=SIGMA, A=a)


@pytest.mark.parametrize("columns", [3, None])
def test_the_third_kronecker_power_holds_all_entries(columns: int | None) -> None:
    scale = [["1/2", 1], [1, 3]]
    cube = kronecker_moment(3, columns, scale=scale).reshape((2,) * 6)
    for index in [(0, 0, 0, 0, 0, 0), (0, 1, 1, 1, 0, 1), (1, 1, 0, 0, 1, 0)]:
        pairs = [(i + 1, j + 1) for i, j in zip(index[:3], index[3:], strict=True)]
        assert cube[index] == entry_moment(pairs, columns, scale=scale)


def test_floats_are_the_exact_values_rounded_once() -> None:
    pairs = [(1, 2), (1, 1), (2, 2)]
    exact = entry_moment(pairs, 4, scale=[[Fraction(1, 2), Fraction(1, 4)], [Fraction(1, 4), 3]])
    found = entry_moment(pairs, 4, scale=[[0.5, 0.25], [0.25, 3]])
    assert isinstance(exact, Fraction | int)
    assert type(found) is float
    assert found == float(exact)
    assert kronecker_moment(1, 2, scale=np.eye(2)).dtype == np.float64
    in_n = entry_moment([(1, 1), (1, 1)], scale=[[0.5]])
    assert in_n == 0.25 * n**2 + 0.5 * n


def test_symbols_in_a_scale_stay() -> None:
    r = sympy.Symbol("rho", real=True)
    found = entry_moment([(1, 2), (1, 2)], scale=[[1, r], [r, 1]])
    assert sympy.expand(found - (n**2 * r**2 + n * (1 + r**2))) == 0
    hermitian = sympy.Matrix([[2, sympy.I], [-sympy.I, 2]])
    assert sympy.expand(entry_moment([(1, 2), (2, 1)], 3, scale=hermitian, beta=2) - (9 + 12)) == 0


@pytest.mark.parametrize("beta", [1, 2])
def test_a_sample_lies_within_five_standard_errors(beta: int) -> None:
    """A chance of 6e-7 to fail; the seed is fixed."""
    rng = np.random.default_rng(3)
    draws, columns = 50_000, 4
    root = np.linalg.cholesky(np.array(SIGMA, float))
    parts = [rng.standard_normal((draws, 3, columns)) for _ in range(beta)]
    x = root @ (parts[0] if beta == 1 else (parts[0] + 1j * parts[1]) / math.sqrt(2))
    s = x @ x.conj().swapaxes(1, 2)
    sample = (s[:, 0, 1] * s[:, 1, 0] * s[:, 2, 2]).real
    exact = float(entry_moment([(1, 2), (2, 1), (3, 3)], columns, scale=SIGMA, beta=beta))
    error = sample.std(ddof=1) / math.sqrt(draws)
    assert abs(sample.mean() - exact) < 5 * error
    assert error < exact / 50


# Errors.

BAD: list[tuple[Any, dict[str, Any], str]] = [
    (5, {}, "need pairs"),
    ([1, 2], {}, "need pairs"),
    ([(1, 2, 3)], {}, "need pairs"),
    ([(0, 1)], {}, "need pairs of numbers from 1 on"),
    ([(1, 1.5)], {}, "need pairs"),
    ([(1, 4)], {"scale": SIGMA}, "need indices from 1 to 3"),
    ([(1, 1)], {"n": 0}, "need n to be"),
    ([(1, 1)], {"scale": [[1, 2], [0, 1]]}, "symmetric"),
    ([(1, 1)], {"scale": [[-1]]}, "positive semidefinite"),
    ([(1, 1)], {"scale": HERMITIAN}, "beta=2"),
]


@pytest.mark.parametrize(("pairs", "options", "message"), BAD)
def test_what_is_no_product_of_entries_is_refused_in_one_line(pairs: Any, options: Any, message: str) -> None:
    with pytest.raises(DomainError, match=message) as refusal:
        entry_moment(pairs, **options)
    assert "\n" not in str(refusal.value)


def test_other_ensembles_and_too_large_requests_are_refused() -> None:
    with pytest.raises(MethodError, match="beta=1"):
        entry_moment([(1, 1)], beta=4)
    with pytest.raises(MethodError, match="beta=1"):
        kronecker_moment(2, scale=SIGMA, beta=4)
    with pytest.raises(LimitError, match="at most 100 entries"):
        entry_moment([(1, 1)] * 101)
    with pytest.raises(LimitError, match="more than 65,536 entries"):
        kronecker_moment(6, scale=SIGMA)
    with pytest.raises(LimitError, match="need at most 100 factors"):
        kronecker_moment(10**6, scale=[[1]])
    with pytest.raises(DomainError, match="need q to be"):
        kronecker_moment(1.5, scale=[[1]])
