"""Composite Gauss–Legendre quadrature on panels, with antiderivatives of what it integrates."""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

Array = NDArray[np.float64]

POINTS = 16
"""Gauss–Legendre points in a panel: exact for polynomials of degree 31."""


class _Reference(NamedTuple):
    """The panel [−1, 1]: nodes t_i, weights, ∫_{t_i}^1 of the interpolant, and its Legendre coefficients."""

    nodes: Array
    weights: Array
    to_the_right: Array
    coefficients: Array


@cache
def _reference() -> _Reference:
    nodes, weights = legendre.leggauss(POINTS)
    degrees = np.arange(POINTS)
    # The coefficient of P_k in the interpolant is (2k+1)/2 Σ_i w_i P_k(t_i) f_i: the product has degree 31 at most.
    coefficients = (degrees[:, None] + 0.5) * legendre.legvander(nodes, POINTS - 1).T * weights
    higher = legendre.legvander(nodes, POINTS)
    # ∫_t^1 P_k = (P_{k−1}(t) − P_{k+1}(t)) / (2k+1), and 1 − t for k = 0.
    integrals = (higher[:, degrees[1:] - 1] - higher[:, degrees[1:] + 1]) / (2 * degrees[1:] + 1)
    return _Reference(nodes, weights, np.column_stack([1 - nodes, integrals]) @ coefficients, coefficients)


class Panels:
    """A composite rule on [edges[0], edges[-1]].

    Attributes:
        edges: increasing numbers, the ends of the panels.
        nodes, weights: of the rule, in increasing order.
    """

    def __init__(self, edges: Array) -> None:
        reference = _reference()
        self.edges = edges
        self._half = np.diff(edges) / 2
        middle = (edges[1:] + edges[:-1]) / 2
        self.nodes = (middle[:, None] + self._half[:, None] * reference.nodes).ravel()
        self.weights = (self._half[:, None] * reference.weights).ravel()

    def to_the_right(self, values: Array) -> Array:
        """Return ∫ from every node to the right end, for a function given by its values at the nodes."""
        rows = values.reshape(-1, POINTS)
        inside = rows @ _reference().to_the_right.T * self._half[:, None]
        whole = rows @ _reference().weights * self._half
        beyond = np.cumsum(whole[::-1])[::-1] - whole
        return (inside + beyond[:, None]).ravel()

    def signs(self) -> Array:
        """Return the matrix T with Σ_b T_ab g_b = ∫ sign(x_a − y) g(y) dy at every node x_a, g given at the nodes."""
        panel = np.arange(len(self.nodes)) // POINTS
        matrix = np.sign(panel[:, None] - panel) * self.weights
        inside = _reference().weights - 2 * _reference().to_the_right
        for i, half in enumerate(self._half):
            block = slice(i * POINTS, (i + 1) * POINTS)
            matrix[block, block] = half * inside
        return matrix

    def antiderivative(self, values: Array) -> "Antiderivative":
        """Return x ↦ ∫ from the left end to x, for a function given by its values at the nodes."""
        return Antiderivative(self, values.reshape(-1, POINTS))


class Antiderivative:
    """x ↦ ∫ from the left end of the panels to x of the function that interpolates the values at the nodes."""

    def __init__(self, panels: Panels, rows: Array) -> None:
        self._edges = panels.edges
        self._half = np.diff(panels.edges) / 2
        coefficients = rows @ _reference().coefficients.T * self._half[:, None]
        self._integrals = legendre.legint(coefficients.T, lbnd=-1)
        self._before = np.concatenate([[0.0], np.cumsum(rows @ _reference().weights * self._half)])

    @property
    def total(self) -> float:
        """The integral over all panels."""
        return float(self._before[-1])

    def __call__(self, x: Array) -> Array:
        """Return the integral up to x; outside the panels the function is taken as zero."""
        inside = np.clip(x, self._edges[0], self._edges[-1])
        panel = np.clip(np.searchsorted(self._edges, inside, side="right") - 1, 0, len(self._half) - 1)
        t = (inside - self._edges[panel]) / self._half[panel] - 1
        inner: Any = legendre.legval(t, self._integrals[:, panel], tensor=False)
        return self._before[panel] + inner
