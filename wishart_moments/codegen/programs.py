"""What every program says and computes of a table, whatever the language: its functions, one by one."""

import re
from dataclasses import dataclass
from fractions import Fraction
from textwrap import wrap
from typing import Any

from wishart_moments.codegen.equations import confirmations, entry, sides, terms_in_m_and_n, tree
from wishart_moments.codegen.expressions import Operation, add, multiply
from wishart_moments.codegen.family_schemes import degree_scheme
from wishart_moments.codegen.heads import Head
from wishart_moments.codegen.schemes import (
    Scheme,
    expanded_operations,
    moment_scheme,
    series_operations,
    series_schemes,
)
from wishart_moments.codegen.tables import AnyTable, Table, Term
from wishart_moments.codegen.word_schemes import word_scheme
from wishart_moments.codegen.word_tables import WordTable, word_divisor, word_value
from wishart_moments.combinatorics.partitions import Partition
from wishart_moments.notation import printers
from wishart_moments.notation.convert import existence_bound
from wishart_moments.notation.equations import written
from wishart_moments.notation.listing import wrapped
from wishart_moments.notation.tree import Node

WIDTH = 96

AT = (2, 3)
"""The m and n of examples."""


@dataclass(frozen=True)
class Function:
    """A function of m and n; of a series, of s = m + n and p = m n; of a family with a scale, of x and p_1, ..., p_k.

    Attributes:
        key: k, or the partition.
        label: what the value is.
        formula: the value, to be read.
        scheme: how it is computed.
        counts: what is said of its operations.
        example: its exact value at `AT`, as Python writes it; empty where it takes more than m and n.
    """

    key: int | Partition
    label: str
    formula: Node
    scheme: Scheme
    counts: str
    example: str = ""

    def lines(self, before: str = "") -> list[str]:
        """Return the formula after its label, the operation counts and the accuracy."""
        formula = wrapped(f"{before}{self.label} = {printers.text(self.formula)}.", WIDTH)
        count = self.scheme.roundings
        if count is not None:
            arguments = "n, p >= 0" if self.sums else "m, n >= 1"
            accuracy = f"Relative error in floating point, {arguments}: at most {count} rounding{'s' * (count != 1)}."
        elif self.sums:
            accuracy = "With differences: floating point may lose digits for n close to m."
        else:
            accuracy = "Coefficients of both signs: floating point may lose digits for small m and n."
        return [*formula, "", *wrap(self.counts, WIDTH), accuracy]

    @property
    def sums(self) -> list[int]:
        """The j whose p_j, the power sums of the scale, occur."""
        return sorted(int(name[2:]) for name in self.scheme.names if re.fullmatch(r"p_\d+", name))


def table_lines(table: Head) -> list[str]:
    """Return the quantity, the formula, the symbols and the provenance of a table."""
    lines = [*wrap(table.quantity, WIDTH), "", *wrap(table.formula, WIDTH)]
    lines += [f"  {symbol}: {meaning}" for symbol, meaning in table.symbols.items()]
    confirmed = [*confirmations(table), f"Sources: {'; '.join(table.sources)}."]
    lines += ["", *(line for text in confirmed for line in wrap(text, WIDTH, subsequent_indent="  "))]
    return [*lines, f"SHA-256 of the table's entries: {table.digest}"]


def functions(table: AnyTable) -> list[Function]:
    """Return the functions of a table, one for every entry; none of a table of words, whose values are matrices."""
    if isinstance(table, WordTable):
        return []
    if isinstance(table, Table) and table.kind == "series":
        schemes = series_schemes(table)
        return [Function(k, f"q_{k}", tree(table.entries[k]), scheme, "") for k, scheme in schemes.items()]
    if isinstance(table, Table):
        return [_moment(k, f"E tr S^{k}", terms, table.scale) for k, terms in table.entries.items()]
    if table.kind == "power_sums":
        return [
            _moment(label, written(entry(table, label))[0], terms_in_m_and_n(table, label), table.scale)
            for label in table.entries
        ]
    found: list[Function] = []
    for k in table.degrees:
        degree = degree_scheme(table, k)
        for label in table.labels(k):
            scheme, equation = degree.single(label), entry(table, label)
            left = f"D_{k} " * bool(table.denominators) + sides(table, label)[0]
            found.append(Function(label, left, equation[1], scheme, f"{scheme.operations}."))
    return found


