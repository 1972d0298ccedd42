"""E p_λ(S) for all partitions λ of k at a general scale, by integration by parts upwards from degree 1.

The level of degree K holds all matrices E[p_λ S^r], |λ| + r = K, r >= 1, and all scalars E[p_λ], |λ| = K, each one a
packed integer; two levels are in memory at a time. Of the last only the scalars are wanted, so that its matrices are
forgotten one by one. See `marked_equations` for the equation and `power_sum_slots` for the integers.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from flint import fmpz

from wishart_moments.combinatorics.partitions import Partition, partitions
from wishart_moments.moments.general_scale.marked_equations import (
    MAX_BYTES,
    MarkedArithmetic,
    MarkedState,
    marked_equation,
    too_large,
)


@dataclass(frozen=True)
class _Level:
    degree: int
    matrices: dict[MarkedState, fmpz]
    scalars: dict[Partition, fmpz]

    def solve(self, parts: Partition, r: int, ring: MarkedArithmetic) -> fmpz:
        """Return E[p_λ S^{r+1}], which is of the next degree."""
        reduced, splits, joins = marked_equation(parts, r)
        # One state on the right has no mark: p_λ itself for r = 0, else the last of the splits.
        if r == 0:
            total, unmarked = fmpz(0), ring.times_n_plus_b(self.scalars[parts], 0)
        else:
            total = ring.times_n_plus_b(self.matrices[reduced], r)
            total += ring.times_v(sum((self.matrices[state] for state in splits[:-1]), fmpz(0)))
            unmarked = ring.times_v(self.scalars[splits[-1][0]])
        total += ring.times_a(sum((fmpz(weight) * self.matrices[state] for weight, state in joins), fmpz(0)))
        return total + ring.slots.lifted(unmarked, self.degree)


def _climb(k: int, ring: MarkedArithmetic) -> _Level:
    level = _Level(1, {((), 1): fmpz(1)}, {(1,): fmpz(1)})
    for degree in range(2, k + 1):
        matrices = {
            (parts, r + 1): level.solve(parts, r, ring) for r in range(degree) for parts in partitions(degree - 1 - r)
        }
        scalars = {parts: ring.slots.trace(matrices[parts[1:], parts[0]], degree) for parts in partitions(degree)}
        level = _Level(degree, matrices, scalars)
    return level


def packed_rows(k: int, ring: MarkedArithmetic) -> Iterator[tuple[Partition, fmpz]]:
    """Yield (λ, E p_λ) for all partitions λ of k >= 1, E p_λ a packed scalar of degree k.

    Raises:
        LimitError: at the first row, where the levels would take more than 2 GiB.
    """
    # A level of degree K has as many matrices, and in each as many slots, as there are partitions of 0, …, K − 1.
    counts = ring.slots.starts
    size = ring.slots.bytes * (counts[k - 1] ** 2 + max(counts[max(k - 2, 0)], counts[k + 1] - counts[k]) ** 2)
    if size > MAX_BYTES:
        raise too_large(k, size)
    if k == 1:
        yield (1,), fmpz(1)
        return
    level = _climb(k - 1, ring)
    for parts in partitions(k):
        # The smallest part has the shortest equation.
        yield parts, ring.slots.trace(level.solve(parts[:-1], parts[-1] - 1, ring), k)
