"""The commands moment and cumulant: one mean, at any scale, of powers of either sign, as a number or a formula."""

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any

import typer

from wishart_moments.cli.application import app
from wishart_moments.cli.reading import (
    SYMBOLIC,
    BetaOrName,
    Columns,
    Rows,
    Scale,
    Sigma,
    number_or_symbol,
    read_format,
    read_power,
    read_powers,
    read_scale,
    read_sizes,
)
from wishart_moments.errors import DomainError, MethodError

FORMATS = ("text", "latex", "json")
Format = Annotated[str, typer.Option(help="text, latex or json.", metavar="<text>")]
# A word such as -2 is a power, not an option.
NEGATIVE = {"ignore_unknown_options": True}


@app.command(context_settings=NEGATIVE)
def moment(
    parts: Annotated[
        list[str] | None,
        typer.Argument(help="The powers k1 k2 ... of the product of traces, of either sign."),
    ] = None,
    m: Rows = None,
    n: Columns = None,
    sigma: Sigma = "1",
    beta: BetaOrName = "1",
    scale: Scale = None,
    power: Annotated[
        str | None,
        typer.Option("--power", help="The matrix E[tr S^k1 ... S^power]; an integer of either sign.", metavar="<int>"),
    ] = None,
    method: Annotated[
        str, typer.Option(help="auto, wick, loop-equations, recurrence or zonal.", metavar="<text>")
    ] = "auto",
    format: Format = "text",
) -> None:
    """Print E[tr S^k1 tr S^k2 ...] as a polynomial in m and n, or as a number.

    Negative powers are those of the inverse: a rational function, and below it the sizes at which it is finite.
    With --scale, S = Sigma^(1/2) W W^T Sigma^(1/2). Numbers are exact: 0.1 means 1/10. A name, as in --beta beta,
    keeps a symbol.

    Example: wishart-moments moment 3 2 1 --m 4 --n 7 --sigma 1/2

    Example: wishart-moments moment -2 1 --scale "[[2, 1], [1, 2]]" --n 9

    Example: wishart-moments moment 1 --power 2 --scale symbolic --format latex
    """
    read_format(format, FORMATS)
    powers = read_powers(parts)
    exponent = None if power is None else read_power(power, "--power")
    if not powers and exponent is None:
        raise DomainError("need powers such as 3 2 1, or --power")
    rows, columns = read_sizes(m, n)
    options: dict[str, Any] = {"sigma": number_or_symbol(sigma, "sigma"), "beta": number_or_symbol(beta, "beta")}
    given: dict[str, Any] = {"parts": powers, "m": m, "n": n, "sigma": sigma, "beta": beta, "method": method}
    given |= {} if exponent is None else {"power": exponent}
    given |= {} if scale is None else {"scale": scale}
    symbolic = scale == SYMBOLIC
    matrix = None if symbolic else read_scale(scale)
    condition = _condition([*powers, exponent or 0], options["beta"], rows if matrix is None else len(matrix))
    if exponent is None and not symbolic:
        from wishart_moments.moments.expectation import trace_product_moment

        value = trace_product_moment(powers, rows, columns, **options, scale=matrix, method=method)
        _print_value(value, given, format, condition)
        return
    if method != "auto":
        raise MethodError(f"matrices and combinations have the method 'auto' only, got {method!r}")
    from wishart_moments.moments.general_scale.matrix_moment import matrix_moment

    found = matrix_moment(exponent or 0, powers, columns, m=rows, **options, scale=matrix)
    if matrix is not None:
        _print_matrix(found, given, format, condition)
    elif symbolic:
        _print_combination(found.coefficients, given, format, condition)
    else:
        _print_value(found.at_identity(rows), given, format, condition, factor="I")


