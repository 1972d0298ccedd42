"""One run without tuning, tested on data that no earlier run had used: the design, the runs, the decision.

`python -m benchmarks.puzzle_fresh --tables FOLDER` makes the runs that results/puzzle_fresh.jsonl lacks, one line
each, as `benchmarks.puzzle_study` does. The design, CANDIDATES and `decision` were written before the first of them.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.markdown import table
from benchmarks.puzzle_contest import CLOSE, GONE, Procedure, always, difference, signed, test_auc
from benchmarks.puzzle_rows import FRESH
from benchmarks.puzzle_study import (
    RIVALS,
    TRIAL,
    Place,
    Results,
    Setting,
    Task,
    chosen,
    four,
    known,
    make,
    shared,
    tried,
    tuned,
)
from wishart_nn.reports.statistics import Test, one_sample

RESULTS = Path(__file__).parent / "results" / "puzzle_fresh.jsonl"

DATA = tuple(FRESH)

SEEDS = (0, 1, 2, 3, 4)
"""The first one chooses."""

BLOCKS = (
    ("adamw", 5, 5),
    ("adamw", 2, 15),
    ("sgd", 5, 5),
    ("adamw", 10, 5),
    ("adamw", 2, 5),
    ("sgd", 2, 15),
    ("adamw", 5, 15),
    ("sgd", 10, 5),
    ("adamw", 10, 15),
)
"""Optimiser, depth and epochs, in the order in which they are run, each on all data sets; only whole ones count."""

CANDIDATES: dict[str, Procedure] = {
    "1/D": Procedure(1, always(shared)),
    "0.3": Procedure(1, always(lambda place: shared(place, 0.3))),
    "0.03": Procedure(1, always(lambda place: shared(place, 0.03))),
}
"""The single runs among which the default is decided, today's first."""

TRIALS = Procedure(2, tried)

PROCEDURES = {**CANDIDATES, "trials": TRIALS}


def rivals(results: Results, place: Place) -> list[Setting]:
    """Return He at the rates among which validation chooses: six, and more while the best is at an end."""
    return tuned(results, place, {"he": RIVALS[place.optimizer, "he"]})


def he(results: Results, place: Place) -> Setting:
    """Return He at the rate with the best validation AUC of the first seed."""
    return chosen(results, place, rivals(results, place))


def planned(results: Results, place: Place) -> Iterator[tuple[Setting, int]]:
    """Yield the runs of a place as far as they are known: those of later seeds once the first has chosen."""
    single, trials = [each.setting(results, place) for each in CANDIDATES.values()], four(place, TRIAL)
    first = [*single, *trials, *rivals(results, place)]
    first += [tried(results, place)] if known(results, place, trials) else []
    yield from ((setting, SEEDS[0]) for setting in dict.fromkeys(first))
    if known(results, place, first):
        picked = dict.fromkeys([*single, tried(results, place), he(results, place)])
        yield from ((setting, seed) for seed in SEEDS[1:] for setting in picked)


def missing(results: Results, place: Place) -> Iterator[Task]:
    """Yield the runs of a place that are left to be made."""
    for setting, seed in planned(results, place):
        if seed not in results.get((place, setting), {}):
            yield place, setting, seed


def by_block(data: Iterable[str], kinds: Iterable[tuple[str, int, int]] = BLOCKS) -> list[list[Place]]:
    """Return the places of blocks on these data."""
    return [[Place(each, optimizer, depth, epochs) for each in data] for optimizer, depth, epochs in kinds]


def whole(results: Results, data: Iterable[str], left: Callable[[Results, Place], Iterator[Task]]) -> list[list[Place]]:
    """Return the blocks up to the first of which a run is left to be made."""
    return [
        *takewhile(lambda block: all(next(left(results, place), None) is None for place in block), by_block([*data]))
    ]


def blocks(results: Results) -> list[list[Place]]:
    """Return the places of every block up to the first that is not whole."""
    return whole(results, DATA, missing)


def tasks(results: Results) -> Iterator[Task]:
    """Yield the runs that are left to be made, as far as they are known."""
    yield from (task for block in by_block(DATA) for place in block for task in missing(results, place))


def mean_and_least(
    results: Results, places: Iterable[Place], one: Procedure, other: Callable[..., Setting] = he
) -> str:
    """Return the mean lead of one over another, and the least in brackets."""
    effects = [difference(results, place, one, other).effect for place in places]
    return f"{sum(effects) / len(effects):+.4f} ({min(effects):+.4f})"


def worst(results: Results, found: Iterable[Place], procedure: Procedure) -> float:
    """Return the least lead over tuned He at a place."""
    return min(difference(results, place, procedure, he).effect for place in found)


def over_data(results: Results, found: list[list[Place]], one: Procedure, other: Callable[..., Setting] = he) -> Test:
    """Return the mean lead of one over another, tested over the data sets: the mean over the blocks of each."""
    means: list[float] = []
    for places in zip(*found, strict=True):
        means.append(sum(difference(results, place, one, other).effect for place in places) / len(places))
    return one_sample(means)


