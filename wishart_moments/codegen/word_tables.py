"""Exact tables of means of words in S or S^{-1}, matrices: an entry is D E[word] = Σ c x^j b.

b is a product of traces and a word in the letters Sigma or Sigma^-1, A and A^T. For a word in S, x = n and D = 1; for
one in S^{-1}, x = c = n − m + 1 − 2/β and D = Π_e (c − e)^{k_e}. The latter are finite if and only if n − m + 1 > 2k/β,
k the number of factors S^{-1}.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any, Literal

from wishart_moments.codegen.heads import Head, digest_of
from wishart_moments.combinatorics.partitions import Partition
from wishart_moments.notation.convert import linear_factors, polynomial, times
from wishart_moments.notation.tree import Matrix, Node, Power, Trace, power, product, total

Letters = tuple[str, ...]
Basis = tuple[tuple[Letters, ...], Letters]
"""Words whose traces are taken, and the word they stand in front of."""

WordTerm = tuple[Basis, int, Fraction]
"""(b, j, c), which stands for c x^j b."""

WordKind = Literal["words"]
LETTERS = ("Sigma", "Sigma^-1", "A", "A^T")


@dataclass(frozen=True)
class WordTable(Head):
    """Means of words, with exact coefficients, their meaning and provenance.

    Args:
        kind: "words".
        entries: {word: the terms (b, j, c)}.
        denominators: {word: the roots {e: k_e} of D}, of the words in S^{-1}.
        name, quantity, formula, beta, symbols, derivation, sources, routes: as for every `Head`.
    """

    kind: WordKind
    entries: Mapping[str, tuple[WordTerm, ...]]
    denominators: Mapping[str, Mapping[Fraction, int]]

    @property
    def max_k(self) -> int:
        """The largest number of factors S or S^{-1}."""
        return max(map(degree_of, self.entries))

    def condition(self, word: str) -> str:
        """Return the condition of existence as text, nothing for a word in S."""
        return f"n - m + 1 > {2 * degree_of(word) / self.beta}" if word in self.denominators else ""

    def cells(self, word: str) -> dict[Basis, dict[int, Fraction]]:
        """Return the polynomials {j: c} in x by their basis elements."""
        found: dict[Basis, dict[int, Fraction]] = {}
        for basis, j, c in self.entries[word]:
            found.setdefault(basis, {})[j] = c
        return found

    @property
    def digest(self) -> str:
        """The SHA-256 of the entries and the denominators as compact JSON."""
        plain = [plain_words(self), plain_word_denominators(self)]
        return digest_of(json.dumps(plain, separators=(",", ":")))


def degree_of(word: str) -> int:
    """Return the number of factors S or S^{-1}.

    Example:
        >>> degree_of("S^-1 A S^-1"), degree_of("S^-2"), degree_of("S")
        (2, 2, 1)
    """
    powers = (letter.partition("^")[2] or "1" for letter in word.split() if letter[0] == "S")
    return sum(abs(int(exponent)) for exponent in powers)


def place(term: WordTerm) -> tuple[int, Basis, int]:
    """Return what terms are sorted by: fewer traces first, then by letters, then by falling degree."""
    basis, j, _ = term
    return len(basis[0]), basis, -j


def plain_words(table: WordTable) -> dict[str, list[list[Any]]]:
    """Return the entries as JSON holds them: b as [words of the traces, word], coefficients as strings."""
    return {
        word: [[[list(map(list, traces)), list(letters)], j, str(c)] for (traces, letters), j, c in terms]
        for word, terms in table.entries.items()
    }


def plain_word_denominators(table: WordTable) -> dict[str, dict[str, Any]]:
    """Return the denominators as JSON holds them, with the conditions of existence."""
    return {
        word: {"condition": table.condition(word), "roots": [[str(e), power] for e, power in roots.items()]}
        for word, roots in table.denominators.items()
    }


def word_label(word: str) -> Node:
    """Return what the mean is of.

    Example:
        >>> from wishart_moments.notation.printers import latex
        >>> latex(word_label("S^-1 A S^-1"))
        'S^{-1} A S^{-1}'
    """
    return product(_letter(letter) for letter in word.split())


def word_value(table: WordTable, word: str) -> Node:
    """Return the mean times its denominator as a tree of the notation."""
    name = "c" if word in table.denominators else "n"
    return total(
        times(polynomial({(j,): c for j, c in cell.items()}, (name,)), *map(Trace, map(_word, traces)), _word(letters))
        for (traces, letters), cell in table.cells(word).items()
    )


def word_divisor(table: WordTable, word: str) -> Node:
    """Return D as a tree of the notation."""
    return product(linear_factors(table.denominators[word], "c"))


def _word(letters: Letters) -> Node:
    return product(_power(letter, len(list(run))) for letter, run in groupby(letters))


def _power(letter: str, count: int) -> Node:
    name, _, mark = letter.partition("^")
    return power(Matrix(name, "T"), count) if mark == "T" else power(Matrix(name), int(mark or 1) * count)


def _letter(letter: str) -> Node:
    name, _, exponent = letter.partition("^")
    return Power(Matrix(name), int(exponent)) if exponent else Matrix(name)


def orders(table: WordTable) -> Partition:
    """Return the degrees that occur."""
    return tuple(sorted(set(map(degree_of, table.entries))))
