"""How the entries of a family at a general scale are evaluated: all λ of a degree together.

The products p_μ come first, each one multiplication more than a shorter one. A row is Σ_μ f_μ(x) p_μ, the polynomials
f_μ in Horner's form, with the largest power of x in front; coefficients are integers over a common denominator. For the
inverse x is y c = y (n − m) + y − u, an integer for integers n and m, where 2/β = u/y; then D_k(c) is a product of
integers, too, over a power of y.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import gcd, lcm

from wishart_moments.codegen.expressions import (
    Expression,
    Operation,
    Operations,
    add,
    count_operations,
    horner,
    multiply,
)
from wishart_moments.codegen.schemes import Line, Scheme, used
from wishart_moments.codegen.tables import FamilyTable
from wishart_moments.combinatorics.partitions import Partition


@dataclass(frozen=True)
class RowScheme:
    """Σ_μ f_μ(x) p_μ times a factor, over a denominator.

    Args:
        factor: a power of x, or an integer.
        parts: the f_μ(x) p_μ, to be added.
        denominator: what it is divided by, but for D_k.
        positive: whether no coefficient is negative.
    """

    factor: Expression
    parts: tuple[Expression, ...]
    denominator: int
    positive: bool

    @property
    def value(self) -> Expression:
        """The numerator as one expression."""
        return multiply(self.factor, reduce(add, self.parts, 0))


@dataclass(frozen=True)
class DegreeScheme:
    """The evaluation of all moments of one degree, from x and p_1, …, p_k.

    Args:
        products: the products p_μ, in the order in which they are computed.
        divisor: the denominator D_k as a product of linear factors in x; 1 where there is none.
        rows: one for every λ.
    """

    products: tuple[Line, ...]
    divisor: Expression
    rows: dict[Partition, RowScheme]

    @property
    def operations(self) -> Operations:
        """What one evaluation of all rows takes, from x and the power sums."""
        total = count_operations(self.divisor)
        for _, expression in self.products:
            total += count_operations(expression)
        for row in self.rows.values():
            total += count_operations(row.value)
            total += Operations(divisions=int(self.divisor != 1 or row.denominator != 1))
        return total

    def single(self, label: Partition) -> Scheme:
        """Return the evaluation of one moment by itself."""
        row = self.rows[label]
        below = multiply(row.denominator, self.divisor)
        value = row.value if below == 1 else Operation("/", row.value, below)
        return Scheme(used(self.products, value), value, 1, positive=row.positive and self.divisor == 1)

    def sums(self, k: int) -> list[str]:
        """Return the names of p_1, …, p_k, and _ for one that does not occur."""
        occurring = set[str]().union(*(self.single(label).names for label in self.rows))
        return [name if name in occurring else "_" for name in (f"p_{j}" for j in range(1, k + 1))]

    @property
    def roundings(self) -> int | None:
        """A bound on the relative error for exact x, p_1, …, p_k >= 0; None where there is none."""
        bounds = [self.single(label).roundings for label in self.rows]
        return None if None in bounds else max(bound for bound in bounds if bound is not None)


def degree_scheme(table: FamilyTable, k: int) -> DegreeScheme:
    """Return the evaluation of all entries of degree k."""
    labels = table.labels(k)
    columns = dict.fromkeys(mu for label in labels for mu in table.cells(label) if isinstance(mu, tuple))
    y = table.scale if table.denominators else 1
    divisor: Expression = 1
    clearing = 1
    for e, multiplicity in table.denominators.get(k, {}).items():
        for _ in range(multiplicity):
            divisor = multiply(divisor, add(table.variable, -(y * e).numerator))
            clearing *= y
    return DegreeScheme(
        _products(sorted(columns, reverse=True)), divisor, {label: _row(table, label, y, clearing) for label in labels}
    )


def product_name(label: Partition) -> str:
    """Return the name of p_μ in the code.

    Example:
        >>> product_name((2, 1, 1))
        'p_2_1_1'
    """
    return "p_" + "_".join(map(str, label))


def _products(columns: list[Partition]) -> tuple[Line, ...]:
    lines: dict[str, Expression] = {}
    for label in columns:
        for length in range(2, len(label) + 1):
            left, right = product_name(label[: length - 1]), product_name((label[length - 1],))
            lines[product_name(label[:length])] = Operation("*", left, right)
    return tuple(lines.items())


def _row(table: FamilyTable, label: Partition, y: int, clearing: int) -> RowScheme:
    terms = [(column, j, c * clearing / Fraction(y) ** j) for column, j, c in table.entries[label]]
    denominator = lcm(*(c.denominator for _, _, c in terms))
    integers = [(column, j, int(c * denominator)) for column, j, c in terms]
    content = gcd(*(c for _, _, c in integers)) if y > 1 else 1
    lowest = min(j for _, j, _ in integers)
    columns: dict[Partition, dict[int, int]] = {}
    for column, j, c in integers:
        if isinstance(column, tuple):
            columns.setdefault(column, {})[j - lowest] = c // content
    parts = tuple(
        multiply(horner([f.get(j, 0) for j in range(max(f) + 1)], table.variable), product_name(mu))
        for mu, f in columns.items()
    )
    factor = reduce(multiply, [table.variable] * lowest, content)
    return RowScheme(factor, parts, denominator, all(c > 0 for _, _, c in integers))
