"""The literal Wick sum of E tr S^10, all 654,729,075 matchings, takes less than 10 s on two cores.

The compilation is not part of the sum; it happens once per installation and has a line of its own. The first peer is
the same depth-first search in numba without the cycle's symmetry, on one core; the second is readable Python.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measure import Candidate, Case
from benchmarks.peers import plain_wick_count
from wishart_moments.moments import recurrence, wick, wick_count

_COMPILE = "from wishart_moments.moments.wick_count import count_contractions as count; import time; " \
    "start = time.perf_counter(); count((1,)); print(time.perf_counter() - start)"  # fmt: skip


def _counts(terms: Any) -> dict[tuple[int, int], int]:
    return {exponents: int(count) for exponents, count in terms.items()}


def _ours(k: int) -> Candidate:
    return Candidate("wick_count", partial(wick_count.count_contractions, (k,)), lambda found: _counts(found.counts))


def _compilation() -> tuple[None, float]:
    with TemporaryDirectory() as cache:
        command = [sys.executable, "-c", _COMPILE]
        environment = os.environ | {"NUMBA_CACHE_DIR": cache}
        return None, float(subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout)


def cases(quick: bool) -> Iterator[Case]:
    """Yield the full sum, the sum that readable Python can do, and the compilation."""
    wick_count.count_contractions((2,))
    plain_wick_count.count(2)  # compiled here
    k = 5 if quick else 10
    expected = _counts(recurrence.TraceMomentTable(k, min_k=k).terms(k))
    plain = Candidate("plain compiled search, one core", partial(plain_wick_count.count, k), _counts)
    yield Case(f"E tr S^{k}, every matching", (_ours(k), plain), 10.0, expected=expected)
    k = 3 if quick else 6
    readable = Candidate(
        "readable Python (wick)", partial(wick.expected_power_sum, (k,)), lambda moment: _counts(moment.to_dict())
    )
    yield Case(f"E tr S^{k}, every matching", (_ours(k), readable))
    yield Case("compilation, once per installation", (Candidate("wick_count", _compilation, metered=True),))
