"""From a file of rows to an array on the disk, once: resumable, in bounded memory, with checksums.

A prepared folder holds rows.npy, float32 of shape (rows, 29), which NumPy maps into memory, and prepared.json, which is
written last: without it nothing in the folder is used. While it is being prepared, the rows grow in rows.partial and
progress.json says up to where they are complete and on the disk; what lies behind that is cut off when the
preparation goes on.
"""

import hashlib
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from wishart_moments.errors import DomainError
from wishart_nn.data.files import held_folder, refused, system_errors
from wishart_nn.data.json_files import read_object, write_object
from wishart_nn.higgs.columns import COLUMNS, FULL_BYTES, FULL_SHA256
from wishart_nn.higgs.reading import open_rows

FORMAT = 1
AGAIN = "delete the folder and prepare it again"
CHECKPOINT = 250_000
"""Rows between two notes of progress: 29 MB, a second or two of work."""

_HEADER = 128  # bytes before the rows in rows.npy, for any number of rows
_ROW = 4 * len(COLUMNS)


@dataclass(frozen=True)
class Source:
    """A file of rows, as it was when it was read.

    Attributes:
        name: without its folder.
        bytes: its length.
        modified_ns: when it was last changed.
        sha256: of the file; empty until it has been read to its end.
    """

    name: str
    bytes: int
    modified_ns: int
    sha256: str = ""

    def is_unchanged(self, other: "Source") -> bool:
        """Return whether it is by all appearances the same file."""
        return (self.bytes, self.modified_ns) == (other.bytes, other.modified_ns)


@dataclass(frozen=True)
class Prepared:
    """A prepared folder.

    Attributes:
        folder: where it is.
        rows: how many there are.
        signal: how many of them have label 1.
        sha256: of the rows as float32 in little-endian order.
        source: the file that they come from.
    """

    folder: Path
    rows: int
    signal: int
    sha256: str
    source: Source

    def array(self) -> NDArray[np.float32]:
        """Return the rows, float32 of shape (rows, 29), mapped into memory and read when used."""
        return np.load(self.folder / "rows.npy", mmap_mode="r")

    def progress(self) -> dict[str, Any]:
        """Return how far the rows are complete, as it is noted meanwhile."""
        return {"rows": self.rows, "signal": self.signal, "source": asdict(self.source)}

    def verify(self) -> None:
        """Read all rows and compare their checksum.

        Raises:
            DomainError: if the rows are not those that were written.
        """
        digest, rows = hashlib.sha256(), self.array()
        for start in range(0, self.rows, CHECKPOINT):
            digest.update(np.ascontiguousarray(rows[start : start + CHECKPOINT], "<f4").data)
        if digest.hexdigest() != self.sha256:
            raise DomainError(f"{str(self.folder / 'rows.npy')!r} is damaged; {AGAIN}")


def is_prepared(folder: str | os.PathLike[str]) -> bool:
    """Return whether the folder has been prepared to the end."""
    return Path(folder, "prepared.json").is_file()


def open_prepared(folder: str | os.PathLike[str]) -> Prepared:
    """Return a prepared folder.

    Raises:
        DomainError: if it is none, is not finished, or is damaged.
    """
    path = Path(folder)
    if not path.is_dir():
        raise DomainError(f"cannot read {str(path)!r}: no such folder")
    if not is_prepared(path):
        unfinished = "its preparation is not finished" if (path / "progress.json").exists() else "it is not prepared"
        raise DomainError(f"cannot use {str(path)!r}: {unfinished}; run wishart-moments higgs prepare FILE {path}")
    record = read_object(path / "prepared.json", AGAIN) or {}
    try:
        if record.pop("format") != FORMAT:
            raise DomainError(f"{str(path)!r} was prepared by another version; prepare it into another folder")
        prepared = Prepared(path, source=Source(**record.pop("source")), **record)
        rows = prepared.array()
        intact = rows.shape == (prepared.rows, len(COLUMNS)) and rows.dtype == np.dtype("<f4")
    except DomainError:
        raise
    except (OSError, EOFError, ValueError, TypeError, KeyError) as error:
        raise DomainError(f"{str(path)!r} is damaged ({error}); {AGAIN}") from error
    if not intact:
        raise DomainError(f"{str(path)!r} is damaged; {AGAIN}")
    return prepared


def prepare(source: str | os.PathLike[str], folder: str | os.PathLike[str]) -> Prepared:
    """Read a file of rows into a folder, or go on where an earlier attempt was stopped; return the folder.

    Killed at any moment, it loses a second or two of work. When it goes on, the file is read again from its start, as
    gzip must be, but what was finished is only unpacked and hashed. A folder that was prepared from the same file is
    returned as it is.

    Args:
        source: a file in the layout of HIGGS.csv.gz, plain or packed.
        folder: made if it does not exist.

    Raises:
        DomainError: if the file is bad, has changed, or the folder holds something else. Finished rows stay.
    """
    path, target = Path(source), Path(folder)
    found = _describe(path)
    if is_prepared(target):
        return _reused(path, found, target)
    # Several processes may be given the same folder: the first prepares it, the others wait. A killed one lets go.
    with held_folder(target, ".lock"), system_errors(f"write into {str(target)!r}"):
        if is_prepared(target):
            return _reused(path, found, target)
        try:
            return _prepare(path, target, _finished(target, found))
        except DomainError:
            _forget(target)
            raise


