"""Matrix-valued moments with negative powers: E[p_λ(S) S^r] with λ_i and r of any sign, for every scale Σ.

The matrices E[p_λ(V) V^r], V = S^{-1}, and their mixed kin are combinations of p_μ(Σ) Σ^j, j and the parts of μ of both
signs; the equations are those of `signed_equations`.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from wishart_moments import domain
from wishart_moments.combinatorics.partitions import label_and_zeros
from wishart_moments.errors import MethodError
from wishart_moments.moments.inverse.rational import RationalFunction, rational_function
from wishart_moments.moments.inverse.signed import (
    MAX_DEGREE,
    MAX_SYMBOLIC_BETA_DEGREE,
    check_degree,
    one_dimensional,
)
from wishart_moments.moments.inverse.signed_equations import Label, Ring, signed_moment
from wishart_moments.moments.inverse.signed_expressions import ring_for, shown
from wishart_moments.moments.wishart import Wishart


def inverse_rows(r: int, parts: Sequence[int] = (), beta: Any = 1) -> Mapping[Label, RationalFunction]:
    """Return {(μ, j): f} with E[p_λ(V) V^r] = Σ f(c) p_μ(Σ^{-1}) Σ^{-j}, V = S^{-1}; exact.

    Args:
        r: the power of V, at least 0; 0 for the scalar E p_λ(V).
        parts: λ, positive integers.
        beta: 1, 2, 4 or any positive rational.

    Returns:
        Rational functions of c = n − m + 1 − 2/β (n − m − 1 if real, n − m if complex), in lowest terms.

    Raises:
        LimitError: for |λ| + r > 12.

    Cost:
        Degree 6 takes some 20 ms, 10 a second, 12 some ten seconds.

    Example:
        >>> inverse_rows(2)
        {((), 2): 1/((c + 1) (c - 2)), ((1,), 1): 1/((c + 1) c (c - 2))}
    """
    r, number = domain.order(r, "r"), domain.dyson_index(beta)
    if not isinstance(number, Fraction):
        raise MethodError("rational functions of c need a number for beta; `matrix_moment` takes a symbol")
    label, _ = label_and_zeros([-domain.order(part, "every part") for part in parts])
    check_degree(r - sum(label), MAX_DEGREE, "of a matrix")
    moment = signed_moment(label, -r, Ring.in_c(number))
    rows = {
        (tuple(-part for part in reversed(mu)), -j): rational_function(numerator, moment.roots)
        for (mu, j), numerator in moment.numerators.items()
    }
    return dict(sorted((label, f) for label, f in rows.items() if f.numerator))


def matrix_coefficients(label: Sequence[int], r: int, law: Wishart) -> dict[Label, Any]:
    """Return {(μ, j): c} with E[p_λ(S) S^r] = Σ c p_μ(Σ) Σ^j at σ = 1, where a part λ_i or r is negative; exact.

    The c are numbers or SymPy expressions, rational functions of n and m.

    Raises:
        ExistenceError: if the moment is infinite at the numbers m and n.
        LimitError: for Σ |λ_i| + |r| > 12, or > 7 for a symbolic beta.

    Cost:
        As a formula degree 6 takes some 0.1 s; E V^10 takes five seconds.

    Example:
        >>> matrix_coefficients((), -1, Wishart(n=9, scale=[[2, 1], [1, 2]]))
        {((), -1): Fraction(1, 6)}
    """
    symbolic = law.exact_beta is None
    check_degree(sum(map(abs, label)) + abs(r), MAX_SYMBOLIC_BETA_DEGREE if symbolic else MAX_DEGREE, "of a matrix")
    law.require((*label, r))
    if law.m == 1:
        net = sum(label) + r
        return {((), net): one_dimensional(net, law.n, law.beta)}
    moment = signed_moment(label, r, ring_for(law.m, law.n, law.beta))
    return {
        term: shown(numerator, moment.roots, law.m, law.n, law.beta) for term, numerator in moment.numerators.items()
    }