def _moment(key: int | Partition, label: str, terms: tuple[Term, ...], scale: int) -> Function:
    scheme = moment_scheme(terms, scale)
    value = Fraction(sum(c * AT[0] ** i * AT[1] ** j for i, j, c in terms))
    counts = f"{scheme.operations}; expanded: {expanded_operations(terms)}."
    return Function(key, label, tree(terms), scheme, counts, repr(value) if scale > 1 else str(value))


def _word_lines(table: WordTable, word: str) -> list[str]:
    """Return the formula of the mean of a word, and after a blank line the condition and the cost."""
    scheme, left = word_scheme(table, word), f"E[{word}] = "
    value = printers.text(word_value(table, word))
    if scheme.inverse:
        left, condition = (
            f"{printers.text(word_divisor(table, word))} {left}",
            f"Finite if and only if {table.condition(word)}.",
        )
    else:
        condition = "n is an integer >= 1 or a number > m - 1."
    count = len(scheme.products)
    cost = f"{count} product{'s' * (count != 1)} of matrices" if count else ""
    cost = " and ".join([*["an inverse"] * scheme.inverse, *[cost] * bool(cost)])
    return [*wrapped(f"{left}{value}.", WIDTH), "", condition, *([f"{cost[0].upper()}{cost[1:]}."] if cost else [])]


def program(table: AnyTable) -> dict[str, Any]:
    """Return what the templates of programs are filled with.

    `form` is the table's. Of words: `words`, their schemes and what is said of them, `step`, 2/β, and `c`. Of a series:
    `counts`, the operations by order. Of a family: `first`, the lowest degree, and what `parts`, `mean`, `labels` and
    `meaning` are called. At a general scale: `degrees`, all entries of a degree together; for the inverse also `step`,
    `bound`, the condition's right-hand side, and `c`, y c in m and n.
    """
    values: dict[str, Any] = {
        "table": table,
        "form": table.form,
        "about": table_lines(table),
        "entries": functions(table),
        "at": AT,
    }
    if isinstance(table, WordTable):
        words = [(word_scheme(table, word), _word_lines(table, word)) for word in table.entries]
        step = 2 / table.beta
        return values | {"words": words, "step": step, "c": add(Operation("-", "n", "m"), 1 - step.numerator)}
    if isinstance(table, Table):
        return values | {"counts": series_lines(table) if table.kind == "series" else []}
    sign = "-" * bool(table.denominators)
    values |= {
        "first": table.degrees[0],
        "parts": "two parts" if table.covariances else "parts",
        "mean": f"{'Cov' if table.covariances else 'E p'}[lambda](S{'^-1' * bool(table.denominators)})",
        "labels": "pairs lambda = (i, j), i >= j, of" if table.covariances else "partitions lambda of",
        "meaning": f"The mean of the product of tr S^{sign}j over the parts j"
        if not table.covariances
        else f"The covariance of tr S^{sign}i and tr S^{sign}j (for i = j the variance), i and j being the parts",
    }
    if table.kind == "power_sums":
        return values
    step = 2 / table.beta
    return values | {
        "degrees": {k: degree_scheme(table, k) for k in table.degrees},
        "step": step,
        "bound": printers.text(existence_bound(table.beta)),
        "c": add(multiply(table.scale, Operation("-", "n", "m")), step.denominator - step.numerator),
    }


def series_lines(table: Table) -> list[str]:
    """Return the operation counts of a series and of its derivative for every order."""
    schemes = series_schemes(table)
    return [
        f"order {order}: {series_operations(schemes, order, derivative=False)};"
        f" derivative: {series_operations(schemes, order, derivative=True)}"
        for order in schemes
    ]
