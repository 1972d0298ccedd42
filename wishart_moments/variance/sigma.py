"""Scales σ written as formulas in m and n, such as "sqrt(2/n)": parsed without being executed, evaluated exactly.

What is made of rational numbers, m and n by products, quotients and square roots is a surd q √r, q and r rational: its
square, all that a variance depends on, is then known exactly. Everything else is evaluated in ball arithmetic.
"""

import ast
import math
import re
import warnings
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple, cast

from flint import arb, fmpq

from wishart_moments import domain
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_moments.moments.polynomials import dyadic
from wishart_moments.precision import working_precision

NAMED = {"he": "1/sqrt(n)", "lecun": "1/sqrt(n)", "kaiming": "sqrt(2/n)", "xavier": "sqrt(2/(m+n))"}
"""The σ that have names: 1/√n, called He in arXiv 2601.08253 and LeCun elsewhere; with the gain √2 of ReLU networks, as
torch's kaiming_normal_; Glorot's."""

HE_NOTE = "he = 1/sqrt(n), as in arXiv 2601.08253; torch's kaiming_normal_ is kaiming = sqrt(2/n)"
"""What a printout says of "he", by which most people mean √(2/n)."""

MAX_LENGTH = 200
"""The longest text."""

MAX_EXPONENT = 64
"""The largest exponent."""

MAX_BITS = 1 << 16
"""The longest numerator or denominator on the way to a value."""

Formula = Fraction | str | tuple[Any, ...]
"""A number, "m" or "n", or an operation and its operands: ("+", a, b), …, ("sqrt", a)."""

