"""Values from the literature and from the tests' own sum over indices.

Every reference has its value, its source or the program that gives it, and whether that is independent of the code
under test. Real W unless β says otherwise; entries of variance 1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from math import comb, factorial, prod
from typing import Any

import pytest
import sympy

from wishart_moments import expected_zonal, trace_moment, trace_product_moment, zonal_polynomial
from wishart_moments.combinatorics.partitions import Partition, centralizer_order, partitions

m, n = sympy.symbols("m n")
p_1, p_2, p_3, p_4 = sympy.symbols("p_1 p_2 p_3 p_4")


@dataclass(frozen=True)
class Reference:
    """A value of E p_λ(S)."""

    parts: Partition
    beta: int
    value: Any
    source: str
    independent: bool = True


MOMENTS = [
    Reference((1,), 1, m * n, "E W_ij² = 1, by hand"),
    Reference((2,), 1, m * n * (m + n + 1), "three pairings, by hand"),
    Reference(
        (3,),
        1,
        m * n * (m**2 + n**2 + 3 * m * n + 3 * m + 3 * n + 4),
        "Letac, Massam, Scand. J. Statist. 31 (2004); fifteen pairings, by hand",
    ),
    Reference(
        (4,),
        1,
        m * n * (m**3 + 6 * m**2 * n + 6 * m * n**2 + n**3 + 6 * m**2 + 17 * m * n + 6 * n**2 + 21 * m + 21 * n + 20),
        "Hanlon, Stanley, Stembridge, Contemp. Math. 138 (1992); n(n+2)(n+4)(n+6) at m = 1, by hand",
    ),
    Reference((1, 1), 1, m * n * (m * n + 2), "p_1 is chi-squared with mn degrees of freedom"),
    Reference((2, 1), 1, m * n * (m + n + 1) * (m * n + 4), "E p_1 f = (mn + 2 deg f) E f, by scaling W"),
    Reference((1, 1, 1), 1, m * n * (m * n + 2) * (m * n + 4), "p_1 is chi-squared with mn degrees of freedom"),
    Reference((2,), 2, m * n * (m + n), "Haagerup, Thorbjørnsen (2003), corollary 6.4"),
    Reference((3,), 2, m * n * (m**2 + 3 * m * n + n**2 + 1), "Haagerup, Thorbjørnsen (2003), corollary 6.4"),
    Reference(
        (4,),
        2,
        m * n * (m**3 + 6 * m**2 * n + 6 * m * n**2 + n**3 + 5 * m + 5 * n),
        "Hanlon, Stanley, Stembridge (1992); n(n+1)(n+2)(n+3) at m = 1, by hand",
    ),
    Reference((2,), 4, m * n * (m + n - sympy.Rational(1, 2)), "the dual of β = 1, by hand"),
]


@pytest.mark.parametrize("reference", MOMENTS, ids=lambda r: f"{r.parts}-{r.beta}")
def test_moments_are_those_of_the_literature(reference: Reference) -> None:
    found = trace_product_moment(reference.parts, beta=reference.beta)
    assert sympy.expand(found - reference.value) == 0


@pytest.mark.parametrize(
    ("parts", "rows", "columns", "beta"),
    [
        *(((k,), 2, 2, beta) for k in (1, 2, 3) for beta in (1, 2)),
        *((parts, 2, 2, beta) for parts in ((1, 1), (2, 1), (1, 1, 1)) for beta in (1, 2)),
        ((4,), 2, 2, 1),
        ((4,), 2, 2, 2),
        ((2, 2), 2, 2, 1),
        ((3,), 2, 3, 1),
        ((3,), 3, 2, 2),
        ((2,), 3, 3, 1),
        ((1,), 2, 2, 4),
        ((2,), 2, 2, 4),
        ((2,), 1, 3, 4),
        ((1, 1), 2, 1, 4),
        ((3,), 1, 2, 4),
        ((2, 1), 2, 1, 4),
    ],
)
def test_moments_are_the_sums_over_all_indices(
    oracle: Callable[..., Fraction], parts: Partition, rows: int, columns: int, beta: int
) -> None:
    assert trace_product_moment(parts, rows, columns, beta=beta) == oracle(parts, rows, columns, beta)


@pytest.mark.parametrize(
    ("beta", "scale"),
    [
        (1, [[2, 1], [1, 2]]),
        (1, [[1, 2], [2, 4]]),
        (1, [[Fraction(1, 2), 0], [0, 3]]),
        (2, [[2, 1], [1, 2]]),
        (4, [[3, 0], [0, 2]]),
    ],
)
@pytest.mark.parametrize("parts", [(1,), (2,), (1, 1)])
def test_moments_at_a_scale_are_the_sums_over_all_indices(
    oracle: Callable[..., Any], parts: Partition, beta: int, scale: list[list[Any]]
) -> None:
    # Quaternions: Σ acts on both blocks.
    blocks = [[*row, 0, 0] for row in scale] + [[0, 0, *row] for row in scale] if beta == 4 else scale
    for columns in (1, 2):
        expected = oracle(parts, 2, columns, beta, blocks)
        for method in ("zonal", "wick"):
            assert trace_product_moment(parts, n=columns, beta=beta, scale=scale, method=method) == expected


@pytest.mark.parametrize("parts", [(1,), (2,), (1, 1), (3,), (2, 1)])
def test_moments_at_a_hermitian_scale_are_the_sums_over_all_indices(
    oracle: Callable[..., Any], parts: Partition
) -> None:
    scale = [[2, 1 + sympy.I], [1 - sympy.I, 3]]
    expected = sympy.expand(oracle(parts, 2, 2, 2, scale))
    for method in ("zonal", "wick"):
        found = trace_product_moment(parts, n=2, beta=2, scale=sympy.Matrix(scale), method=method)
        assert sympy.expand(found - expected) == 0


def test_two_by_two_hermitian_floats_agree_to_rounding() -> None:
    # E tr S² = n² tr Σ² + n (tr Σ)², by hand; a few operations in float64, hence 1e-14.
    scale = [[2, 1 + 1j], [1 - 1j, 3]]
    assert trace_product_moment([2], n=5, beta=2, scale=scale) == pytest.approx(25 * 17 + 5 * 25, rel=1e-14)


@pytest.mark.parametrize("k", range(1, 30))
def test_moments_of_a_number_are_double_factorials_or_factorials(k: int) -> None:
    # m = n = 1: E x^{2k} of a standard normal variable.
    assert trace_moment(k, 1, 1) == prod(range(1, 2 * k, 2))
    assert trace_moment(k, 1, 1, beta=2) == factorial(k)


def test_the_tenth_trace_of_a_number_is_654729075() -> None:
    assert trace_moment(10, 1, 1) == trace_moment(10).subs({"m": 1, "n": 1}) == 654_729_075


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize("k", range(1, 11))
def test_top_degree_is_narayana(k: int, beta: int) -> None:
    # Independent: Marchenko, Pastur (1967); the non-crossing pairings.
    found = sympy.Poly(trace_moment(k, beta=beta), m, n)
    top = {(i, j): c for (i, j), c in found.terms() if i + j == k + 1}
    assert top == {(k + 1 - r, r): comb(k, r) * comb(k, r - 1) // k for r in range(1, k + 1)}
    assert sum(top.values()) == comb(2 * k, k) // (k + 1)


@pytest.mark.parametrize("k", range(1, 9))
def test_complex_square_moments_are_those_of_hanlon_stanley_stembridge(k: int) -> None:
    # Theorem 2.5 there: E tr S^k = (1/k) Σ_i (−1)^{i−1} [m+k−i]_k [n+k−i]_k / ((k−i)! (i−1)!), [x]_k falling.
    for rows, columns in ((1, 1), (2, 5), (4, 4), (6, 3)):
        total = Fraction(0)
        for i in range(1, k + 1):
            falling = prod(rows + k - i - t for t in range(k)) * prod(columns + k - i - t for t in range(k))
            total += Fraction((-1) ** (i - 1) * falling, factorial(k - i) * factorial(i - 1))
        assert trace_moment(k, rows, columns, beta=2) == total / k


@pytest.mark.parametrize("k", range(1, 7))
def test_powers_of_the_trace_have_the_cumulants_of_a_quadratic_form(k: int) -> None:
    # Independent: log E exp(t tr S) = −(n/2) log det(1 − 2tΣ), so the j-th cumulant is n 2^{j−1} (j−1)! tr Σ^j.
    scale = [[2, 1, 0], [1, 3, 1], [0, 1, 1]]
    matrix = sympy.Matrix(scale)
    for columns in (1, 2, 5):
        total = Fraction(0)
        for label in partitions(k):
            powers = prod(columns * 2 ** (part - 1) * int((matrix**part).trace()) for part in label)
            total += Fraction(factorial(k), centralizer_order(label)) * powers
        assert trace_product_moment([1] * k, n=columns, scale=scale) == total


def test_second_moment_at_a_scale_is_that_of_letac_and_massam() -> None:
    a, b, c = sympy.symbols("a b c", real=True)
    scale = sympy.Matrix([[a, b], [b, c]])
    expected = n * (n + 1) * (scale**2).trace() + n * scale.trace() ** 2
    assert sympy.expand(trace_product_moment([2], scale=scale) - expected) == 0


# James, Ann. Math. Statist. 35 (1964), table on p. 498; Parkhurst, James (1974), Z_κ with C_κ = χ_{2κ}(1)/(2k−1)!! Z_κ.
ZONAL = {
    (1,): p_1,
    (2,): (p_1**2 + 2 * p_2) / 3,
    (1, 1): 2 * (p_1**2 - p_2) / 3,
    (3,): (p_1**3 + 6 * p_1 * p_2 + 8 * p_3) / 15,
    (2, 1): 3 * (p_1**3 + p_1 * p_2 - 2 * p_3) / 5,
    (1, 1, 1): (p_1**3 - 3 * p_1 * p_2 + 2 * p_3) / 3,
    (4,): (p_1**4 + 12 * p_1**2 * p_2 + 12 * p_2**2 + 32 * p_1 * p_3 + 48 * p_4) / 105,
    (3, 1): 20 * (p_1**4 + 5 * p_1**2 * p_2 - 2 * p_2**2 + 4 * p_1 * p_3 - 8 * p_4) / 105,
    (2, 2): 14 * (p_1**4 + 2 * p_1**2 * p_2 + 7 * p_2**2 - 8 * p_1 * p_3 - 2 * p_4) / 105,
    (2, 1, 1): 56 * (p_1**4 - p_1**2 * p_2 - 2 * p_2**2 - 2 * p_1 * p_3 + 4 * p_4) / 105,
    (1, 1, 1, 1): 14 * (p_1**4 - 6 * p_1**2 * p_2 + 3 * p_2**2 + 8 * p_1 * p_3 - 6 * p_4) / 105,
}


@pytest.mark.parametrize("kappa", ZONAL)
def test_zonal_polynomials_are_those_of_james(kappa: Partition) -> None:
    assert sympy.expand(zonal_polynomial(kappa).as_expr() - ZONAL[kappa]) == 0


# Muirhead (1982), p. 237–238, in monomial symmetric functions: {κ: {μ: coefficient of m_μ}}.
MONOMIAL = {
    (2,): {(2,): 1, (1, 1): Fraction(2, 3)},
    (1, 1): {(1, 1): Fraction(4, 3)},
    (3,): {(3,): 1, (2, 1): Fraction(3, 5), (1, 1, 1): Fraction(2, 5)},
    (2, 1): {(2, 1): Fraction(12, 5), (1, 1, 1): Fraction(18, 5)},
    (1, 1, 1): {(1, 1, 1): 2},
}


@pytest.mark.parametrize("kappa", MONOMIAL)
def test_zonal_polynomials_are_those_of_muirhead(kappa: Partition) -> None:
    x = (Fraction(1, 2), 3, 5)
    exponents = {mu: set(permutations([*mu, *[0] * (3 - len(mu))])) for mu in MONOMIAL[kappa]}
    expected = sum(
        c * sum(prod(v**e for v, e in zip(x, exponent, strict=True)) for exponent in exponents[mu])
        for mu, c in MONOMIAL[kappa].items()
    )
    assert zonal_polynomial(kappa)([[x[0], 0, 0], [0, x[1], 0], [0, 0, x[2]]]) == expected


@pytest.mark.parametrize(
    ("kappa", "value"),
    [((2,), m * (m + 2) / 3), ((1, 1), 2 * m * (m - 1) / 3), ((3,), m * (m + 2) * (m + 4) / 15)],
)
def test_zonal_polynomials_at_the_identity_are_those_of_muirhead(kappa: Partition, value: sympy.Expr) -> None:
    assert sympy.expand(zonal_polynomial(kappa).at_identity() - value) == 0


def test_mean_zonal_polynomial_is_that_of_constantine() -> None:
    # Constantine (1963): E C_κ(S) = 2^k (n/2)_κ C_κ(Σ); (n/2)_(2,1) = (n/2)(n/2 + 1)(n/2 − 1/2).
    growth = 8 * (n / 2) * (n / 2 + 1) * (n / 2 - sympy.Rational(1, 2))
    c = zonal_polynomial([2, 1])
    assert sympy.expand(expected_zonal([2, 1]) - growth * c.at_identity()) == 0
    scale = [[2, 1], [1, 2]]
    assert sympy.expand(expected_zonal([2, 1], scale=scale) - growth * c(scale)) == 0
