"""The network of a run, drawn from its seed."""

import os
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from wishart_moments import domain
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError, LimitError
from wishart_nn import admission
from wishart_nn.activations import activation_law, activation_module
from wishart_nn.chain import LDLTChain
from wishart_nn.data.dataset import available_device
from wishart_nn.initialisation import resolve_sigma
from wishart_nn.network import LDLTNetwork
from wishart_nn.protocol import LDLTModule
from wishart_nn.training.options import RunOptions


def build_model(options: RunOptions, features: int, outputs: int = 1) -> nn.Module:
    """Return the network (features → width × depth → outputs) on the processor, its weights drawn from the seed.

    The normal numbers behind the weights depend on the seed and the shapes only: runs that differ in sigma, alpha or
    the architecture start from the same draws, scaled. Biases are 0.

    Args:
        options: of the run.
        features: of a row.
        outputs: 1 for two classes, as many as classes for more.

    Returns:
        An LDLTChain, an LDLTNetwork, or an nn.Sequential of nn.Linear for "mlp".

    Raises:
        DomainError: for widths that do not fit the activation, an alpha too small to be learned.

    Example:
        >>> build_model(RunOptions(depth=1, width=4, architecture="mlp"), 3)
        Sequential(
          (0): Linear(in_features=3, out_features=4, bias=True)
          (1): ReLU()
          (2): Linear(in_features=4, out_features=1, bias=True)
        )
    """
    widths = options.widths(domain.size(features, "features"), outputs)
    need_memory_for(widths)
    # Modules draw from the global generator: it is seeded for them, and left as it was.
    generator = torch.default_generator
    before = generator.get_state()
    generator.manual_seed(options.seed)
    try:
        if options.architecture == "mlp":
            return _multilayer_perceptron(widths, options)
        kind = LDLTChain if options.architecture == "chain" else LDLTNetwork
        return kind(
            widths,
            lipschitz=options.lipschitz,
            activation=options.activation,
            alpha=options.alpha,
            learn_alpha=options.learn_alpha,
            sigma=options.sigma,
            factor=admission.factor_name(options.factor),
        )
    finally:
        generator.set_state(before)


def plain_layers(widths: Sequence[int], activation: str) -> nn.Sequential:
    """Return nn.Linear layers of these widths, not yet filled, with the activation behind every one but the last.

    Example:
        >>> [type(each).__name__ for each in plain_layers((3, 4, 1), "tanh")]
        ['Linear', 'Tanh', 'Linear']
    """
    linear = [nn.Linear(n, m, device="meta").to_empty(device="cpu") for n, m in pairwise(widths)]
    behind = [activation_module(activation, m) for m in widths[1:-1]]
    return nn.Sequential(*(each for pair in zip(linear, behind, strict=False) for each in pair), linear[-1])


def _multilayer_perceptron(widths: tuple[int, ...], options: RunOptions) -> nn.Sequential:
    law = activation_law(options.activation)
    admission.widths(widths, law.group, law.name)
    model = plain_layers(widths, options.activation)
    parts = layers_of(model)
    sigma = "kaiming" if options.sigma == "predicted" else options.sigma
    with torch.no_grad():
        for weight, bias in zip(parts.weights, parts.biases, strict=True):
            m, n = weight.shape
            weight.normal_(0.0, resolve_sigma(m, n, sigma))
            bias.zero_()
    return model


COPIES = 8
"""Of every weight that training holds at a time: weight, gradient, two averages, folded matrix and what makes it."""


def need_memory_for(widths: Sequence[int]) -> None:
    """Refuse a network that the machine's memory cannot train.

    Example:
        >>> need_memory_for((28, 64, 64, 1))
    """
    needed = 4 * COPIES * sum(n * m for n, m in pairwise(widths))
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else needed
    if needed > there:
        raise LimitError(
            f"need some {needed / 1e9:,.0f} GB to train a network of depth {len(widths) - 2} and width {max(widths)}, "
            f"got a machine of {there / 1e9:,.0f} GB; give a smaller --width or --depth"
        )


def outputs_for(classes: Sequence[str]) -> int:
    """Return how many outputs a network of so many classes has.

    Example:
        >>> outputs_for(("0", "1")), outputs_for(("a", "b", "c"))
        (1, 3)
    """
    return 1 if len(classes) == 2 else len(classes)


class Layers(NamedTuple):
    """The parts of a network: the free weight and the bias of each layer, the activation behind each hidden one."""

    weights: list[Tensor]
    biases: list[Tensor]
    activations: list[nn.Module]


def layers_of(model: nn.Module) -> Layers:
    """Return the parts of a network of `build_model`.

    Example:
        >>> layers = layers_of(build_model(RunOptions(depth=1, width=4), 3))
        >>> [tuple(w.shape) for w in layers.weights], [tuple(b.shape) for b in layers.biases], layers.activations
        ([(4, 3), (1, 4)], [(4,), (1,)], [ReLU()])
    """
    if isinstance(model, LDLTModule):
        biases = [each for each in model.listed_biases() if each is not None]
        return Layers(model.raw_weights(), biases, model.listed_activations())
    modules = list(cast(nn.Sequential, model))
    plain = [each for each in modules if isinstance(each, nn.Linear)]
    activations = [each for each in modules if not isinstance(each, nn.Linear)]
    return Layers([each.weight for each in plain], [each.bias for each in plain], activations)


def folded(model: nn.Module) -> list[Tensor]:
    """Return the matrix that multiplies in every layer: differentiable.

    Example:
        >>> [tuple(c.shape) for c in folded(build_model(RunOptions(depth=1, width=4), 3))]
        [(4, 3), (1, 4)]
    """
    if isinstance(model, LDLTModule):
        return list(model.folded_weights())
    return layers_of(model).weights


class Pass(NamedTuple):
    """Of rows in a layer: C_l x_{l−1}, y_l with the bias added, x_l behind the activation, and C_l."""

    signal: Tensor
    before: Tensor
    after: Tensor
    matrix: Tensor


def passes(model: nn.Module, x: Tensor) -> list[Pass]:
    """Return what every layer makes of the rows x (rows, features); the last y stands for its x.

    Example:
        >>> model = build_model(RunOptions(depth=1, width=4), 3)
        >>> [tuple(each.after.shape) for each in passes(model, torch.zeros(2, 3))]
        [(2, 4), (2, 1)]
    """
    _, biases, activations = layers_of(model)
    found: list[Pass] = []
    for matrix, bias, activation in zip(folded(model), biases, [*activations, nn.Identity()], strict=True):
        signal = linear(x, matrix)
        x = activation(signal + bias)
        found.append(Pass(signal, signal + bias, x, matrix))
    return found


def alphas_of(model: nn.Module) -> list[float]:
    """Return α of every layer, none for an mlp.

    Example:
        >>> alphas_of(build_model(RunOptions(depth=1, width=4, alpha=0.5), 3))
        [0.5, 0.5]
    """
    return list(model.law_now().alpha) if isinstance(model, LDLTModule) else []


def checked_device(name: str) -> torch.device:
    """Return the device.

    Raises:
        DomainError: for one that is not there, or lacks float64.

    Example:
        >>> checked_device("cpu")
        device(type='cpu')
    """
    device = available_device(name)
    if device.type not in ("cpu", "cuda"):  # others lack float64, in which the layers are looked at
        raise DomainError(f"need a device such as cpu, cuda or cuda:1, got {shown(name)}")
    return device
