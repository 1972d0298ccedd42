"""E tr f(S) at every scale: `WishartSpectrum(m, n, beta, scale=Σ)`.

The density, real and complex, is that of `rotated_contour`. For means it is interpolated by Chebyshev polynomials in √x
or log x, twice as many until the last quarter vanishes; near 0 it is x^{p−1}, p = (β/2)(|rank Σ − n| + 1), times a
power series in √x. The result is checked against E tr S^k, k <= 5, exactly. Beyond the sizes of the density means are
those of two Gauss rules of exact moments. The resolvent is that of `general_scale`.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.polynomial import Chebyshev, Polynomial
from numpy.typing import ArrayLike, NDArray

from wishart_moments import domain
from wishart_moments.errors import DisagreementError, DomainError, ExistenceError, LimitError, MethodError
from wishart_moments.moments.expectation import trace_product_moment
from wishart_moments.moments.extremes.quantiles import smallest_eigenvalue_quantile
from wishart_moments.moments.wishart import Wishart
from wishart_moments.spectrum.arrays import number_array
from wishart_moments.spectrum.gauss_radau import coefficients_of, rule_of
from wishart_moments.spectrum.integrands import (
    finite_at,
    finite_at_zero,
    function,
    kinks,
    need_accuracy,
    values_at,
    variance_of,
)
from wishart_moments.spectrum.panels import POINTS, Panels
from wishart_moments.spectrum.ridge import eigenbasis, ridge_degrees_of_freedom
from wishart_moments.spectrum.rotated_contour import RotatedContour

Array = NDArray[np.float64]

MAX_SIZE = {1: 40, 2: 200}
"""The largest rank of Σ and the largest n of the density, for each β."""

MAX_CONDITION = 1e12
"""The largest ratio of two eigenvalues of Σ other than 0 for the density."""

_ACCURACY = 1e-13
"""Of the largest xρ(x): what the last quarter of its Chebyshev coefficients may be."""

_MOST = 4096
"""The most points of the interpolation."""

_TAILS = {1: 9.7, 2: 7.0}
"""In √(x/Λ_max): beyond √m + √n less than 1e-20 of an eigenvalue is left."""

_SERIES = 10
"""Terms of the power series in √x."""

_STEEP = 4.0
"""For p beyond this the density is left out next to 0: xρ is less than 1e-13 of its largest value there."""

MOMENTS = 17
"""The exact moments behind the Gauss rules: 9 nodes, and 8."""


class _Table(NamedTuple):
    """xρ(x) by Chebyshev polynomials, the largest relative error of its moments, and the size of the last of them."""

    product: Chebyshev
    accuracy: float
    noise: float


class ScaledSpectrum:
    """E tr f(S) for S = Σ^{1/2} W W^† Σ^{1/2}, W m×n with independent entries of variance E|W_ij|² = 1.

    Args:
        m: the size of Σ.
        n: columns of W.
        beta: 1 (real) or 2 (complex).
        scale: Σ, symmetric (Hermitian for beta=2), positive semidefinite; its eigenvalues are those of floats.

    Exactness: float64. xρ(x) to 1e-13 of its largest value; means with an error from two rules and exact moments.
    Beyond the sizes of the density f is to be analytic near [0, ∞), and the error is that of two rules alone.

    Cost: the density at one x some 5 ms for complex S of size 10, ten times that for real S or for size 40; a first
    mean some 200 of these for equal eigenvalues, some 1000 for a condition number of 1e6: seconds to minutes.

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
        self.eigenvalues: Array = eigenbasis(law.given_scale.as_floats())[0]

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
        """Return E tr S^k, k >= 0, from the exact moments at Σ's eigenvalues.

        Raises:
            LimitError: where it exceeds the range of floats.
        """
        order = domain.order(k, "k")
        try:
            return float(self.m if order == 0 else self._exact(order))
        except OverflowError:
            raise LimitError("the moment exceeds the range of floats; trace_product_moment gives it exactly") from None

    def density(self, x: ArrayLike) -> Any:
        """Return the expected number of eigenvalues per unit length at x >= 0, those that are always 0 apart.

        Raises:
            LimitError: for a rank of Σ or an n above 40 (real; complex: 200, a minute), a condition number above 1e12.

        Example:
            >>> float(ScaledSpectrum(1, 1, 2, scale=[[2]]).density(2.0).round(12))  # e^(-1)/2
            0.183939720586
            >>> float(ScaledSpectrum(2, 3, scale=[[2, 1], [1, 2]]).density(2.0).round(12))
            0.216373805953
        """
        points = number_array(x, "x")
        if not (points >= 0).all():
            raise DomainError("need eigenvalues x >= 0")
        self._need_density()
        values, (start, end) = np.zeros(points.shape), self._range
        inside, below = (points > start) & (points < end), points <= start
        values[inside] = self._contour.products(points[inside]).clip(min=0) / points[inside]
        if below.any():
            with np.errstate(divide="ignore"):
                values[below] = (points[below] / start) ** (self._power - 1) * self._near_zero(points[below]) / start
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
        """Return E tr f(S), as `WishartSpectrum.expect`.

        Raises:
            DomainError: if f does not return one finite number for each eigenvalue, of 0 too where S is singular.
            ExistenceError: where f grows too fast at 0 for a finite mean.
            LimitError: where two rules differ by more than the tolerance, or f grows where the density is lost; as for
                `density`.
        """
        variance, allowed = variance_of(domain.positive(sigma, "sigma")), domain.positive(tolerance, "tolerance")
        f, splits, both = function(f), kinks(points) / variance, domain.flag(with_error, "with_error")
        value, size, error = 0.0, 1.0, 0.0
        if self.eigenvalues.any():
            fine, coarse, accuracy = self._rules(splits)
            (value, size, edge), (other, _, _) = (self._sum(f, variance, *rule) for rule in (fine, coarse))
            if self._reached:
                edge += self._noise(f, variance)
            if self._reached and self._slope(f, variance) >= self._power - 1e-6:
                raise ExistenceError("need f to grow slower at 0: its mean is infinite")
            if edge > allowed * size:
                raise LimitError("need f to grow slower at 0 or infinity: its mean rests on where the density is lost")
            error = abs(value - other) + edge + accuracy * size
            need_accuracy(error, size, allowed)
        if self.zeros:
            value += self.zeros * finite_at_zero(f, self.zeros, self.m)
        found = np.asarray(value).item()
        return (found, float(error)) if both else found

    def _sum(self, f: Any, variance: float, nodes: Array, weights: Array) -> tuple[Any, float, float]:
        products = weights * finite_at(f, variance * nodes)
        edge = float(np.abs(products[:POINTS]).sum() + np.abs(products[-POINTS:]).sum()) if self._reached else 0.0
        return products.sum(), float(np.abs(products).sum()) or 1.0, edge

    def _noise(self, f: Any, variance: float) -> float:
        """Return what the roundings of the interpolated density do to a mean, ∫ |f| dx/x of their size."""
        start, end = np.log(self._range)
        panels = Panels(start + (end - start) * np.arange(65) / 64)
        return self._table.noise * float(panels.weights @ np.abs(finite_at(f, variance * np.exp(panels.nodes))))

    def _rules(self, splits: Array) -> tuple[tuple[Array, Array], tuple[Array, Array], float]:
        """Return two rules, nodes and weights, for means, with the relative error that both have."""
        if self._reached:
            return self._rule(2, splits), self._rule(1, splits), self._table.accuracy
        if splits.size:
            raise LimitError(f"need m, n <= {MAX_SIZE[self.beta]} for points: there is no density beyond")
        return *self._gauss, 0.0

    def _rule(self, parts: int, splits: Array) -> tuple[Array, Array]:
        """Return nodes and weights of means, each panel in so many parts and split at these x."""
        return self._weighted(self._table.product, parts, splits)

    def _weighted(self, product: Chebyshev, parts: int, splits: Array) -> tuple[Array, Array]:
        start, end = self._range
        least = np.log(start) - (np.log(1e30) / self._power if self._power <= _STEEP else 0.0)
        plain: Any = np
        low = plain.linspace(least, np.log(start), parts * int(np.ceil((np.log(start) - least) / 12)) + 1)
        high = plain.linspace(np.log(start), np.log(end), parts * (product.degree() // 3) + 1)
        inside = splits[(splits > np.exp(least)) & (splits < end)]
        panels = Panels(np.unique(np.concatenate([low, high, np.log(inside)])))
        nodes, low = np.exp(panels.nodes), np.exp(panels.nodes) < start
        values = np.empty(nodes.shape)
        values[~low] = product(self._variable[0](nodes[~low]))
        values[low] = (nodes[low] / self._range[0]) ** self._power * self._near_zero(nodes[low])
        return nodes, panels.weights * values

    @cached_property
    def _table(self) -> _Table:
        forward, backward = self._variable
        ends, count = forward(np.array(self._range)), 32
        values = np.zeros(0)
        while True:
            t = np.cos(np.pi * np.arange(count + 1) / count)
            x = backward((ends[0] + ends[1] + (ends[1] - ends[0]) * t) / 2)
            before, values = values, np.empty(count + 1)
            if before.size:
                values[::2], values[1::2] = before, self._contour.products(x[1::2])
            else:
                values = self._contour.products(x)
            coefficients = np.fft.rfft(np.concatenate([values, values[-2:0:-1]])).real / count
            coefficients[[0, -1]] /= 2
            if np.abs(coefficients[-(count // 4) :]).max() <= _ACCURACY * values.max():
                break
            count *= 2
            if count > _MOST:
                raise LimitError(f"the density needs more than {_MOST:,} points; take a smaller m or n")
        product = Chebyshev(coefficients, ends)
        nodes, weights = self._weighted(product, 1, np.zeros(0))
        accuracy, unit = 0.0, self._range[1]
        for k in range(6):
            exact = float(self._exact(k) / Fraction(unit) ** k) if k else float(self.m - self.zeros)
            accuracy = max(accuracy, abs(float(weights @ (nodes / unit) ** k) / exact - 1))
        if not accuracy <= 1e-9:
            raise DisagreementError(f"the moments of the density differ from the exact ones by {accuracy:.2g}")
        noise = float(np.abs(coefficients[-(count // 8) :]).max() + 2.0**-52 * values.max())
        return _Table(product, accuracy, noise)

    def _near_zero(self, x: Array) -> Array:
        """Return xρ(x) (start/x)^p below `start`: a polynomial in √x."""
        return self._series(np.sqrt(x / self._range[0])) if self._power <= _STEEP else np.zeros(x.shape)

    @cached_property
    def _series(self) -> Polynomial:
        t = 0.55 + 0.45 * np.cos(np.pi * (np.arange(_SERIES) + 0.5) / _SERIES)
        products = self._contour.near_zero(self._range[0] * t**2)
        return Polynomial.fit(t, products / t ** (2 * self._power), _SERIES - 1, domain=[0.1, 1])

    def _slope(self, f: Any, variance: float) -> float:
        """Return q where f goes like x^{−q} near 0, from the least x at which it is finite."""
        x = self._range[0] * 10.0 ** -np.arange(0.0, 61.0, 3.0)
        sizes = np.abs(values_at(f, variance * x))
        good = np.isfinite(sizes) & (sizes > 0)
        if good.sum() < 2:
            return 0.0
        (x0, x1), (f0, f1) = x[good][-2:], sizes[good][-2:]
        return float(np.log(f1 / f0) / np.log(x0 / x1))

    @property
    def _variable(self) -> tuple[Any, Any]:
        """The variable that the density is smooth in, and x as a function of it."""
        positive = self.eigenvalues[self.eigenvalues > 0]
        return (np.sqrt, np.square) if positive.max() <= 10 * positive.min() else (np.log, np.exp)

    @property
    def _power(self) -> float:
        """p, where the density is x^{p−1} near 0."""
        return self.beta / 2 * (abs(np.count_nonzero(self.eigenvalues) - self.n) + 1)

    @cached_property
    def _range(self) -> tuple[float, float]:
        """Below the first x a power series is taken; beyond the second nothing is left, to floats."""
        positive = self.eigenvalues[self.eigenvalues > 0]
        rank = len(positive)
        end = positive.max() * (np.sqrt(rank) + np.sqrt(self.n) + _TAILS[self.beta]) ** 2
        least = 1e-2 / (rank * self.n)
        if self._power > _STEEP:  # the smallest eigenvalue is at least Λ_min times that at Σ = I
            least = smallest_eigenvalue_quantile("1e-30", min(rank, self.n), max(rank, self.n), beta=self.beta).value
        return float(positive.min() * least), float(end)

    @property
    def _reached(self) -> bool:
        positive = self.eigenvalues[self.eigenvalues > 0]
        limit = MAX_SIZE[self.beta]
        return max(len(positive), self.n) <= limit and positive.max() / MAX_CONDITION <= positive.min()

    def _need_density(self) -> None:
        if not self.eigenvalues.any():
            raise DomainError("need a scale other than 0 for a density")
        if not self._reached:
            limit = MAX_SIZE[self.beta]
            raise LimitError(f"need m, n <= {limit} and a condition number <= {MAX_CONDITION:g} for the density")

    @cached_property
    def _contour(self) -> RotatedContour:
        self._need_density()
        positive = self.eigenvalues[self.eigenvalues > 0]
        return RotatedContour(positive, self.n, self.beta, np.array(self._range))

    @cached_property
    def _gauss(self) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        moments = [Fraction(self.m - self.zeros), *(self._exact(k) for k in range(1, MOMENTS + 1))]
        top = moments[1] / moments[0]
        balls = coefficients_of([each / top**k for k, each in enumerate(moments)], 64)
        unit = float(top)
        found: list[tuple[Array, Array]] = []
        for last in (MOMENTS, MOMENTS - 2):
            nodes, weights = rule_of(np.array([float(c.mid()) for c in balls[: last + 1]]))
            found.append((unit * nodes, weights))
        return found[0], found[1]

    def _exact(self, k: int) -> Fraction:
        diagonal = [Fraction(float(each)) for each in self.eigenvalues]
        rows = [[each if i == j else Fraction(0) for j in range(self.m)] for i, each in enumerate(diagonal)]
        return Fraction(cast(Any, trace_product_moment([k], n=self.n, scale=rows, beta=self.beta)))
