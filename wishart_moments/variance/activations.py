"""What an activation does to mean squares: two numbers forward, two backward, exact for positively homogeneous ones.

Let ŷ = y/‖y‖ be uniform on the sphere, as the direction of a pre-activation is. Forward one needs E‖f(y)‖²/‖y‖² (the
energy) and E(ŷ·f(y))²/‖y‖² (the alignment). A network of these layers sees nothing else of f as long as f(ty) = t f(y)
for t > 0; backward the same two numbers hold (see `wishart_moments.variance.depth`).
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wishart_moments import domain
from wishart_moments.errors import DomainError

Array = NDArray[np.float64]

GAUSSIAN = "the pre-activations are taken as independent Gaussians of their mean variance, independent of the gradient"
"""What the laws of an activation that is not positively homogeneous ignore."""

LEAKY_SLOPE = 0.01
"""The slope of leaky_relu for negative arguments unless another is given."""


class Response(NamedTuple):
    """The share of the mean square that passes (energy), and the share that stays in its direction (alignment)."""

    energy: float
    alignment: float


class Activation(ABC):
    """A map f of R^m whose effect on mean squares is known from m and the mean square of its argument.

    Attributes:
        name: as `activation` takes it.
        group: the number of coordinates that f mixes; a hidden width must be a multiple of it.
        ignored: "" if the response is exact, else what it ignores.
    """

    name: str
    group: int = 1
    ignored: str = ""

    @property
    @abstractmethod
    def slope_restricted(self) -> bool:
        """Whether ‖f(y) − f(y')‖² <= (f(y) − f(y'))·(y − y') for all y, y': slopes in the sector [0, 1]."""

    @abstractmethod
    def forward(self, m: int, mean_square: float) -> Response:
        """Return the response of f to m coordinates of this mean square."""

    @abstractmethod
    def backward(self, m: int, mean_square: float) -> Response:
        """Return the response of a gradient to the Jacobian of f at m coordinates of this mean square."""

    def fourth(self, m: int) -> float | None:  # noqa: ARG002
        """Return E ‖f(ŷ)‖⁴ for m coordinates where f(ty) = t f(y), else None."""
        return None


@dataclass(frozen=True)
class PiecewiseLinear(Activation):
    """f(y) = p max(y, 0) + q min(y, 0) in every coordinate: exact.

    With a = (p + q)/2 and b = (p − q)/2, f(y) = a y + b|y|: the energy is a² + b² = (p² + q²)/2 and, for
    E ŷ_i⁴ = 3/(m(m + 2)), the alignment a² + 3b²/(m + 2), forward and backward.

    Example:
        >>> activation("relu").forward(4, 1.0)
        Response(energy=0.5, alignment=0.375)
    """

    name: str
    positive: float
    negative: float

    @property
    def slope_restricted(self) -> bool:
        """Whether both slopes lie in [0, 1]."""
        return min(self.positive, self.negative) >= 0 and max(self.positive, self.negative) <= 1

    def fourth(self, m: int) -> float:
        """Return (3(p⁴ + q⁴)/2 + (m − 1)((p² + q²)/2)²)/(m + 2): signs are independent of the squares."""
        square = (self.positive**2 + self.negative**2) / 2
        return (3 * (self.positive**4 + self.negative**4) / 2 + (m - 1) * square**2) / (m + 2)

    def forward(self, m: int, mean_square: float) -> Response:  # noqa: ARG002
        """Return (p² + q²)/2 and a² + 3b²/(m + 2)."""
        energy = (self.positive**2 + self.negative**2) / 2
        return _elementwise(m, energy, (self.positive + self.negative) / 2)

    def backward(self, m: int, mean_square: float) -> Response:
        """Return the same numbers."""
        return self.forward(m, mean_square)


@dataclass(frozen=True)
class Sorting(Activation):
    """f sorts each group of g coordinates (GroupSort; MaxMin for g = 2): exact.

    Norm and group sums are kept; the rest of a group is permuted at random given its values. With k = m/g groups the
    energy is 1 and the alignment k(k + g + 3)/(m(m + 2)), forward and backward. A Householder activation, which
    reflects a pair of coordinates that lies on one side of a line, has for every line the law of g = 2.

    Example:
        >>> activation("groupsort").forward(4, 1.0)
        Response(energy=1.0, alignment=0.5833333333333334)
    """

    name: str
    group: int = 2

    @property
    def slope_restricted(self) -> bool:
        """False: the Jacobian is a permutation, with the eigenvalue −1 where it swaps two coordinates."""
        return False

    def fourth(self, m: int) -> float:  # noqa: ARG002
        """Return 1: the norm is kept."""
        return 1.0

    def forward(self, m: int, mean_square: float) -> Response:  # noqa: ARG002
        """Return 1 and k(k + g + 3)/(m(m + 2))."""
        groups = m // self.group
        return Response(1.0, groups * (groups + self.group + 3) / (m * (m + 2)))

    def backward(self, m: int, mean_square: float) -> Response:
        """Return the same numbers."""
        return self.forward(m, mean_square)


@dataclass(frozen=True)
class Smooth(Activation):
    """f acts in every coordinate, with slopes in [0, 1], and is not positively homogeneous: approximate.

    With g ~ N(0, q), q the mean square, the energy is E f(g)²/q and the best linear fit has the slope a = E g f(g)/q;
    backward E f'(g)² and E f'(g), which is a again. The alignment is a² + 3(energy − a²)/(m + 2), which is exact for
    the piecewise linear f, where q drops out.

    Example:
        >>> [round(share, 4) for share in activation("tanh").forward(64, 1.0)]
        [0.3943, 0.3681]
    """

    name: str
    function: Callable[[Array], Array]
    derivative: Callable[[Array], Array]
    ignored: str = GAUSSIAN

    @property
    def slope_restricted(self) -> bool:
        """True."""
        return True

    def forward(self, m: int, mean_square: float) -> Response:
        """Return E f²/q and a² + 3(E f²/q − a²)/(m + 2)."""
        scale, g, w = _normal(mean_square)
        values = self.function(scale * g) / scale
        return _elementwise(m, float(w @ values**2), float(w @ (g * values)))

    def backward(self, m: int, mean_square: float) -> Response:
        """Return E f'² and a² + 3(E f'² − a²)/(m + 2)."""
        scale, g, w = _normal(mean_square)
        slopes = self.derivative(scale * g)
        return _elementwise(m, float(w @ slopes**2), float(w @ slopes))


def _elementwise(m: int, energy: float, mean_slope: float) -> Response:
    """Return the response of y ↦ a y + (what has no correlation with y and the energy that is left)."""
    return Response(energy, mean_slope**2 + 3 * (energy - mean_slope**2) / (m + 2))


def _normal(mean_square: float) -> tuple[float, Array, Array]:
    """Return √q, nodes and weights of a standard normal g that resolve f(√q g) as well as the density."""
    # Every f here is linear at the scale of the floor: the limit q → 0 without 0/0.
    scale = math.sqrt(max(mean_square, 1e-30))
    # With g = ε sinh t, panels of equal length in t are fine near 0, where f bends, and coarse in the tail.
    fine = min(1.0, 1 / scale)
    t, weights = _half_line(float(np.arcsinh(12 / fine)))
    g = fine * np.sinh(t)
    w = weights * fine * np.cosh(t) * np.exp(-(g**2) / 2) / math.sqrt(2 * math.pi)
    return scale, np.concatenate([-g, g]), np.concatenate([w, w])


def _half_line(end: float) -> tuple[Array, Array]:
    """Return 32 Gauss–Legendre panels on [0, end]; 0 is an edge, for f may have a kink there."""
    nodes, weights = np.polynomial.legendre.leggauss(16)
    edges = np.linspace(0, end, 33)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + nodes)).ravel(), (half * weights).ravel()


def _tanh_slope(y: Array) -> Array:
    return 1 - np.tanh(y) ** 2


def _elu(y: Array) -> Array:
    return np.where(y > 0, y, np.expm1(np.minimum(y, 0)))


def _elu_slope(y: Array) -> Array:
    return np.exp(np.minimum(y, 0))


_PLAIN: dict[str, Activation] = {
    "identity": PiecewiseLinear("identity", 1, 1),
    "relu": PiecewiseLinear("relu", 1, 0),
    "leaky_relu": PiecewiseLinear("leaky_relu", 1, LEAKY_SLOPE),
    "abs": PiecewiseLinear("abs", 1, -1),
    "groupsort": Sorting("groupsort"),
    "householder": Sorting("householder"),
    "tanh": Smooth("tanh", np.tanh, _tanh_slope),
    "elu": Smooth("elu", _elu, _elu_slope),
}

ACTIVATIONS = tuple(_PLAIN)
"""The names that `activation` takes; leaky_relu:0.2 and groupsort:4 give the slope and the size of a group,
piecewise_linear:1,0.3 the slopes of an activation of one's own."""


