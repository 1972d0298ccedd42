"""The loop equations: every β, tables and single values, polynomials and numbers, duality, and their limits."""

from fractions import Fraction
from itertools import chain
from math import prod

import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.combinatorics.partitions import Partition, partition, partitions
from wishart_moments.errors import DomainError, LimitError
from wishart_moments.moments import loop_equations, zonal
from wishart_moments.moments.loop_equations import PowerSumTable, expected_power_sum, expected_power_sum_at
from wishart_moments.moments.polynomials import SYMBOLIC_RING, Polynomial, as_number, evaluate

LABELS = list(chain.from_iterable(partitions(k) for k in range(1, 7)))
DYSON = [1, 2, 4, 3, Fraction(1, 2), Fraction(2, 3), Fraction(7, 5), 100, Fraction(1, 100)]


def a_of(beta: int | Fraction) -> fmpq:
    a = Fraction(2) / Fraction(beta)
    return fmpq(a.numerator, a.denominator)


@pytest.mark.parametrize("beta", DYSON)
def test_a_table_holds_what_single_equations_give(beta: int | Fraction) -> None:
    table = PowerSumTable(6, beta)
    assert list(table) == [(), *LABELS]
    assert len(table) == 1 + len(LABELS)
    assert table[()] == 1
    for label in LABELS:
        assert table[label] == expected_power_sum(label, beta)


@pytest.mark.parametrize("beta", DYSON)
def test_loop_equations_are_james_theorem(beta: int | Fraction) -> None:
    for label in LABELS:
        assert expected_power_sum(label, beta) == zonal.expected_power_sum(label, beta)


# All 37 partitions of seven and eight by James' theorem.
@pytest.mark.slow
@pytest.mark.parametrize("beta", [1, 2, 4])
def test_loop_equations_are_james_theorem_to_eight(beta: int) -> None:
    table = PowerSumTable(8, beta)
    for label in chain(partitions(7), partitions(8)):
        assert table[label] == zonal.expected_power_sum(label, beta)


@pytest.mark.parametrize("beta", DYSON)
def test_numbers_are_values_of_the_polynomials(beta: int | Fraction) -> None:
    for label in LABELS:
        for m, n in ((1, 1), (2, 5), (64, 128)):
            assert as_number(expected_power_sum_at(label, m, n, beta)) == evaluate(
                expected_power_sum(label, beta), m, n
            )


@pytest.mark.parametrize("beta", DYSON)
def test_the_symbolic_ensemble_takes_the_value_of_each_ensemble(beta: int | Fraction) -> None:
    table = PowerSumTable(6, None)
    for label in LABELS:
        symbolic, moment = table[label], expected_power_sum(label, beta)
        assert symbolic == expected_power_sum(label, None)
        for m, n in ((fmpq(1), fmpq(2)), (fmpq(-3, 7), fmpq(5, 2)), (fmpq(11), fmpq(13))):
            assert symbolic(m, n, a_of(beta)) == moment(m, n)


@pytest.mark.parametrize("a", [fmpq(2), fmpq(1), fmpq(1, 2), fmpq(3), fmpq(5, 7)])
@pytest.mark.parametrize("label", LABELS)
def test_ensembles_are_dual(label: Partition, a: fmpq) -> None:
    # E_a p_λ(m, n) = (−1)^{k−ℓ} a^{k+ℓ} E_{1/a} p_λ(−m/a, −n/a).
    k, length = sum(label), len(label)
    here = expected_power_sum(label, Fraction(2) / Fraction(int(a.p), int(a.q)))
    there = expected_power_sum(label, 2 * Fraction(int(a.p), int(a.q)))
    for m in range(k + 2):
        for n in range(k + 2):
            assert here(fmpq(m), fmpq(n)) == (-1) ** (k - length) * a ** (k + length) * there(-m / a, -n / a)


@pytest.mark.parametrize("label", LABELS)
def test_the_symbolic_ensemble_is_its_own_dual(label: Partition) -> None:
    # The term c m^i n^j a^e becomes (−1)^{k−ℓ+i+j} c m^i n^j a^{k+ℓ−i−j−e}.
    k, length = sum(label), len(label)
    moment = expected_power_sum(label, None)
    dual = {
        (i, j, k + length - int(i) - int(j) - int(e)): (-1) ** (k - length + int(i) + int(j)) * c
        for (i, j, e), c in moment.to_dict().items()
    }
    assert SYMBOLIC_RING.from_dict(dual) == moment


