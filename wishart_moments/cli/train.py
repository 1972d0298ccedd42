"""The command `train`: one run, in a folder, resumable."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from wishart_moments import domain
from wishart_moments.cli.application import AsJson, app, needs_torch, read_size
from wishart_moments.errors import DomainError

Out = Annotated[Path, typer.Option("--out", "-o", help="Folder of the run, new or empty.")]
DataSource = Annotated[
    str, typer.Option("--data", help="synthetic, HIGGS.csv.gz, a file of the same layout, or a prepared folder.")
]
Scale = Annotated[
    str,
    typer.Option(
        help="Scale of the raw weights: predicted, shared (for --match-step), he, 0.1, 10/sqrt(n), a formula."
    ),
]


@app.command()
def train(
    out: Out,
    data: DataSource = "synthetic",
    features: Annotated[str, typer.Option(help="all (28), low (the first 21) or high (the last 7).")] = "all",
    rows: Annotated[str | None, typer.Option(help="Rows to use; all if not given.")] = None,
    split_seed: Annotated[str, typer.Option(help="Seed of the split into training, validation and test.")] = "0",
    depth: Annotated[str, typer.Option(help="Hidden layers.")] = "5",
    width: Annotated[str, typer.Option(help="Width of the hidden layers.")] = "64",
    architecture: Annotated[str, typer.Option(help="chain, independent or mlp.")] = "chain",
    activation: Annotated[
        str, typer.Option(help="relu, leaky_relu:0.2, abs, groupsort, householder, tanh, elu or identity.")
    ] = "relu",
    optimizer: Annotated[str, typer.Option(help="adamw, adam or sgd.")] = "adamw",
    sigma: Scale = "predicted",
    alpha: Annotated[str, typer.Option(help="The regularisation at the start, > 0.")] = "1",
    learn_alpha: Annotated[bool, typer.Option("--learn-alpha", help="Learn alpha, one for each layer.")] = False,
    match_step: Annotated[
        bool, typer.Option("--match-step", help="Scale W and sqrt(alpha) together until a step is as long as W.")
    ] = False,
    lipschitz: Annotated[str, typer.Option(help="Lipschitz bound of the network on standardised rows.")] = "1",
    temperature: Annotated[str, typer.Option(help="The loss is that of sigmoid(temperature x output).")] = "10",
    epochs: Annotated[str, typer.Option(help="Passes over the training rows.")] = "5",
    batch_size: Annotated[str, typer.Option(help="Rows of a step.")] = "256",
    lr: Annotated[str | None, typer.Option(help="Greatest learning rate; 3e-3 for adam(w), 0.1 for sgd.")] = None,
    momentum: Annotated[str, typer.Option(help="Of sgd.")] = "0.9",
    weight_decay: Annotated[str, typer.Option(help="Of the matrices.")] = "0",
    schedule: Annotated[str, typer.Option(help="one-cycle, cosine or constant.")] = "one-cycle",
    seed: Annotated[str, typer.Option(help="Seed of the weights and of the batches.")] = "0",
    factor: Annotated[str, typer.Option(help="cholesky or symmetric.")] = "cholesky",
    device: Annotated[str, typer.Option(help="cpu, cuda or cuda:1.")] = "cpu",
    threads: Annotated[str, typer.Option(help="Threads of the processor; 0 for torch's choice.")] = "1",
    diagnose_rows: Annotated[str, typer.Option(help="Training rows on which the layers are looked at.")] = "2048",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in the folder, if it holds one.")
    ] = False,
    checkpoint_every: Annotated[str, typer.Option(help="Seconds between checkpoints within an epoch.")] = "60",
    tracking_uri: Annotated[str | None, typer.Option(help="MLflow server or database for the metrics.")] = None,
    as_json: AsJson = False,
) -> None:
    """Train a network on HIGGS and print its metrics after every epoch.

    Exit 0 when it has finished, 1 when it diverged, 130 when it was stopped; a stopped or killed run goes on with
    --resume, bit for bit. Without --data the rows are SYNTHETIC.

    Example: wishart-moments train --out RUN --depth 5 --width 64 --epochs 5
    """
    if out.is_dir() and (out / "config.json").is_file() and not resume:
        raise DomainError(f"{str(out)!r} holds a run already; go on with --resume, or give another --out")
    needs_torch("need torch to train")
    from wishart_nn.training import RunOptions
    from wishart_nn.training import train as trained

    options = RunOptions(
        data=data,
        features=features,
        rows=None if rows is None else read_size(rows, "rows"),
        split_seed=_integer(split_seed, "split_seed"),
        depth=read_size(depth, "depth"),
        width=read_size(width, "width"),
        architecture=architecture,
        activation=activation,
        optimizer=optimizer,
        sigma=sigma,
        alpha=_number(alpha, "alpha"),
        learn_alpha=learn_alpha,
        match_step=match_step,
        lipschitz=_number(lipschitz, "lipschitz"),
        temperature=_number(temperature, "temperature"),
        epochs=read_size(epochs, "epochs"),
        batch_size=read_size(batch_size, "batch_size"),
        lr=None if lr is None else _number(lr, "lr"),
        momentum=_number(momentum, "momentum"),
        weight_decay=_number(weight_decay, "weight_decay"),
        schedule=schedule,
        seed=_integer(seed, "seed"),
        device=device,
        threads=_integer(threads, "threads") or None,
        diagnose_rows=read_size(diagnose_rows, "diagnose_rows"),
        factor=factor,
    )
    seconds = _number(checkpoint_every, "checkpoint_every")

    def printed(record: dict[str, Any]) -> None:
        if not as_json:
            typer.echo(_epoch_line(record, options.epochs))

    run = trained(
        options,
        out,
        resume=resume,
        on_epoch=printed,
        tracking_uri=tracking_uri,
        checkpoint_every=seconds,
    )
    typer.echo(json.dumps(run.result, indent=1) if as_json else _summary(run.result, out), nl=as_json)
    if run.status != "finished":
        raise typer.Exit(1 if run.status == "diverged" else 130)


def _epoch_line(record: dict[str, Any], epochs: int) -> str:
    parts = "  ".join(f"{name} {_metrics(record[name])}" for name in ("train", "validation", "test"))
    rate = record["samples_per_second"]
    speed = "" if rate is None else f"  {rate:,.0f} rows/s"
    return f"epoch {record['epoch']}/{epochs}  {parts}{speed}"


def _metrics(values: dict[str, float]) -> str:
    return f"loss {values['loss']:.4f} AUC {values['auc']:.4f}"


def _summary(result: dict[str, Any], out: Path) -> str:
    lines = [f"data       {result['data_source']}"]
    status = result["status"]
    if status == "diverged":
        lines.append(f"diverged   at step {result['steps']:,}: {result['reason']}; try a smaller --lr")
    elif status == "stopped":
        lines.append(f"stopped    at step {result['steps']:,}; the same command with --resume goes on")
    else:
        final = result["final"]["test"]
        proved = "proved" if result["lipschitz_certified"] else "not proved"
        lines += [
            f"test       AUC {final['auc']:.4f}, accuracy {final['accuracy']:.4f}, loss {final['loss']:.4f}",
            f"best epoch {result['best_epoch']} by validation: test AUC {result['best']['test']['auc']:.4f}",
            f"Lipschitz  {result['lipschitz_bound']:.6g}, {proved}",
        ]
    return "\n".join([*lines, f"folder     {out}"]) + "\n"


def _number(text: str, name: str) -> float:
    return float(domain.number(text, name, ">= 0"))


def _integer(text: str, name: str) -> int:
    try:
        return domain.order(int(text), name)
    except ValueError as error:
        if isinstance(error, DomainError):
            raise
        raise DomainError(f"need {name} to be an integer >= 0, got {domain.shown(text)}") from None
