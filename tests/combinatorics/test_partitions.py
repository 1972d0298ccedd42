"""Partitions: counts, the class equation, hook lengths, dominance."""

from fractions import Fraction
from itertools import chain, pairwise
from math import factorial

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.combinatorics.partitions import (
    centralizer_order,
    conjugate,
    dominates,
    hook_lengths,
    hook_product,
    partition,
    partitions,
)
from wishart_moments.errors import DomainError

# OEIS A000041, k = 0, 1, 2, …
PARTITION_NUMBERS = [1, 1, 2, 3, 5, 7, 11, 15, 22, 30, 42, 56, 77, 101, 135, 176, 231, 297, 385, 490, 627]

any_partition = st.lists(st.integers(1, 12), max_size=8).map(partition)


@pytest.mark.parametrize(("k", "count"), list(enumerate(PARTITION_NUMBERS)))
def test_partitions_are_counted_by_a000041(k: int, count: int) -> None:
    found = list(partitions(k))
    assert len(found) == len(set(found)) == count
    assert all(sum(parts) == k and partition(parts) == parts for parts in found)


@pytest.mark.parametrize("k", range(12))
def test_partitions_come_in_reverse_lexicographic_order(k: int) -> None:
    assert list(partitions(k)) == sorted(partitions(k), reverse=True)


@pytest.mark.parametrize("k", range(12))
def test_bounded_partitions_are_the_partitions_with_small_parts(k: int) -> None:
    for largest in range(k + 2):
        expected = [parts for parts in partitions(k) if all(part <= largest for part in parts)]
        assert list(partitions(k, largest)) == expected


@pytest.mark.parametrize("k", range(1, 15))
def test_partitions_into_distinct_parts_are_as_many_as_into_odd_parts(k: int) -> None:
    distinct = sum(len(set(parts)) == len(parts) for parts in partitions(k))
    assert distinct == sum(all(part % 2 for part in parts) for parts in partitions(k))


@pytest.mark.parametrize("k", range(16))
def test_conjugacy_classes_fill_the_symmetric_group(k: int) -> None:
    assert sum(Fraction(1, centralizer_order(parts)) for parts in partitions(k)) == 1


@pytest.mark.parametrize("k", range(16))
def test_squares_of_the_dimensions_add_up_to_the_group_order(k: int) -> None:
    dimensions = [Fraction(factorial(k), hook_product(parts)) for parts in partitions(k)]
    assert all(dimension.denominator == 1 for dimension in dimensions)
    assert sum(dimension**2 for dimension in dimensions) == factorial(k)


@given(any_partition)
@settings(deadline=None)
def test_conjugation_is_an_involution_that_keeps_the_hook_lengths(parts: tuple[int, ...]) -> None:
    assert conjugate(conjugate(parts)) == parts
    assert sum(conjugate(parts)) == sum(parts)
    assert sorted(chain(*hook_lengths(conjugate(parts)))) == sorted(chain(*hook_lengths(parts)))


@given(any_partition)
@settings(deadline=None)
def test_hook_lengths_add_up_to_the_size_and_both_moments_of_the_diagram(parts: tuple[int, ...]) -> None:
    # Macdonald I.1, example 2: Σ h = n(λ) + n(λ') + |λ|, n(λ) = Σ (i − 1) λ_i.
    moment = sum(i * part for i, part in enumerate(parts))
    conjugate_moment = sum(i * part for i, part in enumerate(conjugate(parts)))
    assert sum(map(sum, hook_lengths(parts))) == moment + conjugate_moment + sum(parts)


@pytest.mark.parametrize("k", range(1, 9))
def test_dominance_is_a_partial_order_reversed_by_conjugation(k: int) -> None:
    shapes = list(partitions(k))
    for upper in shapes:
        assert dominates((k,), upper)
        assert dominates(upper, (1,) * k)
        for lower in shapes:
            assert dominates(upper, lower) == dominates(conjugate(lower), conjugate(upper))
            if dominates(upper, lower):
                assert upper >= lower  # the lexicographic order refines it
                assert upper == lower or not dominates(lower, upper)


def test_dominance_is_total_up_to_five_and_not_at_six() -> None:
    for k in range(1, 6):
        assert all(dominates(upper, lower) for upper, lower in pairwise(partitions(k)))
    assert not dominates((4, 1, 1), (3, 3))
    assert not dominates((3, 3), (4, 1, 1))


@pytest.mark.parametrize("k", [-1, 2.0, "3", None, True, np.eye(2, dtype=int)])
def test_only_integers_from_zero_up_have_partitions(k: object) -> None:
    with pytest.raises(DomainError, match="need an integer k >= 0") as caught:
        partitions(k)  # type: ignore[arg-type]
    assert_readable(caught.value)
    with pytest.raises(DomainError, match="got <int>"):
        partitions(-(10**5000))


NO_PARTITIONS = [
    [0], [2, -1], [1.5], [True], "21", 3, [None], np.array(3), np.zeros((2, 2, 2)), np.array([["a", "b"], ["b", "a"]]),
    np.array(["3"]), 10**5000, [-(10**5000)], sympy.eye(2) * sympy.Symbol("x"), ["a" * 1000],
]  # fmt: skip


@pytest.mark.parametrize("parts", NO_PARTITIONS, ids=range(len(NO_PARTITIONS)))
def test_only_sequences_of_positive_integers_are_partitions(parts: object) -> None:
    with pytest.raises(DomainError, match="need") as caught:
        partition(parts)  # type: ignore[arg-type]
    assert_readable(caught.value)


def test_partitions_may_come_from_arrays_and_iterators() -> None:
    assert partition(np.array([1, 3, 2])) == partition(iter([1, 3, 2])) == (3, 2, 1)  # type: ignore[arg-type]


def assert_readable(error: Exception) -> None:
    assert "\n" not in str(error)
    assert len(str(error)) < 250


def test_partitions_of_different_integers_are_not_compared() -> None:
    with pytest.raises(DomainError, match="partitions of one integer"):
        dominates((2,), (1,))
