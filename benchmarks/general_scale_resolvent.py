"""E tr S(αI + S)^{-1} at a general Σ, exact: m = 10, n = 20 in less than 10 ms, m = 100, n = 200 in less than 0.3 s.

Σ has a condition number of 10^6. The peer is Monte Carlo with dense draws, as many as bring the standard error to 1e-3
of the value; 1e-6 would take a million times as many. The counts are of failures: of the check F = 1 (to 1e-11) among
random Σ, n, α, β, of values outside the ends that exact moments prove, and of means of draws more than 4.5 standard
errors away.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Candidate, Case
from wishart_moments import DisagreementError, ridge_bounds, ridge_degrees_of_freedom
from wishart_moments.spectrum.general_scale import filtered

Array = NDArray[Any]


def _draws(values: Array, n: int, alpha: float, count: int, seed: int, beta: int = 1) -> tuple[float, float]:
    """Return the mean of tr S(αI + S)^{-1} over draws and its standard error."""
    generator, traces = np.random.default_rng(seed), np.empty(count)
    for i in range(count):
        w = generator.standard_normal((len(values), n))
        if beta == 2:
            w = (w + 1j * generator.standard_normal(w.shape)) / 2**0.5
        x = np.sqrt(values)[:, None] * w
        inverse = np.linalg.inv(alpha * np.eye(len(values)) + x @ x.conj().T)
        traces[i] = len(values) - alpha * float(np.trace(inverse).real)
    return float(traces.mean()), float(traces.std() / count**0.5)


def _failures(count: int) -> int:
    """Return how many of so many random laws fail F = 1."""
    generator, failed = np.random.default_rng(16), 0
    for _ in range(count):
        m, n = (int(np.exp(generator.uniform(0, np.log(most)))) for most in (60, 90))
        spread = generator.choice([0.0, 1.0, 6.0])
        values = 10 ** (generator.uniform(-8, 8) + spread * generator.uniform(-1, 1, m))
        try:
            filtered(values, n, int(generator.integers(1, 3)))
        except DisagreementError:
            failed += 1
    return failed


def _outside(count: int) -> int:
    """Return how many of so many values lie outside the bounds of exact moments."""
    generator, outside = np.random.default_rng(17), 0
    for _ in range(count):
        m, n = (int(generator.integers(1, most)) for most in (6, 9))
        scale = np.diag(generator.integers(0, 9, m))
        alpha = float(10 ** generator.uniform(-1, 2))
        lower, upper = ridge_bounds(alpha, n, scale, order=6)
        value = ridge_degrees_of_freedom(alpha, n, scale).first
        outside += not float(lower) * (1 - 1e-12) <= value <= float(upper) * (1 + 1e-12)
    return outside


def _apart(count: int) -> int:
    """Return how many of so many means over 400 draws are more than 4.5 standard errors away."""
    generator, apart = np.random.default_rng(18), 0
    for seed in range(count):
        m, n, beta = (int(generator.integers(1, most)) for most in (8, 10, 3))
        values, alpha = 10 ** generator.uniform(-1, 1, m), float(10 ** generator.uniform(-1, 1))
        mean, error = _draws(values, n, alpha, 400, seed, beta)
        apart += not abs(mean - ridge_degrees_of_freedom(alpha, n, np.diag(values), beta=beta).first) < 4.5 * error
    return apart


def cases(quick: bool) -> Iterator[Case]:
    """Yield two sizes beside Monte Carlo, and the counts of failures."""
    for m, n, count, target in ((4, 6, 40, None),) if quick else ((10, 20, 4000, 0.01), (100, 200, 300, 0.3)):
        values = np.geomspace(1e-3, 1e3, m)
        scale = np.diag(values)
        exact = ridge_degrees_of_freedom(1, n, scale).first
        mean, error = _draws(values, n, 1.0, 40 if quick else 400, 0)
        need = min(max(int((error / mean * 1e3) ** 2 * (40 if quick else 400)) + 1, 20), count)

        def agrees(found: Any, exact: float = exact) -> bool:
            return abs(found[0] - exact) < 4.5 * found[1] + 1e-12 * exact

        ours = Candidate(
            "ridge_degrees_of_freedom",
            lambda n=n, scale=scale: (ridge_degrees_of_freedom(1, n, scale).first, 0.0),
            agrees,
            note="13 digits",
        )
        peer = Candidate(
            "Monte Carlo",
            lambda values=values, n=n, need=need: _draws(values, n, 1.0, need, 1),
            agrees,
            note=f"{need} draws, 3 digits; 6 digits take a million times as many",
        )
        yield Case(f"m, n = {m}, {n}, condition number 1e6", (ours, peer), target, expected=True)
    for subject, compute, full, few in (
        ("failures of F = 1", _failures, 10_000, 50),
        ("outside the proved ends", _outside, 10_000, 10),
        ("means of draws beyond 4.5 standard errors", _apart, 200, 5),
    ):
        count = few if quick else full
        counted = Candidate("filtered", lambda compute=compute, count=count: _counted(compute(count)), metered=True)
        yield Case(f"{subject}, of {count:,}", (counted,), 0, "count", repeats=1)


def _counted(number: int) -> tuple[int, float]:
    return number, float(number)
