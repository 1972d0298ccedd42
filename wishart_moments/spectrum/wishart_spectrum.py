"""The mean of any function of the eigenvalues of S at finite size, by quadrature on their exact density."""

from collections.abc import Callable
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wishart_moments import domain
from wishart_moments.errors import DisagreementError, DomainError, LimitError, MethodError
from wishart_moments.moments.inverse.existence import require
from wishart_moments.moments.recurrence import trace_moments_at
from wishart_moments.spectrum.arrays import number_array
from wishart_moments.spectrum.density import eigenvalue_density, panel_edges
from wishart_moments.spectrum.panels import Antiderivative, Panels

Array = NDArray[np.float64]

MAX_SIZE = 4096
"""The largest m and n: the rule takes O(min(m, n)²) operations and its digits were measured up to here."""

CHECKED_MOMENTS = 6
"""At construction the rule must return E tr S^k, k = 1..6, as the exact recurrence has them."""

_TOLERANCE = 1e-11
_CHUNK = 1 << 16

_NEAR = 1e-3
"""Below this r the resolvent's part of N = T + rG is summed, not T."""


LEAST_ALPHA = 1e-16
"""The least |α| of a resolvent: next to it the nodes at the hard edge still resolve 1/(α + x) to 1e-13."""


class WishartSpectrum:
    """E tr f(S) = Σ_i w_i f(x_i) + max(m − n, 0) f(0) for every f: the exact finite-size spectrum of S = WW^†.

    W is m×n with independent entries of variance E|W_ij|² = 1, real (beta = 1) or complex (beta = 2). The m×m matrix S
    has min(m, n) non-zero eigenvalues, of the density ρ(x) = `density(x)`, and m − n zero ones if m > n.

    Args:
        m: rows of W, 1 to 4096.
        n: columns of W, 1 to 4096.
        beta: 1 (real) or 2 (complex).
        scale: Σ, m×m: S = Σ^{1/2}WW^†Σ^{1/2} instead, a `ScaledSpectrum` with resolvent, moments, means and the
            density, m, n <= 40 for real S and 200 for complex; by keyword.

    Attributes:
        m, n, beta: as given.
        nodes: x_i, eigenvalues of S at unit variance, increasing.
        weights: w_i >= 0, Σ w_i = min(m, n).

    Exactness: float64; for analytic f without singularities on [0, ∞) errors are about 1e-14 of min(m, n) max|f|.

    Cost: O(min(m, n)²) operations and O(min(m, n)) memory, once; `spectrum` keeps the last ones.

    Raises:
        DomainError: for sizes that are not positive integers.
        MethodError: for another beta; LimitError: for larger sizes.

    Example:
        The effective degrees of freedom of a ridge regression with 30 Gaussian features and 50 samples:

        >>> ridge = 5.0
        >>> round(spectrum(30, 50).expect(lambda x: x / (x + ridge)), 10)
        24.8992805687

        The ergodic capacity, in nats, of a 4×4 Rayleigh channel at a signal-to-noise ratio of 10:

        >>> round(spectrum(4, 4, beta=2).expect(lambda x: np.log1p(10 / 4 * x)), 10)
        7.5840158702
    """

    def __new__(  # copies come without arguments
        cls, m: Any = None, n: Any = None, beta: Any = 1, *, scale: Any = None
    ) -> "WishartSpectrum":
        """Return the spectrum at Σ where one is given."""
        if scale is None:
            return super().__new__(cls)
        from wishart_moments.spectrum.scaled_spectrum import ScaledSpectrum

        found: Any = ScaledSpectrum(m, n, beta, scale=scale)
        return found

    def __init__(  # pyright: ignore[reportInconsistentConstructor]
        self, m: int, n: int, beta: int = 1, *, scale: Any = None
    ) -> None:
        del scale  # __new__ has it
        self.m, self.n = domain.size(m, "m"), self._columns(n)
        if domain.dyson_index(beta) not in (1, 2):
            raise MethodError(f"need beta 1 (real) or 2 (complex), got {domain.shown(beta)}")
        if max(self.m, self.n) > MAX_SIZE:
            raise LimitError(
                f"need m, n <= {MAX_SIZE} for the finite-size density, got {domain.shown(max(self.m, self.n))}; "
                "method 'limit' takes any size"
            )
        self.beta = int(beta)
        panels = Panels(panel_edges(self.m, self.n))
        values, _ = eigenvalue_density(self.m, self.n, self.beta, panels)
        self.nodes: Array = panels.nodes**2
        self.weights: Array = panels.weights * 2 * panels.nodes * values
        for array in (self.nodes, self.weights):
            array.flags.writeable = False
        self._check()

    @staticmethod
    def _columns(n: Any) -> int:
        exact = domain.degrees_of_freedom(n)
        if isinstance(exact, Fraction):
            raise MethodError(
                f"need an integer n for the density, got {domain.shown(exact)}; "
                "the moments take real n: trace_moment(k, m, n)"
            )
        return domain.size(n, "n")

    def __repr__(self) -> str:
        return f"WishartSpectrum(m={self.m}, n={self.n}, beta={self.beta})"

    @property
    def zeros(self) -> int:
        """The number of zero eigenvalues of S: max(m − n, 0)."""
        return max(self.m - self.n, 0)

    def expect(
        self,
        f: Callable[[Array], ArrayLike],
        *,
        sigma: float = 1.0,
        points: ArrayLike = (),
        tolerance: float = 1e-9,
        with_error: bool = False,
    ) -> Any:
        """Return E tr f(S) = E Σ f(λ) over all m eigenvalues of S, for W of entries of variance sigma².

        Args:
            f: a real or complex function of an array of eigenvalues > 0; of 0 too if m > n.
            sigma: standard deviation of an entry of W.
            points: where f has kinks and jumps, in units of its argument; between them it is to be smooth.
            tolerance: of the error, relative to E Σ |f(λ)|.
            with_error: whether the estimate of the error is returned as well.

        Returns:
            A float or complex number, or with the error (value, error): what two rules differ by. Without points f that
            is analytic on (0, ∞) comes to about 1e-14; powers of x at 0 are no obstacle. A feature of f that
            is narrower than the distance of the nodes is seen by neither rule: it needs points around it.

        Raises:
            DomainError: if f does not return one finite number for each eigenvalue.
            ExistenceError: where f grows so fast at 0 or at ∞ that the mean is infinite.
            LimitError: where the tolerance is not reached.

        Example:
            >>> round(WishartSpectrum(4, 4, 2).expect(lambda x: x > 6, points=[6]), 10)
            1.080735949
            >>> WishartSpectrum(3, 4).expect(lambda x: 1 / x)  # doctest: +ELLIPSIS
            Traceback (most recent call last):
            wishart_moments.errors.ExistenceError: need f to grow slower at 0: ...
        """
        from wishart_moments.spectrum.means import mean

        both = domain.flag(with_error, "with_error")
        value, error = mean(self, f, sigma, points, tolerance)
        return (value, error) if both else value

    def density(self, x: ArrayLike) -> Any:
        """Return ρ(x), the expected number of eigenvalues per unit length at x > 0; ∫_0^∞ ρ = min(m, n).

        Args:
            x: numbers; for x <= 0 the density is 0.
        """
        points = self._points(x)
        panels, density, _ = self._pointwise
        inside = (points > 0) & (np.sqrt(points) < panels.edges[-1])
        values = np.zeros(points.shape)
        values[inside] = density(points[inside])
        return _scalar(values)

    def rule(self, edges: Array) -> tuple[Array, Array]:
        """Return nodes x and weights of a rule for E Σ f(λ), with the panels between these √x.

        Args:
            edges: √x, increasing; an array of floats.
        """
        panels, density, _ = self._pointwise
        inside = edges[edges <= panels.edges[-1]]
        fine = Panels(inside)
        return fine.nodes**2, fine.weights * 2 * fine.nodes * density(fine.nodes**2)

    def cumulative(self, x: ArrayLike) -> Any:
        """Return the expected number of eigenvalues <= x, the zero ones included: m at infinity.

        Divided by m it is the distribution function of an eigenvalue picked at random.

        Args:
            x: numbers.
        """
        points = self._points(x)
        counting = self._pointwise[2]
        counts = self.zeros + np.clip(counting(np.sqrt(points).ravel()).reshape(points.shape), 0, None)
        return _scalar(np.asarray(counts))

    @cached_property
    def _pointwise(self) -> tuple[Panels, Callable[[Array], Array], Antiderivative]:
        """The density between nodes and its antiderivative in √x: interpolation takes panels of half the width."""
        panels = Panels(panel_edges(self.m, self.n, parts=2))
        values, density = eigenvalue_density(self.m, self.n, self.beta, panels)
        return panels, density, panels.antiderivative(2 * panels.nodes * values)

    def moment(self, k: int) -> float:
        """Return E tr S^k; for k < 0 over the non-zero eigenvalues, where it exists.

        Args:
            k: an integer of either sign.

        Raises:
            ExistenceError: if E tr S^k is infinite: it is finite for |m − n| + 1 > 2|k|/β.
        """
        k = domain.signed_order(k)
        require([k], min(self.m, self.n), max(self.m, self.n), self.beta)
        if k == 0:
            return float(self.m)
        with np.errstate(over="ignore", under="ignore"):
            value = float(self.weights @ self.nodes ** float(k))
        if not np.isfinite(value):
            raise DomainError(domain.OVERFLOW)
        return value

    def resolvent(self, alpha: ArrayLike) -> Any:
        """Return G(α) = E tr(αI + S)^{-1} for α off the negative real axis.

        Args:
            alpha: numbers, complex ones too.

        Raises:
            DomainError: for α <= 0 or not finite.
            LimitError: for |α| so small that the nodes do not resolve it.

        Example:
            >>> round(spectrum(4, 7).resolvent(7.0), 10)
            0.3329334742
        """
        points = number_array(alpha, "alpha", complex)
        wrong = ~np.isfinite(points) | ((points.imag == 0) & (points.real <= 0))
        if wrong.any():
            raise DomainError(f"need alpha finite and off the negative real axis, got {points[wrong][0]}")
        if (small := np.abs(points) < LEAST_ALPHA).any():
            raise LimitError(
                f"need |alpha| >= {LEAST_ALPHA:g}, which the nodes resolve, got {points[small][0].real:g}; "
                "certified_resolvent takes every alpha"
            )
        sums = np.array([np.sum(self.weights / (z + self.nodes)) + self.zeros / z for z in points.ravel()])
        values: Any = sums.reshape(points.shape)
        if not np.iscomplexobj(alpha):
            values = values.real
        return values.item() if points.ndim == 0 else values

    def filtered(self, ratio: Array) -> Array:
        """Return T(r) = E tr S(rI + S)^{-1}.

        Args:
            ratio: a vector of r in [0, ∞].
        """
        trace = self._sums(ratio, 1)
        if (near := ratio < _NEAR).any():
            # N less what is missing, which is small: nothing of it is lost in the rounding of a sum near N.
            missing = self.missing(ratio[near])
            trace[near] = min(self.m, self.n) - missing
        return trace

    def missing(self, ratio: Array, power: int = 1) -> Array:
        """Return r E Σ 1/(r + λ) over the non-zero eigenvalues, with power 2 each term times λ/(r + λ).

        Args:
            ratio: a vector of r in [0, ∞).
            power: 1 or 2.
        """
        rows = ratio[:, None]
        step = max(_CHUNK // len(self.nodes), 1)
        parts: list[Array] = []
        for r in np.split(rows, range(step, len(rows), step)):
            share = r / (r + self.nodes)
            parts.append((share * (1 - share) if power == 2 else share) @ self.weights)
        return np.concatenate(parts)

    def filtered_fall(self, ratio: Array) -> Array:
        """Return −r T'(r) = r E tr S(rI + S)^{-2}.

        Args:
            ratio: a vector of r in [0, ∞).
        """
        fall = self._sums(ratio, 2)
        if (near := ratio < _NEAR).any():  # the lightest nodes count: x r/(r + x)² is greatest at x = r
            fall[near] = self.missing(ratio[near], 2)
        return fall

    @cached_property
    def _heavy(self) -> tuple[Array, Array]:
        """The nodes that carry anything, and w_i x_i: sums are wanted to 1e-16 of the number of eigenvalues."""
        heavy = self.weights > 1e-22
        return self.nodes[heavy], (self.weights * self.nodes)[heavy]

    def _sums(self, ratio: Array, power: int) -> Array:
        """Return Σ_i w_i x_i / (r + x_i) for every r, with power 2 each term times r / (r + x_i)."""
        nodes, weights = self._heavy
        result = np.empty(len(ratio))
        step = max(_CHUNK // len(nodes), 1)
        buffer = np.empty((min(step, len(ratio)), len(nodes)))
        for start in range(0, len(ratio), step):
            rows = ratio[start : start + step, None]
            part = np.add(rows, nodes, out=buffer[: len(rows)])
            np.reciprocal(part, out=part)
            if power == 2:  # in this order: the square of the reciprocal might underflow
                part *= rows * part
            result[start : start + step] = part @ weights
        return result

    def _points(self, x: ArrayLike) -> Array:
        points = number_array(x, "x")
        if np.isnan(points).any() or (points < 0).any():
            raise DomainError(f"need eigenvalues x >= 0, got {points[~(points >= 0)].ravel()[0]}")
        return points

    def _check(self) -> None:
        exact = [float(value) for value in trace_moments_at(CHECKED_MOMENTS, self.m, self.n, self.beta)]
        for k in range(1, CHECKED_MOMENTS + 1):
            found = self.moment(k)
            if not abs(found - exact[k]) <= _TOLERANCE * exact[k]:
                raise DisagreementError(
                    f"E tr S^{k} at m = {self.m}, n = {self.n}: {found!r} by quadrature, {exact[k]!r} exactly"
                )


def _scalar(values: Array) -> Any:
    return float(values) if values.ndim == 0 else values


@lru_cache(maxsize=64)
def spectrum(m: int, n: int, beta: int = 1) -> WishartSpectrum:
    """Return the spectrum of S at the shape m×n; the last 64 are kept (at most some 30 MB)."""
    return WishartSpectrum(m, n, beta)
