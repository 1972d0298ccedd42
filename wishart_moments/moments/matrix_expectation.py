"""The public function for matrix-valued moments, for powers of either sign and every scale: it chooses the route."""

from collections.abc import Sequence
from typing import Any

from wishart_moments import domain
from wishart_moments.combinatorics.partitions import label_and_zeros
from wishart_moments.domain import is_number
from wishart_moments.moments.general_scale import marked_moments
from wishart_moments.moments.general_scale.marked_equations import MarkedState
from wishart_moments.moments.general_scale.matrix_moment import MatrixMoment
from wishart_moments.moments.inverse.inverse_matrix import matrix_coefficients
from wishart_moments.moments.polynomials import at_n
from wishart_moments.moments.wishart import Wishart


def matrix_moment(
    r: int,
    parts: Sequence[int] = (),
    n: Any = None,
    *,
    m: Any = None,
    sigma: Any = 1,
    beta: Any = 1,
    scale: Any = None,
) -> Any:
    """Return the matrix E[p_λ(S) S^r] = E[Π_i tr S^{λ_i} · S^r] for S = Σ^{1/2} W W^† Σ^{1/2}, W m×n.

    Args:
        r: the power of S, an integer of either sign.
        parts: λ, integers of any sign in any order, tr S^0 = m; none by default.
        n: the degrees of freedom: an integer >= 1 or a real number > m − 1, a SymPy expression, or None for the
            symbol n.
        m: the dimension, of use where a part is 0 or a power negative; with a scale it is the scale's.
        sigma, beta: as for `trace_moment`: the standard deviation of the entries of W, the Dyson index.
        scale: Σ, as for `trace_product_moment`; None leaves it general.

    Returns:
        Exact. Without a scale a `MatrixMoment`, the formula for every Σ; with a scale the matrix, as from
        `MatrixMoment.at`. Numbers that are put for symbols later (`subs`) are not checked; `MatrixMoment.exists_for`
        tells.

    Raises:
        DomainError: for an argument outside its domain.
        ExistenceError: where powers are negative and the moment is infinite at the numbers m and n.
        LimitError: where it takes more than 2 GiB of memory: |λ| + r > 34 for beta = 1; with negative powers for
            Σ |λ_i| + |r| > 12.

    Cost:
        With numbers |λ| + r = 10 takes some 10 ms, 20 a second; a formula is mostly SymPy's.

    Note:
        momentS of the R package rags2ridges differs at the powers 4 and −4, where it has tr(Σ³)Σ in place of tr(Σ)³Σ:
        at those two the formulas here differ from it, rightly.

    References:
        Letac, Massam, Scand. J. Statist. 31 (2004) 295; Hillier, Kan, Scand. J. Statist. 51 (2024) 697.

    Examples:
        >>> matrix_moment(3)
        E[S^3] = n (n + 1) tr(Sigma^2) Sigma + n tr(Sigma)^2 Sigma + ... (2 more terms)
        >>> matrix_moment(2, n=3, scale=[[2, 1], [1, 2]])
        [[84, 60], [60, 84]]
        >>> matrix_moment(-2, m=3)
        E[S^-2] = 1/((n - 6) (n - 3)) Sigma^-2 + 1/((n - 6) (n - 4) (n - 3)) tr(Sigma^-1) Sigma^-1
    """
    r, orders = domain.signed_order(r, "r"), domain.signed_orders(parts)
    law = Wishart(m, n, sigma=sigma, beta=beta, scale=scale)
    label, zeros = label_and_zeros(orders)
    degree = sum(label) + r
    values: dict[MarkedState, Any]
    if any(power < 0 for power in (r, *label)):
        values = matrix_coefficients(label, r, law)
    else:
        found = marked_moments.expected_marked(label, r, law.exact_beta)
        values = {term: at_n(c, law.n, law.beta) for term, c in found.items()}
    if law.scale is not None:
        factor = law.m**zeros
        return law.scale.matrix_combination(values, lambda entry: law.scaled(entry * factor, 2 * degree))
    import sympy as untyped

    sympy: Any = untyped
    factor = sympy.sympify(law.m) ** zeros
    expanded = sympy.expand if min((r, *label), default=0) >= 0 else sympy.sympify
    shown = {
        term: expanded(sympy.sympify(law.scaled(factor * sympy.sympify(c), 2 * degree))) for term, c in values.items()
    }
    given: Any = (x if is_number(x) else None for x in (law.m, law.n))
    return MatrixMoment((*label, *[0] * zeros), r, law.beta, {term: c for term, c in shown.items() if c != 0}, *given)
