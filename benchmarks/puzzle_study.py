"""The rules of puzzle.md against rivals whose σ and learning rate are chosen on validation: the runs.

`python -m benchmarks.puzzle_study --higgs FILE --tables FOLDER` makes the runs that results/puzzle_study.jsonl lacks,
one line each, and can be stopped at any moment; `--minutes` stops by itself. FOLDER is of `benchmarks.puzzle_rows`.
Two stages at every place, of which the second needs the first: all settings with seed 0, then those chosen by the
validation AUC of seed 0 with the other seeds. A seed draws the split, the weights and the order of the rows.
`benchmarks.puzzle_dials` has the runs beside the contest, `benchmarks.puzzle` makes the tables.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.puzzle_rows import PARTS, rows
from wishart_nn.starts import LONGER, PART, SHARES, chosen_start

RESULTS = Path(__file__).parent / "results" / "puzzle_study.jsonl"

ROUNDS = ((0, 1, 2), (3, 4))
"""Seeds, of which the first one chooses. Those of the first round make a place complete, the others come after."""

SEEDS = ROUNDS[0]

MORE = (5, 6, 7, 8, 9)
"""The seeds that come last, where a lead over all earlier ones is below NARROW."""

NARROW = 0.005

DATA = tuple(PARTS)
"""The rules were found on rows of HIGGS and of letter; the others were looked at after they were frozen."""

FOUND_ON = ("HIGGS",)

OPTIMIZERS = ("adamw", "sgd")

FIRST = 22
"""Places that come before what stands beside the contest."""

SIGMAS = {"1/sqrt(3*n)": "1/√3", "he": "1", "kaiming": "√2", "10/sqrt(n)": "10"}
"""The rivals, by what σ√n is."""

_ADAM = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
_SGD = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)

RIVALS: dict[tuple[str, str], tuple[float, ...]] = {
    ("adamw", "1/sqrt(3*n)"): _ADAM,
    ("adamw", "he"): _ADAM,
    ("adamw", "kaiming"): _ADAM,
    ("adamw", "10/sqrt(n)"): (0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
    ("sgd", "1/sqrt(3*n)"): (0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
    ("sgd", "he"): _SGD,
    ("sgd", "kaiming"): _SGD,
    ("sgd", "10/sqrt(n)"): (0.3, 1.0, 3.0, 10.0, 30.0, 100.0),
}
"""The learning rates of every optimiser and σ to begin with: W ten times as long asks for more."""

DEFAULT = {"adamw": 0.003, "sgd": 0.1}
"""The learning rates of the paper's sweep on the page, and of all matched runs."""

TURN = LONGER
"""A fourth try: the greatest share, trained at twice the rate to which the start is matched."""

TRIAL = 1 / PART
"""The part of the training rows on which the four are tried before one run on all rows. Frozen 2026-11-28, 13:45 UTC,
with SHARES and TURN, after pilot runs on HIGGS and letter, before a run on the other data sets."""

EARLIER = (None, 0.1, 0.01)
"""The shares that were tried before, 1/D among them,"""

PASSES = 0.15
"""and the share that falls with the passes over the rows, PASSES/epochs."""


@dataclass(frozen=True, order=True)
class Place:
    """Where settings are compared."""

    data: str
    optimizer: str
    depth: int
    epochs: int
    architecture: str = "chain"
    activation: str = "relu"
    width: int = 64


@dataclass(frozen=True)
class Setting:
    """What is compared: σ at a learning rate, or a matched start, whose learning rate is the default.

    Attributes:
        part: of the training rows.
        optimizer: another one than the place's.
        turn: the rate of the training over that to which the start is matched.
        dials: of the matched start those that are used, of steps, biases and eps; all if none are named.
    """

    sigma: str
    lr: float
    matched: bool
    part: float = 1.0
    optimizer: str = ""
    turn: float = 1.0
    dials: str = ""


Results = Mapping[tuple[Place, Setting], Mapping[int, tuple[float, float]]]
"""Validation and test AUC of every seed; 0.5 both for a run that diverged."""

Task = tuple[Place, Setting, int]


