"""The limit of large sizes and its first two corrections, for every Dyson index β.

Let T(r) = E tr S(rI + S)^{-1} at unit variance and a = 2/β. The loop equations, summed over k, are one equation,
exact at every m and n and symmetric in them:

    r T = (m − T)(n − T) + (a − 1) r T' + Var tr S(rI + S)^{-1}.

The three terms on the right are of the orders N², N and 1 in the size N (with r of order N), and so are the parts of
T = T_0 + T_1 + T_2 + O(N^{-2}), one order less. With A, B = (√n ∓ √m)², D = √((r + A)(r + B)):

    T_0 = 2mn / (m + n + r + D),   T_0' = −T_0/D                                        (Marchenko–Pastur)
    T_1 = −(a − 1) r T_0 / D²
    T_2 = r/D⁵ · [(a − 1)² (r mn + T_0 (r² − (m−n)²)) + a r mn],

the last from the leading covariance a (B − A)² / (16 (x − A)² (x − B)²) of tr (x − S)^{-1} with itself. Written thus no
digits cancel, however small or large r is. For complex matrices (a = 1) T_1 vanishes.

References: Marchenko, Pastur, Mat. Sb. 72 (1967) 507; Ambjørn, Jurkiewicz, Makeenko, Phys. Lett. B 251 (1990) 517 (the
covariance); Mingo, Speicher, Free Probability and Random Matrices, ch. 5; Forrester, Rahman, Witte, J. Math. Phys. 58
(2017) 113303 (loop equations of the β-ensembles order by order).
"""

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wishart_moments import domain
from wishart_moments.errors import LimitError

Array = NDArray[np.float64]

MAX_SIZE = 10**100
"""Far inside the range of float64: products of a few sizes do not overflow."""

_TINY, _HUGE = 1e-290, 1e290


class LargeSizeTerms(NamedTuple):
    """T_0, T_1 and T_2, the parts of E tr S(rI + S)^{-1} of orders N, 1 and 1/N."""

    leading: Array
    first: Array
    second: Array

    def up_to(self, order: int) -> Array:
        """Return the sum of the parts 0..order."""
        # The smallest first: a part of order N swallows the digits of the others only once.
        return np.asarray(sum(reversed(self[: order + 1]), start=np.zeros_like(self.leading)))


def support(m: int, n: int) -> tuple[float, float]:
    """Return A, B = (√n ∓ √m)², between which the eigenvalues of S lie in the limit; relative error some 1e-16.

    Example:
        >>> support(9, 16)
        (1.0, 49.0)
    """
    for name, value in (("m", m), ("n", n)):
        if value > MAX_SIZE:
            raise LimitError(f"need {name} <= 1e100, got {domain.shown(value)}; only m/n and r/n matter so far out")
    upper = (float(n) ** 0.5 + float(m) ** 0.5) ** 2
    return float(n - m) * (float(n - m) / upper), upper


