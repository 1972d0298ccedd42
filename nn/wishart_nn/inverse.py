"""The free weights of constrained ones: the inverses of `ldlt_weight` and of `fold_chain`."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor

from wishart_moments.errors import DomainError
from wishart_nn import admission
from wishart_nn.admission import Factor
from wishart_nn.factors import linalg
from wishart_nn.functions import factored


def free_weight(
    weight: Tensor, alpha: float, gamma: float, factor: Factor = "cholesky", *, by_rows: bool = False
) -> Tensor:
    """Return a W with `ldlt_weight(W, alpha, gamma)` = Y, for ‖Y‖ < γ.

    With Z = Y/γ, m <= n and W = LZ, αI + WWᵀ = LLᵀ says I − ZZᵀ = αL⁻¹L⁻ᵀ: a Cholesky factorisation gives L. For m > n
    the same of the transposes. Symmetric: W = √α U s/√(1 − s²) Vᵀ for Z = U s Vᵀ.

    Args:
        weight: Y (…, m, n).
        alpha, gamma, factor: as `wishart_nn.weight.ldlt_weight` takes them.
        by_rows: whether αI + WWᵀ is factored for m > n as well, as a hidden layer of a chain does.

    Raises:
        DomainError: where ‖Y‖ >= γ up to rounding, or an entry is not finite.

    Example:
        >>> free_weight(torch.tensor([[0.6]]), 16.0, 1.0).round(decimals=4)
        tensor([[3.]])
    """
    admission.matrices(weight)
    z = weight.double() / gamma
    if not z.isfinite().all():
        raise DomainError(f"need finite weights, got {weight[~z.isfinite()][0].item()}")
    # In the weights' own precision nothing closer to the sphere comes back.
    norm = linalg.matrix_norm(z, 2).max().item()
    if norm >= 1 - torch.finfo(weight.dtype).eps:
        raise DomainError(f"need a matrix of norm < gamma = {gamma:g}, got {norm * gamma:.9g}; scale it or raise gamma")
    short = z if by_rows or z.shape[-2] <= z.shape[-1] else z.mT
    free = alpha**0.5 * (_scaled(short) if factor == "symmetric" else _solved(short))
    return (free if short is z else free.mT).to(weight.dtype)


def free_chain(
    weights: Sequence[Tensor], alphas: Sequence[float], gains: Sequence[float], factor: Factor
) -> list[Tensor]:
    """Return W_l of the chain with the matrices C_l, in float64.

    V_l = C_l Z_{l−1}^{-1}/k_l, Z_0 = I, is L_l^{-1}W_l or its symmetric fellow, and gives W_l; Z_l = √α_l L_l^{-T},
    symmetric √α_l L_l^{-1}.

    Args:
        weights: C_l.
        alphas, gains, factor: α_l, k_l, as `wishart_nn.folding.fold_chain` takes them.

    Raises:
        DomainError: where some ‖V_l‖ >= 1: no chain of these gains has these matrices; the layer is named.
    """
    found: list[Tensor] = []
    back: Tensor | None = None
    for i, (c, alpha, gain) in enumerate(zip(weights, alphas, gains, strict=True)):
        v = c.double() / gain if back is None else c.double() @ back / gain
        try:
            found.append(free_weight(v, alpha, 1.0, factor, by_rows=i < len(weights) - 1))
        except DomainError as error:
            raise DomainError(f"need the folded weights of a chain; in layer {i}: {error}") from None
        hand = alpha**0.5 * factored(found[-1], alpha).other
        back = cast(Tensor, linalg.inv(hand if factor == "symmetric" else hand.mT))
    return found


def _scaled(z: Tensor) -> Tensor:
    u, s, vt = linalg.svd(z, full_matrices=False)
    return (u * (s / ((1 - s) * (1 + s)).sqrt())[..., None, :]) @ vt


def _solved(z: Tensor) -> Tensor:
    """C⁻¹Z, CCᵀ = I − ZZᵀ."""
    gap = torch.eye(z.shape[-2], dtype=z.dtype, device=z.device) - z @ z.mT
    return linalg.solve_triangular(linalg.cholesky(gap), z, upper=False)
