"""The commands word and zonal: means of words in deterministic matrices, and zonal polynomials."""

import json
from typing import Annotated, Any

import typer

from wishart_moments import domain
from wishart_moments.cli.answers import FORMATS, Answer, Digits, Format
from wishart_moments.cli.application import app, read_order, read_size
from wishart_moments.cli.reading import (
    Beta,
    Columns,
    Rows,
    Scale,
    Sigma,
    number_or_symbol,
    read_format,
    read_matrix,
    read_scale,
    read_sizes,
)
from wishart_moments.errors import DomainError, MethodError
from wishart_moments.notation.factoring import factored
from wishart_moments.texts import exact, is_number


@app.command()
def word(
    text: Annotated[str, typer.Argument(help="Factors side by side: S A S B, X^T A X, tr(S1 S2 S1 S2).")],
    beta: Annotated[str, typer.Option(help="1 real (adjoints ^T) or 2 complex (^*).", metavar="<float>")] = "1",
    scale: Annotated[
        list[str] | None,
        typer.Option("--scale", help="The name of Sigma, I for the identity; or S1=Sigma, repeated.", metavar="<name>"),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--columns", help="X=Psi: the covariance of the columns, repeated.", metavar="<text>"),
    ] = None,
    mean: Annotated[
        list[str] | None, typer.Option("--mean", help="X=M: the mean of X, repeated.", metavar="<text>")
    ] = None,
    symmetric: Annotated[
        str, typer.Option("--symmetric", help="The matrices that are symmetric, as A,B.", metavar="<text>")
    ] = "",
    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at", help='A value: n=5, "A=[[0,1],[0,0]]" or A=file.csv; repeated for every name.', metavar="<text>"
        ),
    ] = None,
    format: Format = "text",
    digits: Digits = None,
) -> None:
    """Print the mean of a word in S = X X^T, X, S1, X1, ... and deterministic matrices.

    X = Sigma^(1/2) W is m x n; S1, S2, ... are independent. Traces are written tr(...), transposes ^T, inverses S^-1.

    Example: wishart-moments word "S A S B" --format latex

    Example: wishart-moments word "S^-1 A S^-1"

    Example: wishart-moments word "S A S" --at n=3 --at "Sigma=[[2,1],[1,2]]" --at "A=[[0,1],[0,0]]"
    """
    read_format(format, FORMATS)
    from wishart_moments.moments.words.word_moment import expected_word

    found = expected_word(
        text,
        beta=beta,
        scale=_scale_names(scale),
        columns=_assignments(columns, "--columns"),
        means=_assignments(mean, "--mean"),
        symmetric=symmetric,
    )
    condition = f"finite for {found.condition}" if found.condition else ""
    if at:
        value = found.at({name: _value(name, each) for name, each in _assignments(at, "--at").items()})
        answer = Answer(format, digits)
        answer.value(value) if found.outer is None else answer.matrix(value)
    elif format == "json":
        document = {"word": found.text, "beta": found.beta, "mean": str(found), "latex": found.latex()}
        typer.echo(json.dumps(document | ({"condition": condition} if condition else {})))
    else:
        answer = Answer(format, condition=condition)
        answer.formula(found.notation(), bool(condition), size=found.outer[0] if found.outer else "")


def _scale_names(texts: list[str] | None) -> str | dict[str, str] | None:
    if not texts:
        return None
    if len(texts) == 1 and "=" not in texts[0]:
        return texts[0]
    return _assignments(texts, "--scale")


def _assignments(texts: list[str] | None, name: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts or []:
        key, sign, value = text.partition("=")
        if not sign or not key.strip() or not value.strip():
            raise DomainError(f"need {name} as NAME=VALUE, got {domain.shown(text)}")
        if key.strip() in pairs:
            raise DomainError(f"need every name once in {name}, got {key.strip()} twice")
        pairs[key.strip()] = value.strip()
    return pairs


def _value(name: str, text: str) -> Any:
    """Return a size, degrees of freedom, or a matrix."""
    if is_number(text):
        number = exact(text, name)
        return int(number) if number.denominator == 1 else number
    rows = read_matrix(text, name, "a number")
    if any(domain.is_symbolic(entry) for row in rows for entry in row):
        raise DomainError(f"need every entry of {name} to be a number, got {domain.shown(text)}")
    return rows


@app.command()
def zonal(
    kappa: Annotated[list[str], typer.Argument(help="The parts of the partition.")],
    beta: Beta = "1",
    normalisation: Annotated[
        str, typer.Option(help="C (they sum to (tr X)^k), J (p_1^k has coefficient 1) or P (monic).", metavar="<text>")
    ] = "C",
    monomials: Annotated[
        str | None, typer.Option("--monomials", help="In x_1, ..., x_M instead of power sums.", metavar="<int>")
    ] = None,
    mean: Annotated[bool, typer.Option("--mean", help="E C_kappa(S) instead, at --m, --n, --scale.")] = False,
    inverse_mean: Annotated[bool, typer.Option("--inverse-mean", help="E C_kappa(S^-1) instead.")] = False,
    m: Rows = None,
    n: Columns = None,
    sigma: Sigma = "1",
    scale: Scale = None,
    format: Format = "text",
    digits: Digits = None,
) -> None:
    """Print a zonal polynomial (Jack polynomial, for other beta), or its mean.

    Example: wishart-moments zonal 2 1 --normalisation J

    Example: wishart-moments zonal 2 1 --inverse-mean --m 3 --n 9
    """
    read_format(format, FORMATS)

    label = [read_order(part, "every part") for part in kappa]
    if mean or inverse_mean:
        if mean and inverse_mean:
            raise DomainError("need --mean or --inverse-mean, not both")
        if normalisation != "C" or monomials is not None:
            raise MethodError("means are those of C_kappa, in no variables: leave --normalisation and --monomials away")
        from wishart_moments.moments.jack.zonal_inverse import expected_inverse_zonal
        from wishart_moments.moments.jack.zonal_mean import expected_zonal

        mean_of = expected_inverse_zonal if inverse_mean else expected_zonal
        rows, columns = read_sizes(m, n)
        spread, matrix = number_or_symbol(sigma, "sigma"), read_scale(scale)
        value: Any = mean_of(label, rows, columns, sigma=spread, beta=beta, scale=matrix)
        key = "mean of the inverse" if inverse_mean else "mean"
        Answer(format, digits, {"kappa": label, "beta": beta}, key).value(factored(value))
        return
    if (m, n, scale) != (None, None, None) or sigma != "1":
        raise MethodError("sizes, --sigma and --scale are for --mean and --inverse-mean")
    from wishart_moments.moments.jack.zonal_polynomial import zonal_polynomial

    found = zonal_polynomial(label, beta=beta, normalisation=normalisation)
    terms = [{"lambda": list(each), "coefficient": str(c)} for each, c in found.coefficients.items()]
    given = {"kappa": list(found.partition), "beta": beta, "normalisation": normalisation, "power_sums": terms}
    shown: Any = found if monomials is None else found.as_monomials(read_size(monomials, "monomials"))
    Answer(format, None, given, "polynomial").value(shown)
