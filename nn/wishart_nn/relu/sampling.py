"""The population gradient by sampled inputs: the mean over N inputs with its standard error, and how far it is off.

For Gaussian inputs the relative error of the sampled gating F(e, w)/N is known: with C = (π − θ) + sin θ cos θ

    E ‖1[e·x > 0] 1[w·x > 0] (w·x) x‖² = ‖w‖² (d + 2) C/2π,
    ‖E F/N‖² = ‖w‖² [(π − θ)² + 2 (π − θ) sin θ cos θ + sin² θ]/4π²,

and the root mean square of ‖F/N − E F/N‖/‖E F/N‖ is √((E‖·‖²/‖E F/N‖² − 1)/N).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wishart_moments import domain
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_nn.relu.angles import matrices
from wishart_nn.relu.population import population_gating

if TYPE_CHECKING:
    import torch
    from torch import Tensor

INPUTS = ("gaussian", "uniform")
BLOCK = 2**22
"""Numbers in a block of inputs."""


@dataclass(frozen=True)
class SampledGradient:
    """A mean of gradients over sampled inputs.

    Attributes:
        mean: of ∂/∂W ½ (g(x; W) − g(x; W*))² over the inputs, (K, d).
        standard_error: of each entry of the mean.
        draws: inputs.
    """

    mean: Tensor
    standard_error: Tensor
    draws: int

    def z(self, exact: Tensor) -> Tensor:
        """Return (mean − exact)/standard error, entry by entry; 0 where both differences and errors are 0."""
        import torch

        gap = self.mean - exact
        return torch.where(gap == 0, 0.0, gap / self.standard_error)


def draw_inputs(draws: int, d: int, inputs: str = "gaussian", generator: torch.Generator | None = None) -> Tensor:
    """Return X (draws, d) with independent entries of mean 0 and variance 1: N(0, 1) or uniform on [−√3, √3].

    Raises:
        DomainError: for an unknown kind of inputs.

    Example:
        >>> import torch
        >>> x = draw_inputs(1000, 2, "uniform", torch.Generator().manual_seed(0))
        >>> bool(x.abs().max() <= 3**0.5), x.dtype
        (True, torch.float64)
    """
    import torch

    shape = (domain.size(draws, "draws"), domain.size(d, "d"))
    if inputs not in INPUTS:
        raise DomainError(f"need inputs to be one of {', '.join(INPUTS)}; got {shown(inputs)}")
    if inputs == "gaussian":
        return torch.randn(shape, dtype=torch.float64, generator=generator)
    return (2 * torch.rand(shape, dtype=torch.float64, generator=generator) - 1) * 3**0.5


def sample_gradient(
    w: Any,
    teacher: Any,
    draws: int,
    *,
    inputs: str = "gaussian",
    generator: torch.Generator | None = None,
) -> SampledGradient:
    """Return the mean over sampled inputs of the gradient of ½ (Σ_j (w_j·x)₊ − Σ_i (w*_i·x)₊)².

    Args:
        w, teacher: (K, d) and (K*, d).
        draws: inputs, at least 2.
        inputs: "gaussian", or "uniform" of the same variance (for which the closed form is no longer exact).
        generator: of the inputs.

    Returns:
        A SampledGradient; for Gaussian inputs its mean is unbiased for `population_gradient`.

    Raises:
        DomainError: for shapes that do not fit, fewer than two draws, unknown inputs.

    Example:
        >>> import torch
        >>> found = sample_gradient([[1.0, 0.0]], [[0.0, 1.0]], 10_000, generator=torch.Generator().manual_seed(0))
        >>> found.mean.shape, bool((found.standard_error < 0.02).all())
        (torch.Size([1, 2]), True)
    """
    import torch

    w, teacher = matrices(torch.as_tensor(w), teacher, names=("w", "teacher"))
    count = domain.size(draws, "draws")
    if count < 2:
        raise DomainError("need at least 2 draws for a standard error, got 1")
    w, teacher = w.detach(), teacher.detach()
    first, second = torch.zeros_like(w), torch.zeros_like(w)
    step = max(BLOCK // w.shape[1], 1)
    for start in range(0, count, step):
        x = draw_inputs(min(step, count - start), w.shape[1], inputs, generator).to(w.device)
        ahead = x @ w.mT
        residual = ahead.clamp_min(0).sum(1) - (x @ teacher.mT).clamp_min(0).sum(1)
        gated = residual[:, None] * (ahead > 0)
        first += gated.mT @ x
        second += gated.square().mT @ x.square()
    mean = first / count
    spread = (second / count - mean.square()).clamp_min(0) * (count / (count - 1))
    return SampledGradient(mean, (spread / count).sqrt(), count)


def gating_relative_error(theta: Any, d: int, draws: int) -> Any:
    """Return the root mean square of ‖F/N − E F/N‖/‖E F/N‖ for N Gaussian inputs, F = XᵀD(e)D(w)Xw, θ = ∠(e, w).

    Args:
        theta: θ ∈ [0, π), radians; an array.
        d: inputs' dimension, >= 2.
        draws: N.

    Returns:
        The exact ratio; it grows like (π − θ)^{-1/2} towards π, where the mean vanishes.

    Raises:
        DomainError: for θ out of [0, π), d < 2.

    Example:
        >>> round(float(gating_relative_error(0.0, 10, 1000)), 6)
        0.151658
    """
    angles = np.asarray(theta, dtype=np.float64)
    if not bool(((angles >= 0) & (angles < np.pi)).all()):
        raise DomainError(f"need 0 <= theta < pi, got {shown(theta)}")
    size, count = domain.size(d, "d"), domain.size(draws, "draws")
    if size < 2:
        raise DomainError("need d >= 2 for an angle, got 1")
    rest, wave = np.pi - angles, np.sin(angles) * np.cos(angles)
    second = (size + 2) * (rest + wave) / (2 * np.pi)
    first = (rest**2 + 2 * rest * wave + np.sin(angles) ** 2) / (4 * np.pi**2)
    return np.sqrt((second / first - 1) / count)


def measure_gating_error(
    theta: float,
    d: int,
    draws: int,
    *,
    trials: int = 100,
    inputs: str = "gaussian",
    generator: torch.Generator | None = None,
) -> float:
    """Return the root mean square over trials of ‖F/N − E F/N‖/‖E F/N‖, E F being the closed form for Gaussian inputs.

    For each trial e and w are a random pair of unit vectors at the angle θ: for uniform inputs the plane matters.

    Args:
        theta: θ ∈ [0, π).
        d: inputs' dimension, >= 2.
        draws: N, inputs in a trial.
        trials: repetitions.
        inputs: "gaussian" or "uniform".
        generator: of planes and inputs.

    Raises:
        DomainError: for arguments out of their domains.

    Example:
        >>> import torch
        >>> error = measure_gating_error(1.0, 10, 1000, trials=50, generator=torch.Generator().manual_seed(0))
        >>> 0.8 < error / float(gating_relative_error(1.0, 10, 1000)) < 1.2
        True
    """
    import torch

    linalg: Any = torch.linalg
    gating_relative_error(theta, d, draws)
    total = 0.0
    for _ in range(domain.size(trials, "trials")):
        frame: Any = linalg.qr(torch.randn(d, 2, dtype=torch.float64, generator=generator))[0]
        w: Any = frame[:, 0]
        e: Any = np.cos(theta) * frame[:, 0] + np.sin(theta) * frame[:, 1]
        exact = population_gating(e, w)
        x = draw_inputs(draws, d, inputs, generator)
        ahead: Any = x @ w
        sampled: Any = (ahead.clamp_min(0) * (x @ e > 0)) @ x / draws
        total += float((sampled - exact).square().sum() / exact.square().sum())
    return (total / trials) ** 0.5
