"""1,000 exact moments E tr S, …, E tr S^1000 at m, n = 64, 128 take less than 10 ms.

The peers are the same recurrence in Python's own integers and, for few moments, SymPy's evaluation of the polynomials
(which it is given for nothing).
"""

from collections.abc import Iterator
from typing import Any

import sympy

from benchmarks.measure import Candidate, Case
from benchmarks.peers.recurrences import five_term_recurrence
from wishart_moments import trace_moment
from wishart_moments.moments.recurrence import trace_moments_at


def _numbers(values: list[Any]) -> list[int]:
    return [int(value) for value in values]


def _ours(count: int, m: int, n: int) -> Candidate:
    return Candidate("trace_moments_at", lambda: trace_moments_at(count, m, n)[1:], _numbers)


def cases(quick: bool) -> Iterator[Case]:
    """Yield a thousand moments, and the ten that SymPy can be asked for."""
    count, m, n = 20 if quick else 1000, 64, 128
    python = Candidate("five terms in int", lambda: five_term_recurrence(count, m, n, lambda x, c: x // c), _numbers)
    yield Case(f"{count:,} moments at m, n = {m}, {n}", (_ours(count, m, n), python), 0.01)

    few = 4 if quick else 10
    symbols = sympy.symbols("m n")
    given = [sympy.Poly(trace_moment(k), *symbols) for k in range(1, few + 1)]
    expressions = [polynomial.as_expr() for polynomial in given]
    at = dict(zip(symbols, (m, n), strict=True))
    peers = (
        Candidate("sympy Poly.eval", lambda: [polynomial.eval((m, n)) for polynomial in given], _numbers),
        Candidate("sympy subs", lambda: [expression.subs(at) for expression in expressions], _numbers),
    )
    yield Case(f"{few} moments at m, n = {m}, {n}", (_ours(few, m, n), *peers))
