"""E tr S^k by linear recurrences in k: the fast road to single traces.

With s = m + n, D = (m − n)² and M_k = E tr S^k at unit variance:

    β = 1:  (k+5) M_{k+4} = (4k+15)(s−1) M_{k+3} + [c_2 − (2k+5)(D + 2s(s−2))] M_{k+2}
                            − (s−1)[c_1 − (4k+5) D] M_{k+1} − k((k+2)² − D)((2k+1)² − D) M_k,
            c_2 = 5k³ + 44k² + 125k + 115,  c_1 = 10k³ + 52k² + 86k + 45;
    β = 2:  (k+2) M_{k+1} = (2k+1) s M_k + (k−1)(k² − D) M_{k−1};
    β = 4:  M_k(m, n) = (−1)^(k−1) 2^(−k−1) M_k^{β=1}(−2m, −2n).

The real recurrence was found by exact fitting; it agrees with the loop equations, symbolically, as far as `verify`
takes them, and no proof of it is claimed here.

References: Haagerup, Thorbjørnsen, Expo. Math. 21 (2003), theorem 8.2 (β = 2); Ledoux, Ann. Inst. H. Poincaré 45 (2009)
(recurrences for β = 1); Bryc, Pierce, J. Math. Phys. 50 (2009) (duality of real and quaternionic Wishart matrices).
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import count
from math import prod

from flint import fmpq, fmpz

from wishart_moments.errors import LimitError, MethodError
from wishart_moments.moments.packed import field_bits, fields
from wishart_moments.moments.polynomials import Polynomial, Terms, polynomial

MAX_POLYNOMIAL_K = 400
"""The largest k for which the polynomial is computed (160,000 coefficients of up to 3,300 bits; some minutes)."""

MAX_NUMBER_K = 50_000
"""The largest k for which the moments at given m and n are computed (numbers of some 10^6 bits; some minutes)."""

# M_k / (mn) by rows: row h is the homogeneous part of degree k − 1 − h in m and n, a polynomial in x = m/n packed
# into one integer by x = 2^bits (see `packed`). Multiplication by m + n keeps the row and is (1 + x) on it,
# multiplication by D is (1 − x)² and moves the row by two.
_Rows = list[fmpz]
_ZERO = fmpz(0)


class _RowArithmetic:
    """Multiplication of rows by 1 + x and (1 − x)²."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.sum = fmpz(1) + (fmpz(1) << bits)
        self.difference = fmpz(1) - (fmpz(1) << bits)

    def times_s(self, rows: _Rows) -> _Rows:
        # Small fields: one multiplication is cheaper than several shifts; large ones: the other way round.
        if self.bits < 256:
            return [self.sum * f for f in rows]
        bits = self.bits
        return [f + (f << bits) for f in rows]

    def times_d(self, rows: _Rows) -> _Rows:
        if self.bits < 256:
            square = self.difference**2
            return [square * f for f in rows]
        bits = self.bits
        halfway = [f - (f << bits) for f in rows]
        return [f - (f << bits) for f in halfway]


def _moved(rows: _Rows, by: int, length: int) -> _Rows:
    """Return the rows moved by so many degrees, filled up to the length."""
    return [_ZERO] * by + rows + [_ZERO] * (length - by - len(rows))


