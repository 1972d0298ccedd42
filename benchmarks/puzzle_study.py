"""The rule of puzzle.md against rivals whose σ and learning rate are chosen on validation: the runs.

`python -m benchmarks.puzzle_study --higgs FILE --magic FILE` makes the runs that results/puzzle_study.jsonl lacks, one
line each, and can be stopped at any moment; `--minutes` stops by itself. Two stages at every place, of which the second
needs the first: all settings with seed 0, then those chosen by the validation AUC of seed 0 with the other seeds. A
seed draws the split, the weights and the order of the rows. `benchmarks.puzzle` makes the tables.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any, TypedDict

RESULTS = Path(__file__).parent / "results" / "puzzle_study.jsonl"

SEEDS = (0, 1, 2)
"""Of which the first one chooses."""

DATA = ("HIGGS", "MAGIC")
"""The rule and its shares were found on rows of HIGGS; MAGIC was looked at after they were frozen."""

PARTS = {"HIGGS": (6400, 6000, 12000), "MAGIC": (6400, 4000, 8000)}
"""Rows for training, validation and test."""

OPTIMIZERS, DEPTHS, EPOCHS = ("adamw", "sgd"), (2, 5, 10), (5, 15)

ORDER = (
    *(("adamw", 5, depth) for depth in (5, 2)),
    ("adamw", 15, 2),
    ("adamw", 5, 10),
    ("sgd", 5, 5),
    ("adamw", 15, 5),
    *(("sgd", 5, depth) for depth in (10, 2)),
    ("adamw", 15, 10),
    *(("sgd", 15, depth) for depth in (5, 2, 10)),
)
"""Optimisers, epochs and depths, the most telling first: whoever has less time has less of the end."""

RIVALS: dict[tuple[str, str], tuple[float, ...]] = {
    ("adamw", "he"): (0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
    ("adamw", "10/sqrt(n)"): (0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
    ("sgd", "he"): (0.03, 0.1, 0.3, 1.0, 3.0, 10.0),
    ("sgd", "10/sqrt(n)"): (0.3, 1.0, 3.0, 10.0, 30.0, 100.0),
}
"""The learning rates of every optimiser and σ to begin with: W ten times as long asks for more."""

DEFAULT = {"adamw": 0.003, "sgd": 0.1}
"""The learning rates of the paper's sweep on the page, and of all matched runs."""

PASSES = 0.15
"""The share of a draw that falls with the passes over the rows is PASSES/epochs."""


@dataclass(frozen=True, order=True)
class Place:
    """Where settings are compared."""

    data: str
    optimizer: str
    depth: int
    epochs: int


@dataclass(frozen=True)
class Setting:
    """What is compared: σ at a learning rate, or a matched start, whose learning rate is the default."""

    sigma: str
    lr: float
    matched: bool


Results = Mapping[tuple[Place, Setting], Mapping[int, tuple[float, float]]]
"""Validation and test AUC of every seed; 0.5 both for a run that diverged."""


def places() -> list[Place]:
    """Return the places, the order in which they are run."""
    return [Place(data, optimizer, depth, epochs) for optimizer, epochs, depth in ORDER for data in DATA]


def rivals(results: Results, place: Place) -> list[Setting]:
    """Return the settings of fixed σ among which validation chooses.

    While the best of all is at an end of its learning rates, there is one more beyond that end.
    """
    grid = {sigma: list(lrs) for (optimizer, sigma), lrs in RIVALS.items() if optimizer == place.optimizer}
    while True:
        found = [Setting(sigma, lr, False) for sigma, lrs in grid.items() for lr in lrs]
        if any(SEEDS[0] not in results.get((place, each), {}) for each in found):
            return found
        best = chosen(results, place, found)
        lrs = grid[best.sigma]
        if best.lr == lrs[-1]:
            lrs.append(float(f"{10 * lrs[-2]:.6g}"))
        elif best.lr == lrs[0]:
            lrs.insert(0, float(f"{lrs[1] / 10:.6g}"))
        else:
            return found


def shared(place: Place, share: float | None = None) -> Setting:
    """Return the matched start at a share of the greatest variance, 1/D if none is given."""
    return Setting("shared" if share is None else f"predicted({share:g})", DEFAULT[place.optimizer], True)


def three(place: Place) -> list[Setting]:
    """Return the three shares among which validation chooses."""
    return [shared(place), shared(place, 0.1), shared(place, 0.01)]


def passes(place: Place) -> Setting:
    """Return the matched start whose share falls with the passes."""
    return shared(place, PASSES / place.epochs)


