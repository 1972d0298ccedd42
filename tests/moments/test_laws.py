"""Laws of E tr S^k and E p_λ(S), applied to every route through the public functions."""

from fractions import Fraction
from math import factorial, prod

import pytest
import sympy

from wishart_moments import trace_moment, trace_product_moment
from wishart_moments.combinatorics.partitions import Partition, partitions

ROUTES = ["auto", "wick", "loop-equations", "recurrence", "zonal"]
PRODUCT_ROUTES = ["auto", "wick", "loop-equations", "zonal"]
DYSON = [1, 2, 4]
m, n = sympy.symbols("m n")

each_route = pytest.mark.parametrize("method", ROUTES)
each_product_route = pytest.mark.parametrize("method", PRODUCT_ROUTES)
each_beta = pytest.mark.parametrize("beta", DYSON)
PRODUCTS = [label for k in range(1, 5) for label in partitions(k)]


@each_route
@each_beta
def test_the_zeroth_moment_is_m(method: str, beta: int) -> None:
    assert trace_moment(0, beta=beta, method=method) == m
    assert trace_moment(0, 4, 7, beta=beta, method=method) == 4


@each_route
@each_beta
def test_the_first_moment_is_mn(method: str, beta: int) -> None:
    assert trace_moment(1, beta=beta, method=method) == m * n


@each_route
@each_beta
@pytest.mark.parametrize("k", range(1, 8))
def test_one_output_is_chi_squared(method: str, beta: int, k: int) -> None:
    # S = χ²/β with βn degrees of freedom; one input likewise, with βm.
    expected = [prod((c + Fraction(2 * j, beta) for j in range(k)), start=Fraction(1)) for c in range(1, 8)]
    assert [trace_moment(k, 1, c, beta=beta, method=method) for c in range(1, 8)] == expected
    assert [trace_moment(k, c, 1, beta=beta, method=method) for c in range(1, 8)] == expected
    polynomial = trace_moment(k, beta=beta, method=method)
    assert sympy.expand(polynomial.subs(m, 1) - prod(n + sympy.Rational(2 * j, beta) for j in range(k))) == 0


@each_route
@pytest.mark.parametrize("k", range(1, 9))
def test_a_number_has_double_factorial_moments_and_a_complex_one_factorials(method: str, k: int) -> None:
    assert trace_moment(k, 1, 1, method=method) == prod(range(1, 2 * k, 2))
    assert trace_moment(k, 1, 1, beta=2, method=method) == factorial(k)


@each_route
@each_beta
@pytest.mark.parametrize("k", range(1, 8))
def test_rows_and_columns_are_exchangeable(method: str, beta: int, k: int) -> None:
    polynomial = trace_moment(k, beta=beta, method=method)
    exchanged = polynomial.subs({m: n, n: m}, simultaneous=True)
    assert polynomial == exchanged


@each_product_route
@each_beta
@pytest.mark.parametrize("parts", PRODUCTS)
def test_symbols_and_numbers_agree(method: str, beta: int, parts: Partition) -> None:
    polynomial = trace_product_moment(parts, beta=beta, method=method)
    for rows, columns in ((1, 3), (4, 7), (64, 128)):
        number = trace_product_moment(parts, rows, columns, beta=beta, method=method)
        assert polynomial.subs({"m": rows, "n": columns}) == number
        assert sympy.expand(trace_product_moment(parts, rows, beta=beta, method=method)).subs(n, columns) == number


@each_product_route
@each_beta
@pytest.mark.parametrize("parts", PRODUCTS)
def test_moments_scale_with_the_power_of_sigma(method: str, beta: int, parts: Partition) -> None:
    unit = trace_product_moment(parts, 3, 5, beta=beta, method=method)
    scaled = trace_product_moment(parts, 3, 5, sigma="2/3", beta=beta, method=method)
    assert scaled == Fraction(4, 9) ** sum(parts) * unit


@each_product_route
@each_beta
def test_the_trace_is_gamma_distributed(method: str, beta: int) -> None:
    for j in range(6):
        expected = prod((2 * 3 + Fraction(2 * i, beta) for i in range(j)), start=Fraction(1))
        assert trace_product_moment([1] * j, 2, 3, beta=beta, method=method) == expected


@each_route
def test_quaternions_are_dual_to_real_numbers(method: str) -> None:
    # M_k^{β=4}(m, n) = (−1)^{k−1} 2^{−k−1} M_k^{β=1}(−2m, −2n).
    for k in range(1, 8):
        real = trace_moment(k, method=method).subs({m: -2 * m, n: -2 * n}, simultaneous=True)
        quaternionic = trace_moment(k, beta=4, method=method)
        assert sympy.expand(quaternionic - sympy.Rational((-1) ** (k - 1), 2 ** (k + 1)) * real) == 0


@pytest.mark.parametrize("k", range(1, 8))
def test_a_symbolic_beta_takes_every_value(k: int) -> None:
    beta = sympy.Symbol("beta", positive=True)
    symbolic = trace_moment(k, beta=beta)
    for value in (1, 2, 4, sympy.Rational(1, 2), sympy.Rational(7, 3)):
        assert sympy.expand(symbolic.subs(beta, value) - trace_moment(k, beta=value)) == 0
