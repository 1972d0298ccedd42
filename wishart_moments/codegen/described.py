"""What every emitted program says about its table and about each of its functions, as lines of plain text."""

from textwrap import wrap

from wishart_moments.codegen.emit_text import confirmations
from wishart_moments.codegen.formulas import text_formula, wrapped
from wishart_moments.codegen.heads import Head
from wishart_moments.codegen.schemes import (
    Kernel,
    expanded_operations,
    moment_scheme,
    series_operations,
)
from wishart_moments.codegen.tables import Term

WIDTH = 96


def table_lines(table: Head) -> list[str]:
    """Return the quantity, the formula, the symbols and the provenance of a table."""
    lines = [*wrap(table.quantity, WIDTH), "", *wrap(table.formula, WIDTH)]
    lines += [f"  {symbol}: {meaning}" for symbol, meaning in table.symbols.items()]
    lines += [
        "",
        *(line for text in confirmations(table) for line in wrap(text, WIDTH, subsequent_indent="  ")),
    ]
    lines += wrap(f"Sources: {'; '.join(table.sources)}.", WIDTH, subsequent_indent="  ")
    return [*lines, f"SHA-256 of the table's entries: {table.digest}"]


def moment_lines(label: str, terms: tuple[Term, ...], scale: int) -> list[str]:
    """Return the formula of an entry after its label, its operation counts and its accuracy."""
    scheme = moment_scheme(terms, scale)
    formula = wrapped(f"{label} = {text_formula(terms)}.", WIDTH, "    ")
    counts = f"{scheme.operations}; expanded: {expanded_operations(terms)}."
    if scheme.roundings is None:
        accuracy = "Coefficients of both signs: floating point may lose digits for small m and n."
    else:
        plural = "s" * (scheme.roundings != 1)
        accuracy = f"Relative error in floating point, m, n >= 1: at most {scheme.roundings} rounding{plural}."
    return [*formula, "", *wrap(counts, WIDTH), accuracy]


def series_lines(kernels: dict[int, Kernel]) -> list[str]:
    """Return the operation counts of a series and of its derivative for every order."""
    return [
        f"order {order}: {series_operations(kernels, order, derivative=False)};"
        f" derivative: {series_operations(kernels, order, derivative=True)}"
        for order in kernels
    ]
