"""What is known of every table: in the headers of all files, and by `table --provenance`."""

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from wishart_moments.codegen import AnyTable, FamilyTable, WordTable, checkout_root, provenance, trace_moment_table
from wishart_moments.proofs.theorems import theorem


def test_every_generated_file_of_a_table_says_what_is_known_of_it(every_table: dict[str, AnyTable]) -> None:
    files = [path for path in checkout_root().rglob("*") if path.suffix in (".c", ".h", ".py", ".mjs", ".tex", ".csv")]
    for name, table in every_table.items():
        known = provenance(table)
        for path in files:
            head = path.read_text("utf-8").split("\n\n")[0] + "\n"
            if f"catalogue: {name}\n" in head:
                assert all(f"{key}: {text}\n" in head for key, text in known.items()), path
        document = json.loads((checkout_root() / "tables" / f"{name}.json").read_text("utf-8"))
        assert all(f"{key}: {text}" in document["generated"] for key, text in known.items())


def test_the_identifier_is_that_of_the_entries(every_table: dict[str, AnyTable]) -> None:
    names = [provenance(table)["table"] for table in every_table.values()]
    assert len(set(names)) == len(names)
    for table in every_table.values():
        assert provenance(table)["table"].endswith(f":{max(table.routes)}:{table.digest[:16]}")


def test_proved_is_what_a_theorem_proves(every_table: dict[str, AnyTable]) -> None:
    for table in every_table.values():
        status = provenance(table)["status"]
        if isinstance(table, FamilyTable | WordTable):
            assert status == f"confirmed to k = {max(table.routes)} by the routes named, each of them exact"
        else:
            name = {Fraction(1): "real", Fraction(2): "complex", Fraction(4): "quaternion"}[table.beta]
            assert status.endswith(f"the theorem of `wishart-moments prove {name}`")
            assert theorem(name).proved()
    other = provenance(trace_moment_table(3, 3, literal=False))
    assert other["status"] == "confirmed to k = 3 by the routes named, each of them exact"
    assert other["routes"] == "k = 1..3: confirmed by loop-equations, zonal"


@pytest.mark.parametrize(
    ("name", "condition"),
    [
        ("inverse_power_sums_real", "n - m + 1 > 2 k"),
        ("inverse_power_sums_complex", "n - m + 1 > k"),
        ("scaled_power_sums_real", "Sigma positive definite"),
        ("words_real", "n - m + 1 > 2 k for k factors S^-1, infinite otherwise"),
        ("inverse_trace_covariances_real", "n - m + 1 > 2 k"),
        ("variance_series", "an asymptotic series"),
    ],
)
def test_the_assumptions_name_existence(every_table: dict[str, AnyTable], name: str, condition: str) -> None:
    assert condition in provenance(every_table[name])["holds for"]


def test_the_command_prints_it(command_line: Callable[..., Any]) -> None:
    code, out, _ = command_line("table", "--max-k", "4", "--provenance")
    known = provenance(trace_moment_table(4, literal=False))
    assert code == 0
    assert [line.split("  ", 1)[1].strip() for line in out.splitlines()] == list(known.values())
    assert json.loads(command_line("table", "--max-k", "4", "--provenance", "--format", "json").out) == known
    scaled = command_line("table", "--max-k", "2", "--scale", "symbolic", "--provenance").out
    assert "wishart-moments:scaled_power_sums_real:2:" in scaled
    for line in (["--m", "3", "--n", "4"], ["--format", "latex"], ["--inverse"]):
        code, _, err = command_line("table", "--max-k", "2", "--provenance", *line)
        assert code == 2
        assert len(err.splitlines()) == 1
