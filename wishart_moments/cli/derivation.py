"""The commands that check and write: verify, generate, draw, calculator."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wishart_moments.cli.application import AsJson, Drawing, Force, app, read_order
from wishart_moments.cli.reading import Beta
from wishart_moments.cli.tables import read_max_order
from wishart_moments.errors import DomainError
from wishart_moments.progress import progress

if TYPE_CHECKING:
    from wishart_moments.combinatorics.matchings import Matching
    from wishart_moments.moments.confirmation import Comparison


@app.command()
def verify(
    max_k: Annotated[
        str, typer.Option("--max-k", help="The last power k of the full comparison, 1 to 40.", metavar="<int>")
    ] = "10",
    beta: Beta = "1",
    as_json: AsJson = False,
) -> None:
    """Compute the moments by all independent routes and compare them; exit 1 on any disagreement.

    E tr S^k for k <= max-k by the literal Wick sum (k <= 10, without numba k <= 8), loop equations, recurrence and
    zonal polynomials, on to k = 40 without the Wick sum; all products of traces of k <= 8; a Monte Carlo check of the
    normalisation.

    Example: wishart-moments verify --max-k 10
    """
    k, index = read_max_order(max_k, beta)
    from wishart_moments.moments.confirmation import comparisons

    jobs = comparisons(k, index)
    results: list[Comparison] = []
    with progress("verify", len(jobs)) as report:
        for job in jobs:
            results.append(job(report))
            report.advance()
            if not as_json:
                report.result(_line(results[-1]))
    wrong = [result.disagreement for result in results if result.disagreement]
    if as_json:
        typer.echo(
            json.dumps(
                {"beta": str(index), "agree": not wrong, "comparisons": [asdict(result) for result in results]},
                indent=1,
            )
        )
    else:
        typer.echo(f"{len(results) - len(wrong)} of {len(results)} comparisons agree")
    for disagreement in wrong:
        typer.echo(f"wishart-moments: {disagreement}", err=True)
    if wrong:
        raise typer.Exit(1)


def _line(comparison: "Comparison") -> str:
    routes = ", ".join(f"{route} {_duration(seconds)}" for route, seconds in comparison.seconds.items())
    verdict = "DISAGREE" if comparison.disagreement else "agree"
    return f"{comparison.subject:<28} {comparison.note:<22} {verdict}: {routes}"


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.1f} ms"


@app.command()
def generate(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 if any file is not up to date.")
    ] = False,
    into: Annotated[
        Path | None,
        typer.Option("--output", "-o", "--into", help="The folder; generated/ of this checkout by default."),
    ] = None,
) -> None:
    """Derive, confirm and write the tables and the generated code.

    Example: wishart-moments generate --check
    """
    from wishart_moments import codegen

    root = codegen.checkout_root() if into is None else into
    with progress("generate") as report:
        problems = codegen.check(root, progress=report) if check else []
        touched = [] if check else codegen.generate(root, progress=report)
    if not check:
        typer.echo(f"written or removed: {len(touched)}; all else is up to date" if touched else "up to date")
        return
    for problem in problems:
        typer.echo(problem.diff, nl=False)
        typer.echo(f"wishart-moments: {problem}", err=True)
    if problems:
        typer.echo("wishart-moments: to repair, run `wishart-moments generate`", err=True)
        raise typer.Exit(1)
    typer.echo("up to date")


@app.command()
def draw(
    parts: Annotated[list[str], typer.Argument(help="The powers k1 k2 ... of the product of traces.")],
    output: Drawing,
    contraction: Annotated[
        str | None, typer.Option("--matching", help="One contraction, as pairs of factors: 0-3,1-2.", metavar="<pairs>")
    ] = None,
    force: Force = False,
) -> None:
    """Draw the Wick contractions of a product of traces as ribbon graphs: all of them (k <= 3), or one.

    The 2k factors are numbered 0, 1, ... along the traces; even ones are W, odd ones W^T.

    Example: wishart-moments draw 3 --output wick.svg
    """
    from wishart_moments.combinatorics.drawing import draw_contraction, draw_sum, save_drawing
    from wishart_moments.combinatorics.partitions import partition

    label = partition([read_order(part) for part in parts])
    figure = draw_sum(label) if contraction is None else draw_contraction(label, _matching(contraction))
    save_drawing(figure, output, overwrite=force)


@app.command()
def calculator(
    output: Annotated[Path, typer.Option("--output", "-o", help="A new file: .html.")],
    force: Force = False,
) -> None:
    """Write the calculator: one HTML file that answers in a browser, without a network, exactly.

    Moments of both signs as formulas and numbers, the variance of a layer with its proof, the sigma of a variance.

    Example: wishart-moments calculator --output calculator.html
    """
    from wishart_moments.files import write_atomically
    from wishart_moments.reports.calculator import calculator_page

    with progress("calculator") as report:
        page = calculator_page(progress=report)
    write_atomically(output, page, overwrite=force)


def _matching(text: str) -> "Matching":
    from wishart_moments.combinatorics.matchings import matching

    try:
        pairs = [(read_order(a), read_order(b)) for a, b in (pair.split("-") for pair in text.split(","))]
    except ValueError:
        raise DomainError(f"need --matching as pairs of factors, such as 0-3,1-2; got {text!r}") from None
    return matching(pairs)
