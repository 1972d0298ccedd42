"""Ridge regression and capacity with correlated features: E(αI + S)^{-1}, degrees of freedom, E log|αI + S|, every Σ.

S = Σ^{1/2} W W^† Σ^{1/2}, n degrees of freedom, at finite size: `general_scale` has the mathematics.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from wishart_moments import domain
from wishart_moments.errors import DomainError, ExistenceError, LimitError, MethodError
from wishart_moments.moments.jack.log_determinant import standard_mean
from wishart_moments.moments.wishart import Wishart
from wishart_moments.spectrum.general_scale import Filtered, filtered

Array = NDArray[Any]

MAX_SIZE = 2000
"""The largest m: the work grows like m³; digits were measured up to m = 500."""

MAX_DEGREES = 10**5
"""The largest n."""

LARGEST = 1e100
"""The largest eigenvalue of σ²Σ/α: products of two are floats."""

_SMALL = 0.004
"""Beyond t = n tr(Σ)/0.004 the rest of the integral for E log det takes eight points."""


_VANISHING = 1e-40
"""α relative to the least eigenvalue of Σ, where the limit α → 0 is wanted: the rest is linear in α, or nearly."""


class DegreesOfFreedom(NamedTuple):
    """The effective degrees of freedom of a ridge regression, averaged over the features.

    Attributes:
        first: E tr S(αI + S)^{-1}, the trace of the hat matrix.
        second: E tr S²(αI + S)^{-2}, that of its square.
    """

    first: float
    second: float


class _Law(NamedTuple):
    """σ²Σ by its eigenvalues and vectors, with what else the mean depends on."""

    eigenvalues: Array
    vectors: Array
    n: float
    beta: int

    def at(self, alpha: float) -> Filtered:
        with np.errstate(over="ignore", under="ignore"):
            ratios = self.eigenvalues / alpha
        if not ratios.max() <= LARGEST:
            raise LimitError(f"need sigma^2 Sigma/alpha <= {LARGEST:g}, got alpha = {alpha:g}; take a larger alpha")
        return filtered(ratios, self.n, self.beta)


def _law(n: Any, scale: Any, beta: Any, sigma: Any) -> _Law:
    law = Wishart(n=n, sigma=sigma, beta=beta, scale=scale)
    given = law.given_scale
    if domain.is_symbolic(law.beta) or law.beta not in (1, 2):
        raise MethodError(f"need beta 1 (real) or 2 (complex), got {domain.shown(beta)}")
    if domain.is_symbolic(law.n) or domain.is_symbolic(law.sigma):
        raise DomainError("need numbers for n and sigma, got a symbol")
    if law.m > MAX_SIZE or law.n > MAX_DEGREES:
        raise LimitError(f"need m <= {MAX_SIZE:,} and n <= {MAX_DEGREES:,}, got m = {law.m}, n = {domain.shown(n)}")
    values, vectors = eigenbasis(given.as_floats())
    sigma = domain.real(law.sigma, "sigma")
    values = values * (sigma * sigma)
    if not np.isfinite(values).all():
        raise DomainError(domain.OVERFLOW)
    return _Law(values, vectors, float(law.n), int(law.beta))


def eigenbasis(scale: Any) -> tuple[Array, Array]:
    """Return eigenvalues >= 0 and vectors of a semidefinite array; what is below roundings is 0, unless it is diagonal.

    Example:
        >>> eigenbasis(np.ones((3, 3)))[0].round(12).tolist(), eigenbasis(np.diag([1e-30, 1]))[0].tolist()
        ([0.0, 0.0, 3.0], [1e-30, 1.0])
    """
    values, vectors = np.linalg.eigh(scale)
    values = values.clip(min=0)
    if np.count_nonzero(scale - np.diag(np.diagonal(scale))):
        values[values <= len(values) * np.finfo(float).eps * values.max()] = 0.0
    return values, vectors


def expected_resolvent(
    alpha: Any,
    n: Any,
    scale: Any,
    *,
    beta: Any = 1,
    sigma: Any = 1,
    certified: bool = False,
    order: Any = 12,
) -> Any:
    """Return the matrix E(αI + S)^{-1} for S = Σ^{1/2} W W^† Σ^{1/2}, at finite size, in the basis that Σ is given in.

    Args:
        alpha: α > 0.
        n: the degrees of freedom: an integer >= 1, n < m too, or a real number > m − 1.
        scale: Σ, m×m symmetric (Hermitian for beta=2) positive semidefinite, singular too; m <= 2000.
        beta: 1 (real) or 2 (complex).
        sigma: the standard deviation of an entry of W.
        certified: return proved ends from exact moments instead, `Ends` of fractions (here of two matrices).
        order: the moments that these use, 2 to 30.

    Returns:
        An array, float64 or complex128. In Σ's eigenbasis it is diagonal, each entry to some 1e-13 of itself, at
        m = 100 to 1e-12, at 500 to 5e-12: checked for condition numbers of Σ to 1e12 (zero, equal and nearly equal
        eigenvalues) and α from 1e-12 to 1e12 of the largest. Unless Σ is diagonal, its eigenvalues are known to 1e-16
        of the largest, and those below m times 2e-16 of it are taken for 0.

    Raises:
        DomainError: for an argument outside its domain.
        DisagreementError: where the built-in check F = 1 fails.

    Cost:
        m = 10, n = 20: a millisecond; m = 100, n = 200: some 5; m = 500: a tenth of a second.

    Example:
        >>> expected_resolvent(1, 3, [[1, 0], [0, 4]]).round(12)
        array([[0.43370174, 0.        ],
               [0.        , 0.17817597]])
    """
    if domain.flag(certified, "certified"):
        from wishart_moments.spectrum import ridge_certified

        return ridge_certified.resolvent(alpha, n, scale, beta=beta, sigma=sigma, order=order)
    shrinkage, law = domain.positive(alpha, "alpha"), _law(n, scale, beta, sigma)
    kept = law.at(shrinkage).rest / shrinkage
    found = (law.vectors * kept) @ law.vectors.conj().T
    return (found + found.conj().T) / 2


def ridge_degrees_of_freedom(
    alpha: Any,
    n: Any,
    scale: Any,
    *,
    beta: Any = 1,
    sigma: Any = 1,
    certified: bool = False,
    order: Any = 12,
) -> DegreesOfFreedom:
    """Return (E tr S(αI + S)^{-1}, E tr S²(αI + S)^{-2}): what ridge at λ = α uses of features of covariance Σ.

    S = XᵀX for n rows X ~ N(0, σ²Σ); with XᵀX/n give nα. The cost is that of `expected_resolvent`.

    Args:
        alpha: λ > 0.
        n, scale, beta, sigma: as for `expected_resolvent`.
        certified: return proved ends from exact moments instead, `Ends` of fractions for each of the two.
        order: the moments that these use, 2 to 30.

    Returns:
        `DegreesOfFreedom`, two floats to a relative 1e-13.

    Raises:
        DomainError, MethodError, LimitError, DisagreementError: as `expected_resolvent` does.

    Example:
        My 20 features have pairwise correlation 1/2 and I have 50 samples: how many does ridge at λ = 5 use?

        >>> correlated = (np.eye(20) + np.ones((20, 20))) / 2
        >>> used = ridge_degrees_of_freedom(5, 50, correlated)
        >>> round(used.first, 6), round(ridge_degrees_of_freedom(5, 50, np.eye(20)).first, 6)
        (15.635641, 17.291026)
    """
    if domain.flag(certified, "certified"):
        from wishart_moments.spectrum import ridge_certified

        ends: Any = ridge_certified.degrees_of_freedom(alpha, n, scale, beta=beta, sigma=sigma, order=order)
        return DegreesOfFreedom(*ends)
    shrinkage, law = domain.positive(alpha, "alpha"), _law(n, scale, beta, sigma)
    found = law.at(shrinkage)
    return DegreesOfFreedom(float(found.shares.sum()), float(found.squares.sum()))


def expected_projection(n: Any, scale: Any, *, beta: Any = 1) -> Array:
    """Return E[X⁺X] for n rows X ~ N(0, Σ): the mean projection onto what n samples span, lim S(αI + S)^{-1} for α → 0.

    What the least-squares solution of smallest norm keeps of the coefficients. Its trace is min(n, rank Σ).

    Args:
        n, scale, beta: as for `expected_resolvent`; the eigenvalues of Σ within a factor 1e30.

    Returns:
        An array, float64 or complex128, with an error of about 1e-13.

    Raises:
        DomainError, MethodError, LimitError, DisagreementError: as `expected_resolvent` does.

    Example:
        >>> expected_projection(1, [[1, 0], [0, 4]]).diagonal().round(12)  # 1/3, 2/3
        array([0.33333333, 0.66666667])
    """
    law = _law(n, scale, beta, 1)
    present = law.eigenvalues > 0
    shares = present.astype(float)
    if law.n < present.sum():
        shares = law.at(float(law.eigenvalues[present].min()) * _VANISHING).shares
    found = (law.vectors * shares) @ law.vectors.conj().T
    return (found + found.conj().T) / 2


def expected_log_determinant(
    alpha: Any,
    n: Any,
    scale: Any,
    *,
    beta: Any = 1,
    sigma: Any = 1,
    certified: bool = False,
    order: Any = 12,
) -> Any:
    """Return E log det(αI + S); α = 0 gives E log|S|, finite for n > m − 1 and a positive definite Σ.

    It is m log α + ∫_α^∞ E tr S(tI + S)^{-1} dt/t. Less m log α it is the ergodic capacity, in
    nats, of a channel with correlation Σ at one end (beta=2).

    Args:
        alpha: α >= 0.
        n, scale, beta, sigma: as for `expected_resolvent`.
        certified: return proved ends from exact moments instead, `Ends` of numbers.
        order: the moments that these use, 2 to 30.

    Returns:
        A float; its absolute error is about 1e-13 of m + |value|, at m = 500 1e-12; the domain is that of
        `expected_resolvent`.

    Raises:
        ExistenceError: for α = 0 where E log|S| = −∞.
        DomainError, MethodError, LimitError, DisagreementError: as `expected_resolvent` does.

    Cost:
        Some 50 to 200 times that of `expected_resolvent`.

    Example:
        >>> round(expected_log_determinant(1, 3, [[1, 0], [0, 4]]), 10)
        3.2648594333
        >>> round(expected_log_determinant(0, 3, [[1, 0], [0, 4]]), 10)
        2.2318630313
    """
    if domain.flag(certified, "certified"):
        from wishart_moments.spectrum import ridge_certified

        return ridge_certified.log_determinant(alpha, n, scale, beta=beta, sigma=sigma, order=order)
    shrinkage, law = domain.real(alpha, "alpha", ">= 0"), _law(n, scale, beta, sigma)
    if not 0 <= shrinkage < np.inf:
        raise DomainError(f"need alpha >= 0 and finite, got {domain.shown(alpha)}")
    m = len(law.eigenvalues)
    if shrinkage == 0:
        if not (law.eigenvalues > 0).all() or law.n <= m - 1:
            raise ExistenceError(
                f"need n > m - 1 = {m - 1} and a positive definite scale for a finite E log|S|, got n = {law.n:g}; "
                "write alpha > 0"
            )
        return standard_mean(m, law.n, law.beta) + float(np.log(law.eigenvalues).sum())
    return m * float(np.log(shrinkage)) + float(_log_determinant(law, shrinkage))


def _log_determinant(law: _Law, alpha: float) -> float:
    """Return E log det(I + S/α)."""
    trace = float(law.eigenvalues.sum())
    if trace == 0:
        return 0.0
    start, end = float(np.log(alpha)), float(np.log(law.n * trace / _SMALL))
    total = 0.0
    if start < end:
        count = int(np.ceil((end - start) / 3))
        nodes, weights = _gauss(16)
        half = (end - start) / count / 2
        for i in range(count):
            t = start + half * (2 * i + 1 + nodes)
            total += half * sum(w * law.at(float(np.exp(x))).shares.sum() for w, x in zip(weights, t, strict=True))
    return total + _far(law, max(np.exp(end), alpha))


def _far(law: _Law, t: float) -> float:
    """Return E log det(I + S/t) = ∫_0^1 E tr (S/t)(I + uS/t)^{-1} du, the integrand all but linear in u."""
    nodes, weights = _gauss(8)
    u = (nodes + 1) / 2
    with np.errstate(over="ignore"):
        return sum(w / 2 * law.at(t / x).shares.sum() / x for w, x in zip(weights, u, strict=True))


@cache
def _gauss(points: int) -> tuple[Array, Array]:
    return legendre.leggauss(points)
