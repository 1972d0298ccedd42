"""Networks for classification in one shape, made of the 1-Lipschitz layers that one would use instead, and of ours.

Orthogonal and rescaled layers stand in n → m with GroupSort between; SLL is a residual layer of another form, whose
network keeps the width of its input, with inner layers as wide as the others' hidden ones, and ends in an AOL layer.
Of orthogonium's ways to orthogonality it is the fastest, Cholesky: the default costs five times as much a step here.
"""

import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import pairwise
from math import prod
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import orthogonal

from benchmarks.peers.installed_layers import open_peers
from benchmarks.peers.ldlt_layers import aol, sll
from wishart_nn import LDLTChain, LDLTNetwork, certified_radius, match_step_
from wishart_nn.activations import GroupSort
from wishart_nn.positive_definite import certified_norm
from wishart_nn.protocol import LDLTModule

START_RATE = 3e-3
"""The learning rate to which the weights of our networks are matched at the start: the package's default."""


class SLL(nn.Module):
    """x − 2 W T⁻¹ relu(Wᵀx + b) as a module, W (n, q): Araujo et al. 2023, Theorem 1."""

    def __init__(self, n: int, q: int) -> None:
        super().__init__()
        self.kernel = nn.Parameter(nn.init.xavier_normal_(torch.empty(n, q)))
        self.bias = nn.Parameter(torch.zeros(q))
        self.scale = nn.Parameter(torch.rand(q))

    def forward(self, x: Tensor) -> Tensor:
        """Return the output."""
        return sll(x, self.kernel, self.bias, self.scale)


class _Rescaled(nn.Module):
    """AOL by the smaller side of a weight, where its bound is the better one."""

    def forward(self, weight: Tensor) -> Tensor:
        return aol(weight.mT).mT if len(weight) < weight.shape[1] else aol(weight)


def _aol(n: int, m: int) -> nn.Module:
    layer = nn.Linear(n, m)
    nn.init.orthogonal_(layer.weight)
    parametrize.register_parametrization(layer, "weight", _Rescaled())
    return layer


def _cayley(n: int, m: int) -> nn.Module:
    return orthogonal(nn.Linear(n, m), orthogonal_map="cayley")


def orthogonium_linear(n: int, m: int) -> nn.Module:
    """Return a layer of orthogonium, orthogonal by Cholesky.

    Raises:
        ImportError: where it is not installed.
    """
    open_peers()
    chosen = import_module("orthogonium.reparametrizers").CHOLESKY_ORTHO_PARAMS
    return import_module("orthogonium.layers.linear").OrthoLinear(n, m, ortho_params=chosen)


def _torchlip(n: int, m: int) -> nn.Module:
    return import_module("deel.torchlip").SpectralLinear(n, m)


LAYERS: dict[str, Callable[[int, int], nn.Module]] = {
    "orthogonium": orthogonium_linear,
    "torchlip": _torchlip,
    "AOL": _aol,
    "torch Cayley": _cayley,
}
"""A layer n → m by name."""

OURS = ("LDLTNetwork", "LDLTChain")
RIVALS = ("orthogonium", "torchlip", "AOL", "SLL", "torch Cayley")


def network(method: str, widths: Sequence[int]) -> nn.Module:
    """Return a fresh network of 1-Lipschitz layers, 1-Lipschitz as a whole.

    Raises:
        ImportError: where a layer's package is not installed.
    """
    if method in OURS:
        kind = LDLTNetwork if method == "LDLTNetwork" else LDLTChain
        made = kind(widths, sigma="shared")
        match_step_(made, lr=START_RATE)
        return made
    if method == "SLL":
        n, *hidden, last = widths
        return nn.Sequential(*(SLL(n, q) for q in hidden), _aol(n, last))
    open_peers()
    modules: list[nn.Module] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for n, m in pairwise(widths):
            modules += [LAYERS[method](n, m), GroupSort()]
    return nn.Sequential(*modules[:-1])


def linear_of(layer: Any) -> nn.Linear:
    """Return a plain layer with the matrix that a linear layer multiplies with."""
    made = nn.Linear(layer.in_features, layer.out_features)
    with torch.no_grad():
        made.weight.copy_(layer.weight)
        made.bias.copy_(layer.bias)
    return made


def plain(model: nn.Module) -> nn.Module:
    """Return the network with the matrices that multiply in place of what makes them; SLL layers as they are."""
    if isinstance(model, LDLTModule):
        return model.fold()
    modules = [linear_of(each) if hasattr(each, "in_features") else each for each in cast(nn.Sequential, model)]
    return nn.Sequential(*modules).eval()


def margins(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the class of each row and its certified radius.

    The radius is `certified_radius` of the plain network, by the bound that is proved for its weights as they are,
    rounding included. Of SLL margin/(√2 L), L the product of the proved norms of the linear layers: each SLL layer is
    taken to be 1-Lipschitz, as its theorem says, and its rounding is left out.
    """
    served = plain(model)
    with torch.no_grad():
        top = served(x).double().topk(2, 1)
    if not any(isinstance(each, SLL) for each in served.modules()):
        return top.indices[:, 0], certified_radius(served, x)
    linear = [each.weight.detach().double() for each in served.modules() if isinstance(each, nn.Linear)]
    bound = prod(map(certified_norm, linear))
    return top.indices[:, 0], (top.values[:, 0] - top.values[:, 1]) / (2**0.5 * bound)
