"""The tables of puzzle.md and puzzle_runs.md, as a function of four files of results/ alone: puzzle.csv and puzzle_*.

`python -m benchmarks.puzzle` writes them between the markers of these pages, and the picture; `--collect SWEEP ...`
takes the runs of the sweeps that puzzle_runs.md names into the first file before; `benchmarks.puzzle_study`,
`puzzle_fresh`, `puzzle_biases` and `puzzle_last` make the others, but for the pilots.
"""

import argparse
import csv
import io
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks import (
    puzzle_biases,
    puzzle_contest,
    puzzle_dials,
    puzzle_fresh,
    puzzle_last,
    puzzle_pilots,
    puzzle_study,
)
from benchmarks.markdown import fill, table
from wishart_moments.files import write_atomically
from wishart_nn.reports.statistics import Test, holm, interval, paired

TEXT = Path(__file__).parent / "puzzle.md"
"""What is found, on one page,"""

RUNS = Path(__file__).parent / "puzzle_runs.md"
"""and everything else."""

FOUND = (
    "verdict",
    *("study findings", "study count"),
    *(f"{test} {part}" for test in ("fresh", "biases", "last") for part in ("verdict", "leads")),
    "last overall",
)
"""The sections of TEXT."""

RESULTS = Path(__file__).parent / "results" / "puzzle.csv"

DEPTHS = (2, 5, 10, 20)
ARCHITECTURES = ("chain", "independent")
OPTIMIZERS = ("adamw", "sgd")
FIXED = {"1/sqrt(3*n)": "1/√3", "he": "1", "kaiming": "√2", "3/sqrt(n)": "3", "10/sqrt(n)": "10"}
"""The rules of the paper's grid, by what σ√n is."""

DIALS = {"0.1/sqrt(n)": 0.01, "he": 1.0, "10/sqrt(n)": 100.0}
"""nσ² of the scales of the two dials."""

FORWARD = (0.1, 1.0, 10.0, 100.0)
"""t = nσ²/α of the two dials."""

_COLUMNS = ("architecture", "optimizer", "depth", "sigma", "alpha", "match_step", "seed", "test_auc")


class Setting(NamedTuple):
    """What the runs of different seeds share."""

    architecture: str
    optimizer: str
    depth: int
    sigma: str
    alpha: float = 1.0
    matched: bool = False


Results = Mapping[Setting, Mapping[int, float]]
"""The test AUC of every seed; 0.5 for a run that diverged."""


