"""The tree of a formula: numbers, symbols and matrices in powers, products, sums, quotients and traces.

A tree says how a formula is written, not only what it means: the order of the terms and factors is that of print.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class Number:
    """A rational number."""

    value: Fraction


@dataclass(frozen=True)
class Symbol:
    """A variable that commutes, such as m, n or beta."""

    name: str


@dataclass(frozen=True)
class Matrix:
    """A matrix; `adjoint` is the mark of its transpose (T) or adjoint (*), empty for the matrix itself."""

    name: str
    adjoint: str = ""


@dataclass(frozen=True)
class Identity:
    """The identity matrix, I."""


@dataclass(frozen=True)
class Power:
    """base^exponent, the exponent an integer of either sign."""

    base: "Node"
    exponent: int


@dataclass(frozen=True)
class Trace:
    """The trace of a matrix or a product of matrices."""

    of: "Node"


@dataclass(frozen=True)
class Product:
    """Factors side by side; a number stands first, and carries the sign."""

    factors: tuple["Node", ...]


@dataclass(frozen=True)
class Sum:
    """Terms with their signs."""

    terms: tuple["Node", ...]


@dataclass(frozen=True)
class Quotient:
    """One product over another; of the two the upper carries the sign."""

    above: "Node"
    below: "Node"


@dataclass(frozen=True)
class Foreign:
    """An expression that SymPy writes, no rational function; or decimals, which are text."""

    expression: Any


Node = Number | Symbol | Matrix | Identity | Power | Trace | Product | Sum | Quotient | Foreign

ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))


def power(base: Node, exponent: int) -> Node:
    """Return base^exponent, the base alone for 1."""
    return base if exponent == 1 else Power(base, exponent)


def product(factors: Iterable[Node], sign: int = 1) -> Node:
    """Return a product: numbers are multiplied and stand first, a 1 is left away, products in it are opened.

    Example:
        >>> product([Number(Fraction(-1)), Symbol("n"), Number(Fraction(-2))])
        Product(factors=(Number(value=Fraction(2, 1)), Symbol(name='n')))
    """
    number, others = Fraction(sign), list[Node]()
    for factor in factors:
        for each in factor.factors if isinstance(factor, Product) else (factor,):
            if isinstance(each, Number):
                number *= each.value
            else:
                others.append(each)
    if number == 0 or not others:
        return Number(number)
    if number == 1 and len(others) == 1:
        return others[0]
    return Product((*([Number(number)] if number != 1 else []), *others))


def total(terms: Iterable[Node]) -> Node:
    """Return a sum; sums in it are opened, and zeros left away."""
    opened = [each for term in terms for each in (term.terms if isinstance(term, Sum) else (term,)) if each != ZERO]
    return (opened[0] if len(opened) == 1 else Sum(tuple(opened))) if opened else ZERO


def quotient(above: Node, below: Iterable[Node]) -> Node:
    """Return above/below, above alone where there is nothing below."""
    divisor = product(below)
    return above if divisor == ONE else Quotient(above, divisor)


def without_sign(node: Node) -> tuple[int, Node]:
    """Return the sign in front of a term, and the term without it."""
    if isinstance(node, Number):
        return (1, node) if node.value >= 0 else (-1, Number(-node.value))
    if isinstance(node, Product) and isinstance(node.factors[0], Number):
        sign, first = without_sign(node.factors[0])
        return sign, product((first, *node.factors[1:]))
    if isinstance(node, Quotient):
        sign, above = without_sign(node.above)
        return sign, Quotient(above, node.below)
    if isinstance(node, Foreign) and isinstance(node.expression, str) and node.expression.startswith("-"):
        return -1, Foreign(node.expression[1:])
    return 1, node
