"""The resolvent G(α) = E Σ 1/(α + λ) in closed form, in ball arithmetic: real and complex S at finite size.

The sum is over the N = min(m, n) non-zero eigenvalues of S, at unit variance. Notation of `density`: L_k = L_k^{(a)},
with a = d for complex and a = d − 1 for real S, d = |m − n|. Two facts turn integrals into products:

    ∫ x^a e^{−x} L_i L_k /(α+x) dx = L_i(−α) Q_k   for i <= k,   Q_k = ∫ x^a e^{−x} L_k /(α+x) dx,

since (L_i(x) − L_i(−α))/(x+α) is a polynomial of degree i − 1 < k, and

    (k+1) F_{k+1} − (k+a−1) F_{k−1} = 2 x^{a/2} e^{−x/2} L_k^{(a−1)}(x),
    F_k(x) = ∫_0^x y^{a/2−1} e^{−y/2} L_k^{(a−1)}(y) dy.

The kernel gives Σ_{k<N} (k!/Γ(k+a+1)) L_k(−α) Q_k, all of the complex case. In the real case F_N becomes a sum of
terms x^{a/2} e^{−x/2} L_k^{(a−1)}, which are products again, and of

    odd N:   a constant C, fixed by ∫ρ = N, leaving V_{N−1},  V_k = ∫ x^{a/2} e^{−x/2} L_k^{(a+1)} /(α+x) dx;
    even N:  g(x) = ∫_0^x y^{a/2} e^{−y/2} dy less half its limit, leaving Y_{N−1},
             Y_k = ∫ x^{a/2} e^{−x/2} L_k^{(a+1)} g /(α+x) dx.

Q_k, V_k and Y_k obey the recurrence of the Laguerre polynomials at x = −α with inhomogeneous terms that are known
numbers. Beyond exponentials the answer needs q_s(α), q_s(α/2) and τ(α/2) of `exponential_integrals`, nothing else.
The recurrences lose about 4√(Nα)/log 2 bits; the balls know, and the precision is raised until the result is narrow.
The whole derivation, identity by identity, each of them a test: docs/closed_form.md.

References: Widom, J. Stat. Phys. 94 (1999) 347; Adler, Forrester, Nagao, van Moerbeke, J. Stat. Phys. 99 (2000) 141
(the density); DLMF 18.9 (Laguerre polynomials); Haagerup, Thorbjørnsen, Expo. Math. 21 (2003) 293 (complex case).
"""

from fractions import Fraction
from math import ceil, log2
from typing import NamedTuple

from flint import arb, fmpq

from wishart_moments.errors import LimitError
from wishart_moments.precision import working_precision
from wishart_moments.spectrum.exponential_integrals import stieltjes_gamma, tau

MAX_BITS = 400_000
"""Of working precision: beyond, some minutes."""


def resolvent_enclosure(m: int, n: int, ratio: fmpq, bits: int, beta: int = 1) -> arb:
    """Return a ball that contains E Σ 1/(r + λ) over the min(m, n) non-zero eigenvalues λ of S.

    Args:
        m, n: the shape of W, at least 1.
        ratio: r = α/σ² > 0, exact.
        bits: the relative accuracy wanted.
        beta: 1 (real) or 2 (complex, E|W_ij|² = 1).

    Returns:
        A ball of relative radius below 2^−bits, by a proof that rests on the formulas above.

    Raises:
        LimitError: where more than 400,000 bits of working precision would be needed.

    Example:
        >>> resolvent_enclosure(4, 7, fmpq(7), 60).str(15)
        '[0.332933474182762 +/- 1.94e-16]'
    """
    least, gap = min(m, n), abs(m - n)
    extra = 64
    while True:
        needed = _Precision.estimated(least, gap, ratio, bits + extra)
        if needed.products > MAX_BITS:
            raise LimitError(
                f"{needed.products:,} bits of working precision are needed at m = {m}, n = {n}, {MAX_BITS:,} is the "
                "limit; use fewer digits, or method 'exact'"
            )
        value = _complex(least, gap, ratio, needed) if beta == 2 else _real(least, gap, ratio, needed)
        if value.rel_accuracy_bits() >= bits:
            return value
        extra += max(2 * (bits - value.rel_accuracy_bits()), extra)


