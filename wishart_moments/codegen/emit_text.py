"""A table as plain text: one formula for every k, and the routes that confirmed it."""

from textwrap import wrap

from wishart_moments.codegen.families import FamilyTable
from wishart_moments.codegen.family_formulas import text_denominator, text_entry, text_label
from wishart_moments.codegen.formulas import TEXT_LABELS, text_formula, wrapped
from wishart_moments.codegen.heads import Head
from wishart_moments.codegen.tables import AnyTable

_WIDTH = 100


def text(table: AnyTable) -> str:
    """Return the table as text for reading, long formulas broken before a sign."""
    if isinstance(table, FamilyTable):
        return _family(table)
    # The moments are written out below; only a series needs to say what its coefficients belong to.
    formula = [table.formula] if table.kind == "series" else []
    lines = [*wrap(table.quantity, _WIDTH), *formula, ""]
    for k, terms in table.entries.items():
        label = TEXT_LABELS[table.kind].format(k=k) + " = "
        lines += wrapped(label + text_formula(terms), _WIDTH, " " * len(label))
    return "\n".join([*lines, "", *confirmations(table)]) + "\n"


def confirmations(table: Head) -> list[str]:
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


def _family(table: FamilyTable) -> str:
    lines = wrap(table.quantity, _WIDTH)
    lines += [
        f"  {symbol}: {table.symbols[symbol]}" for symbol in ("p[lambda](S)", "p[mu]", "c") if symbol in table.symbols
    ]
    for k in range(1, table.max_k + 1):
        lines.append("")
        if table.denominators:
            *factors, last = text_denominator(table, k)
            condition = f"finite if and only if {table.condition(k)}"
            lines += _broken(f"D_{k} = ", [*factors, f"{last};", condition])
        for label in table.labels(k):
            lines += _broken(f"{text_label(table, label)} = ", text_entry(table, label))
    return "\n".join([*lines, "", *confirmations(table)]) + "\n"


def _broken(left: str, pieces: list[str]) -> list[str]:
    """Return the lines of an equation that is broken between the pieces of its right-hand side, where they fit."""
    glued = " ".join(piece.replace(" ", "\0") for piece in pieces)
    lines = wrap(left.replace(" ", "\0") + glued, _WIDTH, subsequent_indent=" " * len(left), break_long_words=False)
    if any(len(line) > _WIDTH for line in lines):
        return wrapped(left + " ".join(pieces), _WIDTH, " " * len(left))  # a piece longer than a line
    return [line.replace("\0", " ") for line in lines]
