"""Hypergeometric functions of one matrix argument that need no partitions, or those of one row only.

    0F0(X) = etr X,   1F0(a; X) = det(I − X)^{−a},
    pFq(a; b; X) = pFq(a; b; x), a scalar function, where x is the only eigenvalue other than 0,
    2F1(a, b; c; I) = Γ_m(c) Γ_m(c−a−b) / (Γ_m(c−a) Γ_m(c−b)),   Γ_m(x) ∝ Π_{i<m} Γ(x − θi)   (Gauss),

and with θ = β/2 among the upper parameters (θ)_κ = 0 where κ has a second row, so that only

    Σ_k Π(a)_k/Π(b)_k g_k(X),   Σ_k g_k t^k = Π_i (1 − t x_i)^{−θ}

is left, the other parameters in the product: O(K²) for K terms. 1F1(θ; b; X), b >= mθ, is the mean of
exp(Σ x_i u_i) over Dirichlet variables u_0, …, u_m of parameters b − mθ, θ, …, θ, x_0 = 0: a shift of all x_i by −c
is a factor e^{−c}, and leaves positive terms for every X. 1F1(1/2; m/2; X) is the constant of Bingham's law.

References: Muirhead, Aspects of Multivariate Statistical Theory (1982), 7.3 and 7.4; Macdonald, Symmetric Functions and
Hall Polynomials (1995), VI.10.4 (one row); Yan, Contemp. Math. 138 (1992) 239 (Gauss, all β); Mardia, Jupp, Directional
Statistics (2000), 9.4 (Bingham).
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from wishart_moments.errors import LimitError
from wishart_moments.moments.balls import accurate, ball
from wishart_moments.precision import working_precision

Array = NDArray[np.float64]

MAX_TERMS = 20_000
"""The most terms of a series over one row."""

_UNIT = 2.0**-53


def terminates(upper: list[Fraction]) -> bool:
    """Return whether the series ends, since a parameter is an integer <= 0."""
    return any(a.denominator == 1 and a <= 0 for a in upper)


def closed_case(
    upper: list[Fraction], lower: list[Fraction], x: Array, theta: Fraction, multiple: float = 1.0
) -> tuple[float, float] | None:
    """Return the logarithm of a closed form and its absolute error; None where there is none, or it diverges.

    Args:
        upper, lower: a and b.
        x, multiple: the eigenvalues and what they are multiplied by without rounding.
        theta: β/2.

    Example:
        >>> logarithm, error = closed_case([], [], np.array([1.0, 2.0]), Fraction(1, 2))
        >>> logarithm, error < 1e-14
        (3.0, True)
    """
    shape, products = (len(upper), len(lower)), [Fraction(float(each)) * Fraction(multiple) for each in x]
    terms: list[float] = []
    if shape == (0, 0):
        terms = [float(each) for each in products]
    elif shape == (1, 0) and max(products) < 1:
        with working_precision(256):
            terms = [-float(upper[0]) * float(ball(-p).log1p()) for p in products]
    elif shape == (2, 1) and set(products) == {1}:
        (a, b), c, last = upper, lower[0], theta * (len(x) - 1)
        if min(c, c - a, c - b, c - a - b) <= last:
            return None
        for i in range(len(x)):
            pairs = ((1, c), (1, c - a - b), (-1, c - a), (-1, c - b))
            terms += [sign * math.lgamma(float(each - theta * i)) for sign, each in pairs]
    else:
        return None
    return math.fsum(terms), 8 * _UNIT * (1 + sum(map(abs, terms)))


def one_eigenvalue(
    upper: list[Fraction], lower: list[Fraction], x: Array, multiple: float = 1.0
) -> tuple[float, float, float] | None:
    """Return f, v and its error, pFq = e^f v, where at most one eigenvalue is not 0: a scalar function, in balls.

    Args:
        upper, lower: a and b.
        x, multiple: the eigenvalues and what they are multiplied by without rounding.

    Example:
        >>> shift, value, _ = one_eigenvalue([Fraction(1)], [Fraction(2)], np.array([0.0, 1.0]))
        >>> shift, round(value, 12)  # e − 1
        (0.0, 1.718281828459)
    """
    others = x[x != 0]
    if (
        len(others) > 1
        or len(upper) > len(lower) + 1
        or (len(upper) > len(lower) and (others * multiple).max(initial=0) >= 1)
    ):
        return None
    point: Any = arb(float(others.sum()))
    return accurate(lambda: (point * arb(multiple)).hypgeom(*(list(map(ball, side)) for side in (upper, lower))))


def one_row(
    upper: list[Fraction], lower: list[Fraction], x: Array, theta: Fraction
) -> tuple[float, float, float, int] | None:
    """Return f, S, its error and the number of terms, pFq = e^f S; None where it is no sum over one row of X >= 0.

    Example:
        >>> half, x = Fraction(1, 2), np.array([0.0, 50, 200])
        >>> shift, value, error, _ = one_row([half], [3 * half], x, half)
        >>> f"{math.exp(shift) * value:.12g}", error < 1e-11 * value
        ('2.09209759307e+84', True)
    """
    if theta not in upper or len(upper) > len(lower):
        return None
    others = list(upper)
    others.remove(theta)
    roots, powers, shift = x, np.full(len(x), float(theta)), 0.0
    if not others and len(lower) == 1 and lower[0] >= theta * len(x):
        roots, powers = np.append(x, 0.0), np.append(powers, float(lower[0] - theta * len(x)))
        shift = float(roots[powers > 0].min())
        roots = roots - shift
    roots, powers = roots[powers > 0], powers[powers > 0]
    if roots.min() < 0 or min([*others, *lower], default=Fraction(1)) <= 0:
        return None
    greatest = float(roots.max())
    if greatest == 0:
        return shift, 1.0, 0.0, 0
    too_large = LimitError(f"need a smaller matrix; {MAX_TERMS:,} terms do not reach it")
    if _supremum(others, lower, MAX_TERMS) * greatest >= 0.9:
        raise too_large
    total = float(powers.sum())
    sums: list[float] = []
    g: list[float] = [1.0]
    value, rounding, term, factor = 1.0, _UNIT, 1.0, 1.0
    largest = 0.0
    for k in range(1, MAX_TERMS + 1):
        ratio = float(math.prod(a + k - 1 for a in others) / math.prod(b + k - 1 for b in lower)) * greatest
        sums.append(float(powers @ (roots / greatest) ** k))
        g.append(float(np.dot(sums, g[::-1])) / k)
        factor *= ratio
        if factor > 1e250:
            factor, value, rounding, largest = factor * 1e-250, value * 1e-250, rounding * 1e-250, largest + 1
        term = factor * g[k]
        value += term
        rounding += term * 6 * k * _UNIT
        # g_{k+1} <= g_k (Σ powers + k)/(k + 1), and the ratios of the parameters fall or rise to 1.
        bound = _supremum(others, lower, k) * greatest * max((total + k) / (k + 1), 1.0)
        if bound < 0.9 and (tail := term * bound / (1 - bound)) <= rounding / 4:
            return shift + largest * 250 * math.log(10), value, tail + rounding, k
    raise too_large


def by_one_row(
    upper: list[Fraction], lower: list[Fraction], x: Array, theta: Fraction
) -> tuple[float, float, float, int] | None:
    """Return what `one_row` does, of 1F1(b − θ; b; X) by Kummer's transformation.

    Example:
        >>> shift, value, _, _ = by_one_row([Fraction(1)], [Fraction(2)], np.array([1.0]), Fraction(1))
        >>> round(math.exp(shift) * value, 12)  # e − 1
        1.718281828459
    """
    if (row := one_row(upper, lower, x, theta)) is not None:
        return row
    ends = any(a.denominator == 1 and a <= 0 for a in upper)
    if (len(upper), len(lower)) != (1, 1) or lower[0] - upper[0] != theta or ends:
        return None
    row = one_row([theta], lower, -x, theta)
    return None if row is None else (row[0] + float(x.sum()), *row[1:])


def _supremum(upper: list[Fraction], lower: list[Fraction], k: int) -> float:
    """Return a bound of Π(a + j)/Π(b + j) over all j >= k, all parameters > 0."""
    first: Any = sorted(upper, reverse=True)
    pairs = list(zip(first, sorted(lower, reverse=True), strict=False))
    rest = sorted(lower, reverse=True)[len(pairs) :]
    bound = math.prod(max(1.0, float((a + k) / (b + k))) for a, b in pairs)
    return bound / math.prod(float(b + k) for b in rest)