def activation(name: "str | Activation") -> Activation:
    """Return the activation of a name.

    Args:
        name: one of `ACTIVATIONS`; "leaky_relu:0.2" with the slope in [−1, 1] (0.01 by default), "groupsort:4" with the
            size of a group (2 by default), "piecewise_linear:1,0.3" with the slopes on the right and on the left, in
            [−1, 1]. An `Activation` is returned as it is.

    Raises:
        DomainError: if the name is unknown or its parameter is out of range.

    Example:
        >>> activation("leaky_relu:0.2").forward(10, 1.0).energy
        0.52
        >>> activation("groupsort:1")
        Traceback (most recent call last):
        wishart_moments.errors.DomainError: need groups of an integer >= 2 coordinates, got '1'; write 'groupsort:4'
    """
    if isinstance(name, Activation):
        return name
    base, colon, parameter = domain.shown(name).strip("'").partition(":")
    if base not in _PLAIN and base != "piecewise_linear":
        raise DomainError(f"no activation {domain.shown(name)}; there are {', '.join(ACTIVATIONS)}")
    if not colon and base in _PLAIN:
        return _PLAIN[base]
    if base == "leaky_relu":
        slope = domain.real(parameter, "the slope of leaky_relu", "in [-1, 1]")
        if not -1 <= slope <= 1:
            raise DomainError(f"need the slope of leaky_relu in [-1, 1], got {domain.shown(slope)}")
        return PiecewiseLinear(name, 1, slope)
    if base == "piecewise_linear":
        slopes = [domain.real(part, "a slope", "in [-1, 1]") for part in parameter.split(",")]
        if len(slopes) != 2 or max(map(abs, slopes)) > 1:
            raise DomainError(
                f"need two slopes in [-1, 1], got {domain.shown(parameter)}; write 'piecewise_linear:1,0.3'"
            )
        return PiecewiseLinear(name, *slopes)
    if base == "groupsort":
        size = int(parameter) if parameter.isdecimal() and len(parameter) < 10 else 0
        if size < 2:
            raise DomainError(f"need groups of an integer >= 2 coordinates, got {parameter!r}; write 'groupsort:4'")
        return Sorting(name, size)
    raise DomainError(f"{base} takes no parameter, got {domain.shown(name)}; write {base!r}")
