"""The results of a sweep: a flat row for each run, read from its folder, and results.csv."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan, sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from wishart_moments.errors import DomainError
from wishart_moments.files import write_atomically
from wishart_nn.data.json_files import csv_text, read_object
from wishart_nn.sweeps.axes import Value
from wishart_nn.sweeps.drawing import CHANCE
from wishart_nn.sweeps.folder import read_spec
from wishart_nn.sweeps.runs import RUNS, result_of, row
from wishart_nn.sweeps.spec import SweepSpec

RESULTS = "results.csv"


def rows_of_folder(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of all runs in a sweep's folder that have ended, by their files alone."""
    rows: list[dict[str, Any]] = []
    for run in sorted(each.parent for each in (folder / RUNS).glob("*/result.json")):
        result, config = result_of(folder, run.name), read_object(run / "config.json")
        if result is not None and config is not None:
            try:
                rows.append(row(config["options"], result))
            except (KeyError, TypeError, AttributeError) as error:
                raise DomainError(f"need the folder of a run, got a damaged {str(run)!r}; delete it") from error
    return rows


def load_results(folder: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """Return a flat row for each run of a sweep that is over: its options and its result.

    Args:
        folder: of the sweep, read by its files, while it runs too.

    Returns:
        Rows as `wishart_nn.sweeps.runs.row` makes them, in the order of the settings.

    Raises:
        DomainError: if there is no sweep, or a file is damaged.
    """
    path = Path(folder)
    return in_order(rows_of_folder(path), read_spec(path))


def in_order(rows: list[dict[str, Any]], spec: SweepSpec) -> list[dict[str, Any]]:
    """Return the rows with those of a setting together, seed by seed; settings in the order of the specification."""
    grid = [name for name in spec.varied if name not in spec.search]
    planned = [spec.options(setting, 0) for setting in spec.settings]
    places = {json.dumps([getattr(each, name) for name in grid]): i for i, each in enumerate(planned)}
    drawn: dict[str, int] = {}

    def place(each: dict[str, Any]) -> tuple[Any, ...]:
        return (
            places.get(json.dumps([each[name] for name in grid]), len(places)),
            drawn.setdefault(json.dumps([each[name] for name in spec.search]), len(drawn)),
            spec.seeds.index(each["seed"]) if each["seed"] in spec.seeds else len(spec.seeds),
        )

    return sorted(rows, key=place)


def write_results(folder: Path, rows: Sequence[dict[str, Any]]) -> Path:
    r"""Write results.csv, a line for each row; an empty cell is what is not there. Return its path.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as place:
        ...     write_results(Path(place), [{"depth": 2, "test_auc": 0.75}, {"depth": 5, "test_auc": None}]).read_text()
        'depth,test_auc\n2,0.75\n5,\n'
    """
    path = folder / RESULTS
    write_atomically(path, csv_text(rows), overwrite=True)
    return path


@dataclass(frozen=True)
class Setting:
    """A setting and its runs with all seeds.

    Attributes:
        values: of the options that vary.
        runs: that have ended.
        diverged: of them.
        validation_auc, test_auc: means over the runs, a diverged one counting as 0.5.
        standard_error: of the mean test AUC; nan for one run.
    """

    values: dict[str, Value]
    runs: int
    diverged: int
    validation_auc: float
    test_auc: float
    standard_error: float


def settings(rows: Sequence[dict[str, Any]], spec: SweepSpec) -> list[Setting]:
    """Return the settings, the best mean validation AUC first.

    Example:
        >>> from wishart_nn.training import RunOptions
        >>> spec = SweepSpec(base=RunOptions(), grid={"depth": [2, 5]}, seeds=[0, 1])
        >>> runs = [(2, 0, 0.70), (2, 1, 0.74), (5, 0, 0.8), (5, 1, None)]
        >>> rows = [{"depth": d, "seed": s, "status": "", "validation_auc": a, "test_auc": a} for d, s, a in runs]
        >>> [(each.values, each.runs, round(each.test_auc, 2)) for each in settings(rows, spec)]
        [({'depth': 2}, 2, 0.72), ({'depth': 5}, 2, 0.65)]
    """
    names = spec.varied
    groups: dict[str, list[dict[str, Any]]] = {}
    for each in rows:
        groups.setdefault(json.dumps([each[name] for name in names]), []).append(each)
    found: list[Setting] = []
    for group in groups.values():
        validation, test = (
            [CHANCE if each[part] is None else float(each[part]) for each in group]
            for part in ("validation_auc", "test_auc")
        )
        error = stdev(test) / sqrt(len(test)) if len(test) > 1 else nan
        diverged = sum(each["status"] == "diverged" for each in group)
        values = {name: group[0][name] for name in names}
        found.append(Setting(values, len(group), diverged, fmean(validation), fmean(test), error))
    return sorted(found, key=lambda each: -each.validation_auc)
