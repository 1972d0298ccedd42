"""Words with S^{-1}: the closed forms of the literature, other routes, draws; existence; and what is refused."""

import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

from wishart_moments import (
    existence_condition,
    expected_word,
    f_trace_moment,
    f_trace_product_moment,
    matrix_moment,
    trace_product_moment,
)
from wishart_moments.errors import DomainError, ExistenceError, LimitError, MethodError, WishartError

SIGMA = [[2, 1], [1, 3]]
A = [[1, Fraction(3, 10)], [Fraction(3, 10), 2]]
B, C = [[1, 2], [-1, 3]], [[0, 1], [2, -1]]


def test_the_value_of_the_closed_form() -> None:
    # ((c−1) K A K + K Aᵀ K + tr(AK) K)/(c(c+1)(c−2)), K = Σ^{-1}, c = n − m − 1.
    found = expected_word("S^-1 A S^-1")
    assert found.at(n=9, Sigma=SIGMA, A=A) == [
        [Fraction(31, 1750), Fraction(-179, 21000)],
        [Fraction(-179, 21000), Fraction(149, 10500)],
    ]
    k = sympy.Matrix(SIGMA).inv()
    a, c = sympy.Matrix(B), 13 - 2 - 1
    expected = ((c - 1) * k * a * k + k * a.T * k + (a * k).trace() * k) / sympy.Integer(c * (c + 1) * (c - 2))
    assert sympy.Matrix(found.at(n=13, Sigma=SIGMA, A=B)) == expected
    assert str(expected_word("S^-1")) == "1/(n - m - 1) Sigma^-1"
    assert found.latex().startswith(r"\frac{n - m - 2}{(n - m) (n - m - 1) (n - m - 3)} \Sigma^{-1} A \Sigma^{-1}")


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize("r", [1, 2, 3, 4])
def test_powers_are_the_matrix_moments(r: int, beta: int) -> None:
    expected = matrix_moment(-r, n=15, scale=SIGMA, beta=beta)
    assert expected_word(f"S^-{r}", beta=beta).at(n=15, Sigma=SIGMA) == expected
    assert expected_word(" ".join(["S^-1"] * r), beta=beta).at(n="31/2", Sigma=SIGMA) == matrix_moment(
        -r, n="31/2", scale=SIGMA, beta=beta
    )


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize("parts", [(-1, -1), (-2, -1), (2, -1), (1, -2), (1, 1, -1, -1), (-3, 2), (-1, -1, -1, -1)])
def test_products_of_traces_are_those_of_both_signs(parts: tuple[int, ...], beta: int) -> None:
    word = " ".join(f"tr(S^{part})" for part in parts)
    assert expected_word(word, beta=beta).at(n=15, Sigma=SIGMA) == trace_product_moment(
        parts, n=15, scale=SIGMA, beta=beta
    )
    assert expected_word(word, beta=beta, scale="I").at(m=3, n=16) == trace_product_moment(parts, 3, 16, beta=beta)


def test_inverses_cancel() -> None:
    assert str(expected_word("S A S^-1 S B")) == "n Sigma A B"
    assert str(expected_word("tr(X^T S^-1 X)")) == "m"
    assert str(expected_word("S^2 S^-3 S")) == "I"
    assert expected_word("tr(S^-1 A S B S^-1 S)").terms == expected_word("tr(S^-1 A S B)").terms


def test_independent_matrices() -> None:
    assert str(expected_word("tr(S1 S2^-1)")) == "n1/(n2 - m - 1) tr(Sigma1 Sigma2^-1)"
    for k in (1, 2, 3):
        word = expected_word("tr(" + "S1 S2^-1 " * k + ")", scale="I")
        assert word.at(m=3, n1=4, n2=19) == f_trace_moment(k, 3, 4, 19)
    product = expected_word("tr(S1 S2^-1)^2", scale="I", beta=2)
    assert product.at(m=3, n1=4, n2=19) == f_trace_product_moment([1, 1], 3, 4, 19, beta=2)
    # Given S_2, the mean of S_1^{-1} is a multiple of Σ_1^{-1}.
    both = expected_word("S1^-1 A S2^-1").at(n1=7, n2=9, Sigma1=SIGMA, Sigma2=[[1, 0], [0, 2]], A=B)
    k1, k2 = sympy.Matrix(SIGMA).inv() / 4, sympy.diag(1, sympy.Rational(1, 2)) / 6
    assert sympy.Matrix(both) == k1 * sympy.Matrix(B) * k2


@pytest.mark.parametrize("beta", [1, 2])
def test_one_row_is_a_gamma_variable(beta: int) -> None:
    found = expected_word("S^-1 A S^-1 B S C S^-1", beta=beta).at(n=9, Sigma=[[3]], A=[[2]], B=[[5]], C=[[7]])
    expected = trace_product_moment([-2], 1, 9, sigma=1, beta=beta) * Fraction(70, 9)
    assert found == [[expected]]


