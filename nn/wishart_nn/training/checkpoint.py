"""Checkpoints: all that the next step depends on, in one file that is whole or not there.

The file is what `torch.save` writes, a ZIP archive whose entries carry check sums: on reading they are compared, which
`torch.load` does not do by itself.
"""

import pickle
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_moments.files import write_atomically
from wishart_nn.data.files import refused

FORMAT = 4


@dataclass(frozen=True)
class Checkpoint:
    """The state of a run between two steps.

    Attributes:
        key: of the options, and
        fingerprint: of the data that it belongs to.
        step: steps taken.
        seconds: of the run so far, and
        epoch_seconds: of the steps of the epoch that was begun.
        log_bytes: of the log, from where it goes on.
        model, optimizer: their state_dict().
    """

    key: str
    fingerprint: str
    step: int
    seconds: float
    epoch_seconds: float
    log_bytes: int
    model: dict[str, Any]
    optimizer: dict[str, Any]

    def save(self, path: Path) -> None:
        """Write the file in place of the last one."""
        buffer = BytesIO()
        document = {"format": FORMAT, **{name: getattr(self, name) for name in self.__dataclass_fields__}}
        torch.save(document, buffer)
        write_atomically(path, buffer.getvalue(), overwrite=True)

    def restore(self, model: nn.Module, optimizer: torch.optim.Optimizer, path: Path) -> None:
        """Put the states back.

        Raises:
            DomainError: if they belong to another network; nothing has been changed then.
        """
        there = model.state_dict()
        shapes = {name: tuple(value.shape) for name, value in self.model.items()}
        wanted = {name: tuple(value.shape) for name, value in there.items()}
        if shapes != wanted:
            odd = sorted(name for name in shapes.keys() | wanted.keys() if shapes.get(name) != wanted.get(name))[0]
            raise DomainError(
                f"need a checkpoint of this network in {path}, got one of another: {odd} is {shapes.get(odd)} there, "
                f"{wanted.get(odd)} here"
            )
        try:
            optimizer.load_state_dict(self.optimizer)
        except (ValueError, KeyError) as error:
            raise DomainError(f"need a checkpoint of this optimiser in {path}, got one of another") from error
        model.load_state_dict(self.model)


def read_checkpoint(path: Path, device: torch.device | str = "cpu") -> Checkpoint | None:
    """Return the checkpoint in a file, None if there is no file.

    Raises:
        DomainError: for a file that is damaged or is no checkpoint.

    Example:
        >>> read_checkpoint(Path("there-is-no-such-file")) is None
        True
    """
    advice = "delete the file to start this run from its beginning"
    try:
        contents = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise refused(f"read {str(path)!r}", error) from error
    try:
        with zipfile.ZipFile(BytesIO(contents)) as archive:
            if archive.testzip() is not None:
                raise zipfile.BadZipFile
        document: Any = torch.load(BytesIO(contents), map_location=device, weights_only=True)
    except (zipfile.BadZipFile, RuntimeError, pickle.UnpicklingError, EOFError, KeyError, ValueError, OSError) as error:
        raise DomainError(f"need an intact checkpoint, got a damaged {str(path)!r}; {advice}") from error
    names = set(Checkpoint.__dataclass_fields__)
    found = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    got = found.pop("format", None)
    if got != FORMAT or found.keys() != names:
        raise DomainError(f"need a checkpoint of format {FORMAT}, got {str(path)!r} of format {got}; {advice}")
    kinds = {"model": dict, "optimizer": dict, "key": str, "fingerprint": str, "step": int, "log_bytes": int}
    for name in names:
        if not isinstance(found[name], kinds.get(name, int | float)):
            raise DomainError(
                f"need a checkpoint with its {name}, got {str(path)!r} with {shown(found[name])}; {advice}"
            )
    return Checkpoint(**found)
