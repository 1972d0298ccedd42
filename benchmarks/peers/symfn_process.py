"""symfn in an interpreter of its own, if there is one."""

import json
from fractions import Fraction
from pathlib import Path

from benchmarks.fresh_process import output_of, peers_python, peers_version
from benchmarks.measure import Candidate

SCRIPT = Path(__file__).with_name("symfn_moments.py")
NAME = "symfn + python-flint"


def symfn(what: str, degree: int) -> tuple[tuple[Candidate, ...], dict[str, str]]:
    """Return the candidate that runs symfn_moments.py, or {its name: why there is none}."""
    python, missing = peers_python()
    if missing:
        return (), {NAME: missing}
    try:
        version = peers_version(python, "symfn")
    except RuntimeError:
        return (), {NAME: "the peers' environment has no symfn"}

    def call() -> tuple[dict[str, dict[str, str]], float]:
        value, seconds = json.loads(output_of(python, str(SCRIPT), what, str(degree)))
        return value, seconds

    note = f"symfn {version}, timed inside its own interpreter, without start and imports"
    return (Candidate(NAME, call, _labelled, metered=True, note=note),), {}


def _labelled(value: dict[str, dict[str, str]]) -> dict[tuple[int, ...], dict[tuple[int, ...], Fraction]]:
    return {_label(name): {_label(key): Fraction(c) for key, c in row.items()} for name, row in value.items()}


def _label(name: str) -> tuple[int, ...]:
    return tuple(map(int, name.split(","))) if name else ()
