"""Activations by name, as modules: one vocabulary with the laws of `wishart_moments.variance.activations`.

What a network may assume of f decides its constants. Slope-restricted, 0 <= (f(a) − f(b))/(a − b) <= 1 in each
coordinate: ‖Δf‖² <= Δf·Δy. Norm-preserving (abs, GroupSort, Householder): ‖Δf‖ <= ‖Δy‖ and nothing better.
"""

import math
from typing import Any, cast

import torch
from torch import Tensor, nn

from wishart_moments import domain
from wishart_moments.errors import DomainError
from wishart_moments.variance.activations import ACTIVATIONS, Activation
from wishart_moments.variance.activations import activation as named_activation


class Abs(nn.Module):
    """y ↦ |y|: keeps the norm, 1-Lipschitz. It takes no arguments.

    Example:
        >>> Abs()(torch.tensor([-1.0, 2.0]))
        tensor([1., 2.])
    """

    def forward(self, x: Tensor) -> Tensor:
        return x.abs()


class GroupSort(nn.Module):
    """y ↦ y with each group of g neighbouring coordinates in ascending order: keeps the norm, 1-Lipschitz.

    Args:
        group: g >= 2; 2 is MaxMin; `None` sorts all coordinates as one group.
        dim: of the coordinates: −1, the last; −3 for the channels of images.

    Raises:
        DomainError: on the call, if this dimension is not a multiple of g.

    References: Anil, Lucas, Grosse, Sorting out Lipschitz function approximation, arXiv:1811.05381.

    Example:
        >>> GroupSort()(torch.tensor([3.0, 1.0, 0.0, 2.0])), GroupSort(None)(torch.tensor([3.0, 1.0, 0.0, 2.0]))
        (tensor([1., 3., 0., 2.]), tensor([0., 1., 2., 3.]))
    """

    def __init__(self, group: int | None = 2, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim
        self.group = None if group is None else domain.size(group, "group")
        if self.group == 1:
            raise DomainError("need groups of an integer >= 2 coordinates, got 1")

    def forward(self, x: Tensor) -> Tensor:
        return self._sorted(x) if self.dim == -1 else self._sorted(x.movedim(self.dim, -1)).movedim(-1, self.dim)

    def _sorted(self, x: Tensor) -> Tensor:
        if self.group is None:
            return cast(Any, x).sort(dim=-1).values
        _fits(x.shape[-1], self.group, "groupsort")
        groups = cast(Any, x).unflatten(-1, (-1, self.group))
        if self.group == 2:
            first, second = groups.unbind(-1)
            return torch.stack((torch.minimum(first, second), torch.maximum(first, second)), -1).flatten(-2)
        return groups.sort(dim=-1).values.flatten(-2)

    def extra_repr(self) -> str:
        return f"{self.group}" + (f", dim={self.dim}" if self.dim != -1 else "")


class Householder(nn.Module):
    """y ↦ y, with each pair reflected at a line of its own if it lies on the line's negative side: keeps the norm.

    A pair p with the unit vector v = (sin θ/2, −cos θ/2) goes to p − 2 max(0, v·p)v: continuous and 1-Lipschitz for
    every angle θ, which is learned. π/2 at the start: MaxMin, (min, max) of the pair.

    Args:
        features: the (even) number of coordinates.
        device, dtype: of the angles.

    Raises:
        DomainError: if features is odd, or differs from the last dimension on the call.

    References: Singla, Singla, Feizi, Improved deterministic l2 robustness, arXiv:2108.04062.

    Example:
        >>> Householder(2)(torch.tensor([3.0, 1.0])).detach().round(decimals=4)
        tensor([1., 3.])
    """

    def __init__(self, features: int, *, device: torch.device | None = None, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        self.features = domain.size(features, "features")
        _fits(self.features, 2, "householder")
        self.theta = nn.Parameter(torch.full((self.features // 2,), math.pi / 2, device=device, dtype=dtype))

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-1] != self.features:
            raise DomainError(f"need {self.features} features for this householder, got {x.shape[-1]}")
        pairs = cast(Any, x).unflatten(-1, (-1, 2))
        v = torch.stack((torch.sin(self.theta / 2), -torch.cos(self.theta / 2)), -1)
        beyond = (pairs * v).sum(-1, keepdim=True).clamp_min(0)
        return (pairs - 2 * beyond * v).flatten(-2)

    def extra_repr(self) -> str:
        return str(self.features)


class PiecewiseLinear(nn.Module):
    """y ↦ a y for y >= 0, b y for y < 0: an activation of one's own.

    Args:
        positive, negative: a and b, in [−1, 1].

    Raises:
        DomainError: for another slope.

    Example:
        >>> PiecewiseLinear(1.0, -0.5)(torch.tensor([2.0, -2.0]))
        tensor([2., 1.])
    """

    def __init__(self, positive: float, negative: float) -> None:
        super().__init__()
        named_activation(f"piecewise_linear:{positive},{negative}")
        self.positive, self.negative = float(positive), float(negative)

    def forward(self, x: Tensor) -> Tensor:
        return torch.where(x < 0, self.negative * x, self.positive * x)

    def extra_repr(self) -> str:
        return f"{self.positive}, {self.negative}"


_NAMES: dict[type[nn.Module], str] = {
    nn.Identity: "identity",
    nn.ReLU: "relu",
    nn.LeakyReLU: "leaky_relu:{0.negative_slope}",
    nn.Tanh: "tanh",
    nn.ELU: "elu",
    Abs: "abs",
    GroupSort: "groupsort:{0.group}",
    Householder: "householder",
    PiecewiseLinear: "piecewise_linear:{0.positive},{0.negative}",
}


def activation_law(given: Any) -> Activation:
    """Return the law of an activation: slope_restricted, group, and the mean squares it passes.

    Args:
        given: a name of `ACTIVATIONS`, or a module that has one: nn.ReLU(), nn.LeakyReLU(0.2), GroupSort(4), …;
            anything else raises a DomainError.

    Example:
        >>> activation_law("relu").slope_restricted, activation_law(nn.LeakyReLU(0.2)).name
        (True, 'leaky_relu:0.2')
    """
    if not isinstance(given, nn.Module):
        return named_activation(given)
    name = _NAMES.get(type(given), "").format(given)
    if not name or name == "groupsort:None" or getattr(given, "alpha", 1) != 1:
        raise DomainError(f"no law for {domain.shown(given)}; there are {', '.join(ACTIVATIONS)} and their modules")
    return named_activation(name)


def activation_module(
    name: Any, features: int, *, device: torch.device | None = None, dtype: torch.dtype | None = None
) -> nn.Module:
    """Return the activation of a name for so many features.

    Args:
        name: one of `ACTIVATIONS`; "leaky_relu:0.2", "groupsort:4" and "piecewise_linear:1,0.3" take parameters; or a
            module with a name.
        features: the width; a multiple of the size of a group.
        device, dtype: of the parameters, where there are any (householder).

    Returns:
        A new module.

    Raises:
        DomainError: for an unknown name, a parameter out of range, a width that does not fit.

    Example:
        >>> activation_module("leaky_relu:0.2", 5), activation_module("groupsort", 4)
        (LeakyReLU(negative_slope=0.2), GroupSort(2))
        >>> activation_module("groupsort", 5)
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need widths that are multiples of 2 for groupsort, got 5
    """
    law = activation_law(name)
    _fits(domain.size(features, "features"), law.group, law.name)
    base, _, given = law.name.partition(":")
    if base == "householder":
        return Householder(features, device=device, dtype=dtype)
    if base == "groupsort":
        return GroupSort(law.group)
    kind: Any = next(kind for kind, text in _NAMES.items() if text.partition(":")[0] == base)
    return kind(*map(float, given.split(","))) if given else kind()


def slopes(module: nn.Module) -> tuple[float, bool] | None:
    """Return a Lipschitz constant and whether every coordinate's slopes lie in [0, 1]; None for what is not known.

    Softmax: its Jacobian diag p − ppᵀ has a norm of at most ½ (Gao and Pavel, arXiv:1704.00805). Average pooling: an
    input is in at most r = Π⌈k/s⌉ windows, and a window of Πk entries averages with norm (Πk)^{-1/2}: (r/Πk)^{1/2}.
    The greatest of a window is 1-Lipschitz: max pooling has r^{1/2}. Permutations, such as PixelUnshuffle, have 1.

    Example:
        >>> slopes(nn.Sigmoid()), slopes(nn.LeakyReLU(-0.5)), slopes(nn.AvgPool2d(2)), slopes(nn.GELU())
        ((0.25, True), (1.0, False), (0.5, False), None)
        >>> slopes(nn.MaxPool2d(2)), slopes(nn.MaxPool2d(3, 2))
        ((1.0, False), (2.0, False))
    """
    match module:
        case nn.Flatten() | nn.Unflatten() | nn.Identity() | nn.Dropout(training=False):
            return 1.0, True
        case nn.ReLU() | nn.ReLU6() | nn.Tanh() | nn.Hardtanh() | nn.Hardsigmoid() | nn.Softsign():
            return 1.0, True
        case nn.Softplus(threshold=threshold) if threshold >= 20:  # it jumps there, by less than rounding
            return 1.0, True
        case nn.CELU(alpha=alpha) if alpha > 0:
            return 1.0, True
        case nn.Sigmoid():
            return 0.25, True
        case nn.Softmax():
            return 0.5, False
        case Abs() | GroupSort() | Householder() | nn.PixelUnshuffle() | nn.PixelShuffle() | nn.ChannelShuffle():
            return 1.0, False
        case nn.AdaptiveAvgPool2d(output_size=1 | (1, 1)):  # (HW)^{-1/2} for images H×W, which are not known
            return 1.0, False
        case nn.ELU(alpha=alpha) if alpha > 0:
            return _steepest(1.0, alpha)
        case nn.LeakyReLU(negative_slope=slope):
            return _steepest(1.0, slope)
        case PiecewiseLinear(positive=positive, negative=negative):
            return _steepest(positive, negative)
        case nn.PReLU(weight=weight):
            return _steepest(1.0, *cast(Any, weight.detach()).flatten().tolist())
        case nn.AvgPool1d() | nn.MaxPool1d():
            return _pooling(module, 1)
        case nn.AvgPool2d() | nn.MaxPool2d():
            return _pooling(module, 2)
        case nn.AvgPool3d() | nn.MaxPool3d():
            return _pooling(module, 3)
        case _:
            return None


def _steepest(*found: float) -> tuple[float, bool]:
    return max(map(abs, found)), all(0 <= slope <= 1 for slope in found)


def _pooling(module: Any, axes: int) -> tuple[float, bool] | None:
    sizes, strides, padding = (
        cast("tuple[int, ...]", value) if isinstance(value, tuple) else (int(value),) * axes
        for value in (module.kernel_size, module.stride, module.padding)
    )
    seen = math.prod(-(-k // s) for k, s in zip(sizes, strides, strict=True))
    if isinstance(module, nn.MaxPool1d | nn.MaxPool2d | nn.MaxPool3d):
        return None if module.return_indices or module.dilation not in (1, (1,) * axes) else (seen**0.5, False)
    if module.ceil_mode or (any(padding) and not module.count_include_pad) or getattr(module, "divisor_override", None):
        return None
    return (seen / math.prod(sizes)) ** 0.5, False


def _fits(features: int, group: int, name: str) -> None:
    if features % group:
        raise DomainError(f"need widths that are multiples of {group} for {name}, got {features}")
