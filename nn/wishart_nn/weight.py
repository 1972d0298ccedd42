"""The constrained weight γ W (αI + WᵀW)^{-1/2} up to a rotation, and the layer that multiplies by it.

Every singular value s of W becomes γ s/√(α + s²) < γ. Both sides give the same matrix, W (αIₙ + WᵀW)^{-1/2} =
(αI_m + WWᵀ)^{-1/2} W, so the smaller one is factored.
"""

import torch
from torch import Tensor

from wishart_moments.errors import DomainError
from wishart_nn import admission
from wishart_nn.admission import Factor
from wishart_nn.factors import Scalar, full_precision
from wishart_nn.functions import factored, plain, product, transformed
from wishart_nn.symmetric import inverse_root


def ldlt_weight(weight: Tensor, alpha: Scalar = 1.0, gamma: Scalar = 1.0, *, factor: Factor = "cholesky") -> Tensor:
    """Return Y with the singular values γ s/√(α + s²) < γ, s those of W: the matrix of a γ-Lipschitz layer.

    factor="cholesky", for m <= n:  αI_m + WWᵀ = LLᵀ, Y = γ L⁻¹W;  for m > n:  αIₙ + WᵀW = LLᵀ, Y = γ W L⁻ᵀ.
    factor="symmetric":             Y = γ (αI_m + WWᵀ)^{-1/2} W = γ W (αIₙ + WᵀW)^{-1/2}, same singular vectors as W.

    For W with independent N(0, σ²) entries both have the output variance (γ²/m)(m − α E tr(αI + WWᵀ)^{-1}).

    Args:
        weight: W (…, m, n), real floating point, finite. bfloat16 and float16 are computed in float32.
        alpha: α > 0, a number or a tensor that broadcasts against the leading dimensions; unit: that of W².
        gamma: γ > 0, likewise; the Lipschitz bound.
        factor: "cholesky", the fast one, or "symmetric", always computed in float64.

    Returns:
        Y (…, m, n) of W's dtype, differentiable any number of times in W, α and γ. The norm exceeds γ by rounding only:
        relative √eps at most, and some eps unless ‖W‖²/α is large.

    Raises:
        DomainError: for an argument outside its domain.

    Example:
        >>> y = ldlt_weight(torch.tensor([[3.0, 0.0], [0.0, 4.0]]), alpha=9.0, gamma=2.0)
        >>> [round(x, 4) for x in y.diagonal().tolist()]  # 2·3/√(9 + 3²) and 2·4/√(9 + 4²)
        [1.4142, 1.6]
        >>> ldlt_weight(torch.ones(2, 2), alpha=-1.0)
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need alpha > 0 and finite, got -1.0
    """
    admission.matrices(weight)
    kind = admission.factor_name(factor)
    shift, gain = admission.scalar(alpha, "alpha"), admission.scalar(gamma, "gamma")
    with full_precision(weight):
        # The symmetric factor is the careful one: float64 throughout.
        wanted = weight.to(torch.float64 if kind == "symmetric" and weight.device.type != "mps" else _computed(weight))
        wide = weight.shape[-2] <= weight.shape[-1]
        short = wanted if wide else wanted.mT
        shift, gain = _beside(shift, wanted, "alpha"), _beside(gain, wanted, "gamma")
        y = inverse_root(short, shift) @ short if kind == "symmetric" else factored(short, shift).v
        y = y if wide else y.mT.contiguous()
        return (y if _is_one(gain) else y * gain).to(weight.dtype)


def ldlt_linear(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    alpha: Scalar = 1.0,
    gamma: Scalar = 1.0,
    *,
    factor: Factor = "cholesky",
) -> Tensor:
    """Return y = x Yᵀ + b with Y = `ldlt_weight(weight, alpha, gamma)`, W being a matrix: γ-Lipschitz in x.

    One operation with its own backward: cheaper than forming Y and multiplying, as the gradient in Y has no more rank
    than the batch has rows.

    Args:
        x: (…, n), of W's dtype unless autocast is on.
        weight: W (m, n).
        bias: b (m,) or None.
        alpha: α > 0, a number or a tensor of one.
        gamma: γ > 0, likewise.
        factor: as in `ldlt_weight`.

    Returns:
        y (…, m) of x's dtype, computed in float32 or float64; under autocast of autocast's dtype, as nn.Linear.

    Raises:
        DomainError: for an argument outside its domain.

    Example:
        >>> ldlt_linear(torch.tensor([[1.0, 2.0]]), torch.zeros(3, 2), torch.ones(3)).tolist()
        [[1.0, 1.0, 1.0]]
    """
    admission.matrices(weight)
    if weight.ndim != 2:
        raise DomainError(f"need a matrix as weight, got shape {tuple(weight.shape)}; ldlt_weight takes batches")
    kind = admission.factor_name(factor)
    shift, gain = admission.scalar(alpha, "alpha"), admission.scalar(gamma, "gamma")
    dtype = admission.inputs(x, weight)
    eager = kind == "cholesky" and not (torch.compiler.is_compiling() or not plain(weight, x) or transformed())
    if eager and x.ndim == 2 and dtype == _computed(weight) and _is_one(gain) and not isinstance(shift, Tensor):
        # At once: for narrow layers all that follows costs as much as a product.
        return product(x, weight, bias, shift)
    with full_precision(weight):
        wanted = weight.to(_computed(weight))
        rows, offset = x.to(wanted.dtype), None if bias is None else bias.to(wanted.dtype)
        shift, gain = _beside(shift, wanted, "alpha", 0), _beside(gain, wanted, "gamma", 0)
        if not eager:
            y = torch.nn.functional.linear(rows, ldlt_weight(wanted, shift, gain, factor=kind), offset)
            return y.to(dtype)
        flat = rows if rows.ndim == 2 else rows.reshape(-1, rows.shape[-1])
        y = product(flat, wanted, offset if _is_one(gain) else None, shift)
        if not _is_one(gain):
            y = y * gain if offset is None else y * gain + offset
        return (y if rows.ndim == 2 else y.reshape(*x.shape[:-1], weight.shape[0])).to(dtype)


def _computed(weight: Tensor) -> torch.dtype:
    return torch.float64 if weight.dtype == torch.float64 else torch.float32


def _beside(value: Scalar, weight: Tensor, name: str, ndim: int | None = None) -> Scalar:
    """Return a tensor in the weights' dtype, with two more dimensions if it has any; one number where `ndim` is 0."""
    if not isinstance(value, Tensor):
        return value
    if ndim == 0 and value.numel() != 1:
        raise DomainError(f"need one {name} for one layer, got shape {tuple(value.shape)}")
    if name == "gamma" and not (torch.compiler.is_compiling() or transformed() or not plain(value)):
        bad = ~((value > 0) & value.isfinite())
        if bad.any():
            raise DomainError(f"need gamma > 0 and finite, got {value[bad][0].item()}")
    lead = weight.shape[:-2]
    shape = value.shape if value.numel() != 1 else lead[:0]
    if len(shape) > len(lead) or any(
        one not in (1, many) for one, many in zip(reversed(shape), reversed(lead), strict=False)
    ):
        raise DomainError(f"need {name} of a shape that broadcasts to {tuple(lead)}, got {tuple(value.shape)}")
    return value.to(weight.dtype).reshape((*shape, 1, 1) if shape else ())


def _is_one(value: Scalar) -> bool:
    return not isinstance(value, Tensor) and value == 1
