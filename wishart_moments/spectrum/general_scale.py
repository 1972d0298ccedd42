"""E(αI + S)^{-1} at finite size for every scale Σ: S = Σ^{1/2}WW^†Σ^{1/2}, real or complex, n < m too.

Let λ_j >= 0 be the eigenvalues of σ²Σ/α. In the eigenbasis of Σ the mean is diagonal, with the entries (1/α)(1 − s_j),
s_j = E[S(αI + S)^{-1}]_jj, and

    1 − s_j = ∂F/∂α_j at α_1 = … = α_m = 1,   F = E det(diag(α) + S/α)/det(I + S/α).

1/det is a Gaussian integral over an m×2 matrix (real; m×1 complex), after which W has a tilted Gaussian law and the
Gaussian integral is left over the rank-two (rank-one) update. With R a 2×2 Wishart matrix of n + 2 degrees of freedom,
of the eigenvalues r_1, r_2 (complex: one variable r ~ Gamma(n + 1)), and the sums of positive terms

    D_J = E det(I + S'/α) over the indices outside J = Σ_k n(n−1)…(n−k+1) e_k(λ_i, i ∉ J),
    κ_J = E_R [Π_i Π_a (1 + λ_i r_a)^{−1/2} Π_{j∈J} 1/(1 + λ_j r_·)],

where κ_jk takes j at r_1 and k at r_2,

    F = κ_∅ D_∅ + 2 Σ_j λ_j κ_j D_j + Σ_{j≠k} λ_j λ_k κ_jk D_jk = 1     (complex: κ_∅ D_∅ + Σ_j λ_j κ_j D_j).

F = 1 checks every evaluation, and s_j is the sum of the terms of those D_J that contain j: nothing cancels.

Numerics. D_J is the sum over the m + 1 or more roots of unity z of Π_{i∉J}(1 + ρzλ_i) with the weights Σ_k v_k z^{-k},
v_k = n(n−1)…(n−k+1)ρ^{-k}; ρ is such that k has one mean, Σ ρλ_i/(1 + ρλ_i), under the coefficients of both. The
density of R, ∝ |r_1 − r_2| (r_1 r_2)^{(n−1)/2} e^{−(r_1+r_2)/2}, is a product but for |r_1 − r_2|: one grid in log r,
where each factor is log-concave, and the matrix of the sign of r_1 − r_2 make all κ_jk one product of matrices. Every
factor is a logarithm relative to its largest value until the end. Any n that a law exists for will do.

The derivative in log α goes term by term through the same sums, with the first order in λ cancelled by hand.

References: Recher, Kieburg, Guhr, Zirnbauer, J. Stat. Phys. 148 (2012) 981 (the density by supersymmetry); Muirhead,
Aspects of Multivariate Statistical Theory (1982), 3.2 (Wishart means of determinants and minors).
"""

from collections.abc import Callable
from math import lgamma, log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wishart_moments.errors import DisagreementError
from wishart_moments.spectrum.panels import Panels

Array = NDArray[Any]

TOLERANCE = 1e-11
"""How far F may be from 1, with log Γ(n + 1) rounded to its last place besides."""

_DROP = 46.0
"""Beyond a factor e^-46 below the largest value nothing is integrated."""

_SMALL = 0.01
"""Where 1 − s_j is less, its terms, which lack the factor of j, get a circle of their own."""

_FLOOR = 1e-300
"""Eigenvalues λ below this are nothing to floats."""


class Filtered(NamedTuple):
    """What αI + S leaves of S, in the eigenbasis of Σ.

    Attributes:
        shares: s_j = E[S(αI + S)^{-1}]_jj.
        rest: 1 − s_j, where that is small too.
        squares: E[S²(αI + S)^{-2}]_jj.
        check: F, which is 1.
    """

    shares: Array
    rest: Array
    squares: Array
    check: float


def filtered(eigenvalues: Array, n: float, beta: int) -> Filtered:
    """Return the diagonals of E S(I + S)^{-1} and E S²(I + S)^{-2} for Σ with these eigenvalues, σ = α = 1.

    Args:
        eigenvalues: λ_j >= 0.
        n: the degrees of freedom: an integer >= 1 or a number > m − 1.
        beta: 1 (real) or 2 (complex).

    Returns:
        Relative errors of some 1e-14; what F is off from 1 by is cancelled.

    Raises:
        DisagreementError: where F differs from 1 by more than 1e-11.

    Example:
        >>> found = filtered(np.array([1.0, 4.0]), 3, 1)
        >>> (1 - found.shares).round(12), abs(found.check - 1) < 1e-13
        (array([0.43370174, 0.17817597]), True)
    """
    positive = eigenvalues > _FLOOR
    parts = np.zeros((3, len(eigenvalues)))
    parts[1] = 1.0
    if not positive.any():
        return Filtered(parts[0], parts[1], parts[2], 1.0)
    scale = eigenvalues[positive].astype(float)
    bracket = (_real if beta == 1 else _complex)(scale, float(n))
    unit, total, found = _summed(_Determinants(scale, float(n)), bracket)
    check = float(np.exp(unit) * total)
    if not abs(check - 1) <= TOLERANCE + 1e-15 * n * log(n + 1):  # the roundings of log Γ(n + 1), which cancel
        raise DisagreementError(
            f"need F = 1 in the mean of the resolvent, got {check!r} at m = {len(scale)}, n = {n:g}, beta = {beta}, "
            f"eigenvalues {scale.min():g} to {scale.max():g} of sigma^2 Sigma/alpha"
        )
    found /= total
    if (small := found[1] < _SMALL).any():
        other, _, again = _summed(_Determinants(scale, float(n), without=1), bracket)
        found[1, small] = again[1, small] * (np.exp(other - unit) / total)
    parts[:, positive] = found
    return Filtered(parts[0], parts[1], parts[2], check)


