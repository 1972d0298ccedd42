"""The rows as standardised tensors: for training, for validation, for testing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wishart_moments.errors import DomainError
from wishart_nn.higgs.columns import COLUMNS, feature_columns
from wishart_nn.higgs.preparation import open_prepared, prepare
from wishart_nn.higgs.reading import read_rows
from wishart_nn.higgs.splitting import Split, split_rows
from wishart_nn.higgs.synthetic import SYNTHETIC_ROWS, synthetic_rows

if TYPE_CHECKING:
    import torch
    from torch import Tensor

SYNTHETIC = "synthetic"
"""The name of the embedded set."""

_CHUNK = 1 << 18  # rows that are copied at a time


@dataclass(frozen=True, eq=False)
class Part:
    """Rows for one purpose.

    Attributes:
        x: standardised features, float32, shape (rows, features), contiguous.
        y: labels 0 and 1, float32, shape (rows,).
    """

    x: Tensor
    y: Tensor

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True, eq=False)
class HiggsData:
    """Three disjoint parts of one set of rows.

    Attributes:
        train, validation, test: the parts, on one device.
        mean, scale: of each feature over the training rows, float32; x = (raw − mean)/scale. A feature that is
            constant there has scale 1.
        feature_names: in the order of the columns of x.
        features: "all", "low" or "high".
        source: what people are told about the origin of the rows.
        split: how the test rows were chosen, in words.
        fingerprint: sha256 of the rows, of the three parts and of the features.
    """

    train: Part
    validation: Part
    test: Part
    mean: Tensor
    scale: Tensor
    feature_names: tuple[str, ...]
    features: str
    source: str
    split: str
    fingerprint: str

    @property
    def is_synthetic(self) -> bool:
        """Whether the rows come from the embedded generator."""
        return self.source.startswith("SYNTHETIC")

    def describe(self) -> dict[str, Any]:
        """Return what the data are, for records: text and numbers only."""
        return {
            "source": self.source,
            "synthetic": self.is_synthetic,
            "features": self.features,
            "feature_names": list(self.feature_names),
            "rows": {name: len(part) for name, part in self._parts()},
            "signal": {name: round(float(part.y.mean()), 6) for name, part in self._parts()},
            "split": self.split,
            "fingerprint": self.fingerprint,
        }

    def _parts(self) -> tuple[tuple[str, Part], ...]:
        return ("train", self.train), ("validation", self.validation), ("test", self.test)


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
) -> HiggsData:
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
    import torch

    columns, target = feature_columns(features), available_device(device)
    table, source_text, sha256 = _rows_of(source, cache, rows)
    labels = np.ascontiguousarray(table[:, 0])
    split = split_rows(labels, rows=rows, test_rows=test_rows, validation_rows=validation_rows, seed=seed)
    mean, scale = _moments(table, columns, split.train)

    def part(chosen: NDArray[np.int64]) -> Part:
        x = np.empty((len(chosen), len(mean)), np.float32)
        for start in range(0, len(chosen), _CHUNK):
            raw = table[chosen[start : start + _CHUNK]][:, columns]
            np.divide(raw - mean, scale, out=x[start : start + _CHUNK])
        return Part(torch.as_tensor(x).to(target), torch.as_tensor(labels[chosen]).to(target))

    return HiggsData(
        train=part(split.train),
        validation=part(split.validation),
        test=part(split.test),
        mean=torch.as_tensor(mean).to(target),
        scale=torch.as_tensor(scale).to(target),
        feature_names=COLUMNS[columns],
        features=features,
        source=source_text,
        split=split.rule,
        fingerprint=_fingerprint(sha256, split, features),
    )


def available_device(device: torch.device | str) -> torch.device:
    """Return the device, if it is there.

    Example:
        >>> available_device("cpu")
        device(type='cpu')
    """
    import torch

    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        there = ["cpu"]
        there += [f"cuda:{index}" for index in range(torch.cuda.device_count())]
        if torch.backends.mps.is_available():
            there.append("mps")
        raise DomainError(f"need a device that is there, got {str(device)!r}; there is {', '.join(there)}") from error
    return found


def _rows_of(
    source: str | os.PathLike[str], cache: str | os.PathLike[str] | None, rows: int | None
) -> tuple[NDArray[np.float32], str, Callable[[], str]]:
    if os.fspath(source) == SYNTHETIC:
        made = synthetic_rows(max(SYNTHETIC_ROWS, rows or 0))
        return made, f"SYNTHETIC: {len(made):,} embedded toy events, not the HIGGS data", lambda: _digest(made)
    path = Path(source)
    if path.is_dir() or cache is not None:
        prepared = open_prepared(path) if path.is_dir() else prepare(path, Path(cache or "."))
        return prepared.array(), f"{prepared.source.name}: {prepared.rows:,} rows", lambda: prepared.sha256
    read = read_rows(path)
    return read, f"{path.name}: {len(read):,} rows", lambda: _digest(read)


def _moments(
    table: NDArray[np.float32], columns: slice, chosen: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean and standard deviation of the chosen rows, summed in float64 chunk by chunk."""
    width = len(COLUMNS[columns])
    mean, squares, count = np.zeros(width), np.zeros(width), 0
    for start in range(0, len(chosen), _CHUNK):
        chunk = table[chosen[start : start + _CHUNK]][:, columns].astype(np.float64)
        n, here = len(chunk), chunk.mean(axis=0)
        # Sums of squares about the means of two sets, joined (Chan, Golub, LeVeque 1983).
        squares += np.square(chunk - here).sum(axis=0) + np.square(here - mean) * (count * n / (count + n))
        count += n
        mean += (here - mean) * (n / count)
    scale = np.sqrt(squares / count)
    # What is left of a constant after rounding is no scale.
    scale[scale <= 1e-6 * np.abs(mean)] = 1.0
    return mean.astype(np.float32), np.where(scale > 0, scale, 1.0).astype(np.float32)


def _digest(rows: NDArray[np.float32]) -> str:
    return hashlib.sha256(np.ascontiguousarray(rows, "<f4").data).hexdigest()


def _fingerprint(sha256: Callable[[], str], split: Split, features: str) -> str:
    digest = hashlib.sha256(f"{sha256()} {features}".encode())
    for part in (split.train, split.validation, split.test):
        digest.update(f" {len(part)} ".encode())
        digest.update(np.ascontiguousarray(part, "<i8").data)
    return digest.hexdigest()
