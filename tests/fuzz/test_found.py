"""What 100,000 cases of the fuzzer found, each an answer or one clear line now."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

import wishart_moments as w
from wishart_moments.errors import LimitError, WishartError
from wishart_moments.variance.best_sigma import best_sigma

MATRIX = [[2.0, 1.0], [1.0, 2.0]]
x = sympy.Symbol("x")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: w.trace_covariance(10**9, 1, n=5, scale=MATRIX), "need orders of a sum <= 60 at a given scale"),
        (lambda: w.expected_inverse_zonal([10**9], n=9, scale=MATRIX), "n - m"),
        (lambda: best_sigma([8, 16, 16, 1] * 10**6), "need at most 10,000 layers, got 3,999,999"),
        (lambda: w.WishartSpectrum(3, 5).expect(np.sqrt, with_error=np.ones(2)), "need with_error to be True or False"),
        (lambda: w.WishartSpectrum(3, Decimal("1e-9999")), "need an integer n"),
        (lambda: w.WishartSpectrum(4, 4).expect(np.log1p, sigma=-1e300), "need sigma >= 0 and finite, got -1e"),
        (lambda: w.log_determinant_variance(10**5000, "11/2", beta=4), "need n > m - 1 = <int>"),
        (lambda: w.expected_pseudoinverse(1, Decimal("1e9999")), "need n < m, got m = 1, n = <int>"),
        (lambda: w.entry_moment([(10**5000, 2), (1, 2)]), "need every index <= 1,000,000,000"),
        (lambda: w.hypergeometric([1], [Decimal("1e-9999")], MATRIX), "need lower parameters 1e-6 or more from where"),
        (
            lambda: w.hypergeometric([1], [Fraction(-1) + Fraction(1, 10**17)], MATRIX),
            "need lower parameters 1e-6 or more",
        ),
        (
            lambda: w.hypergeometric([0.5], [Decimal("1e-9999")], np.diag([0, 50.0, 900]), log=True),
            "need parameters whose",
        ),
        (lambda: w.hypergeometric([1], [2], np.diag([-5e-324, 1e29])), "out of reach"),
        (lambda: w.hypergeometric([1], [2], np.diag([-1.5, 1e154])), "out of reach"),
        (lambda: w.largest_eigenvalue_quantile("0.95", 4, -1e300), "need n to be an integer >= 1"),
        (lambda: w.largest_eigenvalue_quantile("0.95", 4, -(10**5000)), "need n"),
        (lambda: w.log_determinant_mean(2, 5, beta=Decimal("1e-9999")), "within the range of floats"),
        (lambda: w.ridge_degrees_of_freedom(2, 3, np.eye(2), sigma=10**5000), "need sigma within the range of floats"),
        (lambda: best_sigma([10**900, 16, 16, 1]), "need widths <= 4,096, got 1000"),
        (lambda: w.existence_certificate([-2, 1], 3, Fraction(10**5000, 2)), "at most 100 digits for a certificate"),
        (lambda: w.WishartSpectrum(scale=[[2, 1], [1, 2]]), "need m to be an integer >= 1, got None"),  # pyright: ignore
        (lambda: w.simulate_variance(4, 4, 1, draws=50, control_variates=2), "need control_variates to be True or"),
        (lambda: w.simulate_variance(3, 4, [[1, 0], np.eye(2)]), "sigma as a number or a rectangular array"),
        (lambda: w.alpha_for(4, 7, 0.5, sigma=1e308), "alpha is within the range of floats"),
        (lambda: w.expected_word("S S", scale="I" * 10**6).at(n=3), "need a value of III"),
        (lambda: w.trace_product_moment([-1], n=9, scale=np.eye(2), beta=Fraction(1, 10**400)), "need n - m"),
        (lambda: w.WishartSpectrum(4, 4).resolvent(1e-24), "need .alpha. >= 1e-16, which the nodes resolve"),
        (lambda: w.largest_eigenvalue_cdf(Decimal("1e-9999"), 2, 4, scale=MATRIX), "need x within the range of floats"),
        (lambda: w.largest_eigenvalue_cdf(4, 2, 4, scale=MATRIX, beta=1000), "need a smaller x or a greater tolerance"),
        (lambda: w.expected_word("tr(S A) S^2", symmetric=["9" * 5000]), "symmetric is given for 999"),
        (lambda: w.expected_pseudoinverse(2**64 - 1, 2), "need m <= 1,000 for a matrix"),
        (lambda: w.determinant_moment(Decimal("1e-9999"), 3, 9), "need .h. and its denominator <= 100,000"),
        (lambda: w.determinant_moment(Decimal("0.1"), 3, 9 * 10**6), "need n <= 100,000 where h is no integer"),
        (
            lambda: w.certified_resolvent(4, 6, 10**5000, alpha=2).certificate(),
            "need numbers of fewer than 4,300 digits",
        ),
        (lambda: w.expected_word("S2", means=sympy.sympify({"S": "M"})), "need means"),
        (lambda: w.depth_profile([4, 4, 4], 1.0, activation=-(10**5000)), "no activation"),
        (lambda: w.output_variance(4, 7, 1, scale=np.float64(1e308)), "need a matrix as scale"),
        (lambda: w.zonal_values(MATRIX, 5 * 10**6), "need order <= 500"),
        (lambda: w.largest_eigenvalue_quantile(Fraction(1, 10**9999), 4, 9), "need p between 1e-300"),
        (lambda: w.largest_eigenvalue_quantile("0.95", 10**5000, 9), "need m <= 1,000,000"),
        (lambda: w.condition_number_cdf(4, 10**5000, 6, beta=2), "need n > m - 1 = <int>"),
        (
            lambda: w.JacobiSpectrum(3, 4, 20).expect(np.log1p, with_error=np.eye(2)),
            "need with_error to be True or False",
        ),
        (lambda: w.WishartSpectrum(2, 10**309, scale=[[2, 1], [1, 2]]).density(1.0), "need m, n <= 40"),
        (lambda: w.determinant_moment(0.1, 3, 5, sigma=1e308), "range of floats"),
    ],
)
def test_a_refusal_is_one_short_line(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(WishartError, match=message) as error:
        call()
    assert len(str(error.value)) < 500
    assert "\n" not in str(error.value)


def test_too_many_monomials_are_refused() -> None:
    with pytest.raises(LimitError, match="need at most 5,000 monomials"):
        w.zonal_polynomial([2, 1]).as_monomials(64)


def test_a_symbolic_sigma_beside_a_scale_in_floats() -> None:
    found = w.matrix_moment(-1, n=9, scale=np.array(MATRIX), sigma=x)
    exact = w.matrix_moment(-1, n=9, scale=np.array(MATRIX))
    assert all(abs(float(a.subs(x, 1)) - b) < 1e-15 for a, b in zip(found.flat, exact.flat, strict=True))
    assert w.expected_inverse_zonal([1], n=9, scale=MATRIX, sigma=x).subs(x, 2) == pytest.approx(
        w.expected_inverse_zonal([1], n=9, scale=MATRIX, sigma=2)
    )


def test_the_power_zero_at_a_scale_of_numbers_without_n() -> None:
    assert w.matrix_moment(0, scale=[[2, 1], [1, 2]]) == [[1, 0], [0, 1]]


def test_draws_that_do_not_vary_have_nothing_to_regress_on() -> None:
    assert np.isfinite(w.simulate_variance(3, 4, 0.5, draws=50, beta=2e-200).mean)


def test_a_determinant_of_a_power_in_floats_at_a_symbolic_n() -> None:
    n = sympy.Symbol("n")
    assert float(w.determinant_moment(2.5, 3).subs(n, 7)) == pytest.approx(w.determinant_moment(2.5, 3, 7), rel=1e-12)


@pytest.mark.parametrize("beta", [0.1, Fraction(1, 10**12 + 39), Fraction(1, 10**60 + 7)])
def test_a_determinant_of_any_power_at_a_beta_that_is_no_short_fraction(beta: Any) -> None:
    # SymPy's gammasimp counted up to the numerator of 2/beta, beyond the memory.
    h, n = sympy.symbols("h n")
    for rows in (1, 3):
        at_one = w.determinant_moment(h, rows, beta=beta).subs({h: 1, n: 5})
        assert float(sympy.expand_func(at_one)) == pytest.approx(w.determinant_moment(1, rows, 5), rel=1e-12)


def test_a_log_determinant_at_the_end_of_the_floats() -> None:
    found = w.expected_log_determinant(1e308, 3, [[1, 0], [0, 4]])
    assert found == pytest.approx(2 * np.log(1e308), rel=1e-12)


def test_a_formula_at_a_beta_of_400_digits_is_written() -> None:
    # SymPy's factors took minutes.
    assert len(w.matrix_moment(-1, [-2], beta="1e400").latex()) > 8000


@pytest.mark.parametrize("power", [-9999, 9999])
def test_logarithms_of_numbers_beyond_the_floats(power: int) -> None:
    found = w.wishart_entropy(2, 5, sigma=Decimal(f"1e{power}")) - w.wishart_entropy(2, 5)
    assert found == pytest.approx(6 * power * np.log(10), rel=1e-12)
    # At a large beta S is n, at σ = 1.
    assert w.log_determinant_mean(1, 5, beta=10**5000) == pytest.approx(np.log(5), abs=1e-11)


@pytest.mark.parametrize("text", ["Tr S^2", "trace S", "S inv", "det S", "inverse S"])
def test_a_function_without_brackets_is_no_matrix(text: str) -> None:
    with pytest.raises(WishartError, match="reads as a function"):
        w.expected_word(text)
