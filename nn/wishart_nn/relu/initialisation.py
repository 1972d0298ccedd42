"""Where to start one ReLU so that it learns its teacher: uniformly in a small ball.

‖w⁰ − w*‖ < ‖w*‖ suffices for convergence. Of a ball of radius R = ε √(2π/(d + 1)) ‖w*‖ about the origin at least the
share (1 − ε)/2 is so near the teacher; the exact share is, with ρ = R/‖w*‖, c = 1 − ρ²/4 and the regularised incomplete
beta function I,

    p(d, ρ) = ½ I_c((d + 1)/2, ½) + ½ ρ^{−d} I_{ρ² c}((d + 1)/2, ½)    for ρ <= √2

(two caps of balls), which tends to Φ(−ε √(π/2)) as d grows. In fact every start with w⁰·w* > −‖w⁰‖‖w*‖ converges under
the population gradient: the component of −∂L/∂w that turns w towards w* is positive, and at w = 0 no direction but
−w* leads into the origin. The success probability of the flow is 1.

References: arXiv:1703.00560.
"""

from __future__ import annotations

from importlib import import_module
from math import pi, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import mpmath

from wishart_moments import domain
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

mp: Any = mpmath


def relu_init_radius(d: int, epsilon: float, scale: float = 1.0) -> float:
    """Return R = ε √(2π/(d + 1)) ‖w*‖: uniform in this ball, one ReLU converges with probability >= (1 − ε)/2.

    Args:
        d: inputs of the unit, >= 1.
        epsilon: ε ∈ (0, 1].
        scale: ‖w*‖ > 0.

    Raises:
        DomainError: for arguments out of their domains.

    Example:
        >>> relu_init_radius(99, 0.5) == 0.5 * (2 * pi / 100) ** 0.5
        True
        >>> relu_init_radius(99, 0.0)
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need 0 < epsilon <= 1, got 0.0
    """
    return _epsilon(epsilon) * sqrt(2 * pi / (domain.size(d, "d") + 1)) * domain.positive(scale, "scale")


def relu_init_std(d: int, epsilon: float, scale: float = 1.0) -> float:
    """Return R/√(d + 2), the standard deviation of a coordinate of a uniform point in the ball of `relu_init_radius`.

    Example:
        >>> round(relu_init_std(100, 0.5) * 100, 3)
        1.235
    """
    return relu_init_radius(d, epsilon, scale) / sqrt(d + 2)


def ball_uniform_(tensor: Tensor, radius: float, *, generator: torch.Generator | None = None) -> Tensor:
    """Fill with independent points, uniform in the ball ‖w‖ <= R of the last dimension: E w_i² = R²/(d + 2).

    Args:
        tensor: (..., d), floating; each vector along the last dimension is a point.
        radius: R > 0, such as `relu_init_radius` gives.
        generator: of the points.

    Returns:
        The tensor, filled in place.

    Raises:
        DomainError: for a radius that is not positive and finite, a tensor without dimensions or not floating.

    Example:
        >>> import torch
        >>> w = ball_uniform_(torch.empty(1000, 3), 2.0, generator=torch.Generator().manual_seed(0))
        >>> bool((w.norm(dim=1) <= 2).all()), 0.75 < float(w.square().mean()) < 0.85
        (True, True)
    """
    import torch

    reach = domain.positive(radius, "radius")
    if not tensor.ndim or not tensor.shape[-1] or not tensor.is_floating_point():
        raise DomainError(
            f"need a floating tensor of shape (..., d), got {tensor.dtype} of shape {tuple(tensor.shape)}"
        )
    options: dict[str, Any] = {"dtype": torch.float64, "device": tensor.device, "generator": generator}
    with torch.no_grad():
        direction: Any = torch.randn(tensor.shape, **options)
        length: Any = torch.rand((*tensor.shape[:-1], 1), **options) ** (1 / tensor.shape[-1])
        # Rounding to the dtype must not lead out of the ball.
        room = 1 - 4 * torch.finfo(tensor.dtype).eps
        return tensor.copy_(direction * (room * reach * length / direction.norm(dim=-1, keepdim=True)))


def success_bound(epsilon: float) -> float:
    """Return (1 − ε)/2, what is promised for the ball of `relu_init_radius`.

    Example:
        >>> success_bound(0.5)
        0.25
    """
    return (1 - _epsilon(epsilon)) / 2


def nearer_probability(d: int, epsilon: float) -> float:
    """Return P(‖w − w*‖ < ‖w*‖) for w uniform in the ball of radius ε √(2π/(d + 1)) ‖w*‖.

    Args:
        d: inputs of the unit, >= 1.
        epsilon: ε ∈ (0, 1].

    Returns:
        The probability, correctly rounded up to some 1e-16; never below (1 − ε)/2.

    Raises:
        DomainError: for arguments out of their domains.

    Example:
        >>> [round(nearer_probability(d, 0.5), 4) for d in (2, 10, 1000)]
        [0.4222, 0.3069, 0.2659]
    """
    size = domain.size(d, "d")
    ratio = relu_init_radius(size, epsilon)
    with mp.workdps(30):
        rho = mp.mpf(ratio)
        if rho >= 2:
            return float(rho**-size)
        shape, half = mp.mpf(size + 1) / 2, mp.mpf(1) / 2
        core = 1 - rho**2 / 4
        own = mp.betainc(shape, half, 0, core, regularized=True) / 2
        # Of the unit ball about w* what lies beyond the common plane: less than half of it if ρ² < 2.
        cap = mp.betainc(shape, half, 0, rho**2 * core, regularized=True) / 2
        other = cap if rho**2 <= 2 else 1 - cap
        return float(own + other * rho**-size)


class Interval(NamedTuple):
    """A confidence interval of a probability."""

    lower: float
    upper: float


def wilson_interval(successes: int, trials: int, level: float = 0.95) -> Interval:
    """Return Wilson's score interval for a probability, by `scipy.stats.binomtest`.

    Raises:
        DomainError: unless 0 <= successes <= trials, trials >= 1 and 0 < level < 1.

    References: Wilson, Probable inference, 1927.

    Example:
        >>> [round(end, 4) for end in wilson_interval(10, 10)]
        [0.7225, 1.0]
    """
    hits, count = domain.order(successes, "successes"), domain.size(trials, "trials")
    if hits > count:
        raise DomainError(f"need successes <= trials, got {hits} of {count}")
    if not 0 < domain.real(level, "level", "> 0") < 1:
        raise DomainError(f"need 0 < level < 1, got {shown(level)}")
    stats: Any = import_module("scipy.stats")
    found: Any = stats.binomtest(hits, count).proportion_ci(level, method="wilson")
    return Interval(float(found.low), float(found.high))


def _epsilon(epsilon: float) -> float:
    value = domain.real(epsilon, "epsilon", "> 0")
    if not 0 < value <= 1:
        raise DomainError(f"need 0 < epsilon <= 1, got {shown(epsilon)}")
    return value
