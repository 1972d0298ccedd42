"""Answers as the commands print them: a number, a formula, a matrix; as text, LaTeX, JSON or CSV, exact or rounded."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

LANGUAGES = ("r", "octave", "wolfram")
FORMATS = ("text", "latex", "json", "csv", *LANGUAGES)
Format = Annotated[str, typer.Option(help="text, latex, json, csv, r, octave or wolfram.", metavar="<text>")]
Digits = Annotated[
    int | None,
    typer.Option(
        "--digits", min=1, max=1000, help="Decimals with so many significant digits; default exact.", metavar="<int>"
    ),
]


@dataclass(frozen=True)
class Answer:
    """How an answer is printed.

    Attributes:
        format: one of `FORMATS`.
        digits: significant digits of decimals, None for exact numbers.
        given: what was asked for, the first members of a JSON document.
        key: the name of the answer in JSON.
        condition: when a formula holds; printed below one, not below a number.
    """

    format: str
    digits: int | None = None
    given: Mapping[str, Any] = field(default_factory=dict[str, Any])
    key: str = "mean"
    condition: str = ""

    def value(self, value: Any, *, identity: bool = False) -> None:
        """Print a number or a formula; of a multiple of the identity the factor and I."""
        from wishart_moments.notation import tables
        from wishart_moments.notation.convert import times
        from wishart_moments.notation.tree import Identity

        node = tables.number(value, self.digits)
        self.formula(times(node, Identity()) if identity else node, bool(getattr(value, "free_symbols", None)))

    def combination(self, coefficients: Mapping[tuple[tuple[int, ...], int], Any], *, matrix: bool = False) -> None:
        """Print Σ c p_μ(Σ) Σ^j; as CSV or JSON term by term."""
        from wishart_moments.notation import tables
        from wishart_moments.notation.convert import combination

        shown = {term: tables.number(c, self.digits) for term, c in coefficients.items()}
        symbolic = any(getattr(c, "free_symbols", None) for c in coefficients.values())
        terms = [(mu, j, tables.text(c, self.digits)) for (mu, j), c in coefficients.items()]
        if self.format == "csv":
            rows = ((" ".join(map(str, mu)), j, c) for mu, j, c in terms)
            typer.echo(tables.csv_lines([("mu", "power", "coefficient"), *rows]))
            return
        listed = [{"mu": list(mu), "power": j, "coefficient": c} for mu, j, c in terms]
        self.formula(combination(shown, matrix=matrix), symbolic, terms=listed)

    def matrix(self, matrix: Any) -> None:
        """Print a matrix, one row a line."""
        from wishart_moments.notation import code, tables

        rows = tables.rows_of(matrix)
        symbolic = any(getattr(entry, "free_symbols", None) for row in rows for entry in row)
        if self.format == "json":
            self._document([[tables.text(entry, self.digits) for entry in row] for row in rows], symbolic)
            return
        if self.format in LANGUAGES:
            nodes = [[tables.number(entry, self.digits) for entry in row] for row in rows]
            typer.echo(code.matrix_code(nodes, self.format))
        else:
            typer.echo(tables.matrix(rows, self.format, self.digits))
        self._condition(symbolic)

    def formula(self, node: Any, symbolic: bool = False, *, size: str = "m", **extra: Any) -> None:
        """Print a tree of the notation; size is the dimension of an identity in it."""
        from wishart_moments.notation import code, printers, tables

        if self.format == "json":
            self._document(printers.text(node), symbolic, **extra)
        elif self.format == "csv":
            typer.echo(tables.csv_lines([[printers.text(node)]]))
        else:
            show = {"text": printers.text, "latex": printers.latex}.get(self.format)
            typer.echo(show(node) if show else code.code(node, self.format, size))
            self._condition(symbolic)

    def _document(self, found: Any, symbolic: bool, **extra: Any) -> None:
        condition = {"condition": self.condition} if self.condition and symbolic else {}
        typer.echo(json.dumps({**self.given, self.key: found, **extra, **condition}))

    def _condition(self, symbolic: bool) -> None:
        if self.condition and symbolic and self.format != "csv":
            from wishart_moments.notation import code

            plain = {"text": self.condition, "latex": f"% {self.condition}"}.get(self.format)
            typer.echo(plain or code.comment(self.condition, self.format))
