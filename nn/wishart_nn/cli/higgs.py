"""The command higgs: the data that networks are trained on, fetched, read once into an array, described."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from wishart_moments.cli.application import AsJson, group, read_order, read_size
from wishart_nn.cli import needs_torch

app = group("Fetch, read and describe the HIGGS data.")

Rows = Annotated[str | None, typer.Option(help="How many rows to use in all; all by default.", metavar="<int>")]


def _data() -> Any:
    import wishart_nn.higgs as data

    return data


@app.command()
def prepare(
    source: Annotated[Path, typer.Argument(help="HIGGS.csv.gz or a file of the same layout, packed or plain.")],
    folder: Annotated[Path, typer.Argument(help="The folder of the array; a preparation in it is continued.")],
    as_json: AsJson = False,
) -> None:
    """Read a file of rows once into an array on the disk, from which it is there in seconds; resumable.

    Example: wishart-moments higgs prepare HIGGS.csv.gz higgs-rows
    """
    prepared = _data().prepare(source, folder)
    source_record = {name: getattr(prepared.source, name) for name in ("name", "bytes", "sha256")}
    counts = {"rows": prepared.rows, "signal": prepared.signal, "sha256": prepared.sha256}
    record = {"folder": str(folder), **counts, "source": source_record}
    if as_json:
        typer.echo(json.dumps(record))
        return
    typer.echo(f"{prepared.source.name}: {prepared.rows:,} rows, {prepared.signal / prepared.rows:.2%} signal")
    typer.echo(f"sha256 of the file  {prepared.source.sha256}")
    typer.echo(f"sha256 of the rows  {prepared.sha256}")
    typer.echo(f"use it as           --data {folder}")


@app.command()
def download(
    folder: Annotated[Path, typer.Argument(help="The folder for HIGGS.csv.gz; a download in it is continued.")],
    url: Annotated[
        str | None, typer.Option(help="A mirror; the checksum must be that of the original.", metavar="<url>")
    ] = None,
) -> None:
    """Fetch HIGGS.csv.gz (2.8 GB) from the UCI repository and verify it; resumable.

    Example: wishart-moments higgs download data
    """
    data = _data()
    typer.echo(str(data.download(folder) if url is None else data.download(folder, url=url)))


@app.command()
def describe(
    source: Annotated[str, typer.Argument(help="A file of rows, a prepared folder, or synthetic.")] = "synthetic",
    features: Annotated[str, typer.Option(help="all, low or high.", metavar="<text>")] = "all",
    rows: Rows = None,
    test_rows: Annotated[
        str | None, typer.Option(help="Rows for testing; a fifth by default.", metavar="<int>")
    ] = None,
    validation_rows: Annotated[
        str | None, typer.Option(help="Rows for validation; a tenth by default.", metavar="<int>")
    ] = None,
    seed: Annotated[str, typer.Option(help="Seed of the split, an integer >= 0.", metavar="<int>")] = "0",
    verify: Annotated[bool, typer.Option("--verify", help="Check a prepared folder first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a source of data holds, how it is split, and the mean and scale of each feature.

    Example: wishart-moments higgs describe higgs-rows --features high
    """
    needs_torch("need torch to describe the data")
    package = _data()
    if verify:
        package.open_prepared(source).verify()
    data = package.load(
        source,
        features=features,
        rows=None if rows is None else read_size(rows, "rows"),
        test_rows=None if test_rows is None else read_size(test_rows, "test rows"),
        validation_rows=None if validation_rows is None else read_size(validation_rows, "validation rows"),
        seed=read_order(seed, "seed"),
    )
    record: dict[str, Any] = data.describe()
    scales = {"mean": data.mean.tolist(), "scale": data.scale.tolist()}
    if as_json:
        typer.echo(json.dumps(record | scales))
        return
    typer.echo(record["source"])
    typer.echo(f"split        {record['split']}; the validation rows likewise")
    for name, count in record["rows"].items():
        typer.echo(f"{name:<12} {count:>10,} rows, {record['signal'][name]:.2%} signal")
    typer.echo(f"fingerprint  {record['fingerprint']}")
    typer.echo(f"{'feature':<20} {'mean':>9} {'scale':>9}")
    for name, mean, scale in zip(record["feature_names"], scales["mean"], scales["scale"], strict=True):
        typer.echo(f"{name:<20} {mean:9.5f} {scale:9.5f}")
