"""Arithmetic expressions: one object that is counted, bounded in its rounding error, and printed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Literal

from wishart_moments.errors import LimitError


@dataclass(frozen=True)
class Operation:
    """A sum, difference, product or quotient of two expressions."""

    sign: Literal["+", "-", "*", "/"]
    left: "Expression"
    right: "Expression"


Expression = Operation | str | int
"""An operation, the name of a value, or an integer."""


@dataclass(frozen=True)
class Operations:
    """How many operations an evaluation takes; a subtraction counts as an addition."""

    multiplications: int = 0
    additions: int = 0
    divisions: int = 0

    def __add__(self, other: "Operations") -> "Operations":
        return Operations(
            self.multiplications + other.multiplications,
            self.additions + other.additions,
            self.divisions + other.divisions,
        )

    def __str__(self) -> str:
        counts = [
            (self.multiplications, "multiplication"),
            (self.additions, "addition"),
            (self.divisions, "division"),
        ]
        named = [f"{count} {name}{'s' * (count != 1)}" for count, name in counts if count]
        return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named) or "no operation"


def add(left: Expression, right: Expression) -> Expression:
    """Return left + right, without the operation where one of them is 0.

    Example:
        >>> add("s", 0), infix(add("s", 3))
        ('s', 's + 3')
    """
    if left == 0:
        return right
    if right == 0:
        return left
    if isinstance(right, int) and right < 0:
        return Operation("-", left, -right)
    return Operation("+", left, right)


def multiply(left: Expression, right: Expression) -> Expression:
    """Return left · right, without the operation where one of them is 0 or 1.

    Example:
        >>> multiply("s", 1), multiply(0, "s"), infix(multiply(add("s", 3), "p"))
        ('s', 0, '(s + 3) * p')
    """
    if left == 0 or right == 0:
        return 0
    if left == 1:
        return right
    if right == 1:
        return left
    return Operation("*", left, right)


def horner(coefficients: Sequence[Expression], variable: str) -> Expression:
    """Return Σ c_i x^i in Horner's form, c_0 first.

    Example:
        >>> infix(horner([4, 3, 1], "s"))
        '(s + 3) * s + 4'
    """
    return reduce(lambda value, coefficient: add(multiply(value, variable), coefficient), reversed(coefficients), 0)


def count_operations(expression: Expression) -> Operations:
    """Return the number of operations in an expression.

    Example:
        >>> print(count_operations(horner([4, 3, 1], "s")))
        1 multiplication and 2 additions
    """
    if not isinstance(expression, Operation):
        return Operations()
    one = {
        "*": Operations(multiplications=1),
        "/": Operations(divisions=1),
    }.get(expression.sign, Operations(additions=1))
    return one + count_operations(expression.left) + count_operations(expression.right)


def rounding_bound(expression: Expression, known: Mapping[str, int | None]) -> int | None:
    """Return e such that floating point gives a positive expression up to e roundings, (1 + u)^e − 1
    relative.

    Each operation rounds once, but for products with powers of 2; products add the errors of their factors; a
    sum of positive terms has at most the larger error of the two. The difference of exact values rounds once;
    any other difference can lose every digit.

    Args:
        expression: what is evaluated; additions are supposed to be of numbers >= 0.
        known: the bound for every name.

    Returns:
        The bound, or None where there is none. u is 2^-53 for doubles.

    Example:
        >>> rounding_bound(horner([4, 3, 1], "s"), {"s": 1})
        5
    """
    if isinstance(expression, str):
        return known[expression]
    if isinstance(expression, int):
        return 0 if (expression // (expression & -expression or 1)).bit_length() <= 53 else 1
    left, right = rounding_bound(expression.left, known), rounding_bound(expression.right, known)
    if left is None or right is None:
        return None
    if expression.sign == "-":
        return 1 if left == right == 0 else None
    if expression.sign == "+":
        return 1 + max(left, right)
    return left + right + (not _is_power_of_two(expression.left) and not _is_power_of_two(expression.right))


def double_literal(integer: int) -> str:
    """Return an integer as decimal digits that a double can hold, rounded where it has more than 53 bits.

    Raises:
        LimitError: if it is beyond the range of doubles.
    """
    if abs(integer) >= 2**1023:
        raise LimitError("a coefficient of this table exceeds the range of doubles; need fewer orders, or json or csv")
    return str(integer)


def _is_power_of_two(expression: Expression) -> bool:
    return isinstance(expression, int) and expression > 0 and expression & (expression - 1) == 0


def infix(expression: Expression, literal: Callable[[int], str] = str) -> str:
    """Return the expression as C, JavaScript and Python write it; `literal` writes the integers.

    Example:
        >>> infix(Operation("-", "q", Operation("*", "t", add("r", 2))), "{}.0".format)
        'q - t * (r + 2.0)'
    """
    if isinstance(expression, str):
        return expression
    if isinstance(expression, int):
        return literal(expression)
    left, right = infix(expression.left, literal), infix(expression.right, literal)
    if expression.sign in "*/":
        if isinstance(expression.left, Operation) and expression.left.sign in "+-":
            left = f"({left})"
        if isinstance(expression.right, Operation):
            right = f"({right})"
    elif expression.sign == "-" and isinstance(expression.right, Operation) and expression.right.sign in "+-":
        right = f"({right})"
    return f"{left} {expression.sign} {right}"
