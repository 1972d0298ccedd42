"""E[S^-1 A S^-1 B S^-1 C S^-1], 105 words with their rational functions of n - m, takes less than 0.2 s.

One S^-1 after the other is lowered by integration by parts; the equations among words with equally many are resolved by
a polynomial in a Jucys-Murphy operator, not by solving a system. The peer solves the linear systems for one trace at
numbers, in FLINT. PyRTNI2 has Gaussian matrices and no inverses.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from flint import fmpq, fmpq_mat

from benchmarks.measure import Candidate, Case
from wishart_moments import expected_word, trace_covariance, trace_product_moment

UNAVAILABLE = {"PyRTNI2": "it is on no package index, and has no inverses"}
SIGMA = [[2, 1], [1, 3]]
IDENTITY = [[1, 0], [0, 1]]


def _traced(letters: str) -> Any:
    """Return the value at A = B = … = I, which is a power's."""

    def value(word: Any) -> Fraction:
        rows = word.at(n=19, Sigma=SIGMA, **dict.fromkeys(letters, IDENTITY))
        return rows[0][0] + rows[1][1]

    return value


def by_system(n: int) -> Fraction:
    """Return E tr V^3 at Σ from the linear system of p_λ(V) V^r, |λ| + r = 3, c x = A x + b, at one n."""
    c = n - 2 - 1
    k = fmpq_mat(2, 2, [fmpq(3, 5), fmpq(-1, 5), fmpq(-1, 5), fmpq(2, 5)])
    one = fmpq_mat(2, 2, [1, 0, 0, 1])

    def trace(x: fmpq_mat) -> fmpq:
        return x[0, 0] + x[1, 1]

    def scaled(x: fmpq_mat, factor: fmpq) -> fmpq_mat:
        return x * fmpq_mat(2, 2, [factor, 0, 0, factor])

    first = scaled(k, fmpq(1, c))
    # Degree 2: V², tr(V) V.
    system = fmpq_mat(2, 2, [c - 1, -1, -2, c])
    below = [k * first, scaled(k, trace(first))]
    inverse = system.inv()
    square, traced = (scaled(below[0], inverse[i, 0]) + scaled(below[1], inverse[i, 1]) for i in (0, 1))
    # Degree 3: V³, tr(V) V², tr(V²) V, tr(V)² V.
    system = fmpq_mat(4, 4, [c - 2, -1, -1, 0, -2, c - 1, 0, -1, -4, 0, c, 0, 0, -4, 0, c])
    inverse = system.inv()
    below = [k * square, k * traced, scaled(k, trace(square)), scaled(k, trace(traced))]
    cube = sum((scaled(each, inverse[0, i]) for i, each in enumerate(below)), scaled(one, fmpq(0)))
    value = trace(cube)
    return Fraction(int(value.p), int(value.q))


def cases(quick: bool) -> Iterator[Case]:
    """Yield words of three, four and five inverses, and a covariance."""
    words = [("A B", "S^-1 A S^-1 B S^-1"), ("A B C", "S^-1 A S^-1 B S^-1 C S^-1")]
    if not quick:
        words.append(("A B C D", "S^-1 A S^-1 B S^-1 C S^-1 D S^-1"))
    for letters, text in words:
        order = text.count("S^-1")
        yield Case(
            f"E[{text}]",
            (Candidate("expected_word", lambda text=text: expected_word(text), _traced(letters.replace(" ", ""))),),
            {3: None, 4: 0.2, 5: 3.0}[order],
            expected=trace_product_moment([-order], n=19, scale=SIGMA),
            unavailable=UNAVAILABLE,
        )
    yield Case(
        "E tr S^-3 at numbers",
        (
            Candidate("expected_word", lambda: expected_word("tr(S^-3)").at(n=19, Sigma=SIGMA)),
            Candidate("linear systems, FLINT", lambda: by_system(19)),
        ),
    )
    yield Case(
        "Cov(tr S^-1, tr S^-1), m = 2, n = 8",
        (Candidate("trace_covariance", lambda: trace_covariance(-1, -1, 2, 8)),),
        expected=Fraction(14, 225),
    )
