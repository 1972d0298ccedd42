"""The pilot runs behind the rules of puzzle.md, results/puzzle_pilots.csv: HIGGS and letter alone.

letter: every other letter (B, D, …) against the rest, a share of the labels flipped where one stands behind "~"; rows
for training, validation and test as of HIGGS 6,400, 6,000, 12,000 and 6,400, 4,000, 8,000. A start is a share, matched,
with Σ‖ΔW‖/‖W‖ = length for a full step by dividing W and √α, or He at a rate.
"""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.markdown import table

RESULTS = Path(__file__).parent / "results" / "puzzle_pilots.csv"

SHARES = ("0.003", "0.01", "0.03", "0.1", "0.3", "0.5", "0.7")

Row = Mapping[str, str]


def read(text: str) -> list[Row]:
    """Return the runs."""
    return list(csv.DictReader(text.splitlines()))


def pilots(runs: list[Row]) -> str:
    """Return test AUC by share, at length 2 for the share of .3 also, and He at its best rate: AdamW, first seed."""
    chosen = [run for run in runs if run["seed"] == "0" and run["optimizer"] == "adamw"]
    places = {(r["data"], int(r["epochs"]), int(r["depth"]), float(r["part"])) for r in chosen}
    lines: list[list[str]] = []
    for place in sorted(places, key=lambda each: (-each[3], *each[:3])):
        here = [r for r in chosen if (r["data"], int(r["epochs"]), int(r["depth"]), float(r["part"])) == place]
        aucs = {(r["start"], r["length"]): float(r["test"]) for r in here if r["start"] != "he"}
        he = max((r for r in here if r["start"] == "he"), key=lambda r: r["validation"], default=None)
        cells = [aucs.get(each) for each in (*((s, "1") for s in SHARES), ("0.3", "2"))]
        best = max(each for each in cells if each is not None)
        texts = ["" if c is None else f"**{c:.3f}**" if c == best else f"{c:.3f}" for c in cells]
        rows = "all" if place[3] == 1 else "a quarter"
        last = f"{float(he['test']):.3f}, {he['lr']}" if he else ""
        lines.append([place[0], rows, str(place[1]), str(place[2]), *texts, last])
    head = ["data", "rows", "epochs", "depth", *(s.removeprefix("0") for s in SHARES), ".3, 2×", "He, rate"]
    return table(head, lines)


def pilot_count(runs: list[Row]) -> str:
    """Return how many runs there were."""
    return f"{len(runs)} pilot runs; the table has those with AdamW and the first seed.\n"


SECTIONS: Mapping[str, Callable[[list[Row]], str]] = {"pilots": pilots, "pilot count": pilot_count}
