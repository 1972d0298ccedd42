"""E tr S^k by linear recurrences in k: the fast road to single traces.

The recurrences are those of `recurrence_coefficients`, solved for the highest moment; for β = 4 by duality,
M_k(m, n) = (−1)^(k−1) 2^(−k−1) M_k^{β=1}(−2m, −2n). They are theorems, for all m, n and k: `proofs.theorems` proves
them from the density of the eigenvalues.

References: Haagerup, Thorbjørnsen, Expo. Math. 21 (2003) 293 (β = 2); Ledoux, Ann. Inst. H. Poincaré 45 (2009) 754, and
Rahman, Forrester, arXiv 1908.04963 (how recurrences for β = 1 arise); Bryc, Pierce, Electron. J. Probab. 14 (2009) 452
(duality of real and quaternionic Wishart matrices).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import count, zip_longest
from math import prod
from typing import Any

from flint import fmpq, fmpz, fmpz_mpoly, fmpz_mpoly_ctx

from wishart_moments.domain import shown
from wishart_moments.errors import LimitError, MethodError
from wishart_moments.moments.packed import field_bits, fields
from wishart_moments.moments.polynomials import RING, Polynomial, Terms, polynomial, rational

MAX_POLYNOMIAL_K = 400
"""The largest k for which the polynomial is computed (160,000 coefficients of up to 3,300 bits; some minutes)."""

MAX_NUMBER_K = 50_000
"""The largest k for which the moments at given m and n are computed (numbers of some 10^6 bits; some minutes)."""

WHOLE_MAX_K = 40
"""Up to this k a polynomial is one packed integer; beyond, one for each power of n, which stay in the cache."""


_ZERO = fmpz(0)


class _PackedRing(ABC):
    """Polynomials in m and n as packed integers, or as objects made of them (see `packed`)."""

    one: Any

    @abstractmethod
    def times_m(self, x: Any) -> Any: ...

    @abstractmethod
    def times_n(self, x: Any) -> Any: ...

    @abstractmethod
    def terms(self, x: Any) -> dict[tuple[int, int], int]: ...

    def times_s(self, x: Any) -> Any:
        return self.times_m(x) + self.times_n(x)

    def times_p(self, x: Any) -> Any:
        return self.times_n(self.times_m(x))

    def times_d(self, x: Any) -> Any:
        difference = self.times_m(x) - self.times_n(x)
        return self.times_m(difference) - self.times_n(difference)


class _Whole(_PackedRing):
    """One integer for each polynomial: m = 2^bits, n = m^width."""

    def __init__(self, bits: int, width: int) -> None:
        self.bits, self.width = bits, width
        self.one = fmpz(1)

    def times_m(self, x: fmpz) -> fmpz:
        return x << self.bits

    def times_n(self, x: fmpz) -> fmpz:
        return x << (self.bits * self.width)

    def terms(self, x: fmpz) -> dict[tuple[int, int], int]:
        row = self.bits * self.width
        count = x.bit_length() // row + 1
        return _symmetric_terms([(x >> (j * row)) & ((fmpz(1) << row) - 1) for j in range(count)], self.bits)


class _Rows:
    """Σ_j n^j x_j, every x_j a polynomial in m packed into one integer by m = 2^bits."""

    __slots__ = ("rows",)

    def __init__(self, rows: list[fmpz]) -> None:
        self.rows = rows

    def __add__(self, other: "_Rows") -> "_Rows":
        return _Rows([x + y for x, y in zip_longest(self.rows, other.rows, fillvalue=_ZERO)])

    def __sub__(self, other: "_Rows") -> "_Rows":
        return _Rows([x - y for x, y in zip_longest(self.rows, other.rows, fillvalue=_ZERO)])

    def __rmul__(self, factor: int) -> "_Rows":
        return _Rows([factor * x for x in self.rows])

    def __floordiv__(self, divisor: int) -> "_Rows":
        return _Rows([x // divisor for x in self.rows])


class _RowWise(_PackedRing):
    """One integer for each power of n."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.one = _Rows([fmpz(1)])

    def times_m(self, x: _Rows) -> _Rows:
        return _Rows([row << self.bits for row in x.rows])

    def times_n(self, x: _Rows) -> _Rows:
        return _Rows([_ZERO, *x.rows])

    def terms(self, x: _Rows) -> dict[tuple[int, int], int]:
        return _symmetric_terms(x.rows, self.bits)


