"""The fluctuation of the layer variance from one draw of W to another, exactly, from the mean density alone.

With t = tr S(r + S)^{-1}, g = Σ 1/(r + λ_i) over the N = min(m, n) non-zero eigenvalues, so that t = N − r g,
d = |m − n|, a = 2/β, and T, G, G_2 the means of t, g and Σ 1/(r + λ_i)²: the eigenvalues have the density
Π λ_i^{(d+1)/a − 1} e^{−λ_i/a} Π_{i<j} |λ_i − λ_j|^{2/a}, and the mean of Σ_i ∂_i [λ_i/(r + λ_i) · density] / density
is 0. In the repulsion the difference quotient of λ/(r + λ) is r / ((r + λ_i)(r + λ_j)), so the double sum is g² − G_2:

    a r G_2 + (d + 1 − a) G − T + r (E g² − G_2) = 0,   and with Var t = r² (E g² − G²)

    (A)  Var t = r [T − r G² + (a − 1 − d) G − (a − 1) r G_2]  =  r T − (m − T)(n − T) + (a − 1) r E tr S(r + S)^{-2}.

This loop equation at coinciding points makes a variance out of means of sums over single eigenvalues. Its terms cancel
for r → ∞, and for r → 0 where d >= 2. There, less what is known to add up to nothing (E tr S = mn, E tr S² =
mn(m + n + a − 1); E tr S^{-1} = N/(d + 1 − a)), it reads, with u = r/(r + λ) and means over the N eigenvalues,

    (B)  r² Var t = E Σ λ³u − (m + n) E Σ λ²u − (a − 1) E Σ λ²u(1 + u) − (E Σ λu)²,
    (C)  Var t / r² = d E Σ 1/(λ(r + λ)) − G − G² − (a − 1) E Σ (2λ + r)/(λ(r + λ)²).

For every r that form is taken whose terms are smallest beside their sum. For large layers, away from a hard edge,
Var t → (2/β) mn r² / ((r + m + n)² − 4mn)²: it does not grow with the size.

Reference: Forrester, Rahman, Witte, J. Math. Phys. 58 (2017) (the loop equations of the Laguerre β-ensemble).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wishart_moments.spectrum.wishart_spectrum import WishartSpectrum, spectrum
from wishart_moments.variance.arguments import layer, unwrapped

Array = NDArray[np.float64]

SMALLEST_RATIO, LARGEST_RATIO = 1e-14, 1e100
"""The r = α/σ² within which the rule resolves the law; beyond, what the law tends to is exact to within rounding."""

_CHUNK = 1 << 17


def fluctuation(m: int, n: int, sigma: ArrayLike, *, alpha: ArrayLike = 1.0, gamma: ArrayLike = 1.0) -> Any:
    """Return √Var of the realised layer variance (γ²/m) tr S(rI + S)^{-1}, r = α/σ², over the draws of W.

    `output_variance` is its mean. A network is initialised by one draw: its layers have mean ± fluctuation.

    Args:
        m: the number of outputs, 1 to 4096.
        n: the number of inputs (fan-in), 1 to 4096.
        sigma: standard deviation of the entries of W, >= 0; 0 gives 0.
        alpha: the shift > 0.
        gamma: the gain > 0; sigma, alpha and gamma broadcast.

    Returns:
        A float, or an array over sigma, alpha and gamma. The formula is exact; what its float64 evaluation loses grows
        with the square of the sizes. For 1e-6 <= α/σ² <= 1e9 the error relative to the standard deviation was measured
        below 1e-12 for m, n <= 12, 2e-10 up to 128, 3e-8 up to 1000 and 2e-6 up to 4096.

    Raises:
        DomainError: for arguments outside their domain; LimitError: for larger sizes (`simulate_variance` goes on).

    Cost:
        As for `output_variance`, times three.

    References:
        The loop equation of the module's docstring.

    Example:
        One output and one input: t = x²/(r + x²) with x normal.

        >>> round(fluctuation(1, 1, 1.0), 12)
        0.264734466312
        >>> fluctuation(64, 128, [0.0, 0.1]).round(8)
        array([0.        , 0.00380454])
    """
    family = layer(m, n, sigma, alpha, gamma)
    ratio = family.ratio.ravel()
    with np.errstate(divide="ignore", over="ignore", under="ignore"):
        # √r is a float where r is none.
        root = np.sqrt(family.alpha.ravel()) / family.sigma.ravel()
        # tr S(r + S)^{-1} = tr S/r to within rounding: Var tr S = 2mn.
        faint = np.sqrt(2.0 * family.m * family.n) / root / root
    deviation = np.where(np.isfinite(root) & (ratio > LARGEST_RATIO), faint, 0.0)
    near = ratio < SMALLEST_RATIO
    rule = spectrum(family.m, family.n)
    inside = ~near & (ratio <= LARGEST_RATIO)
    deviation[inside] = trace_deviation(rule, ratio[inside])
    if near.any():
        deviation[near] = hard_edge_deviation(rule, root[near])
    return unwrapped(family.amplified(deviation.reshape(family.sigma.shape) / family.m))


def hard_edge_deviation(rule: WishartSpectrum, root: Array) -> Array:
    """Return the standard deviation of tr S(rI + S)^{-1} for every √r, r below what the rule resolves.

    The smallest eigenvalue has the density c x^{(d−1)/2} at 0, d = |m − n|, and the variance of Σ r/(r + λ) goes like
    A √r + B r (d = 0), A r (1), A r^{3/2} + B r² (2), r² (c log(1/r) + B) (3), B r² (d > 3), with
    A = c ∫ y^{(d−1)/2}/(1 + y)² dy. B follows from the value at an r that the rule resolves.
    """
    d = abs(rule.m - rule.n)
    known = np.array([SMALLEST_RATIO if d < 4 else SMALLEST_RATIO**2])
    variance, s, at = trace_deviation(rule, known) ** 2, root, np.sqrt(known)
    if d > 3:
        return np.sqrt(variance) * (s / at) ** 2
    # c by extrapolation from two points: the density is c x^{(d−1)/2} (1 + O(x)).
    points = np.array([1.0, 4.0]) * 1e-5 / (rule.m + rule.n)
    near, far = rule.density(points) / points ** ((d - 1) / 2)
    c = (4 * near - far) / 3
    if d == 3:
        return s * s * np.sqrt(variance / known**2 + 2 * c * np.log(at / s))
    leading = c * (np.pi / 2 if d != 1 else 1.0)
    if d == 1:
        return np.sqrt(leading) * s
    rest = (variance - leading * at ** (d + 1)) / at ** (d + 2)
    return s ** ((d + 1) / 2) * np.sqrt(leading + rest * s)


def trace_deviation(rule: WishartSpectrum, ratio: Array) -> Array:
    """Return the standard deviation of tr S(rI + S)^{-1} for every r in (0, ∞).

    Example:
        >>> trace_deviation(spectrum(4, 7), np.array([7.0])).round(6)
        array([0.24013])
    """
    deviation = np.empty(len(ratio))
    step = max(_CHUNK // len(rule.nodes), 1)
    for start in range(0, len(ratio), step):
        part = ratio[start : start + step]
        forms = _forms(rule, part)
        best = np.argmin([form.cancellation for form in forms], axis=0)
        deviation[start : start + step] = np.choose(best, [form.deviation for form in forms])
    return deviation


class _Form(NamedTuple):
    """Var t = factor² Σ terms, one column for every r."""

    factor: Array
    terms: Array

    @property
    def cancellation(self) -> Array:
        """The sizes of the terms beside their sum: how many units of rounding its relative error may be."""
        total = self.terms.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(total > 0, np.abs(self.terms).sum(axis=0) / total, np.inf)

    @property
    def deviation(self) -> Array:
        return self.factor * np.sqrt(np.maximum(self.terms.sum(axis=0), 0))


def _forms(rule: WishartSpectrum, ratio: Array) -> list[_Form]:
    """Return the forms (A), (B) and, for d >= 2, (C) for β = 1."""
    d, total = abs(rule.m - rule.n), rule.m + rule.n
    x, w, r = rule.nodes, rule.weights, ratio
    inverse = 1 / (r[:, None] + x)
    u = r[:, None] * inverse
    t, g, rg = inverse @ (w * x), inverse @ w, u @ w  # r g² with r large: g² would underflow
    forms = [
        _Form(np.sqrt(r), np.stack([t, -rg * g, (1 - d) * g, -((u * inverse) @ w)])),
        _Form(
            1 / r,
            np.stack([u @ (w * x**3), -total * (u @ (w * x * x)), -(u * (1 + u)) @ (w * x * x), -((u @ (w * x)) ** 2)]),
        ),
    ]
    if d >= 2:
        slope = (inverse * (1 + x * inverse)) @ (w / x)
        forms.append(_Form(r, np.stack([d * (inverse @ (w / x)), -g, -g * g, -slope])))
    return forms
