"""Two ReLUs in the plane of their teacher: where there is no critical point, whatever the lengths of the vectors.

Let w₁ lie at the angle 0, w₂ at θ ∈ (0, π), and a teacher vector at φ. The conditions ŵ₁·∂L/∂w₁ = 0 and ŵ₂·∂L/∂w₂ = 0
are linear in the lengths and give ‖w₁‖ and ‖w₂‖; put into ŵ₂·∂L/∂w₁ = 0 they leave

    Σ_i ‖w*_i‖ ℓ(φ_i, θ) = 0.

ℓ vanishes for φ = 0 and φ = θ, is positive inside the cone of w₁ and w₂ and negative outside: if all teacher vectors
are inside, or all are outside, the sum has a sign and there is no critical point.

References: arXiv:1703.00560.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wishart_moments.errors import DomainError
from wishart_nn.relu.angles import vectors

Array = NDArray[np.float64]


def cone_function(phi: Any, theta: Any) -> Array:
    """Return ℓ(φ, θ), positive for 0 < φ < θ and negative for θ < φ < 2π.

    Args:
        phi: φ, the angle of the teacher vector from w₁ in the direction of w₂, radians; any real.
        theta: θ ∈ (0, π), the angle of w₂.

    Returns:
        The array that φ and θ broadcast to; absolute error below 5e-15/θ² and 5e-15/(π − θ)².

    Raises:
        DomainError: for θ out of (0, π).

    Example:
        >>> bool(cone_function(0.5, 1.0) > 0 > cone_function(1.5, 1.0)), abs(float(cone_function(1.0, 1.0))) < 1e-15
        (True, True)
    """
    teacher, opening = np.broadcast_arrays(np.asarray(phi, dtype=np.float64), np.asarray(theta, dtype=np.float64))
    if not bool(((opening > 0) & (opening < np.pi)).all()):
        raise DomainError("need 0 < theta < pi, the angle of two vectors that span a plane")
    first, second = _angle(teacher), _angle(teacher - opening)
    own_1, own_2, own = _own(first), _own(second), _own(opening)
    determinant = (np.pi - own) * (np.pi + own)
    length_1 = (np.pi * own_1 - own * own_2) / determinant
    length_2 = (np.pi * own_2 - own * own_1) / determinant
    wanted = (np.pi - first) * np.cos(second) + np.sin(first) * np.cos(opening)
    given = np.pi * np.cos(opening) * length_1 + (np.pi - opening + np.sin(opening) * np.cos(opening)) * length_2
    return wanted - given


def _angle(phi: Array) -> Array:
    """Return |φ| on the circle, in [0, π]."""
    return np.abs(np.remainder(phi + np.pi, 2 * np.pi) - np.pi)


def _own(angle: Array) -> Array:
    """Return 2π times ŵ·(gating by w of a unit vector at the angle)."""
    return (np.pi - angle) * np.cos(angle) + np.sin(angle)


def cone_region(w: Any, teacher: Any) -> str:
    """Return "inside" or "outside" if all teacher vectors lie strictly so of Cone(w₁, w₂), else "between".

    In the first two cases W is not a critical point of L, nor is any other with these directions.

    Args:
        w: (2, 2), linearly independent rows.
        teacher: (K*, 2), rows that are not zero.

    Raises:
        DomainError: for other shapes, parallel w₁ and w₂, a teacher vector that is zero.

    Example:
        >>> cone_region([[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0], [2.0, 1.0]])
        'inside'
        >>> cone_region([[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0], [-2.0, 1.0]])
        'between'
    """
    first, second = (np.asarray(each) for each in vectors(w, teacher, names=("w", "teacher"), rank=2))
    if first.shape != (2, 2) or second.ndim != 2:
        raise DomainError(f"need w of shape (2, 2) and teacher (K, 2), got {first.shape} and {second.shape}")
    if abs(np.linalg.det(first)) <= 1e-12 * np.prod(np.linalg.norm(first, axis=1)):
        raise DomainError("need w1 and w2 that are not parallel")
    if not bool(second.any(axis=1).all()):
        raise DomainError("need teacher vectors other than zero")
    parts = np.linalg.solve(first.T, second.T)  # coordinates of each teacher vector in w₁ and w₂
    inside = (parts > 0).all(axis=0)
    outside = (parts < 0).any(axis=0)
    if bool(inside.all()):
        return "inside"
    return "outside" if bool(outside.all()) else "between"
