"""E tr S^{-k} at numbers: the recurrences of the positive moments, run backwards from E tr S^0 = m.

The recurrences of `recurrence_coefficients`, five terms for real W and three for complex W, are solved for the lowest
moment; k = −1, −2, … With d = m − n their first coefficients k ((k+2)² − d²)((2k+1)² − d²) and k ((k+1)² − d²) do not
vanish where the moments are finite. Quaternion moments follow by duality from real ones at (−2m, −2n).

References: Haagerup, Thorbjørnsen, Expo. Math. 21 (2003) 293; Cunden, Mezzadri, O'Connell, Simm, Comm. Math. Phys. 369
(2019) 1091 (the reflection between positive and negative moments); Rahman, Forrester (2021).
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import count, islice

from flint import fmpq

from wishart_moments.domain import shown
from wishart_moments.errors import LimitError, MethodError
from wishart_moments.moments.inverse.existence import require
from wishart_moments.moments.polynomials import rational
from wishart_moments.moments.recurrence_coefficients import coefficients

MAX_K = 5000
"""The largest k: E tr S^{-k} has some 4 k log₂ n digits by then."""


def _backwards(m: int, n: int | Fraction, beta: int) -> Iterator[fmpq]:
    """Yield E tr S^{-1}, E tr S^{-2}, … for β = 1 or 2 from E tr S^0, …: Σ_j p_j M_{k+j} = 0 solved for M_k."""
    s, p = rational(m + n), rational(m * n)
    moments = [fmpq(m), p] if beta == 2 else [fmpq(m), p, p * (s + 1), p * (s * s + p + 3 * s + 4)]
    for k in count(-1, -1):
        first, *others = coefficients(beta, k, m, n)
        total = sum((rational(c) * moment for c, moment in zip(others, moments, strict=True)), start=fmpq(0))
        lowest = -total / rational(first)
        yield lowest
        moments = [lowest, *moments[:-1]]


def covers(max_k: int, m: int, n: int | Fraction, beta: int | Fraction) -> bool:
    """Return whether the recurrences give E tr S^{-1}, …, E tr S^{-max_k}.

    At β = 4 a coefficient vanishes where n − m is a half-integer, first for E tr S^{-(n − m + 1/2)}.

    Example:
        >>> half = Fraction(1, 2)
        >>> covers(3, 3, 6 + half, 4), covers(4, 3, 6 + half, 4), covers(4, 3, 6 + half, 1), covers(1, 3, 8, 3)
        (True, False, True, False)
    """
    gap = Fraction(n) - m
    return beta in (1, 2) or (beta == 4 and (gap.denominator != 2 or max_k < gap + Fraction(1, 2)))


def inverse_traces_at(max_k: int, m: int, n: int | Fraction, beta: int | Fraction = 1) -> list[fmpq]:
    """Return the numbers [E tr S^{-k} for k = 1..max_k] at given m and n; exact.

    Raises:
        ExistenceError: if E tr S^{-max_k} is infinite: it is finite for n − m + 1 > 2 max_k / β.
        MethodError: for β other than 1, 2 or 4; where a coefficient vanishes (`covers`).
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
    if not covers(max_k, m, n, beta):
        raise MethodError(
            f"the recurrence leaves E tr S^-k open at beta = 4, n - m = {shown(n - m)}; use `trace_moment`"
        )
    moments = _backwards(-2 * m, -2 * n, 1) if beta == 4 else _backwards(m, n, int(beta))
    first = list(islice(moments, max_k))
    if beta == 4:
        # (−1)^{k−1} 2^{−k−1} at −k.
        return [(-1) ** (k + 1) * moment * fmpq(2) ** (k - 1) for k, moment in enumerate(first, start=1)]
    return first
