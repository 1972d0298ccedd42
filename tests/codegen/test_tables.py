"""Tables go to JSON and back without loss, and nothing else passes for a table."""

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wishart_moments.codegen import CATALOGUE, AnyTable, Table, TableError, table_from_json, table_to_json
from wishart_moments.errors import WishartError


def test_the_tree_holds_every_table_of_the_catalogue_and_no_other(every_table: dict[str, AnyTable]) -> None:
    assert {name: (t.kind, t.beta, t.max_k) for name, t in every_table.items()} == {
        entry.name: (entry.kind, entry.beta, entry.max_k) for entry in CATALOGUE
    }


def test_every_entry_is_confirmed_by_at_least_two_routes(every_table: dict[str, AnyTable]) -> None:
    assert all(len(set(routes)) >= 2 for table in every_table.values() for routes in table.routes.values())


def test_third_moment_is_the_one_in_the_literature(tables: dict[str, Table]) -> None:
    third = {(i, j): c for i, j, c in tables["trace_moments_real"].entries[3]}
    assert third == {(3, 1): 1, (2, 2): 3, (1, 3): 1, (2, 1): 3, (1, 2): 3, (1, 1): 4}


def test_json_round_trip_is_the_identity(tables: dict[str, Table], long_tables: dict[str, Table]) -> None:
    for table in [*tables.values(), *long_tables.values()]:
        again = table_from_json(table_to_json(table))
        assert again == table
        assert table_to_json(again) == table_to_json(table)


def test_json_holds_coefficients_as_strings_of_integers_or_fractions(moments: Table) -> None:
    data = json.loads(table_to_json(moments))
    coefficients = [c for terms in data["entries"].values() for _, _, c in terms]
    assert all(isinstance(c, str) and str(Fraction(c)) == c for c in coefficients)


def test_a_changed_coefficient_contradicts_the_digest(moments: Table) -> None:
    text = table_to_json(moments)
    (i, j, c), *rest = moments.entries[moments.max_k]
    tampered = replace(moments, entries={**moments.entries, moments.max_k: ((i, j, c + 1), *rest)})
    forged = table_to_json(tampered).replace(tampered.digest, moments.digest)
    assert table_from_json(text) == moments
    with pytest.raises(TableError, match="SHA-256"):
        table_from_json(forged)


def _damages() -> dict[str, Any]:
    return {
        "no entries": {"entries": {}},
        "a gap": {"entries": {"2": [[1, 1, "1"]]}},
        "a float": {"entries": {"1": [[1, 1, 1.0]]}},
        "an exponent that is a float": {"entries": {"1": [[1.0, 1, "1"]]}},
        "an exponent that is a bool": {"entries": {"1": [[True, 1, "1"]]}},
        "a negative exponent": {"entries": {"1": [[-1, 1, "1"]]}},
        "a division by zero": {"entries": {"1": [[1, 1, "1/0"]]}},
        "a repeated term": {"entries": {"1": [[1, 1, "1"], [1, 1, "1"]]}},
        "terms out of order": {"entries": {"1": [[1, 1, "1"], [2, 1, "1"]]}},
        "a list for an object": {"entries": []},
        "an unknown kind": {"kind": "products"},
        "a number for beta": {"beta": 1},
        "beta zero": {"beta": "x"},
        "routes of other orders": {"routes": {"1": []}},
        "a missing digest": {"digest": None},
    }


@pytest.mark.parametrize("damage", _damages().values(), ids=_damages().keys())
def test_a_damaged_table_is_refused_in_one_line(damage: dict[str, Any], moments: Table) -> None:
    data = {**json.loads(table_to_json(moments)), **damage}
    with pytest.raises(TableError) as caught:
        table_from_json(json.dumps(data))
    assert "\n" not in str(caught.value)


@given(
    st.text()
    | st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)).map(
        json.dumps
    )
)
def test_garbage_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(WishartError) as caught:
        table_from_json(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["name", "entries", "digest", "beta", "routes"])
def test_a_missing_member_is_named(name: str, moments: Table) -> None:
    data = json.loads(table_to_json(moments))
    del data[name]
    with pytest.raises(TableError, match=name):
        table_from_json(json.dumps(data))
