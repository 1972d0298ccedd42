"""Three parts of one set of rows as standardised tensors, and what a trainer asks of its data."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from wishart_moments.errors import DomainError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from wishart_nn.data.splitting import Split

CHUNK = 1 << 18
"""Rows that are copied at a time."""

Take = Callable[[NDArray[np.int64]], NDArray[np.float32]]
"""Rows by their numbers: features only, float32."""


@dataclass(frozen=True, eq=False)
class Part:
    """Rows for one purpose.

    Attributes:
        x: standardised features, float32, shape (rows, features), contiguous.
        y: of two classes labels 0 and 1, float32; of more the number of the class, int64. Shape (rows,).
    """

    x: Tensor
    y: Tensor

    def __len__(self) -> int:
        return len(self.y)


class Data(Protocol):
    """What a trainer asks of its data; `Dataset` has it all.

    Attributes:
        train, validation, test: the parts.
        mean, scale: of each feature; x = (raw − mean)/scale.
        medians: what stands for missing values of each feature; None where there may be none.
        feature_names: in the order of the columns of x.
        classes: names of the labels, in the order of their numbers.
        label: the name of the label.
        source: what people are told about the origin of the rows.
        fingerprint: of the rows, the parts and the features: equal data have equal ones.
    """

    @property
    def train(self) -> Part: ...
    @property
    def validation(self) -> Part: ...
    @property
    def test(self) -> Part: ...
    @property
    def mean(self) -> Tensor: ...
    @property
    def scale(self) -> Tensor: ...
    @property
    def medians(self) -> Tensor | None: ...
    @property
    def feature_names(self) -> tuple[str, ...]: ...
    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def label(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...

    def describe(self) -> dict[str, Any]:
        """Return what the data are, for records: text and numbers only."""
        ...


@dataclass(frozen=True, eq=False)
class Dataset:
    """Three disjoint parts of one set of rows, on one device; a fingerprint is a sha256.

    Attributes:
        train, validation, test, feature_names, source, fingerprint, classes, label: as `Data` has them.
        mean, scale, medians: over the training rows, float32. A feature that is constant there has scale 1.
        features: which were chosen, in a word.
        split: how the test rows were chosen, in words.
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
    classes: tuple[str, ...] = ("0", "1")
    label: str = "label"
    medians: Tensor | None = None

    @property
    def is_synthetic(self) -> bool:
        """Whether the rows come from the embedded generator."""
        return self.source.startswith("SYNTHETIC")

    def describe(self) -> dict[str, Any]:
        """Return what the data are, for records: text and numbers only.

        Of two classes "signal" is the share of the second one in each part, of more the shares of all.
        """
        count = len(self.classes)
        shares = {
            name: [round(float((part.y == k).double().mean()), 6) for k in range(count)] for name, part in self._parts()
        }
        return {
            "source": self.source,
            "synthetic": self.is_synthetic,
            "features": self.features,
            "feature_names": list(self.feature_names),
            "label": self.label,
            "classes": list(self.classes),
            "rows": {name: len(part) for name, part in self._parts()},
            "signal": {name: each[1] if count == 2 else each for name, each in shares.items()},
            "split": self.split,
            "fingerprint": self.fingerprint,
        }

    def _parts(self) -> tuple[tuple[str, Part], ...]:
        return ("train", self.train), ("validation", self.validation), ("test", self.test)


def assemble(
    take: Take,
    codes: NDArray[Any],
    split: Split,
    *,
    sha256: str,
    device: torch.device | str,
    impute: bool = False,
    **told: Any,
) -> Dataset:
    """Return the data that a split makes of rows, standardised by the training rows.

    Args:
        take: the rows by their numbers.
        codes: the labels of all rows as numbers from 0 on.
        split: of the rows.
        sha256: of the rows.
        device: where the tensors are to be.
        impute: put the median over the training rows where a value is missing.
        told: the other attributes of the `Dataset`.
    """
    import torch

    medians = _medians(take, split.train) if impute else None

    def filled(chosen: NDArray[np.int64]) -> NDArray[np.float32]:
        raw = take(chosen)
        return raw if medians is None else np.where(np.isnan(raw), medians, raw)

    mean, scale = _moments(filled, split.train)
    kind = np.float32 if len(told.get("classes", "01")) == 2 else np.int64
    target = torch.device(device)

    def part(chosen: NDArray[np.int64]) -> Part:
        x = np.empty((len(chosen), len(mean)), np.float32)
        for start in range(0, len(chosen), CHUNK):
            np.divide(filled(chosen[start : start + CHUNK]) - mean, scale, out=x[start : start + CHUNK])
        return Part(torch.as_tensor(x).to(target), torch.as_tensor(codes[chosen].astype(kind)).to(target))

    return Dataset(
        train=part(split.train),
        validation=part(split.validation),
        test=part(split.test),
        mean=torch.as_tensor(mean).to(target),
        scale=torch.as_tensor(scale).to(target),
        split=split.rule,
        fingerprint=_fingerprint(sha256, split, told["features"]),
        medians=None if medians is None else torch.as_tensor(medians).to(target),
        **told,
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


def _medians(take: Take, chosen: NDArray[np.int64]) -> NDArray[np.float32]:
    rows = take(chosen)
    known = ~np.isnan(rows).all(axis=0)
    found = np.zeros(rows.shape[1], np.float32)  # of a feature that is always missing
    found[known] = np.nanmedian(rows[:, known], axis=0)
    return found


def _moments(take: Take, chosen: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean and standard deviation of the chosen rows, summed in float64 chunk by chunk."""
    mean, squares, count = 0.0, 0.0, 0
    for start in range(0, len(chosen), CHUNK):
        chunk = take(chosen[start : start + CHUNK]).astype(np.float64)
        n, here = len(chunk), chunk.mean(axis=0)
        # Sums of squares about the means of two sets, joined (Chan, Golub, LeVeque 1983).
        squares += np.square(chunk - here).sum(axis=0) + np.square(here - mean) * (count * n / (count + n))
        count += n
        mean += (here - mean) * (n / count)
    scale = np.sqrt(squares / count)
    # What is left of a constant after rounding is no scale.
    scale[scale <= 1e-6 * np.abs(mean)] = 1.0
    return np.asarray(mean, np.float32), np.where(scale > 0, scale, 1.0).astype(np.float32)


def _fingerprint(sha256: str, split: Split, features: str) -> str:
    digest = hashlib.sha256(f"{sha256} {features}".encode())
    for part in (split.train, split.validation, split.test):
        digest.update(f" {len(part)} ".encode())
        digest.update(np.ascontiguousarray(part, "<i8").data)
    return digest.hexdigest()