def places() -> list[Place]:
    """Return the places, in the order in which they are run: whoever has less time has less of the end."""
    new, old = ("spambase", "MNIST"), ("MAGIC", "HIGGS")
    plain = [("adamw", 5, 5), ("adamw", 2, 5), ("sgd", 5, 5), ("adamw", 2, 15), ("adamw", 10, 5)]
    found = [Place(data, o, depth, epochs) for data, (o, depth, epochs) in product(old, plain)]
    found += [Place(data, o, depth, epochs) for (o, depth, epochs), data in product(plain, new)]
    found += [Place("MAGIC", "adamw", 5, 5, "independent"), Place("spambase", "adamw", 5, 5, "independent")]
    found += [Place("spambase", "adamw", 5, 15), Place("spambase", "sgd", 10, 5)]
    found += [Place("MAGIC", "adamw", 5, 5, activation="groupsort"), Place("spambase", "adamw", 20, 5)]
    later = [("adamw", 5, 15), ("sgd", 2, 5), ("sgd", 10, 5), ("sgd", 2, 15), ("adamw", 10, 15)]
    found += [Place(data, o, depth, epochs) for (o, depth, epochs), data in product(later, (*new, *old))]
    found += [Place("HIGGS", "adamw", 5, 5, "independent"), Place("HIGGS", "adamw", 20, 5)]
    last = [("MNIST", "adamw", 5), *((data, "sgd", 5) for data in (*new, *old)), *((data, "adamw", 10) for data in old)]
    found += [Place(data, o, depth, 5, "independent") for data, o, depth in last]  # added when the others were complete
    return list(dict.fromkeys(found))


def grid(place: Place) -> dict[str, tuple[float, ...]]:
    """Return the rates of the rivals to begin with: four σ at depth 5 of chains with 5 epochs, else two of them."""
    four = place == Place(place.data, place.optimizer, 5, 5)
    return {s: lrs for (o, s), lrs in RIVALS.items() if o == place.optimizer and (four or s in ("he", "10/sqrt(n)"))}


def tuned(results: Results, place: Place, rates: Mapping[str, Iterable[float]], optimizer: str = "") -> list[Setting]:
    """Return the settings of fixed σ among which validation chooses.

    While the best of all is at an end of its learning rates, there is one more beyond that end.
    """
    tables = {sigma: list(lrs) for sigma, lrs in rates.items()}
    while True:
        found = [Setting(sigma, lr, False, optimizer=optimizer) for sigma, lrs in tables.items() for lr in lrs]
        if any(SEEDS[0] not in results.get((place, each), {}) for each in found):
            return found
        best = chosen(results, place, found)
        lrs = tables[best.sigma]
        if best.lr == lrs[-1]:
            lrs.append(float(f"{10 * lrs[-2]:.6g}"))
        elif best.lr == lrs[0]:
            lrs.insert(0, float(f"{lrs[1] / 10:.6g}"))
        else:
            return found


def rivals(results: Results, place: Place) -> list[Setting]:
    """Return the settings of fixed σ at a place."""
    return tuned(results, place, grid(place))


def shared(place: Place, share: float | None = None, part: float = 1.0, turn: float = 1.0) -> Setting:
    """Return the matched start at a share of the greatest variance, 1/D if none is given."""
    sigma = "shared" if share is None else f"predicted({share:.3g})"
    return Setting(sigma, DEFAULT[place.optimizer], True, part, turn=turn)


def four(place: Place, part: float = 1.0) -> list[Setting]:
    """Return the three shares, and the greatest at longer steps, among which validation chooses."""
    return [*(shared(place, share, part) for share in SHARES), shared(place, SHARES[0], part, TURN)]


def earlier(place: Place) -> list[Setting]:
    """Return the three shares that were tried before."""
    return [shared(place, share) for share in EARLIER]


def passes(place: Place) -> Setting:
    """Return the matched start whose share falls with the passes."""
    return shared(place, PASSES / place.epochs)


def tried(results: Results, place: Place) -> Setting:
    """Return the matched start to which trials on a part of the rows lead.

    That with longer steps if it was the best; else the share where a parabola in its logarithm is greatest.
    """
    start = chosen_start([results[place, each][SEEDS[0]][0] for each in four(place, TRIAL)])
    return shared(place, start.share, turn=start.step_length)


def chosen(results: Results, place: Place, settings: Iterable[Setting]) -> Setting:
    """Return the setting with the greatest validation AUC of the first seed, the first of equal ones."""
    return max(settings, key=lambda each: results[place, each][SEEDS[0]][0])


def known(results: Results, place: Place, settings: Iterable[Setting]) -> bool:
    """Return whether the first seed of all settings has been run."""
    return all(SEEDS[0] in results.get((place, setting), {}) for setting in settings)


def planned(results: Results, place: Place, seeds: tuple[int, ...] = SEEDS) -> Iterator[tuple[Setting, int]]:
    """Yield the runs of a place as far as they are known: those of later seeds once the first has chosen."""
    trials = four(place, TRIAL)
    first = [*trials, shared(place), *four(place), *rivals(results, place)]
    first += [tried(results, place)] if known(results, place, trials) else []
    first = list(dict.fromkeys(first))
    yield from ((setting, SEEDS[0]) for setting in first)
    if known(results, place, first):
        picked = [shared(place), tried(results, place), chosen(results, place, four(place))]
        picked += [chosen(results, place, rivals(results, place)), chosen(results, place, four(place)[:3])]
        yield from ((setting, seed) for seed in seeds if seed != SEEDS[0] for setting in dict.fromkeys(picked))


