"""Ribbon graphs: Wick's theorem, Euler's formula, orientability, symmetry."""

from collections import Counter
from math import comb, factorial
from random import Random

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.combinatorics.matchings import (
    TraceWord,
    apply,
    perfect_matchings,
    random_perfect_matching,
)
from wishart_moments.combinatorics.partitions import Partition, partition, partitions
from wishart_moments.combinatorics.ribbon import RibbonGraph
from wishart_moments.errors import DomainError

Polynomial = Counter[tuple[int, int]]

small_words = [parts for k in range(1, 5) for parts in partitions(k)]


def contractions(parts: Partition) -> list[RibbonGraph]:
    return [RibbonGraph(parts, pairs) for pairs in perfect_matchings(2 * sum(parts))]


def weights(surfaces: list[RibbonGraph]) -> Polynomial:
    return Counter(surface.weight for surface in surfaces)


def value(polynomial: Polynomial, m: int, n: int) -> int:
    return sum(coefficient * m**v * n**f for (v, f), coefficient in polynomial.items())


@st.composite
def surfaces(draw: st.DrawFn) -> RibbonGraph:
    parts = partition(draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)))
    return RibbonGraph(parts, random_perfect_matching(2 * sum(parts), Random(draw(st.integers()))))


# For the products: tr S is χ² with mn degrees of freedom and independent of S / tr S, so that
# E p_2 p_1 = (mn + 4) E p_2 and E p_1³ = mn (mn + 2)(mn + 4).
@pytest.mark.parametrize(
    ("parts", "moment"),
    [
        ((1,), {(1, 1): 1}),
        ((2,), {(2, 1): 1, (1, 2): 1, (1, 1): 1}),
        ((1, 1), {(2, 2): 1, (1, 1): 2}),
        ((3,), {(3, 1): 1, (1, 3): 1, (2, 2): 3, (2, 1): 3, (1, 2): 3, (1, 1): 4}),
        ((2, 1), {(3, 2): 1, (2, 3): 1, (2, 2): 1, (2, 1): 4, (1, 2): 4, (1, 1): 4}),
        ((1, 1, 1), {(3, 3): 1, (2, 2): 6, (1, 1): 8}),
    ],
)
def test_contractions_add_up_to_the_moment(parts: Partition, moment: dict[tuple[int, int], int]) -> None:
    assert weights(contractions(parts)) == Counter(moment)


@pytest.mark.parametrize("parts", small_words)
def test_one_output_is_chi_squared(parts: Partition) -> None:
    # For m = 1 every product of traces of degree k is the k-th power of a χ² variable, n degrees of freedom.
    moment = weights(contractions(parts))
    for n in range(1, 7):
        expected = 1
        for i in range(sum(parts)):
            expected *= n + 2 * i
        assert value(moment, 1, n) == expected


@pytest.mark.parametrize("k", range(1, 5))
def test_transposition_exchanges_the_dimensions(k: int) -> None:
    moment = weights(contractions((k,)))
    assert moment == Counter({(f, v): coefficient for (v, f), coefficient in moment.items()})


@pytest.mark.parametrize("k", range(1, 6))
def test_planar_contractions_are_counted_by_catalan_numbers(k: int) -> None:
    planar = [surface for surface in contractions((k,)) if surface.is_planar]
    assert len(planar) == comb(2 * k, k) // (k + 1)
    assert all(surface.is_orientable and surface.euler_characteristic == 2 for surface in planar)


