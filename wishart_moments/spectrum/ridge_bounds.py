"""Proved ends of the degrees of freedom E tr S(αI + S)^{-1} at every Σ, from exact moments: nothing else is used.

E tr S^k, k <= K, exact at numbers Σ and n, are the moments of the mean law μ of the N = min(rank Σ, n) non-zero
eigenvalues: `gauss_radau` turns them into two convergents of a continued fraction, one above, one below. Where q
negative moments exist too, those from −q on are the moments of the law ν = x^{−q}μ, and with its resolvent G_ν

    E tr S(rI + S)^{-1} = Σ_{i<=q} (−r)^i E tr S^{−i} + (−r)^{q+1} G_ν(r).

With `ProvedRules` of μ the other functions of ridge regression have ends: 1/(α + x), 1/(α + x)² and −log(α + x) are
completely monotone.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from flint import arb, fmpq

from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments.expectation import trace_product_moment
from wishart_moments.moments.polynomials import dyadic
from wishart_moments.moments.wishart import Wishart
from wishart_moments.precision import working_precision
from wishart_moments.spectrum.gauss_radau import coefficients_of, convergent
from wishart_moments.spectrum.proved_rules import ProvedRules

MAX_ORDER = 30
"""The most moments: each takes some seconds there."""


MAX_NEGATIVE = 6
"""The most negative moments."""


class Ends(NamedTuple):
    """lower <= value <= upper, two rational numbers."""

    lower: Fraction
    upper: Fraction


def ridge_bounds(
    alpha: Any, n: Any, scale: Any, *, beta: Any = 1, sigma: Any = 1, order: Any = 12, negative: Any = None
) -> Ends:
    """Return lower <= E tr S(αI + S)^{-1} <= upper, proved, S = Σ^{1/2} W W^† Σ^{1/2} with n degrees of freedom.

    E tr(αI + S)^{-1} is m less that, over α.

    Args:
        alpha, n, scale, sigma: as for `ridge_degrees_of_freedom`; floats are the dyadic rationals they are.
        beta: any positive rational; 2 for a complex scale.
        order: K, the moments that are used, 1 to 30.
        negative: q, the negative moments that are used besides, 0 to 6; default 2, or as many as exist.

    Returns:
        Two fractions. They narrow with K, q and α: at Σ = diag(1..4), n = 9, α = 5, K = 16 they are 1e-2 apart with
        q = 0.

    Raises:
        DomainError: for an argument outside its domain; MethodError: for a symbolic scale.
        ExistenceError: where fewer than `negative` moments exist; LimitError: for order > 30 or negative > 6.

    Example:
        >>> lower, upper = ridge_bounds(20, 3, [[1, 0], [0, 4]])  # 0.4291671932
        >>> round(float(lower), 6), round(float(upper), 6)
        (0.429142, 0.429208)
    """
    law = ExactLaw(alpha, n, scale, beta, sigma, order)
    if law.size == 0 or law.sigma == 0:
        return Ends(Fraction(0), Fraction(0))
    count = min(2, law.negative) if negative is None else domain.order(negative, "negative")
    if count > MAX_NEGATIVE:
        raise LimitError(f"need negative <= {MAX_NEGATIVE}, got {count}")
    lower, upper = Fraction(0), Fraction(law.size)
    for q in {0, count}:
        ends = _convergents([law.moment(k) for k in range(-q, law.order + 1)], q, law.alpha / law.sigma**2)
        lower, upper = max(lower, ends.lower), min(upper, ends.upper)
    return Ends(lower, upper)


class ExactLaw:
    """S at exact numbers: E tr S^k / σ^{2k} as fractions, k = 0 counting the eigenvalues other than 0."""

    def __init__(self, alpha: Any, n: Any, scale: Any, beta: Any, sigma: Any, order: Any) -> None:
        self.order = domain.order(order, "order")
        if not 1 <= self.order <= MAX_ORDER:
            raise LimitError(f"need order from 1 to {MAX_ORDER}, got {self.order}")
        self.alpha = Fraction(domain.number(alpha, "alpha", "> 0"))
        if self.alpha <= 0:
            raise DomainError(f"need alpha > 0 and finite, got {domain.shown(alpha)}")
        law = Wishart(n=n, sigma=sigma, beta=beta, scale=scale)
        if not law.numeric or domain.is_symbolic(law.sigma):
            raise MethodError("bounds need numbers for n, sigma and beta")
        try:
            self.rows = [[_exact(entry) for entry in row] for row in law.given_scale.rows()]
        except TypeError:
            raise MethodError("bounds need a scale of numbers") from None
        self.m, self.n, self.beta, self.sigma = law.m, law.n, law.beta, Fraction(law.sigma)
        self.rank = int(Wishart(scale=self.rows, beta=law.beta).given_scale.matrix.rank())
        self.size = min(self.rank, law.n) if isinstance(law.n, int) else self.rank

    @property
    def negative(self) -> int:
        """How many negative moments exist: q with n − m + 1 > 2q/β, where Σ is positive definite."""
        if self.rank < self.m:
            return 0
        margin = Fraction(self.beta) * (Fraction(self.n) - self.m + 1) / 2
        return max(-(-margin.numerator // margin.denominator) - 1, 0)

    def moment(self, k: int) -> Fraction:
        """Return E tr S^k at sigma = 1."""
        if k == 0:
            return Fraction(self.size)
        found: Any = trace_product_moment([k], n=self.n, scale=self.rows, beta=self.beta)
        return Fraction(int(found.numerator), int(found.denominator))

    def ends(self, f: Callable[[Any], Any]) -> Ends:
        """Return lower <= Σ E f(λ) <= upper over the eigenvalues λ of S/σ² other than 0, f completely monotone."""
        return Ends(*ProvedRules([self.moment(k) for k in range(self.order + 1)]).ends(f))


def _exact(entry: Any) -> Any:
    if isinstance(entry, complex):
        import sympy as untyped

        sympy: Any = untyped
        real, imaginary = (sympy.Rational(*part.as_integer_ratio()) for part in (entry.real, entry.imag))
        return real + sympy.I * imaginary
    try:
        return Fraction(entry)
    except TypeError:
        if getattr(entry, "is_number", False):
            return entry
        raise


def _convergents(moments: list[Fraction], q: int, ratio: Fraction) -> Ends:
    """Return the ends of Σ_{i<=q} (−r)^i M_{−i} + (−r)^{q+1} G_ν(r) from M_{−q}, M_{1−q}, …"""
    last = len(moments) - 1
    with working_precision(256):
        balls = coefficients_of(moments, 192)
        r = arb(fmpq(ratio.numerator, ratio.denominator))
        kept: list[Any] = [convergent(k, r, balls) for k in (last, last - 1)]  # N_0 − r G_ν
        head = sum(((-ratio) ** i * moments[q - i] for i in range(q)), Fraction(0))
        first = arb(fmpq(head.numerator, head.denominator))
        factor = arb(fmpq(ratio.numerator, -ratio.denominator)) ** q
        # (−r)^q N_0 + (−r)^{q+1} G_ν = (−r)^q (N_0 − r G_ν)
        values = [first + factor * each for each in kept]
        return Ends(*(dyadic(end) for end in (min(v.lower() for v in values), max(v.upper() for v in values))))
