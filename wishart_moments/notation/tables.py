"""Tables of formulas and matrices of numbers: aligned text, LaTeX, CSV, JSON, a notebook's cell; decimals on demand."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from decimal import Context
from fractions import Fraction
from html import escape
from typing import Any

from wishart_moments.errors import MethodError
from wishart_moments.notation import printers
from wishart_moments.notation.convert import coefficient
from wishart_moments.notation.tree import Foreign, Node, Number

SHOWN_ROWS = 30
"""The most rows that a notebook shows of a table."""


def decimal(value: Fraction, digits: int) -> str:
    """Return a number with so many significant digits, halves rounded to even.

    Example:
        >>> decimal(Fraction(1, 3), 5), decimal(Fraction(168), 5), decimal(Fraction(10) ** 30 / 7, 3)
        ('0.33333', '168', '1.43e+29')
    """
    quotient = Context(prec=digits, Emax=10**12, Emin=-(10**12)).divide(value.numerator, value.denominator)
    return str(quotient).replace("E", "e")


def number(value: Any, digits: int | None = None) -> Node:
    """Return a number or an expression as a tree, with decimals where digits are asked for."""
    node = Foreign(value) if isinstance(value, complex) else coefficient(value)
    if digits is None or getattr(value, "free_symbols", None):
        return node
    if isinstance(node, Number):
        return Foreign(decimal(node.value, digits))
    if isinstance(value, float | complex):
        return Foreign(f"{value:.{digits}g}")
    return Foreign(str(value.evalf(digits))) if hasattr(value, "evalf") else node


def text(value: Any, digits: int | None = None) -> str:
    """Return a number, or a rational function in the factors that it has, as text.

    Example:
        >>> text(Fraction(1, 3)), text(Fraction(1, 3), 4)
        ('1/3', '0.3333')
    """
    return printers.text(number(value, digits))


def latex(value: Any, digits: int | None = None) -> str:
    """Return the same in LaTeX."""
    return printers.latex(number(value, digits))


def rows_of(matrix: Any) -> list[list[Any]]:
    """Return the rows of nested lists, or of a matrix of NumPy or SymPy."""
    return matrix.tolist() if hasattr(matrix, "tolist") else matrix


def matrix(rows: Sequence[Sequence[Any]], format: str = "text", digits: int | None = None) -> str:
    """Return a matrix as text (one row a line, columns aligned), as a pmatrix in LaTeX, as JSON or as CSV.

    Example:
        >>> print(matrix([[84, 60], [60, Fraction(1, 2)]]))
        [84,  60]
        [60, 1/2]
        >>> print(matrix([[84, 60], [60, Fraction(1, 2)]], "csv", digits=3))
        84,60
        60,0.5
    """
    write: Callable[[Any, int | None], str] = latex if format == "latex" else text
    cells = [[write(entry, digits) for entry in row] for row in rows]
    if format == "csv":
        return csv_lines(cells)
    if format == "json":
        return json.dumps(cells)
    if format == "latex":
        lines = " \\\\\n".join("  " + " & ".join(row) for row in cells)
        return f"\\begin{{pmatrix}}\n{lines}\n\\end{{pmatrix}}"
    if format != "text":
        raise MethodError(f"need a format out of text, latex, json, csv, got {format!r}")
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "[" + ", ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) + "]" for row in cells
    )


def csv_lines(rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as comma-separated values, quoted where they have to be.

    Example:
        >>> csv_lines([["k", "mean"], [1, "m n"], ["2,1", "3/2"]]).splitlines()
        ['k,mean', '1,m n', '"2,1",3/2']
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().removesuffix("\n")


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Return cells in columns, aligned to the right.

    Example:
        >>> print(columns([["k", "mean"], ["10", "1/2"]]))
         k  mean
        10   1/2
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def array(rows: Sequence[Sequence[str]]) -> str:
    """Return cells as an array in LaTeX, the first row in text."""
    head = " & ".join(rf"\text{{{cell}}}".replace("_", r"\_") for cell in rows[0])
    lines = " \\\\\n".join([head, *(" & ".join(row) for row in rows[1:])])
    return f"\\begin{{array}}{{{'r' * len(rows[0])}}}\n{lines}\n\\end{{array}}"


def html(rows: Iterable[Sequence[str]], heading: str) -> str:
    """Return a table for a notebook; of a long one the first rows.

    Example:
        >>> html([("a", "1 < 2")], "bounds")
        '<table><caption>bounds</caption><tr><td>a</td><td>1 &lt; 2</td></tr></table>'
    """
    lines = [f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows]
    more = len(lines) - SHOWN_ROWS
    lines[SHOWN_ROWS:] = [f"<tr><td>{more:,} more</td></tr>"] if more > 0 else []
    return f"<table><caption>{escape(heading)}</caption>{''.join(lines)}</table>"
