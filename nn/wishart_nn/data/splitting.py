"""Which rows are for training, for validation, for testing: drawn once by a seed, with the classes in proportion."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wishart_moments import domain
from wishart_moments.errors import DomainError

Rows = NDArray[np.int64]

MOST = 500_000
"""Rows for testing and for validation, at most, where none are given."""


@dataclass(frozen=True)
class Split:
    """Row numbers from 0 on, ascending, without repetition and without a common row.

    Attributes:
        train, validation, test: int64.
        rule: how the test rows were chosen, in words.
    """

    train: Rows
    validation: Rows
    test: Rows
    rule: str


def split_rows(
    labels: NDArray[Any],
    *,
    rows: int | None = None,
    test_rows: int | None = None,
    validation_rows: int | None = None,
    seed: int = 0,
    tail: int = 0,
    most: int = MOST,
) -> Split:
    """Return a split of the rows with these labels; all classes are in each part as they are in the whole.

    For given numbers of test and validation rows the same seed draws the same ones, whatever `rows` is, and of two
    classes more rows only add to the training rows.

    Args:
        labels: shape (N,), at least two different ones.
        rows: how many rows are used in all; N by default.
        test_rows: a fifth of `rows`, and `most` at most, by default.
        validation_rows: a tenth of `rows`, and `most` at most, by default.
        seed: of the draw, an integer >= 0.
        tail: that many rows at the end, at least, are for testing only; 0 for none.
        most: see there.

    Raises:
        DomainError: if there are not so many rows, if there is one class only, or one too small to be in each part.

    Example:
        >>> split = split_rows(np.array([0, 1, 2, 3] * 5), seed=3)
        >>> [len(part) for part in (split.train, split.validation, split.test)]
        [14, 2, 4]
    """
    count, values = len(labels), np.unique(labels)[::-1]
    if len(values) < 2:
        raise DomainError(f"need rows of both classes, got {count:,} rows of class {values[0]:g} only")
    total = count if rows is None else domain.size(rows, "rows")
    if total > count:
        raise DomainError(f"need rows <= {count:,}, the rows there are, got {total:,}")
    test = min(total // 5, most) if test_rows is None else domain.size(test_rows, "test rows")
    validation = min(total // 10, most) if validation_rows is None else domain.size(validation_rows, "validation rows")
    train = total - test - validation
    if train < 2:
        raise DomainError(
            f"need test and validation rows to leave 2 or more of {total:,} rows for training, "
            f"got {test:,} + {validation:,}"
        )
    random = np.random.default_rng([domain.order(seed, "seed"), 0x41C55])
    if tail:
        border = count - max(test, tail)
        (tested,) = _draw(labels, values, np.arange(border, count), [test], random)
        validated, trained = _draw(labels, values, np.arange(border), [validation, train], random)
        rule = f"the last {test:,} rows" if test == count - border else f"{test:,} of the last {count - border:,} rows"
    else:
        tested, validated, trained = _draw(labels, values, np.arange(count), [test, validation, train], random)
        rule = f"{test:,} rows drawn with seed {seed}, the classes in proportion"
    split = Split(trained, validated, tested, rule)
    for name, part in (("training", trained), ("validation", validated), ("test", tested)):
        if len(np.unique(labels[part])) < 2:
            raise DomainError(f"need both classes among the {name} rows, got {len(part):,} rows of one; use more rows")
    if len(missing := np.setdiff1d(values, labels[trained])):
        raise DomainError(f"need every class among the training rows, got none of class {missing[0]:g}; use more rows")
    return split


def _draw(labels: NDArray[Any], values: NDArray[Any], pool: Rows, sizes: list[int], random: Any) -> list[Rows]:
    """Return disjoint parts of the pool of these sizes.

    The parts take the rows of each class one after the other from one shuffled list of each. The last part, for
    training, takes what it needs after all others have, so that these do not depend on its size.
    """
    classes: list[Rows] = [random.permutation(pool[labels[pool] == value]) for value in values]
    borders = np.cumsum([len(rows) for rows in classes]) / len(pool)
    parts: list[Rows] = []
    for size in sizes:
        wanted = np.diff([0, *(round(size * border) for border in borders.tolist())])
        left = np.array([len(rows) for rows in classes])
        taken = np.minimum(wanted, left)
        # Rounding may leave too few rows of a class for the last part: the others make up for it.
        for i in range(len(classes)):
            taken[i] += min(left[i] - taken[i], size - taken.sum())
        parts.append(np.sort(np.concatenate([rows[:n] for rows, n in zip(classes, taken, strict=True)])))
        classes = [rows[n:] for rows, n in zip(classes, taken, strict=True)]
    return parts