def _reused(path: Path, found: Source, target: Path) -> Prepared:
    prepared = open_prepared(target)
    if not found.is_unchanged(prepared.source) and (
        found.bytes != prepared.source.bytes or _sha256(path) != prepared.source.sha256
    ):
        raise DomainError(f"{str(target)!r} holds the rows of another {prepared.source.name}; name another folder")
    with suppress(OSError):
        (target / "progress.json").unlink()  # left there by one that was killed at its very end
    return prepared


def _prepare(path: Path, target: Path, done: Prepared) -> Prepared:
    with (target / "rows.partial").open("r+b") as partial, open_rows(path) as reader:
        digest = _cut(partial, done.rows)
        saved = done.rows
        for block in reader.blocks(after_row=done.rows):
            data = np.ascontiguousarray(block, "<f4")
            partial.write(data.data)
            digest.update(data.data)
            done = replace(done, rows=done.rows + len(data), signal=done.signal + int(np.count_nonzero(data[:, 0])))
            if done.rows - saved >= CHECKPOINT:
                saved = done.rows
                _sync(partial)
                write_object(target / "progress.json", done.progress())
        source = replace(done.source, sha256=reader.sha256)
        if source.bytes == FULL_BYTES and source.sha256 != FULL_SHA256:
            raise DomainError(f"{path.name} has the length of HIGGS.csv.gz but another checksum; fetch it again")
        if not source.is_unchanged(_describe(path)):
            raise DomainError(f"{path.name} was changed while it was read; delete {str(target)!r} and prepare it again")
        partial.seek(0)
        partial.write(_header(done.rows))
        _sync(partial)
    (target / "rows.partial").replace(target / "rows.npy")
    finished = replace(done, sha256=digest.hexdigest(), source=source)
    write_object(target / "prepared.json", {"format": FORMAT, **finished.progress(), "sha256": finished.sha256})
    (target / "progress.json").unlink(missing_ok=True)
    return finished


def _finished(target: Path, source: Source) -> Prepared:
    """Return how far an earlier attempt came; begin one if there was none."""
    partial, note, rows = target / "rows.partial", target / "progress.json", target / "rows.npy"
    fresh = Prepared(target, 0, 0, "", source)
    if not note.exists():
        others = sorted(each.name for each in target.iterdir() if not each.name.startswith("."))
        if others:
            raise DomainError(f"{str(target)!r} holds other files ({others[0]}); name a new folder")
        write_object(note, fresh.progress())
    record = read_object(note, AGAIN) or {}
    try:
        done = Prepared(target, sha256="", source=Source(**record.pop("source")), **record)
    except (TypeError, KeyError) as error:
        raise DomainError(f"{str(note)!r} is damaged; {AGAIN}") from error
    done = done if done.rows else fresh
    if not source.is_unchanged(done.source):
        raise DomainError(f"{str(target)!r} holds the first rows of another {done.source.name}; name another folder")
    if rows.exists():
        rows.replace(partial)  # stopped before prepared.json was written
    if partial.exists() and partial.stat().st_size >= _HEADER + done.rows * _ROW:
        return done
    partial.write_bytes(b"")
    return fresh


def _forget(target: Path) -> None:
    """Leave nothing of a preparation that was refused before any row was finished; files of others stay."""
    note = target / "progress.json"
    with suppress(DomainError):  # a damaged note: what is there stays
        record = read_object(note) if note.exists() else {"rows": 0}
        if record and not record.get("rows"):
            if note.exists():
                note.unlink()
                (target / "rows.partial").unlink(missing_ok=True)
            (target / ".lock").unlink(missing_ok=True)


def _cut(partial: IO[bytes], rows: int) -> Any:
    """Cut off what is not known to be complete; return the hash of the rows that stay."""
    partial.write(bytes(_HEADER))  # kept free for the array's header
    digest, left = hashlib.sha256(), rows * _ROW
    while left:
        chunk = partial.read(min(left, 1 << 20))
        digest.update(chunk)
        left -= len(chunk)
    partial.seek(_HEADER + rows * _ROW)
    partial.truncate()
    return digest


def _header(rows: int) -> bytes:
    stream = BytesIO()
    shape = {"descr": "<f4", "fortran_order": False, "shape": (rows, len(COLUMNS))}
    np.lib.format.write_array_header_1_0(stream, shape)
    header = stream.getvalue()
    assert len(header) == _HEADER, len(header)
    return header


def _describe(path: Path) -> Source:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise refused(f"read {str(path)!r}", error) from error
    if not path.is_file():
        raise DomainError(f"cannot read {str(path)!r}: it is not a regular file")
    return Source(path.name, status.st_size, status.st_mtime_ns)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
