"""The command report: the page of a training run or of a sweep."""

from pathlib import Path
from typing import Annotated

import typer

from wishart_moments.cli.application import Force, standalone
from wishart_moments.errors import MissingExtraError

app = standalone()


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="The folder of a run or of a sweep, finished or not.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page; report.html in the folder if left out.")
    ] = None,
    force: Force = False,
) -> None:
    """Write one self-contained HTML page on a training run or on a sweep.

    Heatmaps of test AUC with confidence intervals, curves, layers, the best setting, and the claims of arXiv 2601.08253
    with paired tests; tables to download are inside.

    Example: wishart-moments report SWEEP --output report.html
    """
    try:
        from wishart_nn.reports import write_report
    except ImportError as error:
        raise MissingExtraError(
            f"a report needs jinja2 and scipy ({error}): pip install 'wishart-trace-moments[nn]'"
        ) from error
    typer.echo(f"written: {write_report(folder, output, force=force)}")
