"""Cumulants of traces: literal connected matchings, exact laws, the second-order limit, sampling, errors."""

import math
from fractions import Fraction
from itertools import combinations, product
from math import factorial, prod
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments import trace_product_moment
from wishart_moments.combinatorics.matchings import Matching, TraceWord
from wishart_moments.combinatorics.partitions import Partition, partitions
from wishart_moments.errors import DomainError, ExistenceError, LimitError
from wishart_moments.moments import wick
from wishart_moments.moments.cumulants import (
    cumulant_polynomial,
    cumulant_with_scale,
    leading_covariance,
    trace_covariance,
    trace_cumulant,
)
from wishart_moments.moments.polynomials import SYMBOLIC_RING, Polynomial, polynomial
from wishart_moments.moments.words.word_moment import expected_word

m, n, beta_symbol = *sympy.symbols("m n"), sympy.Symbol("beta", positive=True)
LABELS = [parts for k in range(1, 6) for parts in partitions(k)]


def connects(word: TraceWord, contraction: Matching) -> bool:
    """Whether a matching joins all traces."""
    home = {factor: t for t, trace in enumerate(word.traces) for factor in trace}
    joined = {0}
    for _ in word.traces:
        for a, b in contraction:
            if home[a] in joined or home[b] in joined:
                joined |= {home[a], home[b]}
    return len(joined) == len(word.traces)


def connected_sum(parts: Partition, beta: int) -> Polynomial:
    word = TraceWord(parts)
    terms: dict[tuple[int, ...], int] = {}
    for contraction in wick.contractions(word, beta):
        if connects(word, contraction):
            key = len(wick.loops(word.row_pairs, contraction)), len(wick.loops(word.column_pairs, contraction))
            terms[key] = terms.get(key, 0) + 1
    return polynomial(terms)


# Values.


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize("parts", LABELS)
def test_a_cumulant_is_the_sum_of_the_connected_matchings(parts: Partition, beta: int) -> None:
    assert cumulant_polynomial(parts, beta) == connected_sum(parts, beta)


def test_known_values() -> None:
    # The trace is χ²: Muirhead (1982), section 3.2.
    sigma = sympy.Symbol("sigma")
    assert sympy.expand(trace_covariance(1, 1, sigma=sigma) - 2 * m * n * sigma**4) == 0
    assert trace_covariance(1, 1, beta=2) == m * n
    expected = trace_product_moment([2, 2], method="zonal") - trace_product_moment([2], method="zonal") ** 2
    assert sympy.expand(trace_covariance(2, 2) - expected) == 0
    # tr S and S/tr S are independent: Cov(tr S, tr S^k) = a k E tr S^k.
    for k in range(1, 6):
        for beta, a in ((1, 2), (2, 1), (4, sympy.Rational(1, 2))):
            mean = trace_product_moment([k], beta=beta)
            assert sympy.expand(trace_covariance(1, k, beta=beta) - a * k * mean) == 0


@pytest.mark.parametrize("q", range(1, 13))
def test_the_trace_has_the_cumulants_of_a_gamma_law(q: int) -> None:
    """κ_q = (q−1)! a^{q−1} mn."""
    expected = factorial(q - 1) * (2 / beta_symbol) ** (q - 1) * m * n
    assert sympy.expand(trace_cumulant([1] * q, beta=beta_symbol) - expected) == 0
    assert trace_cumulant([1] * q, 3, 5) == factorial(q - 1) * 2 ** (q - 1) * 15
    assert trace_cumulant([1] * q, 3, 5, sigma="1/2", beta=4) == Fraction(15 * factorial(q - 1), 2 ** (q - 1) * 4**q)


@pytest.mark.parametrize("orders", [(1,), (4,), (2, 3), (1, 2, 3), (2, 2, 2), (1, 1, 2, 2)])
def test_cumulants_are_the_moebius_sums_of_zonal_moments(orders: tuple[int, ...]) -> None:
    def blocks(items: list[int]) -> list[list[list[int]]]:
        if not items:
            return [[]]
        found: list[list[list[int]]] = []
        for size in range(len(items)):
            for others in combinations(range(1, len(items)), size):
                block = [items[0], *(items[i] for i in others)]
                rest = [items[i] for i in range(1, len(items)) if i not in others]
                found += [[block, *tail] for tail in blocks(rest)]
        return found

    for beta in (1, 2, 4):
        total: Any = 0
        for each in blocks(list(orders)):
            sign = (-1) ** (len(each) - 1) * factorial(len(each) - 1)
            total += sign * prod(trace_product_moment(block, 3, 4, beta=beta, method="zonal") for block in each)
        assert trace_cumulant(orders, 3, 4, beta=beta) == total


