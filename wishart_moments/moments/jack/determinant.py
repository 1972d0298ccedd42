"""The moments of the determinant of a Wishart matrix: |S| is |Σ| times independent gamma variables.

For S = Σ^{1/2} W W^† Σ^{1/2}, W m×n, a = 2/β, every real h with n − m + 1 > −ah has

    E |S|^h = (σ^{2m}|Σ|)^h Π_{i<m} a^h Γ((n − i)/a + h)/Γ((n − i)/a),

for n > m − 1. For an integer h >= 0, and every n,

    E |S|^h = |Σ|^h Π_{i<m} Π_{t<h} (n − i + at),   E |S|^{−h} = |Σ|^{−h} / Π_{i<m} Π_{1<=t<=h} (n − i − at),

the second if n − m + 1 > ah. Both are means of zonal polynomials, of the rectangle κ = (h, …, h).

References: Muirhead, Aspects of Multivariate Statistical Theory (1982), theorem 3.2.14 and (14) there; Goodman, Ann.
Math. Statist. 34 (1963) 178 (the complex case).
"""

import math
from fractions import Fraction
from math import lgamma
from typing import Any

from wishart_moments import domain
from wishart_moments.domain import is_number, jack_parameter
from wishart_moments.errors import DomainError, ExistenceError, LimitError
from wishart_moments.moments.jack.zonal_polynomial import as_rational
from wishart_moments.moments.wishart import Wishart

MAX_FACTORS = 100_000
"""The largest m|h|."""

MAX_GAMMAS = 1000
"""The largest m where h is no integer."""

MAX_ARGUMENT = 100_000
"""The largest n and |h| where h is no integer, and the largest denominator of a rational h."""

MAX_SIMPLIFIED = 30
"""The largest m, and at a symbolic n (beta/2) m, whose gamma functions are simplified."""

MAX_STEPS = 1000
"""The largest numerator of 2/beta there: Gauss's multiplication theorem is looked for among so many arguments."""

MAX_SYMBOLIC = 6
"""The same for a symbolic h: a second there, a minute at 20."""


def determinant_moment(
    h: Any, m: Any = None, n: Any = None, *, sigma: Any = 1, beta: Any = 1, scale: Any = None
) -> Any:
    """Return E |S|^h for a real or symbolic h and S = Σ^{1/2} W W^† Σ^{1/2}, W m×n with entries of variance σ².

    Args:
        h: a real number or a SymPy expression; n > m − 1 unless it is an integer >= 0.
        m: an integer >= 1, the dimension of scale where there is one.
        n: an integer >= 1 or a real number > m − 1, or a SymPy expression; None for the symbol n.
        sigma, beta: as for `trace_product_moment`; a number for beta, and sigma > 0 where h < 0.
        scale: Σ, positive semidefinite, and definite where h < 0; the identity by default.

    Returns:
        int or Fraction for an integer h; a float where the scale or sigma is; SymPy with a symbol or for another
        exact h (a product of gamma functions and powers, E|S|^{1/2} among them simplified), a float for a float h.

    Raises:
        ExistenceError: for h < 0 unless n − m + 1 > a|h|.
        DomainError, MethodError: for an argument outside its domain.

    Example:
        >>> determinant_moment(1, 2, 5), determinant_moment(-1, 2, 5)
        (20, Fraction(1, 6))
        >>> determinant_moment(1, n=5, scale=[[2, 1], [1, 2]])
        60
        >>> determinant_moment("1/2", 2, 5), round(determinant_moment(0.5, 2, 5), 12)
        (4, 4.0)
        >>> determinant_moment(2, 2)
        n*(n - 1)*(n + 1)*(n + 2)
        >>> import sympy
        >>> determinant_moment(sympy.Symbol("h"), n=5, scale=[[2, 1], [1, 2]])  # every h at once
        3**h*gamma(2*h + 4)/6
    """
    law = Wishart(m, n, sigma=sigma, beta=as_rational(beta), scale=scale)
    power: Any = h if domain.is_symbolic(h) else domain.number(h, "h", "to be real")
    if domain.is_symbolic(power) or Fraction(power).denominator > 1:
        return _by_gamma_functions(power, law)
    h = domain.signed_order(int(power), "h")
    rows, power, a = domain.size(law.m, "m"), abs(h), jack_parameter(law.beta)
    if rows * power > MAX_FACTORS:
        raise LimitError(f"need m|h| <= {MAX_FACTORS:,}, got {domain.shown(rows * power)}")
    law.require([-1] * power if h < 0 else [])
    shifts = [-a * (t + 1) - i if h < 0 else a * t - i for i in range(rows) for t in range(power)]
    factor = _product(law.n, shifts)
    value = 1 / factor if h < 0 else factor
    if law.scale is not None:
        determinant = law.scale.inverse.determinant if h < 0 else law.scale.determinant
        value = value * (Fraction(determinant) if isinstance(determinant, int) else determinant) ** power
    return law.scaled(value, 2 * rows * h)


