"""The commands density and hypergeometric: the spectrum of S at any Σ, and functions of matrix argument."""

import json
from typing import Annotated, Any

import typer

from wishart_moments.cli.application import AsJson, app, read_size
from wishart_moments.cli.reading import Beta, Scale, exact_beta, read_degrees, read_matrix, read_scale
from wishart_moments.errors import DomainError
from wishart_moments.texts import exact


@app.command()
def density(
    points: Annotated[list[str], typer.Argument(help="The points x > 0.")],
    n: Annotated[str, typer.Option("--n", "--df", help="The degrees of freedom.", metavar="<number>")],
    m: Annotated[
        str | None, typer.Option("--m", help="The dimension; that of --scale if given.", metavar="<int>")
    ] = None,
    scale: Scale = None,
    beta: Beta = "1",
    as_json: AsJson = False,
) -> None:
    """Print the density of the eigenvalues of S at points: how many are expected per unit of x, min(m, n) in all.

    Example: wishart-moments density 1 5 20 --n 20 --scale "[[1,0],[0,2]]"
    """
    from wishart_moments.spectrum.wishart_spectrum import WishartSpectrum

    matrix = read_scale(scale)
    if m is None and matrix is None:
        raise DomainError("need --m or --scale")
    rows = len(matrix) if m is None else read_size(m, "m")
    index: Any = exact_beta(beta)
    spectrum = WishartSpectrum(rows, read_degrees(n), index, scale=matrix)
    values = [float(spectrum.density(float(exact(point, "x")))) for point in points]
    if as_json:
        given = {"m": rows, "n": n, "beta": beta, "scale": scale}
        typer.echo(json.dumps({**given, "points": points, "density": values}))
    else:
        for point, value in zip(points, values, strict=True):
            typer.echo(f"{point} {value:.12g}")


@app.command()
def hypergeometric(
    at: Annotated[str, typer.Argument(help='The matrix X: "[[2,1],[1,2]]" or a file of rows.', metavar="X")],
    upper: Annotated[
        list[str] | None, typer.Option("--upper", help="A parameter a; as often as needed.", metavar="<number>")
    ] = None,
    lower: Annotated[
        list[str] | None, typer.Option("--lower", help="A parameter b; as often as needed.", metavar="<number>")
    ] = None,
    second: Annotated[
        str | None, typer.Option("--second", help="A second matrix, as X is given.", metavar="<matrix>")
    ] = None,
    log: Annotated[bool, typer.Option("--log", help="The logarithm, of a value beyond floats too.")] = False,
    beta: Beta = "1",
    as_json: AsJson = False,
) -> None:
    """Print the hypergeometric function pFq(a; b; X) of a symmetric matrix, with a bound of its error.

    Example: wishart-moments hypergeometric "[[50,0],[0,200]]" --upper 1/2 --lower 1
    """
    from wishart_moments.moments.jack.hypergeometric import hypergeometric as function

    first, other = read_matrix(at, "X"), None if second is None else read_matrix(second, "--second")
    a, b = ([exact(each, name) for each in given or []] for name, given in (("--upper", upper), ("--lower", lower)))
    found: Any = function(a, b, first, other, beta=exact_beta(beta), log=log)
    if as_json:
        given = {"upper": upper or [], "lower": lower or [], "x": at, "y": second, "beta": beta, "log": log}
        value = {"value": found.value, "error": found.error, "order": found.order, "proved": found.proved}
        typer.echo(json.dumps({**given, **value}))
    else:
        typer.echo(str(found))
