"""What a sweep runs: the base options, the axes of a grid, the ranges of a search, the seeds; and its cells.

A cell is what one worker takes at a time. In a grid it is one run: a setting with one seed. In a search it is one draw
from the ranges, run with every seed, so that draws are compared over the same seeds. With a grid and ranges together
the draws are the same ones at every setting of the grid.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

from wishart_moments import domain
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_nn.sweeps.axes import (
    Axis,
    Range,
    Value,
    axis_from_json,
    axis_to_json,
    checked_seeds,
    checked_values,
    kinds,
    read_axis,
)
from wishart_nn.training import RunOptions, key
from wishart_nn.training.sources import DATA_OPTIONS

if TYPE_CHECKING:
    from optuna.trial import Trial

FORMAT = 1

SAMPLERS = ("tpe", "random")

MAX_CELLS = 100_000


@dataclass(frozen=True)
class Cell:
    """What a worker takes at a time.

    Attributes:
        index: of the cell in its sweep, from 0.
        setting: the values of the grid's axes.
        draw: the number of the draw from the ranges; None without a search.
        seeds: the runs.
    """

    index: int
    setting: dict[str, Value]
    draw: int | None
    seeds: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class SweepSpec:
    """The specification of a sweep.

    Attributes:
        base: the options that all runs share.
        grid: the values of each option in turn; every combination is run.
        search: for each option a `Range`, its text ("1e-4..1e-1:log") or a list of choices; drawn by the sampler.
        seeds: of the runs, the same ones for every setting.
        draws: of a search.
        sampler: "tpe", which learns from finished draws, or "random", whose draws depend on nothing else; a grid beside
            a search needs "random".

    Raises:
        DomainError: for options that a run does not have or refuses, in any combination of the grid.

    Example:
        >>> spec = SweepSpec(base=RunOptions(), grid={"optimizer": ["sgd", "adamw"], "depth": [2, 5]}, seeds=[0, 1, 2])
        >>> len(spec.cells), spec.runs
        (12, 12)
        >>> spec = SweepSpec(base=RunOptions(), search={"lr": "1e-4..1e-1:log"}, seeds=[0, 1], draws=20)
        >>> len(spec.cells), spec.runs
        (20, 40)
    """

    base: RunOptions
    grid: dict[str, list[Value]] = field(default_factory=dict[str, list[Value]])
    search: dict[str, Axis] = field(default_factory=dict[str, Axis])
    seeds: list[int] = field(default_factory=lambda: [0])
    draws: int = 50
    sampler: str = "tpe"

    def __post_init__(self) -> None:
        checked_seeds(list(self.seeds))
        given: dict[str, Any] = {**self.search}
        search = {name: _checked_axis(name, axis) for name, axis in given.items()}
        object.__setattr__(self, "search", search)
        for name, values in self.grid.items():
            checked_values(name, list(values))
        if both := self.grid.keys() & search.keys():
            raise DomainError(f"need an option in the grid or in the search, got {min(both)} in both")
        if self.sampler not in SAMPLERS:
            raise DomainError(f"need sampler {' or '.join(SAMPLERS)}, got {shown(self.sampler)}")
        if domain.size(self.draws, "draws") > MAX_CELLS or len(self._settings) * len(self.seeds) > MAX_CELLS:
            raise DomainError(f"need at most {MAX_CELLS:,} runs of a grid and draws of a search; give fewer values")
        if self.grid and search and self.sampler != "random":
            raise DomainError(
                "need sampler random for a search at every setting of a grid, got tpe; or search the lists too"
            )
        self._refuse_impossible()

    def _refuse_impossible(self) -> None:
        """Refuse what a run would refuse, and what would be one run twice, before anything is run."""
        seen: dict[str, str] = {}
        for setting in self._settings:
            shown_setting = ", ".join(f"{name} = {shown(value)}" for name, value in setting.items())
            for name, value in self._corners():
                try:
                    options = self.options(setting | ({name: value} if name else {}), self.seeds[0])
                except DomainError as error:
                    raise DomainError(f"{error}{f' (at {shown_setting})' if setting else ''}") from error
                if not name and seen.setdefault(key(options), shown_setting) != shown_setting:
                    raise DomainError(f"need different runs, got one run as {seen[key(options)]} and {shown_setting}")

    def _corners(self) -> Iterator[tuple[str, Value]]:
        yield "", None
        for name, axis in self.search.items():
            if isinstance(axis, Range):
                yield from ((name, f"{end!r}{axis.suffix}" if axis.suffix else end) for end in (axis.low, axis.high))
            else:
                yield from ((name, value) for value in axis)

    @cached_property
    def _settings(self) -> list[dict[str, Value]]:
        # What chooses the data is varied last, so that a worker seldom loads other data.
        names = sorted(self.grid, key=lambda name: name not in DATA_OPTIONS)
        count = 1
        for name in names:
            count *= len(self.grid[name])
            if count > MAX_CELLS:
                raise DomainError(f"need at most {MAX_CELLS:,} settings of a grid, got {count:,} and more")
        return [dict(zip(names, values, strict=True)) for values in product(*(self.grid[name] for name in names))]

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The cells, in the order in which workers take them: one seed or draw at all settings before the next."""
        data = [name for name in self.grid if name in DATA_OPTIONS]
        cells: list[tuple[tuple[int, int, int], Cell]] = []
        group: dict[str, int] = {}
        for place, setting in enumerate(self._settings):
            source = group.setdefault(json.dumps([setting[name] for name in data]), len(group))
            if self.search:
                cells += [((source, i, place), Cell(0, setting, i, tuple(self.seeds))) for i in range(self.draws)]
            else:
                cells += [((source, i, place), Cell(0, setting, None, (seed,))) for i, seed in enumerate(self.seeds)]
        cells.sort(key=lambda each: each[0])
        return tuple(replace(cell, index=i) for i, (_, cell) in enumerate(cells))

    @property
    def runs(self) -> int:
        """The number of runs."""
        return sum(len(cell.seeds) for cell in self.cells)

    def options(self, values: dict[str, Value], seed: int) -> RunOptions:
        """Return the options of a run.

        Raises:
            DomainError: if a run refuses them.

        Example:
            >>> SweepSpec(base=RunOptions(), grid={"depth": [2, 5]}).options({"depth": 5}, 3).seed
            3
        """
        given: dict[str, Any] = {**values, "seed": seed}
        return replace(self.base, **given)

    def drawn(self, cell: Cell, trial: "Trial") -> dict[str, Value]:
        """Return the values of a cell: those of its setting, and those that the trial draws; all noted in the trial."""
        found: dict[str, Value] = {
            name: trial.suggest_categorical(name, self.grid[name]) for name in self.grid if len(self.grid[name]) > 1
        }
        if any(found[name] != cell.setting[name] for name in found):
            raise DomainError(f"trial {trial.number} holds another setting than cell {cell.index} of the sweep")
        for name, axis in self.search.items():
            found[name] = (
                axis.suggested(trial, name) if isinstance(axis, Range) else trial.suggest_categorical(name, axis)
            )
        return cell.setting | found

    def to_json(self) -> dict[str, Any]:
        """Return the document of the specification; `from_json` reads it."""
        return {
            "format": FORMAT,
            "base": self.base.to_json(),
            "grid": self.grid,
            "search": {name: axis_to_json(axis) for name, axis in self.search.items()},
            "seeds": self.seeds,
            "draws": self.draws,
            "sampler": self.sampler,
        }

    @classmethod
    def from_json(cls, document: Any) -> "SweepSpec":
        """Return the specification of a document.

        Raises:
            DomainError: for anything that is none.

        Example:
            >>> spec = SweepSpec(base=RunOptions(), grid={"depth": [2, 5]}, seeds=[0, 1])
            >>> SweepSpec.from_json(spec.to_json()) == spec
            True
        """
        try:
            if document["format"] != FORMAT:
                raise DomainError(f"need a sweep of format {FORMAT}, got {shown(document['format'])}")
            return cls(
                base=RunOptions.from_json(document["base"]),
                grid=dict(document["grid"]),
                search={name: axis_from_json(name, axis) for name, axis in document["search"].items()},
                seeds=list(document["seeds"]),
                draws=document["draws"],
                sampler=document["sampler"],
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise DomainError(f"need the specification of a sweep, got {shown(document)}") from error

    @cached_property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that belong to this sweep; device and threads do not count."""
        document = self.to_json()
        document["base"] = {k: v for k, v in document["base"].items() if k not in ("device", "threads")}
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:12]


def _checked_axis(name: str, axis: Axis | str) -> Axis:
    found = read_axis(name, axis) if isinstance(axis, str) else axis
    if not isinstance(found, Range):
        return checked_values(name, list(found))
    checked_values(name, [found.low])
    types = kinds(name)
    whole = isinstance(found.low, int) and isinstance(found.high, int)
    if found.suffix and str not in types:
        raise DomainError(f"need a range of numbers for {name}, got {found}")
    if not types & {int, float} or (float not in types and not whole):
        raise DomainError(f"need a list of choices for {name}, or a range of its own kind of number; got {found}")
    return replace(found, low=float(found.low), high=float(found.high)) if float in types else found
