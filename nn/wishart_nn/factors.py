"""V = L⁻¹W, J = L⁻¹ with αI + WWᵀ = LLᵀ for a W with no more rows than columns, and the adjoint: numbers in and out.

V is a layer, √α Jᵀ what a chain hands on: VVᵀ + αJJᵀ = I. Every layer, chain, transform and compiled graph comes here.
Nothing is recorded by autograd, and a training step does few and large products:

- on the CPU small triangles are dealt with by compiled loops (`wishart_nn.triangles`); of a large Gram matrix only the
  upper triangle is formed, strip by strip, and factored in place in panels;
- the adjoint needs P = tril(V̄Vᵀ) + tril(V̄Vᵀ, −1)ᵀ. The gradient V̄ = aᵀc of a layer has no more rank than the batch
  has rows: V̄Vᵀ = aᵀz, z = cVᵀ, and for a small batch not even P is formed.

Complex matrices, those of a convolution at its frequencies, have ᴴ in place of ᵀ throughout, and S a real diagonal.

Rounding errs by eps·‖W‖²/α at most in VVᵀ. Beyond `GRAM_LIMIT`, or where a factorisation fails, the work is done again
in float64, and at last by the QR factorisation of [Wᵀ; √α I], whose Q is [Vᵀ; √α Jᵀ]: orthonormal whatever W is.
"""

from contextlib import AbstractContextManager, nullcontext
from math import inf
from typing import Any, NamedTuple

import torch
from torch import Tensor

from wishart_moments.errors import DomainError
from wishart_nn.triangles import factor_in_place, mirror, shift_diagonal

linalg: Any = torch.linalg

Scalar = float | Tensor
"""A number, or a tensor that broadcasts against (…, 1, 1)."""

PANEL = 128
"""Rows of a panel of the Cholesky factorisation."""

STRIP = 128
"""Rows of a strip of the Gram matrix."""

BLOCKED_FROM = 320
"""Rows of W from which strips and panels are faster than one product and one compiled factorisation."""

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


def factor(short: Tensor, alpha: Scalar) -> Factors:
    """Return V and J of a float32 or float64 `short` (…, p, q), p <= q, or a complex one of such a precision.

    Raises:
        DomainError: where an entry is not finite, or alpha is not positive and finite.
    """
    return _by_cholesky(short, alpha) or _carefully(short, alpha)


def factor_one(short: Tensor, alpha: Scalar) -> Factors:
    """Return V and J of one matrix, or on the CPU, in less time, V and U."""
    return (_by_panels(short, alpha) if short.is_cpu else None) or factor(short, alpha)


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


def _by_panels(short: Tensor, alpha: Scalar) -> Factors | None:
    shift = float(alpha.item() if isinstance(alpha, Tensor) else alpha)
    if not 0 < shift < inf:
        return None
    gram = short @ short.mT if short.shape[0] < BLOCKED_FROM else _upper_gram(short)
    if not shift_diagonal(gram, shift, GRAM_LIMIT[gram.dtype] * shift) or not _factor_panels(gram):
        return None
    return Factors(_solved(gram, short), gram, False)


def _upper_gram(short: Tensor) -> Tensor:
    rows = short.shape[0]
    gram = short.new_empty(rows, rows)
    for strip in _strips(rows):
        torch.mm(short[strip], short[strip.start :].mT, out=gram[strip, strip.start :])
    return gram


def _factor_panels(gram: Tensor) -> bool:
    """Replace the upper triangle of S by U, S = UᵀU, panel by panel; return whether every pivot was positive."""
    rows = gram.shape[0]
    if rows < BLOCKED_FROM:
        return factor_in_place(gram)
    for start in range(0, rows, PANEL):
        stop = min(start + PANEL, rows)
        panel = gram[start:stop, start:]
        if start:
            panel.addmm_(gram[:start, start:stop].mT, gram[:start, start:], alpha=-1)
        head, rest = panel[:, : stop - start], panel[:, stop - start :]
        # Contiguous: the compiled loops need neighbours in memory.
        square = head.contiguous()
        if not factor_in_place(square):
            return False
        head.copy_(square)
        if stop < rows:
            rest.copy_(_solved(head, rest))
    return True


def _solved(upper: Tensor, rows: Tensor) -> Tensor:
    """L⁻¹B as the transpose of a solve from the right, which spares BLAS two transpositions of the data."""
    return linalg.solve_triangular(upper, rows.mT, upper=True, left=False).mT


def _carefully(short: Tensor, alpha: Scalar) -> Factors:
    for name, value in (("weights", short), ("alpha", torch.as_tensor(alpha))):
        if not (finite := value.isfinite()).all():
            raise DomainError(f"need finite {name}, got {value[~finite][0].item()}")
    if not (positive := torch.as_tensor(alpha) > 0).all():
        raise DomainError(f"need alpha > 0 and finite, got {torch.as_tensor(alpha)[~positive][0].item()}")
    precise = torch.promote_types(short.dtype, torch.float64)
    wide = short if short.dtype == precise or short.device.type == "mps" else short.to(precise)
    shift = alpha.to(precise.to_real()) if isinstance(alpha, Tensor) else alpha
    factors = (_by_cholesky(wide, shift) if wide is not short else None) or _by_qr(wide, shift)
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
    v = factors.v
    if z is not None and v.shape[0] >= 2 * a.shape[0]:
        rest, total = _by_sums(a, c, z, v)
    else:
        rest, total = a.mT @ c, None
        rest.addmm_(_mirrored(rest @ v.mT if z is None else a.mT @ z), v, alpha=-1)
    if factors.inverted:
        return factors.other.mT @ rest, total
    return linalg.solve_triangular(factors.other.mT, rest.mT, upper=False, left=False).mT, total


def needs_image(batch: int, short: Tensor) -> bool:
    """Return whether the adjoint takes cVᵀ: only where aᵀz is a smaller product than V̄Vᵀ."""
    return batch < short.shape[1]


def _mirrored(matrix: Tensor) -> Tensor:
    """Return tril(M) + tril(M, −1)ᵀ; M is overwritten."""
    if matrix.is_cpu and matrix.ndim == 2:
        return mirror(matrix)
    matrix.tril_().diagonal(dim1=-2, dim2=-1).mul_(0.5)
    return matrix + matrix.mT


def _strips(rows: int) -> list[slice]:
    return [slice(start, min(start + STRIP, rows)) for start in range(0, rows, STRIP)]


def _by_sums(a: Tensor, c: Tensor, z: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """V̄ − PV and aV, with (PV)_I = a_Iᵀ Σ_{J<I} z_J V_J + P_II V_I + z_Iᵀ Σ_{J>I} a_J V_J.

    The sums have as many rows as the batch.
    """
    rest, left, strips = torch.empty_like(v), c.clone(), _strips(v.shape[0])
    for strip in strips:
        here = a[:, strip].mT
        torch.mm(here, left, out=rest[strip])
        rest[strip].addmm_(_mirrored(here @ z[:, strip]), v[strip], alpha=-1)
        left.addmm_(z[:, strip], v[strip], alpha=-1)
    right = torch.zeros_like(c)
    for strip in reversed(strips):
        rest[strip].addmm_(z[:, strip].mT, right, alpha=-1)
        right.addmm_(a[:, strip], v[strip])
    return rest, right
