"""Tables as JSON, one term a line, and back: a text that is not such a table is refused in one line."""

import json
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, get_args

from wishart_moments.codegen.heads import (
    TableError,
    as_integer,
    as_list,
    as_mapping,
    as_string,
    head_from_json,
    head_to_json,
    require_digest,
)
from wishart_moments.codegen.tables import (
    AnyTable,
    FamilyKind,
    FamilyTable,
    FamilyTerm,
    Kind,
    Table,
    labels_of,
    plain_denominators,
    plain_entries,
    sorted_terms,
    written_label,
)
from wishart_moments.codegen.word_tables import LETTERS, WordKind, WordTable, WordTerm, degree_of, place
from wishart_moments.combinatorics.partitions import partitions


def table_to_json(table: AnyTable) -> str:
    """Return the table as JSON; coefficients are strings, integers or p/q."""

    def line(key: Any, value: Any) -> str:
        return f'    "{key}": {value}'

    members = {"routes": [line(k, json.dumps(table.routes[k])) for k in sorted(table.routes)]}
    if denominators := plain_denominators(table):
        members["denominators"] = [line(k, json.dumps(member)) for k, member in denominators.items()]
    members["entries"] = [
        line(key, "[\n" + ",\n".join(f"      {json.dumps(term)}" for term in terms) + "\n    ]")
        for key, terms in plain_entries(table).items()
    ]
    tail = [f'  "{name}": {{\n' + ",\n".join(lines) + "\n  }" for name, lines in members.items()]
    return ",\n".join([json.dumps(head_to_json(table), indent=2)[:-2], *tail]) + "\n}\n"


def table_from_json(text: str) -> AnyTable:
    """Return the table that the JSON text holds.

    Raises:
        TableError: if the text is not such a table, or its entries do not have the digest that it states.
    """
    try:
        data = as_mapping(json.loads(text))
        head, stated = head_from_json(data), as_string(data["digest"])
        table = _table(head, data)
        _validate(table)
    except (ValueError, KeyError, TypeError, ZeroDivisionError, RecursionError) as error:
        if isinstance(error, TableError):
            raise
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise TableError(f"need the JSON of a table, got something else: {reason}") from error
    require_digest(table, stated)
    return table


def _table(head: dict[str, Any], data: Mapping[str, object]) -> AnyTable:
    if head["kind"] in get_args(WordKind):
        return _word_table(head, data)
    entries: dict[Any, Any] = {
        key: tuple(map(_term, as_list(terms))) for key, terms in as_mapping(data["entries"]).items()
    }
    if head["kind"] in get_args(Kind):
        return Table(**head, entries={int(key): terms for key, terms in entries.items()})
    if head["kind"] not in get_args(FamilyKind):
        kinds = ", ".join((*get_args(Kind), *get_args(FamilyKind), *get_args(WordKind)))
        raise TypeError(f"need one of the kinds {kinds}, got {head['kind']!r}")
    inverse = head["kind"].startswith("inverse_")
    read = {int(k): as_mapping(each) for k, each in (as_mapping(data["denominators"]) if inverse else {}).items()}
    table = FamilyTable(
        **head,
        entries={tuple(map(int, key.split(","))): terms for key, terms in entries.items()},
        denominators={k: _roots(member) for k, member in read.items()},
    )
    for k, member in read.items():
        if member["condition"] != table.condition(k):
            raise TableError(f"need the condition {table.condition(k)} at k = {k}")
    return table


def _roots(member: Mapping[str, object]) -> dict[Fraction, int]:
    pairs = [as_list(pair) for pair in as_list(member["roots"])]
    return {Fraction(as_string(e)): as_integer(power) for e, power in pairs}


