"""The published and fitted recurrences written down plainly, over whatever ring m and n come from."""

from collections.abc import Callable
from typing import Any

Label = tuple[int, ...]


def five_term_recurrence(max_k: int, m: Any, n: Any, divide: Callable[[Any, int], Any]) -> list[Any]:
    """Return E tr S^k for k = 1..max_k, real case; `divide` brings a value into its normal form, divided exactly."""
    s, p, d = divide(m + n, 1), divide(m * n, 1), divide((m - n) ** 2, 1)
    t, q = s - 1, divide(d + 2 * s * (s - 2), 1)
    moments = [m, p, divide(p * (s + 1), 1), divide(p * (s * s + p + 3 * s + 4), 1)]
    for k in range(max_k - 3):
        m0, m1, m2, m3 = moments[-4:]
        c2, c1 = 5 * k**3 + 44 * k**2 + 125 * k + 115, 10 * k**3 + 52 * k**2 + 86 * k + 45
        total = (
            t * ((4 * k + 15) * m3 - (c1 - (4 * k + 5) * d) * m1)
            + (c2 - (2 * k + 5) * q) * m2
            - k * ((k + 2) ** 2 - d) * ((2 * k + 1) ** 2 - d) * m0
        )
        moments.append(divide(total, k + 5))
    return moments[1 : max_k + 1]


def partitions(k: int, largest: int | None = None) -> list[Label]:
    """Return the partitions of k in decreasing lexicographic order."""
    if k == 0:
        return [()]
    top = k if largest is None else min(k, largest)
    return [(first, *rest) for first in range(top, 0, -1) for rest in partitions(k - first, first)]


def loop_equations(max_k: int, m: Any, n: Any, one: Any, a: Any = 2) -> dict[Label, Any]:
    """Return {λ: E p_λ} for |λ| <= max_k, level by level, each right-hand side added up as it stands."""
    moments = {(): one}
    s, p = m + n, m * n
    for k in range(1, max_k + 1):
        for label in partitions(k):
            rest, r = label[:-1], label[-1] - 1
            if r == 0:
                moments[label] = (p + a * (k - 1)) * moments[rest]
                continue
            total = (s + (a - 1) * r) * moments[(*rest, r)]
            for j in range(1, r):
                total += moments[tuple(sorted((*rest, r - j, j), reverse=True))]
            for i, part in enumerate(rest):
                total += a * part * moments[tuple(sorted((*rest[:i], *rest[i + 1 :], r + part), reverse=True))]
            moments[label] = total
    return moments
