"""Y = L⁻¹W with αI + WWᵀ = LLᵀ for a W with no more rows than columns, and its adjoint: numbers in, numbers out.

Nothing here is recorded by autograd. Everything is arranged so that a training step does few and large products:

- on the CPU small triangles are dealt with by compiled loops (`wishart_nn.triangles`); of a large Gram matrix only the
  upper triangle is formed, strip by strip, and factored in place in panels;
- the adjoint needs P = tril(GYᵀ) + tril(GYᵀ, −1)ᵀ. The gradient G = aᵀc of a layer has no more rank than the batch has
  rows: GYᵀ = aᵀz, z = cYᵀ, and for a small batch not even P is formed.

Rounding errs by eps·‖W‖²/α in the squared norm. Where that would reach √eps, or where a factorisation fails, the work
is done again in float64, and at last by the QR factorisation of [Wᵀ; √α I], which bounds ‖Y‖ whatever W is.
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
    if short.is_cpu and short.ndim == 2:
        return _by_panels(short, alpha)
    gram = short @ short.mT
    diagonal = gram.diagonal(dim1=-2, dim2=-1)
    floor = alpha[..., 0] if isinstance(alpha, Tensor) and alpha.ndim else alpha
    diagonal.add_(floor)
    lower, info = linalg.cholesky_ex(gram)
    # One wait for the device; NaN, infinity and α <= 0 fail too.
    good = (diagonal <= floor * _MOST[gram.dtype]).all() & (info == 0).all()
    return Factors(_solved(lower.mT, short), lower.mT) if good.item() else None


def _by_panels(short: Tensor, alpha: Scalar) -> Factors | None:
    shift = float(alpha.item() if isinstance(alpha, Tensor) else alpha)
    if not 0 < shift < inf:
        return None
    gram = short @ short.mT if short.shape[0] < BLOCKED_FROM else _upper_gram(short)
    if not shift_diagonal(gram, shift, _MOST[gram.dtype] * shift) or not _factor_panels(gram):
        return None
    return Factors(_solved(gram, short), gram)


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
    if z is not None and y.shape[0] >= 2 * a.shape[0]:
        rest, total = _by_sums(a, c, z, y)
    else:
        rest, total = a.mT @ c, None
        rest.addmm_(_mirrored(rest @ y.mT if z is None else a.mT @ z), y, alpha=-1)
    return _back(upper, rest), total


def needs_image(batch: int, short: Tensor) -> bool:
    """Return whether the adjoint takes cYᵀ: only where aᵀz is a smaller product than GYᵀ."""
    return batch < short.shape[1]


def _mirrored(matrix: Tensor) -> Tensor:
    """Return tril(M) + tril(M, −1)ᵀ; M is overwritten."""
    if matrix.is_cpu and matrix.ndim == 2:
        return mirror(matrix)
    matrix.tril_().diagonal(dim1=-2, dim2=-1).mul_(0.5)
    return matrix + matrix.mT


def _strips(rows: int) -> list[slice]:
    return [slice(start, min(start + STRIP, rows)) for start in range(0, rows, STRIP)]


def _by_sums(a: Tensor, c: Tensor, z: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """G − PY and aY, with (PY)_I = a_Iᵀ Σ_{J<I} z_J Y_J + P_II Y_I + z_Iᵀ Σ_{J>I} a_J Y_J.

    The sums have as many rows as the batch.
    """
    rest, left, strips = torch.empty_like(y), c.clone(), _strips(y.shape[0])
    for strip in strips:
        here = a[:, strip].mT
        torch.mm(here, left, out=rest[strip])
        rest[strip].addmm_(_mirrored(here @ z[:, strip]), y[strip], alpha=-1)
        left.addmm_(z[:, strip], y[strip], alpha=-1)
    right = torch.zeros_like(c)
    for strip in reversed(strips):
        rest[strip].addmm_(z[:, strip].mT, right, alpha=-1)
        right.addmm_(a[:, strip], y[strip])
    return rest, right


def _back(upper: Tensor, rest: Tensor) -> Tensor:
    return linalg.solve_triangular(upper.mT, rest.mT, upper=False, left=False).mT
