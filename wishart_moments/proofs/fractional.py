"""E tr S^s for real s, in closed form: rational numbers times Gamma functions, and for even m an incomplete Beta.

Complex and quaternion W, c = β(n − m + 1)/2. The density of the eigenvalues is x^{c−1} e^{−βx/2} times a polynomial of
degree β(m − 1), so that

    M_s = (2/β)^s Γ(s + c)/Γ(c) · P(s),    P a polynomial of that degree: P(k) = M_k (β/2)^k/(c)_k at k = 0, 1, ….

Real W, with the density of `densities`, N = m − 1, a = n − m, b = (a + 1)/2, L = L_N^{(a)} = Σ l_i x^i. Its first part
is the complex density of N rows at the same a. For the second, F = x u Q + κ g + C with the polynomial Q and the number
κ that F' = (N + a) u L_{N−1}^{(a)} asks for, and g = ∫_0^x u less half its limit. Then

    M_s = Γ(s + a + 1)/Γ(a + 1) · A(s)  +  δ B(s)/B(0) · 2^s Γ(s + b)/Γ(b)              (odd m: κ = 0, δ = m − A(0)),
    M_s = Γ(s + a + 1)/Γ(a + 1) · A(s)  −  ½ h κ B(s) · J(s)/Γ(a + 1)                   (even m: C = 0, A(0) = m),

    B(s) = Σ l_i 2^i (s + b)_i,   h = N!/(a + 1)_N,
    J(s) = ∫ x^s u g dx = 2^{s+a+1} [Γ(s + a + 1) B_{1/2}(b, s + b) − ½ Γ(b) Γ(s + b)],

A rational in s and B a polynomial. At half-integers everything is a rational combination of √π and √(2π), or √(2/π).
Every sequence M_s, M_{s+1}, … obeys the recurrences of `theorems`; so do the two rational ones separately.

References: Adler, Forrester, Nagao, van Moerbeke, J. Stat. Phys. 99 (2000) 141 (the density); Cunden, Mezzadri,
O'Connell, Simm, Comm. Math. Phys. 369 (2019) 1091 (moments of complex order, β = 2).
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, log2
from typing import TYPE_CHECKING, Any

from flint import arb, fmpq, fmpq_poly

from wishart_moments import domain
from wishart_moments.errors import DomainError, ExistenceError, LimitError
from wishart_moments.moments.polynomials import dyadic, rational
from wishart_moments.moments.recurrence import trace_moments_at
from wishart_moments.moments.recurrence_coefficients import coefficients
from wishart_moments.moments.wishart import Wishart
from wishart_moments.precision import working_precision
from wishart_moments.proofs.enclosure import MAX_DIGITS, Enclosure

if TYPE_CHECKING:
    import sympy

MAX_N, MAX_EXACT_N = 10**5, 10**4
"""The largest n; of an exact value, which is a quotient of factorials of that size."""

MAX_M, MAX_S = 1000, 1000
"""The largest dimension, and the largest |s|: the polynomials have some 4 m coefficients of as many digits."""


def fractional_moment(s: Any, m: Any, n: Any, *, sigma: Any = 1, beta: Any = 1, digits: int = 15) -> Enclosure:
    """Return lower <= E tr S^s <= upper, rigorously, as narrow as the digits asked for.

    Args:
        s: a real number, |s| <= 1000, > −β(n − m + 1)/2: "1/2", Fraction, float (the dyadic rational that it is).
        m: the dimension, 1 to 1000.
        n: the degrees of freedom, an integer >= 1 or a real number > m − 1.
        sigma: the standard deviation of an entry, > 0.
        beta: 1, 2 or 4.
        digits: significant digits, 1 to 1000.

    Returns:
        Two rationals, upper − lower <= 10^−digits · upper; ball arithmetic carries every rounding.

    Raises:
        ExistenceError: where E tr S^s is infinite.
        DomainError, LimitError: for other arguments outside their domains.

    Example:
        >>> fractional_moment("1/2", 1, 1).decimal(15)  # sqrt(2/pi)
        '0.797884560802865'
        >>> fractional_moment("1/2", 4, 7, digits=30).decimal(30)
        '9.58079853280786053838364733605'
    """
    law, exponent = law_of(s, m, n, beta)
    size = Fraction(domain.number(sigma, "sigma", "> 0"))
    if size <= 0:
        raise DomainError(f"need sigma > 0 and finite, got {domain.shown(sigma)}")
    count = domain.order(digits, "digits")
    if not 1 <= count <= MAX_DIGITS:
        raise LimitError(f"need 1 <= digits <= {MAX_DIGITS}, got {count}")
    wanted = ceil(count * log2(10)) + 4
    bits = wanted + 32
    while True:
        with working_precision(bits):
            ball = law.value(exponent) * arb(rational(size**2)) ** rational(exponent)
            if ball.rel_accuracy_bits() >= wanted:
                return Enclosure(dyadic(ball.lower()), dyadic(ball.upper()))
        bits *= 2


def half_integer_moments(count: Any, m: Any, n: Any, *, beta: Any = 1) -> "list[sympy.Expr]":
    """Return [E tr S^{1/2}, E tr S^{3/2}, …], so many of them, at unit variance; exact.

    Args:
        count: how many, at least 1.
        m, n: integers, 1 <= m <= 1000.
        beta: 1, 2 or 4.

    Returns:
        Exact: r √π + t √(2π), or r √π + t √(2/π), with rational r and t: the first ones from the closed form, two for
        complex and four for real and quaternion W, all others by the recurrence.

    Raises:
        DomainError: for an argument outside its domain, another beta and an n that is no integer among them.
        LimitError: for a count, a min(m, n) or an n beyond the limits.

    Example:
        >>> half_integer_moments(2, 2, 2)
        [-sqrt(2)*sqrt(pi)/2 + 2*sqrt(pi), -3*sqrt(2)*sqrt(pi) + 9*sqrt(pi)]
        >>> half_integer_moments(1, 3, 3), half_integer_moments(1, 2, 3, beta=2)
        ([2*sqrt(2)/sqrt(pi) + 3*sqrt(pi)/2], [57*sqrt(pi)/32])
    """
    law, _ = law_of(Fraction(1, 2), m, n, beta)
    length = domain.order(count, "count")
    if not 1 <= length <= MAX_S:
        raise LimitError(f"need 1 <= count <= {MAX_S}, got {length}")
    if law.n > MAX_EXACT_N:
        raise LimitError(f"need n <= {MAX_EXACT_N:,} for exact values, got {domain.shown(law.n)}")
    if Fraction(law.n).denominator != 1:
        raise DomainError(f"need n to be an integer for exact values, got {domain.shown(law.n)}")
    import sympy as untyped

    sympy: Any = untyped
    pairs = half_integer_pairs(length, law)
    other = sympy.sqrt(2) * (1 / sympy.sqrt(sympy.pi) if law.odd_and_even else sympy.sqrt(sympy.pi))
    return [sympy.sqrt(sympy.pi) * _symbol(sympy, r) + other * _symbol(sympy, t) for r, t in pairs]


def _symbol(sympy: Any, value: fmpq) -> Any:
    return sympy.Rational(int(value.p), int(value.q))


def half_integer_pairs(count: int, law: "RealOrder") -> list[tuple[fmpq, fmpq]]:
    """Return the pairs (r, t) of E tr S^{k+1/2}, k = 0..count−1."""
    order = 2 if law.beta == 2 else 4
    pairs = [law.pair(k) for k in range(min(count, order))]
    for k in range(count - len(pairs)):
        *known, last = (rational(p) for p in coefficients(law.beta, k + Fraction(1, 2), law.m, law.n))
        r, t = (-sum((p * x[i] for p, x in zip(known, pairs[k:], strict=True)), fmpq(0)) / last for i in (0, 1))
        pairs.append((r, t))
    return pairs


def law_of(s: Any, m: Any, n: Any, beta: Any) -> tuple["RealOrder", Fraction]:
    """Return the law, of the smaller of WW^† and W^†W where both sizes are integers, and s, admitted."""
    admitted = Wishart(m, n, beta=beta)
    if not admitted.numeric or admitted.beta not in (1, 2, 4):
        raise DomainError("need m and n as numbers, and beta 1, 2 or 4, for E tr S^s")
    exponent = Fraction(domain.number(s, "s", "to be real"))
    if abs(exponent) > MAX_S:
        raise LimitError(f"need |s| <= {MAX_S}, got {domain.shown(exponent)}")
    rows, columns = admitted.m, admitted.n
    if columns < rows and Fraction(columns).denominator == 1:
        if exponent <= 0:
            raise ExistenceError(f"need s > 0 for n < m, got s = {domain.shown(exponent)}: S is singular")
        rows, columns = columns, rows
    if rows > MAX_M:
        raise LimitError(f"need min(m, n) <= {MAX_M} for E tr S^s, got {domain.shown(rows)}")
    if columns > MAX_N:
        raise LimitError(f"need n <= {MAX_N:,} for E tr S^s, got {domain.shown(columns)}")
    bound = -Fraction(admitted.beta) * (columns - rows + 1) / 2
    if exponent <= bound:
        raise ExistenceError(f"need s > {bound} for a finite moment, got {domain.shown(exponent)}")
    return RealOrder(int(rows), columns, int(admitted.beta)), exponent


@dataclass(frozen=True)
class RealOrder:
    """S with m <= n, or n > m − 1 real, and its moments of real order."""

    m: int
    n: int | Fraction
    beta: int

    @property
    def odd_and_even(self) -> bool:
        """Whether m is odd and n − m even, real W: then √(2/π) takes the place of √(2π)."""
        return self.beta == 1 and self.m % 2 == 1 and (self.n - self.m) % 2 == 0

    def value(self, s: Fraction) -> arb:
        """Return a ball that contains E tr S^s."""
        x = rational(s)
        if self.beta != 1:
            c = rational(Fraction(self.beta) * (self.n - self.m + 1) / 2)
            return arb(fmpq(2, self.beta)) ** x * _gamma_ratio(x, c) * _even_polynomial(self.m, self.n, self.beta, x)
        parts = _real_parts(self.m, self.n)
        first = _gamma_ratio(x, parts.a + 1) * parts.rational(x)
        b = parts.b
        if self.m % 2:
            return first + arb(2) ** x * _gamma_ratio(x, b) * parts.other(x)
        both = _gamma_ratio(x, parts.a + 1) * arb(fmpq(1, 2)).beta_lower(b, x + b)
        halves = arb(b).gamma() * arb(x + b).gamma() / (2 * arb(parts.a + 1).gamma())
        return first + parts.other(x) * arb(2) ** (x + parts.a + 1) * (both - halves)

    def pair(self, k: int) -> tuple[fmpq, fmpq]:
        """Return (r, t) of E tr S^{k+1/2}; n an integer."""
        x = fmpq(2 * k + 1, 2)
        if self.beta != 1:
            c = fmpq(self.beta * (int(self.n) - self.m + 1), 2)
            found = _half_ratio(x, c) * _even_polynomial(self.m, self.n, self.beta, x)
            # (1/2)^{k+1/2} = √2/2^{k+1}
            return (found, fmpq(0)) if self.beta == 2 else (fmpq(0), found / fmpq(2) ** (k + 1))
        parts = _real_parts(self.m, self.n)
        a, b, other = parts.a, parts.b, parts.other(x)
        ratio, power = _half_ratio(x, a + 1), fmpq(2) ** k
        first = ratio * parts.rational(x)
        if self.m % 2:
            # 2^{k+1/2} Γ(x + b)/Γ(b)
            return first, other * power * _half_ratio(x, b)
        straight, crossed = _half_beta(b, x + b)
        scale = other * power * fmpq(2) ** int(a + 1)
        # √2 · (straight + crossed √2) √π; and Γ(b)Γ(x+b) = √π times a rational number.
        product = _half_gamma(b) * _half_gamma(x + b) / (2 * _half_gamma(a + 1))
        return first + 2 * scale * ratio * crossed, scale * (ratio * straight - product)


def _gamma_ratio(x: fmpq, c: fmpq) -> arb:
    return arb(x + c).gamma() / arb(c).gamma()


def _half_gamma(x: fmpq) -> fmpq:
    """Return Γ(x) at an integer or half-integer x > 0, at the latter over √π."""
    start = fmpq(1) if x.q == 1 else fmpq(1, 2)
    value = fmpq(1)
    while start < x:
        value *= start
        start += 1
    return value


def _half_ratio(x: fmpq, c: fmpq) -> fmpq:
    """Return Γ(x + c)/Γ(c) for a half-integer x, over √π at an integer c and times √π at a half-integer one."""
    return _half_gamma(x + c) / _half_gamma(c)


def _half_beta(b: fmpq, p: fmpq) -> tuple[fmpq, fmpq]:
    """Return (r, t) with B_{1/2}(b, p) = r + t √2, one of b and p an integer, the other a half-integer."""
    half = fmpq(1, 2)

    def power(x: fmpq) -> fmpq:  # 2^{−x} over √2 at a half-integer x
        return half ** int(x + half)

    term, straight, crossed = fmpq(1), fmpq(0), fmpq(0)
    if p.q == 1:  # ∫_0^{1/2} v^{b−1} (1 − v)^{p−1} dv, the second factor expanded
        for j in range(int(p)):
            crossed += term * power(b + j) / (b + j)
            term = -term * (int(p) - 1 - j) / (j + 1)
    else:  # ∫_{1/2}^1 (1 − w)^{b−1} w^{p−1} dw, the first one
        for j in range(int(b)):
            straight += term / (p + j)
            crossed -= term * power(p + j) / (p + j)
            term = -term * (int(b) - 1 - j) / (j + 1)
    return straight, crossed


@lru_cache(maxsize=64)
def _even_values(m: int, n: int | Fraction, beta: int) -> tuple[fmpq, ...]:
    """Return P(0), P(1), …, P(β(m−1))."""
    c = rational(Fraction(beta) * (n - m + 1) / 2)
    values, scale = list[fmpq](), fmpq(1)
    for k, moment in enumerate(trace_moments_at(beta * (m - 1), m, n, beta)):
        values.append(fmpq(moment) * scale)
        scale *= fmpq(beta, 2) / (c + k)
    return tuple(values)


def _even_polynomial(m: int, n: int | Fraction, beta: int, x: fmpq) -> fmpq:
    """Return P(x), by Lagrange's formula at 0, 1, …, d."""
    values = _even_values(m, n, beta)
    degree = len(values) - 1
    if x.q == 1 and 0 <= x <= degree:
        return values[int(x)]
    whole, weight, total = fmpq(1), fmpq((-1) ** degree), fmpq(0)
    for k, value in enumerate(values):
        total += weight * value / (x - k)
        weight = -weight * (degree - k) / (k + 1)
        whole *= (x - k) / (k or 1)
    return total * whole


