"""Zonal polynomials as objects: values, expressions, display, and what they refuse."""

from collections.abc import Callable
from fractions import Fraction
from itertools import permutations
from math import prod
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments import (
    DomainError,
    LimitError,
    MethodError,
    WishartError,
    ZonalPolynomial,
    expected_zonal,
    trace_product_moment,
    zonal_polynomial,
)
from wishart_moments.combinatorics.partitions import Partition, centralizer_order, partitions
from wishart_moments.moments.jack.zonal_polynomial import zonal_expansion

LABELS = [label for k in range(1, 6) for label in partitions(k)]
m, n = sympy.symbols("m n")
SCALE = [[2, 1, 0], [1, 3, 1], [0, 1, 1]]


@pytest.mark.parametrize("k", range(6))
@pytest.mark.parametrize("beta", [1, 2, 4, "1/2"])
def test_values_add_up_to_the_power_of_the_trace(k: int, beta: Any) -> None:
    assert sum(zonal_polynomial(kappa, beta=beta)(SCALE) for kappa in partitions(k)) == 6**k
    assert sympy.expand(sum(zonal_polynomial(kappa, beta=beta).at_identity() for kappa in partitions(k)) - m**k) == 0


@pytest.mark.parametrize("kappa", LABELS)
def test_values_vanish_at_matrices_of_lower_rank(kappa: Partition) -> None:
    c = zonal_polynomial(kappa)
    for rank in range(1, 6):
        gram = np.diag([*range(1, rank + 1), *[0] * (5 - rank)])
        assert (c(gram) == 0) is (len(kappa) > rank)
        assert (c.at_identity(rank) == 0) is (len(kappa) > rank)


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize("kappa", LABELS)
def test_the_mean_is_the_combination_of_means(kappa: Partition, beta: int) -> None:
    c = zonal_polynomial(kappa, beta=beta)
    for options in ({"m": 3}, {"scale": SCALE}):
        expected = sum(x * trace_product_moment(mu, n=4, beta=beta, **options) for mu, x in c.coefficients.items())
        assert expected_zonal(kappa, n=4, beta=beta, **options) == expected
    symbolic = expected_zonal(kappa, beta=beta)
    assert symbolic.subs({"m": 3, "n": 4}) == expected_zonal(kappa, 3, 4, beta=beta)
    assert expected_zonal(kappa, 3, beta=beta).subs(n, 4) == expected_zonal(kappa, 3, 4, beta=beta)
    at_scale = expected_zonal(kappa, beta=beta, scale=SCALE)
    assert sympy.expand(at_scale).subs(n, 4) == expected_zonal(kappa, n=4, beta=beta, scale=SCALE)


def test_the_mean_scales_with_sigma() -> None:
    unit = expected_zonal([2, 1], 3, 4)
    assert expected_zonal([2, 1], 3, 4, sigma="1/2") == Fraction(unit) / 64
    assert expected_zonal([2, 1], 3, 4, sigma=0.5) == float(Fraction(unit) / 64)
    sigma = sympy.Symbol("sigma", positive=True)
    assert expected_zonal([2, 1], 3, 4, sigma=sigma) == unit * sigma**6


def test_the_expression_is_the_polynomial() -> None:
    c = zonal_polynomial([2, 1])
    p = sympy.symbols("p_1 p_2 p_3")
    matrix = sympy.Matrix(SCALE)
    values = {symbol: (matrix**j).trace() for j, symbol in enumerate(p, 1)}
    assert c.as_expr().subs(values) == c(SCALE) == c(matrix) == c(np.array(SCALE))
    # Floats: a few roundings.
    assert c(np.array(SCALE, float)) == pytest.approx(float(c(SCALE)), rel=1e-12)
    x = sympy.Symbol("x", positive=True)
    assert sympy.expand(c(sympy.diag(x, 1, 1))).subs(x, 3) == c(sympy.diag(3, 1, 1))


def test_coefficients_are_numbers_of_python() -> None:
    c = zonal_polynomial([2, 1])
    assert c.coefficients == {(3,): Fraction(-6, 5), (2, 1): Fraction(3, 5), (1, 1, 1): Fraction(3, 5)}
    assert zonal_polynomial([1]).coefficients == {(1,): 1}
    assert type(zonal_polynomial([1]).coefficients[1,]) is int
    assert type(c.at_identity(3)) is int


def test_the_order_and_the_kind_of_the_parts_do_not_matter() -> None:
    c = zonal_polynomial([2, 1])
    assert c == zonal_polynomial((1, 2)) == zonal_polynomial(np.array([1, 2])) == zonal_polynomial(iter([1, 2]))
    assert c.partition == (2, 1)
    assert expected_zonal([1, 2]) == expected_zonal(sympy.Tuple(2, 1)) == expected_zonal(iter([2, 1]))


