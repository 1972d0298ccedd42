"""What every table says about itself, and the steps from JSON back to it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from typing import Any, cast

from wishart_moments.errors import DomainError


class TableError(DomainError):
    """A file is not a table, or its entries are not the ones that its digest was taken of."""


@dataclass(frozen=True)
class Head(ABC):
    """The meaning and the provenance of a table.

    Args:
        name: the table's name in the catalogue.
        kind: how the entries are meant.
        quantity: what the entries are, in words.
        formula: the same as a formula.
        beta: the Dyson index; 1, 2 and 4 are the real, complex and quaternion case.
        symbols: the meaning of every symbol in the formula.
        derivation: how the entries were found.
        sources: where the quantity is treated in the literature.
        routes: for every k the routes that gave the entries of degree k, independently of each other.
    """

    name: str
    kind: str
    quantity: str
    formula: str
    beta: Fraction
    symbols: Mapping[str, str]
    derivation: str
    sources: tuple[str, ...]
    routes: Mapping[int, tuple[str, ...]]

    @property
    def scale(self) -> int:
        """The denominator of 2/beta: in scale·m, scale·n all coefficients are integers over a power of it."""
        return (2 / self.beta).denominator

    @property
    def form(self) -> str:
        """How programs evaluate the entries: covariances as products of traces are, all others by their kind."""
        return self.kind.replace("trace_covariances", "power_sums")

    @property
    @abstractmethod
    def digest(self) -> str:
        """The SHA-256 of the entries as compact JSON."""


def head_to_json(head: Head) -> dict[str, Any]:
    """Return the members that come first in the JSON of a table."""
    return {
        "name": head.name,
        "kind": head.kind,
        "quantity": head.quantity,
        "formula": head.formula,
        "beta": str(head.beta),
        "symbols": dict(head.symbols),
        "derivation": head.derivation,
        "sources": list(head.sources),
        "digest": head.digest,
    }


def head_from_json(data: Mapping[str, object]) -> dict[str, Any]:
    """Return the arguments of a head that the members of an object hold.

    Raises:
        KeyError, TypeError, ValueError: if a member is missing or is something else.
    """
    return {
        "name": as_string(data["name"]),
        "kind": as_string(data["kind"]),
        "quantity": as_string(data["quantity"]),
        "formula": as_string(data["formula"]),
        "beta": Fraction(as_string(data["beta"])),
        "symbols": {name: as_string(meaning) for name, meaning in as_mapping(data["symbols"]).items()},
        "derivation": as_string(data["derivation"]),
        "sources": tuple(map(as_string, as_list(data["sources"]))),
        "routes": {int(k): tuple(map(as_string, as_list(names))) for k, names in as_mapping(data["routes"]).items()},
    }


def digest_of(compact: str) -> str:
    """Return the SHA-256 of a text."""
    return sha256(compact.encode()).hexdigest()


def require_digest(table: Head, stated: str) -> None:
    """Refuse a table whose entries do not have the digest that it states."""
    if table.digest != stated:
        raise TableError(
            f"the entries of table {table.name!r} have the SHA-256 {table.digest}, but it states {stated};"
            " regenerate it with `wishart-moments generate`"
        )


def as_string(value: object) -> str:
    """Return a string as it is, and refuse anything else."""
    if not isinstance(value, str):
        raise TypeError(f"need a string, got {value!r}")
    return value


def as_integer(value: object) -> int:
    """Return an integer as it is, and refuse anything else."""
    if type(value) is not int:
        raise TypeError(f"exponents are integers, got {value!r}")
    return value


def as_list(value: object) -> list[object]:
    """Return a list as it is, and refuse anything else."""
    if not isinstance(value, list):
        raise TypeError(f"need a list, got {value!r}")
    return cast(list[object], value)


def as_mapping(value: object) -> dict[str, object]:
    """Return an object as it is, and refuse anything else."""
    if not isinstance(value, dict):
        raise TypeError(f"need an object, got {value!r}")
    return cast(dict[str, object], value)
