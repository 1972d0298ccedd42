"""The weights of Laguerre and Jacobi at a point, in balls: orthonormal polynomials, and what lies below the point.

For a weight w on (0, ∞) or (0, 1), f = x or x(1 − x), and p_k orthonormal for w with positive leading coefficients,

    x p_k = h_k p_{k+1} + d_k p_k + h_{k−1} p_{k−1},   (f w p_k')' = −λ_k w p_k,
    n p_k := f p_k' + ½ (f w)'/w p_k = −c_k p_{k+1} + c_{k−1} p_{k−1}.

    Laguerre: w = x^α e^{−x},        h_k² = (k+1)(k+1+α),  d_k = 2k+1+α,  λ_k = k,  c_k = h_k/2;
    Jacobi:   w = x^a (1 − x)^b,     λ_k = k(k+a+b+1),  c_k = (2k+a+b+2) h_k/2.

References: Szegő, Orthogonal Polynomials (1939), chapters 4, 5; Adler, Forrester, Nagao, van Moerbeke, J. Stat. Phys.
99 (2000) 141 (the operator n).
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from flint import arb, ctx

from wishart_moments.moments.balls import ball


class Weight(Protocol):
    """A weight at a point t, with f(t), p_0(t) √w(t), and integrals of √(w/f) p_0 and w p_0²."""

    def step(self, k: int) -> arb:
        """Return h_k."""
        ...

    def middle(self, k: int) -> arb:
        """Return d_k."""
        ...

    def eigenvalue(self, k: int) -> Fraction:
        """Return λ_k."""
        ...

    def slope(self, k: int) -> arb:
        """Return c_k."""
        ...

    def at(self, t: Fraction) -> tuple[arb, arb]:
        """Return f(t) and p_0(t) √w(t)."""
        ...

    def mass(self, t: Fraction, *, upper: bool) -> arb:
        """Return the integral of w p_0² below t, or above."""
        ...

    def root_mass(self, t: Fraction | None, *, upper: bool = False) -> arb:
        """Return the integral of √(w/f) p_0 below t, or above; with None all of it."""
        ...


@dataclass(frozen=True)
class Laguerre:
    """x^α e^{−x} on (0, ∞), α > −1.

    Example:
        >>> Laguerre(Fraction(0)).mass(Fraction(1), upper=True)  # 1/e
        [0.36787944117144 +/- 4.68e-15]
    """

    alpha: Fraction

    def step(self, k: int) -> arb:
        """Return h_k."""
        return ball((k + 1) * (k + 1 + self.alpha)).sqrt()

    def middle(self, k: int) -> arb:
        """Return d_k."""
        return ball(2 * k + 1 + self.alpha)

    def eigenvalue(self, k: int) -> Fraction:
        """Return λ_k."""
        return Fraction(k)

    def slope(self, k: int) -> arb:
        """Return c_k."""
        return self.step(k) / 2

    def at(self, t: Fraction) -> tuple[arb, arb]:
        """Return f(t) and p_0(t) √w(t)."""
        z, alpha = ball(t), ball(self.alpha)
        return z, (z**alpha * (-z).exp() / (alpha + 1).gamma()).sqrt()

    def mass(self, t: Fraction, *, upper: bool) -> arb:
        """Return the integral of w p_0² below t, or above."""
        return _incomplete_gamma(self.alpha + 1, ball(t), upper=upper)

    def root_mass(self, t: Fraction | None, *, upper: bool = False) -> arb:
        """Return the integral of √(w/f) p_0 below t, or above; with None all of it."""
        s = (self.alpha + 1) / 2
        whole = arb(2) ** ball(s) * ball(s).gamma() / ball(self.alpha + 1).gamma().sqrt()
        return whole if t is None else whole * _incomplete_gamma(s, ball(t / 2), upper=upper)


@dataclass(frozen=True)
class Jacobi:
    """x^a (1 − x)^b on (0, 1), a, b > −1.

    Example:
        >>> Jacobi(Fraction(1), Fraction(0)).mass(Fraction(1, 2), upper=False)
        [0.250000000000000 +/- 3.89e-16]
    """

    a: Fraction
    b: Fraction

    def step(self, k: int) -> arb:
        """Return h_k."""
        s = 2 * k + self.a + self.b
        above = (k + 1) * (k + 1 + self.a) * (k + 1 + self.b)
        # For k = 0, a + b = −1 a factor k + 1 + a + b cancels against s + 1.
        above *= Fraction(1) if k == 0 else Fraction(k + 1 + self.a + self.b, s + 1)
        return (ball(above / (s + 3))).sqrt() / ball(s + 2)

    def middle(self, k: int) -> arb:
        """Return d_k."""
        s, total = 2 * k + self.a + self.b, self.a + self.b
        return ball((1 + ((self.a - self.b) * total / (s * (s + 2)) if k else (self.a - self.b) / (s + 2))) / 2)

    def eigenvalue(self, k: int) -> Fraction:
        """Return λ_k."""
        return k * (k + self.a + self.b + 1)

    def slope(self, k: int) -> arb:
        """Return c_k."""
        return ball(Fraction(2 * k + self.a + self.b + 2) / 2) * self.step(k)

    def at(self, t: Fraction) -> tuple[arb, arb]:
        """Return f(t) and p_0(t) √w(t)."""
        z, y = ball(t), ball(1 - t)
        return z * y, (z ** ball(self.a) * y ** ball(self.b) / _beta(self.a + 1, self.b + 1)).sqrt()

    def mass(self, t: Fraction, *, upper: bool) -> arb:
        """Return the integral of w p_0² below t, or above."""
        return _incomplete_beta(self.a + 1, self.b + 1, t, upper=upper)

    def root_mass(self, t: Fraction | None, *, upper: bool = False) -> arb:
        """Return the integral of √(w/f) p_0 below t, or above; with None all of it."""
        p, q = (self.a + 1) / 2, (self.b + 1) / 2
        whole = _beta(p, q) / _beta(self.a + 1, self.b + 1).sqrt()
        return whole if t is None else whole * _incomplete_beta(p, q, t, upper=upper)


def _beta(p: Fraction, q: Fraction) -> arb:
    return ball(p).gamma() * ball(q).gamma() / ball(p + q).gamma()


def _incomplete_gamma(s: Fraction, z: arb, *, upper: bool) -> arb:
    """Return γ(s, z)/Γ(s) = z^s e^{−z} Σ_k z^k/(s)_{k+1}/Γ(s), or 1 less a bound of what lies beyond z; or 1 − that.

    FLINT's own function takes minutes where s is large and near z.
    """
    exponent = ball(s)
    power = z**exponent * (-z).exp() / exponent.gamma()
    beyond = power / (z - exponent + 1)
    if z > exponent and beyond < arb(2) ** -ctx.prec:
        tail = beyond * arb(0.5, 0.5)
        return tail if upper else 1 - tail
    lower = power * _positive_series(lambda k: z / (exponent + k), 1 / exponent)
    return 1 - lower if upper else lower


def _incomplete_beta(p: Fraction, q: Fraction, t: Fraction, *, upper: bool) -> arb:
    """Return the regularised incomplete beta function below t, or above, by a series on the nearer side."""
    if t * (p + q) > p:
        p, q, t, upper = q, p, 1 - t, not upper
    lower = _lower_beta(p, q, t)
    return 1 - lower if upper else lower


def _lower_beta(p: Fraction, q: Fraction, t: Fraction) -> arb:
    """Return I_t(p, q) = t^p (1 − t)^q/(p B(p, q)) Σ_k (p + q)_k/(p + 1)_k t^k."""
    z, first, both = ball(t), ball(p), ball(p + q)
    power = z**first * ball(1 - t) ** ball(q) / (first * _beta(p, q))
    return power * _positive_series(lambda k: z * (both + k - 1) / (first + k), arb(1), None if q >= 1 else z)


def _positive_series(ratio: Callable[[int], arb], first: arb, limit: arb | None = None) -> arb:
    """Return Σ_k of positive terms from `first`, term_k = term_{k−1} ratio(k), the ratio falling or below a limit."""
    total = term = first
    least, k = arb(2) ** -ctx.prec, 0
    while True:
        for _ in range(16):
            k += 1
            term = term * ratio(k)
            total += term
        following = ratio(k + 1) if limit is None else limit
        if following < 1 and (rest := term * following / (1 - following)) < total * least:
            return total + rest * arb(0.5, 0.5)
