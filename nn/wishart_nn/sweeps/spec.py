"""What a sweep runs: the base options, the axes of a grid, the ranges of a search, the seeds; and its runs in order.

In a grid every combination is run with every seed. In a search every draw from the ranges is, so that draws are
compared over the same seeds. With a grid and ranges together the draws are the same ones at every setting of the grid.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby, product
from typing import Any

from wishart_moments import domain
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_nn.sweeps.axes import (
    Axis,
    Range,
    Start,
    Value,
    axis_from_json,
    axis_to_json,
    checked_seeds,
    checked_values,
    free_kinds,
    read_axis,
)
from wishart_nn.training import RunOptions, key
from wishart_nn.training.options import MATCHED
from wishart_nn.training.sources import DATA_OPTIONS

FORMAT = 1

SAMPLERS = ("tpe", "random")

MAX_RUNS = 100_000

START, _TWINS = "start", {"sigma", "match_step"}
"""The axis of a grid whose values are starts, and the two options that a start sets."""


@dataclass(frozen=True, kw_only=True)
class SweepSpec:
    """The specification of a sweep.

    Attributes:
        base: the options that all runs share.
        grid: the values of each option in turn; every combination is run. "start" is a list of pairs of a σ and whether
            steps are matched, "he" or "shared+match"; a matched one is left out where nothing can be matched, with a
            plain mlp or an optimiser without it.
        search: for each option a `Range`, its text ("1e-4..1e-1:log") or a list of choices; drawn by the sampler.
        seeds: of the runs, the same ones for every setting.
        draws: of a search.
        sampler: "tpe", which learns from finished draws, or "random", whose draws depend on nothing else; a grid beside
            a search needs "random".

    Raises:
        DomainError: for options that a run does not have or refuses, in any combination of the grid.

    Example:
        >>> spec = SweepSpec(base=RunOptions(), grid={"optimizer": ["sgd", "adamw"], "depth": [2, 5]}, seeds=[0, 1, 2])
        >>> len(spec.settings), spec.runs
        (4, 12)
        >>> spec = SweepSpec(base=RunOptions(), search={"lr": "1e-4..1e-1:log"}, seeds=[0, 1], draws=20)
        >>> len(spec.settings), spec.runs
        (1, 40)
        >>> pairs = {"start": ["he", "shared+match"], "architecture": ["chain", "mlp"]}
        >>> SweepSpec(base=RunOptions(), grid=pairs).runs
        3
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
            if name == START:
                # Texts of numbers and numbers are one start.
                checked_values("sigma", [str(Start.read(str(value))) for value in values])
            else:
                checked_values(name, list(values))
        if both := {*self.grid} & {*search} or (_TWINS & {*self.grid, *search} if START in self.grid else set()):
            raise DomainError(f"need an option in the grid, in the starts or in the search, got {min(both)} twice")
        if self.sampler not in SAMPLERS:
            raise DomainError(f"need sampler {' or '.join(SAMPLERS)}, got {shown(self.sampler)}")
        if domain.size(self.draws, "draws") > MAX_RUNS or self.runs > MAX_RUNS:
            raise DomainError(f"need at most {MAX_RUNS:,} runs; give fewer values, seeds or draws")
        if self.grid and search and self.sampler != "random":
            raise DomainError(
                "need sampler random for a search at every setting of a grid, got tpe; or search the lists too"
            )
        self._refuse_impossible()

    def _refuse_impossible(self) -> None:
        """Refuse what a run would refuse, and what would be one run twice, before anything is run."""
        seen: dict[str, str] = {}
        for setting in self.settings:
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
                yield from ((name, axis.value(end)) for end in (axis.low, axis.high))
            else:
                yield from ((name, value) for value in axis)

    @cached_property
    def settings(self) -> list[dict[str, Value]]:
        """The combinations of the grid."""
        # What chooses the data is varied last, so that a worker seldom loads other data.
        names = sorted(self.grid, key=lambda name: name not in DATA_OPTIONS)
        count = 1
        for name in names:
            count *= len(self.grid[name])
            if count > MAX_RUNS:
                raise DomainError(f"need at most {MAX_RUNS:,} settings of a grid, got {count:,} and more")
        every = [dict(zip(names, values, strict=True)) for values in product(*(self.grid[name] for name in names))]
        found = [setting for setting in every if self._is_possible(setting)]
        if not found:
            raise DomainError("need a start without +match for an mlp, or an optimiser that matches no steps")
        return found

    def _is_possible(self, setting: dict[str, Value]) -> bool:
        matched = Start.read(str(setting[START])).match_step if START in setting else False
        network, optimizer = (setting.get(name, getattr(self.base, name)) for name in ("architecture", "optimizer"))
        return not matched or (network != "mlp" and optimizer in MATCHED)

    @property
    def runs(self) -> int:
        """The number of runs."""
        return len(self.settings) * len(self.seeds) * (self.draws if self.search else 1)

    @property
    def varied(self) -> list[str]:
        """The options of a run that differ from run to run."""
        names = [name for each in self.grid for name in (("sigma", "match_step") if each == START else (each,))]
        return [*names, *self.search]

    def plan(self, drawn: Callable[[int], dict[str, Value]] = lambda _: {}) -> Iterator[RunOptions]:
        """Yield the options of all runs, in the order in which workers take them.

        Runs on the same data follow each other; one seed is run at all settings before the next, and all settings and
        seeds with one draw before the next.

        Args:
            drawn: the values of draw i, asked for when it is come to.

        Example:
            >>> spec = SweepSpec(base=RunOptions(), grid={"depth": [2, 5]}, seeds=[0, 1])
            >>> [(options.depth, options.seed) for options in spec.plan()]
            [(2, 0), (5, 0), (2, 1), (5, 1)]
        """
        for _, group in groupby(self.settings, lambda setting: [setting.get(name) for name in DATA_OPTIONS]):
            settings = list(group)
            for i in range(self.draws if self.search else 1):
                values = drawn(i) if self.search else {}
                for seed in self.seeds:
                    yield from (self.options(setting | values, seed) for setting in settings)

    def options(self, values: dict[str, Value], seed: int) -> RunOptions:
        """Return the options of a run.

        Raises:
            DomainError: if a run refuses them.

        Example:
            >>> options = SweepSpec(base=RunOptions()).options({"depth": 5, "start": "shared+match"}, 3)
            >>> options.depth, options.sigma, options.match_step, options.seed
            (5, 'shared', True, 3)
        """
        given: dict[str, Any] = {**values, "seed": seed}
        if START in given:
            given |= Start.read(str(given.pop(START))).options
        return replace(self.base, **given)

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


def _checked_axis(name: str, axis: Axis | str) -> Axis:
    found = read_axis(name, axis) if isinstance(axis, str) else axis
    if not isinstance(found, Range):
        return checked_values(name, list(found))
    types = free_kinds(name)
    whole = isinstance(found.low, int) and isinstance(found.high, int)
    if found.suffix and str not in types:
        raise DomainError(f"need a range of numbers for {name}, got {found}")
    if not types & {int, float} or (float not in types and not whole):
        raise DomainError(f"need a list of choices for {name}, or a range of its own kind of number; got {found}")
    return replace(found, low=float(found.low), high=float(found.high)) if float in types else found
