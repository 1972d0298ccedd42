"""The tables of all products of traces: equal to the library, obeying the laws, and refused where they are damaged."""

import json
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import Any

import pytest

from wishart_moments import trace_product_moment
from wishart_moments.codegen import (
    CATALOGUE,
    FamilyTable,
    TableError,
    family_table,
    table_from_json,
    table_to_json,
)
from wishart_moments.codegen.equations import terms_in_m_and_n
from wishart_moments.combinatorics.partitions import Partition, partitions
from wishart_moments.errors import DisagreementError, DomainError, WishartError
from wishart_moments.moments import family_confirmation, loop_equations
from wishart_moments.moments.general_scale.transition import TransitionTable
from wishart_moments.moments.polynomials import as_number

SCALES = ([[2, 1, 0], [1, 2, 1], [0, 1, 3]], [[1, 0], [0, 1]], [["1/2", "1/3"], ["1/3", 2]])


def _kind(families: Mapping[str, FamilyTable], kind: str) -> list[FamilyTable]:
    return [table for table in families.values() if table.kind == kind]


def _coefficient(table: FamilyTable, label: Partition, mu: Partition, x: Fraction) -> Fraction:
    """The coefficient of p_μ at a number n or c, without the denominator, straight from the terms."""
    return sum((c * x**j for column, j, c in table.entries[label] if column == mu), Fraction(0))


def _denominator(table: FamilyTable, k: int, c: Fraction) -> Fraction:
    return prod(((c - e) ** power for e, power in table.denominators[k].items()), start=Fraction(1))


def test_the_catalogue_has_every_partition_up_to_six_and_inverses_up_to_four(
    families: dict[str, FamilyTable],
) -> None:
    assert {entry.name for entry in CATALOGUE if entry.kind.endswith("power_sums")} == set(families)
    for table in families.values():
        largest = 4 if table.kind == "inverse_power_sums" else 6
        assert list(table.entries) == [label for k in range(1, largest + 1) for label in partitions(k)]
        assert len(table.entries) == {4: 11, 6: 29}[largest]


@pytest.mark.parametrize(("m", "n"), [(1, 1), (3, 5), (7, 2)])
def test_power_sums_are_those_of_the_loop_equations(families: dict[str, FamilyTable], m: int, n: int) -> None:
    for table in _kind(families, "power_sums"):
        for label in table.entries:
            value = sum(c * Fraction(m) ** i * Fraction(n) ** j for i, j, c in terms_in_m_and_n(table, label))
            assert value == as_number(loop_equations.expected_power_sum_at(label, m, n, table.beta))


@pytest.mark.parametrize("scale", SCALES, ids=len)
def test_scaled_power_sums_are_those_of_the_library(families: dict[str, FamilyTable], scale: list[list[Any]]) -> None:
    sums = _sums(scale, 6)
    for table in _kind(families, "scaled_power_sums"):
        for k in range(1, 7):
            exact = TransitionTable(k, table.beta).at(scale, 5)
            for label in partitions(k):
                assert _combination(table, label, Fraction(5), sums) == exact[label]


@pytest.mark.parametrize("scale", SCALES, ids=len)
def test_inverse_power_sums_are_those_of_the_library(families: dict[str, FamilyTable], scale: list[list[Any]]) -> None:
    m, n = len(scale), 11
    sums = _sums(_inverted(scale), 4)
    for table in _kind(families, "inverse_power_sums"):
        c = Fraction(n - m + 1) - 2 / table.beta
        for label in table.entries:
            value = _combination(table, label, c, sums) / _denominator(table, sum(label), c)
            assert value == trace_product_moment([-part for part in label], n=n, scale=scale, beta=table.beta)


def _sums(scale: list[list[Any]], k: int) -> dict[int, Fraction]:
    """The traces tr Σ^j, by multiplying matrices."""
    matrix = [[Fraction(entry) for entry in row] for row in scale]
    result, power = dict[int, Fraction](), matrix
    for j in range(1, k + 1):
        result[j] = sum((power[i][i] for i in range(len(matrix))), Fraction(0))
        power = [
            [sum(x * y for x, y in zip(row, column, strict=True)) for column in zip(*matrix, strict=True)]
            for row in power
        ]
    return result


def _inverted(scale: list[list[Any]]) -> list[list[Fraction]]:
    """Gauss and Jordan, without pivots: the scale is positive definite."""
    size = len(scale)
    rows = [[Fraction(x) for x in row] + [Fraction(i == j) for j in range(size)] for i, row in enumerate(scale)]
    for i in range(size):
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for r in range(size):
            if r != i:
                rows[r] = [x - rows[r][i] * y for x, y in zip(rows[r], rows[i], strict=True)]
    return [row[size:] for row in rows]