@app.command(context_settings=NEGATIVE)
def cumulant(
    orders: Annotated[
        list[str],
        typer.Argument(help="The powers k1 k2 ... of the traces; twice the same: variance."),
    ],
    m: Rows = None,
    n: Columns = None,
    sigma: Sigma = "1",
    beta: BetaOrName = "1",
    scale: Scale = None,
    format: Format = "text",
) -> None:
    """Print the joint cumulant of tr S^k1, tr S^k2, ...: the mean of one, the covariance of two.

    Example: wishart-moments cumulant 2 1 --m 4 --n 7

    Example: wishart-moments cumulant 2 2 --scale symbolic
    """
    read_format(format, FORMATS)
    from wishart_moments.moments import cumulants

    powers = read_powers(orders)
    given: dict[str, Any] = {"orders": powers, "m": m, "n": n, "sigma": sigma, "beta": beta}
    given |= {} if scale is None else {"scale": scale}
    sizes = read_sizes(m, n)
    options: dict[str, Any] = {"sigma": number_or_symbol(sigma, "sigma"), "beta": number_or_symbol(beta, "beta")}
    if scale != SYMBOLIC:
        value = cumulants.trace_cumulant(powers, *sizes, **options, scale=read_scale(scale))
        _print_value(value, given, format)
        return
    from wishart_moments import domain
    from wishart_moments.combinatorics.partitions import partition
    from wishart_moments.moments.expectation import at_n, dimension, scaled

    admitted = [domain.order(k, "every order") for k in powers]
    if 0 in admitted:
        raise DomainError("need orders >= 1 with --scale symbolic; tr S^0 is the constant m")
    label = partition(admitted)
    dyson, columns = domain.dyson_index(options["beta"]), dimension(sizes[1], "n")
    spread = domain.scale_parameter(options["sigma"])
    terms = cumulants.cumulant_with_scale(label, dyson if isinstance(dyson, Fraction) else None)
    values = {(mu, 0): scaled(at_n(c, columns, dyson), spread, 2 * sum(label)) for mu, c in terms.items()}
    _print_combination(values, given, format)


def _condition(orders: list[int], beta: Any, m: int | None) -> str:
    """Return the line that says when a moment with negative powers is finite; nothing where there are none."""
    if all(k >= 0 for k in orders):
        return ""
    from wishart_moments.moments.inverse.existence import existence_condition

    condition = existence_condition(orders, beta)
    if m is not None and isinstance(condition.beta, Fraction):
        return f"finite for n >= {condition.smallest_n(m)}"
    return f"finite for {condition}" + (" (m >= 2)" if condition.net != condition.order else "")


def _document(given: Mapping[str, Any], found: Any, condition: str, **extra: Any) -> str:
    """Return what was asked for and what was found as one line of JSON."""
    key = "cumulant" if "orders" in given else "moment"
    return json.dumps({**given, key: found, **extra, **({"condition": condition} if condition else {})})


def _print_value(value: Any, given: Mapping[str, Any], format: str, condition: str = "", factor: str = "") -> None:
    from wishart_moments.cli import formulas

    condition = condition if getattr(value, "free_symbols", None) else ""
    after = f" {factor}" if factor else ""
    if format == "json":
        typer.echo(_document(given, formulas.text(value) + after, condition))
        return
    written = formulas.latex(value) if format == "latex" else formulas.text(value)
    if factor and format == "latex" and getattr(value, "is_Add", False):
        written = rf"\left({written}\right)"
    typer.echo(written + after)
    _print_condition(condition, format)


def _print_condition(condition: str, format: str) -> None:
    if condition:
        typer.echo(f"% {condition}" if format == "latex" else condition)


def _print_combination(
    coefficients: Mapping[tuple[tuple[int, ...], int], Any],
    given: Mapping[str, Any],
    format: str,
    condition: str = "",
) -> None:
    from wishart_moments.cli import formulas

    condition = condition if any(getattr(c, "free_symbols", None) for c in coefficients.values()) else ""
    if format == "json":
        terms = [{"mu": list(mu), "power": j, "coefficient": formulas.text(c)} for (mu, j), c in coefficients.items()]
        typer.echo(_document(given, formulas.combination(coefficients), condition, terms=terms))
        return
    typer.echo(formulas.combination(coefficients, latex=format == "latex"))
    _print_condition(condition, format)


def _print_matrix(rows: Any, given: Mapping[str, Any], format: str, condition: str) -> None:
    from wishart_moments.cli import formulas

    entries = rows.tolist() if hasattr(rows, "tolist") else rows
    symbolic = any(getattr(entry, "free_symbols", None) for row in entries for entry in row)
    condition = condition if symbolic and given["n"] is None else ""
    if format == "json":
        typer.echo(_document(given, [[formulas.text(entry) for entry in row] for row in entries], condition))
        return
    latex = format == "latex"
    typer.echo(formulas.matrix(entries, formulas.latex if latex else formulas.text, latex=latex))
    _print_condition(condition, format)