_SHARE = re.compile(r"predicted\(([^()]*)\)")
_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)(e[+-]?\d{1,4})?", re.IGNORECASE | re.ASCII)
_OPERATIONS: dict[type[ast.AST], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_LEAST_BITS, _MOST_BITS = 128, 1 << 14


class SigmaValue(NamedTuple):
    """A value of σ.

    Attributes:
        sigma: rounded to the nearest float64.
        least, most: rationals with least <= σ² <= most.
    """

    sigma: float
    least: Fraction
    most: Fraction

    @property
    def square(self) -> Fraction | None:
        """σ², if it is known to be this rational number."""
        return self.least if self.least == self.most else None


class _Surd(NamedTuple):
    """q √r, r > 0."""

    q: Fraction
    r: Fraction


class _NoSurd(Exception):  # noqa: N818 - no error: the balls take over
    """The value is not seen to be of the form q √r."""


@dataclass(frozen=True)
class SigmaRule:
    """A number, or a formula for σ in m and n; `parse_sigma` makes it.

    Attributes:
        text: as it was given.
        formula: what it means.
        given: what it was read from, for messages.
    """

    text: str
    formula: Formula
    given: Any = field(compare=False, repr=False)

    def __str__(self) -> str:
        return self.text

    @property
    def says_he(self) -> bool:
        """Whether it is "he", of which `HE_NOTE` speaks."""
        return self.text.lower() == "he"

    def at(self, m: Any, n: Any, *, bits: int = _LEAST_BITS) -> SigmaValue:
        """Return σ at a shape; where σ² is irrational, enclosed to about so many bits.

        Raises:
            DomainError: unless m and n are positive integers and σ >= 0 is finite.

        Example:
            >>> value = parse_sigma("10/sqrt(n)").at(64, 128)
            >>> value.sigma, value.square
            (0.8838834764831844, Fraction(25, 32))
        """
        least, most = self.squares(m, n, bits=bits)
        sigma = root(most)
        if not math.isfinite(sigma):
            raise self._undefined()
        return SigmaValue(sigma, least, most)

    def squares(self, m: Any, n: Any, *, bits: int = _LEAST_BITS) -> tuple[Fraction, Fraction]:
        """Return rationals around σ², equal where it is rational; σ may lie beyond the range of floats."""
        names = {"m": Fraction(domain.size(m, "m")), "n": Fraction(domain.size(n, "n"))}
        try:
            value = self._surd(self.formula, names)
        except _NoSurd:
            return self._by_balls(names, bits)
        square = value.q * value.q * value.r
        if value.q < 0:
            raise self._negative(root(square))
        return square, square

    def _by_balls(self, names: dict[str, Fraction], bits: int) -> tuple[Fraction, Fraction]:
        while bits <= _MOST_BITS:
            with working_precision(bits + 64):
                ball = self._ball(self.formula, names)
                if not ball.is_finite():
                    break
                lower, upper = dyadic(ball.lower()), dyadic(ball.upper())
            if upper < 0:
                raise self._negative(-_float(upper))
            # Else the ball reaches below 0, or its ends round apart: it was too wide.
            if lower >= 0 and _float(lower) == _float(upper):
                return lower**2, upper**2
            bits *= 2
        raise self._undefined()

    def _surd(self, formula: Formula, names: dict[str, Fraction]) -> _Surd:
        if isinstance(formula, Fraction):
            return _Surd(formula, Fraction(1))
        if isinstance(formula, str):
            return _Surd(names[formula], Fraction(1))
        operation, *operands = formula
        a, *others = (self._surd(operand, names) for operand in operands)
        if operation == "sqrt":
            return self._power(a, Fraction(1, 2))
        (b,) = others
        if operation == "**":
            if b.r != 1:
                raise _NoSurd
            return self._power(a, b.q)
        if operation in "*/":
            if operation == "/":
                b = self._power(b, Fraction(-1))
            return self._small(_Surd(a.q * b.q, a.r * b.r))
        if a.r != b.r and a.q and b.q:
            raise _NoSurd
        return self._small(_Surd(a.q + b.q if operation == "+" else a.q - b.q, a.r if a.q else b.r))

    def _power(self, a: _Surd, exponent: Fraction) -> _Surd:
        if abs(exponent) > MAX_EXPONENT:
            raise self._steep()
        if a.q == 0:
            if exponent < 0:
                raise self._undefined()
            return _Surd(Fraction(exponent == 0), Fraction(1))
        if exponent.denominator == 2 and a.r == 1:
            if a.q < 0:
                raise self._undefined()
            a, exponent = _Surd(Fraction(1), a.q), 2 * exponent
        if exponent.denominator != 1:
            raise _NoSurd
        k = int(exponent)
        if abs(k) * _bits(a) > MAX_BITS:
            raise self._undefined()
        even = a.r ** (k // 2)
        return self._small(_Surd(a.q**k * even, a.r if k % 2 else Fraction(1)))

    def _small(self, a: _Surd) -> _Surd:
        if _bits(a) > MAX_BITS:
            raise self._undefined()
        if a.r == 1:
            return a
        rational = Fraction(math.isqrt(a.r.numerator), math.isqrt(a.r.denominator))
        return _Surd(a.q * rational, Fraction(1)) if rational * rational == a.r else a

    def _ball(self, formula: Formula, names: dict[str, Fraction]) -> Any:
        try:
            exact = self._surd(formula, names)
            return arb(_fmpq(exact.q)) * arb(_fmpq(exact.r)).sqrt()
        except _NoSurd:
            operation, *operands = cast("tuple[Any, ...]", formula)
        a, *others = (self._ball(operand, names) for operand in operands)
        if operation == "sqrt":
            return a.sqrt()
        (b,) = others
        if operation == "**" and not abs(b) <= MAX_EXPONENT:
            raise self._steep()
        return {"+": a.__add__, "-": a.__sub__, "*": a.__mul__, "/": a.__truediv__, "**": a.__pow__}[operation](b)

    def _negative(self, size: float) -> DomainError:
        value = "" if isinstance(self.formula, Fraction) else f" = {-size:.6g}"
        return DomainError(f"need sigma >= 0 and finite, got {shown(self.given)}{value}")

    def _steep(self) -> DomainError:
        return DomainError(f"need exponents from -{MAX_EXPONENT} to {MAX_EXPONENT} in sigma, got {shown(self.given)}")

    def _undefined(self) -> DomainError:
        return DomainError(f"need sigma >= 0 and finite, got {shown(self.given)}")


def parse_sigma(given: Any) -> SigmaRule:
    """Return σ as a function of m and n: 0.1, "1/7", "he", "kaiming", "10/sqrt(n)", "2*n**-0.5", "√(2/n)".

    Every σ of this package is read here. "he" and "lecun" are 1/√n, "kaiming" √(2/n), "xavier" √(2/(m+n)). A text is
    never executed: it may contain numbers (decimals are exact, 0.1 is one tenth), m, n, the names, + − * / ** (also ^),
    parentheses and sqrt (also √). A float is the dyadic rational that it is.

    Args:
        given: a number, a text of up to 200 characters, or what this function has returned.

    Raises:
        DomainError: for anything else.

    Example:
        >>> parse_sigma("he").at(64, 128).square, parse_sigma(0.5).at(3, 3).sigma
        (Fraction(1, 128), 0.5)
        >>> parse_sigma("open('x')")
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need sigma as a formula in m and n: 0.1, he, 10/sqrt(n); got "open('x')"
    """
    if isinstance(given, SigmaRule):
        return given
    if not isinstance(given, str):
        return SigmaRule(shown(given), Fraction(domain.number(given, "sigma", ">= 0")), given)
    text = str(given).strip()
    if len(given) > MAX_LENGTH:
        raise DomainError(f"need sigma in at most {MAX_LENGTH} characters, got {len(given):,}")
    source = re.sub(r"√\s*([\w.]+)", r"sqrt(\1)", text).replace("√", "sqrt").replace("^", "**")
    try:
        return SigmaRule(text, _read(source), text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise DomainError(f"need sigma as a formula in m and n: 0.1, he, 10/sqrt(n); got {shown(given)}") from None


def predicted_share(sigma: str) -> float | None:
    """Return s of "predicted(s)", None for any other text.

    Raises:
        DomainError: unless 0 <= s < 1; for "shared", which only a network has.

    Example:
        >>> predicted_share("predicted(1/8)"), predicted_share("he")
        (0.125, None)
    """
    if sigma.strip() == "shared":
        raise DomainError(
            "need sigma as predicted(s), a name, a number or an expression for a layer of its own, got "
            "'shared', which needs a network"
        )
    found = _SHARE.fullmatch(sigma.strip())
    if found is None:
        return None
    share = domain.real(found[1], "s in predicted(s)", "with 0 <= s < 1")
    if not 0 <= share < 1:
        raise DomainError(f"need 0 <= s < 1 in predicted(s), got {shown(sigma)}")
    return share


def _read(source: str) -> Formula:
    with warnings.catch_warnings():  # the parser warns of what is refused below
        warnings.simplefilter("ignore")
        return _formula(ast.parse(source, mode="eval").body, source)


def _formula(node: ast.AST, source: str) -> Formula:
    match node:
        case ast.Name(id="m" | "n" as name):
            return name
        case ast.Name(id=name) if name.lower() in NAMED:
            return _read(NAMED[name.lower()])
        case ast.Constant():
            # The text of the number: its value has been rounded to a float.
            literal = ast.get_source_segment(source, node) or ""
            if not _NUMBER.fullmatch(literal):
                raise ValueError(literal)
            return Fraction(literal)
        case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=operand):
            sign = Fraction(-1 if isinstance(node.op, ast.USub) else 1)
            return ("*", sign, _formula(operand, source))
        case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _OPERATIONS:
            return (_OPERATIONS[type(operation)], _formula(left, source), _formula(right, source))
        case ast.Call(func=ast.Name(id="sqrt"), args=[argument], keywords=[]):
            return ("sqrt", _formula(argument, source))
        case _:
            raise ValueError(type(node).__name__)


def root(square: Fraction) -> float:
    """Return √square rounded to the nearest float64, infinity beyond the range.

    Example:
        >>> root(Fraction(2)), root(Fraction(1, 4))
        (1.4142135623730951, 0.5)
    """
    bits = _LEAST_BITS
    while True:
        # ⌊√(p q 4^s)⌋ / (q 2^s) with s >= 0 large enough for the bits.
        product = square.numerator * square.denominator
        shift = max(bits - product.bit_length() // 2, 0)
        whole = math.isqrt(product << (2 * shift))
        exact = whole * whole == product << (2 * shift)
        low, high = (_float(Fraction(k, square.denominator << shift)) for k in (whole, whole + (not exact)))
        if low == high:
            return low
        bits *= 2


def _float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _bits(a: _Surd) -> int:
    return max(number.bit_length() for part in a for number in (part.numerator, part.denominator))


def _fmpq(value: Fraction) -> Any:
    return fmpq(value.numerator, value.denominator)
