"""Combinations of p_μ(Σ) Σ^j inside single integers: one slot for each μ, in it a field for each power of n.

A matrix or scalar of degree K is Σ c_{μ,j} p_μ(Σ) Σ^j with |μ| + j = K, so that μ alone tells the place of c_{μ,j}. The
slots come in the order of |μ| = 0, 1, 2, … and, for one |μ|, of `partitions`. Then

- multiplication by Σ changes nothing at all: it raises every j by one;
- multiplication by n, or by b = 2/β − 1 where β is symbolic, is a shift by a field, or by a row of fields;
- addition is the addition of two integers, at the speed of memory;
- the trace, p_μ Σ^j → p_{μ∪j}, is the one operation that has to look at the slots.

Scalars are held without the empty slots |μ| < K below them. As in `packed`, the coefficients are known to fit whenever
the fields are looked at, and intermediate results may be anything.
"""

from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate

from flint import fmpz

from wishart_moments.combinatorics.partitions import Partition, partitions


class Slots:
    """The places of the coefficients, for polynomials of degree < `width` in n (and in b).

    Args:
        bits: the size of a field, a multiple of 8.
        width: the number of powers of n, and of b.
        symbolic: whether the polynomials have the variable b as well.
        signed: whether coefficients may be negative.
    """

    def __init__(self, bits: int, width: int, *, symbolic: bool = False, signed: bool = False) -> None:
        self.bits, self.width, self.symbolic, self.signed = bits, width, symbolic, signed
        fields = width**2 if symbolic else width
        self.bytes = bits // 8 * fields
        """The size of a slot."""
        self._zero = (1 << (bits - 1) if signed else 0).to_bytes(bits // 8, "little") * fields
        self._known_labels: dict[int, list[Partition]] = {}
        self._traces: dict[int, list[list[int]]] = {}

    @cached_property
    def starts(self) -> list[int]:
        """The number of slots with |μ| < d, for d = 0, …, width + 1."""
        return [0, *accumulate(count_partitions(self.width))]

    @cached_property
    def _places(self) -> dict[Partition, int]:
        return {mu: i for i, mu in enumerate(mu for d in range(self.width) for mu in partitions(d))}

    def _labels(self, degree: int) -> list[Partition]:
        if degree not in self._known_labels:
            self._known_labels[degree] = list(partitions(degree))
        return self._known_labels[degree]

    def times_n(self, x: fmpz) -> fmpz:
        """Multiply by n."""
        return x << self.bits

    def times_b(self, x: fmpz) -> fmpz:
        """Multiply by b = 2/β − 1."""
        return x << (self.bits * self.width)

    def lifted(self, scalar: fmpz, degree: int) -> fmpz:
        """Return a scalar of that degree as a matrix, the multiple of the identity."""
        return scalar << (8 * self.bytes * self.starts[degree])

    def trace(self, matrix: fmpz, degree: int) -> fmpz:
        """Return the trace, a scalar, of a matrix of that degree without a term j = 0."""
        raw = self._bytes(matrix, self.starts[degree]) + self._zero
        sources = self._sources(degree)
        total = 0
        for slots in sources:
            total += int.from_bytes(b"".join([raw[at : at + self.bytes] for at in slots]), "little")
        return fmpz(total - len(sources) * self._halves(len(sources[0])))

    def _sources(self, degree: int) -> list[list[int]]:
        """Return, for the t-th distinct part j of every ν of that degree, where the slot of ν∖j (or zeros) begins."""
        if degree not in self._traces:
            at = self._places
            rows = [
                [at[nu[: nu.index(j)] + nu[nu.index(j) + 1 :]] for j in dict.fromkeys(nu)] for nu in partitions(degree)
            ]
            nothing = self.starts[degree]
            self._traces[degree] = [
                [self.bytes * (row[t] if t < len(row) else nothing) for row in rows] for t in range(max(map(len, rows)))
            ]
        return self._traces[degree]

    def terms(self, scalar: fmpz, degree: int) -> Iterator[tuple[Partition, list[int]]]:
        """Yield the non-zero (μ, fields) of a scalar of that degree, the fields up to the last that is not zero."""
        raw, size, step = self._bytes(scalar, self.starts[degree + 1] - self.starts[degree]), self.bytes, self.bits // 8
        half = 1 << (self.bits - 1) if self.signed else 0
        for i, mu in enumerate(self._labels(degree)):
            slot = raw[i * size : (i + 1) * size]
            if slot != self._zero:
                end = size if self.signed else len(slot.rstrip(b"\0"))
                yield mu, [int.from_bytes(slot[at : at + step], "little") - half for at in range(0, end, step)]

    def _halves(self, count: int) -> int:
        """Return what is added to so many slots so that no field is negative: half the range of each, if signed."""
        return int.from_bytes(self._zero * count, "little") if self.signed else 0

    def _bytes(self, packed: fmpz, count: int) -> bytes:
        return (int(packed) + self._halves(count)).to_bytes(self.bytes * count, "little")


def count_partitions(k: int) -> list[int]:
    """Return p(0), …, p(k), the numbers of partitions.

    Example:
        >>> count_partitions(6)
        [1, 1, 2, 3, 5, 7, 11]
    """
    counts = [1, *[0] * k]
    for part in range(1, k + 1):
        for total in range(part, k + 1):
            counts[total] += counts[total - part]
    return counts
