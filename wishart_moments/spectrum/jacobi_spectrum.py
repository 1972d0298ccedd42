"""The mean of any function of the eigenvalues of B = S_1(S_1 + S_2)^{-1}, by quadrature on their exact density.

Let p_k be orthonormal for w = x^a (1−x)^b on [0, 1], a = n_1 − m, b = n_2 − m, φ_k = √w p_k,
x p_k = h_k p_{k+1} + d_k p_k + h_{k−1} p_{k−1}, and x = sin²θ. The density of the eigenvalues in θ, 2 sin θ cos θ ρ, is

    complex:  sin 2θ Σ_{k<m} φ_k²;
    real:     sin 2θ Σ_{k<N} φ_k² + (2N + a + b) h_{N−1} φ_N E,   N = m − 1,   E = 2 ∫_0^θ φ_{N−1} − C,

C = ∫ φ_{N−1} over [0, π/2] for even m; for odd m it follows from ∫ρ = m. All of it is analytic in θ. Where n_1 < m or
n_2 < m, m − n_1 eigenvalues are 0, m − n_2 are 1, and the others have the same law with other sizes.

References: Adler, Forrester, Nagao, van Moerbeke, J. Stat. Phys. 99 (2000) 141; Forrester, Log-Gases and Random
Matrices (2010), 6.3; Muirhead (1982), 10.4 (the eigenvalues in MANOVA).
"""

from collections.abc import Callable
from functools import cached_property
from math import ceil, lgamma, pi
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wishart_moments import domain
from wishart_moments.errors import DisagreementError, LimitError, MethodError
from wishart_moments.moments.manova.traces import TwoWisharts, manova_trace_moment
from wishart_moments.spectrum.arrays import number_array
from wishart_moments.spectrum.integrands import finite_at, function, kinks, need_accuracy
from wishart_moments.spectrum.panels import Antiderivative, Panels

Array = NDArray[np.float64]

MAX_SIZE = 4096
"""The largest n_1 + n_2."""

CHECKED_MOMENTS = 6
"""At construction the rule must return the exact E tr B^k, k = 1..6."""

_TOLERANCE = 1e-11
_PERIODS = 3.0
_SMALLEST = 1e-9
_SHRINK = 4.0
_LARGE = 1e100


class _Functions(NamedTuple):
    """Σ_{k<N} φ_k², φ_{N−1} and φ_N."""

    kernel: Array
    lower: Array
    upper: Array


