"""Means at a covariance matrix of data of p = 200 and 400 variables: at most 3 times the formula in NumPy; 10 at 50.

Σ = np.cov of n = 3p rows, in floats. Ours validate Σ (finite, symmetric, positive semidefinite) and put n into the
exact formula at every call: some 0.05 ms, which is what p = 50 shows. The peers are the same formulas written down
in NumPy, and validate nothing. E tr S² needs no product of matrices where tr Σ² is a sum of squares: next to that, the
validation of Σ, a Cholesky factorization, is all there is to see; that peer's lines have no target.
"""

from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.measure import Candidate, Case
from wishart_moments import expected_word, matrix_moment, trace_product_moment

PEER = "the formula in NumPy"
_BATCH = 0.05
"""Seconds that the calls of one repeat take: single calls of some 0.01 ms cannot be timed."""

Call = Callable[[], Any]


def _square(n: int, scale: Any) -> Any:
    return n * ((n + 1) * (scale @ scale) + np.trace(scale) * scale)


def _inverse_square(n: int, scale: Any) -> Any:
    inverse, d = np.linalg.inv(scale), n - len(scale)
    return ((d - 1) * (inverse @ inverse) + np.trace(inverse) * inverse) / (d * (d - 1) * (d - 3))


def _trace(n: int, scale: Any) -> Any:
    return n * ((n + 1) * np.trace(scale @ scale) + np.trace(scale) ** 2)


def _trace_by_entries(n: int, scale: Any) -> Any:
    return n * ((n + 1) * np.vdot(scale, scale) + np.trace(scale) ** 2)


def _word(n: int, scale: Any, a: Any) -> Any:
    product = scale @ a
    return n * n * (product @ scale) + n * (scale @ a.T @ scale + np.trace(product) * scale)


def _seconds(call: Call) -> float:
    """Return the seconds of one of as many calls as fill a batch."""
    count, start = 0, perf_counter()
    while (elapsed := perf_counter() - start) < _BATCH:
        call()
        count += 1
    return elapsed / count


def _line(
    subject: str, ours: tuple[str, Call], formula: Call, target: float | None, peer: str = PEER
) -> Iterator[Case]:
    """Yield the two times and, where there is a target, their ratio, in turns of batches."""
    name, call = ours
    expected = formula()

    def agrees(value: Any) -> bool:
        return bool(np.linalg.norm(value - expected) <= 1e-10 * np.linalg.norm(expected))

    times = [
        Candidate(label, lambda f=f: (f(), _seconds(f)), agrees, metered=True)
        for label, f in ((name, call), (peer, formula))
    ]
    yield Case(subject, tuple(times), expected=True)
    if target is not None:
        ratio = Candidate(name, lambda: (call(), _seconds(call) / _seconds(formula)), agrees, metered=True)
        yield Case(f"{subject}, multiple of NumPy's time", (ratio,), target, unit="times", expected=True)


def cases(quick: bool) -> Iterator[Case]:
    """Yield E S², E S^{-2}, E tr S² and E[S A S] by size."""
    for p, target in ((10, 10.0),) if quick else ((50, 10.0), (200, 3.0), (400, 3.0)):
        n, rng = 3 * p, np.random.default_rng(p)
        scale = np.cov(rng.standard_normal((n, p)), rowvar=False)
        a = rng.standard_normal((p, p))
        word = expected_word("S A S")

        def at(f: Callable[..., Any], *arguments: Any, n: int = n, scale: Any = scale) -> Call:
            return lambda: f(*arguments, n=n, scale=scale)

        where = f"p = {p}, n = {n}"
        yield from _line(f"E S², {where}", ("matrix_moment", at(matrix_moment, 2)), at(_square), target)
        yield from _line(f"E S^{{-2}}, {where}", ("matrix_moment", at(matrix_moment, -2)), at(_inverse_square), target)
        trace = ("trace_product_moment", at(trace_product_moment, [2]))
        yield from _line(f"E tr S², {where}", trace, at(_trace), target)
        yield from _line(f"E tr S², {where}", trace, at(_trace_by_entries), None, "the formula, tr Σ² from the entries")
        ours = ("expected_word(…).at", partial(word.at, n=n, Sigma=scale, A=a))
        yield from _line(f"E[S A S], {where}", ours, partial(_word, n, scale, a), target)
