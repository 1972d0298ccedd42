"""The compiled Wick sum: it visits matchings, symmetry accounts for the rest, and nothing is lost."""

from collections import Counter
from itertools import chain
from math import factorial, prod

import pytest

from wishart_moments.combinatorics.matchings import TraceWord
from wishart_moments.combinatorics.partitions import Partition, partitions
from wishart_moments.errors import DisagreementError, LimitError, MethodError
from wishart_moments.moments import loop_equations, recurrence, wick, wick_count, zonal
from wishart_moments.moments.wick_count import count_contractions

WORDS = list(chain.from_iterable(partitions(k) for k in range(6)))


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize("parts", WORDS)
def test_the_compiled_count_is_the_readable_one(parts: Partition, beta: int) -> None:
    word = TraceWord(parts)
    counts = Counter(
        (len(wick.loops(word.row_pairs, contraction)), len(wick.loops(word.column_pairs, contraction)))
        for contraction in wick.contractions(word, beta)
    )
    assert count_contractions(parts, beta).counts == counts
    assert wick_count.expected_power_sum(parts, beta) == wick.expected_power_sum(parts, beta)


@pytest.mark.parametrize("k", range(1, 10))
def test_the_total_is_a_double_factorial_and_for_complex_entries_k_factorial(k: int) -> None:
    assert count_contractions((k,)).total == count_contractions((k,), 4).total == prod(range(1, 2 * k, 2))
    assert count_contractions((k,), 2).total == factorial(k)


def test_products_of_traces_are_visited_one_by_one() -> None:
    found = count_contractions((3, 2, 1))
    assert found.visited == found.total == prod(range(1, 12, 2))
    found = count_contractions((3, 2, 1), 2)
    assert found.visited == found.total == factorial(6)


def test_symmetry_accounts_for_nine_tenths_of_the_matchings() -> None:
    found = count_contractions((9,))
    assert 0 < 10 * found.visited < found.total == 34_459_425


def test_progress_reports_every_visit() -> None:
    batches: list[int] = []
    found = count_contractions((7,), progress=batches.append)
    assert sum(batches) == found.visited
    assert len(batches) > 1


def test_the_counts_are_symmetric_in_rows_and_columns_and_planar_at_the_top() -> None:
    counts = count_contractions((8,)).counts
    assert all(counts[f, v] == c for (v, f), c in counts.items())
    # V + F − k = 2 − 2·genus (or a cross-cap each), so V + F <= k + 1; the Catalan number of the planar ones.
    assert max(v + f for v, f in counts) == 9
    assert sum(c for (v, f), c in counts.items() if v + f == 9) == 1430


# 654,729,075 matchings, three times.
@pytest.mark.slow
@pytest.mark.parametrize("beta", [1, 2, 4])
def test_all_routes_agree_at_ten(beta: int) -> None:
    found = count_contractions((10,), beta)
    assert found.total == (factorial(10) if beta == 2 else 654_729_075)
    literal = wick.weigh(found.counts, (10,), beta)
    assert literal == loop_equations.expected_power_sum((10,), beta)
    assert literal == recurrence.TraceMomentTable(10, beta)[10]
    assert literal == zonal.expected_trace(10, beta) == zonal.expected_power_sum((10,), beta)


def test_eleven_is_refused_with_the_number_of_matchings() -> None:
    with pytest.raises(LimitError, match=r"13,749,310,575 matchings, more than 654,729,075; use method 'loop-eq"):
        count_contractions((11,))
    with pytest.raises(LimitError, match="k = 100000"):
        count_contractions((100_000,))


def test_other_ensembles_are_refused() -> None:
    with pytest.raises(MethodError, match="beta = 1, 2 and 4"):
        count_contractions((2,), 3)


def test_a_search_that_loses_a_matching_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    search = wick_count._search_all

    def careless(*arguments: object) -> object:
        counts = search(*arguments)
        counts[tuple(index[0] for index in counts.nonzero())] -= 1
        return counts

    monkeypatch.setattr(wick_count, "_search_all", careless)
    for parts in ((4,), (3, 1)):
        with pytest.raises(DisagreementError, match="not for 105"):
            count_contractions(parts)
