"""Numbers that are read from text: ASCII digits, of a length that is named, nothing that only Python would read.

`int` and `Fraction` also take 1_000, digits of every alphabet, and exponents that fill the memory.
"""

import re
from fractions import Fraction

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError, LimitError

MAX_DIGITS = 1000
"""The most digits of a number that is written out."""

MAX_EXPONENT = 1000
"""The largest decimal exponent: 1e1000 and 1e-1000 are far beyond all that float64 knows."""

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e(?P<exponent>[+-]?[0-9]+))?(?:/[0-9]+)?", re.IGNORECASE)


def integer(text: str) -> int | None:
    """Return the integer that the text is, None for any other text.

    Raises:
        LimitError: for more than 1,000 digits.

    Example:
        >>> integer(" -12 "), integer("1_000"), integer("1.5")
        (-12, None, None)
    """
    word = text.strip()
    if not _INTEGER.fullmatch(word):
        return None
    _refuse_long(word)
    return int(word)


def is_number(text: str) -> bool:
    """Return whether the text is a number: 3, 1/7, 0.1, 1e-3.

    Example:
        >>> is_number("1/7"), is_number("he"), is_number("nan")
        (True, False, False)
    """
    return _NUMBER.fullmatch(text.strip()) is not None


def is_decimal(text: str) -> bool:
    """Return whether the text is a decimal number in the digits 0 to 9, which `float` reads; not 1_000, not nan.

    Example:
        >>> is_decimal("1e-3"), is_decimal("1/7"), is_decimal("1_000"), is_decimal("nan")
        (True, False, False, False)
    """
    return is_number(text) and "/" not in text


def exact(text: str, name: str, condition: str = "as a number") -> Fraction:
    """Return the rational number that the text is: 3, 1/7, 0.1 (one tenth), 1e-3.

    Raises:
        DomainError: for any other text.
        LimitError: for more than 1,000 digits, or an exponent beyond ±1,000.

    Example:
        >>> exact("0.1", "alpha"), exact("1/7", "alpha")
        (Fraction(1, 10), Fraction(1, 7))
        >>> exact("1e9999", "beta")
        Traceback (most recent call last):
        wishart_moments.errors.LimitError: need exponents from -1000 to 1000 in beta, got '1e9999'
    """
    word = text.strip()
    match = _NUMBER.fullmatch(word)
    if match is None or ("/" in word and match["exponent"] is not None):
        raise DomainError(f"need {name} {condition} and finite, got {shown(text)}")
    _refuse_long(word)
    if match["exponent"] is not None and abs(int(match["exponent"])) > MAX_EXPONENT:
        raise LimitError(f"need exponents from -{MAX_EXPONENT} to {MAX_EXPONENT} in {name}, got {shown(text)}")
    try:
        return Fraction(word)
    except (ValueError, ZeroDivisionError):
        raise DomainError(f"need {name} {condition} and finite, got {shown(text)}") from None


def real(text: str, name: str, condition: str = "as a number") -> float:
    """Return the float64 nearest to the number that the text is.

    Raises:
        DomainError: for other text, and for numbers beyond the range of floats.

    Example:
        >>> real("1/4", "alpha")
        0.25
        >>> real("1e400", "lr", "> 0")
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need lr > 0 and finite, got '1e400'; floats end at 1.8e308
    """
    value = exact(text, name, condition)
    try:
        return float(value)
    except OverflowError:
        raise DomainError(f"need {name} {condition} and finite, got {shown(text)}; floats end at 1.8e308") from None


def _refuse_long(word: str) -> None:
    if len(word) > MAX_DIGITS:
        raise LimitError(f"need numbers of at most {MAX_DIGITS:,} digits, got {len(word):,} characters")
