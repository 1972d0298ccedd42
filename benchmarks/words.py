"""E[S A S B … S F], 10,395 pairings, takes less than 1 s, E tr S^12 at any Σ 1 s, entries and cumulants milliseconds.

A contraction leaves words that were met before, so that the pairings are not visited one by one. The peers are the
literal sum over all pairings in SymPy, as one would write it, and this project's zonal polynomials, which know no
words but powers of S. E[S A S B … S G] has 135,135 terms; the time includes that of their sorting.
"""

from collections.abc import Iterator
from itertools import combinations, product
from typing import Any

import sympy

from benchmarks.measure import Candidate, Case
from wishart_moments.moments import zonal
from wishart_moments.moments.cumulants import cumulant_polynomial
from wishart_moments.moments.entries import entry_moment
from wishart_moments.moments.loop_equations import PowerSumTable
from wishart_moments.moments.words.word_moment import WordMoment, expected_word

Ends = dict[tuple[int, str], tuple[int, str]]

N = sympy.Symbol("n")
UNAVAILABLE = {"PyRTNI2": "it is on no package index"}


def _matchings(points: list[int]) -> Iterator[list[tuple[int, int]]]:
    if not points:
        yield []
        return
    first, *others = points
    for i, partner in enumerate(others):
        for rest in _matchings(others[:i] + others[i + 1 :]):
            yield [(first, partner), *rest]


def _transposed(word: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        each if each == "Sigma" else each.removesuffix("^T") + "^T" * (each[-2:] != "^T") for each in word[::-1]
    )


def _trace(word: tuple[str, ...]) -> sympy.Symbol:
    """Return the symbol of a trace: the same for all rotations of the word and of its transpose."""
    turned = [each[i:] + each[:i] for each in (word, _transposed(word)) for i in range(len(word))]
    return sympy.Symbol(f"tr({' '.join(min(turned))})")


def _matrix(word: tuple[str, ...]) -> Any:
    return sympy.Mul(*(sympy.Symbol(each, commutative=False) for each in word))


def literal_sum(letters: list[str]) -> Any:
    """Return E[S A S B …], letter after letter behind an S, as a sum over all pairings of the factors X and Xᵀ."""
    k = len(letters)
    # Factor 2i is X, 2i + 1 is Xᵀ; both have the column side in the middle of S, the row side outside.
    between: dict[tuple[int, int], tuple[str, ...]] = {}
    for i, letter in enumerate(letters[:-1]):
        between[(2 * i + 1, 2 * i + 2)] = (letter,)
        between[(2 * i + 2, 2 * i + 1)] = _transposed((letter,))
    neighbour = dict(between.keys())
    terms: list[Any] = []
    for chords in _matchings(list(range(2 * k))):
        partner = {a: b for pair in chords for a, b in (pair, pair[::-1])}
        word, at = (), 0
        unseen = set(range(2 * k))
        while True:
            unseen -= {at, partner[at]}
            word, at = (*word, "Sigma"), partner[at]
            if at == 2 * k - 1:
                break
            word, at = word + between[(at, neighbour[at])], neighbour[at]
        term = _matrix((*word, letters[-1]))
        while unseen:
            start = at = min(unseen)
            cycle: tuple[str, ...] = ()
            while True:
                unseen -= {at, partner[at]}
                at = partner[at]
                cycle += ("Sigma", *between[(at, neighbour[at])])
                at = neighbour[at]
                if at == start:
                    break
            term *= _trace(cycle)
        columns = set(range(2 * k))
        while columns:
            at = start = columns.pop()
            while (at := partner[at] ^ 1) != start:
                columns.discard(at)
                columns.discard(at ^ 1)
            columns.discard(start ^ 1)
            term *= N
        terms.append(term)
    return sympy.Add(*terms)


def _in_symbols(moment: WordMoment) -> Any:
    """Return our combination in the symbols of the literal sum."""
    terms: list[Any] = []
    place = moment.sizes.index("n")
    for (matrix, traces), polynomial in moment.terms.items():
        words = [tuple(name + "^T" * adjoint for name, adjoint in word) for word in (matrix or (), *traces)]
        product = _matrix(words[0]) * sympy.Mul(*map(_trace, words[1:]))
        terms += [int(c.p) * N ** int(exponents[place]) * product for exponents, c in polynomial.to_dict().items()]
    return sympy.Add(*terms)


