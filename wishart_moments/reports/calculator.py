"""The calculator: one HTML file that answers in a browser, exactly, what the tables hold and certificates prove.

Into the page go the tables, the generated JavaScript and the checker of certificates, as they are; the scripts beside
the template read a question, ask them and show the answer. The page makes no request: its policy forbids every one.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from wishart_moments import __version__, proofs
from wishart_moments.codegen import AnyTable, provenance, render, table_to_json
from wishart_moments.codegen.catalogue import Progress, derive_catalogue
from wishart_moments.reports.page import TEMPLATES
from wishart_moments.templates import filled

SHOWN = ("quantity", "formula", "sources", "derivation", "denominators", "entries")
"""What the page needs of the JSON of a table."""


def calculator_page(tables: Iterable[AnyTable] | None = None, *, progress: Progress | None = None) -> str:
    """Return the calculator: self-contained HTML with script and style within.

    Args:
        tables: the tables that the page answers from; by default the catalogue, derived anew by every exact route.
        progress: called with a line about what the derivation does.

    Returns:
        Some 270 kB. Its answers are exact rationals, or certified digits with the certificate that proves them.

    Cost:
        Some three seconds, for the derivation.

    Example:
        >>> from wishart_moments.codegen import trace_moment_table
        >>> page = calculator_page([trace_moment_table(3, literal=False)])
        >>> "<title>Wishart moments: a calculator</title>" in page, "default-src 'none'" in page
        (True, True)
    """
    used = [table for table in tables or derive_catalogue(progress).values() if table.kind != "series"]
    known = {table.name: _data(table) for table in used}
    checker = Path(proofs.__file__).with_name("check.mjs").read_text("utf-8").partition("\nif (typeof process")[0]
    return filled(
        TEMPLATES / "calculator.html",
        title="Wishart moments: a calculator",
        light={},
        dark={},
        style="",
        version=__version__,
        # Within a script the sign < of a text could end it.
        tables=json.dumps(known, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
        programs=[(table.name, *_program(render(table, "javascript"))) for table in used],
        checker=_program(checker)[0],
    )


def _data(table: AnyTable) -> dict[str, Any]:
    document = json.loads(table_to_json(table))
    return {name: document[name] for name in SHOWN if name in document} | {"provenance": provenance(table)}


def _program(module: str) -> tuple[str, list[str]]:
    """Return an ES module as statements, without its comments, and the names that it exports."""
    plain = re.sub(r"^ *// .*\n|^//\n", "", module, flags=re.MULTILINE)
    names = re.findall(r"^export function (\w+)", plain, flags=re.MULTILINE)
    return re.sub(r"^export ", "", plain, flags=re.MULTILINE), [name for name in names if name.endswith("Exact")]
