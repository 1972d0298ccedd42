"""Symmetric polynomials in m and n inside single integers (Kronecker substitution).

Every E p_λ is symmetric in m and n, hence a polynomial in s = m + n and p = mn: half the variables' range, a quarter
of the terms. The coefficients are integers of known size, so the polynomial is determined by its value at one point
s = 2^B, p = 2^(BK), and that value is one integer. Addition of polynomials becomes addition of integers,
multiplication by s or p a shift: memory speed, no terms to manage. Since evaluation is a ring homomorphism,
intermediate results may have coefficients of any size and sign; only what is unpacked must fit.

Reference: von zur Gathen, Gerhard, Modern Computer Algebra (2013), section 8.4.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flint import fmpz

from wishart_moments.moments.polynomials import Terms


def field_bits(bound: int) -> int:
    """Return the size of a field, a multiple of 8, for integers of absolute value at most `bound`, and a sign."""
    return 8 * (bound.bit_length() // 8 + 1)


def fields(packed: fmpz, bits: int, *, signed: bool = False) -> Iterator[tuple[int, int]]:
    """Yield (index, c) for every non-zero c in packed = Σ c 2^(bits index).

    Args:
        packed: the integer.
        bits: the size of a field, a multiple of 8.
        signed: whether c may be negative: then |c| < 2^(bits − 1), else 0 <= c < 2^bits.

    Example:
        >>> list(fields(fmpz(5 - (3 << 16)), 8, signed=True))
        [(0, 5), (2, -3)]
    """
    size = bits // 8
    count = packed.bit_length() // bits + 1
    number = int(packed)
    if signed:
        # Half the range is added to every field, so that negative coefficients do not borrow from their neighbours.
        half = 1 << (bits - 1)
        count += 1
        number += int.from_bytes(half.to_bytes(size, "little") * count, "little")
        for index, c in fields(fmpz(number), bits):
            if c != half:
                yield index, c - half
        return
    raw = number.to_bytes(size * count, "little")
    for index in range(count):
        c = int.from_bytes(raw[index * size : (index + 1) * size], "little")
        if c:
            yield index, c


@dataclass(frozen=True)
class Packing:
    """Polynomials Σ c s^i p^j b^e with i, e < width, packed as one integer of fields for c.

    The variable b = 2/β − 1 is carried only where β is symbolic; `signed` says whether c may be negative.

    Example:
        >>> ring = Packing(bits=field_bits(1000), width=3)
        >>> p = ring.times_p(fmpz(1))
        >>> ring.unpack(ring.times_s(p) + p)  # p s + p = m²n + mn² + mn
        {(1, 1): 1, (1, 2): 1, (2, 1): 1}
    """

    bits: int
    width: int
    symbolic: bool = False
    signed: bool = False

    @property
    def _row(self) -> int:
        """The number of fields of one power of p."""
        return self.width**2 if self.symbolic else self.width

    def times_s(self, x: fmpz) -> fmpz:
        """Multiply by s = m + n."""
        return x << self.bits

    def times_b(self, x: fmpz) -> fmpz:
        """Multiply by b = 2/β − 1."""
        return x << (self.bits * self.width)

    def times_p(self, x: fmpz) -> fmpz:
        """Multiply by p = mn."""
        return x << (self.bits * self._row)

    def unpack(self, packed: fmpz) -> Terms:
        """Return the coefficients {(i, j): c} of m^i n^j, or {(i, j, e): c} of m^i n^j b^e where b is symbolic."""
        by_power_of_b: dict[int, list[tuple[int, int, int]]] = {}
        for index, c in fields(packed, self.bits, signed=self.signed):
            j, low = divmod(index, self._row)
            e, i = divmod(low, self.width)
            by_power_of_b.setdefault(e, []).append((i, j, c))
        if not self.symbolic:
            return expand(by_power_of_b.get(0, []))
        return {(*exponents, e): c for e, terms in by_power_of_b.items() for exponents, c in expand(terms).items()}


def expand(terms: Iterable[tuple[int, int, int]]) -> dict[tuple[int, int], int]:
    """Return the coefficients {(i, j): c} of m^i n^j in Σ c (m+n)^i (mn)^j from the (i, j, c).

    Example:
        >>> expand([(2, 1, 1)])
        {(1, 3): 1, (2, 2): 2, (3, 1): 1}
    """
    by_degree: dict[int, dict[int, int]] = {}
    for i, j, c in terms:
        by_degree.setdefault(i + 2 * j, {})[j] = c
    expanded: dict[tuple[int, int], int] = {}
    for degree, row in by_degree.items():
        # f(x) = Σ_j c_j x^j (1+x)^(degree−2j) with x = m/n: Horner in (1+x)², packed by x = 2^bits.
        bits = field_bits(sum(abs(c) << (degree - 2 * j) for j, c in row.items()))
        low, high = min(row), max(row)
        f = fmpz(0)
        for j in range(low, high + 1):
            f += (f << (bits + 1)) + (f << (2 * bits))
            if j in row:
                f += fmpz(row[j]) << (bits * (j - low))
        for _ in range(degree - 2 * high):
            f += f << bits
        for x, c in fields(f, bits, signed=min(row.values()) < 0):
            expanded[low + x, degree - low - x] = c
    return expanded