def test_the_empty_partition_is_one() -> None:
    c = zonal_polynomial([])
    assert (c(SCALE), c.at_identity(), c.at_identity(4), str(c)) == (1, 1, 1, "C_() = 1")
    assert expected_zonal([]) == expected_zonal([], 2, 3) == expected_zonal([], n=3, scale=SCALE) == 1


def test_it_displays_as_latex() -> None:
    c = zonal_polynomial([2])
    assert repr(c) == str(c) == "C_(2) = 2/3 tr(X^2) + 1/3 tr(X)^2"
    assert c._repr_latex_() == (
        r"$\displaystyle C_{(2)} = \tfrac{2}{3} \operatorname{tr}(X^{2}) + \tfrac{1}{3} \operatorname{tr}(X)^{2}$"
    )
    assert isinstance(c, ZonalPolynomial)


@pytest.mark.parametrize(
    "kappa", [[0], [2, 0], [-1], [1.5], [True], ["1"], "21", 3, None, [None], [[1]], [np.array(2.5)]]
)
def test_what_is_no_partition_is_refused(kappa: Any) -> None:
    for function in (zonal_polynomial, expected_zonal):
        with pytest.raises(DomainError) as refusal:
            function(kappa)
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("beta", [0, -1, float("nan"), float("inf"), True, "a", None, 1j, [1]])
def test_beta_is_a_positive_number(beta: Any) -> None:
    for function in (zonal_polynomial, expected_zonal):
        with pytest.raises(WishartError) as refusal:
            function([2], beta=beta)
        assert "\n" not in str(refusal.value)


def test_a_symbolic_beta_is_refused() -> None:
    with pytest.raises(MethodError, match="need a number for beta"):
        zonal_polynomial([2], beta=sympy.Symbol("beta"))


@pytest.mark.parametrize(
    "compute",
    [
        lambda: zonal_polynomial([17]),
        lambda: zonal_polynomial([10**5000]),
        lambda: expected_zonal([17], scale=[[1]]),
        lambda: expected_zonal([10**6]),
    ],
)
def test_what_is_out_of_reach_is_refused(compute: Callable[[], object]) -> None:
    with pytest.raises(LimitError, match="<="):
        compute()


def test_zonal_polynomials_take_values_at_indefinite_matrices() -> None:
    # C_(1,1) = 2/3 (p_1² − p_2) vanishes at rank one only; at diag(1, −1) it is −4/3.
    c = zonal_polynomial([1, 1])
    assert c([[1, 0], [0, -1]]) == Fraction(-4, 3)
    assert c([[1.0, 0.0], [0.0, -1.0]]) == pytest.approx(-4 / 3, rel=1e-15)
    assert c([[0, 1], [1, 0]]) == Fraction(-4, 3)


def test_equal_zonal_polynomials_have_equal_hashes() -> None:
    assert {zonal_polynomial([2, 1]), zonal_polynomial([1, 2])} == {zonal_polynomial([2, 1])}
    assert zonal_polynomial([2, 1]) != zonal_polynomial([2, 1], beta=2)


# Muirhead (1982), table of section 7.2 (after James 1964): C_κ in monomial symmetric functions, rows κ, columns μ.
TABLE = {
    2: "1 2/3; 4/3",
    3: "1 3/5 2/5; 12/5 18/5; 2",
    4: "1 4/7 18/35 12/35 8/35; 24/7 16/7 88/21 32/7; 16/5 32/15 16/5; 16/3 64/5; 16/5",
    5: "1 5/9 10/21 20/63 2/7 4/21 8/63; 40/9 8/3 46/9 4 14/3 40/9; 48/7 32/7 176/21 64/7 80/7;"
    "10 20/3 130/7 200/7; 32/3 16 32; 80/7 800/21; 16/3",
}


@pytest.mark.parametrize("k", TABLE)
def test_the_published_coefficients_in_monomials(k: int) -> None:
    labels = list(partitions(k))
    for i, (kappa, row) in enumerate(zip(labels, TABLE[k].split(";"), strict=True)):
        found = zonal_polynomial(kappa).monomials()
        entries = [Fraction(entry) for entry in row.split()]
        # Up to k = 5 dominance is a total order, and the rows are full.
        assert found == dict(zip(labels[i:], entries, strict=True))


# James (1964), Z_κ in power sums: coefficients of p_1^4, p_1² p_2, p_2², p_1 p_3, p_4.
Z4 = {
    (4,): (1, 12, 12, 32, 48),
    (3, 1): (1, 5, -2, 4, -8),
    (2, 2): (1, 2, 7, -8, -2),
    (2, 1, 1): (1, -1, -2, -2, 4),
    (1, 1, 1, 1): (1, -6, 3, 8, -6),
}


