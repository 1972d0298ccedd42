"""The generated trace_moment_10 is faster and more accurate than what SymPy makes of the expanded polynomial.

Exact on integers, vectorised on arrays, and in C by ctypes where there is a gcc. The error is the greatest over 2,000
points 1 <= m, n <= 10,000, in units in the last place of the exact value. E[S^-1 A S^-1] at a given Sigma, which is
validated, is within twice the time of the closed form written by hand in NumPy, which validates nothing.
"""

import shutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from math import ulp
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import sympy

from benchmarks.measure import Candidate, Case
from benchmarks.peers.compiled_c import compile_moment
from wishart_generated.trace_moments_real import trace_moment_10
from wishart_generated.words_real import expected_word
from wishart_moments import trace_moment
from wishart_moments.moments.recurrence import trace_moments_at

Function = Callable[[Any, Any], Any]


def _greatest_error(function: Function, points: list[tuple[int, int]]) -> tuple[None, float]:
    exact = [int(trace_moments_at(10, m, n)[10]) for m, n in points]
    values = [float(function(float(m), float(n))) for m, n in points]
    return None, max(
        float(abs(sympy.Rational(value) - moment) / sympy.Rational(ulp(float(moment))))
        for value, moment in zip(values, exact, strict=True)
    )


def _by_hand(n: float, sigma: Any, a: Any) -> Any:
    """Return E[S^-1 A S^-1] = ((c − 1) K A K + K A^T K + tr(A K) K)/(c (c + 1) (c − 2)), K = Sigma^-1."""
    k, c = np.linalg.inv(sigma), n - len(sigma) - 1
    ka = k @ a
    kak = ka @ k
    return ((c - 1) * kak + kak.T + np.trace(ka) * k) / (c * (c + 1) * (c - 2))


def _sandwich(m: int) -> Case:
    rng = np.random.default_rng(16)
    w, a = rng.normal(size=(m, 3 * m)), rng.normal(size=(m, m))
    sigma, n = w @ w.T, 4.0 * m + 5
    exact = _by_hand(n, sigma, a)

    def agrees(value: Any) -> bool:
        return bool(np.abs(value - exact).max() < 1e-12 * np.abs(exact).max())

    candidates = (
        Candidate("wishart_generated", lambda: expected_word("S^-1 A S^-1", n, sigma, a), agrees),
        Candidate("NumPy by hand, nothing validated", partial(_by_hand, n, sigma, a), agrees),
    )
    return Case(f"E[S^-1 A S^-1] at Sigma {m} x {m}, float64", candidates, expected=True)


def cases(quick: bool) -> Iterator[Case]:
    """Yield integers, arrays, and the accuracy of both."""
    random = Random(10)
    points = [(random.randint(1, 10**4), random.randint(1, 10**4)) for _ in range(20 if quick else 2000)]
    m, n = symbols = sympy.symbols("m n")
    expanded = sympy.expand(trace_moment(10))
    lambdified = sympy.lambdify(symbols, expanded)
    shared = sympy.lambdify(symbols, expanded, cse=True)

    few = points[: 5 if quick else 20]
    on_integers = (
        Candidate("wishart_generated", lambda: [trace_moment_10(*point) for point in few]),
        Candidate("lambdify, expanded", lambda: [lambdified(*point) for point in few]),
        Candidate("subs", lambda: [int(expanded.subs({m: i, n: j})) for i, j in few]),
    )
    yield Case(f"{len(few)} exact values at integers", on_integers)

    size = 100 if quick else 100_000
    rows, columns = np.random.default_rng(10).uniform(1, 1e4, (2, size))
    exact = [float(lambdified(Fraction(i), Fraction(j))) for i, j in zip(rows[:50], columns[:50], strict=True)]

    def agrees(values: Any) -> bool:
        return bool(np.all(np.abs(values[:50] / exact - 1) < 1e-13))

    functions: dict[str, Function] = {
        "wishart_generated": trace_moment_10,
        "lambdify, expanded": lambdified,
        "lambdify, expanded, cse": shared,
    }
    with TemporaryDirectory() as folder:
        missing = {} if shutil.which("gcc") else {"our generated C by ctypes": "there is no gcc"}
        if not missing:
            functions["our generated C by ctypes"] = compile_moment(folder)
        arrays = [Candidate(name, partial(f, rows, columns), agrees) for name, f in functions.items()]
        yield Case(f"float64 arrays of {size:,}", tuple(arrays), expected=True, unavailable=missing)

        def on_scalars(f: Function) -> Function:
            return lambda i, j: np.asarray(f(np.array([i]), np.array([j])))[0]

        errors = [
            Candidate(name, partial(_greatest_error, on_scalars(f), points), metered=True)
            for name, f in functions.items()
        ]
        yield Case(f"greatest error at {len(points):,} points, float64", tuple(errors), unit="ulp", repeats=1)
    yield _sandwich(10 if quick else 100)
