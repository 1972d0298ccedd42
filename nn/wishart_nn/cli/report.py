"""The command report: the page of a training run, of a sweep, or of several."""

from pathlib import Path
from typing import Annotated

import typer

from wishart_moments.cli.application import Force, standalone
from wishart_moments.errors import MissingExtraError

app = standalone()


@app.command()
def report(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", help="Folders of runs or sweeps, finished or not: one page.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page; report.html in the first folder if left out.")
    ] = None,
    force: Force = False,
) -> None:
    """Write one self-contained HTML page on a training run, on a sweep, or on several together.

    Heatmaps of test AUC with confidence intervals, the rules for σ against tuned rivals, curves, layers, the best
    setting, and the claims of arXiv 2601.08253 with paired tests; tables to download are inside.

    Example: wishart-moments report SWEEP --output report.html
    """
    try:
        from wishart_nn.reports import write_report
    except ImportError as error:
        raise MissingExtraError(
            f"a report needs jinja2 and scipy ({error}): pip install 'wishart-trace-moments[nn]'"
        ) from error
    typer.echo(f"written: {write_report(folders, output, force=force)}")
