"""The recurrences for single traces as they are stated and proved: Σ_j p_j(k) M_{k+j} = 0, M_k = E tr S^k.

With s = m + n and D = (m − n)², at unit variance:

    β = 1:  p_4 = k + 5,  p_3 = −(4k + 15)(s − 1),  p_2 = −[c_2 − (2k + 5)(D + 2s(s − 2))],
            p_1 = (s − 1)[c_1 − (4k + 5) D],  p_0 = k ((k + 2)² − D)((2k + 1)² − D);
    β = 2:  p_2 = k + 3,  p_1 = −(2k + 3) s,  p_0 = −k ((k + 1)² − D);
    β = 4:  p_4 = 16 (k + 5),  p_3 = −8 (4k + 15)(2s + 1),  p_2 = −4 [c_2 − (2k + 5)(4D + 8s(s + 1))],
            p_1 = 2 (2s + 1)[c_1 − 4 (4k + 5) D],  p_0 = k ((k + 2)² − 4D)((2k + 1)² − 4D);
    c_2 = 5k³ + 44k² + 125k + 115,  c_1 = 10k³ + 52k² + 86k + 45.

`wishart_moments.proofs` proves them, for every k at which the moments are finite.

References: Haagerup, Thorbjørnsen, Expo. Math. 21 (2003) 293 (β = 2); Bryc, Pierce, Electron. J. Probab. 14 (2009) 452
(duality of real and quaternionic Wishart matrices).
"""

from fractions import Fraction
from typing import Any

from wishart_moments.domain import shown
from wishart_moments.errors import MethodError


def coefficients(beta: int | Fraction, k: Any, m: Any, n: Any) -> tuple[Any, ...]:
    """Return (p_0, p_1, …), numbers at numbers k, m and n, polynomials at polynomials; exact.

    Raises:
        MethodError: for a beta other than 1, 2 and 4.

    Example:
        >>> moments = [28, 336, 5208, 94416, 1920240]  # E tr S, …, E tr S^5 at m, n = 4, 7
        >>> sum(p * moment for p, moment in zip(coefficients(1, 1, 4, 7), moments))
        0
    """
    s, d = m + n, (m - n) ** 2
    c2, c1 = ((5 * k + 44) * k + 125) * k + 115, ((10 * k + 52) * k + 86) * k + 45
    if beta == 1:
        return (
            k * ((k + 2) ** 2 - d) * ((2 * k + 1) ** 2 - d),
            (s - 1) * (c1 - (4 * k + 5) * d),
            -(c2 - (2 * k + 5) * (d + 2 * s * (s - 2))),
            -(4 * k + 15) * (s - 1),
            k + 5,
        )
    if beta == 2:
        return -k * ((k + 1) ** 2 - d), -(2 * k + 3) * s, k + 3
    if beta == 4:
        return (
            k * ((k + 2) ** 2 - 4 * d) * ((2 * k + 1) ** 2 - 4 * d),
            2 * (2 * s + 1) * (c1 - 4 * (4 * k + 5) * d),
            -4 * (c2 - (2 * k + 5) * (4 * d + 8 * s * (s + 1))),
            -8 * (4 * k + 15) * (2 * s + 1),
            16 * (k + 5),
        )
    raise MethodError(f"the recurrences are for beta = 1, 2 and 4, got {shown(beta)}")