def _symmetric_terms(rows: list[fmpz], bits: int) -> dict[tuple[int, int], int]:
    """Return {(i, j): c} for Σ c m^i n^j, symmetric in m and n, from the packed coefficients of n^j."""
    terms: dict[tuple[int, int], int] = {}
    for j, row in enumerate(rows):
        for beyond, c in fields(row >> (bits * j), bits):
            terms[j + beyond, j] = terms[j, j + beyond] = c
    return terms


def _real_polynomials(ring: _PackedRing) -> Iterator[Any]:
    """Yield the packed M_1, M_2, … for β = 1."""
    s, d = ring.times_s, ring.times_d
    m1 = ring.times_p(ring.one)
    m2 = s(m1) + m1
    m3 = s(s(m1)) + ring.times_p(m1) + 3 * s(m1) + 4 * m1
    yield from (m1, m2, m3)
    m0 = d0 = 0 * m1  # M_0 = m enters with the factor k = 0
    d1, d2 = d(m1), d(m2)
    for k in count():
        c2, c1 = ((5 * k + 44) * k + 125) * k + 115, ((10 * k + 52) * k + 86) * k + 45
        inner = (4 * k + 15) * m3 - c1 * m1 + (4 * k + 5) * d1
        total = s(inner) - inner + c2 * m2 - (2 * k + 5) * (d2 + 2 * s(s(m2) - 2 * m2))
        if k:
            inner = (k + 2) ** 2 * m0 - d0
            total = total - k * ((2 * k + 1) ** 2 * inner - d(inner))
        m0, m1, m2, m3 = m1, m2, m3, total // (k + 5)
        d0, d1, d2 = d1, d2, d(m2)
        yield m3


def _complex_polynomials(ring: _PackedRing) -> Iterator[Any]:
    """Yield the packed M_1, M_2, … for β = 2."""
    moment = ring.times_p(ring.one)
    lower = 0 * moment  # M_0 = m enters with the factor k − 1 = 0
    for k in count(1):
        yield moment
        step = (2 * k + 1) * ring.times_s(moment) + (k - 1) * (k * k * lower - ring.times_d(lower))
        lower, moment = moment, step // (k + 2)


def _check(beta: int | Fraction) -> None:
    if beta not in (1, 2, 4):
        raise MethodError(f"the recurrences are for beta = 1, 2 and 4, got {shown(beta)}; use method 'loop-equations'")


class TraceMomentTable(Mapping[int, Polynomial]):
    """E tr S^k for min_k <= k <= max_k as exact polynomials in m and n.

    Args:
        max_k: the last k.
        beta: 1, 2 or 4.
        min_k: the first k to be kept, at least 1.
        packed: whether to hold packed integers, and unpack a polynomial when it is asked for. That is the fast way to
            one or a few polynomials; where all are wanted, False computes with FLINT's polynomials from the start.

    Raises:
        MethodError: for any other beta.
        LimitError: for max_k > 400.

    Cost:
        About max_k^5 log max_k bit operations: max_k = 20 takes 1 ms, 100 some 0.1 s, 200 some 3 s.

    Example:
        >>> table = TraceMomentTable(3)
        >>> print(table[3])
        m^3*n + 3*m^2*n^2 + m*n^3 + 3*m^2*n + 3*m*n^2 + 4*m*n
        >>> print(TraceMomentTable(2, beta=4)[2])
        m^2*n + m*n^2 - 1/2*m*n
    """

    def __init__(self, max_k: int, beta: int | Fraction = 1, *, min_k: int = 1, packed: bool = True) -> None:
        _check(beta)
        if max_k > MAX_POLYNOMIAL_K:
            raise LimitError(
                f"need k <= {MAX_POLYNOMIAL_K} for the polynomial in m and n, got {max_k}; give m and n as numbers"
            )
        self._beta = beta
        # The coefficients are non-negative and add up to E tr S^k at m = n = 1: (2k−1)!! for β = 1, k! for β = 2.
        bits = field_bits(prod(range(1, 2 * max_k, 2)))
        self._ring = (_Whole(bits, max_k + 1) if max_k <= WHOLE_MAX_K else _RowWise(bits)) if packed else None
        if self._ring is not None:
            moments = (_complex_polynomials if beta == 2 else _real_polynomials)(self._ring)
        else:
            m, n = fmpz_mpoly_ctx.get(("m", "n"), "deglex").gens()
            moments = _moments(m, n, beta)
        self._values = {k: moment for k, moment in zip(range(1, max_k + 1), moments, strict=False) if k >= min_k}

    def terms(self, k: int) -> Terms:
        """Return the coefficients {(i, j): c} of m^i n^j in E tr S^k."""
        if self._ring is None:
            return self[k].to_dict()
        terms = self._ring.terms(self._values[k])
        if self._beta != 4:
            return terms
        return {(i, j): _dual(k, fmpz(-2) ** (i + j) * c) for (i, j), c in terms.items()}

    def __getitem__(self, k: int) -> Polynomial:
        if self._ring is not None:
            return polynomial(self.terms(k))
        moment = Polynomial(self._values[k], RING)
        return moment * _dual(k, 1) if self._beta == 4 else moment

    def __iter__(self) -> Iterator[int]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


