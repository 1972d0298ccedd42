"""The LDLᵀ residual network: y = A x + B x_L, x_l = f(C_l x_{l−1} + b_l): λ-Lipschitz, skip and branch together.

With a slope-restricted f, two inputs have ‖Δx_l‖² <= Δx_l·C_lΔx_{l−1}; so ‖Δy‖² <= λ²‖Δx_0‖² follows if

    λ²‖u_0‖² − ‖A u_0 + B u_L‖² + 2 Σ_l u_l·(u_l − C_l u_{l−1}) >= 0  for all u_0, …, u_L.

Its block LDLᵀ factorisation is solved layer by layer. With W_A m×n, α_A I + W_AᵀW_A = L_A L_Aᵀ, and in layer l >= 1, as
in a chain, α_l I + W_l W_lᵀ = L_l L_lᵀ, V_l = L_l^{-1}W_l:

    A = λ W_A L_A^{-T},  E_0 = λ√α_A L_A^{-T},  λ²I − AᵀA = E_0ᵀE_0,
    C_l = √2 V_l E_{l−1},  E_l = √(2α_l) L_l^{-T},  2I − C_l(E_{l−1}ᵀE_{l−1})^{-1}C_lᵀ = 2(I − V_lV_lᵀ) = E_lᵀE_l.

Eliminating u_0, …, u_{L−1} couples A with the branch: T_0 = W_A/√α_A, T_l = T_{l−1}W_lᵀ/√α_l, and what remains for u_L
is E_LᵀE_L − BᵀG − GᵀB − BᵀKB with K = I + Σ_{l<L} T_lT_lᵀ, G = √2 T_{L−1}V_Lᵀ: positive semidefinite if and only if

    B = −K^{-1}G + R^{-1} V_B F,  K = RᵀR,  FᵀF = E_LᵀE_L + GᵀK^{-1}G,  ‖V_B‖ <= 1:

every B of such a certificate is reached, with V_B = L_B^{-1}W_B (or its transposed fellow) of norm < 1.

References: Juston, Sreenivas, Nottage, Soylemezoglu, LDLT L-Lipschitz network, arXiv:2512.05915 (the network and the
factorisation; the completed square for B is derived here).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from wishart_moments.errors import DomainError
from wishart_moments.variance.activations import Activation
from wishart_nn import admission
from wishart_nn.factors import full_precision, linalg
from wishart_nn.folding import root
from wishart_nn.functions import factored
from wishart_nn.protocol import Law, plain_linear, sequential
from wishart_nn.weight import ldlt_weight
from wishart_nn.whole import WholeNetwork


class SkipConnection(nn.Module):
    """x ↦ skip(x) + branch(x): a folded `LDLTResidual`."""

    def __init__(self, skip: nn.Linear, branch: nn.Sequential) -> None:
        super().__init__()
        self.skip, self.branch = skip, branch

    def forward(self, x: Tensor) -> Tensor:
        return self.skip(x) + self.branch(x)


class LDLTResidual(WholeNetwork):
    """y = A x + B f(C_L ⋯ f(C_1 x + b_1) ⋯) + b: λ-Lipschitz for any weights, close to λ where a chain is far below.

    Args:
        widths: input, hidden and output widths, 3 at least: (28, 64, 64, 1) has two hidden layers.
        lipschitz, bias, device, dtype: as `LDLTChain` takes them, L being λ.
        activation: slope-restricted: relu, tanh, elu, leaky_relu, … or such a module.
        alpha: α > 0, a number or one for each weight: A, C_1, …, C_L, B.
        sigma: of the weights at the start, as `ldlt_normal_` takes it for independent layers of these shapes.

    Attributes:
        raw: W_A, W_1, …, W_L, W_B, the free parameters; `folded_weights()` are A, C_1, …, C_L, B, computed in float64.

    Raises:
        DomainError: for arguments out of range, an activation that is not slope-restricted; on the call, for weights
            that are not finite.

    Example:
        >>> network = LDLTResidual((8, 16, 16, 2), lipschitz=3.0)
        >>> x, y = torch.randn(5, 8), torch.randn(5, 8)
        >>> bool(((network(x) - network(y)).norm(dim=1) <= 3.0 * (x - y).norm(dim=1)).all())
        True
    """

    def __init__(
        self,
        widths: Sequence[int],
        *,
        lipschitz: float = 1.0,
        activation: str | nn.Module = "relu",
        alpha: float | Sequence[float] = 1.0,
        sigma: float | str = "shared",
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        options: dict[str, Any] = {"lipschitz": lipschitz, "activation": activation, "alpha": alpha, "sigma": sigma}
        super().__init__(widths, **options, bias=bias, device=device, dtype=dtype)

    def _begin(self, law: Activation) -> tuple[list[tuple[int, int]], str]:
        if len(self.widths) < 3:
            raise DomainError(f"need a hidden width, such as (28, 64, 1), got {self.widths}; LDLTLinear has none")
        if not law.slope_restricted:
            raise DomainError(f"need an activation with slopes in [0, 1], such as relu, got {law.name}")
        n, *hidden, m = self.widths
        shapes = [(m, n), *((out, into) for into, out in pairwise([n, *hidden])), (m, hidden[-1])]
        return shapes, f"residual, activation {law.name}"

    def law_now(self) -> Law:
        """Raise: no law gives the branch's share of the output; `predicted_profile` draws it."""
        raise DomainError("need layers that multiply or a chain for a law, got LDLTResidual")

    def computed(self) -> tuple[Tensor, ...]:
        *alphas, bound = self.numbers()
        first, *hidden, last = (weight.double() for weight in self.raw)
        with full_precision(first):
            v, j, _ = factored(first.mT, alphas[0])
            folded = [bound * v.mT]
            hand = bound * root(alphas[0]) * j.mT
            t = first / root(alphas[0])
            # K = I + Σ T_lT_lᵀ and FᵀF by QR: no product, so no weights are too long for them.
            stack = [torch.eye(t.shape[0], dtype=t.dtype, device=t.device)]
            for weight, alpha in zip(hidden, alphas[1:-1], strict=True):
                stack.append(t.mT)
                v, j, _ = factored(weight, alpha)
                folded.append(2**0.5 * (v @ hand))
                hand, t = 2**0.5 * root(alpha) * j.mT, t @ weight.mT / root(alpha)
            upper = _triangle(stack)
            shifted = linalg.solve_triangular(upper.mT, 2**0.5 * (stack[-1].mT @ v.mT), upper=False)
            free = ldlt_weight(last, alphas[-1]) @ _triangle([hand, shifted])
            folded.append(linalg.solve_triangular(upper, free - shifted, upper=True))
        return tuple(each.to(self.raw[0].dtype) for each in folded)

    def forward(self, x: Tensor) -> Tensor:
        admission.inputs(x, self.raw[1])
        skip, *branch = self.folded_weights()
        return self.through(branch, x) + nn.functional.linear(x, skip)

    def fold(self) -> SkipConnection:
        with torch.no_grad():
            skip, *branch = self.computed()
            return SkipConnection(plain_linear(skip, None), sequential(branch, self)).train(self.training)


def _triangle(blocks: Sequence[Tensor]) -> Tensor:
    """Return the upper triangular R with a positive diagonal and RᵀR = Σ XᵀX over the blocks."""
    r: Tensor = linalg.qr(torch.cat(list(blocks))).R
    return r * torch.where(r.diagonal() < 0, -1.0, 1.0).to(r.dtype)[:, None]
