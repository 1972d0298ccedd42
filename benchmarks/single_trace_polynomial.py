"""E tr S^k as a polynomial in m and n: k = 20 in less than 2 ms, all k <= 100 in 0.3 s, k = 200 in 4 s.

`TraceMomentTable` holds packed integers and unpacks a polynomial when it is asked for; lines that say "packed" do not
include that. The lines of FLINT polynomials take one as the front door does, unpacked, and all of them with
`packed=False`, which is FLINT's arithmetic from the start: the same five-term recurrence that one would write by hand
in python-flint, or in SymPy, so that it is level with the former. It cannot be ahead by much, for the output is the
limit: to build the 171,700 terms of k <= 100 in FLINT from ready dictionaries, which has a line of its own beside the
whole recurrence in FLINT, takes longer than the latter, and the packed recurrence takes half as long.
"""

from collections.abc import Callable, Iterator
from typing import Any

import sympy
from flint import fmpz_mpoly_ctx

from benchmarks.coefficients import of_flint, of_sympy, of_terms
from benchmarks.measure import Candidate, Case
from benchmarks.peers.recurrences import five_term_recurrence
from wishart_moments.moments import loop_equations
from wishart_moments.moments.polynomials import polynomial
from wishart_moments.moments.recurrence import TraceMomentTable

Last = Callable[[], Any]


def _in_flint(k: int) -> list[Any]:
    m, n = fmpz_mpoly_ctx.get(("m", "n"), "deglex").gens()
    return five_term_recurrence(k, m, n, lambda f, c: f / c if c > 1 else f)


def _in_sympy_ring(k: int) -> list[Any]:
    _, m, n = sympy.ring("m n", sympy.ZZ)
    return five_term_recurrence(k, m, n, lambda f, c: f.quo_ground(c))


def _in_sympy(k: int) -> list[Any]:
    return five_term_recurrence(k, *sympy.symbols("m n"), lambda f, c: sympy.expand(f / c))


def _cases(k: int, first: int, target: float) -> Iterator[Case]:
    """Yield the lines for E tr S^first, …, E tr S^k."""
    subject = f"E tr S^{k}" if first == k else f"E tr S^1, …, E tr S^{k}"
    unpacked = TraceMomentTable(k, min_k=first)
    expected = [of_terms(unpacked.terms(j)) for j in range(first, k + 1)]

    def shown(moments: list[Any]) -> list[Any]:
        return [of_flint(moment) for moment in moments]

    def polynomials() -> list[Any]:
        table = TraceMomentTable(k, min_k=first, packed=first == k)
        return [table[j] for j in range(first, k + 1)]

    packed = Candidate(
        "packed", lambda: TraceMomentTable(k, min_k=first), lambda table: [of_terms(table.terms(j)) for j in table]
    )
    ours = Candidate("recurrence", polynomials, shown)
    flint = Candidate("five terms in fmpz_mpoly", lambda: _in_flint(k)[first - 1 :], shown)
    peers = [flint]
    if first == k <= 20:
        peers += [
            Candidate("loop_equations of this project", lambda: [loop_equations.expected_power_sum((k,))], shown),
            Candidate("five terms in sympy.ring", lambda: _in_sympy_ring(k)[-1:], lambda f: [of_terms(dict(f[0]))]),
            Candidate(
                "five terms in sympy, expand", lambda: _in_sympy(k)[-1:], lambda f: [of_sympy(f[0])], once=k == 20
            ),
        ]
    if k <= 100:  # beyond that, unpacking is a few hundredths of the whole
        yield Case(f"{subject}, packed", (packed,), target, expected=expected)
    yield Case(f"{subject}, FLINT polynomials", (ours, *peers), target, expected=expected)
    dicts = Candidate(
        "terms", lambda: [unpacked.terms(j) for j in unpacked], lambda terms: [of_terms(row) for row in terms]
    )
    yield Case(f"{subject}, unpacking alone, into dicts", (dicts,), expected=expected)
    if first < k:
        ready = [unpacked.terms(j) for j in range(first, k + 1)]
        built = Candidate("from_dict", lambda: [polynomial(terms) for terms in ready], shown)
        yield Case(f"{subject}, FLINT polynomials from ready dicts alone", (built, flint), expected=expected)


def cases(quick: bool) -> Iterator[Case]:
    """Yield the lines for k = 20, all k <= 100, and k = 200."""
    sizes = ((5, 5, 2e-3), (6, 1, 0.3)) if quick else ((20, 20, 2e-3), (100, 1, 0.3), (200, 200, 4.0))
    for k, first, target in sizes:
        yield from _cases(k, first, target)
