"""Traces of B and F: values, laws, existence, samples; and what is refused."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

from wishart_moments import (
    f_trace_moment,
    f_trace_product_moment,
    manova_trace_moment,
    manova_trace_product_moment,
    trace_moment,
)
from wishart_moments.errors import DomainError, ExistenceError, LimitError, MethodError, WishartError

M, N1, N2 = sympy.symbols("m n1 n2")


@pytest.mark.parametrize("beta", [1, 2, 4, Fraction(5, 3)])
def test_in_one_dimension_b_is_a_beta_variable(beta: Any) -> None:
    half = Fraction(beta) / 2
    p, q = half * 3, half * Fraction(7, 2)
    expected = Fraction(1)
    for k in range(1, 9):
        expected *= (p + k - 1) / (p + q + k - 1)
        for method in ("auto", "jack-kadell", "loop-equations"):
            assert manova_trace_moment(k, 1, 3, "7/2", beta=beta, method=method) == expected


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize(("m", "n1", "n2"), [(3, 4, 9), (2, 1, 8), (4, 7, Fraction(31, 3))])
def test_b_and_its_complement(m: int, n1: Any, n2: Any, beta: int) -> None:
    # I − B is B with n_1 and n_2 exchanged.
    def mean(k: int, *sizes: Any) -> Any:
        return manova_trace_moment(k, *sizes, beta=beta)

    direct = mean(3, m, n2, n1)
    assert direct == m - 3 * mean(1, m, n1, n2) + 3 * mean(2, m, n1, n2) - mean(3, m, n1, n2)


@pytest.mark.parametrize("beta", [1, 2])
def test_dimension_and_hypothesis_change_places(beta: int) -> None:
    # S_1 = X X^†, X m×n_1: the non-zero eigenvalues are those of (n_1, m, n_1 + n_2 − m).
    for k in (1, 2, 9):
        assert manova_trace_moment(k, 5, 3, 11, beta=beta) == manova_trace_moment(k, 3, 5, 9, beta=beta)


@pytest.mark.parametrize("beta", [1, 2, 4, Fraction(4, 3)])
def test_f_is_b_over_one_less_b(beta: Any) -> None:
    # B^{-1} = I + F^{-1}, F^{-1} being F with n_1 and n_2 exchanged.
    m, n1, n2 = 3, 25, 5
    inverse = f_trace_moment(-1, m, n1, n2, beta=beta)
    assert manova_trace_moment(-1, m, n1, n2, beta=beta) == m + inverse
    assert inverse == f_trace_moment(1, m, n2, n1, beta=beta)
    square = f_trace_moment(2, m, n2, n1, beta=beta)
    assert manova_trace_moment(-2, m, n1, n2, beta=beta) == m + 2 * inverse + square


@pytest.mark.parametrize("beta", [1, 2])
def test_the_mean_of_f_given_s1_is_that_of_the_inverse(beta: int) -> None:
    # E tr F = E tr S_1 · (E tr S_2^{-1})/m.
    expected = trace_moment(1, 3, 4, beta=beta) * trace_moment(-1, 3, 9, beta=beta) / Fraction(3)
    assert f_trace_moment(1, 3, 4, 9, beta=beta) == expected


def test_a_singular_s2_does_no_harm_to_the_inverse_of_f() -> None:
    assert f_trace_moment(-1, 3, 9, 2) == manova_trace_moment(-1, 3, 9, 2) - 3 == Fraction(3 * 2, 9 - 3 - 1)


def test_recurrences_and_sums_agree_for_f() -> None:
    for k in (7, 11):
        assert f_trace_moment(k, 3, 4, 40, method="recurrence") == f_trace_moment(k, 3, 4, 40, method="jack-kadell")


@pytest.mark.parametrize("beta", [1, 2, 4, Fraction(3, 2)])
@pytest.mark.parametrize("parts", [[3], [2, 1], [-2], [1, 1, 0]])
def test_formulas_have_the_values_of_the_numbers(parts: list[int], beta: Any) -> None:
    sizes = {M: 3, N1: 19, N2: 17}
    for mean in (manova_trace_product_moment, f_trace_product_moment):
        formula: Any = mean(parts, beta=beta)
        number: Any = mean(parts, 3, 19, 17, beta=beta)
        assert formula.subs(sizes) == sympy.Rational(number.numerator, number.denominator)
        assert mean(parts, 3, beta=beta).subs(sizes) == formula.subs(sizes)


def test_values() -> None:
    assert manova_trace_moment(1) == M * N1 / (N1 + N2)
    assert manova_trace_moment(0, 4, 5, 6) == f_trace_moment(0, 4, 5, 6) == 4
    assert manova_trace_product_moment([1, 1], 3, 4, 20, method="loop-equations") == Fraction(167, 598)
    # The recurrence of Ledoux starts from the arcsine-like laws: m = n_1 = n_2 = 1, β = 2 is the uniform law.
    assert manova_trace_moment(150, 1, 1, 1, beta=2) == Fraction(1, 151)


@pytest.mark.parametrize("beta", [1, 2])
def test_samples(beta: int) -> None:
    rng, m, n1, n2, draws = np.random.default_rng(11), 3, 2, 9, 40_000

    def wishart(n: int) -> Any:
        w = rng.standard_normal((draws, m, n))
        if beta == 2:
            w = (w + 1j * rng.standard_normal((draws, m, n))) / np.sqrt(2)
        return w @ w.conj().transpose(0, 2, 1)

    s1, s2 = wishart(n1), wishart(n2)
    b, f = np.linalg.solve(s1 + s2, s1), np.linalg.solve(s2, s1)
    for matrix, mean in (
        (b @ b, manova_trace_moment(2, m, n1, n2, beta=beta)),
        (f, f_trace_moment(1, m, n1, n2, beta=beta)),
    ):
        values = np.trace(matrix, axis1=1, axis2=2).real
        assert abs(values.mean() - float(mean)) < 4.5 * values.std() / np.sqrt(draws)


def test_a_float_size_gives_a_float() -> None:
    assert manova_trace_moment(2, 2, 3.5, 4) == float(manova_trace_moment(2, 2, "7/2", 4))
    assert isinstance(manova_trace_moment(1, 2, 4.0, 4), float)


@pytest.mark.parametrize(
    ("compute", "error"),
    [
        (lambda: f_trace_moment(2, 3, 4, 6), ExistenceError),
        (lambda: f_trace_moment(1, 3, 4, 2), ExistenceError),
        (lambda: manova_trace_moment(-2, 3, 4, 2), ExistenceError),
        (lambda: manova_trace_moment(1, 5, 2, 2), DomainError),
        (lambda: manova_trace_moment(1, 3, "3/2", 9), DomainError),
        (lambda: manova_trace_moment(1.5, 3, 4, 5), DomainError),  # type: ignore[arg-type]
        (lambda: manova_trace_product_moment([1, -1], 3, 4, 5), MethodError),
        (lambda: manova_trace_moment(3, 3, 5, 7, beta=sympy.Symbol("beta")), MethodError),
        (lambda: manova_trace_moment(3, method="recurrence"), MethodError),
        (lambda: manova_trace_moment(3, 2, 3, 4, method="wick"), MethodError),
        (lambda: manova_trace_product_moment([2, 1], 2, 3, 4, method="recurrence"), MethodError),
        (lambda: manova_trace_moment(13), LimitError),
        (lambda: manova_trace_moment(10**6, 3, 4, 5), LimitError),
        (lambda: manova_trace_moment(40, 3, 4, 5, beta=3), LimitError),
        (lambda: manova_trace_product_moment([9, 9], 3, 4, 5), LimitError),
        (lambda: manova_trace_moment(13, 4, 2, 9, method="loop-equations"), LimitError),
        (lambda: f_trace_moment(0, 3, 4, 2), DomainError),
    ],
)
def test_what_has_no_value_is_refused_in_one_line(compute: Callable[[], Any], error: type[WishartError]) -> None:
    with pytest.raises(error) as refusal:
        compute()
    assert "\n" not in str(refusal.value)
