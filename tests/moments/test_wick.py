"""The readable Wick sum: counts of matchings, loops, and its agreement with the other routes at any scale."""

from collections.abc import Callable
from fractions import Fraction
from itertools import chain

import pytest
from flint import fmpq, fmpq_poly

from wishart_moments.combinatorics.matchings import TraceWord, count_perfect_matchings, perfect_matchings
from wishart_moments.combinatorics.partitions import Partition, partitions
from wishart_moments.errors import LimitError, MethodError
from wishart_moments.moments import loop_equations, wick, zonal
from wishart_moments.moments.polynomials import evaluate

WORDS = list(chain.from_iterable(partitions(k) for k in range(1, 6)))


@pytest.mark.parametrize("parts", [(3,), (2, 1), (1, 1, 1), (4,), (2, 2)])
def test_all_matchings_contribute_and_for_complex_entries_k_factorial(parts: Partition) -> None:
    word = TraceWord(parts)
    k = sum(parts)
    for beta in (1, 4):
        assert list(wick.contractions(word, beta)) == list(perfect_matchings(2 * k))
        assert len(list(wick.contractions(word, beta))) == count_perfect_matchings(2 * k)
    complex_ones = list(wick.contractions(word, 2))
    assert len(complex_ones) == [1, 1, 2, 6, 24][k]
    assert all((a - b) % 2 for contraction in complex_ones for a, b in contraction)


@pytest.mark.parametrize("parts", WORDS)
def test_loops_use_every_factor_once(parts: Partition) -> None:
    word = TraceWord(parts)
    for contraction in wick.contractions(word, 2):
        for fixed in (word.row_pairs, word.column_pairs):
            assert sum(wick.loops(fixed, contraction)) == sum(parts)


def test_a_matching_makes_the_most_loops_with_itself() -> None:
    assert wick.loops((), ()) == []
    for contraction in perfect_matchings(8):
        assert wick.loops(contraction, contraction) == [1, 1, 1, 1]


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize("parts", WORDS)
def test_wick_agrees_with_loop_equations_and_with_zonal_polynomials(parts: Partition, beta: int) -> None:
    expected = loop_equations.expected_power_sum(parts, beta)
    assert wick.expected_power_sum(parts, beta) == expected == zonal.expected_power_sum(parts, beta)


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize("parts", WORDS)
def test_wick_with_scale_is_zonal_with_scale(parts: Partition, beta: int) -> None:
    literal = wick.expected_power_sum_with_scale(parts, beta)
    expected = zonal.expected_power_sum_with_scale(parts, beta)
    assert {mu: c for mu, c in literal.items() if c != 0} == expected


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize("parts", WORDS)
def test_wick_with_the_identity_as_scale_is_wick(parts: Partition, beta: int) -> None:
    coefficients = wick.expected_power_sum_with_scale(parts, beta)
    moment = wick.expected_power_sum(parts, beta)
    for m in range(1, 4):
        at_identity = sum((c * m ** len(mu) for mu, c in coefficients.items()), fmpq_poly([0]))
        for n in range(1, 4):
            assert moment(fmpq(m), fmpq(n)) == at_identity(fmpq(n))


@pytest.mark.parametrize(("parts", "beta"), [((2,), 1), ((1, 1), 2), ((2,), 4), ((3,), 2), ((2, 1), 1)])
def test_wick_is_the_sum_over_all_indices(oracle: Callable[..., Fraction], parts: Partition, beta: int) -> None:
    assert evaluate(wick.expected_power_sum(parts, beta), 2, 2) == oracle(parts, 2, 2, beta)


def test_the_empty_product_is_one() -> None:
    assert wick.expected_power_sum(()) == wick.expected_power_sum((), 4) == 1
    assert wick.expected_power_sum_with_scale(()) == {(): fmpq_poly([1])}


def test_parts_may_come_in_any_order() -> None:
    assert wick.expected_power_sum((1, 2)) == wick.expected_power_sum((2, 1))


# 135,135 matchings, added one by one.
@pytest.mark.slow
def test_the_readable_sum_reaches_seven() -> None:
    assert wick.expected_power_sum((7,)) == loop_equations.expected_power_sum((7,))


@pytest.mark.parametrize("compute", [wick.expected_power_sum, wick.expected_power_sum_with_scale])
def test_a_sum_that_is_too_long_says_how_many_matchings_it_has(compute: Callable[..., object]) -> None:
    with pytest.raises(LimitError, match=r"k = 8 has 2,027,025 matchings, more than 135,135; use method 'loop-eq"):
        compute((5, 3))
    with pytest.raises(LimitError, match=r"k = 5000 has \(2·5000 − 1\)!! matchings"):
        compute((5000,))


@pytest.mark.parametrize("beta", [3, Fraction(1, 2), Fraction(1, 10**5000)])
def test_other_ensembles_have_no_wick_sum(beta: int | Fraction) -> None:
    for compute in (wick.expected_power_sum, wick.expected_power_sum_with_scale):
        with pytest.raises(MethodError, match="use method 'loop-equations'"):
            compute((2,), beta)
