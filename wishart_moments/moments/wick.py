"""E p_λ(S) by Wick's (Isserlis') theorem: the definition, as a literal sum over all perfect matchings.

E Π_i tr (W Wᵀ)^{λ_i} is a sum over the (2k − 1)!! perfect matchings π of the 2k factors of the trace word. With R the
matching of factors that share a row index, C of those that share a column index,

    E p_λ(S) = Σ_π m^{#(R ∪ π)} n^{#(C ∪ π)},        # = number of connected components,

and for S = Σ^{1/2} W Wᵀ Σ^{1/2} the power of m becomes p_μ(Σ), μ = half the sizes of the components of R ∪ π.
Complex W (β = 2): only the matchings of factors W with factors W^† contribute. Quaternion W (β = 4): all do, with
weight (−1)^{k+ℓ(λ)} 2^{−k−ℓ(λ)} (−2m)^{#(R ∪ π)} (−2n)^{#(C ∪ π)}.

This module is the readable form; `wick_count` is the compiled one.

References: Isserlis, Biometrika 12 (1918) 134; Hanlon, Stanley, Stembridge, Contemp. Math. 138 (1992) 151;
Redelmeier, arXiv 0910.5541 (surfaces); Bryc, Pierce, Electron. J. Probab. 14 (2009) 452 (quaternions).
"""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from flint import fmpq, fmpq_poly

from wishart_moments.combinatorics.matchings import (
    Matching,
    TraceWord,
    count_perfect_matchings,
    perfect_matchings,
)
from wishart_moments.combinatorics.partitions import Partition, partition
from wishart_moments.domain import shown
from wishart_moments.errors import LimitError, MethodError
from wishart_moments.moments.polynomials import Polynomial, polynomial

MAX_MATCHINGS = 135_135
"""The most matchings that the readable sum visits: those of 14 factors (k = 7), about two seconds."""


def loops(fixed: Matching, contraction: Matching) -> list[int]:
    """Return half the sizes of the components of the union of two perfect matchings, in decreasing order.

    Example:
        >>> loops(((0, 1), (2, 3)), ((0, 1), (2, 3))), loops(((0, 1), (2, 3)), ((0, 2), (1, 3)))
        ([1, 1], [2])
    """
    across = dict(fixed) | {b: a for a, b in fixed}
    partner = dict(contraction) | {b: a for a, b in contraction}
    sizes: list[int] = []
    unseen = set(across)
    while unseen:
        start = point = unseen.pop()
        size = 0
        while True:
            size += 1
            unseen.discard(point)
            point = across[point]
            unseen.discard(point)
            point = partner[point]
            if point == start:
                break
        sizes.append(size)
    return sorted(sizes, reverse=True)


def contractions(word: TraceWord, beta: int | Fraction = 1) -> Iterator[Matching]:
    """Yield the matchings that contribute: all of them, or for β = 2 those of factors W with factors W^†."""
    for contraction in perfect_matchings(word.size):
        if beta != 2 or all((a + b) % 2 for a, b in contraction):
            yield contraction


def check(parts: Partition, beta: int | Fraction, limit: int) -> None:
    """Refuse a β that has no Wick sum, and sums of more than `limit` matchings."""
    if beta not in (1, 2, 4):
        raise MethodError(f"Wick's theorem is for beta = 1, 2 and 4, got {shown(beta)}; use method 'loop-equations'")
    k = sum(parts)
    # The number is written out only where it is short enough to be read.
    matchings = f"{count_perfect_matchings(2 * k):,}" if k <= 30 else f"(2·{k} − 1)!!"
    if k > 30 or count_perfect_matchings(2 * k) > limit:
        raise LimitError(
            f"the literal Wick sum for k = {k} has {matchings} matchings, more than {limit:,}; "
            "use method 'loop-equations'"
        )


def expected_power_sum(parts: Partition, beta: int | Fraction = 1) -> Polynomial:
    """Return E p_λ(S) = E Π_i tr S^{λ_i} as a polynomial in m and n, matching by matching; exact.

    Args:
        parts: λ, a partition of k <= 7.
        beta: 1, 2 or 4.

    Raises:
        LimitError: for larger k; the message says how many matchings there are.
        MethodError: for any other beta.

    Example:
        >>> print(expected_power_sum((2,)), "|", expected_power_sum((2,), 4))
        m^2*n + m*n^2 + m*n | m^2*n + m*n^2 - 1/2*m*n
    """
    label = partition(parts)
    counts: Counter[tuple[int, int]] = Counter()
    for (mu, columns), count in _count(label, beta).items():
        counts[len(mu), columns] += count
    return weigh(counts, label, beta)


def _count(label: Partition, beta: int | Fraction) -> Counter[tuple[Partition, int]]:
    """Return {(half the sizes of the components of R ∪ π, #(C ∪ π)): number of matchings}."""
    check(label, beta, MAX_MATCHINGS)
    word = TraceWord(label)
    return Counter(
        (tuple(loops(word.row_pairs, contraction)), len(loops(word.column_pairs, contraction)))
        for contraction in contractions(word, beta)
    )


def _weight(rows: int, columns: int, label: Partition, beta: int | Fraction) -> fmpq:
    """Return the factor of m^rows n^columns: 1, or for β = 4 (−2)^(rows + columns − k − ℓ)."""
    return fmpq(-2) ** (rows + columns - sum(label) - len(label)) if beta == 4 else fmpq(1)


def weigh(counts: Counter[tuple[int, int]], label: Partition, beta: int | Fraction) -> Polynomial:
    """Return the polynomial from {(#(R ∪ π), #(C ∪ π)): number of matchings}."""
    return polynomial({numbers: _weight(*numbers, label, beta) * count for numbers, count in counts.items()})


def expected_power_sum_with_scale(parts: Partition, beta: int | Fraction = 1) -> dict[Partition, fmpq_poly]:
    """Return {μ: c} with E p_λ(S) = Σ_μ c(n) p_μ(Σ) for S = Σ^{1/2} W W^† Σ^{1/2}, matching by matching; exact.

    Args, Raises: as for `expected_power_sum`.

    Example:
        >>> for mu, c in sorted(expected_power_sum_with_scale((2,)).items()): print(mu, c)
        (1, 1) x
        (2,) x^2 + x
    """
    label = partition(parts)
    result: dict[Partition, fmpq_poly] = {}
    for (mu, columns), count in _count(label, beta).items():
        term = _weight(len(mu), columns, label, beta) * count * fmpq_poly([0] * columns + [1])
        result[mu] = result.get(mu, fmpq_poly([0])) + term
    return result
