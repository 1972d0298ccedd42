"""Bounds on the output variance that the first moments prove, at every σ."""

import math
import sys
from typing import Any, NamedTuple

import numpy as np

from wishart_moments import domain
from wishart_moments.spectrum.gauss_radau import HUGE, MAX_SIZE, gauss_radau
from wishart_moments.variance.arguments import Array, Layer, layer, unwrapped

_SLACK = 6 * 2.0**-53
"""More than the relative rounding errors of α/σ² (2 units) and of the quotient by m (1)."""

_GAIN_SLACK = 4 * 2.0**-53
"""More than those of the two products by γ."""


class Bounds(NamedTuple):
    """lower <= variance <= upper."""

    lower: Any
    upper: Any


def moment_bounds(m: Any, n: Any, sigma: Any, *, alpha: Any = 1.0, gamma: Any = 1.0, order: Any = 10) -> Bounds:
    """(γ²/m) E tr S(αI/σ² + S)^{-1} between the Gauss and the Gauss–Radau rule of E tr S^k, k <= order.

    The bounds use what the Taylor series of that order uses, hold at every σ, and narrow with every order. Where the
    series explodes they stay within [0, γ² min(1, n/m)].

    Args:
        m, n: the number of outputs and of inputs, integers from 1 to 10^9.
        sigma: the standard deviation of the entries of W, >= 0.
        alpha, gamma: the regularisation and the gain, > 0; they broadcast against sigma.
        order: the last moment in use, 1..1000.

    Returns:
        lower and upper, floats or arrays of the broadcast shape; rigorous, rounding errors included (they widen each
        bound by less than 4e-15 of it). Widths at σ² = 1/n, α = 1, from orders 9, 19, 39:

            10 × 12     4.3e-4   4.2e-7    7.2e-12
            64 × 128    4.6e-5   7.5e-10   8e-16

        They narrow slowly at the hard edge, m near n with α/σ² below 1/n.

    Raises:
        DomainError: for arguments outside these domains.
        LimitError: for order > 1000 or m, n > 10^9.

    Cost:
        The first call for a shape and an order takes some ms (order 100: 10 ms), the next only the evaluation.

    References:
        Golub, Meurant, Matrices, Moments and Quadrature (2010), ch. 6.

    Example:
        >>> bounds = moment_bounds(10, 12, 12**-0.5)
        >>> round(bounds.lower, 6), round(bounds.upper, 6)  # exact: 0.393363
        (0.393296, 0.393487)
    """
    shape = layer(m, n, sigma, alpha, gamma, max_size=MAX_SIZE)
    last = domain.order(order, "order")
    ratio = shape.ratio
    lower, upper = gauss_radau(shape.m, shape.n, last).trace_bounds(ratio)
    # A ratio that left the range of floats is known by its side only: T(r) <= mn/r decides.
    upper = np.where(ratio > HUGE, float(shape.m) * float(shape.n) / HUGE, upper)
    return with_gain(shape, lower * (1 - _SLACK) / shape.m, upper * (1 + _SLACK) / shape.m)


def with_gain(shape: Layer, lower: Array, upper: Array) -> Bounds:
    """Return bounds on the variance from those on the variance at γ = 1: within its range, rounded outwards.

    Example:
        >>> with_gain(layer(4, 2, 1.0, 1.0, 2.0), np.array(-1.0), np.array(np.nan))  # nan: nothing is known
        Bounds(lower=0.0, upper=2.0000000000000013)
    """
    gamma = shape.gamma
    most = 1.0 if shape.n >= shape.m else float(np.nextafter(shape.n / shape.m, 1.0))
    slack = np.where(gamma == 1, 0.0, _GAIN_SLACK)
    least, largest = math.ulp(0.0), sys.float_info.max
    with np.errstate(over="ignore", under="ignore"):
        low = gamma * (gamma * np.clip(np.fmax(lower, 0.0), 0.0, most)) * (1 - slack) - least
        high = gamma * (gamma * np.clip(np.fmin(upper, most), 0.0, most)) * (1 + slack) + least
    positive = shape.sigma > 0
    low = np.where(positive, np.clip(low, 0.0, largest), 0.0)
    return Bounds(unwrapped(low), unwrapped(np.where(positive, high, 0.0)))
