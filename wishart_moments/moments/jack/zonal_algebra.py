"""Three normalisations of the zonal polynomials, two scalar products, and expansions in them; exact.

With the hook products H = Π (a·arm + leg + 1) and H' = Π (a·arm + leg + a) over the boxes of κ, a = 2/β:

    P_κ = m_κ + lower terms ("P", monic),   J_κ = H P_κ ("J", Macdonald's integral form, p_1^k with coefficient 1),
    C_κ = a^k k!/H' P_κ = a^k k!/j_κ J_κ ("C", James', Σ_κ C_κ = p_1^k),   j_κ = ⟨J_κ, J_κ⟩ = H H'.

⟨p_λ, p_μ⟩ = δ z_λ a^ℓ. The other product makes them orthogonal as polynomials on the torus, for m variables:

    ⟨f, g⟩_m = ∮ f(x) g(x̄) Π_{i≠j} |1 − x_i/x_j|^{1/a} / ∮ Π_{i≠j} |1 − x_i/x_j|^{1/a},
    ⟨P_κ, P_κ⟩_m = H'/H Π_{(i,j)∈κ} (m + a(j−1) − (i−1)) / (m + aj − i),   0 for more than m rows.

References: Macdonald, Symmetric Functions and Hall Polynomials (1995), VI (10.16), (10.22), (10.35)-(10.38); Stanley,
Adv. Math. 77 (1989) 76.
"""

from collections.abc import Mapping
from fractions import Fraction
from math import factorial, prod

from flint import fmpq

from wishart_moments.combinatorics.partitions import Partition, centralizer_order, conjugate, partition
from wishart_moments.domain import choice, jack_parameter
from wishart_moments.errors import LimitError
from wishart_moments.moments import zonal

NORMALISATIONS = ("C", "J", "P")


def hook_products(kappa: Partition, beta: int | Fraction = 1) -> tuple[Fraction, Fraction]:
    """Return H = Π (a·arm + leg + 1) and H' = Π (a·arm + leg + a).

    Example:
        >>> hook_products((2, 1))
        (Fraction(4, 1), Fraction(20, 1))
    """
    a, columns = jack_parameter(beta), conjugate(kappa)
    boxes = [a * (part - j - 1) + columns[j] - i - 1 for i, part in enumerate(kappa) for j in range(part)]
    return prod((box + 1 for box in boxes), start=Fraction(1)), prod((box + a for box in boxes), start=Fraction(1))


def multiple_of_monic(kappa: Partition, beta: int | Fraction, normalisation: str) -> Fraction:
    """Return c with C_κ, J_κ or P_κ = c P_κ.

    Example:
        >>> [multiple_of_monic((2, 1), 1, name) for name in NORMALISATIONS]
        [Fraction(12, 5), Fraction(4, 1), Fraction(1, 1)]
    """
    choice(normalisation, NORMALISATIONS, "normalisation")
    h, other = hook_products(kappa, beta)
    k = sum(kappa)
    return {"C": jack_parameter(beta) ** k * factorial(k) / other, "J": h, "P": Fraction(1)}[normalisation]


def norm(kappa: Partition, beta: int | Fraction, normalisation: str) -> Fraction:
    """Return ⟨f, f⟩ for f = C_κ, J_κ or P_κ, under ⟨p_λ, p_μ⟩ = δ z_λ a^ℓ.

    Example:
        >>> norm((2, 1), 1, "J")
        Fraction(80, 1)
    """
    h, other = hook_products(kappa, beta)
    return multiple_of_monic(kappa, beta, normalisation) ** 2 * other / h


def torus_norm(kappa: Partition, m: int, beta: int | Fraction, normalisation: str) -> Fraction:
    """Return ⟨f, f⟩_m on the torus, ⟨1, 1⟩_m = 1, for f = C_κ, J_κ or P_κ.

    Example:
        >>> torus_norm((1,), 3, 2, "P")
        Fraction(1, 1)
    """
    if len(kappa) > m:
        return Fraction(0)
    a = jack_parameter(beta)
    boxes = [(i, j) for i, part in enumerate(kappa) for j in range(part)]
    ratio = prod((m + a * j - i) / (m + a * (j + 1) - i - 1) for i, j in boxes)
    return norm(kappa, beta, normalisation) * ratio


def inner_product(
    f: Mapping[Partition, int | Fraction], g: Mapping[Partition, int | Fraction], beta: int | Fraction
) -> Fraction:
    """Return ⟨f, g⟩ of polynomials in power sums.

    Example:
        >>> inner_product({(2,): 1, (1, 1): 2}, {(1, 1): 1}, 1)  # z_(1,1) a² = 8
        Fraction(16, 1)
    """
    a = jack_parameter(beta)
    return sum(
        (Fraction(c) * g[label] * centralizer_order(label) * a ** len(label) for label, c in f.items() if label in g),
        Fraction(0),
    )


def product(
    f: Mapping[Partition, int | Fraction], g: Mapping[Partition, int | Fraction]
) -> dict[Partition, int | Fraction]:
    """Return the product of polynomials in power sums.

    Example:
        >>> product({(2,): 1, (1, 1): 1}, {(1,): 3})
        {(2, 1): 3, (1, 1, 1): 3}
    """
    result: dict[Partition, int | Fraction] = {}
    for left, c in f.items():
        for right, d in g.items():
            label = tuple(sorted(left + right, reverse=True))
            result[label] = result.get(label, 0) + c * d
    return result


def expansion(
    coefficients: Mapping[Partition, int | Fraction], beta: int | Fraction, normalisation: str
) -> dict[Partition, Fraction]:
    """Return {κ: c} with Σ_λ coefficient p_λ = Σ_κ c C_κ (or J_κ, P_κ); c = ⟨f, C_κ⟩/⟨C_κ, C_κ⟩.

    Raises:
        LimitError: for |λ| > 16.

    Example:
        >>> expansion({(1, 1): 1}, 1, "C")  # C_(2) + C_(1,1)
        {(2,): Fraction(1, 1), (1, 1): Fraction(1, 1)}
    """
    given = {partition(label): Fraction(c) for label, c in coefficients.items()}
    a = jack_parameter(beta)
    result: dict[Partition, Fraction] = {}
    for k in sorted({sum(label) for label in given}):
        if k > zonal.MAX_DEGREE:
            raise LimitError(f"need degrees <= {zonal.MAX_DEGREE} for an expansion in zonal polynomials, got {k}")
        weighted = {
            label: fmpq(c.numerator, c.denominator)
            * centralizer_order(label)
            * fmpq(a.numerator, a.denominator) ** len(label)
            for label, c in given.items()
            if sum(label) == k
        }
        for kappa, row in zonal.jack_basis(k, beta).coefficients.items():
            total = sum((row[label] * c for label, c in weighted.items() if label in row), fmpq(0))
            if total:
                # ⟨f, J⟩/(H H') J = ⟨f, J⟩/H' P.
                value = Fraction(int(total.p), int(total.q)) / hook_products(kappa, beta)[1]
                result[kappa] = value / multiple_of_monic(kappa, beta, normalisation)
    return result
