"""Biases whose steps are matched, too: found on some of the fresh data, tested on the others and on those of the study.

`python -m benchmarks.puzzle_biases --higgs FILE --tables FOLDER` makes the runs that results/puzzle_biases.jsonl lacks,
as `benchmarks.puzzle_study` does. The design and `decision` were written before the first of them.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from benchmarks import puzzle_contest, puzzle_fresh
from benchmarks.markdown import table
from benchmarks.puzzle_contest import CLOSE, Procedure, difference, signed
from benchmarks.puzzle_fresh import BLOCKS, CANDIDATES, by_block, called, mean_and_least, over_data, whole
from benchmarks.puzzle_study import (
    DATA,
    TRIAL,
    Place,
    Results,
    Setting,
    Task,
    four,
    known,
    make,
    shared,
    tried,
)
from wishart_nn.reports.statistics import Test
from wishart_nn.starts import chosen_start

RESULTS = Path(__file__).parent / "results" / "puzzle_biases.jsonl"

SEEDS = (0, 1, 2)

TESTED = (*DATA, "penbased", "twonorm", "optdigits", "texture")
"""Data sets on which no run with such biases had been made,"""

FOUND_ON = ("banana", "ring", "phoneme", "marketing", "satimage")
"""and those on which the change was found."""

DIALS = "steps+biases+eps+in-step"

MARGIN = 0.001
"""Of AUC: what biases in step may cost in the mean, where they are not needed."""


def _in_step(procedure: Procedure) -> Procedure:
    def setting(results: Results, place: Place) -> Setting:
        return replace(procedure.setting(results, place), dials=DIALS)

    return Procedure(procedure.runs, setting)


IN_STEP = {name: _in_step(each) for name, each in CANDIDATES.items()}
"""The single runs, their biases in step."""


TRIALS_BLOCKS = BLOCKS[:4]
"""Where the trials were made with biases in step, too, after all tests: so the package makes them since."""


def _trials(place: Place) -> list[Setting]:
    return [replace(each, dials=DIALS) for each in four(place, TRIAL)]


def _tried(results: Results, place: Place) -> Setting:
    start = chosen_start([results[place, each][SEEDS[0]][0] for each in _trials(place)])
    return replace(shared(place, start.share, turn=start.step_length), dials=DIALS)


TRIALS_IN_STEP = Procedure(2, _tried)


def paired_seeds(results: Results) -> Results:
    """Return the runs of SEEDS alone, on which everything here is compared."""
    return {key: {seed: runs[seed] for seed in SEEDS if seed in runs} for key, runs in results.items()}


def rival(results: Results, place: Place) -> Setting:
    """Return the tuned rival of a place: the best fixed σ in the study, He on the fresh data."""
    return (puzzle_fresh.he if place.data in puzzle_fresh.DATA else puzzle_contest.rival)(results, place)


def blocks(results: Results, data: tuple[str, ...]) -> list[list[Place]]:
    """Return the places of every block that is whole on these data, up to the first that is not."""
    return whole(results, data, missing)


def missing(results: Results, place: Place) -> Iterator[Task]:
    """Yield the runs of a place that are left to be made."""
    for each in IN_STEP.values():
        setting = each.setting(results, place)
        yield from ((place, setting, s) for s in SEEDS if s not in results.get((place, setting), {}))


def tasks(results: Results) -> Iterator[Task]:
    """Yield the runs that are left to be made: those of the test before those of the data the change was found on."""
    for data in (TESTED, FOUND_ON):
        yield from (task for block in by_block(data) for place in block for task in missing(results, place))
    for block in by_block((*TESTED, *FOUND_ON), TRIALS_BLOCKS):
        for place in block:
            trials = _trials(place)
            yield from ((place, setting, SEEDS[0]) for setting in trials if (place, setting) not in results)
            if known(results, place, trials):
                final = _tried(results, place)
                yield from ((place, final, seed) for seed in SEEDS if seed not in results.get((place, final), {}))


def worst(results: Results, found: list[list[Place]], procedure: Procedure) -> tuple[float, Place]:
    """Return the least lead over the tuned rival, and where it is."""
    places = [place for block in found for place in block]
    leads = [difference(results, place, procedure, rival).effect for place in places]
    return min(leads), places[leads.index(min(leads))]


class Decision(NamedTuple):
    """What the test decides.

    Attributes:
        lead: of 1/D with biases in step over 1/D without, over data sets.
        adopted: whether matching has them from now on.
        least: the share that loses least at worst with them.
        share: its mean lead over 1/D with them; none if it is 1/D.
    """

    lead: Test
    adopted: bool
    least: str
    share: Test | None


def decision(results: Results, found: list[list[Place]]) -> Decision:
    """Return the decision.

    Biases in step are adopted if they cost 1/D less than MARGIN in the mean, by the lower limit of 95 % over the data
    sets, and no more than CLOSE at the worst place. The share, with them: as `puzzle_fresh.decision`.
    """
    today = next(iter(CANDIDATES))
    lead = over_data(results, found, IN_STEP[today], CANDIDATES[today].setting)
    new, old = (worst(results, found, each[today])[0] for each in (IN_STEP, CANDIDATES))
    least = max(IN_STEP, key=lambda name: worst(results, found, IN_STEP[name])[0])
    share = over_data(results, found, IN_STEP[least], IN_STEP[today].setting) if least != today else None
    return Decision(lead, lead.interval.low > -MARGIN and new >= old - CLOSE, least, share)


def everywhere(results: Results) -> list[Place]:
    """Return the places of all whole blocks."""
    return [place for data in (TESTED, FOUND_ON) for block in blocks(results, data) for place in block]


def verdict(results: Results) -> str:
    """Return the figures of the test and what it decides, in sentences."""
    found = blocks(results, TESTED)
    if not found:
        return "Not run.\n"
    made, lines = decision(results, found), list[str]()
    for name, each in IN_STEP.items():
        least, where = worst(results, found, each)
        before = "" if name != "1/D" else f"; without them {worst(results, found, CANDIDATES[name])[0]:+.4f}"
        places = [place for block in found for place in block]
        near = sum(difference(results, place, each, rival).effect >= -CLOSE for place in places)
        lines.append(
            f"- **{name}, biases in step**: mean lead over tuned rivals "
            f"{signed(over_data(results, found, each, rival))}, −{CLOSE:g} or better at {near} of {len(places)} "
            f"places, at worst {least:+.4f} ({called(where)}){before}."
        )
    lines.append(
        f"- 1/D with biases in step leads 1/D without by {signed(made.lead)}: "
        + ("**they become a part of matching.**" if made.adopted else "**matching stays as it is.**")
    )
    if made.share:
        sure = "surely" if made.share.interval.low > 0 else "not surely"
        lines.append(
            f"- With them, {made.least} loses least at worst; its lead over 1/D, {sure}: {signed(made.share)}."
        )
    else:
        lines.append("- With them, 1/D loses least at worst.")
    lines.append("- Told afterwards, on all data sets, those among them on which the change was found:")
    every = everywhere(results)
    for name, each in {"1/D, biases as before": CANDIDATES["1/D"], "0.3, biases in step": IN_STEP["0.3"]}.items():
        effects = [difference(results, place, each, rival).effect for place in every]
        near = sum(effect >= -CLOSE for effect in effects)
        where = called(every[effects.index(min(effects))])
        lines.append(
            f"    - {name}: −{CLOSE:g} or better at {near} of {len(every)}, at worst {min(effects):+.4f} ({where})."
        )
    lines.append(f"- {len(found)} of {len(BLOCKS)} blocks, {len(TESTED)} data sets, {len(SEEDS)} seeds.")
    lines += _of_trials(results)
    return "\n".join(lines) + "\n"


def _of_trials(results: Results) -> list[str]:
    """Return what trials with biases in step come to, where they were made, beside those without and .3 alone."""
    found = by_block((*TESTED, *FOUND_ON), TRIALS_BLOCKS)
    places = [place for block in found for place in block]
    if any(not known(results, each, _trials(each)) or (each, _tried(results, each)) not in results for each in places):
        return []
    lines = [f"- Told afterwards, *trials* at {len(places)} places, {len(TRIALS_BLOCKS)} blocks on all data sets:"]
    for name, each in {
        "biases in step": TRIALS_IN_STEP,
        "biases as before": Procedure(2, tried),
        "no trials, .3 in step": IN_STEP["0.3"],
    }.items():
        effects = [difference(results, place, each, rival).effect for place in places]
        near = sum(effect >= -CLOSE for effect in effects)
        where = called(places[effects.index(min(effects))])
        lines.append(
            f"    - {name}: mean lead over tuned rivals {signed(over_data(results, found, each, rival))}, "
            f"−{CLOSE:g} or better at {near}, at worst {min(effects):+.4f} ({where})."
        )
    return lines


def leads(results: Results) -> str:
    """Return the mean leads over tuned rivals by data set, and the least: 1/D without, all with biases in step."""
    procedures = {"1/D, biases as before": CANDIDATES["1/D"]} | {f"{k}, in step": each for k, each in IN_STEP.items()}
    rows: list[list[str]] = []
    for data in (TESTED, FOUND_ON):
        found = blocks(results, data)
        for places in zip(*found, strict=True):
            cells = [mean_and_least(results, places, each, rival) for each in procedures.values()]
            rows.append([places[0].data + ("" if data == TESTED else " \\*"), str(len(places)), *cells])
    return table(["data", "places", *(f"{name}: lead" for name in procedures)], rows) if rows else "Not run.\n"


SECTIONS: dict[str, Callable[[Results], str]] = {"biases verdict": verdict, "biases leads": leads}


def main(arguments: list[str] | None = None) -> int:
    """Make the runs that are left."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.puzzle_biases", description="Make the test's runs.")
    parser.add_argument("--higgs", type=Path, required=True, help="HIGGS_sample.csv.gz")
    parser.add_argument("--tables", type=Path, required=True, help="the folder of benchmarks.puzzle_rows")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no run after so many minutes")
    options = parser.parse_args(arguments)
    files = {name: options.tables / f"{name.lower()}.csv" for name in (*TESTED, *FOUND_ON)} | {"HIGGS": options.higgs}
    make(RESULTS, tasks, files, options.minutes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
