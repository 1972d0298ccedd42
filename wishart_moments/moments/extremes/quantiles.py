"""Quantiles of the extreme eigenvalues, with a proved error: an interval at whose ends P has been compared with p."""

import math
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Protocol

from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.moments.extremes.largest_root import manova_largest_root_cdf
from wishart_moments.moments.extremes.proved_value import ProvedValue
from wishart_moments.moments.extremes.smallest_eigenvalue import smallest_eigenvalue_cdf
from wishart_moments.moments.jack.largest_eigenvalue import largest_eigenvalue_cdf

MAX_SIZE = 10**6
"""The greatest m and n; what the distribution function reaches is less."""

LEAST = Fraction(1, 10**300)
"""The least p, so that its logarithm and that of the distribution function can be compared in floats."""

_STEPS, _SLOW = 200, 12


class _Proved(Protocol):
    @property
    def value(self) -> float: ...

    @property
    def error(self) -> float: ...


def largest_eigenvalue_quantile(p: Any, m: Any, n: Any, *, scale: Any = None, beta: Any = 1) -> ProvedValue:
    """Return the x with P(λ_max(S) <= x) = p.

    Args:
        p: a number between 0 and 1.
        m, n, scale, beta: as for `largest_eigenvalue_cdf`.

    Returns:
        x and a proved bound of its error: P at its ends has been compared with p.

    Raises:
        DomainError, MethodError, LimitError: as there.

    Cost:
        Some ten values of the distribution function.

    Example:
        The 95 % point of the largest eigenvalue of a sample covariance matrix times 20, 10 variables:

        >>> round(largest_eigenvalue_quantile("0.95", 10, 20).value, 10)
        62.0546238206
    """
    rows, columns = _sizes(m, n)
    start = (math.sqrt(rows) + math.sqrt(columns)) ** 2
    return _inverse(lambda x: largest_eigenvalue_cdf(x, m, n, scale=scale, beta=beta), p, start, math.inf)


def smallest_eigenvalue_quantile(p: Any, m: Any, n: Any, *, scale: Any = None, beta: Any = 1) -> ProvedValue:
    """Return the x with P(λ_min(S) <= x) = p.

    Args:
        p: a number between 0 and 1.
        m, n, scale, beta: as for `smallest_eigenvalue_cdf`; n > m − 1.

    Returns:
        x and a proved bound of its error: P at its ends has been compared with p.

    Raises:
        DomainError: for n <= m − 1, where the smallest eigenvalue is 0, and as `smallest_eigenvalue_cdf` does.
        MethodError, LimitError: as there.

    Cost:
        Some ten values of the distribution function.

    Example:
        >>> round(smallest_eigenvalue_quantile("1/2", 3, 4).value, 13) == round(2 / 3 * math.log(2), 13)
        True
    """
    rows, columns = _sizes(m, n)
    if columns <= rows - 1:
        raise DomainError(f"need n > m - 1 for a quantile of the smallest eigenvalue, got m = {rows}; it is 0")
    start = max((math.sqrt(columns) - math.sqrt(rows)) ** 2, 0.1 / rows)
    return _inverse(lambda x: smallest_eigenvalue_cdf(x, m, n, scale=scale, beta=beta), p, start, math.inf)


def manova_largest_root_quantile(p: Any, m: Any, n1: Any, n2: Any, *, beta: Any = 1) -> ProvedValue:
    """Return the x with P(θ_max <= x) = p: with p = 0.95 the critical value of Roy's test.

    Args:
        p: a number between 0 and 1.
        m, n1, n2, beta: as for `manova_largest_root_cdf`; n2 >= m.

    Returns:
        x and a proved bound of its error: P at its ends has been compared with p.

    Raises:
        DomainError: for n2 <= m − 1, where the largest root is 1, and as `manova_largest_root_cdf` does.
        MethodError, LimitError: as there.

    Cost:
        Some ten values of the distribution function.

    Example:
        >>> round(manova_largest_root_quantile("0.95", 4, 2, 33).value, 10)
        0.3318652206
    """
    if manova_largest_root_cdf("1/2", m, n1, n2, beta=beta) == ProvedValue(0.0, 0.0):
        raise DomainError("need n2 > m - 1 for a quantile of the largest root; it is 1")
    return _inverse(lambda x: manova_largest_root_cdf(x, m, n1, n2, beta=beta), p, 0.5, 1.0)


def _sizes(m: Any, n: Any) -> tuple[int, float]:
    rows, columns = domain.size(m, "m"), domain.number(n, "n", "> m - 1")
    for name, value in (("m", rows), ("n", columns)):
        if value > MAX_SIZE:
            raise LimitError(f"need {name} <= {MAX_SIZE:,} for a quantile, got {domain.shown(value)}")
    return rows, float(domain.degrees_of_freedom(n, rows))


def _inverse(cdf: Callable[[Fraction], _Proved], p: Any, start: float, end: float) -> ProvedValue:
    """Return the x in (0, end) where an increasing function is p."""
    wanted = Fraction(domain.number(p, "p", "between 0 and 1"))
    if not 0 < wanted < 1:
        raise DomainError(f"need p between 0 and 1, got {domain.shown(p)}")
    if not (LEAST <= wanted <= 1 - Fraction(1, 2**53)):
        raise LimitError(f"need p between 1e-300 and 1 - 2^-53 for a quantile, got {domain.shown(p)}")

    def compare(x: float) -> tuple[int, float]:
        """Return on which side of the quantile x is (0: not known), and how far, in the odds' logarithm."""
        found = cdf(Fraction(x))
        difference = Fraction(found.value) - wanted
        side = 0 if abs(difference) <= Fraction(found.error) else 1 if difference > 0 else -1
        inside = min(max(found.value, 1e-300), 1 - 2.0**-53)
        odds = math.log(inside) - math.log1p(-inside)
        return side, odds - math.log(float(wanted)) + math.log1p(-float(wanted))

    low, high, f_low, f_high, x, fall, rise = 0.0, end, -math.inf, math.inf, start, 2.0, 1.5
    for step in range(_STEPS):
        side, f = compare(x)
        if side == 0 or abs(f) < 1e-13:
            break
        low, f_low, high, f_high = (x, f, high, f_high) if side < 0 else (low, f_low, x, f)
        if low == 0:  # down by a factor that is squared each time: at n near m - 1 quantiles are tiny
            x, fall = high / fall, min(fall * fall, 2.0**256)
        elif math.isinf(high):  # up slowly at first: a series may not reach far
            x, rise = min(low * rise, sys.float_info.max), min(rise * rise, 2.0**256) if step > _SLOW else rise
        else:
            x = _between(low, high, f_low, f_high)
        if not low < x < high:
            x = low
            break
    if x < sys.float_info.min:
        raise LimitError(f"need a quantile within the range of floats; at p = {domain.shown(p)} it is less than 1e-307")
    apart = x * 2.0**-50
    while apart < x:
        right = x + apart if x + apart < end else (x + end) / 2
        if math.isfinite(right) and compare(x - apart)[0] < 0 and compare(right)[0] > 0:
            return ProvedValue(x, max(apart, right - x))
        apart *= 4
    raise LimitError(f"the quantile at p = {domain.shown(p)} cannot be told from its neighbours in floats")


def _between(low: float, high: float, f_low: float, f_high: float) -> float:
    """Return a point between: by the secant in log x, kept off the ends."""
    if math.isinf(f_high):
        return (low + high) / 2
    share = -f_low / (f_high - f_low)
    return low * (high / low) ** min(max(share, 1e-3), 1 - 1e-3) if high / low - 1 > 1e-12 else (low + high) / 2
