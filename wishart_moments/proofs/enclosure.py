"""Two rational numbers with the truth between them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.notation import tables
from wishart_moments.notation.shown import Typeset

if TYPE_CHECKING:
    from wishart_moments.proofs.certificates import Certificate

MAX_DIGITS = 1000
"""The most digits that are asked for or shown."""


@dataclass(frozen=True, repr=False)
class Enclosure(Typeset):
    """lower <= value <= upper, two rational numbers.

    Attributes:
        lower, upper: exact.
        maker: what makes the certificate, where there is one; no part of the value.

    Example:
        >>> both = Enclosure(Fraction("0.41736642018"), Fraction("0.41736642019"))
        >>> str(both), 0.417366420185 in both, float(both)
        ('0.4173664202', True, 0.417366420185)
    """

    lower: Fraction
    upper: Fraction
    maker: "Callable[[], Certificate] | None" = field(default=None, compare=False)

    def certificate(self) -> "Certificate":
        """Return a certificate, which `check.py` checks without this package, of ends as narrow as these.

        Where no number of moments within reach gives the digits it is an evaluation, which is no proof, and says so.

        Raises:
            DomainError: for an enclosure that was not computed by a function with certificates.

        Example:
            >>> from wishart_moments import certified_variance
            >>> certified_variance(4, 7, "he", digits=6).certificate().check()
            'proved: 0.417366414 <= variance <= 0.417366428'
        """
        if self.maker is None:
            raise DomainError("need an enclosure from certified_variance or certified_resolvent for a certificate")
        try:
            return self.maker()
        except ValueError as error:
            if "integer string conversion" not in str(error):
                raise
            raise LimitError("need numbers of fewer than 4,300 digits for a certificate") from None

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

        Args:
            digits: the most digits, >= 1.
        """
        digits = domain.order(digits, "digits")
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
