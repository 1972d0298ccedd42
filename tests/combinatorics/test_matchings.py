"""Perfect matchings: counts, uniform sampling, the symmetries of trace words and their orbits."""

from collections import Counter
from fractions import Fraction
from itertools import permutations
from math import factorial, prod
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.combinatorics.matchings import (
    TraceWord,
    apply,
    count_perfect_matchings,
    matching,
    perfect_matchings,
    random_perfect_matching,
)
from wishart_moments.combinatorics.partitions import partitions
from wishart_moments.errors import DomainError

DOUBLE_FACTORIALS = [1, 1, 3, 15, 105, 945, 10395]  # OEIS A001147
CHORD_DIAGRAMS = [1, 2, 5, 17, 79, 554]  # OEIS A054499, up to rotations and reflections, k = 1, 2, …

small_words = [parts for k in range(1, 5) for parts in partitions(k)]


@pytest.mark.parametrize(("k", "count"), list(enumerate(DOUBLE_FACTORIALS)))
def test_perfect_matchings_are_counted_by_odd_double_factorials(k: int, count: int) -> None:
    found = list(perfect_matchings(2 * k))
    assert count_perfect_matchings(2 * k) == len(found) == len(set(found)) == count
    assert all(matching(pairs) == pairs for pairs in found)
    assert found == sorted(found)


def test_perfect_matchings_are_yielded_lazily() -> None:
    assert next(perfect_matchings(200)) == tuple((t, t + 1) for t in range(0, 200, 2))


@given(st.integers(0, 20), st.integers())
@settings(deadline=None)
def test_random_matchings_are_matchings_and_repeat_with_their_seed(k: int, seed: int) -> None:
    pairs = random_perfect_matching(2 * k, Random(seed))
    assert len(pairs) == k
    assert matching(pairs) == pairs == random_perfect_matching(2 * k, Random(seed))


def test_random_matchings_are_uniform() -> None:
    rng, draws = Random(20_240_229), 15_000
    counts = Counter(random_perfect_matching(6, rng) for _ in range(draws))
    chi_squared = sum((counts[pairs] - draws / 15) ** 2 / (draws / 15) for pairs in perfect_matchings(6))
    assert chi_squared < 36.12  # the upper 0.1 % point for 14 degrees of freedom


@given(st.permutations(range(10)), st.lists(st.booleans(), min_size=5, max_size=5))
@settings(deadline=None)
def test_a_matching_depends_on_no_order_of_its_points(order: list[int], flips: list[bool]) -> None:
    pairs = list(zip(order[::2], order[1::2], strict=True))
    flipped = [(b, a) if flip else (a, b) for (a, b), flip in zip(pairs, flips, strict=True)]
    assert matching(flipped) == matching(sorted(pairs)) == matching(iter(pairs))


@given(st.permutations(range(8)), st.permutations(range(8)), st.integers())
@settings(deadline=None)
def test_permutations_act_on_matchings(first: list[int], second: list[int], seed: int) -> None:
    pairs = random_perfect_matching(8, Random(seed))
    composed = tuple(second[x] for x in first)
    assert apply(tuple(second), apply(tuple(first), pairs)) == apply(composed, pairs)
    assert matching(apply(tuple(first), pairs)) == apply(tuple(first), pairs)


@pytest.mark.parametrize("parts", small_words)
def test_every_factor_shares_one_row_and_one_column_index(parts: tuple[int, ...]) -> None:
    word = TraceWord(parts)
    assert matching(word.row_pairs) == word.row_pairs
    assert matching(word.column_pairs) == word.column_pairs
    assert [len(trace) for trace in word.traces] == [2 * part for part in parts]
    assert [x for trace in word.traces for x in trace] == list(range(word.size))
    for a, b in word.row_pairs + word.column_pairs:
        assert (a + b) % 2 == 1  # W with Wᵀ
        assert any(a in trace and b in trace for trace in word.traces)


