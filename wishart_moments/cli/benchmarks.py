"""The command benchmark: what is measured on the spot, with pages to look at."""

from pathlib import Path
from typing import Annotated

import typer

from wishart_moments.cli.application import group, read_order

benchmark = group("Measure a claim and write pages to look at.", "benchmark")


@benchmark.command()
def truncation(
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder; a run in it is continued.")] = Path(
        "truncation"
    ),
    sizes: Annotated[
        str | None,
        typer.Option(
            help="Groups of sizes, 2-9,10-90:10 by default; all pairs in a group are taken.", metavar="<int,...>"
        ),
    ] = None,
    draws: Annotated[
        str | None, typer.Option(help="Draws of W for each shape, 1000000 by default.", metavar="<int>")
    ] = None,
    seed: Annotated[str, typer.Option(help="Seed, an integer >= 0.", metavar="<int>")] = "0",
    quick: Annotated[bool, typer.Option("--quick", help="A few small shapes and draws, in seconds.")] = False,
) -> None:
    """Compare the truncated series, the exact variance, bounds and the limit with Monte Carlo.

    Writes truncation.csv, truncation.png, truncation.svg and the page truncation.html into the folder. Shapes that are
    finished there are not drawn again.

    Example: wishart-moments benchmark truncation --quick --output comparison
    """
    from wishart_moments.reports import truncation as measured
    from wishart_moments.reports.figures import needs_matplotlib
    from wishart_moments.reports.truncation_page import write_pages

    needs_matplotlib()
    configuration = measured.Configuration(
        sizes=(measured.QUICK_SIZES if quick else measured.SIZES) if sizes is None else sizes,
        draws=(measured.QUICK_DRAWS if quick else measured.DRAWS) if draws is None else read_order(draws, "draws"),
        seed=read_order(seed, "seed"),
    )
    comparison = measured.compare(configuration, measured.simulate_shapes(configuration, output))
    findings, paths = write_pages(comparison, output)
    for finding in findings:
        typer.echo(f"{finding.verdict:<9} {finding.plain}")
    typer.echo("written: " + ", ".join(str(path) for path in paths))
