"""The commands determinant and log-determinant: E |S|^h, the mean and variance of log|S|, entropy and divergence."""

import json
from typing import Annotated, Any

import typer

from wishart_moments.cli.answers import FORMATS, Answer, Digits, Format
from wishart_moments.cli.application import AsJson, app
from wishart_moments.cli.moments import NEGATIVE
from wishart_moments.cli.reading import (
    Beta,
    Columns,
    Rows,
    Scale,
    Sigma,
    exact_beta,
    number_or_symbol,
    read_degrees,
    read_format,
    read_scale,
    read_sizes,
)
from wishart_moments.errors import DomainError, MethodError
from wishart_moments.texts import exact


@app.command(context_settings=NEGATIVE)
def determinant(
    h: Annotated[str, typer.Argument(help="The power: an integer, 1/2, 0.3, or a name, of either sign.")],
    m: Rows = None,
    n: Columns = None,
    sigma: Sigma = "1",
    beta: Beta = "1",
    scale: Scale = None,
    format: Format = "text",
    digits: Digits = None,
) -> None:
    """Print E |S|^h, the moment of the determinant; n may be a symbol, m not.

    Example: wishart-moments determinant 1/2 --m 2 --n 5

    Example: wishart-moments determinant h --scale "[[2, 1], [1, 2]]"
    """
    read_format(format, FORMATS)
    if h.startswith("-") and not h[1:2].isdigit():
        raise DomainError(f"no such option: {h}")
    from wishart_moments.moments.jack.determinant import determinant_moment

    matrix = read_scale(scale)
    if m is None and matrix is None:
        raise DomainError("need --m or --scale")
    power = number_or_symbol(h, "h")
    value = determinant_moment(
        power, *read_sizes(m, n), sigma=number_or_symbol(sigma, "sigma"), beta=exact_beta(beta), scale=matrix
    )
    given = {"h": h, "m": m, "n": n, "sigma": sigma, "beta": beta, "scale": scale}
    Answer(format, digits, {name: each for name, each in given.items() if each is not None}, "moment").value(value)


@app.command("log-determinant")
def log_determinant(
    n: Annotated[
        str,
        typer.Option("--n", "--df", help="Degrees of freedom, a number > m - 1.", metavar="<number>"),
    ],
    m: Rows = None,
    sigma: Sigma = "1",
    beta: Beta = "1",
    scale: Scale = None,
    other_n: Annotated[
        str | None,
        typer.Option("--other-n", help="The n of another law: print the divergence from it, too.", metavar="<number>"),
    ] = None,
    other_scale: Annotated[
        str | None, typer.Option("--other-scale", help="The Sigma of the other law.", metavar="<matrix>")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print E log|S|, Var log|S| and, for real S, the differential entropy of S, in nats.

    With --other-n or --other-scale also the Kullback-Leibler divergence E log f(S)/g(S) from the law of that n and
    Sigma, which are this law's where they are not given.

    Example: wishart-moments log-determinant --m 2 --n 5

    Example: wishart-moments log-determinant --m 2 --n 5 --other-n 6
    """
    from wishart_moments.moments.jack import log_determinant as functions
    from wishart_moments.moments.wishart import Wishart

    index, matrix = exact_beta(beta), read_scale(scale)
    if m is None and matrix is None:
        raise DomainError("need --m or --scale")
    rows, columns = read_sizes(m, n)
    law: dict[str, Any] = {"m": rows, "n": columns, "sigma": exact(sigma, "sigma", "> 0"), "scale": matrix}
    found = {
        "mean": functions.log_determinant_mean(**law, beta=index),
        "variance": functions.log_determinant_variance(rows, columns, beta=index, scale=matrix),
    }
    if index == 1:
        found["entropy"] = functions.wishart_entropy(**law)
    if other_n is not None or other_scale is not None:
        if index != 1:
            raise MethodError(f"need real Wishart laws, beta = 1, for a divergence, got beta = {index}")
        other = law | ({} if other_n is None else {"n": read_degrees(other_n)})
        other |= {} if other_scale is None else {"scale": read_scale(other_scale, "--other-scale")}
        found["divergence"] = functions.wishart_divergence(Wishart(**law), Wishart(**other))
    if as_json:
        typer.echo(json.dumps({"m": m, "n": n, "sigma": sigma, "beta": beta, "scale": scale, **found}))
        return
    for name, value in found.items():
        typer.echo(f"{name:<10} {value!r}")