class _Precision(NamedTuple):
    """Working precision in bits.

    Attributes:
        products: of the numbers L_k(−α) and Q_k, whose errors grow with the square of L_N(−α).
        rest: of V_k and Y_k, whose errors grow with L_N(−α), and in the steps from g_1 or g_2 to g_{a+2}.
    """

    products: int
    rest: int

    @classmethod
    def estimated(cls, least: int, gap: int, ratio: fmpq, bits: int) -> "_Precision":
        alpha = float(arb(ratio))
        value = difference = 1.0
        exponent = 0
        for k in range(least):
            # L_k / C(k+d, k) at −α, d = gap
            difference = (k * difference + alpha * value) / (k + gap + 1) if k else alpha / (gap + 1)
            value += difference
            if value > 2.0**500:
                value, difference, exponent = value * 2.0**-500, difference * 2.0**-500, exponent + 500
        growth = 1.05 * (exponent + log2(value))
        steps = sum(log2(alpha / s) for s in range(1, gap + 1) if s < alpha)
        return cls(bits + ceil(2 * growth), bits + ceil(growth + steps))


class _Products(NamedTuple):
    """The numbers at x = −α from which ∫ x^a e^{−x} L_i L_k /(α+x) dx = L_i(−α) Q_k is read off, 0 <= i <= k <= N.

    At a = −1 the weight is singular: norms[0] stands for nothing, and the products with L_0 are less by 1/(kα).
    """

    polynomials: list[arb]
    sums: list[arb]
    second_kind: list[arb]
    norms: list[arb]


def _products(degree: int, a: int, ratio: fmpq) -> _Products:
    """Return L_k(−α), Σ_{i<=k} L_i(−α), Q_k and Γ(k+a+1)/k! for k <= degree."""
    alpha = arb(ratio)
    singular = a < 0
    start = 1 if singular else 0
    polynomials, sums = ([arb(1), alpha], [arb(1), 1 + alpha]) if singular else ([arb(1)], [arb(1)])
    difference = alpha - 1 if singular else arb(1)
    for k in range(start, degree):
        difference = ((k + a) * difference + alpha * polynomials[k]) / (k + 1)
        polynomials.append(polynomials[k] + difference)
        sums.append(sums[k] + polynomials[k + 1])
    norm = arb(max(a, 0) + 1).gamma()
    norms = [arb(0), arb(1)] if singular else [norm]
    first = stieltjes_gamma(Fraction(abs(a)), ratio)
    second_kind = [arb(0), first / alpha] if singular else [first]
    for k in range(start, degree):
        source = 0 if k > start else (1 / alpha if singular else norm)
        before = second_kind[k - 1] if k > start else 0
        second_kind.append(((2 * k + 1 + a + alpha) * second_kind[k] - (k + a) * before - source) / (k + 1))
        norms.append(norms[k] * fmpq(k + 1 + a, k + 1))
    return _Products(polynomials, sums, second_kind, norms)


def _kernel(degree: int, a: int, products: _Products) -> arb:
    """Return ∫ K_a(x)/(α+x) dx."""
    terms = range(1 if a < 0 else 0, degree)
    return sum((products.polynomials[k] * products.second_kind[k] / products.norms[k] for k in terms), start=arb(0))


def _complex(least: int, gap: int, ratio: fmpq, needed: _Precision) -> arb:
    with working_precision(needed.products):
        return _kernel(least, gap, _products(least, gap, ratio))


def _real(least: int, gap: int, ratio: fmpq, needed: _Precision) -> arb:
    a = gap - 1
    if least == 1:
        with working_precision(needed.rest):
            # The chi-squared law of gap + 1 degrees of freedom.
            return stieltjes_gamma(Fraction(gap - 1, 2), ratio / 2) / (2 * arb(fmpq(gap + 1, 2)).gamma())
    with working_precision(needed.products):
        products = _products(least, a, ratio)
        paired = _PairedWithTotal(least, a, arb(ratio), products)
        # 2 Σ_j b_j x^{a/2} e^{−x/2} L_k^{(a−1)}, k = N−1, N−3, … down to 0 or 1: the elementary part of F_N.
        elementary, mass, coefficient = arb(0), arb(0), 2 / arb(least)
        for k in range(least - 1, -1, -2):
            elementary += coefficient * (paired.integral(k) - paired.integral(k - 1))
            mass += coefficient * (paired.mass(k) - paired.mass(k - 1))
            if k > 1:
                coefficient *= fmpq(k + a - 1, k - 1)
        factor = arb(least + 1).gamma() / arb(least + a).gamma() / 2
        if least % 2 == 0:
            elementary += coefficient * paired.integral(0)
        explicit = _kernel(least, a, products) - factor * elementary
    with working_precision(needed.rest):
        if least % 2:
            return explicit + _odd_rest(least, a, ratio, factor * mass + (1 if a < 0 else 0))
        return explicit - factor * coefficient / 2 * _even_rest(least, a, ratio)


