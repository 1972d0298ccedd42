"""The command relu: its application, and what its commands share."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wishart_moments.cli.application import group, read_size
from wishart_moments.domain import shown
from wishart_moments.errors import LimitError
from wishart_moments.notation.tables import columns

if TYPE_CHECKING:
    from matplotlib.figure import Figure

app = group("Two-layer ReLU networks on the population loss: starts, flows, critical points.")

MOST_NUMBERS = 10**8
"""The most numbers that are drawn or held at once."""

Drawn = Annotated[Path | None, typer.Option("--output", "-o", help="Also draw to a new file: .svg, .png or .pdf.")]
Trials = Annotated[str, typer.Option(help="Repetitions at each point.", metavar="<int>")]
Seed = Annotated[str, typer.Option(help="Seed of the draws, an integer >= 0.", metavar="<int>")]
Inputs = Annotated[str | None, typer.Option("--d", help="Inputs d.", metavar="<int>")]


def read_up_to(text: str, name: str, most: int) -> int:
    """Return an integer from 1 to the largest that is computed in reasonable time and memory."""
    value = read_size(text, name)
    if value > most:
        raise LimitError(f"need {name} <= {most:,}, got {shown(value)}")
    return value


def refuse_more(name: str, count: int, most: int) -> None:
    """Refuse a product of sizes beyond the limit."""
    if count > most:
        raise LimitError(f"need {name} <= {most:,}, got {count:,}")


def print_table(names: list[str], rows: list[list[str]]) -> None:
    typer.echo(columns([names, *rows]))


def print_document(document: Any, drawn: "Figure | None", output: Path | None, force: bool) -> None:
    typer.echo(json.dumps(document, indent=1))
    save(drawn, output, force)


def save(drawn: "Figure | None", output: Path | None, force: bool) -> None:
    if drawn is not None and output is not None:
        from wishart_moments.combinatorics.drawing import save_drawing

        save_drawing(drawn, output, overwrite=force)


def share_text(hits: int, count: int, interval: Sequence[float]) -> str:
    return f"{hits / count:.4f} [{interval[0]:.4f}, {interval[1]:.4f}]"
