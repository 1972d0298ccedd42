"""Arguments of the public functions: what is accepted, what is refused, once, at the boundary.

Numbers stay exact: integers, `Fraction`, SymPy rationals and strings such as "1/7" become `int` or `Fraction`. A float
is taken for what it is, a dyadic rational, and the answer is rounded once, at the end. SymPy expressions with free
symbols stay symbolic.
"""

import math
import re
import sys
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from operator import index
from typing import TYPE_CHECKING, Any, TypeGuard, cast

from wishart_moments.errors import DomainError, LimitError, MethodError

if TYPE_CHECKING:
    import sympy

Number = int | Fraction | float

MAX_ORDER = 10**9
"""The largest power or part that is looked at; no method reaches so far."""

OVERFLOW = "the moment exceeds the range of floats; give n, sigma and scale in exact numbers"

_LARGE_EXPONENT = re.compile(r"e[+-]?0*[1-9]\d{4,}\s*$", re.IGNORECASE)
"""A decimal exponent from 10,000 on: written out as a fraction, the number would fill the memory."""


def shown(value: object) -> str:
    """Return the value for a message: on one line, of some eighty characters at most.

    Example:
        >>> shown([1, 2]), shown(10**5000)
        ('[1, 2]', '<int>')
    """
    found: Any = value
    if type(found) in (list, tuple):
        found = found[:40]
    try:
        text = " ".join((str if isinstance(value, Fraction) else repr)(found).split())
    except Exception:  # an integer of more digits than Python writes out, or a foreign object that cannot be shown
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 80 else f"{text[:77]}..."


def is_symbolic(value: object) -> "TypeGuard[sympy.Expr]":
    """Return whether the value is a SymPy expression, for a number, other than a rational number or a float."""
    # Where SymPy is not loaded nothing is a SymPy expression: numbers alone never load it.
    sympy: Any = sys.modules.get("sympy")
    if sympy is None or not isinstance(value, sympy.Expr):
        return False
    others = (sympy.Rational, sympy.Float, sympy.MatrixExpr, sympy.Order, sympy.Lambda, sympy.AccumBounds)
    return not isinstance(value, others) and bool(cast(Any, value).is_commutative)


def is_number(value: object) -> "TypeGuard[int | Fraction]":
    """Return whether an admitted argument is an exact number, and no symbol."""
    return isinstance(value, int | Fraction)


def is_float(value: object) -> bool:
    """Return whether the value is a floating point number of Python, NumPy or SymPy."""
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return isinstance(value, float) or kind == "f" or bool(getattr(value, "is_Float", False))


def choice(value: Any, among: Sequence[str], name: str = "method") -> str:
    """Return one of several words.

    Example:
        >>> choice("wick", ("auto", "wick"))
        'wick'
    """
    if not isinstance(value, str) or value not in among:
        raise MethodError(f"need {name} to be one of {', '.join(among)}; got {shown(value)}")
    return value


def real(value: Any, name: str, condition: str = "to be real") -> float:
    """Return a real number as a float.

    Raises:
        DomainError: if it is no number, or exceeds the range of floats.
    """
    try:
        return float(number(value, name, condition))
    except OverflowError:
        raise DomainError(f"need {name} within the range of floats, got {shown(value)}") from None


def is_boolean(value: object) -> bool:
    """Return whether the value is a Python or NumPy boolean."""
    return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool", "BooleanTrue", "BooleanFalse")


def flag(value: Any, name: str) -> bool:
    """Return True or False.

    Example:
        >>> flag(1, "with_error")
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need with_error to be True or False, got 1
    """
    if not is_boolean(value):
        raise DomainError(f"need {name} to be True or False, got {shown(value)}")
    return bool(value)


def integer(value: Any) -> int | None:
    """Return the value as an int, or None where it is no integer; a boolean is none.

    Example:
        >>> integer(3), integer(2.0), integer(True)
        (3, None, None)
    """
    try:
        return None if is_boolean(value) else index(value)
    except TypeError:
        return None


def order(k: Any, name: str = "k") -> int:
    """Return k as an int >= 0.

    Example:
        >>> order(-1)
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need k to be an integer >= 0, got -1
    """
    value = integer(k)
    if value is None or value < 0:
        raise DomainError(f"need {name} to be an integer >= 0, got {shown(k)}")
    if value > MAX_ORDER:
        raise LimitError(f"need {name} <= {MAX_ORDER:,}, got {shown(k)}")
    return value


def size(value: Any, name: str) -> int:
    """Return a dimension (m or n) as an int >= 1; a float without a fraction is accepted.

    Example:
        >>> size(4.0, "m"), size(2.5, "n")
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need n to be an integer >= 1, got 2.5
    """
    dimension = integer(value)
    whole = isinstance(value, Fraction) or (isinstance(value, float) and math.isfinite(value))
    if whole and value == int(value):
        dimension = int(value)
    if dimension is None or dimension < 1:
        raise DomainError(f"need {name} to be an integer >= 1, got {shown(value)}")
    return dimension


def dimension(value: Any, name: str = "m") -> "int | sympy.Expr":
    """Return m as an int >= 1, a SymPy expression with symbols as it is, and for None the symbol of that name."""
    if value is None:
        import sympy

        return sympy.Symbol(name)
    return value if is_symbolic(value) and value.free_symbols else size(value, name)