@pytest.mark.parametrize("parts", LABELS)
def test_one_output_has_the_cumulants_of_powers_of_a_gamma_variable(parts: Partition) -> None:
    # The logarithm of 1 + Σ_{∅≠A} E[x^{λ(A)}] t^A modulo all t_i²: a product of terms needs disjoint sets.
    sets = [frozenset(a) for size in range(1, len(parts) + 1) for a in combinations(range(len(parts)), size)]
    moments = {a: prod(5 + 2 * j for j in range(sum(parts[i] for i in a))) for a in sets}
    power: dict[frozenset[int], int] = {frozenset(): 1}
    total = Fraction(0)
    for r in range(1, len(parts) + 1):
        terms: dict[frozenset[int], int] = {}
        for (a, c), (b, d) in product(power.items(), moments.items()):
            if not a & b:
                terms[a | b] = terms.get(a | b, 0) + c * d
        power = terms
        total += Fraction((-1) ** (r - 1), r) * power.get(frozenset(range(len(parts))), 0)
    assert trace_cumulant(parts, 1, 5) == total


# The limit.


def top(moment: Polynomial) -> tuple[int, dict[tuple[int, ...], Any]]:
    """Return the degree in m and n together, and the part of that degree."""
    terms = {tuple(map(int, exponents)): c for exponents, c in moment.to_dict().items()}
    degree = max(i + j for i, j, *_ in terms)
    return degree, {key: c for key, c in terms.items() if key[0] + key[1] == degree}


@pytest.mark.parametrize("parts", [parts for k in range(1, 8) for parts in partitions(k)])
def test_the_degree_of_a_cumulant_drops_by_one_for_each_trace(parts: Partition) -> None:
    """Σ λ_i + 2 − q, and the leading part is a^{q−1} times the complex one."""
    degree, leading = top(cumulant_polynomial(parts, None))
    assert degree == sum(parts) + 2 - len(parts)
    assert {exponents[2] for exponents in leading} == {len(parts) - 1}
    complex_ = top(cumulant_polynomial(parts, 2))
    assert complex_ == (degree, {exponents[:2]: c for exponents, c in leading.items()})
    # Genus expansion: the complex cumulant has degrees of one parity only.
    every = cumulant_polynomial(parts, 2).to_dict()
    assert {(degree - sum(exponents)) % 2 for exponents in every} == {0}


@pytest.mark.parametrize("beta", [1, 2, 4])
@pytest.mark.parametrize(("j", "k"), [(j, k) for j in range(1, 7) for k in range(1, j + 1)])
def test_the_leading_covariance_is_the_second_order_limit(j: int, k: int, beta: int) -> None:
    moment = cumulant_polynomial((j, k), beta)
    degree, leading = top(moment)
    assert degree == j + k
    assert polynomial(leading) == leading_covariance(j, k, beta)


def test_the_leading_covariance_is_orthogonal_in_shifted_chebyshev_polynomials() -> None:
    # T_r((x − s)/(2√p)) at s = m + n, p = mn: covariance δ_{rs} a r/4, here at m = n = 1, s = 2, p = 1.
    x = sympy.Symbol("x")
    for r in range(1, 6):
        for s in range(1, 6):
            first, second = (sympy.Poly(sympy.chebyshevt(e, (x - 2) / 2), x).all_coeffs()[::-1] for e in (r, s))
            total = sum(
                c * d * int(leading_covariance(i, j)(1, 1).p)
                for i, c in enumerate(first)
                for j, d in enumerate(second)
                if i and j
            )
            assert total == (sympy.Rational(2 * r, 4) if r == s else 0)


# A general scale.

SIGMA = [[2, 1], [1, 3]]


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize("parts", LABELS)
def test_cumulants_at_any_scale_are_sums_of_connected_matchings(parts: Partition, beta: int) -> None:
    word = TraceWord(parts)
    expected: dict[Partition, dict[int, int]] = {}
    for contraction in wick.contractions(word, beta):
        if connects(word, contraction):
            powers = expected.setdefault(tuple(wick.loops(word.row_pairs, contraction)), {})
            columns = len(wick.loops(word.column_pairs, contraction))
            powers[columns] = powers.get(columns, 0) + 1
    found = cumulant_with_scale(parts, beta)
    assert {mu: {j: c for j, c in enumerate(x.coeffs()) if c} for mu, x in found.items()} == expected


