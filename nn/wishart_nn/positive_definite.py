"""Proofs in float64: that a symmetric matrix is positive definite, that a matrix has at most this norm.

A floating Cholesky factorisation of A that runs to its end, in whatever order it sums, has a backward error of norm at
most γ/(1 − γ) tr A, γ = (p + 2)u/(1 − (p + 2)u), besides underflow. So if it succeeds for A − cI with c above that, A
is positive definite: a theorem about A, not an estimate.

References: Rump, Verification of positive definiteness, BIT 46 (2006); Higham, Accuracy and Stability, Theorem 10.3.
"""

from math import frexp, inf, isfinite, ldexp, sqrt
from typing import Any

import torch
from torch import Tensor

from wishart_moments.errors import DomainError

linalg: Any = torch.linalg

UNIT = 2.0**-53
_TINY = 2.0**-1000
"""Far above what underflow can add, far below what is tested."""


def is_positive_definite(a: Tensor, radius: float = 0.0) -> bool:
    """Return True only if every symmetric matrix within `radius` (in norm) of the symmetric a is positive definite.

    Args:
        a: (p, p), float64, its lower triangle.
        radius: >= 0.

    Returns:
        Whether that could be proved; False proves nothing.

    Example:
        >>> is_positive_definite(torch.eye(3, dtype=torch.float64)), is_positive_definite(torch.zeros(1, 1).double())
        (True, False)
    """
    p = a.shape[-1]
    diagonal = a.diagonal()
    trace = float(diagonal.abs().sum())
    if not isfinite(trace) or not bool(torch.isfinite(a).all()) or float(diagonal.min()) <= 0:
        return False
    gamma = (p + 2) * UNIT / (1 - (p + 2) * UNIT)
    # Twice the bound: room for the rounding of the trace, of the shift itself and of A − cI.
    shift = 2 * (gamma / (1 - gamma) * trace + radius + p * _TINY) + 4 * UNIT * float(diagonal.max())
    shifted = a.clone()
    shifted.diagonal().sub_(shift)
    _, info = linalg.cholesky_ex(shifted)
    return int(info) == 0


def norm_at_most(matrix: Tensor, bound: float) -> bool:
    """Return True only if ‖Y‖ <= bound, proved through bound² I − YYᵀ, the rounding of the product included."""
    short = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.mT
    p, q = short.shape
    gram = short @ short.mT
    # |fl(YYᵀ) − YYᵀ| <= γ_q |Y||Yᵀ| entry by entry, and that has norm at most ‖Y‖_F².
    squares = float(short.square().sum()) * (1 + 4 * (p * q) * UNIT)
    radius = 2 * (q + 2) * UNIT * squares
    test = torch.eye(p, dtype=torch.float64) * (bound * bound * (1 - 4 * UNIT)) - gram
    # Each difference on the diagonal is rounded once.
    return is_positive_definite(test, radius + 4 * UNIT * (bound * bound + squares))


def certified_norm(matrix: Tensor) -> float:
    """Return an upper bound of the spectral norm, proved, above it by a relative 1e-10 or so for a few hundred columns.

    Args:
        matrix: (m, n), finite, taken as the exact matrix that it is; or a batch (…, m, n) of them.

    Returns:
        The bound, of a batch that of the greatest norm; 0 for a zero matrix.

    Raises:
        DomainError: if an entry is not finite.

    Example:
        >>> bound = certified_norm(torch.tensor([[3.0, 0.0], [4.0, 0.0]]))
        >>> 5.0 <= bound < 5.0 + 1e-10
        True
    """
    wide = matrix.detach().to("cpu", torch.float64)
    if not bool(torch.isfinite(wide).all()):
        raise DomainError("need finite weights, got a matrix with an entry that is not")
    largest = float(wide.abs().max()) if wide.numel() else 0.0
    if largest == 0:
        return 0.0
    # A power of two changes no digit; entries that underflow are 2^-1000 of the greatest.
    exponent = frexp(largest)[1]
    scaled = _scaled(wide, -exponent)
    lost = sqrt(scaled.numel()) * _TINY
    estimate = float(linalg.matrix_norm(scaled, 2).max())
    each = scaled.reshape(-1, *scaled.shape[-2:])
    p = min(each.shape[1:])
    excess = 8 * (max(each.shape[1:]) + p + 4) * UNIT
    while excess < 1:
        bound = estimate * (1 + excess)
        if all(norm_at_most(one, bound) for one in each):
            return _up(_times_power(bound + lost, exponent))
        excess *= 2
    frobenius = float(linalg.matrix_norm(scaled).max()) * (1 + 4 * scaled.numel() * UNIT) + lost
    return _up(_times_power(frobenius, exponent))


def _scaled(matrix: Tensor, exponent: int) -> Tensor:
    half = exponent // 2
    return matrix * 2.0**half * 2.0 ** (exponent - half)


def _times_power(value: float, exponent: int) -> float:
    try:
        return ldexp(value, exponent)
    except OverflowError:
        return inf


def _up(value: float) -> float:
    return value * (1 + 4 * UNIT) + 5e-324
