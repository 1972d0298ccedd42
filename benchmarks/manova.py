"""E tr B^200, B = S1 (S1 + S2)^-1, at m, n1, n2 of three digits, exactly, takes less than 100 ms, a thousand 1 s.

The recurrence, five terms for the differences of the moments, is this project's; the peers are its own sum over Jack
polynomials by Kadell's integral, which for real matrices has k²/4 terms, and for small k its loop equations. MOPS,
which has these means by Jack polynomials, runs in Maple only.
"""

from collections.abc import Iterator

from benchmarks.measure import Candidate, Case
from wishart_moments import f_trace_moment, gaussian_trace_moment, manova_trace_moment

MISSING = {"MOPS": "it runs in Maple"}


def cases(quick: bool) -> Iterator[Case]:
    """Yield single traces of B and F at numbers, and of the Gaussian ensemble."""
    k, most = (20, 30) if quick else (200, 1000)
    sizes = (400, 500, 600)
    yield Case(
        f"E tr B^{k} at m, n1, n2 = {sizes}",
        (
            Candidate("recurrence", lambda: manova_trace_moment(k, *sizes, method="recurrence")),
            Candidate("Jack polynomials", lambda: manova_trace_moment(k, *sizes, method="jack-kadell")),
        ),
        0.1,
        unavailable=MISSING,
    )
    yield Case(f"E tr B^{most}", (Candidate("recurrence", lambda: manova_trace_moment(most, *sizes)),), 1.0)
    yield Case(
        "E tr F^12",
        (
            Candidate("recurrence", lambda: f_trace_moment(12, *sizes, method="recurrence")),
            Candidate("Jack polynomials", lambda: f_trace_moment(12, *sizes, method="jack-kadell")),
            Candidate("loop equations", lambda: f_trace_moment(12, *sizes, method="loop-equations")),
        ),
    )
    yield Case(
        "E tr H^60 of the GOE, m = 1000",
        (
            Candidate("recurrence", lambda: gaussian_trace_moment(60, 1000, method="recurrence")),
            Candidate("loop equations", lambda: gaussian_trace_moment(60, 1000, method="loop-equations")),
        ),
    )
