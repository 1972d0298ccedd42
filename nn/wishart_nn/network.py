"""Independent LDLT layers with activations between them: L-Lipschitz as the product of its layers' bounds."""

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import Any, cast

import torch
from torch import Tensor, nn

from wishart_nn import admission
from wishart_nn.activations import activation_law, activation_module
from wishart_nn.folding import grouped, together
from wishart_nn.linear import LDLTLinear
from wishart_nn.protocol import Law, LDLTModule, sequential
from wishart_nn.state import check_conversion
from wishart_nn.weight import ldlt_weight

BATCHED_UP_TO = 256  # the largest width; above it each layer is faster on its own


class LDLTNetwork(LDLTModule):
    """x_l = f(γ W_l(αI + W_lᵀW_l)^{-1/2} x_{l−1} + b_l), γ = L^{1/depth}: ‖Δy‖ <= γ^depth ‖Δx‖ = L‖Δx‖ for any weights.

    Each layer gets the same share of L, so that signals and gradients keep one scale through the depth. At the start
    the output variance of each layer is the predicted one (see `wishart_nn.initialisation.resolve_sigma`).

    Args:
        widths, lipschitz, alpha, learn_alpha, bias, factor, device, dtype: as `LDLTChain` takes them.
        activation: a name of `wishart_nn.activations.ACTIVATIONS`, or a module such as nn.ReLU(): 1-Lipschitz.
        sigma: as `LDLTLinear` takes it; "shared" gives each layer 1/depth of its variance.

    Raises:
        DomainError: for widths, α, L out of range, widths that do not fit the activation.

    Example:
        >>> network = LDLTNetwork((8, 16, 16, 2), lipschitz=8.0)
        >>> network(torch.zeros(3, 8)).shape, round(network.layers[0].gamma, 12)
        (torch.Size([3, 2]), 2.0)
        >>> LDLTNetwork((3, 4, 2)).fold()
        Sequential(
          (0): Linear(in_features=3, out_features=4, bias=True)
          (1): GroupSort(2)
          (2): Linear(in_features=4, out_features=2, bias=True)
        )
    """

    def __init__(
        self,
        widths: Sequence[int],
        *,
        lipschitz: float = 1.0,
        activation: str | nn.Module = "groupsort",
        alpha: float | Sequence[float] = 1.0,
        learn_alpha: bool = False,
        sigma: float | str = "shared",
        bias: bool = True,
        factor: admission.Factor = "cholesky",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        law = activation_law(activation)
        self.widths = admission.widths(widths, law.group, law.name)
        depth = len(self.widths) - 1
        self.asked_lipschitz = admission.number(lipschitz, "lipschitz")
        self.activation = law.name
        self.factor: admission.Factor = admission.factor_name(factor)
        given: dict[str, Any] = {"device": device, "dtype": admission.floating(dtype)}
        options: dict[str, Any] = {"gamma": self.asked_lipschitz ** (1 / depth), "learn_alpha": learn_alpha, **given}
        self.layers = nn.ModuleList(
            LDLTLinear(n, m, bias, alpha=a, sigma=admission.shared_out(sigma, depth), factor=factor, **options)
            for (n, m), a in zip(pairwise(self.widths), admission.alphas(alpha, depth), strict=True)
        )
        self.activations = nn.ModuleList(activation_module(law.name, m, **given) for m in self.widths[1:-1])

    @property
    def linears(self) -> list[LDLTLinear]:
        """The layers."""
        return [cast(LDLTLinear, each) for each in self.layers]

    @property
    def lipschitz(self) -> float:
        """L, the product of the layers' γ."""
        gains = [each.gamma for each in self.linears]
        even = set(gains) == {self.asked_lipschitz ** (1 / len(gains))}
        return self.asked_lipschitz if even else prod(gains)

    @property
    def alpha(self) -> Tensor:
        """α_l of each layer."""
        return torch.stack([each.alpha for each in self.linears])

    def reset_parameters(self) -> None:
        """Draw all layers anew."""
        for each in self.linears:
            each.reset_parameters()

    def listed_biases(self) -> list[Tensor | None]:
        return [each.bias for each in self.linears]

    def law_now(self) -> Law:
        alpha, gamma = zip(*((each.alpha.item(), each.gamma) for each in self.linears), strict=True)
        return Law(self.widths, alpha, gamma, activation=self.activation)

    def folded_weights(self) -> list[Tensor]:
        """Return γW̃_l of every layer, differentiable; equal shapes are factored in one call."""
        layers = self.linears
        folded: list[Any] = [None] * len(layers)
        for same in grouped(tuple(each.raw_weight.shape) for each in layers).values():
            stack = torch.stack([layers[i].raw_weight for i in same])
            numbers = zip(*(layers[i].scalars() for i in same), strict=True)
            alpha, gamma = (together(each, stack) for each in numbers)
            for i, each in zip(same, ldlt_weight(stack, alpha, gamma, factor=self.factor).unbind(), strict=True):
                folded[i] = each
        return folded

    def forward(self, x: Tensor) -> Tensor:
        admission.inputs(x, self.linears[0].raw_weight)
        # In eval mode without gradients each layer keeps its weight.
        together = max(self.widths) <= BATCHED_UP_TO and (self.training or torch.is_grad_enabled())
        weights = self.folded_weights() if together else None
        for i, layer in enumerate(self.linears):
            x = layer(x) if weights is None else nn.functional.linear(x, weights[i], layer.bias)
            if i < len(self.activations):
                x = self.activations[i](x)
        return x

    def fold(self) -> nn.Sequential:
        with torch.no_grad():
            weights = [each.constrained() for each in self.linears]  # one by one: an error names its layer
            return sequential(weights, self).train(self.training)

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        for each in self.linears:  # all are looked at before any is changed
            check_conversion(each, list(each.parameters()), fn)
        return cast(Any, super())._apply(fn, recurse)

    def extra_repr(self) -> str:
        return f"{self.widths}, lipschitz={self.lipschitz}, activation={self.activation!r}"
