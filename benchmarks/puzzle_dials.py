"""What stands beside the contest of puzzle.md: other optimisers, the dials of the rule one by one, other widths."""

from collections.abc import Iterator
from itertools import product

from benchmarks.puzzle_study import DEFAULT, SEEDS, Place, Results, Setting, Task, chosen, known, tuned

OTHERS = {"muon": (0.003, 0.01, 0.03, 0.1, 0.3, 1.0), "lamb": (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)}
"""Optimisers that match steps themselves, and their learning rates at He's σ to begin with."""

OTHERS_AT = tuple(Place(data, "adamw", 5, 5) for data in ("MNIST", "HIGGS"))

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