def chosen(results: Results, place: Place, settings: Iterable[Setting]) -> Setting:
    """Return the setting with the greatest validation AUC of the first seed, the first of equal ones."""
    return max(settings, key=lambda each: results[place, each][SEEDS[0]][0])


def planned(results: Results, place: Place) -> Iterator[tuple[Setting, int]]:
    """Yield the runs of a place as far as they are known: those of later seeds once the first has chosen."""
    first = dict.fromkeys([*three(place), passes(place), *rivals(results, place)])
    yield from ((setting, SEEDS[0]) for setting in first)
    if all(SEEDS[0] in results.get((place, setting), {}) for setting in first):
        picked = dict.fromkeys([*three(place), passes(place), chosen(results, place, rivals(results, place))])
        yield from ((setting, seed) for seed in SEEDS[1:] for setting in picked)


def complete(results: Results) -> list[Place]:
    """Return the places where no run is left to be made."""
    return [
        place
        for place in places()
        if all(seed in results.get((place, setting), {}) for setting, seed in planned(results, place))
    ]


def read(text: str) -> dict[tuple[Place, Setting], dict[int, tuple[float, float]]]:
    """Return the runs of a results file; a line that a kill has cut short counts as not there."""
    found: dict[tuple[Place, Setting], dict[int, tuple[float, float]]] = {}
    for line in text.splitlines(keepends=True):
        if line.endswith("}\n"):
            run = json.loads(line)
            known = found.setdefault((Place(**run["place"]), Setting(**run["setting"])), {})
            known[run["seed"]] = (run["validation"], run["test"])
    return found


def run(place: Place, setting: Setting, seed: int, files: Mapping[str, Path]) -> dict[str, Any] | None:
    """Make a run and return its line; None for one that was stopped by a signal."""
    from wishart_nn.training import RunOptions, train

    options = RunOptions(
        depth=place.depth,
        optimizer=place.optimizer,
        epochs=place.epochs,
        sigma=setting.sigma,
        lr=setting.lr,
        match_step=setting.matched,
        seed=seed,
        diagnose_rows=256,
    )
    clock = perf_counter()
    data = rows(place.data, files[place.data], seed)
    ended = train(options, data=data, progress=False)
    if ended.status == "stopped":
        return None
    auc = {name: ended.result["final"][name]["auc"] for name in ("validation", "test")}
    return {
        "place": asdict(place),
        "setting": asdict(setting),
        "seed": seed,
        "status": ended.status,
        **{name: 0.5 if value is None else round(value, 6) for name, value in auc.items()},
        "seconds": round(perf_counter() - clock, 2),
        "fingerprint": data.fingerprint[:16],
    }


class SplitSizes(TypedDict):
    """How rows are divided."""

    rows: int
    validation_rows: int
    test_rows: int
    seed: int


@cache
def rows(name: str, file: Path, seed: int) -> Any:
    """Return the rows of a data set as a seed divides them."""
    from wishart_nn.data.dataset import assemble
    from wishart_nn.data.splitting import split_rows
    from wishart_nn.data.tables import read_table
    from wishart_nn.higgs import load

    train, validation, test = PARTS[name]
    sizes = SplitSizes(rows=train + validation + test, validation_rows=validation, test_rows=test, seed=seed)
    if name == "HIGGS":
        return load(file, **sizes)
    table = read_table(file, label="Class")
    return assemble(
        lambda chosen: table.x[chosen],
        table.labels,
        split_rows(table.labels, **sizes),
        sha256=table.sha256,
        device="cpu",
        impute=False,
        feature_names=table.feature_names,
        features="all",
        source=table.name,
        classes=table.classes,
        label="Class",
    )


def main(arguments: list[str] | None = None) -> int:
    """Make the runs that are left."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.puzzle_study", description="Make the study's runs.")
    parser.add_argument("--higgs", type=Path, required=True, help="HIGGS_sample.csv.gz")
    parser.add_argument("--magic", type=Path, required=True, help="MAGIC gamma telescope: a table, its label Class")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no run after so many minutes")
    options = parser.parse_args(arguments)
    files = {"HIGGS": options.higgs, "MAGIC": options.magic}
    results = read(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    start = perf_counter()
    with RESULTS.open("a") as file:
        for place in places():
            left: list[tuple[Setting, int]] | None = None
            while left is None or left:
                left = [(s, seed) for s, seed in planned(results, place) if seed not in results.get((place, s), {})]
                for setting, seed in left:
                    if perf_counter() - start > 60 * options.minutes:
                        return 0
                    made = run(place, setting, seed, files)
                    if made is None:
                        return 0
                    file.write(json.dumps(made) + "\n")
                    file.flush()
                    results.setdefault((place, setting), {})[seed] = (made["validation"], made["test"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
