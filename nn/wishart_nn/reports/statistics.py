"""Means over seeds with their intervals, tests on paired seeds, and Holm's correction.

Runs of equal seed share the split, the order of the batches and the draw of the weights up to their scale: two settings
are compared seed by seed. Student's t for means, Friedman's ranks for dependence on more than two settings.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import inf, isfinite, isnan, nan, sqrt
from typing import Any, NamedTuple, cast

import numpy as np
from scipy import stats

LEVEL = 0.95
"""Of every confidence interval."""

SIGNIFICANT = 0.05
"""p below it counts."""


class Interval(NamedTuple):
    """A mean and its two-sided confidence interval; the ends are nan for a single value."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def half(self) -> float:
        """Half the width."""
        return (self.high - self.low) / 2


def interval(values: Iterable[float], level: float = LEVEL) -> Interval:
    """Return the mean of independent values with its interval x̄ ± t_{n−1} s/√n, Student's t.

    Args:
        values: finite numbers, of any count.
        level: 0 < level < 1.

    Returns:
        nan where there is nothing to say: the mean of no value, the ends for one.

    Example:
        >>> [round(x, 3) for x in interval([1, 2, 3])]
        [2.0, -0.484, 4.484, 3]
    """
    array = np.array(list(values), dtype=float)
    if array.size < 2:
        return Interval(float(array[0]) if array.size else nan, nan, nan, array.size)
    half = float(_t().ppf((1 + level) / 2, array.size - 1)) * float(array.std(ddof=1)) / sqrt(array.size)
    mean = float(array.mean())
    return Interval(mean, mean - half, mean + half, array.size)


class Test(NamedTuple):
    """A mean effect over seeds: its interval, the two-sided p of "no effect", and the effect in standard deviations.

    Attributes:
        interval: of the mean.
        p: of Student's paired t-test; nan below two seeds.
        size: the mean over the standard deviation of the paired differences, Cohen's d_z; nan below two seeds.
    """

    __test__ = False  # no test of pytest's

    interval: Interval
    p: float
    size: float

    @property
    def effect(self) -> float:
        """The mean."""
        return self.interval.mean

    @property
    def significant(self) -> bool:
        """Whether p is small enough, by itself."""
        return self.p < SIGNIFICANT


def one_sample(effects: Iterable[float]) -> Test:
    """Test whether effects, one for each seed, have mean 0: of paired differences the paired t-test.

    Equal effects throughout have p = 0, or 1 if all of them are 0.

    Example:
        >>> found = one_sample([0.02, 0.03, 0.04])
        >>> round(found.effect, 3), round(found.p, 4), round(found.size, 1)
        (0.03, 0.0351, 3.0)
    """
    array = np.array(list(effects), dtype=float)
    found = interval(array)
    if array.size < 2:
        return Test(found, nan, nan)
    deviation = float(array.std(ddof=1))
    if deviation <= 1e-13 * float(np.abs(array).max()):  # rounding only
        same = found.mean == 0
        return Test(found, float(same), 0.0 if same else inf * np.sign(found.mean))
    result = cast(Any, stats).ttest_1samp(array, 0.0)
    return Test(found, float(result.pvalue), found.mean / deviation)


def paired(first: Mapping[int, float], second: Mapping[int, float]) -> Test:
    """Test first − second over the seeds that both have.

    Args:
        first, second: {seed: value}.

    Example:
        >>> paired({0: 0.7, 1: 0.8, 2: 0.9}, {0: 0.6, 1: 0.6, 3: 0.1}).interval.n
        2
    """
    return one_sample(first[seed] - second[seed] for seed in sorted(first.keys() & second.keys()))


class Dependence(NamedTuple):
    """Friedman's test of whether the settings differ, seeds as blocks.

    Attributes:
        p: nan below two seeds or three settings.
        concordance: Kendall's W: 0 if the seeds rank the settings at random, 1 if all rank them alike.
        n: seeds.
    """

    p: float
    concordance: float
    n: int


def dependence(settings: Sequence[Mapping[int, float]]) -> Dependence:
    """Test whether a quantity depends on which of three or more settings is used, by ranks within each seed.

    Example:
        >>> found = dependence([{s: x + s for s in range(5)} for x in (0, 10, 20)])
        >>> round(found.p, 4), found.concordance
        (0.0067, 1.0)
    """
    seeds = sorted(set[int].intersection(*(set(each) for each in settings))) if settings else []
    if len(settings) < 3 or len(seeds) < 2:
        return Dependence(nan, nan, len(seeds))
    columns = [[each[seed] for seed in seeds] for each in settings]
    if all(len(set(row)) == 1 for row in zip(*columns, strict=True)):
        return Dependence(1.0, 0.0, len(seeds))
    result = cast(Any, stats).friedmanchisquare(*columns)
    return Dependence(float(result.pvalue), float(result.statistic) / (len(seeds) * (len(settings) - 1)), len(seeds))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number by Holm's step-down procedure; nan stays, and does not count.

    A corrected p below 5% in any of them has probability at most 5% where there is nothing to find.

    References:
        Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    known = sorted((p, i) for i, p in enumerate(p_values) if not isnan(p))
    found, running = [nan] * len(p_values), 0.0
    for rank, (p, i) in enumerate(known):
        running = max(running, min(1.0, (len(known) - rank) * p))
        found[i] = running
    return found


def slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Return the slope of the least-squares line through the points; nan unless two x differ.

    Example:
        >>> slope([0, 1, 2], [5, 7, 9])
        2.0
    """
    return float(cast(Any, stats).linregress(x, y).slope) if len(set(x)) > 1 else nan


def mean_over_cells(cells: Sequence[Mapping[int, float]]) -> Test:
    """Test the mean of an effect over many settings, one number for each seed.

    A seed counts only where it has run in every setting that counts, else the mean of one seed would be over other
    settings than that of the next: the settings that have all seeds, or if none has, the seeds that all settings have.

    Args:
        cells: {seed: effect} of each setting.

    Example:
        >>> mean_over_cells([{0: 1.0, 1: 2.0}, {0: 3.0, 1: 4.0}, {0: 9.0}]).interval[:1]
        (2.5,)
    """
    occupied = [cell for cell in cells if cell]
    if not occupied:
        return one_sample([])
    every = set[int]().union(*occupied)
    complete = [cell for cell in occupied if set(cell) == every]
    seeds = every if complete else set[int].intersection(*(set(cell) for cell in occupied))
    chosen = complete or occupied
    return one_sample(float(np.mean([cell[seed] for cell in chosen])) for seed in sorted(seeds))


def finite(values: Mapping[int, float | None]) -> dict[int, float]:
    """Return what is a finite number."""
    return {seed: value for seed, value in values.items() if value is not None and isfinite(value)}


def _t() -> Any:
    return cast(Any, stats).t