class _RealParts:
    """A(s) and the factor of the second function of s, for real W."""

    def __init__(self, m: int, n: int | Fraction) -> None:
        self._m, self._n = m, n
        self.a = a = rational(n - m)
        self.b = b = (a + 1) / 2
        degree = m - 1
        self._laguerre = _laguerre(degree, a)
        slope = [(degree + a) * c for c in _laguerre(degree - 1, a)] if degree else []
        quotient, value = list[fmpq](), fmpq(0)
        for i in range(len(slope) - 1, 0, -1):
            value = 2 * ((b + i) * value - slope[i])
            quotient.append(value)
        self._kappa = slope[0] - b * value if slope else fmpq(0)
        self._half = fmpq(1, 2)
        for i in range(1, degree + 1):
            self._half *= fmpq(i) / (a + i)
        self._products = list((fmpq_poly(self._laguerre) * fmpq_poly(quotient[::-1])).coeffs())

    def rational(self, x: fmpq) -> fmpq:
        """Return A(x)."""
        m, a = self._m, self.a
        kernel = _even_polynomial(m - 1, self._n - 1, 2, x) if m > 1 else fmpq(0)
        total = _rising_sum(self._products, x + a + 1, fmpq(1))
        if m % 2 == 0:
            # The part of ∫ x^{s+i} u g dx that is no multiple of the first one, i = 0.
            beyond, rising = fmpq(0), fmpq(1)
            for i, c in enumerate(self._laguerre):
                total += self._kappa * c * beyond
                beyond = 2 * (x + self.b + i) * beyond + 2 * rising
                rising *= x + a + 1 + i
        return kernel - self._half * total

    def other(self, x: fmpq) -> fmpq:
        """Return δ B(x)/B(0) for odd m, −½ h κ B(x) for even m."""
        value = _rising_sum(self._laguerre, x + self.b, fmpq(2))
        if self._m % 2 == 0:
            return -self._half * self._kappa * value
        return (self._m - self.rational(fmpq(0))) * value / _rising_sum(self._laguerre, self.b, fmpq(2))


@lru_cache(maxsize=64)
def _real_parts(m: int, n: int | Fraction) -> _RealParts:
    return _RealParts(m, n)


def _laguerre(degree: int, a: fmpq) -> list[fmpq]:
    """Return the coefficients of L_degree^{(a)}."""
    value = fmpq(1)
    for i in range(1, degree + 1):
        value *= (a + i) / i
    found = [value]
    for i in range(degree):
        value = -value * (degree - i) / ((a + 1 + i) * (i + 1))
        found.append(value)
    return found


def _rising_sum(values: list[fmpq], start: fmpq, base: fmpq) -> fmpq:
    """Return Σ c_i base^i (start)_i."""
    total = fmpq(0)
    for i in range(len(values) - 1, -1, -1):
        total = values[i] + base * (start + i) * total
    return total
