"""The command `sweep`: many runs, over grids or search spaces of the options of `train`, by many processes."""

from math import isnan
from pathlib import Path
from typing import Annotated, Any

import typer

from wishart_moments.cli.application import AsJson, read_order, read_size, standalone
from wishart_moments.notation.tables import columns
from wishart_nn.cli import needs_torch
from wishart_nn.cli.run_options import Given, for_a_sweep, takes_run_options
from wishart_nn.data import json_files

app = standalone()

SHOWN = 10
"""Settings of which the summary tells."""

Folder = Annotated[Path, typer.Option("--output", "-o", "--out", help="The folder; a sweep in it is continued.")]


@app.command()
@takes_run_options(for_a_sweep, without=("seed", "device", "threads"))
def sweep(
    output: Folder,
    run: Given,
    device: Annotated[
        str | None, typer.Option(help="Of the workers, who take a list in turn: cuda:0,cuda:1.", metavar="<text,...>")
    ] = None,
    threads: Annotated[
        str | None,
        typer.Option(help="Threads for each worker; default 1, 0 for torch's choice.", metavar="<int>"),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            help="Starts to compare, a sigma each, with +match for matched steps: he; 10/sqrt(n); shared+match; tried.",
            metavar="<text;...>",
        ),
    ] = None,
    seeds: Annotated[
        str | None,
        typer.Option(help="Seeds, the same ones for every setting: 0-4 or 0,1,7; default 0.", metavar="<int,...>"),
    ] = None,
    draws: Annotated[str | None, typer.Option(help="Draws of a search; default 50.", metavar="<int>")] = None,
    sampler: Annotated[str | None, typer.Option(help="Sampler of a search: tpe or random.", metavar="<text>")] = None,
    workers: Annotated[
        str, typer.Option(help="Processes on this machine; 0 to see how far the sweep is.", metavar="<int>")
    ] = "1",
    retries: Annotated[
        str, typer.Option(help="How often a run is tried again whose process died.", metavar="<int>")
    ] = "10",
    as_json: AsJson = False,
) -> None:
    """Run many trainings: every combination of lists, or draws from ranges; print the best settings.

    The options of train take one value (5), a list (2,5,10: all combinations of lists are run) or a range
    (1e-4..1e-1:log, 16..128:16, 0.3..10/sqrt(n):log: searched). Beside a range, lists are choices of the search with
    --sampler tpe; with --sampler random the same draws are made at every setting. Settings are compared over the same
    seeds, by validation AUC.

    The same command continues a sweep: after Ctrl-C, after everything was killed, or while it runs, with more workers;
    in short, --output FOLDER alone. With more values, seeds or draws it extends the sweep, on a constant schedule with
    more epochs too. Nothing that is over is run again; a killed run goes on from its checkpoint.

    The folder is all the memory that a sweep has: machines that share it work on it together. A Slurm array, whose
    tasks all run the same line:

    \b
    #SBATCH --array=0-47 --cpus-per-task=1
    wishart-moments sweep --output /shared/STUDY --depth 2,5,10,20 --optimizer sgd,adamw --seeds 0-4

    A Kubernetes job, whose pods end when nothing is left (/study on a shared volume):

    \b
    spec: {parallelism: 48, backoffLimit: 1000, template: {spec: {restartPolicy: OnFailure, containers: [
      {name: worker, image: IMAGE,
       command: [wishart-moments, sweep, --output, /study/sweep, --depth, "2,5,10,20", --seeds, "0-4"]}]}}}

    Exit 0 when all runs have ended, 1 when some were given up or are left, 130 when interrupted.

    Example: wishart-moments sweep --output STUDY --start "he; shared+match" --lr 1e-3,3e-3 --seeds 0-4 --workers 2
    """  # noqa: D301 (\b is for click: the lines that follow stay as they are)
    needs_torch("need torch to train")
    from wishart_nn.sweeps import run_sweep, settings
    from wishart_nn.sweeps.reading import read_sweep

    devices = [each.strip() for each in device.split(",")] if device else []
    options = {**run, "device": devices[0] if devices else None, "threads": "none" if threads == "0" else threads}
    there = (output / "sweep.json").is_file()
    what = [*run.values(), start, seeds, draws, sampler]
    spec = None
    if not there or any(value is not None for value in what):
        spec = read_sweep(
            options,
            start=start,
            seeds="0" if seeds is None else seeds,
            draws=50 if draws is None else read_size(draws, "draws"),
            sampler=sampler or "tpe",
        )
    try:
        outcome = run_sweep(
            spec,
            output,
            workers=read_order(workers, "workers"),
            devices=devices,
            retries=read_order(retries, "retries"),
        )
    except KeyboardInterrupt:
        typer.echo(f"wishart-moments: interrupted; wishart-moments sweep --output {output} goes on", err=True)
        raise typer.Exit(130) from None
    ranked = settings(outcome.rows, outcome.spec)
    source = outcome.rows[0]["data_source"] if outcome.rows else None
    if as_json:
        typer.echo(json_files.as_json(_document(outcome, ranked, source), indent=1))
    else:
        typer.echo(_summary(outcome, ranked, source), nl=False)
    if outcome.finished < outcome.total:
        raise typer.Exit(1)


def _document(outcome: Any, ranked: list[Any], source: str | None) -> dict[str, Any]:
    return {
        "folder": str(outcome.folder),
        "data_source": source,
        "total": outcome.total,
        "finished": outcome.finished,
        "given_up": outcome.given_up,
        "results": str(outcome.results),
        "settings": [vars(each) for each in ranked],
    }


def _summary(outcome: Any, ranked: list[Any], source: str | None) -> str:
    lines = [f"sweep     {outcome.folder}, {outcome.finished} of {outcome.total} finished"]
    if source is not None:
        lines.append(f"data      {source}")
    lines += [f"given up  {name}: {why}" for name, why in list(outcome.given_up.items())[:SHOWN]]
    if len(outcome.given_up) > SHOWN:
        lines.append(f"given up  {len(outcome.given_up) - SHOWN} more")
    if ranked:
        lines += ["", _table(ranked[:SHOWN])]
        if len(ranked) > SHOWN:
            lines.append(f"and {len(ranked) - SHOWN} more settings")
    lines += ["", f"written   {outcome.results}"]
    if ranked:
        lines.append(f"report    wishart-moments report {outcome.folder}")
    return "\n".join(lines) + "\n"


def _table(ranked: list[Any]) -> str:
    names = list(ranked[0].values)
    table = [[*names, "validation AUC", "test AUC", "s.e.", "runs", "diverged"]]
    for each in ranked:
        error = "" if isnan(each.standard_error) else f"{each.standard_error:.4f}"
        values = [f"{value:.4g}" if isinstance(value, float) else str(value) for value in each.values.values()]
        numbers = [f"{each.validation_auc:.4f}", f"{each.test_auc:.4f}", error, str(each.runs), str(each.diverged)]
        table.append(values + numbers)
    return columns(table)
