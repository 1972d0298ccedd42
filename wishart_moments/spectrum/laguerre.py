"""Laguerre polynomials times the square root of their weight, in float64, for degrees and parameters in the thousands.

With s(x) = √(N!/Γ(N+a)) x^{a/2} e^{−x/2} the recurrence in differences D_k = L_k^{(a)} − L_{k−1}^{(a)},

    (k+1) D_{k+1} = (k+a) D_k − x L_k,    L_{k+1} = L_k + D_{k+1},    P_{k+1} = P_k + L_{k+1},

gives L_N^{(a)}, D_N = L_N^{(a−1)} and P_{N−1} = L_{N−1}^{(a+1)} at once, none of them as a difference of nearly equal
numbers. The numbers are kept as mantissas with exponents of two. The power of x is raised in double-double arithmetic:
exp((a log x − x)/2) would lose the digits of its large exponent.

References: DLMF 18.9 (recurrences, derivatives); Dekker, Numer. Math. 18 (1971) 224 (double-double arithmetic).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import mpmath
import numpy as np
from numpy.typing import NDArray

from wishart_moments.precision import mpmath_precision

Array = NDArray[np.float64]

RESCALE = 24
"""Steps between two rescalings: a step multiplies by less than 2^21 for the x and a in reach."""

BLOCK = 4096
"""Points that go through the recurrence together: they stay in the cache."""

_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
"""log 2 in two parts: the first has 32 bits, so that its small multiples are exact."""


class LaguerreValues(NamedTuple):
    """s(x) times L_{N−1}^{(a)}(x), L_N^{(a)}(x), L_N^{(a−1)}(x) and L_{N−1}^{(a+1)}(x)."""

    lower: Array
    upper: Array
    difference: Array
    total: Array

    @property
    def kernel(self) -> Array:
        """Σ_{k<N} k!/Γ(k+a+1) x^a e^{−x} L_k^{(a)}(x)², by Christoffel–Darboux: the unitary density of eigenvalues."""
        return self.lower * self.upper - self.difference * self.total


def laguerre_values(degree: int, a: int, x: Array) -> LaguerreValues:
    """Return s(x) times the four polynomials.

    Args:
        degree: N >= 1.
        a: the parameter, an integer >= −1; at a = −1 the degree must be at least 2.
        x: positive numbers.

    Returns:
        Four float64 arrays, of relative accuracy about N·1e-16 where they do not cross zero.

    Example:
        >>> values = laguerre_values(1, 0, np.array([1.0]))  # s = exp(−1/2), L_1 = 1 − x
        >>> float(values.upper[0]), round(float(values.total[0]), 12)
        (0.0, 0.606530659713)
    """
    constant = _constant(degree, a)
    parts = [_block(degree, a, constant, x[start : start + BLOCK]) for start in range(0, max(len(x), 1), BLOCK)]
    return LaguerreValues(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _block(degree: int, a: int, constant: tuple[float, int], x: Array) -> LaguerreValues:
    scale, exponent = _weight(a, constant, x)
    ones = np.ones_like(x)
    # At a = −1 the polynomials of degree 0 vanish against the weight: begin one degree further, free of cancellation.
    first = 0 if a >= 0 else 1
    lower, upper = (np.zeros_like(x), ones.copy()) if first == 0 else (ones.copy(), -x)
    difference, total = (ones.copy(), ones.copy()) if first == 0 else (-1 - x, 1 - x)
    product = np.empty_like(x)
    for k in range(first, degree):
        np.multiply(x, upper, out=product)
        product *= 1 / (k + 1)
        difference *= (k + a) / (k + 1)
        difference -= product
        if k == degree - 1:
            lower = upper.copy()
        upper += difference
        if k < degree - 1:
            total += upper
        if k % RESCALE == RESCALE - 1 or k == degree - 1:
            shift = np.frexp(np.maximum(np.maximum(np.abs(upper), np.abs(difference)), np.abs(total)))[1]
            exponent += shift
            for values in (upper, difference, total, lower):
                np.ldexp(values, -shift, out=values)
    return LaguerreValues(*(np.ldexp(values * scale, exponent) for values in (lower, upper, difference, total)))


def _weight(a: int, constant: tuple[float, int], x: Array) -> tuple[Array, NDArray[np.int64]]:
    """Return s(x) as mantissa and exponent of two."""
    halvings = np.rint(x / (2 * np.log(2)))
    reduced = (x / 2 - halvings * _LN2_HIGH) - halvings * _LN2_LOW
    power, exponent = _power(x, max(a, 0) // 2)
    root = np.sqrt(x) if a > 0 else 1 / np.sqrt(x)
    mantissa, binary = constant
    scale = mantissa * power * (root if a % 2 else 1.0) * np.exp(-reduced)
    return scale, exponent - halvings.astype(np.int64) + binary


def _constant(degree: int, a: int) -> tuple[float, int]:
    """Return √(N!/Γ(N+a)) as mantissa and exponent of two."""
    mp: Any = mpmath
    with mpmath_precision(120):
        mantissa, exponent = mp.frexp(mp.sqrt(mp.gammaprod([degree + 1], [degree + a])))
        return float(mantissa), int(exponent)


def _power(base: Array, exponent: int) -> tuple[Array, NDArray[np.int64]]:
    """Return base**exponent, exponent >= 0, as mantissa and exponent of two, correct to about one ulp."""
    mantissa, binary = np.frexp(base)
    square: tuple[Array, Array] = (mantissa, np.zeros_like(base))
    square_binary = binary.astype(np.int64)
    result: tuple[Array, Array] = (np.ones_like(base), np.zeros_like(base))
    result_binary = np.zeros(base.shape, np.int64)
    for bit in _bits(exponent):
        if bit:
            result, shift = _normalised(*_product(result, square))
            result_binary += square_binary + shift
        square, shift = _normalised(*_product(square, square))
        square_binary = 2 * square_binary + shift
    return result[0], result_binary


def _bits(number: int) -> Iterator[int]:
    while number:
        yield number & 1
        number >>= 1


def _normalised(high: Array, low: Array) -> tuple[tuple[Array, Array], NDArray[np.int64]]:
    mantissa, shift = np.frexp(high)
    return (mantissa, np.ldexp(low, -shift)), shift.astype(np.int64)


def _product(x: tuple[Array, Array], y: tuple[Array, Array]) -> tuple[Array, Array]:
    """Return the double-double product of numbers of moderate size."""
    high, low = _two_product(x[0], y[0])
    low = low + (x[0] * y[1] + x[1] * y[0])
    total = high + low
    return total, low - (total - high)


def _two_product(x: Array, y: Array) -> tuple[Array, Array]:
    """Return x·y rounded, and the rounding error, exactly."""
    product = x * y
    x_high, x_low = _split(x)
    y_high, y_low = _split(y)
    return product, ((x_high * y_high - product) + x_high * y_low + x_low * y_high) + x_low * y_low


def _split(x: Array) -> tuple[Array, Array]:
    """Return halves of 26 bits each."""
    scaled = 134217729.0 * x
    high = scaled - (scaled - x)
    return high, x - high
