"""Layers of packages that one would install instead, from the peers' environment, on this project's torch."""

import os
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.fresh_process import PEERS

MISSING = f"{PEERS} is not set; it names a virtual environment with benchmarks/requirements-layer-peers.txt"


def _orthogonium(size: int, parameters: str) -> nn.Module:
    chosen = getattr(import_module("orthogonium.reparametrizers"), parameters)
    return import_module("orthogonium.layers.linear").OrthoLinear(size, size, ortho_params=chosen)


def _spectral(size: int) -> nn.Module:
    return import_module("deel.torchlip").SpectralLinear(size, size)


def _geotorch(size: int) -> nn.Module:
    layer = nn.Linear(size, size)
    import_module("geotorch").orthogonal(layer, "weight")
    return layer


MAKERS: dict[str, Callable[[int], nn.Module]] = {
    "orthogonium, Cholesky": lambda size: _orthogonium(size, "CHOLESKY_ORTHO_PARAMS"),
    "orthogonium, default": lambda size: _orthogonium(size, "DEFAULT_ORTHO_PARAMS"),
    "torchlip SpectralLinear": _spectral,
    "geotorch orthogonal": _geotorch,
}


def _cayley(channels: int, _: int) -> nn.Module:
    return import_module("orthogonium.legacy.cayley_ortho_conv").Cayley(channels, channels, kernel_size=3)


def _adaptive(channels: int, _: int) -> nn.Module:
    return import_module("orthogonium.layers.conv.AOC").AdaptiveOrthoConv2d(channels, channels, 3)


CONVOLUTIONS: dict[str, Callable[[int, int], nn.Module]] = {
    "orthogonium AOC": _adaptive,
    "orthogonium Cayley": _cayley,
}


def convolutions(channels: int, size: int) -> tuple[dict[str, nn.Module], dict[str, str]]:
    """Return the 3×3 convolutions that can be made, and why the others cannot; Cayley is made for 32×32."""
    found: dict[str, nn.Module] = {}
    missing: dict[str, str] = {}
    open_peers()
    for name, make in CONVOLUTIONS.items():
        torch.manual_seed(size)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found[name] = make(channels, size)
        except ImportError:
            missing[name] = MISSING
    return found, missing


def open_peers() -> None:
    """Let the peers' environment be imported from."""
    for site in sorted(Path(os.environ[PEERS]).glob("lib/python3*/site-packages")) if PEERS in os.environ else ():
        # Behind everything else: torch and NumPy stay the project's own.
        if str(site) not in sys.path:
            sys.path.append(str(site))


def installed(size: int) -> tuple[dict[str, tuple[Callable[[Tensor], Tensor], list[Tensor]]], dict[str, str]]:
    """Return the layers that can be made, as `ldlt_layers.layers` does, and why the others cannot."""
    found: dict[str, tuple[Any, list[Tensor]]] = {}
    missing: dict[str, str] = {}
    open_peers()
    for name, make in MAKERS.items():
        torch.manual_seed(size)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                layer = make(size)
        except ImportError:
            missing[name] = MISSING
        else:
            found[name] = (layer, [p for p in layer.parameters() if p.requires_grad])
    return found, missing
