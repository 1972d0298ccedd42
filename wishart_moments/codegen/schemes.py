"""How the entries of a table are evaluated.

Every moment of order k >= 1 is symmetric in m and n and divisible by mn, so that it is mn q(s, p) with a sum
s and a product p. Nested Horner, in p outside and in s inside, takes about one multiplication and one
addition per coefficient of q, and q has half as many coefficients as the expanded polynomial.

For beta <= 2 the coefficients of q in s = m + n, p = mn are positive: nothing cancels, and floating point
loses a few roundings only. For beta > 2 signs alternate; there q is written in a = y (m − 1) and b = y (n −
1), s = a + b, p = ab, which makes the coefficients positive again (beta = 4: up to k = 15), and integers over
the denominator y^{k−1}, y the denominator of 2/beta.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from wishart_moments.codegen.expressions import (
    Expression,
    Operation,
    Operations,
    add,
    count_operations,
    horner,
    multiply,
    rounding_bound,
)
from wishart_moments.codegen.symmetric import Polynomial, in_elementary_symmetric, substituted
from wishart_moments.codegen.tables import Table, Term
from wishart_moments.errors import DomainError

Line = tuple[str, Expression]
Kernel = dict[tuple[int, int], int]
"""{(i, j): c} for q = Σ c s^i p^j with integers c."""


@dataclass(frozen=True)
class Scheme:
    """A straight-line program in m and n: lines that name values, and the result over a denominator.

    Args:
        lines: the values that are computed first, in order.
        result: the numerator of the value.
        denominator: what it is divided by.
        positive: whether no coefficient is negative, so that for m, n >= 1 nothing cancels and no intermediate
            value exceeds the result.
    """

    lines: tuple[Line, ...]
    result: Expression
    denominator: int
    positive: bool

    @cached_property
    def operations(self) -> Operations:
        """What one floating-point evaluation takes."""
        total = count_operations(self.value)
        for _, expression in self.lines:
            total += count_operations(expression)
        return total

    @property
    def names(self) -> set[str]:
        """The names that occur."""
        return set[str]().union(*map(_names, (self.result, *(expression for _, expression in self.lines))))

    @property
    def value(self) -> Expression:
        """The result with its denominator."""
        return self.result if self.denominator == 1 else Operation("/", self.result, self.denominator)

    @cached_property
    def roundings(self) -> int | None:
        """A bound on the relative error, in roundings, for exact arguments, m and n >= 1; None where there is none."""
        if not self.positive:
            return None
        known: dict[str, int | None] = defaultdict(int)
        for name, expression in self.lines:
            known[name] = rounding_bound(expression, known)
        return rounding_bound(self.value, known)


# A table is asked for the same schemes by its comments, its code and its header.
@lru_cache(maxsize=128)
def moment_scheme(terms: tuple[Term, ...], scale: int = 1) -> Scheme:
    """Return the evaluation of an entry of a table of moments.

    Args:
        terms: the entry.
        scale: y, the denominator of 2/beta.

    Raises:
        DomainError: if the entry is not mn times a symmetric polynomial in y m and y n with integer
            coefficients, up to a power of y.
    """
    reduced = _divided(terms, by=(1, 1))
    denominator = scale ** max((i + j for i, j in reduced), default=0)
    kernel, shift = _integers(reduced, scale, denominator, 0), 0
    if min(kernel.values(), default=0) < 0:
        kernel, shift = _integers(reduced, scale, denominator, 1), 1
    positive = min(kernel.values(), default=0) >= 0
    lines, value = kernel_lines(kernel)
    if scale == 1 and shift == 0:
        inputs: list[Line] = [("s", add("m", "n")), ("p", multiply("m", "n"))]
        result = multiply("p", value)
    else:
        inputs = [(name, _moved(variable, scale, shift)) for name, variable in (("a", "m"), ("b", "n"))]
        inputs += [("s", add("a", "b")), ("p", multiply("a", "b"))]
        result = multiply(multiply("m", "n"), value)
    return Scheme(used([*inputs, *lines], result), result, denominator, positive)


def kernel_lines(kernel: Kernel) -> tuple[list[Line], Expression]:
    """Return the lines and the value of q = Σ c s^i p^j: Horner in p over Horner in s, or in s² where q is
    odd or even.

    Example:
        >>> from wishart_moments.codegen.expressions import infix
        >>> lines, value = kernel_lines({(2, 0): 1, (0, 1): 1, (1, 0): 3, (0, 0): 4})
        >>> [(name, infix(expression)) for name, expression in lines], infix(value)
        ([('q0', '(s + 3) * s + 4')], 'p + q0')
    """
    powers = [i for i, _ in kernel]
    step, lowest = 1, min(powers, default=0) % 2
    if len({i % 2 for i in powers}) == 1 and max(powers) > 1:
        step = 2
    variable, lines = ("s2", [("s2", multiply("s", "s"))]) if step == 2 else ("s", list[Line]())
    rows: list[Expression] = []
    for j in range(max((j for _, j in kernel), default=0) + 1):
        top = max((i for i, power in kernel if power == j), default=-1)
        first = lowest if step == 2 else 0
        row = horner([kernel.get((i, j), 0) for i in range(first, top + 1, step)], variable)
        if isinstance(row, Operation):
            lines.append((f"q{j}", row))
            row = f"q{j}"
        rows.append(row)
    if len(rows) == 1 and lines and lines[-1][0] == "q0":
        rows = [lines.pop()[1]]
    value = horner(rows, "p")
    return lines, multiply("s", value) if step == 2 and lowest else value


def series_schemes(table: Table) -> dict[int, Scheme]:
    """Return q_k(s, p) for every k of a series with the coefficients (−1)^{k+1} n q_k(s, p).

    Raises:
        DomainError: if a coefficient is not of this form with integers.
    """
    schemes: dict[int, Scheme] = {}
    for k, terms in table.entries.items():
        signed = tuple((i, j, (-1) ** (k + 1) * c) for i, j, c in terms)
        lines, value = kernel_lines(_integers(_divided(signed, by=(0, 1)), 1, 1, 0))
        schemes[k] = Scheme(tuple(lines), value, 1, positive=True)
    return schemes


def series_operations(schemes: dict[int, Scheme], order: int, *, derivative: bool) -> Operations:
    """Return what gamma² n t (q_1 − t (q_2 − …)) takes, or its derivative, as the emitters write it."""
    total = Operations(multiplications=1, additions=1, divisions=1)  # p, s and t
    for k in range(1, order + 1):
        total += schemes[k].operations
        if derivative:
            total += Operations(multiplications=1)  # k q_k
    total += Operations(multiplications=order - 1, additions=order - 1)
    return total + (Operations(multiplications=3, divisions=1) if derivative else Operations(multiplications=4))


def expanded_operations(terms: tuple[Term, ...]) -> Operations:
    """Return what Σ c m^i n^j takes, with every power of m and n computed once."""
    powers = max(i for i, _, _ in terms) - 1 + max(j for _, j, _ in terms) - 1
    products = sum(int(i > 0 and j > 0) + int(abs(c) != 1) for i, j, c in terms)
    return Operations(multiplications=powers + products, additions=len(terms) - 1)


def _divided(terms: tuple[Term, ...], by: tuple[int, int]) -> Polynomial:
    if any(i < by[0] or j < by[1] for i, j, _ in terms):
        raise DomainError("need an entry that is divisible by " + "mn"[by[0] == 0 :])
    return {(i - by[0], j - by[1]): c for i, j, c in terms}


def _integers(reduced: Polynomial, scale: int, denominator: int, shift: int) -> Kernel:
    kernel = in_elementary_symmetric(substituted(reduced, scale, shift))
    scaled = {key: c * denominator for key, c in kernel.items()}
    if any(c.denominator > 1 for c in scaled.values()):
        raise DomainError("need integer coefficients in m + n and mn")
    return {key: c.numerator for key, c in scaled.items()}


def _moved(variable: str, scale: int, shift: int) -> Expression:
    return multiply(scale, add(variable, -shift))


def used(lines: Sequence[Line], result: Expression) -> tuple[Line, ...]:
    """Drop the lines that nothing needs."""
    kept: list[Line] = []
    needed = _names(result)
    for name, expression in reversed(lines):
        if name in needed:
            kept.append((name, expression))
            needed |= _names(expression)
    return tuple(reversed(kept))


def _names(expression: Expression) -> set[str]:
    if isinstance(expression, Operation):
        return _names(expression.left) | _names(expression.right)
    return {expression} if isinstance(expression, str) else set()
