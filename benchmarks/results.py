"""The results on the disk: one JSON file for each claim."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks import CLAIMS
from benchmarks.machine import describe_machine, describe_versions
from benchmarks.measure import side_by_side
from wishart_moments.files import write_atomically

FOLDER = Path(__file__).parent / "results"


def run_claim(name: str, *, quick: bool = False) -> dict[str, Any]:
    """Measure every case of a claim and return the record of it."""
    module = import_module(f"benchmarks.{name}")
    cases = [side_by_side(case, quick=quick) for case in module.cases(quick)]
    return {
        "name": name,
        "claim": module.__doc__.strip().splitlines()[0],
        "description": "\n".join(module.__doc__.strip().splitlines()[2:]),
        "cases": cases,
        "machine": describe_machine(),
        "versions": describe_versions(),
    }


def write_result(record: dict[str, Any]) -> None:
    """Write results/<name>.json."""
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    write_atomically(FOLDER / f"{record['name']}.json", text, overwrite=True)


def read_results() -> list[dict[str, Any]]:
    """Return the results there are, in the order of the claims."""
    paths = (FOLDER / f"{name}.json" for name in CLAIMS)
    return [json.loads(path.read_text("utf-8")) for path in paths if path.exists()]
