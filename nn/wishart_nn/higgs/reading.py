"""A file of rows, plain or gzip, in blocks: bounded memory, hashed on the way, unpacked while the last block is parsed.

Text in blocks, unpacked by isal where that is installed and by zlib elsewhere, parsed by Arrow; beside other readers:
benchmarks/higgs_reading.py.
"""

import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from wishart_moments.errors import DomainError
from wishart_moments.progress import progress
from wishart_nn.higgs.parsing import parse_rows

BLOCK = 4 << 20
"""Bytes of text that are parsed at a time: some 6,000 rows of the original file."""

_UNPACKED = 256 << 10  # at a time: what stays in a core's cache

_OTHER_KINDS = {
    b"PK\x03\x04": "a zip archive",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"\x93NUMPY": "an array of NumPy",
    b"PAR1": "a Parquet file",
    b"<": "HTML or XML",
}
"""What files of other kinds begin with."""

_Read = Callable[[memoryview], int]


class HashedFile(io.RawIOBase):
    """A file whose bytes are counted and hashed as they are read."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file: Any = path.open("rb", buffering=0)
        head = self._file.read(6)
        self.packed = head[:2] == b"\x1f\x8b"  # gzip, whatever the name says
        kind = next((name for start, name in _OTHER_KINDS.items() if head.startswith(start)), None)
        if kind is not None:
            self._file.close()
            raise DomainError(f"need text or gzip of text in {path.name}, got {kind}; write the rows as text")
        self._file.seek(0)
        self.digest = hashlib.sha256()
        self.consumed = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into the buffer; return how many bytes."""
        view = memoryview(buffer).cast("B")
        count = int(self._file.readinto(view))
        self.digest.update(view[:count])
        self.consumed += count
        return count

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


@dataclass(frozen=True)
class Block:
    """Whole rows of a file, in its order.

    Attributes:
        rows: float32, shape (rows, 29).
        first_row: the number of the first one in the file, from 1 on.
        text_bytes: of all text up to the end of this block, unpacked.
    """

    rows: NDArray[np.float32]
    first_row: int
    text_bytes: int


@dataclass(frozen=True)
class _Text:
    buffer: NDArray[np.uint8]
    length: int
    consumed: int


class RowReader:
    """The rows of a file in blocks; use it within `open_rows`."""

    def __init__(self, path: Path, file: HashedFile) -> None:
        self._path, self._file = path, file
        self._read, self._corrupt = _unpacking(file)
        self._carry = b""

    @property
    def sha256(self) -> str:
        """Of the file as it lies there, once it has been read to its end."""
        return self._file.digest.hexdigest()

    def blocks(self, *, after_row: int = 0, after_bytes: int = 0) -> Generator[Block, None, None]:
        """Yield the rows in blocks, from the first or from a place that an earlier reading reached.

        Args:
            after_row, after_bytes: rows and `Block.text_bytes` that are known already: read and hashed, not parsed.

        Raises:
            DomainError: for a file that is empty, truncated or corrupt, and for a row that is no row.
        """
        name, total = self._path.name, self._path.stat().st_size
        row, position, shown = after_row, after_bytes, 0
        buffers = [np.zeros(BLOCK + 1, np.uint8) for _ in range(2)]
        with progress(f"reading {name}", max(1, total >> 20)) as report, ThreadPoolExecutor(1) as unpacker:
            self._skip(buffers[0].data, after_bytes)
            waiting = unpacker.submit(self._fill, buffers[0])
            while (text := waiting.result()).length:
                buffers.reverse()
                waiting = unpacker.submit(self._fill, buffers[0])
                rows = parse_rows(text.buffer.data[: text.length], row + 1)
                position += text.length
                yield Block(rows, row + 1, position)
                row += len(rows)
                for _ in range(shown, text.consumed >> 20):
                    report.advance()
                shown = text.consumed >> 20
                report(f"{row:,} rows")
        if not row:
            raise DomainError(f"need rows of {name}, got an empty file")

    def _skip(self, view: memoryview, length: int) -> None:
        while length > 0:
            count = self._unpack(view[: min(length, _UNPACKED)])
            if not count:
                raise DomainError(f"{self._path.name} is shorter than it was; prepare it into another folder")
            length -= count

    def _fill(self, buffer: NDArray[np.uint8]) -> _Text:
        """Fill the buffer with what was left over and what comes; return the whole lines in it."""
        view, end = buffer.data, len(self._carry)
        view[:end] = self._carry
        count = 1
        while count and end < BLOCK:
            count = self._unpack(view[end : min(end + _UNPACKED, BLOCK)])
            end += count
        if not count and end and buffer[end - 1] != 10:
            buffer[end] = 10  # the last line may do without its line feed
            end += 1
        tail = bytes(view[max(0, end - 65536) : end])
        length = end if not count else end - len(tail) + tail.rfind(b"\n") + 1
        if end and b"\n" not in tail:
            raise DomainError(f"need lines of {self._path.name} to be rows of 29 numbers, got one of over 65,536 bytes")
        self._carry = bytes(view[length:end])
        return _Text(buffer, length, self._file.consumed)

    def _unpack(self, view: memoryview) -> int:
        try:
            return self._read(view)
        except EOFError as error:
            raise DomainError(
                f"{self._path.name} is truncated: the gzip stream does not end; fetch it again or continue its download"
            ) from error
        except self._corrupt as error:
            raise DomainError(f"{self._path.name} is corrupt: {error}; fetch it again") from error
        except OSError as error:
            raise DomainError(f"cannot read {str(self._path)!r}: {error.strerror or error}") from error


def _unpacking(file: HashedFile) -> tuple[_Read, tuple[type[Exception], ...]]:
    """Return what reads the text, and the errors by which it says that the file is corrupt."""
    if not file.packed:
        return file.readinto, ()
    errors = (gzip.BadGzipFile, zlib.error)
    try:
        from isal.igzip import IGzipFile
        from isal.igzip_lib import IsalError
    except ImportError:
        return gzip.GzipFile(fileobj=file, mode="rb").readinto, errors
    return IGzipFile(fileobj=file, mode="rb").readinto, (*errors, cast(Any, IsalError))


@contextmanager
def open_rows(source: str | os.PathLike[str]) -> Generator[RowReader, None, None]:
    """Open a file of rows; whether it is packed is read off its first bytes, not off its name.

    Raises:
        DomainError: if there is no such file.
    """
    path = Path(source)
    try:
        file = HashedFile(path)
    except OSError as error:
        raise DomainError(f"cannot read {str(path)!r}: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:
        raise DomainError(f"cannot read {str(path)!r}: {error}") from error  # a null character in the name
    with file:
        yield RowReader(path, file)


def read_rows(source: str | os.PathLike[str]) -> NDArray[np.float32]:
    """Return all rows of a file, float32 of shape (rows, 29), 116 bytes a row."""
    with open_rows(source) as reader:
        return np.concatenate([block.rows for block in reader.blocks()])
