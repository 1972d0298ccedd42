"""E tr H^k for the Gaussian ensembles: H symmetric (GOE), Hermitian (GUE), quaternion self-dual (GSE), and every β.

The entries above the diagonal have E|H_ij|² = σ², those on it the variance aσ², a = 2/β: the density of H is
proportional to exp(−(β/4σ²) tr H²). Odd moments vanish. With M_p = E tr H^{2p} at σ = 1

    β = 1:  (p+1) M_p = (4p−1)(2m−1) M_{p−1} + (2p−3)(10p² − 9p − 8m² + 8m) M_{p−2}
                        − 5(2p−3)(2p−4)(2p−5)(2m−1) M_{p−3} − 2(2p−3)(2p−4)(2p−5)(2p−6)(2p−7) M_{p−4};
    β = 2:  (p+1) M_p = (4p−2) m M_{p−1} + (p−1)(2p−1)(2p−3) M_{p−2};
    β = 4:  M_p(m) = (−1/2)^{p+1} M_p^{β=1}(−2m);

and for every β the loop equations, p_λ = Π tr H^{λ_i}, p_0 = m,

    E[p_{r+1} p_λ] = (a−1) r E[p_{r−1} p_λ] + Σ_{s=0}^{r−1} E[p_s p_{r−1−s} p_λ] + a Σ_i λ_i E[p_{r+λ_i−1} p_{λ∖λ_i}].

References: Harer, Zagier, Invent. Math. 85 (1986) 457 (β = 2); Ledoux, Ann. Inst. H. Poincaré 45 (2009) 754 (β = 1);
Mulase, Waldron, Duke Math. J. 117 (2003) 1 (duality); Witte, Forrester, J. Math. Phys. 55 (2014) 083302 (every β).
"""

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flint import fmpq, fmpq_mpoly, fmpq_mpoly_ctx, fmpq_poly

from wishart_moments import domain
from wishart_moments.combinatorics.partitions import Partition
from wishart_moments.domain import is_symbolic
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments.polynomials import as_number, rational

if TYPE_CHECKING:
    import sympy

METHODS = ("auto", "recurrence", "loop-equations")

MAX_K = 2000
"""The largest k at a number m."""

MAX_POLYNOMIAL_K = 400
"""The largest k of a polynomial in m."""

MAX_LOOP_K = 60
"""The largest k of the loop equations, for a symbolic β half of it."""

_RING = fmpq_mpoly_ctx.get(("m", "a"), "deglex")


def even_moments(count: int, m: Any, beta: int | Fraction) -> list[Any]:
    """Return [M_0, …, M_count] by the recurrences, m a number or a polynomial of FLINT.

    Example:
        >>> even_moments(3, fmpq(2), 1), even_moments(2, fmpq_poly([0, 1]), 2)
        ([2, 6, 46, 546], [x, x^2, 2*x^3 + x])
    """
    if beta == 4:
        dual = even_moments(count, -2 * m, 1)
        return [moment * fmpq((-1) ** (p + 1), 2 ** (p + 1)) for p, moment in enumerate(dual)]
    moments = [m]
    for p in range(1, count + 1):
        if beta == 2:
            factors = [(4 * p - 2) * m, (p - 1) * (2 * p - 1) * (2 * p - 3)]
        else:
            third = (2 * p - 3) * (2 * p - 4) * (2 * p - 5)
            factors = [
                (4 * p - 1) * (2 * m - 1),
                (2 * p - 3) * (10 * p * p - 9 * p - 8 * m * (m - 1)),
                -5 * third * (2 * m - 1),
                -2 * third * (2 * p - 6) * (2 * p - 7),
            ]
        if p == 1 and beta == 1:
            moments.append(m * (m + 1))
            continue
        terms = (factor * moment for factor, moment in zip(factors, moments[::-1], strict=False))
        moments.append(sum(terms, 0 * m) / (p + 1))
    return moments


class _LoopEquations:
    """E p_λ(H) over a ring that holds m and a."""

    def __init__(self, m: Any, a: Any, one: Any) -> None:
        self._m, self._a = m, a
        self._memo: dict[Partition, Any] = {(): one}

    def __call__(self, *parts: int) -> Any:
        """Return the moment; the parts come in any order."""
        label = tuple(sorted((part for part in parts if part), reverse=True))
        if label not in self._memo:
            self._memo[label] = self._of(label[:-1], label[-1] - 1)
        return self._m ** parts.count(0) * self._memo[label]

    def _of(self, rest: Partition, r: int) -> Any:
        if (sum(rest) + r) % 2 == 0:
            return 0 * self._m
        total = (self._a - 1) * r * self(*rest, r - 1) if r else 0 * self._m
        for s in range(r):
            total += self(*rest, s, r - 1 - s)
        for part, count in Counter(rest).items():
            at = rest.index(part)
            total += part * count * self._a * self(*rest[:at], *rest[at + 1 :], r + part - 1)
        return total