def large_size_terms(r: ArrayLike, m: Any, n: Any, beta: Any = 1) -> LargeSizeTerms:
    """T_0, T_1, T_2 of E tr S(rI + S)^{-1} = T_0 + T_1 + T_2 + O(N^{-2}), unit variance.

    Args:
        r: real numbers in [0, ∞], of any shape.
        m, n: the shape of W, integers from 1 to 1e100.
        beta: the Dyson index, any positive rational number: 1 real, 2 complex, 4 quaternion.

    Returns:
        Three float64 arrays of the shape of r; T_0 and T_1 of relative error below 1e-14, and T_2 of that error
        relative to the sum of the absolute values in its bracket. The expansion itself fails at the hard edge, m = n
        with r of order 1/n or less, where T_2 grows beyond T_1.

    Raises:
        LimitError: for m or n > 1e100.

    Example:
        >>> [round(float(term), 4) for term in large_size_terms(10.0, 10, 10)]
        [3.8197, -0.0764, 0.006]
        >>> float(large_size_terms(10.0, 10, 10).up_to(2).round(4))  # the exact value is 3.7489
        3.7493
    """
    rows, columns = domain.size(m, "m"), domain.size(n, "n")
    a = float(domain.jack_parameter(Fraction(domain.number(beta, "beta", "> 0"))))
    lower, upper = support(rows, columns)
    given = np.asarray(r, dtype=np.float64)
    # Beyond these bounds T has its limits to all digits, or is below any float of use; quotients stay finite.
    x = np.clip(given, _TINY, _HUGE)
    product, gap = float(rows) * float(columns), float(abs(rows - columns))
    near, far = x / (x + lower), 1 / (x + upper)
    root = np.sqrt(x + lower) * np.sqrt(x + upper)
    with np.errstate(under="ignore"):
        leading = 2 * product / (float(rows) + float(columns) + x + root)
        first = (1 - a) * near * far * leading
        pairs = near * far * product
        ends = (x - gap) / (x + lower) * ((x + gap) * far)
        second = near * far * ((a - 1) ** 2 * (pairs + leading * ends) + a * pairs) / root
    vanishing = np.isinf(given)
    return LargeSizeTerms(*(np.where(vanishing, 0.0, term) for term in (leading, first, second)))


def marchenko_pastur_density(x: ArrayLike, m: Any, n: Any) -> Any:
    """ρ(x) = √((x − A)(B − x)) / (2πx) on [A, B], A, B = (√n ∓ √m)²: the limiting density of eigenvalues of S.

    Args:
        x: real numbers.
        m, n: the shape of W, at least 1; unit variance.

    Returns:
        A float64 array of the shape of x: the number of non-zero eigenvalues in a unit of length; its integral is
        min(m, n). Zero outside [A, B], infinite at x = 0 when m = n.

    References:
        Marchenko, Pastur, Mat. Sb. 72 (1967) 507.

    Example:
        >>> float(marchenko_pastur_density(2.0, 1, 1).round(6))  # √(2·2)/(4π)
        0.159155
        >>> marchenko_pastur_density([0.5, 50.0], 9, 16)
        array([0., 0.])
    """
    lower, upper = support(domain.size(m, "m"), domain.size(n, "n"))
    points = np.asarray(x, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = np.sqrt(np.maximum(points - lower, 0) / np.abs(points)) if lower else np.ones_like(points)
        edge = np.sqrt(np.maximum(upper - points, 0) / np.abs(points))
    return np.where(points < lower, 0.0, inside * edge / (2 * np.pi))


def marchenko_pastur_cumulative(x: ArrayLike, m: Any, n: Any) -> Any:
    """∫_A^x ρ = (√((x−A)(B−x)) + (A + B) φ − 2√(AB) ψ) / (2π): the number of eigenvalues of S up to x, in the limit.

    Here tan φ = √((x − A)/(B − x)) and tan ψ = √(B/A) tan φ.

    Args:
        x: real numbers.
        m, n: the shape of W, at least 1; unit variance.

    Returns:
        A float64 array of the shape of x, from 0 (x <= A) to min(m, n) (x >= B), with an absolute error below
        1e-15 (m + n). The zero eigenvalues of m > n are not counted.

    Example:
        >>> marchenko_pastur_cumulative([0.5, 16.0, 50.0], 9, 16).round(6)
        array([0.      , 5.226756, 9.      ])
    """
    rows, columns = domain.size(m, "m"), domain.size(n, "n")
    lower, upper = support(rows, columns)
    points = np.clip(np.asarray(x, dtype=np.float64), lower, upper)
    left, right = np.sqrt(points - lower), np.sqrt(upper - points)
    angle = np.arctan2(left, right)
    # At m = n the factor √(AB) = |n − m| of ψ vanishes, and with it the only use of B/A.
    turned = np.arctan2(np.sqrt(upper) * left, np.sqrt(lower) * right)
    total = left * right + (float(rows) + float(columns)) * 2 * angle - 2 * float(abs(rows - columns)) * turned
    return np.clip(total / (2 * np.pi), 0.0, float(min(rows, columns)))
