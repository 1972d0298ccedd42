"""The command `table`: E tr S^k, all products of traces, inverse powers, and the transition matrix of a scale."""

import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wishart_moments.cli.answers import LANGUAGES
from wishart_moments.cli.application import Force, Output, app, read_order, read_size
from wishart_moments.cli.reading import SYMBOLIC, Beta, Columns, OpenScale, Rows, exact_beta, read_scale, read_sizes
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.progress import progress

if TYPE_CHECKING:
    from wishart_moments.codegen.tables import AnyTable, FamilyKind

PROGRAMS = ("python", "c", "javascript", *LANGUAGES)
"""The languages of a whole family."""

MAX_GENERATED = 8
"""The largest degree of the program that a language gets for a whole family."""


@app.command()
def table(
    max_k: Annotated[
        str,
        typer.Option(
            "--max-k", help="The last power k, 1 to 40; of other tables than E tr S^k the degree.", metavar="<int>"
        ),
    ] = "10",
    beta: Beta = "1",
    products: Annotated[bool, typer.Option("--products", help="All products of traces of degree <= max-k.")] = False,
    inverse: Annotated[bool, typer.Option("--inverse", help="The powers of S^-1 instead.")] = False,
    covariances: Annotated[
        bool, typer.Option("--covariances", help="Cov(tr S^i, tr S^j) at every Sigma, i + j <= max-k.")
    ] = False,
    words: Annotated[
        bool, typer.Option("--words", help="The matrices E[S], E[S^2], E[S A S], and those of S^-1, at every Sigma.")
    ] = False,
    scale: OpenScale = None,
    format: Annotated[
        str,
        typer.Option(help="text, latex, json, csv, python, c, javascript, r, octave, wolfram.", metavar="<text>"),
    ] = "text",
    m: Rows = None,
    n: Columns = None,
    provenance: Annotated[
        bool,
        typer.Option("--provenance", help="What is known of the table instead: its validity, routes, proof and name."),
    ] = False,
    output: Output = None,
    force: Force = False,
) -> None:
    """Print E tr S^k for k = 1, 2, ..., as polynomials or, with --m and --n, as numbers.

    Every entry is derived by all the fast routes (loop equations, recurrence, zonal polynomials), which must agree.
    With --products, --inverse or --scale: the other tables of the family. --scale symbolic is the transition matrix
    of degree max-k, E p_lambda(S) as combinations of p_mu(Sigma); as program of all degrees up to max-k.

    Example: wishart-moments table --max-k 10 --format latex --output moments.tex

    Example: wishart-moments table --max-k 4 --inverse --scale symbolic --format latex

    Example: wishart-moments table --max-k 4 --covariances

    Example: wishart-moments table --words --format r --output words.R

    Example: wishart-moments table --max-k 10 --provenance
    """
    if provenance and (m is not None or n is not None or format not in ("text", "json")):
        raise MethodError("need no --m and --n, and --format text or json, with --provenance")
    if covariances or words:
        if (words and (covariances or inverse)) or products or scale not in (None, SYMBOLIC) or (m, n) != (None, None):
            raise MethodError("--covariances (with --inverse) and --words are tables by themselves, at every Sigma")
        found = _closed(max_k, beta, "words" if words else "inverse" if inverse else "scaled")
        _emit(_known(found, format) if provenance else _program(found, format), output, force=force)
        return
    if products or inverse or scale is not None:
        shown = f"provenance-{format}" if provenance else format
        text = _family(max_k, beta, products, inverse, scale, shown, m, n)
        _emit(text, output, force=force)
        return
    k, index = read_max_order(max_k, beta)
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
    _emit(_known(moments, format) if provenance else render(moments, format), output, force=force)


def _family(
    max_k: str, beta: str, products: bool, inverse: bool, scale: str | None, format: str, m: str | None, n: str | None
) -> str:
    from wishart_moments.cli.family_tables import FORMATS, printed_table

    k, index, symbolic = read_order(max_k, "max-k"), exact_beta(beta), scale == SYMBOLIC
    rows, columns = read_sizes(m, n)
    if format in PROGRAMS or format.startswith("provenance"):
        if m is not None or n is not None or not (symbolic or (products and not inverse and scale is None)):
            option = f"--format {format}" if format in PROGRAMS else "--provenance"
            raise MethodError(f"{option} is for --products and --scale symbolic, without numbers")
        found = _generated(k, index, "inverse" if inverse else "scaled" if symbolic else "products")
        return _program(found, format) if format in PROGRAMS else _known(found, format.removeprefix("provenance-"))
    if format not in FORMATS:
        raise MethodError(f"need --format {', '.join((*FORMATS, *PROGRAMS))} for this table, got {format!r}")
    found = printed_table(
        k,
        index,
        products=products,
        inverse=inverse,
        scale=None if symbolic else read_scale(scale, "--scale", SYMBOLIC),
        symbolic=symbolic,
        m=rows,
        n=columns,
    )
    return found.render(format)


def _program(found: "AnyTable", format: str) -> str:
    from wishart_moments.codegen import render

    return render(found, format)


def _known(found: "AnyTable", format: str) -> str:
    from wishart_moments.codegen import provenance

    known = provenance(found)
    if format == "json":
        return json.dumps(known, indent=1) + "\n"
    width = max(map(len, known))
    return "".join(f"{name:<{width}}  {text}\n" for name, text in known.items())


def _generated(max_k: int, beta: Fraction, kind: Literal["products", "scaled", "inverse"]) -> "AnyTable":
    """Return the table that `generate` writes: all degrees up to max-k, confirmed by several routes."""
    from wishart_moments.codegen import family_table

    if not 1 <= max_k <= MAX_GENERATED:
        raise LimitError(f"need 1 <= max-k <= {MAX_GENERATED} for a program or --provenance, got {max_k}")
    kinds: dict[str, FamilyKind] = {
        "products": "power_sums",
        "scaled": "scaled_power_sums",
        "inverse": "inverse_power_sums",
    }
    with progress("table") as report:
        return family_table(kinds[kind], max_k, beta, report)


def _closed(max_k: str, beta: str, kind: Literal["words", "scaled", "inverse"]) -> "AnyTable":
    """Return the table of words, or of covariances of two traces, at every scale."""
    from wishart_moments.codegen import family_table, word_table

    index = exact_beta(beta)
    with progress("table") as report:
        if kind == "words":
            return word_table(index, report)
        k = read_order(max_k, "max-k")
        if not 2 <= k <= MAX_GENERATED:
            raise LimitError(f"need 2 <= max-k <= {MAX_GENERATED} for a table of covariances, got {k}")
        found: FamilyKind = "inverse_trace_covariances" if kind == "inverse" else "scaled_trace_covariances"
        return family_table(found, k, index, report)


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


def read_max_order(max_k: str, beta: str) -> tuple[int, Fraction]:
    """Return k and β of a table: as far as several routes reach."""
    from wishart_moments.moments.confirmation import single_trace_reach

    k, index = read_order(max_k), exact_beta(beta)
    limit = single_trace_reach(index)
    if not 1 <= k <= limit:
        raise DomainError(f"need 1 <= max-k <= {limit} at beta = {index}, got {k}; `moment` reaches further")
    return k, index


def _emit(text: str, output: Path | None, *, force: bool) -> None:
    if output is None:
        typer.echo(text, nl=False)
        return
    from wishart_moments.files import write_atomically

    write_atomically(output, text, overwrite=force)
