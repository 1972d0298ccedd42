"""The tables that a page gives away as CSV."""

from collections.abc import Iterable
from itertools import zip_longest
from typing import Any, cast

from wishart_nn.reports.cells import Cell, mean_curve, mean_layers
from wishart_nn.reports.comparisons import Contest
from wishart_nn.reports.records import Run, Sweep, number
from wishart_nn.reports.statistics import Test
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

_METRICS = [(part, metric) for part in ("train", "validation", "test") for metric in ("loss", "auc", "accuracy")]

Row = dict[str, Any]


def run_rows(sweep: Sweep) -> list[Row]:
    """Return one row for each run: options, state, results."""
    ends = ("best_epoch", "lipschitz_bound", "seconds", "samples_per_second")
    return [
        {"run": run.name, **run.options, "status": run.status}
        | {f"final_{part}_{metric}": number(run.result, "final", part, metric) for part, metric in _METRICS}
        | {name: run.result.get(name) for name in ends}
        for run in sweep.runs
    ]


def _place(cell: Cell) -> Row:
    named = {"architecture": cell.architecture, "optimizer": cell.optimizer, "depth": cell.depth}
    scale = {"scale": cell.scale.label, "sigma_sqrt_n": cell.scale.unit if cell.scale.fixed else None}
    return {**named, **scale, **dict(cell.others), **dict(cell.chosen)}


def _tested(test: Test, p: float, effect: str) -> Row:
    found = test.interval
    return {effect: found.mean, "low": found.low, "high": found.high, "n": found.n, "p": test.p, "p_holm": p}


def cell_rows(cells: Iterable[Cell]) -> list[Row]:
    """Return one row for each setting: test AUC with its interval over seeds."""
    rows: list[Row] = []
    for cell in cells:
        found = cell.interval
        scores = {"test_auc": found.mean, "test_auc_low": found.low, "test_auc_high": found.high}
        counts = {"n": found.n, "diverged": cell.diverged}
        rows.append(_place(cell) | counts | scores | {"validation_auc": cell.validation.mean})
    return rows


def contest_rows(found: Iterable[Contest]) -> list[Row]:
    """Return one row for each rule and rival: how they were chosen, from how many runs, and test AUC."""

    def side(role: str, cell: Cell) -> Row:
        scores = {"validation_auc": cell.validation.mean, "test_auc": cell.interval.mean}
        told = _place(cell) | {"matched": cell.matched, "runs": cell.tried} | scores
        return {f"{role}_{name}": value for name, value in told.items()}

    return [
        side("rule", each.rule)
        | side("rival", each.rival)
        | {"best_rival": each.best}
        | _tested(each.test, each.p, "difference")
        for each in found
    ]


def curve_rows(cells: Iterable[Cell]) -> list[Row]:
    """Return one row for each setting and epoch: means over seeds."""
    rows: list[Row] = []
    for cell in cells:
        runs = list(cell.runs.values())
        curves = {f"{part}_{metric}": dict(mean_curve(runs, part, metric)) for part, metric in _METRICS}
        for epoch in sorted(set[int]().union(*curves.values())):
            values = {name: curve[epoch].mean for name, curve in curves.items() if epoch in curve}
            rows.append(_place(cell) | {"epoch": epoch, "n": len(runs)} | values)
    return rows


def layer_rows(cells: Iterable[Cell]) -> list[Row]:
    """Return one row for each setting and layer, before training and at the end: means over seeds."""
    rows: list[Row] = []
    for cell in cells:
        runs = [run for run in cell.runs.values() if run.epochs]
        for when, epoch in (("before", 0), ("after", -1)):
            columns = [mean_layers(runs, epoch, name) for name in LAYER_NUMBERS]
            for layer, values in enumerate(zip_longest(*columns), 1):
                told = dict(zip(LAYER_NUMBERS, values, strict=True))
                rows.append(_place(cell) | {"training": when, "layer": layer} | told)
    return rows


def claim_rows(found: Iterable[Claim]) -> list[Row]:
    """Return one row for each test: the means over settings, then setting by setting."""
    rows: list[Row] = []
    for claim in found:
        for part in (*claim.parts, *claim.by_architecture):
            common = {"claim": claim.statement, "part": part.statement, "networks": part.where, "unit": part.unit}
            mean = ("mean over settings", part.mean, part.mean.p, part.verdict)
            for setting, test, p, verdict in (mean, *((each.setting, each.test, each.p, "") for each in part.effects)):
                told = {"size": test.size, "verdict": verdict}
                rows.append(common | {"setting": setting} | _tested(test, p, "effect") | told)
    return rows


def epoch_rows(run: Run) -> list[Row]:
    """Return one row for each record of the log of a run."""
    return [
        {name: record.get(name) for name in ("epoch", "step", "seconds", "samples_per_second", "lr")}
        | {f"{part}_{metric}": number(record, part, metric) for part, metric in _METRICS}
        | {"lipschitz_bound": record.get("lipschitz_bound")}
        for record in run.epochs
    ]


def run_layer_rows(run: Run) -> list[Row]:
    """Return one row for each record of the log of a run and each layer."""
    return [
        {"epoch": record.get("epoch"), **{name: layer.get(name) for name in ("layer", *LAYER_NUMBERS)}}
        for record in run.epochs
        for layer in cast("list[Row]", record.get("layers") or [])
    ]
