"""The command line's application, and what its commands share: options and the reading of numbers."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from wishart_moments import __version__, domain, texts
from wishart_moments.cli.commands import Commands
from wishart_moments.errors import DomainError

_HELP = {"help_option_names": ["-h", "--help"]}
_PLAIN: dict[str, Any] = {
    "add_completion": False,
    "pretty_exceptions_enable": False,
    "rich_markup_mode": None,
    "context_settings": _HELP,
}


class _Command(TyperCommand):
    """A command that refuses an option under two of its names, as --n and --df, of which only the last would count.

    Under one name the last counts, as everywhere: a script may end in what differs.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing:
            _, _, given = self.make_parser(ctx).parse_args(args=list(args))
            for option in (each for each, count in Counter(given).items() if count > 1 and len(each.opts) > 1):
                names = [name for name in option.opts if any(word.split("=")[0] == name for word in args)]
                if len(names) > 1 and not getattr(option, "multiple", False):
                    raise DomainError(f"need one of {', '.join(names)}, got {len(names)} of them")
        return super().parse_args(ctx, args)


class _Application(typer.Typer):
    """An application whose commands are such."""

    def command(self, *args: Any, **options: Any) -> Any:
        return super().command(*args, **{"cls": _Command, **options})


app = _Application(
    cls=Commands,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=_HELP,
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


def group(help: str, name: str = "") -> typer.Typer:
    """Return a group of commands; one of this package when it has a name."""
    made = _Application(no_args_is_help=True, help=help, **_PLAIN)

    @made.callback()
    def only_subcommands() -> None:  # pyright: ignore[reportUnusedFunction]
        pass

    if name:
        app.add_typer(made, name=name)
    return made


def standalone() -> typer.Typer:
    """Return the application of a single command of another package."""
    return _Application(**_PLAIN)


def read_integer(text: str) -> int | str:
    """Return the integer, or the text for the function that is called to refuse."""
    whole = texts.integer(text)
    return text if whole is None else whole


def read_order(text: str, name: str = "k") -> int:
    """Return an integer >= 0."""
    return domain.order(read_integer(text), name)


def read_size(text: str, name: str) -> int:
    """Return an integer >= 1."""
    return domain.size(read_integer(text), name)
