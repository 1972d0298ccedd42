"""The public functions for moments: arguments are admitted, a route is chosen, the result is shown in its own kind.

Exact numbers come back as int or Fraction, floats as floats, everything with a symbol in it as a SymPy expression.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flint import fmpq_mpoly, fmpq_poly

from wishart_moments import domain
from wishart_moments.combinatorics.partitions import Partition, label_and_zeros
from wishart_moments.errors import MethodError
from wishart_moments.moments import loop_equations, recurrence, wick, zonal
from wishart_moments.moments.polynomials import Polynomial, as_number, at_n, evaluate, polynomial, to_sympy
from wishart_moments.moments.wishart import Wishart

if TYPE_CHECKING:
    import sympy


METHODS = ("auto", "wick", "loop-equations", "recurrence", "zonal")


def trace_moment(
    k: int,
    m: Any = None,
    n: Any = None,
    *,
    sigma: Any = 1,
    beta: Any = 1,
    method: str = "auto",
) -> "int | Fraction | float | sympy.Expr":
    """Return E tr S^k for S = W W^†, W m×n with iid centred Gaussian entries of variance σ².

    E tr S^k = σ^{2k} M_k(m, n), and M_k is a polynomial in m and n, symmetric in both; for real W it is
    Σ_π m^{#(R∪π)} n^{#(C∪π)} over the (2k − 1)!! pairings π of the 2k factors W (Wick, Isserlis). For k < 0 it is a
    rational function of m and n, and finite if and only if n − m + 1 > 2|k|/β.

    Args:
        k: the power, an integer of either sign; k = 0 gives m.
        m: the dimension (rows of W, outputs): an integer >= 1, a SymPy expression, or None for the symbol m.
        n: the degrees of freedom (columns of W, fan-in): an integer >= 1 or any real number > m − 1, such as "11/2", a
            SymPy expression, or None. Numbers put for symbols later (`subs`) are not checked.
        sigma: the standard deviation of an entry, >= 0 and finite: int, Fraction, "1/7", float, SymPy expression. For
            complex and quaternion W it is E|W_ij|² = σ².
        beta: the Dyson index: 1 real, 2 complex, 4 quaternion (the trace counts each doubled eigenvalue once); any
            positive rational for the β-Laguerre ensemble; a SymPy symbol keeps it.
        method: "auto", "wick" (the literal sum, k <= 10), "loop-equations", "recurrence" (beta 1, 2, 4) or "zonal".
            For k < 0 only "auto".

    Returns:
        Exact: int or Fraction if m, n, sigma and beta are numbers, else a SymPy polynomial (for k < 0 a rational
        function). A float n or sigma gives the exact value, rounded once to a float.

    Raises:
        DomainError: for an argument outside its domain.
        ExistenceError: for k < 0 at numbers m and n where the moment is infinite; it names the smallest n that works.
        MethodError: for an unknown method or one that does not cover this beta.
        LimitError: if k is out of the method's reach.

    Cost:
        k = 20, symbolic: a few milliseconds; k = 1000 at numbers m, n: some 10 ms.

    References:
        Hanlon, Stanley, Stembridge, Contemp. Math. 138 (1992) 151 (pairings); see the modules
        `wick`, `loop_equations`, `recurrence` and `zonal` for the routes.

    Examples:
        >>> trace_moment(2)
        m**2*n + m*n**2 + m*n
        >>> trace_moment(3, 4, 7)
        5208
        >>> trace_moment(3, 4, 7, sigma="1/2"), trace_moment(3, 4, 7, beta=4)
        (Fraction(651, 8), 3738)
        >>> trace_moment(2, 3, "11/2")
        Fraction(627, 4)
        >>> trace_moment(-1), trace_moment(-2, 4, 9)
        (m/(-m + n - 1), Fraction(4, 5))
        >>> import sympy
        >>> trace_moment(2, 4, sigma=sympy.Symbol("sigma"))
        sigma**4*(4*n**2 + 20*n)
    """
    return trace_product_moment((domain.signed_order(k),), m, n, sigma=sigma, beta=beta, method=method)


def trace_product_moment(
    parts: Sequence[int],
    m: Any = None,
    n: Any = None,
    *,
    sigma: Any = 1,
    beta: Any = 1,
    scale: Any = None,
    method: str = "auto",
) -> "int | Fraction | float | sympy.Expr":
    """Return E Π_i tr S^{λ_i} for S = Σ^{1/2} W W^† Σ^{1/2}, W m×n with iid centred Gaussian entries of variance σ².

    Args:
        parts: λ, integers of any sign in any order, tr S^0 = m; the empty product is 1.
        m, n, sigma, beta, method: as for `trace_moment`; "recurrence" covers a single trace only, and where a part is
            negative there is only "auto", and sigma > 0.
        scale: Σ, an m×m symmetric positive semidefinite matrix (NumPy, SymPy, nested lists; entries exact, float or
            symbolic; complex Hermitian for beta=2), definite where a part is negative. The identity by default. With
            a scale, m is its dimension and the methods are "loop-equations" (k <= 34), "zonal" (k <= 16) and "wick"
            (k <= 7, beta 1, 2, 4).

    Returns:
        Exact: int or Fraction at exact numbers, else a SymPy polynomial or rational function. A float n or sigma gives
        the exact value, rounded once to a float; a float scale gives floats.

    Raises:
        DomainError, LimitError: for an argument outside its domain, or out of the method's reach.
        ExistenceError: unless n − m + 1 > 2k/β, k the sum of the negative parts, without its sign (for m = 1 all parts
            count, of both signs).
        MethodError: for an unknown method or one that does not cover the question.

    References:
        James, Ann. Math. Statist. 35 (1964) 475 (the general scale); Letac, Massam, Scand. J. Statist. 31 (2004) 295.

    Examples:
        >>> trace_product_moment([1, 1])
        m**2*n**2 + 2*m*n
        >>> trace_product_moment([2, 1], 4, 7)
        10752
        >>> trace_product_moment([2], scale=[[2, 1], [1, 2]])
        10*n**2 + 26*n
        >>> trace_product_moment([2], n=3, scale=[[2, 1], [1, 2]])
        168
        >>> trace_product_moment([2, -1], 3, 7), trace_product_moment([-1, -1], n=7, scale=[[2, 1], [1, 2]])
        (203, Fraction(17, 90))
    """
    parts = domain.signed_orders(parts)
    label, zeros = label_and_zeros(parts)
    negative = bool(label) and label[-1] < 0
    if negative and (type(method) is not str or method != "auto"):
        raise MethodError(f"negative powers have the method 'auto' only, got {domain.shown(method)}")
    domain.choice(method, METHODS)
    law = Wishart(m, n, sigma=sigma, beta=beta, scale=scale)
    if negative:
        from wishart_moments.moments.inverse import signed

        moment = signed.trace_moment_of(label, law)
    elif law.scale is not None:
        terms = _with_scale(label, law.beta, method)
        moment = law.scale.combination({mu: at_n(c, law.n, law.beta) for mu, c in terms.items()})
    else:
        moment = _at_identity(label, law, method)
    return law.scaled(moment * law.m**zeros, 2 * sum(label))


def _route(label: Partition, beta: Any, method: str) -> str:
    """Return the method, the fastest for "auto", after refusing one that does not cover the moment."""
    if method == "auto":
        return "recurrence" if len(label) == 1 and beta in (1, 2, 4) else "loop-equations"
    if domain.is_symbolic(beta) and method != "loop-equations":
        raise MethodError(f"a symbolic beta needs method 'loop-equations', got {method!r}")
    if method == "recurrence" and len(label) > 1:
        raise MethodError("the recurrences are for a single trace; use method 'loop-equations'")
    return method


def _polynomial(label: Partition, beta: Any, route: str) -> Polynomial:
    """Return E p_λ at Σ = I, λ not empty."""
    if route == "recurrence":
        k = sum(label)
        return recurrence.TraceMomentTable(k, beta, min_k=k)[k]
    if route == "zonal":
        return zonal.expected_trace(label[0], beta) if len(label) == 1 else zonal.expected_power_sum(label, beta)
    if route == "wick":
        from wishart_moments.moments import wick_count

        return wick_count.expected_power_sum(label, beta)
    return loop_equations.expected_power_sum(label, None if domain.is_symbolic(beta) else beta)


def _at_identity(label: Partition, law: Wishart, method: str) -> Any:
    m, n, beta = law.m, law.n, law.beta
    if not label:
        moment = polynomial({(0, 0): 1})
        return evaluate(moment, m, n) if law.numeric else to_sympy(moment, m, n)
    route = _route(label, beta, method)
    if law.numeric and route == "recurrence":
        return as_number(recurrence.trace_moments_at(sum(label), m, n, beta)[-1])
    if law.numeric and route == "loop-equations":
        return as_number(loop_equations.expected_power_sum_at(label, m, n, beta))
    moment = _polynomial(label, beta, route)
    return evaluate(moment, m, n) if law.numeric else to_sympy(moment, m, n, beta)


def _with_scale(label: Partition, beta: Any, method: str) -> "Mapping[Partition, fmpq_poly | fmpq_mpoly]":
    """Return {μ: c} with E p_λ(S) = Σ_μ c(n) p_μ(Σ), c in n and a = 2/β where β is symbolic."""
    symbolic = domain.is_symbolic(beta)
    if method in ("auto", "loop-equations"):
        from wishart_moments.moments.general_scale import marked_moments

        return marked_moments.expected_power_sum_with_scale(label, None if symbolic else beta)
    if method == "recurrence":
        raise MethodError("a general scale needs method 'loop-equations', 'zonal' or 'wick', got 'recurrence'")
    if symbolic:
        raise MethodError(f"a symbolic beta needs method 'loop-equations', got {method!r}")
    return (wick if method == "wick" else zonal).expected_power_sum_with_scale(label, beta)