@pytest.mark.parametrize("parts", LABELS)
def test_cumulants_at_the_identity_and_at_symbolic_beta(parts: Partition) -> None:
    identity = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    for beta in (1, 2, 4):
        assert trace_cumulant(parts, n=4, scale=identity, beta=beta) == trace_cumulant(parts, 3, 4, beta=beta)
    symbolic = trace_cumulant(parts, scale=SIGMA, beta=beta_symbol, sigma=2)
    for value in (1, 4, sympy.Rational(7, 3)):
        assert (
            sympy.expand(symbolic.subs(beta_symbol, value) - trace_cumulant(parts, scale=SIGMA, beta=value, sigma=2))
            == 0
        )


@pytest.mark.parametrize("q", range(1, 8))
def test_the_trace_is_a_sum_of_gamma_variables_at_any_scale(q: int) -> None:
    """κ_q(tr S) = (q−1)! a^{q−1} n tr Σ^q."""
    power = (sympy.Matrix(SIGMA) ** q).trace()
    assert trace_cumulant([1] * q, n=5, scale=SIGMA) == factorial(q - 1) * 2 ** (q - 1) * 5 * power
    assert trace_cumulant([1] * q, 2, 5, scale=SIGMA, beta=2) == factorial(q - 1) * 5 * power


def test_the_variance_at_any_scale_agrees_with_words() -> None:
    # Var tr S² by words in S.
    square = expected_word("tr(S^2)^2").at(n=4, Sigma=SIGMA) - expected_word("tr(S^2)").at(n=4, Sigma=SIGMA) ** 2
    assert trace_covariance(2, 2, n=4, scale=SIGMA) == square
    floats = trace_covariance(2, 2, n=4, scale=np.array(SIGMA, float))
    assert type(floats) is float
    assert floats == pytest.approx(float(square), rel=1e-13)
    assert trace_cumulant([0], scale=SIGMA) == 2
    assert trace_cumulant([0, 1], scale=SIGMA) == 0
    with pytest.raises(DomainError, match="need m = 2"):
        trace_covariance(1, 1, 3, scale=SIGMA)


# Laws.


@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.integers(1, 4), st.integers(1, 4))
@settings(deadline=None, max_examples=40)
def test_cumulants_do_not_depend_on_the_order_and_take_numbers(orders: list[int], rows: int, columns: int) -> None:
    number = trace_cumulant(orders, rows, columns)
    assert number == trace_cumulant(orders[::-1], rows, columns)
    assert number == trace_cumulant(orders, columns, rows)
    assert sympy.sympify(trace_cumulant(orders)).subs({m: rows, n: columns}) == number
    scaled = trace_cumulant(orders, rows, columns, sigma="3/2")
    assert scaled == Fraction(9, 4) ** sum(orders) * number


@pytest.mark.parametrize("parts", LABELS)
def test_a_symbolic_beta_takes_every_value(parts: Partition) -> None:
    symbolic = trace_cumulant(parts, beta=beta_symbol)
    for value in (1, 2, 4, sympy.Rational(7, 3)):
        assert sympy.expand(symbolic.subs(beta_symbol, value) - trace_cumulant(parts, beta=value)) == 0
    assert trace_cumulant(parts, 3, 4, beta=beta_symbol).subs(beta_symbol, 1) == trace_cumulant(parts, 3, 4)
    assert cumulant_polynomial(parts, None).context() == SYMBOLIC_RING


def test_constants_have_no_cumulants_with_others() -> None:
    assert trace_cumulant([0]) == m
    assert trace_cumulant([0], 3, 4) == 3
    assert trace_cumulant([0, 0], 3, 4) == trace_cumulant([0, 2], 3, 4) == 0
    assert trace_covariance(0, 2) == 0


def test_floats_are_rounded_once() -> None:
    found = trace_covariance(2, 1, 3, 4, sigma=0.5)
    assert type(found) is float
    assert found == float(trace_covariance(2, 1, 3, 4, sigma="1/2"))


