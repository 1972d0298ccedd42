"""The settings of a sweep as cells: optimiser × scale × depth × architecture, and whatever else was swept."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from wishart_nn.reports.records import Run, Sweep, number, setting
from wishart_nn.reports.scales import Scale, scale_of
from wishart_nn.reports.statistics import Interval, finite, interval

AXES = ("architecture", "optimizer", "sigma", "match_step", "depth")
"""The options that have a place of their own in the heatmaps."""

ARCHITECTURES = ("independent", "chain", "mlp")
OPTIMIZERS = ("adamw", "adam", "sgd")

NAMES = {
    "adamw": "AdamW",
    "adam": "Adam",
    "sgd": "SGD",
    "chain": "LDLᵀ chain",
    "independent": "independent LDLT layers",
    "mlp": "plain MLP",
}
"""How options are shown."""

MAX_FACETS = 12
"""Beyond so many combinations of the other options they are chosen by validation instead of being shown."""

TUNED = ("lr", "clip", "momentum", "weight_decay", "temperature", "alpha", "learn_alpha", "batch_size", "schedule")
"""What a rule is given the best of, by validation, where rules meet."""

KEPT = ("data", "label", "features", "missing", "rows", "split_seed")
"""What is never chosen: other data are another question, and AUC on them no better one."""


@dataclass(frozen=True)
class Cell:
    """One setting.

    Attributes:
        architecture, optimizer, scale, depth: its place.
        others: the values of the other options that were swept.
        chosen: of these, what was chosen for this cell by validation AUC rather than being a place.
        runs: by seed, all that have begun.
        tried: how many runs it was chosen from, its own included.
    """

    architecture: str
    optimizer: str
    scale: Scale
    depth: int
    others: tuple[tuple[str, Any], ...]
    chosen: tuple[tuple[str, Any], ...]
    runs: Mapping[int, Run]
    tried: int = 0

    @property
    def matched(self) -> bool:
        """Whether the scale of the weights was matched to the steps of the optimiser."""
        return any(run.options.get("match_step") for run in self.runs.values())

    @property
    def auc(self) -> dict[int, float]:
        """Test AUC by seed, of the runs that have come to an end."""
        return finite({seed: run.auc for seed, run in self.runs.items()})

    @property
    def interval(self) -> Interval:
        """Of the test AUC over seeds."""
        return interval(self.auc.values())

    @property
    def validation(self) -> Interval:
        """Of the validation AUC over seeds, by which settings are chosen."""
        return interval(finite({seed: run.final("validation", "auc") for seed, run in self.runs.items()}).values())

    @property
    def diverged(self) -> int:
        """How many of the runs have diverged."""
        return sum(run.status == "diverged" for run in self.runs.values())

    @property
    def label(self) -> str:
        """The setting in a line."""
        kind = f"{NAMES.get(self.architecture, self.architecture)}, {NAMES.get(self.optimizer, self.optimizer)}"
        rest = others_line((*self.others, *self.chosen))
        return f"{kind}, depth {self.depth}, {self.scale.words}{rest}"


def others_line(values: Iterable[tuple[str, Any]]) -> str:
    """Return options behind a comma each.

    Example:
        >>> others_line([("lr", None), ("width", 64)])
        ', lr default, width 64'
    """
    return "".join(f", {name} {'default' if value is None else value}" for name, value in values)


def swept(runs: Sequence[Run]) -> tuple[str, ...]:
    """Return the options beside `AXES` that take several values.

    What is tuned may differ from one architecture or optimiser to another without having been varied: it counts where
    it takes several values for the same one.
    """
    values: defaultdict[str, defaultdict[Any, set[str]]] = defaultdict(lambda: defaultdict(set))
    for run in runs:
        place = (run.options.get("architecture"), run.options.get("optimizer"))
        for name, value in setting(run).items():
            if name not in AXES:
                values[name][place].add(repr(value))

    def varies(name: str) -> bool:
        places = values[name].values()
        return any(len(found) > 1 for found in places) or (name not in TUNED and len(set[str]().union(*places)) > 1)

    return tuple(name for name in values if varies(name))


def cells_of(sweep: Sweep, chosen: Sequence[str] = ()) -> list[Cell]:
    """Return the cells in the order in which they are shown.

    Options that were searched, or whose combinations are more than `MAX_FACETS`, are chosen for each cell: the highest
    mean validation AUC among the combinations that have the most seeds.

    Args:
        sweep: of `read`.
        chosen: options to choose in any case.
    """
    names = swept(sweep.runs)
    searched = {*sweep.searched, *chosen} - {*KEPT}
    shown = tuple(name for name in names if name not in searched)
    if len({tuple(repr(run.options.get(name)) for name in shown) for run in sweep.runs}) > MAX_FACETS:
        shown = tuple(name for name in shown if name in KEPT)
    groups: defaultdict[Any, dict[Any, dict[int, Run]]] = defaultdict(dict)
    for run in sweep.runs:
        options = run.options
        architecture, optimizer = str(options.get("architecture", "chain")), str(options.get("optimizer", "adamw"))
        scale = scale_of(options.get("sigma", "predicted"), architecture, int(options.get("width", 64)))
        scale = scale.matched if options.get("match_step") else scale
        place = (architecture, optimizer, scale, int(options.get("depth", 0)), _values(run, shown))
        groups[place].setdefault(_values(run, [name for name in names if name not in shown]), {})[run.seed] = run
    found: list[Cell] = []
    for place, choices in groups.items():
        tried = sum(len(runs) for runs in choices.values())
        candidates = [Cell(*place, chosen=chosen, runs=runs, tried=tried) for chosen, runs in choices.items()]
        most = max(candidate.validation.n for candidate in candidates)
        enough = [candidate for candidate in candidates if candidate.validation.n == most]
        found.append(max(enough, key=lambda each: each.validation.mean if most else 0.0))
    return sorted(found, key=_order)


def _values(run: Run, names: Sequence[str]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, _plain(run.options.get(name))) for name in names)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else repr(value)


def _order(cell: Cell) -> tuple[Any, ...]:
    return (
        _place(cell.architecture, ARCHITECTURES),
        tuple((isinstance(value, str), value is not None, value or 0) for _, value in cell.others),
        _place(cell.optimizer, OPTIMIZERS),
        cell.depth,
        cell.scale,
    )


def _place(name: str, known: Sequence[str]) -> tuple[int, str]:
    return (known.index(name) if name in known else len(known), name)


def best_of(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells by mean validation AUC, the best first; those with fewer seeds than the most are left out."""
    most = max((cell.validation.n for cell in cells), default=0)
    enough = [cell for cell in cells if most and cell.validation.n == most and not cell.diverged]
    return sorted(enough, key=lambda cell: -cell.validation.mean)


def mean_curve(runs: Sequence[Run], part: str, metric: str) -> list[tuple[int, Interval]]:
    """Return (epoch, mean over the runs) of a metric of the log, for the epochs that every run has.

    Example:
        >>> mean_curve([], "test", "auc")
        []
    """
    values: defaultdict[int, list[float]] = defaultdict(list)
    for run in runs:
        for record in run.epochs:
            value = number(record, part, metric)
            if value is not None:
                values[int(record["epoch"])].append(value)
    return [(epoch, interval(found)) for epoch, found in sorted(values.items()) if len(found) == len(runs)]


def mean_layers(runs: Sequence[Run], epoch: int, name: str) -> list[float]:
    """Return the mean over runs of a quantity of every layer, at the first (0) or the last (−1) record."""
    rows = [row for row in (run.layers(epoch, name) for run in runs) if row]
    longest = max((len(row) for row in rows), default=0)
    return [_mean([row[i] for row in rows if len(row) == longest]) for i in range(longest)]


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if value == value]
    return fmean(known) if known else float("nan")
