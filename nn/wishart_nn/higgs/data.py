"""The HIGGS rows as data to train on."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wishart_nn.data import splitting
from wishart_nn.data.dataset import Dataset, Part, assemble, available_device
from wishart_nn.data.splitting import Split
from wishart_nn.higgs.columns import COLUMNS, FULL_ROWS, FULL_TEST_ROWS, feature_columns
from wishart_nn.higgs.preparation import open_prepared, prepare
from wishart_nn.higgs.reading import read_rows
from wishart_nn.higgs.synthetic import SYNTHETIC_ROWS, synthetic_rows

if TYPE_CHECKING:
    import torch

__all__ = ["SYNTHETIC", "HiggsData", "Part", "Split", "available_device", "load", "rows_of", "split_rows"]

SYNTHETIC = "synthetic"
"""The name of the embedded set."""

HiggsData = Dataset
"""The data that `load` gives."""


def load(
    source: str | os.PathLike[str] = SYNTHETIC,
    *,
    features: str = "all",
    rows: int | None = None,
    test_rows: int | None = None,
    validation_rows: int | None = None,
    seed: int = 0,
    cache: str | os.PathLike[str] | None = None,
    device: torch.device | str = "cpu",
) -> Dataset:
    """Return training, validation and test rows, standardised by the training rows.

    Args:
        source: "synthetic", the embedded set; a file in the layout of HIGGS.csv.gz, plain or packed; or a folder that
            `prepare` has made, from which even the whole file is there in seconds.
        features: "all" (28), "low" (the 21 measured ones) or "high" (the 7 computed ones).
        rows: how many rows to use in all, drawn with the classes in proportion; all by default.
        test_rows, validation_rows: see `split_rows`.
        seed: of the split; training has its own.
        cache: a folder into which a file is prepared on first use and from which it is read ever after.
        device: where the tensors are to be.

    Raises:
        DomainError: for a source, a number of rows, features or a device that are not there, and for bad rows.

    Example:
        >>> data = load(rows=1000)
        >>> data.train.x.shape, len(data.validation), len(data.test), data.source[:9]
        (torch.Size([700, 28]), 100, 200, 'SYNTHETIC')
    """
    columns, target = feature_columns(features), available_device(device)
    table, name, sha256 = rows_of(source, cache, rows)
    labels = np.ascontiguousarray(table[:, 0])
    split = split_rows(labels, rows=rows, test_rows=test_rows, validation_rows=validation_rows, seed=seed)
    used = f"{len(table):,}" if rows in (None, len(table)) else f"{rows:,} of {len(table):,}"
    return assemble(
        lambda chosen: table[chosen][:, columns],
        labels,
        split,
        sha256=sha256 or hashlib.sha256(np.ascontiguousarray(table, "<f4").data).hexdigest(),
        device=target,
        feature_names=COLUMNS[columns],
        features=features,
        source=f"{name}: {used} {'rows' if name != SYNTHETIC.upper() else 'embedded toy events, not the HIGGS data'}",
    )


def split_rows(
    labels: NDArray[np.float32],
    *,
    rows: int | None = None,
    test_rows: int | None = None,
    validation_rows: int | None = None,
    seed: int = 0,
) -> Split:
    """Return a split of the rows with these labels, as `wishart_nn.data.split_rows` makes it.

    Of the whole file (11,000,000 rows) the test rows are the last 500,000, as is customary, or are drawn among them.

    Example:
        >>> split = split_rows(np.array([0, 1] * 10, np.float32), seed=3)
        >>> [len(part) for part in (split.train, split.validation, split.test)]
        [14, 2, 4]
    """
    tail = FULL_TEST_ROWS if len(labels) == FULL_ROWS else 0
    given = {"rows": rows, "test_rows": test_rows, "validation_rows": validation_rows}
    return splitting.split_rows(labels, **given, seed=seed, tail=tail, most=FULL_TEST_ROWS)


def rows_of(
    source: str | os.PathLike[str], cache: str | os.PathLike[str] | None = None, rows: int | None = None
) -> tuple[NDArray[np.float32], str, str]:
    """Return the rows of a source as `load` takes it, its name, and the sha256 of the rows if that is known."""
    if os.fspath(source) == SYNTHETIC:
        return synthetic_rows(max(SYNTHETIC_ROWS, rows or 0)), SYNTHETIC.upper(), ""
    path = Path(source)
    if path.is_dir() or cache is not None:
        prepared = open_prepared(path) if path.is_dir() else prepare(path, Path(cache or "."))
        return prepared.array(), prepared.source.name, prepared.sha256
    return read_rows(path), path.name, ""
