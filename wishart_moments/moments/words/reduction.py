"""Words in Gaussian matrices, reduced to words in deterministic ones: Wick's theorem, one contraction at a time.

Let X = M + Σ^{1/2} W Ψ^{1/2}, W with iid standard entries, so that E X_ia X̄_jb − M_ia M̄_jb = Σ_ij Ψ_ba. Write
x = L·R for a factor X (L = Σ, R = Ψ) or X^† (L = Ψ, R = Σ). Integration by parts in the first factor of a word, with
x̄ = x^† and U, V any words,

    E[x U]  =  M_x E[U]  +  the sum over every other factor of the same name in U or in a trace beside it of
        x U x̄ V        → L tr(R U) V,               x U · tr(x̄ V)  → L V R U,
        x U x V        → L U^T R V,                 x U · tr(x V)   → L V^T R U             (real only).

A deterministic beginning or end of a word is a factor outside; a trace is a word that is closed in the end. So all
that ever is contracted begins with a random factor and contains no Σ at its beginning: for powers of S the words that
arise are the marked power sums p_λ(S) S^r, a partition's worth of them rather than (2k − 1)!! matchings. They are
computed once each.

A word is a string of bytes, one for each letter: rotation, transposition (translate and reverse) and comparison of
words are single operations on them. A power of a dimension is a trace of I: a word of one byte of its own.

References: Isserlis, Biometrika 12 (1918) 134; Letac, Massam, Scand. J. Statist. 31 (2004) 295 (words in S);
Gupta, Nagar, Matrix Variate Distributions (2000), chapter 2 (X A X B and the like); Mingo, Speicher, Free Probability
and Random Matrices (2017), chapter 1.
"""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from wishart_moments.errors import LimitError

MAX_TERMS = 4_000_000
"""The most terms that are added up for one expression; a few microseconds each."""

Traces = tuple[bytes, ...]
Key = tuple[bytes | None, Traces]
"""A matrix-valued word, or None, and cyclic words in increasing order."""
Terms = dict[Key, int]


class Gaussian(NamedTuple):
    """A random matrix X = M + Σ^{1/2} W Ψ^{1/2}: letters, of which Σ, Ψ may be b"" (identity) and M None (zero)."""

    rows: bytes
    columns: bytes
    mean: bytes | None
    row_size: bytes
    column_size: bytes