@pytest.mark.parametrize("kappa", Z4)
def test_the_published_coefficients_in_power_sums(kappa: Partition) -> None:
    labels = [(1, 1, 1, 1), (2, 1, 1), (2, 2), (3, 1), (4,)]
    z = zonal_polynomial(kappa, normalisation="J")
    assert z.coefficients == dict(zip(labels, Z4[kappa], strict=True))
    assert z.norm() == sum(
        c * c * centralizer_order(label) * 2 ** len(label) for label, c in zip(labels, Z4[kappa], strict=True)
    )


@pytest.mark.parametrize("kappa", [*LABELS, (6,), (4, 2), (3, 2, 1), (2, 2, 1, 1)])
@pytest.mark.parametrize("beta", [1, 2, 4, "3/5"])
def test_monomials_and_power_sums_are_one_polynomial(kappa: Partition, beta: Any) -> None:
    c = zonal_polynomial(kappa, beta=beta)
    x = [Fraction(3), Fraction(-1, 2), Fraction(2)]
    at_x = sum(
        coefficient * prod(v**e for v, e in zip(x, exponents, strict=True))
        for mu, coefficient in c.monomials().items()
        if len(mu) <= 3
        for exponents in set(permutations([*mu, *[0] * (3 - len(mu))]))
    )
    assert at_x == c(np.diag([Fraction(v) for v in x]))
    symbols = sympy.symbols("x_1:4")
    assert c.as_monomials(3).subs(dict(zip(symbols, map(sympy.Rational, map(str, x)), strict=True))) == at_x


@pytest.mark.parametrize("beta", [1, 2, "7/3"])
@pytest.mark.parametrize("kappa", LABELS)
def test_the_normalisations_are_multiples_of_each_other(kappa: Partition, beta: Any) -> None:
    c, j, p = (zonal_polynomial(kappa, beta=beta, normalisation=name) for name in "CJP")
    assert j.coefficients[(1,) * sum(kappa)] == p.monomials()[kappa] == 1
    assert j.normalised("C") == c
    assert j.normalised("C").coefficients == p.normalised("C").coefficients == c.coefficients
    assert j != c
    assert str(j).startswith("J_(")
    assert j._repr_latex_().startswith(r"$\displaystyle J_{(")
    at_scale = Fraction(p(SCALE))
    for other in (c, j):
        assert other(SCALE) == other.monomials()[kappa] * at_scale
        assert other(np.array(SCALE, float)) == pytest.approx(float(other(SCALE)), rel=1e-13)
        assert other.norm() == other.monomials()[kappa] ** 2 * Fraction(p.norm())


@pytest.mark.parametrize("beta", [1, 2, 4, "3/5"])
@pytest.mark.parametrize("k", range(1, 6))
def test_they_are_orthogonal_in_both_products(k: int, beta: Any) -> None:
    family = [zonal_polynomial(kappa, beta=beta) for kappa in partitions(k)]
    a = 2 / Fraction(beta)
    for c in family:
        for d in family:
            direct = sum(
                x * d.coefficients.get(label, 0) * centralizer_order(label) * a ** len(label)
                for label, x in c.coefficients.items()
            )
            assert c.inner_product(d) == direct == (c.norm() if c == d else 0)
            assert c.inner_product(d.coefficients, 3) == (c.norm(3) if c == d else 0)


def laurent(polynomial: sympy.Expr, x: tuple[sympy.Symbol, ...]) -> dict[tuple[int, ...], Fraction]:
    return {e: Fraction(int(c.p), int(c.q)) for e, c in sympy.Poly(polynomial, *x).terms()}


