"""Hypergeometric functions of Hermitian matrices, β = 2: quotients of determinants of scalar functions, in balls.

With V(x) = det(x_i^{m−j}) = Π_{i<j} (x_i − x_j),

    pFq(a; b; X) V(x) = det( x_i^{m−j} pFq(a−j+1; b−j+1; x_i) ),
    pFq(a; b; X, Y) V(x) V(y) = c det( pFq(a−m+1; b−m+1; x_i y_j) ),   c = Π_{i<m} i! Π (b−m+1)_i / Π (a−m+1)_i,

the latter for p = q = 0 the integral of Harish-Chandra, Itzykson and Zuber. Where eigenvalues are equal a quotient is
a limit: of x, x, …, x the rows are the coefficients of h^0, h^1, … at x + h, in both determinants. Where they are close
there are more digits. Large matrices cost no more than small ones, and 2F1 is continued to all X < I.

References: Khatri, Ann. Math. Statist. 41 (1970) 182; Gross, Richards, J. Approx. Theory 59 (1989) 224.
"""

from collections.abc import Callable
from fractions import Fraction
from math import comb, factorial
from typing import Any

import numpy as np
from flint import arb, arb_mat

from wishart_moments.moments.balls import accurate, ball
from wishart_moments.moments.jack.closed_cases import Array, terminates

MAX_SIZE = 60
"""The most eigenvalues."""

Side = list[Fraction]


def hermitian(
    upper: Side, lower: Side, x: Array, y: Array | None = None, multiple: float = 1.0
) -> tuple[float, float, float] | None:
    """Return f, v and its error, pFq = e^f v, for β = 2; None where it is no quotient of determinants.

    Args:
        upper, lower: a and b.
        x, y: the eigenvalues.
        multiple: of one matrix, by which x is multiplied without rounding.

    Example:
        >>> shift, value, error = hermitian([], [], np.array([0.0, 1.0]), np.array([0.0, 0.5]))  # 2(√e − 1)
        >>> shift, round(value, 10), error < 1e-15
        (0.0, 1.2974425414, True)
    """
    m = len(x)
    if len(upper) > len(lower) + 1 or m > MAX_SIZE:
        return None
    radius = float(np.abs(x).max()) * abs(multiple if y is None else float(np.abs(y).max()))
    if len(upper) > len(lower) > 1 and radius >= 1 and not terminates(upper):
        return None  # it diverges, and is not continued
    if y is not None and any(a.denominator == 1 and 0 < a < m for a in upper):
        return None  # c has a pole, where the determinant is 0
    return accurate(lambda: _of_one(upper, lower, x, multiple) if y is None else _of_two(upper, lower, x, y))


def _of_one(upper: Side, lower: Side, x: Array, multiple: float) -> Any:
    def functions(j: int, node: Any, count: int) -> list[Any]:
        return [_taylor([a - j for a in upper], [b - j for b in lower], node, t) for t in range(count)]

    return quotient([(each * arb(multiple), count) for each, count in nodes(x)], functions)


def quotient(points: list[tuple[Any, int]], functions: Callable[[int, Any, int], list[Any]]) -> Any:
    """Return det(x_i^{m−1−j} F_j(x_i))/V(x), j = 0, …, m − 1, or its limit.

    Args:
        points: the x_i and how often each is there, balls.
        functions: from j, x and a number the first coefficients of h^0, h^1, … of F_j(x + h).

    Example:
        >>> float(quotient(nodes(np.array([1.0, 2.0])), lambda j, x, count: [arb(j + 3), arb(0)][:count]))  # 3·4
        12.0
    """
    m, rows = sum(count for _, count in points), list[list[Any]]()
    for x, count in points:
        taylor = [functions(j, x, count) for j in range(m)]
        rows += [[_product(m - 1 - j, x, each, r) for j, each in enumerate(taylor)] for r in range(count)]
    return arb_mat(rows).det() / _vandermonde(points)


def _product(s: int, x: Any, taylor: list[Any], r: int) -> Any:
    """Return the coefficient of h^r of (x + h)^s F(x + h)."""
    return sum((comb(s, r - t) * x ** (s - r + t) * taylor[t] for t in range(max(0, r - s), r + 1)), arb(0))


def _of_two(upper: Side, lower: Side, x: Array, y: Array) -> Any:
    m, first, second = len(x), nodes(x), nodes(y)
    upper, lower = [a - (m - 1) for a in upper], [b - (m - 1) for b in lower]
    rows: list[list[Any]] = []
    for u, rank in first:
        taylor: list[list[Any]] = [
            [_taylor(upper, lower, u * v, t) for t in range(rank + count - 1)] for v, count in second
        ]
        rows += [
            [_mixed(each, u, v, r, s) for each, (v, count) in zip(taylor, second, strict=True) for s in range(count)]
            for r in range(rank)
        ]
    constant: Any = arb(1)
    for i in range(m):
        constant *= ball(factorial(i) * _rising(lower, i) / _rising(upper, i))
    return constant * arb_mat(rows).det() / (_vandermonde(first) * _vandermonde(second))


def nodes(x: Array) -> list[tuple[Any, int]]:
    """Return the different eigenvalues, descending, and how often each is there.

    Example:
        >>> [(float(x), count) for x, count in nodes(np.array([1.0, 2.0, 1.0]))]
        [(2.0, 1), (1.0, 2)]
    """
    values, counts = np.unique(x, return_counts=True)
    return [(arb(float(value)), int(count)) for value, count in zip(values[::-1], counts[::-1], strict=True)]


def _vandermonde(points: list[tuple[Any, int]]) -> Any:
    """Return V(x), or of equal ones the determinant of the rows of h^0, h^1, … at x + h."""
    result: Any = arb(1)
    for i, (x, first) in enumerate(points):
        result *= (-1) ** (first * (first - 1) // 2)
        for y, second in points[i + 1 :]:
            result *= (x - y) ** (first * second)
    return result


def _taylor(upper: Side, lower: Side, x: Any, t: int) -> Any:
    """Return the coefficient of h^t of pFq(a; b; x + h), (a)_t/((b)_t t!) pFq(a+t; b+t; x)."""
    factor = _rising(upper, t) / (_rising(lower, t) * factorial(t))
    if factor == 0:
        return arb(0)
    return ball(factor) * x.hypgeom(*([ball(each + t) for each in side] for side in (upper, lower)))


def _mixed(taylor: list[Any], x: Any, y: Any, r: int, s: int) -> Any:
    """Return the coefficient of h^r k^s of f((x + h)(y + k)), those of f at xy given."""
    terms = (comb(t, r) * comb(r, t - s) * x ** (t - r) * y ** (t - s) * taylor[t] for t in range(max(r, s), r + s + 1))
    return sum(terms, arb(0))


def _rising(side: Side, t: int) -> Fraction:
    """Return the product of the (a)_t."""
    result = Fraction(1)
    for a in side:
        for i in range(t):
            result *= a + i
    return result
