"""Zonal polynomials as objects: values, expressions, display, and what they refuse."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

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
from wishart_moments.combinatorics.partitions import Partition, partitions

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
    assert repr(c) == str(c) == "C_(2) = p_1**2/3 + 2*p_2/3"
    assert c._repr_latex_() == r"$\displaystyle C_{(2)} = \frac{p_{1}^{2}}{3} + \frac{2 p_{2}}{3}$"
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
