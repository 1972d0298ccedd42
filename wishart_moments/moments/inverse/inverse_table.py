"""E p_λ(S^{-1}) by the zonal polynomials, which are eigenfunctions of taking the inverse Wishart expectation, too.

Let V = S^{-1}, S = Σ^{1/2} W W^† Σ^{1/2}, a = 2/β, c = n − m + 1 − a (real: n − m − 1, complex: n − m). With the
contents e = a(j−1) − (i−1) of the boxes (i, j) of κ, in the notation of `zonal`,

    E J_κ(V) = J_κ(Σ^{-1}) / Q_κ(c),   Q_κ(c) = Π_{(i,j)∈κ} (c − e) = (−1)^k P_κ(−c),   k = |κ|,

so that E p_λ(V) = Σ_μ r_λμ(c) p_μ(Σ^{-1}) with

    r_λμ(c) = z_λ a^{ℓ(λ)} Σ_κ θ^κ_λ θ^κ_μ / (j_κ Q_κ(c)).

All r_λμ have the common denominator D_k = lcm_κ Q_κ, whose degree is about k log k. The numerators are one product of
integer matrices: Θ^T by the rows of Θ, each times the coefficients of its D_k / (j_κ Q_κ). Since for positive powers
E J_κ(S) = P_κ(n) J_κ(Σ), the table is (−1)^k times the inverse of the matrix of E p_λ(S), at n = −c.

References: von Rosen, Scand. J. Statist. 15 (1988) 97 (E V^k, real); Letac, Massam, Scand. J. Statist. 31 (2004) 295
(real); Graczyk, Letac, Massam, Ann. Statist. 31 (2003) 287 (complex); Matsumoto, J. Theoret. Probab. 25 (2012) 798
(real, by Weingarten functions); Muirhead, Aspects of Multivariate Statistical Theory (1982), section 7.2.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import lcm
from typing import Any

from flint import fmpq, fmpq_mpoly, fmpq_mpoly_ctx, fmpq_poly, fmpz_mat

from wishart_moments import domain
from wishart_moments.combinatorics.partitions import Partition, centralizer_order, partition, partitions
from wishart_moments.domain import jack_parameter
from wishart_moments.errors import DomainError, LimitError, MethodError
from wishart_moments.moments import zonal
from wishart_moments.moments.inverse.existence import existence_condition
from wishart_moments.moments.inverse.rational import (
    RationalFunction,
    Roots,
    product,
    rational_function,
    reduced,
)
from wishart_moments.moments.polynomials import rational
from wishart_moments.moments.wishart import Wishart
from wishart_moments.notation.equations import Equation, ShownTable, power_sum_equation

MAX_TABLE_DEGREE = 14
"""The largest k for the whole table: 135 rows of 135 functions over D_k of degree 41, five seconds."""

MAX_TRACE_DEGREE = 40
"""The largest k for a single trace, 20 where β is not 1, 2 or 4."""

IDENTITY_RING = fmpq_mpoly_ctx.get(("m", "c"), "deglex")
"""The numerators at Σ = I."""


def contents(kappa: Partition, beta: int | Fraction = 1) -> Counter[Fraction]:
    """Return {e: k_e}, the contents e = a(j−1) − (i−1) of the boxes of κ: the roots of Q_κ.

    Example:
        >>> contents((2, 1), 4)
        Counter({Fraction(0, 1): 1, Fraction(1, 2): 1, Fraction(-1, 1): 1})
    """
    a = jack_parameter(beta)
    return Counter(a * j - i for i, part in enumerate(kappa) for j in range(part))


def common_denominator(k: int, beta: int | Fraction = 1) -> dict[Fraction, int]:
    """Return D_k = lcm_κ Q_κ as {root: multiplicity}, in increasing order of the roots.

    Example:
        >>> common_denominator(3)
        {Fraction(-2, 1): 1, Fraction(-1, 1): 1, Fraction(0, 1): 1, Fraction(2, 1): 1, Fraction(4, 1): 1}
    """
    result: Counter[Fraction] = Counter()
    for kappa in partitions(k):
        result |= contents(kappa, beta)
    return dict(sorted(result.items()))


def _quotient(roots: Roots, kappa: Partition, beta: int | Fraction) -> fmpq_poly:
    """Return D / Q_κ."""
    own = contents(kappa, beta)
    return product({root: multiplicity - own[root] for root, multiplicity in roots.items()})


class InverseTable(ShownTable, Mapping[Partition, dict[Partition, RationalFunction]]):
    """E p_λ(S^{-1}) = Σ_μ r_λμ(c) p_μ(Σ^{-1}) for all partitions λ of k, as exact rational functions of c.

    Here c = n − m + 1 − 2/β: n − m − 1 for real W, n − m for complex W. The moments are finite for n − m + 1 > 2k/β
    (m >= 2), where no r_λμ has a pole.

    Args:
        k: the degree, 0 to 14.
        beta: 1 (real), 2 (complex), 4 (quaternion), or any positive rational.

    Attributes:
        k, beta: as given.
        denominator: D_k as {root: multiplicity}; every r_λμ is a polynomial over it.

    Returns:
        A read-only mapping λ -> {μ: r_λμ} in lowest terms; `numerators` gives the numerators over D_k.

    Raises:
        LimitError: for k > 14.

    Cost:
        k = 6 takes some 10 ms, k = 10 some 0.5 s, k = 12 two seconds, half of it for lowest terms.

    Example:
        >>> InverseTable(2)[2,]
        {(2,): 1/((c + 1) (c - 2)), (1, 1): 1/((c + 1) c (c - 2))}
    """

    def __init__(self, k: int, beta: Any = 1) -> None:
        k, index = domain.order(k), domain.dyson_index(beta)
        if not isinstance(index, Fraction):
            raise MethodError("the table of inverse moments needs a number for beta, such as beta=1")
        if k > MAX_TABLE_DEGREE:
            raise LimitError(f"need k <= {MAX_TABLE_DEGREE} for the table of all inverse moments, got {k}")
        self.k, self.beta = k, index
        beta = index
        self.denominator = common_denominator(k, beta)
        self._labels = list(partitions(k))
        self._width = sum(self.denominator.values()) - k + 1
        basis = zonal.jack_basis(k, beta)
        theta: list[list[int]] = []
        weights: list[fmpq_poly] = []
        for kappa in self._labels:
            row = basis.coefficients[kappa]
            common = lcm(*(int(x.q) for x in row.values()))
            theta.append([int((row[label] * common).p) if label in row else 0 for label in self._labels])
            weights.append(_quotient(self.denominator, kappa, beta) / (basis.norms[kappa] * common**2))
        self._common = lcm(*(int(weight.denom()) for weight in weights))
        wide: list[list[int]] = []
        for row, weight in zip(theta, weights, strict=True):
            scaled = _padded(weight * self._common, self._width)
            wide.append([x * y for x in row for y in scaled])
        self._product = fmpz_mat(theta).transpose() * fmpz_mat(wide)

    def exists_for(self, n: Any, m: Any) -> bool:
        """Return whether all moments of the table are finite with n degrees of freedom in m dimensions.

        Numbers that are put for c are not checked: this tells.

        Args:
            n, m: numbers.

        Raises:
            DomainError: where there is no such Wishart law.

        Example:
            >>> InverseTable(2).exists_for("13/2", 3), InverseTable(2).exists_for(6, 3)
            (True, False)
        """
        law = Wishart(m, n, beta=self.beta)
        return existence_condition([-self.k], self.beta).holds(law.m, law.n)

    def numerators(self, parts: Partition) -> dict[Partition, fmpq_poly]:
        """Return {μ: N} with r_λμ = N(c) / D_k(c), not in lowest terms; exact.

        Args:
            parts: λ, a partition of k.

        Raises:
            DomainError: for another partition.

        Example:
            >>> table = InverseTable(2)
            >>> table.denominator, table.numerators((2,))
            ({Fraction(-1, 1): 1, Fraction(0, 1): 1, Fraction(2, 1): 1}, {(2,): x, (1, 1): 1})
        """
        label = partition(parts)
        if label not in self._labels:
            raise DomainError(f"need a partition of {self.k}, such as {self._labels[0]}, got {domain.shown(parts)}")
        a = jack_parameter(self.beta)
        row = self._labels.index(label)
        scale = centralizer_order(label) * rational(a) ** len(label) / self._common
        width = self._width
        result: dict[Partition, fmpq_poly] = {}
        for i, mu in enumerate(self._labels):
            numerator = fmpq_poly([self._product[row, i * width + d] for d in range(width)])
            if numerator:
                result[mu] = numerator * scale
        return result

    def __getitem__(self, parts: Partition) -> dict[Partition, RationalFunction]:
        if parts not in self._labels:
            raise KeyError(parts)
        numerators = self.numerators(parts)
        return {mu: rational_function(numerator, self.denominator) for mu, numerator in numerators.items()}

    def equations(self) -> dict[Partition, Equation]:
        """Return the trees of E p_λ(S^-1) and of what it is, by λ."""
        return {label: power_sum_equation(label, self[label], sign=-1) for label in self}

    def __iter__(self) -> Iterator[Partition]:
        return iter(self._labels)

    def __len__(self) -> int:
        return len(self._labels)


def _padded(numerator: fmpq_poly, width: int) -> list[int]:
    """Return the coefficients of a polynomial with integer coefficients and degree < width."""
    return [int(numerator[d].p) for d in range(width)]


def expected_inverse(parts: Partition, beta: int | Fraction = 1) -> tuple[fmpq_mpoly, dict[Fraction, int]]:
    """Return E p_λ(S^{-1}) at Σ = I as a polynomial in m and c = n − m + 1 − 2/β over Π (c − e)^{k_e}; exact, reduced.

    Returns:
        The numerator in ℚ[m, c] and the denominator as {e: k_e}.

    Raises:
        LimitError: for |λ| > 16; for a single trace, |λ| > 40 (20 where β is not 1, 2 or 4).

    Cost:
        E tr S^{-12} takes some 20 ms, for it rests on 36 of the 77 partitions of 12 if β = 1.

    Example:
        >>> expected_inverse((2,))
        (m^2 + m*c, {Fraction(-1, 1): 1, Fraction(0, 1): 1, Fraction(2, 1): 1})
    """
    label = partition(parts)
    if len(label) == 1:
        limit = MAX_TRACE_DEGREE if beta in (1, 2, 4) else MAX_TRACE_DEGREE // 2
        if label[0] > limit:
            raise LimitError(
                f"need k <= {limit} for E tr S^-k as a rational function, got {label[0]}; give m and n as numbers"
            )
        terms = zonal.trace_components(label[0], beta)
    else:
        terms = zonal.components(label, beta)
    roots: Counter[Fraction] = Counter()
    for kappa, _ in terms:
        roots |= contents(kappa, beta)
    return reduced(_sum_of_quotients(terms, roots, beta), dict(sorted(roots.items())))


def _sum_of_quotients(terms: list[tuple[Partition, fmpq]], roots: Roots, beta: int | Fraction) -> fmpq_mpoly:
    """Return Σ x P_κ(m) D(c)/Q_κ(c) over the (κ, x)."""
    growths = [zonal.zonal_growth(kappa, beta) for kappa, _ in terms]
    quotients = [x * _quotient(roots, kappa, beta) for kappa, x in terms]
    left, right = (lcm(*(int(f.denom()) for f in row)) for row in (growths, quotients))
    k = max(f.degree() for f in growths)
    width = 1 + max(f.degree() for f in quotients)
    matrix = fmpz_mat([_padded(f * left, k + 1) for f in growths]).transpose() * fmpz_mat(
        [_padded(f * right, width) for f in quotients]
    )
    entries = {(i, j): fmpq(matrix[i, j], left * right) for i in range(k + 1) for j in range(width) if matrix[i, j]}
    return IDENTITY_RING.from_dict(entries)
