"""What every program says and computes of a table, whatever the language: its functions, one by one."""

from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from wishart_moments.codegen.equations import confirmations, entry, terms_in_m_and_n, tree
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
from wishart_moments.combinatorics.partitions import Partition
from wishart_moments.notation import printers
from wishart_moments.notation.convert import existence_bound
from wishart_moments.notation.equations import written
from wishart_moments.notation.listing import wrapped

WIDTH = 96


@dataclass(frozen=True)
class Function:
    """A function of m and n; of a series, of s = m + n and p = m n.

    Attributes:
        key: k, or the partition.
        label: what the value is.
        terms: of the entry, for its formula.
        scheme: how it is computed.
        scale: the table's.
    """

    key: int | Partition
    label: str
    terms: tuple[Term, ...]
    scheme: Scheme
    scale: int

    def lines(self, before: str = "") -> list[str]:
        """Return the formula after its label, the operation counts and the accuracy."""
        formula = wrapped(f"{before}{self.label} = {printers.text(tree(self.terms))}.", WIDTH)
        counts = f"{self.scheme.operations}; expanded: {expanded_operations(self.terms)}."
        accuracy = "Coefficients of both signs: floating point may lose digits for small m and n."
        if self.scheme.roundings is not None:
            accuracy = f"Relative error in floating point, m, n >= 1: at most {roundings(self.scheme.roundings)}."
        return [*formula, "", *wrap(counts, WIDTH), accuracy]


def roundings(count: int) -> str:
    """Return "1 rounding", "2 roundings"."""
    return f"{count} rounding{'s' * (count != 1)}"


def table_lines(table: Head) -> list[str]:
    """Return the quantity, the formula, the symbols and the provenance of a table."""
    lines = [*wrap(table.quantity, WIDTH), "", *wrap(table.formula, WIDTH)]
    lines += [f"  {symbol}: {meaning}" for symbol, meaning in table.symbols.items()]
    confirmed = [*confirmations(table), f"Sources: {'; '.join(table.sources)}."]
    lines += ["", *(line for text in confirmed for line in wrap(text, WIDTH, subsequent_indent="  "))]
    return [*lines, f"SHA-256 of the table's entries: {table.digest}"]


def functions(table: AnyTable) -> list[Function]:
    """Return the functions of m and n: those of a table for every k, and of a family at Σ = I."""
    if isinstance(table, Table) and table.kind == "series":
        return [
            Function(k, f"q_{k}", table.entries[k], scheme, table.scale) for k, scheme in series_schemes(table).items()
        ]
    named: dict[Any, tuple[str, tuple[Term, ...]]] = {}
    if isinstance(table, Table):
        named = {k: (f"E tr S^{k}", terms) for k, terms in table.entries.items()}
    elif table.kind == "power_sums":
        named = {label: (written(entry(table, label))[0], terms_in_m_and_n(table, label)) for label in table.entries}
    return [
        Function(key, label, terms, moment_scheme(terms, table.scale), table.scale)
        for key, (label, terms) in named.items()
    ]


def program(table: AnyTable) -> dict[str, Any]:
    """Return what the templates of programs are filled with.

    Of a series: `counts`, the operations by order. Of a family at a general scale: `degrees`, all entries of a degree
    together; for the inverse also `step`, 2/β, `bound`, the condition's right-hand side, and `c`, y c in m and n.
    """
    values: dict[str, Any] = {"table": table, "about": table_lines(table), "entries": functions(table)}
    if isinstance(table, Table):
        return values | {"counts": series_lines(table) if table.kind == "series" else []}
    if table.kind == "power_sums":
        return values
    step = 2 / table.beta
    return values | {
        "degrees": {k: degree_scheme(table, k) for k in range(1, table.max_k + 1)},
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
