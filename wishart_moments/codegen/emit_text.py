"""A table as plain text: one formula for every k, and the routes that confirmed it."""

from textwrap import wrap

from wishart_moments.codegen.formulas import TEXT_LABELS, text_formula, wrapped
from wishart_moments.codegen.tables import Table

_WIDTH = 100


def text(table: Table) -> str:
    """Return the table as text for reading, long formulas broken before a sign."""
    # The moments are written out below; only a series needs to say what its coefficients belong to.
    formula = [table.formula] if table.kind == "series" else []
    lines = [*wrap(table.quantity, _WIDTH), *formula, ""]
    for k, terms in table.entries.items():
        label = TEXT_LABELS[table.kind].format(k=k) + " = "
        lines += wrapped(label + text_formula(terms), _WIDTH, " " * len(label))
    return "\n".join([*lines, "", *confirmations(table)]) + "\n"


def confirmations(table: Table) -> list[str]:
    """Return one line for every run of orders that the same routes confirmed."""
    runs: list[tuple[int, int, tuple[str, ...]]] = []
    for k in sorted(table.routes):
        if runs and runs[-1][2] == table.routes[k]:
            runs[-1] = (runs[-1][0], k, table.routes[k])
        else:
            runs.append((k, k, table.routes[k]))
    return [
        f"k = {first}{f'..{last}' * (last > first)}: confirmed by {', '.join(routes) or 'no second route'}"
        for first, last, routes in runs
    ]
