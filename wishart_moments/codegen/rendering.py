"""One table in one format: what `wishart-moments table` prints."""

from collections.abc import Callable

from wishart_moments.codegen.emit_csv import csv
from wishart_moments.codegen.equations import latex, text
from wishart_moments.codegen.languages import TARGETS
from wishart_moments.codegen.table_json import table_to_json
from wishart_moments.codegen.tables import AnyTable
from wishart_moments.errors import MethodError

_EMITTERS: dict[str, Callable[[AnyTable], str]] = {"text": text, "latex": latex}
_DATA: dict[str, Callable[[AnyTable], str]] = {"json": table_to_json, "csv": csv}


FORMATS = (*_EMITTERS, *TARGETS, *_DATA)
"""The formats of every table."""


def render(table: AnyTable, format: str = "text") -> str:
    """Return a table as one self-contained text in one of `FORMATS`.

    Raises:
        MethodError: if there is no such format.
        LimitError: if a coefficient is beyond the doubles of C or JavaScript.
    """
    if format not in FORMATS:
        raise MethodError(f"need a format out of {', '.join(FORMATS)}; got {format!r}")
    if format in TARGETS:
        return TARGETS[format].source(table)
    return (_EMITTERS | _DATA)[format](table)
