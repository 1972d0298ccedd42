"""Exact tables: what the emitters read, and nothing else. An entry is a combination Σ c x^j b of basis elements b.

A `Table` has one polynomial in m and n for every k = 1..K, b = m^i and x = n. "moments": entry k is E tr S^k. "series":
entry k is the coefficient of t^k in a power series, t = sigma2/alpha.

A `FamilyTable` has one entry for every partition λ of k = 1..K, p_λ(S) = Π tr S^{λ_i}:

- "power_sums": E p_λ(S) at Σ = I; b = m^i, x = n;
- "scaled_power_sums": E p_λ(S) for every scale Σ; b = p_μ(Σ), x = n;
- "inverse_power_sums": D_k(c) E p_λ(S^{-1}) for every scale Σ; b = p_μ(Σ^{-1}), x = c = n − m + 1 − 2/β, with the
  denominator D_k(c) = Π_e (c − e)^{k_e}. These moments are finite if and only if n − m + 1 > 2k/β.

or one for every pair λ = (i, j), i >= j, of k = i + j:

- "scaled_trace_covariances": Cov(tr S^i, tr S^j) for every scale Σ, variances at i = j; b and x as for the power sums;
- "inverse_trace_covariances": D_k(c) Cov(tr S^{-i}, tr S^{-j}), likewise.

A `WordTable` has matrices E[S A S], one entry for every word.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from wishart_moments.codegen.heads import Head, digest_of
from wishart_moments.codegen.word_tables import WordTable, plain_word_denominators, plain_words
from wishart_moments.combinatorics.partitions import Partition, partitions

Kind = Literal["moments", "series"]
FamilyKind = Literal[
    "power_sums", "scaled_power_sums", "inverse_power_sums", "scaled_trace_covariances", "inverse_trace_covariances"
]

Column = int | Partition
"""A basis element: i stands for m^i, a partition μ for p_μ of the scale or of its inverse."""

Term = tuple[int, int, Fraction]
"""(i, j, c), which stands for c m^i n^j."""

FamilyTerm = tuple[Column, int, Fraction]
"""(b, j, c), which stands for c x^j b."""

Entries = Mapping[int, tuple[Term, ...]]

Cell = tuple[tuple[int, Fraction], ...]
"""The terms (j, c) of a polynomial Σ c x^j, highest degree first."""

Roots = Mapping[Fraction, int]
"""{e: k_e} for Π (c − e)^{k_e}."""


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
        return digest_of(json.dumps(plain_entries(self), separators=(",", ":")))


@dataclass(frozen=True)
class FamilyTable(Head):
    """Products or covariances of traces for all k = 1..K, with exact coefficients, their meaning and provenance.

    Args:
        kind: of `FamilyKind`.
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

    @property
    def covariances(self) -> bool:
        """Whether an entry (i, j) is a covariance of two traces, not the mean of a product."""
        return self.kind.endswith("trace_covariances")

    @property
    def degrees(self) -> list[int]:
        """The k of the entries."""
        return sorted(set(map(sum, self.entries)))

    def cells(self, label: Partition) -> dict[Column, Cell]:
        """Return the polynomials in x by their basis elements."""
        found: dict[Column, Cell] = {}
        for column, j, c in self.entries[label]:
            found[column] = (*found.get(column, ()), (j, c))
        return found

    @property
    def digest(self) -> str:
        """The SHA-256 of the entries, and of the denominators where there are any, as compact JSON."""
        entries: Any = plain_entries(self)
        plain = [entries, plain_denominators(self)] if self.denominators else entries
        return digest_of(json.dumps(plain, separators=(",", ":")))


AnyTable = Table | FamilyTable | WordTable


def labels_of(kind: str, k: int) -> list[Partition]:
    """Return the labels of degree k: all partitions, or the pairs (i, j) of a table of covariances.

    Example:
        >>> labels_of("power_sums", 3), labels_of("scaled_trace_covariances", 4)
        ([(3,), (2, 1), (1, 1, 1)], [(3, 1), (2, 2)])
    """
    return [each for each in partitions(k) if len(each) == 2 or not kind.endswith("trace_covariances")]


def sorted_terms(terms: Iterable[FamilyTerm]) -> tuple[Any, ...]:
    """Return the terms that do not vanish: those of m^i n^j by falling degree, then by falling power of m; those of
    x^j p_μ in the order of `partitions`, then by falling degree.

    Example:
        >>> one = Fraction(1)
        >>> [(mu, j) for mu, j, _ in sorted_terms([((1, 1), 1, one), ((2,), 1, one), ((2,), 2, one)])]
        [((2,), 2), ((2,), 1), ((1, 1), 1)]
        >>> sorted_terms([(1, 1, one), (1, 2, one), (2, 1, one), (3, 3, 0 * one)])
        ((2, 1, Fraction(1, 1)), (1, 2, Fraction(1, 1)), (1, 1, Fraction(1, 1)))
    """

    def place(term: FamilyTerm) -> tuple[tuple[int, ...], int]:
        column, j, _ = term
        if isinstance(column, int):
            return (-column - j, -column), 0
        return tuple(-part for part in column), -j

    return tuple(sorted((term for term in terms if term[2]), key=place))


def written_label(label: Column) -> str:
    """Return k, or the parts of a partition between commas."""
    return str(label) if isinstance(label, int) else ",".join(map(str, label))


def plain_entries(table: AnyTable) -> dict[str, list[list[Any]]]:
    """Return the entries as JSON holds them: coefficients are strings, integers or p/q."""
    if isinstance(table, WordTable):
        return plain_words(table)
    entries: Mapping[Any, tuple[FamilyTerm, ...]] = table.entries
    return {
        written_label(label): [[list(b) if isinstance(b, tuple) else b, j, str(c)] for b, j, c in terms]
        for label, terms in (sorted(entries.items()) if isinstance(table, Table) else entries.items())
    }


def plain_denominators(table: AnyTable) -> dict[str, dict[str, Any]]:
    """Return the denominators of the inverse moments as JSON holds them, with the conditions of existence."""
    if isinstance(table, WordTable):
        return plain_word_denominators(table)
    if isinstance(table, Table):
        return {}
    return {
        str(k): {"condition": table.condition(k), "roots": [[str(e), power] for e, power in roots.items()]}
        for k, roots in table.denominators.items()
    }