def _combination(table: FamilyTable, label: Partition, x: Fraction, sums: dict[int, Fraction]) -> Fraction:
    return sum(
        (_coefficient(table, label, mu, x) * prod(sums[part] for part in mu) for mu in partitions(sum(label))),
        Fraction(0),
    )


def test_the_identity_as_scale_gives_the_power_sums(families: dict[str, FamilyTable]) -> None:
    """p_μ(I) = m^ℓ(μ)."""
    for field in ("real", "complex"):
        scaled = families[f"scaled_power_sums_{field}"]
        for label in scaled.entries:
            found: dict[tuple[int, int], Fraction] = {}
            for mu, j, c in scaled.entries[label]:
                assert isinstance(mu, tuple)
                found[len(mu), j] = found.get((len(mu), j), Fraction(0)) + c
            terms = terms_in_m_and_n(families[f"power_sums_{field}"], label)
            assert found == {(i, j): c for i, j, c in terms}


def test_the_inverse_table_is_the_inverse_of_the_table_at_minus_c(families: dict[str, FamilyTable]) -> None:
    """R(c) T(−c) = (−1)^k I, here at numbers c that are no roots."""
    for field in ("real", "complex"):
        inverse, scaled = families[f"inverse_power_sums_{field}"], families[f"scaled_power_sums_{field}"]
        for k in range(1, 5):
            for c in (Fraction(17), Fraction(-3, 7)):
                for label in partitions(k):
                    for nu in partitions(k):
                        entry = sum(
                            _coefficient(inverse, label, mu, c) * _coefficient(scaled, mu, nu, -c)
                            for mu in partitions(k)
                        )
                        assert entry == (-1) ** k * _denominator(inverse, k, c) * (label == nu)


def test_single_traces_are_the_trace_moments(families: dict[str, FamilyTable], tables: dict[str, Any]) -> None:
    for field in ("real", "complex"):
        for k in range(1, 7):
            assert (
                terms_in_m_and_n(families[f"power_sums_{field}"], (k,)) == tables[f"trace_moments_{field}"].entries[k]
            )


def test_one_row_is_a_gamma_variable(families: dict[str, FamilyTable]) -> None:
    """For m = 1: E S^k = Π (n + a j), j < k, and E S^{-k} = Π 1/(n − a j), 1 <= j <= k."""
    for table in families.values():
        a, n = 2 / table.beta, Fraction(23)
        for label in table.entries:
            k = sum(label)
            if table.denominators:
                c = n - a
                value = sum(_coefficient(table, label, mu, c) for mu in partitions(k)) / _denominator(table, k, c)
                assert value == 1 / prod((n - a * j for j in range(1, k + 1)), start=Fraction(1))
            else:
                value = sum(coefficient * n**j for _, j, coefficient in table.entries[label])
                assert value == prod((n + a * j for j in range(k)), start=Fraction(1))


def test_moments_in_the_literature(families: dict[str, FamilyTable]) -> None:
    """Letac, Massam (2004): E (tr S)² and E tr S²; von Rosen (1988): E S^{-2}, both real."""
    real, inverse = families["scaled_power_sums_real"], families["inverse_power_sums_real"]
    assert real.entries[1, 1] == (((2,), 1, 2), ((1, 1), 2, 1))
    assert real.entries[2,] == (((2,), 2, 1), ((2,), 1, 1), ((1, 1), 1, 1))
    assert inverse.entries[2,] == (((2,), 1, 1), ((1, 1), 0, 1))
    assert inverse.denominators[2] == {Fraction(-1): 1, Fraction(0): 1, Fraction(2): 1}


def test_conditions_of_existence_are_in_the_table(families: dict[str, FamilyTable]) -> None:
    """Real m = 3, n = 5 and complex m = 2, n = 6 are the cases that existing packages refuse though they exist."""
    real, complex_ = families["inverse_power_sums_real"], families["inverse_power_sums_complex"]
    assert [real.condition(k) for k in (1, 4)] == ["n - m + 1 > 2", "n - m + 1 > 8"]
    assert [complex_.condition(k) for k in (1, 4)] == ["n - m + 1 > 1", "n - m + 1 > 4"]
    assert real.bound(1) < 5 - 3 + 1
    assert complex_.bound(2) < 6 - 2 + 1
    for table in (real, complex_):
        for k, member in json.loads(table_to_json(table))["denominators"].items():
            assert member["condition"] == table.condition(int(k))
            # No pole where the moments exist: c > a (k − 1), the largest root.
            assert max(table.denominators[int(k)]) == 2 / table.beta * (int(k) - 1)


