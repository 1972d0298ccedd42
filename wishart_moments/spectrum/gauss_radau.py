"""What the moments M_0..M_K of the eigenvalues certify: Gauss and Gauss–Radau bounds, as a continued fraction.

Let N = min(m, n) and M_k = E Σ λ^k over the N non-zero eigenvalues of S, at unit variance. Their resolvent is a
Stieltjes function with the continued fraction

    G(r) = E Σ 1/(r + λ) = c_0/(r + c_1/(1 + c_2/(r + c_3/(1 + …)))),   all c_k > 0, c_0 = N, c_1 = max(m, n),

and c_0..c_K are functions of M_0..M_K. Cut off behind c_K it is a rational function of r:

- K = 2p − 1: the p-point Gauss rule for 1/(r + λ), below G, because all even derivatives of 1/(r + λ) are positive;
- K = 2p: the Gauss–Radau rule with p points and one at λ = 0, above G, because all odd derivatives are negative.

So two successive convergents enclose G at every r > 0, and narrow with K. Here everything is stated for

    T(r) = E tr S(rI + S)^{-1} = N − r G(r) = N c_1 / (c_1 + r (1 + c_2/(r + c_3/(1 + …)))),

which has no difference in it: it is evaluated backwards, by sums and quotients of positive numbers, and the two kinds
of rules change sides (odd K above T, even K below). T belongs to all m eigenvalues: the zero ones add nothing.

The c_k come from the exact moments by the quotient-difference algorithm in ball arithmetic. The algorithm loses some
2 to 50 bits with every step, so the working precision is doubled until the balls themselves prove enough digits.

References: Stieltjes, Ann. Fac. Sci. Toulouse 8 (1894) J1; Rutishauser, ZAMP 5 (1954) 233; Golub, Meurant, Matrices,
Moments and Quadrature (2010), ch. 6.
"""

from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from flint import arb, fmpq
from numpy.typing import ArrayLike, NDArray

from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.moments.recurrence import trace_moments_at
from wishart_moments.precision import working_precision

Array = NDArray[np.float64]

MAX_ORDER = 1000
"""The largest order: half a million steps of the quotient-difference algorithm."""

MAX_SIZE = 10**9
"""The largest m and n: the digits that the algorithm loses grow with their logarithm."""

TINY, HUGE = 1e-280, 1e280
"""Between these r nothing overflows; beyond them the bounds are widened to what monotony in r gives."""

_UNIT = 2.0**-53
_FLOAT_BITS = 64


@lru_cache(maxsize=64)
def stieltjes_coefficients(m: int, n: int, order: int, beta: int | Fraction = 1, prec: int = 64) -> tuple[Any, ...]:
    """Return the balls c_0..c_order, each of a relative accuracy of at least `prec` bits.

    Example:
        >>> [int(c.unique_fmpz()) for c in stieltjes_coefficients(1, 7, 4)]  # chi-squared: n, 2, n + 2, 4, …
        [1, 7, 2, 9, 4]
    """
    moments: list[Any] = trace_moments_at(order, m, n, beta)
    return coefficients_of([min(m, n), *moments[1:]], prec)


def coefficients_of(moments: list[Any], prec: int = 64) -> tuple[Any, ...]:
    """Return c_0..c_K of the moments M_0..M_K, exact numbers, of any law on [0, ∞), likewise.

    Example:
        >>> [int(c.unique_fmpz()) for c in coefficients_of([1, 7, 63, 693])]
        [1, 7, 2, 9]
    """
    order = len(moments) - 1
    bits = prec + 64 + 4 * order
    while True:
        with working_precision(bits):
            exact: list[Any] = [arb(fmpq(each.numerator, each.denominator)) for each in moments]
            result = (exact[0], *_quotient_difference(exact))
            if all(c.rel_accuracy_bits() >= prec and c > 0 for c in result):
                return result
        bits *= 2


def _quotient_difference(moments: list[Any]) -> list[Any]:
    """Return c_1..c_K from M_0..M_K."""
    quotients: list[Any] = [upper / lower for lower, upper in pairwise(moments)]
    coefficients = [quotients[0]]
    differences: list[Any] = [arb(0)] * len(quotients)
    while len(quotients) > 1:
        steps = zip(quotients, quotients[1:], differences[1:], strict=False)
        differences = [upper - lower + before for lower, upper, before in steps]
        coefficients.append(differences[0])
        if len(differences) == 1:
            break
        ratios = zip(quotients[1:], differences, differences[1:], strict=False)
        quotients = [quotient * upper / lower for quotient, lower, upper in ratios]
        coefficients.append(quotients[0])
    return coefficients


