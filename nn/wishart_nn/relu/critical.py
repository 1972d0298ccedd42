"""Critical points outside the span of the teacher: not isolated where d >= K + 2.

L is the same for WQ and W if Q is orthogonal and fixes the teacher. A W whose components outside the m-dimensional span
of the teacher have rank ρ is moved by these Q through an orbit of dimension ρ(d−m) − ρ(ρ+1)/2, which is at least 1 for
d >= m + 2 and ρ >= 1. All points of the orbit of a critical point are critical, and the Hessian has at least as many
null directions.

References: arXiv:1703.00560.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wishart_moments import domain
from wishart_moments.errors import DomainError
from wishart_nn.relu.angles import matrices
from wishart_nn.relu.population import population_gradient, population_loss

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[np.float64]

SMALL = 1e-8
"""An eigenvalue below this share of the greatest counts as zero, and so does a singular value of W outside."""


def population_hessian(w: Any, teacher: Any) -> Array:
    """Return ∂²L/∂W², (K d, K d), the Jacobian of `population_gradient`.

    Args:
        w, teacher: (K, d) and (K*, d); no row of W zero.

    Raises:
        DomainError: for shapes that do not fit, a row of zeros, where L has no second derivative.

    Example:
        >>> population_hessian([[1.0, 0.0]], [[1.0, 0.0]]).tolist()
        [[0.5, 0.0], [0.0, 0.5]]
    """
    import torch

    first, second = _pair(w, teacher)
    if not bool(first.any(1).all()):
        raise DomainError("need rows of w other than zero: there the loss has no second derivative")

    def gradient(each: Tensor) -> Tensor:
        return population_gradient(each, second)

    functional: Any = torch.autograd.functional
    flat = functional.jacobian(gradient, first).reshape(first.numel(), first.numel())
    symmetric: Array = ((flat + flat.mT) / 2).numpy()
    return symmetric


def _pair(w: Any, teacher: Any) -> tuple[Tensor, Tensor]:
    import torch

    first, second = matrices(torch.as_tensor(w), teacher, names=("w", "teacher"))
    return first.detach().cpu(), second.detach().cpu()


def orbit_dimension(w: Any, teacher: Any) -> int:
    """Return ρ(d−m) − ρ(ρ+1)/2: the dimension of {WQ : Q ∈ O(d), W*Q = W*}, m and ρ the ranks in and out of the span.

    Args:
        w, teacher: (K, d) and (K*, d).

    Raises:
        DomainError: for shapes that do not fit.

    Example:
        >>> w = [[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, -1.0, 0.0]]
        >>> orbit_dimension(w, np.eye(2, 4)), orbit_dimension([row[:3] for row in w], np.eye(2, 3))
        (1, 0)
    """
    first, second = (each.numpy() for each in _pair(w, teacher))
    _, sizes, basis = np.linalg.svd(second)
    inside = int((sizes > SMALL * sizes.max()).sum()) if sizes.max() > 0 else 0
    outside = first @ basis[inside:].T
    rank = 0
    if outside.shape[1]:
        rank = int((np.linalg.svd(outside, compute_uv=False) > SMALL * np.linalg.norm(first)).sum())
    return rank * outside.shape[1] - rank * (rank + 1) // 2


class CriticalPointError(DomainError):
    """From this start no critical point with all rows other than zero was found."""


@dataclass(frozen=True)
class CriticalPoint:
    """A zero of ∂L/∂W.

    Attributes:
        weights: W, (K, d).
        loss: L(W).
        gradient: ‖∂L/∂W‖.
        eigenvalues: of the Hessian, ascending.
        orbit: the dimension of the manifold of critical points through W that symmetry alone gives.
    """

    weights: Array
    loss: float
    gradient: float
    eigenvalues: Array
    orbit: int

    @property
    def null_directions(self) -> int:
        """Eigenvalues of the Hessian that vanish; never less than `orbit`."""
        return int((np.abs(self.eigenvalues) <= SMALL * np.abs(self.eigenvalues).max()).sum())

    @property
    def falling_directions(self) -> int:
        """Negative eigenvalues of the Hessian."""
        return int((self.eigenvalues < -SMALL * np.abs(self.eigenvalues).max()).sum())


def find_critical_point(start: Any, teacher: Any, *, steps: int = 100) -> CriticalPoint:
    """Return the critical point that Levenberg–Marquardt on ∂L/∂W = 0 finds from a start.

    Args:
        start, teacher: (K, d) and (K*, d).
        steps: at most so many.

    Raises:
        DomainError: for shapes that do not fit; CriticalPointError, where it finds none or one with a vanishing row.

    Example:
        >>> find_critical_point([[0.9, 0.1]], [[1.0, 0.0]]).weights.round(9).tolist()
        [[1.0, 0.0]]
    """
    first, second = _pair(start, teacher)
    shape, goal = tuple(first.shape), second.numpy()

    def value(flat: Array) -> Array:
        return population_gradient(flat.reshape(shape), goal).ravel()

    def slope(flat: Array) -> Array:
        if not flat.reshape(shape).any(axis=1).all():
            raise CriticalPointError("need a start from which no row runs into zero, where the loss has a cusp")
        return population_hessian(flat.reshape(shape), goal)

    optimize: Any = import_module("scipy.optimize")
    found = optimize.least_squares(
        value, first.numpy().ravel(), slope, xtol=3e-16, ftol=3e-16, gtol=3e-16, max_nfev=steps
    )
    w = found.x.reshape(shape)
    size, rows = float(np.linalg.norm(value(found.x))), np.linalg.norm(w, axis=1)
    if size > 1e-9 * np.linalg.norm(goal) or rows.min() < 1e-3 * np.linalg.norm(goal):
        raise CriticalPointError(f"need a start near a critical point; from this one the gradient stays at {size:.2g}")
    eigenvalues: Any = np.linalg.eigvalsh(slope(found.x))
    return CriticalPoint(w, float(population_loss(w, goal)), size, eigenvalues, orbit_dimension(w, goal))


def search_critical_points(
    teacher: Any, starts: int, *, generator: np.random.Generator, size: float = 0.6
) -> list[CriticalPoint]:
    """Return the critical points that random starts lead to, one for each value of the loss, by increasing loss.

    Args:
        teacher: (K, d) with rows of length about 1.
        starts: how many; each has independent N(0, size²) entries.
        generator: of the starts.
        size: of an entry.

    Raises:
        DomainError: for a teacher of another shape.

    Cost: each start takes up to 60 Hessians, some 20 ms each at K = 2, d = 4.

    Example:
        >>> points = search_critical_points(np.eye(1, 3), 3, generator=np.random.default_rng(0))
        >>> [(abs(round(each.loss, 9)), each.orbit) for each in points]
        [(0.0, 0)]
    """
    (goal,) = matrices(teacher, names=("teacher",))
    found: dict[float, CriticalPoint] = {}
    for _ in range(domain.size(starts, "starts")):
        try:
            point = find_critical_point(size * generator.standard_normal(tuple(goal.shape)), goal, steps=60)
        except CriticalPointError:
            continue
        found.setdefault(abs(round(point.loss, 7)), point)
    return [found[loss] for loss in sorted(found)]