class WickReduction:
    """The reduction for one alphabet.

    Letters 2i and 2i + 1 are the i-th Gaussian matrix and its adjoint; greater ones are deterministic.

    Args:
        gaussians: the random matrices.
        adjoints: a table for `bytes.translate` that takes every letter to its adjoint.
        real: whether X contracts with X as well, and a trace is the trace of the transpose.
        pairings: their number, for a refusal.
    """

    def __init__(self, gaussians: list[Gaussian], adjoints: bytes, *, real: bool, pairings: str) -> None:
        self._gaussians = gaussians
        self._adjoints = adjoints
        self._real = real
        self._pairings = pairings
        self._random = 2 * len(gaussians)
        self._memo: dict[Key, Terms] = {}
        self._added = 0
        self.canonical = lru_cache(maxsize=1 << 16)(self._canonical)

    def adjoint(self, word: bytes) -> bytes:
        """Return the word of the adjoint matrix."""
        return word.translate(self._adjoints)[::-1]

    def _canonical(self, word: bytes) -> bytes:
        """Return the least rotation of a cyclic word or, if real, of its transpose."""
        return min(map(_least_rotation, (word, self.adjoint(word)))) if self._real else _least_rotation(word)

    def _is_random(self, word: bytes) -> bool:
        return bool(word) and min(word) < self._random

    def expectation(self, matrix: bytes | None, traces: Traces) -> Terms:
        """Return the expectation of a word times traces.

        Raises:
            LimitError: if more than 4,000,000 terms would have to be added up.
        """
        random, fixed = self._sorted_out(map(self.canonical, traces))
        return self._times(self._expectation(matrix, random), b"", b"", fixed)

    def _sorted_out(self, traces: Iterator[bytes]) -> tuple[Traces, Traces]:
        """Return the canonical traces with and without random letters."""
        random: list[bytes] = []
        fixed: list[bytes] = []
        for word in traces:
            (random if word[0] < self._random else fixed).append(word)
        return tuple(sorted(random)), tuple(fixed)

    def _times(self, terms: Terms, prefix: bytes, suffix: bytes, traces: Traces) -> Terms:
        if not (prefix or suffix or traces):
            return terms
        self._count(len(terms))
        return {
            (
                None if word is None else prefix + word + suffix,
                tuple(sorted(traces + others)) if traces else others,
            ): c
            for (word, others), c in terms.items()
        }

    def _count(self, terms: int) -> None:
        self._added += terms
        if self._added > MAX_TERMS:
            raise LimitError(
                f"the expectation, a sum over {self._pairings} pairings of the Gaussian factors, adds up more than "
                f"{MAX_TERMS:,} terms; shorter words, equal letters or scale='I' make fewer"
            )

    def _expectation(self, matrix: bytes | None, traces: Traces) -> Terms:
        """Return the expectation of a word times canonical traces with random letters."""
        if matrix is None:
            return self._of_traces(traces)
        if not self._is_random(matrix):
            return {(matrix, others): c for (_, others), c in self._of_traces(traces).items()}
        start, stop = 0, len(matrix)
        while matrix[start] >= self._random:
            start += 1
        while matrix[stop - 1] >= self._random:
            stop -= 1
        state = (matrix[start:stop], traces)
        terms = self._memo.get(state)
        if terms is None:
            terms = self._memo[state] = self._contract(*state)
        return self._times(terms, matrix[:start], matrix[stop:], ())

    def _of_traces(self, traces: Traces) -> Terms:
        """Return E Π tr: the shortest trace is opened, its expectation closed again."""
        if not traces:
            return {(None, ()): 1}
        state = (None, traces)
        if state not in self._memo:
            first = min(traces, key=len)
            at = traces.index(first)
            # A canonical word begins with a random letter: those are the least.
            opened = self._expectation(first, traces[:at] + traces[at + 1 :])
            gaussian = self._gaussians[first[0] >> 1]
            size = gaussian.column_size if first[0] & 1 else gaussian.row_size
            closed: Terms = {}
            self._count(len(opened))
            for (word, others), c in opened.items():
                assert word is not None
                key = (None, tuple(sorted((*others, self.canonical(word or size)))))
                closed[key] = closed.get(key, 0) + c
            self._memo[state] = closed
        return self._memo[state]

    def _contract(self, word: bytes, traces: Traces) -> Terms:
        """Return the expectation of a word that begins with a random letter, times traces."""
        total: Terms = {}
        for (matrix, closed, others), multiplicity in Counter(self._contractions(word, traces)).items():
            random, fixed = self._sorted_out(map(self.canonical, closed))
            terms = self._times(self._expectation(matrix, tuple(sorted(random + others))), b"", b"", fixed)
            self._count(len(terms))
            for key, c in terms.items():
                total[key] = total.get(key, 0) + multiplicity * c
        return total

    def _contractions(self, word: bytes, traces: Traces) -> Iterator[tuple[bytes, Traces, Traces]]:
        """Yield (the new word, new traces, the traces that stay as they are)."""
        x, rest = word[0], word[1:]
        gaussian = self._gaussians[x >> 1]
        left, right, size = gaussian.rows, gaussian.columns, gaussian.column_size
        if x & 1:
            left, right, size = right, left, gaussian.row_size
        if gaussian.mean is not None:
            yield (self.adjoint(gaussian.mean) if x & 1 else gaussian.mean) + rest, (), traces
        for i, y in enumerate(rest):
            before, after = rest[:i], rest[i + 1 :]
            if y == x ^ 1:
                yield left + after, (right + before or size,), traces
            elif y == x and self._real:
                yield left + self.adjoint(before) + right + after, (), traces
        for t, trace in enumerate(traces):
            others = traces[:t] + traces[t + 1 :]
            for i, y in enumerate(trace):
                around = trace[i + 1 :] + trace[:i]
                if y == x ^ 1:
                    yield left + around + right + rest, (), others
                elif y == x and self._real:
                    yield left + self.adjoint(around) + right + rest, (), others


def _least_rotation(word: bytes) -> bytes:
    if len(word) < 2:
        return word
    least, doubled, length = min(word), word + word, len(word)
    best = word
    at = word.find(least)
    while at >= 0:
        candidate = doubled[at : at + length]
        best = min(best, candidate)
        at = word.find(least, at + 1)
    return best
