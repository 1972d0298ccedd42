"""The factorisation on the CPU, and the solves and sums with its factors, by compiled loops.

For matrices of a layer's size BLAS and LAPACK take twice as long or more. Wide matrices are dealt with in blocks of
columns that are copied out, so that what is written stays in the cache.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import torch
from torch import Tensor

BLOCK, WIDE = 128, 256
"""Columns of a block, a multiple of 32, where there are more than so many."""


def factor_stack(short: Tensor, alphas: Any, most: float, *right: Tensor) -> Tensor | None:
    """Return U, αI + WWᵀ = UᵀU, on and above its diagonal, and replace each B by U⁻ᵀB, for a stack of matrices.

    Args:
        short: W (N, p, q), contiguous.
        alphas: N numbers in an array.
        most: the largest diagonal entry of αI + WWᵀ allowed, in units of α.
        right: B (N, p, …), contiguous.

    Returns:
        None where an entry there is larger or not finite, or a matrix is not positive definite in this precision.

    Example:
        >>> import numpy, torch
        >>> w, v = torch.tensor([[[3.0]]]), torch.tensor([[[3.0]]])
        >>> factor_stack(w, numpy.array([16.0]), 1e3, v), v
        (tensor([[[5.]]]), tensor([[[0.6000]]]))
    """
    kernels, w, (count, p, _) = _kernels(), short.numpy(), short.shape
    upper = short.new_zeros(count, p, p)
    u = upper.numpy()
    for lo, hi in _blocks(p):
        rows = _copied(short, w[:, lo:hi].swapaxes(1, 2))
        part = u if p <= WIDE else short.new_zeros(count, hi, hi - lo).numpy()
        if not (kernels.gram(w, rows, part, lo, alphas, most) and kernels.eliminate(u, part, lo, True)):
            return None
    for part in (part for each in right for part in _parts(each)):
        kernels.eliminate(u, part, 0, False)
    return upper


def solve_back(upper: Tensor, right: Tensor) -> Tensor:
    """Return U⁻¹B in the place of a contiguous B.

    Example:
        >>> import torch
        >>> solve_back(torch.tensor([[1.0, 2.0], [9.9, 4.0]]), torch.tensor([[5.0], [8.0]])).tolist()
        [[1.0], [2.0]]
    """
    u = upper.numpy()
    for part in _parts(right):
        _kernels().solve_back(u, part)
    return right


def sweep(a: Tensor, c: Tensor, z: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """Return aᵀc − PV, P = tril(aᵀz) + tril(aᵀz, −1)ᵀ, and aV, in sums of as many rows as a has.

    Example:
        >>> import torch
        >>> one = torch.ones(1, 2)
        >>> [each.tolist() for each in sweep(one, torch.zeros(1, 1), one, torch.ones(2, 1))]
        [[[-2.0], [-2.0]], [[2.0]]]
    """
    rest, total, left = v.new_zeros(v.shape), v.new_zeros(c.shape), c.clone(memory_format=torch.contiguous_format)
    turned = [_copied(each, each.numpy().T) for each in (a, z)]
    fixed, moving = (v, left), (rest, total)
    for x, below, y, above in zip(*(_parts(f, False) for f in fixed), *map(_parts, moving), strict=True):
        _kernels().sweep(*turned, x, y, below, above)
    return rest, total


def mirror(matrix: Tensor) -> Tensor:
    """Copy what is left of the diagonal to its right, in place: tril(M) + tril(M, −1)ᵀ.

    Example:
        >>> import torch
        >>> mirror(torch.tensor([[1.0, 2.0], [3.0, 4.0]])).tolist()
        [[1.0, 3.0], [3.0, 4.0]]
    """
    _kernels().mirror(matrix.numpy())
    return matrix


def _blocks(columns: int) -> list[tuple[int, int]]:
    step = BLOCK if columns > WIDE else max(columns, 1)
    return [(lo, min(lo + step, columns)) for lo in range(0, columns, step)]


def _parts(matrix: Tensor, back: bool = True) -> Iterator[Any]:
    """Yield blocks of columns, and write back what is done to them."""
    whole = matrix.numpy()
    if whole.shape[-1] <= WIDE:
        yield whole
        return
    for lo, hi in _blocks(whole.shape[-1]):
        part = _copied(matrix, whole[..., lo:hi])
        yield part
        if back:
            whole[..., lo:hi] = part


def _copied(like: Tensor, values: Any) -> Any:
    """Return a copy in a tensor's storage, which begins with a line of the cache: loops are twice as fast."""
    copy = like.new_empty(values.shape).numpy()
    copy[...] = values
    return copy


@cache
def _kernels() -> Any:
    from wishart_nn import kernels  # numba: only where a layer is used

    return kernels
