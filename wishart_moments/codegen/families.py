"""Exact tables with an entry for every partition λ of k = 1..K: products of traces.

Every entry is a combination Σ c x^j b of basis elements b, with polynomials in one variable x as coefficients:

- "power_sums": E p_λ(S) at Σ = I; b = m^i, x = n;
- "scaled_power_sums": E p_λ(S) for every scale Σ; b = p_μ(Σ), x = n;
- "inverse_power_sums": D_k(c) E p_λ(S^{-1}) for every scale Σ; b = p_μ(Σ^{-1}), x = c = n − m + 1 − 2/β, with the
  denominator D_k(c) = Π_e (c − e)^{k_e}. These moments are finite just for n − m + 1 > 2k/β.

Here p_λ(S) = Π tr S^{λ_i}.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from wishart_moments.codegen.heads import (
    Head,
    TableError,
    as_integer,
    as_list,
    as_mapping,
    as_string,
    digest_of,
    head_to_json,
)
from wishart_moments.combinatorics.partitions import Partition, partitions

FamilyKind = Literal["power_sums", "scaled_power_sums", "inverse_power_sums"]
Column = int | Partition
"""A basis element: i stands for m^i, a partition μ for p_μ of the scale or of its inverse."""

FamilyTerm = tuple[Column, int, Fraction]
"""(b, j, c), which stands for c x^j b."""

Cell = tuple[tuple[int, Fraction], ...]
"""The terms (j, c) of a polynomial Σ c x^j, highest degree first."""

Roots = Mapping[Fraction, int]
"""{e: k_e} for Π (c − e)^{k_e}."""


@dataclass(frozen=True)
class FamilyTable(Head):
    """Products of traces for all partitions of k = 1..K, with exact coefficients, their meaning and provenance.

    Args:
        kind: "power_sums", "scaled_power_sums" or "inverse_power_sums".
        entries: for every partition λ the terms (b, j, c) of Σ c x^j b.
        denominators: for the inverse, D_k for every k; else empty.
        name, quantity, formula, beta, symbols, derivation, sources, routes: as for every `Head`.
    """

    kind: FamilyKind
    entries: Mapping[Partition, tuple[FamilyTerm, ...]]
    denominators: Mapping[int, Roots]

    @property
    def max_k(self) -> int:
        """The largest k."""
        return max(map(sum, self.entries))

    @property
    def variable(self) -> str:
        """The name of x."""
        return "c" if self.denominators else "n"

    @property
    def shift(self) -> Fraction:
        """1 − 2/beta: c = n − m + shift."""
        return 1 - 2 / self.beta

    def powers(self, label: Partition) -> Partition:
        """Return the powers of a partition's matrices: negative ones for the inverse."""
        return tuple(-part for part in label) if self.denominators else label

    def bound(self, k: int) -> Fraction:
        """Return 2k/beta, which n − m + 1 must exceed for the inverse moments of degree k."""
        return 2 * k / self.beta

    def condition(self, k: int) -> str:
        """Return the condition of existence as text."""
        return f"n - m + 1 > {self.bound(k)}"

    def labels(self, k: int) -> list[Partition]:
        """Return the partitions of k in the order of the table."""
        return [label for label in self.entries if sum(label) == k]

    def cells(self, label: Partition) -> dict[Column, Cell]:
        """Return the polynomials in x by their basis elements."""
        found: dict[Column, Cell] = {}
        for column, j, c in self.entries[label]:
            found[column] = (*found.get(column, ()), (j, c))
        return found

    @property
    def digest(self) -> str:
        """The SHA-256 of the entries, and of the denominators where there are any, as compact JSON."""
        entries = {_key(label): _plain(terms) for label, terms in self.entries.items()}
        plain = [entries, _plain_denominators(self)] if self.denominators else entries
        return digest_of(json.dumps(plain, separators=(",", ":")))


def sorted_family_terms(terms: Iterable[FamilyTerm]) -> tuple[FamilyTerm, ...]:
    """Return the terms that do not vanish: those of m^i n^j by falling degree, then by falling power of m; those of
    x^j p_μ in the order of `partitions`, then by falling degree.

    Example:
        >>> one = Fraction(1)
        >>> [(mu, j) for mu, j, _ in sorted_family_terms([((1, 1), 1, one), ((2,), 1, one), ((2,), 2, one)])]
        [((2,), 2), ((2,), 1), ((1, 1), 1)]
        >>> [(i, j) for i, j, _ in sorted_family_terms([(1, 1, one), (1, 2, one), (2, 1, one)])]
        [(2, 1), (1, 2), (1, 1)]
    """

    def place(term: FamilyTerm) -> tuple[tuple[int, ...], int]:
        column, j, _ = term
        if isinstance(column, int):
            return (-column - j, -column), 0
        return tuple(-part for part in column), -j

    return tuple(sorted((term for term in terms if term[2]), key=place))


