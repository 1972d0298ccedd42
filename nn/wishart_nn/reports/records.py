"""Runs and sweeps as their folders tell them: config.json, log.jsonl, result.json, sweep.json, and nothing else."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any, cast

from wishart_moments.errors import DomainError
from wishart_nn.data.json_files import read_log, read_object
from wishart_nn.training import key

CHANCE = 0.5
"""The AUC of a score that says nothing, which is what a diverged network is left with."""

STATES = ("finished", "diverged", "stopped", "unfinished")

_IDLE = ("seed", "device", "threads")
"""Options that are no part of a setting."""


@dataclass(frozen=True)
class Run:
    """One training run.

    Attributes:
        name: of the folder.
        options: of config.json.
        data: what config.json says of the data.
        versions: of the software.
        status: one of `STATES`; unfinished: there is no result yet.
        epochs: the records of the log, by epoch, 0 before training.
        result: of result.json, {} while there is none.
        start: what the tries of a run with sigma "tried" led to, and they themselves.
    """

    name: str
    options: Mapping[str, Any]
    data: Mapping[str, Any]
    versions: Mapping[str, Any]
    status: str
    epochs: tuple[Mapping[str, Any], ...] = field(repr=False)
    result: Mapping[str, Any] = field(repr=False)
    start: Mapping[str, Any] = field(repr=False, default_factory=dict[str, Any])

    @property
    def seed(self) -> int:
        """Of the weights and of the order of the rows."""
        return int(self.options.get("seed", 0))

    @property
    def counts(self) -> bool:
        """Whether the run has come to an end by itself and stands in means and tests."""
        return self.status in ("finished", "diverged")

    def final(self, part: str, metric: str) -> float | None:
        """Return a metric at the end, of a diverged run's AUC `CHANCE`; None where there is none."""
        if self.status == "diverged":
            return CHANCE if metric == "auc" else None
        if self.status != "finished":
            return None
        return number(self.result, "final", part, metric)

    @cached_property
    def auc(self) -> float | None:
        """The headline: test AUC at the end."""
        return self.final("test", "auc")

    def latest(self, part: str, metric: str) -> float | None:
        """Return a metric at the end, of a run that goes on the last one of its log."""
        found = number(self.result, "final", part, metric)
        so_far = found is None and self.status != "diverged" and self.epochs
        return number(self.epochs[-1], part, metric) if so_far else found

    def layers(self, epoch: int, name: str) -> list[float]:
        """Return a quantity of every layer in the record `epochs[epoch]`, nan where there is none; [] without record.

        Args:
            epoch: an index; 0 for the first record, −1 for the last.
            name: "variance", "cka_input", …
        """
        if not self.epochs:
            return []
        found = cast("list[Any]", self.epochs[epoch].get("layers") or [])
        values = (number(layer, name) for layer in found)
        return [float("nan") if value is None else value for value in values]


def number(document: Any, *keys: str) -> float | None:
    """Return the finite number at document[key][key]…, None where there is none.

    Example:
        >>> number({"final": {"test": {"auc": 0.75}}}, "final", "test", "auc"), number({"final": None}, "final", "test")
        (0.75, None)
    """
    for name in keys:
        document = cast("dict[str, Any]", document).get(name) if isinstance(document, Mapping) else None
    if isinstance(document, bool) or not isinstance(document, int | float) or not isfinite(document):
        return None
    return float(document)


@dataclass(frozen=True)
class Sweep:
    """Many runs.

    Attributes:
        name: of the folder.
        spec: of sweep.json.
        runs: those that have begun, by options and seed.
        unreadable: {folder: why}.
    """

    name: str
    spec: Mapping[str, Any] = field(repr=False)
    runs: tuple[Run, ...]
    unreadable: Mapping[str, str]

    @property
    def _documents(self) -> list[Mapping[str, Any]]:
        return [each for each in self.spec.get("together", [self.spec]) if each]

    @property
    def searched(self) -> set[str]:
        """The options whose values were drawn."""
        searches = (cast("dict[str, Any]", each.get("search") or {}) for each in self._documents)
        return {name for search in searches for name in search}

    @property
    def expected(self) -> int | None:
        """How many runs there will be, one that several sweeps have counting once; None of runs without a sweep."""
        from wishart_nn.sweeps import SweepSpec

        parts = [SweepSpec.from_json(each) for each in self._documents]
        if len(parts) < 2:
            return parts[0].runs if parts else None
        drawn = sum(each.runs for each in parts if each.search)
        return drawn + len({key(options) for each in parts if not each.search for options in each.plan()})

    def count(self, status: str) -> int:
        """Return how many runs have this status."""
        return sum(run.status == status for run in self.runs)


