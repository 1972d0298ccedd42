"""K ReLUs with an orthonormal teacher and a cyclically symmetric start: two numbers x and y in place of K d.

w_j = x w*_j + y Σ_{i≠j} w*_i stays so under gradient flow. With r = (x² + (K−1)y²)^{-1/2}, cos θ = rx, cos φ* = ry,
cos φ = r²(2xy + (K−2)y²), the angles of w_j to w*_j, to another w*_i and to another w_i,

    2π(ẋ, ẏ) = −{(π−φ)(x − 1 + (K−1)y)(1, 1) + (θ, φ*−φ) + φ(x−1, y)} + [(K−1)(r sin φ* − sin φ) + r sin θ](x, y).

On the diagonal, x⁰ = y⁰ > 0, it runs into the saddle x = y = (√(K−1) − arccos(1/√K) + π)/(πK), and from x⁰ = y⁰ < 0
into another one, −(√(K−1) − arccos(1/√K))/(πK). From x⁰ > y⁰, however little, it runs to (1, 0), the teacher; from
x⁰ < y⁰ to (0, 1) for K = 2, the teacher with its units exchanged, and for K > 2 to a critical point of positive loss
near (2/K − 1, 2/K), where W is near a reflection of the teacher.

References: arXiv:1703.00560.
"""

from importlib import import_module
from math import acos, pi, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wishart_moments import domain
from wishart_moments.errors import DomainError
from wishart_nn.relu.dynamics import Flow, solve
from wishart_nn.relu.population import population_loss

Array = NDArray[np.float64]


def relus(k: Any) -> int:
    """Return K >= 2."""
    count = domain.size(k, "K")
    if count < 2:
        raise DomainError("need K >= 2 ReLUs for the (x, y) plane, got 1")
    return count


def plane_weights(x: Any, y: Any, k: int) -> Array:
    """Return W with rows w_j = x w*_j + y Σ_{i≠j} w*_i, (..., K, K), in the teacher's own basis.

    Example:
        >>> plane_weights(2.0, 1.0, 2).tolist()
        [[2.0, 1.0], [1.0, 2.0]]
    """
    eye = np.eye(relus(k))
    first, second = np.asarray(x, np.float64)[..., None, None], np.asarray(y, np.float64)[..., None, None]
    return first * eye + second * (1 - eye)


def plane_field(x: Any, y: Any, k: int) -> tuple[Array, Array]:
    """Return (ẋ, ẏ) of gradient flow Ẇ = −∂L/∂W; the paper's E(Δx, Δy) is N times that.

    Args:
        x, y: arrays that broadcast; (0, 0) gives 0.
        k: K >= 2.

    Returns:
        Two arrays, absolute error some 1e-16 of K.

    Raises:
        DomainError: for K < 2.

    Cost: O(1) for each point, for any K.

    Example:
        >>> [float(v) for v in plane_field(1.0, 0.0, 5)]
        [0.0, 0.0]
    """
    count = relus(k)
    x, y = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
    others = count - 1
    length = np.hypot(x, sqrt(others) * y)
    r = 1 / np.where(length > 0, length, 1.0)
    theta = np.arctan2(sqrt(others) * np.abs(y), x)
    across = np.arctan2(np.hypot(x, sqrt(count - 2) * y), y)  # φ*
    # φ between w_j and w_k: their difference is (x − y)(w*_j − w*_k).
    between = 2 * np.arctan2(sqrt(2) * np.abs(x - y), np.hypot(sqrt(2) * (x + y), 2 * sqrt(count - 2) * y))
    common = (np.pi - between) * (x - 1 + others * y)
    ahead = others * (r * np.sin(across) - np.sin(between)) + r * np.sin(theta)
    first = -(common + theta + between * (x - 1)) + ahead * x
    second = -(common + across - between + between * y) + ahead * y
    empty = length == 0
    return np.where(empty, 0.0, first) / (2 * np.pi), np.where(empty, 0.0, second) / (2 * np.pi)


def saddle(k: int) -> float:
    """Return x = y of the saddle, (√(K−1) − arccos(1/√K) + π)/(πK).

    Raises:
        DomainError: for K < 2.

    Example:
        >>> [round(saddle(k), 5) for k in (2, 5, 10)]
        [0.53415, 0.25684, 0.15573]
    """
    count = relus(k)
    return (sqrt(count - 1) - acos(1 / sqrt(count)) + pi) / (pi * count)


def negative_saddle(k: int) -> float:
    """Return x = y < 0 of the other saddle, −(√(K−1) − arccos(1/√K))/(πK), where the diagonal's other half leads.

    All w_j are opposite to the mean of the teacher: angles π − arccos(1/√K) to its vectors.

    Example:
        >>> round(negative_saddle(2), 6), [abs(round(float(v), 15)) for v in plane_field(*[negative_saddle(2)] * 2, 2)]
        (-0.034155, [0.0, 0.0])
    """
    count = relus(k)
    return (acos(1 / sqrt(count)) - sqrt(count - 1)) / (pi * count)


