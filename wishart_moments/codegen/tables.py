"""Exact tables of polynomials in m and n: what the emitters read, and nothing else.

A table has one polynomial for every k = 1..K, with where it comes from and a digest. There are two kinds of
table. "moments": entry k is E tr S^k. "series": entry k is the coefficient of t^k in a power series, t =
sigma2/alpha. Tables with an entry for every partition are `families`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, get_args

from wishart_moments.codegen.families import FamilyKind, FamilyTable, family_from_json, family_to_json
from wishart_moments.codegen.heads import (
    Head,
    TableError,
    as_integer,
    as_list,
    as_mapping,
    as_string,
    digest_of,
    head_from_json,
    head_to_json,
    require_digest,
)

Kind = Literal["moments", "series"]
Term = tuple[int, int, Fraction]
Entries = Mapping[int, tuple[Term, ...]]


@dataclass(frozen=True)
class Table(Head):
    """Polynomials in m and n with exact coefficients, their meaning and their provenance.

    Args:
        kind: how the entries are meant, "moments" or "series".
        entries: for every k the terms (i, j, c) of Σ c m^i n^j, highest degree first.
        name, quantity, formula, beta, symbols, derivation, sources, routes: as for every `Head`.
    """

    kind: Kind
    entries: Entries

    @property
    def max_k(self) -> int:
        """The largest k."""
        return max(self.entries)

    @property
    def digest(self) -> str:
        """The SHA-256 of the entries as compact JSON."""
        return digest_of(json.dumps(_plain(self.entries), separators=(",", ":")))


AnyTable = Table | FamilyTable


def sorted_terms(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Return the terms by falling degree, then by falling power of m, without those that vanish.

    Example:
        >>> sorted_terms([(1, 1, Fraction(1)), (1, 2, Fraction(1)), (2, 1, Fraction(1)), (3, 3, Fraction(0))])
        ((2, 1, Fraction(1, 1)), (1, 2, Fraction(1, 1)), (1, 1, Fraction(1, 1)))
    """
    return tuple(sorted((term for term in terms if term[2]), key=lambda term: (-term[0] - term[1], -term[0])))


def table_to_json(table: AnyTable) -> str:
    """Return the table as JSON, one term a line; coefficients are strings, integers or p/q."""
    if isinstance(table, FamilyTable):
        return family_to_json(table)
    routes = [f'    "{k}": {json.dumps(table.routes[k])}' for k in sorted(table.routes)]
    blocks = [
        f'    "{k}": [\n' + ",\n".join(f"      {json.dumps(term)}" for term in terms) + "\n    ]"
        for k, terms in _plain(table.entries).items()
    ]
    members = (("routes", routes), ("entries", blocks))
    tail = [f'  "{name}": {{\n' + ",\n".join(lines) + "\n  }" for name, lines in members]
    return ",\n".join([json.dumps(head_to_json(table), indent=2)[:-2], *tail]) + "\n}\n"


def table_from_json(text: str) -> AnyTable:
    """Return the table that the JSON text holds.

    Raises:
        TableError: if the text is not such a table, or its entries do not have the digest that it states.
    """
    try:
        data = as_mapping(json.loads(text))
        head, stated = head_from_json(data), as_string(data["digest"])
        table = family_from_json(head, data) if head["kind"] in get_args(FamilyKind) else _table(head, data)
    except (ValueError, KeyError, TypeError, ZeroDivisionError, RecursionError) as error:
        if isinstance(error, TableError):
            raise
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise TableError(f"need the JSON of a table, got something else: {reason}") from error
    require_digest(table, stated)
    return table


def _table(head: dict[str, Any], data: Mapping[str, object]) -> Table:
    if head["kind"] not in get_args(Kind):
        kinds = ", ".join((*get_args(Kind), *get_args(FamilyKind)))
        raise TypeError(f"need one of the kinds {kinds}, got {head['kind']!r}")
    entries = {int(k): tuple(map(_term, as_list(terms))) for k, terms in as_mapping(data["entries"]).items()}
    table = Table(**head, entries=entries)
    _validate(table)
    return table


def _validate(table: Table) -> None:
    if sorted(table.entries) != list(range(1, len(table.entries) + 1)) or not table.entries:
        raise TableError(f"need entries for k = 1, 2, ... without gaps, got {sorted(table.entries)}")
    if sorted(table.routes) != sorted(table.entries):
        raise TableError("need the confirming routes of every entry, and of nothing else")
    for k, terms in table.entries.items():
        if any(i < 0 or j < 0 for i, j, _ in terms) or len({term[:2] for term in terms}) < len(terms):
            raise TableError(f"need distinct terms with exponents >= 0, got others at k = {k}")
        if terms != sorted_terms(terms):
            raise TableError(f"need terms by falling degree with coefficients other than 0, got others at k = {k}")


def _plain(entries: Entries) -> dict[str, list[list[int | str]]]:
    return {str(k): [[i, j, str(c)] for i, j, c in entries[k]] for k in sorted(entries)}


def _term(value: object) -> Term:
    i, j, coefficient = as_list(value)
    return as_integer(i), as_integer(j), Fraction(as_string(coefficient))
