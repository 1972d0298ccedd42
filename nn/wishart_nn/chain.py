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

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from typing import Any, cast

import torch
from torch import Tensor

from wishart_moments.errors import DomainError
from wishart_moments.variance.activations import Activation
from wishart_nn import admission
from wishart_nn.folding import fold_chain
from wishart_nn.initialisation import chain_scale
from wishart_nn.inverse import free_chain
from wishart_nn.protocol import Law
from wishart_nn.whole import WholeNetwork


class LDLTChain(WholeNetwork):
    """x_l = f(C_l x_{l−1} + b_l), C_l = c_l c_{l−1} √α_{l−1} W̃_l L_{l−1}^{-T}: L-Lipschitz for any weights.

    At initialisation, per coordinate and without biases, E y_l² = k_l² E tr S(αI + S)^{-1}/m · E z_{l−1}² exactly,
    S = W_l W_lᵀ; what is handed on is stated by `wishart_nn.profiles.predicted_profile`.

    Args:
        widths: input, hidden and output widths, 2 at least: (28, 64, 64, 1) has three layers.
        lipschitz: L > 0.
        activation: a name of `wishart_nn.activations.ACTIVATIONS`, or a module such as nn.ReLU(); hidden widths must
            fit its groups.
        alpha: α_l > 0 at the start, a number or one for each layer.
        learn_alpha: learn α_l = exp(θ_l) + 1e-4 (the parameter log_alpha holds θ; needs α > 1e-4 at the start).
        sigma: the initialisation, as `wishart_nn.initialisation.ldlt_normal_` takes it: "shared", by which each of D
            layers fills 1/D of its range; "predicted", the scale that hands most through the chain; names and numbers.
        bias: whether there are biases, 0 at the start.
        factor: "cholesky", or "symmetric", for which the laws of `wishart_moments.variance.depth` hold exactly, at
            several times the cost.
        device, dtype: of the parameters.

    Attributes:
        raw: W_l, the free parameters; `folded_weights()` are the C_l that multiply.

    Raises:
        DomainError: for widths, α, L out of range, widths that do not fit the activation; on the call, for weights that
            are not finite. MethodError: for an unknown factor.

    References: Juston, Sreenivas, Nottage, Soylemezoglu, LDLT L-Lipschitz network, arXiv:2512.05915.

    Example:
        >>> chain = LDLTChain((28, 64, 64, 1), lipschitz=2.0)
        >>> chain.extra_repr()
        "(28, 64, 64, 1), lipschitz=2.0, activation='relu', alpha=1.0, sigma='shared'"
        >>> x, y = torch.randn(5, 28), torch.randn(5, 28)
        >>> bool(((chain(x) - chain(y)).norm(dim=1) <= 2.0 * (x - y).norm(dim=1)).all())
        True
    """

    def _begin(self, law: Activation) -> tuple[list[tuple[int, int]], str]:
        self.scales_of_one = chain_scales(len(self.widths) - 1, law.slope_restricted)
        return [(m, n) for n, m in pairwise(self.widths)], f"activation {law.name}, factor {self.factor}"

    @property
    def scales(self) -> tuple[Any, ...]:
        """k_l of each layer."""
        first, *rest = self.scales_of_one
        return (first * self.numbers()[-1], *rest)

    def law_now(self) -> Law:
        alpha: list[float] = cast(Any, self.alpha).tolist()
        return Law(self.widths, tuple(alpha), self.scales, "chain", self.activation, self.factor == "cholesky")

    def sigmas(self, sigma: float | str, target_variance: float | None = None) -> list[float]:
        if sigma != "predicted" or target_variance is not None:
            return super().sigmas(sigma, target_variance)
        scale = chain_scale(self.widths, self.activation, self.law_now().alpha)
        return [scale / n**0.5 for n in self.widths[:-1]]

    def computed(self) -> tuple[Tensor, ...]:
        shifts = self.numbers()[:-1] if self.log_alpha is None else self.alpha
        return fold_chain(self.raw_weights(), shifts, self.scales, self.factor)

    def forward(self, x: Tensor) -> Tensor:
        admission.inputs(x, self.raw[0])
        return self.through(self.folded_weights(), x)

    @classmethod
    def from_folded(
        cls,
        weights: Sequence[Tensor],
        alphas: float | Sequence[float] = 1.0,
        biases: Sequence[Tensor] | None = None,
        **options: Any,
    ) -> "LDLTChain":
        """Return the chain with these C_l: networks trained with other code, or with the other factor, are taken over.

        Args:
            weights: C_l of each layer, the gain L in the first.
            alphas: α_l of the chain, one or one for each.
            biases: b_l; without them the chain has none.
            options: of `LDLTChain`: lipschitz, activation, factor, learn_alpha.

        Raises:
            DomainError: where the C_l are not those of a chain of this Lipschitz bound and activation: the layer is
                named, and the norm that it has.

        Example:
            >>> chain = LDLTChain((3, 4, 2), lipschitz=2.0)
            >>> other = LDLTChain.from_folded(chain.folded_weights(), lipschitz=2.0, factor="symmetric")
            >>> all(torch.allclose(a, b, atol=1e-6) for a, b in zip(chain.folded_weights(), other.folded_weights()))
            True
        """
        given = [each.detach() for each in weights]
        if not given or any(each.ndim != 2 for each in given):
            raise DomainError("need a matrix for each layer as weights")
        if any(one.shape[0] != after.shape[1] for one, after in pairwise(given)):
            raise DomainError(f"need weights that follow one another, got {[tuple(each.shape) for each in given]}")
        sizes = (given[0].shape[1], *(each.shape[0] for each in given))
        chain = cls(sizes, alpha=alphas, sigma=0.0, bias=biases is not None, dtype=given[0].dtype, **options)
        chain.to(given[0].device)
        free = free_chain(given, chain.law_now().alpha, chain.scales, chain.factor)
        with torch.no_grad():
            for raw, found in zip(chain.raw, free, strict=True):
                raw.copy_(found)
            for mine, theirs in zip(chain.biases or (), biases or (), strict=True):
                mine.copy_(theirs)
        return chain


def chain_scales(depth: int, slope_restricted: bool, lipschitz: float = 1.0) -> tuple[float, ...]:
    """Return k_l = c_l c_{l−1}, L times that in the first layer: (√2 L, 2, √2) for three and a slope-restricted f."""
    squares = [1.0, *([2.0 if slope_restricted else 1.0] * (depth - 1)), 1.0]
    scales = [sqrt(left * right) for left, right in pairwise(squares)]
    return (lipschitz * scales[0], *scales[1:])
