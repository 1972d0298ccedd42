"""Rational functions of the sizes whose denominators are products of n − m − e: numerators with their divisors."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from flint import fmpq, fmpq_mpoly

from wishart_moments.notation.convert import coefficient
from wishart_moments.notation.tree import Node, power, quotient

Root = tuple[str, str, Fraction]
"""(n, m, e), which stands for n − m − e."""
Below = Mapping[Root, int]
"""{(n, m, e): k}, which stands for Π (n − m − e)^k."""


def factor(ring: Any, root: Root) -> fmpq_mpoly:
    """Return n − m − e in a ring whose variables are the sizes."""
    n, m, e = root
    gens = dict(zip(map(str, ring.names()), ring.gens(), strict=True))
    return gens[n] - gens[m] - fmpq(*e.as_integer_ratio())


def reduced(numerator: fmpq_mpoly, below: Below) -> tuple[fmpq_mpoly, dict[Root, int]]:
    """Return the same rational function in lowest terms."""
    ring, left = numerator.context(), dict[Root, int]()
    for root in sorted(below):
        divisor, count = factor(ring, root), below[root] if numerator else 0
        while count:
            divided, remainder = divmod(numerator, divisor)
            if remainder:
                break
            numerator, count = divided, count - 1
        if count:
            left[root] = count
    return numerator, left


def added(pairs: Iterable[tuple[fmpq_mpoly, Below]]) -> tuple[fmpq_mpoly, dict[Root, int]]:
    """Return the sum of rational functions, in lowest terms."""
    pairs = list(pairs)
    common: dict[Root, int] = {}
    for _, below in pairs:
        common |= {root: max(count, common.get(root, 0)) for root, count in below.items()}
    total = 0 * pairs[0][0]
    for numerator, below in pairs:
        for root, count in common.items():
            if missing := count - below.get(root, 0):
                numerator = numerator * factor(numerator.context(), root) ** missing
        total += numerator
    return reduced(total, common)


def notation(numerator: fmpq_mpoly, below: Below) -> Node:
    """Return the tree of N/Π (n − m − e)^k."""
    ring = numerator.context()
    return quotient(coefficient(numerator), [power(coefficient(factor(ring, root)), k) for root, k in below.items()])


def value(below: Below, numbers: Mapping[str, int | Fraction]) -> Fraction:
    """Return Π (n − m − e)^k at numbers."""
    result = Fraction(1)
    for (n, m, e), k in below.items():
        result *= (numbers[n] - numbers[m] - e) ** k
    return result