def convergent(last: int, r: Any, balls: tuple[Any, ...]) -> Any:
    """Return N − r G(r) with G cut off behind c_last, in balls: above T(r) for odd `last`, below it for even.

    Example:
        >>> print(convergent(1, arb(1), (arb(1), arb(7))).str(5, radius=False))
        0.87500
    """
    if last == 0:
        return arb(0)
    bottom: Any = arb(1) if last % 2 else r
    for k in range(last - 1, 0, -1):
        bottom = balls[k + 1] / bottom + (1 if k % 2 else r)
    return balls[0] * balls[1] / (r * bottom + balls[1])


class GaussRadau:
    """The bounds on T(r) = E tr S(rI + S)^{-1} from the exact moments E tr S^k, k <= order, at unit variance.

    Attributes:
        m, n: the shape of W.
        order: K, the number of moments beyond the zeroth.
        beta: 1, 2 or 4.
        coefficients: c_0..c_K in float64, correctly rounded but for some 2^-11 ulp.

    Raises:
        LimitError: for order > 1000 or sizes > 10^9.
        MethodError: for any other beta.

    Cost:
        K²/2 steps with numbers of some 10 K bits: K = 10 takes 0.2 ms, 100 some 10 ms, 1000 some seconds.

    Example:
        >>> bounds = GaussRadau(10, 12, 10)
        >>> lower, upper = bounds.trace_bounds(12.0)
        >>> round(float(lower) / 10, 6), round(float(upper) / 10, 6)  # the truth is 0.3933625479
        (0.393296, 0.393487)
    """

    def __init__(self, m: Any, n: Any, order: Any, beta: int | Fraction = 1) -> None:
        self.m, self.n = domain.size(m, "m"), domain.size(n, "n")
        self.order = domain.order(order, "order")
        self.beta = beta
        if self.order < 1:
            raise DomainError("need order >= 1, got 0: without a moment nothing is bounded")
        if self.order > MAX_ORDER:
            raise LimitError(f"need order <= {MAX_ORDER} for the bounds, got {self.order}; use method 'exact'")
        if max(self.m, self.n) > MAX_SIZE:
            largest = domain.shown(max(self.m, self.n))
            raise LimitError(f"need m, n <= {MAX_SIZE:,} for the bounds, got {largest}; method 'limit' takes any size")
        self.coefficients: Array = np.array([float(c.mid()) for c in self._balls(_FLOAT_BITS)])

    def _balls(self, prec: int) -> tuple[Any, ...]:
        # By precision: an answer does not depend on what was asked before, or by whom.
        return stieltjes_coefficients(self.m, self.n, self.order, self.beta, max(prec, _FLOAT_BITS))

    def trace_bounds(self, r: ArrayLike) -> tuple[Array, Array]:
        """Return lower and upper bounds on T(r) in float64, rounded outwards by a running error analysis.

        Args:
            r: real numbers >= 0, infinity included, taken as exact.

        Returns:
            Two arrays of the shape of r: lower <= T(r) <= upper holds for the floats as they are. The rounding adds
            some 10 units in the last place to the width.

        Example:
            >>> lower, upper = GaussRadau(1, 1, 2).trace_bounds([0.0, 1.0, np.inf])
            >>> lower.round(12), upper.round(12)  # 1/(1 + r + 2) and 1/(1 + r)
            (array([0.33333333, 0.25      , 0.        ]), array([1. , 0.5, 0. ]))
        """
        given = np.asarray(r, dtype=np.float64)
        inside = np.clip(given, TINY, HUGE)
        ends = {k % 2: self._convergent(k, inside) for k in (self.order, self.order - 1)}
        (low, low_error), (high, high_error) = ends[0], ends[1]
        lower = low * (1 - low_error)
        upper = np.minimum(high * (1 + high_error), float(min(self.m, self.n)))
        # T decreases from N at r = 0 to 0 at infinity.
        lower = np.where(given > HUGE, 0.0, lower)
        upper = np.where(np.isinf(given), 0.0, np.where(given < TINY, float(min(self.m, self.n)), upper))
        return lower, upper

    def _convergent(self, last: int, r: Array) -> tuple[Array, Array]:
        """Return N − r G(r) with G cut off behind c_last, and a bound on the relative error."""
        if last == 0:
            return np.zeros_like(r), np.zeros_like(r)
        c = self.coefficients
        bottom: Array = np.ones_like(r) if last % 2 else r
        error = np.zeros_like(r)  # of `bottom`, relative, in units of 2^-53
        for k in range(last - 1, 0, -1):
            quotient = c[k + 1] / bottom
            bottom = quotient + (1.0 if k % 2 else r)
            # c_k and the quotient are rounded; the sum dilutes their errors, and is rounded itself.
            error = quotient / bottom * (error + 2) + 1
        scaled = r * bottom
        whole = scaled + c[1]
        value = float(self.m) * float(self.n) / whole
        error = scaled / whole * (error + 1) + 4
        return value, (1.01 * error + 2) * _UNIT

    def enclosure(self, r: Any, prec: int = 128) -> tuple[Any, Any]:
        """Return exact lower and upper bounds on T(r), with rounding errors of about `prec` bits.

        Args:
            r: a positive number: int, Fraction, fmpq, or a ball (arb) that contains it.
            prec: the working precision in bits.

        Returns:
            Two exact arb, lower <= T(r) <= upper. E tr (rI + S)^{-1} = (m − T(r))/r.

        Example:
            >>> lower, upper = GaussRadau(10, 12, 100).enclosure(12)
            >>> print(lower.str(20, radius=False), upper.str(20, radius=False))
            3.9336254792777123998 3.9336254792777123998
        """
        with working_precision(prec):
            balls = self._balls(prec)
            ball = arb(fmpq(r.numerator, r.denominator)) if isinstance(r, Fraction) else arb(r)
            if not ball > 0:
                raise DomainError(f"need r > 0, got {domain.shown(r)}")
            ends = {k % 2: convergent(k, ball, balls) for k in (self.order, self.order - 1)}
            return ends[0].lower(), ends[1].upper()

    def rule(self) -> tuple[Array, Array]:
        """Return nodes and weights of the rule of this order: Gauss for odd K, Gauss–Radau with the node 0 for even K.

        Returns:
            Nodes in increasing order, and positive weights with sum N, in float64; Σ w λ^k = M_k for k <= K up to
            rounding.

        Example:
            >>> nodes, weights = GaussRadau(2, 3, 2).rule()
            >>> nodes.round(12) + 0.0, weights.round(12), float((weights * nodes**2).sum().round(12))
            (array([0., 6.]), array([1., 1.]), 36.0)
        """
        return rule_of(self.coefficients)


