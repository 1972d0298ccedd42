"""The β-Laguerre ensemble by its bidiagonal model: a random spectrum of S for O(min(m, n)) random numbers.

With N = min(m, n) and M = max(m, n), S = W W^† has the non-zero eigenvalues of B B^†, B upper bidiagonal with squares

    q_k ~ χ²_{β(M−k+1)} / β  (k = 1..N)  on the diagonal,   e_k ~ χ²_{β(N−k)} / β  (k = 1..N−1)  above it,

all independent; E|W_ij|² = 1. No eigenvalue is computed: r + B B^† = L D Lᵀ has the pivots p_k = d_k + e_k of the
stationary qd transform, which adds and never subtracts,

    d_1 = r + q_1,   d_{k+1} = r + q_{k+1} d_k / p_k,

and tr S (r + S)^{-1} = Σ_k (1 − r ∂_r log p_k) = Σ_k (e_k + c_k) / p_k with c_k = d_k − r ∂_r d_k, where once more all
terms are positive:

    c_1 = q_1,   c_{k+1} = q_{k+1} (d_k² + e_k c_k) / p_k².

So the relative error of a draw stays below some N units of rounding for every r, however small or large.

References: Dumitriu, Edelman, J. Math. Phys. 43 (2002) 5830 (the bidiagonal model); Parlett, Linear Algebra Appl. 309
(2000) 121 (qd transforms with a shift).
"""

from fractions import Fraction
from functools import cache
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wishart_moments.compiled import available, compiled

Array = NDArray[np.float64]


class Draws(NamedTuple):
    """Independent draws of the bidiagonal factor, one a column.

    Attributes:
        q: the squares of the diagonal, N × draws.
        e: the squares above it, N × draws; the last row is 0.
    """

    q: Array
    e: Array


class PowerSums(NamedTuple):
    """tr S and tr S²: of every draw, or their means.

    Attributes:
        first: tr S.
        second: tr S².
    """

    first: Any
    second: Any


def sample(m: int, n: int, beta: float, count: int, rng: np.random.Generator) -> Draws:
    """Draw B, σ = 1, `count` times.

    Args:
        m, n: the shape of W, at least 1.
        beta: the Dyson index > 0: 1 real, 2 complex, 4 quaternion, and any number between and beyond.
        count: the number of draws.
        rng: where the randomness comes from; the same state gives the same draws.

    Cost:
        2 min(m, n) gamma variates a draw, 20 to 50 ns each.

    Example:
        >>> q, e = sample(3, 5, 1, 4, np.random.default_rng(0))
        >>> q.shape, e.shape, float(e[-1].max())
        ((3, 4), (3, 4), 0.0)
    """
    rows, columns = min(m, n), max(m, n)
    q, e = np.empty((rows, count)), np.zeros((rows, count))
    # A call a row: numpy's gamma is slower by a quarter where it broadcasts its shape.
    for k in range(rows):
        rng.standard_gamma(beta * (columns - k) / 2, out=q[k])
    for k in range(rows - 1):
        rng.standard_gamma(beta * (rows - 1 - k) / 2, out=e[k])
    q *= 2 / beta
    e *= 2 / beta
    return Draws(q, e)


def resolvent_traces(draws: Draws, ratios: Array) -> Array:
    """Return tr S (rI + S)^{-1} for every r and every draw.

    Args:
        draws: from `sample`.
        ratios: the values of r > 0, one-dimensional.

    Returns:
        The traces, len(ratios) × draws, within (0, N); relative error of a few N units of rounding.

    Cost:
        About 1.5 ns for every r, draw and k = 1..N; the first call of all compiles the loop, for a second or so.

    Example:
        >>> draws = Draws(np.array([[3.0]]), np.array([[0.0]]))  # S = 3
        >>> resolvent_traces(draws, np.array([1.0, 5.0]))
        array([[0.75 ],
               [0.375]])
    """
    traces = np.empty((len(ratios), draws.q.shape[1]))
    _kernel()(draws.q, draws.e, np.asarray(ratios, np.float64), traces)
    return traces


