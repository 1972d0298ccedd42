"""The command that proves: prove."""

import json
from time import perf_counter
from typing import Annotated

import typer

from wishart_moments.cli.application import AsJson, app
from wishart_moments.cli.reading import read_format

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
    from wishart_moments.proofs import check_identity
    from wishart_moments.proofs.theorems import THEOREMS, theorem

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
