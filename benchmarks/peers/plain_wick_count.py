"""The Wick sum of a single trace in a plain compiled form: depth first, one core, no symmetry, every matching a leaf.

Each chord closes a loop or joins two open paths, whose end points are kept, so that no loop is ever walked along.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit
def _search(row_end: NDArray[np.int64], column_end: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
    """Match the first free factor with every other one, take back, go on; a full matching adds one to counts[V, F]."""
    size = row_end.shape[0]
    k = size // 2
    matched = np.zeros(size + 1, np.bool_)
    first, second = np.zeros(k, np.int64), np.zeros(k, np.int64)
    rows = columns = depth = other = 0
    matched[0] = True
    while True:
        a = first[depth]
        other += 1
        while other < size and matched[other]:
            other += 1
        if other < size:
            c, d = row_end[a], row_end[other]
            if c == other:
                rows += 1
            else:
                row_end[c], row_end[d] = d, c
            c, d = column_end[a], column_end[other]
            if c == other:
                columns += 1
            else:
                column_end[c], column_end[d] = d, c
            if depth < k - 1:
                matched[other] = True
                second[depth] = other
                depth += 1
                other = a
                while matched[other]:
                    other += 1
                first[depth] = other
                matched[other] = True
                continue
            counts[rows, columns] += 1
        else:
            matched[a] = False
            depth -= 1
            if depth < 0:
                return
            a, other = first[depth], second[depth]
            matched[other] = False
        c, d = column_end[a], column_end[other]
        if c == other:
            columns -= 1
        else:
            column_end[c], column_end[d] = a, other
        c, d = row_end[a], row_end[other]
        if c == other:
            rows -= 1
        else:
            row_end[c], row_end[d] = a, other


def count(k: int) -> dict[tuple[int, int], int]:
    """Return {(V, F): number of matchings} of E tr S^k, visiting all (2k − 1)!!."""
    factors = np.arange(2 * k)
    counts = np.zeros((k + 1, k + 1), np.int64)
    # Factor 2i is W, 2i + 1 its transpose: they share a column index; 2i − 1 and 2i share a row index.
    _search((((factors + 1) ^ 1) - 1) % (2 * k), factors ^ 1, counts)
    return {(int(v), int(f)): int(counts[v, f]) for v, f in np.argwhere(counts)}
