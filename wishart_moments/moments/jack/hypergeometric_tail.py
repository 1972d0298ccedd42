"""Bounds for what a truncated hypergeometric series of a matrix argument leaves out.

T_k = Σ_{κ ⊢ k} Π(a)_κ/Π(b)_κ A_κ with A_κ = C_κ(|X|)/k! >= 0 and (x)_κ = Π_{(i,j)∈κ} (x + u), u = j − 1 − θ(i−1).
Write h(u) = Π(a + u)/Π(b + u), p_1 = Σ|x_i|, x = max|x_i|, m for the number of rows; all in absolute values.

1. Every C_μ p_1 = Σ c C_κ over the κ = μ + box, c >= 0, with Σ_μ c = 1 for each κ, and Σ_κ c u(κ/μ) C_κ =
   Σ_i x_i² ∂_i C_μ <= |μ| x C_μ. With H the supremum of |h(u)|, or H' that of |h(u)| − u, over all boxes therefore

       T_{k+1} <= H p_1/(k+1) T_k,    T_{k+1} <= (H' p_1 + k x)/(k+1) T_k.

2. Take a box off the lowest of the longest rows: it lies in column ⌈(k+1)/m⌉ or later. So the greatest
   R_k = |Π(a)_κ/Π(b)_κ|, or that over (c)_κ for a c > θ(m−1), obeys R_{k+1} <= H_k R_k with the supremum of |h|, or of
   |h|/(c + u), over such boxes alone, and T_k <= R_k t_k, where t_k = p_1^k/k!, or t_k = [z^k] Π(1 − z|x_i|)^{−c} with
   t_{k+1} <= x (mc + k)/(k+1) t_k.

Either way the tail is at most a geometric series; the first is sharp for small parameters and arguments, the second
converges whenever the series does, since H_k → 1. The first of each pair serves p <= q, the second p = q + 1.

References: Muirhead, Aspects of Multivariate Statistical Theory (1982), 7.2.1 and theorem 7.3.2; Kaneko, SIAM J. Math.
Anal. 24 (1993) 1086 (the operators for every θ); Gross, Richards, Trans. AMS 301 (1987) 781, theorem 6.3 (convergence).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wishart_moments.moments.jack.jack_branching import Array, Integers

WINDOW = 64
SAFETY = 1 + 1e-6
"""More than all roundings of a bound together."""


def box_factors(upper: Sequence[float], lower: Sequence[float], u: Array) -> Array:
    """Return h(u) = Π(a + u)/Π(b + u).

    Example:
        >>> box_factors([1.0], [2.0], np.array([0.0, 1.0])).tolist()
        [0.5, 0.6666666666666666]
    """
    result = np.ones_like(u)
    # Numerators and denominators in turn: neither product needs to be in the range of floats.
    for i in range(max(len(upper), len(lower))):
        result = result * (upper[i] + u if i < len(upper) else 1.0) / (lower[i] + u if i < len(lower) else 1.0)
    return result


def supremum(upper: Sequence[float], lower: Sequence[float], theta: float, rows: int, first: int) -> float:
    """Return a bound of |h(t − θ(i−1))| over i = 1..rows and all integers t >= first; inf for p > q.

    The first values are computed; beyond, where all b + u > 0, each |a + u|/(b + u) is at most the greater of 1 and
    its first value, for a > b falls to 1 and a < b rises to 1.

    Example:
        >>> supremum([1.0], [2.0], 0.5, 3, 0), round(supremum([2.0], [1.0], 0.5, 1, 0), 12)
        (1.0, 2.0)
    """
    if len(upper) > len(lower):
        return math.inf
    shifts = theta * np.arange(rows)
    lowest = min([float(b) for b in lower], default=0.0) - theta * (rows - 1) + first
    width = WINDOW + max(0, math.ceil(1 - lowest))
    u = first + np.arange(width)[None, :] - shifts[:, None]
    greatest = float(np.abs(box_factors(upper, lower, u)).max())
    beyond = first + width - shifts
    product = np.ones(rows)
    for a, b in zip(sorted(upper), sorted(lower)[len(lower) - len(upper) :], strict=True):
        product *= np.maximum(1.0, np.abs(a + beyond) / (b + beyond))
    for b in sorted(lower)[: len(lower) - len(upper)]:
        product /= b + beyond
    return max(greatest, float(product.max()))


def intercept(upper: Sequence[float], lower: Sequence[float], theta: float, rows: int) -> float:
    """Return a bound of |h(u)| − u over all boxes of at most `rows` rows, for p = q + 1.

    The first values are computed; beyond, where all a + u, b + u > 0, h = (a_0 + u) Π(1 + (a_i − b_i)/(b_i + u)) is at
    most u + a_0 + Σ δ_i max(1, (a_0 + u)/(b_i + u)) exp Σ δ_i/(b_i + u), δ_i = max(a_i − b_i, 0), and that decreases.

    Example:
        >>> intercept([1.5], [], 0.5, 3), round(intercept([1.0, 1.5], [2.0], 0.5, 1), 12)
        (1.5, 1.0)
    """
    shifts = theta * np.arange(rows)
    width = WINDOW + math.ceil(max(0.0, 1 - min([*upper, *lower]) + theta * (rows - 1)))
    u = np.arange(width)[None, :] - shifts[:, None]
    greatest = float((np.abs(box_factors(upper, lower, u)) - u).max())
    beyond = width - shifts
    smallest, *others = sorted(upper)
    total, growth = np.zeros(rows), np.zeros(rows)
    for a, b in zip(others, sorted(lower), strict=True):
        total += max(a - b, 0.0) * np.maximum(1.0, (smallest + beyond) / (b + beyond))
        growth += max(a - b, 0.0) / (b + beyond)
    return max(greatest, float((smallest + total * np.exp(growth)).max()))


def geometric(first: float, ratio: float) -> float:
    """Return first·(ratio + ratio² + …), inf if that diverges or is no number, and 0 for first = 0."""
    if first == 0:
        return 0.0
    return first * ratio / (1 - ratio) if first < math.inf and ratio < 1 else math.inf


@dataclass
class Comparison:
    """The series 1F0(c; |X|) = Π(1 − |x_i|)^{−c}, or for c = None etr |X|, that another series is compared with.

    Attributes:
        upper, lower, theta: of the other series.
        sizes: the |x_i| > 0.
        c: its parameter.
        everywhere: H, or H' where there is a c.
        t: t_0, …, t_k so far.
        factors: Π_{t<r} of h, or of h/(c + u), for each row i and r = 0..k: R_κ is a product over the rows.
    """

    upper: list[float]
    lower: list[float]
    theta: float
    sizes: Array
    c: float | None
    everywhere: float
    t: list[float] = field(default_factory=lambda: [1.0])
    factors: Array = field(default_factory=lambda: np.ones((1, 1)))
    sums: list[float] = field(default_factory=list[float])

    def __post_init__(self) -> None:
        self.rows = len(self.sizes)
        self.below = self.lower if self.c is None else [*self.lower, self.c]
        self.factors = np.ones((self.rows, 1))

    def tail(self, kappa: Integers, total: float, unit: float = 0.0) -> float:
        """Return a bound of T_{k+1} + T_{k+2} + …; to be called for k = 1, 2, … in turn.

        Args:
            kappa: the partitions of k.
            total: T_k, in the unit that the bound is wanted in.
            unit: its logarithm.
        """
        k, x, m = len(self.t), float(self.sizes.max()), self.rows
        self.factors = np.column_stack([self.factors, self.factors[:, -1] * self._column(k - 1)])
        greatest = float(np.abs(np.prod(self.factors[np.arange(m)[:, None], kappa.T], axis=0)).max())
        self.sums.append(float((self.sizes**k).sum()))
        late = supremum(self.upper, self.below, self.theta, m, -(-(k + 1) // m) - 1)
        if self.c is None:
            self.t.append(self.t[-1] * self.sums[0] / k)
            by_boxes = geometric(total, self.everywhere * self.sums[0] / (k + 1))
            by_rows = geometric(greatest * self.t[k], late * self.sums[0] / (k + 1))
        else:
            self.t.append(self.c / k * sum(self.sums[j] * self.t[k - 1 - j] for j in range(k)))
            # Ratios that are monotone in k: the greater of the first and of the limit.
            by_boxes = geometric(total, max((self.everywhere * self.sums[0] + k * x) / (k + 1), x))
            by_rows = geometric(greatest * self.t[k], late * x * max((m * self.c + k) / (k + 1), 1.0))
        by_rows = math.inf if math.isnan(by_rows) else by_rows * math.exp(-unit)
        return SAFETY * min(by_boxes, by_rows)

    def _column(self, t: int) -> NDArray[np.float64]:
        u = t - self.theta * np.arange(self.rows)
        return box_factors(self.upper, self.below, u.astype(np.float64))


def comparisons(upper: list[float], lower: list[float], theta: float, sizes: Array) -> list[Comparison]:
    """Return what the series is compared with: etr for p <= q; for p = q + 1 some 1F0(c), each c > θ(m−1)."""
    rows = len(sizes)
    if len(upper) <= len(lower):
        return [Comparison(upper, lower, theta, sizes, None, supremum(upper, lower, theta, rows, 0))]
    least = theta * (rows - 1)
    candidates = {*upper, sum(upper) - sum(lower), least + 1, least + max(theta, 0.1)}
    everywhere = intercept(upper, lower, theta, rows) if len(upper) == len(lower) + 1 else math.inf
    return [Comparison(upper, lower, theta, sizes, c, everywhere) for c in sorted(candidates) if c > least]