def family_to_json(table: FamilyTable) -> str:
    """Return the table as JSON, one term a line; coefficients are strings, integers or p/q."""
    routes = [f'    "{k}": {json.dumps(table.routes[k])}' for k in sorted(table.routes)]
    blocks = [
        f'    "{_key(label)}": [\n' + ",\n".join(f"      {json.dumps(term)}" for term in _plain(terms)) + "\n    ]"
        for label, terms in table.entries.items()
    ]
    denominators = [f'    "{k}": {json.dumps(member)}' for k, member in _plain_denominators(table).items()]
    members = [("routes", routes), *([("denominators", denominators)] if denominators else []), ("entries", blocks)]
    tail = [f'  "{name}": {{\n' + ",\n".join(lines) + "\n  }" for name, lines in members]
    return ",\n".join([json.dumps(head_to_json(table), indent=2)[:-2], *tail]) + "\n}\n"


def family_from_json(head: dict[str, Any], data: Mapping[str, object]) -> FamilyTable:
    """Return the table with the arguments of its head and the members of a JSON object.

    Raises:
        KeyError, TypeError, ValueError: if the object is not such a table.
    """
    inverse = head["kind"] == "inverse_power_sums"
    read = as_mapping(data["denominators"]) if inverse else {}
    entries = {_label(key): tuple(map(_term, as_list(terms))) for key, terms in as_mapping(data["entries"]).items()}
    table = FamilyTable(
        **head,
        entries=entries,
        denominators={int(k): _roots(as_mapping(member)["roots"]) for k, member in read.items()},
    )
    _validate(table)
    for k, member in read.items():
        if as_mapping(member)["condition"] != table.condition(int(k)):
            raise TableError(f"need the condition {table.condition(int(k))} at k = {k}")
    return table


def _validate(table: FamilyTable) -> None:
    orders = range(1, 1 + max(map(sum, table.entries), default=0))
    if not table.entries or list(table.entries) != [label for k in orders for label in partitions(k)]:
        raise TableError("need entries for all partitions of k = 1, 2, ..., and of nothing else, in their order")
    if sorted(table.routes) != list(orders):
        raise TableError("need the confirming routes of every k, and of nothing else")
    if table.kind == "inverse_power_sums" and sorted(table.denominators) != list(orders):
        raise TableError("need a denominator for every k, and for nothing else")
    at_identity = table.kind == "power_sums"
    for label, terms in table.entries.items():
        labels = table.labels(sum(label))
        if any(j < 0 or isinstance(column, int) != at_identity for column, j, _ in terms):
            raise TableError(f"need exponents >= 0 of the kind {table.kind}, got others at {_key(label)}")
        if any(column < 0 if isinstance(column, int) else column not in labels for column, _, _ in terms):
            raise TableError(f"need power sums of the degree of {_key(label)}, or exponents >= 0, got others")
        if len({term[:2] for term in terms}) < len(terms) or terms != sorted_family_terms(terms):
            raise TableError(
                f"need distinct terms in order, with coefficients other than 0, got others at {_key(label)}"
            )


def _key(label: Partition) -> str:
    return ",".join(map(str, label))


def _label(key: str) -> Partition:
    return tuple(int(part) for part in key.split(","))


def _plain(terms: tuple[FamilyTerm, ...]) -> list[list[object]]:
    return [[column if isinstance(column, int) else list(column), j, str(c)] for column, j, c in terms]


def _plain_denominators(table: FamilyTable) -> dict[str, dict[str, object]]:
    return {
        str(k): {"condition": table.condition(k), "roots": [[str(e), power] for e, power in roots.items()]}
        for k, roots in table.denominators.items()
    }


def _term(value: object) -> FamilyTerm:
    column, j, coefficient = as_list(value)
    basis = column if type(column) is int else tuple(map(as_integer, as_list(column)))
    return basis, as_integer(j), Fraction(as_string(coefficient))


def _roots(value: object) -> dict[Fraction, int]:
    pairs = [as_list(pair) for pair in as_list(value)]
    return {Fraction(as_string(e)): as_integer(power) for e, power in pairs}
