"""The LDLᵀ chain: LDLT layers whose composition is L-Lipschitz, each handing on what its own factor has left over.

With z_0 = x, y_l = k_l W̃_l z_{l−1} + b_l, x_l = f(y_l), z_l = Z_l x_l; the last y is the output. k_l = c_l c_{l−1}, for
l = 1 L-fold; c_l² = 2 for a hidden layer with a slope-restricted f, 1 for the last layer and for f that are 1-Lipschitz
only; c_0 = 1. W̃_l and Z_l come from one Cholesky factor, L_l L_lᵀ = α_l I + W_l W_lᵀ:

    W̃_l = L_l^{-1} W_l,  Z_l = √α_l L_l^{-T}:  W̃_l W̃_lᵀ + Z_lᵀ Z_l = L_l^{-1}(W_l W_lᵀ + α_l I)L_l^{-T} = I.         (*)

The whole is L-Lipschitz for all W_l. Let v = c_{l−1} Δz_{l−1} for two inputs (times L for l = 1), so Δy = c_l W̃ v. If f
is slope-restricted, ‖Δx‖² <= Δx·Δy, and with c_l² = 2

    2‖Δx‖² <= 2√2 (W̃ᵀΔx)·v <= 2‖W̃ᵀΔx‖² + ‖v‖²,  that is  ‖c_l Δz_l‖² = 2 Δxᵀ(I − W̃W̃ᵀ)Δx <= ‖v‖²  by (*).

If f is 1-Lipschitz only, c_l = 1 and ‖Δz_l‖ <= ‖Δx‖ <= ‖Δy‖ <= ‖v‖, for ‖W̃‖ < 1 and ‖Z‖ <= 1. So no ‖c_l Δz_l‖ exceeds
L‖Δx_0‖, and the last layer, c = 1, adds nothing. A single C_l = k_l W̃_l Z_{l−1} may well have a norm above 1.

Only (*) is used. With the symmetric root W̃_l = (α_l I + W_l W_lᵀ)^{-1/2} W_l it holds for Z_l = √α_l L_l^{-1}, as in
arXiv:2512.05915; with the Cholesky factor in its place the hand-on must be the transpose.
"""

import math
from collections.abc import Sequence
from copy import deepcopy
from itertools import pairwise
from typing import Any, cast

import torch
from torch import Tensor, nn

from wishart_moments import domain
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError, MethodError
from wishart_nn.activations import activation_law, activation_module
from wishart_nn.chain_formulas import fold_symmetric, solve_chain
from wishart_nn.folding import fold_chain
from wishart_nn.state import LayerState

ALPHA_FLOOR = 1e-4
"""A learned α is exp(θ) + this, at the scale of the start: `rescale_` scales it with α."""

FACTORS = ("cholesky", "symmetric")

SOLVES_BELOW = 0.5
"""Solves pay for batches below this share of the narrowest hidden width: of four layers of 512 a step then takes 0.87
to 1.04, a forward pass 0.61 to 0.72 of the time of folding; at a batch of 512 a step takes 1.4."""

SOLVES_FROM = 256
"""The hidden width from which on they do: at 128 a step takes 1.2 to 1.4 of the time of folding, at 64 1.6 to 1.9."""


