"""Y = L⁻¹W with αI + WWᵀ = LLᵀ for a W with no more rows than columns, and its adjoint: numbers in, numbers out.

Nothing here is recorded by autograd. Everything is arranged so that a training step does few and large products:

- only the upper triangle of the Gram matrix is formed, strip by strip, and factored in place in narrow panels;
- the adjoint needs P = tril(GYᵀ) + tril(GYᵀ, −1)ᵀ. The gradient G = aᵀc of a layer has no more rank than the batch has
  rows: GYᵀ = aᵀz, z = cYᵀ, and for a small batch not even P is formed.

Rounding errs by eps·‖W‖²/α in the squared norm. Where that would reach √eps, or where a factorisation fails, the work
is done again in float64, and at last by the QR factorisation of [Wᵀ; √α I], which bounds ‖Y‖ whatever W is.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import torch
from torch import Tensor

from wishart_moments.errors import DomainError

linalg: Any = torch.linalg

Scalar = float | Tensor
"""A number, or a tensor that broadcasts against (…, 1, 1)."""

PANEL = 64
"""Rows of a panel of the Cholesky factorisation."""

STRIP = 128
"""Rows of a strip of the Gram matrix."""

BLOCK = 256
"""Rows of Y for which P is formed at once."""

BLOCKED_FROM = 256
"""Rows of W from which strips and panels are faster than one product and LAPACK's factorisation."""


_MOST = {dtype: torch.finfo(dtype).eps ** -0.5 for dtype in (torch.float32, torch.float64)}


class Factors(NamedTuple):
    """Y = L⁻¹W (…, p, q) and U = Lᵀ (…, p, p), of which only the upper triangle means anything."""

    y: Tensor
    upper: Tensor


def full_precision(tensor: Tensor) -> AbstractContextManager[Any]:
    """Return a context without autocast, which would round the operands of products."""
    device = tensor.device.type
    return torch.autocast(device, enabled=False) if torch.is_autocast_enabled(device) else nullcontext()


def factor(short: Tensor, alpha: Scalar) -> Factors:
    """Return Y and U of a float32 or float64 `short` (…, p, q), p <= q.

    Raises:
        DomainError: where an entry is not finite, or alpha is not positive and finite.
    """
    result = _by_cholesky(short, alpha)
    return _carefully(short, alpha) if result is None else result


def _by_cholesky(short: Tensor, alpha: Scalar) -> Factors | None:
    """Return the factors, or None where they would have lost half of the digits."""
    rows = short.shape[-2]
    blocked = rows >= BLOCKED_FROM and short.ndim == 2 and short.is_cpu
    gram = _upper_gram(short) if blocked else short @ short.mT
    diagonal = gram.diagonal(dim1=-2, dim2=-1)
    floor = alpha[..., 0] if isinstance(alpha, Tensor) and alpha.ndim else alpha
    diagonal.add_(floor)
    if blocked:
        upper = gram
        good = _harmless(diagonal, floor) and _factor_in_place(gram)
    else:
        lower, info = linalg.cholesky_ex(gram)
        upper = lower.mT
        good = _harmless(diagonal, floor, info)
    return Factors(_solved(upper, short), upper) if good else None


def _harmless(diagonal: Tensor, alpha: Scalar, info: Tensor | None = None) -> bool:
    """Return whether max S_ii/α <= 1/√eps and no factorisation failed: false for NaN, infinity and α <= 0 too."""
    most = _MOST[diagonal.dtype]
    if diagonal.is_cpu and diagonal.ndim == 1:
        bound = most * (alpha.item() if isinstance(alpha, Tensor) else alpha)
        return diagonal.amax().item() <= bound and (info is None or info.item() == 0)
    # One wait for the device.
    good = (diagonal <= alpha * most).all()
    return bool((good if info is None else good & (info == 0).all()).item())


def _upper_gram(short: Tensor) -> Tensor:
    rows = short.shape[0]
    gram = short.new_empty(rows, rows)
    for start in range(0, rows, STRIP):
        stop = min(start + STRIP, rows)
        torch.mm(short[start:stop], short[start:].mT, out=gram[start:stop, start:])
    return gram


def _factor_in_place(gram: Tensor) -> bool:
    """Replace the upper triangle of S by U, S = UᵀU, panel by panel; return whether every pivot was positive."""
    rows = gram.shape[0]
    for start in range(0, rows, PANEL):
        stop = min(start + PANEL, rows)
        panel = gram[start:stop, start:]
        if start:
            panel.addmm_(gram[:start, start:stop].mT, gram[:start, start:], alpha=-1)
        head, rest = panel[:, : stop - start], panel[:, stop - start :]
        # Column by column, which is how LAPACK reads, head.mT lies as head does row by row: nothing is transposed.
        lower, info = linalg.cholesky_ex(head.mT)
        pivot = lower.mT
        if info.item():
            return False
        head.copy_(pivot)
        if stop < rows:
            rest.copy_(_solved(pivot, rest))
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
    wide = short if short.dtype == torch.float64 or short.device.type == "mps" else short.double()
    shift = alpha.to(wide.dtype) if isinstance(alpha, Tensor) else alpha
    factors = (_by_cholesky(wide, shift) if wide is not short else None) or _by_qr(wide, shift)
    most = torch.finfo(short.dtype).max
    return Factors(factors.y.to(short.dtype), factors.upper.clamp(-most, most).to(short.dtype))


