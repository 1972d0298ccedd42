"""General scale: the table and the single rows against James, Wick, literature, laws; duality and the inverse table."""

from collections.abc import Callable
from fractions import Fraction
from itertools import chain
from math import factorial, prod
from typing import Any

import numpy as np
import pytest
import sympy
from flint import fmpq, fmpq_mat, fmpq_poly, fmpz
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.combinatorics.partitions import Partition, centralizer_order, partition, partitions
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments import loop_equations, wick, zonal
from wishart_moments.moments.general_scale.marked_moments import expected_power_sum_with_scale
from wishart_moments.moments.general_scale.power_sum_slots import Slots, count_partitions
from wishart_moments.moments.general_scale.transition import TransitionTable
from wishart_moments.moments.polynomials import RING, rational

DYSON = [1, 2, 4, 3, Fraction(1, 2), Fraction(7, 5)]
LABELS = list(chain.from_iterable(partitions(k) for k in range(1, 7)))
N = fmpq_poly([0, 1])

# Real case, tr S^k and products: Letac, Massam (2004), section 4; the complex one: Graczyk, Letac, Massam (2003).
PUBLISHED: list[tuple[int, Partition, dict[Partition, fmpq_poly]]] = [
    (1, (1,), {(1,): N}),
    (1, (2,), {(2,): N * (N + 1), (1, 1): N}),
    (1, (1, 1), {(1, 1): N**2, (2,): 2 * N}),
    (1, (3,), {(3,): N * (N**2 + 3 * N + 4), (2, 1): 3 * N * (N + 1), (1, 1, 1): N}),
    (1, (2, 1), {(3,): 4 * N * (N + 1), (2, 1): N * (N**2 + N + 4), (1, 1, 1): N**2}),
    (1, (1, 1, 1), {(3,): 8 * N, (2, 1): 6 * N**2, (1, 1, 1): N**3}),
    (
        1,
        (4,),
        {
            (4,): N * (N**3 + 6 * N**2 + 21 * N + 20),
            (3, 1): 4 * N * (N**2 + 3 * N + 4),
            (2, 2): N * (2 * N**2 + 5 * N + 5),
            (2, 1, 1): 6 * N * (N + 1),
            (1, 1, 1, 1): N,
        },
    ),
    (2, (2,), {(2,): N**2, (1, 1): N}),
    (2, (3,), {(3,): N * (N**2 + 1), (2, 1): 3 * N**2, (1, 1, 1): N}),
    (2, (2, 1), {(3,): 2 * N**2, (2, 1): N * (N**2 + 2), (1, 1, 1): N**2}),
    (2, (1, 1, 1), {(3,): 2 * N, (2, 1): 3 * N**2, (1, 1, 1): N**3}),
]


def jack_parameter(beta: int | Fraction) -> fmpq:
    a = Fraction(2) / Fraction(beta)
    return fmpq(a.numerator, a.denominator)


@pytest.mark.parametrize(("beta", "parts", "expected"), PUBLISHED)
def test_published_formulas(beta: int, parts: Partition, expected: dict[Partition, fmpq_poly]) -> None:
    assert TransitionTable(sum(parts), beta)[parts] == expected
    assert expected_power_sum_with_scale(parts, beta) == expected


@pytest.mark.parametrize("beta", DYSON)
@pytest.mark.parametrize("k", range(9))
def test_the_table_is_james_theorem(k: int, beta: int | Fraction) -> None:
    table = TransitionTable(k, beta)
    assert list(table) == list(partitions(k))
    assert len(table) == len(list(table))
    for label, row in table.items():
        assert row == zonal.expected_power_sum_with_scale(label, beta)


def test_a_row_of_degree_twelve_is_james_theorem() -> None:
    table = TransitionTable(12)
    for label in ((12,), (5, 4, 2, 1), (3, 3, 3, 3), (2, 2, 2, 2, 1, 1, 1, 1)):
        expected = zonal.expected_power_sum_with_scale(label)
        assert table[label] == expected
        assert expected_power_sum_with_scale(label) == expected


