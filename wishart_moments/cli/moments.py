"""The commands on moments: table, moment, verify, generate, draw."""

import json
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from wishart_moments import domain
from wishart_moments.cli.application import AsJson, Drawing, Force, Output, app, read_order, read_size
from wishart_moments.errors import DomainError, MethodError
from wishart_moments.progress import progress

if TYPE_CHECKING:
    from wishart_moments.combinatorics.matchings import Matching
    from wishart_moments.moments.confirmation import Comparison

Beta = Annotated[str, typer.Option(help="Dyson index: 1 real, 2 complex, 4 quaternion, or a positive rational.")]
Rows = Annotated[str | None, typer.Option("--m", help="Rows of W (outputs), an integer >= 1; a symbol if left out.")]
Columns = Annotated[str | None, typer.Option("--n", help="Columns of W (fan-in), an integer >= 1.")]


@app.command()
def table(
    max_k: Annotated[str, typer.Option("--max-k", help="The last power k, 1 to 40.")] = "10",
    beta: Beta = "1",
    format: Annotated[str, typer.Option(help="text, latex, python, c, javascript, json or csv.")] = "text",
    m: Rows = None,
    n: Columns = None,
    output: Output = None,
    force: Force = False,
) -> None:
    """Print E tr S^k for k = 1, 2, ..., as polynomials or, with --m and --n, as numbers.

    Every entry is derived by all the fast routes (loop equations, recurrence, zonal polynomials), which must agree.

    Example: wishart-moments table --max-k 10 --format latex --output moments.tex
    """
    k, index = _max_order(max_k, beta)
    if (m is None) != (n is None):
        raise DomainError("need both --m and --n for a table of numbers")
    if m is not None and n is not None:
        _emit(_number_table(k, index, read_size(m, "m"), read_size(n, "n"), format), output, force=force)
        return
    from wishart_moments.codegen import FORMATS, render, trace_moment_table

    if format not in FORMATS:
        raise MethodError(f"need --format to be one of {', '.join(FORMATS)}; got {format!r}")
    with progress("table") as report:
        moments = trace_moment_table(k, index, report, literal=False)
    _emit(render(moments, format), output, force=force)


def _number_table(max_k: int, beta: Fraction, m: int, n: int, format: str) -> str:
    from wishart_moments.moments.expectation import trace_moment

    values = {k: trace_moment(k, m, n, beta=beta) for k in range(1, max_k + 1)}
    if format == "json":
        numbers = {str(k): str(value) for k, value in values.items()}
        return json.dumps({"beta": str(beta), "m": m, "n": n, "trace_moments": numbers}, indent=1) + "\n"
    if format == "csv":
        return "k,moment\n" + "".join(f"{k},{value}\n" for k, value in values.items())
    if format == "text":
        width = len(f"E tr S^{max_k}")
        lines = (f"{f'E tr S^{k}':<{width}} = {value}\n" for k, value in values.items())
        return f"m = {m}, n = {n}, beta = {beta}\n\n" + "".join(lines)
    raise MethodError(f"need --format text, json or csv for a table of numbers, got {format!r}")


@app.command()
def moment(
    parts: Annotated[list[str], typer.Argument(help="The powers k1 k2 ... of the product of traces.")],
    m: Rows = None,
    n: Columns = None,
    sigma: Annotated[str, typer.Option(help="Standard deviation of an entry of W: 2, 1/7, 0.1 or a name.")] = "1",
    beta: Annotated[str, typer.Option(help="Dyson index: 1, 2, 4, a positive rational or a name.")] = "1",
    method: Annotated[str, typer.Option(help="auto, wick, loop-equations, recurrence or zonal.")] = "auto",
    format: Annotated[str, typer.Option(help="text, latex or json.")] = "text",
) -> None:
    """Print E[tr S^k1 tr S^k2 ...] as a polynomial in m and n, or as a number.

    Numbers are exact: 0.1 means 1/10. A name, as in --beta beta, keeps a symbol.

    Example: wishart-moments moment 3 2 1 --m 4 --n 7 --sigma 1/2
    """
    if format not in ("text", "latex", "json"):
        raise MethodError(f"need --format text, latex or json, got {format!r}")
    from wishart_moments.moments.expectation import trace_product_moment

    powers = [read_order(part) for part in parts]
    value = trace_product_moment(
        powers,
        None if m is None else read_size(m, "m"),
        None if n is None else read_size(n, "n"),
        sigma=_number_or_symbol(sigma, "sigma"),
        beta=_number_or_symbol(beta, "beta"),
        method=method,
    )
    if format == "latex":
        import sympy

        typer.echo(cast(Any, sympy).latex(value))
    elif format == "json":
        given = {"parts": powers, "m": m, "n": n, "sigma": sigma, "beta": beta, "method": method}
        typer.echo(json.dumps({**given, "moment": _text(value)}))
    else:
        typer.echo(_text(value))


