"""Proved ends of what `ridge` returns in floats, by rules in balls of exact moments."""

from fractions import Fraction
from typing import Any

from wishart_moments.errors import LimitError, MethodError
from wishart_moments.moments.balls import ball
from wishart_moments.moments.matrix_expectation import matrix_moment
from wishart_moments.moments.polynomials import dyadic
from wishart_moments.precision import working_precision
from wishart_moments.spectrum.proved_rules import ProvedRules
from wishart_moments.spectrum.ridge_bounds import Ends, ExactLaw, ridge_bounds


def _law(alpha: Any, n: Any, scale: Any, beta: Any, sigma: Any, order: Any) -> tuple[ExactLaw, Fraction]:
    """Return the law and r = α/σ²."""
    law = ExactLaw(alpha, n, scale, beta, sigma, order)
    if law.order < 2:
        raise LimitError(f"need order >= 2 for two ends, got {law.order}")
    if law.sigma == 0 or law.size == 0:
        raise MethodError("need sigma > 0 and a scale other than 0 for certified ends; without them S is 0")
    return law, law.alpha / law.sigma**2


def degrees_of_freedom(alpha: Any, n: Any, scale: Any, *, beta: Any, sigma: Any, order: Any) -> tuple[Ends, Ends]:
    """Return ends of E tr S(αI + S)^{-1} and of E tr S²(αI + S)^{-2} = N − 2r E Σ 1/(r + λ) + r² E Σ 1/(r + λ)²."""
    law, r = _law(alpha, n, scale, beta, sigma, order)
    first = ridge_bounds(alpha, n, scale, beta=beta, sigma=sigma, order=order)
    square = law.ends(lambda x: 1 / ((x + ball(r)) * (x + ball(r))))
    # r E Σ 1/(r + λ) = N − first.
    lower = 2 * first.lower - law.size + r**2 * square.lower
    upper = 2 * first.upper - law.size + r**2 * square.upper
    return first, Ends(max(lower, Fraction(0)), min(upper, first.upper))


def log_determinant(alpha: Any, n: Any, scale: Any, *, beta: Any, sigma: Any, order: Any) -> Ends:
    """Return ends of E log det(αI + S) = m log α + E Σ log(1 + λ/r)."""
    law, r = _law(alpha, n, scale, beta, sigma, order)
    found = law.ends(lambda x: -(1 + x / ball(r)).log())
    with working_precision(192):
        whole: Any = law.m * ball(law.alpha).log()
        return Ends(dyadic(whole.lower()) - found.upper, dyadic(whole.upper()) - found.lower)


def resolvent(alpha: Any, n: Any, scale: Any, *, beta: Any, sigma: Any, order: Any) -> tuple[Any, Any]:
    """Return two matrices of fractions that every entry of E(αI + S)^{-1} lies between; Σ real.

    The entries are quadratic forms v^T E(αI + S)^{-1} v, means of 1/(α + x) under the law of moments v^T E[S^k] v;
    those off the diagonal are (v = e_i + e_j less v = e_i − e_j)/4.
    """
    law, r = _law(alpha, n, scale, beta, sigma, order)
    if not all(isinstance(entry, Fraction) for row in law.rows for entry in row):
        raise MethodError("need a real scale for certified ends of the matrix; its trace has them for complex ones")
    powers: list[Any] = [matrix_moment(k, n=law.n, scale=law.rows, beta=law.beta) for k in range(1, law.order + 1)]

    def form(i: int, j: int, sign: int) -> Ends:
        """Return ends of v^T (rI + S/σ²)^{-1} v for v = e_i + sign e_j, e_i for sign 0."""
        places = [(i, 1)] + ([(j, sign)] if sign else [])
        moments = [Fraction(len(places))]
        moments += [sum((s * t * Fraction(p[a][b]) for a, s in places for b, t in places), Fraction(0)) for p in powers]
        if moments[1] == 0:
            return Ends(moments[0] / r, moments[0] / r)
        return Ends(*ProvedRules(moments).ends(lambda x: 1 / (x + ball(r))))

    lower = [[Fraction(0)] * law.m for _ in range(law.m)]
    upper = [[Fraction(0)] * law.m for _ in range(law.m)]
    unit = 1 / law.sigma**2
    for i in range(law.m):
        lower[i][i], upper[i][i] = (unit * end for end in form(i, i, 0))
        for j in range(i):
            plus, minus = form(i, j, 1), form(i, j, -1)
            lower[i][j] = lower[j][i] = unit * (plus.lower - minus.upper) / 4
            upper[i][j] = upper[j][i] = unit * (plus.upper - minus.lower) / 4
    return lower, upper
