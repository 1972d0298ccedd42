"""The command ridge: degrees of freedom, E log|alpha I + S| and the mean resolvent at any scale."""

import decimal
import json
from fractions import Fraction
from typing import Annotated, Any

import typer

from wishart_moments.cli.answers import FORMATS, Answer, Digits, Format
from wishart_moments.cli.application import app, read_order, read_size
from wishart_moments.cli.reading import Beta, exact_beta, read_degrees, read_format, read_matrix
from wishart_moments.errors import DomainError, MethodError
from wishart_moments.texts import exact

QUANTITIES = ("first", "second", "log-determinant", "resolvent")


@app.command()
def ridge(
    alpha: Annotated[str, typer.Option(help="The regularisation, > 0: 5, 1/7, 0.1.", metavar="<float>")],
    n: Annotated[
        str,
        typer.Option("--n", "--df", help="Samples: an integer >= 1 or a number > m - 1.", metavar="<number>"),
    ],
    scale: Annotated[
        str | None,
        typer.Option(help='Sigma: "[[2,1],[1,2]]" or a file of rows; or give --m.', metavar="<matrix>"),
    ] = None,
    m: Annotated[str | None, typer.Option("--m", help="Features, for Sigma = I.", metavar="<int>")] = None,
    sigma: Annotated[str, typer.Option(help="Standard deviation of an entry of W.", metavar="<float>")] = "1",
    beta: Beta = "1",
    quantity: Annotated[
        str, typer.Option(help="first, second, log-determinant or resolvent.", metavar="<text>")
    ] = "first",
    certified: Annotated[
        bool, typer.Option("--certified", help="Proved ends from exact moments, as decimals rounded outwards.")
    ] = False,
    order: Annotated[
        str | None, typer.Option(help="The exact moments behind --certified, 2 to 30; default 12.", metavar="<int>")
    ] = None,
    format: Format = "text",
    digits: Digits = None,
) -> None:
    """Print the effective degrees of freedom of a ridge regression with features of covariance Sigma, exact on average.

    first is E tr S (alpha I + S)^-1, second E tr S^2 (alpha I + S)^-2, log-determinant E log det(alpha I + S),
    resolvent the matrix E (alpha I + S)^-1; S = X^T X for n rows X of N(0, sigma^2 Sigma).

    Example: wishart-moments ridge --alpha 5 --n 50 --scale "[[2, 1], [1, 2]]"

    Example: wishart-moments ridge --alpha 200 --n 50 --m 4 --certified --order 20
    """
    read_format(format, ("text", "json") if certified else FORMATS)
    if quantity not in QUANTITIES:
        raise MethodError(f"need --quantity to be one of {', '.join(QUANTITIES)}; got {quantity!r}")
    if order is not None and not certified:
        raise DomainError(f"need --certified with --order, got --order {order}")
    if certified and quantity == "resolvent":
        raise MethodError("need first, second or log-determinant with --certified; the matrix has ends in Python")
    if (scale is None) == (m is None):
        raise DomainError("need either --scale or --m")
    if scale is not None:
        matrix: Any = read_matrix(scale, "--scale")
    else:
        import numpy

        matrix = numpy.eye(read_size(str(m), "m"))
    from wishart_moments.spectrum import ridge as functions

    law: dict[str, Any] = {"beta": exact_beta(beta), "sigma": exact(sigma, "sigma", ">= 0")}
    at: tuple[Any, ...] = (exact(alpha, "alpha", "> 0"), read_degrees(n), matrix)
    given = {"alpha": alpha, "n": n, "m": m, "scale": scale, "sigma": sigma, "beta": beta}
    if certified:
        law |= {"certified": True, "order": read_order(order or "12", "order")}
        if quantity == "log-determinant":
            ends: Any = functions.expected_log_determinant(*at, **law)
        else:
            ends = getattr(functions.ridge_degrees_of_freedom(*at, **law), quantity)
        lower, upper = (_outwards(end, digits or 15, up=up) for up, end in enumerate(ends))
        members = {k: v for k, v in given.items() if v is not None} | {"lower": lower, "upper": upper}
        typer.echo(json.dumps(members) if format == "json" else f"{lower} <= {quantity} <= {upper}")
        return
    answer = Answer(format, digits, {k: v for k, v in given.items() if v is not None}, quantity.replace("-", "_"))
    if quantity == "resolvent":
        answer.matrix(functions.expected_resolvent(*at, **law))
    elif quantity == "log-determinant":
        answer.value(functions.expected_log_determinant(*at, **law))
    else:
        answer.value(getattr(functions.ridge_degrees_of_freedom(*at, **law), quantity))


def _outwards(value: Fraction, digits: int, *, up: int) -> str:
    """Return a decimal of so many significant digits that is not above the number, or not below."""
    with decimal.localcontext(prec=digits, rounding=decimal.ROUND_CEILING if up else decimal.ROUND_FLOOR):
        return str(decimal.Decimal(value.numerator) / decimal.Decimal(value.denominator))