def together(found: Sequence[Run | Sweep]) -> Sweep:
    """Return several sweeps and single runs as one sweep; a run that is in several of them is there once."""
    sweeps = [each for each in found if isinstance(each, Sweep)]
    every = [run for each in found for run in (each.runs if isinstance(each, Sweep) else [each])]
    runs: dict[str, Run] = {}
    for run in every:
        name = json.dumps([setting(run), run.seed, run.data.get("fingerprint")], sort_keys=True, default=str)
        if name not in runs or not runs[name].counts:
            runs[name] = run
    spec = {"together": [each.spec for each in sweeps]}
    unreadable = {f"{each.name}/{name}": why for each in sweeps for name, why in each.unreadable.items()}
    return Sweep(", ".join(each.name for each in found), spec, tuple(runs[name] for name in sorted(runs)), unreadable)


def read(folder: Path) -> Run | Sweep:
    """Return what the folder holds.

    Raises:
        DomainError: if it is no folder of a run or of a sweep, or a file in it is damaged.
    """
    if (folder / "sweep.json").is_file():
        return read_sweep(folder)
    if (folder / "config.json").is_file():
        return read_run(folder)
    if not folder.is_dir():
        raise DomainError(f"need the folder of a run or of a sweep, got {str(folder)!r}, which is none")
    raise DomainError(
        f"need the folder of a run (config.json) or of a sweep (sweep.json), got {str(folder)!r} with neither"
    )


def read_run(folder: Path) -> Run:
    """Return a run, finished or not.

    Raises:
        DomainError: if config.json or result.json is damaged, or a line of the log other than the last.
    """
    config = read_object(folder / "config.json") or {}
    options = config.get("options")
    if config.get("format") != 1 or not isinstance(options, dict):
        raise DomainError(f"need config.json of format 1 with the options of a run, got another in {str(folder)!r}")
    result = read_object(folder / "result.json") or {}
    status = str(result.get("status", "unfinished"))
    if status not in STATES:
        raise DomainError(f"need a status among {', '.join(STATES)} in {str(folder / 'result.json')!r}, got {status!r}")
    epochs: dict[int, dict[str, Any]] = {}
    for line in read_log(folder / "log.jsonl", growing=True):
        # A run that was killed and resumed repeats the epoch that it had begun to write.
        if line["event"] == "epoch" and isinstance(line.get("epoch"), int):
            epochs[line["epoch"]] = line
    return Run(
        name=folder.name,
        options=cast("dict[str, Any]", options),
        data=config.get("data") or {},
        versions=config.get("versions") or {},
        status=status,
        epochs=tuple(epochs[key] for key in sorted(epochs)),
        result=result,
        start=config.get("start") or {},
    )


def read_sweep(folder: Path) -> Sweep:
    """Return a sweep, finished or not; runs that cannot be read are named, not fatal.

    Raises:
        DomainError: if sweep.json is damaged.
    """
    spec = read_object(folder / "sweep.json") or {}
    if spec.get("format") != 1:
        raise DomainError(f"need sweep.json of format 1, got another in {str(folder)!r}")
    runs: list[Run] = []
    unreadable: dict[str, str] = {}
    begun = sorted(path.parent for path in (folder / "runs").glob("*/config.json"))
    for each in begun:
        try:
            runs.append(read_run(each))
        except DomainError as error:
            unreadable[each.name] = str(error)
    runs.sort(key=lambda run: (json.dumps(setting(run), sort_keys=True, default=str), run.seed))
    return Sweep(folder.resolve().name, spec, tuple(runs), unreadable)


def setting(run: Run) -> dict[str, Any]:
    """Return the options without the seed, and without what changes no result."""
    return {name: value for name, value in run.options.items() if name not in _IDLE}
