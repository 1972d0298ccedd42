"""A value of a hypergeometric function of a matrix argument, with its error."""

import math
from dataclasses import dataclass

from wishart_moments.errors import DomainError
from wishart_moments.notation import tables
from wishart_moments.notation.shown import Typeset

_UNIT = 2.0**-53

SMALLEST = 5e-324
"""What a result may be off by where it underflows."""


@dataclass(frozen=True, repr=False)
class HypergeometricValue(Typeset):
    """A value of a hypergeometric function of a matrix argument.

    Attributes:
        value: the sum over |κ| <= order, times the factor of a transformation.
        error: |value − true value| is at most this: what was left out, and an allowance for roundings (to first
            order, given the eigenvalues).
        order: the largest |κ| that was summed.
        proved: whether the part left out is bounded by proof; else it is extrapolated from the last two degrees.

    Example:
        >>> HypergeometricValue(1.25, 1e-12, 8, True)
        HypergeometricValue(1.25 +- 1.0e-12, order=8, proved)
    """

    value: float
    error: float
    order: int
    proved: bool

    def __float__(self) -> float:
        """Return the value."""
        return self.value

    def __str__(self) -> str:
        """Return the value and its error."""
        return f"{self.value:.15g} +- {self.error:.1e}"

    def __repr__(self) -> str:
        """Return one line."""
        return f"HypergeometricValue({self}, order={self.order}, {'proved' if self.proved else 'extrapolated'})"

    def latex(self) -> str:
        """Return the value and how far it may be off, in LaTeX."""
        return rf"{tables.latex(self.value, 15)} \pm {tables.latex(self.error, 2)}"


def times(factor: float, found: HypergeometricValue, log: bool = False) -> HypergeometricValue:
    """Return e^factor times the value, or the logarithm of that.

    Raises:
        DomainError: where the value exceeds the range of floats, or has no logarithm.

    Example:
        >>> times(1000.0, HypergeometricValue(2.0, 0.0, 8, True), log=True).value  # 1000 + log 2
        1000.6931471805599
    """
    roundings = _UNIT * (2 + abs(factor))
    if log:
        if not found.value > found.error:
            raise DomainError(f"need a positive value for its logarithm, got {found.value:.6g} +- {found.error:.1g}")
        logarithm = math.log(found.value)
        relative = -math.log1p(-found.error / found.value)
        error = relative + roundings + _UNIT * (2 + abs(logarithm) + abs(factor + logarithm))
        return HypergeometricValue(factor + logarithm, error, found.order, found.proved)
    try:
        # In two steps: e^factor may exceed the range where the value does not.
        scale = math.exp(factor / 2)
    except OverflowError:
        scale = math.inf
    value = scale * found.value * scale
    if not math.isfinite(value):
        raise DomainError(
            f"the value at x exceeds the range of floats: it is about e^{factor:.6g} times {found.value:.6g}; "
            "write log=True"
        )
    error = scale * (found.error + roundings * abs(found.value)) * scale
    return HypergeometricValue(value, error + SMALLEST, found.order, found.proved)
