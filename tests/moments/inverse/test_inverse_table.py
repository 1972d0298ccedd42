"""Moments of S^{-1} as rational functions: zonal polynomials against integration by parts, published formulas, laws."""

from collections import Counter
from fractions import Fraction
from math import prod

import pytest
import sympy
from flint import fmpq, fmpq_poly

from wishart_moments.combinatorics.partitions import Partition, partitions
from wishart_moments.domain import jack_parameter
from wishart_moments.errors import DomainError, ExistenceError, LimitError, MethodError, WishartError
from wishart_moments.moments import zonal
from wishart_moments.moments.inverse.inverse_matrix import inverse_rows
from wishart_moments.moments.inverse.inverse_recurrence import inverse_traces_at
from wishart_moments.moments.inverse.inverse_table import InverseTable, common_denominator, contents, expected_inverse
from wishart_moments.moments.inverse.rational import RationalFunction, product, rational_function
from wishart_moments.moments.inverse.signed_equations import Ring, signed_moment
from wishart_moments.moments.matrix_expectation import matrix_moment
from wishart_moments.moments.polynomials import as_number, rational

DYSON = [1, 2, 4, Fraction(1, 2), Fraction(7, 5)]
C, M, N = sympy.symbols("c m n")


def degrees(last: int, first: int = 1) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("k", range(first, last + 1))


each_beta = pytest.mark.parametrize("beta", DYSON)


def value(f: RationalFunction, c: Fraction) -> Fraction:
    return Fraction(f(c))


@each_beta
@degrees(6)
def test_zonal_polynomials_and_integration_by_parts_give_one_table(k: int, beta: int | Fraction) -> None:
    for label, row in InverseTable(k, beta).items():
        assert inverse_rows(0, label, beta) == {(mu, 0): f for mu, f in row.items()}


@each_beta
@degrees(5)
def test_the_table_is_the_inverse_of_the_forward_table_at_minus_c(k: int, beta: int | Fraction) -> None:
    table = InverseTable(k, beta)
    denominator = product(table.denominator)
    forward = {label: zonal.expected_power_sum_with_scale(label, beta) for label in table}
    reflection = fmpq_poly([0, -1])
    for label in table:
        total: Counter[Partition] = Counter()
        for nu, numerator in table.numerators(label).items():
            for mu, growth in forward[nu].items():
                total[mu] += (-1) ** k * numerator * growth(reflection)
        assert {mu: f for mu, f in total.items() if f} == {label: denominator}


@each_beta
@degrees(6)
def test_a_scale_of_rank_one_leaves_an_inverse_gamma_variable(k: int, beta: int | Fraction) -> None:
    # At Σ^{-1} = e e^† all p_μ are 1 and p_λ(V) = V_11^k, (V_11)^{-1} a gamma variable of n − m + 1 degrees of freedom.
    a, c = jack_parameter(beta), Fraction(101, 3)
    moment = prod((1 / (c - a * j) for j in range(k)), start=Fraction(1))
    for row in InverseTable(k, beta).values():
        assert sum(value(f, c) for f in row.values()) == moment


@each_beta
@degrees(6)
def test_the_identity_is_the_general_scale_with_all_power_sums_m(k: int, beta: int | Fraction) -> None:
    m, c = 5, Fraction(83, 7)
    for label, row in InverseTable(k, beta).items():
        numerator, roots = expected_inverse(label, beta)
        at = numerator(fmpq(m), rational(c)) / product(roots)(rational(c))
        assert as_number(at) == sum(value(f, c) * m ** len(mu) for mu, f in row.items())


@each_beta
@degrees(6)
def test_every_denominator_divides_the_common_one(k: int, beta: int | Fraction) -> None:
    table = InverseTable(k, beta)
    assert table.denominator == common_denominator(k, beta)
    assert list(table) == list(partitions(k))
    used: Counter[Fraction] = Counter()
    for label, row in table.items():
        for mu, f in row.items():
            assert all(table.denominator[root] >= multiplicity for root, multiplicity in f.roots.items())
            used |= Counter(f.roots)
            full = table.numerators(label)[mu]
            assert rational_function(full, table.denominator) == f
    # None of its factors is superfluous.
    assert used == table.denominator


