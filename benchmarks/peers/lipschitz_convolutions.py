"""Small convolutional networks of 1-Lipschitz layers on one grid: two 3×3 kernels of stride 2, then a linear layer.

Circular padding and GroupSort over channels throughout; the linear layer is of the same kind as the convolutions.
"""

import warnings
from collections.abc import Callable
from importlib import import_module
from itertools import pairwise
from typing import Any, cast

import torch
from torch import Tensor, nn

from benchmarks.peers.installed_layers import open_peers
from benchmarks.peers.lipschitz_networks import LAYERS, START_RATE, linear_of
from wishart_nn import LDLTConv2d, LDLTLinear, certified_radius, ldlt_normal_, match_step_
from wishart_nn.activations import GroupSort
from wishart_nn.conversion import fold
from wishart_nn.spectral import CircularConv2d

SIZE, CHANNELS, CLASSES = 28, (1, 16, 32), 10

_COMMON: dict[str, Any] = {"kernel_size": 3, "stride": 2, "padding": 1, "padding_mode": "circular"}


def adaptive(n: int, m: int, **options: Any) -> nn.Module:
    """Return orthogonium's adaptive orthogonal convolution, by Cholesky.

    Raises:
        ImportError: where it is not installed.
    """
    open_peers()
    chosen = import_module("orthogonium.reparametrizers").CHOLESKY_ORTHO_PARAMS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_module("orthogonium.layers.conv.AOC").AdaptiveOrthoConv2d(n, m, ortho_params=chosen, **options)


def _spectral(n: int, m: int) -> nn.Module:
    return import_module("deel.torchlip").SpectralConv2d(n, m, **_COMMON)


def _aol(n: int, m: int) -> nn.Module:
    return import_module("orthogonium.layers.conv.AOL").AOLConv2D(n, m, **_COMMON)


CONVOLUTIONS: dict[str, tuple[Callable[[int, int], nn.Module], str]] = {
    "orthogonium AOC": (lambda n, m: adaptive(n, m, **_COMMON), "orthogonium"),
    "torchlip": (_spectral, "torchlip"),
    "AOL": (_aol, "AOL"),
}
"""The convolution n → m and the linear layer of each rival."""

OURS = ("LDLTConv2d",)
RIVALS = tuple(CONVOLUTIONS)


def network(method: str) -> nn.Module:
    """Return a fresh network for images (batch, 1, 28, 28).

    Raises:
        ImportError: where a layer's package is not installed.
    """
    open_peers()
    last = CHANNELS[-1] * (SIZE // 4) ** 2
    modules: list[nn.Module] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for i, (n, m) in enumerate(pairwise(CHANNELS)):
            if method in OURS:
                modules.append(LDLTConv2d(n, m, 3, input_size=SIZE // 2**i, stride=2))
            else:
                modules.append(CONVOLUTIONS[method][0](n, m))
            modules.append(GroupSort(dim=-3))
        head = LDLTLinear(last, CLASSES) if method in OURS else LAYERS[CONVOLUTIONS[method][1]](last, CLASSES)
    made = nn.Sequential(*modules, nn.Flatten(), head)
    if method in OURS:
        ldlt_normal_(made, "shared")
        match_step_(made, lr=START_RATE)
    return made


def plain(model: nn.Module) -> nn.Module:
    """Return the network with the operators that multiply in place of what makes them."""
    modules: list[nn.Module] = []
    size = SIZE
    for each in cast(nn.Sequential, model):
        kept = each
        if isinstance(each, nn.Conv2d):
            conv = nn.Conv2d(each.in_channels, each.out_channels, **_COMMON)
            with torch.no_grad():
                conv.weight.copy_(each.weight)
                conv.bias.copy_(each.bias)  # pyright: ignore
            kept = CircularConv2d.of(conv, (size, size))
            size //= 2
        elif isinstance(each, nn.Linear) and not isinstance(each, LDLTLinear):
            kept = linear_of(each)
        modules.append(kept)
    return fold(nn.Sequential(*modules)).eval()


def margins(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the class of each image and its certified radius, by the bound proved for the operators on their grid."""
    served = plain(model)
    with torch.no_grad():
        classes = torch.cat([served(part).argmax(1) for part in x.split(1000)])
    return classes, certified_radius(served, x)
