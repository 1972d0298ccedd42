"""From the folder of a run or of a sweep to its page."""

import os
from collections.abc import Sequence
from pathlib import Path

from wishart_moments.errors import DomainError
from wishart_moments.files import write_atomically
from wishart_nn.reports.records import Run, read, together
from wishart_nn.reports.run_page import run_page
from wishart_nn.reports.sweep_page import sweep_page


def write_report(
    folder: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    output: str | os.PathLike[str] | None = None,
    *,
    force: bool = False,
) -> Path:
    """Write the page of a run or of a sweep, or one page of several: one HTML file that needs nothing else.

    Runs may be unfinished, stopped or diverged; the page says so.

    Args:
        folder: of a run (config.json, log.jsonl, result.json) or of a sweep (sweep.json, runs/), or several of them.
        output: the file; report.html in the folder if left out, of several in the first.
        force: replace the file if it is there.

    Returns:
        The path of the page.

    Raises:
        DomainError: if the folder holds neither, a file in it is damaged, no run has begun, or the page cannot be
            written.
    """
    folders = [folder] if isinstance(folder, str | os.PathLike) else list(folder)
    each = [read(Path(place)) for place in folders]
    if not each:
        raise DomainError("need the folder of a run or of a sweep, got none")
    found = each[0] if len(each) == 1 else together(each)
    target = Path(folders[0], "report.html") if output is None else Path(output)
    page = run_page(found) if isinstance(found, Run) else sweep_page(found)
    write_atomically(target, page, overwrite=force)
    return target