# The recurrences once more: what is not packed needs fewer products, and no calls. The tests hold both forms against
# each other, and against the coefficients that are proved.
def _ring(n: int | Fraction | fmpz_mpoly) -> tuple[Callable[[Any], Any], Callable[[Any, int], Any]]:
    """Return how values are made, and divided where the quotient is known to be one of them."""
    if isinstance(n, fmpz_mpoly):
        zero = 0 * n
        return lambda x: zero + x, lambda x, divisor: x / divisor
    if isinstance(n, int):
        return fmpz, lambda x, divisor: x // divisor
    return rational, lambda x, divisor: x / divisor


def _real_moments(m: Any, n: Any) -> Iterator[Any]:
    number, divided = _ring(n)
    s, p, d = number(m + n), number(m * n), number((m - n) ** 2)
    m0, m1, m2, m3 = number(0), p, p * (s + 1), p * (s * s + p + 3 * s + 4)
    yield from (m1, m2, m3)
    t, q = s - 1, d + 2 * s * (s - 2)
    for k in count():
        c2, c1 = ((5 * k + 44) * k + 125) * k + 115, ((10 * k + 52) * k + 86) * k + 45
        total = t * ((4 * k + 15) * m3 - (c1 - (4 * k + 5) * d) * m1) + (c2 - (2 * k + 5) * q) * m2
        total -= k * ((k + 2) ** 2 - d) * ((2 * k + 1) ** 2 - d) * m0
        m0, m1, m2, m3 = m1, m2, m3, divided(total, k + 5)
        yield m3


def _complex_moments(m: Any, n: Any) -> Iterator[Any]:
    number, divided = _ring(n)
    s, d = number(m + n), number((m - n) ** 2)
    lower, moment = number(0), number(m * n)
    for k in count(1):
        yield moment
        lower, moment = moment, divided((2 * k + 1) * s * moment + (k - 1) * (k * k - d) * lower, k + 2)


def _moments(m: Any, n: Any, beta: int | Fraction) -> Iterator[Any]:
    """Yield M_1, M_2, … at the values m and n; for β = 4 without the factor of `_dual`."""
    if beta == 4:
        return _real_moments(-2 * m, -2 * n)
    return (_complex_moments if beta == 2 else _real_moments)(m, n)


def _dual(k: int, moment: Any) -> fmpq:
    """Return (−1)^(k−1) 2^(−k−1) M, which makes M_k^{β=4} of the real moment at −2m, −2n."""
    return fmpq((-1) ** (k - 1) * moment, fmpz(2) ** (k + 1))


def trace_moments_at(max_k: int, m: int, n: int | Fraction, beta: int | Fraction = 1) -> list[fmpz] | list[fmpq]:
    """Return the numbers [E tr S^k for k = 0..max_k] at given m and n; exact.

    Returns:
        Integers at integers n for beta = 1 and 2, rationals otherwise.

    Raises:
        MethodError: for any other beta.
        LimitError: for max_k > 50,000.

    Cost:
        A thousand moments at m, n = 64, 128 take some 8 ms.

    Example:
        >>> trace_moments_at(4, 4, 7)
        [4, 28, 336, 5208, 94416]
    """
    _check(beta)
    if max_k > MAX_NUMBER_K:
        raise LimitError(f"need k <= {MAX_NUMBER_K}, got {max_k}")
    moments = zip(range(1, max_k + 1), _moments(m, n, beta), strict=False)
    if beta == 4:
        return [fmpq(m), *(_dual(k, moment) for k, moment in moments)]
    return [fmpz(m), *(moment for _, moment in moments)]
