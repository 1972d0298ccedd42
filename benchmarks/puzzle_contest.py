"""The tables of puzzle.md about tuned rivals, as a function of results/puzzle_study.jsonl alone."""

from collections.abc import Callable, Mapping
from statistics import median
from typing import NamedTuple

from benchmarks.markdown import table
from benchmarks.puzzle_study import (
    DATA,
    FOUND_ON,
    OPTIMIZERS,
    SEEDS,
    SHARES,
    SIGMAS,
    Place,
    Results,
    Setting,
    chosen,
    complete,
    earlier,
    four,
    passes,
    places,
    planned,
    rivals,
    shared,
    tried,
)
from wishart_nn.reports.statistics import SIGNIFICANT, Test, holm, one_sample, paired

CLOSE = 0.002
"""Of AUC: what a rule was to lose at most."""


Best = Callable[[Results, Place], Setting]
"""The setting to which something comes at a place."""


GONE = 0.6
"""A test AUC below it is near chance, or on the wrong side of it."""


class Procedure(NamedTuple):
    """A matched start, and what it costs at a place, in runs."""

    runs: int
    setting: Best


def always(setting: Callable[[Place], Setting]) -> Best:
    """Return what needs no results."""

    def found(results: Results, place: Place) -> Setting:  # noqa: ARG001
        return setting(place)

    return found


def best_of(settings: Callable[[Place], list[Setting]], count: int) -> Best:
    """Return the choice of validation among the first so many settings."""

    def found(results: Results, place: Place) -> Setting:
        return chosen(results, place, settings(place)[:count])

    return found


PROCEDURES = {
    "1/D": Procedure(1, always(shared)),
    "trials": Procedure(2, tried),
    "three": Procedure(3, best_of(four, 3)),
    "four": Procedure(4, best_of(four, 4)),
}

BEFORE = {"0.15/epochs": Procedure(1, always(passes)), "1/D, .1 or .01": Procedure(3, best_of(earlier, 3))}
"""Those of an earlier design, where they were run."""


def test_auc(results: Results, place: Place, setting: Setting) -> dict[int, float]:
    """Return the test AUC of every seed."""
    return {seed: auc for seed, (_, auc) in results[place, setting].items()}


def rival(results: Results, place: Place) -> Setting:
    """Return the fixed σ and learning rate with the best validation AUC."""
    return chosen(results, place, rivals(results, place))


def difference(results: Results, place: Place, procedure: Procedure, best: Best = rival) -> Test:
    """Return what a procedure is ahead of the best tuned rival by, tested over the seeds."""
    mine = procedure.setting(results, place)
    return paired(test_auc(results, place, mine), test_auc(results, place, best(results, place)))


def signed(test: Test, mark: str = "") -> str:
    """Return an effect with its interval."""
    return f"{test.effect:+.4f} ± {test.interval.half:.4f}{mark}"


def named(place: Place) -> list[str]:
    """Return what a place is called in the columns of a table."""
    kind = place.architecture + ("" if place.activation == "relu" else f", {place.activation}")
    return [place.data, place.optimizer, kind, str(place.depth), str(place.epochs)]


HEAD = ["data", "optimiser", "network", "depth", "epochs"]


def share(setting: Setting) -> str:
    """Return the share of a matched start, and 2× where its steps are longer."""
    value = "1/D" if setting.sigma == "shared" else setting.sigma.removeprefix("predicted(").removesuffix(")")
    return value + (f" {setting.turn:g}×" if setting.turn != 1 else "")


def _order(place: Place) -> tuple[int, str, str, str, int, int]:
    return DATA.index(place.data), place.architecture, place.activation, place.optimizer, place.epochs, place.depth


def finished(results: Results) -> list[Place]:
    """Return the places that are complete, in the order of the tables."""
    return sorted(complete(results), key=_order)


def contest(results: Results) -> str:
    """Return every procedure beside the best tuned rival at every place that is complete."""
    found = finished(results)
    tests = {(place, name): difference(results, place, each) for place in found for name, each in PROCEDURES.items()}
    adjusted = dict(zip(tests, holm([test.p for test in tests.values()]), strict=True))
    rows: list[list[str]] = []
    for place in found:
        best = rival(results, place)
        auc = one_sample(test_auc(results, place, best).values()).interval
        gaps: list[str] = []
        for name, each in PROCEDURES.items():
            mark = " \\*" if adjusted[place, name] < SIGNIFICANT else ""
            at = "" if name == "1/D" else f" at {share(each.setting(results, place))}"
            gaps.append(signed(tests[place, name], mark) + at)
        against = f"{auc.mean:.4f} at {SIGMAS[best.sigma]}, {best.lr:g}"
        rows.append([*named(place), against, str(len(rivals(results, place))), str(auc.n), *gaps])
    leads = [f"{name}, {_tries(each)}: lead" for name, each in PROCEDURES.items()]
    return table([*HEAD, "best tuned, at σ√n, rate", "its runs", "seeds", *leads], rows)


