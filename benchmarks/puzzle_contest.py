"""The tables of puzzle.md about tuned rivals, as a function of results/puzzle_study.jsonl alone."""

from collections.abc import Callable, Iterable, Mapping

from benchmarks.puzzle_study import (
    DATA,
    EPOCHS,
    OPTIMIZERS,
    SEEDS,
    Place,
    Results,
    Setting,
    chosen,
    complete,
    passes,
    places,
    planned,
    rivals,
    shared,
    three,
)
from wishart_nn.reports.statistics import Test, holm, one_sample, paired

CLOSE = 0.002
"""Of AUC: what the rule was to lose at most."""

ROOTS = {"he": "1", "10/sqrt(n)": "10"}
"""σ√n of the rivals."""

PROCEDURES: dict[str, tuple[int, Callable[[Results, Place], Setting]]] = {
    "1/D": (1, lambda _, place: shared(place)),
    "0.15/epochs": (1, lambda _, place: passes(place)),
    "three shares": (3, lambda results, place: chosen(results, place, three(place))),
}
"""The matched starts, how many settings each tries at a place, and the setting that it comes to."""


def test_auc(results: Results, place: Place, setting: Setting) -> dict[int, float]:
    """Return the test AUC of every seed."""
    return {seed: auc for seed, (_, auc) in results[place, setting].items()}


def rival(results: Results, place: Place) -> Setting:
    """Return the fixed σ and learning rate with the best validation AUC."""
    return chosen(results, place, rivals(results, place))


def difference(results: Results, place: Place, name: str) -> Test:
    """Return what a procedure is ahead of the best tuned rival by, tested over the seeds."""
    mine = PROCEDURES[name][1](results, place)
    return paired(test_auc(results, place, mine), test_auc(results, place, rival(results, place)))


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown."""
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _signed(test: Test, mark: str = "") -> str:
    return f"{test.effect:+.3f} ± {test.interval.half:.3f}{mark}"


def _name(place: Place) -> list[str]:
    return [place.data, place.optimizer, str(place.depth), str(place.epochs)]


def contest(results: Results) -> str:
    """Return every procedure beside the best tuned rival at every place that is complete."""
    found = sorted(complete(results), key=lambda p: (p.data, p.optimizer, p.epochs, p.depth))
    tests = {(place, name): difference(results, place, name) for place in found for name in PROCEDURES}
    adjusted = dict(zip(tests, holm([test.p for test in tests.values()]), strict=True))
    rows: list[list[str]] = []
    for place in found:
        best = rival(results, place)
        auc = one_sample(test_auc(results, place, best).values()).interval
        picked = PROCEDURES["three shares"][1](results, place).sigma
        share = "1/D" if picked == "shared" else picked.removeprefix("predicted(").removesuffix(")")
        gaps = [_signed(tests[place, n], " \\*" if adjusted[place, n] < 0.05 else "") for n in PROCEDURES]
        against = f"{auc.mean:.3f} ± {auc.half:.3f} at {ROOTS[best.sigma]}, {best.lr:g}"
        rows.append([*_name(place), against, str(len(rivals(results, place))), *gaps[:2], f"{gaps[2]} at {share}"])
    head = ["data", "optimiser", "depth", "epochs", "best tuned, at σ√n, rate", "its runs"]
    return table([*head, *(f"lead of {name}" for name in PROCEDURES)], rows)


def summary(results: Results) -> str:
    """Return, by data set and budget, the mean lead of each procedure over the places, its worst and its count."""
    groups: dict[tuple[str, int], list[Place]] = {(data, epochs): [] for data in DATA for epochs in EPOCHS}
    for place in complete(results):
        groups[place.data, place.epochs].append(place)
    rows: list[list[str]] = []
    for (data, epochs), found in groups.items():
        for name, (runs, _) in PROCEDURES.items() if found else ():
            rows.append([data, str(epochs), str(len(found)), name, str(runs), *_over(results, found, name)])
    head = ["data", "epochs", "places", "procedure", "runs a place", "mean lead", "worst place", f"≥ −{CLOSE:g} at"]
    return table(head, rows)


def _over(results: Results, found: list[Place], name: str) -> list[str]:
    settings = [(p, PROCEDURES[name][1](results, p), rival(results, p)) for p in found]
    gaps = {s: [results[p, a][s][1] - results[p, b][s][1] for p, a, b in settings] for s in SEEDS}
    mean = one_sample(sum(each) / len(each) for each in gaps.values())
    single = [difference(results, place, name).effect for place in found]
    return [_signed(mean), f"{min(single):+.3f}", f"{sum(each >= -CLOSE for each in single)} of {len(single)}"]


def rates(results: Results, data: str, optimizer: str) -> str:
    """Return the validation AUC of the first seed by σ√n and learning rate, at the smaller budget."""
    where = (data, optimizer, EPOCHS[0])
    found = [place for place in sorted(complete(results)) if (place.data, place.optimizer, place.epochs) == where]
    blocks: list[str] = []
    for sigma, root in ROOTS.items():
        aucs = {
            place: {
                each.lr: results[place, each][SEEDS[0]][0] for each in rivals(results, place) if each.sigma == sigma
            }
            for place in found
        }
        lrs = sorted({lr for each in aucs.values() for lr in each})
        rows = [[str(place.depth), *(_best(each, lr) for lr in lrs)] for place, each in aucs.items()]
        blocks.append(table([f"σ√n = {root}, depth", *(f"rate {lr:g}" for lr in lrs)], rows))
    return "\n".join(blocks) if found else "Not run.\n"


def _best(aucs: Mapping[float, float], lr: float) -> str:
    if lr not in aucs:
        return ""
    return f"**{aucs[lr]:.3f}**" if aucs[lr] == max(aucs.values()) else f"{aucs[lr]:.3f}"


def count(results: Results) -> str:
    """Return what was run and what was cut, in a sentence."""
    done, all_ = complete(results), places()
    runs = sum(map(len, results.values()))
    used = sum(len(list(planned(results, place))) for place in done)
    cut: dict[tuple[str, int, int], list[str]] = {}
    for place in all_:
        if place not in done:
            cut.setdefault((place.optimizer, place.epochs, place.depth), []).append(place.data)
    lacking = "; ".join(f"{o}, {e} epochs, depth {d} ({', '.join(data)})" for (o, e, d), data in cut.items())
    return (
        f"{runs} runs; {used} of them at the {len(done)} of {len(all_)} planned places that are complete."
        + (f" Not complete, and not in the tables: {lacking}." if cut else "")
        + "\n"
    )


def verdict(results: Results) -> str:
    """Return the score of every procedure on every data set."""
    lines: list[str] = []
    for data in DATA:
        found = [place for place in complete(results) if place.data == data]
        if not found:
            continue
        tried = sum(len(rivals(results, place)) for place in found) / len(found)
        lines.append(f"- {data}, {len(found)} places, against {tried:.1f} settings tried at each:")
        for name, (runs, _) in PROCEDURES.items():
            mean, worst, close = _over(results, found, name)
            tries = f"{runs} setting{'s' if runs > 1 else ''}"
            lines.append(
                f"    - {name}, {tries}: {mean} on average, {worst} at worst, −{CLOSE:g} or better at {close}."
            )
    return "\n".join(lines) + "\n"


SECTIONS: Mapping[str, Callable[[Results], str]] = {
    "study count": count,
    "study verdict": verdict,
    "study summary": summary,
    "study": contest,
    **{f"rates {d} {o}": (lambda results, d=d, o=o: rates(results, d, o)) for d in DATA for o in OPTIMIZERS},
}
