"""Jack polynomials branch, one variable at a time: the horizontal strips of all partitions of k and their weights.

With θ = 1/a = β/2 and P_κ monic, the branching rule sums over the horizontal strips κ/μ,

    P_κ(x_1, …, x_m) = Σ_μ ψ_{κ/μ} P_μ(x_1, …, x_{m−1}) x_m^{|κ/μ|},   κ_1 >= μ_1 >= κ_2 >= μ_2 >= …,

where every ψ is positive: with F_d(r) = Π_{t<r} (t + θ(d+1)) / (t + θd + 1),

    ψ_{κ/μ} = Π_{i<=j} F_{j−i}(κ_i − μ_j) F_{j−i}(μ_i − κ_{j+1}) / (F_{j−i}(κ_i − κ_{j+1}) F_{j−i}(μ_i − μ_j)).

With γ_κ = 1 / Π_boxes (arm + θ leg + 1), C_κ/k! = γ_κ P_κ; the weights are those of B_κ = Π κ_i! γ_κ P_κ, which stays
in the range of floats.

References: Macdonald, Symmetric Functions and Hall Polynomials (1995), VI (6.24), (7.9'), (10.10); Stanley, Adv.
Math. 77 (1989) 76, propositions 4.2 and 5.1.
"""

from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wishart_moments.errors import LimitError

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

MAX_PARTITIONS = 2_000_000
"""The largest number of partitions of one degree."""

MAX_FACTORS = 20_000_000
"""The largest number of horizontal strips κ/μ with κ of one degree, times the pairs of rows: half a second."""

MAX_STRIPS = 60_000_000
"""The largest number of horizontal strips of all degrees, about: some ten seconds."""


class Level(NamedTuple):
    """The partitions of k with at most `rows` parts and their horizontal strips.

    Attributes:
        partitions: one partition a row, padded with zeros, in reverse lexicographic order.
        starts: where the strips of each κ start.
        removed: |κ/μ| of each strip.
        inner: the place of μ among all partitions of size 0, 1, 2, …
        weights: so that B_κ = Σ_μ weight B_μ x^{|κ/μ|}.
    """

    partitions: Integers
    starts: Integers
    removed: NDArray[np.int16]
    inner: NDArray[np.int32]
    weights: Array