def degrees_of_freedom(value: Any, m: Any = None, name: str = "n") -> "int | Fraction | sympy.Expr":
    """Return n as an exact number, a SymPy expression with symbols as it is, and for None the symbol of that name.

    A Wishart law of n degrees of freedom in m dimensions exists for n = 1, 2, 3, … and for real n > m − 1 (Gindikin).

    Args:
        value: int, Fraction, "11/2", a decimal string, a SymPy rational; a float is the dyadic rational that it is.
        m: the dimension, where it is known.

    Example:
        >>> degrees_of_freedom("11/2", 3), degrees_of_freedom(2, 3)
        (Fraction(11, 2), 2)
        >>> degrees_of_freedom("3/2", m=3)
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need n > m - 1 = 2, or an integer n >= 1, for a Wishart law; got n = 3/2
    """
    if value is None or (is_symbolic(value) and value.free_symbols):
        return dimension(value, name)
    condition = "to be an integer >= 1 or a real number > m - 1"
    exact = Fraction(number(value, name, condition))
    if exact.denominator == 1 and exact >= 1:
        return int(exact)
    if exact <= 0 or exact.denominator == 1:
        raise DomainError(f"need {name} {condition}, got {shown(value)}")
    if is_number(m) and not exact > m - 1:
        raise DomainError(
            f"need {name} > m - 1 = {shown(m - 1)}, or an integer {name} >= 1, for a Wishart law; "
            f"got {name} = {shown(exact)}"
        )
    return exact


def positive(value: Any, name: str) -> float:
    """Return a number > 0 as a float.

    Example:
        >>> positive("1/4", "alpha")
        0.25
        >>> positive(0, "alpha")
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need alpha > 0 and finite, got 0
    """
    positive = real(value, name, "> 0")
    if not positive > 0:
        raise DomainError(f"need {name} > 0 and finite, got {shown(value)}")
    return positive


def number(value: Any, name: str, condition: str) -> Number:
    """Return a real number: exact for int, Fraction, SymPy rationals and strings, float for floats.

    Example:
        >>> number("1/7", "sigma", ">= 0"), number(0.5, "sigma", ">= 0")
        (Fraction(1, 7), 0.5)
    """
    # NumPy's scalars and arrays know their kind: a complex or a timedelta64 must not pass for a real number.
    kind = getattr(getattr(value, "dtype", None), "kind", "f")
    admitted = not is_boolean(value) and kind in "iufU" and not getattr(value, "ndim", 0)
    if admitted:
        try:
            return index(value)
        except TypeError:
            pass
    refusal = DomainError(f"need {name} {condition} and finite, got {shown(value)}")
    if not admitted:
        raise refusal
    if getattr(value, "is_Rational", False):
        return Fraction(int(value.p), int(value.q))
    if is_float(value):
        real = float(value)
        if not math.isfinite(real):
            raise refusal
        return real
    if isinstance(value, str | Decimal) and _LARGE_EXPONENT.search(str(value).replace("_", "")):
        raise refusal
    try:
        return Fraction(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        raise refusal from None


def scale_parameter(sigma: Any) -> "Number | sympy.Expr":
    """Return the standard deviation sigma >= 0 of the entries of W; SymPy expressions pass unless they are negative."""
    if is_symbolic(sigma):
        if sigma.is_negative or not (sigma.is_real or (sigma.free_symbols and sigma.is_real is None)):
            raise DomainError(f"need sigma >= 0 and finite, got {shown(sigma)}")
        return sigma
    value = number(sigma, "sigma", ">= 0")
    if value < 0:
        raise DomainError(f"need sigma >= 0 and finite, got {shown(sigma)}")
    return value


def signed_order(k: Any, name: str = "k") -> int:
    """Return k as an integer of either sign.

    Example:
        >>> signed_order(-2), signed_order(1.5)
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need k to be an integer, got 1.5
    """
    value = integer(k)
    if value is None:
        raise DomainError(f"need {name} to be an integer, got {shown(k)}")
    return -order(-value, f"the size of {name}") if value < 0 else order(value, name)


def signed_orders(parts: Any) -> list[int]:
    """Return the parts as integers of either sign.

    Example:
        >>> signed_orders((2, 0, -1))
        [2, 0, -1]
    """
    try:
        return [signed_order(part, "every part") for part in parts]
    except TypeError:
        raise DomainError(f"need a sequence of integers, such as [3, 2, 1], got {shown(parts)}") from None


def dyson_index(beta: Any) -> "Fraction | sympy.Expr":
    """Return the Dyson index β > 0: 1 real, 2 complex, 4 quaternion; any positive rational or a SymPy symbol."""
    if is_symbolic(beta):
        if not beta.free_symbols or beta.is_nonpositive or beta.is_real is False:
            raise DomainError(f"need beta > 0, rational or a symbol, got {shown(beta)}")
        return beta
    value = number(beta, "beta", "> 0")
    if not value > 0:
        raise DomainError(f"need beta > 0 and finite, got {shown(beta)}")
    return Fraction(value)


def jack_parameter(beta: int | Fraction) -> Fraction:
    """Return a = 2/β, the parameter of the Jack polynomials that belong to β.

    Example:
        >>> jack_parameter(4)
        Fraction(1, 2)
    """
    if not beta > 0:
        raise DomainError(f"need beta > 0, got {shown(beta)}")
    return Fraction(2) / Fraction(beta)