def _by_gamma_functions(h: Any, law: Wishart) -> Any:
    """Return E |S|^h where h is no integer."""
    rows, a = domain.size(law.m, "m"), jack_parameter(law.beta)
    if rows > MAX_GAMMAS:
        raise LimitError(f"need m <= {MAX_GAMMAS:,} for this h, got {domain.shown(rows)}")
    known = is_number(law.n)
    if known and not law.n > rows - 1:
        raise ExistenceError(f"need n > m - 1 = {domain.shown(rows - 1)} for this h, got n = {domain.shown(law.n)}")
    if known and not domain.is_symbolic(h) and not law.n - rows + 1 > -a * Fraction(h):
        least = -a * Fraction(h)
        raise ExistenceError(
            f"need n - m + 1 > {float(least):.6g} for a finite moment, got m = {rows}, n = {domain.shown(law.n)}"
        )
    determinant = 1 if law.scale is None else law.scale.determinant
    if not domain.is_symbolic(h) and h < 0 and law.scale is not None:
        determinant = 1 / Fraction(law.scale.inverse.determinant)
    if domain.is_number(h) and (abs(h) > MAX_ARGUMENT or h.denominator > MAX_ARGUMENT):
        raise LimitError(
            f"need |h| and its denominator <= {MAX_ARGUMENT:,}, got {domain.shown(h)}; a float goes further"
        )
    if known and law.n > MAX_ARGUMENT:
        raise LimitError(f"need n <= {MAX_ARGUMENT:,} where h is no integer, got {domain.shown(law.n)}")
    floats = (h, determinant, law.sigma)
    if known and any(isinstance(each, float) for each in floats) and not any(map(domain.is_symbolic, floats)):
        logarithm = sum(lgamma(float((law.n - i) / a + h)) - lgamma(float((law.n - i) / a)) for i in range(rows))
        try:
            base = float(determinant) * float(law.sigma) ** (2 * rows)
            return math.exp(logarithm + rows * float(h) * math.log(a)) * base ** float(h)
        except (OverflowError, ZeroDivisionError):
            raise DomainError(domain.OVERFLOW) from None
    if known and law.n / a > MAX_ARGUMENT:
        raise LimitError(f"need (beta/2) n <= {MAX_ARGUMENT:,} for an exact h that is no integer; a float goes further")
    import sympy as untyped

    sympy: Any = untyped
    ratio, n, power = (sympy.sympify(each) for each in (a, law.n, h))
    gammas = [sympy.gamma((n - i) / ratio + power) / sympy.gamma((n - i) / ratio) for i in range(rows)]
    factor = (sympy.sympify(law.sigma) ** (2 * rows) * sympy.sympify(determinant)) ** power
    value = ratio ** (rows * power) * sympy.Mul(*gammas)
    # At a symbolic n the gamma functions of two rows differ by (beta/2) times their distance: as many factors.
    few = (
        rows <= (MAX_SYMBOLIC if domain.is_symbolic(h) else MAX_SIMPLIFIED)
        and (known or rows / a <= MAX_SIMPLIFIED)
        and a.numerator <= MAX_STEPS
        and not value.has(sympy.Float)
    )
    value = factor * (_simplified(value) if few else value)
    return _plain(value.evalf() if law.rounded else value)


def _simplified(value: Any) -> Any:
    """Return a product of gamma functions and powers with as few of both as come out."""
    import sympy as untyped

    sympy: Any = untyped

    value = sympy.gammasimp(value)
    for power in value.atoms(sympy.Pow):
        if power.base.is_Integer and power.base > 1:
            primes = sympy.factorint(power.base).items()
            value = value.subs(power, sympy.Mul(*(prime ** (k * power.exp) for prime, k in primes)))
    return sympy.powsimp(value, combine="exp")


def _plain(value: Any) -> Any:
    """Return a rational or float value as Python has it."""
    if value.is_Integer:
        return int(value)
    return Fraction(int(value.p), int(value.q)) if value.is_Rational else float(value) if value.is_Float else value


def _product(n: Any, shifts: list[Fraction]) -> Any:
    if is_number(n):
        return math.prod((n + shift for shift in shifts), start=Fraction(1))
    import sympy

    return sympy.Mul(*(n + sympy.Rational(shift.numerator, shift.denominator) for shift in shifts))
