"""Exact tables of polynomials in m and n: what the emitters read, and nothing else.

A table has one polynomial for every k = 1..K, with where it comes from and a digest. There are two kinds of
table. "moments": entry k is E tr S^k. "series": entry k is the coefficient of t^k in a power series, t =
sigma2/alpha.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from typing import Literal, cast, get_args

from wishart_moments.errors import DomainError

Kind = Literal["moments", "series"]
Term = tuple[int, int, Fraction]
Entries = Mapping[int, tuple[Term, ...]]


class TableError(DomainError):
    """A file is not a table, or its entries are not the ones that its digest was taken of."""


@dataclass(frozen=True)
class Table:
    """Polynomials in m and n with exact coefficients, their meaning and their provenance.

    Args:
        name: the table's name in the catalogue.
        kind: how the entries are meant, "moments" or "series".
        quantity: what the entries are, in words.
        formula: the same as a formula.
        beta: the Dyson index; 1, 2 and 4 are the real, complex and quaternion case.
        symbols: the meaning of every symbol in the formula.
        derivation: how the entries were found.
        sources: where the quantity is treated in the literature.
        routes: for every k the routes that gave this entry, independently of each other.
        entries: for every k the terms (i, j, c) of Σ c m^i n^j, highest degree first.
    """

    name: str
    kind: Kind
    quantity: str
    formula: str
    beta: Fraction
    symbols: Mapping[str, str]
    derivation: str
    sources: tuple[str, ...]
    routes: Mapping[int, tuple[str, ...]]
    entries: Entries

    @property
    def max_k(self) -> int:
        """The largest k."""
        return max(self.entries)

    @property
    def scale(self) -> int:
        """The denominator of 2/beta: in scale·m, scale·n all coefficients are integers over a power of it."""
        return (2 / self.beta).denominator

    @property
    def digest(self) -> str:
        """The SHA-256 of the entries as compact JSON."""
        return sha256(json.dumps(_plain(self.entries), separators=(",", ":")).encode()).hexdigest()


def sorted_terms(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Return the terms by falling degree, then by falling power of m, without those that vanish.

    Example:
        >>> sorted_terms([(1, 1, Fraction(1)), (1, 2, Fraction(1)), (2, 1, Fraction(1)), (3, 3, Fraction(0))])
        ((2, 1, Fraction(1, 1)), (1, 2, Fraction(1, 1)), (1, 1, Fraction(1, 1)))
    """
    return tuple(sorted((term for term in terms if term[2]), key=lambda term: (-term[0] - term[1], -term[0])))


def table_to_json(table: Table) -> str:
    """Return the table as JSON, one term a line; coefficients are strings, integers or p/q."""
    head = {
        "name": table.name,
        "kind": table.kind,
        "quantity": table.quantity,
        "formula": table.formula,
        "beta": str(table.beta),
        "symbols": dict(table.symbols),
        "derivation": table.derivation,
        "sources": list(table.sources),
        "digest": table.digest,
    }
    routes = [f'    "{k}": {json.dumps(table.routes[k])}' for k in sorted(table.routes)]
    blocks = [
        f'    "{k}": [\n' + ",\n".join(f"      {json.dumps(term)}" for term in terms) + "\n    ]"
        for k, terms in _plain(table.entries).items()
    ]
    members = (("routes", routes), ("entries", blocks))
    tail = [f'  "{name}": {{\n' + ",\n".join(lines) + "\n  }" for name, lines in members]
    return ",\n".join([json.dumps(head, indent=2)[:-2], *tail]) + "\n}\n"


def table_from_json(text: str) -> Table:
    """Return the table that the JSON text holds.

    Raises:
        TableError: if the text is not such a table, or its entries do not have the digest that it states.
    """
    try:
        data = cast(dict[str, object], json.loads(text))
        entries = {int(k): tuple(map(_term, terms)) for k, terms in _mapping(data["entries"]).items()}
        table = Table(
            name=_string(data["name"]),
            kind=_kind(data["kind"]),
            quantity=_string(data["quantity"]),
            formula=_string(data["formula"]),
            beta=Fraction(_string(data["beta"])),
            symbols={name: _string(meaning) for name, meaning in _mapping(data["symbols"]).items()},
            derivation=_string(data["derivation"]),
            sources=tuple(map(_string, _list(data["sources"]))),
            routes={int(k): tuple(map(_string, names)) for k, names in _mapping(data["routes"]).items()},
            entries=entries,
        )
        stated = _string(data["digest"])
    except (ValueError, KeyError, TypeError, ZeroDivisionError, RecursionError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise TableError(f"need the JSON of a table, got something else: {reason}") from error
    _validate(table)
    if table.digest != stated:
        raise TableError(
            f"the entries of table {table.name!r} have the SHA-256 {table.digest}, but it states {stated};"
            " regenerate it with `wishart-moments generate`"
        )
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
    i, j, coefficient = _list(value)
    if type(i) is not int or type(j) is not int:
        raise TypeError(f"exponents are integers, got {i!r} and {j!r}")
    return i, j, Fraction(_string(coefficient))


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"need a string, got {value!r}")
    return value


def _kind(value: object) -> Kind:
    if value not in get_args(Kind):
        raise TypeError(f"need one of the kinds {', '.join(get_args(Kind))}, got {value!r}")
    return cast(Kind, value)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"need a list, got {value!r}")
    return cast(list[object], value)


def _mapping(value: object) -> dict[str, list[object]]:
    if not isinstance(value, dict):
        raise TypeError(f"need an object, got {value!r}")
    return cast(dict[str, list[object]], value)
