"""E[p_λ(S) S^r]: literature, sums over Gaussian polynomials, traces, Monte Carlo; formulas, matrices, refusals."""

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.combinatorics.partitions import Partition, partition, partitions
from wishart_moments.errors import DomainError, ExistenceError, LimitError
from wishart_moments.moments import loop_equations
from wishart_moments.moments.expectation import trace_product_moment
from wishart_moments.moments.general_scale.marked_moments import expected_marked, expected_power_sum_with_scale
from wishart_moments.moments.general_scale.matrix_moment import MatrixMoment
from wishart_moments.moments.matrix_expectation import matrix_moment
from wishart_moments.moments.polynomials import evaluate

n, m = sympy.symbols("n m")
x = sympy.Symbol("x")
DYSON = [1, 2, 4, Fraction(1, 2), Fraction(7, 5)]
STATES = [((), 1), ((), 2), ((), 3), ((), 5), ((1,), 1), ((2,), 1), ((1, 1), 2), ((3,), 2), ((2, 1), 3), ((1, 1, 1), 1)]

# Real: Letac, Massam (2004), section 4, and Muirhead (1982), section 3.2; complex: Graczyk, Letac, Massam (2003).
PUBLISHED: list[tuple[int, int, Partition, dict[tuple[Partition, int], Any]]] = [
    (1, 1, (), {((), 1): n}),
    (1, 2, (), {((), 2): n * (n + 1), ((1,), 1): n}),
    (1, 1, (1,), {((), 2): 2 * n, ((1,), 1): n**2}),
    (1, 3, (), {((), 3): n * (n**2 + 3 * n + 4), ((1,), 2): 2 * n * (n + 1), ((2,), 1): n * (n + 1), ((1, 1), 1): n}),
    (1, 2, (1,), {((), 3): 4 * n * (n + 1), ((1,), 2): n * (n**2 + n + 2), ((2,), 1): 2 * n, ((1, 1), 1): n**2}),
    (1, 1, (2,), {((), 3): 4 * n * (n + 1), ((1,), 2): 4 * n, ((2,), 1): n**2 * (n + 1), ((1, 1), 1): n**2}),
    (1, 1, (1, 1), {((), 3): 8 * n, ((1,), 2): 4 * n**2, ((2,), 1): 2 * n**2, ((1, 1), 1): n**3}),
    (2, 2, (), {((), 2): n**2, ((1,), 1): n}),
    (2, 1, (1,), {((), 2): n, ((1,), 1): n**2}),
    (2, 3, (), {((), 3): n * (n**2 + 1), ((1,), 2): 2 * n**2, ((2,), 1): n**2, ((1, 1), 1): n}),
]


@pytest.mark.parametrize(("beta", "r", "parts", "expected"), PUBLISHED)
def test_published_formulas(beta: int, r: int, parts: Partition, expected: dict[Any, Any]) -> None:
    found = matrix_moment(r, parts, beta=beta).coefficients
    assert found == {term: sympy.expand(c) for term, c in expected.items()}


