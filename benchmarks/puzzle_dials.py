"""What stands beside the contest of puzzle.md: other optimisers, the dials of the rule one by one, other widths."""

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any, cast

from benchmarks.markdown import table
from benchmarks.puzzle_contest import PROCEDURES, always, difference, named, signed, test_auc
from benchmarks.puzzle_study import DEFAULT, SEEDS, Place, Results, Setting, Task, chosen, complete, known, tuned
from wishart_nn.reports.statistics import interval, paired

OTHERS = {"muon": (0.003, 0.01, 0.03, 0.1, 0.3, 1.0), "lamb": (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)}
"""Optimisers that match steps themselves, and their learning rates at He's σ to begin with."""

OTHERS_AT = tuple(Place(data, "adamw", 5, 5) for data in ("MNIST", "HIGGS", "MAGIC", "spambase"))

ABLATION_AT = (Place("HIGGS", "adamw", 10, 5), Place("MNIST", "sgd", 5, 5))

ABLATION: dict[str, tuple[str, str]] = {
    "nothing: He": ("he", "none"),
    "1/D alone": ("shared", "none"),
    "steps alone": ("he", "steps"),
    "biases alone": ("he", "biases"),
    "ε alone": ("he", "eps"),
    "all but 1/D": ("he", ""),
    "all but steps": ("shared", "biases+eps"),
    "all but biases": ("shared", "steps+eps"),
    "all but ε": ("shared", "steps+biases"),
    "all": ("shared", ""),
}
"""σ and the dials of matching."""

WIDTHS = (16, 32, 64, 128, 256)

TURNS = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Learning rates of the rule over the one to which its start is matched,"""

RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
"""and those of He."""

TRANSFER_SEEDS = (0,)


def ablated(place: Place, name: str) -> Setting:
    """Return the setting of a line of the ablation, at the default rate."""
    sigma, dials = ABLATION[name]
    matched = dials != "none"
    return Setting(sigma, DEFAULT[place.optimizer], matched, dials=dials if matched else "")


def transfer(width: int) -> tuple[Place, list[Setting], list[Setting]]:
    """Return the place of a width, the settings of the rule and those of He."""
    place = Place("HIGGS", "adamw", 5, 5, width=width)
    he = [Setting("he", lr, False) for lr in RATES]
    return place, [Setting("shared", DEFAULT["adamw"], True, turn=turn) for turn in TURNS], he


def others(results: Results, place: Place, optimizer: str) -> list[Setting]:
    """Return the settings of another optimiser among which validation chooses."""
    return tuned(results, place, {"he": OTHERS[optimizer]}, optimizer)


def _wanted(results: Results) -> Iterator[Task]:
    for place, optimizer in product(OTHERS_AT, OTHERS):
        settings = others(results, place, optimizer)
        yield from ((place, setting, SEEDS[0]) for setting in settings)
        if known(results, place, settings):
            yield from ((place, chosen(results, place, settings), seed) for seed in SEEDS)
    for place, seed, name in product(ABLATION_AT, SEEDS, ABLATION):
        yield place, ablated(place, name), seed
    for seed, width in product(TRANSFER_SEEDS, WIDTHS):
        place, rule, he = transfer(width)
        yield from ((place, setting, seed) for setting in (*rule, *he))


def beside(results: Results) -> Iterator[Task]:
    """Yield the runs beside the contest that are left to be made."""
    for place, setting, seed in _wanted(results):
        if seed not in results.get((place, setting), {}):
            yield place, setting, seed


def optimisers(results: Results) -> str:
    """Return how far the procedures, with AdamW, are ahead of the other optimisers, tuned, with He's σ."""
    rows: list[list[str]] = []
    for place, name in product(OTHERS_AT, OTHERS):
        settings = others(results, place, name)
        if place not in complete(results) or not known(results, place, settings):
            continue
        best = chosen(results, place, settings)
        aucs = test_auc(results, place, best)
        if not set(SEEDS) <= aucs.keys():
            continue
        rival = always(lambda _, best=best: best)
        leads = [signed(difference(results, place, p, rival)) for p in PROCEDURES.values()]
        auc = f"{interval(aucs.values()).mean:.4f} at {best.lr:g}"
        rows.append([place.data, str(place.depth), name, auc, str(len(settings)), *leads])
    head = ["data", "depth", "rival", "AUC, at rate", "its runs"]
    return table([*head, *(f"{name}: lead" for name in PROCEDURES)], rows)


