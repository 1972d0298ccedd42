"""log|S| of a Wishart matrix, exactly: mean and variance; entropy of the law, divergence of one law from another.

|S| = σ^{2m}|Σ| Π_i (2/β) g_i with independent g_i ~ Gamma((β/2)(n − i)), i = 0..m−1, so that with digamma and trigamma

    E log|S| = log|σ²Σ| + Σ_i [ψ(b_i) + log(2/β)],   Var log|S| = Σ_i ψ'(b_i),   b_i = (β/2)(n − i).

References: Muirhead, Aspects of Multivariate Statistical Theory (1982), theorem 3.2.15; Bishop, Pattern Recognition and
Machine Learning (2006), B.78–B.82 (entropy).
"""

from fractions import Fraction
from math import log
from typing import Any

import numpy as np

from wishart_moments import domain
from wishart_moments.domain import is_number, jack_parameter
from wishart_moments.errors import DomainError, ExistenceError, LimitError, MethodError
from wishart_moments.moments.wishart import Wishart
from wishart_moments.precision import mpmath_precision

_BITS = 80

MAX_DEGREES = 10**300
"""The largest n."""


def standard_mean(m: int, n: Any, beta: Any) -> float:
    """Return E log|S| at Σ = I, σ = 1, n > m − 1.

    Example:
        >>> round(standard_mean(1, 2, 1), 12)  # log 2 less Euler's constant
        0.115931515658
    """
    return _polygamma(0, m, n, beta) + m * _log(jack_parameter(beta))


def _polygamma(order: int, m: int, n: Any, beta: Any) -> float:
    import mpmath as untyped

    mpmath: Any = untyped
    with mpmath_precision(_BITS):
        first, half = _mpf(n), _mpf(beta) / 2
        total = mpmath.fsum(mpmath.psi(order, half * (first - i)) for i in range(m))
        if not abs(total) < 1e308:
            raise DomainError("need beta and n whose sum of polygamma functions is within the range of floats")
        return float(total)


def _definite(law: Wishart, name: str) -> tuple[int, Any, float]:
    """Return m, n and log|σ²Σ| of a law that has a density."""
    if not law.numeric or domain.is_symbolic(law.sigma):
        raise MethodError(f"{name} needs numbers for m, n, sigma and beta")
    if not law.n > law.m - 1:
        raise ExistenceError(f"need n > m - 1 = {domain.shown(law.m - 1)} for {name}, got n = {domain.shown(law.n)}")
    if law.n > MAX_DEGREES:
        raise LimitError(f"need n <= 1e300 for {name}, got {domain.shown(law.n)}")
    if law.sigma == 0:
        raise DomainError(f"need sigma > 0 for {name}, got 0")
    total = 2 * law.m * _log(law.sigma)
    if law.scale is not None:
        inverse = law.scale.inverse  # refuses a singular one
        total -= float(np.linalg.slogdet(inverse.as_floats())[1])
    return law.m, law.n, total


def _log(value: int | Fraction | float) -> float:
    """Return log of a number > 0, of an exact one beyond the range of floats as well."""
    if is_number(value) and not 1e-300 < value < 10**300:
        return log(value.numerator) - log(value.denominator)
    return log(value)


def log_determinant_mean(m: Any = None, n: Any = None, *, sigma: Any = 1, beta: Any = 1, scale: Any = None) -> float:
    """Return E log|S| = log|σ²Σ| + m log(2/β) + Σ_i ψ((β/2)(n − i)), i = 0..m − 1.

    Args:
        m, n, sigma, beta: numbers, as for `Wishart`; n > m − 1, σ > 0.
        scale: Σ, positive definite; the identity by default.

    Returns:
        A float; its error is some 1e-15 of the largest of the terms.

    Raises:
        DomainError: for an argument outside its domain, σ = 0 and a singular Σ among them.
        ExistenceError: for n <= m − 1, where it is −∞.
        MethodError: where an argument is a symbol.

    Example:
        >>> round(log_determinant_mean(2, 5), 12)
        2.512235336864
    """
    law = Wishart(m, n, sigma=sigma, beta=beta, scale=scale)
    rows, degrees, constant = _definite(law, "E log|S|")
    return constant + standard_mean(rows, degrees, law.beta)


