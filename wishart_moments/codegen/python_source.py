"""Pieces of Python source that every Python module is written with."""

from collections.abc import Sequence
from textwrap import indent

from wishart_moments.codegen.expressions import Expression, infix


def docstring(lines: Sequence[str]) -> str:
    """Return the lines as a docstring."""
    return '"""' + "\n".join(lines) + ('"""' if len(lines) == 1 else '\n"""')


def indented(code: list[str]) -> str:
    """Return the body of a function."""
    return indent("\n".join(code), "    ") + "\n"


def assignments(lines: Sequence[tuple[str, Expression]]) -> list[str]:
    """Return one assignment for every named expression."""
    return [f"{name} = {printed(expression)}" for name, expression in lines]


def printed(expression: Expression, like: str = "s") -> str:
    """Return an expression; `like` names a value that tells floats from exact numbers."""
    # A tensor cannot meet an integer of 64 bits; s is the sum that every constant is added to or multiplied
    # with.
    return infix(expression, lambda c: str(c) if abs(c) < 2**63 else f"constant({c}, {like})")
