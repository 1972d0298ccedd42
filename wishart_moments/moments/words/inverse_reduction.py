"""Words with V = S^{-1}, reduced to words in S and deterministic matrices: integration by parts, one V at a time.

Let S have n degrees of freedom, K = Σ^{−1}, c = n − m − 1 (complex: n − m), G a word and T a product of traces. From
the density of S (Stein, Haff)

    c E[V G T] = K E[G T]
        − Σ over S in G = U S W of (tr(U) W + Uᵀ W) T + Σ over V in G = U V W of (tr(U V) V W + V Uᵀ V W) T
        − Σ over traces tr(S R) of (R + Rᵀ) G T′     + Σ over traces tr(V R) of (V R V + V Rᵀ V) G T′,

complex: without the transposes. The sums over V keep the number N of V's: on the finite space of all words with the
same ends they are a Jucys–Murphy operator A, whose eigenvalues are the contents e of last boxes of the partitions of N.
As in `signed_equations`, (c − A)^{-1} is Newton's polynomial in A over Π (c − e), and all else has fewer V's.

A matrix-valued word w is tr(w E), E a letter of its own. V S = S V = I wherever they meet.

References: Haff, J. Multivariate Anal. 9 (1979) 531; von Rosen, Scand. J. Statist. 15 (1988) 97; Letac, Massam, Scand.
J. Statist. 31 (2004) 295; Matsumoto, J. Theoret. Probab. 25 (2012) 798.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from flint import fmpq_poly

from wishart_moments.errors import LimitError
from wishart_moments.moments.inverse.rational import linear
from wishart_moments.moments.inverse.signed_equations import Ring
from wishart_moments.moments.polynomials import rational

MAX_STATES = 4_000
"""The most words of one number of V's: 945 for five V's with a letter between any two, 10,395 for six."""

Traces = tuple[bytes, ...]


class Marked(NamedTuple):
    """tr(V G) Π tr(traces), V the one that is lowered next."""

    word: bytes
    traces: Traces


class Letters(NamedTuple):
    """The bytes of one random index: V, S as X X^†, K (empty for the identity), and I of m rows."""

    inverse: bytes
    wishart: bytes
    precision: bytes
    identity: bytes


class InverseReduction:
    """The elimination of V = S^{-1} for one index.

    Args:
        letters: the bytes of the index.
        adjoint: takes a word to its adjoint.
        canonical: takes a cyclic word to the least of its equals.
        real: whether transposes occur.
    """

    def __init__(
        self, letters: Letters, adjoint: Callable[[bytes], bytes], canonical: Callable[[bytes], bytes], *, real: bool
    ) -> None:
        self._letters, self._adjoint, self._canonical, self._real = letters, adjoint, canonical, real
        self._contents = Ring.in_c(1 if real else 2).contents

    @property
    def wishart(self) -> bytes:
        """The bytes of S."""
        return self._letters.wishart

    def simplified(self, traces: Traces) -> Traces:
        """Return the traces with V S = S V = I, canonical and sorted."""
        return tuple(sorted(self._canonical(self._cancelled(word)) for word in traces))

    def _cancelled(self, word: bytes) -> bytes:
        v, s, _, identity = self._letters
        while word:
            for pair in (v + s, s + v):
                at = (word + word[: len(pair) - 1]).find(pair) if len(word) >= len(pair) else -1
                if at >= 0:
                    word = (word[at:] + word[:at])[len(pair) :]
                    break
            else:
                return word
        return identity

    def order(self, traces: Traces) -> int:
        """Return the number of V's."""
        return sum(word.count(self._letters.inverse) for word in traces)

    def roots(self, order: int) -> list[list[Fraction]]:
        """Return the different contents e of level 1, …, order: the denominator is Π (c − e) over all of them."""
        return [list(self._contents(level)) for level in range(1, order + 1)]

    def expectation(self, traces: Traces) -> dict[Traces, fmpq_poly]:
        """Return {traces without V: numerator}, over Π (c − e) of `roots(order(traces))`; traces are simplified.

        Raises:
            LimitError: if more than 4,000 words of one number of V's arise.
        """
        top = self.order(traces)
        levels: defaultdict[int, dict[Traces, fmpq_poly]] = defaultdict(dict)
        levels[top][traces] = fmpq_poly([1])
        for level in range(top, 0, -1):
            row: dict[Marked, fmpq_poly] = {}
            for state, value in levels.pop(level, {}).items():
                _add(row, self._marked(state), value)
            if not row:
                continue
            for marked, value in self._resolved(row, level).items():
                for lowered, c in self._lower(marked):
                    found = self.simplified(lowered)
                    below = self.order(found)
                    scaled = c * value
                    for skipped in range(below + 1, level):
                        for e in self._contents(skipped):
                            scaled *= linear(e)
                    _add(levels[below], found, scaled)
        return {state: value for state, value in levels[0].items() if value}

    def _marked(self, traces: Traces) -> Marked:
        """Return the state with its first V marked."""
        v = self._letters.inverse
        at = next(i for i, word in enumerate(traces) if v in word)
        start = traces[at].index(v)
        word = traces[at][start + 1 :] + traces[at][:start]
        return Marked(word, traces[:at] + traces[at + 1 :])

    def _resolved(self, row: dict[Marked, fmpq_poly], level: int) -> dict[Marked, fmpq_poly]:
        """Return Π (c − e) times the row (c − A)^{-1}, by Newton's form."""
        roots = list(self._contents(level))
        rest = [fmpq_poly([1])]
        for e in reversed(roots[1:]):
            rest.append(rest[-1] * linear(e))
        result: dict[Marked, fmpq_poly] = {}
        for i, e in enumerate(roots):
            for state, value in row.items():
                _add(result, state, rest[-1 - i] * value)
            if i + 1 == len(roots):
                break
            following: dict[Marked, fmpq_poly] = {}
            for state, value in row.items():
                if e:
                    _add(following, state, -rational(e) * value)
                for other in self._same_order(state):
                    _add(following, other, value)
            row = {state: value for state, value in following.items() if value}
            if len(row) > MAX_STATES:
                raise LimitError(
                    f"the mean rests on more than {MAX_STATES:,} words with {level} factors S^-1; need at most five "
                    "with a different letter between any two"
                )
        return result

    def _same_order(self, state: Marked) -> Iterator[Marked]:
        """Yield the words of A."""
        word, traces = state
        v = self._letters.inverse
        for at in _places(word, v):
            before, after = word[:at], word[at + 1 :]
            yield Marked(after, self._with(traces, before + v))
            if self._real:
                yield Marked(self._adjoint(before) + v + after, traces)
        for i, trace in enumerate(traces):
            others = traces[:i] + traces[i + 1 :]
            for at in _places(trace, v):
                around = trace[at + 1 :] + trace[:at]
                yield Marked(around + v + word, others)
                if self._real:
                    yield Marked(self._adjoint(around) + v + word, others)

    def _lower(self, state: Marked) -> Iterator[tuple[Traces, int]]:
        """Yield the words with fewer V's."""
        word, traces = state
        s, k = self._letters.wishart, self._letters.precision
        yield (*traces, k + word), 1
        for at in _places(word, s):
            before, after = word[:at], word[at + len(s) :]
            yield (*traces, before, after), -1
            if self._real:
                yield (*traces, self._adjoint(before) + after), -1
        for i, trace in enumerate(traces):
            others = traces[:i] + traces[i + 1 :]
            for at in _places(trace + trace[: len(s) - 1], s):
                doubled = trace + trace
                around = doubled[at + len(s) : at + len(trace)]
                yield (*others, around + word), -1
                if self._real:
                    yield (*others, self._adjoint(around) + word), -1

    def _with(self, traces: Traces, word: bytes) -> Traces:
        return tuple(sorted((*traces, self._canonical(word))))


def _places(word: bytes, letter: bytes) -> Iterator[int]:
    at = word.find(letter)
    while at >= 0:
        yield at
        at = word.find(letter, at + 1)


def _add(into: dict[Any, fmpq_poly], key: Any, value: fmpq_poly) -> None:
    into[key] = into[key] + value if key in into else value