def gaussian_mean(polynomial: Any, variables: list[Any], variance: Any) -> Any:
    """E of a polynomial in independent centred normal variables: x^{2j} → (2j − 1)!! variance^j."""
    total = sympy.S.Zero
    for exponents, c in sympy.Poly(polynomial, *variables).terms():
        if all(e % 2 == 0 for e in exponents):
            total += c * prod(prod(range(1, e, 2)) * variance ** (e // 2) for e in exponents)
    return total


@pytest.mark.parametrize(
    ("beta", "columns", "parts", "r"),
    [
        (1, 1, (2, 1), 2),
        (1, 2, (), 3),
        (1, 2, (1,), 2),
        (1, 3, (2,), 1),
        (2, 1, (1,), 2),
        (2, 2, (), 2),
        (2, 2, (1,), 1),
    ],
)
def test_the_mean_of_the_polynomial_in_the_entries(beta: int, columns: int, parts: Partition, r: int) -> None:
    # S = A W W^† A^†, written out in the entries of W, is Wishart with the scale A A^†.
    a = sympy.Matrix([[1, 0], [2 if beta == 1 else 1 + sympy.I, 3]])
    real = sympy.symbols(f"r:{2 * columns}", real=True)
    imaginary = sympy.symbols(f"s:{2 * columns}", real=True) if beta == 2 else (0,) * (2 * columns)
    w = sympy.Matrix(2, columns, [u + sympy.I * v for u, v in zip(real, imaginary, strict=True)])
    s = (a * w * w.H * a.H).expand()
    power = (s**r * prod((s**part).trace() for part in parts)).expand()
    variables = [*real, *(v for v in imaginary if v != 0)]
    expected = power.applyfunc(lambda entry: gaussian_mean(entry, variables, sympy.Rational(1, beta)))
    assert (matrix_moment(r, parts, columns, beta=beta, scale=a * a.H) - expected).expand() == sympy.zeros(2, 2)


@pytest.mark.parametrize("beta", [*DYSON, None])
@pytest.mark.parametrize(("parts", "r"), STATES)
def test_the_trace_is_the_scalar_moment(parts: Partition, r: int, beta: int | Fraction | None) -> None:
    total: dict[Partition, Any] = {}
    for (mu, j), c in expected_marked(parts, r, beta).items():
        label = partition((*mu, j))
        total[label] = total[label] + c if label in total else c
    assert total == expected_power_sum_with_scale((*parts, r), beta)


@pytest.mark.parametrize("beta", DYSON)
@pytest.mark.parametrize(("parts", "r"), STATES)
def test_at_the_identity_it_is_the_mean_trace_times_the_identity(
    parts: Partition, r: int, beta: int | Fraction
) -> None:
    # E[p_λ S^r] = E[p_λ p_r] / m · I, the right-hand side by the loop equations at Σ = I.
    moment = matrix_moment(r, parts, beta=beta)
    scalar = loop_equations.expected_power_sum(partition((*parts, r)), beta)
    for size, samples in ((1, 4), (3, 2), (5, 5)):
        assert moment.at_identity(size, samples) == Fraction(evaluate(scalar, size, samples)) / size


@given(st.lists(st.integers(1, 4), max_size=3), st.integers(0, 5), st.fractions(Fraction(1, 9), 9, max_denominator=9))
@settings(deadline=None, max_examples=40)
def test_one_row_is_gamma_distributed(parts: list[int], r: int, beta: Fraction) -> None:
    expected = prod((Fraction(3) + 2 * j / beta for j in range(sum(parts) + r)), start=Fraction(1))
    assert matrix_moment(r, parts, 3, beta=beta, scale=[[1]]) == [[expected]]


@given(st.sampled_from(STATES), st.sampled_from(DYSON))
@settings(deadline=None, max_examples=30)
def test_it_turns_with_the_scale(state: tuple[Partition, int], beta: int | Fraction) -> None:
    parts, r = state
    turn = sympy.Matrix([[3, -4, 0], [4, 3, 0], [0, 0, 5]]) / 5
    scale = sympy.Matrix([[2, 1, 0], [1, 3, 1], [0, 1, 1]])
    found = matrix_moment(r, parts, 4, beta=beta, scale=turn * scale * turn.T)
    assert found == turn * matrix_moment(r, parts, 4, beta=beta, scale=scale) * turn.T


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize(("parts", "r"), [((1,), 2), ((), 3)])
def test_monte_carlo(beta: int, parts: Partition, r: int) -> None:
    # 40,000 draws, all entries, |z| < 4.5: 1e-5 for one entry by chance, and the seed is fixed.
    generator = np.random.default_rng(2026)
    root = np.array([[1.0, 0, 0], [0.5, 1, 0], [-0.3, 0.2, 0.7]], dtype=complex if beta == 2 else float)
    if beta == 2:
        root[1, 0] += 0.4j
    shape = (40_000, 3, 5)
    w = generator.standard_normal(shape)
    if beta == 2:
        w = (w + 1j * generator.standard_normal(shape)) / np.sqrt(2)
    half = root @ w
    s = half @ np.conj(np.swapaxes(half, 1, 2))
    draws = np.linalg.matrix_power(s, r)
    for part in parts:
        draws = draws * np.trace(np.linalg.matrix_power(s, part), axis1=1, axis2=2)[:, None, None]
    exact = matrix_moment(r, parts, 5, beta=beta, scale=root @ root.conj().T)
    for component in (np.real, np.imag) if beta == 2 else (np.real,):
        spread = component(draws).std(axis=0) / np.sqrt(len(draws))
        deviation = np.abs(component(draws).mean(axis=0) - component(exact))
        assert (deviation <= 4.5 * spread + 1e-9).all()


@pytest.mark.parametrize("beta", DYSON)
def test_a_symbolic_beta_takes_the_value_of_each_ensemble(beta: int | Fraction) -> None:
    symbolic = matrix_moment(2, [2, 1], beta=x)
    here = {term: sympy.expand(c.subs(x, beta)) for term, c in symbolic.coefficients.items()}
    assert {term: c for term, c in here.items() if c != 0} == matrix_moment(2, [2, 1], beta=beta).coefficients


# What comes back.


def test_the_formula_can_be_read_and_pasted() -> None:
    moment = matrix_moment(2, [1])
    assert str(moment) == (
        "2 n tr(Sigma^2) Sigma + n^2 tr(Sigma)^2 Sigma + n (n^2 + n + 2) tr(Sigma) Sigma^2 + 4 n (n + 1) Sigma^3"
    )
    assert repr(moment) == "E[tr(S) S^2] = 2 n tr(Sigma^2) Sigma + n^2 tr(Sigma)^2 Sigma + ... (2 more terms)"
    p_1, p_2, sigma = sympy.Symbol("p_1"), sympy.Symbol("p_2"), sympy.Symbol("Sigma", commutative=False)
    expected = (
        2 * n * p_2 * sigma
        + n**2 * p_1**2 * sigma
        + (n**3 + n**2 + 2 * n) * p_1 * sigma**2
        + (4 * n**2 + 4 * n) * sigma**3
    )
    assert sympy.expand(moment.as_expr() - expected) == 0
    assert moment.latex() == (
        r"2 n \operatorname{tr}(\Sigma^{2})\, \Sigma + n^{2} \operatorname{tr}(\Sigma)^{2}\, \Sigma"
        r" + n \bigl(n^{2} + n + 2\bigr) \operatorname{tr}(\Sigma)\, \Sigma^{2} + 4 n (n + 1) \Sigma^{3}"
    )
    assert moment.latex() in moment._repr_latex_()
    assert repr(matrix_moment(2, n=3, beta=4)) == "E[S^2] = 3 tr(Sigma) Sigma + 15/2 Sigma^2"
    assert repr(matrix_moment(0, [2])) == "E[tr(S^2) I] = n (n + 1) tr(Sigma^2) I + n tr(Sigma)^2 I"
    assert repr(matrix_moment(0)) == "E[I] = I"
    assert repr(matrix_moment(1, [0], n=1)) == "E[tr(I) S] = m Sigma"
    assert matrix_moment(1, n=1, sigma=0).latex() == "0"


def test_a_long_formula_is_shown_by_its_first_terms() -> None:
    moment = matrix_moment(8)
    assert len(moment.coefficients) == 45  # the partitions of 0, …, 7
    assert repr(moment).endswith("... (45 terms)")
    assert len(repr(moment)) < 100
    assert len(moment.as_expr().expand().args) > 45
    assert moment.latex().count("Sigma") > 45


def test_a_matrix_comes_back_in_the_kind_of_the_scale() -> None:
    rows = [[2, 1], [1, 2]]
    expected = [[84, 60], [60, 84]]
    moment = matrix_moment(2)
    for scale in (rows, tuple(map(tuple, rows)), [["2", "1"], [1, Fraction(2)]]):
        for found in (moment.at(scale, 3), matrix_moment(2, n=3, scale=scale)):
            assert found == expected
            assert all(type(entry) is int for row in found for entry in row)
    for found in (moment.at(np.array(rows), 3), matrix_moment(2, n=3, scale=np.array(rows))):
        assert found.dtype == object
        assert found.tolist() == expected
    for found in (moment.at(np.array(rows, float), 3), matrix_moment(2, n=3, scale=np.array(rows, float))):
        assert found.dtype == float
        assert found.tolist() == expected
    for found in (moment.at(sympy.Matrix(rows), 3), matrix_moment(2, n=3, scale=sympy.Matrix(rows))):
        assert found == sympy.Matrix(expected)
    floats = matrix_moment(2, n=3, scale=[[2.0, 1], [1, 2]])
    assert floats == expected
    assert all(type(entry) is float for row in floats for entry in row)


def test_symbols_in_n_or_in_the_scale_stay() -> None:
    moment = matrix_moment(2)
    for found in (moment.at([[2, 1], [1, 2]]), matrix_moment(2, scale=[[2, 1], [1, 2]])):
        assert [[entry.subs(n, 3) for entry in row] for row in found] == [[84, 60], [60, 84]]
    diagonal = sympy.diag(x, 1)
    assert moment.at(diagonal, 3) == matrix_moment(2, n=3, scale=diagonal)
    assert moment.at(diagonal, 3) == sympy.diag(*(12 * e**2 + 3 * (x + 1) * e for e in (x, 1))).expand()
    hermitian = sympy.Matrix([[2, sympy.I], [-sympy.I, 2]])
    found = matrix_moment(2, n=3, beta=2, scale=hermitian)
    assert found == (9 * hermitian**2 + 12 * hermitian).expand()
    numeric = matrix_moment(2, n=3, beta=2, scale=np.array(hermitian, complex))
    assert np.abs(numeric - np.array(found, complex)).max() < 1e-12
    assert matrix_moment(1, n=x, scale=[[1.5]]) == [[1.5 * x]]
    assert matrix_moment(1, [0], 2, m=3).coefficients == {((), 1): 6}


def test_sigma_multiplies_by_its_power() -> None:
    scale = [[2, Fraction(1, 3)], [Fraction(1, 3), 1]]
    plain = matrix_moment(2, [1], 3, scale=scale)
    for sigma in ("1/2", 2, Fraction(3, 7)):
        found = matrix_moment(2, [1], 3, sigma=sigma, scale=scale)
        assert found == [[entry * Fraction(sigma) ** 6 for entry in row] for row in plain]
        assert matrix_moment(2, [1], sigma=sigma).at(scale, 3) == found
    rounded = matrix_moment(2, [1], 3, sigma=0.1, scale=scale)
    assert rounded == [[float(entry * Fraction(0.1) ** 6) for entry in row] for row in plain]
    assert matrix_moment(1, sigma=x).coefficients[(), 1] == n * x**2
    assert matrix_moment(1, [0], 3, sigma=2, scale=np.eye(2)).tolist() == [[24, 0], [0, 24]]
    assert matrix_moment(3, n=2, sigma=x, scale=[[1]])[0][0] == 48 * x**6


def test_negative_powers_are_those_of_the_inverse_scale() -> None:
    # E S^{-1} = Σ^{-1}/(n − m − 1), E[tr(S^{-1}) S^{-1}] needs tr Σ^{-1}: an object with negative exponents.
    c = 1 / (n - m - 1)
    moment = MatrixMoment((-1,), -1, Fraction(1), {((-1,), -1): c, ((), -2): 2 * c})
    assert repr(moment) == "E[tr(S^-1) S^-1] = 1/(n - m - 1) tr(Sigma^-1) Sigma^-1 + 2/(n - m - 1) Sigma^-2"
    assert r"\operatorname{tr}(\Sigma^{-1})\, \Sigma^{-1}" in moment.latex()
    scale = sympy.Matrix([[2, 1], [1, 2]])
    inverse = scale.inv()
    expected = (inverse.trace() * inverse + 2 * inverse**2) / 7
    assert moment.at(scale, 10) == expected
    assert moment.at(scale.tolist(), 10) == [[Fraction(int(e.p), int(e.q)) for e in row] for row in expected.tolist()]
    floats = moment.at(np.array(scale, float), 10)
    assert np.abs(floats - np.array(expected, float)).max() < 1e-15
    assert moment.at(sympy.diag(x, 1), 10)[1, 1] == sympy.expand((1 / x + 1 + 2) / 7)
    assert sympy.simplify(moment.at_identity() - (m + 2) * c) == 0
    assert moment.at_identity(2, 10) == Fraction(4, 7)
    for singular in ([[1, 1], [1, 1]], [[0.0]], sympy.zeros(1, 1)):
        with pytest.raises(DomainError, match="positive definite"):
            moment.at(singular, 10)


def test_negative_powers_are_handed_on() -> None:
    # von Rosen (1988): E S^{-2} = ((c Σ^{-2} + tr Σ^{-1} Σ^{-1}) / (c (c + 1) (c − 2)), c = n − m − 1.
    scale = sympy.Matrix([[2, 1], [1, 2]])
    inverse = scale.inv()
    assert matrix_moment(-1, n=10, scale=scale) == inverse / 7
    assert matrix_moment(-2).at(scale, 10) == (7 * inverse**2 + inverse.trace() * inverse) / (7 * 8 * 5)
    assert sum(matrix_moment(1, [-1], n=10, scale=scale).diagonal()) == trace_product_moment([1, -1], n=10, scale=scale)
    assert matrix_moment(0, [-2], 9).coefficients == matrix_moment(0, [-2], 9).coefficients


def test_numbers_that_were_given_are_those_of_the_values() -> None:
    assert matrix_moment(2, m=3, n=9).at_identity() == matrix_moment(2).at_identity(3, 9) == 117
    assert matrix_moment(2, m=3).at_identity(n=9) == matrix_moment(2, n=9).at_identity(3) == 117


def test_what_was_given_stays_given() -> None:
    assert matrix_moment(2, n=3).at([[2, 1], [1, 2]]) == matrix_moment(2).at([[2, 1], [1, 2]], 3)
    assert matrix_moment(-1, n=9, m=2).at_identity() == matrix_moment(-1).at_identity(2, 9)
    assert matrix_moment(2, n=x + 1).at([[1]]) == [[sympy.expand((x + 1) * (x + 3))]]


def test_twenty_factors_are_within_reach() -> None:
    assert matrix_moment(20, n=3, scale=[[1]]) == [[prod(3 + 2 * j for j in range(20))]]
    found = matrix_moment(16, n=7, scale=[[1, 0], [0, 1]])
    assert found[0][0] == loop_equations.expected_power_sum_at((16,), 2, 7) / 2
    assert found[0][1] == 0


@pytest.mark.parametrize(
    ("compute", "error", "words"),
    [
        (lambda: matrix_moment(1.5), DomainError, "need r to be an integer, got 1.5"),
        (lambda: matrix_moment(1, [0.5]), DomainError, "need every part to be an integer, got 0.5"),
        (lambda: matrix_moment(-1, n=3, scale=[[2, 1], [1, 2]]), ExistenceError, "the smallest integer n is 4"),
        (lambda: matrix_moment(-1).at([[2, 1], [1, 2]], 3), ExistenceError, "the smallest integer n is 4"),
        (lambda: matrix_moment(1, [-1]).at_identity(2, 2), ExistenceError, "the smallest integer n is 4"),
        (lambda: matrix_moment(-13), LimitError, "total degree <= 12"),
        (lambda: matrix_moment(-1, n=3).at([[2, 1], [1, 2]]), ExistenceError, "the smallest integer n is 4"),
        (lambda: matrix_moment(-1, m=3).at([[2, 1], [1, 2]], 9), DomainError, "need m = 3, as the moment was made"),
        (lambda: matrix_moment(1, [0], m=3).at([[2]], 9), DomainError, "need m = 3, as the moment was made for it"),
        (lambda: matrix_moment(2, n=3).at([[2]], 9), DomainError, "need n = 3, as the moment was made for it, got 9"),
        (lambda: matrix_moment(2, n=3).at_identity(3, n), DomainError, "need n = 3, as the moment was made for it"),
        (lambda: matrix_moment(1, 3), DomainError, "need a sequence of integers"),
        (lambda: matrix_moment(1, beta=0), DomainError, "need beta > 0"),
        (lambda: matrix_moment(1, sigma=-1), DomainError, "need sigma >= 0"),
        (lambda: matrix_moment(1, n=0), DomainError, "need n to be an integer >= 1"),
        (lambda: matrix_moment(1, scale=[[1]], m=2), DomainError, "need m = 1, the dimension of scale"),
        (lambda: matrix_moment(1, scale=3), DomainError, "need scale to be a square matrix"),
        (lambda: matrix_moment(1, scale=[[1, 2], [3, 4]]), DomainError, "symmetric"),
        (lambda: matrix_moment(1, scale=[[1, 2], [2, 1]]), DomainError, "positive semidefinite"),
        (lambda: matrix_moment(1, scale=[[2, 1j], [-1j, 2]]), DomainError, "goes with beta=2"),
        (lambda: matrix_moment(2, n=3, scale=[[1e200]]), DomainError, "range of floats"),
        (lambda: matrix_moment(2, n=10**400, scale=[[1.0]]), DomainError, "range of floats"),
        (lambda: matrix_moment(2).at([[1e200]], 3), DomainError, "range of floats"),
        (lambda: matrix_moment(2).at([[1]], 0), DomainError, "need n to be an integer >= 1"),
        (lambda: matrix_moment(2).at_identity(0), DomainError, "need m to be an integer >= 1"),
        (lambda: matrix_moment(40), LimitError, "degree 40 .* GiB of memory"),
        (lambda: matrix_moment(10**8), LimitError, "more than 2 GiB of memory"),
    ],
)
def test_bad_arguments_are_refused(compute: Callable[[], object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as refusal:
        compute()
    assert "\n" not in str(refusal.value)


def test_every_state_of_small_degree_has_its_terms() -> None:
    for parts, r in product(partitions(3), range(1, 3)):
        terms = expected_marked(parts, r)
        assert all(sum(mu) + j == sum(parts) + r and j >= 1 for mu, j in terms)
