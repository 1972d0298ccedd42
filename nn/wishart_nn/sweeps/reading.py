"""A sweep from texts, as a command line gives them: one value is for all runs, a list is a grid, a range a search."""

from collections.abc import Mapping
from typing import Any

from wishart_moments.errors import DomainError
from wishart_nn.sweeps.axes import FIXED, Axis, Range, Start, Value, read_axis, read_seeds, read_value
from wishart_nn.sweeps.spec import START, SweepSpec
from wishart_nn.training import RunOptions


def read_sweep(
    options: Mapping[str, str | None],
    *,
    start: str | None = None,
    seeds: str = "0",
    draws: int = 50,
    sampler: str = "tpe",
) -> SweepSpec:
    """Return the sweep over the options of a run.

    Beside a range, a list is a grid with sampler "random" (the same draws at each of its settings), and a choice of
    the search with sampler "tpe".

    Args:
        options: name → text; None for an option that is not given.
        start: "he; 10/sqrt(n); shared+match", pairs of a σ and whether steps are matched.
        seeds: "0-4" or "0,1,2".
        draws: of a search.
        sampler: "tpe" or "random".

    Raises:
        DomainError: for text that is no value, list or range of the option; for what no run could do.

    Example:
        >>> spec = read_sweep({"depth": "2,5", "optimizer": "sgd,adamw", "width": "32", "lr": None}, seeds="0-2")
        >>> spec.base.width, spec.grid, spec.runs
        (32, {'depth': [2, 5], 'optimizer': ['sgd', 'adamw']}, 12)
        >>> spec = read_sweep({"lr": "1e-4..1e-1:log", "optimizer": "sgd,adamw"}, draws=30)
        >>> sorted(spec.search), spec.runs
        (['lr', 'optimizer'], 30)
    """
    base: dict[str, Any] = {}
    lists: dict[str, list[Value]] = {}
    ranges: dict[str, Axis] = {}
    for name, text in options.items():
        if text is None:
            continue
        if start is not None and name in ("sigma", "match_step"):
            raise DomainError(f"need {name} as a part of the starts, sigma+match, got both")
        if name in FIXED or (name == "features" and options.get("label")):  # names of columns are no list of values
            base[name] = read_value(name, text)
            continue
        axis = read_axis(name, text)
        if isinstance(axis, Range):
            ranges[name] = axis
        elif len(axis) > 1:
            lists[name] = axis
        else:
            base[name] = axis[0]
    starts: dict[str, list[Value]] = {}
    if start is not None:
        starts[START] = [str(Start.read(each)) for each in start.split(";")]
    chosen = bool(ranges) and sampler == "tpe"
    return SweepSpec(
        base=RunOptions(**base),
        grid=starts if chosen else starts | lists,
        search=lists | ranges if chosen else ranges,
        seeds=read_seeds(seeds),
        draws=draws,
        sampler=sampler,
    )