def _real_rows(bits: int) -> Iterator[_Rows]:
    """Yield M_1, M_2, … for β = 1."""
    ring = _RowArithmetic(bits)
    one = fmpz(1)
    m0: _Rows = []  # M_0 = m enters with the factor k = 0
    m1, m2 = [one], [ring.sum, one]
    m3 = [ring.sum**2 + (one << bits), 3 * ring.sum, 4 * one]
    yield from (m1, m2, m3)
    d0, d1, d2 = m0, ring.times_d(m1), ring.times_d(m2)
    for k in count():
        size = k + 4
        a, b, c = 4 * k + 15, 2 * k + 5, 4 * k + 5
        c2, c1 = ((5 * k + 44) * k + 125) * k + 115, ((10 * k + 52) * k + 86) * k + 45
        leading = [a * x for x in m3]
        inner = [c1 * x - c * y for x, y in zip(_moved(m1, 2, k + 3), _moved(d1, 0, k + 3), strict=True)]
        # The recurrence as s·with_s + without_s.
        with_s = [
            x - 2 * b * (y - 2 * z) - w
            for x, y, z, w in zip(
                _moved(leading, 0, size),
                _moved(ring.times_s(m2), 0, size),
                _moved(m2, 1, size),
                _moved(inner, 0, size),
                strict=True,
            )
        ]
        without_s = [
            c2 * x - b * y - z + w
            for x, y, z, w in zip(
                _moved(m2, 2, size),
                _moved(d2, 0, size),
                _moved(leading, 1, size),
                _moved(inner, 1, size),
                strict=True,
            )
        ]
        if k:
            e, f = (k + 2) ** 2, (2 * k + 1) ** 2
            last = [e * x - y for x, y in zip(_moved(m0, 2, k + 2), _moved(d0, 0, k + 2), strict=True)]
            products = zip(without_s, _moved(last, 2, size), _moved(ring.times_d(last), 0, size), strict=True)
            without_s = [x - k * (f * y - z) for x, y, z in products]
        new = [(x + y) // (k + 5) for x, y in zip(ring.times_s(with_s), without_s, strict=True)]
        yield new
        m0, m1, m2, m3 = m1, m2, m3, new
        d0, d1, d2 = d1, d2, ring.times_d(m2)


def _complex_rows(bits: int) -> Iterator[_Rows]:
    """Yield M_1, M_2, … for β = 2."""
    ring = _RowArithmetic(bits)
    lower: _Rows = []  # M_0 = m enters with the factor k − 1 = 0
    moment = [fmpz(1)]
    for k in count(1):
        yield moment
        upper = [
            ((2 * k + 1) * x + (k - 1) * (k * k * y - z)) // (k + 2)
            for x, y, z in zip(
                _moved(ring.times_s(moment), 0, k + 1),
                _moved(lower, 2, k + 1),
                _moved(ring.times_d(lower), 0, k + 1),
                strict=True,
            )
        ]
        lower, moment = moment, upper


def _check(beta: int | Fraction) -> None:
    if beta not in (1, 2, 4):
        raise MethodError(f"the recurrences are for beta = 1, 2 and 4, got {beta}; use method 'loop-equations'")


class TraceMomentTable(Mapping[int, Polynomial]):
    """E tr S^k for min_k <= k <= max_k as exact polynomials in m and n.

    The table holds packed integers; a polynomial is unpacked when it is asked for.

    Args:
        max_k: the last k.
        beta: 1, 2 or 4.
        min_k: the first k to be kept, at least 1.

    Raises:
        MethodError: for any other beta.
        LimitError: for max_k > 400.

    Cost:
        About max_k^5 log max_k bit operations: max_k = 20 takes 2 ms, 100 some 0.2 s, 200 some 2 s.

    Example:
        >>> table = TraceMomentTable(3)
        >>> print(table[3])
        m^3*n + 3*m^2*n^2 + m*n^3 + 3*m^2*n + 3*m*n^2 + 4*m*n
        >>> print(TraceMomentTable(2, beta=4)[2])
        m^2*n + m*n^2 - 1/2*m*n
    """

    def __init__(self, max_k: int, beta: int | Fraction = 1, *, min_k: int = 1) -> None:
        _check(beta)
        if max_k > MAX_POLYNOMIAL_K:
            raise LimitError(
                f"need k <= {MAX_POLYNOMIAL_K} for the polynomial in m and n, got {max_k}; give m and n as numbers"
            )
        self._beta = beta
        # The coefficients are non-negative and add up to E tr S^k at m = n = 1: (2k−1)!! for β = 1, k! for β = 2.
        self._bits = field_bits(prod(range(1, 2 * max_k, 2)))
        rows = (_complex_rows if beta == 2 else _real_rows)(self._bits)
        moments = zip(range(1, max_k + 1), rows, strict=False)
        self._rows = {k: moment for k, moment in moments if k >= min_k}

    def terms(self, k: int) -> Terms:
        """Return the coefficients {(i, j): c} of m^i n^j in E tr S^k."""
        bits = self._bits
        terms = {(x + 1, k - h - x): c for h, row in enumerate(self._rows[k]) for x, c in fields(row, bits)}
        if self._beta != 4:
            return terms
        return {(i, j): fmpq((-1) ** (k - 1 + i + j) * c, 2 ** (k + 1 - i - j)) for (i, j), c in terms.items()}

    def __getitem__(self, k: int) -> Polynomial:
        return polynomial(self.terms(k))

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def _real_numbers(m: int, n: int) -> Iterator[fmpz]:
    s, p, d = fmpz(m + n), fmpz(m * n), fmpz((m - n) ** 2)
    m0, m1, m2, m3 = fmpz(0), p, p * (s + 1), p * (s * s + p + 3 * s + 4)
    yield from (m1, m2, m3)
    t, q = s - 1, d + 2 * s * (s - 2)
    for k in count():
        c2, c1 = ((5 * k + 44) * k + 125) * k + 115, ((10 * k + 52) * k + 86) * k + 45
        total = t * ((4 * k + 15) * m3 - (c1 - (4 * k + 5) * d) * m1) + (c2 - (2 * k + 5) * q) * m2
        total -= k * ((k + 2) ** 2 - d) * ((2 * k + 1) ** 2 - d) * m0
        m0, m1, m2, m3 = m1, m2, m3, total // (k + 5)
        yield m3


def _complex_numbers(m: int, n: int) -> Iterator[fmpz]:
    s, d = fmpz(m + n), fmpz((m - n) ** 2)
    lower, moment = fmpz(0), fmpz(m * n)
    for k in count(1):
        yield moment
        lower, moment = moment, ((2 * k + 1) * s * moment + (k - 1) * (k * k - d) * lower) // (k + 2)


def trace_moments_at(max_k: int, m: int, n: int, beta: int | Fraction = 1) -> list[fmpz] | list[fmpq]:
    """Return the numbers [E tr S^k for k = 0..max_k] at given m and n; exact.

    Returns:
        Integers for beta = 1 and 2, rationals whose denominators are powers of two for beta = 4.

    Raises:
        MethodError: for any other beta.
        LimitError: for max_k > 50,000.

    Cost:
        A thousand moments at m, n = 64, 128 take some 5 ms.

    Example:
        >>> trace_moments_at(4, 4, 7)
        [4, 28, 336, 5208, 94416]
    """
    _check(beta)
    if max_k > MAX_NUMBER_K:
        raise LimitError(f"need k <= {MAX_NUMBER_K}, got {max_k}")
    ks = range(1, max_k + 1)
    if beta == 4:
        dual = zip(ks, _real_numbers(-2 * m, -2 * n), strict=False)
        return [fmpq(m), *(fmpq((-1) ** (k - 1) * moment, fmpz(2) ** (k + 1)) for k, moment in dual)]
    moments = (_complex_numbers if beta == 2 else _real_numbers)(m, n)
    return [fmpz(m), *(moment for _, moment in zip(ks, moments, strict=False))]