def missing(results: Results, place: Place, seeds: tuple[int, ...] = SEEDS) -> Iterator[Task]:
    """Yield the runs of a place that are left to be made."""
    for setting, seed in planned(results, place, seeds):
        if seed not in results.get((place, setting), {}):
            yield place, setting, seed


def narrow(results: Results, place: Place) -> bool:
    """Return whether trials or three shares are within NARROW of the best tuned rival, in the mean of ROUNDS."""
    seeds = [seed for each in ROUNDS for seed in each]

    def mean(setting: Setting) -> float:
        return sum(results[place, setting][seed][1] for seed in seeds) / len(seeds)

    best = mean(chosen(results, place, rivals(results, place)))
    mine = (tried(results, place), chosen(results, place, four(place)[:3]))
    return any(abs(mean(each) - best) < NARROW for each in mine)


def complete(results: Results) -> list[Place]:
    """Return the places where no run is left to be made."""
    return [place for place in places() if next(missing(results, place), None) is None]


def read(text: str) -> dict[tuple[Place, Setting], dict[int, tuple[float, float]]]:
    """Return the runs of a results file; a line that a kill has cut short counts as not there."""
    found: dict[tuple[Place, Setting], dict[int, tuple[float, float]]] = {}
    for line in text.splitlines(keepends=True):
        if line.endswith("}\n"):
            run = json.loads(line)
            already = found.setdefault((Place(**run["place"]), Setting(**run["setting"])), {})
            already[run["seed"]] = (run["validation"], run["test"])
    return found


def given(record: Place | Setting) -> dict[str, Any]:
    """Return what of a place or a setting is not as it is by default."""
    plain = {each.name: each.default for each in fields(record)}
    return {name: value for name, value in asdict(record).items() if value != plain[name]}


def run(place: Place, setting: Setting, seed: int, files: Mapping[str, Path]) -> dict[str, Any]:
    """Make a run and return its line."""
    from benchmarks.puzzle_trainer import areas

    clock = perf_counter()
    data = rows(place.data, files[place.data], seed, setting.part)
    validation, test = areas(place, setting, seed, data)
    return {
        "place": given(place),
        "setting": given(setting),
        "seed": seed,
        "validation": round(validation, 6),
        "test": round(test, 6),
        "seconds": round(perf_counter() - clock, 2),
        "fingerprint": data.fingerprint[:16],
    }


def tasks(results: Results, only: tuple[int, int] = (0, 1)) -> Iterator[Task]:
    """Yield the runs that are left to be made, as far as they are known, at the places k, k + n, k + 2n, …

    What stands beside the contest counts as the last place of the first.
    """
    from benchmarks.puzzle_dials import beside

    start, step = only
    for place in places()[:FIRST][start::step]:
        yield from missing(results, place)
    if start == FIRST % step:
        yield from beside(results)
    for seeds in ROUNDS:
        for place in places()[start::step]:
            yield from missing(results, place, seeds)
    for place in places()[start::step]:
        if narrow(results, place):  # all earlier runs are there, or one of them would have been taken
            yield from missing(results, place, MORE)


def make(path: Path, left: Callable[[Results], Iterator[Task]], files: Mapping[str, Path], minutes: float) -> None:
    """Make the runs that are left, one line each at the end of a results file, and begin none after so many minutes."""
    start = perf_counter()
    with path.open("a") as file:
        while perf_counter() - start < 60 * minutes:
            task = next(left(read(path.read_text("utf-8"))), None)
            if task is None:
                break
            file.write(json.dumps(run(*task, files)) + "\n")
            file.flush()


def main(arguments: list[str] | None = None) -> int:
    """Make the runs that are left."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.puzzle_study", description="Make the study's runs.")
    parser.add_argument("--higgs", type=Path, required=True, help="HIGGS_sample.csv.gz")
    parser.add_argument("--tables", type=Path, required=True, help="the folder of benchmarks.puzzle_rows")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no run after so many minutes")
    parser.add_argument("--only", default="0/1", help="k/n: the places k, k + n, k + 2n, … for this process")
    options = parser.parse_args(arguments)
    files = {name: options.tables / f"{name.lower()}.csv" for name in DATA} | {"HIGGS": options.higgs}
    only = tuple(map(int, options.only.split("/")))
    make(RESULTS, lambda results: tasks(results, (only[0], only[1])), files, options.minutes)
    return 0


if __name__ == "__main__":
    from benchmarks import puzzle_study  # the same classes as those of puzzle_dials

    sys.exit(puzzle_study.main())