def ablation(results: Results) -> str:
    """Return the mean test AUC of every part of the rule, and what all of it is ahead by."""
    places = [place for place in ABLATION_AT if all(_seeds(results, place, name) for name in ABLATION)]
    rows: list[list[str]] = []
    for name in ABLATION if places else ():
        cells: list[str] = []
        for place in places:
            mine = _seeds(results, place, name)
            behind = paired(mine, _seeds(results, place, "all"))
            cells += [f"{interval(mine.values()).mean:.4f}", "" if name == "all" else signed(behind)]
        rows.append([name, *cells])
    heads = [", ".join(named(place)[:4]) for place in places]
    return table(["", *(each for head in heads for each in (head, "against all"))], rows) if places else "Not run.\n"


def _seeds(results: Results, place: Place, name: str) -> dict[int, float]:
    """Return the test AUC by seed, nothing unless all have been run."""
    runs = results.get((place, ablated(place, name)), {})
    return {seed: runs[seed][1] for seed in SEEDS} if set(SEEDS) <= runs.keys() else {}


Curve = Mapping[float, float]
"""Validation AUC by learning rate."""


def curves(results: Results) -> dict[int, tuple[Curve, Curve]]:
    """Return, by width, the curve of the rule, by its rate over the matched one, and that of He."""
    found: dict[int, tuple[Curve, Curve]] = {}
    for width in WIDTHS:
        place, rule, he = transfer(width)
        seen = [results.get((place, each), {}) for each in (*rule, *he)]
        if all(TRANSFER_SEEDS[0] in runs for runs in seen):
            means = [sum(runs[s][0] for s in runs if s in TRANSFER_SEEDS) for runs in seen]
            found[width] = (
                dict(zip(TURNS, means, strict=False)),
                dict(zip(RATES, means[len(rule) :], strict=True)),
            )
    return found


def widths(results: Results) -> str:
    """Return the best rate of every width, and what the rate that is best for width 64 loses there."""
    found = curves(results)
    rows: list[list[str]] = []
    for width, pair in found.items():
        cells: list[str] = []
        for k, curve in enumerate(pair):
            best = max(curve, key=lambda rate: curve[rate])
            cells += [f"{best:g}", f"{curve[best]:.4f}"]
            if 64 in found:
                base = found[64][k]
                cells.append(f"{curve[max(base, key=lambda rate: base[rate])] - curve[best]:+.4f}")
        rows.append([str(width), *cells])
    heads = ["rule: best multiple", "AUC", "at that of 64", "He: best rate", "AUC", "at that of 64"]
    return table(["width", *heads], rows) if 64 in found else "Not run.\n"


PICTURE = Path(__file__).parent / "results" / "puzzle_widths.svg"


def draw(results: Results) -> None:
    """Draw the curves of `curves` into PICTURE."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams["svg.hashsalt"] = "puzzle"
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    axes: Any = figure.subplots(1, 2, sharey=True)
    for (width, pair), shade in zip(curves(results).items(), ("0.75", "0.6", "0.45", "0.25", "0"), strict=False):
        for ax, curve in zip(axes, pair, strict=True):
            ax.plot(list(curve), list(curve.values()), marker="o", markersize=3, color=shade, label=str(width))
    for ax, title, what in zip(
        axes, ("1/D, matched", "He"), ("rate over the matched one", "learning rate"), strict=True
    ):
        ax.set(xscale="log", title=title, xlabel=what)
        ax.grid(alpha=0.3)
    axes[0].set_ylabel("validation AUC")
    if axes[1].lines:
        axes[1].legend(title="width", fontsize="small")
    cast(Any, figure).savefig(PICTURE, metadata={"Date": None})


SECTIONS: dict[str, Callable[[Results], str]] = {
    "optimisers": optimisers,
    "ablation": ablation,
    "widths": widths,
}
