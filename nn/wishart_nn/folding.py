"""The matrices C_l of a chain of LDLT layers, layers of equal shape factored in one call.

With L_l L_lᵀ = α_l I + W_l W_lᵀ, J_l = L_l^{-1} and κ_l = k_l √α_{l−1} (κ_1 = k_1), C_l = κ_l J_l W_l J_{l−1}ᵀ; for
symmetric roots κ_l (α_l I + W_l W_lᵀ)^{-1/2} W_l J_{l−1}. A last layer that is taller than wide hands nothing on and is
factored on its smaller side.
"""

from collections.abc import Iterable, Sequence
from math import sqrt
from typing import Any

import torch
from torch import Tensor

from wishart_moments.errors import DomainError
from wishart_nn.admission import Factor
from wishart_nn.factors import Scalar, full_precision
from wishart_nn.functions import factored, transformed
from wishart_nn.weight import ldlt_weight


def fold_chain(
    weights: Sequence[Tensor], alpha: Sequence[float] | Tensor, scales: Sequence[Any], factor: Factor = "cholesky"
) -> tuple[Tensor, ...]:
    """Return C_l = k_l √α_{l−1} L_l^{-1} W_l L_{l−1}^{-T}, differentiable any number of times in all W_l and α.

    Args:
        weights: W_l, m_l×n_l with n_l = m_{l−1}; of values that are not finite the layer is named in a DomainError.
        alpha: α_l > 0, one for each layer.
        scales: k_l > 0, the gain of the whole in the first.
        factor: "cholesky", or "symmetric" for the symmetric roots, in float64 throughout.

    Example:
        >>> weights = [torch.ones(3, 2), torch.ones(1, 3)]
        >>> [c.round(decimals=3) for c in fold_chain(weights, (1.0, 1.0), [1.0, 1.0])][1]
        tensor([[0.2890, 0.1290, 0.0850]])
    """
    dtype = weights[0].dtype
    wide = torch.float64 if factor == "symmetric" else torch.promote_types(dtype, torch.float32)
    alphas = alpha.unbind() if isinstance(alpha, Tensor) else alpha
    with full_precision(weights[0]):
        try:
            folded = _folded([w.to(wide) for w in weights], alphas, scales, factor == "symmetric")
        except DomainError:
            for i, weight in enumerate(weights):
                if not (transformed() or (finite := weight.isfinite()).all()):
                    bad = weight[~finite][0].item()
                    raise DomainError(f"need finite weights, got {bad} in layer {i} of the chain") from None
            raise
    return tuple(each.to(dtype) for each in folded)


def _folded(weights: Sequence[Tensor], alphas: Sequence[Any], scales: Sequence[Any], symmetric: bool) -> list[Tensor]:
    last = len(weights) - 1
    groups = grouped((*weight.shape, i == 0, i == last) for i, weight in enumerate(weights))
    constrained: dict[tuple[Any, ...], Tensor] = {}
    hands: list[Any] = [None] * len(weights)
    folded: list[Any] = [None] * len(weights)
    for key, layers in groups.items():
        stack = torch.stack([weights[i] for i in layers])
        shift = together([alphas[i] for i in layers], stack)
        tall = layers == [last] and stack.shape[1] > stack.shape[2]
        if symmetric or tall:
            constrained[key] = ldlt_weight(stack, shift, factor="symmetric" if symmetric else "cholesky")
        if not tall and (layers != [last] or not symmetric):
            v, j, _ = factored(stack, _beside(shift))
            constrained.setdefault(key, v)
            for i, hand in zip(layers, (j if symmetric else j.mT).unbind(), strict=True):
                hands[i] = hand
    for key, layers in groups.items():
        c = constrained[key]
        if layers[0]:
            c = c @ torch.stack([hands[i - 1] for i in layers])
        gains = together([scales[i] * (root(alphas[i - 1]) if i else 1.0) for i in layers], c)
        for i, each in zip(layers, (c * _beside(gains)).unbind(), strict=True):
            folded[i] = each
    return folded


def grouped(keys: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], list[int]]:
    """Return the places of each key: layers that are factored in one call."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for i, key in enumerate(keys):
        groups.setdefault(key, []).append(i)
    return groups


def together(values: Sequence[Any], like: Tensor) -> Scalar:
    """Return one number where all are the same, else a tensor of one for each matrix of a batch."""
    if not any(isinstance(each, Tensor) for each in values) and len(set(values)) == 1:
        return values[0]
    return torch.stack([torch.as_tensor(each, dtype=like.dtype, device=like.device) for each in values])


def _beside(values: Scalar) -> Scalar:
    return values[:, None, None] if isinstance(values, Tensor) else values


def root(value: Scalar) -> Any:
    """Return √value, of a number or a tensor."""
    return value.sqrt() if isinstance(value, Tensor) else sqrt(value)
