"""The page of a single run: how it ended, its curves, its layers before and after, its certified bound."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, Context, Decimal
from math import isnan, nan
from typing import Any, cast

from markupsafe import Markup

from wishart_nn.reports import downloads
from wishart_nn.reports.cells import NAMES
from wishart_nn.reports.chart import Axis, Key, Series, chart
from wishart_nn.reports.comparisons import agreement
from wishart_nn.reports.records import Run, number
from wishart_nn.reports.rendering import document, render
from wishart_nn.reports.sweep_charts import LEAST_SHOWN, lifted
from wishart_nn.reports.words import data_line, options_line

PARTS = {"train": ("purple", "s"), "validation": ("green", "^"), "test": ("blue", "o")}
"""Colour and mark of each part of the data."""

BEFORE, MIDDLE, AFTER, PREDICTED = "ramp-3", "ramp-6", "blue", "ink"

_LAYER_CHARTS = (
    ("cka_input", "CKA with the input", False),
    ("cka_output", "CKA with the output", False),
    ("gradient_norm", "gradient ‖∂loss/∂W‖", True),
    ("effective_rank", "effective rank", False),
    ("dead", "share of dead units", False),
    ("norm", "spectral norm of the layer", False),
)


def run_page(run: Run) -> str:
    """Return the page of a run, finished or not."""
    options = run.options
    kind = NAMES.get(str(options.get("architecture")), str(options.get("architecture", "network")))
    optimizer = NAMES.get(str(options.get("optimizer")), str(options.get("optimizer", "")))
    title = (
        f"{kind[:1].upper()}{kind[1:]}, depth {options.get('depth', '?')}, σ: {options.get('sigma', '?')}, {optimizer}"
    )
    body = render(
        "run.html",
        title=title,
        data_line=data_line(run.data, options),
        remarks=_remarks(run),
        entries=_tiles(run),
        bound=_bound_line(run),
        parts=[Key(name, *pen) for name, pen in PARTS.items()],
        curves=[_curve(run, metric, label) for metric, label in (("auc", "AUC"), ("loss", "loss"), ("accuracy",) * 2)],
        epochs=_epoch_table(run),
        layers=_layers(run),
        links=[
            ("epochs.csv", downloads.epoch_rows(run), "Epochs"),
            ("layers.csv", downloads.run_layer_rows(run), "Layers at every epoch"),
            ("options.csv", [dict(options)], "Options"),
        ],
        options=options_line(options),
        fingerprint=run.data.get("fingerprint", "unknown"),
        versions=options_line(run.versions),
    )
    return document(f"Run {run.name}", body)


def _remarks(run: Run) -> list[str]:
    remarks: list[str] = []
    if "synthetic" in data_line(run.data, run.options).lower():
        remarks.append("SYNTHETIC data: a generated set with the layout of HIGGS. Nothing here is about physics.")
    last = run.epochs[-1].get("epoch") if run.epochs else None
    planned = run.options.get("epochs", "?")
    reason = str(run.result.get("reason") or "")
    if run.status == "diverged":
        remarks.append(
            f"Diverged after epoch {last} of {planned}{f': {reason}' if reason else ''}. There is no final network."
        )
    elif run.status != "finished":
        state = "Stopped" if run.status == "stopped" else "Not finished"
        where = "before its first record" if last is None else f"after epoch {last} of {planned}"
        remarks.append(f"{state} {where}; what follows is from the log so far.")
    return remarks


def _tiles(run: Run) -> list[tuple[str, str, str]]:
    last: Mapping[str, Any] = run.epochs[-1] if run.epochs else {}

    def metric(part: str, name: str) -> float | None:
        final = number(run.result, "final", part, name)
        return number(last, part, name) if final is None and run.status != "diverged" else final

    entries: list[tuple[str, str, str]] = []
    for part in ("test", "validation", "train"):
        auc, loss = metric(part, "auc"), metric(part, "loss")
        remark = "" if loss is None else f"loss {loss:.4f}"
        accuracy = metric(part, "accuracy")
        remark += "" if accuracy is None else f", accuracy {accuracy:.1%}"
        entries.append((f"{part.capitalize()} AUC", "–" if auc is None else f"{auc:.4f}", remark))
    best = number(run.result, "best", "test", "auc")
    if best is not None:
        epoch = run.result.get("best_epoch")
        entries.append(("Test AUC at the best epoch", f"{best:.4f}", f"epoch {epoch}, by validation AUC"))
    bound, certified = _bound(run)
    if bound is not None:
        entries.append(("Lipschitz bound", upward(bound), "certified" if certified else "not certified"))
    speed, seconds = number(run.result, "samples_per_second"), number(run.result, "seconds")
    if speed is not None:
        entries.append(("Samples per second", f"{speed:,.0f}", "" if seconds is None else f"{seconds:,.1f} s in all"))
    return entries


def _bound(run: Run) -> tuple[float | None, bool]:
    """Return the Lipschitz bound at the end, or so far, and whether it is proved."""
    for source in (run.result, *(run.epochs[-1:])):
        bound = number(source, "lipschitz_bound")
        if bound is not None:
            return bound, bool(source.get("lipschitz_certified"))
    return None, False


def upward(bound: float, digits: int = 6) -> str:
    """Return an upper bound in so many digits, rounded up: it stays a bound.

    Example:
        >>> upward(0.61143412), upward(1.0), upward(12345678.0, 3)
        ('0.611435', '1', '1.24e+07')
    """
    exact = Decimal(bound)
    return f"{float(Context(prec=digits, rounding=ROUND_CEILING).plus(exact)):.{digits}g}"


def _bound_line(run: Run) -> str:
    bound, certified = _bound(run)
    if bound is None:
        return ""
    asked = (
        ""
        if run.options.get("architecture") == "mlp"
        else f" It was built to have at most {run.options.get('lipschitz')}."
    )
    if certified:
        return (
            f"The network's output changes by at most {upward(bound)} times the distance between two standardised "
            f"rows: proved, rounding accounted for.{asked}"
        )
    return f"Lipschitz bound on standardised rows {upward(bound)}: the layers' norms multiplied, not proved.{asked}"


def _curve(run: Run, metric: str, label: str) -> Markup:
    series: list[Series] = []
    for part, (colour, mark) in PARTS.items():
        values = ((record.get("epoch", 0), number(record, part, metric)) for record in run.epochs)
        points = [(float(epoch), nan if value is None else value) for epoch, value in values]
        series.append(Series(part, colour, points, mark=mark))
    low = 0.5 if metric != "loss" else None
    return chart(label, series, Axis("epoch", integer=True), Axis("", low=low), note="no record yet")


def _epoch_table(run: Run) -> dict[str, Any]:
    names = [f"{part}_{metric}" for part in PARTS for metric in ("loss", "auc")]
    rows = [
        [
            str(row["epoch"]),
            *(_number(row.get(name), 4) for name in names),
            _number(row.get("lr"), 5),
            _number(row.get("lipschitz_bound"), 4),
            _number(row.get("samples_per_second"), 0),
        ]
        for row in downloads.epoch_rows(run)
    ]
    heads = [
        "epoch",
        *(name.replace("_", " ").replace("auc", "AUC") for name in names),
        "rate",
        "Lipschitz",
        "rows / s",
    ]
    return {"heads": heads, "rows": rows}


def _number(value: Any, digits: int) -> str:
    return f"{value:,.{digits}f}" if isinstance(value, int | float) else "–"


def _layers(run: Run) -> dict[str, Any] | None:
    if not any(run.layers(i, "variance") for i in range(len(run.epochs))):
        return None
    fit = agreement([run])
    drawn = [_variance_chart(run)] + [_layer_chart(run, *each) for each in _LAYER_CHARTS]
    keys = [Key("before training", BEFORE, "s"), Key("halfway", MIDDLE, "^"), Key("at the end", AFTER, "o")]
    known = len(run.epochs)
    keys = [keys[0], *keys[1:2] * (known > 2), *keys[2:] * (known > 1)]
    if fit:
        keys.append(Key("predicted, before training", PREDICTED, dashed=True))
    return {"fit": fit, "legend": keys, "charts": drawn, **_layer_table(run)}


def _times(run: Run) -> list[tuple[int, str, str, str]]:
    """Return (record, name, colour, mark) for the first, the middle and the last record."""
    last = len(run.epochs) - 1
    found = [(0, "before training", BEFORE, "s")]
    if last > 1:
        found.append((last // 2, f"after epoch {run.epochs[last // 2].get('epoch')}", MIDDLE, "^"))
    if last > 0:
        found.append((last, f"after epoch {run.epochs[last].get('epoch')}", AFTER, "o"))
    return found


def _layer_chart(run: Run, name: str, title: str, log: bool) -> Markup:
    times = _times(run)
    found = [run.layers(i, name) for i, _, _, _ in times]
    columns, low = lifted(found) if log else (found, 0.0)
    series = [
        Series(when, colour, [(float(k), value) for k, value in enumerate(column, 1)], mark=mark)
        for (_, when, colour, mark), column in zip(times, columns, strict=True)
    ]
    share = name in ("cka_input", "cka_output", "dead")
    return chart(title, series, Axis("layer", integer=True), Axis("", log=log, low=low, high=1.0 if share else None))


def _variance_chart(run: Run) -> Markup:
    series: list[Series] = []
    predicted = run.layers(0, "predicted_variance")
    if any(not isnan(value) for value in predicted):
        points = [(float(k), value) for k, value in enumerate(predicted, 1)]
        series.append(Series("predicted", PREDICTED, points, line="dashed", mark=""))
    for i, when, colour, mark in _times(run):
        column = [max(value, LEAST_SHOWN) if value == value else value for value in run.layers(i, "variance")]
        # Where there is a prediction, the first line stands on it and would hide it.
        line = "" if i == 0 and series else "solid"
        points = [(float(k), value) for k, value in enumerate(column, 1)]
        series.append(Series(when, colour, points, mark=mark, line=line))
    return chart("mean square of y", series, Axis("layer", integer=True), Axis("", log=True))


def _layer_table(run: Run) -> dict[str, Any]:
    heads = [
        "layer",
        "mean square before",
        "predicted",
        "at the end",
        "CKA in",
        "CKA out",
        "dead",
        "rank",
        "gradient",
        "norm",
    ]
    columns = [
        run.layers(0, "variance"),
        run.layers(0, "predicted_variance"),
        *(
            run.layers(-1, name)
            for name in ("variance", "cka_input", "cka_output", "dead", "effective_rank", "gradient_norm", "norm")
        ),
    ]
    alpha = cast("list[Any]", run.epochs[-1].get("alpha") or []) if run.epochs else []
    if alpha:
        heads.append("α")
        columns.append([float(value) if isinstance(value, int | float) else nan for value in alpha])
    count = max(map(len, columns))
    rows = [
        [str(i + 1), *("–" if i >= len(column) or isnan(column[i]) else f"{column[i]:.4g}" for column in columns)]
        for i in range(count)
    ]
    return {"heads": heads, "rows": rows}