class Linear(NamedTuple):
    """The flow near a critical point of the plane.

    Attributes:
        along: the rate of (1, 1): e^{along t}.
        apart: the rate of the other eigenvector.
        loss: L at the point.
    """

    along: float
    apart: float
    loss: float


def saddle_rates(k: int) -> Linear:
    """Return the eigenvalues of the field's derivative at the saddle: one negative, on the diagonal, one positive.

    The field is minus the gradient of L(x, y) in the metric K(dx² + (K−1)dy²).

    Example:
        >>> rates = saddle_rates(5)
        >>> rates.along < 0 < rates.apart
        True
    """
    import torch

    count = relus(k)
    eye = torch.eye(count, dtype=torch.float64)

    def loss(point: Any) -> Any:
        return population_loss(point[0] * eye + point[1] * (1 - eye), eye)

    at = torch.full((2,), saddle(count), dtype=torch.float64)
    functional: Any = torch.autograd.functional
    second = functional.hessian(loss, at)
    jacobian: Array = -second.numpy() / np.array([[count], [count * (count - 1)]])
    # (1, 1) is an eigenvector by symmetry; the trace gives the other eigenvalue.
    along = float(jacobian[0].sum())
    return Linear(along, float(np.trace(jacobian)) - along, float(loss(at)))


def plane_flow(x: float, y: float, k: int, times: Any, *, tolerance: float = 1e-10) -> Flow:
    """Solve the flow of (x, y) from one start; `weights` of the result has the shape (T, 1, 2).

    Args:
        x, y: the start.
        k: K >= 2.
        times: increasing, from 0 on.
        tolerance: relative, of each step.

    Raises:
        DomainError: for K < 2, or times that do not increase.

    Example:
        >>> plane_flow(1e-3, 0.0, 5, [0.0, 60.0]).weights[-1, 0, 0].round(6).item()
        1.0
    """
    count = relus(k)

    def velocity(_: float, point: Array) -> Array:
        return np.array(plane_field(point[0], point[1], count))

    return solve(velocity, np.array([[x, y]], dtype=np.float64), times, tolerance)


ENDS = ("teacher", "mirror", "saddle", "negative saddle", "undecided")
"""Where a flow may end: (1, 0); the critical point beyond the diagonal; the saddles; nowhere in the time given."""


def mirror(k: int) -> tuple[float, float]:
    """Return the stable critical point with x < y: (0, 1) for K = 2; its loss is 0 for K = 2 only.

    Example:
        >>> [round(v, 5) for v in mirror(3)]
        [-0.31818, 0.65945]
    """
    count = relus(k)
    optimize: Any = import_module("scipy.optimize")

    def field(point: Array) -> Array:
        return np.array(plane_field(point[0], point[1], count))

    found = optimize.root(field, [2 / count - 1, 2 / count], tol=1e-14)
    return float(found.x[0]), float(found.x[1])


def ends_of(k: int) -> list[tuple[float, float]]:
    """Return the places of the first four of `ENDS`.

    Example:
        >>> [round(x, 4) for x, _ in ends_of(2)]
        [1.0, 0.0, 0.5342, -0.0342]
    """
    return [(1.0, 0.0), mirror(k), (saddle(k), saddle(k)), (negative_saddle(k), negative_saddle(k))]


def basin_map(x: Any, y: Any, k: int, *, time: float = 200.0, reach: float = 1e-3) -> NDArray[np.int64]:
    """Return where gradient flow from each start ends, as an index into `ENDS`.

    Runge–Kutta of order 4 with steps of 1/K, all starts at once.

    Args:
        x, y: arrays that broadcast.
        k: K >= 2.
        time: of the flow.
        reach: how near an end counts as there.

    Raises:
        DomainError: for K < 2.

    Example:
        >>> [ENDS[i] for i in basin_map([0.5, 0.3, 0.3], [0.2, 0.6, 0.3], 2)]
        ['teacher', 'mirror', 'saddle']
    """
    count = relus(k)
    x, y = (np.array(each) for each in np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64)))
    ends = ends_of(count)
    step = 1 / count

    def there() -> NDArray[np.int64]:
        found = np.full(x.shape, len(ends))
        for index, (goal_x, goal_y) in enumerate(ends):
            found[np.hypot(x - goal_x, y - goal_y) < reach] = index
        return found

    for i in range(int(time / step) + 1):
        # A start near the diagonal passes the saddle on its way: only the sinks decide early.
        if i % 20 == 0 and bool((there() < 2).all()):
            break
        k1 = plane_field(x, y, count)
        k2 = plane_field(x + step / 2 * k1[0], y + step / 2 * k1[1], count)
        k3 = plane_field(x + step / 2 * k2[0], y + step / 2 * k2[1], count)
        k4 = plane_field(x + step * k3[0], y + step * k3[1], count)
        x = x + step / 6 * (k1[0] + 2 * k2[0] + 2 * k3[0] + k4[0])
        y = y + step / 6 * (k1[1] + 2 * k2[1] + 2 * k3[1] + k4[1])
    return there()