def test_high_cumulants_are_within_reach() -> None:
    assert (
        trace_covariance(10, 10, 64, 128)
        == trace_product_moment([10, 10], 64, 128) - trace_product_moment([10], 64, 128) ** 2
    )
    assert isinstance(trace_cumulant([2] * 10, 3, 4), int)


@pytest.mark.parametrize("beta", [1, 2])
def test_a_sample_lies_within_five_standard_errors(beta: int) -> None:
    """The third central moment of (tr S, tr S, tr S²), a chance of 6e-7 to fail; the seed is fixed."""
    rng = np.random.default_rng(11)
    draws, rows, columns = 200_000, 2, 3
    parts = [rng.standard_normal((draws, rows, columns)) for _ in range(beta)]
    w = parts[0] if beta == 1 else (parts[0] + 1j * parts[1]) / math.sqrt(2)
    s = w @ w.conj().swapaxes(1, 2)
    first = np.trace(s, axis1=1, axis2=2).real - rows * columns
    second = np.trace(s @ s, axis1=1, axis2=2).real - float(trace_product_moment([2], rows, columns, beta=beta))
    sample = first * first * second
    exact = float(trace_cumulant([1, 1, 2], rows, columns, beta=beta))
    error = sample.std(ddof=1) / math.sqrt(draws)
    assert abs(sample.mean() - exact) < 5 * error
    assert error < exact / 20


# Errors.


def test_what_are_no_orders_is_refused() -> None:
    with pytest.raises(DomainError, match="at least one trace"):
        trace_cumulant([])
    with pytest.raises(DomainError, match="need a sequence of integers"):
        trace_cumulant(5)
    with pytest.raises(DomainError, match="every order"):
        trace_cumulant([1.5])
    with pytest.raises(DomainError, match="need m"):
        trace_cumulant([1], 0, 3)
    with pytest.raises(DomainError, match="need beta"):
        trace_cumulant([1], beta=-1)
    with pytest.raises(LimitError, match="too many"):
        trace_cumulant(range(1, 30))
    with pytest.raises(LimitError):
        trace_covariance(200, 200)


@pytest.mark.parametrize("beta", [1, 2, 4, Fraction(3, 2)])
@pytest.mark.parametrize("orders", [(-1, -1), (-1, 1), (-2, 1), (2, -1, 1), (-1, -1, -1), (-1, -2)])
def test_negative_orders_are_the_moebius_sums_of_moments(orders: tuple[int, ...], beta: Any) -> None:
    # κ_2 = E xy − E x E y, κ_3 = E xyz − Σ E x E yz + 2 E x E y E z.
    for law in ({"m": 3, "n": 17}, {"n": 17, "scale": [[2, 1], [1, 3]]}):

        def mean(*parts: int, law: dict[str, Any] = law) -> Any:
            return trace_product_moment(parts, **law, beta=beta)

        if len(orders) == 2:
            expected = mean(*orders) - mean(orders[0]) * mean(orders[1])
        else:
            x, y, z = orders
            expected = mean(x, y, z) - mean(x) * mean(y, z) - mean(y) * mean(x, z) - mean(z) * mean(x, y)
            expected += 2 * mean(x) * mean(y) * mean(z)
        assert trace_cumulant(orders, **law, beta=beta) == expected


def test_values_of_negative_orders() -> None:
    assert trace_covariance(-1, -1, 2, 8) == Fraction(14, 225)
    formula: Any = trace_covariance(-1, -1)
    assert formula.subs({m: 2, n: 8}) == sympy.Rational(14, 225)
    assert trace_covariance(-1, 0, 2, 8) == 0
    assert trace_covariance(-1, -1, 2, 8, sigma="1/2") == Fraction(14 * 16, 225)
    exact: Any = trace_covariance(-1, -1, n=9, scale=[[2, 1], [1, 2]])
    floats = trace_covariance(-1, -1, n=9, scale=np.array([[2.0, 1.0], [1.0, 2.0]]))
    assert floats == pytest.approx(float(exact), rel=1e-13)
    in_n: Any = trace_covariance(-1, -1, scale=[[2, 1], [1, 2]])
    assert in_n.subs(sympy.Symbol("n"), 9) == sympy.Rational(exact.numerator, exact.denominator)
    with pytest.raises(ExistenceError, match="n > 5"):
        trace_covariance(-1, -1, 2, 5)
