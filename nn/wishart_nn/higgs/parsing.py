"""A row as Python reads it, and what is wrong with it."""

import math

import numpy as np

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_moments.texts import is_decimal
from wishart_nn.higgs.columns import COLUMNS

_LARGEST = float(np.finfo(np.float32).max)


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
