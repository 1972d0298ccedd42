"""The customary split of the HIGGS rows: of the whole file the last 500,000 are for testing."""

import numpy as np
from numpy.typing import NDArray

from wishart_nn.data import splitting
from wishart_nn.data.splitting import Split
from wishart_nn.higgs.columns import FULL_ROWS, FULL_TEST_ROWS


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
