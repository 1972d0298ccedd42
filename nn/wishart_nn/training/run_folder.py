"""The folder of a run: its configuration, its log, its last checkpoint, and at the end its weights and its result.

config.json        what is computed: options, data, versions; written first, again only where a run is extended
log.jsonl          what happened, a line each; the truth from which everything else can be told
checkpoint.pt      the state of the last checkpoint, and the length of the log at that time
model.safetensors  the raw weights; plain.safetensors and plain.json the folded network
best.safetensors   the folded network after the epoch with the best validation AUC, and its raw weights; best.json
result.json        how it ended; it is there once the run is over

A killed run leaves a log that may be ahead of its checkpoint. Going on, what is ahead is cut off.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_nn.data.files import held_folder
from wishart_nn.data.json_files import as_json, is_left_over, read_log, read_object, write_object
from wishart_nn.training.checkpoint import Checkpoint, read_checkpoint
from wishart_nn.training.options import EXTENDABLE, RunOptions, key

FORMAT = 1


class RunFolder:
    """A run's folder, held by this process while it is open.

    Args:
        path: of the folder.
        log_bytes: how much of the log there is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log_bytes = 0

    @property
    def config(self) -> dict[str, Any] | None:
        """The configuration, None if there is none yet."""
        return _read(self.path / "config.json")

    @property
    def result(self) -> dict[str, Any] | None:
        """The result, None while there is none."""
        found = _read(self.path / "result.json")
        if found is not None and found.get("status") not in ("finished", "diverged", "stopped"):
            raise DomainError(f"need a result with a status, got {str(self.path / 'result.json')!r}; delete the file")
        return found

    @property
    def checkpoint_path(self) -> Path:
        """The checkpoint's file."""
        return self.path / "checkpoint.pt"

    def append(self, record: dict[str, Any]) -> None:
        """Append a line to the log, on the disk when this returns."""
        line = (as_json(record) + "\n").encode()
        with (self.path / "log.jsonl").open("ab") as stream:
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
        self.log_bytes += len(line)

    def check_data(self, fingerprint: str) -> None:
        """Raise unless the folder is new or its run is on the data with this fingerprint."""
        config = self.config
        if config is not None and cast("dict[str, Any]", config.get("data", {})).get("fingerprint") != fingerprint:
            raise DomainError(f"{str(self.path)!r} holds a run on other data; give another folder")

    def rewind(self, checkpoint: Checkpoint | None) -> list[dict[str, Any]]:
        """Cut off what the log has after the checkpoint (all of it, if there is none) and return what is left.

        Raises:
            DomainError: if the log is shorter than the checkpoint says, or no log; nothing is changed then.
        """
        path = self.path / "log.jsonl"
        length = 0 if checkpoint is None else checkpoint.log_bytes
        found = path.read_bytes() if path.exists() else b""
        if len(found) < length:
            raise DomainError(
                f"need a log of {length} bytes, got {len(found)} in {str(path)!r}; delete the run's folder"
            )
        records = list(read_log(path, found[:length]))
        with path.open("ab") as stream:
            stream.truncate(length)
        self.log_bytes = length
        return records

    def records(self) -> list[dict[str, Any]]:
        """Return the epochs' records of a run that has ended."""
        return [each for each in read_log(self.path / "log.jsonl") if each["event"] == "epoch"]

    def write(self, name: str, document: dict[str, Any]) -> None:
        """Write a JSON file in place of the last one."""
        write_object(self.path / name, document)

    def is_extended(self, options: RunOptions) -> bool:
        """Return whether the folder's run has other epochs or another patience than these options."""
        config = self.config
        there = None if config is None else RunOptions.from_json(config.get("options"))
        return there is not None and any(getattr(there, name) != getattr(options, name) for name in EXTENDABLE)

    def forget_result(self) -> None:
        """Remove the result of a run that goes on."""
        (self.path / "result.json").unlink(missing_ok=True)

    def checkpoint(self, device: Any) -> Checkpoint | None:
        """Return the last checkpoint, None if there is none."""
        return read_checkpoint(self.checkpoint_path, device)


def check_usable(path: Path, options: RunOptions, *, resume: bool) -> None:
    """Raise unless a run of these options may be started in the folder, or resumed; nothing is changed.

    Raises:
        DomainError: if it is no folder, holds other files, holds a run and resume is False, or a run of other options,
            or of a version that took other steps.
    """
    name = str(path)
    if path.exists() and not path.is_dir():
        raise DomainError(f"need a folder for the run, got the file {name!r}")
    if not path.is_dir():
        return
    names = {each.name for each in path.iterdir() if not is_left_over(each)} - {"lock"}
    if not names:
        return
    config = RunFolder(path).config
    if config is None:
        raise DomainError(f"need a folder that is empty or holds a run, got {name!r} with {shown(min(names))}")
    if not resume:
        raise DomainError(f"{name!r} holds a run already; resume it, or give another folder")
    there, here = RunOptions.from_json(config.get("options")), options.settled()
    for option, value in there.settled().items():
        if here[option] != value and (option not in EXTENDABLE or (option == "epochs" and here[option] < value)):
            more = "more epochs, or " if option == "epochs" else ""
            raise DomainError(
                f"{name!r} holds a run with {option} = {shown(value)}, got {shown(here[option])}; give {more}another "
                "folder"
            )
    if config.get("key", key(there)) != key(there):
        raise DomainError(
            f"{name!r} holds a run of an earlier version, whose steps were others (with match_step, those of biases); "
            "give another folder"
        )


@contextmanager
def opened(folder: str | os.PathLike[str], options: RunOptions, *, resume: bool) -> Generator[RunFolder, None, None]:
    """Yield the folder, made if it is not there and locked against other processes.

    Raises:
        DomainError: as `check_usable`, and if it is in use.
    """
    path = Path(folder)
    check_usable(path, options, resume=resume)
    with held_folder(path, "lock", wait=False) as mine:
        if not mine:
            raise DomainError(f"another process is training in {str(path)!r}; wait for it, or give another folder")
        for each in path.iterdir():
            if is_left_over(each):
                each.unlink(missing_ok=True)
        yield RunFolder(path)


def _read(path: Path) -> dict[str, Any] | None:
    found = read_object(path)
    if found is not None and found.get("format") != FORMAT:
        raise DomainError(f"need a file of format {FORMAT}, got {str(path)!r}")
    return found