class Decision(NamedTuple):
    """What the test decides.

    Attributes:
        default: the single run that is the default from now on.
        least: the one that loses least to tuned He at worst.
        lead: its mean lead over 1/D, over data sets; none if it is 1/D.
        trials: the mean lead of the trials over the default, over data sets.
    """

    default: str
    least: str
    lead: Test | None
    trials: Test


def decision(results: Results, found: list[list[Place]]) -> Decision:
    """Return the decision.

    The single run that loses least at worst is the default if its mean lead over 1/D has a positive lower limit, 95 %,
    over the data sets; else 1/D stays. The trials are worth their second run if the same holds of their lead over it.
    """
    flat = [place for block in found for place in block]
    least = max(CANDIDATES, key=lambda name: worst(results, flat, CANDIDATES[name]))
    today = next(iter(CANDIDATES))
    lead = over_data(results, found, CANDIDATES[least], CANDIDATES[today].setting) if least != today else None
    default = least if lead and lead.interval.low > 0 else today
    return Decision(default, least, lead, over_data(results, found, TRIALS, CANDIDATES[default].setting))


def verdict(results: Results) -> str:
    """Return the figures of the test and what it decides, in sentences."""
    found = blocks(results)
    if not found:
        return "Not run.\n"
    flat = [place for block in found for place in block]
    lines: list[str] = []
    for name, each in PROCEDURES.items():
        effects = [difference(results, place, each, he).effect for place in flat]
        near = sum(effect >= -CLOSE for effect in effects)
        lines.append(
            f"- **{name}** ({each.runs} run{'s' * (each.runs > 1)}): lead over tuned He in the median "
            f"{median(effects):+.4f}, in the mean {signed(over_data(results, found, each))}, −{CLOSE:g} or better at "
            f"{near} of {len(flat)} places, at worst {min(effects):+.4f} ({called(flat[effects.index(min(effects))])})."
        )
    made = decision(results, found)
    lead = f"; its mean lead over 1/D is {signed(made.lead)}" if made.lead else ""
    lines.append(
        f"- Least lost at worst: **{made.least}**{lead}. **The default of one run by this test: {made.default}.**"
    )
    worth = "worth" if made.trials.interval.low > 0 else "not shown to be worth"
    lines.append(f"- The trials' mean lead over that default is {signed(made.trials)}: {worth} the second run.")
    gone = sum(min(test_auc(results, place, he(results, place)).values()) < GONE for place in flat)
    lines.append(f"- He at the rate that the first seed chose ends near chance with another seed at {gone} places.")
    runs, whole = sum(map(len, results.values())), f"{len(found)} of {len(BLOCKS)} blocks"
    lines.append(f"- {runs} runs; {whole} are whole, each on {len(DATA)} data sets with {len(SEEDS)} seeds.")
    return "\n".join(lines) + "\n"


def called(place: Place) -> str:
    """Return what a chain is called in a sentence."""
    return f"{place.data}, {place.optimizer}, depth {place.depth}, {place.epochs} epochs"


def _lines(results: Results, groups: Mapping[str, list[Place]]) -> list[list[str]]:
    """Return the mean lead over tuned He in every group, and the least in brackets."""
    rows: list[list[str]] = []
    for name, group in groups.items():
        cells = [mean_and_least(results, group, each) for each in PROCEDURES.values()]
        tuned_to = [results[place, he(results, place)][seed][1] for place in group for seed in SEEDS]
        rows.append([name, f"{sum(tuned_to) / len(tuned_to):.4f}", *cells])
    return rows


def leads(results: Results) -> str:
    """Return the mean leads by data set, the least of each in brackets."""
    return _table(results, {places[0].data: [*places] for places in zip(*blocks(results), strict=True)})


def block_leads(results: Results) -> str:
    """Return the mean leads by block, the least of each in brackets."""
    return _table(results, {called(block[0]).partition(", ")[2]: block for block in blocks(results)})


def _table(results: Results, groups: Mapping[str, list[Place]]) -> str:
    head = ["", "He, tuned", *(f"{name}: lead" for name in PROCEDURES)]
    return table(head, _lines(results, groups)) if groups else "Not run.\n"


SECTIONS: dict[str, Callable[[Results], str]] = {
    "fresh verdict": verdict,
    "fresh leads": leads,
    "fresh blocks": block_leads,
}


def main(arguments: list[str] | None = None) -> int:
    """Make the runs that are left."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.puzzle_fresh", description="Make the test's runs.")
    parser.add_argument("--tables", type=Path, required=True, help="the folder of benchmarks.puzzle_rows")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no run after so many minutes")
    options = parser.parse_args(arguments)
    files = {name: options.tables / f"{name}.csv" for name in DATA}
    make(RESULTS, tasks, files, options.minutes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
