"""V = L⁻¹W, J = L⁻¹ with αI + WWᵀ = LLᵀ for a W with no more rows than columns, and the adjoint: numbers in and out.

V is a layer, √α Jᵀ what a chain hands on: VVᵀ + αJJᵀ = I. Every layer, chain, transform and compiled graph comes here.
Nothing is recorded by autograd. On the CPU all is done by compiled loops (`wishart_nn.triangles`), but for large
matrices where torch has many threads.

The adjoint needs P = tril(V̄Vᵀ) + tril(V̄Vᵀ, −1)ᵀ. The gradient V̄ = aᵀc of a layer has no more rank than the batch has
rows: V̄Vᵀ = aᵀz, z = cVᵀ, and for a small batch not even P is formed.

Complex matrices, those of a convolution at its frequencies, have ᴴ in place of ᵀ throughout, and S a real diagonal.

Rounding errs by eps·‖W‖²/α at most in VVᵀ. Beyond `GRAM_LIMIT`, or where a factorisation fails, the work is done again
in float64, and at last by the QR factorisation of [Wᵀ; √α I], whose Q is [Vᵀ; √α Jᵀ]: orthonormal whatever W is.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from wishart_moments.errors import DomainError
from wishart_nn.triangles import adjoint_of_matrix, adjoint_of_rows, factor_stack

linalg: Any = torch.linalg

Scalar = float | Tensor
"""A number, or a tensor that broadcasts against (…, 1, 1)."""

FEW_THREADS, WIDE = 2, 256
"""With more threads BLAS and LAPACK are faster on matrices with more rows than the compiled loops, which have one."""

GRAM_LIMIT = {torch.float32: 1e3, torch.float64: 1e7, torch.complex64: 1e3, torch.complex128: 1e7}
"""The largest (WWᵀ)_ii/α for which the Gram matrix is formed in this precision."""


class Factors(NamedTuple):
    """V = L⁻¹W (…, p, q) with J = L⁻¹ (…, p, p), or with U = Lᵀ, of which only the upper triangle means anything."""

    v: Tensor
    other: Tensor
    inverted: bool = True


def full_precision(tensor: Tensor) -> AbstractContextManager[Any]:
    """Return a context without autocast, which would round the operands of products."""
    return torch.autocast(tensor.device.type, enabled=False) if autocast(tensor) else nullcontext()


def autocast(tensor: Tensor) -> bool:
    """Return whether autocast is on for the tensor's device."""
    device = tensor.device.type
    return device != "meta" and torch.is_autocast_enabled(device)


def factor(short: Tensor, alpha: Scalar, inverted: bool = True) -> Factors:
    """Return V and J of a `short` (…, p, q), p <= q, or U in place of J, where that is less work.

    Raises:
        DomainError: where an entry is not finite, or alpha is not positive and finite.
    """
    return _quickly(short, alpha, inverted) or _carefully(short, alpha)


def _looped(matrix: Tensor) -> bool:
    real = matrix.is_cpu and not matrix.is_complex()
    return real and (matrix.shape[-2] <= WIDE or torch.get_num_threads() <= FEW_THREADS)


def _quickly(short: Tensor, alpha: Scalar, inverted: bool = True) -> Factors | None:
    """Return the factors, or None where too many digits would be lost."""
    return _by_loops(short, alpha, inverted) if _looped(short) else _by_cholesky(short, alpha)


def _by_loops(short: Tensor, alpha: Scalar, inverted: bool) -> Factors | None:
    stack = short.detach().reshape(-1, *short.shape[-2:])
    if isinstance(alpha, Tensor):
        alphas = alpha.detach().double().expand(*short.shape[:-2], 1, 1).reshape(-1).numpy()
    else:
        alphas = np.full(len(stack), alpha)
    found = factor_stack(stack, alphas, GRAM_LIMIT[short.dtype], inverted)
    if found is None:
        return None
    v, other = found
    return Factors(v.view(short.shape), other.view(*short.shape[:-2], *other.shape[1:]), inverted)


