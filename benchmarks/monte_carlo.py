"""The bidiagonal sampler draws at least 100 times faster than a dense eigenvalue loop at m = n = 256.

A draw is one value of tr S(rI + S)^{-1}, r = n; figures are per draw, and means must lie within five standard errors
of the exact one. The target is a hundredth of what the dense loop takes just before. The second part is the time to an
absolute error of 1e-6 in the output variance: the exact rule, cold, takes it once; for Monte Carlo it is extrapolated,
(standard error / 1e-6)² times the seconds of the draws that were made.
"""

from collections.abc import Callable, Iterator
from functools import partial
from math import sqrt
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.measure import Candidate, Case
from wishart_moments.spectrum.wishart_spectrum import WishartSpectrum
from wishart_moments.variance.simulate import Simulation, simulate_variance

ACCURACY = 1e-6
BOUND = 5.0


def _dense_loop(m: int, n: int, draws: int) -> Simulation:
    """Draw W, take the eigenvalues of WWᵀ, sum λ/(r + λ), r = n; as anyone would write it."""
    rng = np.random.default_rng(0)
    values = np.empty(draws)
    for i in range(draws):
        w = rng.standard_normal((m, n))
        eigenvalues = np.linalg.eigvalsh(w @ w.T)
        values[i] = np.mean(eigenvalues / (n + eigenvalues))
    deviation = float(values.std(ddof=1))
    return Simulation(float(values.mean()), deviation / sqrt(draws), deviation, draws)


def _timed(simulate: Callable[[], Simulation]) -> tuple[Simulation, float]:
    start = perf_counter()
    found = simulate()
    return found, perf_counter() - start


def _per_draw(simulate: Callable[[], Simulation]) -> tuple[Simulation, float]:
    found, seconds = _timed(simulate)
    return found, seconds / found.draws


def _to_accuracy(simulate: Callable[[], Simulation]) -> tuple[Simulation, float]:
    found, seconds = _timed(simulate)
    return found, seconds * (found.standard_error / ACCURACY) ** 2


def _simulation(m: int, n: int, draws: int, controlled: bool) -> Callable[[], Simulation]:
    return partial(simulate_variance, m, n, n**-0.5, draws=draws, control_variates=controlled)


def cases(quick: bool) -> Iterator[Case]:
    """Yield the draws at one size, then the way to six digits."""
    simulate_variance(2, 2, 1.0, draws=100)  # compiled here

    size, draws, few = (16, 1000, 100) if quick else (256, 20_000, 100)
    exact = _exact(size, size)

    def agrees(found: Any) -> bool:
        return bool(abs(found.z(exact)) < BOUND)

    ours = _simulation(size, size, draws, False)
    dense = partial(_dense_loop, size, size, few)
    dense()  # LAPACK's threads are up
    target = _per_draw(dense)[1] / 100
    candidates = (
        Candidate("simulate_variance", partial(_per_draw, ours), agrees, metered=True, note=f"{draws:,} draws"),
        Candidate("loop of eigvalsh(W @ W.T)", partial(_per_draw, dense), agrees, metered=True, note=f"{few} draws"),
    )
    yield Case(f"a draw at m = n = {size}", candidates, None if quick else target, expected=True)

    m, n, draws, few = (4, 8, 1000, 100) if quick else (64, 128, 20_000, 200)
    reference = _exact(m, n)

    def near(found: Any) -> bool:
        if isinstance(found, Simulation):
            return bool(abs(found.z(reference)) < BOUND)
        return abs(found - reference) < ACCURACY

    runs: dict[str, tuple[Callable[[], Simulation], int]] = {
        "simulate_variance": (_simulation(m, n, draws, True), draws),
        "without control variates": (_simulation(m, n, draws, False), draws),
        "loop of eigvalsh(W @ W.T)": (partial(_dense_loop, m, n, few), few),
    }
    peers = [
        Candidate(
            name, partial(_to_accuracy, run), near, metered=True, note=f"extrapolated from the error of {count:,} draws"
        )
        for name, (run, count) in runs.items()
    ]
    rule = Candidate("exact density, cold", partial(_exact, m, n), near, note="absolute error about 1e-15")
    yield Case(f"error 1e-6 at m, n = {m}, {n}", (rule, *peers), expected=True)


def _exact(m: int, n: int) -> float:
    return float(WishartSpectrum(m, n).filtered(np.array([float(n)]))[0]) / m
