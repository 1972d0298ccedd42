"""Whole families of moments, all λ of a degree, each by several routes that are compared with ==.

At Σ = I the routes are the loop equations, the zonal polynomials and the literal Wick sum; at a general scale they are
integration by parts for marked states (`marked_levels`), the zonal polynomials and the Wick sum. For the inverse they
are the zonal polynomials, integration by parts (`signed_equations`), and the table at a general scale itself: with
T(n) the matrix of the c_λμ(n), R(c) that of the r_λμ(c) = N_λμ(c)/D_k(c), c = n − m + 1 − 2/β,

    R(c) T(−c) = (−1)^k I,

which is compared as an identity of polynomials, N(c) T(−c) = (−1)^k D_k(c) I. The Wick sum is literal for k <= 5.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple, TypeVar

from flint import fmpq_poly

from wishart_moments.combinatorics.partitions import Partition, partitions
from wishart_moments.errors import DisagreementError
from wishart_moments.moments import wick, zonal
from wishart_moments.moments.confirmation import LITERAL_MAX_K, Progress, compare_products
from wishart_moments.moments.general_scale.transition import TransitionTable
from wishart_moments.moments.inverse.inverse_matrix import inverse_rows
from wishart_moments.moments.inverse.inverse_table import InverseTable
from wishart_moments.moments.inverse.rational import Roots, linear, product, rational_function
from wishart_moments.moments.loop_equations import PowerSumTable
from wishart_moments.moments.polynomials import Polynomial, rational

Value = TypeVar("Value")
Row = dict[Partition, fmpq_poly]
"""{μ: coefficient of p_μ}, a polynomial in n or, for the inverse, the numerator in c."""


class ConfirmedPowerSums(NamedTuple):
    """E p_λ(S) at Σ = I that several routes agree on.

    Attributes:
        polynomials: {λ: E p_λ(S)} in ℚ[m, n], |λ| = 1..max_k.
        routes: {k: the routes that agree on all λ of k}.
    """

    polynomials: dict[Partition, Polynomial]
    routes: dict[int, tuple[str, ...]]


class ConfirmedRows(NamedTuple):
    """E p_λ at a general scale that several routes agree on.

    Attributes:
        rows: {λ: {μ: coefficient}}, |λ| = 1..max_k.
        denominators: {k: D_k} of the inverse, the roots in c with their multiplicities; empty for positive powers.
        routes: {k: the routes that agree on all λ of k}.
    """

    rows: dict[Partition, Row]
    denominators: dict[int, Roots]
    routes: dict[int, tuple[str, ...]]


def confirmed_power_sums(max_k: int, beta: int | Fraction = 1, progress: Progress | None = None) -> ConfirmedPowerSums:
    """Return E p_λ(S) at Σ = I for all λ with 1 <= |λ| <= max_k, confirmed by every route that reaches it.

    Raises:
        DisagreementError: if two routes differ.

    Example:
        >>> confirmed = confirmed_power_sums(2)
        >>> print(confirmed.polynomials[1, 1], confirmed.routes[2])
        m^2*n^2 + 2*m*n ('loop-equations', 'zonal', 'wick')
    """
    table = PowerSumTable(max_k, beta)
    routes: dict[int, tuple[str, ...]] = {}
    for k in range(1, max_k + 1):
        comparison = compare_products(k, beta, progress=progress)
        if comparison.disagreement:
            raise DisagreementError(comparison.disagreement)
        routes[k] = tuple(comparison.seconds)
    return ConfirmedPowerSums({label: table[label] for k in routes for label in partitions(k)}, routes)


def confirmed_scaled_power_sums(
    max_k: int, beta: int | Fraction = 1, progress: Progress | None = None
) -> ConfirmedRows:
    """Return {λ: {μ: c}} with E p_λ(S) = Σ_μ c(n) p_μ(Σ), 1 <= |λ| <= max_k, confirmed by every route.

    Raises:
        DisagreementError: if two routes differ.

    Example:
        >>> confirmed = confirmed_scaled_power_sums(2)
        >>> confirmed.rows[1, 1], confirmed.routes[2]
        ({(2,): 2*x, (1, 1): x^2}, ('integration-by-parts', 'zonal', 'wick'))
    """
    rows: dict[Partition, Row] = {}
    routes: dict[int, tuple[str, ...]] = {}
    for k in range(1, max_k + 1):
        table = TransitionTable(k, beta)
        found = {label: table.polynomials(label) for label in table}
        others: dict[str, Callable[[Partition], Row]] = {
            "zonal": lambda label: zonal.expected_power_sum_with_scale(label, beta)
        }
        if k <= LITERAL_MAX_K and beta in (1, 2, 4):
            others["wick"] = lambda label: wick.expected_power_sum_with_scale(label, beta)
        subject = f"E p_λ(S) = Σ c p_μ(Σ), λ ⊢ {k}"
        routes[k] = ("integration-by-parts", *_agreeing(subject, found, others, progress))
        rows |= found
    return ConfirmedRows(rows, {}, routes)


def confirmed_inverse_power_sums(
    max_k: int, beta: int | Fraction = 1, progress: Progress | None = None
) -> ConfirmedRows:
    """Return {λ: {μ: N}} and {k: D_k} with E p_λ(S^{-1}) = Σ_μ N(c) p_μ(Σ^{-1}) / D_k(c), 1 <= |λ| <= max_k.

    Raises:
        DisagreementError: if two routes differ.

    Example:
        >>> confirmed = confirmed_inverse_power_sums(2)
        >>> confirmed.rows[2,], confirmed.routes[2]
        ({(2,): x, (1, 1): 1}, ('zonal', 'integration-by-parts', 'inverse of the table for S'))
    """
    rows: dict[Partition, Row] = {}
    denominators: dict[int, Roots] = {}
    routes: dict[int, tuple[str, ...]] = {}
    for k in range(1, max_k + 1):
        table = InverseTable(k, beta)
        found = {label: table.numerators(label) for label in table}
        subject = f"E p_λ(S^-1) = Σ r p_μ(Σ^-1), λ ⊢ {k}"
        quotients = {
            label: {mu: rational_function(numerator, table.denominator) for mu, numerator in row.items()}
            for label, row in found.items()
        }
        by_parts = _agreeing(
            subject,
            quotients,
            {"integration-by-parts": lambda label: {mu: f for (mu, _), f in inverse_rows(0, label, beta).items()}},
            progress,
        )
        if progress is not None:
            progress(f"{subject}: inverse of the table for S")
        if not _is_inverse(found, table.denominator, k, beta):
            raise DisagreementError(f"{subject}: the table is not the inverse of the one for S at n = -c")
        routes[k] = ("zonal", *by_parts, "inverse of the table for S")
        denominators[k] = table.denominator
        rows |= found
    return ConfirmedRows(rows, denominators, routes)


def covariance_rows(moments: ConfirmedRows) -> ConfirmedRows:
    """Return Cov(tr S^i, tr S^j) = E[tr S^i tr S^j] − E[tr S^i] E[tr S^j] for the pairs (i, j) of k = i + j; exact.

    Args:
        moments: E p_λ(S), or of the inverse, 1 <= |λ| <= max_k.

    Example:
        >>> covariance_rows(confirmed_scaled_power_sums(2)).rows
        {(1, 1): {(2,): 2*x}}
        >>> inverse = covariance_rows(confirmed_inverse_power_sums(2))
        >>> inverse.rows, {int(e): k for e, k in inverse.denominators[2].items()}
        ({(1, 1): {(2,): 2*x, (1, 1): 2}}, {-1: 1, 0: 2, 2: 1})
    """
    rows: dict[Partition, Row] = {}
    denominators: dict[int, Roots] = {}
    for k in range(2, 1 + max(map(sum, moments.rows))):
        pairs = [label for label in partitions(k) if len(label) == 2]
        single = [
            Counter(moments.denominators.get(i, {})) + Counter(moments.denominators.get(k - i, {})) for i, _ in pairs
        ]
        whole = Counter(moments.denominators.get(k, {}))
        below: Counter[Fraction] = whole.copy()
        for each in single:
            below |= each
        found: dict[Partition, Row] = {}
        for (i, j), own in zip(pairs, single, strict=True):
            row = {mu: c * product(below - whole) for mu, c in moments.rows[i, j].items()}
            for left, c in moments.rows[(i,)].items():
                for right, d in moments.rows[(j,)].items():
                    mu = tuple(sorted((*left, *right), reverse=True))
                    row[mu] = row.get(mu, fmpq_poly([0])) - c * d * product(below - own)
            found[i, j] = {mu: c for mu, c in row.items() if c}
        for root in below if moments.denominators else ():
            while below[root] and not any(c(rational(root)) for row in found.values() for c in row.values()):
                found = {pair: {mu: c // linear(root) for mu, c in row.items()} for pair, row in found.items()}
                below[root] -= 1
        rows |= found
        if moments.denominators:
            denominators[k] = {root: below[root] for root in sorted(below) if below[root]}
    return ConfirmedRows(rows, denominators, {k: moments.routes[k] for k in moments.routes if k > 1})


def _agreeing(
    subject: str,
    found: Mapping[Partition, Value],
    others: Mapping[str, Callable[[Partition], Value]],
    progress: Progress | None,
) -> tuple[str, ...]:
    """Return the names of the other routes, which all give what was found."""
    for route, compute in others.items():
        if progress is not None:
            progress(f"{subject}: {route}")
        wrong = [label for label, row in found.items() if compute(label) != row]
        if wrong:
            raise DisagreementError(f"{subject}: {route} differs at λ = {', '.join(map(str, wrong))}")
    return tuple(others)


def _is_inverse(numerators: Mapping[Partition, Row], roots: Roots, k: int, beta: int | Fraction) -> bool:
    """Return whether N(c) T(−c) = (−1)^k D(c) I."""
    zero, minus_c = fmpq_poly([0]), fmpq_poly([0, -1])
    forward: dict[Partition, Row] = {}
    table = TransitionTable(k, beta)
    for label in table:
        forward[label] = {mu: c(minus_c) for mu, c in table.polynomials(label).items()}
    diagonal = product(roots) * (-1) ** k
    for label, row in numerators.items():
        composed = dict.fromkeys(numerators, zero)
        for mu, numerator in row.items():
            for nu, c in forward[mu].items():
                composed[nu] += numerator * c
        if any(value != (diagonal if nu == label else zero) for nu, value in composed.items()):
            return False
    return True
