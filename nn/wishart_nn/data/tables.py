"""Tables of any features as data to train on: CSV, packed or not, and Parquet.

A CSV file has its columns' names in its first line, or none at all: then they are 1, 2, … Fields are separated by
commas, semicolons, tabs or bars, whichever the first line has most of. Empty fields, NA, NaN, null and ? are missing.
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.texts import is_decimal
from wishart_nn.data.dataset import Dataset, assemble, available_device
from wishart_nn.data.files import HashedFile, reading_errors
from wishart_nn.data.splitting import split_rows

if TYPE_CHECKING:
    import torch

MISSING_TEXTS = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?")
"""How a missing value is written."""

MISSING = ("refuse", "median")
"""What may be done about missing values."""

MOST_CLASSES = 1000

BLOCK = 8 << 20
"""Bytes of text that are parsed at a time."""


@dataclass(frozen=True, eq=False)
class Table:
    """The chosen columns of a file.

    Attributes:
        name: of the file.
        x: the features, float32, shape (rows, features); nan where a value is missing.
        labels: of each row, as places in
        classes: the names of the classes in their order, numbers first; none where the file has no such column.
        feature_names: in the order of the columns of x.
        sha256: of the file.
    """

    name: str
    x: NDArray[np.float32]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    feature_names: tuple[str, ...]
    sha256: str

    def refuse_missing(self) -> None:
        """Raise where a value is missing."""
        for name, row in _first(np.isnan(self.x), self.feature_names):
            raise DomainError(
                f"need a value in every row of {self.name}, got none for {name} in row {row:,}; choose other features, "
                "or write --missing median"
            )


def read_table(
    source: str | os.PathLike[str],
    *,
    label: str | None = None,
    features: Sequence[str] | None = None,
    optional_label: bool = False,
) -> Table:
    """Return columns of a CSV or Parquet file.

    Args:
        source: the file; what it is, is read off its first bytes.
        label: the column of the labels.
        features: the columns of the features; all but the label's by default.
        optional_label: whether the file may lack the label.

    Raises:
        DomainError: for a file that cannot be read, columns that are not there, anything that is no number among the
            features, named by its row.
    """
    path = Path(source)
    with reading_errors(path):
        with path.open("rb") as file:
            parquet = file.read(4) == b"PAR1"
        opened = _Parquet(path) if parquet else _Text(path)
        twice = {name for name in opened.names if opened.names.count(name) > 1}
        if twice:
            raise DomainError(f"need different names of the columns of {path.name}, got {shown(min(twice))} twice")
        if label is not None and label not in opened.names:
            if not optional_label:
                raise DomainError(f"need the column {shown(label)} in {path.name}, got {_listed(opened.names)}")
            label = None
        chosen = [name for name in opened.names if name != label] if features is None else list(features)
        if absent := [name for name in chosen if name not in opened.names]:
            raise DomainError(f"need the column {shown(absent[0])} in {path.name}, got {_listed(opened.names)}")
        if not chosen or label in chosen:
            raise DomainError(f"need columns beside the label {shown(label)} as features, got {_listed(chosen)}")
        found = opened.read(chosen, label)
        x = np.empty((found.num_rows, len(chosen)), np.float32)
        if not len(x):
            raise DomainError(f"need rows of {path.name}, got none")
        for i, name in enumerate(chosen):
            x[:, i] = found.column(name).to_numpy()
        for name, row in _first(np.isinf(x), chosen):
            raise DomainError(f"need finite numbers in {path.name}, got one beyond float32 for {name} in row {row:,}")
        labels, classes = (np.empty(0, np.int64), ()) if label is None else _classes(found.column(label), label)
        return Table(path.name, x, labels, classes, tuple(chosen), opened.sha256)


def load_table(
    source: str | os.PathLike[str],
    *,
    label: str,
    features: str | Sequence[str] = "all",
    missing: str = "refuse",
    rows: int | None = None,
    test_rows: int | None = None,
    validation_rows: int | None = None,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> Dataset:
    """Return training, validation and test rows of a table, standardised by the training rows.

    Args:
        source: a CSV or Parquet file.
        label: the column of the labels, of two classes or more: numbers in their order, else names in theirs.
        features: "all" other columns, or names, in a list or separated by commas.
        missing: "refuse" missing values, or put the "median" over the training rows in their place.
        rows, test_rows, validation_rows, seed: see `wishart_nn.data.split_rows`.
        device: where the tensors are to be.

    Raises:
        DomainError: as `read_table`; for missing values that are refused, for less than two classes.
        LimitError: for more than a thousand classes.
    """
    target = available_device(device)
    if missing not in MISSING:
        raise DomainError(f"need missing as one of {', '.join(MISSING)}; got {shown(missing)}")
    if isinstance(features, str):
        features = [] if features == "all" else [name.strip() for name in features.split(",")]
    table = read_table(source, label=label, features=features or None)
    if missing == "refuse":
        table.refuse_missing()
    codes, classes = table.labels, table.classes
    if len(classes) < 2:
        raise DomainError(f"need a label of two classes or more, got {_listed(classes)} only in {shown(label)}")
    split = split_rows(codes, rows=rows, test_rows=test_rows, validation_rows=validation_rows, seed=seed)
    used = f"{len(codes):,}" if rows in (None, len(codes)) else f"{rows:,} of {len(codes):,}"
    chosen = ",".join(table.feature_names)
    return assemble(
        lambda chosen: table.x[chosen],
        codes,
        split,
        sha256=f"{table.sha256} {label} {chosen} {missing}",
        device=target,
        impute=missing == "median",
        feature_names=table.feature_names,
        features=",".join(features) or "all",
        source=f"{table.name}: {used} rows, {len(classes)} classes",
        classes=classes,
        label=label,
    )


class _Text:
    """A CSV file."""

    def __init__(self, path: Path) -> None:
        self._path, self._file = path, HashedFile(path)
        with self._file:
            line = self._file.text().readline(1 << 20).decode("utf-8-sig", "replace").rstrip("\r\n")
        if not line:
            raise DomainError(f"need rows of {path.name}, got an empty file")
        self.separator = max(",;\t|", key=line.count)
        first = next(csv.reader([line], delimiter=self.separator))
        self._named = not all(_is_number(each) for each in first)
        self.names = [each.strip() for each in first] if self._named else [str(i + 1) for i in range(len(first))]

    @property
    def sha256(self) -> str:
        return self._file.digest.hexdigest()

    def read(self, features: list[str], label: str | None) -> Any:
        arrow = _arrow()
        types = dict.fromkeys(features, arrow.float32()) | ({label: arrow.string()} if label is not None else {})
        with HashedFile(self._path) as self._file:
            try:
                return arrow.csv.read_csv(
                    arrow.PythonFile(self._file.text(), "r"),
                    arrow.csv.ReadOptions(column_names=self.names, skip_rows=int(self._named), block_size=BLOCK),
                    arrow.csv.ParseOptions(delimiter=self.separator),
                    arrow.csv.ConvertOptions(
                        column_types=types,
                        include_columns=list(types),
                        null_values=MISSING_TEXTS,
                        strings_can_be_null=True,
                    ),
                )
            except arrow.ArrowInvalid as error:
                raise self._explained(features, " ".join(str(error).split())) from error

    def _explained(self, features: list[str], reason: str) -> DomainError:
        """Return the first row that is wrong, found by reading the file again."""
        places = [self.names.index(name) for name in features]
        with HashedFile(self._path) as file:
            lines = (line.decode("utf-8", "replace") for line in file.text())
            for number, fields in enumerate(csv.reader(lines, delimiter=self.separator), 1 - self._named):
                if not number or not fields:
                    continue
                if len(fields) != len(self.names):
                    return DomainError(f"need {len(self.names)} columns, got {len(fields)} in row {number:,}")
                for place in places:
                    if not _is_number(fields[place]):
                        return DomainError(
                            f"need numbers in the column {shown(self.names[place])}, got {shown(fields[place])} in row "
                            f"{number:,}; choose other features"
                        )
        return DomainError(f"cannot read {self._path.name}: {reason}")


class _Parquet:
    """A Parquet file."""

    def __init__(self, path: Path) -> None:
        import hashlib

        with path.open("rb") as file:
            self.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        arrow = _arrow()
        try:
            self._file: Any = arrow.parquet.ParquetFile(path)
        except arrow.ArrowInvalid as error:
            raise DomainError(f"{path.name} is no intact Parquet file: {' '.join(str(error).split())}") from error
        self.names: list[str] = self._file.schema_arrow.names

    def read(self, features: list[str], label: str | None) -> Any:
        arrow = _arrow()
        for name in features:
            kind = self._file.schema_arrow.field(name).type
            if not any(getattr(arrow.types, f"is_{each}")(kind) for each in ("integer", "floating", "boolean", "null")):
                raise DomainError(f"need numbers in the column {shown(name)}, got {kind}; choose other features")
        wanted = dict.fromkeys(features, arrow.float32()) | ({label: arrow.string()} if label is not None else {})
        found = self._file.read(columns=list(wanted))
        return arrow.table({name: _cast(found.column(name), kind) for name, kind in wanted.items()})


def _cast(column: Any, kind: Any) -> Any:
    arrow = _arrow()
    if arrow.types.is_boolean(column.type):
        column = column.cast(arrow.int8())
    return column.cast(kind, safe=False)


def _arrow() -> Any:
    from importlib import import_module

    for name in ("csv", "parquet"):
        import_module(f"pyarrow.{name}")
    return import_module("pyarrow")


def _first(wrong: NDArray[np.bool_], names: Sequence[str]) -> list[tuple[str, int]]:
    """Return the feature and the row of the first entry that is wrong, nothing without any."""
    return [(shown(names[column]), row + 1) for row, column in np.argwhere(wrong)[:1].tolist()]


def _classes(column: Any, label: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return the labels as places in the names of the classes, and these in their order."""
    if column.null_count:
        row = 1 + int(np.argmax(column.is_null().to_numpy()))
        raise DomainError(f"need a label in every row, got none for {shown(label)} in row {row:,}")
    encoded = column.combine_chunks().dictionary_encode()
    names = [class_name(each) for each in encoded.dictionary.to_pylist()]
    if len(set(names)) > MOST_CLASSES:
        raise LimitError(f"need a label of at most {MOST_CLASSES:,} classes, got more in {shown(label)}")
    ordered = sorted(set(names), key=_order)
    place = {name: i for i, name in enumerate(ordered)}
    return np.array([place[name] for name in names], np.int64)[encoded.indices.to_numpy()], tuple(ordered)


def class_name(text: str) -> str:
    """Return the one name of a class: 1.0 and 01 are 1.

    Example:
        >>> class_name("1.0"), class_name(" yes "), class_name("0.5"), class_name("1_0")
        ('1', 'yes', '0.5', '1_0')
    """
    value = float(text) if is_decimal(text) else math.inf
    if math.isinf(value):
        return text.strip()
    return str(int(value)) if value.is_integer() else f"{value!r}"


def _order(name: str) -> tuple[bool, float, str]:
    return (False, float(name), "") if _is_number(name) and name not in MISSING_TEXTS else (True, 0.0, name)


def _is_number(text: str) -> bool:
    """Return whether a field is a number, infinity among them, or missing."""
    word = text.strip()
    return is_decimal(word) or word in MISSING_TEXTS or word.lstrip("+-").lower() in ("inf", "infinity")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(shown, names[:8])) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
