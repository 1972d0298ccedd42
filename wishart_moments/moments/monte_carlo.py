"""E p_λ(S) by sampling W: a smoke check of the normalisations that all exact routes share."""

from collections.abc import Iterator
from fractions import Fraction
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wishart_moments.combinatorics.partitions import Partition, partition
from wishart_moments.errors import DomainError, MethodError

BATCH = 20_000


class Estimate(NamedTuple):
    """A sample mean with its standard error."""

    mean: float
    standard_error: float

    def z(self, exact: int | Fraction) -> float:
        """Return the distance of the mean from the exact value in standard errors."""
        return (self.mean - float(exact)) / self.standard_error


def _draws(m: int, n: int, beta: int | Fraction, count: int, rng: np.random.Generator) -> NDArray[Any]:
    """Return `count` matrices W with entries of variance 1; quaternions as 2×2 complex blocks."""
    components = [rng.standard_normal((count, m, n)) for _ in range(int(beta))]
    if beta == 1:
        return components[0]
    if beta == 2:
        return (components[0] + 1j * components[1]) / sqrt(2)
    u = (components[0] + 1j * components[1]) / 2
    v = (components[2] + 1j * components[3]) / 2
    return np.concatenate([np.concatenate([u, v], axis=2), np.concatenate([-v.conj(), u.conj()], axis=2)], axis=1)


def _samples(
    parts: Partition, m: int, n: int, beta: int | Fraction, draws: int, rng: np.random.Generator
) -> Iterator[NDArray[np.float64]]:
    for start in range(0, draws, BATCH):
        w = _draws(m, n, beta, min(BATCH, draws - start), rng)
        power = gram = w @ w.conj().swapaxes(1, 2)
        product = np.ones(w.shape[0])
        for k in range(1, max(parts, default=0) + 1):
            trace = np.trace(power, axis1=1, axis2=2).real / (2 if beta == 4 else 1)
            product *= trace ** parts.count(k)
            power = power @ gram
        yield product


def estimate_power_sum(
    parts: Partition, m: int, n: int, *, beta: int | Fraction = 1, draws: int = 200_000, seed: int = 0
) -> Estimate:
    """Estimate E p_λ(S) from independent draws of W.

    Args:
        parts: λ; the sample mean of a high power is dominated by rare draws, so keep |λ| small (4 or so).
        m, n: the shape of W, at least 1.
        beta: 1, 2 or 4.
        draws: the number of matrices, at least 2.
        seed: of NumPy's default generator.

    Returns:
        The mean and its standard error. By the central limit theorem |z| > 5 has probability 6e-7 for a correct value.

    Example:
        >>> abs(estimate_power_sum((2,), 4, 7, draws=20_000).z(336)) < 5
        True
    """
    if beta not in (1, 2, 4):
        raise MethodError(f"matrices are drawn for beta = 1, 2 and 4, got {beta}; use method 'loop-equations'")
    if draws < 2:
        raise DomainError(f"need at least 2 draws, got {draws}")
    rng = np.random.default_rng(seed)
    sample = np.concatenate(list(_samples(partition(parts), m, n, beta, draws, rng)))
    return Estimate(float(sample.mean()), float(sample.std(ddof=1)) / sqrt(draws))
