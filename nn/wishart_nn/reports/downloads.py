"""The tables that a page gives away as CSV."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any, cast

from wishart_nn.reports.cells import Cell, mean_curve, mean_layers
from wishart_nn.reports.comparisons import Contest
from wishart_nn.reports.records import Run, Sweep, number
from wishart_nn.reports.verdicts import Claim

LAYER_NUMBERS = (
    "variance",
    "predicted_variance",
    "cka_input",
    "cka_output",
    "gradient_norm",
    "dead",
    "effective_rank",
    "norm",
)
"""What the log says of every layer."""

_PARTS = ("train", "validation", "test")
_METRICS = ("loss", "auc", "accuracy")


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    r"""Return rows as CSV; the columns are those of any row, in the order in which they first appear.

    Example:
        >>> csv_text([{"m": 2, "n": 3}, {"m": 4, "sigma": None}])
        'm,n,sigma\n2,3,\n4,,\n'
    """
    heads = list(dict.fromkeys(name for row in rows for name in row))
    text = StringIO()
    writer = csv.DictWriter(text, heads, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: "" if value is None else value for name, value in row.items()} for row in rows)
    return text.getvalue()


def run_rows(sweep: Sweep) -> list[dict[str, Any]]:
    """Return one row for each run: options, state, results."""
    return [
        {
            "run": run.name,
            **run.options,
            "status": run.status,
            **_flat(run.result.get("final") or {}, "final"),
            "best_epoch": run.result.get("best_epoch"),
            "lipschitz_bound": run.result.get("lipschitz_bound"),
            "seconds": run.result.get("seconds"),
            "samples_per_second": run.result.get("samples_per_second"),
        }
        for run in sweep.runs
    ]


def _flat(document: Mapping[str, Any], before: str) -> dict[str, Any]:
    return {f"{before}_{part}_{metric}": number(document, part, metric) for part in _PARTS for metric in _METRICS}


def _place(cell: Cell) -> dict[str, Any]:
    return {
        "architecture": cell.architecture,
        "optimizer": cell.optimizer,
        "depth": cell.depth,
        "scale": cell.scale.label,
        "sigma_sqrt_n": cell.scale.unit if cell.scale.fixed else None,
        **dict(cell.others),
        **dict(cell.chosen),
    }


def cell_rows(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    """Return one row for each setting: test AUC with its interval over seeds."""
    return [
        _place(cell)
        | {
            "n": cell.interval.n,
            "diverged": cell.diverged,
            "test_auc": cell.interval.mean,
            "test_auc_low": cell.interval.low,
            "test_auc_high": cell.interval.high,
            "validation_auc": cell.validation.mean,
        }
        for cell in cells
    ]


def contest_rows(found: Iterable[Contest]) -> list[dict[str, Any]]:
    """Return one row for each rule and rival: how they were chosen, from how many runs, and test AUC."""
    return [
        {
            f"{role}_{name}": value
            for role, cell in (("rule", each.rule), ("rival", each.rival))
            for name, value in (
                _place(cell)
                | {
                    "matched": cell.matched,
                    "runs": cell.tried,
                    "validation_auc": cell.validation.mean,
                    "test_auc": cell.interval.mean,
                }
            ).items()
        }
        | {
            "best_rival": each.best,
            "difference": each.test.effect,
            "low": each.test.interval.low,
            "high": each.test.interval.high,
            "n": each.test.interval.n,
            "p": each.test.p,
            "p_holm": each.p,
        }
        for each in found
    ]


def curve_rows(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    """Return one row for each setting and epoch: means over seeds."""
    rows: list[dict[str, Any]] = []
    for cell in cells:
        runs = list(cell.runs.values())
        curves = {f"{part}_{metric}": dict(mean_curve(runs, part, metric)) for part in _PARTS for metric in _METRICS}
        for epoch in sorted(set[int]().union(*curves.values())):
            values = {name: curve[epoch].mean for name, curve in curves.items() if epoch in curve}
            rows.append(_place(cell) | {"epoch": epoch, "n": len(runs)} | values)
    return rows


def layer_rows(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    """Return one row for each setting and layer, before training and at the end: means over seeds."""
    rows: list[dict[str, Any]] = []
    for cell in cells:
        runs = [run for run in cell.runs.values() if run.epochs]
        for when, epoch in (("before", 0), ("after", -1)):
            columns = {name: mean_layers(runs, epoch, name) for name in LAYER_NUMBERS}
            for i in range(max((len(column) for column in columns.values()), default=0)):
                values = {name: column[i] if i < len(column) else None for name, column in columns.items()}
                rows.append(_place(cell) | {"training": when, "layer": i + 1} | values)
    return rows


def claim_rows(found: Iterable[Claim]) -> list[dict[str, Any]]:
    """Return one row for each test: the means over settings, then setting by setting."""
    rows: list[dict[str, Any]] = []
    for claim in found:
        for part in (*claim.parts, *claim.by_architecture):
            common = {"claim": claim.statement, "part": part.statement, "networks": part.where, "unit": part.unit}
            for setting, test, p in [
                ("mean over settings", part.mean, part.mean.p),
                *((each.setting, each.test, each.p) for each in part.effects),
            ]:
                rows.append(
                    common
                    | {
                        "setting": setting,
                        "effect": test.effect,
                        "low": test.interval.low,
                        "high": test.interval.high,
                        "n": test.interval.n,
                        "p": test.p,
                        "p_holm": p,
                        "size": test.size,
                        "verdict": part.verdict if setting == "mean over settings" else "",
                    }
                )
    return rows


def epoch_rows(run: Run) -> list[dict[str, Any]]:
    """Return one row for each record of the log of a run."""
    return [
        {name: record.get(name) for name in ("epoch", "step", "seconds", "samples_per_second", "lr")}
        | {f"{part}_{metric}": number(record, part, metric) for part in _PARTS for metric in _METRICS}
        | {"lipschitz_bound": record.get("lipschitz_bound")}
        for record in run.epochs
    ]


def run_layer_rows(run: Run) -> list[dict[str, Any]]:
    """Return one row for each record of the log of a run and each layer."""
    return [
        {"epoch": record.get("epoch"), **{name: layer.get(name) for name in ("layer", *LAYER_NUMBERS)}}
        for record in run.epochs
        for layer in cast("list[dict[str, Any]]", record.get("layers") or [])
    ]
