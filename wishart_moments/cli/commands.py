"""The commands of the program: those of this package, and those that other packages bring by entry points.

A package declares each of its commands, a Typer application, under its name in the group `wishart_moments.commands`:

    [project.entry-points."wishart_moments.commands"]
    train = "wishart_nn.cli.train:app"

They are looked for only when a name is not one of this package's own commands, or when all commands are listed. One
that cannot be loaded is listed, and says in one line why when it is called.
"""

from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer
from typer.core import TyperGroup

from wishart_moments.errors import MissingExtraError

GROUP = "wishart_moments.commands"
"""The group of entry points."""

_ANYTHING: dict[str, Any] = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


class Commands(TyperGroup):
    """The commands of this package by their names, those of other packages when they are asked for."""

    _all_are_here = False

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        self._find_others()
        return super().list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of that name, None if there is none."""
        if cmd_name not in self.commands:
            self._find_others()
        return super().get_command(ctx, cmd_name)

    def _find_others(self) -> None:
        if self._all_are_here:
            return
        self._all_are_here = True
        for entry in sorted(entry_points(group=GROUP)):
            if entry.name not in self.commands:
                self.commands[entry.name] = _loaded(entry)


def _loaded(entry: EntryPoint) -> Any:
    try:
        command: Any = typer.main.get_command(entry.load())
    except Exception as error:  # whatever is wrong with a package, the other commands stand
        command = typer.main.get_command(_broken(entry.name, error))
    command.name = entry.name
    return command


def _broken(name: str, error: Exception) -> typer.Typer:
    said = " ".join(str(error).split()) or type(error).__name__
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

    @app.command(context_settings=_ANYTHING, help=f"Cannot be loaded: {said}.")
    def refuse() -> None:  # pyright: ignore[reportUnusedFunction]
        raise MissingExtraError(f"{name} cannot be loaded ({said}): pip install 'wishart-trace-moments[nn]'")

    return app
