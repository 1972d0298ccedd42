"""The literal Wick sum, compiled by numba: every matching is visited, 654,729,075 of them for E tr S^10.

A depth-first search extends a partial matching chord by chord and keeps the open paths of R ∪ π and of C ∪ π by their
end points, so that a chord closes a loop or joins two paths in constant time.

A single trace is a cycle of 2k factors. Its 2k rotations map matchings to matchings; a rotation by one exchanges R
with C. Each matching has c >= 1 chords of its shortest length d, and each of these is moved to (0, d) by some rotation.
So the search visits only the matchings that contain (0, d) and no shorter chord, and each of them stands for k/c
matchings with its loops (V, F) and k/c with (F, V). That is less than a tenth of all; the total is checked to be
(2k − 1)!!.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import factorial
from os import cpu_count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wishart_moments.combinatorics.matchings import TraceWord, count_perfect_matchings
from wishart_moments.combinatorics.partitions import Partition, partition
from wishart_moments.compiled import EXTRA, available, compiled
from wishart_moments.errors import DisagreementError, LimitError
from wishart_moments.moments.polynomials import Polynomial
from wishart_moments.moments.wick import check, weigh

MAX_MATCHINGS = 654_729_075
"""The most matchings that the compiled sum visits: those of 20 factors (k = 10)."""


def max_degree() -> int:
    """Return the largest k whose matchings are visited: 10, or 8 (2,027,025 matchings) where numba is not installed.

    Example:
        >>> max_degree() in (8, 10)
        True
    """
    return 10 if available() else 8


@dataclass(frozen=True)
class ContractionCount:
    """The matchings of a trace word by their loops.

    Attributes:
        counts: {(#(R ∪ π), #(C ∪ π)): number of matchings}.
        visited: how many matchings the search visited; symmetry accounts for the others.
    """

    counts: Counter[tuple[int, int]]
    visited: int

    @property
    def total(self) -> int:
        """The number of matchings that contribute."""
        return self.counts.total()


def _search(
    prefix: NDArray[np.int64],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    shortest: int,
    bipartite: bool,
    counts: NDArray[np.int64],
) -> None:
    """Add to counts[c, V, F] the matchings that extend the chords of the prefix.

    Args:
        prefix: chords (a, b), one a row.
        rows, columns: the partner of each factor under R and under C.
        shortest: chords shorter than this, round the cycle, are not allowed; c counts those of just this length.
        bipartite: whether chords must join an even factor with an odd one.
    """
    size = rows.shape[0]
    depth_limit = size // 2
    row_end, column_end = rows.copy(), columns.copy()
    # The unmatched factors as a doubly linked list with a head at `size`.
    after, before = np.empty(size + 1, np.int64), np.empty(size + 1, np.int64)
    for x in range(size + 1):
        after[x] = x + 1 if x < size else 0
        before[x] = x - 1 if x > 0 else size
    first, second = np.empty(depth_limit, np.int64), np.empty(depth_limit, np.int64)
    joined_row, joined_column = np.empty(depth_limit, np.bool_), np.empty(depth_limit, np.bool_)
    is_short = np.empty(depth_limit, np.bool_)
    short = loops_row = loops_column = 0
    fixed = prefix.shape[0]
    depth = 0
    candidate = prefix[0, 1] if fixed else after[after[size]]
    start = prefix[0, 0] if fixed else after[size]
    while True:
        # Find the next admissible chord (start, candidate) of this depth.
        found = False
        length = 0
        while candidate != size:
            length = min(candidate - start, size - candidate + start)
            if length >= shortest and (not bipartite or length % 2 == 1):
                found = True
                break
            if depth < fixed:
                return
            candidate = after[candidate]
        if found:
            a, b = start, candidate
            first[depth], second[depth] = a, b
            after[before[b]], before[after[b]] = after[b], before[b]
            after[before[a]], before[after[a]] = after[a], before[a]
            is_short[depth] = length == shortest
            short += is_short[depth]
            x, y = row_end[a], row_end[b]
            joined_row[depth] = x != b
            if x == b:
                loops_row += 1
            else:
                row_end[x], row_end[y] = y, x
            x, y = column_end[a], column_end[b]
            joined_column[depth] = x != b
            if x == b:
                loops_column += 1
            else:
                column_end[x], column_end[y] = y, x
            depth += 1
            if depth < depth_limit:
                if depth < fixed:
                    start, candidate = prefix[depth, 0], prefix[depth, 1]
                else:
                    start = after[size]
                    candidate = after[start]
                continue
            counts[short, loops_row, loops_column] += 1
        # Take the last chord back and look for its successor.
        if depth <= fixed:
            return
        depth -= 1
        a, b = first[depth], second[depth]
        if joined_column[depth]:
            x, y = column_end[a], column_end[b]
            column_end[x], column_end[y] = a, b
        else:
            loops_column -= 1
        if joined_row[depth]:
            x, y = row_end[a], row_end[b]
            row_end[x], row_end[y] = a, b
        else:
            loops_row -= 1
        short -= is_short[depth]
        after[before[a]], before[after[a]] = a, a
        after[before[b]], before[after[b]] = b, b
        start = a
        candidate = after[b]


@cache
def _kernel() -> Any:
    return compiled(_search)


def _search_all(
    word: TraceWord,
    shortest: int,
    prefixes: list[list[tuple[int, int]]],
    bipartite: bool,
    progress: Callable[[int], None] | None,
) -> NDArray[np.int64]:
    """Return counts[c, V, F] over all prefixes, on all processors."""
    k = word.size // 2
    partners: list[NDArray[np.int64]] = []
    for pairs in (word.row_pairs, word.column_pairs):
        partner = np.empty(2 * k, np.int64)
        for a, b in pairs:
            partner[a], partner[b] = b, a
        partners.append(partner)

    def run(prefix: list[tuple[int, int]]) -> NDArray[np.int64]:
        counts = np.zeros((k + 1, k + 1, k + 1), np.int64)
        chords = np.array(prefix, np.int64).reshape(len(prefix), 2)
        _kernel()(chords, partners[0], partners[1], shortest, bipartite, counts)
        return counts

    total = np.zeros((k + 1, k + 1, k + 1), np.int64)
    with ThreadPoolExecutor(cpu_count()) as pool:
        try:
            for counts in pool.map(run, prefixes):
                total += counts
                if progress is not None:
                    progress(int(counts.sum()))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return total


def _prefixes(points: int, chords: int, start: tuple[tuple[int, int], ...] = ()) -> list[list[tuple[int, int]]]:
    """Return the beginnings of that many chords (or all there are) of the search for matchings that contain `start`."""
    beginnings = [list(start)]
    for _ in range(min(chords, points // 2 - len(start))):
        extended: list[list[tuple[int, int]]] = []
        for beginning in beginnings:
            free = sorted(set(range(points)) - {x for chord in beginning for x in chord})
            extended += [[*beginning, (free[0], partner)] for partner in free[1:]]
        beginnings = extended
    return beginnings


def count_contractions(
    parts: Partition, beta: int | Fraction = 1, *, progress: Callable[[int], None] | None = None
) -> ContractionCount:
    """Count the Wick contractions of Π_i tr S^{λ_i} by their loops, visiting them one by one; exact.

    Args:
        parts: λ, a partition of k <= 10; of k <= 8 where numba is not installed.
        beta: 1 or 4 (all matchings), 2 (those of W with W^†).
        progress: called now and then with the number of matchings visited since the last call.

    Returns:
        The counts; for a single trace the cycle's symmetry accounts for nine tenths of the matchings.

    Raises:
        LimitError: for larger k; the message says how many matchings there are.
        MethodError: for any other beta.

    Cost:
        E tr S^10 takes some two seconds on two cores, plus the compilation at the very first call. Products of traces
        visit all (2k − 1)!! matchings.

    Example:
        >>> sorted(count_contractions((3,)).counts.items())
        [((1, 1), 4), ((1, 2), 3), ((1, 3), 1), ((2, 1), 3), ((2, 2), 3), ((3, 1), 1)]
    """
    label = partition(parts)
    check(label, beta, MAX_MATCHINGS)
    if sum(label) > max_degree():
        raise LimitError(
            f"need k <= 8 without numba, got {sum(label)}: pip install '{EXTRA}', or use method 'loop-equations'"
        )
    word = TraceWord(label)
    k, bipartite = sum(label), beta == 2
    if not label:
        return ContractionCount(Counter({(0, 0): 1}), 1)
    if len(label) > 1:
        found = _search_all(word, 0, _prefixes(2 * k, 2), bipartite, progress)[0]
        counts = Counter({(int(v), int(f)): int(found[v, f]) for v, f in np.argwhere(found)})
        visited = counts.total()
    else:
        visited = 0
        fractions: dict[tuple[int, int], Fraction] = {}
        for d in range(1, k + 1):
            found = _search_all(word, d, _prefixes(2 * k, 1, ((0, d),)), bipartite, progress)
            visited += int(found.sum())
            for c, v, f in np.argwhere(found).tolist():
                # A diameter, d = k, is reached from (0, k) by two rotations.
                share = Fraction(k * int(found[c, v, f]), c * (2 if d == k else 1))
                for key in ((v, f), (f, v)):
                    fractions[key] = fractions.get(key, Fraction(0)) + share
        counts = Counter({key: int(share) for key, share in fractions.items() if share.denominator == 1})
    expected = factorial(k) if bipartite else count_perfect_matchings(2 * k)
    if counts.total() != expected:
        raise DisagreementError(f"the visited matchings stand for {counts.total():,}, not for {expected:,}")
    return ContractionCount(counts, visited)


def expected_power_sum(
    parts: Partition, beta: int | Fraction = 1, *, progress: Callable[[int], None] | None = None
) -> Polynomial:
    """Return E p_λ(S) = E Π_i tr S^{λ_i} as a polynomial in m and n from `count_contractions`; exact.

    Args, Raises, Cost: as for `count_contractions`.

    Example:
        >>> print(expected_power_sum((3,), 2))
        m^3*n + 3*m^2*n^2 + m*n^3 + m*n
    """
    label = partition(parts)
    return weigh(count_contractions(label, beta, progress=progress).counts, label, beta)
