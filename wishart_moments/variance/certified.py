"""The output variance of an LDLT layer between two rational numbers: every digit proved, for every σ.

Two routes that share nothing but the layer's formula, chosen by cost:

- the closed form of the finite-size resolvent in ball arithmetic (`spectrum.closed_form`), at any r = α/σ²;
- Gauss and Gauss–Radau bounds from exact moments (`spectrum.gauss_radau`), where few moments give the digits: r large.
"""

from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from math import ceil, log2, sqrt
from typing import Any

from flint import arb, ctx, fmpq

from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments.polynomials import dyadic
from wishart_moments.notation import tables
from wishart_moments.notation.shown import Typeset
from wishart_moments.spectrum.closed_form import resolvent_enclosure
from wishart_moments.spectrum.gauss_radau import gauss_radau
from wishart_moments.variance.arguments import sizes

MAX_DIGITS = 1000
"""The most digits: the moments and recurrences take some seconds there."""

METHODS = ("auto", "closed-form", "moments")

_FEW_MOMENTS = 80
"""Up to this order the bounds from moments cost less than the closed form."""

_MOST_MOMENTS = 1000


@dataclass(frozen=True, repr=False)
class Enclosure(Typeset):
    """lower <= Var <= upper, two rational numbers.

    Attributes:
        lower, upper: exact.

    Example:
        >>> both = Enclosure(Fraction("0.41736642018"), Fraction("0.41736642019"))
        >>> str(both), 0.417366420185 in both, float(both)
        ('0.4173664202', True, 0.417366420185)
    """

    lower: Fraction
    upper: Fraction

    def __contains__(self, value: Any) -> bool:
        return self.lower <= Fraction(value) <= self.upper

    def __float__(self) -> float:
        return float((self.lower + self.upper) / 2)

    def __str__(self) -> str:
        return self.decimal()

    def __repr__(self) -> str:
        """Return the decimal that both ends round to and the width, in one line."""
        shown = self.decimal(40)
        shown = shown if len(shown) <= 60 else tables.decimal((self.lower + self.upper) / 2, 17)
        return f"Enclosure({shown}, width {tables.decimal(self.width, 2)})"

    def latex(self) -> str:
        """Return the value and how far it may be off, in LaTeX."""
        middle, radius = tables.latex((self.lower + self.upper) / 2, 17), tables.latex(self.width / 2, 2)
        return rf"{middle} \pm {radius}" if self.width else middle

    @property
    def width(self) -> Fraction:
        """Upper − lower."""
        return self.upper - self.lower

    def decimal(self, digits: int = MAX_DIGITS) -> str:
        """Return the decimal that both ends round to, with as many significant digits as they share, at most `digits`.

        Ends that share no digit are given as an interval.
        """
        if self.lower == self.upper == 0:
            return "0"
        most = digits if not self.width else min(digits, max(_exponent(self.upper) - _exponent(self.width) + 2, 1))
        for count in range(most, 0, -1):
            low, high = _rounded(self.lower, count), _rounded(self.upper, count)
            if low == high:
                return f"{low:f}" if low.adjusted() > -6 else str(low)
        return f"[{_rounded(self.lower, 3)}, {_rounded(self.upper, 3)}]"


def _exponent(value: Fraction) -> int:
    return _rounded(value, 1).adjusted()


def _rounded(value: Fraction, digits: int) -> Decimal:
    return Context(prec=digits).divide(Decimal(value.numerator), Decimal(value.denominator))