def gaussian_trace_moment(
    k: int, m: Any = None, *, sigma: Any = 1, beta: Any = 1, method: str = "auto"
) -> "int | Fraction | float | sympy.Expr":
    """Return E tr H^k for an m×m matrix H of the Gaussian ensemble, E|H_ij|² = σ² off the diagonal, 2σ²/β on it.

    Args:
        k: an integer >= 0.
        m: an integer >= 1, a SymPy expression, or None for the symbol m.
        sigma: the standard deviation of an entry off the diagonal, >= 0.
        beta: 1 (GOE), 2 (GUE), 4 (GSE, each doubled eigenvalue once), any positive rational, a SymPy symbol.
        method: "auto", "recurrence" (beta 1, 2, 4) or "loop-equations" (k <= 60).

    Returns:
        Exact: int or Fraction at numbers (a float sigma gives a float), else a SymPy polynomial.

    Raises:
        DomainError, MethodError: for an argument outside its domain.
        LimitError: for k > 2000, of a polynomial 400, by the loop equations 60, with a symbolic beta 30.

    References:
        See the module `gaussian_ensemble`.

    Examples:
        The numbers of one-face maps by genus (Harer, Zagier): 14 planar ones, 70 on the torus, 21 of genus 2.

        >>> gaussian_trace_moment(8, beta=2)
        14*m**5 + 70*m**3 + 21*m
        >>> gaussian_trace_moment(4), gaussian_trace_moment(4, 2, beta=4)
        (2*m**3 + 5*m**2 + 5*m, Fraction(17, 2))
    """
    domain.choice(method, METHODS)
    k, m, deviation, beta = (
        domain.order(k),
        domain.dimension(m),
        domain.scale_parameter(sigma),
        domain.dyson_index(beta),
    )
    symbolic = is_symbolic(beta)
    if method == "auto":
        method = "recurrence" if beta in (1, 2, 4) else "loop-equations"
    if method == "recurrence" and (symbolic or beta not in (1, 2, 4)):
        raise MethodError(f"the recurrences are for beta = 1, 2 and 4, got {domain.shown(beta)}")
    numeric = not is_symbolic(m) and not symbolic
    limit = MAX_LOOP_K if method == "loop-equations" else MAX_K if numeric else MAX_POLYNOMIAL_K
    if k > (limit := limit // 2 if symbolic else limit):
        raise LimitError(f"need k <= {limit:,} for this beta and m, got {domain.shown(k)}")
    value = _moment(k, m, beta, method)
    if is_symbolic(deviation) or isinstance(value, int | Fraction):
        return _scaled(value, deviation, k)
    return deviation**k * value


def _scaled(value: Any, sigma: Any, k: int) -> Any:
    if is_symbolic(sigma):
        return sigma**k * value
    try:
        if isinstance(sigma, float):
            return float(Fraction(sigma) ** k * value)
    except OverflowError:
        raise DomainError(domain.OVERFLOW) from None
    exact = Fraction(sigma) ** k * value
    return int(exact) if exact.denominator == 1 else exact


def _moment(k: int, m: Any, beta: Any, method: str) -> Any:
    """Return the moment at σ = 1 as a number or an expression."""
    if is_symbolic(beta):
        first, second = _RING.gens()
        return _expression(_LoopEquations(first, second, _RING.constant(1))(k), (m, 2 / beta))
    variable: Any = fmpq_poly([0, 1]) if is_symbolic(m) else fmpq(m)
    if k % 2:
        value = 0 * variable
    elif method == "recurrence":
        value = even_moments(k // 2, variable, beta)[-1]
    else:
        value = _LoopEquations(variable, rational(domain.jack_parameter(beta)), 0 * variable + 1)(k)
    return as_number(value) if isinstance(value, fmpq) else _expression(value, (m,))


def _expression(value: "fmpq_poly | fmpq_mpoly", variables: tuple[Any, ...]) -> Any:
    import sympy as untyped

    sympy: Any = untyped
    from wishart_moments.notation.convert import as_terms

    terms = (
        sympy.Rational(c.numerator, c.denominator) * sympy.Mul(*(v**e for v, e in zip(variables, each, strict=True)))
        for each, c in as_terms(value).items()
    )
    return sympy.Add(*terms)
