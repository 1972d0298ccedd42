"""Training on the population loss: gradient flow Ẇ = −∂L/∂W, gradient descent, and how near the teacher it gets.

One ReLU stays in the plane of its start and the teacher, and ‖w⁰ − w*‖ < ‖w*‖ implies w → w*: with ‖w − w*‖² as
Lyapunov function. Several ReLUs may end at the teacher with its units in another order: recovery is up to
a permutation.

References: arXiv:1703.00560.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wishart_moments import domain
from wishart_moments.domain import shown
from wishart_moments.errors import DomainError
from wishart_nn.relu.angles import is_tensor, matrices, safe_norm, vectors
from wishart_nn.relu.initialisation import Interval, ball_uniform_, relu_init_radius, wilson_interval
from wishart_nn.relu.population import population_gradient

if TYPE_CHECKING:
    import torch

Array = NDArray[np.float64]

ARRIVED = 1e-6
"""The relative distance from the teacher that counts as convergence."""


@dataclass(frozen=True)
class Flow:
    """A solution of Ẇ = −∂L/∂W.

    Attributes:
        times: (T,).
        weights: W at the times, (T, K, d).
    """

    times: Array
    weights: Array


def gradient_flow(
    start: Any, teacher: Any, times: Sequence[float] | Array, *, top: Any = None, tolerance: float = 1e-10
) -> Flow:
    """Solve Ẇ = −∂L/∂W, W(0) = start.

    Args:
        start, teacher: (K, d) and (K*, d).
        times: increasing, from 0 on, in units in which the error of one ReLU near its teacher decays like e^{−t/2}.
        top: a, as `population_loss` takes it; of the teacher too if K* = K.
        tolerance: relative, of each step of the Dormand–Prince rule of order 8; the absolute one is a hundredth of it.

    Raises:
        DomainError: for shapes or times that do not fit.

    Example:
        >>> flow = gradient_flow([[0.1, 0.1]], [[1.0, 0.0]], [0.0, 40.0])
        >>> flow.weights[-1].round(6).tolist()
        [[1.0, 0.0]]
    """
    w, goal = (_numpy(each) for each in matrices(start, teacher, names=("start", "teacher")))

    def velocity(_: float, flat: Array) -> Array:
        return -population_gradient(flat.reshape(w.shape), goal, top=top).ravel()

    return solve(velocity, w, times, tolerance)


def solve(velocity: Any, start: Array, times: Sequence[float] | Array, tolerance: float) -> Flow:
    """Return the solution of ẏ = velocity(t, y), y(0) = start, at increasing times from 0 on; y is taken flat."""
    moments = np.asarray(times, dtype=np.float64)
    if moments.ndim != 1 or len(moments) < 2 or moments[0] < 0 or not bool((np.diff(moments) > 0).all()):
        raise DomainError(f"need at least two increasing times from 0 on, got {shown(times)}")
    integrate: Any = import_module("scipy.integrate")
    span = (0.0, float(moments[-1]))
    found = integrate.solve_ivp(
        velocity, span, start.ravel(), "DOP853", t_eval=moments, rtol=tolerance, atol=tolerance / 100
    )
    if not found.success:
        raise DomainError(f"need a flow that can be followed to t = {moments[-1]:g}, got: {found.message}")
    return Flow(moments, found.y.T.reshape(len(moments), *start.shape))


def _numpy(value: Any) -> Any:
    return value.detach().cpu().numpy() if is_tensor(value) else value


@dataclass(frozen=True)
class Descent:
    """Where gradient descent came to.

    Attributes:
        weights: W, (..., K, d), of the kind of the start.
        errors: ‖W − W*‖/‖W*‖ before each step and at the end, (steps + 1, ...).
        steps: made.
    """

    weights: Any
    errors: Array
    steps: int

    @property
    def error(self) -> Array:
        """‖W − W*‖/‖W*‖ at the end, (...)."""
        return self.errors[-1]


def gradient_descent(
    start: Any,
    teacher: Any,
    *,
    rate: float = 1.0,
    steps: int = 1000,
    top: Any = None,
    until: float = ARRIVED,
) -> Descent:
    """Take W ← W − rate ∂L/∂W until all of a batch are at the teacher, or the steps are used up.

    Args:
        start, teacher: (..., K, d) and (..., K, d).
        rate: > 0; for K ReLUs below some 4/K.
        steps: at most so many.
        top: a, as `population_loss` takes it.
        until: the relative error at which to stop.

    Raises:
        DomainError: for shapes that do not fit, a rate that is not positive.

    Example:
        >>> descent = gradient_descent([[0.1, 0.1]], [[1.0, 0.0]])
        >>> descent.steps, bool(descent.error < 1e-6)
        (21, True)
    """
    w, goal = vectors(start, teacher, names=("start", "teacher"), rank=2)
    if w.shape[-2:] != goal.shape[-2:]:
        raise DomainError(f"need start and teacher of one shape, got {tuple(w.shape)} and {tuple(goal.shape)}")
    pace = domain.real(rate, "rate", "> 0")
    if pace <= 0:
        raise DomainError(f"need rate > 0, got {shown(rate)}")
    w, goal = (each.detach() if is_tensor(each) else each for each in (w, goal))
    errors = [distance(w, goal)]
    for _ in range(domain.order(steps, "steps")):
        if bool((errors[-1] <= until).all()):
            break
        w = w - pace * population_gradient(w, goal, top=top)
        errors.append(distance(w, goal))
    return Descent(w, np.array(errors), len(errors) - 1)


def distance(w: Any, teacher: Any) -> Array:
    """Return ‖W − W*‖/‖W*‖ (Frobenius) over the last two dimensions."""

    def size(each: Any) -> Any:
        return _numpy(safe_norm(safe_norm(each)))

    return np.asarray(size(w - teacher) / size(teacher))


def match_units(w: Any, teacher: Any) -> tuple[tuple[int, ...], float]:
    """Return the order of the units of W that is nearest to W*, and min ‖PW − W*‖/‖W*‖ over permutations P.

    Args:
        w, teacher: (K, d).

    Returns:
        (order, error): w[order] is nearest to the teacher.

    Raises:
        DomainError: for shapes that differ.

    Cost: O(K³): an assignment problem.

    Example:
        >>> match_units([[0.0, 1.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]])
        ((1, 0), 0.0)
    """
    first, second = (_numpy(each) for each in matrices(w, teacher, names=("w", "teacher")))
    if first.shape != second.shape:
        raise DomainError(f"need w and teacher of one shape (K, d), got {first.shape} and {second.shape}")
    cost = ((first[:, None] - second[None]) ** 2).sum(-1)
    optimize: Any = import_module("scipy.optimize")
    rows, columns = optimize.linear_sum_assignment(cost)
    order: list[int] = rows[np.argsort(columns)].tolist()
    return tuple(order), float(distance(first[order], second))


@dataclass(frozen=True)
class Success:
    """How often one ReLU that starts in the ball of `relu_init_radius` reaches its teacher.

    Attributes:
        d, epsilon, draws: what was measured.
        nearer: starts with ‖w⁰ − w*‖ < ‖w*‖, as the theorem asks for.
        converged: starts that gradient descent on the population loss brought to the teacher.
        nearer_interval, converged_interval: Wilson's 95 percent intervals of the two probabilities.
    """

    d: int
    epsilon: float
    draws: int
    nearer: int
    converged: int
    nearer_interval: Interval
    converged_interval: Interval


def measure_success(
    d: int, epsilon: float, draws: int = 1000, *, generator: torch.Generator | None = None, steps: int = 1000
) -> Success:
    """Draw starts in the ball, descend from each on the population loss, and count those that arrive.

    Descent stays in the plane of w⁰ and w* and is made there, in coordinates along and across w*; that is exact.

    Args:
        d: inputs of the unit, >= 2.
        epsilon: ε ∈ (0, 1].
        draws: starts.
        generator: of the starts.
        steps: of descent at rate 1, at most.

    Raises:
        DomainError: for arguments out of their domains.

    Example:
        >>> import torch
        >>> found = measure_success(10, 0.5, 200, generator=torch.Generator().manual_seed(0))
        >>> found.converged, 0.2 < found.nearer / 200 < 0.4
        (200, True)
    """
    import torch

    if domain.size(d, "d") < 2:
        raise DomainError("need d >= 2 for a direction, got 1")
    count = domain.size(draws, "draws")
    start = ball_uniform_(torch.empty(count, d, dtype=torch.float64), relu_init_radius(d, epsilon), generator=generator)
    along, across = start[:, 0], safe_norm(start[:, 1:])
    flat = torch.stack((along, across), -1)[:, None]
    nearer = int((start.square().sum(1) < 2 * along).sum())
    goal = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    converged = int((gradient_descent(flat, goal, steps=steps).error <= ARRIVED).sum())
    ends = (wilson_interval(nearer, count), wilson_interval(converged, count))
    return Success(d, epsilon, count, nearer, converged, *ends)