class JacobiSpectrum:
    """E tr f(B) for every f: the exact spectrum of B = S_1(S_1 + S_2)^{-1}, S_i independent Wishart with one Σ.

    Args:
        m: the dimension, an integer >= 1.
        n1, n2: the degrees of freedom, integers >= 1; n1 + n2 >= m, at most 4096.
        beta: 1 (real) or 2 (complex).

    Attributes:
        m, n1, n2, beta: as given.
        zeros, ones: how many eigenvalues of B are 0 and 1 for certain.
        nodes, weights: E Σ f(λ) = Σ w_i f(x_i) over the other eigenvalues.

    Exactness: float64; for analytic f without singularities on [0, 1] errors are about 1e-13 of m max|f|.

    Raises:
        DomainError: for sizes that are no integers >= 1, or n1 + n2 < m.
        MethodError, LimitError: for another beta; for larger sizes.

    Example:
        The mean of Wilks' log Λ = log |S_2|/|S_1 + S_2| in a MANOVA of 3 variables, 4 and 20 degrees of freedom:

        >>> round(JacobiSpectrum(3, 4, 20).expect(lambda x: np.log1p(-x)), 10)
        -0.6025214552
    """

    def __init__(self, m: int, n1: int, n2: int, beta: int = 1) -> None:
        law = TwoWisharts(domain.size(m, "m"), domain.size(n1, "n1"), domain.size(n2, "n2"), beta)
        if law.beta not in (1, 2):
            raise MethodError(f"need beta 1 (real) or 2 (complex), got {domain.shown(beta)}")
        if law.n1 + law.n2 > MAX_SIZE:
            raise LimitError(f"need n1 + n2 <= {MAX_SIZE:,}, got {domain.shown(law.n1 + law.n2)}")
        self.m, self.n1, self.n2, self.beta = law.m, law.n1, law.n2, int(law.beta)
        self.zeros, self.ones = max(self.m - self.n1, 0), max(self.m - self.n2, 0)
        rows, a, b = self.m, self.n1, self.n2
        if a < rows:
            rows, a, b = a, rows, a + b - rows
        if b < rows:
            rows, a, b = b, a + b - rows, rows
        self._count, self._a, self._b = rows, a - rows, b - rows
        self.nodes, self.weights = self._rule(self._panels(1))
        for array in (self.nodes, self.weights):
            array.flags.writeable = False
        self._check()

    def __repr__(self) -> str:
        return f"JacobiSpectrum(m={self.m}, n1={self.n1}, n2={self.n2}, beta={self.beta})"

    def _panels(self, parts: int, splits: ArrayLike = ()) -> Panels:
        """Return panels in θ that resolve the waves of φ_N and shrink towards both ends."""
        width = min(0.25, _PERIODS * pi / (2 * self._count + self._a + self._b + 1)) / parts
        inner = np.linspace(0, pi / 2, ceil(pi / 2 / width) + 1)
        first = [float(inner[1])]
        while first[-1] > _SMALLEST:
            first.append(first[-1] / _SHRINK)
        graded = np.array(first[1:])
        return Panels(np.unique(np.concatenate([inner, graded, pi / 2 - graded, np.asarray(splits, float)])))

    def _functions(self, theta: Array, count: int) -> _Functions:
        """Return the functions, each row of the recurrence with a power of 1e100 of its own."""
        a, b = self._a, self._b
        sine, cosine = np.sin(theta) ** 2, np.cos(theta) ** 2
        with np.errstate(divide="ignore"):
            start = (a * np.log(sine) if a else 0 * sine) + (b * np.log(cosine) if b else 0 * sine)
        scale = start / 2 - (lgamma(a + 1) + lgamma(b + 1) - lgamma(a + b + 2)) / 2
        lower, current = np.zeros_like(theta), np.ones_like(theta)
        kernel, before = np.zeros_like(theta), 0.0
        for k in range(count):
            kernel += (current * np.exp(scale)) ** 2
            step, middle = _recurrence(k, a, b)
            lower, current = current, ((sine - middle) * current - before * lower) / step
            before = step
            if (large := np.abs(current) > _LARGE).any():
                lower[large] /= _LARGE
                current[large] /= _LARGE
                scale[large] += np.log(_LARGE)
        factor = np.exp(scale)
        return _Functions(kernel, lower * factor, current * factor)

    def _values(self, theta: Array, functions: _Functions, integral: Any) -> Array:
        """Return the density in θ but for what C adds, where `integral` is 2∫φ_{N−1} from 0."""
        base = np.sin(2 * theta) * functions.kernel
        return base if self.beta == 2 else base + self._slope * functions.upper * integral

    @property
    def _order(self) -> int:
        return self._count - (self.beta == 1)

    @cached_property
    def _slope(self) -> float:
        n = self._order
        return (2 * n + self._a + self._b) * _recurrence(n - 1, self._a, self._b)[0] if n else 1.0

    @cached_property
    def _exact(self) -> tuple[Panels, Antiderivative, float]:
        """Panels, θ ↦ 2∫φ_{N−1}, and C."""
        panels = self._panels(2)
        functions = self._functions(panels.nodes, self._order)
        integral = panels.antiderivative(2 * functions.lower)
        if self.beta == 2:
            return panels, integral, 0.0
        if self._count % 2 == 0:
            return panels, integral, integral.total / 2
        base = panels.weights @ self._values(panels.nodes, functions, integral(panels.nodes))
        return panels, integral, float((base - self._count) / (panels.weights @ functions.upper * self._slope))

    def _in_theta(self, theta: Array) -> Array:
        if not self._count:
            return np.zeros_like(theta)
        _, integral, constant = self._exact
        functions = self._functions(theta, self._order)
        return np.maximum(self._values(theta, functions, integral(theta) - constant), 0)

    def _rule(self, panels: Panels) -> tuple[Array, Array]:
        # No node is rounded to 1.
        nodes = np.minimum(np.sin(panels.nodes) ** 2, 1 - 2.0**-53)
        return nodes, panels.weights * self._in_theta(panels.nodes)

    def _check(self) -> None:
        for k in range(1, CHECKED_MOMENTS + 1):
            exact = float(manova_trace_moment(k, self.m, self.n1, self.n2, beta=self.beta)) - self.ones
            found = float(self.weights @ self.nodes**k)
            if not abs(found - exact) <= _TOLERANCE * self.m:
                raise DisagreementError(f"the density of {self!r} gives E tr B^{k} = {found}, need {exact}")

    def expect(
        self,
        f: Callable[[Array], ArrayLike],
        *,
        points: ArrayLike = (),
        tolerance: float = 1e-9,
        with_error: bool = False,
    ) -> Any:
        """Return E tr f(B) = E Σ f(λ) over all m eigenvalues of B; of F = B(I − B)^{-1} give f(x/(1 − x)).

        Args:
            f: a real or complex function of an array of numbers in (0, 1); of 0 and 1 too where B has such eigenvalues.
            points: where f has kinks and jumps.
            tolerance: of the error, relative to E Σ |f(λ)|.
            with_error: whether the estimate of the error is returned as well.

        Raises:
            DomainError: if f does not return one finite number for each eigenvalue.
            LimitError: where the tolerance is not reached, as where the mean is infinite.

        Example:
            >>> round(JacobiSpectrum(2, 3, 9).expect(lambda x: x / (1 - x)), 12)  # E tr F = m n1/(n2 − m − 1)
            1.0
        """
        allowed, both = domain.positive(tolerance, "tolerance"), domain.flag(with_error, "with_error")
        f, breaks = function(f), kinks(points)
        splits = np.arcsin(np.sqrt(breaks[(breaks > 0) & (breaks < 1)]))
        results: list[Any] = []
        size = 0.0
        for parts in (1, 2):
            nodes, weights = self._rule(self._panels(parts, splits))
            products = weights * finite_at(f, nodes)
            results.append(products.sum())
            size = float(np.abs(products).sum()) or 1.0
        error = abs(results[1] - results[0])
        need_accuracy(error, size, allowed, "; the mean may be infinite")
        value = results[1]
        for count, end in ((self.zeros, 0.0), (self.ones, 1.0)):
            value = value + (count * finite_at(f, np.array([end]))[0] if count else 0)
        return (value.item(), float(error)) if both else value.item()

    def density(self, x: ArrayLike) -> Any:
        """Return ρ(x), the expected number of eigenvalues per unit length at 0 < x < 1, without those at the ends.

        Args:
            x: numbers; outside (0, 1) the density is 0.

        Example:
            >>> round(JacobiSpectrum(1, 2, 2).density(0.3), 12)  # uniform
            1.0
        """
        given = number_array(x, "x")
        points = given.ravel()
        inside = (points > 0) & (points < 1)
        values: Any = np.zeros(len(points))
        theta = np.arcsin(np.sqrt(points[inside]))
        values[inside] = self._in_theta(theta) / np.sin(2 * theta)
        return values.item() if given.ndim == 0 else values.reshape(given.shape)


def _recurrence(k: int, a: int, b: int) -> tuple[float, float]:
    """Return h_k and d_k of x p_k = h_k p_{k+1} + d_k p_k + h_{k−1} p_{k−1}."""
    s = 2 * k + a + b
    above = (k + 1) * (k + 1 + a) * (k + 1 + b) * (k + 1 + a + b)
    middle = (a - b) * (a + b) / (s * (s + 2)) if k or a + b else 0.0
    return above**0.5 / ((s + 2) * ((s + 1) * (s + 3)) ** 0.5), (1 + middle) / 2
