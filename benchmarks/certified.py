"""Fifteen proved digits take 20 ms away from the hard edge and half a second at it, fifty at 10×10 no more.

α = 1; σ² = 1/n is He scale and 100/n the hard edge of a square layer. `auto` chooses between the closed form and
bounds from exact moments. Where moments alone would need more than 1,000 of them there is no peer but mpmath's
quadrature of the density, which proves nothing. Decimals are compared to the digits asked for.
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import Any

import mpmath as mp

from benchmarks.measure import Candidate, Case
from benchmarks.peers.densities import mpmath_variance
from wishart_moments import certified_variance
from wishart_moments.spectrum.gauss_radau import gauss_radau

# (m, n, α/σ², digits, target in seconds, whether moments reach it, whether mpmath is asked)
POINTS = (
    (64, 128, Fraction(128), 15, 0.02, True, False),
    (512, 512, Fraction(512), 15, 0.02, True, False),
    (64, 64, Fraction(64, 100), 15, 0.5, False, False),
    (10, 10, Fraction(1, 10), 50, 0.5, False, True),
    (64, 64, Fraction(64, 100), 300, None, False, False),
    (512, 512, Fraction(512, 100), 50, None, False, False),
    (512, 512, Fraction(1, 10**6), 15, None, False, False),
    (512, 512, Fraction(10**9), 15, None, True, False),
)


def _certified(m: int, n: int, ratio: Fraction, digits: int, method: str) -> Any:
    gauss_radau.cache_clear()
    return certified_variance(m, n, 1, alpha=ratio, digits=digits, method=method)


def cases(quick: bool) -> Iterator[Case]:
    """Yield the points, the routes that reach them, and mpmath where it ends in time."""
    points = ((4, 4, Fraction(1, 3), 12, 0.5, False, True), (4, 6, Fraction(30), 15, 0.02, True, False))
    for m, n, ratio, digits, target, by_moments, by_mpmath in points if quick else POINTS:
        shown = max(digits - 2, 1)

        def decimal(value: Any, shown: int = shown) -> str:
            if isinstance(value, mp.mpf):
                return str(mp.nstr(value, shown, strip_zeros=False))
            return str(value.decimal(shown))

        routes = ["auto", "closed-form", *(["moments"] if by_moments else [])]
        candidates = [Candidate(name, partial(_certified, m, n, ratio, digits, name), decimal) for name in routes]
        if by_mpmath:
            candidates.append(Candidate("mpmath.quad", partial(mpmath_variance, m, ratio, digits), decimal, once=True))
        yield Case(f"{digits} digits at {m}×{n}, α/σ² = {float(ratio):.6g}", tuple(candidates), target)
