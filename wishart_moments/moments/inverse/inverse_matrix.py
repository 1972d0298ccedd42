"""Matrix-valued moments with negative powers: E[p_λ(S) S^r] with λ_i and r of any sign, for every scale Σ.

The matrices E[p_λ(V) V^r], V = S^{-1}, and their mixed kin are combinations of p_μ(Σ) Σ^j, j and the parts of μ of both
signs; the equations are those of `signed_equations`.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from wishart_moments import domain
from wishart_moments.errors import DomainError, MethodError
from wishart_moments.moments.expectation import dimension, scaled
from wishart_moments.moments.general_scale.matrix_moment import MatrixMoment, matrix_moment
from wishart_moments.moments.general_scale.scale_powers import ScalePowers
from wishart_moments.moments.inverse.existence import require
from wishart_moments.moments.inverse.rational import RationalFunction, rational_function
from wishart_moments.moments.inverse.signed import (
    MAX_DEGREE,
    MAX_SYMBOLIC_BETA_DEGREE,
    check_degree,
    one_dimensional,
    signed_label,
)
from wishart_moments.moments.inverse.signed_equations import Label, Ring, signed_moment
from wishart_moments.moments.inverse.signed_expressions import ring_for, shown


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
        raise MethodError("rational functions of c need a number for beta; `signed_matrix_moment` takes a symbol")
    label, _ = signed_label([-domain.order(part, "every part") for part in parts])
    check_degree(r - sum(label), MAX_DEGREE, "of a matrix")
    moment = signed_moment(label, -r, Ring.in_c(number))
    rows = {
        (tuple(-part for part in reversed(mu)), -j): rational_function(numerator, moment.roots)
        for (mu, j), numerator in moment.numerators.items()
    }
    return dict(sorted((label, f) for label, f in rows.items() if f.numerator))


def signed_matrix_moment(
    r: int,
    parts: Sequence[int] = (),
    n: Any = None,
    *,
    m: Any = None,
    sigma: Any = 1,
    beta: Any = 1,
    scale: Any = None,
) -> Any:
    """Return the matrix E[p_λ(S) S^r] = E[Π_i tr S^{λ_i} · S^r], r and λ_i of any sign, S = Σ^{1/2} W W^† Σ^{1/2}.

    With k the sum of the negative powers, r included, it is finite for n − m + 1 > 2k/β (as for `signed_trace_moment`).

    Args:
        r: the power of S, an integer.
        parts: λ, integers in any order, tr S^0 = m; none by default.
        n, m, sigma, beta, scale: as for `matrix_moment`. Existence is checked where m and n are numbers; m is the
            dimension of the scale where one is given, and without either the symbol m.

    Returns:
        Without a scale a `MatrixMoment` whose coefficients are rational functions of n and m; with a scale the matrix.

    Raises:
        ExistenceError: if the moment is infinite at the numbers m and n.
        DomainError: for an argument outside its domain.
        LimitError: for Σ |λ_i| + |r| > 12, or > 7 for a symbolic beta.

    Cost:
        As a formula degree 6 takes some 0.1 s; E V^10 takes five seconds.

    References:
        von Rosen, Scand. J. Statist. 15 (1988) 97; Letac, Massam, Scand. J. Statist. 31 (2004) 295; Hillier, Kan,
        Scand. J. Statist. 51 (2024) 697.

    Example:
        >>> signed_matrix_moment(-1)
        E[S^-1] = 1/(n - m - 1) Sigma^-1
        >>> signed_matrix_moment(-1, n=5, scale=[[2, 1], [1, 2]])
        [[Fraction(1, 3), Fraction(-1, 6)], [Fraction(-1, 6), Fraction(1, 3)]]
    """
    (label, zeros), power = signed_label(parts), signed_label([r])[0]
    if not any(part < 0 for part in (*label, *power)):
        return matrix_moment(r, parts, n, m=m, sigma=sigma, beta=beta, scale=scale)
    power = power[0] if power else 0
    sigma, beta = domain.scale_parameter(sigma), domain.dyson_index(beta)
    if not domain.is_symbolic(sigma) and sigma == 0:
        raise DomainError("need sigma > 0 where a power is negative, got 0")
    symbolic = domain.is_symbolic(beta)
    check_degree(sum(map(abs, label)) + abs(power), MAX_SYMBOLIC_BETA_DEGREE if symbolic else MAX_DEGREE, "of a matrix")
    n = dimension(n, "n")
    if scale is not None:
        given = ScalePowers(scale, (), beta=beta).dimension
        if m is not None and dimension(m, "m") != given:
            raise DomainError(f"need m = {given}, the dimension of scale, got {domain.shown(m)}")
        m = given
    m = dimension(m, "m")
    if isinstance(m, int) and isinstance(n, int) and not symbolic:
        require((*label, power), m, n, beta)
    net = sum(label) + power
    if m == 1:
        coefficients: dict[Label, Any] = {((), net): one_dimensional(net, n, beta)}
    else:
        moment = signed_moment(label, power, ring_for(m, n, beta))
        coefficients = {
            term: shown(numerator, moment.roots, m, n, beta) for term, numerator in moment.numerators.items()
        }
    if scale is not None:
        powers = ScalePowers(scale, coefficients, beta=beta)
        return powers.combination(coefficients, lambda entry: scaled(entry * m**zeros, sigma, 2 * net))
    import sympy as untyped

    sympy: Any = untyped
    factor = sympy.sympify(m) ** zeros
    values = {
        term: sympy.sympify(scaled(factor * sympy.sympify(c), sigma, 2 * net)) for term, c in coefficients.items()
    }
    return MatrixMoment((*label, *[0] * zeros), power, beta, {term: c for term, c in values.items() if c != 0})
