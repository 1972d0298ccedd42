"""The factorisation on the CPU, and the solves and sums with its factors, by compiled loops.

For matrices of a layer's size BLAS and LAPACK take twice as long or more.
"""

from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from wishart_moments.errors import DomainError


def address(tensor: Tensor) -> int:
    """Return where in memory the numbers of a tensor of the CPU are.

    Raises:
        DomainError: where its storage was emptied, or ends before its last number: nothing may look there.

    Example:
        >>> address(torch.ones(2)) > 0
        True
    """
    if tensor.is_contiguous():
        last = tensor.numel() - 1
    else:
        last = sum((count - 1) * step for count, step in zip(tensor.shape, tensor.stride(), strict=True))
    last += tensor.storage_offset()
    if not (place := tensor.data_ptr()) or tensor.untyped_storage().nbytes() <= last * tensor.itemsize:
        raise DomainError(f"need weights with storage, got too little of it for the shape {tuple(tensor.shape)}")
    return place


def factor_stack(short: Tensor, alphas: Any, most: float, inverted: bool) -> tuple[Tensor, Tensor] | None:
    """Return V = U⁻ᵀW of a stack of matrices, αI + WWᵀ = UᵀU, with U⁻ᵀ, or with U as `adjoint_of_rows` takes it.

    Args:
        short: W (N, p, q).
        alphas: N numbers in an array.
        most: the largest diagonal entry of αI + WWᵀ allowed, in units of α.
        inverted: whether U⁻ᵀ is wanted.

    Returns:
        None where an entry there is larger or not finite, or a matrix is not positive definite in this precision.

    Raises:
        DomainError: for weights without storage.

    Example:
        >>> import numpy, torch
        >>> factor_stack(torch.tensor([[[3.0]]]), numpy.array([16.0]), 1e3, True)
        (tensor([[[0.6000]]]), tensor([[[0.2000]]]))
    """
    address(short)
    kernels, (count, p, _) = _kernels(), short.shape
    whole = pad(short, (0, 0, 0, rest)) if (rest := -p % kernels.ROWS) else short.contiguous()
    upper = short.new_zeros(count, p + rest, p + rest)
    w, u = whole.numpy(), upper.numpy()
    if not kernels.factor(w, alphas, most, u):
        return None
    v = torch.empty_like(whole)
    kernels.solve(u, w, v.numpy())
    v = v[:, :p].contiguous()
    if not inverted:
        return v, upper
    inverse = torch.eye(p, dtype=short.dtype).repeat(count, 1, 1)
    kernels.solve(u, inverse.numpy(), inverse.numpy())
    return v, inverse


def adjoint_of_rows(a: Tensor, c: Tensor, z: Tensor, v: Tensor, upper: Tensor) -> tuple[Tensor, Tensor]:
    """Return U⁻¹(aᵀc − PV), P = tril(aᵀz) + tril(aᵀz, −1)ᵀ, and aV, in sums of as many rows as a has.

    Example:
        >>> import numpy, torch
        >>> v, upper = factor_stack(torch.tensor([[[3.0]]]), numpy.array([16.0]), 1e3, False)
        >>> one = torch.ones(1, 1)
        >>> adjoint_of_rows(one, 0 * one, one, v[0], upper[0])
        (tensor([[-0.1200]]), tensor([[0.6000]]))
    """
    rest, total = torch.empty_like(v), torch.empty_like(c, memory_format=torch.contiguous_format)
    given = [each.contiguous().numpy() for each in (a, c, z)]
    _kernels().sweep(*given, v.numpy(), upper.numpy(), rest.numpy(), total.numpy())
    return rest, total


def adjoint_of_matrix(lower: Tensor, rest: Tensor, v: Tensor, upper: Tensor) -> Tensor:
    """Return U⁻¹(B − PV), P = tril(M) + tril(M, −1)ᵀ, in the place of a contiguous B.

    Example:
        >>> import numpy, torch
        >>> v, upper = factor_stack(torch.tensor([[[3.0]]]), numpy.array([16.0]), 1e3, False)
        >>> adjoint_of_matrix(torch.ones(1, 1), torch.ones(1, 1), v[0], upper[0])
        tensor([[0.0800]])
    """
    _kernels().subtract(lower.contiguous().numpy(), v.numpy(), upper.numpy(), rest.numpy())
    return rest


@cache
def _kernels() -> Any:
    from wishart_nn import kernels  # numba: only where a layer is used

    return kernels
