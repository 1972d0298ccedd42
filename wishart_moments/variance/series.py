"""The Taylor series of the output variance in σ²: generated code, with the error that its alternating signs prove.

With t = σ²/α the variance is asymptotically (γ²/m) Σ_k (−1)^(k+1) M_k t^k, M_k = E tr S^k. For every x = tλ > 0

    x/(1 + x) = x − x² + … ± x^K ∓ x^{K+1}/(1 + x),

so the error of the sum up to order K has the sign of the next term and is smaller: two successive sums enclose the
variance. The moments grow like 2^k k!, so the series converges for no σ > 0; the terms shrink as long as
M_{k+1}/M_k < α/σ², and the order before the smallest of them is the best.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wishart_generated.variance_series import variance_series
from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.moments.recurrence import trace_moments_at
from wishart_moments.variance.arguments import layer, unwrapped
from wishart_moments.variance.moment_bounds import with_gain

Array = NDArray[np.float64]

MAX_ORDER = 10
"""The orders for which code is generated."""

MAX_SIZE = 10**9
FARTHEST_ORDER = 10_000
"""The last order that `optimal_order` looks at."""

_UNIT = 2.0**-53
_TINY = 1e-290
"""Below it t may have lost digits to underflow."""


class SeriesVariance(NamedTuple):
    """A truncated series and what it proves.

    Attributes:
        value: the sum up to the order.
        remainder: the absolute value of the next term, a bound on the truncation error.
        lower, upper: rigorous bounds on the variance, rounding errors included: the sums up to this order and the
            next, within [0, γ² min(1, n/m)].
    """

    value: Any
    remainder: Any
    lower: Any
    upper: Any


@lru_cache(maxsize=16)
def _growth(m: int, n: int, count: int) -> Array:
    """Return M_{k+1}/M_k for k = 1..count: increasing, by the Cauchy–Schwarz inequality."""
    moments: list[Any] = trace_moments_at(count + 1, m, n)
    growth = np.array([int(moments[k + 1]) / int(moments[k]) for k in range(1, count + 1)], dtype=np.float64)
    growth.flags.writeable = False
    return growth


def series_variance(
    m: Any, n: Any, sigma: Any, *, alpha: Any = 1.0, gamma: Any = 1.0, order: Any = 10
) -> SeriesVariance:
    """(γ²/m) Σ_{k<=order} (−1)^(k+1) E tr S^k (σ²/α)^k, with bounds on what is missing.

    Args:
        m, n: the number of outputs and of inputs, integers from 1 to 10^9.
        sigma: the standard deviation of the entries of W, >= 0.
        alpha, gamma: the regularisation and the gain, > 0; they broadcast against sigma.
        order: the last power of σ², 1..10.

    Returns:
        A `SeriesVariance` of floats, or of arrays of the broadcast shape. The value is what the series says, however
        absurd (infinite where it overflows); the truth is within `remainder` of it, up to rounding errors, and within
        lower..upper always.

    Raises:
        DomainError: for arguments outside these domains.
        LimitError: for order > 10 or m, n > 10^9.

    References:
        arXiv 2601.08253, the series of orders 1..10.

    Example:
        >>> series_variance(10, 12, 0.1, order=2)  # doctest: +ELLIPSIS
        SeriesVariance(value=0.0924, remainder=0.008088, lower=0.0923..., upper=0.1004...)
        >>> series = series_variance(10, 12, 12**-0.5)  # at He scale the tenth order says nothing
        >>> round(series.value), series.lower, series.upper
        (-18660, 0.0, 1.0)
    """
    shape = layer(m, n, sigma, alpha, gamma, max_size=MAX_SIZE)
    last = domain.order(order, "order")
    if last < 1:
        raise DomainError("need order >= 1, got 0")
    if last > MAX_ORDER:
        raise LimitError(f"need order <= {MAX_ORDER} for the series, got {last}; use method 'bounds' or 'exact'")
    rows, columns = float(shape.m), float(shape.n)
    growth = _growth(shape.m, shape.n, MAX_ORDER)
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        t = np.asarray(1 / shape.ratio)
        # Each term from the one before: no power overflows or underflows that the term itself does not.
        term = columns * t
        total = term.copy()
        for k in range(1, last + 1):
            term = term * (growth[k - 1] * t)
            total += term if k < last else 0.0
        value = np.asarray(variance_series(last, rows, columns, t, 1.0), dtype=np.float64)
        rounding = (10 * last + 20) * _UNIT * (total + term)
        following = value + (term if last % 2 == 0 else -term)
        low, high = np.minimum(value, following) - rounding, np.maximum(value, following) + rounding
        unknown = t < _TINY
        low, high = np.where(unknown, 0.0, low), np.where(unknown, columns * _TINY, high)
        scaled = [np.asarray(shape.gamma * (shape.gamma * part)) for part in (value, term)]
    # Where a sum has overflowed it bounds nothing: infinities of both signs meet and give nan.
    return SeriesVariance(unwrapped(scaled[0]), unwrapped(scaled[1]), *with_gain(shape, low, high))


def optimal_order(m: Any, n: Any, sigma: Any, *, alpha: Any = 1.0, max_order: Any = 1000) -> Any:
    """The K in 0..max_order for which E tr S^{K+1} (σ²/α)^{K+1} is smallest: where to stop the series in σ².

    The error of the sum up to order K is below term K + 1; this K makes that bound smallest. 0 says that the terms grow
    from the first on, and no sum has a smaller bound than the first term itself.

    Args:
        m, n: the number of outputs and of inputs, integers from 1 to 10^9.
        sigma: the standard deviation of the entries of W, >= 0.
        alpha: the regularisation, > 0; it broadcasts against sigma.
        max_order: where to stop looking, 0..10,000.

    Returns:
        An int, or an array of ints of the broadcast shape, from the exact moments as floats. Code is generated for the
        orders up to 10 only; the optimal one may lie beyond.

    Raises:
        DomainError: for arguments outside these domains.
        LimitError: for max_order > 10,000 or m, n > 10^9.

    Example:
        >>> optimal_order(10, 12, [0.05, 0.1, 1.0])
        array([189,  38,   0])
    """
    shape = layer(m, n, sigma, alpha, 1.0, max_size=MAX_SIZE)
    last = domain.order(max_order, "max_order")
    if last > FARTHEST_ORDER:
        raise LimitError(f"need max_order <= {FARTHEST_ORDER}, got {last}; the default, 1000, is beyond any use")
    # Term k + 1 is smaller than term k as long as M_{k+1}/M_k < α/σ²; the ratios increase.
    orders = np.searchsorted(_growth(shape.m, shape.n, last), shape.ratio, side="left")
    return int(orders) if np.ndim(orders) == 0 else orders
