"""What is being done, shown on stderr while it takes its time."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress


class Report:
    """Shows on a terminal's stderr what is being done, with a bar where the number of steps is known."""

    def __init__(self, name: str, bar: "Progress | None", steps: int | None) -> None:
        self._name, self._bar = name, bar
        self._task = None if bar is None else bar.add_task(name, total=steps)

    def __call__(self, line: str) -> None:
        """Show the line."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=f"{self._name}: {line}")

    def result(self, line: str) -> None:
        """Print a line of the result: on stdout, or above the bar where both share a terminal."""
        if self._bar is not None and sys.stdout.isatty():
            self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            print(line, flush=True)

    def advance(self, steps: float = 1) -> None:
        """Count one step, or so many."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task, steps)


_shown: list[str] = []
"""What has a bar on the terminal: one at a time."""


@contextmanager
def progress(name: str, steps: int | None = None) -> Generator[Report, None, None]:
    """Yield a report that shows on stderr what is being done; silent inside another one and without a terminal."""
    if _shown or not sys.stderr.isatty():
        yield Report(name, None, steps)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    counted = () if steps is None else (MofNCompleteColumn(),)
    columns = (BarColumn(bar_width=24), *counted, TimeElapsedColumn(), TextColumn("{task.description}"))
    _shown.append(name)
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:
            yield Report(name, bar, steps)
    finally:
        _shown.clear()
