"""The σ, or the α, that gives a layer the output variance that is wanted."""

from math import exp, inf, log, sqrt
from typing import Any

import numpy as np

from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.variance.arguments import Layer, layer, single
from wishart_moments.variance.predictor import trace_and_slope

MAX_STEPS = 200

_LARGEST, _SMALLEST = 1e40, 1e-40


def solve_sigma(m: Any, n: Any, target: Any, *, alpha: Any = 1.0, gamma: Any = 1.0) -> float:
    """Return the σ at which the output variance of the layer is `target`: safeguarded Newton on the exact derivative.

    The variance increases with σ from 0 to its supremum γ² min(1, n/m), which no σ reaches.

    Args:
        m: outputs, 1 to 4096.
        n: inputs, 1 to 4096.
        target: the variance wanted, 0 <= target < γ² min(1, n/m).
        alpha: α > 0.
        gamma: γ > 0.

    Returns:
        σ, a float, such that `output_variance` returns the target to some 1e-15 of its supremum.

    Raises:
        DomainError: where the target is out of reach; the supremum is named.

    Example:
        >>> sigma = solve_sigma(64, 64, 0.9)
        >>> round(sigma * 64**0.5, 6)  # in units of 1/√n
        9.83004
        >>> solve_sigma(128, 28, 0.5)
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need 0 <= target < 0.21875 = gamma^2 min(1, n/m), got 0.5
    """
    shape = single(layer(m, n, 1.0, alpha, gamma))
    ratio = _ratio(shape, target)
    return 0.0 if ratio is None else sqrt(float(shape.alpha) / ratio)


def alpha_for(m: Any, n: Any, target: Any, *, sigma: Any, gamma: Any = 1.0) -> float:
    """Return the α at which the output variance of the layer is `target`, at the given σ.

    The variance decreases with α from γ² min(1, n/m) to 0.

    Args:
        m, n: outputs and inputs, 1 to 4096.
        target: the variance wanted, 0 < target < γ² min(1, n/m).
        sigma: σ > 0.
        gamma: γ > 0.

    Returns:
        α, such that `output_variance` returns the target to some 1e-15 of its supremum: a float without further error.

    Raises:
        DomainError: where the target is out of reach, for σ = 0, and where α leaves the range of floats.

    Example:
        >>> round(alpha_for(64, 64, 0.9, sigma=0.125), 9)
        0.010348786
    """
    shape = single(layer(m, n, sigma, 1.0, gamma))
    if not shape.sigma > 0:
        raise DomainError("need sigma > 0: at sigma = 0 the variance is 0 for every alpha")
    ratio = _ratio(shape, target)
    if ratio is None:
        raise DomainError("need target > 0: no alpha makes the variance 0")
    sigma = float(shape.sigma)
    alpha = ratio * sigma * sigma
    if not 0 < alpha < inf:
        raise DomainError(f"need sigma at which alpha is within the range of floats, got {domain.shown(sigma)}")
    return alpha


def _ratio(shape: Layer, target: Any) -> float | None:
    """Return r = α/σ², None for infinity."""
    wanted = domain.real(target, "target", ">= 0")
    supremum = float(shape.gain) * min(1.0, shape.n / shape.m)
    if not 0 <= wanted < supremum:
        raise DomainError(f"need 0 <= target < {supremum:.12g} = gamma^2 min(1, n/m), got {domain.shown(target)}")
    if wanted == 0:
        return None
    trace = wanted / float(shape.gain) * shape.m
    product = float(shape.m) * shape.n
    if trace < 1e-25 * product:
        # T(r) = mn/r up to a relative (m + n)/r.
        return product / trace
    low, high = log(_SMALLEST), log(_LARGEST)
    at, one = log(max(shape.m, shape.n)), np.asarray(1.0)
    for _ in range(MAX_STEPS):
        value, slope = (float(part) for part in trace_and_slope(shape._replace(alpha=np.asarray(exp(at)), sigma=one)))
        error = value - trace
        low, high = (at, high) if error > 0 else (low, at)
        step = error / slope if slope > 0 else 0.0
        following = at + step
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - at) <= 1e-15 * max(abs(at), 1.0):
            return exp(following)
        at = following
    if min(at - log(_SMALLEST), log(_LARGEST) - at) < 1:
        raise LimitError(f"target {domain.shown(target)} is closer to 0 or to {supremum:.12g} than float64 can tell")
    return exp(at)
