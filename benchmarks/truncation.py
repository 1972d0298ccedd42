"""At σ = 1/√n ten moments bound the variance to 0.002; their series is off by 0.5 or more at every order and shape.

The figure is the largest error over the shapes against the exact variance, at σ = 1/√n for the sizes 2..9 and 10, 20,
…, 90, all pairs m, n of each; half the width for the bounds, the standard error for Monte Carlo. The exact values lie
within five standard errors of the means of Monte Carlo at all 13 scales from nσ² = 0.01 to 100, and within the bounds.
`wishart-moments benchmark truncation` writes the table, the pictures and a page.
"""

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Candidate, Case
from wishart_moments.reports.truncation import HE, ORDERS, Comparison, Configuration, compare, simulate_shapes
from wishart_moments.reports.truncation_findings import ROUNDING, Z_BOUND

GROUPS = {"2..9": "2-9", "10..90": "10-90:10"}
QUICK_GROUPS = {"2..3": "2-3"}

Errors = Callable[[Comparison], NDArray[np.float64]]


@cache
def _comparison(sizes: str, draws: int) -> Comparison:
    configuration = Configuration(sizes, draws)
    return compare(configuration, simulate_shapes(configuration, None))


def _sound(comparison: Comparison) -> bool:
    within = (comparison.lower - ROUNDING <= comparison.exact) & (comparison.exact <= comparison.upper + ROUNDING)
    useless = _best_order(comparison)[:, HE] > 0.5
    return bool(within.all() and useless.all() and (np.abs(comparison.z) < Z_BOUND).all())


def _largest(sizes: str, draws: int, errors: Errors) -> tuple[bool, float]:
    comparison = _comparison(sizes, draws)
    return _sound(comparison), float(errors(comparison)[:, HE].max())


def _best_order(comparison: Comparison) -> NDArray[np.float64]:
    return np.min([np.abs(comparison.series[order] - comparison.exact) for order in ORDERS], axis=0)


def _methods() -> dict[str, Errors]:
    methods: dict[str, Errors] = {"bounds from 10 moments": lambda c: (c.upper - c.lower) / 2}
    for order in (1, 2, 5, 10):
        methods[f"series, order {order}"] = lambda c, order=order: np.abs(c.series[order] - c.exact)
    methods["series, the best order of each shape"] = _best_order
    methods["limit of large layers"] = lambda c: np.abs(c.limit[0] - c.exact)
    methods["limit, two corrections"] = lambda c: np.abs(c.limit[2] - c.exact)
    methods["Monte Carlo, standard error"] = lambda c: c.standard_error
    return methods


def cases(quick: bool) -> Iterator[Case]:
    """Yield a case for each group of sizes."""
    draws = 2_000 if quick else 1_000_000
    for name, sizes in (QUICK_GROUPS if quick else GROUPS).items():
        candidates: list[Any] = [
            Candidate(method, partial(_largest, sizes, draws, errors), metered=True, once=True)
            for method, errors in _methods().items()
        ]
        shapes = len(Configuration(sizes).shapes)
        yield Case(
            f"sizes {name}, {shapes} shapes, {draws:,} draws each",
            tuple(candidates),
            None if quick else 0.002,
            unit="1",
            expected=True,
            repeats=1,
        )
