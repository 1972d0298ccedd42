"""The definition in plain torch, to be read first: the oracle of every other route. Slow, and safe in float64 only."""

from collections.abc import Sequence
from math import sqrt
from typing import Any

import torch
from torch import Tensor

linalg: Any = torch.linalg


def reference_weight(weight: Tensor, alpha: float, gamma: float = 1.0, *, factor: str = "cholesky") -> Tensor:
    """Return γ L⁻¹W, αI + WWᵀ = LLᵀ, for an m×n W with m <= n, else γ WL⁻ᵀ, αI + WᵀW = LLᵀ; or γ (αI + WWᵀ)^{-1/2} W.

    Args:
        weight, alpha, gamma: W, a matrix, α > 0 and γ.
        factor: "cholesky", or "symmetric" for the last form.

    Returns:
        A matrix of W's shape, as exact as W's dtype is: the definition, without guards.

    Raises:
        RuntimeError: torch's, where a factorisation fails.

    Example:
        >>> reference_weight(torch.tensor([[3.0]]), 16.0, 10.0)
        tensor([[6.]])
    """
    short = weight if factor == "symmetric" or weight.shape[0] <= weight.shape[1] else weight.mT
    if factor == "symmetric":
        values, basis = linalg.eigh(short @ short.mT)
        return gamma * (basis * (values + alpha).rsqrt()) @ basis.mT @ short
    y = gamma * linalg.solve_triangular(_lower(short, alpha), short, upper=False)
    return y if short is weight else y.mT


def reference_chain(
    weights: Sequence[Tensor], alphas: Sequence[float], lipschitz: float, restricted: bool, *, factor: str = "cholesky"
) -> list[Tensor]:
    """Return C_l = k_l W̃_l Z_{l−1}, W̃_l = L_l⁻¹W_l, Z_l = √α_l L_l⁻ᵀ, L_l L_lᵀ = α_l I + W_l W_lᵀ, Z_0 = I.

    k_l = c_l c_{l−1}, in the first layer L times that: c = √2 behind a hidden layer whose activation has slopes in
    [0, 1] (`restricted`), else 1. The last W̃ is a layer's (`reference_weight`).
    Symmetric: W̃_l = (α_l I + W_l W_lᵀ)^{-1/2} W_l and Z_l = √α_l L_l⁻¹.

    Args:
        weights, alphas: W_l and α_l > 0, one for each layer.
        lipschitz, restricted: L, and whether the activation has slopes in [0, 1].
        factor: "cholesky" or "symmetric".

    Returns:
        C_l of each layer, as exact as the dtype is: the definition, without guards.

    Raises:
        ValueError: unless there is an α for each weight; RuntimeError, torch's, where a factorisation fails.

    Example:
        >>> [c.item() for c in reference_chain([torch.tensor([[0.0]])] * 2, [1.0, 1.0], 1.0, True)]
        [0.0, 0.0]
    """
    folded: list[Tensor] = []
    hand, before = torch.eye(weights[0].shape[1], dtype=weights[0].dtype), 1.0
    for i, (weight, alpha) in enumerate(zip(weights, alphas, strict=True)):
        c = sqrt(2) if restricted and i < len(weights) - 1 else 1.0
        gain = c * before * (lipschitz if i == 0 else 1.0)
        inverse = linalg.inv(_lower(weight, alpha))
        plain = factor == "symmetric" or i == len(weights) - 1
        one = reference_weight(weight, alpha, factor=factor) if plain else inverse @ weight
        folded.append(gain * one @ hand)
        hand, before = alpha**0.5 * (inverse if factor == "symmetric" else inverse.mT), c
    return folded


def _lower(weight: Tensor, alpha: float) -> Tensor:
    eye = torch.eye(weight.shape[0], dtype=weight.dtype, device=weight.device)
    return linalg.cholesky(weight @ weight.mT + alpha * eye)