@pytest.mark.parametrize("parts", [parts for parts in small_words if sum(parts) <= 3])
@pytest.mark.parametrize("transpose", [False, True])
def test_symmetries_are_all_permutations_that_keep_the_word(parts: tuple[int, ...], transpose: bool) -> None:
    word = TraceWord(parts)
    kept = [(word.row_pairs, word.column_pairs)]
    if transpose:
        kept.append((word.column_pairs, word.row_pairs))
    found = word.symmetries(transpose=transpose)
    assert len(set(found)) == len(found)
    assert set(found) == {
        image
        for image in permutations(range(word.size))
        if (apply(image, word.row_pairs), apply(image, word.column_pairs)) in kept
    }


@pytest.mark.parametrize("parts", [*small_words, (3, 2, 1), (1,) * 6])
def test_the_symmetry_group_is_a_product_of_wreath_products(parts: tuple[int, ...]) -> None:
    order = prod((2 * part) ** count * factorial(count) for part, count in Counter(parts).items())
    assert len(TraceWord(parts).symmetries()) == order


@pytest.mark.parametrize(("k", "count"), list(enumerate(CHORD_DIAGRAMS, start=1)))
def test_orbits_of_the_full_dihedral_group_are_counted_by_a054499(k: int, count: int) -> None:
    assert sum(1 for _ in TraceWord((k,)).orbits(transpose=True)) == count


@pytest.mark.parametrize("parts", [*small_words, (5,)])
@pytest.mark.parametrize("transpose", [False, True])
def test_burnside_counts_the_orbits(parts: tuple[int, ...], transpose: bool) -> None:
    word = TraceWord(parts)
    group = word.symmetries(transpose=transpose)
    fixed = sum(apply(image, pairs) == pairs for image in group for pairs in perfect_matchings(word.size))
    assert Fraction(fixed, len(group)) == sum(1 for _ in word.orbits(transpose=transpose))


@pytest.mark.parametrize("parts", [*small_words, (5,)])
@pytest.mark.parametrize("transpose", [False, True])
def test_orbits_are_disjoint_and_fill_the_matchings(parts: tuple[int, ...], transpose: bool) -> None:
    word = TraceWord(parts)
    group = word.symmetries(transpose=transpose)
    seen: Counter[tuple[tuple[int, int], ...]] = Counter()
    for representative, size in word.orbits(transpose=transpose):
        orbit = {apply(image, representative) for image in group}
        assert len(orbit) == size
        assert min(orbit) == representative
        seen.update(orbit)
    assert set(seen) == set(perfect_matchings(word.size))
    assert set(seen.values()) == {1}


@pytest.mark.parametrize("points", [-2, 3, 2.0, "4", True, None])
def test_only_even_numbers_of_points_are_matched(points: object) -> None:
    with pytest.raises(DomainError, match="even number of points"):
        count_perfect_matchings(points)  # type: ignore[arg-type]
    with pytest.raises(DomainError, match="even number of points"):
        perfect_matchings(points)  # type: ignore[arg-type]
    with pytest.raises(DomainError, match="even number of points"):
        random_perfect_matching(points, Random(0))  # type: ignore[arg-type]


NO_MATCHINGS = [
    [(0, 0)], [(0, 2)], [(0, 1), (1, 2)], [(-1, 0)], [(0, 1, 2)], [0, 1], [(0.0, 1.0)], 5, ["01"], [(0, 3)] * 1000,
]  # fmt: skip


@pytest.mark.parametrize("pairs", NO_MATCHINGS, ids=range(len(NO_MATCHINGS)))
def test_pairs_that_are_no_perfect_matching_are_refused(pairs: object) -> None:
    with pytest.raises(DomainError, match="need pairs") as caught:
        matching(pairs)  # type: ignore[arg-type]
    assert len(str(caught.value)) < 250


def test_traces_of_nothing_are_refused() -> None:
    with pytest.raises(DomainError, match="integers >= 1"):
        TraceWord((2, 0))
