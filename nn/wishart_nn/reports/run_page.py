"""The page of a single run: how it ended, its curves, its layers before and after, its certified bound."""

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
from wishart_nn.reports.sweep_charts import by_layer, lifted
from wishart_nn.reports.words import data_line, options_line

PARTS = {"train": ("purple", "s"), "validation": ("green", "^"), "test": ("blue", "o")}
"""Colour and mark of each part of the data."""

PREDICTED = "ink"

TIMES = (
    Key("before training", "ramp-3", "s"),
    Key("halfway", "ramp-6", "^"),
    Key("at the end", "blue", "o"),
)
"""When the layers are shown: pen and legend."""

_LAYER_CHARTS = (
    ("variance", "mean square of y", True),
    ("cka_input", "CKA with the input", False),
    ("cka_output", "CKA with the output", False),
    ("gradient_norm", "gradient ‖∂loss/∂W‖", True),
    ("effective_rank", "effective rank", False),
    ("dead", "share of dead units", False),
    ("norm", "spectral norm of the layer", False),
)

_COLUMNS = (
    ("mean square before", 0, "variance"),
    ("predicted", 0, "predicted_variance"),
    ("at the end", -1, "variance"),
    ("CKA in", -1, "cka_input"),
    ("CKA out", -1, "cka_output"),
    ("dead", -1, "dead"),
    ("rank", -1, "effective_rank"),
    ("gradient", -1, "gradient_norm"),
    ("norm", -1, "norm"),
)
"""Of the table of the layers: head, record, quantity."""


def run_page(run: Run) -> str:
    """Return the page of a run, finished or not."""
    columns: list[tuple[str, list[float]]] = []
    if any(run.layers(i, "variance") for i in range(len(run.epochs))):
        alpha = cast("list[Any]", run.epochs[-1].get("alpha") or [])
        given = [float(value) if isinstance(value, int | float) else nan for value in alpha]
        columns = [(head, run.layers(epoch, name)) for head, epoch, name in _COLUMNS] + [("α", given)] * bool(alpha)
    body = render(
        "run.html",
        run=run,
        last=run.epochs[-1] if run.epochs else {},
        names=NAMES,
        data_line=data_line(run.data, run.options),
        bound=_bound(run),
        parts=[Key(name, *pen) for name, pen in PARTS.items()],
        curves=[_curve(run, metric, label) for metric, label in (("auc", "AUC"), ("loss", "loss"), ("accuracy",) * 2)],
        epochs=downloads.epoch_rows(run),
        columns=columns,
        longest=max((len(column) for _, column in columns), default=0),
        fit=agreement([run]),
        drawn=[_layer_chart(run, *each) for each in _LAYER_CHARTS] if columns else [],
        keys=_keys(run),
        links=[
            ("epochs.csv", downloads.epoch_rows(run), "Epochs"),
            ("layers.csv", downloads.run_layer_rows(run), "Layers at every epoch"),
            ("options.csv", [dict(run.options)], "Options"),
        ],
        options_line=options_line(run.options),
        versions=options_line(run.versions),
    )
    return document(f"Run {run.name}", body)


def _bound(run: Run) -> tuple[str, bool] | None:
    """Return the Lipschitz bound at the end, or so far, and whether it is proved."""
    for source in (run.result, *(run.epochs[-1:])):
        bound = number(source, "lipschitz_bound")
        if bound is not None:
            return upward(bound), bool(source.get("lipschitz_certified"))
    return None


def upward(bound: float, digits: int = 6) -> str:
    """Return an upper bound in so many digits, rounded up: it stays a bound.

    Example:
        >>> upward(0.61143412), upward(1.0), upward(12345678.0, 3)
        ('0.611435', '1', '1.24e+07')
    """
    exact = Decimal(bound)
    return f"{float(Context(prec=digits, rounding=ROUND_CEILING).plus(exact)):.{digits}g}"


def _curve(run: Run, metric: str, label: str) -> Markup:
    series: list[Series] = []
    for part, (colour, mark) in PARTS.items():
        values = ((record.get("epoch", 0), number(record, part, metric)) for record in run.epochs)
        points = [(float(epoch), nan if value is None else value) for epoch, value in values]
        series.append(Series(part, colour, points, mark=mark))
    low = 0.5 if metric != "loss" else None
    return chart(label, series, Axis("epoch", integer=True), Axis("", low=low), note="no record yet")


def _times(run: Run) -> list[tuple[int, Key]]:
    """Return the first, the middle and the last record, with their pens."""
    last = len(run.epochs) - 1
    return [(0, TIMES[0]), *[(last // 2, TIMES[1])] * (last > 1), *[(last, TIMES[2])] * (last > 0)]


def _keys(run: Run) -> list[Key]:
    keys = [key for _, key in _times(run)] if run.epochs else [*TIMES[:1]]
    return keys + [Key("predicted, before training", PREDICTED, dashed=True)] * (agreement([run]) is not None)


def _layer_chart(run: Run, name: str, title: str, log: bool) -> Markup:
    times = _times(run)
    found = [run.layers(i, name) for i, _ in times]
    columns = lifted(found)[0] if log else found
    predicted = run.layers(0, "predicted_variance") if name == "variance" else []
    series: list[Series] = []
    if any(not isnan(value) for value in predicted):
        series.append(Series("predicted", PREDICTED, by_layer(predicted), line="dashed", mark=""))
    known = bool(series)
    for (i, key), column in zip(times, columns, strict=True):
        when = f"after epoch {run.epochs[i].get('epoch')}" if i else key.name
        # Where there is a prediction, the first line stands on it and would hide it.
        line = "" if known and not i else "solid"
        series.append(Series(when, key.colour, by_layer(column), mark=key.mark, line=line))
    share = name in ("cka_input", "cka_output", "dead")
    y = Axis("", log=log, low=None if log else 0.0, high=1.0 if share else None)
    return chart(title, series, Axis("layer", integer=True), y)
