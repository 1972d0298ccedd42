"""The output variance of an LDLT layer between two rational numbers: every digit proved, for every σ.

Two routes that share nothing but the layer's formula, chosen by cost:

- the closed form of the finite-size resolvent in ball arithmetic (`spectrum.closed_form`), at any r = α/σ²;
- Gauss and Gauss–Radau bounds from exact moments (`spectrum.gauss_radau`), where few moments give the digits: r large.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from math import ceil, log2, sqrt
from typing import Any, NamedTuple

from flint import arb, fmpq

from wishart_moments import domain
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.moments.polynomials import dyadic
from wishart_moments.precision import working_precision
from wishart_moments.proofs.certificates import Certificate, bound_certificate, evaluation_certificate
from wishart_moments.proofs.enclosure import MAX_DIGITS, Enclosure
from wishart_moments.spectrum.closed_form import resolvent_enclosure
from wishart_moments.spectrum.gauss_radau import gauss_radau, stieltjes_coefficients
from wishart_moments.variance.arguments import sizes
from wishart_moments.variance.sigma import parse_sigma

METHODS = ("auto", "closed-form", "moments")

_FEW_MOMENTS = 80
"""Up to this order the bounds from moments cost less than the closed form."""

_MOST_MOMENTS = 1000

_MOST_CERTIFIED = 400
"""The most moments in a certificate: some 0.1 s to check, some 500 kB to read."""

_EVALUATED = (
    "wishart_moments.spectrum.closed_form.resolvent_enclosure",
    "wishart_moments.spectrum.exponential_integrals.stieltjes_gamma",
    "wishart_moments.spectrum.exponential_integrals.tau",
)
"""What an independent evaluation of the closed form has to repeat."""


def certified_variance(
    m: Any, n: Any, sigma: Any, *, alpha: Any = 1, gamma: Any = 1, digits: int = 15, method: str = "auto"
) -> Enclosure:
    """Return lower <= (γ²/m) E tr S(αI + S)^{-1} <= upper, rigorously, as narrow as the digits asked for.

    Args:
        m: outputs, 1 to 4096.
        n: inputs, 1 to 4096.
        sigma: standard deviation of an entry of W, >= 0, as `parse_sigma` takes it: a number, "1/7", "0.1" (one
            tenth), "he", "10/sqrt(n)"; a float is the dyadic rational it is. σ² = 1/n stays exact.
        alpha: > 0, likewise.
        gamma: > 0, likewise.
        digits: significant digits, 1 to 1000: upper − lower <= 10^−digits · upper.
        method: "auto", or one route: "closed-form" or "moments".

    Returns:
        An `Enclosure` of two rationals. Ball arithmetic carries every rounding; the formulas behind it are theorems.

    Raises:
        DomainError: for arguments outside their domains.
        LimitError: for too many digits, larger sizes, or moments that would not reach the digits.

    Cost:
        Some ms for 15 digits at sizes below 100; up to a second at sizes of 500 or with hundreds of digits.

    References: arXiv 2601.08253 (the layer and its variance); Widom 1999, Adler et al. 2000 (closed form); Golub,
        Meurant 2010 (bounds from moments).

    Example:
        >>> certified_variance(10, 10, "1/3", digits=30).decimal(30)
        '0.392456163094088385968699562668'
        >>> certified_variance(64, 128, "he", digits=30).decimal(30)
        '0.437646644551582884907244832948'
        >>> certified_variance(4, 4, "1/2").width < Fraction(1, 10**15)
        True
    """
    question = _question(m, n, sigma, alpha, gamma, digits, method)
    if question.squares[1] == 0:
        return Enclosure(Fraction(0), Fraction(0))
    lower, upper = question.trace_bounds(lambda r: _trace(question.m, question.n, r, question.bits, method))
    factor = question.gamma**2 / question.m
    ends = factor * lower, factor * upper
    return Enclosure(*ends, partial(_certificate, "variance", question, ends))


def certified_resolvent(
    m: Any, n: Any, sigma: Any, *, alpha: Any = 1, digits: int = 15, method: str = "auto"
) -> Enclosure:
    """Return lower <= E tr(αI + S)^{-1} <= upper, rigorously, as narrow as the digits asked for.

    Args:
        m, n, alpha, digits, method: as for `certified_variance`.
        sigma: > 0, likewise.

    Returns:
        An `Enclosure` of two rationals, proved: upper − lower <= 10^−digits · upper.

    Raises:
        DomainError, LimitError: as `certified_variance` does, and for sigma = 0.

    Example:
        >>> certified_resolvent(4, 7, "he", digits=20).decimal(20)
        '2.3305343192793326432'
    """
    question = _question(m, n, sigma, alpha, 1, digits, method)
    if question.squares[0] == 0:
        raise DomainError("need sigma > 0 for a resolvent that is not m/alpha, got 0")
    rows, wanted = question.m, Fraction(1, 10**question.digits)
    extra = 0
    while True:
        bits = question.bits + extra
        lower, upper = question.trace_bounds(lambda r, bits=bits: _trace(rows, question.n, r, bits, method))
        ends = (rows - upper) / question.alpha, (rows - lower) / question.alpha
        # T = m − αE tr(α + S)^{-1} is near m for small α: what cancels is asked for on top.
        if ends[1] - ends[0] <= wanted * ends[1] or question.squares[0] < question.squares[1]:
            return Enclosure(*ends, partial(_certificate, "resolvent", question, ends))
        extra = 2 * extra + 16


class _Question(NamedTuple):
    """What is asked for, in exact numbers.

    Attributes:
        squares: σ², between these two.
        bits: of the answer.
    """

    m: int
    n: int
    squares: tuple[Fraction, Fraction]
    alpha: Fraction
    gamma: Fraction
    digits: int
    bits: int
    method: str

    def trace_bounds(self, bounds: Callable[[Fraction], tuple[Fraction, Fraction]]) -> tuple[Fraction, Fraction]:
        """Return bounds on T at r = α/σ² for every σ² between the two: T increases with σ."""
        least, most = self.squares
        with working_precision():
            lower, upper = bounds(self.alpha / most)
            if least < most:
                lower = bounds(self.alpha / least)[0] if least else Fraction(0)
        return lower, min(upper, Fraction(min(self.m, self.n)))


def _question(m: Any, n: Any, sigma: Any, alpha: Any, gamma: Any, digits: int, method: str) -> _Question:
    rows, columns = sizes(m, n)
    shrinkage, gain = (
        Fraction(domain.number(value, name, "> 0")) for value, name in ((alpha, "alpha"), (gamma, "gamma"))
    )
    rule = parse_sigma(sigma)
    for name, value, given in (("alpha", shrinkage, alpha), ("gamma", gain, gamma)):
        if value <= 0:
            raise DomainError(f"need {name} > 0 and finite, got {domain.shown(given)}")
    count = domain.order(digits, "digits")
    if count < 1:
        raise DomainError(f"need digits >= 1, got {digits}")
    if count > MAX_DIGITS:
        raise LimitError(f"need digits <= {MAX_DIGITS}, got {count}")
    domain.choice(method, METHODS)
    squares = rule.squares(rows, columns, bits=max(128, 4 * count))
    return _Question(rows, columns, squares, shrinkage, gain, count, ceil(count * log2(10)) + 4, method)


def _certificate(kind: str, question: _Question, ends: tuple[Fraction, Fraction]) -> Certificate:
    """Return a proof by moments where some number of them gives the digits, else the record of an evaluation."""
    m, n, squares, alpha = question.m, question.n, question.squares, question.alpha
    order = max(_order(m, n, alpha / squares[1], question.bits), 2)
    while question.method != "closed-form" and squares[0] > 0 and order <= _MOST_CERTIFIED:
        fraction = stieltjes_coefficients(m, n, order, 1, question.bits + 4 * order)
        made = bound_certificate(kind, m, n, squares, fraction, question.bits, alpha=alpha, gamma=question.gamma)
        lower, upper = (Fraction(made.document[name]) for name in ("lower", "upper"))
        if upper - lower <= max(upper / 10**question.digits, ends[1] - ends[0]):
            return made
        order = ceil(order * 1.25) + 2
    given = {"sigma2": [str(x) for x in squares], "alpha": str(alpha), "gamma": str(question.gamma), "of": kind}
    return evaluation_certificate(m, n, ends, _EVALUATED, **given)


def _trace(m: int, n: int, ratio: Fraction, bits: int, method: str) -> tuple[Fraction, Fraction]:
    """Return bounds on T(r) = E tr S(rI + S)^{-1}, `bits` apart."""
    order = _order(m, n, ratio, bits)
    if method == "moments" or (method == "auto" and order <= _FEW_MOMENTS):
        return _by_moments(m, n, ratio, bits, order)
    if ratio > 2**900:
        raise LimitError("need alpha/sigma^2 <= 2^900 for method 'closed-form'; method 'moments' takes every size")
    return _by_closed_form(m, n, ratio, bits)


def _order(m: int, n: int, ratio: Fraction, bits: int) -> int:
    """Return about how many moments give the bits: their convergents approach each other geometrically for large r.

    The rate is that of a spectrum on [0, b]; b is its upper edge with an allowance for the tail.
    """
    edge = (sqrt(m) + sqrt(n)) ** 2 + 4.0 * sqrt(bits + m + n)
    root = sqrt(1 + min(edge / within_floats(ratio), 1e18))
    rate = log2((root + 1) / (root - 1)) if root > 1 else 60.0
    return ceil(bits / rate) + 6


def within_floats(ratio: Fraction) -> float:
    """Return a positive number as a float, what is below 2^−900 or above 2^900 as that."""
    return float(min(max(ratio, Fraction(1, 2**900)), Fraction(2**900)))


def _by_moments(m: int, n: int, ratio: Fraction, bits: int, order: int) -> tuple[Fraction, Fraction]:
    while order <= _MOST_MOMENTS:
        lower, upper = gauss_radau(m, n, order).enclosure(ratio, bits + 32)
        if arb(upper) - lower <= upper * arb(2) ** -bits:
            return dyadic(lower), dyadic(upper)
        order = ceil(order * 1.25) + 2
    raise LimitError(
        f"{_MOST_MOMENTS} moments do not give these digits at m = {m}, n = {n}, "
        f"alpha/sigma^2 = {within_floats(ratio):.3g}; use method 'closed-form'"
    )


def _by_closed_form(m: int, n: int, ratio: Fraction, bits: int) -> tuple[Fraction, Fraction]:
    least = min(m, n)
    exact = fmpq(ratio.numerator, ratio.denominator)
    # T = N − rG is smaller than N: for r beyond the spectrum it is about mn/r.
    cancelled = ceil(log2(max(within_floats(ratio) / max(m, n), 1.0)))
    while True:
        resolvent = resolvent_enclosure(m, n, exact, bits + cancelled + 8)
        with working_precision(bits + cancelled + 64):
            trace = least - exact * resolvent
            if trace.rel_accuracy_bits() >= bits:
                return dyadic(trace.lower()), dyadic(trace.upper())
        cancelled += max(bits - trace.rel_accuracy_bits(), 1)