def _tries(procedure: Procedure) -> str:
    return f"{procedure.runs} run{'s' if procedure.runs > 1 else ''}"


def over(results: Results, found: list[Place], procedure: Procedure, best: Best = rival) -> tuple[Test, list[float]]:
    """Return the mean lead over places, tested over the seeds that all of them have, and the lead at each."""
    settings = [(place, procedure.setting(results, place), best(results, place)) for place in found]
    common = set[int].intersection(*(set(results[p, s]) for p, *two in settings for s in two))
    gaps = {s: [results[p, a][s][1] - results[p, b][s][1] for p, a, b in settings] for s in sorted(common)}
    mean = one_sample(sum(each) / len(each) for each in gaps.values())
    return mean, [difference(results, place, procedure, best).effect for place in found]


def score(results: Results, found: list[Place], procedure: Procedure) -> list[str]:
    """Return the median lead over the places, the mean, the least, and where it is enough, in words."""
    mean, single = over(results, found, procedure)
    near = f"{sum(each >= -CLOSE for each in single)} of {len(single)}"
    return [f"{median(single):+.4f}", signed(mean), f"{min(single):+.4f}", near]


Group = tuple[str, Callable[[Place], bool]]

GROUPS: tuple[Group, ...] = (
    *((data, lambda place, data=data: place.data == data) for data in DATA),
    ("all but HIGGS", lambda place: place.data not in FOUND_ON),
    *((o, lambda place, o=o: place.data not in FOUND_ON and place.optimizer == o) for o in OPTIMIZERS),
    *((f"depth {d}", lambda place, d=d: place.data not in FOUND_ON and place.depth == d) for d in (2, 5, 10)),
    *((f"{e} epochs", lambda place, e=e: place.data not in FOUND_ON and place.epochs == e) for e in (5, 15)),
)
"""The places over which the summary takes means; from the fifth line on, without the data the rules were found on."""


def summary(results: Results) -> str:
    """Return the mean lead of each procedure over groups of places, its worst and its count."""
    rows: list[list[str]] = []
    for name, belongs in GROUPS:
        found = [place for place in finished(results) if belongs(place)]
        for procedure, each in PROCEDURES.items() if found else ():
            tries = sum(len(rivals(results, place)) for place in found) / len(found)
            runs = f"{each.runs} against {tries:.0f}"
            rows.append([name, str(len(found)), procedure, runs, *score(results, found, each)])
    return table(
        ["places", "number", "procedure", "runs", "median lead", "mean lead", "worst place", f"≥ −{CLOSE:g} at"], rows
    )


def before(results: Results) -> str:
    """Return the score of the earlier procedures where they were run, with that of the present ones there."""
    found = [p for p in finished(results) if all(_run(results, p, s) for s in (passes(p), *earlier(p)))]
    rows: list[list[str]] = []
    for data in DATA:
        here = [place for place in found if place.data == data]
        for name, each in ({**BEFORE, **PROCEDURES} if here else {}).items():
            rows.append([data, str(len(here)), name, str(each.runs), *score(results, here, each)])
    return table(
        ["data", "places", "procedure", "runs", "median lead", "mean lead", "worst place", f"≥ −{CLOSE:g} at"], rows
    )


def _run(results: Results, place: Place, setting: Setting) -> bool:
    return set(SEEDS) <= results.get((place, setting), {}).keys()


def rates(results: Results, data: str) -> str:
    """Return the validation AUC of the first seed by optimiser, depth, σ√n and rate: chains of ReLU, five epochs."""
    plain = [Place(data, o, depth, 5) for o in OPTIMIZERS for depth in (2, 5, 10)]
    found = [place for place in plain if place in complete(results)]
    lines: list[tuple[list[str], dict[float, float]]] = []
    for place in found:
        for sigma, root in SIGMAS.items():
            tries = [each for each in rivals(results, place) if each.sigma == sigma]
            aucs = {each.lr: results[place, each][SEEDS[0]][0] for each in tries}
            if aucs:
                lines.append(([place.optimizer, str(place.depth), root], aucs))
    lrs = sorted({lr for _, aucs in lines for lr in aucs})
    rows = [[*head, *(_best(aucs, lr) for lr in lrs)] for head, aucs in lines]
    return table(["optimiser", "depth", "σ√n", *(f"{lr:g}" for lr in lrs)], rows) if rows else "Not run.\n"


def _best(aucs: Mapping[float, float], lr: float) -> str:
    if lr not in aucs:
        return ""
    return f"**{aucs[lr]:.3f}**" if aucs[lr] == max(aucs.values()) else f"{aucs[lr]:.3f}"


def count(results: Results) -> str:
    """Return what was run and what was cut, in a sentence."""
    done, all_ = complete(results), places()
    runs = sum(map(len, results.values()))
    cut: dict[tuple[str, int, int], list[str]] = {}
    for place in all_:
        if place not in done:
            cut.setdefault((place.optimizer, place.epochs, place.depth), []).append(place.data)
    lacking = "; ".join(f"{o}, {e} epochs, depth {d} ({', '.join(data)})" for (o, e, d), data in cut.items())
    used = sum(len(list(planned(results, place))) for place in done)
    return (
        f"{runs} runs, of which {used} decide the contest at the {len(done)} of {len(all_)} planned places that are "
        + f"complete.{f' Not complete, and not in the tables: {lacking}.' if cut else ''}\n"
    )