@pytest.mark.parametrize(("beta", "m", "k"), [(2, 2, 3), (2, 3, 3), (4, 2, 4), (4, 3, 2)])
def test_the_torus_product_is_a_constant_term(beta: int, m: int, k: int) -> None:
    # Π_{i≠j} (1 − x_i/x_j)^{β/2} is a Laurent polynomial for even β.
    x = sympy.symbols(f"x_1:{m + 1}")
    shift = beta // 2 * (m - 1)
    weight = prod(((x[j] - x[i]) ** (beta // 2) for i in range(m) for j in range(m) if i != j), start=sympy.Integer(1))
    density = laurent(sympy.expand(weight), x)  # times Π x_i^shift
    family = [zonal_polynomial(kappa, beta=beta) for kappa in partitions(k)]
    values = [laurent(c.as_monomials(m), x) if len(c.partition) <= m else {} for c in family]
    total = density[(shift,) * m]
    for c, f in zip(family, values, strict=True):
        for d, g in zip(family, values, strict=True):
            term = sum(
                p * q * density.get(tuple(shift + j - i for i, j in zip(left, right, strict=True)), 0)
                for left, p in f.items()
                for right, q in g.items()
            )
            assert Fraction(term) / total == c.inner_product(d, m)


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_products_expand_as_they_evaluate(data: st.DataObject) -> None:
    beta = data.draw(st.sampled_from([1, 2, 4, Fraction(2, 3)]))
    left, right = (data.draw(st.sampled_from([(), *LABELS])) for _ in range(2))
    c, d = (zonal_polynomial(kappa, beta=beta) for kappa in (left, right))
    product = c.product(d)
    assert product == d.product(c) == c.product(d.coefficients)
    # Below the sum and above the union in dominance order, with positive coefficients.
    assert all(coefficient > 0 for coefficient in product.values())
    x = np.diag(data.draw(st.lists(st.integers(-4, 4), min_size=1, max_size=4)))
    assert sum(coefficient * zonal_polynomial(kappa, beta=beta)(x) for kappa, coefficient in product.items()) == c(
        x
    ) * d(x)


def test_a_product_of_degree_ten() -> None:
    c, d = zonal_polynomial([3, 2]), zonal_polynomial([2, 2, 1])
    assert sum(x * zonal_polynomial(kappa)(SCALE) for kappa, x in c.product(d).items()) == c(SCALE) * d(SCALE)


@pytest.mark.parametrize("name", ["C", "J", "P"])
@pytest.mark.parametrize("beta", [1, 2, 4])
def test_power_sums_expand_and_add_up_again(name: str, beta: int) -> None:
    given_sums: dict[Partition, Fraction] = {(3, 1): Fraction(2, 3), (2,): Fraction(-1), (): Fraction(5)}
    total: dict[Partition, Fraction] = {}
    for kappa, x in zonal_expansion(given_sums, beta=beta, normalisation=name).items():
        for label, c in zonal_polynomial(kappa, beta=beta, normalisation=name).coefficients.items():
            total[label] = total.get(label, Fraction(0)) + x * c
    assert {label: c for label, c in total.items() if c} == given_sums


def test_the_power_of_the_trace_is_the_sum_of_all() -> None:
    assert zonal_expansion({(1,) * 6: 1}) == dict.fromkeys(partitions(6), 1)


@pytest.mark.parametrize(
    "compute",
    [
        lambda: zonal_polynomial([2], normalisation="Z"),
        lambda: zonal_polynomial([2]).normalised("c"),
        lambda: zonal_polynomial([2]).inner_product(zonal_polynomial([2], beta=2)),
        lambda: zonal_polynomial([2]).product(zonal_polynomial([2], beta=2)),
        lambda: zonal_polynomial([2]).product([1, 2]),
        lambda: zonal_expansion({(2,): 1j}),
        lambda: zonal_expansion({"2": 1}),
        lambda: zonal_polynomial([2]).norm(0),
        lambda: zonal_expansion({(17,): 1}),
    ],
)
def test_what_cannot_be_expanded_is_refused(compute: Callable[[], object]) -> None:
    with pytest.raises(WishartError) as refusal:
        compute()
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("beta", [1, 2, 4, "3/2"])
def test_floats_keep_their_digits_where_power_sums_cancel(beta: Any) -> None:
    x = [1, Fraction(1, 2**20), Fraction(1, 2**30), Fraction(1, 2**40)]
    for kappa in [(1, 1, 1), (2, 2, 1), (3, 1, 1, 1), (2, 2, 2, 2), (6,)]:
        c = zonal_polynomial(kappa, beta=beta)
        assert c(np.diag([float(v) for v in x])) == pytest.approx(float(c(np.diag(x))), rel=1e-13)


def test_complex_hermitian_matrices_for_beta_two() -> None:
    matrix = np.array([[2, 1j], [-1j, 3]])
    # Eigenvalues (5 ± √5)/2: trace 5, determinant 5.
    assert zonal_polynomial([1, 1], beta=2)(matrix) == pytest.approx(5, rel=1e-13)
    assert zonal_polynomial([2], beta=2)(matrix) == pytest.approx(20, rel=1e-13)
    exact = sympy.Matrix([[2, sympy.I], [-sympy.I, 3]])
    assert zonal_polynomial([2], beta=2)(exact) == 20
    with pytest.raises(DomainError):
        zonal_polynomial([2])(matrix)


def test_floats_beyond_their_range_are_refused() -> None:
    with pytest.raises(DomainError, match="exceeds the range of floats"):
        zonal_polynomial([2, 2])([[1e100, 0.0], [0.0, 1e100]])
