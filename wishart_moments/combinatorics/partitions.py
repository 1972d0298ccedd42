"""Integer partitions: the labels of power sums, of zonal polynomials and of cycle types.

A partition λ of k is a tuple of positive integers in weakly decreasing order that sum to k; the empty tuple
is the partition of 0. References: Macdonald, Symmetric Functions and Hall Polynomials (1995), chapter I.1.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import factorial, prod

from wishart_moments.domain import integer, shown
from wishart_moments.errors import DomainError

Partition = tuple[int, ...]


def partitions(k: int, largest: int | None = None) -> Iterator[Partition]:
    """Yield the partitions of k with parts at most `largest`, in reverse lexicographic order.

    Args:
        k: the integer to be partitioned, k >= 0.
        largest: an upper bound of the parts; none by default.

    Raises:
        DomainError: at the call, if k is not an integer >= 0.

    Example:
        >>> list(partitions(4))
        [(4,), (3, 1), (2, 2), (2, 1, 1), (1, 1, 1, 1)]
        >>> list(partitions(0))
        [()]
    """
    number = integer(k)
    if number is None or number < 0:
        raise DomainError(f"need an integer k >= 0, got {shown(k)}")
    return _partitions(number, number if largest is None else largest)


def _partitions(k: int, largest: int) -> Iterator[Partition]:
    if k == 0:
        yield ()
        return
    for first in range(min(k, largest), 0, -1):
        for rest in _partitions(k - first, first):
            yield (first, *rest)


def partition(parts: Sequence[int]) -> Partition:
    """Return the parts in weakly decreasing order.

    Raises:
        DomainError: if parts is not a sequence of positive integers.

    Example:
        >>> partition([1, 3, 2])
        (3, 2, 1)
    """
    try:
        entries = list(parts)
    except TypeError:  # a NumPy array of no dimension has __iter__, too
        raise DomainError(f"need a sequence of parts, such as (2, 1), got {shown(parts)}") from None
    found: list[int] = []
    for entry in entries:
        part = integer(entry)
        if part is None or part < 1:
            raise DomainError(f"need parts that are integers >= 1, got {shown(entry)}")
        found.append(part)
    return tuple(sorted(found, reverse=True))


def label_and_zeros(parts: Sequence[int]) -> tuple[tuple[int, ...], int]:
    """Return the parts other than 0, of either sign, in decreasing order, and the number of zeros.

    Example:
        >>> label_and_zeros([1, 0, -1, 2])
        ((2, 1, -1), 1)
    """
    return tuple(sorted((part for part in parts if part), reverse=True)), list(parts).count(0)


def conjugate(parts: Partition) -> Partition:
    """Return the conjugate partition λ', whose j-th part counts the parts of λ that are at least j.

    Example:
        >>> conjugate((4, 2, 1))
        (3, 2, 1, 1)
    """
    return tuple(sum(part >= j for part in parts) for j in range(1, parts[0] + 1)) if parts else ()


def centralizer_order(parts: Partition) -> int:
    """Return z_λ = Π_i i^{c_i} c_i!, c_i the number of parts i: the order of the centralizer of a permutation
    of cycle type λ.

    Example:
        >>> centralizer_order((2, 1, 1))
        4
    """
    return prod(part**count * factorial(count) for part, count in Counter(parts).items())


def hook_lengths(parts: Partition) -> list[list[int]]:
    """Return the hook lengths h(i, j) = λ_i − j + λ'_j − i + 1 of the Young diagram, row by row.

    Example:
        >>> hook_lengths((4, 2, 1))
        [[6, 4, 2, 1], [3, 1], [1]]
    """
    columns = conjugate(parts)
    return [[part - j + columns[j] - i - 1 for j in range(part)] for i, part in enumerate(parts)]


def hook_product(parts: Partition) -> int:
    """Return H(λ), the product of the hook lengths; |λ|!/H(λ) counts the standard Young tableaux of shape λ.

    Example:
        >>> hook_product((4, 2, 1))
        144
    """
    return prod(prod(row) for row in hook_lengths(parts))


def dominates(upper: Partition, lower: Partition) -> bool:
    """Return whether λ ⊵ μ: every partial sum of λ is at least that of μ (both partitions of one integer).

    Example:
        >>> dominates((3, 1), (2, 2)), dominates((4, 1, 1), (3, 3)), dominates((3, 3), (4, 1, 1))
        (True, False, False)
    """
    if sum(upper) != sum(lower):
        raise DomainError(f"dominance compares partitions of one integer, got {upper} and {lower}")
    excess = 0
    for i, part in enumerate(lower):
        excess += (upper[i] if i < len(upper) else 0) - part
        if excess < 0:
            return False
    return True
