"""The commands moment and cumulant: one mean, at any scale, of powers of either sign, as a number or a formula."""

from dataclasses import replace
from fractions import Fraction
from typing import Annotated, Any

import typer

from wishart_moments.cli.answers import FORMATS, Answer, Digits, Format
from wishart_moments.cli.application import app, read_integer
from wishart_moments.cli.reading import (
    SYMBOLIC,
    BetaOrName,
    Columns,
    OpenScale,
    Rows,
    Sigma,
    exact_beta,
    number_or_symbol,
    read_format,
    read_power,
    read_powers,
    read_scale,
    read_sizes,
)
from wishart_moments.errors import DomainError, MethodError
from wishart_moments.texts import exact, is_number

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
    scale: OpenScale = None,
    power: Annotated[
        str | None,
        typer.Option("--power", help="The matrix E[tr S^k1 ... S^power]; an integer of either sign.", metavar="<int>"),
    ] = None,
    method: Annotated[
        str, typer.Option(help="auto, wick, loop-equations, recurrence or zonal.", metavar="<text>")
    ] = "auto",
    format: Format = "text",
    digits: Digits = None,
) -> None:
    """Print E[tr S^k1 tr S^k2 ...] as a polynomial in m and n, or as a number.

    Negative powers are those of the inverse: a rational function, and below it the sizes at which it is finite.
    With --scale, S = Sigma^(1/2) W W^T Sigma^(1/2). Numbers are exact: 0.1 means 1/10. A name, as in --beta beta,
    keeps a symbol. A single power may be a fraction: at half-integers the value is exact, else of so many digits.

    Example: wishart-moments moment 3 2 1 --m 4 --n 7 --sigma 1/2

    Example: wishart-moments moment 1/2 --m 4 --n 7

    Example: wishart-moments moment -2 1 --scale "[[2, 1], [1, 2]]" --n 9

    Example: wishart-moments moment 1 --power 2 --scale symbolic --format latex
    """
    read_format(format, FORMATS)
    if parts and len(parts) == 1 and _is_fraction(parts[0]):
        if scale is not None or power is not None or method != "auto":
            raise MethodError("need no --scale, --power and --method for a power that is no integer")
        _fractional(parts[0], m, n, sigma, beta, Answer(format, digits, {"s": parts[0], "m": m, "n": n}, "moment"))
        return
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
    matrix = None if symbolic else read_scale(scale, "--scale", SYMBOLIC)
    condition = _condition([*powers, exponent or 0], options["beta"], rows if matrix is None else len(matrix))
    condition = "" if matrix is not None and columns is not None else condition
    answer = Answer(format, digits, given, "moment", condition)
    if exponent is None and not symbolic:
        from wishart_moments.moments.expectation import trace_product_moment

        value = trace_product_moment(powers, rows, columns, **options, scale=matrix, method=method)
        answer.value(value)
        return
    if method != "auto":
        raise MethodError(f"matrices and combinations have the method 'auto' only, got {method!r}")
    from wishart_moments.moments.matrix_expectation import matrix_moment

    found = matrix_moment(exponent or 0, powers, columns, m=rows, **options, scale=matrix)
    if matrix is not None:
        answer.matrix(found)
    elif symbolic:
        answer.combination(found.coefficients, matrix=exponent is not None)
    else:
        answer.value(found.at_identity(rows), identity=True)


def _is_fraction(text: str) -> bool:
    return is_number(text) and not isinstance(read_integer(text), int) and exact(text, "a power").denominator != 1


def _fractional(text: str, m: str | None, n: str | None, sigma: str, beta: str, answer: Answer) -> None:
    from wishart_moments.proofs.fractional import fractional_moment, half_integer_moments

    rows, columns = read_sizes(m, n)
    whole: Any = columns
    if rows is None or columns is None:
        raise DomainError(f"need --m and --n for a power that is no integer, got {text}")
    s, size = exact(text, "a power"), exact(sigma, "sigma", "> 0")
    index = exact_beta(beta)
    if s > 0 and s.denominator == 2 and answer.digits is None and isinstance(whole, int):
        value: Any = half_integer_moments(int(s + Fraction(1, 2)), rows, columns, beta=index)[-1]
        answer.value((value * size ** int(2 * s)).expand())
        return
    digits = answer.digits or 15
    found = fractional_moment(s, rows, columns, sigma=size, beta=index, digits=digits)
    replace(answer, digits=digits).value((found.lower + found.upper) / 2)


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
    scale: OpenScale = None,
    format: Format = "text",
    digits: Digits = None,
) -> None:
    """Print the joint cumulant of tr S^k1, tr S^k2, ..., powers of either sign: the mean of one, the covariance of two.

    Example: wishart-moments cumulant 2 1 --m 4 --n 7

    Example: wishart-moments cumulant 2 2 --scale symbolic

    Example: wishart-moments cumulant -1 -1 --m 2 --n 8
    """
    read_format(format, FORMATS)
    from wishart_moments.moments import cumulants

    powers = read_powers(orders)
    given: dict[str, Any] = {"orders": powers, "m": m, "n": n, "sigma": sigma, "beta": beta}
    given |= {} if scale is None else {"scale": scale}
    sizes = read_sizes(m, n)
    options: dict[str, Any] = {"sigma": number_or_symbol(sigma, "sigma"), "beta": number_or_symbol(beta, "beta")}
    answer = Answer(format, digits, given, "cumulant", _condition(powers, options["beta"], sizes[0]))
    if scale != SYMBOLIC:
        value = cumulants.trace_cumulant(powers, *sizes, **options, scale=read_scale(scale, "--scale", SYMBOLIC))
        answer.value(value)
        return
    from wishart_moments.combinatorics.partitions import label_and_zeros
    from wishart_moments.moments.polynomials import at_n
    from wishart_moments.moments.wishart import Wishart

    label, zeros = label_and_zeros(powers)
    if zeros:
        raise DomainError("need orders other than 0 with --scale symbolic; tr S^0 is the constant m")
    law = Wishart(*sizes, **options)
    if label[-1] < 0:
        signed = cumulants.signed_cumulant_with_scale(label, law)
        answer.combination({(mu, 0): law.scaled(c, 2 * sum(label)) for mu, c in signed.items()})
        return
    terms = cumulants.cumulant_with_scale(label, law.exact_beta)
    values = {(mu, 0): law.scaled(at_n(c, law.n, law.beta), 2 * sum(label)) for mu, c in terms.items()}
    answer.combination(values)


def _condition(orders: list[int], beta: Any, m: int | None) -> str:
    """Return the line that says when a moment with negative powers is finite; nothing where there are none."""
    if all(k >= 0 for k in orders):
        return ""
    from wishart_moments.moments.inverse.existence import existence_condition

    condition = existence_condition(orders, beta)
    if m is not None and isinstance(condition.beta, Fraction):
        return f"finite for n >= {condition.smallest_n(m)}"
    return f"finite for {condition}" + (" (m >= 2)" if condition.net != condition.order else "")