def _word_table(head: dict[str, Any], data: Mapping[str, object]) -> WordTable:
    read = {word: as_mapping(member) for word, member in as_mapping(data["denominators"]).items()}
    table = WordTable(
        **head,
        entries={word: tuple(map(_word_term, as_list(terms))) for word, terms in as_mapping(data["entries"]).items()},
        denominators={word: _roots(member) for word, member in read.items()},
    )
    for word, member in read.items():
        if member["condition"] != table.condition(word):
            raise TableError(f"need the condition {table.condition(word)} for {word}")
    return table


def _word_term(value: object) -> WordTerm:
    basis, j, coefficient = as_list(value)
    traces, letters = as_list(basis)
    words = [tuple(map(as_string, as_list(each))) for each in (*as_list(traces), letters)]
    return (tuple(words[:-1]), words[-1]), as_integer(j), Fraction(as_string(coefficient))


def _validate_words(table: WordTable) -> None:
    inverse = {word for word in table.entries if "-" in word}
    if not table.entries or set(table.denominators) != inverse:
        raise TableError("need an entry for every word, and a denominator for every word in S^-1 and for no other")
    if set(table.routes) != set(map(degree_of, table.entries)):
        raise TableError("need the confirming routes of every k, and of nothing else")
    for word, terms in table.entries.items():
        letters = {letter for (traces, own), _, _ in terms for letter in (*own, *(x for each in traces for x in each))}
        if not letters <= {*LETTERS} - {"Sigma" if word in inverse else "Sigma^-1"} or any(j < 0 for _, j, _ in terms):
            raise TableError(f"need words in Sigma or Sigma^-1, A and A^T, and exponents >= 0, got others at {word}")
        distinct = len({term[:2] for term in terms}) == len(terms) and all(c for _, _, c in terms)
        if not distinct or list(terms) != sorted(terms, key=place):
            raise TableError(f"need distinct terms in order, with coefficients other than 0, got others at {word}")


def _term(value: object) -> FamilyTerm:
    column, j, coefficient = as_list(value)
    basis = as_integer(column) if isinstance(column, int) else tuple(map(as_integer, as_list(column)))
    return basis, as_integer(j), Fraction(as_string(coefficient))


def _validate(table: AnyTable) -> None:
    if isinstance(table, WordTable):
        _validate_words(table)
        return
    family = isinstance(table, FamilyTable)
    orders = range(1, 1 + (max(map(sum, table.entries), default=0) if family else len(table.entries)))
    wanted: list[Any] = [label for k in orders for label in (labels_of(table.kind, k) if family else [k])]
    if family:
        orders = table.degrees
    listed = list(table.entries) if family else sorted(table.entries)
    if not listed or listed != wanted:
        what = "pairs" if family and table.covariances else "partitions"
        every = f"all {what} of k = 1, 2, ..., in their order" if family else "k = 1, 2, ... without gaps"
        raise TableError(f"need entries for {every}, and for nothing else")
    if sorted(table.routes) != list(orders):
        raise TableError("need the confirming routes of every k, and of nothing else")
    divided = table.kind.startswith("inverse_")
    if isinstance(table, FamilyTable) and sorted(table.denominators) != (list(orders) if divided else []):
        raise TableError("need a denominator for every k, and for nothing else")
    for label, terms in table.entries.items():
        _validate_terms(written_label(label), terms, _columns(table, label))


def _columns(table: AnyTable, label: Any) -> list[Any] | None:
    """Return the partitions that may stand in an entry; None where they are exponents."""
    if isinstance(table, FamilyTable) and table.kind != "power_sums":
        return list(partitions(sum(label)))
    return None


def _validate_terms(key: str, terms: Iterable[FamilyTerm], columns: list[Any] | None) -> None:
    found = tuple(terms)
    for column, j, _ in found:
        fits = column in columns if columns is not None else isinstance(column, int) and column >= 0
        if j < 0 or not fits:
            raise TableError(f"need exponents >= 0, or power sums of the same degree, got others at {key}")
    if len({term[:2] for term in found}) < len(found) or found != sorted_terms(found):
        raise TableError(f"need distinct terms in order, with coefficients other than 0, got others at {key}")