@lru_cache(maxsize=256)
def partition_rows(k: int, rows: int) -> Integers:
    """Return the partitions of k with at most `rows` parts, one a row, in reverse lexicographic order.

    Raises:
        LimitError: if there are more than 2,000,000.

    Example:
        >>> partition_rows(4, 2).tolist()
        [[4, 0], [3, 1], [2, 2]]
    """
    if _counts(k, rows)[rows, k, k] > MAX_PARTITIONS:
        raise LimitError(f"need at most {MAX_PARTITIONS:,} partitions of a degree, got more at {k}, m = {rows}")
    if rows == 0:
        return np.zeros((int(k == 0), 0), np.int64)
    # Row by row: what is left, and at most the part above; the rows below must be able to take the rest.
    parts = np.zeros((1, 0), np.int64)
    left, above = np.array([k]), np.array([k])
    for below in range(rows - 1, -1, -1):
        most, least = np.minimum(left, above), -(-left // (below + 1))
        counts = most - least + 1
        source = np.repeat(np.arange(len(left)), counts)
        chosen = most[source] - (np.arange(len(source)) - np.repeat(np.cumsum(counts) - counts, counts))
        parts = np.column_stack([parts[source], chosen])
        left, above = left[source] - chosen, chosen
    parts.setflags(write=False)
    return parts


@lru_cache(maxsize=32)
def _counts(k: int, rows: int) -> Integers:
    """Return N[r, s, l], the number of partitions of s <= k with at most r parts, all at most l."""
    counts = np.zeros((rows + 1, k + 1, k + 1), np.int64)
    counts[:, 0, :] = 1
    for r in range(1, rows + 1):
        for largest in range(1, k + 1):
            counts[r, :, largest] = counts[r, :, largest - 1]
            counts[r, largest:, largest] += counts[r - 1, : k + 1 - largest, largest]
    return counts


def level_starts(k: int, rows: int) -> list[int]:
    """Return where the partitions of 0, 1, …, k, k + 1 start among all partitions with at most `rows` parts.

    Example:
        >>> level_starts(4, 2)
        [0, 1, 2, 4, 6, 9]
    """
    sizes = [int(size) for size in np.diagonal(_counts(k, rows)[rows])]
    return [sum(sizes[:j]) for j in range(k + 2)]


@lru_cache(maxsize=256)
def strip_count(k: int, rows: int) -> int:
    """Return the number of horizontal strips of the partitions of k with at most `rows` parts.

    A partition is Σ d_i (1^i) and has Π (d_i + 1) strips: the number is [q^k] Π_{i<=rows} (1 − q^i)^{−2}.

    Example:
        >>> strip_count(2, 2)  # (2)/(2), (2)/(1), (2)/(); (1,1)/(1,1), (1,1)/(1)
        5
    """
    series = [1, *[0] * k]
    for i in [*range(1, rows + 1)] * 2:
        for j in range(i, k + 1):
            series[j] += series[j - i]
    return series[k]


def refuse_many_strips(k: int, rows: int) -> None:
    """Raise the LimitError of `level`, without its work."""
    # Of degree k there are about k^{2 rows − 1}, 2 rows/k of them all.
    most = min(MAX_FACTORS // (rows * (rows + 1) // 2), 2 * rows * MAX_STRIPS // k) if k else 1
    if strip_count(k, rows) > most:
        raise LimitError(
            f"need at most {most:,} horizontal strips for {rows} rows, got {strip_count(k, rows):,} at degree {k}"
        )


@lru_cache(maxsize=128)
def level(k: int, rows: int, beta: Fraction) -> Level:
    """Return the partitions of k with at most `rows` parts and the weights of their horizontal strips.

    Raises:
        LimitError: if the strips, times the pairs of rows, are more than 20,000,000.

    Cost:
        Some 50 ns a strip for each pair of rows; the last 128 levels are kept, 14 bytes a strip.
    """
    refuse_many_strips(k, rows)
    kappa = partition_rows(k, rows)
    lower = np.column_stack([kappa[:, 1:], np.zeros(len(kappa), np.int64)])
    strips = np.prod(kappa - lower + 1, axis=1)
    source = np.repeat(np.arange(len(kappa)), strips)
    # The digits of the strip's number, in the mixed radix κ_i − κ_{i+1} + 1, say how much each row loses.
    number = np.arange(len(source)) - np.repeat(np.cumsum(strips) - strips, strips)
    mu = np.empty((rows, len(source)), np.int64)
    for i in range(rows):
        number, lost = np.divmod(number, (kappa[:, i] - lower[:, i] + 1)[source])
        mu[i] = kappa[source, i] - lost
    sizes = mu.sum(axis=0)
    inner = places(mu, k)
    weights = _weights(kappa, source, mu, inner, beta)
    return Level(kappa, np.cumsum(strips) - strips, (k - sizes).astype(np.int16), inner.astype(np.int32), weights)


def places(mu: Integers, k: int) -> Integers:
    """Return the place of each partition, a column, among all of size 0, 1, …, k.

    Example:
        >>> places(np.array([[0, 2, 1], [0, 0, 1]]), 2).tolist()
        [0, 2, 3]
    """
    rows = len(mu)
    counts = _counts(k, rows)
    left: Integers = mu.sum(axis=0)
    starts, above = np.array(level_starts(k, rows))[left], left
    ranks: list[Integers] = []
    for i in range(rows):
        part: Integers = mu[i]
        ranks.append(counts[rows - i, left, above] - counts[rows - i, left, part])
        left, above = left - part, part
    return starts + np.sum(ranks, axis=0)


def _rising(k: int, count: int, beta: Fraction) -> tuple[Array, Array]:
    """Return R_d(r)/r! and Q_d(r)/r! for d < count, r <= k: R_d(r) = Π_{t<r} (t+θd+1), Q_d(r) = Π_{t<r} (t+θ(d+1))."""
    return _rising_to(64 * (k // 64 + 1), count, beta)


@lru_cache(maxsize=64)
def _rising_to(k: int, count: int, beta: Fraction) -> tuple[Array, Array]:
    theta = beta / 2
    lower, upper = np.empty((count, k + 1)), np.empty((count, k + 1))
    for d in range(count):
        first, second = Fraction(1), Fraction(1)
        for t in range(k + 1):
            try:
                lower[d, t], upper[d, t] = first, second
            except OverflowError:
                raise LimitError("need a smaller beta: the series' coefficients exceed the range of floats") from None
            first *= (t + theta * d + 1) / (t + 1)
            second *= (t + theta * (d + 1)) / (t + 1)
    return lower, upper


@lru_cache(maxsize=1024)
def _ends(k: int, rows: int, beta: Fraction) -> tuple[Array, Array]:
    """Return the factors of a weight that belong to κ alone and to μ alone."""
    kappa = np.column_stack([partition_rows(k, rows), np.zeros(len(partition_rows(k, rows)), np.int64)])
    lower, upper = _rising(k, rows, beta)
    outer, inner = np.ones(len(kappa)), np.ones(len(kappa))
    for i in range(rows):
        for j in range(i, rows):
            apart, reach = kappa[:, i] - kappa[:, j], kappa[:, i] - kappa[:, j + 1]
            outer *= lower[j - i].take(apart) / upper[j - i].take(reach)
            inner *= lower[j - i].take(reach) / upper[j - i].take(apart)
    return outer, inner


def _weights(kappa: Integers, source: Integers, mu: Integers, inner: Integers, beta: Fraction) -> Array:
    """Return ψ_{κ/μ} γ_κ/γ_μ; with r! in every R_d(r) and Q_d(r), the tables leave γ_κ Π κ_i!."""
    k, rows = int(kappa[0].sum()), kappa.shape[1]
    lower, upper = _rising(k, rows, beta)
    ratios = upper / lower
    outside = np.ascontiguousarray(kappa[source].T)
    weights = _ends(k, rows, beta)[0].take(source)
    for i in range(rows):
        for j in range(i, rows):
            weights *= ratios[j - i].take(outside[i] - mu[j])
            weights *= ratios[j - i].take(mu[i] - outside[j + 1] if j + 1 < rows else mu[i])
    weights *= np.concatenate([_ends(size, rows, beta)[1] for size in range(k + 1)]).take(inner)
    return weights


def values_at_identity(k: int, rows: int, m: int, beta: Fraction) -> Array:
    """Return B_κ at I_m, Π κ_i! Π (θm + θ(1−i) + j−1) / Π (arm + θ leg + θ)(arm + θ leg + 1), rows <= m.

    Example:
        >>> values_at_identity(2, 2, 3, Fraction(1)).tolist()  # C_(2) = 5, 2 C_(1,1) = 8, over 1 and over 2
        [5.0, 2.0]
    """
    kappa = np.column_stack([partition_rows(k, rows), np.zeros(len(partition_rows(k, rows)), np.int64)])
    lower, upper = _rising(k, m, beta)
    values = np.ones(len(kappa))
    for i in range(rows):
        for j in range(i, rows):
            apart, reach = kappa[:, i] - kappa[:, j], kappa[:, i] - kappa[:, j + 1]
            values *= (lower[j - i].take(apart) / lower[j - i].take(reach)) * (
                upper[j - i].take(apart) / upper[j - i].take(reach)
            )
        values *= upper[m - i - 1].take(kappa[:, i])
    return values
