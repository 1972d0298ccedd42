"""The tables of covariances of traces: equal to the engine's cumulants, exact in Python, refused where they are not."""

from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import wishart_generated
from wishart_generated import inverse_trace_covariances_real, scaled_trace_covariances_real
from wishart_moments import trace_covariance
from wishart_moments.codegen import FamilyTable, TableError, family_table, render, table_from_json, table_to_json
from wishart_moments.combinatorics.partitions import Partition
from wishart_moments.errors import DomainError

NAMES = tuple(f"{kind}_trace_covariances_{field}" for kind in ("scaled", "inverse") for field in ("real", "complex"))
EIGENVALUES = (Fraction(1, 2), Fraction(1), Fraction(3))
SCALE = [[EIGENVALUES[0], 0, 0], [0, 2, 1], [0, 1, 2]]


@pytest.fixture(params=NAMES)
def table(request: pytest.FixtureRequest, covariances: dict[str, FamilyTable]) -> FamilyTable:
    """Each table of covariances in the tree."""
    return covariances[request.param]


@pytest.fixture
def module(table: FamilyTable) -> ModuleType:
    """The generated module of a table."""
    return getattr(wishart_generated, table.name)


def _call(table: FamilyTable, module: Any, k: int, m: Any, n: Any, p: list[Any]) -> dict[Partition, Any]:
    return module.trace_covariances(k, *([m, n] if table.denominators else [n]), p)


def test_there_is_an_entry_for_every_pair_of_powers(table: FamilyTable) -> None:
    largest = 4 if table.denominators else 6
    assert list(table.entries) == [(k - j, j) for k in range(2, largest + 1) for j in range(1, k // 2 + 1)]


def test_the_generated_functions_are_the_covariances_of_the_engine(table: FamilyTable, module: ModuleType) -> None:
    """`trace_covariance` takes cumulants of marked moments, the tables products of traces: two routes."""
    n, sign = Fraction(29, 2), -1 if table.denominators else 1
    p = module.power_sums(table.max_k, EIGENVALUES)
    for k in table.degrees:
        found = _call(table, module, k, 3, n, p)
        exact = {(i, j): trace_covariance(sign * i, sign * j, n=n, scale=SCALE, beta=table.beta) for i, j in found}
        assert list(found) == table.labels(k)
        assert found == exact


def test_a_variance_is_the_covariance_of_equal_powers(table: FamilyTable, module: ModuleType) -> None:
    sizes, p = ([3, 20] if table.denominators else [20]), list(range(2, 8))
    for j in range(1, table.max_k // 2 + 1):
        assert module.trace_variance(j, *sizes, p) == module.trace_covariances(2 * j, *sizes, p)[j, j]
    with pytest.raises(ValueError, match=f"^need an integer j from 1 to {table.max_k // 2}, got 4$"):
        module.trace_variance(4, *sizes, p)


def test_variances_that_are_known() -> None:
    """Var tr S = 2 n tr Σ²; Var 1/χ²_n is 2/((n − 2)² (n − 4)); Var tr S^{-1} at m = 2, n = 8 is 14/225."""
    assert scaled_trace_covariances_real.trace_variance(1, 7, [0, 5]) == 2 * 7 * 5
    assert inverse_trace_covariances_real.trace_variance(1, 1, 9, [1, 1]) == Fraction(2, 49 * 5)
    assert inverse_trace_covariances_real.trace_variance(1, 2, 8, [2, 2]) == Fraction(14, 225)


def test_infinite_covariances_are_refused_with_the_condition() -> None:
    with pytest.raises(ValueError, match=r"^need n - m \+ 1 > 4 for finite .* the smallest n is 7$"):
        inverse_trace_covariances_real.trace_covariances(2, 3, 6, [3, 3])
    with pytest.raises(ValueError, match=r"^need an integer k from 2 to 4, got 1$"):
        inverse_trace_covariances_real.trace_covariances(1, 3, 9, [3])


def test_power_sums_beyond_floats_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^need power sums within the range of floats, or exact eigenvalues$"):
        inverse_trace_covariances_real.power_sums(2, [1e-300, 1])
    exact = Fraction(1, 10**300)
    assert inverse_trace_covariances_real.power_sums(2, [exact, 1]) == [10**300 + 1, 10**600 + 1]


def test_arrays_broadcast_and_integers_do_not_wrap(table: FamilyTable, module: ModuleType) -> None:
    k = table.max_k
    n, p = np.array([40, 2**31 - 1]), [10**j + 3 for j in range(1, 7)]
    for label, values in _call(table, module, k, 3, n, p).items():
        exact = [_call(table, module, k, 3, int(each), p)[label] for each in n]
        assert values.tolist() == exact
        floats = _call(table, module, k, 3.0, n.astype(float), list(map(float, p)))[label]
        assert floats == pytest.approx(list(map(float, exact)), rel=1e-12)


def test_a_quaternion_table_is_derived_and_reduced(covariances: dict[str, FamilyTable]) -> None:
    """No root of D_k divides all entries of its degree: in lowest terms."""
    for table in (*covariances.values(), family_table("inverse_trace_covariances", 4, 4)):
        for k in table.degrees if table.denominators else []:
            cells = [cell for label in table.labels(k) for cell in table.cells(label).values()]
            for root in table.denominators[k]:
                assert any(sum(c * root**j for j, c in cell) for cell in cells)


def test_the_texts_call_them_covariances_and_variances(covariances: dict[str, FamilyTable]) -> None:
    text = render(covariances["inverse_trace_covariances_real"], "text")
    assert "\nD_2 = (c + 1) c^2 (c - 2); finite if and only if n - m + 1 > 4\n" in text
    assert "\nD_2 Var(tr(S^-1)) = 2 c tr(Sigma^-2) + 2 tr(Sigma^-1)^2\n" in text
    scaled = render(covariances["scaled_trace_covariances_real"], "text")
    assert "\nCov(tr(S^2), tr(S)) = 4 n (n + 1) tr(Sigma^3) + 4 n tr(Sigma^2) tr(Sigma)\n" in scaled
    latex = render(covariances["scaled_trace_covariances_real"], "latex")
    assert r"\operatorname{Var}\bigl(\operatorname{tr}(S)\bigr) &= 2 n \operatorname{tr}(\Sigma^{2}) \\" in latex


def test_json_gives_the_table_back_and_a_missing_pair_is_refused(table: FamilyTable) -> None:
    assert table_from_json(table_to_json(table)) == table
    whole = table_to_json(table)
    at = whole.index('    "2,1": [')
    with pytest.raises(TableError, match="need entries for all pairs"):
        table_from_json(whole[:at] + whole[whole.index('    "3,1": [') :])


def test_a_table_without_pairs_is_refused() -> None:
    with pytest.raises(DomainError, match="need a table of at least one order, k >= 2"):
        family_table("scaled_trace_covariances", 1)


def test_entries_hold_no_disconnected_part(covariances: dict[str, FamilyTable]) -> None:
    """A connected sum over two traces of degree k has at most k − 1 loops: no p_1^k."""
    for table in covariances.values():
        if not table.denominators:
            assert all(mu != (1,) * sum(label) for label in table.entries for mu in table.cells(label))
