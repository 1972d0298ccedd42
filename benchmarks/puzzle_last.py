"""What the two tests before it suggest, s = .3 with biases in step, against 1/D as it is: a third test on fresh data.

`python -m benchmarks.puzzle_last --tables FOLDER` makes the runs that results/puzzle_last.jsonl lacks, as
`benchmarks.puzzle_study` does. The design and `decision` were written before the first of them.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks import puzzle_biases
from benchmarks.markdown import table
from benchmarks.puzzle_biases import IN_STEP
from benchmarks.puzzle_contest import CLOSE, difference, signed
from benchmarks.puzzle_fresh import (
    BLOCKS,
    CANDIDATES,
    by_block,
    called,
    he,
    mean_and_least,
    over_data,
    rivals,
    whole,
    worst,
)
from benchmarks.puzzle_rows import LAST
from benchmarks.puzzle_study import Place, Results, Setting, Task, known, make
from wishart_nn.reports.statistics import Test, one_sample

RESULTS = Path(__file__).parent / "results" / "puzzle_last.jsonl"

SEEDS = (0, 1, 2)

DATA = tuple(LAST)

TODAY, NEW = "1/D", "0.3, biases in step"

SINGLES = {TODAY: CANDIDATES["1/D"], "0.3": CANDIDATES["0.3"], NEW: IN_STEP["0.3"]}


def planned(results: Results, place: Place) -> Iterator[tuple[Setting, int]]:
    """Yield the runs of a place as far as they are known: those of later seeds once the first has chosen."""
    single = [each.setting(results, place) for each in SINGLES.values()]
    first = [*single, *rivals(results, place)]
    yield from ((setting, SEEDS[0]) for setting in first)
    if known(results, place, first):
        yield from ((setting, seed) for seed in SEEDS[1:] for setting in (*single, he(results, place)))


def missing(results: Results, place: Place) -> Iterator[Task]:
    """Yield the runs of a place that are left to be made."""
    yield from ((place, s, seed) for s, seed in planned(results, place) if seed not in results.get((place, s), {}))


def tasks(results: Results) -> Iterator[Task]:
    """Yield the runs that are left to be made, as far as they are known."""
    yield from (task for block in by_block(DATA) for place in block for task in missing(results, place))


def blocks(results: Results) -> list[list[Place]]:
    """Return the places of every block up to the first that is not whole."""
    return whole(results, DATA, missing)


class Decision(NamedTuple):
    """What the test decides.

    Attributes:
        lead: of .3 with biases in step over 1/D, over data sets.
        better: whether it is recommended instead.
    """

    lead: Test
    better: bool


def decision(results: Results, found: list[list[Place]]) -> Decision:
    """Return the decision.

    .3 with biases in step is better if its mean lead is positive and its worst place no more than CLOSE below 1/D's.
    """
    flat = [place for block in found for place in block]
    lead = over_data(results, found, SINGLES[NEW], SINGLES[TODAY].setting)
    new, old = (worst(results, flat, SINGLES[name]) for name in (NEW, TODAY))
    return Decision(lead, lead.effect > 0 and new >= old - CLOSE)


def verdict(results: Results) -> str:
    """Return the figures of the test and what it decides, in sentences."""
    found = blocks(results)
    if not found:
        return "Not run.\n"
    flat, lines = [place for block in found for place in block], list[str]()
    for name, each in SINGLES.items():
        effects = [difference(results, place, each, he).effect for place in flat]
        near = sum(effect >= -CLOSE for effect in effects)
        lines.append(
            f"- **{name}**: lead over tuned He in the median {median(effects):+.4f}, in the mean "
            f"{signed(over_data(results, found, each))}, −{CLOSE:g} or better at {near} of {len(flat)} places, "
            f"at worst {min(effects):+.4f} ({called(flat[effects.index(min(effects))])})."
        )
    made = decision(results, found)
    which = "**it is the better single run" if made.better else "**1/D stays the single run"
    lines.append(f"- {NEW}, leads 1/D by {signed(made.lead)}: {which} by this rule.**")
    lines.append(f"- {len(found)} of {len(BLOCKS)} blocks are whole, {len(DATA)} data sets, {len(SEEDS)} seeds.")
    return "\n".join(lines) + "\n"


def leads(results: Results) -> str:
    """Return the mean leads by data set, the least of each in brackets."""
    rows: list[list[str]] = []
    for places in zip(*blocks(results), strict=True):
        rows.append([places[0].data, *(mean_and_least(results, places, each) for each in SINGLES.values())])
    return table(["data", *(f"{name}: lead" for name in SINGLES)], rows) if rows else "Not run.\n"


def overall(results: Results) -> str:
    """Return the lead of .3 with biases in step over 1/D, on all data on which they were not found, in a sentence."""
    sets = (blocks(results), puzzle_biases.blocks(results, puzzle_biases.TESTED))
    means = [
        sum(difference(results, place, SINGLES[NEW], SINGLES[TODAY].setting).effect for place in places) / len(places)
        for found in sets
        for places in zip(*found, strict=True)
    ]
    if not means:
        return "Not run.\n"
    ahead, lead = sum(each > 0 for each in means), signed(one_sample(means))
    return (
        f"Told afterwards, on the {len(means)} data sets on which biases in step were not found, this test's among "
        f"them: {NEW}, leads 1/D in the mean over the blocks at {ahead}, by {lead}; the most is "
        f"{max(means):+.4f}, the least {min(means):+.4f}.\n"
    )


SECTIONS: dict[str, Callable[[Results], str]] = {"last verdict": verdict, "last leads": leads}
"""Of the runs of this test alone."""


def main(arguments: list[str] | None = None) -> int:
    """Make the runs that are left."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.puzzle_last", description="Make the test's runs.")
    parser.add_argument("--tables", type=Path, required=True, help="the folder of benchmarks.puzzle_rows")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no run after so many minutes")
    options = parser.parse_args(arguments)
    make(RESULTS, tasks, {name: options.tables / f"{name}.csv" for name in DATA}, options.minutes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