def _by_qr(short: Tensor, alpha: Scalar) -> Factors:
    """Y and U from [Wᵀ; √α I] = QR, scaled to entries of at most one: ‖Y‖ <= 1 up to rounding for every finite W."""
    p, q = short.shape[-2:]
    shift = torch.as_tensor(alpha, dtype=short.dtype, device=short.device).sqrt()
    scale = torch.maximum(short.abs().amax((-2, -1), keepdim=True), shift)
    bottom = shift / scale * torch.eye(p, dtype=short.dtype, device=short.device)
    basis, triangle = linalg.qr(torch.cat([short.mT / scale, bottom.expand(*short.shape[:-2], p, p)], dim=-2))
    signs = torch.where(triangle.diagonal(dim1=-2, dim2=-1) < 0, -1.0, 1.0).to(short.dtype)
    y = (basis[..., :q, :] * signs[..., None, :]).mT.contiguous()
    return Factors(y, triangle * signs[..., :, None] * scale)


def adjoint(grad: Tensor, factors: Factors) -> Tensor:
    """Return the gradient in `short` from the gradient G in Y: U⁻¹(G − PY), P = tril(GYᵀ) + tril(GYᵀ, −1)ᵀ."""
    rest = grad - _mirrored(grad @ factors.y.mT) @ factors.y
    return _back(factors.upper, rest)


def adjoint_of_product(a: Tensor, c: Tensor, z: Tensor | None, factors: Factors) -> tuple[Tensor, Tensor | None]:
    """Return the gradient in `short` from G = aᵀc, the rows of a and c being those of the batch; and aY, or None.

    z = cYᵀ is not looked at where `needs_image` says so; aY is given where it is formed on the way.
    """
    y, upper = factors
    total = None
    if z is None:
        rest = a.mT @ c
        rest.addmm_(_mirrored(rest @ y.mT), y, alpha=-1)
    elif y.shape[0] >= max(BLOCK, 2 * a.shape[0]):
        rest, total = _by_sums(a, c, z, y)
    else:
        rest = _by_blocks(a, c, z, y)
    return _back(upper, rest), total


def needs_image(batch: int, short: Tensor) -> bool:
    """Return whether the adjoint takes cYᵀ: only where aᵀz is a smaller product than GYᵀ."""
    return batch < short.shape[1] or short.shape[0] > BLOCK


def _mirrored(matrix: Tensor) -> Tensor:
    """Return tril(M) + tril(M, −1)ᵀ; M is overwritten."""
    matrix.tril_().diagonal(dim1=-2, dim2=-1).mul_(0.5)
    return matrix + matrix.mT


def _blocks(rows: int, size: int) -> list[slice]:
    return [slice(start, min(start + size, rows)) for start in range(0, rows, size)]


def _by_blocks(a: Tensor, c: Tensor, z: Tensor, y: Tensor) -> Tensor:
    """G − PY, P being formed some rows at a time: from aᵀz left of the diagonal, from zᵀa right of it."""
    rest, rows = a.mT @ c, y.shape[0]
    for block in _blocks(rows, BLOCK):
        here, there = a[:, block].mT, z[:, block].mT
        strip = y.new_empty(here.shape[0], rows)
        torch.mm(here, z[:, : block.stop], out=strip[:, : block.stop])
        strip[:, block] = _mirrored(strip[:, block])
        if block.stop < rows:
            torch.mm(there, a[:, block.stop :], out=strip[:, block.stop :])
        rest[block].addmm_(strip, y, alpha=-1)
    return rest


def _by_sums(a: Tensor, c: Tensor, z: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """G − PY and aY, with (PY)_I = a_Iᵀ Σ_{J<I} z_J Y_J + P_II Y_I + z_Iᵀ Σ_{J>I} a_J Y_J.

    The sums have as many rows as the batch.
    """
    rest, left, blocks = torch.empty_like(y), c.clone(), _blocks(y.shape[0], STRIP)
    for block in blocks:
        here = a[:, block].mT
        torch.mm(here, left, out=rest[block])
        rest[block].addmm_(_mirrored(here @ z[:, block]), y[block], alpha=-1)
        left.addmm_(z[:, block], y[block], alpha=-1)
    right = torch.zeros_like(c)
    for block in reversed(blocks):
        rest[block].addmm_(z[:, block].mT, right, alpha=-1)
        right.addmm_(a[:, block], y[block])
    return rest, right


def _back(upper: Tensor, rest: Tensor) -> Tensor:
    return linalg.solve_triangular(upper.mT, rest.mT, upper=False, left=False).mT
