"""E tr B^k by linear recurrences in k, for the Jacobi ensembles with β = 1, 2, 4: the fast road to single traces.

Let E J_κ(B) = J_κ(I_m) Π (x + u)/(y + u) over the contents u of κ (`jack_kadell`), M_k = E tr B^k, D_k = M_k − M_{k+1},
A = (x − m)² and C = (y − x − m)². Then

    Σ_j q_j(k) D_{k+j} = 0,   q_{d−j}(k; A, C, R) = −q_j(−d−1−k; R, C, A),

    β = 1:  d = 4, R = (y − 1)²,   q_0 = 2k ((k+2)² − A) ((2k+1)² − A),
            q_1 = (4k+5) A (C − A − R) + (R − C)(10k³ + 52k² + 86k + 45) + A (30k³ + 130k² + 188k + 90)
                  − (32k⁵ + 280k⁴ + 958k³ + 1594k² + 1288k + 405),
            q_2 = (2k+5) ((A − C + R)² + 2AR + (10k² + 50k + 58) C + 24k⁴ + 240k³ + 892k² + 1460k + 891)
                  − A (30k³ + 212k² + 494k + 380) − R (30k³ + 238k² + 624k + 540);
    β = 2:  d = 2, R = y²,   q_0 = 2k ((k+1)² − A),   q_1 = (2k+3)(A − C + R − 2k² − 6k − 4);
    β = 4:  M_k(m, x, y) = −½ M_k^{β=1}(−2m, −2x, −2y).

The coefficients are plain polynomials: `coefficients` takes elements of any ring. They were found by exact linear
algebra at rational points and interpolation; the tests prove them from the density, for β = 1 by the six polynomial
identities of a module of rank five over Q[x, m, n_1, n_2]. Where q_d vanishes, for |y − 1| = k + 3 or 2k + 9 (β = 2:
|y| = k + 2), the moments are taken as power series in y: they have no poles for y > m − 1.

References: Ledoux, Electron. J. Probab. 9 (2004) 177 (β = 2); Cunden, Mezzadri, O'Connell, Simm, Comm. Math. Phys. 369
(2019) 1091 (differences of moments); Rahman, Forrester, arXiv 1908.04963 (how recurrences for β = 1 arise).
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import fmpq, fmpq_series

from wishart_moments.domain import shown
from wishart_moments.errors import LimitError, MethodError
from wishart_moments.moments.polynomials import rational

MAX_K = 2000
"""The largest k: numbers of some 10^5 bits."""


def coefficients(beta: int | Fraction, k: Any, a: Any, c: Any, r: Any) -> list[Any]:
    """Return q_0, …, q_d at k, A, C and R: numbers, or elements of a ring.

    Example:
        >>> coefficients(2, 1, 4, 9, 100)
        [0, 415, -728]
    """
    half = _real_half if beta == 1 else _complex_half
    d = 4 if beta == 1 else 2
    mirrored = half(-d - 1 - k, r, c, a)
    return [*half(k, a, c, r), *(-q for q in mirrored[d // 2 - 1 :: -1])]


def _real_half(k: Any, a: Any, c: Any, r: Any) -> tuple[Any, Any, Any]:
    k2 = k * k
    k3, k4 = k2 * k, k2 * k2
    q0 = 2 * k * ((k + 2) ** 2 - a) * ((2 * k + 1) ** 2 - a)
    q1 = (4 * k + 5) * a * (c - a - r) + (r - c) * (10 * k3 + 52 * k2 + 86 * k + 45)
    q1 += a * (30 * k3 + 130 * k2 + 188 * k + 90)
    q1 -= 32 * k4 * k + 280 * k4 + 958 * k3 + 1594 * k2 + 1288 * k + 405
    inner = (a - c + r) ** 2 + 2 * a * r + (10 * k2 + 50 * k + 58) * c
    q2 = (2 * k + 5) * (inner + 24 * k4 + 240 * k3 + 892 * k2 + 1460 * k + 891)
    q2 -= a * (30 * k3 + 212 * k2 + 494 * k + 380) + r * (30 * k3 + 238 * k2 + 624 * k + 540)
    return q0, q1, q2


def _complex_half(k: Any, a: Any, c: Any, r: Any) -> tuple[Any, Any]:
    return 2 * k * ((k + 1) ** 2 - a), (2 * k + 3) * (a - c + r - 2 * k * k - 6 * k - 4)


def jacobi_traces(
    max_k: int,
    m: int | Fraction,
    x: int | Fraction,
    y: int | Fraction,
    beta: int | Fraction,
    start: Callable[[int, Any], Any],
) -> list[fmpq]:
    """Return the numbers M_0, …, M_max_k; exact.

    Args:
        max_k: at most 2000.
        m, x, y: the law, see above.
        beta: 1, 2 or 4.
        start: (k, y) ↦ M_k by another route, for k = 1, …, d; y is a number, or a power series y + ε.

    Raises:
        MethodError: for any other beta.
        LimitError: for max_k > 2000.

    Cost:
        k = 200 at m, n_1, n_2 of three digits takes some 20 ms, with power series 0.2 s.

    Example:
        A uniform variable, β = 2, m = n_1 = n_2 = 1:

        >>> jacobi_traces(3, 1, 1, 2, 2, lambda k, y: fmpq(1, k + 1))
        [1, 1/2, 1/3, 1/4]
    """
    if beta not in (1, 2, 4):
        raise MethodError(f"the recurrences are for beta = 1, 2 and 4, got {shown(beta)}; use method 'jack-kadell'")
    if max_k > MAX_K:
        raise LimitError(f"need k <= {MAX_K:,}, got {shown(max_k)}")
    if beta == 4:
        dual = jacobi_traces(max_k, -2 * m, -2 * x, -2 * y, 1, lambda k, y: -2 * start(k, y / -2))
        return [-moment / 2 for moment in dual]
    d, shift = (4, 1) if beta == 1 else (2, 0)
    root = abs(Fraction(y) - shift)
    zeros = {root - 3, (root - 9) / 2} if beta == 1 else {root - 2}
    poles = sum(k.denominator == 1 and 0 <= k < max_k - d for k in zeros)
    # Each zero of q_d costs a power of ε.
    near: Any = fmpq_series([rational(y), 1], prec=poles + 1) if poles else rational(y)
    a, c, r = rational(x - m) ** 2, (near - rational(x + m)) ** 2, (near - shift) ** 2
    moments: list[Any] = [
        0 * near + rational(m),
        *(start(k, near if poles else Fraction(y)) for k in range(1, min(max_k, d) + 1)),
    ]
    for k in range(max_k - d):
        *lower, last = coefficients(beta, fmpq(k), a, c, r)
        total = sum((q * (moments[k + j] - moments[k + j + 1]) for j, q in enumerate(lower)), 0 * near)
        moments.append(moments[k + d] + total / last)
    return [_constant(moment) for moment in moments]


def _constant(moment: Any) -> fmpq:
    return moment if isinstance(moment, fmpq) else fmpq(*moment.coeffs()[:1]) if moment.coeffs() else fmpq(0)