def certified_variance(
    m: Any, n: Any, sigma: Any, *, alpha: Any = 1, gamma: Any = 1, digits: int = 15, method: str = "auto"
) -> Enclosure:
    """Return lower <= (γ²/m) E tr S(αI + S)^{-1} <= upper, rigorously, as narrow as the digits asked for.

    Args:
        m: outputs, 1 to 4096.
        n: inputs, 1 to 4096.
        sigma: standard deviation of an entry of W, >= 0: int, Fraction, a string such as "1/7" or "0.1" (one tenth), or
            a float, taken as the dyadic rational it is.
        alpha: > 0, likewise.
        gamma: > 0, likewise.
        digits: significant digits, 1 to 1000: upper − lower <= 10^−digits · upper.
        method: "auto", or one route: "closed-form" or "moments".

    Returns:
        An `Enclosure` of two rationals. Ball arithmetic carries every rounding; the formulas behind it are theorems.

    Raises:
        DomainError: for arguments outside their domains.
        LimitError: for too many digits, larger sizes, or moments that would not reach the digits.

    Cost:
        Some ms for 15 digits at sizes below 100; up to a second at sizes of 500 or with hundreds of digits.

    References: arXiv 2601.08253 (the layer and its variance); Widom 1999, Adler et al. 2000 (closed form); Golub,
        Meurant 2010 (bounds from moments).

    Example:
        >>> certified_variance(10, 10, "1/3", digits=30).decimal(30)
        '0.392456163094088385968699562668'
        >>> certified_variance(4, 4, "1/2").width < Fraction(1, 10**15)
        True
    """
    rows, columns = sizes(m, n)
    deviation, shrinkage, gain = (
        Fraction(domain.number(value, name, condition))
        for value, name, condition in ((sigma, "sigma", ">= 0"), (alpha, "alpha", "> 0"), (gamma, "gamma", "> 0"))
    )
    if deviation < 0:
        raise DomainError(f"need sigma >= 0 and finite, got {domain.shown(sigma)}")
    for name, value, given in (("alpha", shrinkage, alpha), ("gamma", gain, gamma)):
        if value <= 0:
            raise DomainError(f"need {name} > 0 and finite, got {domain.shown(given)}")
    count = domain.order(digits, "digits")
    if count < 1:
        raise DomainError(f"need digits >= 1, got {digits}")
    if count > MAX_DIGITS:
        raise LimitError(f"need digits <= {MAX_DIGITS}, got {count}")
    if method not in METHODS:
        raise MethodError(f"need method to be one of {', '.join(METHODS)}; got {domain.shown(method)}")
    if deviation == 0:
        return Enclosure(Fraction(0), Fraction(0))
    lower, upper = _trace(rows, columns, shrinkage / deviation**2, ceil(count * log2(10)) + 4, method)
    factor = gain**2 / rows
    return Enclosure(factor * lower, factor * min(upper, Fraction(min(rows, columns))))


def _trace(m: int, n: int, ratio: Fraction, bits: int, method: str) -> tuple[Fraction, Fraction]:
    """Return bounds on T(r) = E tr S(rI + S)^{-1}, `bits` apart."""
    order = _order(m, n, ratio, bits)
    if method == "moments" or (method == "auto" and order <= _FEW_MOMENTS):
        return _by_moments(m, n, ratio, bits, order)
    return _by_closed_form(m, n, ratio, bits)


def _order(m: int, n: int, ratio: Fraction, bits: int) -> int:
    """Return about how many moments give the bits: their convergents approach each other geometrically for large r.

    The rate is that of a spectrum on [0, b]; b is its upper edge with an allowance for the tail.
    """
    edge = (sqrt(m) + sqrt(n)) ** 2 + 4.0 * sqrt(bits + m + n)
    root = sqrt(1 + min(edge / ratio, 1e18))
    rate = log2((root + 1) / (root - 1)) if root > 1 else 60.0
    return ceil(bits / rate) + 6


def _by_moments(m: int, n: int, ratio: Fraction, bits: int, order: int) -> tuple[Fraction, Fraction]:
    while order <= _MOST_MOMENTS:
        lower, upper = gauss_radau(m, n, order).enclosure(ratio, bits + 32)
        if arb(upper) - lower <= upper * arb(2) ** -bits:
            return dyadic(lower), dyadic(upper)
        order = ceil(order * 1.25) + 2
    raise LimitError(
        f"{_MOST_MOMENTS} moments do not give these digits at m = {m}, n = {n}, alpha/sigma^2 = {float(ratio):.3g}; "
        "use method 'closed-form'"
    )


def _by_closed_form(m: int, n: int, ratio: Fraction, bits: int) -> tuple[Fraction, Fraction]:
    least = min(m, n)
    exact = fmpq(ratio.numerator, ratio.denominator)
    # T = N − rG is smaller than N: for r beyond the spectrum it is about mn/r.
    cancelled = max(ceil(log2(max(float(min(ratio / max(m, n), 2**900)), 1.0))), 0)
    while True:
        resolvent = resolvent_enclosure(m, n, exact, bits + cancelled + 8)
        with ctx.workprec(bits + cancelled + 64):
            trace = least - exact * resolvent
            if trace.rel_accuracy_bits() >= bits:
                return dyadic(trace.lower()), dyadic(trace.upper())
        cancelled += max(bits - trace.rel_accuracy_bits(), 1)
