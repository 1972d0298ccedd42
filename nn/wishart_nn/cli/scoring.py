"""The commands `predict` and `evaluate`: a run on other rows."""

from pathlib import Path
from typing import Annotated

import typer

from wishart_moments.cli.application import AsJson, Force, standalone
from wishart_moments.errors import DomainError
from wishart_nn.cli import needs_torch
from wishart_nn.data import json_files

predict_app, evaluate_app = standalone(), standalone()

Run = Annotated[Path, typer.Argument(help="Folder of a run, finished or stopped.")]
Rows = Annotated[
    Path, typer.Option("--data", help="Rows: a CSV or Parquet file with the run's columns; for HIGGS as in train.")
]
Weights = Annotated[
    str,
    typer.Option(help="Weights: best, after the epoch with the best validation AUC, or last.", metavar="<text>"),
]


@predict_app.command()
def predict(
    run: Run,
    data: Rows,
    output: Annotated[Path, typer.Option("--output", "-o", help="The scores: a .csv or a .parquet file.")],
    weights: Weights = "best",
    force: Force = False,
) -> None:
    """Score rows with the network of a run: for each row the likeliest class and the probability of every class.

    Example: wishart-moments predict RUN --data new.csv --output scores.csv
    """
    needs_torch("need torch to predict")
    from wishart_nn.training.scoring import score, write_scores

    if output.exists() and not force:
        raise DomainError(f"{str(output)!r} exists already; give another name, or --force")
    scores = score(run, data, weights=weights)
    write_scores(output, scores, overwrite=force)
    typer.echo(f"written: {output}, {len(scores.probability):,} rows of {scores.source}")


@evaluate_app.command()
def evaluate(run: Run, data: Rows, weights: Weights = "best", as_json: AsJson = False) -> None:
    """Say how good a run is on labelled rows that it has not seen.

    The AUC with DeLong's standard error (of more than two classes the mean of each against the rest), accuracy with
    Wilson's 95 % interval, cross-entropy, calibration in bins of equally many rows; for HIGGS the background rejection
    at 30 and 50 % signal efficiency and the best approximate median significance (AMS) for 100 signal and 1000
    background events, b_r = 10.

    Example: wishart-moments evaluate RUN --data test.csv
    """
    needs_torch("need torch to evaluate")
    from wishart_nn.training.scoring import evaluate as evaluated

    found = evaluated(run, data, weights=weights)
    if as_json:
        typer.echo(json_files.as_json(found, indent=1))
        return
    low, high = found["accuracy_interval"]
    error = found["auc_standard_error"]
    typer.echo(f"data         {found['data']}, {found['rows']:,} rows; {found['weights']} weights")
    typer.echo(f"AUC          {found['auc']:.4f}" + ("" if error is None else f" ± {error:.4f}"))
    for name, each in found.get("auc_by_class", {}).items():
        typer.echo(f"  {name:<10} {each['auc']:.4f} ± {each['standard_error']:.4f}")
    typer.echo(f"accuracy     {found['accuracy']:.4f} [{low:.4f}, {high:.4f}]")
    typer.echo(f"loss         {found['loss']:.4f}, Brier score {found['brier']:.4f}")
    typer.echo(f"calibration  off by {found['calibration_error']:.4f} on average")
    for row in found["calibration"]:
        typer.echo(f"  said {row['confidence']:.3f}, met {row['met']:.3f}, {row['rows']:,} rows")
    for efficiency, value in found.get("background_rejection", {}).items():
        typer.echo(f"rejection    {'all' if value is None else f'{value:.1f}'} at {float(efficiency):.0%} efficiency")
    if "ams" in found:
        typer.echo(f"AMS          {found['ams']:.3f} above {found['ams_threshold']:.4f}")