def _text(value: Any) -> str:
    """Return a number, or a polynomial in m and n in the style of the tables, or else SymPy's own text."""
    names = {str(symbol) for symbol in getattr(value, "free_symbols", ())}
    if not names or not names <= {"m", "n"}:
        return str(value)
    import sympy

    from wishart_moments.codegen.formulas import text_formula
    from wishart_moments.codegen.tables import sorted_terms

    polynomial: Any = sympy.Poly(value, sympy.Symbol("m"), sympy.Symbol("n"))
    terms = ((i, j, Fraction(int(c.p), int(c.q))) for (i, j), c in polynomial.terms())
    return text_formula(sorted_terms(terms))


@app.command()
def verify(
    max_k: Annotated[str, typer.Option("--max-k", help="The last power k of the full comparison, 1 to 40.")] = "10",
    beta: Beta = "1",
    as_json: AsJson = False,
) -> None:
    """Compute the moments by all independent routes and compare them; exit 1 on any disagreement.

    E tr S^k for k <= max-k by the literal Wick sum (k <= 10), loop equations, recurrence and zonal polynomials, on to
    k = 40 without the Wick sum; all products of traces of k <= 8; a Monte Carlo check of the normalisation.

    Example: wishart-moments verify --max-k 10
    """
    k, index = _max_order(max_k, beta)
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
        Path | None, typer.Option("--into", help="The folder; generated/ of this checkout by default.")
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
        str | None, typer.Option("--matching", help="One contraction, as pairs of factors: 0-3,1-2.")
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


def _matching(text: str) -> "Matching":
    from wishart_moments.combinatorics.matchings import matching

    try:
        pairs = [(int(a), int(b)) for a, b in (pair.split("-") for pair in text.split(","))]
    except ValueError:
        raise DomainError(f"need --matching as pairs of factors, such as 0-3,1-2; got {text!r}") from None
    return matching(pairs)


def _max_order(max_k: str, beta: str) -> tuple[int, Fraction]:
    """Return k and β of a table: as far as several routes reach."""
    from wishart_moments.moments.confirmation import single_trace_reach

    k, index = read_order(max_k), _exact_beta(beta)
    limit = single_trace_reach(index)
    if not 1 <= k <= limit:
        raise DomainError(f"need 1 <= max-k <= {limit} at beta = {index}, got {k}; `moment` reaches further")
    return k, index


def _exact_beta(text: str) -> Fraction:
    value = domain.dyson_index(text)
    if not isinstance(value, Fraction):
        raise DomainError(f"need a number for --beta, got {text!r}")
    return value


def _number_or_symbol(text: str, name: str) -> Any:
    """Return a name as a SymPy symbol; everything else is left to the function that is called."""
    if not text.isidentifier() or text.lower() in ("nan", "inf", "infinity"):
        return text
    if text in ("m", "n"):
        raise DomainError(f"need --{name} to be a number or a name other than m and n, got {text!r}")
    import sympy

    return sympy.Symbol(text, positive=True)


def _emit(text: str, output: Path | None, *, force: bool) -> None:
    if output is None:
        typer.echo(text, nl=False)
        return
    from wishart_moments.files import write_atomically

    write_atomically(output, text, overwrite=force)
