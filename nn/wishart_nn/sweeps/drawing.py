"""The draws of a search: Optuna is asked in one place, under a lock, and what it said is kept in draws.json."""

from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any, cast

from wishart_moments.errors import DomainError, MissingExtraError
from wishart_nn.data.files import held
from wishart_nn.data.json_files import read_object, write_object
from wishart_nn.sweeps.axes import Range, Value
from wishart_nn.sweeps.runs import LOCKS, Trouble, result_of
from wishart_nn.sweeps.spec import SweepSpec
from wishart_nn.training import key

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

DRAWS = "draws.json"

CHANCE = 0.5
"""The value of a diverged run: the area under the curve of a guess."""


def draws_of(folder: Path, spec: SweepSpec) -> Callable[[int], dict[str, Value]]:
    """Return what gives the values of draw i of the sweep in a folder: those that were drawn before, or new ones.

    The sampler is seeded by i; "tpe" is told the mean validation AUC of every draw before, and which are not over.
    """
    known: list[dict[str, float]] = []
    worth: dict[int, float | None] = {}

    def drawn(i: int) -> dict[str, Value]:
        while len(known) <= i:
            with held(folder / LOCKS / "draws", wait=True):
                known[:] = _read(folder)
                if len(known) <= i:
                    known.append(_asked(folder, spec, known, worth))
                    write_object(folder / DRAWS, {"draws": known})
        return _values(spec, known[i])

    return drawn


def drawn_before(folder: Path, spec: SweepSpec) -> list[dict[str, Value]]:
    """Return the values of the draws that there are."""
    return [_values(spec, each) for each in _read(folder)]


def _read(folder: Path) -> list[dict[str, float]]:
    found = read_object(folder / DRAWS) or {"draws": []}
    if not isinstance(found.get("draws"), list):
        raise DomainError(f"need the draws of a sweep, got a damaged {str(folder / DRAWS)!r}; give another folder")
    return found["draws"]


def _values(spec: SweepSpec, draw: dict[str, Any]) -> dict[str, Value]:
    axes = spec.search.items()
    try:
        return {name: axis.value(draw[name]) if isinstance(axis, Range) else draw[name] for name, axis in axes}
    except KeyError as error:
        raise DomainError(
            f"need draws of {', '.join(spec.search)}, got none of {error}; give another folder"
        ) from error


def _asked(
    folder: Path, spec: SweepSpec, known: list[dict[str, float]], worth: dict[int, float | None]
) -> dict[str, float]:
    try:
        import optuna
    except ImportError as error:
        raise MissingExtraError("searches need Optuna: pip install 'wishart-trace-moments[nn]'") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    samplers, trials, number = cast(Any, optuna.samplers), cast(Any, optuna.trial), len(known)
    learns = spec.sampler == "tpe"
    sampler = samplers.TPESampler(seed=number, constant_liar=True) if learns else samplers.RandomSampler(seed=number)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    distributions: dict[str, BaseDistribution] = {
        name: axis.distribution() if isinstance(axis, Range) else optuna.distributions.CategoricalDistribution(axis)
        for name, axis in spec.search.items()
    }
    for i, draw in enumerate(known if learns else []):
        if worth.get(i) is None:
            worth[i] = _worth(folder, spec, _values(spec, draw))
        state = trials.TrialState.RUNNING if worth[i] is None else trials.TrialState.COMPLETE
        given = {"state": state, "params": draw, "distributions": distributions, "value": worth[i]}
        study.add_trial(trials.create_trial(**given))
    return dict(study.ask(distributions).params)


def _worth(folder: Path, spec: SweepSpec, values: dict[str, Value]) -> float | None:
    """Return the mean validation AUC of a draw over its seeds, None while one is not over; one given up is chance."""
    found: list[float] = []
    for seed in spec.seeds:
        name = key(spec.options(values, seed))
        result = result_of(folder, name)
        if result is None and not Trouble(folder, name).error:
            return None
        score = None if result is None else result["final"]["validation"]["auc"]
        found.append(CHANCE if score is None else score)
    return fmean(found)