class LDLTChain(LayerState):
    """x_l = f(C_l x_{l−1} + b_l), C_l = c_l c_{l−1} √α_{l−1} W̃_l L_{l−1}^{-T}: L-Lipschitz for any weights.

    At initialisation, per coordinate and without biases, E y_l² = k_l² E tr S(αI + S)^{-1}/m · E z_{l−1}² exactly,
    S = W_l W_lᵀ; what is handed on is stated by `wishart_nn.profiles.predicted_profile`.

    Args:
        widths: input, hidden and output widths, 2 at least: (28, 64, 64, 1) has three layers.
        lipschitz: L > 0.
        activation: a name of `wishart_nn.activations.ACTIVATIONS`; hidden widths must fit its groups.
        alpha: α_l > 0 at the start, a number or one for each layer.
        learn_alpha: learn α_l = exp(θ_l) + 1e-4 (the parameter log_alpha holds θ; needs α > 1e-4 at the start).
        sigma: the initialisation, as `wishart_nn.initialisation.ldlt_normal_` takes it; "predicted" is the scale that
            hands most through the chain.
        bias: whether there are biases, 0 at the start.
        factor: "cholesky", or "symmetric", for which the laws of `wishart_moments.variance.depth` hold exactly, at
            several times the cost.
        device, dtype: of the parameters.

    Raises:
        DomainError: for widths, α, L out of range, widths that do not fit the activation; on the call, for weights that
            are not finite. MethodError: for an unknown factor.

    References: Juston, Sreenivas, Nottage, Soylemezoglu, LDLT L-Lipschitz network, arXiv:2512.05915.

    Example:
        >>> chain = LDLTChain((28, 64, 64, 1), lipschitz=2.0)
        >>> x, y = torch.randn(5, 28), torch.randn(5, 28)
        >>> bool(((chain(x) - chain(y)).norm(dim=1) <= 2.0 * (x - y).norm(dim=1)).all())
        True
        >>> chain.extra_repr()
        "(28, 64, 64, 1), lipschitz=2.0, activation='relu', alpha=1.0, sigma='predicted'"
    """

    names = ("alpha", "lipschitz")

    def __init__(
        self,
        widths: Sequence[int],
        *,
        lipschitz: float = 1.0,
        activation: str = "relu",
        alpha: float | Sequence[float] = 1.0,
        learn_alpha: bool = False,
        sigma: float | str = "predicted",
        bias: bool = True,
        factor: str = "cholesky",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        law = activation_law(activation)
        self.widths = checked_widths(widths, law.group, law.name)
        bound = domain.positive(lipschitz, "lipschitz")
        self.activation = law.name
        self.sigma = sigma
        if factor not in FACTORS:
            raise MethodError(f"no factor {shown(factor)}; there are 'cholesky' and 'symmetric'")
        self.factor = factor
        self.initial_alpha = checked_alphas(alpha, len(self.widths) - 1, learn_alpha)
        self.scales_of_one = chain_scales(len(self.widths) - 1, law.slope_restricted)
        given: dict[str, Any] = {"device": device, "dtype": dtype}
        self.weights = nn.ParameterList(torch.empty(m, n, **given) for n, m in pairwise(self.widths))
        self.biases = nn.ParameterList(torch.empty(m, **given) for m in self.widths[1:]) if bias else None
        self.activations = nn.ModuleList(activation_module(activation, m, **given) for m in self.widths[1:-1])
        self.log_alpha = nn.Parameter(torch.empty(len(self.initial_alpha), **given)) if learn_alpha else None
        kind = f"activation {law.name}, factor {factor}"
        self.begin_law((*self.initial_alpha, bound), kind, self.weights[0])
        self.reset_parameters()

    @property
    def alpha(self) -> Tensor:
        """α_l of each layer, in float32 or float64."""
        dtype = torch.promote_types(self.weights[0].dtype, torch.float32)
        first = self.law[:-2].to(dtype)
        return first if self.log_alpha is None else self.log_alpha.to(dtype).exp() + first

    @property
    def lipschitz(self) -> float:
        """L."""
        return self.law[-2].item()

    @property
    def scales(self) -> tuple[Any, ...]:
        """k_l of each layer."""
        first, *rest = self.scales_of_one
        return (first * self.numbers()[-1], *rest)

    def reset_parameters(self) -> None:
        """Draw the weights anew at `sigma`, set the biases to 0 and α to its start."""
        from wishart_nn.initialisation import ldlt_normal_

        with torch.no_grad():
            floors = self.initial_alpha if self.log_alpha is None else [ALPHA_FLOOR] * len(self.initial_alpha)
            self.law[:-2] = torch.tensor(floors, dtype=torch.float64)
            if self.log_alpha is not None:
                start = torch.tensor(self.initial_alpha, dtype=torch.float64) - ALPHA_FLOOR
                self.log_alpha.copy_(start.log())
            for each in self.biases or ():
                each.zero_()
        if not self.weights[0].is_meta:
            ldlt_normal_(self, self.sigma)

    def rescale_(self, factors: Sequence[float]) -> "LDLTChain":
        """Replace (W_l, α_l) by (c_l W_l, c_l² α_l): the same function, of which a gradient is 1/c_l of what it was."""
        if len(factors) != len(self.scales_of_one):
            raise DomainError(f"need one factor for each of the {len(self.scales_of_one)} layers, got {len(factors)}")
        squares = [domain.positive(c, "factor") ** 2 for c in factors]
        checked_alphas([a * c for a, c in zip(self.numbers(), squares, strict=False)], len(squares))
        with torch.no_grad():
            for weight, factor in zip(self.weights, factors, strict=True):
                weight.mul_(factor)
            change = torch.tensor(squares, dtype=torch.float64, device=self.law.device)
            self.law[:-2] *= change
            if self.log_alpha is not None:
                self.log_alpha.add_(change.log())
        return self

    def folded_weights(self) -> tuple[Tensor, ...]:
        """Return C_l of every layer, L included: differentiable, or from the cache in eval mode without gradients.

        The cache is made anew when the contents of a parameter have changed, which are compared at every call.
        """
        if self.training or torch.is_grad_enabled() or torch.compiler.is_compiling():
            return self._fold()
        theta = [] if self.log_alpha is None else [self.log_alpha]
        return self.kept([*_listed(self.weights), cast(Tensor, self._buffers["law"]), *theta], self.factor, self._fold)

    def _fold(self) -> tuple[Tensor, ...]:
        fold = fold_chain if self.factor == "cholesky" else fold_symmetric
        return fold(_listed(self.weights), self.alpha, self.scales)

    def forward(self, x: Tensor) -> Tensor:
        """Return the output for inputs of shape (…, widths[0]); triangular solves for small batches, else folded."""
        if x.shape[-1] != self.widths[0]:
            raise DomainError(f"need inputs of {self.widths[0]} features, got {x.shape[-1]}")
        if self._solves_pay(x.numel() // self.widths[0]):
            solved = self.forward_by_solves(x)
            if solved is not None:
                return solved
        biases = [None] * len(self.scales_of_one) if self.biases is None else _listed(self.biases)
        activations = [*cast(Any, self.activations)._modules.values(), None]
        for c, bias, activation in zip(self.folded_weights(), biases, activations, strict=True):
            x = nn.functional.linear(x, c, bias)
            if activation is not None:
                x = activation(x)
        return x

    def _solves_pay(self, batch: int) -> bool:
        if self.factor != "cholesky" or torch.compiler.is_compiling():
            return False
        cached = not self.training and not torch.is_grad_enabled()
        width = min(self.widths[1:-1], default=0)
        return not cached and width >= SOLVES_FROM and batch < SOLVES_BELOW * width

    def forward_by_solves(self, x: Tensor) -> Tensor | None:
        """Return the same output by two triangular solves on the batch per layer, None where rounding would tell."""
        flat = x.reshape(-1, self.widths[0])
        solved = solve_chain(_listed(self.weights), self.alpha, self.scales, flat, self._activated)
        return None if solved is None else solved.reshape(*x.shape[:-1], self.widths[-1])

    def _activated(self, i: int, y: Tensor) -> Tensor:
        return self._act(i, y if self.biases is None else y + self.biases[i])

    def _act(self, i: int, y: Tensor) -> Tensor:
        return self.activations[i](y) if i < len(self.activations) else y

    def to_sequential(self) -> nn.Sequential:
        """Return a plain nn.Sequential of nn.Linear and activations with the same outputs, for serving.

        Example:
            >>> chain = LDLTChain((3, 4, 2), activation="groupsort")
            >>> chain.to_sequential()
            Sequential(
              (0): Linear(in_features=3, out_features=4, bias=True)
              (1): GroupSort(2)
              (2): Linear(in_features=4, out_features=2, bias=True)
            )
        """
        with torch.no_grad():
            return sequential(self._fold(), self.biases, self.activations).train(self.training)

    def extra_repr(self) -> str:
        """Return the arguments."""
        alphas = self.initial_alpha if self.log_alpha is not None else tuple(cast(Any, self.law[:-2]).tolist())
        alpha = alphas[0] if len(set(alphas)) == 1 else alphas
        text = f"{self.widths}, lipschitz={self.lipschitz}, activation={self.activation!r}, alpha={alpha}"
        text += f", sigma={self.sigma!r}"
        text += ", learn_alpha=True" if self.log_alpha is not None else ""
        text += "" if self.biases is not None else ", bias=False"
        return text + (f", factor={self.factor!r}" if self.factor != "cholesky" else "")


def _listed(parameters: nn.ParameterList) -> list[Tensor]:
    """Return the parameters; iteration over the list itself costs as much as a small product."""
    return list(cast(Any, parameters)._parameters.values())


def chain_scales(depth: int, slope_restricted: bool, lipschitz: float = 1.0) -> tuple[float, ...]:
    """Return k_l = c_l c_{l−1}, L times that in the first layer.

    Example:
        >>> chain_scales(3, True, 5.0) == (5 * math.sqrt(2), 2.0, math.sqrt(2)), chain_scales(2, False)
        (True, (1.0, 1.0))
    """
    squares = [1.0, *([2.0 if slope_restricted else 1.0] * (depth - 1)), 1.0]
    scales = [math.sqrt(left * right) for left, right in pairwise(squares)]
    return (lipschitz * scales[0], *scales[1:])


def checked_widths(widths: Any, group: int, name: str) -> tuple[int, ...]:
    """Return the widths as integers.

    Raises:
        DomainError: unless there are two or more, each >= 1, the hidden ones multiples of the activation's groups.
    """
    if isinstance(widths, str) or not isinstance(widths, Sequence) or len(cast("Sequence[Any]", widths)) < 2:
        got = shown(cast(Any, widths))
        raise DomainError(f"need widths of 2 integers >= 1 or more, such as (28, 64, 64, 1), got {got}")
    sizes = tuple(domain.size(width, f"widths[{i}]") for i, width in enumerate(cast("Sequence[Any]", widths)))
    for i, width in enumerate(sizes[1:-1], 1):
        if width % group:
            raise DomainError(f"need hidden widths that are multiples of {group} for {name}, got widths[{i}] = {width}")
    return sizes


def checked_alphas(alpha: Any, depth: int, learned: bool = False) -> tuple[float, ...]:
    """Return α of each layer.

    Raises:
        DomainError: unless there is one, or one for each layer, all > 0, above the floor if they are learned.
    """
    given = list(cast("Sequence[Any]", alpha)) if isinstance(alpha, list | tuple) else [alpha] * depth
    if len(given) != depth:
        raise DomainError(f"need one alpha, or one for each of the {depth} layers, got {len(given)}")
    alphas = tuple(domain.positive(value, "alpha") for value in given)
    if learned and min(alphas) <= ALPHA_FLOOR:
        raise DomainError(f"need alpha > {ALPHA_FLOOR} where it is learned, got {min(alphas)}")
    return alphas


def sequential(
    weights: Sequence[Tensor], biases: Sequence[Tensor | None] | nn.ParameterList | None, activations: Any
) -> nn.Sequential:
    """Return nn.Linear layers of these weights with the activations between them; nothing is shared."""
    modules: list[nn.Module] = []
    for i, weight in enumerate(weights):
        bias = None if biases is None else biases[i]
        m, n = weight.shape
        linear = nn.Linear(n, m, bias is not None, device="meta").to_empty(device=weight.device).to(weight.dtype)
        with torch.no_grad():
            linear.weight.copy_(weight)
            if bias is not None:
                linear.bias.copy_(bias)
        modules += [linear, *([deepcopy(activations[i])] if i < len(activations) else [])]
    return nn.Sequential(*modules)