class _Bracket(NamedTuple):
    """What stands at every node behind the product of all 1 + zλ: in F; its terms in j; the slope of the others."""

    whole: Array
    terms: Array
    change: Array
    logarithm: float


class _Determinants:
    """The points of the circle of radius ρ, and what the sums D_J are made of there.

    Attributes:
        values: the weights times Π_i (1 + zλ_i), at every node z of the upper half plane, doubled off the real axis;
            the weights are those for sums of up to m factors, or that many less.
        kept: p_j = 1/(1 + zλ_j), a row for each node.
        taken: 1 − p_j.
        logarithm: of the unit of the values.
    """

    def __init__(self, scale: Array, n: float, without: int = 0) -> None:
        m = len(scale)
        log_scale = np.log(scale)
        steps = np.maximum(n - np.arange(m), 0.0)
        with np.errstate(divide="ignore"):
            falling = np.concatenate([[0.0], np.cumsum(np.log(steps))])
        kept = np.sort(log_scale)[: m - without]
        falling = falling[: len(kept) + 1]
        rho = np.exp(_root(lambda t: _logistic(np.add.outer(t, kept)).sum(axis=1) - _mean(falling, t)))
        rho = min(float(rho), n)  # beyond, the first orders in λ would be small beside the zeroth
        ratios = steps[: len(kept)] / rho
        # v_k relative to its largest, outwards from there: each factor is at most 1.
        top = int(np.count_nonzero(ratios >= 1))
        with np.errstate(over="ignore", under="ignore"):
            falling = np.cumprod(ratios[top:])
            rising = np.cumprod(1 / ratios[:top][::-1])[::-1]
        values = np.concatenate([rising, [1.0], falling])
        nodes = m + 1 + m % 2  # odd: no node at −ρ, where 1 + zλ may vanish
        weights = np.fft.rfft(values, nodes) / nodes
        weights[1:] *= 2
        z = np.exp(2j * np.pi * np.arange(len(weights)) / nodes)
        share, spare = _logistic(log(rho) + log_scale), _logistic(-log(rho) - log_scale)
        # (1 + zλ)/(1 + ρλ) = 1 − share + share z/ρ
        factors = spare + share * z[:, None]
        products = weights * np.exp(np.log(factors).sum(axis=1))
        heavy = np.abs(products) > 1e-19 * np.abs(products).max()
        factors, z = factors[heavy], z[heavy]
        self.values: Array = products[heavy]
        self.kept: Array = spare / factors
        self.taken: Array = share * z[:, None] / factors
        self.logarithm = lgamma(n + 1) - lgamma(n - top + 1) - top * log(rho) + float(np.log1p(rho * scale).sum())


class _Tilted:
    """The density of one r, (1/power) log: (n+1) log r − r − Σ log(1 + λr), halved for real S, on a grid in log r.

    Attributes:
        nodes, weights: r and the density times the rule's weights, its largest value 1.
        filters: r_0 λ_j/(1 + λ_j r), a row for each j; r_0 is the peak.
        kept: 1/(1 + λ_j r).
        slopes: the derivative of the logarithm of the density in log λ.
        peak: r_0.
        logarithm: of the unit of the weights.
    """

    def __init__(self, scale: Array, n: float, power: int) -> None:
        half = power / 2
        log_scale = np.log(scale)

        def shares(t: Array) -> Array:
            return _logistic(np.add.outer(t, log_scale))

        peak = _root(lambda t: np.exp(t) + shares(t).sum(axis=1) - (n + 1))
        r = float(np.exp(peak))
        there, spare = _logistic(peak + log_scale), _logistic(-peak - log_scale)

        def height(t: Array) -> Array:
            """Return the logarithm of the density relative to the peak, where nothing large is left."""
            with np.errstate(over="ignore"):
                factors = spare + there * np.exp(t - peak)[:, None]
                return half * ((n + 1) * (t - peak) - r * np.expm1(t - peak) - np.log(factors).sum(axis=1))

        steepest = log_scale.max()
        top = half * ((n + 1) * peak - r - float(np.log1p(scale * r).sum()))
        # Each factor |r_1 − r_2| adds at most one power at ∞, each filter at most that of the largest λ at 0.
        last = _root(lambda t: -_DROP - height(t) - (t - peak), peak)
        gain = np.logaddexp(0, steepest + peak)
        first = -_root(lambda t: -_DROP - gain - height(-t) + np.logaddexp(0, steepest - t), -peak)
        t = np.linspace(first, last, 512)
        share = _logistic(np.add.outer(t, log_scale))
        curvature = half * (np.exp(t) + (share * (1 - share)).sum(axis=1))
        metric = np.maximum(np.sqrt(curvature) / 2.5, 0.5)
        length: Array = np.concatenate([[0.0], np.cumsum((metric[1:] + metric[:-1]) / 2 * np.diff(t))])
        plain: Any = np  # whose stubs know no type here
        count = int(np.ceil(length[-1]))
        edges: Array = plain.interp(plain.linspace(0, length[-1], count + 1), length, t)
        self.panels = Panels(edges)
        self.peak, self.logarithm = float(np.exp(peak)), top
        self.nodes: Array = np.exp(self.panels.nodes)
        self.density: Array = np.exp(height(self.panels.nodes))
        share = _logistic(np.add.outer(log_scale, self.panels.nodes))
        self.kept: Array = _logistic(-np.add.outer(log_scale, self.panels.nodes))
        self.filters: Array = share / (self.nodes / self.peak)
        self.slopes: Array = -half * share.sum(axis=0)


