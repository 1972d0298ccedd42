"""Activations by name, as modules: one vocabulary with the laws of `wishart_moments.variance.activations`.

What a network may assume of f decides its constants. Slope-restricted, 0 <= (f(a) − f(b))/(a − b) <= 1 in each
coordinate: ‖Δf‖² <= Δf·Δy. Norm-preserving (abs, GroupSort, Householder): the Jacobian is orthogonal, ‖Δf‖ <= ‖Δy‖ and
nothing better.
"""

import math
from typing import Any, cast

import torch
from torch import Tensor, nn

from wishart_moments import domain
from wishart_moments.errors import DomainError
from wishart_moments.variance.activations import ACTIVATIONS, LEAKY_SLOPE, Activation
from wishart_moments.variance.activations import activation as named_activation

__all__ = ["ACTIVATIONS", "Abs", "GroupSort", "Householder", "activation_law", "activation_module"]


class Abs(nn.Module):
    """y ↦ |y|: keeps the norm, 1-Lipschitz.

    Example:
        >>> Abs()(torch.tensor([-1.0, 2.0]))
        tensor([1., 2.])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return |x|."""
        return x.abs()


class GroupSort(nn.Module):
    """y ↦ y with each group of g neighbouring coordinates in ascending order: keeps the norm, 1-Lipschitz.

    Args:
        group: g >= 2; 2 is MaxMin; `None` sorts all coordinates as one group.

    Raises:
        DomainError: on the call, if the last dimension is not a multiple of g.

    References: Anil, Lucas, Grosse, Sorting out Lipschitz function approximation, arXiv:1811.05381.

    Example:
        >>> GroupSort()(torch.tensor([3.0, 1.0, 0.0, 2.0])), GroupSort(None)(torch.tensor([3.0, 1.0, 0.0, 2.0]))
        (tensor([1., 3., 0., 2.]), tensor([0., 1., 2., 3.]))
    """

    def __init__(self, group: int | None = 2) -> None:
        super().__init__()
        self.group = None if group is None else domain.size(group, "group")
        if self.group == 1:
            raise DomainError("need groups of an integer >= 2 coordinates, got 1")

    def forward(self, x: Tensor) -> Tensor:
        """Return x with sorted groups."""
        if self.group is None:
            return cast(Any, x).sort(dim=-1).values
        _fits(x.shape[-1], self.group, "groupsort")
        groups = cast(Any, x).unflatten(-1, (-1, self.group))
        if self.group == 2:
            first, second = groups.unbind(-1)
            return torch.stack((torch.minimum(first, second), torch.maximum(first, second)), -1).flatten(-2)
        return groups.sort(dim=-1).values.flatten(-2)

    def extra_repr(self) -> str:
        """Return the size of a group."""
        return f"{self.group}"


class Householder(nn.Module):
    """y ↦ y, with each pair reflected at a line of its own if it lies on the line's negative side: keeps the norm.

    A pair p with the unit vector v = (sin θ/2, −cos θ/2) goes to p if v·p <= 0 and to p − 2(v·p)v otherwise: it is
    continuous and 1-Lipschitz for every angle θ, which is learned. π/2 at the start: MaxMin, (min, max) of the pair.

    Args:
        features: the (even) number of coordinates.

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
        """Return x with the pairs reflected."""
        if x.shape[-1] != self.features:
            raise DomainError(f"need {self.features} features for this householder, got {x.shape[-1]}")
        pairs = cast(Any, x).unflatten(-1, (-1, 2))
        v = torch.stack((torch.sin(self.theta / 2), -torch.cos(self.theta / 2)), -1)
        beyond = (pairs * v).sum(-1, keepdim=True).clamp_min(0)
        return (pairs - 2 * beyond * v).flatten(-2)

    def extra_repr(self) -> str:
        """Return the number of coordinates."""
        return f"{self.features}"


def activation_law(name: str | Activation) -> Activation:
    """Return the law of an activation: slope_restricted, group, and the mean squares it passes.

    Example:
        >>> activation_law("relu").slope_restricted, activation_law("groupsort:4").group
        (True, 4)
    """
    return named_activation(name)


def activation_module(
    name: str, features: int, *, device: torch.device | None = None, dtype: torch.dtype | None = None
) -> nn.Module:
    """Return the activation of a name for so many features.

    Args:
        name: one of `ACTIVATIONS`; "leaky_relu:0.2", with a slope in [−1, 1], and "groupsort:4" take a parameter.
        features: the width; a multiple of the size of a group.
        device, dtype: of the parameters, where there are any (householder).

    Raises:
        DomainError: for an unknown name, a parameter out of range, a width that does not fit.

    Example:
        >>> activation_module("leaky_relu:0.2", 5), activation_module("groupsort", 4)
        (LeakyReLU(negative_slope=0.2), GroupSort(2))
        >>> activation_module("groupsort", 5)
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need widths that are multiples of 2 for groupsort, got 5
    """
    law = named_activation(name)
    _fits(domain.size(features, "features"), law.group, law.name)
    base, _, parameter = law.name.partition(":")
    if base == "leaky_relu":
        return nn.LeakyReLU(float(parameter) if parameter else LEAKY_SLOPE)
    if base == "groupsort":
        return GroupSort(law.group)
    if base == "householder":
        return Householder(features, device=device, dtype=dtype)
    plain = {"identity": nn.Identity, "relu": nn.ReLU, "abs": Abs, "tanh": nn.Tanh, "elu": nn.ELU}
    return plain[base]()


def _fits(features: int, group: int, name: str) -> None:
    if features % group:
        raise DomainError(f"need widths that are multiples of {group} for {name}, got {features}")
