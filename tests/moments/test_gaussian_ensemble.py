"""Traces of the Gaussian ensembles: two routes, pairings, duality, the limit of Wishart matrices, samples."""

from collections.abc import Callable
from fractions import Fraction
from math import comb, factorial
from typing import Any

import numpy as np
import pytest
import sympy
from flint import fmpq

from wishart_moments import gaussian_trace_moment, trace_product_moment
from wishart_moments.errors import DomainError, LimitError, MethodError, WishartError
from wishart_moments.moments.gaussian_ensemble import even_moments

M, BETA = sympy.symbols("m beta")


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_recurrence_and_loop_equations_agree(beta: int) -> None:
    for k in (*range(14), 30):
        assert sympy.expand(gaussian_trace_moment(k, beta=beta)) == sympy.expand(
            gaussian_trace_moment(k, beta=beta, method="loop-equations")
        )
        number = gaussian_trace_moment(k, 7, beta=beta)
        assert number == gaussian_trace_moment(k, 7, beta=beta, method="loop-equations")
        assert gaussian_trace_moment(k, beta=beta).subs(M, 7) == sympy.Rational(number.numerator, number.denominator)


@pytest.mark.parametrize("beta", [1, 2, 4, Fraction(2, 3)])
def test_one_by_one_is_a_gaussian_variable(beta: Any) -> None:
    for p in range(8):
        expected = Fraction(2 / Fraction(beta)) ** p * factorial(2 * p) / (2**p * factorial(p))
        assert gaussian_trace_moment(2 * p, 1, beta=beta) == expected
        assert gaussian_trace_moment(2 * p + 1, 1, beta=beta) == 0


def test_planar_terms_are_catalan_numbers() -> None:
    for p in range(1, 20):
        for beta in (1, 2, 4):
            polynomial = sympy.Poly(gaussian_trace_moment(2 * p, beta=beta), M)
            assert polynomial.degree() == p + 1
            assert polynomial.LC() == comb(2 * p, p) // (p + 1)


def test_pairings_are_counted() -> None:
    # β = 1: every pairing of a 2p-gon's sides in both ways, at m = 1: 2^p (2p − 1)!!; β = 2: (2p − 1)!!.
    assert [gaussian_trace_moment(2 * p, 1, beta=2) for p in range(5)] == [1, 1, 3, 15, 105]
    assert [gaussian_trace_moment(2 * p, 1) for p in range(5)] == [1, 2, 12, 120, 1680]


def test_the_symbolic_beta_holds_them_all() -> None:
    every = gaussian_trace_moment(8, beta=BETA)
    for beta in (1, 2, 4):
        assert sympy.expand(every.subs(BETA, beta) - gaussian_trace_moment(8, beta=beta)) == 0
    assert every.subs({BETA: sympy.Rational(5, 3), M: 4}) == sympy.Rational(
        str(gaussian_trace_moment(8, 4, beta=Fraction(5, 3)))
    )


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_it_is_the_limit_of_wishart_matrices(beta: int) -> None:
    # (S − n)/√n → H: the coefficient of n^p in E tr (S − n)^{2p}.
    n, p = sympy.Symbol("n"), 3
    shifted = sum(
        comb(2 * p, j) * (-n) ** (2 * p - j) * trace_product_moment([j] if j else [0], 3, n, beta=beta)
        for j in range(2 * p + 1)
    )
    assert sympy.Poly(shifted, n).degree() == p
    number = gaussian_trace_moment(2 * p, 3, beta=beta)
    assert sympy.Poly(shifted, n).LC() == sympy.Rational(number.numerator, number.denominator)


def test_samples() -> None:
    g = np.random.default_rng(4).standard_normal((60_000, 3, 3))
    h = (g + g.transpose(0, 2, 1)) / np.sqrt(2)
    values = np.trace(h @ h @ h @ h, axis1=1, axis2=2)
    assert abs(values.mean() - gaussian_trace_moment(4, 3)) < 4.5 * values.std() / np.sqrt(len(values))


def test_sigma_is_the_standard_deviation_of_an_entry() -> None:
    assert gaussian_trace_moment(4, 3, sigma="1/2") == Fraction(114, 16)
    assert gaussian_trace_moment(4, 3, sigma=0.5) == 114 / 16
    assert gaussian_trace_moment(4, sigma=2) == 16 * gaussian_trace_moment(4)
    assert (
        gaussian_trace_moment(2, 3, sigma=sympy.Symbol("s", positive=True))
        == 12 * sympy.Symbol("s", positive=True) ** 2
    )
    assert even_moments(0, fmpq(5), 1) == [5]


@pytest.mark.parametrize(
    ("compute", "error"),
    [
        (lambda: gaussian_trace_moment(-2), DomainError),
        (lambda: gaussian_trace_moment(2, 0), DomainError),
        (lambda: gaussian_trace_moment(2, sigma=-1), DomainError),
        (lambda: gaussian_trace_moment(2, 3, beta=0), DomainError),
        (lambda: gaussian_trace_moment(4, 3, beta=3, method="recurrence"), MethodError),
        (lambda: gaussian_trace_moment(4, 3, method="wick"), MethodError),
        (lambda: gaussian_trace_moment(500), LimitError),
        (lambda: gaussian_trace_moment(5000, 3), LimitError),
        (lambda: gaussian_trace_moment(40, beta=BETA), LimitError),
        (lambda: gaussian_trace_moment(900, 1000, sigma=1e30), DomainError),
    ],
)
def test_what_has_no_value_is_refused_in_one_line(compute: Callable[[], Any], error: type[WishartError]) -> None:
    with pytest.raises(error) as refusal:
        compute()
    assert "\n" not in str(refusal.value)