@pytest.mark.parametrize("k", range(1, 6))
def test_planar_contractions_refine_to_narayana_numbers(k: int) -> None:
    narayana = {(v, k + 1 - v): comb(k, v) * comb(k, v - 1) // k for v in range(1, k + 1)}
    moment = weights(contractions((k,)))
    assert {weight: count for weight, count in moment.items() if sum(weight) > k} == narayana


@pytest.mark.parametrize("k", range(1, 6))
def test_orientable_contractions_of_a_trace_pair_factors_with_transposed_ones(k: int) -> None:
    orientable = 0
    for surface in contractions((k,)):
        assert surface.is_orientable == all((a + b) % 2 for a, b in surface.matching)
        orientable += surface.is_orientable
    assert orientable == factorial(k)


@pytest.mark.parametrize("k", range(1, 6))
def test_orientable_contractions_add_up_to_the_complex_moment(k: int) -> None:
    # Haagerup and Thorbjørnsen, Expo. Math. 21 (2003), with d = m − n:
    # (k+2) M_{k+1} = (2k+1)(m+n) M_k + (k−1)(k²−d²) M_{k−1}.
    moment = weights([surface for surface in contractions((k,)) if surface.is_orientable])
    for m, n in [(1, 1), (2, 5), (7, 3)]:
        previous, current = m, m * n
        for j in range(1, k):
            above = (2 * j + 1) * (m + n) * current + (j - 1) * (j**2 - (m - n) ** 2) * previous
            previous, current = current, above // (j + 2)
        assert value(moment, m, n) == current


@pytest.mark.parametrize("r", range(1, 5))
def test_connected_contractions_of_traces_are_cumulants(r: int) -> None:
    # tr W Wᵀ is χ² with mn degrees of freedom, whose r-th cumulant is 2^{r−1} (r−1)! mn.
    connected = [surface for surface in contractions((1,) * r) if len(surface.connected_components) == 1]
    assert weights(connected) == Counter({(1, 1): 2 ** (r - 1) * factorial(r - 1)})


@given(surfaces())
@settings(deadline=None)
def test_the_graph_is_cubic_and_properly_three_coloured(surface: RibbonGraph) -> None:
    gem = surface.graph()
    assert gem.number_of_nodes() == surface.word.size
    for node in gem:
        assert sorted(kind for _, _, kind in gem.edges(node, data="kind")) == ["column", "pair", "row"]
    for index, trace in enumerate(surface.word.traces):
        for position, factor in enumerate(trace):
            assert gem.nodes[factor] == {
                "trace": index,
                "position": position,
                "transposed": position % 2 == 1,
            }


@given(surfaces())
@settings(deadline=None)
def test_traces_and_loops_are_the_two_coloured_cycles(surface: RibbonGraph) -> None:
    gem = surface.graph()

    def cycles(*kinds: str) -> set[frozenset[int]]:
        kept = [edge for edge in gem.edges(keys=True) if gem.edges[edge]["kind"] in kinds]
        return set(map(frozenset, nx.connected_components(gem.edge_subgraph(kept))))

    assert cycles("row", "column") == set(map(frozenset, surface.word.traces))
    assert cycles("row", "pair") == set(map(frozenset, surface.row_loops))
    assert cycles("column", "pair") == set(map(frozenset, surface.column_loops))


@given(surfaces())
@settings(deadline=None)
def test_loops_alternate_between_index_edges_and_pairs(surface: RibbonGraph) -> None:
    for loops, shared in (
        (surface.row_loops, surface.word.row_pairs),
        (surface.column_loops, surface.word.column_pairs),
    ):
        assert sorted(x for loop in loops for x in loop) == list(range(surface.word.size))
        for loop in loops:
            assert loop[0] == min(loop)
            for i in range(0, len(loop), 2):
                following = loop[(i + 2) % len(loop)]
                assert tuple(sorted(loop[i : i + 2])) in shared
                assert tuple(sorted((loop[i + 1], following))) in surface.matching


@given(surfaces())
@settings(deadline=None)
def test_a_component_has_characteristic_at_most_two_and_even_if_orientable(surface: RibbonGraph) -> None:
    assert sum(surface.component_characteristics) == surface.euler_characteristic
    assert sorted(x for traces in surface.connected_components for x in traces) == [*range(len(surface.parts))]
    assert all(characteristic <= 2 for characteristic in surface.component_characteristics)
    assert surface.genus >= 0
    if surface.is_orientable:
        assert all(characteristic % 2 == 0 for characteristic in surface.component_characteristics)
    assert surface.is_planar == all(characteristic == 2 for characteristic in surface.component_characteristics)
    assert surface.is_orientable or not surface.is_planar


@given(surfaces(), st.data())
@settings(deadline=None)
def test_symmetries_of_the_word_keep_the_surface(surface: RibbonGraph, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(surface.parts))))
    orders = sorted(range(len(surface.parts)), key=lambda i: (-surface.parts[i], order.index(i)))
    image: list[int] = []
    for i in orders:  # rotate or reflect each trace, and exchange equal ones
        trace = surface.word.traces[i]
        shift = 2 * data.draw(st.integers(0, surface.parts[i] - 1))
        sign = data.draw(st.sampled_from([1, -1]))
        image += [trace[(shift + (sign < 0) + sign * x) % len(trace)] for x in range(len(trace))]
    moved = RibbonGraph(surface.parts, apply(tuple(image), surface.matching))
    assert moved.weight == surface.weight
    assert moved.is_orientable == surface.is_orientable
    assert sorted(moved.component_characteristics) == sorted(surface.component_characteristics)


@pytest.mark.parametrize("parts", [(3,), (2, 1), (2, 2)])
def test_transposed_words_exchange_row_and_column_loops(parts: Partition) -> None:
    word = TraceWord(parts)
    exchanging = set(word.symmetries(transpose=True)) - set(word.symmetries())
    assert exchanging
    for surface in contractions(parts):
        for image in exchanging:
            moved = RibbonGraph(parts, apply(image, surface.matching))
            assert moved.weight == surface.weight[::-1]
            assert moved.euler_characteristic == surface.euler_characteristic


def test_the_empty_word_is_the_empty_surface() -> None:
    nothing = RibbonGraph((), ())
    assert nothing.weight == (0, 0)
    assert nothing.euler_characteristic == nothing.genus == 0
    assert nothing.connected_components == ()
    assert nothing.is_orientable


@pytest.mark.parametrize(
    ("parts", "pairs", "message"),
    [
        ((1, 2), ((0, 1), (2, 3), (4, 5)), r"weakly decreasing order, \(2, 1\), got \(1, 2\)"),
        ((2,), ((0, 1),), r"need 2 pairs for the 4 factors"),
        ((1,), ((0, 1), (2, 3)), r"need 1 pairs for the 2 factors"),
        ((1,), ((0, 0),), r"once each"),
        ((0,), (), r"integers >= 1"),
        (1, ((0, 1),), r"sequence of parts"),
        ((2,) * 1000, ((0, 1),), r"need 2000 pairs for the 4000 factors"),
        ((1, *[2] * 1000), (), r"weakly decreasing order"),
        ((10**5000,), ((0, 1),), r"need <int> pairs"),
        (np.array(3), ((0, 1),), r"sequence of parts"),
        ((1,), 1 + 2j, r"need pairs of integers"),
    ],
    ids=range(11),
)
def test_what_is_no_contraction_of_the_word_is_refused(parts: object, pairs: object, message: str) -> None:
    with pytest.raises(DomainError, match=message) as caught:
        RibbonGraph(parts, pairs)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
