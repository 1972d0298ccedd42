"""The finite-size density as anyone would write it down from the literature: NumPy in one go, mpmath at many digits."""

from fractions import Fraction
from math import lgamma, sqrt
from typing import Any

import mpmath as mp
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def _functions(count: int, c: int, x: Array) -> Array:
    """φ_k(x; c) = √(k!/Γ(k+c+1)) x^{c/2} e^{−x/2} L_k^{(c)}(x), k < count, one row each, by recurrence."""
    rows = np.empty((count, len(x)))
    rows[0] = np.exp((c * np.log(x) - x - lgamma(c + 1)) / 2)
    if count > 1:
        rows[1] = (c + 1 - x) / sqrt(c + 1) * rows[0]
    for k in range(1, count - 1):
        rows[k + 1] = ((2 * k + c + 1 - x) * rows[k] - sqrt(k * (k + c)) * rows[k - 1]) / sqrt((k + 1) * (k + c + 1))
    return rows


def numpy_variance(m: int, n: int, sigma: float) -> float:
    """The output variance at α = 1 by 16-point Gauss–Legendre panels, all φ_k in memory; |m − n| >= 2, min(m, n) even.

    Good up to sizes of some 300: e^{−x/2}, the first function of the recurrence, underflows beyond.
    """
    least, a = min(m, n), abs(m - n) - 1
    low, high = max(abs(sqrt(n) - sqrt(m)) - 6, 1e-9), sqrt(n) + sqrt(m) + 6
    edges = np.linspace(low, high, max(least // 2, 24))
    t, w = np.polynomial.legendre.leggauss(16)
    half = np.diff(edges)[:, None] / 2
    u = (half * t + edges[:-1, None] + half).ravel()
    weights = (half * w).ravel()
    x = u * u
    kernel = (_functions(least, a, x) ** 2).sum(axis=0)
    scale = sqrt(sqrt(least * (least + a)) / 2)
    phi = scale / u * _functions(least + 1, a - 1, x)[least]
    psi = scale / u * _functions(least, a + 1, x)[least - 1]
    steps = (2 * u * phi * weights).reshape(-1, 16)
    # ∫ over the panels before, and inside the panel by the antiderivative of the Lagrange polynomials.
    powers = np.arange(1, 17)
    primitives = (t[:, None] ** powers - (-1.0) ** powers) / powers
    inside = np.linalg.solve(np.vander(t, increasing=True).T, primitives.T).T
    values = (2 * u * phi).reshape(-1, 16)
    before = np.concatenate([[0], np.cumsum(steps.sum(axis=1))[:-1]])
    integral = (before[:, None] + (values @ inside.T) * half).ravel()
    density = kernel - psi * (integral - steps.sum() / 2)
    return float((2 * u * weights * density) @ (sigma**2 * x / (1 + sigma**2 * x))) / m


def mpmath_variance(size: int, ratio: Fraction, digits: int) -> Any:
    """The output variance of a square layer of even size at α/σ² = ratio by mpmath's quadrature of Edelman's density.

    ρ(x) = K(x) − ½ const · e^{−x/2}/√x · L_{N−1}(x) [F(x) − F(∞)/2] in polynomials, powers and an error function.
    """
    with mp.workdps(digits + 15):
        least, shift = size, mp.mpf(ratio.numerator) / ratio.denominator
        half = mp.mpf(1) / 2

        def laguerre(k: int, c: int, x: Any) -> Any:
            return mp.fsum(mp.binomial(k + c, k - i) * (-x) ** i / mp.factorial(i) for i in range(k + 1))

        # F' = x^{−3/2} e^{−x/2} L_N^{(−2)} = x^{1/2} e^{−x/2} L_{N−2}^{(2)} / (N (N−1)): its polynomial's coefficients.
        coefficients = [
            mp.binomial(least, least - 2 - i) * (-1) ** i / mp.factorial(i) / (least * (least - 1))
            for i in range(least - 1)
        ]

        def antiderivative(x: Any) -> Any:
            incomplete = mp.gammainc(3 * half, 0, x / 2)
            total, power, order = mp.mpf(0), 2 ** (3 * half), 3 * half
            for coefficient in coefficients:
                total += coefficient * power * incomplete
                incomplete = order * incomplete - (x / 2) ** order * mp.exp(-x / 2)
                power, order = 2 * power, order + 1
            return total

        limit = mp.fsum(c * 2 ** (3 * half + i) * mp.gamma(3 * half + i) for i, c in enumerate(coefficients))
        constant = mp.factorial(least) / mp.gamma(least - 1) / 2

        def density(u: Any) -> Any:
            x = u * u
            kernel = x * mp.exp(-x) * mp.fsum(laguerre(k, 1, x) ** 2 / (k + 1) for k in range(least - 1))
            edge = mp.exp(-x / 2) / u * laguerre(least - 1, 0, x)
            return kernel - constant * edge * (antiderivative(x) - limit / 2)

        def integrand(u: Any) -> Any:
            return 2 * u * density(u) * u * u / (shift + u * u)

        breaks = [mp.mpf(i) / 4 for i in range(4 * int(2 * sqrt(size)) + 48)]
        return mp.quad(integrand, breaks, method="gauss-legendre", maxdegree=5) / size
