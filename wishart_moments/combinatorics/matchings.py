"""Perfect matchings of the factors of a product of traces, and the symmetries of the trace word.

A product of traces Π_i tr (W Wᵀ)^{λ_i} is a word of 2k factors, k = Σ λ_i, numbered 0..2k−1 along the traces
in turn. Even factors are W, odd ones Wᵀ. Factors 2t and 2t+1 share a column index of W; factor 2t+1 and the
next W of its trace (cyclically) share a row index. A Wick contraction is a perfect matching of the factors.

A matching is a tuple of pairs (a, b), a < b, in increasing order of a.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations, product
from math import prod
from operator import index
from random import Random

from wishart_moments.combinatorics.partitions import Partition, partition
from wishart_moments.domain import integer, shown
from wishart_moments.errors import DomainError

Matching = tuple[tuple[int, int], ...]
Permutation = tuple[int, ...]


def count_perfect_matchings(points: int) -> int:
    """Return (points − 1)!!, the number of perfect matchings of an even number of points.

    Example:
        >>> count_perfect_matchings(20)
        654729075
    """
    number = integer(points)
    if number is None or number < 0 or number % 2:
        raise DomainError(f"a perfect matching needs an even number of points, got {shown(points)}")
    return prod(range(1, number, 2))


def perfect_matchings(points: int) -> Iterator[Matching]:
    """Yield the perfect matchings of {0, …, points − 1} lazily, in lexicographic order.

    Example:
        >>> list(perfect_matchings(4))
        [((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2))]
    """
    count_perfect_matchings(points)  # refuses odd numbers at the call, not at the first matching

    def extend(free: tuple[int, ...]) -> Iterator[Matching]:
        if not free:
            yield ()
            return
        first, rest = free[0], free[1:]
        for i, partner in enumerate(rest):
            for tail in extend(rest[:i] + rest[i + 1 :]):
                yield ((first, partner), *tail)

    return extend(tuple(range(points)))


def random_perfect_matching(points: int, rng: Random) -> Matching:
    """Return a uniformly distributed perfect matching of {0, …, points − 1}.

    Example:
        >>> random_perfect_matching(6, Random(1))
        ((0, 5), (1, 4), (2, 3))
    """
    count_perfect_matchings(points)
    order = list(range(points))
    rng.shuffle(order)
    return matching(zip(order[::2], order[1::2], strict=True))


def matching(pairs: Sequence[tuple[int, int]] | Iterator[tuple[int, int]]) -> Matching:
    """Return the pairs as a matching in canonical order.

    Raises:
        DomainError: if the pairs do not match {0, …, 2k − 1} perfectly.

    Example:
        >>> matching([(3, 1), (2, 0)])
        ((0, 2), (1, 3))
    """
    try:
        integers = [(index(a), index(b)) for a, b in pairs]
    except (TypeError, ValueError) as error:
        raise DomainError("need pairs of integers, such as ((0, 1), (2, 3))") from error
    canonical = tuple(sorted((min(pair), max(pair)) for pair in integers))
    points = sorted(point for pair in canonical for point in pair)
    if points != list(range(len(points))):
        raise DomainError(
            f"need pairs that cover 0..{len(points) - 1} once each, such as ((0, 1), (2, 3)), got {shown(canonical)}"
        )
    return canonical


@dataclass(frozen=True)
class TraceWord:
    """The word of Π_i tr (W Wᵀ)^{λ_i}: which factors share a row index and which a column index of W.

    Example:
        >>> word = TraceWord((2, 1))
        >>> word.row_pairs, word.column_pairs
        (((0, 3), (1, 2), (4, 5)), ((0, 1), (2, 3), (4, 5)))
    """

    parts: Partition

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", partition(self.parts))

    @property
    def size(self) -> int:
        """The number 2k of factors."""
        return 2 * sum(self.parts)

    @property
    def traces(self) -> tuple[range, ...]:
        """The factors of each trace."""
        ends = [0]
        for part in self.parts:
            ends.append(ends[-1] + 2 * part)
        return tuple(range(start, stop) for start, stop in pairwise(ends))

    @property
    def row_pairs(self) -> Matching:
        """The matching R: factors that share a row index of W."""
        return matching((trace[2 * t - 1], trace[2 * t]) for trace in self.traces for t in range(len(trace) // 2))

    @property
    def column_pairs(self) -> Matching:
        """The matching C: factors that share a column index of W."""
        return tuple((t, t + 1) for t in range(0, self.size, 2))

    def symmetries(self, *, transpose: bool = False) -> list[Permutation]:
        """Return the permutations of the factors that map R to R and C to C.

        They are the rotations and reflections of every trace and the exchanges of equal traces: for a single
        trace the dihedral group of order 2k (it acts simply transitively on the 2k factors).

        Args:
            transpose: also return those that exchange R with C (W with Wᵀ throughout, m with n): for a single
                trace with k > 1 the full dihedral group of the 2k-gon, of order 4k.

        Cost: the order of the group.

        Example:
            >>> len(TraceWord((3,)).symmetries()), len(TraceWord((3,)).symmetries(transpose=True))
            (6, 12)
            >>> len(TraceWord((1, 1)).symmetries())
            8
        """
        orders = [
            order
            for order in permutations(range(len(self.parts)))
            if all(self.parts[i] == part for i, part in zip(order, self.parts, strict=True))
        ]
        found: dict[Permutation, None] = {}
        for exchange in (False, True) if transpose else (False,):
            turns = [_turns(trace, exchange) for trace in self.traces]
            for order in orders:
                for choice in product(*(turns[i] for i in order)):
                    found[tuple(x for turn in choice for x in turn)] = None
        return list(found)

    def orbits(self, *, transpose: bool = False) -> Iterator[tuple[Matching, int]]:
        """Yield (representative, size) for every orbit of matchings under the symmetries, lazily.

        The representative is the lexicographically smallest of its orbit; the sizes add up to (2k − 1)!!.

        Cost: (2k − 1)!! times the order of the group; memory does not grow.

        Example:
            >>> list(TraceWord((2,)).orbits())
            [(((0, 1), (2, 3)), 1), (((0, 2), (1, 3)), 1), (((0, 3), (1, 2)), 1)]
            >>> [sum(1 for _ in TraceWord((k,)).orbits(transpose=True)) for k in range(1, 6)]
            [1, 2, 5, 17, 79]
        """
        group = self.symmetries(transpose=transpose)
        for candidate in perfect_matchings(self.size):
            stabilizer = 0
            for image in group:
                moved = apply(image, candidate)
                if moved < candidate:
                    break
                stabilizer += moved == candidate
            else:
                yield candidate, len(group) // stabilizer


def _turns(trace: range, exchange: bool) -> list[Permutation]:
    # x ↦ shift + x keeps R and C for even shift and exchanges them for odd; x ↦ shift − x the other way round
    # (look at the image of the column pair {0, 1}).
    length = len(trace)
    return list(
        dict.fromkeys(
            tuple(trace[(shift + sign * x) % length] for x in range(length))
            for shift in range(length)
            for sign in (1, -1)
            if ((shift + (sign < 0)) % 2 == 1) is exchange
        )
    )


def apply(permutation: Permutation, pairs: Matching) -> Matching:
    """Return the image of a matching under a permutation of its points.

    Example:
        >>> apply((1, 2, 3, 0), ((0, 1), (2, 3)))
        ((0, 3), (1, 2))
    """
    images = ((permutation[a], permutation[b]) for a, b in pairs)
    return tuple(sorted((a, b) if a < b else (b, a) for a, b in images))
