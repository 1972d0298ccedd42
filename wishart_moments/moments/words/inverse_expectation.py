"""The mean of words with S^{-1}: one index after the other is eliminated, what is left is reduced by Wick's theorem."""

from collections import Counter
from typing import NamedTuple

from flint import fmpq_mpoly, fmpq_mpoly_ctx, fmpq_poly

from wishart_moments.moments.inverse.rational import linear
from wishart_moments.moments.words.alphabet import PLACE, Alphabet
from wishart_moments.moments.words.quotients import Root
from wishart_moments.moments.words.reduction import Key, Traces, WickReduction


class InverseMean(NamedTuple):
    """Numerators by words, their one denominator {(n, m, e): k}, and {n: (m, powers of S)} for the existence."""

    numerators: dict[Key, fmpq_mpoly]
    below: dict[Root, int]
    orders: dict[str, tuple[str, tuple[int, ...]]]


def inverse_mean(
    alphabet: Alphabet, wick: WickReduction, ring: fmpq_mpoly_ctx, matrix: bytes | None, traces: Traces, *, real: bool
) -> InverseMean:
    """Return the mean of a word times traces, over the alphabet.

    Raises:
        LimitError: for too many words; five S^{-1} with a different letter between any two are some seconds.
    """
    states: dict[Traces, fmpq_mpoly] = {}
    below: Counter[Root] = Counter()
    orders: dict[str, tuple[str, tuple[int, ...]]] = {}
    words = traces if matrix is None else (*traces, matrix + PLACE)
    states[tuple(sorted(map(wick.canonical, words)))] = ring.constant(1)
    gens = dict(zip(alphabet.sizes, ring.gens(), strict=True))
    for index in alphabet.inverses:
        reduction = alphabet.inverse_reduction(index, wick.canonical, real=real)
        m, n = alphabet.shapes[f"X{index}"]
        c, shift = gens[n] - gens[m] - int(real), int(real)
        simple: dict[Traces, fmpq_mpoly] = {}
        for state, value in states.items():
            key = reduction.simplified(state)
            simple[key] = simple[key] + value if key in simple else value
        top = max(map(reduction.order, simple))
        s = reduction.wishart
        positive = max(sum((word + word[:1]).count(s) for word in state if len(word) > 1) for state in simple)
        orders[n] = (m, (-1,) * top + (1,) * positive)
        roots = reduction.roots(top)
        below.update((n, m, e + shift) for level in roots for e in level)
        states = {}
        for state, value in simple.items():
            factor = fmpq_poly([1])
            for level in roots[reduction.order(state) :]:
                for e in level:
                    factor *= linear(e)
            for key, numerator in reduction.expectation(state).items():
                term = value * _at(numerator * factor, c, ring)
                states[key] = states[key] + term if key in states else term
    return InverseMean(_by_wick(alphabet, wick, states), dict(below), orders)


def _at(polynomial: fmpq_poly, c: fmpq_mpoly, ring: fmpq_mpoly_ctx) -> fmpq_mpoly:
    result = ring.constant(0)
    for coefficient in reversed(polynomial.coeffs()):
        result = result * c + coefficient
    return result


def _by_wick(alphabet: Alphabet, wick: WickReduction, states: dict[Traces, fmpq_mpoly]) -> dict[Key, fmpq_mpoly]:
    found: dict[Key, fmpq_mpoly] = {}
    for state, value in states.items():
        matrix, traces = _opened(wick, state)
        for (word, others), c in wick.expectation(matrix, traces).items():
            key = (
                None if word is None else alphabet.without_inverses(word, cyclic=False),
                tuple(sorted(wick.canonical(alphabet.without_inverses(each, cyclic=True)) for each in others)),
            )
            found[key] = found[key] + c * value if key in found else c * value
    return {key: value for key, value in found.items() if value}


def _opened(wick: WickReduction, traces: Traces) -> tuple[bytes | None, Traces]:
    """Return w and the other traces where one of them is tr(w E), or the adjoint of that."""
    for i, word in enumerate(traces):
        place = word.find(PLACE)
        if place < 0 and wick.adjoint(PLACE) in word:
            word = wick.adjoint(word)
            place = word.find(PLACE)
        if place >= 0:
            return word[place + 1 :] + word[:place], traces[:i] + traces[i + 1 :]
    return None, traces
