"""One table in one format: what `wishart-moments table` prints."""

from collections.abc import Callable

from wishart_moments.codegen.emit_c import c
from wishart_moments.codegen.emit_csv import csv
from wishart_moments.codegen.emit_javascript import javascript
from wishart_moments.codegen.emit_latex import latex
from wishart_moments.codegen.emit_python import python
from wishart_moments.codegen.emit_text import text
from wishart_moments.codegen.families import FamilyTable
from wishart_moments.codegen.tables import AnyTable, Table, table_to_json
from wishart_moments.errors import MethodError

_EMITTERS: dict[str, Callable[[AnyTable], str]] = {
    "text": text,
    "latex": latex,
    "python": python,
    "json": table_to_json,
    "csv": csv,
}
_COMPILED: dict[str, Callable[[Table], str]] = {"c": c, "javascript": javascript}

FAMILY_FORMATS = tuple(_EMITTERS)
"""The formats of a family: its functions take and return lists, which C and JavaScript do not get."""

FORMATS = ("text", "latex", "python", "c", "javascript", "json", "csv")


def render(table: AnyTable, format: str = "text") -> str:
    """Return a table as one self-contained text in the format: text, latex, python, c, javascript, json or
    csv; a family has no c and no javascript.

    Raises:
        MethodError: if there is no such format.
        LimitError: if a coefficient is beyond the doubles of C or JavaScript.
    """
    formats = FAMILY_FORMATS if isinstance(table, FamilyTable) else FORMATS
    if format not in formats:
        raise MethodError(f"need a format out of {', '.join(formats)}; got {format!r}")
    if isinstance(table, Table) and format in _COMPILED:
        return _COMPILED[format](table)
    return _EMITTERS[format](table)
