"""`wishart-moments table --max-k 10` takes less than 1 s, the whole process.

Every entry of it is derived by three routes that must agree. `verify --max-k 10` and `generate` visit all matchings
besides, up to the 654,729,075 of k = 10.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.fresh_process import output_of
from benchmarks.measure import Candidate, Case
from wishart_moments.codegen import CATALOGUE, render, trace_moment_table


def _command(*arguments: str) -> str:
    return output_of(sys.executable, "-m", "wishart_moments", *arguments)


def _agreement(text: str) -> bool:
    """Return whether the last line says that n of n comparisons agree."""
    agreeing, _, all_of_them, *_ = text.splitlines()[-1].split()
    return agreeing == all_of_them != "0"


def _generate() -> list[str]:
    with TemporaryDirectory() as folder:
        _command("generate", "--into", folder)
        return sorted(path.name for path in Path(folder, "tables").iterdir())


def cases(quick: bool) -> Iterator[Case]:
    """Yield the table, its verification and the generation of the code."""
    k = 3 if quick else 10
    expected = render(trace_moment_table(k, 1, literal=False), "text")
    table = Candidate("the command", lambda: _command("table", "--max-k", str(k)))
    help_page = Candidate("wishart-moments --help", lambda: _command("--help"), lambda _: expected)
    yield Case(f"table --max-k {k}", (table, help_page), 1.0, expected=expected)
    verify = Candidate("the command", lambda: _command("verify", "--max-k", str(k)), _agreement, once=True)
    yield Case(f"verify --max-k {k}", (verify,), expected=True)
    generate = Candidate("the command", _generate, once=True)
    yield Case("generate", (generate,), expected=sorted(f"{entry.name}.json" for entry in CATALOGUE))
