"""No method leaves the certified enclosure at 10,000 random (m, n, σ, α), and the exact one errs by less than 1e-13.

Sizes are log-uniform in 1..300, α/σ² in 1e-6..1e9 with its ends, square shapes among them; a further 200 points have
sizes to 4096. Counted are: bounds from moments or the series that do not meet the enclosure; Monte Carlo means of 500
draws more than six standard errors away, the standard error being the exact one; limits outside [0, γ² min(1, n/m)].
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from math import sqrt
from typing import NamedTuple

import numpy as np

from benchmarks.measure import Candidate, Case
from wishart_moments import (
    certified_variance,
    fluctuation,
    limit_variance,
    moment_bounds,
    output_variance,
    series_variance,
    simulate_variance,
)


class Findings(NamedTuple):
    """What the comparison at some points gave."""

    points: int
    exact_error: float
    bounds: int
    series: int
    limit: int
    monte_carlo: int


@cache
def _compared(count: int, largest: int, seed: int) -> Findings:
    rng = np.random.default_rng(seed)
    error, bounds, series, limit, far = Fraction(0), 0, 0, 0, 0
    for index in range(count):
        m = int(np.exp(rng.uniform(0, np.log(largest + 1))))
        n = m if index % 3 == 0 else int(np.exp(rng.uniform(0, np.log(largest + 1))))
        power = (-6.0, 9.0)[index % 2] if index % 10 == 0 else rng.uniform(-6, 9)
        sigma = float(np.exp(rng.uniform(-3, 3)))
        alpha, gamma = 10**power * sigma**2, float(rng.uniform(0.5, 2))
        given = {"alpha": alpha, "gamma": gamma}
        both = certified_variance(m, n, sigma, **given)
        gain = Fraction(gamma) ** 2
        exact = Fraction(output_variance(m, n, sigma, **given))
        error = max(error, abs(exact - both.lower) / gain, abs(exact - both.upper) / gain)
        low, high = moment_bounds(m, n, sigma, **given)
        bounds += not (low <= both.upper and both.lower <= high)
        found = series_variance(m, n, sigma, **given)
        series += not (found.lower <= both.upper and both.lower <= found.upper)
        limit += not 0 <= limit_variance(m, n, sigma, **given) <= float(gain) * min(1, n / m) * (1 + 1e-15)
        if largest <= 300:
            draws = simulate_variance(m, n, sigma, draws=500, seed=index, control_variates=False, **given)
            error_of_mean = float(fluctuation(m, n, sigma, **given)) / sqrt(500)
            # Where the draws hardly differ the mean is exact to rounding.
            far += abs(draws.mean - float(both)) > 6 * error_of_mean + 1e-13 * float(gain)
    return Findings(count, float(error), bounds, series, limit, far)


def cases(quick: bool) -> Iterator[Case]:
    """Yield the worst error of the exact method, then the violations of the others."""
    runs = [(20, 30)] if quick else [(10_000, 300), (200, 4096)]
    for count, largest in runs:
        where = f"{count:,} points, sizes to {largest}"

        def findings(count: int = count, largest: int = largest) -> Findings:
            return _compared(count, largest, 5)

        def amount(name: str, findings: Callable[[], Findings] = findings) -> Candidate:
            return Candidate(
                name.replace("_", " "), lambda: (None, float(getattr(findings(), name))), metered=True, once=True
            )

        subject = f"greatest error of the exact variance over γ², {where}"
        yield Case(subject, (amount("exact_error"),), 1e-13, unit="1", repeats=1)
        for name in ("bounds", "series", "limit", *(["monte_carlo"] if largest <= 300 else [])):
            subject = f"violations: {name.replace('_', ' ')}, {where}"
            yield Case(subject, (amount(name),), 0, unit="count", repeats=1)
