"""The commands manova, roy and gaussian: two Wishart matrices, the largest root, and the Gaussian ensembles."""

import json
from fractions import Fraction
from typing import Annotated, Any

import typer

from wishart_moments.cli.answers import FORMATS, Answer, Digits, Format
from wishart_moments.cli.application import AsJson, app, read_order, read_size
from wishart_moments.cli.moments import NEGATIVE
from wishart_moments.cli.reading import (
    Beta,
    BetaOrName,
    Rows,
    Sigma,
    exact_beta,
    number_or_symbol,
    read_degrees,
    read_format,
    read_powers,
)
from wishart_moments.texts import exact

Hypothesis = Annotated[
    str | None, typer.Option("--n1", help="Degrees of freedom of S1 (hypothesis); else a symbol.", metavar="<number>")
]
Error = Annotated[
    str | None, typer.Option("--n2", help="Degrees of freedom of S2 (error); else a symbol.", metavar="<number>")
]
Of = Annotated[str, typer.Option("--of", help="B = S1 (S1 + S2)^-1 or F = S1 S2^-1.", metavar="<text>")]


@app.command(context_settings=NEGATIVE)
def manova(
    parts: Annotated[list[str], typer.Argument(help="The powers k1 k2 ... of the product of traces, of one sign.")],
    m: Rows = None,
    n1: Hypothesis = None,
    n2: Error = None,
    of: Of = "B",
    beta: Beta = "1",
    method: Annotated[
        str, typer.Option(help="auto, recurrence, jack-kadell or loop-equations.", metavar="<text>")
    ] = "auto",
    format: Format = "text",
    digits: Digits = None,
) -> None:
    """Print E[tr B^k1 tr B^k2 ...], B = S1 (S1 + S2)^-1, or the same of F = S1 S2^-1; S1, S2 independent Wishart.

    Example: wishart-moments manova 2 --m 3 --n1 4 --n2 20

    Example: wishart-moments manova 1 1 --of F
    """
    read_format(format, FORMATS)
    from wishart_moments import domain
    from wishart_moments.moments.manova import traces

    powers = read_powers(parts)
    mean = {"B": traces.manova_trace_product_moment, "F": traces.f_trace_product_moment}[
        domain.choice(of, ("B", "F"), "--of")
    ]
    sizes = [None if m is None else read_size(m, "m"), *_degrees(n1, n2)]
    value: Any = mean(powers, *sizes, beta=exact_beta(beta), method=method)
    given: dict[str, Any] = {"parts": powers, "of": of, "m": m, "n1": n1, "n2": n2, "beta": beta}
    # F is large where S2 is small, its inverse where S1 is.
    count, small = (sum(powers), "n2") if sum(powers) > 0 else (-sum(powers), "n1")
    condition = _finite(count, small, exact_beta(beta)) if count and (of == "F" or small == "n1") else ""
    Answer(format, digits, given, "moment", condition).value(value)


def _finite(count: int, n: str, beta: Fraction) -> str:
    return f"finite for {n} - m + 1 > {2 * count / beta}"


def _degrees(n1: str | None, n2: str | None) -> list[int | Fraction | None]:
    return [None if text is None else read_degrees(text) for text in (n1, n2)]


@app.command()
def roy(
    root: Annotated[str, typer.Argument(help="The largest eigenvalue.")],
    m: Annotated[str, typer.Option("--m", help="The number of variables.", metavar="<int>")],
    n1: Annotated[str, typer.Option("--n1", help="Degrees of freedom of the hypothesis.", metavar="<number>")],
    n2: Annotated[str, typer.Option("--n2", help="Degrees of freedom of the error.", metavar="<number>")],
    of: Annotated[
        str, typer.Option("--of", help="B for H (H + E)^-1, F for H E^-1, as many programs print it.", metavar="<text>")
    ] = "B",
    beta: Beta = "1",
    as_json: AsJson = False,
) -> None:
    """Print the p-value of Roy's largest root in MANOVA, with a proved bound of its error.

    Example: wishart-moments roy 0.9 --m 4 --n1 2 --n2 33 --of F
    """
    from wishart_moments.moments.extremes.largest_root import roy_test

    found = roy_test(exact(root, "root"), read_size(m, "m"), *_degrees(n1, n2), of=of, beta=exact_beta(beta))
    given = {"root": root, "m": m, "n1": n1, "n2": n2, "of": of, "beta": beta}
    typer.echo(json.dumps({**given, "p": found.value, "error": found.error}) if as_json else str(found))


@app.command()
def gaussian(
    k: Annotated[str, typer.Argument(help="The power.")],
    m: Rows = None,
    sigma: Sigma = "1",
    beta: BetaOrName = "1",
    format: Format = "text",
    digits: Digits = None,
) -> None:
    """Print E tr H^k for the Gaussian ensembles: GOE (beta 1), GUE (2), GSE (4), and every beta.

    Example: wishart-moments gaussian 8 --beta 2
    """
    read_format(format, FORMATS)
    from wishart_moments.moments.gaussian_ensemble import gaussian_trace_moment

    value = gaussian_trace_moment(
        read_order(k),
        None if m is None else read_size(m, "m"),
        sigma=number_or_symbol(sigma, "sigma"),
        beta=number_or_symbol(beta, "beta"),
    )
    Answer(format, digits, {"k": k, "m": m, "sigma": sigma, "beta": beta}, "moment").value(value)
