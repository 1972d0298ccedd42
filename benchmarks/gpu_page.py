"""The tables of gpu.md, as a function of results/gpu.json alone; without that file they say "not measured"."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks import markdown
from benchmarks.table import quantity

PAGE = Path(__file__).parent / "gpu.md"
RESULTS = Path(__file__).parent / "results" / "gpu.json"


def read_results() -> dict[str, Any] | None:
    """Return the results, None if nothing has been measured."""
    return json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else None


def render(page: str, results: dict[str, Any] | None) -> str:
    """Return the page with what is between its markers made anew."""
    return markdown.fill(page, {"gpu": lambda: table(results)}, "gpu.md")


def table(results: dict[str, Any] | None) -> str:
    """Return the tables."""
    if results is None:
        return "Not measured: no GPU was at hand.\n"
    speeds = ", ".join(f"{name} {value / 1e12:.1f}" for name, value in results["peaks"].items())
    text = f"{results['card']}; peak in 10¹² operations a second: {speeds}; {results['seconds']:.0f} s in all.\n"
    done = [each for each in results["entries"] if "left_out" not in each]
    for kind in dict.fromkeys(each["kind"] for each in done):
        for what in ("forward", "step"):
            text += f"\n{kind}, {what}: time (share of the peak, in percent)\n\n"
            text += _one([each for each in done if (each["kind"], each["what"]) == (kind, what)])
    wrong = {p: max(each["error"] for each in done if each["precision"] == p) for p in results["peaks"]}
    errors = ", ".join(f"{name} {value:.0e}" for name, value in wrong.items())
    text += f"\nGreatest relative error against float64, outputs and gradients: {errors}.\n"
    rows = ([t["architecture"], t["amp"], f"{t['rows_per_second']:,.0f}"] for t in results["training"])
    text += f"\nTraining on {results['training'][0]['rows']:,} rows:\n\n"
    text += markdown.table(["network", "amp", "rows a second"], rows)
    missing = dict.fromkeys(
        f"{e['name']} ({e['kind']}, {e['size']}): {e['left_out']}" for e in results["entries"] if "left_out" in e
    )
    return text + ("" if not missing else "\nLeft out: " + "; ".join(missing) + ".\n")


def _one(entries: Iterable[dict[str, Any]]) -> str:
    cells: dict[tuple[int, int, str], dict[str, str]] = {}
    for e in entries:
        text = f"{quantity(e['seconds'], 's')} ({100 * e['of_peak']:.0f})"
        cells.setdefault((e["size"], e["batch"], e["precision"]), {})[e["name"]] = text
    names = list(dict.fromkeys(name for row in cells.values() for name in row))
    rows = ([str(part) for part in key] + [row.get(name, "—") for name in names] for key, row in cells.items())
    return markdown.table(["size", "batch", "precision", *names], rows)
