"""E Π tr B^{λ_i} by Kadell's integral: Jack polynomials are eigenfunctions of the mean over the Jacobi ensemble, too.

For the density ∝ Π x_i^p (1 − x_i)^q Π |x_i − x_j|^β on [0, 1]^m, θ = β/2, a = 2/β, write p = θ(x − m + 1) − 1 and
q = θ(y − x − m + 1) − 1. Then, with the contents u = a(j−1) − (i−1) of the boxes (i, j) of κ,

    E J_κ(B) = J_κ(I_m) Π (x + u)/(y + u),   J_κ(I_m) = Π (m + u).

B = S_1(S_1 + S_2)^{-1}, S_i Wishart of n_i degrees of freedom, is x = n_1, y = n_1 + n_2: B is independent of
S_1 + S_2, and E J_κ(S) = J_κ(I) Π (n + u). Because E J_κ(S^{-1}) = J_κ(I)/Π (c − u), c = n − m + 1 − a, the same
formula gives, by analytic continuation,

    B^{-1}:  x = m − 1 + a − n_1 − n_2,  y = m − 1 + a − n_1;      F = S_1S_2^{-1}:  x = n_1,  y = m − 1 + a − n_2,

the latter with the sign (−1)^k; F^{-1} is F with n_1 and n_2 exchanged.

References: Kadell, Adv. Math. 130 (1997) 33; Kaneko, SIAM J. Math. Anal. 24 (1993) 1086; Muirhead, Aspects of
Multivariate Statistical Theory (1982), theorems 7.2.10 and 3.3.1.
"""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

from flint import fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from wishart_moments.combinatorics.partitions import Partition
from wishart_moments.domain import jack_parameter, shown
from wishart_moments.errors import LimitError
from wishart_moments.moments import zonal
from wishart_moments.moments.polynomials import rational

RING = fmpq_mpoly_ctx.get(("m", "x", "y"), "deglex")

MAX_SYMBOLIC_DEGREE = 12
"""The largest Σ λ_i of a rational function."""


def _contents(kappa: Partition, a: Fraction) -> list[Fraction]:
    return [a * j - i for i, part in enumerate(kappa) for j in range(part)]


def _components(label: Partition, beta: int | Fraction) -> list[tuple[Partition, fmpq]]:
    """Return the (κ, c) of p_λ = Σ c J_κ."""
    if len(label) > 1:
        return zonal.components(label, beta)
    k, most = sum(label), zonal.max_trace_degree(beta)
    if k > most and beta not in (1, 2, 4):
        raise LimitError(f"need k <= {most} at beta = {shown(beta)}, got {shown(k)}")
    return zonal.trace_components(k, beta)


def jacobi_power_sum(
    label: Partition, m: int | Fraction, x: int | Fraction, y: int | Fraction, beta: int | Fraction = 1
) -> fmpq:
    """Return the number E p_λ(B) of the law (m, x, y); exact.

    Args:
        label: λ; not empty. A single trace has k²/4 terms at β = 1; products reach |λ| = 16.
        m, x, y: the law.
        beta: 1, 2, 4 or any positive rational.

    Example:
        >>> jacobi_power_sum((2,), 2, 3, 7)
        34/63
    """
    a, total = jack_parameter(beta), fmpq(0)
    u, v = a.as_integer_ratio()
    (mp, mq), (xp, xq), (yp, yq) = (Fraction(value).as_integer_ratio() for value in (m, x, y))
    for kappa, c in _components(label, beta):
        if mq == 1 and 0 < mp < len(kappa):
            continue  # J_κ vanishes
        steps = [u * j - v * i for i, part in enumerate(kappa) for j in range(part)]
        above = prod((mp * v + mq * s) * (xp * v + xq * s) for s in steps)
        below = prod(yp * v + yq * s for s in steps)
        total += c * fmpq(above * yq ** len(steps), below * (mq * xq * v) ** len(steps))
    return total


def jacobi_power_sum_near(label: Partition, m: Any, x: Any, y: Any, beta: int | Fraction = 1) -> Any:
    """Return E p_λ(B) as a power series of FLINT, for y = y_0 + ε.

    Example:
        >>> from flint import fmpq_series
        >>> jacobi_power_sum_near((1,), 2, 3, fmpq_series([2, 1], prec=2))
        3 + (-3/2)*x + O(x^2)
    """
    a, total = jack_parameter(beta), 0 * y
    for kappa, c in _components(label, beta):
        above: Any = c
        below: Any = 0 * y + 1
        for u in map(rational, _contents(kappa, a)):
            above *= (rational(m) + u) * (rational(x) + u)
            below *= y + u
        if above:
            total += above / below
    return total


@dataclass(frozen=True)
class JacobiFunction:
    """E p_λ(B) = N(m, x, y)/Π (y + u)^{k_u}, with the roots {u: k_u}; exact."""

    numerator: fmpq_mpoly
    contents: dict[Fraction, int]


def jacobi_function(label: Partition, beta: int | Fraction = 1) -> JacobiFunction:
    """Return E p_λ(B) as a rational function of m, x and y, in lowest terms.

    Raises:
        LimitError: for |λ| > 12.

    Example:
        >>> jacobi_function((1,))
        JacobiFunction(numerator=m*x, contents={Fraction(0, 1): 1})
    """
    if sum(label) > MAX_SYMBOLIC_DEGREE:
        raise LimitError(f"need degree <= {MAX_SYMBOLIC_DEGREE} of a formula, got {sum(label)}; give m, n1, n2")
    a = jack_parameter(beta)
    m, x, y = RING.gens()
    terms = [(c, Counter(_contents(kappa, a))) for kappa, c in _components(label, beta)]
    below = Counter[Fraction]()
    for _, contents in terms:
        below |= contents
    numerator = RING.constant(0)
    for c, contents in terms:
        term = RING.constant(c)
        for u, power in contents.items():
            term *= ((m + rational(u)) * (x + rational(u))) ** power
        for u, power in (below - contents).items():
            term *= (y + rational(u)) ** power
        numerator += term
    left: dict[Fraction, int] = {}
    for u in sorted(below):
        power, factor = below[u], y + rational(u)
        while power:
            quotient, remainder = divmod(numerator, factor)
            if remainder:
                break
            numerator, power = quotient, power - 1
        if power:
            left[u] = power
    return JacobiFunction(numerator, left)
