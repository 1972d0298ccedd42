"""The σ that hands most through a chain of LDLT layers at initialisation.

A layer of a chain passes E tr H of its input and hands on E xᵀMx, M = I − H: next to nothing for small σ, where H is
small, and next to nothing for large σ, where M is. Between them lies a maximum, near He scale σ = √(2/n) and far
below the σ = 10/√n that nearly keeps the variance of a single layer.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.variance.activations import Activation
from wishart_moments.variance.activations import activation as named_activation
from wishart_moments.variance.depth import depth_profile

SMALLEST, LARGEST = 1e-2, 1e3
"""The range of s/√α that is searched."""

GRID_STEP = 0.2
"""The distance in log s of the points that are looked at before the search narrows."""

_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class BestSigma:
    """The maximum over s of the output's mean square at σ_l = s/√n_l.

    Attributes:
        scale: s.
        sigmas: σ_l of each layer.
        mean_square: of a coordinate of the output, for an input of mean square 1 and γ = 1.
        unimodal: whether the mean square rises and falls once on the grid of scales; if not, this is its highest hill.
    """

    scale: float
    sigmas: tuple[float, ...]
    mean_square: float
    unimodal: bool


def best_sigma(
    widths: Sequence[int],
    *,
    architecture: str = "chain",
    activation: str | Activation = "relu",
    alpha: float | Sequence[float] = 1.0,
) -> BestSigma:
    """Return argmax_s E‖y_L‖²/m_L at σ_l = s/√n_l, the scale that hands most through a chain.

    Args:
        widths: input, hidden and output widths; at least one hidden layer.
        architecture: "chain"; independent layers have no maximum.
        activation: as `depth_profile` takes it.
        alpha: α_l > 0, a number or one for each layer. With one α for all, s is proportional to √α.

    Returns:
        A BestSigma. s to a relative 1e-7 (the maximum is flat: the mean square to 1e-14), looked for between
        0.01 √min α and 1000 √max α. It is exact in the sense of `depth_profile`, so approximate for tanh and elu.

    Raises:
        DomainError: for independent layers, for chains without a hidden layer, and where the output grows with σ
            throughout, as with relu when every hidden layer is wider than its input (M does not vanish then).
        MethodError: for an unknown architecture. LimitError: if no σ brings the output above 1e-308.

    Cost: about 100 profiles, some 50 ms.

    Example:
        >>> best = best_sigma((64, 64, 64), activation="identity")
        >>> round(best.scale, 3), round(best.mean_square, 3)
        (2.059, 0.358)
    """
    f = named_activation(activation)
    # Any σ will do to have the arguments checked.
    layers = depth_profile(widths, 1.0, alpha=alpha, architecture=architecture, activation=f).layers
    if architecture != "chain":
        raise DomainError(
            "need architecture 'chain': with independent layers the output increases with sigma, without a maximum; "
            "use solve_sigma with a target variance"
        )
    if len(layers) < 2:
        raise DomainError(
            f"need a hidden layer, such as widths (28, 64, 1), got {shown(widths)}: the output of a single layer "
            "increases with sigma; use solve_sigma with a target variance"
        )

    def sigmas(scale: float) -> tuple[float, ...]:
        return tuple(scale / math.sqrt(each.n) for each in layers)

    def output(logarithm: float) -> float:
        at = sigmas(math.exp(logarithm))
        return depth_profile(widths, at, alpha=alpha, architecture=architecture, activation=f).output

    alphas = [each.alpha for each in layers]
    low, high = math.log(min(alphas)) / 2 + math.log(SMALLEST), math.log(max(alphas)) / 2 + math.log(LARGEST)
    grid = np.linspace(low, high, math.ceil((high - low) / GRID_STEP) + 1)
    values = np.array([output(point) for point in grid])
    top = int(values.argmax())
    if values[top] == 0:
        raise LimitError(
            f"need fewer than {len(layers)} layers: the output is below the range of floats at every sigma"
        )
    if top == len(grid) - 1:
        raise DomainError(
            f"need a chain whose output has a maximum; this one's grows with sigma, to {values[top]:.6g} at sigma = "
            f"{math.exp(grid[top]):.3g}/sqrt(n), for its hidden layers are wider than their inputs; choose sigma by "
            "depth_profile"
        )
    peak = _golden_section(output, float(grid[top - 1]), float(grid[top + 1]))
    turns = int(np.count_nonzero(np.diff(np.sign(np.diff(values)))))
    return BestSigma(math.exp(peak), sigmas(math.exp(peak)), output(peak), unimodal=turns == 1)


def _golden_section(f: Callable[[float], float], left: float, right: float) -> float:
    """Return the maximum of f between left and right, to 1e-8."""
    a, b = right - _GOLDEN * (right - left), left + _GOLDEN * (right - left)
    at_a, at_b = f(a), f(b)
    while right - left > 1e-8:
        if at_a > at_b:
            right, b, at_b = b, a, at_a
            a = right - _GOLDEN * (right - left)
            at_a = f(a)
        else:
            left, a, at_a = a, b, at_b
            b = left + _GOLDEN * (right - left)
            at_b = f(b)
    return (left + right) / 2
