"""Laws that every trace moment obeys, applied to the tables and to mutants of them.

A mutant differs from an entry in one coefficient (one more, one less, dropped), in two exchanged ones, or
by (m^a − m^b)(n^c − n^d), which vanishes on a single row and on a single column. Every mutant has to break a
law, and a law that no mutant breaks would have to go.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from math import comb, prod

import pytest

from wishart_moments.codegen import Table
from wishart_moments.codegen.tables import Term, sorted_terms

Terms = tuple[Term, ...]


@dataclass(frozen=True)
class Entry:
    """E tr S^k, and the same entry for the dual Dyson index 4/beta."""

    k: int
    beta: Fraction
    terms: Terms
    dual: Terms

    def __call__(self, m: int, n: int) -> Fraction:
        return sum((c * Fraction(m) ** i * Fraction(n) ** j for i, j, c in self.terms), Fraction(0))

    def chi_squared(self, degrees: int) -> Fraction:
        """E (χ²/β)^k with β·degrees degrees of freedom: the law of a row or a column of W."""
        return prod((degrees + r * 2 / self.beta for r in range(self.k)), start=Fraction(1))


def first_moment_is_mn(entry: Entry) -> bool:
    return entry.k != 1 or entry.terms == ((1, 1, Fraction(1)),)


def one_output_is_chi_squared(entry: Entry) -> bool:
    return all(entry(1, n) == entry.chi_squared(n) for n in range(entry.k + 2))


def one_input_is_chi_squared(entry: Entry) -> bool:
    return all(entry(m, 1) == entry.chi_squared(m) for m in range(entry.k + 2))


def one_by_one_is_a_double_factorial(entry: Entry) -> bool:
    """(2k − 1)!! for β = 1, k! for β = 2, (k + 1)!/2^k for β = 4."""
    return entry(1, 1) == {
        1: prod(range(1, 2 * entry.k, 2)),
        2: prod(range(1, entry.k + 1)),
        4: Fraction(prod(range(1, entry.k + 2)), 2**entry.k),
    }.get(int(entry.beta))


def rows_and_columns_are_alike(entry: Entry) -> bool:
    coefficients = {(i, j): c for i, j, c in entry.terms}
    return all(coefficients.get((j, i)) == c for (i, j), c in coefficients.items())


def top_degree_is_narayana(entry: Entry) -> bool:
    k = entry.k
    top = {(i, j): c for i, j, c in entry.terms if i + j > k}
    return top == {(i, k + 1 - i): Fraction(comb(k, i) * comb(k, i - 1), k) for i in range(1, k + 1)}


def dual_to_four_over_beta(entry: Entry) -> bool:
    """E_a p_k(m, n) = (−1)^{k−1} a^{k+1} E_{1/a} p_k(−m/a, −n/a), a = 2/β."""
    a, k = 2 / entry.beta, entry.k
    signed = (-1) ** (k - 1) * a ** (k + 1)
    return entry.terms == tuple((i, j, signed * (-1 / a) ** (i + j) * c) for i, j, c in entry.dual)


LAWS: tuple[Callable[[Entry], bool], ...] = (
    rows_and_columns_are_alike,  # the cheapest come first: a mutant is dropped at the first law that it breaks
    top_degree_is_narayana,
    dual_to_four_over_beta,
    first_moment_is_mn,
    one_by_one_is_a_double_factorial,
    one_output_is_chi_squared,
    one_input_is_chi_squared,
)


@pytest.fixture(scope="module")
def entries(moments: Table, tables: dict[str, Table]) -> list[Entry]:
    """Each entry of a table, with its dual."""
    dual = next(t for t in tables.values() if t.kind == "moments" and t.beta == 4 / moments.beta)
    return [Entry(k, moments.beta, terms, dual.entries[k]) for k, terms in moments.entries.items()]


def _with_terms(entry: Entry, terms: list[Term] | Terms) -> Entry:
    return replace(entry, terms=sorted_terms(terms))


def _mutants_in_one_coefficient(entry: Entry) -> Iterator[Entry]:
    for x, (i, j, c) in enumerate(entry.terms):
        others = entry.terms[:x] + entry.terms[x + 1 :]
        for changed in (c + 1, c - 1, Fraction(0)):
            if changed != c:
                yield _with_terms(entry, (*others, (i, j, changed)))


def _mutants_with_two_exchanged(entry: Entry) -> Iterator[Entry]:
    for x, y in combinations(range(len(entry.terms)), 2):
        (i, j, c), (p, q, d) = entry.terms[x], entry.terms[y]
        if c != d:
            terms = list(entry.terms)
            terms[x], terms[y] = (i, j, d), (p, q, c)
            yield _with_terms(entry, terms)


def _mutants_unseen_by_a_row_or_a_column(entry: Entry) -> Iterator[Entry]:
    """Add (m^a − m^b)(n^c − n^d) and its mirror image, below the top degree."""
    for a, b in combinations(range(1, entry.k), 2):
        for c, d in combinations(range(1, entry.k), 2):
            if b + d > entry.k:
                continue
            coefficients = {(i, j): value for i, j, value in entry.terms}
            for x, y, sign in ((a, c, 1), (b, d, 1), (a, d, -1), (b, c, -1)):
                for key in ((x, y), (y, x)):
                    coefficients[key] = coefficients.get(key, Fraction(0)) + sign
            yield _with_terms(entry, [(i, j, value) for (i, j), value in coefficients.items()])


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_every_entry_obeys(law: Callable[[Entry], bool], entries: list[Entry]) -> None:
    assert [entry.k for entry in entries if not law(entry)] == []


@pytest.mark.parametrize("mutate", [_mutants_in_one_coefficient, _mutants_with_two_exchanged], ids=["one", "two"])
def test_every_mutant_breaks_a_law(mutate: Callable[[Entry], Iterator[Entry]], entries: list[Entry]) -> None:
    mutants = [mutant for entry in entries for mutant in mutate(entry)]
    assert len(mutants) > 100
    assert [mutant for mutant in mutants if all(law(mutant) for law in LAWS)] == []


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_law_is_broken_by_a_mutant(law: Callable[[Entry], bool], entries: list[Entry]) -> None:
    assert any(not law(mutant) for entry in entries for mutant in _mutants_in_one_coefficient(entry))


def test_duality_alone_sees_what_vanishes_on_one_row_and_one_column(entries: list[Entry]) -> None:
    if entries[0].beta == 2:
        pytest.skip("beta = 2 is its own dual, which sees the parity of the degree only")
    mutants = [mutant for entry in entries[:7] for mutant in _mutants_unseen_by_a_row_or_a_column(entry)]
    others = [law for law in LAWS if law is not dual_to_four_over_beta]
    assert len(mutants) > 50
    assert all(law(mutant) for mutant in mutants for law in others)
    assert not any(dual_to_four_over_beta(mutant) for mutant in mutants)


def test_the_variance_series_is_the_signed_moments_over_m(series: Table, tables: dict[str, Table]) -> None:
    moments = tables["trace_moments_real"]
    assert series.entries == {
        k: tuple((i - 1, j, -c if k % 2 == 0 else c) for i, j, c in terms) for k, terms in moments.entries.items()
    }
