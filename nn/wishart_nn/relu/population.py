"""Closed expectations over Gaussian inputs x ~ N(0, I_d) of two-layer ReLU networks g(x; W) = Σ_j a_j (w_j·x)₊.

With θ the angle of two vectors and ê = e/‖e‖:

    E 1[e·x > 0] 1[w·x > 0] (w·x) x = (1/2π) [(π − θ) w + ‖w‖ sin θ ê],                    the gating
    E (u·x)₊ (v·x)₊ = (1/2π) ‖u‖‖v‖ [sin θ + (π − θ) cos θ] = k(u, v),                    the arc-cosine kernel
    L(W) = ½ E (g(x; W) − g(x; W*))² = ½ Σ c_i c_j k(v_i, v_j),  v = (W, W*), c = (a, −a*),        the loss

and ∂k(w, v)/∂w is the gating of v by w: the gradient of L in w_j is a_j Σ_i c_i times the gating of v_i by w_j. The
paper's E Δw_j for N samples is −N times that. What is computed is (ψ ≤ π/2 the angle of the lines, s = sin ψ − ψ cos ψ)

    k(u, v) = (u·v)₊/2 + ‖u‖‖v‖ s(ψ)/2π,    L = ¼ ‖Σ c_i v_i‖² + ½ Σ c_i c_j [(−u·v)₊/2 + ‖u‖‖v‖ s(ψ)/2π],

the same numbers without the cancellation at θ = 0 and θ = π, and with the right second derivatives there.

References: Tian, An analytical formula of population gradient for two-layered ReLU network, arXiv:1703.00560;
Cho, Saul, Kernel methods for deep learning, 2009 (k).
"""

from typing import Any

import numpy as np

from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_nn.relu.angles import arch, line_angle, namespace, safe_norm, unit, vectors

TURN = 2 * np.pi


def population_gating(e: Any, w: Any) -> Any:
    """Return E F(e, w)/N = (1/2π) [(π − θ) w + ‖w‖ sin θ e/‖e‖], F = XᵀD(e)D(w)Xw, θ = ∠(e, w).

    X has N rows N(0, I_d), D(u) = diag(1[Xu > 0]). Only the direction of e counts. Where e or w is zero the value is
    zero, as D(0) = 0 says; θ = 0 gives w/2 and θ = π gives 0.

    Args:
        e, w: (..., d), numpy or torch, broadcast against each other.

    Returns:
        (..., d) in float64, exact up to rounding (some 1e-16 ‖w‖); differentiable under torch.

    Raises:
        DomainError: for lengths that differ, or values that are not finite.

    Example:
        >>> population_gating([1.0, 0.0], [0.0, 2.0]).round(12).tolist()
        [0.318309886184, 0.5]
    """
    e, w = vectors(e, w, names=("e", "w"))
    norm = safe_norm(w)
    direction = unit(e, safe_norm(e))
    xp = namespace(e)
    share, sine = _gates(direction, unit(w, norm))
    blank = (direction**2).sum(-1) == 0
    share = xp.where(blank, xp.zeros_like(share), share)
    return share[..., None] * w + (norm * sine)[..., None] * direction


def _gates(direction: Any, other: Any) -> tuple[Any, Any]:
    """Return (π − θ)/2π and sin θ/2π for unit vectors."""
    xp = namespace(direction)
    psi, acute = line_angle(direction, other)
    return xp.where(acute, np.pi - psi, psi) / TURN, xp.sin(psi) / TURN


def arc_cosine_kernel(u: Any, v: Any) -> Any:
    """Return k(u, v) = E (u·x)₊ (v·x)₊ = (1/2π) ‖u‖‖v‖ [sin θ + (π − θ) cos θ].

    Args:
        u, v: (..., d), numpy or torch, broadcast against each other.

    Returns:
        (...) in float64, relative error some 1e-15, near θ = π too, where k is ‖u‖‖v‖ (π − θ)³/6π.

    Raises:
        DomainError: for lengths that differ, or values that are not finite.

    Example:
        >>> float(arc_cosine_kernel([1.0, 0.0], [2.0, 0.0])), float(arc_cosine_kernel([1.0, 0.0], [-1.0, 0.0]))
        (1.0, 0.0)
    """
    u, v = vectors(u, v, names=("u", "v"))
    xp = namespace(u)
    dot = (u * v).sum(-1)
    size_u, size_v = safe_norm(u), safe_norm(v)
    psi, acute = line_angle(unit(u, size_u), unit(v, size_v))
    return xp.where(acute, dot, xp.zeros_like(dot)) / 2 + size_u * size_v * arch(psi) / TURN


