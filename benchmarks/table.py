"""benchmarks/README.md as a function of the results alone."""

from pathlib import Path
from typing import Any

from benchmarks import markdown

README = Path(__file__).parent / "README.md"
FRONT_PAGE = README.parents[1] / "docs" / "guide" / "speed.md"

_HEAD = """# Benchmarks

Written by `python -m benchmarks --table` from `results/*.json`; do not edit. One file, one claim:
`python -m benchmarks` measures all of them, `python -m benchmarks NAME` one. Every value is checked for equality with
its peers' before anything is timed, and all candidates take turns in the same run.

A figure is the median, followed in brackets by the least and the greatest value and, where it is not 7, the number of
repeats: one must do for what takes about ten seconds or more. The ratio is the peer's figure over ours. The targets
were set beforehand; a line without one states a cost that belongs to the claim. How σ was swept on HIGGS, and what
came of it, is told in puzzle.md (all tables: puzzle_runs.md), which `python -m benchmarks.puzzle` fills from
results/puzzle.csv and results/puzzle_*. Certified accuracy on MNIST beside other Lipschitz layers, at equal time, is
in mnist.md (`python -m benchmarks.mnist_study`), and what layers cost on a GPU in gpu.md (`python -m benchmarks gpu`).

The peers that are not dependencies of the project live in an environment of their own:

    python3.11 -m venv .venv-peers && .venv-peers/bin/pip install -r benchmarks/requirements-peers.txt
    .venv-peers/bin/pip install --no-deps -r benchmarks/requirements-layer-peers.txt
    .venv-peers/bin/pip install -r benchmarks/requirements-scale-peers.txt  # SageMath: large, may be left out
    WISHART_BENCHMARK_PEERS=.venv-peers python -m benchmarks
"""


_EXACT_UNITS = ("ulp", "%", "count", "1")
"""Of figures that do not vary from one run to the next."""


def _digits(value: float) -> str:
    """Return about three digits, in scientific notation only where nothing is left of a number."""
    if value >= 1e9:
        return f"{value:.0e}"
    if value >= 99.5:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.95 else f"{value:.2f}"


def quantity(value: float, unit: str) -> str:
    """Return a figure with its unit, in about three digits."""
    if unit == "bytes":
        return f"{_digits(value / 1e6)} MB"
    if unit == "count":
        return f"{value:,.0f}"
    if unit in ("ulp", "%"):
        return f"{_digits(value)} {unit}"
    if unit == "times":
        return f"{_digits(value)}×"
    if unit == "1":
        return f"{value:.1e}"
    for factor, name in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if value * factor >= 0.995 or name == "µs":
            return f"{_digits(value * factor)} {name}"
    raise AssertionError


def _figure(measurement: dict[str, Any], unit: str) -> str:
    median = quantity(measurement["median"], unit)
    repeats = measurement["repeats"]
    if repeats == 1:
        return median if unit in _EXACT_UNITS else f"{median} [once]"
    least, greatest = quantity(measurement["min"], unit), quantity(measurement["max"], unit)
    number = "" if repeats == 7 else f"; {repeats} repeats"
    return f"{median} [{least} – {greatest}{number}]"


def _ratio(ours: dict[str, Any], peer: dict[str, Any]) -> str:
    return f"{_digits(peer['median'] / ours['median'])}×" if ours["median"] else "—"


def _verdict(case: dict[str, Any]) -> str:
    if case["target"] is None:
        return "—"
    return "met" if case["measurements"][0]["median"] <= case["target"] else "**missed**"


def _target(case: dict[str, Any]) -> str:
    return "—" if case["target"] is None else f"≤ {quantity(case['target'], case['unit'])}"


def render_case(case: dict[str, Any]) -> str:
    """Return a case in one line of text, for the terminal."""
    ours, *peers = case["measurements"]
    text = f"{case['subject']}: {_figure(ours, case['unit'])}"
    if case["target"] is not None:
        text += f" ({_target(case)}: {_verdict(case).strip('*')})"
    for peer in peers:
        text += f"; {peer['name']} {_figure(peer, case['unit'])}, {_ratio(ours, peer)}"
    return text + "".join(f"; {name} not available" for name in case["unavailable"])


def _row(case: dict[str, Any]) -> str:
    ours, *peers = case["measurements"]
    missing = case["unavailable"]
    notes = [f"{m['name']}: {m['note']}" for m in case["measurements"] if m["note"]]
    notes += [f"{name}: not available ({reason})" for name, reason in missing.items()]
    names = [f"{peer['name']}: {_figure(peer, case['unit'])}" for peer in peers]
    names += [f"{name}: not available" for name in missing]
    ratios = [_ratio(ours, peer) for peer in peers] + ["—"] * len(missing)
    cells = (
        case["subject"],
        f"{ours['name']}: {_figure(ours, case['unit'])}",
        "<br>".join(names) or "—",
        "<br>".join(ratios) or "—",
        _target(case),
        _verdict(case),
        "<br>".join(notes) or "—",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def render_table(results: list[dict[str, Any]]) -> str:
    """Return the text of README.md."""
    text = _HEAD
    for record in results:
        text += f"\n## {record['name']}: {record['claim']}\n\n{record['description']}\n\n"
        text += "| what | ours | instead | ratio | target | verdict | notes |\n|---|---|---|---|---|---|---|\n"
        text += "".join(map(_row, record["cases"]))
        machine, versions = record["machine"], record["versions"]
        text += (
            f"\n{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}; "
            + ", ".join(f"{name} {version}" for name, version in versions.items())
            + ".\n"
        )
    return text


def render_front_page(page: str, results: list[dict[str, Any]]) -> str:
    """Return the manual's page on speed with the figures between its markers: times and sizes that have a target."""
    rows: list[list[str]] = []
    for record in results:
        for case in record["cases"]:
            if case["target"] is not None and case["unit"] in ("s", "bytes", "times"):
                ours, *peers = case["measurements"]
                instead = "; ".join(f"{peer['name']} {quantity(peer['median'], case['unit'])}" for peer in peers)
                what = f"{record['name'].replace('_', ' ')}: {case['subject']}".replace("|", "\\|")
                rows.append([what, quantity(ours["median"], case["unit"]), instead])
    return markdown.fill(page, {"figures": lambda: markdown.table(["what", "ours", "instead"], rows)}, "speed.md")