def draws(n: int, beta: int, count: int = 40_000) -> Any:
    rng = np.random.default_rng(n + beta)
    w = rng.standard_normal((count, 2, n))
    if beta == 2:
        w = (w + 1j * rng.standard_normal((count, 2, n))) / np.sqrt(2)
    x = np.linalg.cholesky(np.array(SIGMA, float)) @ w
    return x @ x.conj().transpose(0, 2, 1)


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize(
    "word", ["S A S^-1 B", "S^-1 A S^-1 B S^-1", "S^-1 A S^-1 tr(S^-1 B)", "S^-1 A S B S^-1", "tr(S^-1 A S B) tr(S C)"]
)
def test_draws(word: str, beta: int) -> None:
    s = draws(17, beta)
    letters = {
        "S": s,
        "V": np.linalg.inv(s),
        "A": np.array(A, float),
        "B": np.array(B, float),
        "C": np.array(C, float),
    }

    def matrix(names: str) -> Any:
        product: Any = np.eye(2)
        for name in names.replace("S^-1", "V").split():
            product = product @ letters[name]
        return product

    outside, *traces = word.replace(")", "").split("tr(")
    values = matrix(outside)
    for trace in traces:
        values = values * np.trace(matrix(trace), axis1=-2, axis2=-1)[:, None, None]
    given = {name: value for name, value in (("A", A), ("B", B), ("C", C)) if name in word}
    found = np.array(expected_word(word, beta=beta).at(n=17, Sigma=SIGMA, **given), dtype=float)
    mean, error = values.mean(axis=0), values.std(axis=0) / np.sqrt(len(s))
    assert (np.abs(mean - found)[np.abs(error) > 0] < 4.5 * error[np.abs(error) > 0]).all()


def test_four_inverses_with_different_letters() -> None:
    # Equal letters give the power, whatever way they were added up.
    word = expected_word("tr(S^-1 A S^-1 B S^-1 C S^-1 D)")
    identity = [[1, 0], [0, 1]]
    found = word.at(n=16, Sigma=SIGMA, A=identity, B=identity, C=identity, D=identity)
    assert found == trace_product_moment([-4], n=16, scale=SIGMA)


def test_formulas_are_objects_like_the_others() -> None:
    found = expected_word("S^-1 A S^-1")
    assert pickle.loads(pickle.dumps(found)) == found
    assert pickle.loads(pickle.dumps(found)).at(n=9, Sigma=SIGMA, A=A) == found.at(n=9, Sigma=SIGMA, A=A)
    total = found + found - 2 * found
    assert not total.terms
    mixed = expected_word("S^-1") - 2 * expected_word("S A S^-1")
    matrices: dict[str, Any] = {"n": 9, "Sigma": SIGMA, "A": B}
    direct = sympy.Matrix(expected_word("S^-1").at(n=9, Sigma=SIGMA)) - 2 * sympy.Matrix(
        expected_word("S A S^-1").at(**matrices)
    )
    assert sympy.Matrix(mixed.at(**matrices)) == direct
    floats = found.at(n=9, Sigma=np.array(SIGMA, float), A=np.array(A, float))
    assert floats == pytest.approx(np.array(found.at(n=9, Sigma=SIGMA, A=A), float), rel=1e-13)
    symbols = {sympy.Symbol("m", integer=True, positive=True): 2, sympy.Symbol("n", integer=True, positive=True): 9}
    expression: Any = expected_word("tr(S^-1)").as_expr().subs(symbols)
    assert str(expression) == "Trace(Sigma**(-1))/6"


def test_the_condition_is_told() -> None:
    assert expected_word("S^-1 A S^-1").condition == "n - m + 1 > 4"
    assert expected_word("S^-1 A S^-1", beta=2).condition == "n - m + 1 > 2"
    assert expected_word("tr(S1 S2^-1)").condition == "n2 - m + 1 > 2"
    assert expected_word("S A S^-1 S").condition == ""
    assert expected_word("S A S").condition == ""
    assert str(existence_condition([-2])) == expected_word("tr(S^-2)").condition


@pytest.mark.parametrize(
    ("compute", "error"),
    [
        (lambda: expected_word("S^-1 A S^-1").at(n=5, Sigma=SIGMA, A=A), ExistenceError),
        (lambda: expected_word("S^-1").at(n=1, Sigma=SIGMA), ExistenceError),
        (lambda: expected_word("tr(S1 S2^-1)", scale="I").at(m=2, n1=3, n2=3), ExistenceError),
        (lambda: expected_word("S^-1").at(n=9, Sigma=[[1, 1], [1, 1]]), DomainError),
        (lambda: expected_word("S^-1").at(n=9, Sigma=np.ones((2, 2))), DomainError),
        (lambda: expected_word("S^-1").at(n=9), DomainError),
        (lambda: expected_word("S^-1").at(Sigma=SIGMA), DomainError),
        (lambda: expected_word("S A^-1"), DomainError),
        (lambda: expected_word("X^-1"), DomainError),
        (lambda: expected_word("(S A)^-1"), DomainError),
        (lambda: expected_word("S^-0 S"), DomainError),
        (lambda: expected_word("tr(S)^-1"), DomainError),
        (lambda: expected_word("X^T S^-1 X"), MethodError),
        (lambda: expected_word("X A X^T S^-1"), MethodError),
        (lambda: expected_word("S^-1", means={"S": "M"}), MethodError),
        (lambda: expected_word("S^-1", columns={"S": "Psi"}), MethodError),
        (lambda: expected_word("S^-1 A S^-1 B S^-1 C S^-1 D S^-1 E S^-1"), LimitError),
        (lambda: expected_word("S^-999"), LimitError),
    ],
)
def test_what_has_no_value_is_refused_in_one_line(compute: Callable[[], Any], error: type[WishartError]) -> None:
    with pytest.raises(error) as refusal:
        compute()
    assert "\n" not in str(refusal.value)
