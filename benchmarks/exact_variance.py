"""The exact variance takes 5 ms at 64×128, 60 ms at 1024×1024, 1 s at 4096×4096, and 2 µs for every further σ.

Cold: the quadrature rule of the shape is built and one variance taken. Warm: the rule is there, 10,000 values of σ.
The peers are the same density in plain NumPy with all Laguerre functions in memory, where it does not underflow, and
the certified variance. Values are compared to 11 decimals.
"""

from collections.abc import Iterator
from functools import partial
from math import sqrt
from typing import Any

import numpy as np

from benchmarks.measure import Candidate, Case
from benchmarks.peers.densities import numpy_variance
from wishart_moments import certified_variance, output_variance
from wishart_moments.spectrum.wishart_spectrum import spectrum


def _rounded(value: Any) -> list[float]:
    return [round(float(number), 11) + 0.0 for number in np.atleast_1d(np.asarray(value, dtype=float))]


def _cold(m: int, n: int) -> float:
    spectrum.cache_clear()
    return float(output_variance(m, n, 1 / sqrt(n)))


def _certified(m: int, n: int) -> float:
    return float(certified_variance(m, n, 1 / sqrt(n), method="closed-form"))


def cases(quick: bool) -> Iterator[Case]:
    """Yield single variances, cold, and many, warm."""
    sizes = [(8, 12, 0.005)] if quick else [(64, 128, 0.005), (256, 320, None), (1024, 1024, 0.06), (4096, 4096, 1.0)]
    for m, n, target in sizes:
        ours = Candidate("output_variance", partial(_cold, m, n), _rounded)
        peers = [Candidate("certified_variance, closed form", partial(_certified, m, n), _rounded, once=n > 2000)]
        if n < 400:
            naive = partial(numpy_variance, m, n, 1 / sqrt(n))
            peers.insert(0, Candidate("NumPy, all functions in memory", naive, _rounded))
        yield Case(f"one variance at {m}×{n}, cold", (ours, *peers), target)

    m, n, count = (8, 12, 10) if quick else (64, 128, 10_000)
    sigmas = np.geomspace(1e-3, 1e3, count)
    rule = spectrum(m, n)

    def loop() -> Any:
        return [rule.expect(lambda x: x / (1 + x), sigma=sigma) / m for sigma in sigmas]

    warm = Candidate("output_variance", lambda: output_variance(m, n, sigmas), _rounded)
    yield Case(f"{count:,} values of σ at {m}×{n}, warm", (warm, Candidate("loop of expect", loop, _rounded)), 0.02)