@pytest.mark.parametrize("beta", [*DYSON, None])
@pytest.mark.parametrize("label", [(3,), (2, 1), (4, 2), (3, 3, 1)])
def test_rows_and_columns_are_exchangeable(label: Partition, beta: int | Fraction | None) -> None:
    moment = expected_power_sum(label, beta)
    terms = {tuple(map(int, exponents)): c for exponents, c in moment.to_dict().items()}
    assert terms == {(j, i, *rest): c for (i, j, *rest), c in terms.items()}


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.fractions(Fraction(1, 20), 20, max_denominator=20),
    st.integers(1, 30),
)
@settings(deadline=None, max_examples=60)
def test_one_row_is_gamma_distributed(parts: list[int], beta: Fraction, n: int) -> None:
    # m = 1: S is Gamma(βn/2) times 2/β, so E S^k = Π (n + 2j/β).
    expected = prod((n + 2 * j / beta for j in range(sum(parts))), start=Fraction(1))
    assert as_number(expected_power_sum_at(partition(parts), 1, n, beta)) == expected
    moment: Polynomial = expected_power_sum(partition(parts), beta)
    assert evaluate(moment, 1, n) == evaluate(moment, n, 1) if len(parts) == 1 else True
    assert evaluate(moment, 1, n) == expected


@pytest.mark.parametrize("beta", DYSON)
def test_the_trace_is_gamma_distributed(beta: int | Fraction) -> None:
    # E (tr S)^j = Π_{i<j} (mn + 2i/β), whatever m and n; and E p_1 f = (mn + 2 deg f / β) E f for every f.
    a = Fraction(2) / Fraction(beta)
    for m, n in ((1, 1), (3, 5)):
        for j in range(1, 8):
            expected = prod((m * n + a * i for i in range(j)), start=Fraction(1))
            assert as_number(expected_power_sum_at((1,) * j, m, n, beta)) == expected
        for label in LABELS:
            f = as_number(expected_power_sum_at(label, m, n, beta))
            assert as_number(expected_power_sum_at((*label, 1), m, n, beta)) == (m * n + a * sum(label)) * f


def test_coefficients_of_many_digits_do_not_spill_into_their_neighbours() -> None:
    # A β whose numerator and denominator are large: fields of some thousand bits, signed and unsigned.
    for beta in (Fraction(10**30 + 57, 10**30), Fraction(10**30, 3**40), Fraction(3**40, 10**30)):
        for label in ((5,), (3, 2), (4, 4)):
            moment = expected_power_sum(label, beta)
            for m, n in ((1, 3), (2, 2)):
                assert evaluate(moment, m, n) == as_number(expected_power_sum_at(label, m, n, beta))
            assert moment == zonal.expected_power_sum(label, beta)


def test_levels_that_are_done_with_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    alive: list[int] = []
    climb = loop_equations._climb

    class Level(dict[Partition, object]):
        """A level that counts the levels in memory."""

        def __init__(self, values: dict[Partition, object]) -> None:
            super().__init__(values)
            alive.append(1)
            self.peak = sum(alive)

        def __del__(self) -> None:
            alive.pop()

    peaks: list[int] = []

    def watched(*arguments: object) -> object:
        for values in climb(*arguments):
            level = Level(values)
            peaks.append(level.peak)
            yield level
            del level

    monkeypatch.setattr(loop_equations, "_climb", watched)
    expected_power_sum((8,))
    expected_power_sum_at((8,), 2, 3)
    assert len(peaks) == 16
    assert max(peaks) <= 2


@pytest.mark.parametrize("label", [(10**9,), (10**7, 1), (200,), (1,) * 5000, (300, 300)])
def test_a_moment_that_rests_on_too_many_others_is_refused_before_the_work(label: Partition) -> None:
    for compute in (expected_power_sum, lambda parts: expected_power_sum_at(parts, 2, 3)):
        with pytest.raises(LimitError, match="rests on more than 100,000 other moments"):
            compute(label)


def test_a_polynomial_that_would_fill_the_memory_is_refused_before_the_work() -> None:
    with pytest.raises(LimitError, match="GiB of memory"):
        expected_power_sum((70,), None)


@pytest.mark.parametrize("beta", [0, -1, Fraction(-1, 2)])
def test_beta_is_positive(beta: int | Fraction) -> None:
    for compute in (lambda: expected_power_sum((2,), beta), lambda: PowerSumTable(2, beta)):
        with pytest.raises(DomainError, match="need beta > 0"):
            compute()
