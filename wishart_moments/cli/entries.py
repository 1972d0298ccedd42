"""The commands entry and kronecker: moments of the entries of S and of S^{-1}."""

from typing import Annotated, Any

import typer

from wishart_moments.cli.answers import FORMATS, Answer, Digits, Format
from wishart_moments.cli.application import app, read_integer
from wishart_moments.cli.moments import NEGATIVE
from wishart_moments.cli.reading import Beta, Columns, exact_beta, read_format, read_matrix, read_power, read_sizes
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError

Matrix = Annotated[
    str | None,
    typer.Option("--scale", help='Sigma: "[[2,1],[1,2]]" or a file of rows; otherwise symbols.', metavar="<matrix>"),
]


@app.command()
def entry(
    pairs: Annotated[list[str], typer.Argument(help="Row and column from 1 on of every entry: 1,2 1,2.")],
    n: Columns = None,
    scale: Matrix = None,
    beta: Beta = "1",
    inverse: Annotated[bool, typer.Option("--inverse", help="Entries of S^-1; K is Sigma^-1.")] = False,
    format: Format = "text",
    digits: Digits = None,
) -> None:
    """Print the mean of a product of entries of S, or of S^-1.

    Example: wishart-moments entry 1,2 3,4

    Example: wishart-moments entry 1,2 1,2 --inverse --n 9 --scale "[[2, 1], [1, 3]]"
    """
    read_format(format, FORMATS)
    from wishart_moments.moments.entries import entry_moment

    matrix = None if scale is None else read_matrix(scale, "--scale")
    given: dict[str, Any] = {"entries": pairs, "n": n, "beta": beta, "inverse": inverse, "scale": scale}
    value = entry_moment(
        [_pair(text) for text in pairs], read_sizes(None, n)[1], scale=matrix, beta=exact_beta(beta), inverse=inverse
    )
    condition = _condition(len(pairs), exact_beta(beta)) if inverse else ""
    Answer(format, digits, given, "moment", condition).value(value)


@app.command(context_settings=NEGATIVE)
def kronecker(
    q: Annotated[str, typer.Argument(help="The number of factors S; -1, -2, ... of factors S^-1.")],
    scale: Annotated[
        str, typer.Option("--scale", help='Sigma: "[[2,1],[1,2]]" or a file of rows.', metavar="<matrix>")
    ],
    n: Columns = None,
    beta: Beta = "1",
    format: Format = "text",
    digits: Digits = None,
) -> None:
    """Print the Kronecker power E[S x S x ...], or E[S^-1 x S^-1 x ...] for q < 0.

    Example: wishart-moments kronecker -2 --n 9 --scale "[[2, 1], [1, 3]]"
    """
    read_format(format, FORMATS)
    from wishart_moments.moments.entries import kronecker_moment

    count = read_power(q, "q")
    found = kronecker_moment(count, read_sizes(None, n)[1], scale=read_matrix(scale, "--scale"), beta=exact_beta(beta))
    given = {"q": count, "n": n, "scale": scale, "beta": beta}
    Answer(format, digits, given, "moment", _condition(-count, exact_beta(beta)) if count < 0 else "").matrix(found)


def _condition(count: int, beta: Any) -> str:
    from wishart_moments.moments.inverse.existence import existence_condition

    return f"finite for {existence_condition([-1] * count, beta)}"


def _pair(text: str) -> Any:
    numbers = [read_integer(part.strip()) for part in text.split(",")]
    if len(numbers) != 2:
        raise DomainError(f"need an entry as row,column, such as 1,2, got {shown(text)}")
    return numbers
