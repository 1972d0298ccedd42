"""E p_λ(S) by James' theorem: the zonal polynomials are eigenfunctions of taking the Wishart expectation.

The zonal polynomials are the Jack polynomials with parameter a = 2 (β = 1); a = 2/β serves every β. In Macdonald's
normalisation J_κ (the coefficient of p_1^k is 1), with the contents a(j−1) − (i−1) of the boxes (i, j) of κ,

    E J_κ(S) = P_κ(n) J_κ(Σ),   J_κ(I_m) = P_κ(m),   P_κ(x) = Π_{(i,j)∈κ} (x + a(j−1) − (i−1)),

for S = Σ^{1/2} W W^† Σ^{1/2}. James' own C_κ = a^k k!/j_κ · J_κ is normalised by Σ_κ C_κ = p_1^k; then
E C_κ(S) = 2^k (n/2)_κ C_κ(Σ) at a = 2. Here j_κ = ⟨J_κ, J_κ⟩ = Π (a·arm + leg + 1)(a·arm + leg + a), in the scalar
product ⟨p_λ, p_μ⟩ = δ z_λ a^{ℓ(λ)} that makes the J_κ orthogonal, so that with J_κ = Σ_λ θ^κ_λ p_λ

    p_λ = z_λ a^{ℓ(λ)} Σ_κ θ^κ_λ / j_κ · J_κ.

References: James, Ann. Math. Statist. 35 (1964) 475, and 39 (1968) 1711 (the recurrence of the monomial
coefficients); Muirhead, Aspects of Multivariate Statistical Theory (1982), section 7.2; Macdonald, Symmetric
Functions and Hall Polynomials (1995), VI.10 and VII.2; Stanley, Adv. Math. 77 (1989) 76, theorem 5.4.
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from math import factorial, lcm, prod
from typing import NamedTuple, cast

from flint import fmpq, fmpq_mat, fmpq_poly, fmpz, fmpz_mat, fmpz_poly

from wishart_moments.combinatorics.partitions import (
    Partition,
    centralizer_order,
    conjugate,
    dominates,
    partition,
    partitions,
)
from wishart_moments.domain import jack_parameter, shown
from wishart_moments.errors import LimitError
from wishart_moments.moments.polynomials import Polynomial, polynomial

MAX_DEGREE = 16
"""The largest k for which all zonal polynomials are computed (231 of them take some ten seconds)."""

MAX_EXPECTED_DEGREE = 200
"""The largest k for the mean of a single zonal polynomial at Σ = I."""


MAX_BETA_BITS = 512
"""The most bits of 2/β = u/v, u and v together: of such numbers each polynomial has thousands of products."""


def max_trace_degree(beta: int | Fraction) -> int:
    """Return the largest k for a single trace: 100 for β = 1, 2, 4, where few partitions contribute, else 30.

    Where 2/β has more than 32 bits, such as a float's, it is 20, and with more than 128 bits 16.

    Raises:
        LimitError: where 2/β has more than 512 bits.
    """
    bits = sum(part.bit_length() for part in jack_parameter(beta).as_integer_ratio())
    if bits > MAX_BETA_BITS:
        raise LimitError(
            f"need beta with numerator and denominator of at most {MAX_BETA_BITS} bits together for zonal polynomials, "
            f"got {shown(beta)}; at Σ = I use method 'loop-equations'"
        )
    if beta in (1, 2, 4):
        return 100
    return 30 if bits <= 32 else 20 if bits <= 128 else MAX_DEGREE


def monomial_coefficients(kappa: Partition, beta: int | Fraction = 1) -> dict[Partition, fmpq]:
    """Return {μ: c} with the Jack polynomial P_κ = m_κ + Σ_{μ ◁ κ} c m_μ in monomial symmetric functions; exact.

    James' recurrence: with ρ_κ = Σ κ_i (κ_i − 1 − (2/a)(i−1)),
    (ρ_κ − ρ_λ) c_λ = (2/a) Σ ((λ_i + t) − (λ_j − t)) c_μ over i < j, 1 <= t <= λ_j,
    where μ is λ with t moved from λ_j to λ_i.

    Example:
        >>> monomial_coefficients((2, 1))
        {(2, 1): 1, (1, 1, 1): 3/2}
    """
    a = jack_parameter(beta)
    inverse = fmpq(a.denominator, a.numerator)

    def rho(parts: Partition) -> fmpq:
        return sum((part * (part - 1 - 2 * i * inverse) for i, part in enumerate(parts)), fmpq(0))

    coefficients: dict[Partition, fmpq] = {}
    for lower in partitions(sum(kappa)):
        if lower == kappa:
            coefficients[lower] = fmpq(1)
        elif dominates(kappa, lower):
            total = fmpq(0)
            for j in range(1, len(lower)):
                for i in range(j):
                    for t in range(1, lower[j] + 1):
                        raised = list(lower)
                        raised[i] += t
                        raised[j] -= t
                        upper = tuple(sorted((part for part in raised if part), reverse=True))
                        if upper in coefficients:
                            total += (lower[i] - lower[j] + 2 * t) * coefficients[upper]
            coefficients[lower] = 2 * inverse * total / (rho(kappa) - rho(lower))
    return coefficients


@lru_cache(maxsize=32)
def _power_sums_in_monomials(k: int) -> fmpz_mat:
    """Return the matrix of p_λ = Σ_μ L_{λμ} m_μ, rows and columns in the order of `partitions(k)`."""
    expansions: dict[Partition, dict[Partition, int]] = {(): {(): 1}}

    def expansion(parts: Partition) -> dict[Partition, int]:
        if parts not in expansions:
            result: dict[Partition, int] = {}
            for mu, c in expansion(parts[:-1]).items():
                # p_r m_μ: add r to one part (or to none); the result counts once for each equal part it makes.
                for part in {*mu, 0}:
                    rest = list(mu)
                    if part:
                        rest.remove(part)
                    raised = part + parts[-1]
                    nu = tuple(sorted((*rest, raised), reverse=True))
                    result[nu] = result.get(nu, 0) + c * nu.count(raised)
            expansions[parts] = result
        return expansions[parts]

    labels = list(partitions(k))
    return fmpz_mat([[expansion(label).get(mu, 0) for mu in labels] for label in labels])


class JackBasis(NamedTuple):
    """All J_κ, |κ| = k, in power sums: J_κ = Σ_λ coefficients[κ][λ] p_λ, with the norms j_κ."""

    coefficients: dict[Partition, dict[Partition, fmpq]]
    norms: dict[Partition, fmpq]


@lru_cache(maxsize=32)
def jack_basis(k: int, beta: int | Fraction = 1) -> JackBasis:
    """Return all Jack polynomials J_κ of degree k, a = 2/β, in power sums; exact.

    Raises:
        LimitError: for k > 16, or where 2/β has more than 512 bits.

    Cost:
        k = 10 takes some 0.1 s, k = 14 a few seconds; kept for the next call.

    Example:
        >>> jack_basis(2).coefficients
        {(2,): {(2,): 2, (1, 1): 1}, (1, 1): {(2,): -1, (1, 1): 1}}
    """
    if k > min(MAX_DEGREE, max_trace_degree(beta)):
        raise LimitError(
            f"need k <= {MAX_DEGREE} for all zonal polynomials of degree k, got {k}; "
            "at Σ = I use method 'loop-equations'"
        )
    labels = list(partitions(k))
    inverse = cast(fmpq_mat, _power_sums_in_monomials(k).inv())  # pyright: ignore[reportUnknownMemberType]
    monomials = [monomial_coefficients(kappa, beta) for kappa in labels]
    power_sums = fmpq_mat([[row.get(mu, fmpq(0)) for mu in labels] for row in monomials]) * inverse
    rows: dict[Partition, dict[Partition, fmpq]] = {}
    for kappa, row in zip(labels, power_sums.tolist(), strict=True):
        # The coefficient of p_1^k, the last label, is made 1.
        rows[kappa] = {label: c / row[-1] for label, c in zip(labels, row, strict=True) if c}
    return JackBasis(rows, {kappa: _norm(kappa, jack_parameter(beta)) for kappa in labels})


def _norm(kappa: Partition, a: Fraction) -> fmpq:
    """Return j_κ = Π (a·arm + leg + 1)(a·arm + leg + a) over the boxes of κ."""
    u, v = a.as_integer_ratio()
    columns = conjugate(kappa)
    boxes = [(u * (part - j - 1), v * (columns[j] - i - 1)) for i, part in enumerate(kappa) for j in range(part)]
    return fmpq(prod((arm + leg + v) * (arm + leg + u) for arm, leg in boxes), v ** (2 * sum(kappa)))


def _content_polynomial(kappa: Partition, a: Fraction) -> fmpz_poly:
    """Return v^k P_κ(x) = Π (v x + u(j−1) − v(i−1)) for a = u/v."""
    u, v = a.as_integer_ratio()
    result = fmpz_poly([1])
    for i, part in enumerate(kappa):
        for j in range(part):
            result *= fmpz_poly([u * j - v * i, v])
    return result


def _sum_of_products(terms: list[tuple[Partition, fmpq]], k: int, a: Fraction) -> Polynomial:
    """Return Σ c P_κ(m) P_κ(n) over the (κ, c)."""
    if not terms:
        return polynomial({(0, 0): 0})
    common = lcm(*(int(c.q) for _, c in terms))
    factors = fmpz_mat([[f[d] for d in range(k + 1)] for f in (_content_polynomial(kappa, a) for kappa, _ in terms)])
    weighted = fmpz_mat([[int(c * common) * factors[row, d] for d in range(k + 1)] for row, (_, c) in enumerate(terms)])
    product = weighted.transpose() * factors
    denominator = fmpz(common) * fmpz(a.denominator) ** (2 * k)
    return polynomial(
        {(i, j): fmpq(product[i, j], denominator) for i in range(k + 1) for j in range(k + 1) if product[i, j]}
    )


def _fat_hooks(k: int, u: int, v: int, largest: int, row: int = 0) -> Iterator[Partition]:
    """Yield the partitions of k without the box (u+1, v+1): rows beyond the first u have at most v boxes."""
    if k == 0:
        yield ()
        return
    for first in range(min(k, largest, k if row < u else v), 0, -1):
        for rest in _fat_hooks(k - first, u, v, first, row + 1):
            yield (first, *rest)


def expected_trace(k: int, beta: int | Fraction = 1) -> Polynomial:
    """Return E tr S^k as a polynomial in m and n by James' theorem; exact, and without any zonal polynomial.

    The coefficient of J_κ in p_k needs only θ^κ_(k) = Π_{(i,j)≠(1,1)} (a(j−1) − (i−1)), which vanishes as soon as κ has
    the box where a(j−1) = i−1: for β = 1 only κ = (r, s, 1^t) remain, k²/4 of them.

    Args:
        k: at least 1.
        beta: 1, 2, 4 or any positive rational (if 2/β = u/v has large u and v, all partitions of k contribute).

    Raises:
        LimitError: for k > `max_trace_degree(beta)`: 100, or where beta is not 1, 2 or 4, at most 30.

    Cost:
        O(k²) partitions for β = 1; k = 60 takes about a second.

    References:
        Hanlon, Stanley, Stembridge, Contemp. Math. 138 (1992) 151; Goulden, Jackson, Canad. J. Math. 48 (1996) 569.

    Example:
        >>> print(expected_trace(2), "|", expected_trace(2, 2))
        m^2*n + m*n^2 + m*n | m^2*n + m*n^2
    """
    a = jack_parameter(beta)
    if k > max_trace_degree(beta):
        raise LimitError(
            f"need k <= {max_trace_degree(beta)} for James' theorem at beta = {shown(beta)}, got {k}; "
            "use method 'recurrence' (beta 1, 2, 4) or 'loop-equations'"
        )
    return _sum_of_products(trace_components(k, beta), k, a)


def trace_components(k: int, beta: int | Fraction = 1) -> list[tuple[Partition, fmpq]]:
    """Return the (κ, c) of p_k = Σ c J_κ, only those with c ≠ 0; exact.

    Example:
        >>> trace_components(2)
        [((2,), 1/3), ((1, 1), -1/3)]
    """
    a = jack_parameter(beta)
    u, v = a.as_integer_ratio()
    terms: list[tuple[Partition, fmpq]] = []
    for kappa in _fat_hooks(k, u, v, k):
        theta = prod(u * j - v * i for i, part in enumerate(kappa) for j in range(part) if i or j)
        terms.append((kappa, fmpq(k * u * theta, v**k) / _norm(kappa, a)))
    return terms


def components(label: Partition, beta: int | Fraction = 1) -> list[tuple[Partition, fmpq]]:
    """Return the (κ, c) of p_λ = Σ c J_κ; exact.

    Raises:
        LimitError: for |λ| > 16.
    """
    a = jack_parameter(beta)
    basis = jack_basis(sum(label), beta)
    scale = centralizer_order(label) * fmpq(a.numerator, a.denominator) ** len(label)
    return [
        (kappa, scale * row[label] / basis.norms[kappa]) for kappa, row in basis.coefficients.items() if label in row
    ]


def expected_power_sum(parts: Partition, beta: int | Fraction = 1) -> Polynomial:
    """Return E p_λ(S) = E Π_i tr S^{λ_i} as a polynomial in m and n by James' theorem; exact.

    Raises:
        LimitError: for |λ| > 16.

    Example:
        >>> print(expected_power_sum((1, 1)))
        m^2*n^2 + 2*m*n
    """
    label = partition(parts)
    return _sum_of_products(components(label, beta), sum(label), jack_parameter(beta))


def expected_power_sum_with_scale(parts: Partition, beta: int | Fraction = 1) -> dict[Partition, fmpq_poly]:
    """Return {μ: c} with E p_λ(S) = Σ_μ c(n) p_μ(Σ) for S = Σ^{1/2} W W^† Σ^{1/2}; c is a polynomial in n, exact.

    Raises:
        LimitError: for |λ| > 16.

    Example:
        >>> for mu, c in sorted(expected_power_sum_with_scale((2,)).items()): print(mu, c)
        (1, 1) x
        (2,) x^2 + x
    """
    label = partition(parts)
    a = jack_parameter(beta)
    result: dict[Partition, fmpq_poly] = {}
    basis = jack_basis(sum(label), beta)
    for kappa, c in components(label, beta):
        growth = fmpq_poly(_content_polynomial(kappa, a)) * (c / fmpq(a.denominator) ** sum(label))
        for mu, theta in basis.coefficients[kappa].items():
            result[mu] = result.get(mu, fmpq_poly([0])) + theta * growth
    return {mu: c for mu, c in result.items() if c}


def zonal_coefficients(kappa: Partition, beta: int | Fraction = 1) -> dict[Partition, fmpq]:
    """Return {λ: c} with C_κ = Σ_λ c p_λ, normalised by Σ_κ C_κ = p_1^k; exact.

    Example:
        >>> zonal_coefficients((2,)), zonal_coefficients((1, 1))
        ({(2,): 2/3, (1, 1): 1/3}, {(2,): -2/3, (1, 1): 2/3})
    """
    kappa = partition(kappa)
    k, a = sum(kappa), jack_parameter(beta)
    basis = jack_basis(k, beta)
    scale = fmpq(a.numerator, a.denominator) ** k * factorial(k) / basis.norms[kappa]
    return {label: scale * c for label, c in basis.coefficients[kappa].items()}


def expected_zonal(kappa: Partition, beta: int | Fraction = 1) -> Polynomial:
    """Return E C_κ(S) = P_κ(n) C_κ(I_m) at Σ = I as a polynomial in m and n; exact.

    For β = 1 it is 2^k (n/2)_κ C_κ(I_m), C_κ(I_m) = 2^{2k} k! (m/2)_κ / H(2κ).

    Raises:
        LimitError: for |κ| > 200.

    Example:
        >>> print(expected_zonal((2,)))
        1/3*m^2*n^2 + 2/3*m^2*n + 2/3*m*n^2 + 4/3*m*n
    """
    kappa = partition(kappa)
    k, a = sum(kappa), jack_parameter(beta)
    if k > MAX_EXPECTED_DEGREE:
        raise LimitError(f"need k <= {MAX_EXPECTED_DEGREE} for the mean of a zonal polynomial of degree k, got {k}")
    scale = fmpq(a.numerator, a.denominator) ** k * factorial(k) / _norm(kappa, a)
    return _sum_of_products([(kappa, scale)], k, a)


def zonal_growth(kappa: Partition, beta: int | Fraction = 1) -> fmpq_poly:
    """Return P_κ(n), the factor in E C_κ(S) = P_κ(n) C_κ(Σ); for β = 1 it is 2^k (n/2)_κ.

    Example:
        >>> zonal_growth((2, 1))
        x^3 + x^2 + (-2)*x
    """
    kappa = partition(kappa)
    a = jack_parameter(beta)
    return fmpq_poly(_content_polynomial(kappa, a)) / fmpq(a.denominator) ** sum(kappa)
