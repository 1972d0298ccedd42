"""The density of the non-zero eigenvalues of S = WW^† at finite size, real and complex, at unit variance.

N = min(m, n), d = |m − n|. With the Laguerre functions of `laguerre` at the parameter a, K_a their kernel:

    complex:  ρ(x) = K_d(x);
    real:     ρ(x) = K_a(x) − ½ P(x) [F(x) − C],  a = d − 1,  F(x) = ∫_0^x D(y) dy/y,

where P = s L_{N−1}^{(a+1)} and D = s L_N^{(a−1)}. C = F(∞)/2 for even N, and

    F(∞) = √(N!/Γ(N+a)) 2^{a/2} Γ((N+a)/2) / (N/2)!    (even N),    F(∞) = 0    (odd N),

so that F(x) − C = F(∞)/2 − ∫_x^∞ D dy/y holds for a = 0 and a = −1 as well, where D leaves a mass at 0. For odd N the
constant follows from ∫ρ = N. N = 1 is the chi-squared density of n degrees of freedom. The variable of quadrature is
u = √x, in which ρ is smooth at the hard edge.

References: Widom, J. Stat. Phys. 94 (1999) 347; Adler, Forrester, Nagao, van Moerbeke, J. Stat. Phys. 99 (2000) 141;
Johnstone, Ann. Statist. 29 (2001) 295 (appendix); Edelman, SIAM J. Matrix Anal. Appl. 9 (1988) 543 (hard edge).
"""

from collections.abc import Callable
from functools import cache
from math import ceil, pi, sqrt
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

from wishart_moments.precision import mpmath_precision
from wishart_moments.spectrum.laguerre import laguerre_values
from wishart_moments.spectrum.panels import Antiderivative, Panels

Array = NDArray[np.float64]

TAILS = (8.0, 10.0)
"""In u: below and above the limiting density less than 1e-25 of an eigenvalue is left beyond."""

SMALLEST = 1e-9
"""In u: panels shrink towards a hard edge down to this size."""

_PERIODS = 3.5
"""Eigenvalue spacings in a panel where they are densest: one panel resolves them to 1e-16."""

_WIDEST = 1.0
"""In u: the widest panel; for small N the density is as wide as a Gaussian of standard deviation 0.7."""

_SHRINK = 4.0
"""Ratio of neighbouring panels at a hard edge: functions of x with a pole at −r are resolved for every r."""


def panel_edges(m: int, n: int, parts: int = 1) -> Array:
    """Return the ends of the panels in u = √x for the eigenvalues of S; with `parts`, each divided into so many.

    Example:
        >>> len(panel_edges(64, 128)), len(panel_edges(1024, 1024))
        (59, 446)
    """
    least = max(abs(sqrt(n) - sqrt(m)) - TAILS[0], 0.0)
    greatest = sqrt(n) + sqrt(m) + TAILS[1]
    width = min(_WIDEST, _PERIODS * pi / (2 * sqrt(min(m, n)))) / parts
    edges = np.linspace(least, greatest, ceil((greatest - least) / width) + 1)
    if least > 0:
        return edges
    shrinking = [float(edges[1])]
    while shrinking[-1] > SMALLEST:
        shrinking.append(shrinking[-1] / _SHRINK)
    return np.concatenate([[0.0], shrinking[::-1], edges[2:]])


def eigenvalue_density(m: int, n: int, beta: int, panels: Panels) -> tuple[Array, Callable[[Array], Array]]:
    """Return the density at x = u² for the nodes u of the panels, and as a function of any x > 0.

    Args:
        m, n: the shape of W, at least 1.
        beta: 1 or 2.
        panels: a rule in u that covers the eigenvalues.

    Returns:
        Numbers of eigenvalues per unit of x: ∫ρ = min(m, n). Absolute errors are about 1e-15 of the largest value.
    """
    least, gap = min(m, n), abs(m - n)
    if beta == 2:

        def unitary(x: Array) -> Array:
            return np.maximum(laguerre_values(least, gap, x).kernel, 0)

        return unitary(panels.nodes**2), unitary
    if least == 1:
        return _chi_squared(gap + 1, panels)
    return _orthogonal(least, gap - 1, panels)


def _chi_squared(freedom: int, panels: Panels) -> tuple[Array, Callable[[Array], Array]]:
    def unscaled(x: Array) -> Array:
        return laguerre_values(1, freedom, x).lower / x

    values = unscaled(panels.nodes**2)
    norm = 2 * (panels.nodes * panels.weights) @ values
    return values / norm, lambda x: unscaled(x) / norm


def _orthogonal(least: int, a: int, panels: Panels) -> tuple[Array, Callable[[Array], Array]]:
    u = panels.nodes
    functions = laguerre_values(least, a, u**2)
    step = 2 * functions.difference / u
    base = functions.kernel + functions.total * panels.to_the_right(step) / 2
    if least % 2 == 0:
        constant = _half_integral(least, a) / 2
    else:
        measure = 2 * u * panels.weights
        constant = (measure @ base - least) / (measure @ functions.total / 2)

    @cache
    def integral() -> Antiderivative:
        return panels.antiderivative(step)  # a rule alone has no use for it

    def density(x: Array) -> Array:
        at = laguerre_values(least, a, x)
        right = integral().total - integral()(np.sqrt(x))
        return np.maximum(at.kernel + at.total * (right - constant) / 2, 0)

    return np.maximum(base - functions.total * constant / 2, 0), density


def _half_integral(least: int, a: int) -> float:
    """Return F(∞) for even N."""
    mp: Any = mpmath
    with mpmath_precision(120):
        power = mp.mpf(2) ** (mp.mpf(a) / 2) * mp.gammaprod([mp.mpf(least + a) / 2], [mp.mpf(least) / 2 + 1])
        return float(mp.sqrt(mp.gammaprod([least + 1], [least + a])) * power)
