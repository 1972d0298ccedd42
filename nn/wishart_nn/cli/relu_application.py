"""The command relu: its application, and what its commands share."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wishart_moments.cli.application import group, read_size
from wishart_moments.domain import shown
from wishart_moments.errors import LimitError
from wishart_moments.notation.tables import columns
from wishart_nn.data.json_files import as_json

if TYPE_CHECKING:
    from matplotlib.figure import Figure

app = group("Two-layer ReLU networks on the population loss: starts, flows, critical points.")

MOST_NUMBERS = 10**8
"""The most numbers that are drawn or held at once."""

Drawn = Annotated[Path | None, typer.Option("--output", "-o", help="Also draw to a new file: .svg, .png or .pdf.")]
Trials = Annotated[str, typer.Option(help="Repetitions at each point.", metavar="<int>")]
Seed = Annotated[str, typer.Option(help="Seed of the draws, an integer >= 0.", metavar="<int>")]
Inputs = Annotated[str | None, typer.Option("--d", help="Inputs d.", metavar="<int>")]

Record = Mapping[str, Any]
Columns = Mapping[str, str | Callable[[Record], str]]
"""Of a table: head → how the cell of a record is written, a format or a function."""


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


def table(records: Sequence[Record], wanted: Columns) -> str:
    """Return records as a table.

    Example:
        >>> print(table([{"k": 2, "at": 0.5}], {"K": "{k}", "saddle": "{at:.3f}"}))
        K  saddle
        2   0.500
    """
    rows = [
        [how.format_map(each) if isinstance(how, str) else how(each) for how in wanted.values()] for each in records
    ]
    return columns([list(wanted), *rows])


def answer(
    document: Any, text: Sequence[str], draw: "Callable[[], Figure]", output: Path | None, force: bool, wants_json: bool
) -> None:
    """Print the document, or the lines of the text; draw the figure where there is to be one, before that."""
    drawn = draw() if output is not None else None
    typer.echo(as_json(document, indent=1) if wants_json else "\n".join(text))
    if drawn is not None and output is not None:
        from wishart_moments.combinatorics.drawing import save_drawing

        save_drawing(drawn, output, overwrite=force)


def share_text(hits: int, count: int, interval: Sequence[float]) -> str:
    """Return a share of trials with the interval of its probability."""
    return f"{hits / count:.4f} [{interval[0]:.4f}, {interval[1]:.4f}]"
