"""Text to float32, a block of whole rows at a time: Arrow reads it, or else Python, which says what is wrong."""

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_nn.higgs.columns import COLUMNS

_LARGEST = float(np.finfo(np.float32).max)


def parse_rows(text: memoryview, first_row: int) -> NDArray[np.float32]:
    r"""Return the rows that a text spells, float32 of shape (rows, 29), each number the nearest one.

    Args:
        text: whole lines.
        first_row: the number of its first row in the file, from 1 on, for messages.

    Raises:
        DomainError: for a row of another length, a label other than 0 and 1, anything that is not a finite number.

    Example:
        >>> line = ",".join(["1"] + ["-2.5e-1"] * 28) + "\n"
        >>> parse_rows(memoryview(line.encode()), 1)[0, :3]
        array([ 1.  , -0.25, -0.25], dtype=float32)
    """
    rows = _by_arrow(text)
    if rows is not None and np.isfinite(rows).all() and np.isin(rows[:, 0], (0, 1)).all():
        return rows
    lines = bytes(text).splitlines()
    while lines and not lines[-1].strip():  # blank lines at the end of the file
        lines.pop()
    found = [read_row(line, number) for number, line in enumerate(lines, first_row)]
    return np.array(found, np.float32).reshape(-1, len(COLUMNS))


def _by_arrow(text: memoryview) -> NDArray[np.float32] | None:
    """Return the rows, None where one of them is written in another way than Arrow reads."""
    arrow, csv, read, parse, convert = _arrow()
    read.block_size = len(text) + 1  # one piece, whose columns are each one array
    try:
        table = csv.read_csv(arrow.BufferReader(text), read, parse, convert)
    except arrow.ArrowInvalid:
        return None
    rows = np.empty((table.num_rows, len(COLUMNS)), np.float32)
    for i, column in enumerate(table.columns):
        rows[:, i] = column.to_numpy()
    return rows


@cache
def _arrow() -> tuple[Any, ...]:
    from importlib import import_module

    arrow: Any = import_module("pyarrow")
    csv: Any = import_module("pyarrow.csv")
    return (
        arrow,
        csv,
        csv.ReadOptions(column_names=list(COLUMNS), use_threads=True),
        csv.ParseOptions(quote_char=False, ignore_empty_lines=False),
        csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, arrow.float32()), null_values=[]),
    )


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
        try:
            value = float(field)
        except ValueError:
            value = math.nan
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