def collect(sweeps: Iterable[Path]) -> str:
    """Return the runs of sweeps as CSV, each setting and seed once."""
    rows: set[tuple[str, ...]] = set()
    for sweep in sweeps:
        with (sweep / "results.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                auc = f"{float(row['test_auc'] or 0.5):.6f}"
                rows.add((*(row[name] for name in _COLUMNS[:-1]), auc))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(sorted(rows, key=_order))
    return stream.getvalue()


def _order(row: tuple[str, ...]) -> tuple[tuple[str, ...], int, tuple[str, ...], int]:
    return row[:2], int(row[2]), row[3:6], int(row[6])


def read(text: str) -> Results:
    """Return the runs of a file of `collect`."""
    found: defaultdict[Setting, dict[int, float]] = defaultdict(dict)
    for row in csv.DictReader(io.StringIO(text)):
        setting = Setting(
            row["architecture"],
            row["optimizer"],
            int(row["depth"]),
            row["sigma"],
            float(row["alpha"]),
            row["match_step"] == "True",
        )
        found[setting][int(row["seed"])] = float(row["test_auc"])
    return found


def _mean(values: Mapping[int, float]) -> str:
    found = interval(values.values())
    return f"{found.mean:.3f} ± {found.half:.3f}"


def grid(results: Results, architecture: str) -> str:
    """Return the paper's sweep at α = 1: optimiser and depth by σ√n."""
    sigmas = (*FIXED, "predicted")
    rows: list[list[str]] = []
    for optimizer in OPTIMIZERS:
        for depth in DEPTHS:
            cells = [results[Setting(architecture, optimizer, depth, sigma)] for sigma in sigmas]
            best = max(interval(cell.values()).mean for cell in cells)
            texts = [f"**{_mean(c)}**" if interval(c.values()).mean == best else _mean(c) for c in cells]
            rows.append([optimizer, str(depth), *texts])
    return table(["optimiser", "depth", *(f"σ√n = {FIXED[s]}" if s in FIXED else s for s in sigmas)], rows)


def dials(results: Results, architecture: str, optimizer: str) -> str:
    """Return the means by σ√n (the length of W beside a step) and t = nσ²/α (the forward law), at depth 5."""
    rows: list[list[str]] = []
    for sigma, square in DIALS.items():
        cells = [results[Setting(architecture, optimizer, 5, sigma, _rounded(square / t))] for t in FORWARD]
        rows.append([f"{square**0.5:g}", *(f"{interval(each.values()).mean:.3f}" for each in cells)])
    return table(["σ√n", *(f"t = {t:g}" for t in FORWARD)], rows)


def _rounded(alpha: float) -> float:
    return float(f"{alpha:.6g}")


def contests(results: Results) -> list[tuple[Setting, Setting, Test, float]]:
    """Return, for each place, the rule, the best fixed σ at α = 1 (chosen afterwards), the paired test, Holm's p."""
    found: list[tuple[Setting, Setting, Test]] = []
    for architecture in ARCHITECTURES:
        for optimizer in OPTIMIZERS:
            for depth in DEPTHS:
                rule = Setting(architecture, optimizer, depth, "shared", matched=True)
                fixed = [Setting(architecture, optimizer, depth, sigma) for sigma in FIXED]
                rival = max(fixed, key=lambda each: interval(results[each].values()).mean)
                found.append((rule, rival, paired(results[rule], results[rival])))
    return [(*each, p) for each, p in zip(found, holm([test.p for *_, test in found]), strict=True)]


def rule(results: Results) -> str:
    """Return the rule beside the best of the fixed ones."""
    rows: list[list[str]] = []
    for mine, rival, test, p in contests(results):
        others = [_mean(results[mine._replace(sigma=sigma)]) for sigma in ("he", "predicted")]
        rows.append(
            [
                mine.architecture,
                mine.optimizer,
                str(mine.depth),
                _mean(results[mine]),
                f"{_mean(results[rival])} at {FIXED[rival.sigma]}",
                f"{test.effect:+.3f} ± {test.interval.half:.3f}",
                f"{p:.2g}",
                *others,
            ]
        )
    head = ["", "optimiser", "depth", "shared, matched", "best fixed σ√n", "difference", "p, Holm"]
    return table([*head, "He's t, matched", "predicted, matched"], rows)


def verdict(results: Results) -> str:
    """Return the score of the rule in a sentence."""
    tests = [(test, p) for *_, test, p in contests(results)]
    better = sum(test.effect > 0 and p < 0.05 for test, p in tests)
    worse = sum(test.effect < 0 and p < 0.05 for test, p in tests)
    ahead = sum(test.effect > 0 for test, _ in tests)
    return (
        f"Of {len(tests)} places the rule has the higher mean at {ahead}; after Holm's correction it is significantly "
        f"better at {better} and significantly worse at {worse}.\n"
    )


SECTIONS: dict[str, Callable[[Results], str]] = {
    **{f"grid {a}": (lambda results, a=a: grid(results, a)) for a in ARCHITECTURES},
    **{f"dials {a} {o}": (lambda results, a=a, o=o: dials(results, a, o)) for a in ARCHITECTURES for o in OPTIMIZERS},
    "rule": rule,
    "verdict": verdict,
}


class Files(NamedTuple):
    """What the tables are made of."""

    grid: Results
    study: puzzle_study.Results
    fresh: puzzle_study.Results
    biases: puzzle_study.Results
    last: puzzle_study.Results
    pilots: list[puzzle_pilots.Row]


def files() -> Files:
    """Return what is in the tree."""
    made = (puzzle_study, puzzle_fresh, puzzle_biases, puzzle_last)
    study, fresh, biases, last = (puzzle_study.read(each.RESULTS.read_text("utf-8")) for each in made)
    pilots = puzzle_pilots.read(puzzle_pilots.RESULTS.read_text("utf-8"))
    return Files(read(RESULTS.read_text("utf-8")), study, fresh, biases, last, pilots)


def render(text: str, runs: str, files: Files) -> tuple[str, str]:
    """Return both pages with every table between its markers made anew."""
    study = puzzle_contest.SECTIONS | puzzle_dials.SECTIONS
    made = {name: partial(section, files.grid) for name, section in SECTIONS.items()}
    made |= {name: partial(section, files.study) for name, section in study.items()}
    made |= {name: partial(section, files.fresh) for name, section in puzzle_fresh.SECTIONS.items()}
    made |= {name: partial(section, files.last) for name, section in puzzle_last.SECTIONS.items()}
    both = puzzle_biases.paired_seeds({**files.study, **files.fresh, **files.biases, **files.last})
    made["last overall"] = partial(puzzle_last.overall, both)
    made |= {name: partial(section, both) for name, section in puzzle_biases.SECTIONS.items()}
    made |= {name: partial(section, files.pilots) for name, section in puzzle_pilots.SECTIONS.items()}
    front = {name: made.pop(name) for name in FOUND}
    return fill(text, front, TEXT.name), fill(runs, made, RUNS.name)


def main(arguments: list[str] | None = None) -> int:
    """Collect if asked to, and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.puzzle", description="Write the tables of the puzzle.")
    parser.add_argument("--collect", nargs="+", type=Path, metavar="SWEEP", help="folders of the sweeps")
    options = parser.parse_args(arguments)
    if options.collect:
        write_atomically(RESULTS, collect(options.collect), overwrite=True)
    made = files()
    pages = render(TEXT.read_text("utf-8"), RUNS.read_text("utf-8"), made)
    for path, page in zip((TEXT, RUNS), pages, strict=True):
        write_atomically(path, page, overwrite=True)
    puzzle_dials.draw(made.study)
    return 0


if __name__ == "__main__":
    sys.exit(main())
