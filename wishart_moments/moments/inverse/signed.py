"""E Π_i tr S^{λ_i} with negative λ_i for a law that has been validated: routes are chosen, and the answer is shown.

Numbers at Σ = I come from recurrences for a single trace (`inverse_recurrence`) and from integration by parts
(`signed_equations`) else; rational functions of negative powers alone from zonal polynomials (`inverse_table`).

References: von Rosen, Scand. J. Statist. 15 (1988) 97; Letac, Massam, Scand. J. Statist. 31 (2004) 295; Graczyk, Letac,
Massam, Ann. Statist. 31 (2003) 287.
"""

from fractions import Fraction
from typing import Any

from wishart_moments import domain
from wishart_moments.combinatorics.partitions import partition
from wishart_moments.domain import is_number, is_symbolic
from wishart_moments.errors import LimitError, MethodError
from wishart_moments.moments.inverse import inverse_recurrence
from wishart_moments.moments.inverse import inverse_table as inverse
from wishart_moments.moments.inverse.signed_equations import Parts, SignedMoment, signed_moment
from wishart_moments.moments.inverse.signed_expressions import ring_for, shown
from wishart_moments.moments.polynomials import as_number, rational
from wishart_moments.moments.wishart import Wishart

MAX_NUMBER_DEGREE = 20
"""The largest Σ |λ_i| at numbers m and n, Σ = I."""

MAX_DEGREE = 12
"""The largest Σ |λ_i| for powers of both signs with symbols, or at a general scale."""

MAX_POWER = 5000
"""The largest power of a single number, m = 1."""

MAX_SYMBOLIC_BETA_DEGREE = 7
"""The largest Σ |λ_i| for a symbolic β."""


def trace_moment_of(label: Parts, law: Wishart) -> Any:
    """Return E Π_i tr S^{λ_i} at σ = 1, λ decreasing with a negative part: a number or an expression, exact.

    Raises:
        ExistenceError: if the moment is infinite at the numbers m and n.
        MethodError: for a symbolic beta with a scale.
        LimitError: for too large a degree Σ |λ_i|.

    Cost:
        E tr S^-12 as a rational function takes some 0.1 s, E tr S^-100 at numbers a millisecond.

    Example:
        >>> trace_moment_of((-1,), Wishart(3, "19/2")), trace_moment_of((1, -1), Wishart(3))
        (Fraction(6, 11), (9*n - 6)/(n - 4))
    """
    law.require(label)
    if law.scale is None:
        return _at_identity(label, law)
    if law.exact_beta is None:
        raise MethodError("a general scale needs a number for beta, such as beta=1")
    return _with_scale(label, law)


def check_degree(degree: int, largest: int, where: str) -> None:
    """Refuse a degree Σ |λ_i| (the power of a matrix factor included) out of reach.

    Raises:
        LimitError: if it exceeds the largest.
    """
    if degree > largest:
        raise LimitError(f"need a total degree <= {largest} of all powers {where}, got {domain.shown(degree)}")


def _degree(label: Parts) -> int:
    return sum(map(abs, label))


def one_dimensional(net: int, n: Any, beta: Any) -> Any:
    """Return E S^net for m = 1, where S is a gamma variable: Π (n + a j), or Π 1/(n − a j)."""
    if abs(net) > MAX_POWER:
        raise LimitError(f"need a net power of at most {MAX_POWER:,}, got {domain.shown(net)}")
    a = 2 / beta if is_symbolic(beta) else domain.jack_parameter(beta)
    value: Any = Fraction(1) if is_number(n) and isinstance(a, Fraction) else 1
    for j in range(abs(net)):
        value = value * (n + a * j) if net > 0 else value / (n - a * (j + 1))
    return value.expand() if net > 0 and hasattr(value, "expand") else value


def _at_identity(label: Parts, law: Wishart) -> Any:
    m, n, beta = law.m, law.n, law.beta
    if m == 1:
        return one_dimensional(sum(label), n, beta)
    if law.numeric and len(label) == 1 and inverse_recurrence.covers(-label[0], m, n, beta):
        return as_number(inverse_recurrence.inverse_traces_at(-label[0], m, n, beta)[-1])
    if not law.numeric and law.exact_beta is not None and label[0] < 0:
        return shown(*inverse.expected_inverse(partition([-part for part in label]), law.exact_beta), m, n, beta)
    if law.exact_beta is None:
        check_degree(_degree(label), MAX_SYMBOLIC_BETA_DEGREE, "for a symbolic beta; give beta as a number")
    elif law.numeric:
        check_degree(_degree(label), MAX_NUMBER_DEGREE, "at numbers")
    else:
        check_degree(_degree(label), MAX_DEGREE, "of both signs; give m and n as numbers")
    moment = signed_moment(label, 0, ring_for(m, n, beta), at_identity=True)
    (numerator,) = moment.numerators.values()
    return shown(numerator, moment.roots, m, n, beta)


def _with_scale(label: Parts, law: Wishart) -> Any:
    m, n, beta, scale = law.m, law.n, law.beta, law.given_scale
    if m == 1 or is_number(n) or not scale.is_exact:
        return scale.combination(terms_with_scale(label, law))
    # Everything over the one denominator, so that common factors are seen.
    moment = _moment(label, law)
    total = sum(numerator * rational(scale.power_sum(mu)) for (mu, _), numerator in moment.numerators.items())
    return shown(total, moment.roots, m, n, beta)


def terms_with_scale(label: Parts, law: Wishart) -> dict[Parts, Any]:
    """Return {μ: c} with E Π_i tr S^{λ_i} = Σ_μ c p_μ(Σ), c a number or an expression in n; μ of both signs.

    Raises:
        LimitError: for a degree Σ |λ_i| > 12.

    Example:
        >>> terms_with_scale((-1,), Wishart(n=7, scale=[[2, 1], [1, 2]]))
        {(-1,): Fraction(1, 4)}
    """
    m, n, beta = law.m, law.n, law.beta
    if m == 1:
        net = sum(label)
        return {(net,) if net else (): one_dimensional(net, n, beta)}
    moment = _moment(label, law)
    return {mu: shown(numerator, moment.roots, m, n, beta) for (mu, _), numerator in moment.numerators.items()}


def _moment(label: Parts, law: Wishart) -> SignedMoment:
    check_degree(_degree(label), MAX_DEGREE, "at a general scale")
    return signed_moment(label, 0, ring_for(law.m, law.n, law.beta))