def population_loss(w: Any, teacher: Any, *, top: Any = None, teacher_top: Any = None) -> Any:
    """Return L(W) = ½ E (Σ_j a_j (w_j·x)₊ − Σ_i a*_i (w*_i·x)₊)², x ~ N(0, I_d).

    Args:
        w: W (..., K, d), numpy or torch.
        teacher: W* (..., K*, d); K* may differ from K.
        top: a, (..., K) or a number; 1 by default.
        teacher_top: a*, (..., K*) or a number; `top` by default if K* = K, else 1.

    Returns:
        (...) in float64; absolute error some 1e-16 of the squared size of the weights, and for one ReLU each a small
        relative error too. Differentiable under torch, twice also where vectors are parallel.

    Raises:
        DomainError: for shapes that do not fit, or values that are not finite.

    Cost: O((K + K*)² d).

    Example:
        >>> float(population_loss([[2.0, 0.0]], [[1.0, 0.0]])), float(population_loss([[0.0, 1.0]], [[0.0, 1.0]]))
        (0.25, 0.0)
    """
    stacked, weights, _ = _stacked(w, teacher, top, teacher_top)
    xp = namespace(stacked)
    sizes = safe_norm(stacked)
    directions = unit(stacked, sizes)
    psi, acute = line_angle(directions[..., :, None, :], directions[..., None, :, :])
    dots = stacked @ xp.swapaxes(stacked, -1, -2)
    rest = xp.where(acute, xp.zeros_like(dots), -dots) / 2
    rest = rest + sizes[..., :, None] * sizes[..., None, :] * arch(psi) / TURN
    total = (weights[..., None] * stacked).sum(-2)
    pairs = (weights[..., :, None] * weights[..., None, :] * rest).sum(-1).sum(-1)
    return (total**2).sum(-1) / 4 + pairs / 2


def population_gradient(w: Any, teacher: Any, *, top: Any = None, teacher_top: Any = None) -> Any:
    """Return ∂L/∂w_j = a_j Σ_i c_i (1/2π) [(π − θ_ij) v_i + ‖v_i‖ sin θ_ij w_j/‖w_j‖], v = (W, W*), c = (a, −a*).

    The paper's E Δw_j is −N times this. At w_j = 0 the gradient has no limit and is 0 here, as D(0) = 0 says.

    Args:
        w, teacher, top, teacher_top: as `population_loss` takes them.

    Returns:
        (..., K, d) in float64; absolute error some 1e-16 of the size of the weights; differentiable under torch.

    Raises:
        DomainError: for shapes that do not fit, or values that are not finite.

    Cost: O(K (K + K*) d).

    Example:
        >>> (2 * np.pi * population_gradient([[1.0, 0.0]], [[0.0, 1.0]])).round(12).tolist()
        [[2.14159265359, -1.570796326795]]
    """
    stacked, weights, count = _stacked(w, teacher, top, teacher_top)
    sizes = safe_norm(stacked)
    directions = unit(stacked, sizes)
    xp = namespace(stacked)
    gates = directions[..., :count, :]
    share, sine = _gates(gates[..., :, None, :], directions[..., None, :, :])
    ahead = ((weights * sizes)[..., None, :] * sine).sum(-1)[..., None] * gates
    found = weights[..., :count, None] * ((share * weights[..., None, :]) @ stacked + ahead)
    return xp.where(sizes[..., :count, None] > 0, found, xp.zeros_like(found))


def _stacked(w: Any, teacher: Any, top: Any, teacher_top: Any) -> tuple[Any, Any, int]:
    """Return the vectors (W, W*), the coefficients (a, −a*) and K."""
    w, teacher = vectors(w, teacher, names=("w", "teacher"), rank=2)
    count, others = w.shape[-2], teacher.shape[-2]
    xp = namespace(w)
    if teacher_top is None:
        teacher_top = top if count == others else None
    batch = _broadcast(w.shape[:-2], teacher.shape[:-2])
    w = xp.broadcast_to(w, (*batch, *w.shape[-2:]))
    teacher = xp.broadcast_to(teacher, (*batch, *teacher.shape[-2:]))
    a = _coefficients(top, w, "top")
    b = _coefficients(teacher_top, teacher, "teacher_top")
    join = xp.cat if xp.__name__ == "torch" else np.concatenate
    return join((w, teacher), -2), join((a, -b), -1), count


def _broadcast(first: Any, second: Any) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(tuple(first), tuple(second))
    except ValueError:
        raise DomainError(
            f"need batches of w and teacher that broadcast, got {tuple(first)} and {tuple(second)}"
        ) from None


def _coefficients(given: Any, like: Any, name: str) -> Any:
    """Return a of shape (..., K) for vectors (..., K, d)."""
    xp = namespace(like)
    if given is None:
        return xp.ones_like(like[..., 0])
    numbers = given if hasattr(given, "ndim") else np.asarray(given)
    lone = not numbers.ndim
    (_, numbers) = vectors(like[..., 0, :1], numbers[None] if lone else numbers[..., None], names=("w", name))
    try:
        return xp.broadcast_to(numbers if lone else numbers[..., 0], like.shape[:-1])
    except (ValueError, RuntimeError):
        shape = shown(tuple(numbers.shape[:-1]))
        raise DomainError(f"need {name} of shape (..., {like.shape[-2]}), got {shape}") from None