@pytest.mark.parametrize("beta", [*DYSON, Fraction(2, 3), None])
def test_downwards_from_one_state_is_upwards_from_degree_one(beta: int | Fraction | None) -> None:
    for k in range(8 if beta else 7):
        for label, row in TransitionTable(k, beta).items():
            assert expected_power_sum_with_scale(label, beta) == row


@pytest.mark.parametrize("label", [(12,), (7, 5), (4, 3, 3, 2), (6, 1, 1, 1, 1, 1, 1)])
def test_both_ways_agree_in_degree_twelve(label: Partition, table_of_twelve: TransitionTable) -> None:
    assert expected_power_sum_with_scale(label) == table_of_twelve[label]


@pytest.fixture(scope="module")
def table_of_twelve() -> TransitionTable:
    return TransitionTable(12)


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize("k", range(1, 6))
def test_the_table_is_the_literal_sum_over_matchings(k: int, beta: int) -> None:
    for label, row in TransitionTable(k, beta).items():
        assert row == {mu: c for mu, c in wick.expected_power_sum_with_scale(label, beta).items() if c}


@pytest.mark.parametrize(("parts", "beta"), [((2,), 1), ((2, 1), 1), ((3,), 2), ((1, 1), 4)])
def test_the_sum_over_all_indices(parts: Partition, beta: int, oracle: Callable[..., Any]) -> None:
    m, n = (2, 2) if beta < 4 else (1, 2)
    scale = [[2, 1], [1, 3]] if beta < 4 else [[3]]
    double = scale if beta < 4 else [[3, 0], [0, 3]]
    assert TransitionTable(sum(parts), beta).at(scale, n)[parts] == oracle(parts, m, n, beta, double)


@pytest.mark.parametrize("beta", DYSON)
def test_at_the_identity_the_table_is_that_of_the_loop_equations(beta: int | Fraction) -> None:
    m, n = RING.gens()
    table = loop_equations.PowerSumTable(9, beta)
    for k in (1, 4, 9):
        for label, row in TransitionTable(k, beta).items():
            total = RING.constant(0)
            for mu, c in row.items():
                total += m ** len(mu) * sum(
                    (rational(x) * n**j for (j,), x in c.coefficients.items()), RING.constant(0)
                )
            assert total == table[label]


def test_at_the_identity_in_degree_sixteen() -> None:
    for label in ((16,), (6, 5, 5), (4, 4, 4, 2, 2)):
        row = expected_power_sum_with_scale(label)
        for m, n in ((1, 3), (5, 2), (7, 11)):
            total = sum((c(n) * m ** len(mu) for mu, c in row.items()), fmpq(0))
            assert total == loop_equations.expected_power_sum_at(label, m, n)


@pytest.mark.parametrize("beta", DYSON)
def test_the_symbolic_table_takes_the_value_of_each_ensemble(beta: int | Fraction) -> None:
    symbolic, table, a = TransitionTable(6, None), TransitionTable(6, beta), jack_parameter(beta)
    for label, row in symbolic.items():
        for n in (2, Fraction(-5, 7), 11):
            values = {mu: c(n, Fraction(int(a.p), int(a.q)) if isinstance(a, fmpq) else a) for mu, c in row.items()}
            assert {mu: x for mu, x in values.items() if x} == {mu: c(n) for mu, c in table[label].items() if c(n)}


@pytest.mark.parametrize("beta", DYSON)
def test_powers_of_the_trace_have_a_determinant_for_their_generating_function(beta: int | Fraction) -> None:
    # E exp(t tr S) = det(1 − a t Σ)^{−n/a}, hence E (tr S)^k = Σ_μ (k!/z_μ) a^{k−ℓ(μ)} n^{ℓ(μ)} p_μ(Σ).
    a = jack_parameter(beta)
    for k in (3, 7, 10):
        expected = {
            mu: fmpq(factorial(k), centralizer_order(mu)) * a ** (k - len(mu)) * N ** len(mu) for mu in partitions(k)
        }
        assert expected_power_sum_with_scale((1,) * k, beta) == expected


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.fractions(Fraction(1, 20), 20, max_denominator=20))
@settings(deadline=None, max_examples=40)
def test_one_row_is_gamma_distributed_and_large_n_is_the_law_of_large_numbers(parts: list[int], beta: Fraction) -> None:
    label, a = partition(parts), jack_parameter(beta)
    row = expected_power_sum_with_scale(label, beta)
    assert sum(row.values(), fmpq_poly([0])) == prod((N + a * j for j in range(sum(label))), start=fmpq_poly([1]))
    assert {mu: c[sum(label)] for mu, c in row.items() if c[sum(label)]} == {label: 1}