def _by_cholesky(short: Tensor, alpha: Scalar) -> Factors | None:
    """Return the factors, or None where too many digits would be lost."""
    gram = short @ short.mH
    diagonal = gram.diagonal(dim1=-2, dim2=-1).real
    floor = alpha[..., 0] if isinstance(alpha, Tensor) and alpha.ndim else alpha
    diagonal.add_(floor)
    lower, info = linalg.cholesky_ex(gram)
    # One wait for the device; NaN, infinity and α <= 0 fail too.
    if not ((diagonal <= floor * GRAM_LIMIT[gram.dtype]).all() & (info == 0).all()).item():
        return None
    eye = torch.eye(short.shape[-2], dtype=short.dtype, device=short.device)
    inverse = linalg.solve_triangular(lower, eye, upper=False)
    return Factors(inverse @ short, inverse)


def _carefully(short: Tensor, alpha: Scalar) -> Factors:
    for name, value in (("weights", short), ("alpha", torch.as_tensor(alpha))):
        if not (finite := value.isfinite()).all():
            raise DomainError(f"need finite {name}, got {value[~finite][0].item()}")
    if not (positive := torch.as_tensor(alpha) > 0).all():
        raise DomainError(f"need alpha > 0 and finite, got {torch.as_tensor(alpha)[~positive][0].item()}")
    precise = torch.promote_types(short.dtype, torch.float64)
    wide = short if short.dtype == precise or short.device.type == "mps" else short.to(precise)
    shift = alpha.to(precise.to_real()) if isinstance(alpha, Tensor) else alpha
    factors = (_quickly(wide, shift) if wide is not short else None) or _by_qr(wide, shift)
    return Factors(factors.v.to(short.dtype), factors.other.to(short.dtype))


def _by_qr(short: Tensor, alpha: Scalar) -> Factors:
    """V and J from [Wᴴ; √α I] = QR, scaled to entries of at most one: ‖V‖ <= 1 up to rounding for every finite W."""
    p, q = short.shape[-2:]
    shift = torch.as_tensor(alpha, dtype=short.dtype.to_real(), device=short.device).sqrt()
    scale = torch.maximum(short.abs().amax((-2, -1), keepdim=True), shift)
    bottom = shift / scale * torch.eye(p, dtype=short.dtype, device=short.device)
    basis, triangle = linalg.qr(
        torch.cat([short.mT.conj_physical() / scale, bottom.expand(*short.shape[:-2], p, p)], dim=-2)
    )
    signs = torch.where((diagonal := triangle.diagonal(dim1=-2, dim2=-1)) == 0, 1, diagonal.sgn())
    # Conjugates in memory: inside an operator of a graph torch does not look at the flag of a lazy one.
    basis = (basis * signs[..., None, :]).mT.conj_physical()
    return Factors(basis[..., :q].contiguous(), (basis[..., q:] / shift).tril())


def adjoint(by_v: Tensor | None, by_j: Tensor | None, factors: Factors) -> Tensor:
    """Return the gradient in `short` from those in V and J: Jᴴ(V̄ − PV), P = tril(A) + tril(A, −1)ᴴ, A = V̄Vᴴ + J̄Jᴴ.

    Of a complex A the diagonal of P has the real part only, as S has.
    """
    v, j, _ = factors
    inner = 0 if by_v is None else by_v @ v.mH
    inner = inner if by_j is None else inner + by_j @ j.mH
    lower: Any = inner
    p = lower.tril() + lower.tril(-1).mH
    if v.is_complex():
        p = p - 1j * torch.diag_embed(lower.diagonal(dim1=-2, dim2=-1).imag)
    rest = -(p @ v) if by_v is None else by_v - p @ v
    return j.mH @ rest


def adjoint_of_product(a: Tensor, c: Tensor, z: Tensor | None, factors: Factors) -> tuple[Tensor, Tensor | None]:
    """Return the gradient in `short` from V̄ = aᵀc, the rows of a and c being those of the batch; and aV, or None.

    z = cVᵀ is not looked at where `needs_image` says so; aV is given where it is formed on the way.
    """
    v, other, inverted = factors
    if z is not None and not inverted and v.shape[0] >= 2 * a.shape[0]:
        return adjoint_of_rows(a, c, z, v, other)
    rest = a.mT @ c
    lower = a.mT @ z if z is not None and needs_image(len(a), v) else rest @ v.mT
    if not inverted:
        return adjoint_of_matrix(lower, rest, v, other), None
    lower.tril_().diagonal().mul_(0.5)
    return other.mT @ rest.addmm_(lower + lower.mT, v, alpha=-1), None


def needs_image(batch: int, short: Tensor) -> bool:
    """Return whether the adjoint takes cVᵀ: only where aᵀz is a smaller product than V̄Vᵀ."""
    return batch < short.shape[1]
