"""The results of a sweep: a flat row for each run, read from its folder or from the storage, and results.csv."""

import csv
import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan, sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_moments.files import write_atomically
from wishart_nn.data.json_files import read_object
from wishart_nn.sweeps.axes import Value
from wishart_nn.sweeps.folder import read_spec
from wishart_nn.sweeps.runs import RUNS, row
from wishart_nn.sweeps.spec import SweepSpec
from wishart_nn.sweeps.state import CHANCE
from wishart_nn.sweeps.storage import open_storage
from wishart_nn.sweeps.study import SPEC, SweepStudy

RESULTS = "results.csv"


def rows_of_folder(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of all runs in a sweep's folder that have ended, by their files alone."""
    rows: list[dict[str, Any]] = []
    for run in sorted((folder / RUNS).glob("*/result.json")):
        result, config = read_object(run), read_object(run.with_name("config.json"))
        if result is not None and config is not None and result.get("status") in ("finished", "diverged"):
            try:
                rows.append(row(config["options"], result))
            except (KeyError, TypeError, AttributeError) as error:
                raise DomainError(f"need the folder of a run, got a damaged {str(run.parent)!r}; delete it") from error
    return rows


def load_results(source: str | os.PathLike[str], *, name: str | None = None) -> list[dict[str, Any]]:
    """Return a flat row for each run of a sweep that has ended: its options and its result.

    Args:
        source: the folder of the sweep, read by its files, while it runs too; or the URL of a storage.
        name: of the study in the storage; may be left out where it holds one sweep only.

    Returns:
        Rows as `wishart_nn.sweeps.runs.row` makes them, in the order of the cells.

    Raises:
        DomainError: if there is no sweep, the storage cannot be reached, or it holds several and none is named.
    """
    text = os.fspath(source)
    if "://" in text:
        return _rows_of_storage(text, name)
    folder = Path(text)
    spec = read_spec(folder)
    return in_order(rows_of_folder(folder), spec)


def in_order(rows: list[dict[str, Any]], spec: SweepSpec) -> list[dict[str, Any]]:
    """Return the rows with those of a setting together, seed by seed; settings in the order of the specification."""
    places = {name: {json.dumps(value): i for i, value in enumerate(values)} for name, values in spec.grid.items()}
    drawn: dict[str, int] = {}

    def place(each: dict[str, Any]) -> tuple[Any, ...]:
        draw = json.dumps([each[name] for name in spec.search])
        return (
            *(places[name].get(json.dumps(each[name]), len(places[name])) for name in spec.grid),
            drawn.setdefault(draw, len(drawn)),
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
    text = io.StringIO()
    names = list(dict.fromkeys(name for each in rows for name in each))
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path = folder / RESULTS
    write_atomically(path, text.getvalue(), overwrite=True)
    return path


def _rows_of_storage(url: str, name: str | None) -> list[dict[str, Any]]:
    import optuna

    storage = open_storage(Path(), url)
    names = optuna.get_all_study_names(storage)
    chosen = [each for each in names if name in (None, each)]
    if len(chosen) != 1:
        there = ", ".join(names) or "none"
        raise DomainError(f"need the name of a sweep in the storage, there is {there}; got {shown(name)}")
    spec = optuna.load_study(study_name=chosen[0], storage=storage).user_attrs.get(SPEC)
    if spec is None:
        raise DomainError(f"need the study of a sweep, got {shown(chosen[0])}, another one of Optuna's")
    study = SweepStudy(storage, SweepSpec.from_json(spec), name=chosen[0])
    return in_order(study.rows(), study.spec)


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
    names = [*spec.grid, *spec.search]
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
