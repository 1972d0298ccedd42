"""The tables of mnist.md as a function of results/mnist_study.jsonl alone; `python -m benchmarks.mnist` writes them."""

import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from benchmarks.markdown import fill, table
from benchmarks.mnist_study import (
    BATCH,
    CHOSEN_BY,
    METHODS,
    OURS,
    PLACES,
    RADII,
    RESULTS,
    RIVALS,
    ROWS,
    SEEDS,
    Place,
    Results,
    Run,
    Setting,
    chosen,
    is_tuned,
    read,
    read_costs,
)
from wishart_moments.files import write_atomically
from wishart_nn.reports.statistics import Test, interval, paired

TEXT = Path(__file__).parent / "mnist.md"

STEPS = -(-ROWS[0] // BATCH)
"""Of an epoch."""


def complete(results: Results, place: Place, methods: Iterable[str] | None = None) -> dict[str, Setting]:
    """Return the chosen setting of every method (of these, if given) of which all runs are there."""
    asked = METHODS[place.shape] if methods is None else methods
    tuned = {method: chosen(results, place, method) for method in asked if is_tuned(results, place, method)}
    return {method: each for method, each in tuned.items() if results[place, each].keys() >= set(SEEDS)}


def certified(runs: Mapping[int, Run], eps: float = CHOSEN_BY) -> dict[int, float]:
    """Return the certified test accuracy of each seed."""
    return {seed: run.test.certified[RADII.index(eps)] for seed, run in runs.items()}


def best(results: Results, place: Place, methods: Iterable[str]) -> str | None:
    """Return the method with the greatest mean certified test accuracy, chosen afterwards."""
    there = complete(results, place, methods)
    return max(there, key=lambda method: interval(certified(results[place, there[method]]).values()).mean, default=None)


def lead(results: Results, place: Place) -> tuple[str, str, Test] | None:
    """Return the best of ours, the best rival, and what the first is ahead by, paired over the seeds."""
    mine, rival = (best(results, place, each[place.shape]) for each in (OURS, RIVALS))
    if mine is None or rival is None:
        return None
    there = complete(results, place)
    return mine, rival, paired(*(certified(results[place, there[each]]) for each in (mine, rival)))


def scores(results: Results, place: Place) -> str:
    """Return the accuracies of the methods in percent, with the setting that validation chose."""
    there, rows = complete(results, place), list[list[str]]()
    for method in METHODS[place.shape]:
        if method not in there:
            rows.append([method, "not run", *[""] * (3 + len(RADII))])
            continue
        setting = there[method]
        runs = results[place, setting]
        steps = runs[SEEDS[0]].steps
        columns = [[run.test.accuracy for run in runs.values()], *(certified(runs, eps).values() for eps in RADII)]
        chose = f"{setting.lr:g}, {setting.temperature:g}"
        rows.append([method, chose, f"{steps / STEPS:.1f}", *map(_percent, columns)])
    return table(["", "rate, t", "epochs", "accuracy", *(f"certified, {eps:g}" for eps in RADII)], rows)


def _percent(values: Iterable[float]) -> str:
    found = interval([100 * value for value in values])
    return f"{found.mean:.1f} ± {found.half:.1f}"


def costs(text: str, shape: str) -> str:
    """Return what a step and an epoch of each method cost."""
    found = read_costs(text).get(shape, {})
    rows = ([method, f"{1000 * cost:.1f}", f"{STEPS * cost:.2f}"] for method, cost in found.items())
    return table(["", "a step, ms", "an epoch, s"], rows)


def verdict(results: Results) -> str:
    """Return the leads in sentences."""
    lines = list[str]()
    for place in PLACES:
        found = lead(results, place)
        what = {"time": "equal time", "epochs": "equal epochs"}[place.equal] + f", {place.shape}"
        if found is None:
            lines.append(f"- At {what}: not run.")
            continue
        mine, rival, test = found
        reached = "met" if test.effect >= 0 else "**missed**"
        lines.append(
            f"- At {what}, ε = {CHOSEN_BY:g}: {mine} against {rival}, the best rival: "
            f"{100 * test.effect:+.1f} ± {100 * test.interval.half:.1f} points, p = {test.p:.2g}; the aim, no less "
            f"than the rival, is {reached}."
        )
    return "\n".join(lines) + "\n"


def render(page: str, text: str) -> str:
    """Return the page with every table between its markers made anew from the text of the results."""
    results = read(text)
    made: dict[str, Callable[[], str]] = {"verdict": partial(verdict, results)}
    made |= {f"{place.shape} {place.equal}": partial(scores, results, place) for place in PLACES}
    made |= {f"{shape} costs": partial(costs, text, shape) for shape in METHODS}
    return fill(page, made, "mnist.md")


def main() -> int:
    """Write the tables."""
    page = render(TEXT.read_text("utf-8"), RESULTS.read_text("utf-8"))
    write_atomically(TEXT, page, overwrite=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
