"""Symmetric polynomials in m and n inside single integers (Kronecker substitution).

Every E p_λ is symmetric in m and n, hence a polynomial in s = m + n and p = mn: half the variables' range, a quarter
of the terms. The coefficients are integers of known size, so the polynomial is determined by its value at one point
s = 2^B, p = 2^(BK), and that value is one integer. Addition of polynomials becomes addition of integers,
multiplication by s or p a shift: memory speed, no terms to manage. Since evaluation is a ring homomorphism,
intermediate results may have coefficients of any size and sign; only what is unpacked must fit.

Reference: von zur Gathen, Gerhard, Modern Computer Algebra (2013), section 8.4.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from flint import fmpz


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
        >>> ring.unpack(ring.times_s(p) + p)
        {(0, 1): 1, (1, 1): 1}
    """

    bits: int
    width: int
    symbolic: bool = False
    signed: bool = False

    @property
    def _row(self) -> int:
        """The number of fields of one power of p."""
        return self.width**2 if self.symbolic else self.width

    def bytes(self, degree: int) -> int:
        """Return the size of a polynomial of that degree in p."""
        return self.bits // 8 * self._row * (degree + 1)

    def times_s(self, x: fmpz) -> fmpz:
        """Multiply by s = m + n."""
        return x << self.bits

    def times_b(self, x: fmpz) -> fmpz:
        """Multiply by b = 2/β − 1."""
        return x << (self.bits * self.width)

    def times_p(self, x: fmpz) -> fmpz:
        """Multiply by p = mn."""
        return x << (self.bits * self._row)

    def unpack(self, packed: fmpz) -> dict[tuple[int, ...], int]:
        """Return the coefficients {(i, j): c} of s^i p^j, or {(i, j, e): c} of s^i p^j b^e where b is symbolic."""
        terms: dict[tuple[int, ...], int] = {}
        for index, c in fields(packed, self.bits, signed=self.signed):
            j, low = divmod(index, self._row)
            e, i = divmod(low, self.width)
            terms[(i, j, e) if self.symbolic else (i, j)] = c
        return terms