def log_determinant_variance(m: Any = None, n: Any = None, *, beta: Any = 1, scale: Any = None) -> float:
    """Return Var log|S| = Σ_i ψ'((β/2)(n − i)), i = 0..m − 1, the same for every positive definite Σ.

    Args:
        m, n, beta: numbers, as for `Wishart`; n > m − 1.
        scale: Σ, positive definite, of which only the dimension counts.

    Returns:
        A float, correct to rounding: it is computed with 80 bits.

    Raises:
        DomainError, ExistenceError, MethodError: as `log_determinant_mean` does.

    Example:
        >>> round(log_determinant_variance(2, 5), 12)
        1.135291822948
    """
    law = Wishart(m, n, beta=beta, scale=scale)
    rows, degrees, _ = _definite(law, "Var log|S|")
    return _polygamma(1, rows, degrees, law.beta)


def wishart_entropy(m: Any = None, n: Any = None, *, sigma: Any = 1, scale: Any = None) -> float:
    """Return the differential entropy −E log f(S) of a real Wishart law, in nats.

    Args:
        m, n, sigma: numbers, as for `Wishart`; n > m − 1, σ > 0.
        scale: Σ, positive definite; the identity by default.

    Returns:
        A float; its error is some 1e-15 of the largest term of the sum that it is.

    Raises:
        DomainError, ExistenceError, MethodError: as `log_determinant_mean` does.

    Example:
        A chi-squared variable of two degrees of freedom has 1 + log 2:

        >>> round(wishart_entropy(1, 2), 12)
        1.69314718056
    """
    law = Wishart(m, n, sigma=sigma, scale=scale)
    rows, degrees, constant = _definite(law, "the entropy")
    with mpmath_precision(_BITS + int(degrees).bit_length()):
        gammas, slope, half = *_gamma_terms(rows, degrees), _mpf(degrees) / 2
        found = float(gammas + rows * half - (half - _mpf(Fraction(rows + 1, 2))) * slope)
    return found + (rows + 1) / 2 * (constant + rows * log(2))


def wishart_divergence(first: Wishart, second: Wishart) -> float:
    """Return the Kullback–Leibler divergence E_first log(f_first/f_second) of two real Wishart laws, in nats.

    Args:
        first, second: laws of one dimension, numeric, with positive definite scales and n > m − 1.

    Returns:
        A float; its error is some 1e-15 of the largest term of the sum that it is.

    Raises:
        DomainError: unless both are laws of one dimension with σ > 0 and positive definite scales.
        ExistenceError: for n <= m − 1, where there is no density.
        MethodError: unless both are real and numeric.

    Example:
        >>> law = Wishart(2, 5)
        >>> wishart_divergence(law, law), round(wishart_divergence(law, Wishart(2, 6)), 12)
        (0.0, 0.130176692688)
    """
    for law in (first, second):
        if not isinstance(law, Wishart):  # pyright: ignore[reportUnnecessaryIsInstance] - what a caller may give
            raise DomainError(f"need two laws, such as Wishart(2, 5), got {domain.shown(law)}")
        if law.beta != 1:
            raise MethodError(f"need real Wishart laws, beta = 1, got beta = {domain.shown(law.beta)}")
    m, n0, constant0 = _definite(first, "the divergence")
    m1, n1, constant1 = _definite(second, "the divergence")
    if m != m1:
        raise DomainError(f"need two laws of one dimension, got m = {m} and m = {m1}")
    ratio = float((first.sigma / second.sigma) ** 2) * _trace_ratio(first, second)
    with mpmath_precision(_BITS + 2 * int(max(n0, n1)).bit_length()):
        (gammas, slope), (others, _) = _gamma_terms(m, n0), _gamma_terms(m, n1)
        found = float(others - gammas + (_mpf(n0) - _mpf(n1)) / 2 * slope)
    return found + float(n1) / 2 * (constant1 - constant0) + float(n0) * (ratio - m) / 2


def _gamma_terms(m: int, n: Any) -> tuple[Any, Any]:
    """Return log Γ_m(n/2) and Σ_i ψ((n − i)/2), twice its slope, for mpmath's working precision."""
    import mpmath as untyped

    mpmath: Any = untyped
    halves = [(_mpf(n) - i) / 2 for i in range(m)]
    product = mpmath.fsum(mpmath.loggamma(half) for half in halves) + m * (m - 1) * mpmath.log(mpmath.pi) / 4
    return product, mpmath.fsum(mpmath.psi(0, half) for half in halves)


def _mpf(number: Any) -> Any:
    import mpmath as untyped

    mpmath: Any = untyped
    return mpmath.mpf(Fraction(number).numerator) / Fraction(number).denominator


def _trace_ratio(first: Wishart, second: Wishart) -> float:
    """Return tr(Σ_2^{-1} Σ_1)."""
    below = np.eye(second.m) if second.scale is None else second.scale.inverse.as_floats()
    return float(np.trace(below if first.scale is None else below @ first.scale.as_floats()))