def _generic(k: int, target: float | None, *, peer: bool) -> Case:
    letters = list("ABCDEFG"[:k])
    word = " ".join(f"S {letter}" for letter in letters)
    if not peer:
        return Case(
            f"E[{word}]", (Candidate("expected_word", lambda: expected_word(word), lambda x: len(x.terms)),), target
        )
    ours = Candidate("expected_word", lambda: expected_word(word), _in_symbols)
    literal = Candidate("literal sum in sympy", lambda: literal_sum(letters))
    return Case(f"E[{word}]", (ours, literal), target, unavailable=UNAVAILABLE)


def _power(k: int, target: float | None) -> Case:
    def by_words(moment: WordMoment) -> dict[tuple[int, ...], list[int]]:
        place = moment.sizes.index("n")
        return {
            tuple(sorted(map(len, traces), reverse=True)): _dense(
                {int(e[place]): int(c.p) for e, c in p.to_dict().items()}
            )
            for (_, traces), p in moment.terms.items()
        }

    ours = Candidate("expected_word", lambda: expected_word(f"tr(S^{k})"), by_words)
    james = Candidate(
        "zonal polynomials of this project",
        lambda: (zonal.jack_basis.cache_clear(), zonal.expected_power_sum_with_scale((k,)))[1],
        lambda table: {mu: [int(x.p) for x in c.coeffs()] for mu, c in table.items()},
    )
    return Case(f"E tr S^{k}, any Σ", (ours, james), target)


def _dense(terms: dict[int, int]) -> list[int]:
    return [terms.get(j, 0) for j in range(max(terms) + 1)]


def _entries(q: int, target: float | None) -> Case:
    indices = [(2 * i + 1, 2 * i + 2) for i in range(q)]
    scale = [[min(i, j) + (i == j) for j in range(2 * q)] for i in range(2 * q)]

    def literal() -> int:
        points = [index - 1 for pair in indices for index in pair]
        total = 0
        for chords in _matchings(list(range(2 * q))):
            partner = {a: b for pair in chords for a, b in (pair, pair[::-1])}
            columns, loops = set(range(2 * q)), 0
            while columns:
                at = start = columns.pop()
                loops += 1
                while (at := partner[at] ^ 1) != start:
                    columns -= {at, at ^ 1}
                columns.discard(start ^ 1)
            term = 5**loops
            for a, b in chords:
                term *= scale[points[a]][points[b]]
            total += term
        return total

    ours = Candidate("entry_moment", lambda: entry_moment(indices, 5, scale=scale))
    return Case(
        f"E of a product of {q} different entries, n = 5", (ours, Candidate("literal sum in Python", literal)), target
    )


def _covariances(top: int, target: float | None) -> Case:
    def one_by_one() -> dict[tuple[int, int], Any]:
        return {(j, k): cumulant_polynomial((k, j)) for j, k in product(range(1, top + 1), repeat=2) if j <= k}

    def table() -> dict[tuple[int, int], Any]:
        expected = PowerSumTable(2 * top)
        pairs = [(j, j) for j in range(1, top + 1)] + list(combinations(range(1, top + 1), 2))
        return {(j, k): expected[k, j] - expected[j,] * expected[k,] for j, k in sorted(pairs)}

    ours = Candidate("cumulant_polynomial", one_by_one)
    whole = Candidate("the whole table of E p_λ", table)
    return Case(f"Cov(tr S^j, tr S^k), all j <= k <= {top}", (ours, whole), target)


def cases(quick: bool) -> Iterator[Case]:
    """Yield generic words, powers at any scale, entries and covariances."""
    yield _generic(3 if quick else 4, 0.02, peer=True)
    yield _generic(4 if quick else 6, 1.0, peer=True)
    yield _generic(4 if quick else 7, 10.0, peer=False)
    yield _power(5 if quick else 10, 0.5)
    if not quick:
        yield _power(12, 1.0)
    yield _entries(4 if quick else 6, 0.05)
    yield _covariances(3 if quick else 8, 0.5)