def verdict(results: Results) -> str:
    """Return the findings in figures: on the data that the rules were not found on, and over all places."""
    lines: list[str] = []
    every = finished(results)
    for title, found in (
        ("MAGIC, MNIST and spambase", [place for place in every if place.data not in FOUND_ON]),
        ("HIGGS", [place for place in every if place.data in FOUND_ON]),
    ):
        if not found:
            continue
        tries = sum(len(rivals(results, place)) for place in found) / len(found)
        lines.append(f"- **{title}**: {len(found)} places, {tries:.0f} settings of the rivals tried at each.")
        tests = {(p, name): difference(results, p, each) for p in found for name, each in PROCEDURES.items()}
        adjusted = dict(zip(tests, holm([test.p for test in tests.values()]), strict=True))
        for name, each in PROCEDURES.items():
            middle, mean, worst, close = score(results, found, each)
            clear = [tests[p, name].effect > 0 for p in found if adjusted[p, name] < SIGNIFICANT]
            lines.append(
                f"    - {name}, {_tries(each)}: median {middle}, mean {mean}, worst {worst}, −{CLOSE:g} or better at "
                f"{close}; after Holm's correction ahead at {sum(clear)} and behind at {len(clear) - sum(clear)}."
            )
    return "\n".join(lines) + "\n"


def findings(results: Results) -> str:
    """Return how often each procedure is near enough, its worst place, and what a rival is tuned with, in sentences."""
    found = finished(results)
    if not found:
        return "Not run.\n"
    lines: list[str] = []
    for name, each in PROCEDURES.items():
        tests = {place: difference(results, place, each) for place in found}
        near = sum(test.effect >= -CLOSE for test in tests.values())
        worst = min(found, key=lambda place, tests=tests: tests[place].effect)
        where = f"{', '.join(named(worst)[:3])}, depth {worst.depth}, {worst.epochs} epochs"
        ahead = sum(test.effect > 0 for test in tests.values())
        clear = sum(test.interval.low >= -CLOSE for test in tests.values())
        lines.append(
            f"- **{name}** ({_tries(each)}): −{CLOSE:g} or better at {near} of {len(found)} places (with the whole "
            f"interval at {clear}), ahead at {ahead}; the worst is {where}: {signed(tests[worst])}."
        )
    tries = [len(rivals(results, place)) for place in found]
    lines.append(f"- The rival is the best of {min(tries)} to {max(tries)} settings at each place.")
    gone = {
        name: sum(min(test_auc(results, place, best(results, place)).values()) < GONE for place in found)
        for name, best in {"the rival": rival, **{name: each.setting for name, each in PROCEDURES.items()}}.items()
    }
    told = ", ".join(f"{name} at {number}" for name, number in gone.items())
    lines.append(f"- What the first seed chose ends near chance (below {GONE:g}) with another seed: {told}.")
    return "\n".join(lines) + "\n"


def untuned(results: Results) -> str:
    """Return what the best σ and rate for all places of an optimiser, chosen with hindsight, loses to tuned ones."""
    rows: list[list[str]] = []
    for optimizer in OPTIMIZERS:
        found = [place for place in finished(results) if place.optimizer == optimizer]
        if not found:
            continue

        def row(name: str, runs: int, best: Best, found: list[Place] = found) -> list[str]:
            aucs = [[results[p, each(results, p)][SEEDS[0]][1] for each in (best, rival)] for p in found]
            gaps = [mine - tuned for mine, tuned in aucs]
            return [
                found[0].optimizer,
                str(len(found)),
                name,
                str(runs),
                f"{sum(gaps) / len(gaps):+.4f}",
                f"{min(gaps):+.4f}",
            ]

        common = set[Setting].intersection(*(set(rivals(results, place)) for place in found))
        total = {each: sum(results[place, each][SEEDS[0]][1] for place in found) for each in common}
        one = max(sorted(total, key=str), key=lambda each: total[each])
        rows.append(row(f"σ√n = {SIGMAS[one.sigma]} at {one.lr:g}", 1, always(lambda _, one=one: one)))
        rows += [row(f"s = {s:g}", 1, always(lambda place, s=s: shared(place, s))) for s in SHARES]
        rows += [row(name, each.runs, each.setting) for name, each in PROCEDURES.items()]
    return table(["optimiser", "places", "setting", "runs", "mean lead", "worst place"], rows)


SECTIONS: dict[str, Callable[[Results], str]] = {
    "study count": count,
    "study findings": findings,
    "study verdict": verdict,
    "study summary": summary,
    "study before": before,
    "study untuned": untuned,
    "study": contest,
    **{f"rates {data}": (lambda results, data=data: rates(results, data)) for data in DATA},
}
