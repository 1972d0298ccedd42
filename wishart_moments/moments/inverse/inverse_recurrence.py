"""E tr S^{-k} at numbers: the recurrences of the positive moments, run backwards from E tr S^0 = m.

The recurrences of `recurrence`, five terms for real W and three for complex W, are solved for the lowest moment; then
k = −1, −2, … With d = m − n their last coefficients k ((k+2)² − d²)((2k+1)² − d²) and (k−1)(k² − d²) do not vanish
where the moments are finite. Quaternion moments follow by duality from real ones at (−2m, −2n).

References: Haagerup, Thorbjørnsen, Expo. Math. 21 (2003) 293; Cunden, Mezzadri, O'Connell, Simm, Comm. Math. Phys. 369
(2019) 1091 (the reflection between positive and negative moments); Rahman, Forrester (2021).
"""

from collections.abc import Iterator
from fractions import Fraction

from flint import fmpq

from wishart_moments.domain import shown
from wishart_moments.errors import LimitError, MethodError
from wishart_moments.moments.inverse.existence import require
from wishart_moments.moments.polynomials import rational

MAX_K = 5000
"""The largest k: E tr S^{-k} has some 4 k log₂ n digits by then."""


def _real(m: int, n: int | Fraction) -> Iterator[fmpq]:
    s, p, d = (rational(x) for x in (m + n, m * n, (m - n) ** 2))
    m0, m1, m2, m3 = (
        fmpq(m),
        fmpq(p),
        fmpq(p * (s + 1)),
        fmpq(p * (s * s + p + 3 * s + 4)),
    )
    k = -1
    while True:
        second = 5 * k**3 + 44 * k**2 + (8 * p - 6 * s * s + 8 * s + 125) * k + 20 * p - 15 * s * s + 20 * s + 115
        first = 10 * k**3 + 52 * k**2 + (16 * p - 4 * s * s + 86) * k + 20 * p - 5 * s * s + 45
        total = (s - 1) * ((4 * k + 15) * m2 - first * m0) + second * m1 - (k + 5) * m3
        lowest = total / (k * ((k + 2) ** 2 - d) * ((2 * k + 1) ** 2 - d))
        yield lowest
        m0, m1, m2, m3 = lowest, m0, m1, m2
        k -= 1


def _complex(m: int, n: int | Fraction) -> Iterator[fmpq]:
    s, d = rational(m + n), rational((m - n) ** 2)
    moment, upper = fmpq(m), rational(m * n)
    k = 0
    while True:
        lower = ((k + 2) * upper - (2 * k + 1) * s * moment) / ((k - 1) * (k * k - d))
        yield lower
        moment, upper = lower, moment
        k -= 1


def inverse_traces_at(max_k: int, m: int, n: int | Fraction, beta: int | Fraction = 1) -> list[fmpq]:
    """Return the numbers [E tr S^{-k} for k = 1..max_k] at given m and n; exact.

    Raises:
        ExistenceError: if E tr S^{-max_k} is infinite: it is finite for n − m + 1 > 2 max_k / β.
        MethodError: for β other than 1, 2 or 4.
        LimitError: for max_k > 5,000.

    Cost:
        A hundred moments at m, n = 64, 512 take about a millisecond.

    Example:
        >>> inverse_traces_at(2, 3, 8), inverse_traces_at(2, 2, 6, 2)
        ([3/4, 21/40], [1/2, 1/5])
    """
    if beta not in (1, 2, 4):
        raise MethodError(f"the recurrences are for beta = 1, 2 and 4, got {shown(beta)}; use `trace_moment`")
    if max_k > MAX_K:
        raise LimitError(f"need k <= {MAX_K:,} for E tr S^-k, got {shown(max_k)}")
    require((-max_k,), m, n, beta)
    ks = range(1, max_k + 1)
    if beta == 4:
        # (−1)^{k−1} 2^{−k−1} at −k.
        return [
            (-1) ** (k + 1) * moment * fmpq(2) ** (k - 1) for k, moment in zip(ks, _real(-2 * m, -2 * n), strict=False)
        ]
    return [moment for _, moment in zip(ks, (_complex if beta == 2 else _real)(m, n), strict=False)]