def test_duality_of_quaternion_and_real_families(further_families: list[FamilyTable]) -> None:
    """E_a p_λ(m, n) = (−1)^{k−ℓ} a^{k+ℓ} E_{1/a} p_λ(−m/a, −n/a): the quaternion table from the real one."""
    quaternion = next(table for table in further_families if table.name == "power_sums_quaternion")
    real = family_table("power_sums", quaternion.max_k)
    a = Fraction(1, 2)
    for label in quaternion.entries:
        k, length = sum(label), len(label)
        signed = (-1) ** (k - length) * a ** (k + length)
        dual = tuple((i, j, signed * (-1 / a) ** (i + j) * c) for i, j, c in terms_in_m_and_n(real, label))
        assert terms_in_m_and_n(quaternion, label) == dual


def test_json_round_trip_is_the_identity(family: FamilyTable, further_families: list[FamilyTable]) -> None:
    for table in (family, *further_families):
        again = table_from_json(table_to_json(table))
        assert again == table
        assert table_to_json(again) == table_to_json(table)


def test_a_changed_coefficient_or_root_contradicts_the_digest(family: FamilyTable) -> None:
    label = next(reversed(family.entries))
    (column, j, c), *rest = family.entries[label]
    tampered = [replace(family, entries={**family.entries, label: ((column, j, c + 1), *rest)})]
    if family.denominators:
        tampered.append(
            replace(family, denominators={**family.denominators, 2: {**family.denominators[2], Fraction(9): 1}})
        )
    for table in tampered:
        with pytest.raises(TableError, match="SHA-256"):
            table_from_json(table_to_json(table).replace(table.digest, family.digest))


DAMAGES: dict[str, dict[str, Any]] = {
    "no entries": {"entries": {}},
    "a missing partition": {"entries": {"1": [[[1], 1, "1"]], "2": [[[2], 1, "1"]]}},
    "no partition": {"entries": {"1,2": [[[3], 1, "1"]]}},
    "a key without numbers": {"entries": {"one": [[[1], 1, "1"]]}},
    "a float": {"entries": {"1": [[[1], 1, 1.0]]}},
    "a negative exponent": {"entries": {"1": [[[1], -1, "1"]]}},
    "a power of m": {"entries": {"1": [[1, 1, "1"]]}},
    "a column of another degree": {"entries": {"1": [[[2], 1, "1"]]}},
    "a column that is no partition": {"entries": {"1": [[[True], 1, "1"]]}},
    "a repeated term": {"entries": {"1": [[[1], 1, "1"], [[1], 1, "1"]]}},
    "terms out of order": {"entries": {"1": [[[1], 0, "1"], [[1], 1, "1"]]}},
    "a term that vanishes": {"entries": {"1": [[[1], 0, "0"]]}},
    "another condition": {"denominators": {str(k): {"condition": "none", "roots": [["0", 1]]} for k in range(1, 5)}},
    "a denominator too few": {"denominators": {"1": {"condition": "n - m + 1 > 2", "roots": [["0", 1]]}}},
    "denominators that are none": {"denominators": 7},
    "routes of other orders": {"routes": {"1": []}},
    "an unknown kind": {"kind": "products"},
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_family_is_refused_in_one_line(damage: dict[str, Any], families: dict[str, FamilyTable]) -> None:
    data = {**json.loads(table_to_json(families["inverse_power_sums_real"])), **damage}
    with pytest.raises(TableError) as caught:
        table_from_json(json.dumps(data))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("k", "beta"), [(0, 1), (-1, 1), (2, 3), (2, Fraction(1, 2))])
def test_families_that_there_are_not_are_refused(k: int, beta: Any) -> None:
    with pytest.raises(DomainError, match=r"^need "):
        family_table("power_sums", k, beta)


def test_routes_that_differ_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One coefficient of one route is changed."""
    route = family_confirmation.zonal.expected_power_sum_with_scale

    def wrong(label: Partition, beta: Any) -> Any:
        row = route(label, beta)
        return {mu: c + (label == (2, 1)) for mu, c in row.items()}

    monkeypatch.setattr(family_confirmation.zonal, "expected_power_sum_with_scale", wrong)
    with pytest.raises(DisagreementError, match=r"zonal differs at λ = \(2, 1\)"):
        family_table("scaled_power_sums", 3)


def test_an_inverse_that_is_none_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(family_confirmation, "TransitionTable", lambda k, beta: TransitionTable(k, 3 - beta))
    with pytest.raises(DisagreementError, match="not the inverse of the one for S"):
        family_table("inverse_power_sums", 2)


def test_the_derivation_says_what_it_does() -> None:
    lines: list[str] = []
    for kind in ("power_sums", "scaled_power_sums", "inverse_power_sums"):
        family_table(kind, 2, progress=lines.append)
    assert any("wick" in line for line in lines)
    assert any("inverse of the table" in line for line in lines)
    assert issubclass(TableError, WishartError)