def rule_of(coefficients: Array) -> tuple[Array, Array]:
    """Return nodes and weights of the rule of c_0..c_K: Gauss for odd K, Gauss–Radau with the node 0 for even K.

    Example:
        >>> nodes, weights = rule_of(np.array([1.0, 7.0, 2.0, 9.0]))
        >>> float((weights @ nodes**3).round(9))
        693.0
    """
    order = len(coefficients) - 1
    roots = np.sqrt(coefficients[1:])
    columns = (order + 1) // 2
    # The bidiagonal factor of the Jacobi matrix: squares of its singular values keep small nodes accurate.
    factor = np.zeros((order // 2 + 1, columns))
    np.fill_diagonal(factor, roots[::2])
    np.fill_diagonal(factor[1:], roots[1::2])
    vectors, values, _ = np.linalg.svd(factor)
    nodes = np.concatenate([values**2, np.zeros(len(factor) - columns)])
    ascending = np.argsort(nodes)
    return nodes[ascending], coefficients[0] * vectors[0, ascending] ** 2


@lru_cache(maxsize=64)
def gauss_radau(m: int, n: int, order: int, beta: int | Fraction = 1) -> GaussRadau:
    """Return the bounds for a shape and an order, computed once and kept (the last 64 of them).

    Example:
        >>> gauss_radau(4, 7, 10) is gauss_radau(4, 7, 10)
        True
    """
    return GaussRadau(m, n, order, beta)
