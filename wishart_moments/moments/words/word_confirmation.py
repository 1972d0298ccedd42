"""The words in S or S^{-1} that closed formulas are wanted of, each by two routes that are compared with ==.

E[S A S] and its kin are reduced letter by letter (`expected_word`). The other route is the table of the zonal
polynomials: by invariance, with P = Σ or Σ^{-1},

    E[S_ij S_kl] = f P_ij P_kl + g P_ik P_jl + h P_il P_jk,   g = h (real), g = 0 (complex),

so that E (tr S)² = f p_1² + (g + h) p_2, E tr S² = (f + g) p_2 + h p_1², p_j = tr P^j, and for every A

    E[S A S] = f P A P + g P Aᵀ P + h tr(A P) P.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from flint import fmpq_poly

from wishart_moments.combinatorics.partitions import partitions
from wishart_moments.errors import DisagreementError
from wishart_moments.moments import zonal
from wishart_moments.moments.confirmation import Progress
from wishart_moments.moments.inverse.inverse_table import InverseTable
from wishart_moments.moments.inverse.rational import RationalFunction, Roots, linear, product, rational_function
from wishart_moments.moments.words.grammar import Word
from wishart_moments.moments.words.word_moment import expected_word
from wishart_moments.notation.convert import as_terms

WORDS = ("S", "S^2", "S A S", "S^-1", "S^-2", "S^-1 A S^-1")
"""What closed formulas are written of."""

Letters = tuple[str, ...]
"""A word in "Sigma" or "Sigma^-1", "A" and "A^T"."""

Basis = tuple[tuple[Letters, ...], Letters]
"""Words whose traces are taken, and the word they stand in front of."""


class ConfirmedWord(NamedTuple):
    """E[word] = Σ c/D b over the basis elements b, c in n or, of a word in S^{-1}, in c = n − m + 1 − 2/β.

    Attributes:
        terms: {b: numerator}.
        denominator: the roots of D with their multiplicities; empty for a word in S.
        routes: the routes that agree on it.
    """

    terms: dict[Basis, fmpq_poly]
    denominator: Roots
    routes: tuple[str, ...]


def confirmed_word(word: str, beta: int = 1, progress: Progress | None = None) -> ConfirmedWord:
    """Return the mean of one of `WORDS` at β = 1 or 2, confirmed by the table of zonal polynomials.

    Raises:
        DisagreementError: if the two routes differ.

    Example:
        >>> confirmed_word("S A S").terms[(("A", "Sigma"),), ("Sigma",)]
        x
        >>> inverse = confirmed_word("S^-1")
        >>> inverse.terms, [str(root) for root in inverse.denominator]
        ({((), ('Sigma^-1',)): 1}, ['0'])
    """
    if progress is not None:
        progress(f"E[{word}]: words, zonal")
    found, table = _by_words(word, beta), _by_table(word, beta)
    if found != table:
        raise DisagreementError(f"E[{word}], beta = {beta}: words and zonal differ")
    denominator = {
        root: max(f.roots.get(root, 0) for f in found.values())
        for root in sorted({e for f in found.values() for e in f.roots})
    }
    terms = {basis: f.numerator * (product(denominator) // product(f.roots)) for basis, f in found.items()}
    return ConfirmedWord(terms, denominator, ("words", "zonal"))


def _by_words(word: str, beta: int) -> dict[Basis, RationalFunction]:
    moment = expected_word(word, beta=beta)
    found: dict[Basis, RationalFunction] = {}
    for each, numerator in moment.terms.items():
        below = {e + 1 - Fraction(2, beta): k for (_, _, e), k in moment.below.get(each, {}).items()}
        basis = tuple(map(_letters, each.traces)), _letters(each.matrix or ())
        found[basis] = rational_function(_in_one(as_terms(numerator), moment.sizes, word, beta), below)
    return found


def _in_one(terms: Mapping[tuple[int, ...], Fraction], sizes: tuple[str, ...], word: str, beta: int) -> fmpq_poly:
    """Return a polynomial in n, or in c for an inverse word: at m = 0, n is c + 2/β − 1."""
    inverse, total = "-" in word, fmpq_poly([0])
    n = linear(1 - Fraction(2, beta)) if inverse else fmpq_poly([0, 1])
    for exponents, c in terms.items():
        powers = dict(zip(sizes, exponents, strict=True))
        if not powers.get("m"):
            total += n ** powers.get("n", 0) * fmpq_poly([c.numerator]) / c.denominator
    return total


def _letters(word: Word) -> Letters:
    return tuple(f"{name}^T" if adjoint else name for name, adjoint in word)


def _by_table(word: str, beta: int) -> dict[Basis, RationalFunction]:
    p = "Sigma^-1" if "-" in word else "Sigma"
    if word in ("S", "S^-1"):
        return {((), (p,)): _rows(1, beta, inverse="-" in word)[1,][1,]}
    rows = _rows(2, beta, inverse="-" in word)
    f, h = rows[1, 1][1, 1], rows[2,][1, 1]
    g = _minus(rows[1, 1][2,], h)
    if _minus(rows[2,][2,], g) != f:
        raise DisagreementError(f"the table of degree 2 at beta = {beta} is not that of a product of two entries")
    if "A" not in word:
        return {((), (p, p)): rows[2,][2,], ((((p,),)), (p,)): h}
    found: dict[Basis, RationalFunction] = {((), (p, "A", p)): f, ((), (p, "A^T", p)): g, ((("A", p),), (p,)): h}
    return {basis: value for basis, value in found.items() if value.numerator}


def _rows(k: int, beta: int, *, inverse: bool) -> dict[Any, dict[Any, RationalFunction]]:
    if not inverse:
        expected = {label: zonal.expected_power_sum_with_scale(label, beta) for label in partitions(k)}
        return {label: {mu: rational_function(c, {}) for mu, c in row.items()} for label, row in expected.items()}
    table = InverseTable(k, beta)
    return {
        label: {mu: rational_function(c, table.denominator) for mu, c in table.numerators(label).items()}
        for label in table
    }


def _minus(left: RationalFunction, right: RationalFunction) -> RationalFunction:
    below = {e: left.roots.get(e, 0) + right.roots.get(e, 0) for e in {**left.roots, **right.roots}}
    return rational_function(left.numerator * product(right.roots) - right.numerator * product(left.roots), below)
