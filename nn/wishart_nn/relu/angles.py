"""Norms, directions and angles of vectors that keep their digits: one text for numpy arrays and torch tensors.

The angle of u and v is 2 atan2(‖û − v̂‖, ‖û + v̂‖) (Kahan): arccos û·v̂ loses half of the digits near 0 and π. Everything
here is differentiable any number of times under autograd; where a direction is undefined (a zero vector, the plane of
parallel vectors) its derivative is taken for zero, which is the limit of all that the population formulas need.

References: Kahan, How futile are mindless assessments of roundoff in floating-point computation?, 2006.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError

if TYPE_CHECKING:
    import torch

SERIES_BELOW = 0.5
_ARCH_TERMS = (1 / 3, -1 / 30, 1 / 840, -1 / 45360, 1 / 3991680, -1 / 518918400, 1 / 93405312000)
"""(−1)^{k+1} 2k/(2k + 1)!, k = 1, 2, ...: below 1/2 the next term is less than 2^-52 of the sum."""


def namespace(*values: Any) -> Any:
    """Return torch if any of the values is a tensor, else numpy.

    Example:
        >>> namespace([1.0]).__name__
        'numpy'
    """
    return sys.modules["torch"] if any(map(is_tensor, values)) else np


def is_tensor(value: Any) -> bool:
    """Return whether the value is a tensor of torch: nothing is one while nobody has loaded it."""
    torch: Any = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def vectors(*values: Any, names: tuple[str, ...], rank: int = 1) -> tuple[Any, ...]:
    """Return the values as float64 arrays of the same kind, of at least `rank` dimensions and one length d.

    Args:
        values: array-likes (..., d); tensors if any of them is one.
        names: of the values, for messages.
        rank: the least number of dimensions.

    Raises:
        DomainError: for shapes that do not fit, complex values, values that are not finite.

    Example:
        >>> vectors([1, 2], [3, 4, 5], names=("e", "w"))
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need e and w of one length d, got 2 and 3
    """
    xp = namespace(*values)
    device = next((value.device for value in values if is_tensor(value)), None)
    found = tuple(_float64(value, name, device, rank) for value, name in zip(values, names, strict=True))
    lengths = [each.shape[-1] for each in found]
    if len(set(lengths)) > 1:
        raise DomainError(f"need {' and '.join(names)} of one length d, got {' and '.join(map(str, lengths))}")
    for each, name in zip(found, names, strict=True):
        if not _finite(xp, each):
            raise DomainError(f"need finite {name}, got nan or infinity in it")
    return found


def matrices(*values: Any, names: tuple[str, ...]) -> tuple[Any, ...]:
    """Return the values as `vectors` does, each of exactly the two dimensions (K, d).

    Raises:
        DomainError: as `vectors`, and for other dimensions.

    Example:
        >>> matrices([[[1.0]]], [[1.0]], names=("w", "teacher"))
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need w and teacher of shape (K, d), got (1, 1, 1) and (1, 1)
    """
    found = vectors(*values, names=names, rank=2)
    if any(each.ndim != 2 for each in found):
        shapes = " and ".join(str(tuple(each.shape)) for each in found)
        raise DomainError(f"need {' and '.join(names)} of shape (K, d), got {shapes}")
    return found


def _float64(value: Any, name: str, device: torch.device | None, rank: int) -> Any:
    if is_tensor(value):
        kind = value.is_complex()
        array: Any = value if kind else value.double()
    else:
        array = np.asarray(value)
        kind = array.dtype.kind not in "iuf"
        array = array if kind else array.astype(np.float64)
        if device is not None and not kind:
            array = sys.modules["torch"].as_tensor(array, device=device)
    if kind:
        raise DomainError(f"need real numbers for {name}, got {array.dtype}")
    if array.ndim < rank or not array.shape[-1] or (rank > 1 and not array.shape[-2]):
        wanted = "(..., K, d)" if rank > 1 else "(..., d)"
        raise DomainError(f"need {name} of shape {wanted}, got {shown(tuple(array.shape))}")
    return array


def _finite(xp: Any, array: Any) -> bool:
    try:
        return bool(xp.isfinite(array).all())
    except RuntimeError:  # under torch.func.vmap values cannot be looked at
        return True


def safe_norm(u: Any) -> Any:
    """Return ‖u‖ over the last dimension, without overflow or underflow; its gradient at zero is zero.

    Example:
        >>> float(safe_norm(np.array([3 * 2.0**900, 4 * 2.0**900])) / 2.0**900)
        5.0
    """
    xp = namespace(u)
    fixed: Any = u.detach() if is_tensor(u) else u
    size = xp.amax(abs(fixed), -1)
    size = xp.where(size > 0, size, xp.ones_like(size))
    return size * _root(((u / size[..., None]) ** 2).sum(-1))


def _root(square: Any) -> Any:
    xp = namespace(square)
    positive = square > 0
    root = xp.sqrt(xp.where(positive, square, xp.ones_like(square)))
    return xp.where(positive, root, xp.zeros_like(root))


def unit(u: Any, norm: Any) -> Any:
    """Return u/‖u‖, and zero for the zero vector.

    Example:
        >>> unit(np.array([[3.0, 4.0], [0.0, 0.0]]), np.array([5.0, 0.0])).tolist()
        [[0.6, 0.8], [0.0, 0.0]]
    """
    xp = namespace(u)
    return u / xp.where(norm > 0, norm, xp.ones_like(norm))[..., None]


def line_angle(unit_u: Any, unit_v: Any) -> tuple[Any, Any]:
    """Return the angle ψ ∈ [0, π/2] of two lines, and whether û·v̂ > 0: θ = ψ if so, else π − ψ.

    Both ends of θ are small ψ, which keep their relative precision.

    Example:
        >>> psi, acute = line_angle(np.array([1.0, 0.0]), np.array([-1.0, 1e-9]))
        >>> float(psi), bool(acute)
        (1e-09, False)
    """
    xp = namespace(unit_u, unit_v)
    acute = (unit_u * unit_v).sum(-1) > 0
    sign = xp.where(acute, 1.0, -1.0)[..., None]
    apart, along = unit_u - sign * unit_v, unit_u + sign * unit_v
    return 2 * xp.arctan2(_root((apart**2).sum(-1)), _root((along**2).sum(-1))), acute


def angle(u: Any, v: Any) -> Any:
    """Return θ = ∠(u, v) ∈ [0, π]; π/2 where one of them is zero.

    Args:
        u, v: (..., d), numpy or torch, broadcast against each other.

    Returns:
        θ in radians, float64; relative error some 1e-16 near 0, absolute error some 1e-16 near π.

    Raises:
        DomainError: for lengths that differ, or values that are not finite.

    Example:
        >>> float(angle([1.0, 0.0], [1.0, 1e-12]))
        1e-12
    """
    u, v = vectors(u, v, names=("u", "v"))
    xp = namespace(u)
    psi, acute = line_angle(unit(u, safe_norm(u)), unit(v, safe_norm(v)))
    return xp.where(acute, psi, np.pi - psi)


def arch(psi: Any) -> Any:
    """Return s(ψ) = sin ψ − ψ cos ψ on [0, π/2] to full relative precision: ψ³/3 − ψ⁵/30 + ...

    Example:
        >>> round(float(arch(np.array(1e-4))) * 3e12, 12)
        0.999999999
    """
    xp = namespace(psi)
    small = psi < SERIES_BELOW
    t = xp.where(small, psi, xp.zeros_like(psi))
    square, total = t * t, 0.0
    for term in reversed(_ARCH_TERMS):
        total = term + square * total
    return xp.where(small, t * square * total, xp.sin(psi) - psi * xp.cos(psi))