def _complex(scale: Array, n: float) -> Callable[[_Determinants], _Bracket]:
    law = _Tilted(scale, n, 2)
    weights = law.panels.weights * law.density
    changed = weights * law.slopes
    pulls = law.filters @ weights
    moves = law.filters @ changed + (law.filters * law.kept) @ weights

    def bracket(sums: _Determinants) -> _Bracket:
        a = sums.kept / law.peak
        terms, moved = a * pulls, a * (moves - sums.taken * pulls)
        whole, change = weights.sum() + terms.sum(axis=1), changed.sum() + moved.sum(axis=1)
        return _Bracket(whole, terms, change[:, None] - moved, law.logarithm - lgamma(n + 1))

    return bracket


def _real(scale: Array, n: float) -> Callable[[_Determinants], _Bracket]:
    law = _Tilted(scale, n, 1)
    distance = (law.nodes[:, None] - law.nodes) / law.peak
    weights = law.panels.weights * law.density
    kernel = weights[:, None] * law.panels.signs() * distance * law.density
    once, both = kernel.sum(axis=1), law.filters @ kernel
    moved = law.filters * (law.slopes + law.kept)
    mass, pulls, pairs = once.sum(), law.filters @ once, both @ law.filters.T
    mass_moves, pull_moves = 2 * law.slopes @ once, moved @ once + both @ law.slopes
    pair_moves = both @ moved.T
    pair_moves += pair_moves.T.copy()
    np.fill_diagonal(pairs, 0.0)
    np.fill_diagonal(pair_moves, 0.0)
    constant = 2 * law.logarithm + log(law.peak) - log(8) - lgamma(n + 1)

    def bracket(sums: _Determinants) -> _Bracket:
        a = sums.kept / law.peak
        fall = -a * sums.taken
        paired, pair_changes = a @ pairs, a @ pair_moves
        whole = mass + (a * (2 * pulls + paired)).sum(axis=1)
        terms = 2 * a * (pulls + paired)
        change = mass_moves + (2 * fall * (pulls + paired) + a * (2 * pull_moves + pair_changes)).sum(axis=1)
        each = 2 * fall * (pulls + paired) + 2 * a * (pull_moves + pair_changes + fall @ pairs)
        return _Bracket(whole, terms, change[:, None] - each, constant)

    return bracket


def _summed(sums: _Determinants, bracket: Callable[[_Determinants], _Bracket]) -> tuple[float, float, Array]:
    """Return the logarithm of the unit, and in it F and three rows: s_j, 1 − s_j and the squares."""
    whole, terms, change, constant = bracket(sums)
    rest = whole[:, None] - terms
    others = sums.taken - sums.taken.sum(axis=1)[:, None]
    parts = (sums.taken * rest, sums.kept * rest + terms, sums.taken * (others * rest - change))
    rows: Array = np.real(np.array([sums.values @ part for part in parts]))
    return sums.logarithm + constant, float(np.real(sums.values @ whole)), rows


def _mean(logarithms: Array, t: Array) -> Array:
    """Return the mean of k under the weights exp(logarithms[k] − kt), for every t."""
    k = np.arange(len(logarithms))
    heights = logarithms - np.multiply.outer(t, k)
    weights = np.exp(heights - heights.max(axis=1)[:, None])
    return weights @ k / weights.sum(axis=1)


def _root(f: Callable[[Array], Array], least: float = -700.0, most: float = 700.0) -> float:
    """Return where an increasing function is 0, to 1e-3."""
    while most - least > 1e-3:
        t = np.linspace(least, most, 48)
        with np.errstate(over="ignore"):
            above = int(np.searchsorted(f(t) > 0, True))
        least, most = t[max(above - 1, 0)], t[min(max(above, 1), len(t) - 1)]
    return float(least + most) / 2


def _logistic(t: Any) -> Any:
    """Return 1/(1 + e^{−t})."""
    return np.exp(-np.logaddexp(0, -t))
