"""One table in one format: what `wishart-moments table` prints."""

from collections.abc import Callable

from wishart_moments.codegen.emit_csv import csv
from wishart_moments.codegen.equations import latex, text
from wishart_moments.codegen.languages import TARGETS
from wishart_moments.codegen.table_json import table_to_json
from wishart_moments.codegen.tables import AnyTable, FamilyKind, Kind
from wishart_moments.errors import MethodError

_EMITTERS: dict[str, Callable[[AnyTable], str]] = {"text": text, "latex": latex}
_DATA: dict[str, Callable[[AnyTable], str]] = {"json": table_to_json, "csv": csv}


def formats(kind: Kind | FamilyKind) -> tuple[str, ...]:
    """Return the formats of a kind of table: text, LaTeX, the languages that have the kind, JSON and CSV."""
    return (*_EMITTERS, *(name for name, target in TARGETS.items() if kind in target.kinds), *_DATA)


FORMATS = formats("moments")
FAMILY_FORMATS = formats("power_sums")


def render(table: AnyTable, format: str = "text") -> str:
    """Return a table as one self-contained text in one of the `formats` of its kind.

    Raises:
        MethodError: if there is no such format.
        LimitError: if a coefficient is beyond the doubles of C or JavaScript.
    """
    known = formats(table.kind)
    if format not in known:
        raise MethodError(f"need a format out of {', '.join(known)}; got {format!r}")
    if format in TARGETS:
        return TARGETS[format].source(table)
    return (_EMITTERS | _DATA)[format](table)
