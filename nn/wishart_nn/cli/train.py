"""The command `train`: one run, in a folder, resumable."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from wishart_moments.cli.application import AsJson, standalone
from wishart_moments.errors import DomainError
from wishart_moments.texts import real
from wishart_moments.variance.sigma import HE_NOTE
from wishart_nn.cli import needs_torch
from wishart_nn.cli.run_options import Given, for_one_run, takes_run_options
from wishart_nn.starts import MatchedStart
from wishart_nn.training.options import RunOptions, read_value

app = standalone()

Folder = Annotated[Path, typer.Option("--output", "-o", "--out", help="Folder of the run, new or empty.")]


@app.command()
@takes_run_options(for_one_run)
def train(
    output: Folder,
    run: Given,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in the folder, if it holds one.")
    ] = False,
    checkpoint_every: Annotated[
        str, typer.Option(help="Seconds between checkpoints within an epoch.", metavar="<float>")
    ] = "60",
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow server or database for the metrics.", metavar="<url>")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train a network on HIGGS or on any table, and print its metrics after every epoch.

    Exit 0 when it has finished, 1 when it diverged, 130 when it was stopped; a stopped or killed run goes on with
    --resume, bit for bit, and a finished one with more --epochs. Without --data the rows are SYNTHETIC.

    Example: wishart-moments train --output RUN --data table.csv --label species --epochs 20 --patience 5
    """
    if output.is_dir() and (output / "config.json").is_file() and not resume:
        raise DomainError(f"{str(output)!r} holds a run already; go on with --resume, or give another --output")
    needs_torch("need torch to train")
    options = RunOptions(**read_options(run))
    seconds = real(checkpoint_every, "checkpoint_every", ">= 0")
    from wishart_nn.training import train as trained

    def printed(record: dict[str, Any]) -> None:
        if not as_json:
            typer.echo(_epoch_line(record, options.epochs))

    result = trained(
        options,
        output,
        resume=resume,
        on_epoch=printed,
        tracking_uri=tracking_uri,
        checkpoint_every=seconds,
    )
    typer.echo(json.dumps(result.result, indent=1) if as_json else _summary(result.result, output, options), nl=as_json)
    if result.status != "finished":
        raise typer.Exit(1 if result.status == "diverged" else 130)


def read_options(given: Given) -> dict[str, Any]:
    """Return the options that were given, as values of their types; 0 threads are none that are asked for."""
    texts = given | ({"threads": "none"} if given.get("threads") == "0" else {})
    return {
        name: value if isinstance(value, bool) else read_value(name, value)
        for name, value in texts.items()
        if value is not None
    }


def _epoch_line(record: dict[str, Any], epochs: int) -> str:
    parts = "  ".join(f"{name} {_metrics(record[name])}" for name in ("train", "validation", "test"))
    rate = record["samples_per_second"]
    speed = "" if rate is None else f"  {rate:,.0f} rows/s"
    return f"epoch {record['epoch']}/{epochs}  {parts}{speed}"


def _auc(value: float | None) -> str:
    return "diverged" if value is None else f"{value:.4f}"


def _metrics(values: dict[str, float]) -> str:
    return f"loss {values['loss']:.4f} AUC {values['auc']:.4f}"


def _summary(result: dict[str, Any], out: Path, options: RunOptions) -> str:
    lines = [f"data       {result['data_source']}"]
    if options.sigma == "he":
        lines.append(f"sigma      {HE_NOTE}")
    if start := result.get("start"):
        tries = ", ".join(f"{each['start']}: {_auc(each['validation_auc'])}" for each in start["tries"])
        lines.append(f"start      {MatchedStart(start['share'], start['step_length'])}; validation AUC of {tries}")
    status = result["status"]
    if status == "diverged":
        lines.append(f"diverged   at step {result['steps']:,}: {result['reason']}; try a smaller --lr")
    elif status == "stopped":
        lines.append(f"stopped    at step {result['steps']:,}; the same command with --resume goes on")
    else:
        if result["reason"]:
            lines.append(f"stopped    early: {result['reason']}")
        final = result["final"]["test"]
        proved = "proved" if result["lipschitz_certified"] else "not proved"
        lines += [
            f"test       AUC {final['auc']:.4f}, accuracy {final['accuracy']:.4f}, loss {final['loss']:.4f}",
            f"best epoch {result['best_epoch']} by validation: test AUC {result['best']['test']['auc']:.4f}",
            f"Lipschitz  {result['lipschitz_bound']:.6g}, {proved}",
        ]
    return "\n".join([*lines, f"folder     {out}"]) + "\n"