class _PairedWithTotal:
    """∫ x^a e^{−x} L_{N−1}^{(a+1)} L_k dx, with and without the factor 1/(α+x); L_{N−1}^{(a+1)} = Σ_{i<N} L_i."""

    def __init__(self, least: int, a: int, alpha: arb, products: _Products) -> None:
        self._a, self._alpha, self._products = a, alpha, products
        self._beyond = [arb(0)] * (least + 1)
        for i in range(least - 1, -1, -1):
            self._beyond[i] = self._beyond[i + 1] + products.second_kind[i]

    def integral(self, k: int) -> arb:
        # At a = −1 the coefficients of L_0 add up to zero, and its divergent integral drops out.
        if k < 0 or (self._a < 0 and k == 0):
            return arb(0)
        below = self._products.sums[k - 1] if k > 0 else arb(0)
        value = below * self._products.second_kind[k] + self._products.polynomials[k] * self._beyond[k]
        return value - 1 / (k * self._alpha) if self._a < 0 else value

    def mass(self, k: int) -> arb:
        return arb(0) if k < 0 or self._a < 0 else self._products.norms[k]


def _odd_rest(least: int, a: int, ratio: fmpq, mass: arb) -> arb:
    """Return mass · V_{N−1}/∫ x^{a/2} e^{−x/2} L_{N−1}^{(a+1)} dx: the part that the constant C contributes."""
    alpha, power = arb(ratio), arb(2) ** fmpq(a, 2)
    value, before = power * stieltjes_gamma(Fraction(a, 2), ratio / 2), arb(0)
    integral = 2 * power * arb(fmpq(a + 2, 2)).gamma()
    for k in range(least - 1):
        source = integral if k % 2 == 0 else 0
        following = ((2 * k + 2 + a + alpha) * value - (k + a + 1) * before - source) / (k + 1)
        value, before = following, value
        if k % 2:
            integral *= fmpq(k + a + 1, k + 1)
    return mass * value / integral


def _even_rest(least: int, a: int, ratio: fmpq) -> arb:
    """Return Y_{N−1}."""
    alpha = arb(ratio)
    value, before = _y_of_degree_zero(a + 2, ratio), arb(0)
    # ∫ x^{a/2} e^{−x/2} L_k^{(a+1)} g dx vanishes for even k and has a two-term recurrence for odd k.
    integral = -2 * arb(a + 2).gamma()
    for k in range(least - 1):
        source = integral if k % 2 else 0
        following = ((2 * k + 2 + a + alpha) * value - (k + a + 1) * before - source) / (k + 1)
        value, before = following, value
        if k % 2:
            integral *= fmpq(k + 2 + a, k + 2)
    return value


def _y_of_degree_zero(s: int, ratio: fmpq) -> arb:
    """Return ∫ x^{s/2−1} e^{−x/2} g_s(x) /(α+x) dx, g_s = ∫_0^x y^{s/2−1} e^{−y/2} dy less half its limit, s >= 1.

    g_{s+2} = s g_s − 2 x^{s/2} e^{−x/2} carries it from s = 1 (error functions) or 2 (exponentials) in steps of two.
    """
    alpha = arb(ratio)
    if s % 2:
        order, moment = 1, arb(1)
        value = 2 * tau(ratio / 2) - arb.pi().sqrt() / 2 * stieltjes_gamma(Fraction(-1, 2), ratio / 2)
    else:
        order, moment = 2, arb(2)
        value = stieltjes_gamma(Fraction(0), ratio / 2) - 2 * stieltjes_gamma(Fraction(0), ratio)
    if order == s:
        return value
    integral = stieltjes_gamma(Fraction(order), ratio)
    while order < s:
        value = -order * alpha * value - 2 * integral
        for _ in range(2):
            integral = moment - alpha * integral
            order += 1
            moment *= order
    return value