@pytest.mark.parametrize("a", [fmpq(2), fmpq(1), fmpq(1, 2), fmpq(3), fmpq(5, 7)])
@pytest.mark.parametrize("k", [1, 2, 3, 5, 7])
def test_ensembles_are_dual_coefficient_by_coefficient(k: int, a: fmpq) -> None:
    # E_a p_λ(m, n) = (−1)^{k−ℓ(λ)} a^{k+ℓ(λ)} E_{1/a} p_λ(−m/a, −n/a), where m^{ℓ(μ)} is p_μ at the identity; it holds
    # for every Σ with p_μ → (−1/a)^{ℓ(μ)} p_μ.
    here = TransitionTable(k, Fraction(2) / Fraction(int(a.p), int(a.q)))
    there = TransitionTable(k, 2 * Fraction(int(a.p), int(a.q)))
    for label in partitions(k):
        sign = (-1) ** (k - len(label)) * a ** (k + len(label))
        dual = {mu: sign * (-1 / a) ** len(mu) * c(-N / a) for mu, c in there.polynomials(label).items()}
        assert here.polynomials(label) == dual


@pytest.mark.parametrize("beta", DYSON)
@pytest.mark.parametrize("k", range(1, 7))
def test_the_inverse_table_is_the_inverse_of_the_table_at_minus_c(k: int, beta: int | Fraction) -> None:
    # E J_κ(S^{-1}) = J_κ(Σ^{-1}) / Π (c − content), c = n − m + 1 − 2/β, diagonal in the Jack polynomials.
    c = fmpq(97, 3)
    labels = list(partitions(k))
    basis = zonal.jack_basis(k, beta).coefficients
    jack = fmpq_mat([[basis[kappa].get(mu, fmpq(0)) for mu in labels] for kappa in labels])
    growth = [(-1) ** k * zonal.zonal_growth(kappa, beta)(-c) for kappa in labels]
    diagonal = fmpq_mat([[1 / g if i == j else fmpq(0) for j in range(len(labels))] for i, g in enumerate(growth)])
    inverse_moments = jack.inv() * diagonal * jack
    rows = TransitionTable(k, beta).matrix(Fraction(-97, 3))
    table = fmpq_mat([[rational(x) for x in row] for row in rows])
    one = fmpq_mat([[int(i == j) for j in range(len(labels))] for i in range(len(labels))])
    assert (-1) ** k * table * inverse_moments == one


def test_the_matrix_holds_the_values_of_the_polynomials() -> None:
    table = TransitionTable(5, Fraction(4, 3))
    labels = list(partitions(5))
    for n in (3, Fraction(-7, 2), "1/5"):
        matrix = table.matrix(n)
        for i, label in enumerate(labels):
            for j, mu in enumerate(labels):
                assert matrix[i][j] == (table[label][mu](n) if mu in table[label] else 0)


def test_coefficients_of_many_digits_do_not_spill_into_their_neighbours() -> None:
    # A β whose numerator and denominator are large: fields of some thousand bits, signed and unsigned.
    for beta in (Fraction(10**30 + 57, 10**30), Fraction(10**30, 3**40), Fraction(3**40, 10**30), 10**40):
        table = TransitionTable(5, beta)
        for label in partitions(5):
            assert table[label] == zonal.expected_power_sum_with_scale(label, beta)


