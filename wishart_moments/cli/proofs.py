"""The commands that prove: prove, and certificates of moments and of existence; check reads any certificate."""

import json
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wishart_moments.cli.application import AsJson, Force, Output, app, group, read_size
from wishart_moments.cli.reading import Beta, exact_beta, read_degrees, read_format, read_power, read_powers

if TYPE_CHECKING:
    from wishart_moments.proofs.certificates import Certificate

certificate = group("Claims in exact numbers, which one file of the standard library checks.", "certificate")

# A word such as -2 is a power, not an option.
NEGATIVE = {"ignore_unknown_options": True}

Rows = Annotated[str, typer.Option("--m", help="Rows of W, an integer >= 1.", metavar="<int>")]
Columns = Annotated[
    str,
    typer.Option("--n", "--df", help="Degrees of freedom: an integer >= 1 or a number > m - 1.", metavar="<number>"),
]

FORMATS = ("text", "latex", "json")


@app.command()
def prove(
    name: Annotated[
        str | None, typer.Argument(help="A theorem: real, complex or quaternion; all of them if left out.")
    ] = None,
    show: Annotated[
        str | None,
        typer.Option(
            "--show",
            help="Print the statement and the identity instead: text, latex, or json for check_identity.py.",
            metavar="<text>",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Prove the recurrences for E tr S^k, for all m, n and k: identities of polynomials; exit 1 if one fails.

    Every identity is checked twice: by FLINT, and by a program of integers that imports nothing of this package.

    Example: wishart-moments prove

    Example: wishart-moments prove real --show latex
    """
    from wishart_moments.proofs import check_identity as untyped
    from wishart_moments.proofs.theorems import THEOREMS, theorem

    check_identity: Any = untyped
    chosen = THEOREMS if name is None else (theorem(name),)
    if show is not None:
        read_format(show, FORMATS, "--show")
    lines: list[dict[str, object]] = []
    for each in chosen:
        start = perf_counter()
        proved = each.proved() and check_identity.holds(each.document())
        seconds = perf_counter() - start
        lines.append({"theorem": each.name, "proved": proved, "seconds": seconds, "recurrence": str(each.recurrence)})
        if show is not None:
            document = json.dumps(each.document()) + "\n" if show == "json" else each.text(latex=show == "latex")
            typer.echo(document, nl=False)
        elif not as_json:
            verdict = "proved" if proved else "FAILS"
            terms = len(each.recurrence.coefficients)
            claim = f"{terms} terms of E tr S^k at beta = {each.beta}, {each.domain}"
            typer.echo(f"{each.name:<12} {verdict}  {1000 * seconds:.1f} ms  {claim}")
    if as_json:
        typer.echo(json.dumps(lines, indent=1))
    wrong = [str(line["theorem"]) for line in lines if not line["proved"]]
    for each in wrong:
        typer.echo(f"wishart-moments: the identity of theorem {each} does not hold", err=True)
    if wrong:
        raise typer.Exit(1)


@certificate.command("moments", context_settings=NEGATIVE)
def moments_command(
    k: Annotated[str, typer.Argument(help="The last power, of either sign.")],
    m: Rows,
    n: Columns,
    beta: Beta = "1",
    output: Output = None,
    force: Force = False,
) -> None:
    """Print a certificate of E tr S^j for j = 0..k, for k < 0 of j = k..3.

    Example: wishart-moments certificate moments -2 --m 3 --n 8 --output moments.json
    """
    from wishart_moments.proofs.certificates import moment_certificate

    found = moment_certificate(read_power(k), read_size(m, "m"), read_degrees(n), beta=exact_beta(beta))
    _emit(found, output, force=force)


@certificate.command("existence", context_settings=NEGATIVE)
def existence_command(
    parts: Annotated[list[str], typer.Argument(help="The powers k1 k2 ... of the product of traces, of either sign.")],
    m: Rows,
    n: Columns,
    beta: Beta = "1",
    output: Output = None,
    force: Force = False,
) -> None:
    """Print a certificate that E[tr S^k1 tr S^k2 ...] is finite, or that it is infinite.

    Example: wishart-moments certificate existence -2 1 --m 3 --n 6
    """
    from wishart_moments.proofs.certificates import existence_certificate

    found = existence_certificate(read_powers(parts), read_size(m, "m"), read_degrees(n), beta=exact_beta(beta))
    _emit(found, output, force=force)


@certificate.command("check")
def check_command(files: Annotated[list[Path], typer.Argument(help="Certificates.")]) -> None:
    """Check certificates; exit 1 if one is refused, or is no proof.

    Without this package: python -I check.py FILE.json; check.py is one file of the standard library.

    Example: wishart-moments certificate check moments.json
    """
    from wishart_moments.proofs import check as untyped

    checker: Any = untyped
    proved = True
    for path in files:
        try:
            document = json.loads(path.read_text("utf-8-sig"))
            verdict: str = checker.check(document)
            if document["kind"] in ("variance", "resolvent"):
                ends = " to ".join(dict.fromkeys(document["sigma2"]))
                gain = f", gamma = {document['gamma']}" if "gamma" in document else ""
                law = f"m = {document['m']}, n = {document['n']}, beta = {document['beta']}"
                verdict += f", at {law}, alpha = {document['alpha']}, sigma^2 = {ends}{gain}"
        except OSError:
            raise
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            reason = " ".join(str(error).split())
            missing = isinstance(error, LookupError | TypeError | AttributeError | RecursionError)
            verdict = f"refused: {'it is no certificate: ' if missing else ''}{reason}"
        typer.echo(f"{path}: {verdict}")
        proved = proved and verdict.startswith("proved")
    if not proved:
        raise typer.Exit(1)


def _emit(found: "Certificate", output: Path | None, *, force: bool) -> None:
    if output is None:
        typer.echo(found.to_json(), nl=False)
        return
    found.write(output, overwrite=force)
