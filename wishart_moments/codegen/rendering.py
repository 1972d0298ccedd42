"""One table in one format: what `wishart-moments table` prints."""

from collections.abc import Callable

from wishart_moments.codegen.emit_c import c
from wishart_moments.codegen.emit_csv import csv
from wishart_moments.codegen.emit_javascript import javascript
from wishart_moments.codegen.emit_latex import latex
from wishart_moments.codegen.emit_python import python
from wishart_moments.codegen.emit_text import text
from wishart_moments.codegen.tables import Table, table_to_json
from wishart_moments.errors import MethodError

_EMITTERS: dict[str, Callable[[Table], str]] = {
    "text": text,
    "latex": latex,
    "python": python,
    "c": c,
    "javascript": javascript,
    "json": table_to_json,
    "csv": csv,
}

FORMATS = tuple(_EMITTERS)


def render(table: Table, format: str = "text") -> str:
    """Return a table as one self-contained text in the format: text, latex, python, c, javascript, json or
    csv.

    Raises:
        MethodError: if there is no such format.
        LimitError: if a coefficient is beyond the doubles of C or JavaScript.
    """
    if format not in _EMITTERS:
        raise MethodError(f"need a format out of {', '.join(FORMATS)}; got {format!r}")
    return _EMITTERS[format](table)
