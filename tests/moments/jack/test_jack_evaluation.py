"""All C_κ(X) in floats: against exact values, sums and special matrices; how partitions and strips are counted."""

from collections.abc import Callable
from fractions import Fraction
from math import comb, factorial, prod
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from wishart_moments.combinatorics.partitions import partitions
from wishart_moments.errors import DomainError, LimitError, MethodError, WishartError
from wishart_moments.moments.jack.jack_branching import (
    level,
    level_starts,
    partition_rows,
    strip_count,
    values_at_identity,
)
from wishart_moments.moments.jack.jack_evaluation import (
    UNIT,
    JackValues,
    eigenvalues_of,
    one_row_value,
    zonal_value,
    zonal_values,
)
from wishart_moments.moments.jack.zonal_polynomial import zonal_polynomial

DYSON = [Fraction(1), Fraction(2), Fraction(4), Fraction(2, 3)]


@pytest.mark.parametrize("rows", range(1, 6))
@pytest.mark.parametrize("k", range(9))
def test_partitions_come_in_reverse_lexicographic_order(k: int, rows: int) -> None:
    expected = [[*label, *[0] * (rows - len(label))] for label in partitions(k) if len(label) <= rows]
    assert partition_rows(k, rows).tolist() == expected
    counts = [sum(len(label) <= rows for label in partitions(j)) for j in range(k + 1)]
    assert level_starts(k, rows) == [sum(counts[:j]) for j in range(k + 2)]


@pytest.mark.parametrize("rows", range(1, 5))
def test_strips_interlace_and_find_their_place(rows: int) -> None:
    every = [tuple(row) for j in range(8) for row in partition_rows(j, rows).tolist()]
    for k in range(1, 8):
        kappa, starts, removed, inner, weights = level(k, rows, Fraction(1))
        assert len(inner) == strip_count(k, rows)
        ends = [*starts[1:].tolist(), len(inner)]
        for row, start, end in zip(kappa.tolist(), starts.tolist(), ends, strict=True):
            found = [every[place] for place in inner[start:end]]
            below = [*row[1:], 0]
            assert len(set(found)) == len(found) == prod(a - b + 1 for a, b in zip(row, below, strict=True))
            for mu, size in zip(found, removed[start:end], strict=True):
                assert all(a >= part >= b for a, part, b in zip(row, mu, below, strict=True))
                assert k - sum(mu) == size
        assert (weights > 0).all()


@pytest.mark.parametrize("beta", DYSON)
@pytest.mark.parametrize("m", range(1, 6))
def test_values_add_up_to_the_power_of_the_trace(m: int, beta: Fraction) -> None:
    x = np.random.default_rng(m).uniform(0, 2, m)
    jack = JackValues(x, beta)
    for k in range(1, 16):
        b = jack.extend()
        factorials = np.array([prod(map(factorial, row)) for row in partition_rows(k, m).tolist()], float)
        total = float((b / factorials).sum()) * factorial(k)
        assert total == pytest.approx((x.sum() / x.max()) ** k, rel=1e-13)


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_floats_are_the_exact_values(data: st.DataObject) -> None:
    beta = data.draw(st.sampled_from(DYSON))
    x = data.draw(st.lists(st.integers(0, 2**20).map(lambda j: j / 2**10), min_size=1, max_size=4))
    matrix = np.diag(x)
    found = zonal_values(matrix, 5, beta=beta)
    assert set(found) == {label for k in range(6) for label in partitions(k) if len(label) <= len(x)}
    bound = max(JackValues(np.array(x), beta).roundings, 1) * UNIT
    for label, value in found.items():
        exact = zonal_polynomial(label, beta=beta)(np.diag([Fraction(v) for v in x]))
        assert abs(Fraction(value) - exact) <= (bound + 1e-14) * exact
        assert zonal_value(label, np.array(x), beta) == pytest.approx(value, rel=1e-13)


@pytest.mark.parametrize("beta", DYSON)
def test_signs_do_not_disturb(beta: Fraction) -> None:
    x = [Fraction(3, 2), Fraction(-1), Fraction(1, 4), Fraction(-2)]
    found = zonal_values(np.diag([float(v) for v in x]), 6, beta=beta)
    for label, value in found.items():
        c = zonal_polynomial(label, beta=beta)
        # Relative to the value at |X|: the terms cancel.
        assert abs(value - float(c(np.diag(x)))) <= 1e-13 * float(c(np.diag([abs(v) for v in x])))