def test_the_published_formulas_for_real_matrices() -> None:
    # von Rosen, Scand. J. Statist. 15 (1988) 97, corollary 3.1; Letac, Massam, Scand. J. Statist. 31 (2004) 295.
    c = C
    bottom = c * (c + 1) * (c - 2)
    expected = {
        (1, ()): {((), 1): 1 / c},
        (2, ()): {((), 2): c / bottom, ((1,), 1): 1 / bottom},
        (1, (1,)): {((), 2): 2 / bottom, ((1,), 1): (c - 1) / bottom},
        (0, (1, 1)): {((2,), 0): 2 / bottom, ((1, 1), 0): (c - 1) / bottom},
    }
    for (r, parts), row in expected.items():
        assert {term: sympy.cancel(f.as_expr()) for term, f in inverse_rows(r, parts).items()} == {
            term: sympy.cancel(f) for term, f in row.items()
        }


def test_the_published_formulas_for_complex_matrices() -> None:
    # Maiwald, Kraus, IEE Proc. Radar 147 (2000) 162; Graczyk, Letac, Massam, Ann. Statist. 31 (2003) 287.
    bottom = C * (C**2 - 1)
    found = {term: f.as_expr() for term, f in inverse_rows(2, (), 2).items()}
    assert sympy.simplify(found[(), 2] - C / bottom) == 0
    assert sympy.simplify(found[(1,), 1] - 1 / bottom) == 0
    # Tulino, Verdú, Random Matrix Theory and Wireless Communications (2004), lemma 2.10.
    d, at_identity = N - M, {}
    for parts in ((1,), (2,), (1, 1)):
        numerator, roots = expected_inverse(parts, 2)
        terms = (sympy.Rational(str(x)) * M**i * d**j for (i, j), x in numerator.to_dict().items())
        at_identity[parts] = sympy.Add(*terms) / sympy.Mul(*((d - e) ** k for e, k in roots.items()))
    assert sympy.simplify(at_identity[1,] - M / d) == 0
    assert sympy.simplify(at_identity[2,] - M * N / (d**3 - d)) == 0
    assert sympy.simplify(at_identity[1, 1] - M / d * (N / (d**2 - 1) + (M - 1) / (d + 1))) == 0


def test_degree_eleven_has_all_its_coefficients() -> None:
    # The doubles of wishmom (R) lose coefficients here.
    table = InverseTable(11)
    c = Fraction(10**6 + 1, 3)
    moment = prod((1 / (c - 2 * j) for j in range(11)), start=Fraction(1))
    for label in ((11,), (6, 5), (3, 3, 2, 2, 1), (1,) * 11):
        row = table[label]
        assert len(row) == 56
        assert sum(value(f, c) for f in row.values()) == moment


# All 42 moments of degree ten, twice.
@pytest.mark.slow
def test_degree_ten_by_both_routes() -> None:
    table = InverseTable(10)
    for label in ((10,), (4, 3, 3)):
        assert inverse_rows(0, label) == {(mu, 0): f for mu, f in table[label].items()}


def test_degree_zero_is_one() -> None:
    assert InverseTable(0)[()] == {(): rational_function(fmpq_poly([1]), {})}
    assert inverse_rows(0) == {((), 0): rational_function(fmpq_poly([1]), {})}
    assert expected_inverse((1,))[1] == contents((1,))


@each_beta
@degrees(5, 2)
def test_the_trace_of_a_matrix_is_the_moment_of_the_traces(k: int, beta: int | Fraction) -> None:
    table = InverseTable(k, beta)
    c = Fraction(57, 2)
    for label in partitions(k):
        for part in set(label):
            at = label.index(part)
            rows = inverse_rows(part, (*label[:at], *label[at + 1 :]), beta)
            total: Counter[Partition] = Counter()
            for (mu, j), f in rows.items():
                total[tuple(sorted((*mu, j), reverse=True))] += value(f, c)
            assert total == {mu: value(f, c) for mu, f in table[label].items()}


