"""The command line's application, and what its commands share: options and the reading of numbers."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from wishart_moments import __version__, domain
from wishart_moments.errors import MissingExtraError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Wishart matrices S = W W^T: exact moments, generated code, and the variance of LDLT layers.",
)

Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this new file instead of stdout.")]
Drawing = Annotated[Path, typer.Option("--output", "-o", help="A new file: .svg, .png or .pdf.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the output file if it exists.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"wishart-moments {__version__}")
        raise typer.Exit


@app.callback()
def _options(  # pyright: ignore[reportUnusedFunction]
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


def needs_torch(what: str) -> None:
    """Refuse in one line, which begins with `what`, where torch is not installed."""
    if find_spec("torch") is None:
        raise MissingExtraError(f"{what}: pip install 'wishart-trace-moments[nn]'")


def read_integer(text: str) -> int | str:
    """Return the integer, or the text for the function that is called to refuse."""
    try:
        return int(text)
    except ValueError:
        return text


def read_order(text: str, name: str = "k") -> int:
    """Return an integer >= 0."""
    return domain.order(read_integer(text), name)


def read_size(text: str, name: str) -> int:
    """Return an integer >= 1."""
    return domain.size(read_integer(text), name)