@pytest.mark.parametrize("beta", DYSON)
@pytest.mark.parametrize("m", range(1, 5))
def test_equal_eigenvalues_have_a_closed_form(m: int, beta: Fraction) -> None:
    found = zonal_values(3 * np.eye(m), 6, beta=beta)
    for label, value in found.items():
        assert value == pytest.approx(
            float(zonal_polynomial(label, beta=beta).at_identity(m)) * 3 ** sum(label), rel=1e-13
        )
    for k in range(1, 9):
        kappa, *_ = level(k, m, beta)
        by_branching = JackValues(np.linspace(1, 1 + 1e-9, m), beta)
        values = [by_branching.extend() for _ in range(k)][-1]
        assert len(kappa) == len(values)
        np.testing.assert_allclose(values, values_at_identity(k, m, m, beta), rtol=1e-7)


@pytest.mark.parametrize("beta", DYSON)
def test_one_row_and_one_column_at_the_identity(beta: Fraction) -> None:
    # C_(k)(I) = (θm)_k/(θ)_k and e_k(1, …, 1) = binomial(m, k), P_(1^k) = e_k.
    theta = beta / 2
    for k in range(1, 30):
        row = prod((theta * 5 + t) / (theta + t) for t in range(k))
        assert one_row_value(k, np.ones(5), beta) == pytest.approx(float(row), rel=1e-13)
    for k in range(1, 6):
        c = zonal_polynomial([1] * k, beta=beta, normalisation="P")
        assert c(np.eye(5)) == pytest.approx(comb(5, k), rel=1e-13)


def test_zero_eigenvalues_lower_the_rank() -> None:
    found = zonal_values(np.diag([2.0, 0.0, 1.0]), 4)
    assert all((value == 0) == (len(label) > 2) for label, value in found.items())
    assert zonal_values(np.zeros((2, 2)), 2) == {(): 1, (1,): 0, (2,): 0, (1, 1): 0}


def test_values_of_a_matrix_are_those_of_its_eigenvalues() -> None:
    rng = np.random.default_rng(3)
    q, _ = np.linalg.qr(rng.standard_normal((4, 4)) + 1j * rng.standard_normal((4, 4)))
    x = np.array([0.5, 1.0, 2.0, 3.0])
    matrix = (q * x) @ q.conj().T
    found, expected = zonal_values((matrix + matrix.conj().T) / 2, 5, beta=2), zonal_values(np.diag(x), 5, beta=2)
    assert found == pytest.approx(expected, rel=1e-12)
    assert eigenvalues_of([["1/2", 0], [0, sympy.sqrt(2)]]).tolist() == pytest.approx([0.5, 2**0.5], rel=1e-15)


def test_large_matrices_and_degrees() -> None:
    values = zonal_values(np.diag(np.linspace(0.5, 1, 30)), 6)
    assert sum(c for label, c in values.items() if sum(label) == 6) == pytest.approx(22.5**6, rel=1e-12)
    deep = zonal_values([[1.0, 0.0], [0.0, 0.5]], 40)
    assert deep[40,] == pytest.approx(one_row_value(40, np.array([1, 0.5]), Fraction(1)), rel=1e-12)
    # 200! is no float.
    assert zonal_values([[0.5]], 200)[200,] == 0.5**200


@pytest.mark.parametrize(
    ("compute", "error"),
    [
        (lambda: zonal_values([[sympy.Symbol("x")]], 2), MethodError),
        (lambda: zonal_values([[1.0]], 2, beta=sympy.Symbol("beta")), MethodError),
        (lambda: zonal_values([[1.0]], -1), DomainError),
        (lambda: zonal_values([[1.0, 2.0]], 2), DomainError),
        (lambda: zonal_values([[1.0, 1j], [-1j, 1.0]], 2), DomainError),
        (lambda: zonal_values([[1e200]], 2), DomainError),
        (lambda: zonal_values(np.diag(np.linspace(1, 2, 30)), 40), LimitError),
        (lambda: partition_rows(150, 150), LimitError),
    ],
)
def test_what_cannot_be_evaluated_is_refused(compute: Callable[[], Any], error: type[WishartError]) -> None:
    with pytest.raises(error) as refusal:
        compute()
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("beta", [Fraction(10**400, 3), Fraction(3, 10**400), 10**13])
def test_a_beta_beyond_floats_is_refused(beta: Any) -> None:
    with pytest.raises(LimitError, match="need beta from 1e-12 to 1e12"):
        zonal_values(np.eye(2), 3, beta=beta)


def test_what_underflows_beside_the_greatest_eigenvalue_is_refused() -> None:
    with pytest.raises(LimitError, match="need eigenvalues nearer to each other"):
        zonal_values(np.diag([1e100, 1e-150, 1e-200]), 3)  # C_(1,1,1) is about 1e-250, 1e-550 beside 1e300
    assert zonal_values(np.diag([1e-150, 1e-200, 1.0]), 3)[1, 1, 1] == 0.0  # below all floats