def test_values_at_a_scale_are_exact_float_or_symbolic() -> None:
    table, n = TransitionTable(3), sympy.Symbol("n")
    exact = table.at([[2, Fraction(1, 2)], [Fraction(1, 2), 1]], 5)
    assert all(type(value) in (int, Fraction) for value in exact.values())
    floats = table.at(np.array([[2, 0.5], [0.5, 1]]), 5)
    for label, value in exact.items():
        assert type(floats[label]) is float
        assert floats[label] == pytest.approx(float(value), rel=1e-13)
    symbolic = table.at([[2, "1/2"], ["1/2", 1]])
    assert {label: value.subs(n, 5) for label, value in symbolic.items()} == exact
    beta = sympy.Symbol("beta")
    with_beta = TransitionTable(3, beta).at([[2, "1/2"], ["1/2", 1]], 5)
    assert {label: value.subs(beta, 1) for label, value in with_beta.items()} == exact
    assert TransitionTable(3, None).at([[2, "1/2"], ["1/2", 1]], 5) == with_beta
    hermitian = TransitionTable(2, 2).at([[2, 1j], [-1j, 2]], 3)
    assert hermitian[(2,)] == pytest.approx(9 * 10 + 3 * 16, rel=1e-14)


def test_a_table_is_a_read_only_mapping() -> None:
    table = TransitionTable(3, 2)
    assert repr(table) == "TransitionTable(3, beta=2)"
    assert (2, 1) in table
    for absent in ((1, 2), (2,), (4,), "p"):
        assert absent not in table
    with pytest.raises(TypeError):
        table[2, 1] = {}  # type: ignore[index]
    assert dict(TransitionTable(0)) == {(): {(): fmpq_poly([1])}}
    assert TransitionTable(0, None)[()][()] == 1
    assert dict(TransitionTable(1)) == {(1,): {(1,): N}}


@pytest.mark.parametrize(
    ("compute", "error", "words"),
    [
        (lambda: TransitionTable(-1), DomainError, "need k to be an integer >= 0"),
        (lambda: TransitionTable(1.5), DomainError, "need k to be an integer >= 0"),
        (lambda: TransitionTable(2, 0), DomainError, "need beta > 0"),
        (lambda: TransitionTable(2, None).matrix(3), MethodError, "needs a number for beta"),
        (lambda: TransitionTable(2).matrix("x"), DomainError, "need n to be rational and finite"),
        (lambda: TransitionTable(2).at([[1, 2], [3, 4]]), DomainError, "symmetric"),
        (lambda: TransitionTable(2).at([[1]], 0), DomainError, "need n to be an integer >= 1"),
        (lambda: TransitionTable(22), LimitError, "degree 22 .* take some 2.88 GiB of memory, need at most 2"),
        (lambda: TransitionTable(18, None), LimitError, "take some 3.54 GiB"),
        (lambda: TransitionTable(10**9), LimitError, "more than 2 GiB"),
        (lambda: expected_power_sum_with_scale((20, 15)), LimitError, "degree 35 .* take some 2.01 GiB"),
        (lambda: expected_power_sum_with_scale((27,), None), LimitError, "take some 2.82 GiB"),
        (lambda: expected_power_sum_with_scale((10**8,)), LimitError, "more than 2 GiB"),
        (lambda: expected_power_sum_with_scale((20,), Fraction(1, 10**5000)), LimitError, "GiB of memory"),
        (lambda: expected_power_sum_with_scale((2,), -1), DomainError, "need beta > 0"),
        (lambda: expected_power_sum_with_scale((2, 0)), DomainError, "parts that are integers >= 1"),
    ],
)
def test_what_is_out_of_reach_or_wrong_is_refused_before_the_work(
    compute: Callable[[], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        compute()


def test_slots_hold_signed_coefficients_and_take_traces() -> None:
    # 3 Σ² − 2 n p_1 Σ (degree 2) has the trace 3 p_2 − 2 n p_1², in fields of eight bits.
    slots = Slots(8, 2, signed=True)
    matrix = fmpz(3) + ((-2 * slots.times_n(fmpz(1))) << (8 * slots.bytes))
    assert list(slots.terms(slots.trace(matrix, 2), 2)) == [((2,), [3, 0]), ((1, 1), [0, -2])]
    assert count_partitions(30)[-1] == 5604
