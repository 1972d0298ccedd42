"""The output variance of an LDLT layer as a function of σ: exact at finite size, or by any of the approximations."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from wishart_moments import domain
from wishart_moments.spectrum.wishart_spectrum import WishartSpectrum, spectrum
from wishart_moments.variance.arguments import Array, Layer, layer, unwrapped

METHODS = ("exact", "series", "bounds", "limit", "monte-carlo")

SMALLEST_RATIO = 1e-16
"""Below this r = α/σ² the layer is all but orthogonal, and what is missing follows its law at the hard edge."""

FAINT_RATIO = 1e100
"""Beyond this r = α/σ² the variance is linear in σ²/α to within rounding."""


class Gradient(NamedTuple):
    """The output variance and its partial derivatives, floats or arrays of one shape.

    Attributes:
        value: Var.
        sigma, alpha, gamma: ∂Var/∂σ, ∂Var/∂α, ∂Var/∂γ.
    """

    value: Any
    sigma: Any
    alpha: Any
    gamma: Any


def output_variance(
    m: Any,
    n: Any,
    sigma: ArrayLike | str,
    *,
    alpha: ArrayLike | str = 1.0,
    gamma: ArrayLike | str = 1.0,
    method: str = "exact",
    order: int | None = None,
    draws: int = 100_000,
    seed: int = 0,
    scale: Any = None,
) -> Any:
    """Return Var = (γ²/m) E tr S(αI + S)^{-1}: the variance of a coordinate of y = γ W (αI + WᵀW)^{-1/2} x.

    W is m×n with independent N(0, σ²) entries, S = WWᵀ, E[xxᵀ] = I. With E[xxᵀ] = v I multiply by v.

    Args:
        m: outputs, 1 to 4096 (any size with method "limit").
        n: inputs (fan-in), likewise.
        sigma: standard deviation of an entry of W, >= 0: a number, "he" (1/√n), a formula in m and n, or an array.
        alpha: the regularisation α > 0; a number or an array.
        gamma: the gain γ > 0; a number or an array. The three are broadcast.
        method: "exact" (quadrature on the finite-size density), "series" (the Taylor polynomial in σ², generated code),
            "bounds" (Gauss–Radau from exact moments: a pair lower, upper), "limit" (Marchenko–Pastur with corrections),
            "monte-carlo" (the mean over draws).
        order: of the series (10), of the bounds (10), of the corrections to the limit (2).
        draws, seed: of method "monte-carlo".
        scale: Σ, m×m: the layer has W = Σ^{1/2} G, G with independent N(0, σ²) entries, and Var is the mean over the
            outputs. Method "exact" only, a call of `ridge_degrees_of_freedom` for every σ.

    Returns:
        A float, or an array of the broadcast shape. Method "exact": absolute error below 1e-14 γ² for α/σ² from 0 to
        infinity (the worst of 10,000 comparisons with certified values was 4e-15; see benchmarks). For more digits and
        a proof: `certified_variance`; for the honest error of the others: `series_variance`, `moment_bounds`,
        `limit_variance`, `simulate_variance`.

    Raises:
        DomainError: unless m, n are positive integers, sigma >= 0, alpha > 0 and gamma > 0, all finite.
        MethodError: for an unknown method.
        LimitError: for sizes or orders beyond the method's.

    Cost:
        At first O(min(m, n)²) operations for a shape (some 3 ms at 64×128, 50 ms at 1024×1024), then a microsecond or
        two for every σ.

    References: arXiv 2601.08253 (the layer); Widom 1999, Adler et al. 2000 (the density).

    Example:
        >>> round(output_variance(64, 128, 128**-0.5), 10)  # He scale 1/√n
        0.4376466446
        >>> output_variance(64, 64, [0.0, 0.125, 1.25]).round(10)
        array([0.        , 0.38078696, 0.90155808])
        >>> round(output_variance(2, 3, 1, scale=[[1, 0], [0, 4]]), 12)  # rows of variance 1 and 4
        0.694061145249
    """
    if scale is not None:
        from wishart_moments.variance.structured import structured_trace

        shape = layer(m, n, sigma, alpha, gamma)
        return unwrapped(shape.amplified(structured_trace(shape, scale, domain.choice(method, METHODS)) / shape.m))
    if domain.choice(method, METHODS) == "exact":
        shape = layer(m, n, sigma, alpha, gamma)
        return unwrapped(shape.amplified(trace_and_slope(shape, slope=False)[0] / shape.m))
    given: dict[str, Any] = {"alpha": alpha, "gamma": gamma}
    if method == "series":
        from wishart_moments.variance.series import series_variance

        return series_variance(m, n, sigma, order=10 if order is None else order, **given).value
    if method == "bounds":
        from wishart_moments.variance.moment_bounds import moment_bounds

        return moment_bounds(m, n, sigma, order=10 if order is None else order, **given)
    if method == "limit":
        from wishart_moments.variance.limit import limit_variance

        return limit_variance(m, n, sigma, order=2 if order is None else order, **given)
    from wishart_moments.variance.simulate import simulate_variance

    return simulate_variance(m, n, sigma, draws=draws, seed=seed, **given).mean


def backward_variance(
    m: Any, n: Any, sigma: ArrayLike | str, *, alpha: ArrayLike | str = 1.0, gamma: ArrayLike | str = 1.0
) -> Any:
    """Return (γ²/n) E tr S(αI + S)^{-1} = (m/n) Var: the variance of a coordinate of the gradient W̃ᵀg, E[ggᵀ] = I.

    Args:
        m, n: outputs and inputs, 1 to 4096.
        sigma, alpha, gamma: as for `output_variance`; arrays broadcast.

    Returns:
        A float, or an array: absolute error below 1e-14 γ² m/n.

    Raises:
        DomainError, LimitError: as `output_variance` does with method "exact".

    Example:
        >>> round(backward_variance(64, 128, 128**-0.5), 10)
        0.2188233223
    """
    forward = output_variance(m, n, sigma, alpha=alpha, gamma=gamma)
    return forward * int(m) / int(n)


def variance_gradient(
    m: Any, n: Any, sigma: ArrayLike | str, *, alpha: ArrayLike | str = 1.0, gamma: ArrayLike | str = 1.0
) -> Gradient:
    """Return Var and its derivatives in σ, α and γ, all exact at finite size.

    With r = α/σ² and D(r) = r E tr S(rI + S)^{-2} (S at σ = 1):

        ∂Var/∂σ = (2γ²/(mσ)) D(r),    ∂Var/∂α = −(γ²/(mα)) D(r),    ∂Var/∂γ = 2 Var/γ.

    Args:
        m, n: outputs and inputs, 1 to 4096.
        sigma, alpha, gamma: as for `output_variance`; arrays broadcast.

    Returns:
        A `Gradient` of floats or arrays: the variance as accurate as `output_variance`, the derivatives to about 1e-13
        of their largest terms 2γ²/σ, γ²/α.

    Raises:
        DomainError, LimitError: as `output_variance` does with method "exact".

    Example:
        >>> gradient = variance_gradient(1, 1, 1.0)
        >>> round(gradient.value, 12), round(gradient.sigma + 2 * gradient.alpha, 12)  # depends on α/σ² alone
        (0.344320457581, 0.0)
    """
    shape = layer(m, n, sigma, alpha, gamma)
    trace, slope = trace_and_slope(shape)
    value, change = shape.amplified(trace / shape.m), shape.amplified(slope / shape.m)
    by_sigma = np.divide(2 * change, shape.sigma, out=np.zeros_like(change), where=shape.sigma > 0)
    by_alpha, by_gamma = -change / shape.alpha, 2 * value / shape.gamma
    if (faint := shape.ratio > FAINT_RATIO).any():
        # Var = γ²nσ²/α to within rounding; products in an order in which nothing underflows that the result does not.
        with np.errstate(over="ignore", under="ignore"):
            linear = shape.sigma / shape.alpha
            slope = shape.gamma * linear * shape.gamma * shape.n
            value = np.where(faint, slope * shape.sigma, value)
            by_sigma = np.where(faint, 2 * slope, by_sigma)
            by_alpha = np.where(faint, -slope * linear, by_alpha)
            by_gamma = np.where(faint, 2 * shape.gamma * linear * shape.n * shape.sigma, by_gamma)
    return Gradient(*(unwrapped(np.asarray(part)) for part in (value, by_sigma, by_alpha, by_gamma)))


def trace_and_slope(shape: Layer, *, slope: bool = True) -> tuple[Array, Array]:
    """Return T(r) = E tr S(rI + S)^{-1} and −r T'(r), if wanted, in the shape of the layers' r = α/σ²."""
    rule = spectrum(shape.m, shape.n)
    ratio = shape.ratio.ravel()
    within = np.maximum(ratio, SMALLEST_RATIO)
    trace, fall = rule.filtered(within), np.zeros_like(ratio)
    if slope:
        finite = np.isfinite(within)
        fall[finite] = rule.filtered_fall(within[finite])
    if (small := ratio < SMALLEST_RATIO).any():
        root = (np.sqrt(shape.alpha) / np.where(shape.sigma > 0, shape.sigma, 1.0)).ravel()  # a float where r is none
        missing, fall[small] = hard_edge(rule, root[small])
        trace[small] = min(rule.m, rule.n) - missing
    return trace.reshape(shape.ratio.shape), fall.reshape(shape.ratio.shape)


def hard_edge(rule: WishartSpectrum, root: Array) -> tuple[Array, Array]:
    """Return N − T(r) and −r T'(r) for every √r, r below `SMALLEST_RATIO`; N = min(m, n).

    The mean density is c x^{(d−1)/2} at 0, d = |m − n|, so that M = N − T = E Σ r/(r + λ) goes like A√r + Br (d = 0),
    r(B + c log(1/r)) (1), Br − Ar√r (2) and Br (d > 2), B = E Σ 1/λ for d > 1. The rest follows from M at two r that
    the rule resolves.
    """
    d, r = abs(rule.m - rule.n), root * root
    if d > 2:
        missing = r * (min(rule.m, rule.n) / (d - 1))
        return missing, missing
    known = SMALLEST_RATIO * np.array([1.0, 4.0])
    first, second = rule.missing(known) / (np.sqrt(known) if d == 0 else known)
    if d == 0:
        a, b = 2 * first - second, (second - first) / SMALLEST_RATIO**0.5
        return root * (a + b * root), root * (a / 2 + b * root)
    if d == 2:
        b = float(min(rule.m, rule.n))
        a = (b - first) / SMALLEST_RATIO**0.5
        return r * (b - a * root), r * (b - 1.5 * a * root)
    c = (first - second) / np.log(4.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        missing = np.where(r > 0, r * (first + c * (np.log(SMALLEST_RATIO) - 2 * np.log(root))), 0.0)
    return missing, missing - c * r
