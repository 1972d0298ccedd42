"""Gauss and Gauss–Radau rules in balls: proved ends of the mean of every completely monotone function.

The derivatives of such f on [0, ∞), 1/(α + x), 1/(α + x)² and −log(α + x) among them, have the signs (−1)^k (of −log
from k = 1). So the Gauss rule of the moments M_0..M_{2p−1} of any law on [0, ∞) is below its mean, the Gauss–Radau
rule of M_0..M_{2p} with the node 0 above. Nodes and weights are eigenvalues and vectors of the Jacobi matrix, enclosed.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import acb_mat, arb

from wishart_moments.errors import LimitError
from wishart_moments.moments.polynomials import dyadic
from wishart_moments.precision import working_precision
from wishart_moments.spectrum.gauss_radau import coefficients_of

_BITS = 192
_MOST_BITS = 3072


class ProvedRules:
    """The two rules of exact moments M_0..M_K, K >= 2, of a law on [0, ∞) of more than K/2 points.

    Example:
        >>> lower, upper = ProvedRules([Fraction(each) for each in (1, 7, 63, 693, 9009)]).ends(lambda x: 1 / (7 + x))
        >>> round(float(lower), 5), round(float(upper), 5)  # chi-squared of 7 degrees of freedom
        (0.07563, 0.07663)
    """

    def __init__(self, moments: list[Fraction]) -> None:
        self._moments, self._bits = moments, _BITS
        self._enclose()

    def _enclose(self) -> None:
        """Enclose nodes and weights, with twice the bits until their balls are apart."""
        last = len(self._moments) - 1
        odd, even = (last, last - 1) if last % 2 else (last - 1, last)
        while True:
            balls = coefficients_of(self._moments, self._bits)
            with working_precision(self._bits):
                try:
                    self._gauss, self._radau = _rule(balls[: odd + 1]), _rule(balls[: even + 1])
                    return
                except ValueError:  # FLINT's, where it cannot tell eigenvalues apart
                    self._refine()

    def _refine(self) -> None:
        self._bits *= 2
        if self._bits > _MOST_BITS:
            raise LimitError(f"the ends need more than {_MOST_BITS:,} bits; take a smaller n, sigma or order")

    def ends(self, f: Callable[[Any], Any]) -> tuple[Fraction, Fraction]:
        """Return lower <= E f <= upper for a completely monotone f, given in balls.

        Raises:
            LimitError: where 3,072 bits do not tell the nodes from each other and from the pole of f.
        """
        while True:
            with working_precision(self._bits):
                sums: list[Any] = [sum((w * f(x) for x, w in rule), arb(0)) for rule in (self._gauss, self._radau)]
                if all(each.is_finite() for each in sums):
                    return dyadic(sums[0].lower()), dyadic(sums[1].upper())
            self._refine()
            self._enclose()


def _rule(balls: tuple[Any, ...]) -> list[tuple[Any, Any]]:
    """Return nodes and weights: with J = BBᵀ, B lower bidiagonal with the diagonal √c_1, √c_3, … and √c_2, … below."""
    order = len(balls) - 1
    size = order // 2 + 1
    roots: list[Any] = [c.sqrt() for c in balls[1:]] + [arb(0)] * 2
    diagonal, below = roots[0 : 2 * size : 2], roots[1 : 2 * size : 2]
    rows: list[list[Any]] = [[arb(0)] * size for _ in range(size)]
    for i in range(size):
        rows[i][i] = diagonal[i] * diagonal[i] + (below[i - 1] * below[i - 1] if i else 0)
        if i + 1 < size:
            rows[i][i + 1] = rows[i + 1][i] = diagonal[i] * below[i]
    if size == 1:
        return [(rows[0][0], balls[0])]
    values, vectors = acb_mat(rows).eig(right=True)
    found: list[tuple[Any, Any]] = []
    for j, value in enumerate(values):
        # The ball may reach below 0, where no node is.
        node = value.real.max(arb(0))
        parts: list[Any] = [vectors[i, j].real / vectors[0, j].real for i in range(size)]
        norm: Any = sum((part * part for part in parts), arb(0))
        found.append((node, balls[0] / norm))
    return found