def _qd(q: Array, e: Array, ratios: Array, traces: Array) -> None:
    rows, count = q.shape
    # d_k / p_k, e_k / p_k and c_k / p_k lie within [0, 1]: nothing overflows, and one division serves the three.
    x, y, z = np.empty(count), np.empty(count), np.empty(count)
    for j in range(ratios.shape[0]):
        r, total = ratios[j], traces[j]
        for i in range(count):
            x[i], y[i], z[i], total[i] = 1.0, 0.0, 0.0, 0.0
        for k in range(rows):
            diagonal, above = q[k], e[k]
            for i in range(count):
                d = r + diagonal[i] * x[i]
                c = diagonal[i] * (x[i] * x[i] + y[i] * z[i])
                inverse = 1.0 / (d + above[i])
                x[i], y[i], z[i] = d * inverse, above[i] * inverse, c * inverse
                total[i] += y[i] + z[i]


def _qd_by_rows(q: Array, e: Array, ratios: Array, traces: Array) -> None:
    """Do what `_qd` does, bit for bit, by NumPy's loops: what is left where nothing compiles."""
    for r, total in zip(ratios, traces, strict=True):
        x, y, z = np.ones_like(total), np.zeros_like(total), np.zeros_like(total)
        total[:] = 0
        for diagonal, above in zip(q, e, strict=True):
            d = r + diagonal * x
            c = diagonal * (x * x + y * z)
            inverse = 1 / (d + above)
            x, y, z = d * inverse, above * inverse, c * inverse
            total += y + z


@cache
def _kernel() -> Any:
    # With NumPy's division, which raises nothing, the loop over the draws runs on vectors.
    return compiled(_qd, error_model="numpy") if available() else _qd_by_rows


def power_sums(draws: Draws) -> PowerSums:
    """Return tr S and tr S² of every draw: Σ (q_k + e_k), and Σ (q_k + e_k)² + 2 Σ q_{k+1} e_k.

    Example:
        >>> power_sums(Draws(np.array([[1.0], [2.0]]), np.array([[3.0], [0.0]])))  # [[4, √6], [√6, 2]]
        PowerSums(first=array([6.]), second=array([32.]))
    """
    diagonal = draws.q + draws.e
    squares = np.einsum("ki,ki->i", diagonal, diagonal) + 2 * np.einsum("ki,ki->i", draws.q[1:], draws.e[:-1])
    return PowerSums(diagonal.sum(axis=0), squares)


def mean_power_sums(m: int, n: int, beta: float | Fraction = 1) -> PowerSums:
    """Return E tr S = mn and E tr S² = mn (m + n + 2/β − 1); exact.

    Example:
        >>> mean_power_sums(4, 7)
        PowerSums(first=28, second=Fraction(336, 1))
    """
    return PowerSums(m * n, m * n * (m + n - 1 + 2 / Fraction(beta)))


def uncorrelated_controls(draws: Draws, m: int, n: int, beta: float | Fraction = 1) -> Array:
    """Return two functions of every draw with mean 0 and, over the ensemble, correlation 0: control variates.

    The first is (tr S − E tr S) / √Var tr S, where Var tr S = 2mn/β; the second is tr S² − E tr S², relative to its
    mean, less its regression on tr S, which is exact since Cov(tr S, tr S²) = (4/β) E tr S².

    Returns:
        An array of shape 2 × draws.

    Example:
        >>> controls = uncorrelated_controls(sample(3, 5, 1, 10_000, np.random.default_rng(0)), 3, 5)
        >>> bool(abs(controls.mean(axis=1)).max() < 0.05)
        True
    """
    sums, means = power_sums(draws), mean_power_sums(m, n, beta)
    first = sums.first / float(means.first) - 1
    second = sums.second / float(means.second) - 1 - 2 * first
    return np.stack([first * sqrt(means.first * float(beta) / 2), second])
