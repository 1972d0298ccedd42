"""E tr f(S) at every scale: `WishartSpectrum(m, n, beta, scale=Σ)`.

Complex S: the density exactly (`closed_contour`), and quadrature in log x. Real S: the Gauss rules of the exact moments
E tr S^k, two of which give value and error; the resolvent of both by `general_scale`.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wishart_moments import domain
from wishart_moments.errors import DisagreementError, DomainError, ExistenceError, LimitError, MethodError
from wishart_moments.moments.expectation import trace_product_moment
from wishart_moments.moments.wishart import Wishart
from wishart_moments.spectrum.arrays import number_array
from wishart_moments.spectrum.closed_contour import ClosedContour
from wishart_moments.spectrum.gauss_radau import coefficients_of, rule_of
from wishart_moments.spectrum.panels import POINTS, Panels
from wishart_moments.spectrum.ridge import ridge_degrees_of_freedom

Array = NDArray[np.float64]

MAX_SIZE = 40
"""The largest m and n of the density: balls of some hundred digits up to there."""

MAX_CONDITION = 1e6
"""The largest ratio of two eigenvalues of Σ other than 0 for the density."""

MOMENTS = 17
"""The exact moments behind the Gauss rules of real S: 9 nodes, and 8."""


class ScaledSpectrum:
    """E tr f(S) for S = Σ^{1/2} W W^† Σ^{1/2}, W m×n with independent entries of variance E|W_ij|² = 1.

    Args:
        m: the size of Σ.
        n: columns of W.
        beta: 1 (real) or 2 (complex).
        scale: Σ, symmetric (Hermitian for beta=2), positive semidefinite; its eigenvalues are those of floats.

    Exactness: float64. beta = 2: density and means to about 1e-13. beta = 1: means as far as Gauss rules of 9 nodes
    reach, refused beyond; no density.

    Raises:
        DomainError: for an argument outside its domain; MethodError: for another beta.

    Example:
        >>> correlated = ScaledSpectrum(2, 3, 2, scale=[[2, 1], [1, 2]])
        >>> round(correlated.expect(lambda x: np.log1p(x)), 10), round(correlated.resolvent(1.0), 10)
        (3.2185176867, 0.552792619)
    """

    def __init__(self, m: Any, n: Any, beta: Any = 1, *, scale: Any) -> None:
        self.m, self.n = domain.size(m, "m"), domain.size(n, "n")
        law = Wishart(n=self.n, beta=beta, scale=scale)
        if law.beta not in (1, 2):
            raise MethodError(f"need beta 1 (real) or 2 (complex), got {domain.shown(beta)}")
        if law.m != self.m:
            raise DomainError(f"need a scale of m = {self.m} rows, got {law.m}")
        self.beta = int(law.beta)
        values = np.linalg.eigvalsh(law.given_scale.as_floats()).clip(min=0)
        values[values <= self.m * np.finfo(float).eps * values.max()] = 0.0
        self.eigenvalues: Array = values

    def __repr__(self) -> str:
        return f"WishartSpectrum(m={self.m}, n={self.n}, beta={self.beta}, scale=...)"

    @property
    def zeros(self) -> int:
        """The number of zero eigenvalues of S: m − min(rank Σ, n)."""
        return self.m - min(int(np.count_nonzero(self.eigenvalues)), self.n)

    def resolvent(self, alpha: Any) -> float:
        """Return G(α) = E tr(αI + S)^{-1} for one α > 0, to some 1e-13."""
        shrinkage = domain.positive(alpha, "alpha")
        used = ridge_degrees_of_freedom(shrinkage, self.n, np.diag(self.eigenvalues), beta=self.beta)
        return (self.m - used.first) / shrinkage

    def moment(self, k: Any) -> float:
        """Return E tr S^k, k >= 0, from the exact moments at Σ's eigenvalues."""
        order = domain.order(k, "k")
        return float(self.m if order == 0 else self._exact(order))

    def density(self, x: ArrayLike) -> Any:
        """Return the expected number of eigenvalues per unit length at x > 0; beta = 2 only.

        Raises:
            MethodError: for beta = 1; LimitError: for m, n > 40 or a condition number of Σ above 1e6.

        Example:
            >>> float(ScaledSpectrum(1, 1, 2, scale=[[2]]).density(2.0).round(12))  # e^(-1)/2
            0.183939720586
        """
        points = number_array(x, "x")
        if not (points >= 0).all():
            raise DomainError("need eigenvalues x >= 0")
        contour = self._contour
        inside = points[(points > self._range[0]) & (points < self._range[2])]
        values = np.zeros(points.shape)
        values[(points > self._range[0]) & (points < self._range[2])] = contour.density(inside)
        return values[()]

    def expect(
        self,
        f: Callable[[Array], ArrayLike],
        *,
        sigma: Any = 1.0,
        points: ArrayLike = (),
        tolerance: Any = 1e-9,
        with_error: bool = False,
    ) -> Any:
        """Return E tr f(S), as `WishartSpectrum.expect`; for beta = 1 f is to be analytic near [0, ∞).

        Raises:
            DomainError: if f does not return one finite number for each eigenvalue, of 0 too where S is singular.
            ExistenceError: where f grows too fast at 0 for a finite mean.
            LimitError: where two rules differ by more than the tolerance; MethodError: for points with beta = 1.
        """
        variance, allowed = domain.positive(sigma, "sigma") ** 2, domain.positive(tolerance, "tolerance")
        splits = number_array(points, "points").ravel() / variance
        rules = self._rules(splits)
        (value, size, edge), (other, _, _) = (self._sum(f, variance, *rule) for rule in rules)
        if self.beta == 2 and edge > allowed * size:
            raise ExistenceError("need f to grow slower at 0 or infinity: the ends of the spectrum carry its mean")
        error = abs(value - other) + edge
        if not error <= allowed * size:
            hint = "or points= where it has kinks" if self.beta == 2 else "which is all that exact moments give"
            raise LimitError(f"need tolerance >= {error / size:.2g} for this f, {hint}, got tolerance = {allowed:g}")
        if self.zeros:
            value += self.zeros * _values(f, np.zeros(1))[0]
        found = value.item()
        return (found, float(error)) if domain.flag(with_error, "with_error") else found

    def _sum(self, f: Any, variance: float, nodes: Array, weights: Array) -> tuple[Any, float, float]:
        products = weights * _values(f, variance * nodes)
        size = float(np.abs(products).sum())
        edge = 0.0
        if self.beta == 2:
            edge = float(np.abs(products[:POINTS]).sum() + np.abs(products[-POINTS:]).sum())
        return products.sum(), size or 1.0, edge

    def _rules(self, splits: Array) -> list[tuple[Array, Array]]:
        if not self.eigenvalues.any():
            return [(np.zeros(0), np.zeros(0))] * 2
        if self.beta == 1:
            if splits.size:
                raise MethodError("points need a density, which is there for beta = 2 or Σ = I only")
            return self._gauss
        if not splits.size:
            return self._quadrature
        return [self._rule(parts, splits) for parts in (2, 1)]

    @cached_property
    def _quadrature(self) -> list[tuple[Array, Array]]:
        rules = [self._rule(parts, np.zeros(0)) for parts in (2, 1)]
        (nodes, weights), _ = rules
        for k in range(1, 4):
            exact, found = self.moment(k), float(weights @ nodes**k)
            if not abs(found - exact) <= 1e-11 * exact:
                raise DisagreementError(f"E tr S^{k}: {found!r} by quadrature, {exact!r} exactly")
        return rules

    def _rule(self, parts: int, splits: Array) -> tuple[Array, Array]:
        least, start, last = np.log(self._range)
        rank = np.count_nonzero(self.eigenvalues)
        step = min(2.4, 20 / (rank + self.n)) / parts
        plain: Any = np
        edges = np.concatenate(
            [
                plain.linspace(least, start, parts * int(np.ceil((start - least) / 12)) + 1),
                plain.linspace(start, last, int(np.ceil((last - start) / step)) + 1)[1:],
            ]
        )
        inside = np.log(splits[(splits > self._range[0]) & (splits < self._range[2])])
        panels = Panels(np.unique(np.concatenate([edges, inside])))
        nodes = np.exp(panels.nodes)
        return nodes, panels.weights * nodes * self._contour.density(nodes)

    @cached_property
    def _range(self) -> Array:
        """Where the density begins, where it stops being a power of x, and where it ends, to floats."""
        positive = self.eigenvalues[self.eigenvalues > 0]
        rank = len(positive)
        power = abs(rank - self.n) + 1
        start = positive.min() * 1e-2 / (rank * self.n)
        end = positive.max() * (np.sqrt(rank) + np.sqrt(self.n) + 7) ** 2
        return np.array([start * 10.0 ** (-30 / power), start, end])

    @cached_property
    def _contour(self) -> ClosedContour:
        if self.beta == 1:
            raise MethodError("need beta = 2 for the density at a general scale, got 1; Σ = I has one for beta = 1 too")
        positive = self.eigenvalues[self.eigenvalues > 0]
        if not len(positive):
            raise DomainError("need a scale other than 0 for a density")
        if max(len(positive), self.n) > MAX_SIZE or positive.max() > MAX_CONDITION * positive.min():
            raise LimitError(f"need m, n <= {MAX_SIZE} and a condition number <= {MAX_CONDITION:g} for the density")
        return ClosedContour(positive, self.n, self._range)

    @cached_property
    def _gauss(self) -> list[tuple[Array, Array]]:
        moments = [Fraction(self.m - self.zeros), *(self._exact(k) for k in range(1, MOMENTS + 1))]
        top = moments[1] / moments[0]
        balls = coefficients_of([each / top**k for k, each in enumerate(moments)], 64)
        unit = float(top)
        found: list[tuple[Array, Array]] = []
        for last in (MOMENTS, MOMENTS - 2):
            nodes, weights = rule_of(np.array([float(c.mid()) for c in balls[: last + 1]]))
            found.append((unit * nodes, weights))
        return found

    def _exact(self, k: int) -> Fraction:
        diagonal = [Fraction(float(each)) for each in self.eigenvalues]
        rows = [[each if i == j else Fraction(0) for j in range(self.m)] for i, each in enumerate(diagonal)]
        return Fraction(cast(Any, trace_product_moment([k], n=self.n, scale=rows, beta=self.beta)))


def _values(f: Callable[[Array], ArrayLike], x: Array) -> Any:
    with np.errstate(all="ignore"):
        values = np.broadcast_to(np.asarray(f(x)), x.shape)
    if not np.isfinite(values).all():
        raise DomainError("need f to return one finite number for each eigenvalue of an array")
    return values