@pytest.mark.parametrize("beta", [1, 2, 4])
def test_the_recurrences_run_backwards(beta: int) -> None:
    for m, n in ((1, 19), (2, 21), (5, 23), (9, 60)):
        numbers = inverse_traces_at(9, m, n, beta)
        c = n - m + 1 - jack_parameter(beta)
        for k, moment in enumerate(numbers, 1):
            numerator, roots = expected_inverse((k,), beta)
            assert moment == numerator(fmpq(m), rational(c)) / product(roots)(rational(c))


@each_beta
def test_a_single_trace_needs_few_partitions(beta: int | Fraction) -> None:
    for k in range(1, 7):
        ring = Ring.polynomials(beta)
        moment = signed_moment((-k,), 0, ring, at_identity=True)
        numerator, roots = expected_inverse((k,), beta)
        (found,) = moment.numerators.values()
        left, right = ring.one, ring.one
        for e, multiplicity in roots.items():
            left = left * (ring.c - rational(e)) ** multiplicity
        for e, multiplicity in moment.roots.items():
            right = right * (ring.c - rational(e)) ** multiplicity
        assert found * left == numerator * right


def test_a_matrix_moment_of_negative_powers_is_a_matrix_moment() -> None:
    moment = matrix_moment(-2)
    assert repr(moment).startswith("E[S^-2] = ")
    assert sympy.simplify(moment.at_identity() - (N - 1) / ((N - M) * (N - M - 1) * (N - M - 3))) == 0
    assert moment.at([[2, 1], [1, 2]], 9) == matrix_moment(-2, n=9, scale=[[2, 1], [1, 2]])
    floats = matrix_moment(-2, n=9, scale=[[2.0, 1], [1, 2]])
    assert floats[0][1] == pytest.approx(-1 / 54, rel=1e-14)


def test_matrix_moments_of_all_signs() -> None:
    # S V = I in the mean of E[p_1(V) S] at m = 1, and E[S^2] as for positive powers.
    assert matrix_moment(1, [-1], n=7, scale=[[3]]) == [[1]]
    assert matrix_moment(2).coefficients == {((1,), 1): N, ((), 2): N**2 + N}
    beta = sympy.Symbol("beta", positive=True)
    symbolic = matrix_moment(-2, [1], beta=beta)
    for number in (1, 2, Fraction(1, 2)):
        plain = matrix_moment(-2, [1], beta=number)
        for term, c in plain.coefficients.items():
            assert sympy.simplify(symbolic.coefficients[term].subs(beta, sympy.Rational(number)) - c) == 0
    with pytest.raises(ExistenceError, match="the smallest integer n is 6"):
        matrix_moment(-1, [-1], n=5, scale=[[2, 1], [1, 2]])


def test_rational_functions_are_in_lowest_terms() -> None:
    f = rational_function(fmpq_poly([0, -2, 1]), {Fraction(2): 2, Fraction(1, 2): 1})
    assert f.numerator == fmpq_poly([0, 1])
    assert f.roots == {Fraction(1, 2): 1, Fraction(2): 1}
    assert f.as_expr() == C / ((C - sympy.Rational(1, 2)) * (C - 2))
    assert hash(f) == hash(rational_function(fmpq_poly([0, 1]), {Fraction(2): 1, Fraction(1, 2): 1}))
    assert f != 1
    with pytest.raises(DomainError, match="a pole at c"):
        f(2)


def test_what_is_out_of_reach_is_refused_before_the_work() -> None:
    for compute in (
        lambda: InverseTable(17),
        lambda: expected_inverse((41,)),
        lambda: expected_inverse((21,), 3),
        lambda: expected_inverse((9, 8)),
        lambda: inverse_rows(13),
        lambda: inverse_traces_at(5001, 2, 20_000),
    ):
        with pytest.raises(LimitError, match="need "):
            compute()
    with pytest.raises(MethodError, match="beta = 1, 2 and 4"):
        inverse_traces_at(2, 2, 20, 3)
    with pytest.raises(KeyError):
        InverseTable(2)[3,]


def test_the_table_admits_its_arguments() -> None:
    assert dict(InverseTable(2, "1/2")) == dict(InverseTable(2, Fraction(1, 2)))
    for k, beta, refusal in ((-1, 1, "need k"), (2, "x", "need beta"), (2, sympy.Symbol("b"), "a number for beta")):
        with pytest.raises(WishartError, match=refusal):
            InverseTable(k, beta)
