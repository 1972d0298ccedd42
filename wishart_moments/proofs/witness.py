"""Polynomials that prove bounds on E Σ 1/(r + x) and E Σ x/(r + x) from the moments E Σ x^k of x > 0.

For every polynomial p, since (1 − (r + x) p)² >= 0,

    1/(r + x) >= 2p − (r + x) p²,    x/(r + x) >= x (2p − (r + x) p²).

The means of the right sides are moments. The best p of degree below P is (1 − π(x)/π(−r))/(r + x), π the orthogonal
polynomial of degree P for the law of x (of x times it, for the second): then the bounds are those of Gauss and of Gauss
and Radau. A p that is rounded proves a bound all the same, and loses only the square of its error: half the digits do.

References: Golub, Meurant, Matrices, Moments and Quadrature (2010), ch. 6; Gautschi, Orthogonal Polynomials (2004),
sec. 2.1 (from the continued fraction to the recurrence of the π).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, log2
from typing import Any

from flint import arb, fmpz

from wishart_moments.moments.polynomials import rational
from wishart_moments.precision import working_precision


@dataclass(frozen=True)
class Witness:
    """p = Σ_i c_i x^i / 2^(bits + i·step).

    Attributes:
        coefficients: the integers c_i.
        bits, step: the binary scale.
    """

    coefficients: tuple[int, ...]
    bits: int
    step: int

    def document(self) -> dict[str, Any]:
        """Return the members of a JSON object; integers of any size are strings."""
        return {"bits": self.bits, "step": self.step, "coefficients": [str(c) for c in self.coefficients]}


def witness(fraction: Sequence[arb], r: Fraction, *, weighted: bool, edge: float, bits: int) -> Witness:
    """Return the best p, rounded so that the bound keeps about `bits` bits.

    Args:
        fraction: c_0..c_K of the continued fraction c_0/(r + c_1/(1 + c_2/(r + …))) of E Σ 1/(r + x).
        r: > 0.
        weighted: whether p is for x/(r + x), of degree below K/2, and not for 1/(r + x), of degree below (K + 1)/2.
        edge: about the largest x that matters for the moments in use: (E Σ x^K / N)^{1/K}.
        bits: the bits that the bound is to have.

    Example:
        >>> witness([arb(1), arb(7), arb(2)], Fraction(1), weighted=False, edge=8.0, bits=10).coefficients
        (1024,)
    """
    degree = (len(fraction) - (1 if weighted else 0)) // 2
    step = ceil(log2(edge))
    room = max(log2(max(edge, 1.0)), float(r.numerator.bit_length() - r.denominator.bit_length()) + 1)
    scale = ceil(bits / 2 + room + log2(degree + 1)) + 4
    with working_precision(scale + 4 * degree + 4 * abs(floor(room)) + 64):
        unit = arb(2) ** step
        values = _orthogonal([c / unit for c in fraction], degree, 1 if weighted else 0)
        at = -arb(rational(r)) / unit
        # 1 − π(x)/π(−r), divided by x + r: Horner's scheme, its last step leaves nothing.
        bottom = arb(0)
        for c in reversed(values):
            bottom = bottom * at + c
        quotient, carry = list[arb](), arb(0)
        for c in reversed(values[1:]):
            carry = carry * at + c
            quotient.append(-carry / bottom)
        found = [int(_nearest(c / unit * arb(2) ** scale)) for c in reversed(quotient)]
    return Witness(tuple(found), scale, step)


def _nearest(ball: arb) -> fmpz:
    """Return an integer near the ball; any near one serves."""
    exact = (ball.mid() + arb(0.5)).floor().mid().unique_fmpz()
    return fmpz(0) if exact is None else exact


def _orthogonal(c: Sequence[arb], degree: int, shift: int) -> list[arb]:
    """Return the coefficients of π: a_k = c_{2k} + c_{2k+1}, b_k = c_{2k−1} c_{2k}, all indices + 1 where shifted."""
    before, now = [arb(0)], [arb(1)]
    for k in range(degree):
        lower = c[2 * k + shift] if k or shift else arb(0)
        a = lower + c[2 * k + 1 + shift]
        b = c[2 * k - 1 + shift] * lower if k else arb(0)
        following = [arb(0), *now]
        for i, x in enumerate(now):
            following[i] -= a * x
        for i, x in enumerate(before):
            following[i] -= b * x
        before, now = now, following
    return now
