"""Exact numbers as balls, and balls as floats with a bound of the error: to as many bits as that takes."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from wishart_moments.errors import DomainError
from wishart_moments.precision import working_precision

MAX_BITS = 1 << 14
"""The most bits of `accurate`."""

_UNIT = 2.0**-53


def ball(value: Fraction | float) -> Any:
    """Return the number as a ball of the working precision.

    Example:
        >>> ball(Fraction(1, 4))
        0.250000000000000
    """
    return arb(fmpq(*value.as_integer_ratio()))


def accurate(compute: Callable[[], Any]) -> tuple[float, float, float] | None:
    """Return f, v and its error, the value being e^f v, by as many bits as it takes; None where 16,384 are too few.

    Args:
        compute: returns the value in a ball of the working precision.

    Example:
        >>> accurate(lambda: arb(1000).exp())[0]
        1000.0
    """
    bits = 128
    while bits <= MAX_BITS:
        with working_precision(bits):
            found = compute()
            if found.rel_accuracy_bits() > 60:
                return in_floats(found)
        bits *= 2
    return None


def in_floats(found: Any) -> tuple[float, float, float]:
    """Return f, v and its error of a ball, e^f v; f = 0 where the value is in the range of floats.

    Raises:
        DomainError: where f is not.

    Example:
        >>> in_floats(arb(2))[:2]
        (0.0, 2.0)
    """
    size, shift = abs(found), 0.0
    if not arb(10) ** -300 < size < arb(10) ** 300:
        shift = float(size.log().mid())
        if not math.isfinite(shift):
            raise DomainError("the logarithm of the value exceeds the range of floats; scale the matrices down")
        found = found * (-arb(shift)).exp()
    value = float(found.mid())
    return shift, value, float((found - value).abs_upper()) + _UNIT * _UNIT * abs(value)
