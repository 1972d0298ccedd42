"""Covariances and joint cumulants of the traces p_k = tr S^k.

Moments are sums over set partitions of products of cumulants; by the block B that contains the first trace,

    κ(p_{k_1}, …, p_{k_q}) = E[p_{k_1} … p_{k_q}] − Σ_{B ∋ 1, B ≠ all} κ(p_B) E[Π_{i∉B} p_{k_i}],

with every E p_λ once from the loop equations (Möbius inversion over set partitions, summed by recursion). In Wick's sum
κ keeps the matchings that connect all q traces. Hence its degree in m and n together is Σ k_i + 2 − q, and with a = 2/β
the part of that degree is a^{q−1} times the complex one (connected planar surfaces). For q = 2 it is

    a Σ_{r≥1} r c_{j,r} c_{k,r} (mn)^r,   c_{j,r} = Σ_i j! / (i! (i+r)! (j−2i−r)!) (m+n)^{j−2i−r} (mn)^i,

c_{j,r} (mn)^{r/2} being the coefficient of z^r in (m + n + √(mn) (z + 1/z))^j: shifted Chebyshev polynomials of S have
asymptotically independent traces.

References: Speed, Austral. J. Statist. 25 (1983) 378 (cumulants and set partitions); Jonsson, J. Multivariate Anal. 12
(1982) 1; Cabanal-Duvillard, Ann. Inst. H. Poincaré Probab. Statist. 37 (2001) 373 (the limit of the covariances);
Mingo, Nica, Int. Math. Res. Not. 28 (2004) 1413 (annular non-crossing permutations); Redelmeier, J. Theoret. Probab. 24
(2011) 1044 (real).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import comb, factorial, prod
from typing import TYPE_CHECKING, Any

from flint import fmpq, fmpq_mpoly, fmpq_mpoly_ctx, fmpq_poly

from wishart_moments import domain
from wishart_moments.combinatorics.partitions import Partition, label_and_zeros, partition
from wishart_moments.domain import is_number
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.moments import loop_equations
from wishart_moments.moments.polynomials import RING, SYMBOLIC_RING, Polynomial, as_number, at_n, to_sympy
from wishart_moments.moments.wishart import Wishart
from wishart_moments.notation.factoring import factored

if TYPE_CHECKING:
    import sympy

MAX_DEGREE = 60
"""The largest degree at a general scale; the marked moments end before it."""

MAX_BETA = 10**50
"""The largest numerator and denominator of beta in a formula with inverse powers: SymPy factors it."""

MAX_PRODUCTS = 20_000
"""The most products of two moments that one cumulant may take (fifteen different traces)."""


def trace_cumulant(
    orders: Sequence[int], m: Any = None, n: Any = None, *, sigma: Any = 1, beta: Any = 1, scale: Any = None
) -> "int | Fraction | float | sympy.Expr":
    """Return the joint cumulant κ(tr S^{k_1}, …, tr S^{k_q}) for S = W W^†, W m×n with iid centred Gaussian entries.

    Args:
        orders: k_1, …, k_q, integers of either sign, at least one; for a variance give k twice.
        m, n, sigma, beta: as for `trace_moment`; a symbolic beta is kept.
        scale: Σ in S = Σ^{1/2} W W^† Σ^{1/2}, as for `trace_product_moment`; the identity by default.

    Returns:
        Exact: int or Fraction if m, n, sigma, beta and scale are exact numbers, else a SymPy polynomial; a float sigma
        gives the exact value, rounded once to a float. For a float scale the coefficients of the p_μ(Σ) are exact.

    Raises:
        DomainError: for an argument outside its domain.
        ExistenceError: unless n − m + 1 > 2k/β, k the sum of the negative orders, without its sign.
        LimitError: if there are too many different traces, or the loop equations do not reach their product.

    References:
        See the module `cumulants`.

    Examples:
        The trace has a gamma law, κ_q(tr S) = (q−1)! a^{q−1} mn:

        >>> trace_cumulant([1, 1, 1])
        8*m*n
        >>> trace_cumulant([2, 2], beta=2)
        4*m**3*n + 10*m**2*n**2 + 4*m*n**3 + 2*m*n
        >>> trace_cumulant([3, 2, 1], 4, 7)
        9414720
        >>> trace_cumulant([1, 1], scale=[[2, 1], [1, 2]])  # 2n tr Σ²
        20*n
    """
    label, zeros = _label(orders)
    law = Wishart(m, n, sigma=sigma, beta=beta, scale=scale)
    if zeros:
        # tr S^0 = m is a constant: its cumulant with others vanishes.
        return law.scaled(law.m if len(label) + zeros == 1 else 0 * law.m, 0)
    law.require(label)
    if label[-1] < 0:
        value: Any = _signed_cumulant(label, law)
    elif law.scale is not None:
        terms = cumulant_with_scale(label, law.exact_beta)
        value = law.scale.combination({mu: at_n(c, law.n, law.beta) for mu, c in terms.items()})
    elif law.numeric:
        value = as_number(_cumulant(label, lambda parts: _at(parts, law), fmpq(1)))
    else:
        value = to_sympy(cumulant_polynomial(label, law.exact_beta), law.m, law.n, law.beta)
    return law.scaled(value, 2 * sum(label))


def trace_covariance(
    j: int, k: int, m: Any = None, n: Any = None, *, sigma: Any = 1, beta: Any = 1, scale: Any = None
) -> "int | Fraction | float | sympy.Expr":
    """Return Cov(tr S^j, tr S^k) = E[tr S^j tr S^k] − E[tr S^j] E[tr S^k].

    Args:
        j, k: the powers, integers of either sign; equal ones give the variance.
        m, n, sigma, beta, scale: as for `trace_cumulant`.

    Returns:
        Exact, as from `trace_cumulant`: int or Fraction at exact numbers, else a SymPy expression.

    Raises:
        DomainError, LimitError: as `trace_cumulant` does.
        ExistenceError: for negative powers unless n − m + 1 > 2k/β, k the sum of those, without their sign.

    Examples:
        >>> trace_covariance(1, 1), trace_covariance(1, 2)
        (2*m*n, 4*m**2*n + 4*m*n**2 + 4*m*n)
        >>> trace_covariance(2, 2, 64, 128)
        2715975680
        >>> trace_covariance(-1, -1, 2, 8), trace_covariance(1, -1)
        (Fraction(14, 225), 2*m/(m - n + 1))
    """
    return trace_cumulant((j, k), m, n, sigma=sigma, beta=beta, scale=scale)


def cumulant_polynomial(parts: Partition, beta: int | Fraction | None = 1) -> Polynomial:
    """Return κ(p_{λ_1}, …, p_{λ_q}) as a polynomial in m and n, and in a = 2/β for beta None; exact.

    Example:
        >>> print(cumulant_polynomial((2, 1), None))
        2*m^2*n*a + 2*m*n^2*a + 2*m*n*a^2 - 2*m*n*a
    """
    one = (SYMBOLIC_RING if beta is None else RING).constant(1)
    return _cumulant(partition(parts), lambda label: loop_equations.expected_power_sum(label, beta), one)


def cumulant_with_scale(parts: Partition, beta: int | Fraction | None = 1) -> dict[Partition, fmpq_poly | fmpq_mpoly]:
    """Return {μ: c} with κ(p_{λ_1}, …, p_{λ_q}) = Σ_μ c(n) p_μ(Σ), for beta None in n and a = 2/β; exact.

    Only μ of at most |λ| + 1 − q parts occur: a connected sum has so many loops at most.

    Example:
        >>> cumulant_with_scale((2, 1))
        {(2, 1): 4*x, (3,): 4*x^2 + 4*x}
    """
    from wishart_moments.moments.general_scale import marked_moments

    label = partition(parts)
    k = sum(label)
    if k > MAX_DEGREE:
        raise LimitError(f"need orders of a sum <= {MAX_DEGREE} at a given scale, got {domain.shown(k)}")
    ring = fmpq_mpoly_ctx.get(("n", "a", *(f"p{j}" for j in range(1, k + 1))), "deglex")

    def expected(each: Partition) -> fmpq_mpoly:
        terms: dict[tuple[int, ...], fmpq] = {}
        for mu, c in marked_moments.expected_power_sum_with_scale(each, beta).items():
            powers = tuple(mu.count(j) for j in range(1, k + 1))
            if isinstance(c, fmpq_poly):
                terms |= {(j, 0, *powers): x for j, x in enumerate(c.coeffs()) if x}
            else:
                terms |= {(*map(int, exponents), *powers): x for exponents, x in c.to_dict().items()}
        return ring.from_dict(terms)

    cumulants: dict[Partition, dict[tuple[int, ...], fmpq]] = {}
    for (i, j, *powers), c in _cumulant(label, expected, ring.constant(1)).to_dict().items():
        mu = tuple(part for part in range(k, 0, -1) for _ in range(int(powers[part - 1])))
        cumulants.setdefault(mu, {})[int(i), int(j)] = c
    if beta is None:
        in_n = fmpq_mpoly_ctx.get(("n", "a"), "deglex")
        return {mu: in_n.from_dict(cumulants[mu]) for mu in sorted(cumulants)}
    return {
        mu: fmpq_poly([cumulants[mu].get((j, 0), 0) for j in range(1 + max(i for i, _ in cumulants[mu]))])
        for mu in sorted(cumulants)
    }


def leading_covariance(j: int, k: int, beta: int | Fraction = 1) -> Polynomial:
    """Return the part of Cov(tr S^j, tr S^k) of the highest degree j + k, the second-order limit, for j, k >= 1; exact.

    References:
        Cabanal-Duvillard (2001); see the module `cumulants` for the formula.

    Example:
        >>> print(leading_covariance(2, 2, 2))
        4*m^3*n + 10*m^2*n^2 + 4*m*n^3
    """
    m, n = RING.gens()
    s, p = m + n, m * n

    def coefficient(power: int, r: int) -> Polynomial:
        total = RING.constant(0)
        for i in range((power - r) // 2 + 1):
            rest = power - 2 * i - r
            total += factorial(power) // (factorial(i) * factorial(i + r) * factorial(rest)) * s**rest * p**i
        return total

    terms = (r * coefficient(j, r) * coefficient(k, r) * p**r for r in range(1, min(j, k) + 1))
    a = domain.jack_parameter(beta)
    return sum(terms, RING.constant(0)) * fmpq(a.numerator, a.denominator)


def signed_cumulant_with_scale(label: Partition, law: Wishart) -> dict[Partition, Any]:
    """Return {μ: c}, μ of both signs, with κ(tr S^{λ_1}, …) = Σ_μ c p_μ(Σ) for every Σ; exact, c rational in n and m.

    Raises:
        ExistenceError: if it is infinite at the numbers m and n of the law.

    Example:
        >>> signed_cumulant_with_scale((-1, -1), Wishart(2, 8))
        {(-1, -1): Fraction(1, 225), (-2,): Fraction(1, 45)}
    """
    law.require(label)
    return _signed_terms(label, law, scaled=True)


def _signed_cumulant(label: Partition, law: Wishart) -> Any:
    """Return the cumulant of powers of both signs, a number or a rational function."""
    terms = _signed_terms(label, law, scaled=law.scale is not None)
    return terms.get((), 0) if law.scale is None else factored(law.scale.combination(terms))


def _signed_terms(label: Partition, law: Wishart, *, scaled: bool) -> dict[Partition, Any]:
    """Return {μ: c}; without a scale μ is empty."""
    beta = law.exact_beta
    if beta is not None and not (is_number(law.m) and is_number(law.n)) and max(beta.as_integer_ratio()) > MAX_BETA:
        raise LimitError(f"need beta as a fraction of numbers up to 10^50 for a formula, got {domain.shown(beta)}")
    from wishart_moments.moments.inverse import signed

    def expected(parts: Partition) -> _PowerSums:
        if not scaled:
            value = signed.trace_moment_of(parts, law) if parts[-1] < 0 else _positive(parts, law)
            return _PowerSums({(): value})
        if parts[-1] < 0:
            return _PowerSums(signed.terms_with_scale(parts, law))
        from wishart_moments.moments.general_scale import marked_moments

        terms = marked_moments.expected_power_sum_with_scale(parts, law.exact_beta)
        return _PowerSums({mu: at_n(c, law.n, law.beta) for mu, c in terms.items()})

    terms = {mu: factored(c) for mu, c in _cumulant(label, expected, _PowerSums({(): 1})).items()}
    return {mu: c for mu, c in terms.items() if c != 0}


def _positive(parts: Partition, law: Wishart) -> Any:
    if law.numeric:
        return as_number(_at(parts, law))
    return to_sympy(loop_equations.expected_power_sum(parts, law.exact_beta), law.m, law.n, law.beta)


class _PowerSums(dict[Partition, Any]):
    """Σ c p_μ(Σ) as {μ: c}, μ of both signs: what cancels, cancels before Σ, which may be floats, is put in."""

    def __sub__(self, other: "_PowerSums") -> "_PowerSums":
        return _PowerSums({mu: self.get(mu, 0) - other.get(mu, 0) for mu in {**self, **other}})

    def __mul__(self, other: "_PowerSums") -> "_PowerSums":
        total = _PowerSums()
        for (left, c), (right, d) in product(self.items(), other.items()):
            mu = tuple(sorted((*left, *right), reverse=True))
            total[mu] = total.get(mu, 0) + c * d
        return total

    def __rmul__(self, count: int) -> "_PowerSums":
        return _PowerSums({mu: count * c for mu, c in self.items()})


def _at(parts: Partition, law: Wishart) -> fmpq:
    return loop_equations.expected_power_sum_at(parts, law.m, law.n, law.beta)


def _label(orders: Any) -> tuple[Partition, int]:
    try:
        powers = [domain.signed_order(k, "every order") for k in orders]
    except TypeError:
        raise DomainError(f"need a sequence of integers, such as [2, 1], got {domain.shown(orders)}") from None
    if not powers:
        raise DomainError("need at least one trace, such as [2, 1]")
    return label_and_zeros(powers)


def _blocks(parts: Partition) -> Iterator[tuple[Partition, Partition, int]]:
    """Yield (block, the parts outside, how often) for the proper blocks of a set of traces that contain its first."""
    counts = list(Counter(parts[1:]).items())  # in decreasing order, as the parts are
    for chosen in product(*(range(count + 1) for _, count in counts)):
        block = [parts[0], *(part for (part, _), c in zip(counts, chosen, strict=True) for _ in range(c))]
        outside = tuple(part for (part, count), c in zip(counts, chosen, strict=True) for _ in range(count - c))
        if outside:
            yield tuple(block), outside, prod(comb(count, c) for (_, count), c in zip(counts, chosen, strict=True))


def _cumulant(parts: Partition, expected: Callable[[Partition], Any], one: Any) -> Any:
    """Return κ from the function E p_λ, which is called once for each λ."""
    counts = Counter(parts).values()
    subsets = prod(count + 1 for count in counts)
    # Every block of every block that contains its first trace.
    if subsets > MAX_PRODUCTS or prod((count + 1) * (count + 2) // 2 for count in counts) > 50 * MAX_PRODUCTS:
        raise LimitError(
            f"the cumulant of {len(parts)} traces rests on {subsets:,} moments, too many; take fewer different traces"
        )
    moments: dict[Partition, Any] = {(): one}
    cumulants: dict[Partition, Any] = {}

    def moment(label: Partition) -> Any:
        if label not in moments:
            moments[label] = expected(label)
        return moments[label]

    def cumulant(label: Partition) -> Any:
        if label not in cumulants:
            total = moment(label)
            for block, outside, count in _blocks(label):
                total -= count * cumulant(block) * moment(outside)
            cumulants[label] = total
        return cumulants[label]

    return cumulant(parts)
