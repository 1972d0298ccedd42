"""A file of rows, plain or gzip, in blocks: bounded memory, hashed on the way, parsed by Arrow meanwhile.

Unpacked by isal where that is installed and by zlib elsewhere. Where Arrow meets a row that it does not read, Python
goes on from there, reads it or says what is wrong with it. Beside other readers: benchmarks/higgs_reading.py.
"""

import io
import math
import os
from collections.abc import Generator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_moments.progress import progress
from wishart_moments.texts import is_decimal
from wishart_nn.data.files import HashedFile, reading_errors
from wishart_nn.higgs.columns import COLUMNS

BLOCK = 4 << 20
"""Bytes of text that are parsed at a time: some 6,000 rows of the original file."""

LONGEST = 65_536
"""Bytes of a line."""

_LARGEST = float(np.finfo(np.float32).max)


class RowReader:
    """The rows of a file in blocks; use it within `open_rows`."""

    def __init__(self, path: Path) -> None:
        self._path, self._file = path, HashedFile(path)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def sha256(self) -> str:
        """Of the file as it lies there, once it has been read to its end."""
        return self._file.digest.hexdigest()

    def blocks(self, *, after_row: int = 0) -> Generator[NDArray[np.float32], None, None]:
        """Yield whole rows, (…, 29), in the file's order, from the first or from where an earlier reading came to.

        Args:
            after_row: rows that are known already: read and hashed, not given back.

        Raises:
            DomainError: for a file that is empty, truncated or corrupt, and for a row that is no row.
        """
        name, row, before = self._path.name, after_row, 0.0
        with progress(f"reading {name}", max(1, self._path.stat().st_size >> 20)) as report, reading_errors(self._path):
            for rows in self._rows(after_row):
                yield rows
                row += len(rows)
                report.advance(self._file.megabytes - before)
                before = self._file.megabytes
                report(f"{row:,} rows")
        if not row:
            raise DomainError(f"need rows of {name}, got an empty file")

    def _rows(self, known: int) -> Generator[NDArray[np.float32], None, None]:
        arrow: Any = import_module("pyarrow")
        library: Any = import_module("pyarrow.csv")
        types = dict.fromkeys(COLUMNS, arrow.float32())
        read = library.ReadOptions(column_names=list(COLUMNS), block_size=BLOCK, skip_rows_after_names=known)
        parse = library.ParseOptions(quote_char=False, ignore_empty_lines=False)
        convert = library.ConvertOptions(column_types=types, null_values=[])
        try:
            with library.open_csv(arrow.PythonFile(self._file.text(), "r"), read, parse, convert) as batches:
                for batch in batches:
                    rows = as_rows(batch)
                    if not (np.isfinite(rows).all() and np.isin(rows[:, 0], (0, 1)).all()):
                        break
                    yield rows
                    known += len(rows)
                else:
                    return
        except arrow.ArrowInvalid:  # the rows from here on are read one by one
            pass
        self.close()
        self._file = HashedFile(self._path)
        yield from self._one_by_one(known)

    def _one_by_one(self, known: int) -> Generator[NDArray[np.float32], None, None]:
        text = io.BufferedReader(self._file.text())
        number, blank = 0, 0
        found: list[list[float]] = []
        for line in iter(lambda: text.readline(LONGEST + 1), b""):
            if len(line) > LONGEST:
                raise DomainError(
                    f"need lines of {self._path.name} to be rows of 29 numbers, got one of over {LONGEST:,} bytes"
                )
            number += 1
            if number <= known:
                continue
            if not line.strip():  # blank lines at the end of the file are no rows
                blank = blank or number
                continue
            found.append(read_row(b"", blank) if blank else read_row(line.rstrip(b"\r\n"), number))
            if len(found) == BLOCK // 512:
                yield np.array(found, np.float32)
                found.clear()
        if found:
            yield np.array(found, np.float32)


def read_row(line: bytes, number: int) -> list[float]:
    """Return the 29 numbers of a line.

    Example:
        >>> read_row(b"1,nan", 7)
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need 29 columns, got 2 in row 7
    """
    fields = line.decode("utf-8", "replace").rstrip("\r").split(",")
    if len(fields) != len(COLUMNS):
        for separator, name in ((b";", "semicolons"), (b"\t", "tabs")):
            if line.count(separator) == len(COLUMNS) - 1:
                raise DomainError(f"need commas between the columns, got {name} in row {number}")
        raise DomainError(f"need {len(COLUMNS)} columns, got {len(fields)} in row {number}")
    values: list[float] = []
    for name, field in zip(COLUMNS, fields, strict=True):
        # Not what float takes beside: 1_000, other digits than ours.
        value = float(field) if is_decimal(field) else math.nan
        if not abs(value) <= _LARGEST:
            names = number == 1 and all(each.strip()[:1].isalpha() or not each.strip() for each in fields)
            header = "; take the line of names away" if names else ""
            if name == COLUMNS[0] and field.strip().isalpha() and not names:
                raise DomainError(f"need labels 0 (background) or 1 (signal), got {shown(field)} in row {number}")
            raise DomainError(f"need finite numbers, got {shown(field)} for {name} in row {number}{header}")
        values.append(value)
    if values[0] not in (0.0, 1.0):
        raise DomainError(f"need labels 0 (background) or 1 (signal), got {shown(fields[0])} in row {number}")
    return values


def as_rows(batch: Any) -> NDArray[np.float32]:
    """Return the 29 columns of a batch of Arrow as rows."""
    rows = np.empty((batch.num_rows, len(COLUMNS)), np.float32)
    for i, column in enumerate(batch.columns):
        rows[:, i] = column.to_numpy()
    return rows


@contextmanager
def open_rows(source: str | os.PathLike[str]) -> Generator[RowReader, None, None]:
    """Open a file of rows; whether it is packed is read off its first bytes, not off its name.

    Raises:
        DomainError: if there is no such file.
    """
    path = Path(source)
    with reading_errors(path):
        reader = RowReader(path)
    with closing(reader):
        yield reader


def read_rows(source: str | os.PathLike[str]) -> NDArray[np.float32]:
    """Return all rows of a file, float32 of shape (rows, 29), 116 bytes a row."""
    with open_rows(source) as reader:
        return np.concatenate(list(reader.blocks()))
